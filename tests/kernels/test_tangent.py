"""Latitude, longitude and track into the plane of a pair."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pairkit import frozen

from flightward.kernels import tangent as kernels

MINUTE = math.pi / 180 / 60
CALM = frozen([0.0, 0.0, 0.0])


def plane(own: object, other: object, wind: np.ndarray = CALM) -> tuple[np.ndarray, np.ndarray]:
    own, other = np.asarray(own, np.float64).reshape(-1, 7), np.asarray(other, np.float64).reshape(-1, 7)
    out, status = np.empty((len(own), 12)), np.empty(len(own), np.int8)
    kernels.to_plane(frozen(own), frozen(other), wind, out, status)
    return out, status


def globe(row: tuple) -> np.ndarray:
    """Place and direction of flight as vectors in space."""
    lat, lon, _, track, *_ = row
    up = np.array([math.cos(lat) * math.cos(lon), math.cos(lat) * math.sin(lon), math.sin(lat)])
    east = np.array([-math.sin(lon), math.cos(lon), 0.0])
    north = np.cross(up, east)
    return np.array([up, east, north, math.sin(track) * east + math.cos(track) * north])


def test_one_minute_of_latitude_is_a_nautical_mile():
    got, status = plane([0.8, 0.3, 500, 0, 100, 2, 0], [0.8 + MINUTE, 0.3, 700, math.pi / 2, 50, -1, 0])
    assert status[0] == 0
    assert got[0, :6] == pytest.approx([0, 0, 500, 0, 100, 2], abs=1e-4)
    assert got[0, 6:9] == pytest.approx([0, 1852, 700], abs=1e-3)
    assert got[0, 9:] == pytest.approx([50, 0, -1], abs=1e-3)


def test_an_older_report_is_moved_on_first_and_a_newer_one_is_not_moved_back():
    own = [0, 0, 0, 0, 0, 0, 10]
    assert plane(own, [0, 0, 100, math.pi / 2, 30, 3, 4])[0][0, 6:9] == pytest.approx([180, 0, 118], abs=1e-6)
    assert plane(own, [0, 0, 100, math.pi / 2, 30, 3, 14])[0][0, 6:9] == pytest.approx([0, 0, 100], abs=1e-6)


def test_the_wind_is_taken_off_both_velocities():
    got, _ = plane([0, 0, 0, 0, 50, 0, 0], [0, MINUTE, 0, 0, 50, 0, 0], frozen([10.0, -5.0, 1.0]))
    assert got[0, [3, 4, 5, 9, 10, 11]] == pytest.approx([-10, 55, -1, -10, 55, -1], abs=1e-4)


def test_across_the_date_line_the_pair_is_near():
    got, _ = plane([0, math.pi - MINUTE, 0, 0, 0, 0, 0], [0, MINUTE - math.pi, 0, 0, 0, 0, 0])
    assert got[0, 6] == pytest.approx(2 * 1852, abs=1e-3)


def test_a_quarter_of_the_globe_away_there_is_no_plane_and_bad_rows_are_marked():
    own = np.zeros((3, 7))
    other = np.zeros((3, 7))
    other[0, 1], other[1, 4] = math.pi / 2 + 0.01, np.nan
    got, status = plane(own, other)
    assert status.tolist() == [2, 1, 0]
    assert np.isnan(got[:2]).all() and not np.isnan(got[2]).any()


lat = st.floats(-1.5, 1.5)
angle = st.floats(-math.pi, math.pi)
craft = st.tuples(lat, angle, st.floats(0, 1e4), angle, st.floats(0, 300), st.floats(-10, 10), st.just(0.0))


@settings(deadline=None)
@given(craft, st.floats(-0.005, 0.005), st.floats(-0.005, 0.005), craft)
def test_it_is_the_shadow_of_the_globe_on_the_plane(own, d_lat, d_lon, other):
    other = (own[0] + d_lat, own[1] + d_lon, *other[2:])
    got, status = plane(own, other)
    assert status[0] == 0
    _, east, north, _ = globe(own)
    place, _, _, ahead = globe(other)
    arc = other[4] * 10.0 / kernels.SPHERE_M
    moved = math.cos(arc) * place + math.sin(arc) * ahead
    assert got[0, 6:8] == pytest.approx(kernels.SPHERE_M * np.array([place @ east, place @ north]), abs=1e-5)
    velocity = kernels.SPHERE_M * (moved - place) / 10.0
    assert got[0, 9:11] == pytest.approx([velocity @ east, velocity @ north], abs=1e-5)
    assert got[0, 0] == got[0, 1] == 0.0


@pytest.mark.skipif(not hasattr(kernels.to_plane, "signatures"), reason="plain Python")
def test_one_signature():
    plane(np.zeros(7), np.zeros(7))
    assert len(kernels.to_plane.signatures) == 1
