"""Well-clear volumes: intervals of violation."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from naive_wellclear import at, inside, interval
from pairkit import SHAPES, both, intervals, one, pairs, random_states

from flightward.kernels import wellclear
from flightward.kernels.wellclear import CYLINDER, TAU_MOD, TCPA, TEP, Volume

NONE = (math.inf, -math.inf)
DISC = Volume(TAU_MOD, 100.0, 30.0, 0.0, 0.0)


def test_head_on_at_ten_metres_a_second_is_in_from_the_near_edge_to_the_far_one():
    assert one([-1000, 0, 0], [10, 0, 0], DISC) == (90.0, 110.0)


def test_modified_tau_begins_where_range_minus_d2_over_range_is_tau_times_the_closing_speed():
    # at 200 m: (200^2 - 100^2) / (200 * 10) = 15 s
    t_in, t_out = one([-1000, 0, 0], [10, 0, 0], Volume(TAU_MOD, 100.0, 30.0, 15.0, 0.0))
    assert (t_in, t_out) == (pytest.approx(80.0, abs=1e-9), 110.0)


def test_time_to_closest_approach_and_time_to_entry_begin_tau_before_them():
    assert one([-1000, 0, 0], [10, 0, 0], Volume(TCPA, 100.0, 30.0, 15.0, 0.0)) == (85.0, 110.0)
    assert one([-1000, 0, 0], [10, 0, 0], Volume(TCPA, 100.0, 30.0, 5.0, 0.0)) == (90.0, 110.0)
    assert one([-1000, 0, 0], [10, 0, 0], Volume(TEP, 100.0, 30.0, 15.0, 0.0)) == (75.0, 110.0)


def test_the_end_is_cut_at_the_lookahead_and_the_begin_at_now():
    assert one([-1000, 0, 0], [10, 0, 0], DISC, 100.0) == (90.0, 100.0)
    assert one([-50, 0, 0], [10, 0, 0], DISC) == (0.0, 15.0)
    assert one([-1000, 0, 0], [10, 0, 0], DISC, 90.0) == NONE


def test_diverging_abeam_and_passing_wide_are_none():
    assert one([1000, 0, 0], [10, 0, 0], DISC) == NONE
    assert one([0, 101, 0], [10, 0, 0], DISC) == NONE
    assert one([-1000, 101, 0], [10, 0, 0], Volume(TAU_MOD, 100.0, 30.0, 35.0, 0.0)) == NONE


def test_a_miss_of_exactly_d_counts_with_tau_and_is_an_instant_without():
    t_in, t_out = one([-1000, 100, 0], [10, 0, 0], Volume(TAU_MOD, 100.0, 30.0, 35.0, 0.0))
    assert t_in < 100.0 and t_out == 100.0
    assert one([-1000, 100, 0], [10, 0, 0], DISC) == NONE


def test_equal_velocities_are_always_in_or_never():
    assert one([60, 80, 30], [0, 0, 0], DISC) == (0.0, 180.0)
    assert one([61, 80, 30], [0, 0, 0], DISC) == NONE
    assert one([60, 80, 30.001], [0, 0, 0], DISC) == NONE


def test_the_border_touched_now_and_left_is_none_and_entered_now_is_now():
    assert one([100, 0, 0], [10, 0, 0], DISC) == NONE
    assert one([-100, 0, 0], [10, 0, 0], DISC) == (0.0, 20.0)
    assert one([0, 0, 30], [0, 0, 1], DISC) == NONE
    assert one([0, 0, 30], [0, 0, -1], DISC) == (0.0, 60.0)


def test_a_height_that_only_touches_when_the_pair_is_there_is_none():
    # vertically in from 0 to 90, horizontally from 90
    assert one([-1000, 0, -60], [10, 0, -1 / 3], DISC) == NONE
    assert one([-1000, 0, -60], [10, 0, 1 / 3], DISC)[0] == pytest.approx(90.0)


def test_time_to_co_altitude_widens_the_entry_and_not_the_exit():
    assert one([0, 0, -100], [0, 0, 10], Volume(TAU_MOD, 100.0, 30.0, 0.0, 8.0)) == (2.0, 13.0)
    assert one([0, 0, -100], [0, 0, 10], Volume(TAU_MOD, 100.0, 30.0, 0.0, 2.0)) == (7.0, 13.0)


def test_a_vertical_speed_next_to_nothing_is_nothing():
    assert one([0, 0, 30], [0, 0, 1e-14], DISC) == (0.0, 180.0)
    assert one([0, 0, 30], [0, 0, 1e-12], DISC) == NONE
    assert one([0, 0, 0], [0, 0, 1e-12], DISC) == (0.0, 180.0)


def test_the_open_cylinder_has_no_border():
    cylinder = Volume(CYLINDER, 100.0, 30.0, 0.0, 0.0)
    assert one([-1000, 0, 0], [10, 0, 0], cylinder) == (90.0, 110.0)
    assert one([-1000, 100, 0], [10, 0, 0], cylinder) == NONE
    assert one([100, 0, 0], [0, 0, 0], cylinder) == NONE
    assert one([99, 0, 30], [0, 0, 0], cylinder) == NONE
    assert one([99, 0, 29], [0, 0, 0], cylinder) == (0.0, 180.0)
    assert one([-200, 0, 0], [-10, 0, 0], cylinder) == NONE


def test_velocities_that_differ_by_rounding_are_equal_for_the_cylinder():
    own, other = np.array([[0.0, 0, 0, 200.0, 0, 0]]), np.array([[100.0, 0, 0, 200.0 * (1 + 1e-13), 0, 0]])
    t_in, t_out, _ = intervals(both(own, other), Volume(CYLINDER, 100.0 + 1e-9, 30.0, 0.0, 0.0))
    assert (t_in[0], t_out[0]) == (0.0, 180.0)


def test_a_bad_value_marks_its_own_row_and_no_other():
    s, v = np.tile([-1000.0, 0, 0], (14, 1)), np.tile([10.0, 0, 0], (14, 1))
    p = pairs(s, v)
    columns = [np.array(c) for c in p]
    for k, column in enumerate(columns):
        column[k + 1] = np.nan if k % 2 else np.inf
        column.flags.writeable = False
    with np.errstate(invalid="ignore"):
        t_in, t_out, status = intervals(wellclear.Pairs(*columns), DISC)
    assert status.tolist() == [0, *[1] * 12, 0]
    assert np.isnan(t_in[1:13]).all() and np.isnan(t_out[1:13]).all()
    assert t_in[0] == t_in[13] == 90.0


@pytest.mark.parametrize("shape", ["tau_mod", "tcpa", "tep"])
@pytest.mark.parametrize(("d", "z", "tau", "tcoa"), [(1222.32, 137.16, 35.0, 0.0), (457.2, 137.16, 0.0, 0.0),
                                                     (1852.0, 137.16, 35.0, 20.0)])  # fmt: skip
def test_intervals_are_those_of_sampling_the_definition(shape, d, z, tau, tcoa):
    states = random_states(np.random.default_rng(7), 80, 2 * d)
    t_in, t_out, _ = intervals(pairs(states[:, :3], states[:, 3:]), Volume(SHAPES[shape], d, z, tau, tcoa))
    found = 0
    for row, start, end in zip(states, t_in, t_out, strict=True):
        s, v = row[:3].tolist(), row[3:].tolist()
        want = interval(lambda t, s=s, v=v: inside(shape, d, z, tau, tcoa, at(s, v, t), v))
        if want is None:
            assert not end - start > 0.25
        else:
            assert (start, end) == pytest.approx(want, abs=1e-6)
            found += 1
    assert 10 < found < 70


finite = st.floats(-4000, 4000).map(lambda x: round(x, 3))
speed = st.floats(-90, 90).map(lambda x: round(x, 4))
state = st.tuples(finite, finite, st.floats(-400, 400).map(lambda x: round(x, 3)), speed, speed, st.floats(-8, 8))
shape = st.sampled_from([TAU_MOD, TCPA, TEP, CYLINDER])
PHASE1 = {TAU_MOD: 35.0, TCPA: 35.0, TEP: 35.0, CYLINDER: 0.0}


def found(kind: int, row: tuple, d: float = 1222.32, z: float = 137.16) -> tuple[float, float]:
    return one(row[:3], row[3:], Volume(kind, d, z, PHASE1[kind], 0.0))


def same(a: tuple[float, float], b: tuple[float, float]) -> bool:
    """Equal, or both next to nothing: a pass that grazes the volume may go either way."""
    return a == pytest.approx(b, abs=1e-5) or max(a[1] - a[0], b[1] - b[0]) < 1e-3


@settings(deadline=None)
@given(state, shape, st.floats(0, 2 * math.pi))
def test_turning_the_map_changes_nothing(row, kind, angle):
    c, s = math.cos(angle), math.sin(angle)
    x, y, z, vx, vy, vz = row
    assert same(found(kind, row), found(kind, (c * x - s * y, s * x + c * y, z, c * vx - s * vy, s * vx + c * vy, vz)))


@settings(deadline=None)
@given(state, shape)
def test_a_mirror_and_a_swap_of_both_aircraft_change_nothing(row, kind):
    x, y, z, vx, vy, vz = row
    assert found(kind, row) == found(kind, (-x, y, z, -vx, vy, vz)) == found(kind, (x, y, -z, vx, vy, -vz))
    assert found(kind, row) == found(kind, tuple(-value for value in row))


@settings(deadline=None)
@given(state, shape, st.tuples(*[st.integers(-4096, 4096)] * 6))
def test_moving_both_changes_nothing(row, kind, shift):
    row = tuple(round(value * 64) / 64 for value in row)
    own, other = np.array([row]) + np.array([shift]), np.array([shift], np.float64)
    t_in, t_out, _ = intervals(both(own, other), Volume(kind, 1222.32, 137.16, PHASE1[kind], 0.0))
    assert (t_in[0], t_out[0]) == found(kind, row)


@settings(deadline=None)
@given(state, shape, st.floats(0, 500), st.floats(0, 100))
def test_a_larger_volume_holds_the_smaller(row, kind, wider, higher):
    small, large = found(kind, row), found(kind, row, 1222.32 + wider, 137.16 + higher)
    if small[1] - small[0] > 1e-3:
        assert large[0] <= small[0] + 1e-6 and large[1] >= small[1] - 1e-6


@settings(deadline=None)
@given(state)
def test_closest_approach_is_in_modified_tau_is_in_time_to_entry(row):
    tcpa, tau_mod, tep = (found(kind, row) for kind in (TCPA, TAU_MOD, TEP))
    for small, large in ((tcpa, tau_mod), (tau_mod, tep)):
        if small[1] - small[0] > 1e-3:
            assert large[0] <= small[0] + 1e-6 and large[1] == pytest.approx(small[1], abs=1e-6)


@settings(max_examples=50, deadline=None)
@given(st.lists(state, max_size=5))
def test_any_number_of_rows(rows):
    states = np.array(rows).reshape(-1, 6)
    t_in, t_out, status = intervals(pairs(states[:, :3], states[:, 3:]), DISC)
    assert len(t_in) == len(t_out) == len(rows) and (status == 0).all()


@pytest.mark.skipif(not hasattr(wellclear.intervals, "signatures"), reason="plain Python")
def test_one_signature():
    intervals(pairs([0, 0, 0], [1, 0, 0]), DISC)
    assert len(wellclear.intervals.signatures) == 1
