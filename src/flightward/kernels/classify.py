"""What each track is: a Bayesian mix of speed, height, radar cross-section and the sensors' labels.

Every likelihood is broad (log-normal with wide spread), so that it holds for other places and simulators than the
one it was looked at with. The measured radar cross-section counts by its mean, whose spread never falls under that
of the class: a hundred reports of one object are not a hundred objects.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from flightward.kernels._jit import kernel
from flightward.kernels.trackstate import FREE, N_KINDS, TrackArrays

LIFT_KEPT = 0.9
LIFT_SIGMA = 1.0 / math.sqrt(1.0 - LIFT_KEPT**2)
LIFT_NOISE = 0.1
NAMED_NOISE = 0.1
"""Who reports its own height is followed closely: m2/s3."""


class KindOptions(NamedTuple):
    """Log-normal likelihoods per kind: prior, ln speed, ln cross-section, height; arrays (5,)."""

    prior: NDArray[np.float64]
    ln_speed: NDArray[np.float64]
    ln_speed_sigma: NDArray[np.float64]
    ln_rcs: NDArray[np.float64]
    ln_rcs_sigma: NDArray[np.float64]
    height_m: NDArray[np.float64]  # usual ceiling
    height_sigma_m: NDArray[np.float64]


@kernel
def vertical_restlessness(lift: float) -> float:
    """Added vertical noise in m2/s3: none until reports lie on one side for long, then enough to follow a climb."""
    over = min(max(abs(lift) / LIFT_SIGMA - 2.5, 0.0), 3.0)
    return LIFT_NOISE * over * over


@kernel
def classify(
    s: TrackArrays, o: KindOptions, q_kind: NDArray[np.float64], q_model: NDArray[np.float64]
) -> None:
    """p_class of every track, and the process noise that follows from it, in place.

    q_kind (5, 2) m2/s3 horizontal, vertical; q_model (2, 2) factors of each model.
    """
    w = np.empty(N_KINDS)
    for i in range(s.state.shape[0]):
        if s.state[i] == FREE:
            continue
        ve, vn = s.xm[i, 3], s.xm[i, 4]
        v2 = ve * ve + vn * vn
        var = 0.5 * (s.pm[i, 3, 3] + s.pm[i, 4, 4])
        ln_v = 0.5 * math.log(v2 + 4.0)
        ln_v_var = var / (v2 + 4.0)
        top = -np.inf
        for k in range(N_KINDS):
            sd2 = o.ln_speed_sigma[k] ** 2 + ln_v_var
            score = math.log(o.prior[k]) + s.label[i, k] - 0.5 * ((ln_v - o.ln_speed[k]) ** 2 / sd2 + math.log(sd2))
            if s.rcs[i, 0] > 0.0:
                n = s.rcs[i, 0]
                sd2 = o.ln_rcs_sigma[k] ** 2 + 1.0 / n
                score -= 0.5 * ((s.rcs[i, 1] / n - o.ln_rcs[k]) ** 2 / sd2 + math.log(sd2))
            over = (s.xm[i, 2] - o.height_m[k]) / math.sqrt(o.height_sigma_m[k] ** 2 + s.pm[i, 2, 2])
            if over > 0.0:
                score -= 0.5 * over * over
            w[k] = score
            top = max(top, score)
        total = 0.0
        for k in range(N_KINDS):
            w[k] = math.exp(w[k] - top)
            total += w[k]
        q_h, q_v = 0.0, 0.0
        for k in range(N_KINDS):
            s.p_class[i, k] = w[k] / total
            q_h += s.p_class[i, k] * q_kind[k, 0]
            q_v += s.p_class[i, k] * q_kind[k, 1]
        lift = NAMED_NOISE if s.ident[i] >= 0 else vertical_restlessness(s.lift[i])
        for m in range(2):
            s.q[i, m, 0], s.q[i, m, 1] = q_model[m, 0] * q_h, q_model[m, 1] * q_v + lift
