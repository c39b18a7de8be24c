"""When the air picture had each drone: the tracks that stood where a drone was, and the raids that they were in."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from flightward.review.evidence import Columns
from flightward.review.knew.grid import Grid
from flightward.review.scene import F64

NEAR_M = 1_000.0
"""A track this near to a drone, and nearer to it than to any other, is that drone's."""
BLOCK = 20_000


def owners_of_tracks(tracks: Columns, grid: Grid) -> NDArray[np.int64]:
    """(N,) which drone of the grid each row of hostile tracks stands for; -1 none."""
    who = np.full(len(tracks["t_s"]), -1, np.int64)
    if not len(grid.ids):
        return who
    for some in np.array_split(np.arange(len(who)), max(1, len(who) // BLOCK)):
        at = grid.row(tracks["t_s"][some])
        off = np.hypot(grid.e_m[at] - tracks["e_m"][some][:, None], grid.n_m[at] - tracks["n_m"][some][:, None])
        off[np.isnan(off)] = np.inf
        best = np.argmin(off, axis=1)
        who[some] = np.where(off[np.arange(len(some)), best] <= NEAR_M, best, -1)
    return who


def first_rows(tracks: Columns, who: NDArray[np.int64], drones: NDArray[np.int64], raids: list[str]) -> tuple[F64, F64]:
    """(K,) when each drone was first in the air picture as hostile, and first in one of the raids; inf never."""
    seen, grouped = np.full(len(drones), np.inf), np.full(len(drones), np.inf)
    raid = np.isin(tracks["raid_id"].astype(str), raids)
    for k, d in enumerate(drones.tolist()):
        mine = who == d
        if mine.any():
            seen[k] = tracks["t_s"][mine].min()
        if (mine & raid).any():
            grouped[k] = tracks["t_s"][mine & raid].min()
    return seen, grouped
