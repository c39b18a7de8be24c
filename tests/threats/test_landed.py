"""A flight that has landed: its track may be carried on, or go on with the plots of something else."""

from __future__ import annotations

import dataclasses
import sys
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parent))

from small_area import T0, setup, tracks

from flightward.config import Config
from flightward.model import PlanState, SensorKind, i8, i64
from flightward.threats.flights import FlightWatch

PLAN = [(0, -60_000, 0, 0), (100, -55_000, 0, 1000), (2300, 55_000, 0, 1000), (2400, 60_000, 0, 0)]
RADAR_BIT, ADSB_BIT = 1, 2


def area():
    """A radar and an ADS-B receiver."""
    made = setup([PLAN])
    two = made.sensors.take(i64([0, 0]))
    return dataclasses.replace(made, sensors=dataclasses.replace(two, kind=i8([SensorKind.RADAR, SensorKind.ADSB])))


def fly(watch, seconds, place, bits):
    """Step through the seconds; place(t) is (e, n, u, ve, vn, age_s), bits(t) the sensors behind it."""
    out = []
    for t in seconds:
        e, n, u, ve, vn, age_s = place(t)
        picture = tracks(T0 + t, [(0, e, n, u, ve, vn, age_s, 0)])
        picture = dataclasses.replace(picture, sensor_mask=i64(np.full(1, bits(t))))
        out.append((t, watch.step(T0 + t, picture)))
    return out


def on_plan(t):
    return float(np.interp(t, [0, 2400], [-60_000, 60_000])), 0.0, 1000.0 if t < 2390 else 5.0, 50.0, 0.0, 1.0


def on_ground(_t):
    return 60_000.0, 0.0, 3.0, 0.0, 0.0, 1.0


def both(_t):
    return RADAR_BIT | ADSB_BIT


def landed():
    watch = FlightWatch(area(), Config())
    fly(watch, range(0, 2400), on_plan, both)
    states = fly(watch, range(2400, 2460), on_ground, both)
    assert states[-1][1].plan_state[0] == PlanState.ENDED
    return watch


def test_a_track_that_is_carried_on_past_the_end_breaks_no_plan():
    watch = FlightWatch(area(), Config())
    fly(watch, range(0, 2380), on_plan, both)

    def carried(t):
        e, n, _, ve, vn, _ = on_plan(2379)
        return e + 50.0 * (t - 2379), n, 400.0, ve, vn, float(t - 2379)

    states = fly(watch, range(2380, 2700), carried, both)
    assert all(s.plan_state[0] != PlanState.BROKEN for _, s in states)
    assert states[-1][1].plan_state[0] == PlanState.ENDED


def test_a_silent_track_that_goes_on_with_other_plots_is_not_the_flight():
    watch = landed()

    def passing(t):
        return 60_000.0 - 100.0 * (t - 2460), 0.0, 900.0, -100.0, 0.0, 1.0

    states = fly(watch, range(2460, 2700), passing, lambda _t: RADAR_BIT)
    assert all(s.plan_state[0] == PlanState.ENDED and s.is_airborne[0] == 0 for _, s in states)


def test_a_flight_that_says_itself_that_it_is_up_again_is_up():
    watch = landed()

    def leaving(t):
        return 60_000.0 - 60.0 * (t - 2460), 0.0, 900.0, -60.0, 0.0, 1.0

    states = fly(watch, range(2460, 2560), leaving, both)
    assert states[5][1].plan_state[0] == PlanState.ENDED
    assert states[-1][1].plan_state[0] != PlanState.ENDED and states[-1][1].is_airborne[0] == 1


def test_a_flight_that_speaks_another_way_is_up_again_when_radars_see_it():
    watch = FlightWatch(area(), Config())
    fly(watch, range(0, 2400), on_plan, lambda _t: RADAR_BIT)
    states = fly(watch, range(2400, 2460), on_ground, lambda _t: RADAR_BIT)
    assert states[-1][1].plan_state[0] == PlanState.ENDED
    states = fly(watch, range(2460, 2560), lambda t: (60_000.0 - 60.0 * (t - 2460), 0.0, 900.0, -60.0, 0.0, 1.0),
                 lambda _t: RADAR_BIT)  # fmt: skip
    assert states[-1][1].is_airborne[0] == 1 and states[-1][1].plan_state[0] != PlanState.ENDED


def test_down_near_its_end_long_before_its_time_is_not_the_end():
    watch = FlightWatch(area(), Config())
    fly(watch, range(0, 600), on_plan, both)
    # back down for a minute beside the place where it will end, and up again
    fly(watch, range(600, 660), on_ground, both)
    state = fly(watch, range(660, 662), lambda _t: (59_000.0, 0.0, 900.0, -60.0, 0.0, 1.0), both)[-1][1]
    assert state.plan_state[0] != PlanState.ENDED and state.is_airborne[0] == 1


def test_a_track_that_is_hardly_there_or_anywhere_moves_no_flight():
    for change in ({"p_exists": np.full(1, 0.3)}, {"cov": np.eye(6)[None] * 2_000.0**2}):
        watch = FlightWatch(area(), Config())
        fly(watch, range(0, 1000), on_plan, both)
        for t in range(1000, 1050):
            stray = tracks(T0 + t, [(0, *on_plan(t)[:1], 9_000.0, 1000.0, 0.0, 150.0, 1.0, 0)])
            stray = dataclasses.replace(stray, sensor_mask=i64([RADAR_BIT]), **change)
            state = watch.step(T0 + t, stray)
        assert state.plan_state[0] == PlanState.ON_PLAN and abs(state.n_m[0]) < 1.0
