"""What each track is: a Bayesian mix of speed, height, climb, radar cross-section and the sensors' labels.

Everything that flies is one of some types (tracks/kinds.py), each with broad spreads of its own, and each kind has a
tail of what nobody expects of it. The evidence is that of the present state and of the mean cross-section, never a sum
over time: a hundred reports of one object are not a hundred objects. What motion and size say is tempered besides.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from flightward.kernels._jit import inner, kernel
from flightward.kernels.trackstate import FREE, N_KINDS, TrackArrays

LIFT_KEPT = 0.9
LIFT_SIGMA = 1.0 / math.sqrt(1.0 - LIFT_KEPT**2)
LIFT_NOISE = 0.1
NAMED_NOISE = 0.06
"""Who reports its own height is followed closely: m2/s3."""
NAMED_CALM = 0.4
"""Who reports its own velocity need not be thought restless while it flies straight: factor of the quiet model."""


FLICKER_LN, SHARED_LN = 1.2, 0.5
"""Spread of ln cross-section from report to report, and of what all reports of one object share (aspect, radar)."""


class KindOptions(NamedTuple):
    """T types: kind, ln of prior, ln speed, height, climb, ln cross-section with their spreads; arrays (T,)."""

    kind: NDArray[np.int64]
    ln_weight: NDArray[np.float64]
    ln_speed: NDArray[np.float64]
    ln_speed_sigma: NDArray[np.float64]
    height_m: NDArray[np.float64]
    height_sigma_m: NDArray[np.float64]
    climb_mps: NDArray[np.float64]
    ln_rcs: NDArray[np.float64]
    ln_rcs_sigma: NDArray[np.float64]
    temper: float
    slow_mps: float


@inner
def vertical_restlessness(lift: float) -> float:
    """Added vertical noise in m2/s3: none until reports lie on one side for long, then enough to follow a climb."""
    over = min(max(abs(lift) / LIFT_SIGMA - 2.5, 0.0), 3.0)
    return LIFT_NOISE * over * over


@inner
def weigh(s: TrackArrays, i: int, o: KindOptions, w_out: NDArray[np.float64]) -> None:
    """p_class of slot i into w_out (5,)."""
    v2 = s.xm[i, 3] ** 2 + s.xm[i, 4] ** 2 + o.slow_mps**2
    ln_v = 0.5 * math.log(v2)
    var_v = 0.5 * (s.pm[i, 3, 3] + s.pm[i, 4, 4]) / v2
    u, var_u = s.xm[i, 2], s.pm[i, 2, 2]
    c2, var_c = s.xm[i, 5] ** 2, s.pm[i, 5, 5]
    n = s.rcs[i, 0]
    rcs, var_r = 0.0, 0.0
    if n > 0.0:
        rcs, var_r = s.rcs[i, 1] / n, FLICKER_LN**2 / n + SHARED_LN**2
    score = np.empty(o.kind.shape[0])
    for t in range(score.shape[0]):
        sv, sh, sc = o.ln_speed_sigma[t] ** 2 + var_v, o.height_sigma_m[t] ** 2 + var_u, o.climb_mps[t] ** 2 + var_c
        d = (ln_v - o.ln_speed[t]) ** 2 / sv + (u - o.height_m[t]) ** 2 / sh + c2 / sc
        det = sv * sh * sc
        if n > 0.0:
            sr = o.ln_rcs_sigma[t] ** 2 + var_r
            d += (rcs - o.ln_rcs[t]) ** 2 / sr
            det *= sr
        score[t] = o.ln_weight[t] + s.label[i, o.kind[t]] - 0.5 * o.temper * (d + math.log(det))
    top = np.max(score)
    w_out[:] = 0.0
    for t in range(score.shape[0]):
        w_out[o.kind[t]] += math.exp(score[t] - top)
    w_out /= np.sum(w_out)


@kernel
def classify(
    s: TrackArrays, o: KindOptions, q_kind: NDArray[np.float64], q_model: NDArray[np.float64]
) -> None:
    """p_class of every track, and the process noise that follows from it, in place.

    q_kind (5, 2) m2/s3 horizontal, vertical; q_model (2, 2) factors of each model.
    """
    for i in range(s.state.shape[0]):
        if s.state[i] == FREE:
            continue
        weigh(s, i, o, s.p_class[i])
        q_h, q_v = 0.0, 0.0
        for k in range(N_KINDS):
            q_h += s.p_class[i, k] * q_kind[k, 0]
            q_v += s.p_class[i, k] * q_kind[k, 1]
        calm, lift = 1.0, vertical_restlessness(s.lift[i])
        if s.ident[i] >= 0:
            calm, lift = NAMED_CALM, NAMED_NOISE
        for m in range(2):
            s.q[i, m, 0], s.q[i, m, 1] = q_model[m, 0] * q_h * (calm if m == 0 else 1.0), q_model[m, 1] * q_v + lift
