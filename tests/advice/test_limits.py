"""No advice breaks a hard limit: closed areas and the windows agreed in them, minimum heights, fuel, performance, the
capacity of sites and holds, in random worlds."""

from __future__ import annotations

import dataclasses
import sys
from pathlib import Path

import numpy as np
import pytest

sys.path.insert(0, str(Path(__file__).parent))
import limits_kit as kit

from flightward.advice import Advice
from flightward.model import AgreedBatch, MinimumBatch, Option, f64, i64

QUICK, ALL = 300, 10_000
LEVELS = (3, 3)


def run(first: int, count: int, make, place_raid) -> tuple[int, int]:
    """(options checked, of them searched ways or reroutes)."""
    checked = searched = 0
    for seed in range(first, first + count):
        case = kit.random_case(seed, make, place_raid)
        stage = Advice(case.world.setup, case.world.cfg)
        for later_s in (0.0, 10.0) if seed % 4 == 0 else (0.0,):
            case.now_s += later_s
            out = kit.ask(case, stage, LEVELS)
            if out is None:
                continue
            try:
                kit.check(case, out, LEVELS)
            except AssertionError as broken:
                raise AssertionError(f"case {seed}: {broken}") from broken
            checked += int((out.option != Option.CONTINUE).sum())
            searched += int((out.option == Option.REROUTE).sum())
    return checked, searched


def test_300_random_cases(make, place_raid) -> None:
    checked, searched = run(0, QUICK, make, place_raid)
    assert checked > QUICK  # there is something to check
    assert searched > QUICK // 30


@pytest.mark.slow
@pytest.mark.parametrize("part", range(10))
def test_10_000_random_cases(make, place_raid, part: int) -> None:
    checked, _ = run(1_000 + part * ALL // 10, ALL // 10, make, place_raid)
    assert checked > ALL // 10


def test_the_checker_sees_a_route_through_a_closed_area(make, place_raid, zone) -> None:
    case = kit.random_case(1, make, place_raid)
    case.world = make(zone((20_000.0, 30_000.0), (-5_000.0, 5_000.0)))
    case.airborne = (1, 1)
    through = np.array([[case.now_s, 0.0, 0.0, 500.0], [case.now_s + 1_000.0, 60_000.0, 0.0, 500.0]])
    beside = through.copy()
    beside[:, 2] = 6_000.0
    kit.closed(case, 0, beside, beside, "x")
    with pytest.raises(AssertionError, match="closed area"):
        kit.closed(case, 0, through, beside, "x")


def test_the_checker_sees_a_window_that_is_over_and_one_that_is_open(make, place_raid, zone) -> None:
    case = kit.random_case(1, make, place_raid)
    case.world, case.airborne = make(zone((20_000.0, 30_000.0), (-5_000.0, 5_000.0))), (1, 1)
    way = np.array([[case.now_s, 0.0, 0.0, 500.0], [case.now_s + 1_000.0, 60_000.0, 0.0, 500.0]])
    for end_s, is_open in ((case.now_s + 501.0, True), (case.now_s + 400.0, False)):
        agreed = AgreedBatch(
            i64([0]), i64([0]), f64([case.now_s - 1.0]), f64([end_s]), f64([np.nan]), i64([0]), i64([0, 1]), i64([0])
        )
        case.world.setup = dataclasses.replace(case.world.setup, agreed=agreed)
        beside = way + np.array([0.0, 0.0, 6_000.0, 0.0])
        for flight, may in ((0, is_open), (1, False)):
            if may:
                kit.closed(case, flight, way, beside, "x")
            else:
                with pytest.raises(AssertionError, match="closed area"):
                    kit.closed(case, flight, way, beside, "x")


def test_the_checker_sees_a_route_under_a_minimum_and_two_in_one_hold(make, place_raid) -> None:
    case = kit.random_case(1, make, place_raid)
    box = f64([-90e3, 90e3, 90e3, -90e3]), f64([-90e3, -90e3, 90e3, 90e3])
    case.world = make()
    case.world.setup = dataclasses.replace(
        case.world.setup, minima=MinimumBatch(i64([0]), f64([1_000.0]), i64([0]), i64([0, 4]), *box)
    )
    plan = np.array([[0.0, 0.0, 0.0, 500.0], [1_000.0, 60_000.0, 0.0, 500.0]])
    high = np.array([[0.0, 25e3, 0.0, 1_000.0], [700.0, 25e3, 42e3, 1_000.0]])
    kit.heights(case, 0, int(Option.REROUTE), high, plan, "x")
    kit.heights(case, 0, int(Option.HOLD), plan + np.array([300.0, 0.0, 0.0, 0.0]), plan, "x")
    climbs = np.array([[0.0, 25e3, 0.0, 700.0], [50.0, 25e3, 3e3, 1_000.0], [700.0, 25e3, 42e3, 1_000.0]])
    kit.heights(case, 0, int(Option.REROUTE), climbs, plan, "x")
    for low in (high - [0.0, 0.0, 0.0, 100.0], plan + np.array([0.0, 0.0, 50.0, 0.0])):
        with pytest.raises(AssertionError, match="are needed"):
            kit.heights(case, 0, int(Option.REROUTE), low, plan, "x")
    wait = kit.held(np.array([[0.0, 1.0, 1.0, 5.0], [30.0, 9.0, 9.0, 7.0], [70.0, 1.0, 1.0, 6.0]]))
    assert wait == [(0.0, 70.0, 1.0, 1.0, 5.0, 7.0)]


def test_the_checker_sees_what_cannot_be_flown_or_fuelled(make, place_raid) -> None:
    case = kit.random_case(1, make, place_raid)
    plan = case.world.setup.flights.plan(0)
    begin = float(plan.t_s[0])
    good = np.array(
        [[begin, 0.0, 0.0, 500.0], [begin + 200.0, 12_000.0, 0.0, 500.0], [begin + 400.0, 12_000.0, 12_000.0, 500.0]]
    )
    fast, high, steep = good * [1.0, 1.3, 1.0, 1.0], good.copy(), good.copy()
    high[1:, 3] += 2_000.0
    steep[0, 3] += 2_400.0
    sharp = np.vstack([good[:2], [[begin + 220.0, 10_900.0, 30.0, 500.0]]])
    kit.performance(case, 0, int(Option.REROUTE), good, plan, "x")
    for broken, what in ((fast, "flies"), (high, "climbs"), (steep, "descends"), (sharp, "corner")):
        with pytest.raises(AssertionError, match=what):
            kit.performance(case, 0, int(Option.REROUTE), broken, plan, "x")
    world = make(endurance_s=300.0)
    with pytest.raises(AssertionError, match="needs"):
        kit.fuel(kit.Case(world, case.now_s, (1, 1), 0.0, None), 0, int(Option.REROUTE), good, plan, "x")
