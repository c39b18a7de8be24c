"""The filter of two constant-velocity models against dense matrices."""

from __future__ import annotations

import math

import naive_tracks as naive
import numpy as np
from scipy.stats import multivariate_normal

from flightward.kernels import imm

Q = (0.7, 0.05)


def state(seed: int) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    a = rng.normal(0.0, 1.0, (6, 6)) * np.array([100, 100, 80, 5, 5, 2])[:, None]
    return rng.normal(0.0, 100.0, 6), a @ a.T + np.diag([100.0, 100, 100, 1, 1, 1])


def test_inverse_of_a_small_matrix() -> None:
    a = np.array([[4.0, 1.0, 0.5], [1.0, 3.0, 0.2], [0.5, 0.2, 2.0]])
    out = np.empty((3, 3))
    assert math.isclose(imm.invert3(a, out), np.linalg.det(a))
    assert np.allclose(out @ a, np.eye(3))
    assert imm.invert3(np.zeros((3, 3)), out) <= 0.0


def test_prediction_is_that_of_dense_matrices() -> None:
    x, p = state(1)
    f = naive.transition(4.0)
    want_x, want_p = f @ x, f @ p @ f.T + naive.noise(Q, 4.0)
    imm.predict_one(x, p, np.array(Q), 4.0)
    assert np.allclose(x, want_x)
    assert np.allclose(p, want_p, rtol=1e-6)


def test_position_update_is_that_of_the_information_form() -> None:
    x, p = state(2)
    r = np.diag([400.0, 900.0, 2500.0]) + 50.0
    z = x[:3] + np.array([30.0, -20.0, 10.0])
    h = np.hstack([np.eye(3), np.zeros((3, 3))])
    want_x, want_p = naive.update(x, p, h, z, r)
    want_ll = multivariate_normal(h @ x, h @ p @ h.T + r).logpdf(z)
    got_ll = imm.update3_one(x, p, z, r, 1.0, 0.0)
    assert np.allclose(x, want_x)
    assert np.allclose(p, want_p, rtol=1e-6, atol=1e-6)
    assert math.isclose(got_ll, want_ll, rel_tol=1e-9)


def test_an_old_position_updates_as_one_of_the_past() -> None:
    x, p = state(3)
    r = np.diag([400.0, 900.0, 2500.0])
    h = np.hstack([np.eye(3), -3.0 * np.eye(3)])
    z = h @ x + [10.0, 10.0, 10.0]
    want_x, want_p = naive.update(x, p, h, z, r)
    imm.update3_one(x, p, z, r, 1.0, -3.0)
    assert np.allclose(x, want_x)
    assert np.allclose(p, want_p, rtol=1e-6, atol=1e-6)


def test_scalar_update_is_that_of_the_information_form() -> None:
    x, p = state(4)
    h = np.array([0.0, 0.0, 0.0, 0.6, 0.8, 0.0])
    want_x, want_p = naive.update(x, p, h[None], np.array([h @ x + 3.0]), np.array([[4.0]]))
    imm.update1_one(x, p, 3.0, 4.0, h)
    assert np.allclose(x, want_x)
    assert np.allclose(p, want_p, rtol=1e-6, atol=1e-6)


def test_mixing_keeps_the_mean_and_covariance_of_the_mixture() -> None:
    xs, ps = zip(*(state(s) for s in (5, 6)), strict=True)
    x, p, mu = np.array(xs), np.array(ps), np.array([0.3, 0.7])
    xm, pm, xn, pn = np.empty(6), np.empty((6, 6)), np.empty(6), np.empty((6, 6))
    imm.combine(x, p, mu, xm, pm)
    imm.mix(x, p, mu, 4.0, np.array([60.0, 15.0]))
    imm.combine(x, p, mu, xn, pn)
    assert math.isclose(mu.sum(), 1.0)
    assert np.allclose(xm, xn)
    assert np.allclose(pm, pn)


def test_a_covariance_without_an_inverse_changes_nothing() -> None:
    x, p = np.arange(6.0), np.zeros((6, 6))
    assert imm.update3_one(x, p, np.ones(3), np.zeros((3, 3)), 1.0, 0.0) == -np.inf
    assert list(x) == [0, 1, 2, 3, 4, 5]


def test_a_turn_moves_belief_to_the_lively_model() -> None:
    x, p = np.zeros((2, 6)), np.tile(np.diag([100.0, 100, 100, 1, 1, 1]), (2, 1, 1))
    x[:, 3] = 50.0
    mu, q = np.array([0.95, 0.05]), np.array([[0.05, 0.01], [5.0, 0.1]])
    r = np.diag([25.0, 25.0, 25.0])
    for k in range(1, 8):
        a = 0.1 * k
        imm.predict(x, p, mu, q, 2.0, np.array([60.0, 15.0]))
        z = np.array([1000.0 * math.sin(a), 1000.0 * (1.0 - math.cos(a)), 0.0])
        imm.update3(x, p, mu, q, z, r, 0.0)
    assert mu[1] > 0.8
