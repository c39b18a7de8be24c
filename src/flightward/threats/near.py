"""The near part: this second's flights against this second's drones, under the covariances of both.

Method, figures and what it leaves out: docs/design/pruning.md.
"""

from __future__ import annotations

import dataclasses

import numpy as np

from flightward.config import CaughtConfig
from flightward.encounters import Movers, NearPairs, NearWatch, Tracked, WatchLimits, near_candidates
from flightward.encounters.instant import at_least, p_in_cylinder
from flightward.model import F64, I64, NONE, FlightStates, Integrity, TrackBatch

NEAR_S = 180.0
NEAR_GROWTH_MPS, NEAR_CLIMB_MPS = 5.0, 1.5
"""1 sigma of a drone against straight flight grows so fast besides its velocity's error; 900 m and 270 m in 180 s."""
P_HOSTILE_MIN = 0.05
P_FLOOR = 0.01
"""A chance of a lone drone below this is 0 here: the lowest level begins at ten times as much."""
N_SIGMA = 3.5
"""Who is left out by it comes near with less than 0.6 %: 2 exp(-n^2 / 2) + 4 Q(n), below the floor."""
UNKNOWN_U_M, UNKNOWN_SIGMA_M = 1_000.0, 1_000.0
"""A drone of unknown height is anywhere from the ground to 3 km."""
UNKNOWN_SIGMA_MPS = 30.0
FLIGHT_SIGMA_U_M = 100.0
"""Of the height of a flight that is carried along its plan."""
FEW_PAIRS, REACH_MORE_S = 100_000, 10.0
"""Up to so many pairs are first looked at by their distances alone, for a little more than the lookahead."""
_NOW_S = 1e-3
_LEAST_M = 1e-3
_STATE = ("e_m", "n_m", "u_m", "ve_mps", "vn_mps", "vu_mps")


@dataclasses.dataclass(frozen=True)
class Near:
    """The near part of F flights: chances now and within three minutes, straight on."""

    p_raid_now: F64
    n_now: F64
    p_lone_now: F64
    p_lone_soon: F64
    t_lone_s: F64
    miss_h_m: F64
    miss_v_m: F64
    track: I64


class NearPart:
    """Keeps the answers of pairs that may meet; `step` once per second."""

    def __init__(self, cfg: CaughtConfig) -> None:
        self._cfg = cfg
        self._watch = NearWatch(WatchLimits(
            radius_m=max(cfg.lone_radius_m, _LEAST_M), half_height_m=max(cfg.lone_height_m, _LEAST_M),
            lookahead_s=NEAR_S, skip_below=P_FLOOR, n_sigma=N_SIGMA,
        ))  # fmt: skip

    def step(self, t_s: float, states: FlightStates, tracks: TrackBatch) -> Near:
        """Flights against the tracks of this second that may be hostile; NaN for a flight without a place."""
        n = len(states)
        weight = np.clip(tracks.p_exists * tracks.p_hostile, 0.0, 1.0)
        is_placed = np.isfinite(tracks.e_m + tracks.n_m + tracks.ve_mps + tracks.vn_mps)
        rows = np.flatnonzero((weight >= P_HOSTILE_MIN) & is_placed)
        flights, drones = of_flights(states, tracks), of_drones(tracks, rows)
        mine, theirs = self._may_meet(states, flights, drones)
        if not len(mine):
            self._watch.forget()
            return _nobody(flights)
        part = self._step(t_s, flights.take(mine), drones.take(theirs), weight[rows[theirs]])
        return part if len(mine) == n else _put(_nobody(flights), mine, part)

    def _may_meet(self, states: FlightStates, flights: Tracked, drones: Tracked) -> tuple[I64, I64]:
        """Rows of the flights in the air with a drone in reach, and of the drones in reach of one; of very many pairs
        all (the search for pairs is made for those)."""
        up = np.flatnonzero(states.is_airborne != 0)
        every = np.arange(len(drones))
        if not len(up) or not len(drones) or len(up) * len(drones) > FEW_PAIRS:
            return (up if len(drones) else up[:0]), every
        c, mine = self._cfg, flights.state[up]
        reach_m = max(c.raid_radius_m, c.lone_radius_m) + _reach(flights.take(up))[:, None] + _reach(drones)[None, :]
        off = mine[:, None, :2] - drones.state[None, :, :2]
        is_near = ~(off[:, :, 0] ** 2 + off[:, :, 1] ** 2 > reach_m**2)
        return up[is_near.any(axis=1)], every[is_near.any(axis=0)]

    def _step(self, t_s: float, flights: Tracked, drones: Tracked, weight: F64) -> Near:
        n = len(flights)
        pairs = self._watch.step(t_s, flights, drones, weight)
        p_raid, n_now, p_lone, nearest = self._now(flights, drones, weight)
        p_soon, t_lone_s, best = _worst(pairs, weight, n)
        track, miss_h_m, miss_v_m = np.full(n, NONE, np.int64), np.full(n, np.nan), np.full(n, np.nan)
        is_met = best >= 0
        track[is_met] = drones.object_id[pairs.hazard[best[is_met]]]
        # without a pair that may meet the one nearest to it now is told
        is_by = ~is_met & (nearest >= 0)
        track[is_by] = drones.object_id[nearest[is_by]]
        off = drones.state[nearest[is_by], :3] - flights.state[is_by, :3]
        miss_h_m[is_by], miss_v_m[is_by] = np.hypot(off[:, 0], off[:, 1]), np.abs(off[:, 2])
        miss_h_m[is_met], miss_v_m[is_met] = pairs.miss_h_m[best[is_met]], pairs.miss_v_m[best[is_met]]
        unknown = ~np.isfinite(flights.state).all(axis=1)
        for value in (p_raid, n_now, p_lone, p_soon):
            value[unknown] = np.nan
        return Near(p_raid, n_now, p_lone, p_soon, t_lone_s, miss_h_m, miss_v_m, track)

    def _now(self, flights: Tracked, drones: Tracked, weight: F64) -> tuple[F64, F64, F64, I64]:
        """Per flight: chance of caught_n drones in the raid cylinder now, expected number in it, chance of one in the
        lone cylinder, and the drone (row) that is nearest now, NONE beyond both cylinders."""
        c, n = self._cfg, len(flights)
        movers = [Movers.of(x.state, x.cov, n_sigma=N_SIGMA) for x in (flights, drones)]
        found = near_candidates(
            movers[0], movers[1], max(c.raid_radius_m, c.lone_radius_m, _LEAST_M),
            max(c.raid_height_m, c.lone_height_m, _LEAST_M), _NOW_S,
        )  # fmt: skip
        f, h = found.flight, found.hazard
        off = drones.state[h, :3] - flights.state[f, :3]
        cov = (_places_cov(flights)[f] + _places_cov(drones)[h]).reshape(-1, 3, 3)
        in_raid = weight[h] * p_in_cylinder(off, cov, c.raid_radius_m, c.raid_height_m)
        in_lone = weight[h] * p_in_cylinder(off, cov, c.lone_radius_m, c.lone_height_m)
        with np.errstate(divide="ignore"):
            none_lone = np.exp(_sums(f, np.log1p(-in_lone), n))
        nearest = np.full(n, NONE, np.int64)
        first = _least(f, np.hypot(off[:, 0], off[:, 1]))
        nearest[f[first]] = h[first]
        p_raid = at_least(f, in_raid, n, int(c.caught_n))
        return p_raid, _sums(f, in_raid, n), 1.0 - none_lone, nearest


def _nobody(flights: Tracked) -> Near:
    """The near part of flights that no drone is in reach of; NaN for one without a place."""
    n = len(flights)
    p = np.where(np.isfinite(flights.state).all(axis=1), 0.0, np.nan)
    unknown = np.full(n, np.nan)
    return Near(p, p.copy(), p.copy(), p.copy(), unknown, unknown.copy(), unknown.copy(), np.full(n, NONE, np.int64))


def _put(into: Near, rows: I64, part: Near) -> Near:
    for field in dataclasses.fields(Near):
        getattr(into, field.name)[rows] = getattr(part, field.name)
    return into


def _reach(movers: Tracked) -> F64:
    """(N,) metres that each may come nearer within the lookahead, by its speed and N_SIGMA of its errors."""
    within_s = NEAR_S + REACH_MORE_S
    place, speed = (np.sqrt(movers.cov[:, k, k] + movers.cov[:, k + 1, k + 1]) for k in (0, 3))
    flown = np.hypot(movers.state[:, 3], movers.state[:, 4]) * within_s
    return np.asarray(flown + 1.5 * N_SIGMA * (place + within_s * speed), dtype=np.float64)


def _sums(flight: I64, value: F64, n: int) -> F64:
    # of nothing bincount makes whole numbers
    return np.asarray(np.bincount(flight, weights=value, minlength=n), dtype=np.float64)


def _least(group: I64, value: F64) -> I64:
    """Row of the least value of each group, the first of equals; group (P,) rises, no value is NaN."""
    if not len(group):
        return np.zeros(0, np.int64)
    begin = np.flatnonzero(np.diff(group, prepend=group[0] - 1))
    size = np.diff(np.append(begin, len(group)))
    rows = np.flatnonzero(value == np.repeat(np.minimum.reduceat(value, begin), size))
    return rows[np.flatnonzero(np.diff(group[rows], prepend=group[0] - 1))]


def _places_cov(movers: Tracked) -> F64:
    """(N, 9) covariance of the places, as rows that are quick to gather."""
    return movers.cov[:, :3, :3].reshape(-1, 9)


def _worst(pairs: NearPairs, weight: F64, n: int) -> tuple[F64, F64, I64]:
    """Per flight the largest chance that a drone is there, hostile and comes near; seconds to it; its pair or NONE.

    Below the floor it is 0, without a time, and the pair that passes nearest.
    """
    p = weight[pairs.hazard] * np.where(np.isnan(pairs.p), 1.0, pairs.p)
    p = np.where(p >= P_FLOOR, p, 0.0)
    best, p_soon, t_s = np.full(n, NONE, np.int64), np.zeros(n), np.full(n, np.nan)
    likeliest = np.zeros(n)
    np.maximum.at(likeliest, pairs.flight, p)
    top = np.flatnonzero(p == likeliest[pairs.flight])
    first = top[_least(pairs.flight[top], pairs.miss_h_m[top])]
    best[pairs.flight[first]] = first
    p_soon[pairs.flight[first]] = p[first]
    t_s[pairs.flight[first]] = np.where(p[first] > 0.0, pairs.t_to_s[first], np.nan)
    return p_soon, t_s, best


def of_flights(states: FlightStates, tracks: TrackBatch) -> Tracked:
    """Flights by their believed tracks, the others by where they are carried and how well that is known."""
    n = len(states)
    state = np.empty((n, 6))
    for i, name in enumerate(_STATE):
        state[:, i] = getattr(states, name)
    state[:, 3:] = np.where(np.isnan(state[:, 3:]), 0.0, state[:, 3:])
    growth = np.nan_to_num(states.sigma_growth_mps, nan=UNKNOWN_SIGMA_MPS)
    cov = np.zeros((n, 6, 6))
    cov[:, 0, 0] = cov[:, 1, 1] = np.nan_to_num(states.sigma_h_m, nan=UNKNOWN_SIGMA_M) ** 2
    cov[:, 2, 2] = FLIGHT_SIGMA_U_M**2
    order = np.argsort(tracks.track, kind="stable")
    if len(order):
        at = np.minimum(np.searchsorted(tracks.track[order], states.track), len(order) - 1)
        row = order[at]
        believed = (tracks.track[row] == states.track) & (states.integrity == int(Integrity.TRUSTED))
        cov[believed] = _known(tracks.cov[row[believed]])
    cov[:, 3, 3] += growth**2
    cov[:, 4, 4] += growth**2
    return Tracked(np.arange(n), state, cov)


def of_drones(tracks: TrackBatch, rows: I64) -> Tracked:
    """Tracks in these rows, with what a drone may stray from straight flight in the error of its velocity."""
    state, cov = np.empty((len(rows), 6)), tracks.cov[rows].copy()
    for i, name in enumerate(_STATE):
        state[:, i] = getattr(tracks, name)[rows]
    unknown = ~np.isfinite(state[:, 2])
    state[unknown, 2] = UNKNOWN_U_M
    state[:, 5] = np.where(np.isnan(state[:, 5]), 0.0, state[:, 5])
    cov[unknown, 2, 2] = np.nan
    cov = _known(cov)
    for axis, growth in ((3, NEAR_GROWTH_MPS), (4, NEAR_GROWTH_MPS), (5, NEAR_CLIMB_MPS)):
        cov[:, axis, axis] += growth**2
    return Tracked(tracks.track[rows], state, cov)


def _known(cov: F64) -> F64:
    """Covariances with wide errors, apart from all others, where they are not known (N, 6, 6)."""
    out = np.array(cov)
    wide = np.array([UNKNOWN_SIGMA_M**2] * 3 + [UNKNOWN_SIGMA_MPS**2] * 2 + [NEAR_CLIMB_MPS**2])
    for axis in range(6):
        bad = ~(out[:, axis, axis] >= 0.0) | ~np.isfinite(out[:, axis, axis])
        out[bad, axis, :] = 0.0
        out[bad, :, axis] = 0.0
        out[bad, axis, axis] = wide[axis]
    return np.where(np.isfinite(out), out, 0.0)
