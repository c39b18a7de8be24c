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
    guide, age, off_m = np.empty(1, dtype=np.int64), np.empty(1), np.empty(1)
    one = [np.array([v], dtype=np.float64) for v in (e, n, *unit)]
    find_guides(np.array([own]), *one, t, RULE, guide, age, off_m)
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
    zero = np.zeros(2)
    lay_guides(ahead, guide, age, zero + 50.0, zero, zero + 1.0, zero, 1e-6, t, np.ones(1), np.zeros(1), lag, way, end)
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
    lay_guides(100 * one, np.array([0]), 25 * one, 75 * one, 0 * one, one, 0 * one, 1e-6, t, one, 0 * one,
               lag, way, end)  # fmt: skip
    assert lag[0] == pytest.approx(250.0) and way[0, 0, 1] == pytest.approx(7500.0)


def test_a_trail_that_only_sways_is_not_followed_and_a_bend_is():
    one = np.array([1.0])
    # north, with 600 m of sway by the tenth sample, and then off to the north-east
    t = trails([(60.0 * min(i, 10) + 470.0 * max(i - 10, 0), 750.0 * i) for i in range(31)])
    ahead = np.array([150.0, 450.0])
    off = []
    for sway_m in (1e-6, 1200.0):
        way, end, lag = np.zeros((1, 2, 4)), np.zeros((1, 4)), np.zeros(1)
        lay_guides(ahead, np.array([0]), 30 * one, 50 * one, 0 * one, one, 0 * one, sway_m, t, one, 0 * one,
                   lag, way, end)  # fmt: skip
        off.append(np.hypot(way[0, :, 0], way[0, :, 1] - 50.0 * ahead))
    # 971 m off, of which two fifths are believed; later 10 km, of which nearly all is
    assert off[0] == pytest.approx([971.2, 10_000.0], rel=0.2)
    assert off[1] == pytest.approx(off[0] ** 3 / (off[0] ** 2 + 1200.0**2))


def test_before_it_sets_out_it_comes_straight_to_the_trails_start():
    way, end, lag = np.zeros((1, 3, 4)), np.zeros((1, 4)), np.zeros(1)
    one = np.array([1.0])
    ahead = np.array([0.0, 100.0, 160.0])
    lay_guides(ahead, np.array([0]), 25 * one, 50 * one, 0 * one, one, 100 * one, 1e-6, trails(bend()), one, 0 * one,
               lag, way, end)  # fmt: skip
    assert way[0, :, 1] == pytest.approx([-5000.0, 0.0, 3000.0]) and way[0, :, 0] == pytest.approx([0.0, 0.0, 0.0])
