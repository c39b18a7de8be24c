"""Who is caught, when, and by which cause: hand-made truths on both sides of every limit."""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np
import pytest

from flightward.score import caught_table
from flightward.score.caught import Path4D, caught_seconds, inside_active_zone, truth_path
from flightward.score.day import Frame, Zone, read_day


def causes(tiny: Any) -> dict[str, int]:
    tiny.radar()
    case, _ = tiny.write()
    record = caught_table(case)[0]["caught"]
    return {} if record is None else {c: int(v["first_s"] - tiny.t(0)) for c, v in record["causes"].items()}


@pytest.mark.parametrize(("far_m", "expected"), [(9_990.0, {"raid": 0}), (10_010.0, {})])
def test_three_drones_within_ten_kilometres_are_a_raid(tiny: Any, far_m: float, expected: dict[str, int]) -> None:
    tiny.flight("F", 0.0, 0.0, 500.0)
    for i, (e, n) in enumerate([(5_000.0, 0.0), (0.0, -5_000.0), (0.0, far_m)]):
        tiny.object(f"d{i}", e, n, 600.0)
    assert causes(tiny) == expected


@pytest.mark.parametrize(("height_m", "expected"), [(1_990.0, {"raid": 0}), (2_010.0, {})])
def test_a_raid_counts_only_drones_within_1500_m_of_height(
    tiny: Any, height_m: float, expected: dict[str, int]
) -> None:
    tiny.flight("F", 0.0, 0.0, 500.0)
    for i in range(3):
        tiny.object(f"d{i}", 5_000.0, 100.0 * i, height_m)
    assert causes(tiny) == expected


@pytest.mark.parametrize(
    ("e_m", "hae_m", "expected"), [(1_990.0, 790.0, {"lone": 0}), (2_010.0, 500.0, {}), (1_000.0, 810.0, {})]
)
def test_one_drone_must_be_within_2_km_and_300_m(tiny: Any, e_m: float, hae_m: float, expected: dict[str, int]) -> None:
    tiny.flight("F", 0.0, 0.0, 500.0)
    tiny.object("d", e_m, 0.0, hae_m)
    assert causes(tiny) == expected


def test_friendly_drones_birds_and_drones_on_the_ground_catch_nothing(tiny: Any) -> None:
    tiny.flight("F", 0.0, 0.0, 500.0)
    tiny.object("bird", 10.0, 0.0, 500.0, kind="bird")
    tiny.object("down", 20.0, 0.0, 500.0, ground=True)
    tiny.object("friend", 30.0, 0.0, 500.0)
    for row in tiny.truth:
        row["hostile"] = row["hostile"] and row["object_id"] != "friend"
    assert causes(tiny) == {}


def test_on_the_ground_nothing_is_caught_and_take_off_into_it_is(tiny: Any) -> None:
    tiny.flight("F", 0.0, 0.0, 500.0, ground=np.arange(3601) < 700)
    tiny.object("d", 500.0, 0.0, 500.0)
    assert causes(tiny) == {"lone": 700}


ZONE = """[[zone]]
id = "z"
kind = "{kind}"
polygon = [[19.9, 49.9], [20.1, 49.9], [20.1, 50.1], [19.9, 50.1]]
floor_m = 100.0
ceiling_m = {ceiling}
active = [{{from_s = {from_s}, to_s = {to_s}}}]
"""


@pytest.mark.parametrize(
    ("kind", "ceiling", "drone_e_m", "expected"),
    [
        ("defended", 1000.0, 39_900.0, {"zone": 100}),
        ("defended", 1000.0, 40_100.0, {}),
        ("defended", 400.0, 39_900.0, {}),
        ("closed", 1000.0, 39_900.0, {}),
    ],
)
def test_an_active_defended_zone_with_a_drone_within_40_km(
    tiny: Any, kind: str, ceiling: float, drone_e_m: float, expected: dict[str, int]
) -> None:
    tiny.toml.append(ZONE.format(kind=kind, ceiling=ceiling, from_s=tiny.t(100), to_s=tiny.t(200)))
    tiny.flight("F", 0.0, 0.0, 500.0)
    tiny.object("d", drone_e_m, 0.0, 9_000.0)
    assert causes(tiny) == expected


def test_a_zone_lets_go_when_its_time_is_over(tiny: Any) -> None:
    tiny.toml.append(ZONE.format(kind="defended", ceiling=1000.0, from_s=tiny.t(100), to_s=tiny.t(200)))
    tiny.flight("F", 0.0, 0.0, 500.0)
    tiny.object("d", 0.0, 0.0, 9_000.0)
    day = read_day(tiny.write()[0])
    path = truth_path(day, "F")
    assert path is not None
    assert np.flatnonzero(caught_seconds(day, path).any).tolist() == list(range(100, 201))


@pytest.mark.parametrize(("active", "expected"), [("", {"zone": 0}), ("active = []\n", {})])
def test_a_zone_without_times_is_always_active_and_one_with_none_never(
    tiny: Any, active: str, expected: dict[str, int]
) -> None:
    tiny.toml.append(ZONE.format(kind="defended", ceiling=1000.0, from_s=0, to_s=0).partition("active")[0] + active)
    tiny.flight("F", 0.0, 0.0, 500.0)
    tiny.object("d", 0.0, 0.0, 9_000.0)
    assert causes(tiny) == expected


@pytest.mark.parametrize(
    ("centre", "ring", "lat", "lon", "inside"),
    [
        (
            (50.0, 179.98), [(179.93, 49.9), (-179.87, 49.9), (-179.87, 50.1), (179.93, 50.1)],
            [50.0, 50.0, 50.0, 50.0], [179.98, -179.9, 0.0, 179.9], [True, True, False, False],
        ),
        (
            (90.0, 0.0), [(-120.0, 89.5), (0.0, 89.5), (120.0, 89.5)],
            [90.0, 89.51, 89.51, 89.49], [0.0, 60.0, 180.0, 180.0], [True, True, True, False],
        ),
    ],
)  # fmt: skip
def test_the_180th_meridian_and_a_pole_are_nothing_special_to_a_zone(
    tiny: Any, centre: Any, ring: Any, lat: Any, lon: Any, inside: list[bool]
) -> None:
    tiny.seconds = 3
    tiny.flight("F", 0.0, 0.0, 500.0)
    corners = np.array(ring)
    zone = Zone("z", corners[:, 0], corners[:, 1], -np.inf, np.inf, ((-np.inf, np.inf),))
    day = dataclasses.replace(read_day(tiny.write()[0]), frame=Frame(*centre), zones=(zone,))
    e, n = day.frame.to_plane(np.array(lat), np.array(lon))
    path = Path4D(e, n, np.full(4, 500.0), np.array(lat), np.array(lon), np.ones(4, bool))
    assert inside_active_zone(day, path).tolist() == inside


def test_thresholds_of_the_case_change_what_caught_means(tiny: Any) -> None:
    tiny.toml.append("[thresholds]\ncaught_n = 1\nraid_radius_m = 20000.0\n")
    tiny.flight("F", 0.0, 0.0, 500.0)
    tiny.object("d", 15_000.0, 0.0, 600.0)
    assert causes(tiny) == {"raid": 0}


def test_a_catch_with_no_radar_over_it_is_blind(tiny: Any) -> None:
    tiny.flight("F", 0.0, 50_000.0, 500.0)
    tiny.object("d", 500.0, 50_000.0, 500.0)
    tiny.radar("max_range_m = 40000.0")
    case, _ = tiny.write()
    assert caught_table(case)[0]["caught"]["blind"]


def test_a_radar_that_fell_silent_covers_nothing_after_15_s(tiny: Any) -> None:
    tiny.flight("F", 0.0, 20_000.0, 500.0, ground=np.arange(3601) < 1000)
    tiny.object("d", 500.0, 20_000.0, 500.0)
    tiny.radar()
    tiny.reports = [r for r in tiny.reports if r["t_rx_s"] < tiny.t(980)]
    case, _ = tiny.write()
    assert caught_table(case)[0]["caught"]["blind"]
    tiny.reports.append({"t_s": tiny.t(984), "t_rx_s": tiny.t(986), "sensor_id": "r1"})
    case, _ = tiny.write()
    assert not caught_table(case)[0]["caught"]["blind"]


def test_distances_agree_with_the_geodesic_far_from_the_centre() -> None:
    from pyproj import Geod

    frame = Frame(50.0, 20.0)
    lat, lon = np.array([53.0, 53.08]), np.array([24.0, 24.05])
    e, n = frame.to_plane(lat, lon)
    plane_m = np.hypot(e[1] - e[0], n[1] - n[0]) / frame.scale(e[0], n[0])
    _, _, true_m = Geod(ellps="WGS84").inv(lon[0], lat[0], lon[1], lat[1])
    assert plane_m == pytest.approx(true_m, abs=2.0)  # of 9.5 km, 430 km out
