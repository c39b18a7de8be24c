"""The table of rules: by probability, time and kind of hazard."""

from __future__ import annotations

import dataclasses

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from flightward.config import Config
from flightward.model import Level
from flightward.threats.levels import Levels, judge, rules
from flightward.threats.rows import LONE, RAID, ZONE

CFG = dataclasses.replace(
    Config().threats, caution_p=0.7, caution_s=1500.0, zone_caution_p=0.3, zone_caution_s=420.0, warning_p=0.5,
    warning_s=300.0, advisory_p=0.2, advisory_s=2400.0, clear_factor=0.4, hold_s=90.0,
)  # fmt: skip


def levels_of(p, t_to_s):
    return judge(np.full((1, 3), p), np.full((1, 3), t_to_s), rules(CFG))[0]


def test_what_is_two_minutes_off_is_a_caution_at_a_chance_that_is_none_when_it_is_far():
    assert levels_of(0.36, 140.0).tolist() == [Level.CAUTION, Level.CAUTION, Level.CAUTION]
    assert levels_of(0.36, 160.0).tolist() == [Level.ADVISORY, Level.ADVISORY, Level.CAUTION]
    assert levels_of(0.34, 140.0).tolist() == [Level.ADVISORY, Level.ADVISORY, Level.CAUTION]


def test_an_even_chance_is_a_caution_some_minutes_before_it_is_a_warning():
    assert levels_of(0.51, 440.0).tolist() == [Level.CAUTION] * 3
    assert levels_of(0.51, 460.0).tolist() == [Level.ADVISORY] * 3
    assert levels_of(0.49, 440.0).tolist() == [Level.ADVISORY] * 3


def test_a_zone_near_in_time_is_a_caution_sooner_than_what_can_be_seen_coming():
    assert levels_of(0.35, 400.0).tolist() == [Level.ADVISORY, Level.ADVISORY, Level.CAUTION]
    assert levels_of(0.35, 430.0)[ZONE] == Level.ADVISORY
    assert levels_of(0.25, 400.0)[ZONE] == Level.ADVISORY
    assert levels_of(0.8, 1000.0).tolist() == [Level.CAUTION] * 3
    assert levels_of(0.6, 200.0).tolist() == [Level.WARNING] * 3
    assert levels_of(np.nan, 200.0).tolist() == [Level.CLEAR] * 3
    assert levels_of(0.9, np.nan)[RAID] == Level.CLEAR


@given(
    p=st.lists(st.floats(0.0, 1.0), min_size=3, max_size=3),
    t_to_s=st.lists(st.floats(0.0, 4000.0), min_size=3, max_size=3),
)
def test_by_hand_for_any_chance_and_time(p, t_to_s):
    got = judge(np.array([p]), np.array([t_to_s]), rules(CFG))[0]
    for kind in (RAID, LONE, ZONE):
        want = Level.CLEAR
        if p[kind] >= 0.2 and t_to_s[kind] <= 2400.0:
            want = Level.ADVISORY
        if (p[kind] >= 0.7 and t_to_s[kind] <= 1500.0) or (kind == ZONE and p[kind] >= 0.3 and t_to_s[kind] <= 420.0):
            want = Level.CAUTION
        if p[kind] >= 0.5 and t_to_s[kind] <= 450.0:
            want = Level.CAUTION
        if kind != ZONE and p[kind] >= 0.35 and t_to_s[kind] <= 150.0:
            want = Level.CAUTION
        if p[kind] >= 0.5 and t_to_s[kind] <= 300.0:
            want = Level.WARNING
        assert got[kind] == want


def test_raised_in_the_same_second_and_lowered_only_after_a_while():
    levels = Levels(1, 3, CFG)
    high, low, t = np.array([[0.8, 0.0, 0.0]]), np.array([[0.05, 0.0, 0.0]]), np.full((1, 3), 900.0)
    assert levels.step(0.0, high, t)[0, RAID] == Level.CAUTION
    assert levels.step(90.0, low, t)[0, RAID] == Level.CAUTION
    assert levels.step(91.0, low, t)[0, RAID] == Level.CLEAR
    # above a share of the threshold it is kept
    levels.step(100.0, high, t)
    assert levels.step(400.0, np.array([[0.3, 0.0, 0.0]]), t)[0, RAID] == Level.CAUTION
