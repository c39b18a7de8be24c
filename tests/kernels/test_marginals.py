"""Belief propagation against the sum over all joint events."""

from __future__ import annotations

import numpy as np
import pytest
from naive_marginals import marginals as by_counting

from flightward.kernels.marginals import likely, messages


def graph(weight: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """CSR of the edges with a weight."""
    start = np.concatenate([[0], np.cumsum((weight > 0).sum(axis=1))]).astype(np.int64)
    return start, np.nonzero(weight)[1].astype(np.int64), -np.log(weight[weight > 0])


def by_messages(weight: np.ndarray) -> np.ndarray:
    start, col, cost = graph(weight)
    nu, alone = np.empty(len(col)), np.empty(weight.shape[1])
    messages(start, col, cost, weight.shape[1], nu, alone)
    out = np.zeros((len(weight), weight.shape[1] + 1))
    for i in range(len(weight)):
        edges = slice(start[i], start[i + 1])
        out[i, col[edges]] = np.exp(-cost[edges]) * nu[edges]
        out[i, -1] = 1.0
    return out / out.sum(axis=1, keepdims=True)


@pytest.mark.parametrize("weight", [
    [[3.0]], [[50.0, 2.0]], [[4.0], [9.0]], [[8.0, 1.0, 0.0], [0.0, 5.0, 2.0], [0.0, 0.0, 7.0]],
])  # fmt: skip
def test_without_loops_it_is_exact(weight: list[list[float]]) -> None:
    w = np.array(weight)
    assert by_messages(w) == pytest.approx(by_counting(w), abs=2e-4)


def test_with_loops_it_is_near() -> None:
    rng = np.random.default_rng(4)
    worst = 0.0
    for _ in range(30):
        w = np.exp(rng.normal(1.0, 2.0, (3, 4)))
        worst = max(worst, float(np.abs(by_messages(w) - by_counting(w)).max()))
    assert worst < 0.12


def test_a_report_that_every_track_wants_is_not_alone() -> None:
    start, col, cost = graph(np.array([[1e6], [1e6]]))
    nu, alone = np.empty(2), np.empty(1)
    assert messages(start, col, cost, 1, nu, alone) >= 1
    assert alone[0] < 1e-5
    assert nu == pytest.approx(nu[::-1])


def test_unlikely_candidates_are_left_out_and_the_best_never() -> None:
    col, cost = np.array([4, 2, 9]), -np.log(np.array([1e-3, 100.0, 30.0]))
    to, nu = np.empty(3, np.int64), np.empty(3)
    n = likely(col, cost, np.ones(3), to, nu)
    assert to[:n].tolist() == [2, 9]
    assert likely(col[:1], cost[:1], np.ones(1), to, nu) == 1
