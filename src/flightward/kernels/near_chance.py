"""The chance that N pairs come within a cylinder or a sphere of each other in the next seconds."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from flightward.kernels._jit import kernel
from flightward.kernels.earlier_visit import first_share
from flightward.kernels.near_bound import bound_one
from flightward.kernels.relative_path import N_MOMENTS, STRAIGHT, TURNING, factor
from flightward.kernels.time_sum import MOST_PIECES, entries

F64 = NDArray[np.float64]
I8 = NDArray[np.int8]

GOOD, NO_STATE, NO_COVARIANCE, NOT_A_COVARIANCE, ROUGH, SKIPPED = 0, 1, 2, 3, 4, 5
"""Status: good; the state is not finite; the covariance is not finite (unknown); it has a negative eigenvalue; the error
is above the tolerance asked; the bound is below `skip_below` (p is 0, the error the bound)."""
SINGULAR = 1e-8
"""Part of a variance by which rounding may make a covariance indefinite."""


@kernel
def near_chance(
    mean: F64, cov: F64, turn_radps: F64, radius_m: F64, half_m: F64, until_s: F64, is_round: bool, tolerance: float,
    skip_below: float, normal: F64, p_out: F64, now_out: F64, err_out: F64, status_out: I8,
) -> None:
    """Chance of N pairs to be within a body at some time in [0, until_s].

    mean (N, 8), cov (N, 8, 8): y of relative_path, the first 6 of it where both turn rates are 0; turn_radps (N, 2) own
    and other, clockwise; radius_m, half_m, until_s (N,): the cylinder (half_m may be infinite), or the sphere if
    is_round (half_m is then the radius). tolerance: relative error asked. normal (R, K, 9): draws for turning pairs.
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
            most = bound_one(k, mean[i], cov[i], turn_radps[i], until_s[i], radius_m[i], half_m[i], mom, bd)
            if most < skip_below:
                p_out[i], now_out[i], err_out[i], status_out[i] = 0.0, 0.0, most, SKIPPED
                continue
        now, enter, error, n = entries(
            k, mean[i], cov[i], turn_radps[i], until_s[i], radius_m[i], half_m[i], is_round, tolerance, mom, bd, piece
        )
        if k == TURNING and enter > 0.0:
            share, unsure = first_share(
                mean[i], cov[i], lower, turn_radps[i], radius_m[i], half_m[i], is_round, now + enter, enter,
                piece, n, normal, mom, bd,
            )  # fmt: skip
            enter, error = enter * share, math.hypot(error, enter * unsure)
        p = min(now + enter, 1.0)
        p_out[i], now_out[i], err_out[i] = p, now, error
        asked = max(tolerance, 1e-8) * p if k == STRAIGHT else max(tolerance * p, 2e-3 * math.sqrt(p))
        status_out[i] = ROUGH if error > asked + 1e-12 else GOOD
