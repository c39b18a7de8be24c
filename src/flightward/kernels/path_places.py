"""Where on their paths flights are at given times; all flights in one call."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from flightward.kernels._jit import inner, kernel

F64 = NDArray[np.float64]
I64 = NDArray[np.int64]
I8 = NDArray[np.int8]


@inner
def _on(t: F64, x: F64, i: int, t_s: float) -> float:
    """Value at t_s on the piece i..i + 1, by its slope; at a point the point's own."""
    if t[i] == t_s:
        return float(x[i])
    return float((x[i + 1] - x[i]) / (t[i + 1] - t[i]) * (t_s - t[i]) + x[i])


@kernel
def places(
    start: I64, t_s: F64, e_m: F64, n_m: F64, u_m: F64, asked: I8, at_s: F64, e_out: F64, n_out: F64, u_out: F64
) -> None:
    """Places of F flights at at_s (F,) on their paths, straight between points; before the first and after the last
    point there.

    start (F + 1,); t_s, e_m, n_m, u_m flat, times never fall within a path; asked (F,) 1: this one. e_out, n_out, u_out
    (F,): rows that are not asked, and those without a path, stay as they are.
    """
    for f in range(start.shape[0] - 1):
        first, last = start[f], start[f + 1] - 1
        if asked[f] != 1 or last < first:
            continue
        low, high = first, last
        # the last point whose time is not after at_s
        while low < high:
            mid = (low + high + 1) // 2
            if t_s[mid] <= at_s[f]:
                low = mid
            else:
                high = mid - 1
        if low == last or not t_s[low] <= at_s[f]:
            e_out[f], n_out[f], u_out[f] = e_m[low], n_m[low], u_m[low]
        else:
            e_out[f], n_out[f] = _on(t_s, e_m, low, at_s[f]), _on(t_s, n_m, low, at_s[f])
            u_out[f] = _on(t_s, u_m, low, at_s[f])
