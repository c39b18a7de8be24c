"""The advice stage: which flights need a way out this second, and what is said to each.

A flight is searched when its worst level rises and then each SEARCH_EACH x `search_s`. Each `search_s` the options
shown are judged afresh, and searched anew (AGAIN_EACH x `search_s` after the last search) if the best no longer
works; at ADVISORY all this half as often. Each `repeat_s` they are drawn again from where the flight is then. A
search asks the same question of every way out (what is the chance of being caught on this route?) in one call: first
of a part of the ensemble, then, for the few that may be shown, of all of it. From CAUTION on, where going on is not
good, ways through space and time are searched too. A site is not told to more flights than it takes.
"""

from __future__ import annotations

import dataclasses
import math
from collections import Counter
from collections.abc import Sequence
from typing import Any

import numpy as np

from flightward.advice.areas import barriers
from flightward.advice.choices import CONTINUE, Choice, choices
from flightward.advice.hazard import HazardField, hazard_field
from flightward.advice.judge import DECIDE_P, ROUGH_H_M, Judge, Judged
from flightward.advice.near import NearWays
from flightward.advice.rank import Changed, changed, chosen
from flightward.advice.routes import first_course
from flightward.advice.situation import FlightFacts, Situation, flight_facts, situation
from flightward.advice.waits import Room, is_full
from flightward.advice.ways import Searcher
from flightward.config import Config
from flightward.model import (
    F64,
    NONE,
    AdviceBatch,
    Coverage,
    FlightStates,
    Futures,
    Hazard,
    Level,
    Option,
    RaidPicture,
    Setup,
    ThreatBatch,
    TrackBatch,
    f64,
    i8,
    i64,
)

CAUGHT_HAZARDS = (int(Hazard.DRONE), int(Hazard.RAID), int(Hazard.ZONE))
SEARCH_EACH = 4
AGAIN_EACH = 2
ADVISORY_EACH = 2
SHORTLIST = 6
BOUND_S, STAYS_S = 3_600.0, 1_800.0
"""Who lands by his plan within the first of now takes a place there, and until so long after it: how far ahead ways out
reach, and an assumed turnaround."""
CHANGE_TOLD_S = 60.0
"""So long it is said why the best option is another one."""
TURNS = (int(Option.DIVERT), int(Option.LAND), int(Option.TURN_BACK), int(Option.REROUTE))


@dataclasses.dataclass
class _Said:
    """What one flight was told last."""

    level: int
    is_airborne: bool
    searched_s: float
    judged_s: float
    told_s: float
    rows: list[Judged]
    change: Changed | None


class Advice:
    """Options for threatened flights, second by second."""

    def __init__(self, setup: Setup, cfg: Config) -> None:
        self._setup = setup
        self._cfg = cfg
        self._facts: list[FlightFacts] = [flight_facts(setup, f) for f in range(len(setup.flights))]
        self._said: dict[int, _Said] = {}
        self._judge: Judge | None = None
        self._near = NearWays(setup, cfg, self._facts)
        self._field: HazardField | None = None
        self._field_made_s = -math.inf

    def step(
        self, t_s: float, states: FlightStates, threats: ThreatBatch, picture: RaidPicture, coverage: Coverage,
        tracks: TrackBatch | None = None,
    ) -> AdviceBatch | None:
        """Advice of one second: all options of each flight that is due; None where nothing new is to be said.

        Without `tracks` there are no instructions for what is near.
        """
        del coverage  # blindness is a hazard of its own; no way out is judged by it yet
        self._near.step(t_s, states, threats, tracks)
        levels = threatened(threats)
        for flight in [f for f in self._said if f not in levels]:
            del self._said[flight]
        told = []
        for flight in sorted(levels):
            said = self._said.get(flight)
            is_due = said is None or said.level != levels[flight] or t_s - said.told_s >= self._cfg.advice.repeat_s
            if not is_due and not self._near.is_changed(flight):
                continue
            s = situation(states, flight, self._facts[flight])
            if s is not None and self._tell(s, levels[flight], picture, said):
                rows = self._said[flight].rows
                if self._judge is not None:
                    rows = self._near.among(rows, s, self._judge, self._cfg.advice.keep)
                told.append((flight, rows))
        return self._batch(t_s, told) if told else None

    def _tell(self, s: Situation, level: int, picture: RaidPicture, said: _Said | None) -> bool:
        """Search anew or judge the same options again; False if there is nothing to say."""
        judge = self._judge
        if judge is None or not judge.is_of(picture.futures):
            judge = self._judge = Judge(self._setup, self._cfg, picture.futures)
        rows, searched, judged = self._renewed(judge, s, level, said)
        change = None if said is None else said.change
        if not rows:
            searched, judged = s.now_s, s.now_s
            rows, new_change = self._search(judge, s, level, said, picture.futures)
            change = new_change or change
        if not rows:
            return False
        self._said[s.flight] = _Said(level, s.is_airborne, searched, judged, s.now_s, rows, change)
        return True

    def _renewed(
        self, judge: Judge, s: Situation, level: int, said: _Said | None
    ) -> tuple[list[Judged], float, float]:
        """The options of last time as they are now, when they were searched and judged; no rows: search anew."""
        cfg = self._cfg.advice
        each_s = cfg.search_s if level >= Level.CAUTION else ADVISORY_EACH * cfg.search_s
        if (
            said is None or level > said.level or s.is_airborne != said.is_airborne
            or s.now_s - said.searched_s >= SEARCH_EACH * each_s
        ):
            return [], s.now_s, s.now_s
        rows = judge.redrawn(said.rows, s)
        if len(self._with_room(rows, s.flight)) < len(rows):
            return [], s.now_s, s.now_s
        if s.now_s - said.judged_s < each_s or not rows:
            return rows, said.searched_s, said.judged_s
        fresh = judge.judged([j.choice for j in rows], s)
        stuck = not _works(fresh) and s.now_s - said.searched_s >= AGAIN_EACH * each_s
        if len(fresh) < len(rows) or stuck:
            return [], s.now_s, s.now_s
        kept = zip(fresh, rows, strict=True)
        renewed = [dataclasses.replace(new, decide_by_s=old.decide_by_s) for new, old in kept]
        return renewed, said.searched_s, s.now_s

    def _search(
        self, judge: Judge, s: Situation, level: int, said: _Said | None, futures: Futures | None
    ) -> tuple[list[Judged], Changed | None]:
        """At most `keep` options, best first, and why the best one is another one than before."""
        cfg = self._cfg.advice
        stay, full = judge.chances([s.rest], s), self._full_sites(s.flight, s.now_s)
        wanted = choices(s, self._setup.sites, float(stay.t_early_s[0]), float(stay.t_over_s[0]), cfg)
        is_good = level < Level.CAUTION or stay.p[0] <= cfg.accept_p
        searcher = None if is_good else self._searcher(judge, s, futures, full)
        if searcher is not None:
            wanted += [c for c in searcher.ways(s) if c not in wanted]
        old = _best(said)
        wanted += [j.choice for j in (said.rows if said is not None else ()) if j.choice not in wanted]
        wanted = [c for c in wanted if c.site not in full]
        judged = judge.judged(wanted, s, is_screening=True)
        screened = self._with_room(judged, s.flight)
        if searcher is not None and all(j.p > DECIDE_P for j in screened if j.choice != CONTINUE):
            screened += self._with_room(judge.judged(searcher.survivals(s), s, is_screening=True), s.flight)
        short = chosen(screened, dataclasses.replace(cfg, keep=SHORTLIST), old, float(stay.p[0]))
        rows = chosen(judge.judged([j.choice for j in short], s), cfg, old)
        was = None if said is None else said.rows[0]
        is_full = was is not None and (was.choice.site in full or any(j.choice == was.choice for j in judged))
        why = changed(s.now_s, was, rows, screened, is_full, cfg.accept_p)
        return judge.decided(rows, s, cfg.decide_max_s), why

    def _with_room(self, rows: Sequence[Judged], flight: int) -> list[Judged]:
        """Those that wait nowhere beyond the capacity of a hold: each flight that is told of a wait counts one."""
        cfg = self._cfg.advice
        if cfg.hold_capacity <= 0:
            return list(rows)
        room = Room(cfg.hold_capacity, cfg.hold_apart_m, cfg.hold_above_m)
        others = [[j.route for j in said.rows] for other, said in self._said.items() if other != flight]
        return [j for j in rows if j.choice == CONTINUE or not is_full(j.route, others, room)]

    def _full_sites(self, flight: int, now_s: float) -> frozenset[int]:
        """Sites that take no more: those that other flights are told of, or are bound for by their own plans (due
        within BOUND_S, or down for less than STAYS_S), count as theirs, one each. Where a flight's own plan ends is
        not asked: `continue` leads there."""
        whose: Counter[int] = Counter()
        for other, facts in enumerate(self._facts):
            if other != flight:
                said = self._said.get(other)
                told = set() if said is None else {j.choice.site for j in said.rows}
                is_due = -STAYS_S <= float(facts.plan[-1, 0]) - now_s <= BOUND_S
                whose.update((told | ({facts.destination} if is_due else set())) - {NONE})
        capacity = self._setup.sites.capacity
        return frozenset(site for site in range(len(capacity)) if 0 <= capacity[site] <= whose[site])

    def _searcher(
        self, judge: Judge, s: Situation, futures: Futures | None, full: frozenset[int]
    ) -> Searcher | None:
        """Of ways through space and time; the hazard that they are searched in is made anew each `search_s` at most."""
        if s.now_s - self._field_made_s >= self._cfg.advice.search_s:
            self._field_made_s = s.now_s
            self._field = hazard_field(
                futures, judge.boxes, self._setup.zones, s.now_s, self._cfg.caught, ROUGH_H_M, self._setup.radius_m
            )
        if self._field is None:
            return None
        windows = barriers(self._setup.zones, self._setup.agreed, s.known_s, s.flight, s.facts.category)
        return Searcher(self._field, self._setup.sites, self._setup.zones, windows, full)

    def _batch(self, t_s: float, told: Sequence[tuple[int, list[Judged]]]) -> AdviceBatch:
        rows = [j for _, options in told for j in options]
        sizes = [len(j.route) for j in rows]
        flat = np.vstack([j.route for j in rows])
        return AdviceBatch(
            t_s=t_s, flight=i64([f for f, options in told for _ in options]),
            option=i8([j.choice.option for j in rows]),
            rank=i64([k for _, options in told for k in range(len(options))]),
            p_caught=f64([self._told(j) for j in rows]),
            delay_s=f64([j.delay_s for j in rows]), extra_m=f64([j.extra_m for j in rows]),
            decide_by_s=f64([j.decide_by_s for j in rows]), site=i64([j.choice.site for j in rows]),
            start=i64(np.concatenate([[0], np.cumsum(sizes)])),
            agreed=i64([j.agreed for j in rows]), minimum=i8([j.minimum for j in rows]),
            route_t_s=f64(flat[:, 0]), route_e_m=f64(flat[:, 1]), route_n_m=f64(flat[:, 2]), route_u_m=f64(flat[:, 3]),
            **self._near.columns(rows, self._courses(rows)), **self._changes(t_s, told),
        )

    def _changes(self, t_s: float, told: Sequence[tuple[int, list[Judged]]]) -> dict[str, Any]:
        """Why the best option of each flight is another one, in its row; an instruction for this minute is none."""
        found: list[Changed | None] = []
        for flight, options in told:
            change = self._said[flight].change
            first = next((j for j in options if not j.is_now), None)
            is_told = change is not None and first is not None and first.choice == change.new
            is_told = is_told and change is not None and t_s - change.at_s <= CHANGE_TOLD_S
            found += [change if is_told and j is first else None for j in options]
        return {
            "change": i8([NONE if c is None else c.why for c in found]),
            "before": i8([NONE if c is None else c.old.choice.option for c in found]),
            "before_site": i64([NONE if c is None else c.old.choice.site for c in found]),
            "before_p": f64([math.nan if c is None else self._told(c.old) for c in found]),
        }

    def _told(self, j: Judged) -> float:
        return j.p_told if self._cfg.threats.is_calibrated else j.p

    def _courses(self, rows: Sequence[Judged]) -> F64:
        """True course of the first leg of those options that turn now; NaN for the others."""
        out = np.full(len(rows), np.nan)
        turning = [k for k, j in enumerate(rows) if j.choice.option in TURNS and len(j.route) > 1]
        if not turning:
            return out
        course = np.array([first_course(rows[k].route, rows[k].radius_m) for k in turning])
        lat, lon = self._setup.frame.to_geodetic(
            f64([rows[k].route[0, 1] for k in turning]), f64([rows[k].route[0, 2] for k in turning])
        )
        _, convergence = self._setup.frame.scale_convergence(lat, lon)
        out[turning] = (course + convergence) % (2.0 * math.pi)
        return out


def threatened(threats: ThreatBatch) -> dict[int, int]:
    """Worst level of each flight that needs a way out: a drone, raid or zone from ADVISORY on, closed airspace from
    CAUTION on."""
    out: dict[int, int] = {}
    level = threats.level
    is_caught = np.isin(threats.hazard, CAUGHT_HAZARDS) & (level >= Level.ADVISORY) & (level != Level.BLIND)
    is_closed = (threats.hazard == Hazard.CLOSED_AREA) & (level >= Level.CAUTION)
    for row in np.flatnonzero((is_caught | is_closed) & (threats.flight != NONE)):
        flight = int(threats.flight[row])
        out[flight] = max(out.get(flight, 0), int(level[row]))
    return out


def _best(said: _Said | None) -> Choice | None:
    """The best way out that was told last, other than continuing."""
    return None if said is None else next((j.choice for j in said.rows if j.choice != CONTINUE), None)


def _works(rows: Sequence[Judged]) -> bool:
    """The best option still is one: it works, or is to go on because nothing else is better."""
    return rows[0].p <= DECIDE_P or (rows[0].choice == CONTINUE and len(rows) == 1)
