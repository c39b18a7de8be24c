"""Tabular reports: CSV and Parquet give the same rows; bad ones are kept aside by reason."""

from __future__ import annotations

import contextlib
import io
import math
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from feedkit import context
from hypothesis import given, settings
from hypothesis import strategies as st

from flightward.errors import BadMessage
from flightward.feeds.reports import NUMBERS, WORDS
from flightward.feeds.rows import FeedContext, FeedRows
from flightward.feeds.tabular import CsvReports, parquet_reports
from flightward.model import NONE, Kind, ReportBatch, columns

GOOD: dict[str, Any] = {"t_s": 10.0, "t_rx_s": 10.5, "sensor_id": "r1", "range_m": 1000.0, "azimuth_rad": 1.0}


def parquet(rows: list[dict[str, Any]]) -> bytes:
    sink = io.BytesIO()
    types = {**dict.fromkeys(NUMBERS, pa.float64()), **dict.fromkeys(WORDS, pa.string()), "hostile": pa.bool_()}
    names = [n for n in types if any(n in row for row in rows)]
    table = pa.table({n: pa.array([row.get(n) for row in rows], types[n], from_pandas=False) for n in names})
    pq.write_table(table, sink)
    return sink.getvalue()


def csv(rows: list[dict[str, Any]]) -> bytes:
    names = [n for n in (*NUMBERS, *WORDS, "hostile") if any(n in row for row in rows)]
    lines = [",".join("" if row.get(n) is None else str(row[n]) for n in names) for row in rows]
    return "\n".join([",".join(names), *lines, ""]).encode()


def read_csv(data: bytes, pieces: int = 0, ctx: FeedContext | None = None) -> FeedRows:
    parser = CsvReports(ctx or context())
    for k in range(0, len(data), pieces or max(len(data), 1)):
        parser.receive(data[k : k + (pieces or len(data))])
    parser.finish()
    return parser.rows()


def test_a_row_of_every_kind(ctx: FeedContext) -> None:
    rows = [
        {**GOOD, "range_rate_mps": -3.5, "rcs_m2": 0.1},
        {"t_s": 11.0, "t_rx_s": 11.0, "sensor_id": "r2", "lat_deg": 50.0, "lon_deg": 24.0, "hae_m": 300.0,
         "identity": "4B43AC", "kind": "Helicopter", "p_kind": 0.9, "hostile": False, "source_track_id": "77"},
        {"t_s": 12.0, "t_rx_s": 12.0, "ve_mps": 3.0, "vn_mps": 4.0, "identity": "4b43ac"},
    ]  # fmt: skip
    for out in (parquet_reports(parquet(rows), ctx), read_csv(csv(rows), ctx=ctx)):
        r = out.reports
        assert out.rejects.counts == {} and len(r) == 3
        assert r.sensor.tolist() == [0, 1, NONE] and r.range_m[0] == 1000.0 and np.isnan(r.range_m[1:]).all()
        assert r.lat_rad[1] == pytest.approx(math.radians(50.0)) and r.kind.tolist() == [NONE, Kind.HELICOPTER, NONE]
        assert r.hostile.tolist() == [NONE, 0, NONE] and r.identity[1] == r.identity[2] != NONE
        assert r.is_velocity_only.tolist() == [0, 0, 1] and ctx.names.text(int(r.source_track[1])) == "77"


BAD = [
    ({"t_s": math.nan}, "time"), ({"t_rx_s": math.inf}, "time"), ({"t_s": 100.0}, "from_the_future"),
    ({"sensor_id": "r9"}, "sensor"), ({"lat_deg": 91.0, "lon_deg": 0.0}, "latitude"),
    ({"lat_deg": math.inf, "lon_deg": 0.0}, "latitude"), ({"lat_deg": 0.0, "lon_deg": 181.0}, "longitude"),
    ({"lat_deg": 1.0}, "half_position"), ({"range_m": -1.0}, "range"), ({"range_m": math.inf}, "range"),
    ({"azimuth_rad": 270.0}, "azimuth"), ({"elevation_rad": 2.0}, "elevation"), ({"hae_m": 2e5}, "height"),
    ({"ve_mps": 5000.0}, "velocity"), ({"sigma_h_m": -1.0}, "sigma"), ({"azimuth_rad": None}, "no_position"),
]  # fmt: skip


@pytest.mark.parametrize(("change", "reason"), BAD)
def test_a_bad_row_is_kept_aside_and_no_other(ctx: FeedContext, change: dict[str, Any], reason: str) -> None:
    rows = [GOOD, {**GOOD, **change}, {**GOOD, "t_rx_s": 11.0}]
    for out in (parquet_reports(parquet(rows), ctx), read_csv(csv(rows), ctx=ctx)):
        assert out.rejects.counts == {reason: 1} and out.rejects.rows.tolist() == [1]
        assert out.reports.t_rx_s.tolist() == [10.5, 11.0]


def test_what_has_one_plain_meaning_is_put_right(ctx: FeedContext) -> None:
    rows = [{**GOOD, "azimuth_rad": -1.0, "sigma_h_m": 0.0, "p_kind": 1.5, "kind": "balloon"}]
    out = parquet_reports(parquet(rows), ctx)
    assert out.reports.azimuth_rad[0] == pytest.approx(2.0 * math.pi - 1.0)
    assert np.isnan(out.reports.sigma_h_m[0]) and np.isnan(out.reports.p_kind[0]) and out.reports.kind[0] == NONE
    assert out.rejects.repairs == {"azimuth_wrapped": 1, "zero_sigma": 1, "p_kind": 1, "kind_word": 1}


def test_rows_are_put_in_order_of_arrival_and_ties_stay(ctx: FeedContext) -> None:
    rows = [{**GOOD, "t_rx_s": t, "range_m": r} for t, r in ((12.0, 1.0), (10.5, 2.0), (12.0, 3.0), (11.0, 4.0))]
    assert parquet_reports(parquet(rows), ctx).reports.range_m.tolist() == [2.0, 4.0, 1.0, 3.0]


def test_without_a_time_of_arrival_it_is_when_it_was_true(ctx: FeedContext) -> None:
    out = parquet_reports(parquet([{"t_s": 5.0, "sensor_id": "r1", "azimuth_rad": 1.0}]), ctx)
    assert out.reports.t_rx_s.tolist() == [5.0]


def test_lines_that_are_no_rows(ctx: FeedContext) -> None:
    data = b't_s,sensor_id,azimuth_rad\r\n1,r1,0.5\r\n\r\n1,r1\n2,r1,east\n3,"r1",0.5\n4,"r1,0.5\n5,r1,0.7'
    out = read_csv(data, ctx=ctx)
    assert out.reports.t_s.tolist() == [1.0, 3.0, 5.0]
    assert out.rejects.counts == {"fields": 2, "not_a_number": 1}
    assert out.rejects.samples["not_a_number"] == ["2,r1,east"]
    assert sorted(out.rejects.rows.tolist()) == [2, 3, 5]


@pytest.mark.parametrize("data", [b"", b"PAR1", b"x" * 100, b"PAR1" + bytes(50) + b"PAR1"])
def test_what_is_no_parquet_file_is_a_bad_message(ctx: FeedContext, data: bytes) -> None:
    with pytest.raises(BadMessage, match="parquet"):
        parquet_reports(data, ctx)


def test_a_column_of_another_type_is_a_bad_message(ctx: FeedContext) -> None:
    sink = io.BytesIO()
    pq.write_table(pa.table({"t_s": ["a"], "range_m": [1.0]}), sink)
    with pytest.raises(BadMessage, match="column t_s"):
        parquet_reports(sink.getvalue(), ctx)
    sink = io.BytesIO()
    pq.write_table(pa.table({"range_m": [1.0]}), sink)
    with pytest.raises(BadMessage, match="no column t_s"):
        parquet_reports(sink.getvalue(), ctx)


def same(a: FeedRows, b: FeedRows) -> None:
    for field in columns(ReportBatch):
        np.testing.assert_array_equal(getattr(a.reports, field.name), getattr(b.reports, field.name), field.name)
    assert a.rejects.counts == b.rejects.counts and a.rejects.repairs == b.rejects.repairs
    assert a.rejects.rows.tolist() == b.rejects.rows.tolist()


_word = st.sampled_from(["r1", "r9", "drone", "true", "x", '"', "é", "\x00"])
_value = st.one_of(st.just(""), st.floats().map(repr), _word)
_line = st.lists(_value, min_size=4, max_size=6).map(",".join)
_text = st.lists(_line, max_size=6).map(lambda lines: "\n".join(["t_s,sensor_id,azimuth_rad,lat_deg,lon_deg", *lines]))


@settings(max_examples=150, deadline=None)
@given(_text.map(str.encode) | st.binary(max_size=80), st.integers(1, 9))
def test_whole_is_the_same_as_piece_by_piece(data: bytes, size: int) -> None:
    try:
        whole = read_csv(data)
    except BadMessage:
        with pytest.raises(BadMessage):
            read_csv(data, size)
        return
    same(whole, read_csv(data, size))
    n_lines = len([line for line in data.split(b"\n")[1:] if line.strip()])
    assert len(whole.reports) + whole.rejects.total <= n_lines


@settings(max_examples=100, deadline=None)
@given(st.binary(max_size=200), st.integers(0, 4000), st.binary(min_size=1, max_size=8))
def test_any_bytes_give_rows_or_a_bad_message(junk: bytes, at: int, change: bytes) -> None:
    good = parquet([GOOD, {**GOOD, "identity": "abc"}])
    damaged = bytearray(good)
    at %= len(good)
    damaged[at : at + len(change)] = change
    for data in (junk, bytes(damaged), good[:at]):
        with contextlib.suppress(BadMessage):
            parquet_reports(data, context())


@settings(max_examples=100, deadline=None)
@given(st.lists(st.fixed_dictionaries({n: st.none() | st.floats() for n in NUMBERS}), max_size=4))
def test_any_numbers_give_rows_or_rejects(rows: list[dict[str, Any]]) -> None:
    out = parquet_reports(parquet([{**r, "sensor_id": "r1"} for r in rows] or [GOOD]), context())
    r = out.reports
    assert len(r) + out.rejects.total == max(len(rows), 1)
    assert np.isfinite(r.t_s).all() and np.isfinite(r.t_rx_s).all() and (np.diff(r.t_rx_s) >= 0.0).all()
    assert not (np.abs(r.lat_rad) > math.pi / 2).any() and not np.isinf(r.range_m).any()
    assert ((r.azimuth_rad >= 0.0) & (r.azimuth_rad < 2.0 * math.pi) | np.isnan(r.azimuth_rad)).all()
