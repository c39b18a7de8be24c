"""`flightward inspect`: every kind of file is known by its bytes, shown, and what was not read is counted."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from test_cot import event
from test_ridjson import receiver, structure
from test_sapient import detection
from typer.testing import CliRunner

from flightward.cli.app import app
from flightward.errors import BadInput
from flightward.feeds.cot import tak, xmltext
from flightward.feeds.inspection import facts_of, look, table_of
from flightward.feeds.looks import format_of
from flightward.feeds.sapient import messages as m

SAMPLES = {
    "cot": xmltext.xml_of(event()),
    "sapient": m.framed(detection()),
    "sapient-json": b'{"nodeId": "n", "detectionReport": {}}',
    "remoteid-json": json.dumps(receiver(structure())).encode(),
    "reports-csv": b"t_s,lat_deg,lon_deg\n1.0,50.0,24.0\n",
    "opensky-csv": b"time,icao24,lat,lon,velocity,heading\n",
    "alerts-ua-csv": b"oblast,raion,hromada,level,started_at,finished_at,source\n",
    "alerts-in-ua-json": b'{"alerts": [{"location_title": "x", "alert_type": "air_raid"}]}',
    "opendroneid-pcap": b"\xd4\xc3\xb2\xa1" + bytes(20),
}


def test_files_are_known_by_their_bytes() -> None:
    assert {name: format_of(data) for name, data in SAMPLES.items()} == {name: name for name in SAMPLES}
    assert format_of(tak.datagram_of(event())) == format_of(tak.frame_of(event())) == "cot"
    assert format_of(b"") == format_of(b"hello, world") == ""


@given(st.binary(max_size=400))
def test_any_bytes_are_of_some_format_or_none(data: bytes) -> None:
    assert isinstance(format_of(data), str)


def test_the_command_shows_rows_and_counts(tmp_path: Path) -> None:
    file = tmp_path / "what"
    file.write_bytes(gzip.compress(SAMPLES["cot"] + b"junk" + xmltext.xml_of(event("u-d-f", "s"))))
    shown = CliRunner().invoke(app, ["inspect", str(file)])
    assert shown.exit_code == 0
    assert "what: cot" in shown.output
    assert "kept aside: junk 1" in shown.output
    assert 'gives no row: {"drawing": 1}' in shown.output
    value = json.loads(CliRunner().invoke(app, ["inspect", str(file), "--json"]).output)
    assert (value["n_reports"], value["reports"][0]["track"]) == (1, "drone-1")
    assert value["reports"][0]["t"] == "2024-12-25T08:00:00.000Z"


def test_sensors_are_named_though_no_case_says_which_there_are(tmp_path: Path) -> None:
    file = tmp_path / "r.csv"
    file.write_bytes(b"t_s,sensor_id,range_m,azimuth_rad\n1.0,radar-7,5000,1.0\n")
    found = look(file)
    assert table_of(found["rows"], found["context"])[0]["sensor"] == "radar-7"


def test_what_looks_like_nothing_is_said_so(tmp_path: Path) -> None:
    file = tmp_path / "x"
    file.write_bytes(b"\x00\x01\x02")
    with pytest.raises(BadInput, match="none of the formats"):
        look(file)
    with pytest.raises(BadInput, match="cannot be read"):
        look(tmp_path / "absent")


def test_every_shared_file_of_these_formats_is_shown(shared_data: Path) -> None:
    files = [p for part in ("cot", "sapient", "remoteid") for p in sorted((shared_data / part).rglob("*.*"))]
    files = [p for p in files if p.is_file()]
    assert len(files) == 11
    for file in files:
        facts = facts_of(look(file))
        said = facts["n_reports"] + facts["n_alerts"] + sum(facts["gives no row"].values())
        assert said + sum(facts["kept aside"].values()) >= 1, file


def test_the_clocks_of_the_sources_of_a_capture_are_told(shared_data: Path) -> None:
    clocks = facts_of(look(shared_data / "asterix/cat_034_048.pcap"))["clocks"]
    assert sum(one["n"] for one in clocks.values()) == 34 + 128
    # the lowest ages are a scan's processing, within a second; two plots of 25/13 have a time that is 17 s off
    assert all(-1.0 < one["ahead_s"] <= 0.0 for one in clocks.values())
    assert [who for who, one in clocks.items() if one["spread_s"] > 2.0] == ["25/13"]
