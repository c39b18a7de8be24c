"""The built-in days: what they hold, what they say about themselves, who is caught in them."""

from __future__ import annotations

import dataclasses
import importlib.metadata
import json
import tomllib
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest

from flightward.config import Config
from flightward.days import build_day, list_days
from flightward.days.samples import read_fixes, sample_path
from flightward.errors import BadInput, Missing
from flightward.feeds.case import read_case
from flightward.pipeline import Pipeline
from flightward.record.setups import setup_bytes, setup_from


@pytest.fixture(scope="module")
def border(tmp_path_factory):
    return build_day("border-raid", tmp_path_factory.mktemp("days") / "border", 0)


@pytest.fixture(scope="module")
def lviv(tmp_path_factory):
    return build_day("lviv-2024-09-17", tmp_path_factory.mktemp("days") / "lviv")


def head(case: Path) -> dict:
    return tomllib.loads((case / "case.toml").read_text(encoding="utf-8"))


@pytest.mark.parametrize("day", ["border", "lviv"])
def test_what_a_recording_gives_back_of_a_day_takes_its_memories(day, request):
    """A pressure that the case does not give is NaN: the same day must be known by that, too."""
    setup = read_case(request.getfixturevalue(day)).setup
    again = setup_from(setup_bytes(setup, (), len(setup.names)))
    Pipeline(again, Config()).restore(Pipeline(setup, Config()).snapshot())
    other = dataclasses.replace(again, radius_m=again.radius_m + 1.0)
    with pytest.raises(BadInput, match="another day"):
        Pipeline(other, Config()).restore(Pipeline(setup, Config()).snapshot())


def test_the_list_names_both_days_and_says_what_is_real():
    days = {d.name: d for d in list_days()}
    assert list(days) == ["border-raid", "lviv-2024-09-17"]
    assert days["border-raid"].is_drawn and "SIMULATED" in days["border-raid"].title
    assert days["lviv-2024-09-17"].simulated == "nothing" and not days["lviv-2024-09-17"].is_drawn


def test_an_unknown_day_is_refused_with_the_names_there_are(tmp_path):
    with pytest.raises(BadInput, match="border-raid, lviv-2024-09-17"):
        build_day("no-such-day", tmp_path / "x")


def test_without_the_package_of_flights_the_error_says_how_to_install_it(monkeypatch, tmp_path):
    def absent(name):
        raise importlib.metadata.PackageNotFoundError(name)

    monkeypatch.setattr(importlib.metadata, "distribution", absent)
    for day in list_days():
        with pytest.raises(Missing, match="pip install --no-deps traffic"):
            build_day(day.name, tmp_path / "x")


def test_the_reader_reads_both_without_a_complaint(border, lviv):
    for case in (border, lviv):
        opened = read_case(case)
        assert not [n for n in opened.notes if "unknown" in n]
        assert opened.setup.is_simulated == (case == border)


def test_same_seed_same_bytes_other_seed_another_raid(border, tmp_path):
    again = build_day("border-raid", tmp_path / "again", 0)
    other = build_day("border-raid", tmp_path / "other", 1)
    for file in ("case.toml", "flights.json", "truth.parquet", "feeds/reports.parquet"):
        assert (again / file).read_bytes() == (border / file).read_bytes()
    assert (other / "truth.parquet").read_bytes() != (border / "truth.parquet").read_bytes()
    # the plans are the same day for day; only the raid and the sensors' noise vary
    assert (other / "flights.json").read_bytes() == (border / "flights.json").read_bytes()


def test_border_raid_has_46_drones_and_its_flights_keep_their_plans(border):
    truth = pq.read_table(border / "truth.parquet").to_pandas()
    assert truth[truth.hostile].object_id.nunique() == 46
    for plan in json.loads((border / "flights.json").read_text()):
        flown = truth[truth.object_id == plan["flight_id"]]
        t = np.array([w["t_s"] for w in plan["waypoints"]])
        lat = np.interp(flown.t_s, t, [w["lat_deg"] for w in plan["waypoints"]])
        lon = np.interp(flown.t_s, t, [w["lon_deg"] for w in plan["waypoints"]])
        off_m = np.hypot((flown.lat_deg - lat) * 111200.0, (flown.lon_deg - lon) * 69000.0)
        assert off_m.max() < 1500.0, plan["flight_id"]


def test_the_demo_flight_is_caught_late_enough_and_the_others_never(border, caught_in_truth):
    caught = caught_in_truth(border)
    start = head(border)["start_s"]
    truth = pq.read_table(border / "truth.parquet").to_pandas()
    up = truth[(truth.object_id == "rega_sg") & ~truth.on_ground].t_s.min() - start
    assert caught["rega_sg"]["raid"] - up >= 900.0
    assert {f for f, first in caught.items() if first} == {"rega_sg"}


@pytest.mark.slow
def test_ten_draws_catch_the_flight_and_no_other(tmp_path, caught_in_truth):
    held = 0
    for seed in range(10):
        caught = caught_in_truth(build_day("border-raid", tmp_path / str(seed), seed))
        assert not [f for f, first in caught.items() if first and f != "rega_sg"]
        held += "raid" in caught["rega_sg"]
    assert held >= 8


def test_lviv_carries_the_sample_as_it_is_and_its_alert(lviv):
    assert (lviv / "feeds/noisy_spoofing.json.gz").read_bytes() == sample_path(
        "noisy/noisy_spoofing.json.gz"
    ).read_bytes()
    assert "2024-09-17 09:01:05+00:00,2024-09-17 09:57:56+00:00" in (lviv / "feeds/alerts.csv").read_text()
    case = head(lviv)
    assert case["simulated"] == "nothing" and "Reconstructed" in case["real"]
    assert [s["kind"] for s in case["sensor"]] == ["adsb"]
    assert not (lviv / "truth.parquet").exists()


def test_the_plan_past_lviv_uses_no_false_position(lviv):
    (plan,) = json.loads((lviv / "flights.json").read_text())
    for point in plan["waypoints"]:
        # the false positions lie near 49.66 N 23.85 E; the straight way passes 130 km west of them
        assert abs(point["lat_deg"] - 49.66) > 0.6 or abs(point["lon_deg"] - 23.85) > 1.0
        assert 41.0 < point["lat_deg"] < 57.5


def test_fixes_stop_and_return_when_the_record_says():
    fixes = read_fixes(sample_path("noisy/noisy_spoofing.json.gz"))
    day_s = 1726531200.0
    before = np.flatnonzero(fixes.t_s < day_s + 9 * 3600 + 20 * 60)
    # one more came at 09:06:18 that repeats the last position to the digit: a frozen one
    last, frozen = before[-2], before[-1]
    assert fixes.t_s[last] - day_s == pytest.approx(9 * 3600 + 4 * 60 + 51, abs=1.0)
    assert (fixes.lat_deg[last], fixes.lon_deg[last]) == (fixes.lat_deg[frozen], fixes.lon_deg[frozen])
    false = (np.abs(fixes.lat_deg - 49.66) < 0.3) & (np.abs(fixes.lon_deg - 23.85) < 0.5)
    assert fixes.t_s[false].min() - day_s == pytest.approx(9 * 3600 + 24 * 60 + 25, abs=1.0)
    after = fixes.t_s[(fixes.t_s > day_s + 9 * 3600 + 50 * 60) & ~false]
    assert after.min() - day_s == pytest.approx(9 * 3600 + 58 * 60 + 11, abs=1.0)
