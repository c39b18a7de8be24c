"""State vectors of aircraft: `traffic-json`, `traffic-parquet`, `opensky-csv` (docs/feeds.md)."""

from __future__ import annotations

from flightward.feeds.statevectors.parse import OpenSkyCsv, traffic_json, traffic_parquet

__all__ = ["OpenSkyCsv", "traffic_json", "traffic_parquet"]
