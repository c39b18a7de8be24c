"""Small kernels of the threats stage against plain twins: places on paths, times in order, outcomes, bounds."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from flightward.kernels import ends_bound, ordered, outcomes, path_places


def placed(paths, at, asked=None):
    """e of each path at its time; 7 where it is not asked or there is no path."""
    start = np.concatenate([[0], np.cumsum([len(p[0]) for p in paths])]).astype(np.int64)
    t, e = (np.concatenate([np.asarray(p[c], float) for p in paths]) for c in range(2))
    out = [np.full(len(paths), 7.0) for _ in range(3)]
    ask = np.ones(len(paths), np.int8) if asked is None else np.array(asked, np.int8)
    has_path = np.diff(start) > 0
    path_places.places(start, t, e, 2.0 * e, -e, ask, np.array(at, float), *out)
    np.testing.assert_array_equal(out[1][ask == 1], np.where(has_path, 2.0 * out[0], 7.0)[ask == 1])
    return out[0]


def test_a_place_is_on_the_line_between_two_points_and_at_the_ends_beyond_them():
    path = ([0, 10, 20], [0, 100, 50])
    assert placed([path] * 6, [5, 10, 15, 20, -1, 99]).tolist() == [50, 100, 75, 50, 0, 50]


def test_who_is_not_asked_or_has_no_path_stays():
    assert placed([([0, 10], [0, 100]), ([], []), ([0, 10], [0, 100])], [5, 5, 5], [1, 1, 0]).tolist() == [50, 7, 7]


@settings(max_examples=200, deadline=None)
@given(
    st.lists(st.tuples(st.floats(0, 50), st.floats(-1e5, 1e5)), min_size=1, max_size=8), st.floats(-10, 60),
    st.integers(0, 7),
)  # fmt: skip
def test_places_are_those_of_a_plain_interpolation(points, at, pick):
    t, e = np.sort([p[0] for p in points]), np.array([p[1] for p in points])
    at = t[pick] if pick < len(t) and pick % 2 else at
    assert placed([(t, e)], [at])[0] == np.interp(at, t, e)


@settings(max_examples=200, deadline=None)
@given(st.integers(0, 2_000), st.integers(0, 10_000), st.sampled_from([1.0, 1e-9, 1e6, 0.0]), st.booleans())
def test_times_in_order_are_those_of_a_sort(n, seed, wide, clustered):
    rng = np.random.default_rng(seed)
    values = rng.normal(0.0, 1.0, n) ** (9 if clustered else 1) * wide
    values[rng.random(n) < 0.2] = 0.25
    out = np.empty(n)
    ordered.in_order(values, np.empty(ordered.BUCKETS + 1, np.int64), out)
    np.testing.assert_array_equal(out, np.sort(values))


@pytest.mark.parametrize("least", [1, 3])
def test_outcomes_are_counted_one_by_one(least):
    p = [[0.2, 0.5, 0.9, 0.1], [0.3], []]
    group = np.array([g for g, row in enumerate(p) for _ in row], np.int64)
    got = np.zeros((3, least))
    got[:, 0] = 1.0
    outcomes.fewer(group, np.array([x for row in p for x in row]), 0.0, got)
    for g, row in enumerate(p):
        for j in range(least):
            want = sum(
                np.prod([x if on else 1.0 - x for x, on in zip(row, happens, strict=True)])
                for happens in itertools.product([0, 1], repeat=len(row)) if sum(happens) == j
            )
            assert got[g, j] == pytest.approx(want, abs=1e-12)


def test_the_bound_is_above_what_draws_find_and_a_bad_row_disturbs_no_other():
    rng = np.random.default_rng(3)
    n, until = 40, 120.0
    mean = np.column_stack([rng.normal(0, 4e3, (n, 2)), rng.normal(0, 300, n), rng.normal(0, 40, (n, 2)), np.zeros(n)])
    root = rng.normal(0, 1, (n, 6, 6)) * np.array([200, 200, 60, 3, 3, 0.5])[:, None]
    cov = root @ np.swapaxes(root, 1, 2)
    cov[::2, 2, [0, 1, 3, 4]] = cov[::2, [0, 1, 3, 4], 2] = 0.0
    cov[::2, 5, [0, 1, 3, 4]] = cov[::2, [0, 1, 3, 4], 5] = 0.0
    bad = mean.copy()
    bad[7, 2] = np.nan
    bound, with_bad = np.empty(n), np.empty(n)
    ends_bound.ends_bound(mean, cov, 1_000.0, 150.0, until, bound)
    ends_bound.ends_bound(bad, cov, 1_000.0, 150.0, until, with_bad)
    assert np.isnan(with_bad[7]) and np.array_equal(np.delete(with_bad, 7), np.delete(bound, 7))
    t = np.linspace(0.0, until, 61)
    for i in range(n):
        x = rng.multivariate_normal(mean[i], cov[i], 4_000)
        at = x[:, None, :3] + t[None, :, None] * x[:, None, 3:]
        share = ((np.hypot(at[:, :, 0], at[:, :, 1]) <= 1_000.0) & (np.abs(at[:, :, 2]) <= 150.0)).any(axis=1).mean()
        assert share <= bound[i] + 4.0 * np.sqrt(share * (1.0 - share) / 4_000) + 1e-3
    assert (bound < 0.5).any()
