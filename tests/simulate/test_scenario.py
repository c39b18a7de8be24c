"""Scenario files: what is read, and how an error names its place."""

from __future__ import annotations

import tomllib
from pathlib import Path

import msgspec
import pytest

from flightward.errors import BadInput
from flightward.simulate import load_scenario, parse_scenario, scenario_text, standard_day
from flightward.simulate.scenario import (
    Area,
    Birds,
    Flight,
    Jam,
    Loiter,
    Make,
    Mask,
    Raid,
    Scenario,
    Sensor,
    Site,
    Span,
    Split,
    Traffic,
    Turn,
    Wave,
    Waypoint,
    Zone,
)

TEXT = """
name = "one drone"
start = 2025-05-20T14:00:00Z
duration_s = 60
[area]
lat_deg = 50.0
lon_deg = 30.0
radius_m = 50000
[[raid]]
id = "R1"
n = 1
waypoints = [[49.9, 30.0], [50.1, 30.0]]
"""


def write(tmp_path, text):
    path = tmp_path / "day.toml"
    path.write_text(text)
    return path


def test_a_date_time_is_the_start_and_whole_numbers_pass_for_metres(tmp_path):
    scenario = load_scenario(write(tmp_path, TEXT))
    assert scenario.start_s == 1747749600.0
    assert scenario.area.radius_m == 50000.0
    assert scenario.raids[0].pattern == "stream"


@pytest.mark.parametrize(
    ("line", "instead", "key", "value"),
    [
        ("n = 1", "n = -1", "raid[0].n", -1),
        ("n = 1", 'n = "many"', "raid[0].n", "many"),
        ("lat_deg = 50.0", "lat_deg = 95.0", "area.lat_deg", 95.0),
        ("duration_s = 60", "duration_s = 0", "duration_s", 0),
        ("n = 1", "n = 1\nspeed_mps = 0.0", "raid[0].speed_mps", 0.0),
        ("n = 1", 'n = 1\npattern = "clever"', "raid[0].pattern", "clever"),
    ],
)
def test_an_error_names_file_key_and_value(tmp_path, line, instead, key, value):
    path = write(tmp_path, TEXT.replace(line, instead))
    with pytest.raises(BadInput) as caught:
        load_scenario(path)
    assert (caught.value.where, caught.value.key, caught.value.value) == (str(path), key, value)


def test_an_unknown_key_is_refused_by_name(tmp_path):
    with pytest.raises(BadInput, match="target"):
        load_scenario(write(tmp_path, TEXT + 'target = "F01"\n'))


@pytest.mark.parametrize("bad", ["start = 1", "start = 2025-05-20T14:00:00", "start = 2025-05-20"])
def test_a_start_without_a_zone_is_refused(tmp_path, bad):
    with pytest.raises(BadInput, match="date-time with its zone"):
        load_scenario(write(tmp_path, TEXT.replace("start = 2025-05-20T14:00:00Z", bad)))


def test_no_file_and_no_toml_are_said_as_such(tmp_path):
    with pytest.raises(BadInput, match="no such scenario"):
        load_scenario(tmp_path / "absent.toml")
    with pytest.raises(BadInput, match="not readable as TOML"):
        load_scenario(write(tmp_path, "name = "))


def test_ids_stand_once_and_times_rise(make):
    with pytest.raises(BadInput, match="stands twice"):
        make.small(sensor=[make.radar(), make.radar()])
    points = make.flight()["waypoints"]
    with pytest.raises(BadInput, match="times must rise"):
        make.small(flight=[make.flight(waypoints=points[::-1])])
    with pytest.raises(BadInput, match="no such site"):
        make.small(flight=[make.flight(alternates=["nowhere"])])


def test_a_wave_raid_counts_its_waves():
    way, waves = [[0.0, 0.0], [1.0, 1.0]], [{"at_s": 0, "n": 2}]
    raid = {"id": "R1", "n": 3, "pattern": "wave", "waypoints": way, "waves": waves}
    area = {"lat_deg": 0.0, "lon_deg": 0.0, "radius_m": 1e5}
    with pytest.raises(BadInput, match="sum of its waves"):
        parse_scenario({"name": "x", "start_s": 0.0, "duration_s": 1, "area": area, "raid": [raid]})


def test_a_scenario_written_out_reads_back_the_same(tmp_path, make):
    for scenario in (make.small(), standard_day(4)):
        assert load_scenario(write(tmp_path, scenario_text(scenario))) == scenario


def test_a_raid_has_no_word_for_what_it_could_react_to():
    parts = (Raid, Make, Loiter, Turn, Split, Jam)
    words = {f.name for part in parts for f in msgspec.structs.fields(part)}
    for other in (Flight, Sensor, Site, Zone):
        theirs = {f.name for f in msgspec.structs.fields(other)} - {"id", "waypoints", "hae_m", "sigma_hae_m", "rcs_m2"}
        assert not words & theirs
    assert not [w for w in words if any(x in w for x in ("target", "aim", "avoid", "goal", "cost", "objective"))]


@pytest.mark.parametrize("seed", range(12))
def test_standard_days_are_valid_scenarios_within_their_bounds(seed):
    day = standard_day(seed)
    msgspec.convert(msgspec.to_builtins(day), Scenario)
    assert day == standard_day(seed) and day != standard_day(seed + 1)
    assert day.duration_s == 5400 and len(day.flights) == 10
    assert sum(r.n for r in day.raids) <= 100
    assert [s.kind for s in day.sensors].count("radar") == 3
    assert [s.kind for s in day.sensors].count("acoustic") == 8


def test_every_key_of_a_scenario_is_in_the_docs():
    text = (Path(__file__).parents[2] / "docs" / "scenarios.md").read_text(encoding="utf-8")
    parts = (Scenario, Area, Sensor, Span, Mask, Site, Zone, Wave, Raid, Make, Loiter, Turn, Split, Jam)
    parts += (Waypoint, Flight, Traffic, Birds)
    keys = {f"{p.__name__}.{f}" for p in parts for f in p.__struct_encode_fields__ if f"`{f}`" not in text}
    tables = {"area", "mask", "sensor", "site", "zone", "raid", "flight", "traffic", "birds"}
    assert {k for k in keys if k.split(".")[1] not in tables} == set()


def test_the_example_in_the_docs_is_a_scenario():
    text = (Path(__file__).parents[2] / "docs" / "scenarios.md").read_text(encoding="utf-8")
    example = text.split("```toml\n")[1].split("```")[0]
    raid = parse_scenario(tomllib.loads(example)).raids[0]
    assert raid.n == 20 and raid.turns == (Turn(at_frac=0.5, turn_rad=0.4),)
