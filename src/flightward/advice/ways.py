"""Searched ways out of one situation: points of the front of hazard and delay, straightened to few places to fly over.

Two searches: to where the flight is bound for, and to any site that it may use; a third, to be in the air at the
forecast's end with a site still in reach, only if no way out at all is good. What comes out are choices like
all others: drawn, judged by the full ensemble, ranked and drawn again later (docs/design/path-search.md).
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Callable, Sequence

import numpy as np

from flightward.advice.areas import closed_s
from flightward.advice.choices import LAND_SOON_S, Choice, keeps_minima, route_of
from flightward.advice.hazard import HazardField, band_of
from flightward.advice.lattice import (
    AXIS_Q,
    cell_at,
    closed_moves,
    heading_of,
    lattice_between,
    place,
    spacing_m,
    turn_steps,
)
from flightward.advice.minima import barred
from flightward.advice.routes import Points, Via
from flightward.advice.search import ANY, Found, Front, corners, different, front
from flightward.advice.situation import Situation
from flightward.encounters.agreed import Barrier
from flightward.encounters.zones import frozen
from flightward.kernels.hazard_along import Field, along
from flightward.kernels.path_search import Ask, Closed, Lattice
from flightward.model import F64, I64, NONE, Option, SiteBatch, ZoneBatch

LATER_MAX_S = 1_800.0
"""No way is looked for that arrives later than this after the earliest possible."""
LATER_SITE_S = 1_200.0
"""The same of a landing at another site."""
ENOUGH = 0.02
"""A search ends at a way of this hazard: less than one draw of 32 for half a minute."""
GAIN = 0.03
"""A later arrival must lower the hazard by this to be a point of the front."""
ROOM, ROOM_SURVIVE = 100_000, 400_000
"""Labels: about 50 and 220 ms at most. A search that is cut short has the front up to some delay, and no farther."""
HELPS = 0.6
"""Share of the hazard of flying on that a point of the front may have to be looked at."""
KEPT = 3
KEPT_SITES = 2
EVERY_M, EVERY_S = 1_250.0, 30.0
AHEAD_MAX_S = 3_300.0
SURVIVE_CELLS = 8
MOST_SITES_S = 3_000.0


@dataclasses.dataclass(frozen=True)
class Searcher:
    """What searches of one second share."""

    field: HazardField
    sites: SiteBatch
    zones: ZoneBatch
    windows: Sequence[Barrier]
    full: frozenset[int] = frozenset()

    def ways(self, s: Situation) -> list[Choice]:
        """Choices from the fronts of one situation; none where nothing can be searched."""
        if s.land_by_s <= s.rest[0, 0] or s.rest[0, 0] - self.field.made_s > AHEAD_MAX_S:
            return []
        height = float(s.rest[:, 3].max())
        bands = (band_of(height),)
        field = self.field.asked(bands)
        limit = HELPS * self._hazard(s.rest, field)
        to_end = self._to_end(s, field, height)
        out = self._choices(to_end, s, field, height, lambda _: (int(Option.REROUTE), NONE), KEPT, limit)
        usable = self._usable(s)
        if s.is_airborne and len(usable):
            to_site, site_of = self._to_sites(s, field, height, usable)
            out += self._choices(
                to_site, s, field, height, lambda cell: self._landing(s, site_of[cell]), KEPT_SITES, limit
            )
        return out

    def survivals(self, s: Situation) -> list[Choice]:
        """In the air until the forecast ends, with a site in reach then: for when nothing else is good."""
        usable = self._usable(s)
        if not s.is_airborne or not len(usable) or s.now_s - self.field.made_s > AHEAD_MAX_S:
            return []
        height = float(s.rest[:, 3].max())
        return self._survivals(s, self.field.asked((band_of(height),)), height, usable)

    def _usable(self, s: Situation) -> I64:
        return np.array([site for site in s.facts.site if int(site) not in self.full], dtype=np.int64)

    def _ask(self, s: Situation, lattice: Lattice, cell: int, cell_m: float, later_s: float) -> Ask:
        f, speed = s.facts, s.facts.cruise_mps
        quantum = cell_m / (speed * AXIS_Q)
        course = s.course_rad
        heading = ANY
        if not math.isnan(course) and not f.performance.is_rotor:
            heading = heading_of(lattice, math.sin(course), math.cos(course))
        lap = AXIS_Q if f.performance.is_rotor else math.ceil(max(240.0, f.craft.lap_least_s) / quantum)
        none = frozen(np.zeros(0, np.int64))
        return Ask(
            cell, 0, heading, float(s.rest[0, 0]) - self.field.made_s, quantum,
            turn_steps(f.performance, speed, cell_m), lap if s.is_airborne else 0, f.performance.is_rotor, -1,
            max(0, math.floor(later_s / quantum)), ENOUGH, GAIN, none, none, frozen(np.zeros(1, np.int64)),
        )

    def _closed(self, s: Situation, lattice: Lattice, height: float, cell: int) -> Closed:
        """Closed areas, and those whose minimum height is above what the type can climb to."""
        zones, high = barred(self.zones, s.facts.minima.declared, s.facts.performance.ceiling_m)
        windows = [*self.windows, *(Barrier(z, -math.inf, math.inf) for z in high)]
        return closed_moves(lattice, zones, windows, (height,), self.field.made_s, cell)

    def _to_end(self, s: Situation, field: Field, height: float) -> Front:
        """To the last point of the expected path."""
        here, end, speed = s.rest[0, 1:3], s.rest[-1, 1:3], s.facts.cruise_mps
        far_s = math.hypot(*(end - here)) / speed
        later_s = min(LATER_MAX_S, s.land_by_s - float(s.rest[0, 0]) - far_s)
        if later_s <= 0.0 or far_s > AHEAD_MAX_S:
            return Front((), True, 0.0, 0)
        lattice, cell, goal_cell = lattice_between(here, end, later_s * speed, spacing_m(s.facts.performance, speed))
        if cell == goal_cell:
            return Front((), True, 0.0, 0)
        goal = np.zeros(lattice.rows * lattice.columns, np.int8)
        goal[goal_cell] = 1
        ask = self._ask(s, lattice, cell, math.hypot(lattice.ie_m, lattice.in_m), later_s)
        return front(lattice, field, self._closed(s, lattice, height, cell), ask, goal, ROOM)

    def _to_sites(
        self, s: Situation, field: Field, height: float, usable: I64
    ) -> tuple[Front, dict[int, int]]:
        """To any site that the flight may use, and the site of each goal cell."""
        here, f = s.rest[0, 1:3], s.facts
        cell_m = spacing_m(f.performance, f.cruise_mps)
        least_s = float(np.min(np.hypot(self.sites.e_m[usable] - here[0], self.sites.n_m[usable] - here[1])))
        least_s /= f.cruise_mps
        reach_s = min(least_s + LATER_SITE_S, MOST_SITES_S, s.land_by_s - s.now_s)
        lattice, cell, _ = lattice_between(here, here, 2.0 * reach_s * f.cruise_mps, cell_m)
        site_of: dict[int, int] = {}
        goal = np.zeros(lattice.rows * lattice.columns, np.int8)
        for site in usable:
            at = cell_at(lattice, float(self.sites.e_m[site]), float(self.sites.n_m[site]))
            if at >= 0 and int(site) != f.destination and at not in site_of and at != cell:
                goal[at], site_of[at] = 1, int(site)
        if not site_of:
            return Front((), True, 0.0, 0), site_of
        ask = self._ask(s, lattice, cell, cell_m, reach_s - least_s)
        return front(lattice, field, self._closed(s, lattice, height, cell), ask, goal, ROOM), site_of

    def _survivals(self, s: Situation, field: Field, height: float, usable: I64) -> list[Choice]:
        """In the air until the forecast ends, where a site can still be reached then."""
        here, f = s.rest[0, 1:3], s.facts
        until_s = self.field.made_s + field.row_of.shape[1] * field.step_s
        spare_s = s.land_by_s - until_s
        if spare_s <= 0.0:
            return []
        reach_m = (until_s - s.now_s) * f.cruise_mps
        cell_m = max(spacing_m(f.performance, f.cruise_mps), reach_m / SURVIVE_CELLS)
        lattice, cell, _ = lattice_between(here, here, 2.0 * reach_m, cell_m)
        goal = np.zeros(lattice.rows * lattice.columns, np.int8)
        site_of: dict[int, int] = {}
        for at in range(len(goal)):  # a few hundred cells
            e, n = place(lattice, at)
            far = np.hypot(self.sites.e_m[usable] - e, self.sites.n_m[usable] - n)
            near = int(np.argmin(far))
            if far[near] <= 0.9 * spare_s * f.cruise_mps:
                goal[at], site_of[at] = 1, int(usable[near])
        ask = self._ask(s, lattice, cell, cell_m, until_s - s.now_s + cell_m / f.cruise_mps)
        end_q = math.ceil((until_s - s.now_s) / ask.quantum_s)
        ask = ask._replace(end_q=end_q, most_slack=end_q + 2 * AXIS_Q)
        found = front(
            lattice, field, self._closed(s, lattice, height, cell), ask, goal, ROOM_SURVIVE, is_guided=False
        )
        return self._choices(found, s, field, height, lambda at: self._landing(s, site_of[at]), 1, math.inf, True)

    def _landing(self, s: Situation, site: int) -> tuple[int, int]:
        """(option, site) of a landing there."""
        f = s.facts
        if site == f.departure and f.leaves_ground:
            return int(Option.TURN_BACK), site
        far_s = math.hypot(self.sites.e_m[site] - s.rest[0, 1], self.sites.n_m[site] - s.rest[0, 2]) / f.cruise_mps
        is_soon = f.performance.is_rotor and far_s <= LAND_SOON_S
        return int(Option.LAND if is_soon else Option.DIVERT), site

    def _choices(
        self, found: Front, s: Situation, field: Field, height: float, kind: Callable[[int], tuple[int, int]],
        most: int, limit: float, keeps_end: bool = False,
    ) -> list[Choice]:
        """The most different points of a front of at most that hazard as straightened choices."""
        out = []
        for point in different(tuple(p for p in found.points if p.hazard <= limit), most):
            option, site = kind(point.goal)
            choice, _ = self._straight(Choice(option, site=site), point, s, field, height, keeps_end)
            if choice is not None:
                out.append(choice)
        return out

    def _straight(
        self, choice: Choice, point: Found, s: Situation, field: Field, height: float, keeps_end: bool = False
    ) -> tuple[Choice | None, float]:
        """With as few places as can be without more hazard than the first drawing has; None if none can be flown."""
        vias = _vias(point.nodes, self.field.made_s, height, keeps_end)
        least = 1 if choice.option == Option.REROUTE else 0
        if len(vias) < least:  # the direct way: a place on it, for a way out without places is another one
            middle = 0.5 * (point.nodes[0, 1:3] + point.nodes[-1, 1:3])
            vias = ((float(middle[0]), float(middle[1]), height, 0.0),)
        best = choice._replace(vias=vias)
        route = self._allowed(best, s)
        hazard = math.inf if route is None else self._hazard(route, field)
        k = len(best.vias) if keeps_end else 0  # what only has to stay in the air is not made shorter
        while k < len(best.vias) and len(best.vias) > least:
            fewer = best._replace(vias=best.vias[:k] + best.vias[k + 1:])
            other = self._allowed(fewer, s)
            if other is not None and (more := self._hazard(other, field)) <= (
                hazard if route is not None else point.hazard
            ) + 1e-9:
                best, route, hazard = fewer, other, more
            else:
                k += 1
        return (None if route is None else best), hazard

    def _allowed(self, choice: Choice, s: Situation) -> Points | None:
        """The route, if it can be flown, is down in time and keeps out of closed areas."""
        route = route_of(choice, s, self.sites)
        if route is None or s.burnt_s(route) > s.land_by_s:
            return None
        _, later = closed_s([route], self.zones, self.windows)
        return route if later[0] <= 0.0 and keeps_minima(choice, route, s) else None

    def _hazard(self, route: Points, field: Field) -> float:
        t = frozen(route[:, 0] - self.field.made_s)
        e, n = frozen(route[:, 1]), frozen(route[:, 2])
        return float(along(field, t, e, n, frozen(np.zeros(len(t) - 1, np.int64)), EVERY_M, EVERY_S))


def _vias(nodes: F64, made_s: float, height_m: float, keeps_end: bool) -> tuple[Via, ...]:
    """The corners of a way but its start (and its end), as places; one at which it waits says until when."""
    kept = corners(nodes)
    out: list[Via] = []
    for i in range(1, len(kept)):
        is_same = bool(np.hypot(*(kept[i, 1:3] - kept[i - 1, 1:3])) < 1.0)
        if is_same:
            e, n = float(kept[i, 1]), float(kept[i, 2])
            if out and out[-1][:2] == (e, n):
                out.pop()
            out.append((e, n, height_m, made_s + float(kept[i, 0])))
        elif i < len(kept) - 1 or keeps_end:
            until_s = 0.0 if i < len(kept) - 1 else made_s + float(kept[i, 0])
            out.append((float(kept[i, 1]), float(kept[i, 2]), height_m, until_s))
    return tuple(out)
