"""What arrived since the last step."""

from __future__ import annotations

import dataclasses

from flightward.model.batch import I64
from flightward.model.reports import ReportBatch
from flightward.model.zones import AreaAlertBatch


@dataclasses.dataclass(frozen=True)
class Inbox:
    """All that was received in (previous step, t_s], in order of (t_rx_s, seq), and rows that were kept aside.

    report_feed, alert_feed (rows,) tell the feed that brought each row, None where that is not kept: a recording can
    then withhold one feed. No stage looks at them.
    """

    t_s: float
    reports: ReportBatch
    alerts: AreaAlertBatch
    n_rejected: int = 0
    report_feed: I64 | None = None
    alert_feed: I64 | None = None
