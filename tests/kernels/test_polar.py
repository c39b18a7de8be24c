"""Sensor polar coordinates: against pyproj's geocentric pipeline and numerical differentiation."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pyproj import Proj, Transformer

from flightward.kernels import polar

TO_ECEF = Transformer.from_crs(4979, 4978, always_xy=True)
CENTRE_DEG = (14.5, 32.3)
LAT0, LON0 = (math.radians(v) for v in CENTRE_DEG)


def one(rng_m: float, az: float, el: float, var: tuple[float, float, float], sensor: tuple[float, float, float]):
    x, c = np.empty((1, 3)), np.empty((1, 3, 3))
    status = np.empty(1, np.int8)
    polar.polar_to_plane(
        np.array([[rng_m, az, el]]), np.array([var]), np.array([sensor]), LAT0, LON0, x, c, status
    )
    return x[0], c[0], int(status[0])


def naive(rng_m: float, az: float, el: float, sensor: tuple[float, float, float]) -> np.ndarray:
    """The same point through pyproj alone."""
    lat, lon, h = sensor
    to_local = Transformer.from_pipeline(
        f"+proj=pipeline +step +proj=cart +ellps=WGS84 +step +proj=topocentric +ellps=WGS84 "
        f"+lat_0={math.degrees(lat)} +lon_0={math.degrees(lon)} +h_0={h}"
    )
    e = rng_m * math.cos(el) * math.sin(az)
    n = rng_m * math.cos(el) * math.cos(az)
    lon_d, lat_d, hae = to_local.transform(e, n, rng_m * math.sin(el), direction="INVERSE")
    pe, pn = Proj(proj="stere", lat_0=CENTRE_DEG[0], lon_0=CENTRE_DEG[1], ellps="WGS84", k=1)(lon_d, lat_d)
    return np.array([pe, pn, hae])


CASES = [
    (92_037.9, 0.206, 0.0035, (math.radians(14.73), math.radians(31.93), 78.0)),
    (5_000.0, 4.0, 0.6, (math.radians(15.15), math.radians(32.77), 380.6)),
    (250_000.0, 2.5, 0.02, (math.radians(12.0), math.radians(35.0), 1200.0)),
    (1_500.0, 6.28, -0.05, (math.radians(14.5), math.radians(32.3), 900.0)),
]


@pytest.mark.parametrize(("rng_m", "az", "el", "sensor"), CASES)
def test_positions_are_those_of_pyproj_to_a_millimetre(rng_m, az, el, sensor) -> None:
    x, _, status = one(rng_m, az, el, (1.0, 1e-6, 1e-6), sensor)
    assert status == 0
    np.testing.assert_allclose(x, naive(rng_m, az, el, sensor), atol=1e-3)


@pytest.mark.parametrize(("rng_m", "az", "el", "sensor"), CASES)
def test_the_covariance_is_that_of_numerical_differentiation(rng_m, az, el, sensor) -> None:
    sig = np.array([50.0, 0.004, 0.006])
    _, c, _ = one(rng_m, az, el, tuple(sig**2), sensor)
    jac = np.empty((3, 3))
    for j, step in enumerate((1.0, 1e-5, 1e-5)):
        p, m = [rng_m, az, el], [rng_m, az, el]
        p[j] += step
        m[j] -= step
        jac[:, j] = (naive(*p, sensor) - naive(*m, sensor)) / (2 * step)
    want = jac @ np.diag(sig**2) @ jac.T
    scale = np.sqrt(np.outer(np.diag(want), np.diag(want)))
    np.testing.assert_allclose(c / scale, want / scale, atol=2e-4)


@settings(max_examples=100, deadline=None)
@given(rng_m=st.floats(500, 3e5), az=st.floats(0, 6.283), el=st.floats(-0.01, 1.5))
def test_there_and_back_is_the_same_measurement(rng_m: float, az: float, el: float) -> None:
    sensor = (math.radians(15.15), math.radians(32.77), 380.6)
    x, c, _ = one(rng_m, az, el, (100.0, 1e-6, 1e-6), sensor)
    r, a, v = np.empty(1), np.empty(1), np.empty(1)
    polar.plane_to_polar(x[:1], x[1:2], x[2:], *sensor, LAT0, LON0, r, a, v)
    assert r[0] == pytest.approx(rng_m, abs=1e-3)
    assert v[0] == pytest.approx(el, abs=1e-7)
    off = (a[0] - az + math.pi) % (2 * math.pi) - math.pi
    assert off * math.cos(el) == pytest.approx(0.0, abs=1e-7)
    assert np.linalg.eigvalsh(c).min() > -1e-6


def test_a_bad_row_is_marked_and_spoils_no_other() -> None:
    good = [10_000.0, 1.0, 0.1]
    rows = np.array([good, [math.nan, 1.0, 0.1], [-5.0, 1.0, 0.1], good])
    x, c, status = np.empty((4, 3)), np.empty((4, 3, 3)), np.empty(4, np.int8)
    sensor = np.tile([LAT0, LON0, 100.0], (4, 1))
    polar.polar_to_plane(rows, np.full((4, 3), 1e-4), sensor, LAT0, LON0, x, c, status)
    assert status.tolist() == [0, 1, 1, 0]
    assert np.isnan(x[1:3]).all()
    np.testing.assert_array_equal(x[0], x[3])


def test_geodetic_is_that_of_pyproj() -> None:
    rng = np.random.default_rng(3)
    lat, lon, h = rng.uniform(-89, 89, 50), rng.uniform(-180, 180, 50), rng.uniform(-400, 20_000, 50)
    for x, y, z, la, lo, hh in zip(*TO_ECEF.transform(lon, lat, h), lat, lon, h, strict=True):
        got = polar.geodetic(x, y, z)
        assert math.degrees(got[0]) == pytest.approx(la, abs=1e-9)
        assert math.degrees(got[1]) == pytest.approx(lo, abs=1e-9)
        assert got[2] == pytest.approx(hh, abs=1e-6)
        np.testing.assert_allclose(polar.geocentric(*got), (x, y, z), atol=1e-6)


def unbiased(polar_rows: np.ndarray, sigma: tuple[float, float, float], guess: int = 0):
    m = len(polar_rows)
    x, c, j, status = np.empty((m, 3)), np.empty((m, 3, 3)), np.empty((m, 3, 3)), np.empty(m, np.int8)
    polar.unbiased_to_plane(
        polar_rows, np.tile(np.square(sigma), (m, 1)), np.full(m, guess, np.int8), np.tile([LAT0, LON0, 100.0], (m, 1)),
        LAT0, LON0, x, c, j, status,
    )  # fmt: skip
    return x, c, j, status


@pytest.mark.parametrize(
    ("rng_m", "el", "sigma", "guess"),
    [
        (100e3, 0.02, (50.0, 0.004, 0.006), 0),
        (100e3, 0.02, (20.0, 0.03, 0.03), 0),
        (5e3, 0.4, (20.0, 0.1, 0.1), 0),
        (5e3, 0.02, (20.0, 0.004, 0.3), 1),
    ],
)
def test_a_broad_measurement_is_right_on_average_and_as_sure_as_it_may_be(rng_m, el, sigma, guess) -> None:
    """Monte Carlo. The plain conversion of the second row is 90 m short and its NEES is 14 times too high."""
    rng, n = np.random.default_rng(1), 8_000
    truth = np.tile([rng_m, 1.0, el], (n, 1))
    seen = truth + rng.normal(size=(n, 3)) * sigma
    if guess:  # the elevation is then a belief: the truth scatters about it
        truth[:, 2], seen[:, 2] = seen[:, 2], el
    at, _, _, _ = unbiased(truth, (0.0, 0.0, 0.0))
    x, c, _, status = unbiased(seen, sigma, guess)
    assert not status.any()
    off = x - at
    standard_error = off.std(axis=0) / math.sqrt(n)
    assert (np.abs(off.mean(axis=0)) < 4.0 * standard_error).all()
    nees = np.einsum("mi,mij,mj->m", off, np.linalg.inv(c), off).mean() / 3.0
    assert 0.96 < nees < 1.04


@settings(max_examples=50, deadline=None)
@given(rng_m=st.floats(500, 2e5), az=st.floats(0, 6.283), el=st.floats(-0.01, 1.2))
def test_a_sharp_measurement_is_the_plain_one(rng_m: float, az: float, el: float) -> None:
    x, c, status = one(rng_m, az, el, (100.0, 1e-8, 1e-8), (LAT0, LON0, 100.0))
    y, d, j, _ = unbiased(np.array([[rng_m, az, el]]), (10.0, 1e-4, 1e-4))
    np.testing.assert_allclose(y[0], x, atol=0.01)
    np.testing.assert_allclose(d[0], c, atol=1e-3 * np.abs(c).max())
    np.testing.assert_allclose(j[0] @ np.diag([100.0, 1e-8, 1e-8]) @ j[0].T, c, atol=1e-9 * np.abs(c).max())
    assert status == 0
