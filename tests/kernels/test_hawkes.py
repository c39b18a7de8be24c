"""Arrivals that bring arrivals: likelihood and fit."""

from __future__ import annotations

import math

import numpy as np
import pytest
from naive_lumps import loglik as naive
from scipy import optimize

from flightward.kernels import hawkes as kernels

END_S = 400.0


def base(t_s: float) -> float:
    return 0.004 if t_s < 200.0 else 0.001


TOTAL = 0.004 * 200.0 + 0.001 * 200.0


def loglik(t_s: list[float], m: float, a: float, decay: float, out: tuple[float, float] = (END_S, END_S)) -> float:
    left = sum(base(t) for t in np.arange(out[0] + 0.5, out[1], 1.0))
    got, at = np.empty(1), np.array([base(t) for t in t_s])
    kernels.hawkes_loglik(np.array(t_s), at, TOTAL - left, m, a, decay, END_S, *out, got)
    return float(got[0])


def test_without_excitement_it_is_poisson() -> None:
    assert loglik([10.0, 300.0], 5.0, 0.0, 0.1) == pytest.approx(math.log(0.02) + math.log(0.005) - 5.0 * TOTAL)


def test_one_arrival_by_hand() -> None:
    brought = 0.5 * (1.0 - math.exp(-0.1 * 100.0))
    assert loglik([300.0], 5.0, 0.5, 0.1) == pytest.approx(math.log(0.005) - 5.0 * TOTAL - brought)


def test_it_is_what_every_pair_and_a_fine_grid_give() -> None:
    rng = np.random.default_rng(4)
    for out in ((END_S, END_S), (150.0, 220.0)):
        t_s = np.sort(rng.uniform(0.0, END_S, 25)).tolist()
        want = naive(t_s, base, 6.0, 0.6, 0.05, END_S, *out)
        assert loglik(t_s, 6.0, 0.6, 0.05, out) == pytest.approx(want, abs=2e-3)


def test_a_rate_of_nothing_at_an_arrival_is_impossible() -> None:
    assert loglik([10.0], 0.0, 0.5, 0.1) == -math.inf


def clusters(rng: np.random.Generator, n: int, end_s: float) -> np.ndarray:
    """Groups of a geometric number, seconds apart."""
    starts = rng.uniform(0.0, end_s, n)
    t_s = [s + np.cumsum(rng.exponential(20.0, rng.geometric(0.4))) for s in starts]
    out = np.sort(np.concatenate(t_s))
    return out[out < end_s]


def fit(series: list[np.ndarray], end_s: float, out: tuple[float, float], n_steps: int = 300) -> np.ndarray:
    t_s = np.concatenate(series)
    start = np.cumsum([0, *map(len, series)]).astype(np.int64)
    m, a, decay = (np.full(len(series), v) for v in (10.0, 0.5, 1.0 / 300.0))
    total = (end_s - (out[1] - out[0])) / end_s
    flat = np.full(len(t_s), 1.0 / end_s)
    kernels.hawkes_fit(t_s, flat, start, total, end_s, *out, 1e-4, 0.1, n_steps, m, a, decay)
    return np.array([m, a, decay])


def test_the_fit_reaches_the_greatest_likelihood_that_a_general_search_finds() -> None:
    rng, end_s, out = np.random.default_rng(8), 40_000.0, (20_000.0, 24_000.0)
    t_s = clusters(rng, 60, end_s)
    total, flat, got = 0.9, np.full(len(t_s), 1.0 / end_s), np.empty(1)

    def cost(x: np.ndarray) -> float:
        m, a, decay = math.exp(x[0]), 1.0 / (1.0 + math.exp(-x[1])), math.exp(x[2])
        kernels.hawkes_loglik(t_s, flat, total, m, a, decay, end_s, *out, got)
        return -float(got[0])

    best = optimize.minimize(
        cost, [math.log(50.0), 0.0, math.log(0.01)], method="Nelder-Mead", options={"maxiter": 2000}
    )
    m, a, decay = fit([t_s], end_s, out)[:, 0]
    kernels.hawkes_loglik(t_s, flat, total, m, a, decay, end_s, *out, got)
    assert float(got[0]) == pytest.approx(-best.fun, abs=0.05)
    assert 0.4 < a < 0.75  # 1.5 further ones for each first: 0.6


def test_series_fitted_together_are_those_fitted_alone() -> None:
    rng = np.random.default_rng(3)
    series = [clusters(rng, n, 20_000.0) for n in (20, 5, 40)]
    together = fit(series, 20_000.0, (9_000.0, 9_900.0), 30)
    for k, one in enumerate(series):
        assert (fit([one], 20_000.0, (9_000.0, 9_900.0), 30)[:, 0] == together[:, k]).all()


def test_no_arrivals_bring_nothing() -> None:
    m, a, decay = fit([np.zeros(0), np.array([5.0])], 100.0, (50.0, 60.0), 5)
    assert (m[0], a[0]) == (0.0, 0.0) and np.isfinite(decay).all() and np.isfinite(m).all()


@pytest.mark.skipif(not hasattr(kernels.hawkes_fit, "signatures"), reason="plain Python")
def test_one_signature() -> None:
    fit([np.array([5.0])], 100.0, (50.0, 60.0), 5)
    loglik([10.0], 1.0, 0.5, 0.1)
    assert len(kernels.hawkes_fit.signatures) == len(kernels.hawkes_loglik.signatures) == 1
