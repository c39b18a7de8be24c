"""Which seconds a path is caught, by which cause (design, section 3), computed from the truth alone."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray

from flightward.score.day import BOOL, F64, Day, Zone

CAUSES = ("raid", "zone", "lone")  # order also breaks ties for "the cause" of a first catch
EDGE_DEG = 0.05  # a parallel bends less than a metre in it, at 50 degrees


@dataclass(frozen=True)
class Path4D:
    """A flight's path on the seconds of the truth: (T,) arrays, NaN where it is not there."""

    e_m: F64
    n_m: F64
    hae_m: F64
    lat_deg: F64
    lon_deg: F64
    airborne: BOOL


@dataclass(frozen=True)
class Caught:
    """Seconds on which a path is caught: by cause, and at all. The three masks are (T,)."""

    raid: BOOL
    zone: BOOL
    lone: BOOL

    @property
    def any(self) -> BOOL:
        """(T,) caught by whatever cause."""
        return self.raid | self.zone | self.lone

    def first(self) -> tuple[int, str] | None:
        """Row and cause of the first caught second; None when never caught."""
        rows = np.flatnonzero(self.any)
        if not len(rows):
            return None
        row = int(rows[0])
        return row, next(c for c in CAUSES if getattr(self, c)[row])


def truth_path(day: Day, flight_id: str) -> Path4D | None:
    """The path of a protected flight as flown in the truth; None when the truth does not hold the flight."""
    tr = day.truth
    c = tr.column(flight_id)
    if c is None:
        return None
    return Path4D(tr.e_m[:, c], tr.n_m[:, c], tr.hae_m[:, c], tr.lat_deg[:, c], tr.lon_deg[:, c], tr.airborne(c))


def caught_seconds(day: Day, path: Path4D) -> Caught:
    """Masks of the seconds on which the path is caught. Only airborne seconds can be."""
    lim = day.limits
    rows = np.flatnonzero(path.airborne & np.isfinite(path.e_m) & np.isfinite(path.hae_m))
    raid, zone, lone = (np.zeros(len(path.e_m), bool) for _ in range(3))
    if len(rows):
        h_m, v_m = drone_distances(day, path, rows)
        near = (h_m <= lim.raid_radius_m) & (v_m <= lim.raid_height_m)
        raid[rows] = near.sum(axis=1) >= lim.caught_n
        lone[rows] = ((h_m <= lim.lone_radius_m) & (v_m <= lim.lone_height_m)).any(axis=1)
        inside = inside_active_zone(day, path)[rows]
        zone[rows] = inside & (h_m <= lim.zone_radius_m).any(axis=1)
    return Caught(raid, zone, lone)


def drone_distances(day: Day, path: Path4D, rows: NDArray[np.int64]) -> tuple[F64, F64]:
    """Horizontal and vertical metres to every hostile airborne drone: two (len(rows), D); inf where none."""
    tr = day.truth
    cols = tr.drones()
    at = np.ix_(rows, cols)
    e, n = path.e_m[rows, None], path.n_m[rows, None]
    h_m = np.hypot(tr.e_m[at] - e, tr.n_m[at] - n) / day.frame.scale(e, n)
    v_m = np.abs(tr.hae_m[at] - path.hae_m[rows, None])
    gone = ~np.isfinite(h_m) | tr.on_ground[at]
    h_m[gone] = np.inf
    v_m[gone | ~np.isfinite(v_m)] = np.inf
    return h_m, v_m


def inside_active_zone(day: Day, path: Path4D) -> BOOL:
    """(T,) whether the path is inside a defended zone while it is active, between its floor and its ceiling."""
    out = np.zeros(len(path.e_m), bool)
    t = day.truth.t_s
    for z in day.zones:
        active = np.zeros(len(t), bool)
        for from_s, to_s in z.active_s:
            active |= (t >= from_s) & (t <= to_s)
        rows = np.flatnonzero(active & path.airborne & (path.hae_m >= z.floor_m) & (path.hae_m <= z.ceiling_m))
        if len(rows):
            out[rows] |= shapely.intersects_xy(_on_plane(day, z), path.e_m[rows], path.n_m[rows])
    return out


def _on_plane(day: Day, z: Zone) -> shapely.Polygon:
    """A zone on the plane, where neither the 180th meridian nor a pole is anything special.

    Its edges are straight in longitude (the short way round) and latitude; on the plane they bend, in steps of
    EDGE_DEG.
    """
    dlon = (np.roll(z.lon_deg, -1) - z.lon_deg + 180.0) % 360.0 - 180.0
    dlat = np.roll(z.lat_deg, -1) - z.lat_deg
    steps = np.maximum(np.ceil(np.fmax(np.abs(dlon), np.abs(dlat)) / EDGE_DEG), 1.0).astype(np.int64)
    corner = np.repeat(np.arange(len(steps)), steps)
    along = (np.arange(len(corner)) - np.repeat(np.cumsum(steps) - steps, steps)) / steps[corner]
    e, n = day.frame.to_plane(z.lat_deg[corner] + along * dlat[corner], z.lon_deg[corner] + along * dlon[corner])
    return shapely.Polygon(np.column_stack([e, n]))


def spans(mask: BOOL, t_s: F64) -> list[tuple[float, float]]:
    """Unbroken runs of True as (first second, last second)."""
    edge = np.flatnonzero(np.diff(np.concatenate([[0], mask.astype(np.int8), [0]])))
    return [(float(t_s[a]), float(t_s[b - 1])) for a, b in zip(edge[::2], edge[1::2], strict=True)]
