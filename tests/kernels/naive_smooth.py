"""Slow twins of the smoother: all reports of a track at once, as one normal distribution; no filter, no recursion.

One model is a least-squares problem over all states together. Of two models every sequence is tried: each is one such
problem, and its chance is that of all its reports at once times that of its changes.
"""

from __future__ import annotations

import functools
import itertools
import math

import naive_tracks as naive
import numpy as np
from scipy.stats import multivariate_normal

Rows = list[tuple[float, np.ndarray, np.ndarray, np.ndarray]]
"""(t, H (m, 6), z (m,), R (m, m)) of each node after the first; m = 0 where nothing was measured."""


@functools.cache
def noise(q: tuple[float, float], dt: float) -> np.ndarray:
    """Process noise of one step, by adding up small ones."""
    return naive.noise(q, dt, 800)


def stacked(
    t: np.ndarray, q: list[tuple[float, float]], x0: np.ndarray, p0: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Mean (6 N,) and covariance (6 N, 6 N) of the states at all nodes before any report: q[k] holds up to node k."""
    n = len(t)
    steps = [np.eye(6)] + [naive.transition(t[k] - t[k - 1]) for k in range(1, n)]
    noises = [p0] + [noise(q[k], float(t[k] - t[k - 1])) for k in range(1, n)]
    # states are sums of what entered at each node, carried on: one big triangular matrix
    carry = np.zeros((6 * n, 6 * n))
    for k in range(n):
        block = np.eye(6)
        for later in range(k, n):
            if later > k:
                block = steps[later] @ block
            carry[6 * later : 6 * later + 6, 6 * k : 6 * k + 6] = block
    big = np.zeros((6 * n, 6 * n))
    for k in range(n):
        big[6 * k : 6 * k + 6, 6 * k : 6 * k + 6] = noises[k]
    mean = carry[:, :6] @ x0
    return mean, carry @ big @ carry.T


def all_at_once(
    t: np.ndarray, q: list[tuple[float, float]], x0: np.ndarray, p0: np.ndarray, rows: Rows
) -> tuple[np.ndarray, np.ndarray, float]:
    """States (N, 6), their covariances (N, 6, 6), and ln of the density of all reports together."""
    n = len(t)
    mean, cov = stacked(t, q, x0, p0)
    m = sum(len(z) for _, _, z, _ in rows)
    h, z, r = np.zeros((m, 6 * n)), np.zeros(m), np.zeros((m, m))
    at = 0
    for when, hk, zk, rk in rows:
        k = int(np.argmin(np.abs(t - when)))
        size = len(zk)
        h[at : at + size, 6 * k : 6 * k + 6] = hk
        z[at : at + size] = zk
        r[at : at + size, at : at + size] = rk
        at += size
    s = h @ cov @ h.T + r
    gain = np.linalg.solve(s, h @ cov).T
    x = mean + gain @ (z - h @ mean)
    p = cov - gain @ h @ cov
    blocks = np.array([p[6 * k : 6 * k + 6, 6 * k : 6 * k + 6] for k in range(n)])
    return x.reshape(n, 6), blocks, float(multivariate_normal(h @ mean, s).logpdf(z))


def every_sequence(
    t: np.ndarray, q: np.ndarray, stay_s: np.ndarray, mu0: np.ndarray, x0: np.ndarray, p0: np.ndarray, rows: Rows
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Mean (N, 6), covariance (N, 6, 6) and chance of model 1 (N,) with every sequence of two models, q (2, 2) each."""
    n = len(t)
    found = []
    for models in itertools.product((0, 1), repeat=n):
        ln = math.log(mu0[models[0]])
        for k in range(1, n):
            leaves = 1.0 - math.exp(-(t[k] - t[k - 1]) / stay_s[models[k - 1]])
            ln += math.log(leaves if models[k] != models[k - 1] else 1.0 - leaves)
        x, p, fits = all_at_once(t, [(float(q[m, 0]), float(q[m, 1])) for m in models], x0, p0, rows)
        found.append((ln + fits, models, x, p))
    w = np.exp(np.array([f[0] for f in found]) - max(f[0] for f in found))
    w /= w.sum()
    xs, ps = np.array([f[2] for f in found]), np.array([f[3] for f in found])
    mean = np.einsum("s,sni->ni", w, xs)
    d = xs - mean
    cov = np.einsum("s,snij->nij", w, ps) + np.einsum("s,sni,snj->nij", w, d, d)
    return mean, cov, np.einsum("s,sn->n", w, np.array([f[1] for f in found], float))
