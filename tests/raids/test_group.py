"""Raid numbers: who flies with whom, and that numbers last."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from flightward.config import RaidsConfig
from flightward.raids.group import MEMORY_S, Groups


def step(groups, t_s, rows):
    """Raid numbers of rows (track, e_km, n_km, ve, vn)."""
    a = np.array(sorted(rows), dtype=np.float64).reshape(-1, 5)
    return groups.step(
        t_s, a[:, 0].astype(np.int64), a[:, 1] * 1e3, a[:, 2] * 1e3, a[:, 3].copy(), a[:, 4].copy()
    ).tolist()


@pytest.fixture
def groups():
    return Groups(RaidsConfig())


def test_near_and_alike_is_one_raid_far_or_crossing_is_another(groups):
    rows = [(1, 0, 0, 0, 50), (2, 5, 0, 0, 50), (3, 40, 0, 0, 50), (4, 1, 1, 50, 0)]
    assert step(groups, 0.0, rows) == [1, 1, 2, 3]


def test_a_chain_is_one_raid(groups):
    assert step(groups, 0.0, [(i, 10.0 * i, 0, 50, 0) for i in range(5)]) == [1] * 5


def test_no_tracks_is_no_raid(groups):
    assert step(groups, 0.0, []) == []
    assert step(groups, 1.0, [(3, 0, 0, 0, 50)]) == [1]


def test_the_larger_part_keeps_the_number_when_a_raid_splits(groups):
    near = [(i, i, 0, 0, 50) for i in range(5)]
    assert step(groups, 0.0, near) == [1] * 5
    apart = [(i, i + (60 if i < 2 else 0), 0, 0, 50) for i in range(5)]
    assert step(groups, 1.0, apart) == [2, 2, 1, 1, 1]


def test_the_larger_raid_keeps_its_number_when_two_merge_and_numbers_are_not_used_again(groups):
    assert step(groups, 0.0, [(1, 0, 0, 0, 50), (2, 40, 0, 0, 50), (3, 41, 0, 0, 50)]) == [1, 2, 2]
    assert step(groups, 1.0, [(1, 38, 0, 0, 50), (2, 40, 0, 0, 50), (3, 41, 0, 0, 50)]) == [2, 2, 2]
    assert step(groups, 2.0, [(1, 0, 0, 0, 50), (2, 40, 0, 0, 50), (3, 41, 0, 0, 50)]) == [3, 2, 2]


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
    rows = [(i, e, n, ve, vn) for i, (e, n, ve, vn) in enumerate(places)]
    got = step(Groups(RaidsConfig()), 0.0, rows)
    # naive twin: flood from every row
    colour = list(range(len(rows)))
    changed = True
    while changed:
        changed = False
        for a in rows:
            for b in rows:
                near = np.hypot(a[1] - b[1], a[2] - b[2]) <= 12.0 and np.hypot(a[3] - b[3], a[4] - b[4]) <= 15.0
                if near and colour[a[0]] != colour[b[0]]:
                    colour[a[0]] = colour[b[0]] = min(colour[a[0]], colour[b[0]])
                    changed = True
    assert [[x == y for y in got] for x in got] == [[x == y for y in colour] for x in colour]
    # numbers stand for the same drones wherever the plane's origin is
    moved = [(i, e + shift, n - shift, ve, vn) for i, e, n, ve, vn in rows]
    assert step(Groups(RaidsConfig()), 0.0, moved) == got
