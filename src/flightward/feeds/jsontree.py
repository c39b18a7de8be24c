"""JSON bytes -> plain values, and values out of them without surprises."""

from __future__ import annotations

import math
from typing import Any

import msgspec

from flightward.errors import BadMessage


def decoded(data: bytes) -> Any:
    """The value of a JSON text (a byte order mark is allowed). Errors: BadMessage (json)."""
    try:
        return msgspec.json.decode(data.removeprefix(b"\xef\xbb\xbf"))
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError) as error:
        raise BadMessage("json", data[:64], str(error)) from error


def table(value: Any) -> dict[str, Any]:
    """The value if it is a table, else an empty one."""
    return value if isinstance(value, dict) else {}


def items(value: Any) -> list[Any]:
    """The value as a list: itself, nothing for null, else a list of it."""
    return value if isinstance(value, list) else [] if value is None else [value]


def words(value: Any) -> str:
    """A text, stripped; of a list of {text, lang} the English one, else the first; "" for anything else."""
    if isinstance(value, list):
        by_lang = {str(table(v).get("lang", ""))[:2].lower(): words(table(v).get("text")) for v in value[::-1]}
        return by_lang.get("en") or (words(table(value[0]).get("text")) if value else "")
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return str(value)
    return value.strip() if isinstance(value, str) else ""


def number(value: Any) -> float:
    """A finite number, also of a text that is one; NaN for anything else."""
    if isinstance(value, bool) or not isinstance(value, (int, float, str)):
        return math.nan
    try:
        out = float(value)
    except (ValueError, OverflowError):
        return math.nan
    return out if math.isfinite(out) else math.nan
