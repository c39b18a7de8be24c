"""Sensor polar coordinates to the area plane and back, with first-order covariance.

Range, azimuth (clockwise from true north) and elevation at a sensor become plane east, plane north and height
above the ellipsoid, through geocentric coordinates: no flat-earth step. The covariance is J R J' with the exact
Jacobian at the measured point: polar to local east-north-up, rotation into the target's east-north-up, then the
conformal plane (one scale and one rotation) and the height.

Source: geocentric to geodetic by H. Vermeille, J. Geodesy 76 (2002) 451-454; rest elementary.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from flightward.kernels._jit import kernel
from flightward.kernels.stereographic import (
    WGS84_A_M,
    WGS84_E2,
    forward_one,
    inverse_one,
    scale_convergence_one,
)


@kernel
def geocentric(lat_rad: float, lon_rad: float, hae_m: float) -> tuple[float, float, float]:
    """Geocentric x, y, z in metres."""
    s, c = math.sin(lat_rad), math.cos(lat_rad)
    n_m = WGS84_A_M / math.sqrt(1.0 - WGS84_E2 * s * s)
    return (
        (n_m + hae_m) * c * math.cos(lon_rad),
        (n_m + hae_m) * c * math.sin(lon_rad),
        (n_m * (1.0 - WGS84_E2) + hae_m) * s,
    )


@kernel
def geodetic(x_m: float, y_m: float, z_m: float) -> tuple[float, float, float]:
    """Latitude, longitude in radians and height in metres of a geocentric point above -6,000 km."""
    a2 = WGS84_A_M * WGS84_A_M
    e4 = WGS84_E2 * WGS84_E2
    w2 = x_m * x_m + y_m * y_m
    p = w2 / a2
    q = (1.0 - WGS84_E2) / a2 * z_m * z_m
    r = (p + q - e4) / 6.0
    s = e4 * p * q / (4.0 * r * r * r)
    t = (1.0 + s + math.sqrt(s * (2.0 + s))) ** (1.0 / 3.0)
    u = r * (1.0 + t + 1.0 / t)
    v = math.sqrt(u * u + e4 * q)
    w = WGS84_E2 * (u + v - q) / (2.0 * v)
    k = math.sqrt(u + v + w * w) - w
    d = k * math.sqrt(w2) / (k + WGS84_E2)
    dz = math.sqrt(d * d + z_m * z_m)
    return 2.0 * math.atan2(z_m, d + dz), math.atan2(y_m, x_m), (k + WGS84_E2 - 1.0) / k * dz


@kernel
def target_to_polar_one(
    lat_rad: float, lon_rad: float, hae_m: float, s_lat_rad: float, s_lon_rad: float, s_hae_m: float
) -> tuple[float, float, float]:
    """Range in metres, azimuth in [0, 2 pi) and elevation in radians of a target seen from a sensor."""
    x, y, z = geocentric(lat_rad, lon_rad, hae_m)
    x0, y0, z0 = geocentric(s_lat_rad, s_lon_rad, s_hae_m)
    x, y, z = x - x0, y - y0, z - z0
    sl, cl = math.sin(s_lat_rad), math.cos(s_lat_rad)
    so, co = math.sin(s_lon_rad), math.cos(s_lon_rad)
    e = -so * x + co * y
    n = -sl * co * x - sl * so * y + cl * z
    u = cl * co * x + cl * so * y + sl * z
    h = math.hypot(e, n)
    return math.hypot(h, u), math.atan2(e, n) % (2.0 * math.pi), math.atan2(u, h)


@kernel
def polar_to_plane_one(
    range_m: float, azimuth_rad: float, elevation_rad: float,
    var_range_m2: float, var_azimuth_rad2: float, var_elevation_rad2: float,
    s_lat_rad: float, s_lon_rad: float, s_hae_m: float, lat0_rad: float, lon0_rad: float,
    x_out: NDArray[np.float64], cov_out: NDArray[np.float64],
) -> None:
    """One measurement: x_out (3,) plane e, n and hae in metres; cov_out (3, 3) in m2."""
    sa, ca = math.sin(azimuth_rad), math.cos(azimuth_rad)
    se, ce = math.sin(elevation_rad), math.cos(elevation_rad)
    sl, cl = math.sin(s_lat_rad), math.cos(s_lat_rad)
    so, co = math.sin(s_lon_rad), math.cos(s_lon_rad)
    e, n, u = range_m * ce * sa, range_m * ce * ca, range_m * se
    x0, y0, z0 = geocentric(s_lat_rad, s_lon_rad, s_hae_m)
    lat, lon, hae = geodetic(
        x0 - so * e - sl * co * n + cl * co * u,
        y0 + co * e - sl * so * n + cl * so * u,
        z0 + cl * n + sl * u,
    )
    x_out[0], x_out[1] = forward_one(lat, lon, lat0_rad, lon0_rad)
    x_out[2] = hae
    # rotation from the sensor's to the target's east-north-up
    tl, tcl = math.sin(lat), math.cos(lat)
    sd, cd = math.sin(lon - s_lon_rad), math.cos(lon - s_lon_rad)
    r00, r01, r02 = cd, sl * sd, -cl * sd
    r10, r11, r12 = -tl * sd, tl * sl * cd + tcl * cl, -tl * cl * cd + tcl * sl
    r20, r21, r22 = tcl * sd, -tcl * sl * cd + tl * cl, tcl * cl * cd + tl * sl
    k, g = scale_convergence_one(lat, lon, lat0_rad, lon0_rad)
    w2 = 1.0 - WGS84_E2 * tl * tl
    rn = WGS84_A_M / math.sqrt(w2)
    rm = rn * (1.0 - WGS84_E2) / w2
    fe, fn = k * rn / (rn + hae), k * rm / (rm + hae)
    cg, sg = math.cos(g), math.sin(g)
    # columns: d(e, n, u at the sensor) / d(range, azimuth, elevation), each scaled by its sigma
    d_r, d_a, d_e = math.sqrt(var_range_m2), math.sqrt(var_azimuth_rad2), math.sqrt(var_elevation_rad2)
    for i in range(3):
        for j in range(3):
            cov_out[i, j] = 0.0
    for c in range(3):
        if c == 0:
            je, jn, ju = ce * sa * d_r, ce * ca * d_r, se * d_r
        elif c == 1:
            je, jn, ju = n * d_a, -e * d_a, 0.0
        else:
            je, jn, ju = -range_m * se * sa * d_e, -range_m * se * ca * d_e, range_m * ce * d_e
        te = (r00 * je + r01 * jn + r02 * ju) * fe
        tn = (r10 * je + r11 * jn + r12 * ju) * fn
        v0 = te * cg - tn * sg
        v1 = tn * cg + te * sg
        v2 = r20 * je + r21 * jn + r22 * ju
        cov_out[0, 0] += v0 * v0
        cov_out[0, 1] += v0 * v1
        cov_out[0, 2] += v0 * v2
        cov_out[1, 1] += v1 * v1
        cov_out[1, 2] += v1 * v2
        cov_out[2, 2] += v2 * v2
    cov_out[1, 0], cov_out[2, 0], cov_out[2, 1] = cov_out[0, 1], cov_out[0, 2], cov_out[1, 2]


@kernel
def polar_to_plane(
    polar: NDArray[np.float64], var: NDArray[np.float64], sensor: NDArray[np.float64],
    lat0_rad: float, lon0_rad: float, x_out: NDArray[np.float64], cov_out: NDArray[np.float64],
    status_out: NDArray[np.int8],
) -> None:
    """M measurements to the plane.

    polar (M, 3) range_m, azimuth_rad, elevation_rad; var (M, 3) their variances; sensor (M, 3) lat_rad, lon_rad,
    hae_m. x_out (M, 3) e, n, hae in metres; cov_out (M, 3, 3) m2; status_out (M,) 0 good, 1 not finite (row NaN).
    """
    for i in range(polar.shape[0]):
        ok = True
        for j in range(3):
            if not (math.isfinite(polar[i, j]) and math.isfinite(var[i, j]) and math.isfinite(sensor[i, j])):
                ok = False
        if not ok or polar[i, 0] <= 0.0:
            status_out[i] = 1
            x_out[i, :] = np.nan
            cov_out[i, :, :] = np.nan
            continue
        status_out[i] = 0
        polar_to_plane_one(
            polar[i, 0], polar[i, 1], polar[i, 2], var[i, 0], var[i, 1], var[i, 2],
            sensor[i, 0], sensor[i, 1], sensor[i, 2], lat0_rad, lon0_rad, x_out[i], cov_out[i],
        )


@kernel
def plane_to_polar(
    e_m: NDArray[np.float64], n_m: NDArray[np.float64], u_m: NDArray[np.float64],
    s_lat_rad: float, s_lon_rad: float, s_hae_m: float, lat0_rad: float, lon0_rad: float,
    range_m_out: NDArray[np.float64], azimuth_rad_out: NDArray[np.float64], elevation_rad_out: NDArray[np.float64],
) -> None:
    """Range, azimuth and elevation of N plane points seen from one sensor. All arrays (N,) float64."""
    for i in range(e_m.shape[0]):
        lat, lon = inverse_one(e_m[i], n_m[i], lat0_rad, lon0_rad)
        range_m_out[i], azimuth_rad_out[i], elevation_rad_out[i] = target_to_polar_one(
            lat, lon, u_m[i], s_lat_rad, s_lon_rad, s_hae_m
        )
