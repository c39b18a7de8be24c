"""The chance that straight pairs come within a cylinder, by a hundred draws each: for thousands of pairs a second.

Velocity and the place along the way are drawn. The offset across the way is normal given these, and the offsets that
lead into the disc are one interval (a disc moved along a stretch is convex): its chance is taken as it is, and an
offset drawn within it. Then the times in the disc are known, and the heights that are within the cylinder at one of
them are one interval again. The mean of the two chances' product has far less error than counting draws, also for rare
encounters (as in simulators of normal probabilities after Geweke, Hajivassiliou and Keane).
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from flightward.kernels._jit import inner, kernel
from flightward.kernels.near_bound import quick_bound
from flightward.kernels.near_chance import GOOD, NO_COVARIANCE, NO_STATE, NOT_A_COVARIANCE, SINGULAR, SKIPPED
from flightward.kernels.normal import below, between, quantile
from flightward.kernels.relative_path import factor

F64 = NDArray[np.float64]
I8 = NDArray[np.int8]

_ALL = 6.5
"""Sigmas: what is left beyond is 8e-11."""
_ENOUGH, _RARE = 2, 0.02
"""After so many rows a pair is left if it is rarer than this, or as sure."""


@inner
def _inside(low: float, high: float, uniform: float, normal: float) -> tuple[float, float]:
    """P(low <= Z <= high) of a normal number, and the one at this fraction of it (`normal` of the whole line)."""
    if low < -_ALL and high > _ALL:
        return 1.0, normal
    p = between(low, high)
    if p <= 0.0:
        return 0.0, 0.0
    # in the upper tail P(Z <= x) has no digits left: there the lower tail is asked, mirrored
    if low + high > 0.0:
        return p, -quantile(min(max(below(-high) + uniform * p, 1e-300), 1.0 - 1e-16))
    return p, quantile(min(max(below(low) + uniform * p, 1e-300), 1.0 - 1e-16))


@inner
def _interval(
    low_m: float, high_m: float, mean_m: float, var_m2: float, uniform: float, normal: float
) -> tuple[float, float]:
    """P(low <= X <= high) of a normal X, and the number at this fraction of it; a variance of 0 is none."""
    if var_m2 <= 0.0:
        return (1.0 if low_m <= mean_m <= high_m else 0.0), mean_m
    sigma = math.sqrt(var_m2)
    p, at = _inside((low_m - mean_m) / sigma, (high_m - mean_m) / sigma, uniform, normal)
    return p, mean_m + sigma * at


@inner
def _given(mean: F64, lower: F64, rest: F64, z: F64, radius_m: float, half_m: float, until_s: float) -> float:
    """The chance given one draw. lower (6, 6): factor with the velocity first; rest (3, 3): place given velocity."""
    e, n, u, ve, vn, vu = mean[0], mean[1], mean[2], mean[3], mean[4], mean[5]
    for k in range(3):
        ve, vn, vu = ve + lower[0, k] * z[k], vn + lower[1, k] * z[k], vu + lower[2, k] * z[k]
        e, n, u = e + lower[3, k] * z[k], n + lower[4, k] * z[k], u + lower[5, k] * z[k]
    speed = math.hypot(ve, vn)
    c, s = (ve / speed, vn / speed) if speed > 0.0 else (1.0, 0.0)
    along, across = c * e + s * n, c * n - s * e
    var_a = c * c * rest[0, 0] + 2.0 * c * s * rest[0, 1] + s * s * rest[1, 1]
    var_c = s * s * rest[0, 0] - 2.0 * c * s * rest[0, 1] + c * c * rest[1, 1]
    tie_ac = c * s * (rest[1, 1] - rest[0, 0]) + (c * c - s * s) * rest[0, 1]
    tie_au, tie_cu = c * rest[0, 2] + s * rest[1, 2], c * rest[1, 2] - s * rest[0, 2]
    var_u = rest[2, 2]
    if var_a > 0.0:
        sigma = math.sqrt(var_a)
        along, across, u = along + sigma * z[3], across + tie_ac / sigma * z[3], u + tie_au / sigma * z[3]
        var_c, var_u = var_c - tie_ac * tie_ac / var_a, var_u - tie_au * tie_au / var_a
        tie_cu -= tie_ac * tie_au / var_a
    gap = max(along, 0.0) - min(along + speed * until_s, 0.0)  # one of the two is 0
    if gap > radius_m:
        return 0.0
    wide = math.sqrt(radius_m * radius_m - gap * gap)
    p, at = _interval(-wide, wide, across, var_c, z[4], z[5])
    if p == 0.0 or half_m == math.inf:
        return p
    if var_c > SINGULAR * rest[2, 2]:
        u += tie_cu / var_c * (at - across)
        var_u -= tie_cu * tie_cu / var_c
    # the times in the disc with this offset, and how far the height moves between them
    reach = math.sqrt(max(radius_m * radius_m - at * at, 0.0))
    first, last = 0.0, until_s
    if speed > 0.0:
        first, last = max(first, (-along - reach) / speed), min(last, (-along + reach) / speed)
    one, two = vu * first, vu * last
    low_m, high_m = -half_m - max(one, two), half_m - min(one, two)
    if var_u <= 0.0:
        return p if low_m <= u <= high_m else 0.0
    sigma = math.sqrt(var_u)
    low, high = (low_m - u) / sigma, (high_m - u) / sigma
    return p if low < -_ALL and high > _ALL else p * between(low, high)


@inner
def _factored(cov: F64, turned: F64, lower: F64, rest: F64) -> bool:
    """Factor of the covariance with the velocity first, and the covariance of the place given the velocity."""
    for i in range(6):
        for j in range(6):
            turned[i, j] = cov[(i + 3) % 6, (j + 3) % 6]
    if not factor(turned, 6, SINGULAR, lower):
        return False
    for i in range(3):
        for j in range(3):
            rest[i, j] = 0.0
            for k in range(3):
                rest[i, j] += lower[3 + i, 3 + k] * lower[3 + j, 3 + k]
    return True


@kernel
def quick_chance(
    mean: F64, cov: F64, radius_m: float, half_m: float, until_s: float, skip_below: float, draws: F64,
    p_out: F64, err_out: F64, status_out: I8,
) -> None:
    """Chance of N straight pairs to be within a cylinder at some time in [0, until_s].

    mean (N, 6) e, n, u and their rates, of one against the other; cov (N, 6, 6). half_m may be infinite.
    draws (R, K, 6) four normal numbers, one in (0, 1) and its normal number; R > 1 rows, each shifted on its own.
    skip_below: pairs whose quick bound is below it are not drawn.
    p_out, err_out (N,) chance and 1 sigma of it by what the rows differ, or 0 and the bound if skipped;
    status_out (N,) int8 as in near_chance.
    """
    turned, lower, rest = np.empty((6, 6)), np.empty((6, 6)), np.empty((3, 3))
    rows, size = draws.shape[0], draws.shape[1]
    for i in range(mean.shape[0]):
        p_out[i] = err_out[i] = np.nan
        total, spread = 0.0, 0.0
        for j in range(6):
            total += mean[i, j]
            for k in range(6):
                spread += cov[i, j, k]
        if not math.isfinite(total):
            status_out[i] = NO_STATE
            continue
        if not math.isfinite(spread):
            status_out[i] = NO_COVARIANCE
            continue
        if skip_below > 0.0:
            most = quick_bound(mean[i], cov[i], until_s, until_s, radius_m, half_m)
            if most < skip_below:
                p_out[i], err_out[i], status_out[i] = 0.0, most, SKIPPED
                continue
        if not _factored(cov[i], turned, lower, rest):
            status_out[i] = NOT_A_COVARIANCE
            continue
        one, two, done = 0.0, 0.0, 0
        for r in range(rows):
            of_row = 0.0
            for k in range(size):
                of_row += _given(mean[i], lower, rest, draws[r, k], radius_m, half_m, until_s)
            of_row /= size
            one, two, done = one + of_row, two + of_row * of_row, done + 1
            if done == _ENOUGH and (one < _RARE * done or one > (1.0 - _RARE) * done):
                break
        one = min(one / done, 1.0)
        p_out[i] = one
        # rows may agree by chance: at least a quarter of what counting would err by, and a quarter of a draw
        counting = max(one * (1.0 - one), 1.0 / (done * size)) / (done * size)
        err_out[i] = math.sqrt(max(two / done - one * one, 0.0) / (done - 1.0) + 0.0625 * counting)
        status_out[i] = GOOD
