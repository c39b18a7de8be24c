"""What paths are asked before any draw is looked at: which blocks of drones they may meet, and their stays in zones."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from flightward.kernels._jit import inner
from flightward.kernels.block_rows import Ahead, look_ahead, near_rows
from flightward.kernels.drone_intervals import Drones, Limits, add, reaches, segment_rows
from flightward.kernels.intervals import slab
from flightward.kernels.polygon import crossings, inside_one

F64 = NDArray[np.float64]
I64 = NDArray[np.int64]
I8 = NDArray[np.int8]

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


class Paths(NamedTuple):
    """Paths as `caught` takes them, times from now."""

    start: I64
    t_s: F64
    e_m: F64
    n_m: F64
    u_m: F64
    sigma: F64
    near_zone: I8


class Plan(NamedTuple):
    """Of each path (P,): whether it can be caught at all, is moved in each draw, may be in a zone; when it is looked
    at, reach (P, 3), row (P, H - 1) as in Flown; where its blocks in each draw begin (P K + 1,), and its stays in
    zones, if it is not moved (P + 1,).
    """

    is_asked: I8
    is_moved: I8
    has_zone: I8
    t_lo_s: F64
    t_hi_s: F64
    reach: F64
    row: I64
    first_row: I64
    first_stay: I64


class Stays(NamedTuple):
    """Stays in zones: span (.., 2) and which zone; share: work space."""

    span_s: F64
    zone: I64
    share: F64


@inner
def zone_spans(
    t: F64, e: F64, n: F64, u: F64, t_lo: float, t_hi: float, zones: Zones, out: Stays
) -> int:
    """Times in which the path is inside each zone's polygon and band, whether active or not; how many spans."""
    count, share, span_out, which_out = 0, out.share, out.span_s, out.zone
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
                    count = add(a, b, z, span_out, which_out, 0, count)
    return count


@inner
def make_plan(
    paths: Paths, drones: Drones, zones: Zones, normal: F64, lim: Limits, cull: bool, longest: int, stays: Stays,
    plan: Plan, status_out: I8,
) -> tuple[I64, Stays]:
    """What each path is asked; returns rows of blocks by path and draw, and the stays of those that are not moved."""
    knot_s, draws, pieces, across = drones.knot_s, normal.shape[0], plan.row.shape[1], normal.T.copy()
    one, n_rows = np.empty((draws, drones.block_m.shape[0] * pieces + 1), np.int64), np.zeros(draws, np.int64)
    rows = np.empty(64, np.int64)
    still = Stays(np.empty((8, 2)), np.empty(8, np.int64), stays.share)
    ahead = Ahead(
        np.empty((pieces, 6)), np.empty(pieces + 1, np.int64), np.empty((2 * pieces + longest + 1, 6)), np.empty(2)
    )
    gap = np.empty(draws)
    for p in range(paths.start.shape[0] - 1):
        at = slice(paths.start[p], paths.start[p + 1])
        t, e, n, u = paths.t_s[at], paths.e_m[at], paths.n_m[at], paths.u_m[at]
        n_rows[:], n_stays = 0, 0
        status_out[p] = 0 if _usable(t, e, n, u) else 1
        plan.has_zone[p] = paths.near_zone[p] == 1 and zones.window_zone.shape[0] > 0
        has_any = drones.raid.shape[0] > 0 or plan.has_zone[p] == 1
        if status_out[p] == 0 and t.shape[0] > 1 and pieces > 0 and has_any:
            t_lo, t_hi = max(max(t[0], 0.0), knot_s[0]), min(t[t.shape[0] - 1], knot_s[pieces])
            if t_lo < t_hi:
                plan.t_lo_s[p], plan.t_hi_s[p] = t_lo, t_hi
                sigma_m, growth_mps = max(paths.sigma[p, 0], 0.0), max(paths.sigma[p, 1], 0.0)
                plan.is_moved[p] = sigma_m + growth_mps * t_hi > PERTURB_M
                is_moved = plan.is_moved[p] == 1
                segment_rows(t, knot_s, t_lo, plan.row[p])
                if plan.has_zone[p] == 1 and not is_moved:
                    n_stays = zone_spans(t, e, n, u, t_lo, t_hi, zones, stays)
                reaches(lim, plan.has_zone[p] == 1 and (is_moved or n_stays > 0), plan.reach[p])
                plan.is_asked[p] = 1
                if cull:
                    ahead.drift[0], ahead.drift[1] = (sigma_m, growth_mps) if is_moved else (0.0, 0.0)
                    look_ahead(t, e, n, u, t_lo, t_hi, across, knot_s, plan.row[p], ahead)
                    near_rows(ahead, across, plan.reach[p, 0], plan.reach[p, 1], drones, gap, one, n_rows)
                    plan.is_asked[p] = n_rows.sum() > 0 or plan.has_zone[p] == 1
        rows = _keep_rows(rows, one, n_rows, plan.first_row[draws * p: draws * (p + 1) + 1])
        b = plan.first_stay[p]
        plan.first_stay[p + 1] = b + n_stays
        if b + n_stays > still.zone.shape[0]:
            still = _longer(still, 2 * (b + n_stays))
        for i in range(n_stays):
            still.span_s[b + i, 0], still.span_s[b + i, 1] = stays.span_s[i, 0], stays.span_s[i, 1]
            still.zone[b + i] = stays.zone[i]
    return rows, still


@inner
def _keep_rows(rows: I64, one: I64, n_rows: I64, first: I64) -> I64:
    """The rows with those of one more path: one (K, ..) of which n_rows (K,) count; first (K + 1,) where each draw's
    begin, from first[0] on."""
    for k in range(n_rows.shape[0]):
        first[k + 1] = first[k] + n_rows[k]
    if first[n_rows.shape[0]] > rows.shape[0]:
        more = np.empty(2 * first[n_rows.shape[0]], np.int64)
        more[: rows.shape[0]] = rows
        rows = more
    for k in range(n_rows.shape[0]):
        for i in range(n_rows[k]):
            rows[first[k] + i] = one[k, i]
    return rows


@inner
def _longer(stays: Stays, room: int) -> Stays:
    out = Stays(np.empty((room, 2)), np.empty(room, np.int64), stays.share)
    size = stays.zone.shape[0]
    out.span_s[:size], out.zone[:size] = stays.span_s, stays.zone
    return out


@inner
def _usable(t: F64, e: F64, n: F64, u: F64) -> bool:
    for i in range(t.shape[0]):
        if not (math.isfinite(t[i]) and math.isfinite(e[i]) and math.isfinite(n[i]) and math.isfinite(u[i])):
            return False
        if i > 0 and t[i] < t[i - 1]:
            return False
    return bool(t.shape[0] > 0)
