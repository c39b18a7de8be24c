"""How large the errors of an object's own positions are, against what it says of them: found from its surprises.

A stated accuracy is often a bound, or a radius, or simply careless. For each identity the mean squared surprise less the
track's own share of it gives the variance of the reports; its ratio to the stated variance is kept, level and vertical
apart, and multiplies it. Errors that stay the same for minutes make no surprises: therefore the ratio never falls below
RATIO_LEAST (half the stated sigma).

Source: R. Mehra, On the identification of variances and adaptive Kalman filtering, IEEE TAC 15 (1970) 175-184.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from flightward.kernels._jit import kernel
from flightward.kernels.trackstate import TrackArrays

RATIO_LEAST, RATIO_MOST = 0.25, 4.0
SURPRISE_MOST = 9.0
WEIGHT_FIRST, WEIGHT_LAST = 10.0, 100.0  # reports that the start and the memory are worth
VERTICAL_VAR_MAX_M2 = 25.0**2  # pressure heights and priors err by the same for hours: nothing to be learnt


@kernel
def _ratio(ratio: float, surprise2: float, own_var: float, stated_var: float, n: float) -> float:
    """The ratio after one more report."""
    seen = min((surprise2 - own_var) / stated_var, SURPRISE_MOST)
    seen = max(seen, -SURPRISE_MOST)
    ratio += (seen - ratio) / min(WEIGHT_FIRST + n, WEIGHT_LAST)
    return min(max(ratio, RATIO_LEAST), RATIO_MOST)


@kernel
def fitted(
    s: TrackArrays, i: int, z: NDArray[np.float64], r: NDArray[np.float64], is_fresh: bool, out: NDArray[np.float64]
) -> None:
    """The covariance (3, 3) of a report z (3,) of slot i, whose state stands at its time, from the stated r.

    is_fresh: the last report was not long ago, so that its surprise tells of the reports and not of the gap.
    """
    h, v = s.noise[i, 0], s.noise[i, 1]
    for a in range(3):
        for b in range(3):
            out[a, b] = r[a, b] * (v if a == 2 and b == 2 else h)
    if r[2, 2] > VERTICAL_VAR_MAX_M2:
        out[2, 2] = r[2, 2]
    if not is_fresh:
        return
    m0, m1 = s.mu[i, 0], s.mu[i, 1]
    y2, own = np.empty(3), np.empty(3)
    for a in range(3):
        x0, x1 = s.x[i, 0, a], s.x[i, 1, a]
        y2[a] = (z[a] - m0 * x0 - m1 * x1) ** 2
        own[a] = m0 * s.p[i, 0, a, a] + m1 * s.p[i, 1, a, a] + m0 * m1 * (x0 - x1) ** 2
    s.noise[i, 0] = _ratio(h, 0.5 * (y2[0] + y2[1]), 0.5 * (own[0] + own[1]), 0.5 * (r[0, 0] + r[1, 1]), s.noise[i, 2])
    if r[2, 2] <= VERTICAL_VAR_MAX_M2:
        s.noise[i, 1] = _ratio(v, y2[2], own[2], r[2, 2], s.noise[i, 2])
    s.noise[i, 2] += 1.0
