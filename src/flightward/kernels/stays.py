"""When paths are inside declared areas: polygon, floor to ceiling, and the time the area holds."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from flightward.kernels._jit import inner, kernel
from flightward.kernels.intervals import slab
from flightward.kernels.polygon import crossings, inside_one

F64 = NDArray[np.float64]
I64 = NDArray[np.int64]


@kernel
def first_stays(
    path_start: I64, t_s: F64, e_m: F64, n_m: F64, u_m: F64, area_start: I64, area_e_m: F64, area_n_m: F64,
    band_m: F64, holds_s: F64, enter_s_out: F64, leave_s_out: F64,
) -> None:
    """First stay of P paths in Z areas while they hold.

    path_start (P + 1,), flat t_s (from now), e_m, n_m, u_m; area_start (Z + 1,) rows of the corners; band_m (Z, 2)
    floor and ceiling; holds_s (Z, 2) from and to, from now. enter_s_out, leave_s_out (P, Z): NaN where there is none.
    A path of one point is a place now.
    """
    share = np.empty(area_e_m.shape[0] + 1)
    for p in range(path_start.shape[0] - 1):
        for z in range(area_start.shape[0] - 1):
            enter_s_out[p, z] = leave_s_out[p, z] = np.nan
            a0, a1 = path_start[p], path_start[p + 1]
            first, last = area_start[z], area_start[z + 1]
            if last - first < 3:
                continue
            if a1 - a0 == 1:
                held = holds_s[z, 0] <= 0.0 <= holds_s[z, 1] and band_m[z, 0] <= u_m[a0] <= band_m[z, 1]
                if held and inside_one(e_m[a0], n_m[a0], area_e_m, area_n_m, first, last):
                    enter_s_out[p, z] = leave_s_out[p, z] = 0.0
                continue
            for s in range(a0, a1 - 1):
                if not _piece(
                    s, t_s, e_m, n_m, u_m, area_e_m, area_n_m, first, last, band_m[z], holds_s[z], share,
                    enter_s_out[p], leave_s_out[p], z,
                ):
                    break


@inner
def _piece(
    s: int, t_s: F64, e_m: F64, n_m: F64, u_m: F64, area_e_m: F64, area_n_m: F64, first: int, last: int, band_m: F64,
    holds_s: F64, share: F64, enter_s: F64, leave_s: F64, z: int,
) -> bool:
    """Add one straight piece to the stay; False once the stay is over."""
    dt = t_s[s + 1] - t_s[s]
    if not dt > 0.0 or t_s[s + 1] < holds_s[0] or t_s[s] > holds_s[1]:
        return True
    lo, hi = slab(u_m[s], (u_m[s + 1] - u_m[s]) / dt, band_m[0], band_m[1], dt)
    if lo > hi:
        return True
    de, dn = e_m[s + 1] - e_m[s], n_m[s + 1] - n_m[s]
    found = crossings(e_m[s], n_m[s], de, dn, area_e_m, area_n_m, first, last, share)
    for c in range(found + 1):
        x0 = 0.0 if c == 0 else share[c - 1]
        x1 = 1.0 if c == found else share[c]
        mid = 0.5 * (x0 + x1)
        if not inside_one(e_m[s] + mid * de, n_m[s] + mid * dn, area_e_m, area_n_m, first, last):
            continue
        a = max(max(t_s[s] + max(x0 * dt, lo), holds_s[0]), 0.0)
        b = min(t_s[s] + min(x1 * dt, hi), holds_s[1])
        if a > b:
            continue
        if np.isnan(enter_s[z]):
            enter_s[z], leave_s[z] = a, b
        elif a <= leave_s[z] + 1.0:
            leave_s[z] = max(leave_s[z], b)
        else:
            return False
    return True
