"""The kernels under threats and encounters, on small arrays, in all three modes."""

from __future__ import annotations

import numpy as np
import pytest

from flightward.encounters import closest_approach
from flightward.kernels import plan_match, polygon, stays
from flightward.kernels.intervals import cylinder, disc, slab

L_SHAPE = np.array([[0, 0], [4, 0], [4, 1], [1, 1], [1, 4], [0, 4]], dtype=np.float64)


def frozen(*arrays):
    out = []
    for a in arrays:
        a = np.ascontiguousarray(a)
        a.flags.writeable = False
        out.append(a)
    return out


def test_closest_approach_by_hand_and_a_bad_row_marks_itself_only():
    rows = np.array([[-100.0, 30, 10, 10, 0, -1], [np.nan, 0, 0, 0, 0, 0], [0, 50, -5, 0, 0, 0], [100, 0, 0, 10, 0, 0]])
    got = closest_approach(rows, 60.0)
    np.testing.assert_allclose(got.t_s, [10, np.nan, 0, 0])
    np.testing.assert_allclose(got.miss_h_m, [30, np.nan, 50, 100])
    np.testing.assert_allclose(got.miss_v_m, [0, np.nan, 5, 0])
    np.testing.assert_array_equal(got.status, [0, 1, 0, 0])


@pytest.mark.parametrize("seed", range(5))
def test_intervals_hold_where_sampling_says_so(seed):
    rng = np.random.default_rng(seed)
    e, n, u, ve, vn, vu = rng.normal(0, 3, 3).tolist() + rng.normal(0, 0.5, 3).tolist()
    t = np.linspace(0, 20, 4001)
    h = np.hypot(e + t * ve, n + t * vn)
    for found, holds in (
        (disc(e, n, ve, vn, 2.0, 20.0), h <= 2.0),
        (slab(u, vu, -1.0, 2.0, 20.0), (u + t * vu >= -1.0) & (u + t * vu <= 2.0)),
        (cylinder(e, n, u, ve, vn, vu, 2.0, 1.5, 20.0), (h <= 2.0) & (np.abs(u + t * vu) <= 1.5)),
    ):
        inside = (t >= found[0]) & (t <= found[1])
        assert np.count_nonzero(inside != holds) <= 2


def test_points_in_a_concave_polygon():
    e, n = frozen(np.array([0.5, 3.0, 3.0, 0.5, np.nan]), np.array([3.0, 0.5, 3.0, 0.5, 0.0]))
    start, pe, pn = frozen(np.array([0, 6]), L_SHAPE[:, 0], L_SHAPE[:, 1])
    out = np.zeros((5, 1), np.int8)
    polygon.inside(e, n, start, pe, pn, out)
    assert out[:, 0].tolist() == [1, 1, 0, 1, -1]


def test_first_stay_in_an_area_while_it_holds():
    # flies east at 1 m/s through both arms of a U
    u_shape = np.array([[0, 0], [10, 0], [10, 10], [8, 10], [8, 2], [2, 2], [2, 10], [0, 10]], dtype=np.float64)
    t, e = np.array([0.0, 20]), np.array([-5.0, 15])
    path = frozen(np.array([0, 2]), t, e, np.array([5.0, 5]), np.array([100.0, 100]))
    for holds, want in (((0, 99), (5, 7)), ((6, 99), (6, 7)), ((8, 99), (13, 15)), ((16, 99), (np.nan, np.nan))):
        enter, leave = np.empty((1, 1)), np.empty((1, 1))
        stays.first_stays(
            *path, *frozen(np.array([0, 8]), u_shape[:, 0], u_shape[:, 1], np.array([[0.0, 200.0]]),
                           np.array([holds], dtype=np.float64)), enter, leave,
        )
        np.testing.assert_allclose([enter[0, 0], leave[0, 0]], want)


def plans():
    """One plan: 100 km east at 100 m/s, then back on a line 2 km north."""
    t, e, n = np.array([0.0, 1000, 1020, 2020]), np.array([0.0, 1e5, 1e5, 0]), np.array([0.0, 0, 2000, 2000])
    return frozen(np.array([0, 4]), t, e, n)


@pytest.mark.parametrize(
    ("state", "now_s", "status", "shift"),
    [
        ((20_000, 100, 100, 0), 200.0, 0, 0.0),  # where it should be
        ((20_000, 100, 100, 0), 500.0, 0, 300.0),  # five minutes late
        ((20_000, 1500, -100, 0), 200.0, 0, 200.0 - 1820.0),  # the way back, in its own direction only
        ((20_000, 9000, 100, 0), 200.0, 1, 0.0),  # off
    ],
)
def test_a_flight_is_matched_to_its_plan_in_its_own_direction(state, now_s, status, shift):
    out = np.empty(1), np.empty(1), np.empty(1, np.int8)
    use, s, old = frozen(np.ones(1, np.int8), np.array([state], dtype=np.float64), np.zeros(1))
    plan_match.match(*plans(), s, use, now_s, old, 3000.0, *out)
    assert out[2][0] == status and out[0][0] == pytest.approx(shift)
