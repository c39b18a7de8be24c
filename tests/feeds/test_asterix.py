"""ASTERIX: values by hand against the standard, damage counted, time across midnight, however the bytes are cut."""

from __future__ import annotations

import math
import random
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from asterixkit import angle, block, fragments, fspec, packets, plot, tod, udp_frame
from feedkit import CASE, context, write_case
from hypothesis import given, settings
from hypothesis import strategies as st
from remoteid import packets_of, pcap_of

from flightward.errors import BadInput, BadMessage
from flightward.feeds import read_case
from flightward.feeds.asterix import AsterixPcap, AsterixRaw, AsterixUdp
from flightward.feeds.asterix.layouts import UAPS
from flightward.feeds.formats import FORMATS
from flightward.feeds.pcap import Packet
from flightward.feeds.rows import FeedContext, FeedRows
from flightward.model import NONE, AreaFrame, Kind

DAY_S = 20_000 * 86_400.0
NOON_S = DAY_S + 43_200.0
FT_M, NM_M = 0.3048, 1852.0


def rows_of(payloads: list[bytes], t_s: float = NOON_S, **options: Any) -> tuple[FeedRows, FeedContext]:
    """The rows of datagrams heard in one second steps."""
    ctx = context(sensor_rows={"25/201": 0}, options=options)
    data = pcap_of(packets(*[(t_s + k, p) for k, p in enumerate(payloads)]))
    return FORMATS["asterix-pcap"](data, ctx), ctx


def raw_rows(data: bytes, **changes: Any) -> FeedRows:
    return FORMATS["asterix-raw"](data, context(sensor_rows={}, start_s=NOON_S, **changes))


def test_a_plot_field_by_field() -> None:
    got, ctx = rows_of([block(48, plot())])
    r = got.reports
    assert (len(r), got.counts, got.rejects.counts) == (1, {"CAT 048": 1}, {})
    # part 4, 5.2.4: RHO in 1/256 NM, THETA in 360/2^16 degrees; 5.2.9: level in 1/4 FL; 5.2.14: 1/128 s
    assert r.range_m[0] == 50 * NM_M
    assert r.azimuth_rad[0] == pytest.approx(math.pi / 2, abs=1e-12)
    assert r.baro_m[0] == pytest.approx(10_000 * FT_M)
    assert (r.t_s[0], r.t_rx_s[0]) == (NOON_S, NOON_S)
    assert ctx.names.text(int(r.identity[0])) == "4ca7a8"
    assert (r.sensor[0], r.hostile[0], r.kind[0]) == (0, NONE, NONE)
    assert np.isnan([r.lat_rad[0], r.range_rate_mps[0], r.hae_m[0]]).all()


def test_levels_below_zero_and_levels_that_the_radar_doubts() -> None:
    # 5.2.9: V in bit 16, G in bit 15, two's complement in fourteen bits
    got, _ = rows_of([block(48, plot(level=-4)), block(48, plot()[:-5] + b"\x80\x10" + b"\1\2\3")])
    assert got.reports.baro_m[0] == -100 * FT_M
    assert np.isnan(got.reports.baro_m[1])


def test_the_rest_of_a_plot() -> None:
    # 010, 140, 020 with one extension, 040, 161, 042, 200, 210, 110, 120
    body = fspec(1, 2, 3, 4, 11, 12, 13, 15, 19, 20) + bytes([25, 201]) + tod(43_199.5)
    body += bytes([0b10100001, 0b00000010])  # FRI 01
    body += (256).to_bytes(2, "big") + (0).to_bytes(2, "big")
    body += (0x0123).to_bytes(2, "big") + bytes(4) + (0x0400).to_bytes(2, "big") + (0x8000).to_bytes(2, "big")
    body += bytes(4) + (200).to_bytes(2, "big") + bytes([0b10000000]) + (0x3FF - 9).to_bytes(2, "big")
    got, ctx = rows_of([block(48, body)], doppler="towards")
    r = got.reports
    assert got.rejects.total == 0
    assert r.hostile[0] == 0  # 5.2.2: FOE/FRI 01, a friend
    assert ctx.names.text(int(r.source_track[0])) == "25/201:291"
    assert r.vn_mps[0] == pytest.approx(-NM_M / 16)  # 5.2.20: 2^-14 NM/s, heading 180
    assert r.hae_m[0] == pytest.approx(5_000 * FT_M)  # 5.2.12: 25 ft above mean sea level
    assert r.range_rate_mps[0] == 10.0  # 5.2.13: -10 m/s, counted towards the radar
    assert r.t_s[0] == NOON_S - 0.5
    got, _ = rows_of([block(48, body)])
    assert np.isnan(got.reports.range_rate_mps[0])
    assert got.rejects.repairs["doppler_unused"] == 1


def test_a_plot_on_the_plane_gets_its_slant_back_where_it_was_taken_out(tmp_path: Path) -> None:
    # 010, 140, 020, 090, 042: 3 NM east, 4 NM north, at FL 200; 170 with TCC 0 and 1 (5.2.17)
    record = fspec(1, 2, 3, 6, 12, 14) + bytes([25, 201]) + tod(43_200.0) + b"\xa0" + (800).to_bytes(2, "big")
    record += (3 * 128).to_bytes(2, "big") + (4 * 128).to_bytes(2, "big")
    flat, level = (block(48, record + status) for status in (b"\x01\x00", b"\x01\x10"))
    r = rows_of([flat, level])[0].reports
    assert r.range_m.tolist() == pytest.approx([5 * NM_M, math.hypot(5 * NM_M, 20_000 * FT_M)])
    assert math.degrees(r.azimuth_rad[0]) == pytest.approx(36.8699, abs=1e-4)
    # the radar of the case stands on a hill: 330 m above the ellipsoid is 300 m above the sea
    case = CASE.replace("hae_m = 300", "hae_m = 330")
    sensors = read_case(write_case(tmp_path / "case", case)).setup.sensors
    ctx = context(sensor_rows={"25/201": 0}, sensors=sensors, geoid_m=30.0)
    r = FORMATS["asterix-pcap"](pcap_of(packets((NOON_S, level))), ctx).reports
    assert r.range_m[0] == pytest.approx(math.hypot(5 * NM_M, 20_000 * FT_M - 300.0))


def far(reserved: bytes) -> bytes:
    """CAT 048 whose I048/020 says that the range stands in the reserved expansion field."""
    record = fspec(1, 2, 3, 4, 28) + bytes([25, 201]) + tod(43_200.0) + b"\xa1\x40"
    return block(48, record + b"\xff\xff\x40\x00" + bytes([len(reserved) + 1]) + reserved)


def test_a_range_beyond_256_miles_is_read_from_the_expansion_field() -> None:
    # appendix A: MD5 (SUM, POS), M4E with one extension, ERR in 1/256 NM, RTC behind it
    md5, m4e, err = b"\xa0" + bytes(7), b"\x01\x00", (300 * 256).to_bytes(3, "big")
    both = [far(b"\x08" + err), far(b"\xac" + md5 + m4e + err + b"\x80\x00\x00\x07")]
    r = rows_of(both)[0].reports
    assert r.range_m.tolist() == [300 * NM_M] * 2
    # without it, cut off or damaged there is no range; the direction stands
    none = [far(b"\x10\x80\x07"), far(b"\x08\x01"), far(b""), far(b"\x88\xff")]
    r = rows_of(none)[0].reports
    assert np.isnan(r.range_m).all() and r.azimuth_rad.tolist() == pytest.approx([math.pi / 2] * 4)


def test_an_address_of_zeros_or_ones_is_none() -> None:
    ends = (b"\0\0\0", b"\xff\xff\xff", b"\0\0\1")
    got, ctx = rows_of([block(48, *[plot()[:-3] + end for end in ends])])
    assert [ctx.names.text(int(k)) for k in got.reports.identity] == [None, None, "000001"]


@pytest.mark.parametrize(
    ("target", "reason"),
    [(b"\x00", "no_detection"), (b"\xb0", "simulated"), (b"\xa1\x80", "simulated"), (b"\xa2", "field_monitor")],
)
def test_what_is_no_detection_of_a_real_object_is_kept_aside(target: bytes, reason: str) -> None:
    got, _ = rows_of([block(48, plot(target=target), plot(43_200.25))])
    assert len(got.reports) == 1
    assert got.rejects.counts == {reason: 1}


def test_a_radar_that_the_case_does_not_know_is_kept_aside_and_can_be_named() -> None:
    ctx = context(options={})
    data = pcap_of(packets((NOON_S, block(48, plot()))))
    got = FORMATS["asterix-pcap"](data, ctx)
    assert got.rejects.counts == {"sensor": 1}
    assert got.counts == {"CAT 048": 1, "of 25/201, which is no sensor of the case": 1}
    ctx = context(options={"sensors": {"25/201": "r2"}})
    assert FORMATS["asterix-pcap"](data, ctx).reports.sensor.tolist() == [1]
    ctx = context(options={"sensor": "r1"})
    assert FORMATS["asterix-pcap"](data, ctx).reports.sensor.tolist() == [0]


def track(tod_s: float = 43_200.0, status: bytes = b"\x08") -> bytes:
    """CAT 062 with I062/010, 070, 105, 185, 380 (ADR, EMC), 040, 080, 130, 135, 220, 500 (APC, AGA)."""
    body = fspec(1, 4, 5, 7, 11, 12, 13, 18, 19, 20, 27) + bytes([25, 100]) + tod(tod_s)
    body += angle(50.0, 25, 4) + angle(24.0, 25, 4)
    body += (400).to_bytes(2, "big", signed=True) + (-200).to_bytes(2, "big", signed=True)
    body += fspec(1, 21) + bytes.fromhex("3c0a55") + bytes([10])
    body += (4980).to_bytes(2, "big") + status
    body += (1600).to_bytes(2, "big") + (0x8000 | 396).to_bytes(2, "big") + (-71).to_bytes(2, "big", signed=True)
    return body + fspec(1, 4) + (60).to_bytes(2, "big") + (80).to_bytes(2, "big") + bytes([4])


def test_a_system_track_field_by_field() -> None:
    got, ctx = rows_of([block(62, track())])
    r = got.reports
    assert (len(r), got.rejects.counts, got.counts) == (1, {}, {"CAT 062": 1})
    # part 9: 5.2.8 180/2^25 degrees, 5.2.16 1/4 m/s, 5.2.11 6.25 ft, 5.2.18 6.25 ft/min, 5.2.26 1/2 m
    assert np.degrees([r.lat_rad[0], r.lon_rad[0]]) == pytest.approx([50.0, 24.0], abs=3e-6)
    assert (r.ve_mps[0], r.vn_mps[0]) == (100.0, -50.0)
    assert r.hae_m[0] == pytest.approx(10_000 * FT_M)
    assert r.vu_mps[0] == pytest.approx(-71 * 6.25 * FT_M / 60)
    assert r.sigma_h_m[0] == pytest.approx(math.sqrt((30**2 + 40**2) / 2))
    assert r.sigma_v_m[0] == pytest.approx(25 * FT_M)
    assert np.isnan(r.baro_m[0])  # 5.2.12: corrected by QNH, so it is no pressure altitude
    assert ctx.names.text(int(r.source_track[0])) == "25/100:4980"
    assert ctx.names.text(int(r.identity[0])) == "3c0a55"
    assert (r.kind[0], r.sensor[0]) == (Kind.HELICOPTER, NONE)


@pytest.mark.parametrize(
    ("status", "reason"),
    [(b"\x09\x80", "simulated"), (b"\x09\x40", "track_end"), (b"\x09\x01\x01\x80", "coasted")],
)
def test_tracks_that_rest_on_nothing_new_are_kept_aside(status: bytes, reason: str) -> None:
    got, _ = rows_of([block(62, track(status=status), track())])
    assert (len(got.reports), got.rejects.counts) == (1, {reason: 1})


def test_a_track_that_answers_as_a_friend_is_declared_so() -> None:
    got, _ = rows_of([block(62, track(status=b"\x09\x01\x20"), track(status=b"\x09\x01\x60"), track())])
    assert got.reports.hostile.tolist() == [0, NONE, NONE]


def test_velocities_are_true_wherever_the_centre_of_the_plane_is() -> None:
    # 5.2.16: y to geographic north at the target
    r = rows_of([block(62, track())], plane=[50.0, 18.0])[0].reports
    assert (r.ve_mps[0], r.vn_mps[0]) == (100.0, -50.0)


def test_a_track_with_a_place_on_the_plane_only_is_put_on_earth_by_its_centre() -> None:
    # 010, 070, 100: 20 km east, 40 km south in half metres; 185, 040
    record = fspec(1, 4, 6, 7, 12) + bytes([25, 100]) + tod(43_200.0)
    record += (40_000).to_bytes(3, "big") + (-80_000).to_bytes(3, "big", signed=True) + bytes(4) + b"\0\x4d"
    got = rows_of([block(62, record, track())], plane=[50.0, 18.0])[0].reports
    e, n = AreaFrame(math.radians(50.0), math.radians(18.0)).to_plane(got.lat_rad[:1], got.lon_rad[:1])
    assert (e[0], n[0]) == pytest.approx((20_000.0, -40_000.0), abs=1e-3)
    assert math.degrees(got.lon_rad[1]) == pytest.approx(24.0, abs=3e-6)  # that one says it itself
    assert rows_of([block(62, record)])[0].rejects.counts == {"no_position": 1}


def test_heights_that_nobody_measured_are_unknown() -> None:
    # I062/080 SRC: 4 coverage, 5 a table of speeds, 6 a default
    tracks = [track(status=bytes([source << 2])) for source in range(8)]
    r = rows_of([block(62, *tracks)])[0].reports
    # what stands is the height by QNH (I062/135), whose accuracy this source does not say
    assert r.hae_m.tolist() == pytest.approx([FT_M * (9_900 if k in (4, 5, 6) else 10_000) for k in range(8)])
    assert np.flatnonzero(np.isnan(r.sigma_v_m)).tolist() == [4, 5, 6]


def adsb(*, address_kind: int = 0, version: int = 2, second: int = 0, third: int | None = None) -> bytes:
    """CAT 021 ed. 2: I021/010, 040, 130, 131, 080, 140, 090 (two extensions), 210, 145, 157, 160, 077, 020, 132."""
    body = fspec(1, 2, 6, 7, 11, 16, 17, 18, 21, 25, 26, 28, 30, 38) + bytes([25, 7])
    more = third is not None
    body += bytes([address_kind << 5 | 1, second | more]) + (bytes([third]) if third is not None else b"")
    body += bytes(6)
    body += angle(50.0, 30, 4) + angle(-24.0, 30, 4) + bytes.fromhex("4ca7a8")
    body += (1600).to_bytes(2, "big")
    body += bytes([8 << 1 | 1, 3 << 5 | 9 << 1])
    body += bytes([version << 3 | 2]) + (1400).to_bytes(2, "big")
    body += ((-64) & 0x7FFF).to_bytes(2, "big") + (0x1000).to_bytes(2, "big") + (0x4000).to_bytes(2, "big")
    return body + tod(43_199.5) + bytes([13]) + (-60).to_bytes(1, "big", signed=True)


def test_an_adsb_report_field_by_field() -> None:
    got, ctx = rows_of([block(21, adsb())])
    r = got.reports
    assert (len(r), got.rejects.counts) == (1, {})
    # part 12: 5.2.13 180/2^30 degrees, 5.2.9 NIC, NACp, SIL, 5.2.24 2^-14 NM/s, 5.2.22 6.25 ft/min in 15 bits
    assert np.degrees([r.lat_rad[0], r.lon_rad[0]]) == pytest.approx([50.0, -24.0], abs=2e-7)
    assert (r.nic[0], r.nac_p[0], r.sil[0], r.signal_db[0]) == (8.0, 9.0, 3.0, -60.0)
    assert r.hae_m[0] == pytest.approx(10_000 * FT_M)
    assert r.baro_m[0] == pytest.approx(35_000 * FT_M)
    assert (r.ve_mps[0], r.vn_mps[0]) == pytest.approx((NM_M / 4, 0.0), abs=1e-9)
    assert r.vu_mps[0] == pytest.approx(-400 * FT_M / 60)
    assert (r.t_s[0], r.kind[0], r.source_track[0]) == (NOON_S - 0.5, Kind.DRONE, NONE)
    assert ctx.names.text(int(r.identity[0])) == "4ca7a8"


def test_adsb_of_old_equipment_by_its_containment_radius() -> None:
    # DO-260: NUCp 8 (here where NIC stands) bounds 25 m, as NIC 10 does; no SIL, and NACp is not its own
    got, _ = rows_of([block(21, adsb(version=0))])
    assert (got.reports.nic[0], got.reports.nac_p[0]) == (10.0, 10.0)
    assert np.isnan(got.reports.sil[0])


def test_adsb_flags() -> None:
    got, ctx = rows_of([block(21, adsb(address_kind=3), adsb(second=0x20), adsb(second=0x10), adsb(third=0x08))])
    assert [ctx.names.text(int(k)) for k in got.reports.identity] == ["~4ca7a8"]
    assert got.rejects.counts == {"simulated": 2, "cpr_failed": 1}


def test_rates_beyond_their_items_range_are_unknown() -> None:
    # 5.2.22 to 5.2.24: the highest bit of I021/157 and 160 says so; the climb of the other item would stand
    record = adsb()
    at = record.index(((-64) & 0x7FFF).to_bytes(2, "big"))
    fast = record[:at] + b"\xbf\xff" + b"\xff\xff" + record[at + 4 :]
    r = rows_of([block(21, record, fast)])[0].reports
    assert np.isfinite([r.ve_mps[0], r.vu_mps[0]]).all()
    assert np.isnan([r.ve_mps[1], r.vn_mps[1], r.vu_mps[1]]).all()
    assert math.degrees(r.lat_rad[1]) == pytest.approx(50.0, abs=2e-7)


def old_adsb(amplitude: bytes = b"") -> bytes:
    """CAT 021 ed. 0.26: I021/010, 040, 030, 130 (8 octets), 080, 090, 145; 131."""
    body = fspec(1, 2, 3, 4, 5, 7, 10, *([28] if amplitude else [])) + bytes([25, 7, 0, 1 << 5]) + tod(43_200.0)
    body += angle(50.0, 25, 4) + angle(24.0, 25, 4) + bytes.fromhex("4ca7a8")
    return body + b"\0\x07" + (400).to_bytes(2, "big") + amplitude


def test_an_older_edition_is_told_and_read() -> None:
    got, ctx = rows_of([block(21, old_adsb()), block(21, adsb())])
    assert got.counts == {"CAT 021": 2, "CAT 021 of edition 0.24": 1}
    assert got.rejects.repairs["edition"] == 1
    r = got.reports
    assert np.degrees(r.lat_rad).tolist() == pytest.approx([50.0, 50.0], abs=3e-6)
    assert {ctx.names.text(int(k)) for k in r.identity} == {"4ca7a8"}
    assert r.nic[0] == 8.0  # PA 7, as NUCp 7
    first, _ = rows_of([block(21, old_adsb())], edition={"021": "0.26"})
    assert first.rejects.repairs == {}
    newer, _ = rows_of([block(21, adsb())], edition={"021": "1.8"})
    assert newer.rejects.repairs == {}
    with pytest.raises(BadInput, match="edition"):
        rows_of([], edition={"021": "0.1"})


def test_the_amplitude_of_an_older_edition_is_no_position() -> None:
    got, _ = rows_of([block(21, old_adsb(b"\x9c"), old_adsb())])
    assert np.degrees(got.reports.lat_rad).tolist() == pytest.approx([50.0, 50.0], abs=3e-6)
    assert got.reports.signal_db[0] == -100.0 and np.isnan(got.reports.signal_db[1])


def drone(risk: int = 3) -> bytes:
    """CAT 129 with every item (part 29, table 2); the operational risk of `risk` octets."""
    body = fspec(*range(1, 13), 14, 15) + bytes([0, 0, 1, 2]) + b"DJI" + b"M30" + b"1581F4XF2229" + b"UA"
    body += tod(43_200.0) + angle(50.0, 30, 4) + angle(24.0, 30, 4)
    body += (1234).to_bytes(3, "big") + (500).to_bytes(3, "big") + (12).to_bytes(2, "big") + bytes(risk)
    body += ((1500 << 20) | ((-250) & 0xFFFFF)).to_bytes(5, "big")
    return body + (0xF00000 | (-120) & 0xFFFFF).to_bytes(3, "big")


@pytest.mark.parametrize("risk", [3, 1])
def test_a_drone_field_by_field(risk: int) -> None:
    got, ctx = rows_of([block(129, drone(risk))])
    r = got.reports
    assert (len(r), got.rejects.counts) == (1, {})
    # part 29: 5.2.8 180/2^30 degrees, 5.2.9 0.1 m above sea level, 5.2.11 CEP, 5.2.13 and 5.2.14 0.01 m/s
    assert np.degrees([r.lat_rad[0], r.lon_rad[0]]) == pytest.approx([50.0, 24.0], abs=2e-7)
    assert r.hae_m[0] == pytest.approx(123.4)
    assert r.sigma_h_m[0] == pytest.approx(12 / 1.17741, rel=1e-5)
    assert (r.ve_mps[0], r.vn_mps[0], r.vu_mps[0]) == pytest.approx((15.0, -2.5, -1.2))
    assert ctx.names.text(int(r.identity[0])) == "djim301581f4xf2229"
    assert (r.kind[0], r.p_kind[0]) == (Kind.DRONE, 0.999)


def test_heights_above_sea_level_get_the_areas_geoid() -> None:
    got = raw_rows(block(129, drone()), geoid_m=30.0)
    assert got.reports.hae_m[0] == pytest.approx(153.4)


def test_what_radars_and_systems_say_of_themselves_is_kept() -> None:
    # CAT 034 (part 2b): 010, 000, 030, 041, 050 COM, 120
    radar = fspec(1, 2, 3, 5, 6, 11) + bytes([25, 201, 1]) + tod(43_200.0) + (4 * 128).to_bytes(2, "big")
    radar += bytes([0x80, 0])
    radar += (500).to_bytes(2, "big") + round(45.0 / (180 / 2**23)).to_bytes(3, "big") + bytes(3)
    system = bytes([0b11010100, 25, 100, 1]) + tod(43_200.0) + bytes([0b01000000])
    ctx = context()
    parser = AsterixUdp(ctx)
    parser.datagram(block(34, radar) + block(65, system), NOON_S)
    got = parser.rows()
    assert (len(got.reports), got.rejects.total, got.counts) == (0, 0, {"CAT 034": 1, "CAT 065": 1})
    said = parser.services["25/201"]
    assert (said.rotation_s, said.hae_m, said.t_s, said.is_usable) == (4.0, 500.0, NOON_S, True)
    assert (said.lat_deg, said.lon_deg) == pytest.approx((45.0, 0.0), abs=2e-5)
    assert parser.services["25/100"].is_usable is True


def test_padding_of_the_frame_and_of_the_datagram_is_no_record() -> None:
    short = block(34, fspec(1, 2, 3) + bytes([25, 201, 1]) + tod(43_200.0))
    assert len(udp_frame(short)) > 14 + 28 + len(short)
    got, _ = rows_of([short, short + bytes(5)])
    assert (got.counts, got.rejects.counts, got.rejects.repairs) == ({"CAT 034": 2}, {}, {"padding": 1})


def test_several_blocks_in_a_packet_and_unknown_categories_between_them() -> None:
    payload = block(48, plot(), plot(43_200.5)) + block(8, b"whatever it is") + block(48, plot(43_200.75))
    got, _ = rows_of([payload])
    assert len(got.reports) == 3
    assert got.rejects.counts == {"category": 1}
    assert got.counts == {"CAT 048": 3, "CAT 008 blocks passed over": 1}


def test_damage_is_counted_by_what_it_is_and_the_next_packet_is_read() -> None:
    good = block(48, plot())
    slipped = block(48, plot() + b"\0")
    spare = block(62, bytes([0b11000000, 25, 100, 1, 2]))
    lies = bytes([48, 0, 200]) + good[3:]
    got, _ = rows_of([slipped, spare, lies, b"GET / HTTP/1.0", good + b"\x30\x00\x02", good + lies, good])
    assert len(got.reports) == 4
    assert got.rejects.counts == {
        "missing_item": 1, "spare_item": 1, "not_asterix": 2, "block_length": 1, "block_cut": 1
    }  # fmt: skip
    assert got.rejects.samples["spare_item"][0].startswith("CAT 062 c0")


def test_a_packet_that_the_capture_cut_keeps_its_whole_records() -> None:
    frame = udp_frame(block(48, plot(), plot(43_200.5)))
    data = pcap_of([Packet(0, NOON_S, 1, frame[:-4])])
    got = FORMATS["asterix-pcap"](data, context(sensor_rows={}))
    assert (len(got.reports), got.rejects.counts) == (1, {"block_cut": 1})


def test_the_time_of_day_is_next_to_the_time_of_capture() -> None:
    midnight = DAY_S + 86_400.0
    got, _ = rows_of([block(48, plot(86_399.5)), block(48, plot(0.25))], t_s=midnight + 0.2)
    assert got.reports.t_s.tolist() == [midnight - 0.5, midnight + 0.25]
    # one that waited in a queue keeps its time
    late, _ = rows_of([block(48, plot(43_200.0 - 290.0))])
    assert (late.reports.t_s[0], late.rejects.repairs) == (NOON_S - 290.0, {})
    # over 10 s ahead or 300 s behind: the clock of the radar or of the capture is wrong, and the capture's stands
    got, _ = rows_of([block(48, plot(43_211.0), plot(43_200.0 - 310.0))])
    assert (got.reports.t_s.tolist(), got.rejects.repairs["clock"]) == ([NOON_S, NOON_S], 2)


def test_a_file_of_blocks_crosses_midnight() -> None:
    data = block(48, plot(86_399.0), plot(86_399.75), plot(0.5)) + block(48, plot(1.0))
    got = FORMATS["asterix-raw"](data, context(sensor_rows={}, options={"date": "2024-10-04"}))
    start = DAY_S  # day 20000 of POSIX is 2024-10-04
    assert got.reports.t_s.tolist() == [start + 86_399.0, start + 86_399.75, start + 86_400.5, start + 86_401.0]


def test_a_stream_goes_on_after_rubbish() -> None:
    good = block(48, plot())
    got = raw_rows(good + bytes(7) + good + b"\x30\x00\x01\x02\x00\x00" + good)
    assert len(got.reports) == 3
    assert got.rejects.repairs["padding"] == 1
    assert got.rejects.counts == {"block_length": 1}


@pytest.mark.parametrize("junk", [b"HELLO!", b"\r\n# head\r\n", b"\xff\xff\xff", b"\xa5" * 4])
def test_stray_octets_in_a_stream_lose_no_block(junk: bytes) -> None:
    ten = b"".join(block(48, plot(43_200.0 + k)) for k in range(10))
    for data, n in ((junk + ten, 10), (ten + junk + ten, 20), (ten + junk, 10)):
        got = raw_rows(data)
        assert (len(got.reports), got.rejects.counts) == (n, {"block_length": 1})


@pytest.mark.parametrize("octet", [0x15, 0x30, 0x3E, 0x41, 0x81])
def test_octets_that_all_look_like_heads_take_no_time_of_their_square(octet: int) -> None:
    began = time.process_time()
    got = raw_rows(bytes([octet]) * 500_000 + b"".join(block(48, plot(43_200.0 + k)) for k in range(3_000)))
    assert time.process_time() - began < 10.0  # tried one by one and to their ends, these took minutes
    assert len(got.reports) > 2_000


def test_random_octets_give_no_report() -> None:
    assert len(raw_rows(random.Random(7).randbytes(500_000)).reports) == 0


@pytest.mark.parametrize("slip", [1, 3, 7, -2, -9, 20, 500, 40_000])
def test_a_wrong_length_loses_its_own_block_only(slip: int) -> None:
    good = [block(48, plot(43_200.0 + k / 8, rho=5_000 + 700 * k)) for k in range(60)]
    size = len(good[10])
    wrong = b"\x30" + (size + slip).to_bytes(2, "big") + good[10][3:]
    got = raw_rows(b"".join([*good[:10], wrong, *good[11:]]))
    assert (len(got.reports), got.rejects.total) == (59, 1)
    # and in a datagram
    got, _ = rows_of([good[0] + wrong + good[1]])
    assert (len(got.reports), got.rejects.total) == (2, 1)


def test_a_category_that_is_not_read_is_passed_over_only_where_a_head_follows() -> None:
    good, other = block(48, plot()), block(8, b"else where")
    got = raw_rows(good + other + other + block(1, b"more") + good + b"\x08\x00\x07" + good + other)
    assert len(got.reports) == 3
    assert got.counts["CAT 008 blocks passed over"] == 3 and got.counts["CAT 001 blocks passed over"] == 1
    assert got.rejects.counts == {"block_length": 1, "category": 4}


def test_options_that_cannot_be_are_refused() -> None:
    for options in ({"doppler": "up"}, {"date": "yesterday"}, {"edition": "1"}):
        with pytest.raises(BadInput):
            rows_of([block(48, plot())], **options)
    with pytest.raises(BadInput, match="plane"):
        rows_of([block(62, track())], plane="here")
    with pytest.raises(BadMessage, match="magic"):
        FORMATS["asterix-pcap"](b"this is no capture", context())


def test_only_datagrams_to_the_port_of_the_feed() -> None:
    frames = [Packet(0, NOON_S, 1, udp_frame(block(48, plot()), port)) for port in (8600, 9000)]
    got = FORMATS["asterix-pcap"](pcap_of(frames), context(sensor_rows={}, options={"port": 9000}))
    assert len(got.reports) == 1


def test_a_datagram_in_fragments_is_one_and_one_that_stays_open_is_counted() -> None:
    payload = block(48, *[plot(43_200.0 + k / 128) for k in range(100)])
    frames = fragments(payload, 1_480)
    ctx = context(sensor_rows={})
    got = FORMATS["asterix-pcap"](pcap_of([Packet(k, NOON_S + k, 1, f) for k, f in enumerate(frames)]), ctx)
    assert (len(got.reports), got.rejects.counts) == (100, {})
    got = FORMATS["asterix-pcap"](pcap_of([Packet(0, NOON_S, 1, frames[0])]), ctx)
    assert (len(got.reports), got.rejects.counts, got.rejects.rows.tolist()) == (0, {"fragment": 1}, [0])


good_blocks = st.sampled_from([
    block(48, plot(), plot(43_200.5, level=-3)), block(62, track()), block(21, adsb()), block(129, drone()),
    block(34, bytes([0b11000000, 25, 201, 1])), block(8, b"else"), bytes(4),
])  # fmt: skip
any_blocks = st.one_of(
    good_blocks,
    st.builds(block, st.sampled_from([*UAPS, 1, 255]), st.binary(min_size=2, max_size=40)),
    st.binary(max_size=30),
)


@given(st.lists(any_blocks, max_size=6))
@settings(max_examples=200, deadline=None)
def test_any_datagrams_give_rows_or_counts(payloads: list[bytes]) -> None:
    got, _ = rows_of([*payloads, block(62, track(43_200.0 + len(payloads)))])
    r = got.reports
    assert len(r) >= 1
    assert np.all(np.isfinite(r.t_s) & (r.t_s <= r.t_rx_s + 10.0))
    assert np.all(~(np.abs(r.lat_rad) > np.pi / 2) & ~(r.range_m < 0.0))


@given(st.lists(any_blocks, max_size=6), st.lists(st.integers(0, 400), max_size=8))
@settings(max_examples=150, deadline=None)
def test_however_the_bytes_are_cut_the_rows_are_the_same(pieces: list[bytes], cuts: list[int]) -> None:
    data = b"".join(pieces)
    whole_ctx, ctx = context(sensor_rows={}, start_s=NOON_S), context(sensor_rows={}, start_s=NOON_S)
    whole = FORMATS["asterix-raw"](data, whole_ctx)
    parser, at, parts = AsterixRaw(ctx), 0, []
    for cut in [*sorted(c % (len(data) + 1) for c in cuts), len(data)]:
        parser.receive(data[at:cut])
        parts.append(parser.rows())
        at = cut
    parser.finish()
    parts.append(parser.rows())
    assert parts[-1].counts == whole.counts
    assert parts[-1].rejects.counts == whole.rejects.counts
    assert parts[-1].rejects.repairs == whole.rejects.repairs

    def told(rows: list[FeedRows], names: Any) -> list[tuple[Any, ...]]:
        return sorted(
            (t, str(rng), str(lat), str(names.text(int(who))))
            for p in rows
            for t, rng, lat, who in zip(
                p.reports.t_s, p.reports.range_m, p.reports.lat_rad, p.reports.identity, strict=True
            )
        )

    assert told(parts, ctx.names) == told([whole], whole_ctx.names)


def test_byte_by_byte_the_capture_is_the_same() -> None:
    sent = [(NOON_S + k, block(48, plot(43_200.0 + k)) + block(62, track(43_200.0 + k))) for k in range(3)]
    data = pcap_of(packets(*sent))
    parser = AsterixPcap(context(sensor_rows={}))
    t = []
    for k in range(len(data)):
        parser.receive(data[k : k + 1])
        t += parser.rows().reports.t_s.tolist()
    parser.finish()
    whole = FORMATS["asterix-pcap"](data, context(sensor_rows={})).reports
    assert t + parser.rows().reports.t_s.tolist() == whole.t_s.tolist()


def test_the_croatian_radars(shared_data: Path) -> None:
    data = (shared_data / "asterix/cat_034_048.pcap").read_bytes()
    padded = [p for p in packets_of(data) if len(p.data) > 14 + int.from_bytes(p.data[16:18], "big")]
    assert len(padded) == 12
    ctx = context(sensor_rows={})
    parser = AsterixPcap(ctx)
    parser.receive(data)
    parser.finish()
    got = parser.rows()
    assert got.counts == {"CAT 034": 34, "CAT 048": 128}
    # two say themselves that nothing was detected where they are
    assert (len(got.reports), got.rejects.counts) == (126, {"no_detection": 2})
    # the first packet by hand: fdf7021 | 19c9 356d4d a0 c5aff1e0 0020 0528 3c660c ...
    r = got.reports
    assert r.t_s[0] == 1462406400 + 0x356D4D / 128
    assert (r.range_m[0], r.azimuth_rad[0]) == (0xC5AF * NM_M / 256, pytest.approx(0xF1E0 * math.tau / 65_536))
    assert r.baro_m[0] == pytest.approx(0x0528 * 25 * FT_M)
    assert ctx.names.text(int(r.identity[0])) == "3c660c"
    assert sum(s.n_messages for s in parser.services.values()) == 34
    assert {"25/201", "25/13"} <= parser.services.keys()
    assert np.nanmedian(r.t_rx_s - r.t_s) < 3.0


def test_the_croatian_tracks(shared_data: Path) -> None:
    ctx = context(sensor_rows={})
    got = FORMATS["asterix-pcap"]((shared_data / "asterix/cat_062_065.pcap").read_bytes(), ctx)
    assert (got.counts, got.rejects.total) == ({"CAT 062": 2, "CAT 065": 1}, 0)
    # by hand: I062/105 is 007518fc 002caed9, I062/185 is 0393 ff43
    r = got.reports
    assert np.degrees(r.lat_rad[0]) == pytest.approx(0x007518FC * 180 / 2**25)
    assert np.degrees(r.lon_rad[0]) == pytest.approx(0x002CAED9 * 180 / 2**25)
    assert (r.ve_mps[0], r.vn_mps[0]) == (0x0393 / 4, (0xFF43 - 0x10000) / 4)
    assert ctx.names.text(int(r.identity[0])) == "4ca7a8"


def test_the_other_samples(shared_data: Path) -> None:
    ctx = context(sensor_rows={})
    got = FORMATS["asterix-raw"]((shared_data / "asterix/cat062cat065.raw").read_bytes(), ctx)
    assert (got.counts, got.rejects.total) == ({"CAT 062": 2, "CAT 065": 1}, 0)
    assert got.reports.t_s.tolist() == [0x3C5FD5 / 128, 0x3C5FEA / 128]
    got = FORMATS["asterix-raw"]((shared_data / "asterix/cat21_re.ast").read_bytes(), ctx)
    assert (got.counts, got.rejects.total) == ({"CAT 021": 2}, 0)
    assert np.degrees(got.reports.lat_rad) == pytest.approx([0x2BB73E * 180 / 2**23, 0x2BB73A * 180 / 2**23])
    assert got.reports.signal_db.tolist() == [-53.0, -83.0]
