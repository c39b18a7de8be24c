"""Whole scans of bearings against all tracks: who was heard, how surely, and what nobody explains.

Bearings wait until their scan must be complete (sound needs 20 s for 7 km), so that they are used in the order in
which they were true, whatever the order in which they came. Then one scan of one sensor is shared among all tracks
that it can mean by belief propagation, as plots are (scan.py); tracks that a sensor ought to have heard and did not
lose a little. What is left of each bearing may start new tracks (crossings.py).
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from flightward.kernels._jit import inner, kernel
from flightward.kernels.assign import assign
from flightward.kernels.bearing import (
    REACH,
    bend,
    is_fed,
    level_variance,
    line,
    note_heard,
    rise,
    variance,
    weighed_angle,
)
from flightward.kernels.imm import LOG_2PI, combine, predict, reweigh
from flightward.kernels.marginals import messages
from flightward.kernels.tracklife import LifeOptions, was_hit
from flightward.kernels.trackstate import CONFIRMED, FREE, TrackArrays
from flightward.kernels.visibility import SensorArrays, phi

WAITING, USED = 0, 1
GATE_D2 = 16.0
LLR_MIN = -3.0
SPAN = 0.6  # of a scan: bearings within it belong to one look
AWAKE_S = 60.0
"""A sensor that said nothing for this long may be deaf: its silence says nothing."""
FADE = 0.6  # of the chance to hear is gone at the stated range
SILENCE = 0.85  # how far silence is believed
RATE_KEPT = 0.95
GAIN_MAX, LOSS_MAX = 2.0, 1.2
"""What one look can change of the log-odds: no single line decides."""
VOICE_S, VOICE_HITS = 40.0, 3
TOP_FEW, TOP_EACH = 3.0, 1.5
"""Two drones that fly alike make false crossings that fly alike, and every look seems to bear them out: what two
sensors alone have heard of late is never held for surer than the first, and each further sensor adds the second."""
HEIGHT_DENSITY = 1.0  # false elevations per radian


class Ears(NamedTuple):
    """Q places for bearings, the newest `n[0]` of them filled; what is known of S sensors."""

    t_s: NDArray[np.float64]  # (Q,) when it was true
    azimuth_rad: NDArray[np.float64]  # (Q,) from plane north
    elevation_rad: NDArray[np.float64]  # (Q,) NaN unknown
    sensor: NDArray[np.int64]  # (Q,)
    state: NDArray[np.int8]  # (Q,) WAITING, USED
    left: NDArray[np.float64]  # (Q,) probability that no track explains it
    slot: NDArray[np.int64]  # (Q,) the slot that most probably caused it, or -1
    kind: NDArray[np.int8]  # (Q,) what the sensor calls it, or -1
    p_kind: NDArray[np.float64]  # (Q,)
    n: NDArray[np.int64]  # (2,) filled places; bearings that found no place
    is_ear: NDArray[np.int8]  # (S,) 1: measures angles only
    sigma_rad: NDArray[np.float64]  # (S,) of azimuth
    sigma_elevation_rad: NDArray[np.float64]  # (S,)
    wait_s: NDArray[np.float64]  # (S,) until all bearings of one time have come
    clutter: NDArray[np.float64]  # (S,) declared false bearings per scan
    rate: NDArray[np.float64]  # (S,) unexplained bearings per scan, learnt
    look_s: NDArray[np.float64]  # (S,) newest look that was used
    spoke_s: NDArray[np.float64]  # (S,) newest bearing that came
    stay_s: NDArray[np.float64]  # (2,) mean stay of what only bearings keep in straight flight and in a turn
    calm: NDArray[np.float64]  # (2,) its noise in both, as a share of the class's own


@inner
def log_density(ears: Ears, k: int) -> float:
    """ln of bearings per radian and scan of sensor k that are false or of things not yet known."""
    return math.log((max(ears.clutter[k], ears.rate[k]) + 0.05) / (2.0 * math.pi))


@inner
def p_heard(sensors: SensorArrays, k: int, d_m: float, sigma_m: float, fade: float) -> float:
    """Chance that sensor k hears something at d_m metres, known to sigma_m, in one scan."""
    reach = sensors.max_range_m[k]
    near = min(d_m / max(reach, 1.0), 1.0)
    inside = phi((1.05 * reach - d_m) / max(sigma_m, 0.03 * reach))
    return float(sensors.p_detect[k] * (1.0 - fade * near**3) * inside)


@inner
def restlessness(s: TrackArrays, i: int, ears: Ears) -> NDArray[np.float64]:
    """Acceleration densities (2, 2) of slot i as what only bearings keep."""
    q: NDArray[np.float64] = s.q[i].copy()
    q[0, 0] *= ears.calm[0]
    q[1, 0] *= ears.calm[1]
    return q


@inner
def bring(s: TrackArrays, i: int, t_s: float, ears: Ears) -> None:
    """Predict slot i to t_s as what only bearings keep, unless it is there already."""
    if t_s > s.t_s[i]:
        predict(s.x[i], s.p[i], s.mu[i], restlessness(s, i, ears), t_s - s.t_s[i], ears.stay_s)
        s.t_s[i] = t_s
        combine(s.x[i], s.p[i], s.mu[i], s.xm[i], s.pm[i])


@kernel
def ones(bits: int) -> int:
    """Number of set bits."""
    n = 0
    while bits != 0:
        bits &= bits - 1
        n += 1
    return n


@inner
def voices(s: TrackArrays, i: int, sensors: SensorArrays, ears: Ears, t_s: float) -> int:
    """How many sensors have heard slot i VOICE_HITS times within the VOICE_S before t_s."""
    n = 0
    for k in range(sensors.e_m.shape[0]):
        if ears.is_ear[k] == 1 and s.hit_s[i, k] > t_s - VOICE_S:
            looks = min(round((VOICE_S - max(t_s - s.hit_s[i, k], 0.0)) / sensors.scan_s[k]) + 1, 62)
            if ones(s.bits[i, k] & ((np.int64(1) << np.int64(looks)) - 1)) >= VOICE_HITS:
                n += 1
    return n


@inner
def log_odds_top(n_voices: int, o: LifeOptions) -> float:
    """The surest that anything may be that so many sensors hear of late."""
    if n_voices < 4:
        return min(TOP_FEW + TOP_EACH * max(n_voices - 2, 0), o.log_odds_max)
    return o.log_odds_max


@kernel
def far(s: TrackArrays, i: int, lag_s: float, e_m: float, n_m: float) -> tuple[float, float]:
    """Horizontal distance of slot i lag_s ago from a place, and its sigma along that line, metres."""
    de = s.xm[i, 0] - lag_s * s.xm[i, 3] - e_m
    dn = s.xm[i, 1] - lag_s * s.xm[i, 4] - n_m
    d = max(math.hypot(de, dn), 1.0)
    a, b = de / d, dn / d
    v = a * a * s.pm[i, 0, 0] + 2.0 * a * b * s.pm[i, 0, 1] + b * b * s.pm[i, 1, 1]
    return d, math.sqrt(max(v, 1.0))


@inner
def angle_log(
    s: TrackArrays, i: int, m: int, sensors: SensorArrays, ears: Ears, k: int, j: int, o: LifeOptions,
    h: NDArray[np.float64],
) -> tuple[float, float, float]:
    """Bearing j under model m of slot i: log-likelihood (-inf outside the gate), innovation, its noise variance."""
    lag = s.t_s[i] - ears.t_s[j]
    x, p = s.x[i, m], s.p[i, m]
    y, d = line(x, lag, ears.azimuth_rad[j], sensors.e_m[k], sensors.n_m[k], h)
    noise = ears.sigma_rad[k] ** 2 + s.q[i, m, 0] * max(lag, 0.0) ** 3 / 3.0 / (d * d)
    v = noise + level_variance(p, lag, h[0], h[1])
    if y * y > 2.0 * GATE_D2 * v:
        return -np.inf, y, noise
    shift, extra = bend(x, p, lag, sensors.e_m[k], sensors.n_m[k])
    y, v, noise = y + shift, v + extra, noise + extra
    if y * y > GATE_D2 * v:
        return -np.inf, y, noise
    ll = -0.5 * (y * y / v + math.log(v) + LOG_2PI)
    if ears.elevation_rad[j] == ears.elevation_rad[j]:
        yu = rise(x, lag, ears.elevation_rad[j], sensors.e_m[k], sensors.n_m[k], sensors.u_m[k], o.flat, h)
        vu = ears.sigma_elevation_rad[k] ** 2 + variance(p, h)
        # heights are guessed at first: far off is unlikely, not impossible
        ll += max(-0.5 * (yu * yu / vu + math.log(vu) + LOG_2PI), -6.0) - math.log(HEIGHT_DENSITY)
    return ll, y, noise


@inner
def hear(
    s: TrackArrays, i: int, sensors: SensorArrays, ears: Ears, k: int, js: NDArray[np.int64],
    fit: NDArray[np.float64], log_w: NDArray[np.float64], p_miss: float, turn: int, o: LifeOptions,
    share_out: NDArray[np.float64],
) -> float:
    """Slot i by its candidates js (L,): existence, and with turn 1 its state.

    fit (L, 6) from angle_log: both models' log-likelihood, innovation, noise. log_w (L,): ln(pD nu / density) of each.
    share_out (L,): each one's probability by the mixture. Gives ln of the likelihood ratio of existence.
    """
    n = js.shape[0]
    h, ll, w = np.empty(6), np.empty(2), np.empty((2, n))
    for m in range(2):
        total = 1.0 - p_miss
        for c in range(n):
            w[m, c] = math.exp(fit[c, 3 * m] + log_w[c])
            total += w[m, c]
        ll[m] = math.log(total)
        for c in range(n):
            w[m, c] /= total
    for c in range(n):
        share_out[c] = s.mu[i, 0] * w[0, c] + s.mu[i, 1] * w[1, c]
    gain = math.log(s.mu[i, 0] * math.exp(ll[0]) + s.mu[i, 1] * math.exp(ll[1]))
    if turn == 0 or n == 0:
        return gain
    for m in range(2 if s.mu[i, 1] > 0.0 else 1):
        share, mean, square = 0.0, 0.0, 0.0
        best = 0
        for c in range(n):
            y = fit[c, 3 * m + 1]
            share, mean, square = share + w[m, c], mean + w[m, c] * y, square + w[m, c] * y * y
            best = c if w[m, c] > w[m, best] else best
        lag = s.t_s[i] - ears.t_s[js[best]]
        line(s.x[i, m], lag, 0.0, sensors.e_m[k], sensors.n_m[k], h)
        weighed_angle(s.x[i, m], s.p[i, m], h, fit[best, 3 * m + 2], share, mean, square)
        _height(s.x[i, m], s.p[i, m], sensors, ears, k, js, w[m], lag, o, h)
    reweigh(s.mu[i], ll[0], ll[1])
    combine(s.x[i], s.p[i], s.mu[i], s.xm[i], s.pm[i])
    return gain


@inner
def _height(
    x: NDArray[np.float64], p: NDArray[np.float64], sensors: SensorArrays, ears: Ears, k: int,
    js: NDArray[np.int64], w: NDArray[np.float64], lag_s: float, o: LifeOptions, h: NDArray[np.float64],
) -> None:
    """The elevations of the same candidates, with the same probabilities."""
    share, mean, square = 0.0, 0.0, 0.0
    for c in range(js.shape[0]):
        el = ears.elevation_rad[js[c]]
        if el == el:
            y = rise(x, lag_s, el, sensors.e_m[k], sensors.n_m[k], sensors.u_m[k], o.flat, h)
            share, mean, square = share + w[c], mean + w[c] * y, square + w[c] * y * y
    if share > 0.0:
        weighed_angle(x, p, h, ears.sigma_elevation_rad[k] ** 2, share, mean, square)


@inner
def _points_at(
    s: TrackArrays, i: int, lag_s: float, d_m: float, sensors: SensorArrays, ears: Ears, k: int,
    js: NDArray[np.int64],
) -> bool:
    """Whether any of the bearings js may mean slot i, by a wide gate that needs no prediction."""
    v = s.pm[i, 0, 0] + s.pm[i, 1, 1] + lag_s * lag_s * (s.pm[i, 3, 3] + s.pm[i, 4, 4])
    v += (s.mu[i, 0] * s.q[i, 0, 0] + s.mu[i, 1] * s.q[i, 1, 0]) * abs(lag_s) ** 3 / 3.0
    width = 5.0 * math.sqrt(v) / d_m + 5.0 * ears.sigma_rad[k]
    de = s.xm[i, 0] - lag_s * s.xm[i, 3] - sensors.e_m[k]
    dn = s.xm[i, 1] - lag_s * s.xm[i, 4] - sensors.n_m[k]
    bearing = math.atan2(de, dn)
    for c in range(js.shape[0]):
        y = ears.azimuth_rad[js[c]] - bearing
        if width > 2.0 or abs(math.atan2(math.sin(y), math.cos(y))) < width:
            return True
    return False


@inner
def in_earshot(
    s: TrackArrays, sensors: SensorArrays, ears: Ears, k: int, js: NDArray[np.int64], t_s: float, trust: float,
    slot_out: NDArray[np.int64], p_out: NDArray[np.float64],
) -> int:
    """Tracks that sensor k could hear at t_s, brought to that time; p_out (C, 2): chance to hit, to count as missed."""
    n = 0
    reach = REACH * sensors.max_range_m[k] + 500.0
    for i in range(s.state.shape[0]):
        if s.state[i] == FREE or (s.state[i] != CONFIRMED and s.wait_s[i] <= 0.0):
            continue
        lag = s.t_s[i] - t_s
        d, sigma = far(s, i, lag, sensors.e_m[k], sensors.n_m[k])
        if d > reach or was_hit(s, i, k, t_s, sensors.scan_s[k]):
            continue
        fed = is_fed(s, i, sensors, t_s)
        if trust <= 0.0 and not _points_at(s, i, lag, d, sensors, ears, k, js):
            continue
        if not fed and lag < 0.0:
            bring(s, i, t_s, ears)
            d, sigma = far(s, i, 0.0, sensors.e_m[k], sensors.n_m[k])
        slot_out[n] = i
        p_out[n, 0] = min(max(p_heard(sensors, k, d, sigma, 0.5 * FADE), 0.05), 0.98)
        p_out[n, 1] = 0.0 if fed else min(SILENCE * trust * p_heard(sensors, k, d, sigma, FADE), 0.95)
        n += 1
    return n


@inner
def edges_of(
    s: TrackArrays, slots: NDArray[np.int64], p: NDArray[np.float64], sensors: SensorArrays, ears: Ears, k: int,
    js: NDArray[np.int64], o: LifeOptions, start: NDArray[np.int64],
) -> tuple[NDArray[np.int64], NDArray[np.float64], NDArray[np.float64]]:
    """Edges of N tracks to M bearings js: fills start (N + 1,); gives columns, costs (E,) and fits (E, 6)."""
    m = js.shape[0]
    col, cost, fit = np.empty(4 * m + 8, np.int64), np.empty(4 * m + 8), np.empty((4 * m + 8, 6))
    h = np.empty(6)
    density = log_density(ears, k)
    n_edges = 0
    for a in range(slots.shape[0]):
        i = slots[a]
        start[a] = n_edges
        exists = 1.0 / (1.0 + math.exp(-s.log_odds[i]))
        odds = math.log(exists * p[a, 0] / (1.0 - exists * p[a, 0]))
        for c in range(m):
            l0, y0, r0 = angle_log(s, i, 0, sensors, ears, k, js[c], o, h)
            l1, y1, r1 = -np.inf, y0, r0
            if s.mu[i, 1] > 0.0:
                l1, y1, r1 = angle_log(s, i, 1, sensors, ears, k, js[c], o, h)
            lik = s.mu[i, 0] * math.exp(l0) + s.mu[i, 1] * math.exp(l1)
            if lik <= 0.0:
                continue
            llr = math.log(lik) + odds - density
            if llr > LLR_MIN:
                if n_edges == col.shape[0]:
                    col = np.concatenate((col, np.empty(n_edges, np.int64)))
                    cost = np.concatenate((cost, np.empty(n_edges)))
                    fit = np.concatenate((fit, np.empty((n_edges, 6))))
                col[n_edges], cost[n_edges] = c, -llr
                fit[n_edges, 0], fit[n_edges, 1], fit[n_edges, 2] = l0, y0, r0
                fit[n_edges, 3], fit[n_edges, 4], fit[n_edges, 5] = l1, y1, r1
                n_edges += 1
    start[slots.shape[0]] = n_edges
    return col[:n_edges], cost[:n_edges], fit[:n_edges]


@inner
def look(
    s: TrackArrays, sensors: SensorArrays, ears: Ears, k: int, js: NDArray[np.int64], t_s: float, trust: float,
    o: LifeOptions,
) -> None:
    """One scan of sensor k at t_s with its bearings js (M,), which may be none; trust in its silence 0 to 1."""
    slots, p = np.empty(s.state.shape[0], np.int64), np.empty((s.state.shape[0], 2))
    n, m = in_earshot(s, sensors, ears, k, js, t_s, trust, slots, p), js.shape[0]
    start = np.zeros(n + 1, np.int64)
    col, cost, fit = edges_of(s, slots[:n], p, sensors, ears, k, js, o, start)
    col_of, row_of = np.empty(n, np.int64), np.empty(m, np.int64)
    assign(start, col, cost, m, col_of, row_of)
    nu, alone = np.ones(col.shape[0]), np.ones(m)
    messages(start, col, cost, m, nu, alone)
    density = log_density(ears, k)
    share = np.empty(m)
    for a in range(n):
        i = slots[a]
        fed = is_fed(s, i, sensors, t_s)
        b, e = start[a], start[a + 1]
        log_w = np.log(p[a, 0] * nu[b:e]) - density
        turn = 1 if col_of[a] >= 0 and not fed else 0
        gain = hear(s, i, sensors, ears, k, js[col[b:e]], fit[b:e], log_w, p[a, 1], turn, o, share)
        if fed:
            continue
        top = log_odds_top(voices(s, i, sensors, ears, t_s), o)
        s.log_odds[i] = min(s.log_odds[i] + min(max(gain, -LOSS_MAX), GAIN_MAX), top)
        if col_of[a] >= 0 and np.sum(share[: e - b]) > 0.5:
            j = js[col_of[a]]
            note_heard(s, i, k, ears.t_s[j], sensors.scan_s[k])
            ears.slot[j] = i
    for c in range(m):
        ears.left[js[c]] = alone[c]
        ears.state[js[c]] = USED
    if trust > 0.0:
        ears.rate[k] = RATE_KEPT * ears.rate[k] + (1.0 - RATE_KEPT) * np.sum(alone)
