"""One sensor's reports against all tracks: grid gate, sparse edges, exact assignment, update, births.

The cost of an edge is minus the log-likelihood ratio of "this report is that track" against "this report is false
or new, and the track was missed": log(pD N(z; zhat, S) / density) + log(p / (1 - pD p)). Edges that do not beat
staying alone are never made, so the graph stays sparse. A report's candidates are found on a grid of cells.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from flightward.kernels._jit import inner, kernel
from flightward.kernels.assign import assign
from flightward.kernels.hits import doppler, note_rcs, use_pairs
from flightward.kernels.imm import LOG_2PI, combine, update1_one
from flightward.kernels.marginals import messages
from flightward.kernels.tracklife import N_HITS, LifeOptions, in_scan, note_hits, place, take_slot
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


@inner
def _cell(e: float, n: float, box: NDArray[np.float64]) -> int:
    i = min(max(int((e - box[0]) / box[2]), 0), int(box[3]) - 1)
    j = min(max(int((n - box[1]) / box[2]), 0), int(box[4]) - 1)
    return j * int(box[3]) + i


@inner
def look_at(s: TrackArrays, i: int, dt: float, out: NDArray[np.float64]) -> None:
    """Where slot i will be in dt seconds (or was): e, n, u and their covariance ee, en, eu, nn, nu, uu into out (9,).

    Of a turn only the bend of the path counts, to first order: steps are short.
    """
    for a in range(3):
        out[a] = s.xm[i, a]
    out[3], out[4], out[5] = s.pm[i, 0, 0], s.pm[i, 0, 1], s.pm[i, 0, 2]
    out[6], out[7], out[8] = s.pm[i, 1, 1], s.pm[i, 1, 2], s.pm[i, 2, 2]
    if dt == 0.0:
        return
    t2 = dt * dt
    half, m0, m1 = 0.5 * t2, s.mu[i, 0], s.mu[i, 1]
    le, ln, turn, var = half * s.x[i, 1, 4], -half * s.x[i, 1, 3], s.x[i, 1, 6], m1 * s.p[i, 1, 6, 6]
    out[0] += dt * s.xm[i, 3] + m1 * turn * le
    out[1] += dt * s.xm[i, 4] + m1 * turn * ln
    out[2] += dt * s.xm[i, 5]
    g = abs(dt) * t2 / 3.0
    q_h, q_v = g * (m0 * s.q[i, 0, 0] + m1 * s.q[i, 1, 0]), g * (m0 * s.q[i, 0, 1] + m1 * s.q[i, 1, 1])
    c = 3
    for a in range(3):
        for b in range(a, 3):
            out[c] += dt * (s.pm[i, a, 3 + b] + s.pm[i, 3 + a, b]) + t2 * s.pm[i, 3 + a, 3 + b]
            c += 1
    out[3] += q_h + var * le * le
    out[4] += var * le * ln
    out[6] += q_h + var * ln * ln
    out[8] += q_v


@inner
def log_normal(
    at: NDArray[np.float64], z: NDArray[np.float64], r: NDArray[np.float64], gate_d2: float
) -> float:
    """Log-likelihood of a position z (3,) with covariance r (3, 3) under `look_at`'s answer; -inf outside the gate."""
    s00, s01, s02 = at[3] + r[0, 0], at[4] + r[0, 1], at[5] + r[0, 2]
    s11, s12, s22 = at[6] + r[1, 1], at[7] + r[1, 2], at[8] + r[2, 2]
    i00, i01, i02 = s11 * s22 - s12 * s12, s02 * s12 - s01 * s22, s01 * s12 - s02 * s11
    det = s00 * i00 + s01 * i01 + s02 * i02
    if not det > 0.0:
        return -np.inf
    y0, y1, y2 = z[0] - at[0], z[1] - at[1], z[2] - at[2]
    d2 = y0 * (i00 * y0 + 2.0 * (i01 * y1 + i02 * y2)) + y1 * (
        (s00 * s22 - s02 * s02) * y1 + 2.0 * (s02 * s01 - s00 * s12) * y2
    ) + y2 * (s00 * s11 - s01 * s01) * y2
    if d2 > gate_d2 * det:
        return -np.inf
    return float(-0.5 * (d2 / det + math.log(det) + 3.0 * LOG_2PI))


@inner
def edge_llr(
    s: TrackArrays, i: int, z: NDArray[np.float64], r: NDArray[np.float64], t_s: float, gate_d2: float,
    work: NDArray[np.float64], inv: NDArray[np.float64],
) -> float:
    """Log-likelihood of a position z at t_s under slot i's mixture; -inf outside the gate. For single reports."""
    at = np.empty(9)
    look_at(s, i, t_s - s.t_s[i], at)
    return log_normal(at, z, r, gate_d2)


@inner
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


@inner
def box_of(z: NDArray[np.float64]) -> NDArray[np.float64]:
    """Grid over M points, as `grid` takes it."""
    e0, n0, e1, n1 = np.min(z[:, 0]), np.min(z[:, 1]), np.max(z[:, 0]), np.max(z[:, 1])
    box = np.empty(5)
    box[0], box[1] = e0, n0
    box[2] = max(CELL_M, max(e1 - e0, n1 - n0) / CELLS_MAX)
    box[3], box[4] = math.floor((e1 - e0) / box[2]) + 1.0, math.floor((n1 - n0) / box[2]) + 1.0
    return box


@inner
def make_edges(
    s: TrackArrays, slots: NDArray[np.int64], sensors: SensorArrays, k: int, z: NDArray[np.float64],
    r: NDArray[np.float64], t_s: NDArray[np.float64], rate: NDArray[np.float64], log_density: NDArray[np.float64],
    o: LifeOptions, start: NDArray[np.int64],
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Edges of N slots to M reports: fills start (N + 1,); gives columns and costs (E,)."""
    m = z.shape[0]
    box = box_of(z)
    nx, ny = int(box[3]), int(box[4])
    cells = np.zeros(nx * ny + 1, np.int64)
    row = np.empty(m, np.int64)
    grid(z, cells, row, box)
    r_e, r_n, t0, t1 = 0.0, 0.0, t_s[0], t_s[0]
    near = np.empty((m, 5))  # what most pairs are refused by, in order of cells: read in a row
    for b in range(m):
        j = row[b]
        near[b, 0], near[b, 1] = z[j, 0], z[j, 1]
        near[b, 2], near[b, 3], near[b, 4] = r[j, 0, 0], r[j, 0, 1], r[j, 1, 1]
        r_e, r_n = max(r_e, r[j, 0, 0]), max(r_n, r[j, 1, 1])
        t0, t1 = min(t0, t_s[j]), max(t1, t_s[j])
    spread_s = 0.5 * (t1 - t0)
    col = np.empty(4 * m + 64, np.int64)
    cost = np.empty(4 * m + 64)
    at, h = np.empty(9), np.empty(6)
    p_d, gate_d2 = min(sensors.p_detect[k], 0.98), o.gate_d2
    n_edges = 0
    for a in range(slots.shape[0]):
        i = slots[a]
        start[a] = n_edges
        t_at = 0.5 * (t0 + t1)
        look_at(s, i, t_at - s.t_s[i], at)
        e, n, v_e, v_en, v_n = at[0], at[1], at[3], at[4], at[6]
        if not v_e + v_n < o.sigma_max_m**2:
            continue  # lost: whatever it took would be somebody else's
        x_e = spread_s * (abs(s.xm[i, 3]) + 3.0 * math.sqrt(s.pm[i, 3, 3]))
        x_n = spread_s * (abs(s.xm[i, 4]) + 3.0 * math.sqrt(s.pm[i, 4, 4]))
        w_e = math.sqrt(gate_d2 * (v_e + r_e)) + x_e
        w_n = math.sqrt(gate_d2 * (v_n + r_n)) + x_n
        c_w, c_e = math.floor((e - w_e - box[0]) / box[2]), math.floor((e + w_e - box[0]) / box[2])
        c_s, c_n = math.floor((n - w_n - box[1]) / box[2]), math.floor((n + w_n - box[1]) / box[2])
        if c_e < 0 or c_w >= nx or c_n < 0 or c_s >= ny:
            continue
        exists = 1.0 / (1.0 + math.exp(-s.log_odds[i]))
        gain = math.log(exists * p_d / (1.0 - exists * p_d))
        c_w, c_e = max(c_w, 0), min(c_e, nx - 1)
        for cy in range(max(c_s, 0), min(c_n, ny - 1) + 1):
            for b in range(cells[cy * nx + c_w], cells[cy * nx + c_e + 1]):  # a row of cells lies together
                # the plane alone bounds the whole distance: most pairs need no inverse of three
                s_e, s_n, s_en = v_e + near[b, 2], v_n + near[b, 4], v_en + near[b, 3]
                y_e, y_n = near[b, 0] - e, near[b, 1] - n
                if spread_s > 0.0:
                    y_e, y_n = max(abs(y_e) - x_e, 0.0), max(abs(y_n) - x_n, 0.0)
                    if y_e * y_e > gate_d2 * s_e or y_n * y_n > gate_d2 * s_n:
                        continue
                elif s_n * y_e * y_e + s_e * y_n * y_n - 2.0 * s_en * y_e * y_n > gate_d2 * (s_e * s_n - s_en * s_en):
                    continue
                j = row[b]
                if in_scan(s.hit_s[i, k], s.bits[i, k], t_s[j], sensors.scan_s[k]):
                    continue
                if t_s[j] != t_at:
                    t_at = t_s[j]
                    look_at(s, i, t_at - s.t_s[i], at)
                llr = log_normal(at, z[j], r[j], gate_d2) + gain - log_density[j]
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


@inner
def live(s: TrackArrays) -> NDArray[np.int64]:
    """Slots that hold a track, in order."""
    slots = np.empty(s.state.shape[0], np.int64)
    n = 0
    for i in range(s.state.shape[0]):
        if s.state[i] != FREE:
            slots[n] = i
            n += 1
    return slots[:n]


@kernel
def births(
    s: TrackArrays, sensors: SensorArrays, k: int, z: NDArray[np.float64], r: NDArray[np.float64],
    t_s: NDArray[np.float64], rate: NDArray[np.float64], rcs_m2: NDArray[np.float64], may_start: NDArray[np.int8],
    alone: NDArray[np.float64], o: LifeOptions, free: NDArray[np.int64], counts: NDArray[np.int64],
    slot_out: NDArray[np.int64],
) -> None:
    """Start a track from each of M reports that has no slot yet in slot_out (M,) and may; their slots into it."""
    h = np.empty(6)
    js, slots, when = np.empty(z.shape[0], np.int64), np.empty(z.shape[0], np.int64), np.empty(z.shape[0])
    n = 0
    for j in range(z.shape[0]):
        if slot_out[j] >= 0 or may_start[j] != 1:
            continue
        i = take_slot(s, free, counts, t_s[j], o)
        if i < 0:
            break
        place(s, i, t_s[j], z[j], r[j], o)
        s.log_odds[i] += math.log(max(alone[j], 1e-3))
        if rate[j] == rate[j]:
            for a in range(2):
                y = rate[j] - doppler(s.x[i, a], z[j], sensors, k, h)
                update1_one(s.x[i, a], s.p[i, a], y, r[j, 3, 3] + 1.0, h)
            combine(s.x[i], s.p[i], s.mu[i], s.xm[i], s.pm[i])
        slot_out[j] = i
        js[n], slots[n], when[n] = j, i, t_s[j]
        n += 1
    note_hits(s, slots[:n], k, when[:n], sensors.scan_s[k], sensors.p_detect[k])
    note_rcs(s, slots[:n], js[:n], rcs_m2)


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
    slots = live(s)
    n = slots.shape[0]
    start = np.zeros(n + 1, np.int64)
    col, cost = make_edges(s, slots, sensors, k, z, r, t_s, rate, log_density, o, start)
    col_of = np.empty(n, np.int64)
    row_of = np.empty(m, np.int64)
    assign(start, col, cost, m, col_of, row_of)
    nu = np.ones(col.shape[0])
    alone = np.ones(m)
    if o.soft == 1:
        messages(start, col, cost, m, nu, alone)
    rows, js, taken = np.empty(m, np.int64), np.empty(m, np.int64), np.empty(m, np.int64)
    n_pairs = 0
    for j in range(m):
        slot_out[j] = -1
        if row_of[j] >= 0:
            rows[n_pairs], js[n_pairs], taken[n_pairs] = row_of[j], j, slots[row_of[j]]
            slot_out[j] = taken[n_pairs]
            n_pairs += 1
    counts[N_HITS] += n_pairs
    use_pairs(
        s, taken[:n_pairs], rows[:n_pairs], js[:n_pairs], sensors, k, z, r, t_s, rate, rcs_m2, log_density, start, col,
        cost, nu, alone, o,
    )
    births(s, sensors, k, z, r, t_s, rate, rcs_m2, may_start, alone, o, free, counts, slot_out)
