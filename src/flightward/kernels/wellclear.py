"""When two straight movers are within a well-clear volume of each other, exactly to its border.

Four horizontal shapes (D distance, tau time) with one vertical shape (Z distance, time to co-altitude):

    TAU_MOD    |s| <= D, or closing, miss <= D and modified tau <= tau (DO-365)
    TCPA       |s| <= D, or closing, miss <= D and time to closest approach <= tau
    TEP        |s| <= D, or closing, miss <= D and time to the entry of the disc <= tau
    CYLINDER   |s| < D and |s_z| < Z, open: a tangent pass is none (NMAC, CD3D)

s and v are own minus other. Intervals are seconds from now, (inf, -inf) where there is none: what only touches the
volume for one instant is none. RTCA DO-365 appendix C; Munoz and Narkawicz, "A Family of Well-Clear Boundary Models".
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from flightward.kernels._jit import inner, kernel

F64 = NDArray[np.float64]
I8 = NDArray[np.int8]

TAU_MOD, TCPA, TEP, CYLINDER = 0, 1, 2, 3
GOOD, NOT_FINITE = 0, 1

NEAR_ULPS_FRAC = 16384.0 * 2.0**-52
"""Two numbers this near to each other, relative to the larger, are one."""
NEAR_ZERO = 1e-13
"""A number smaller than this is 0."""


class Pairs(NamedTuple):
    """N pairs: own aircraft (o) and other (i) in one plane, east, north, up. Each (N,) float64, read-only."""

    ox_m: F64
    oy_m: F64
    oz_m: F64
    ovx_mps: F64
    ovy_mps: F64
    ovz_mps: F64
    ix_m: F64
    iy_m: F64
    iz_m: F64
    ivx_mps: F64
    ivy_mps: F64
    ivz_mps: F64


class Volume(NamedTuple):
    """One volume: shape (TAU_MOD, ...), D, Z, tau and the time to co-altitude."""

    shape: int
    d_m: float
    z_m: float
    tau_s: float
    tcoa_s: float


@inner
def near_equal(a: float, b: float) -> bool:
    """Equal but for rounding."""
    if a == b:
        return True
    if a == 0.0 or b == 0.0:
        return abs(a - b) < NEAR_ZERO
    return abs(a - b) <= NEAR_ULPS_FRAC * max(abs(a), abs(b))


@inner
def vertical(
    sz_m: float, vz_mps: float, z_m: float, tcoa_s: float, from_s: float, to_s: float
) -> tuple[float, float]:
    """Part of [from_s, to_s] in which the pair is vertically in the volume; (1, 0) if none."""
    if near_equal(vz_mps, 0.0):
        return (from_s, to_s) if abs(sz_m) <= z_m else (1.0, 0.0)
    sign = 1.0 if vz_mps >= 0.0 else -1.0
    wide_m = max(z_m, abs(vz_mps) * tcoa_s)
    enter = (-sign * wide_m - sz_m) / vz_mps
    leave = (sign * z_m - sz_m) / vz_mps
    if enter > to_s or leave < from_s:
        return 1.0, 0.0
    return max(from_s, enter), min(to_s, leave)


@inner
def entry(shape: int, d_m: float, tau_s: float, b: float, a: float, q2: float) -> float:
    """First time in the horizontal shape from outside the disc, closing (b < 0) and within the strip; inf if none.

    a = v.v, b = q.v, q2 = q.q.
    """
    if shape == TAU_MOD:
        linear = 2.0 * b + tau_s * a
        root = linear * linear - 4.0 * a * (q2 + tau_s * b - d_m * d_m)
        if root < 0.0:
            return math.inf
        return (-linear - math.sqrt(root)) / (2.0 * a)
    root = b * b - a * (q2 - d_m * d_m)
    if root < 0.0:
        return math.inf
    t = (-b - math.sqrt(root)) / a
    if shape == TCPA:
        return min(t, -b / a - tau_s)
    return t - tau_s if shape == TEP else t


@inner
def horizontal(
    shape: int, d_m: float, tau_s: float, qx_m: float, qy_m: float, vx_mps: float, vy_mps: float, window_s: float
) -> tuple[float, float]:
    """Part of [0, window_s] in which the pair is horizontally in the volume; (1, 0) if none."""
    a = vx_mps * vx_mps + vy_mps * vy_mps
    b = qx_m * vx_mps + qy_m * vy_mps
    q2 = qx_m * qx_m + qy_m * qy_m
    if q2 <= d_m * d_m:
        if near_equal(a, 0.0):
            return 0.0, window_s
        return 0.0, min(window_s, (-b + math.sqrt(max(0.0, b * b - a * (q2 - d_m * d_m)))) / a)
    if b >= 0.0:
        return 1.0, 0.0
    cross = qx_m * vy_mps - qy_m * vx_mps
    if d_m * d_m * a - cross * cross < 0.0:
        return 1.0, 0.0
    t = entry(shape, d_m, tau_s, b, a, q2)
    if not t <= window_s:
        return 1.0, 0.0
    # not from D^2 a - cross^2: near-parallel tracks would lose all digits
    return max(0.0, t), min(window_s, (-b + math.sqrt(max(0.0, b * b - a * (q2 - d_m * d_m)))) / a)


@inner
def closed_interval(
    volume: Volume, sx_m: float, sy_m: float, sz_m: float, vx_mps: float, vy_mps: float, vz_mps: float,
    from_s: float, to_s: float,
) -> tuple[float, float]:
    """Part of [from_s, to_s] in a volume with tau; (inf, -inf) if none or only an instant."""
    low, high = vertical(sz_m, vz_mps, volume.z_m, volume.tcoa_s, from_s, to_s)
    if not low < high or near_equal(low, high):
        return math.inf, -math.inf
    start, end = horizontal(
        volume.shape, volume.d_m, volume.tau_s, sx_m + low * vx_mps, sy_m + low * vy_mps, vx_mps, vy_mps, high - low
    )
    t_in, t_out = low + start, low + end
    if start > end or not t_in < t_out or near_equal(t_in, t_out):
        return math.inf, -math.inf
    return t_in, t_out


@inner
def open_cylinder(
    d_m: float, z_m: float, sx_m: float, sy_m: float, sz_m: float, vx_mps: float, vy_mps: float, vz_mps: float,
    same_h: bool, same_v: bool, from_s: float, to_s: float,
) -> tuple[float, float]:
    """Part of [from_s, to_s] inside an open cylinder; (inf, -inf) if none.

    same_h, same_v: the horizontal or vertical velocities of both are equal but for rounding.
    """
    t_in, t_out = -math.inf, math.inf
    if same_h:
        if not sx_m * sx_m + sy_m * sy_m < d_m * d_m:
            return math.inf, -math.inf
    else:
        a = vx_mps * vx_mps + vy_mps * vy_mps
        cross = sx_m * vy_mps - sy_m * vx_mps
        root = d_m * d_m * a - cross * cross
        if not root > 0.0:
            return math.inf, -math.inf
        b, root = sx_m * vx_mps + sy_m * vy_mps, math.sqrt(root)
        t_in, t_out = (-b - root) / a, (-b + root) / a
    if same_v:
        if not abs(sz_m) < z_m:
            return math.inf, -math.inf
    else:
        sign = 1.0 if vz_mps >= 0.0 else -1.0
        t_in, t_out = max(t_in, (-sign * z_m - sz_m) / vz_mps), min(t_out, (sign * z_m - sz_m) / vz_mps)
    t_in, t_out = min(max(t_in, from_s), to_s), min(max(t_out, from_s), to_s)
    return (t_in, t_out) if t_in < t_out else (math.inf, -math.inf)


@inner
def interval(volume: Volume, p: Pairs, i: int, from_s: float, to_s: float) -> tuple[float, float]:
    """Part of [from_s, to_s] in which pair i is within the volume; (inf, -inf) if none."""
    sx_m, sy_m, sz_m = p.ox_m[i] - p.ix_m[i], p.oy_m[i] - p.iy_m[i], p.oz_m[i] - p.iz_m[i]
    vx_mps, vy_mps, vz_mps = p.ovx_mps[i] - p.ivx_mps[i], p.ovy_mps[i] - p.ivy_mps[i], p.ovz_mps[i] - p.ivz_mps[i]
    if volume.shape != CYLINDER:
        return closed_interval(volume, sx_m, sy_m, sz_m, vx_mps, vy_mps, vz_mps, from_s, to_s)
    same_h = near_equal(p.ovx_mps[i], p.ivx_mps[i]) and near_equal(p.ovy_mps[i], p.ivy_mps[i])
    return open_cylinder(
        volume.d_m, volume.z_m, sx_m, sy_m, sz_m, vx_mps, vy_mps, vz_mps,
        same_h, near_equal(p.ovz_mps[i], p.ivz_mps[i]), from_s, to_s,
    )  # fmt: skip


@inner
def usable(p: Pairs, i: int) -> bool:
    """All twelve numbers of pair i are finite."""
    at = (p.ox_m[i] - p.ix_m[i]) + (p.oy_m[i] - p.iy_m[i]) + (p.oz_m[i] - p.iz_m[i])
    rate = (p.ovx_mps[i] - p.ivx_mps[i]) + (p.ovy_mps[i] - p.ivy_mps[i]) + (p.ovz_mps[i] - p.ivz_mps[i])
    return bool((at + rate) * 0.0 == 0.0)  # NaN and inf times 0 are NaN


@kernel
def intervals(
    p: Pairs, volume: Volume, from_s: float, to_s: float, t_in_out: F64, t_out_out: F64, status_out: I8
) -> None:
    """When N pairs are within one volume, within [from_s, to_s].

    t_in_out, t_out_out (N,) seconds from now, inf and -inf none, NaN no answer;
    status_out (N,) int8: 0 good, 1 not finite (row NaN).
    """
    for i in range(p.ox_m.shape[0]):
        if usable(p, i):
            status_out[i] = GOOD
            t_in_out[i], t_out_out[i] = interval(volume, p, i, from_s, to_s)
        else:
            status_out[i] = NOT_FINITE
            t_in_out[i] = t_out_out[i] = np.nan
