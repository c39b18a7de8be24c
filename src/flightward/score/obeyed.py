"""Paths of flights that obey: the truth's own until an option is taken, then the option's route."""

from __future__ import annotations

from typing import Any

import numpy as np
import shapely

from flightward.score.caught import Path4D
from flightward.score.day import F64, Day

STILL_MPS = 0.5


def advised_path(day: Day, path: Path4D, wkb: bytes, t_s: float, option: str) -> Path4D | None:
    """The truth's path until the option is taken, then its route; None when the route cannot be read.

    wkb     LINESTRING ZM of longitude, latitude, height above the ellipsoid, POSIX seconds.
    A flight on the ground when it takes the option stays there while its route stands still; a route that ends by
    standing still (other than a hold or a level) has landed there; after its end the flight is down.
    """
    points = route_points(wkb)
    return flown(day, path, points, t_s, option) if len(points) else None


def route_points(wkb: bytes) -> F64:
    """(N, 4) longitude, latitude, height, POSIX seconds of a LINESTRING ZM; points that are not finite are left out."""
    points = shapely.get_coordinates(shapely.from_wkb(wkb), include_z=True, include_m=True)
    return np.asarray(points[np.isfinite(points).all(axis=1)], dtype=np.float64)


def flown(day: Day, path: Path4D, points: F64, t_s: float, option: str) -> Path4D:
    """As `advised_path`, of the points of a route."""
    t = day.truth.t_s
    points = np.column_stack([np.unwrap(points[:, 0], period=360.0), points[:, 1:]])  # on over the 180th meridian
    row = int(np.clip(np.rint(t_s - t[0]), 0, len(t) - 1))
    start = max(t_s, float(points[0, 3]))
    after = (t >= start) & (t <= points[-1, 3])
    gone = t > points[-1, 3]
    lon, lat, hae = (
        _onto(path_values, points[:, k], points[:, 3], t, after, gone)
        for k, path_values in ((0, path.lon_deg), (1, path.lat_deg), (2, path.hae_m))
    )
    e, n = day.frame.to_plane(lat, lon)
    airborne = np.where(t < start, path.airborne, after)
    leaves, settles = _moving_span(day, points)
    if not path.airborne[row]:
        airborne &= (t >= leaves) | (t < t_s)
        if start > t_s:
            airborne &= ~((t >= t_s) & (t < start))
    if option not in ("hold", "level"):
        airborne &= t <= max(settles, t_s)
    return Path4D(e, n, hae, lat, lon, airborne)


def late_path(day: Day, path: Path4D, wkb: bytes, t_s: float, option: str) -> Path4D | None:
    """The truth's path until t_s, then from where the flight is by then to the points of the route that lie ahead.

    A point lies ahead if the route has it later than t_s. Legs are flown at the route's own speeds; standing takes as
    long as it did. Who has taken off cannot wait on the ground any more, and who is down stays so: both keep their
    path. None when the route cannot be read.
    """
    points = route_points(wkb)
    if not len(points):
        return None
    row = int(np.clip(np.rint(t_s - day.truth.t_s[0]), 0, len(day.truth.t_s) - 1))
    if not path.airborne[row]:
        was_up = bool(path.airborne[:row].any())
        return path if was_up else flown(day, path, points, t_s, option)
    ahead = np.flatnonzero(points[:, 3] > t_s)
    if option == "delay" or not len(ahead):
        return path
    late = [np.array([path.lon_deg[row], path.lat_deg[row], path.hae_m[row], t_s])]
    for k in range(max(int(ahead[0]), 1), len(points)):
        took_s = _leg_s(day, late[-1], points[k - 1], points[k])
        late.append(np.array([*points[k, :3], late[-1][3] + took_s]))
    return flown(day, path, np.array(late), t_s, option)


def _leg_s(day: Day, start: F64, before: F64, to: F64) -> float:
    """Seconds from `start` to `to` at the speed of the leg from `before` to `to`; a leg that stands still is not flown
    faster than `STILL_MPS` has it moving: then the flight goes straight there in the time that the leg took."""
    planned_s, planned_m = float(to[3] - before[3]), _apart_m(day, before, to)
    if planned_m <= STILL_MPS * planned_s or planned_s <= 0.0:
        return max(planned_s, 1.0)
    return max(_apart_m(day, start, to) * planned_s / planned_m, 1.0)


def _apart_m(day: Day, a: F64, b: F64) -> float:
    e, n = day.frame.to_plane(np.array([a[1], b[1]]), np.array([a[0], b[0]]))
    return float(np.hypot(e[1] - e[0], n[1] - n[0]))


def _onto(old: F64, new: F64, new_t: F64, t: F64, after: Any, gone: Any) -> F64:
    out = old.copy()
    out[after] = np.interp(t[after], new_t, new)
    out[gone] = np.nan
    return out


def _moving_span(day: Day, points: F64) -> tuple[float, float]:
    """When the route first moves and when it last moves; both its first time if it never does."""
    e, n = day.frame.to_plane(points[:, 1], points[:, 0])
    dt = np.maximum(np.diff(points[:, 3]), 1e-3)
    speed = np.sqrt(np.diff(e) ** 2 + np.diff(n) ** 2 + np.diff(points[:, 2]) ** 2) / dt
    legs = np.flatnonzero(speed > STILL_MPS)
    if not len(legs):
        return float(points[0, 3]), float(points[0, 3])
    return float(points[legs[0], 3]), float(points[legs[-1] + 1, 3])
