"""OpenAir and AIXM: their own words, the real digital NOTAM, any bytes; XML that grows is refused."""

from __future__ import annotations

import math
import time
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest
import shapely
from areakit import NMI_M, frame_at, from_place, holds, on_plane
from hypothesis import given, settings
from hypothesis import strategies as st

from flightward.errors import BadMessage
from flightward.feeds.aixm import aixm
from flightward.feeds.aixm.gml import NIL
from flightward.feeds.declared import Declared, ZoneContext
from flightward.feeds.declared.shapes import reach_of
from flightward.feeds.gpx import gpx_plans
from flightward.feeds.openair import openair
from flightward.feeds.plans import PlanContext
from flightward.feeds.xmlsafe import tree
from flightward.model import ZoneKind

HEAD = "AC R\nAN TEST\nAL GND\nAH FL95\n"


def utc_s(*parts: int) -> float:
    return datetime(*parts, tzinfo=UTC).timestamp()  # type: ignore[misc, arg-type]


def air(text: str) -> Declared:
    return openair(text.encode(), ZoneContext())


def test_openair_circle_polygon_and_heights() -> None:
    out = air(
        HEAD + "V X=50:30:00 N 030:30:00 E\nDC 5\n*\nAC P\nAN TWO\nAL 1000ft AGL\nAH 5000 MSL\n"
        "DP 50:00.5 N 030:00.0 E\nDP 50:10 N 030:00 E\nDP 50:10 N 030:20:30.5 E\n"
    )
    a, b = out.zones
    assert (a.zone_id, a.kind, a.floor_m) == ("TEST", ZoneKind.CLOSED, -math.inf)
    assert 5 * NMI_M < reach_of([a.ring], 50.5, 30.5) < 5.02 * NMI_M
    assert (b.floor_m, b.ceiling_m) == (pytest.approx(304.8 - 107 - 430), pytest.approx(1524 + 86))
    assert holds([b.ring], [(50.009, 30.001), (50.166, 30.34)], frame_at(50.0, 30.0))


@pytest.mark.parametrize(("sign", "inside"), [("+", 0.0), ("-", 180.0)])
def test_openair_arcs_go_the_way_their_direction_says(sign: str, inside: float) -> None:
    # From bearing 270 to 90: clockwise over north, counter-clockwise over south.
    for arc in ("DA 10,270,90", "DB 50:00:00 N 009:44:30.07 E, 50:00:00 N 010:15:29.93 E"):
        (zone,) = air(HEAD + f"V D={sign}\nV X=50:00:00 N 010:00:00 E\n{arc}\n").zones
        frame = frame_at(50.0, 10.0)
        assert holds([zone.ring], [from_place(50.0, 10.0, inside, 9.9 * NMI_M)], frame)
        assert not holds([zone.ring], [from_place(50.0, 10.0, inside + 180.0, 200.0)], frame)
        assert on_plane([zone.ring], frame).area == pytest.approx(0.5 * math.pi * (10 * NMI_M) ** 2, rel=0.01)


def test_openair_an_airway_has_its_width() -> None:
    (zone,) = air(HEAD + "V W=4\nDY 50:00 N 010:00 E\nDY 51:00 N 010:00 E\n").zones
    assert holds([zone.ring], [from_place(50.5, 10.0, 90.0, 1.99 * NMI_M)], frame_at(50.0, 10.0))
    assert not holds([zone.ring], [from_place(50.5, 10.0, 90.0, 2.05 * NMI_M)], frame_at(50.0, 10.0))


@pytest.mark.parametrize(
    ("lines", "reason"),
    [
        ("DC 5\n", "centre"),
        ("DP 50:00 N\n", "position"),
        ("DP 50:99 N 010:00 E\n", "position"),
        ("", "shape"),
        ("V X=50:00 N 010:00 E\nDC five\n", "line"),
        ("DX 5\n", "line"),
        ("DP 50:00 N 010:00 E\nDP 50:01 N 010:00 E\n", "corners"),
        ("DY 50:00 N 010:00 E\nDY 51:00 N 010:00 E\n", "corridor"),
    ],
)
def test_openair_an_area_with_a_line_that_is_not_understood_is_listed(lines: str, reason: str) -> None:
    out = air(HEAD + lines)
    assert out.zones == [] and [(u.zone_id, u.reason) for u in out.unreadable] == [("TEST", reason)]


def test_openair_classes_are_no_areas_and_what_is_unknown_is_warned_of() -> None:
    shape = "V X=50:00 N 010:00 E\nDC 5\n"
    assert air("AC CTR\n" + shape).rejects.repairs == {"not_an_area": 1}
    assert air("AC D\nAY CTR\n" + shape).zones == []
    (zone,) = air("AC ZZ\nAH Ask on 122.8\n" + shape).zones
    assert (
        zone.kind is ZoneKind.ALERT
        and set(zone.notes) == {"kind_unknown", "limit_unread"}
        and zone.ceiling_m == math.inf
    )
    (zone,) = air("AC UNC\nAY TRA\nAI id1\nAA 2025-01-01T10:00Z/2025-01-01T12:00Z\n" + shape).zones
    assert zone.zone_id == "id1" and zone.windows[0][:2] == (utc_s(2025, 1, 1, 10), utc_s(2025, 1, 1, 12))


@pytest.mark.parametrize(
    ("lines", "spans"),
    [
        # naviter/seeyou_file_formats, OpenAir 2.1, AA: T24:00Z is the end of a day; NONE on one side is open.
        (["2025-01-01T06:00Z/2025-01-01T08:00Z", "2025-01-01T12:00Z/2025-01-01T24:00Z"], [(6, 8), (12, 24)]),
        (["2025-01-01T06:00Z/NONE", "NONE/2025-01-01T08:00Z * so far"], [(6, None), (None, 8)]),
        (["NONE"], [(None, None)]),
        (["2025-01-01T06:00Z/2025-01-01T08:00Z", "NONE"], [(None, None)]),
        (["2025-01-01T06:00Z/2025-01-01T08:00Z", "soon/2025-01-02T08:00Z"], [(None, None)]),
        (["2025-01-01T08:00Z/2025-01-01T06:00Z"], [(8, None)]),
    ],
)
def test_openair_every_line_of_times_counts_and_one_that_is_not_known_is_always(
    lines: list[str], spans: list[tuple[int | None, int | None]]
) -> None:
    (zone,) = air(HEAD + "".join(f"AA {line}\n" for line in lines) + "V X=50:00 N 010:00 E\nDC 5\n").zones
    day = utc_s(2025, 1, 1)
    np.testing.assert_array_equal(
        [w[:2] for w in zone.windows],
        [(-math.inf if a is None else day + 3600 * a, math.nan if b is None else day + 3600 * b) for a, b in spans],
    )


def test_openair_tabs_part_words_and_comments_end_lines() -> None:
    lines = "AC R * closed\nAY P*\nAN Six * one\nAL GND * of course\nAH FL95 *\nV X=50:00 N 010:00 E\nDC 5\n"
    (plain,), (tabbed,) = air(lines).zones, air(lines.replace(" ", "\t", 1).replace("AH ", "AH\t \t")).zones
    assert (plain.kind, plain.text, plain.notes) == (ZoneKind.CLOSED, "Six * one", ())
    assert (plain.floor_m, plain.ceiling_m) == (-math.inf, pytest.approx(2895.6 * 1.05 + 386.0))
    assert (tabbed.zone_id, tabbed.ceiling_m, tabbed.notes) == ("Six * one", plain.ceiling_m, ())
    assert len(air(lines.replace(" ", "\t")).zones) == 1


_line = st.sampled_from(
    [
        "AC R\n",
        "AC\n",
        "AN X\n",
        "AL FL95\n",
        "AH UNL\n",
        "V X=50:00 N 010:00 E\n",
        "V D=-\n",
        "V D=\n",
        "V W=5\n",
        "DC 5\n",
        "DC -1\n",
        "DP 50:00 N 010:00 E\n",
        "DP 50:30 N 010:00 E\n",
        "DP 50:30 N 010:30 E\n",
        "DA 5,0,90\n",
        "DB 1,2\n",
        "DY 50:00 N 010:00 E\n",
        "AA x/y\n",
        "AA 2025-01-01T10:00Z/2025-01-01T24:00Z\n",
        "AC\tP *\n",
        "\x00\n",
        "*\n",
    ]
)


@settings(max_examples=200, deadline=None)
@given(st.lists(_line, max_size=15).map(lambda x: "".join(x).encode()) | st.binary(max_size=60))
def test_openair_any_bytes(data: bytes) -> None:
    out = openair(data, ZoneContext())
    n_areas = sum(
        line.strip().upper().startswith(b"AC") and line.strip().split()[0].upper() == b"AC"
        for line in data.splitlines()
    )
    assert n_areas == 0 or out.zones or out.unreadable or out.rejects.repairs
    assert all(np.isfinite(z.ring.lat_deg).all() for z in out.zones)


GML = 'xmlns:gml="http://www.opengis.net/gml/3.2" xmlns:aixm="http://www.aixm.aero/schema/5.1.1" xmlns:xlink="http://www.w3.org/1999/xlink"'


def airspace(volume: str, kind: str = "R", more: str = "", name: str = "A1", uuid: str = "u1", op: str = "BASE") -> str:
    component = (
        f"""<aixm:geometryComponent><aixm:AirspaceGeometryComponent><aixm:operation>{op}</aixm:operation>
      <aixm:theAirspaceVolume><aixm:AirspaceVolume>{volume}</aixm:AirspaceVolume></aixm:theAirspaceVolume>
      </aixm:AirspaceGeometryComponent></aixm:geometryComponent>"""
        if volume
        else ""
    )
    return f"""<aixm:Airspace><gml:identifier codeSpace="urn:uuid:">{uuid}</gml:identifier><aixm:timeSlice>
      <aixm:AirspaceTimeSlice><gml:validTime><gml:TimePeriod><gml:beginPosition>2025-01-01T00:00:00Z</gml:beginPosition>
      <gml:endPosition indeterminatePosition="unknown"/></gml:TimePeriod></gml:validTime>
      <aixm:interpretation>BASELINE</aixm:interpretation><aixm:type>{kind}</aixm:type><aixm:designator>{name}</aixm:designator>
      {component}{more}</aixm:AirspaceTimeSlice></aixm:timeSlice></aixm:Airspace>"""


def surface(segments: str, srs: str = "urn:ogc:def:crs:EPSG::4326") -> str:
    return f"""<aixm:upperLimit uom="FL">195</aixm:upperLimit><aixm:upperLimitReference>STD</aixm:upperLimitReference>
      <aixm:lowerLimit uom="FT">GND</aixm:lowerLimit>
      <aixm:horizontalProjection><aixm:Surface srsName="{srs}"><gml:patches>
      <gml:PolygonPatch><gml:exterior><gml:Ring><gml:curveMember><gml:Curve><gml:segments>{segments}</gml:segments></gml:Curve>
      </gml:curveMember></gml:Ring></gml:exterior></gml:PolygonPatch></gml:patches></aixm:Surface></aixm:horizontalProjection>"""


def read(*spaces: str) -> Declared:
    body = "".join(spaces)
    return aixm(f"<m:AIXMBasicMessage xmlns:m='m' {GML}>{body}</m:AIXMBasicMessage>".encode(), ZoneContext())


LINE = "<gml:GeodesicString><gml:posList>50 10 50 10.5 50.5 10.5 50 10</gml:posList></gml:GeodesicString>"


def test_aixm_a_polygon_by_either_order_of_axes() -> None:
    (a,) = read(airspace(surface(LINE))).zones
    swapped = LINE.replace("50 10 50 10.5 50.5 10.5 50 10", "10 50 10.5 50 10.5 50.5 10 50")
    (b,) = read(airspace(surface(swapped, "urn:ogc:def:crs:OGC:1.3:CRS84"))).zones
    assert a.kind is ZoneKind.CLOSED and a.windows[0][0] == utc_s(2025, 1, 1) and math.isnan(a.windows[0].to_s)
    assert (a.floor_m, a.ceiling_m) == (-math.inf, pytest.approx(5943.6 * 1.05 + 386.0))
    for zone in (a, b):
        assert holds([zone.ring], [(50.01, 10.1), (50.3, 10.45)], frame_at(50.0, 10.0))
        assert not holds([zone.ring], [(50.3, 10.1)], frame_at(50.0, 10.0))


CRS84 = "urn:ogc:def:crs:OGC:1.3:CRS84"
ENVELOPE = '<gml:boundedBy><gml:Envelope srsName="{}"/></gml:boundedBy>'


@pytest.mark.parametrize("before", [ENVELOPE.format("EPSG:4326"), ""])
@pytest.mark.parametrize(
    ("volume", "after"),
    [
        # GML 3.2.1, 10.1.3.2: srsName may stand at the positions themselves, at a Point, or only at what bounds them.
        (LINE.replace("<gml:posList", f'<gml:posList srsName="{CRS84}"'), ""),
        ("<gml:GeodesicString>" + "".join(
            f'<gml:pointProperty><aixm:Point srsName="{CRS84}"><gml:pos>{p}</gml:pos></aixm:Point></gml:pointProperty>'
            for p in ("50 10", "50 10.5", "50.5 10.5", "50 10")
        ) + "</gml:GeodesicString>", ""),
        (LINE, ENVELOPE.format(CRS84)),
    ],
)  # fmt: skip
def test_aixm_the_nearest_name_of_a_system_says_the_order_of_axes(volume: str, after: str, before: str) -> None:
    bare = airspace(surface(volume).replace(' srsName="urn:ogc:def:crs:EPSG::4326"', ""))
    (zone,) = read(before, bare.replace("<aixm:timeSlice>", after + "<aixm:timeSlice>")).zones
    assert holds([zone.ring], [(10.1, 50.01), (10.45, 50.3)], frame_at(10.0, 50.0))
    (plain,) = read(before, airspace(surface(LINE).replace(' srsName="urn:ogc:def:crs:EPSG::4326"', ""))).zones
    assert holds([plain.ring], [(50.01, 10.1)], frame_at(50.0, 10.0))


@pytest.mark.parametrize(
    ("srs", "positions"),
    [
        ("urn:ogc:def:crs:EPSG:6.9:4326", "50 10 50 10.5 50.5 10.5 50 10"),
        ("http://www.opengis.net/def/crs/EPSG/9.9.1/4326", "50 10 50 10.5 50.5 10.5 50 10"),
        ("urn:ogc:def:crs:EPSG::4979", "50 10 100 50 10.5 100 50.5 10.5 100 50 10 100"),
        ("urn:ogc:def:crs:EPSG::4979", "50 10 50 10.2 50 10.5 50.2 10.5 50.5 10.5 50 10"),
        ("urn:ogc:def:crs:EPSG::4326\" srsDimension=\"3", "50 10 0 50 10.5 0 50.5 10.5 0 50 10 0"),
    ],
)
def test_aixm_systems_with_a_version_and_with_heights(srs: str, positions: str) -> None:
    text = LINE.replace("50 10 50 10.5 50.5 10.5 50 10", positions)
    (zone,), (plain,) = read(airspace(surface(text, srs))).zones, read(airspace(surface(LINE))).zones
    frame = frame_at(50.0, 10.0)
    off = shapely.symmetric_difference(on_plane([zone.ring], frame), on_plane([plain.ring], frame)).area
    assert zone.notes == () and off < 1e-4 * on_plane([plain.ring], frame).area


def test_aixm_of_two_limits_of_a_side_the_farther_one_counts() -> None:
    def limits(more: str) -> tuple[float, float, tuple[str, ...]]:
        (zone,) = read(airspace(surface(LINE).replace("GND<", "60<").replace("<aixm:hor", more + "<aixm:hor"))).zones
        return zone.floor_m, zone.ceiling_m, zone.notes

    high = '<aixm:maximumLimit uom="FT">{}</aixm:maximumLimit><aixm:maximumLimitReference>W84</aixm:maximumLimitReference>'  # noqa: E501
    low = '<aixm:minimumLimit uom="M">{}</aixm:minimumLimit><aixm:minimumLimitReference>W84</aixm:minimumLimitReference>'  # noqa: E501
    floor, ceiling, notes = limits("")
    assert notes == ()
    assert limits(high.format(50_000) + low.format(-900)) == (-900.0, pytest.approx(15_240.0), ())
    assert limits(high.format(1_000) + low.format(900)) == (floor, ceiling, ())
    nil = f'<aixm:maximumLimit xmlns:xsi="{NIL[1:-4]}" xsi:nil="true" nilReason="{{}}"/>'
    for more in (nil.format("unknown"), high.format("high")):
        assert limits(more) == (floor, math.inf, ("limit_unread",))
    assert limits(nil.format("inapplicable")) == (floor, ceiling, ())


@pytest.mark.parametrize(
    ("srs", "pos", "angles", "inside", "outside"),
    [
        # Bearings from north, rising: clockwise. In CRS84 angles count from east towards north, rising: anticlockwise.
        ("urn:ogc:def:crs:EPSG::4326", "50 10", (0, 90), 45.0, 225.0),
        ("urn:ogc:def:crs:EPSG::4326", "50 10", (90, 360), 225.0, 45.0),
        ("urn:ogc:def:crs:EPSG::4326", "50 10", (90, 0), 45.0, 225.0),
        ("urn:ogc:def:crs:OGC:1.3:CRS84", "10 50", (0, 90), 45.0, 225.0),
        ("urn:ogc:def:crs:OGC:1.3:CRS84", "10 50", (90, 180), 315.0, 135.0),
    ],
)
def test_aixm_an_arc_by_its_centre(srs: str, pos: str, angles: tuple[int, int], inside: float, outside: float) -> None:
    arc = f"""<gml:ArcByCenterPoint numArc="1"><gml:pos>{pos}</gml:pos><gml:radius uom="[nmi_i]">10</gml:radius>
      <gml:startAngle uom="deg">{angles[0]}</gml:startAngle>
      <gml:endAngle uom="deg">{angles[1]}</gml:endAngle></gml:ArcByCenterPoint>
      <gml:LineStringSegment><gml:pos>{pos}</gml:pos></gml:LineStringSegment>"""
    (zone,) = read(airspace(surface(arc, srs))).zones
    frame = frame_at(50.0, 10.0)
    assert holds([zone.ring], [from_place(50.0, 10.0, inside, 9.9 * NMI_M)], frame)
    assert not holds([zone.ring], [from_place(50.0, 10.0, outside, 5.0 * NMI_M)], frame)


def test_aixm_a_circle_and_a_part_that_is_cut_out() -> None:
    radius = "<gml:radius uom='KM'>8</gml:radius>"
    circle = f"<gml:CircleByCenterPoint numArc='1'><gml:pos>50 10</gml:pos>{radius}</gml:CircleByCenterPoint>"
    (zone,) = read(airspace(surface(circle))).zones
    assert 8_000 < reach_of([zone.ring], 50.0, 10.0) < 8_020
    whole = airspace(surface(circle))
    cut = whole.replace(
        "</aixm:AirspaceTimeSlice>",
        airspace(surface(LINE), op="SUBTR").split("</aixm:designator>")[1].split("</aixm:AirspaceTimeSlice>")[0]
        + "</aixm:AirspaceTimeSlice>",
    )
    (zone,) = read(cut).zones
    assert zone.notes == ("part_not_cut",)


def test_aixm_an_area_that_takes_another_ones_shape() -> None:
    link = '<aixm:contributorAirspace><aixm:AirspaceVolumeDependency><aixm:theAirspace xlink:href="urn:uuid:u2"/></aixm:AirspaceVolumeDependency></aixm:contributorAirspace>'  # noqa: E501
    out = read(airspace(link), airspace(surface(LINE), uuid="u2", name="A2"))
    assert [z.zone_id for z in out.zones] == ["A1", "A2"] and len(out.zones[0].ring.lat_deg) == len(
        out.zones[1].ring.lat_deg
    )
    lost = read(airspace(link))
    assert [(u.zone_id, u.reason) for u in lost.unreadable] == [("A1", "reference")]


@pytest.mark.parametrize(
    ("volume", "reason"),
    [
        ("", "geometry"),
        (surface(""), "shape"),
        (surface("<gml:Bezier/>"), "segment"),
        (surface(LINE, "EPSG:3857"), "crs"),
        (surface(LINE.replace("50 10 50 10.5 50.5 10.5 50 10", "50 10 50 10.5 50.5 10.5"), "EPSG::4979"), "position"),
        (surface(LINE.replace("50.5", "x")), "position"),
        (surface(LINE.replace("50.5", "95")), "position"),
    ],
)
def test_aixm_what_cannot_be_understood_is_listed(volume: str, reason: str) -> None:
    out = read(airspace(volume))
    assert out.zones == [] and [(u.zone_id, u.reason) for u in out.unreadable] == [("A1", reason)]


def test_aixm_activation() -> None:
    sheet = """<aixm:activation><aixm:AirspaceActivation><aixm:timeInterval><aixm:Timesheet>
      <aixm:timeReference>UTC</aixm:timeReference>
      <aixm:day>MON</aixm:day><aixm:startTime>08:00</aixm:startTime><aixm:endTime>10:00</aixm:endTime></aixm:Timesheet>
      </aixm:timeInterval><aixm:status>{}</aixm:status></aixm:AirspaceActivation></aixm:activation>"""
    ctx = ZoneContext(start_s=utc_s(2025, 11, 24), end_s=utc_s(2025, 11, 25))
    text = f"<m:AIXMBasicMessage xmlns:m='m' {GML}>{airspace(surface(LINE), more=sheet)}</m:AIXMBasicMessage>"
    (zone,) = aixm(text.format("ACTIVE").encode(), ctx).zones
    assert [w[:2] for w in zone.windows] == [(utc_s(2025, 11, 24, 8), utc_s(2025, 11, 24, 10))]
    assert aixm(text.format("INACTIVE").encode(), ctx).rejects.repairs == {"not_in_force": 1}
    (zone,) = aixm(text.format("ACTIVE").replace("<aixm:day>MON", "<aixm:day>HOL").encode(), ctx).zones
    assert zone.notes == ("schedule_unread",) and zone.windows[0].from_s == utc_s(2025, 1, 1)


def test_the_real_digital_notam(shared_data: Path) -> None:
    data = (shared_data / "zones/DN_SAA.NEW_2_D_UAV_corridor_2_airports_1_FIR.xml").read_bytes()
    (zone,) = (out := aixm(data, ZoneContext())).zones
    # Its own words: D area EAD0012-26, 2026-01-13 08:45 to 20:00, ground to 500 m above it, 0.25 NM either side.
    assert zone.zone_id == "EAD0012-26" and zone.kind is ZoneKind.CLOSED and out.unreadable == []
    assert [w[:2] for w in zone.windows] == [(utc_s(2026, 1, 13, 8, 45), utc_s(2026, 1, 13, 20))]
    assert (zone.floor_m, zone.ceiling_m) == (-math.inf, 500.0 + 86.0 + 8849.0)
    frame = frame_at(52.3, -31.9)
    line = [
        (52.28964497, -31.93448041),
        (52.28964497, -31.87788187),
        (52.30575289, -31.85184084),
        (52.3220524, -31.93590727),
    ]
    for at in line:
        assert holds([zone.ring], [from_place(*at, b, 0.2499 * NMI_M) for b in range(0, 360, 15)], frame)
    assert not holds([zone.ring], [from_place(*line[0], 180.0, 0.26 * NMI_M)], frame)
    assert not holds([zone.ring], [(52.306, -31.9)], frame), "between the legs"
    assert out.rejects.repairs == {"told_by_airspace": 2}
    # Without the airspace, the event's two NOTAM tell the same.
    cut = data[: data.index(b"<message:hasMember>\n    <aixm:Airspace")] + b"</message:AIXMBasicMessage>"
    both = aixm(cut, ZoneContext())
    assert [z.zone_id for z in both.zones] == ["D0014/26 EAAD"] and both.rejects.repairs == {"not_an_area": 1}
    assert on_plane([both.zones[0].ring], frame).area == pytest.approx(on_plane([zone.ring], frame).area, rel=0.01)


BOMB = (
    b"""<?xml version="1.0"?><!DOCTYPE l [<!ENTITY a "aaaaaaaaaa">%s]><gpx><trk><name>&h;</name></trk></gpx>"""
    % b"".join(b'<!ENTITY %c "%s">' % (98 + k, (b"&%c;" % (97 + k)) * 10) for k in range(7))
)


def test_xml_that_grows_names_files_or_nests_without_end_is_refused() -> None:
    begin = time.process_time()
    outside = b'<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/hostname">]><gpx>&e;</gpx>'
    for data, reason in (
        (BOMB, "doctype"),
        (outside, "doctype"),
        (b"<a>" * 100_000, "too_deep"),
        (b"<gpx>&undefined;</gpx>", "xml"),
    ):
        for read_it in (tree, lambda d: gpx_plans(d, PlanContext()), lambda d: aixm(d, ZoneContext())):
            with pytest.raises(BadMessage) as error:
                read_it(data)
            assert error.value.reason == reason
    assert time.process_time() - begin < 5.0


_tag = st.sampled_from(
    [
        "gpx",
        "trk",
        "trkpt",
        "AIXMBasicMessage",
        "Airspace",
        "AirspaceTimeSlice",
        "type",
        "Ring",
        "posList",
        "Event",
        "NOTAM",
    ]
)


@st.composite
def _xml(draw: st.DrawFn, depth: int = 0) -> str:
    tag = draw(_tag)
    inner = draw(st.lists(_xml(depth=depth + 1), max_size=3)) if depth < 4 else []
    text = draw(st.sampled_from(["", "50 10", "R", "2501010600", "&lt;", "QRTCA"]))
    return f"<{tag} lat='50' lon='x'>{text}{''.join(inner)}</{tag}>"


@settings(max_examples=150, deadline=None)
@given(_xml().map(str.encode) | st.binary(max_size=60))
def test_aixm_any_xml(data: bytes) -> None:
    try:
        out = aixm(data, ZoneContext())
    except BadMessage as error:
        assert error.reason in ("xml", "doctype", "aixm")
        return
    assert len(out.unreadable) == sum(out.rejects.counts.values())
