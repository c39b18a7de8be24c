"""What is expected of each drone, seen or not seen yet, before any randomness: the ensemble's starting point."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable

import numpy as np
from scipy.ndimage import map_coordinates

from flightward.model import F64, I64, NONE, CoverageGrid, HostileSource, TrackBatch, f64, i64
from flightward.raids.forecast import ALONE, Expected
from flightward.raids.legs import Legs
from flightward.raids.newcomers import IMAGINED, NEAR_M, SLOTS, Arrivals, Lost, Newcomers

UNKNOWN_U_M, UNKNOWN_SIGMA_U_M = 1_000.0, 1_000.0
"""Height of a drone whose sensors give none: anywhere from the ground to 3 km is likely."""

UNKNOWN_VARIANCE = (1.0e6, 1.0e6, 1.0e6, 100.0, 100.0, 9.0)
"""For a track without a finite covariance: 1 km in position, 10 m/s in velocity."""

DRONE_LEVELS = slice(1, 4)
"""Heights of the coverage grid at which drones fly (300 to 1,000 m above the lowest sensor)."""
SEEN_P = 0.5
"""From this chance of one look on a drone is tracked for certain: some looks are all it takes."""
P_SEEN_UNKNOWN = 0.5
"""Where nothing is known about what the sensors see."""
NEW_SIGMA_U_M = 300.0
SURER = 1.6
"""Odds of tracks of unknown intent, to this power: of those that rules give 0.94, 0.999 were hostile drones, of those
given 0.08, 0.003 (bench/track_odds.py)."""
BEHIND_M = 8_000.0
"""Newcomers come from outside the coverage if nobody looks so far behind the place where they appear."""
GHOST_LIFE_S, GHOST_P_MIN, GHOST_M, GHOST_MPS = 1_200.0, 0.02, 500.0, 5.0
"""A lost member: its mean further life, from which chance on it counts, 1 sigma of place at once, and its growth."""


@dataclasses.dataclass(frozen=True)
class Seen:
    """N tracks that may be hostile, in order of (raid, track): rows of `tracks`, and what is known of each."""

    tracks: TrackBatch
    rows: I64
    p: F64
    raid: I64
    lag_s: F64
    slot: I64


def expect(t_s: float, seen: Seen, legs: Legs, arrivals: Arrivals, grid: CoverageGrid | None) -> Expected:
    """The drones of the ensemble, members of one raid side by side, those not seen behind the others."""
    tracks, rows = seen.tracks, seen.rows
    cov, u_m, vu_mps, sigma_u_m = _usable(tracks, rows)
    state = np.column_stack([tracks.e_m[rows], tracks.n_m[rows], u_m, tracks.ve_mps[rows], tracks.vn_mps[rows]])
    inside = seen.raid >= 0
    arrivals.step(t_s, tracks.track[rows][inside], seen.raid[inside], state[inside])
    p_seen = _p_seen(grid)
    # each drone outside every raid stands for itself
    key = np.where(inside, seen.raid, ALONE + tracks.track[rows])
    zero, one = np.zeros(len(rows)), np.ones(len(rows))
    mine = _Rows(
        tracks.track[rows], key, seen.slot, _sure(tracks, rows, seen.p), state, vu_mps, cov, sigma_u_m,
        seen.lag_s, zero, one, zero,
    )  # fmt: skip
    new = _newcomers(arrivals.expected(t_s, seen.raid[inside]), p_seen)
    every = _in_order([mine, _ghosts(arrivals.lost(t_s), p_seen), new])
    first = np.flatnonzero(np.diff(every.key, prepend=NONE - 1))
    sigma_mps = np.sqrt(np.maximum(0.5 * (every.cov[:, 3, 3] + every.cov[:, 4, 4]), 0.0))
    e_m, n_m, u_m, velocity = f64(every.state[:, 0]), f64(every.state[:, 1]), f64(every.state[:, 2]), every.state[:, 3:]
    start = i64(np.append(first, len(every.key)))
    ahead = legs.ahead(every.slot, start, e_m, n_m, sigma_mps, velocity)
    still = (every.slot < 0)[:, None] | (ahead.hold[:, 2:3] != 0.0)
    sway = np.where(still, 0.0, velocity - legs.leg_velocity(every.slot))
    return Expected(
        every.track, every.key, every.p, e_m, n_m, u_m, every.vu_mps, every.cov, every.sigma_u_m, sway, every.lag_s,
        every.born_s, every.p_more, every.p_before, legs.ends(ahead, p_seen), ahead, legs,
    )  # fmt: skip


@dataclasses.dataclass(frozen=True)
class _Rows:
    """Drones of one sort, a row each; state is e, n, u, ve, vn."""

    track: I64
    key: I64
    slot: I64
    p: F64
    state: F64
    vu_mps: F64
    cov: F64
    sigma_u_m: F64
    lag_s: F64
    born_s: F64
    p_more: F64
    p_before: F64


def _in_order(parts: list[_Rows]) -> _Rows:
    """All of them by raid, in each raid by number."""
    columns = [np.concatenate([getattr(p, f.name) for p in parts]) for f in dataclasses.fields(_Rows)]
    order = np.lexsort((columns[0], columns[0] >= IMAGINED, columns[1]))
    return _Rows(*[np.ascontiguousarray(c[order]) for c in columns])


def _sure(tracks: TrackBatch, rows: I64, p: F64) -> F64:
    """Chance that each track is a hostile drone; where only rules say how hostile it is, as such tracks turn out."""
    declared = tracks.hostile_source[rows] == HostileSource.DECLARED
    odds = (np.clip(p, 1e-9, 1.0 - 1e-9) / (1.0 - np.clip(p, 1e-9, 1.0 - 1e-9))) ** SURER
    return f64(np.where(declared, p, odds / (1.0 + odds)))


def _newcomers(new: Newcomers, p_seen: Callable[[F64, F64], F64]) -> _Rows:
    """Drones that are not seen yet; they have flown before where nobody looks behind the place at which they appear."""
    x, speed = len(new.raid), np.maximum(np.hypot(new.ve_mps, new.vn_mps), 1.0)
    state = np.column_stack([new.e_m, new.n_m, new.u_m, new.ve_mps, new.vn_mps])
    before = 1.0 - p_seen(new.e_m - BEHIND_M * new.ve_mps / speed, new.n_m - BEHIND_M * new.vn_mps / speed)
    track, none = IMAGINED + new.raid * SLOTS + new.slot, np.full(x, NONE)
    return _Rows(
        track, new.raid, none, new.p, state, np.zeros(x), _spread(new), np.full(x, NEW_SIGMA_U_M), np.zeros(x),
        new.born_s, new.p_more, before,
    )  # fmt: skip


def _ghosts(lost: Lost, p_seen: Callable[[F64, F64], F64]) -> _Rows:
    """Members that are in no track any more, and may fly on where nobody sees them."""
    e_m, n_m = lost.e_m + lost.ago_s * lost.ve_mps, lost.n_m + lost.ago_s * lost.vn_mps
    p = (1.0 - p_seen(lost.e_m, lost.n_m)) * (1.0 - p_seen(e_m, n_m)) * np.exp(-lost.ago_s / GHOST_LIFE_S)
    at = np.flatnonzero(p > GHOST_P_MIN)
    y = len(at)
    cov = np.zeros((y, 6, 6))
    cov[:, [0, 1], [0, 1]] = (GHOST_M + GHOST_MPS * lost.ago_s[at, None]) ** 2
    cov[:, [3, 4], [3, 4]] = GHOST_MPS**2
    state = np.column_stack([e_m, n_m, lost.u_m, lost.ve_mps, lost.vn_mps])[at]
    zero = np.zeros(y)
    return _Rows(
        lost.track[at], lost.raid[at], np.full(y, NONE), p[at], state, zero, cov, np.full(y, NEW_SIGMA_U_M), zero,
        zero, np.ones(y), zero,
    )  # fmt: skip


def _usable(tracks: TrackBatch, rows: I64) -> tuple[F64, F64, F64, F64]:
    """Covariance, height, climb and 1 sigma of height, with something wide where a track does not say."""
    cov = tracks.cov[rows]
    # a track without a usable covariance is still a drone: it gets a wide one, it is not left out
    cov[~np.isfinite(cov).all(axis=(1, 2))] = np.diag(UNKNOWN_VARIANCE)
    u_m, vu_mps, sigma_u_m = tracks.u_m[rows], tracks.vu_mps[rows], np.sqrt(np.maximum(cov[:, 2, 2], 0.0))
    no_height = ~np.isfinite(u_m)
    u_m[no_height], sigma_u_m[no_height] = UNKNOWN_U_M, UNKNOWN_SIGMA_U_M
    vu_mps[no_height | ~np.isfinite(vu_mps)] = 0.0
    return cov, u_m, vu_mps, sigma_u_m


def _spread(new: Newcomers) -> F64:
    """(X, 6, 6) covariance of where newcomers appear: NEAR_M about the place, along_m along the way."""
    cov = np.zeros((len(new.raid), 6, 6))
    speed = np.maximum(np.hypot(new.ve_mps, new.vn_mps), 1.0)
    along_e, along_n = new.along_m * new.ve_mps / speed, new.along_m * new.vn_mps / speed
    cov[:, 0, 0], cov[:, 1, 1] = NEAR_M**2 + along_e**2, NEAR_M**2 + along_n**2
    cov[:, 0, 1] = cov[:, 1, 0] = along_e * along_n
    return cov


def _p_seen(grid: CoverageGrid | None) -> Callable[[F64, F64], F64]:
    """Chance that a drone at a place would be tracked."""
    if grid is None:
        return lambda e_m, n_m: np.full(len(e_m), P_SEEN_UNKNOWN)
    levels = grid.p_look[DRONE_LEVELS]
    look = (levels if len(levels) else grid.p_look).mean(axis=0)

    def seen(e_m: F64, n_m: F64) -> F64:
        at = np.stack([(n_m - grid.n_m[0]) / grid.cell_m, (e_m - grid.e_m[0]) / grid.cell_m])
        return f64(np.minimum(map_coordinates(look, at, order=1, mode="constant") / SEEN_P, 1.0))

    return seen
