"""What is written is read again: CoT, SAPIENT, GeoJSON, KML, CZML; exercises are marked, unknown stays unknown."""

from __future__ import annotations

import json
import math
import xml.etree.ElementTree as ElementTree
from typing import Any

import numpy as np
import pytest
import scenes
import shapely
import shapely.geometry
from feedkit import ANOTHER, context
from hypothesis import given
from hypothesis import strategies as st

from flightward.errors import BadInput
from flightward.feeds.cot import CotFeed, tak, xmltext
from flightward.feeds.cot.event import ping
from flightward.feeds.sapient import messages as m
from flightward.feeds.sapient.session import node_id
from flightward.model import NONE, Kind, Level, f64
from flightward.sinks import Mark
from flightward.sinks.formats.cot import CotSettings, affiliation, events_of
from flightward.sinks.formats.czml import czml
from flightward.sinks.formats.geojson import geojson
from flightward.sinks.formats.kml import NAMESPACE, kml, network_link
from flightward.sinks.formats.sapient import alerts_of, registration, status, ulid
from flightward.sinks.scene import Scene, TrackMark

T_S = scenes.T_S


@pytest.mark.parametrize("as_tak", [False, True])
def test_what_is_written_as_cot_is_read_again(as_tak: bool) -> None:
    ctx = context(options={"shapes": "all", **ANOTHER})
    feed = CotFeed(ctx)
    for event in events_of(scenes.scene()):
        feed.receive(tak.frame_of(event) if as_tak else xmltext.xml_of(event))
    feed.finish()
    got = feed.rows()
    r = got.reports
    assert (len(r), got.rejects.counts) == (1, {})
    assert (r.t_s[0], r.hae_m[0], r.sigma_h_m[0], r.sigma_v_m[0]) == (T_S, 800.0, 25.0, 40.0)
    assert np.degrees([r.lat_rad[0], r.lon_rad[0]]).tolist() == pytest.approx([50.1, 24.2])
    assert [r.ve_mps[0], r.vn_mps[0], r.vu_mps[0]] == pytest.approx([30.0, -40.0, 2.0], abs=0.02)
    assert (r.kind[0], r.hostile[0]) == (Kind.DRONE, 1)
    assert got.alerts.t_s.tolist() == [T_S, T_S + 60.0]  # the raid's outline, until it goes stale
    route = feed.routes["flightward.route.F1"]
    assert [(p.lat_deg, p.lon_deg, p.hae_m) for p in route.points] == [(50.3, 24.1, 1_200.0), (50.6, 24.5, 400.0)]
    assert [p.name for p in route.points] == ["0800Z", "0810Z"]
    assert got.others == {"route": 1, "alarm": 1}


def test_warnings_are_alerts_of_tak_and_are_cancelled_when_cleared() -> None:
    def one(**changes: Any) -> Any:
        return events_of(scenes.scene(warnings=(scenes.warning(**changes),)))[0]

    raised, caution = one(), one(level=int(Level.CAUTION))
    assert (raised.type, caution.type, one(level=int(Level.BLIND)).type) == ("b-a-o-tbl", "b-a-o-pan", "b-m-p-s-m")
    cleared = one(is_cleared=True)
    assert (cleared.uid, cleared.type) == (raised.uid, "b-a-o-can")
    emergency = cleared.detail.child("emergency")
    assert emergency is not None and emergency.get("cancel") == "true"
    nowhere = one(lat_deg=math.nan, lon_deg=math.nan)
    assert (nowhere.lat_deg, nowhere.lon_deg) == (0.0, 0.0) and math.isnan(nowhere.hae_m)


def test_stale_times_say_how_long_an_event_may_be_believed() -> None:
    whole = scenes.scene(tracks=(scenes.track(age_s=4.0), scenes.track(13, age_s=90.0), scenes.BARE))
    stale = {e.uid: e.stale_s - e.time_s for e in events_of(whole, CotSettings("fw", 15.0, 60.0, 120.0, 300.0))}
    assert stale == {
        "fw.warning.W5": 120.0, "fw.route.F1": 240.0, "fw.raid.R3": 60.0, "fw.track.T12": 11.0, "fw.track.T13": 1.0,
    }  # a route no longer than one can still decide on it; a track that was not seen anew is stale at once


def test_affiliations() -> None:
    t = scenes.track()
    assert affiliation(t) == "h"
    assert affiliation(t._replace(hostile=NONE)) == "s"
    assert affiliation(t._replace(hostile=NONE, p_hostile=0.3)) == "u"
    assert affiliation(t._replace(hostile=0)) == "n"
    assert affiliation(t._replace(hostile=NONE, flight_id="F1")) == "f"


def test_what_is_not_real_is_marked_in_every_event() -> None:
    for event in events_of(scenes.scene()):
        text = xmltext.xml_of(event).decode()
        assert event.opex == "s-flightward"
        assert "EXERCISE SIMULATED" in text
    assert {e.opex for e in events_of(scenes.scene(mark=Mark("EXERCISE")))} == {"e-flightward"}
    real = scenes.scene(mark=Mark(), warnings=(), routes=())
    assert all(e.opex == "" and "EXERCISE" not in xmltext.xml_of(e).decode() for e in events_of(real))
    assert ping(T_S).type == "t-x-c-t"


def test_sapient_alerts_are_read_again_and_keep_their_id() -> None:
    node = node_id("watch-1")
    (raised,) = alerts_of(scenes.scene(), node)
    back = m.decode(m.encode(raised))
    alert = back["alert"]
    assert (m.time_of(back["timestamp"]), back["node_id"]) == (T_S, node)
    assert (alert["alert_type"], alert["status"], alert["priority"]) == (3, 1, 3)  # critical, active, high
    assert alert["confidence"] == pytest.approx(0.62)
    assert (alert["location"]["x"], alert["location"]["y"], alert["location"]["z"]) == (24.1, 50.3, 1_200.0)
    assert alert["description"].startswith("EXERCISE SIMULATED: MEDIC1")
    assert alert["additional_information"].startswith("EXERCISE SIMULATED: ")
    later = scenes.scene(t_s=T_S + 60.0, warnings=(scenes.warning(is_cleared=True),))
    (cleared,) = alerts_of(later, node)
    assert (cleared["alert"]["alert_id"], cleared["alert"]["status"]) == (alert["alert_id"], 5)
    assert alerts_of(scenes.scene(warnings=(scenes.warning(is_new=False),)), node) == []


def test_ulids() -> None:
    # github.com/ulid/spec: 01ARYZ6S41... is 1469918176385 ms
    made = ulid(1_469_918_176.385, "a", "b")
    assert (made[:10], len(made)) == ("01ARYZ6S41", 26)
    assert set(made) <= set("0123456789ABCDEFGHJKMNPQRSTVWXYZ")
    assert ulid(1.0, "a", "b") == ulid(1.0, "a", "b") != ulid(1.0, "ab")


def test_what_flightward_says_of_itself_holds_what_the_standard_demands() -> None:
    pb = pytest.importorskip("sapient_msg.bsi_flex_335_v2_0.sapient_message_pb2", reason="needs sapient-proto")
    for message in (registration(T_S, node_id("w"), "Watch"), status(T_S, node_id("w"), is_new=True),
                    *alerts_of(scenes.scene(), node_id("w"))):
        theirs = pb.SapientMessage()
        theirs.ParseFromString(m.encode(message))
        assert theirs.WhichOneof("content") == m.content_of(message)
    theirs.ParseFromString(m.encode(registration(T_S, node_id("w"), "Watch")))
    said = theirs.registration
    assert said.icd_version == "BSI Flex 335 v2.0"
    assert (said.node_definition[0].node_type, said.mode_definition[0].task.concurrent_tasks) == (20, 0)


def test_geojson() -> None:
    value = json.loads(geojson(scenes.scene(tracks=(scenes.track(), scenes.BARE))))
    assert (value["type"], value["mark"], value["time"]) == ("FeatureCollection", "EXERCISE SIMULATED",
    "2024-12-25T08:00:00.000Z")
    by_id = {f["id"]: f for f in value["features"]}
    assert list(by_id) == ["warning-W5", "route-F1", "raid-R3", "track-T12", "track-T13"]
    assert by_id["track-T12"]["geometry"]["coordinates"] == [24.2, 50.1, 800.0]
    assert by_id["track-T13"]["geometry"]["coordinates"] == [24.2, 50.1]
    assert by_id["track-T13"]["properties"]["hostile"] is None
    shape = shapely.geometry.shape(by_id["raid-R3"]["geometry"])
    assert shape.is_valid and shape.exterior.is_ccw  # RFC 7946, 3.1.6
    assert shape.bounds == (24.0, 50.0, 24.3, 50.2)
    assert by_id["warning-W5"]["properties"]["level"] == "WARNING"
    assert by_id["route-F1"]["geometry"]["coordinates"][1] == [24.5, 50.6, 400.0]


def test_geojson_over_the_antimeridian_is_cut_there() -> None:
    over = scenes.raid(ring_lat_deg=f64([50.0, 50.0, 51.0, 51.0]), ring_lon_deg=f64([179.0, -179.0, -179.0, 179.0]))
    times = f64([T_S, T_S + 60.0, T_S + 120.0])
    way = scenes.route(t_s=times, lat_deg=f64([0.0] * 3), lon_deg=f64([-179.0, 179.0, 178.0]),
                       hae_m=f64([100.0, 200.0, math.nan]))  # fmt: skip
    value = json.loads(geojson(scenes.scene(raids=(over,), routes=(way,))))
    found = {f["id"]: f for f in value["features"]}
    east, west = shapely.get_parts(shapely.geometry.shape(found["raid-R3"]["geometry"]))
    assert east.exterior.is_ccw and west.exterior.is_ccw
    assert (east.bounds[0], east.bounds[2], west.bounds[0], west.bounds[2]) == (179.0, 180.0, -180.0, -179.0)
    route = found["route-F1"]
    assert route["geometry"] == {"type": "MultiLineString", "coordinates": [
        [[-179.0, 0.0, 100.0], [-180.0, 0.0, 150.0]], [[180.0, 0.0, 150.0], [179.0, 0.0, 200.0], [178.0, 0.0]]]}
    assert route["properties"]["times_s"] == [T_S, T_S + 30.0, T_S + 30.0, T_S + 60.0, T_S + 120.0]
    # KML and CZML show it whole.
    assert b"179.0000000,50.0000000 -179.0000000,50.0000000" in kml(scenes.scene(raids=(over,)))


def test_every_option_is_a_route_in_geojson_and_in_cot() -> None:
    other = scenes.route(option="hold", rank=2, crew="HOLD HERE 15 MIN", decide_by_s=math.nan)
    both = scenes.scene(options=(other,))
    found = {f["id"]: f for f in json.loads(geojson(both))["features"]}
    assert found["route-F1"]["properties"]["rank"] == 0
    value = found["route-F1.option2"]
    assert value["geometry"]["coordinates"] == [[24.1, 50.3, 1_200.0], [24.5, 50.6, 400.0]]
    props = value["properties"]
    assert (props["option"], props["rank"], props["decide_by_s"]) == ("hold", 2, None)
    assert (props["crew_message"], props["times_s"]) == ("HOLD HERE 15 MIN", [scenes.T_S, scenes.T_S + 600.0])
    feed = CotFeed(context(options=ANOTHER))
    for event in events_of(both):
        feed.receive(xmltext.xml_of(event))
    feed.finish()
    assert set(feed.routes) == {"flightward.route.F1", "flightward.route.F1.option2"}
    again = feed.routes["flightward.route.F1.option2"]
    assert [(p.lat_deg, p.lon_deg, p.hae_m) for p in again.points] == [(50.3, 24.1, 1_200.0), (50.6, 24.5, 400.0)]
    assert [p.name for p in again.points] == ["0800Z", "0810Z"]


def test_kml() -> None:
    space = {"k": NAMESPACE}
    root = ElementTree.fromstring(kml(scenes.scene(), geoid_m=30.0))
    places = root.findall(".//k:Placemark", space)
    assert len(places) == 4
    assert [p.findtext("k:name", "", space) for p in places] == [
        "WARNING W5 MEDIC1", "MEDIC1: divert", "Raid R3", "T12"]
    assert all("EXERCISE SIMULATED" in p.findtext("k:description", "", space) for p in places)
    assert "<ahead> & near" in places[0].findtext("k:description", "", space)
    assert places[3].findtext("k:Point/k:coordinates", "", space) == "24.2000000,50.1000000,770.0"
    assert places[3].findtext("k:TimeStamp/k:when", "", space) == "2024-12-25T08:00:00.000Z"
    styles = {s.get("id") for s in root.findall(".//k:Style", space)}
    assert {p.findtext("k:styleUrl", "", space)[1:] for p in places} <= styles
    link = ElementTree.fromstring(network_link("http://127.0.0.1:8080/now.kml?a=1&b=2", 5.0))
    assert link.findtext(".//k:href", "", space) == "http://127.0.0.1:8080/now.kml?a=1&b=2"
    assert link.findtext(".//k:refreshInterval", "", space) == "5"


def test_czml() -> None:
    later = scenes.scene(t_s=T_S + 10.0, tracks=(scenes.track(lat_deg=50.2),), warnings=())
    document, *packets = json.loads(czml([scenes.scene(), later]))
    by_id = {p["id"]: p for p in packets}
    assert document["clock"]["interval"] == "2024-12-25T08:00:00.000Z/2024-12-25T08:00:10.000Z"
    moving = by_id["track-T12"]["position"]
    assert moving["cartographicDegrees"] == [0.0, 24.2, 50.1, 800.0, 10.0, 24.2, 50.2, 800.0]
    assert by_id["warning-W5"]["availability"] == "2024-12-25T08:00:00.000Z/2024-12-25T08:00:01.000Z"
    steps = by_id["raid-R3"]["polygon"]["positions"]
    assert [s["interval"] for s in steps] == [
        "2024-12-25T08:00:00.000Z/2024-12-25T08:00:10.000Z", "2024-12-25T08:00:10.000Z/2024-12-25T08:00:11.000Z"]
    assert "EXERCISE SIMULATED" in document["name"]
    with pytest.raises(BadInput, match="no scene"):
        czml([])


def test_czml_of_one_scene_is_a_picture_that_stands() -> None:
    document, *packets = json.loads(czml([scenes.scene()], 5.0))
    span = "2024-12-25T08:00:00.000Z/2024-12-25T08:00:05.000Z"
    assert (document["clock"]["interval"], document["clock"]["range"]) == (span, "CLAMPED")
    assert {p["availability"] for p in packets} == {span}
    by_id = {p["id"]: p for p in packets}
    assert by_id["track-T12"]["position"] == {"cartographicDegrees": [24.2, 50.1, 800.0]}
    assert by_id["raid-R3"]["polygon"]["positions"][0]["interval"] == span


def test_czml_nothing_glides_while_it_is_not_seen() -> None:
    def at(dt_s: float, *tracks: TrackMark) -> Scene:
        return scenes.scene(t_s=T_S + dt_s, tracks=tracks, warnings=(), raids=())

    seen, later = scenes.track(), scenes.track(lat_deg=50.3)
    lost = scenes.track(lat_deg=math.nan)
    for gap in (at(10.0), at(10.0, lost)):
        (packet,) = json.loads(czml([at(0.0, seen), at(5.0, seen), gap, at(15.0, later)], 5.0))[1:]
        first, last = (f"2024-12-25T08:00:{a}.000Z/2024-12-25T08:00:{b}.000Z" for a, b in (("00", "05"), ("15", "20")))
        assert [packet["availability"][0], packet["availability"][-1]] == [first, last]
        assert [p["interval"] for p in packet["position"]] == [first, last]
        assert packet["position"][1]["cartographicDegrees"] == [24.2, 50.3, 800.0]
        assert packet["position"][0]["cartographicDegrees"] == [0.0, 24.2, 50.1, 800.0, 5.0, 24.2, 50.1, 800.0]


_NUMBERS = st.floats(-80.0, 80.0) | st.just(math.nan)
_TRACKS = st.builds(
    TrackMark, st.text("T0123", min_size=1, max_size=4), st.floats(-89.0, 89.0), st.floats(-179.0, 179.0),
    *[_NUMBERS] * 4, *[st.floats(0.1, 99.0) | st.just(math.nan)] * 2, st.integers(0, 4), *[st.floats(0.0, 1.0)] * 3,
    st.sampled_from([-1, 0, 1]), st.text(max_size=5), st.text(max_size=3), st.text(max_size=3), _NUMBERS,
    st.sampled_from(["trusted", "false"]),
)


@given(st.lists(_TRACKS, max_size=4), st.text(max_size=12))
def test_any_scene_is_written_in_every_format(tracks: list[TrackMark], text: str) -> None:
    any_scene = Scene(T_S, text, Mark(), tuple(tracks), (scenes.raid(hae_m=math.nan),), (scenes.warning(text=text),))
    feed = CotFeed(context(options=ANOTHER))
    for event in events_of(any_scene):
        feed.receive(xmltext.xml_of(event))
        assert tak.event_of(tak.message_of(event)) is not None
    feed.finish()
    assert feed.rejects.counts.keys() <= {"no_position"}  # 0, 0 is no place
    json.loads(geojson(any_scene))
    json.loads(czml([any_scene]))
    ElementTree.fromstring(kml(any_scene))
    for message in alerts_of(any_scene, "n"):
        assert m.decode(m.encode(message))["alert"]["description"] == text
