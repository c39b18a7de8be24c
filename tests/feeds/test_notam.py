"""NOTAM: items, Q-line, shapes of item E, limits, validity, exemptions, what ends what; nothing is dropped silently."""

from __future__ import annotations

import gzip
import math
import time
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest
from areakit import NMI_M, frame_at, from_place, holds
from hypothesis import given, settings
from hypothesis import strategies as st

from flightward.errors import BadMessage
from flightward.feeds.declared import Declared, DeclaredZone, ZoneContext
from flightward.feeds.declared.shapes import BadShape, reach_of
from flightward.feeds.notam import notam_pib, notam_text
from flightward.feeds.notam.geometry import shapes
from flightward.feeds.notam.messages import split
from flightward.feeds.notam.positions import positions
from flightward.feeds.notam.qline import q_line
from flightward.model import Category, ZoneKind


def utc_s(*parts: int) -> float:
    return datetime(*parts, tzinfo=UTC).timestamp()  # type: ignore[misc, arg-type]


def notam(
    e: str,
    q: str = "UKBV/QRTCA/IV/BO/W/000/660/5030N03030E025",
    *,
    number: str = "A0123/25 NOTAMN",
    b: str = "2501010600",
    c: str = "2501312000",
    d: str = "",
    tail: str = "F) SFC G) FL660",
) -> str:
    """A message in the form of PANS-AIM (Doc 10066), appendix 3."""
    schedule = f"D) {d}\n" if d else ""
    until = f" C) {c}" if c else ""
    return f"({number}\nQ) {q}\nA) UKBV B) {b}{until}\n{schedule}E) {e}\n{tail})\n"


def read(text: str, ctx: ZoneContext | None = None) -> Declared:
    return notam_text(text.encode(), ctx or ZoneContext())


def one(text: str, ctx: ZoneContext | None = None) -> DeclaredZone:
    out = read(text, ctx)
    assert len(out.zones) == 1, (out.unreadable, out.rejects.counts, out.rejects.repairs)
    return out.zones[0]


def test_the_items_of_a_message_are_cut_in_their_order() -> None:
    (m,), others = split(notam("TEMPO RESTRICTED AREA.\nA) THIS IS TEXT B) TOO", d="DAILY 0600-2000"))
    assert others == [] and (m.number, m.kind, m.refers_to) == ("A0123/25", "N", "")
    assert (m.a, m.b, m.c, m.d) == ("UKBV", "2501010600", "2501312000", "DAILY 0600-2000")
    assert (m.e, m.f, m.g) == ("TEMPO RESTRICTED AREA.\nA) THIS IS TEXT B) TOO", "SFC", "FL660")


def test_the_q_line_by_its_fields() -> None:
    # PANS-AIM appendix 3, item Q: FIR / code / traffic / purpose / scope / lower / upper / centre and radius.
    q = q_line("UKBV/QRTCA/IV/BO/W/000/660/5030S03015W025")
    assert q is not None
    assert (q.fir, q.subject, q.condition, q.traffic, q.scope) == ("UKBV", "RT", "CA", "IV", "W")
    assert (q.lower_fl, q.upper_fl) == (0.0, 660.0)
    assert (q.lat_deg, q.lon_deg, q.radius_m) == (-50.5, -30.25, 25 * NMI_M)
    assert q_line("rubbish") is None
    bad = q_line("UKBV/QRTCA/IV/BO/W/000/660/5060N03015W025")
    assert bad is not None and not bad.has_circle, "60 minutes are no minutes"


@pytest.mark.parametrize(
    ("text", "lat", "lon"),
    [
        ("553000N 0373000E", 55.5, 37.5),
        ("5530N03730E", 55.5, 37.5),
        ("553000.36S0373000.36W", -55.5001, -37.5001),
        ("N553000 E0373000", 55.5, 37.5),
        ("55°30'00\"N 37°30'00\"E", 55.5, 37.5),
        ("5530.60N 03730.60E", 55.51, 37.51),
        ("55.5N 37.5E", 55.5, 37.5),
        ("553000N/0373000E", 55.5, 37.5),
        ("55 30 00N 037 30 00E", 55.5, 37.5),
    ],
)
def test_positions_in_all_their_forms(text: str, lat: float, lon: float) -> None:
    found, is_all = positions(f"WI 5NM OF {text} (TOWN)")
    assert is_all and len(found) == 1 and found[0].is_good
    assert (found[0].lat_deg, found[0].lon_deg) == (pytest.approx(lat, abs=1e-9), pytest.approx(lon, abs=1e-9))


@pytest.mark.parametrize(
    ("text", "radius_m"),
    [
        ("UAS OPR WI 0.5NM RADIUS OF 503000N 0303000E (TOWN).", 926.0),
        ("WITHIN 500M RADIUS OF 503000N 0303000E", 500.0),
        ("WI 100M RAD OF 503000N 0303000E MAX HGT 400FT AGL", 100.0),
        ("CIRCLE RADIUS 2.5KM CENTRE 503000N 0303000E", 2500.0),
        ("CIRCLE WITH RADIUS OF 2,5 KM CENTERED ON 503000N0303000E", 2500.0),
        ("CENTRED ON 503000N 0303000E RADIUS 5NM", 9260.0),
        ("FIRING FM SFC UP TO 3000M AMSL WI 2KM RADIUS OF 503000N 0303000E", 2000.0),
        ("PSN 503000N 0303000E SOMEWHERE DOWN WI 5NM RADIUS", 9260.0),
        ("WI 10,000M RADIUS OF 503000N 0303000E", 10_000.0),
        ("CIRCLE WITH RADIUS 2.5KM AND CENTRE 503000N 0303000E", 2500.0),
        ("WI 3NM OF 503000N 0303000E", 5556.0),
        ("CIRCLE 3NM/5.5KM CENTRE 503000N 0303000E", 5556.0),
        ("WITHIN A RADIUS OF 3 NM FROM PSN 503000N 0303000E", 5556.0),
    ],
)
def test_circles_of_item_e(text: str, radius_m: float) -> None:
    rings, notes = shapes(text)
    assert len(rings) == 1 and notes == set()
    assert radius_m <= reach_of(rings, 50.5, 30.5) <= radius_m * 1.002
    rim = [from_place(50.5, 30.5, b, radius_m * 0.9999) for b in range(0, 360, 7)]
    assert holds(rings, rim, frame_at(50.0, 30.0))


SQUARE = "503000N 0303000E - 503000N 0304000E - 504000N 0304000E - 504000N 0303000E"


@pytest.mark.parametrize(
    "text",
    [
        f"WI AREA BOUNDED BY STRAIGHT LINES JOINING {SQUARE} - 503000N 0303000E (TOWN). FOR INFO 01234 567890.",
        f"AREA: {SQUARE.replace(' - ', ', ')}",
        f"WI LATERAL LIMITS {SQUARE.replace(' - ', ' TO ')}",
        f"AREA WI COORD {SQUARE.replace(' - ', '-').replace('N ', 'N')}",
        "AREA 1. 5030N03030E 2. 5030N03040E 3. 5040N03040E 4. 5040N03030E",
        f"AREA {SQUARE.replace('504000N 0303000E', '50 40 00N 030 30 00E')}",
    ],
)
def test_polygons_of_item_e(text: str) -> None:
    rings, notes = shapes(text)
    assert notes == set()
    frame = frame_at(50.5, 30.5)
    assert holds(rings, [(50.5001, 30.5001), (50.6666, 30.6666), (50.58, 30.58)], frame)
    assert not holds(rings, [(50.499, 30.58)], frame) and not holds(rings, [(50.58, 30.67)], frame)


def test_two_areas_in_one_text() -> None:
    rings, _ = shapes(f"AREA A: {SQUARE} - 503000N 0303000E. AREA B: CIRCLE RADIUS 1NM CENTRE 510000N 0310000E")
    assert len(rings) == 2 and holds(rings, [(50.58, 30.58), (51.01, 31.0)], frame_at(50.5, 30.5))


@pytest.mark.parametrize(
    "text",
    [
        "1) PSN 503000N 0303000E RADIUS 1KM 2) PSN 510000N 0310000E RADIUS 20KM",
        "503000N 0303000E - RADIUS 1KM; 510000N 0310000E - RADIUS 20KM",
        "CIRCLES RADIUS 1KM CENTRE 503000N 0303000E, RADIUS 20KM CENTRE 510000N 0310000E",
    ],
)
def test_each_place_of_a_list_has_its_own_radius(text: str) -> None:
    (first, second), notes = shapes(text)
    assert notes == set()
    assert reach_of([first], 50.5, 30.5) == pytest.approx(1_000.0, rel=2e-3)
    assert reach_of([second], 51.0, 31.0) == pytest.approx(20_000.0, rel=2e-3)


LINE = "503000N 0303000E - 510000N 0303000E - 510000N 0310000E"


@pytest.mark.parametrize(
    ("text", "half_m"),
    [
        (f"CORRIDOR ALONG LINE {LINE}, 5NM EITHER SIDE", 9_260.0),
        (f"ALONG THE LINE {LINE}, WIDTH 10KM", 5_000.0),
        (f"WITHIN {LINE}, 5NM EITHER SIDE OF TRACK", 9_260.0),
        (f"AREA {LINE} - 503000N 0303000E, 5KM BUFFER ON BOTH SIDES", 5_000.0),
        (f"ROUTE {LINE[:37]}, WIDTH 5KM EACH SIDE", 5_000.0),
        (f"1. LINE {LINE}, 5NM EITHER SIDE 2. CIRCLE RADIUS 1NM CENTRE 520000N 0303000E", 9_260.0),
    ],
)
def test_a_width_after_its_line_makes_a_corridor(text: str, half_m: float) -> None:
    rings, _ = shapes(text)
    beside = [from_place(50.75, 30.5, b, 0.99 * half_m) for b in (90.0, 270.0)]
    assert holds(rings, [*beside, (50.5, 30.5), (51.0, 30.5)], frame_at(50.5, 30.5))
    assert not holds(rings, [from_place(50.75, 30.5, 270.0, 1.03 * half_m)], frame_at(50.5, 30.5))


@pytest.mark.parametrize(
    "text",
    [
        "1. WI 20NM RADIUS OF 503000N 0303000E 2. WI 20KM RADIUS OF ARP UKLL",
        "WI 20KM RADIUS OF ARP UKLL AND WI 20NM RADIUS OF 503000N 0303000E",
        f"AREA 1: WI {SQUARE} AREA 2: WI 10NM RADIUS OF DVOR/DME LIV",
        f"RESTRICTED AREAS EPR19 AND EPR20 ACT AND AREA WI {SQUARE}",
        f"AREA {SQUARE} - 503000N 0303000E AND AREA EPR19",
    ],
)
def test_what_names_more_than_was_read_has_the_q_lines_circle_too(text: str) -> None:
    zones = read(notam(text)).zones
    assert len(zones) == 2 and all("shape_part" in z.notes for z in zones)
    assert reach_of([zones[1].ring], 50.5, 30.5) > 25 * NMI_M


def test_a_further_area_without_any_circle_is_listed() -> None:
    text = "1. WI 20NM RADIUS OF 503000N 0303000E 2. WI 20KM RADIUS OF ARP UKLL"
    for q in ("UKBV/QRTCA/IV/BO/W/000/660/", "UKXX/QRTCA/IV/BO/W/000/660/5030N03030E999"):
        out = read(notam(text, q))
        assert len(out.zones) == 1 and [(u.zone_id, u.reason) for u in out.unreadable] == [
            ("part of A0123/25", "no_place")
        ]


def test_an_arc_about_a_centre_and_one_through_a_point() -> None:
    north, east = "505000N 0303000E", "503000N 0310127E"  # both 20 NM from the centre
    text = f"AREA BOUNDED BY 503000N 0303000E - {north} THEN CLOCKWISE BY THE ARC OF A CIRCLE RADIUS 20NM CENTRED 503000N 0303000E TO {east} - 503000N 0303000E"  # noqa: E501
    rings, notes = shapes(text)
    assert notes == set()
    frame = frame_at(50.5, 30.5)
    assert holds(rings, [from_place(50.5, 30.5, 45.0, 19.9 * NMI_M)], frame)
    assert not holds(rings, [from_place(50.5, 30.5, 225.0, 1_000.0)], frame)
    # The digital NOTAM's own words: a corridor with an arc in it.
    text = (
        "area of 0.25NM either side of line: 521723N 0315604W - 521723N 0315240W arc passing through "
        "521821N 0315107W to 521919N 0315240W - 521919N 0315609W."
    )
    rings, _ = shapes(text)
    near = [from_place(52 + 18 / 60 + 21 / 3600, -(31 + 51 / 60 + 7 / 3600), b, 460.0) for b in range(0, 360, 20)]
    assert holds(rings, near, frame_at(52.0, -31.0))


@pytest.mark.parametrize(
    "text",
    [
        f"AREA {SQUARE} THEN ALONG STATE BORDER TO 510000N 0303000E",
        f"AREA {SQUARE} THEN ALONG FIR BOUNDARY TO 510000N 0303000E - 510000N 0310000E - 505000N 0310000E",
        f"AREA {SQUARE} ALONG BDRY 510000N 0303000E - 510000N 0310000E - 505000N 0310000E",
        f"AREA {SQUARE} THEN THE POWER LINE TO 510000N 0303000E - 510000N 0310000E - 505000N 0310000E",
        f"AREA {SQUARE} THEN BY POWER LINES: 510000N 0303000E - 510000N 0310000E - 505000N 0310000E",
        f"AREA {SQUARE} THEN ALONG THE RIVER TO THE START",
        f"AREA {SQUARE.replace('504000N 0303000E', '50400N 0303000E')}",
        f"AREA {SQUARE.replace('504000N 0303000E', '504000N 303000E')}",
        f"AREA {SQUARE.replace('504000N 0303000E', 'N50400 E0303000')}",
        "CRANE AT 503000N 0303000E",
        "LINE 503000N 0303000E - 510000N 0303000E",
        "AREA 509900N 0303000E - 503000N 0304000E - 504000N 0304000E",
        f"AREA {SQUARE}, JAMMERS AT 510000N",
        "BY THE ARC OF A CIRCLE 503000N 0303000E",
        "AREA 503000N 0303000E ARC RADIUS 20NM CENTRED 503000N 0303000E TO 503000N 0310127E",
    ],
)
def test_what_is_not_plain_is_not_guessed_and_the_q_line_stands_for_it(text: str) -> None:
    with pytest.raises(BadShape):
        shapes(text)
    zone = one(notam(text))
    assert "shape_from_qline" in zone.notes
    # 25 NM about 5030N 03030E, and half a minute more each way.
    assert 25 * NMI_M + 1_300 < reach_of([zone.ring], 50.5, 30.5) < 25 * NMI_M + 1_500


def test_a_shape_that_does_not_meet_the_q_line_is_taken_with_it() -> None:
    out = read(notam("WI 1NM RADIUS OF 403000N 0303000E"))
    assert len(out.zones) == 2 and all("shape_apart" in z.notes for z in out.zones)
    assert [z.zone_id for z in out.zones] == ["A0123/25 UKBV", "A0123/25 UKBV#2"]


def test_a_whole_fir_without_words_of_where_is_its_circle() -> None:
    zone = one(notam("AIRSPACE OF UKRAINE CLSD FOR ALL ACFT", "UKXX/QAFLC/IV/NBO/E/000/999/4818N03132E999", tail=""))
    assert zone.kind is ZoneKind.CLOSED and (zone.floor_m, zone.ceiling_m) == (-math.inf, math.inf)
    assert holds([zone.ring], [(44.4, 33.8), (52.2, 31.8), (48.0, 22.2), (49.3, 40.1)], frame_at(48.5, 31.5))


def test_999_miles_without_a_shape_are_somewhere_and_warned_of() -> None:
    zone = one(notam("HAZARDOUS SITUATION ABROAD", "EGXX/QROXX/IV/NBO/W/000/999/5218N01451W999", tail=""))
    assert zone.kind is ZoneKind.ALERT and zone.notes == ("shape_from_qline", "somewhere")


def test_what_says_no_place_at_all_is_listed_as_unreadable() -> None:
    out = read(
        notam("RESTRICTED AREA ACT", "UKBV/QRTCA/IV/BO/W/000/660/") + "(B0001/25 NOTAMN\nA) UKBV B) 2501010600 C) "
        "2501020600\nE) FLYING PROHIBITED)\n" + "hello\n"
    )
    assert out.zones == [] and [(u.zone_id, u.reason) for u in out.unreadable] == [
        ("A0123/25", "no_place"),
        ("B0001/25", "no_qline"),
    ]
    assert out.rejects.counts == {"no_place": 1, "no_qline": 1}


@pytest.mark.parametrize(
    ("q", "text", "kind"),
    [
        # As published since 2022 (A0003/23 of Ukraine, A0046/22 of Moldova).
        (
            "UKXX/QAFXX/IV/NBO/E /000/999/4748N03112E999",
            "MILITARY INVASION OF UKRAINE BY THE RUSSIAN FEDERATION. THE USE\nOF AIRSPACE OF UKRAINE WITHIN UIR KYIV, "
            "FIR LVIV, FIR KYIV IS PROHIBITED FOR ALL AIRCRAFT\nEXCEPT STATE AIRCRAFT OF UKRAINE OR UNDER PERMISSION "
            "OF GENERAL\nSTAFF. ATS IS NOT PROVIDED",
            ZoneKind.CLOSED,
        ),
        (
            "LUUU/QAFXX/IV/BO/E/000/999/4704N02800E098",
            "FIR CHISINAU LUUU CLSD FOR ALL FLIGHTS DUE TO UKRAINIAN CRISIS\nWITH FOLLOWING EXCEPTIONS:\nA)THE "
            "REPOSITIONING FLIGHTS OF CIVIL AIRCRAFT\nB)SEARCH AND RESCUE, HUMANITARIAN AND STATE FLIGHTS WITH APV",
            ZoneKind.CLOSED,
        ),
        ("UKBV/QATTT/IV/NBO/E/000/999/5030N03030E050", "TRIGGER NOTAM. TMA KYIV CLOSED WEF 1 JUN", ZoneKind.CLOSED),
        ("UKBV/QAFXX/IV/NBO/E/000/999/5030N03030E050", "GNSS JAMMING WITHIN FIR KYIV", ZoneKind.ALERT),
        ("UKBV/QAFXX/IV/NBO/E/000/999/5030N03030E005", f"TMZ ACT WI AREA {SQUARE}", ZoneKind.ALERT),
        ("EGXX/QAFXX/IV/NBO/E/000/999/5504N00500W999", "UK REGISTERED OPERATORS PROHIBITED FM FIR X", ZoneKind.ALERT),
        ("EGXX/QAFXX/IV/NBO/E/000/999/5504N00500W999", "SCOTTISH AC FAX NUMBER UPDATED TO 01292-653250", None),
        ("EGXX/QAFXX/IV/NBO/E/000/999/5504N00500W999", "CORRECTION TO ALTITUDE RESTRICTIONS TABLE IN AIP", None),
        ("EGTT/QATXX/IV/NBO/E/000/100/5129N00028W100", "LOW ATMOSPHERIC PRESSURE IS FCST IN THE LONDON TMA", None),
        ("EGTT/QAZXX/IV/NBO/E/000/100/5129N00028W005", "FLIGHTS IN THE CTR ARE PPR. ATS AND AD CLSD", None),
        ("UKXX/QKKKK/K/K/K/000/999/4911N03159E999", "CHECKLIST YEAR=2025 0001 TEMPORARY RESTRICTED AREAS", None),
    ],
)
def test_what_a_code_of_airspace_leaves_open_the_text_says(q: str, text: str, kind: ZoneKind | None) -> None:
    out = read(notam(text, q, tail=""))
    assert {z.kind for z in out.zones} == ({kind} if kind is not None else set())
    assert all(z.exempt == () for z in out.zones) and out.unreadable == []
    assert (out.rejects.repairs.get("not_an_area") == 1) == (kind is None)


def test_what_is_no_area_is_counted_and_what_nobody_knows_is_warned_of() -> None:
    assert read(notam("RWY CLSD", "UKBV/QMRLC/IV/NBO/A/000/999/5030N03030E005")).rejects.repairs["not_an_area"] == 1
    assert one(notam("PLAIN", "UKBV/QXXXX/IV/M/W/000/999/5030N03030E005")).kind is ZoneKind.ALERT
    assert one(notam("GNSS JAMMING", "UKBV/QGWAU/IV/M/E/000/999/5030N03030E005")).kind is ZoneKind.ALERT
    assert one(notam("X", "UKBV/QWULW/IV/M/W/000/999/5030N03030E005")).kind is ZoneKind.ALERT
    assert read(notam("AREA DEACTIVATED", "UKBV/QRTCD/IV/M/W/000/999/5030N03030E005")).zones == []


@pytest.mark.parametrize(
    ("tail", "floor", "ceiling"),
    [
        ("F) SFC G) UNL", -math.inf, math.inf),
        # No geoid, no QNH: the geoid is from -107 to +86 m, a level 300 m and a twentieth of it off.
        ("F) FL095 G) FL195", 2895.6 - 107 - 300 - 144.78, 5943.6 + 86 + 300 + 297.18),
        ("F) 1000FT AMSL G) 500M AMSL", 304.8 - 107, 586.0),
        ("F) SFC G) 400FT AGL", -math.inf, 121.92 + 86 + 8849),
    ],
)
def test_limits_are_taken_at_their_larger_reading(tail: str, floor: float, ceiling: float) -> None:
    zone = one(notam("X", tail=tail))
    assert (zone.floor_m, zone.ceiling_m) == (pytest.approx(floor), pytest.approx(ceiling))


def test_what_the_case_knows_makes_limits_tighter() -> None:
    ctx = ZoneContext(geoid_m=30.0, qnh_hpa=1013.25, terrain_low_m=100.0, terrain_high_m=400.0)
    zone = one(notam("X", tail="F) 100M AGL G) FL100"), ctx)
    assert (zone.floor_m, zone.ceiling_m) == (pytest.approx(230.0), pytest.approx(3048 * 1.05 + 30))


@pytest.mark.parametrize(
    ("level", "ceiling_m"),
    [
        # 400 ft above ground of up to 700 m: 822 m. Offices write 005 (152 m), which left the ground out.
        ("005", 121.92 + 700 + 30),
        ("026", 121.92 + 700 + 30),  # 792 m
        ("999", 121.92 + 700 + 30),
    ],
)
def test_a_ceiling_above_ground_is_not_cut_by_a_level_that_left_the_ground_out(level: str, ceiling_m: float) -> None:
    ctx = ZoneContext(geoid_m=30.0, qnh_hpa=1013.25, terrain_low_m=500.0, terrain_high_m=700.0)
    text = notam("X", f"UKBV/QRTCA/IV/BO/W/000/{level}/5030N03030E025", tail="F) SFC G) 400FT AGL")
    assert one(text, ctx).ceiling_m == pytest.approx(ceiling_m)
    assert one(text).ceiling_m == pytest.approx(121.92 + 86 + 8849), "of ground nobody knows, Everest"


def test_a_ceiling_above_the_sea_is_no_higher_than_the_q_lines_level() -> None:
    zone = one(notam("X", "UKBV/QRTCA/IV/BO/W/000/005/5030N03030E025", tail="F) SFC G) 4000FT AMSL"))
    assert zone.ceiling_m == pytest.approx(152.4 * 1.05 + 86 + 300)


@pytest.mark.parametrize(
    ("c", "to_s", "notes"),
    [
        ("2501312000", utc_s(2025, 1, 31, 20), ()),
        ("PERM", math.nan, ()),
        ("2501312000 EST", math.nan, ("estimated_end",)),
        ("2501312000EST", math.nan, ("estimated_end",)),
        ("LATER", math.nan, ("end_unread",)),
        ("2412312000", math.nan, ("end_before_start",)),
        ("2501312400", utc_s(2025, 2, 1), ()),
    ],
)
def test_ends(c: str, to_s: float, notes: tuple[str, ...]) -> None:
    # PANS-AIM appendix 3, item C: EST stays in force until it is replaced or cancelled.
    zone = one(notam("X", c=c))
    (window,) = zone.windows
    assert window.from_s == utc_s(2025, 1, 1, 6)
    assert window.to_s == to_s or (math.isnan(window.to_s) and math.isnan(to_s))
    assert [n for n in zone.notes if n != "shape_from_qline"] == list(notes)


def test_a_start_that_cannot_be_read_is_always() -> None:
    zone = one(notam("X", b="WIE"))
    assert zone.windows[0].from_s == -math.inf and "start_unread" in zone.notes


def test_a_notam_is_ended_by_what_names_it_from_its_own_time() -> None:
    first = notam("WI 20NM RADIUS OF 503000N 0303000E", c="2501312000EST")
    cancel = notam("CANCELLED", number="A0130/25 NOTAMC A0123/25", b="2501101200", c="", tail="")
    out = read(first + cancel)
    assert [w[:2] for z in out.zones for w in z.windows] == [(utc_s(2025, 1, 1, 6), utc_s(2025, 1, 10, 12))]
    assert out.rejects.repairs["cancelled"] == 1
    replace = notam("WI 21NM RADIUS OF 503000N 0303000E", number="A0131/25 NOTAMR A0123/25", b="2501051200")
    out = read(first + replace)
    assert [w[:2] for z in out.zones for w in z.windows] == [
        (utc_s(2025, 1, 1, 6), utc_s(2025, 1, 5, 12)),
        (utc_s(2025, 1, 5, 12), utc_s(2025, 1, 31, 20)),
    ]


def test_a_number_of_another_country_is_another_notam() -> None:
    first = notam("X", c="PERM")
    abroad = "EPWW/QRTCA/IV/BO/W/000/660/5030N02030E025"
    for kind in ("C", "R"):
        other = notam("X", abroad, number=f"A0500/25 NOTAM{kind} A0123/25", b="2501101200")
        out = read(first + other.replace("A) UKBV", "A) EPWW"))
        assert math.isnan(out.zones[0].windows[0].to_s) and out.rejects.repairs["target_unknown"] == 1
    by_item_a = notam("X", "", number="A0500/25 NOTAMC A0123/25", b="2501101200")
    assert read(first + by_item_a).rejects.repairs["cancelled"] == 1


def test_heads_that_run_on_or_are_in_small_letters_begin_a_message() -> None:
    first, second = notam("FIRST"), notam("SECOND", number="A0124/25 NOTAMN")
    runs_on = second.replace("NOTAMN\nQ) ", "NOTAMNQ)")
    for text in (second.lower(), runs_on, runs_on.lower(), runs_on.replace("(A0124", "(A 0124"),
                 second.replace("NOTAMN", "P01/02 NOTAMN")):  # fmt: skip
        out = read(first + text)
        assert [z.zone_id for z in out.zones] == ["A0123/25 UKBV", "A0124/25 UKBV"], text
        assert out.unreadable == [] and out.zones[1].notes == out.zones[0].notes
    assert read(first.strip() + " " + second[second.index("Q)") :]).zones[1].zone_id == "NOTAM 2 UKBV"


@pytest.mark.parametrize(
    "mess", ["xA0124/25 NOTAMN E) SECOND", "RMK Q)UKBV-QRTCA E) SECOND", "24/25 NOTAMR F) SFC G) 100FT AMSL"]
)
def test_a_message_within_another_is_listed(mess: str) -> None:
    out = read(notam("FIRST", tail=f"F) SFC G) FL100\n{mess}"))
    (zone,) = out.zones
    assert zone.ceiling_m > 3_000.0 and out.rejects.counts == {"run_together": 1}
    assert [(u.zone_id, u.reason) for u in out.unreadable] == [("after A0123/25", "run_together")]


def test_what_cannot_be_read_ends_nothing() -> None:
    first = notam("WI 1NM RADIUS OF 503000N 0303000E", c="PERM")
    no_place = notam("MOVED", "UKBV/QRTCA/IV/BO/W/000/660/", number="A0131/25 NOTAMR A0123/25", b="2501051200")
    no_time = notam("X", number="A0132/25 NOTAMC A0123/25", b="SOON", c="", tail="")
    out = read(first + no_place + no_time)
    assert math.isnan(out.zones[0].windows[0].to_s) and len(out.unreadable) == 1
    assert out.rejects.repairs["end_not_taken"] == 2


def test_an_end_that_came_later_is_not_known_before_it_comes() -> None:
    made = "CREATED: 31 Dec 2024 10:00:00\n"
    first = notam("WI 20NM RADIUS OF 503000N 0303000E") + made
    cancel = (
        notam("X", number="A0130/25 NOTAMC A0123/25", b="2501101200", c="", tail="") + "CREATED: 10 Jan 2025 11:00:00\n"
    )
    assert one(first).windows[0].published_s == utc_s(2024, 12, 31, 10)
    assert math.isnan(one(first + cancel).windows[0].published_s), "the end is known when it comes"


@pytest.mark.parametrize(
    ("text", "free", "notes"),
    [
        ("FLT PROHIBITED EXC MEDEVAC.", (Category.MEDICAL,), ()),
        (
            "PROHIBITED EXCEPT MEDEVAC, HUM AND STATE ACFT",
            (Category.MEDICAL, Category.HUMANITARIAN, Category.STATE),
            (),
        ),
        ("RESTRICTION DOES NOT APPLY TO HEMS. CTC 01234", (Category.MEDICAL,), ()),
        ("MEDEVAC FLIGHTS ARE EXEMPTED", (Category.MEDICAL,), ()),
        ("CLOSED EXC POLICE AND SAR", (), ("exempt_part",)),
        ("CLOSED EXC MEDEVAC WITH PRIOR PERMISSION", (), ("exempt_depends",)),
        ("NO EXEMPTIONS FOR MEDEVAC", (), ("exempt_depends",)),
        ("APPLIES TO ALL INCLUDING MEDEVAC", (), ()),
        ("MEDEVAC WILL OPERATE", (), ()),
        ("DAILY EXC SAT", (), ()),
        ("PPR REQUIRED EXC MEDEVAC", (Category.MEDICAL,), ()),
        ("HELIMED ACFT MAY ENTER IN ACCORDANCE WITH LOCAL AGREEMENTS", (), ()),
        ("PROHIBITED EXC STATE, HUM, SAR", (Category.HUMANITARIAN, Category.STATE), ("exempt_part",)),
        ("PROHIBITED EXC STS/HOSP AND STS/STATE", (Category.MEDICAL, Category.STATE), ()),
        ("PROHIBITED EXC STATE ACFT OF UKRAINE", (Category.STATE,), ()),
        ("PROHIBITED EXC STATE ACFT OF BORDER GUARD", (), ("exempt_part",)),
        ("NO FLT EXC ACFT ON SAR, HOSP AND FIRE FIGHTING MISSIONS", (Category.MEDICAL,), ("exempt_part",)),
        ("AREA A - B EXCLUDING PART BEYOND STATE BORDER, MEDEVAC", (), ("exempt_depends",)),
        ("PROHIBITED EXC ACFT OF STATE BORDER GUARD SERVICE", (), ("exempt_part",)),
        ("EXCEPT FLIGHTS OF STATE EMERGENCY SERVICE", (), ()),
        ("EXCEPT WITH THE CONSENT OF THE STATE AVIATION ADMINISTRATION", (), ()),
        ("EXC MIL HOSP FLT", (), ("exempt_part",)),
        ("EXC MIL AND HOSP FLT", (Category.MEDICAL,), ("exempt_part",)),
        *((f"CLOSED EXC MEDEVAC {how}", (), ("exempt_depends",)) for how in (
            "AFT COOR WITH ATC", "IN COOR WITH ATC", "WITH ATC APV", "AUTH BY ATC", "WITH AUTH OF ACC", "RQ", "DAYTIME",
            "WITH PERM OF ATC", "WITH CONSENT OF OPR", "WITH 24HR PN", "BLW 500FT", "BTN 0600-1800", "ARRIVING UKLL",
            "SUBJ TO COOR", "; PPR")),
        ("EXEMPTIONS FOR MEDEVAC SUSPENDED", (), ("exempt_depends",)),
        ("EXEMPTION FOR MEDEVAC IS WITHDRAWN", (), ("exempt_depends",)),
        ("EXCEPTION: NONE FOR MEDEVAC", (), ("exempt_depends",)),
        ("NO FLT EXC STATE ACFT\nMEDEVAC FLT SHALL AVOID THE AREA", (), ("exempt_depends",)),
        ("EXC POLICE HEL, MEDEVAC FLT PROHIBITED", (), ("exempt_depends", "exempt_part")),
        ("FLT PROHIBITED, MEDEVAC FLT ARE EXEMPT", (Category.MEDICAL,), ()),
        ("PROHIBITED EXC MEDEVAC. MEDEVAC FLT SHALL CTC ATC", (), ("exempt_depends",)),
    ],
)
def test_whom_an_exemption_leaves_free(text: str, free: tuple[Category, ...], notes: tuple[str, ...]) -> None:
    zone = one(notam(text))
    assert zone.exempt == free and tuple(n for n in zone.notes if n.startswith("exempt")) == notes


def test_the_real_bulletin_message_by_message(shared_data: Path) -> None:
    data = gzip.decompress((shared_data / "zones/uk_notam_PIB_2025-11-24.xml.gz").read_bytes())
    out = notam_pib(data, ZoneContext())
    # 1,204 entries, 956 distinct (the data's own README); each is an area, or none by its code, and none is lost.
    r = out.rejects.repairs
    assert r["repeated"] == 1204 - 956 and out.unreadable == [] and out.rejects.counts == {}
    numbers = {z.zone_id.split("#")[0] for z in out.zones}
    assert len(numbers) + r["not_an_area"] == 956
    by_id = {z.zone_id: z for z in out.zones}
    # By hand: J4537/25, a restricted area of 0.65 NM about 512635N 0003814W, SFC to 2500 ft, stored 24 or earlier.
    zone = by_id["J4537/25 EGTT"]
    assert zone.kind is ZoneKind.CLOSED and zone.windows[0][:2] == (utc_s(2025, 10, 28), utc_s(2026, 1, 21, 23, 59))
    assert reach_of([zone.ring], 51 + 26 / 60 + 35 / 3600, -(38 / 60 + 14 / 3600)) == pytest.approx(
        0.65 * NMI_M, rel=2e-3
    )
    assert zone.exempt == () and zone.floor_m == -math.inf and zone.ceiling_m < 1000
    # B2502/25: an arc of 72 NM in a jamming area; the Q-line's circle is not needed.
    assert "shape_from_qline" not in by_id["B2502/25 EGTT"].notes
    # By hand: B2539/25, a transponder zone of QAFXX with a shape, for drones.
    assert by_id["B2539/25 EGTT"].kind is ZoneKind.ALERT
    assert not any("shape_part" in z.notes for z in out.zones)
    coarse = sum("shape_from_qline" in z.notes for z in out.zones)
    assert coarse <= 70, "those that name danger areas without positions"
    assert not any({"schedule_unread", "shape_apart", "start_unread", "end_unread"} & set(z.notes) for z in out.zones)


def test_shapes_of_the_real_bulletin_lie_within_their_q_lines(shared_data: Path) -> None:
    """OPADD asks that the circle holds the whole area: an outside check of every shape that was read."""
    from flightward.feeds.notam.pib import bulletin

    data = gzip.decompress((shared_data / "zones/uk_notam_PIB_2025-11-24.xml.gz").read_bytes())
    n = outside = 0
    for m in bulletin(data)[::5]:
        q = q_line(m.q)
        assert q is not None
        try:
            rings, _ = shapes(m.e)
        except BadShape:
            continue
        if rings and q.has_circle and q.subject[0] in "RW":
            n += 1
            outside += reach_of(rings, q.lat_deg, q.lon_deg) > q.radius_m + 1.5 * NMI_M
    assert n > 60 and outside <= 0.03 * n


_word = st.sampled_from(
    [
        "(A0001/25 NOTAMN\n",
        "A0001/25 NOTAMR A0002/25",
        "NOTAMC",
        "Q) UKBV/QRTCA/IV/BO/W/000/660/5030N03030E025",
        "\n",
        " ",
        "A) UKBV ",
        "B) 2501010600",
        "C) 2501312000",
        "EST",
        "D) SR-SS",
        "MON-FRI",
        "0800-1700",
        "E) ",
        "WI 5NM RADIUS OF ",
        "503000N 0303000E",
        "- 504000N 0304000E",
        "ARC CLOCKWISE CENTRED",
        "EITHER SIDE",
        "F) SFC",
        "G) UNL)",
        "5NM",
        "EXC ",
        "MEDEVAC",
        "999999N",
        "\x00",
        "é",
    ],
)


@settings(max_examples=200, deadline=None)
@given(st.lists(_word, max_size=40).map("".join) | st.text(max_size=60))
def test_any_text_gives_zones_or_is_counted(text: str) -> None:
    out = read(text, ZoneContext(start_s=1.7357e9, end_s=1.7358e9))
    for zone in out.zones:
        assert np.isfinite(zone.ring.lat_deg).all() and len(zone.ring.lat_deg) >= 3
        assert zone.floor_m < zone.ceiling_m and zone.windows
        assert all(not w.to_s <= w.from_s for w in zone.windows)
    messages, others = split(text)
    assert sum(out.rejects.counts.values()) == len(others) + len(out.unreadable)
    assert bool(text.strip()) == bool(messages or others)


@settings(max_examples=60, deadline=None)
@given(st.binary(max_size=200))
def test_any_bytes_are_no_bulletin_or_one(data: bytes) -> None:
    assert isinstance(notam_text(data, ZoneContext()), Declared)
    for whole in (data, b"<Pib><Notam>" + data + b"</Notam></Pib>"):
        try:
            notam_pib(whole, ZoneContext())
        except BadMessage as error:
            assert error.reason in ("xml", "doctype", "pib")


_HEAD = "(A0001/25 NOTAMN\nQ) UKBV/QRTCA/IV/BO/W/000/660/5030N03030E025\nA) UKBV B) 2501010600 C) PERM\nE) "


@pytest.mark.parametrize(
    "text",
    [
        " " * 200_000,
        "\n" * 200_000,
        _HEAD + "AREA 5030N03030E " + "(A)" * 20_000 + "x 5040N03040E",
        _HEAD + "WI " + "1" * 90_000,
        _HEAD + "WI 5" + " " * 90_000 + "X",
        _HEAD + "F) a" + " " * 90_000 + "b",
        _HEAD + "F) a G" * 15_000,
        _HEAD + "5030N" + " " * 90_000 + "x",
        _HEAD + "ARC " * 20_000 + "5030N03030E",
        _HEAD + "E" * 90_000,
        _HEAD + "EXC MIL HOSP " * 7_000,
        _HEAD + "5030N03030E - 5040N03040E 5NM EITHER SIDE OF" + " " * 80_000 + "x 5050N03050E",
        _HEAD + "WI 5NM RADIUS OF " * 5_000 + "5030N03030E AND" + " " * 5_000 + "THE",
        _HEAD + "x1/25 NOTAMN Q) " * 6_000,
        "(A0001/25 NOTAMN\n" * 3_000,
        "Q) UKBV/QRTCA\n" * 3_000,
        _HEAD + "x)\n" + "Q) UKBV/QMRLC/IV/BO/A/000/660/5030N03030E025\nE) x\n" * 2_000,
    ],
)
def test_no_text_takes_long(text: str) -> None:
    """Each takes well under a second; what grows with the square of the length would take minutes."""
    begin = time.process_time()
    notam_text(text.encode(), ZoneContext())
    assert time.process_time() - begin < 5.0
