"""GeoJSON areas -> declared zones.

    {"type": "FeatureCollection", "features": [{"type": "Feature", "id": ..., "geometry": Polygon | MultiPolygon |
     GeometryCollection | Point with radius_m, "properties": {
        "id" | "identifier" | "name", "kind": defended | closed | alert | geo,
        "floor_m", "ceiling_m"     above the ellipsoid, or "lower", "upper" as words ("SFC", "FL95", "1500FT AMSL")
        "active": [{"from_s", "to_s", "published_s"}], or "from", "to" (ISO 8601)
        "exempt": [categories], "source", "text"}}]}

Not given: kind geo, from the ground to no limit, always. Source: RFC 7946. Unreadable: feature, shape and the reasons
of shapes.py; a `crs` other than WGS 84 refuses the file. A kind that is unknown is taken as closed (kind_unknown).
"""

from __future__ import annotations

import math
from typing import Any

from flightward.errors import BadMessage
from flightward.feeds.declared import Declared, DeclaredZone, Window, ZoneContext
from flightward.feeds.declared.levels import UNKNOWN, ceiling_m, floor_m, limit_of_text
from flightward.feeds.declared.shapes import BadShape, Ring
from flightward.feeds.declared.zone import datum_of
from flightward.feeds.geojson.geometry import rings_of
from flightward.feeds.isotime import iso_s
from flightward.feeds.jsontree import decoded, items, number, table, words
from flightward.model import Category, ZoneKind

_WGS84 = ("", "urn:ogc:def:crs:OGC:1.3:CRS84", "urn:ogc:def:crs:OGC::CRS84", "urn:ogc:def:crs:EPSG::4326", "EPSG:4326")


def zones_geojson(data: bytes, ctx: ZoneContext) -> Declared:
    """The zones of a FeatureCollection, a Feature or a bare geometry. Errors: BadMessage (json, geojson, crs)."""
    top = table(decoded(data))
    crs = words(table(table(top.get("crs")).get("properties")).get("name"))
    if crs not in _WGS84:
        raise BadMessage("crs", detail=f"coordinates in {crs[:80]}; wanted WGS 84 longitude and latitude")
    if top.get("type") == "FeatureCollection":
        features = items(top.get("features"))
    elif top.get("type") == "Feature":
        features = [top]
    elif "type" in top and ("coordinates" in top or "geometries" in top):
        features = [{"type": "Feature", "geometry": top, "properties": {}}]
    else:
        raise BadMessage("geojson", data[:64], "neither a FeatureCollection nor a Feature nor a geometry")
    out = Declared()
    for row, feature in enumerate(features):
        _feature(row, feature, ctx, out)
    return out


def _feature(row: int, feature: Any, ctx: ZoneContext, out: Declared) -> None:
    f, p = table(feature), table(table(feature).get("properties"))
    name = next((w for v in (f.get("id"), p.get("id"), p.get("identifier"), p.get("name")) if (w := words(v))),
                f"{ctx.feed or 'zone'}-{row + 1}")  # fmt: skip
    if f.get("type") != "Feature":
        out.cannot_read(name, "feature", repr(feature), row)
        return
    try:
        rings, notes = _rings(f.get("geometry"), p)
    except BadShape as error:
        out.cannot_read(name, error.reason, repr(feature), row)
        return
    kind = _kind(p, notes)
    floor, ceiling = _heights(p, ctx, notes)
    windows = _windows(p, ctx, notes)
    if not windows:
        out.rejects.repaired("not_in_force")
        return
    free = tuple(sorted({c for w in items(p.get("exempt")) if (c := _category(w, notes)) is not None}))
    for ring in rings:
        out.add(DeclaredZone(name, kind, ring, floor, ceiling, windows, free, words(p.get("source")) or ctx.feed,
                             words(p.get("text")) or words(p.get("name")), tuple(sorted(notes))))  # fmt: skip


def _rings(geometry: Any, p: dict[str, Any]) -> tuple[list[Ring], set[str]]:
    g = table(geometry)
    if g.get("type") == "Point" and "radius" not in g and "extent" not in g and "radius_m" in p:
        g = {**g, "radius": p["radius_m"]}
    return rings_of(g)


def _kind(p: dict[str, Any], notes: set[str]) -> ZoneKind:
    word = words(p.get("kind"))
    try:
        return ZoneKind.of(word) if word else ZoneKind.GEO  # type: ignore[return-value]
    except KeyError:
        notes.add("kind_unknown")
        return ZoneKind.CLOSED


def _heights(p: dict[str, Any], ctx: ZoneContext, notes: set[str]) -> tuple[float, float]:
    datum = datum_of(ctx)
    floor, ceiling = number(p.get("floor_m")), number(p.get("ceiling_m"))
    for key in ("lower", "upper"):
        if p.get(key) is not None and limit_of_text(words(p[key]), "M").reference == UNKNOWN:
            notes.add("limit_unread")
    if math.isnan(floor):
        floor = floor_m(limit_of_text(words(p.get("lower")) or "SFC", "M"), datum)
    if math.isnan(ceiling):
        ceiling = ceiling_m(limit_of_text(words(p.get("upper")) or "UNL", "M"), datum)
    if floor < ceiling:
        return floor, ceiling
    notes.add("limits_crossed")
    return -math.inf, math.inf


def _windows(p: dict[str, Any], ctx: ZoneContext, notes: set[str]) -> tuple[Window, ...]:
    if "active" in p and isinstance(p["active"], list):
        spans = [(number(table(w).get("from_s")), number(table(w).get("to_s")), number(table(w).get("published_s")))
                 for w in p["active"]]  # fmt: skip
    else:
        spans = [(iso_s(words(p.get("from"))), iso_s(words(p.get("to"))), math.nan)]
        if (p.get("from") and math.isnan(spans[0][0])) or (p.get("to") and math.isnan(spans[0][1])):
            notes.add("time_unread")
    out = []
    for begin, end, published in spans:
        if end < begin:
            notes.add("end_before_start")
            end = math.nan
        out.append(Window(-math.inf if math.isnan(begin) else begin, end,
                          ctx.heard_s if math.isnan(published) else published))  # fmt: skip
    return tuple(out)


def _category(word: Any, notes: set[str]) -> Category | None:
    try:
        return Category.of(words(word))  # type: ignore[return-value]
    except KeyError:
        notes.add("exempt_unknown")
        return None
