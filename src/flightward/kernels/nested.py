"""Moves of a population of points that stays standard normal within a set: the arithmetic of subset simulation.

A move offers every point u a new place w and lets it go there with a chance that keeps the normal distribution
restricted to the set exactly (Metropolis, Hastings). Three ways of offering, with z standard normal:

    ALL_WAYS  w = sqrt(1 - b^2) u + b z, which keeps phi as it is: always taken within the set, in any dimension
    ALONG     w = u + b L z, L L' the spread of points that are within the set: taken with min(1, phi(w) / phi(u))
    ANEW      in the few directions that the set binds, w is drawn from a t distribution about the points' mean with
              their spread, whatever u is; in all others as ALL_WAYS. What is taken has forgotten where it came from.
              The heavy tail of t is needed: of a normal one the points that it hardly ever offers would stick

A bad L or b costs moves, never the answer.

Source: S.-K. Au, J. L. Beck, Prob. Eng. Mech. 16 (2001) 263-277; S. L. Cotter et al., MCMC methods for functions,
Statist. Sci. 28 (2013) 424-446 (the second move); P. Del Moral, A. Doucet, A. Jasra, JRSS B 68 (2006) 411-436.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from flightward.kernels._jit import inner, kernel
from flightward.kernels.counter_random import key64, mix64
from flightward.kernels.normal_draws import next_state, pair_of, uniform_of

F64 = NDArray[np.float64]

ALL_WAYS, ALONG, ANEW = 0, 1, 2
T_DEGREES = 4.0


@inner
def log_t(y: F64, mean: F64, inverse: F64) -> float:
    """log(1 + q / 4) of a point, q its squared distance by the fit."""
    square = 0.0
    for j in range(y.shape[0]):
        x = 0.0
        for k in range(j + 1):
            x += inverse[j, k] * (y[k] - mean[k])
        square += x * x
    return math.log1p(square / T_DEGREES)


@kernel
def offer(
    u: F64, basis: F64, mean: F64, lower: F64, inverse: F64, way: int, step: float, seed: int, first: int, what: int,
    offer_out: F64, log_out: F64,
) -> None:
    """New places for N points, and the log of the chance to take each if it is within the set.

    u (N, D); basis (D, K) orthonormal, the directions that the set binds; mean (K,), lower (K, K) L and its inverse, in
    those (not read if way is ALL_WAYS; ALONG asks for K = D and the unit basis); step b; key of row i
    (seed, first + i, what). offer_out (N, D), log_out (N,).
    """
    d, n_k = u.shape[1], basis.shape[1]
    keep, z = math.sqrt(max(1.0 - step * step, 0.0)), np.empty(d + n_k + 2)
    own, new = np.empty(n_k), np.empty(n_k)
    for i in range(u.shape[0]):
        state = key64(seed, first + i, what)
        for j in range(0, d if way != ANEW else d + n_k, 2):
            a = next_state(state)
            state = next_state(a)
            z[j], z[j + 1] = pair_of(uniform_of(a), uniform_of(state))
        log_out[i] = 0.0
        if way == ALONG:
            for j in range(d):
                x = 0.0
                for k in range(j + 1):
                    x += lower[j, k] * z[k]
                offer_out[i, j] = u[i, j] + step * x
                log_out[i] += 0.5 * (u[i, j] * u[i, j] - offer_out[i, j] * offer_out[i, j])
            continue
        for j in range(d):
            offer_out[i, j] = keep * u[i, j] + step * z[j]
        if way == ALL_WAYS:
            continue
        a = next_state(state)
        state = next_state(a)
        size = math.sqrt(-2.0 / math.log(uniform_of(a) * uniform_of(state)))  # of a t with four degrees of freedom
        square = 0.0
        for k in range(n_k):
            x, own[k], there = 0.0, 0.0, 0.0
            for j in range(k + 1):
                x += lower[k, j] * z[d + j]
            new[k] = mean[k] + size * x
            for j in range(d):
                own[k] += basis[j, k] * u[i, j]
                there += basis[j, k] * offer_out[i, j]
            square += (size * z[d + k]) ** 2
            log_out[i] += 0.5 * (own[k] * own[k] - new[k] * new[k])
            new[k] -= there  # what to add along this direction
        for j in range(d):
            for k in range(n_k):
                offer_out[i, j] += basis[j, k] * new[k]
        log_out[i] += 0.5 * (T_DEGREES + n_k) * (math.log1p(square / T_DEGREES) - log_t(own, mean, inverse))


@kernel
def take(
    u: F64, gap: F64, offered: F64, offered_gap: F64, log_p: F64, level: float, seed: int, first: int, what: int,
) -> int:
    """Let points take what they are offered: u (N, D) and gap (N,) change in place; how many did.

    A place is within the set if its gap is at most `level`.
    """
    taken = 0
    for i in range(u.shape[0]):
        if not offered_gap[i] <= level:
            continue
        chance = uniform_of(mix64(key64(seed, first + i, what)))
        if math.log(chance) <= log_p[i]:
            for j in range(u.shape[1]):
                u[i, j] = offered[i, j]
            gap[i] = offered_gap[i]
            taken += 1
    return taken


@kernel
def draw_kept(
    gap: F64, level: float, n_runs: int, seed: int, first: int, what: int, from_out: NDArray[np.int64], share_out: F64,
) -> None:
    """Within each of n_runs runs of equal length: which point each new one starts from, evenly drawn of those within.

    gap (R * N,) in runs one after another, the first of them run number `first`; from_out (R * N,) rows, -1 throughout
    a run in which none is within the set;
    share_out (R,) share within. Systematic sampling: each one that is within has n or n + 1 heirs.
    """
    n = gap.shape[0] // n_runs
    inside = np.empty(n, np.int64)
    for r in range(n_runs):
        m = 0
        for i in range(r * n, r * n + n):
            if gap[i] <= level:
                inside[m] = i
                m += 1
        share_out[r] = m / n
        offset = uniform_of(next_state(key64(seed, first + r, what)))
        for i in range(n):
            at = min(int((i + offset) / n * m), m - 1)
            from_out[r * n + i] = inside[at] if m > 0 else -1
