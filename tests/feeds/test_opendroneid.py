"""Remote ID messages and frames: fields by hand, damage counted, the operator apart; two real captures."""

from __future__ import annotations

import math
import struct
from pathlib import Path

import numpy as np
import pytest
from feedkit import context
from hypothesis import given
from hypothesis import strategies as st
from remoteid import location_at, packets_of, pcap_of

from flightward.errors import BadMessage
from flightward.feeds.formats import FORMATS
from flightward.feeds.opendroneid import DroneIdPcap, frames, messages
from flightward.feeds.pcap import Packet
from flightward.feeds.rows import FeedContext, FeedRows
from flightward.model import NONE, Kind

HOUR_S = 1_760_248_800.0
MAC = bytes.fromhex("84cca8604324")


def basic_id(text: bytes, id_kind: int = 1) -> bytes:
    return bytes([0x02, id_kind << 4 | 2]) + text.ljust(20, b"\0") + bytes(3)


def location(
    lat_deg: float, lon_deg: float, tenths: int, *, flags: int = 0x20, course: int = 90, speed: int = 40
) -> bytes:
    head = struct.pack("<BBBBbii", 0x12, flags, course, speed, 4, round(lat_deg * 1e7), round(lon_deg * 1e7))
    return head + struct.pack("<HHH", 2600, 2700, 2100) + bytes([0x4A, 0x33]) + struct.pack("<H", tenths) + bytes(2)


def system(lat_deg: float, lon_deg: float) -> bytes:
    head = struct.pack("<BBiiHBHH", 0x42, 1, round(lat_deg * 1e7), round(lon_deg * 1e7), 1, 0, 0, 0)
    return head + bytes(1) + struct.pack("<HI", 2400, 1000) + bytes(1)


def pack(*parts: bytes) -> bytes:
    return bytes([0xF2, 25, len(parts)]) + b"".join(parts)


def beacon(data: bytes, address: bytes = MAC) -> bytes:
    """A beacon with the least that a receiver needs to find the vendor element."""
    body = frames._VENDOR + b"\x07" + data
    return b"\x80\0\0\0" + b"\xff" * 6 + address + address + bytes(2) + bytes(12) + bytes([0xDD, len(body)]) + body


def rows_of(frames_at: list[tuple[float, bytes]], link: int = 105, **options: object) -> tuple[FeedRows, FeedContext]:
    ctx = context(options=options)
    packets = [Packet(k, t, link, data) for k, (t, data) in enumerate(frames_at)]
    return FORMATS["opendroneid-pcap"](pcap_of(packets), ctx), ctx


def test_a_location_field_by_field() -> None:
    m = messages.message(location(50.1, 24.2, 36, flags=0x26, course=10, speed=41))
    assert isinstance(m, messages.Location)
    assert (m.status, m.is_over_ground) == (2, True)
    assert (m.lat_deg, m.lon_deg) == pytest.approx((50.1, 24.2), abs=1e-9)
    assert math.degrees(m.course_rad) == pytest.approx(190.0)
    assert (m.speed_mps, m.vu_mps, m.baro_m, m.hae_m, m.height_m) == (10.25, 2.0, 300.0, 350.0, 50.0)
    assert (m.sigma95_h_m, m.sigma95_v_m, m.hour_s) == (10.0, 10.0, 3.6)


@pytest.mark.parametrize(("course", "heading_deg"), [(180, 0.0), (181, math.nan), (179, 359.0)])
def test_a_direction_of_360_is_north_and_361_is_unknown(course: int, heading_deg: float) -> None:
    m = messages.message(location(50.1, 24.2, 36, flags=0x22, course=course))
    assert isinstance(m, messages.Location)
    assert math.degrees(m.course_rad) == pytest.approx(heading_deg, nan_ok=True)


def test_fast_speeds_have_their_own_scale() -> None:
    m = messages.message(location(50.0, 24.0, 0, flags=0x21, speed=100))
    assert isinstance(m, messages.Location)
    assert m.speed_mps == 63.75 + 75.0


def test_the_standards_unknowns_are_unknown() -> None:
    raw = bytearray(location(0.0, 0.0, 0xFFFF, flags=0x03, course=181, speed=255))
    raw[4] = 126
    raw[13:19] = bytes(6)
    raw[19] = 0
    m = messages.message(bytes(raw))
    assert isinstance(m, messages.Location)
    unknown = (m.lat_deg, m.lon_deg, m.course_rad, m.speed_mps, m.vu_mps, m.hae_m, m.baro_m, m.height_m, m.hour_s)
    assert all(math.isnan(v) for v in (*unknown, m.sigma95_h_m, m.sigma95_v_m))


def test_the_operators_place_is_kept_apart_and_is_nobodys_report() -> None:
    ctx = context()
    parser = DroneIdPcap(ctx)
    frame = beacon(pack(basic_id(b"SERIAL1"), location(50.0, 24.0, 0), system(50.3, 24.3)))
    parser.receive(pcap_of([Packet(0, HOUR_S + 0.5, 105, frame)]))
    parser.finish()
    reports = parser.rows().reports
    assert np.degrees(reports.lat_rad).tolist() == [pytest.approx(50.0)]
    assert parser.operators["SERIAL1"].lat_deg == pytest.approx(50.3)
    assert parser.operators["SERIAL1"].t_s == messages.EPOCH_2019_S + 1000.0


def test_a_row_has_identity_time_of_fix_and_velocity() -> None:
    got, ctx = rows_of([(HOUR_S + 11.0, beacon(pack(basic_id(b"SERIAL1"), location(50.0, 24.0, 100))))])
    r = got.reports
    assert ctx.names.text(int(r.identity[0])) == "serial1"
    assert (r.t_s[0], r.t_rx_s[0]) == (HOUR_S + 10.0, HOUR_S + 11.0)
    assert (r.ve_mps[0], r.vn_mps[0], r.vu_mps[0]) == pytest.approx((10.0, 0.0, 2.0), abs=1e-12)
    assert (r.kind[0], r.sensor[0], r.hae_m[0]) == (Kind.DRONE, NONE, 350.0)
    assert r.sigma_h_m[0] == pytest.approx(10.0 / 2.448)
    got, _ = rows_of([(HOUR_S, beacon(pack(basic_id(b"S"), location(50.0, 24.0, 0))))], sensor="r2")
    assert got.reports.sensor[0] == 1


def test_a_fix_before_the_full_hour_is_of_the_hour_before() -> None:
    got, _ = rows_of([(HOUR_S + 0.4, beacon(pack(basic_id(b"S"), location(50.0, 24.0, 35_995))))])
    assert got.reports.t_s[0] == pytest.approx(HOUR_S - 0.5)


def test_a_wrong_clock_is_counted_and_the_time_of_capture_stands() -> None:
    got, _ = rows_of([(HOUR_S + 300.0, beacon(pack(basic_id(b"S"), location(50.0, 24.0, 0))))])
    assert got.reports.t_s[0] == HOUR_S + 300.0
    assert got.rejects.repairs == {"clock": 1}


def test_single_messages_take_the_name_of_their_transmitter() -> None:
    other = bytes.fromhex("aaaaaaaaaaaa")
    got, ctx = rows_of([
        (HOUR_S + 0.0, beacon(location(50.0, 24.0, 0))),
        (HOUR_S + 0.5, beacon(basic_id(b"SERIAL1"))),
        (HOUR_S + 1.0, beacon(location(50.0, 24.0, 10))),
        (HOUR_S + 1.1, beacon(pack(location(51.0, 24.0, 10)), other)),
    ])  # fmt: skip
    who = [ctx.names.text(int(k)) for k in got.reports.identity]
    assert sorted(str(w) for w in who) == ["rid-aaaaaaaaaaaa", "serial1", "serial1"]


def test_a_serial_number_is_preferred_to_a_session_id() -> None:
    got, ctx = rows_of([
        (HOUR_S, beacon(pack(basic_id(b"SESSION", 4), basic_id(b"SERIAL1"), location(50.0, 24.0, 0))))
    ])  # fmt: skip
    assert ctx.names.text(int(got.reports.identity[0])) == "serial1"


def test_a_worse_id_does_not_replace_a_better_one_that_is_fresh() -> None:
    """A drone that says its serial number and its registration in turn is one drone."""
    sent = [(0.0, basic_id(b"REG-1", 2)), (1.0, location(50.0, 24.0, 10)), (2.0, basic_id(b"SERIAL1")),
            (3.0, location(50.0, 24.0, 30)), (4.0, basic_id(b"REG-1", 2)), (5.0, location(50.0, 24.0, 50)),
            (6.0, pack(basic_id(b"REG-1", 2), location(50.0, 24.0, 60))), (70.0, basic_id(b"REG-1", 2)),
            (71.0, location(50.0, 24.0, 710))]  # fmt: skip
    got, ctx = rows_of([(HOUR_S + t, beacon(data)) for t, data in sent])
    who = [ctx.names.text(int(k)) for k in got.reports.identity]
    assert who == ["reg-1", "serial1", "serial1", "serial1", "reg-1"]  # for a minute after the serial number


@pytest.mark.parametrize(("id_kind", "raw", "text"), [
    (3, "00112233445566778899aabbccddeeff", "00112233445566778899aabbccddeeff"),
    (3, b"UTM-7".hex(), "UTM-7"),
    (4, "012001003ffe00088500112233445566ff", "012001003ffe00088500112233445566ff000000"),
    (4, b"SESSION 9".hex(), "SESSION 9"),
    (1, "534e07", "SN?"),
])  # fmt: skip
def test_binary_ids_do_not_look_the_same(id_kind: int, raw: str, text: str) -> None:
    m = messages.message(basic_id(bytes.fromhex(raw), id_kind))
    assert isinstance(m, messages.BasicId)
    assert m.text == text


def test_bluetooth_legacy_and_extended_advertising() -> None:
    element = b"\x16\xfa\xff\x0d\x01"
    legacy = element + location(50.0, 24.0, 0)
    data = bytes([len(legacy)]) + legacy
    access = b"\xd6\xbe\x89\x8e"
    one = access + bytes([2, 6 + len(data)]) + MAC[::-1] + data + bytes(3)
    long = element + pack(basic_id(b"SERIAL1"), location(50.0, 24.0, 0))
    data = bytes([len(long)]) + long
    header = bytes([7, 1]) + MAC[::-1]
    two = access + bytes([7, len(header) + len(data)]) + header + data + bytes(3)
    heard = [frames.remote_id(link, f) for link, f in ((251, one), (251, two), (256, bytes(10) + one))]
    assert [h is not None and (h.address, h.counter) for h in heard] == [(MAC, 1)] * 3
    assert [len(messages.messages(h.data)) for h in heard if h is not None] == [1, 2, 1]
    # what goes coded has one byte more behind the access address; a wrong check sum is not read
    coded = access + b"\x00" + two[4:]
    cases = ((0x0C00, two, True), (0x8C00, coded, True), (0x8C00, two, False), (0x0400, two, False))
    for flags, frame, is_heard in cases:
        found = frames.remote_id(256, bytes(8) + struct.pack("<H", flags) + frame)
        assert (found is not None and found.address == MAC and len(found.data) == 53) == is_heard
    assert frames.remote_id(251, access + bytes([7, 1, 9])) is None


def test_bluetooth_as_a_host_hears_it_from_its_adapter() -> None:
    """Bluetooth Core 5.4, vol. 4, part E, 7.7.65.2 (reports one after another) and 7.7.65.13."""
    element = b"\x16\xfa\xff\x0d\x01"
    other = b"\x02\x01\x06"
    legacy = element + location(50.0, 24.0, 0)
    short = bytes([len(legacy)]) + legacy
    reports = b"\x00\x01" + bytes(6) + bytes([len(other)]) + other + b"\xc0"
    reports += b"\x03\x01" + MAC[::-1] + bytes([len(short)]) + short + b"\xc0"
    one = b"\x04\x3e" + bytes([2 + len(reports)]) + b"\x02\x02" + reports
    long = element + pack(basic_id(b"SERIAL1"), location(50.0, 24.0, 0))
    data = bytes([len(long)]) + long
    fields = struct.pack("<HB", 0, 1) + MAC[::-1] + b"\x01\x03\x00\x7f\xc0" + bytes(2) + b"\x00" + bytes(6)
    two = b"\x04\x3e" + bytes([3 + len(fields) + len(data)]) + b"\x0d\x01" + fields + bytes([len(data)]) + data
    heard = [frames.remote_id(link, f) for link, f in ((187, one), (187, two), (201, bytes(4) + two))]
    assert [h is not None and h.address for h in heard] == [MAC] * 3
    assert [len(messages.messages(h.data)) for h in heard if h is not None] == [1, 2, 2]
    assert frames.remote_id(187, one[:-20]) is None


def test_damaged_packs_are_counted_and_the_next_is_read() -> None:
    good = pack(basic_id(b"S"), location(50.0, 24.0, 0))
    odd = bytes([0x72]) + bytes(24)
    bad = [b"\xf2\x19\x05" + location(50.0, 24.0, 0), b"\xf2\x18\x01" + bytes(25), good[:-1], odd, b"\x12\x00\x00"]
    got, _ = rows_of([(HOUR_S + k, beacon(b)) for k, b in enumerate([*bad, good])])
    assert len(got.reports) == 1
    assert got.rejects.counts == {"pack": 3, "message_kind": 1, "short": 1}


def test_an_unknown_link_is_counted_and_no_capture_is_refused() -> None:
    got, _ = rows_of([(HOUR_S, b"what")], link=1)
    assert got.rejects.counts == {"link_type": 1}
    with pytest.raises(BadMessage, match="magic"):
        FORMATS["opendroneid-pcap"](b"this is no capture", context())


@given(st.binary(max_size=120), st.sampled_from([105, 127, 187, 201, 251, 256]))
def test_any_frame_gives_messages_or_nothing(frame: bytes, link: int) -> None:
    heard = frames.remote_id(link, frame)
    assert heard is None or isinstance(heard.data, bytes)


@given(st.binary(max_size=240))
def test_any_payload_gives_rows_or_counts(payload: bytes) -> None:
    good = beacon(pack(basic_id(b"S"), location(50.0, 24.0, 10)))
    got, _ = rows_of([(HOUR_S, beacon(payload[:240])), (HOUR_S + 1, good)])
    assert len(got.reports) + got.rejects.total >= 1
    assert np.all(np.isfinite(got.reports.t_s))
    assert np.all(np.abs(got.reports.lat_rad[np.isfinite(got.reports.lat_rad)]) <= np.pi / 2)


@given(st.binary(min_size=25, max_size=25))
def test_any_25_bytes_are_a_message_or_refused(data: bytes) -> None:
    try:
        m = messages.message(data)
    except BadMessage:
        assert data[0] >> 4 not in range(6)
        return
    if isinstance(m, messages.BasicId):
        assert m.text.isprintable()


@given(st.lists(st.integers(0, 2000), max_size=8))
def test_however_the_bytes_are_cut_the_rows_are_the_same(cuts: list[int]) -> None:
    sent = [(HOUR_S + k, beacon(pack(basic_id(b"S"), location(50.0 + 1e-4 * k, 24.0, 10 * k)))) for k in range(6)]
    data = pcap_of([Packet(k, t, 105, d) for k, (t, d) in enumerate(sent)])
    whole = FORMATS["opendroneid-pcap"](data, context()).reports
    parser, at, lat = DroneIdPcap(context()), 0, []
    for cut in [*sorted(c % (len(data) + 1) for c in cuts), len(data)]:
        parser.receive(data[at:cut])
        lat.append(parser.rows().reports.lat_rad)
        at = cut
    parser.finish()
    assert np.concatenate([*lat, parser.rows().reports.lat_rad]).tolist() == whole.lat_rad.tolist()


def test_the_real_flight(shared_data: Path) -> None:
    ctx = context()
    got = FORMATS["opendroneid-pcap"]((shared_data / "remoteid/parrot_anafi4_real.pcapng").read_bytes(), ctx)
    r = got.reports
    assert len(r) == 1140
    assert got.rejects.counts == {}
    assert {ctx.names.text(int(k)) for k in r.identity} == {"1588e040445ac004418"}
    assert np.degrees(r.lat_rad).mean() == pytest.approx(47.1987, abs=2e-4)
    assert np.degrees(r.lon_rad).mean() == pytest.approx(8.7302, abs=2e-4)
    assert np.all((r.t_rx_s - r.t_s > 0.0) & (r.t_rx_s - r.t_s < 2.0))


def test_the_sample_by_beacon_and_by_nan(shared_data: Path) -> None:
    data = (shared_data / "remoteid/odid_wifi_sample.pcap").read_bytes()
    by_beacon = [p for p in packets_of(data) if location_at(p.data) >= 0]
    assert len(by_beacon) == 15
    ctx = context()
    got = FORMATS["opendroneid-pcap"](data, ctx)
    assert len(got.reports) == 31  # 15 by beacon, 16 by NAN
    # it never says who it is
    assert {ctx.names.text(int(k)) for k in got.reports.identity} == {"rid-84cca8604324"}
    assert np.degrees(got.reports.lat_rad).mean() == pytest.approx(45.545, abs=1e-3)
