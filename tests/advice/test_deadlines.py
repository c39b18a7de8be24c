"""The decide-by of a warning: from the advice of the second, told again when it moves, kept at the end."""

from __future__ import annotations

import math

import numpy as np
import pytest

from flightward.advice import Deadlines
from flightward.model import NONE, AdviceBatch, Hazard, Level, Option, WarningBatch, f64, i8, i64

T0_S = 1_760_000_000.0


def warning(t, change=1, number=5, flight=0, site=NONE):
    nan, one = f64([math.nan]), f64([T0_S])
    return WarningBatch(
        t_s=T0_S + t, warning=i64([number]), change=i8([change]), flight=i64([flight]), site=i64([site]),
        hazard=i8([Hazard.RAID]), hazard_id=i64([2]), level=i8([Level.CAUTION]), raised_s=one, first_caution_s=one,
        cleared_s=f64([T0_S + t]) if change == 3 else nan, predicted_caught_s=one, p=f64([0.6]), reason=i8([1]),
        n=i64([4]), clear_again_s=nan,
    )  # fmt: skip


def quiet(t):
    return WarningBatch.empty(t_s=T0_S + t)


def advice(t, by, option=Option.DIVERT, flight=0):
    none = np.zeros(0)
    return AdviceBatch(
        t_s=T0_S + t, flight=i64([flight, flight]), option=i8([option, Option.HOLD]), rank=i64([0, 1]),
        p_caught=f64([0.0, 0.1]), delay_s=f64([0, 0]), extra_m=f64([0, 0]), decide_by_s=f64([T0_S + by, T0_S + 9]),
        site=i64([NONE, NONE]), course_rad=f64([0, 0]), start=i64([0, 0, 0]), route_t_s=none, route_e_m=none,
        route_n_m=none, route_u_m=none,
    )  # fmt: skip


def by(batch):
    return (batch.decide_by_s - T0_S).tolist()


def test_a_warning_has_the_deadline_of_the_best_way_out_of_its_own_second():
    assert by(Deadlines().step(warning(0), advice(0, 300))) == [300.0]


def test_advice_that_stands_from_before_counts_and_old_advice_does_not():
    d = Deadlines()
    d.step(quiet(0), advice(0, 300))
    assert by(d.step(warning(20), None)) == [300.0]
    late = Deadlines()
    late.step(quiet(0), advice(0, 300))
    late.step(quiet(100), advice(100, 400, flight=1))
    assert np.isnan(late.step(warning(101), None).decide_by_s[0])


def test_a_deadline_that_moves_is_told_as_a_change_of_the_warning_and_a_small_move_is_not():
    d = Deadlines()
    assert np.isnan(d.step(warning(0), None).decide_by_s[0])
    first = d.step(quiet(1), advice(1, 300))
    assert by(first) == [300.0] and first.change.tolist() == [2] and first.warning.tolist() == [5]
    assert first.t_s == T0_S + 1
    assert len(d.step(quiet(11), advice(11, 305))) == 0
    assert by(d.step(quiet(21), advice(21, 311))) == [311.0]


def test_to_continue_needs_no_decision():
    d = Deadlines()
    d.step(warning(0), advice(0, 300))
    assert np.isnan(d.step(quiet(10), advice(10, 300, Option.CONTINUE)).decide_by_s).tolist() == [True]


def test_a_warning_that_is_over_keeps_its_last_deadline_and_is_told_no_more():
    d = Deadlines()
    d.step(warning(0), advice(0, 300))
    d.step(quiet(10), advice(10, 400))
    assert by(d.step(warning(50, change=3), None)) == [400.0]
    assert len(d.step(quiet(60), advice(60, 900))) == 0


@pytest.mark.parametrize("change", [1, 2, 3])
def test_a_site_has_none(change):
    assert np.isnan(Deadlines().step(warning(0, change, flight=NONE, site=0), advice(0, 300)).decide_by_s[0])


def test_other_columns_are_as_they_were():
    before = warning(0)
    after = Deadlines().step(before, advice(0, 300))
    assert after.warning.tolist() == before.warning.tolist() and after.p.tolist() == before.p.tolist()
