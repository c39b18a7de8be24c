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
    Coverage,
    FlightStates,
    Hazard,
    Level,
    PlanState,
    RaidPicture,
    Reason,
    Setup,
    ThreatPicture,
    TrackBatch,
)
from flightward.threats.areas import Areas, Stays
from flightward.threats.blind import Blindness
from flightward.threats.chance import Far, Near, near_part
from flightward.threats.flights import FlightWatch
from flightward.threats.levels import Levels
from flightward.threats.rows import Row, batch, clear_row, raid_evidence, track_evidence, worst_first
from flightward.threats.sites import NEAR_P, SiteChance, Sites
from flightward.threats.warnings import Warnings

RAID, LONE, ZONE = 0, 1, 2
HAZARDS = (Hazard.RAID, Hazard.DRONE, Hazard.ZONE)
CLOSED_CAUTION_S = 300.0
"""A closed area is CAUTION this long before the flight enters it; ADVISORY before."""
AREAS_REFRESH_S = 10.0


class Threats:
    """Keeps flights, levels and warnings; `step` once per second, with rising times."""

    def __init__(self, setup: Setup, cfg: Config) -> None:
        n = len(setup.flights)
        self._cfg = cfg
        self._n = n
        self._watch = FlightWatch(setup, cfg)
        self._far = Far(setup, cfg)
        self._blind = Blindness(setup, cfg.threats.stale_s)
        self._areas = Areas(setup)
        self._sites = Sites(setup, cfg)
        self._levels = Levels(n, len(HAZARDS), cfg.threats)
        self._warnings = Warnings()
        self._stays: Stays | None = None
        self._stays_s, self._stays_version = -np.inf, -1

    def step(
        self, t_s: float, tracks: TrackBatch, coverage: Coverage, picture: RaidPicture, alerts: AreaAlertBatch
    ) -> ThreatPicture:
        """Everything that threatens flights and sites at t_s, and the warnings that changed."""
        self._areas.alerts.hear(alerts)
        states = self._watch.step(t_s, tracks)
        far = self._far.step(t_s, states, picture)
        near = near_part(states, tracks, self._cfg)
        p, t_to_s = _chances(t_s, states, far, near)
        levels = self._level(t_s, states, p, t_to_s, far)
        blind = self._blind.step(t_s, states, coverage)
        stays = self._stay(t_s, states)
        rows: list[Row] = []
        for f in range(self._n):
            mine = [_hazard_row(f, h, levels, p, t_to_s, far, near, picture, tracks) for h in range(len(HAZARDS))
                    if levels[f, h] > Level.CLEAR]
            mine += self._area_rows(t_s, f, states, stays)
            if blind[f] != Reason.NONE:
                mine.append(_blind_row(f, states, int(blind[f])))
            if not mine:
                mine = [_nothing(f, t_s, far)]
            rows += worst_first(mine)
        rows += _site_rows(t_s, self._sites.step(t_s, tracks, picture.futures, self._far.boxes), self._cfg)
        threats = batch(t_s, rows)
        over = {f: float(far.t_over_s[f]) for f in range(self._n) if np.isfinite(far.t_over_s[f])}
        return ThreatPicture(states, threats, self._warnings.step(t_s, threats, over))

    def _level(self, t_s: float, states: FlightStates, p: F64, t_to_s: F64, far: CaughtChance) -> I8:
        """Levels with memory; the likeliest hazard is judged by the chance of being caught at all."""
        judged = p.copy()
        if len(p):
            top = p.argmax(axis=1)
            at = (np.arange(len(p)), top)
            judged[at] = np.where(p[at] > 0.0, np.fmax(p[at], far.p), p[at])
        over = states.plan_state == PlanState.ENDED
        self._levels.step(t_s, judged, t_to_s, np.zeros(p.shape, dtype=np.bool_))
        self._levels.reset(over)
        return self._levels.level

    def _stay(self, t_s: float, states: FlightStates) -> Stays:
        version = self._areas.alerts.version
        if self._stays is None or version != self._stays_version or t_s - self._stays_s >= AREAS_REFRESH_S:
            self._stays = self._areas.stays(t_s, PathBatch.expected(states))
            self._stays_s, self._stays_version = t_s, version
        return self._stays

    def _area_rows(self, t_s: float, f: int, states: FlightStates, stays: Stays) -> list[Row]:
        out: list[Row] = []
        if states.plan_state[f] == PlanState.ENDED:
            return out
        for a in np.flatnonzero(np.isfinite(stays.enter_s[f])):
            t_to = max(float(stays.enter_s[f, a]) - t_s, 0.0)
            if t_to > self._cfg.threats.advisory_s or stays.leave_s[f, a] < t_s:
                continue
            is_closed = stays.reason[a] == Reason.CLOSED_ZONE and t_to <= CLOSED_CAUTION_S
            since = float(stays.since_s[a])
            out.append(Row(
                f, NONE, int(stays.hazard[a]), int(stays.hazard_id[a]),
                int(Level.CAUTION if is_closed else Level.ADVISORY), float("nan"), t_to, 0.0, 0.0,
                int(stays.reason[a]), NONE, t_s - since, 0,
            ))
        return out


def _chances(t_s: float, states: FlightStates, far: CaughtChance, near: Near) -> tuple[F64, F64]:
    """p and seconds to it, each (F, 3) for raid, lone and zone; what is so now counts at once."""
    up = states.is_airborne != 0
    p = np.column_stack([far.p_raid, far.p_lone, far.p_zone])
    t_to = np.column_stack([far.t_raid_s, far.t_lone_s, far.t_zone_s]) - t_s
    raid_now = np.where(up, np.nan_to_num(near.p_raid_now), 0.0)
    lone_now = np.where(up, np.nan_to_num(near.p_lone_now), 0.0)
    lone_soon = np.where(up, np.nan_to_num(near.p_lone_soon), 0.0)
    t_to[:, RAID] = np.where(raid_now >= p[:, RAID], 0.0, t_to[:, RAID])
    t_to[:, LONE] = np.where(lone_soon >= p[:, LONE], near.t_lone_s, t_to[:, LONE])
    p[:, RAID] = np.maximum(p[:, RAID], raid_now)
    p[:, LONE] = np.maximum(np.maximum(p[:, LONE], lone_soon), lone_now)
    t_to[:, LONE] = np.where(lone_now >= p[:, LONE], 0.0, t_to[:, LONE])
    t_to = np.where(p > 0.0, np.maximum(t_to, 0.0), np.nan)
    return p, t_to


def _hazard_row(
    f: int, h: int, levels: I8, p: F64, t_to_s: F64, far: CaughtChance, near: Near, picture: RaidPicture,
    tracks: TrackBatch,
) -> Row:
    """The row of one flight against its raid, lone drone or defended zone."""
    is_now = t_to_s[f, h] == 0.0
    miss = float(far.miss_h_m[f]), float(far.miss_v_m[f])
    if h == RAID:
        raid = int(far.hazard_raid[f])
        n, age_s, mask = raid_evidence(raid, picture.raids, tracks)
        reason = Reason.RAID_NEAR_NOW if is_now else Reason.RAID_ON_ROUTE
        hazard_id = raid
    elif h == LONE:
        by_near = np.nan_to_num(near.p_lone_soon[f]) >= far.p_lone[f]
        hazard_id = int(near.track[f] if by_near else far.hazard_track[f])
        age_s, mask = track_evidence(hazard_id, tracks)
        n, reason = 1, Reason.DRONE_NEAR_NOW if is_now else Reason.DRONE_ON_ROUTE
        miss = (float(near.miss_h_m[f]), float(near.miss_v_m[f])) if by_near else miss
    else:
        hazard_id, n, reason = int(far.hazard_zone[f]), NONE, Reason.DEFENDED_ZONE
        raid_n, age_s, mask = raid_evidence(int(far.hazard_raid[f]), picture.raids, tracks)
        n = raid_n
    return Row(
        f, NONE, int(HAZARDS[h]), hazard_id, int(levels[f, h]), float(p[f, h]), float(t_to_s[f, h]), *miss,
        int(reason), n, age_s, mask,
    )


def _blind_row(f: int, states: FlightStates, reason: int) -> Row:
    return Row(
        f, NONE, int(Hazard.BLIND), NONE, int(Level.BLIND), float("nan"), float("nan"), reason=reason,
        evidence_age_s=float(states.age_s[f]),
    )


def _nothing(f: int, t_s: float, far: CaughtChance) -> Row:
    t_to = np.fmax(far.t_first_s[f] - t_s, 0.0) if np.isfinite(far.t_first_s[f]) else np.nan
    return clear_row(f, float(far.p[f]), float(t_to), float(far.miss_h_m[f]), float(far.miss_v_m[f]))


def _site_rows(t_s: float, chance: SiteChance, cfg: Config) -> list[Row]:
    """Sites with a drone near now (WARNING) or likely ahead (CAUTION, ADVISORY)."""
    rules = cfg.threats
    out = []
    for s in np.flatnonzero((chance.p_now >= NEAR_P) | (chance.p_ahead >= rules.advisory_p)):
        is_near = bool(chance.p_now[s] >= NEAR_P)
        ahead = Level.CAUTION if chance.p_ahead[s] >= rules.caution_p else Level.ADVISORY
        t_to = 0.0 if is_near else max(float(chance.t_ahead_s[s]) - t_s, 0.0)
        out.append(Row(
            NONE, int(s), int(Hazard.DRONE), int(chance.track[s]), int(Level.WARNING if is_near else ahead),
            float(chance.p_now[s] if is_near else chance.p_ahead[s]), t_to, float(chance.miss_h_m[s]), float("nan"),
            int(Reason.SITE_NEAR if is_near else Reason.SITE_AHEAD), int(chance.n[s]),
        ))
    return out
