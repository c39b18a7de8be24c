"""A raid's intensity in words."""

from __future__ import annotations

import math

from flightward.wording import intensity_text

AT_S = 1_760_018_700.0  # 14:05:00 UTC
NAN = math.nan


def test_a_rise_says_how_many_times_and_since_when():
    said = intensity_text(3.2, 2.1, 4.6, AT_S, 3.1)
    assert said == "3.2 a minute (2.1 to 4.6), threefold since 14:05 UTC"
    assert intensity_text(3.2, NAN, NAN, AT_S, 2.5) == "3.2 a minute, 2.5 times as many since 14:05 UTC"


def test_a_fall_says_to_what_share():
    assert intensity_text(0.4, 0.1, 1.0, AT_S, 0.2).endswith("down to 20 % since 14:05 UTC")


def test_without_a_change_it_is_the_rate_alone_and_without_a_rate_nothing():
    assert intensity_text(1.0, 0.5, 2.0, NAN, NAN) == "1.0 a minute (0.5 to 2.0)"
    assert intensity_text(NAN, 0.5, 2.0, AT_S, 3.0) == ""


def test_it_speaks_ukrainian():
    said = intensity_text(3.2, 2.1, 4.6, AT_S, 3.0, "uk")
    assert said == "3,2 за хвилину (від 2,1 до 4,6), утричі більше з 14:05 UTC"
