"""GML curves and surfaces as AIXM uses them -> legs and rings.

Surface / patches / PolygonPatch / exterior / (LinearRing | Ring / curveMember / Curve / segments). Segments:
GeodesicString, Geodesic, LineStringSegment, Arc and ArcString (through points), ArcByCenterPoint, CircleByCenterPoint.
Positions are latitude, longitude (EPSG:4326, also where nothing is said) or longitude, latitude (CRS84). Angles of
ArcByCenterPoint are true bearings in EPSG:4326, and count from east towards north in CRS84; from a smaller to a larger
one the arc goes the way they count.

Source: OGC 12-028r1 (Use of GML for aviation data), sections 8 to 10.
"""

from __future__ import annotations

import math
from xml.etree.ElementTree import Element

from flightward.feeds.declared.shapes import GEOD, Arc, BadShape, Leg, Line, Ring, Through, circle, outline
from flightward.feeds.jsontree import number
from flightward.feeds.xmlsafe import child, children, descendants, local, text_of
from flightward.units import FT_M, NMI_M

UNIT_M = {"NM": NMI_M, "[NMI_I]": NMI_M, "M": 1.0, "KM": 1000.0, "FT": FT_M, "[FT_I]": FT_M, "": NMI_M}
HREF = "{http://www.w3.org/1999/xlink}href"
NIL = "{http://www.w3.org/2001/XMLSchema-instance}nil"
_LAT_FIRST = ("EPSG::4326", "EPSG:4326", "EPSG/0/4326")
_LON_FIRST = ("CRS84", "CRS:84")
_LINES = ("GeodesicString", "Geodesic", "LineStringSegment")


def surface(element: Element, srs: str = "") -> tuple[list[Ring], set[str]]:
    """The rings of a surface, and notes (hole_filled, crossed). Errors: BadShape."""
    srs = element.get("srsName", srs)
    rings: list[Ring] = []
    notes: set[str] = set()
    for patch in descendants(element, "PolygonPatch", "Polygon"):
        outer = child(patch, "exterior")
        if outer is None:
            raise BadShape("shape")
        if child(patch, "interior") is not None:
            notes.add("hole_filled")
        found, more = _ring(outer, patch.get("srsName", srs))
        rings += found
        notes |= more
    if not rings:
        raise BadShape("shape")
    return rings, notes


def curve(element: Element, srs: str = "") -> list[Leg]:
    """The legs of a curve, the first the place where it begins. Errors: BadShape."""
    legs: list[Leg] = []
    _curve(element, element.get("srsName", srs), legs)
    if len(legs) < 2:
        raise BadShape("shape")
    return legs


def _ring(outer: Element, srs: str) -> tuple[list[Ring], set[str]]:
    circles = list(descendants(outer, "CircleByCenterPoint"))
    if circles:
        if len(circles) > 1 or any(descendants(outer, *_LINES, "Arc", "ArcByCenterPoint")):
            raise BadShape("shape")
        own = _srs(outer, circles[0], srs)
        return [circle(*_points(circles[0], own)[0], _length_m(circles[0], "radius"))], set()
    legs: list[Leg] = []
    for line in children(outer, "LinearRing"):
        _extend(legs, [Line(*p) for p in _points(line, line.get("srsName", srs))])
    for ring in children(outer, "Ring"):
        for member in children(ring, "curveMember"):
            if not len(member):
                raise BadShape("border" if member.get(HREF) else "shape")
            for own_curve in member:
                _curve(own_curve, own_curve.get("srsName", ring.get("srsName", srs)), legs)
    if not legs:
        raise BadShape("shape")
    return outline(legs)


def _srs(outer: Element, inner: Element, srs: str) -> str:
    """The reference system of an element within another: the nearest that is named."""
    for element in outer.iter():
        if element.get("srsName") and (element is inner or any(e is inner for e in element.iter())):
            srs = element.get("srsName", srs)
    return srs


def _curve(element: Element, srs: str, legs: list[Leg]) -> None:
    if local(element) == "LineString":
        _extend(legs, [Line(*p) for p in _points(element, srs)])
        return
    segments = child(element, "segments")
    if segments is None:
        raise BadShape("border" if any(e.get(HREF) for e in element.iter()) else "shape")
    for segment in segments:
        _segment(segment, segment.get("srsName", srs), legs)


def _segment(segment: Element, srs: str, legs: list[Leg]) -> None:
    kind = local(segment)
    if kind in _LINES:
        _extend(legs, [Line(*p) for p in _points(segment, srs)])
    elif kind in ("Arc", "ArcString"):
        points = _points(segment, srs)
        if len(points) < 3 or len(points) % 2 == 0:
            raise BadShape("arc")
        _extend(legs, [Line(*points[0])])
        legs += [Through(*m, *e) for m, e in zip(points[1::2], points[2::2], strict=True)]
    elif kind == "ArcByCenterPoint":
        _arc_by_centre(segment, srs, legs)
    else:
        raise BadShape("segment")


def _arc_by_centre(segment: Element, srs: str, legs: list[Leg]) -> None:
    lat, lon = _points(segment, srs)[0]
    radius_m = _length_m(segment, "radius")
    begin, end = number(text_of(segment, "startAngle")), number(text_of(segment, "endAngle"))
    if math.isnan(begin + end + radius_m):
        raise BadShape("arc")
    counts_clockwise = not _is_lon_first(srs)
    bearings = (begin, end) if counts_clockwise else (90.0 - begin, 90.0 - end)
    ends = [GEOD.fwd(lon, lat, bearing, radius_m) for bearing in bearings]
    _extend(legs, [Line(ends[0][1], ends[0][0])])
    legs.append(Arc(lat, lon, (begin < end) == counts_clockwise, ends[1][1], ends[1][0]))


def _extend(legs: list[Leg], more: list[Leg]) -> None:
    """Go on with more; a place where it stands already is not repeated."""
    for leg in more:
        if not legs or (abs(legs[-1].lat_deg - leg.lat_deg) > 1e-9 or abs(legs[-1].lon_deg - leg.lon_deg) > 1e-9):
            legs.append(leg)


def _points(element: Element, srs: str) -> list[tuple[float, float]]:
    """The (lat, lon) of posList, pos and pointProperty, in order."""
    if not any(name in srs for name in (*_LAT_FIRST, *_LON_FIRST)) and srs:
        raise BadShape("crs")
    values: list[float] = []
    for e in element.iter():
        if local(e) in ("posList", "pos"):
            own = [number(v) for v in "".join(e.itertext()).split()]
            size = int(number(e.get("srsDimension", "2"))) if e.get("srsDimension", "2") in ("2", "3") else 2
            if not own or len(own) % size or any(math.isnan(v) for v in own):
                raise BadShape("position")
            values += [v for k, v in enumerate(own) if k % size < 2]
        elif local(e) == "pointProperty" and e.get(HREF):
            raise BadShape("reference")
    pairs = list(zip(values[::2], values[1::2], strict=True))
    if not pairs:
        raise BadShape("position")
    return [(b, a) for a, b in pairs] if _is_lon_first(srs) else pairs


def _is_lon_first(srs: str) -> bool:
    return any(name in srs for name in _LON_FIRST)


def _length_m(element: Element, name: str) -> float:
    found = child(element, name)
    if found is None:
        raise BadShape("radius")
    return length_m(found)


def length_m(element: Element) -> float:
    """Metres of an element with a uom. Errors: BadShape (radius)."""
    unit = element.get("uom", "").upper()
    value = number("".join(element.itertext()).strip())
    if unit not in UNIT_M or math.isnan(value):
        raise BadShape("radius")
    return value * UNIT_M[unit]
