"""The threats stage second by second: raise, hold, clear, blind, stale, plans, zones."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest

sys.path[:0] = [str(Path(__file__).parent), str(Path(__file__).parent.parent / "encounters")]

from caught_cases import zone  # noqa: E402
from small_area import NO_ALERTS, T0, coverage, picture, setup, tracks  # noqa: E402

from flightward.config import Config  # noqa: E402
from flightward.model import Hazard, Level, PlanState, Reason, ZoneKind, f64, i64  # noqa: E402
from flightward.model.gnss import GnssAreaBatch  # noqa: E402
from flightward.threats import Threats  # noqa: E402
from flightward.wording import threat_reasons  # noqa: E402

EAST = [(0, -60_000, 0, 1000), (2400, 60_000, 0, 1000)]  # 50 m/s through the middle


def on_plan(t, off_n=0.0, late_s=0.0, age_s=1.0, integrity=0):
    return (0, -60_000 + 50.0 * (t - late_s), off_n, 1000, 50.0, 0.0, age_s, integrity)


def raid_at(t, count=4):
    """Drones that come down from the north and cross the plan when the flight is in the middle (1,200 s)."""
    return [(10 + i, 500.0 * i, 60_000 - 50.0 * t, 1000, 0.0, -50.0) for i in range(count)]


def run(threats, seconds, *, flight=on_plan, drones=raid_at, p_present=1.0, live=True, alerts=NO_ALERTS):
    """Step through the seconds; a list of (second, ThreatPicture)."""
    out = []
    for t in seconds:
        d = drones(t)
        f = flight(t)
        out.append((t, threats.step(
            T0 + t, tracks(T0 + t, [f] if f else [], d), coverage(T0 + t, live),
            picture(T0 + t, d, p_present=p_present, is_new=t % 10 == 0), alerts,
        )))  # fmt: skip
    return out


def none(_t):
    return []


def level_of(step, hazard):
    rows = step.threats
    mine = (rows.flight == 0) & (rows.hazard == hazard)
    return Level(int(rows.level[mine].max())) if mine.any() else None


def test_nothing_near_is_one_clear_row():
    (_, step), *_ = run(Threats(setup([EAST]), Config()), [1], drones=none)
    assert len(step.threats) == 1
    assert step.threats.hazard[0] == Hazard.NONE and step.threats.level[0] == Level.CLEAR
    # not 0: what is in no draw may still come
    assert 0.0 < step.threats.p[0] < 0.1 and len(step.warnings) == 0


def test_a_raid_on_the_route_is_warned_of_and_is_one_warning_to_its_end():
    steps = run(Threats(setup([EAST]), Config()), range(0, 2400, 5))
    raised = [(t, s.warnings) for t, s in steps if (s.warnings.change == 1).any()]
    assert raised[0][0] <= 30
    raid = [w for _, w in raised if w.hazard[0] == Hazard.RAID]
    assert len(raid) == 1 and raid[0].hazard_id[0] == 5
    # 10 km from the middle along the diagonal of both: caught about 1,060 s
    assert raid[0].predicted_caught_s[0] == pytest.approx(T0 + 1060, abs=60)
    inside = [s for t, s in steps if 1100 <= t <= 1250]
    assert all(level_of(s, Hazard.RAID) == Level.WARNING for s in inside)
    cleared = [t for t, s in steps if (s.warnings.change == 3).any()]
    assert cleared and 1300 < cleared[-1] < 1600
    assert level_of(steps[-1][1], Hazard.RAID) is None


def test_a_level_is_raised_at_once_and_held_before_it_falls():
    threats = Threats(setup([EAST]), Config())
    up = run(threats, range(0, 20))
    assert level_of(up[0][1], Hazard.RAID) == Level.CAUTION
    down = run(threats, range(20, 140), drones=none)
    assert level_of(down[30][1], Hazard.RAID) == Level.CAUTION
    assert level_of(down[-1][1], Hazard.RAID) is None


def test_a_likelier_raid_is_a_higher_level():
    levels = []
    for p in (0.02, 0.2, 0.8):
        steps = run(Threats(setup([EAST]), Config()), [0, 1], p_present=p)
        levels.append(level_of(steps[-1][1], Hazard.RAID))
    assert levels == [None, Level.ADVISORY, Level.CAUTION]


def test_a_raid_lost_from_dark_air_is_not_cleared():
    threats = Threats(setup([EAST]), Config())
    run(threats, range(0, 20))
    # the radar dies and with it the tracks of the raid
    dark = run(threats, range(20, 400), drones=none, live=False)
    assert level_of(dark[-1][1], Hazard.RAID) >= Level.CAUTION
    rows = dark[-1][1].threats
    assert Reason.DATA_LOST in rows.reason[rows.hazard == Hazard.RAID]
    assert level_of(dark[-1][1], Hazard.BLIND) == Level.BLIND


def test_without_a_live_sensor_a_flight_is_blind_and_says_which_reason():
    silent = run(Threats(setup([EAST]), Config()), range(1000, 1010), drones=none, live=False)[-1][1]
    assert silent.threats.reason[0] == Reason.SENSOR_SILENT and silent.threats.level[0] == Level.BLIND
    assert silent.threats.sensor_mask[0] == 1 and silent.threats.evidence_age_s[0] == 1.0
    far = run(Threats(setup([EAST], radar_range_m=5000.0), Config()), range(10), drones=none)[-1][1]
    assert far.threats.reason[0] == Reason.NO_SENSOR
    assert Hazard.NONE not in far.threats.hazard


def test_blindness_holds_from_the_first_second_in_dark_air():
    first = run(Threats(setup([EAST]), Config()), range(1000, 1001), drones=none, live=False)[0][1]
    assert first.threats.reason.tolist() == [Reason.SENSOR_SILENT]
    plan = [(1000, 0, 0, 100), (1100, 3000, 0, 1000), (2000, 40_000, 0, 1000)]
    steps = run(
        Threats(setup([plan]), Config()), range(390, 410), drones=none, live=False,
        flight=lambda t: (0, 0.0, 0.0, 100.0, 0.0, 0.0, 1.0, 0),
    )
    # ten minutes before take-off the air that it climbs into is asked for, and is dark at once
    assert {t: int(s.threats.level[0]) for t, s in steps}[399] == Level.CLEAR
    assert {t: int(s.threats.level[0]) for t, s in steps}[400] == Level.BLIND


def test_blindness_stands_beside_a_warning_and_does_not_replace_it():
    steps = run(Threats(setup([EAST]), Config()), range(1150, 1165), live=False)
    last = steps[-1][1].threats
    assert last.level[last.hazard == Hazard.RAID] == Level.WARNING
    assert last.level[last.hazard == Hazard.BLIND] == Level.BLIND
    assert last.level[0] == Level.WARNING


@pytest.mark.parametrize(
    ("age_s", "integrity", "reason"),
    [(100.0, 0, Reason.POSITION_STALE), (1.0, 2, Reason.POSITION_FALSE), (1.0, 1, Reason.POSITION_DOUBTFUL)],
)
def test_a_position_that_cannot_be_believed_is_blind_and_not_followed(age_s, integrity, reason):
    threats = Threats(setup([EAST]), Config())
    run(threats, range(300, 310), drones=none)
    wrong = run(
        threats, range(310, 400), drones=none,
        flight=lambda t: (0, 30_000.0, 30_000.0, 11_000, 0.0, 25.0, age_s, integrity),
    )
    t, last = wrong[-1]
    assert last.threats.level[0] == Level.BLIND and last.threats.reason[0] == reason
    assert last.states.e_m[0] == pytest.approx(-60_000 + 50 * t, abs=200.0)
    assert last.states.sigma_h_m[0] > 400.0


def test_a_flight_never_heard_is_assumed_on_its_plan_and_blind():
    steps = run(Threats(setup([EAST]), Config()), range(0, 90), flight=lambda t: None)
    last = steps[-1][1]
    assert last.states.plan_state[0] == PlanState.UNKNOWN and Reason.POSITION_NEVER in last.threats.reason
    assert level_of(last, Hazard.RAID) == Level.CAUTION
    assert last.states.e_m[0] == pytest.approx(-60_000 + 50 * 89)


def test_a_flight_never_heard_stays_blind_for_an_hour_past_its_plan_with_or_without_a_sensor():
    for live in (True, False):
        steps = run(
            Threats(setup([EAST]), Config()), [*range(2300, 6001, 100), 6001], flight=lambda t: None, drones=none,
            live=live,
        )
        blind = {t: level_of(step, Hazard.BLIND) for t, step in steps}
        assert all(blind[t] == Level.BLIND for t in range(2400, 6001, 100))
        assert steps[-1][1].states.plan_state[0] == PlanState.ENDED and blind[6001] is None


def test_a_plan_of_one_point_is_asked_for_its_air_before_its_time_and_is_never_clear_in_the_dark():
    steps = run(
        Threats(setup([[(700, 0, 0, 1000)]]), Config()), range(0, 1000, 20), flight=lambda t: None, drones=none,
        live=False,
    )
    blind = [t for t, step in steps if level_of(step, Hazard.BLIND) == Level.BLIND]
    assert blind == list(range(100, 1000, 20))


def test_plan_states():
    def state(flight, seconds=range(600, 640)):
        return run(Threats(setup([EAST]), Config()), seconds, flight=flight, drones=none)[-1][1].states

    assert state(on_plan).plan_state[0] == PlanState.ON_PLAN
    late = state(lambda t: on_plan(t, late_s=400.0))
    assert late.plan_state[0] == PlanState.SHIFTED
    assert late.path(0).t_s[-1] == pytest.approx(T0 + 2800.0)
    off = state(lambda t: on_plan(t, off_n=5000.0))
    assert off.plan_state[0] == PlanState.BROKEN and off.sigma_growth_mps[0] == pytest.approx(7.5)
    assert off.path(0).n_m[-1] == pytest.approx(5000.0)
    back = state(lambda t: (0, -20_000.0 - 50 * (t - 600), 0.0, 1000, -50.0, 0.0, 1.0, 0))
    assert back.plan_state[0] == PlanState.BROKEN


def test_before_take_off_and_after_landing():
    plan = [(600, 0, 0, 100), (700, 3000, 0, 1000), (1200, 40_000, 0, 1000), (1300, 45_000, 0, 100)]
    waits = run(Threats(setup([plan]), Config()), range(0, 800, 10), drones=none,
                flight=lambda t: (0, 0.0, 0.0, 100.0, 0.0, 0.0, 1.0, 0))
    assert waits[0][1].states.plan_state[0] == PlanState.BEFORE
    assert waits[0][1].states.path(0).t_s[0] == T0 + 600
    assert waits[-1][1].states.is_airborne[0] == 0
    assert waits[-1][1].states.path(0).t_s[0] == pytest.approx(T0 + 790, abs=1)
    threats = Threats(setup([plan]), Config())
    run(threats, range(900, 910), drones=none, flight=lambda t: (0, 18_000.0, 0.0, 1000.0, 75.0, 0.0, 1.0, 0))
    down = run(threats, range(1310, 1315), drones=raid_at,
               flight=lambda t: (0, 45_000.0, 0.0, 100.0, 0.0, 0.0, 1.0, 0))
    assert down[-1][1].states.plan_state[0] == PlanState.ENDED
    assert down[-1][1].threats.level.tolist() == [Level.CLEAR]


def test_closed_areas_ahead_and_exemptions():
    ahead = zone([(-40_000, -5000), (-30_000, -5000), (-30_000, 5000), (-40_000, 5000)], kind=ZoneKind.CLOSED)
    first = run(Threats(setup([EAST], zones=ahead), Config()), [1], drones=none)[-1][1].threats
    assert first.hazard[0] == Hazard.CLOSED_AREA and first.level[0] == Level.ADVISORY
    assert first.t_to_s[0] == pytest.approx(399.0, abs=1.0)
    near = run(Threats(setup([EAST], zones=ahead), Config()), [200], drones=none)[-1][1].threats
    assert near.level[0] == Level.CAUTION
    exempt = setup([EAST], zones=ahead.take(np.array([0])))
    object.__setattr__(exempt.zones, "exempt_mask", np.array([1]))
    assert run(Threats(exempt, Config()), [200], drones=none)[-1][1].threats.hazard[0] == Hazard.NONE


def test_gnss_interference_ahead_is_an_advisory_until_it_ends():
    def area(t, end_s=np.nan):
        return GnssAreaBatch(
            t_s=T0 + t, area=i64([3]), start_s=f64([T0 - 60.0]), seen_s=f64([T0 + t]), end_s=f64([end_s]),
            n_aircraft=i64([2]), n_false=i64([0]), start=i64([0, 4]), e_m=f64([-30e3, 0.0, 0.0, -30e3]),
            n_m=f64([-9e3, -9e3, 9e3, 9e3]),
        )

    place = setup([EAST])
    threats = Threats(place, Config())

    def step(t, gnss):
        f = tracks(T0 + t, [on_plan(t)])
        out = threats.step(T0 + t, f, coverage(T0 + t), picture(T0 + t, [], is_new=t % 10 == 0), NO_ALERTS, gnss)
        rows = np.flatnonzero(out.threats.hazard == Hazard.GNSS)
        return out.threats, rows

    rows, (k,) = step(1, area(1))
    assert (rows.level[k], rows.reason[k], rows.hazard_id[k]) == (Level.ADVISORY, Reason.GNSS_INTERFERENCE, 3)
    assert rows.t_to_s[k] == pytest.approx(599.0, abs=15.0)
    assert Level.CLEAR not in rows.level
    said = threat_reasons(rows, place)[k]
    assert said.startswith("GNSS interference G3 (since ") and "on your route" in said
    rows, (k,) = step(700, area(700))
    assert rows.t_to_s[k] == 0.0
    _, at = step(710, area(710, T0 + 705.0))
    assert len(at) == 0
    _, at = step(711, GnssAreaBatch.empty(t_s=T0 + 711))
    assert len(at) == 0


def test_worst_first_and_every_flight_has_a_row():
    other = [(0, 0, -80_000, 1000), (2400, 10_000, -80_000, 1000)]
    threats = Threats(setup([EAST, other]), Config())
    for t in range(1140, 1160):
        step = threats.step(
            T0 + t, tracks(T0 + t, [on_plan(t), (1, 4.0 * t, -80_000.0, 1000, 4.2, 0.0, 1.0, 0)], raid_at(t)),
            coverage(T0 + t), picture(T0 + t, raid_at(t)), NO_ALERTS,
        )
    assert set(step.threats.flight.tolist()) == {0, 1}
    mine = step.threats.level[step.threats.flight == 0]
    assert (np.diff(mine.astype(int)) <= 0).all()
