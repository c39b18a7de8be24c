"""GPX routes and tracks, read and written: `gpx` (docs/feeds.md)."""

from __future__ import annotations

from flightward.feeds.gpx.parse import gpx_plans, gpx_reports
from flightward.feeds.gpx.write import plans_to_gpx

__all__ = ["gpx_plans", "gpx_reports", "plans_to_gpx"]
