"""The chance that N pairs come within a cylinder or a sphere of each other in the next seconds."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from flightward.kernels._jit import inner, kernel
from flightward.kernels.earlier_visit import first_share
from flightward.kernels.near_bound import bound_one, quick_bound
from flightward.kernels.relative_path import N_MOMENTS, STRAIGHT, TURNING, factor
from flightward.kernels.time_sum import MOST_PIECES, entries
from flightward.kernels.visit_counts import counted_chance

F64 = NDArray[np.float64]
I8 = NDArray[np.int8]

GOOD, NO_STATE, NO_COVARIANCE, NOT_A_COVARIANCE, ROUGH, SKIPPED = 0, 1, 2, 3, 4, 5
"""Status: good; the state is not finite; the covariance is not finite (unknown); it has a negative eigenvalue; the
error is above the tolerance asked; the bound is below `skip_below` (p is 0, the error the bound)."""
SINGULAR = 1e-8
"""Part of a variance by which rounding may make a covariance indefinite."""
ENOUGH = 2e-4
"""An error of this times the root of p (1 - p) is a fifth of that of 1e6 trials."""
TOUCHING = 1e-11
"""Part of the radius's square by which a pass must be nearer than the radius to be within it, not touching."""
LIKELY = 0.25
"""Above it drawn paths are counted; below it entries are drawn, which needs no more draws when they are rare."""


@inner
def _comes_within(mean: F64, until_s: float, radius_m: float, half_m: float, is_round: bool) -> bool:
    """Is a straight pair that is known for certain within the body at some time in [0, until_s]? Touching is not."""
    e, n, u, ve, vn, vu = mean[0], mean[1], mean[2], mean[3], mean[4], mean[5]
    low, high = 0.0, until_s
    if is_round:
        away2, speed2, closing = e * e + n * n + u * u, ve * ve + vn * vn + vu * vu, e * ve + n * vn + u * vu
        cross2 = (n * vu - u * vn) ** 2 + (u * ve - e * vu) ** 2 + (e * vn - n * ve) ** 2
    else:
        away2, speed2, closing = e * e + n * n, ve * ve + vn * vn, e * ve + n * vn
        cross2 = (e * vn - n * ve) ** 2
        if vu == 0.0:
            if not abs(u) < half_m:
                return False
        elif math.isfinite(half_m):
            one, two = (-half_m - u) / vu, (half_m - u) / vu
            low, high = max(low, min(one, two)), min(high, max(one, two))
    if speed2 == 0.0:
        if not away2 < radius_m * radius_m:
            return False
    else:
        inside2 = radius_m * radius_m * speed2 - cross2
        if not inside2 > TOUCHING * radius_m * radius_m * speed2:
            return False
        half_s = math.sqrt(inside2) / speed2
        low, high = max(low, -closing / speed2 - half_s), min(high, -closing / speed2 + half_s)
    if until_s == 0.0:
        flat = away2 < radius_m * radius_m
        return flat and (is_round or abs(u) < half_m)
    return low < high


@kernel
def near_chance(
    mean: F64, cov: F64, turn_radps: F64, radius_m: F64, half_m: F64, until_s: F64, is_round: bool, tolerance: float,
    skip_below: float, few: F64, many: F64, p_out: F64, now_out: F64, err_out: F64, status_out: I8,
) -> None:
    """Chance of N pairs to be within a body at some time in [0, until_s].

    mean (N, 8), cov (N, 8, 8): y of relative_path, the first 6 of it where both turn rates are 0; turn_radps (N, 2) own
    and other, clockwise; radius_m, half_m, until_s (N,): the cylinder (half_m may be infinite), or the sphere if
    is_round (half_m is then the radius). tolerance: relative error asked. few, many (R, K, 9): normal
    numbers for turning pairs; `many` are used where few leave an error that trials would show.
    p_out, now_out, err_out (N,) chance, chance at time 0, error of the first (1 sigma where draws were needed);
    status_out (N,) int8, see above.
    """
    mom, bd, piece = np.empty(N_MOMENTS), np.empty((4, 3, 8)), np.empty((MOST_PIECES, 4))
    lower = np.empty((8, 8))
    for i in range(mean.shape[0]):
        p_out[i] = now_out[i] = err_out[i] = np.nan
        k = STRAIGHT if turn_radps[i, 0] == 0.0 and turn_radps[i, 1] == 0.0 else TURNING
        total, spread = turn_radps[i, 0] + turn_radps[i, 1], 0.0
        for j in range(k):
            total += mean[i, j]
            for m in range(k):
                spread += cov[i, j, m]
        ready = math.isfinite(total) and radius_m[i] > 0.0 and half_m[i] > 0.0 and math.isfinite(until_s[i])
        if not ready or until_s[i] < 0.0 or not math.isfinite(radius_m[i]):
            status_out[i] = NO_STATE
            continue
        known = k == STRAIGHT
        for j in range(k):
            known = known and cov[i, j, j] == 0.0
        if not math.isfinite(spread):
            status_out[i] = NO_COVARIANCE
            continue
        if not factor(cov[i], k, SINGULAR, lower):
            status_out[i] = NOT_A_COVARIANCE
            continue
        if known:
            p_out[i] = 1.0 if _comes_within(mean[i], until_s[i], radius_m[i], half_m[i], is_round) else 0.0
            now_out[i] = 1.0 if _comes_within(mean[i], 0.0, radius_m[i], half_m[i], is_round) else 0.0
            err_out[i], status_out[i] = 0.0, GOOD
            continue
        if skip_below > 0.0:
            most = 1.0
            if k == STRAIGHT:
                most = quick_bound(mean[i], cov[i], until_s[i], until_s[i], radius_m[i], half_m[i])
            if most >= skip_below:
                closer = bound_one(k, mean[i], cov[i], turn_radps[i], until_s[i], radius_m[i], half_m[i], mom, bd)
                most = min(most, closer)
            if most < skip_below:
                p_out[i], now_out[i], err_out[i], status_out[i] = 0.0, 0.0, most, SKIPPED
                continue
        now, enter, error, n = entries(
            k, mean[i], cov[i], turn_radps[i], until_s[i], radius_m[i], half_m[i], is_round, tolerance, mom, bd, piece
        )
        p = now + enter
        if k == TURNING and enter > 0.0:
            p, unsure = now + enter, 1.0
            for draws in (few, many):
                share, unsure = first_share(
                    mean[i], cov[i], lower, turn_radps[i], radius_m[i], half_m[i], is_round, p, enter, piece, n,
                    draws, mom, bd,
                )  # fmt: skip
                p, unsure = now + enter * share, enter * unsure
                goal = max(tolerance * p, ENOUGH * math.sqrt(max(p * (1.0 - p), 0.0)))
                if unsure <= goal or p > LIKELY:
                    break
            if unsure > goal and p > LIKELY:
                p, unsure = counted_chance(
                    mean[i], lower, turn_radps[i], until_s[i], radius_m[i], half_m[i], is_round, now + enter, many
                )
            error = math.hypot(error, unsure)
        p = min(p, 1.0)
        p_out[i], now_out[i], err_out[i] = p, min(now, 1.0), error
        asked = max(tolerance, 1e-8) * p if k == STRAIGHT else max(tolerance * p, 10.0 * ENOUGH * math.sqrt(p))
        status_out[i] = ROUGH if error > asked + 1e-12 else GOOD
