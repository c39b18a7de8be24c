"""Front, tail, axis, heights, turning and waves of groups."""

from __future__ import annotations

import numpy as np
import pytest

from flightward.kernels import shape
from flightward.kernels.shape import count_waves, shape_groups


def figures(e, n, u=None, ve=None, vn=None, turn=None, w=None, start=None):
    e, n = np.array(e, dtype=np.float64), np.array(n, dtype=np.float64)
    k = len(e)
    u, ve, vn, turn, w = (
        np.full(k, d) if x is None else np.array(x, dtype=np.float64)
        for x, d in ((u, 500.0), (ve, 0.0), (vn, 50.0), (turn, np.nan), (w, 1.0))
    )
    start = np.array([0, k] if start is None else start)
    out, end = np.empty((len(start) - 1, shape.N_FIGURES)), np.empty((len(start) - 1, 2), dtype=np.int64)
    shape_groups(start, e, n, u, ve, vn, turn, w, out, end)
    return out, end


def test_a_column_that_flies_north():
    f, end = figures([0, 100, -100, 0], [0, -3000, -6000, -9000])
    assert f[0, shape.LENGTH] == pytest.approx(9000, rel=1e-3) and f[0, shape.WIDTH] == pytest.approx(200, rel=0.2)
    assert np.sin(f[0, shape.AXIS]) == pytest.approx(0.0, abs=0.02) and f[0, shape.COURSE] == 0.0
    assert end.tolist() == [[0, 3]]


def test_a_line_abreast_has_its_axis_across_its_course():
    f, _ = figures([-5000, 0, 5000], [0, 0, 0])
    assert abs(np.cos(f[0, shape.AXIS])) < 1e-6 and f[0, shape.LENGTH] == pytest.approx(10_000.0)


def test_one_drone_has_its_course_for_axis_and_no_length():
    f, end = figures([5.0], [7.0], ve=[50.0], vn=[0.0])
    assert f[0, shape.AXIS] == pytest.approx(np.pi / 2) and f[0, shape.LENGTH] == 0.0 and end.tolist() == [[0, 0]]
    assert np.isnan(f[0, shape.TURN])


def test_turning_counts_only_those_that_are_known():
    f, _ = figures([0, 1, 2], [0, 0, 0], turn=[0.02, 0.0, np.nan])
    assert (f[0, shape.TURN], f[0, shape.TURNING]) == (pytest.approx(0.01), 0.5)


def test_groups_do_not_mix_and_axis_and_heights_are_those_of_numpy():
    rng = np.random.default_rng(8)
    e, n, u = rng.normal(0, [[9000], [2000], [150]], (3, 20))
    e = e + 0.5 * n
    w = rng.uniform(0.3, 1, 20)
    f, _ = figures(e, n, u, w=w, start=[0, 8, 20])
    for g, m in enumerate((slice(0, 8), slice(8, 20))):
        p = np.stack([e[m], n[m]])
        values, vectors = np.linalg.eigh(np.cov(p, aweights=w[m]))
        long = vectors[:, np.argmax(values)]
        assert abs(long @ [np.sin(f[g, shape.AXIS]), np.cos(f[g, shape.AXIS])]) == pytest.approx(1.0)
        assert f[g, shape.LENGTH] == pytest.approx(np.ptp(long @ p))
        mean = np.average(u[m], weights=w[m])
        sigma = np.sqrt(np.average((u[m] - mean) ** 2, weights=w[m]))
        assert f[g, [shape.LOW, shape.HIGH]] == pytest.approx([mean - 1.645 * sigma, mean + 1.645 * sigma], abs=0.1)


def test_waves_are_numbered_from_the_front_within_each_group():
    wave, count = np.empty(7, dtype=np.int64), np.empty(2, dtype=np.int64)
    ahead = np.array([-9.0, 0.0, -1.0, -8.0, -5.0, 0.0, -3.0])
    count_waves(np.array([0, 4, 7]), np.array([3, 0, 0, 3, 7, 7, 2]), ahead, wave, count)
    assert wave.tolist() == [2, 1, 1, 2, 1, 1, 2] and count.tolist() == [2, 2]
