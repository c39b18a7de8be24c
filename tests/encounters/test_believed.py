"""The map from shares of draws to chances: what must hold whatever its numbers are."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from flightward.encounters import believed, by_newcomers
from flightward.encounters.believed import CAUSES, caught_map

shares = st.lists(st.floats(0.0, 1.0), min_size=2, max_size=30)


@pytest.mark.parametrize("cause", CAUSES)
@given(share=shares, t_to_s=st.floats(0.0, 3_600.0))
def test_more_draws_are_a_higher_chance_and_a_chance_is_a_chance(cause, share, t_to_s):
    p = believed(np.sort(np.array(share)), np.full(len(share), t_to_s), cause)
    assert (np.diff(p) >= 0.0).all() and (p >= 0.0).all() and (p <= 1.0).all()


@pytest.mark.parametrize("cause", CAUSES)
def test_nothing_stays_nothing_and_unknown_stays_unknown(cause):
    p = believed(np.array([0.0, np.nan, 1.0]), np.array([np.nan, 10.0, np.nan]), cause)
    assert p[0] == 0.0 and np.isnan(p[1]) and 0.9 < p[2] < 1.0


def test_the_same_by_hand():
    m = caught_map("raid")
    q = (64 * 0.25 + 0.5) / 65
    odds = np.exp(m.level + m.ahead * np.log(1.0 + 900.0 / 600.0)) * (q / (1.0 - q)) ** m.slope
    assert believed(np.array([0.25]), np.array([900.0]), "raid")[0] == pytest.approx(odds / (1.0 + odds), rel=1e-12)


@given(left_s=st.floats(0.0, 3_600.0))
def test_newcomers_come_at_a_rate(left_s):
    p = float(by_newcomers(np.array(left_s)))
    twice = float(by_newcomers(np.array(2.0 * left_s)))
    assert 1.0 - twice == pytest.approx((1.0 - p) ** 2, rel=1e-12)
    assert by_newcomers(np.array(-5.0)) == 0.0
