"""Conflicts of one pair, growing discs and heights, boxes and the order of pairs."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from naive_pruning import excess, least, meets

from flightward.encounters import NearWatch, Tracked, conflict_pairs, p_quick
from flightward.kernels import boxes, candidates, conflicts

NONE = (math.inf, -math.inf)


def conflict(s: tuple, v: tuple, radius: float = 100.0, half: float = 30.0, until: float = 300.0) -> tuple:
    return conflicts.conflict(*(float(x) for x in (*s, *v)), radius, half, until)


def test_head_on_is_in_from_rim_to_rim():
    assert conflict((-1000, 0, 0), (10, 0, 0)) == (90.0, 110.0)


def test_the_end_is_cut_at_the_lookahead_and_what_begins_after_it_is_none():
    assert conflict((-1000, 0, 0), (10, 0, 0), until=100.0) == (90.0, 100.0)
    assert conflict((-1000, 0, 0), (10, 0, 0), until=90.0) == NONE


def test_who_only_touches_rim_or_lid_is_in_no_conflict():
    assert conflict((-1000, 100, 0), (10, 0, 0)) == NONE
    assert conflict((-1000, 99, 0), (10, 0, 0)) != NONE
    assert conflict((0, 0, 30), (10, 0, 0)) == NONE
    assert conflict((100, 0, 0), (0, 0, 0)) == NONE
    assert conflict((100, 0, 0), (10, 0, 0)) == NONE
    assert conflict((60, 80, 0), (6, 8, 0)) == NONE
    assert conflict((0, 0, 30), (0, 0, 1)) == NONE


def test_who_enters_now_is_in_now():
    assert conflict((-100, 0, 0), (10, 0, 0)) == (0.0, 20.0)
    assert conflict((0, 0, 30), (0, 0, -1)) == (0.0, 60.0)


def test_equal_velocities_are_in_all_the_time_or_never():
    assert conflict((60, 79, 29), (0, 0, 0)) == (0.0, 300.0)
    assert conflict((61, 80, 0), (0, 0, 0)) == NONE
    assert conflict((0, 0, 31), (0, 0, 0)) == NONE


def test_a_speed_too_small_to_be_squared_is_none_at_all():
    assert conflict((60, 0, 0), (1e-170, 0, 0)) == (0.0, 300.0)
    assert conflict((101, 0, 0), (-1e-170, 0, 0)) == NONE
    assert conflict((60, 0, 0), (1e-140, 1e-150, 0)) == (0.0, 300.0)


def test_the_height_is_left_as_the_rim_is_reached():
    assert conflict((-1000, 0, -60), (10, 0, 1)) == NONE
    assert conflict((-1000, 0, -90), (10, 0, 1)) == (90.0, 110.0)


whole = st.integers(-300, 300).map(float)
slow = st.integers(-4, 4).map(float)
relative = st.tuples(whole, whole, st.integers(-60, 60).map(float), slow, slow, st.sampled_from([0.0, 1.0, -0.5, 3.0]))
rough = st.tuples(*[st.floats(-300, 300)] * 2, st.floats(-60, 60), *[st.floats(-4, 4)] * 2, st.floats(-2, 2))


@settings(max_examples=400, deadline=None)
@given(st.one_of(relative, rough))
def test_a_conflict_is_one_in_exact_arithmetic(row):
    t_in, t_out = conflict(row[:3], row[3:], until=120.0)
    exact = meets(list(row), [0.0] * 6, 100.0, 30.0, 120.0)
    if exact is None:
        assert not t_out - t_in > 1e-9
    elif (t_in, t_out) == NONE:  # nothing but what rounding makes of a pass that grazes
        assert exact[0] < 1e-6 or exact[1] < 1e-9


@settings(max_examples=300, deadline=None)
@given(st.one_of(relative, rough))
def test_entry_and_exit_lie_on_the_border(row):
    t_in, t_out = conflict(row[:3], row[3:], until=120.0)
    if t_out - t_in < 1e-3:
        return

    def out(t: float) -> float:
        return excess(np.array(row), t, 100.0, 30.0, 0.0, 0.0)

    middle = 0.5 * (t_in + t_out)
    assert 0.0 <= t_in < t_out <= 120.0 and out(middle) < 0.0
    assert t_in == 0.0 or abs(out(t_in)) < 1e-6
    assert t_out == 120.0 or abs(out(t_out)) < 1e-6


def test_a_growing_disc_is_met_by_who_never_comes_nearer():
    # 500 m away, at rest, the disc grows by 2 m/s: 400 m to go
    assert candidates.within_disc(500.0, 0.0, 0.0, 0.0, 100.0, 2.0) == (200.0, math.inf)
    assert candidates.within_disc(500.0, 0.0, 2.0, 0.0, 100.0, 2.0) == NONE
    assert candidates.within_disc(500.0, 0.0, 1.0, 0.0, 100.0, 2.0) == (400.0, math.inf)
    assert candidates.within_disc(-500.0, 0.0, 10.0, 0.0, 100.0, 0.0) == (40.0, 60.0)
    assert candidates.within_disc(-500.0, 100.0, 10.0, 0.0, 100.0, 0.0) == (50.0, 50.0)
    assert candidates.within_disc(50.0, 0.0, 10.0, 0.0, 100.0, 0.0) == (0.0, 5.0)


def test_a_growing_height_is_met():
    assert candidates.within_height(50.0, 0.0, 30.0, 1.0) == (20.0, math.inf)
    assert candidates.within_height(50.0, -1.0, 30.0, 1.0) == (10.0, math.inf)
    assert candidates.within_height(-50.0, 2.0, 30.0, 0.0) == (10.0, 40.0)
    assert candidates.within_height(50.0, 1.0, 30.0, 1.0) == NONE
    assert candidates.within_height(5_000.0, 9.0, math.inf, 0.0) == (0.0, math.inf)


grows = st.sampled_from([0.0, 0.5, 2.0, 4.0])


@settings(max_examples=400, deadline=None)
@given(st.one_of(relative, rough), grows, grows)
def test_times_within_a_growing_cylinder_are_those_of_its_least_excess(row, growth_h, growth_v):
    in_h, out_h = candidates.within_disc(row[0], row[1], row[3], row[4], 100.0, growth_h)
    in_v, out_v = candidates.within_height(row[2], row[5], 30.0, growth_v)
    t_in, t_out = max(in_h, in_v), min(out_h, out_v, 120.0)

    def out(t: float) -> float:
        return excess(np.array(row), t, 100.0, 30.0, growth_h, growth_v)

    at, value = least(out, 0.0, 120.0)
    if value < -1e-6:
        assert t_in - 1e-6 <= at <= t_out + 1e-6
        assert t_in == 0.0 or abs(out(t_in)) < 1e-6
        assert t_out == 120.0 or abs(out(t_out)) < 1e-6
    elif value > 1e-6:
        assert not t_in <= t_out


def boxes_of(states: object, reach: object, more_h: float = 0.0, more_v: float = 0.0, until: float = 10.0) -> tuple:
    states = np.array(states, np.float64).reshape(-1, 6)
    reach = np.ascontiguousarray(np.broadcast_to(np.array(reach, np.float64), (len(states), 4)))
    box, status = np.empty((len(states), 6)), np.empty(len(states), np.int8)
    boxes.boxes(states, reach, more_h, more_v, until, box, status)
    return box, status


def test_a_box_holds_the_path_and_its_reach():
    box, status = boxes_of([0, 0, 100, 5, -5, 1], [1, 2, 0.5, 0.1], 10, 20)
    assert box[0] == pytest.approx([-11, 66, -66, 11, 78, 133]) and status[0] == boxes.GOOD


def test_a_bad_value_marks_its_own_row_and_no_other():
    states = np.tile(np.array([0.0, 0, 100, 5, -5, 1]), (9, 1))
    for k in range(6):
        states[k + 1, k] = np.nan if k % 2 else np.inf
    states[7, 0] = 1e308
    states[7, 3] = 1e308
    with np.errstate(invalid="ignore", over="ignore"):
        _, status = boxes_of(states, 0.0)
    assert status.tolist() == [0, *[1] * 7, 0]


def test_an_infinite_reach_in_height_is_good_and_an_unknown_or_negative_one_is_not():
    row = [0, 0, 100, 5, -5, 1]
    box, status = boxes_of(row, [1, np.inf, 1, 0])
    assert status[0] == 0 and box[0, 4:].tolist() == [-np.inf, np.inf]
    assert boxes_of(row, [1, 1, 1, np.inf])[1][0] == 0
    for k in range(4):
        for bad in (np.nan, -1.0):
            reach = np.ones(4)
            reach[k] = bad
            assert boxes_of(row, reach)[1][0] == boxes.NOT_FINITE


@settings(max_examples=100, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 6), st.integers(0, 9)), max_size=40))
def test_pairs_are_put_in_order(pairs):
    first, second = (np.array([p[k] for p in pairs], np.int64) for k in range(2))
    order = np.empty(len(pairs), np.int64)
    boxes.pair_order(first, second, 7, 10, order)
    assert [pairs[p] for p in order] == sorted(pairs) and sorted(order) == list(range(len(pairs)))


def test_a_small_picture_of_conflicts_is_that_of_trying_all():
    rng = np.random.default_rng(3)
    states = np.stack([*rng.uniform(-4e4, 4e4, (2, 14)), rng.uniform(0, 900, 14), *rng.normal(0, 200, (2, 14)),
                       rng.normal(0, 3, 14)], axis=1)  # fmt: skip
    states[3, 1] = np.nan
    out = conflict_pairs(states)
    pairs = list(zip(out.first.tolist(), out.second.tolist(), strict=True))
    want = [(i, j) for i in range(14) for j in range(i + 1, 14) if 3 not in (i, j)
            and conflicts.conflict(*(states[i] - states[j]), 9_260.0, 304.8, 300.0) != NONE]  # fmt: skip
    assert pairs == want and len(want) > 2


def test_a_small_watch_asks_once_and_then_keeps():
    own = np.array([[0.0, 0, 500, 50, 0, 0], [30_000, 0, 500, 0, 50, 0]])
    other = np.array([[6_000.0, 500, 500, -40, 0, 0], [0, 20_000, 500, 0, 0, 0]])
    cov = np.tile(np.diag([50.0, 50, 30, 2, 2, 1]) ** 2, (2, 1, 1))
    watch = NearWatch()
    out = watch.step(0.0, Tracked(np.array([4, 2]), own, cov), Tracked(np.array([9, 8]), other, cov))
    assert (out.flight.tolist(), out.hazard.tolist(), out.n_asked) == ([0], [0], 1)
    assert out.p[0] == p_quick(other[:1] - own[:1], 2 * cov[:1], 2_000.0, 300.0, 184.0).p[0] > 0.9
    assert watch.step(0.0, Tracked(np.array([4, 2]), own, cov), Tracked(np.array([9, 8]), other, cov)).n_asked == 0
