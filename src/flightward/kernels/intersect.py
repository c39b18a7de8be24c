"""Covariance intersection: two estimates of one state whose errors may share anything, joined without false certainty.

The joint information is w A^-1 + (1 - w) B^-1. For every w in [0, 1] its covariance covers the true error whatever the
cross-correlation of the two, if each covers its own. w is the one that gives the least volume: the logarithm of
the determinant is concave in w, so halving on the sign of its slope finds it, the same each time.

Source: S. Julier, J. Uhlmann, A non-divergent estimation algorithm in the presence of unknown correlations, Proc.
American Control Conference (1997) 2369-2373.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from flightward.kernels._jit import inner, kernel

TURNS = 20
"""Halvings of the search for w: to one in a million."""


@kernel
def invert_spd(a: NDArray[np.float64], out: NDArray[np.float64]) -> float:
    """Inverse of a symmetric positive (n, n) into `out`; ln of its determinant, or NaN where it is not positive."""
    n = a.shape[0]
    low = np.zeros((n, n))
    log_det = 0.0
    for i in range(n):
        for j in range(i + 1):
            acc = a[i, j]
            for k in range(j):
                acc -= low[i, k] * low[j, k]
            if i == j:
                if not acc > 0.0:
                    return np.nan
                low[i, i] = math.sqrt(acc)
                log_det += math.log(acc)
            else:
                low[i, j] = acc / low[j, j]
    # the triangle's own inverse, below the diagonal of `low` read column by column
    for j in range(n):
        low[j, j] = 1.0 / low[j, j]
        for i in range(j + 1, n):
            acc = 0.0
            for k in range(j, i):
                acc -= low[i, k] * low[k, j]
            low[i, j] = acc / low[i, i]
    for i in range(n):
        for j in range(i + 1):
            acc = 0.0
            for k in range(i, n):
                acc += low[k, i] * low[k, j]
            out[i, j] = acc
            out[j, i] = acc
    return log_det


@inner
def slope(
    info_a: NDArray[np.float64], info_b: NDArray[np.float64], w: float, joint: NDArray[np.float64],
    cov: NDArray[np.float64],
) -> float:
    """How fast ln det(w A^-1 + (1 - w) B^-1) grows with w; joint and cov (n, n) are workspace; NaN: no inverse."""
    n = info_a.shape[0]
    for i in range(n):
        for j in range(n):
            joint[i, j] = w * info_a[i, j] + (1.0 - w) * info_b[i, j]
    if not math.isfinite(invert_spd(joint, cov)):
        return np.nan
    acc = 0.0
    for i in range(n):
        for j in range(n):
            acc += cov[i, j] * (info_a[i, j] - info_b[i, j])
    return acc


@kernel
def weight(info_a: NDArray[np.float64], info_b: NDArray[np.float64]) -> float:
    """The share w of A that makes the joint covariance smallest, from both inverses (n, n); NaN: not positive.

    1 means that B adds nothing, 0 that A adds nothing.
    """
    n = info_a.shape[0]
    joint, cov = np.empty((n, n)), np.empty((n, n))
    g = slope(info_a, info_b, 1.0, joint, cov)
    if not g < 0.0:
        return 1.0 if math.isfinite(g) else np.nan
    # an estimate B that knows only part of the state has no inverse alone: the slope is NaN, and A is needed
    if slope(info_a, info_b, 0.0, joint, cov) <= 0.0:
        return 0.0
    low, high = 0.0, 1.0
    for _ in range(TURNS):
        w = 0.5 * (low + high)
        g = slope(info_a, info_b, w, joint, cov)
        if not math.isfinite(g):
            return np.nan
        if g > 0.0:
            low = w
        else:
            high = w
    return 0.5 * (low + high)


@kernel
def intersect(
    xa: NDArray[np.float64], pa: NDArray[np.float64], xb: NDArray[np.float64], info_b: NDArray[np.float64], w: float
) -> bool:
    """Join state xa (n,), pa (n, n) with xb (n,), whose inverse covariance is info_b, in place; False: no inverse."""
    n = xa.shape[0]
    info_a, joint, cov = np.empty((n, n)), np.empty((n, n)), np.empty((n, n))
    if w == 1.0:
        return True
    if not math.isfinite(invert_spd(pa, info_a)):
        return False
    for i in range(n):
        for j in range(n):
            joint[i, j] = w * info_a[i, j] + (1.0 - w) * info_b[i, j]
    if not math.isfinite(invert_spd(joint, cov)):
        return False
    y = np.zeros(n)
    for i in range(n):
        for j in range(n):
            y[i] += w * info_a[i, j] * xa[j] + (1.0 - w) * info_b[i, j] * xb[j]
    for i in range(n):
        xa[i] = 0.0
        for j in range(n):
            xa[i] += cov[i, j] * y[j]
            pa[i, j] = cov[i, j]
    return True


@kernel
def renew(
    x: NDArray[np.float64], p: NDArray[np.float64], x_new: NDArray[np.float64], p_new: NDArray[np.float64]
) -> None:
    """Set the first six numbers of a state to x_new (6,), p_new (6, 6); a seventh follows by its regression on them."""
    if x.shape[0] == 7:
        old, info, share = p[:6, :6].copy(), np.empty((6, 6)), np.zeros(6)
        if math.isfinite(invert_spd(old, info)):
            for i in range(6):
                for j in range(6):
                    share[i] += info[i, j] * p[j, 6]
        for i in range(6):
            x[6] += share[i] * (x_new[i] - x[i])
            p[6, i] = 0.0
            for j in range(6):
                p[6, 6] += share[i] * (p_new[i, j] - old[i, j]) * share[j]
                p[6, i] += p_new[i, j] * share[j]
            p[i, 6] = p[6, i]
    for i in range(6):
        x[i] = x_new[i]
        for j in range(6):
            p[i, j] = p_new[i, j]
