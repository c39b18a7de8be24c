"""Plans from GPX, KML, CSV, flown state vectors; OpenSky live states: real files, round trip, any bytes."""

from __future__ import annotations

import gzip
import json
import math
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from feedkit import context
from hypothesis import given, settings
from hypothesis import strategies as st

from flightward.errors import BadMessage
from flightward.feeds.formats import FORMATS, PLAN_FORMATS
from flightward.feeds.gpx import gpx_plans, gpx_reports, plans_to_gpx
from flightward.feeds.kml import kml_plans, kml_reports
from flightward.feeds.plans import Plan, PlanContext, Waypoint
from flightward.feeds.plans.csvplans import csv_plans
from flightward.feeds.plans.flown import thinned
from flightward.feeds.statevectors import OpenSkyStates, traffic_json

T0 = datetime(2025, 11, 24, 10, tzinfo=UTC).timestamp()
GPX = """<gpx version="1.1" xmlns="http://www.topografix.com/GPX/1/1"><rte><name>MEDIC1</name>
<rtept lat="50.0" lon="24.0"><ele>300</ele><time>2025-11-24T10:00:00Z</time></rtept>
<rtept lat="50.1" lon="24.1"><ele>600</ele><time>2025-11-24T10:05:00Z</time></rtept></rte>
<trk><name>508035</name><trkseg><trkpt lat="50.0" lon="24.0"><ele>300</ele><time>2025-11-24T10:00:00Z</time></trkpt>
<trkpt lat="50.01" lon="24.0"><ele>310</ele></trkpt><trkpt lat="95" lon="24.0"/></trkseg></trk></gpx>"""
KML = """<kml xmlns="http://www.opengis.net/kml/2.2" xmlns:gx="http://www.google.com/kml/ext/2.2"><Document>
<Placemark><name>A</name><gx:Track><altitudeMode>absolute</altitudeMode><when>2025-11-24T10:00:00Z</when>
<when>2025-11-24T10:01:00Z</when><gx:coord>24.0 50.0 300</gx:coord><gx:coord>24.1 50.0 400</gx:coord></gx:Track>
</Placemark>
<Placemark><name>B</name><LineString><coordinates>24.0,50.0,100 24.0,50.1,100</coordinates></LineString></Placemark>
<Folder><name>C</name><Placemark><TimeStamp><when>2025-11-24T10:00:00Z</when></TimeStamp>
<Point><altitudeMode>absolute</altitudeMode><coordinates>25.0,51.0,500</coordinates></Point></Placemark></Folder></Document></kml>"""


def test_gpx_routes_and_tracks_are_plans() -> None:
    out = gpx_plans(GPX.encode(), PlanContext(geoid_m=35.0))
    (plan,) = out.plans
    # GPX 1.1 schema: ele is metres; here above the sea, so the geoid is added.
    assert plan.flight_id == "MEDIC1" and plan.waypoints == (
        Waypoint(T0, 50.0, 24.0, 335.0),
        Waypoint(T0 + 300.0, 50.1, 24.1, 635.0),
    )
    assert [(u.flight_id, u.missing) for u in out.unfinished] == [("508035", ("position of a point", "times"))]
    assert out.rejects.counts == {"position": 1, "unfinished": 1}


def test_points_without_a_time_take_one_from_the_plans_keys() -> None:
    bare = GPX.replace("<time>2025-11-24T10:00:00Z</time>", "").replace("<time>2025-11-24T10:05:00Z</time>", "")
    assert [u.missing[-1] for u in gpx_plans(bare.encode(), PlanContext()).unfinished] == ["times"] * 2
    plan = gpx_plans(bare.encode(), PlanContext(options={"start_s": T0, "speed_mps": 60.0})).plans[0]
    # 0.1 degree north and east at 50 N is 11,123 m and 7,160 m: 13.2 km, 220 s.
    assert plan.waypoints[1].t_s - T0 == pytest.approx(13_230 / 60.0, rel=2e-3)


def test_gpx_tracks_are_reports() -> None:
    ctx = context(geoid_m=35.0)
    out = gpx_reports(GPX.encode(), ctx)
    assert len(out.reports) == 1 and out.rejects.counts == {"position": 1, "time": 1}
    assert out.reports.hae_m.tolist() == [335.0]  # as a plan's: ele is above the sea
    assert ctx.names.text(int(out.reports.identity[0])) == "508035" and out.reports.t_s[0] == T0
    named = gpx_reports(GPX.encode(), context(options={"identity": "ABC123"}))
    assert len(named.reports) == 1


def test_kml_tracks_lines_and_stamped_points() -> None:
    out = kml_plans(KML.encode(), PlanContext())
    assert [(p.flight_id, len(p.waypoints)) for p in out.plans] == [("A", 2), ("C", 1)]
    assert out.plans[0].waypoints[1] == Waypoint(T0 + 60.0, 50.0, 24.1, 400.0)
    # altitudeMode not given is clampToGround (OGC 07-147r2, 10.7): the height is not said.
    assert [(u.flight_id, u.missing) for u in out.unfinished] == [("B", ("times", "heights"))]
    reports = kml_reports(KML.encode(), context(geoid_m=35.0)).reports
    assert sorted(reports.t_s.tolist()) == [T0, T0, T0 + 60.0]
    assert sorted(reports.hae_m.tolist()) == [335.0, 435.0, 535.0]


def test_a_path_that_has_lost_a_point_is_an_unfinished_flight() -> None:
    def lost(text: str) -> dict[str, tuple[str, ...]]:
        out = kml_plans(text.encode(), PlanContext(options={"start_s": T0, "speed_mps": 50.0, "hae_m": 500.0}))
        return {u.flight_id: u.missing for u in out.unfinished}

    assert lost(KML) == {}
    assert lost(KML.replace("24.0,50.1,100", "24.0,95.1,100")) == {"B": ("position of a point",)}
    assert lost(KML.replace("24.1 50.0 400", "")) == {"A": ("position of a point",)}
    assert lost(KML.replace("25.0,51.0,500", "")) == {"C": ("position of a point",)}
    assert lost(KML.replace("<gx:coord>24.1 50.0 400</gx:coord>", "")) == {"A": ("which time is whose place",)}
    assert lost(KML.replace("24.0,50.0,100 24.0,50.1,100", "")) == {"B": ("points",)}


def test_the_tracks_of_a_multitrack_have_its_altitude_mode_unless_they_say_their_own() -> None:
    many = KML.replace("<gx:Track>", "<gx:MultiTrack><altitudeMode>absolute</altitudeMode><gx:Track>").replace(
        "</gx:Track>", "</gx:Track></gx:MultiTrack>")  # fmt: skip
    own = "<gx:Track><altitudeMode>absolute</altitudeMode>"
    plans = kml_plans(many.replace(own, "<gx:Track>").encode(), PlanContext()).plans
    assert [w.hae_m for w in plans[0].waypoints] == [300.0, 400.0]
    ground = many.replace(own, "<gx:Track><altitudeMode>clampToGround</altitudeMode>")
    assert kml_plans(ground.encode(), PlanContext()).unfinished[0].missing == ("heights",)


def test_csv_plans() -> None:
    text = (
        "flight_id,time,lat_deg,lon_deg,hae_m,callsign,category\nF1,2025-11-24T10:00:00Z,50.0,24.0,300,MEDIC1,medical\n"
        "F1,2025-11-24T10:05:00Z,50.1,24.0,600,,\nF2,2025-11-24T10:00:00Z,50.1,24.0,,,\nF3,x,50.1,24.0,1,,\n,,,,,,\n"
    )
    out = csv_plans(text.encode(), PlanContext())
    (plan,) = out.plans
    assert (plan.flight_id, plan.callsign, plan.category, len(plan.waypoints)) == ("F1", "MEDIC1", "medical", 2)
    assert [(u.flight_id, u.missing) for u in out.unfinished] == [
        ("F2", ("height of a waypoint",)),
        ("F3", ("time of a waypoint",)),
    ]
    with pytest.raises(BadMessage, match="t_s"):
        csv_plans(b"flight_id,lat_deg,lon_deg\n", PlanContext())


@pytest.mark.parametrize(
    ("name", "icao24", "most"), [("rega_sg", "4b43ac", 60), ("rega_zh", "4b43ab", 60), ("samu31", "39ac45", 40)]
)
def test_real_flights_become_thin_plans_that_keep_the_path(
    shared_data: Path, name: str, icao24: str, most: int
) -> None:
    data = gzip.decompress((shared_data / f"flights/{name}.json.gz").read_bytes())
    out = PLAN_FORMATS["traffic-json"](data, PlanContext())
    assert out.unfinished == []
    plan = max(out.plans, key=lambda p: len(p.waypoints))
    assert 3 < len(plan.waypoints) < most and len(plan.icao24) == 6
    times = [w.t_s for w in plan.waypoints]
    assert times == sorted(times)
    reports = traffic_json(data, context()).reports
    at = np.isfinite(reports.lat_rad)
    lat = np.interp(reports.t_s[at], times, [w.lat_deg for w in plan.waypoints])
    lon = np.interp(reports.t_s[at], times, [w.lon_deg for w in plan.waypoints])
    off_m = (
        np.hypot(
            np.degrees(reports.lat_rad[at]) - lat,
            (np.degrees(reports.lon_rad[at]) - lon) * math.cos(math.radians(47.0)),
        )
        * 111_200
    )
    assert float(np.quantile(off_m, 0.99)) < 110.0


def test_real_state_vectors_of_a_network_become_plans(shared_data: Path) -> None:
    data = (shared_data / "flights/OpenSky_Plane_States.csv").read_bytes()
    out = PLAN_FORMATS["opensky-csv"](data, PlanContext())
    assert len(out.plans) + len(out.unfinished) == 84, "84 aircraft, by the data's README"


@settings(max_examples=100, deadline=None)
@given(
    st.lists(
        st.tuples(st.floats(0.1, 60.0), st.floats(-0.01, 0.01), st.floats(-0.01, 0.01), st.floats(-50, 50)),
        min_size=2,
        max_size=40,
    )
)
def test_thinning_stays_within_its_limits(steps: list[tuple[float, float, float, float]]) -> None:
    t, lat, lon, h = np.cumsum(np.array(steps), axis=0).T
    t, lat, lon, h = (np.ascontiguousarray(v) for v in (t, np.radians(50.0 + lat), np.radians(24.0 + lon), 500.0 + h))
    keep = thinned(t, lat, lon, h)
    assert keep[0] == 0 and keep[-1] == len(t) - 1
    for values, limit in ((lat * 6.371e6, 100.0), (lon * 6.371e6 * math.cos(lat.mean()), 100.0), (h, 30.0)):
        assert np.abs(np.interp(t, t[keep], values[keep]) - values).max() <= limit * 1.001


def state(
    icao24: Any = "abc123", *, at: Any = 1000, contact: Any = 1001, lon: Any = 24.0, lat: Any = 50.0
) -> list[Any]:
    # REST interface of OpenSky, states/all: 17 fields in this order.
    return [
        icao24,
        "MEDIC1  ",
        "Poland",
        at,
        contact,
        lon,
        lat,
        1200.0,
        False,
        60.0,
        90.0,
        2.5,
        None,
        1250.0,
        "1000",
        False,
        0,
    ]


def live(*answers: Any, size: int = 0) -> Any:
    data = "\n".join(json.dumps(a) for a in answers).encode()
    parser = OpenSkyStates(context())
    for k in range(0, len(data), size or max(1, len(data))):
        parser.receive(data[k : k + (size or len(data))])
    parser.finish()
    return parser.rows()


def test_live_states_are_reports_when_the_position_is_new() -> None:
    out = live(
        {"time": 1005, "states": [state()]}, {"time": 1015, "states": [state(contact=1012), state("def456", at=1014)]}
    )
    r = out.reports
    # The first position; then the first aircraft is only still heard, and another one appears.
    assert r.t_s.tolist() == [1000.0, 1012.0, 1014.0] and r.t_rx_s.tolist() == [1005.0, 1015.0, 1015.0]
    assert r.is_velocity_only.tolist() == [0, 1, 0] and np.isnan(r.lat_rad[1])
    assert (r.baro_m[0], r.hae_m[0], r.vu_mps[0]) == (1200.0, 1250.0, 2.5)
    assert r.ve_mps[0] == pytest.approx(60.0) and r.vn_mps[0] == pytest.approx(0.0, abs=1e-9)


def test_live_states_that_cannot_be_used_are_counted() -> None:
    out = live(
        {"time": 1005, "states": [state(None), 7, state(lat="north"), state("abc124", lat=95.0)]},
        {"time": "now"},
        7,
        {"time": 1006, "states": None},
    )
    assert len(out.reports) == 0
    assert out.rejects.counts == {"identity": 1, "entry": 1, "not_a_number": 1, "latitude": 1, "answer": 2}


_value = (
    st.none()
    | st.booleans()
    | st.integers(-400, 2000)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=4)
)


@settings(max_examples=150, deadline=None)
@given(
    st.lists(
        st.fixed_dictionaries(
            {"time": _value, "states": st.none() | st.lists(st.lists(_value, max_size=18) | _value, max_size=3)}
        ),
        max_size=3,
    )
    | st.lists(_value, max_size=3),
    st.integers(1, 60),
)
def test_any_live_states(answers: list[Any], size: int) -> None:
    whole, parts = live(*answers), live(*answers, size=size)
    assert whole.rejects.counts == parts.rejects.counts and len(whole.reports) == len(parts.reports)
    assert np.isfinite(whole.reports.t_s).all()


_point = st.builds(
    Waypoint,
    st.floats(1e9, 2e9).map(lambda t: round(t, 6)),
    st.floats(-90, 90),
    st.floats(-180, 180),
    st.floats(-400, 20_000),
)
_plan = st.builds(
    Plan,
    st.text("ABC123 -<&>", min_size=1, max_size=8).map(lambda t: "F" + t.strip()),
    st.lists(_point, min_size=1, max_size=5).map(lambda p: tuple(sorted(p))),
)


@settings(max_examples=80, deadline=None)
@given(st.lists(_plan, max_size=3, unique_by=lambda p: p.flight_id))
def test_gpx_that_is_written_reads_back(plans: list[Plan]) -> None:
    back = gpx_plans(plans_to_gpx(plans), PlanContext())
    assert [p.flight_id for p in back.plans] == [p.flight_id for p in plans] and back.unfinished == []
    for a, b in zip(plans, back.plans, strict=True):
        # Places and heights with the same bits, times to the microsecond that the text holds.
        assert [w[1:] for w in a.waypoints] == [w[1:] for w in b.waypoints]
        assert all(abs(x.t_s - y.t_s) < 2e-6 for x, y in zip(a.waypoints, b.waypoints, strict=True))


_tag = st.sampled_from(
    [
        "gpx",
        "kml",
        "rte",
        "trk",
        "trkpt",
        "rtept",
        "Placemark",
        "Track",
        "LineString",
        "coordinates",
        "when",
        "coord",
        "time",
        "ele",
        "Point",
        "TimeStamp",
    ]
)


@st.composite
def _xml(draw: st.DrawFn, depth: int = 0) -> str:
    tag = draw(_tag)
    inner = draw(st.lists(_xml(depth=depth + 1), max_size=3)) if depth < 4 else []
    text = draw(st.sampled_from(["", "24.0,50.0,1", "24 50 1", "2025-11-24T10:00:00Z", "x", "300"]))
    return f"<{tag} lat='{draw(st.sampled_from(['50', 'x', '1e999']))}' lon='24'>{text}{''.join(inner)}</{tag}>"


_reads: list[Callable[[bytes], Any]] = [
    lambda d: gpx_plans(d, PlanContext()),
    lambda d: kml_plans(d, PlanContext()),
    lambda d: gpx_reports(d, context()),
    lambda d: kml_reports(d, context()),
    lambda d: csv_plans(b"flight_id,t_s,lat_deg,lon_deg,hae_m\n" + d, PlanContext()),
    lambda d: FORMATS["opensky-states-json"](d, context()),
]


@settings(max_examples=200, deadline=None)
@given(_xml().map(str.encode) | st.binary(max_size=60), st.sampled_from(_reads))
def test_any_bytes_give_plans_or_a_reason(data: bytes, read: Callable[[bytes], Any]) -> None:
    try:
        out = read(data)
    except BadMessage as error:
        assert error.reason in ("xml", "doctype", "gpx", "kml", "column")
        return
    for plan in getattr(out, "plans", []):
        assert all(math.isfinite(v) for w in plan.waypoints for v in w)
        assert [w.t_s for w in plan.waypoints] == sorted(w.t_s for w in plan.waypoints)
