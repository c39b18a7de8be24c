"""What to do this minute: one plain instruction from the manoeuvre bands for each flight with drones near.

A flight in the air that a drone or a raid threatens within NEAR_S is asked which headings and heights keep it out of a
cylinder around every drone, all flying straight on: first the raid's cylinder if it is a raid, then that of a lone
drone. Of what is open, and leads into no closed or defended area, the least change that the type can fly is said. It
stays until it is no longer open or another is open where it was only a way back; what was shut just now counts as shut
for a while (BandMemory). After it the flight joins the best of its other options, or its plan. docs/design/bands.md.
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from flightward.advice.areas import barriers, closed_s
from flightward.advice.choices import CONTINUE, Choice, route_of
from flightward.advice.judge import Judge, Judged
from flightward.advice.near_open import (
    NEAR_S,
    TURN_STEP_RAD,
    WAY_OPEN,
    asked,
    drones_of,
    is_open,
    is_shut,
    near_hazards,
    open_courses,
    open_levels,
    own_state,
)
from flightward.advice.near_routes import (
    after_it,
    levelled,
    limits_of,
    manoeuvre,
    still_to_turn_rad,
    turned,
)
from flightward.advice.routes import Points, joined, length_m
from flightward.advice.situation import FlightFacts, Situation
from flightward.advice.waits import waits
from flightward.config import Config
from flightward.encounters import BandBatch, BandMemory, Guidance, clear_ways
from flightward.kernels.keep_clear import HEADING, HEIGHT
from flightward.model import (
    F64,
    NONE,
    FlightStates,
    Hazard,
    Instruction,
    Option,
    Setup,
    ThreatBatch,
    TrackBatch,
    ZoneKind,
    f64,
    i8,
)

MEMORY_OF = {int(Hazard.RAID): "DRONE_RAID", int(Hazard.DRONE): "DRONE_LONE"}
N_SIGMA = 2.0
"""The cylinder grows by so many standard deviations of where both are."""
MARGIN_H_M, MARGIN_V_M = 100.0, 15.0
"""And by this: bands are worked out in steps, and nobody flies to the metre."""
STAY_S = 10.0
"""An instruction changes its kind (left, right, up, down) when another takes this much less time."""
BETTER_P = 0.05
"""Another option comes first if its remaining chance is lower by this."""


@dataclasses.dataclass(frozen=True)
class Said:
    """One instruction: turn to a course of the plane, or go to a height; what it keeps clear by, NaN: a way back."""

    what: int
    course_rad: float
    to_rad: float
    level_m: float
    clear_m: float
    change_s: float

    def is_same(self, other: Said) -> bool:
        """It asks for the same, to half a degree."""
        off = abs((self.course_rad - other.course_rad + math.pi) % (2.0 * math.pi) - math.pi)
        return self.what == other.what and (self.level_m == other.level_m or off < 0.01)


@dataclasses.dataclass(frozen=True)
class NearJudged(Judged):
    """An instruction as an option among the others."""

    said: Said | None = None
    then: int = NONE
    """The option that it joins; NONE: back to the plan."""

    @property
    def is_now(self) -> bool:
        """It is an instruction for this minute."""
        return True


class NearWays:
    """Instructions, second by second."""

    def __init__(self, setup: Setup, cfg: Config, facts: Sequence[FlightFacts]) -> None:
        self._setup = setup
        self._cfg = cfg
        self._facts = list(facts)
        self._said: dict[int, Said] = {}
        self._joined: dict[int, Choice] = {}
        self._memory = {kind: BandMemory(name) for kind, name in MEMORY_OF.items()}
        self._changed: set[int] = set()

    def step(self, t_s: float, states: FlightStates, threats: ThreatBatch, tracks: TrackBatch | None) -> None:
        """Work out the instruction of every flight that needs one; forget the others."""
        before, self._said = self._said, {}
        near = near_hazards(threats) if tracks is not None else {}
        for flight, hazard in sorted(near.items()):
            if int(states.is_airborne[flight]) == 1 and tracks is not None:
                found = self._found(t_s, flight, hazard, states, tracks)
                old = before.get(flight)
                if found:
                    self._said[flight] = _kept(found, old)
        self._changed = {
            f for f in self._said.keys() | before.keys()
            if f not in self._said or f not in before or not self._said[f].is_same(before[f])
        }  # fmt: skip
        self._joined = {f: choice for f, choice in self._joined.items() if f in self._said}

    def is_changed(self, flight: int) -> bool:
        """The instruction of this flight came, went or became another one this second."""
        return flight in self._changed

    def among(self, rows: Sequence[Judged], s: Situation, judge: Judge, keep: int) -> list[Judged]:
        """The options with the instruction after those that leave clearly less chance; the last make room."""
        said = self._said.get(s.flight)
        if said is None or not s.is_airborne:
            return list(rows)
        found = self._ways_on(rows, s, judge, manoeuvre(said.what, said.course_rad, said.level_m, s, NEAR_S))
        if not found:
            return list(rows)
        chance = judge.chances([route for _, route in found], s)
        k = self._best_on(s.flight, [choice for choice, _ in found], chance.p)
        (then, route), p = found[k], float(chance.p[k])
        option = Option.REROUTE if math.isnan(said.level_m) else Option.LEVEL
        later_s, more_m = float(route[-1, 0] - s.rest[-1, 0]), length_m(route) - length_m(s.rest)
        row = NearJudged(
            Choice(int(option), then.site, level_m=said.level_m), route, p, math.nan, max(0.0, later_s),
            max(0.0, more_m), 0.0, 0.0, 0.0, s.now_s, t_to_s=float(chance.t_first_s[k]) - s.now_s, said=said,
            then=NONE if then == CONTINUE else then.option,
        )  # fmt: skip
        mine = judge.declared([row], s)
        # what clearly leaves less chance stands before it: this only keeps clear for the next minutes
        at = sum(1 for j in rows if j.choice != CONTINUE and j.p < p - BETTER_P)
        out = [*rows[:at], *mine, *rows[at:]]
        spare = [k for k, j in enumerate(out) if j.choice != CONTINUE]
        drop = set(spare[max(0, len(spare) - max(0, len(out) - keep)):]) if len(out) > keep else set()
        return [j for k, j in enumerate(out) if k not in drop]

    def _ways_on(self, rows: Sequence[Judged], s: Situation, judge: Judge, go: Points) -> list[tuple[Choice, Points]]:
        """How the flight may go on after an instruction, the plan first: routes from now that break no hard limit."""
        then = after_it(go, s)
        drawn = [(CONTINUE, then.rest)]
        for j in rows:
            route = route_of(j.choice, then, self._setup.sites) if j.choice != CONTINUE else None
            # another flight may be told of the hold that lies there
            is_held = self._cfg.advice.hold_capacity > 0 and route is not None and bool(waits(route))
            if route is not None and len(route) and not is_held:
                drawn.append((j.choice, route))
        out = [(c, joined(go, r)) for c, r in judge.allowed(drawn, then)[0]]
        back = self._kept_high(out[0][1], s)
        return out[1:] if back is None else [(CONTINUE, back), *out[1:]]

    def _best_on(self, flight: int, wanted: Sequence[Choice], p: F64) -> int:
        """The way on that was told last, else the plan, else the best option, of those that leave little more than the
        least chance."""
        good = [k for k in range(len(wanted)) if p[k] <= np.nanmin(p) + BETTER_P] or [0]
        k = next((k for k in good if wanted[k] == self._joined.get(flight)), good[0])
        self._joined[flight] = wanted[k]
        return k

    def _kept_high(self, route: Points, s: Situation) -> Points | None:
        """The way of an instruction and back to the plan, lifted to declared minimum heights; None if it breaks one."""
        minima, land = s.facts.minima, s.facts.lands
        if not minima:
            return route
        out = minima.lifted(route, s.own_part(route, land), s.facts.craft, land)
        return out if minima.is_kept(s.own_part(out, land), s.facts.performance.climb_mps, float(out[0, 0])) else None

    def _found(
        self, t_s: float, flight: int, hazard: int, states: FlightStates, tracks: TrackBatch
    ) -> list[tuple[int, Said]]:
        """All that may be said, the best first: (WAY_OPEN or WAY_BACK, instruction)."""
        own = own_state(states, flight)
        if own is None:
            return []
        limits = limits_of(self._facts[flight], own)
        drones, sigma = drones_of(tracks, int(states.track[flight]))
        own_sigma = float(np.nan_to_num(states.sigma_h_m[flight]))
        found: list[tuple[int, Said]] = []
        for kind, d_m, z_m in asked(self._cfg.caught, hazard):
            wide = d_m + MARGIN_H_M + N_SIGMA * np.hypot(sigma[:, 0], own_sigma)
            high = z_m + MARGIN_V_M + N_SIGMA * sigma[:, 1]
            ways = clear_ways(own, drones, wide, high, limits, NEAR_S, (HEADING, HEIGHT))
            kept = self._memory[kind].update(t_s, np.array([flight], np.int64), ways)
            if is_open(ways, 0, float(ways.value[0])) and is_open(kept, 0, float(ways.value[0])):
                return []  # straight on it keeps clear, and did so just now
            found = self._allowed(t_s, flight, own, limits, ways, d_m)
            found = [one for one in found if self._was_open(kept, one[1])] or found
            if found and found[0][0] == WAY_OPEN:
                break
        return found

    def _allowed(
        self, t_s: float, flight: int, own: F64, limits: Guidance, ways: BandBatch, d_m: float
    ) -> list[tuple[int, Said]]:
        turns = [(way, what, course) for way, what, course in open_courses(ways, self._convergence(own))]
        speed, here = float(np.hypot(own[3], own[4])), float(ways.value[0])
        levels = open_levels(ways, limits, self._least_m(flight, _leg(t_s, own, here, math.nan, limits, speed)))
        tracks = [_leg(t_s, own, course, math.nan, limits, speed) for _, _, course in turns]
        tracks += [_leg(t_s, own, here, level, limits, speed) for _, _, level in levels]
        is_free = self._free(t_s, flight, tracks, _leg(t_s, own, here, math.nan, limits, speed))
        is_free = self._high_enough(t_s, flight, own, limits, [*turns, *levels], is_free)
        free = {(what, round(course, 6)) for (_, what, course), ok in zip(turns, is_free, strict=False) if ok}
        out = []
        for (way, what, course), ok in zip(turns, is_free, strict=False):
            if ok:
                clear = d_m if way == WAY_OPEN else math.nan
                turn_s = still_to_turn_rad(what, here, course) / limits.turn_radps
                out.append((way, Said(what, course, _farthest(what, course, free), math.nan, clear, turn_s)))
        for (way, what, level), ok in zip(levels, is_free[len(turns):], strict=True):
            if ok:
                clear = d_m if way == WAY_OPEN else math.nan
                climb_s = abs(level - float(own[2])) / limits.height_rate_mps
                out.append((way, Said(what, math.nan, math.nan, level, clear, climb_s)))
        return sorted(out, key=lambda one: (one[0], one[1].change_s, one[1].what))

    def _was_open(self, kept: BandBatch, said: Said) -> bool:
        """What is open now was not shut in most of the last seconds."""
        is_turn = math.isnan(said.level_m)
        return not is_shut(kept, 0 if is_turn else 1, said.course_rad if is_turn else said.level_m)

    def _convergence(self, own: F64) -> float:
        """True course less plane course here."""
        lat, lon = self._setup.frame.to_geodetic(f64([own[0]]), f64([own[1]]))
        return float(self._setup.frame.scale_convergence(lat, lon)[1][0])

    def _free(self, t_s: float, flight: int, legs: Sequence[Points], ahead: Points) -> list[bool]:
        """Which legs cross no closed or defended area for longer than flying straight on does."""
        windows = barriers(self._setup.zones, self._setup.agreed, t_s, flight, self._facts[flight].category)
        routes = [ahead, *legs]
        kinds = (ZoneKind.CLOSED, ZoneKind.DEFENDED)
        crossed = np.column_stack([np.add(*closed_s(routes, self._setup.zones, windows, kind)) for kind in kinds])
        return [bool((crossed[k + 1] <= crossed[0]).all()) for k in range(len(legs))]

    def _least_m(self, flight: int, leg: Points) -> float:
        """The highest minimum height on a leg; -inf none is declared."""
        minima = self._facts[flight].minima
        return float(minima.highest([leg])[0]) if minima else -math.inf

    def _high_enough(
        self, t_s: float, flight: int, own: F64, limits: Guidance, wanted: Sequence[tuple[int, int, float]],
        is_free: Sequence[bool],
    ) -> list[bool]:
        """Which of those that are free keep declared minimum heights, as they are flown: who is under one climbs."""
        minima, climb_mps = self._facts[flight].minima, self._facts[flight].performance.climb_mps
        if not minima:
            return list(is_free)
        here, speed = np.array([t_s, *own[:3]]), max(float(np.hypot(own[3], own[4])), 1.0)
        heading, rate = math.atan2(own[3], own[4]), limits.height_rate_mps
        out = []
        for (_, what, to), free in zip(wanted, is_free, strict=True):
            if what in (Instruction.TURN_LEFT, Instruction.TURN_RIGHT):
                way = turned(here, heading, what, to, speed, limits.turn_radps, NEAR_S)
            else:
                way = levelled(here, heading, to, speed, rate, NEAR_S)
            out.append(free and minima.is_kept(joined(way), min(climb_mps, rate)))
        return out

    def columns(self, rows: Sequence[Judged], course_rad: F64) -> dict[str, Any]:
        """The columns of AdviceBatch that carry instructions; course_rad is that of all rows, theirs put in."""
        said = [j.said if isinstance(j, NearJudged) else None for j in rows]
        course = course_rad.copy()
        to = np.full(len(rows), np.nan)
        for k, one in enumerate(said):
            if one is not None:
                turn = self._convergence(rows[k].route[0][[1, 2]])
                course[k] = (one.course_rad + turn) % (2.0 * math.pi) if math.isnan(one.level_m) else math.nan
                to[k] = (one.to_rad + turn) % (2.0 * math.pi)
        return {
            "course_rad": f64(course), "instruction": i8([NONE if x is None else x.what for x in said]),
            "course_to_rad": f64(to), "level_m": f64([math.nan if x is None else x.level_m for x in said]),
            "clear_m": f64([math.nan if x is None else x.clear_m for x in said]),
            "then": i8([j.then if isinstance(j, NearJudged) else NONE for j in rows]),
        }  # fmt: skip


def _leg(t_s: float, own: F64, course_rad: float, level_m: float, limits: Guidance, speed_mps: float) -> Points:
    """Straight on a course for NEAR_S, at once, and at the height that is gone to in the end."""
    u = own[2] if math.isnan(level_m) else level_m
    go = speed_mps * NEAR_S
    out: Points = np.array([
        [t_s, own[0], own[1], own[2]], [t_s + 1.0, own[0], own[1], u],
        [t_s + NEAR_S, own[0] + go * math.sin(course_rad), own[1] + go * math.cos(course_rad), u],
    ])  # fmt: skip
    return out


def _farthest(what: int, course_rad: float, free: set[tuple[int, float]]) -> float:
    """As far as one may turn beyond that course, through open ones only."""
    step = TURN_STEP_RAD if what == Instruction.TURN_RIGHT else -TURN_STEP_RAD
    out = course_rad
    while (what, round((out + step) % (2.0 * math.pi), 6)) in free:
        out = (out + step) % (2.0 * math.pi)
    return out


def _kept(found: Sequence[tuple[int, Said]], old: Said | None) -> Said:
    """The old instruction while it is open, else its kind if that takes little more than the best; never a way back
    where another is open."""
    best = [said for way, said in found if way == found[0][0]]
    if old is not None:
        for said in best:
            if said.is_same(old):
                return said
        alike = next((said for said in best if said.what == old.what), best[0])
        if alike.change_s <= best[0].change_s + STAY_S:
            return alike
    return best[0]
