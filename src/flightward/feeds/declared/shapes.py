"""Outlines that hold the true area: circles, arcs, corridors and polygons -> rings of longitude and latitude.

A ring is read with straight edges on a plane, so what is drawn must lie around the true line: a circle is drawn about
it, an arc or a buffer is widened by the height of its chords. A straight edge on the chart may be a geodesic or a line
of constant slope in longitude and latitude: where the two part by more than EDGE_M, the area holds both.

All of it is worked out on a plane centred on the shape itself, so the antimeridian and the poles need no case of
their own; an edge takes the short way round. A shape wider than REACH_M from its middle is refused.

Widening is bounded: a circle by 0.15 % of its radius, an arc by 0.04 %, a corridor by 0.3 % of its half width plus
the stretch of the plane (0.6 % at 1,000 km from the middle).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import pyproj
import shapely

from flightward.model import F64, AreaFrame, f64

GEOD = pyproj.Geod(ellps="WGS84")
EDGE_M = 1.0
"""Far below what text formats can write (1 second: 31 m). Every outline is widened by it."""
PIECE_M = 10_000.0
"""Long edges are drawn through points so far apart."""
SAME_M = 0.001
FLAT_M2 = 25.0
"""A smaller area is a line or a slip of the pen."""
LONG_M = 30_000.0
"""A straight edge on a plane 500 km from its middle is 0.7 m off the geodesic at this length."""
REACH_M = 3_000_000.0
CIRCLE_N = 72
ARC_STEP_RAD = math.radians(2.0)
BUFFER_SEGMENTS = 16
RADIUS_SLACK_FRAC = 0.0005
POINTS_MAX = 100_000


class Ring(NamedTuple):
    """(N,) corners of an outline in degrees, not closed."""

    lon_deg: F64
    lat_deg: F64


class BadShape(Exception):
    """A shape that is none; `reason` is a code."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class Line(NamedTuple):
    """A straight edge to here."""

    lat_deg: float
    lon_deg: float


class Arc(NamedTuple):
    """An arc about a centre, from where the outline stands to the end point; equal points: all round."""

    centre_lat_deg: float
    centre_lon_deg: float
    is_clockwise: bool
    lat_deg: float
    lon_deg: float


class Through(NamedTuple):
    """An arc through a point to the end point."""

    mid_lat_deg: float
    mid_lon_deg: float
    lat_deg: float
    lon_deg: float


Leg = Line | Arc | Through


def circle(lat_deg: float, lon_deg: float, radius_m: float) -> Ring:
    """A ring that holds the circle of all points within radius_m. Errors: BadShape (radius, position)."""
    _check_position(lat_deg, lon_deg)
    if not 0.0 < radius_m <= REACH_M:
        raise BadShape("radius")
    bearings = np.arange(CIRCLE_N) * (360.0 / CIRCLE_N)
    reach = radius_m * (1.0 + RADIUS_SLACK_FRAC) / math.cos(math.pi / CIRCLE_N)
    ones = np.ones(CIRCLE_N)
    lon, lat, _ = GEOD.fwd(lon_deg * ones, lat_deg * ones, bearings, reach * ones)
    return Ring(_wrapped(f64(lon)), f64(lat))


def outline(legs: Sequence[Leg]) -> tuple[list[Ring], set[str]]:
    """Rings that hold the area within a closed path, which ends where its first leg ended; and notes.

    Notes: crossed (the path crosses itself: all that a line around it holds). Errors: BadShape.
    """
    plane = _Plane([p for leg in legs for p in _points_of(leg)])
    first = legs[0]
    start = (first.lat_deg, first.lon_deg)
    ends = [(leg.lat_deg, leg.lon_deg) for leg in legs]
    closing = [] if len(legs) > 1 and _same(ends[-1], start) else [Line(*start)]
    path = [*legs[1:], *closing]
    parts, is_long, widen_m = [], False, 0.0
    for is_chart_line in (False, True):
        at = start
        pieces: list[F64] = []
        for leg in path:
            piece, long_edge, chord_m = plane.leg(at, leg, is_chart_line)
            is_long |= long_edge
            widen_m = max(widen_m, chord_m)
            pieces.append(piece)
            at = (leg.lat_deg, leg.lon_deg)
        parts.append(_polygon(pieces))
        if not is_long:
            break
    notes = {"crossed"} if any(crossed for _, crossed in parts) else set()
    area = shapely.union_all([part for part, _ in parts])
    if area.area <= FLAT_M2:
        raise BadShape("flat")
    return plane.rings(area.buffer(widen_m + EDGE_M, join_style="mitre")), notes


def corridor(points: Sequence[tuple[float, float]], half_width_m: float) -> list[Ring]:
    """Rings that hold all within half_width_m of a line through (lat, lon) points. Errors: BadShape."""
    return tube([Line(*p) for p in points], half_width_m)


def tube(legs: Sequence[Leg], half_width_m: float) -> list[Ring]:
    """The same along a path of lines and arcs, from where its first leg ends."""
    if not 0.0 < half_width_m <= REACH_M or len(legs) < 2:
        raise BadShape("corridor")
    plane = _Plane([p for leg in legs for p in _points_of(leg)])
    at = (legs[0].lat_deg, legs[0].lon_deg)
    lines, chord_m = [], 0.0
    for is_chart_line in (False, True):
        pieces: list[F64] = []
        here = at
        for leg in legs[1:]:
            piece, _, sag_m = plane.leg(here, leg, is_chart_line)
            chord_m = max(chord_m, sag_m)
            pieces.append(piece)
            here = (leg.lat_deg, leg.lon_deg)
        lines.append(shapely.LineString(np.concatenate(pieces)))
    reach = half_width_m * plane.stretch * (1.0 + RADIUS_SLACK_FRAC) / math.cos(math.pi / (4 * BUFFER_SEGMENTS))
    area = shapely.union_all([line.buffer(reach + chord_m + EDGE_M, quad_segs=BUFFER_SEGMENTS) for line in lines])
    return plane.rings(area)


def joined(rings: Sequence[Ring]) -> list[Ring]:
    """Rings that hold all of several: those that overlap become one."""
    plane = _Plane([(float(a), float(b)) for r in rings for a, b in zip(r.lat_deg, r.lon_deg, strict=True)])
    areas = [_polygon([np.vstack([p, p[:1]])])[0] for p in (plane.xy(r.lat_deg, r.lon_deg) for r in rings)]
    return plane.rings(shapely.union_all(areas))


def polygon(points: Sequence[tuple[float, float]]) -> tuple[list[Ring], set[str]]:
    """Rings that hold the polygon of (lat, lon) corners; and notes, as of `outline`."""
    if len(points) > 1 and _same(points[0], points[-1]):
        points = points[:-1]
    if len(points) < 3:
        raise BadShape("corners")
    return outline([Line(*p) for p in points])


def reach_of(rings: Sequence[Ring], lat_deg: float, lon_deg: float) -> float:
    """The distance in metres from a place to the farthest corner."""
    lon = np.concatenate([r.lon_deg for r in rings])
    lat = np.concatenate([r.lat_deg for r in rings])
    _, _, far = GEOD.inv(np.full(len(lon), lon_deg), np.full(len(lon), lat_deg), lon, lat)
    return float(np.max(far))


class _Plane:
    """A stereographic plane in the middle of a shape."""

    def __init__(self, points: Sequence[tuple[float, float]]) -> None:
        if not 0 < len(points) <= POINTS_MAX:
            raise BadShape("corners")
        for lat_deg, lon_deg in points:
            _check_position(lat_deg, lon_deg)
        lat, lon = np.radians(f64(points)).T
        middle = np.array([np.cos(lat) * np.cos(lon), np.cos(lat) * np.sin(lon), np.sin(lat)]).mean(axis=1)
        if float(np.linalg.norm(middle)) < 0.5:
            raise BadShape("too_large")
        self.frame = AreaFrame(math.atan2(middle[2], math.hypot(middle[0], middle[1])),
                               math.atan2(middle[1], middle[0]))  # fmt: skip
        far = float(np.max(np.hypot(*self.xy(np.degrees(lat), np.degrees(lon)).T)))
        if not far <= REACH_M:
            raise BadShape("too_large")
        self.stretch = 1.0 + (far / 12_742_000.0) ** 2 * 1.02 + 1e-5

    def xy(self, lat_deg: F64, lon_deg: F64) -> F64:
        """(N, 2) metres."""
        return np.column_stack(self.frame.to_plane(np.radians(lat_deg), np.radians(lon_deg)))

    def leg(self, at: tuple[float, float], leg: Leg, is_chart_line: bool) -> tuple[F64, bool, float]:
        """(K, 2) the points of a leg, its start included; is it long; how far its chords may lie inside."""
        if isinstance(leg, Line):
            return *self._edge(at, (leg.lat_deg, leg.lon_deg), is_chart_line), 0.0
        points, radius_m = self._through(at, leg) if isinstance(leg, Through) else self._arc(at, leg)
        # A corner of the arc lies on it; between two of them the arc stands out by radius * (1 - cos(half a step)).
        return points, False, radius_m * self.stretch * (1.0 - math.cos(ARC_STEP_RAD / 2.0)) + 0.01

    def _edge(self, a: tuple[float, float], b: tuple[float, float], is_chart_line: bool) -> tuple[F64, bool]:
        d_lon = (b[1] - a[1] + 180.0) % 360.0 - 180.0
        _, _, length_m = GEOD.inv(a[1], a[0], b[1], b[0])
        apart_m = length_m * math.radians(abs(d_lon)) * math.sin(math.radians(max(abs(a[0]), abs(b[0])))) / 8.0
        if apart_m <= 0.5 * EDGE_M and length_m <= LONG_M:
            return self.xy(f64([a[0], b[0]]), f64([a[1], b[1]])), False
        n = int(length_m / PIECE_M) + 2
        share = np.linspace(0.0, 1.0, n)
        if is_chart_line:
            return self.xy(a[0] + share * (b[0] - a[0]), a[1] + share * d_lon), True
        inner = np.array(GEOD.npts(a[1], a[0], b[1], b[0], n)).reshape(-1, 2)
        lat, lon = f64([a[0], *inner[:, 1], b[0]]), f64([a[1], *inner[:, 0], b[1]])
        return self.xy(lat, lon), True

    def _arc(self, at: tuple[float, float], arc: Arc) -> tuple[F64, float]:
        c_lat, c_lon = arc.centre_lat_deg, arc.centre_lon_deg
        az, _, dist = GEOD.inv([c_lon] * 2, [c_lat] * 2, [at[1], arc.lon_deg], [at[0], arc.lat_deg])
        r0, r1 = float(dist[0]), float(dist[1])
        if not (0.0 < max(r0, r1) <= REACH_M and abs(r0 - r1) <= 0.1 * max(r0, r1) + 100.0):
            raise BadShape("arc")
        turn = (az[1] - az[0]) % 360.0 if arc.is_clockwise else -((az[0] - az[1]) % 360.0)
        if abs(turn) < 1e-9:
            turn = 360.0 if arc.is_clockwise else -360.0
        n = int(abs(turn) / math.degrees(ARC_STEP_RAD)) + 2
        share = np.linspace(0.0, 1.0, n)
        lon, lat, _ = GEOD.fwd([c_lon] * n, [c_lat] * n, az[0] + share * turn, r0 + share * (r1 - r0))
        return self.xy(f64(lat), f64(lon)), max(r0, r1)

    def _through(self, at: tuple[float, float], leg: Through) -> tuple[F64, float]:
        lat = f64([at[0], leg.mid_lat_deg, leg.lat_deg])
        a, m, b = self.xy(lat, f64([at[1], leg.mid_lon_deg, leg.lon_deg]))
        cross = (m[0] - a[0]) * (b[1] - a[1]) - (m[1] - a[1]) * (b[0] - a[0])
        span = float(np.hypot(*(b - a)))
        if abs(cross) <= 1e-6 * max(span, 1.0) ** 2:
            return np.vstack([a, m, b]), 0.0
        p, q = a - m, b - m
        k = 2.0 * (p[0] * q[1] - p[1] * q[0])
        centre = m + np.array([q[1] * (p @ p) - p[1] * (q @ q), p[0] * (q @ q) - q[0] * (p @ p)]) / k
        radius_m = float(np.hypot(*(a - centre)))
        if not radius_m <= REACH_M:
            raise BadShape("arc")
        begin, end = (math.atan2(v[1] - centre[1], v[0] - centre[0]) for v in (a, b))
        turn = (end - begin) % (2.0 * math.pi)
        turn = turn if cross > 0.0 else turn - 2.0 * math.pi
        angles = begin + np.linspace(0.0, 1.0, int(abs(turn) / ARC_STEP_RAD) + 2) * turn
        return centre + radius_m * np.column_stack([np.cos(angles), np.sin(angles)]), radius_m

    def rings(self, area: shapely.Geometry) -> list[Ring]:
        """The outer rings of an area; holes are filled. Errors: BadShape (flat)."""
        out = []
        for part in shapely.get_parts(area):
            if part.geom_type != "Polygon" or not part.area > 1.0:
                continue
            e_m, n_m = np.array(part.exterior.coords)[:-1].T
            lat, lon = self.frame.to_geodetic(f64(e_m), f64(n_m))
            out.append(Ring(_wrapped(np.degrees(lon)), np.degrees(lat)))
        if not out:
            raise BadShape("flat")
        return out


def _polygon(pieces: list[F64]) -> tuple[shapely.Polygon, bool]:
    points = np.concatenate(pieces)
    # Where two legs meet their ends may differ by a rounding, which would look like a crossing.
    points = points[np.concatenate([[True], np.hypot(*np.diff(points, axis=0).T) > SAME_M])]
    if len(points) > 1 and np.hypot(*(points[-1] - points[0])) <= SAME_M:
        points = points[:-1]
    if len(points) < 3:
        raise BadShape("corners")
    area = shapely.Polygon(points)
    if area.is_valid:
        return area, False
    # Which parts of a path that crosses itself are meant cannot be known: all that lies within a line around it.
    hull = shapely.MultiPoint(points).convex_hull
    if hull.geom_type != "Polygon":
        raise BadShape("flat")
    return hull, True


def _points_of(leg: Leg) -> list[tuple[float, float]]:
    here = (leg.lat_deg, leg.lon_deg)
    if isinstance(leg, Arc):
        # The whole circle may be drawn, whichever part is asked for.
        _, _, radius_m = GEOD.inv(leg.centre_lon_deg, leg.centre_lat_deg, leg.lon_deg, leg.lat_deg)
        if not 0.0 < radius_m <= REACH_M:
            raise BadShape("arc")
        return [here, (leg.centre_lat_deg, leg.centre_lon_deg)]
    return [here, (leg.mid_lat_deg, leg.mid_lon_deg)] if isinstance(leg, Through) else [here]


def _same(a: tuple[float, float], b: tuple[float, float]) -> bool:
    return abs(a[0] - b[0]) < 1e-9 and abs((a[1] - b[1] + 180.0) % 360.0 - 180.0) < 1e-9


def _wrapped(lon_deg: F64) -> F64:
    return (lon_deg + 180.0) % 360.0 - 180.0


def _check_position(lat_deg: float, lon_deg: float) -> None:
    if not (abs(lat_deg) <= 90.0 and abs(lon_deg) <= 360.0):
        raise BadShape("position")
