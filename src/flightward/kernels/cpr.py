"""Compact position reports: latitude and longitude from 17 bits each, by a pair or next to a place that is known.

Angles are in turns (1 = 360 degrees), as the code's zones are fractions of one: an even position divides the circle of
latitude into 60 zones, an odd one into 59 (a quarter of that on the surface), and that of longitude into as many as
NL(latitude), less one for odd.

Source: RTCA DO-260B / EUROCAE ED-102A, appendix A, A.1.7.2 to A.1.7.9 (ICAO Doc 9871, C.2.6).
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from flightward.kernels._jit import inner

N_ZONES = 15
AROUND_M = 40_030_173.6
"""Circumference of the sphere of the Earth's mean radius."""


def _edges() -> NDArray[np.float64]:
    """(58,) latitudes in turns where NL falls from 59 to 58, from 58 to 57, ... , from 2 to 1 (A.1.7.2 d)."""
    nl = np.arange(59, 1, -1)
    inside = (1.0 - math.cos(math.pi / (2.0 * N_ZONES))) / (1.0 - np.cos(2.0 * math.pi / nl))
    edges = np.arccos(np.sqrt(np.minimum(inside, 1.0))) / (2.0 * math.pi)
    return edges


EDGES = _edges()


@inner
def n_longitudes(lat: float) -> int:
    """NL: how many zones of longitude there are at a latitude in turns."""
    low, high = 0, len(EDGES)
    while low < high:
        middle = (low + high) // 2
        if EDGES[middle] < abs(lat):
            low = middle + 1
        else:
            high = middle
    return 59 - low


@inner
def apart_m(lat_a: float, lon_a: float, lat_b: float, lon_b: float) -> float:
    """Metres between two places in turns: good to a per cent within a zone, and never too short by more far away."""
    lon = lon_b - lon_a
    lon -= math.floor(lon + 0.5)
    middle = math.cos(math.pi * (lat_a + lat_b))
    return AROUND_M * math.hypot(lat_b - lat_a, lon * middle)


@inner
def by_pair(
    even: NDArray[np.float64], odd: NDArray[np.float64], is_odd: int, quarter: float, near_lat: float, near_lon: float
) -> tuple[bool, float, float]:
    """The place of the newer of an even and an odd position; False if they lie in different zones or beyond a pole.

    even, odd (2,): latitude and longitude as fractions of a zone. is_odd: the newer one is the odd one. quarter: 1 in
    the air, 0.25 on the surface, where the place nearest to (near_lat, near_lon) is meant.
    """
    j = math.floor(59.0 * even[0] - 60.0 * odd[0] + 0.5)
    lat_even = quarter / 60.0 * ((j % 60.0) + even[0])
    lat_odd = quarter / 59.0 * ((j % 59.0) + odd[0])
    if quarter == 1.0:
        lat_even -= math.floor(lat_even + 0.5)
        lat_odd -= math.floor(lat_odd + 0.5)
    elif near_lat < lat_even - 0.125:
        lat_even, lat_odd = lat_even - 0.25, lat_odd - 0.25
    nl = n_longitudes(lat_even)
    if abs(lat_even) > 0.25 or abs(lat_odd) > 0.25 or nl != n_longitudes(lat_odd):
        return False, np.nan, np.nan
    m = math.floor(even[1] * (nl - 1) - odd[1] * nl + 0.5)
    n = max(nl - is_odd, 1)
    lon = quarter / n * ((m % n) + (odd[1] if is_odd else even[1]))
    if quarter == 1.0:
        lon -= math.floor(lon + 0.5)
    else:
        lon += 0.25 * math.floor((near_lon - lon) / 0.25 + 0.5)
        lon -= math.floor(lon + 0.5)
    return True, lat_odd if is_odd else lat_even, lon


@inner
def nearby(
    cpr: NDArray[np.float64], is_odd: int, quarter: float, near_lat: float, near_lon: float
) -> tuple[bool, float, float]:
    """The place next to one that is known, of one position (2,); False beyond a pole."""
    size = quarter / (60.0 - is_odd)
    lat = size * (math.floor(near_lat / size - cpr[0] + 0.5) + cpr[0])
    if abs(lat) > 0.25:
        return False, np.nan, np.nan
    size = quarter / max(n_longitudes(lat) - is_odd, 1)
    lon = size * (math.floor(near_lon / size - cpr[1] + 0.5) + cpr[1])
    return True, lat, lon - math.floor(lon + 0.5)
