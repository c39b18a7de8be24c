"""Closest approach of N pairs that fly straight at constant velocity."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from flightward.kernels._jit import kernel
from flightward.kernels.intervals import closest

F64 = NDArray[np.float64]
I8 = NDArray[np.int8]


@kernel
def approach(
    relative: F64, horizon_s: float, t_s_out: F64, miss_h_m_out: F64, miss_v_m_out: F64, status_out: I8
) -> None:
    """Closest horizontal approach within [0, horizon_s] of N pairs.

    relative (N, 6) float64: e, n, u in metres and their rates in m/s, of one against the other.
    t_s_out (N,) seconds from now; miss_h_m_out, miss_v_m_out (N,) horizontal and absolute vertical distance then;
    status_out (N,) int8: 0 good, 1 not finite (row NaN).
    """
    for i in range(relative.shape[0]):
        ok = True
        for j in range(6):
            if not math.isfinite(relative[i, j]):
                ok = False
        if not ok:
            status_out[i] = 1
            t_s_out[i] = miss_h_m_out[i] = miss_v_m_out[i] = np.nan
            continue
        status_out[i] = 0
        t, d2 = closest(relative[i, 0], relative[i, 1], relative[i, 3], relative[i, 4], horizon_s)
        t_s_out[i] = t
        miss_h_m_out[i] = math.sqrt(d2)
        miss_v_m_out[i] = abs(relative[i, 2] + t * relative[i, 5])
