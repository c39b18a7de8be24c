"""Trails and those who follow them."""

from __future__ import annotations

import numpy as np
import pytest

from flightward.kernels.guides import NO_GUIDE, GuideRule, Trails, find_guides, lay_guides

RULE = GuideRule(6000.0, 0.25, 60.0, 0.06)
WIDTH = 40


def trails(*paths, last=100):
    """Trails of samples each 15 s, every path's last point the newest; a path is a list of (e, n)."""
    e, n = np.full((len(paths), WIDTH), np.nan), np.full((len(paths), WIDTH), np.nan)
    for j, path in enumerate(paths):
        for a, (x, y) in enumerate(reversed(path)):
            e[j, (last - a) % WIDTH], n[j, (last - a) % WIDTH] = x, y
    size = np.array([len(p) for p in paths])
    return Trails(e, n, 15.0, last, size - 1, np.zeros(len(paths), dtype=np.int64))


def bend():
    """North at 50 m/s for 15 samples, then east for 15."""
    return [(0.0, 750.0 * i) for i in range(16)] + [(750.0 * i, 11250.0) for i in range(1, 15)]


def find(t, e, n, unit=(0.0, 1.0), own=-2):
    guide, age = np.empty(1, dtype=np.int64), np.empty(1)
    one = [np.array([v], dtype=np.float64) for v in (e, n, *unit)]
    find_guides(np.array([own]), *one, t, RULE, guide, age)
    return int(guide[0]), float(age[0])


def test_one_behind_on_the_same_course_finds_the_trail():
    guide, age = find(trails(bend()), 500.0, 3000.0)
    assert guide == 0 and age == pytest.approx(29 - 4)


def test_one_that_flies_another_way_or_far_off_or_at_the_front_finds_none():
    t = trails(bend())
    assert find(t, 500.0, 3000.0, unit=(1.0, 0.0))[0] == NO_GUIDE
    assert find(t, -7000.0, 3000.0)[0] == NO_GUIDE
    assert find(t, 11000.0, 11250.0, unit=(1.0, 0.0))[0] == NO_GUIDE


def test_no_one_follows_its_own_trail():
    assert find(trails(bend()), 0.0, 3000.0, own=0)[0] == NO_GUIDE


def test_the_trail_that_goes_farthest_leads():
    longer = [(0.0, 750.0 * i) for i in range(35)]
    assert find(trails(bend()[:12], longer), 0.0, 3000.0)[0] == 1


def test_a_guide_leads_round_the_bend_and_then_on():
    t = trails(bend())
    ahead = np.array([0.0, 60.0, 165.0, 225.0, 900.0])
    guide, age = np.array([0, NO_GUIDE]), np.array([25.0, 0.0])
    lag, way, end = np.full(2, -1.0), np.full((2, 5, 4), -1.0), np.full((2, 4), -1.0)
    lay_guides(ahead, guide, age, np.array([50.0, 50.0]), t, np.array([1.0]), np.array([0.0]), lag, way, end)
    assert lag[0] == pytest.approx(25 * 15.0)
    assert way[0, :, :2] == pytest.approx(
        np.array([[0, 0], [0, 3000], [0, 8250], [3000, 8250], [10500, 8250]], dtype=float)
    )
    assert way[0, 1, 2:] == pytest.approx([0.0, 1.0]) and way[0, 3, 2:] == pytest.approx([1.0, 0.0])
    assert end[0] == pytest.approx([10500.0, 8250.0, 1.0, 0.0])
    # the row without a guide is left alone
    assert lag[1] == -1.0 and (way[1] == -1.0).all() and (end[1] == -1.0).all()


def test_a_faster_drone_is_at_the_end_of_the_trail_sooner():
    lag, way, end = np.zeros(1), np.zeros((1, 1, 4)), np.zeros((1, 4))
    one = np.array([1.0])
    t = trails(bend())
    lay_guides(100 * one, np.array([0]), 25 * one, 75 * one, t, one, 0 * one, lag, way, end)
    assert lag[0] == pytest.approx(250.0) and way[0, 0, 1] == pytest.approx(7500.0)
