"""The advice stage: which flights need a way out this second, and what is said to each.

A flight is searched when its worst level rises and then each SEARCH_EACH x `search_s`. Each `search_s` the options
shown are judged afresh, and searched anew (AGAIN_EACH x `search_s` after the last search) if the best no longer
works; at ADVISORY all this half as often. Each `repeat_s` they are drawn again from where the flight is then. A
search asks the same question of every way out (what is the chance of being caught on this route?) in one call: first
of a part of the ensemble, then, for the few that may be shown, of all of it.
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Sequence

import numpy as np

from flightward.advice.choices import CONTINUE, Choice, choices
from flightward.advice.judge import DECIDE_P, Judge, Judged
from flightward.advice.rank import chosen
from flightward.advice.situation import FlightFacts, Situation, flight_facts, situation
from flightward.config import Config
from flightward.model import (
    F64,
    NONE,
    AdviceBatch,
    Coverage,
    FlightStates,
    Hazard,
    Level,
    Option,
    RaidPicture,
    Setup,
    ThreatBatch,
    f64,
    i8,
    i64,
)

CAUGHT_HAZARDS = (int(Hazard.DRONE), int(Hazard.RAID), int(Hazard.ZONE))
SEARCH_EACH = 4
AGAIN_EACH = 2
ADVISORY_EACH = 2
SHORTLIST = 6
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


class Advice:
    """Options for threatened flights, second by second."""

    def __init__(self, setup: Setup, cfg: Config) -> None:
        self._setup = setup
        self._cfg = cfg
        self._facts: list[FlightFacts] = [flight_facts(setup, f) for f in range(len(setup.flights))]
        self._said: dict[int, _Said] = {}
        self._judge: Judge | None = None

    def step(
        self, t_s: float, states: FlightStates, threats: ThreatBatch, picture: RaidPicture, coverage: Coverage
    ) -> AdviceBatch | None:
        """Advice of one second: all options of each flight that is due; None where nothing new is to be said."""
        del coverage  # blindness is a hazard of its own; no way out is judged by it yet
        levels = threatened(threats)
        for flight in [f for f in self._said if f not in levels]:
            del self._said[flight]
        told = []
        for flight in sorted(levels):
            said = self._said.get(flight)
            if said is not None and said.level == levels[flight] and t_s - said.told_s < self._cfg.advice.repeat_s:
                continue
            s = situation(states, flight, self._facts[flight])
            if s is not None and self._tell(s, levels[flight], picture, said):
                told.append((flight, self._said[flight].rows))
        return self._batch(t_s, told) if told else None

    def _tell(self, s: Situation, level: int, picture: RaidPicture, said: _Said | None) -> bool:
        """Search anew or judge the same options again; False if there is nothing to say."""
        judge = self._judge
        if judge is None or not judge.is_of(picture.futures):
            judge = self._judge = Judge(self._setup, self._cfg, picture.futures)
        rows, searched, judged = self._renewed(judge, s, level, said)
        if not rows:
            rows, searched, judged = self._search(judge, s, said), s.now_s, s.now_s
        if not rows:
            return False
        self._said[s.flight] = _Said(level, s.is_airborne, searched, judged, s.now_s, rows)
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
        if s.now_s - said.judged_s < each_s or not rows:
            return rows, said.searched_s, said.judged_s
        fresh = judge.judged([j.choice for j in rows], s)
        stuck = not _works(fresh) and s.now_s - said.searched_s >= AGAIN_EACH * each_s
        if len(fresh) < len(rows) or stuck:
            return [], s.now_s, s.now_s
        kept = zip(fresh, rows, strict=True)
        renewed = [dataclasses.replace(new, decide_by_s=old.decide_by_s) for new, old in kept]
        return renewed, said.searched_s, s.now_s

    def _search(self, judge: Judge, s: Situation, said: _Said | None) -> list[Judged]:
        cfg = self._cfg.advice
        stay = judge.chances([s.rest], s)
        wanted = choices(s, self._setup.sites, float(stay.t_early_s[0]), float(stay.t_over_s[0]), cfg)
        old = _best(said)
        wanted += [j.choice for j in (said.rows if said is not None else ()) if j.choice not in wanted]
        screened = judge.judged(wanted, s, is_screening=True)
        short = chosen(screened, dataclasses.replace(cfg, keep=SHORTLIST), old, float(stay.p[0]))
        rows = chosen(judge.judged([j.choice for j in short], s), cfg, old)
        return judge.decided(rows, s, cfg.decide_max_s)

    def _batch(self, t_s: float, told: Sequence[tuple[int, list[Judged]]]) -> AdviceBatch:
        rows = [j for _, options in told for j in options]
        sizes = [len(j.route) for j in rows]
        flat = np.vstack([j.route for j in rows])
        return AdviceBatch(
            t_s=t_s, flight=i64([f for f, options in told for _ in options]),
            option=i8([j.choice.option for j in rows]),
            rank=i64([k for _, options in told for k in range(len(options))]), p_caught=f64([j.p for j in rows]),
            delay_s=f64([j.delay_s for j in rows]), extra_m=f64([j.extra_m for j in rows]),
            decide_by_s=f64([j.decide_by_s for j in rows]), site=i64([j.choice.site for j in rows]),
            course_rad=self._courses(rows), start=i64(np.concatenate([[0], np.cumsum(sizes)])),
            route_t_s=f64(flat[:, 0]), route_e_m=f64(flat[:, 1]), route_n_m=f64(flat[:, 2]), route_u_m=f64(flat[:, 3]),
        )

    def _courses(self, rows: Sequence[Judged]) -> F64:
        """True course of the first leg of those options that turn now; NaN for the others."""
        out = np.full(len(rows), np.nan)
        turning = [k for k, j in enumerate(rows) if j.choice.option in TURNS and len(j.route) > 1]
        if not turning:
            return out
        leg = np.array([rows[k].route[1] - rows[k].route[0] for k in turning])
        lat, lon = self._setup.frame.to_geodetic(
            f64([rows[k].route[0, 1] for k in turning]), f64([rows[k].route[0, 2] for k in turning])
        )
        _, convergence = self._setup.frame.scale_convergence(lat, lon)
        moves = np.hypot(leg[:, 1], leg[:, 2]) > 1.0
        course = (np.arctan2(leg[:, 1], leg[:, 2]) + convergence) % (2.0 * math.pi)
        out[turning] = np.where(moves, course, np.nan)
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
