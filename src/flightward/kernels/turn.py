"""A turn at a rate that is estimated: prediction of seven numbers, e, n, u, ve, vn, vu and the turn rate.

The turn rate is that of the course, clockwise from north, in rad/s. It fades towards straight flight (a process of
Ornstein and Uhlenbeck with the time TURN_KEPT_S), so that a forecast bends and then runs straight. The path at the mean
rate over the step is an arc in closed form; the covariance goes by its gradient. Height is not part of the turn.

Source: Bar-Shalom, Li, Kirubarajan, Estimation with Applications to Tracking and Navigation (2001), 11.7; X. Li,
V. Jilkov, Survey of maneuvering target tracking, part I, IEEE Trans. AES 39 (2003) 1333-1364, V.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from flightward.kernels._jit import inner, kernel

TURN_KEPT_S = 30.0
TURN_MAX_S = 10.0
"""A turn is carried on no longer than this without a report; then the flight is straight."""
GAUSS_AT = (0.5 - math.sqrt(0.15), 0.5, 0.5 + math.sqrt(0.15))
GAUSS_WEIGHT = (5.0 / 18.0, 4.0 / 9.0, 5.0 / 18.0)
"""Gauss's rule of three points on (0, 1). A sum of squares: noise by it is never negative in any direction."""


@kernel
def arc(turn_radps: float, dt: float) -> tuple[float, float, float, float, float, float]:
    """(sin, cos, along, across, gradients of the last two by the rate) of an arc of dt seconds.

    A velocity (ve, vn) becomes (cos ve + sin vn, cos vn - sin ve) and leads to
    (along ve + across vn, along vn - across ve).
    """
    w = turn_radps
    a = w * dt
    s, c = math.sin(a), math.cos(a)
    if abs(a) < 1e-3:
        return s, c, dt * (1.0 - a * a / 6.0), dt * a / 2.0, -dt * dt * a / 3.0, dt * dt * (0.5 - a * a / 8.0)
    along, across = s / w, (1.0 - c) / w
    return s, c, along, across, (dt * c - along) / w, (dt * s - across) / w


@kernel
def predict_turn(
    x: NDArray[np.float64], p: NDArray[np.float64], q: NDArray[np.float64], dt: float, var_radps2: float
) -> None:
    """State x (7,) and covariance p (7, 7) over dt seconds, in place.

    q (2,): horizontal and vertical acceleration density in m2/s3; var_radps2: how much turn rates differ.
    """
    long = dt - TURN_MAX_S
    if long > 0.0:
        dt = TURN_MAX_S
    kept = math.exp(-dt / TURN_KEPT_S)
    mean = (1.0 - kept) * TURN_KEPT_S / dt if dt > 1e-6 else 1.0
    sin, cos, along, across, d_along, d_across = arc(mean * x[6], dt)
    ve, vn = x[3], x[4]
    fe, fn = mean * (d_along * ve + d_across * vn), mean * (d_along * vn - d_across * ve)
    x[0] += along * ve + across * vn
    x[1] += along * vn - across * ve
    x[2] += dt * x[5]
    x[3], x[4] = cos * ve + sin * vn, cos * vn - sin * ve
    ge, gn = mean * dt * x[4], -mean * dt * x[3]
    x[6] *= kept
    for j in range(7):  # from the left
        v0, v1, w = p[3, j], p[4, j], p[6, j]
        p[0, j] += along * v0 + across * v1 + fe * w
        p[1, j] += along * v1 - across * v0 + fn * w
        p[2, j] += dt * p[5, j]
        p[3, j] = cos * v0 + sin * v1 + ge * w
        p[4, j] = cos * v1 - sin * v0 + gn * w
        p[6, j] = kept * w
    for i in range(7):  # and from the right
        v0, v1, w = p[i, 3], p[i, 4], p[i, 6]
        p[i, 0] += along * v0 + across * v1 + fe * w
        p[i, 1] += along * v1 - across * v0 + fn * w
        p[i, 2] += dt * p[i, 5]
        p[i, 3] = cos * v0 + sin * v1 + ge * w
        p[i, 4] = cos * v1 - sin * v0 + gn * w
        p[i, 6] = kept * w
    _noise(x, p, q, dt, var_radps2)
    if long > 0.0:
        _straighten(x, p, q, long, var_radps2)


@inner
def _noise(
    x: NDArray[np.float64], p: NDArray[np.float64], q: NDArray[np.float64], dt: float, var_radps2: float
) -> None:
    """Add what acceleration and a wandering, fading turn rate bring in dt seconds, the latter across the velocity."""
    t2, t3 = dt * dt, dt * dt * dt
    for i in range(3):
        g = q[1] if i == 2 else q[0]
        p[i, i] += g * t3 / 3.0
        p[i, 3 + i] += g * t2 / 2.0
        p[3 + i, 3 + i] += g * dt
    le, ln = x[4], -x[3]
    for node in range(3):  # each kick, s seconds before the end, has since faded and become an angle and an offset
        s = dt * GAUSS_AT[node]
        g = 2.0 * var_radps2 / TURN_KEPT_S * dt * GAUSS_WEIGHT[node]
        rate = math.exp(-s / TURN_KEPT_S)
        angle = -math.expm1(-s / TURN_KEPT_S) * TURN_KEPT_S
        off = (s - angle) * TURN_KEPT_S
        ee, en, nn = g * le * le, g * le * ln, g * ln * ln
        p[0, 0] += ee * off * off
        p[0, 1] += en * off * off
        p[1, 1] += nn * off * off
        p[0, 3] += ee * off * angle
        p[0, 4] += en * off * angle
        p[1, 3] += en * off * angle
        p[1, 4] += nn * off * angle
        p[3, 3] += ee * angle * angle
        p[3, 4] += en * angle * angle
        p[4, 4] += nn * angle * angle
        p[0, 6] += g * le * off * rate
        p[1, 6] += g * ln * off * rate
        p[3, 6] += g * le * angle * rate
        p[4, 6] += g * ln * angle * rate
        p[6, 6] += g * rate * rate
    for i in range(7):
        for j in range(i):
            p[i, j] = p[j, i]


@inner
def _straighten(
    x: NDArray[np.float64], p: NDArray[np.float64], q: NDArray[np.float64], dt: float, var_radps2: float
) -> None:
    """Fly on straight for dt seconds; of the turn rate nothing is known afterwards."""
    x[6] = 0.0
    for i in range(7):
        p[6, i], p[i, 6] = 0.0, 0.0
    p[6, 6] = var_radps2
    for i in range(3):
        g = q[1] if i == 2 else q[0]
        x[i] += dt * x[3 + i]
        for j in range(7):
            p[i, j] += dt * p[3 + i, j]
        for j in range(7):
            p[j, i] += dt * p[j, 3 + i]
        p[i, i] += g * dt * dt * dt / 3.0
        p[i, 3 + i] += g * dt * dt / 2.0
        p[3 + i, i] = p[i, 3 + i]
        p[3 + i, 3 + i] += g * dt
