"""Which routes cross areas that are closed or defended by what is known now, and which sites drones come near."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from flightward.advice.routes import Points
from flightward.kernels import polygon
from flightward.model import F64, I8, Futures, ZoneBatch, ZoneKind

STEP_S = 20.0
SITE_AFTER_S = (0.0, 300.0, 600.0)


def barriers(zones: ZoneBatch, now_s: float, category: int) -> list[tuple[int, float, float]]:
    """(zone row, from, to) of every window known at `now_s` of closed and defended zones that bind this category.

    An end that is not known yet is +inf. The rule is that of ZoneBatch.active_at: nothing reads ahead.
    """
    out = []
    for z in np.flatnonzero((zones.kind == ZoneKind.CLOSED) | (zones.kind == ZoneKind.DEFENDED)):
        if category >= 0 and int(zones.exempt_mask[z]) >> category & 1:
            continue
        for w in range(int(zones.window_start[z]), int(zones.window_start[z + 1])):
            published = bool(zones.published_s[w] <= now_s)
            if (zones.from_s[w] > now_s and not published) or zones.to_s[w] <= now_s:
                continue
            end = float(zones.to_s[w]) if published and not np.isnan(zones.to_s[w]) else np.inf
            out.append((int(z), float(zones.from_s[w]), end))
    return out


def crossing_s(routes: Sequence[Points], zones: ZoneBatch, windows: Sequence[tuple[int, float, float]]) -> F64:
    """(R, 2) seconds that each route spends in active closed and in active defended zones."""
    out = np.zeros((len(routes), 2))
    if not windows or not routes:
        return out
    sampled = [_sampled(route) for route in routes]
    all_points = np.vstack(sampled)
    owner = np.repeat(np.arange(len(routes)), [len(s) for s in sampled])
    inside: I8 = np.zeros((len(all_points), len(zones)), np.int8)
    e_m, n_m = _column(all_points, 1), _column(all_points, 2)
    polygon.inside(e_m, n_m, zones.start, zones.e_m, zones.n_m, inside)
    hit = np.zeros((len(all_points), 2), bool)
    for z, begin, end in windows:
        t, u = all_points[:, 0], all_points[:, 3]
        within = (inside[:, z] == 1) & (t >= begin) & (t < end) & (u >= zones.floor_m[z]) & (u <= zones.ceiling_m[z])
        hit[:, 0 if zones.kind[z] == ZoneKind.CLOSED else 1] |= within
    for k in (0, 1):
        out[:, k] = np.bincount(owner, hit[:, k], len(routes)) * STEP_S
    return out


def _sampled(route: Points) -> Points:
    """The route each STEP_S, and its points."""
    t = np.union1d(np.arange(route[0, 0], route[-1, 0], STEP_S), route[:, 0])
    return np.column_stack([t, *(np.interp(t, route[:, 0], route[:, k]) for k in (1, 2, 3))])


def _column(values: Points, k: int) -> F64:
    out = np.ascontiguousarray(values[:, k])
    out.flags.writeable = False
    return out


def p_near_site(futures: Futures | None, e_m: float, n_m: float, t_s: float, radius_m: float) -> float:
    """Probability that a hostile drone is within `radius_m` of a place at `t_s`, or 5 or 10 minutes after it.

    Times outside the forecast are taken at its nearest knot.
    """
    if futures is None or not futures.n_drones:
        return 0.0
    near = np.zeros(futures.present.shape, bool)
    knots = futures.knot_s
    for when in (t_s + dt for dt in SITE_AFTER_S):
        i = int(np.clip(np.searchsorted(knots, when) - 1, 0, max(len(knots) - 2, 0)))
        j = min(i + 1, len(knots) - 1)
        share = 0.0 if j == i else float(np.clip((when - knots[i]) / (knots[j] - knots[i]), 0.0, 1.0))
        de = futures.e_m[:, :, i] * (1.0 - share) + futures.e_m[:, :, j] * share - e_m
        dn = futures.n_m[:, :, i] * (1.0 - share) + futures.n_m[:, :, j] * share - n_m
        near |= (de * de + dn * dn <= radius_m * radius_m) & (futures.lost_s > when)
    return float((near & (futures.present == 1)).any(axis=1).mean())
