"""Chances at one moment: within a cylinder against trials and closed forms, at least so many against all outcomes."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from flightward.encounters.instant import at_least, p_in_cylinder
from flightward.encounters.quick import p_bound, p_quick


def one(offset, cov, radius=10_000.0, half=1_500.0):
    return p_in_cylinder(np.array([offset], dtype=float), np.array([cov], dtype=float), radius, half)[0]


def test_far_inside_is_certain_far_outside_impossible_and_the_rim_is_even():
    cov = np.diag([60.0**2, 60.0**2, 50.0**2])
    assert one((3_000, 4_000, 200), cov) == pytest.approx(1.0, abs=1e-8)
    assert one((9_000, 9_000, 0), cov) == 0.0
    assert one((0, 10_000, 0), cov) == pytest.approx(0.5, abs=0.002)
    assert one((0, 0, 1_500), cov) == pytest.approx(0.5, abs=1e-9)


@pytest.mark.parametrize("sigma", [300.0, 3_000.0, 10_000.0])
def test_in_the_middle_it_is_rayleigh(sigma):
    cov = np.diag([sigma**2, sigma**2, 1.0])
    assert one((0, 0, 0), cov) == pytest.approx(1 - np.exp(-0.5 * (10_000 / sigma) ** 2), abs=1e-6)


@pytest.mark.parametrize("seed", range(12))
def test_agrees_with_trials(seed):
    rng = np.random.default_rng(seed)
    sigma = 10 ** rng.uniform(1.5, 3.7, 2)
    angle = rng.uniform(0, np.pi)
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    cov = np.zeros((3, 3))
    cov[:2, :2], cov[2, 2] = turn @ np.diag(sigma**2) @ turn.T, rng.uniform(30, 800) ** 2
    radius, half = rng.choice([2_000.0, 10_000.0]), rng.choice([300.0, 1_500.0])
    course = rng.uniform(0, 2 * np.pi)
    off = np.array([np.sin(course), np.cos(course), 0]) * radius * rng.uniform(0.5, 1.3) + [0, 0, rng.normal(0, half)]
    trials = rng.multivariate_normal(off, cov, 100_000)
    hit = ((np.hypot(trials[:, 0], trials[:, 1]) <= radius) & (np.abs(trials[:, 2]) <= half)).mean()
    assert one(off, cov, radius, half) == pytest.approx(hit, abs=4 * np.sqrt(0.25 / 100_000) + 1e-3)


@settings(max_examples=40, deadline=None)
@given(st.lists(st.lists(st.floats(0, 1), max_size=5), min_size=1, max_size=4), st.integers(0, 4))
def test_at_least_is_the_sum_over_all_outcomes(groups, least):
    group = np.repeat(np.arange(len(groups)), [len(g) for g in groups]).astype(np.int64)
    got = at_least(group, np.array([p for g in groups for p in g], dtype=float), len(groups), least)
    for g, p in zip(groups, got, strict=True):
        want = sum(
            np.prod([x if on else 1 - x for x, on in zip(g, outcome, strict=True)])
            for outcome in itertools.product([True, False], repeat=len(g)) if sum(outcome) >= least
        )
        assert p == pytest.approx(want, abs=1e-7)


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 2**32 - 1), st.booleans())
def test_the_bound_is_never_below_the_chance(seed, tied):
    rng = np.random.default_rng(seed)
    n = 40
    rates = np.concatenate([rng.normal(0, 60, (n, 2)), rng.normal(0, 3, (n, 1))], axis=1)
    place = rng.normal(0, [4_000, 4_000, 700], (n, 3)) - rng.uniform(0, 200, (n, 1)) * rates
    root = rng.normal(size=(n, 6, 6)) * tied + 2 * np.eye(6)
    cov = root @ np.swapaxes(root, 1, 2)
    scale = np.array([80.0, 80.0, 60.0, 6.0, 6.0, 1.5]) / np.sqrt(np.einsum("nii->ni", cov))
    cov *= scale[:, :, None] * scale[:, None, :]
    mean = np.concatenate([place, rates], axis=1)
    bound, got = p_bound(mean, cov, 2_000.0, 300.0, 180.0), p_quick(mean, cov, 2_000.0, 300.0, 180.0)
    assert (got.p <= bound + 4 * got.p_err + 1e-3).all() and (bound <= 1.0).all()
    assert (bound < 0.5).any()
