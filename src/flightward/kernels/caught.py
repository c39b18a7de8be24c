"""When each path is caught in each draw of an ensemble of drone futures: closed-form intervals, no time stepping.

First each path is asked which blocks of drones it may meet in which draws (kernels/caught_plan.py); then draw by draw,
all paths in turn, so that one draw's drones stay near at hand. The intervals of all drones (kernels/drone_intervals.py)
are swept for the moments with `caught_n` at once, and cut with the path's stays in defended zones.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from flightward.kernels._jit import bare, inner, kernel
from flightward.kernels.block_lanes import Lanes, lane_intervals
from flightward.kernels.caught_plan import Paths, Plan, Stays, Zones, make_plan, zone_spans
from flightward.kernels.drone_intervals import BLOCK, MEETINGS, Asked, Drones, Flown, Found, Limits, drone_intervals
from flightward.kernels.ordered import BUCKETS, in_order

F64 = NDArray[np.float64]
I64 = NDArray[np.int64]
I8 = NDArray[np.int8]

CLEAR_GAP_S = 300.0
"""Caught again within this time: it is not over yet."""


@bare
def _raid_spans(span: F64, count: int, least: int, work: Work, n_out: int) -> tuple[float, int]:
    """First time with `least` intervals at once (inf: never), and how many spans stand in work.span_s with them all."""
    out = work.span_s
    if count < least:
        return np.inf, n_out
    up, down = work.order[0, :count], work.order[1, :count]
    in_order(span[:count, 0], work.tally, up)
    in_order(span[:count, 1], work.tally, down)
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


@bare
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


@bare
def _over(span: F64, count: int) -> float:
    """When the first run of spans ends, gaps up to CLEAR_GAP_S bridged."""
    begin, end = np.inf, -np.inf
    for i in range(count):
        if span[i, 0] < begin:
            begin, end = span[i, 0], span[i, 1]
    grows = True
    while grows:
        before = end
        for i in range(count):
            if span[i, 0] <= end + CLEAR_GAP_S:
                end = max(end, span[i, 1])
        grows = end > before
    return float(end)


class Work(NamedTuple):
    """Room for spans: (.., 2), times in order (2, C), and a tally."""

    span_s: F64
    order: F64
    tally: I64


class Results(NamedTuple):
    """Per path and draw: first (P, K, 3), over, near (P, K), miss (P, K, 2) as in `caught`; of_raid (A, R) how often
    each raid was in it, of those paths that are asked (slot (P,)); lone, zone (P, K) who did it, -1 none."""

    first_s: F64
    over_s: F64
    near: F64
    miss_m: F64
    slot: I64
    of_raid: I64
    lone: I64
    zone: I64


@kernel
def caught(
    path_start: I64, path_t_s: F64, path_e_m: F64, path_n_m: F64, path_u_m: F64, sigma: F64, near_zone: I8,
    drones: Drones, zones: Zones, normal: F64, lim: Limits, cull: bool,
    first_s_out: F64, over_s_out: F64, near_out: F64, miss_out: F64,
    most_out: I64, status_out: I8,
) -> None:
    """P paths against K draws.

    path_start (P + 1,); path_* flat, times from now; sigma (P, 2) metres now and growth in m/s; near_zone
    (P,) 0: it meets no zone, however it is moved; normal (K, 2). cull False: every drone is looked at.
    first_s_out (P, K, 3) first time caught by raid, lone, zone (inf never); over_s_out (P, K) when it is over (inf);
    near_out (P, K) drones in the raid cylinder when first caught; miss_out (P, K, 2) horizontal and vertical miss
    (NaN beyond reach); most_out (P, 3) the raid, drone and zone that did it most often (rows; the first of equals),
    NONE (-1) where none did; status_out (P,) 0 good, 1 path not usable (not finite, or times that fall).
    """
    first_s_out[:] = np.inf
    over_s_out[:] = np.inf
    near_out[:] = 0.0
    miss_out[:] = np.nan
    most_out[:] = -1
    n_paths, draws, n_drones = path_start.shape[0] - 1, normal.shape[0], drones.raid.shape[0]
    pieces, longest, n_raids = max(drones.knot_s.shape[0] - 1, 0), 2, 0
    for p in range(n_paths):
        longest = max(longest, path_start[p + 1] - path_start[p])
    for m in range(n_drones):
        n_raids = max(n_raids, drones.raid[m] + 1)
    paths = Paths(path_start, path_t_s, path_e_m, path_n_m, path_u_m, sigma, near_zone)
    plan = Plan(
        np.zeros(n_paths, np.int8), np.zeros(n_paths, np.int8), np.zeros(n_paths, np.int8), np.empty(n_paths),
        np.empty(n_paths), np.empty((n_paths, 3)), np.empty((n_paths, pieces), np.int64),
        np.zeros(n_paths * draws + 1, np.int64), np.zeros(n_paths + 1, np.int64),
    )
    corners = zones.e_m.shape[0] + 1
    size = (corners + zones.start.shape[0]) * longest
    stays = Stays(np.empty((size, 2)), np.empty(size, np.int64), np.empty(corners))
    rows, still = make_plan(paths, drones, zones, normal, lim, cull, longest, stays, plan, status_out)
    slot, n_asked = np.full(n_paths, -1, np.int64), 0
    for p in range(n_paths):
        if plan.is_asked[p] == 1:
            slot[p] = n_asked
            n_asked += 1
    results = Results(
        first_s_out, over_s_out, near_out, miss_out, slot, np.zeros((n_asked, n_raids), np.int64),
        np.full((n_paths, draws), -1, np.int64), np.full((n_paths, draws), -1, np.int64),
    )
    if n_asked > 0:
        room = n_drones * (pieces + 1 + longest) + 8
        found = Found(
            np.empty((3 * room, 2)), np.empty(3 * room, np.int64), np.empty(4, np.int64), np.empty(2),
            np.empty((MEETINGS, 10)), np.empty(MEETINGS, np.int64),
        )  # fmt: skip
        spans = np.empty((2 * room + size * zones.window_zone.shape[0], 2))
        work = Work(spans, np.empty((2, room)), np.empty(BUCKETS + 1, np.int64))
        _all_draws(paths, drones, zones, normal, lim, cull, longest, plan, rows, still, stays, found, work, results)
        _most(n_drones, zones.start.shape[0], results, most_out)


@inner
def _all_draws(
    paths: Paths, drones: Drones, zones: Zones, normal: F64, lim: Limits, cull: bool, longest: int, plan: Plan,
    rows: I64, still: Stays, stays: Stays, found: Found, work: Work, results: Results,
) -> None:
    """Draw by draw each path that is asked: its intervals, and what comes of them."""
    n_blocks, knots = drones.block_m.shape[0], drones.knot_s.shape[0]
    lanes = Lanes(
        np.empty((n_blocks, knots, 3, BLOCK)), np.empty((n_blocks, BLOCK)), np.full(n_blocks, -1, np.int64),
        np.empty((2 * knots + longest, 3), np.int64),
    )
    moved = np.empty((5, longest))
    for k in range(normal.shape[0]):
        for p in range(paths.start.shape[0] - 1):
            if plan.is_asked[p] == 0:
                continue
            at = slice(paths.start[p], paths.start[p + 1])
            t, e, n, u = paths.t_s[at], paths.e_m[at], paths.n_m[at], paths.u_m[at]
            is_moved, size = plan.is_moved[p] == 1, t.shape[0]
            path = Flown(t, moved[0, :size], moved[1, :size], u, moved[2:, :size], plan.row[p])
            _move(max(paths.sigma[p, 0], 0.0), max(paths.sigma[p, 1], 0.0), normal[k], is_moved, e, n, path)
            inside, which = stays.span_s, stays.zone
            n_inside = plan.first_stay[p + 1] - plan.first_stay[p]
            if n_inside > 0:
                here = slice(plan.first_stay[p], plan.first_stay[p + 1])
                inside, which = still.span_s[here], still.zone[here]
            elif is_moved and plan.has_zone[p] == 1:
                n_inside = zone_spans(t, path.e_m, path.n_m, u, plan.t_lo_s[p], plan.t_hi_s[p], zones, stays)
            zone_lo, zone_hi = np.inf, -np.inf
            for i in range(n_inside):
                zone_lo, zone_hi = min(zone_lo, inside[i, 0]), max(zone_hi, inside[i, 1])
            asked = Asked(
                plan.t_lo_s[p], plan.t_hi_s[p], zone_lo, zone_hi, plan.reach[p, 0], plan.reach[p, 1], plan.reach[p, 2]
            )  # fmt: skip
            if cull:
                at_row = normal.shape[0] * p + k
                near = rows[plan.first_row[at_row]: plan.first_row[at_row + 1]]
                lane_intervals(k, path, drones, near, lim, asked, lanes, found)
            else:
                drone_intervals(k, path, drones, lim, asked, found)
            _sum_up(k, p, drones, zones, lim, found, inside, which, n_inside, work, results)


@inner
def _most(n_drones: int, n_zones: int, results: Results, most_out: I64) -> None:
    """Of each path the raid, drone and zone with the most draws, the first of equals, -1 where there is none."""
    hits = np.zeros(max(n_drones, n_zones), np.int64)
    for p in range(results.slot.shape[0]):
        if results.slot[p] < 0:
            continue
        best, of_raid = 0, results.of_raid[results.slot[p]]
        for i in range(of_raid.shape[0]):
            if of_raid[i] > best:
                best, most_out[p, 0] = of_raid[i], i
        most_out[p, 1], most_out[p, 2] = _oftenest(results.lone[p], hits), _oftenest(results.zone[p], hits)


@bare
def _oftenest(who: I64, hits: I64) -> int:
    """The one that stands most often in `who`, the lowest of equals, -1 if nobody; hits are 0 before and after."""
    best, row = 0, -1
    for k in range(who.shape[0]):
        if who[k] >= 0:
            hits[who[k]] += 1
    for k in range(who.shape[0]):
        i = who[k]
        if i >= 0 and (hits[i] > best or (hits[i] == best and i < row)):
            best, row = hits[i], i
    for k in range(who.shape[0]):
        if who[k] >= 0:
            hits[who[k]] = 0
    return row


@bare
def _move(
    sigma_m: float, growth_mps: float, normal: F64, is_moved: bool, e: F64, n: F64, out: Flown
) -> None:
    """The path as it is in one draw, and its velocity on each piece."""
    t, u, e_out, n_out, rate_out = out.t_s, out.u_m, out.e_m, out.n_m, out.rate_mps
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


@bare
def _sum_up(
    k: int, p: int, drones: Drones, zones: Zones, lim: Limits, found: Found, inside: F64, which: I64, n_inside: int,
    work: Work, results: Results,
) -> None:
    """From the intervals of path p in draw k: first times, end, counts, and who did it."""
    count, first, out = found.n_spans, results.first_s[p, k], work.span_s
    span, owner = found.span_s.reshape((3, -1, 2)), found.owner.reshape((3, -1))
    if found.miss_m[0] < np.inf:
        results.miss_m[p, k, 0], results.miss_m[p, k, 1] = found.miss_m[0], found.miss_m[1]
    first[0], n_out = _raid_spans(span[0], count[0], lim.caught_n, work, 0)
    if first[0] < np.inf:
        of_raid = results.of_raid[results.slot[p]]
        for c in range(count[0]):
            if span[0, c, 0] <= first[0] <= span[0, c, 1]:
                of_raid[drones.raid[owner[0, c]]] += 1
    lone = -1
    for c in range(count[1]):
        out[n_out, 0], out[n_out, 1] = span[1, c, 0], span[1, c, 1]
        n_out += 1
        # of two at one moment the first in the table counts, in whatever order they are looked at
        if span[1, c, 0] < first[1] or (lone >= 0 and span[1, c, 0] == first[1] and owner[1, c] < lone):
            first[1], lone = span[1, c, 0], owner[1, c]
    results.lone[p, k] = lone
    if n_inside > 0:
        first[2], results.zone[p, k], n_out = _zone_caught(
            k, span[2], count[2], inside, which, n_inside, zones, out, n_out
        )
    if n_out > 0:
        results.over_s[p, k] = _over(out, n_out)
        begin = min(min(first[0], first[1]), first[2])
        for c in range(count[0]):
            if span[0, c, 0] <= begin <= span[0, c, 1]:
                results.near[p, k] += 1.0
