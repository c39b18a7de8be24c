"""JSON objects in a stream of bytes, cut anywhere: one a line, one after another, pretty-printed, or in lists.

At the top level lists and commas are only what stands between objects. A line break inside a string ends the object as
damaged, for JSON has none there. What is no JSON, never ends or is longer than TEXT_MAX is tried again line by line, so
that one damaged line costs itself and not what follows. Counted in `rejects`: json (damaged), too_long, junk (other
text between objects, once a run).
"""

from __future__ import annotations

import re
from typing import Any

import msgspec

from flightward.feeds.rows import Rejects

TEXT_MAX = 1 << 20
"""Bytes of one object: the largest messages of the formats read here have some 50 KB."""
_MARKS = re.compile(rb'["\\{}\n]')
_BETWEEN = b" \t\r\n,[]\x00\xef\xbb\xbf\x1e"
"""Also NUL (ends a message of some receivers), the byte order mark, and the record separator of RFC 7464."""


class JsonTexts:
    """`receive(bytes)`, then `take()`; at the end `finish()` and `take()`."""

    def __init__(self, rejects: Rejects) -> None:
        self.rejects = rejects
        self.n_texts = 0
        self._done: list[tuple[int, dict[str, Any]]] = []
        self._kept = bytearray()
        self._size = 0
        self._depth = 0
        self._in_string = False
        self._is_escaped = False
        self._junk = b""

    def receive(self, data: bytes) -> None:
        """Take bytes."""
        at = 0
        if self._is_escaped and data:
            self._is_escaped = False
            at = self._grow(data, 0, 1)
        while at < len(data):
            match = _MARKS.search(data, at)
            end = len(data) if match is None else match.end()
            at = self._step(data, at, end, b"" if match is None else match[0])

    def _step(self, data: bytes, at: int, end: int, mark: bytes) -> int:
        """Take data[at:end], whose last byte is the mark if there is one; where to go on."""
        if self._depth == 0:
            self._outside(data[at : end - len(mark)])
            if mark == b"{":
                self._flush_junk()
                self._depth = 1
                self._grow(data, end - 1, end)
            else:
                self._outside(mark)
            return end
        self._grow(data, at, end)
        if mark == b"\\":
            if end < len(data):
                return self._grow(data, end, end + 1)
            self._is_escaped = True
        elif mark == b'"':
            self._in_string = not self._in_string
        elif mark == b"\n" and (self._in_string or self._size > TEXT_MAX):
            self._end()
        elif mark in (b"{", b"}") and not self._in_string:
            self._depth += 1 if mark == b"{" else -1
            if self._depth == 0:
                self._end()
        return end

    def _grow(self, data: bytes, at: int, end: int) -> int:
        """Keep data[at:end] of the object, TEXT_MAX bytes of it at most."""
        room = TEXT_MAX - len(self._kept)
        if room > 0:
            self._kept += data[at : min(end, at + room)]
        self._size += end - at
        return end

    def finish(self) -> None:
        """The stream ended."""
        self._flush_junk()
        if self._depth:
            self._end()

    def take(self) -> list[tuple[int, dict[str, Any]]]:
        """(number, value) of each whole object since the last call; rejected ones have a number too."""
        done, self._done = self._done, []
        return done

    def _outside(self, text: bytes) -> None:
        stray = text.strip(_BETWEEN)
        if stray and len(self._junk) < 200:
            self._junk += stray[:200]

    def _flush_junk(self) -> None:
        if self._junk:
            self.rejects.add_one("junk", self.n_texts, repr(self._junk[:100]))
            self._junk = b""

    def _end(self) -> None:
        """The object is over: whole, damaged or too long."""
        text, is_long = bytes(self._kept), self._size > TEXT_MAX
        self._kept.clear()
        self._size = self._depth = 0
        self._in_string = False
        if not is_long and self._decoded(text):
            return
        lines = text.split(b"\n")
        if len(lines) == 1:
            self._reject("too_long" if is_long else "json", text)
            return
        for k, line in enumerate(lines):
            if line.strip() and not (line.lstrip()[:1] == b"{" and self._decoded(line)):
                self._reject("too_long" if is_long and k == len(lines) - 1 else "json", line)

    def _decoded(self, text: bytes) -> bool:
        try:
            value = msgspec.json.decode(text)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            return False
        if not isinstance(value, dict):
            return False
        self._done.append((self.n_texts, value))
        self.n_texts += 1
        return True

    def _reject(self, reason: str, text: bytes) -> None:
        self.rejects.add_one(reason, self.n_texts, repr(text[:100]))
        self.n_texts += 1
