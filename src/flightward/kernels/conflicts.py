"""All pairs of N aircraft that come within a cylinder of each other, all flying straight: exactly those of trying all.

Boxes and columns (boxes.py) find whom to try; the trial is one function, so the times are those of brute force to
the last bit. The cylinder is open: who only touches its border, at its rim or its lid, is in no conflict.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from flightward.kernels._jit import inlined, inner, kernel
from flightward.kernels.boxes import (
    EAST,
    HIGH,
    LOW,
    NORTH,
    SOUTH,
    WEST,
    columns_for,
    corner,
    fill,
    longest,
    mean_width,
    picked,
)

F64 = NDArray[np.float64]
I64 = NDArray[np.int64]

_STILL = 1e-290
"""The square of a relative speed (m2/s2) below which it is taken for none: its roots would lose their digits."""
_BLOCK = 2048
"""Pairs of boxes that overlap are tried so many at a time."""


@inlined
def passes(
    e_m: float, n_m: float, ve_mps: float, vn_mps: float, radius_m: float
) -> tuple[bool, bool, float, float, float]:
    """Is the circle crossed at some time after now; is the relative speed next to none; and a, b, root of the times."""
    a = ve_mps * ve_mps + vn_mps * vn_mps
    b = e_m * ve_mps + n_m * vn_mps
    cross = e_m * vn_mps - n_m * ve_mps
    root = radius_m * radius_m * a - cross * cross
    inside = e_m * e_m + n_m * n_m < radius_m * radius_m
    still = a < _STILL
    # without b, who parts from the rim would be let in by a root that comes out a rounding after now
    return (inside | ((not still) & (b < 0.0))) & (still | (root > 0.0)), still, a, b, root


@inlined
def conflict(
    e_m: float, n_m: float, u_m: float, ve_mps: float, vn_mps: float, vu_mps: float,
    radius_m: float, half_m: float, until_s: float,
) -> tuple[float, float]:
    """Part of [0, until_s] inside the open cylinder, from relative place and velocity; (inf, -inf) if none."""
    crossed, still, a, b, root = passes(e_m, n_m, ve_mps, vn_mps, radius_m)
    if not crossed:
        return math.inf, -math.inf
    t_in, t_out = 0.0, until_s
    if not still:
        root = math.sqrt(root)
        t_in, t_out = max(t_in, (-b - root) / a), min(t_out, (-b + root) / a)
    if vu_mps == 0.0:
        if not abs(u_m) < half_m:
            return math.inf, -math.inf
    else:
        one, two = (-half_m - u_m) / vu_mps, (half_m - u_m) / vu_mps
        t_in, t_out = max(t_in, min(one, two)), min(t_out, max(one, two))
    return (t_in, t_out) if t_in < t_out else (math.inf, -math.inf)


@inner
def _judge(
    state: F64, order: I64, one: I64, two: I64, size: int, radius_m: float, half_m: float, until_s: float,
    first_out: I64, second_out: I64, t_in_out: F64, t_out_out: F64, count: int,
) -> int:
    """Try the first `size` pairs of a list (which is used up); returns the number of conflicts so far."""
    left = 0
    for k in range(size):
        i, j = one[k], two[k]
        crossed, _, _, _, _ = passes(
            state[i, 0] - state[j, 0], state[i, 1] - state[j, 1], state[i, 3] - state[j, 3], state[i, 4] - state[j, 4],
            radius_m,
        )  # fmt: skip
        one[left], two[left] = i, j
        left += crossed
    for k in range(left):
        i, j = one[k], two[k]
        t_in, t_out = conflict(
            state[i, 0] - state[j, 0], state[i, 1] - state[j, 1], state[i, 2] - state[j, 2],
            state[i, 3] - state[j, 3], state[i, 4] - state[j, 4], state[i, 5] - state[j, 5],
            radius_m, half_m, until_s,
        )  # fmt: skip
        if t_in < t_out:
            if count < first_out.shape[0]:
                first_out[count], second_out[count] = min(order[i], order[j]), max(order[i], order[j])
                t_in_out[count], t_out_out[count] = t_in, t_out
            count += 1
    return count


@kernel
def conflicts(
    states: F64, box: F64, order: I64, radius_m: float, half_m: float, until_s: float,
    first_out: I64, second_out: I64, t_in_out: F64, t_out_out: F64,
) -> int:
    """Pairs of N aircraft in conflict within [0, until_s]; returns how many, also when the outputs are too short.

    states (N, 6) e, n, u and their rates; box (N, 6) theirs, each wider by half the cylinder at least; order (K,) the
    good rows by their box's west side. first_out, second_out (P,) int64 rows, first < second, in no order;
    t_in_out, t_out_out (P,) seconds. What does not fit into P is counted and not written.
    """
    state, bound = picked(states, order), picked(box, order)
    grid = columns_for(bound.shape[0], mean_width(bound, 2), mean_width(bound, 4))
    first = corner(bound, grid)
    start, entry = fill(bound, first, grid)
    n_mask, u_mask = grid.m_n - 1, grid.m_u - 1
    room = _BLOCK + longest(start)
    one, two = np.empty(room, np.int64), np.empty(room, np.int64)
    count, size = 0, 0
    for c in range(start.shape[0] - 1):
        north, up, end = c // grid.m_u, c % grid.m_u, start[c + 1]
        for s in range(start[c], end):
            i = entry[s]
            east_m, south_m, north_m = bound[i, EAST], bound[i, SOUTH], bound[i, NORTH]
            low_m, high_m, i_n, i_u = bound[i, LOW], bound[i, HIGH], first[i, 0], first[i, 1]
            for r in range(s + 1, end):
                j = entry[r]
                if bound[j, WEST] > east_m:
                    break
                apart = (bound[j, LOW] > high_m) | (low_m > bound[j, HIGH])
                apart |= (bound[j, SOUTH] > north_m) | (south_m > bound[j, NORTH])
                # the two share other columns too: they count in that of the corner of what they share
                apart |= max(i_n, first[j, 0]) & n_mask != north
                apart |= max(i_u, first[j, 1]) & u_mask != up
                # written in any case, kept if not apart: a branch here costs more than all the rest
                one[size], two[size] = i, j
                size += not apart
            if size > _BLOCK:
                count = _judge(
                    state, order, one, two, size, radius_m, half_m, until_s, first_out, second_out, t_in_out,
                    t_out_out, count,
                )  # fmt: skip
                size = 0
    return _judge(
        state, order, one, two, size, radius_m, half_m, until_s, first_out, second_out, t_in_out, t_out_out, count
    )
