"""How often each test cries wolf, and how often it sees what was raised."""

from __future__ import annotations

import numpy as np
import pytest

from flightward.review.chance import Window, chance_or_aim
from flightward.review.chance.clustered import HOUR_S, World, draw

LENGTH_S = 2.0 * HOUR_S


def ask(raid: int, factor: float, n_draws: int) -> tuple[float, float, float, float, float]:
    """p of headline, Hawkes, launches and placebo; and the power that was said."""
    span_s = World().span_s
    start = np.random.default_rng([raid, 77]).uniform(0.1 * span_s, 0.9 * span_s - LENGTH_S)
    window = Window(start, start + LENGTH_S, "schedule")
    table = draw(World(), raid, window_s=(window.from_s, window.to_s), factor=factor)
    r = chance_or_aim(table, "R0", window, n_draws=n_draws, seed=raid)
    made = [np.nan if c is None else c.p for c in (r.hawkes, r.launches, r.placebo)]
    return (r.p, *made, r.power_3)


def test_a_few_raids_with_no_effect_are_rarely_called_raised_and_fivefold_mostly_is() -> None:
    plain, raised = (np.array([ask(k, f, 0)[0] for k in range(40)]) for f in (1.0, 5.0))
    assert np.sum(plain <= 0.05) <= 6  # 40 at 5 %: more than 6 has a chance of 1 in 70
    assert np.sum(raised <= 0.05) >= 20


@pytest.mark.slow
def test_400_raids_with_no_effect_are_called_raised_between_3_and_7_percent() -> None:
    p = np.array([ask(k, 1.0, 99) for k in range(400)])
    rate = np.mean(p[:, :4] <= 0.05, axis=0)
    assert 0.03 <= rate[0] <= 0.07, rate
    assert (rate[1:] <= 0.08).all(), rate


@pytest.mark.slow
def test_power_is_as_said_and_a_tripling_is_seen_about_half_of_the_time() -> None:
    p = np.array([ask(k, 3.0, 0) for k in range(400)])
    shown = np.mean(p[:, 0] <= 0.05)
    assert 0.3 <= shown <= 0.6
    assert np.nanmean(p[:, 4]) == pytest.approx(shown, abs=0.08)
