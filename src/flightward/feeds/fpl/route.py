"""Field 15 -> points with speed and level, or what is missing to find them.

    N0440 F350 LIV/N0305F180 DCT 46N078W DCT 4620N07805W DUB180040 VFR STAY1/0030 C/48N050W/M082F290F350
    speed: K km/h, N knots, M Mach hundredths
    level: F, S flight level (hundreds of feet, tens of metres), A, M altitude

A way (UL15, a departure or arrival route) names points that are not in the message: it is missing. A bearing is
magnetic; its variation is not known here, so a point by bearing and distance is missing too.
Source: ICAO Doc 4444, appendix 2, item 15, and appendix 3, field type 15.
"""

from __future__ import annotations

import dataclasses
import math
import re
from collections.abc import Mapping

from flightward.feeds.plans.plan import Point
from flightward.units import FT_M, KT_MPS

SPEED = r"(?:[KN]\d{4}|M\d{3})"
LEVEL = r"(?:[FA]\d{3}|[SM]\d{4}|VFR)"
_BEGIN = re.compile(rf"^({SPEED})({LEVEL})\b\s*(.*)$", re.DOTALL)
_CHANGE = re.compile(rf"^([A-Z0-9]{{2,11}})/({SPEED})({LEVEL})$")
_CLIMB = re.compile(rf"^C/([A-Z0-9]{{2,11}})/({SPEED})({LEVEL})({LEVEL}|PLUS)$")
_COORDINATE = re.compile(r"^(\d{2})(\d{2})?([NS])(\d{3})(\d{2})?([EW])$")
_BEARING = re.compile(r"^[A-Z]{2,5}\d{6}$")
_POINT = re.compile(r"^[A-Z]{2,5}$")
_STAY = re.compile(r"^STAY\d/(\d{2})(\d{2})$")
SOUND_MPS = 295.07
"""Speed of sound in the standard atmosphere from 11 km up (ICAO Doc 7488), for Mach numbers."""
NOT_POINTS = {"DCT", "VFR", "IFR", "T", "OAT", "GAT", "IFPSTART", "IFPSTOP"}


@dataclasses.dataclass
class RoutePoint:
    """A point of the route: from here on so fast and so high (NaN: as before); it stays there for stay_s."""

    name: str
    lat_deg: float
    lon_deg: float
    speed_mps: float = math.nan
    level: str = ""
    stay_s: float = 0.0


@dataclasses.dataclass
class Route:
    """Field 15: the first speed and level, the points, and what is missing."""

    speed_mps: float
    level: str
    points: list[RoutePoint]
    missing: list[str]


def read_route(text: str, points: Mapping[str, Point]) -> Route:
    """The route of field 15 with the given points."""
    begin = _BEGIN.match(text)
    if not begin:
        return Route(math.nan, "", [], ["speed and level (field 15)"])
    route = Route(speed_mps(begin.group(1)), begin.group(2), [], [])
    for token in begin.group(3).split():
        _token(token, points, route)
    return route


def _token(token: str, points: Mapping[str, Point], route: Route) -> None:
    if token in NOT_POINTS:
        return
    stay = _STAY.match(token)
    if stay:
        if route.points:
            route.points[-1].stay_s += 3600.0 * int(stay.group(1)) + 60.0 * int(stay.group(2))
        return
    change = _CHANGE.match(token) or _CLIMB.match(token)
    name = change.group(1) if change else token
    place = position(name, points)
    if place is None:
        what = "point" if _POINT.match(name) else "point by bearing" if _BEARING.match(name) else "way"
        route.missing.append(f"{what} {name}")
        return
    at = RoutePoint(name, *place)
    if change:
        at.speed_mps, at.level = speed_mps(change.group(2)), change.group(3)
    route.points.append(at)


def position(name: str, points: Mapping[str, Point]) -> tuple[float, float] | None:
    """(lat, lon) of a coordinate or a given point; None if it is neither."""
    if name in points:
        return points[name].lat_deg, points[name].lon_deg
    found = _COORDINATE.match(name)
    if not found or bool(found.group(2)) != bool(found.group(5)):
        return None
    lat = int(found.group(1)) + int(found.group(2) or 0) / 60.0
    lon = int(found.group(4)) + int(found.group(5) or 0) / 60.0
    if lat > 90.0 or lon > 180.0 or int(found.group(2) or 0) > 59 or int(found.group(5) or 0) > 59:
        return None
    return (-lat if found.group(3) == "S" else lat), (-lon if found.group(6) == "W" else lon)


def speed_mps(text: str) -> float:
    """Metres per second of K0830, N0440 or M082."""
    value = float(text[1:])
    return value / 3.6 if text[0] == "K" else value * KT_MPS if text[0] == "N" else value / 100.0 * SOUND_MPS


def level_m(text: str) -> tuple[float, bool]:
    """Metres of F350, S1130, A045 or M0840, and is it by standard pressure; NaN for VFR."""
    if text in ("", "VFR", "PLUS"):
        return math.nan, False
    value = float(text[1:])
    return (value * 100.0 * FT_M if text[0] in "FA" else value * 10.0), text[0] in "FS"
