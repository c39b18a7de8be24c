"""Where a track's next report is expected: model by model, not at their mean.

A turn that begins takes a fast target far off its straight path between two scans. The mean and covariance of both
models together make that an outlier of ten sigmas, as turns are rare; the sum of the two models' densities says that
it is one report of a turn in a few hundred, which is still far more than a false report in that place.

Source: Bar-Shalom, Li, Kirubarajan, Estimation with Applications to Tracking and Navigation (2001), 1.4.16 (mixtures)
and 11.6 (the models' chances and states before a prediction).
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from flightward.kernels._jit import inner, kernel
from flightward.kernels.imm import LOG_2PI

N_EXPECTED = 10
"""e, n, u; covariance ee, en, eu, nn, nu, uu; ln of the model's chance."""


@kernel
def turn_ahead(
    x: NDArray[np.float64], p: NDArray[np.float64], mu: NDArray[np.float64], dt: float, stay_s: NDArray[np.float64],
    out: NDArray[np.float64],
) -> None:
    """ln of the chances that it flies straight and that it turns in the next dt seconds, turn rate, its variance.

    x (2, 7), p (2, 7, 7), mu (2,): the state now. out (4,). A time in the past (dt <= 0) has the chances of now.
    """
    out[0], out[1], out[2], out[3] = 0.0, -np.inf, x[1, 6], p[1, 6, 6]
    if mu[1] == 0.0:
        return
    c1, new = mu[1], 0.0
    if dt > 0.0:
        a01, a10 = 1.0 - math.exp(-dt / stay_s[0]), 1.0 - math.exp(-dt / stay_s[1])
        c1 = mu[0] * a01 + mu[1] * (1.0 - a10)
        new = mu[0] * a01 / c1  # share of the turns that only begin
    out[0], out[1] = math.log(1.0 - c1), math.log(c1)
    out[2] = (1.0 - new) * x[1, 6]
    out[3] = (1.0 - new) * p[1, 6, 6] + new * p[0, 6, 6] + new * (1.0 - new) * x[1, 6] ** 2


@kernel
def expect(
    x: NDArray[np.float64], p: NDArray[np.float64], q: NDArray[np.float64], dt: float, ahead: NDArray[np.float64],
    out: NDArray[np.float64],
) -> None:
    """Where each model puts a track in dt seconds (or put it), columns as N_EXPECTED into out (2, 10).

    ahead (4,): as from `turn_ahead`. Of a turn only the bend of the path counts, to first order: steps are short.
    """
    t2 = dt * dt
    g = abs(dt) * t2 / 3.0
    for k in range(2):
        for a in range(3):
            out[k, a] = x[k, a] + dt * x[k, 3 + a]
        c = 3
        for a in range(3):
            for b in range(a, 3):
                out[k, c] = p[k, a, b] + dt * (p[k, a, 3 + b] + p[k, 3 + a, b]) + t2 * p[k, 3 + a, 3 + b]
                c += 1
        out[k, 3] += g * q[k, 0]
        out[k, 6] += g * q[k, 0]
        out[k, 8] += g * q[k, 1]
        out[k, 9] = ahead[k]
    le, ln, var = 0.5 * t2 * x[1, 4], -0.5 * t2 * x[1, 3], ahead[3]
    out[1, 0] += ahead[2] * le
    out[1, 1] += ahead[2] * ln
    out[1, 3] += var * le * le
    out[1, 4] += var * le * ln
    out[1, 6] += var * ln * ln


@inner
def log_normal(
    at: NDArray[np.float64], z: NDArray[np.float64], r: NDArray[np.float64], gate_d2: float
) -> float:
    """Log-likelihood of a position z (3,) with covariance r (3, 3) under one row of `expect`; -inf outside the gate."""
    s00, s01, s02 = at[3] + r[0, 0], at[4] + r[0, 1], at[5] + r[0, 2]
    s11, s12, s22 = at[6] + r[1, 1], at[7] + r[1, 2], at[8] + r[2, 2]
    i00, i01, i02 = s11 * s22 - s12 * s12, s02 * s12 - s01 * s22, s01 * s12 - s02 * s11
    det = s00 * i00 + s01 * i01 + s02 * i02
    if not det > 0.0:
        return -np.inf
    y0, y1, y2 = z[0] - at[0], z[1] - at[1], z[2] - at[2]
    d2 = y0 * (i00 * y0 + 2.0 * (i01 * y1 + i02 * y2)) + y1 * (
        (s00 * s22 - s02 * s02) * y1 + 2.0 * (s02 * s01 - s00 * s12) * y2
    ) + y2 * (s00 * s11 - s01 * s01) * y2
    if d2 > gate_d2 * det:
        return -np.inf
    return float(at[9] - 0.5 * (d2 / det + math.log(det) + 3.0 * LOG_2PI))


@kernel
def log_mixture(at: NDArray[np.float64], z: NDArray[np.float64], r: NDArray[np.float64], gate_d2: float) -> float:
    """Log-likelihood of a position z (3,) with covariance r (3, 3) under `expect`'s answer; -inf outside both gates."""
    l0 = log_normal(at[0], z, r, gate_d2)
    if at[1, 9] == -np.inf:
        return l0
    l1 = log_normal(at[1], z, r, gate_d2)
    top = max(l0, l1)
    if top == -np.inf:
        return float(top)
    return float(top + math.log1p(math.exp(min(l0, l1) - top)))
