"""A simulated case as a whole: the format, the truth, the same bytes; and the writer's own promises."""

from __future__ import annotations

import json
import time
import tomllib

import numpy as np
import pyarrow.parquet as pq
import pytest

from flightward.errors import BadInput
from flightward.feeds.case import read_case
from flightward.feeds.case.write import (
    REPORTS_SCHEMA,
    TRUTH_SCHEMA,
    CaseContent,
    FeedFile,
    replace_case,
    toml_text,
    write_case,
)
from flightward.simulate import simulate, standard_day
from flightward.simulate.world import draw_world
from flightward.simulate.zones import active_spans

FILES = ("case.toml", "flights.json", "truth.parquet", "feeds/reports.parquet")


@pytest.fixture(scope="module")
def case(make, tmp_path_factory):
    return simulate(make.small(), 7, tmp_path_factory.mktemp("case") / "small")


def test_the_same_seed_gives_the_same_bytes_and_another_seed_another_day(case, make, tmp_path):
    again, other = simulate(make.small(), 7, tmp_path / "again"), simulate(make.small(), 8, tmp_path / "other")
    for file in FILES:
        assert (again / file).read_bytes() == (case / file).read_bytes()
    assert (other / "truth.parquet").read_bytes() != (case / "truth.parquet").read_bytes()


def test_the_reader_finds_nothing_to_complain_about(case):
    opened = read_case(case)
    assert sum(len(i.reports) for i in opened.inboxes()) > 1000
    assert opened.rejected == {}
    assert [n for n in opened.notes if "after the end" not in n] == []


def test_the_tables_have_the_columns_and_types_of_the_format(case):
    assert pq.read_schema(case / "truth.parquet").equals(TRUTH_SCHEMA)
    assert pq.read_schema(case / "feeds/reports.parquet").equals(REPORTS_SCHEMA)


def test_reports_stand_in_order_of_arrival_and_none_arrives_before_it_was_true(case):
    table = pq.read_table(case / "feeds/reports.parquet")
    t, t_rx = table["t_s"].to_numpy(), table["t_rx_s"].to_numpy()
    assert (np.diff(t_rx) >= 0).all() and (t_rx >= t).all() and (np.diff(t) < 0).any()


def test_truth_is_each_second_of_each_object(case, make):
    truth = pq.read_table(case / "truth.parquet").to_pandas()
    assert ((truth.t_s - make.start_s) % 1.0 == 0).all()
    for _, rows in truth.groupby("object_id"):
        assert (np.diff(rows.t_s) == 1.0).all()
    flight = truth[truth.object_id == "F01"]
    assert len(flight) == 601
    assert flight.on_ground.sum() == 100 + 200 and not flight.hostile.any()
    drones = truth[truth.kind == "drone"]
    assert drones.hostile.all() and set(drones.raid_id) == {"R1"}
    assert truth[truth.kind != "drone"].raid_id.isna().all()


def test_the_flight_flies_its_plan_with_small_deviations(case, make):
    truth = pq.read_table(case / "truth.parquet").to_pandas()
    flight = truth[truth.object_id == "F01"]
    plan = json.loads((case / "flights.json").read_text())[0]["waypoints"]
    lat = np.interp(flight.t_s, [w["t_s"] for w in plan], [w["lat_deg"] for w in plan])
    off_m = (flight.lat_deg.to_numpy() - lat) * 111200.0
    assert 5.0 < np.abs(off_m).max() < 900.0
    ground = flight[flight.on_ground]
    assert (ground.ve_mps == 0).all() and np.ptp(ground.hae_m.to_numpy()) < 0.01
    # it leaves and meets the ground without a jump
    steps_m = np.hypot(np.diff(flight.lat_deg) * 111200.0, np.diff(flight.lon_deg) * 71500.0)
    assert steps_m.max() < 65.0 and np.abs(np.diff(flight.hae_m)).max() < 12.0


def test_another_flight_changes_no_drone(make):
    a = draw_world(make.small(), np.random.SeedSequence(1))
    points = [{**w, "lat_deg": w["lat_deg"] + 0.3} for w in make.flight()["waypoints"]]
    b = draw_world(make.small(flight=[make.flight(waypoints=points)]), np.random.SeedSequence(1))
    drones = [i for i, h in enumerate(a.hostile) if h]
    np.testing.assert_array_equal(a.paths.lat_deg[:, drones], b.paths.lat_deg[:, drones])


def test_one_sensor_more_changes_no_other_sensor(case, make, tmp_path):
    more = make.small(sensor=[make.radar(), make.acoustic(), make.adsb(), make.radar(id="radar-2")])
    there = pq.read_table(simulate(more, 7, tmp_path / "more") / "feeds/reports.parquet").to_pandas()
    here = pq.read_table(case / "feeds/reports.parquet").to_pandas()
    for sensor in ("radar-1", "acoustic-1", "adsb-1"):
        assert there[there.sensor_id == sensor].range_m.tolist() == pytest.approx(
            here[here.sensor_id == sensor].range_m.tolist(), nan_ok=True
        )


def test_a_zone_opens_while_drones_are_near_and_at_its_declared_times(make):
    square = [[49.9, 29.9], [49.9, 30.1], [50.1, 30.1], [50.1, 29.9]]
    zones = [
        {"id": "near", "kind": "defended", "polygon": square, "near_m": 5000.0, "delay_s": 30.0, "hold_s": 60.0},
        {"id": "far", "kind": "defended", "polygon": [[p[0] + 1.0, p[1]] for p in square], "near_m": 5000.0},
        {"id": "timed", "kind": "closed", "polygon": square, "active": [{"from_s": 10.0, "to_s": 5000.0}]},
    ]
    scenario = make.small(zone=zones)
    world = draw_world(scenario, np.random.SeedSequence(1))
    near, far, timed = (active_spans(z, world) for z in scenario.zones)
    assert far == [] and timed == [(10.0, 600.0)]
    lat = world.paths.lat_deg[:, world.hostile]
    # 5 km south of the square's southern edge, give or take the slant of the way
    first = np.flatnonzero((lat > 49.9 - 5000.0 / 111200.0).any(axis=1))[0]
    assert near[0][0] == pytest.approx(first + 30.0, abs=15.0)


def test_an_empty_sky_is_a_case_too(make, tmp_path):
    scenario = make.small(raid=[], flight=[], traffic={"n": 0}, birds={"n": 0}, sensor=[])
    case = simulate(scenario, 0, tmp_path / "empty")
    assert pq.read_table(case / "truth.parquet").num_rows == 0
    assert sum(len(i.reports) for i in read_case(case).inboxes()) == 0


@pytest.mark.parametrize("name", ["letter.txt", "case.toml"])
def test_a_folder_that_holds_anything_is_left_alone_also_a_case(make, tmp_path, name):
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / name).write_text("dear")
    with pytest.raises(BadInput, match="mine: is not an empty folder"):
        simulate(make.small(), 0, tmp_path / "mine")
    assert (tmp_path / "mine" / name).read_text() == "dear"


def test_a_seed_below_nothing_is_refused(make, tmp_path):
    with pytest.raises(BadInput, match="seed: must be 0 or more"):
        simulate(make.small(), -1, tmp_path / "case")


def test_only_a_case_of_the_same_name_is_replaced(tmp_path):
    def made(name, where):
        return write_case(CaseContent(name, "", "", "", "", 0.0, 1.0, {}), tmp_path / where)

    old = made("a day", "old")
    (old / "more").write_text("")
    assert replace_case(made("a day", "new"), old) == old and not (old / "more").exists()
    with pytest.raises(BadInput, match="not an empty folder"):
        replace_case(made("another", "new"), old)
    assert replace_case(tmp_path / "new", tmp_path / "third").is_dir()


def test_a_feed_may_not_leave_its_folder(tmp_path):
    content = CaseContent("x", "", "", "", "", 0.0, 1.0, {}, feeds=[FeedFile("f", "reports-csv", "../out.csv", b"")])
    with pytest.raises(BadInput, match="inside the case"):
        write_case(content, tmp_path / "case")
    assert not (tmp_path / "case").exists()


def test_toml_text_reads_back_as_it_was():
    value = {
        "text": 'a "quoted" \\ line\nand ünïcode \x7f', "whole": 3, "real": 1e-7, "large": 1747749600.0, "yes": True,
        "empty": [], "points": [[1.0, 2.0], [3.0, 4.0]], "table": {"a": 1.5, "nested": [{"x": 1.0}]},
        "row": [{"id": "a", "spans": [{"from_s": 1.0}]}, {"id": "b"}],
    }  # fmt: skip
    assert tomllib.loads(toml_text(value)) == value
    assert toml_text({"none": None}) == "\n"
    with pytest.raises(BadInput, match="no form"):
        toml_text({"set": {1, 2}.__iter__()})


def test_progress_rises_to_its_end(make, tmp_path):
    told: list[tuple[int, int]] = []
    simulate(make.small(), 0, tmp_path / "x", progress=lambda done, total: told.append((done, total)))
    assert told == sorted(told) and told[-1] == (100, 100)


def test_a_standard_day_is_written_in_seconds(tmp_path):
    before = time.process_time()
    case = simulate(standard_day(4), 4, tmp_path / "day")
    assert time.process_time() - before < 10.0
    assert pq.ParquetFile(case / "feeds/reports.parquet").metadata.num_rows > 50000
