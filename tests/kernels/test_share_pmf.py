"""The beta-binomial of lumps."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from naive_lumps import urn
from scipy import stats

from flightward.kernels import share_pmf as kernels


def pmf(n: int, a: list[float], b: list[float], weight: list[float]) -> np.ndarray:
    out, scratch = np.full(n + 1, 7.0), np.empty(n + 1)
    kernels.share_pmf(n, np.array(a), np.array(b), np.array(weight), scratch, out)
    return out


def test_one_red_and_one_blue_make_every_number_equally_likely() -> None:
    assert pmf(4, [1.0], [1.0], [1.0]) == pytest.approx([0.2] * 5)


def test_nothing_drawn_is_nothing_of_nothing() -> None:
    assert pmf(0, [0.3], [2.0], [1.0]).tolist() == [1.0]


def test_it_is_the_urn_walked_draw_by_draw() -> None:
    for a, b in ((Fraction(1, 3), Fraction(5, 2)), (Fraction(7), Fraction(1, 4)), (Fraction(40), Fraction(9))):
        want = [float(p) for p in urn(12, a, b)]
        assert pmf(12, [float(a)], [float(b)], [1.0]) == pytest.approx(want, rel=1e-12)


def test_large_shapes_are_the_binomial_and_nothing_underflows() -> None:
    got = pmf(3000, [9e9], [1e9], [1.0])
    assert got == pytest.approx(stats.binom.pmf(np.arange(3001), 3000, 0.9), abs=1e-7)


def test_a_mixture_is_the_weighted_sum() -> None:
    got = pmf(20, [0.5, 3.0], [2.0, 1.0], [0.25, 0.75])
    k = np.arange(21)
    assert got == pytest.approx(
        0.25 * stats.betabinom.pmf(k, 20, 0.5, 2.0) + 0.75 * stats.betabinom.pmf(k, 20, 3.0, 1.0)
    )


def test_it_is_one_of_two_lumpy_counts_given_their_sum() -> None:
    phi, here, elsewhere, n = 3.5, 4.0, 11.0, 17
    laws = [stats.nbinom(m / (phi - 1.0), 1.0 / phi) for m in (here, elsewhere)]
    joint = np.array([laws[0].pmf(k) * laws[1].pmf(n - k) for k in range(n + 1)])
    assert pmf(n, [here / (phi - 1.0)], [elsewhere / (phi - 1.0)], [1.0]) == pytest.approx(joint / joint.sum())


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 200), st.floats(1e-6, 1e5), st.floats(1e-6, 1e5))
def test_it_is_a_law_with_the_right_mean(n: int, a: float, b: float) -> None:
    got = pmf(n, [a], [b], [1.0])
    assert np.isfinite(got).all() and (got >= 0.0).all()
    assert got.sum() == pytest.approx(1.0)
    assert got @ np.arange(n + 1) == pytest.approx(n * a / (a + b), rel=1e-6, abs=1e-9)


@pytest.mark.skipif(not hasattr(kernels.share_pmf, "signatures"), reason="plain Python")
def test_one_signature() -> None:
    pmf(3, [1.0], [1.0], [1.0])
    assert len(kernels.share_pmf.signatures) == 1
