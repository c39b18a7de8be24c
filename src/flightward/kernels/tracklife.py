"""Births, hits, misses and deaths of tracks: existence as log-odds, counted look by look.

A hit adds log(pD * likelihood / clutter density), a look without a hit adds log(1 - pD * p_in_view), time takes a
little away. A look counts as missed only when the beam has had time to pass and its report to arrive; a late
report takes the miss back. Bit k of `bits` says that the sensor hit the track k scans before its newest hit, so
one track never takes two reports of one scan.

Source: D. Musicki, R. Evans, S. Stankovic, Integrated probabilistic data association, IEEE TAC 39 (1994)
1237-1241, in log-odds form.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from flightward.kernels._jit import inner, kernel
from flightward.kernels.imm import combine, predict_one
from flightward.kernels.trackstate import (
    BIRD,
    CONFIRMED,
    FREE,
    N_KINDS,
    NEVER_S,
    TENTATIVE,
    TrackArrays,
)
from flightward.kernels.visibility import SensorArrays, in_view, p_at

HEARD_ODDS, GAP_ODDS, GAP_S = 1_000.0, 1.5, 110.0
"""Who names himself and is not heard: missed by chance, in a gap of reception, or gone; odds of the first two."""
USUAL, USUAL_LEAST_S, USUAL_MOST_S = 1.5, 1.5, 30.0
"""Missed by chance: a silence of so many of its usual intervals (within limits) has a chance of 1 / e."""
QUIET_S = 60.0
"""Unheard for longer than this, an unnamed track has most likely left the way it was flown on."""


class LifeOptions(NamedTuple):
    """Tuning of the tracker; see docs/design/tracks.md for where each number comes from."""

    flat: int
    log_odds_birth: float
    log_odds_max: float
    log_odds_confirm: float
    log_odds_drop: float
    confirm_n: int
    gate_d2: float
    sigma_max_m: float
    coast_max_s: float
    unseen_max_s: float
    silent_max_s: float
    death_s: float
    silent_death_s: float
    late_s: float
    stale_s: float
    birth_speed_mps: NDArray[np.float64]
    birth_mu: NDArray[np.float64]
    turn_radps: float  # 1 sigma of turn rates when a turn begins
    birth_climb_mps: NDArray[np.float64]
    stay_s: NDArray[np.float64]
    q_kind: NDArray[np.float64]  # (5, 2) acceleration density of each kind, horizontal and vertical, m2/s3
    q_model: NDArray[np.float64]  # (2, 2) factor of each model, horizontal and vertical
    soft: int  # 1: reports are shared among tracks by probability; 0: each goes to one track
    llr_min: float  # edges of less log-likelihood ratio than this are not made


# counts: int64, written in place
N_FREE, NEXT_TRACK, N_BIRTHS, N_CONFIRMED, N_DROPPED, N_HITS, N_DUPLICATE, N_LATE, N_DOUBTED = range(9)
N_COUNTS = 9


@inner
def clear_slot(s: TrackArrays, i: int, t_s: float, o: LifeOptions) -> None:
    """Make slot i a new tentative track without position or sensor history."""
    s.state[i] = TENTATIVE
    s.log_odds[i] = o.log_odds_birth
    s.lift[i] = 0.0
    s.odds_s[i] = t_s
    s.track[i], s.ident[i], s.hostile[i] = -1, -1, -1
    s.n_reports[i] = 0
    s.since_s[i], s.heard_s[i], s.voice_s[i] = t_s, t_s, NEVER_S
    s.wait_s[i] = 0.0
    s.hit_s[i, :] = NEVER_S
    s.look_s[i, :] = t_s
    s.bits[i, :] = 0
    s.lost[i, :] = 0.0
    s.missed[i, :] = 0
    s.rcs[i, :] = 0.0
    s.label[i, :] = 0.0
    s.noise[i, :4] = 1.0
    s.noise[i, 4] = 0.0
    for k in range(N_KINDS):
        s.p_class[i, k] = 0.0
    s.integ[i], s.reason[i] = -1, 0
    s.bad_n[i], s.good_n[i] = 0, 0
    s.bad_s[i], s.good_s[i], s.still_s[i] = NEVER_S, NEVER_S, NEVER_S
    s.said[i, :] = NEVER_S
    s.true[i, :] = NEVER_S
    s.talk_s[i], s.alias[i], s.n_alias[i] = NEVER_S, -1, 0
    s.low_n[i], s.had_good[i], s.unseen[i] = 0, 0, 0.0
    s.doubts[i, :], s.ask_s[i, :], s.agree[i, :] = 0, NEVER_S, NEVER_S
    s.up_s[i] = NEVER_S
    for k in range(2):
        s.q[i, k, 0] = o.q_model[k, 0] * o.q_kind[4, 0]
        s.q[i, k, 1] = o.q_model[k, 1] * o.q_kind[4, 1]


@inner
def no_turn(s: TrackArrays, i: int, o: LifeOptions) -> None:
    """Forget the turn rate of slot i: only the prior is left."""
    for k in range(2):
        s.x[i, k, 6] = 0.0
        s.p[i, k, 6, :] = 0.0
        s.p[i, k, :, 6] = 0.0
        s.p[i, k, 6, 6] = o.turn_radps**2


@inner
def place(
    s: TrackArrays, i: int, t_s: float, z: NDArray[np.float64], r: NDArray[np.float64], o: LifeOptions
) -> None:
    """Set the state of slot i to a position z (3,) with covariance r (3, 3) and an unknown velocity."""
    s.t_s[i] = t_s
    for k in range(2):
        s.mu[i, k] = o.birth_mu[k]
        for a in range(6):
            s.x[i, k, a] = z[a] if a < 3 else 0.0
            for b in range(6):
                s.p[i, k, a, b] = r[a, b] if a < 3 and b < 3 else 0.0
        v2 = o.birth_speed_mps[k] ** 2
        s.p[i, k, 3, 3], s.p[i, k, 4, 4], s.p[i, k, 5, 5] = v2, v2, o.birth_climb_mps[k] ** 2
    no_turn(s, i, o)
    combine(s.x[i], s.p[i], s.mu[i], s.xm[i], s.pm[i])


@inner
def take_slot(s: TrackArrays, free: NDArray[np.int64], counts: NDArray[np.int64], t_s: float, o: LifeOptions) -> int:
    """A free slot, cleared, or -1 if there is none."""
    if counts[N_FREE] == 0:
        return -1
    counts[N_FREE] -= 1
    counts[N_BIRTHS] += 1
    i = free[counts[N_FREE]]
    clear_slot(s, i, t_s, o)
    s.serial[i] = counts[N_BIRTHS]
    return int(i)


@inner
def in_scan(hit_s: float, bits: int, t_s: float, scan_s: float) -> bool:
    """Whether a history of hits holds one in the scan that holds t_s."""
    k = math.floor((hit_s - t_s) / scan_s + 0.5)
    if k < 0:
        return False
    return bool(k > 62 or (bits >> np.int64(k)) & 1 == 1)


@inner
def was_hit(s: TrackArrays, i: int, sensor: int, t_s: float, scan_s: float) -> bool:
    """Whether slot i already took a report in the scan of this sensor that holds t_s."""
    return in_scan(s.hit_s[i, sensor], s.bits[i, sensor], t_s, scan_s)


@inner
def note_hits(
    s: TrackArrays, slots: NDArray[np.int64], sensor: int, t_s: NDArray[np.float64], scan_s: float, p_detect: float
) -> None:
    """Remember a hit of each of N slots at t_s (N,), and take back a miss that was counted for that look."""
    for a in range(slots.shape[0]):
        i, t = slots[a], t_s[a]
        if s.hit_s[i, sensor] == NEVER_S:
            s.bits[i, sensor] = 1
            s.hit_s[i, sensor] = t
        else:
            k = math.floor((t - s.hit_s[i, sensor]) / scan_s + 0.5)
            if k > 0:
                s.bits[i, sensor] = ((s.bits[i, sensor] << np.int64(k)) | 1) if k < 62 else 1
                s.hit_s[i, sensor] = t
            elif k > -62:
                s.bits[i, sensor] |= np.int64(1) << np.int64(-k)
        if s.missed[i, sensor] > 0 and t <= s.look_s[i, sensor] + 0.5 * scan_s:
            back = s.lost[i, sensor] / s.missed[i, sensor]
            s.log_odds[i] -= back
            s.lost[i, sensor] -= back
            s.missed[i, sensor] -= 1
        elif s.n_reports[i] > 0 and t > s.look_s[i, sensor] + 1.5 * scan_s:
            # a look in between that had not yet been counted
            s.log_odds[i] += math.log(1.0 - min(p_detect, 0.95))
        if t > s.look_s[i, sensor]:
            s.look_s[i, sensor] = t
            s.lost[i, sensor] = 0.0
            s.missed[i, sensor] = 0
        s.n_reports[i] += 1
        s.heard_s[i] = max(s.heard_s[i], t)


@kernel
def silence_log_odds(age_s: float, usual_s: float) -> float:
    """ln of the odds that an identity not heard for age_s is still on its way, where usual_s is its usual interval.

    Reports missed by chance, a gap that began after the last one, or an end of the flight after it: the three explain a
    silence by exp(-age / usual), by exp(-age / GAP_S) and always. Odds against the last are given before.
    """
    usual = min(max(USUAL * usual_s, USUAL_LEAST_S), USUAL_MOST_S)
    return math.log(max(HEARD_ODDS * math.exp(-age_s / usual) + GAP_ODDS * math.exp(-age_s / GAP_S), 1e-9))


@kernel
def count_misses(
    s: TrackArrays, sensors: SensorArrays, live: NDArray[np.int8], spoke_s: NDArray[np.float64], now_s: float,
    o: LifeOptions,
) -> None:
    """Count the looks that have passed without a report of each track, and the chance that it died meanwhile.

    spoke_s (S,): time of each sensor's newest report, NaN none. A look counts only once its sensor has spoken of a
    later time: one that fell silent has not looked, and must not take its tracks with it.
    """
    x = np.empty(6)
    p = np.empty((6, 6))
    for i in range(s.state.shape[0]):
        if s.state[i] == FREE:
            continue
        spoke = max(s.heard_s[i], s.voice_s[i])
        if s.ident[i] >= 0:
            # whoever speaks lives, even if what it says is not believed
            spoke = max(spoke, s.said[i, 3])
            usual_s = max(s.heard_s[i] - s.since_s[i], 0.0) / max(s.n_reports[i] - 1, 1)
            s.log_odds[i] = min(s.log_odds[i], silence_log_odds(max(now_s - spoke, 0.0), usual_s))
            s.odds_s[i] = max(s.odds_s[i], now_s)
        if now_s > s.odds_s[i]:
            # odds after a chance of survival r: r p / (1 - r p)
            death_s = o.death_s if now_s - spoke <= QUIET_S else o.silent_death_s
            q = 1.0 / (1.0 + math.exp(s.log_odds[i]))
            q = q + (1.0 - q) * (1.0 - math.exp(-(now_s - s.odds_s[i]) / death_s))
            s.log_odds[i] = math.log((1.0 - q) / q)
            s.odds_s[i] = now_s
        for k in range(sensors.e_m.shape[0]):
            # who names himself is alive while he speaks, and only silent afterwards
            if sensors.is_search[k] == 0 or live[k] == 0 or s.ident[i] >= 0:
                s.look_s[i, k] = max(s.look_s[i, k], now_s - o.late_s)
                continue
            due_s = s.look_s[i, k] + sensors.scan_s[k]
            if now_s < due_s + o.late_s or not spoke_s[k] >= due_s:
                continue
            if now_s > due_s + 1.5 * sensors.scan_s[k] + o.late_s:
                s.look_s[i, k] = due_s  # it spoke again after a pause: what it did meanwhile is not known
                continue
            for a in range(6):
                x[a] = s.xm[i, a]
                for b in range(6):
                    p[a, b] = s.pm[i, a, b]
            predict_one(x, p, s.q[i, 0], max(due_s - s.t_s[i], 0.0))
            seen = in_view(sensors, k, x[0], x[1], x[2], math.sqrt(max(p[2, 2], 1.0)), o.flat)
            loss = math.log(1.0 - min(p_at(sensors, k, x[0], x[1], x[2]), 0.95) * seen)
            s.log_odds[i] += loss
            s.lost[i, k] += loss
            s.missed[i, k] += 1
            s.look_s[i, k] = due_s


@kernel
def settle(
    s: TrackArrays, sensors: SensorArrays, live: NDArray[np.int8], now_s: float, o: LifeOptions,
    free: NDArray[np.int64], counts: NDArray[np.int64], slot_of: NDArray[np.int64],
) -> None:
    """Confirm and drop tracks by what is known at now_s."""
    for i in range(s.state.shape[0]):
        if s.state[i] == FREE:
            continue
        s.log_odds[i] = min(s.log_odds[i], o.log_odds_max)
        if s.state[i] == TENTATIVE:
            if s.log_odds[i] >= o.log_odds_confirm and s.n_reports[i] >= o.confirm_n:
                s.state[i] = CONFIRMED
                s.track[i] = counts[NEXT_TRACK]
                counts[NEXT_TRACK] += 1
                counts[N_CONFIRMED] += 1
            elif s.log_odds[i] >= o.log_odds_drop and now_s - s.heard_s[i] <= 20.0 + s.wait_s[i]:
                continue
        if s.state[i] == CONFIRMED:
            kept_s = o.silent_max_s if s.ident[i] >= 0 else o.coast_max_s
            if s.log_odds[i] >= o.log_odds_drop and now_s - s.heard_s[i] <= kept_s:
                continue
            if not _is_over(s, i, sensors, live, now_s, o):
                continue
        if s.ident[i] >= 0 and slot_of[s.ident[i]] == i:
            slot_of[s.ident[i]] = -1
        if s.state[i] == CONFIRMED:
            counts[N_DROPPED] += 1
        s.state[i] = FREE
        free[counts[N_FREE]] = i
        counts[N_FREE] += 1


@inner
def _is_over(
    s: TrackArrays, i: int, sensors: SensorArrays, live: NDArray[np.int8], now_s: float, o: LifeOptions
) -> bool:
    """Whether a confirmed track is given up."""
    age_s = now_s - s.heard_s[i]
    if s.ident[i] >= 0:
        return bool(age_s > o.silent_max_s)  # who fell silent is asked for, however unlikely he is still there
    if s.log_odds[i] < o.log_odds_drop:
        return True
    if age_s <= o.coast_max_s:
        return False
    if age_s > o.unseen_max_s or s.p_class[i, BIRD] > 0.5:
        return True
    dt = max(now_s - s.t_s[i], 0.0)
    e, n, u = s.xm[i, 0] + dt * s.xm[i, 3], s.xm[i, 1] + dt * s.xm[i, 4], s.xm[i, 2] + dt * s.xm[i, 5]
    miss = 1.0
    for k in range(sensors.e_m.shape[0]):
        if sensors.is_search[k] == 1 and live[k] == 1:
            miss *= 1.0 - p_at(sensors, k, e, n, u) * in_view(sensors, k, e, n, u, 100.0, o.flat)
    # absence where nobody looks says nothing: coast on there, with growing uncertainty
    return bool(miss < 0.5)
