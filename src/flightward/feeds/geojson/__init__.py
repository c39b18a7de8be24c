"""GeoJSON areas, read and written: `zones-geojson` (docs/feeds.md)."""

from __future__ import annotations

from flightward.feeds.geojson.parse import zones_geojson
from flightward.feeds.geojson.write import zones_to_geojson

__all__ = ["zones_geojson", "zones_to_geojson"]
