"""Members that no sensor shows, on made-up coverage."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.integrate import quad

from flightward.kernels.unseen import SeenGrid, unseen_members

CELL_M, RADIUS_M = 1000.0, 100_000.0


def grid(p_of):
    """One level, 1 km cells over 200 km; p_of(e, n) chance per look."""
    side = (np.arange(200) - 99.5) * CELL_M
    n, e = np.meshgrid(side, side, indexing="ij")
    return SeenGrid(np.ascontiguousarray(p_of(e, n)[None]), CELL_M, side[0], side[0], np.array([500.0]))


def unseen(seen, gap_m=2000.0, n=6, front_m=50_000.0, weight=1.0):
    """A stream that flies north along e = 500 m with its front at n = front_m."""
    lag = gap_m * np.arange(n, dtype=np.float64)
    mean, var = np.empty(1), np.empty(1)
    unseen_members(
        np.array([0, n]), np.full(n, 500.0), front_m - lag, np.full(n, 500.0), np.zeros(n), np.full(n, 50.0), lag,
        np.full(n, weight), np.array([n - 1]), RADIUS_M, seen, mean, var,
    )  # fmt: skip
    return float(mean[0]), float(var[0])


def test_where_all_is_seen_nobody_is_missing():
    assert unseen(grid(lambda e, n: np.full(e.shape, 0.9)))[0] < 1e-6


def test_behind_the_edge_of_coverage_the_stream_may_go_on():
    # tail at 40 km, ground seen down to 39 km: 139 km unseen to the edge of the area
    mean, var = unseen(grid(lambda e, n: np.where(n > 39_000.0, 0.95, 0.0)))
    shown_m, dark_m = 12_000.0, 139_000.0
    # began anywhere on the dark ground; of a spread of lengths, each with chance shown / (shown + x) to reach x
    want, _ = quad(lambda x: (1 - x / dark_m) * shown_m / (shown_m + x) / 2000.0, 0.0, dark_m)
    assert mean == pytest.approx(want, rel=0.25) and var > mean**2


def test_seen_ground_behind_that_shows_nobody_ends_it():
    values = [unseen(grid(lambda e, n, at=at: np.where(n > at, 0.95, 0.0)))[0] for at in (39e3, 35e3, 30e3, 20e3)]
    assert values == sorted(values, reverse=True) and values[2] < 0.1 and values[3] < 0.01


def test_a_member_on_badly_seen_ground_stands_for_more():
    p = 0.05
    mean, _ = unseen(grid(lambda e, n: np.where(n > 45_000.0, p, 0.95)), n=3, gap_m=1000.0)
    # three members with a chance of 1 - 0.95^8 each; and a few that may follow on the ground that is badly seen too
    assert mean == pytest.approx(3.0 * (1.0 / (1.0 - 0.95**8) - 1.0), rel=0.1)


def test_one_drone_says_nothing_of_others_behind():
    assert unseen(grid(lambda e, n: np.where(n > 49_000.0, 0.95, 0.0)), n=1)[0] < 1e-6
