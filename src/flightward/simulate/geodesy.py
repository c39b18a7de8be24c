"""WGS 84 for whole arrays: metres per radian, geocentric coordinates, the local frame of a sensor.

Source: closed formulas of the ellipsoid (NIMA TR 8350.2, section 4); tested against pyproj.
"""

from __future__ import annotations

import math

import numpy as np

from flightward.model.batch import F64

A_M = 6378137.0
E2 = 0.00669437999014132
SPEED_OF_SOUND_MPS = 340.3
EFFECTIVE_RADIUS_M = 4.0 / 3.0 * 6371000.0
"""Radio waves bend with the air: a straight ray over an Earth 4/3 as large (ITU-R P.453)."""


def radii_m(lat_rad: F64) -> tuple[F64, F64]:
    """Radii of curvature in the meridian and in the prime vertical, metres."""
    w2 = 1.0 - E2 * np.sin(lat_rad) ** 2
    prime = A_M / np.sqrt(w2)
    return prime * (1.0 - E2) / w2, prime


def geocentric_m(lat_deg: F64, lon_deg: F64, hae_m: F64) -> tuple[F64, F64, F64]:
    """Geocentric x, y, z in metres, of the inputs' shape."""
    lat, lon = np.radians(lat_deg), np.radians(lon_deg)
    sin, cos = np.sin(lat), np.cos(lat)
    prime = A_M / np.sqrt(1.0 - E2 * sin * sin)
    across = (prime + hae_m) * cos
    return across * np.cos(lon), across * np.sin(lon), (prime * (1.0 - E2) + hae_m) * sin


def local_axes(lat_deg: float, lon_deg: float) -> F64:
    """(3, 3): rows are the geocentric directions of east, north and up at a point."""
    la, lo = math.radians(lat_deg), math.radians(lon_deg)
    sa, ca, so, co = math.sin(la), math.cos(la), math.sin(lo), math.cos(lo)
    return np.array([[-so, co, 0.0], [-sa * co, -sa * so, ca], [ca * co, ca * so, sa]])


def horizon_m(height_m: F64) -> F64:
    """How far the radio horizon lies from a height above smooth ground; two objects see each other within the sum."""
    return np.sqrt(2.0 * EFFECTIVE_RADIUS_M * np.maximum(height_m, 0.0))


def offset_deg(lat_deg: F64, lon_deg: F64, east_m: F64, north_m: F64) -> tuple[F64, F64]:
    """Latitude and longitude of points that lie some kilometres off, on the local radii of curvature."""
    meridian, prime = radii_m(np.radians(lat_deg))
    lat = lat_deg + np.degrees(north_m / meridian)
    middle = np.radians((lat + lat_deg) / 2.0)
    return lat, lon_deg + np.degrees(east_m / (prime * np.cos(middle)))


def turned_deg(lon_deg: F64, about_deg: F64 | float = 0.0) -> F64:
    """The longitudes within half a turn of `about_deg`; those that are there already stay as they are, bit for bit.

    A path is kept without jumps, also across 180 degrees; what is written of it is turned about 0.
    """
    return np.asarray(lon_deg - 360.0 * np.rint((lon_deg - about_deg) / 360.0), dtype=np.float64)


def east_north_m(lat_deg: F64, lon_deg: F64, to_lat_deg: F64, to_lon_deg: F64) -> tuple[F64, F64]:
    """East and north metres from one point to another that is not far (1 part in 1,000 at 200 km)."""
    middle = np.radians((lat_deg + to_lat_deg) / 2.0)
    meridian, prime = radii_m(middle)
    dlon = (to_lon_deg - lon_deg + 180.0) % 360.0 - 180.0
    return np.radians(dlon) * prime * np.cos(middle), np.radians(to_lat_deg - lat_deg) * meridian
