"""Outlines and lines over the antimeridian: cut into parts on either side of it for GeoJSON, and put together again.

RFC 7946: what crosses the antimeridian is cut there into a Multi geometry (3.1.9), outlines turn counter-clockwise
(3.1.6), no position lies beyond 180 degrees. An edge takes the short way round, so longitudes are first counted on
beyond 180; the cut lies on the great circle between two points. An outline round a pole runs along the pole from one
side of the antimeridian to the other.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from typing import Any

import numpy as np
import shapely

from flightward.model import F64, f64

TURN_DEG = 360.0
HALF_DEG = 180.0
Outline = list[tuple[float, float]]
"""(lat, lon) of corners."""


def ring_of_corners(lon_deg: F64, lat_deg: F64) -> list[list[float]]:
    """The outline as [longitude, latitude], closed, counter-clockwise and not cut."""
    points = np.column_stack([lon_deg, lat_deg])
    points = points if _area(np.column_stack([_counted_on(lon_deg), lat_deg])) > 0.0 else points[::-1]
    return np.vstack([points, points[:1]]).tolist()  # type: ignore[no-any-return]


def outline_geometry(lon_deg: F64, lat_deg: F64) -> dict[str, Any]:
    """A Polygon, or a MultiPolygon of its parts where it crosses the antimeridian."""
    closed = np.column_stack([lon_deg, lat_deg])
    closed = np.vstack([closed, closed[:1]])
    closed[:, 0] = _counted_on(closed[:, 0])
    if closed[0, 0] == closed[-1, 0] and (np.abs(closed[:, 0]) <= HALF_DEG).all():
        return {"type": "Polygon", "coordinates": [ring_of_corners(lon_deg, lat_deg)]}
    cut = _with_cuts(closed)
    if cut[0, 0] != cut[-1, 0]:
        cut = _over_the_pole(cut)
    area = shapely.make_valid(shapely.Polygon(cut))
    first, last = (math.floor((v + HALF_DEG) / TURN_DEG) for v in (cut[:, 0].min(), cut[:, 0].max()))
    rings = []
    for turn in range(first, last + 1):
        west = turn * TURN_DEG - HALF_DEG
        inside = shapely.intersection(area, shapely.box(west, -90.0, west + TURN_DEG, 90.0))
        for part in shapely.get_parts(inside):
            if part.geom_type == "Polygon" and part.area > 0.0:
                corners = shapely.get_coordinates(shapely.geometry.polygon.orient(part).exterior)
                rings.append((corners - [turn * TURN_DEG, 0.0]).tolist())
    if len(rings) < 2:
        return {"type": "Polygon", "coordinates": rings or [ring_of_corners(lon_deg, lat_deg)]}
    return {"type": "MultiPolygon", "coordinates": [[ring] for ring in rings]}


def cut_line(points: F64) -> list[F64]:
    """(N, K) rows of longitude, latitude and more -> its parts; what is more lies on the line between two rows."""
    points = np.column_stack([_counted_on(points[:, 0]), points[:, 1:]])
    cut = _with_cuts(points)
    if len(cut) < 2:
        return [cut]
    turns = np.floor((0.5 * (cut[1:, 0] + cut[:-1, 0]) + HALF_DEG) / TURN_DEG)
    parts = []
    for begin, end in itertools.pairwise([0, *(np.flatnonzero(np.diff(turns)) + 1).tolist(), len(turns)]):
        part = cut[begin : end + 1].copy()
        part[:, 0] -= turns[begin] * TURN_DEG
        parts.append(part)
    return parts


def put_together(outlines: Sequence[Outline]) -> list[Outline]:
    """Outlines of which those that the antimeridian cut apart are one again, with longitudes beyond 180."""
    sides = [{lon for _, lon in outline if abs(lon) == HALF_DEG} for outline in outlines]
    is_west = [side == {-HALF_DEG} for side in sides]
    cut = [k for k, side in enumerate(sides) if side and len(outlines[k]) > 3]
    areas = [shapely.Polygon([(lon + TURN_DEG * is_west[k], lat) for lat, lon in outlines[k]]) for k in cut]
    if not any(is_west) or all(is_west[k] for k in cut) or not all(area.is_valid for area in areas):
        return [_off_the_pole(outline) for outline in outlines]
    whole = [shapely.get_coordinates(part.exterior) for part in shapely.get_parts(shapely.union_all(areas))]
    others = [outline for k, outline in enumerate(outlines) if k not in cut]
    return [_off_the_pole(o) for o in (*others, *([(lat, lon) for lon, lat in p.tolist()] for p in whole))]


def _counted_on(lon_deg: F64) -> F64:
    """Longitudes of which each goes the short way on from the one before."""
    turns = np.cumsum(np.concatenate([[0.0], np.round(-np.diff(lon_deg) / TURN_DEG)]))
    return f64(lon_deg + TURN_DEG * turns)


def _area(points: F64) -> float:
    """Twice the area of (N, 2) corners, above 0 counter-clockwise."""
    x, y = (points - points[0]).T
    return float(np.sum(x * np.roll(y, -1) - np.roll(x, -1) * y))


def _with_cuts(points: F64) -> F64:
    """The rows with one more wherever the line between two of them crosses the antimeridian."""
    out = [points[0]]
    for a, b in itertools.pairwise(points):
        low, high = min(a[0], b[0]), max(a[0], b[0])
        at = math.floor((low + HALF_DEG) / TURN_DEG) * TURN_DEG + HALF_DEG
        if low < at < high:
            row = a + (at - a[0]) / (b[0] - a[0]) * (b - a)
            row[:2] = at, _latitude(at, a, b)
            out.append(row)
        out.append(b)
    return f64(out)


def _latitude(lon_deg: float, a: F64, b: F64) -> float:
    """Where the great circle between two points has that longitude."""
    lon, first, last = math.radians(lon_deg), math.radians(a[0]), math.radians(b[0])
    across = math.sin(last - first)
    if abs(across) < 1e-9:
        return float(a[1] + (lon_deg - a[0]) / (b[0] - a[0]) * (b[1] - a[1]))
    height = math.tan(math.radians(a[1])) * math.sin(last - lon) + math.tan(math.radians(b[1])) * math.sin(lon - first)
    return math.degrees(math.atan(height / across))


def _over_the_pole(cut: F64) -> F64:
    """An outline once round a pole, begun at the antimeridian, with the pole's side of the chart."""
    begin = int(np.flatnonzero((cut[:, 0] - HALF_DEG) % TURN_DEG == 0.0)[0])
    turn = cut[-1, 0] - cut[0, 0]
    path = np.vstack([cut[begin:], cut[1 : begin + 1] + f64([turn, 0.0])])
    pole = math.copysign(90.0, float(cut[:, 1].mean()))
    return np.vstack([path, [path[-1, 0], pole], [path[0, 0], pole], path[:1]])


def _off_the_pole(outline: Outline) -> Outline:
    """An outline without the side along a pole from one side of the antimeridian to the other: it is a place."""
    on_pole = [abs(lat) == 90.0 and abs(lon) == HALF_DEG for lat, lon in outline]
    both = {lon for (_, lon), is_on in zip(outline, on_pole, strict=True) if is_on}
    return [p for p, is_on in zip(outline, on_pole, strict=True) if not is_on] if len(both) == 2 else outline
