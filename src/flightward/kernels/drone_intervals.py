"""When drones of one draw are near a straight-pieced path: cylinders around it, as closed-form time intervals.

Paths and drones are straight between their points, so on each common straight piece the time inside a cylinder is
the root of a quadratic. A swept box per drone and knot interval (over all draws) lets drones that stay far cost
nothing. What the intervals mean for the path: kernels/caught.py.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from flightward.kernels._jit import inner, kernel
from flightward.kernels.intervals import closest, cylinder, disc

F64 = NDArray[np.float64]
I64 = NDArray[np.int64]
I8 = NDArray[np.int8]

MERGE_S = 1e-6
"""Two intervals of one drone that touch within this are one: a knot must not split them."""


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
    """The ensemble, times from now: knot_s (H,), e_m, n_m, u_m (K, M, H), present, lost_s (K, M), box_m (M, H-1, 6)."""

    knot_s: F64
    e_m: F64
    n_m: F64
    u_m: F64
    present: I8
    lost_s: F64
    box_m: F64
    raid: I64


@kernel
def boxes(e_m: F64, n_m: F64, u_m: F64, present: I8, box_out: F64) -> None:
    """Swept box of each drone in each knot interval over the draws in which it is present.

    e_m, n_m, u_m (K, M, H) float64; present (K, M) int8; box_out (M, H - 1, 6): lowest e, n, u, highest e, n, u;
    an empty box (+inf, -inf) where it is in no draw.
    """
    k_draws, m_drones, h_knots = e_m.shape
    box_out[:, :, :3] = np.inf
    box_out[:, :, 3:] = -np.inf
    for k in range(k_draws):
        for m in range(m_drones):
            if present[k, m] != 1:
                continue
            for h in range(h_knots - 1):
                for j in range(h, h + 2):
                    box_out[m, h, 0] = min(box_out[m, h, 0], e_m[k, m, j])
                    box_out[m, h, 1] = min(box_out[m, h, 1], n_m[k, m, j])
                    box_out[m, h, 2] = min(box_out[m, h, 2], u_m[k, m, j])
                    box_out[m, h, 3] = max(box_out[m, h, 3], e_m[k, m, j])
                    box_out[m, h, 4] = max(box_out[m, h, 4], n_m[k, m, j])
                    box_out[m, h, 5] = max(box_out[m, h, 5], u_m[k, m, j])


@inner
def segment_rows(t: F64, knot_s: F64, t_lo: float, row_out: I64) -> None:
    """For each knot interval the path's piece at its start (or at t_lo)."""
    row = 0
    for h in range(knot_s.shape[0] - 1):
        at = max(knot_s[h], t_lo)
        while row < t.shape[0] - 2 and t[row + 1] <= at:
            row += 1
        row_out[h] = row


@inner
def _at(t: F64, x: F64, row: int, t_s: float) -> float:
    """Value at t_s on the piece row..row + 1."""
    return float(x[row] + (x[row + 1] - x[row]) * ((t_s - t[row]) / (t[row + 1] - t[row])))


@inner
def candidates(
    t: F64, e: F64, n: F64, u: F64, t_lo: float, t_hi: float, sigma_m: float, growth_mps: float, furthest: float,
    reach_m: float, height_m: float,
    drones: Drones, row: I64, near_out: I8,
) -> int:
    """Which drones in which knot interval can come near the path at all; how many. near_out (M, H - 1)."""
    total = 0
    for h in range(drones.knot_s.shape[0] - 1):
        a, b = max(drones.knot_s[h], t_lo), min(drones.knot_s[h + 1], t_hi)
        if b < a:
            near_out[:, h] = 0
            continue
        e0 = n0 = u0 = np.inf
        e1 = n1 = u1 = -np.inf
        s = row[h]
        while s < t.shape[0] - 1 and t[s] <= b:
            if t[s + 1] > t[s]:
                for at in (max(a, t[s]), min(b, t[s + 1])):
                    pe, pn, pu = _at(t, e, s, at), _at(t, n, s, at), _at(t, u, s, at)
                    e0, n0, u0 = min(e0, pe), min(n0, pn), min(u0, pu)
                    e1, n1, u1 = max(e1, pe), max(n1, pn), max(u1, pu)
            s += 1
        side = reach_m + furthest * (sigma_m + growth_mps * b)
        for m in range(drones.box_m.shape[0]):
            box = drones.box_m[m, h]
            # nearest corner to nearest corner: boxes further apart than the reach cannot meet
            de = max(max(box[0] - e1, e0 - box[3]), 0.0)
            dn = max(max(box[1] - n1, n0 - box[4]), 0.0)
            du = max(max(box[2] - u1, u0 - box[5]), 0.0)
            near = de * de + dn * dn <= side * side and du <= height_m
            near_out[m, h] = 1 if near else 0
            total += near
    return total


@kernel
def height(lim: Limits) -> float:
    """How far above or below drones must be looked at, zones apart."""
    return max(max(lim.raid_height_m, lim.lone_height_m), lim.miss_reach_v_m)


@inner
def reaches(lim: Limits, wants_zone: bool, reach_out: F64) -> None:
    """How far, how high, and how far for zones (-1: not at all) drones must be looked at."""
    reach_out[0] = max(max(lim.raid_radius_m, lim.lone_radius_m), lim.miss_reach_h_m)
    reach_out[1] = height(lim)
    reach_out[2] = 0.0
    if wants_zone:
        # a drone at any height makes an active zone dangerous
        reach_out[0], reach_out[1], reach_out[2] = max(reach_out[0], lim.zone_radius_m), np.inf, lim.zone_radius_m


@inner
def drone_intervals(
    k: int, t: F64, e: F64, n: F64, u: F64, rate: F64, t_lo: float, t_hi: float, drones: Drones, near: I8, row: I64,
    lim: Limits, reach: F64, zone_lo: float, zone_hi: float, span: F64, owner: I64, count: I64, miss: F64,
) -> None:
    """Intervals of one draw: span (3, C, 2), owner (3, C), count (3,) for raid, lone and zone cylinders; miss (2,).

    rate (3, W) the path's velocity on each piece; reach (3,) the widest radius asked, its height, the zone's radius;
    from zone_lo to zone_hi the path may be in a zone: only then are drones looked at as far as the zone's radius.
    """
    count[:] = 0
    miss[0], miss[1] = np.inf, np.nan
    knot_s, present, lost_s = drones.knot_s, drones.present, drones.lost_s
    e_m, n_m, u_m = drones.e_m, drones.n_m, drones.u_m
    near2, low = max(max(lim.raid_radius_m, lim.lone_radius_m), lim.miss_reach_h_m) ** 2, height(lim)
    wide2, high = reach[0] * reach[0], reach[1]
    last = t.shape[0] - 1
    for m in range(present.shape[1]):
        if present[k, m] != 1:
            continue
        end = min(t_hi, lost_s[k, m])
        for h in range(knot_s.shape[0] - 1):
            if near[m, h] == 0:
                continue
            k0, stop = knot_s[h], min(knot_s[h + 1], end)
            e0, n0, u0 = e_m[k, m, h], n_m[k, m, h], u_m[k, m, h]
            per_s = 1.0 / (knot_s[h + 1] - k0)
            ve = (e_m[k, m, h + 1] - e0) * per_s
            vn = (n_m[k, m, h + 1] - n0) * per_s
            vu = (u_m[k, m, h + 1] - u0) * per_s
            s = row[h]
            while s < last and t[s] <= stop:
                a = max(max(k0, t_lo), t[s])
                dt = min(stop, t[s + 1]) - a
                if dt >= 0.0 and t[s + 1] > t[s]:
                    x, y = a - k0, a - t[s]
                    wu = vu - rate[2, s]
                    ru = u0 + x * vu - u[s] - y * rate[2, s]
                    is_wide = a <= zone_hi and a + dt >= zone_lo
                    top = high if is_wide else low
                    # most pieces are far: they are turned away here, before the call
                    if min(ru, ru + dt * wu) <= top and max(ru, ru + dt * wu) >= -top:
                        we, wn = ve - rate[0, s], vn - rate[1, s]
                        re = e0 + x * ve - e[s] - y * rate[0, s]
                        rn = n0 + x * vn - n[s] - y * rate[1, s]
                        t_min, d2 = closest(re, rn, we, wn, dt)
                        if d2 <= (wide2 if is_wide else near2):
                            _piece(
                                m, a, dt, re, rn, ru, we, wn, wu, t_min, d2, lim, reach, span, owner, count, miss
                            )
                s += 1


@inner
def _piece(
    m: int, a: float, dt: float, re: float, rn: float, ru: float, ve: float, vn: float, vu: float,
    t_min: float, d2: float, lim: Limits, reach: F64, span: F64, owner: I64, count: I64, miss: F64,
) -> None:
    """One common straight piece of dt seconds from `a` on: drone m relative to the path, and its velocity.

    t_min, d2: when in it the two are closest, and the square of that distance.
    """
    if d2 <= reach[2] * reach[2]:
        lo, hi = disc(re, rn, ve, vn, reach[2], dt)
        if lo <= hi:
            count[2] = add(a + lo, a + hi, m, span[2], owner[2], count[2])
    d = math.sqrt(d2)
    if d <= lim.miss_reach_h_m and d < miss[0]:
        v = abs(ru + t_min * vu)
        if v <= lim.miss_reach_v_m:
            miss[0], miss[1] = d, v
    if d <= lim.raid_radius_m:
        lo, hi = cylinder(re, rn, ru, ve, vn, vu, lim.raid_radius_m, lim.raid_height_m, dt)
        if lo <= hi:
            count[0] = add(a + lo, a + hi, m, span[0], owner[0], count[0])
    if d <= lim.lone_radius_m:
        lo, hi = cylinder(re, rn, ru, ve, vn, vu, lim.lone_radius_m, lim.lone_height_m, dt)
        if lo <= hi:
            count[1] = add(a + lo, a + hi, m, span[1], owner[1], count[1])


@inner
def add(a: float, b: float, who: int, span: F64, owner: I64, count: int) -> int:
    """Append the interval [a, b] of `who`, or lengthen its last one if they touch; the new count."""
    if count > 0 and owner[count - 1] == who and a <= span[count - 1, 1] + MERGE_S:
        span[count - 1, 1] = max(span[count - 1, 1], b)
        return count
    span[count, 0] = a
    span[count, 1] = b
    owner[count] = who
    return count + 1
