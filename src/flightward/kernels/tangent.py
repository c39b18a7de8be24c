"""Aircraft by latitude, longitude and track into the plane of each pair, as detect-and-avoid does it.

A sphere on which one arc minute is one nautical mile; orthographic projection on the plane that touches it at own
aircraft; a velocity is what a walk of STRIDE_S along the great circle makes in that plane. RTCA DO-365 practice.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from flightward.kernels._jit import inner, kernel

F64 = NDArray[np.float64]
I8 = NDArray[np.int8]

SPHERE_M = 6_366_707.0195
STRIDE_S = 10.0
GOOD, NOT_FINITE, TOO_FAR = 0, 1, 2


@inner
def walk(lat_rad: float, lon_rad: float, track_rad: float, way_m: float) -> tuple[float, float]:
    """Latitude and longitude after way_m along the great circle that starts on this track."""
    arc = way_m / SPHERE_M
    sin_lat = math.sin(lat_rad) * math.cos(arc) + math.cos(lat_rad) * math.sin(arc) * math.cos(track_rad)
    lat = math.asin(min(1.0, max(-1.0, sin_lat)))
    east = math.sin(track_rad) * math.sin(arc) * math.cos(lat_rad)
    return lat, lon_rad + math.atan2(east, math.cos(arc) - math.sin(lat_rad) * sin_lat)


@inner
def project(lat0_rad: float, lon0_rad: float, lat_rad: float, lon_rad: float) -> tuple[float, float, float]:
    """East and north in the plane at (lat0, lon0), and the cosine of the arc between (0 or less: not in the plane)."""
    across = lon_rad - lon0_rad
    x = SPHERE_M * math.cos(lat_rad) * math.sin(across)
    up = math.sin(lat0_rad) * math.sin(lat_rad) + math.cos(lat0_rad) * math.cos(lat_rad) * math.cos(across)
    y = math.cos(lat0_rad) * math.sin(lat_rad) - math.sin(lat0_rad) * math.cos(lat_rad) * math.cos(across)
    return x, SPHERE_M * y, up


@kernel
def to_plane(own: F64, other: F64, wind: F64, pairs_out: F64, status_out: I8) -> None:
    """N own aircraft and N others into the plane of each pair.

    own, other (N, 7): latitude, longitude, height, track (clockwise from north), ground speed, vertical speed, time;
    wind (3,) east, north, up. An other of an earlier time is moved along its great circle first.
    pairs_out (N, 12): own x, y, z, vx, vy, vz and the same of the other, velocities against the air;
    status_out (N,) int8: 0 good, 1 not finite, 2 a quarter of the sphere or more apart (row NaN).
    """
    for i in range(own.shape[0]):
        pairs_out[i, :] = np.nan
        status_out[i] = NOT_FINITE
        ok = True
        for j in range(7):
            ok = ok and math.isfinite(own[i, j]) and math.isfinite(other[i, j])
        if not ok:
            continue
        late_s = max(0.0, own[i, 6] - other[i, 6])
        lat, lon = walk(other[i, 0], other[i, 1], other[i, 3], other[i, 4] * late_s)
        x, y, up = project(own[i, 0], own[i, 1], lat, lon)
        if up <= 0.0:
            status_out[i] = TOO_FAR
            continue
        status_out[i] = GOOD
        own_lat, own_lon = walk(own[i, 0], own[i, 1], own[i, 3], own[i, 4] * STRIDE_S)
        ox, oy, _ = project(own[i, 0], own[i, 1], own_lat, own_lon)
        lat, lon = walk(lat, lon, other[i, 3], other[i, 4] * STRIDE_S)
        ix, iy, _ = project(own[i, 0], own[i, 1], lat, lon)
        pairs_out[i, 0], pairs_out[i, 1], pairs_out[i, 2] = 0.0, 0.0, own[i, 2]
        pairs_out[i, 3], pairs_out[i, 4] = ox / STRIDE_S - wind[0], oy / STRIDE_S - wind[1]
        pairs_out[i, 5] = own[i, 5] - wind[2]
        pairs_out[i, 6], pairs_out[i, 7], pairs_out[i, 8] = x, y, other[i, 2] + late_s * other[i, 5]
        pairs_out[i, 9], pairs_out[i, 10] = (ix - x) / STRIDE_S - wind[0], (iy - y) / STRIDE_S - wind[1]
        pairs_out[i, 11] = other[i, 5] - wind[2]
