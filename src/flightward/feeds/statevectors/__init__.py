"""State vectors of aircraft as the `traffic` library and the OpenSky network have them (docs/feeds.md)."""

from __future__ import annotations

from flightward.feeds.statevectors.parse import OpenSkyCsv, OpenSkyStates, traffic_json, traffic_parquet

__all__ = ["OpenSkyCsv", "OpenSkyStates", "traffic_json", "traffic_parquet"]
