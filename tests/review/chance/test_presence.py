"""The table of stays, its windows, and the raids drawn to check the tests."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from flightward.errors import BadInput
from flightward.review.chance import Window, presence
from flightward.review.chance.clustered import HOUR_S, World, draw
from flightward.review.chance.windows import placebo_windows


def test_a_drone_counts_while_it_is_there_and_once() -> None:
    table = presence(
        ["a", "a", "b", "c"], [0.0, 50.0, 90.0, 10.0], [20.0, 60.0, 200.0, 15.0], ["x", "x", "x", "y"],
        watched_s=[(0.0, 300.0)],
    )  # fmt: skip
    windows = np.array([[0.0, 100.0], [60.0, 90.0], [61.0, 90.0], [100.0, 300.0]])
    assert table.counts(windows).tolist() == [[2, 1, 0, 1], [1, 0, 0, 0]]
    assert (table.mean_stay_s(0), table.mean_stay_s(1)) == (pytest.approx(140.0 / 3.0), 5.0)


def test_what_was_not_watched_is_cut_away() -> None:
    table = presence(["a", "b"], [0.0, 100.0], [60.0, 120.0], ["x", "y"], watched_s=[(50.0, 90.0), (10.0, 20.0)])
    assert np.column_stack([table.first_s, table.last_s]).tolist() == [[10.0, 20.0], [50.0, 60.0]]
    assert table.regions == ("x", "y")


@pytest.mark.parametrize(
    ("change", "key"),
    [
        ({"last_s": [5.0, -1.0]}, "last_s"),
        ({"first_s": [0.0, float("nan")]}, "first_s"),
        ({"region": ["x"]}, "presence"),
        ({"drone": ["a", "a"], "group": ["g", "h"]}, "group"),
        ({"watched_s": []}, "watched_s"),
        ({"watched_s": [(0.0, 9.0), (5.0, 10.0)]}, "watched_s"),
        ({"watched_s": [(5.0, 5.0)]}, "watched_s"),
    ],
)
def test_a_bad_table_is_refused_with_its_column(change: dict, key: str) -> None:
    good = {"drone": ["a", "b"], "first_s": [0.0, 1.0], "last_s": [5.0, 6.0], "region": ["x", "y"], "group": None}
    with pytest.raises(BadInput, match=key):
        presence(**{**good, "watched_s": [(0.0, 10.0)], **change})


def test_an_unknown_region_is_refused() -> None:
    with pytest.raises(BadInput, match="there are x"):
        presence(["a"], [0.0], [1.0], ["x"], watched_s=[(0.0, 10.0)]).number("z")


@settings(max_examples=40, deadline=None)
@given(
    st.lists(st.tuples(st.integers(0, 5), st.floats(0, 900), st.floats(0, 300), st.integers(0, 2)), max_size=20),
    st.floats(0, 900), st.floats(1, 300),
)  # fmt: skip
def test_counts_are_those_of_asking_each_drone(rows: list, from_s: float, length_s: float) -> None:
    table = presence(
        [r[0] for r in rows], [r[1] for r in rows], [r[1] + r[2] for r in rows], [r[3] for r in rows],
        watched_s=[(0.0, 1000.0)], regions=["0", "1", "2"],
    )  # fmt: skip
    to_s = from_s + length_s
    for region in range(3):
        there = {
            d
            for d, first, stay, r in rows
            if r == region and first < min(to_s, 1e9) and min(first + stay, 1000.0) >= from_s
        }
        assert table.counts(np.array([[from_s, to_s]]))[region, 0] == len(there)


def test_windows_are_laid_outwards_with_a_guard_and_stay_within_what_was_watched() -> None:
    window = Window(1000.0, 1100.0)
    got = placebo_windows(window, np.array([[750.0, 1350.0], [2000.0, 2250.0]]), 20.0)
    assert got.tolist() == [
        [780.0, 880.0],
        [880.0, 980.0],
        [1120.0, 1220.0],
        [1220.0, 1320.0],
        [2000.0, 2100.0],
        [2100.0, 2200.0],
    ]


def test_a_window_outside_what_was_watched_or_too_short_is_refused() -> None:
    with pytest.raises(BadInput, match="watched"):
        placebo_windows(Window(0.0, 100.0), np.array([[50.0, 500.0]]), 0.0)
    with pytest.raises(BadInput, match="60 s"):
        Window(0.0, 59.0)
    with pytest.raises(BadInput, match="origin"):
        Window(0.0, 100.0, "hunch")


def test_the_same_seed_draws_the_same_raid_and_another_another() -> None:
    a, b, c = draw(World(), 5), draw(World(), 5), draw(World(), 6)
    assert (a.first_s == b.first_s).all() and len(a) != len(c)


def test_drawn_raids_have_the_size_the_shares_and_the_effect_that_the_world_names() -> None:
    window = (30.0 * HOUR_S, 40.0 * HOUR_S)
    plain = [draw(World(), s) for s in range(60)]
    assert np.mean([len(t) for t in plain]) == pytest.approx(1170, rel=0.05)
    assert np.mean([np.mean(t.region == 0) for t in plain]) == pytest.approx(0.16, abs=0.01)
    raised = [draw(World(), s, window_s=window, factor=3.0) for s in range(60)]
    there = np.array([[t.counts(np.array([window]))[:2, 0] for t in kind] for kind in (plain, raised)]).sum(axis=1)
    assert there[1, 0] / there[0, 0] == pytest.approx(3.0, rel=0.1)
    assert there[1, 1] == there[0, 1]


def test_shared_waves_make_a_plain_count_scatter_far_more_than_poisson() -> None:
    windows = np.column_stack([np.arange(0, 36) * 2.0, np.arange(1, 37) * 2.0]) * HOUR_S
    counts = np.array([draw(World(), s).counts(windows)[0] for s in range(20)])
    assert (counts.var(axis=1) / counts.mean(axis=1)).mean() > 5.0


def test_a_factor_that_lowers_is_refused() -> None:
    with pytest.raises(BadInput, match="factor"):
        draw(World(), 1, factor=0.5)
