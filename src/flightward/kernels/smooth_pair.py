"""One step of the smoother (smooth.py) for one pair of models: ahead, met by what the future says, and back.

A belief is a mean (7,) and a covariance (7, 7): e, n, u, their rates, turn rate. What the future says of a state is
kept as information: a matrix that is never negative, and a vector about the state that the filter had predicted.

Source: H. Rauch, F. Tung, C. Striebel, AIAA Journal 3 (1965) 1445-1450; Joseph's form: Bar-Shalom, Li, Kirubarajan,
Estimation with Applications to Tracking and Navigation (2001), 5.2.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from flightward.kernels._jit import inner, kernel
from flightward.kernels.imm import predict_one
from flightward.kernels.turn import TURN_KEPT_S, arc, predict_turn

F64 = NDArray[np.float64]
LEAST_EIGENVALUE, LEAST_VARIANCE = 1e-6, 1e-12
WIDER = 4.0
"""A meeting that leaves a variance this much larger than it was is none."""


@inner
def add_extra(p: F64, extra: F64) -> None:
    """Add (3,) variance of height, with climb, of climb to a covariance, in place."""
    p[2, 2] += extra[0]
    p[2, 5] += extra[1]
    p[5, 2] += extra[1]
    p[5, 5] += extra[2]


@inner
def gradient(x: F64, i: int, dt: float, f: F64) -> None:
    """Gradient (7, 7) of a step of dt seconds by model i from x (7,); straight flight forgets the turn rate."""
    f[:] = 0.0
    for a in range(6):
        f[a, a] = 1.0
    for a in range(3):
        f[a, 3 + a] = dt
    if i == 0:
        return
    kept = math.exp(-dt / TURN_KEPT_S)
    mean = (1.0 - kept) * TURN_KEPT_S / dt if dt > 1e-6 else 1.0
    sin, cos, along, across, d_along, d_across = arc(mean * x[6], dt)
    ve, vn = x[3], x[4]
    f[0, 3], f[0, 4], f[1, 3], f[1, 4] = along, across, -across, along
    f[3, 3], f[3, 4], f[4, 3], f[4, 4] = cos, sin, -sin, cos
    f[0, 6], f[1, 6] = mean * (d_along * ve + d_across * vn), mean * (d_along * vn - d_across * ve)
    f[3, 6], f[4, 6] = mean * dt * (cos * vn - sin * ve), -mean * dt * (cos * ve + sin * vn)
    f[6, 6] = kept


@kernel
def factor(a: F64, out: F64) -> float:
    """Lower triangle of Cholesky of a (7, 7) into out; ln of its determinant, -inf where there is none."""
    ln = 0.0
    for i in range(7):
        for j in range(i + 1):
            s = a[i, j]
            for k in range(j):
                s -= out[i, k] * out[j, k]
            if i == j:
                if not s > 0.0:
                    return -np.inf
                out[i, i] = math.sqrt(s)
                ln += math.log(s)
            else:
                out[i, j] = s / out[j, j]
    return ln


@kernel
def mend(p: F64, low: F64) -> None:
    """A covariance (7, 7) that rounding, or a turn too long for its gradient, left without Cholesky factor (into low):
    the nearest that has one, its correlations' eigenvalues at least LEAST_EIGENVALUE, in place; others stay as is."""
    if factor(p, low) > -np.inf:
        return
    d = np.empty(7)
    for a in range(7):
        d[a] = math.sqrt(max(p[a, a], LEAST_VARIANCE))
    for a in range(7):
        for b in range(7):
            low[a, b] = p[a, b] / (d[a] * d[b])
    values, axes = np.linalg.eigh(low)
    for a in range(7):
        for b in range(7):
            s = 0.0
            for m in range(7):
                s += max(values[m], LEAST_EIGENVALUE) * axes[a, m] * axes[b, m]
            p[a, b] = s * d[a] * d[b]


@inner
def solve(low: F64, b: F64) -> None:
    """b (7,) becomes the solution y of low low' y = b."""
    for i in range(7):
        for k in range(i):
            b[i] -= low[i, k] * b[k]
        b[i] /= low[i, i]
    for i in range(6, -1, -1):
        for k in range(i + 1, 7):
            b[i] -= low[k, i] * b[k]
        b[i] /= low[i, i]


class Step(NamedTuple):
    """Room for one pair's step."""

    f: F64  # (7, 7) gradient
    q: F64  # (7, 7) noise
    ahead: F64  # (7,) predicted
    cov: F64  # (7, 7) of it
    info: F64  # (7, 7) its inverse
    met_x: F64  # (7,) the same with the future known
    met_p: F64  # (7, 7)
    gain: F64  # (7, 7)
    x: F64  # (7,) smoothed
    p: F64  # (7, 7)
    a: F64  # (7, 7)
    b: F64  # (7, 7)
    y: F64  # (7,)
    u: F64  # (7,)


@kernel
def step_room() -> Step:
    """Fresh room."""
    m, v = np.zeros((9, 7, 7)), np.zeros((5, 7))
    return Step(m[0], m[1], v[0], m[2], m[3], v[1], m[4], m[5], v[2], m[6], m[7], m[8], v[3], v[4])


@inner
def times(a: F64, b: F64, out: F64) -> None:
    """out = a b, all (7, 7)."""
    for i in range(7):
        for j in range(7):
            s = 0.0
            for k in range(7):
                s += a[i, k] * b[k, j]
            out[i, j] = s


@inner
def times_t(a: F64, b: F64, out: F64) -> None:
    """out = a b', all (7, 7)."""
    for i in range(7):
        for j in range(7):
            s = 0.0
            for k in range(7):
                s += a[i, k] * b[j, k]
            out[i, j] = s


@kernel
def inverted(a: F64, low: F64, out: F64) -> float:
    """Inverse of a (7, 7) into out, by its Cholesky factor (into low); ln of its determinant, -inf: there is none."""
    ln = factor(a, low)
    if not ln > -np.inf:
        return -np.inf
    for j in range(7):
        for i in range(7):
            out[j, i] = 1.0 if i == j else 0.0
        solve(low, out[j])
    for i in range(7):
        for j in range(i):
            out[i, j] = 0.5 * (out[i, j] + out[j, i])
            out[j, i] = out[i, j]
    return ln


@inner
def step_ahead(x: F64, p: F64, i: int, dt: float, q: F64, extra: F64, var_turn: float, w: Step) -> float:
    """Predict x (7,), p by model i into w; ln of the determinant of its covariance, -inf: it has no inverse."""
    w.ahead[:] = x
    w.q[:] = 0.0
    if i == 1:
        predict_turn(w.ahead, w.q, q, dt, var_turn)
    else:
        predict_one(w.ahead, w.q, q, dt)
        w.ahead[6], w.q[6, 6] = 0.0, var_turn
    add_extra(w.q, extra)
    gradient(x, i, dt, w.f)
    times(w.f, p, w.a)
    times_t(w.a, w.f, w.cov)
    for a in range(7):
        for b in range(7):
            w.cov[a, b] += w.q[a, b]
    return inverted(w.cov, w.b, w.info)


@kernel
def future(later: F64, later_p: F64, before: F64, before_p: F64, w: Step, vector_out: F64, info_out: F64) -> bool:
    """What the future says of a state: smoothed (7,) over predicted (7,), both normal, as information about `before`.

    A mixture may be wider than what was predicted; in such a direction the future says nothing (never less than that).
    False where one of them has no inverse.
    """
    if not inverted(later_p, w.gain, w.a) > -np.inf or not factor(before_p, w.b) > -np.inf:
        return False
    for i in range(7):
        for j in range(i + 1, 7):
            w.b[i, j] = 0.0
    # in units of what was predicted: the smoothed information is 1 where the future says nothing
    times(w.a, w.b, w.gain)
    for i in range(7):
        for j in range(7):
            s = 0.0
            for k in range(7):
                s += w.b[k, i] * w.gain[k, j]
            w.met_p[i, j] = s
    values, axes = np.linalg.eigh(w.met_p)
    for a in range(7):
        s = 0.0
        for b in range(7):
            s += w.a[a, b] * (later[b] - before[b])
        w.y[a] = s
    info_out[:] = 0.0
    vector_out[:] = 0.0
    for m in range(7):
        if values[m] <= 1.0:
            continue
        for a in range(7):  # the axis in metres: low'^-1 v
            w.u[a] = axes[a, m]
        for a in range(6, -1, -1):
            for k in range(a + 1, 7):
                w.u[a] -= w.b[k, a] * w.u[k]
            w.u[a] /= w.b[a, a]
        along = 0.0  # v' low' vector
        for a in range(7):
            s = 0.0
            for k in range(a, 7):
                s += w.b[k, a] * w.y[k]
            along += axes[a, m] * s
        for a in range(7):
            vector_out[a] += along * w.u[a]
            for b in range(7):
                info_out[a, b] += (values[m] - 1.0) * w.u[a] * w.u[b]
    return True


@inner
def meet(vector: F64, info: F64, before: F64, ln_cov: float, w: Step) -> float:
    """A predicted state in w with the future's information: w.met_x, w.met_p; ln of how well they fit.

    -inf where together they are no normal distribution, or a far wider one than was predicted.
    """
    for a in range(7):
        w.y[a] = w.ahead[a] - before[a]
        for b in range(7):
            w.a[a, b] = w.info[a, b] + info[a, b]
    ln = inverted(w.a, w.b, w.met_p)
    if not ln > -np.inf:
        return -np.inf
    own, both = 0.0, 0.0
    for a in range(7):
        if w.met_p[a, a] > WIDER * w.cov[a, a]:
            return -np.inf
        s = 0.0
        for b in range(7):
            s += w.info[a, b] * w.y[b]
        own += w.y[a] * s
        w.u[a] = s + vector[a]
    for a in range(7):
        s = 0.0
        for b in range(7):
            s += w.met_p[a, b] * w.u[b]
        both += w.u[a] * s
        w.met_x[a] = before[a] + s
    return 0.5 * (both - own - ln - ln_cov)


@inner
def same_for_all(later: F64, later_p: F64, ln_cov: float, w: Step) -> float:
    """The smoothed state itself, as if it were the same for both pairs; ln of how well the step leads to its mean."""
    w.met_x[:] = later
    w.met_p[:] = later_p
    d2 = 0.0
    for a in range(7):
        for b in range(7):
            d2 += (later[a] - w.ahead[a]) * w.info[a, b] * (later[b] - w.ahead[b])
    return -0.5 * (d2 + ln_cov)


@inner
def step_back(x: F64, p: F64, w: Step) -> None:
    """From the state that was met in w back to the node before, into w.x and w.p."""
    times(w.f, p, w.a)
    for j in range(7):
        for b in range(7):
            s = 0.0
            for a in range(7):
                s += w.a[a, j] * w.info[a, b]
            w.gain[j, b] = s
    for j in range(7):
        s = 0.0
        for a in range(7):
            s += w.gain[j, a] * (w.met_x[a] - w.ahead[a])
        w.x[j] = x[j] + s
    _joseph(p, w.met_p, w)


@inner
def _joseph(p: F64, later_p: F64, w: Step) -> None:
    """w.p = (1 - G F) p (1 - G F)' + G (later_p + Q) G': it stays positive."""
    times(w.gain, w.f, w.a)
    for a in range(7):
        for b in range(7):
            w.a[a, b] = (1.0 if a == b else 0.0) - w.a[a, b]
    times(w.a, p, w.b)
    times_t(w.b, w.a, w.p)
    for a in range(7):
        for b in range(7):
            w.a[a, b] = later_p[a, b] + w.q[a, b]
    times(w.gain, w.a, w.b)
    times_t(w.b, w.gain, w.a)
    for a in range(7):
        for b in range(a + 1):
            w.p[a, b] = 0.5 * (w.p[a, b] + w.a[a, b] + w.p[b, a] + w.a[b, a])
            w.p[b, a] = w.p[a, b]
