"""Where a threatened flight stands: what its advice starts from, now or a little later."""

from __future__ import annotations

import dataclasses
import math

import numpy as np

from flightward.advice.minima import Ends, Minima, clear_part, own_part
from flightward.advice.performance import HOVER_BURN, Performance, cruise_mps, performance_of
from flightward.advice.routes import Craft, Points, after, at, points, until
from flightward.model import F64, I64, NONE, FlightStates, PlanState, Setup

AERODROMES = ("airport", "aerodrome", "airfield", "airbase")
HELIPADS = ("helipad", "heliport", "hospital", "landing_site", "helicopter_landing_site")
AT_SITE_M = 3_000.0
"""A plan that begins or ends within this of a site, and not much higher, begins or ends on it."""
AT_SITE_UP_M = 150.0
MOVING_MPS = 1.0
RESERVE_S = 1_200.0
"""Final reserve: 20 min for helicopters in sight of the ground (ICAO Annex 6); kept where the plan itself keeps it."""


@dataclasses.dataclass(frozen=True)
class FlightFacts:
    """What does not change about one protected flight: what it can do, and where it may land."""

    performance: Performance
    cruise_mps: float
    plan: Points
    site: I64
    is_alternate: F64
    departure: int
    destination: int
    departure_point: F64
    endurance_s: float
    category: int
    minima: Minima

    @property
    def leaves_ground(self) -> bool:
        """The plan begins on the ground of a known site."""
        return self.departure != NONE

    @property
    def craft(self) -> Craft:
        """How it is flown."""
        p, speed = self.performance, self.cruise_mps
        hold = p.hold_mps(speed)
        return Craft(
            speed, p.climb_mps, p.descent_mps, p.turn_radius_m(speed), hold, p.lap_least_s(hold), p.is_rotor
        )

    @property
    def lands(self) -> bool:
        """The plan ends on the ground of a known site."""
        return self.destination != NONE


def flight_facts(setup: Setup, flight: int) -> FlightFacts:
    """Gather them once per run. Sites: aerodromes; for helicopters helipads and hospitals too; alternates always."""
    plan = setup.flights.plan(flight)
    kinds = [(setup.names.text(int(k)) or "").lower() for k in setup.sites.kind]
    route = points(plan)
    departure, destination = _site_at(setup, route[0]), _site_at(setup, route[-1])
    touches = any(s != NONE and kinds[s] in HELIPADS for s in (departure, destination))
    performance = performance_of(setup.names.text(int(setup.flights.aircraft_type[flight])), plan, touches)
    f = setup.flights
    alternates = f.alternate[int(f.alternate_start[flight]):int(f.alternate_start[flight + 1])]
    usable = AERODROMES + (HELIPADS if performance.is_rotor else ())
    site = [s for s, kind in enumerate(kinds) if kind in usable or s in alternates]
    return FlightFacts(
        performance, min(cruise_mps(plan), performance.max_speed_mps), route, np.array(site, dtype=np.int64),
        np.array([float(s in alternates) for s in site]), departure, destination, route[0],
        _endurance_s(float(f.endurance_s[flight]), float(f.fuel_kg[flight]), performance), int(f.category[flight]),
        Minima(setup.minima),
    )


def _endurance_s(declared_s: float, fuel_kg: float, p: Performance) -> float:
    """What is declared; else what the fuel lasts in cruise; NaN if neither is known."""
    return fuel_kg / p.fuel_kgps if math.isnan(declared_s) else declared_s


def _site_at(setup: Setup, point: F64) -> int:
    """The nearest site on whose ground a point of a plan stands, or NONE."""
    sites = setup.sites
    if not len(sites):
        return NONE
    far = np.hypot(sites.e_m - point[1], sites.n_m - point[2])
    near = int(np.argmin(far))
    return near if far[near] <= AT_SITE_M and abs(sites.hae_m[near] - point[3]) <= AT_SITE_UP_M else NONE


@dataclasses.dataclass(frozen=True)
class Situation:
    """One flight at one time: `rest` is the way it is expected to fly, beginning now if it is in the air.

    known_s  when what is asked was known: now, also where a later moment is asked about.
    """

    flight: int
    now_s: float
    rest: Points
    is_airborne: bool
    land_by_s: float
    facts: FlightFacts
    before: Points
    sigma_h_m: float
    sigma_growth_mps: float
    known_s: float

    @property
    def here(self) -> F64:
        """(4,) where it is now, or where it stands before take-off."""
        return at(self.rest, self.now_s) if self.is_airborne else self.rest[0]

    @property
    def course_rad(self) -> float:
        """Course on the plane that it is expected to fly now; NaN on the ground, or while it waits."""
        step = self.rest[1] - self.rest[0] if len(self.rest) > 1 else np.zeros(4)
        moves = self.is_airborne and math.hypot(step[1], step[2]) > MOVING_MPS * step[0]
        return math.atan2(step[1], step[2]) if moves else math.nan

    def own_part(self, route: Points, lands: bool) -> Points:
        """What of a route must keep minimum heights; `lands`: it ends on the ground."""
        return own_part(route, self.rest, self._ends(route, lands))

    def clear_part(self, route: Points, lands: bool) -> Points:
        """What of a route is away from the ground that it leaves and lands on."""
        return clear_part(route, self._ends(route, lands))

    def _ends(self, route: Points, lands: bool) -> Ends:
        f = self.facts
        return Ends(f.departure_point[1:3] if f.leaves_ground else None, route[-1, 1:3] if lands else None)

    def burnt_s(self, route: Points) -> float:
        """When a route ends, later by what waiting on a spot burns more than cruise: to be compared with land_by_s."""
        step = np.diff(route, axis=0)
        still_s = step[np.hypot(step[:, 1], step[:, 2]) <= MOVING_MPS * step[:, 0], 0].sum()
        return float(route[-1, 0] + (HOVER_BURN - 1.0) * still_s)

    def later(self, dt_s: float) -> Situation | None:
        """The same flight `dt_s` later, on its expected way till then; None once that has ended."""
        now = self.now_s + dt_s
        if now >= self.rest[-1, 0]:
            return None
        return dataclasses.replace(
            self, now_s=now, rest=after(self.rest, now), is_airborne=self.is_airborne or now >= self.rest[0, 0],
            before=until(self.rest, now),
        )


def situation(states: FlightStates, flight: int, facts: FlightFacts) -> Situation | None:
    """What advice starts from; None where there is nothing to advise: landed, or no way known."""
    now = states.t_s
    path = states.path(flight)
    is_airborne = int(states.is_airborne[flight]) == 1 or (
        int(states.is_airborne[flight]) == NONE and len(path) > 1 and float(path.t_s[0]) <= now
    )
    if int(states.plan_state[flight]) == PlanState.ENDED or len(path) < 2:
        return None
    rest = points(path)
    if not np.isfinite(rest).all() or rest[-1, 0] <= now:
        return None
    if is_airborne:
        rest = after(rest, now)
        here = np.array([now, states.e_m[flight], states.n_m[flight], states.u_m[flight]])
        here = np.where(np.isnan(here), np.append(now, rest[0, 1:]), here)
        rest = np.vstack([here, rest[rest[:, 0] > now + 1e-6]])
    elif rest[0, 0] < now:
        rest = rest.copy()
        rest[:, 0] += now - rest[0, 0]
    sigma, growth = float(states.sigma_h_m[flight]), float(states.sigma_growth_mps[flight])
    return Situation(
        flight, now, rest, is_airborne, _land_by(facts, rest), facts, rest[:0],
        0.0 if math.isnan(sigma) else sigma, 0.0 if math.isnan(growth) else growth, now,
    )


def _land_by(facts: FlightFacts, rest: Points) -> float:
    """Latest landing: take-off (by plan, moved as the flight runs late) + endurance - reserve.

    The reserve is kept as far as the plan itself keeps it. Endurance unknown: the planned landing plus the reserve,
    for every flight carries at least that.
    """
    same_end = math.hypot(rest[-1, 1] - facts.plan[-1, 1], rest[-1, 2] - facts.plan[-1, 2]) < AT_SITE_M
    late_s = float(rest[-1, 0] - facts.plan[-1, 0]) if same_end else 0.0
    flown_s = float(facts.plan[-1, 0] - facts.plan[0, 0])
    takeoff_s = float(facts.plan[0, 0]) + max(0.0, late_s)
    if math.isnan(facts.endurance_s):
        return takeoff_s + flown_s + RESERVE_S
    reserve = min(RESERVE_S, max(0.0, facts.endurance_s - flown_s))
    return takeoff_s + facts.endurance_s - reserve
