"""Forecasts against later estimates: the measure of a step between them, and what is learnt of many."""

from __future__ import annotations

import math

import naive_bearings as naive
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from flightward.kernels.hindsight import surprise


def packed(c: np.ndarray) -> np.ndarray:
    return np.array([c[0, 0], c[0, 1], c[1, 1]])


def test_a_step_of_two_sigmas_along_one_axis_counts_two() -> None:
    before, after = np.array([500.0, 0.0, 200.0]), np.array([100.0, 0.0, 100.0])
    assert surprise(40.0, 0.0, before, after) == pytest.approx(0.5 * 40.0**2 / 400.0)
    assert surprise(0.0, -20.0, before, after) == pytest.approx(0.5 * 20.0**2 / 100.0)


@settings(deadline=None)
@given(st.integers(0, 10_000), st.floats(0.0, 1.5))
def test_a_step_is_measured_as_by_the_twin(seed: int, share: float) -> None:
    rng = np.random.default_rng(seed)
    a, b = rng.normal(0.0, 80.0, (2, 2)), rng.normal(0.0, 60.0, (2, 2))
    before, after = a @ a.T + 25.0 * np.eye(2), share * (b @ b.T)
    step = rng.normal(0.0, 100.0, 2)
    got = surprise(step[0], step[1], packed(before), packed(after))
    assert got == pytest.approx(naive.surprise(step, before, after, 0.1), rel=1e-6)


def test_steps_of_an_honest_filter_count_one_on_average() -> None:
    rng = np.random.default_rng(2)
    turn = np.array([[math.cos(0.7), -math.sin(0.7)], [math.sin(0.7), math.cos(0.7)]])
    after = turn @ np.diag([900.0, 100.0]) @ turn.T
    before = after + turn @ np.diag([8000.0, 2500.0]) @ turn.T
    steps = rng.multivariate_normal(np.zeros(2), before - after, 4000)
    got = [surprise(e, n, packed(before), packed(after)) for e, n in steps]
    assert np.mean(got) == pytest.approx(1.0, abs=0.05)


def test_an_estimate_that_knows_no_more_than_its_forecast_gives_a_finite_measure() -> None:
    same = np.array([400.0, 50.0, 300.0])
    assert 0.0 < surprise(10.0, 10.0, same, same) < 10.0
    assert math.isfinite(surprise(10.0, 10.0, same, 2.0 * same))
