"""All sources of a configuration together: one Inbox a second of what they gave."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from typing import TypeVar

import numpy as np

from flightward.feeds.live.source import Source, SourceState
from flightward.model import I64, AreaAlertBatch, Inbox, ReportBatch
from flightward.model.batch import concatenated

B = TypeVar("B", ReportBatch, AreaAlertBatch)

ROWS_MAX = 200_000
"""Reports of one second; more are dropped, the last first, and counted as kept aside: a flood stops nothing."""


class Gather:
    """Sources that are started and stopped together. `inbox(t_s)` is called once a second, from one thread."""

    def __init__(self, sources: Sequence[Source]) -> None:
        self.sources = list(sources)
        self._seq = 0
        self._reports: list[tuple[int, ReportBatch]] = []
        self._alerts: list[tuple[int, AreaAlertBatch]] = []
        self._newest_s = -np.inf

    def start(self) -> None:
        """Begin to connect and listen."""
        for source in self.sources:
            source.start()

    def stop(self) -> None:
        """Close everything."""
        for source in self.sources:
            source.stop()

    def states(self) -> list[SourceState]:
        """How each source does."""
        return [source.state() for source in self.sources]

    def inbox(self, t_s: float) -> Inbox:
        """What was received until t_s; what came later waits for the next call.

        A row that a source heard before the last Inbox ended, and handed over late, counts as heard just after it:
        what was decided without it stays as it was.
        """
        got = [(feed, rows) for feed, source in enumerate(self.sources) for rows in source.rows()]
        n_rejected = sum(rows.rejects.total for _, rows in got)
        reports, report_feed, self._reports = self._until(
            t_s, [*self._reports, *((feed, r.reports) for feed, r in got)], ReportBatch
        )
        alerts, alert_feed, self._alerts = self._until(
            t_s, [*self._alerts, *((feed, r.alerts) for feed, r in got)], AreaAlertBatch
        )
        if len(reports) > ROWS_MAX:
            n_rejected += len(reports) - ROWS_MAX
            reports, report_feed = reports.take(np.arange(ROWS_MAX)), report_feed[:ROWS_MAX]
        self._newest_s = t_s
        alerts = self._numbered(alerts)  # they stand before reports of the same instant, as in a case
        return Inbox(t_s, self._numbered(reports), alerts, n_rejected, report_feed, alert_feed)

    def _until(
        self, t_s: float, parts: list[tuple[int, B]], kind: type[B]
    ) -> tuple[B, I64, list[tuple[int, B]]]:
        """The rows received until t_s in order of arrival, the feed of each, and what waits, by feed."""
        parts = [p for p in parts if len(p[1])]
        if not parts:
            return kind.empty(), np.zeros(0, np.int64), []
        whole = concatenated([rows for _, rows in parts])
        feed = np.repeat(np.array([f for f, _ in parts], np.int64), [len(rows) for _, rows in parts])
        late = whole.t_rx_s <= self._newest_s
        if late.any():
            after_s = np.nextafter(self._newest_s, np.inf)
            whole = dataclasses.replace(whole, t_rx_s=np.where(late, after_s, whole.t_rx_s))
        order = np.argsort(whole.t_rx_s, kind="stable")
        first = whole.t_rx_s[order] <= t_s
        later = [(int(f), whole.take(order[~first & (feed[order] == f)])) for f in np.unique(feed[order[~first]])]
        return whole.take(order[first]), feed[order[first]], later

    def _numbered(self, batch: B) -> B:
        seq = self._seq + np.arange(len(batch), dtype=np.int64)
        self._seq += len(batch)
        return dataclasses.replace(batch, seq=seq)
