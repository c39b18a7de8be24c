"""Legs: smoothed velocities, turns, and courses shared by those beside each other."""

from __future__ import annotations

import numpy as np
import pytest

from flightward.kernels.legs import LegRule, share_courses, smooth_legs

RULE = LegRule(20.0, 180.0, 0.2, 5.0)


def fly(courses_rad, noise=0.0):
    """Smoothed (course, age) of one drone at 50 m/s after a course each second."""
    rng = np.random.default_rng(1)
    fast, slow, age, flown = np.zeros((3, 2)), np.zeros((3, 2)), np.full(3, np.nan), np.zeros((3, 2))
    slot, dt = np.array([1]), np.array([1.0])
    for c in courses_rad:
        v = 50.0 * np.array([np.sin(c), np.cos(c)]) + rng.normal(0, noise, 2)
        smooth_legs(slot, dt, v[:1].copy(), v[1:].copy(), RULE, fast, slow, age, flown)
    assert np.isnan(age[[0, 2]]).all()
    return np.arctan2(slow[1, 0], slow[1, 1]), age[1], np.hypot(*slow[1]), *flown[1]


def test_a_steady_course_is_kept_and_ages():
    assert fly([0.3] * 100) == pytest.approx((0.3, 5.0 + 99.0, 50.0, 99.0, 0.0))


def test_noise_is_averaged_out():
    course, _, speed, *_ = fly([0.3] * 200, noise=3.0)
    assert course == pytest.approx(0.3, abs=0.02) and speed == pytest.approx(50.0, abs=1.0)


def test_after_a_turn_only_the_new_course_counts():
    course, age, _, flown_s, turns = fly([0.0] * 100 + [0.8] * 60)
    assert course == pytest.approx(0.8, abs=0.05) and age < 70.0
    # a turn is counted once, however often the mean starts anew while it lasts
    assert (flown_s, turns) == (159.0, 1.0)


def test_members_of_one_raid_on_one_leg_share_a_course_and_others_do_not():
    course = np.array([0.0, 0.1, 1.5, 0.05])
    start = np.array([0, 3, 4])
    e, n, w = np.empty(4), np.empty(4), np.empty(4)
    weight = np.array([1.0, 3.0, 1.0, 1.0])
    share_courses(start, 40.0 * np.sin(course), 40.0 * np.cos(course), weight, 4, e, n, w)
    assert np.arctan2(e, n) == pytest.approx([0.075, 0.075, 1.5, 0.05], abs=1e-3)
    assert w.tolist() == [4.0, 4.0, 1.0, 1.0]
    assert np.hypot(e, n) == pytest.approx(1.0)


def test_courses_are_shared_across_south_where_the_angle_jumps():
    course = np.array([np.pi - 0.02, -np.pi + 0.02])
    e, n, w = np.empty(2), np.empty(2), np.empty(2)
    share_courses(np.array([0, 2]), np.sin(course), np.cos(course), np.ones(2), 4, e, n, w)
    assert n == pytest.approx(-1.0, abs=1e-6) and w.tolist() == [2.0, 2.0]
