"""How differently drones of one day fly from each other: learnt from their paths, and drawn again from it.

A drone's velocity across its course (and along it, and upright) is taken to wander about that of its neighbours: an
Ornstein-Uhlenbeck process of s m/s that forgets over T s. What all drones of a raid do together (a turn of the way) is
no luck of one of them, so each is compared with the one that passed the same place nearest: of both the second
difference of place x(t + h) - 2 x(t) + x(t - h) is taken at that place; half the variance of what is left between them
is 4 S(h) - S(2h), S(h) = 2 s^2 T^2 (h / T - 1 + exp(-h / T)), for one. A constant speed or course of its own cancels.
"""

from __future__ import annotations

import dataclasses

import numpy as np

from flightward.review.evidence import Columns
from flightward.review.scene import F64

LAGS_S = (60, 120, 240)
FORGETS_S = (30.0, 60.0, 120.0, 240.0, 480.0)
BESIDE_M = 8_000.0
"""A drone that passed further away than this is no neighbour."""
EACH_S, SPARSE = 30, 10
FEW = 30
PRIOR_MPS = (2.5, 1.0, 0.5)
"""Where fewer than FEW pairs were seen: 0.05 rad of course at 50 m/s, as drones of the built-in days wander."""
USUAL_S, USUAL_LOG, LOG_ERROR = 120.0, 0.5, 0.25
"""The time is 2 min within a factor of 1.6 (1 sigma) unless the lags say otherwise, each right to about a quarter."""
UNTOLD_M = 100.0
"""1 sigma of a place of which none is told."""
KNOT_S = 20.0
N_ACROSS, N_ALONG, N_UP = 6, 3, 3
"""Shapes in which a path is drawn anew: across, along, upright."""


@dataclasses.dataclass(frozen=True)
class Spread:
    """Velocity that a drone has of its own: across its course, along it, upright."""

    sigma_mps: tuple[float, float, float]
    forgets_s: tuple[float, float, float]
    n_pairs: int
    """Comparisons it rests on; 0: the prior."""

    def sigma_m(self, after_s: float) -> F64:
        """(3,) 1 sigma of the place after a time."""
        return np.sqrt([_grown(s, t, after_s) for s, t in zip(self.sigma_mps, self.forgets_s, strict=True)])


@dataclasses.dataclass(frozen=True)
class DronePath:
    """One drone, each whole second: (T,) arrays; heading (T, 2) is the unit vector of its course, smoothed."""

    drone_id: str
    t_s: F64
    e_m: F64
    n_m: F64
    hae_m: F64
    heading: F64
    sigma_h_m: F64
    sigma_v_m: F64
    from_s: float
    """From when on its path is anew: before it, it is as flown."""


def drone_paths(rows: Columns) -> list[DronePath]:
    """Each drone's rows on whole seconds; gaps to 10 s are bridged, longer ones left out."""
    out = []
    ids, inverse = np.unique(rows["track_id"].astype(str), return_inverse=True)
    up = rows["on_ground"] != 1.0 if "on_ground" in rows else np.ones(len(inverse), bool)
    for i, name in enumerate(ids):
        k = np.flatnonzero((inverse == i) & up & np.isfinite(rows["e_m"]) & np.isfinite(rows["hae_m"]))
        k = k[np.argsort(rows["t_s"][k], kind="stable")]
        seen = rows["t_s"][k]
        if len(k) < 2:
            continue
        t = np.arange(np.ceil(seen[0]), np.floor(seen[-1]) + 1.0)
        after = np.clip(np.searchsorted(seen, t), 1, len(seen) - 1)
        t = t[(seen[after] - seen[after - 1] <= 10.0) | np.isin(t, seen)]
        if not len(t):
            continue
        e, n, h = (np.interp(t, seen, rows[c][k]) for c in ("e_m", "n_m", "hae_m"))
        level, up_m = (
            np.interp(t, seen, _told(rows[c][k])) if c in rows else np.zeros(len(t)) for c in ("sigma_h_m", "sigma_v_m")
        )
        out.append(DronePath(str(name), t, e, n, h, heading_of(t, e, n), level, up_m, float(t[0])))
    return out


def _told(sigma_m: F64) -> F64:
    """Where it is not told how well a place is known: as at other times, else UNTOLD_M."""
    known = sigma_m[np.isfinite(sigma_m)]
    return np.where(np.isfinite(sigma_m), sigma_m, known.max() if len(known) else UNTOLD_M)


def heading_of(t_s: F64, e_m: F64, n_m: F64, over_s: float = 15.0) -> F64:
    """(T, 2) unit vectors of the course over 15 s before and after."""
    step = [np.interp(t_s + over_s, t_s, x) - np.interp(t_s - over_s, t_s, x) for x in (e_m, n_m)]
    size = np.maximum(np.hypot(*step), 1e-9)
    out = np.column_stack([step[0] / size, step[1] / size])
    out[size < 1.0] = (0.0, 1.0)
    return out


def learn(paths: list[DronePath]) -> Spread:
    """The spread of a day's drones."""
    found = []
    for i, one in enumerate(paths):
        for j in range(0, len(one.t_s), EACH_S):
            if (mine := _bends(one, j)) is None:
                continue
            theirs = _neighbour(paths, i, float(one.e_m[j]), float(one.n_m[j]), one.heading[j])
            if theirs is not None:
                found.append(mine - theirs)
    if len(found) < FEW:
        return Spread(PRIOR_MPS, (120.0, 120.0, 120.0), 0)
    # a robust variance: single detours should not widen everyone
    seen = (1.4826 * np.median(np.abs(np.array(found)), axis=0)) ** 2 / 2.0
    # a second difference of places that are not well known has six times their variance
    noise = [6.0 * float(np.mean([np.nanmean(x**2) for x in each])) for each in _errors(paths)]
    seen = np.maximum(seen - np.nan_to_num([noise[0], noise[0], noise[1]]), 0.25 * seen)
    fits = [_fit(seen[:, axis]) for axis in range(3)]
    (a, b, c), (x, y, z) = zip(*fits, strict=True)
    return Spread((a, b, c), (x, y, z), len(found))


def _errors(paths: list[DronePath]) -> tuple[list[F64], list[F64]]:
    return [p.sigma_h_m for p in paths], [p.sigma_v_m for p in paths]


def _bends(path: DronePath, j: int) -> F64 | None:
    """(lags, 3) second differences of place at row j: across, along, up."""
    most = LAGS_S[-1]
    if j < most or j + most >= len(path.t_s) or path.t_s[j + most] - path.t_s[j - most] != 2.0 * most:
        return None
    e, n = path.heading[j]
    out = np.empty((len(LAGS_S), 3))
    for h, lag in enumerate(LAGS_S):
        d = [x[j + lag] - 2.0 * x[j] + x[j - lag] for x in (path.e_m, path.n_m, path.hae_m)]
        out[h] = d[0] * n - d[1] * e, d[0] * e + d[1] * n, d[2]
    return out


def _neighbour(paths: list[DronePath], i: int, e_m: float, n_m: float, heading: F64) -> F64 | None:
    """The same of the drone that passed nearest to a place, flying about the same way."""
    best, found = BESIDE_M, None
    for k, other in enumerate(paths):
        if k == i:
            continue
        away = np.hypot(other.e_m[::SPARSE] - e_m, other.n_m[::SPARSE] - n_m)
        j = SPARSE * int(np.argmin(away))
        near = float(away[j // SPARSE])
        if near < best and float(other.heading[j] @ heading) > 0.7 and (bends := _bends(other, j)) is not None:
            best, found = near, bends
    return found


def _grown(sigma_mps: float, forgets_s: float, after_s: float) -> float:
    x = after_s / forgets_s
    return float(2.0 * (sigma_mps * forgets_s) ** 2 * (x - 1.0 + np.exp(-x)))


def _fit(seen_m2: F64) -> tuple[float, float]:
    """Speed and time of the process whose second differences at LAGS_S are nearest to those seen, by their logs."""
    best = (np.inf, PRIOR_MPS[0], 120.0)
    logs = np.log(np.maximum(seen_m2, 1e-6))
    for forgets in FORGETS_S:
        one = np.log([4.0 * _grown(1.0, forgets, h) - _grown(1.0, forgets, 2.0 * h) for h in LAGS_S])
        shift = float(np.mean(logs - one))
        # three lags say little of the time: without a prior of it single spreads go far off at ten minutes
        miss = float(((logs - one - shift) ** 2).sum()) / LOG_ERROR**2 + (np.log(forgets / USUAL_S) / USUAL_LOG) ** 2
        if miss < best[0]:
            best = (miss, float(np.exp(0.5 * shift)), forgets)
    return best[1], best[2]


def shapes(spread: Spread, longest_s: float) -> tuple[F64, ...]:
    """Per axis (K, L): how far one normal number of each shape moves a path, KNOT_S apart from the moment it is anew.

    The velocity of its own is 0 at that moment and grows to its spread. The greatest L shapes of the process, made
    larger where needed so that the variance of the place at each moment is the process's own.
    """
    k = max(int(np.ceil(longest_s / KNOT_S)) + 1, 2)
    out = []
    for sigma, forgets, n in zip(spread.sigma_mps, spread.forgets_s, (N_ACROSS, N_ALONG, N_UP), strict=True):
        keep = np.exp(-KNOT_S / forgets)
        push = sigma * np.sqrt(1.0 - keep * keep)
        lag = np.arange(k)[:, None] - np.arange(k)[None, :]
        speed = np.where(lag >= 0, push * keep ** np.maximum(lag, 0), 0.0)
        speed[:, 0] = 0.0  # no velocity of its own at first
        place = np.zeros((k, k))
        place[1:] = np.cumsum(0.5 * (speed[1:] + speed[:-1]), axis=0) * KNOT_S
        u, s, _ = np.linalg.svd(place, full_matrices=False)
        basis = u[:, :n] * s[:n]
        whole, kept = (place**2).sum(axis=1), (basis**2).sum(axis=1)
        basis *= np.sqrt(np.divide(whole, kept, out=np.zeros(k), where=kept > 1e-12))[:, None]
        out.append(np.ascontiguousarray(basis))
    return tuple(out)
