"""One sensor's reports against all tracks: grid gate, sparse edges, exact assignment, update, births.

The cost of an edge is minus the log-likelihood ratio of "this report is that track" against "this report is false
or new, and the track was missed": log(pD N(z; zhat, S) / density) + log(p / (1 - pD p)). Edges that do not beat
staying alone are never made, so the graph stays sparse. A report's candidates are found on a grid of cells.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from flightward.kernels._jit import kernel
from flightward.kernels.assign import assign
from flightward.kernels.classify import LIFT_KEPT
from flightward.kernels.imm import LOG_2PI, combine, invert3, predict, reweigh, update1_one, update3
from flightward.kernels.marginals import likely, messages, weighed_update
from flightward.kernels.tracklife import (
    N_HITS,
    LifeOptions,
    note_hit,
    place,
    take_slot,
    was_hit,
)
from flightward.kernels.trackstate import FREE, TrackArrays
from flightward.kernels.visibility import SensorArrays

CELL_M = 1000.0
CELLS_MAX = 512


@kernel
def grid(z: NDArray[np.float64], start: NDArray[np.int64], row: NDArray[np.int64], box: NDArray[np.float64]) -> None:
    """Sort M points by cell. box (5,): e0, n0, cell size in metres, cells east, cells north (given sizes last)."""
    for i in range(z.shape[0]):
        start[1 + _cell(z[i, 0], z[i, 1], box)] += 1
    for c in range(start.shape[0] - 1):
        start[c + 1] += start[c]
    fill = start[:-1].copy()
    for i in range(z.shape[0]):
        c = _cell(z[i, 0], z[i, 1], box)
        row[fill[c]] = i
        fill[c] += 1


@kernel
def _cell(e: float, n: float, box: NDArray[np.float64]) -> int:
    i = min(max(int((e - box[0]) / box[2]), 0), int(box[3]) - 1)
    j = min(max(int((n - box[1]) / box[2]), 0), int(box[4]) - 1)
    return j * int(box[3]) + i


@kernel
def edge_llr(
    s: TrackArrays, i: int, z: NDArray[np.float64], r: NDArray[np.float64], t_s: float, gate_d2: float,
    work: NDArray[np.float64], inv: NDArray[np.float64],
) -> float:
    """Log-likelihood of a position z at t_s under slot i's mixture; -inf outside the gate."""
    dt = t_s - s.t_s[i]
    for a in range(3):
        for b in range(3):
            work[a, b] = (
                s.pm[i, a, b] + dt * (s.pm[i, a, 3 + b] + s.pm[i, 3 + a, b]) + dt * dt * s.pm[i, 3 + a, 3 + b] + r[a, b]
            )
        c = 1 if a == 2 else 0
        q = s.mu[i, 0] * s.q[i, 0, c] + s.mu[i, 1] * s.q[i, 1, c]
        work[a, a] += q * abs(dt) ** 3 / 3.0
    det = invert3(work, inv)
    if not det > 0.0:
        return -np.inf
    y0 = z[0] - s.xm[i, 0] - dt * s.xm[i, 3]
    y1 = z[1] - s.xm[i, 1] - dt * s.xm[i, 4]
    y2 = z[2] - s.xm[i, 2] - dt * s.xm[i, 5]
    d2 = (
        y0 * (inv[0, 0] * y0 + inv[0, 1] * y1 + inv[0, 2] * y2)
        + y1 * (inv[1, 0] * y0 + inv[1, 1] * y1 + inv[1, 2] * y2)
        + y2 * (inv[2, 0] * y0 + inv[2, 1] * y1 + inv[2, 2] * y2)
    )
    if d2 > gate_d2:
        return -np.inf
    return float(-0.5 * (d2 + math.log(det) + 3.0 * LOG_2PI))


@kernel
def doppler(
    x: NDArray[np.float64], z: NDArray[np.float64], sensors: SensorArrays, k: int, h: NDArray[np.float64]
) -> float:
    """Expected range rate of a state seen at z from sensor k; its gradient by velocity into h (6,)."""
    de, dn, du = z[0] - sensors.e_m[k], z[1] - sensors.n_m[k], z[2] - sensors.u_m[k]
    d = max(math.sqrt(de * de + dn * dn + du * du), 1.0)
    h[:] = 0.0
    h[3], h[4], h[5] = de / d, dn / d, du / d
    return float(h[3] * x[3] + h[4] * x[4] + h[5] * x[5])


@kernel
def doppler_llr(
    s: TrackArrays, i: int, z: NDArray[np.float64], rate: float, var: float, sensors: SensorArrays, k: int,
    h: NDArray[np.float64],
) -> float:
    """Log-likelihood ratio of a range rate under slot i, against any rate between -200 and 200 m/s."""
    y = rate - doppler(s.xm[i], z, sensors, k, h)
    v = var + 1.0
    for a in range(3, 6):
        for b in range(3, 6):
            v += h[a] * h[b] * s.pm[i, a, b]
    # heavy tail: a track whose velocity is not yet right keeps its report
    return max(-0.5 * (y * y / v + math.log(v) + LOG_2PI), -12.0) + math.log(400.0)


@kernel
def make_edges(
    s: TrackArrays, slots: NDArray[np.int64], sensors: SensorArrays, k: int, z: NDArray[np.float64],
    r: NDArray[np.float64], t_s: NDArray[np.float64], rate: NDArray[np.float64], log_density: NDArray[np.float64],
    o: LifeOptions, start: NDArray[np.int64],
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Edges of N slots to M reports: fills start (N + 1,); gives columns and costs (E,)."""
    m = z.shape[0]
    e0, n0, e1, n1 = np.min(z[:, 0]), np.min(z[:, 1]), np.max(z[:, 0]), np.max(z[:, 1])
    box = np.empty(5)
    box[0], box[1] = e0, n0
    box[2] = max(CELL_M, max(e1 - e0, n1 - n0) / CELLS_MAX)
    box[3], box[4] = math.floor((e1 - e0) / box[2]) + 1.0, math.floor((n1 - n0) / box[2]) + 1.0
    cells = np.zeros(int(box[3] * box[4]) + 1, np.int64)
    row = np.empty(m, np.int64)
    grid(z, cells, row, box)
    r_e, r_n, t0, t1 = 0.0, 0.0, t_s[0], t_s[0]
    for j in range(m):
        r_e, r_n = max(r_e, r[j, 0, 0]), max(r_n, r[j, 1, 1])
        t0, t1 = min(t0, t_s[j]), max(t1, t_s[j])
    col = np.empty(4 * m + 64, np.int64)
    cost = np.empty(4 * m + 64)
    work, inv, h = np.empty((3, 3)), np.empty((3, 3)), np.empty(6)
    p_d = min(sensors.p_detect[k], 0.98)
    n_edges = 0
    for a in range(slots.shape[0]):
        i = slots[a]
        start[a] = n_edges
        dt = 0.5 * (t0 + t1) - s.t_s[i]
        q = s.mu[i, 0] * s.q[i, 0, 0] + s.mu[i, 1] * s.q[i, 1, 0]
        grow = q * abs(dt) ** 3 / 3.0
        v_e = s.pm[i, 0, 0] + 2.0 * dt * s.pm[i, 0, 3] + dt * dt * s.pm[i, 3, 3] + grow
        v_n = s.pm[i, 1, 1] + 2.0 * dt * s.pm[i, 1, 4] + dt * dt * s.pm[i, 4, 4] + grow
        if not v_e + v_n < o.sigma_max_m**2:
            continue  # lost: whatever it took would be somebody else's
        spread = 0.5 * (t1 - t0)
        x_e = spread * (abs(s.xm[i, 3]) + 3.0 * math.sqrt(s.pm[i, 3, 3]))
        x_n = spread * (abs(s.xm[i, 4]) + 3.0 * math.sqrt(s.pm[i, 4, 4]))
        w_e = math.sqrt(o.gate_d2 * (v_e + r_e)) + x_e
        w_n = math.sqrt(o.gate_d2 * (v_n + r_n)) + x_n
        e, n = s.xm[i, 0] + dt * s.xm[i, 3], s.xm[i, 1] + dt * s.xm[i, 4]
        if e + w_e < e0 or e - w_e > e1 or n + w_n < n0 or n - w_n > n1:
            continue
        exists = 1.0 / (1.0 + math.exp(-s.log_odds[i]))
        gain = math.log(exists * p_d / (1.0 - exists * p_d))
        c0, c1 = _cell(e - w_e, n - w_n, box), _cell(e + w_e, n + w_n, box)
        nx = int(box[3])
        for cy in range(c0 // nx, c1 // nx + 1):
            for cx in range(c0 % nx, c1 % nx + 1):
                for b in range(cells[cy * nx + cx], cells[cy * nx + cx + 1]):
                    j = row[b]
                    # each axis alone bounds the whole distance: most pairs need no inverse
                    y_e = max(abs(z[j, 0] - e) - x_e, 0.0)
                    y_n = max(abs(z[j, 1] - n) - x_n, 0.0)
                    if y_e * y_e > o.gate_d2 * (v_e + r[j, 0, 0]) or y_n * y_n > o.gate_d2 * (v_n + r[j, 1, 1]):
                        continue
                    if was_hit(s, i, k, t_s[j], sensors.scan_s[k]):
                        continue
                    llr = edge_llr(s, i, z[j], r[j], t_s[j], o.gate_d2, work, inv) + gain - log_density[j]
                    if llr > o.llr_min and rate[j] == rate[j]:
                        llr += doppler_llr(s, i, z[j], rate[j], r[j, 3, 3], sensors, k, h)
                    if llr > o.llr_min:
                        if n_edges == col.shape[0]:
                            col = np.concatenate((col, np.empty(n_edges, np.int64)))
                            cost = np.concatenate((cost, np.empty(n_edges)))
                        col[n_edges] = j
                        cost[n_edges] = -llr
                        n_edges += 1
    start[slots.shape[0]] = n_edges
    return col[:n_edges], cost[:n_edges]


@kernel
def advance(
    s: TrackArrays, i: int, z: NDArray[np.float64], r: NDArray[np.float64], t_s: float, o: LifeOptions
) -> None:
    """Predict slot i to a report z (3,) at t_s, and remember how far above or below the report was."""
    if t_s > s.t_s[i]:
        predict(s.x[i], s.p[i], s.mu[i], s.q[i], t_s - s.t_s[i], o.stay_s)
        s.t_s[i] = t_s
    u0, u1 = s.x[i, 0, 2], s.x[i, 1, 2]
    m0, m1 = s.mu[i, 0], s.mu[i, 1]
    var = m0 * s.p[i, 0, 2, 2] + m1 * s.p[i, 1, 2, 2] + m0 * m1 * (u0 - u1) ** 2 + r[2, 2]
    s.lift[i] = LIFT_KEPT * s.lift[i] + min(max((z[2] - m0 * u0 - m1 * u1) / math.sqrt(var), -4.0), 4.0)


@kernel
def hit_softly(
    s: TrackArrays, i: int, j: int, sensors: SensorArrays, k: int, z: NDArray[np.float64], r: NDArray[np.float64],
    t_s: NDArray[np.float64], rate: NDArray[np.float64], log_density: NDArray[np.float64], js: NDArray[np.int64],
    nu: NDArray[np.float64], o: LifeOptions,
) -> None:
    """Update slot i, whose best report is j, by all its candidates js (L,) with what they leave to it, nu (L,)."""
    advance(s, i, z[j], r[j], t_s[j], o)
    ratio = np.empty(js.shape[0])
    for c in range(js.shape[0]):
        ratio[c] = math.log(max(nu[c], 1e-12)) - log_density[js[c]]
    gain = weighed_update(s, i, z, r, ratio, js, sensors.p_detect[k], s.t_s[i] - t_s[j])
    if rate[j] == rate[j]:
        range_rate(s, i, sensors, k, z[j], r[j, 3, 3], rate[j])
    note_hit(s, i, k, t_s[j], sensors.scan_s[k], sensors.p_detect[k])
    s.log_odds[i] = min(s.log_odds[i] + gain, o.log_odds_max)


@kernel
def range_rate(
    s: TrackArrays, i: int, sensors: SensorArrays, k: int, z: NDArray[np.float64], var: float, rate: float
) -> None:
    """Sharpen slot i's velocity by a range rate seen at z (3,)."""
    h = np.empty(6)
    ll = np.empty(2)
    for m in range(2):
        y = rate - doppler(s.x[i, m], z, sensors, k, h)
        ll[m] = update1_one(s.x[i, m], s.p[i, m], y, var + 1.0, h)
    reweigh(s.mu[i], ll[0], ll[1])
    combine(s.x[i], s.p[i], s.mu[i], s.xm[i], s.pm[i])


@kernel
def hit(
    s: TrackArrays, i: int, sensors: SensorArrays, k: int, z: NDArray[np.float64], r: NDArray[np.float64], t_s: float,
    rate: float, rcs_m2: float, log_density: float, o: LifeOptions,
) -> None:
    """Update slot i with a report of sensor k: state, existence, history, radar cross-section."""
    advance(s, i, z, r, t_s, o)
    ll = update3(s.x[i], s.p[i], s.mu[i], s.q[i], z, r[:3, :3], s.t_s[i] - t_s)
    if rate == rate:
        range_rate(s, i, sensors, k, z, r[3, 3], rate)
    combine(s.x[i], s.p[i], s.mu[i], s.xm[i], s.pm[i])
    note_hit(s, i, k, t_s, sensors.scan_s[k], sensors.p_detect[k])
    s.log_odds[i] = min(s.log_odds[i] + math.log(sensors.p_detect[k]) + ll - log_density, o.log_odds_max)
    note_rcs(s, i, rcs_m2)


@kernel
def note_rcs(s: TrackArrays, i: int, rcs_m2: float) -> None:
    """Add a measured radar cross-section to what is known of slot i."""
    if rcs_m2 > 0.0:
        a = math.log(rcs_m2)
        s.rcs[i, 0] += 1.0
        s.rcs[i, 1] += a
        s.rcs[i, 2] += a * a


@kernel
def _shared(alone: float) -> int:
    """1 for a report of which it is not sure whose it is."""
    return 1 if alone > 0.01 else 0


@kernel
def scan(
    s: TrackArrays, sensors: SensorArrays, k: int, z: NDArray[np.float64], r: NDArray[np.float64],
    t_s: NDArray[np.float64], rate: NDArray[np.float64], rcs_m2: NDArray[np.float64],
    log_density: NDArray[np.float64], may_start: NDArray[np.int8], o: LifeOptions, free: NDArray[np.int64],
    counts: NDArray[np.int64], slot_out: NDArray[np.int64],
) -> None:
    """M reports of sensor k, at most one per track.

    z (M, 3) plane e, n, hae in metres; r (M, 4, 4) their covariance, range rate last; t_s (M,) seconds; rate (M,)
    m/s or NaN; rcs_m2 (M,) or NaN; log_density (M,) of false and new reports per m3; may_start (M,) 1: an unused
    report starts a track. slot_out (M,): the slot that took it, -1 none.
    """
    m = z.shape[0]
    slots = np.empty(s.state.shape[0], np.int64)
    n = 0
    for i in range(s.state.shape[0]):
        if s.state[i] != FREE:
            slots[n] = i
            n += 1
    start = np.zeros(n + 1, np.int64)
    col, cost = make_edges(s, slots[:n], sensors, k, z, r, t_s, rate, log_density, o, start)
    col_of = np.empty(n, np.int64)
    row_of = np.empty(m, np.int64)
    assign(start, col, cost, m, col_of, row_of)
    nu = np.ones(col.shape[0])
    alone = np.ones(m)
    if o.soft == 1:
        messages(start, col, cost, m, nu, alone)
    js, nu_js = np.empty(m, np.int64), np.empty(m)
    for j in range(m):
        if row_of[j] >= 0 and o.soft == 1 and start[row_of[j] + 1] - start[row_of[j]] + _shared(alone[j]) > 1:
            i = slots[row_of[j]]
            a, b = start[row_of[j]], start[row_of[j] + 1]
            n_kept = likely(col[a:b], cost[a:b], nu[a:b], js, nu_js)
            hit_softly(s, i, j, sensors, k, z, r, t_s, rate, log_density, js[:n_kept], nu_js[:n_kept], o)
            note_rcs(s, i, rcs_m2[j])
            counts[N_HITS] += 1
        elif row_of[j] >= 0:
            i = slots[row_of[j]]
            hit(s, i, sensors, k, z[j], r[j], t_s[j], rate[j], rcs_m2[j], log_density[j], o)
            counts[N_HITS] += 1
        elif may_start[j] == 1:
            i = take_slot(s, free, counts, t_s[j], o)
            if i >= 0:
                place(s, i, t_s[j], z[j], r[j], o)
                if o.soft == 1:
                    s.log_odds[i] += math.log(max(alone[j], 1e-3))
                if rate[j] == rate[j]:
                    h = np.empty(6)
                    for a in range(2):
                        y = rate[j] - doppler(s.x[i, a], z[j], sensors, k, h)
                        update1_one(s.x[i, a], s.p[i, a], y, r[j, 3, 3] + 1.0, h)
                    combine(s.x[i], s.p[i], s.mu[i], s.xm[i], s.pm[i])
                note_hit(s, i, k, t_s[j], sensors.scan_s[k], sensors.p_detect[k])
                note_rcs(s, i, rcs_m2[j])
        else:
            i = -1
        slot_out[j] = i
