"""What a report does to the track that it is: state, existence, history, cross-section; for all pairs of a scan.

A track is updated by all its likely candidates, each by its probability, model by model. With u_j = S_j^-1 y_j the
sum over candidates is taken on 3 x 3 blocks before the state is touched, so many candidates cost little more than
one: mean + PH' m and covariance - PH' G HP, m = sum w_j u_j, G = sum w_j S_j^-1 - (sum w_j u_j u_j' - m m'). One sure
candidate is the plain Kalman update.

Source: Y. Bar-Shalom, X. Li, Multitarget-Multisensor Tracking (1995), 3.4 and 6.4.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from flightward.kernels._jit import inner, kernel
from flightward.kernels.classify import LIFT_KEPT
from flightward.kernels.imm import LOG_2PI, Work, combine, draw, predict, reweigh, room, spread, update1_one
from flightward.kernels.marginals import likely
from flightward.kernels.tracklife import LifeOptions, note_hits
from flightward.kernels.trackstate import FREE, TrackArrays
from flightward.kernels.visibility import SensorArrays

SHARED = 0.01
"""A report is somebody's for sure if it is nobody's by less than this."""


@inner
def weigh(
    x: NDArray[np.float64], p: NDArray[np.float64], n: int, z: NDArray[np.float64], r: NDArray[np.float64],
    js: NDArray[np.int64], log_ratio: NDArray[np.float64], log_miss: float, lag_s: float, q_h: float, q_v: float,
    w: Work,
) -> float:
    """One model, its first n numbers, by the candidates js (L,) of z (M, 3), r (M, 4, 4), in place.

    log_ratio (L,): ln of what a candidate's likelihood is multiplied by; log_miss: ln of the weight of none of them.
    Gives ln(exp(log_miss) + sum of ratio times likelihood).
    """
    spread(p, n, 1.0, -lag_s, w.ph)
    ph, grow = w.ph, lag_s * lag_s * lag_s / 3.0
    a00, a01, a02 = ph[0, 0] - lag_s * ph[3, 0] + grow * q_h, ph[0, 1] - lag_s * ph[3, 1], ph[0, 2] - lag_s * ph[3, 2]
    a11, a12 = ph[1, 1] - lag_s * ph[4, 1] + grow * q_h, ph[1, 2] - lag_s * ph[4, 2]
    a22 = ph[2, 2] - lag_s * ph[5, 2] + grow * q_v
    e, nn, u = x[0] - lag_s * x[3], x[1] - lag_s * x[4], x[2] - lag_s * x[5]
    top, total = log_miss, 1.0 if log_miss > -np.inf else 0.0
    m0, m1, m2 = 0.0, 0.0, 0.0
    g00, g01, g02, g11, g12, g22 = 0.0, 0.0, 0.0, 0.0, 0.0, 0.0
    for c in range(js.shape[0]):
        j = js[c]
        s00, s01, s02 = a00 + r[j, 0, 0], a01 + r[j, 0, 1], a02 + r[j, 0, 2]
        s11, s12, s22 = a11 + r[j, 1, 1], a12 + r[j, 1, 2], a22 + r[j, 2, 2]
        i00, i01, i02 = s11 * s22 - s12 * s12, s02 * s12 - s01 * s22, s01 * s12 - s02 * s11
        det = s00 * i00 + s01 * i01 + s02 * i02
        if not det > 0.0:
            continue
        f = 1.0 / det
        i00, i01, i02 = f * i00, f * i01, f * i02
        i11, i12, i22 = f * (s00 * s22 - s02 * s02), f * (s02 * s01 - s00 * s12), f * (s00 * s11 - s01 * s01)
        y0, y1, y2 = z[j, 0] - e, z[j, 1] - nn, z[j, 2] - u
        u0 = i00 * y0 + i01 * y1 + i02 * y2
        u1 = i01 * y0 + i11 * y1 + i12 * y2
        u2 = i02 * y0 + i12 * y1 + i22 * y2
        like = log_ratio[c] - 0.5 * (y0 * u0 + y1 * u1 + y2 * u2 + math.log(det) + 3.0 * LOG_2PI)
        if like > top:  # weights are kept relative to the greatest so far
            f = math.exp(top - like)
            total, m0, m1, m2 = f * total, f * m0, f * m1, f * m2
            g00, g01, g02, g11, g12, g22 = f * g00, f * g01, f * g02, f * g11, f * g12, f * g22
            top = like
        f = math.exp(like - top)
        total += f
        m0, m1, m2 = m0 + f * u0, m1 + f * u1, m2 + f * u2
        g00, g01, g02 = g00 + f * (i00 - u0 * u0), g01 + f * (i01 - u0 * u1), g02 + f * (i02 - u0 * u2)
        g11, g12, g22 = g11 + f * (i11 - u1 * u1), g12 + f * (i12 - u1 * u2), g22 + f * (i22 - u2 * u2)
    if not total > 0.0:
        return -np.inf
    f = 1.0 / total
    m0, m1, m2 = f * m0, f * m1, f * m2
    w.mean[0], w.mean[1], w.mean[2] = m0, m1, m2
    w.gain[0, 0], w.gain[0, 1], w.gain[0, 2] = f * g00 + m0 * m0, f * g01 + m0 * m1, f * g02 + m0 * m2
    w.gain[1, 1], w.gain[1, 2], w.gain[2, 2] = f * g11 + m1 * m1, f * g12 + m1 * m2, f * g22 + m2 * m2
    draw(x, p, n, w)
    return top + math.log(total)


@kernel
def weighed_update(
    x: NDArray[np.float64], p: NDArray[np.float64], mu: NDArray[np.float64], q: NDArray[np.float64],
    z: NDArray[np.float64], r: NDArray[np.float64], js: NDArray[np.int64], log_ratio: NDArray[np.float64],
    log_miss: float, lag_s: float, w: Work,
) -> float:
    """Both models by the candidates js, as in `weigh`; gives ln of the likelihood ratio that existence takes."""
    l0 = weigh(x[0], p[0], 6, z, r, js, log_ratio, log_miss, lag_s, q[0, 0], q[0, 1], w)
    if mu[1] == 0.0:
        return l0
    l1 = weigh(x[1], p[1], x.shape[1], z, r, js, log_ratio, log_miss, lag_s, q[1, 0], q[1, 1], w)
    return reweigh(mu, l0, l1)


@inner
def advance(s: TrackArrays, slots: NDArray[np.int64], t_s: NDArray[np.float64], o: LifeOptions) -> None:
    """Predict each of N slots to t_s (N,), in place; those that stand later stay."""
    for a in range(slots.shape[0]):
        i = slots[a]
        dt = t_s[a] - s.t_s[i]
        if dt > 0.0:
            predict(s.x[i], s.p[i], s.mu[i], s.q[i], dt, o.stay_s)
            s.t_s[i] = t_s[a]


@inner
def advance_all(s: TrackArrays, t_s: float, o: LifeOptions) -> None:
    """Predict every track to t_s, in place, with its mixture; those that stand later stay."""
    for i in range(s.state.shape[0]):
        dt = t_s - s.t_s[i]
        if s.state[i] != FREE and dt > 0.0:
            predict(s.x[i], s.p[i], s.mu[i], s.q[i], dt, o.stay_s)
            combine(s.x[i], s.p[i], s.mu[i], s.xm[i], s.pm[i])
            s.t_s[i] = t_s


@inner
def lifts(s: TrackArrays, slots: NDArray[np.int64], js: NDArray[np.int64], z: NDArray[np.float64],
          r: NDArray[np.float64]) -> None:  # fmt: skip
    """Remember how far above or below each of N slots, predicted, its report js (N,) was, in sigmas."""
    for a in range(slots.shape[0]):
        i, j = slots[a], js[a]
        u0, u1 = s.x[i, 0, 2], s.x[i, 1, 2]
        m0, m1 = s.mu[i, 0], s.mu[i, 1]
        var = m0 * s.p[i, 0, 2, 2] + m1 * s.p[i, 1, 2, 2] + m0 * m1 * (u0 - u1) ** 2 + r[j, 2, 2]
        s.lift[i] = LIFT_KEPT * s.lift[i] + min(max((z[j, 2] - m0 * u0 - m1 * u1) / math.sqrt(var), -4.0), 4.0)


@inner
def doppler(
    x: NDArray[np.float64], z: NDArray[np.float64], sensors: SensorArrays, k: int, h: NDArray[np.float64]
) -> float:
    """Expected range rate of a state seen at z from sensor k; its gradient by velocity into h (6,)."""
    de, dn, du = z[0] - sensors.e_m[k], z[1] - sensors.n_m[k], z[2] - sensors.u_m[k]
    d = max(math.sqrt(de * de + dn * dn + du * du), 1.0)
    h[:] = 0.0
    h[3], h[4], h[5] = de / d, dn / d, du / d
    return float(h[3] * x[3] + h[4] * x[4] + h[5] * x[5])


@inner
def range_rates(
    s: TrackArrays, slots: NDArray[np.int64], js: NDArray[np.int64], sensors: SensorArrays, k: int,
    z: NDArray[np.float64], r: NDArray[np.float64], rate: NDArray[np.float64],
) -> None:
    """Sharpen the velocity of each of N slots by the range rate of its report js (N,), where it has one."""
    h = np.empty(6)
    for a in range(slots.shape[0]):
        i, j = slots[a], js[a]
        if rate[j] == rate[j]:
            var = r[j, 3, 3] + 1.0
            y = rate[j] - doppler(s.x[i, 0], z[j], sensors, k, h)
            l0 = update1_one(s.x[i, 0], s.p[i, 0], y, var, h)
            y = rate[j] - doppler(s.x[i, 1], z[j], sensors, k, h)
            l1 = update1_one(s.x[i, 1], s.p[i, 1], y, var, h)
            reweigh(s.mu[i], l0, l1)


@inner
def note_rcs(s: TrackArrays, slots: NDArray[np.int64], js: NDArray[np.int64], rcs_m2: NDArray[np.float64]) -> None:
    """Add the measured radar cross-section of report js (N,), if it has one, to what is known of each of N slots."""
    for a in range(slots.shape[0]):
        i, area = slots[a], rcs_m2[js[a]]
        if area > 0.0:
            ln = math.log(area)
            s.rcs[i, 0] += 1.0
            s.rcs[i, 1] += ln
            s.rcs[i, 2] += ln * ln


@inner
def use_pairs(
    s: TrackArrays, slots: NDArray[np.int64], rows: NDArray[np.int64], js: NDArray[np.int64], sensors: SensorArrays,
    k: int, z: NDArray[np.float64], r: NDArray[np.float64], t_s: NDArray[np.float64], rate: NDArray[np.float64],
    rcs_m2: NDArray[np.float64], log_density: NDArray[np.float64], start: NDArray[np.int64],
    col: NDArray[np.int64], cost: NDArray[np.float64], nu: NDArray[np.float64], alone: NDArray[np.float64],
    o: LifeOptions,
) -> None:
    """All that the reports js (N,) do to the slots (N,) that they were paired with.

    rows (N,): the slots' rows in the graph start, col, cost; nu (E,) and alone (M,) as from `messages`.
    """
    n = slots.shape[0]
    when = np.empty(n)
    for a in range(n):
        when[a] = t_s[js[a]]
    advance(s, slots, when, o)
    lifts(s, slots, js, z, r)
    w = room()
    log_seen = math.log(sensors.p_detect[k])
    log_missed = math.log(1.0 - sensors.p_detect[k])
    most = 1
    for a in range(n):
        most = max(most, start[rows[a] + 1] - start[rows[a]])
    who, ratio = np.empty(most, np.int64), np.empty(most)
    for a in range(n):
        i, j, first, last = slots[a], js[a], start[rows[a]], start[rows[a] + 1]
        n_who, log_miss = 1, -np.inf
        who[0], ratio[0] = j, log_seen - log_density[j]
        if o.soft == 1 and (last - first > 1 or alone[j] > SHARED):
            n_who, log_miss = likely(col[first:last], cost[first:last], nu[first:last], who, ratio), log_missed
            for c in range(n_who):
                ratio[c] = log_seen + math.log(max(ratio[c], 1e-12)) - log_density[who[c]]
        gain = weighed_update(
            s.x[i], s.p[i], s.mu[i], s.q[i], z, r, who[:n_who], ratio, log_miss, s.t_s[i] - t_s[j], w
        )
        s.log_odds[i] = min(s.log_odds[i] + gain, o.log_odds_max)
    range_rates(s, slots, js, sensors, k, z, r, rate)
    for a in range(n):
        i = slots[a]
        combine(s.x[i], s.p[i], s.mu[i], s.xm[i], s.pm[i])
    note_hits(s, slots, k, when, sensors.scan_s[k], sensors.p_detect[k])
    note_rcs(s, slots, js, rcs_m2)
