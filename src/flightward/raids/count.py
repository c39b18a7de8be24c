"""How many drones a raid has: the tracks by their probabilities, the members in no track, and a band."""

from __future__ import annotations

import numpy as np

from flightward.kernels.unseen import SeenGrid, unseen_members
from flightward.model import F64, I64, CoverageGrid, f64
from flightward.raids.members import Members

Z_95 = 1.6448536269514722


def seen_grid(grid: CoverageGrid) -> SeenGrid:
    """The grid as the kernel takes it."""
    return SeenGrid(grid.p_look, grid.cell_m, float(grid.e_m[0]), float(grid.n_m[0]), f64(grid.hae_m))


def counts(
    m: Members, start: I64, lag_s: F64, speed_mps: F64, tail: I64, grid: CoverageGrid | None, radius_m: float
) -> dict[str, F64]:
    """n_lo, n_hi (90 %), n_unseen of each raid; without a grid nothing is known of unseen members.

    start (R + 1,) rows of each raid's members; speed_mps (R,) of its axis, with which lag_s (N,) was made
    """
    count = len(start) - 1
    n = np.add.reduceat(m.weight, start[:-1]) if count else np.zeros(0)
    var = np.add.reduceat(m.weight * (1.0 - m.weight), start[:-1]) if count else np.zeros(0)
    unseen, unseen_var = np.full(count, np.nan), np.zeros(count)
    if grid is not None and count:
        lag_m = lag_s * np.repeat(speed_mps, np.diff(start))
        unseen_members(
            start, m.e_m, m.n_m, m.u_m, m.ve_mps, m.vn_mps, f64(lag_m), m.weight, tail, radius_m, seen_grid(grid),
            unseen, unseen_var,
        )  # fmt: skip
    most = n + np.nan_to_num(unseen) + Z_95 * np.sqrt(var + unseen_var)
    return {"n_lo": f64(np.maximum(n - Z_95 * np.sqrt(var), 0.0)), "n_hi": f64(most), "n_unseen": unseen}
