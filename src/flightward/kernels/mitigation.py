"""Sensor-uncertainty mitigation: when a pair may be in a volume, somewhere in the set of states that the errors allow.

The set: a disc of horizontal positions and one of horizontal velocities around the measured ones, and ranges of height
and vertical speed, each a number of standard deviations wide. What is given is the hull of the intervals of all states
in it: it begins with the earliest and ends with the latest. RTCA DO-365B; Narkawicz, Munoz and Dutle, "Sensor
Uncertainty Mitigation and Dynamic Well Clear Volumes in DAIDALUS".
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from flightward.kernels._jit import inner, kernel
from flightward.kernels.alerting import ALERT, MARGIN, NOW_S, REPEATS, Reach, fires, volume_of
from flightward.kernels.wellclear import (
    GOOD,
    NOT_FINITE,
    Pairs,
    Volume,
    horizontal,
    interval,
    near_equal,
    usable,
    vertical,
)

F64 = NDArray[np.float64]
I8 = NDArray[np.int8]

NONE = (math.inf, -math.inf)
FLOOR = 0.001
"""If any of the four widths is there, none is less than this (metres, metres a second)."""


WIDEST = 3.0
"""1 + pi / 2 for a length above its width, 3 below."""


class Errors(NamedTuple):
    """Standard deviations of own aircraft (o) and other (i), each (N,) float64.

    Position (s): along east, along north, en = the sign of their covariance times the root of its size, height;
    velocity (v) likewise.
    """

    o_sew_m: F64
    o_sns_m: F64
    o_sen_m: F64
    o_sz_m: F64
    o_vew_mps: F64
    o_vns_mps: F64
    o_ven_mps: F64
    o_vz_mps: F64
    i_sew_m: F64
    i_sns_m: F64
    i_sen_m: F64
    i_sz_m: F64
    i_vew_mps: F64
    i_vns_mps: F64
    i_ven_mps: F64
    i_vz_mps: F64


class Weights(NamedTuple):
    """How many standard deviations wide; that of horizontal velocity falls with range from z_vh_near to z_vh_far."""

    z_h: float
    z_v: float
    z_vv: float
    z_vh_near: float
    z_vh_far: float
    far_m: float


class Width(NamedTuple):
    """The set of states: half widths around the measured one."""

    h_m: float
    v_m: float
    vh_mps: float
    vv_mps: float


@inner
def _largest(ew: float, ns: float, en: float) -> float:
    """The largest standard deviation in any horizontal direction."""
    xx, yy = ew * ew, ns * ns
    xy = en * abs(en)
    mean, half = 0.5 * (xx + yy), 0.5 * (xx - yy)
    return math.sqrt(max(0.0, mean + math.sqrt(half * half + xy * xy)))


@inner
def _width(e: Errors, i: int, range_m: float, w: Weights) -> Width:
    h_m = w.z_h * (
        _largest(e.o_sew_m[i], e.o_sns_m[i], e.o_sen_m[i]) + _largest(e.i_sew_m[i], e.i_sns_m[i], e.i_sen_m[i])
    )
    near_frac = max(0.0, 1.0 - max(0.0, range_m - h_m) / w.far_m)
    z_vh = w.z_vh_far + (w.z_vh_near - w.z_vh_far) * near_frac
    vh_mps = z_vh * (
        _largest(e.o_vew_mps[i], e.o_vns_mps[i], e.o_ven_mps[i])
        + _largest(e.i_vew_mps[i], e.i_vns_mps[i], e.i_ven_mps[i])
    )
    v_m = w.z_v * (e.o_sz_m[i] + e.i_sz_m[i])
    vv_mps = w.z_vv * (e.o_vz_mps[i] + e.i_vz_mps[i])
    if h_m == 0.0 and v_m == 0.0 and vh_mps == 0.0 and vv_mps == 0.0:
        return Width(0.0, 0.0, 0.0, 0.0)
    return Width(max(FLOOR, h_m), max(FLOOR, v_m), max(FLOOR, vh_mps), max(FLOOR, vv_mps))


@inner
def _upper_half(
    s0_m: float, s1_m: float, v0_mps: float, v1_mps: float, z_m: float, tcoa_s: float, from_s: float, to_s: float
) -> tuple[float, float]:
    """Hull for heights [s0, s1] at or above the other and vertical speeds [v0, v1]; (inf, -inf) if none."""
    low, high = NONE
    if v1_mps >= 0.0:  # the slowest diverging one from the least height stays longest
        start, end = vertical(s0_m, max(0.0, v0_mps), z_m, tcoa_s, from_s, to_s)
        if start <= end:
            low, high = start, end
    if v0_mps < 0.0:  # the fastest converging one from the least height is first, the slowest from the most last
        start, end = vertical(s0_m, v0_mps, z_m, tcoa_s, from_s, to_s)
        if start <= end:
            late, last = vertical(s1_m, min(0.0, v1_mps), z_m, tcoa_s, from_s, to_s)
            low, high = min(low, start), max(high, last if late <= last else to_s)
    return low, high


@inner
def vertical_hull(
    sz_m: float, vz_mps: float, width: Width, z_m: float, tcoa_s: float, from_s: float, to_s: float
) -> tuple[float, float]:
    """Hull of the vertical intervals of all states of the set; (inf, -inf) if none."""
    s0, s1 = sz_m - width.v_m, sz_m + width.v_m
    v0, v1 = vz_mps - width.vv_mps, vz_mps + width.vv_mps
    low, high = NONE
    if s1 >= 0.0:
        low, high = _upper_half(max(0.0, s0), s1, v0, v1, z_m, tcoa_s, from_s, to_s)
    if s0 < 0.0:
        start, end = _upper_half(max(0.0, -s1), -s0, -v1, -v0, z_m, tcoa_s, from_s, to_s)
        low, high = min(low, start), max(high, end)
    return low, high


@inner
def _first(volume: Volume, qx_m: float, qy_m: float, vx_mps: float, vy_mps: float) -> float:
    start, end = horizontal(volume.shape, volume.d_m, volume.tau_s, qx_m, qy_m, vx_mps, vy_mps, math.inf)
    return start if start <= end else math.inf


@inner
def _most_convergent(
    sx_m: float, sy_m: float, vx_mps: float, vy_mps: float, range_m: float, speed_mps: float, width: Width,
    volume: Volume,
) -> float:
    """Entry of the state that closes most: nearer, faster, and with the directions that point best at each other."""
    ux, uy = sx_m / range_m, sy_m / range_m
    wx, wy = -vx_mps / speed_mps, -vy_mps / speed_mps
    at, of_v = math.asin(min(1.0, width.h_m / range_m)), math.asin(min(1.0, width.vh_mps / speed_mps))
    between = math.atan2(ux * wy - uy * wx, ux * wx + uy * wy)
    near_m, fast_mps = range_m - width.h_m, speed_mps + width.vh_mps
    rest = max(0.0, abs(between) - at - of_v)
    if rest >= 0.5 * math.pi:
        return math.inf
    # turned so that the position lies along x; only the angle that is left between both counts
    return _first(volume, near_m, 0.0, -fast_mps * math.cos(rest), -fast_mps * math.sin(rest))


@inner
def horizontal_hull(
    sx_m: float, sy_m: float, vx_mps: float, vy_mps: float, width: Width, volume: Volume
) -> tuple[float, float]:
    """Hull of the horizontal intervals of all states of the set, from now on; (inf, -inf) if none."""
    range_m, speed_mps = math.sqrt(sx_m * sx_m + sy_m * sy_m), math.sqrt(vx_mps * vx_mps + vy_mps * vy_mps)
    wide_m = volume.d_m + width.h_m
    start = 0.0
    if range_m > wide_m:
        start = _first(volume, sx_m, sy_m, vx_mps, vy_mps)
        if speed_mps <= width.vh_mps:
            fast_mps = speed_mps + width.vh_mps
            start = min(start, _first(volume, range_m - width.h_m, 0.0, -fast_mps, 0.0))
        elif start > 0.0:
            start = min(start, _most_convergent(sx_m, sy_m, vx_mps, vy_mps, range_m, speed_mps, width, volume))
    if start == math.inf:
        return NONE
    if speed_mps <= width.vh_mps:
        return start, math.inf
    a = speed_mps * speed_mps - width.vh_mps * width.vh_mps
    b = 2.0 * (sx_m * vx_mps + sy_m * vy_mps - width.vh_mps * wide_m)
    root = b * b - 4.0 * a * (range_m * range_m - wide_m * wide_m)
    if root < 0.0:
        return NONE
    return start, (-b + math.sqrt(root)) / (2.0 * a)


@inner
def hull(
    volume: Volume, p: Pairs, i: int, width: Width, from_s: float, to_s: float
) -> tuple[float, float]:
    """Hull of the intervals of all states of pair i's set within [from_s, to_s]; (inf, -inf) if none."""
    if width.h_m == 0.0:
        return interval(volume, p, i, from_s, to_s)
    low, high = vertical_hull(
        p.oz_m[i] - p.iz_m[i], p.ovz_mps[i] - p.ivz_mps[i], width, volume.z_m, volume.tcoa_s, from_s, to_s
    )
    if not low <= high:
        return NONE
    start, end = horizontal_hull(
        p.ox_m[i] - p.ix_m[i], p.oy_m[i] - p.iy_m[i], p.ovx_mps[i] - p.ivx_mps[i], p.ovy_mps[i] - p.ivy_mps[i],
        width, volume,
    )  # fmt: skip
    t_in, t_out = max(low, start), min(high, end)
    if not t_in < t_out or near_equal(t_in, t_out):
        return NONE
    return t_in, t_out


@inner
def _stays_out(reach: Reach, p: Pairs, e: Errors, i: int, w: Weights) -> bool:
    """No state that the hull is made of reaches a volume within the lookahead; never wrong when it says so.

    Deviations are bounded by their sums. The most convergent state is shortened by its width and turned by up to
    asin(width / length), so it is off the measured one by less than WIDEST widths.
    """
    v_m = w.z_v * (e.o_sz_m[i] + e.i_sz_m[i]) + FLOOR
    vv_mps = w.z_vv * (e.o_vz_mps[i] + e.i_vz_mps[i]) + FLOOR
    fall = abs(p.ovz_mps[i] - p.ivz_mps[i]) + vv_mps
    apart = abs(p.oz_m[i] - p.iz_m[i]) - v_m - fall * reach.lookahead_s
    if apart > max(reach.z_m, fall * reach.tcoa_s) + MARGIN:
        return True
    h_m = w.z_h * (abs(e.o_sew_m[i]) + abs(e.o_sns_m[i]) + abs(e.o_sen_m[i])
                   + abs(e.i_sew_m[i]) + abs(e.i_sns_m[i]) + abs(e.i_sen_m[i])) + FLOOR  # fmt: skip
    vh_mps = max(w.z_vh_near, w.z_vh_far) * (
        abs(e.o_vew_mps[i]) + abs(e.o_vns_mps[i]) + abs(e.o_ven_mps[i])
        + abs(e.i_vew_mps[i]) + abs(e.i_vns_mps[i]) + abs(e.i_ven_mps[i])
    ) + FLOOR  # fmt: skip
    sx, sy = p.ox_m[i] - p.ix_m[i], p.oy_m[i] - p.iy_m[i]
    vx, vy = p.ovx_mps[i] - p.ivx_mps[i], p.ovy_mps[i] - p.ivy_mps[i]
    # each shape begins at most tau before the disc; straight flight by the middle of the window, and half of it off
    half_s = 0.5 * (reach.lookahead_s + reach.tau_s)
    mx, my = sx + half_s * vx, sy + half_s * vy
    off_m = reach.d_m + WIDEST * (h_m + 2.0 * half_s * vh_mps) + half_s * math.sqrt(vx * vx + vy * vy) + MARGIN
    return bool(mx * mx + my * my > off_m * off_m)


@inner
def _errors_usable(e: Errors, i: int) -> bool:
    position = e.o_sew_m[i] + e.o_sns_m[i] + e.o_sen_m[i] + e.o_sz_m[i]
    position += e.i_sew_m[i] + e.i_sns_m[i] + e.i_sen_m[i] + e.i_sz_m[i]
    velocity = e.o_vew_mps[i] + e.o_vns_mps[i] + e.o_ven_mps[i] + e.o_vz_mps[i]
    velocity += e.i_vew_mps[i] + e.i_vns_mps[i] + e.i_ven_mps[i] + e.i_vz_mps[i]
    return bool((position + velocity) * 0.0 == 0.0)  # NaN and inf times 0 are NaN


@kernel
def mitigate(
    p: Pairs, e: Errors, weights: Weights, levels: F64, corrective: int, reach: Reach,
    t_in_out: F64, t_out_out: F64, now_out: I8, level_out: I8, status_out: I8,
) -> None:
    """All that the volumes say of N pairs whose states are uncertain.

    levels (K, 8) as in alerting. t_in_out, t_out_out (K, N) hull of the intervals per level, inf and -inf none, NaN no
    answer; now_out (N,) int8 perhaps in the corrective volume now; level_out (N,) int8 alert level;
    status_out (N,) int8: 0 good, 1 a state or an error is not finite (NaN, -1).
    """
    for i in range(p.ox_m.shape[0]):
        if not (usable(p, i) and _errors_usable(e, i)):
            status_out[i], now_out[i], level_out[i] = NOT_FINITE, -1, -1
            t_in_out[:, i] = np.nan
            t_out_out[:, i] = np.nan
            continue
        status_out[i], now_out[i], level_out[i] = GOOD, 0, 0
        if _stays_out(reach, p, e, i, weights):
            t_in_out[:, i] = math.inf
            t_out_out[:, i] = -math.inf
            continue
        sx, sy = p.ox_m[i] - p.ix_m[i], p.oy_m[i] - p.iy_m[i]
        width = _width(e, i, math.sqrt(sx * sx + sy * sy), weights)
        t_in, t_out = NONE
        for k in range(levels.shape[0]):
            if levels[k, REPEATS] == 0.0:
                t_in, t_out = hull(volume_of(levels, k), p, i, width, 0.0, reach.lookahead_s)
            t_in_out[k, i], t_out_out[k, i] = t_in, t_out
            if fires(t_in, levels[k, ALERT]):
                level_out[i] = k + 1
            if k == corrective and near_equal(t_in, 0.0):
                soon, _ = hull(volume_of(levels, k), p, i, width, 0.0, NOW_S)
                now_out[i] = near_equal(soon, 0.0)
