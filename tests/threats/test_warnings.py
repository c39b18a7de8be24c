"""Warnings second by second: their history, their place on the plan, their end; escalation is at once, and nothing is
cleared because data went missing."""

from __future__ import annotations

import dataclasses
import itertools
import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

sys.path[:0] = [str(Path(__file__).parent), str(Path(__file__).parent.parent / "encounters")]

from caught_cases import zone  # noqa: E402
from small_area import NO_ALERTS, T0, coverage, picture, setup, tracks  # noqa: E402

from flightward.config import Config  # noqa: E402
from flightward.model import (  # noqa: E402
    NONE,
    FlightBatch,
    FlightStates,
    Hazard,
    Level,
    PlanState,
    Reason,
    SiteBatch,
    ZoneKind,
    f64,
    i8,
    i64,
    snapshot,
)
from flightward.threats import Threats  # noqa: E402
from flightward.threats.history import EACH_S, HISTORY_ROWS, History, Moment  # noqa: E402
from flightward.threats.waypoints import Waypoints  # noqa: E402

EAST = [(0, -60_000, 0, 1000), (1200, 0, 0, 1000), (2400, 60_000, 0, 1000)]


def on_plan(t, age_s=1.0):
    return (0, -60_000 + 50.0 * t, 0.0, 1000, 50.0, 0.0, age_s, 0)


def raid_at(t, count=4):
    """Crosses the plan from the north when the flight is in the middle."""
    return [(10 + i, 500.0 * i, 60_000 - 50.0 * t, 1000, 0.0, -50.0) for i in range(count)]


def lone_at(t):
    return [(10, 0.0, 60_000 - 50.0 * t, 1000, 0.0, -50.0)]


def with_site(place):
    """A hospital 2 km beside where the raid crosses the plan."""
    one = np.ones(1)
    sites = SiteBatch(
        name=i64([1]), title=i64([1]), lat_rad=one, lon_rad=one, hae_m=one * 100, e_m=one * 2_000.0, n_m=one * 0.0,
        kind=i64([1]), capacity=i64([NONE]), service_start=i64([0, 0]), service=i64([]),
    )
    return dataclasses.replace(place, sites=sites)


def step(threats, t, drones, *, flight=on_plan, live=True, number=5, futures=True):
    f = flight(t)
    pic = picture(T0 + t, drones, is_new=t % 10 == 0)
    if len(drones) and number != 5:
        of = None if pic.futures is None else dataclasses.replace(pic.futures, raid=i64(np.full(len(drones), number)))
        pic = dataclasses.replace(pic, raids=dataclasses.replace(pic.raids, raid=i64([number])), futures=of)
    if not futures:
        pic = dataclasses.replace(pic, futures=None)
    return threats.step(T0 + t, tracks(T0 + t, [f] if f else [], drones), coverage(T0 + t, live), pic, NO_ALERTS)


def run(threats, seconds, drones, **more):
    return [step(threats, t, drones(t), **more) for t in seconds]


def rows_of(steps, name="history"):
    return [(b.t_s - T0, row) for b in (getattr(s, name) for s in steps) for row in range(len(b))]


# --- history -----------------------------------------------------------------------------------------------------


def test_a_warning_has_a_moment_at_its_raise_each_minute_and_at_its_end():
    steps = run(Threats(setup([EAST]), Config()), range(0, 2000, 5), raid_at)
    (number,) = {
        int(w.warning[k]) for w in (s.warnings for s in steps) for k in np.flatnonzero(w.hazard == Hazard.RAID)
    }
    told = [s.history.take(s.history.warning == number) for s in steps]
    at, level = (np.concatenate([getattr(h, name) for h in told]) for name in ("at_s", "level"))
    mine = [w.take(w.warning == number) for w in (s.warnings for s in steps)]
    (raised,) = (w.t_s for w in mine if (w.change == 1).any())
    (cleared,) = (w.t_s for w in mine if (w.change == 3).any())
    assert at[0] == raised and at[-1] == cleared
    assert np.diff(at).max() <= EACH_S
    assert level[0] == Level.CAUTION and level.max() == Level.WARNING and level[-1] < Level.CAUTION
    assert len(at) < 100


def moments():
    number = st.one_of(st.just(float("nan")), st.floats(0.0, 1.0))
    return st.lists(st.tuples(number, st.integers(0, 4), st.integers(0, 3), st.integers(-1, 60)), max_size=900)


@settings(deadline=None, max_examples=60)
@given(moments())
def test_a_history_is_bounded_and_never_silent_for_more_than_a_minute(said):
    history, told = History(), []
    for k, (p, level, reason, n) in enumerate(said):
        now = Moment(T0 + k, p, level, reason, n)
        if history.hear(T0 + k, p, level, reason, n):
            told.append(now)
        assert len(history.kept) <= HISTORY_ROWS
        assert told[-1].level == level and told[-1].reason == reason  # escalation is told in its own second
    times = [m.t_s for m in told]
    assert all(b - a <= EACH_S for a, b in itertools.pairwise(times))
    assert history.kept == told[-len(history.kept):] or len(told) > HISTORY_ROWS
    if told:
        assert history.kept[0].t_s == told[0].t_s and history.kept[-1].t_s == told[-1].t_s


def test_the_last_moment_is_kept_whatever_it_is():
    history = History()
    assert history.hear(T0, 0.5, 3, 1, 4)
    assert not history.hear(T0 + 1, 0.5, 3, 1, 4)
    assert history.hear(T0 + 2, 0.5, 3, 1, 4, is_last=True)


def test_a_history_goes_on_from_a_snapshot():
    place = setup([EAST])
    whole, first, second = (Threats(place, Config()) for _ in range(3))
    fixed = {"setup": place}
    want = run(whole, range(0, 900, 5), raid_at)
    run(first, range(0, 450, 5), raid_at)
    snapshot.unpack(second, snapshot.pack(first, fixed, place.names), fixed, place.names)
    assert second._warnings.histories() == first._warnings.histories() != {}
    got = run(second, range(450, 900, 5), raid_at)
    assert [rows_of([s]) for s in got] == [rows_of([s]) for s in want[90:]]
    assert second._warnings.histories() == whole._warnings.histories()


# --- where and when ----------------------------------------------------------------------------------------------


def test_a_warning_says_where_on_the_plan_who_sees_it_and_when_it_is_over():
    steps = run(Threats(setup([EAST]), Config()), range(0, 60, 5), raid_at)
    first = next(s.warnings for s in steps if len(s.warnings))
    # caught about 1,060 s, that is 7 km before the second point of the plan
    assert first.waypoint[0] == 1 and first.waypoint_m[0] == pytest.approx(-7_000.0, abs=1_500.0)
    assert first.sensor_mask[0] == 1 and first.evidence_age_s[0] == 1.0
    assert first.t_to_s[0] == first.predicted_caught_s[0] - first.t_s
    assert first.clear_again_lo_s[0] <= first.clear_again_s[0] <= first.clear_again_hi_s[0]
    assert first.clear_again_s[0] > first.predicted_caught_s[0]


@settings(deadline=None, max_examples=80)
@given(st.lists(st.tuples(st.floats(0, 900), st.floats(-5e4, 5e4), st.floats(-5e4, 5e4)), min_size=1, max_size=6),
       st.floats(-600, 600), st.floats(0, 4000))
def test_the_nearest_point_of_the_plan_is_that_of_a_walk_along_it(legs, delay_s, ahead_s):
    t = np.cumsum([leg[0] for leg in legs])
    e, n = f64([leg[1] for leg in legs]), f64([leg[2] for leg in legs])
    k = len(t)
    base = setup([[(0, 0, 0, 0)], list(zip(t, e, n, np.zeros(k), strict=True))])
    states = FlightStates.empty(t_s=T0)
    states = dataclasses.replace(states, **{
        f.name: np.full(2, 0, dtype=getattr(states, f.name).dtype) for f in dataclasses.fields(FlightStates)
        if f.name not in ("t_s", "start") and not f.name.startswith("path_")
    } | {"plan_state": i8([PlanState.ON_PLAN, PlanState.SHIFTED]), "start": i64([0, 1, 2])} | {
        name: f64([T0, T0 + t[-1] + delay_s]) if name == "path_t_s" else np.zeros(2)
        for name in ("path_t_s", "path_e_m", "path_n_m", "path_u_m")
    })  # fmt: skip
    point, offset_m = Waypoints(base.flights).near(T0, states, i64([1, NONE]), f64([ahead_s, 5.0]))
    assert point[1] == NONE and np.isnan(offset_m[1])
    # the slow twin: walk along the plan in small steps of its own time
    own = np.clip(ahead_s - delay_s, t[0], t[-1])
    grid = np.unique(np.concatenate([np.linspace(t[0], own, 400), t[t <= own], [own]]))
    walked = np.hypot(np.diff(np.interp(grid, t, e)), np.diff(np.interp(grid, t, n))).sum()
    marks = [np.hypot(np.diff(e[: j + 1]), np.diff(n[: j + 1])).sum() for j in range(k)]
    # two points at one time (POSIX seconds hold a millisecond well) are a jump that the walk does not know
    if k == 1 or np.diff(t).min() > 1e-3:
        assert abs(offset_m[0]) == pytest.approx(min(abs(walked - m) for m in marks), abs=1.0)
        assert marks[point[0]] + offset_m[0] == pytest.approx(walked, abs=1.0)


def test_a_flight_off_its_plan_has_no_point_of_it():
    plans: FlightBatch = setup([EAST]).flights
    beside = lambda t: [(10, t * 50.0 - 50_000, 9_000.0, 1000, 50.0, 0.0)]  # noqa: E731
    off = run(Threats(setup([EAST]), Config()), range(600, 700, 5), beside,
              flight=lambda t: (0, -60_000 + 50.0 * t, 9_000.0, 1000, 50.0, 0.0, 1.0, 0))[-1]
    assert off.states.plan_state[0] == PlanState.BROKEN and len(plans) == 1
    assert (off.threats.waypoint == NONE).all()


# --- escalation ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("drones", [raid_at, lone_at])
def test_escalation_is_in_the_very_second(drones):
    threats = Threats(with_site(setup([EAST])), Config())
    quiet = step(threats, 1170, [])
    assert (quiet.threats.level <= Level.ADVISORY).all() and len(quiet.warnings) == 0
    at_once = step(threats, 1171, drones(1171))
    assert Level.WARNING in at_once.threats.level[at_once.threats.flight == 0]
    told = zip(at_once.warnings.change.tolist(), at_once.warnings.level.tolist(), strict=True)
    assert (1, int(Level.WARNING)) in set(told)
    assert len(at_once.history) == len(at_once.warnings) > 0


def test_a_closed_area_escalates_in_the_very_second():
    ahead = zone([(-30_000, -5e3), (-20_000, -5e3), (-20_000, 5e3), (-30_000, 5e3)], kind=ZoneKind.CLOSED)
    steps = run(Threats(setup([EAST], zones=ahead), Config()), range(290, 310), lambda t: [])
    raised = [t for t, s in zip(range(290, 310), steps, strict=True) if (s.warnings.change == 1).any()]
    assert raised == [300]  # 15 km at 50 m/s: five minutes before it is entered


# --- nothing is cleared by missing data -----------------------------------------------------------------------------

SQUARE = [(-12_000, -12_000), (12_000, -12_000), (12_000, 12_000), (-12_000, 12_000)]
CLOSED = [(4_000, -5_000), (9_000, -5_000), (9_000, 5_000), (4_000, 5_000)]
HAZARDS = {
    "raid": (Hazard.RAID, {}, raid_at), "lone": (Hazard.DRONE, {}, lone_at),
    "zone": (Hazard.ZONE, {"zones": zone(SQUARE)}, lambda t: [(10, 25_000.0, 60_000 - 50.0 * t, 4000, 0.0, -50.0)]),
    "closed": (Hazard.CLOSED_AREA, {"zones": zone(CLOSED, kind=ZoneKind.CLOSED)}, lambda t: []),
}
LOSSES = {
    "tracks vanish in dark air": {"drones": [], "live": False},
    "sensors silent": {"live": False},
    "own position stale": {"flight": lambda t: on_plan(1050, age_s=t - 1050.0 + 90.0)},
    "own track gone": {"flight": lambda t: None},
    "futures None": {"futures": False},
    "feed gone": {"drones": [], "live": False, "flight": lambda t: None},
    "raid's id changes": {"number": 77},
}


@pytest.mark.parametrize("loss", LOSSES)
@pytest.mark.parametrize("kind", HAZARDS)
def test_missing_data_clears_no_warning(kind, loss):
    hazard, place, drones = HAZARDS[kind]
    threats = Threats(setup([EAST], **place), Config())
    before = run(threats, range(1000, 1050), drones)
    mine = {int(n) for s in before for n, h in zip(s.warnings.warning, s.warnings.hazard, strict=True) if h == hazard}
    assert len(mine) == 1, "the case must have its warning before the loss"
    change = dict(LOSSES[loss])
    gone = change.pop("drones", None)
    after = run(threats, range(1050, 1180), (lambda t: gone) if gone is not None else drones, **change)
    ended = [int(n) for s in after for n, c in zip(s.warnings.warning, s.warnings.change, strict=True) if c == 3]
    assert not mine & set(ended), f"{kind} was cleared by: {loss}"
    again = [int(n) for s in after for n, c, h in zip(
        s.warnings.warning, s.warnings.change, s.warnings.hazard, strict=True) if c == 1 and h == hazard]
    assert again == [], "the same hazard must stay the same warning"


def test_what_is_gone_from_air_that_a_sensor_sees_is_cleared():
    threats = Threats(with_site(setup([EAST])), Config())
    raised = run(threats, range(1000, 1050), raid_at)
    assert any(len(s.warnings) for s in raised)
    after = run(threats, range(1050, 1250), lambda t: [])
    on = set()
    for s in raised + after:
        for number, change in zip(s.warnings.warning.tolist(), s.warnings.change.tolist(), strict=True):
            on.discard(number) if change == 3 else on.add(number)
    assert on == set()


# --- sites --------------------------------------------------------------------------------------------------------


def of_sites(steps):
    return [(s.warnings, k) for s in steps for k in range(len(s.warnings)) if s.warnings.site[k] == 0]


def test_a_site_has_a_warning_with_a_history_and_an_end():
    steps = run(Threats(with_site(setup([EAST])), Config()), range(0, 2000, 5), raid_at)
    mine = of_sites(steps)
    assert int(mine[0][0].change[mine[0][1]]) == 1 and int(mine[-1][0].change[mine[-1][1]]) == 3
    first, k = mine[0]
    assert first.flight[k] == NONE and first.hazard[k] == Hazard.DRONE and first.reason[k] == Reason.SITE_AHEAD
    assert first.clear_again_lo_s[k] <= first.clear_again_s[k] <= first.clear_again_hi_s[k]
    assert first.sensor_mask[k] in (0, 1) and first.waypoint[k] == NONE
    number = int(first.warning[k])
    at = [m for s in steps for m, n in zip(s.history.at_s - T0, s.history.warning, strict=True) if n == number]
    assert at[0] == first.t_s - T0 and np.diff(at).max() <= EACH_S
    assert {int(w.warning[j]) for w, j in mine} == {number}


@pytest.mark.parametrize("loss", ["tracks vanish in dark air", "sensors silent", "futures None", "feed gone"])
@pytest.mark.parametrize("since", [300, 1150])
def test_missing_data_clears_no_warning_of_a_site(loss, since):
    threats = Threats(with_site(setup([EAST])), Config())
    start = max(since - 60, 0)
    raised = of_sites(run(threats, range(start, since), raid_at))
    assert {int(w.change[k]) for w, k in raised} >= {1}
    change = dict(LOSSES[loss])
    gone = change.pop("drones", None)
    drones = (lambda t: gone) if gone is not None else raid_at
    after = of_sites(run(threats, range(since, since + 100), drones, **change))
    assert [int(w.change[k]) for w, k in after if w.change[k] in (1, 3)] == []
