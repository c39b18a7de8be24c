"""Covariance intersection: least volume, never too sure, and deaf to the same news twice."""

from __future__ import annotations

import naive_intersect as naive
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from flightward.kernels.intersect import intersect, invert_spd, renew, weight


def spd(rng: np.random.Generator, n: int, spread: float = 2.0) -> np.ndarray:
    """A random covariance whose axes differ by some powers of e."""
    q, _ = np.linalg.qr(rng.normal(size=(n, n)))
    return q @ np.diag(np.exp(rng.uniform(-spread, spread, n))) @ q.T


def share(a: np.ndarray, b: np.ndarray) -> float:
    return weight(np.linalg.inv(a), np.linalg.inv(b))


def joined(a: np.ndarray, b: np.ndarray, xa: np.ndarray, xb: np.ndarray) -> tuple[np.ndarray, np.ndarray, float]:
    x, p = xa.copy(), a.copy()
    w = share(a, b)
    assert intersect(x, p, xb, np.linalg.inv(b), w)
    return x, p, w


def test_the_better_of_two_is_kept_whole() -> None:
    a, b = np.diag([1.0, 1.0]), np.diag([4.0, 9.0])
    assert share(a, b) == 1.0
    assert share(b, a) == 0.0
    x, p, _ = joined(b, a, np.array([5.0, 5.0]), np.array([1.0, 2.0]))
    np.testing.assert_allclose(x, [1.0, 2.0], atol=1e-12)
    np.testing.assert_allclose(p, a, atol=1e-12)


def test_two_that_know_one_axis_each_meet_half_way() -> None:
    a, b = np.diag([1.0, 100.0]), np.diag([100.0, 1.0])
    x, p, w = joined(a, b, np.zeros(2), np.array([10.0, 10.0]))
    assert w == pytest.approx(0.5, abs=1e-5)
    np.testing.assert_allclose(np.diag(p), [2.0 / 1.01, 2.0 / 1.01], rtol=1e-4)
    np.testing.assert_allclose(x, [0.1 / 1.01, 10.0 / 1.01], rtol=1e-3)


def test_the_same_estimate_again_changes_nothing() -> None:
    a = spd(np.random.default_rng(1), 6)
    x, p, _ = joined(a, a.copy(), np.arange(6.0), np.arange(6.0))
    np.testing.assert_allclose(x, np.arange(6.0), rtol=1e-9)
    np.testing.assert_allclose(p, a, rtol=1e-9)


def test_an_estimate_of_part_of_the_state_needs_the_other() -> None:
    a = np.diag([100.0, 100.0, 4.0])
    info = np.diag([1.0, 1.0, 0.0])
    w = weight(np.linalg.inv(a), info)
    assert 0.0 < w < 1.0
    p, x = a.copy(), np.zeros(3)
    assert intersect(x, p, np.array([1.0, 1.0, 0.0]), info, w)
    assert p[2, 2] == pytest.approx(4.0 / w)


def test_what_is_no_covariance_is_refused_and_nothing_is_changed() -> None:
    bad = np.diag([1.0, -1.0])
    out = np.zeros((2, 2))
    assert np.isnan(invert_spd(bad, out))
    assert np.isnan(invert_spd(np.diag([1.0, np.nan]), out))
    assert np.isnan(weight(np.diag([1.0, np.nan]), np.eye(2)))
    x, p = np.ones(2), bad.copy()
    assert not intersect(x, p, np.zeros(2), np.eye(2), 0.5)
    np.testing.assert_array_equal(p, bad)
    np.testing.assert_array_equal(x, np.ones(2))


@settings(max_examples=60, deadline=None)
@given(seed=st.integers(0, 2**32 - 1), n=st.integers(1, 6))
def test_the_inverse_is_numpys(seed: int, n: int) -> None:
    a = spd(np.random.default_rng(seed), n)
    out = np.empty((n, n))
    log_det = invert_spd(a, out)
    assert log_det == pytest.approx(np.linalg.slogdet(a)[1], abs=1e-9)
    np.testing.assert_allclose(out, np.linalg.inv(a), rtol=1e-8, atol=1e-10)


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 2**32 - 1), n=st.integers(1, 6))
def test_the_weight_is_the_best_of_a_thousand(seed: int, n: int) -> None:
    rng = np.random.default_rng(seed)
    a, b = spd(rng, n), spd(rng, n)
    w = share(a, b)
    there = np.linalg.slogdet(naive.joint(a, b, w))[1]
    best = np.linalg.slogdet(naive.joint(a, b, naive.best_weight(a, b)))[1]
    assert there <= best + 1e-9


@settings(max_examples=60, deadline=None)
@given(seed=st.integers(0, 2**32 - 1), n=st.integers(1, 6), strength=st.floats(0.0, 1.0))
def test_it_is_never_surer_than_any_correlation_allows(seed: int, n: int, strength: float) -> None:
    rng = np.random.default_rng(seed)
    a, b = spd(rng, n), spd(rng, n)
    k = rng.normal(size=(n, n))
    k *= strength / np.linalg.norm(k, 2)
    cross = np.linalg.cholesky(a) @ k @ np.linalg.cholesky(b).T
    w = share(a, b)
    p = naive.joint(a, b, w)
    spare = p - naive.true_error(a, b, cross, w)
    assert np.linalg.eigvalsh(spare).min() >= -1e-7 * np.trace(p)
    # the mean of its normalised squared error is then at most one per axis
    assert np.trace(np.linalg.solve(p, naive.true_error(a, b, cross, w))) <= n * (1.0 + 1e-7)


def test_errors_drawn_with_a_common_part_stay_within_bounds_where_the_product_does_not() -> None:
    rng = np.random.default_rng(7)
    common, own = 9.0, 1.0
    a = b = np.eye(3) * (common + own)
    shared = rng.normal(0.0, 3.0, (4000, 3))
    xa, xb = shared + rng.normal(size=(4000, 3)), shared + rng.normal(size=(4000, 3))
    w = share(a, b)
    nees_ci, nees_product = 0.0, 0.0
    for u, v in zip(xa, xb, strict=True):
        x, p = u.copy(), a.copy()
        intersect(x, p, v, np.linalg.inv(b), w)
        nees_ci += x @ np.linalg.solve(p, x) / 3 / 4000
        mean = 0.5 * (u + v)
        nees_product += mean @ mean / (0.5 * (common + own)) / 3 / 4000
    assert nees_ci == pytest.approx(1.0, abs=0.05)
    assert nees_product > 1.8


def test_a_seventh_number_follows_by_regression() -> None:
    rng = np.random.default_rng(8)
    a = rng.normal(size=(7, 7))
    x, p = rng.normal(size=7), a @ a.T
    h = np.eye(6, 7)
    z, r = x[:6] + 0.3, 0.5 * np.eye(6)
    gain = p @ h.T @ np.linalg.inv(h @ p @ h.T + r)  # a measurement of the six moves all seven
    want_x, want_p = x + gain @ (z - x[:6]), p - gain @ h @ p
    renew(x, p, want_x[:6].copy(), want_p[:6, :6].copy())
    np.testing.assert_allclose(x, want_x, rtol=1e-9)
    np.testing.assert_allclose(p, want_p, rtol=1e-7, atol=1e-9)
