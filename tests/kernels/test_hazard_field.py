"""The hazard of each part of each cell and minute, against counting draw by draw; and when areas are entered."""

from __future__ import annotations

import math

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from flightward.kernels import areas
from flightward.kernels import hazard_field as kernels

ROWS, COLUMNS, STEPS = 6, 7, 3
CELL_M, STEP_S = 5_000.0, 60.0
KNOT_S = np.array([0.0, 70.0, 400.0])


def frozen(values: object, dtype: type = np.float64) -> np.ndarray:
    out = np.ascontiguousarray(np.asarray(values, dtype=dtype))
    out.flags.writeable = False
    return out


def swarm_of(rng: np.random.Generator, draws: int, drones: int) -> kernels.Swarm:
    shape = (draws, drones, 3)
    at = rng.uniform(0.0, 33_000.0, (2, draws, drones, 1)) + rng.normal(0.0, 60.0, (2, draws, drones, 1)) * KNOT_S
    return kernels.Swarm(
        frozen(KNOT_S), frozen(at[0]), frozen(at[1]),
        frozen(np.broadcast_to(rng.uniform(0.0, 4_000.0, (draws, drones, 1)), shape)),
        frozen(rng.uniform(size=(draws, drones)) < 0.8, np.int8),
        frozen(np.where(rng.uniform(size=(draws, drones)) < 0.3, 95.0, np.inf)),
        frozen(np.arange(draws), np.int64), frozen(rng.normal(0.0, 1_000.0, (draws, 2))),
        frozen(np.left_shift(np.uint64(1), np.arange(64, dtype=np.uint64)), np.uint64),
    )


def no_zones(draws: int) -> kernels.Held:
    none = frozen(np.zeros((draws, 0)))
    return kernels.Held(
        frozen([0], np.int64), frozen([], np.int64), frozen([], np.int64), none, none,
        frozen(np.zeros((draws, 0)), np.int8),
    )


def made(
    swarm: kernels.Swarm, reach: kernels.Reach, held: kernels.Held, room: int | None = None
) -> tuple[np.ndarray, int]:
    """(T, parts north, parts east) of draws caught, and what the kernel returned."""
    cells = kernels.Cells(-1_000.0, -2_000.0, CELL_M, 0.0, STEP_S, ROWS, COLUMNS, STEPS)
    index = np.empty((STEPS, ROWS, COLUMNS), np.int32)
    block = np.empty((index.size if room is None else room, 4), np.float32)
    used = kernels.hazard_field(cells, swarm, reach, held, frozen(np.arange(65.0)), index, block)
    out = np.zeros((STEPS, 2 * ROWS, 2 * COLUMNS))
    for s, r, c in zip(*np.nonzero(index), strict=True):
        out[s, 2 * r:2 * r + 2, 2 * c:2 * c + 2] = block[index[s, r, c] - 1].reshape(2, 2)
    return out, used


def middle(r: int, c: int) -> tuple[float, float]:
    return -1_000.0 + (c + 0.5) * CELL_M / 2.0, -2_000.0 + (r + 0.5) * CELL_M / 2.0


def position(swarm: kernels.Swarm, k: int, m: int, t: float) -> tuple[float, float, float] | None:
    if swarm.present[k, m] != 1 or swarm.lost_s[k, m] <= t:
        return None
    e, n, u = (float(np.interp(t, KNOT_S, x[k, m])) for x in (swarm.e_m, swarm.n_m, swarm.u_m))
    return e + swarm.off_m[k, 0], n + swarm.off_m[k, 1], u


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 2**32), st.integers(1, 9), st.integers(0, 6), st.integers(1, 3))
def test_raids_are_counted_draw_by_draw(seed: int, draws: int, drones: int, caught_n: int) -> None:
    swarm = swarm_of(np.random.default_rng(seed), draws, drones)
    reach = kernels.Reach(caught_n, 6_100.0, 1_300.0, 1.0, -1.0, 1.0, 1_500.0)
    got, used = made(swarm, reach, no_zones(draws))
    assert used >= 0
    for s in range(STEPS):
        t = (s + 0.5) * STEP_S
        where = [[p for m in range(drones) if (p := position(swarm, k, m, t)) is not None] for k in range(draws)]
        for r in range(2 * ROWS):
            for c in range(2 * COLUMNS):
                e, n = middle(r, c)
                near = [
                    sum(math.dist((e, n), p[:2]) <= 6_100.0 and abs(p[2] - 1_500.0) <= 1_300.0 for p in d)
                    for d in where
                ]
                assert got[s, r, c] == sum(x >= caught_n for x in near)


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 2**32), st.integers(1, 5))
def test_one_drone_is_near_wherever_it_comes_within_the_minute(seed: int, draws: int) -> None:
    swarm = swarm_of(np.random.default_rng(seed), draws, 2)
    reach = kernels.Reach(3, 1.0, -1.0, 2_600.0, 700.0, 1.0, 1_500.0)
    got, _ = made(swarm, reach, no_zones(draws))
    for s in range(STEPS):
        t, caught = (s + 0.5) * STEP_S, np.zeros((2 * ROWS, 2 * COLUMNS))
        h = int(np.searchsorted(KNOT_S, t, side="right")) - 1
        for k in range(draws):
            lines = []
            for m in range(2):
                p = position(swarm, k, m, t)
                if p is None or abs(p[2] - 1_500.0) > 700.0:
                    continue
                v = [(x[k, m, h + 1] - x[k, m, h]) / (KNOT_S[h + 1] - KNOT_S[h]) for x in (swarm.e_m, swarm.n_m)]
                lines.append(shapely.LineString([(p[0] + dt * v[0], p[1] + dt * v[1]) for dt in (-30.0, 30.0)]))
            for r in range(2 * ROWS):
                for c in range(2 * COLUMNS):
                    caught[r, c] += any(line.distance(shapely.Point(middle(r, c))) <= 2_600.0 for line in lines)
        np.testing.assert_array_equal(got[s], caught)


def test_a_zone_is_dangerous_where_it_is_active_and_a_drone_is_near_or_taken_to_be() -> None:
    swarm = swarm_of(np.random.default_rng(4), 3, 1)
    present, lost = frozen([[1], [0], [0]], np.int8), frozen(np.full((3, 1), np.inf))
    still = {k: frozen(np.full((3, 1, 3), 10_000.0)) for k in ("e_m", "n_m", "u_m")}
    swarm = swarm._replace(present=present, lost_s=lost, off_m=frozen(np.zeros((3, 2))), **still)
    part = 5 * 2 * COLUMNS + 6
    held = kernels.Held(
        frozen([0, 1], np.int64), frozen([part], np.int64), frozen([0], np.int64), frozen([[-10.0], [60.0], [-10.0]]),
        frozen([[100.0], [1e9], [1e9]]), frozen([[0], [1], [0]], np.int8),
    )
    reach = kernels.Reach(3, 1.0, -1.0, 1.0, -1.0, 40_000.0, 500.0)
    got, _ = made(swarm, reach, held)
    # draw 0: a drone near until 100 s; draw 1: from 60 s on taken to be near; draw 2: active, nobody near
    assert got[:, 5, 6].tolist() == [1.0, 2.0, 1.0]
    got[:, 5, 6] = 0.0
    assert not got.any()


def test_too_little_room_is_told() -> None:
    swarm = swarm_of(np.random.default_rng(2), 4, 5)
    reach = kernels.Reach(1, 6_000.0, 5_000.0, 1.0, -1.0, 1.0, 1_500.0)
    _, used = made(swarm, reach, no_zones(4))
    assert used > 3
    assert made(swarm, reach, no_zones(4), room=3)[1] == -4


def square(e: float, n: float, half: float) -> list[tuple[float, float]]:
    return [(e - half, n - half), (e + half, n - half), (e + half, n + half), (e - half, n + half)]


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 2**32), st.integers(2, 6))
def test_time_inside_is_that_of_the_lines_cut_by_the_polygon(seed: int, points: int) -> None:
    rng = np.random.default_rng(seed)
    t = np.concatenate([[0.0], np.cumsum(rng.uniform(10.0, 200.0, points - 1))])
    e, n = rng.uniform(-5_000.0, 5_000.0, (2, points))
    ring = np.sort(rng.uniform(0.0, 2.0 * math.pi, 7))
    far = rng.uniform(800.0, 5_000.0, 7)
    corners = np.column_stack([far * np.sin(ring), far * np.cos(ring)])
    polygon = shapely.Polygon(corners)
    if not polygon.is_valid or polygon.area < 1.0:
        return
    begin, end = np.sort(rng.uniform(0.0, t[-1] + 10.0, 2))
    first, later = np.empty((1, 1)), np.empty((1, 1))
    args = frozen([0, points], np.int64), frozen(t), frozen(e), frozen(n), frozen(np.full(points, 500.0))
    areas.time_inside(
        *args, frozen([0], np.int64), frozen([begin]), frozen([end]), frozen([0.0]), frozen([1_000.0]),
        frozen([0, 7], np.int64), frozen(corners[:, 0]), frozen(corners[:, 1]), first, later,
    )
    wanted = 0.0
    for i in range(points - 1):
        a, b = max(begin, t[i]), min(end, t[i + 1])
        if a < b:
            ends = [((e[i] + x * (e[i + 1] - e[i])), (n[i] + x * (n[i + 1] - n[i])))
                    for x in ((a - t[i]) / (t[i + 1] - t[i]), (b - t[i]) / (t[i + 1] - t[i]))]
            line = shapely.LineString(ends)
            wanted += (b - a) * (line.intersection(polygon).length / line.length if line.length else 0.0)
    assert first[0, 0] + later[0, 0] == pytest.approx(wanted, abs=1e-3)
    starts_in = begin <= 0.0 and polygon.contains(shapely.Point(e[0], n[0]))
    assert first[0, 0] == 0.0 or starts_in


def test_the_stay_in_which_a_route_begins_is_told_apart_from_later_ones() -> None:
    corners = np.array(square(0.0, 0.0, 1_000.0))
    args = (
        frozen([0, 3], np.int64), frozen([0.0, 100.0, 200.0]), frozen([0.0, 4_000.0, 0.0]), frozen([0.0, 0.0, 0.0]),
        frozen([500.0, 500.0, 500.0]),
    )
    first, later = np.empty((1, 2)), np.empty((1, 2))
    areas.time_inside(
        *args, frozen([0, 0], np.int64), frozen([-1.0, 150.0]), frozen([1e9, 190.0]), frozen([0.0]), frozen([600.0]),
        frozen([0, 4], np.int64), frozen(corners[:, 0]), frozen(corners[:, 1]), first, later,
    )
    np.testing.assert_allclose(first, [[25.0, 0.0]])
    np.testing.assert_allclose(later, [[25.0, 15.0]])


def test_other_heights_are_not_inside() -> None:
    corners = np.array(square(0.0, 0.0, 1_000.0))
    args = (
        frozen([0, 2], np.int64), frozen([0.0, 100.0]), frozen([0.0, 0.0]), frozen([0.0, 0.0]), frozen([0.0, 1_000.0]),
    )
    first, later = np.empty((1, 1)), np.empty((1, 1))
    areas.time_inside(
        *args, frozen([0], np.int64), frozen([-1.0]), frozen([1e9]), frozen([250.0]), frozen([600.0]),
        frozen([0, 4], np.int64), frozen(corners[:, 0]), frozen(corners[:, 1]), first, later,
    )
    assert (first[0, 0], later[0, 0]) == (0.0, pytest.approx(35.0))
