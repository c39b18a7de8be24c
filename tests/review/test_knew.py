"""Whose report is whose, who was silent, what could be known when, how long each link took."""

from __future__ import annotations

import dataclasses
import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pyproj import Geod

from flightward.config import CaughtConfig
from flightward.model import AreaFrame
from flightward.model.acts import Act, ActKind
from flightward.review import story
from flightward.review.closeness import Path4D
from flightward.review.findings import find
from flightward.review.heard import Plots, nothing
from flightward.review.knew import know
from flightward.review.knew.grid import Grid, grid_of
from flightward.review.knew.links import chain, nth
from flightward.review.knew.position import position_events
from flightward.review.knew.possible import earliest, known_from
from flightward.review.knew.silent import Silence, quiet, silences
from flightward.review.knew.whose import Owned, owners
from flightward.review.scene import Flight, Scene, Sensor
from flightward.review.story import Story
from flightward.review.summary import what_was_known
from flightward.review.timeline import events

T0 = 1_760_000_000.0
NAN = float("nan")
GEOD = Geod(ellps="WGS84")
FRAME = AreaFrame(math.radians(50.0), math.radians(20.0))


def radar(**more: Any) -> Sensor:
    given = {"row": 0, "hae_m": 0.0, "scan_s": 4.0, "sigma_range_m": 50.0, "sigma_azimuth_rad": 0.003, **more}
    return Sensor("radar-1", "radar-1", "radar", 0.0, 0.0, 100_000.0, **given)


def lines(*drones: tuple[float, float, float, float], n_s: int = 600) -> Grid:
    """Drones on straight lines: (e, n, ve, vn) each, at 500 m."""
    t = T0 + np.arange(n_s + 1.0)
    e = np.array([[d[0] + d[2] * s for d in drones] for s in range(n_s + 1)])
    n = np.array([[d[1] + d[3] * s for d in drones] for s in range(n_s + 1)])
    return Grid(t, tuple(f"d{i}" for i in range(len(drones))), e, n, np.full(e.shape, 500.0))


def plots(*rows: tuple[float, float, float], sensor: int = 0) -> Plots:
    """(t after T0, range, azimuth in degrees) each, received a second later."""
    t = np.array([T0 + r[0] for r in rows])
    far, azimuth = np.array([r[1] for r in rows]), np.radians([r[2] for r in rows])
    nan = np.full(len(rows), NAN)
    return Plots(t, t + 1.0, np.full(len(rows), sensor, np.int64), far, azimuth, nan, nan, nan)


def test_a_plot_is_the_drones_that_it_lies_beside_and_clutter_is_nobodys() -> None:
    grid = lines((20_000.0, 0.0, 0.0, 0.0), (20_000.0, 4_000.0, 0.0, 0.0))
    some = plots((10, 20_060.0, 90.1), (20, 20_400.0, 78.7), (30, 30_000.0, 90.0), (40, 20_000.0, 270.0))
    got = owners(some, (radar(),), grid)
    assert got.drone.tolist() == [0, 1]
    assert (got.t_rx_s - got.t_s).tolist() == [1.0, 1.0]


def test_a_bearing_is_of_the_nearest_on_its_line_within_the_sensors_reach() -> None:
    ear = dataclasses.replace(radar(sigma_azimuth_rad=0.05), kind="acoustic", reach_m=6_000.0)
    grid = lines((5_000.0, 0.0, 0.0, 0.0), (3_000.0, 0.0, 0.0, 0.0), (0.0, 9_000.0, 0.0, 0.0))
    got = owners(plots((10, NAN, 91.0), (20, NAN, 0.0)), (ear,), grid)
    assert got.drone.tolist() == [1]  # due north is only the one that is too far to be heard


def test_a_plot_without_a_place_marks_no_other() -> None:
    grid = lines((20_000.0, 0.0, 0.0, 0.0))
    some = plots((10, 20_000.0, 90.0), (20, NAN, NAN), (30, 20_000.0, 90.0))
    assert owners(some, (radar(),), grid).t_s.tolist() == [T0 + 10, T0 + 30]


def test_owners_agree_with_geodesics_from_another_program() -> None:
    """The slow twin: ranges and bearings of WGS 84 by GeographicLib, one report and one drone at a time."""
    rng = np.random.default_rng(7)
    drones = [(*rng.uniform(-60e3, 60e3, 2), *rng.uniform(-50, 50, 2)) for _ in range(12)]
    grid = lines(*drones)
    rows = []
    for _ in range(200):
        s, d = int(rng.integers(0, 600)), int(rng.integers(0, 12))
        azimuth, far = seen(grid, s, d)
        rows.append((s, far + rng.normal(0, 120.0), azimuth + rng.normal(0, 0.3)))
    some = plots(*rows)
    got = owners(some, (radar(),), grid)
    want = {(T0 + s, nearest) for s, far, az in rows if (nearest := twin(grid, s, far, az)) >= 0}
    have = set(zip(got.t_s.tolist(), got.drone.tolist(), strict=True))
    assert len(want ^ have) <= 4  # on the very edge of a gate the plane and the globe may differ
    assert len(want & have) > 100


def seen(grid: Grid, s: int, d: int) -> tuple[float, float]:
    lat, lon = (np.degrees(x)[0] for x in FRAME.to_geodetic(grid.e_m[s, d : d + 1], grid.n_m[s, d : d + 1]))
    azimuth, _, flat = GEOD.inv(20.0, 50.0, lon, lat)
    return float(azimuth), math.hypot(flat, 500.0)


def twin(grid: Grid, s: int, far_m: float, azimuth_deg: float) -> int:
    best, where = math.inf, -1
    for d in range(len(grid.ids)):
        true_azimuth, true_far = seen(grid, s, d)
        turn = math.radians((azimuth_deg - true_azimuth + 180.0) % 360.0 - 180.0)
        off = math.hypot((far_m - true_far) / 300.0, turn * true_far / max(3 * 0.003 * true_far, 300.0))
        if off < best:
            best, where = off, d
    return where if best <= 1.0 else -1


def scene() -> Scene:
    nobody = Flight("F1", "", "", "", "", np.zeros(0), np.zeros(0), np.zeros(0), np.zeros(0))
    return Scene("", "", "", "", T0, T0 + 600.0, FRAME, (), (), (), nobody)


def coming(turn_at_s: int | None = None) -> tuple[Grid, Path4D, int]:
    """Three drones fly at a hovering helicopter at 50 m/s from 30 km: within 10 km at second 400.

    turn_at_s  until then they fly across, at right angles.
    """
    t = T0 + np.arange(601.0)
    s = np.arange(601.0)
    e = 30_000.0 - 50.0 * s
    n = np.zeros(601)
    if turn_at_s is not None:
        n = np.where(s < turn_at_s, -50.0 * (turn_at_s - s), 0.0)
        e = np.where(s < turn_at_s, 30_000.0 - 50.0 * turn_at_s, e)
    three = np.stack([e, e, e], axis=1)
    grid = Grid(t, ("a", "b", "c"), three, np.stack([n, n + 100.0, n - 100.0], axis=1), np.full((601, 3), 500.0))
    still = np.zeros(601)
    return grid, Path4D(t, still, still, still + 500.0, np.ones(601, bool)), 400


def test_a_warning_is_possible_once_enough_drones_are_known() -> None:
    grid, way, row = coming()
    known = np.array([T0 + 50.0, T0 + 60.0, T0 + 201.0])
    assert earliest(scene(), grid, way, known, row, "raid", CaughtConfig()) == T0 + 205.0  # the third, then a 5 s step


def test_a_warning_is_not_possible_before_they_turn_towards_it() -> None:
    grid, way, row = coming(turn_at_s=300)
    known = np.full(3, T0)
    at = earliest(scene(), grid, way, known, row, "raid", CaughtConfig())
    assert T0 + 300.0 <= at <= T0 + 315.0  # within the ten seconds of the velocity


def test_drones_that_are_never_known_warn_of_nothing() -> None:
    grid, way, row = coming()
    assert math.isnan(earliest(scene(), grid, way, np.array([T0, T0, math.inf]), row, "raid", CaughtConfig()))


@settings(max_examples=30, deadline=None)
@given(st.lists(st.floats(0.0, 390.0), min_size=3, max_size=3), st.lists(st.floats(0.0, 100.0), min_size=3, max_size=3))
def test_to_know_earlier_never_warns_later(late: list[float], gain: list[float]) -> None:
    grid, way, row = coming()
    a = earliest(scene(), grid, way, T0 + np.array(late), row, "raid", CaughtConfig())
    b = earliest(scene(), grid, way, T0 + np.array(late) - np.array(gain), row, "raid", CaughtConfig())
    assert math.isnan(a) or b <= a


def test_the_three_cases_count_reports_as_they_say() -> None:
    grid = lines((0.0, 0.0, 1.0, 0.0), (9.0, 9.0, 1.0, 0.0))
    owned = Owned(
        T0 + np.array([10.0, 14.0, 18.0, 30.0]), T0 + np.array([11.0, 15.0, 25.0, 31.0]),
        np.zeros(4, np.int64), np.array([0, 0, 0, 1]),
    )  # fmt: skip
    silent = [Silence("radar-2", 1, T0 + 2.0, T0 + 30.0, True, 4.0)]
    known = known_from(grid, owned, silent)
    assert known["at_hand"].tolist() == [T0 + 25.0, math.inf]
    assert known["fusion"].tolist() == [T0 + 10.0, T0 + 30.0]
    assert known["silent"].tolist() == [T0 + 10.0, T0 + 6.0]


def test_quiet_stretches_are_cut_by_reports_and_by_leaving_the_coverage() -> None:
    covered = np.concatenate([np.arange(0.0, 201.0), np.arange(300.0, 341.0)])
    assert quiet(covered, np.array([90.0, 95.0]), 60.0) == [(0.0, 90.0), (95.0, 200.0)]
    assert quiet(covered, np.arange(0.0, 400.0, 4.0), 60.0) == []


def test_a_chain_gives_each_links_delay_after_the_last_that_is_known() -> None:
    links = chain([("detected", 10.0, (3, 3), ""), ("raid", NAN, (3, 3), ""), ("caution", 70.0, (0, 0), "")], 100.0)
    assert [x.after_s for x in links][2] == 60.0
    assert links[0].before_s == 90.0
    assert math.isnan(links[1].after_s)


def test_the_nth_is_unknown_where_there_are_fewer() -> None:
    assert nth(np.array([5.0, math.inf, 3.0]), 2) == 5.0
    assert math.isnan(nth(np.array([5.0, math.inf, 3.0]), 3))


def test_positions_that_stop_turn_false_and_come_back() -> None:
    heard_s = np.concatenate([np.arange(0.0, 101.0), np.arange(400.0, 501.0), np.arange(600.0, 701.0)])
    t = np.arange(0.0, 701.0)
    state = np.where((t >= 402) & (t <= 500), "false", np.where((t >= 160) & (t < 602), "doubtful", "trusted"))
    believed = np.where(t <= 100, t, np.where(t < 602, 100.0, t))
    own = {"t_s": t, "age_s": t - believed, "integrity": state.astype(object)}
    got = position_events(dataclasses.replace(nothing(), t_s=heard_s), own, 700.0)
    assert [(e.what, e.t_s, e.said_s) for e in got] == [
        ("stopped", 100.0, 160.0), ("false", 400.0, 402.0), ("true", 600.0, 602.0)
    ]  # fmt: skip


def test_the_page_knows_the_drones_the_alarm_and_what_people_did(day: Any) -> None:
    day.full()
    told = story(day.out, "F1", case=day.case)
    assert (told.k.needed, sorted(told.k.drones)) == (3, ["d0", "d1", "d2"])
    tracked = told.k.link("tracked")
    assert tracked is not None
    assert tracked.t_s == 1_760_000_040.0 + 300
    acts = (
        Act(1_760_000_040.0 + 700, 1, ActKind.TOLD, "A. Koval", "RESCUE 1", "VHF"),
        Act(1_760_000_040.0 + 720, 1, ActKind.READ_BACK, "A. Koval", "RESCUE 1", "VHF"),
        Act(1_760_000_040.0 + 650, 2, ActKind.SEEN, "A. Koval"),  # another flight's warning
    )
    heard = dataclasses.replace(told.f.evidence.heard, acts=acts, is_recorded=True)
    f = dataclasses.replace(told.f, evidence=dataclasses.replace(told.f.evidence, heard=heard))
    s = Story(f, know(f))
    assert [(x.stage, x.after_s) for x in s.k.links if x.stage in ("seen", "told", "read_back")][1:] == [
        ("told", pytest.approx(-500.0)), ("read_back", 20.0)
    ]  # fmt: skip
    assert [e.code for e in events(s) if e.code in ("told", "read_back", "seen")] == ["told", "read_back"]
    assert "it was passed on at 09:05:40; it was read back at 09:06:00" in what_was_known(s)


def test_without_the_truth_the_tracks_stand_for_the_drones(day: Any) -> None:
    day.alarm(600, 1400)
    s = story(day.write(truth=False).out, "F1", case=day.case)
    can = s.k.can("at_hand")
    assert can is not None
    assert s.k.drones == ("Td0", "Td1", "Td2")
    assert can.known_s == 1_760_000_040.0 + 300
    assert s.k.can("fusion") is None  # what no track holds cannot be known without the truth


def test_a_grid_holds_what_the_rows_say_and_nothing_on_the_ground() -> None:
    rows: Any = {
        "t_s": np.array([T0, T0 + 1, T0 + 1]), "track_id": np.array(["b", "b", "a"], object),
        "e_m": np.array([1.0, 2.0, 3.0]), "n_m": np.array([4.0, 5.0, 6.0]), "hae_m": np.array([7.0, 8.0, 9.0]),
        "on_ground": np.array([0.0, 0.0, 1.0]),
    }  # fmt: skip
    grid = grid_of(rows, T0 + np.arange(3.0))
    assert grid.ids == ("a", "b")
    assert np.isnan(grid.e_m[:, 0]).all()
    assert grid.e_m[:2, 1].tolist() == [1.0, 2.0]


def test_findings_are_the_same_with_and_without_what_was_known(day: Any) -> None:
    day.full()
    s = story(day.out, "F1", case=day.case)
    assert find(s.f.evidence, s.f.evidence.caught).caught_s == s.f.caught_s


def test_a_radar_that_says_nothing_of_a_drone_in_its_coverage_is_silent(day: Any) -> None:
    """A real sensor table, the live picture's own geometry: 50 km of range, a drone that flies in from 90 km."""
    from flightward.feeds.case import read_case

    day.write()
    setup = read_case(day.case).setup
    s = story(day.out, "F1", case=day.case)
    grid, d = s.k.grid, np.array([0])
    none = np.zeros(0)
    nobody = Owned(none, none, none.astype(np.int64), none.astype(np.int64))
    until = float(grid.t_s[-1])
    heard = nothing()
    (one,) = silences(setup, heard, grid, nobody, d, until)
    enters = grid.t_s[np.flatnonzero(grid.e_m[:, 0] <= 50_000.0)[0]]
    assert (one.sensor, one.look_s) == ("radar-1", 4.0)
    assert abs(one.start_s - enters) <= 40.0  # the edge is soft by the height's own doubt
    spoke = np.arange(enters, until, 8.0)
    owned = Owned(spoke, spoke + 1.0, np.zeros(len(spoke), np.int64), np.zeros(len(spoke), np.int64))
    assert silences(setup, heard, grid, owned, d, until) == []
    off = dataclasses.replace(heard, live_s=grid.t_s, is_live=np.zeros((len(grid.t_s), 1), np.int8))
    assert silences(setup, off, grid, nobody, d, until)[0].is_off
    on = dataclasses.replace(heard, live_s=grid.t_s, is_live=np.ones((len(grid.t_s), 1), np.int8))
    assert not silences(setup, on, grid, nobody, d, until)[0].is_off
