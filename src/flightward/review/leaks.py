"""Drones that were stopped or lost on the way, and how each would have flown on.

A drone counts as lost when its path ends before the day does and another one passed the same place, flying about the
same way, and went on: those whose way simply ended there have no such neighbour. It flies on as that neighbour did,
from where it was and beside it as far as it was then; where no neighbour goes on, nothing is said of it.
"""

from __future__ import annotations

import dataclasses

import numpy as np

from flightward.review.scene import F64
from flightward.review.spread import DronePath

BESIDE_M = 12_000.0
SAME_WAY = 0.7
WENT_ON_S = 180.0
BEFORE_END_S = 30.0
FLOWN_ON = "+"
"""Behind the id of a drone whose path is what would have been."""


@dataclasses.dataclass(frozen=True)
class Leak:
    """A drone that was lost, and its path had it flown on."""

    drone_id: str
    lost_s: float
    as_drone: str
    """Whose way it is taken to follow."""
    path: DronePath
    """What would have been, from the second after it was lost on."""


def leaks(paths: list[DronePath], end_s: float) -> list[Leak]:
    """Every drone that was lost before `end_s`, flown on to the end of its neighbour's way."""
    out = []
    for i, one in enumerate(paths):
        if one.t_s[-1] > end_s - BEFORE_END_S:
            continue
        found = _neighbour(paths, i)
        if found is not None and len((leak := _flown_on(one, paths[found[0]], found[1], end_s)).path.t_s):
            out.append(leak)
    return out


def _neighbour(paths: list[DronePath], i: int) -> tuple[int, int] | None:
    """Which drone passed nearest to the end of a path and went on, and its row there."""
    one = paths[i]
    best, found = BESIDE_M, None
    for k, other in enumerate(paths):
        if k == i:
            continue
        away = np.hypot(other.e_m - one.e_m[-1], other.n_m - one.n_m[-1])
        row = int(np.argmin(away))
        goes_on = other.t_s[-1] - other.t_s[row] >= WENT_ON_S
        if away[row] < best and goes_on and float(other.heading[row] @ one.heading[-1]) > SAME_WAY:
            best, found = float(away[row]), (k, row)
    return found


def _flown_on(one: DronePath, other: DronePath, row: int, end_s: float) -> Leak:
    lost_s = float(one.t_s[-1])
    after = other.t_s[row + 1 :] - other.t_s[row]
    keep = lost_s + after <= end_s

    def on(mine: F64, theirs: F64) -> F64:
        return np.asarray(mine[-1] + (theirs[row + 1 :] - theirs[row])[keep], dtype=np.float64)

    e, n, h = (on(getattr(one, c), getattr(other, c)) for c in ("e_m", "n_m", "hae_m"))
    level, up = (np.full(int(keep.sum()), x[-1]) for x in (one.sigma_h_m, one.sigma_v_m))
    heading = other.heading[row + 1 :][keep]
    path = DronePath(one.drone_id + FLOWN_ON, lost_s + after[keep], e, n, h, heading, level, up, lost_s)
    return Leak(one.drone_id, lost_s, other.drone_id, path)
