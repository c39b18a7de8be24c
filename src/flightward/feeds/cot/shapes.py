"""The areas and routes that CoT events draw.

circle, ellipse   u-d-c-c, u-d-c-e, u-r-b-c-c, u-r-b-bullseye: <shape><ellipse major minor angle/></shape>, half
                  axes in metres, the major one `angle` degrees clockwise from true north
polygon           u-d-f, u-d-r, u-d-p and others: <link point="lat,lon[,hae]"/> a corner; or <shape>
                  <polyline closed="true"><vertex lat lon/></polyline></shape>
route             b-m-r: <link type="b-m-p-w|b-m-p-c" callsign uid point="lat,lon[,hae]"/>, way and control
                  points
geofence          <__geofence trigger monitor tracking elevationMonitored minElevation maxElevation boundingSphere/>, an
                  area that its author wants watched

Source: CoT shape and link schemas (CoT_shape.xsd, CoT_link.xsd) and what ATAK writes.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from flightward.feeds.cot.event import CotEvent, Element, number
from flightward.model import F64, AreaFrame, f64

POINTS_MAX = 10_000
CIRCLE_CORNERS = 36
"""A polygon of 36 corners around a circle is at most 0.4 % of the radius outside it."""
RADIUS_MAX_M = 500_000.0


class RoutePoint(NamedTuple):
    """One point of a route; hae_m NaN unknown."""

    name: str
    lat_deg: float
    lon_deg: float
    hae_m: float
    is_waypoint: bool


class Route(NamedTuple):
    """A route as drawn: places without times."""

    uid: str
    name: str
    points: tuple[RoutePoint, ...]
    stale_s: float


def is_geofence(event: CotEvent) -> bool:
    """Does its author want the area watched."""
    return event.detail.child("__geofence") is not None


def corners(event: CotEvent, frame: AreaFrame) -> tuple[F64, F64] | None:
    """The area of an event as a ring on the plane, (P,) e_m and n_m; None if it draws no area.

    A circle's ring lies around it, never within: what is inside the circle is inside the ring.
    """
    shape = event.detail.child("shape")
    ellipse = None if shape is None else shape.child("ellipse")
    if ellipse is not None:
        return _ellipse(event, ellipse, frame)
    places = _vertices(shape) if shape is not None else []
    if not places:
        places = [p for p in map(_point, event.detail.each("link")) if p is not None]
    if len(places) < 3 or len(places) > POINTS_MAX:
        return None
    lat, lon = np.radians(f64([p[0] for p in places])), np.radians(f64([p[1] for p in places]))
    return frame.to_plane(lat, lon)


def _ellipse(event: CotEvent, ellipse: Element, frame: AreaFrame) -> tuple[F64, F64] | None:
    major, minor, angle = ellipse.number("major"), ellipse.number("minor"), ellipse.number("angle")
    if not (0.0 < major <= RADIUS_MAX_M and 0.0 < minor <= RADIUS_MAX_M) or not _is_place(event.lat_deg, event.lon_deg):
        return None
    at_lat, at_lon = f64([math.radians(event.lat_deg)]), f64([math.radians(event.lon_deg)])
    e_m, n_m = frame.to_plane(at_lat, at_lon)
    scale, convergence = frame.scale_convergence(at_lat, at_lon)
    turn = math.radians(angle if math.isfinite(angle) else 0.0) - float(convergence[0])
    t = np.linspace(0.0, 2.0 * math.pi, CIRCLE_CORNERS, endpoint=False)
    outside = float(scale[0]) / math.cos(math.pi / CIRCLE_CORNERS)
    along, across = outside * major * np.cos(t), outside * minor * np.sin(t)
    return (
        f64(e_m[0] + along * math.sin(turn) + across * math.cos(turn)),
        f64(n_m[0] + along * math.cos(turn) - across * math.sin(turn)),
    )


def _vertices(shape: Element) -> list[tuple[float, float, float]]:
    line = shape.child("polyline")
    if line is None or line.get("closed").lower() not in ("true", "1"):
        return []
    found = [(v.number("lat"), v.number("lon"), v.number("hae")) for v in line.each("vertex")]
    return [p for p in found if _is_place(p[0], p[1])]


def _point(link: Element) -> tuple[float, float, float] | None:
    """Latitude, longitude and height of a link's point; None if it has none that can be read."""
    parts = [number(part) for part in link.get("point").split(",")]
    if len(parts) < 2 or not _is_place(parts[0], parts[1]):
        return None
    return parts[0], parts[1], parts[2] if len(parts) > 2 and abs(parts[2]) < 1e5 else math.nan


def _is_place(lat_deg: float, lon_deg: float) -> bool:
    return abs(lat_deg) <= 90.0 and abs(lon_deg) <= 180.0


def route_of(event: CotEvent) -> Route | None:
    """The route of an event; None if it is none or has fewer than two points."""
    if not event.type.startswith("b-m-r"):
        return None
    points: list[RoutePoint] = []
    for link in event.detail.each("link"):
        at = _point(link)
        if at is not None and len(points) < POINTS_MAX:
            points.append(RoutePoint(link.get("callsign"), *at, link.get("type") != "b-m-p-c"))
    return Route(event.uid, event.callsign or event.uid, tuple(points), event.stale_s) if len(points) > 1 else None
