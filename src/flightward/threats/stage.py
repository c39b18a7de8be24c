"""The threats stage: the air picture and the raids of one second in, levels, rows and warnings out."""

from __future__ import annotations

import numpy as np

from flightward.config import Config
from flightward.encounters import CaughtChance, PathBatch
from flightward.model import (
    F64,
    I8,
    NONE,
    AreaAlertBatch,
    AreaOutlook,
    Coverage,
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
from flightward.threats.chance import Far, Near, near_part
from flightward.threats.flights import FlightWatch
from flightward.threats.levels import Levels
from flightward.threats.lost import LostHazards
from flightward.threats.rows import HAZARDS, LONE, RAID, ZONE
from flightward.threats.sites import Sites
from flightward.threats.warnings import Warnings

AREAS_REFRESH_S = 10.0


class Threats:
    """Keeps flights, levels and warnings; `step` once per second, with rising times."""

    def __init__(self, setup: Setup, cfg: Config) -> None:
        n = len(setup.flights)
        self._cfg = cfg
        self._n = n
        self._watch = FlightWatch(setup, cfg)
        self._far = Far(setup, cfg)
        self._blind = Blindness(setup, cfg.threats.stale_s, cfg.threats.blind_p)
        self._areas = Areas(setup)
        self._sites = Sites(setup, cfg)
        self._levels = Levels(n, len(HAZARDS), cfg.threats)
        self._lost = LostHazards(setup, len(HAZARDS))
        self._warnings = Warnings()
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
        near = near_part(states, tracks, self._cfg)
        p, t_to_s = _chances(t_s, states, far, near)
        is_lost = self._lost.fill(t_s, p, t_to_s, far, picture, coverage)
        levels = self._level(t_s, states, p, t_to_s, far)
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
        parts.append(rows.clear_rows(t_s, self._n, parts, far))
        sites = self._sites.step(t_s, tracks, picture.futures, self._far.boxes)
        threats = rows.batch(t_s, parts, rows.site_rows(t_s, sites, self._cfg.threats))
        return ThreatPicture(states, threats, self._warnings.step(t_s, threats, far.t_over_s))

    def _level(self, t_s: float, states: FlightStates, p: F64, t_to_s: F64, far: CaughtChance) -> I8:
        """Levels with memory; the likeliest hazard is judged by the chance of being caught at all."""
        judged = p.copy()
        if len(p):
            top = p.argmax(axis=1)
            at = (np.arange(len(p)), top)
            judged[at] = np.where(p[at] > 0.0, np.fmax(p[at], far.p), p[at])
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
