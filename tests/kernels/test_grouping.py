"""Groups and their figures."""

from __future__ import annotations

import numpy as np
import pytest

from flightward.kernels.grouping import LinkRule, describe_groups, link_groups

RULE = LinkRule(10.0, 5.0, 12.5, 60.0)


def groups(e, n, ve, vn, before=None):
    e, n, ve, vn = (np.array(c, dtype=np.float64) for c in (e, n, ve, vn))
    before = np.full(len(e), -1) if before is None else np.array(before)
    out = np.empty(len(e), dtype=np.int64)
    strip = np.floor(n / 12.5).astype(np.int64)
    count = link_groups(np.lexsort((e, strip)), strip, e, n, ve, vn, before, RULE, out)
    assert count == len(set(out.tolist()))
    return out.tolist()


def test_links_need_both_place_and_velocity():
    assert groups([0, 9, 30, 30], [0, 0, 0, 1], [1, 1, 1, 9], [0, 0, 0, 0]) == [0, 0, 1, 2]


def test_numbers_follow_rows_and_not_places():
    assert groups([50, 0, 52], [0, 0, 0], [0, 0, 0], [0, 0, 0]) == [0, 1, 0]


def test_what_was_together_stays_together_a_little_farther():
    assert groups([0, 12], [0, 0], [0, 50], [0, 0]) == [0, 1]
    assert groups([0, 12], [0, 0], [0, 50], [0, 0], before=[7, 7]) == [0, 0]
    assert groups([0, 13], [0, 0], [0, 50], [0, 0], before=[7, 7]) == [0, 1]


def test_figures_of_a_group_against_plain_sums():
    rng = np.random.default_rng(4)
    e, n, u = rng.normal(0, 1000, (3, 7))
    ve, vn = rng.normal(3, 2, 7), rng.normal(50, 2, 7)
    w = rng.uniform(0.3, 1, 7)
    start = np.array([0, 3, 7])
    figures, lag = np.empty((2, 10)), np.empty(7)
    describe_groups(start, e, n, u, ve, vn, w, 20.0, figures, lag)
    for g in range(2):
        m = slice(start[g], start[g + 1])
        mean = [np.average(c[m], weights=w[m]) for c in (e, n, u, ve, vn, np.hypot(ve, vn))]
        assert figures[g, :7] == pytest.approx([w[m].sum(), *mean])
        axis = np.array(mean[3:5]) / np.hypot(*mean[3:5])
        course = np.arctan2(ve[m], vn[m]) - np.arctan2(mean[3], mean[4])
        assert figures[g, 7] == pytest.approx(np.sqrt(np.average(course**2, weights=w[m])))
        assert figures[g, 8] == pytest.approx(np.sqrt(np.average((np.hypot(ve, vn)[m] - mean[5]) ** 2, weights=w[m])))
        along = e[m] * axis[0] + n[m] * axis[1]
        behind = (along.max() - along) / np.hypot(*mean[3:5])
        assert lag[m] == pytest.approx(behind)
        assert figures[g, 9] == pytest.approx(3.0 * w[m][behind <= 20.0].sum())


def test_no_groups_is_no_answer():
    assert groups([], [], [], []) == []


def test_the_strips_miss_no_link():
    rng = np.random.default_rng(11)
    for _ in range(30):
        e, n = rng.uniform(-60, 60, (2, 40))
        ve, vn = rng.choice([0.0, 4.0, 9.0], (2, 40))
        before = rng.integers(-1, 3, 40)
        place, speed = e + 1j * n, ve + 1j * vn
        far, fast = np.abs(place[:, None] - place), np.abs(speed[:, None] - speed)
        same = (before[:, None] == before) & (before >= 0)
        reach = ((far <= 10) & (fast <= 5)) | (same & (far <= 12.5) & (fast <= 60))
        for _ in range(6):  # to the closure: 64 links long
            reach = reach @ reach
        got = np.array(groups(e, n, ve, vn, before))
        assert ((got[:, None] == got) == reach).all()
