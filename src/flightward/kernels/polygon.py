"""Points and straight lines against polygons (closed implicitly, any winding, may be concave)."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from flightward.kernels._jit import inner, kernel

F64 = NDArray[np.float64]
I64 = NDArray[np.int64]
I8 = NDArray[np.int8]


@inner
def inside_one(e_m: float, n_m: float, poly_e_m: F64, poly_n_m: F64, first: int, last: int) -> bool:
    """True if the point is inside the polygon whose corners are rows first..last - 1 (even-odd rule)."""
    odd = False
    j = last - 1
    for i in range(first, last):
        if (poly_n_m[i] > n_m) != (poly_n_m[j] > n_m):
            at = poly_e_m[i] + (n_m - poly_n_m[i]) / (poly_n_m[j] - poly_n_m[i]) * (poly_e_m[j] - poly_e_m[i])
            if e_m < at:
                odd = not odd
        j = i
    return odd


@kernel
def inside(e_m: F64, n_m: F64, start: I64, poly_e_m: F64, poly_n_m: F64, inside_out: I8) -> None:
    """N points against Z polygons: inside_out (N, Z) int8 1 inside, 0 outside, NONE (-1) the point is not finite.

    e_m, n_m (N,); start (Z + 1,) rows of the corners poly_e_m, poly_n_m.
    """
    for i in range(e_m.shape[0]):
        known = np.isfinite(e_m[i]) and np.isfinite(n_m[i])
        for z in range(start.shape[0] - 1):
            if not known:
                inside_out[i, z] = -1
            else:
                hit = inside_one(e_m[i], n_m[i], poly_e_m, poly_n_m, start[z], start[z + 1])
                inside_out[i, z] = 1 if hit else 0


@inner
def crossings(
    e_m: float, n_m: float, de_m: float, dn_m: float, poly_e_m: F64, poly_n_m: F64, first: int, last: int,
    share_out: F64,
) -> int:
    """Sorted shares in (0, 1) of the line (e, n) + s (de, dn) at which it crosses the polygon's edges; how many.

    share_out needs room for one crossing per corner.
    """
    count = 0
    j = last - 1
    for i in range(first, last):
        ge, gn = poly_e_m[i] - poly_e_m[j], poly_n_m[i] - poly_n_m[j]
        det = de_m * gn - dn_m * ge
        if det != 0.0:
            qe, qn = poly_e_m[j] - e_m, poly_n_m[j] - n_m
            share = (qe * gn - qn * ge) / det
            along = (qe * dn_m - qn * de_m) / det
            if 0.0 < share < 1.0 and 0.0 <= along <= 1.0:
                share_out[count] = share
                count += 1
        j = i
    share_out[:count].sort()
    return count
