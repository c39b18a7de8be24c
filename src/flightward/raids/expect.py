"""What is expected of each drone, seen or not seen yet, before any randomness: the ensemble's starting point."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable

import numpy as np
from scipy.ndimage import map_coordinates

from flightward.model import F64, I64, NONE, CoverageGrid, TrackBatch, f64, i64
from flightward.raids.forecast import ALONE, Expected
from flightward.raids.legs import Legs
from flightward.raids.newcomers import IMAGINED, NEAR_M, SLOTS, Arrivals, Newcomers

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
    """The drones of the ensemble, members of one raid side by side, those not seen yet behind the others."""
    tracks, rows = seen.tracks, seen.rows
    cov, u_m, vu_mps, sigma_u_m = _usable(tracks, rows)
    state = np.column_stack([tracks.e_m[rows], tracks.n_m[rows], u_m, tracks.ve_mps[rows], tracks.vn_mps[rows]])
    inside = seen.raid >= 0
    arrivals.step(t_s, tracks.track[rows][inside], seen.raid[inside], state[inside])
    new = arrivals.expected(t_s, seen.raid[inside])
    x, n = len(new.raid), len(rows)
    # each drone outside every raid stands for itself
    key = np.concatenate([np.where(inside, seen.raid, ALONE + tracks.track[rows]), new.raid])
    track = np.concatenate([tracks.track[rows], IMAGINED + new.raid * SLOTS + new.slot])
    order = np.lexsort((track, track >= IMAGINED, key))
    velocity = np.concatenate([state[:, 3:], np.column_stack([new.ve_mps, new.vn_mps])])
    slot = np.concatenate([seen.slot, np.full(x, NONE)])

    def both(mine: F64, others: F64) -> F64:
        return f64(np.concatenate([mine, others])[order])

    e_m, n_m = both(state[:, 0], new.e_m), both(state[:, 1], new.n_m)
    cov = f64(np.concatenate([cov, _spread(new)])[order])
    first = np.flatnonzero(np.diff(key[order], prepend=NONE - 1))
    sigma_mps = np.sqrt(np.maximum(0.5 * (cov[:, 3, 3] + cov[:, 4, 4]), 0.0))
    slot, velocity = i64(slot[order]), velocity[order]
    ahead = legs.ahead(slot, i64(np.append(first, n + x)), e_m, n_m, sigma_mps, velocity)
    sway = np.where((slot < 0)[:, None] | (ahead.hold[:, 2:3] != 0.0), 0.0, velocity - legs.leg_velocity(slot))
    return Expected(
        i64(track[order]), i64(key[order]), both(seen.p, new.p), e_m, n_m, both(u_m, new.u_m),
        both(vu_mps, np.zeros(x)), cov, both(sigma_u_m, np.full(x, NEW_SIGMA_U_M)), sway,
        both(seen.lag_s, np.zeros(x)), both(np.zeros(n), new.born_s), both(np.ones(n), new.p_more),
        legs.ends(ahead, _p_seen(grid)), ahead, legs,
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
    look = grid.p_look[DRONE_LEVELS].mean(axis=0)

    def seen(e_m: F64, n_m: F64) -> F64:
        at = np.stack([(n_m - grid.n_m[0]) / grid.cell_m, (e_m - grid.e_m[0]) / grid.cell_m])
        return f64(np.minimum(map_coordinates(look, at, order=1, mode="constant") / SEEN_P, 1.0))

    return seen
