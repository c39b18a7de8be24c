"""Area alerts of Ukraine: `alerts-ua-csv` (history) and `alerts-in-ua-json` (docs/feeds.md)."""

from __future__ import annotations

from flightward.feeds.alerts.areas import AREAS, Area
from flightward.feeds.alerts.parse import HistoryCsv, alerts_json

__all__ = ["AREAS", "Area", "HistoryCsv", "alerts_json"]
