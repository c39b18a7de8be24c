"""Polled alert documents, one after the other -> the changes of each region's state, as they were heard.

A document lists what is on. An alert that is no longer listed has ended; when is not said, so its end is when that was
heard (end_not_told). Where an entry of a document cannot be read, the missing alert may be just that entry, and does
not end (end_withheld), unless the entry stood there, as unreadable, while the alert was still listed. `t_s` is the
source's own time of a begin, of a region the earliest of its parts, `t_rx_s` when the document came; how far they lie
apart is `delays_s`. A begin that the source dates later than it was heard has a wrong clock, and is dated when heard.
Where the clock of who asks goes back a little, what comes is dated as the last before it (clock_back).

Recorded polls (`alerts-in-ua-polls`, `ukrainealarm-polls`) are a line of JSON each:

    {"t_rx_s": 1700000000.0, "body": <the document>}
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable
from typing import Any

import numpy as np

from flightward.errors import BadMessage
from flightward.feeds.alerts.entries import Document, Regions, of_alerts_in_ua, of_ukrainealarm
from flightward.feeds.alerts.spans import Change, Span, change_rows
from flightward.feeds.jsontree import decoded, number, table
from flightward.feeds.reports import AHEAD_MAX_S
from flightward.feeds.rows import FeedContext, FeedRows, Rejects
from flightward.model import AlertState

LINE_MAX = 32_000_000
"""Bytes of one recorded poll; a longer line is skipped."""
DELAYS_MAX = 10_000
BACK_MAX_S = 45.0
"""A clock that is kept is put right by less; a poll that is older came out of order."""

_Key = tuple[int, str, str]


class LiveAlerts:
    """The state of all regions by the documents so far: `hear(document, t_rx_s)` gives the changes."""

    def __init__(self, rejects: Rejects) -> None:
        self.rejects = rejects
        self.source_s = math.nan
        self.delays_s: list[float] = []
        self._on: dict[_Key, Span] = {}
        self._unread_with: dict[_Key, Counter[str]] = {}
        self._held: dict[tuple[int, str], tuple[int, bool]] = {}
        self._is_first = True

    def hear(self, document: Document, t_rx_s: float) -> list[Change]:
        """The changes that a document makes."""
        if not math.isnan(document.source_s):
            self.source_s = document.source_s
        now = {(s.area, s.place, s.alert): s for s in document.spans if not s.to_s <= t_rx_s}
        told = {(s.area, s.place, s.alert): s.to_s for s in document.spans if s.to_s <= t_rx_s}
        begins: dict[tuple[int, str], tuple[float, str]] = {}
        ends: dict[tuple[int, str], tuple[float, str]] = {}
        for key, span in now.items():
            self._unread_with[key] = document.unread
            if key not in self._on:
                self._on[key] = span
                region, begin = (span.area, span.alert), (self._begin_s(span, t_rx_s), span.source)
                begins[region] = min(begins.get(region, begin), begin)
        for key in [k for k in self._on if k not in now]:
            if key not in told and _is_any_new(document.unread, self._unread_with[key]):
                self.rejects.repaired("end_withheld")
                continue
            if key not in told:
                self.rejects.repaired("end_not_told")
            span = self._on.pop(key)
            del self._unread_with[key]
            region, end = (span.area, span.alert), (told.get(key, t_rx_s), span.source)
            ends[region] = max(ends.get(region, end), end)
        self._is_first = False
        return [c for key in sorted({*begins, *ends}) if (c := self._change(key, begins, ends)) is not None]

    def _begin_s(self, span: Span, t_rx_s: float) -> float:
        if span.from_s > t_rx_s + AHEAD_MAX_S:
            self.rejects.repaired("clock")
            return t_rx_s
        if not self._is_first and len(self.delays_s) < DELAYS_MAX:
            self.delays_s.append(t_rx_s - span.from_s)
        return min(span.from_s, t_rx_s)

    def _change(
        self, key: tuple[int, str], begins: dict[tuple[int, str], tuple[float, str]],
        ends: dict[tuple[int, str], tuple[float, str]],
    ) -> Change | None:  # fmt: skip
        """A region's change of state, if any, by the times at which its parts began and ended."""
        of_region = [s for s in self._on.values() if (s.area, s.alert) == key]
        before = self._held.get(key, (int(AlertState.ENDED), False))
        is_coarse = bool(of_region) and all(s.is_coarse for s in of_region)
        now = (int(AlertState.ACTIVE if of_region else AlertState.ENDED), is_coarse)
        if now == before:
            return None
        self._held[key] = now
        first, second = (begins, ends) if of_region else (ends, begins)
        t_s, source = first[key] if key in first else second[key]
        return Change(t_s, key[0], key[1], now[0], now[1] if of_region else before[1], source)


def _is_any_new(unread: Counter[str], before: Counter[str]) -> bool:
    """Could an entry not be read that was not, as unreadable, there before; one without a region id always counts."""
    return any(n > (before[region] if region else 0) for region, n in unread.items())


class Polls:
    """Recorded polls of one service: `receive(bytes)`, then `rows()`; at the end `finish()` and `rows()`."""

    def __init__(self, ctx: FeedContext, read: Callable[[Any, Rejects], Document | None]) -> None:
        self._ctx = ctx
        self._read = read
        self.rejects = Rejects()
        self.live = LiveAlerts(self.rejects)
        self._buffer = bytearray()
        self._is_skipping = False
        self._row = 0
        self._last_s = -math.inf
        self._changes: list[tuple[Change, float]] = []

    def receive(self, data: bytes) -> None:
        """Take bytes, cut anywhere."""
        self._buffer += data
        *lines, rest = self._buffer.split(b"\n")
        self._buffer = bytearray(rest)
        for line in lines:
            self._line(bytes(line))
        if len(self._buffer) > LINE_MAX:
            self._is_skipping = True
            self._buffer.clear()

    def answer(self, body: bytes, t_rx_s: float) -> None:
        """Take one answer of the service, as it came."""
        row, self._row = self._row, self._row + 1
        try:
            self._hear(decoded(body), t_rx_s)
        except BadMessage as error:
            self.rejects.add_one(error.reason, row, body[:200].decode("utf-8", "replace"), t_rx_s)

    def finish(self) -> None:
        """The feed ended: what is left is the last line."""
        if self._buffer or self._is_skipping:
            self._line(bytes(self._buffer))
            self._buffer.clear()

    def rows(self) -> FeedRows:
        """The changes since the last call."""
        found, self._changes = self._changes, []
        changes = [c for c, _ in found]
        heard = np.array([t for _, t in found], dtype=np.float64)
        return change_rows(changes, heard, self._ctx, self.rejects)

    def _line(self, line: bytes) -> None:
        row, self._row = self._row, self._row + 1
        if self._is_skipping or len(line) > LINE_MAX:
            self._is_skipping = False
            self.rejects.add_one("too_large", row)
            return
        if not line.strip():
            return
        try:
            poll = table(decoded(line))
            self._hear(poll.get("body"), number(poll.get("t_rx_s")))
        except BadMessage as error:
            self.rejects.add_one(error.reason, row, line[:200].decode("utf-8", "replace"))

    def _hear(self, body: Any, t_rx_s: float) -> None:
        """Take an answer. Errors: BadMessage; one that cannot be read changes nothing: what was on stays on."""
        if math.isnan(t_rx_s) or t_rx_s < self._last_s - BACK_MAX_S:
            raise BadMessage("time", detail=str(t_rx_s))
        document = self._read(body, self.rejects)
        if t_rx_s < self._last_s:
            self.rejects.repaired("clock_back")
            t_rx_s = self._last_s
        self._last_s = t_rx_s
        if document is not None:
            self._changes += [(c, t_rx_s) for c in self.live.hear(document, t_rx_s)]


def alerts_in_ua_polls(ctx: FeedContext) -> Polls:
    """A parser of recorded polls of alerts.in.ua."""
    return Polls(ctx, of_alerts_in_ua)


def ukrainealarm_polls(ctx: FeedContext) -> Polls:
    """A parser of recorded polls of ukrainealarm; a line may hold the tree of regions."""
    regions = Regions()
    return Polls(ctx, lambda value, rejects: of_ukrainealarm(value, regions, rejects))
