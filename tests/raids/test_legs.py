"""What is remembered of each drone's flight, second after second."""

from __future__ import annotations

import numpy as np
import pytest

from flightward.kernels.guides import NO_GUIDE
from flightward.raids.legs import SAMPLE_S, SAMPLES, Legs

NO_ONE = np.zeros((2, 2))
"""Velocities of drones not seen yet, of which there are none here."""


def where(s_m):
    """A way: 12 km north, then east."""
    return (max(0.0, s_m - 12_000.0), min(s_m, 12_000.0)), ((0.0, 50.0) if s_m < 12_000.0 else (50.0, 0.0))


def fly(legs, until_s, starts_s, leads=True):
    """Drones one after another along the way; slots and states of the last second."""
    for t in range(until_s):
        here = [(i, *where(50.0 * (t - s))) for i, s in enumerate(starts_s) if t >= s]
        track = np.array([i for i, *_ in here], dtype=np.int64)
        place = np.array([p for _, p, _ in here]).reshape(-1, 2)
        v = np.array([v for *_, v in here]).reshape(-1, 2)
        mask = np.full(len(here), leads)
        slot = legs.step(float(t), track, *(c.copy() for c in (*place.T, *v.T)), mask)
    return slot, place


def test_the_second_follows_the_first_round_the_bend():
    legs = Legs()
    slot, place = fly(legs, 360, [0, 150])
    ahead = legs.ahead(slot, np.array([0, 2]), place[:, 0].copy(), place[:, 1].copy(), np.full(2, 2.0), NO_ONE)
    assert ahead.guide.tolist() == [NO_GUIDE, slot[0]]
    assert (ahead.unit_e[0], ahead.unit_n[1]) == pytest.approx((1.0, 1.0))
    lag, way, end = np.zeros(2), np.zeros((2, 1, 4)), np.zeros((2, 4))
    legs.lay(ahead, np.array([100.0]), np.zeros(2), lag, way, end)
    # the last sample of the first one is up to SAMPLE_S old
    assert lag[1] == pytest.approx(150.0, abs=SAMPLE_S)
    # 4.9 km off its own leg by then: what the leader's sway may explain of it, a seventh, is not followed
    assert place[1] + way[1, 0, :2] == pytest.approx(where(50.0 * (359 - 150 + 100))[0], abs=600.0)
    assert end[1, 2:] == pytest.approx([1.0, 0.0])


def test_no_one_follows_what_is_in_no_raid():
    legs = Legs()
    slot, place = fly(legs, 360, [0, 150], leads=False)
    ahead = legs.ahead(slot, np.array([0, 2]), place[:, 0].copy(), place[:, 1].copy(), np.full(2, 2.0), NO_ONE)
    assert ahead.guide.tolist() == [NO_GUIDE, NO_GUIDE]


def test_more_members_and_longer_legs_make_the_course_surer():
    def sigma(n, until_s):
        legs = Legs()
        slot, place = fly(legs, until_s, [0] * n)
        starts = np.array([0, n])
        e, n_m = place[:, 0].copy(), place[:, 1].copy()
        return legs.ahead(slot, starts, e, n_m, np.full(n, 2.0), np.zeros((n, 2))).sigma_course_rad[0]

    assert sigma(1, 200) < sigma(1, 5) and sigma(4, 200) == pytest.approx(sigma(1, 200) / 2)


def test_rows_of_trails_that_have_run_out_are_used_again():
    legs = Legs()
    one = np.ones(1)
    for life in range(4):
        t = life * (SAMPLES + 2) * SAMPLE_S
        slot = legs.step(t, np.array([life]), one, one, one, one, np.ones(1, dtype=bool))
        assert slot.tolist() == [0]
    assert legs.step(t + 1, np.array([3, 9]), *[np.ones(2)] * 4, np.ones(2, dtype=bool)).tolist() == [0, 1]


def test_no_tracks_at_all():
    legs = Legs()
    none = np.zeros(0)
    assert len(legs.step(0.0, np.zeros(0, np.int64), none, none, none, none, np.zeros(0, dtype=bool))) == 0
    assert len(legs.ahead(np.zeros(0, np.int64), np.zeros(1, np.int64), none, none, none, np.zeros((0, 2))).guide) == 0
