"""Editing a way: hand cases on a straight line north, 10 km long."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from flightward.simulate.ways import cut, laps, length_m, parted, turned, with_laps

WAY = np.array([[0.0, 0.0, 500.0], [0.0, 6000.0, 500.0], [0.0, 10000.0, 700.0]])


def test_a_cut_gives_head_point_and_tail_and_holds_the_ends():
    head, point, tail = cut(WAY, 7000.0)
    np.testing.assert_allclose(point, [0.0, 7000.0, 700.0])
    np.testing.assert_array_equal(np.vstack([head, tail]), WAY)
    np.testing.assert_allclose(cut(WAY, -5.0)[1][:2], [0.0, 0.0])
    np.testing.assert_allclose(cut(WAY, 99999.0)[1][:2], [0.0, 10000.0])


def test_a_turn_to_the_right_leads_east_and_keeps_the_length():
    way = turned(WAY, 7000.0, math.pi / 2.0)
    np.testing.assert_allclose(way, [*WAY[:2], [0.0, 7000.0, 700.0], [3000.0, 7000.0, 700.0]], atol=1e-9)
    assert turned(WAY, 10000.0, 1.0) is WAY


def test_a_turn_before_the_start_turns_the_whole_way_and_says_no_place_twice():
    way = turned(WAY, -4000.0, -math.pi / 2.0)
    np.testing.assert_allclose(way[:, :2], [[0.0, 0.0], [-6000.0, 0.0], [-10000.0, 0.0]], atol=1e-9)


def test_who_parts_and_comes_back_ends_where_the_way_ends():
    way = parted(WAY, 2000.0, math.pi / 4.0, 0.5)
    # back on it after half of the 8 km that were left; half-way there 2 km off at 45 degrees
    aside = 2000.0 * math.sqrt(0.5)
    np.testing.assert_allclose(way[:, :2], [[0, 0], [0, 2000], [aside, 2000 + aside], [0, 6000], [0, 10000]], atol=1e-6)
    assert parted(WAY, 10000.0, 1.0, 0.5) is WAY


@pytest.mark.parametrize("side", [1, -1])
def test_a_circle_has_its_radius_turns_to_its_side_and_is_as_long_as_asked(side):
    ring = laps(60000.0, 5000.0, 0.0, 0.3, 0.0, side, 0.0)
    np.testing.assert_allclose(np.hypot(*ring.T), 5000.0)
    assert len(ring) == 12 and length_m(ring) == pytest.approx(55000.0)
    bearing = np.unwrap(np.arctan2(ring[:, 0], ring[:, 1]))
    assert (np.sign(np.diff(bearing)) == side).all() and abs(bearing[0]) < 0.6


def test_a_racetrack_is_longer_along_its_axis_and_clockwise():
    track = laps(1e5, 3000.0, 12000.0, math.pi / 2.0, 0.0, 1, 1000.0)
    assert np.ptp(track[:, 0]) == pytest.approx(18000.0) and np.ptp(track[:, 1]) == pytest.approx(6000.0)
    x, y = track[:7].T
    assert np.sum(x[:-1] * y[1:] - x[1:] * y[:-1]) < 0.0


def test_laps_stand_between_what_was_before_and_after():
    ring = np.array([[100.0, 7000.0], [100.0, 7100.0]])
    way = with_laps(WAY, 7000.0, ring)
    np.testing.assert_allclose(way[3:5], [[100.0, 7000.0, 700.0], [100.0, 7100.0, 700.0]])
    np.testing.assert_array_equal(way[-1], WAY[-1])
    assert with_laps(WAY, -1.0, ring) is WAY and with_laps(WAY, 10000.0, ring) is WAY


@settings(max_examples=60, deadline=None)
@given(along=st.floats(-2e4, 3e4), turn=st.floats(-3.1, 3.1), back=st.floats(0.0, 1.0))
def test_every_edit_keeps_the_start_and_no_two_first_points_fall_together(along, turn, back):
    for way in (turned(WAY, along, turn), parted(WAY, along, turn, back)):
        np.testing.assert_array_equal(way[0], WAY[0])
        assert np.isfinite(way).all() and np.hypot(*(way[1, :2] - way[0, :2])) >= 0.999
    assert length_m(turned(WAY, along, turn)) == pytest.approx(10000.0, abs=2.0)
