"""The ways out of one situation, and the route of each. A choice is a small value that can be drawn again later."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from flightward.advice import routes
from flightward.advice.minima import UNKNOWN_M
from flightward.advice.routes import Points, Via
from flightward.advice.situation import Situation
from flightward.config import AdviceConfig
from flightward.model import F64, NONE, Minimum, Option, SiteBatch

LAND_SOON_S = 900.0
LAND_SITES = 3
DIVERT_SITES = 6
SIDE_M = (15_000.0, 30_000.0, 60_000.0)
REJOIN_S = 240.0
MORE_LEVEL_M = (1_000.0, 2_000.0)
HOLD_AHEAD_MIN_S = 480.0
HOLD_BEFORE_S = 300.0
BEHIND_M = 500.0
PASSED_M = 1_500.0
"""A place that the flight has come this near to, or whose next leg it is this near to, is passed."""


class Choice(NamedTuple):
    """One way out. Places and times are absolute, so that it means the same ten seconds later."""

    option: int
    site: int = NONE
    wait_s: float = 0.0
    from_s: float = 0.0
    side_m: float = 0.0
    via_e_m: float = math.nan
    via_n_m: float = math.nan
    rejoin_s: float = math.nan
    level_m: float = math.nan
    vias: tuple[Via, ...] = ()


PLAN_WAYS = (int(Option.CONTINUE), int(Option.DELAY), int(Option.LEVEL))
"""Ways out that fly the plan's own way, nowhere lower than it."""

CONTINUE = Choice(int(Option.CONTINUE))


def choices(s: Situation, sites: SiteBatch, early_s: float, over_s: float, cfg: AdviceConfig) -> list[Choice]:
    """All that is worth judging; early_s and over_s: when the hazard comes and goes on the planned way."""
    out = [CONTINUE]
    if s.is_airborne:
        out += _holds(s, early_s, cfg)
        out += _landings(s, sites)
    else:
        out += [Choice(int(Option.DELAY), wait_s=float(d)) for d in cfg.delays_s]
    return out + _arounds(s, early_s, over_s) + _levels(s)


def route_of(c: Choice, s: Situation, sites: SiteBatch) -> Points | None:
    """The route of a choice that is taken in situation `s`, lifted to declared minimum heights; None if it can no
    longer be taken, or not be flown."""
    route = _drawn(c, s, sites)
    minima = s.facts.minima
    if route is None or not minima or c.option in PLAN_WAYS:
        return route
    own = s.own_part(route, lands(c, s))
    route = minima.lifted(route, own, s.facts.craft, lands(c, s))
    top_m = max(s.facts.performance.ceiling_m, float(s.rest[:, 3].max()))
    return route if float(route[:, 3].max()) <= top_m else None


def lands(c: Choice, s: Situation) -> bool:
    """The route of a choice ends on the ground of a site."""
    return c.site != NONE or c.option == Option.TURN_BACK or s.facts.lands


def keeps_minima(c: Choice, route: Points, s: Situation) -> bool:
    """The route of a choice keeps the declared minimum heights, wherever it must."""
    if not s.facts.minima or c.option in PLAN_WAYS:
        return True
    return s.facts.minima.is_kept(
        s.own_part(route, lands(c, s)), s.facts.performance.climb_mps, float(route[0, 0])
    )


def minimum_of(c: Choice, route: Points, s: Situation, is_now: bool = False) -> int:
    """How a route stands to declared minimum heights; NONE: none are declared. Of the plan: what it is under.

    is_now  an instruction for what is near: its change of level is not flown along the plan.
    """
    minima, land = s.facts.minima, lands(c, s)
    if not minima:
        return NONE
    on_plan = c.option in PLAN_WAYS and not is_now
    own = s.clear_part(route, land) if on_plan else s.own_part(route, land)
    if on_plan and not minima.is_kept(own, s.facts.performance.climb_mps, float(route[0, 0])):
        return int(Minimum.UNDER)
    return int(Minimum.UNKNOWN if minima.unknown_m(own) > UNKNOWN_M else Minimum.KEPT)


def _drawn(c: Choice, s: Situation, sites: SiteBatch) -> Points | None:
    p, craft = s.facts.performance, s.facts.craft
    if c.option == Option.CONTINUE:
        return s.rest
    if c.option == Option.DELAY:
        return None if s.is_airborne else routes.shifted(s.rest, c.wait_s)
    if c.option == Option.HOLD:
        begin = max(c.from_s, s.now_s)
        if begin >= s.rest[-1, 0]:
            return None
        wait_s = c.wait_s if p.is_rotor else max(c.wait_s, craft.lap_least_s)
        return routes.hold(s.rest, begin, wait_s, craft.hold_mps, p.is_rotor, craft.lap_least_s)
    if c.option == Option.LEVEL:
        return routes.at_level(s.rest, c.level_m, p.climb_mps, p.descent_mps, s.facts.lands)
    if c.option == Option.REROUTE:
        return _searched(c, s, s.rest[-1]) if c.vias else _around(c, s)
    if not s.is_airborne:
        return None
    return _searched(c, s, np.array([0.0, *_landing_place(c, s, sites)]))


def _around(c: Choice, s: Situation) -> Points | None:
    """Over one point beside the plan and back to it; None if that is over, or the turns cannot be flown."""
    craft, begin = s.facts.craft, float(s.rest[0, 0])
    if begin >= c.rejoin_s or _is_behind(s, c):
        return None
    return routes.around(s.rest, c.via_e_m, c.via_n_m, c.rejoin_s, s.course_rad, craft)


def _searched(c: Choice, s: Situation, end: F64) -> Points | None:
    """Over the choice's places that are not passed yet to the end; None if its turns cannot be flown."""
    craft, start = s.facts.craft, s.rest[0]
    vias = list(c.vias)
    while vias and _is_passed(start, vias[0], vias[1] if len(vias) > 1 else end[1:], s.now_s):
        vias.pop(0)
    route = routes.through(start, s.course_rad, vias, float(end[1]), float(end[2]), float(end[3]), craft)
    return route if routes.is_flyable(route, craft.radius_m, craft.can_hover) else None


def _is_passed(here: F64, via: Via, then: Sequence[float] | F64, now_s: float) -> bool:
    """The flight is at the place, or on the leg that follows it."""
    e, n = here[1] - via[0], here[2] - via[1]
    if math.hypot(e, n) < PASSED_M:
        return via[3] <= now_s
    leg_e, leg_n = then[0] - via[0], then[1] - via[1]
    far = math.hypot(leg_e, leg_n)
    along, aside = (e * leg_e + n * leg_n) / max(far, 1.0), abs(e * leg_n - n * leg_e) / max(far, 1.0)
    return bool(0.0 < along < far and aside < PASSED_M)


def _landing_place(c: Choice, s: Situation, sites: SiteBatch) -> tuple[float, float, float]:
    if c.site == NONE:
        _, e, n, u = (float(v) for v in s.facts.departure_point)
        return e, n, u
    return float(sites.e_m[c.site]), float(sites.n_m[c.site]), float(sites.hae_m[c.site])


def _is_behind(s: Situation, c: Choice) -> bool:
    """The point beside the route lies behind: going there would be turning back."""
    here, back = s.rest[0], routes.at(s.rest, c.rejoin_s)
    along = (c.via_e_m - here[1]) * (back[1] - here[1]) + (c.via_n_m - here[2]) * (back[2] - here[2])
    return bool(along <= 0.0)


def _holds(s: Situation, early_s: float, cfg: AdviceConfig) -> list[Choice]:
    """Here, and where it will be five minutes before the hazard, if that is some time ahead."""
    starts = [0.0]
    if not math.isnan(early_s) and early_s - HOLD_BEFORE_S - s.now_s >= HOLD_AHEAD_MIN_S - HOLD_BEFORE_S:
        starts.append(math.floor((early_s - HOLD_BEFORE_S) / 60.0) * 60.0)
    return [Choice(int(Option.HOLD), wait_s=float(d), from_s=t) for t in starts for d in cfg.holds_s]


def _landings(s: Situation, sites: SiteBatch) -> list[Choice]:
    """Landing soon (helicopters), alternates and other sites by flight time, and back to where it came from."""
    f, here = s.facts, s.here
    usable = f.site[(f.site != f.departure) & (f.site != f.destination)]
    flying_s = np.hypot(sites.e_m[usable] - here[1], sites.n_m[usable] - here[2]) / f.cruise_mps
    near = usable[np.argsort(flying_s, kind="stable")]
    soonest: list[int] = []
    if f.performance.is_rotor:
        soonest = [int(site) for site in _landable(s, sites)[:LAND_SITES]]
    out = [Choice(int(Option.LAND), site=site) for site in soonest]
    alternate = {int(site) for site, is_one in zip(f.site, f.is_alternate, strict=True) if is_one}
    first = [int(v) for v in near if int(v) in alternate] + [int(v) for v in near if int(v) not in alternate]
    others = [site for site in first if site not in soonest][:DIVERT_SITES + len(alternate)]
    out += [Choice(int(Option.DIVERT), site=site) for site in others]
    if f.leaves_ground:
        out.append(Choice(int(Option.TURN_BACK), site=f.departure))
    return out


def _landable(s: Situation, sites: SiteBatch) -> list[int]:
    """Sites that a helicopter reaches within LAND_SOON_S, nearest first; where it comes from and goes to are not asked
    here (turning back and continuing lead there)."""
    f, here = s.facts, s.here
    far_s = np.hypot(sites.e_m[f.site] - here[1], sites.n_m[f.site] - here[2]) / f.cruise_mps
    order = np.argsort(far_s, kind="stable")
    ends = (f.departure, f.destination)
    return [int(f.site[k]) for k in order if far_s[k] <= LAND_SOON_S and f.site[k] not in ends]


def _arounds(s: Situation, early_s: float, over_s: float) -> list[Choice]:
    """Over a point to the left (negative) or right of where the hazard is met, back on the way after it."""
    end = float(s.rest[-1, 0])
    if math.isnan(early_s) or early_s <= float(s.rest[0, 0]) + 60.0:
        return []
    later = early_s + REJOIN_S if math.isnan(over_s) else max(over_s, early_s) + REJOIN_S
    rejoin, met = min(later, end), min(early_s, end)
    here, place, back = s.rest[0], routes.at(s.rest, met), routes.at(s.rest, rejoin)
    way = math.hypot(back[1] - here[1], back[2] - here[2])
    if way < BEHIND_M:
        return []
    right: F64 = np.array([back[2] - here[2], here[1] - back[1]]) / way
    return [
        Choice(
            int(Option.REROUTE), side_m=sign * side, via_e_m=float(place[1] + sign * side * right[0]),
            via_n_m=float(place[2] + sign * side * right[1]), rejoin_s=rejoin,
        )
        for side in SIDE_M
        for sign in (-1.0, 1.0)
    ]


def _levels(s: Situation) -> list[Choice]:
    """Above the highest point still planned, as far as the type goes."""
    top = float(s.rest[:, 3].max())
    ceiling = s.facts.performance.ceiling_m
    return [Choice(int(Option.LEVEL), level_m=top + more) for more in MORE_LEVEL_M if top + more <= ceiling]
