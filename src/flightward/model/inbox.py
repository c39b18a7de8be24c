"""What arrived since the last step."""

from __future__ import annotations

import dataclasses

from flightward.model.reports import ReportBatch
from flightward.model.zones import AreaAlertBatch


@dataclasses.dataclass(frozen=True)
class Inbox:
    """All that was received in (previous step, t_s], in order of (t_rx_s, seq), and rows that were kept aside."""

    t_s: float
    reports: ReportBatch
    alerts: AreaAlertBatch
    n_rejected: int = 0
