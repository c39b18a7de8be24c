"""When drones of one draw are near a straight-pieced path: cylinders around it, as closed-form time intervals.

Paths and drones are straight between their points, so on each common straight piece the time inside a cylinder is
the root of a quadratic. `drone_intervals` looks at every drone; who stays far is turned away before by blocks of drones
(kernels/block_rows.py, block_lanes.py). What the intervals mean for the path: kernels/caught.py.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from flightward.kernels._jit import bare, inlined, inner, kernel
from flightward.kernels.intervals import closest, cylinder, disc

F64 = NDArray[np.float64]
I64 = NDArray[np.int64]
I8 = NDArray[np.int8]

MERGE_S = 1e-6
"""Two intervals of one drone that touch within this are one: a knot must not split them."""
BLOCK = 16
"""Drones per block: neighbours of one raid, so that in one draw they stay together."""
MEETINGS = 512
"""So many are looked at together."""
PAD_M = 0.01
"""Boxes are wider by this, more than any rounding: so they never turn away what the pieces would not."""


class Limits(NamedTuple):
    """What caught means, and how far a passing drone is still told as a miss distance."""

    caught_n: int
    raid_radius_m: float
    raid_height_m: float
    lone_radius_m: float
    lone_height_m: float
    zone_radius_m: float
    miss_reach_h_m: float
    miss_reach_v_m: float


class Drones(NamedTuple):
    """The ensemble, times from now: knot_s (H,), e_m, n_m, u_m (K, M, H), present, lost_s (K, M), box_m (M, H-1, 6).

    order (M,) drones by block, rising within each; block_m (B, H-1, 6) boxes of blocks, draw_m (B, H, 4, K) boxes of
    blocks at each knot in each draw: lowest e, n, highest e, n; raid (M,) rows of raids.
    """

    knot_s: F64
    e_m: F64
    n_m: F64
    u_m: F64
    present: I8
    lost_s: F64
    box_m: F64
    order: I64
    block_m: F64
    draw_m: F64
    raid: I64


@kernel
def boxes(
    e_m: F64, n_m: F64, u_m: F64, present: I8, order: I64, box_out: F64, block_out: F64, draw_out: F64
) -> None:
    """Boxes of drones and of blocks of drones, over the draws in which they are present; the futures are read once.

    e_m, n_m, u_m (K, M, H) float64; present (K, M) int8; order (M,): block b has its rows BLOCK b and on.
    box_out (M, H - 1, 6) swept box of each drone in each knot interval: lowest e, n, u, highest e, n, u; block_out
    (B, H - 1, 6) of each block; draw_out (B, H, 4, K) of each block at each knot in each draw: lowest e, n, highest
    e, n. An empty box is (+inf, -inf).
    """
    draws, knots = e_m.shape[0], e_m.shape[2]
    of_one, of_draw = np.empty((6, knots)), np.empty((draws, 4, knots))
    block_out[:, :, :3] = np.inf
    block_out[:, :, 3:] = -np.inf
    for b in range(block_out.shape[0]):
        of_draw[:, :2], of_draw[:, 2:] = np.inf, -np.inf
        for i in range(BLOCK * b, min(BLOCK * (b + 1), order.shape[0])):
            m = order[i]
            of_one[:3], of_one[3:] = np.inf, -np.inf
            for k in range(draws):
                if present[k, m] == 1:
                    _grow(e_m[k, m], n_m[k, m], u_m[k, m], of_one, of_draw[k])
            for h in range(knots - 1):
                for c in range(3):
                    box_out[m, h, c] = min(of_one[c, h], of_one[c, h + 1])
                    box_out[m, h, 3 + c] = max(of_one[3 + c, h], of_one[3 + c, h + 1])
                    block_out[b, h, c] = min(block_out[b, h, c], box_out[m, h, c])
                    block_out[b, h, 3 + c] = max(block_out[b, h, 3 + c], box_out[m, h, 3 + c])
        for h in range(knots):
            for c in range(4):
                for k in range(draws):
                    draw_out[b, h, c, k] = of_draw[k, c, h]


@bare
def _grow(e: F64, n: F64, u: F64, of_one: F64, of_draw: F64) -> None:
    """Take the places of one drone in one draw into its box at each knot, and into its block's in that draw."""
    for h in range(e.shape[0]):
        of_one[0, h], of_one[3, h] = min(of_one[0, h], e[h]), max(of_one[3, h], e[h])
        of_one[1, h], of_one[4, h] = min(of_one[1, h], n[h]), max(of_one[4, h], n[h])
        of_one[2, h], of_one[5, h] = min(of_one[2, h], u[h]), max(of_one[5, h], u[h])
        of_draw[0, h], of_draw[2, h] = min(of_draw[0, h], e[h]), max(of_draw[2, h], e[h])
        of_draw[1, h], of_draw[3, h] = min(of_draw[1, h], n[h]), max(of_draw[3, h], n[h])


@bare
def segment_rows(t: F64, knot_s: F64, t_lo: float, row_out: I64) -> None:
    """For each knot interval the path's piece at its start (or at t_lo)."""
    row = 0
    for h in range(knot_s.shape[0] - 1):
        at = max(knot_s[h], t_lo)
        while row < t.shape[0] - 2 and t[row + 1] <= at:
            row += 1
        row_out[h] = row


@inlined
def height(lim: Limits) -> float:
    """How far above or below drones must be looked at, zones apart."""
    return max(max(lim.raid_height_m, lim.lone_height_m), lim.miss_reach_v_m)


@inlined
def near_reach(lim: Limits) -> float:
    """How far drones must be looked at, zones apart."""
    return max(max(lim.raid_radius_m, lim.lone_radius_m), lim.miss_reach_h_m)


@inner
def reaches(lim: Limits, wants_zone: bool, reach_out: F64) -> None:
    """How far, how high, and how far for zones (-1: not at all) drones must be looked at."""
    reach_out[0] = near_reach(lim)
    reach_out[1] = height(lim)
    reach_out[2] = 0.0
    if wants_zone:
        # a drone at any height makes an active zone dangerous
        reach_out[0], reach_out[1], reach_out[2] = max(reach_out[0], lim.zone_radius_m), np.inf, lim.zone_radius_m


class Asked(NamedTuple):
    """What is asked of the drones in one draw of a path.

    From zone_lo_s to zone_hi_s it may be in a zone: only then are drones looked at as far as the zone's radius.
    wide_m, high_m, zone_m as by `reaches`.
    """

    t_lo_s: float
    t_hi_s: float
    zone_lo_s: float
    zone_hi_s: float
    wide_m: float
    high_m: float
    zone_m: float


class Flown(NamedTuple):
    """A path as it is in one draw, times from now: (W,) points, rate (3, W) its velocity on each piece; row (H - 1,)
    its piece at the start of each knot interval."""

    t_s: F64
    e_m: F64
    n_m: F64
    u_m: F64
    rate_mps: F64
    row: I64


class Found(NamedTuple):
    """Intervals of one draw: span (3 C, 2), owner (3 C,), n_spans (4,) for raid, lone and zone cylinders, C rows each;
    n_spans[3] is the drone of the miss; miss (2,) horizontal and vertical. meeting (W, 10) and who (W,): work space."""

    span_s: F64
    owner: I64
    n_spans: I64
    miss_m: F64
    meeting: F64
    who: I64


@inlined
def nothing(found: Found) -> None:
    """Nobody is near yet."""
    for i in range(4):
        found.n_spans[i] = 0
    found.miss_m[0], found.miss_m[1] = np.inf, np.nan


class Meeting(NamedTuple):
    """A drone beside a path on one common straight piece, dt_s seconds from t_s on: its place and velocity relative to
    the path at the begin, and when in it the two are closest, with the square of that distance (inf: not asked for)."""

    t_s: float
    dt_s: float
    e_m: float
    n_m: float
    u_m: float
    ve_mps: float
    vn_mps: float
    vu_mps: float
    t_min_s: float
    d2_m2: float


@bare
def drone_intervals(k: int, path: Flown, drones: Drones, lim: Limits, asked: Asked, found: Found) -> None:
    """Intervals of draw k with every drone in every knot interval: the slow twin of `block_lanes.lane_intervals`."""
    nothing(found)
    t, e, n, u, rate, last = path.t_s, path.e_m, path.n_m, path.u_m, path.rate_mps, path.t_s.shape[0] - 1
    rows, who, count = found.meeting, found.who, 0
    for m in range(drones.e_m.shape[1]):
        if drones.present[k, m] != 1:
            continue
        de, dn, du, lost_s = drones.e_m[k, m], drones.n_m[k, m], drones.u_m[k, m], drones.lost_s[k, m]
        for h in range(drones.knot_s.shape[0] - 1):
            k0, k1 = drones.knot_s[h], drones.knot_s[h + 1]
            s = path.row[h]
            while s < last and t[s] <= k1:
                meet = meeting(
                    k0, k1, lost_s, de[h], dn[h], du[h], de[h + 1], dn[h + 1], du[h + 1], t[s], t[s + 1], e[s], n[s],
                    u[s], rate[0, s], rate[1, s], rate[2, s], lim, asked,
                )  # fmt: skip
                if meet.d2_m2 < np.inf:
                    for j in range(len(meet)):
                        rows[count, j] = meet[j]
                    who[count] = m
                    count += 1
                if count == MEETINGS:
                    count = keep(count, lim, asked, found)
                s += 1
    keep(count, lim, asked, found)


@inlined
def meeting(
    k0: float, k1: float, lost_s: float, e0: float, n0: float, u0: float, e1: float, n1: float, u1: float,
    t0: float, t1: float, pe: float, pn: float, pu: float, se: float, sn: float, su: float, lim: Limits, asked: Asked,
) -> Meeting:
    """A drone from knot to knot beside the piece of the path that is at (pe, pn, pu) at t0 and moves by (se, sn, su).

    Numbers only: in Numba each array that is passed is counted (locked) once and once back, and this is the inner loop.
    """
    re, rn, ru, we, wn, wu, t_min, d2 = 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, np.inf
    stop = min(k1, min(asked.t_hi_s, lost_s))
    a = max(max(k0, asked.t_lo_s), t0)
    dt = min(stop, t1) - a
    if t0 <= stop and dt >= 0.0 and t1 > t0:
        per_s = 1.0 / (k1 - k0)
        ve, vn, vu = (e1 - e0) * per_s, (n1 - n0) * per_s, (u1 - u0) * per_s
        x, y = a - k0, a - t0
        wu = vu - su
        ru = u0 + x * vu - pu - y * su
        is_wide = a <= asked.zone_hi_s and a + dt >= asked.zone_lo_s
        top = asked.high_m if is_wide else height(lim)
        # most pieces are far: they are turned away here
        if min(ru, ru + dt * wu) <= top and max(ru, ru + dt * wu) >= -top:
            we, wn = ve - se, vn - sn
            re = e0 + x * ve - pe - y * se
            rn = n0 + x * vn - pn - y * sn
            t_min, d2 = closest(re, rn, we, wn, dt)
            near_m = asked.wide_m if is_wide else near_reach(lim)
            d2 = d2 if d2 <= near_m * near_m else np.inf
    return Meeting(a, dt, re, rn, ru, we, wn, wu, t_min, d2)


@bare
def keep(n_meetings: int, lim: Limits, asked: Asked, found: Found) -> int:
    """The intervals that come of the first meetings; 0, so many then wait."""
    span, owner, count, miss, rows = found.span_s, found.owner, found.n_spans, found.miss_m, found.meeting
    room = owner.shape[0] // 3
    for i in range(n_meetings):
        m, a, dt, re, rn, ru = found.who[i], rows[i, 0], rows[i, 1], rows[i, 2], rows[i, 3], rows[i, 4]
        ve, vn, vu, t_min, d2 = rows[i, 5], rows[i, 6], rows[i, 7], rows[i, 8], rows[i, 9]
        if d2 <= asked.zone_m * asked.zone_m:
            lo, hi = disc(re, rn, ve, vn, asked.zone_m, dt)
            if lo <= hi:
                count[2] = add(a + lo, a + hi, m, span, owner, 2 * room, count[2])
        d = math.sqrt(d2)
        # of two that are as near the first in the table counts, in whatever order they are looked at
        if d <= lim.miss_reach_h_m and (d < miss[0] or (d == miss[0] and m < count[3])):
            v = abs(ru + t_min * vu)
            if v <= lim.miss_reach_v_m:
                miss[0], miss[1], count[3] = d, v, m
        if d <= lim.raid_radius_m:
            lo, hi = cylinder(re, rn, ru, ve, vn, vu, lim.raid_radius_m, lim.raid_height_m, dt)
            if lo <= hi:
                count[0] = add(a + lo, a + hi, m, span, owner, 0, count[0])
        if d <= lim.lone_radius_m:
            lo, hi = cylinder(re, rn, ru, ve, vn, vu, lim.lone_radius_m, lim.lone_height_m, dt)
            if lo <= hi:
                count[1] = add(a + lo, a + hi, m, span, owner, room, count[1])
    return 0


@inlined
def add(a: float, b: float, who: int, span: F64, owner: I64, first: int, count: int) -> int:
    """Append the interval [a, b] of `who` to the `count` from row `first` on, or lengthen the last one if they touch;
    the new count."""
    at = first + count
    if count > 0 and owner[at - 1] == who and a <= span[at - 1, 1] + MERGE_S:
        span[at - 1, 1] = max(span[at - 1, 1], b)
        return count
    span[at, 0] = a
    span[at, 1] = b
    owner[at] = who
    return count + 1
