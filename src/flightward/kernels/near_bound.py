"""A chance that a pair's chance of coming near cannot exceed: cheap, so that most pairs are dropped by it.

For any direction d: whoever is within R of the other at some time has d.place <= R then. On a straight piece d.place
is linear in time, so it is so at one of the ends: the chance is at most the sum of the two chances at the ends. The
height gives another bound. The lookahead may be cut into pieces with directions of their own, each with its two ends:
their sum is a bound too, and a much better one where errors grow. A turn bends a piece by at most
(turn rate x speed) dt^2 / 8, by which R grows; a speed more than 6 sigmas above its mean is added as its own chance.
Coming near needs both, the plane and the height: the smaller bound holds, and their product where errors of height and
plane do not hang together.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from flightward.kernels._jit import inner, kernel
from flightward.kernels.normal import below
from flightward.kernels.relative_path import N_MOMENTS, PLACE, STRAIGHT, TURNING, VAR, maps, moments

F64 = NDArray[np.float64]

_PIECES = 6
_TURN_RAD = 0.3
_MOST_PIECES = 200
_SIGMAS = 6.0
_BEYOND = 2e-8
"""P(a chi of two degrees of freedom is above 6) = exp(-18) = 1.5e-8, for each of two velocities."""


@inner
def _end(gap_m: float, var_m2: float) -> float:
    """P(a normal distance beyond the limit is <= 0)."""
    if var_m2 <= 0.0:
        return 1.0 if gap_m <= 0.0 else 0.0
    return below(-gap_m / math.sqrt(var_m2))


@inner
def _together(k: int, cov: F64, flat: float, high: float) -> float:
    """The bound of both from that of the plane and that of the height."""
    flat, high = min(flat, 1.0), min(high, 1.0)
    climb = 5 if k == STRAIGHT else 3
    for i in range(k):
        if i not in (2, climb) and (cov[2, i] != 0.0 or cov[climb, i] != 0.0):
            return min(flat, high)
    return flat * high


@inner
def quick_bound(mean: F64, cov: F64, until_s: float, until_v_s: float, radius_m: float, half_m: float) -> float:
    """The bound of one straight pair from one piece; until_v_s is the end for the height."""
    e, n, ve, vn = mean[0], mean[1], mean[3], mean[4]
    speed2 = ve * ve + vn * vn
    t = min(max(-(e * ve + n * vn) / speed2, 0.0), until_s) if speed2 > 1e-12 else 0.0
    de, dn = e + t * ve, n + t * vn
    away = math.hypot(de, dn)
    least = 1.0
    if away > radius_m:
        de, dn = de / away, dn / away
        var = de * de * cov[0, 0] + 2.0 * de * dn * cov[0, 1] + dn * dn * cov[1, 1]
        tied = de * (de * cov[0, 3] + dn * cov[0, 4]) + dn * (de * cov[1, 3] + dn * cov[1, 4])
        var_v = de * de * cov[3, 3] + 2.0 * de * dn * cov[3, 4] + dn * dn * cov[4, 4]
        gap, closing = de * e + dn * n - radius_m, de * ve + dn * vn
        least = _end(gap, var)
        if least < 1.0:
            least += _end(gap + until_s * closing, var + until_s * (2.0 * tied + until_s * var_v))
    up, climb, high = mean[2], mean[5], 1.0
    if up < 0.0:
        up, climb = -up, -climb
    if up > half_m and up + until_v_s * climb > half_m:
        high = _end(up - half_m, cov[2, 2])
        high += _end(
            up + until_v_s * climb - half_m, cov[2, 2] + until_v_s * (2.0 * cov[2, 5] + until_v_s * cov[5, 5])
        )
    return _together(STRAIGHT, cov, least, high)


@inner
def _sagitta(mean: F64, cov: F64, turn: F64, dt_s: float) -> float:
    total = 0.0
    for who in range(2):
        col = 4 + 2 * who
        sigma = math.sqrt(max(cov[col, col] + cov[col + 1, col + 1], 0.0))
        speed = math.hypot(mean[col], mean[col + 1]) + _SIGMAS * sigma
        total += abs(turn[who]) * speed * dt_s * dt_s / 8.0
    return total


@inner
def bound_one(
    k: int, mean: F64, cov: F64, turn: F64, until_s: float, radius_m: float, half_m: float, mom: F64, bd: F64
) -> float:
    """The bound of one pair from several pieces. mom (33,) and bd (4, 3, 8) are work space."""
    pieces, wide, total, high = _PIECES, radius_m, 0.0, 0.0
    if k == TURNING:
        turned = max(abs(turn[0]), abs(turn[1])) * until_s
        pieces = min(max(pieces, math.ceil(turned / _TURN_RAD)), _MOST_PIECES)
        wide += _sagitta(mean, cov, turn, until_s / pieces)
        total = 2.0 * _BEYOND
    for i in range(pieces):
        begin, end = until_s * i / pieces, until_s * (i + 1) / pieces
        at = 0.5 * (begin + end)
        if k == STRAIGHT:
            speed2 = mean[3] * mean[3] + mean[4] * mean[4]
            if speed2 > 1e-12:
                at = min(max(-(mean[0] * mean[3] + mean[1] * mean[4]) / speed2, begin), end)
        maps(k, at, turn[0], turn[1], bd[0], bd[1])
        moments(k, mean, cov, bd[0], bd[1], bd[2], bd[3], mom)
        de, dn = mom[PLACE], mom[PLACE + 1]
        away = math.hypot(de, dn)
        if away <= wide:
            total = 1.0
        if total < 1.0:
            de, dn = de / away, dn / away
        for side in range(2):
            maps(k, begin if side == 0 else end, turn[0], turn[1], bd[0], bd[1])
            moments(k, mean, cov, bd[0], bd[1], bd[2], bd[3], mom)
            if total < 1.0:
                var = de * de * mom[VAR] + 2.0 * de * dn * mom[VAR + 1] + dn * dn * mom[VAR + 4]
                total += _end(de * mom[PLACE] + dn * mom[PLACE + 1] - wide, var)
            if (i == 0 and side == 0) or (i == pieces - 1 and side == 1):
                up = mom[PLACE + 2] if mean[2] >= 0.0 else -mom[PLACE + 2]
                high += _end(up - half_m, mom[VAR + 8])
    return _together(k, cov, total, high)


@kernel
def near_bound(
    mean: F64, cov: F64, turn_radps: F64, radius_m: F64, half_m: F64, until_s: F64, enough: float, bound_out: F64
) -> None:
    """An upper bound of the chance of N pairs to be within the cylinder (or the sphere in it) in [0, until_s].

    Arrays as in near_chance. `enough`: straight pairs whose quick bound is below it are not looked at more closely.
    bound_out (N,): at most 1; NaN where a value is not finite.
    """
    mom, bd = np.empty(N_MOMENTS), np.empty((4, 3, 8))
    for i in range(mean.shape[0]):
        turned = turn_radps[i, 0] != 0.0 or turn_radps[i, 1] != 0.0
        bound = 1.0 if turned else quick_bound(mean[i], cov[i], until_s[i], until_s[i], radius_m[i], half_m[i])
        if bound >= enough:
            closer = bound_one(
                TURNING if turned else STRAIGHT, mean[i], cov[i], turn_radps[i], until_s[i], radius_m[i], half_m[i],
                mom, bd,
            )  # fmt: skip
            bound = min(bound, closer)
        k = TURNING if turned else STRAIGHT
        total = until_s[i] + turn_radps[i, 0] + turn_radps[i, 1]
        for j in range(k):
            total += mean[i, j]
            for m in range(k):
                total += cov[i, j, m]
        known = math.isfinite(total) and radius_m[i] > 0.0 and half_m[i] > 0.0
        bound_out[i] = bound if known else np.nan
