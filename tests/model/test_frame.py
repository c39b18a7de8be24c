"""The area frame: round trips and directions."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from flightward.model import AreaFrame

FRAME = AreaFrame(math.radians(51.5), math.radians(36.1))


@settings(max_examples=100, deadline=None)
@given(lat=st.floats(47.5, 55.5), lon=st.floats(30.0, 42.0), ve=st.floats(-300, 300), vn=st.floats(-300, 300))
def test_positions_and_velocities_come_back(lat: float, lon: float, ve: float, vn: float) -> None:
    la, lo = np.array([math.radians(lat)]), np.array([math.radians(lon)])
    back = FRAME.to_geodetic(*FRAME.to_plane(la, lo))
    np.testing.assert_allclose(back, (la, lo), atol=1e-11)
    pe, pn = FRAME.plane_velocity(la, lo, np.array([ve]), np.array([vn]))
    np.testing.assert_allclose(FRAME.true_velocity(la, lo, pe, pn), ([ve], [vn]), atol=1e-9)


def test_a_plane_velocity_is_the_derivative_of_the_plane_position() -> None:
    lat, lon = np.array([math.radians(53.0)]), np.array([math.radians(40.0)])
    dlon = 1e-6  # due east along the parallel, on the ellipsoid
    s = math.sin(lat[0])
    metres = 6378137.0 / math.sqrt(1 - 0.00669437999014 * s * s) * math.cos(lat[0]) * dlon
    e0, n0 = FRAME.to_plane(lat, lon)
    e1, n1 = FRAME.to_plane(lat, lon + dlon)
    ve, vn = FRAME.plane_velocity(lat, lon, np.array([metres]), np.array([0.0]))
    assert (e1 - e0)[0] == pytest.approx(ve[0], abs=1e-5)
    assert (n1 - n0)[0] == pytest.approx(vn[0], abs=1e-5)


def test_four_hundred_kilometres_out_grid_north_is_about_four_degrees_off() -> None:
    lat, lon = FRAME.to_geodetic(np.array([4e5]), np.array([0.0]))
    _, g = FRAME.scale_convergence(lat, lon)
    assert 3.5 < math.degrees(abs(g[0])) < 5.0
