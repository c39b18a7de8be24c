"""One picture of a step for all formats: tracks, raids, standing warnings and advised routes, in degrees and SI.

Warnings and advice come only when they change, so an `Observer` keeps what stands. A warning that was cleared is in the
next scene once more, as cleared, so that every sink can take it down.
"""

from __future__ import annotations

import dataclasses
import math
from typing import NamedTuple

import numpy as np

from flightward.model import (
    F64,
    NONE,
    AdviceBatch,
    Hazard,
    Integrity,
    Kind,
    Level,
    Option,
    RaidBatch,
    Setup,
    StepResult,
    TrackBatch,
    WarningBatch,
)
from flightward.sinks.marking import Mark
from flightward.wording import Reasons, advice_texts, crew_texts, flight_id, site_id, warning_id
from flightward.wording import quantities as q
from flightward.wording.ids import callsign, hazard_id, raid_id, site_title, track_id

CLEARED = 3
RAISED_MAX = 10_000


class TrackMark(NamedTuple):
    """A track. Unknown numbers are NaN, unknown words ""; hostile 1, 0 or NONE is what was declared."""

    id: str
    lat_deg: float
    lon_deg: float
    hae_m: float
    ve_mps: float
    vn_mps: float
    vu_mps: float
    sigma_h_m: float
    sigma_v_m: float
    kind: int
    p_kind: float
    p_exists: float
    p_hostile: float
    hostile: int
    identity: str
    flight_id: str
    raid_id: str
    age_s: float
    integrity: str


class RaidMark(NamedTuple):
    """A raid: its middle and its outline (P,) degrees."""

    id: str
    lat_deg: float
    lon_deg: float
    hae_m: float
    n_expected: float
    course_rad: float
    speed_mps: float
    arrivals_per_min: float
    since_s: float
    ring_lat_deg: F64
    ring_lon_deg: F64


class WarningMark(NamedTuple):
    """A warning that stands, or (is_cleared) that has just been cleared; where its flight or site is now."""

    id: str
    flight_id: str
    site_id: str
    name: str
    lat_deg: float
    lon_deg: float
    hae_m: float
    level: int
    hazard: str
    hazard_id: str
    raised_s: float
    predicted_caught_s: float
    cleared_s: float
    p: float
    text: str
    is_cleared: bool
    is_new: bool


class RouteMark(NamedTuple):
    """What is advised to a flight that is warned: an option, its rank (0 best), and its way if it has one (P,)."""

    flight_id: str
    name: str
    option: str
    text: str
    decide_by_s: float
    t_s: F64
    lat_deg: F64
    lon_deg: F64
    hae_m: F64
    rank: int = 0
    crew: str = ""

    @property
    def key(self) -> str:
        """The flight for its best option, "F1.option2" for the third."""
        return f"{self.flight_id}.option{self.rank}" if self.rank else self.flight_id


@dataclasses.dataclass(frozen=True)
class Scene:
    """One second, ready to be written. routes: the best option of each warned flight; options: its others."""

    t_s: float
    title: str
    mark: Mark
    tracks: tuple[TrackMark, ...] = ()
    raids: tuple[RaidMark, ...] = ()
    warnings: tuple[WarningMark, ...] = ()
    routes: tuple[RouteMark, ...] = ()
    options: tuple[RouteMark, ...] = ()


class Observer:
    """Scenes of one setup: `scene(result)` for every step, in order.

    shift_s is added to every time (not to the words): a recorded day can be played as if it were now.
    """

    def __init__(self, setup: Setup, mark: Mark, shift_s: float = 0.0) -> None:
        self.setup = self._setup = setup
        self.mark = self._mark = mark
        self.shift_s = shift_s
        self._reasons = Reasons(setup)
        self._standing: dict[int, tuple[WarningBatch, int, str]] = {}
        self._advice: dict[int, list[RouteMark]] = {}
        self._flight_of = {
            int(who): flight_id(setup, row) or "" for row, who in enumerate(setup.flights.identity) if who != NONE
        }

    def scene(self, result: StepResult) -> Scene:
        """The picture of one step. To be called for every step, for warnings are told by their changes."""
        changed = self._hear(result)
        if result.advice is not None:
            self._advise(result.advice, result)
        warnings = tuple(self._warning(k, result, k in changed) for k in self._standing)
        for number in [k for k, (batch, row, _) in self._standing.items() if batch.change[row] == CLEARED]:
            del self._standing[number]
        warned = {w.flight_id for w in warnings if not w.is_cleared}
        told = [r for marks in self._advice.values() for r in marks if r.flight_id in warned]
        return Scene(
            result.t_s + self.shift_s, self._setup.title, self._mark, self._tracks(result.tracks, result),
            self._raids(result),
            warnings, tuple(r for r in told if r.rank == 0), tuple(r for r in told if r.rank > 0),
        )  # fmt: skip

    def _hear(self, result: StepResult) -> set[int]:
        batch = result.warnings
        texts = self._reasons.warnings(batch) if len(batch) else []
        for row, text in enumerate(texts):
            self._standing[int(batch.warning[row])] = (batch, row, text)
        while len(self._standing) > RAISED_MAX:
            del self._standing[next(iter(self._standing))]
        return {int(k) for k in batch.warning}

    def _warning(self, number: int, result: StepResult, is_new: bool) -> WarningMark:
        batch, row, text = self._standing[number]
        setup = self._setup
        flight, site = int(batch.flight[row]), int(batch.site[row])
        lat, lon, hae = self._place(flight, site, result)
        hazard, reason = int(batch.hazard[row]), int(batch.reason[row])
        name = callsign(setup, flight) if flight != NONE else site_title(setup, site) if site != NONE else ""
        return WarningMark(
            warning_id(number) or "", flight_id(setup, flight) or "", site_id(setup, site) or "", name, lat, lon, hae,
            int(batch.level[row]), Hazard(hazard).word, hazard_id(hazard, int(batch.hazard_id[row]), reason,
            setup) or "",
            float(batch.raised_s[row]) + self.shift_s, float(batch.predicted_caught_s[row]) + self.shift_s,
            float(batch.cleared_s[row]) + self.shift_s,
            float(batch.p[row]), self._mark.text(f"{name}: {text}"), bool(batch.change[row] == CLEARED), is_new,
        )  # fmt: skip

    def _place(self, flight: int, site: int, result: StepResult) -> tuple[float, float, float]:
        """Latitude, longitude and height of a flight or site now; NaN unknown."""
        if flight != NONE:
            states = result.states
            e, n, u = states.e_m[flight], states.n_m[flight], states.u_m[flight]
        elif site != NONE:
            sites = self._setup.sites
            e, n, u = sites.e_m[site], sites.n_m[site], sites.hae_m[site]
        else:
            return math.nan, math.nan, math.nan
        lat, lon = self._degrees(np.array([e]), np.array([n]))
        return float(lat[0]), float(lon[0]), float(u)

    def _degrees(self, e_m: F64, n_m: F64) -> tuple[F64, F64]:
        lat, lon = self._setup.frame.to_geodetic(e_m, n_m)
        return np.degrees(lat), np.degrees(lon)

    def _tracks(self, batch: TrackBatch, result: StepResult) -> tuple[TrackMark, ...]:
        if not len(batch):
            return ()
        names = self._setup.names
        lat, lon = self._degrees(batch.e_m, batch.n_m)
        ve, vn = self._setup.frame.true_velocity(np.radians(lat), np.radians(lon), batch.ve_mps, batch.vn_mps)
        variance = np.array([(batch.cov[:, 0, 0] + batch.cov[:, 1, 1]) / 2.0, batch.cov[:, 2, 2]])
        sigma_h, sigma_v = np.sqrt(np.where(variance >= 0.0, variance, np.nan))
        kind = np.argmax(batch.p_class, axis=1)
        columns = zip(
            batch.track.tolist(), lat.tolist(), lon.tolist(), batch.u_m.tolist(), ve.tolist(), vn.tolist(),
            batch.vu_mps.tolist(), sigma_h.tolist(), sigma_v.tolist(), kind.tolist(),
            batch.p_class[np.arange(len(batch)), kind].tolist(), batch.p_exists.tolist(), batch.p_hostile.tolist(),
            batch.hostile.tolist(), batch.identity.tolist(), result.track_raid.tolist(), batch.age_s.tolist(),
            batch.integrity.tolist(), strict=True,
        )  # fmt: skip
        return tuple(
            TrackMark._make((
                track_id(c[0]) or "", *c[1:14], names.text(c[14]) or "", self._flight_of.get(c[14], ""),
                raid_id(c[15]) or "", c[16], Integrity(c[17]).word,
            ))
            for c in columns
        )  # fmt: skip

    def _raids(self, result: StepResult) -> tuple[RaidMark, ...]:
        batch: RaidBatch = result.picture.raids
        if not len(batch):
            return ()
        lat, lon = self._degrees(batch.e_m, batch.n_m)
        ve, vn = self._setup.frame.true_velocity(np.radians(lat), np.radians(lon), batch.ve_mps, batch.vn_mps)
        ring_lat, ring_lon = self._degrees(batch.extent_e_m, batch.extent_n_m)
        cuts = [slice(int(a), int(b)) for a, b in zip(batch.extent_start[:-1], batch.extent_start[1:], strict=True)]
        return tuple(
            RaidMark(
                raid_id(int(batch.raid[k])) or "", float(lat[k]), float(lon[k]), float(batch.u_m[k]),
                float(batch.n_expected[k]), math.atan2(ve[k], vn[k]) % (2.0 * math.pi), float(batch.speed_mps[k]),
                float(batch.arrivals_per_min[k]), float(batch.since_s[k]) + self.shift_s, ring_lat[cut], ring_lon[cut],
            )
            for k, cut in enumerate(cuts)
        )  # fmt: skip

    def _advise(self, batch: AdviceBatch, result: StepResult) -> None:
        """Keep the options of each flight that the batch names, best first."""
        texts = advice_texts(batch, self._setup, "en", result.states) if len(batch) else []
        crew = crew_texts(batch, self._setup, "en")
        for flight in set(batch.flight.tolist()):
            self._advice[flight] = []
        for row in np.argsort(batch.rank, kind="stable").tolist():
            flight = int(batch.flight[row])
            route = batch.route(row)
            lat, lon = self._degrees(route.e_m, route.n_m)
            self._advice[flight].append(RouteMark(
                flight_id(self._setup, flight) or "", callsign(self._setup, flight),
                Option(int(batch.option[row])).word,
                self._mark.text(texts[row]), float(batch.decide_by_s[row]) + self.shift_s,
                route.t_s + self.shift_s, lat, lon, route.u_m, int(batch.rank[row]), crew[row],
            ))  # fmt: skip


def age_words(track: TrackMark) -> str:
    """ "newest report 4 s ago", or that there is none."""
    return f"newest report {q.duration(track.age_s)} ago" if math.isfinite(track.age_s) else "no report of its position"


def motion_words(course_rad: float, speed_mps: float) -> str:
    """ "course 240° true, 97 kt"; unknown is said."""
    if not (math.isfinite(course_rad) and math.isfinite(speed_mps)):
        return "course and speed unknown"
    return f"course {q.course(course_rad)} true, {q.speed(speed_mps)}"


def level_word(level: int) -> str:
    """The word of a level."""
    return Level(level).word


def kind_word(kind: int) -> str:
    """The word of a kind."""
    return Kind(kind).word
