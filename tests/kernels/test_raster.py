"""Cells on a raster, and the count of an ensemble in them."""

from __future__ import annotations

import numpy as np
import pytest
import shapely

from flightward.kernels.futures import Drones, MotionRule, draw_futures
from flightward.kernels.raster import NO_CELL, Raster, count_cells, fill_cells, row_at

RULE = MotionRule(300.0, 0.7, 0.6, 0.5, 0.03, 0.8, 100.0, 500.0, 900.0, 200.0, 1200.0, 60.0, 3e3)


@pytest.fixture(autouse=True)
def _wrapping():
    with np.errstate(over="ignore"):
        yield


def test_pixels_get_the_polygon_that_holds_their_centre():
    hexagon = np.array([[3.0, 0.2], [5.7, 1.7], [5.7, 4.6], [3.1, 6.1], [0.4, 4.6], [0.4, 1.7]])
    other = hexagon + np.array([5.3, 0.0])
    cell = np.full((7, 12), NO_CELL)
    e, n = np.concatenate([hexagon, other]).T
    fill_cells(np.array([0, 6, 12]), e.copy(), n.copy(), 0.0, 0.0, 1.0, cell)
    for row in range(7):
        for col in range(12):
            centre = shapely.Point(col + 0.5, row + 0.5)
            want = [i for i, p in enumerate((hexagon, other)) if shapely.Polygon(p).contains(centre)]
            assert cell[row, col] == (want[0] if want else NO_CELL)


def test_a_polygon_beyond_the_raster_is_cut_off():
    cell = np.full((3, 3), NO_CELL)
    e, n = np.array([-9.0, 9.0, 9.0, -9.0]), np.array([-9.0, -9.0, 1.0, 1.0])
    fill_cells(np.array([0, 4]), e, n, 0.0, 0.0, 1.0, cell)
    assert cell.tolist() == [[0, 0, 0], [-1, -1, -1], [-1, -1, -1]]


def test_places_outside_and_unknown_ones_have_no_row():
    raster = Raster(0.0, 0.0, 10.0, np.array([[0, 1], [1, NO_CELL]]), np.array([NO_CELL, 0]))
    places = [(5, 5), (15, 5), (5, 15), (15, 15), (-1, 5), (25, 5), (np.nan, 5), (5, np.inf)]
    assert [row_at(raster, float(e), float(n)) for e, n in places] == [-1, 0, 0, -1, -1, -1, -1, -1]


def test_the_count_is_that_of_the_drawn_futures():
    m, k, ahead = 4, 32, np.array([0.0, 100.0, 400.0])
    one = np.ones(m)
    chol = np.zeros((m, 4, 4))
    chol[:, 0, 0] = chol[:, 1, 1] = 800.0
    d = Drones(
        np.arange(m), np.array([1, 1, 2, 2]), np.array([1.0, 0.5, 0.8, 0.3]), np.array([-2e3, 0.0, 1e3, 0.0]),
        one * 0, one * 500, one * 0, chol, one * 0, one * 0, one * 0, one * 20.0, one * 0.0, one * 1.0, one * 0.1,
        one * 0, one * 0, np.zeros(m, np.int8), np.zeros((m, 3, 4)), np.zeros((m, 4)),
    )  # fmt: skip
    normal = np.linspace(-1.7, 1.7, k)
    cell = np.arange(36).reshape(6, 6) // 2
    raster = Raster(-6e3, -6e3, 2e3, cell, np.arange(18))
    bits, p_any, n_expected = np.zeros((3, 18, 1), np.uint64), np.empty((3, 18)), np.zeros((3, 18))
    count_cells(5, d, RULE, normal, ahead, raster, bits, p_any, n_expected)
    e, n, u = np.empty((k, m, 3)), np.empty((k, m, 3)), np.empty((k, m, 3))
    present, lost = np.empty((k, m), np.int8), np.empty((k, m))
    draw_futures(5, d, RULE, normal, ahead, e, n, u, present, lost)
    for h in range(3):
        hit, number = np.zeros((k, 18)), np.zeros(18)
        for i in range(k):
            for j in range(m):
                row = row_at(raster, e[i, j, h], n[i, j, h])
                if row >= 0 and ahead[h] < lost[i, j]:
                    number[row] += d.p[j] / k
                    hit[i, row] = max(hit[i, row], present[i, j])
        assert n_expected[h] == pytest.approx(number)
        assert p_any[h] == pytest.approx(np.minimum(hit.mean(axis=0), number))
    assert n_expected[0].sum() == pytest.approx(2.6)
