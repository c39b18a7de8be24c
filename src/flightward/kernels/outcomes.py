"""How many of several independent events happen: the sum over all outcomes, event by event."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from flightward.kernels._jit import kernel

F64 = NDArray[np.float64]
I64 = NDArray[np.int64]


@kernel
def fewer(group: I64, p: F64, least_p: float, fewer_out: F64) -> None:
    """Chance of exactly j events, j < J, in each group.

    group (P,) int64, p (P,) float64 the chance of each event; those of least_p and below are left out.
    fewer_out (G, J): to begin with 1 in the first column and 0 elsewhere.
    """
    for i in range(group.shape[0]):
        if not p[i] > least_p:
            continue
        was, q = fewer_out[group[i]], p[i]
        for j in range(was.shape[0] - 1, 0, -1):
            was[j] = was[j] * (1.0 - q) + was[j - 1] * q
        was[0] = was[0] * (1.0 - q)
