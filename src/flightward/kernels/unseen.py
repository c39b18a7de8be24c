"""How many members of a raid no sensor shows: those on ground that is badly seen, and those still behind its edge."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from flightward.kernels._jit import inner, kernel

STEP_M = 2_000.0
REAR = 8
"""The spacing of a raid is that of its rearmost members, so many."""
LOOKS = 8
"""Looks that a drone passes in the half minute after which it would have a track."""
LEAST = 0.3
"""A shown member stands for no more than 1 / LEAST."""


class SeenGrid(NamedTuple):
    """Chance per look p (H, Y, X) on level cells of cell_m; e_m, n_m: the middle of cell (0, 0); hae_m (H,) rising."""

    p: NDArray[np.float64]
    cell_m: float
    e_m: float
    n_m: float
    hae_m: NDArray[np.float64]


@inner
def _tracked(grid: SeenGrid, e_m: float, n_m: float, u_m: float) -> float:
    """Chance that a drone which flies at a place has a track; 0 outside the grid."""
    x = int(np.floor((e_m - grid.e_m) / grid.cell_m + 0.5))
    y = int(np.floor((n_m - grid.n_m) / grid.cell_m + 0.5))
    if x < 0 or y < 0 or y >= grid.p.shape[1] or x >= grid.p.shape[2]:
        return 0.0
    level = 0
    for h in range(1, grid.hae_m.shape[0]):
        if abs(grid.hae_m[h] - u_m) < abs(grid.hae_m[level] - u_m):
            level = h
    miss = 1.0
    for _ in range(LOOKS):
        miss *= 1.0 - grid.p[level, y, x]
    return 1.0 - miss


@inner
def spacing(lag_m: NDArray[np.float64]) -> float:
    """Mean gap along the way between the rearmost members; NaN for one. lag_m (N,) behind the front."""
    n = lag_m.shape[0]
    if n < 2:
        return np.nan
    order = np.sort(lag_m)
    first = max(0, n - REAR)
    return float((order[n - 1] - order[first]) / (n - 1 - first))


@kernel
def unseen_members(
    start: NDArray[np.int64], e_m: NDArray[np.float64], n_m: NDArray[np.float64], u_m: NDArray[np.float64],
    ve_mps: NDArray[np.float64], vn_mps: NDArray[np.float64], lag_m: NDArray[np.float64],
    weight: NDArray[np.float64], tail: NDArray[np.int64], radius_m: float, grid: SeenGrid,
    mean_out: NDArray[np.float64], var_out: NDArray[np.float64],
) -> None:
    """Expected number of unseen members of G groups, and its variance.

    start (G + 1,); lag_m (N,) behind the group's front; tail (G,) row of the rearmost; radius_m of the area.
    Among the shown: a member that has a track with chance q stands for 1 / q. Behind the tail, back along its course
    to the edge of the area: a group with gap s goes on with chance exp(-C / s) over C metres of seen ground that show
    nobody; it began anywhere on the U metres of unseen ground behind, and one that has shown N so far has more than
    N + k with chance N / (N + k) (Gott, Nature 363 (1993) 315-319). The number behind is then known to a factor only:
    its sigma is its mean.
    """
    for g in range(start.shape[0] - 1):
        a, b = start[g], start[g + 1]
        n = mean = var = 0.0
        for i in range(a, b):
            n += weight[i]
            q = max(_tracked(grid, e_m[i], n_m[i], u_m[i]), LEAST)
            mean += weight[i] * (1.0 / q - 1.0)
            var += weight[i] * (1.0 - q) / (q * q)
        gap_m = spacing(lag_m[a:b])
        i = tail[g]
        mps = np.hypot(ve_mps[i], vn_mps[i])
        if gap_m > 0.0 and mps > 1.0:
            seen_m = unseen_m = 0.0
            e, nn = e_m[i], n_m[i]
            while True:
                e -= STEP_M * ve_mps[i] / mps
                nn -= STEP_M * vn_mps[i] / mps
                if e * e + nn * nn > radius_m * radius_m or seen_m > 20.0 * gap_m:
                    break
                q = _tracked(grid, e, nn, u_m[i])
                seen_m += q * STEP_M * (unseen_m < gap_m)
                unseen_m += (1.0 - q) * STEP_M
            if unseen_m > 0.0:
                shown_m = n * gap_m
                more = (1.0 + shown_m / unseen_m) * np.log(1.0 + unseen_m / shown_m) - 1.0
                behind = n * more * np.exp(-seen_m / gap_m)
                mean += behind
                var += behind * behind + behind
        mean_out[g], var_out[g] = mean, var
