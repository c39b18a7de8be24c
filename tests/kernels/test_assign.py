"""The sparse assignment: hand cases, brute force, and SciPy's dense solver."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from naive_tracks import cheapest
from scipy.optimize import linear_sum_assignment

from flightward.kernels.assign import assign


def solve(cost: np.ndarray) -> tuple[np.ndarray, float]:
    """Column of each row and the total; inf = no edge."""
    n, m = cost.shape
    start, col, value = [0], [], []
    for i in range(n):
        for j in range(m):
            if np.isfinite(cost[i, j]):
                col.append(j)
                value.append(cost[i, j])
        start.append(len(col))
    col_of, row_of = np.empty(n, np.int64), np.empty(m, np.int64)
    assign(np.array(start, np.int64), np.array(col, np.int64), np.array(value, float), m, col_of, row_of)
    for i in range(n):
        assert col_of[i] < 0 or row_of[col_of[i]] == i
    assert (row_of >= 0).sum() == (col_of >= 0).sum()
    return col_of, sum(cost[i, col_of[i]] for i in range(n) if col_of[i] >= 0)


def test_a_row_takes_its_second_choice_when_that_is_cheaper_for_both() -> None:
    cost = np.array([[-5.0, -4.0], [-5.0, np.inf]])
    col_of, total = solve(cost)
    assert list(col_of) == [1, 0]
    assert total == -9.0


def test_a_row_stays_alone_rather_than_rob_a_better_one() -> None:
    col_of, total = solve(np.array([[-1.0], [-3.0], [-2.0]]))
    assert list(col_of) == [-1, 0, -1]
    assert total == -3.0


def test_an_edge_that_costs_is_never_taken() -> None:
    assert list(solve(np.array([[0.0, 2.0]]))[0]) == [-1]


def test_no_edges_and_no_columns_are_fine() -> None:
    assert list(solve(np.full((3, 2), np.inf))[0]) == [-1, -1, -1]
    assert list(solve(np.zeros((2, 0)))[0]) == [-1, -1]


@settings(max_examples=60, deadline=None)
@given(st.integers(1, 4), st.integers(1, 4), st.integers(0, 10_000))
def test_equals_trying_everything(n: int, m: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    cost = np.where(rng.random((n, m)) < 0.7, rng.normal(-1.0, 3.0, (n, m)).round(1), np.inf)
    assert abs(solve(cost)[1] - cheapest(np.where(np.isfinite(cost), cost, 1e9))) < 1e-9


def test_equals_scipy_on_a_large_sparse_graph() -> None:
    rng = np.random.default_rng(7)
    cost = np.where(rng.random((60, 50)) < 0.15, -rng.exponential(5.0, (60, 50)), np.inf)
    dense = np.hstack([np.where(np.isfinite(cost), cost, 1e6), np.zeros((60, 60))])
    r, c = linear_sum_assignment(dense)
    assert abs(solve(cost)[1] - dense[r, c].sum()) < 1e-9
