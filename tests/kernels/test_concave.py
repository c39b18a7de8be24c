"""Concave hulls against what must hold of them."""

from __future__ import annotations

import itertools

import numpy as np
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from flightward.kernels.concave import dug_hulls


def rings(groups, reach_m=6000.0):
    start = np.concatenate([[0], np.cumsum([len(g) for g in groups])]).astype(np.int64)
    p = np.array([q for g in groups for q in g], dtype=np.float64).reshape(-1, 2)
    row, out = np.empty(len(p), dtype=np.int64), np.empty(len(start), dtype=np.int64)
    dug = np.empty(len(groups), np.int8)
    dug_hulls(start, p[:, 0].copy(), p[:, 1].copy(), reach_m, row, out, dug)
    return [p[row[a:b]] for a, b in itertools.pairwise(out)], dug.tolist()


BEND = [(0.0, 3000.0 * k) for k in range(11)] + [(3000.0 * k, 30_000.0) for k in range(1, 11)]


def test_a_bend_is_followed_and_a_straight_or_compact_group_stays_convex():
    straight = [(100.0 * (k % 3), 3000.0 * k) for k in range(12)]
    compact = [(0.0, 0.0), (9000.0, 0.0), (9000.0, 9000.0), (0.0, 9000.0), (4500.0, 4000.0)]
    # a little width, so that the bend is an area
    bend = BEND + [(x + 500.0, y - 500.0) for x, y in BEND]
    (a, b, c), dug = rings([straight, compact, bend])
    assert dug == [0, 0, 1]
    assert len(b) == 4 and shapely.Polygon(a).is_valid
    hollow, hull = shapely.Polygon(c), shapely.MultiPoint(bend).convex_hull
    assert hollow.is_valid and hollow.area < 0.4 * hull.area


def test_one_two_and_equal_points_are_no_harm():
    out, dug = rings([[(1.0, 2.0)], [(0.0, 0.0), (50_000.0, 0.0)], [(3.0, 3.0)] * 4])
    assert len(out[0]) == 1 and len(out[1]) == 2 and len(out[2]) <= 2 and dug == [0, 0, 0]


@settings(max_examples=150, deadline=None)
@given(st.integers(0, 100_000), st.integers(3, 60), st.sampled_from([200.0, 2000.0, 6000.0]))
def test_it_is_simple_and_holds_all_points_within_the_convex_hull(seed, n, reach_m):
    rng = np.random.default_rng(seed)
    # points on curves with scatter: raids in bends; whole kilometres give many that are on one line
    s = rng.uniform(0, 80_000, n)
    bend = rng.uniform(-1e-4, 1e-4)
    p = np.column_stack([s * np.cos(bend * s), s * np.sin(bend * s)])
    p += rng.normal(0, rng.choice([0, 300, 3000]), (n, 2))
    if seed % 3 == 0:
        p = np.round(p / 5000.0) * 5000.0
    (ring,), _ = rings([p], reach_m)
    hull = shapely.MultiPoint(p).convex_hull
    if hull.geom_type == "Polygon":
        got = shapely.Polygon(ring)
        assert got.is_valid and got.exterior.is_ccw
        assert hull.buffer(1e-6).contains(got)
        assert shapely.distance(got, shapely.points(p)).max() < 1e-6 * max(np.abs(p).max(), 1.0)
