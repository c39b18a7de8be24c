"""When each path is caught in each draw of an ensemble of drone futures: closed-form intervals, no time stepping.

Paths and drones are straight between their points, so on each common straight piece the time inside a cylinder is
the root of a quadratic. The intervals of all drones are then swept for the moments with `caught_n` at once.
A swept box per drone and knot interval (over all draws) lets drones that stay far cost nothing.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from flightward.kernels._jit import kernel
from flightward.kernels.intervals import closest, cylinder, disc, slab
from flightward.kernels.polygon import crossings, inside_one

F64 = NDArray[np.float64]
I64 = NDArray[np.int64]
I8 = NDArray[np.int8]

MERGE_S = 1e-6
"""Two intervals of one drone that touch within this are one: a knot must not split them."""
CLEAR_GAP_S = 300.0
"""Caught again within this time: it is not over yet."""
PERTURB_M = 200.0
"""Paths known better than this are not perturbed: it would not show against a radius of kilometres."""


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


class Zones(NamedTuple):
    """Defended zones: corners by row, floor and ceiling, and the windows known now (times from now)."""

    start: I64
    e_m: F64
    n_m: F64
    band_m: F64
    window_zone: I64
    window_from_s: F64
    window_to_s: F64


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


@kernel
def _at(t: F64, x: F64, row: int, t_s: float) -> float:
    """Value at t_s on the piece row..row + 1."""
    return float(x[row] + (x[row + 1] - x[row]) * ((t_s - t[row]) / (t[row + 1] - t[row])))


@kernel
def _segment_rows(t: F64, knot_s: F64, t_lo: float, row_out: I64) -> None:
    """For each knot interval the path's piece at its start (or at t_lo)."""
    row = 0
    for h in range(knot_s.shape[0] - 1):
        at = max(knot_s[h], t_lo)
        while row < t.shape[0] - 2 and t[row + 1] <= at:
            row += 1
        row_out[h] = row


@kernel
def _candidates(
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
def _zone_spans(
    t: F64, e: F64, n: F64, u: F64, t_lo: float, t_hi: float, zones: Zones, share: F64, span_out: F64, which_out: I64
) -> int:
    """Times in which the path is inside each zone's polygon and band, whether active or not; how many spans."""
    count = 0
    for z in range(zones.start.shape[0] - 1):
        first, last = zones.start[z], zones.start[z + 1]
        if last - first < 3:
            continue
        for s in range(t.shape[0] - 1):
            dt = t[s + 1] - t[s]
            if dt <= 0.0 or t[s + 1] < t_lo or t[s] > t_hi:
                continue
            lo, hi = slab(u[s], (u[s + 1] - u[s]) / dt, zones.band_m[z, 0], zones.band_m[z, 1], dt)
            if lo > hi:
                continue
            de, dn = e[s + 1] - e[s], n[s + 1] - n[s]
            found = crossings(e[s], n[s], de, dn, zones.e_m, zones.n_m, first, last, share)
            for c in range(found + 1):
                x0 = 0.0 if c == 0 else share[c - 1]
                x1 = 1.0 if c == found else share[c]
                mid = 0.5 * (x0 + x1)
                if not inside_one(e[s] + mid * de, n[s] + mid * dn, zones.e_m, zones.n_m, first, last):
                    continue
                a = max(t[s] + max(x0 * dt, lo), t_lo)
                b = min(t[s] + min(x1 * dt, hi), t_hi)
                if a <= b:
                    count = _add(a, b, z, span_out, which_out, count)
    return count


@kernel
def _add(a: float, b: float, who: int, span: F64, owner: I64, count: int) -> int:
    """Append the interval [a, b] of `who`, or lengthen its last one if they touch; the new count."""
    if count > 0 and owner[count - 1] == who and a <= span[count - 1, 1] + MERGE_S:
        span[count - 1, 1] = max(span[count - 1, 1], b)
        return count
    span[count, 0] = a
    span[count, 1] = b
    owner[count] = who
    return count + 1


@kernel
def _drone_intervals(
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
    near2, low = max(max(lim.raid_radius_m, lim.lone_radius_m), lim.miss_reach_h_m) ** 2, _height(lim)
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


@kernel
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
            count[2] = _add(a + lo, a + hi, m, span[2], owner[2], count[2])
    d = math.sqrt(d2)
    if d <= lim.miss_reach_h_m and d < miss[0]:
        v = abs(ru + t_min * vu)
        if v <= lim.miss_reach_v_m:
            miss[0], miss[1] = d, v
    if d <= lim.raid_radius_m:
        lo, hi = cylinder(re, rn, ru, ve, vn, vu, lim.raid_radius_m, lim.raid_height_m, dt)
        if lo <= hi:
            count[0] = _add(a + lo, a + hi, m, span[0], owner[0], count[0])
    if d <= lim.lone_radius_m:
        lo, hi = cylinder(re, rn, ru, ve, vn, vu, lim.lone_radius_m, lim.lone_height_m, dt)
        if lo <= hi:
            count[1] = _add(a + lo, a + hi, m, span[1], owner[1], count[1])


@kernel
def _raid_spans(span: F64, count: int, least: int, out: F64, n_out: int) -> tuple[float, int]:
    """First time with `least` intervals at once (inf: never), and how many spans stand in `out` after adding all."""
    if count < least:
        return np.inf, n_out
    up, down = np.sort(span[:count, 0]), np.sort(span[:count, 1])
    first, began, j = np.inf, np.inf, 0
    for i in range(count):
        while down[j] < up[i]:
            j += 1
            if i - j == least - 1:
                out[n_out, 0], out[n_out, 1] = began, down[j - 1]
                n_out += 1
        if i + 1 - j == least:
            began = up[i]
            first = min(first, began)
    while j < count and count - j > least - 1:
        j += 1
        if count - j == least - 1:
            out[n_out, 0], out[n_out, 1] = began, down[j - 1]
            n_out += 1
    return first, n_out


@kernel
def _zone_caught(
    k: int, span: F64, count: int, inside: F64, which: I64, n_inside: int, zones: Zones, out: F64, n_out: int
) -> tuple[float, int, int]:
    """First time in an active zone with a drone near, that zone (-1: none), and how many spans stand in `out`."""
    first, zone = np.inf, -1
    for i in range(n_inside):
        for w in range(zones.window_zone.shape[0]):
            if zones.window_zone[w] != which[i]:
                continue
            a, b = max(inside[i, 0], zones.window_from_s[w]), min(inside[i, 1], zones.window_to_s[k, w])
            if a > b:
                continue
            lo, hi = np.inf, -np.inf
            for c in range(count):
                x, y = max(a, span[c, 0]), min(b, span[c, 1])
                if x <= y:
                    lo, hi = min(lo, x), max(hi, y)
            if lo <= hi:
                # gaps between drones inside one stay in the zone are bridged: it is one stay in danger
                out[n_out, 0], out[n_out, 1] = lo, hi
                n_out += 1
                if lo < first:
                    first, zone = lo, which[i]
    return first, zone, n_out


@kernel
def _over(span: F64, count: int) -> float:
    """When the first run of spans ends, gaps up to CLEAR_GAP_S bridged."""
    order = np.argsort(span[:count, 0], kind="mergesort")
    end = span[order[0], 1]
    for i in range(1, count):
        if span[order[i], 0] > end + CLEAR_GAP_S:
            break
        end = max(end, span[order[i], 1])
    return float(end)


@kernel
def caught(
    path_start: I64, path_t_s: F64, path_e_m: F64, path_n_m: F64, path_u_m: F64, sigma: F64, drones: Drones,
    zones: Zones, normal: F64, lim: Limits, cull: bool,
    first_s_out: F64, over_s_out: F64, near_out: F64, miss_out: F64,
    raid_hits_out: F64, track_hits_out: F64, zone_hits_out: F64, status_out: I8,
) -> None:
    """P paths against K draws.

    path_start (P + 1,); path_* flat, times from now; sigma (P, 2) metres now and growth in m/s; normal (K, 2).
    first_s_out (P, K, 3) first time caught by raid, lone, zone (inf never); over_s_out (P, K) when it is over (inf);
    near_out (P, K) drones in the raid cylinder when first caught; miss_out (P, K, 2) horizontal and vertical miss
    (NaN beyond reach); raid_hits_out (P, R), track_hits_out (P, M), zone_hits_out (P, Z) how often each did it;
    status_out (P,) 0 good, 1 path not usable (not finite, or times that fall).
    """
    first_s_out[:] = np.inf
    over_s_out[:] = np.inf
    near_out[:] = 0.0
    miss_out[:] = np.nan
    raid_hits_out[:] = 0.0
    track_hits_out[:] = 0.0
    zone_hits_out[:] = 0.0
    longest = 2
    for p in range(path_start.shape[0] - 1):
        longest = max(longest, path_start[p + 1] - path_start[p])
    room = drones.box_m.shape[0] * (drones.knot_s.shape[0] + longest) + 8
    corners = zones.e_m.shape[0] + 1
    stays = (corners + zones.start.shape[0]) * longest
    work = (
        np.empty((5, longest)), np.empty((3, room, 2)), np.empty((3, room), np.int64),
        np.empty((2 * room + stays * zones.window_zone.shape[0], 2)),
        np.empty((stays, 2)), np.empty(stays, np.int64), np.empty(corners),
    )
    for p in range(path_start.shape[0] - 1):
        rows = slice(path_start[p], path_start[p + 1])
        status_out[p] = _one_path(
            path_t_s[rows], path_e_m[rows], path_n_m[rows], path_u_m[rows], sigma[p, 0], sigma[p, 1], drones, zones,
            normal, lim, cull, work, first_s_out[p], over_s_out[p], near_out[p], miss_out[p], raid_hits_out[p],
            track_hits_out[p], zone_hits_out[p],
        )


@kernel
def _usable(t: F64, e: F64, n: F64, u: F64) -> bool:
    for i in range(t.shape[0]):
        if not (math.isfinite(t[i]) and math.isfinite(e[i]) and math.isfinite(n[i]) and math.isfinite(u[i])):
            return False
        if i > 0 and t[i] < t[i - 1]:
            return False
    return bool(t.shape[0] > 0)


@kernel
def _one_path(
    t: F64, e: F64, n: F64, u: F64, sigma_m: float, growth_mps: float, drones: Drones, zones: Zones, normal: F64,
    lim: Limits, cull: bool, work: tuple[F64, F64, I64, F64, F64, I64, F64],
    first_s: F64, over_s: F64, near: F64, miss: F64, raid_hits: F64, track_hits: F64, zone_hits: F64,
) -> int:
    """One path; see `caught`."""
    moved, span, owner, out, inside, which, share = work
    if not _usable(t, e, n, u):
        return 1
    n_knots = drones.knot_s.shape[0]
    if t.shape[0] < 2 or n_knots < 2 or drones.box_m.shape[0] == 0:
        return 0
    t_lo = max(max(t[0], 0.0), drones.knot_s[0])
    t_hi = min(t[t.shape[0] - 1], drones.knot_s[n_knots - 1])
    if t_lo >= t_hi:
        return 0
    sigma_m, growth_mps = max(sigma_m, 0.0), max(growth_mps, 0.0)
    is_moved = sigma_m + growth_mps * t_hi > PERTURB_M
    furthest = 0.0
    if is_moved:
        for k in range(normal.shape[0]):
            furthest = max(furthest, math.hypot(normal[k, 0], normal[k, 1]))
    has_zone = zones.window_zone.shape[0] > 0
    size = t.shape[0]
    row = np.empty(n_knots - 1, np.int64)
    _segment_rows(t, drones.knot_s, t_lo, row)
    close = np.ones((drones.box_m.shape[0], n_knots - 1), np.int8)
    n_inside = 0
    if has_zone and not is_moved:
        n_inside = _zone_spans(t, e, n, u, t_lo, t_hi, zones, share, inside, which)
    reach = np.empty(3)
    _reaches(lim, has_zone and (is_moved or n_inside > 0), reach)
    if cull and _candidates(
        t, e, n, u, t_lo, t_hi, sigma_m, growth_mps, furthest, reach[0], reach[1], drones, row, close
    ) == 0:
        return 0
    count = np.zeros(3, np.int64)
    pe, pn, rate = moved[0, :size], moved[1, :size], moved[2:, :size]
    for k in range(normal.shape[0]):
        if is_moved or k == 0:
            _move(t, e, n, u, sigma_m, growth_mps, normal[k], is_moved, pe, pn, rate)
        if is_moved and has_zone:
            n_inside = _zone_spans(t, pe, pn, u, t_lo, t_hi, zones, share, inside, which)
        zone_lo, zone_hi = np.inf, -np.inf
        for i in range(n_inside):
            zone_lo, zone_hi = min(zone_lo, inside[i, 0]), max(zone_hi, inside[i, 1])
        _drone_intervals(
            k, t, pe, pn, u, rate, t_lo, t_hi, drones, close, row, lim, reach, zone_lo, zone_hi, span, owner, count,
            miss[k],
        )
        _sum_up(
            k, drones, zones, lim, span, owner, count, inside, which, n_inside, out, first_s[k], over_s, near,
            raid_hits, track_hits, zone_hits,
        )
        if miss[k, 0] == np.inf:
            miss[k, 0] = np.nan
    return 0


@kernel
def _height(lim: Limits) -> float:
    """How far above or below drones must be looked at, zones apart."""
    return max(max(lim.raid_height_m, lim.lone_height_m), lim.miss_reach_v_m)


@kernel
def _reaches(lim: Limits, wants_zone: bool, reach_out: F64) -> None:
    """How far, how high, and how far for zones (-1: not at all) drones must be looked at."""
    reach_out[0] = max(max(lim.raid_radius_m, lim.lone_radius_m), lim.miss_reach_h_m)
    reach_out[1] = _height(lim)
    reach_out[2] = 0.0
    if wants_zone:
        # a drone at any height makes an active zone dangerous
        reach_out[0], reach_out[1], reach_out[2] = max(reach_out[0], lim.zone_radius_m), np.inf, lim.zone_radius_m


@kernel
def _move(
    t: F64, e: F64, n: F64, u: F64, sigma_m: float, growth_mps: float, normal: F64, is_moved: bool,
    e_out: F64, n_out: F64, rate_out: F64,
) -> None:
    """The path as it is in one draw, and its velocity on each piece: rate_out (3, W)."""
    for i in range(t.shape[0]):
        off = 0.0
        if is_moved:
            # affine also before now, so that between points it is what it is at the points' times
            off = sigma_m + growth_mps * t[i]
        e_out[i], n_out[i] = e[i] + normal[0] * off, n[i] + normal[1] * off
    for i in range(t.shape[0] - 1):
        dt = t[i + 1] - t[i]
        per_s = 1.0 / dt if dt > 0.0 else 0.0
        rate_out[0, i] = (e_out[i + 1] - e_out[i]) * per_s
        rate_out[1, i] = (n_out[i + 1] - n_out[i]) * per_s
        rate_out[2, i] = (u[i + 1] - u[i]) * per_s


@kernel
def _sum_up(
    k: int, drones: Drones, zones: Zones, lim: Limits, span: F64, owner: I64, count: I64, inside: F64, which: I64,
    n_inside: int, out: F64, first: F64, over_s: F64, near: F64, raid_hits: F64, track_hits: F64, zone_hits: F64,
) -> None:
    """From the intervals of draw k: first times, end, counts, and who did it."""
    first[0], n_out = _raid_spans(span[0], count[0], lim.caught_n, out, 0)
    for c in range(count[0]):
        if first[0] < np.inf and span[0, c, 0] <= first[0] <= span[0, c, 1]:
            raid_hits[drones.raid[owner[0, c]]] += 1.0
    lone = -1
    for c in range(count[1]):
        out[n_out, 0], out[n_out, 1] = span[1, c, 0], span[1, c, 1]
        n_out += 1
        if span[1, c, 0] < first[1]:
            first[1], lone = span[1, c, 0], owner[1, c]
    if lone >= 0:
        track_hits[lone] += 1.0
    if n_inside > 0 and count[2] > 0:
        first[2], zone, n_out = _zone_caught(
            k, span[2], count[2], inside, which, n_inside, zones, out, n_out
        )
        if zone >= 0:
            zone_hits[zone] += 1.0
    if n_out > 0:
        over_s[k] = _over(out, n_out)
        begin = min(min(first[0], first[1]), first[2])
        for c in range(count[0]):
            if span[0, c, 0] <= begin <= span[0, c, 1]:
                near[k] += 1.0
