"""The threats stage: the air picture and the raids of one second in, levels, rows and warnings out."""

from __future__ import annotations

import numpy as np

from flightward.config import Config
from flightward.encounters import CaughtChance, PathBatch, believed, by_newcomers
from flightward.model import (
    F64,
    I8,
    NONE,
    AreaAlertBatch,
    AreaOutlook,
    Coverage,
    FlightChances,
    FlightStates,
    Level,
    PlanState,
    RaidPicture,
    Setup,
    ThreatPicture,
    TrackBatch,
)
from flightward.model.gnss import GnssAreaBatch
from flightward.threats import rows
from flightward.threats.areas import Areas, Stays
from flightward.threats.blind import Blindness
from flightward.threats.chance import Far
from flightward.threats.flights import FlightWatch
from flightward.threats.levels import Levels
from flightward.threats.lost import LostHazards, LostSites
from flightward.threats.near import Near, NearPart
from flightward.threats.rows import HAZARDS, LONE, RAID, ZONE
from flightward.threats.sites import Sites
from flightward.threats.warnings import Over, Warnings
from flightward.threats.waypoints import Waypoints

AREAS_REFRESH_S = 10.0
FORECAST_S = 3_600.0
CAUSES = ("raid", "lone", "zone", "any")
"""In the order of rows.RAID, rows.LONE, rows.ZONE; then any of them."""


class Threats:
    """Keeps flights, levels and warnings; `step` once per second, with rising times."""

    def __init__(self, setup: Setup, cfg: Config) -> None:
        n = len(setup.flights)
        self._cfg = cfg
        self._n = n
        self._watch = FlightWatch(setup, cfg)
        self._far = Far(setup, cfg)
        self._near = NearPart(cfg.caught)
        self._blind = Blindness(setup, cfg.threats.stale_s, cfg.threats.blind_p)
        self._areas = Areas(setup)
        self._sites = Sites(setup, cfg)
        self._levels = Levels(n, len(HAZARDS), cfg.threats)
        self._lost = LostHazards(setup, len(HAZARDS))
        self._lost_sites = LostSites(setup, cfg.caught.site_radius_m)
        self._warnings = Warnings()
        self._waypoints = Waypoints(setup.flights)
        self._zone = np.full(n, NONE, dtype=np.int64)
        self._stays: Stays | None = None
        self._stays_s = -np.inf
        self._stays_version: tuple[tuple[int, int], float] = ((-1, -1), -np.inf)

    def step(
        self, t_s: float, tracks: TrackBatch, coverage: Coverage, picture: RaidPicture, alerts: AreaAlertBatch,
        gnss: GnssAreaBatch | None = None,
    ) -> ThreatPicture:
        """Everything that threatens flights and sites at t_s, and the warnings that changed."""
        self._areas.alerts.hear(alerts)
        if gnss is not None:
            self._areas.hear_gnss(gnss)
        states = self._watch.step(t_s, tracks)
        far = self._far.step(t_s, states, picture)
        near = self._near.step(t_s, states, tracks)
        p, t_to_s = _chances(t_s, states, far, near)
        is_lost = self._lost.fill(t_s, p, t_to_s, far, near, picture, tracks, coverage)
        p, p_any = self._believed(t_s, states, p, t_to_s, far)
        levels = self._level(t_s, states, p, t_to_s, p_any)
        # a level that is held after its zone has closed is still of that zone
        held = np.where(levels[:, ZONE] > Level.CLEAR, self._zone, NONE)
        self._zone = np.where(far.hazard_zone != NONE, far.hazard_zone, held)
        blind = self._blind.step(t_s, states, coverage)
        stays = self._stay(t_s, states, picture.outlook)
        evidence = rows.Evidence(picture.raids, tracks)
        unseen_p = self._cfg.caught.zone_unseen_p
        parts = [rows.hazard_rows(
            levels, p, t_to_s, far, near, evidence, is_lost, self._far.is_open, unseen_p, self._zone
        )]
        parts += [rows.area_rows(t_s, states, stays, self._cfg.threats), rows.blind_rows(blind)]
        parts.append(rows.clear_rows(t_s, self._n, parts, far, p_any))
        sites = self._sites.step(t_s, tracks, picture.futures, self._far.boxes)
        is_judged = picture.futures is not None
        sites = self._lost_sites.fill(t_s, sites, tracks, coverage, is_judged=is_judged)
        site_rows = rows.site_rows(t_s, sites, self._cfg.threats, evidence)
        threats = rows.batch(t_s, parts, site_rows, self._waypoints, states)
        chances = _flight_chances(t_s, p, t_to_s, p_any, far)
        warnings, history = self._warnings.step(t_s, threats, Over(_over(far), sites.over_s))
        return ThreatPicture(states, threats, warnings, chances, history)

    def _believed(
        self, t_s: float, states: FlightStates, p: F64, t_to_s: F64, far: CaughtChance
    ) -> tuple[F64, F64]:
        """The chances behind the shares of draws: (F, 3) by hazard, (F,) by any of them."""
        if not len(p):
            return p, np.zeros(0)
        top = p.argmax(axis=1)
        share = np.fmax(far.p, p[np.arange(len(p)), top])
        if not self._cfg.threats.is_calibrated:
            return p, share
        asked = np.column_stack([p, share]), np.column_stack([t_to_s, t_to_s[np.arange(len(p)), top]])
        found = believed(*asked, CAUSES)
        by_cause, by_any, new = found[:, :3], found[:, 3], by_newcomers(_left_s(t_s, states))
        p_any = np.where(np.isnan(share), share, np.fmax(by_any, new))
        return np.fmin(by_cause, p_any[:, None]), p_any

    def _level(self, t_s: float, states: FlightStates, p: F64, t_to_s: F64, p_any: F64) -> I8:
        """Levels with memory; the likeliest hazard is judged by the chance of being caught at all."""
        judged = p.copy()
        if len(p):
            at = (np.arange(len(p)), p.argmax(axis=1))
            judged[at] = np.where(p[at] > 0.0, np.fmax(p[at], p_any), p[at])
        over = states.plan_state == PlanState.ENDED
        self._levels.step(t_s, judged, t_to_s)
        self._levels.reset(over)
        return self._levels.level

    def _stay(self, t_s: float, states: FlightStates, outlook: AreaOutlook | None) -> Stays:
        version = (self._areas.version, -np.inf if outlook is None else outlook.issued_s)
        if self._stays is None or version != self._stays_version or t_s - self._stays_s >= AREAS_REFRESH_S:
            self._stays = self._areas.stays(t_s, PathBatch.expected(states), outlook, self._cfg.threats.advisory_s)
            self._stays_s, self._stays_version = t_s, version
        return self._stays


def _chances(t_s: float, states: FlightStates, far: CaughtChance, near: Near) -> tuple[F64, F64]:
    """p and seconds to it, each (F, 3) for raid, lone and zone; what is so now counts at once."""
    up = states.is_airborne != 0
    p = np.column_stack([far.p_raid, far.p_lone, far.p_zone])
    t_to = np.column_stack([far.t_raid_s, far.t_lone_s, far.t_zone_s]) - t_s
    # fmax takes the number where the other is unknown
    raid_now = np.where(up, np.fmax(near.p_raid_now, 0.0), 0.0)
    lone_now = np.where(up, np.fmax(near.p_lone_now, 0.0), 0.0)
    lone_soon = np.where(up, np.fmax(near.p_lone_soon, 0.0), 0.0)
    t_to[:, RAID] = np.where(raid_now >= p[:, RAID], 0.0, t_to[:, RAID])
    t_to[:, LONE] = np.where(lone_soon >= p[:, LONE], near.t_lone_s, t_to[:, LONE])
    p[:, RAID] = np.maximum(p[:, RAID], raid_now)
    p[:, LONE] = np.maximum(np.maximum(p[:, LONE], lone_soon), lone_now)
    t_to[:, LONE] = np.where(lone_now >= p[:, LONE], 0.0, t_to[:, LONE])
    t_to = np.where(p > 0.0, np.maximum(t_to, 0.0), np.nan)
    return p, t_to


def _left_s(t_s: float, states: FlightStates) -> F64:
    """(F,) seconds that each expected path is in the air within the hour that is forecast."""
    first, last = states.start[:-1], states.start[1:] - 1
    has = last > first
    if not has.any():
        return np.zeros(len(has))
    begin = np.maximum(states.path_t_s[np.where(has, first, 0)], t_s)
    end = np.minimum(states.path_t_s[np.where(has, last, 0)], t_s + FORECAST_S)
    return np.where(has, np.maximum(end - begin, 0.0), 0.0)


def _over(chance: CaughtChance) -> F64:
    """(F, 3) when it is expected to be over, and both ends of the 80 % interval of that."""
    return np.column_stack([chance.t_over_s, chance.t_over_early_s, chance.t_over_late_s])


def _flight_chances(t_s: float, p: F64, t_to_s: F64, p_any: F64, far: CaughtChance) -> FlightChances:
    """What is said of every flight, also where no level is reached."""
    return FlightChances(
        t_s=t_s, p=p_any, p_raid=p[:, RAID], p_lone=p[:, LONE], p_zone=p[:, ZONE],
        t_raid_s=t_to_s[:, RAID], t_lone_s=t_to_s[:, LONE], t_zone_s=t_to_s[:, ZONE], t_over_s=far.t_over_s,
    )
