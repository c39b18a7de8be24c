"""The chance of coming near: hand cases, bad rows, properties, trials, published answers."""

from __future__ import annotations

import json
import math
import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

sys.path.insert(0, str(Path(__file__).parent.parent / "kernels"))

import naive_near

from flightward.encounters import (
    ChanceStatus,
    UncertainPairs,
    encounter_plane,
    entries_per_hour,
    mean_relative_speed,
    p_bound,
    p_nmac,
    p_short_encounter,
    p_strip,
    p_well_clear_lost,
    p_within_cylinder,
    p_within_sphere,
)
from flightward.errors import BadInput

NM_M = 1852.0


def phi(x):
    return 0.5 * math.erfc(-x / math.sqrt(2.0))


def straight(state, sigmas):
    return UncertainPairs.of_relative(np.array([state], dtype=float), np.diag(np.square(np.array(sigmas, dtype=float))))


def random_pair(seed, slow=False, turning=False, tied=True, tangled=True):
    """Own, its covariance, other, its covariance, cross covariance, turn rates: a pair that may well meet."""
    rng = np.random.default_rng(seed)

    def covariance():
        root = rng.normal(size=(6, 6)) * (np.array([60, 60, 25, 2, 2, 0.5])[:, None] / 2.0)
        if not tangled:
            root[np.ix_([2, 5], [0, 1, 3, 4])] = root[np.ix_([0, 1, 3, 4], [2, 5])] = 0.0
        return root @ root.T

    scale = 0.1 if slow else 1.0
    courses, speeds = rng.uniform(0, 2 * np.pi, 2), rng.uniform(20, 90, 2) * scale
    own = np.concatenate([rng.normal(0, 100, 3), speeds[0] * np.array([np.sin(courses[0]), np.cos(courses[0])]), [1.0]])
    velocity = np.append(speeds[1] * np.array([np.sin(courses[1]), np.cos(courses[1])]), -1.0)
    meet_s = rng.uniform(5, 50)
    place = own[:3] - (velocity - own[3:]) * meet_s + rng.normal(0, [150, 150, 40])
    own_cov, other_cov = covariance(), covariance()
    cross = np.zeros((6, 6))
    if tied:  # a bias of the sensor that sees both: it cancels in the difference
        bias = np.outer([40, -30, 10, 0, 0, 0], [40, -30, 10, 0, 0, 0])
        own_cov, other_cov, cross = own_cov + bias, other_cov + bias, bias
    turns = tuple(np.radians(rng.choice([-1, 1], 2) * rng.uniform(1, 5, 2))) if turning else (0.0, 0.0)
    return own, own_cov, np.concatenate([place, velocity]), other_cov, cross, turns


def asked(own, own_cov, other, other_cov, cross, turns):
    return UncertainPairs.of(
        own[None], own_cov, other[None], other_cov, cross=cross, own_turn_radps=np.array([turns[0]]),
        other_turn_radps=np.array([turns[1]]),
    )  # fmt: skip


# ---- hand cases -------------------------------------------------------------------------------------------------


def test_a_pass_with_errors_that_do_not_grow_is_the_strip_of_paielli_and_erzberger():
    # 1000 m miss, 800 m sigma across, 600 m radius, height without limit, flown from far before to far behind
    pairs = straight([-50_000, 1000, 0, 100, 0, 0], [800, 800, 50, 0, 0, 0])
    got = p_within_cylinder(pairs, 600.0, math.inf, 1000.0, tolerance=1e-8)
    assert got.p[0] == pytest.approx(phi(-400 / 800) - phi(-1600 / 800), rel=1e-6)
    assert got.p[0] == pytest.approx(p_strip(1000.0, 800.0, 600.0)[0], rel=1e-6)
    assert got.status[0] == ChanceStatus.GOOD and got.p_err[0] < 1e-7


def test_climbing_through_the_level_of_a_pair_that_stays_abeam_is_a_matter_of_height_alone():
    # always within the radius; 300 m below and climbing 2 m/s for 120 s: within 60 m at last if the error is above 0
    pairs = straight([10, 0, -300, 0, 0, 2], [1, 1, 40, 0, 0, 0])
    got = p_within_cylinder(pairs, 500.0, 60.0, 120.0, tolerance=1e-8)
    # it ends at -60 on the mean: it was in if the error at 0 is in [0, ...) and not above: -300 + x <= 60
    assert got.p[0] == pytest.approx(0.5, rel=1e-6)
    assert got.p_now[0] == pytest.approx(phi(-6.0), rel=1e-6)


def test_without_lookahead_the_chance_is_that_of_being_there_now():
    pairs = straight([300, 0, 0, 5, 0, 0], [200, 200, 200, 1, 1, 1])
    got = p_within_sphere(pairs, 400.0, 0.0)
    # noncentral chi-square with three degrees of freedom, (400 / 200)^2, noncentrality (300 / 200)^2
    from scipy.stats import ncx2

    assert got.p[0] == pytest.approx(ncx2.cdf(4.0, 3, 2.25), rel=1e-8)
    assert got.p_now[0] == got.p[0]


def test_what_is_known_for_certain_happens_or_does_not():
    sure = [0.0] * 6
    assert p_nmac(straight([-5000, 100, 10, 100, 0, 0], sure)).p[0] == pytest.approx(1.0, abs=1e-6)
    assert p_nmac(straight([-5000, 200, 10, 100, 0, 0], sure)).p[0] == pytest.approx(0.0, abs=1e-6)
    assert p_nmac(straight([-5000, 100, 40, 100, 0, 0], sure)).p[0] == pytest.approx(0.0, abs=1e-6)
    # in reach only after the lookahead
    assert p_nmac(straight([-50_000, 100, 10, 100, 0, 0], sure), 180.0).p[0] == pytest.approx(0.0, abs=1e-6)


def test_who_only_touches_what_is_known_for_certain_is_not_within():
    sure = [0.0] * 6
    for state, p in (
        ([-5000, 152.4, 0, 100, 0, 0], 0.0), ([-5000, 152.3, 0, 100, 0, 0], 1.0), ([-5000, 0, 30.48, 100, 0, 0], 0.0),
        ([-5000, 0, -100, 100, 0, 1.5], 1.0), ([-5000, 0, -200, 100, 0, 1.5], 0.0), ([152.4, 0, 0, 0, 0, 0], 0.0),
        ([10, 0, 0, 0, 0, 0], 1.0),
    ):  # fmt: skip
        got = p_nmac(straight(state, sure), 180.0)
        assert got.p[0] == p and got.status[0] == ChanceStatus.GOOD and got.p_err[0] == 0.0, state
    touching = straight([-5000, 60, 80, 100, 0, 0], sure)
    assert p_within_sphere(touching, 100.0, 180.0).p[0] == 0.0
    assert p_within_sphere(touching, 100.01, 180.0).p[0] == 1.0
    assert p_strip(np.array([1.0, 2.0, 3.0]), 0.0, 2.0).tolist() == [1.0, 0.0, 0.0]


def test_the_chance_now_is_never_above_one():
    got = p_nmac(straight([10, 0, 0, 0.1, 0, 0], [1e-3] * 6), 10.0)
    assert got.p[0] <= 1.0 and 0.999999 < got.p_now[0] <= 1.0


def test_common_errors_cancel():
    own, own_cov, other, other_cov, cross, turns = random_pair(3)
    free = asked(own, own_cov, other, other_cov, np.zeros((6, 6)), turns)
    tied = asked(own, own_cov, other, other_cov, cross, turns)
    sigma = np.sqrt(np.trace(free.cov[0, :2, :2])), np.sqrt(np.trace(tied.cov[0, :2, :2]))
    assert sigma[0] ** 2 - sigma[1] ** 2 == pytest.approx(2 * (40**2 + 30**2))
    assert p_nmac(free, 60.0).p[0] != pytest.approx(p_nmac(tied, 60.0).p[0], rel=0.01)


def test_two_that_turn_together_stay_as_they_are():
    # the same circle, 500 m apart: relative place turns, its length does not change
    rate = np.radians(3.0)
    state = np.array([[0, 0, 0, 0, 60, 0.0]]), np.array([[500, 0, 0, 0, 60, 0.0]])
    cov = np.diag([20.0, 20.0, 5.0, 1e-3, 1e-3, 1e-3]) ** 2
    pairs = UncertainPairs.of(
        state[0], cov, state[1], cov, own_turn_radps=np.array([rate]), other_turn_radps=np.array([rate])
    )
    assert p_within_cylinder(pairs, 400.0, 100.0, 120.0).p[0] < 0.01
    # 600 m holds 500 m with 28 m of error at all times
    assert p_within_cylinder(pairs, 600.0, 100.0, 120.0).p[0] > 0.99


# ---- bad rows ---------------------------------------------------------------------------------------------------


def test_a_bad_row_is_marked_and_touches_no_other():
    states = np.tile([-3000.0, 100, 10, 60, 0, 0], (5, 1))
    covs = np.tile(np.diag([50.0, 50, 20, 1, 1, 1]) ** 2, (5, 1, 1))
    states[1, 4] = np.nan
    covs[2, 3, 3] = np.nan
    covs[3, 0, 0] = -1.0
    for ask in (
        lambda pairs: p_within_cylinder(pairs, 152.4, 30.48, 90.0),
        lambda pairs: p_within_sphere(pairs, 152.4, 90.0),
        lambda pairs: p_well_clear_lost(pairs, 1222.0, 137.0, 35.0, 0.0, 90.0),
    ):
        got = ask(UncertainPairs.of_relative(states, covs))
        want = [0, ChanceStatus.NO_STATE, ChanceStatus.NO_COVARIANCE, ChanceStatus.NOT_A_COVARIANCE, 0]
        assert got.status.tolist() == want
        assert np.isnan(got.p[1:4]).all() and np.isnan(got.p_err[1:4]).all() and np.isnan(got.p_now[1:4]).all()
        assert got.p[0] == got.p[4] > 0.1
    assert np.isnan(p_bound(UncertainPairs.of_relative(states, covs), 152.4, 30.48, 90.0)[1:3]).all()


@pytest.mark.parametrize(
    "radius, half, until", [(0.0, 10.0, 9.0), (10.0, -1.0, 9.0), (10.0, 10.0, -1.0), (10.0, 10.0, math.nan)]
)
def test_a_size_or_time_that_makes_no_sense_has_no_chance(radius, half, until):
    got = p_within_cylinder(straight([500, 0, 0, -5, 0, 0], [9] * 6), radius, half, until)
    assert got.status[0] == ChanceStatus.NO_STATE and np.isnan(got.p[0])


def test_no_pairs_give_no_rows_and_wrong_shapes_are_refused():
    assert len(p_nmac(UncertainPairs.of_relative(np.zeros((0, 6)), np.zeros((0, 6, 6))))) == 0
    with pytest.raises(BadInput, match="relative"):
        UncertainPairs.of_relative(np.zeros((2, 5)), np.zeros((2, 6, 6)))
    with pytest.raises(BadInput, match="radius_m"):
        p_within_cylinder(straight([0] * 6, [1] * 6), np.ones(3), 1.0, 1.0)
    with pytest.raises(BadInput, match="tolerance"):
        p_nmac(straight([0] * 6, [1] * 6), tolerance=0.0)


def test_a_pair_is_skipped_only_below_its_bound():
    pairs = straight([-3000, 900, 0, 60, 0, 0], [100, 100, 20, 1, 1, 0.1])
    bound = p_bound(pairs, 152.4, 30.48, 60.0)[0]
    full = p_nmac(pairs, 60.0)
    assert 0.0 < full.p[0] <= bound < 1e-2
    got = p_nmac(pairs, 60.0, skip_below=bound * 1.01)
    assert got.status[0] == ChanceStatus.SKIPPED and got.p[0] == 0.0
    assert bound * 0.99 <= got.p_err[0] <= bound * 1.01
    assert p_nmac(pairs, 60.0, skip_below=bound * 0.99).p[0] == full.p[0]


def test_rows_do_not_depend_on_their_neighbours():
    cases = [random_pair(seed, turning=seed % 2 == 1) for seed in range(4)]
    columns = [np.array([c[i] for c in cases]) for i in range(6)]
    own, own_cov, other, other_cov, cross, turns = columns
    pairs = UncertainPairs.of(
        own, own_cov, other, other_cov, cross=cross, own_turn_radps=turns[:, 0], other_turn_radps=turns[:, 1]
    )
    asks = (
        lambda x: p_nmac(x, 60.0),
        lambda x: p_within_sphere(x, 200.0, 60.0),
        lambda x: p_well_clear_lost(x, 300.0, 60.0, np.array([0.0, 10.0, 10.0, 0.0])[: len(x)], lookahead_s=60.0),
    )
    for ask in asks:
        together = ask(pairs)
        assert (together.status == ChanceStatus.GOOD).all() and (together.p[::2] > 0.1).all()
        assert ask(asked(*cases[0])).p[0] == together.p[0]
        reverse = ask(pairs.take(np.arange(4)[::-1]))
        if ask is not asks[2]:  # there the tau is by row
            assert np.array_equal(reverse.p, together.p[::-1])
    one, two = p_nmac(pairs, 60.0), p_nmac(pairs, 60.0)
    assert np.array_equal(one.p, two.p) and np.array_equal(one.p_err, two.p_err)


def test_well_clear_is_skipped_by_its_bound_and_else_unchanged():
    states = np.array([[-3000.0, 500, 0, 60, 0, 0], [80_000, 0, 0, 60, 0, 0], [-3000, 500, 2500, 60, 0, 0]])
    pairs = UncertainPairs.of_relative(states, np.diag([50.0, 50, 20, 1, 1, 0.5]) ** 2 * np.ones((3, 1, 1)))
    full = p_well_clear_lost(pairs, 1222.32, 137.16, 35.0, 0.0, 60.0)
    some = p_well_clear_lost(pairs, 1222.32, 137.16, 35.0, 0.0, 60.0, skip_below=1e-6)
    assert some.status.tolist() == [ChanceStatus.GOOD, ChanceStatus.SKIPPED, ChanceStatus.SKIPPED]
    assert some.p[0] == full.p[0] > 0.5 and (some.p[1:] == 0.0).all() and (full.p[1:] <= 1e-6).all()
    # inside the disc only after the lookahead, within tau of it before: the bound must not drop it
    late = p_well_clear_lost(straight([-6500, 100, 0, 100, 0, 0], [20, 20, 9, 1, 1, 0.1]), 600.0, 60.0, 35.0, 0.0, 40.0)
    kept = p_well_clear_lost(
        straight([-6500, 100, 0, 100, 0, 0], [20, 20, 9, 1, 1, 0.1]), 600.0, 60.0, 35.0, 0.0, 40.0, skip_below=1e-6
    )
    assert kept.p[0] == late.p[0] > 0.9


# ---- properties -------------------------------------------------------------------------------------------------


SEEDS = st.integers(0, 10_000)


@settings(max_examples=25, deadline=None)
@given(SEEDS, st.booleans(), st.booleans(), st.floats(0.3, 8.0), st.booleans())
def test_the_bound_holds_and_chances_grow_with_size_and_time(seed, slow, tangled, size, turning):
    pairs = asked(*random_pair(seed, slow, turning, tangled=tangled))
    radius, half = 152.4 * size, 30.48 * size
    got = p_within_cylinder(pairs, radius, half, 60.0)
    room = 4.0 * got.p_err[0] + 1e-9
    assert -room <= got.p[0] <= 1.0
    assert got.p_now[0] <= got.p[0] + room
    assert got.p[0] <= p_bound(pairs, radius, half, 60.0, enough=0.0)[0] + room
    assert got.p[0] <= p_bound(pairs, radius, half, 60.0, enough=2.0)[0] + room
    longer = p_within_cylinder(pairs, radius, half, 90.0)
    wider = p_within_cylinder(pairs, radius * 1.2, half * 1.2, 60.0)
    assert got.p[0] <= longer.p[0] + room + 4.0 * longer.p_err[0]
    assert got.p[0] <= wider.p[0] + room + 4.0 * wider.p_err[0]
    ball = p_within_sphere(pairs, radius, 60.0)
    tall = p_within_cylinder(pairs, radius, radius, 60.0)
    assert ball.p[0] <= tall.p[0] + 4.0 * (ball.p_err[0] + tall.p_err[0]) + 1e-9


@settings(max_examples=20, deadline=None)
@given(SEEDS, st.floats(0.0, 6.28), st.booleans())
def test_neither_the_frame_nor_who_is_own_matters(seed, angle, slow):
    own, own_cov, other, other_cov, cross, turns = random_pair(seed, slow)
    first = p_nmac(asked(own, own_cov, other, other_cov, cross, turns), 60.0, tolerance=1e-7)
    swapped = p_nmac(asked(other, other_cov, own, own_cov, cross.T, turns), 60.0, tolerance=1e-7)
    assert swapped.p[0] == pytest.approx(first.p[0], rel=1e-5, abs=1e-10)
    spin = np.eye(6)
    for i in (0, 3):
        spin[i : i + 2, i : i + 2] = [[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]]
    turned = UncertainPairs.of(
        (spin @ own)[None], spin @ own_cov @ spin.T, (spin @ other)[None], spin @ other_cov @ spin.T,
        cross=spin @ cross @ spin.T,
    )  # fmt: skip
    assert p_nmac(turned, 60.0, tolerance=1e-7).p[0] == pytest.approx(first.p[0], rel=1e-5, abs=1e-10)


@settings(max_examples=15, deadline=None)
@given(SEEDS)
def test_a_turn_too_slow_to_matter_is_straight_flight(seed):
    own, own_cov, other, other_cov, cross, _ = random_pair(seed)
    one = p_nmac(asked(own, own_cov, other, other_cov, cross, (0.0, 0.0)), 60.0)
    two = p_nmac(asked(own, own_cov, other, other_cov, cross, (1e-9, 0.0)), 60.0)
    assert two.p[0] == pytest.approx(one.p[0], abs=1e-6 + 5.0 * two.p_err[0])


@settings(max_examples=15, deadline=None)
@given(SEEDS, st.booleans())
def test_moving_forth_and_back_changes_nothing_and_pieces_of_time_bound_the_whole(seed, turning):
    pairs = asked(*random_pair(seed, turning=turning))
    back = pairs.moved(20.0).moved(-20.0)
    # the covariance loses some digits of small numbers beside those of 20 s of velocity
    np.testing.assert_allclose(back.mean[0, :3], pairs.mean[0, :3], atol=1e-6)
    whole = p_nmac(pairs, 60.0)
    parts = p_nmac(pairs, 30.0), p_nmac(pairs.moved(30.0), 30.0)
    if not turning:  # a turned velocity starts anew
        room = 1e-9 + 4.0 * (whole.p_err[0] + parts[0].p_err[0] + parts[1].p_err[0])
        assert max(parts[0].p[0], parts[1].p[0]) <= whole.p[0] + room
        assert whole.p[0] <= parts[0].p[0] + parts[1].p[0] + room


@settings(max_examples=20, deadline=None)
@given(SEEDS, st.booleans(), st.booleans())
def test_flown_backwards_the_chance_is_the_same(seed, slow, round_body):
    # what is entries forwards is exits backwards: they agree only if both, and the chances at both ends, are right
    pairs = asked(*random_pair(seed, slow))
    end = pairs.moved(60.0)
    flip = np.array([1.0, 1, 1, -1, -1, -1, 1, 1])
    back = UncertainPairs(end.mean * flip, end.cov * np.outer(flip, flip), end.turn_radps)
    if round_body:
        one, two = (p_within_sphere(x, 300.0, 60.0, tolerance=1e-7) for x in (pairs, back))
    else:
        one, two = (p_within_cylinder(x, 300.0, 60.0, 60.0, tolerance=1e-7) for x in (pairs, back))
    assert two.p[0] == pytest.approx(one.p[0], rel=1e-5, abs=1e-9)


# ---- trials -----------------------------------------------------------------------------------------------------

TRIALS, WITHIN = 40_000, 4.0


def times_within(states, radius, half, until_s):
    """Which of the states (N, 6) are within the cylinder at some time: crossings of rim and lids of each."""
    place, speed = states[:, :3], states[:, 3:]
    a, b = (speed[:, :2] ** 2).sum(axis=1), (place[:, :2] * speed[:, :2]).sum(axis=1)
    root = b * b - a * ((place[:, :2] ** 2).sum(axis=1) - radius**2)
    half_s = np.sqrt(np.maximum(root, 0.0))
    lids = np.sort(np.stack([(-half - place[:, 2]) / speed[:, 2], (half - place[:, 2]) / speed[:, 2]]), axis=0)
    begin, end = np.maximum((-b - half_s) / a, lids[0]), np.minimum((-b + half_s) / a, lids[1])
    return (root > 0.0) & (np.maximum(begin, 0.0) <= np.minimum(end, until_s))


@pytest.mark.parametrize("tied", [0.9, 0.99, 0.999, 1.0])
def test_a_height_that_hangs_on_the_plane_against_trials(tied):
    mean = np.array([203.27, 123.2, 119.72, -5.74, 7.66, -1.82])
    sigma = np.array([34.94, 34.94, 78.79, 3.8, 3.8, 0.47])
    cov = np.diag(sigma**2)
    cov[0, 2] = cov[2, 0] = tied * sigma[0] * sigma[2]
    got = p_within_cylinder(UncertainPairs.of_relative(mean, cov), 609.6, 137.16, 60.0)
    # the radius is far away now: within it is within the heights
    assert got.p_now[0] == pytest.approx(phi(17.44 / 78.79) - phi(-256.88 / 78.79), abs=1e-6)
    values, vectors = np.linalg.eigh(cov)
    root = vectors * np.sqrt(np.maximum(values, 0.0))
    states = mean + np.random.default_rng(7).standard_normal((400_000, 6)) @ root.T
    p = times_within(states, 609.6, 137.16, 60.0).mean()
    assert abs(got.p[0] - p) <= WITHIN * math.sqrt(p * (1.0 - p) / 400_000)
    assert got.status[0] == ChanceStatus.GOOD


@pytest.mark.parametrize("until_s", [40.0, 50.0, 60.0, 180.0])
@pytest.mark.parametrize("half", [30.48, 137.16])
def test_errors_that_all_hang_on_one_number_against_that_number(until_s, half):
    # the line of the errors comes to the rim at 33 s, all along it at once
    mean = np.array([333.25, 769.09, 40.16, -6.365, -17.984, -3.033])
    line = np.array([-148.605, 148.605, -8.487, 1.134, -1.134, 1.477])
    got = p_within_cylinder(UncertainPairs.of_relative(mean, np.outer(line, line)), 152.4, half, until_s)
    number = np.linspace(-8.0, 8.0, 400_001)
    weight = np.exp(-0.5 * number**2)
    want = weight[times_within(mean + number[:, None] * line, 152.4, half, until_s)].sum() / weight.sum()
    assert got.p[0] == pytest.approx(want, abs=2e-4) and got.status[0] == ChanceStatus.GOOD


@pytest.mark.parametrize("seed", range(6))
def test_almost_singular_errors_against_trials(seed):
    rng = np.random.default_rng(seed)
    root = rng.normal(size=(6, 6)) * 10.0 ** -rng.uniform(0.0, 5.0, 6)
    root *= (np.array([80, 80, 50, 2, 2, 1]) / np.sqrt((root**2).sum(axis=1)))[:, None]
    speed = np.array([20.0, -10.0, 2.0])
    mean = np.append(rng.normal(0.0, [150, 150, 50]) - 20.0 * speed, speed)
    got = p_within_cylinder(UncertainPairs.of_relative(mean, root @ root.T), 152.4, 60.0, 60.0)
    p = times_within(mean + rng.standard_normal((100_000, 6)) @ root.T, 152.4, 60.0, 60.0).mean()
    assert abs(got.p[0] - p) <= WITHIN * math.sqrt(max(p * (1.0 - p), 1e-5) / 100_000)


def check(got, trials, more=0.0):
    p, now, error = trials
    assert abs(got.p[0] - p) <= WITHIN * math.hypot(error, got.p_err[0]) + more
    if not np.isnan(got.p_now[0]):
        assert abs(got.p_now[0] - now) <= WITHIN * math.sqrt(max(now, 1.0 / TRIALS) / TRIALS)


@pytest.mark.parametrize("seed", range(8))
def test_a_cylinder_against_trials(seed):
    case = random_pair(seed, slow=seed % 2 == 1, turning=seed >= 4, tangled=seed % 4 < 2)
    radius, half = 300.0, 60.0
    trials = naive_near.chance(naive_near.in_cylinder(radius, half), TRIALS, seed, 60.0, 0.1, *case)
    check(p_within_cylinder(asked(*case), radius, half, 60.0), trials, 2e-3 * trials[0])


@pytest.mark.parametrize("seed", range(20, 24))
def test_a_sphere_against_trials(seed):
    case = random_pair(seed, slow=seed % 2 == 1, turning=seed >= 22)
    trials = naive_near.chance(naive_near.in_sphere(250.0), TRIALS, seed, 60.0, 0.1, *case)
    check(p_within_sphere(asked(*case), 250.0, 60.0), trials, 2e-3 * trials[0])


@pytest.mark.parametrize("seed", range(40, 46))
def test_loss_of_well_clear_against_trials(seed):
    case = random_pair(seed, slow=seed % 2 == 1, turning=seed >= 44)
    volume = (600.0, 60.0, 20.0, 0.0 if seed % 3 else 10.0)
    trials = naive_near.chance(naive_near.not_well_clear(*volume), TRIALS, seed, 30.0, 0.1, *case)
    check(p_well_clear_lost(asked(*case), *volume, 30.0), trials, 3e-3 * trials[0])


def test_circling_back_counts_once():
    # one flies a circle of 955 m in 120 s around a place that the other holds to 30 m: visits come and go
    rate, cov = np.radians(3.0), np.diag([60.0, 60, 20, 1, 1, 0.1]) ** 2
    own, other = np.array([0, 0, 0, 0, 0.5, 0.0]), np.array([-250, 0, 0, 0, 50, 0.0])
    case = own, cov, other, cov, np.zeros((6, 6)), (0.0, rate)
    trials = naive_near.chance(naive_near.in_cylinder(200.0, 60.0), TRIALS, 1, 240.0, 0.2, *case)
    got = p_within_cylinder(asked(*case), 200.0, 60.0, 240.0)
    assert 0.2 < trials[0] < 0.9
    check(got, trials, 2e-3 * trials[0])


# ---- published answers ------------------------------------------------------------------------------------------


def known(shared_data, kind):
    return json.loads((shared_data / "encounters" / "known_answers.json").read_text())[kind]


def test_every_published_short_encounter(shared_data):
    cases = known(shared_data, "short_encounter_2d")
    values = np.array([[float(c["inputs"][k]) for k in ("xm", "ym", "sx", "sy", "R")] for c in cases])
    got = p_short_encounter(*values.T)
    want = np.array([c.get("exact_value_to_use", c["verified_1d_quad"]) for c in cases])
    assert len(cases) >= 27 and (got.status == 0).all()
    np.testing.assert_allclose(got.p, want, rtol=1e-10)


def test_the_encounter_plane_of_published_states(shared_data):
    for case in known(shared_data, "short_encounter_2d"):
        if (given := case.get("inputs_3d")) is None:
            continue
        relative = np.array([*np.subtract(given["r2"], given["r1"]), *np.subtract(given["v2"], given["v1"])])
        plane = encounter_plane(relative, np.add(given["cov1"], given["cov2"]))
        got = p_short_encounter(plane.x_m, plane.y_m, plane.sigma_x_m, plane.sigma_y_m, given["HBR"])
        # the states have twelve digits, the smaller sigma is 1e-4 of the greater in some: seven are left of it
        assert got.p[0] == pytest.approx(case["exact_value_to_use"], rel=1e-5), case["id"]


def test_strips_circles_spheres_and_gases(shared_data):
    for case in known(shared_data, "analytic"):
        given, want, close = case["inputs"], case["reference"], {"rel": case["suggested_rel_tol"]}
        name = case["id"]
        if name.startswith("STRIP"):
            given = [given["m_nm"], given["s_perp_nm"], given["R_nm"]]
            assert p_strip(*given)[0] == pytest.approx(want, **close), name
            miss, sigma, radius = (NM_M * v for v in given)
            pairs = straight([-60 * sigma - radius, miss, 0, 200, 0, 0], [sigma, sigma, 10, 0, 0, 0])
            until = 2 * (60 * sigma + radius) / 200
            got = p_within_cylinder(pairs, radius, math.inf, until, tolerance=1e-9)
            assert got.p[0] == pytest.approx(want, rel=1e-7), name
        elif name.startswith("RICE"):
            m, radius, sigma = given["m"], given["R"], given["s"]
            if given["dim"] == 2:
                assert p_short_encounter(m, 0.0, sigma, sigma, radius).p[0] == pytest.approx(want, **close), name
                pairs, half = straight([m, 0, 0, 0, 0, 0], [sigma, sigma, 1, 0, 0, 0]), math.inf
                now = p_within_cylinder(pairs, radius, half, 0.0).p[0]
            else:
                now = p_within_sphere(straight([m, 0, 0, 0, 0, 0], [sigma] * 3 + [0.0] * 3), radius, 0.0).p[0]
            assert now == pytest.approx(want, **close), name
        elif name.startswith("GAS-VR"):
            assert mean_relative_speed(given["u"], given["v"])[0] == pytest.approx(want, **close), name
        elif name.startswith("GAS"):
            density = given["drones_airborne"] / (given["area_km2"] * 1e6 * given["alt_band_m"])
            got = entries_per_hour(density, given["R_m"], given["h_m"], given["flight_ms"], given["drone_ms"])
            assert got[0] == pytest.approx(want, **close), name


def test_long_encounters_flown_straight_against_trials(shared_data):
    rng, trials = np.random.default_rng(8), 400_000
    for case in known(shared_data, "long_encounter_3d"):
        given = case["inputs"]
        mean = np.subtract(given["X2_m_mps"], given["X1_m_mps"])
        cov = np.add(given["C1"], given["C2"])
        begin, end = given["window_s"]
        pairs = UncertainPairs.of_relative(mean[None], cov).moved(begin)
        got = p_within_sphere(pairs, given["HBR_m"], end - begin)
        values, vectors = np.linalg.eigh(cov)
        states = mean + rng.standard_normal((trials, 6)) @ (vectors * np.sqrt(np.maximum(values, 0.0))).T
        place, velocity = states[:, :3], states[:, 3:]
        t = np.clip(-(place * velocity).sum(axis=1) / (velocity**2).sum(axis=1), begin, end)
        p = (np.linalg.norm(place + t[:, None] * velocity, axis=1) <= given["HBR_m"]).mean()
        assert abs(got.p[0] - p) <= 4.0 * math.sqrt(max(p, 1e-4) / trials), (case["id"], got.p[0], p)
