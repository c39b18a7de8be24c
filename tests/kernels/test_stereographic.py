"""The area plane: against pyproj (outside truth), and properties."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pyproj import Proj

from flightward.kernels import stereographic as plane

CENTRES_DEG = [(50.0, 30.0), (14.5, 32.3), (-60.0, 170.0), (0.0, 0.0), (80.0, -179.9)]


def project(lat_rad: np.ndarray, lon_rad: np.ndarray, lat0: float, lon0: float) -> tuple[np.ndarray, np.ndarray]:
    e, n = np.empty_like(lat_rad), np.empty_like(lat_rad)
    plane.forward(lat_rad, lon_rad, lat0, lon0, e, n)
    return e, n


@pytest.mark.parametrize(("lat0", "lon0"), CENTRES_DEG)
def test_the_plane_is_that_of_pyproj_to_a_millimetre(lat0: float, lon0: float) -> None:
    rng = np.random.default_rng(1)
    e, n = rng.uniform(-5e5, 5e5, 60), rng.uniform(-5e5, 5e5, 60)
    lon, lat = Proj(proj="stere", lat_0=lat0, lon_0=lon0, ellps="WGS84", k=1)(e, n, inverse=True)
    got_e, got_n = project(np.radians(lat), np.radians(lon), math.radians(lat0), math.radians(lon0))
    np.testing.assert_allclose(got_e, e, atol=1e-3, rtol=0)
    np.testing.assert_allclose(got_n, n, atol=1e-3, rtol=0)


@pytest.mark.parametrize(("lat0", "lon0"), CENTRES_DEG)
def test_scale_and_convergence_are_those_of_pyproj(lat0: float, lon0: float) -> None:
    rng = np.random.default_rng(2)
    proj = Proj(proj="stere", lat_0=lat0, lon_0=lon0, ellps="WGS84", k=1)
    lon, lat = proj(rng.uniform(-4e5, 4e5, 40), rng.uniform(-4e5, 4e5, 40), inverse=True)
    factors = proj.get_factors(lon, lat)
    k, g = np.empty(40), np.empty(40)
    plane.scale_convergence(np.radians(lat), np.radians(lon), math.radians(lat0), math.radians(lon0), k, g)
    np.testing.assert_allclose(k, factors.meridional_scale, atol=1e-9)
    np.testing.assert_allclose(np.degrees(g), factors.meridian_convergence, atol=1e-7)


def test_a_true_course_appears_turned_by_the_convergence() -> None:
    lat0, lon0 = math.radians(50), math.radians(30)
    lat, lon = np.array([math.radians(51.5)]), np.array([math.radians(34.0)])
    k, g = np.empty(1), np.empty(1)
    plane.scale_convergence(lat, lon, lat0, lon0, k, g)
    e0, n0 = project(lat, lon, lat0, lon0)
    e1, n1 = project(lat + 1e-7, lon, lat0, lon0)  # a small step to true north
    assert math.atan2(e1[0] - e0[0], n1[0] - n0[0]) == pytest.approx(-g[0], abs=1e-6)


def test_nan_marks_its_own_row_and_no_other() -> None:
    lat, lon = np.radians([50.0, math.nan, 51.0]), np.radians([30.0, 30.0, 31.0])
    e, n = project(lat, lon, math.radians(50), math.radians(30))
    assert np.isnan(e).tolist() == [False, True, False]
    assert np.isnan(n).tolist() == [False, True, False]


@settings(max_examples=200, deadline=None)
@given(
    lat0=st.floats(-85, 85), lon0=st.floats(-180, 180), e=st.floats(-6e5, 6e5), n=st.floats(-6e5, 6e5)
)
def test_there_and_back_is_the_same_place(lat0: float, lon0: float, e: float, n: float) -> None:
    la, lo = plane.inverse_one(e, n, math.radians(lat0), math.radians(lon0))
    got = plane.forward_one(la, lo, math.radians(lat0), math.radians(lon0))
    assert got == pytest.approx((e, n), abs=1e-5)
    assert -math.pi <= lo <= math.pi


def test_latitudes_survive_the_conformal_sphere() -> None:
    for deg in (-89.999, -45.0, 0.0, 1e-9, 60.0, 89.999):
        chi = plane.conformal_latitude(math.radians(deg))
        assert math.degrees(plane.geodetic_latitude(chi)) == pytest.approx(deg, abs=1e-9)
