"""Values out of a case's tables, each checked, with errors that name the key, the value and the place."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from flightward.errors import BadInput

_NEEDED = object()


class Notes:
    """Things worth telling that do not stop the start, counted."""

    def __init__(self) -> None:
        self.counts: dict[str, int] = {}

    def add(self, text: str, n: int = 1) -> None:
        """Count `n` more of the same note."""
        if n:
            self.counts[text] = self.counts.get(text, 0) + n

    def lines(self) -> list[str]:
        """One line a note, with its count where it is more than one."""
        return [text if n == 1 else f"{text} ({n} times)" for text, n in self.counts.items()]


class Fields:
    """One table of a case; each getter marks its key as known, `done()` notes the keys that nobody asked for."""

    def __init__(self, values: object, where: str, what: str, notes: Notes) -> None:
        if not isinstance(values, Mapping):
            raise BadInput("must be a table of keys and values", value=values, where=where)
        self.values: Mapping[str, Any] = values
        self.where = where
        self.what = what
        self.notes = notes
        self._asked: set[str] = set()

    def error(self, text: str, key: str) -> BadInput:
        """A BadInput about one of this table's keys."""
        return BadInput(text, key=key, value=self.values.get(key), where=self.where)

    def has(self, key: str) -> bool:
        """Is the key there, and not null."""
        self._asked.add(key)
        return self.values.get(key) is not None

    def number(self, key: str, default: Any = _NEEDED, *, low: float = -math.inf, high: float = math.inf) -> float:
        """A number within [low, high]; NaN counts as not given."""
        self._asked.add(key)
        value = self.values.get(key)
        if value is None or (isinstance(value, float) and math.isnan(value)):
            if default is _NEEDED:
                raise self.error("is missing; give a number", key)
            return float(default)
        if isinstance(value, bool) or not isinstance(value, (int, float)):
            raise self.error("must be a number", key)
        try:
            number = float(value)
        except OverflowError:
            raise self.error("is too large", key) from None
        if not low <= number <= high:
            raise self.error(f"must be from {low:g} to {high:g}", key)
        if math.isinf(number) and not (math.isinf(low) and math.isinf(high)):
            raise self.error("must be finite", key)
        return number

    def finite(self, key: str, default: Any = _NEEDED) -> float:
        """A number that is not infinite."""
        number = self.number(key, default)
        if math.isinf(number):
            raise self.error("must be finite", key)
        return number

    def text(self, key: str, default: Any = _NEEDED) -> str:
        """A text; an empty one counts as not given."""
        self._asked.add(key)
        value = self.values.get(key)
        if value is None or value == "":
            if default is _NEEDED:
                raise self.error("is missing; give a text", key)
            return str(default)
        if not isinstance(value, str):
            raise self.error("must be a text in quotes", key)
        self._check(value, key)
        return value

    def texts(self, key: str) -> list[str]:
        """A list of texts; empty if not given."""
        value = self.items(key)
        if not all(isinstance(v, str) for v in value):
            raise self.error("must be a list of texts", key)
        self._check("".join(value), key)
        return value

    def _check(self, text: str, key: str) -> None:
        """JSON can write half a character (\\ud800), which no file can hold. Errors: BadInput."""
        try:
            text.encode()
        except UnicodeEncodeError:
            raise self.error("holds half a character (a lone surrogate); write it whole", key) from None

    def items(self, key: str) -> list[Any]:
        """A list; empty if not given."""
        self._asked.add(key)
        value = self.values.get(key)
        if value is None:
            return []
        if not isinstance(value, list):
            raise self.error("must be a list", key)
        return value

    def tables(self, key: str, what: str) -> list[Fields]:
        """A list of tables."""
        return [Fields(v, f"{self.where}: {what} {k + 1}", what, self.notes) for k, v in enumerate(self.items(key))]

    def table(self, key: str) -> Fields:
        """A table; an error if it is not there."""
        if not self.has(key):
            raise self.error("is missing; give a table", key)
        return Fields(self.values[key], f"{self.where}: {key}", key, self.notes)

    def done(self) -> None:
        """Note every key that is none of ours: it may be a slip of the pen, or another program's."""
        for key in self.values:
            if key not in self._asked:
                self.notes.add(f"{self.what}: unknown key {key!r} is not used")


def unique(ids: list[str], what: str, where: str) -> None:
    """An error if an id stands twice."""
    seen: set[str] = set()
    for text in ids:
        if text in seen:
            raise BadInput("stands twice", key=f"{what} id", value=text, where=where)
        seen.add(text)
