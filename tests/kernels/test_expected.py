"""Where the next report of a track is expected: hand cases, and the same density by scipy and by Runge-Kutta."""

from __future__ import annotations

import math

import naive_tracks
import numpy as np
import pytest
from scipy.stats import multivariate_normal

from flightward.kernels.expected import N_EXPECTED, expect, log_mixture, turn_ahead
from flightward.kernels.turn import TURN_KEPT_S

STAY_S = np.array([200.0, 30.0])
Q = np.array([[0.01, 0.0002], [2.0, 0.0002]])
Z = np.array([110.0, -40.0, 900.0])


def track(turn_radps: float = 0.03) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    rng = np.random.default_rng(4)
    x = np.zeros((2, 7))
    x[:, :6] = [100.0, -50.0, 880.0, 40.0, 30.0, 1.0]
    x[1, :6] += [4.0, -3.0, 1.0, 1.0, -2.0, 0.1]
    x[1, 6] = turn_radps
    p = np.zeros((2, 7, 7))
    for k in range(2):
        a = rng.normal(size=(6, 6)) * np.array([20.0, 20.0, 20.0, 2.0, 2.0, 0.5])[:, None]
        p[k, :6, :6] = a @ a.T
        p[k, 6, 6] = 0.005
    p[1, 6, 6] = 0.0004
    return x, p, np.array([0.9, 0.1])


def ask(dt: float, turn_radps: float = 0.03) -> tuple[np.ndarray, np.ndarray]:
    x, p, mu = track(turn_radps)
    ahead, at = np.empty(4), np.empty((2, N_EXPECTED))
    turn_ahead(x, p, mu, dt, STAY_S, ahead)
    expect(x, p, Q, dt, ahead, at)
    return ahead, at


def matrix(row: np.ndarray) -> np.ndarray:
    a = row[3:9]
    return np.array([[a[0], a[1], a[2]], [a[1], a[3], a[4]], [a[2], a[4], a[5]]])


def test_now_the_models_stand_where_they_are() -> None:
    x, p, mu = track()
    _, at = ask(0.0)
    assert at[:, :3] == pytest.approx(x[:, :3])
    assert np.exp(at[:, 9]) == pytest.approx(mu)
    for k in range(2):
        assert matrix(at[k]) == pytest.approx(p[k, :3, :3])


def test_the_chance_of_a_turn_is_that_of_the_chain_of_stays() -> None:
    rates = np.array([[-1.0 / 200.0, 1.0 / 200.0], [1.0 / 30.0, -1.0 / 30.0]])
    stay = np.diag(np.exp(np.diag(rates) * 4.0))
    step = stay + (1.0 - np.diag(stay))[:, None] * (1.0 - np.eye(2))
    _, at = ask(4.0)
    assert np.exp(at[:, 9]) == pytest.approx(track()[2] @ step)


def test_straight_flight_is_predicted_as_by_matrices() -> None:
    x, p, _ = track()
    _, at = ask(4.0)
    f = naive_tracks.transition(4.0)
    assert at[0, :3] == pytest.approx((f @ x[0, :6])[:3])
    want = f @ p[0, :6, :6] @ f.T + naive_tracks.noise((0.01, 0.0002), 4.0)
    assert matrix(at[0]) == pytest.approx(want[:3, :3], rel=1e-5)


def test_a_turn_bends_the_path_as_an_integration_of_it_does() -> None:
    x, _, _ = track(0.06)
    ahead, at = ask(2.0, 0.06)
    y = x[1].copy()
    y[6] = ahead[2]
    want = naive_tracks.fly(y, 2.0, TURN_KEPT_S)[:3]
    straight = x[1, :3] + 2.0 * x[1, 3:6]
    assert np.linalg.norm(at[1, :3] - want) < 0.15 * np.linalg.norm(straight - want)


def test_the_variance_of_the_turn_rate_lies_across_the_path() -> None:
    x, p, _ = track(0.0)
    still, at = np.array([0.0, -1.0, 0.0, 0.0]), np.empty((2, N_EXPECTED))
    expect(x, p, Q, 4.0, still, at)
    more = at.copy()
    still[3] = 0.01
    expect(x, p, Q, 4.0, still, more)
    added = matrix(more[1]) - matrix(at[1])
    along = np.append(x[1, 3:5], 0.0)
    assert added @ along == pytest.approx(np.zeros(3), abs=1e-9)
    assert np.trace(added) == pytest.approx(0.01 * (8.0 * math.hypot(*x[1, 3:5])) ** 2)


@pytest.mark.parametrize("dt", [-3.0, 0.0, 2.0, 4.0])
def test_the_likelihood_is_the_sum_of_both_models(dt: float) -> None:
    _, at = ask(dt)
    r = np.diag([900.0, 400.0, 2_500.0, 1.0])
    want = sum(math.exp(a[9]) * multivariate_normal(a[:3], matrix(a) + r[:3, :3]).pdf(Z) for a in at)
    assert log_mixture(at, Z, r, 1e9) == pytest.approx(math.log(want))


def test_a_report_outside_one_gate_counts_by_the_other_alone() -> None:
    _, at = ask(2.0)
    r = np.diag([100.0, 100.0, 100.0, 1.0])
    at[1, 0] += 1e5
    want = math.exp(at[0, 9]) * multivariate_normal(at[0, :3], matrix(at[0]) + r[:3, :3]).pdf(Z)
    assert log_mixture(at, Z, r, 60.0) == pytest.approx(math.log(want))
    at[0, 1] -= 1e5
    assert log_mixture(at, Z, r, 60.0) == -math.inf


def test_a_track_of_one_model_has_no_turn() -> None:
    x, p, _ = track()
    ahead, at = np.empty(4), np.empty((2, N_EXPECTED))
    turn_ahead(x, p, np.array([1.0, 0.0]), 2.0, STAY_S, ahead)
    expect(x, p, Q, 2.0, ahead, at)
    r = np.diag([900.0, 400.0, 2_500.0, 1.0])
    want = multivariate_normal(at[0, :3], matrix(at[0]) + r[:3, :3]).logpdf(Z)
    assert log_mixture(at, Z, r, 1e9) == pytest.approx(want)


def test_what_is_not_a_number_is_never_inside() -> None:
    _, at = ask(2.0)
    assert not log_mixture(at, np.array([np.nan, 0.0, 0.0]), np.diag([1.0, 1.0, 1.0, 1.0]), 20.0) > -math.inf
