"""Coverage: hand cases and the horizon by a straight line over a round Earth."""

from __future__ import annotations

import math

import numpy as np
import pytest
from naive_tracks import is_above_horizon

from flightward.kernels import visibility
from flightward.kernels.visibility import RADIO_EARTH_M, SensorArrays


def radar(**figures: float) -> SensorArrays:
    """One radar at the origin."""
    values = {
        "e_m": 0.0, "n_m": 0.0, "u_m": 50.0, "min_range_m": 500.0, "max_range_m": 100e3, "min_elevation_rad": -0.5,
        "max_elevation_rad": 0.8, "scan_s": 4.0, "p_detect": 0.9, "clutter": 1e-6,
    } | figures  # fmt: skip
    arrays = {k: np.array([v]) for k, v in values.items()}
    return SensorArrays(**arrays, is_radio=np.ones(1, np.int8), is_search=np.ones(1, np.int8))


def seen(s: SensorArrays, e: float, u: float, sigma: float = 0.01, flat: int = 0) -> float:
    return visibility.in_view(s, 0, e, 0.0, u, sigma, flat)


def test_range_limits() -> None:
    assert seen(radar(), 50e3, 5000.0) == pytest.approx(1.0)
    assert seen(radar(), 101e3, 5000.0) == 0.0
    assert seen(radar(), 300.0, 50.0) == 0.0


def test_the_cone_of_silence() -> None:
    assert seen(radar(), 2000.0, 5000.0) == pytest.approx(0.0)


def test_soft_edge_is_half_at_the_limit() -> None:
    s = radar(min_elevation_rad=0.01)
    u = 50.0 + 20e3 * math.tan(0.01) + 20e3**2 / (2.0 * visibility.EARTH_M)
    assert seen(s, 20e3, u, sigma=50.0) == pytest.approx(0.5, abs=0.01)


@pytest.mark.parametrize("d_m", [20e3, 40e3, 70e3, 95e3])
def test_horizon_is_where_a_straight_line_grazes_the_round_earth(d_m: float) -> None:
    low = next(u for u in np.arange(0.0, 3000.0, 1.0) if seen(radar(), d_m, float(u)) > 0.5)
    assert is_above_horizon(d_m, low + 3.0, 50.0, RADIO_EARTH_M)
    assert low < 3.0 or not is_above_horizon(d_m, low - 3.0, 50.0, RADIO_EARTH_M)


def test_two_sensors_miss_only_together_and_a_bad_place_is_its_own() -> None:
    one = radar()
    two = SensorArrays(*(np.concatenate([a, a]) for a in one))
    e = np.array([30e3, np.nan, 500e3])
    out = np.empty(3)
    visibility.p_seen(two, np.array([1, 1], np.int8), e, np.zeros(3), np.full(3, 3000.0), 1.0, 0, out)
    assert out[0] == pytest.approx(0.99)
    assert math.isnan(out[1])
    assert out[2] == 0.0
    visibility.p_seen(two, np.array([1, 0], np.int8), e, np.zeros(3), np.full(3, 3000.0), 1.0, 0, out)
    assert out[0] == pytest.approx(0.9)
