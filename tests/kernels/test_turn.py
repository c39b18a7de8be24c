"""The turn model against numerical integration and differences."""

from __future__ import annotations

import math

import naive_tracks as naive
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from flightward.kernels import imm
from flightward.kernels.turn import TURN_KEPT_S, TURN_MAX_S, arc, predict_turn

Q = (0.7, 0.05)
VAR = 0.05**2


def state(turn_radps: float, seed: int = 1) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    a = rng.normal(0.0, 1.0, (7, 7)) * np.array([100, 100, 80, 5, 5, 2, 0.02])[:, None]
    x = np.array([500.0, -300.0, 900.0, 40.0, 25.0, -1.5, turn_radps])
    return x, a @ a.T + np.diag([100.0, 100, 100, 1, 1, 1, 1e-4])


def test_a_quarter_turn_to_the_right_from_north() -> None:
    sin, cos, along, across, _, _ = arc(math.pi / 20.0, 10.0)
    assert (sin, cos) == pytest.approx((1.0, 0.0), abs=1e-12)
    radius = 20.0 / math.pi  # per unit of speed
    assert (along, across) == pytest.approx((radius, radius))


@pytest.mark.parametrize("turn", [0.0, 1e-5, 0.03, -0.1])
@pytest.mark.parametrize("dt", [0.7, 4.0, TURN_MAX_S])
def test_prediction_is_the_flown_path_and_its_gradient(turn: float, dt: float) -> None:
    x, p = state(turn)
    want = naive.fly(x, dt, TURN_KEPT_S)
    f = naive.fly_gradient(x, dt, TURN_KEPT_S)
    want_p = f @ p @ f.T + naive.turn_noise(want[3:5], Q, VAR, TURN_KEPT_S, dt)
    predict_turn(x, p, np.array(Q), dt, VAR)
    assert x == pytest.approx(want, rel=1e-7, abs=1e-9)
    assert np.allclose(p, want_p, rtol=2e-4, atol=2e-4)


def test_without_a_turn_it_is_straight_flight() -> None:
    x, p = state(0.0)
    p[6, :] = p[:, 6] = 0.0
    y, c = x[:6].copy(), p[:6, :6].copy()
    predict_turn(x, p, np.array(Q), 4.0, 0.0)
    imm.predict_one(y, c, np.array(Q), 4.0)
    assert x[:6] == pytest.approx(y)
    assert np.allclose(p[:6, :6], c)


def test_a_long_silence_ends_the_turn() -> None:
    x, p = state(math.radians(5.0))
    p *= 1e-4
    y, c = x.copy(), p.copy()
    predict_turn(x, p, np.array(Q), 120.0, VAR)
    predict_turn(y, c, np.array(Q), TURN_MAX_S, VAR)
    assert x[3:5] == pytest.approx(y[3:5])
    assert x[:3] == pytest.approx(y[:3] + 110.0 * y[3:6])
    assert x[6] == 0.0
    assert p[6, 6] == pytest.approx(VAR)
    assert np.allclose(p, p.T)
    assert np.linalg.eigvalsh(p).min() > 0.0


@pytest.mark.parametrize("dt", [0.01, 1.0, 4.0, 7.5, TURN_MAX_S])
@pytest.mark.parametrize("speed", [5.0, 50.0, 800.0])
def test_noise_alone_is_negative_in_no_direction(speed: float, dt: float) -> None:
    """Angles and rates of one law: with the first order of the one and the whole of the other it was, from 4 s on."""
    x, p = np.array([0.0, 0.0, 0.0, speed, 0.3 * speed, 0.0, 0.0]), np.zeros((7, 7))
    predict_turn(x, p, np.array([1e-9, 1e-9]), dt, VAR)
    d = np.sqrt(np.diag(p))
    assert np.linalg.eigvalsh(p / np.outer(d, d)).min() > -1e-12
    assert p[6, 6] == pytest.approx(VAR * (1.0 - math.exp(-2.0 * dt / TURN_KEPT_S)), rel=1e-6)


@given(st.floats(-0.3, 0.3), st.floats(0.01, 60.0), st.integers(0, 20))
def test_speed_stays_and_the_covariance_stays_positive(turn: float, dt: float, seed: int) -> None:
    x, p = state(turn, seed)
    speed = math.hypot(x[3], x[4])
    predict_turn(x, p, np.array(Q), dt, VAR)
    assert math.hypot(x[3], x[4]) == pytest.approx(speed)
    assert np.allclose(p, p.T)
    assert np.linalg.eigvalsh(p).min() > -1e-9 * np.trace(p)


def test_a_turning_target_is_followed_by_the_turn_model_and_its_rate_found() -> None:
    rate = math.radians(-4.0)
    x, p, mu = np.zeros((2, 7)), np.zeros((2, 7, 7)), np.array([0.9, 0.1])
    x[:, 4] = 50.0
    p[:] = np.diag([100.0, 100, 100, 4, 4, 1, VAR])
    q, r = np.array([[0.02, 0.01], [2.0, 0.01]]), np.diag([100.0, 100.0, 400.0])
    at = np.array([0.0, 0.0, 0.0, 0.0, 50.0, 0.0, rate])
    for _ in range(15):
        at = naive.fly(at, 2.0, 1e9, 50)
        imm.predict(x, p, mu, q, 2.0, np.array([90.0, 30.0]))
        imm.update3(x, p, mu, q, at[:3], r, 0.0)
    assert mu[1] > 0.8
    assert x[1, 6] == pytest.approx(rate, abs=math.radians(1.2))
    assert x[1, :2] == pytest.approx(at[:2], abs=10.0)
    assert x[0, 6] == 0.0
    assert p[0, 6, 6] == VAR
