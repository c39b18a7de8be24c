"""Widened convex hulls."""

from __future__ import annotations

import itertools

import numpy as np
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from flightward.kernels.hull import CORNERS, wide_hulls


def hulls(groups, margin_m=1000.0):
    start = np.concatenate([[0], np.cumsum([len(g) for g in groups])]).astype(np.int64)
    points = np.array([p for g in groups for p in g], dtype=np.float64).reshape(-1, 2)
    e, n = np.empty(len(points) * CORNERS), np.empty(len(points) * CORNERS)
    out = np.empty(len(groups) + 1, dtype=np.int64)
    wide_hulls(start, points[:, 0].copy(), points[:, 1].copy(), margin_m, e, n, out)
    return [shapely.Polygon(np.stack([e[a:b], n[a:b]], axis=1)) for a, b in itertools.pairwise(out)]


def test_one_point_has_a_polygon_around_it():
    (p,) = hulls([[(5.0, 7.0)]])
    assert p.is_valid and len(p.exterior.coords) == CORNERS + 1
    assert p.exterior.is_ccw and p.contains(shapely.Point(5.0, 7.0).buffer(999.0))


def test_twice_the_same_point_is_one_point():
    a, b = hulls([[(1.0, 2.0)], [(1.0, 2.0), (1.0, 2.0)]])
    assert a.equals_exact(b, 1e-6)


def test_groups_do_not_touch_each_other():
    first, second = [(0.0, 0.0), (9e3, 0.0), (0.0, 9e3)], [(5e4, 0.0)]
    both = hulls([first, second])
    assert both[0].equals_exact(hulls([first])[0], 1e-9) and both[1].equals_exact(hulls([second])[0], 1e-9)


@settings(max_examples=40, deadline=None)
@given(st.lists(st.tuples(st.integers(-9, 9), st.integers(-9, 9)), min_size=1, max_size=12))
def test_it_is_the_buffered_hull_that_shapely_gives_within_two_percent_of_the_margin(points):
    points = [(1000.0 * x, 1000.0 * y) for x, y in points]
    (got,) = hulls([points])
    hull = shapely.MultiPoint(points).convex_hull
    assert got.is_valid
    assert got.buffer(1e-3).contains(hull.buffer(1000.0, quad_segs=32))
    assert hull.buffer(1020.0, quad_segs=64).contains(got)
