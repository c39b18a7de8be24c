"""Random order from counters."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from flightward.kernels.counter_random import key64, mix64, shuffle_ranks


@pytest.fixture(autouse=True)
def _wrapping():
    """Without the compiler, numpy warns where 64-bit products wrap; here they are meant to."""
    with np.errstate(over="ignore"):
        yield


def ranks(k, seed=1, who=2, what=3):
    out = np.empty(k, dtype=np.int64)
    shuffle_ranks(seed, who, what, out)
    return out


def naive_splitmix64(state, count):
    """The published generator, in whole numbers of any size."""
    mask = (1 << 64) - 1
    out = []
    for _ in range(count):
        state = (state + 0x9E3779B97F4A7C15) & mask
        z = ((state ^ (state >> 30)) * 0xBF58476D1CE4E5B9) & mask
        z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & mask
        out.append(z ^ (z >> 31))
    return out


def test_the_mixer_is_splitmix64():
    golden = 0x9E3779B97F4A7C15
    mask = (1 << 64) - 1
    got = [int(mix64(np.uint64((1234567 + (i + 1) * golden) & mask))) for i in range(5)]
    assert got == naive_splitmix64(1234567, 5)
    # the values that the generator's authors' program prints for this seed
    assert got[:2] == [6457827717110365317, 3203168211198807973]


def test_a_shuffle_is_the_naive_one():
    state = int(key64(5, 6, 7))
    want = list(range(40))
    for i, z in zip(range(39, 0, -1), naive_splitmix64(state, 39), strict=True):
        j = ((z >> 32) * (i + 1)) >> 32
        want[i], want[j] = want[j], want[i]
    assert ranks(40, 5, 6, 7).tolist() == want


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 2**62), st.integers(0, 2**42), st.integers(0, 50), st.integers(0, 70))
def test_every_shuffle_is_a_permutation_and_repeats(seed, who, what, k):
    with np.errstate(over="ignore"):
        a, b = ranks(k, seed, who, what), ranks(k, seed, who, what)
    assert sorted(a.tolist()) == list(range(k))
    assert a.tolist() == b.tolist()


def test_other_keys_give_other_orders_that_do_not_hang_together():
    orders = [ranks(64, *key) for key in ((1, 2, 3), (2, 2, 3), (1, 3, 3), (1, 2, 4))]
    for i in range(4):
        for j in range(i):
            assert abs(np.corrcoef(orders[i], orders[j])[0, 1]) < 0.4


def test_ranks_are_even_over_many_shuffles():
    count = np.zeros((8, 8))
    for who in range(800):
        count[np.arange(8), ranks(8, 1, who)] += 1
    # 64 cells of mean 100, sigma 9.4
    assert count.min() > 60 and count.max() < 140
