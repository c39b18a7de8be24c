"""What the chance of a straight pair to come near cannot exceed, from its begin and its end alone."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from flightward.kernels._jit import inner, kernel
from flightward.kernels.normal import below

F64 = NDArray[np.float64]


@inner
def _within(gap: float, var: float) -> float:
    """Chance that a normal number of this variance bridges the gap."""
    if var > 0.0:
        return below(-gap / math.sqrt(var))
    return 1.0 if gap <= 0.0 else 0.0


@kernel
def ends_bound(mean: F64, cov: F64, radius_m: float, half_m: float, until_s: float, bound_out: F64) -> None:
    """Bounds of N pairs to be within a cylinder at some time in [0, until_s]; NaN where a value is not finite.

    mean (N, 6) e, n, u and their rates, of one against the other; cov (N, 6, 6). half_m may be infinite.
    bound_out (N,): who comes within R has d.place <= R then, for any direction d; d.place is linear in time, so it is
    so at the begin or at the end: the sum of both chances. Plane and height multiply where their errors are apart.
    """
    for i in range(mean.shape[0]):
        e, n, up, ve, vn, climb = mean[i, 0], mean[i, 1], mean[i, 2], mean[i, 3], mean[i, 4], mean[i, 5]
        total = 0.0
        for j in range(6):
            total += mean[i, j]
            for k in range(6):
                total += cov[i, j, k]
        if not math.isfinite(total):
            bound_out[i] = np.nan
            continue
        t = min(max(-(e * ve + n * vn) / max(ve * ve + vn * vn, 1e-12), 0.0), until_s)
        de, dn = e + t * ve, n + t * vn
        away = math.hypot(de, dn)
        de, dn, flat, high, c = de / max(away, 1e-9), dn / max(away, 1e-9), 0.0, 0.0, cov[i]
        if up < 0.0:
            up, climb = -up, -climb
        var = de * de * c[0, 0] + 2.0 * de * dn * c[0, 1] + dn * dn * c[1, 1]
        tied = de * de * c[0, 3] + de * dn * (c[0, 4] + c[1, 3]) + dn * dn * c[1, 4]
        var_v = de * de * c[3, 3] + 2.0 * de * dn * c[3, 4] + dn * dn * c[4, 4]
        for end in range(2):
            at = end * until_s
            flat += _within(de * (e + at * ve) + dn * (n + at * vn) - radius_m, var + at * (2.0 * tied + at * var_v))
            high += _within(up + at * climb - half_m, c[2, 2] + at * (2.0 * c[2, 5] + at * c[5, 5]))
        flat, high = min(flat, 1.0) if away > radius_m else 1.0, min(high, 1.0)
        apart = True
        for j in (0, 1, 3, 4):
            apart = apart and c[2, j] == 0.0 and c[5, j] == 0.0
        bound_out[i] = flat * high if apart else min(flat, high)
