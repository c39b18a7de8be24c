"""Who falls silent: whether he is still on his way, and where he may be."""

from __future__ import annotations

import math

import numpy as np
import pytest

from flightward.kernels.picture import may_have_stopped
from flightward.kernels.tracklife import GAP_ODDS, GAP_S, HEARD_ODDS, silence_log_odds


def p(age_s: float, usual_s: float = 1.0) -> float:
    return 1.0 / (1.0 + math.exp(-silence_log_odds(age_s, usual_s)))


def test_who_was_just_heard_is_there() -> None:
    assert p(0.0) == pytest.approx((HEARD_ODDS + GAP_ODDS) / (HEARD_ODDS + GAP_ODDS + 1.0))


def test_a_silence_is_believed_less_the_longer_it_lasts() -> None:
    said = [p(t) for t in np.arange(0.0, 2_000.0, 5.0)]
    assert (np.diff(said) < 0.0).all()


def test_long_after_all_chance_misses_only_gaps_of_reception_are_left() -> None:
    assert p(60.0) == pytest.approx(1.0 - 1.0 / (1.0 + GAP_ODDS * math.exp(-60.0 / GAP_S)), rel=1e-6)


def test_who_speaks_seldom_may_be_silent_longer() -> None:
    assert p(20.0, 1.0) < 0.7 < 0.95 < p(20.0, 10.0)


def test_chances_by_drawing_silences() -> None:
    """Silences drawn by their cause: of those that last a minute, as many go on as is said."""
    rng = np.random.default_rng(8)
    n = 200_000
    cause = rng.choice(3, n, p=np.array([0.0, GAP_ODDS, 1.0]) / (GAP_ODDS + 1.0))
    lasts = np.where(cause == 1, rng.exponential(GAP_S, n), np.inf)
    still = lasts > 60.0
    assert p(60.0) == pytest.approx((cause[still] == 1).mean(), abs=0.01)


def test_level_flight_and_climbs_do_not_land() -> None:
    for climb in (0.0, 5.0, -0.5):
        cov = np.eye(6)
        may_have_stopped(cov, np.array([0.0, 0.0, 500.0, 60.0, 0.0, climb]), 20.0)
        assert (cov == np.eye(6)).all()


@pytest.mark.parametrize("height_m", [80.0, 400.0, 5_000.0])
def test_landings_by_drawing_their_moments(height_m: float) -> None:
    """Second moments of what a stop at a drawn moment changes, along the velocity only."""
    rng = np.random.default_rng(9)
    x, dt, n = np.array([0.0, 0.0, height_m, 50.0, -20.0, -5.0]), 20.0, 1_000_000
    left = dt - rng.exponential(max(height_m, 100.0) / 5.0, n)
    moved = np.where(left[:, None] > 0.0, np.column_stack([-left, -np.ones(n)]), 0.0)
    want = np.kron(moved.T @ moved / n, np.outer(x[3:], x[3:]))
    cov = np.zeros((6, 6))
    may_have_stopped(cov, x, dt)
    assert cov == pytest.approx(want, rel=0.03)


def test_a_landing_is_sooner_the_lower() -> None:
    sizes = []
    for height_m in (10_000.0, 2_000.0, 500.0, 100.0):
        cov = np.zeros((6, 6))
        may_have_stopped(cov, np.array([0.0, 0.0, height_m, 60.0, 0.0, -5.0]), 10.0)
        sizes.append(cov[0, 0])
    assert sizes == sorted(sizes)
    assert sizes[-1] < (60.0 * 10.0) ** 2
