"""How large the errors of an object's own reports are, against what it says of them: found from its surprises.

A stated accuracy is often a bound, or a radius, or simply careless. For each identity the mean squared surprise less
the track's own share of it gives the variance of the reports; its ratio to the stated variance is kept (position and
velocity, level and vertical apart) and multiplies it. Errors that stay the same for minutes make no surprises:
therefore no ratio falls below its least (half the stated sigma of a position, a quarter of that of a velocity).

Source: R. Mehra, On the identification of variances and adaptive Kalman filtering, IEEE TAC 15 (1970) 175-184.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from flightward.kernels._jit import inner, kernel
from flightward.kernels.trackstate import TrackArrays

POSITION, VELOCITY = 0, 3  # first row of the state that is reported
LEAST_POSITION, LEAST_VELOCITY, MOST = 0.25, 0.06, 4.0
SURPRISE_MOST = 9.0
WEIGHT_FIRST, WEIGHT_LAST = 10.0, 100.0  # reports that the start and the memory are worth
# pressure heights and priors err by the same for hours, and an unknown climb is no report: nothing to be learnt there
VERTICAL_VAR_MAX_M2, CLIMB_VAR_MAX = 25.0**2, 5.0**2
LEVEL_VAR_MAX_M2 = 200.0**2  # coarser ones (a collapsed quality) mean that they may be anywhere


@inner
def _ratio(ratio: float, surprise2: float, own_var: float, stated_var: float, n: float, least: float) -> float:
    """The ratio after one more report."""
    seen = min(max((surprise2 - own_var) / stated_var, -SURPRISE_MOST), SURPRISE_MOST)
    ratio += (seen - ratio) / min(WEIGHT_FIRST + n, WEIGHT_LAST)
    return min(max(ratio, least), MOST)


@kernel
def fitted(
    s: TrackArrays, i: int, first: int, z: NDArray[np.float64], r: NDArray[np.float64], is_fresh: bool,
    out: NDArray[np.float64],
) -> None:
    """The covariance (3, 3) of a report z (3,) of slot i, whose state stands at its time, from the stated r.

    first: POSITION or VELOCITY. is_fresh: the last report was not long ago, so that its surprise tells of the reports
    and not of the gap.
    """
    k, least, vertical = 0, LEAST_POSITION, r[2, 2] <= VERTICAL_VAR_MAX_M2
    if first == VELOCITY:
        k, least, vertical = 2, LEAST_VELOCITY, r[2, 2] <= CLIMB_VAR_MAX
    h, v = s.noise[i, k], s.noise[i, k + 1] if vertical else 1.0
    is_coarse = r[0, 0] > LEVEL_VAR_MAX_M2
    for a in range(3):
        for b in range(3):
            out[a, b] = r[a, b] * (v if a == 2 and b == 2 else (1.0 if is_coarse else h))
    if not is_fresh or is_coarse:
        return
    m0, m1 = s.mu[i, 0], s.mu[i, 1]
    y2, own = np.empty(3), np.empty(3)
    for a in range(3):
        c = first + a
        x0, x1 = s.x[i, 0, c], s.x[i, 1, c]
        y2[a] = (z[a] - m0 * x0 - m1 * x1) ** 2
        own[a] = m0 * s.p[i, 0, c, c] + m1 * s.p[i, 1, c, c] + m0 * m1 * (x0 - x1) ** 2
    n, level = s.noise[i, 4], 0.5 * (r[0, 0] + r[1, 1])
    s.noise[i, k] = _ratio(h, 0.5 * (y2[0] + y2[1]), 0.5 * (own[0] + own[1]), level, n, least)
    if vertical:
        s.noise[i, k + 1] = _ratio(v, y2[2], own[2], r[2, 2], n, least)
    if first == POSITION:
        s.noise[i, 4] += 1.0
