"""Obeying advice in the truth: routes flown, landings, the oracle, decide-by."""

from __future__ import annotations

import dataclasses
import struct
from typing import Any

import numpy as np
import pytest
from pyproj import Proj

from flightward.score import score
from flightward.score.caught import Path4D, truth_path
from flightward.score.day import Frame, read_day
from flightward.score.obeyed import flown, late_path

PLANE = Proj(proj="stere", lat_0=50.0, lon_0=20.0, ellps="WGS84")


def wkb(tiny: Any, points: list[tuple[float, float, float, float]]) -> bytes:
    """ISO WKB of LINESTRING ZM from (second, east, north, height)."""
    body = b""
    for s, e, n, h in points:
        lon, lat = PLANE(e, n, inverse=True)
        body += struct.pack("<4d", lon, lat, h, tiny.t(s))
    return struct.pack("<BII", 1, 3002, len(points)) + body


def option(tiny: Any, s: float, name: str, points: Any = None, decide_by: float | None = None) -> None:
    by = None if decide_by is None else tiny.t(decide_by)
    route = None if points is None else wkb(tiny, points)
    row = {"t_s": tiny.t(s), "flight_id": "F", "option": name, "p_caught": 0.1, "delay_s": 60.0, "extra_m": 5.0}
    tiny.rows["advice"].append({**row, "decide_by_s": by, "route_wkb": route})


def raided(tiny: Any) -> None:
    """A flight that stands in the air where three drones arrive at second 1000; CAUTION from 400."""
    tiny.flight("F", 0.0, 0.0, 500.0)
    for i in range(3):
        tiny.object(f"d{i}", 1_000.0 * (i + 3), 0.0, 600.0, first=1000)
    tiny.radar()
    tiny.alarm("F", [(400, 1100)])


def advice(tiny: Any) -> dict[str, Any]:
    result = score(*tiny.write(), parts=("advice",))
    assert isinstance(result["flights"][0]["advice"], dict)
    return {**result["flights"][0]["advice"], "totals": result["totals"]["advice"]}


AWAY = [(401, 0.0, 0.0, 500.0), (900, -40_000.0, 0.0, 500.0), (3600, -40_000.0, 0.0, 500.0)]
INTO = [(401, 0.0, 0.0, 500.0), (3600, 4_000.0, 0.0, 600.0)]
DOWN = [(401, 0.0, 0.0, 500.0), (700, 0.0, 0.0, 10.0)]
LATE = [(401, 0.0, 0.0, 500.0), (1300, 0.0, 0.0, 10.0)]


@pytest.mark.parametrize(
    ("name", "points", "caught"),
    [("reroute", AWAY, False), ("reroute", INTO, True), ("land", DOWN, False), ("land", LATE, True)],
)
def test_the_first_option_is_flown_in_the_truth(tiny: Any, name: str, points: Any, caught: bool) -> None:
    raided(tiny)
    option(tiny, 401, name, points)
    option(tiny, 401, "continue")
    got = advice(tiny)
    assert got["caught_if_continues"] is True
    assert got["caught_if_obeys"] is caught
    assert got["option"] == name
    assert got["totals"]["share_of_oracle"] == (None if caught else 1.0)


def test_the_oracle_chooses_among_the_same_options(tiny: Any) -> None:
    raided(tiny)
    option(tiny, 401, "reroute", INTO)
    option(tiny, 401, "land", DOWN)
    got = advice(tiny)
    assert (got["caught_if_obeys"], got["oracle_caught"]) == (True, False)
    assert got["totals"]["share_of_oracle"] == 0.0


def test_a_hold_hovers_in_the_air_to_its_end(tiny: Any) -> None:
    raided(tiny)
    option(tiny, 401, "hold", [(401, 0.0, 0.0, 500.0), (3600, 0.0, 0.0, 500.0)])
    assert advice(tiny)["caught_if_obeys"] is True


def test_a_delay_keeps_the_flight_on_the_ground_until_its_route_moves(tiny: Any) -> None:
    tiny.flight("F", 0.0, 0.0, 500.0, ground=np.arange(3601) < 900)
    for i in range(3):
        tiny.object(f"d{i}", np.full(1000, 3_000.0 + i), 0.0, 600.0, first=1000)
    tiny.radar()
    tiny.alarm("F", [(400, 1100)])
    route = [(401, 0.0, 0.0, 500.0), (2100, 0.0, 0.0, 500.0), (3000, 30_000.0, 0.0, 500.0)]
    option(tiny, 401, "delay", route)
    got = advice(tiny)
    assert got["caught_if_continues"] is True
    assert got["caught_if_obeys"] is False


def test_only_continue_or_nothing_shown_means_the_flight_continues(tiny: Any) -> None:
    raided(tiny)
    option(tiny, 401, "continue")
    assert advice(tiny)["option"] == "continue"
    tiny.rows["advice"].clear()
    got = advice(tiny)
    assert got["option"] is None
    assert got["caught_if_obeys"] is True
    assert got["totals"]["without_advice"] == 1


def test_advice_that_makes_it_worse_is_counted(tiny: Any) -> None:
    tiny.flight("F", -40_000.0, 0.0, 500.0)
    for i in range(3):
        tiny.object(f"d{i}", 1_000.0 * (i + 3), 0.0, 600.0)
    tiny.radar()
    tiny.alarm("F", [(400, 1100)])
    option(tiny, 401, "reroute", INTO)
    assert advice(tiny)["totals"]["made_worse"] == 1


@pytest.mark.parametrize(
    ("decide_by", "later", "kept"),
    [(800.0, AWAY, True), (800.0, INTO, False), (300.0, AWAY, False), (None, AWAY, None)],
)
def test_decide_by_is_kept_when_the_option_still_works_then(
    tiny: Any, decide_by: float | None, later: Any, kept: bool | None
) -> None:
    raided(tiny)
    option(tiny, 401, "reroute", AWAY, decide_by)
    option(tiny, 790, "reroute", [(s + 390.0 if s < 900 else s, *rest) for s, *rest in later], decide_by)
    option(tiny, 900, "reroute", INTO, decide_by)
    assert advice(tiny)["decide_by_kept"] is kept


@pytest.mark.parametrize(("decide_by", "saved"), [(500.0, True), (800.0, False), (300.0, False), (None, None)])
def test_three_minutes_after_its_decide_by_the_option_is_tried_again(
    tiny: Any, decide_by: float | None, saved: bool | None
) -> None:
    raided(tiny)
    option(tiny, 401, "reroute", AWAY, decide_by)
    got = advice(tiny)
    assert got["decide_by_late"] is saved
    assert got["totals"]["decide_by_late_in_need_frac"] == (None if saved is None else float(saved))


def test_who_has_taken_off_can_not_wait_on_the_ground_any_more(tiny: Any) -> None:
    raided(tiny)
    option(tiny, 401, "delay", [(401, 0.0, 0.0, 10.0), (3600, 0.0, 0.0, 10.0)], 500.0)
    assert advice(tiny)["decide_by_late"] is False


def test_taken_late_a_route_goes_on_from_where_the_flight_is_at_the_route_s_own_speed(tiny: Any) -> None:
    tiny.flight("F", 0.0, 0.0, 500.0)
    tiny.radar()
    day = read_day(tiny.write()[0])
    path = truth_path(day, "F")
    assert path is not None
    late = late_path(day, path, wkb(tiny, AWAY), tiny.t(700.0), "reroute")
    assert late is not None
    assert np.all(late.e_m[:700] == path.e_m[:700])
    legs = np.hypot(np.diff(late.e_m), np.diff(late.n_m))[705:1190]
    np.testing.assert_allclose(legs, 40_000.0 / 499.0, rtol=2e-3)
    assert late.e_m[700 + 499 + 2] == pytest.approx(-40_000.0, abs=40.0)


def test_a_route_goes_the_short_way_over_the_180th_meridian(tiny: Any) -> None:
    tiny.seconds = 10
    tiny.flight("F", 0.0, 0.0, 500.0)
    day = dataclasses.replace(read_day(tiny.write()[0]), frame=Frame(50.0, 180.0))
    still = Path4D(*np.zeros((3, 11)), np.full(11, 50.0), np.full(11, 179.9), np.ones(11, bool))
    points = np.array([[179.9, 50.0, 500.0, tiny.t(0)], [-179.9, 50.0, 500.0, tiny.t(10)]])
    assert np.abs(flown(day, still, points, tiny.t(0), "reroute").e_m).max() < 7_200.0
