"""Bearings: slopes, second-order terms, the weighed update and crossings against slow twins; looks in order."""

from __future__ import annotations

import math

import naive_bearings as naive
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from flightward.kernels.bearing import bend, level_variance, line, rise, variance, weighed_angle
from flightward.kernels.crossings import crossing
from flightward.kernels.earshot import ones

X = np.array([3000.0, 2000.0, 700.0, 40.0, -20.0, 1.0])


def covariance(scale: float, seed: int = 0, n: int = 6) -> np.ndarray:
    rng = np.random.default_rng(seed)
    a = rng.normal(size=(n, n)) * np.array([1.0, 1.0, 1.0, 0.05, 0.05, 0.05, 1e-4][:n])[:, None]
    return scale**2 * (a @ a.T)


def test_a_target_due_east_has_a_bearing_of_ninety_degrees() -> None:
    h = np.empty(6)
    y, d = line(np.array([1000.0, 0.0, 0.0, 0.0, 0.0, 0.0]), 0.0, math.pi / 2 + 0.01, 0.0, 0.0, h)
    assert y == pytest.approx(0.01)
    assert d == pytest.approx(1000.0)
    assert h[:3] == pytest.approx([0.0, -1e-3, 0.0])


@pytest.mark.parametrize("lag", [0.0, 12.0, -1.0])
def test_slopes_are_those_of_the_twin(lag: float) -> None:
    h = np.empty(6)
    y, _ = line(X, lag, 1.0, 500.0, -300.0, h)
    expected = 1.0 - naive.bearing(X[0] - lag * X[3] - 500.0, X[1] - lag * X[4] + 300.0)
    assert y == pytest.approx(expected, abs=1e-12)
    assert h == pytest.approx(naive.slopes(X, lag, 500.0, -300.0), abs=1e-9)
    p = covariance(300.0)
    assert level_variance(p, lag, h[0], h[1]) == pytest.approx(h @ p @ h, rel=1e-9)
    assert variance(p, h) == pytest.approx(h @ p @ h, rel=1e-9)


@settings(deadline=None)
@given(st.floats(-3.1, 3.1), st.floats(-20.0, 20.0))
def test_an_innovation_is_never_more_than_half_a_turn(bearing: float, turns: float) -> None:
    y, _ = line(X, 0.0, bearing + 2 * math.pi * round(turns), 0.0, 0.0, np.empty(6))
    assert abs(y) <= math.pi + 1e-9


def test_the_second_order_of_a_wide_state_is_that_of_its_samples() -> None:
    x = np.array([1500.0, 800.0, 0.0, 0.0, 0.0, 0.0])
    p = np.zeros((6, 6))
    p[:2, :2] = [[220.0**2, 0.6 * 220 * 180], [0.6 * 220 * 180, 180.0**2]]
    h = np.empty(6)
    line(x, 0.0, 0.0, 0.0, 0.0, h)
    shift, extra = bend(x, p, 0.0, 0.0, 0.0)
    mean, var = naive.moments(x, p, 0.0, 0.0)
    assert -shift == pytest.approx(mean, abs=0.15 * abs(mean) + 1e-3)
    assert h @ p @ h + extra == pytest.approx(var, rel=0.06)
    assert abs(h @ p @ h - var) > abs(h @ p @ h + extra - var)


def test_an_elevation_has_the_slopes_of_its_differences() -> None:
    h, other = np.empty(6), np.empty(6)
    y = rise(X, 4.0, 0.3, 100.0, 50.0, 20.0, 0, h)
    for a in range(6):
        step = np.zeros(6)
        step[a] = 0.1
        up = rise(X + step, 4.0, 0.3, 100.0, 50.0, 20.0, 0, other)
        down = rise(X - step, 4.0, 0.3, 100.0, 50.0, 20.0, 0, other)
        assert h[a] == pytest.approx(-(up - down) / 0.2, abs=1e-6)  # without the Earth's drop
    assert y == pytest.approx(0.3 - math.atan2(700 - 4 - 20, math.hypot(2740.0, 2030.0)), abs=5e-4)


@pytest.mark.parametrize("n", [6, 7])
def test_the_weighed_update_is_the_mixture_of_plain_ones(n: int) -> None:
    p = covariance(200.0, 3, n)
    x = np.append(X, 0.01)[:n].copy()
    h = np.zeros(6)
    line(X, 2.0, 0.0, 0.0, 0.0, h)
    y, w = np.array([0.02, -0.05, 0.11]), np.array([0.5, 0.2, 0.1])
    mean, cov = naive.mixture(x, p, np.append(h, 0.0)[:n], 0.03**2, y, w)
    weighed_angle(x, p, h, 0.03**2, float(w.sum()), float(w @ y), float(w @ y**2))
    assert x == pytest.approx(mean, rel=1e-9)
    assert p == pytest.approx(cov, rel=1e-6, abs=1e-9)


@settings(deadline=None)
@given(st.floats(-6e3, 6e3, width=32), st.floats(1e3, 6e3), st.floats(1e3, 6e3))
def test_lines_cross_where_the_target_is(e: float, n: float, apart: float) -> None:
    a = np.array([0.0, 0.0, naive.bearing(e, n), 0.03, 0.0])
    b = np.array([apart, 0.0, naive.bearing(e - apart, n), 0.05, 20.0])
    z, cov = np.empty(4), np.empty((2, 2))
    area = crossing(a, b, z, cov)
    if abs(math.sin(a[2] - b[2])) < 0.25:
        assert area == -1.0
        return
    assert z[:2] == pytest.approx([e, n], abs=1e-5)
    assert z == pytest.approx(naive.cross(a, b), abs=1e-5)
    # the area that the two bearings share is one over the determinant of their slopes
    x = np.array([e, n, 0.0, 0.0, 0.0, 0.0])
    slope = np.stack([naive.slopes(x, 0.0, 0.0, 0.0)[:2], naive.slopes(x, 0.0, apart, 0.0)[:2]])
    assert area == pytest.approx(1.0 / abs(np.linalg.det(slope)), rel=1e-4)
    noise = np.diag([0.03**2, 0.05**2 + (20.0 / z[3]) ** 2])
    back = np.linalg.inv(slope)
    assert cov == pytest.approx(back @ noise @ back.T, rel=1e-3, abs=1e-2)


def test_lines_that_part_do_not_cross() -> None:
    z, cov = np.empty(4), np.empty((2, 2))
    a, b = np.array([0.0, 0.0, -0.5, 0.03, 0.0]), np.array([1000.0, 0.0, 0.5, 0.03, 0.0])
    assert crossing(a, b, z, cov) == -1.0


def test_bits_are_counted() -> None:
    assert [ones(np.int64(v)) for v in (0, 1, 0b1011, 2**61)] == [0, 1, 3, 1]
