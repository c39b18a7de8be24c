"""The cheapest one-to-one pairing on a sparse graph, where any row may stay alone at no cost.

Successive shortest augmenting paths with duals, exact. Only what a path touches is visited, so thousands of rows
in small clusters cost little, and one large cluster is still solved exactly.

Source: R. Jonker, A. Volgenant, Computing 38 (1987) 325-340, restated for sparse edges and private dummies.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from flightward.kernels._jit import kernel


@kernel
def assign(
    start: NDArray[np.int64], col: NDArray[np.int64], cost: NDArray[np.float64], n_cols: int,
    col_of_row_out: NDArray[np.int64], row_of_col_out: NDArray[np.int64],
) -> None:
    """Pair N rows with M columns so that the sum of costs is least; edges with cost >= 0 are never worth it.

    start (N + 1,) int64, col and cost (E,): the edges of row i stand in start[i]:start[i + 1].
    col_of_row_out (N,) and row_of_col_out (M,): the partner or -1.
    """
    n = start.shape[0] - 1
    u = np.zeros(n)
    v = np.zeros(n_cols)
    dist = np.full(n_cols, np.inf)
    path = np.full(n_cols, -1, np.int64)
    done = np.zeros(n_cols, np.bool_)
    touched = np.empty(n_cols, np.int64)
    rows = np.empty(n + 1, np.int64)
    for i in range(n):
        col_of_row_out[i] = -1
    for j in range(n_cols):
        row_of_col_out[j] = -1
    for first in range(n):
        if start[first] == start[first + 1]:
            continue
        i, low, n_touched, n_rows = first, 0.0, 0, 0
        alone, alone_row, sink = np.inf, -1, -1
        while True:
            rows[n_rows] = i
            n_rows += 1
            if low - u[i] < alone:
                alone, alone_row = low - u[i], i
            for e in range(start[i], start[i + 1]):
                j = col[e]
                d = low + cost[e] - u[i] - v[j]
                if cost[e] < 0.0 and not done[j] and d < dist[j]:
                    if dist[j] == np.inf:
                        touched[n_touched] = j
                        n_touched += 1
                    dist[j] = d
                    path[j] = i
            near, best = np.inf, -1
            for k in range(n_touched):
                j = touched[k]
                if not done[j] and dist[j] < near:
                    near, best = dist[j], j
            if alone <= near:
                low = alone
                break
            low = near
            done[best] = True
            if row_of_col_out[best] < 0:
                sink = best
                break
            i = row_of_col_out[best]
        for k in range(n_rows):
            i = rows[k]
            u[i] += low if i == first else low - dist[col_of_row_out[i]]
        for k in range(n_touched):
            j = touched[k]
            if done[j]:
                v[j] -= low - dist[j]
        if sink < 0:
            # the row that stays alone hands its column back along the path
            j = col_of_row_out[alone_row]
            col_of_row_out[alone_row] = -1
        else:
            j = sink
        while j >= 0:
            i = path[j]
            row_of_col_out[j] = i
            j, col_of_row_out[i] = col_of_row_out[i], j
            if i == first:
                break
        for k in range(n_touched):
            j = touched[k]
            dist[j] = np.inf
            done[j] = False
