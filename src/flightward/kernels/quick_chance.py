"""The chance that straight pairs come within a cylinder, by a hundred draws each: for thousands of pairs a second.

At the time t* of the mean's nearest approach let c be the offset towards it and u the height; the rates of both are
split into what hangs on c (u) and a rest that does not. Rests and the motion across c are drawn. Given these the
whole path is linear in c, and the c that lead into the disc are one interval, with ends where the path touches the
disc or where the lookahead ends: its chance is taken as it is, and a c drawn within it. Then the times in the disc are
known, and the u that are within the height at one of them are one interval again. The mean of the two chances' product
errs far less than counting draws, also for rare encounters (as simulators of normal probabilities after Geweke,
Hajivassiliou and Keane).
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from flightward.kernels._jit import bare, inner, kernel
from flightward.kernels.near_bound import quick_bound
from flightward.kernels.near_chance import GOOD, NO_COVARIANCE, NO_STATE, NOT_A_COVARIANCE, SINGULAR, SKIPPED
from flightward.kernels.normal import below, between, quantile
from flightward.kernels.relative_path import factor

F64 = NDArray[np.float64]
I8 = NDArray[np.int8]

_STILL_MPS = 1e-9
_LEAST_GROWTH = 1e-3
"""The offset at any time grows at least so with that at t*."""
_ALL = 6.5
"""Sigmas: what is left beyond is 8e-11."""
_ENOUGH, _RARE = 2, 0.01
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
def _offsets(w: float, p: float, r: float, beta: float, radius_m: float, d0: float, d1: float) -> tuple[float, float]:
    """The offsets c at t* that lead into the disc between d0 and d1 after t*; (inf, -inf) none.

    The path: (w + p d, c + (beta c + r) d), d seconds after t*.
    """
    low, high, r2 = math.inf, -math.inf, radius_m * radius_m
    if abs(p) > _STILL_MPS:
        one, two = (-radius_m - w) / p, (radius_m - w) / p
        d0, d1 = max(d0, min(one, two)), min(d1, max(one, two))
    elif abs(w) > radius_m:
        return low, high
    if d0 > d1:
        return low, high
    for side in range(2):
        d = d0 if side == 0 else d1
        half = math.sqrt(max(r2 - (w + p * d) ** 2, 0.0))
        grows = 1.0 + beta * d
        low, high = min(low, (-half - r * d) / grows), max(high, (half - r * d) / grows)
    # where the line touches the disc, if it does so between d0 and d1: a c^2 + 2 b c + e = 0
    k = w * beta - p
    a, b, e = k * k - r2 * beta * beta, k * w * r - r2 * beta * r, w * w * r * r - r2 * (p * p + r * r)
    root = b * b - a * e
    if root >= 0.0 and a != 0.0:
        root = math.sqrt(root)
        for side in range(2):
            c = (-b - root) / a if side == 0 else (-b + root) / a
            v = beta * c + r
            d = -(w * p + c * v) / (p * p + v * v)
            if d0 < d < d1:
                low, high = min(low, c), max(high, c)
    return low, high


@bare
def _given(
    q: F64, lower: F64, tie: F64, draws: F64, row: int, at: int, radius_m: float, half_m: float, d0: float, d1: float
) -> float:
    """The chance given draws[row, at]. q (6,) means and lower (6, 6) factor of `_split`; tie (2,) its slopes."""
    z = draws[row, at]
    p = q[0] + lower[0, 0] * z[0]
    w = q[1] + lower[1, 0] * z[0] + lower[1, 1] * z[1]
    r, rise, c, u = q[2], q[3], q[4], q[5]
    for k in range(4):
        if k < 3:
            r += lower[2, k] * z[k]
        rise += lower[3, k] * z[k]
        c += lower[4, k] * z[k]
        u += lower[5, k] * z[k]
    low, high = _offsets(w, p, r, tie[0], radius_m, d0, d1)
    if low > high:
        return 0.0
    sigma = lower[4, 4]
    if sigma > 0.0:
        chance, normal = _inside((low - c) / sigma, (high - c) / sigma, z[4], z[5])
        c += sigma * normal
        u += lower[5, 4] * normal
    else:
        chance = 1.0 if low <= c <= high else 0.0
    if chance == 0.0 or half_m == math.inf:
        return chance
    # the times in the disc with this offset
    v = tie[0] * c + r
    a, b = p * p + v * v, w * p + c * v
    first, last = d0, d1
    if a > _STILL_MPS * _STILL_MPS:
        root = math.sqrt(max(b * b - a * (w * w + c * c - radius_m * radius_m), 0.0))
        first, last = min(max(first, (-b - root) / a), d1), max(min(last, (-b + root) / a), d0)
    # out of the height all the time is above it at both or below it at both
    one, two = 1.0 + tie[1] * first, 1.0 + tie[1] * last
    low = min((-half_m - rise * first) / one, (-half_m - rise * last) / two)
    high = max((half_m - rise * first) / one, (half_m - rise * last) / two)
    sigma = lower[5, 5]
    if sigma <= 0.0:
        return chance if low <= u <= high else 0.0
    low, high = (low - u) / sigma, (high - u) / sigma
    return chance if low < -_ALL and high > _ALL else chance * between(low, high)


@inner
def _split(mean: F64, cov: F64, until_s: float, turn: F64, half: F64, q: F64, wide: F64, tie: F64) -> float:
    """Means and covariance of: speed and place across c at t*, rests of the rates of c and u, c and u; returns t*.

    turn, half (6, 6): work space; q (6,), wide (6, 6), tie (2,): results, tie the slopes of the rates on c and u.
    """
    e, n, ve, vn = mean[0], mean[1], mean[3], mean[4]
    speed2 = ve * ve + vn * vn
    t = min(max(-(e * ve + n * vn) / speed2, 0.0), until_s) if speed2 > 1e-12 else 0.0
    ce, cn = e + t * ve, n + t * vn
    away = math.hypot(ce, cn)
    if away > 1.0:
        ce, cn = ce / away, cn / away
    elif speed2 > 1e-12:
        ce, cn = -vn / math.sqrt(speed2), ve / math.sqrt(speed2)
    else:
        ce, cn = 0.0, 1.0
    turn[:, :] = 0.0
    turn[0, 3], turn[0, 4] = cn, -ce
    turn[1, 0], turn[1, 1], turn[1, 3], turn[1, 4] = cn, -ce, t * cn, -t * ce
    turn[2, 3], turn[2, 4] = ce, cn
    turn[3, 5] = 1.0
    turn[4, 0], turn[4, 1], turn[4, 3], turn[4, 4] = ce, cn, t * ce, t * cn
    turn[5, 2], turn[5, 5] = 1.0, t
    for k in range(2):
        var, both = 0.0, 0.0
        for i in range(6):
            for j in range(6):
                var += turn[4 + k, i] * cov[i, j] * turn[4 + k, j]
                both += turn[2 + k, i] * cov[i, j] * turn[4 + k, j]
        tie[k] = both / var if var > 0.0 else 0.0
        # where place and velocity oppose each other, more at t* may be less at another time: the rate is drawn whole
        if min(1.0 - tie[k] * t, 1.0 + tie[k] * (until_s - t)) < _LEAST_GROWTH:
            tie[k] = 0.0
    for i in range(6):
        turn[2, i] -= tie[0] * turn[4, i]
        turn[3, i] -= tie[1] * turn[5, i]
    for i in range(6):
        q[i] = 0.0
        for j in range(6):
            q[i] += turn[i, j] * mean[j]
    for i in range(6):
        for j in range(6):
            half[i, j] = 0.0
            for k in range(6):
                half[i, j] += turn[i, k] * cov[k, j]
    for i in range(6):
        for j in range(i + 1):
            total = 0.0
            for k in range(6):
                total += half[i, k] * turn[j, k]
            wide[i, j] = wide[j, i] = total
    return t


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
    turn, wide, lower, q, tie = np.empty((6, 6)), np.empty((6, 6)), np.empty((6, 6)), np.empty(6), np.empty(2)
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
        t = _split(mean[i], cov[i], until_s, turn, lower, q, wide, tie)
        if not factor(wide, 6, SINGULAR, lower):
            status_out[i] = NOT_A_COVARIANCE
            continue
        one, two, done = 0.0, 0.0, 0
        for r in range(rows):
            of_row = 0.0
            for k in range(size):
                of_row += _given(q, lower, tie, draws, r, k, radius_m, half_m, -t, until_s - t)
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
