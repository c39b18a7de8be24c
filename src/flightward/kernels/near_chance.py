"""The chance that N pairs come within a cylinder or a sphere of each other in the next seconds."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from flightward.kernels._jit import kernel
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
LIKELY = 0.25
"""Above it drawn paths are counted; below it entries are drawn, which needs no more draws when they are rare."""


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
        if not math.isfinite(spread):
            status_out[i] = NO_COVARIANCE
            continue
        if not factor(cov[i], k, SINGULAR, lower):
            status_out[i] = NOT_A_COVARIANCE
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
        p_out[i], now_out[i], err_out[i] = p, now, error
        asked = max(tolerance, 1e-8) * p if k == STRAIGHT else max(tolerance * p, 10.0 * ENOUGH * math.sqrt(p))
        status_out[i] = ROUGH if error > asked + 1e-12 else GOOD
