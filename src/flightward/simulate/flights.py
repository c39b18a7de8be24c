"""Fly the protected flights: along their plans with small deviations, or along the path that one really took."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from flightward.model.batch import F64
from flightward.simulate.geodesy import E2, east_north_m, geocentric_m, radii_m, turned_deg
from flightward.simulate.motion import Paths
from flightward.simulate.scenario import Flight, Waypoint

_SMOOTH_S = 4.0
"""Standard deviation of the smoothing that rounds corners, and the steps of rounded heights in real tracks."""
_HALF = int(3 * _SMOOTH_S)


def fly_flight(flight: Flight, duration_s: int, rng: np.random.Generator) -> tuple[Paths, NDArray[np.bool_]]:
    """The flight's path at each whole second, one column, and whether it is on the ground (T + 1,).

    Before a take-off and after a landing it stands at the end of its way; one that comes from elsewhere or goes on
    does not exist outside its plan.
    """
    margin = _HALF
    t = np.arange(-margin, duration_s + margin + 1, dtype=np.float64)
    way = flight.flown or flight.waypoints
    first_s, last_s = way[0].t_s, way[-1].t_s
    inside_s = np.minimum(t - first_s, last_s - t)
    # deviations fade out towards the ends: a parked aircraft does not drift
    fade = np.clip(inside_s / 120.0, 0.0, 1.0)
    ahead_s = np.zeros(len(t)) if flight.flown else fade * _along(flight, len(t), rng)
    path = _reflected(way, t, ahead_s)
    if not flight.flown:
        path = _deviated(path, flight, fade, rng)
    ground = ((t < first_s) & flight.from_ground) | ((t > last_s) & flight.to_ground)
    exists = (inside_s >= 0.0) | ground
    stand = interpolate(way, np.clip(t, first_s, last_s))
    lat, lon, hae = (np.where(ground, s, _smooth(x)) for s, x in zip(stand, path, strict=True))
    meridian, prime = radii_m(np.radians(lat))
    ve = np.gradient(np.radians(lon)) * (prime + hae) * np.cos(np.radians(lat))
    vn = np.gradient(np.radians(lat)) * (meridian + hae)
    columns = [np.where(exists, x, np.nan)[margin:-margin, None] for x in (lat, lon, hae)]
    speeds = [
        np.where(exists, np.where(ground, 0.0, v), np.nan)[margin:-margin, None] for v in (ve, vn, np.gradient(hae))
    ]
    return Paths(*columns, *speeds), ground[margin:-margin]


def _reflected(way: tuple[Waypoint, ...], t_s: F64, ahead_s: F64) -> tuple[F64, F64, F64]:
    """The way at t + ahead, and past its ends its mirror image through them, so that smoothing keeps the ends."""
    first_s, last_s = way[0].t_s, way[-1].t_s
    mirror_s = np.where(t_s < first_s, 2.0 * first_s - t_s, np.where(t_s > last_s, 2.0 * last_s - t_s, t_s))
    past = mirror_s != t_s
    there = interpolate(way, np.clip(mirror_s + np.where(past, 0.0, ahead_s), first_s, last_s))
    ends = interpolate(way, np.where(t_s < first_s, first_s, last_s))
    lat, lon, hae = (np.where(past, 2.0 * e - x, x) for e, x in zip(ends, there, strict=True))
    return lat, lon, hae


def _deviated(
    path: tuple[F64, F64, F64], flight: Flight, fade: F64, rng: np.random.Generator
) -> tuple[F64, F64, F64]:
    """The path with slow deviations to the sides and in height."""
    lat, lon, hae = path
    n = len(lat)
    meridian, prime = radii_m(np.radians(lat))
    north_m, east_m = (_slow_noise(n, flight.sigma_across_m, 90.0, rng) for _ in range(2))
    high_m = _slow_noise(n, flight.sigma_hae_m, 60.0, rng)
    east_rad = fade * east_m / (prime * np.cos(np.radians(lat)))
    return lat + np.degrees(fade * north_m / meridian), lon + np.degrees(east_rad), hae + fade * high_m


def interpolate(way: tuple[Waypoint, ...], t_s: F64) -> tuple[F64, F64, F64]:
    """Latitude, longitude and height on the way at given times; straight in space between points, height evenly."""
    at = np.array([w.t_s for w in way])
    lat0, lon0 = np.array([w.lat_deg for w in way]), np.array([w.lon_deg for w in way])
    x, y, z = geocentric_m(lat0, lon0, np.zeros(len(way)))
    xs, ys, zs = (np.interp(t_s, at, v) for v in (x, y, z))
    # the chord is projected up to the ellipsoid: on the surface geodetic tan(lat) = z / (rho (1 - e2))
    lat = np.degrees(np.arctan2(zs, np.hypot(xs, ys) * (1.0 - E2)))
    hae = np.interp(t_s, at, np.array([w.hae_m for w in way]))
    return lat, turned_deg(np.degrees(np.arctan2(ys, xs)), float(lon0[0])), hae


def _along(flight: Flight, n: int, rng: np.random.Generator) -> F64:
    """How many seconds ahead of the plan the flight is, slowly changing."""
    way = flight.waypoints
    lat, lon = np.array([w.lat_deg for w in way]), np.array([w.lon_deg for w in way])
    east, north = east_north_m(lat[:-1], lon[:-1], lat[1:], lon[1:])
    speed_mps = max(float(np.hypot(east, north).sum()) / (way[-1].t_s - way[0].t_s), 10.0)
    return _slow_noise(n, flight.sigma_along_m / speed_mps, 180.0, rng)


def _slow_noise(n: int, sigma: float, tau_s: float, rng: np.random.Generator) -> F64:
    """(N,) smooth noise of standard deviation sigma that changes over tau_s: knots each tau_s, joined by cosines."""
    knots = rng.normal(0.0, sigma, int(n / tau_s) + 3)
    place = np.arange(n) / tau_s
    i = place.astype(np.int64)
    mix = (1.0 - np.cos(np.pi * (place - i))) / 2.0
    return knots[i] * (1.0 - mix) + knots[i + 1] * mix


def _smooth(x: F64) -> F64:
    """Gaussian smoothing; the ends are held."""
    weight = np.exp(-0.5 * (np.arange(-_HALF, _HALF + 1) / _SMOOTH_S) ** 2)
    return np.convolve(np.pad(x, _HALF, mode="edge"), weight / weight.sum(), mode="valid")
