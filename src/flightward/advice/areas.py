"""Which routes cross areas that are closed or defended by what is known now, and which sites drones come near."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from flightward.advice.routes import Points
from flightward.encounters.agreed import Barrier, barriers_of, known_windows, open_spans
from flightward.encounters.zones import frozen
from flightward.kernels import areas as kernels
from flightward.model import F64, I64, NONE, AgreedBatch, Futures, MinimumBatch, ZoneBatch, ZoneKind

SITE_AFTER_S = (0.0, 300.0, 600.0)


def barriers(zones: ZoneBatch, agreed: AgreedBatch, now_s: float, flight: int, category: int) -> list[Barrier]:
    """When closed and defended zones bar a flight of this category, by what is known at `now_s`.

    Left out are the windows in which a zone's authority lets the flight pass. Of a defended zone that says nothing of
    the danger in it: the chance of being caught there counts all the same.
    """
    out: list[Barrier] = []
    for z in np.flatnonzero((zones.kind == ZoneKind.CLOSED) | (zones.kind == ZoneKind.DEFENDED)):
        if category < 0 or not int(zones.exempt_mask[z]) >> category & 1:
            out += barriers_of(zones, agreed, int(z), flight, now_s)
    return out


def used(
    routes: Sequence[Points], zones: ZoneBatch, agreed: AgreedBatch, now_s: float, flight: int, category: int
) -> I64:
    """(R,) row of the first agreed window in which each route is in a zone that would bar it else; NONE."""
    out: I64 = np.full(len(routes), NONE, np.int64)
    opened = [
        (a, b, w, int(z)) for z in np.unique(agreed.zone) for a, b, w in open_spans(agreed, flight, int(z), now_s)
        if not (category >= 0 and int(zones.exempt_mask[z]) >> category & 1)
    ]
    spans = [
        (w, Barrier(z, max(a, begin), min(b, end))) for a, b, w, z in sorted(opened)
        for begin, end in known_windows(zones, z, now_s) if max(a, begin) < min(b, end)
    ]  # fmt: skip
    for w, bar in spans:
        first, later = closed_s(routes, zones, [bar], ZoneKind(int(zones.kind[bar.zone])))
        out = np.where((out == NONE) & (first + later > 0.0), w, out)
    return out


def closed_s(
    routes: Sequence[Points], zones: ZoneBatch, windows: Sequence[Barrier],
    kind: ZoneKind = ZoneKind.CLOSED,
) -> tuple[F64, F64]:
    """(R,), (R,) seconds that each route spends in active areas of that kind: those in which it begins until it has
    left them, and all others. Exact; areas that overlap count each."""
    mine = [w[:3] for w in windows if zones.kind[w[0]] == kind]
    first, later = inside_s(routes, zones, zones.floor_m, zones.ceiling_m, mine)
    return first.sum(axis=1), later.sum(axis=1)


def inside_s(
    routes: Sequence[Points], areas: ZoneBatch | MinimumBatch, floor_m: F64, ceiling_m: F64,
    windows: Sequence[tuple[int, float, float]],
) -> tuple[F64, F64]:
    """(R, W), (R, W) seconds that each route spends in each window (row of its area, from, to) between the area's
    heights: without a break from the route's start, and later. Exact."""
    count = (len(routes), len(windows))
    first, later = np.zeros(count), np.zeros(count)
    if routes:  # also without any window: the kernel is then compiled before the first area is closed
        flat = np.vstack(routes)
        start = np.concatenate([[0], np.cumsum([len(r) for r in routes])]).astype(np.int64)
        begin_s, end_s = (frozen(np.array([w[k] for w in windows], dtype=np.float64)) for k in (1, 2))
        kernels.time_inside(
            frozen(start), _column(flat, 0), _column(flat, 1), _column(flat, 2), _column(flat, 3),
            frozen(np.array([w[0] for w in windows], dtype=np.int64)), begin_s, end_s, _limits(floor_m),
            _limits(ceiling_m), areas.start, areas.e_m, areas.n_m, first, later,
        )
    return first, later


def _limits(values: F64) -> F64:
    return np.asarray(frozen(values))


def _column(values: Points, k: int) -> F64:
    return np.asarray(frozen(values[:, k]))


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
