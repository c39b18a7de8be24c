"""Cells on a raster, and the count of an ensemble in them."""

from __future__ import annotations

import numpy as np
import pytest
import shapely

from flightward.kernels.futures import Drones, MotionRule, draw_futures
from flightward.kernels.raster import NO_CELL, Raster, count_cells, fill_cells, row_at

RULE = MotionRule(
    bendy=0.5, p_break=0.2, end_s=900.0, more_s=300.0, hold_s=600.0, lap_frac=0.1, shared_speed_mps=0.5,
    course_rad=0.03, speed_mps=0.8, sway_s=100.0, wander_m=500.0, wander_s=900.0, height_m=200.0, height_s=1200.0,
    climb_s=60.0, loss_s=3e3,
)  # fmt: skip


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
        track=np.arange(m), raid=np.array([1, 1, 2, 2]), p=np.array([1.0, 0.5, 0.8, 0.3]),
        e_m=np.array([-2e3, 0.0, 1e3, 0.0]), n_m=one * 0, u_m=one * 500, vu_mps=one * 0, chol=chol, sigma_u_m=one * 0,
        sway_e_mps=one * 0, sway_n_mps=one * 0, speed_mps=one * 20.0, unit_e=one * 0.0, unit_n=one * 1.0,
        sigma_course_rad=one * 0.1, sigma_speed_mps=one * 0, turn_s=one * 300.0, turn_rad=one * 0.7,
        lag_s=np.array([0.0, 60.0, 0.0, 0.0]),
        born_s=np.array([50.0, 0.0, 0.0, 0.0]), p_more=one * 0.9, p_before=one * 0, p_follow=one * 0.8, p_end=one * 0.5,
        hold_e_m=one * 900.0, hold_n_m=one * 0, hold_rps=np.array([0.0, 0.0, 0.02, 0.0]),
        is_guided=np.array([0, 1, 0, 0], np.int8), way=np.full((m, 3, 4), 600.0), end=np.full((m, 4), 0.7),
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
                # the first drone is sure, but not there before its time, nor in draws in which no more come
                comes = d.born_s[j] == 0.0 or (ahead[h] >= d.born_s[j] and present[i, j] == 1)
                if row >= 0 and comes and ahead[h] < lost[i, j]:
                    number[row] += d.p[j] / k
                    hit[i, row] = max(hit[i, row], present[i, j])
        assert n_expected[h] == pytest.approx(number)
        assert p_any[h] == pytest.approx(np.minimum(hit.mean(axis=0), number))
    assert n_expected[0].sum() == pytest.approx(1.6)
