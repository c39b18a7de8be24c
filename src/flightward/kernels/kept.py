"""Which pairs are as they were when they were last asked about, and where each stands now."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from flightward.kernels._jit import inner, kernel
from flightward.kernels.candidates import within_disc, within_height
from flightward.kernels.intervals import closest

F64 = NDArray[np.float64]
I8 = NDArray[np.int8]
I64 = NDArray[np.int64]

KEPT, ASK = 0, 1


class Keeping(NamedTuple):
    """For how long an answer may stand, and how far a pair may have moved against what was then foretold.

    sigmas: of place and velocity, along each axis; ratio: between the variances.
    """

    for_s: float
    sigmas: float
    ratio: float


class Cylinder(NamedTuple):
    """What is asked of pairs."""

    radius_m: float
    half_m: float
    until_s: float


@inner
def _differs(now: float, then: float, var_now: float, var_then: float, rule: Keeping) -> bool:
    """Written so that what is not a number differs."""
    off = now - then
    if not off * off <= rule.sigmas * rule.sigmas * min(var_now, var_then):
        return True
    return not (var_now <= rule.ratio * var_then and var_then <= rule.ratio * var_now)


@inner
def _as_foretold(
    at: F64, f_cov: F64, h_cov: F64, then: F64, then_var: F64, dt_s: float, rule: Keeping
) -> bool:
    for k in range(3):
        var = f_cov[k, k] + h_cov[k, k]
        rate = f_cov[3 + k, 3 + k] + h_cov[3 + k, 3 + k]
        later = then_var[k] + dt_s * (2.0 * then_var[3 + k] + dt_s * then_var[6 + k])
        if _differs(at[k], then[k] + dt_s * then[3 + k], var, later, rule):
            return False
        if _differs(at[3 + k], then[3 + k], rate, then_var[6 + k], rule):
            return False
    return True


@kernel
def compare(
    flight: I64, hazard: I64, f_state: F64, f_cov: F64, h_state: F64, h_cov: F64,
    before: I64, then: F64, then_var: F64, then_s: F64, now_s: float, rule: Keeping, body: Cylinder,
    relative_out: F64, t_to_out: F64, miss_h_out: F64, miss_v_out: F64, ask_out: I8,
) -> None:
    """Whether P pairs must be asked about again, and where they stand.

    flight, hazard (P,) rows; f_state (F, 6), f_cov (F, 6, 6) and the same of the hazards; before (P,) row of what is
    kept, -1 none; then (K, 6), then_s (K,) the pair, hazard minus flight, when it was asked; then_var (K, 9) variances
    of its e, n, u, how they hang on their rates, variances of the rates.
    relative_out (P, 6) hazard minus flight now; t_to_out (P,) seconds to the entry of the cylinder if both keep
    straight on, else to the nearest horizontal distance; miss_h_out, miss_v_out (P,) both distances when that is
    least; ask_out (P,) ASK or KEPT.
    """
    for p in range(flight.shape[0]):
        f, h, row = flight[p], hazard[p], before[p]
        for k in range(6):
            relative_out[p, k] = h_state[h, k] - f_state[f, k]
        r = relative_out[p]
        t, d2 = closest(r[0], r[1], r[3], r[4], body.until_s)
        miss_h_out[p], miss_v_out[p] = math.sqrt(d2), abs(r[2] + t * r[5])
        in_h, out_h = within_disc(r[0], r[1], r[3], r[4], body.radius_m, 0.0)
        in_v, out_v = within_height(r[2], r[5], body.half_m, 0.0)
        enters = max(in_h, in_v)
        t_to_out[p] = enters if enters <= min(min(out_h, out_v), body.until_s) else t
        ask_out[p] = ASK
        if row >= 0:
            dt = now_s - then_s[row]
            if 0.0 <= dt <= rule.for_s and _as_foretold(r, f_cov[f], h_cov[h], then[row], then_var[row], dt, rule):
                ask_out[p] = KEPT
