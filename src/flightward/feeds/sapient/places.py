"""Places in SAPIENT messages -> degrees and metres: latitude and longitude, UTM, and bearings from a node.

Location      x longitude or easting, y latitude or northing, z height; coordinate system 1 degrees, 2 radians, 5 UTM;
              datum 1: z above the ellipsoid, 2: above the geoid. Errors are in the units of the coordinates (1 sigma)
RangeBearing  coordinate system 1 deg and m, 2 rad and m, 3 deg and km, 4 rad and km; datum 1 from true north; from
              magnetic, grid or platform north (2, 3, 4) only where the feed's option `bearing_offset_deg` says how far
              off that is. Its errors (1 sigma, in the same units) are those of the place at its range

What a message leaves unspecified is taken from its node's registration, which must declare it; else it is not
known, and the detection is kept aside. Source: BSI Flex 335 v2.0:2024, tables of Location and RangeBearing.
"""

from __future__ import annotations

import functools
import math
import re
from collections.abc import Mapping
from typing import Any, NamedTuple

from pyproj import Transformer

from flightward.errors import BadMessage

DEGREES, RADIANS, UTM = 1, 2, 5
ELLIPSOID, GEOID = 1, 2
TRUE_NORTH = 1
METRES_PER_RADIAN = 6_371_000.0
_ZONE = re.compile(r"\s*(\d{1,2})\s*([A-Za-z]?)\s*")
_RANGE_M = {1: 1.0, 2: 1.0, 3: 1_000.0, 4: 1_000.0}


class Units(NamedTuple):
    """What a node's registration declares for its detections; 0 and "" unspecified. The units of its rates in m/s."""

    location: int = 0
    location_datum: int = 0
    bearing: int = 0
    bearing_datum: int = 0
    zone: str = ""
    speed_mps: float = 1.0
    up_mps: float = 1.0


class Place(NamedTuple):
    """A point; NaN unknown."""

    lat_deg: float
    lon_deg: float
    hae_m: float
    sigma_h_m: float
    sigma_v_m: float


class Bearing(NamedTuple):
    """A direction from a node, azimuth from true north, and what its errors are at that range; NaN unknown."""

    range_m: float
    azimuth_rad: float
    elevation_rad: float
    sigma_h_m: float = math.nan
    sigma_v_m: float = math.nan


def place_of(location: Mapping[str, Any], units: Units, geoid_m: float, near: tuple[float, float]) -> Place:
    """The point of a Location. near: (lat_deg, lon_deg) of the area, by which an "S" in a UTM zone is understood.

    Errors   BadMessage: coordinates (system or datum not known), zone (UTM without a zone), half_position.
    """
    system = location.get("coordinate_system") or units.location
    x, y = location.get("x", math.nan), location.get("y", math.nan)
    ex, ey = location.get("x_error", math.nan), location.get("y_error", math.nan)
    if not (math.isfinite(x) and math.isfinite(y)):
        raise BadMessage("half_position")
    if system == UTM:
        lat_deg, lon_deg = _from_utm(x, y, location.get("utm_zone") or units.zone, near)
    elif system in (DEGREES, RADIANS):
        turn = 1.0 if system == DEGREES else math.degrees(1.0)
        lat_deg, lon_deg = y * turn, x * turn
        ey = math.radians(ey * turn) * METRES_PER_RADIAN
        shrink = math.cos(math.radians(lat_deg)) if math.isfinite(lat_deg) else 1.0
        ex = math.radians(ex * turn) * METRES_PER_RADIAN * shrink
    else:
        raise BadMessage("coordinates", detail="neither the message nor its node's registration names the system")
    z = location.get("z", math.nan)
    datum = location.get("datum") or units.location_datum
    if datum not in (0, ELLIPSOID, GEOID):
        raise BadMessage("coordinates", detail="the datum is none that is known")
    hae_m = z + geoid_m if datum == GEOID else z
    return Place(lat_deg, lon_deg, hae_m, _sigma(ex, ey), _positive(location.get("z_error", math.nan)))


def _sigma(ex: float, ey: float) -> float:
    """One sigma of each axis of two errors; of one alone if only one is given."""
    known = [abs(e) for e in (ex, ey) if not math.isnan(e)]
    return math.sqrt(sum(e * e for e in known) / len(known)) if known else math.nan


def _positive(error: float) -> float:
    return abs(error)


def _from_utm(x: float, y: float, zone: str, near: tuple[float, float]) -> tuple[float, float]:
    match = _ZONE.fullmatch(zone)
    number = int(match[1]) if match else 0
    if match is None or not 1 <= number <= 60:
        raise BadMessage("zone", zone.encode()[:16], "UTM without a zone from 1 to 60")
    letter = match[2].upper()
    # "S" is the southern hemisphere to some and band S (32 to 40 north) to others: the one by the area is meant.
    souths = [letter < "N"] if letter not in ("", "S") else [False, True]
    found = [_utm(number, south).transform(x, y) for south in souths]
    lon_deg, lat_deg = min(found, key=lambda p: abs(p[1] - near[0]))
    if not (math.isfinite(lat_deg) and math.isfinite(lon_deg)):
        raise BadMessage("zone", zone.encode()[:16], f"{x}, {y} is not in UTM zone {zone}")
    return lat_deg, lon_deg


@functools.lru_cache(maxsize=120)
def _utm(number: int, is_south: bool) -> Transformer:
    return Transformer.from_crs(f"EPSG:{327 if is_south else 326}{number:02d}", "EPSG:4326", always_xy=True)


def bearing_of(value: Mapping[str, Any], units: Units, offset_deg: float | None) -> Bearing:
    """The direction of a RangeBearing. offset_deg: what the feed adds to bearings that are not from true north.

    Errors   BadMessage: coordinates (units not known), bearing_datum (north not known), azimuth (none given).
    """
    system = value.get("coordinate_system") or units.bearing
    if system not in _RANGE_M:
        raise BadMessage("coordinates", detail="neither the message nor its node's registration names the units")
    datum = value.get("datum") or units.bearing_datum
    if datum != TRUE_NORTH and offset_deg is None:
        raise BadMessage("bearing_datum", detail="the azimuth is not from true north; see option bearing_offset_deg")
    azimuth = value.get("azimuth", math.nan)
    elevation = value.get("elevation", math.nan)
    turn = math.radians(1.0) if system in (1, 3) else 1.0
    azimuth, elevation = azimuth * turn, elevation * turn
    if datum != TRUE_NORTH:
        azimuth += math.radians(offset_deg or 0.0)
    if not math.isfinite(azimuth):
        raise BadMessage("azimuth", detail="a direction without an azimuth")
    if not math.isfinite(elevation):
        elevation = math.nan
    range_m = value.get("range", math.nan) * _RANGE_M[system]
    aside, upward = (value.get(key, math.nan) * turn * range_m for key in ("azimuth_error", "elevation_error"))
    sigmas = _sigmas(aside, upward, value.get("range_error", math.nan) * _RANGE_M[system], elevation)
    return Bearing(range_m, azimuth % (2.0 * math.pi), elevation, *sigmas)


def _sigmas(aside_m: float, upward_m: float, along_m: float, elevation_rad: float) -> tuple[float, float]:
    """One sigma across and up of errors to the side, upward and along the line of sight; NaN unknown."""
    if math.isnan(elevation_rad):
        return _sigma(aside_m, along_m), math.nan
    flat, steep = math.cos(elevation_rad), math.sin(elevation_rad)
    leaning = 0.0 if math.isnan(upward_m) else upward_m * steep
    rising = 0.0 if math.isnan(along_m) else along_m * steep
    return _sigma(aside_m * flat, math.hypot(along_m * flat, leaning)), math.hypot(upward_m * flat, rising)


def seen_from(node: Place, bearing: Bearing) -> Place:
    """The point at a range and direction from a node; without an elevation its height is not known."""
    flat = math.isnan(bearing.elevation_rad)
    elevation = 0.0 if flat else bearing.elevation_rad
    hae_m = 0.0 if math.isnan(node.hae_m) else node.hae_m
    across = bearing.range_m * math.cos(elevation)
    e, n = across * math.sin(bearing.azimuth_rad), across * math.cos(bearing.azimuth_rad)
    u = bearing.range_m * math.sin(elevation)
    la, lo = math.radians(node.lat_deg), math.radians(node.lon_deg)
    x, y, z = _geocentric().transform(node.lon_deg, node.lat_deg, hae_m)
    sa, ca, so, co = math.sin(la), math.cos(la), math.sin(lo), math.cos(lo)
    x += -so * e - sa * co * n + ca * co * u
    y += co * e - sa * so * n + ca * so * u
    z += ca * n + sa * u
    lon_deg, lat_deg, height_m = _geocentric().transform(x, y, z, direction="INVERSE")
    known = not flat and not math.isnan(node.hae_m)
    own_h, own_v = (0.0 if math.isnan(sigma) else sigma for sigma in (node.sigma_h_m, node.sigma_v_m))
    return Place(
        lat_deg, lon_deg, height_m if known else math.nan, math.hypot(bearing.sigma_h_m, own_h),
        math.hypot(bearing.sigma_v_m, own_v),
    )  # fmt: skip


@functools.cache
def _geocentric() -> Transformer:
    return Transformer.from_crs("EPSG:4979", "EPSG:4978", always_xy=True)
