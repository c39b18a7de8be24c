"""GeoJSON geometries -> rings (RFC 7946, section 3.1; positions are longitude, latitude)."""

from __future__ import annotations

import math
from typing import Any

from flightward.feeds.declared.shapes import BadShape, Ring, circle, polygon
from flightward.feeds.geojson.antimeridian import put_together
from flightward.feeds.jsontree import items, number, table

PARTS_MAX = 10_000
DEPTH_MAX = 8


def rings_of(geometry: Any, depth: int = DEPTH_MAX) -> tuple[list[Ring], set[str]]:
    """The rings of a Polygon, MultiPolygon or GeometryCollection, and of a Point with extent.radius; and notes.

    Notes: hole_filled, crossed. An edge takes the short way round the Earth; the parts of a MultiPolygon that the
    antimeridian cut apart (3.1.9) are one again. Errors: BadShape (shape, position, ...).
    """
    g = table(geometry)
    kind = g.get("type")
    if kind == "Polygon":
        return _polygons([g.get("coordinates")])
    if kind == "MultiPolygon":
        return _polygons(items(g.get("coordinates"))[:PARTS_MAX])
    if kind == "GeometryCollection" and depth > 0:
        return _all([rings_of(inner, depth - 1) for inner in items(g.get("geometries"))[:PARTS_MAX]])
    if kind == "Point":
        radius_m = number(table(g.get("extent")).get("radius", g.get("radius")))
        if math.isnan(radius_m):
            raise BadShape("shape")
        lat, lon = point(g.get("coordinates"))
        return [circle(lat, lon, radius_m)], set()
    if kind == "Circle":
        lat, lon = point(g.get("center"))
        return [circle(lat, lon, number(g.get("radius")))], set()
    raise BadShape("shape")


def point(value: Any) -> tuple[float, float]:
    """(lat, lon) of a position. Errors: BadShape (position)."""
    parts = items(value)
    lon, lat = (number(parts[0]), number(parts[1])) if len(parts) >= 2 else (math.nan, math.nan)
    if not (abs(lat) <= 90.0 and abs(lon) <= 360.0):
        raise BadShape("position")
    return lat, lon


def _polygons(coordinates: list[Any]) -> tuple[list[Ring], set[str]]:
    polygons = [items(c) for c in coordinates]
    if not all(polygons):
        raise BadShape("shape")
    outlines = put_together([[point(p) for p in items(lines[0])] for lines in polygons])
    rings, notes = _all([polygon(outline) for outline in outlines])
    # What lies in a hole is counted in: a zone has one outline here.
    return rings, notes | ({"hole_filled"} if any(len(lines) > 1 for lines in polygons) else set())


def _all(parts: list[tuple[list[Ring], set[str]]]) -> tuple[list[Ring], set[str]]:
    rings = [ring for part, _ in parts for ring in part]
    if not rings:
        raise BadShape("shape")
    return rings, {note for _, notes in parts for note in notes}
