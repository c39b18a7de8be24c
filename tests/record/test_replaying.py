"""Replay: the same bits, from any second, after a gap; against other settings; exports and queries of the same day."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pyarrow.parquet as pq
import pytest
import shapely

from flightward.errors import BadInput, Missing
from flightward.export import FORMATS, export
from flightward.feeds.case import read_case
from flightward.model import Names
from flightward.pipeline import Pipeline
from flightward.record import Limits, Recording, RecordingWriter, open_recording
from flightward.record.comparing import Said, compare
from flightward.record.redact import Redaction, redact
from flightward.record.verify import verify
from flightward.replaying import replay, seek


@pytest.fixture(scope="module")
def recorded(small_run: tuple[Path, Path]) -> Path:
    return small_run[1] / "recording.mcap"


def test_a_recorded_day_replays_to_the_same_bits_and_is_whole(recorded: Path) -> None:
    done = replay(recorded, check=True, compared=True)
    assert done.check is not None and done.check.is_equal and done.check.n_unsure == 0
    assert done.check.n_steps == len(open_recording(recorded)) and done.check.recorded == done.check.replayed
    assert done.comparison and {p.verdict for p in done.comparison} == {"same"}
    found = verify(recorded, recorded.with_name("recording.heads"))
    assert found.is_whole and found.n_heads is not None and found.n_heads > 10


def test_the_recording_holds_what_was_read(recorded: Path, small_run: tuple[Path, Path]) -> None:
    held = open_recording(recorded)
    case = read_case(small_run[0])
    assert held.feeds == [f.name for f in case.feeds] and len(held.inputs) == len(case.feeds)
    for feed in case.feeds:
        assert held.input(feed.path.relative_to(case.path).as_posix()) == feed.path.read_bytes()
    assert len(held.states) == 12 and held.notes == []


@pytest.mark.parametrize("at", [121.0, 437.0, 480.0])
def test_a_replay_from_any_second_goes_on_to_the_same_bits(recorded: Path, at: float) -> None:
    start_s = open_recording(recorded).setup.start_s
    done = replay(recorded, check=True, from_s=start_s + at, until_s=start_s + at + 60.0)
    assert done.check is not None and done.check.is_equal and done.check.n_steps == 61 == done.n_steps
    assert done.summary["n_steps"] == 61 and done.summary["notes"] == []


def test_seeking_steps_only_from_the_newest_memory(recorded: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    stepped: list[float] = []
    real = Pipeline.step

    def counted(self: Pipeline, inbox: object) -> object:
        stepped.append(inbox.t_s)  # type: ignore[attr-defined]
        return real(self, inbox)  # type: ignore[arg-type]

    monkeypatch.setattr(Pipeline, "step", counted)
    held = open_recording(recorded)
    _, k = seek(held, held.setup.start_s + 600.0)
    assert k == 600 and 0 < len(stepped) <= 60 and stepped[-1] == held.t_s[599]


def test_a_replay_of_a_memory_of_another_version_starts_from_the_beginning(
    recorded: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Recording, "state", lambda self, state: b"FWST\x00\x09" + bytes(40))
    start_s = open_recording(recorded).setup.start_s
    done = replay(recorded, check=True, from_s=start_s + 130.0, until_s=start_s + 132.0)
    assert done.check is not None and done.check.is_equal and done.check.n_steps == 3
    assert "is not used" in done.summary["notes"][0]


def test_other_settings_are_compared_with_what_was_said(recorded: Path, tmp_path: Path) -> None:
    done = replay(recorded, tmp_path, changes={"threats.caution_p": 0.3}, compared=True, check=True)
    assert done.comparison is not None and done.check is not None and not done.check.is_equal
    assert "/out/warnings" in done.check.topics and done.check.first_s >= open_recording(recorded).setup.start_s
    assert any(p.earlier_s > 0.0 for p in done.comparison)
    rows = json.loads((tmp_path / "comparison.json").read_text())
    assert len(rows) == len(done.comparison) and {"verdict", "earlier_s", "then", "now"} == set(rows[0])


def test_after_a_gap_the_replay_goes_on_from_the_memory(recorded: Path, tmp_path: Path) -> None:
    """Steps that could not be recorded are lost; what follows the next memory is the same again."""
    held = open_recording(recorded)
    path = tmp_path / "r.mcap"
    lost = range(100, 140)
    setup = held.setup
    writer = RecordingWriter(path, setup, held.config, {**held.meta}, limits=Limits(state_s=1e6))
    flow = Pipeline(setup, held.config)
    for k, inbox in enumerate(held.inboxes()):
        result = flow.step(inbox)
        if k in lost:
            writer._lose(result.t_s, {}, OSError(28, "No space left on device"))
        else:
            writer.write(inbox, result)
            if writer.state_due(result.t_s):
                writer.write_state(result.t_s, flow.snapshot())
        if k == 200:
            break
    writer.close()
    done = replay(path, check=True)
    assert done.check is not None and done.check.is_equal
    assert (done.check.n_steps, done.check.n_unsure) == (160, 1)
    assert "No space left" in done.summary["notes"][0]


def test_a_redacted_day_opens_and_its_chain_holds(recorded: Path, tmp_path: Path) -> None:
    held = open_recording(recorded)
    feed = held.feeds[0]
    copy = tmp_path / "recording.mcap"
    counts = redact(recorded, copy, Redaction(feeds=[feed]))
    assert verify(copy, recorded.with_name("recording.heads")).is_whole and sum(counts.values()) > 100
    n = [sum(len(i.reports) for i in r.inboxes()) for r in (held, open_recording(copy))]
    assert n[1] < n[0]
    assert isinstance(open_recording(copy).setup.names, Names)


def test_every_format_of_an_export_is_what_it_says(
    recorded: Path, tmp_path: Path, small_run: tuple[Path, Path]
) -> None:
    files = {p.name: p for p in export(recorded, tmp_path)}
    for name in ("tracks", "threats", "advice", "raids"):
        assert files[f"{name}.parquet"].read_bytes() == (small_run[1] / f"{name}.parquet").read_bytes()
    tracks = pq.read_table(files["tracks.parquet"])
    geo = pq.read_table(files["tracks.geo.parquet"])
    about = json.loads(geo.schema.metadata[b"geo"])
    assert about["primary_column"] == "geometry" and about["columns"]["geometry"]["geometry_types"] == ["Point Z"]
    points = shapely.from_wkb(geo["geometry"].to_pylist())
    assert np.array_equal(shapely.get_x(points), tracks["lon_deg"].to_numpy())
    assert np.array_equal(shapely.get_z(points), tracks["hae_m"].to_numpy(), equal_nan=True)
    routes = pq.read_table(files["advice.geo.parquet"])
    first = next(r for r in routes.to_pylist() if r["geometry"] is not None)
    line = shapely.from_wkb(first["geometry"])
    assert line.geom_type == "LineString" and len(line.coords) == len(first["route_t_s"])
    flown = pq.read_table(files["traffic.parquet"])
    assert np.allclose(flown["geoaltitude"].to_numpy() * 0.3048, tracks["hae_m"].to_numpy(), equal_nan=True)
    assert flown["timestamp"][0].as_py().timestamp() == tracks["t_s"][0].as_py()
    shapes = json.loads(files["recording.geojson"].read_text())
    assert shapes["mark"] and sum(f["properties"]["layer"] == "track" for f in shapes["features"]) == len(
        set(tracks["track_id"].to_pylist())
    )
    marks = ElementTree.fromstring(files["recording.kml"].read_bytes()).iter(
        "{http://www.opengis.net/kml/2.2}Placemark"
    )
    assert len(list(marks)) == len(set(tracks["track_id"].to_pylist()))
    assert json.loads(files["recording.czml"].read_text())[0]["id"] == "document"
    holds = json.loads(files["contents.json"].read_text())
    assert holds["holds"]["identities"] > 0 and set(holds["files"]) == set(files) - {"contents.json"}
    with pytest.raises(BadInput, match="is none of"):
        export(recorded, tmp_path, ["shapefile"])
    some = export(recorded, tmp_path / "some", ["kml"])
    assert [p.name for p in some] == ["recording.kml", "contents.json"] and "kml" in FORMATS
    assert sorted(p.name for p in (tmp_path / "some").iterdir()) == ["contents.json", "recording.kml"]


def test_a_recording_answers_queries_in_one_call(recorded: Path) -> None:
    pytest.importorskip("duckdb")
    held = open_recording(recorded)
    rows = held.sql("SELECT feed, count(*) AS n FROM reports GROUP BY feed ORDER BY feed").fetchall()
    assert sum(n for _, n in rows) == sum(len(i.reports) for i in held.inboxes())
    assert {feed for feed, _ in rows} <= set(held.feeds)
    ((seen,),) = held.sql("SELECT count(DISTINCT track_id) FROM tracks").fetchall()
    assert seen > 5


def test_without_duckdb_it_says_what_to_install(recorded: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "duckdb", None)
    with pytest.raises(Missing, match="flightward\\[sql\\]"):
        open_recording(recorded).sql("SELECT 1")


def said(number: int, raised_s: float, caution_s: float = float("nan"), flight: str = "A") -> Said:
    return Said(f"W{number}", flight, "", "raid", "CAUTION", raised_s, caution_s, raised_s + 100.0, 0.5)


def test_warnings_are_paired_by_whom_and_when() -> None:
    then = [said(1, 1000.0, 1050.0), said(2, 5000.0), said(3, 9000.0, flight="B")]
    now = [said(1, 940.0, 950.0), said(2, 4990.0, 5001.0), said(3, 9000.0, flight="C")]
    pairs = compare(then, now)
    assert [(p.verdict, p.earlier_s) for p in pairs[:2]] == [("earlier", 100.0), ("earlier", 10.0)]
    assert sorted(p.verdict for p in pairs[2:]) == ["only now", "only then"]
    assert [p.verdict for p in compare(now, then)[:2]] == ["later", "later"]
    assert [p.verdict for p in compare(then, then)] == ["same"] * 3
    assert compare([said(1, 1000.0)], [said(1, 9000.0)])[0].verdict == "only then"


@pytest.mark.slow
@pytest.mark.parametrize("day", ["border-raid", "lviv-2024-09-17"])
def test_a_built_in_day_replays_to_the_same_bits(day: str, tmp_path: Path) -> None:
    from flightward.days import build_day
    from flightward.run import run_case

    run_case(build_day(day, tmp_path / "case"), tmp_path / "out", tables=False)
    path = tmp_path / "out" / "recording.mcap"
    done = replay(path, check=True)
    assert done.check is not None and done.check.is_equal and done.check.n_unsure == 0
    held = open_recording(path)
    late_s = float(held.t_s[-400])
    part = replay(path, check=True, from_s=late_s)
    assert part.check is not None and part.check.is_equal and part.check.n_steps == 400
    assert verify(path, tmp_path / "out" / "recording.heads").is_whole
    shutil.rmtree(tmp_path / "out")
