"""The leg that a drone flies: its velocity smoothed since its last turn, and the mean course of those beside it."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from flightward.kernels._jit import inner, kernel

COURSE_BINS = 128


class LegRule(NamedTuple):
    """How velocities are smoothed and turns found."""

    fast_s: float
    slow_s: float
    turn_rad: float
    fresh_s: float


@kernel
def smooth_legs(
    slot: NDArray[np.int64], dt_s: NDArray[np.float64], ve_mps: NDArray[np.float64], vn_mps: NDArray[np.float64],
    rule: LegRule, fast: NDArray[np.float64], slow: NDArray[np.float64], age_s: NDArray[np.float64],
    flown: NDArray[np.float64],
) -> None:
    """Take in one second's velocities of N tracks; their rows of fast (C, 2), slow (C, 2), age_s (C,) change.

    flown (C, 2) counts the seconds and the turns of each track so far.

    slow is the mean velocity since the last turn, over at most slow_s; age_s is how long that is. A turn is where the
    last fast_s point turn_rad away from it. A row whose age_s is NaN is new.
    """
    for i in range(slot.shape[0]):
        s = slot[i]
        ve, vn = ve_mps[i], vn_mps[i]
        if np.isnan(age_s[s]):
            fast[s, 0], fast[s, 1], slow[s, 0], slow[s, 1], age_s[s] = ve, vn, ve, vn, rule.fresh_s
            flown[s, 0] = flown[s, 1] = 0.0
            continue
        a = min(1.0, dt_s[i] / rule.fast_s)
        fast[s, 0] += a * (ve - fast[s, 0])
        fast[s, 1] += a * (vn - fast[s, 1])
        age_s[s] += dt_s[i]
        flown[s, 0] += dt_s[i]
        b = min(1.0, dt_s[i] / min(age_s[s], rule.slow_s))
        slow[s, 0] += b * (ve - slow[s, 0])
        slow[s, 1] += b * (vn - slow[s, 1])
        cross = fast[s, 0] * slow[s, 1] - fast[s, 1] * slow[s, 0]
        dot = fast[s, 0] * slow[s, 0] + fast[s, 1] * slow[s, 1]
        if abs(np.arctan2(cross, dot)) > rule.turn_rad:
            # while a turn goes on it is found again each time the course has changed enough: that is one turn
            if age_s[s] > 3.0 * rule.fast_s:
                flown[s, 1] += 1.0
            slow[s, 0], slow[s, 1], age_s[s] = ve, vn, rule.fresh_s


@kernel
def share_courses(
    start: NDArray[np.int64], ve_mps: NDArray[np.float64], vn_mps: NDArray[np.float64], weight: NDArray[np.float64],
    within: int, unit_e_out: NDArray[np.float64], unit_n_out: NDArray[np.float64], weight_out: NDArray[np.float64],
) -> None:
    """Mean direction of each drone and of the members of its raid that fly nearly its course, by weight.

    start   (G + 1,) rows of each raid in the (N,) columns
    within  how many of COURSE_BINS bins of course to either side still count
    weight_out  (N,) sum of the weights behind each direction
    """
    east, north, total = np.zeros(COURSE_BINS), np.zeros(COURSE_BINS), np.zeros(COURSE_BINS)
    for g in range(start.shape[0] - 1):
        east[:] = 0.0
        north[:] = 0.0
        total[:] = 0.0
        for i in range(start[g], start[g + 1]):
            speed = max(np.hypot(ve_mps[i], vn_mps[i]), 1e-9)
            b = _bin(ve_mps[i], vn_mps[i])
            east[b] += weight[i] * ve_mps[i] / speed
            north[b] += weight[i] * vn_mps[i] / speed
            total[b] += weight[i]
        for i in range(start[g], start[g + 1]):
            b = _bin(ve_mps[i], vn_mps[i])
            e = n = w = 0.0
            for k in range(b - within, b + within + 1):
                e += east[k % COURSE_BINS]
                n += north[k % COURSE_BINS]
                w += total[k % COURSE_BINS]
            size = max(np.hypot(e, n), 1e-9)
            unit_e_out[i], unit_n_out[i], weight_out[i] = e / size, n / size, w


@inner
def _bin(ve_mps: float, vn_mps: float) -> int:
    return int(np.floor((np.arctan2(ve_mps, vn_mps) / (2.0 * np.pi) + 0.5) * COURSE_BINS)) % COURSE_BINS
