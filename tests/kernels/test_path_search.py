"""The front of hazard and arrival, against every way there is."""

from __future__ import annotations

import naive_path as naive
import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from flightward.kernels import path_search as kernels
from flightward.kernels.hazard_along import Field, along
from flightward.kernels.path_search import Ask, Closed, Labels, Lattice

NEVER = 60
MOVES = {  # i, j, quanta: four, eight and sixteen headings in order of angle
    4: [(1, 0, 3), (0, 1, 3), (-1, 0, 3), (0, -1, 3)],
    8: [(1, 0, 5), (1, 1, 7), (0, 1, 5), (-1, 1, 7), (-1, 0, 5), (-1, -1, 7), (0, -1, 5), (1, -1, 7)],
}
SIDE_M, STEP_S, QUANTUM_S = 1_000.0, 60.0, 17.0
E0_M, N0_M = -371.3, -893.7
"""Of the field: no part's edge lies where a move is looked up."""


def frozen(values: object, dtype: type = np.int64) -> np.ndarray:
    out = np.ascontiguousarray(np.asarray(values, dtype=dtype))
    out.flags.writeable = False
    return out


class Case:
    """A small lattice in a random field."""

    def __init__(self, seed: int, headings: int = 8, shape: tuple[int, int] = (3, 3), levels: int = 1) -> None:
        rng = np.random.default_rng(seed)
        self.shape, self.moves, self.levels = shape, MOVES[headings], levels
        m = len(self.moves)
        self.along, self.across = np.array([1_830.0, 540.0]), np.array([-540.0, 1_830.0])
        self.values = rng.choice([0.0, 0.0, 0.0, 0.5, 0.25, 1.5], (levels, 12, 16, 16))
        cells = shape[0] * shape[1]
        self.arc_closed = rng.integers(0, 4, (cells, m)) * (rng.uniform(size=(cells, m)) < 0.2)
        self.cell_closed = rng.integers(0, 4, cells) * (rng.uniform(size=cells) < 0.2)
        self.window = [(-np.inf, np.inf), (120.0, 300.0)]
        self.level_bits = rng.integers(0, 4, levels)
        self.climb, self.descent = [2] * (levels - 1), [1] * (levels - 1)
        self.parts = [2, 3] * (m // 2)
        self.turn, self.wait_q = int(rng.integers(1, m // 2 + 1)), int(rng.choice([0, 4, 6]))
        self.is_hover = bool(rng.integers(0, 2))
        self.start = (0, 0, 0, int(rng.integers(0, m + 1)))
        self.start_s = float(rng.uniform(0.0, 90.0))
        self.goals = {(shape[0] - 1, int(rng.integers(0, shape[1])))}
        if rng.uniform() < 0.3:
            self.goals.add((shape[0] - 1, 0))

    def cost(self, i: int, j: int, d: int | None, level: int, q: int, dq: int, parts: int) -> float:
        di, dj = (0, 0) if d is None else self.moves[d][:2]
        total = 0.0
        for x in np.linspace(0.5, parts - 0.5, parts) / parts:
            e, n = (i + x * di) * self.along + (j + x * dj) * self.across
            t = self.start_s + (q + x * dq) * QUANTUM_S
            total += naive.part_at(self.values[level], e, n, t, E0_M, N0_M, SIDE_M, STEP_S) / parts
        return total * dq * QUANTUM_S / STEP_S

    def is_closed(self, bits: int, q: int, dq: int) -> bool:
        a, b = self.start_s + q * QUANTUM_S, self.start_s + (q + dq) * QUANTUM_S
        return any(bits >> w & 1 and begin <= b and end > a for w, (begin, end) in enumerate(self.window))

    def move_cost(self, i: int, j: int, level: int, d: int, q: int) -> float | None:
        """A level below zero: -1 - level of a move that changes it, closed if either level is."""
        bits, changes = int(self.arc_closed[i * self.shape[1] + j, d]), level < 0
        level = -1 - level if changes else level
        mask = int(self.level_bits[level])
        if changes:
            mask = self.both
        if self.is_closed(bits & mask, q, self.moves[d][2]):
            return None
        return self.cost(i, j, d, level, q, self.moves[d][2], self.parts[d])

    def wait_cost(self, i: int, j: int, level: int, q: int) -> float | None:
        if self.is_closed(int(self.cell_closed[i * self.shape[1] + j]) & int(self.level_bits[level]), q, self.wait_q):
            return None
        return self.cost(i, j, None, level, q, self.wait_q, max(1, -(-int(self.wait_q * QUANTUM_S * 1000) // 60_000)))

    @property
    def both(self) -> int:
        """Two levels at most in these cases."""
        return int(np.bitwise_or.reduce(self.level_bits))

    def kernel_front(
        self, most_slack: int, room: int = 200_000
    ) -> tuple[list[tuple[int, float]], np.ndarray, int | None]:
        index, block, first, last = naive.as_field(self.values)
        field = Field(
            E0_M, N0_M, 2.0 * SIDE_M, 0.0, STEP_S, frozen(index, np.int32), frozen(block, np.float32), frozen(first),
            frozen(last),
        )
        move = np.array(self.moves)
        lattice = Lattice(
            0.0, 0.0, *self.along, *self.across, *self.shape, frozen(move[:, 0]), frozen(move[:, 1]),
            frozen(move[:, 2]), frozen(self.parts),
        )
        closed = Closed(
            frozen(self.arc_closed), frozen(self.cell_closed), frozen(self.level_bits),
            frozen([w[0] for w in self.window], np.float64), frozen([w[1] for w in self.window], np.float64),
        )
        i, j, level, heading = self.start
        ask = Ask(
            i * self.shape[1] + j, level, heading, self.start_s, QUANTUM_S, self.turn, self.wait_q, self.is_hover, -1,
            most_slack, -1.0, 1e-9, frozen(self.climb), frozen(self.descent), frozen(np.arange(self.levels)),
        )
        goal = np.zeros(self.shape[0] * self.shape[1], np.int8)
        for a, b in self.goals:
            goal[a * self.shape[1] + b] = 1
        left = np.zeros(len(goal), np.int64)
        all_levels = int(np.bitwise_and.reduce(self.level_bits)) & 1
        never = frozen((self.arc_closed & all_levels) != 0, np.int8)
        kernels.to_goal(lattice, frozen(goal, np.int8), never, left)
        labels = Labels(*(np.empty(room, np.int32) for _ in range(3)), np.empty(room), np.empty(room, np.int32))
        rows, counts = np.empty(64, np.int64), np.zeros(4, np.int64)
        kernels.search(lattice, field, closed, ask, frozen(goal, np.int8), frozen(left), labels, rows, counts)
        front = [(int(labels.time_q[r]), float(labels.hazard[r])) for r in rows[:counts[0]]]
        least = None if left[ask.cell] >= kernels.FAR else int(left[ask.cell])
        return front, counts, least

    def naive_front(self, most_slack: int) -> tuple[list[tuple[int, float]], int | None]:
        always = int(np.bitwise_and.reduce(self.level_bits)) & 1
        never = {
            (i, j, d) for i in range(self.shape[0]) for j in range(self.shape[1]) for d in range(len(self.moves))
            if self.arc_closed[i * self.shape[1] + j, d] & always
        }
        least = naive.least_quanta(self.shape, self.moves, self.goals, self.start[:2], never)
        if least is None:
            return [], None
        ways = naive.all_ways(
            self.start, self.shape, self.moves, self.goals, least + most_slack, self.turn, self.wait_q, self.is_hover,
            self.climb, self.descent, self.move_cost, self.wait_cost,
        )
        return naive.pareto(ways), least


def agree(case: Case, most_slack: int) -> int:
    got, counts, least = case.kernel_front(most_slack)
    wanted, wanted_least = case.naive_front(most_slack)
    assert least == wanted_least
    assert [q for q, _ in got] == [q for q, _ in wanted]
    assert [h for _, h in got] == pytest.approx([h for _, h in wanted], abs=1e-6)
    assert counts[2] == (0 if wanted else 1)
    return len(wanted)


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 2**32), st.sampled_from([4, 8]), st.integers(0, 12))
def test_the_front_is_that_of_all_ways(seed: int, headings: int, most_slack: int) -> None:
    agree(Case(seed, headings), most_slack)


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 2**32), st.integers(0, 9))
@example(96705047, 6)  # two ways of one hazard but for the last bit: a point must lower it by more than that
def test_the_front_is_that_of_all_ways_over_two_levels(seed: int, most_slack: int) -> None:
    agree(Case(seed, 4, (4, 2), levels=2), most_slack)


def test_fronts_of_several_points_are_among_the_cases() -> None:
    sizes = [agree(Case(seed, 8), 10) for seed in range(12)]
    assert max(sizes) >= 3


def test_without_hazard_the_front_is_the_earliest_arrival_alone() -> None:
    case = Case(1)
    case.values[:] = 0.0
    case.arc_closed[:] = 0
    case.start, case.turn = (0, 0, 0, 8), 4
    front, counts, least = case.kernel_front(20)
    assert front == [(least, 0.0)]
    assert counts[2] == 0


def test_too_little_room_is_said_and_what_is_settled_is_right() -> None:
    case = Case(3, 8)
    whole, counts, _ = case.kernel_front(16)
    assert counts[2] == 0
    short, cut, least = case.kernel_front(16, room=int(counts[1]) // 3)
    assert cut[2] == 2
    assert least is not None
    assert short == [p for p in whole if p[0] - least < cut[3]]


def test_what_adds_up_along_a_straight_route_is_its_time_in_each_part() -> None:
    values = np.zeros((1, 3, 4, 4))
    values[0, 1, 2, 3] = 0.5  # from 60 to 120 s, east 3 to 4 km, north 2 to 3 km
    index, block, first, last = naive.as_field(values)
    field = Field(
        0.0, 0.0, 2_000.0, 0.0, 60.0, frozen(index, np.int32), frozen(block, np.float32), frozen(first), frozen(last)
    )
    t, e, n = frozen([0.0, 100.0], float), frozen([0.0, 5_000.0], float), frozen([2_500.0, 2_500.0], float)
    got = along(field, t, e, n, frozen([0]), 10.0, 1.0)
    assert got == pytest.approx(0.5 * 20.0 / 60.0, rel=0.01)  # in that part from 60 to 80 s


def test_nothing_is_looked_up_outside_the_field() -> None:
    index, block, first, last = naive.as_field(np.ones((1, 2, 4, 4)))
    field = Field(
        0.0, 0.0, 2_000.0, 0.0, 60.0, frozen(index, np.int32), frozen(block, np.float32), frozen(first), frozen(last)
    )
    outside = ((-1.0, 10.0, 10.0), (10.0, -1.0, 10.0), (10.0, 10.0, -1.0), (4_001.0, 10.0, 1.0), (10.0, 10.0, 121.0))
    for e, n, t in outside:
        route = frozen([t, t + 1e-3], float), frozen([e, e], float), frozen([n, n], float)
        assert along(field, *route, frozen([0]), 10.0, 1.0) == 0.0
