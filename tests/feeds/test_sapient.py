"""SAPIENT: places and directions by hand, registrations believed, damage counted; the standard's messages as JSON."""

from __future__ import annotations

import json
import math
import struct
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from feedkit import context
from hypothesis import given
from hypothesis import strategies as st

from flightward.errors import BadMessage
from flightward.feeds.formats import FORMATS
from flightward.feeds.rows import FeedContext, FeedRows, Rejects
from flightward.feeds.sapient import SapientFeed, SapientJson
from flightward.feeds.sapient import messages as m
from flightward.feeds.sapient.classes import kind_of
from flightward.feeds.sapient.places import Bearing, Place, Units, bearing_of, place_of, seen_from
from flightward.model import NONE, Kind

T_S = 1_735_113_600.25
NODE = "ea54bd43-304f-4d11-a80a-6e5a401bdb7d"
NEAR = (50.0, 24.0)
NAN = math.nan


def message(**content: Any) -> dict[str, Any]:
    return {"timestamp": m.stamp_of(T_S), "node_id": NODE, **content}


def located(**place: Any) -> dict[str, Any]:
    return {"x": 24.1, "y": 50.2, "z": 300.0, "coordinate_system": 1, "datum": 1, **place}


def detection(**changes: Any) -> dict[str, Any]:
    return message(detection_report={"report_id": "R1", "object_id": "O1", "location": located(), **changes})


def rows_of(*sent: dict[str, Any], **options: Any) -> tuple[FeedRows, FeedContext]:
    ctx = context(options=options)
    return FORMATS["sapient"](b"".join(m.framed(s) for s in sent), ctx), ctx


def test_a_detection_field_by_field() -> None:
    got, ctx = rows_of(detection(
        enu_velocity={"east_rate": 30.0, "north_rate": -40.0, "up_rate": 1.5}, id="3C6DD2",
        classification=[{"type": "Air Vehicle", "confidence": 0.9, "sub_class": [
            {"type": "UAV Fixed Wing", "confidence": 0.7}, {"type": "Manned Rotary Wing", "confidence": 0.2}]}],
    ))
    r = got.reports
    assert got.rejects.counts == {}
    assert (r.t_s[0], r.t_rx_s[0], r.sensor[0]) == (T_S, T_S, NONE)
    assert np.degrees([r.lat_rad[0], r.lon_rad[0]]).tolist() == pytest.approx([50.2, 24.1])
    assert (r.hae_m[0], r.ve_mps[0], r.vn_mps[0], r.vu_mps[0]) == (300.0, 30.0, -40.0, 1.5)
    assert (r.kind[0], r.p_kind[0], r.hostile[0]) == (Kind.DRONE, pytest.approx(0.7), NONE)
    assert (ctx.names.text(int(r.identity[0])), ctx.names.text(int(r.source_track[0]))) == ("3c6dd2", "O1")


def test_places_in_degrees_radians_and_utm() -> None:
    p = place_of(located(x_error=1e-4, y_error=1e-4), Units(), 0.0, NEAR)
    one_m = math.radians(1e-4) * 6_371_000.0
    assert p.sigma_h_m == pytest.approx(one_m * math.sqrt((1.0 + math.cos(math.radians(50.2)) ** 2) / 2.0))
    turned = located(x=math.radians(24.1), y=math.radians(50.2), coordinate_system=2, datum=2)
    p = place_of(turned, Units(), 32.0, NEAR)
    assert (p.lat_deg, p.lon_deg, p.hae_m) == pytest.approx((50.2, 24.1, 332.0))
    # 500,000 m E is the zone's middle: zone 35, 27 E; on the equator a northing of 0
    p = place_of({"x": 500_000.0, "y": 0.0, "coordinate_system": 5, "utm_zone": "35N"}, Units(), 0.0, NEAR)
    assert (p.lat_deg, p.lon_deg) == pytest.approx((0.0, 27.0), abs=1e-9)
    # Snyder, Map Projections (USGS 1395), page 269: 40 30 N 73 30 W is x = 127,106.5 m from the middle of zone 18 and
    # y = 4,484,124.4 m, on the ellipsoid of Clarke 1866: on WGS 84 some 200 m off
    p = place_of({"x": 627_106.5, "y": 4_484_124.4, "coordinate_system": 5}, Units(zone="18T"), 0.0, (40.0, -73.0))
    assert (p.lat_deg, p.lon_deg) == pytest.approx((40.5, -73.5), abs=2.5e-3)
    # "S" is the band of Crete here, the southern hemisphere there
    crete = {"x": 500_000.0, "y": 3_900_000.0, "coordinate_system": 5, "utm_zone": "35S"}
    assert place_of(crete, Units(), 0.0, (35.0, 25.0)).lat_deg == pytest.approx(35.24, abs=0.01)
    assert place_of(crete, Units(), 0.0, (-55.0, 25.0)).lat_deg < -50.0


def test_directions_in_degrees_kilometres_and_from_other_norths() -> None:
    value = {"azimuth": 90.0, "elevation": 45.0, "range": 2.0, "coordinate_system": 3, "datum": 1}
    assert bearing_of(value, Units(), None)[:3] == pytest.approx((2_000.0, math.pi / 2.0, math.pi / 4.0))
    magnetic = {**value, "datum": 2}
    with pytest.raises(BadMessage, match="bearing_datum"):
        bearing_of(magnetic, Units(), None)
    assert bearing_of(magnetic, Units(), 7.0).azimuth_rad == pytest.approx(math.radians(97.0))
    with pytest.raises(BadMessage, match="coordinates"):
        bearing_of({"azimuth": 1.0, "datum": 1}, Units(), None)


def test_the_errors_of_a_direction_are_those_of_its_place() -> None:
    level = {"azimuth": 45.0, "elevation": 0.0, "range": 20.0, "coordinate_system": 3, "datum": 1}
    errors = {"azimuth_error": 3.0, "elevation_error": 1.0, "range_error": 0.5}
    b = bearing_of({**level, **errors}, Units(), None)
    aside = 20_000.0 * math.radians(3.0)  # 1,047 m; along 500 m
    assert b.sigma_h_m == pytest.approx(math.sqrt((aside**2 + 500.0**2) / 2.0))
    assert b.sigma_v_m == pytest.approx(20_000.0 * math.radians(1.0))
    above = bearing_of({**level, **errors, "elevation": 90.0}, Units(), None)
    assert above.sigma_v_m == pytest.approx(500.0)
    assert above.sigma_h_m == pytest.approx(20_000.0 * math.radians(1.0) / math.sqrt(2.0))  # the azimuth says nothing
    assert math.isnan(bearing_of({**level, "range_error": 0.5}, Units(), None).sigma_v_m)
    status = message(status_report={"node_location": located(z_error=300.0)})
    got, _ = rows_of(status, message(detection_report={"range_bearing": {**level, **errors}}))
    assert got.reports.sigma_h_m[0] == pytest.approx(b.sigma_h_m)
    assert got.reports.sigma_v_m[0] == pytest.approx(math.hypot(b.sigma_v_m, 300.0))  # and those of the node's place
    got, _ = rows_of(message(detection_report={"range_bearing": {**level, **errors}}), nodes={NODE: "r2"})
    assert (got.reports.sigma_h_m[0], got.reports.range_m[0]) == (pytest.approx(b.sigma_h_m), 20_000.0)


def test_a_direction_from_a_sensor_of_the_case_stays_a_direction() -> None:
    seen = {"azimuth": 90.0, "elevation": 10.0, "range": 5_000.0, "coordinate_system": 1, "datum": 1}
    report = {"object_id": "O1", "range_bearing": seen}
    got, _ = rows_of(message(detection_report=report), nodes={NODE: "r2"})
    r = got.reports
    assert (r.sensor[0], r.range_m[0], r.azimuth_rad[0]) == (1, 5_000.0, pytest.approx(math.pi / 2.0))
    assert np.isnan(r.lat_rad[0])


def test_a_direction_from_any_other_node_is_placed_by_its_status() -> None:
    seen = {"azimuth": 0.0, "elevation": 0.0, "range": 10_000.0, "coordinate_system": 1, "datum": 1}
    report = message(detection_report={"object_id": "O1", "range_bearing": seen})
    status = message(status_report={"report_id": "S", "system": 1, "node_location": located(x=24.0, y=50.0)})
    got, _ = rows_of(report, status, report)
    assert got.rejects.counts == {"sensor_place": 1}
    # 10 km along the meridian at 50 N: a degree is 111,229 m there; a level ray is 7.8 m higher over the ellipsoid
    assert np.degrees(got.reports.lat_rad[0]) == pytest.approx(50.0 + 10_000.0 / 111_229.0, abs=1e-5)
    assert got.reports.hae_m[0] == pytest.approx(300.0 + 10_000.0**2 / 2.0 / 6.38e6, abs=0.1)
    assert got.others == {"status_report": 1}
    up = seen_from(Place(50.0, 24.0, 100.0, 0, 0), Bearing(1_000.0, 1.0, math.pi / 2.0))
    assert (up.lat_deg, up.hae_m) == (pytest.approx(50.0), pytest.approx(1_100.0))


def test_what_a_message_leaves_out_its_registration_says() -> None:
    bare = located(coordinate_system=0, datum=0)
    kind = {"location_units": 1, "location_datum": 2, "zone": ""}
    speed = {"enu_velocity_units": {"east_north_rate_units": 2, "up_rate_units": 1}}
    declared = message(registration={"icd_version": "BSI Flex 335 v2.0", "mode_definition": [
        {"detection_definition": [{"location_type": kind, "velocity_type": speed}]}]})
    sent = detection(location=bare, enu_velocity={"east_rate": 36.0, "north_rate": 0.0, "up_rate": 5.0})
    got, _ = rows_of(sent, declared, sent)
    assert got.rejects.counts == {"coordinates": 1}
    assert got.reports.hae_m.tolist() == [300.0]
    assert (got.reports.ve_mps[0], got.reports.vu_mps[0]) == (pytest.approx(10.0), 5.0)


def test_lost_objects_people_and_vehicles_are_no_reports() -> None:
    person = [{"type": "Human", "confidence": 0.8}, {"type": "Unknown", "confidence": 0.2}]
    got, _ = rows_of(detection(state="Lost"), detection(classification=person), message(detection_report={}), message())
    assert got.rejects.counts == {"lost": 1, "not_air": 1, "no_place": 1}
    assert got.others == {"empty": 1}


def test_classes() -> None:
    assert kind_of([]) == ("", pytest.approx(math.nan, nan_ok=True))
    assert kind_of([{"type": "Animal", "confidence": 0.9, "sub_class": [{"type": "Bird", "confidence": 0.95}]}]) == (
        "bird", 0.9)
    assert kind_of([{"type": "Air Vehicle", "confidence": 0.6}]) == ("unknown", 0.6)
    assert kind_of([{"type": "Land Vehicle", "confidence": 0.6}, {"type": "UAV", "confidence": 0.7}]) == ("drone", 0.7)


@pytest.mark.parametrize(("text", "kind"), [
    ("Quadcopter", "drone"), ("UAV-FixedWing", "drone"), ("Multi-Rotor", "drone"), ("RPAS", "drone"),
    ("Small UAVs", "drone"), ("Loitering Munition", "drone"), ("Unmanned Aerial Vehicle", "drone"), ("UCAV", "drone"),
    ("Ground attack UAV", "drone"),
    ("Missile", "unknown"), ("Sea-skimming missile", "unknown"), ("Balloon", "unknown"), ("Object", "unknown"),
    ("Unknown Object", "unknown"), ("Tracked object", "unknown"), ("Vehicle", "unknown"), ("", "unknown"),
    ("Fixed-Wing", "aircraft"), ("RotaryWing", "helicopter"), ("Birds", "bird"), ("Ground Attack Aircraft", "aircraft"),
    ("Human", "ground"), ("Land Vehicle", "ground"), ("Unmanned Ground Vehicle", "ground"), ("Sea Vessel", "ground"),
    ("Animal", "ground"), ("Cars", "ground"), ("USV", "ground"),
])  # fmt: skip
def test_only_words_that_are_known_keep_a_class_out_of_the_air(text: str, kind: str) -> None:
    assert kind_of([{"type": text, "confidence": 0.9}]) == (kind, pytest.approx(0.9))


def one(text: str, p: float, *inner: dict[str, Any]) -> dict[str, Any]:
    return {"type": text, "confidence": p, "sub_class": list(inner)}


def test_shares_of_classes() -> None:
    """Little is no reason to look away; what a class does not share out stays with it; the outermost says where."""
    assert kind_of([one("Human", 0.05)]) == ("unknown", pytest.approx(0.95))
    assert kind_of([one("Human", 0.51)]) == ("ground", 0.51)
    air = one("Air Vehicle", 0.6, one("UAV", 0.25), one("Manned Rotary Wing", 0.2))
    assert kind_of([air, one("Animal", 0.4)]) == ("drone", 0.25)
    assert kind_of([one("Air Vehicle", 0.9, one("Human", 0.2))]) == ("unknown", pytest.approx(0.9))
    assert kind_of([one("Land Vehicle", 0.9, one("Unmanned Ground Vehicle", 0.8))]) == ("ground", pytest.approx(0.9))
    assert kind_of([one("UAV", 0.9, one("Fixed Wing", 0.8), one("Rotary Wing", 0.8))]) == ("drone", pytest.approx(0.9))
    assert kind_of([one("Vehicle", 0.9, one("Car", 0.7))]) == ("ground", pytest.approx(0.7))
    assert kind_of([one("Animal", 0.9, one("Bird", 0.3))]) == ("ground", pytest.approx(0.6))


def test_a_class_that_is_not_known_is_a_row() -> None:
    got, _ = rows_of(detection(classification=[one("Shahed", 0.9)]), detection(classification=[one("Gizmo", 0.9)]))
    assert got.reports.kind.tolist() == [Kind.DRONE, Kind.UNKNOWN]
    assert got.rejects.counts == {}


def test_damaged_frames_are_counted_and_the_next_is_read() -> None:
    good = m.framed(detection())
    got = FORMATS["sapient"](struct.pack("<I", 3) + b"\x08\xff\xff" + struct.pack("<I", 0) + good + good[:9], context())
    assert len(got.reports) == 1
    assert got.rejects.counts == {"protobuf": 1, "cut": 1}
    assert got.others == {"empty": 1}


def test_a_size_that_cannot_be_ends_the_reading() -> None:
    feed = SapientFeed(context())
    feed.receive(struct.pack("<I", m.FRAME_MAX + 1) + m.framed(detection()))
    for _ in range(200):
        feed.receive(b"x" * 500_000)
    assert feed.frames.is_lost
    assert len(feed.frames._buffer) == 0
    assert feed.rejects.counts == {"size": 1}


@given(st.lists(st.integers(0, 2_000), max_size=8))
def test_however_the_bytes_are_cut_the_rows_are_the_same(cuts: list[int]) -> None:
    data = b"".join(m.framed(detection(object_id=f"O{k}", location=located(y=50.0 + 0.01 * k))) for k in range(5))
    data += b"\x05\0\0\0\x08\xff\xff\xff\xff" + m.framed(detection())
    feed, at, lat = SapientFeed(context()), 0, []
    for cut in [*sorted(c % (len(data) + 1) for c in cuts), len(data)]:
        feed.receive(data[at:cut])
        lat += feed.rows().reports.lat_rad.tolist()
        at = cut
    feed.finish()
    whole = FORMATS["sapient"](data, context())
    assert lat == whole.reports.lat_rad.tolist()
    assert feed.rejects.counts == whole.rejects.counts == {"protobuf": 1}


@given(st.binary(max_size=200))
def test_any_frame_gives_a_row_or_counts(body: bytes) -> None:
    got = FORMATS["sapient"](struct.pack("<I", len(body)) + body + m.framed(detection()), context())
    assert len(got.reports) + got.rejects.total + sum(got.others.values()) == 2
    assert np.all(np.isfinite(got.reports.t_s))


_ANY = st.floats() | st.sampled_from([0.0, 24.0, 1e308, -1e308])


@given(st.fixed_dictionaries({}, optional={n: _ANY for n in ("x", "y", "z", "x_error", "y_error", "z_error")}),
       st.integers(-1, 9), st.integers(0, 4), st.sampled_from(["", "35N", "99", "x", "35S"]))
def test_any_location_is_a_place_or_refused(value: dict[str, Any], system: int, datum: int, zone: str) -> None:
    sent = detection(location={**value, "coordinate_system": system, "datum": datum, "utm_zone": zone})
    got, _ = rows_of(sent)
    assert len(got.reports) + got.rejects.total == 1
    assert np.all(np.abs(got.reports.lat_rad) <= np.pi / 2.0)


@given(st.fixed_dictionaries({}, optional={n: _ANY for n in ("azimuth", "elevation", "range")}), st.integers(-1, 6))
def test_any_direction_is_a_row_or_refused(value: dict[str, Any], system: int) -> None:
    seen = {**value, "coordinate_system": system, "datum": 1}
    status = message(status_report={"node_location": located()})
    for options in ({}, {"nodes": {NODE: "r1"}}):
        got, _ = rows_of(status, message(detection_report={"range_bearing": seen}), **options)
        assert len(got.reports) + got.rejects.total == 1


def test_json_names_numbers_and_what_it_refuses() -> None:
    text = {"timestamp": "2024-12-25T08:00:00.25+00:00", "nodeId": NODE, "detection_report": {
        "objectId": "O1", "location": {"x": "24.1", "y": 50.2, "coordinateSystem": 1, "strange": 1}}}
    one = json.dumps(text)
    bad = [one.replace("2024-12-25T", "25.12.2024 "), one.replace('"O1"', "17"), '{"detectionReport": 5}']
    got = FORMATS["sapient-json"]("\n".join([one, *bad]).encode(), context())
    assert got.reports.t_s.tolist() == [T_S]
    assert got.rejects.counts == {"json_value": 3}
    assert got.rejects.repairs["unknown_key"] >= 1


def test_a_word_that_its_enum_does_not_have_costs_no_message_unless_it_says_where() -> None:
    place = {"x": 24.1, "y": 50.2, "coordinateSystem": "LOCATION_COORDINATE_SYSTEM_LAT_LNG_DEG_M",
             "datum": "LOCATION_DATUM_WGS84_E"}  # fmt: skip
    near = {"associationType": "ASSOCIATION_RELATION_FOO", "objectId": "z"}
    text = json.dumps({"timestamp": "2024-12-25T08:00:00.25Z", "nodeId": NODE, "detectionReport": {
        "objectId": "O1", "location": place, "enuVelocity": {"eastRate": 5.0, "northRate": 0.0},
        "associatedDetection": [near]}})  # fmt: skip
    units = {"enuVelocityUnits": {"eastNorthRateUnits": "SPEED_UNITS_KNOTS"}}
    declared = json.dumps({"nodeId": NODE, "registration": {"modeDefinition": [
        {"modeType": "MODE_TYPE_NEW", "detectionDefinition": [{"velocityType": units}]}]}})  # fmt: skip
    odd = [text.replace("WGS84_E", "EGM08"), text.replace("LAT_LNG_DEG_M", "MGRS")]
    got = FORMATS["sapient-json"]("\n".join([text, *odd, declared, text]).encode(), context())
    assert (got.rejects.counts, got.rejects.repairs) == ({"json_value": 2}, {"enum_word": 4})
    assert got.reports.ve_mps.tolist() == pytest.approx([5.0, NAN], nan_ok=True)  # of knots nobody said what they are
    got, _ = rows_of(detection(location=located(datum=7)))
    assert got.rejects.counts == {"coordinates": 1}


@given(st.recursive(st.none() | st.booleans() | st.floats() | st.integers() | st.text(max_size=5),
                    lambda s: st.lists(s, max_size=3) | st.dictionaries(st.sampled_from(
                        ["timestamp", "nodeId", "detectionReport", "location", "x", "y", "registration", "statusReport",
                         "nodeLocation", "modeDefinition", "coordinateSystem", "error", "packet"]), s, max_size=4),
                    max_leaves=12))
def test_any_json_is_a_message_or_refused(value: Any) -> None:
    try:
        read = m.from_json(value, Rejects())
    except BadMessage:
        return
    assert m.decode(m.encode(read)).keys() == read.keys() or len(read.keys() & set(m.CONTENTS)) > 1


def test_the_messages_of_the_standards_first_version(shared_data: Path) -> None:
    """BSI Flex 335 v1.0; what v2.0 has otherwise (lists, names of commands) is counted, and nothing else is lost."""
    feed, seen = SapientJson(context()), []
    for path in sorted((shared_data / "sapient").rglob("*.json")):
        feed.receive(path.read_bytes())
        value = m.from_json(json.loads(path.read_bytes()), Rejects())
        seen.append(m.content_of(value))
        assert m.decode(m.encode(value)).keys() == value.keys()
    feed.finish()
    assert seen == ["alert", "detection_report", "registration", "status_report", "task"]
    got = feed.rows()
    assert got.others == {"alert": 1, "registration": 1, "status_report": 1, "task": 1}
    assert got.rejects.counts == {"not_air": 1}  # a person; and its place names no coordinate system
    node = feed.meaning.nodes[""]
    assert (node.name, node.version, node.node_kinds) == ("Test Radar", "BSI Flex 335 v1.0", (1,))
    assert node.units == Units(0, 1, 1, 0, "30N", 1.0)
    assert feed.meaning.nodes["1"].heard_s == pytest.approx(1692085459.411134)  # 2023-08-15T07:44:19.411134Z
