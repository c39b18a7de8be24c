"""Remote ID as JSON over MQTT: the shapes of receivers by hand, envelopes, packing, damage."""

from __future__ import annotations

import base64
import json
import lzma
import math
import struct
from typing import Any

import numpy as np
import pytest
from feedkit import context
from hypothesis import given
from hypothesis import strategies as st
from test_opendroneid import basic_id, location, pack, system

from flightward.errors import BadMessage
from flightward.feeds.formats import FORMATS
from flightward.feeds.opendroneid.messages import BasicId, Location, System
from flightward.feeds.ridjson import RemoteIdJson, shapes
from flightward.feeds.ridjson.parse import PAYLOAD_MAX, unpacked
from flightward.feeds.rows import FeedContext, FeedRows
from flightward.model import NONE, Kind

HOUR_S = 1_760_248_800.0


def structure(*, lat: float = 50.1, lon: float = 24.2, hour_s: float = 10.0, name: bytes = b"SERIAL1") -> bytes:
    """ODID_UAS_Data as opendroneid-core-c lays it out on a 64-bit machine: Basic ID, Location and System valid."""
    data = bytearray(920)
    struct.pack_into("<ii21s", data, 0, 2, 1, name)
    struct.pack_into("<ifffdd", data, 64, 2, 90.0, 10.0, 2.0, lat, lon)
    struct.pack_into("<ffifiiiiif", data, 96, 300.0, 350.0, 1, 50.0, 10, 4, 4, 3, 2, hour_s)
    struct.pack_into("<iiddHHffiifI", data, 808, 1, 1, 50.3, 24.3, 1, 0, 0.0, 0.0, 0, 0, 200.0, 1000)
    data[892], data[894], data[912] = 1, 1, 1
    return bytes(data)


def receiver(data: bytes, at_s: float = HOUR_S + 11.0, mac: str = "84:cc:a8:60:43:24", **more: Any) -> dict[str, Any]:
    inner = {"sensor ID": "ds-1", "RSSI": -70, "channel": 6, "timestamp": round(at_s * 1e3), "MAC address": mac,
             "type": "WiFi beacon", "UASdata": base64.b64encode(data).decode(), **more}
    return {"protocol": 1.0, "data": inner}


def rows_of(*values: Any, **options: Any) -> tuple[FeedRows, FeedContext]:
    ctx = context(options=options)
    return FORMATS["remoteid-json"]("\n".join(json.dumps(v) for v in values).encode(), ctx), ctx


def test_a_receivers_structure_field_by_field() -> None:
    said = shapes.of_structure(structure())
    who, where, operator = said
    assert isinstance(who, BasicId) and isinstance(where, Location) and isinstance(operator, System)
    assert (who.text, who.id_kind, who.aircraft_kind) == ("SERIAL1", 1, 2)
    assert (where.lat_deg, where.lon_deg, where.hae_m, where.baro_m, where.height_m) == (50.1, 24.2, 350.0, 300.0, 50.0)
    assert (where.speed_mps, where.vu_mps, where.hour_s, where.is_over_ground) == (10.0, 2.0, 10.0, True)
    assert (math.degrees(where.course_rad), where.sigma95_h_m, where.sigma95_v_m) == (pytest.approx(90.0), 10.0, 10.0)
    assert (operator.lat_deg, operator.hae_m) == (50.3, 200.0)


def test_a_receivers_message_is_a_report_and_the_operator_is_apart() -> None:
    ctx = context(options={"receivers": {"ds-1": "r2"}})
    feed = RemoteIdJson(ctx)
    feed.receive(json.dumps(receiver(structure())).encode())
    feed.finish()
    r = feed.rows().reports
    assert (r.t_s[0], r.t_rx_s[0], r.sensor[0], r.kind[0]) == (HOUR_S + 10.0, HOUR_S + 11.0, 1, Kind.DRONE)
    assert np.degrees([r.lat_rad[0], r.lon_rad[0]]).tolist() == pytest.approx([50.1, 24.2])
    assert ctx.names.text(int(r.identity[0])) == "serial1"
    assert feed.operators["SERIAL1"].lat_deg == 50.3


def test_packs_and_messages_of_the_standard_do_too() -> None:
    sent = pack(basic_id(b"S2"), location(50.0, 24.0, 100), system(50.3, 24.3))
    got, ctx = rows_of(receiver(sent), receiver(location(50.5, 24.0, 105), HOUR_S + 12.0))
    assert [ctx.names.text(int(k)) for k in got.reports.identity] == ["s2", "s2"]  # by its transmitter
    got, ctx = rows_of(receiver(location(50.5, 24.0, 105)))
    assert ctx.names.text(int(got.reports.identity[0])) == "rid-84cca8604324"


def test_flat_messages() -> None:
    value = {"id": "drone-1588E0", "mac": "aa", "lat": 50.1, "lon": 24.2, "alt": 300.0, "speed": 10.0, "vspeed": -1.0,
             "direction": 180.0, "horizontal_accuracy": "<10m", "vertical_accuracy": "<3m", "observed_at": HOUR_S + 5.5,
             "pilot_lat": 50.2, "pilot_lon": 24.3, "seen_by": "kit", "track_type": "drone"}
    ctx = context(options={"receivers": {"kit": "r1"}}, geoid_m=30.0)
    got = FORMATS["remoteid-json"](json.dumps(value).encode(), ctx)
    r = got.reports
    assert (r.t_s[0], r.hae_m[0], r.sensor[0]) == (HOUR_S + 5.5, 300.0, 0)
    assert ctx.names.text(int(r.identity[0])) == "1588e0"
    assert (r.ve_mps[0], r.vn_mps[0], r.vu_mps[0]) == pytest.approx((0.0, -10.0, -1.0), abs=1e-9)
    assert (r.sigma_h_m[0], r.sigma_v_m[0]) == (pytest.approx(10.0 / 2.448), pytest.approx(3.0 / 1.96))
    small = {"basic_id": "X", "drone_lat": 50.0, "drone_long": 24.0, "drone_altitude": 100, "timestamp": HOUR_S * 1e3}
    got, _ = rows_of(small, {"icao": "3C6DD2", "lat": 1, "lon": 2}, {"signal_type": "fpv"}, {"status": {"model": "ds"}})
    assert (len(got.reports), got.others) == (1, {"aircraft": 1, "signal": 1, "status": 1})


@pytest.mark.parametrize(("heights", "hae_m"), [
    ({"alt": 300.0}, 300.0), ({"altitude": 300.0}, 300.0), ({"drone_altitude": 300}, 300.0),
    ({"alt_msl": 300.0}, 330.0), ({"altitude_msl": 300.0, "alt": 310.0}, 310.0), ({"alt": 0.0, "msl": 300.0}, 330.0),
    ({"alt": -1000.0, "altitude_msl": 0.0}, math.nan), ({}, math.nan),
])  # fmt: skip
def test_only_what_is_called_msl_is_above_the_sea(heights: dict[str, float], hae_m: float) -> None:
    assert shapes.of_flat({"lat": 50.0, "lon": 24.0, **heights}, 30.0).hae_m == pytest.approx(hae_m, nan_ok=True)


def test_a_worse_id_does_not_replace_a_better_one_that_is_fresh() -> None:
    got, ctx = rows_of(
        receiver(basic_id(b"SERIAL1")), receiver(basic_id(b"REG-1", 2)), receiver(location(50.0, 24.0, 100)),
        {"mac": "84:CC:A8:60:43:24", "caa_id": "REG-1", "lat": 50.0, "lon": 24.0, "observed_at": HOUR_S + 12.0},
    )  # fmt: skip
    assert [ctx.names.text(int(k)) for k in got.reports.identity] == ["serial1", "serial1"]


def test_a_binary_id_in_a_structure_is_the_same_as_in_a_message() -> None:
    raw = bytes.fromhex("012001003ffe00088500112233445566ff")
    data = bytearray(structure(name=raw))
    struct.pack_into("<i", data, 4, 4)
    got, ctx = rows_of(receiver(bytes(data)), receiver(pack(basic_id(raw, 4), location(50.0, 24.0, 100)), mac=""))
    assert {ctx.names.text(int(k)) for k in got.reports.identity} == {raw.hex() + "000000"}


def test_network_remote_id() -> None:
    state = {"timestamp": {"value": "2025-10-12T06:00:10.5Z", "format": "RFC3339"}, "speed": 10.0, "track": 90.0,
             "position": {"lat": 50.1, "lng": 24.2, "alt": 350.0, "accuracy_h": "HA10m", "accuracy_v": "VA3m"},
             "vertical_speed": 2.0}
    made_up = {"id": "F3", "simulated": True, "current_state": state}
    real = {"id": "F1", "simulated": False, "current_state": state}
    got, ctx = rows_of({"flights": [real, made_up, {"id": "F2"}, 7]})
    r = got.reports
    assert (r.t_s[0], r.hae_m[0], r.ve_mps[0]) == (1_760_248_810.5, 350.0, pytest.approx(10.0))
    assert (ctx.names.text(int(r.identity[0])), got.others) == ("f1", {"no_location": 2})
    assert (len(r), got.rejects.counts) == (1, {"simulated": 1})


def test_the_envelope_of_mosquitto_sub_says_when_it_came() -> None:
    """Lines as mosquitto_sub 2.0.11 wrote them with -F %j and -F %J; two messages in one payload."""
    inner = json.dumps(receiver(structure()))
    outer = {"tst": "2025-10-12T08:00:12.034439Z+0200", "topic": "a/b", "qos": 0, "retain": 0}
    got, _ = rows_of({**outer, "payload": inner + inner}, {**outer, "payload": json.loads(inner)})
    assert got.reports.t_rx_s.tolist() == pytest.approx([HOUR_S + 12.034439] * 3)
    assert got.reports.t_s.tolist() == [HOUR_S + 10.0] * 3
    got, _ = rows_of({**outer, "payload": "online"}, {**outer, "payload": 7})
    assert (got.rejects.counts, got.others) == ({"junk": 1}, {"other": 1})


def test_a_late_or_kept_message_keeps_the_time_at_which_it_was_heard() -> None:
    feed = RemoteIdJson(context())
    feed.message(json.dumps(receiver(structure())).encode(), HOUR_S + 3_000.0)
    r = feed.rows().reports
    assert (r.t_s[0], r.t_rx_s[0]) == (HOUR_S + 10.0, HOUR_S + 3_000.0)


def test_packed_payloads_are_unpacked_within_bounds() -> None:
    plain = json.dumps(receiver(structure())).encode()
    for packed in (lzma.compress(plain), lzma.compress(plain, lzma.FORMAT_ALONE), plain + b"\0"):
        feed = RemoteIdJson(context())
        feed.message(packed, HOUR_S + 11.0)
        assert (len(feed.rows().reports), feed.rejects.counts) == (1, {})
    with pytest.raises(BadMessage, match="packed"):
        unpacked(lzma.compress(b"0" * (PAYLOAD_MAX + 1)))
    with pytest.raises(BadMessage, match="packed"):
        unpacked(lzma.compress(plain)[:6] + b"\xff" * 40)
    feed = RemoteIdJson(context())
    feed.message(lzma.compress(plain)[:-40], HOUR_S + 11.0)  # cut off
    assert (len(feed.rows().reports), feed.rejects.counts) == (0, {"json": 1})


def test_damage_is_counted_and_the_next_is_read() -> None:
    bad = [receiver(b"\xf2\x19\x09"), receiver(b""), receiver(b"\x72" + bytes(24)),
           {"data": {"UASdata": "!!"}}, {"data": {}}]
    got, _ = rows_of(*bad, receiver(structure()))
    assert len(got.reports) == 1
    assert got.rejects.counts == {"pack": 1, "short": 1, "message_kind": 1, "uas_data": 2}


@given(st.binary(min_size=914, max_size=930))
def test_any_structure_gives_a_row_or_counts(data: bytes) -> None:
    marked = bytearray(data)
    marked[894] = 1
    got, _ = rows_of(receiver(bytes(marked)))
    assert len(got.reports) + got.rejects.total == 1
    assert np.all(np.abs(got.reports.lat_rad[np.isfinite(got.reports.lat_rad)]) <= np.pi / 2.0)


_KEYS = ["id", "mac", "lat", "lon", "alt", "data", "UASdata", "timestamp", "topic", "payload", "tst", "flights",
         "current_state", "position", "lng", "observed_at", "basic_id", "pilot_lat", "status", "speed", "direction"]


@given(st.recursive(st.none() | st.booleans() | st.floats(allow_nan=False, allow_infinity=False) | st.integers()
                    | st.text(max_size=6) | st.sampled_from([50.0, 24.0, "AAAA"]),
                    lambda s: st.lists(s, max_size=3) | st.dictionaries(st.sampled_from(_KEYS), s, max_size=8),
                    max_leaves=16).filter(lambda v: isinstance(v, dict)))
def test_any_json_gives_rows_or_counts(value: dict[str, Any]) -> None:
    got, _ = rows_of(value)
    assert np.all(np.isfinite(got.reports.t_s))
    assert got.reports.sensor.tolist() == [NONE] * len(got.reports)


@given(st.lists(st.integers(1, 400), max_size=9))
def test_however_the_bytes_are_cut_the_rows_are_the_same(sizes: list[int]) -> None:
    sent = [receiver(structure(lat=50.0 + 0.01 * k), HOUR_S + 11.0 + k) for k in range(4)]
    data = "\n".join(map(json.dumps, sent)).encode()
    feed, at, lat = RemoteIdJson(context()), 0, []
    for size in [*sizes, len(data)]:
        feed.receive(data[at : at + size])
        lat += feed.rows().reports.lat_rad.tolist()
        at += size
    assert lat == rows_of(*sent)[0].reports.lat_rad.tolist()
