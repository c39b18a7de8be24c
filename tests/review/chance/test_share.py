"""The headline: base share, scatter, p, interval, power, and the Bayes factors on the same law."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import integrate, stats

from flightward.review.chance import share
from flightward.review.chance.bayes import PRIORS, bayes_factors


def drawn(phi: float, seed: int, n_windows: int = 400, means: tuple[float, ...] = (4.0, 10.0, 16.0)) -> np.ndarray:
    """Counts of lumps: negative binomials of one scale, thicker and thinner windows."""
    rng = np.random.default_rng(seed)
    busy = rng.gamma(2.0, 0.5, n_windows)
    return np.array([rng.negative_binomial(np.maximum(m * busy / (phi - 1.0), 1e-9), 1.0 / phi) for m in means])


def certain(p: float, phi: float) -> share.Base:
    """A base of which everything is known."""
    one = np.ones(1)
    return share.Base(int(1e6 * p), 1_000_000, 99, phi, phi, phi, 1e9, p * one, phi * one, one)


@pytest.mark.parametrize("phi", [1.05, 2.0, 5.0])
def test_phi_and_the_share_come_back(phi: float) -> None:
    got = [share.base(drawn(phi, s), 0) for s in range(20)]
    # a little high for thin windows of large lumps: what came in all stands for what was to be expected in all
    assert 0.95 * phi < np.mean([b.phi_own for b in got]) < 1.2 * phi
    assert 0.95 * phi < np.mean([b.phi_all for b in got]) < 1.2 * phi
    assert np.mean([b.mean_share for b in got]) == pytest.approx(4.0 / 30.0, rel=0.05)


def test_single_drones_have_a_phi_of_one() -> None:
    rng = np.random.default_rng(2)
    assert share.base(rng.poisson(np.array([[3.0], [9.0]]), (2, 300)), 0).phi < 1.3


def test_phi_is_that_of_all_regions_unless_this_one_is_lumpier_for_sure() -> None:
    even = share.base(drawn(3.0, 3, 60), 0)
    assert even.phi == even.phi_all != even.phi_own
    lumpy = np.random.default_rng(1).negative_binomial(0.2, 0.02, 60)
    counts = np.vstack([lumpy, *[np.full(60, 20)] * 12])
    one, other = share.base(counts, 0), share.base(counts, 1)
    assert one.phi_all < one.phi < one.phi_own
    assert other.phi == other.phi_all


def test_without_a_base_there_is_none() -> None:
    good = drawn(2.0, 1, 40)
    assert share.base(good[:, :7], 0) is None
    assert share.base(np.vstack([np.zeros(40, int), good[1]]), 0) is None
    assert share.base(np.vstack([good[0], np.zeros(40, int)]), 0) is None
    assert share.base(np.zeros((2, 40), int), 0) is None


def test_p_is_the_binomial_tail_when_drones_come_one_by_one() -> None:
    got = share.upper_p(certain(0.2, 1.0 + 1e-9), 9, 20)
    assert got == pytest.approx(stats.binom.sf(9, 20, 0.2) + 0.5 * stats.binom.pmf(9, 20, 0.2), rel=1e-4)


def test_the_ends_of_the_interval_are_where_each_test_turns() -> None:
    b = share.base(drawn(3.0, 5), 0)
    low, high = share.interval(b, 12, 40, 0.05)
    assert share.upper_p(b, 12, 40, low) == pytest.approx(0.05, abs=2e-4)
    assert share.upper_p(b, 12, 40, high) == pytest.approx(0.95, abs=2e-4)
    assert low < share.ratio_of(b, 12, 40) < high


def test_nothing_here_is_open_below_and_nothing_elsewhere_above() -> None:
    b = share.base(drawn(3.0, 5), 0)
    assert share.interval(b, 0, 12, 0.05)[0] == 0.0
    assert share.interval(b, 12, 12, 0.05)[1] == math.inf and share.ratio_of(b, 12, 12) == math.inf
    assert share.interval(b, 0, 0, 0.05) == (0.0, math.inf) and math.isnan(share.ratio_of(b, 0, 0))


def test_power_is_what_drawing_and_testing_gives() -> None:
    b, elsewhere, rng = certain(0.2, 3.0), 40, np.random.default_rng(7)
    least = share.least_shown(b, elsewhere, 0.05)
    assert share.upper_p(b, least, least + elsewhere) <= 0.05 < share.upper_p(b, least - 1, least - 1 + elsewhere)
    y = rng.negative_binomial(3.0 * 10.0 / 2.0, 1.0 / 3.0, 20_000)
    shown = np.mean(
        [share.upper_p(b, k, k + elsewhere) <= 0.05 for k in range(200)] * np.bincount(y, minlength=200)[:200]
    )
    assert share.power(b, elsewhere, 3.0, least) == pytest.approx(shown * 200 / 20_000, abs=0.01)
    ratio = share.shown_ratio(b, elsewhere, least, 0.8)
    assert share.power(b, elsewhere, ratio, least) == pytest.approx(0.8, abs=1e-3)


def test_the_likelihood_is_the_law_at_one_count() -> None:
    b = share.base(drawn(3.0, 5), 0)
    ratios = np.array([0.5, 1.0, 4.0])
    want = [share.count_pmf(b, 30, float(r))[8] for r in ratios]
    assert share.likelihood(b, 8, 30, ratios) == pytest.approx(want, rel=1e-9)


def test_bayes_factors_are_those_of_integrating_the_priors() -> None:
    b = certain(0.2, 2.5)

    def at(ratio: float) -> float:
        return float(share.count_pmf(b, 40, ratio)[18])

    got = bayes_factors(b, 18, 40)
    assert got["threefold"] == pytest.approx(at(3.0) / at(1.0))
    even = integrate.quad(lambda x: at(math.exp(x)) / math.log(10.0), 0.0, math.log(10.0))[0]
    assert got["one_to_ten"] == pytest.approx(even / at(1.0), rel=0.01)
    scale = math.log(2.0)
    half = integrate.quad(lambda x: at(math.exp(x)) * stats.halfnorm.pdf(x, scale=scale), 0.0, 8.0 * scale)[0]
    assert got["about_double"] == pytest.approx(half / at(1.0), rel=0.02)
    assert set(got) == set(PRIORS)


def test_a_factor_averages_to_one_where_nothing_was_raised() -> None:
    b = certain(0.2, 2.5)
    law = share.count_pmf(b, 30)
    for name in PRIORS:
        assert sum(law[y] * bayes_factors(b, y, 30)[name] for y in range(31)) == pytest.approx(1.0)


def test_nothing_flown_says_nothing() -> None:
    assert all(math.isnan(v) for v in bayes_factors(certain(0.2, 2.0), 0, 0).values())
