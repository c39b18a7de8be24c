"""Area alerts of Ukraine: history, what the services serve, and recorded polls (docs/feeds.md)."""

from __future__ import annotations

from flightward.feeds.alerts.areas import AREAS, Area
from flightward.feeds.alerts.live import LiveAlerts, Polls
from flightward.feeds.alerts.parse import HistoryCsv, alerts_json, ukrainealarm_json

__all__ = ["AREAS", "Area", "HistoryCsv", "LiveAlerts", "Polls", "alerts_json", "ukrainealarm_json"]
