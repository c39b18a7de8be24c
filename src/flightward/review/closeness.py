"""How close it was: distances each second between one path and all hostile drones, and which seconds are "caught"."""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from flightward.config import CaughtConfig
from flightward.review.evidence import Columns
from flightward.review.scene import F64, Scene

EARTH_RADIUS_M = 6_371_000.0


@dataclasses.dataclass(frozen=True)
class Path4D:
    """A path, one row per second: (T,) each; NaN where it is not known."""

    t_s: F64
    e_m: F64
    n_m: F64
    hae_m: F64
    airborne: NDArray[np.bool_]


@dataclasses.dataclass(frozen=True)
class Closeness:
    """(T,) arrays along a path; inf where there is no drone."""

    t_s: F64
    nearest_h_m: F64
    nearest_v_m: F64  # height difference to the horizontally nearest, drone minus flight
    third_h_m: F64  # the caught_n-th nearest within the raid's height limit
    n_near: NDArray[np.int64]  # within the raid's limits
    nearest_id: NDArray[Any]
    caught_by: NDArray[Any]  # "", "raid", "zone", "lone"
    airborne: NDArray[np.bool_]

    def first_caught(self) -> int | None:
        """Row of the first caught second; None when never."""
        rows = np.flatnonzero(self.caught_by != "")
        return int(rows[0]) if len(rows) else None

    def closest(self) -> int | None:
        """Row of the smallest distance in the air, axes scaled by the raid's limits; None when there was no drone."""
        size = np.hypot(self.nearest_h_m / 10_000.0, self.nearest_v_m / 1_500.0)
        size[~self.airborne | ~np.isfinite(size)] = np.inf
        return int(np.argmin(size)) if len(size) and np.isfinite(size).any() else None

    def most_near(self) -> int:
        """The most drones at one time within the raid's limits while in the air."""
        return int(self.n_near[self.airborne].max(initial=0))


def seconds_of(rows: Columns, start_s: float, end_s: float, airborne: NDArray[np.bool_] | None = None) -> Path4D:
    """A path on whole seconds from rows by time; gaps over 10 s stay unknown."""
    t = np.arange(np.ceil(start_s), np.floor(end_s) + 1.0)
    ok = np.isfinite(rows["e_m"])
    seen = rows["t_s"][ok]
    if len(seen) < 2:
        nan = np.full(len(t), np.nan)
        return Path4D(t, nan, nan, nan, np.zeros(len(t), bool))
    e, n, h = (np.interp(t, seen, rows[k][ok], left=np.nan, right=np.nan) for k in ("e_m", "n_m", "hae_m"))
    after = np.clip(np.searchsorted(seen, t), 1, len(seen) - 1)
    gap = (seen[after] - seen[after - 1] > 10.0) & (seen[after] != t) & (seen[after - 1] != t)
    e[gap] = n[gap] = h[gap] = np.nan
    up = np.isfinite(e) if airborne is None else np.interp(t, rows["t_s"], airborne.astype(float)) > 0.5
    return Path4D(t, e, n, h, up & np.isfinite(e))


def flying(rows: Columns, cfg: CaughtConfig) -> NDArray[np.bool_]:
    """(N,) whether a row is in the air: between first and last moment of speed or height above its ends."""
    out = np.zeros(len(rows["t_s"]), bool)
    if len(out) < 3:
        return out
    dt = np.maximum(np.diff(rows["t_s"]), 1e-3)
    speed = np.hypot(np.diff(rows["e_m"]), np.diff(rows["n_m"])) / dt
    fast = np.concatenate([[False], speed > cfg.on_ground_mps])
    low = np.nanmin(rows["hae_m"]) if np.isfinite(rows["hae_m"]).any() else np.nan
    up = np.flatnonzero(fast | (rows["hae_m"] > low + cfg.on_ground_agl_m))
    if len(up):
        out[up[0] : up[-1] + 1] = True
    return out


def measure(scene: Scene, path: Path4D, drones: Columns, cfg: CaughtConfig) -> Closeness:
    """Distances from a path to hostile drones (rows t_s, track_id, e_m, n_m, hae_m), and the caught seconds."""
    n_t = len(path.t_s)
    row = np.rint(drones["t_s"] - path.t_s[0]).astype(np.int64) if n_t else np.zeros(0, np.int64)
    keep = (row >= 0) & (row < n_t) & np.isfinite(drones["e_m"])
    if "on_ground" in drones:
        keep &= drones["on_ground"] != 1.0
    row, ids = row[keep], drones["track_id"][keep]
    scale = 1.0 + (path.e_m**2 + path.n_m**2) / (4.0 * EARTH_RADIUS_M**2)
    h = np.hypot(drones["e_m"][keep] - path.e_m[row], drones["n_m"][keep] - path.n_m[row]) / scale[row]
    dv = drones["hae_m"][keep] - path.hae_m[row]
    known = np.isfinite(h)
    row, ids, h, dv = row[known], ids[known], h[known], dv[known]
    in_height = np.abs(dv) <= cfg.raid_height_m
    n_near = np.bincount(row[in_height & (h <= cfg.raid_radius_m)], minlength=n_t)
    lone = np.bincount(row[(np.abs(dv) <= cfg.lone_height_m) & (h <= cfg.lone_radius_m)], minlength=n_t) > 0
    reach = np.bincount(row[h <= cfg.zone_radius_m], minlength=n_t) > 0
    nearest, first = _nth(row, h, n_t, 1)
    third, _ = _nth(row[in_height], h[in_height], n_t, cfg.caught_n)
    caught = np.full(n_t, "", object)
    caught[lone & path.airborne] = "lone"
    caught[reach & path.airborne & _in_defended(scene, path)] = "zone"
    caught[(n_near >= cfg.caught_n) & path.airborne] = "raid"
    v, who = np.full(n_t, np.inf), np.full(n_t, "", object)
    v[first >= 0] = dv[first[first >= 0]]
    who[first >= 0] = ids[first[first >= 0]]
    return Closeness(path.t_s, nearest, v, third, n_near, who, caught, path.airborne)


def _nth(row: NDArray[np.int64], h_m: F64, n_t: int, n: int) -> tuple[F64, NDArray[np.int64]]:
    """(T,) the n-th smallest distance of each row, and where it stands (-1 none)."""
    order = np.lexsort((h_m, row))
    starts = np.searchsorted(row[order], np.arange(n_t + 1))
    at = starts[:-1] + n - 1
    has = at < starts[1:]
    out, where = np.full(n_t, np.inf), np.full(n_t, -1, np.int64)
    where[has] = order[at[has]]
    out[has] = h_m[where[has]]
    return out, where


def _in_defended(scene: Scene, path: Path4D) -> NDArray[np.bool_]:
    out = np.zeros(len(path.t_s), bool)
    for z in scene.zones:
        if z.kind != "defended":
            continue
        active = np.zeros(len(path.t_s), bool)
        for from_s, to_s in z.active_s:
            active |= (path.t_s >= from_s) & (path.t_s <= to_s)
        rows = np.flatnonzero(active & (path.hae_m >= z.floor_m) & (path.hae_m <= z.ceiling_m))
        if len(rows):
            ring = shapely.Polygon(np.column_stack([z.e_m, z.n_m]))
            out[rows] |= shapely.intersects_xy(ring, path.e_m[rows], path.n_m[rows])
    return out


def along_route(scene: Scene, base: Path4D, wkb: bytes, t_s: float) -> Path4D | None:
    """The path of an option taken at t_s: as flown until then, its route after. None when the route cannot be read.

    wkb  LINESTRING ZM of longitude, latitude, height above the ellipsoid, POSIX seconds. Where the route stands still
    at its end, or at its start when the flight has not taken off, the flight is on the ground.
    """
    points = shapely.get_coordinates(shapely.from_wkb(wkb), include_z=True, include_m=True)
    points = points[np.isfinite(points).all(axis=1)]
    if not len(points):
        return None
    e, n = scene.to_plane(points[:, 1], points[:, 0])
    t = points[:, 3]
    after = base.t_s >= t_s
    on = after & (base.t_s >= t[0]) & (base.t_s <= t[-1])
    out = [old.copy() for old in (base.e_m, base.n_m, base.hae_m)]
    for old, new in zip(out, (e, n, points[:, 2]), strict=True):
        old[after] = np.interp(base.t_s[after], t, new)
    airborne = base.airborne.copy()
    airborne[after] = on[after]
    legs = np.flatnonzero(np.hypot(np.diff(e), np.diff(n)) + np.abs(np.diff(points[:, 2])) > 0.5 * np.diff(t))
    row = min(int(np.searchsorted(base.t_s, t_s)), len(base.t_s) - 1)
    if len(legs):
        airborne &= ~(after & (base.t_s > t[legs[-1] + 1]))
        if not base.airborne[row]:
            airborne &= ~(after & (base.t_s < t[legs[0]]))
    return Path4D(base.t_s, out[0], out[1], out[2], airborne)
