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
from flightward.kernels.expected import N_EXPECTED, expect, log_mixture, turn_ahead
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
def edge_llr(
    s: TrackArrays, i: int, z: NDArray[np.float64], r: NDArray[np.float64], t_s: float, gate_d2: float,
    stay_s: NDArray[np.float64],
) -> float:
    """Log-likelihood of a position z at t_s under slot i's models; -inf outside the gate. For single reports."""
    ahead, at = np.empty(4), np.empty((2, N_EXPECTED))
    dt = t_s - s.t_s[i]
    turn_ahead(s.x[i], s.p[i], s.mu[i], dt, stay_s, ahead)
    expect(s.x[i], s.p[i], s.q[i], dt, ahead, at)
    return log_mixture(at, z, r, gate_d2)


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
def window(at: NDArray[np.float64], r_e: float, r_n: float, gate_d2: float, out: NDArray[np.float64]) -> None:
    """West, east, south, north end of both models' gates of `expect`'s answer into out (6,).

    r_e, r_n: greatest variances of the reports. The last two of `out`, in metres, are added to both sides.
    """
    out[0], out[1], out[2], out[3] = np.inf, -np.inf, np.inf, -np.inf
    for k in range(2):
        if at[k, 9] > -np.inf:
            w_e = math.sqrt(gate_d2 * (at[k, 3] + r_e)) + out[4]
            w_n = math.sqrt(gate_d2 * (at[k, 6] + r_n)) + out[5]
            out[0], out[1] = min(out[0], at[k, 0] - w_e), max(out[1], at[k, 0] + w_e)
            out[2], out[3] = min(out[2], at[k, 1] - w_n), max(out[3], at[k, 1] + w_n)


@inner
def beyond(
    near: NDArray[np.float64], e: float, n: float, v_e: float, v_en: float, v_n: float, x_e: float, x_n: float,
    gate_d2: float,
) -> bool:
    """Whether a report (5,) e, n and its variances lies outside the gate about e, n by the plane alone.

    x_e, x_n: how far off it may be besides, as the report is of another time.
    """
    s_e, s_n, s_en = v_e + near[2], v_n + near[4], v_en + near[3]
    y_e, y_n = near[0] - e, near[1] - n
    if x_e > 0.0:
        y_e, y_n = max(abs(y_e) - x_e, 0.0), max(abs(y_n) - x_n, 0.0)
        return bool(y_e * y_e > gate_d2 * s_e or y_n * y_n > gate_d2 * s_n)
    return bool(s_n * y_e * y_e + s_e * y_n * y_n - 2.0 * s_en * y_e * y_n > gate_d2 * (s_e * s_n - s_en * s_en))


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
    ahead, at, h, reach = np.empty(4), np.empty((2, N_EXPECTED)), np.empty(6), np.empty(6)
    p_d, gate_d2 = min(sensors.p_detect[k], 0.98), o.gate_d2
    n_edges = 0
    for a in range(slots.shape[0]):
        i = slots[a]
        start[a] = n_edges
        t_at = 0.5 * (t0 + t1)
        turn_ahead(s.x[i], s.p[i], s.mu[i], t_at - s.t_s[i], o.stay_s, ahead)
        expect(s.x[i], s.p[i], s.q[i], t_at - s.t_s[i], ahead, at)
        if not at[0, 3] + at[0, 6] < o.sigma_max_m**2:
            continue  # lost: whatever it took would be somebody else's
        reach[4] = spread_s * (abs(s.xm[i, 3]) + 3.0 * math.sqrt(s.pm[i, 3, 3]))
        reach[5] = spread_s * (abs(s.xm[i, 4]) + 3.0 * math.sqrt(s.pm[i, 4, 4]))
        window(at, r_e, r_n, gate_d2, reach)
        c_w, c_e = math.floor((reach[0] - box[0]) / box[2]), math.floor((reach[1] - box[0]) / box[2])
        c_s, c_n = math.floor((reach[2] - box[1]) / box[2]), math.floor((reach[3] - box[1]) / box[2])
        if c_e < 0 or c_w >= nx or c_n < 0 or c_s >= ny:
            continue
        exists = 1.0 / (1.0 + math.exp(-s.log_odds[i]))
        gain = math.log(exists * p_d / (1.0 - exists * p_d))
        c_w, c_e = max(c_w, 0), min(c_e, nx - 1)
        e0, n0, e1, n1 = at[0, 0], at[0, 1], at[1, 0], at[1, 1]
        ee0, en0, nn0, ee1, en1, nn1 = at[0, 3], at[0, 4], at[0, 6], at[1, 3], at[1, 4], at[1, 6]
        for cy in range(max(c_s, 0), min(c_n, ny - 1) + 1):
            for b in range(cells[cy * nx + c_w], cells[cy * nx + c_e + 1]):  # a row of cells lies together
                # the plane alone bounds the whole distance: most pairs need no inverse of three
                if beyond(near[b], e1, n1, ee1, en1, nn1, reach[4], reach[5], gate_d2) and beyond(
                    near[b], e0, n0, ee0, en0, nn0, reach[4], reach[5], gate_d2
                ):
                    continue
                j = row[b]
                if in_scan(s.hit_s[i, k], s.bits[i, k], t_s[j], sensors.scan_s[k]):
                    continue
                if t_s[j] != t_at:
                    t_at = t_s[j]
                    expect(s.x[i], s.p[i], s.q[i], t_at - s.t_s[i], ahead, at)
                llr = log_mixture(at, z[j], r[j], gate_d2) + gain - log_density[j]
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
