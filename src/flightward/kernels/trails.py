"""Who flies where another flew before: crumbs of ways flown, and the links between groups that they give."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from flightward.kernels._jit import inner, kernel
from flightward.kernels.grouping import root


class FollowRule(NamedTuple):
    """When a thing follows another: as near to its way, as alike in velocity, and as soon after it.

    `keep_` holds for two that were of one group before. half_s: a crumb stands for so long of a way to each side.
    """

    way_m: float
    way_mps: float
    way_s: float
    keep_m: float
    keep_mps: float
    keep_s: float
    half_s: float


class Crumbs(NamedTuple):
    """K places where things were, in order of their cells; `start` (nx * ny + 1,) first crumb of each cell."""

    row: NDArray[np.int64]
    """(K,) row of the thing now, -1 if it is not there any more."""
    t_s: NDArray[np.float64]
    e_m: NDArray[np.float64]
    n_m: NDArray[np.float64]
    ve_mps: NDArray[np.float64]
    vn_mps: NDArray[np.float64]
    start: NDArray[np.int64]


class Grid(NamedTuple):
    """Square cells: their width, the corner of the first, how many east and north."""

    cell_m: float
    e_m: float
    n_m: float
    nx: int
    ny: int


@kernel
def crumb_bounds(crumb: NDArray[np.float64], bounds_out: NDArray[np.float64]) -> None:
    """Least e, least n, most e, most n, most speed of K > 0 crumbs (K, 5) t, e, n, ve, vn, to bounds_out (5,)."""
    bounds_out[0], bounds_out[1], bounds_out[2], bounds_out[3] = crumb[0, 1], crumb[0, 2], crumb[0, 1], crumb[0, 2]
    most = 0.0
    for i in range(crumb.shape[0]):
        e_m, n_m = crumb[i, 1], crumb[i, 2]
        bounds_out[0], bounds_out[1] = min(bounds_out[0], e_m), min(bounds_out[1], n_m)
        bounds_out[2], bounds_out[3] = max(bounds_out[2], e_m), max(bounds_out[3], n_m)
        most = max(most, crumb[i, 3] * crumb[i, 3] + crumb[i, 4] * crumb[i, 4])
    bounds_out[4] = np.sqrt(most)


@kernel
def sort_crumbs(
    crumb: NDArray[np.float64], code: NDArray[np.int64], grid: Grid, columns_out: NDArray[np.float64],
    code_out: NDArray[np.int64], start_out: NDArray[np.int64],
) -> None:
    """Put K crumbs in order of their cells, in one cell in the order they came; places outside go to the nearest cell.

    crumb (K, 5) t, e, n, ve, vn, and code (K,) to columns_out (5, K) and code_out (K,); start_out (nx * ny + 1,)
    """
    start_out[:] = 0
    cell = np.empty(crumb.shape[0], dtype=np.int64)
    for i in range(crumb.shape[0]):
        x = min(max(int((crumb[i, 1] - grid.e_m) / grid.cell_m), 0), grid.nx - 1)
        y = min(max(int((crumb[i, 2] - grid.n_m) / grid.cell_m), 0), grid.ny - 1)
        cell[i] = y * grid.nx + x
        start_out[cell[i] + 1] += 1
    for c in range(grid.nx * grid.ny):
        start_out[c + 1] += start_out[c]
    at = start_out.copy()
    for i in range(crumb.shape[0]):
        k = at[cell[i]]
        at[cell[i]] += 1
        for column in range(5):
            columns_out[column, k] = crumb[i, column]
        code_out[k] = code[i]


@inner
def _follows(
    c: Crumbs, k: int, now_s: float, place: tuple[float, float], speed: tuple[float, float], is_same: bool,
    rule: FollowRule,
) -> bool:
    """Whether what is at `place` now flies over crumb k, as the thing that left it did, and soon enough after it."""
    dve, dvn = speed[0] - c.ve_mps[k], speed[1] - c.vn_mps[k]
    most_mps = rule.keep_mps if is_same else rule.way_mps
    if dve * dve + dvn * dvn > most_mps * most_mps:
        return False
    mps = np.hypot(c.ve_mps[k], c.vn_mps[k])
    if mps < 1.0:
        return False
    de, dn = place[0] - c.e_m[k], place[1] - c.n_m[k]
    along_s = (de * c.ve_mps[k] + dn * c.vn_mps[k]) / (mps * mps)
    if abs(along_s) > rule.half_s:
        return False
    if abs(de * c.vn_mps[k] - dn * c.ve_mps[k]) / mps > (rule.keep_m if is_same else rule.way_m):
        return False
    gap_s = now_s - c.t_s[k] - along_s
    return bool(0.0 <= gap_s <= (rule.keep_s if is_same else rule.way_s))


@kernel
def follow_links(
    now_s: float, e_m: NDArray[np.float64], n_m: NDArray[np.float64], ve_mps: NDArray[np.float64],
    vn_mps: NDArray[np.float64], group: NDArray[np.int64], n_groups: int, before: NDArray[np.int64], crumbs: Crumbs,
    grid: Grid, rule: FollowRule, leader_out: NDArray[np.int64], follower_out: NDArray[np.int64],
) -> int:
    """Links between groups of N things of which one follows another's way; returns how many (below n_groups).

    group   (N,) 0 .. n_groups - 1; before (N,) what each belonged to earlier, -1 none; no NaN anywhere
    leader_out, follower_out  (n_groups,) rows of each link. Only links that join what no link before them joined.
    The grid's cells are at least as wide as a crumb reaches.
    """
    parent = np.arange(n_groups)
    found = 0
    for j in range(e_m.shape[0]):
        x = int((e_m[j] - grid.e_m) / grid.cell_m)
        y = int((n_m[j] - grid.n_m) / grid.cell_m)
        for cy in range(max(y - 1, 0), min(y + 2, grid.ny)):
            for cx in range(max(x - 1, 0), min(x + 2, grid.nx)):
                cell = cy * grid.nx + cx
                for k in range(crumbs.start[cell], crumbs.start[cell + 1]):
                    i = crumbs.row[k]
                    if i < 0 or group[i] == group[j]:
                        continue
                    a, b = root(parent, group[i]), root(parent, group[j])
                    if a == b:
                        continue
                    is_same = before[i] >= 0 and before[i] == before[j]
                    if _follows(crumbs, k, now_s, (e_m[j], n_m[j]), (ve_mps[j], vn_mps[j]), is_same, rule):
                        parent[max(a, b)] = min(a, b)
                        leader_out[found], follower_out[found] = i, j
                        found += 1
                        if found == n_groups - 1:
                            return found
    return found


@kernel
def join_groups(
    group: NDArray[np.int64], n_groups: int, a: NDArray[np.int64], b: NDArray[np.int64], joined_out: NDArray[np.int64]
) -> int:
    """Number the groups anew after joining those of rows a[k] and b[k]; returns how many there are then.

    joined_out  (N,) 0 .. in the order of each group's first row
    """
    parent = np.arange(n_groups)
    for k in range(a.shape[0]):
        p, q = root(parent, group[a[k]]), root(parent, group[b[k]])
        parent[max(p, q)] = min(p, q)
    number = np.full(n_groups, -1, dtype=np.int64)
    count = 0
    for i in range(group.shape[0]):
        r = root(parent, group[i])
        if number[r] < 0:
            number[r] = count
            count += 1
        joined_out[i] = number[r]
    return count
