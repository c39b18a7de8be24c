"""What each way out is worth: the chance of being caught that remains, what it costs, what it crosses, by when."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Sequence

import numpy as np

from flightward.advice.areas import barriers, closed_s, p_near_site, used
from flightward.advice.choices import CONTINUE, Choice, keeps_minima, minimum_of, route_of
from flightward.advice.routes import Points, joined, length_m
from flightward.advice.situation import Situation
from flightward.config import Config
from flightward.encounters import CaughtChance, PathBatch, Swept, believed, p_caught, swept
from flightward.encounters.agreed import Barrier
from flightward.model import F64, NONE, Futures, Option, Setup, ZoneKind, f64

DECIDE_GRID_S = (30.0, 60.0, 120.0, 180.0, 300.0, 420.0, 600.0, 840.0, 1140.0, 1500.0)
DECIDE_PARTS = 4
"""Each gap of the grid in which an option stops working is looked at again in this many parts."""
DECIDE_P = 0.15
"""An option "works" up to this chance; above it, if it never was lower, up to DECIDE_SLACK_P more than now."""
DECIDE_SLACK_P = 0.05
ROUGH_H_M = 3_000.0
"""Every route is also judged as if flown this loosely (1 sigma): what is safe only by a hair comes later."""
ROUGH_U_M = 800.0
"""And a higher level as if it were this much lower: drones' heights are known worse than their ways."""
ROUGH_DELAY_S = 1_800.0
"""And a delay as if it were this much shorter: raids go on longer than what is seen of them now."""
CLOSED_SLACK_S = 1.0
SCREEN_DRAWS = 16
"""Draws of the ensemble by which many routes are screened; those that are shown are judged by all."""


@dataclasses.dataclass(frozen=True)
class Judged:
    """One way out with its worth. Times in s, ways in m, chances 0 to 1; NaN unknown.

    p and p_rough are shares of draws, by which ways out are compared; what people are told is `p_told`.
    """

    choice: Choice
    route: Points
    p: float
    p_rough: float
    delay_s: float
    extra_m: float
    closed_s: float
    defended_s: float
    p_site: float
    decide_by_s: float = math.nan
    radius_m: float = 0.0
    """Radius of the arcs in its route."""
    t_to_s: float = math.nan
    agreed: int = NONE
    """Row of the agreed window that it uses."""
    minimum: int = NONE
    """How it stands to declared minimum heights."""

    @property
    def is_now(self) -> bool:
        """It is an instruction for this minute."""
        return False

    @property
    def p_told(self) -> float:
        """The chance of being caught that remains, as it turns out on many days."""
        return float(believed(np.array(self.p), np.array(self.t_to_s)))


class Judge:
    """Judges routes against one issue of the forecast at one time."""

    def __init__(self, setup: Setup, cfg: Config, futures: Futures | None) -> None:
        self._setup = setup
        self._cfg = cfg
        self._futures = futures
        self._boxes: Swept | None = None if futures is None else swept(futures)
        self._few = None if futures is None else _fewer(futures, SCREEN_DRAWS)
        self._few_boxes: Swept | None = None if self._few is None else swept(self._few)

    @property
    def boxes(self) -> Swept | None:
        """`swept` of its futures."""
        return self._boxes

    def is_of(self, futures: Futures | None) -> bool:
        """True if it was made for these futures."""
        return futures is self._futures

    def chances(
        self, routes: Sequence[Points], s: Situation, loose_m: float = 0.0, is_screening: bool = False
    ) -> CaughtChance:
        """One row per route, as flown from now on; screening asks a part of the ensemble."""
        flat = np.vstack(routes)
        sizes = np.array([len(route) for route in routes], dtype=np.int64)
        sigma = math.hypot(s.sigma_h_m, loose_m)
        paths = PathBatch(
            sigma_h_m=np.full(len(routes), sigma), sigma_growth_mps=np.full(len(routes), s.sigma_growth_mps),
            start=np.concatenate([np.zeros(1, np.int64), np.cumsum(sizes)]),
            t_s=f64(flat[:, 0]), e_m=f64(flat[:, 1]), n_m=f64(flat[:, 2]), u_m=f64(flat[:, 3]),
        )
        futures, boxes = (self._few, self._few_boxes) if is_screening else (self._futures, self._boxes)
        return p_caught(paths, futures, self._setup.zones, s.now_s, self._cfg.caught, boxes)

    def judged(self, wanted: Sequence[Choice], s: Situation, is_screening: bool = False) -> list[Judged]:
        """Those of the choices that can be flown, in their order; `continue` always among them if it was asked.

        Left out: what breaks a hard limit (`allowed`).
        """
        drawn = [(c, r) for c in wanted if (r := route_of(c, s, self._setup.sites)) is not None and len(r)]
        kept, crossed = self.allowed(drawn, s)
        if not kept:
            return []
        rows = range(len(kept))
        routes = [kept[k][1] for k in rows]
        loose = [_looser(kept[k][0], kept[k][1], s, self._setup) for k in rows]
        rough = self.chances(loose, s, ROUGH_H_M, is_screening=True).p
        if is_screening:
            p, t_to_s = self._screened(routes, loose, rough, s), np.full(len(routes), np.nan)
        else:
            exact = self.chances(routes, s)
            p, t_to_s = exact.p, exact.t_first_s - s.now_s
        found = [self._row(*kept[k], s, float(p[i]), float(rough[i]), crossed[k]) for i, k in enumerate(rows)]
        found = [dataclasses.replace(j, t_to_s=float(t_to_s[i])) for i, j in enumerate(found)]
        return found if is_screening else self.declared(found, s)

    def declared(self, rows: Sequence[Judged], s: Situation) -> list[Judged]:
        """The same rows with what they owe to what is declared: agreed windows, minimum heights."""
        zones, agreed = self._setup.zones, self._setup.agreed
        if not len(agreed) and not s.facts.minima:
            return list(rows)
        row = used([j.route for j in rows], zones, agreed, s.known_s, s.flight, s.facts.category)
        return [
            dataclasses.replace(j, agreed=int(row[k]), minimum=minimum_of(j.choice, j.route, s, j.is_now))
            for k, j in enumerate(rows)
        ]

    def allowed(
        self, drawn: Sequence[tuple[Choice, Points]], s: Situation
    ) -> tuple[list[tuple[Choice, Points]], F64]:
        """What breaks no hard limit, and (R, 2) seconds of each in closed and in defended areas.

        Hard: down within the endurance; declared minimum heights; no closed area, but for leaving one in which the
        flight is now, no later than continuing would. Continuing is always kept: what it breaks is shown.
        """
        routes = [r for _, r in drawn]
        windows = self._barriers(s)
        first, later = closed_s([*routes, s.rest], self._setup.zones, windows)
        held = closed_s(routes, self._setup.zones, windows, ZoneKind.DEFENDED)
        leaves_s = first[-1] + CLOSED_SLACK_S if s.is_airborne else 0.0
        rows = [
            k for k, (c, r) in enumerate(drawn)
            if c == CONTINUE or (
                _in_time(c, r, s) and later[k] <= 0.0 and first[k] <= leaves_s and keeps_minima(c, r, s)
            )
        ]
        crossed = np.column_stack([first[:-1] + later[:-1], held[0] + held[1]])
        return [drawn[k] for k in rows], crossed[rows]

    def _barriers(self, s: Situation) -> list[Barrier]:
        return barriers(self._setup.zones, self._setup.agreed, s.known_s, s.flight, s.facts.category)

    def _screened(self, routes: Sequence[Points], loose: Sequence[Points], rough: F64, s: Situation) -> F64:
        """Chances good enough to leave out what is bad: the rough ones, except where those are of another route."""
        other = [k for k, (route, looser) in enumerate(zip(routes, loose, strict=True)) if looser is not route]
        out = rough.copy()
        if other:
            out[other] = self.chances([routes[k] for k in other], s, ROUGH_H_M, is_screening=True).p
        return out

    def redrawn(self, rows: Sequence[Judged], s: Situation) -> list[Judged]:
        """The same options drawn from where the flight is now, with the chances they had; nothing if one is gone."""
        out = []
        drawn = [(j.choice, r) for j in rows if (r := route_of(j.choice, s, self._setup.sites)) is not None and len(r)]
        if len(drawn) < len(rows) or len(self.allowed(drawn, s)[0]) < len(rows):
            return []
        for j, (_, route) in zip(rows, drawn, strict=True):
            by = math.nan if j.decide_by_s < s.now_s else j.decide_by_s
            delay_s, extra_m = _cost(route, s)
            out.append(dataclasses.replace(j, route=route, delay_s=delay_s, extra_m=extra_m, decide_by_s=by))
        return self.declared(out, s)

    def _row(self, c: Choice, route: Points, s: Situation, p: float, p_rough: float, crossed: F64) -> Judged:
        end = route[-1]
        lands_elsewhere = c.site != NONE or c.option == Option.TURN_BACK
        radius = self._cfg.caught.site_radius_m
        p_site = p_near_site(self._futures, end[1], end[2], end[0], radius) if lands_elsewhere else 0.0
        return Judged(
            c, route, p, p_rough, *_cost(route, s), float(crossed[0]), float(crossed[1]), p_site,
            radius_m=s.facts.craft.radius_m,
        )

    def decided(self, rows: Sequence[Judged], s: Situation, decide_max_s: float) -> list[Judged]:
        """The same rows with their decide-by: the latest moment, flying on as planned, at which each still works."""
        asked = [j for j in rows if j.choice != CONTINUE and not math.isnan(_limit(j, rows))]
        if not asked:
            return list(rows)
        grid = [d for d in DECIDE_GRID_S if d <= decide_max_s]
        if not s.is_airborne:
            grid = sorted({*grid, *(d for d in [float(s.rest[0, 0]) - s.now_s - 1.0] if 0.0 < d <= decide_max_s)})
        works = self._works(asked, [grid] * len(asked), rows, s)
        gaps = [_gap(grid, works[k]) for k in range(len(asked))]
        finer = [list(np.linspace(a, b, DECIDE_PARTS + 1)[1:-1]) if b > a else [] for a, b in gaps]
        inner = self._works(asked, finer, rows, s)
        by = {
            j.choice: s.now_s + (_gap(finer[k], inner[k])[0] if finer[k] and inner[k][0] else gaps[k][0])
            for k, j in enumerate(asked)
        }
        return [dataclasses.replace(j, decide_by_s=by.get(j.choice, math.nan)) for j in rows]

    def _works(
        self, asked: Sequence[Judged], delays: Sequence[Sequence[float]], rows: Sequence[Judged], s: Situation
    ) -> list[list[bool]]:
        """Whether each option, taken each delay later, still stays under its limit."""
        out = [[False] * len(d) for d in delays]
        routes: list[Points] = []
        where: list[tuple[int, int]] = []
        windows = self._barriers(s)
        is_limited = bool(s.facts.minima) or any(self._setup.zones.kind[z] == ZoneKind.CLOSED for z, *_ in windows)
        for delay_s in sorted({d for row in delays for d in row}):
            then = s.later(delay_s)
            if then is None:
                continue
            for k, j in enumerate(asked):
                if delay_s not in delays[k]:
                    continue
                route = route_of(j.choice, then, self._setup.sites)
                if route is None or not len(route) or not _in_time(j.choice, route, s):
                    continue
                if is_limited and not self.allowed([(j.choice, route)], then)[0]:
                    continue
                routes.append(joined(then.before, route))
                where.append((k, list(delays[k]).index(delay_s)))
        if routes:
            p = self.chances(routes, s, is_screening=True).p
            for (k, d), chance in zip(where, p, strict=True):
                out[k][d] = bool(chance <= _limit(asked[k], rows))
        return out


def _looser(c: Choice, route: Points, s: Situation, setup: Setup) -> Points:
    """The route; for a higher level one that is ROUGH_U_M less high, for a delay one ROUGH_DELAY_S shorter."""
    other: Points | None = None
    if c.option == Option.LEVEL:
        other = route_of(c._replace(level_m=c.level_m - ROUGH_U_M), s, setup.sites)
    elif c.option == Option.DELAY:
        other = route_of(c._replace(wait_s=max(0.0, c.wait_s - ROUGH_DELAY_S)), s, setup.sites)
    return route if other is None else other


def _in_time(c: Choice, route: Points, s: Situation) -> bool:
    """It lands within its endurance; continuing is judged anyway, and a delay on the ground uses none."""
    return c.option in (Option.CONTINUE, Option.DELAY) or s.burnt_s(route) <= s.land_by_s


def _cost(route: Points, s: Situation) -> tuple[float, float]:
    """(delay in s, extra way in m) against flying on as planned; never below 0."""
    return max(0.0, float(route[-1, 0] - s.rest[-1, 0])), max(0.0, length_m(route) - length_m(s.rest))


def _fewer(futures: Futures, count: int) -> Futures:
    """The same futures with evenly spread ones of their draws; pairs of neighbours (antithetic) stay together."""
    k = futures.n_draws
    if k <= count:
        return futures
    pick = np.unique((np.arange(count // 2) * (k // 2) // (count // 2) * 2)[:, None] + np.arange(2))
    return dataclasses.replace(
        futures, e_m=futures.e_m[pick], n_m=futures.n_m[pick], u_m=futures.u_m[pick], present=futures.present[pick],
        lost_s=futures.lost_s[pick],
    )


def _limit(j: Judged, rows: Sequence[Judged]) -> float:
    """The chance up to which an option works; NaN if it does not help even now."""
    stay = next((r.p for r in rows if r.choice == CONTINUE), 1.0)
    if math.isnan(j.p):
        return math.nan
    if j.p <= DECIDE_P:
        return max(DECIDE_P, j.p)
    return j.p + DECIDE_SLACK_P if j.p + DECIDE_SLACK_P < 0.7 * stay else math.nan


def _gap(grid: Sequence[float], works: Sequence[bool]) -> tuple[float, float]:
    """(last delay at which it works without a break from now, first at which it does not; the same if none)."""
    last = 0.0
    for delay_s, good in zip(grid, works, strict=True):
        if not good:
            return last, delay_s
        last = delay_s
    return last, last
