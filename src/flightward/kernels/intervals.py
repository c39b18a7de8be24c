"""When two straight movers are within a cylinder of each other: closed-form time intervals.

All times are seconds from the start of a common straight piece of length dt_s; an empty interval is (1, 0).
"""

from __future__ import annotations

import math

from flightward.kernels._jit import inner, kernel


@kernel
def disc(
    e_m: float, n_m: float, ve_mps: float, vn_mps: float, radius_m: float, dt_s: float
) -> tuple[float, float]:
    """Part of [0, dt_s] in which the point (e, n) + t (ve, vn) is within radius_m of the origin (closed)."""
    a = ve_mps * ve_mps + vn_mps * vn_mps
    b = e_m * ve_mps + n_m * vn_mps
    c = e_m * e_m + n_m * n_m - radius_m * radius_m
    # below a millimetre per second nothing changes within an hour
    if a < 1e-6:
        return (0.0, dt_s) if c <= 0.0 else (1.0, 0.0)
    root = b * b - a * c
    if root < 0.0:
        return 1.0, 0.0
    root = math.sqrt(root)
    lo, hi = (-b - root) / a, (-b + root) / a
    if hi < 0.0 or lo > dt_s:
        return 1.0, 0.0
    return max(lo, 0.0), min(hi, dt_s)


@kernel
def slab(u_m: float, vu_mps: float, below_m: float, above_m: float, dt_s: float) -> tuple[float, float]:
    """Part of [0, dt_s] in which u + t vu is in [below_m, above_m] (closed; either may be infinite)."""
    if abs(vu_mps) < 1e-6:
        return (0.0, dt_s) if below_m <= u_m <= above_m else (1.0, 0.0)
    lo, hi = (below_m - u_m) / vu_mps, (above_m - u_m) / vu_mps
    if lo > hi:
        lo, hi = hi, lo
    if hi < 0.0 or lo > dt_s:
        return 1.0, 0.0
    return max(lo, 0.0), min(hi, dt_s)


@kernel
def cylinder(
    e_m: float, n_m: float, u_m: float, ve_mps: float, vn_mps: float, vu_mps: float,
    radius_m: float, height_m: float, dt_s: float,
) -> tuple[float, float]:
    """Part of [0, dt_s] in which a relative position is within radius_m and +-height_m (closed)."""
    lo_v, hi_v = slab(u_m, vu_mps, -height_m, height_m, dt_s)
    if lo_v > hi_v:
        return 1.0, 0.0
    lo, hi = disc(e_m, n_m, ve_mps, vn_mps, radius_m, dt_s)
    lo, hi = max(lo, lo_v), min(hi, hi_v)
    return (lo, hi) if lo <= hi else (1.0, 0.0)


@inner
def closest(e_m: float, n_m: float, ve_mps: float, vn_mps: float, dt_s: float) -> tuple[float, float]:
    """Time in [0, dt_s] of the smallest horizontal distance, and the square of that distance (m2)."""
    a = ve_mps * ve_mps + vn_mps * vn_mps
    t = 0.0
    if a > 1e-12:
        t = min(max(-(e_m * ve_mps + n_m * vn_mps) / a, 0.0), dt_s)
    e, n = e_m + t * ve_mps, n_m + t * vn_mps
    return t, e * e + n * n
