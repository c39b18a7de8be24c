"""Beast, AVR and SBS-1: known messages by hand, damage counted, however the bytes are cut; the real sample."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from feedkit import context
from hypothesis import given, settings
from hypothesis import strategies as st

from flightward.errors import BadInput
from flightward.feeds.formats import FORMATS
from flightward.feeds.modes import Avr, Beast, Sbs
from flightward.feeds.modes.messages import ALTITUDE_M, MOVEMENT_MPS
from flightward.feeds.rows import FeedContext, FeedRows
from flightward.kernels.modes_frames import remainders
from flightward.model import NONE, Kind

# J. Sun, The 1090 Megahertz Riddle, 2nd ed.: 5.2 position, 5.3 surface, 5.1 identification, 5.4 velocity
EVEN, ODD = "8d40621d58c382d690c8ac2863a7", "8d40621d58c386435cc412692ad6"
GROUND_ODD, GROUND_EVEN = "8c4841753a9a153237aef0f275be", "8c4841753aab238733c8cd4020b1"
GROUND_SPEED, AIR_SPEED = "8d485020994409940838175b284f", "8da05f219b06b6af189400cbc33f"
KT, FT, FPM = 1852 / 3600, 0.3048, 0.3048 / 60


def beast(*sent: tuple[float, str], kind: str = "3", strength: int = 255) -> bytes:
    """Beast frames of messages (seconds of the counter, hexadecimal)."""
    out = b""
    for t_s, message in sent:
        ticks = t_s if isinstance(t_s, int) and t_s > 1 << 40 else round(t_s * 12e6)
        body = int(ticks).to_bytes(6, "big") + bytes([strength]) + bytes.fromhex(message)
        out += b"\x1a" + kind.encode() + body.replace(b"\x1a", b"\x1a\x1a")
    return out


def squitter(address: str, me: int, *, first: int = 0x8D) -> str:
    """A message with a right parity."""
    octets = np.frombuffer(bytes([first]) + bytes.fromhex(address) + me.to_bytes(7, "big") + bytes(3), np.uint8)
    out = np.empty(1, dtype=np.int64)
    remainders(octets.reshape(1, 14).copy(), np.array([14]), out)
    return (octets[:11].tobytes() + int(out[0]).to_bytes(3, "big")).hex()


def rows_of(data: bytes, kind: str = "beast", **changes: Any) -> tuple[FeedRows, FeedContext]:
    ctx = context(**{"sensor_rows": {}, "start_s": 1000.0, **changes})
    return FORMATS[kind](data, ctx), ctx


def test_a_pair_of_positions() -> None:
    got, ctx = rows_of(beast((5.0, ODD), (5.5, EVEN), strength=51))
    r = got.reports
    assert (len(r), got.counts, got.rejects.counts) == (1, {"DF 17": 2}, {"cpr_alone": 1})
    assert np.degrees([r.lat_rad[0], r.lon_rad[0]]) == pytest.approx([52.25720, 3.91937], abs=1e-5)
    assert r.baro_m[0] == pytest.approx(38_000 * FT)
    assert np.isnan(r.hae_m[0])
    assert (r.t_s[0], r.t_rx_s[0]) == (1000.5, 1000.5)
    assert ctx.names.text(int(r.identity[0])) == "40621d"
    assert (r.kind[0], r.is_velocity_only[0]) == (NONE, 0)
    assert (r.nic[0], r.nac_p[0]) == (8.0, 8.0)  # code 11 of an aircraft that has not said its version: NUCp 7
    assert r.signal_db[0] == pytest.approx(20 * math.log10(0.2))


def test_positions_on_the_surface_near_a_reference() -> None:
    sent = beast((1.0, GROUND_ODD), (1.5, GROUND_EVEN))
    got, _ = rows_of(sent, options={"reference": [51.990, 4.375]})
    r = got.reports
    # the first has no partner: it only says that it moves
    assert r.is_velocity_only.tolist() == [1, 0]
    assert np.degrees([r.lat_rad[1], r.lon_rad[1]]) == pytest.approx([52.32304, 4.73047], abs=1e-5)
    assert np.isnan([r.baro_m[1], r.hae_m[1]]).all()
    assert math.hypot(r.ve_mps[1], r.vn_mps[1]) == pytest.approx(18 * KT)
    assert math.degrees(math.atan2(r.ve_mps[1], r.vn_mps[1])) == pytest.approx(140.625)
    assert rows_of(sent)[0].rejects.counts == {"cpr_no_reference": 2}


def test_velocity_over_ground() -> None:
    got, ctx = rows_of(beast((1.0, GROUND_SPEED)))
    r = got.reports
    assert (len(r), r.is_velocity_only[0]) == (1, 1)
    assert math.hypot(r.ve_mps[0], r.vn_mps[0]) == pytest.approx(159.20 * KT, abs=0.01)
    assert math.degrees(math.atan2(r.ve_mps[0], r.vn_mps[0])) % 360.0 == pytest.approx(182.88, abs=0.01)
    assert r.vu_mps[0] == pytest.approx(-832 * FPM)
    assert ctx.names.text(int(r.identity[0])) == "485020"
    # an airspeed is no velocity
    assert len(rows_of(beast((1.0, AIR_SPEED)))[0].reports) == 0
    # but its climb goes with the positions
    climbing = squitter("40621d", int(AIR_SPEED[8:22], 16))
    r = rows_of(beast((4.9, climbing), (5.0, ODD), (5.5, EVEN)))[0].reports
    assert np.isnan(r.ve_mps[0]) and r.vu_mps[0] == pytest.approx(-2_304 * FPM)


def test_supersonic_velocity_and_the_speeds_of_the_surface() -> None:
    # 2.2.3.2.6.1: subtype 2 in steps of 4 kt; 101 kt west, 0 north
    me = 19 << 51 | 2 << 48 | 1 << 42 | 201 << 32 | 1 << 21
    r = rows_of(beast((1.0, squitter("abcdef", me))))[0].reports
    assert (r.ve_mps[0], r.vn_mps[0]) == (pytest.approx(-800 * KT), 0.0)
    assert np.isnan(r.vu_mps[0])
    # table 2-17
    assert [round(MOVEMENT_MPS[k] / KT, 3) for k in (1, 2, 9, 13, 39, 94, 109, 123, 124)] == [
        0.0, 0.125, 1.0, 2.0, 15.0, 70.0, 100.0, 170.0, 175.0
    ]  # fmt: skip
    assert np.isnan(MOVEMENT_MPS[[0, 125]]).all()


def test_altitudes() -> None:
    # Annex 10 vol. IV, 3.1.2.6.5.4 and appendix to chapter 3: Q = 1 in 25 ft; Q = 0 as Mode C
    assert ALTITUDE_M[0xC38] == pytest.approx(38_000 * FT)
    names = ["C1", "A1", "C2", "A2", "C4", "A4", "B1", "Q", "B2", "D2", "B4", "D4"]
    bits = {name: 1 << (11 - k) for k, name in enumerate(names)}
    for feet, pulses in ((-1_200, "C4"), (-1_000, "C2"), (0, "B2 B4 C2"), (1_000, "B1 B2 C2")):
        assert ALTITUDE_M[sum(bits[p] for p in pulses.split())] == pytest.approx(feet * FT)
    known = ALTITUDE_M[np.isfinite(ALTITUDE_M)] / FT
    by_100 = sorted({round(f) for k, f in enumerate(ALTITUDE_M / FT) if math.isfinite(f) and not k & 0x10})
    # Mode C names every hundred feet from -1200 to 126700 once
    assert by_100 == list(range(-1_200, 126_800, 100))
    assert known.min() == -1_200.0
    assert np.isnan(ALTITUDE_M[0])


def test_what_sort_of_aircraft_it_is() -> None:
    sent = [(0.1, squitter("40621d", code << 51 | category << 48)) for code, category in ((4, 7),)]
    r = rows_of(beast(*sent, (5.0, ODD), (5.5, EVEN)))[0].reports
    assert (r.kind[0], r.p_kind[0]) == (Kind.HELICOPTER, 0.95)
    r = rows_of(beast((0.1, squitter("40621d", 3 << 51 | 6 << 48)), (5.0, ODD), (5.5, EVEN)))[0].reports
    assert r.kind[0] == Kind.DRONE


def test_geometric_height_by_position_and_by_difference() -> None:
    me_even, me_odd = (int(m[8:22], 16) for m in (EVEN, ODD))
    as_20 = [squitter("40621d", me & ~(31 << 51) | 20 << 51) for me in (me_odd, me_even)]
    r = rows_of(beast((5.0, as_20[0]), (5.5, as_20[1])))[0].reports
    assert (r.hae_m[0], r.nic[0]) == (pytest.approx(38_000 * FT), 11.0)
    assert np.isnan(r.baro_m[0])
    above = squitter("40621d", 19 << 51 | 1 << 48 | 11)  # +250 ft
    r = rows_of(beast((4.0, above), (5.0, ODD), (5.5, EVEN)))[0].reports
    assert (r.hae_m[0], r.baro_m[0]) == (pytest.approx(38_250 * FT), pytest.approx(38_000 * FT))


def test_who_speaks() -> None:
    me = int(GROUND_SPEED[8:22], 16)
    firsts = {"DF 18, CF 0": 0x90, "CF 1": 0x91, "CF 2": 0x92, "CF 5": 0x95, "CF 6": 0x96}
    sent = [(k + 1.0, squitter(f"0000{k:02x}", me, first=f)) for k, f in enumerate(firsts.values())]
    got, ctx = rows_of(beast(*sent))
    assert [ctx.names.text(int(k)) for k in got.reports.identity] == ["000000", "~000001", "000004"]
    assert got.rejects.counts == {"tisb": 2}


def test_a_rebroadcast_position_has_no_supplement_b() -> None:
    # DF 18, CF 6: bit 8 is IMF; code 11 with NIC supplements A and B would be NIC 9
    status = 31 << 51 | 2 << 13 | 1 << 12
    for first, nic, who in ((0x8D, 9.0, "40621d"), (0x96, 8.0, "~40621d")):
        sent = [status | 1, *(int(m[8:22], 16) | 1 << 48 for m in (ODD, EVEN))]
        got, ctx = rows_of(beast(*[(5.0 + k, squitter("40621d", me, first=first)) for k, me in enumerate(sent)]))
        assert (got.reports.nic[0], ctx.names.text(int(got.reports.identity[0]))) == (nic, who)


def test_a_heading_on_the_surface_is_no_course() -> None:
    heads = squitter("484175", 31 << 51 | 1 << 48 | 2 << 13 | 1 << 3)
    still = squitter("484175", int(GROUND_EVEN[8:22], 16) & ~(0x7F << 44) | 1 << 44)
    got, _ = rows_of(
        beast((0.5, heads), (1.0, GROUND_ODD), (1.5, GROUND_EVEN), (2.0, still)), options={"reference": [51.990, 4.375]}
    )
    r = got.reports
    assert r.is_velocity_only.tolist() == [0, 0]
    assert np.isnan(r.ve_mps[0]) and (r.ve_mps[1], r.vn_mps[1]) == (0.0, 0.0)


def test_damage_is_counted_and_the_next_message_is_read() -> None:
    wrong = ODD[:-1] + "7"
    data = b"rubbish" + beast((4.0, wrong), (5.0, ODD)) + beast((5.1, ODD))[:12] + beast((5.5, EVEN))
    data += beast((5.6, "20000ca8f70aa7"), kind="2") + beast((5.7, "1234"), kind="1")
    data += beast((5.8, "00" * 14), kind="4")
    got, _ = rows_of(data + b"\x1a3\0")
    assert len(got.reports) == 1
    assert got.rejects.counts == {"frame": 2, "parity": 1, "cpr_alone": 1, "cut": 1}
    assert got.counts == {"DF 17": 3, "DF 4": 1, "Mode A/C": 1, "status": 1}


def test_positions_that_others_worked_out_are_kept_aside() -> None:
    got, _ = rows_of(beast((0xFF004D4C4154, GROUND_SPEED)))
    assert (len(got.reports), got.rejects.counts) == (0, {"mlat": 1})


def test_a_counter_that_jumps_or_wraps_goes_on() -> None:
    top = (1 << 48) / 12e6
    got, _ = rows_of(beast((top - 1.0, GROUND_SPEED)) + beast((0.25, GROUND_SPEED), (0.1, GROUND_SPEED)))
    assert got.reports.t_s.tolist() == pytest.approx([1000.0, 1001.25], abs=1e-6)
    assert got.rejects.repairs == {}
    got, _ = rows_of(beast((9_000.0, GROUND_SPEED), (5.0, GROUND_SPEED), (6.5, GROUND_SPEED)))
    assert got.rejects.repairs == {"clock_jump": 1}
    assert got.reports.t_s.tolist() == pytest.approx([1000.0, 1001.5])


def test_times_that_are_none_and_other_receivers_leave_the_time_alone() -> None:
    sent: list[tuple[float, str]] = [(5.0, GROUND_SPEED), (6.5, GROUND_SPEED), (8.0, GROUND_SPEED)]
    said = [1000.0, 1001.5, 1003.0]
    # none; UAT; not to be passed on
    for none in (0, 0xFF004D4C4155, 0xFF004D4C4160):
        sent[1:1] = [(none, GROUND_SPEED)]
        got, _ = rows_of(beast(*sent))
        assert got.reports.t_s.tolist() == pytest.approx(said)
    assert got.rejects.repairs == {"no_time": 3}
    sent = [(t + ahead, GROUND_SPEED) for t in (5.0, 6.5, 8.0) for ahead in (0.0, 1_800.0)]
    got, _ = rows_of(beast(*sent))
    assert got.reports.t_s.tolist() == pytest.approx(said)
    assert got.rejects.repairs == {"clock_jump": 1}
    # before any time is given there is none
    assert rows_of(beast((0, GROUND_SPEED)))[0].rejects.counts == {"time": 1}


def test_a_clock_by_satellites_gives_the_time_of_day() -> None:
    stamp = 43_200 << 30 | 500_000_000
    sent = [(0, GROUND_SPEED), (stamp, GROUND_SPEED), (0, EVEN), (stamp + (2 << 30), GROUND_SPEED)]
    got, _ = rows_of(beast(*sent), start_s=86_400.0 * 20_000 + 40_000.0, options={"clock": "gps"})
    assert got.reports.t_s.tolist() == [86_400.0 * 20_000 + 43_200.5, 86_400.0 * 20_000 + 43_202.5]
    assert (got.rejects.counts, got.rejects.repairs) == ({"time": 1, "cpr_alone": 1}, {"no_time": 1})


def test_live_messages_have_the_time_of_reading() -> None:
    parser = Beast(context(sensor_rows={}))
    parser.receive(beast((5.0, ODD)), 2_000.0)
    parser.receive(beast((5.5, EVEN)), 2_000.5)
    assert parser.rows().reports.t_s.tolist() == [2_000.5]


def test_the_receivers_place_and_range_help() -> None:
    # with a receiver 3,000 km away the first pair must be confirmed
    got, _ = rows_of(beast((5.0, ODD), (5.5, EVEN)), options={"reference": [30.0, 30.0]})
    assert got.rejects.counts == {"cpr_alone": 1, "cpr_held": 1}


def test_avr_lines() -> None:
    stamps = [f"@{round(t * 12e6):012x}{m};" for t, m in ((5.0, ODD), (5.5, EVEN))]
    got, _ = rows_of("\r\n".join(stamps).encode(), "avr")
    assert len(got.reports) == 1 and got.reports.t_s[0] == 1000.5
    strong = [f"<{round(t * 12e6):012x}33{m.upper()};\n" for t, m in ((5.0, ODD), (5.5, EVEN))]
    got, _ = rows_of("".join(strong).encode(), "avr")
    assert got.reports.signal_db[0] == pytest.approx(20 * math.log10(0.2))
    # lines without a time have none in a file; live they have that of reading
    plain = f"*{ODD};*{EVEN};*12;what;*20000ca8f70aa7;*7700;".encode()
    got, _ = rows_of(plain + b"*8d", "avr")
    assert got.rejects.counts == {"time": 2, "line": 2, "cut": 1}
    assert got.counts == {"DF 17": 2, "DF 4": 1, "Mode A/C": 1}
    parser = Avr(context(sensor_rows={}))
    parser.receive(plain, 2_000.0)
    assert parser.rows().reports.t_s.tolist() == [2_000.0]


def test_avr_lines_that_end_with_the_line() -> None:
    """A torn line or a header costs itself only, and no ";" is needed."""
    heads = {"@": "", "%": "", "<": "33"}
    for head, strength in heads.items():
        lines = [f"{head}{round(t * 12e6):012x}{strength}{m}" for t, m in ((5.0, ODD), (5.5, EVEN))]
        for text in ("\n".join(lines), "\r\n".join(lines) + "\r\n", f"# a header\n{lines[0]}\n*8d4062\n{lines[1]};"):
            got, _ = rows_of(text.encode(), "avr")
            assert got.reports.t_s.tolist() == [1000.5]
            assert got.rejects.counts.get("line", 0) == 2 * text.startswith("#")
    assert rows_of(f":{ODD};\n\n".encode(), "avr")[0].rejects.counts == {"time": 1}
    endless = b"@" * 300 + f"\n@{60_000_000:012x}{ODD};".encode()
    assert rows_of(endless, "avr")[0].rejects.counts == {"line": 1, "cpr_alone": 1}


def sbs(kind: int, clock: str, rest: str) -> str:
    return f"MSG,{kind},1,1,4CA2D6,1,2024/10/04,{clock},2024/10/04,{clock},{rest}\r\n"


def test_sbs_lines() -> None:
    text = sbs(4, "12:00:00.000", ",,420.0,90.0,,,-64,,0,0,0,0") + sbs(
        3, "12:00:00.500", ",37000,,,51.45735,-1.02826,,,0,0,0,0"
    )
    text += sbs(3, "12:00:05.000", ",37000H,,,51.45735,-1.02826,,,0,0,0,0")
    text += sbs(1, "12:00:06.000", "RYR1427,,,,,,,,,,,")
    got, ctx = rows_of(text.encode(), "sbs", options={"utc_offset_s": 3_600})
    r = got.reports
    noon = 86_400.0 * 20_000 + 43_200.0 - 3_600.0
    assert r.t_s.tolist() == [noon, noon + 0.5, noon + 5.0]
    assert r.is_velocity_only.tolist() == [1, 0, 0]
    assert (r.ve_mps[1], r.vu_mps[1]) == (pytest.approx(420 * KT), pytest.approx(-64 * FPM))
    assert np.isnan(r.ve_mps[2])
    assert (r.baro_m[1], r.hae_m[2]) == (pytest.approx(37_000 * FT), pytest.approx(37_000 * FT))
    assert np.degrees([r.lat_rad[1], r.lon_rad[1]]) == pytest.approx([51.45735, -1.02826])
    assert {ctx.names.text(int(k)) for k in r.identity} == {"4ca2d6"}
    assert got.counts == {"MSG 4": 1, "MSG 3": 2, "MSG 1": 1}


def test_sbs_climb_without_a_speed_and_speed_without_a_track() -> None:
    def said(velocity: str) -> FeedRows:
        position = sbs(3, "12:00:00.500", ",37000,,,51.45735,-1.02826,,,0,0,0,0")
        return rows_of((sbs(4, "12:00:00.000", velocity) + position).encode(), "sbs")[0]

    r = said(",,,,,,-64,,0,0,0,0").reports
    assert len(r) == 1 and np.isnan(r.ve_mps[0]) and r.vu_mps[0] == pytest.approx(-64 * FPM)
    r = said(",,0,,,,,,0,0,0,0").reports
    assert (r.ve_mps.tolist(), r.vn_mps.tolist()) == ([0.0, 0.0], [0.0, 0.0])
    assert np.isnan(said(",,5,,,,,,0,0,0,0").reports.ve_mps).all()


def test_sbs_dirt_is_counted() -> None:
    good = sbs(3, "12:00:00.5", ",37000,,,51.4,-1.0,,,0,0,0,0")
    bad = [
        good.replace("MSG", "MLAT"), good.replace("4CA2D6", "4CA2"), good.replace("12:00:00.5", "noon"),
        good.replace("37000", "high"), good.replace("51.4", ""), good.replace("51.4", "95"), "GET / HTTP/1.0\r\n",
        "SEL,,1,1,4CA2D6,1,,,,,RYR1427\r\n", "\r\n",
    ]  # fmt: skip
    got, _ = rows_of("".join([*bad, good]).encode(), "sbs")
    assert len(got.reports) == 1
    assert got.rejects.counts == {
        "mlat": 1, "identity": 1, "time": 1, "not_a_number": 1, "half_position": 1, "latitude": 1, "line": 1
    }  # fmt: skip
    assert got.counts["SEL"] == 1


@pytest.mark.parametrize("date", ["9" * 30 + "/10/04", "2024/" + "9" * 30 + "/04", "-1/1/1", "2024/10/04/1", "0/0/0"])
@pytest.mark.parametrize("clock", ["12:00:00.5", "9" * 400 + ":00:00"])
def test_sbs_dates_that_no_calendar_holds_are_no_time(date: str, clock: str) -> None:
    """Fuzzing found it: a year of thirty digits was more than a date can be told, and an error."""
    good = sbs(3, "12:00:00.5", ",37000,,,51.4,-1.0,,,0,0,0,0")
    got, _ = rows_of((good.replace("2024/10/04", date).replace("12:00:00.5", clock) + good).encode(), "sbs")
    assert len(got.reports) == 1 and got.rejects.counts == {"time": 1}


def test_options_that_cannot_be_are_refused() -> None:
    for options in ({"clock": "sun"}, {"begins_s": "now"}, {"reference": 5}):
        with pytest.raises(BadInput):
            Beast(context(options=options))
    with pytest.raises(BadInput):
        Sbs(context(options={"utc_offset_s": "CET"}))


def told(rows: list[FeedRows], ctx: FeedContext) -> list[tuple[Any, ...]]:
    return sorted(
        (t, str(lat), str(ve), str(ctx.names.text(int(who))))
        for p in rows
        for t, lat, ve, who in zip(p.reports.t_s, p.reports.lat_rad, p.reports.ve_mps, p.reports.identity, strict=True)
    )


PARSERS = {"beast": Beast, "avr": Avr, "sbs": Sbs}
GOOD = {
    "beast": [beast((5.0, ODD)), beast((5.5, EVEN)), beast((6.0, GROUND_SPEED)), beast((6.0, "1234"), kind="1"),
              beast((900.0, GROUND_SPEED)), beast((901.0, GROUND_SPEED)), beast((0, ODD)), b"\x1a\xe3" + bytes(8),
              b"\x1a"],
    "avr": [f"@{60_000_000:012x}{ODD};".encode(), f"%{66_000_000:012x}{EVEN}\n".encode(), b"*1234;", b"*", b";",
            f":{ODD}".encode(), b" " * 250, b"\n"],
    "sbs": [sbs(3, "12:00:00.5", ",37000,,,51.4,-1.0,,,0,0,0,0").encode(),
            sbs(4, "12:00:01", ",,420,90,,,-64,,0,0,0,0").encode(), b"MSG,3,\n", b","],
}  # fmt: skip


@given(st.data(), st.sampled_from(list(PARSERS)), st.lists(st.integers(0, 400), max_size=8))
@settings(max_examples=300, deadline=None)
def test_any_bytes_give_rows_or_counts_and_the_same_however_they_are_cut(
    data: st.DataObject, kind: str, cuts: list[int]
) -> None:
    pieces = data.draw(st.lists(st.one_of(st.sampled_from(GOOD[kind]), st.binary(max_size=30)), max_size=8))
    raw = b"".join(pieces)
    whole, whole_ctx = rows_of(raw, kind)
    ctx = context(sensor_rows={}, start_s=1000.0)
    parser, at, parts = PARSERS[kind](ctx), 0, []
    for cut in [*sorted(c % (len(raw) + 1) for c in cuts), len(raw)]:
        parser.receive(raw[at:cut])
        parts.append(parser.rows())
        at = cut
    parser.finish()
    parts.append(parser.rows())
    assert told(parts, ctx) == told([whole], whole_ctx)
    assert parts[-1].rejects.counts == whole.rejects.counts
    assert parts[-1].rejects.repairs == whole.rejects.repairs
    assert parts[-1].counts == whole.counts
    assert np.all(np.isfinite(whole.reports.t_s))


any_squitter = st.tuples(st.floats(0.0, 20.0), st.integers(0, 2**56 - 1), st.sampled_from([0x8D, 0x90, 0x96]))


@given(st.lists(any_squitter, max_size=20))
@settings(max_examples=200, deadline=None)
def test_any_squitters_give_rows_that_can_be(said: list[tuple[float, int, int]]) -> None:
    sent = [(t, squitter("abcdef", me, first=first)) for t, me, first in sorted(said)]
    r = rows_of(beast(*sent))[0].reports
    assert np.all(np.abs(r.lat_rad[np.isfinite(r.lat_rad)]) <= math.pi / 2)
    assert np.all(~(r.nic > 11.0) & ~(r.nac_p > 15.0) & ~(r.sil > 3.0))


def test_the_real_sample(shared_data: Path) -> None:
    ctx = context(sensor_rows={})
    got = FORMATS["beast"]((shared_data / "flights/sample_dump1090.bin").read_bytes(), ctx)
    assert sum(got.counts.values()) == 239
    assert got.counts["DF 17"] == 23
    assert got.rejects.counts == {"cpr_alone": 1}
    r = got.reports
    positions = r.is_velocity_only == 0
    assert (int(positions.sum()), {ctx.names.text(int(k)) for k in r.identity}) == (3, {"48520a"})
    assert np.degrees(r.lat_rad[positions]) == pytest.approx([43.64421, 43.64603, 43.65665], abs=1e-5)
    # by hand: 8d48520a 99 0c2c3158040b: 43 kt west, 393 kt north
    assert r.ve_mps[0] == pytest.approx(-43 * KT) and r.vn_mps[0] == pytest.approx(393 * KT)
    assert (r.nac_p[positions] == 9.0).all() and (r.sil[positions] == 3.0).all()
    # flown as it says: 202 m/s north
    north_m = np.diff(r.lat_rad[positions]) * 6_371_000.0
    assert north_m / np.diff(r.t_s[positions]) == pytest.approx([202.0, 202.0], abs=3.0)
