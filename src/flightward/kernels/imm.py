"""Interacting multiple models, straight flight and turn: predict, measure, update, mix, for one track at a time.

State: e, n, u in metres and their rates in m/s; a seventh number is the turn rate in rad/s (turn.py). Model 0 flies
straight (nearly constant velocity), model 1 turns at its turn rate; both bear white acceleration of their own spectral
density. In model 0 the seventh row holds what is thought of a turn that begins: mean 0, its variance, nothing else.
With six numbers model 1 flies straight too; with mu[1] = 0 there is no model 1.

A measurement older than the state is used as one of p - lag v, with the noise that the state has gathered since
added to its own (retrodiction without correlation: never too sure).

Source: H. Blom, Y. Bar-Shalom, IEEE Trans. Automatic Control 33 (1988) 780-783; Bar-Shalom, Li, Kirubarajan,
Estimation with Applications to Tracking and Navigation (2001), 6.2 and 11.6; models of unequal size: T. Yuan,
Y. Bar-Shalom et al., IEEE Trans. Aerospace and Electronic Systems 48 (2012) 2120-2140.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from flightward.kernels._jit import inner, kernel
from flightward.kernels.turn import predict_turn

LOG_2PI = math.log(2.0 * math.pi)


@kernel
def invert3(a: NDArray[np.float64], out: NDArray[np.float64]) -> float:
    """Inverse of a symmetric positive (3, 3) into `out`; gives its determinant (not positive: no inverse)."""
    c00 = a[1, 1] * a[2, 2] - a[1, 2] * a[2, 1]
    c01 = a[1, 2] * a[2, 0] - a[1, 0] * a[2, 2]
    c02 = a[1, 0] * a[2, 1] - a[1, 1] * a[2, 0]
    det = a[0, 0] * c00 + a[0, 1] * c01 + a[0, 2] * c02
    if not det > 0.0:
        return float(det)
    out[0, 0], out[0, 1], out[0, 2] = c00 / det, c01 / det, c02 / det
    out[1, 0], out[2, 0] = out[0, 1], out[0, 2]
    out[1, 1] = (a[0, 0] * a[2, 2] - a[0, 2] * a[2, 0]) / det
    out[1, 2] = (a[0, 2] * a[1, 0] - a[0, 0] * a[1, 2]) / det
    out[2, 1] = out[1, 2]
    out[2, 2] = (a[0, 0] * a[1, 1] - a[0, 1] * a[1, 0]) / det
    return float(det)


@kernel
def predict_one(x: NDArray[np.float64], p: NDArray[np.float64], q: NDArray[np.float64], dt: float) -> None:
    """Straight flight over dt seconds, in place. q (2,): horizontal and vertical acceleration density in m2/s3."""
    for i in range(3):
        x[i] += dt * x[3 + i]
    for i in range(3):
        for j in range(i, 3):
            p[i, j] += dt * (p[i, 3 + j] + p[3 + i, j] + dt * p[3 + i, 3 + j])
            p[j, i] = p[i, j]
    for i in range(3):
        for j in range(3):
            p[i, 3 + j] += dt * p[3 + i, 3 + j]
            p[3 + j, i] = p[i, 3 + j]
    for i in range(3):
        g = (q[1] if i == 2 else q[0]) * dt
        p[i, i] += g * dt * dt / 3.0
        p[i, 3 + i] += g * dt / 2.0
        p[3 + i, i] = p[i, 3 + i]
        p[3 + i, 3 + i] += g


@kernel
def mix(
    x: NDArray[np.float64], p: NDArray[np.float64], mu: NDArray[np.float64], dt: float, stay_s: NDArray[np.float64]
) -> None:
    """The interaction before a prediction over dt: two models trade states, in place. stay_s (2,) mean stay."""
    a01 = 1.0 - math.exp(-dt / stay_s[0])
    a10 = 1.0 - math.exp(-dt / stay_s[1])
    c0 = mu[0] * (1.0 - a01) + mu[1] * a10
    c1 = 1.0 - c0
    w01 = mu[1] * a10 / c0  # what model 0 takes from model 1
    w10 = mu[0] * a01 / c1
    mu[0], mu[1] = c0, c1
    s01, s10 = w01 * (1.0 - w01), w10 * (1.0 - w10)
    if x.shape[1] == 7:
        # who begins to turn does so at a rate of which only the prior is known
        turn = x[1, 6]
        for j in range(6):
            p[1, 6, j] = (1.0 - w10) * p[1, 6, j] + s10 * turn * (x[1, j] - x[0, j])
            p[1, j, 6] = p[1, 6, j]
        p[1, 6, 6] = (1.0 - w10) * p[1, 6, 6] + w10 * p[0, 6, 6] + s10 * turn * turn
        x[1, 6] = (1.0 - w10) * turn
    for i in range(6):
        di = x[1, i] - x[0, i]
        for j in range(i, 6):
            dd = di * (x[1, j] - x[0, j])
            p0, p1 = p[0, i, j], p[1, i, j]
            p[0, i, j] = p0 + w01 * (p1 - p0) + s01 * dd
            p[1, i, j] = p1 + w10 * (p0 - p1) + s10 * dd
            p[0, j, i], p[1, j, i] = p[0, i, j], p[1, i, j]
    for i in range(6):
        di = x[1, i] - x[0, i]
        x[0, i] += w01 * di
        x[1, i] -= w10 * di


@kernel
def combine(
    x: NDArray[np.float64], p: NDArray[np.float64], mu: NDArray[np.float64], xm: NDArray[np.float64],
    pm: NDArray[np.float64],
) -> None:
    """Mean xm (6,) and covariance pm (6, 6) of the two models' mixture."""
    for i in range(6):
        xm[i] = mu[0] * x[0, i] + mu[1] * x[1, i]
    for i in range(6):
        di = x[1, i] - x[0, i]
        for j in range(i, 6):
            dj = x[1, j] - x[0, j]
            pm[i, j] = mu[0] * p[0, i, j] + mu[1] * p[1, i, j] + mu[0] * mu[1] * di * dj
            pm[j, i] = pm[i, j]


@kernel
def predict(
    x: NDArray[np.float64], p: NDArray[np.float64], mu: NDArray[np.float64], q: NDArray[np.float64], dt: float,
    stay_s: NDArray[np.float64],
) -> None:
    """Both models over dt >= 0 seconds, in place."""
    if mu[1] > 0.0:
        mix(x, p, mu, dt, stay_s)
        if x.shape[1] == 7:
            predict_turn(x[1], p[1], q[1], dt, p[0, 6, 6])
        else:
            predict_one(x[1], p[1], q[1], dt)
    predict_one(x[0], p[0], q[0], dt)


class Work(NamedTuple):
    """Room for the arithmetic of one update, so that none is asked for per track."""

    ph: NDArray[np.float64]  # (7, 3) covariance of the state with the measured vector
    mean: NDArray[np.float64]  # (3,)
    gain: NDArray[np.float64]  # (3, 3)


@kernel
def room() -> Work:
    """Fresh room."""
    return Work(np.empty((7, 3)), np.empty(3), np.empty((3, 3)))


@inner
def spread(p: NDArray[np.float64], n: int, a: float, b: float, ph: NDArray[np.float64]) -> None:
    """Covariance of the first n numbers of a state with a * position + b * velocity into ph."""
    for i in range(n):
        for j in range(3):
            ph[i, j] = a * p[i, j] + b * p[i, 3 + j]


@inner
def draw(x: NDArray[np.float64], p: NDArray[np.float64], n: int, w: Work) -> None:
    """Move the first n numbers of a state by ph mean and take ph gain ph' from their covariance, in place."""
    ph, m, g = w.ph, w.mean, w.gain
    for i in range(n):
        x[i] += ph[i, 0] * m[0] + ph[i, 1] * m[1] + ph[i, 2] * m[2]
        k0 = ph[i, 0] * g[0, 0] + ph[i, 1] * g[0, 1] + ph[i, 2] * g[0, 2]
        k1 = ph[i, 0] * g[0, 1] + ph[i, 1] * g[1, 1] + ph[i, 2] * g[1, 2]
        k2 = ph[i, 0] * g[0, 2] + ph[i, 1] * g[1, 2] + ph[i, 2] * g[2, 2]
        for j in range(i + 1):
            p[i, j] -= k0 * ph[j, 0] + k1 * ph[j, 1] + k2 * ph[j, 2]
            p[j, i] = p[i, j]


@kernel
def update3_one(
    x: NDArray[np.float64], p: NDArray[np.float64], z: NDArray[np.float64], r: NDArray[np.float64], a: float, b: float
) -> float:
    """One model by a measured vector z (3,) of a * position + b * velocity with covariance r (3, 3), in place.

    Gives the log-likelihood; -inf where the covariance has no inverse (nothing is changed then).
    """
    w = room()
    s = np.empty((3, 3))
    spread(p, x.shape[0], a, b, w.ph)
    for i in range(3):
        for j in range(3):
            s[i, j] = a * w.ph[i, j] + b * w.ph[3 + i, j] + r[i, j]
    det = invert3(s, w.gain)
    if not det > 0.0:
        return -np.inf
    y0 = z[0] - a * x[0] - b * x[3]
    y1 = z[1] - a * x[1] - b * x[4]
    y2 = z[2] - a * x[2] - b * x[5]
    for i in range(3):
        w.mean[i] = w.gain[i, 0] * y0 + w.gain[i, 1] * y1 + w.gain[i, 2] * y2
    d2 = y0 * w.mean[0] + y1 * w.mean[1] + y2 * w.mean[2]
    draw(x, p, x.shape[0], w)
    return float(-0.5 * (d2 + math.log(det) + 3.0 * LOG_2PI))


@kernel
def update1_one(
    x: NDArray[np.float64], p: NDArray[np.float64], y: float, var: float, h: NDArray[np.float64]
) -> float:
    """One model by a scalar with innovation y, variance var and gradient h (6,), in place; log-likelihood."""
    n = x.shape[0]
    ph = np.empty(n)
    s = var
    for i in range(n):
        acc = 0.0
        for j in range(6):
            acc += p[i, j] * h[j]
        ph[i] = acc
    for i in range(6):
        s += h[i] * ph[i]
    if not s > 0.0:
        return -np.inf
    for i in range(n):
        x[i] += ph[i] * y / s
        for j in range(i, n):
            p[i, j] -= ph[i] * ph[j] / s
            p[j, i] = p[i, j]
    return -0.5 * (y * y / s + math.log(s) + LOG_2PI)


@inner
def reweigh(mu: NDArray[np.float64], l0: float, l1: float) -> float:
    """Model probabilities after log-likelihoods l0, l1, in place; gives the mixture's log-likelihood."""
    if mu[1] == 0.0:
        return l0
    top = max(l0, l1)
    if not math.isfinite(top):
        return -np.inf
    w0 = mu[0] * math.exp(l0 - top)
    w1 = mu[1] * math.exp(l1 - top)
    total = w0 + w1
    # neither model is ever given up: a turn must be able to begin
    mu[0] = min(max(w0 / total, 1e-3), 1.0 - 1e-3)
    mu[1] = 1.0 - mu[0]
    return top + math.log(total)


@kernel
def update3(
    x: NDArray[np.float64], p: NDArray[np.float64], mu: NDArray[np.float64], q: NDArray[np.float64],
    z: NDArray[np.float64], r: NDArray[np.float64], lag_s: float,
) -> float:
    """Both models by a position z (3,) that is lag_s >= 0 older than the state; gives the log-likelihood."""
    rr = np.empty((3, 3))
    l0, l1 = 0.0, -np.inf
    for k in range(2 if mu[1] > 0.0 else 1):
        for i in range(3):
            for j in range(3):
                rr[i, j] = r[i, j]
            rr[i, i] += (q[k, 1] if i == 2 else q[k, 0]) * lag_s * lag_s * lag_s / 3.0
        ll = update3_one(x[k], p[k], z, rr, 1.0, -lag_s)
        l0, l1 = (ll, l1) if k == 0 else (l0, ll)
    return reweigh(mu, l0, l1)


@inner
def update_velocity(
    x: NDArray[np.float64], p: NDArray[np.float64], mu: NDArray[np.float64], v: NDArray[np.float64],
    r: NDArray[np.float64],
) -> float:
    """Both models by a velocity v (3,) with covariance r (3, 3); gives the log-likelihood."""
    l0 = update3_one(x[0], p[0], v, r, 0.0, 1.0)
    l1 = update3_one(x[1], p[1], v, r, 0.0, 1.0) if mu[1] > 0.0 else -np.inf
    return reweigh(mu, l0, l1)
