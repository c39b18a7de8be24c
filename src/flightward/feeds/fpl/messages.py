"""Text with ATS messages in it -> their fields.

    (FPL-ABC123-IG -EC35/L-SDGY/S -UKLL0900 -N0120VFR DCT LIV DCT 5010N02430E -UKKK0130 UKBB -DOF/260101 STS/MEDEVAC)
         7      8   9      10      13        15                                 16            18
    (DLA-7-13-16-18) (DEP-7-13-16-18) (CNL-7-13-16-18) (ARR-7-13-17) (CHG-7-13-16-18-22), where 22 is n/new field n,
    and may stand in the place of 18, which is newer than many who send

Source: ICAO Doc 4444 (PANS-ATM), appendices 2 and 3.
"""

from __future__ import annotations

import dataclasses
import re

_MESSAGE = re.compile(r"\(\s*([A-Z]{3})([^()]{0,20000})\)?")
_USED = {"FPL", "CHG", "DLA", "DEP", "CNL", "ARR"}
_FIELDS = {
    "FPL": ("7", "8", "9", "10", "13", "15", "16", "18", "19"), "DLA": ("7", "13", "16", "18"),
    "DEP": ("7", "13", "16", "18"), "CNL": ("7", "13", "16", "18"), "CHG": ("7", "13", "16", "18"),
}  # fmt: skip
_AMENDED = re.compile(r"^(\d{1,2})/(.*)$", re.DOTALL)
_KEY = re.compile(r"(?<![A-Z0-9])([A-Z]{2,4})/")


@dataclasses.dataclass(frozen=True)
class AtsMessage:
    """One message: its kind and its fields by number, each on one line; `amended` those of field 22."""

    row: int
    kind: str
    fields: dict[str, str]
    amended: dict[str, str]
    raw: str


def split(text: str) -> tuple[list[AtsMessage], list[tuple[int, str]], int]:
    """The messages of a text, (row, text) of those that are cut short, and how many are of kinds not used here."""
    found, bad, n_others = [], [], 0
    for row, m in enumerate(_MESSAGE.finditer(text.upper())):
        kind, parts = m.group(1), [" ".join(p.split()) for p in m.group(2).split("-")]
        if kind not in _USED:
            n_others += 1
        elif len(parts) < 3 or not m.group().endswith(")"):
            bad.append((row, m.group()))
        else:
            found.append(_message(row, kind, parts[1:], m.group()))
    return found, bad, n_others


def _message(row: int, kind: str, parts: list[str], raw: str) -> AtsMessage:
    if kind == "ARR":
        # Field 16 stands only after a diversion.
        names: tuple[str, ...] = ("7", "13", "17") if len(parts) == 3 else ("7", "13", "16", "17")
    else:
        names = _FIELDS[kind]
    changes = [m for part in parts if (m := _AMENDED.match(part))] if kind == "CHG" else []
    amended = {m.group(1): m.group(2).strip() for m in changes}
    plain = [part for part in parts if kind != "CHG" or not _AMENDED.match(part)]
    return AtsMessage(row, kind, dict(zip(names, plain, strict=False)), amended, raw)


def other_information(text: str) -> dict[str, str]:
    """Field 18 (or 19): its keys and texts; a key that stands twice has both."""
    out: dict[str, str] = {}
    at = list(_KEY.finditer(text))
    for k, m in enumerate(at):
        end = at[k + 1].start() if k + 1 < len(at) else len(text)
        value = text[m.end() : end].strip()
        out[m.group(1)] = f"{out[m.group(1)]} {value}".strip() if m.group(1) in out else value
    return out
