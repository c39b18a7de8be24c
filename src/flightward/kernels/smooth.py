"""Fixed-interval smoothing over straight flight and turn: every moment re-estimated with all reports.

Forward, the filter of imm.py runs over the nodes of one track (a report, or a moment that is asked for) and leaves what
each model thought at each. Backward, what the reports from node k + 1 on say of the state there is, for each model i,
the smoothed belief over the predicted one: a normal likelihood of the future. It is met with every pair "model j until
k, i from there to k + 1", each of which then takes its own Rauch-Tung-Striebel step back; how well each fits is its
chance. Giving all pairs of one i the same smoothed state (Kim; Barber) makes covariances up to half too large.

A model works on the interval before its node, as in imm.py: who flies in model i at k + 1 flew by it from k on.
Straight flight has seven numbers too: its turn rate is that of a turn that begins, known by its prior only.

Source: H. Rauch, F. Tung, C. Striebel, AIAA Journal 3 (1965) 1445-1450; R. Helmick, W. Blair, S. Hoffman,
Fixed-interval smoothing for Markovian switching systems, IEEE Trans. Information Theory 41 (1995) 1845-1855 (a
likelihood of the future for each model); against C.-J. Kim, J. Econometrics 60 (1994) 1-22, and D. Barber, JMLR 7
(2006) 2515-2540, which is what remains where that likelihood is not a normal one. docs/design/smoothing.md.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from flightward.kernels._jit import inner, kernel
from flightward.kernels.bearing import bend, line, rise
from flightward.kernels.imm import invert3, mix, predict_one, reweigh, update1_one, update3_one
from flightward.kernels.smooth_pair import (
    Step,
    add_extra,
    future,
    meet,
    mend,
    same_for_all,
    step_ahead,
    step_back,
    step_room,
)
from flightward.kernels.turn import predict_turn

F64 = NDArray[np.float64]
I8 = NDArray[np.int8]

ASKED, POSITION, VELOCITY, RANGE_RATE, BEARING = 0, 1, 2, 3, 4
"""Kinds of nodes: a moment that is asked for; e, n, u; ve, vn, vu; range rate; azimuth (and elevation)."""
STEP_MAX_S = 8.0
"""Nodes stand no further apart: the caller sees to it."""
OPENS_SIGMAS = 3.0
LEAST_CHANCE = 1e-9


class Nodes(NamedTuple):
    """N nodes of one track in order of time; the first is a POSITION."""

    t_s: F64  # (N,)
    kind: I8  # (N,)
    z: F64  # (N, 3) what was measured: by kind; range rate first; azimuth, elevation (NaN none)
    r: F64  # (N, 3, 3) its covariance
    aux: F64  # (N, 3) RANGE_RATE: unit vector from the sensor; BEARING: the sensor's e, n, u
    q: F64  # (N, 2, 2) acceleration density of each model on the interval before, level and vertical, m2/s3
    opens: I8  # (N,) 1: a height or climb far off what was held opens the vertical channel (own reports)
    start: F64  # (4,) 1 sigma of the velocity at first, level and vertical m/s; chance of a turn; turn rate's variance
    stay_s: F64  # (2,) mean stay in each model
    flat: int  # 1: elevations over a flat Earth


class Beliefs(NamedTuple):
    """What each model thinks at each of N nodes."""

    x: F64  # (N, 2, 7)
    p: F64  # (N, 2, 7, 7)
    mu: F64  # (N, 2)
    extra: F64  # (N, 3) what the interval before brought besides: variance of height, with climb, of climb


@kernel
def opened(x: F64, p: F64, mu: F64, row: int, z: float, var: float) -> float:
    """Variance to be added to number `row` of both models so that a report z of it is OPENS_SIGMAS off at most."""
    mean = mu[0] * x[0, row] + mu[1] * x[1, row]
    own = mu[0] * p[0, row, row] + mu[1] * p[1, row, row] + mu[0] * mu[1] * (x[0, row] - x[1, row]) ** 2 + var
    return max((z - mean) ** 2 - own, 0.0) if (z - mean) ** 2 > OPENS_SIGMAS**2 * own else 0.0


@inner
def use(x: F64, p: F64, mu: F64, nodes: Nodes, k: int, h: F64) -> None:
    """Both models by the report of node k, in place."""
    kind, z, r, aux = nodes.kind[k], nodes.z[k], nodes.r[k], nodes.aux[k]
    ll = np.full(2, -np.inf)
    for m in range(2 if mu[1] > 0.0 else 1):
        if kind == POSITION:
            ll[m] = update3_one(x[m], p[m], z, r, 1.0, 0.0)
        elif kind == VELOCITY:
            ll[m] = update3_one(x[m], p[m], z, r, 0.0, 1.0)
        elif kind == RANGE_RATE:
            h[:] = 0.0
            h[3], h[4], h[5] = aux[0], aux[1], aux[2]
            y = z[0] - aux[0] * x[m, 3] - aux[1] * x[m, 4] - aux[2] * x[m, 5]
            ll[m] = update1_one(x[m], p[m], y, r[0, 0], h)
        else:
            shift, wide = bend(x[m], p[m], 0.0, aux[0], aux[1])
            y, _ = line(x[m], 0.0, z[0], aux[0], aux[1], h)
            ll[m] = update1_one(x[m], p[m], y + shift, r[0, 0] + wide, h)
            if z[1] == z[1]:
                y = rise(x[m], 0.0, z[1], aux[0], aux[1], aux[2], nodes.flat, h)
                ll[m] += update1_one(x[m], p[m], y, r[1, 1], h)
    reweigh(mu, ll[0], ll[1])


@inner
def begin(nodes: Nodes, x: F64, p: F64, mu: F64) -> None:
    """What is thought at the first node: its position, any velocity within the prior."""
    p[:] = 0.0
    x[:] = 0.0
    mu[0], mu[1] = 1.0 - nodes.start[2], nodes.start[2]
    for m in range(2):
        for a in range(3):
            x[m, a] = nodes.z[0, a]
            for b in range(3):
                p[m, a, b] = nodes.r[0, a, b]
            p[m, 3 + a, 3 + a] = (nodes.start[1] if a == 2 else nodes.start[0]) ** 2
        p[m, 6, 6] = nodes.start[3]


@kernel
def forward(nodes: Nodes, out: Beliefs) -> None:
    """The filter over all nodes, those of later times unheard."""
    x, p, mu, h = np.empty((2, 7)), np.empty((2, 7, 7)), np.empty(2), np.empty(6)
    low = np.zeros((7, 7))
    begin(nodes, x, p, mu)
    out.extra[:] = 0.0
    out.x[0], out.p[0], out.mu[0] = x, p, mu
    for k in range(1, nodes.t_s.shape[0]):
        dt = nodes.t_s[k] - nodes.t_s[k - 1]
        if dt > 0.0:
            if mu[1] > 0.0:
                mix(x, p, mu, dt, nodes.stay_s)
                predict_turn(x[1], p[1], nodes.q[k, 1], dt, nodes.start[3])
            predict_one(x[0], p[0], nodes.q[k, 0], dt)
        if nodes.opens[k] == 1 and (nodes.kind[k] == POSITION or nodes.kind[k] == VELOCITY):
            row = 2 if nodes.kind[k] == POSITION else 5
            more = opened(x, p, mu, row, nodes.z[k, 2], nodes.r[k, 2, 2])
            if row == 2:
                out.extra[k, 0] = more
            else:  # the climb may have changed at any moment of the interval
                out.extra[k, 0], out.extra[k, 1], out.extra[k, 2] = more * dt * dt / 3.0, more * dt / 2.0, more
            add_extra(p[0], out.extra[k])
            add_extra(p[1], out.extra[k])
        if nodes.kind[k] != ASKED:
            use(x, p, mu, nodes, k, h)
        mend(p[0], low)
        mend(p[1], low)
        out.x[k], out.p[k], out.mu[k] = x, p, mu


@inner
def _chances(nodes: Nodes, had: Beliefs, k: int, dt: float, log_w: F64, m_next: F64, weight: F64) -> None:
    """Chance of each pair (j at k, i at k + 1) into weight (2, 2), from log_w (2, 2): how well each fits."""
    a01, a10 = 1.0 - math.exp(-dt / nodes.stay_s[0]), 1.0 - math.exp(-dt / nodes.stay_s[1])
    for i in range(2):
        l0 = log_w[0, i] + _ln(had.mu[k, 0] * ((1.0 - a01) if i == 0 else a01))
        l1 = log_w[1, i] + _ln(had.mu[k, 1] * ((1.0 - a10) if i == 1 else a10))
        top = max(l0, l1)
        if not top > -np.inf:
            weight[0, i], weight[1, i] = m_next[i] * had.mu[k, 0], m_next[i] * had.mu[k, 1]
            continue
        w0, w1 = math.exp(l0 - top), math.exp(l1 - top)
        weight[0, i], weight[1, i] = m_next[i] * w0 / (w0 + w1), m_next[i] * w1 / (w0 + w1)


@inner
def _ln(p: float) -> float:
    return math.log(p) if p > 0.0 else -np.inf


@inner
def _gather(weight: F64, xs: F64, ps: F64, j: int, x_out: F64, p_out: F64) -> float:
    """Mean and covariance of model j's pairs xs (2, 2, 7), ps (2, 2, 7, 7) by their weights; gives their sum."""
    total = weight[j, 0] + weight[j, 1]
    share = weight[j, 1] / total
    for a in range(7):
        x_out[a] = (1.0 - share) * xs[j, 0, a] + share * xs[j, 1, a]
    for a in range(7):
        for b in range(7):
            d = (xs[j, 1, a] - xs[j, 0, a]) * (xs[j, 1, b] - xs[j, 0, b])
            p_out[a, b] = (1.0 - share) * ps[j, 0, a, b] + share * ps[j, 1, a, b] + share * (1.0 - share) * d
    return float(total)


class Pairs(NamedTuple):
    """Room for the four pairs of models of one step back."""

    x: F64  # (2, 2, 7)
    p: F64  # (2, 2, 7, 7)
    log_w: F64  # (2, 2)
    weight: F64  # (2, 2)
    before: F64  # (2, 7) predicted, both models
    before_p: F64  # (2, 7, 7)
    vector: F64  # (7,) the future's information
    info: F64  # (7, 7)


@inner
def predicted(nodes: Nodes, had: Beliefs, k: int, dt: float, c: Pairs) -> None:
    """What the filter predicted for node k + 1, into c.before."""
    c.before[:] = had.x[k]
    c.before_p[:] = had.p[k]
    if dt > 0.0:
        if had.mu[k, 1] > 0.0:
            mix(c.before, c.before_p, had.mu[k].copy(), dt, nodes.stay_s)
            predict_turn(c.before[1], c.before_p[1], nodes.q[k + 1, 1], dt, nodes.start[3])
        predict_one(c.before[0], c.before_p[0], nodes.q[k + 1, 0], dt)
    for m in range(2):
        add_extra(c.before_p[m], had.extra[k + 1])


@inner
def _pairs_of(nodes: Nodes, had: Beliefs, out: Beliefs, k: int, i: int, dt: float, w: Step, c: Pairs) -> None:
    """Both pairs that end in model i at node k + 1."""
    later, later_p = out.x[k + 1, i], out.p[k + 1, i]
    mixed = dt > 0.0 and had.mu[k, 0] > 0.0 and had.mu[k, 1] > 0.0
    if mixed:
        mixed = future(later, later_p, c.before[i], c.before_p[i], w, c.vector, c.info)
    for attempt in range(2):
        for j in range(2):
            c.log_w[j, i] = -np.inf
            c.x[j, i], c.p[j, i] = had.x[k, j], had.p[k, j]
            if had.mu[k, j] <= 0.0 or (dt <= 0.0 and i != j):
                continue
            ln = step_ahead(had.x[k, j], had.p[k, j], i, dt, nodes.q[k + 1, i], had.extra[k + 1], nodes.start[3], w)
            if not ln > -np.inf:
                continue
            if mixed:
                c.log_w[j, i] = meet(c.vector, c.info, c.before[i], ln, w)
                if not c.log_w[j, i] > -np.inf:
                    break
            else:
                c.log_w[j, i] = same_for_all(later, later_p, ln, w)
            step_back(had.x[k, j], had.p[k, j], w)
            c.x[j, i], c.p[j, i] = w.x, w.p
        if not mixed or (c.log_w[0, i] > -np.inf and c.log_w[1, i] > -np.inf) or attempt == 1:
            return
        mixed = False  # one of them cannot be met so: both the other way, or their chances could not be compared


@kernel
def backward(nodes: Nodes, had: Beliefs, out: Beliefs) -> None:
    """All nodes with all reports, from what `forward` left in `had`; `out` may not be `had`."""
    n = nodes.t_s.shape[0]
    out.x[n - 1], out.p[n - 1], out.mu[n - 1] = had.x[n - 1], had.p[n - 1], had.mu[n - 1]
    out.extra[:] = had.extra
    c = Pairs(
        np.zeros((2, 2, 7)), np.zeros((2, 2, 7, 7)), np.empty((2, 2)), np.empty((2, 2)), np.empty((2, 7)),
        np.empty((2, 7, 7)), np.empty(7), np.empty((7, 7)),
    )
    w = step_room()
    for k in range(n - 2, -1, -1):
        dt = nodes.t_s[k + 1] - nodes.t_s[k]
        predicted(nodes, had, k, dt, c)
        for i in range(2):
            if out.mu[k + 1, i] > 0.0:
                _pairs_of(nodes, had, out, k, i, dt, w, c)
            else:
                c.log_w[:, i] = -np.inf
                for j in range(2):
                    c.x[j, i], c.p[j, i] = had.x[k, j], had.p[k, j]
        _chances(nodes, had, k, dt, c.log_w, out.mu[k + 1], c.weight)
        for j in range(2):
            if c.weight[j, 0] + c.weight[j, 1] > LEAST_CHANCE:
                out.mu[k, j] = _gather(c.weight, c.x, c.p, j, out.x[k, j], out.p[k, j])
            else:
                out.mu[k, j] = 0.0
                out.x[k, j], out.p[k, j] = had.x[k, j], had.p[k, j]
        total = out.mu[k, 0] + out.mu[k, 1]
        out.mu[k, 0], out.mu[k, 1] = out.mu[k, 0] / total, out.mu[k, 1] / total


@kernel
def mixture(beliefs: Beliefs, rows: NDArray[np.int64], mean_out: F64, cov_out: F64) -> None:
    """Mean (M, 7) and covariance (M, 7, 7) of both models at nodes rows (M,); straight flight turns at 0 for sure."""
    for a in range(rows.shape[0]):
        k = rows[a]
        m0, m1 = beliefs.mu[k, 0], beliefs.mu[k, 1]
        for i in range(7):
            x0 = beliefs.x[k, 0, i] if i < 6 else 0.0
            mean_out[a, i] = m0 * x0 + m1 * beliefs.x[k, 1, i]
        for i in range(7):
            d_i = beliefs.x[k, 1, i] - (beliefs.x[k, 0, i] if i < 6 else 0.0)
            for j in range(7):
                d_j = beliefs.x[k, 1, j] - (beliefs.x[k, 0, j] if j < 6 else 0.0)
                p0 = beliefs.p[k, 0, i, j] if i < 6 and j < 6 else 0.0
                cov_out[a, i, j] = m0 * p0 + m1 * beliefs.p[k, 1, i, j] + m0 * m1 * d_i * d_j


@kernel
def surprises(nodes: Nodes, beliefs: Beliefs, out: F64) -> None:
    """Squared Mahalanobis distance (N,) of each POSITION from the smoothed mean by its own covariance; NaN others."""
    inverse = np.empty((3, 3))
    for k in range(nodes.t_s.shape[0]):
        out[k] = np.nan
        if nodes.kind[k] != POSITION:
            continue
        if not invert3(nodes.r[k], inverse) > 0.0:
            continue
        d2 = 0.0
        for a in range(3):
            ya = nodes.z[k, a] - beliefs.mu[k, 0] * beliefs.x[k, 0, a] - beliefs.mu[k, 1] * beliefs.x[k, 1, a]
            for b in range(3):
                yb = nodes.z[k, b] - beliefs.mu[k, 0] * beliefs.x[k, 0, b] - beliefs.mu[k, 1] * beliefs.x[k, 1, b]
                d2 += ya * inverse[a, b] * yb
        out[k] = d2
