"""Cursor on Target: events by hand, stale times, XML attacks, TAK protobuf; the four examples of ATAK."""

from __future__ import annotations

import dataclasses
import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from feedkit import context
from hypothesis import given
from hypothesis import strategies as st

from flightward.errors import BadMessage
from flightward.feeds import protowire
from flightward.feeds.cot import CotEvent, CotFeed, Element, kinds, stream, tak, xmltext
from flightward.feeds.cot.areas import AREAS_MAX, Area, Areas
from flightward.feeds.formats import FORMATS
from flightward.feeds.rows import FeedContext, FeedRows, Rejects
from flightward.model import NONE, AlertState, Kind

T_S = 1_735_113_600.0


def event(kind: str = "a-h-A-M-F-Q", uid: str = "drone-1", *children: Element, **changes: Any) -> CotEvent:
    given_values = {
        "time_s": T_S, "start_s": T_S, "stale_s": T_S + 60.0, "how": "m-r", "lat_deg": 50.1, "lon_deg": 24.2,
        "hae_m": 350.0, "ce_m": 25.0, "le_m": 40.0, "detail": Element("detail", {}, children),
    }
    return CotEvent(uid, kind, **{**given_values, **changes})


TRACK = Element("track", {"course": "90.0", "speed": "50.0", "slope": "30.0"})
NAN = math.nan
ROUTE = [Element("link", {"point": f"50.{k},24.0", "type": "b-m-p-w"}) for k in range(3)]
CIRCLE = Element("shape", {}, (Element("ellipse", {"major": "1000", "minor": "1000", "angle": "360"}),))
FENCE = Element("__geofence", {"trigger": "Entry"})


def rows_of(*events: CotEvent | bytes, as_tak: bool = False, **options: Any) -> tuple[FeedRows, FeedContext]:
    ctx = context(options=options)
    write = tak.frame_of if as_tak else xmltext.xml_of
    return FORMATS["cot"](b"\n".join(e if isinstance(e, bytes) else write(e) for e in events), ctx), ctx


@pytest.mark.parametrize("as_tak", [False, True])
def test_a_track_field_by_field(as_tak: bool) -> None:
    got, ctx = rows_of(event("a-h-A-M-F-Q", "drone-1", TRACK), as_tak=as_tak)
    r = got.reports
    assert (got.rejects.counts, len(r)) == ({}, 1)
    assert (r.t_s[0], r.t_rx_s[0], r.hae_m[0], r.sigma_h_m[0], r.sigma_v_m[0]) == (T_S, T_S, 350.0, 25.0, 40.0)
    assert np.degrees([r.lat_rad[0], r.lon_rad[0]]).tolist() == pytest.approx([50.1, 24.2])
    # speed along a slope of 30 degrees: cos 30 of it over ground, half of it up
    assert (r.ve_mps[0], r.vn_mps[0]) == pytest.approx((50.0 * math.sqrt(0.75), 0.0), abs=1e-9)
    assert r.vu_mps[0] == pytest.approx(25.0)
    assert (r.kind[0], r.hostile[0], r.sensor[0]) == (Kind.DRONE, 1, NONE)
    assert ctx.names.text(int(r.source_track[0])) == "drone-1"


def test_unknown_values_are_unknown() -> None:
    text = (b'<event version="2.0" uid="u" type="a-u-A" time="2024-12-25T08:00:00Z" start="2024-12-25T08:00:00Z" '
            b'stale="2024-12-25T08:01:00Z"><point lat="0.0" lon="0.0" hae="9999999.0" '
            b'ce="9999999" le="9999999.0"/></event>')
    got, _ = rows_of(text)
    assert got.rejects.counts == {"no_position": 1}
    got, _ = rows_of(text.replace(b'lat="0.0"', b'lat="50.0"'))
    r = got.reports
    assert np.isnan([r.hae_m[0], r.sigma_h_m[0], r.sigma_v_m[0], r.ve_mps[0], r.vu_mps[0]]).all()
    assert (r.kind[0], r.hostile[0], r.identity[0]) == (NONE, NONE, NONE)


@pytest.mark.parametrize(("said", "velocity", "n_odd"), [
    ({"course": "9999999.0", "speed": "50.0", "slope": "9999999.0"}, (NAN, NAN, NAN), 0),
    ({"course": "90.0", "speed": "9999999.0"}, (NAN, NAN, NAN), 0),
    ({"course": "90.0", "speed": "50.0", "slope": "9999999.0"}, (50.0, 0.0, NAN), 0),
    ({"course": "-90.0", "speed": "50.0", "slope": "NaN"}, (-50.0, 0.0, NAN), 0),
    ({"course": "-1.0", "speed": "-1.0"}, (NAN, NAN, NAN), 1),
    ({"course": "361.0", "speed": "50.0", "slope": "30.0"}, (NAN, NAN, 25.0), 1),
    ({"course": "90.0", "speed": "50000.0", "slope": "30.0"}, (NAN, NAN, NAN), 1),
    ({"course": "90.0", "speed": "50.0", "slope": "100.0"}, (50.0, 0.0, NAN), 1),
])  # fmt: skip
def test_a_velocity_that_is_unknown_or_cannot_be_costs_no_row(
    said: dict[str, str], velocity: tuple[float, float, float], n_odd: int
) -> None:
    got, _ = rows_of(event("a-h-A", "u", Element("track", said)))
    r = got.reports
    assert (len(r), got.rejects.counts, got.rejects.repairs.get("velocity_unused", 0)) == (1, {}, n_odd)
    assert (r.ve_mps[0], r.vn_mps[0], r.vu_mps[0]) == pytest.approx(velocity, abs=1e-9, nan_ok=True)


@pytest.mark.parametrize(("sent", "velocity"), [
    ({}, (0.0, 0.0)), ({"speed": 30.0}, (0.0, 30.0)), ({"course": 90.0}, (0.0, 0.0)),
])  # fmt: skip
def test_a_double_that_tak_does_not_send_is_zero(sent: dict[str, float], velocity: tuple[float, float]) -> None:
    """proto3: a track without a speed stands still, one without a course goes due north."""
    value = protowire.decode(tak.message_of(event()), tak.TABLES, "TakMessage")
    value["cotEvent"]["detail"] = {"track": sent}
    got, _ = rows_of(tak.MESH + protowire.encode(value, tak.TABLES, "TakMessage"))
    assert (got.reports.ve_mps[0], got.reports.vn_mps[0]) == velocity
    # and what has no course is not written so that it has one
    half = tak.event_of(tak.message_of(event("a-h-A", "u", Element("track", {"speed": "2.0"}))))
    assert half is not None and half.detail.children == (Element("track", {"speed": "2.0"}),)


@pytest.mark.parametrize("as_tak", [False, True])
def test_exercises_and_simulations_are_kept_aside_unless_they_are_wanted(as_tak: bool) -> None:
    kinds_of_row = [event(), event("u-d-c-c", "f", CIRCLE, FENCE), event("b-m-r", "r", *ROUTE)]
    for opex, why in (("e-north", "exercise"), ("s-x", "simulated"), ("E", "exercise")):
        sent = [dataclasses.replace(e, opex=opex) for e in kinds_of_row]
        got, _ = rows_of(*sent, as_tak=as_tak)
        assert (len(got.reports), len(got.alerts), got.others, got.rejects.counts) == (0, 0, {}, {why: 3})
        got, _ = rows_of(*sent, as_tak=as_tak, exercises=True)
        assert (len(got.reports), len(got.alerts), got.others, got.rejects.counts) == (1, 2, {"route": 1}, {})
    assert len(rows_of(event(opex="o-watch"), as_tak=as_tak)[0].reports) == 1


def test_what_we_said_ourselves_is_not_heard_back() -> None:
    sent = [event(uid="flightward.track.T5"), event(uid="north.track.T5"), event(uid="flightwardens")]
    got, ctx = rows_of(*sent)
    assert [ctx.names.text(int(k)) for k in got.reports.source_track] == ["north.track.T5", "flightwardens"]
    assert got.rejects.counts == {"own": 1}
    got, ctx = rows_of(*sent, own="north")
    assert [ctx.names.text(int(k)) for k in got.reports.source_track] == ["flightward.track.T5", "flightwardens"]


def test_types() -> None:
    named = {
        "a-h-A-M-F-Q": "drone", "a-f-A-M-H-Q": "drone", "a-n-A-C-F-q": "drone", "a-f-A-M-H": "helicopter",
        "a-n-A-C-H": "helicopter", "a-n-A-C-F": "aircraft", "a-f-A-M-F-C-H": "aircraft", "a-u-A": "",
        "a-h-A-W-M": "unknown",
    }
    assert {k: kinds.kind_of(k) for k in named} == named
    assert [kinds.hostile_of(k) for k in ("a-h-A", "a-f-A", "a-j-A", "a-s-A", "a-u-A", "t", "a-.-A")] == [
        1, 0, 0, NONE, NONE, NONE, NONE]


def test_only_a_trusted_feed_can_say_that_something_is_not_hostile() -> None:
    sent = event("a-f-A-M-F-Q")
    assert rows_of(sent)[0].reports.hostile[0] == NONE
    assert rows_of(sent, trusted=True)[0].reports.hostile[0] == 0
    assert rows_of(event("a-h-A"))[0].reports.hostile[0] == 1


def test_who_gives_an_icao_address_has_an_identity() -> None:
    marked = event("a-f-A-C-H", "ICAO-3C6DD2")
    other = event("a-f-A-C-H", "x", Element("_aircot_", {"icao": "4B1803"}))
    got, ctx = rows_of(marked, other, event("a-f-A-C-H", "3c6dd2"))
    assert [ctx.names.text(int(k)) for k in got.reports.identity] == ["3c6dd2", "4b1803", None]


def test_what_is_stale_when_it_comes_is_kept_aside() -> None:
    feed = CotFeed(context())
    feed.receive(xmltext.xml_of(event()), T_S + 59.0)
    feed.receive(xmltext.xml_of(event()), T_S + 61.0)
    got = feed.rows()
    assert (got.reports.t_rx_s.tolist(), got.rejects.counts) == ([T_S + 59.0], {"stale": 1})
    assert got.reports.t_s.tolist() == [T_S]


def test_a_geofence_is_an_area_alert_until_it_goes_stale() -> None:
    fence = event("u-d-c-c", "fence-1", CIRCLE, FENCE, Element("contact", {"callsign": "Keep out"}))
    later = CotEvent(**{**vars(fence), "time_s": T_S + 30.0, "stale_s": T_S + 300.0})
    got, ctx = rows_of(fence, later, event(time_s=T_S + 200.0, start_s=T_S + 200.0, stale_s=T_S + 260.0))
    a = got.alerts
    assert a.t_s.tolist() == [T_S, T_S + 300.0]
    assert a.t_rx_s.tolist() == [T_S, T_S + 300.0]
    assert a.state.tolist() == [AlertState.ACTIVE, AlertState.ENDED]
    assert (ctx.names.text(int(a.area[0])), ctx.names.text(int(a.alert[0]))) == ("Keep out (fence-1)", "geofence")
    e, n = ctx.frame.to_plane(np.radians([50.1]), np.radians([24.2]))
    radius = np.hypot(a.e_m[:36] - e[0], a.n_m[:36] - n[0])
    edge = (radius * math.cos(math.pi / 36.0)).min()
    assert 1_000.0 - 0.1 <= edge <= radius.max() <= 1_005.0


def test_a_geofence_ends_though_nothing_more_comes() -> None:
    feed = CotFeed(context())
    feed.receive(xmltext.xml_of(event("u-d-c-c", "f", CIRCLE, FENCE)), T_S)
    feed.pass_time(T_S + 59.0)
    assert feed.rows().alerts.state.tolist() == [AlertState.ACTIVE]
    feed.pass_time(T_S + 60.0)
    assert feed.rows().alerts.state.tolist() == [AlertState.ENDED]


def test_a_geofence_of_a_later_start_begins_then() -> None:
    later = event("u-d-c-c", "f", CIRCLE, FENCE, start_s=T_S + 600.0, stale_s=T_S + 900.0)
    feed = CotFeed(context())
    feed.receive(xmltext.xml_of(later), T_S)
    feed.pass_time(T_S + 599.0)
    assert len(feed.rows().alerts) == 0
    feed.pass_time(T_S + 1_000.0)
    got = feed.rows().alerts
    assert (got.t_s.tolist(), got.state.tolist()) == ([T_S + 600.0, T_S + 900.0], [1, 0])
    # until then the one that is on stays on, and after a deletion nothing begins
    got = rows_of(event("u-d-c-c", "f", CIRCLE, FENCE), later)[0].alerts
    assert (got.t_s.tolist(), got.state.tolist()) == ([T_S, T_S + 60.0, T_S + 600.0, T_S + 900.0], [1, 0, 1, 0])
    delete = event("t-x-d-d", "d", Element("link", {"uid": "f"}), stale_s=T_S + 5.0)
    assert len(rows_of(later, delete, trusted=True)[0].alerts) == 0


def test_a_geofence_of_a_fast_clock_or_of_crossed_times_is_on_at_once() -> None:
    feed = CotFeed(context())
    feed.receive(xmltext.xml_of(event("u-d-c-c", "f", CIRCLE, FENCE, stale_s=T_S + 900.0)), T_S - 60.0)
    got = feed.rows()
    assert (got.alerts.t_s.tolist(), got.rejects.repairs) == ([T_S - 60.0], {"clock": 1})
    got, _ = rows_of(event("u-d-c-c", "f", CIRCLE, FENCE, start_s=T_S + 90.0))
    assert (got.alerts.t_s.tolist(), got.rejects.repairs) == ([T_S, T_S + 60.0], {"end_before_start": 1})


def test_areas_to_come_are_bounded_and_lost_before_those_that_are_on() -> None:
    held = Areas(Rejects())
    one = Area("one", "geofence", T_S + 900.0, *context().frame.to_plane(np.zeros(3), np.zeros(3)))
    held.take("on", one, T_S, T_S, is_coming=False)
    for k in range(AREAS_MAX):
        held.take(f"coming {k}", one, T_S + 600.0, T_S, is_coming=True)
    held.pass_time(T_S + 600.0)
    assert (len(held._on), held.rejects.repairs) == (AREAS_MAX, {"area_dropped": 1})
    assert "on" in held._on and "coming 0" not in held._on


def test_a_changed_area_ends_and_begins_anew_and_only_trust_can_delete_it() -> None:
    fence = event("u-d-c-c", "f", CIRCLE, FENCE)
    moved = CotEvent(**{**vars(fence), "lat_deg": 50.2})
    delete = event("t-x-d-d", "d", Element("link", {"uid": "f"}), stale_s=T_S + 5.0)
    got, _ = rows_of(fence, moved, delete)
    assert got.alerts.state.tolist() == [1, 0, 1, 0]
    assert got.alerts.t_s.tolist() == [T_S, T_S, T_S, T_S + 60.0]
    assert got.others == {"delete_not_trusted": 1}
    got, _ = rows_of(fence, delete, trusted=True)
    assert got.alerts.t_s.tolist() == [T_S, T_S]


def test_polygons_and_ellipses() -> None:
    links = [Element("link", {"point": f"{la},{lo},120.0"}) for la, lo in ((50.0, 24.0), (50.0, 24.1), (50.1, 24.1))]
    got, ctx = rows_of(event("u-d-f", "p", *links, FENCE))
    lat, lon = ctx.frame.to_geodetic(got.alerts.e_m[:3], got.alerts.n_m[:3])
    assert np.degrees(lat).tolist() == pytest.approx([50.0, 50.0, 50.1])
    assert np.degrees(lon).tolist() == pytest.approx([24.0, 24.1, 24.1])
    assert rows_of(event("u-d-f", "p", *links))[0].others == {"drawing": 1}
    assert len(rows_of(event("u-d-f", "p", *links), shapes="all")[0].alerts) == 2
    assert len(rows_of(event("u-d-f", "p", *links, FENCE), shapes="none")[0].alerts) == 0
    long = Element("shape", {}, (Element("ellipse", {"major": "3000", "minor": "1000", "angle": "90"}),))
    got, ctx = rows_of(event("u-d-c-e", "e", long, FENCE, lat_deg=50.0, lon_deg=24.0))
    assert np.ptp(got.alerts.e_m[:36]) == pytest.approx(6_000.0, rel=0.005)  # the major axis lies east and west
    assert np.ptp(got.alerts.n_m[:36]) == pytest.approx(2_000.0, rel=0.005)


BOMB = (b'<?xml version="1.0"?><!DOCTYPE event [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">'
        b'<!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;">]><event uid="x" type="a-h-A"><detail>&c;</detail></event>')


def test_entities_and_document_types_are_refused() -> None:
    got, _ = rows_of(BOMB, event())
    assert got.rejects.counts == {"doctype": 1, "xml": 1}
    assert len(got.reports) == 1
    with pytest.raises(BadMessage, match="doctype"):
        xmltext.event_of(BOMB)
    outside = b'<!DOCTYPE event SYSTEM "file:///etc/hostname"><event uid="x" type="a"/>'
    with pytest.raises(BadMessage, match="doctype"):
        xmltext.event_of(outside)


def test_depth_and_number_of_elements_are_bounded() -> None:
    deep = b'<event uid="x" type="a">' + b"<d>" * 100 + b"</d>" * 100 + b"</event>"
    wide = b'<event uid="x" type="a">' + b"<d/>" * (xmltext.ELEMENTS_MAX + 1) + b"</event>"
    assert rows_of(deep, wide, event())[0].rejects.counts == {"xml_size": 2}


def test_an_event_without_end_is_bounded_and_the_next_is_read() -> None:
    feed = CotFeed(context())
    feed.receive(b'<event uid="')
    for _ in range(100):
        feed.receive(b"<event " * 150_000)
        assert len(feed.events._buffer) <= stream.EVENT_MAX + 150_000 * 7 + 8
    feed.receive(b"\n" + xmltext.xml_of(event()))
    feed.finish()
    got = feed.rows()
    assert len(got.reports) == 1
    assert set(got.rejects.counts) <= {"too_long", "xml"}
    assert 100 <= got.rejects.total <= 110  # one for each megabyte


def test_after_a_cut_event_the_next_is_read() -> None:
    whole = xmltext.xml_of(event())
    got, _ = rows_of(whole[:150] + whole, b"noise", whole, whole[:200])
    assert len(got.reports) == 2
    assert got.rejects.counts == {"xml": 1, "junk": 1, "cut": 1}
    assert rows_of(b'<event uid="p" type="t-x-c-t"/>', event())[0].others == {"ping": 1}
    assert rows_of(b"\xef\xbb\xbf" + whole)[0].rejects.counts == {}
    assert rows_of(b'<event version="3.0" uid="p" type="a-h-A"/>')[0].rejects.counts == {"version": 1}


def test_what_stands_around_events_does_not_damage_them() -> None:
    whole = xmltext.xml_of(event())
    bare = whole[whole.index(b"<event") :]
    got, _ = rows_of(whole.replace(b"</event>", b"</event \t\n>"), whole)
    assert (len(got.reports), got.rejects.counts) == (2, {})
    # a stray byte bf, also one that would be the begin of a frame over the event behind it
    for stray, counts in ((b"\xbf", {"junk": 2}), (b"\xbf\x00\xbf", {"junk": 2}), (b"\xbf\x20ab", {"protobuf": 2})):
        got, _ = rows_of(stray + bare, stray + bare)
        assert (len(got.reports), got.rejects.counts) == (2, counts)


@pytest.mark.parametrize(("encoding", "name"), [
    ("ISO-8859-1", "Ça"), ("windows-1251", "Київ"), ("utf-8", "Київ"), ("UTF-16", "Kyiv"), ("no-such", "Kyiv"),
])  # fmt: skip
def test_an_event_is_read_in_the_encoding_that_is_declared_before_it(encoding: str, name: str) -> None:
    text = xmltext.xml_of(event(uid=name)).decode().replace("UTF-8", encoding)
    wire = "utf-8" if name == "Kyiv" else encoding
    got, ctx = rows_of(text.encode(wire), xmltext.xml_of(event(uid="Ї")))
    assert [ctx.names.text(int(k)) for k in got.reports.source_track] == [name, "Ї"]
    assert got.rejects.counts == {}


def test_datagrams_of_the_mesh_stand_one_after_another() -> None:
    one, two = event(uid="a"), event(uid="b")
    control = tak.MESH + bytes.fromhex("0a0408011001")
    data = tak.datagram_of(one) + control + tak.datagram_of(two) + tak.frame_of(one) + tak.datagram_of(two)
    got, ctx = rows_of(data)
    assert [ctx.names.text(int(k)) for k in got.reports.source_track] == ["a", "b", "a", "b"]
    assert (got.rejects.counts, got.others) == ({}, {"control": 1})


_TEXT = st.text(max_size=12)
_WORDS = st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"], exclude_characters="\ufffe\uffff"),
                 max_size=8)
_TREES = st.recursive(
    st.builds(Element, st.sampled_from(["remarks", "contact", "track", "__group", "status", "x"]),
              st.dictionaries(st.sampled_from(["callsign", "speed", "name", "battery", "a"]), _WORDS, max_size=3)),
    lambda inner: st.builds(Element, st.just("group"), st.just({}), st.lists(inner, max_size=3).map(tuple)),
    max_leaves=6,
)
_EVENTS = st.builds(
    CotEvent, st.text("abc-1<&\"'\u0404 ", min_size=1, max_size=9).map(lambda s: "u" + s + "u"),
    st.sampled_from(["a-h-A-M-F-Q", "b-m-r", "u-d-f", "t-x-c-t", "a-f-G"]),
    *[st.integers(1_000_000_000_000, 2_000_000_000_000).map(lambda k: k / 1e3)] * 3, st.sampled_from(["m-g", ""]),
    st.floats(-90.0, 90.0), st.floats(-180.0, 180.0), *[st.floats(-9e4, 9e4) | st.just(math.nan)] * 3,
    st.builds(Element, st.just("detail"), st.just({}), st.lists(_TREES, max_size=4).map(tuple)),
)


def _same(a: CotEvent, b: CotEvent) -> bool:
    """Equal, NaN equal to NaN."""
    left, right = vars(a), vars(b)
    return all(left[k] == right[k] or (left[k] != left[k] and right[k] != right[k]) for k in left)


@given(_EVENTS)
def test_what_is_written_as_xml_is_read_again(e: CotEvent) -> None:
    assert _same(xmltext.event_of(xmltext.xml_of(e)), e)


@given(_EVENTS)
def test_what_is_written_as_protobuf_is_read_again(e: CotEvent) -> None:
    back = tak.event_of(tak.message_of(e))
    assert back is not None
    for name in vars(e):
        if name != "detail":
            assert _same(e, CotEvent(**{**vars(back), "detail": e.detail})), name
    # the typed parts come last, and numbers may be written otherwise
    assert sorted(c.name for c in back.detail.children) == sorted(c.name for c in e.detail.children)
    again = tak.event_of(tak.message_of(back))
    assert again is not None and _same(again, back)


@given(_EVENTS)
def test_the_same_as_takproto_reads(e: CotEvent) -> None:
    takproto = pytest.importorskip("takproto", reason="needs takproto (extra dev)")
    for data in (tak.datagram_of(e), tak.frame_of(e)):
        theirs = takproto.parse_proto(bytearray(data)).cotEvent
        assert (theirs.uid, theirs.type, theirs.how) == (e.uid, e.type, e.how)
        assert (theirs.lat, theirs.lon, theirs.staleTime) == (e.lat_deg, e.lon_deg, round(e.stale_s * 1e3))


@given(st.lists(st.sampled_from([
    xmltext.xml_of(event()), xmltext.xml_of(event())[:140], tak.frame_of(event()), tak.datagram_of(event()),
    tak.frame_of(event())[:30], b"<?xml version='1.0' encoding='latin-1'?>", b"</event  >", b"\xbf\x20a", b"<event ",
    b"</event>", b"\xbf", b"junk", b" \n", b"<!-- x -->", BOMB,
    b'<event uid="a" type="t-x-c-t" a="/>"/>', b"\xbf\x01\xbf", b"\x12\x05abcde",
]), max_size=7), st.lists(st.integers(1, 60), max_size=30))
def test_however_the_bytes_are_cut_the_rows_are_the_same(parts: list[bytes], sizes: list[int]) -> None:
    data = b"".join(parts)

    def read(pieces: list[bytes]) -> tuple[Any, ...]:
        feed = CotFeed(context())
        for piece in pieces:
            feed.receive(piece)
        feed.finish()
        got = feed.rows()
        return got.reports.t_s.tolist(), got.rejects.counts, got.others, feed.events.n_events

    pieces, at = [], 0
    for size in sizes:
        pieces.append(data[at : at + size])
        at += size
    whole = read([data])
    assert read([*pieces, data[at:]]) == whole
    assert read([data[k : k + 1] for k in range(len(data))]) == whole


_HEADS = st.sampled_from([b"", b"<event ", b"\xbf", b"\xbf\x01\xbf", b'<event uid="1" type="a-h-A">'])


@given(st.binary(max_size=300), _HEADS)
def test_any_bytes_give_rows_or_counts(data: bytes, head: bytes) -> None:
    got, _ = rows_of(head + data)
    assert np.all(np.isfinite(got.reports.t_s))
    assert np.all(np.abs(got.reports.lat_rad) <= np.pi / 2.0)


@given(st.text(max_size=40), st.text(max_size=12))
def test_any_values_of_attributes_give_rows_or_counts(value: str, word: str) -> None:
    names = ("time", "start", "stale", "lat", "lon", "hae", "ce", "speed", "course", "point")
    for name in names:
        e = Element("event", {"uid": "u", "type": "a-h-A", "time": "2024-12-25T08:00:00Z", name: value}, (
            Element("point", {"lat": "50", "lon": "24", name: word}),
            Element("detail", {}, (Element("track", {name: value}), Element("link", {name: word}), FENCE))))
        got, _ = rows_of(xmltext.text_of(e).encode())
        assert len(got.reports) + got.rejects.total == 1


def test_the_examples_of_atak(shared_data: Path) -> None:
    """Times and places by hand; types by the MITRE list: u-d-c-c drawn circle, a-u-G unknown ground, b-m-r route."""
    found, t_s = {}, 1_608_148_774.9  # 2020-12-16T19:59:34.9
    for path in sorted((shared_data / "cot").iterdir()):
        feed = CotFeed(context())
        feed.receive(path.read_bytes())
        feed.finish()
        found[path.stem] = (feed, feed.rows())
        assert found[path.stem][1].rejects.counts == {}
    assert sorted(found) == ["Geo Fence", "Marker - 2525", "Range & Bearing - Circle", "Route"]
    feed, got = found["Geo Fence"]
    assert got.alerts.t_s.tolist() == pytest.approx([t_s, t_s + 86_400.0], abs=0.1)
    assert feed._ctx.names.text(int(got.alerts.area[0])).startswith("Geo Fence Circle")
    feed, got = found["Marker - 2525"]
    marker = feed.kept[0]
    assert got.others == {"not_air": 1}
    assert (marker.type, marker.how, marker.callsign) == ("a-u-G", "h-g-i-g-o", "U.16.135057")
    assert marker.lat_deg == 38.856650047254725
    assert marker.stale_s == pytest.approx(1_609_620_003.838)  # 2021-01-02T20:40:03.838Z
    feed, got = found["Range & Bearing - Circle"]
    assert (got.others, feed.kept[0].callsign) == ({"drawing": 1}, "R&B Circle 1")
    shape = feed.kept[0].detail.child("shape")
    assert shape is not None and shape.children[0].number("major") == 468.29991497750774
    feed, got = found["Route"]
    route = feed.routes["9017073e-5658-42e7-baa8-b98f3c9c1622"]
    assert (route.name, len(route.points)) == ("Route 1", 13)
    assert [p.name for p in route.points if p.is_waypoint] == ["Route 1 SP", "CP1", "CP2", "VDO"]
    assert (route.points[0].lat_deg, route.points[0].lon_deg) == (38.84335305982451, -77.05440032542333)


def test_streams_hold_what_was_rejected() -> None:
    rejects = Rejects()
    events = stream.Events(rejects)
    events.receive(b"<event></event>")
    assert (events.events(), rejects.counts) == ([], {"event": 1})
