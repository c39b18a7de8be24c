"""Sensors that should have seen a drone and said nothing: switched off, failed, or hidden from it by the ground.

A sensor is silent about a drone while the drone stands in its declared coverage (range, elevation, radio horizon; the
same geometry as the live picture uses) and not one report of it comes for `MOST_LOOKS` looks (a minute at least).
A sensor that was not heard of at all then counts as off; one that spoke of other things as not seeing it.
"""

from __future__ import annotations

import dataclasses
import itertools

import numpy as np
from numpy.typing import NDArray

from flightward.model import Coverage, Setup
from flightward.model.visibility import p_seen
from flightward.review.heard import Heard
from flightward.review.knew.grid import Grid
from flightward.review.knew.whose import Owned
from flightward.review.scene import F64

MOST_LOOKS = 12.0
LEAST_S = 60.0
HALF = 0.5
"""In coverage: the geometry leaves at least this share of the sensor's own chance of detection."""


@dataclasses.dataclass(frozen=True)
class Silence:
    """One sensor that said nothing of one drone (a column of the grid) from start_s to end_s."""

    sensor: str
    drone: int
    start_s: float
    end_s: float
    is_off: bool
    look_s: float
    """Had it worked: one look after the start."""


def silences(
    setup: Setup, heard: Heard, grid: Grid, owned: Owned, drones: NDArray[np.int64], until_s: float
) -> list[Silence]:
    """Every silence about the given drones before `until_s`, by sensor and time."""
    out: list[Silence] = []
    s, names = setup.sensors, setup.names
    last = int(grid.row(until_s))
    for sensor in range(len(s)):
        scan_s = float(s.scan_s[sensor]) if s.scan_s[sensor] > 0.0 else 4.0
        least = max(MOST_LOOKS * scan_s, LEAST_S)
        for d in drones.tolist():
            seen = in_coverage(setup, sensor, grid, d, last)
            if not seen.any():
                continue
            said = owned.t_s[(owned.sensor == sensor) & (owned.drone == d)]
            for a, b in quiet(grid.t_s[: last + 1][seen], said, least):
                off = _was_off(heard, sensor, a, b)
                out.append(Silence(names.text(int(s.name[sensor])) or "?", d, a, b, off, scan_s))
    return out


def in_coverage(setup: Setup, sensor: int, grid: Grid, drone: int, last: int) -> NDArray[np.bool_]:
    """(last + 1,) whether the drone stands where the sensor, were it on, would see it. False for what hears only."""
    s = setup.sensors
    live = np.zeros(len(s), np.int8)
    live[sensor] = 1
    only = Coverage(0.0, live, np.zeros(len(s)), np.ones(len(s), np.int64))
    e, n, u = (a[: last + 1, drone] for a in (grid.e_m, grid.n_m, grid.u_m))
    known = np.isfinite(e) & np.isfinite(u)
    out = np.zeros(last + 1, np.bool_)
    if known.any():
        p = p_seen(setup.frame, s, only, e[known], n[known], u[known])
        claimed = float(np.clip(np.nan_to_num(s.p_detect[sensor], nan=0.5), 0.01, 0.99))
        out[known] = p >= HALF * claimed
    return out


def quiet(covered_s: F64, said_s: F64, least_s: float) -> list[tuple[float, float]]:
    """Stretches of the covered seconds of at least `least_s` in which nothing was said."""
    out = []
    cuts = np.flatnonzero(np.diff(covered_s) > 1.5)
    edges = [0, *(cuts + 1).tolist(), len(covered_s)]
    for a, b in itertools.pairwise(edges):
        first, last = float(covered_s[a]), float(covered_s[b - 1])
        inside = said_s[(said_s >= first - 1.0) & (said_s <= last + 1.0)]
        marks = [first, *inside.tolist(), last]
        out += [(x, y) for x, y in itertools.pairwise(marks) if y - x >= least_s]
    return out


def _was_off(heard: Heard, sensor: int, start_s: float, end_s: float) -> bool:
    """Whether the sensor was taken to be down for most of a stretch, or never said anything by its end."""
    rows = (heard.live_s >= start_s) & (heard.live_s <= end_s)
    return bool(rows.any()) and float(heard.is_live[rows, sensor].mean()) < HALF
