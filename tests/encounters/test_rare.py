"""The rare-event engine: hand cases, what it refuses, that runs are unbiased, and plain trials where they reach."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from flightward.encounters import (
    Diffusion,
    RareSettings,
    RareStatus,
    diffusion_chance,
    plain_chance,
    rare_chance,
    risk_ratio,
)
from flightward.errors import BadInput

QUICK = RareSettings(rel_error=0.1, runs=16, pilot=500, least=100)


def below(x):
    return 0.5 * math.erfc(-x / math.sqrt(2.0))


def beyond(beta):
    return lambda u: beta - u[:, 0]


# ---- hand cases -------------------------------------------------------------------------------------------------


def test_what_always_or_half_of_the_time_happens_needs_no_levels():
    sure = rare_chance(lambda u: np.full(len(u), -1.0), 3, seed=1, settings=QUICK)
    assert (sure.p, sure.se, sure.status) == (1.0, 0.0, RareStatus.GOOD)
    half = rare_chance(lambda u: u[:, 1], 3, seed=1, settings=QUICK)
    assert len(half.levels) == 1 and abs(half.p - 0.5) < 4 * half.se < 0.1


def test_what_cannot_happen_is_told_as_stuck_not_as_safe():
    never = rare_chance(lambda u: np.full(len(u), 2.0), 2, seed=1, settings=QUICK)
    assert never.status == RareStatus.STUCK and math.isnan(never.p) and never.below == 1.0


def test_an_event_that_most_draws_are_equally_far_from_is_found():
    # nothing is told of nine draws in ten
    got = rare_chance(lambda u: np.where(u[:, 0] < -1.2816, 3.0 - u[:, 1], 1e6), 2, seed=2, settings=QUICK)
    assert abs(got.p - 0.1 * below(-3.0)) < 3.5 * got.se < 0.5 * got.p


def test_below_the_smallest_chance_asked_for_is_a_bound():
    got = rare_chance(beyond(12.0), 1, seed=1, settings=RareSettings(runs=16, pilot=500, smallest=1e-6))
    assert got.status == RareStatus.BELOW and got.p == 0.0 and 1e-8 < got.below < 1e-6


def test_a_tail_of_seven_sigma():
    got = rare_chance(beyond(7.0), 1, seed=4)
    assert abs(got.p - below(-7.0)) < 3 * got.se < 0.2 * got.p


def test_two_ways_to_the_event_are_both_found():
    got = rare_chance(lambda u: 4.5 - np.abs(u[:, 0]), 2, seed=4)
    assert abs(got.p - 2 * below(-4.5)) < 3 * got.se


def test_a_walk_falls_to_a_line_and_one_that_is_there_already_has():
    # reflection: 2 Phi(-4)
    got = diffusion_chance(Diffusion((4.0,), 0.0, 1.0, 1.0), seed=3, settings=QUICK)
    assert abs(got.p - 2 * below(-4.0)) < 3.5 * got.se
    assert diffusion_chance(Diffusion((1.0, 0.0), 2.0, 1.0, 1.0), seed=3).p == 1.0


def test_drift_straight_at_a_ball_without_much_spread_is_nearly_sure_and_away_from_it_nearly_never():
    towards = Diffusion((1000.0, 0.0, 0.0), 100.0, 1.0, 100.0, (-20.0, 0.0, 0.0))
    assert diffusion_chance(towards, seed=1, settings=QUICK).p > 0.99
    aside = Diffusion((1000.0, 300.0, 0.0), 100.0, 1.0, 100.0, (-20.0, 0.0, 0.0))
    got = diffusion_chance(aside, seed=1, settings=RareSettings(runs=8, pilot=200, least=50, smallest=1e-9))
    assert not got.p > 1e-9


def test_the_risk_ratio_of_shifting_a_line():
    got = risk_ratio(lambda u: 1.0 - u[:, 0], lambda u: 2.0 - u[:, 0], 1, 200_000, seed=1)
    assert abs(got.ratio - below(-2.0) / below(-1.0)) < 4 * got.se
    assert got.induced == 0.0 and got.unresolved == got.ratio
    nothing = risk_ratio(lambda u: 9.0 - u[:, 0], beyond(0.0), 1, 100, seed=1)
    assert math.isnan(nothing.ratio) and nothing.after > 0.0


# ---- bad input --------------------------------------------------------------------------------------------------


def test_a_gap_that_is_nan_or_of_another_shape_is_refused():
    with pytest.raises(BadInput, match="NaN"):
        rare_chance(lambda u: np.full(len(u), np.nan), 1, seed=1)
    with pytest.raises(BadInput, match="gaps"):
        rare_chance(lambda u: u, 2, seed=1)


@pytest.mark.parametrize("bad", [{"runs": 2}, {"share": 0.9}, {"rel_error": 0.0}, {"smallest": 1.0}, {"pilot": 3}])
def test_settings_that_make_no_sense_are_refused(bad):
    with pytest.raises(BadInput, match=next(iter(bad))):
        RareSettings(**bad)


def test_other_nonsense_is_refused():
    with pytest.raises(BadInput):
        rare_chance(beyond(1.0), 0, seed=1)
    with pytest.raises(BadInput):
        plain_chance(beyond(1.0), 1, 0, seed=1)
    for start, radius, spread in (((1.0, 2.0, 3.0, 4.0), 1.0, 1.0), ((1.0, 2.0), 0.0, 1.0), ((1.0,), 0.0, 0.0)):
        with pytest.raises(BadInput):
            Diffusion(start, radius, spread, 1.0)
    with pytest.raises(BadInput):
        Diffusion((1.0,), 0.0, 1.0, math.nan)


# ---- properties -------------------------------------------------------------------------------------------------


@settings(max_examples=12, deadline=None)
@given(st.integers(0, 10_000), st.floats(0.5, 3.0), st.integers(1, 30))
def test_it_agrees_with_plain_trials_where_those_reach_in_any_dimension(seed, beta, dim):
    gap = lambda u: beta - u.sum(axis=1) / math.sqrt(u.shape[1])  # noqa: E731
    one, two = rare_chance(gap, dim, seed=seed, settings=QUICK), plain_chance(gap, dim, 20_000, seed=seed + 1)
    assert abs(one.apart(two)) < 4.5


@settings(max_examples=5, deadline=None)
@given(st.integers(0, 10_000))
def test_the_same_seed_gives_the_same_bits_and_another_seed_others(seed):
    gap = beyond(3.0)
    one, two = (rare_chance(gap, 2, seed=seed, settings=QUICK) for _ in range(2))
    assert one == two
    assert rare_chance(gap, 2, seed=seed + 1, settings=QUICK).p != one.p
    walks = [diffusion_chance(Diffusion((3.0,), 0.0, 1.0, 1.0), seed=seed, settings=QUICK).p for _ in range(2)]
    assert walks[0] == walks[1]


def test_what_is_held_at_once_does_not_change_the_answer(monkeypatch):
    from flightward.encounters import rare

    whole = rare_chance(beyond(3.0), 2, seed=5, settings=QUICK)
    monkeypatch.setattr(rare, "BIG", 1)
    assert np.array_equal(rare_chance(beyond(3.0), 2, seed=5, settings=QUICK).of_runs, whole.of_runs)


def test_the_standard_error_is_honest():
    # of 60 answers with seeds of their own, as many lie beyond two standard errors as should (5 %: 3, at most 8)
    want = below(-4.0)
    answers = [rare_chance(beyond(4.0), 2, seed=seed, settings=QUICK) for seed in range(60)]
    z = np.array([(a.p - want) / a.se for a in answers])
    assert (np.abs(z) > 2.0).sum() <= 9
    assert abs(z.mean()) < 4.0 / math.sqrt(60) and 0.7 < z.std() < 1.5


def test_splitting_has_no_bias_of_its_steps():
    # one and three dimensions are exact with any step: the mean of many answers shows a bias of 3 %
    cases = (
        (Diffusion((2.5,), 0.0, 1.0, 1.0, (0.5,)), _inverse_gaussian(2.5, -0.5)),
        (Diffusion((3.0, 0.0, 0.0), 1.0, 1.0, 1.0), math.erfc(2.0 / math.sqrt(2.0)) / 3.0),
    )
    for asked, want in cases:
        got = [diffusion_chance(asked, seed=seed, settings=QUICK) for seed in range(12)]
        mean, se = np.mean([g.p for g in got]), np.std([g.p for g in got], ddof=1) / math.sqrt(12)
        assert abs(mean - want) < 4.0 * se < 0.12 * want


def _inverse_gaussian(b, mu):
    """Chance that a walk with drift mu towards it has come b far by time 1 (Bachelier and Levy)."""
    return below(-b + mu) + math.exp(2.0 * mu * b) * below(-b - mu)


def test_a_thousand_dimensions_cost_no_more_numbers_than_allowed():
    cfg = RareSettings(runs=8, pilot=500, least=50, most_numbers=20_000_000)
    got = rare_chance(lambda u: 3.0 - u.sum(axis=1) / math.sqrt(u.shape[1]), 1000, seed=2, settings=cfg)
    assert abs(got.p - below(-3.0)) < 4.5 * got.se and got.n_calls * 1000 < 5 * cfg.most_numbers
