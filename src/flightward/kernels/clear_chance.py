"""The chance that N pairs lose well clear in the next seconds: a volume that depends on their velocities too.

The volume (modified tau) is not a body in space, so there is no flux through a border. Instead the uncertain numbers
are drawn by a lattice of even points, the height last: given all others, the heights at which well clear is lost are
one interval per stretch of the path in horizontal violation, each in closed form, and their chance is exact. Turning
paths are flown in chords. The error is that of rows of the lattice which are shifted independently.
Source: RTCA DO-365; A. Narkawicz et al., Well-clear volumes based on time to entry point, NASA/TM-2014-218155.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from flightward.kernels._jit import inner, kernel
from flightward.kernels.normal import between
from flightward.kernels.relative_path import STRAIGHT, TURNING, factor
from flightward.kernels.turn import arc

F64 = NDArray[np.float64]
I64 = NDArray[np.int64]
I8 = NDArray[np.int8]

_CHORD_RAD = 0.1
_MOST_CHORDS = 400
_MOST_BANDS = 32
_FIRST_ROWS = 4
_ENOUGH = 3e-4
"""An error of this times the root of p (1 - p) is less than a third of that of 1e6 trials."""
_SINGULAR = 1e-8
_LEAST = 1e-4


@inner
def horizontal(
    e: float, n: float, ve: float, vn: float, radius_m: float, tau_s: float, dt_s: float
) -> tuple[float, float]:
    """Part of [0, dt_s] in horizontal violation of the modified-tau volume on a straight piece; (1, 0) if none."""
    a, b = ve * ve + vn * vn, e * ve + n * vn
    c = e * e + n * n - radius_m * radius_m
    root = b * b - a * c
    leave = (-b + math.sqrt(max(root, 0.0))) / a if a > 0.0 else np.inf
    if c <= 0.0:
        return 0.0, min(dt_s, leave)
    if b >= 0.0 or root < 0.0:
        return 1.0, 0.0
    bb, cc = 2.0 * b + tau_s * a, c + tau_s * b
    under = bb * bb - 4.0 * a * cc
    if under < 0.0:
        return 1.0, 0.0
    enter = (-bb - math.sqrt(under)) / (2.0 * a)
    if enter > dt_s:
        return 1.0, 0.0
    enter, leave = max(enter, 0.0), min(leave, dt_s)
    return (enter, leave) if enter <= leave else (1.0, 0.0)


@inner
def _add(band: F64, n: int, low: float, high: float) -> int:
    """Join [low, high] to the n disjoint intervals of band (K, 2)."""
    i = 0
    while i < n:
        if low <= band[i, 1] and band[i, 0] <= high:
            low, high = min(low, band[i, 0]), max(high, band[i, 1])
            n -= 1
            band[i, 0], band[i, 1] = band[n, 0], band[n, 1]
            i = 0
        else:
            i += 1
    if n < band.shape[0]:
        band[n, 0], band[n, 1] = low, high
        n += 1
    return n


@inner
def _heights(t_in: float, t_out: float, climb: float, half_m: float, coaltitude_s: float) -> tuple[float, float]:
    """Heights at time 0 that are in vertical violation at some time in [t_in, t_out]."""
    wide = max(half_m, abs(climb) * coaltitude_s)
    if climb >= 0.0:
        return -wide - t_out * climb, half_m - t_in * climb
    return -half_m - t_in * climb, wide - t_out * climb


@inner
def _bands(
    k: int, y: F64, turn: F64, until_s: float, radius_m: float, half_m: float, tau_s: float, coaltitude_s: float,
    band: F64,
) -> int:
    """Fill band with the heights at time 0 by which the path y loses well clear within [0, until_s]."""
    if k == STRAIGHT:
        low, high = horizontal(y[0], y[1], y[3], y[4], radius_m, tau_s, until_s)
        if low > high:
            return 0
        band[0, 0], band[0, 1] = _heights(low, high, y[5], half_m, coaltitude_s)
        return 1
    fastest = max(abs(turn[0]), abs(turn[1]))
    chords = min(max(math.ceil(fastest * until_s / _CHORD_RAD), 1), _MOST_CHORDS)
    step, count = until_s / chords, 0
    e, n = y[0], y[1]
    for i in range(chords):
        t = (i + 1) * step
        _, _, along, across, _, _ = arc(turn[0], t)
        e_to, n_to = y[0] - along * y[4] - across * y[5], y[1] - along * y[5] + across * y[4]
        _, _, along, across, _, _ = arc(turn[1], t)
        e_to, n_to = e_to + along * y[6] + across * y[7], n_to + along * y[7] - across * y[6]
        if step > 0.0:
            low, high = horizontal(e, n, (e_to - e) / step, (n_to - n) / step, radius_m, tau_s, step)
            if low <= high:
                a, b = _heights(t - step + low, t - step + high, y[3], half_m, coaltitude_s)
                count = _add(band, count, a, b)
        e, n = e_to, n_to
    return count


@inner
def _last_height(cov: F64, k: int, order: I64, ordered: F64, lower: F64) -> bool:
    """Factor of the covariance with the height moved to the last place."""
    for i in range(k):
        order[i] = i if i < 2 else i + 1
    order[k - 1] = 2
    for i in range(k):
        for j in range(k):
            ordered[i, j] = cov[order[i], order[j]]
    return factor(ordered, k, _SINGULAR, lower)


@inner
def _one(
    k: int, mean: F64, lower: F64, order: I64, turn: F64, z: F64, volume: F64, until_s: float, y: F64, band: F64
) -> tuple[float, float]:
    """Chance of one draw over the lookahead, and now."""
    for a in range(k):
        y[order[a]] = mean[order[a]]
        for b in range(min(a + 1, k - 1)):
            y[order[a]] += lower[a, b] * z[b]
    sigma = max(lower[k - 1, k - 1], _LEAST * volume[1])
    count = _bands(k, y, turn, until_s, volume[0], volume[1], volume[2], volume[3], band)
    chance = 0.0
    for i in range(count):
        chance += between((band[i, 0] - y[2]) / sigma, (band[i, 1] - y[2]) / sigma)
    climb = y[5] if k == STRAIGHT else y[3]
    if k == STRAIGHT:
        ve, vn = y[3], y[4]
    else:
        ve, vn = y[6] - y[4], y[7] - y[5]
    low, high = horizontal(y[0], y[1], ve, vn, volume[0], volume[2], 0.0)
    if low > high:
        return chance, 0.0
    low, high = _heights(0.0, 0.0, climb, volume[1], volume[3])
    return chance, between((low - y[2]) / sigma, (high - y[2]) / sigma)


@kernel
def clear_chance(
    mean: F64, cov: F64, turn_radps: F64, volume: F64, until_s: F64, tolerance: float, draws: F64, p_out: F64,
    now_out: F64, err_out: F64, status_out: I8,
) -> None:
    """Chance of N pairs to lose well clear at some time in [0, until_s].

    mean (N, 8), cov (N, 8, 8), turn_radps (N, 2), until_s (N,): as in near_chance. volume (N, 4): distance, height,
    modified tau, time to co-altitude. tolerance: relative error asked beside _ENOUGH. draws (R, K, 9): normal numbers,
    rows independent. p_out, now_out, err_out (N,), status_out (N,) int8 as in near_chance; the error is 1 sigma.
    """
    lower, ordered, order = np.empty((8, 8)), np.empty((8, 8)), np.empty(8, np.int64)
    y, band = np.empty(8), np.empty((_MOST_BANDS, 2))
    rows, size = draws.shape[0], draws.shape[1]
    by_row = np.empty(rows)
    for i in range(mean.shape[0]):
        p_out[i] = now_out[i] = err_out[i] = np.nan
        k = STRAIGHT if turn_radps[i, 0] == 0.0 and turn_radps[i, 1] == 0.0 else TURNING
        total, spread = turn_radps[i, 0] + turn_radps[i, 1] + volume[i].sum(), 0.0
        for j in range(k):
            total += mean[i, j]
            for m in range(k):
                spread += cov[i, j, m]
        if not (math.isfinite(total + until_s[i]) and until_s[i] >= 0.0 and volume[i, 0] > 0.0 and volume[i, 1] > 0.0):
            status_out[i] = 1
            continue
        if not math.isfinite(spread):
            status_out[i] = 2
            continue
        if not _last_height(cov[i], k, order, ordered, lower):
            status_out[i] = 3
            continue
        now, end, p, error = 0.0, 0, 0.0, 1.0
        goal = 0.0
        while end < rows and error > goal:
            begin, end = end, min(max(_FIRST_ROWS, 2 * end), rows)
            for r in range(begin, end):
                by_row[r] = 0.0
                for j in range(size):
                    one, here = _one(
                        k, mean[i], lower, order, turn_radps[i], draws[r, j], volume[i], until_s[i], y, band
                    )
                    by_row[r] += one / size
                    now += here / size
            p = by_row[:end].mean()
            error = math.sqrt(((by_row[:end] - p) ** 2).sum() / (end * (end - 1.0)))
            goal = max(tolerance * p, _ENOUGH * math.sqrt(max(p * (1.0 - p), 0.0)))
        p_out[i], now_out[i] = min(p, 1.0), min(now / end, 1.0)
        err_out[i] = max(error, 0.1 / (end * size))
        status_out[i] = 0 if error <= max(goal, 1e-3) else 4
