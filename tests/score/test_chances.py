"""P(caught) against what was: which cases count, when one came true, and whether a bin is said to hold."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest

from flightward.score import chances
from flightward.score.caught import Caught, Path4D

T0 = 1_760_000_100.0  # a whole 5 min
SECONDS = np.arange(5401.0) + T0


def flight(air: tuple[int, int], caught_at: list[int]):
    """A flight in the air from one second to another, caught by a raid at the seconds named."""
    nothing = np.zeros(len(SECONDS), bool)
    airborne, raid = nothing.copy(), nothing.copy()
    airborne[air[0]: air[1] + 1] = True
    raid[caught_at] = True
    z = np.zeros(len(SECONDS))
    return Path4D(z, z, z, z, z, airborne), Caught(raid, nothing, nothing)


def found(air, caught_at, p):
    path, caught = flight(air, caught_at)
    t = T0 + 300.0 * np.arange(len(p))
    return chances.bins(SimpleNamespace(truth=SimpleNamespace(t_s=SECONDS)), path, caught, (t, np.array(p)))


def test_a_case_ends_with_the_flight_and_comes_true_within_the_hour():
    # asked at 0, 300 ... 5100 s; down after 4,700 s; caught at 4,000 s only
    b = found((100, 4700), [4000], [0.05] * 18)
    assert b[0].tolist() == [16.0] + [0.0] * 9  # 0 to 4,500 s
    assert b[1, 0] == pytest.approx(0.8)
    # from 400 s (3,600 s before) to 4,000 s: the cases at 600, 900 ... 3,900 s
    assert b[2, 0] == 12.0


def test_once_caught_and_free_again_the_next_catch_counts():
    # asked at 0, 300, 600, 900 and 1,200 s
    b = found((0, 5000), [100, 1000], [0.05, 0.05, 0.95, 0.15, 0.15])
    assert b[2].tolist() == [2.0, 1.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 1.0]


def test_edges_and_certainty_fall_into_their_tenths():
    b = found((0, 5000), [], [0.0, 0.1, 0.999, 1.0])
    assert b[0, 0] == 1.0 and b[0, 1] == 1.0 and b[0, 9] == 2.0 and b[2].sum() == 0.0


def test_a_flight_without_rows_or_never_up_has_no_case():
    path, caught = flight((0, 10), [])
    day = SimpleNamespace(truth=SimpleNamespace(t_s=SECONDS))
    assert chances.bins(day, path, caught, None).sum() == 0.0
    down = Path4D(*[path.e_m] * 5, np.zeros(len(SECONDS), bool))
    assert chances.bins(day, down, caught, (SECONDS[:1], np.array([0.5]))).sum() == 0.0


@pytest.mark.parametrize(("power", "holds"), [(1.0, True), (2.0, False)])
def test_what_is_said_holds_only_if_it_comes_true_as_often(power, holds):
    rng = np.random.default_rng(1)
    days = np.zeros((60, 3, 10))
    for d in range(60):
        p = rng.uniform(size=400)
        came = rng.uniform(size=400) < p**power
        which = np.minimum((p * 10).astype(int), 9)
        for row, values in enumerate((np.ones(400), p, came)):
            days[d, row] = np.bincount(which, values, 10)
    rows = chances.reliability(days, rng.integers(0, 60, size=(200, 60)))
    middle = [r for r in rows if 0.2 <= r["from"] <= 0.7]
    assert all(r["counts"] for r in middle)
    assert all(r["holds"] for r in middle) == holds
