"""ED-269, ED-318 and GeoJSON areas: the standards' fields, the real samples, the round trip, any JSON."""

from __future__ import annotations

import json
import math
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import shapely
import shapely.geometry
from areakit import frame_at, holds, on_plane
from hypothesis import given, settings
from hypothesis import strategies as st

from flightward.errors import BadMessage
from flightward.feeds.declared import Declared, DeclaredZone, Window, ZoneContext
from flightward.feeds.declared.shapes import Ring, circle, reach_of
from flightward.feeds.ed269 import ed269
from flightward.feeds.ed318 import ed318
from flightward.feeds.geojson import zones_geojson, zones_to_geojson
from flightward.model import Category, ZoneKind

SQUARE = [[24.0, 50.0], [24.1, 50.0], [24.1, 50.1], [24.0, 50.1], [24.0, 50.0]]


def utc_s(*parts: int) -> float:
    return datetime(*parts, tzinfo=UTC).timestamp()  # type: ignore[misc, arg-type]


def zone_269(**changes: Any) -> dict[str, Any]:
    geometry = {
        "uomDimensions": "M",
        "lowerLimit": 0,
        "lowerVerticalReference": "AGL",
        "upperLimit": 120,
        "upperVerticalReference": "AMSL",
        "horizontalProjection": {"type": "Polygon", "coordinates": [SQUARE]},
    }
    applicability = [{"permanent": "YES"}]
    return {"identifier": "Z1", "country": "UKR", "geometry": [geometry], "applicability": applicability, **changes}


def read_269(*zones: Any, ctx: ZoneContext | None = None) -> Declared:
    return ed269(json.dumps({"features": list(zones)}).encode(), ctx or ZoneContext())


def test_a_polygon_with_its_heights() -> None:
    # ED-269, 8.1 and the vertical limits of a UASZone's geometry: metres or feet, above ground or sea.
    (zone,) = read_269(zone_269()).zones
    assert (zone.zone_id, zone.kind, zone.floor_m, zone.ceiling_m) == ("Z1 UKR", ZoneKind.GEO, -math.inf, 206.0)
    assert holds([zone.ring], [(50.05, 24.05), (50.0001, 24.0001)], frame_at(50.0, 24.0))
    feet = zone_269()
    feet["geometry"][0] |= {
        "uomDimensions": "FT",
        "lowerLimit": 1000,
        "lowerVerticalReference": "AMSL",
        "upperLimit": None,
    }
    (zone,) = read_269(feet, ctx=ZoneContext(geoid_m=40.0)).zones
    assert (zone.floor_m, zone.ceiling_m) == (pytest.approx(344.8), math.inf)


def test_a_circle_is_in_metres() -> None:
    z = zone_269()
    z["geometry"][0]["horizontalProjection"] = {"type": "Circle", "center": [24.0, 50.0], "radius": 500}
    (zone,) = read_269(z).zones
    assert 500.0 < reach_of([zone.ring], 50.0, 24.0) < 501.0


@pytest.mark.parametrize(
    ("applicability", "want"),
    [
        ([], [(-math.inf, math.nan)]),
        ([{"permanent": "YES", "endDateTime": "2020-01-01T00:00:00Z"}], [(-math.inf, math.nan)]),
        (
            [{"permanent": "NO", "startDateTime": "2025-11-01T10:00:00Z", "endDateTime": "2025-12-01T12:00:00+02:00"}],
            [(utc_s(2025, 11, 1, 10), utc_s(2025, 12, 1, 10))],
        ),
        # 24 November 2025 is a Monday; the day of the case is the 25th, worked out for a day either side.
        (
            [
                {
                    "permanent": "YES",
                    "schedule": [{"day": ["MON", "TUE"], "startTime": "08:00:00Z", "endTime": "17:00:00Z"}],
                }
            ],
            [(utc_s(2025, 11, 24, 8), utc_s(2025, 11, 24, 17)), (utc_s(2025, 11, 25, 8), utc_s(2025, 11, 25, 17))],
        ),
        (
            [
                {
                    "permanent": "YES",
                    "dailyPeriod": [{"day": ["ANY"], "startTime": "22:00+00:00", "endTime": "04:00+00:00"}],
                }
            ],
            [
                (utc_s(2025, 11, 24), utc_s(2025, 11, 24, 4)),
                (utc_s(2025, 11, 24, 22), utc_s(2025, 11, 25, 4)),
                (utc_s(2025, 11, 25, 22), utc_s(2025, 11, 26, 4)),
                (utc_s(2025, 11, 26, 22), utc_s(2025, 11, 27)),
            ],
        ),
    ],
)
def test_when_it_applies(applicability: list[Any], want: list[tuple[float, float]]) -> None:
    day = ZoneContext(start_s=utc_s(2025, 11, 25), end_s=utc_s(2025, 11, 26))
    (zone,) = read_269(zone_269(applicability=applicability), ctx=day).zones
    np.testing.assert_array_equal([w[:2] for w in zone.windows], want)


def test_a_schedule_that_cannot_be_read_is_always() -> None:
    entry = {"permanent": "YES", "schedule": [{"day": ["HOLIDAY"], "startTime": "08:00Z"}]}
    (zone,) = read_269(zone_269(applicability=[entry])).zones
    assert zone.notes == ("schedule_unread",) and zone.windows[0].from_s == -math.inf


def test_what_cannot_be_understood_is_listed_and_its_other_parts_are_kept() -> None:
    z = zone_269()
    z["geometry"].append({**z["geometry"][0], "horizontalProjection": {"type": "Ellipse"}})
    out = read_269(z, {"identifier": "Z2"}, 17, zone_269(identifier="Z3", geometry=[{"horizontalProjection": None}]))
    assert [x.zone_id for x in out.zones] == ["Z1 UKR"]
    assert [(u.zone_id, u.reason) for u in out.unreadable] == [
        ("Z1 UKR", "shape"),
        ("Z2", "shape"),
        ("zone-3", "shape"),
        ("Z3 UKR", "shape"),
    ]


def test_the_real_ed269_samples(shared_data: Path) -> None:
    swiss = ed269((shared_data / "zones/cis_source_sample_ed269.json").read_bytes(), ZoneContext())
    (zone,) = swiss.zones
    assert zone.zone_id == "LSXX CHE" and len(zone.ring.lat_deg) == 4 and zone.ceiling_m == math.inf
    assert zone.windows == (Window(-math.inf, zone.windows[0].to_s, utc_s(2022, 11, 30, 14, 50, 33)),)
    assert holds([zone.ring], [(46.217024450605436, 6.166485701899006)], frame_at(46.2, 6.2))
    # EUROCONTROL's SWIM form: a polygon with four holes and two stacks of five circles; Mondays 12 to 18.
    day = ZoneContext(start_s=utc_s(2025, 11, 24), end_s=utc_s(2025, 11, 25))
    swim = ed269((shared_data / "zones/uas_zones.json").read_bytes(), day)
    assert len(swim.zones) == 11 and swim.unreadable == [] and swim.rejects.repairs == {"hole_filled": 1}
    assert {w[:2] for z in swim.zones for w in z.windows} == {(utc_s(2025, 11, 24, 12), utc_s(2025, 11, 24, 18))}
    second = swim.zones[1]
    assert 200.0 < reach_of([second.ring], 50.824713, 4.514118) < 201.0
    assert (second.floor_m, second.ceiling_m) == (500.0 - 107.0, 1000.0 + 86.0)


def feature_318(geometry: Any, **properties: Any) -> dict[str, Any]:
    return {"type": "Feature", "geometry": geometry, "properties": {"identifier": "E1", "country": "CHE", **properties}}


def read_318(*features: Any, ctx: ZoneContext | None = None) -> Declared:
    return ed318(json.dumps({"type": "FeatureCollection", "features": list(features)}).encode(), ctx or ZoneContext())


def test_ed318_layers_and_circles() -> None:
    # ED-318: a circle is a Point with an extent; each geometry has its own layer.
    layer = {"lower": 100, "lowerReference": "AMSL", "upper": 400, "upperReference": "AMSL", "uom": "m"}
    point = {
        "type": "Point",
        "coordinates": [7.5, 47.0],
        "extent": {"subType": "Circle", "radius": 1500},
        "layer": layer,
    }
    square = {"type": "Polygon", "coordinates": [SQUARE], "layer": {**layer, "uom": "ft"}}
    out = read_318(
        feature_318(
            {"type": "GeometryCollection", "geometries": [point, square]},
            name=[{"text": "Eins", "lang": "de-CH"}, {"text": "One", "lang": "en-GB"}],
        )
    )
    assert [z.zone_id for z in out.zones] == ["E1 CHE", "E1 CHE#2"] and "One" in out.zones[0].text
    assert 1500.0 < reach_of([out.zones[0].ring], 47.0, 7.5) < 1504.0
    assert out.zones[0].ceiling_m == 486.0 and out.zones[1].ceiling_m == pytest.approx(121.92 + 86.0)


def test_ed318_by_the_sun_is_all_day() -> None:
    limited = [
        {
            "startDateTime": "2025-01-01T00:00:00Z",
            "schedule": [{"day": ["MON"], "startEvent": "BMCT", "endEvent": "SS"}],
        }
    ]
    square = {"type": "Polygon", "coordinates": [SQUARE]}
    (zone,) = read_318(feature_318(square, limitedApplicability=limited)).zones
    assert zone.notes == ("schedule_unread",) and zone.windows[0].from_s == utc_s(2025, 1, 1)


def test_the_real_ed318_sample(shared_data: Path) -> None:
    out = ed318(
        (shared_data / "zones/cis_source_sample_ed318.json").read_bytes(),
        ZoneContext(geoid_m=48.0, terrain_low_m=300.0),
    )
    assert [z.zone_id for z in out.zones] == ["LSZB003 CHE", "BLns058 CHE", "LSTB002 CHE"] and out.unreadable == []
    bern = out.zones[0]
    assert bern.floor_m == 60.0 + 48.0 + 300.0, "60 m above the lowest ground"
    assert bern.windows[0].published_s == utc_s(2025, 3, 13, 12, 58)
    assert holds([bern.ring], [(46.9402526, 7.4355068), (46.9613887, 7.5093889), (46.96, 7.48)], frame_at(47.0, 7.0))


def test_geojson_properties_of_our_own() -> None:
    properties = {
        "kind": "defended",
        "lower": "500FT AMSL",
        "upper": "FL100",
        "exempt": ["medical"],
        "from": "2025-01-01T00:00Z",
        "to": "2025-01-02T00:00Z",
    }
    feature = {
        "type": "Feature",
        "id": "g",
        "geometry": {"type": "MultiPolygon", "coordinates": [[SQUARE], [SQUARE]]},
        "properties": properties,
    }
    out = zones_geojson(json.dumps(feature).encode(), ZoneContext(geoid_m=0.0))
    assert [z.zone_id for z in out.zones] == ["g", "g#2"]
    zone = out.zones[0]
    assert (
        zone.kind is ZoneKind.DEFENDED and zone.exempt == (Category.MEDICAL,) and zone.floor_m == pytest.approx(152.4)
    )
    assert zone.windows[0][:2] == (utc_s(2025, 1, 1), utc_s(2025, 1, 2))


def test_geojson_in_another_reference_system_is_refused_and_an_unknown_kind_is_closed() -> None:
    top = {"type": "FeatureCollection", "features": [], "crs": {"properties": {"name": "EPSG:3857"}}}
    with pytest.raises(BadMessage, match="crs"):
        zones_geojson(json.dumps(top).encode(), ZoneContext())
    feature = feature_318({"type": "Polygon", "coordinates": [SQUARE]}, kind="fortress")
    (zone,) = zones_geojson(json.dumps(feature).encode(), ZoneContext()).zones
    assert zone.kind is ZoneKind.CLOSED and zone.notes == ("kind_unknown",)


def test_what_is_nested_too_deep_or_lies_at_the_end_of_time_is_no_trouble() -> None:
    nested: Any = {"type": "Polygon", "coordinates": [SQUARE]}
    for _ in range(200):
        nested = {"type": "GeometryCollection", "geometries": [nested]}
    out = zones_geojson(json.dumps(nested).encode(), ZoneContext())
    assert [u.reason for u in out.unreadable] == ["shape"]
    week = [{"day": ["MON"], "startTime": "08:00Z", "endTime": "09:00Z"}]
    for year in ("0001", "9999"):
        entry = {"permanent": "NO", "startDateTime": f"{year}-01-01T00:00:00Z", "schedule": week}
        (zone,) = read_269(zone_269(applicability=[entry])).zones
        assert zone.notes == ("schedule_long",) and len(zone.windows) > 50
    (zone,) = read_269(zone_269(applicability=[{"permanent": "YES", "schedule": week * 201}])).zones
    assert zone.notes == ("schedule_unread",)


_window = st.tuples(st.floats(0, 2e9), st.floats(0, 1e6), st.floats(0, 2e9) | st.just(math.nan)).map(
    lambda v: Window(v[0], v[0] + v[1], v[2])
)
_zone = st.builds(
    DeclaredZone,
    zone_id=st.text(min_size=1, max_size=8).map(lambda t: "z" + t.strip()),
    kind=st.sampled_from(ZoneKind),
    ring=st.builds(circle, st.floats(-60, 60), st.floats(-179, 179), st.floats(100.0, 1e5)),
    floor_m=st.floats(-400, 3000) | st.just(-math.inf),
    ceiling_m=st.floats(3001, 20_000) | st.just(math.inf),
    windows=st.lists(_window, min_size=1, max_size=3).map(tuple),
    exempt=st.sets(st.sampled_from(Category)).map(lambda s: tuple(sorted(s))),
    source=st.just("s"),
    text=st.just("t"),
)


@settings(max_examples=40, deadline=None)
@given(st.lists(_zone, max_size=3, unique_by=lambda z: z.zone_id))
def test_what_is_written_reads_back(zones: list[DeclaredZone]) -> None:
    back = zones_geojson(zones_to_geojson(zones), ZoneContext()).zones
    assert [z.zone_id for z in back] == [z.zone_id for z in zones]
    for a, b in zip(zones, back, strict=True):
        assert (a.kind, a.floor_m, a.ceiling_m, a.exempt, a.source, a.text) == (
            b.kind,
            b.floor_m,
            b.ceiling_m,
            b.exempt,
            b.source,
            b.text,
        )
        np.testing.assert_array_equal(np.array(a.windows), np.array(b.windows))
        # The outline is widened by a metre each time that it is read.
        lat, lon = float(a.ring.lat_deg.mean()), float(a.ring.lon_deg[0])
        frame = frame_at(lat, lon)
        assert holds([b.ring], list(zip(a.ring.lat_deg, a.ring.lon_deg, strict=True)), frame)
        assert reach_of([b.ring], lat, lon) <= reach_of([a.ring], lat, lon) * 1.001 + 5.0


@settings(max_examples=60, deadline=None)
@given(st.floats(-85, 85) | st.sampled_from([89.0, -89.5]), st.floats(179, 181), st.floats(100.0, 3e5), st.booleans())
def test_what_crosses_the_antimeridian_is_written_in_parts_and_reads_back_as_one(
    lat: float, lon: float, radius_m: float, is_turned: bool
) -> None:
    ring = circle(lat, lon, radius_m)
    ring = Ring(ring.lon_deg[::-1], ring.lat_deg[::-1]) if is_turned else ring
    zone = DeclaredZone("z", ZoneKind.CLOSED, ring, -math.inf, math.inf, (Window(0.0, 1.0, 0.0),))
    data = zones_to_geojson([zone])
    shape = shapely.geometry.shape(json.loads(data)["features"][0]["geometry"])
    parts = shapely.get_parts(shape)
    # RFC 7946: counter-clockwise (3.1.6), no part on both sides (3.1.9) unless it goes round a pole.
    assert shape.is_valid and all(part.exterior.is_ccw for part in parts)
    spans = [part.bounds[2] - part.bounds[0] for part in parts]
    assert all(abs(v) <= 180.0 for part in parts for v in part.bounds)
    assert max(spans) < 180.0 or (spans == [360.0] and 90.0 in np.abs(shape.bounds))
    (back,) = zones_geojson(data, ZoneContext()).zones
    frame = frame_at(lat, lon)
    was, now = on_plane([ring], frame), on_plane([back.ring], frame)
    assert back.zone_id == "z" and back.notes == ()
    # As ever the outline is widened by a metre or so, and near a pole by what chart and geodesic part by; nothing is
    # lost but what two planes differ by.
    assert shapely.difference(was, now).area < 1e-6 * was.area
    assert now.area < was.area * (1.001 if abs(lat) < 86.0 else 1.01) + 10.0 * was.length


_keys = st.sampled_from(
    [
        "type",
        "features",
        "geometry",
        "coordinates",
        "properties",
        "identifier",
        "applicability",
        "schedule",
        "day",
        "startTime",
        "horizontalProjection",
        "center",
        "radius",
        "extent",
        "geometries",
        "layer",
        "upper",
        "lower",
        "kind",
        "active",
        "permanent",
    ]
)
_leaf = (
    st.none()
    | st.booleans()
    | st.integers(-400, 400)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=4)
    | st.sampled_from(
        ["Polygon", "Point", "Circle", "Feature", "FeatureCollection", "GeometryCollection", "MON", "YES", "12:00Z"]
    )
    | st.just(SQUARE)
    | st.just([SQUARE])
)
_json = st.recursive(_leaf, lambda x: st.lists(x, max_size=3) | st.dictionaries(_keys, x, max_size=5), max_leaves=12)


@settings(max_examples=200, deadline=None)
@given(_json, st.sampled_from([ed269, ed318, zones_geojson]))
def test_any_json_gives_zones_or_is_refused_with_a_reason(value: Any, read: Any) -> None:
    n = 0
    for top in (value, {"features": [value]}, {"type": "FeatureCollection", "features": [value, {"geometry": value}]}):
        try:
            out = read(json.dumps(top).encode(), ZoneContext())
        except BadMessage as error:
            assert error.reason in ("json", "ed269", "ed318", "geojson", "crs")
            continue
        n += 1
        assert len(out.unreadable) == sum(out.rejects.counts.values())
        assert all(z.floor_m < z.ceiling_m and np.isfinite(z.ring.lat_deg).all() for z in out.zones)
    assert n > 0


@settings(max_examples=60, deadline=None)
@given(st.binary(max_size=60), st.sampled_from([ed269, ed318, zones_geojson]))
def test_any_bytes_are_refused(data: bytes, read: Any) -> None:
    try:
        read(data, ZoneContext())
    except BadMessage as error:
        assert error.reason
