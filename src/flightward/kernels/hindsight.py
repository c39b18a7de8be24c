"""How honest the tracks are that only bearings keep: their forecasts, put to the test by the bearings that follow.

Of every such track a forecast of 30 s is kept. Once the bearings of that time have been used, the estimate differs from
the forecast by something whose covariance is known if all is as the filter thinks: that of the forecast less that of
the estimate. How large the difference is against that, over all tracks of a class, says by how much the covariances
are too small (a false crossing that later bearings pull away) or too large (streams that fly straighter than may be
expected beforehand). One bearing cannot say it: its own noise hides the track's.

How rare turns are is learnt as well. Both are bounded, start from a prior, and forget over a quarter of an hour.

Source: T. Kailath, An innovations approach to least-squares estimation, IEEE Trans. Automatic Control 13 (1968) 646-655
(a later estimate's step is as large as the covariance shrinks); consistency tests: Bar-Shalom, Li, Kirubarajan,
Estimation with Applications to Tracking and Navigation (2001), 5.4.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from flightward.kernels._jit import inner, kernel
from flightward.kernels.bearing import is_fed
from flightward.kernels.earshot import Ears, bring, restlessness, voices
from flightward.kernels.imm import combine, predict
from flightward.kernels.picture import bound_growth
from flightward.kernels.trackstate import CONFIRMED, TrackArrays
from flightward.kernels.visibility import SensorArrays

FORECAST_S, STEP_S, EACH_S = 30, 1.0, 10.0
U_MAX = 10.0
"""One forecast counts no more than this, in halves of a squared Mahalanobis distance (1 where all is as thought)."""
FLOOR = 0.1
DOUBTED, WELL_KNOWN = 0, 1
YOUNG_S, FEW = 90.0, 4
"""A track younger than that or heard by fewer sensors may be made of the bearings of two drones: a class of its own."""
U_HONEST, STEEP = (0.8, 0.6), 1.3
"""What each class shows whose ellipses hold: less than 1, as turns are expected of all and flown by few; and how much
faster the far misses grow than the mean (both: bearings.md)."""
U_PRIOR = (1.0, 0.6)
WORTH = 30.0
SCALE_MIN, SCALE_MAX = 0.6, 4.0
KEPT_S = 900.0
TURNS_APART_S, TURNS_WORTH_S = 240.0, 60.0
TURNS_MIN_S, TURNS_MAX_S = 100.0, 10_000.0


class Trials(NamedTuple):
    """A places for forecasts under test, the first n[0] filled, and what came of them."""

    n: NDArray[np.int64]  # (1,)
    slot: NDArray[np.int64]  # (A,)
    serial: NDArray[np.int64]  # (A,) which birth the slot held
    group: NDArray[np.int64]  # (A,) DOUBTED or WELL_KNOWN
    due_s: NDArray[np.float64]  # (A,) time that is forecast
    at: NDArray[np.float64]  # (A, 5) e, n and covariance ee, en, nn
    found: NDArray[np.float64]  # (2, 2) of each group: fading sum of half squared distances; fading count
    scale: NDArray[np.float64]  # (2,) of each group: what its covariances are to be multiplied by
    turned_s: NDArray[np.float64]  # (2,) fading time that tracks turned; that they were watched
    last_s: NDArray[np.float64]  # (2,) when all this was last counted; when forecasts were last made


@inner
def is_heard_only(s: TrackArrays, i: int, sensors: SensorArrays, t_s: float) -> bool:
    """Whether slot i is confirmed and only bearings keep it."""
    return bool(s.state[i] == CONFIRMED and s.wait_s[i] > 0.0 and not is_fed(s, i, sensors, t_s))


@inner
def group_of(s: TrackArrays, i: int, sensors: SensorArrays, ears: Ears) -> int:
    """The class of slot i."""
    if s.t_s[i] - s.since_s[i] < YOUNG_S or voices(s, i, sensors, ears, s.t_s[i]) < FEW:
        return DOUBTED
    return WELL_KNOWN


@kernel
def surprise(d_e: float, d_n: float, before: NDArray[np.float64], after: NDArray[np.float64]) -> float:
    """Half the squared distance of a step (d_e, d_n) between estimates of covariances before (3,) and after (3,).

    Both as ee, en, nn. What the covariance shrinks by is never taken as less than a tenth of its lesser axis.
    """
    ee, en, nn = before[0] - after[0], before[1] - after[1], before[2] - after[2]
    floor = FLOOR * max(
        0.5 * (before[0] + before[2]) - math.hypot(0.5 * (before[0] - before[2]), before[1]), 1e-6
    )
    mean, r = 0.5 * (ee + nn), math.hypot(0.5 * (ee - nn), en)
    turn = 0.5 * math.atan2(2.0 * en, ee - nn)
    a = math.cos(turn) * d_e + math.sin(turn) * d_n
    b = math.cos(turn) * d_n - math.sin(turn) * d_e
    return float(0.5 * (a * a / max(mean + r, floor) + b * b / max(mean - r, floor)))


@inner
def _forecast(s: TrackArrays, i: int, ears: Ears, out: NDArray[np.float64]) -> None:
    """Where slot i is thought to be in FORECAST_S: e, n, ee, en, nn into out (5,)."""
    x, p, mu, q = s.x[i].copy(), s.p[i].copy(), s.mu[i].copy(), restlessness(s, i, ears)
    for _ in range(FORECAST_S):
        predict(x, p, mu, q, STEP_S, ears.stay_s)
    xm, pm = np.empty(6), np.empty((6, 6))
    combine(x, p, mu, xm, pm)
    out[0], out[1], out[2], out[3], out[4] = xm[0], xm[1], pm[0, 0], pm[0, 1], pm[1, 1]


@inner
def _judge(s: TrackArrays, t: Trials) -> None:
    """Compare the forecasts that are due, forget those of tracks that are gone."""
    after = np.empty(3)
    n = 0
    for a in range(t.n[0]):
        i = t.slot[a]
        if s.state[i] != CONFIRMED or s.serial[i] != t.serial[a]:
            continue
        lag = s.t_s[i] - t.due_s[a]
        if lag < 0.0:
            t.slot[n], t.serial[n], t.group[n], t.due_s[n] = i, t.serial[a], t.group[a], t.due_s[a]
            t.at[n] = t.at[a]
            n += 1
        elif lag < 5.0:
            after[0], after[1], after[2] = s.pm[i, 0, 0], s.pm[i, 0, 1], s.pm[i, 1, 1]
            d_e, d_n = s.xm[i, 0] - lag * s.xm[i, 3] - t.at[a, 0], s.xm[i, 1] - lag * s.xm[i, 4] - t.at[a, 1]
            t.found[t.group[a], 0] += min(surprise(d_e, d_n, t.at[a, 2:], after), U_MAX)
            t.found[t.group[a], 1] += 1.0
    t.n[0] = n


@kernel
def learn(s: TrackArrays, sensors: SensorArrays, ears: Ears, t: Trials, now_s: float) -> None:
    """Judge what is due, make new forecasts; set the scales of covariances and the mean stay in straight flight."""
    dt = now_s - t.last_s[0]
    t.last_s[0] = now_s
    if not 0.0 < dt < 60.0:
        dt = 0.0
    _judge(s, t)
    kept = math.exp(-dt / KEPT_S)
    t.found[:] *= kept
    t.turned_s[:] *= kept
    is_due = now_s >= t.last_s[1] + EACH_S
    for i in range(s.state.shape[0]):
        if not is_heard_only(s, i, sensors, now_s):
            continue
        group = group_of(s, i, sensors, ears)
        if group == WELL_KNOWN and s.mu[i, 1] > 0.0:
            t.turned_s[0] += dt * s.mu[i, 1]
            t.turned_s[1] += dt
        if is_due and t.n[0] < t.slot.shape[0]:
            a = t.n[0]
            t.slot[a], t.serial[a], t.group[a], t.due_s[a] = i, s.serial[i], group, s.t_s[i] + FORECAST_S
            _forecast(s, i, ears, t.at[a])
            t.n[0] = a + 1
    if is_due:
        t.last_s[1] = now_s
    for g in range(2):
        u = (t.found[g, 0] + WORTH * U_PRIOR[g]) / (t.found[g, 1] + WORTH)
        t.scale[g] = min(max((u / U_HONEST[g]) ** STEEP, SCALE_MIN), SCALE_MAX)
    # if the prior of a turn is right, tracks turn as often as it says; if turns are rarer, so is the mean chance
    turn_s = ears.stay_s[1]
    prior = turn_s / (turn_s + TURNS_APART_S)
    share = (t.turned_s[0] + prior * TURNS_WORTH_S) / (t.turned_s[1] + TURNS_WORTH_S)
    ears.stay_s[0] = min(max(turn_s * (1.0 - share) / share, TURNS_MIN_S), TURNS_MAX_S)


@inner
def widen(p: NDArray[np.float64], factor: float) -> None:
    """Scale the level part of a covariance (6, 6), in place; it stays positive."""
    root = math.sqrt(factor)
    for a in range(6):
        for b in range(6):
            p[a, b] *= (1.0 if a % 3 == 2 else root) * (1.0 if b % 3 == 2 else root)


@kernel
def to_now(s: TrackArrays, sensors: SensorArrays, ears: Ears, t: Trials, now_s: float) -> None:
    """Bring what only bearings keep to now_s and give it honest covariances, on a copy, for the picture."""
    before = np.empty((6, 6))
    for i in range(s.state.shape[0]):
        if not is_heard_only(s, i, sensors, now_s):
            continue
        group = group_of(s, i, sensors, ears)
        before[:] = s.pm[i]
        speed, dt = math.hypot(s.xm[i, 3], s.xm[i, 4]), now_s - s.t_s[i]
        bring(s, i, now_s, ears)
        if dt > 5.0:
            bound_growth(s.pm[i], before, speed, dt)
        widen(s.pm[i], t.scale[group])
