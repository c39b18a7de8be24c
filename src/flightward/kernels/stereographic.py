"""Ellipsoidal oblique stereographic plane on WGS 84: forward, inverse, scale and convergence.

Source: J. P. Snyder, Map Projections - A Working Manual, USGS PP 1395 (1987), section 21, formulas 21-24 to
21-40 with k0 = 1; WGS 84 constants from EPSG:7030. Grid convergence is taken on the conformal sphere, where the
projection is an ordinary stereographic one and angles are the same.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from flightward.kernels._jit import inner, kernel

WGS84_A_M = 6378137.0
WGS84_F = 1.0 / 298.257223563
WGS84_E2 = WGS84_F * (2.0 - WGS84_F)
WGS84_E = math.sqrt(WGS84_E2)


@kernel
def conformal_latitude(lat_rad: float) -> float:
    """Latitude on the conformal sphere, radians (Snyder 3-1)."""
    s = math.sin(lat_rad)
    es = WGS84_E * s
    # asinh form: exact at the poles, no cancellation near them
    psi = math.atanh(s) - WGS84_E * math.atanh(es) if abs(s) < 1.0 else math.copysign(math.inf, s)
    return math.asin(math.tanh(psi)) if abs(s) < 1.0 else lat_rad


@kernel
def geodetic_latitude(chi_rad: float) -> float:
    """Geodetic latitude of a conformal one, radians, to 1e-15 by fixed-point iteration (Snyder 3-4)."""
    s = math.sin(chi_rad)
    if abs(s) >= 1.0:
        return chi_rad
    psi = math.atanh(s)
    lat = chi_rad
    for _ in range(12):
        nxt = math.asin(math.tanh(psi + WGS84_E * math.atanh(WGS84_E * math.sin(lat))))
        if abs(nxt - lat) < 1e-15:
            return nxt
        lat = nxt
    return lat


@inner
def plane_constants(lat0_rad: float) -> tuple[float, float, float]:
    """(sin chi0, cos chi0, 2 a m1 in metres) of a plane centred on `lat0_rad`."""
    chi0 = conformal_latitude(lat0_rad)
    s0 = math.sin(lat0_rad)
    m1 = math.cos(lat0_rad) / math.sqrt(1.0 - WGS84_E2 * s0 * s0)
    return math.sin(chi0), math.cos(chi0), 2.0 * WGS84_A_M * m1 / math.cos(chi0)


@kernel
def forward_one(lat_rad: float, lon_rad: float, lat0_rad: float, lon0_rad: float) -> tuple[float, float]:
    """Plane east and north in metres of one point."""
    sin0, cos0, scale_m = plane_constants(lat0_rad)
    chi = conformal_latitude(lat_rad)
    dlon = lon_rad - lon0_rad
    sc, cc, cl = math.sin(chi), math.cos(chi), math.cos(dlon)
    a = scale_m / (1.0 + sin0 * sc + cos0 * cc * cl)
    return a * cc * math.sin(dlon), a * (cos0 * sc - sin0 * cc * cl)


@kernel
def inverse_one(e_m: float, n_m: float, lat0_rad: float, lon0_rad: float) -> tuple[float, float]:
    """Latitude and longitude in radians of one plane point."""
    sin0, cos0, scale_m = plane_constants(lat0_rad)
    rho = math.hypot(e_m, n_m)
    if rho == 0.0:
        return lat0_rad, lon0_rad
    c = 2.0 * math.atan2(rho, scale_m)
    sc, cc = math.sin(c), math.cos(c)
    chi = math.asin(max(-1.0, min(1.0, cc * sin0 + n_m * sc * cos0 / rho)))
    lon = lon0_rad + math.atan2(e_m * sc, rho * cos0 * cc - n_m * sin0 * sc)
    lon = (lon + math.pi) % (2.0 * math.pi) - math.pi
    return geodetic_latitude(chi), lon


@inner
def scale_convergence_one(
    lat_rad: float, lon_rad: float, lat0_rad: float, lon0_rad: float
) -> tuple[float, float]:
    """Point scale (plane metre per ellipsoid metre) and convergence in radians.

    Convergence g: a true course c appears on the plane as c - g, clockwise from grid north.
    """
    sin0, cos0, scale_m = plane_constants(lat0_rad)
    chi = conformal_latitude(lat_rad)
    dlon = lon_rad - lon0_rad
    sc, cc = math.sin(chi), math.cos(chi)
    sl, cl = math.sin(dlon), math.cos(dlon)
    s = math.sin(lat_rad)
    radius_m = WGS84_A_M / math.sqrt(1.0 - WGS84_E2 * s * s)
    k = scale_m / (1.0 + sin0 * sc + cos0 * cc * cl) * cc / (radius_m * math.cos(lat_rad))
    # angle of the meridian on the plane: derivative of (x, y) by chi, up to a positive factor
    dx = -sl * (sc + sin0)
    dy = cos0 * cc + cl * (1.0 + sin0 * sc)
    return k, -math.atan2(dx, dy)


@kernel
def forward(
    lat_rad: NDArray[np.float64], lon_rad: NDArray[np.float64], lat0_rad: float, lon0_rad: float,
    e_m_out: NDArray[np.float64], n_m_out: NDArray[np.float64],
) -> None:
    """Plane coordinates of N points; NaN in gives NaN out. All arrays (N,) float64."""
    for i in range(lat_rad.shape[0]):
        e_m_out[i], n_m_out[i] = forward_one(lat_rad[i], lon_rad[i], lat0_rad, lon0_rad)


@kernel
def inverse(
    e_m: NDArray[np.float64], n_m: NDArray[np.float64], lat0_rad: float, lon0_rad: float,
    lat_rad_out: NDArray[np.float64], lon_rad_out: NDArray[np.float64],
) -> None:
    """Latitude and longitude of N plane points; NaN in gives NaN out. All arrays (N,) float64."""
    for i in range(e_m.shape[0]):
        lat_rad_out[i], lon_rad_out[i] = inverse_one(e_m[i], n_m[i], lat0_rad, lon0_rad)


@kernel
def scale_convergence(
    lat_rad: NDArray[np.float64], lon_rad: NDArray[np.float64], lat0_rad: float, lon0_rad: float,
    k_out: NDArray[np.float64], convergence_rad_out: NDArray[np.float64],
) -> None:
    """Point scale and convergence at N points. All arrays (N,) float64."""
    for i in range(lat_rad.shape[0]):
        k_out[i], convergence_rad_out[i] = scale_convergence_one(lat_rad[i], lon_rad[i], lat0_rad, lon0_rad)
