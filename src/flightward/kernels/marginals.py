"""Association probabilities on a sparse graph by loopy belief propagation.

An edge's weight is the likelihood ratio of "this report is that track" against "the report is false or new and the
track was missed". Messages run between tracks and reports until they settle; on a graph without loops they are exact.

Source: J. Williams, R. Lau, IEEE Trans. Aerospace and Electronic Systems 50 (2014) 2942-2959, equations 30-33.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from flightward.kernels._jit import kernel

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
