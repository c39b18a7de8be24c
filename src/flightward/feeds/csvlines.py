"""CSV bytes, cut anywhere, -> the fields of whole lines, each line on its own.

UTF-8 (bad bytes become U+FFFD), comma, fields may be quoted, a line break ends the line even within quotes, so that
a stray quote costs its own line only. The first line names the columns.
"""

from __future__ import annotations

import csv

import numpy as np

from flightward.errors import BadMessage
from flightward.feeds.rows import Rejects
from flightward.model import F64, I64


class CsvLines:
    """`receive(bytes)`, then `take()`; at the end `finish()` and `take()`. Rows count from 0 after the first line."""

    def __init__(self, needed: tuple[str, ...], rejects: Rejects) -> None:
        self._needed = needed
        self._rejects = rejects
        self._buffer = bytearray()
        self._lines: list[str] = []
        self._n_seen = 0
        self.columns: list[str] | None = None

    def receive(self, data: bytes) -> None:
        """Take bytes."""
        self._buffer += data
        end = self._buffer.rfind(b"\n", len(self._buffer) - len(data))
        if end >= 0:
            whole = bytes(self._buffer[:end])
            del self._buffer[: end + 1]
            self._split(whole)

    def finish(self) -> None:
        """The feed ended: what is left is the last line."""
        if self._buffer:
            self._split(bytes(self._buffer))
            self._buffer.clear()

    def take(self) -> tuple[dict[str, tuple[str, ...]], I64]:
        """The whole lines since the last call: a tuple of texts per column, and (N,) row numbers.

        Errors   BadMessage (column) if the first line does not name what is needed.
        """
        lines, self._lines = self._lines, []
        if self.columns is None:
            if not lines:
                return {name: () for name in self._needed}, np.zeros(0, np.int64)
            self.columns = self._head(lines.pop(0))
        fields: list[list[str]] = []
        numbers: list[int] = []
        for line in lines:
            row, self._n_seen = self._n_seen, self._n_seen + 1
            if not line.strip():
                continue
            parts = _fields(line)
            if len(parts) != len(self.columns):
                self._rejects.add_one("fields", row, line)
                continue
            fields.append(parts)
            numbers.append(row)
        turned: list[tuple[str, ...]] = list(zip(*fields, strict=True)) if fields else [()] * len(self.columns)
        return dict(zip(self.columns, turned, strict=True)), np.array(numbers, dtype=np.int64)

    def _head(self, line: str) -> list[str]:
        columns = [name.strip() for name in _fields(line.removeprefix("\ufeff"))]
        missing = [name for name in self._needed if name not in columns]
        if missing:
            raise BadMessage("column", line[:200].encode(), f"there is no column {', '.join(missing)}")
        if len(set(columns)) != len(columns):
            raise BadMessage("column", line[:200].encode(), "a column stands twice")
        return columns

    def _split(self, whole: bytes) -> None:
        self._lines += [line.removesuffix("\r") for line in whole.decode("utf-8", "replace").split("\n")]


def _fields(line: str) -> list[str]:
    if '"' not in line:
        return line.split(",")
    try:
        return next(csv.reader([line]), [])
    except csv.Error:
        return []


_NOTHING = frozenset(("", "null", "none", "na", "\\n"))
"""How exports of databases (\\N: Hive, MySQL) and of Python write that there is no value, in small letters."""


def says_nothing(text: str) -> bool:
    """Is a field empty, or a word for that there is no value."""
    return text.strip().lower() in _NOTHING


def floats(texts: tuple[str, ...], bad: np.ndarray[tuple[int], np.dtype[np.bool_]]) -> F64:
    """(N,) numbers, NaN where nothing is said; `bad` is set where there is a text that is no number."""
    out = np.full(len(texts), np.nan)
    for k, text in enumerate(texts):
        if text:
            try:
                out[k] = float(text)
            except ValueError:
                bad[k] |= not says_nothing(text)
    return out
