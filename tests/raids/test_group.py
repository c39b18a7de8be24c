"""Raid numbers: who flies with whom, and that numbers last."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from flightward.config import RaidsConfig
from flightward.model import RaidEvent
from flightward.raids.group import HOLD_S, MEMORY_S, Groups


def step(groups, t_s, rows):
    """Raid numbers of rows (track, e_km, n_km, ve, vn)."""
    a = np.array(sorted(rows), dtype=np.float64).reshape(-1, 5)
    return groups.step(
        t_s, a[:, 0].astype(np.int64), a[:, 1] * 1e3, a[:, 2] * 1e3, a[:, 3].copy(), a[:, 4].copy()
    ).tolist()


@pytest.fixture
def groups():
    return Groups(RaidsConfig())


@pytest.fixture
def jumping():
    """For drones that jump: without the ways that they have flown."""
    return Groups(RaidsConfig(follow_s=0.0))


def test_near_and_alike_is_one_raid_far_or_crossing_is_another(groups):
    rows = [(1, 0, 0, 0, 50), (2, 5, 0, 0, 50), (3, 40, 0, 0, 50), (4, 1, 1, 50, 0)]
    assert step(groups, 0.0, rows) == [1, 1, 2, 3]


def test_a_chain_is_one_raid(groups):
    assert step(groups, 0.0, [(i, 10.0 * i, 0, 50, 0) for i in range(5)]) == [1] * 5


def test_who_flies_where_another_flew_before_is_of_its_raid_and_another_wave(groups):
    # 25 km behind on the same way: 500 s; 8 km aside, or 35 km behind (700 s), is not the same
    assert step(groups, 0.0, [(1, 0, 0, 0, 50), (2, 3, -25, 0, 50)]) == [1, 1]
    assert groups.wave.tolist() == [0, 1]
    other = Groups(RaidsConfig())
    assert step(other, 0.0, [(1, 0, 0, 0, 50), (2, 8, -25, 0, 50), (3, 0, -35, 0, 50)]) == [1, 2, 3]


def test_a_second_wave_that_follows_round_a_bend_stays_in_the_raid(groups):
    for t in range(0, 1200, 5):
        rows = []
        for i, late_m in enumerate([0, 3000, 20_000, 23_000]):
            s = 50.0 * t - late_m  # along the way; the turn by a right angle is at s = 9 km
            before, after = min(s, 9000.0), max(s - 9000.0, 0.0)
            rows.append((i, 1e-3 * after, 1e-3 * before, *((0, 50) if s < 9000.0 else (50, 0))))
        assert step(groups, float(t), rows) == [1] * 4
        assert groups.changes == []


def test_no_tracks_is_no_raid(groups):
    assert step(groups, 0.0, []) == []
    assert step(groups, 1.0, [(3, 0, 0, 0, 50)]) == [1]


def test_the_larger_part_keeps_the_number_when_a_raid_splits_and_the_split_is_told_when_it_has_lasted(jumping):
    assert step(jumping, 0.0, [(i, i, 0, 0, 50) for i in range(5)]) == [1] * 5
    for t in (1.0, 30.0, HOLD_S):
        assert step(jumping, t, [(i, i + (60 if i < 2 else 0), 0, 0, 50) for i in range(5)]) == [1] * 5
        assert jumping.changes == []
    apart = [(i, i + (60 if i < 2 else 0), 0, 0, 50) for i in range(5)]
    assert step(jumping, HOLD_S + 1, apart) == [2, 2, 1, 1, 1]
    (change,) = jumping.changes
    assert (change.event, change.raid, change.other) == (RaidEvent.SPLIT, 1, 2)
    assert change.stay.tolist() == [2, 3, 4] and change.go.tolist() == [0, 1]
    assert step(jumping, HOLD_S + 2, apart) == [2, 2, 1, 1, 1] and jumping.changes == []


def test_a_raid_that_parts_for_less_than_a_minute_is_one(jumping):
    near, apart = ([(i, i + (gap if i < 2 else 0), 0, 0, 50) for i in range(5)] for gap in (0, 60))
    for t, rows in ((0.0, near), (1.0, apart), (55.0, apart), (58.0, near), (63.0, apart), (100.0, apart)):
        assert step(jumping, t, rows) == [1] * 5 and jumping.changes == []


def test_the_larger_raid_keeps_its_number_when_two_merge_and_numbers_are_not_used_again(jumping):
    far, met = ([(1, e, 0, 0, 50), (2, 40, 0, 0, 50), (3, 41, 0, 0, 50)] for e in (0, 38))
    for t, rows in ((0.0, far), (100.0, far), (101.0, met), (160.0, met)):
        assert step(jumping, t, rows) == [1, 2, 2] and jumping.changes == []
    assert step(jumping, 161.0, met) == [2, 2, 2]
    (change,) = jumping.changes
    assert (change.event, change.raid, change.other) == (RaidEvent.MERGE, 2, 1)
    assert change.stay.tolist() == [1, 2] and change.go.tolist() == [0]
    assert step(jumping, 170.0, far) == [2, 2, 2]
    assert step(jumping, 230.0, far) == [3, 2, 2]


def test_two_that_are_near_for_less_than_a_minute_do_not_merge(jumping):
    far, met = ([(1, e, 0, 0, 50), (2, 40, 0, 0, 50)] for e in (0, 38))
    for t, rows in ((0.0, far), (100.0, far), (101.0, met), (155.0, met), (156.0, far), (170.0, met), (220.0, met)):
        assert step(jumping, t, rows) == [1, 2] and jumping.changes == []


def test_a_track_that_is_new_beside_a_raid_is_of_it_at_once(groups):
    assert step(groups, 0.0, [(1, 0, 0, 0, 50), (2, 1, 0, 0, 50)]) == [1, 1]
    assert step(groups, 1.0, [(1, 0, 0, 0, 50), (2, 1, 0, 0, 50), (9, 3, 0, 0, 50)]) == [1, 1, 1]


def test_a_raid_younger_than_a_minute_joins_another_without_an_event(jumping):
    assert step(jumping, 0.0, [(1, 0, 0, 0, 50), (2, 1, 0, 0, 50)]) == [1, 1]
    assert step(jumping, 100.0, [(1, 0, 0, 0, 50), (2, 1, 0, 0, 50), (9, 3, 0, 40, 50)]) == [1, 1, 2]
    assert step(jumping, 110.0, [(1, 0, 0, 0, 50), (2, 1, 0, 0, 50), (9, 3, 0, 1, 50)]) == [1, 1, 1]
    assert jumping.changes == []


def test_a_number_waits_for_members_that_are_not_shown(groups):
    assert step(groups, 0.0, [(1, 0, 0, 0, 50)]) == [1]
    assert step(groups, 1.0, [(9, 99, 0, 0, 50)]) == [2]
    assert step(groups, MEMORY_S, [(1, 0, 9, 0, 50), (9, 99, 9, 0, 50)]) == [1, 2]
    assert step(groups, 2 * MEMORY_S + 1, [(9, 99, 18, 0, 50)]) == [2]
    assert step(groups, 2 * MEMORY_S + 2, [(1, 0, 18, 0, 50), (9, 99, 18, 0, 50)]) == [3, 2]


def test_a_new_track_in_the_place_of_a_lost_one_carries_its_raid_on(groups):
    assert step(groups, 0.0, [(1, 0, 0, 0, 50)]) == [1]
    assert step(groups, 20.0, []) == []
    assert step(groups, 40.0, [(7, 0.5, 2.0, 0, 50)]) == [1]


def test_a_stream_that_turns_at_a_place_stays_one_raid(groups):
    for t in range(0, 400, 5):
        rows = []
        for i in range(6):
            s = 50.0 * t - 3000.0 * i  # along the way; the turn is at s = 9 km
            before, after = min(s, 9000.0), max(s - 9000.0, 0.0)
            v = (0, 50) if s < 9000.0 else (43, 25)
            rows.append((i, 0.86e-3 * after, 1e-3 * (before + 0.5 * after), *v))
        assert step(groups, float(t), rows) == [1] * 6


@settings(max_examples=30, deadline=None)
@given(st.lists(st.tuples(*[st.integers(-60, 60)] * 4), min_size=1, max_size=30), st.integers(0, 1000))
def test_groups_are_the_components_of_the_links(places, shift):
    # limits that no whole number meets exactly
    cfg = RaidsConfig(link_m=12_001.0, link_mps=15.01, follow_s=600.5)
    rows = [(i, e, n, ve, vn) for i, (e, n, ve, vn) in enumerate(places)]
    got = step(Groups(cfg), 0.0, rows)

    def linked(a, b):
        if np.hypot(a[3] - b[3], a[4] - b[4]) > 15.01:
            return False
        way = b[3] + 1j * b[4]
        if np.hypot(a[1] - b[1], a[2] - b[2]) <= 12.001:
            return True
        # turned so that b flies along the real axis: how long ago was it there, and how far aside
        turned = ((a[1] - b[1]) + 1j * (a[2] - b[2])) * np.conj(way) / max(abs(way), 1e-9)
        return abs(way) >= 1.0 and abs(turned.imag) <= 6.0005 and 0 <= -1e3 * turned.real / abs(way) <= 600.5

    # naive twin: flood from every row
    colour = list(range(len(rows)))
    changed = True
    while changed:
        changed = False
        for a in rows:
            for b in rows:
                if (linked(a, b) or linked(b, a)) and colour[a[0]] != colour[b[0]]:
                    colour[a[0]] = colour[b[0]] = min(colour[a[0]], colour[b[0]])
                    changed = True
    assert [[x == y for y in got] for x in got] == [[x == y for y in colour] for x in colour]
    # numbers stand for the same drones wherever the plane's origin is
    moved = [(i, e + shift, n - shift, ve, vn) for i, e, n, ve, vn in rows]
    assert step(Groups(cfg), 0.0, moved) == got
