"""State vectors: a row is a position report only when its position is new; counted by another route on real files."""

from __future__ import annotations

import contextlib
import csv
import gzip
import io
import itertools
import json
import math
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from feedkit import context
from hypothesis import given, settings
from hypothesis import strategies as st

from flightward.errors import BadMessage
from flightward.feeds.rows import FeedRows
from flightward.feeds.statevectors import OpenSkyCsv, OpenSkyStates, traffic_json, traffic_parquet
from flightward.model import NONE, Kind

T0 = 1_700_000_000


def row(t_s: float, last_s: float | None, lat: float | None, **more: Any) -> dict[str, Any]:
    last_ms = None if last_s is None else (T0 + last_s) * 1000
    return {"timestamp": (T0 + t_s) * 1000, "icao24": "ABC123", "latitude": lat, "longitude": 24.0,
            "groundspeed": 100.0, "track": 90.0, "vertical_rate": 600.0, "altitude": 1000.0, "geoaltitude": 1100.0,
            "last_position": last_ms, **more}  # fmt: skip


ROWS = [
    row(0, -0.5, 50.0),
    row(1, -0.5, 50.0),
    row(2, 1.75, 50.0),
    row(3, 1.75, 50.1),
    row(4, 3.5, 50.2, groundspeed=None),
    row(5, 3.5, 50.2, groundspeed=None),
]


def test_position_reports_are_the_rows_whose_last_position_is_new() -> None:
    out = traffic_json(json.dumps(ROWS).encode(), context())
    r = out.reports
    assert r.is_velocity_only.tolist() == [0, 1, 0, 1, 0]
    assert (r.t_s - T0).tolist() == [-0.5, 1.0, 1.75, 3.0, 3.5]
    assert (r.t_rx_s - T0).tolist() == [0.0, 1.0, 2.0, 3.0, 4.0]
    assert np.isnan(r.lat_rad).tolist() == [False, True, False, True, False]
    assert out.rejects.counts == {"no_position": 1}, "a row that says nothing new is kept aside"
    assert r.ve_mps[0] == pytest.approx(51.4444, abs=1e-3) and r.vn_mps[0] == pytest.approx(0.0, abs=1e-9)
    assert r.vu_mps[0] == pytest.approx(3.048) and r.baro_m[0] == pytest.approx(304.8)
    assert r.hae_m[0] == pytest.approx(335.28) and (r.sensor == NONE).all()


def test_without_last_position_the_position_itself_tells() -> None:
    rows = [row(0, None, 50.0), row(1, None, 50.0), row(2, None, 50.1), row(3, None, None)]
    r = traffic_json(json.dumps(rows).encode(), context()).reports
    assert r.is_velocity_only.tolist() == [0, 1, 0, 1] and (r.t_s - T0).tolist() == [0.0, 1.0, 2.0, 3.0]


def test_aircraft_do_not_mix_and_files_need_not_be_in_order_of_time() -> None:
    other = [{**r, "icao24": "def456"} for r in ROWS]
    r = traffic_json(json.dumps(ROWS + other).encode(), context()).reports
    assert (r.is_velocity_only == 0).sum() == 6 and (np.diff(r.t_rx_s) >= 0).all()


def test_the_layouts_of_pandas_give_the_same() -> None:
    columns = {name: {str(k): r[name] for k, r in enumerate(ROWS)} for name in ROWS[0]}
    lists = {name: [r[name] for r in ROWS] for name in ROWS[0]}
    sink = io.BytesIO()
    stamps = pa.array([int(r["timestamp"]) for r in ROWS], pa.timestamp("ms", tz="UTC"))
    pq.write_table(pa.table({**lists, "timestamp": stamps}), sink)
    want = traffic_json(json.dumps(ROWS).encode(), context()).reports
    for got in (
        traffic_json(json.dumps(columns).encode(), context()).reports,
        traffic_json(json.dumps(lists).encode(), context()).reports,
        traffic_parquet(sink.getvalue(), context()).reports,
    ):
        for name in ("t_s", "t_rx_s", "lat_rad", "ve_mps", "baro_m", "is_velocity_only"):
            np.testing.assert_array_equal(getattr(got, name), getattr(want, name))


def test_the_feed_may_name_its_sensor() -> None:
    r = traffic_json(json.dumps(ROWS).encode(), context(options={"sensor": "r2"})).reports
    assert (r.sensor == 1).all()
    out = traffic_json(json.dumps(ROWS).encode(), context(options={"sensor": "r9"}))
    assert len(out.reports) == 0 and out.rejects.counts["sensor"] == 5


def test_bad_rows_mark_only_themselves() -> None:
    rows = [*ROWS[:2], row(1, 1.0, 95.0), {**ROWS[2], "icao24": None}, {**ROWS[2], "altitude": "high"}, ROWS[2]]
    out = traffic_json(json.dumps(rows).encode(), context())
    assert out.rejects.counts == {"latitude": 1, "identity": 1, "not_a_number": 1} and len(out.reports) == 3


@pytest.mark.parametrize("per_s", [1, 10**3, 10**6, 10**9])
def test_times_may_be_in_seconds_or_parts_of_them(per_s: int) -> None:
    rows = [{**r, "timestamp": round(r["timestamp"] * per_s / 1000),
             "last_position": round(r["last_position"] * per_s / 1000)} for r in ROWS[2:4]]  # fmt: skip
    r = traffic_json(json.dumps(rows).encode(), context()).reports
    assert (r.t_rx_s - T0).tolist() == pytest.approx([2.0, 3.0], abs=1e-6)
    assert len(traffic_json(json.dumps(ROWS[2:4]).encode(), context()).reports) == 2


@pytest.mark.parametrize("column", ["timestamp", "last_position"])
@pytest.mark.parametrize("t", [-(2**63), -1, 10**10, 10**19])
def test_times_of_no_flight_are_kept_aside(column: str, t: int) -> None:
    out = traffic_json(json.dumps([{**ROWS[0], column: t}, ROWS[2]]).encode(), context())
    assert (len(out.reports), out.rejects.counts) == (1, {"time": 1})


def test_what_stands_has_a_velocity_without_a_track() -> None:
    rows = [row(0, 0, 50.0, groundspeed=0.0, track=None), row(1, 1, 50.1, groundspeed=5.0, track=None)]
    r = traffic_json(json.dumps(rows).encode(), context()).reports
    assert (r.ve_mps[0], r.vn_mps[0]) == (0.0, 0.0) and np.isnan(r.ve_mps[1])


NO_STATES = [b"", b"{}", b"[1]", b'{"timestamp": 1}', b'[{"icao24": "a"}]', b'{"a": [1], "b": []}']


@pytest.mark.parametrize("data", NO_STATES)
def test_what_is_no_such_file_is_a_bad_message(data: bytes) -> None:
    with pytest.raises(BadMessage):
        traffic_json(data, context())


HEAD = "time,icao24,lat,lon,velocity,heading,vertrate,baroaltitude,geoaltitude,lastposupdate,lastcontact\n"
SKY = HEAD + (
    "100,abc,50.0,24.0,80.0,180.0,-2.0,900,950,99.5,99.9\n"
    "110,abc,50.0,24.0,80.0,180.0,-2.0,900,950,99.5,109.0\n"
    "120,abc,50.0,24.0,80.0,180.0,-2.0,900,950,99.5,109.0\n"
    "130,abc,50.1,24.0,80.0,180.0,-2.0,900,950,129.0,129.5\n"
)


def test_opensky_rows_that_were_not_heard_anew_are_left_out_and_counted() -> None:
    parser = OpenSkyCsv(context())
    parser.receive(SKY.encode())
    out = parser.rows()
    assert out.reports.t_s.tolist() == [99.5, 109.0, 129.0] and out.reports.is_velocity_only.tolist() == [0, 1, 0]
    assert out.rejects.repairs == {"not_heard_anew": 1}
    assert out.reports.vn_mps[0] == pytest.approx(-80.0) and out.reports.hae_m[0] == 950.0


@pytest.mark.parametrize("course", ["inf", "-inf", "1e309", "nan"])
def test_a_course_without_end_is_no_velocity(course: str) -> None:
    parser = OpenSkyCsv(context())
    parser.receive(SKY.replace("180.0", course).encode())
    out = parser.rows()
    assert out.reports.t_s.tolist() == [99.5, 129.0]
    assert np.isnan(out.reports.ve_mps).all() and np.isnan(out.reports.vn_mps).all()


@pytest.mark.parametrize("word", ["NULL", "null", "None", "NA", "\\N", " "])
def test_words_for_no_value_are_none(word: str) -> None:
    parser = OpenSkyCsv(context())
    parser.receive((SKY.replace("-2.0", word).replace("950", word) + SKY.splitlines()[1].replace("abc", word)).encode())
    parser.finish()
    out = parser.rows()
    assert len(out.reports) == 3 and out.rejects.counts == {"identity": 1}
    assert np.isnan(out.reports.vu_mps).all() and np.isnan(out.reports.hae_m).all()


def states(*changes: dict[int, Any], n: int = 18) -> FeedRows:
    """An answer of the live interface: a state an aircraft, with some of its fields changed."""
    answer = []
    for k, change in enumerate(changes):
        state = [f"50803{k}", "ABC", "Ukraine", T0 - 2, T0 - 1, 24.0, 50.0, 900.0, False, 80.0, 90.0, -2.0, None, 950.0,
                 None, False, 0, 0]  # fmt: skip
        answer.append([change.get(i, value) for i, value in enumerate(state)][:n])
    parser = OpenSkyStates(context())
    parser.receive(json.dumps({"time": T0, "states": answer}).encode())
    parser.finish()
    return parser.rows()


def test_positions_that_are_not_the_aircrafts_own_word_are_kept_aside() -> None:
    out = states(*[{16: source} for source in (0, 1, 2, 3, None, 4)])
    assert out.rejects.counts == {"mlat": 1, "not_own": 2} and len(out.reports) == 3
    # answers of before had no source
    assert len(states({}, n=16).reports) == 1


def test_categories_of_the_live_interface_tell_the_kind_as_mode_s_does() -> None:
    kinds = {2: Kind.AIRCRAFT, 7: Kind.AIRCRAFT, 8: Kind.HELICOPTER, 9: Kind.AIRCRAFT, 12: Kind.AIRCRAFT,
             14: Kind.DRONE, 10: Kind.UNKNOWN, 17: Kind.UNKNOWN, 0: NONE, 1: NONE, 13: NONE, 21: NONE}  # fmt: skip
    r = states(*[{17: category} for category in [*kinds, None, "heavy", 2.5]]).reports
    assert r.kind.tolist() == [*kinds.values(), NONE, NONE, NONE]
    assert np.array_equal(np.isnan(r.p_kind), r.kind == NONE) and np.nanmax(r.p_kind) == np.nanmin(r.p_kind) == 0.95


def pieces(data: bytes, size: int) -> list[Any]:
    parser = OpenSkyCsv(context())
    out = []
    for k in range(0, len(data), size):
        parser.receive(data[k : k + size])
        r = parser.rows().reports
        out += list(zip(r.t_s.tolist(), r.is_velocity_only.tolist(), r.ve_mps.tolist(), strict=True))
    parser.finish()
    r = parser.rows().reports
    out += list(zip(r.t_s.tolist(), r.is_velocity_only.tolist(), r.ve_mps.tolist(), strict=True))
    return [*out, sorted(parser.rejects.counts.items()), sorted(parser.rejects.repairs.items())]


_cell = st.sampled_from(["100", "110", "99.5", "abc", "", "nan", "x", "50.0"])
_lines = st.lists(st.lists(_cell, min_size=11, max_size=11).map(",".join), max_size=5)


@settings(max_examples=40, deadline=None)
@given(_lines, st.integers(30, 90))
def test_whole_is_the_same_as_piece_by_piece(lines: list[str], size: int) -> None:
    data = (SKY + "\n".join(lines)).encode()
    # Within one call rows are put in order of arrival, so compare what was found, not where it stands.
    whole, parts = pieces(data, len(data)), pieces(data, size)
    assert sorted(map(repr, whole)) == sorted(map(repr, parts))


@settings(max_examples=60, deadline=None)
@given(st.binary(max_size=60) | st.integers(0, 3000).map(lambda n: json.dumps(ROWS).encode()[:n]))
def test_any_bytes_give_rows_or_a_bad_message(data: bytes) -> None:
    for read in (traffic_json, traffic_parquet):
        with contextlib.suppress(BadMessage):
            read(data, context())
    with contextlib.suppress(BadMessage):
        pieces(HEAD.encode() + data, 40)


# Counted from the files by the plain rule, without the parser: (file, position reports).
REAL = [("noisy_spoofing", 4684), ("rega_sg", 954), ("rega_zh", 337), ("samu31", 278)]


@pytest.mark.parametrize(("name", "n_positions"), REAL)
def test_real_flights_of_the_traffic_library(shared_data: Path, name: str, n_positions: int) -> None:
    data = gzip.decompress((shared_data / f"flights/{name}.json.gz").read_bytes())
    values = json.loads(data)
    if isinstance(values, dict):
        values = [{c: v[k] for c, v in values.items()} for k in values["timestamp"]]
    placed = [v for v in values if v["latitude"] is not None]
    changes = 1
    for before, now in itertools.pairwise(placed):
        key = "last_position" if before["last_position"] and now["last_position"] else "latitude"
        changes += now[key] != before[key] or (key == "latitude" and now["longitude"] != before["longitude"])
    out = traffic_json(data, context())
    assert int((out.reports.is_velocity_only == 0).sum()) == changes == n_positions
    assert len(out.reports) + out.rejects.total == len(values)


def test_the_spoofed_flight_has_no_position_while_it_was_not_heard(shared_data: Path) -> None:
    r = traffic_json(gzip.decompress((shared_data / "flights/noisy_spoofing.json.gz").read_bytes()), context()).reports
    nine = 1_726_563_600.0
    gap = (r.t_rx_s > nine + 4 * 60 + 52) & (r.t_rx_s < nine + 24 * 60 + 25)
    assert gap.sum() > 1000 and (r.is_velocity_only[gap] == 0).sum() == 1
    (again,) = np.flatnonzero(gap & (r.is_velocity_only == 0))
    before = np.flatnonzero(r.is_velocity_only[:again] == 0)[-1]
    assert r.lat_rad[again] == r.lat_rad[before], "once the old position comes with a new time"
    false = (r.t_s > nine + 24 * 60 + 30) & (r.t_s < nine + 47 * 60 + 40) & (r.is_velocity_only == 0)
    assert false.any() and np.abs(np.degrees(r.lat_rad[false]) - 49.66).max() < 0.5


def test_opensky_states_over_england(shared_data: Path) -> None:
    path = shared_data / "flights/OpenSky_Plane_States.csv"
    parser = OpenSkyCsv(context())
    parser.receive(path.read_bytes())
    parser.finish()
    out = parser.rows()
    seen: dict[str, str] = {}
    n_positions = 0
    with path.open() as file:
        for line in csv.DictReader(file):
            if line["lat"] and line["lon"]:
                n_positions += seen.get(line["icao24"]) != line["lastposupdate"]
                seen[line["icao24"]] = line["lastposupdate"]
    assert int((out.reports.is_velocity_only == 0).sum()) == n_positions
    assert len(np.unique(out.reports.identity)) == len(seen) == 84
    assert not math.isnan(float(out.reports.t_s.max()))
