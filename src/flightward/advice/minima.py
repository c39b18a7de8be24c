"""Declared minimum heights as a hard limit: what of a route must keep them, whether it does, and routes lifted to them.

A route keeps the minimum of every area that it is over, but

- where it is the flight's own plan, no lower than the plan is there: that is the operator's;
- within TERMINAL_M of where it takes off or lands: there the procedures of the place hold;
- while it climbs at once, as fast as the type does, from under the minimum of the area in which it is now.

Where no area is declared the minimum is not known, and advice says so. docs/design/advice-declared.md.
"""

from __future__ import annotations

import dataclasses
import itertools
import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from flightward.advice.areas import inside_s
from flightward.advice.routes import Craft, Points, after, joined, laps, until
from flightward.model import F64, MinimumBatch, ZoneBatch, f64, i8, i64

TERMINAL_M = 18_520.0
"""10 nautical miles: where an initial approach begins at the latest (ICAO Doc 8168, minimum sector altitudes hold to
25)."""
PIECE_M, PIECE_S = 2_000.0, 60.0
"""Pieces of a route that are lifted as a whole if any of it is over an area."""
MARGIN_M = 1.0
SLACK_S = 2.0
ON_PLAN_M = 1.0
UNKNOWN_M = 1_000.0
"""A way over places of which no minimum is known is said from this length on."""
_ALWAYS = (-math.inf, math.inf)


class Ends(NamedTuple):
    """Places (2,) at which a route may be lower: where it took off, where it lands; None: nowhere."""

    start: F64 | None
    end: F64 | None


@dataclasses.dataclass(frozen=True)
class Minima:
    """The minimum heights of a case."""

    declared: MinimumBatch

    def __bool__(self) -> bool:
        return len(self.declared) > 0

    def under_s(self, routes: Sequence[Points]) -> tuple[F64, F64]:
        """(R, A), (R, A) seconds under each area's minimum: without a break from the start, and later."""
        d = self.declared
        return inside_s(routes, d, f64(np.full(len(d), -np.inf)), d.minimum_m - 0.5 * MARGIN_M, _always(len(d)))

    def _over_s(self, routes: Sequence[Points]) -> F64:
        """(R, A) seconds of each route over each area, at whatever height."""
        d = self.declared
        no_limit = f64(np.full(len(d), np.inf))
        first, later = inside_s(routes, d, -no_limit, no_limit, _always(len(d)))
        return first + later

    def highest(self, routes: Sequence[Points]) -> F64:
        """(R,) the highest minimum of the areas that each route is over; -inf none."""
        if not routes:
            return np.zeros(0)
        out: F64 = np.where(self._over_s(routes) > 0.0, self.declared.minimum_m, -np.inf).max(axis=1)
        return out

    def is_kept(self, own: Points, climb_mps: float, now_s: float | None = None) -> bool:
        """A route, less what need not keep them (`own_part`), keeps them, but while it climbs at once from where it is.

        now_s  when the whole route begins, if that is not where `own` does: only then it may be under one at first.
        """
        if len(own) < 2:
            return True
        first, later = self.under_s([own])
        is_here = now_s is None or bool(own[0, 0] <= now_s + 1e-6)
        climbs_s = np.maximum(self.declared.minimum_m - own[0, 3], 0.0) / climb_mps + SLACK_S
        allowed_s = climbs_s if is_here else 0.0 * climbs_s
        return bool((later <= 0.0).all() and (first[0] <= allowed_s).all())

    def unknown_m(self, own: Points) -> float:
        """How much of a route is over places of which no minimum is declared, in pieces of up to PIECE_M."""
        parts = pieces(own)
        if len(parts) < 2:
            return 0.0
        legs = [parts[k : k + 2] for k in range(len(parts) - 1)]
        known = self._over_s(legs).sum(axis=1) >= np.diff(parts[:, 0]) - 1e-3
        way = np.hypot(np.diff(parts[:, 1]), np.diff(parts[:, 2]))
        return float(way[~known].sum())

    def lifted(self, route: Points, own: Points, craft: Craft, lands: bool) -> Points:
        """The same way and times, climbing in time to every minimum of its `own` part, and down again after it; what
        height is then left over the place of landing is lost there."""
        if len(own) < 2 or not self:
            return route
        parts = pieces(route)
        t = parts[:, 0]
        is_own = (t[1:] > own[0, 0] + 1e-6) & (t[:-1] < own[-1, 0] - 1e-6)
        legs = [parts[k : k + 2] for k in range(len(parts) - 1)]
        least = np.where(is_own, self.highest(legs) + MARGIN_M, -np.inf)
        if (np.minimum(parts[:-1, 3], parts[1:, 3]) >= least).all():
            return route
        need = _ramped(t, np.maximum(np.append(least, -np.inf), np.append(-np.inf, least)), craft)
        out = _climbing(parts, need, craft.climb_mps)
        short_m = float(out[-1, 3] - parts[-1, 3])
        out = thinned(out)
        return _down(out, short_m, craft) if lands and short_m > MARGIN_M else out


def _always(count: int) -> list[tuple[int, float, float]]:
    return [(a, *_ALWAYS) for a in range(count)]


def _ramped(t: F64, need: F64, craft: Craft) -> F64:
    """(N,) the least heights that reach `need` at the rates of the type, climbing before and descending after."""
    out = need.copy()
    for k in range(len(t) - 2, -1, -1):
        out[k] = max(out[k], out[k + 1] - craft.climb_mps * (t[k + 1] - t[k]))
    for k in range(1, len(t)):
        out[k] = max(out[k], out[k - 1] - craft.descent_mps * (t[k] - t[k - 1]))
    return out


def _climbing(parts: Points, need: F64, climb_mps: float) -> Points:
    """The route at the heights needed, or climbing towards them as fast as may be from where it is."""
    t = parts[:, 0]
    over = parts[0, 3] + climb_mps * (t - t[0]) - need
    k = int(np.argmax(over >= 0.0)) if (over >= 0.0).any() else 0
    if k > 0:  # a point where the climb ends
        share = over[k - 1] / (over[k - 1] - over[k])
        point = parts[k - 1] + share * (parts[k] - parts[k - 1])
        parts = np.insert(parts, k, point, axis=0)
        need = np.insert(need, k, need[k - 1] + share * (need[k] - need[k - 1]))
        parts, need = (v[np.append(np.diff(parts[:, 0]) > 1e-6, True)] for v in (parts, need))
    out = parts.copy()
    out[:, 3] = np.maximum(parts[:, 3], np.minimum(need, parts[0, 3] + climb_mps * (parts[:, 0] - t[0])))
    return out


def _down(route: Points, short_m: float, craft: Craft) -> Points:
    """The rest of the height is lost over the place: on a spot, or in laps."""
    over, left_s = route[-1].copy(), short_m / craft.descent_mps
    to_m = float(over[3]) - short_m
    if craft.can_hover:
        return joined(route, np.array([[over[0] + left_s, over[1], over[2], to_m]]))
    left_s = max(left_s, craft.lap_least_s)
    step = route[-1] - route[-2]
    down = laps(over, math.atan2(step[1], step[2]), left_s, min(craft.speed_mps, craft.hold_mps), craft.lap_least_s)
    down[:, 3] = np.linspace(over[3], to_m, len(down) + 1)[1:]
    return joined(route, down)


def pieces(route: Points) -> Points:
    """The same route with points at most PIECE_M and PIECE_S apart."""
    out = [route[:1]]
    for a, b in itertools.pairwise(route):
        far = math.hypot(b[1] - a[1], b[2] - a[2])
        n = max(1, math.ceil(far / PIECE_M), math.ceil((b[0] - a[0]) / PIECE_S))
        out.append(a + (np.arange(1, n + 1) / n)[:, None] * (b - a))
        out[-1][-1] = b
    return np.vstack(out)


def thinned(route: Points) -> Points:
    """Without points that lie on the line between their neighbours in place, height and time."""
    kept = [0]
    for k in range(1, len(route) - 1):
        a, b, c = route[kept[-1]], route[k], route[k + 1]
        share = (b[0] - a[0]) / (c[0] - a[0])
        if np.abs(a + share * (c - a) - b)[1:].max() > 0.01:
            kept.append(k)
    out: Points = route[[*kept, len(route) - 1]] if len(route) > 1 else route
    return out


def own_part(route: Points, plan: Points, ends: Ends) -> Points:
    """What of a route must keep minimum heights: not its legs on the plan at its begin and end, no lower than the plan
    is, and not what is near where it took off or lands. No points if that is all of it."""
    if len(route) < 2:
        return route[:0]
    on = [_is_on(a, b, plan) for a, b in itertools.pairwise(route)]
    if all(on):
        return route[:0]
    first = on.index(False)
    last = len(on) - on[::-1].index(False)
    return clear_part(route[first : last + 1], ends)


def clear_part(own: Points, ends: Ends) -> Points:
    """What of a route is not near where it took off or lands; no points if that is all of it."""
    if len(own) > 1 and ends.end is not None:
        own = until(own, _near_from(own, ends.end))
    if ends.start is not None and len(own) > 1:
        own = after(own, _near_until(own, ends.start))
    return own if len(own) > 1 else own[:0]


def _is_on(a: F64, b: F64, plan: Points) -> bool:
    """A leg runs along the plan, no lower than it."""
    share = np.linspace(0.0, 1.0, 5)[:, None]
    at = a[1:] + share * (b[1:] - a[1:])
    p, q = plan[:-1, 1:], plan[1:, 1:]
    step = q[:, :2] - p[:, :2]
    far2 = np.maximum((step**2).sum(axis=1), 1e-9)
    along = np.clip(((at[:, None, :2] - p[None, :, :2]) * step[None]).sum(axis=2) / far2, 0.0, 1.0)
    foot = p[None] + along[:, :, None] * (q - p)[None]
    aside = np.hypot(*(at[:, None, :2] - foot[:, :, :2]).transpose(2, 0, 1))
    return bool(((aside <= ON_PLAN_M) & (at[:, None, 2] >= foot[:, :, 2] - 0.5 * MARGIN_M)).any(axis=1).all())


def _near_from(route: Points, place: F64) -> float:
    """When the last part of a route begins that is within TERMINAL_M of a place; its end if there is none."""
    parts = pieces(route)
    far = np.hypot(parts[:, 1] - place[0], parts[:, 2] - place[1]) > TERMINAL_M
    k = int(np.flatnonzero(far)[-1]) if far.any() else -1
    return float(parts[min(k + 1, len(parts) - 1), 0])


def _near_until(route: Points, place: F64) -> float:
    """When the first part of a route ends that is within TERMINAL_M of a place; its start if there is none."""
    parts = pieces(route)
    far = np.hypot(parts[:, 1] - place[0], parts[:, 2] - place[1]) > TERMINAL_M
    k = int(np.flatnonzero(far)[0]) if far.any() else len(parts)
    return float(parts[max(k - 1, 0), 0])


def barred(zones: ZoneBatch, declared: MinimumBatch, ceiling_m: float) -> tuple[ZoneBatch, list[int]]:
    """The zones, and after them as closed areas those whose minimum a type cannot reach; and the rows of these."""
    high = declared.take(declared.minimum_m + MARGIN_M > ceiling_m)
    if not len(high):
        return zones, []
    z, n, k = zones, len(zones), len(high)
    both = dataclasses.replace(
        z, name=i64([*z.name, *high.name]), kind=i8([*z.kind, *[1] * k]), floor_m=f64([*z.floor_m, *[-np.inf] * k]),
        ceiling_m=f64([*z.ceiling_m, *high.minimum_m]), source=i64([*z.source, *high.source]),
        exempt_mask=i64([*z.exempt_mask, *[0] * k]), start=i64([*z.start, *(z.start[-1] + high.start[1:])]),
        e_m=f64([*z.e_m, *high.e_m]), n_m=f64([*z.n_m, *high.n_m]),
        window_start=i64([*z.window_start, *[z.window_start[-1]] * k]),
    )  # fmt: skip
    return both, list(range(n, n + k))
