"""Self-reported positions against radar: does a live radar that covers the place see something there.

Every look of a radar at the place that a believed identity reports adds evidence: one that finds the identity's track,
or an unnamed one close by, takes all doubt away; one that finds nothing adds ln(1 - pD), pD held at 0.8 at most, for a
detection probability is never known so well. Five such looks (odds 3,000 : 1 by the declared figures) make doubtful.
It is false when, besides, an unnamed radar track flies where the identity must be, by dead reckoning from where a
radar last saw it (the identity then follows that track), or, for what is no drone and flies fast, after ten
looks. A drone that a radar misses may only be small, and what flies low may be behind a hill that nobody knows of:
looks at less than MASKED_RAD of elevation make nothing false by themselves. pD is what was learnt there, higher up
what is declared.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from flightward.kernels._jit import inner, kernel
from flightward.kernels.doubts import AGAINST
from flightward.kernels.integrity import DOUBTFUL, FALSE, TRUSTED
from flightward.kernels.tracklife import N_DROPPED, N_FREE, LifeOptions
from flightward.kernels.trackstate import CONFIRMED, DRONE, FREE, NEVER_S, TrackArrays
from flightward.kernels.visibility import SensorArrays, in_view, p_at

P_MAX, P_MIN = 0.8, 0.5
DOUBT_ODDS, FALSE_ODDS = -8.0, -16.0
FRESH_S = 15.0
FAST_MPS = 40.0
SOFT_M = 300.0  # the place must lie so far inside the coverage, not at its edge
NEAR_M, NEAR_RAD = 1_000.0, 0.01  # a radar's place for it may be off by its biases
NEAR_MPS = 50.0
AGREE_MAX_S = 900.0
RADAR_ODDS = 2.0
MASKED_RAD = 0.05  # hills stand no higher than this above a radar's horizon, as a rule


@inner
def near_place(s: TrackArrays, i: int, range_m: float, now_s: float) -> int:
    """The unnamed radar track next to what slot i's identity said, or -1."""
    tolerance = NEAR_M + NEAR_RAD * range_m
    dt = now_s - s.said[i, 3]
    e, n = s.said[i, 0] + dt * s.true[i, 4], s.said[i, 1] + dt * s.true[i, 5]
    return _unnamed(s, e, n, s.true[i, 4], s.true[i, 5], tolerance, now_s)


@inner
def _unnamed(s: TrackArrays, e: float, n: float, ve: float, vn: float, tolerance_m: float, now_s: float) -> int:
    """The nearest unnamed confirmed track, heard just now, within a distance and NEAR_MPS; -1 if there is none."""
    best, best_d = -1, tolerance_m
    for k in range(s.state.shape[0]):
        if s.state[k] != CONFIRMED or s.ident[k] >= 0 or s.alias[k] >= 0 or now_s - s.heard_s[k] > FRESH_S:
            continue
        lag = now_s - s.t_s[k]
        d = math.hypot(s.xm[k, 0] + lag * s.xm[k, 3] - e, s.xm[k, 1] + lag * s.xm[k, 4] - n)
        if d < best_d and math.hypot(s.xm[k, 3] - ve, s.xm[k, 4] - vn) < NEAR_MPS:
            best, best_d = k, d
    return best


@kernel
def ask_radars(
    s: TrackArrays, sensors: SensorArrays, live: NDArray[np.int8], spoke_s: NDArray[np.float64], now_s: float,
    o: LifeOptions, free: NDArray[np.int64], counts: NDArray[np.int64],
) -> None:
    """Weigh the radars' looks at every place that identities report; give identities that lie their radar track.

    live (S,) 1: works; spoke_s (S,) newest time that each sensor has reported of, NaN none.
    """
    for i in range(s.state.shape[0]):
        if s.state[i] == CONFIRMED and s.alias[i] >= 0:
            for k in range(sensors.e_m.shape[0]):
                if sensors.is_search[k] == 1:
                    s.agree[i, 3] = max(s.agree[i, 3], s.hit_s[i, k])
        if s.state[i] != CONFIRMED or s.ident[i] < 0 or s.said[i, 3] == NEVER_S:
            continue
        asked, nearest_m, is_high = False, 1e9, False
        for k in range(sensors.e_m.shape[0]):
            if sensors.is_search[k] == 0 or live[k] == 0:
                continue
            if s.hit_s[i, k] > s.ask_s[i, k] and s.hit_s[i, k] > s.agree[i, 3]:
                _note_track(s, i, s.hit_s[i, k])
            if _hit_since(s, i, k):
                s.ask_s[i, k] = s.hit_s[i, k]
                s.unseen[i] = 0.0
                s.doubts[i, AGAINST] = TRUSTED
            due_s = s.ask_s[i, k] + sensors.scan_s[k]
            late_s = o.late_s + 0.2 * sensors.scan_s[k]
            if s.ask_s[i, k] == NEVER_S or now_s > due_s + 2.5 * sensors.scan_s[k] + late_s:
                s.ask_s[i, k] = now_s
                continue
            if now_s < due_s + late_s or not spoke_s[k] >= due_s:
                continue
            s.ask_s[i, k] = due_s
            if now_s - s.said[i, 3] > FRESH_S:
                continue  # nothing claimed now
            e, n, u = s.said[i, 0], s.said[i, 1], s.said[i, 2]
            far_m = math.hypot(e - sensors.e_m[k], n - sensors.n_m[k])
            above = u - sensors.u_m[k] > MASKED_RAD * far_m
            # up there the chance as declared: what is learnt may be learnt from the one that lies
            p = sensors.p_detect[k] if above else p_at(sensors, k, e, n, u)
            p *= in_view(sensors, k, e, n, u - SOFT_M, SOFT_M, o.flat)
            if p > P_MIN:
                s.unseen[i] += math.log(1.0 - min(p, P_MAX))
                asked = True
                nearest_m = min(nearest_m, far_m)
                is_high = is_high or above
        if asked:
            _decide(s, i, nearest_m, is_high, now_s, free, counts)


@inner
def _hit_since(s: TrackArrays, i: int, k: int) -> bool:
    """Whether radar k hit slot i since it was asked last, while the track is where the identity says."""
    if s.hit_s[i, k] == NEVER_S or s.hit_s[i, k] <= s.ask_s[i, k]:
        return False
    lag = s.said[i, 3] - s.t_s[i]
    off = math.hypot(s.said[i, 0] - s.xm[i, 0] - lag * s.xm[i, 3], s.said[i, 1] - s.xm[i, 1] - lag * s.xm[i, 4])
    return off <= 2.0 * NEAR_M


@inner
def _note_track(s: TrackArrays, i: int, t_s: float) -> None:
    """Remember where a radar saw slot i's track."""
    lag = t_s - s.t_s[i]
    for a in range(3):
        s.agree[i, a] = s.xm[i, a] + lag * s.xm[i, 3 + a]
        s.agree[i, 4 + a] = s.xm[i, 3 + a]
    s.agree[i, 3] = t_s


@inner
def _decide(
    s: TrackArrays, i: int, range_m: float, is_high: bool, now_s: float, free: NDArray[np.int64],
    counts: NDArray[np.int64],
) -> None:
    if s.unseen[i] > DOUBT_ODDS:
        return
    if near_place(s, i, range_m, now_s) >= 0:
        s.unseen[i] = 0.0
        s.doubts[i, AGAINST] = TRUSTED
        return
    s.unseen[i] = max(s.unseen[i], 2.0 * FALSE_ODDS)
    k = _where_it_must_be(s, i, now_s)
    if k >= 0:
        s.doubts[i, AGAINST] = FALSE
        _follow(s, i, k, free, counts)
    elif s.doubts[i, AGAINST] != FALSE:
        is_big = s.p_class[i, DRONE] < 0.5 and math.hypot(s.true[i, 4], s.true[i, 5]) > FAST_MPS
        s.doubts[i, AGAINST] = FALSE if is_big and is_high and s.unseen[i] <= FALSE_ODDS else DOUBTFUL


@inner
def _where_it_must_be(s: TrackArrays, i: int, now_s: float) -> int:
    """The unnamed radar track where dead reckoning from the last agreement puts slot i; -1 if there is none."""
    dt = now_s - s.agree[i, 3]
    if s.agree[i, 3] == NEVER_S or dt > AGREE_MAX_S:
        return -1
    v = math.hypot(s.agree[i, 4], s.agree[i, 5])
    e, n = s.agree[i, 0] + dt * s.agree[i, 4], s.agree[i, 1] + dt * s.agree[i, 5]
    # as far off as a slow turn or a few knots make in that time
    tolerance = NEAR_M + min(0.5 * dt * dt, 0.3 * v * dt)
    k = _unnamed(s, e, n, s.agree[i, 4], s.agree[i, 5], tolerance, now_s)
    if k < 0 or abs(s.xm[k, 2] - s.agree[i, 2]) > 1_500.0 + 5.0 * dt + 3.0 * math.sqrt(s.pm[k, 2, 2]):
        return -1
    return k


@inner
def _follow(s: TrackArrays, i: int, k: int, free: NDArray[np.int64], counts: NDArray[np.int64]) -> None:
    """Slot i goes on as the radar track k, which ends: same object, the identity's number."""
    s.x[i], s.p[i], s.mu[i], s.xm[i], s.pm[i] = s.x[k], s.p[k], s.mu[k], s.xm[k], s.pm[k]
    s.t_s[i], s.q[i], s.heard_s[i] = s.t_s[k], s.q[k], s.heard_s[k]
    s.hit_s[i], s.look_s[i], s.bits[i] = s.hit_s[k], s.look_s[k], s.bits[k]
    s.missed[i], s.lost[i], s.rcs[i] = s.missed[k], s.lost[k], s.rcs[k]
    s.log_odds[i] = max(s.log_odds[i], s.log_odds[k])
    s.state[k] = FREE
    counts[N_DROPPED] += 1
    free[counts[N_FREE]] = k
    counts[N_FREE] += 1
