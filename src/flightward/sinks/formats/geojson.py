"""A Scene -> GeoJSON (RFC 7946): one feature a track, raid, warning and route; names with units, unknown is null.

Every feature has `layer` (track, raid, warning, route) and `id`; the collection has `t_s`, `time`, `title` and
`mark` ("" real).
Outlines turn counter-clockwise (3.1.6), what crosses the antimeridian is cut there (3.1.9), and coordinates are
longitude, latitude, height above the ellipsoid (4). A route's `times_s` are those of its positions, over all its parts.
"""

from __future__ import annotations

import math
from typing import Any

import msgspec
import numpy as np

from flightward.feeds.cot.xmltext import iso
from flightward.feeds.geojson.antimeridian import cut_line, outline_geometry, ring_of_corners
from flightward.model import NONE
from flightward.sinks.scene import RaidMark, RouteMark, Scene, TrackMark, WarningMark, kind_word, level_word


def geojson(scene: Scene) -> bytes:
    """The bytes of one FeatureCollection, UTF-8."""
    features = [_warning(w) for w in scene.warnings if not w.is_cleared]
    features += [_route(r) for r in scene.routes + scene.options]
    features += [_raid(r) for r in scene.raids] + [_track(t) for t in scene.tracks]
    return msgspec.json.encode({
        "type": "FeatureCollection", "title": scene.title, "mark": scene.mark.label, "t_s": scene.t_s,
        "time": iso(scene.t_s), "features": features,
    })  # fmt: skip


def _feature(layer: str, name: str, geometry: dict[str, Any] | None, values: dict[str, Any]) -> dict[str, Any]:
    known = {k: None if isinstance(v, float) and not math.isfinite(v) else v for k, v in values.items()}
    known = {k: None if v == "" else v for k, v in known.items()}
    return {"type": "Feature", "id": f"{layer}-{name}", "geometry": geometry, "properties": {"layer": layer, **known}}


def _point(lat_deg: float, lon_deg: float, hae_m: float) -> dict[str, Any] | None:
    if not (math.isfinite(lat_deg) and math.isfinite(lon_deg)):
        return None
    height = [hae_m] if math.isfinite(hae_m) else []
    return {"type": "Point", "coordinates": [lon_deg, lat_deg, *height]}


def _track(t: TrackMark) -> dict[str, Any]:
    values = t._asdict() | {
        "kind": kind_word(t.kind), "hostile": None if t.hostile == NONE else bool(t.hostile),
        "course_rad": math.atan2(t.ve_mps, t.vn_mps) % (2.0 * math.pi), "speed_mps": math.hypot(t.ve_mps, t.vn_mps),
    }  # fmt: skip
    for name in ("lat_deg", "lon_deg", "hae_m"):
        del values[name]
    return _feature("track", t.id, _point(t.lat_deg, t.lon_deg, t.hae_m), values)


def ring_of(raid: RaidMark) -> list[list[float]]:
    """The outline of a raid as [longitude, latitude], closed, counter-clockwise, not cut; [] if it has none."""
    return ring_of_corners(raid.ring_lon_deg, raid.ring_lat_deg) if _has_ring(raid) else []


def _has_ring(r: RaidMark) -> bool:
    return len(r.ring_lat_deg) > 2 and bool(np.isfinite(r.ring_lat_deg + r.ring_lon_deg).all())


def _raid(r: RaidMark) -> dict[str, Any]:
    place = _point(r.lat_deg, r.lon_deg, r.hae_m)
    geometry = outline_geometry(r.ring_lon_deg, r.ring_lat_deg) if _has_ring(r) else place
    names = ("id", "hae_m", "n_expected", "course_rad", "speed_mps", "arrivals_per_min", "since_s")
    return _feature("raid", r.id, geometry, {n: getattr(r, n) for n in names})


def _warning(w: WarningMark) -> dict[str, Any]:
    values = w._asdict() | {"level": level_word(w.level)}
    for name in ("lat_deg", "lon_deg", "hae_m", "is_cleared", "is_new", "cleared_s"):
        del values[name]
    return _feature("warning", w.id, _point(w.lat_deg, w.lon_deg, w.hae_m), values)


def _route(r: RouteMark) -> dict[str, Any]:
    points = np.column_stack([r.lon_deg, r.lat_deg, r.hae_m, r.t_s])
    points = points[np.isfinite(points[:, :2]).all(axis=1)]
    parts = cut_line(points) if len(points) > 1 else []
    # A height that is not known is left out: a position is of numbers only.
    lines = [[p[:3] if math.isfinite(p[2]) else p[:2] for p in part.tolist()] for part in parts]
    geometry: dict[str, Any] | None = None
    if lines:
        geometry = {"type": "LineString", "coordinates": lines[0]}
    if len(lines) > 1:
        geometry = {"type": "MultiLineString", "coordinates": lines}
    times_s = [t for part in parts or [points] for t in part[:, 3].tolist()]
    values = {"flight_id": r.flight_id, "name": r.name, "option": r.option, "text": r.text,
              "decide_by_s": r.decide_by_s, "times_s": times_s, "rank": r.rank,
              "crew_message": r.crew}  # fmt: skip
    return _feature("route", r.key, geometry, values)
