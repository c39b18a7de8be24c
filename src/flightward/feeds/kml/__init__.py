"""KML lines and tracks: `kml` (docs/feeds.md)."""

from __future__ import annotations

from flightward.feeds.kml.parse import kml_plans, kml_reports

__all__ = ["kml_plans", "kml_reports"]
