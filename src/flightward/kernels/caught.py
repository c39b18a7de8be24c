"""When each path is caught in each draw of an ensemble of drone futures: closed-form intervals, no time stepping.

The intervals of all drones (kernels/drone_intervals.py) are swept for the moments with `caught_n` at once, and cut with
the path's stays in defended zones.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from flightward.kernels._jit import inner, kernel
from flightward.kernels.drone_intervals import (
    Drones,
    Limits,
    add,
    candidates,
    drone_intervals,
    reaches,
    segment_rows,
)
from flightward.kernels.intervals import slab
from flightward.kernels.polygon import crossings, inside_one

F64 = NDArray[np.float64]
I64 = NDArray[np.int64]
I8 = NDArray[np.int8]

CLEAR_GAP_S = 300.0
"""Caught again within this time: it is not over yet."""
PERTURB_M = 200.0
"""Paths known better than this are not perturbed: it would not show against a radius of kilometres."""


class Zones(NamedTuple):
    """Defended zones: corners by row, floor and ceiling; windows by draw (K, W), times from now.

    unseen (K, W) 1: in this draw drones are near while it is active, though none is seen.
    """

    start: I64
    e_m: F64
    n_m: F64
    band_m: F64
    window_zone: I64
    window_from_s: F64
    window_to_s: F64
    unseen: I8


@inner
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
                    count = add(a, b, z, span_out, which_out, count)
    return count


@inner
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


@inner
def _zone_caught(
    k: int, span: F64, count: int, inside: F64, which: I64, n_inside: int, zones: Zones, out: F64, n_out: int
) -> tuple[float, int, int]:
    """First time in an active zone with a drone near, that zone (-1: none), and how many spans stand in `out`."""
    first, zone = np.inf, -1
    for i in range(n_inside):
        for w in range(zones.window_zone.shape[0]):
            if zones.window_zone[w] != which[i]:
                continue
            a, b = max(inside[i, 0], zones.window_from_s[k, w]), min(inside[i, 1], zones.window_to_s[k, w])
            if a > b:
                continue
            lo, hi = np.inf, -np.inf
            if zones.unseen[k, w] == 1:
                lo, hi = a, b
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


@inner
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
    path_start: I64, path_t_s: F64, path_e_m: F64, path_n_m: F64, path_u_m: F64, sigma: F64, near_zone: I8,
    drones: Drones, zones: Zones, normal: F64, lim: Limits, cull: bool,
    first_s_out: F64, over_s_out: F64, near_out: F64, miss_out: F64,
    raid_hits_out: F64, track_hits_out: F64, zone_hits_out: F64, status_out: I8,
) -> None:
    """P paths against K draws.

    path_start (P + 1,); path_* flat, times from now; sigma (P, 2) metres now and growth in m/s; near_zone
    (P,) 0: it meets no zone, however it is moved; normal (K, 2).
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
            path_t_s[rows], path_e_m[rows], path_n_m[rows], path_u_m[rows], sigma[p, 0], sigma[p, 1], near_zone[p],
            drones, zones, normal, lim, cull, work, first_s_out[p], over_s_out[p], near_out[p], miss_out[p],
            raid_hits_out[p], track_hits_out[p], zone_hits_out[p],
        )


@inner
def _usable(t: F64, e: F64, n: F64, u: F64) -> bool:
    for i in range(t.shape[0]):
        if not (math.isfinite(t[i]) and math.isfinite(e[i]) and math.isfinite(n[i]) and math.isfinite(u[i])):
            return False
        if i > 0 and t[i] < t[i - 1]:
            return False
    return bool(t.shape[0] > 0)


@inner
def _one_path(
    t: F64, e: F64, n: F64, u: F64, sigma_m: float, growth_mps: float, near_zone: int, drones: Drones,
    zones: Zones, normal: F64, lim: Limits, cull: bool, work: tuple[F64, F64, I64, F64, F64, I64, F64],
    first_s: F64, over_s: F64, near: F64, miss: F64, raid_hits: F64, track_hits: F64, zone_hits: F64,
) -> int:
    """One path; see `caught`."""
    moved, span, owner, out, inside, which, share = work
    if not _usable(t, e, n, u):
        return 1
    n_knots = drones.knot_s.shape[0]
    has_zone = near_zone == 1 and zones.window_zone.shape[0] > 0
    if t.shape[0] < 2 or n_knots < 2 or (drones.box_m.shape[0] == 0 and not has_zone):
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
    size = t.shape[0]
    row = np.empty(n_knots - 1, np.int64)
    segment_rows(t, drones.knot_s, t_lo, row)
    close = np.ones((drones.box_m.shape[0], n_knots - 1), np.int8)
    n_inside = 0
    if has_zone and not is_moved:
        n_inside = _zone_spans(t, e, n, u, t_lo, t_hi, zones, share, inside, which)
    reach = np.empty(3)
    reaches(lim, has_zone and (is_moved or n_inside > 0), reach)
    if cull and candidates(
        t, e, n, u, t_lo, t_hi, sigma_m, growth_mps, furthest, reach[0], reach[1], drones, row, close
    ) == 0 and not has_zone:
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
        drone_intervals(
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


@inner
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


@inner
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
    if n_inside > 0:
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
