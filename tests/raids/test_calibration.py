"""The last map of the cells' chances."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from flightward.raids.calibration import calibrated

P = np.linspace(0.0, 1.0, 101)


@given(st.floats(0.0, 7200.0))
def test_it_never_falls_keeps_nothing_at_nothing_and_stays_a_chance(horizon_s):
    out = calibrated(P[None], np.full((1, 101), 2.0), np.array([horizon_s]))[0]
    assert out[0] == 0.0 and (np.diff(out) >= 0.0).all() and out[-1] <= 1.0
    # a correction of some points, no other forecast
    assert np.abs(out - P).max() < 0.12


def test_now_is_not_changed_and_the_expected_number_is_a_ceiling():
    assert calibrated(P[None], np.full((1, 101), 2.0), np.zeros(1))[0] == pytest.approx(P)
    assert (calibrated(P[None], P[None], np.array([600.0])) <= P).all()
