"""Positions that objects report about themselves: found by identity, judged, and used if believed.

Reports must stand in order of time. An identity that is new takes over the unnamed track that it fits, or starts
its own. A report that is not believed changes nothing of the track but its verdict: one from another place starts,
or continues, another place of that identity (kernels/places.py).
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from flightward.kernels._jit import inner, kernel
from flightward.kernels.doubts import FLAW_UNHEARD, LOW, LOW_SIGMA_M, is_false, note_quality
from flightward.kernels.imm import combine, predict, update3, update_velocity
from flightward.kernels.integrity import (
    CLOCK_S,
    DOUBTFUL,
    DUPLICATE_IDENTITY,
    FROZEN,
    OWN_VELOCITY_MPS,
    STALE,
    TRUSTED,
    impossible,
    judge,
    own_velocity,
)
from flightward.kernels.places import TAKES_OVER, apart_m, off_place, place_of
from flightward.kernels.scan import edge_llr
from flightward.kernels.selfnoise import POSITION, VELOCITY, fitted
from flightward.kernels.tracklife import (
    N_DOUBTED,
    N_DUPLICATE,
    N_HITS,
    N_LATE,
    LifeOptions,
    place,
    take_slot,
)
from flightward.kernels.trackstate import CONFIRMED, FREE, TrackArrays

USED, DOUBTED, DUPLICATE, LATE, NO_ROOM, VOICE = 0, 1, 2, 3, 4, 5
NEW_ODDS = 4.0
SILENT_STEP_S = 5.0
VOICE_SIGMA_MPS = 8.0
LOST_S = 60.0
CHAIN_S = 15.0
OWN_NEAR_MPS = 30.0
TALKS_S = 30.0
ALTERNATES_S = 60.0
PLACES_MAX = 4
CLIMB_SIGMAS = 3.0


@inner
def adopt(
    s: TrackArrays, t_s: float, z: NDArray[np.float64], r: NDArray[np.float64], v: NDArray[np.float64],
    stay_s: NDArray[np.float64],
) -> int:
    """The unnamed confirmed track that fits a self-reported position and velocity best, or -1."""
    best, best_llr = -1, -np.inf
    for i in range(s.state.shape[0]):
        if s.state[i] != CONFIRMED or s.ident[i] >= 0 or s.alias[i] >= 0 or t_s - s.heard_s[i] > 20.0:
            continue
        llr = edge_llr(s, i, z, r, t_s, 16.0, stay_s)
        if math.isfinite(v[0] + v[1]):
            for a in range(2):
                llr -= 0.5 * (v[a] - s.xm[i, 3 + a]) ** 2 / (s.pm[i, 3 + a, 3 + a] + 25.0)
        if llr > best_llr:
            best, best_llr = i, llr
    return best


@inner
def restart(
    s: TrackArrays, i: int, t_s: float, z: NDArray[np.float64], r: NDArray[np.float64], v: NDArray[np.float64],
    rv: NDArray[np.float64], o: LifeOptions,
) -> None:
    """Set the state of slot i to a believed position and velocity, forgetting the way there."""
    place(s, i, t_s, z, r, o)
    if math.isfinite(v[0] + v[1] + v[2]):
        update_velocity(s.x[i], s.p[i], s.mu[i], v, rv)
        s.mu[i, 0], s.mu[i, 1] = o.birth_mu[0], o.birth_mu[1]
        combine(s.x[i], s.p[i], s.mu[i], s.xm[i], s.pm[i])


@inner
def _unlike(
    s: TrackArrays, i: int, dt: float, z: NDArray[np.float64], r: NDArray[np.float64], v: NDArray[np.float64],
    rv: NDArray[np.float64],
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """Position covariance, velocity and its covariance of a report whose velocity is not what it flew, after dt.

    If the track flies as the two positions say, they say the velocity better; else the position is the odd one.
    """
    fe, fn = (z[0] - s.true[i, 0]) / dt, (z[1] - s.true[i, 1]) / dt
    r, v, rv = r.copy(), v.copy(), rv.copy()
    if math.hypot(fe - s.xm[i, 3], fn - s.xm[i, 4]) <= OWN_NEAR_MPS + 4.0 * math.sqrt(r[0, 0]) / dt:
        v[0], v[1] = fe, fn
        rv[0, 0], rv[1, 1] = OWN_VELOCITY_MPS**2, OWN_VELOCITY_MPS**2
    else:
        off2 = ((fe - v[0]) ** 2 + (fn - v[1]) ** 2) * dt * dt
        r[0, 0], r[1, 1] = r[0, 0] + off2, r[1, 1] + off2
    return r, v, rv


@inner
def follow_climb(
    s: TrackArrays, i: int, z: NDArray[np.float64], r: NDArray[np.float64], v: NDArray[np.float64],
    rv: NDArray[np.float64],
) -> None:
    """Open the vertical channel of slot i for a height or a climb (NaN: none) more than CLIMB_SIGMAS off what it held.

    Climbs begin and end within seconds between minutes of level flight: no noise is right for both.
    """
    for k in range(2):
        y2, var = (z[2] - s.x[i, k, 2]) ** 2, s.p[i, k, 2, 2] + r[2, 2]
        if y2 > CLIMB_SIGMAS**2 * var:
            s.p[i, k, 2, 2] += y2 - var
        y2, var = (v[2] - s.x[i, k, 5]) ** 2, s.p[i, k, 5, 5] + rv[2, 2]
        if y2 > CLIMB_SIGMAS**2 * var:
            s.p[i, k, 5, 5] += y2 - var


@inner
def believe(
    s: TrackArrays, i: int, t_s: float, z: NDArray[np.float64], r: NDArray[np.float64], v: NDArray[np.float64],
    rv: NDArray[np.float64], o: LifeOptions,
) -> None:
    """Move slot i by a believed report; start afresh after a long gap or a surprise."""
    lag = s.t_s[i] - t_s
    is_own = own_velocity(s, i, t_s, z, v, math.sqrt(r[0, 0]))
    if not is_own:
        r, v, rv = _unlike(s, i, t_s - s.true[i, 3], z, r, v, rv)
    off2, var2 = 0.0, 0.0
    for a in range(2):
        off2 += (z[a] - s.xm[i, a] + lag * s.xm[i, 3 + a]) ** 2
        var2 += s.pm[i, a, a] + r[a, a]
    # after a gap or a turn unseen in it, what was known of the velocity only misleads
    if -lag > LOST_S or (lag <= 0.0 and off2 > 12.0 * var2 + 1e4 and t_s - s.true[i, 3] > 10.0):
        restart(s, i, t_s, z, r, v, rv, o)
    else:
        if lag < 0.0:
            predict(s.x[i], s.p[i], s.mu[i], s.q[i], -lag, o.stay_s)
            s.t_s[i] = t_s
            lag = 0.0
        rr, rrv = r.copy(), rv.copy()
        is_fresh = lag == 0.0 and t_s - s.true[i, 3] < CHAIN_S
        if is_own:
            fitted(s, i, POSITION, z, r, is_fresh, rr)
        if lag == 0.0:
            follow_climb(s, i, z, rr, v, rv)
        ll = update3(s.x[i], s.p[i], s.mu[i], s.q[i], z, rr, lag)
        if not math.isfinite(ll):
            restart(s, i, t_s, z, r, v, rv, o)
        elif math.isfinite(v[0] + v[1] + v[2]) and lag < 2.0:
            if is_own:
                fitted(s, i, VELOCITY, v, rv, is_fresh, rrv)
            update_velocity(s.x[i], s.p[i], s.mu[i], v, rrv)
        combine(s.x[i], s.p[i], s.mu[i], s.xm[i], s.pm[i])
    for a in range(3):
        s.true[i, a] = z[a]
        s.true[i, 4 + a] = v[a] if math.isfinite(v[a]) else s.xm[i, 3 + a]
    s.true[i, 3] = t_s
    s.heard_s[i] = max(s.heard_s[i], t_s)
    s.n_reports[i] += 1


@inner
def voice(s: TrackArrays, i: int, t_s: float, v: NDArray[np.float64], o: LifeOptions) -> None:
    """A row without a position: fly on by its velocity where that can be true."""
    if t_s - s.voice_s[i] < SILENT_STEP_S or t_s < s.t_s[i] or not math.isfinite(v[0] + v[1]):
        return
    if (s.integ[i] > TRUSTED and s.reason[i] != STALE and s.reason[i] != FROZEN) or is_false(s, i):
        return  # who reports false positions may report false velocities
    dv = math.hypot(v[0] - s.xm[i, 3], v[1] - s.xm[i, 4])
    if impossible(s.xm[i, 2], v[0], v[1]) or dv > 40.0 + 3.0 * (t_s - s.t_s[i]):
        return
    s.voice_s[i] = t_s
    predict(s.x[i], s.p[i], s.mu[i], s.q[i], t_s - s.t_s[i], o.stay_s)
    s.t_s[i] = t_s
    rv = np.zeros((3, 3))
    vv = np.empty(3)
    for a in range(3):
        rv[a, a] = VOICE_SIGMA_MPS**2
        vv[a] = v[a] if math.isfinite(v[a]) else 0.0
    update_velocity(s.x[i], s.p[i], s.mu[i], vv, rv)
    combine(s.x[i], s.p[i], s.mu[i], s.xm[i], s.pm[i])


@inner
def _is_old(s: TrackArrays, i: int, t_s: float, z: NDArray[np.float64], sigma_m: float) -> int:
    """DUPLICATE or LATE for what slot i said already, or was overtaken by; USED for all else.

    Only where the track is: a report of the same time from another place is no copy.
    """
    if t_s > s.true[i, 3]:
        return DUPLICATE if t_s == s.said[i, 3] and math.hypot(z[0] - s.said[i, 0], z[1] - s.said[i, 1]) < 1.0 else USED
    slack = 500.0 + 6.0 * sigma_m + (CLOCK_S + s.true[i, 3] - t_s) * math.hypot(s.true[i, 4], s.true[i, 5])
    if math.hypot(z[0] - s.true[i, 0], z[1] - s.true[i, 1]) > slack:
        return DOUBTED
    return DUPLICATE if t_s == s.true[i, 3] else LATE


@inner
def _first(
    s: TrackArrays, t_s: float, z: NDArray[np.float64], r: NDArray[np.float64], v: NDArray[np.float64],
    rv: NDArray[np.float64], o: LifeOptions, free: NDArray[np.int64], counts: NDArray[np.int64],
) -> int:
    """The slot for an identity that is new: the unnamed track that it fits, or its own; -1 without room."""
    i = adopt(s, t_s, z, r, v, o.stay_s)
    if i < 0:
        i = take_slot(s, free, counts, t_s, o)
        if i < 0:
            return -1
        restart(s, i, t_s, z, r, v, rv, o)
    return i


@inner
def elsewhere(
    s: TrackArrays, i: int, ident: int, t_s: float, z: NDArray[np.float64], r: NDArray[np.float64],
    v: NDArray[np.float64], rv: NDArray[np.float64], o: LifeOptions, free: NDArray[np.int64],
    counts: NDArray[np.int64],
) -> None:
    """Begin another place of slot i's identity, if it was heard at its own place just now."""
    if t_s - s.true[i, 3] > ALTERNATES_S or s.n_alias[i] >= PLACES_MAX:
        return
    if off_place(s, i, t_s, z) <= apart_m(s, i, math.sqrt(r[0, 0])):
        return
    k = _first(s, t_s, z, r, v, rv, o, free, counts)
    if k < 0:
        return
    s.alias[k], s.still_s[k] = ident, t_s
    s.log_odds[k] = max(s.log_odds[k], 0.0)
    s.n_alias[i] += 1
    s.integ[k], s.reason[k] = DOUBTFUL, DUPLICATE_IDENTITY
    s.said[k, 0], s.said[k, 1], s.said[k, 2], s.said[k, 3] = z[0], z[1], z[2], t_s
    believe(s, k, t_s, z, r, v, rv, o)


@kernel
def self_reports(
    s: TrackArrays, sensor: NDArray[np.int64], t_s: NDArray[np.float64], ident: NDArray[np.int64],
    z: NDArray[np.float64], var: NDArray[np.float64], v: NDArray[np.float64], var_v: NDArray[np.float64],
    kind: NDArray[np.int8], p_kind: NDArray[np.float64], hostile: NDArray[np.int8], flaw: NDArray[np.int8],
    now_s: float, o: LifeOptions, free: NDArray[np.int64], counts: NDArray[np.int64], slot_of: NDArray[np.int64],
    status_out: NDArray[np.int8],
) -> None:
    """M reports with an identity, in order of time.

    sensor (M,) row or -1; ident (M,); z (M, 3) plane e, n, hae in m, NaN: no new position; var (M, 2) horizontal
    and vertical m2; v (M, 3) plane velocity m/s, NaN unknown; var_v (M, 2); kind (M,) or -1 with p_kind (M,);
    hostile (M,) 1, 0, -1; flaw (M,) bits of kernels.doubts. slot_of (I,): slot of each identity or -1, written in
    place. status_out (M,): USED, DOUBTED, DUPLICATE, LATE, NO_ROOM or VOICE.
    """
    r, rv = np.zeros((3, 3)), np.zeros((3, 3))
    for j in range(t_s.shape[0]):
        i = slot_of[ident[j]]
        for a in range(3):
            r[a, a] = var[j, 1] if a == 2 else var[j, 0]
            rv[a, a] = var_v[j, 1] if a == 2 else var_v[j, 0]
        if i >= 0:
            s.talk_s[i] = max(s.talk_s[i], t_s[j])
        if not math.isfinite(z[j, 0] + z[j, 1] + z[j, 2]):
            status_out[j] = VOICE
            if i >= 0:
                voice(s, i, t_s[j], v[j], o)
            continue
        unheard = flaw[j] & FLAW_UNHEARD != 0
        if i < 0:
            i = -1 if unheard else _first(s, t_s[j], z[j], r, v[j], rv, o, free, counts)
            if i < 0:
                status_out[j] = DOUBTED if unheard else NO_ROOM
                counts[N_DOUBTED] += 1 if unheard else 0
                continue
            s.ident[i], s.talk_s[i] = ident[j], t_s[j]
            s.log_odds[i] = max(s.log_odds[i], NEW_ODDS)
            slot_of[ident[j]] = i
        status_out[j] = _one(
            s, i, ident[j], t_s[j], z[j], r, v[j], rv, flaw[j], o, free, counts
        )
        if status_out[j] == DOUBTED:
            counts[N_DOUBTED] += 1
        elif status_out[j] == USED:
            counts[N_HITS] += 1
            s.log_odds[i] = o.log_odds_max
            if kind[j] >= 0 and kind[j] < 5:
                _label(s, i, kind[j], p_kind[j])
            if hostile[j] >= 0:
                s.hostile[i] = hostile[j]
        else:
            counts[N_DUPLICATE if status_out[j] == DUPLICATE else N_LATE] += 1
            continue
        if sensor[j] >= 0:
            s.hit_s[i, sensor[j]] = max(s.hit_s[i, sensor[j]], t_s[j])


@inner
def _one(
    s: TrackArrays, i: int, ident: int, t_s: float, z: NDArray[np.float64], r: NDArray[np.float64],
    v: NDArray[np.float64], rv: NDArray[np.float64], flaw: int, o: LifeOptions, free: NDArray[np.int64],
    counts: NDArray[np.int64],
) -> int:
    """What becomes of one position of slot i's identity: USED, DOUBTED, DUPLICATE or LATE."""
    sigma = math.sqrt(r[0, 0])
    unheard = flaw & FLAW_UNHEARD != 0
    if unheard and t_s - s.true[i, 3] <= ALTERNATES_S:
        return DOUBTED  # it is heard from where it can be heard: this one says nothing of it
    k = -1
    if s.n_alias[i] > 0:
        k = place_of(s, i, ident, t_s, z, sigma)
        if k >= 0:
            if t_s <= s.said[k, 3]:
                return DUPLICATE if t_s == s.said[k, 3] else LATE
            s.said[k, 0], s.said[k, 1], s.said[k, 2], s.said[k, 3] = z[0], z[1], z[2], t_s
            believe(s, k, t_s, z, r, v, rv, o)
            if s.true[i, 3] > s.still_s[k]:
                return DOUBTED  # heard at both places: the other place's report says nothing of this one
    old = _is_old(s, i, t_s, z, sigma)
    if old in (DUPLICATE, LATE):
        return old
    if old == DOUBTED:
        if s.n_alias[i] == 0 or place_of(s, i, ident, t_s, z, sigma) < 0:
            elsewhere(s, i, ident, t_s, z, r, v, rv, o, free, counts)
        return DOUBTED
    note_quality(s, i, flaw)
    believed, is_away = judge(s, i, t_s, z, v, sigma, unheard)
    if is_away and not believed and not unheard and (
        s.n_alias[i] == 0 or place_of(s, i, ident, t_s, z, sigma) < 0
    ):
        elsewhere(s, i, ident, t_s, z, r, v, rv, o, free, counts)
    if not believed or is_false(s, i):
        return DOUBTED
    if k >= 0:
        s.bad_n[k] = TAKES_OVER  # it went there for good: that track is it now, and this one moves nowhere
        return DOUBTED
    if s.doubts[i, LOW] > TRUSTED:
        for a in range(2):
            r[a, a] = max(r[a, a], LOW_SIGMA_M**2)
    believe(s, i, t_s, z, r, v, rv, o)
    return USED


@inner
def _label(s: TrackArrays, i: int, kind: int, p_kind: float) -> None:
    """What a source says of itself weighs once, not each time: labels of one source are not independent."""
    p = min(max(p_kind if p_kind == p_kind else 0.9, 0.2), 0.999)
    for k in range(5):
        s.label[i, k] = math.log(p if k == kind else (1.0 - p) / 4.0)


@kernel
def mark_stale(s: TrackArrays, now_s: float, stale_s: float) -> None:
    """Identities without a new believed position for longer than stale_s get the reason stale.

    One that still talks has lost its positions: doubtful. One that is silent said what was true then: its age tells.
    """
    for i in range(s.state.shape[0]):
        if s.state[i] == FREE or s.ident[i] < 0 or now_s - s.true[i, 3] <= stale_s:
            continue
        if s.integ[i] == TRUSTED:
            s.reason[i] = STALE
            if now_s - s.talk_s[i] <= TALKS_S:
                s.integ[i] = DOUBTFUL
