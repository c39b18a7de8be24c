"""The tables: columns and types as documented, values by hand, the same bytes twice."""

from __future__ import annotations

import dataclasses
import hashlib
import json
import math
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import shapely
from fakes import START_S, fake_batch, fake_cells, fake_setup
from hypothesis import given
from hypothesis import strategies as st

from flightward.model import (
    NONE,
    AdviceBatch,
    AreaAlertBatch,
    Coverage,
    FlightStates,
    Hazard,
    HostileSource,
    Inbox,
    Integrity,
    Kind,
    Level,
    Option,
    RaidBatch,
    RaidEvent,
    RaidEventBatch,
    RaidPicture,
    Reason,
    ReportBatch,
    Setup,
    StepResult,
    ThreatBatch,
    TrackBatch,
    WarningBatch,
    f64,
    i8,
    i64,
)
from flightward.model.gnss import GnssAreaBatch
from flightward.record import Summary, TableWriter, wkb

D, S, B, N, H, L = pa.float64(), pa.string(), pa.bool_(), pa.int32(), pa.uint64(), pa.binary()
TABLES = {
    "tracks": [D, S, *[D] * 9, S, D, B, S, S, D, S, D, S, S],
    "raids": [D, S, N, D, D, D, D, D, L, *[D] * 20, N],
    "raid_events": [D, S, S, S, N, N, D, D],
    "forecast": [D, D, H, D, D],
    "forecast_near": [D, D, H, D, D],
    "threats": [D, S, S, S, S, D, D, D, D, S, S, D],
    "warnings": [S, S, S, S, D, D, D, D, D, S, S, D, D, D, D],
    "warning_history": [S, D, D, S, S, N],
    "warning_acts": [S, D, S, S, S, S, S],
    "advice": [D, S, S, D, D, D, D, L, S],
    "gnss": [S, D, D, D, N, N, L],
    "outlook": [D, D, S, B, D, D],
}


def step(t_s: float, setup: Setup, rng: np.random.Generator) -> StepResult:
    """One second by hand: a hostile drone T7 of raid R2 flying north-east, the flight n0 warned of it."""
    nan = np.array([np.nan])
    tracks = dataclasses.replace(
        fake_batch(TrackBatch, 1, rng, t_s=t_s), track=i64([7]), e_m=f64([0.0]), n_m=f64([0.0]), u_m=f64([500.0]),
        ve_mps=f64([30.0]), vn_mps=f64([40.0]), vu_mps=nan, cov=np.diag([9.0, 16.0, 25.0, 1, 1, 1])[None],
        p_class=f64([[0.9, 0.1, 0, 0, 0]]), p_hostile=f64([0.8]), hostile=i8([NONE]),
        hostile_source=i8([HostileSource.RULE]), identity=i64([3]), integrity=i8([Integrity.TRUSTED]),
    )  # fmt: skip
    raids = dataclasses.replace(
        fake_batch(RaidBatch, 1, rng, t_s=t_s), raid=i64([2]), n_expected=f64([40.6]), e_m=f64([0.0]), n_m=f64([0.0]),
        ve_mps=f64([0.0]), vn_mps=f64([-50.0]), speed_mps=f64([50.0]), start=i64([0, 1]), member=i64([7]),
        extent_start=i64([0, 3]), extent_e_m=f64([0, 1000, 0]), extent_n_m=f64([0, 0, 1000]),
        front_e_m=f64([0.0]), front_n_m=f64([0.0]), axis_rad=f64([0.5]), n_lo=f64([np.nan]), n_waves=i64([3]),
        wave=i64([1]), u_lo_m=f64([400.0]),
    )  # fmt: skip
    events = RaidEventBatch(
        t_s=t_s, event=i8([RaidEvent.MERGE]), raid=i64([2]), other=i64([9]), n_members=i64([40]), n_other=i64([3]),
        e_m=f64([0.0]), n_m=f64([0.0]),
    )  # fmt: skip
    threats = dataclasses.replace(
        fake_batch(ThreatBatch, 2, rng, t_s=t_s), flight=i64([0, NONE]), site=i64([NONE, 1]),
        hazard=i8([Hazard.RAID, Hazard.NONE]), hazard_id=i64([2, NONE]), level=i8([Level.CAUTION, Level.CLEAR]),
        p=f64([0.62, np.nan]), reason=i8([Reason.RAID_ON_ROUTE, Reason.NONE]), n=i64([41, NONE]),
        t_to_s=f64([720.0, np.nan]), sensor_mask=i64([1, 0]),
    )  # fmt: skip
    advice = dataclasses.replace(
        fake_batch(AdviceBatch, 1, rng, t_s=t_s), flight=i64([0]), option=i8([Option.DELAY]), rank=i64([0]),
        p_caught=f64([0.02]), delay_s=f64([900.0]), extra_m=f64([0.0]), decide_by_s=f64([t_s + 60.0]),
        site=i64([NONE]), agreed=i64([NONE]), minimum=i8([NONE]), then=i8([NONE]),
        course_rad=nan, start=i64([0, 2]), route_t_s=f64([t_s, t_s + 10.0]),
        route_e_m=f64([0.0, 100.0]), route_n_m=f64([0.0, 0.0]), route_u_m=f64([300.0, 310.0]),
    )  # fmt: skip
    return StepResult(
        t_s, tracks, fake_batch(Coverage, 3, rng, t_s=t_s), RaidPicture(raids, None, False, events=events),
        fake_batch(FlightStates, 2, rng, t_s=t_s), threats, warning(t_s, 1, Level.CAUTION), advice, i64([2]),
    )  # fmt: skip


def warning(t_s: float, change: int, level: Level) -> WarningBatch:
    """Warning W5 of the flight n0 at t_s."""
    is_over = change == 3
    return WarningBatch(
        t_s=t_s, warning=i64([5]), change=i8([change]), flight=i64([0]), site=i64([NONE]), hazard=i8([Hazard.RAID]),
        hazard_id=i64([2]), level=i8([level]), raised_s=f64([START_S]), first_caution_s=f64([START_S]),
        cleared_s=f64([t_s if is_over else np.nan]), predicted_caught_s=f64([START_S + 720.0]), p=f64([0.62]),
        reason=i8([Reason.NONE if is_over else Reason.RAID_ON_ROUTE]), n=i64([41]), clear_again_s=f64([np.nan]),
    )  # fmt: skip


def named_setup(rng: np.random.Generator) -> Setup:
    setup = fake_setup(rng)
    flights = dataclasses.replace(setup.flights, name=i64([0, 1]), callsign=i64([2, 3]))
    sites = dataclasses.replace(setup.sites, name=i64([4, 5, 6, 7]), title=i64([4, 5, 6, 7]))
    sensors = dataclasses.replace(setup.sensors, name=i64([7, 8, 9]))
    return dataclasses.replace(setup, flights=flights, sites=sites, sensors=sensors)


@pytest.fixture
def out(tmp_path: Path) -> Path:
    rng = np.random.default_rng(5)
    setup = named_setup(rng)
    writer, summary = TableWriter(tmp_path, setup), Summary(setup)
    for k in range(301):
        result = step(START_S + k, setup, rng)
        if k:
            result = dataclasses.replace(result, warnings=WarningBatch.empty(t_s=result.t_s), advice=None)
        if k == 300:
            picture = dataclasses.replace(result.picture, cells=fake_cells(result.t_s, rng))
            result = dataclasses.replace(result, warnings=warning(result.t_s, 3, Level.WARNING), picture=picture)
        inbox = Inbox(result.t_s, ReportBatch.empty(), AreaAlertBatch.empty(), 1)
        writer.write(inbox, result)
        summary.write(inbox, result)
    assert not list(tmp_path.glob("*.parquet"))
    writer.close()
    writer.close()
    summary.finish(tmp_path / "summary.json", versions={}, hashes={"case.toml": "ab"}, notes=["a note"], rejected={})
    return tmp_path


@pytest.mark.parametrize("name", TABLES)
def test_columns_and_types_stand_as_documented(out: Path, name: str) -> None:
    schema = pq.read_schema(out / f"{name}.parquet")
    assert [f.type for f in schema] == TABLES[name]
    docs = (Path(__file__).parents[2] / "docs/tables.md").read_text(encoding="utf-8")
    assert ", ".join(schema.names) in docs.replace("\n", " ")


def test_a_track_row(out: Path) -> None:
    row = pq.read_table(out / "tracks.parquet").to_pylist()[0]
    assert row["track_id"] == "T7" and row["raid_id"] == "R2" and row["identity"] == "n3"
    assert (row["kind"], row["hostile_source"], row["integrity"]) == ("drone", "rule", "trusted")
    assert row["hostile"] is True and row["p_kind"] == 0.9 and row["p_hostile"] == 0.8
    assert row["lat_deg"] == pytest.approx(math.degrees(0.8)) and row["lon_deg"] == pytest.approx(math.degrees(0.4))
    assert (row["ve_mps"], row["vn_mps"]) == (pytest.approx(30.0), pytest.approx(40.0))
    assert row["vu_mps"] is None
    assert row["sigma_h_m"] == pytest.approx(math.sqrt(12.5)) and row["sigma_v_m"] == 5.0


def test_a_raid_row(out: Path) -> None:
    row = pq.read_table(out / "raids.parquet").to_pylist()[0]
    assert row["raid_id"] == "R2" and row["n"] == 41
    assert row["course_rad"] == pytest.approx(math.pi) and row["speed_mps"] == pytest.approx(50.0)
    polygon = shapely.from_wkb(row["extent_wkb"])
    assert polygon.is_valid and polygon.contains(shapely.Point(row["lon_deg"] + 0.001, row["lat_deg"] + 0.001))


    assert (row["n_waves"], row["n_lo"], row["hae_lo_m"]) == (3, None, 400.0)
    assert (row["front_lat_deg"], row["front_lon_deg"]) == pytest.approx((math.degrees(0.8), math.degrees(0.4)))
    assert row["axis_rad"] == pytest.approx(0.5)


def test_a_row_of_an_event(out: Path) -> None:
    row = pq.read_table(out / "raid_events.parquet").to_pylist()[0]
    assert (row["t_s"], row["event"], row["raid_id"], row["other_id"]) == (START_S, "merge", "R2", "R9")
    assert (row["n"], row["n_other"]) == (40, 3)
    assert (row["lat_deg"], row["lon_deg"]) == pytest.approx((math.degrees(0.8), math.degrees(0.4)))


def test_threat_rows_of_a_flight_and_a_site(out: Path) -> None:
    flight, site = pq.read_table(out / "threats.parquet").to_pylist()[:2]
    assert (flight["flight_id"], flight["site_id"]) == ("n0", None)
    assert (flight["hazard_kind"], flight["hazard_id"], flight["level"]) == ("raid", "R2", "CAUTION")
    assert flight["p"] == 0.62 and "R2" in flight["reason"]
    assert (site["flight_id"], site["site_id"]) == (None, "n5")
    assert (site["hazard_kind"], site["hazard_id"], site["level"], site["p"]) == ("none", None, "CLEAR", None)


def test_a_warning_is_one_row_at_its_last_state(out: Path) -> None:
    (row,) = pq.read_table(out / "warnings.parquet").to_pylist()
    assert (row["warning_id"], row["level"]) == ("W5", "WARNING")
    assert (row["raised_s"], row["cleared_s"]) == (START_S, START_S + 300.0)
    assert "R2" in row["reason"] and row["clear_again_s"] is None


def test_a_forecast_and_an_option(out: Path) -> None:
    assert set(pq.read_table(out / "forecast.parquet").column("issued_s").to_pylist()) == {START_S + 300.0}
    row = pq.read_table(out / "advice.parquet").to_pylist()[0]
    assert (row["flight_id"], row["option"], row["decide_by_s"]) == ("n0", "delay", START_S + 60.0)
    route = shapely.from_wkb(row["route_wkb"])
    assert route.geom_type == "LineString" and route.has_z
    assert shapely.get_coordinates(route, include_z=True)[1][2] == 310.0
    assert row["text"]


def test_the_summary_says_what_the_day_was(out: Path) -> None:
    figures = json.loads((out / "summary.json").read_text())
    assert figures["n_steps"] == 301 and figures["n_tracks"] == 1 and figures["n_rejected"] == 301
    assert figures["flights"]["n0"]["caution_s"] == 301
    assert figures["warnings"][0]["hazard_id"] == "R2" and figures["simulated"] == "everything"


def test_the_same_steps_give_the_same_bytes(tmp_path: Path) -> None:
    digests = []
    for name in ("a", "b"):
        rng = np.random.default_rng(5)
        setup = named_setup(rng)
        writer = TableWriter(tmp_path / name, setup)
        for k in range(3):
            writer.write(None, step(START_S + k, setup, rng))
        writer.close()
        files = sorted((tmp_path / name).iterdir())
        assert [f.suffix for f in files] == [".parquet"] * len(TABLES)
        digests.append([hashlib.sha256(f.read_bytes()).hexdigest() for f in files])
    assert digests[0] == digests[1]


def test_a_run_without_anything_gives_empty_tables(tmp_path: Path) -> None:
    TableWriter(tmp_path, named_setup(np.random.default_rng(1))).close()
    assert {p.stem: pq.read_metadata(p).num_rows for p in tmp_path.iterdir()} == dict.fromkeys(TABLES, 0)


@pytest.mark.parametrize(
    ("real", "simulated", "mark"),
    [("nothing", "everything", "SIMULATED"), ("flights", "raid", "PARTLY SIMULATED"), ("all", "nothing", None)],
)
def test_every_table_of_a_simulated_day_is_marked(tmp_path: Path, real: str, simulated: str, mark: str | None) -> None:
    setup = dataclasses.replace(named_setup(np.random.default_rng(1)), real=real, simulated=simulated)
    writer = TableWriter(tmp_path, setup)
    writer.write(None, step(START_S, setup, np.random.default_rng(1)))
    writer.close()
    marks = [(pq.read_schema(p).metadata or {}).get(b"flightward.mark") for p in sorted(tmp_path.iterdir())]
    assert marks == [None if mark is None else mark.encode()] * len(TABLES)


@pytest.mark.parametrize(
    ("declared", "source", "p", "want"),
    [(1, "NONE", 0.1, True), (0, "DECLARED", 0.9, False), (NONE, "RULE", 0.49, False), (NONE, "NONE", 0.9, None)],
)
def test_hostile_is_what_was_declared_else_the_rule_else_unknown(
    tmp_path: Path, declared: int, source: str, p: float, want: bool | None
) -> None:
    rng = np.random.default_rng(1)
    setup = named_setup(rng)
    result = step(START_S, setup, rng)
    tracks = dataclasses.replace(
        result.tracks, hostile=i8([declared]), hostile_source=i8([HostileSource[source]]), p_hostile=f64([p])
    )
    writer = TableWriter(tmp_path, setup)
    writer.write(None, dataclasses.replace(result, tracks=tracks))
    writer.close()
    assert pq.read_table(tmp_path / "tracks.parquet").column("hostile").to_pylist() == [want]


def test_a_track_of_unknown_class_is_unknown(tmp_path: Path) -> None:
    rng = np.random.default_rng(1)
    setup = named_setup(rng)
    result = step(START_S, setup, rng)
    writer = TableWriter(tmp_path, setup)
    tracks = dataclasses.replace(result.tracks, p_class=np.full((1, 5), np.nan))
    writer.write(None, dataclasses.replace(result, tracks=tracks))
    writer.close()
    row = pq.read_table(tmp_path / "tracks.parquet").to_pylist()[0]
    assert row["kind"] == Kind.UNKNOWN.word and row["p_kind"] is None


numbers = st.floats(-180, 180, allow_nan=False)


@given(st.lists(st.lists(st.tuples(numbers, numbers), max_size=6), max_size=5))
def test_polygons_read_back_by_another_library(rings: list[list[tuple[float, float]]]) -> None:
    start = i64(np.concatenate([[0], np.cumsum([len(r) for r in rings])]))
    flat = np.array([p for r in rings for p in r], dtype=np.float64).reshape(-1, 2)
    for ring, data in zip(rings, wkb.polygons(start, f64(flat[:, 0]), f64(flat[:, 1])), strict=True):
        if len(ring) < 3:
            assert data is None
        else:
            closed = ring if ring[0] == ring[-1] else [*ring, ring[0]]
            assert shapely.from_wkb(data, on_invalid="ignore") is None or [
                tuple(c) for c in shapely.from_wkb(data).exterior.coords
            ] == closed


def test_a_route_of_one_point_stands_twice() -> None:
    one = f64([1.0])
    (data,) = wkb.lines(i64([0, 1]), one, f64([2.0]), f64([3.0]), f64([4.0]))
    assert shapely.get_num_coordinates(shapely.from_wkb(data)) == 2
    assert wkb.lines(i64([0, 0]), one[:0], one[:0], one[:0], one[:0]) == [None]


def test_an_area_of_gnss_interference_stands_once_as_it_was_at_its_end(tmp_path: Path) -> None:
    rng = np.random.default_rng(1)
    setup = named_setup(rng)
    writer = TableWriter(tmp_path, setup)
    corners = {"start": i64([0, 3]), "e_m": f64([0, 9e3, 0]), "n_m": f64([0, 0, 9e3])}
    for k, end_s in enumerate((np.nan, START_S + 1.0)):
        area = GnssAreaBatch(
            t_s=START_S + k, area=i64([2]), start_s=f64([START_S]), seen_s=f64([START_S + k]), end_s=f64([end_s]),
            n_aircraft=i64([2 + k]), n_false=i64([1]), **corners,
        )  # fmt: skip
        writer.write(None, dataclasses.replace(step(START_S + k, setup, rng), gnss=area))
    writer.close()
    (row,) = pq.read_table(tmp_path / "gnss.parquet").to_pylist()
    outline = shapely.from_wkb(row.pop("outline_wkb"))
    assert row == {
        "area_id": "G2", "start_s": START_S, "end_s": START_S + 1.0, "seen_s": START_S + 1.0, "n_aircraft": 3,
        "n_false": 1,
    }  # fmt: skip
    assert outline.is_valid
