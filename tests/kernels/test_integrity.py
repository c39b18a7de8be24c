"""Checks of self-reported positions: each on one hand case."""

from __future__ import annotations

import math

import numpy as np
import pytest

from flightward.kernels import integrity, trackstate

NAN3 = np.full(3, np.nan)


def identity(t_s: float, e_m: float, u_m: float, speed_mps: float) -> trackstate.TrackArrays:
    """One trusted identity that flies east, last believed and last heard at t_s."""
    s = trackstate.make(2, 1)
    s.state[0], s.ident[0], s.integ[0] = trackstate.CONFIRMED, 7, integrity.TRUSTED
    s.xm[0] = [e_m, 0.0, u_m, speed_mps, 0.0, 0.0]
    s.t_s[0] = t_s
    s.said[0] = [e_m, 0.0, u_m, t_s]
    s.still_s[0] = t_s
    s.true[0] = [e_m, 0.0, u_m, t_s, speed_mps, 0.0, 0.0]
    return s


def judge(s: trackstate.TrackArrays, t_s: float, e_m: float, n_m: float, u_m: float, speed_mps: float) -> bool:
    v = np.array([speed_mps, 0.0, 0.0]) if math.isfinite(speed_mps) else NAN3
    return bool(integrity.judge(s, 0, t_s, np.array([e_m, n_m, u_m]), v, 10.0, False)[0])


@pytest.mark.parametrize(
    ("u_m", "speed_mps", "wrong"),
    [
        (11_600.0, 27.0, True),
        (11_600.0, 120.0, False),
        (7_000.0, 20.0, True),
        (500.0, 0.0, False),
        (500.0, 400.0, True),
    ],
)
def test_speed_that_a_level_does_not_allow(u_m: float, speed_mps: float, wrong: bool) -> None:
    assert integrity.impossible(u_m, speed_mps, 0.0) == wrong


def test_a_report_that_flies_on_is_believed() -> None:
    s = identity(1000.0, 0.0, 3000.0, 100.0)
    assert judge(s, 1005.0, 500.0, 0.0, 3000.0, 100.0)
    assert s.integ[0] == integrity.TRUSTED


def test_a_jump_is_a_slip_then_doubtful_and_false_after_three() -> None:
    s = identity(1000.0, 0.0, 3000.0, 100.0)
    for k, verdict in ((1, integrity.TRUSTED), (2, integrity.DOUBTFUL), (3, integrity.FALSE)):
        assert not judge(s, 1000.0 + k, 0.0, 30e3, 3000.0, 100.0)
        assert s.integ[0] == verdict
    assert s.reason[0] == integrity.JUMP


def test_two_independent_contradictions_are_false_at_once() -> None:
    s = identity(1000.0, 0.0, 11_600.0, 247.0)
    assert not judge(s, 2174.0, 80e3, 250e3, 11_600.0, 27.0)
    assert s.integ[0] == integrity.FALSE
    assert s.reason[0] == integrity.IMPOSSIBLE_SPEED


def test_a_helicopter_that_stood_in_a_gap_is_believed_at_once() -> None:
    s = identity(1000.0, 0.0, 600.0, 60.0)
    s.integ[0], s.reason[0] = integrity.DOUBTFUL, integrity.STALE
    assert judge(s, 1600.0, 2_000.0, 1_000.0, 450.0, 0.0)
    assert s.integ[0] == integrity.TRUSTED


@pytest.mark.parametrize(("silent_s", "believed"), [(1_500.0, False), (3_600.0, True)])
def test_an_airliner_flies_on_in_a_gap_until_it_may_have_come_back(silent_s: float, believed: bool) -> None:
    s = identity(1000.0, 0.0, 11_000.0, 240.0)
    assert judge(s, 1000.0 + silent_s, 10e3, 0.0, 11_000.0, 240.0) == believed


def test_the_same_place_at_speed_is_frozen_but_nobody_lies() -> None:
    s = identity(1000.0, 0.0, 3000.0, 100.0)
    for k in range(1, 40):
        judge(s, 1000.0 + k, 0.0, 0.0, 3000.0, 100.0)
    assert s.integ[0] == integrity.DOUBTFUL
    assert s.reason[0] == integrity.FROZEN


def test_an_unknown_velocity_is_not_held_against_a_position() -> None:
    s = identity(1000.0, 0.0, 11_600.0, 240.0)
    assert judge(s, 1010.0, 2400.0, 0.0, 11_600.0, math.nan)


def test_one_outlier_does_not_take_the_next_good_report_along() -> None:
    s = identity(1000.0, 0.0, 3000.0, 100.0)
    assert not judge(s, 1001.0, 100.0, 20e3, 3000.0, 100.0)
    for k in range(2, 8):
        believed = judge(s, 1000.0 + k, 100.0 * k, 0.0, 3000.0, 100.0)
        assert s.integ[0] != integrity.FALSE
    assert believed


def test_a_clock_error_along_the_way_is_no_lie() -> None:
    s = identity(1000.0, 0.0, 11_000.0, 240.0)
    assert judge(s, 1010.0, 2400.0 + 9.0 * 240.0, 0.0, 11_000.0, 240.0)
    s = identity(1000.0, 0.0, 11_000.0, 240.0)
    assert not judge(s, 1010.0, 2400.0, 9.0 * 240.0, 11_000.0, 240.0)
