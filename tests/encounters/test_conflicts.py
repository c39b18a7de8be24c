"""Conflicts of all with all are those of trying all."""

from __future__ import annotations

import math
import sys
from pathlib import Path

import numba
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

sys.path.insert(0, str(Path(__file__).parent.parent / "kernels"))

from naive_pruning import meets, near_matrix

from flightward.encounters import conflict_pairs
from flightward.errors import BadInput
from flightward.kernels.conflicts import conflict

F64 = NDArray[np.float64]
Found = dict[tuple[int, int], tuple[float, float]]


def brute(states: F64, lookahead_s: float, radius_m: float, half_m: float) -> Found:
    """Every pair tried, in plain order."""
    found = {}
    good = np.flatnonzero(np.isfinite(states).all(axis=1))
    for a, i in enumerate(good):
        for j in good[a + 1 :]:
            t_in, t_out = conflict(*(states[i] - states[j]), radius_m, half_m, lookahead_s)
            if t_in < t_out:
                found[int(i), int(j)] = (t_in, t_out)
    return found


def found_by_search(states: F64, *sizes: float) -> Found:
    out = conflict_pairs(states, *sizes)
    found = {
        (int(i), int(j)): (float(a), float(b))
        for i, j, a, b in zip(out.first, out.second, out.t_in_s, out.t_out_s, strict=True)
    }
    assert len(found) == len(out)  # no pair twice
    assert list(found) == sorted(found) and all(i < j for i, j in found)
    return found


def traffic(rng: np.random.Generator, n: int, side_m: float) -> F64:
    """Three in five cruise at whole thousands of feet, the others climb and descend."""
    cruise = rng.random(n) < 0.6
    u_m = np.where(cruise, (29_000 + 1_000 * rng.integers(0, 13, n)) * 0.3048, rng.uniform(1_000, 12_000, n))
    speed = np.where(cruise, rng.uniform(210, 260, n), rng.uniform(120, 220, n))
    course = rng.uniform(0, 2 * math.pi, n)
    vu = np.where(cruise, 0.0, rng.uniform(-12, 12, n))
    place = rng.uniform(-side_m / 2, side_m / 2, (2, n))
    return np.stack([*place, u_m, speed * np.sin(course), speed * np.cos(course), vu], axis=1)


def test_two_that_fly_at_each_other():
    out = conflict_pairs(np.array([[0.0, 0, 9000, 250, 0, 0], [59_260.0, 0, 9000, -250, 0, 0]]))
    assert (out.first.tolist(), out.second.tolist()) == ([0], [1])
    assert out.t_in_s[0] == 100.0 and out.t_out_s[0] == pytest.approx(68_520 / 500)


def test_in_trail_at_one_speed_and_side_by_side():
    trail = np.array([[0.0, 0, 0, 250, 0, 0], [9_259.0, 0, 0, 250, 0, 0], [18_519.0, 0, 0, 250, 0, 0],
                      [0.0, 9_260.0, 0, 250, 0, 0], [0, 0, 304.8, 250, 0, 0]])  # fmt: skip
    out = conflict_pairs(trail)
    # 0-1 a metre too near; 1-2 and 0-3 exactly 5 NM; 4 exactly 1,000 ft over 0
    assert list(zip(out.first.tolist(), out.second.tolist(), strict=True)) == [(0, 1)]
    assert (out.t_in_s[0], out.t_out_s[0]) == (0.0, 300.0)


def test_nobody_and_one_and_all_at_one_place():
    assert len(conflict_pairs(np.zeros((0, 6)))) == 0
    assert len(conflict_pairs(np.zeros((1, 6)))) == 0
    many = conflict_pairs(np.zeros((40, 6)))
    assert len(many) == 40 * 39 // 2 and set(many.t_out_s) == {300.0}


def test_more_conflicts_than_the_first_buffer_holds_are_all_there():
    assert len(conflict_pairs(np.zeros((200, 6)))) == 200 * 199 // 2


def test_a_bad_row_is_marked_and_disturbs_no_other():
    states = np.zeros((5, 6))
    states[1, 0], states[3, 5] = np.nan, np.inf
    out = conflict_pairs(states)
    assert out.status.tolist() == [0, 1, 0, 1, 0]
    assert list(zip(out.first.tolist(), out.second.tolist(), strict=True)) == [(0, 2), (0, 4), (2, 4)]


def test_only_bad_rows():
    out = conflict_pairs(np.full((3, 6), np.nan))
    assert len(out) == 0 and out.status.tolist() == [1, 1, 1]


@pytest.mark.parametrize("bad", [0.0, -1.0, np.nan, np.inf])
def test_sizes_that_are_none_are_refused(bad):
    for key in ("lookahead_s", "radius_m", "half_height_m"):
        with pytest.raises(BadInput, match=key):
            conflict_pairs(np.zeros((2, 6)), **{key: bad})
    with pytest.raises(BadInput, match="shape"):
        conflict_pairs(np.zeros((2, 5)))


@pytest.mark.parametrize(("n", "side_m", "seed"), [(150, 2e5, 1), (300, 8e5, 2), (200, 3e4, 3)])
def test_pairs_and_times_are_those_of_trying_all_to_the_last_bit(n, side_m, seed):
    states = traffic(np.random.default_rng(seed), n, side_m)
    states[::37, 4] = np.nan
    want = brute(states, 300.0, 9_260.0, 304.8)
    assert len(want) > 3
    assert found_by_search(states) == want


@pytest.mark.parametrize(("n", "side_m"), [(1_000, 1e6), pytest.param(2_000, 2e6, marks=pytest.mark.slow)])
def test_pairs_are_those_of_the_least_distance(n, side_m):
    states = traffic(np.random.default_rng(n), n, side_m)
    away = near_matrix(states, 9_260.0, 304.8, 300.0)
    assert not (np.abs(away - 9_260.0) < 1e-6).any()  # no pair so near to the border that rounding decides
    one, two = np.nonzero(np.triu(away < 9_260.0, 1))
    out = conflict_pairs(states)
    assert len(one) > 30
    assert (out.first.tolist(), out.second.tolist()) == (one.tolist(), two.tolist())


@numba.njit(error_model="numpy")
def all_tried(s, lookahead_s, radius_m, half_m):
    out = [(0, 0, 0.0, 0.0) for _ in range(0)]
    for i in range(len(s)):
        for j in range(i + 1, len(s)):
            t_in, t_out = conflict(
                s[i, 0] - s[j, 0], s[i, 1] - s[j, 1], s[i, 2] - s[j, 2], s[i, 3] - s[j, 3], s[i, 4] - s[j, 4],
                s[i, 5] - s[j, 5], radius_m, half_m, lookahead_s,
            )  # fmt: skip
            if t_in < t_out:
                out.append((i, j, t_in, t_out))
    return out


@pytest.mark.skipif(not hasattr(conflict, "signatures"), reason="plain Python takes an hour")
@pytest.mark.parametrize("n", [5_000, 10_000])
def test_thousands_are_those_of_trying_all_to_the_last_bit(n):
    rng = np.random.default_rng(n)
    states = traffic(rng, n, 1.2e6)
    states[: n // 20, 3:5] *= 2.0  # two that meet close by 900 m/s
    states[n // 10 : n // 8] = states[0] + np.array([500.0, 0, 1_000, 0, 0, 0]) * rng.integers(-40, 40, (n // 40, 1))
    out = conflict_pairs(states)
    found = list(zip(*(c.tolist() for c in (out.first, out.second, out.t_in_s, out.t_out_s)), strict=True))
    assert len(found) > 1_000 and found == all_tried(states, 300.0, 9_260.0, 304.8)


def test_fast_ones_that_cross_the_whole_map():
    rng = np.random.default_rng(8)
    states = traffic(rng, 120, 3e5)
    states[:20, 3:5] *= 20.0  # 5 km/s: 1,500 km within the lookahead
    states[20:23, :3] = 3e9, -2e8, 9_000.0  # and three at the end of the world
    want = brute(states, 300.0, 9_260.0, 304.8)
    assert len(want) > 10 and (20, 21) in want
    assert found_by_search(states) == want


place = st.sampled_from([-3e8, -40_000.0, -9_260.0, -4_630.0, 0.0, 1.0, 4_630.0, 9_259.0, 9_260.0, 18_520.0, 40_000.0])
height = st.sampled_from([0.0, 304.8, 304.7999, 609.6, 1_000.0, 9_000.0])
speed = st.sampled_from([-300.0, -40.0, -1e-9, 0.0, 1e-160, 40.0, 300.0])
rate = st.sampled_from([-10.0, 0.0, 1.0, 1e-12])
craft = st.one_of(
    st.tuples(place, place, height, speed, speed, rate),
    st.tuples(*[st.floats(-1e5, 1e5)] * 2, st.floats(0, 12_000), *[st.floats(-300, 300)] * 2, st.floats(-15, 15)),
    st.tuples(*[st.floats(allow_nan=True, allow_infinity=True)] * 6),
)


@settings(max_examples=200, deadline=None)
@given(st.lists(craft, max_size=14), st.sampled_from([1.0, 300.0, 3_600.0]))
def test_any_picture_gives_what_trying_all_gives(rows, lookahead_s):
    states = np.array(rows, np.float64).reshape(-1, 6)
    with np.errstate(over="ignore", invalid="ignore"):
        out = conflict_pairs(states, lookahead_s)
        states[out.status != 0] = np.nan
        assert found_by_search(states, lookahead_s) == brute(states, lookahead_s, 9_260.0, 304.8)


@settings(max_examples=100, deadline=None)
@given(st.lists(st.tuples(place, place, height, speed, speed, rate), min_size=2, max_size=8))
def test_no_conflict_of_exact_arithmetic_is_lost(rows):
    found = found_by_search(np.array(rows))
    for i in range(len(rows)):
        for j in range(i + 1, len(rows)):
            exact = meets(list(rows[i]), list(rows[j]), 9_260.0, 304.8, 300.0)
            if exact is None:
                t_in, t_out = found.get((i, j), (0.0, 0.0))
                assert t_out - t_in < 1e-9
            elif (i, j) not in found:  # nothing but what rounding makes of a pass that grazes
                assert exact[0] < 1e-3 or exact[1] < 1e-9
