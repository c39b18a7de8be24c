"""Sensor polar coordinates to the area plane and back, with covariance: first-order, or right on average.

Range, azimuth (clockwise from true north) and elevation at a sensor become plane east, plane north and height
above the ellipsoid, through geocentric coordinates: no flat-earth step. The covariance of `polar_to_plane` is J R J'
with the exact Jacobian at the measured point: polar to local east-north-up, rotation into the target's
east-north-up, then the conformal plane (one scale and one rotation) and the height. `unbiased_to_plane` takes the
mean and the covariance in the sensor's own axes exactly instead, and turns them onto the plane.

Source: geocentric to geodetic by H. Vermeille, J. Geodesy 76 (2002) 451-454; rest elementary.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from flightward.kernels._jit import inner, kernel
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


@inner
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


@inner
def local_to_plane_one(
    e: float, n: float, u: float, s_lat_rad: float, s_lon_rad: float, s_hae_m: float, lat0_rad: float,
    lon0_rad: float, x_out: NDArray[np.float64], turn_out: NDArray[np.float64],
) -> None:
    """A point e, n, u metres from a sensor, along its own east, north and up, on the plane.

    x_out (3,) plane e, n and hae in metres; turn_out (3, 3) what a small local step becomes on the plane there.
    """
    sl, cl = math.sin(s_lat_rad), math.cos(s_lat_rad)
    so, co = math.sin(s_lon_rad), math.cos(s_lon_rad)
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
    k, g = scale_convergence_one(lat, lon, lat0_rad, lon0_rad)
    w2 = 1.0 - WGS84_E2 * tl * tl
    rn = WGS84_A_M / math.sqrt(w2)
    rm = rn * (1.0 - WGS84_E2) / w2
    fe, fn = k * rn / (rn + hae), k * rm / (rm + hae)
    cg, sg = math.cos(g), math.sin(g)
    for c in range(3):
        if c == 0:
            te, tn, tu = cd * fe, -tl * sd * fn, tcl * sd
        elif c == 1:
            te, tn, tu = sl * sd * fe, (tl * sl * cd + tcl * cl) * fn, -tcl * sl * cd + tl * cl
        else:
            te, tn, tu = -cl * sd * fe, (-tl * cl * cd + tcl * sl) * fn, tcl * cl * cd + tl * sl
        turn_out[0, c] = te * cg - tn * sg
        turn_out[1, c] = tn * cg + te * sg
        turn_out[2, c] = tu


@inner
def slopes_one(
    range_m: float, azimuth_rad: float, elevation_rad: float, turn: NDArray[np.float64], j_out: NDArray[np.float64]
) -> None:
    """j_out (3, 3): metres on the plane by range (per m), azimuth and elevation (per rad); turn as above."""
    sa, ca = math.sin(azimuth_rad), math.cos(azimuth_rad)
    se, ce = math.sin(elevation_rad), math.cos(elevation_rad)
    for i in range(3):
        a, b, c = turn[i, 0], turn[i, 1], turn[i, 2]
        j_out[i, 0] = a * ce * sa + b * ce * ca + c * se
        j_out[i, 1] = range_m * ce * (a * ca - b * sa)
        j_out[i, 2] = range_m * (c * ce - se * (a * sa + b * ca))


@inner
def polar_to_plane_one(
    range_m: float, azimuth_rad: float, elevation_rad: float,
    var_range_m2: float, var_azimuth_rad2: float, var_elevation_rad2: float,
    s_lat_rad: float, s_lon_rad: float, s_hae_m: float, lat0_rad: float, lon0_rad: float,
    x_out: NDArray[np.float64], cov_out: NDArray[np.float64],
) -> None:
    """One measurement: x_out (3,) plane e, n and hae in metres; cov_out (3, 3) in m2."""
    ce, se = math.cos(elevation_rad), math.sin(elevation_rad)
    turn, j = np.empty((3, 3)), np.empty((3, 3))
    local_to_plane_one(
        range_m * ce * math.sin(azimuth_rad), range_m * ce * math.cos(azimuth_rad), range_m * se,
        s_lat_rad, s_lon_rad, s_hae_m, lat0_rad, lon0_rad, x_out, turn,
    )
    slopes_one(range_m, azimuth_rad, elevation_rad, turn, j)
    for a in range(3):
        for b in range(3):
            cov_out[a, b] = (
                j[a, 0] * j[b, 0] * var_range_m2
                + j[a, 1] * j[b, 1] * var_azimuth_rad2
                + j[a, 2] * j[b, 2] * var_elevation_rad2
            )


@inner
def unbiased_one(
    range_m: float, elevation_rad: float, var_r: float, var_a: float, var_e: float, is_guess: int,
    out: NDArray[np.float64],
) -> None:
    """The mean and the second moments of where a measured object is, in the sensor's axes turned to its azimuth.

    out (6,): metres along the azimuth and up, then the variances along, across and up and the covariance of along
    and up, in m2. Noise in the angles pulls the mean of a plain conversion inwards by exp(-var / 2); dividing by
    that makes it right on average. An elevation that is_guess 1 is no measurement but what is thought of the truth:
    the mean over it is multiplied instead. The moments are exact for normal noise, about the axes as measured
    (so the radial one is 1.5 r2 var2 and not 0.5: the axes themselves are off by the error).
    """
    la, le = math.exp(-0.5 * var_a), math.exp(-0.5 * var_e)
    ce, se = math.cos(elevation_rad), math.sin(elevation_rad)
    c2, s2 = 0.5 * le**4 * math.cos(2.0 * elevation_rad), 0.5 * le**4 * math.sin(2.0 * elevation_rad)
    up_gain = le if is_guess == 1 else 1.0 / le
    g, u = range_m * ce * up_gain / la, range_m * se * up_gain
    r2 = range_m * range_m + var_r
    along = range_m * ce * le * la
    out[0], out[1] = g, u
    out[2] = r2 * (0.5 + c2) * (0.5 + 0.5 * la**4) - 2.0 * g * along + g * g
    out[3] = r2 * (0.5 + c2) * (0.5 - 0.5 * la**4)
    out[4] = r2 * (0.5 - c2) - 2.0 * u * range_m * le * se + u * u
    out[5] = r2 * s2 * la - g * range_m * le * se - u * along + g * u


@kernel
def unbiased_to_plane(
    polar: NDArray[np.float64], var: NDArray[np.float64], is_guess: NDArray[np.int8], sensor: NDArray[np.float64],
    lat0_rad: float, lon0_rad: float, x_out: NDArray[np.float64], cov_out: NDArray[np.float64],
    slope_out: NDArray[np.float64], status_out: NDArray[np.int8],
) -> None:
    """M measurements to the plane, right on average also where the angles are broad.

    polar, var, sensor, x_out, cov_out, status_out as in `polar_to_plane`; is_guess (M,) 1: the elevation is a
    belief, not a measurement; slope_out (M, 3, 3) metres on the plane by range, azimuth and elevation.

    Source: D. Lerro, Y. Bar-Shalom, IEEE Trans. AES 29 (1993) 1015-1022; multiplicative form after L. Mo et al.,
    IEEE Trans. AES 34 (1998) 1023-1027; moments in three dimensions derived here.
    """
    out, turn = np.empty(6), np.empty((3, 3))
    for i in range(polar.shape[0]):
        ok = True
        for j in range(3):
            if not (math.isfinite(polar[i, j]) and math.isfinite(var[i, j]) and math.isfinite(sensor[i, j])):
                ok = False
        if not ok or polar[i, 0] <= 0.0:
            status_out[i] = 1
            x_out[i, :] = np.nan
            cov_out[i, :, :] = np.nan
            slope_out[i, :, :] = np.nan
            continue
        status_out[i] = 0
        unbiased_one(polar[i, 0], polar[i, 2], var[i, 0], var[i, 1], var[i, 2], is_guess[i], out)
        sa, ca = math.sin(polar[i, 1]), math.cos(polar[i, 1])
        local_to_plane_one(
            out[0] * sa, out[0] * ca, out[1], sensor[i, 0], sensor[i, 1], sensor[i, 2], lat0_rad, lon0_rad,
            x_out[i], turn,
        )
        slopes_one(polar[i, 0], polar[i, 1], polar[i, 2], turn, slope_out[i])
        for a in range(3):
            fa, ga = turn[a, 0] * sa + turn[a, 1] * ca, turn[a, 0] * ca - turn[a, 1] * sa
            for b in range(3):
                fb, gb = turn[b, 0] * sa + turn[b, 1] * ca, turn[b, 0] * ca - turn[b, 1] * sa
                cov_out[i, a, b] = (
                    fa * fb * out[2] + ga * gb * out[3] + turn[a, 2] * turn[b, 2] * out[4]
                    + (fa * turn[b, 2] + turn[a, 2] * fb) * out[5]
                )


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
