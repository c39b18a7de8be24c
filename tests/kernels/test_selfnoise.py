"""The accuracy of own reports, learnt from surprises: hand cases, bounds, and a filter of plain numbers."""

from __future__ import annotations

import numpy as np
import pytest

from flightward.kernels import trackstate
from flightward.kernels.selfnoise import LEAST_POSITION, MOST, POSITION, VELOCITY, fitted


def slot(own_sigma_m: float = 1.0) -> trackstate.TrackArrays:
    s = trackstate.make(1, 1)
    s.mu[0] = [1.0, 0.0]
    s.noise[0] = [1.0, 1.0, 1.0, 1.0, 0.0]
    for a in range(6):
        s.p[0, 0, a, a] = own_sigma_m**2
    return s


def feed(s: trackstate.TrackArrays, surprises: np.ndarray, sigma: float, first: int = POSITION) -> np.ndarray:
    out, r = np.zeros((3, 3)), np.eye(3) * sigma**2
    for y in surprises:
        fitted(s, 0, first, y, r, True, out)
    return out


@pytest.mark.parametrize(("true", "stated"), [(7.0, 10.0), (10.0, 10.0), (15.0, 10.0)])
def test_the_true_spread_is_found(true: float, stated: float) -> None:
    y = np.random.default_rng(1).normal(size=(4_000, 3)) * np.hypot(true, 1.0)
    s = slot()
    ratios = []
    for k in range(4_000):
        feed(s, y[k : k + 1], stated)
        ratios.append(s.noise[0, :2].copy())
    assert np.mean(ratios[300:], axis=0) == pytest.approx((true / stated) ** 2, rel=0.1)


def test_no_surprise_at_all_is_not_believed() -> None:
    s = slot()
    assert feed(s, np.zeros((500, 3)), 10.0)[0, 0] == pytest.approx(LEAST_POSITION * 100.0)
    s = slot()
    assert feed(s, np.full((500, 3), 1e3), 10.0)[0, 0] == pytest.approx(MOST * 100.0)


def test_a_height_by_pressure_teaches_nothing() -> None:
    s, out = slot(), np.zeros((3, 3))
    r = np.diag([100.0, 100.0, 100.0**2])
    for _ in range(200):
        fitted(s, 0, POSITION, np.zeros(3), r, True, out)
    assert out[2, 2] == 100.0**2
    assert s.noise[0, 1] == 1.0


def test_velocity_has_its_own_ratio_and_gaps_teach_nothing() -> None:
    s = slot(0.1)
    feed(s, np.zeros((100, 3)), 2.0, VELOCITY)
    assert s.noise[0, 0] == 1.0
    assert s.noise[0, 2] < 0.3
    before, out = s.noise.copy(), np.zeros((3, 3))
    fitted(s, 0, POSITION, np.full(3, 50.0), np.eye(3), False, out)
    assert (s.noise == before).all()
