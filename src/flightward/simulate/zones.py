"""When declared zones are active: at declared times, or while hostile drones are near."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from flightward.model.batch import F64
from flightward.simulate.geodesy import east_north_m
from flightward.simulate.scenario import Scenario, Zone
from flightward.simulate.world import World


def zone_mappings(scenario: Scenario, world: World) -> list[dict[str, Any]]:
    """The zones as case.toml holds them, with their active times as POSIX seconds."""
    start_s = scenario.start_s
    return [
        {
            "id": zone.id,
            "kind": zone.kind,
            "polygon": [[lon, lat] for lat, lon in zone.polygon],
            "floor_m": zone.floor_m,
            "ceiling_m": zone.ceiling_m,
            "active": [{"from_s": start_s + a, "to_s": start_s + b} for a, b in active_spans(zone, world)],
            "exempt": list(zone.exempt),
            "source": scenario.source,
        }
        for zone in scenario.zones
    ]


def active_spans(zone: Zone, world: World) -> list[tuple[float, float]]:
    """Active times in seconds after the start, in order: the declared ones, and those that drones brought about.

    A zone opens delay_s after the first hostile drone came within near_m of it, and closes hold_s after the last left.
    """
    spans = [(s.from_s, s.to_s) for s in zone.active]
    if zone.near_m > 0 and world.hostile.any():
        near = _drone_near(zone, world)
        edge = np.diff(np.concatenate([[0], near.astype(np.int8), [0]]))
        for first, last in zip(np.flatnonzero(edge == 1), np.flatnonzero(edge == -1), strict=True):
            spans.append((float(first) + zone.delay_s, float(last) + zone.hold_s))
    merged: list[tuple[float, float]] = []
    for a, b in sorted(spans):
        if merged and a <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(b, merged[-1][1]))
        elif a < b:
            merged.append((a, b))
    return [(a, min(b, float(world.duration_s))) for a, b in merged if a < world.duration_s]


def _drone_near(zone: Zone, world: World) -> NDArray[np.bool_]:
    """(T + 1,) is a hostile drone within near_m of the zone's polygon or over it."""
    corners = np.array(zone.polygon, dtype=np.float64)
    lat0, lon0 = corners.mean(axis=0)
    px, py = east_north_m(lat0, lon0, corners[:, 0], corners[:, 1])
    lat, lon = world.paths.lat_deg[:, world.hostile], world.paths.lon_deg[:, world.hostile]
    x, y = east_north_m(np.full_like(lat, lat0), np.full_like(lon, lon0), lat, lon)
    with np.errstate(invalid="ignore"):
        return np.asarray(((_edge_distance(x, y, px, py) <= zone.near_m) | _inside(x, y, px, py)).any(axis=1))


def _edge_distance(x: F64, y: F64, px: F64, py: F64) -> F64:
    """Distance to the nearest edge of a polygon; NaN where x is."""
    best = np.full(x.shape, np.inf)
    for i in range(len(px)):
        ax, ay, dx, dy = px[i - 1], py[i - 1], px[i] - px[i - 1], py[i] - py[i - 1]
        along = np.clip(((x - ax) * dx + (y - ay) * dy) / max(dx * dx + dy * dy, 1e-9), 0.0, 1.0)
        best = np.minimum(best, np.hypot(x - ax - along * dx, y - ay - along * dy))
    return best


def _inside(x: F64, y: F64, px: F64, py: F64) -> NDArray[np.bool_]:
    """Is the point inside a simple polygon (even-odd crossings)."""
    inside = np.zeros(x.shape, dtype=np.bool_)
    for i in range(len(px)):
        x1, y1, x2, y2 = px[i - 1], py[i - 1], px[i], py[i]
        if y1 != y2:
            inside ^= ((y1 > y) != (y2 > y)) & (x < (x2 - x1) * (y - y1) / (y2 - y1) + x1)
    return inside
