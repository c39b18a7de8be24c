"""Bands over time: queues, what is kept and for how long, and a twin that remembers place by place."""

from __future__ import annotations

import dataclasses
import itertools
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from flightward.config import RaidsConfig
from flightward.encounters import BandBatch, BandMemory, bands_batch
from flightward.encounters.band_table import Row, gathered
from flightward.errors import BadInput
from flightward.kernels.keep_clear import CLIMB, HEADING, HEIGHT, SPEED
from flightward.model import Names, i64, snapshot

NAME = "DO_365B_no_SUM"  # 2 of 4, persistence 4 s, hysteresis 5 s
TOP = {HEADING: 2 * math.pi, SPEED: 100.0, CLIMB: 20.0, HEIGHT: 3000.0}
NO, MID, NEAR, BACK = 0, 2, 3, 4


def row(bands: list[tuple[float, float, int]], kind: int = HEIGHT, value: float = 1000.0) -> BandBatch:
    """One flight's manoeuvre with the ways out that belong to its bands."""
    return gathered([Row(0, kind, value, 0, math.nan, math.nan, -1, (0, math.nan, math.nan, math.nan, -1), bands)])


def shut(low: float, up: float, region: int = MID, value: float = 1000.0, kind: int = HEIGHT) -> BandBatch:
    """Open but for one band."""
    return row([(0.0, low, NO), (low, up, region), (up, TOP[kind], NO)], kind, value)


OPEN = row([(0.0, 3000.0, NO)])


def say(memory: BandMemory, t_s: float, found: BandBatch) -> BandBatch:
    return memory.update(t_s, i64([7]), found)


def regions(found: BandBatch) -> list[tuple[float, float, int]]:
    return list(zip(*(column.tolist() for column in found.bands(0)), strict=True))


def test_the_first_answer_is_the_bands_as_they_came():
    got = say(BandMemory(NAME), 0.0, shut(800.0, 1100.0))
    assert regions(got) == [(0.0, 800.0, NO), (800.0, 1100.0, MID), (1100.0, 3000.0, NO)]
    assert (got.conflict[0], got.res_up[0], got.res_low[0], got.prefers_up[0]) == (MID, 1100.0, 800.0, 1)


def test_a_band_comes_with_two_of_four_and_goes_with_three_of_four():
    memory = BandMemory(NAME)
    say(memory, 0.0, OPEN)
    assert regions(say(memory, 1.0, shut(800.0, 1100.0)))[0] == (0.0, 3000.0, NO)
    assert regions(say(memory, 2.0, shut(900.0, 1200.0)))[1] == (900.0, 1100.0, MID)
    assert regions(say(memory, 3.0, OPEN))[1] == (900.0, 1100.0, MID)
    assert regions(say(memory, 4.0, OPEN))[1] == (900.0, 1100.0, MID)
    assert regions(say(memory, 5.0, OPEN)) == [(0.0, 3000.0, NO)]


def test_recovery_is_the_most_severe_region_in_the_vote():
    memory = BandMemory(NAME)
    say(memory, 0.0, shut(800.0, 1100.0, NEAR))
    assert say(memory, 1.0, shut(800.0, 1100.0, BACK)).conflict[0] == NEAR
    got = say(memory, 2.0, shut(800.0, 1100.0, BACK))
    assert regions(got)[1] == (800.0, 1100.0, BACK)
    assert got.conflict[0] == NEAR  # kept until 4 s after it rose


def test_the_region_of_the_present_value_is_kept_for_four_seconds_unless_it_worsens():
    memory = BandMemory(NAME)
    told = [say(memory, 0.0, shut(800.0, 1100.0, MID)).conflict[0]]
    told += [say(memory, float(t), OPEN).conflict[0] for t in range(1, 6)]
    assert told == [MID, MID, MID, MID, NO, NO]
    memory = BandMemory(NAME)
    say(memory, 0.0, shut(800.0, 1100.0, MID))
    say(memory, 1.0, shut(800.0, 1100.0, NEAR))
    assert say(memory, 2.0, shut(800.0, 1100.0, NEAR)).conflict[0] == NEAR


def test_a_way_out_stays_while_it_is_within_250_ft_of_the_new_one_and_open():
    memory = BandMemory(NAME)
    tops = [1100.0, 1100.0, 1090.0, 1080.0, 1060.0, 1040.0, 1040.0, 1020.0, 1020.0]
    told = [say(memory, float(t), shut(800.0, top)).res_up[0] for t, top in enumerate(tops)]
    # voted: the second largest of the last four; 1100 until that is more than 76.2 m below it
    assert told == [1100.0] * 9
    assert say(memory, 9.0, shut(800.0, 1020.0)).res_up[0] == 1020.0
    worse = BandMemory(NAME)
    say(worse, 0.0, shut(800.0, 1100.0))
    say(worse, 1.0, shut(800.0, 1150.0))
    assert say(worse, 2.0, shut(800.0, 1150.0)).res_up[0] == 1150.0  # 1100 is shut now


def test_a_far_new_way_out_is_told_only_after_four_seconds():
    memory = BandMemory(NAME)
    times = (0.0, 1.0, 2.0, 3.0, 3.9, 4.0)
    told = [say(memory, t, shut(800.0, 1900.0 if t < 1.0 else 1100.0)).res_up[0] for t in times]
    assert told == [1900.0, 1900.0, 1900.0, 1900.0, 1900.0, 1100.0]


def test_the_preferred_side_changes_after_four_seconds_and_only_if_clearly_better():
    memory = BandMemory(NAME)
    sides = []
    for t in range(12):
        up, low = (1100.0, 800.0) if t == 0 else (1300.0, 960.0)
        sides.append(int(say(memory, float(t), shut(low, up)).prefers_up[0]))
    assert sides[:4] == [1, 1, 1, 1] and sides[-1] == 0
    close = BandMemory(NAME)
    for t in range(12):
        up, low = (1100.0, 890.0) if t == 0 else (1130.0, 880.0)
        got = say(close, float(t), shut(low, up))
    assert got.prefers_up[0] == 1  # 130 against 120 m: less than 250 ft better


def test_a_side_without_a_way_out_is_not_preferred():
    memory = BandMemory(NAME)
    assert say(memory, 0.0, shut(800.0, 1050.0)).prefers_up[0] == 1
    for t in (1.0, 2.0):
        got = say(memory, t, row([(0.0, 800.0, NO), (800.0, 3000.0, MID)]))
    assert math.isinf(got.res_up[0]) and got.prefers_up[0] == 0


def test_silence_another_time_and_a_second_call():
    memory = BandMemory(NAME)
    first = say(memory, 0.0, shut(800.0, 1100.0))
    again = say(memory, 0.0, OPEN)
    assert regions(again) == regions(first) and again.conflict[0] == first.conflict[0]
    assert say(memory, 5.0, OPEN).conflict[0] == MID  # not silent for longer than 5 s: three of four still say so
    say(memory, 6.0, shut(800.0, 1100.0, NEAR))
    assert regions(say(memory, 11.5, OPEN)) == [(0.0, 3000.0, NO)]
    say(memory, 12.0, shut(800.0, 1100.0, NEAR))
    assert regions(say(memory, 3.0, OPEN)) == [(0.0, 3000.0, NO)]


def test_flights_that_are_gone_are_forgotten():
    memory = BandMemory(NAME)
    for t in range(200):
        none = (0, math.nan, math.nan, math.nan, -1)
        both = [Row(f, HEIGHT, 1000.0, 0, math.nan, math.nan, -1, none, [(0.0, 3000.0, NO)]) for f in (0, 1)]
        memory.update(float(t), i64([2 * t, 2 * t + 1]), gathered(both))
        assert len(memory) <= 12
    memory.update(500.0, i64([]), BandBatch.empty())
    assert len(memory) == 0


def test_standards_without_memory_give_what_came_in():
    memory = BandMemory("CD3D")
    for t, found in enumerate((shut(800.0, 1100.0), OPEN, shut(900.0, 1000.0))):
        got = say(memory, float(t), found)
        assert regions(got) == regions(found) and got.conflict[0] == found.conflict[0]
    assert len(memory) == 0


def test_what_cannot_be_is_refused():
    memory = BandMemory(NAME)
    with pytest.raises(BadInput, match="flight_ids"):
        memory.update(0.0, i64([1, 1]), OPEN)
    with pytest.raises(BadInput, match="flight_ids"):
        memory.update(0.0, i64([]), OPEN)
    with pytest.raises(BadInput, match="t_s"):
        memory.update(math.nan, i64([1]), OPEN)


class Place:
    """The twin: one place of the range with its own queue, by the words of the standard."""

    def __init__(self, first: int) -> None:
        self.queue = [-1, -1, first, first]

    def hear(self, region: int) -> int:
        self.queue = [*self.queue[1:], region]
        return max([level for level in range(5) if sum(q >= level for q in self.queue) >= 2], default=-1)


def random_bands(rng: np.random.Generator, kind: int) -> list[tuple[float, float, int]]:
    cuts = np.sort(rng.uniform(0.0, TOP[kind], rng.integers(0, 6))).tolist()
    edges = [0.0, *cuts, TOP[kind]]
    return [(a, b, int(rng.choice([NO, NO, MID, NEAR, BACK]))) for a, b in itertools.pairwise(edges)]


def at(bands: list[tuple[float, float, int]], value: float) -> int:
    return next(region for low, up, region in bands if low <= value <= up)


def nearest(place: dict[float, int], value: float, top: float, sign: float, wraps: bool) -> float:
    """The first open place on one side, by looking at all of them."""
    away = {v: (sign * (v - value)) % top if wraps else sign * (v - value) for v in place}
    fit = [v for v, region in place.items() if region in (NO, BACK) and 0.0 <= away[v] <= (top / 2 if wraps else top)]
    return min(fit, key=lambda v: away[v]) if fit else sign * math.inf


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 10_000), st.sampled_from([HEADING, SPEED, CLIMB, HEIGHT]))
def test_every_place_is_told_what_its_own_queue_says(seed, kind):
    rng = np.random.default_rng(seed)
    memory, t_s, last_s = BandMemory(NAME), 0.0, -math.inf
    grid = np.linspace(0.0, TOP[kind], 401)[1:-1:2].tolist()
    places: dict[float, Place] = {}
    region, raised_s = NO, math.nan
    for _ in range(12):
        now, value = random_bands(rng, kind), float(rng.choice(grid))
        if t_s - last_s > 5.0:
            places = {v: Place(at(now, v)) for v in grid}
            region, raised_s = NO, math.nan
        told = {v: places[v].hear(at(now, v)) for v in grid}
        got = say(memory, t_s, row(now, kind, value))
        assert [at(regions(got), v) for v in grid] == list(told.values())
        here = told[value] if told[value] in (MID, NEAR) else NO
        if not (region > NO and here < region and t_s - raised_s < 4.0):
            raised_s, region = (t_s if here > region else raised_s), here
        assert got.conflict[0] == region
        last_s, t_s = t_s, t_s + float(rng.choice([0.5, 1.0, 1.0, 2.0, 4.0, 6.0]))


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 10_000), st.sampled_from([HEADING, SPEED, CLIMB, HEIGHT]))
def test_ways_out_are_those_that_looking_at_every_place_finds(seed, kind):
    rng = np.random.default_rng(seed)
    grid, top = np.linspace(0.0, TOP[kind], 1001)[:-1], TOP[kind]
    now, value = random_bands(rng, kind), float(rng.choice(grid[1:]))
    got = say(BandMemory(NAME), 0.0, row(now, kind, value))
    place = {float(v): at(now, float(v)) for v in grid}
    if place[value] not in (MID, NEAR):
        assert np.isnan(got.res_up[0]) and np.isnan(got.res_low[0]) and got.prefers_up[0] == -1
        return
    for sign, said in ((1.0, got.res_up[0]), (-1.0, got.res_low[0])):
        want = nearest(place, value, top, sign, kind == HEADING)
        if math.isfinite(want) and math.isfinite(said):
            off = abs(said - want)
            assert min(off, top - off if kind == HEADING else off) <= top / 1000 * 1.01
        elif said != want:  # an opening narrower than two places, or half a turn away to a place
            found = said if math.isfinite(said) else want
            is_half_turn = kind == HEADING and (sign * (found - value)) % top > 0.499 * top
            assert is_half_turn or any(b - a < top / 500 for a, b, _ in now)


def test_of_random_traffic_the_first_answer_is_that_of_the_frame_and_kept_ways_are_open():
    rng = np.random.default_rng(3)
    own = np.array([[0.0, 0.0, 1500.0, 0.0, 60.0, 0.0]])
    memory, conflicts = BandMemory(NAME), 0
    v = rng.normal(0, 50, (4, 3)) * [1, 1, 0.02]
    t = rng.uniform(30, 80, 4)[:, None]
    s = np.array([0, 0, 1500.0]) + t * ([0, 60, 0] - v) + rng.normal(0, 1, (4, 3)) * [900, 900, 80]
    for second in range(60):
        now = np.column_stack([s + second * v, v])
        here = own + np.array([0, 60.0 * second, 0, 0, 0, 0])
        found = bands_batch(here, now, NAME)
        got = memory.update(float(second), i64([5]), found)
        if second == 0:
            for name in ("conflict", "prefers_up"):
                assert getattr(got, name).tolist() == getattr(found, name).tolist()
            for name in ("res_up", "res_low"):
                assert getattr(got, name) == pytest.approx(getattr(found, name), nan_ok=True)
        for k in range(4):
            conflicts += int(got.conflict[k] > 0)
            low, up, region = got.bands(k)
            for way_out in (got.res_up[k], got.res_low[k]):
                if math.isfinite(way_out):
                    touched = region[(low <= way_out + 1e-9) & (up >= way_out - 1e-9)]
                    assert set(touched.tolist()) & {NO, BACK}
    assert conflicts > 20


def test_memory_goes_on_from_a_snapshot():
    one, other = BandMemory(NAME), BandMemory(NAME)
    for t, found in enumerate((shut(800.0, 1100.0), OPEN, shut(700.0, 1200.0, NEAR))):
        say(one, float(t), found)
    fixed, names = {"settings": RaidsConfig()}, Names()
    snapshot.unpack(other, snapshot.pack(one, fixed, names), fixed, names)
    for t, found in enumerate((OPEN, shut(800.0, 1300.0), OPEN), start=3):
        a, b = say(one, float(t), found), say(other, float(t), found)
        for field in dataclasses.fields(BandBatch):
            assert np.array_equal(getattr(a, field.name), getattr(b, field.name), equal_nan=True)
