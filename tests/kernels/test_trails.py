"""Links between groups that follow each other's way, and what joins them."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from flightward.kernels.trails import (
    Crumbs,
    FollowRule,
    Grid,
    crumb_bounds,
    follow_links,
    join_groups,
    sort_crumbs,
)

RULE = FollowRule(6000.0, 15.0, 600.0, 7500.0, 20.0, 750.0, 33.0)
NOW_S = 1000.0


def links(things, crumbs, group, before=None, rule=RULE):
    """things (e, n, ve, vn); crumbs (row, t, e, n, ve, vn). Pairs (leader, follower)."""
    things, c = np.array(things, dtype=np.float64), np.array(crumbs, dtype=np.float64)
    low, high = c[:, 2:4].min(axis=0), c[:, 2:4].max(axis=0)
    width = float(np.hypot(rule.keep_m, rule.half_s * np.hypot(c[:, 4], c[:, 5]).max()))
    grid = Grid(width, float(low[0]), float(low[1]), *(int(v // width) + 1 for v in high - low))
    f, row, start = np.empty((5, len(c))), np.empty(len(c), np.int64), np.empty(grid.nx * grid.ny + 1, np.int64)
    sort_crumbs(c[:, 1:].copy(), c[:, 0].astype(np.int64), grid, f, row, start)
    held = Crumbs(row, *f, start)
    group = np.array(group)
    before = np.full(len(things), -1) if before is None else np.array(before)
    count = int(group.max()) + 1
    a, b = np.empty(count, dtype=np.int64), np.empty(count, dtype=np.int64)
    k = follow_links(NOW_S, *things.T.copy(), group, count, before, held, grid, rule, a, b)
    return list(zip(a[:k].tolist(), b[:k].tolist(), strict=True))


AHEAD = (0.0, 20_000.0, 0.0, 50.0)


def test_it_follows_where_the_other_was_as_it_flew_and_soon_enough():
    crumb = [(0, NOW_S - 400.0, 0.0, 0.0, 0.0, 50.0)]
    assert links([AHEAD, (0.0, 0.0, 0.0, 50.0)], crumb, [0, 1]) == [(0, 1)]
    assert links([AHEAD, (5999.0, 1000.0, 14.0, 50.0)], crumb, [0, 1]) == [(0, 1)]
    assert links([AHEAD, (6001.0, 0.0, 0.0, 50.0)], crumb, [0, 1]) == []  # aside
    assert links([AHEAD, (0.0, 0.0, 16.0, 50.0)], crumb, [0, 1]) == []  # another course
    assert links([AHEAD, (0.0, 1700.0, 0.0, 50.0)], crumb, [0, 1]) == []  # between this crumb and the next
    late = [(0, NOW_S - 601.0, 0.0, 0.0, 0.0, 50.0)]
    assert links([AHEAD, (0.0, 0.0, 0.0, 50.0)], late, [0, 1]) == []
    early = [(0, NOW_S - 10.0, 0.0, 0.0, 0.0, 50.0)]
    assert links([AHEAD, (0.0, 1000.0, 0.0, 50.0)], early, [0, 1]) == []  # it is ahead of the other


def test_what_was_together_is_held_a_little_wider():
    far = [AHEAD, (7000.0, 0.0, 18.0, 50.0)]
    crumb = [(0, NOW_S - 700.0, 0.0, 0.0, 0.0, 50.0)]
    assert links(far, crumb, [0, 1]) == []
    assert links(far, crumb, [0, 1], [4, 4]) == [(0, 1)]
    assert links(far, crumb, [0, 1], [4, 5]) == []


def test_crumbs_of_what_is_gone_or_stood_still_link_nothing():
    assert links([AHEAD, (0.0, 0.0, 0.0, 50.0)], [(-1, NOW_S - 400.0, 0.0, 0.0, 0.0, 50.0)], [0, 1]) == []
    assert links([AHEAD, (0.0, 0.0, 0.0, 0.5)], [(0, NOW_S - 400.0, 0.0, 0.0, 0.0, 0.5)], [0, 1]) == []


def test_joined_groups_are_numbered_by_their_first_row():
    out = np.empty(5, dtype=np.int64)
    assert join_groups(np.array([0, 1, 2, 1, 3]), 4, np.array([4]), np.array([1]), out) == 3
    assert out.tolist() == [0, 1, 2, 1, 1]


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 10_000))
def test_the_cells_miss_no_link(seed):
    rng = np.random.default_rng(seed)
    n, k = 12, 60
    way = rng.choice([0.0, 0.1, 2.0], n)
    things = np.column_stack([rng.uniform(-4e4, 4e4, (n, 2)), 50 * np.sin(way), 50 * np.cos(way)])
    row = rng.integers(-1, n, k)
    crumbs = np.column_stack([row, NOW_S - rng.uniform(0, 800, k), rng.uniform(-4e4, 4e4, (k, 2)), things[row, 2:]])
    found = links(things, crumbs, np.arange(n))
    # naive twin with complex numbers: turn each crumb's course onto the real axis
    colour = list(range(n))
    for _ in range(n):
        for r, t, e, north, ve, vn in crumbs:
            for j, (x, y, vx, vy) in enumerate(things):
                turned = ((x - e) + 1j * (y - north)) * np.conj(ve + 1j * vn) / abs(ve + 1j * vn)
                s = turned.real / abs(ve + 1j * vn)
                near = abs(s) <= 33 and abs(turned.imag) <= 6000 and 0 <= NOW_S - t - s <= 600
                if r >= 0 and near and abs((vx - ve) + 1j * (vy - vn)) <= 15:
                    colour[j] = colour[int(r)] = min(colour[j], colour[int(r)])
    joined = np.empty(n, dtype=np.int64)
    pairs = np.array(found, dtype=np.int64).reshape(-1, 2)
    join_groups(np.arange(n), n, pairs[:, 0].copy(), pairs[:, 1].copy(), joined)
    assert [[a == b for b in joined] for a in joined] == [[a == b for b in colour] for a in colour]


@given(st.integers(0, 2**32 - 1), st.integers(1, 60))
@settings(max_examples=60, deadline=None)
def test_crumbs_are_sorted_as_by_a_stable_sort_of_their_cells(seed, n):
    rng = np.random.default_rng(seed)
    crumb = np.column_stack([np.arange(n), rng.uniform(-5e4, 5e4, (n, 2)), rng.normal(0.0, 50.0, (n, 2))])
    grid = Grid(float(rng.uniform(5e3, 4e4)), -3e4, -3e4, int(rng.integers(1, 9)), int(rng.integers(1, 9)))
    columns, code = np.empty((5, n)), np.empty(n, np.int64)
    start = np.empty(grid.nx * grid.ny + 1, np.int64)
    sort_crumbs(crumb, np.arange(n), grid, columns, code, start)
    x = np.clip(np.floor((crumb[:, 1] - grid.e_m) / grid.cell_m), 0, grid.nx - 1)
    y = np.clip(np.floor((crumb[:, 2] - grid.n_m) / grid.cell_m), 0, grid.ny - 1)
    cell = (y * grid.nx + x).astype(int)
    expected = sorted(range(n), key=lambda i: (cell[i], i))
    assert code.tolist() == expected
    assert np.array_equal(columns, crumb[expected].T)
    assert start.tolist() == [sum(cell < c) for c in range(grid.nx * grid.ny + 1)]
    bounds = np.empty(5)
    crumb_bounds(crumb, bounds)
    speed = [float(np.hypot(*v)) for v in crumb[:, 3:]]
    assert bounds[:4].tolist() == [*crumb[:, 1:3].min(axis=0), *crumb[:, 1:3].max(axis=0)]
    assert np.isclose(bounds[4], max(speed), rtol=1e-12)
