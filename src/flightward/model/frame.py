"""The one frame of an area: a stereographic plane on WGS 84 and height above the ellipsoid.

Inside the stages every position is plane `e_m`, `n_m` and `u_m` (height above the ellipsoid) and every velocity is
along the plane's axes. True east and north, and latitude and longitude, exist at the edges only: here.
"""

from __future__ import annotations

import dataclasses

import numpy as np

from flightward.kernels import stereographic
from flightward.model.batch import F64, f64


def _frozen(values: F64) -> F64:
    """A read-only column: kernels compile once for these and again, in silence, for any other kind of array."""
    column = f64(np.atleast_1d(values)).view()
    column.flags.writeable = False
    return column


@dataclasses.dataclass(frozen=True)
class AreaFrame:
    """The plane centred on (lat0_rad, lon0_rad)."""

    lat0_rad: float
    lon0_rad: float

    def to_plane(self, lat_rad: F64, lon_rad: F64) -> tuple[F64, F64]:
        """Plane east and north in metres, each (N,); NaN stays NaN. Exact to a micrometre within 500 km."""
        lat, lon = _frozen(lat_rad), _frozen(lon_rad)
        e_m, n_m = np.empty_like(lat), np.empty_like(lat)
        stereographic.forward(lat, lon, self.lat0_rad, self.lon0_rad, e_m, n_m)
        return e_m, n_m

    def to_geodetic(self, e_m: F64, n_m: F64) -> tuple[F64, F64]:
        """Latitude and longitude in radians, each (N,); NaN stays NaN."""
        e, n = _frozen(e_m), _frozen(n_m)
        lat, lon = np.empty_like(e), np.empty_like(e)
        stereographic.inverse(e, n, self.lat0_rad, self.lon0_rad, lat, lon)
        return lat, lon

    def scale_convergence(self, lat_rad: F64, lon_rad: F64) -> tuple[F64, F64]:
        """Point scale and grid convergence (radians; plane course = true course - convergence), each (N,)."""
        lat, lon = _frozen(lat_rad), _frozen(lon_rad)
        k, g = np.empty_like(lat), np.empty_like(lat)
        stereographic.scale_convergence(lat, lon, self.lat0_rad, self.lon0_rad, k, g)
        return k, g

    def plane_velocity(self, lat_rad: F64, lon_rad: F64, ve_mps: F64, vn_mps: F64) -> tuple[F64, F64]:
        """Plane velocity of a velocity along true east and north at the point."""
        k, g = self.scale_convergence(lat_rad, lon_rad)
        c, s = np.cos(g), np.sin(g)
        return k * (ve_mps * c - vn_mps * s), k * (vn_mps * c + ve_mps * s)

    def true_velocity(self, lat_rad: F64, lon_rad: F64, ve_mps: F64, vn_mps: F64) -> tuple[F64, F64]:
        """Velocity along true east and north at the point, of a plane velocity."""
        k, g = self.scale_convergence(lat_rad, lon_rad)
        c, s = np.cos(g), np.sin(g)
        return (ve_mps * c + vn_mps * s) / k, (vn_mps * c - ve_mps * s) / k
