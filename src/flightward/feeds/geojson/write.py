"""Declared zones -> GeoJSON (RFC 7946), which `zones_geojson` reads back to the same."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from typing import Any

from flightward.feeds.declared import DeclaredZone
from flightward.feeds.geojson.antimeridian import outline_geometry


def zones_to_geojson(zones: Sequence[DeclaredZone]) -> bytes:
    """A FeatureCollection in UTF-8; what is unlimited, open or unknown is left out."""
    features = [_feature(z) for z in zones]
    return json.dumps({"type": "FeatureCollection", "features": features}, ensure_ascii=False, allow_nan=False).encode()


def _feature(z: DeclaredZone) -> dict[str, Any]:
    properties: dict[str, Any] = {
        "kind": z.kind.word, "floor_m": z.floor_m, "ceiling_m": z.ceiling_m, "source": z.source, "text": z.text,
        "exempt": [c.word for c in z.exempt], "notes": list(z.notes),
        "active": [_known(w._asdict()) for w in z.windows],
    }  # fmt: skip
    return {
        "type": "Feature", "id": z.zone_id, "properties": _known(properties),
        "geometry": outline_geometry(z.ring.lon_deg, z.ring.lat_deg),
    }  # fmt: skip


def _known(values: dict[str, Any]) -> dict[str, Any]:
    return {k: v for k, v in values.items() if not isinstance(v, float) or math.isfinite(v)}
