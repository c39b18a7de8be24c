"""What a file is, by looking: every format by its own bytes, and bytes that are none."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from asterixkit import block, fspec, packets, tod
from feedkit import REPORTS
from hypothesis import given
from hypothesis import strategies as st
from remoteid import pcap_of

from flightward.errors import BadMessage
from flightward.feeds.formats import FORMATS
from flightward.feeds.looks import format_of, inspected
from flightward.feeds.pcap import Packet

NORTH = block(34, fspec(1, 2, 3) + bytes([25, 201, 1]) + tod(43_200.0))
SQUITTER = "8d485020994409940838175b284f"


def parquet(**columns: list[object]) -> bytes:
    sink = pa.BufferOutputStream()
    pq.write_table(pa.table(columns), sink)
    return sink.getvalue().to_pybytes()


FILES = {
    "reports-csv": REPORTS.encode(),
    "reports-parquet": parquet(t_s=[1.0], lat_deg=[50.0], lon_deg=[24.0]),
    "traffic-parquet": parquet(timestamp=[1_000], icao24=["abcdef"], latitude=[50.0], longitude=[24.0]),
    "traffic-json": json.dumps([{"timestamp": 1_000, "icao24": "abcdef", "latitude": 50.0}]).encode(),
    "opensky-csv": b"time,icao24,lat,lon\n1000,abcdef,50.0,24.0\n",
    "opensky-states-json": b'{"time":1000,"states":[["abcdef","X","UA",999,1000,24.0,50.0,1.0,false,1.0,2.0,null]]}',
    "alerts-ua-csv": b"oblast,raion,hromada,level,started_at,finished_at,source\n",
    "alerts-in-ua-json": b'{"alerts": []}',
    "asterix-raw": NORTH,
    "asterix-pcap": pcap_of(packets((43_200.0, NORTH))),
    "opendroneid-pcap": pcap_of([Packet(0, 43_200.0, 127, bytes(8))]),
    "beast": b"\x1a3" + bytes(6) + b"\x40" + bytes.fromhex(SQUITTER) + b"\x1a2" + bytes(14),
    "avr": f"*{SQUITTER};\r\n".encode(),
    "sbs": b"MSG,3,1,1,4CA2D6,1,2024/10/04,12:00:00,2024/10/04,12:00:00,,37000,,,51.4,-1.0,,,0,0,0,0\r\n",
}


def test_every_format_that_stands_here_is_known_by_its_bytes() -> None:
    assert set(FILES) <= set(FORMATS)
    assert {name: format_of(data) for name, data in FILES.items()} == {name: name for name in FILES}


@pytest.mark.parametrize(
    "data",
    [
        b'{"time": 1000, "states": null}\n{"time": 1010, "states": [["abc', b'{"time":1000,"states":[["abcdef","X',
        b'{\n  "states": [\n    [\n      "abcdef"\n    ]\n  ],\n  "time": 1000\n}\n',
        b'{"states": [], "time": 1000, "more": {}}\n{"states": [], "ti',
    ],
)  # fmt: skip
def test_answers_of_opensky_are_known_however_they_are_laid_out(data: bytes) -> None:
    assert format_of(data) == "opensky-states-json"


@pytest.mark.parametrize("data", [b'{"time": 1000}', b'{"a": {"time": 1, "states": []}}', b'{"time": 1, "states": {'])
def test_what_only_sounds_like_an_answer_of_opensky_is_none(data: bytes) -> None:
    assert format_of(data) == ""


@pytest.mark.parametrize("head", ["*", ":", "@", "%", "<"])
@pytest.mark.parametrize("end", [";", ";\r\n", "\n", ""])
@pytest.mark.parametrize("before", ["", "# a header; of a recorder\n\n", "0183;\n"])
def test_avr_lines_are_known_by_their_heads(head: str, end: str, before: str) -> None:
    stamp = {"@": "0" * 12, "%": "0" * 12, "<": "0" * 14}.get(head, "")
    wanted = "" if head == ":" and not end.startswith(";") else "avr"
    assert format_of(f"{before}{head}{stamp}{SQUITTER}{end}".encode()) == wanted
    assert format_of(f"{before}{head}{stamp}{SQUITTER}0\n".encode()) == ""


def test_a_packed_file_is_read_without_a_case() -> None:
    name, rows, names = inspected(gzip.compress(FILES["sbs"]))
    assert (name, len(rows.reports), names.text(int(rows.reports.identity[0]))) == ("sbs", 1, "4ca2d6")
    assert inspected(FILES["asterix-raw"], "asterix-raw")[1].counts == {"CAT 034": 1}


@given(st.binary(max_size=64))
def test_any_bytes_are_of_a_format_or_of_none(data: bytes) -> None:
    assert format_of(data) in {"", *FORMATS}


def test_the_shared_files_are_known(shared_data: Path) -> None:
    wanted = {
        "asterix/cat_034_048.pcap": "asterix-pcap", "asterix/cat_062_065.pcap": "asterix-pcap",
        "asterix/cat062cat065.raw": "asterix-raw", "asterix/cat21_re.ast": "asterix-raw",
        "flights/sample_dump1090.bin": "beast", "remoteid/odid_wifi_sample.pcap": "opendroneid-pcap",
        "flights/OpenSky_Plane_States.csv": "opensky-csv", "flights/samu31.json.gz": "traffic-json",
        "alerts/active_alerts.json": "alerts-in-ua-json",
    }  # fmt: skip
    for path, name in wanted.items():
        data = (shared_data / path).read_bytes()
        assert format_of(gzip.decompress(data) if path.endswith(".gz") else data) == name


@pytest.mark.parametrize("data", [b"", b"hello", bytes(100), b"\x1a", b"a,b\n1,2\n", b"[1, 2]", b"PAR1"])
def test_bytes_of_no_format_are_refused(data: bytes) -> None:
    assert format_of(data) == ""
    with pytest.raises(BadMessage):
        inspected(data)
