"""Association probabilities on a sparse graph by loopy belief propagation, and the update that they weigh.

An edge's weight is the likelihood ratio of "this report is that track" against "the report is false or new and the
track was missed". Messages run between tracks and reports until they settle; on a graph without loops they are exact.
The update is that of probabilistic data association, model by model.

Source: J. Williams, R. Lau, IEEE Trans. Aerospace and Electronic Systems 50 (2014) 2942-2959, equations 30-33;
Y. Bar-Shalom, X. Li, Multitarget-Multisensor Tracking (1995), 3.4 and 6.4.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from flightward.kernels._jit import kernel
from flightward.kernels.imm import combine, update3_one
from flightward.kernels.trackstate import TrackArrays

TURNS_MAX = 40
SETTLED = 1e-4
LLR_MAX = 25.0
LEAST = 0.01
"""A candidate of less than this probability is left out of an update."""


@kernel
def messages(
    start: NDArray[np.int64], col: NDArray[np.int64], cost: NDArray[np.float64], n_cols: int,
    nu_out: NDArray[np.float64], alone_out: NDArray[np.float64],
) -> int:
    """What each report leaves to each track that could have caused it; gives the number of turns taken.

    start (N + 1,), col and cost (E,) as in assign, cost = -ln of the ratio. nu_out (E,) in (0, 1]; alone_out (n_cols,):
    probability that no track caused the report.
    """
    n = start.shape[0] - 1
    n_edges = start[n]
    psi = np.empty(n_edges)
    mu = np.empty(n_edges)
    for e in range(n_edges):
        psi[e] = math.exp(min(-cost[e], LLR_MAX))
        nu_out[e] = 1.0
    total = np.empty(n_cols)
    turn = 0
    while turn < TURNS_MAX:
        turn += 1
        total[:] = 1.0
        for i in range(n):
            t = 1.0
            for e in range(start[i], start[i + 1]):
                t += psi[e] * nu_out[e]
            for e in range(start[i], start[i + 1]):
                mu[e] = psi[e] / max(t - psi[e] * nu_out[e], 1.0)
                total[col[e]] += mu[e]
        change = 0.0
        for e in range(n_edges):
            new = 1.0 / max(total[col[e]] - mu[e], 1.0)
            change = max(change, abs(new - nu_out[e]))
            nu_out[e] = new
        if change < SETTLED:
            break
    for j in range(n_cols):
        alone_out[j] = 1.0 / total[j]
    return turn


@kernel
def likely(
    col: NDArray[np.int64], cost: NDArray[np.float64], nu: NDArray[np.float64], col_out: NDArray[np.int64],
    nu_out: NDArray[np.float64],
) -> int:
    """One track's edges (L,) of some probability, to the front of col_out and nu_out; their count, at least one."""
    total, top = 1.0, 0.0
    for e in range(col.shape[0]):
        w = math.exp(min(-cost[e], LLR_MAX)) * nu[e]
        total += w
        top = max(top, w)
    n = 0
    for e in range(col.shape[0]):
        w = math.exp(min(-cost[e], LLR_MAX)) * nu[e]
        if w > LEAST * total or w == top:
            col_out[n], nu_out[n] = col[e], nu[e]
            n += 1
    return n


@kernel
def weighed_update(
    s: TrackArrays, i: int, z: NDArray[np.float64], r: NDArray[np.float64], log_ratio: NDArray[np.float64],
    js: NDArray[np.int64], p_detect: float, lag_s: float,
) -> float:
    """Update slot i by its candidates js (L,), each by its probability; the state stands at the reports' time.

    z (M, 3), r (M, 4, 4); log_ratio (L,): ln(nu / density of false reports). Gives ln of the likelihood ratio
    (1 - pD) + pD sum(nu N / density) that existence takes.
    """
    n = js.shape[0]
    x, p = np.empty((n + 1, 6)), np.empty((n + 1, 6, 6))
    w = np.empty(n + 1)
    gain = np.empty(2)
    rr = np.empty((3, 3))
    for m in range(2):
        x[0], p[0], w[0] = s.x[i, m], s.p[i, m], math.log(1.0 - p_detect)
        for c in range(n):
            x[c + 1], p[c + 1] = s.x[i, m], s.p[i, m]
            for a in range(3):
                for b in range(3):
                    rr[a, b] = r[js[c], a, b]
                rr[a, a] += (s.q[i, m, 1] if a == 2 else s.q[i, m, 0]) * lag_s**3 / 3.0
            ll = update3_one(x[c + 1], p[c + 1], z[js[c]], rr, 1.0, -lag_s)
            w[c + 1] = math.log(p_detect) + ll + log_ratio[c]
        top = np.max(w)
        total = 0.0
        for c in range(n + 1):
            w[c] = math.exp(w[c] - top)
            total += w[c]
        gain[m] = top + math.log(total)
        _match(x, p, w, total, s.x[i, m], s.p[i, m])
    top = max(gain[0], gain[1])
    w0, w1 = s.mu[i, 0] * math.exp(gain[0] - top), s.mu[i, 1] * math.exp(gain[1] - top)
    s.mu[i, 0] = min(max(w0 / (w0 + w1), 1e-3), 1.0 - 1e-3)
    s.mu[i, 1] = 1.0 - s.mu[i, 0]
    combine(s.x[i], s.p[i], s.mu[i], s.xm[i], s.pm[i])
    return float(top + math.log(w0 + w1))


@kernel
def _match(
    x: NDArray[np.float64], p: NDArray[np.float64], w: NDArray[np.float64], total: float,
    x_out: NDArray[np.float64], p_out: NDArray[np.float64],
) -> None:
    """Mean and covariance of a weighed mixture; x (L, 6), p (L, 6, 6), w (L,) that sum to total."""
    x_out[:] = 0.0
    p_out[:, :] = 0.0
    for c in range(w.shape[0]):
        for a in range(6):
            x_out[a] += w[c] / total * x[c, a]
    for c in range(w.shape[0]):
        share = w[c] / total
        if share > 1e-4:
            for a in range(6):
                da = x[c, a] - x_out[a]
                for b in range(a, 6):
                    p_out[a, b] += share * (p[c, a, b] + da * (x[c, b] - x_out[b]))
    for a in range(6):
        for b in range(a):
            p_out[a, b] = p_out[b, a]
