"""Draw everything in the air that is neither a raid nor protected: other aircraft, birds."""

from __future__ import annotations

import numpy as np

from flightward.model.batch import F64
from flightward.simulate.geodesy import east_north_m, offset_deg
from flightward.simulate.motion import Movers
from flightward.simulate.scenario import Area, Birds, Traffic

_FOREVER_S = 10**9


def draw_traffic(traffic: Traffic, area: Area, duration_s: int, rng: np.random.Generator) -> Movers:
    """Aircraft that cross the area straight from edge to edge, high and fast or low and slow."""
    n = traffic.n
    low = rng.random(n) < traffic.low_frac
    way = rng.uniform(0.0, 2.0 * np.pi, n)
    past_m = rng.uniform(-0.6, 0.6, n) * area.radius_m
    half_m = np.sqrt(area.radius_m**2 - past_m**2)
    ends = [
        offset_deg(
            np.full(n, area.lat_deg),
            np.full(n, area.lon_deg),
            side * half_m * np.sin(way) + past_m * np.cos(way),
            side * half_m * np.cos(way) - past_m * np.sin(way),
        )
        for side in (-1.0, 1.0)
    ]
    start, end = np.stack(ends[0], axis=1), np.stack(ends[1], axis=1)
    speed = np.where(low, rng.uniform(50.0, 75.0, n), rng.uniform(125.0, 245.0, n))
    height = np.where(low, rng.uniform(500.0, 1500.0, n), rng.uniform(4000.0, 11500.0, n)) + area.ground_m
    # born evenly over the day and the time that a crossing takes, so that the sky is as full at the start as later
    born = rng.uniform(-2.0 * half_m / speed, duration_s)
    return _movers(born, start, end[:, None, :], height, speed, 0.01, rng.uniform(0.002, 0.01, n), 300.0, area.ground_m)


def draw_birds(birds: Birds, area: Area, rng: np.random.Generator) -> Movers:
    """Birds in flocks that drift about a common course, low and slow, all day."""
    n = birds.n
    flock = np.arange(n) // birds.flock
    count = int(flock[-1]) + 1 if n else 0
    reach = birds.radius_m * np.sqrt(rng.random(count))
    bearing = rng.uniform(0.0, 2.0 * np.pi, count)
    near = rng.normal(0.0, 300.0, (2, n))
    lat, lon = offset_deg(
        np.full(n, area.lat_deg),
        np.full(n, area.lon_deg),
        (reach * np.sin(bearing))[flock] + near[0],
        (reach * np.cos(bearing))[flock] + near[1],
    )
    speed = rng.uniform(9.0, 17.5, count)[flock] + rng.normal(0.0, 0.3, n)
    height = (rng.gamma(2.0, 200.0, count)[flock] + rng.normal(0.0, 40.0, n)).clip(80.0, 1500.0) + area.ground_m
    start = np.stack([lat, lon], axis=1)
    course = rng.uniform(0.0, 2.0 * np.pi, count)[flock]
    empty = np.zeros((n, 0, 2))
    born = np.zeros(n)
    movers = _movers(born, start, empty, height, speed, 0.15, np.full(n, 0.6), 400.0, area.ground_m)
    movers.course_rad[:] = course
    movers.sigma_hae_m[:] = 60.0
    return movers


def _movers(
    born_s: F64,
    start_deg: F64,
    route_deg: F64,
    height_m: F64,
    speed_mps: F64,
    turn_radps: float,
    wander_rad: F64,
    wander_s: float,
    ground_m: float,
) -> Movers:
    n = len(born_s)
    course = np.zeros(n)
    if route_deg.shape[1]:
        east, north = east_north_m(start_deg[:, 0], start_deg[:, 1], route_deg[:, 0, 0], route_deg[:, 0, 1])
        course = np.arctan2(east, north)
    return Movers(
        born_s=np.floor(born_s).astype(np.int64),
        dies_s=np.full(n, _FOREVER_S, dtype=np.int64),
        lat_deg=start_deg[:, 0].copy(),
        lon_deg=start_deg[:, 1].copy(),
        hae_m=height_m,
        course_rad=course,
        speed_mps=speed_mps,
        route_deg=route_deg,
        route_hae_m=np.repeat(height_m[:, None], route_deg.shape[1], axis=1),
        turn_radps=np.full(n, turn_radps),
        climb_mps=np.full(n, 3.0),
        wander_rad=wander_rad,
        wander_s=np.full(n, wander_s),
        sigma_hae_m=np.full(n, 15.0),
        floor_m=np.full(n, ground_m + 40.0),
        ceiling_m=np.full(n, 1e5),
    )
