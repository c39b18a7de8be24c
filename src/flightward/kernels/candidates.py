"""Which of F flights and H hazards may come near each other: none is lost, and almost none is named for nothing.

A pair is a candidate if, both flying straight, it comes within the cylinder widened by both reaches: how far each may
be from where it is taken to be, which grows with time. Distance minus what is allowed is convex in time (a norm of
something linear, minus something linear), so the time within is one interval and has a closed form. Boxes and
columns (boxes.py) find whom to ask; they hold the whole widened path.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from flightward.kernels._jit import bare, inlined, kernel
from flightward.kernels.boxes import (
    EAST,
    HIGH,
    LOW,
    NORTH,
    SOUTH,
    WEST,
    Columns,
    columns_for,
    corner,
    fill,
    longest,
    mean_width,
    picked,
)

F64 = NDArray[np.float64]
I64 = NDArray[np.int64]

_BLOCK = 2048
"""Pairs of boxes that overlap are tried so many at a time."""


@inlined
def within_disc(
    e_m: float, n_m: float, ve_mps: float, vn_mps: float, radius_m: float, growth_mps: float
) -> tuple[float, float]:
    """When a point is within radius_m + t growth_mps of the origin, t >= 0 (closed); (inf, -inf) never.

    |s + v t|^2 <= (R + g t)^2 is a t^2 + 2 b t + c <= 0.
    """
    a = ve_mps * ve_mps + vn_mps * vn_mps - growth_mps * growth_mps
    b = e_m * ve_mps + n_m * vn_mps - radius_m * growth_mps
    c = e_m * e_m + n_m * n_m - radius_m * radius_m
    root = b * b - a * c
    if c > 0.0 and (not root >= 0.0 or (b >= 0.0 and a >= 0.0)):
        return math.inf, -math.inf
    away = math.sqrt(max(root, 0.0)) - b
    # c / away is the nearer root without a difference of like numbers; a <= 0: it grows as fast as they part
    t_in = 0.0 if c <= 0.0 else c / away
    t_out = math.inf
    if a > 0.0:
        # the same for the farther one, where b > 0
        t_out = away / a if b <= 0.0 else -c / (math.sqrt(max(root, 0.0)) + b)
    return t_in, t_out


@inlined
def within_height(u_m: float, vu_mps: float, half_m: float, growth_mps: float) -> tuple[float, float]:
    """When |u + t vu| <= half + t growth, t >= 0 (closed); (inf, -inf) never. half_m may be infinite."""
    t_in, t_out = 0.0, math.inf
    for side in range(2):
        rate = vu_mps - growth_mps if side == 0 else -vu_mps - growth_mps
        room = half_m - u_m if side == 0 else half_m + u_m
        if rate > 0.0:
            t_out = min(t_out, room / rate)
        elif rate < 0.0:
            t_in = max(t_in, room / rate)
        elif room < 0.0:
            t_out = -math.inf
    return (t_in, t_out) if t_in <= t_out else (math.inf, -math.inf)


@inlined
def _comes(e_m: float, n_m: float, ve_mps: float, vn_mps: float, radius_m: float, growth_mps: float) -> bool:
    """Whether `within_disc` has an interval, without a branch."""
    a = ve_mps * ve_mps + vn_mps * vn_mps - growth_mps * growth_mps
    b = e_m * ve_mps + n_m * vn_mps - radius_m * growth_mps
    c = e_m * e_m + n_m * n_m - radius_m * radius_m
    return (c <= 0.0) | ((b * b - a * c >= 0.0) & ((b < 0.0) | (a < 0.0)))


@bare
def _judge(
    flight: F64, hazard: F64, f_order: I64, h_order: I64, one: I64, two: I64, size: int, radius_m: float,
    half_m: float, until_s: float, flight_out: I64, hazard_out: I64, t_in_out: F64, t_out_out: F64, count: int,
) -> int:
    """Try the first `size` pairs of a list (which is used up); returns the number of candidates so far."""
    left = 0
    for k in range(size):
        i, j = one[k], two[k]
        comes = _comes(
            hazard[j, 0] - flight[i, 0], hazard[j, 1] - flight[i, 1], hazard[j, 3] - flight[i, 3],
            hazard[j, 4] - flight[i, 4], radius_m + (flight[i, 6] + hazard[j, 6]), flight[i, 8] + hazard[j, 8],
        )  # fmt: skip
        one[left], two[left] = i, j
        left += comes
    for k in range(left):
        i, j = one[k], two[k]
        in_h, out_h = within_disc(
            hazard[j, 0] - flight[i, 0], hazard[j, 1] - flight[i, 1], hazard[j, 3] - flight[i, 3],
            hazard[j, 4] - flight[i, 4], radius_m + (flight[i, 6] + hazard[j, 6]), flight[i, 8] + hazard[j, 8],
        )  # fmt: skip
        in_v, out_v = within_height(
            hazard[j, 2] - flight[i, 2], hazard[j, 5] - flight[i, 5], half_m + (flight[i, 7] + hazard[j, 7]),
            flight[i, 9] + hazard[j, 9],
        )  # fmt: skip
        t_in, t_out = max(in_h, in_v), min(min(out_h, out_v), until_s)
        if t_in <= t_out:
            if count < flight_out.shape[0]:
                flight_out[count], hazard_out[count] = f_order[i], h_order[j]
                t_in_out[count], t_out_out[count] = t_in, t_out
            count += 1
    return count


@bare
def _along(
    box: F64, first: I64, i: int, other: F64, other_first: I64, entry: I64, begin: int, end: int, grid: Columns, c: int,
    one: I64, two: I64, size: int,
) -> int:
    """List i with those of the other kind, from `begin` on, whose boxes overlap; returns the size of the list."""
    east_m, south_m, north_m = box[i, EAST], box[i, SOUTH], box[i, NORTH]
    low_m, high_m, i_n, i_u = box[i, LOW], box[i, HIGH], first[i, 0], first[i, 1]
    n_mask, u_mask, north, up = grid.m_n - 1, grid.m_u - 1, c // grid.m_u, c % grid.m_u
    for r in range(begin, end):
        j = entry[r]
        if other[j, WEST] > east_m:
            break
        apart = (other[j, LOW] > high_m) | (low_m > other[j, HIGH])
        apart |= (other[j, SOUTH] > north_m) | (south_m > other[j, NORTH])
        # the two share other columns too: they count in that of the corner of what they share
        apart |= max(i_n, other_first[j, 0]) & n_mask != north
        apart |= max(i_u, other_first[j, 1]) & u_mask != up
        # written in any case, kept if not apart: a branch here costs more than all the rest
        one[size], two[size] = i, j
        size += not apart
    return size


@kernel
def candidates(
    flights: F64, f_box: F64, f_order: I64, hazards: F64, h_box: F64, h_order: I64, radius_m: float, half_m: float,
    until_s: float, flight_out: I64, hazard_out: I64, t_in_out: F64, t_out_out: F64,
) -> int:
    """Pairs that come within the widened cylinder within [0, until_s]; returns how many, also when outputs are short.

    flights (F, 10), hazards (H, 10): e, n, u, their rates; reach horizontal and vertical, and growth of both a second.
    f_box, h_box (.., 6) their boxes, one of them wider by the cylinder; f_order, h_order the good rows by west side.
    flight_out, hazard_out (P,) int64 rows, in no order; t_in_out, t_out_out (P,) seconds. What does not fit into P is
    counted and not written. half_m and vertical reaches may be infinite.
    """
    flight, f_bound = picked(flights, f_order), picked(f_box, f_order)
    hazard, h_bound = picked(hazards, h_order), picked(h_box, h_order)
    grid = columns_for(
        f_bound.shape[0] + h_bound.shape[0], 0.5 * (mean_width(f_bound, 2) + mean_width(h_bound, 2)),
        0.5 * (mean_width(f_bound, 4) + mean_width(h_bound, 4)),
    )  # fmt: skip
    f_first, h_first = corner(f_bound, grid), corner(h_bound, grid)
    f_start, f_entry = fill(f_bound, f_first, grid)
    h_start, h_entry = fill(h_bound, h_first, grid)
    room = _BLOCK + max(longest(f_start), longest(h_start))
    one, two = np.empty(room, np.int64), np.empty(room, np.int64)
    of_flights, of_hazards = (f_start, f_entry, f_bound, f_first), (h_start, h_entry, h_bound, h_first)
    count, size = 0, 0
    for c in range(f_start.shape[0] - 1):
        for side in range(2):
            # who begins first is held against those of the other kind that begin within it
            a, b, listed, other = of_flights, of_hazards, one, two
            if side == 1:
                a, b, listed, other = of_hazards, of_flights, two, one
            a_start, a_entry, a_box, a_first = a
            b_start, b_entry, b_box, b_first = b
            begin, end = b_start[c], b_start[c + 1]
            if begin == end:
                continue
            for s in range(a_start[c], a_start[c + 1]):
                i = a_entry[s]
                west_m = a_box[i, WEST]
                while begin < end and (
                    b_box[b_entry[begin], WEST] < west_m or (side == 1 and b_box[b_entry[begin], WEST] == west_m)
                ):
                    begin += 1
                size = _along(
                    a_box, a_first, i, b_box, b_first, b_entry, begin, end, grid, c, listed, other, size
                )  # fmt: skip
                if size > _BLOCK:
                    count = _judge(
                        flight, hazard, f_order, h_order, one, two, size, radius_m, half_m, until_s, flight_out,
                        hazard_out, t_in_out, t_out_out, count,
                    )  # fmt: skip
                    size = 0
    return _judge(
        flight, hazard, f_order, h_order, one, two, size, radius_m, half_m, until_s, flight_out, hazard_out, t_in_out,
        t_out_out, count,
    )  # fmt: skip
