"""All rows of all feeds in their one order of arrival, cut into one Inbox per whole second."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Iterator
from typing import Any

import numpy as np

from flightward.feeds.rows import FeedRows, in_order
from flightward.model import F64, I64, AreaAlertBatch, Batch, Inbox, ReportBatch, columns
from flightward.model.batch import B, concatenated


@dataclasses.dataclass(frozen=True)
class Arrivals:
    """A whole day's rows as columns, with the cuts between seconds; `n_late` rows came after the end.

    t_s (T,) whole seconds; report_cut, alert_cut (T + 1,) rows; n_rejected (T,); report_feed, alert_feed (rows,)
    numbers of feeds.
    """

    t_s: F64
    reports: ReportBatch
    alerts: AreaAlertBatch
    report_cut: I64
    alert_cut: I64
    report_feed: I64
    alert_feed: I64
    n_rejected: I64
    n_late: int

    @property
    def n_seconds(self) -> int:
        """How many inboxes there are."""
        return len(self.t_s)

    @classmethod
    def merged(cls, feeds: list[FeedRows], start_s: float, end_s: float) -> Arrivals:
        """Merge feeds by time of arrival; ties go by the order of the feeds, then of their rows."""
        reports, report_feed = _joined([f.reports for f in feeds], ReportBatch)
        alerts, alert_feed = _joined([f.alerts for f in feeds], AreaAlertBatch)
        reports, alerts = _numbered(reports, alerts)
        t_s = np.arange(math.ceil(start_s), math.floor(end_s) + 1, dtype=np.float64)
        report_cut, alert_cut = _cuts(reports.t_rx_s, t_s), _cuts(alerts.t_rx_s, t_s)
        n_late = len(reports) + len(alerts) - int(report_cut[-1]) - int(alert_cut[-1])
        rejected_s = np.concatenate([np.zeros(0), *[f.rejects.t_rx_s for f in feeds]])
        # A row whose time cannot be read counts from the start: it must not vanish for want of a time.
        rejected = np.sort(np.where(np.isfinite(rejected_s), rejected_s, -np.inf))
        n_rejected = np.diff(_cuts(rejected, t_s))
        return cls(t_s, reports, alerts, report_cut, alert_cut, report_feed, alert_feed, n_rejected, n_late)

    def inboxes(self) -> Iterator[Inbox]:
        """One Inbox a second; the columns are views of the day's columns."""
        reports, alerts = _Slicer(self.reports), _Slicer(self.alerts)
        no_alerts = AreaAlertBatch.empty()
        for k, t_s in enumerate(self.t_s.tolist()):
            r0, r1 = int(self.report_cut[k]), int(self.report_cut[k + 1])
            a0, a1 = int(self.alert_cut[k]), int(self.alert_cut[k + 1])
            new_alerts = alerts.rows(a0, a1) if a1 > a0 else no_alerts
            yield Inbox(
                t_s, reports.rows(r0, r1), new_alerts, int(self.n_rejected[k]), report_feed=self.report_feed[r0:r1],
                alert_feed=self.alert_feed[a0:a1],
            )  # fmt: skip


class _Slicer:
    """Rows [a, b) of a checked batch as a batch, without checking again: slices of good columns are good."""

    def __init__(self, batch: Batch) -> None:
        self._batch = batch
        fields = columns(type(batch))
        self._ragged = any(f.metadata.get("start") for f in fields)
        self._columns = [(f.name, getattr(batch, f.name)) for f in fields]

    def rows(self, first: int, end: int) -> Any:
        if self._ragged:
            return self._batch.take(np.arange(first, end))
        out = object.__new__(type(self._batch))
        out.__dict__.update({name: value[first:end] for name, value in self._columns})
        return out


def _cuts(t_rx_s: F64, t_s: F64) -> I64:
    """(T + 1,) row k..k+1 is what came in (t_s[k - 1], t_s[k]]; the first second takes all that came before."""
    return np.concatenate([np.zeros(1, np.int64), np.searchsorted(t_rx_s, t_s, side="right").astype(np.int64)])


def _numbered(reports: ReportBatch, alerts: AreaAlertBatch) -> tuple[ReportBatch, AreaAlertBatch]:
    """`seq` = place in the one order of arrival; alerts stand before reports of the same instant."""
    order = np.argsort(np.concatenate([alerts.t_rx_s, reports.t_rx_s]), kind="stable")
    seq = np.empty(len(order), dtype=np.int64)
    seq[order] = np.arange(len(order))
    n = len(alerts)
    return dataclasses.replace(reports, seq=seq[n:].copy()), dataclasses.replace(alerts, seq=seq[:n].copy())


def _joined(batches: list[B], kind: type[B]) -> tuple[B, I64]:
    """The rows of several batches in order of arrival, and the number of the batch that each is of."""
    feed = np.repeat(np.arange(len(batches), dtype=np.int64), [len(b) for b in batches])
    some = [b for b in batches if len(b)]
    if not some:
        return kind.empty(), feed
    whole = some[0] if len(some) == 1 else concatenated(some)
    order = in_order(whole.t_rx_s)  # type: ignore[attr-defined]
    return (whole, feed) if order is None else (whole.take(order), feed[order])
