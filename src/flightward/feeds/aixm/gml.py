"""GML curves and surfaces as AIXM uses them -> legs and rings.

Surface / patches / PolygonPatch / exterior / (LinearRing | Ring / curveMember / Curve / segments). Segments:
GeodesicString, Geodesic, LineStringSegment, Arc and ArcString (through points), ArcByCenterPoint, CircleByCenterPoint.
Positions are latitude, longitude (EPSG:4326 and 4979, also where nothing is said) or longitude, latitude (CRS84). Which
holds for a pos or posList is what the nearest element around it says with srsName, itself included; where no geometry
does, the Envelope that bounds its feature or message. Angles of ArcByCenterPoint are true bearings in EPSG:4326, and
count from east towards north in CRS84; from a smaller to a larger one the arc goes the way they count.

Source: OGC 12-028r1 (Use of GML for aviation data), sections 8 to 10; OGC 07-036 (GML 3.2.1), 10.1.3.2 (srsName and
srsDimension are those of what is around).
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from typing import NamedTuple
from xml.etree.ElementTree import Element

from flightward.feeds.declared.shapes import GEOD, Arc, BadShape, Leg, Line, Ring, Through, circle, outline
from flightward.feeds.jsontree import number
from flightward.feeds.xmlsafe import child, children, descendants, local, text_of
from flightward.units import FT_M, NMI_M

UNIT_M = {"NM": NMI_M, "[NMI_I]": NMI_M, "M": 1.0, "KM": 1000.0, "FT": FT_M, "[FT_I]": FT_M, "": NMI_M}
HREF = "{http://www.w3.org/1999/xlink}href"
NIL = "{http://www.w3.org/2001/XMLSchema-instance}nil"
_LAT_FIRST = re.compile(r"EPSG(?::[\w.]*:|:|/[\w.]+/)(?:4326|4979)(?!\d)", re.IGNORECASE)
_LON_FIRST = re.compile(r"CRS:?84", re.IGNORECASE)
_WITH_HEIGHT = re.compile(r"4979(?!\d)|84h|,", re.IGNORECASE)
"""4979, CRS84h, and those put together of a flat one and one of heights (a comma between them)."""
_POSITIONS = ("posList", "pos")
_LINES = ("GeodesicString", "Geodesic", "LineStringSegment")


class Srs(NamedTuple):
    """What is said of positions: the name of their reference system and how many numbers each has; "" not said."""

    name: str = ""
    size: str = ""


Systems = Mapping[Element, Srs]
"""Of every pos and posList of a document."""


def systems(root: Element) -> Systems:
    """What holds for each pos and posList below root: what the nearest element around it says."""
    out: dict[Element, Srs] = {}
    waiting = [(root, Srs())]
    while waiting:
        element, outer = waiting.pop()
        bounds = child(element, "boundedBy", "Envelope")
        if bounds is not None:
            outer = Srs(bounds.get("srsName", outer.name))
        own = Srs(element.get("srsName", outer.name), element.get("srsDimension", outer.size))
        if local(element) in _POSITIONS:
            out[element] = own
        waiting += [(inner, own) for inner in element]
    return out


def surface(element: Element, srs: Systems) -> tuple[list[Ring], set[str]]:
    """The rings of a surface, and notes (hole_filled, crossed). Errors: BadShape."""
    rings: list[Ring] = []
    notes: set[str] = set()
    for patch in descendants(element, "PolygonPatch", "Polygon"):
        outer = child(patch, "exterior")
        if outer is None:
            raise BadShape("shape")
        if child(patch, "interior") is not None:
            notes.add("hole_filled")
        found, more = _ring(outer, srs)
        rings += found
        notes |= more
    if not rings:
        raise BadShape("shape")
    return rings, notes


def curve(element: Element, srs: Systems) -> list[Leg]:
    """The legs of a curve, the first the place where it begins. Errors: BadShape."""
    legs: list[Leg] = []
    _curve(element, srs, legs)
    if len(legs) < 2:
        raise BadShape("shape")
    return legs


def _ring(outer: Element, srs: Systems) -> tuple[list[Ring], set[str]]:
    circles = list(descendants(outer, "CircleByCenterPoint"))
    if circles:
        if len(circles) > 1 or any(descendants(outer, *_LINES, "Arc", "ArcByCenterPoint")):
            raise BadShape("shape")
        return [circle(*_points(circles[0], srs)[0], _length_m(circles[0], "radius"))], set()
    legs: list[Leg] = []
    for line in children(outer, "LinearRing"):
        _extend(legs, [Line(*p) for p in _points(line, srs)])
    for ring in children(outer, "Ring"):
        for member in children(ring, "curveMember"):
            if not len(member):
                raise BadShape("border" if member.get(HREF) else "shape")
            for own_curve in member:
                _curve(own_curve, srs, legs)
    if not legs:
        raise BadShape("shape")
    return outline(legs)


def _curve(element: Element, srs: Systems, legs: list[Leg]) -> None:
    if local(element) == "LineString":
        _extend(legs, [Line(*p) for p in _points(element, srs)])
        return
    segments = child(element, "segments")
    if segments is None:
        raise BadShape("border" if any(e.get(HREF) for e in element.iter()) else "shape")
    for segment in segments:
        _segment(segment, srs, legs)


def _segment(segment: Element, srs: Systems, legs: list[Leg]) -> None:
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


def _arc_by_centre(segment: Element, srs: Systems, legs: list[Leg]) -> None:
    lat, lon = _points(segment, srs)[0]
    radius_m = _length_m(segment, "radius")
    begin, end = number(text_of(segment, "startAngle")), number(text_of(segment, "endAngle"))
    if math.isnan(begin + end + radius_m):
        raise BadShape("arc")
    counts_clockwise = not _is_lon_first(next(srs[e] for e in descendants(segment, *_POSITIONS)))
    bearings = (begin, end) if counts_clockwise else (90.0 - begin, 90.0 - end)
    ends = [GEOD.fwd(lon, lat, bearing, radius_m) for bearing in bearings]
    _extend(legs, [Line(ends[0][1], ends[0][0])])
    legs.append(Arc(lat, lon, (begin < end) == counts_clockwise, ends[1][1], ends[1][0]))


def _extend(legs: list[Leg], more: list[Leg]) -> None:
    """Go on with more; a place where it stands already is not repeated."""
    for leg in more:
        if not legs or (abs(legs[-1].lat_deg - leg.lat_deg) > 1e-9 or abs(legs[-1].lon_deg - leg.lon_deg) > 1e-9):
            legs.append(leg)


def _points(element: Element, srs: Systems) -> list[tuple[float, float]]:
    """The (lat, lon) of posList, pos and pointProperty, in order."""
    pairs: list[tuple[float, float]] = []
    for e in element.iter():
        if e in srs:
            lon_first = _is_lon_first(srs[e])
            values = [number(v) for v in "".join(e.itertext()).split()]
            size = _size(values, srs[e], is_one=local(e) == "pos")
            if not values or len(values) % size or any(math.isnan(v) for v in values):
                raise BadShape("position")
            found = zip(values[::size], values[1::size], strict=True)
            pairs += [(b, a) for a, b in found] if lon_first else found
        elif local(e) == "pointProperty" and e.get(HREF):
            raise BadShape("reference")
    if not pairs:
        raise BadShape("position")
    return pairs


def _is_lon_first(srs: Srs) -> bool:
    """Is longitude before latitude. Errors: BadShape (crs) for a system that is not known here."""
    is_lon_first = bool(_LON_FIRST.search(srs.name))
    if srs.name and not is_lon_first and not _LAT_FIRST.search(srs.name):
        raise BadShape("crs")
    return is_lon_first


def _size(values: list[float], srs: Srs, *, is_one: bool) -> int:
    """How many numbers a position has: as is said, else by its system. Errors: BadShape (position)."""
    if is_one and len(values) in (2, 3):
        return len(values)
    if srs.size not in ("", "2", "3"):
        raise BadShape("position")
    if srs.size or not _WITH_HEIGHT.search(srs.name):
        return int(srs.size or 2)
    # Some name a system with heights and write none. What can be read both ways and closes in neither is not guessed.
    sizes = [k for k in (2, 3) if len(values) % k == 0]
    if len(sizes) > 1:
        sizes = [k for k in sizes if values[:k] == values[-k:]]
    if len(sizes) != 1:
        raise BadShape("position")
    return sizes[0]


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
