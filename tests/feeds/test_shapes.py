"""Outlines hold the true shape, and are not much larger; the antimeridian and the poles are no special case."""

from __future__ import annotations

import math

import numpy as np
import pytest
from areakit import NMI_M, frame_at, from_place, holds, on_plane
from hypothesis import given, settings
from hypothesis import strategies as st

from flightward.feeds.declared.shapes import Arc, BadShape, Line, Through, circle, corridor, outline, polygon, tube

_lat, _lon = st.floats(-89.0, 89.0), st.floats(-180.0, 180.0)


@settings(max_examples=60, deadline=None)
@given(_lat, _lon, st.floats(10.0, 900_000.0), st.floats(0.0, 360.0), st.floats(0.0, 450_000.0))
def test_a_circle_is_held_wherever_the_case_lies_and_is_not_much_larger(
    lat: float, lon: float, radius_m: float, bearing: float, off_m: float
) -> None:
    frame = frame_at(*from_place(lat, lon, bearing, off_m))
    ring = circle(lat, lon, radius_m)
    rim = [from_place(lat, lon, b, radius_m * 0.999999) for b in np.linspace(0.3, 359.7, 97)]
    assert holds([ring], rim, frame)
    lat_d, lon_d = np.radians(ring.lat_deg), np.radians(ring.lon_deg)
    assert not holds([ring], [from_place(lat, lon, b, radius_m * 1.003 + 0.01) for b in (0.0, 5.0, 181.0)], frame)
    assert np.isfinite(lat_d).all() and (np.abs(lon_d) <= math.pi + 1e-9).all()


@pytest.mark.parametrize("lon", [0.0, 179.9, -179.95])
@pytest.mark.parametrize("is_clockwise", [True, False])
def test_an_arc_is_held_on_either_side_of_the_line(lon: float, is_clockwise: bool) -> None:
    # A sector of 40 km: out along north, round to east (or all the other way), and back to the centre.
    north, east = from_place(50.0, lon, 0.0, 40_000.0), from_place(50.0, lon, 90.0, 40_000.0)
    rings, notes = outline([Line(50.0, lon), Line(*north), Arc(50.0, lon, is_clockwise, *east)])
    bearings = np.linspace(0.5, 89.5, 60) if is_clockwise else np.linspace(90.5, 359.5, 200)
    frame = frame_at(50.0, lon)
    assert notes == set() and holds(rings, [from_place(50.0, lon, b, 39_999.9) for b in bearings], frame)
    area = on_plane(rings, frame).area
    share = 0.25 if is_clockwise else 0.75
    assert share * math.pi * 4e4**2 < area < 1.003 * share * math.pi * 4e4**2
    outside = 225.0 if is_clockwise else 45.0
    assert not holds(rings, [from_place(50.0, lon, outside, 20_000.0)], frame)


def test_an_arc_that_bends_inwards_does_not_cut_off_what_lies_in_its_chords() -> None:
    # A square with a bite of 5 km radius out of its eastern side, centred on the side's middle.
    c = (50.0, 20.0)
    south, north = from_place(*c, 180.0, 5_000.0), from_place(*c, 0.0, 5_000.0)
    at = ((0.0, 1.0), (0.0, 2e4), (180.0, 2e4), (180.0, 1.0))
    corners = [from_place(*from_place(*c, b, 10_000.0), 270.0, w) for b, w in at]
    legs = [Line(*corners[3]), Line(*south), Arc(*c, True, *north), *[Line(*p) for p in corners[:3]]]
    rings, _ = outline(legs)
    near_bite = [from_place(*c, b, 5_000.1) for b in np.linspace(181.0, 359.0, 90)]
    assert holds(rings, near_bite, frame_at(50.0, 20.2))
    assert not holds(rings, [from_place(*c, 270.0, 4_900.0)], frame_at(50.0, 20.2))


def test_an_arc_through_a_point_is_the_circle_through_three() -> None:
    c = (50.0, 20.0)
    a, m, b = (from_place(*c, x, 3_000.0) for x in (270.0, 0.0, 90.0))
    rings, _ = outline([Line(*a), Through(*m, *b)])
    frame = frame_at(50.3, 20.0)
    assert holds(rings, [from_place(*c, x, 2_999.5) for x in (-80.0, -45.0, 0.0, 45.0, 80.0)], frame)
    assert not holds(rings, [from_place(*c, 180.0, 50.0)], frame)


@settings(max_examples=40, deadline=None)
@given(
    _lat.filter(lambda v: abs(v) < 80),
    _lon,
    st.lists(st.tuples(st.floats(0, 360), st.floats(100.0, 2e5)), min_size=1, max_size=4),
    st.floats(100.0, 50_000.0),
)
def test_a_corridor_holds_all_that_is_near_its_line(
    lat: float, lon: float, steps: list[tuple[float, float]], half_m: float
) -> None:
    points = [(lat, lon)]
    for bearing, far in steps:
        points.append(from_place(*points[-1], bearing, far))
    rings = corridor(points, half_m)
    near = []
    for a, (bearing, far) in zip(points[:-1], steps, strict=True):
        for share in (0.0, 0.31, 0.77):
            at = from_place(*a, bearing, share * far)
            near += [from_place(*at, x, half_m * 0.9999) for x in range(0, 360, 30)]
    assert holds(rings, near, frame_at(lat, lon))


def test_long_edges_hold_the_parallel_and_the_geodesic_alike() -> None:
    # Along 60 N from 10 E to 30 E the geodesic runs up to 42 km north of the parallel.
    rings, _ = polygon([(60.0, 10.0), (60.0, 30.0), (58.0, 30.0), (58.0, 10.0)])
    frame = frame_at(59.0, 20.0)
    assert holds(rings, [(59.9999, v) for v in np.linspace(10.1, 29.9, 40)], frame)
    # At 20 E the geodesic stands at atan(tan 60 / cos 10) = 60.38 on a sphere.
    assert holds(rings, [(60.36, 20.0), (58.0001, 20.0)], frame)
    assert not holds(rings, [(60.6, 20.0), (57.99, 10.5)], frame)


def test_a_polygon_over_the_antimeridian_is_the_small_one() -> None:
    rings, notes = polygon([(50.0, 179.0), (50.0, -179.0), (51.0, -179.0), (51.0, 179.0)])
    frame = frame_at(50.5, 180.0)
    assert notes == set() and holds(rings, [(50.5, 179.5), (50.5, -179.5), (50.5, 180.0)], frame)
    assert not holds(rings, [(50.5, 178.5), (50.5, -178.5)], frame)
    assert on_plane(rings, frame).area == pytest.approx(2 * 71_000 * 111_300, rel=0.02)


def test_a_ring_round_the_pole_holds_the_pole() -> None:
    rings, _ = polygon([(80.0, v) for v in (-135.0, -45.0, 45.0, 135.0)])
    assert holds(rings, [(90.0, 0.0), (85.0, 170.0)], frame_at(89.0, 0.0))


def test_a_path_that_crosses_itself_is_taken_whole_and_said_so() -> None:
    rings, notes = polygon([(50.0, 20.0), (51.0, 21.0), (50.0, 21.0), (51.0, 20.0)])
    assert notes == {"crossed"} and holds(rings, [(50.5, 20.05), (50.5, 20.95)], frame_at(50.5, 20.5))


@pytest.mark.parametrize(
    ("points", "reason"),
    [
        ([(50.0, 20.0)] * 2, "corners"),
        ([(50.0, 20.0)] * 4, "corners"),
        ([(95.0, 20.0), (50, 20), (51, 20)], "position"),
        ([(0.0, 0.0), (0.0, 120.0), (0.0, -120.0)], "too_large"),
        ([(50.0, 20.0), (50.1, 20.0), (50.2, 20.0)], "flat"),
        ([(math.nan, 20.0), (50.1, 20.0), (50.2, 20.0)], "position"),
    ],
)
def test_what_is_no_area_is_refused(points: list[tuple[float, float]], reason: str) -> None:
    with pytest.raises(BadShape) as error:
        polygon(points)
    assert error.value.reason == reason


@pytest.mark.parametrize("radius_m", [0.0, -1.0, math.nan, math.inf, 4e6])
def test_a_circle_without_a_radius_is_refused(radius_m: float) -> None:
    with pytest.raises(BadShape, match="radius"):
        circle(50.0, 20.0, radius_m)


def test_an_arc_whose_ends_are_not_equally_far_is_refused() -> None:
    with pytest.raises(BadShape, match="arc"):
        outline([Line(50.0, 20.0), Line(50.5, 20.0), Arc(50.0, 20.0, True, 50.0, 21.5)])
    with pytest.raises(BadShape, match="corridor"):
        tube([Line(50.0, 20.0)], NMI_M)
