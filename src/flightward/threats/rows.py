"""The rows of one second: hazards of each flight, worst first, then the sites. All columns, no loops."""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np
from numpy.typing import NDArray

from flightward.config import ThreatsConfig
from flightward.encounters import CaughtChance
from flightward.model import (
    F64,
    I8,
    I64,
    NONE,
    FlightStates,
    Hazard,
    Level,
    PlanState,
    RaidBatch,
    Reason,
    ThreatBatch,
    TrackBatch,
)
from flightward.threats.areas import Stays
from flightward.threats.blind import Blind
from flightward.threats.near import Near
from flightward.threats.sites import NEAR_P, SiteChance
from flightward.threats.waypoints import Waypoints

BOOL = NDArray[np.bool_]
RAID, LONE, ZONE = 0, 1, 2
HAZARDS = np.array([Hazard.RAID, Hazard.DRONE, Hazard.ZONE], dtype=np.int8)
REASON_AHEAD = np.array([Reason.RAID_ON_ROUTE, Reason.DRONE_ON_ROUTE, Reason.DEFENDED_ZONE], dtype=np.int8)
REASON_NOW = np.array([Reason.RAID_NEAR_NOW, Reason.DRONE_NEAR_NOW, Reason.DEFENDED_ZONE], dtype=np.int8)
CLOSED_CAUTION_S = 300.0
"""A closed area is CAUTION this long before the flight enters it; ADVISORY before."""

_CLEAR, _ADVISORY, _BLIND = int(Level.CLEAR), int(Level.ADVISORY), int(Level.BLIND)
_DATA_LOST, _SITE_NEAR, _SITE_AHEAD = int(Reason.DATA_LOST), int(Reason.SITE_NEAR), int(Reason.SITE_AHEAD)
_CLOSED_ZONE, _ALERT_LIKELY = int(Reason.CLOSED_ZONE), int(Reason.ALERT_LIKELY)
_CAUTION, _WARNING, _ENDED = int(Level.CAUTION), int(Level.WARNING), int(PlanState.ENDED)


@dataclasses.dataclass
class Part:
    """Some rows of a second; the columns are ThreatBatch's."""

    flight: I64
    site: I64
    hazard: I8
    hazard_id: I64
    level: I8
    p: F64
    t_to_s: F64
    miss_h_m: F64
    miss_v_m: F64
    reason: I8
    n: I64
    evidence_age_s: F64
    sensor_mask: I64
    p_alert: F64


_NAMES = [f.name for f in dataclasses.fields(Part)]
_SMALL = ("hazard", "level", "reason")
_FLOATS = ("p", "t_to_s", "miss_h_m", "miss_v_m", "evidence_age_s", "p_alert")
_KINDS: list[tuple[str, Any, float]] = [
    (
        name, np.float64 if name in _FLOATS else np.int8 if name in _SMALL else np.int64,
        np.nan if name in _FLOATS else 0 if name in (*_SMALL, "sensor_mask") else NONE,
    )
    for name in _NAMES
]
"""Each column with its type and what stands for unknown."""
_NOTHING = Part(*[np.empty(0, dtype=dtype) for _, dtype, _ in _KINDS])


def part(size: int, /, **values: Any) -> Part:
    """`size` rows; columns that are not given are unknown (sensor_mask: no bits)."""
    if size == 0:
        return _NOTHING
    columns = []
    for name, dtype, unknown in _KINDS:
        out = np.empty(size, dtype=dtype)
        out[:] = values.get(name, unknown)
        columns.append(out)
    return Part(*columns)


def batch(
    t_s: float, flights: list[Part], sites: Part | None, waypoints: Waypoints, states: FlightStates
) -> ThreatBatch:
    """All rows: by flight, worst first within a flight (level as shown, probability, time), then the sites."""
    some = [p for p in flights if len(p.flight)] or [_NOTHING]
    joined = {name: np.concatenate([getattr(p, name) for p in some]) for name in _NAMES}
    soonest, likeliest = np.fmax(joined["t_to_s"], 0.0), np.fmax(joined["p"], 0.0)
    order = np.lexsort((soonest, -likeliest, -joined["level"], joined["flight"]))
    if sites is not None and len(sites.site):
        joined = {k: np.concatenate([v[order], getattr(sites, k)]) for k, v in joined.items()}
    else:
        joined = {k: v[order] for k, v in joined.items()}
    asked = np.where(joined["level"] > _CLEAR, joined["flight"], NONE)
    waypoint, waypoint_m = waypoints.near(t_s, states, asked, joined["t_to_s"])
    return ThreatBatch(t_s=t_s, waypoint=waypoint, waypoint_m=waypoint_m, **joined)


@dataclasses.dataclass
class Evidence:
    """What is behind raids and tracks this second: looked up by number."""

    raids: RaidBatch
    tracks: TrackBatch

    def __post_init__(self) -> None:
        self._order = np.argsort(self.tracks.track, kind="stable")
        self._sorted = self.tracks.track[self._order]

    def rows(self, track: I64) -> tuple[I64, np.ndarray]:
        """Rows of track numbers, and whether there is one."""
        if not len(self._sorted):
            return np.zeros(len(track), np.int64), np.zeros(len(track), np.bool_)
        at = np.minimum(np.searchsorted(self._sorted, track), len(self._sorted) - 1)
        return self._order[at], self._sorted[at] == track

    def of_tracks(self, track: I64) -> tuple[I64, F64, I64]:
        """Number (1), age of the newest report and sensors of each track; NONE, NaN, 0 where it is gone."""
        row, found = self.rows(track)
        if not found.any():
            return np.full(len(track), NONE), np.full(len(track), np.nan), np.zeros(len(track), np.int64)
        n = np.where(found, 1, NONE)
        age_s = np.where(found, self.tracks.age_s[row], np.nan)
        return n, age_s, np.where(found, self.tracks.sensor_mask[row], 0)

    def of_raids(self, raid: I64) -> tuple[I64, F64, I64]:
        """Drones in each raid, age of its newest report and its sensors; NONE, NaN, 0 where it is gone."""
        n, age_s, mask = np.full(len(raid), NONE), np.full(len(raid), np.nan), np.zeros(len(raid), np.int64)
        raids = self.raids
        if not len(raids) or not len(self._sorted):
            return n, age_s, mask
        row, found = self.rows(raids.member)
        ages = np.where(found, self.tracks.age_s[row], np.inf)
        masks = np.where(found, self.tracks.sensor_mask[row], 0)
        newest, seen_by = np.full(len(raids), np.inf), np.zeros(len(raids), np.int64)
        some = np.flatnonzero(raids.start[1:] > raids.start[:-1])
        if len(some):
            newest[some] = np.minimum.reduceat(ages, raids.start[some])
            seen_by[some] = np.bitwise_or.reduceat(masks, raids.start[some])
        order = np.argsort(raids.raid, kind="stable")
        at = order[np.minimum(np.searchsorted(raids.raid[order], raid), len(order) - 1)]
        there = (raids.raid[at] == raid) & (raid != NONE)
        n = np.where(there, np.rint(raids.n_expected[at]).astype(np.int64), NONE)
        age_s = np.where(there & np.isfinite(newest[at]), newest[at], np.nan)
        return n, age_s, np.where(there, seen_by[at], 0)


def hazard_rows(
    levels: I8, p: F64, t_to_s: F64, far: CaughtChance, near: Near, evidence: Evidence, is_lost: BOOL,
    is_open: I8, unseen_p: float, zone: I64,
) -> Part:
    """Flights against raid, lone drone and defended zone: one row where the level is at least ADVISORY.

    is_open (Z,) zones that are active now; unseen_p the most that an active zone counts with no drone seen.
    zone (F,) the zone that each flight's zone level is of, also while it is only held.
    is_lost (F,): the chances are remembered ones, of a raid that no sensor sees any more.
    """
    f, h = np.nonzero(levels > _CLEAR)
    if not len(f):
        return _NOTHING
    is_lone = h == LONE
    by_near = is_lone & (near.track[f] != NONE) & (np.fmax(near.p_lone_soon[f], 0.0) >= far.p_lone[f])
    drone = np.where(by_near, near.track[f], far.hazard_track[f])
    hazard_id = np.where(is_lone, drone, np.where(h == RAID, far.hazard_raid[f], zone[f]))
    n, age_s, mask = evidence.of_raids(np.where(is_lone, NONE, far.hazard_raid[f]))
    if is_lone.any():
        n1, age1_s, mask1 = evidence.of_tracks(np.where(is_lone, drone, NONE))
        n, age_s, mask = np.where(is_lone, n1, n), np.where(is_lone, age1_s, age_s), np.where(is_lone, mask1, mask)
    reason = np.where(t_to_s[f, h] == 0.0, REASON_NOW[h], REASON_AHEAD[h])
    at = np.flatnonzero((h == ZONE) & (far.hazard_zone[f] != NONE))
    if len(at):
        zone_open, p_zone = is_open[far.hazard_zone[f[at]]], far.p_zone[f[at]]
        why = np.where(p_zone <= unseen_p, int(Reason.ZONE_OPEN_UNSEEN), int(Reason.DEFENDED_ZONE))
        reason[at] = np.where(zone_open == 1, why, int(Reason.ZONE_MAY_OPEN))
    return part(
        len(f), flight=f, hazard=HAZARDS[h], hazard_id=hazard_id, level=levels[f, h], p=p[f, h], t_to_s=t_to_s[f, h],
        miss_h_m=np.where(by_near, near.miss_h_m[f], far.miss_h_m[f]),
        miss_v_m=np.where(by_near, near.miss_v_m[f], far.miss_v_m[f]),
        reason=np.where(is_lost[f], _DATA_LOST, reason), n=n, evidence_age_s=age_s,
        sensor_mask=mask,
    )


def area_rows(t_s: float, states: FlightStates, stays: Stays, cfg: ThreatsConfig) -> Part:
    """Flights that are in, or will come into, a closed area, a geo-zone or an area that is or will be under alert."""
    if not stays.enter_s.size:
        return _NOTHING
    t_to = np.fmax(np.where(np.isnan(stays.worst_s), stays.enter_s, stays.worst_s) - t_s, 0.0)
    met = np.isfinite(stays.enter_s) & (t_to <= cfg.advisory_s) & (stays.leave_s >= t_s)
    met &= (stays.reason != _ALERT_LIKELY)[None, :] | (stays.p_alert >= cfg.alert_p)
    f, a = np.nonzero(met & (states.plan_state != _ENDED)[:, None])
    if not len(f):
        return _NOTHING
    is_closed = (stays.reason[a] == _CLOSED_ZONE) & (t_to[f, a] <= CLOSED_CAUTION_S)
    return part(
        len(f), flight=f, hazard=stays.hazard[a], hazard_id=stays.hazard_id[a],
        level=np.where(is_closed, _CAUTION, _ADVISORY), t_to_s=t_to[f, a], miss_h_m=0.0, miss_v_m=0.0,
        reason=stays.reason[a], evidence_age_s=t_s - stays.since_s[a], p_alert=stays.p_alert[f, a],
    )


def blind_rows(blind: Blind) -> Part:
    """Flights that are blind."""
    f = np.flatnonzero(blind.reason)
    if not len(f):
        return _NOTHING
    return part(
        len(f), flight=f, hazard=int(Hazard.BLIND), level=_BLIND, reason=blind.reason[f],
        evidence_age_s=blind.age_s[f], sensor_mask=blind.sensor_mask[f],
    )


def clear_rows(t_s: float, n_flights: int, others: list[Part], far: CaughtChance, p_any: F64) -> Part:
    """One row of no hazard for each flight that has no other row; its p is that of being caught at all."""
    has = np.zeros(n_flights, dtype=np.bool_)
    for other in others:
        has[other.flight] = True
    f = np.flatnonzero(~has)
    if not len(f):
        return _NOTHING
    t_to = far.t_first_s[f] - t_s
    return part(
        len(f), flight=f, hazard=int(Hazard.NONE), level=_CLEAR, p=p_any[f],
        t_to_s=np.where(t_to < 0.0, 0.0, t_to), miss_h_m=far.miss_h_m[f], miss_v_m=far.miss_v_m[f],
    )


def site_rows(t_s: float, chance: SiteChance, cfg: ThreatsConfig, evidence: Evidence) -> Part:
    """Sites with a drone near now (WARNING) or likely ahead (CAUTION, ADVISORY)."""
    s = np.flatnonzero((chance.p_now >= NEAR_P) | (chance.p_ahead >= cfg.advisory_p))
    if not len(s):
        return _NOTHING
    is_near = chance.p_now[s] >= NEAR_P
    ahead = np.where(chance.p_ahead[s] >= cfg.caution_p, _CAUTION, _ADVISORY)
    _, age_s, mask = evidence.of_tracks(chance.track[s])
    return part(
        len(s), site=s, hazard=int(Hazard.DRONE), hazard_id=chance.track[s], level=np.where(is_near, _WARNING, ahead),
        p=np.where(is_near, chance.p_now[s], chance.p_ahead[s]),
        t_to_s=np.where(is_near, 0.0, np.fmax(chance.t_ahead_s[s] - t_s, 0.0)), miss_h_m=chance.miss_h_m[s],
        reason=np.where(is_near, _SITE_NEAR, _SITE_AHEAD), n=chance.n[s], evidence_age_s=age_s, sensor_mask=mask,
    )
