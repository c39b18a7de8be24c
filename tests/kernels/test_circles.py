"""Which drones circle, seen on their trails."""

from __future__ import annotations

import numpy as np
import pytest

from flightward.kernels.circles import find_circles
from flightward.kernels.guides import Trails

WIDTH = 160


def found(e, n, slot=0):
    """What is found of a drone that was at these places, a sample each 15 s."""
    at_e, at_n = np.full((1, WIDTH), np.nan), np.full((1, WIDTH), np.nan)
    count = len(e)
    at_e[0, :count], at_n[0, :count] = e, n
    t = Trails(at_e, at_n, 15.0, count - 1, np.array([count - 1]), np.zeros(1, np.int64))
    hold = np.full((1, 5), -1.0)
    find_circles(np.array([slot]), np.array([e[-1]]), np.array([n[-1]]), t, hold)
    return hold[0]


def laps(sense, radius_m=3000.0, lap_s=450.0, seconds=700.0):
    """In from the west, then circles about (0, 0) from its western point on."""
    angle = sense * 2.0 * np.pi * np.arange(0.0, seconds, 15.0) / lap_s
    e = np.concatenate([np.arange(-12_000.0, -radius_m, 750.0), -radius_m * np.cos(angle)])
    n = np.concatenate([np.zeros(len(e) - len(angle)), radius_m * np.sin(angle)])
    return e, n


@pytest.mark.parametrize("sense", [1.0, -1.0])
def test_a_lap_is_seen_with_its_middle_and_its_sense(sense):
    e, n = laps(sense)
    hold = found(e, n)
    assert (e[-1] + hold[0], n[-1] + hold[1]) == pytest.approx((0.0, 0.0), abs=500.0)
    assert hold[2] == pytest.approx(sense * 2.0 * np.pi / 450.0, rel=0.1)
    assert np.hypot(*hold[3:]) == pytest.approx(1.0)


def test_a_bend_a_detour_and_a_straight_way_are_no_circle():
    x = np.arange(0.0, 30_000.0, 750.0)
    assert found(x, 0 * x)[2] == 0.0
    assert found(np.minimum(x, 15_000.0), np.maximum(x - 15_000.0, 0.0))[2] == 0.0
    assert found(x, 4_000.0 * np.sin(x / 3_000.0))[2] == 0.0


def test_one_without_a_trail_does_not_circle():
    assert (found(*laps(1.0), slot=-1) == 0.0).all()
