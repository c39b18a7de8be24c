"""Draw how each drone of a raid flies, from what the scenario declares about it. Drawn only: nothing is chosen."""

from __future__ import annotations

import dataclasses
import math

import numpy as np

from flightward.model.batch import F64, I64
from flightward.model.frame import AreaFrame
from flightward.simulate.geodesy import east_north_m, offset_deg
from flightward.simulate.habits import Flyers, apply_habits, draw_jams, has_habits
from flightward.simulate.motion import Movers
from flightward.simulate.scenario import Raid

_FOREVER_S = 10**9


@dataclasses.dataclass(frozen=True)
class Members:
    """The drones of one raid, in order of release."""

    movers: Movers
    rcs_m2: F64
    """(N,) radar cross section of its make."""


def draw_raid(raid: Raid, ground_m: float, rng: np.random.Generator) -> Members:
    """The members of one raid.

    Habits draw from a stream of their own, a child of `rng`: to add one changes nothing else that is drawn.
    """
    release_s, across_m = _releases(raid, rng)
    n, floor_m = len(release_s), ground_m + 60.0
    route = _routes(raid, across_m, rng)
    height = np.maximum(rng.normal(raid.hae_m, raid.sigma_hae_m, n), floor_m)
    life_s = rng.exponential(3600.0 / raid.loss_per_hour, n) if raid.loss_per_hour > 0 else np.full(n, 1e9)
    born = np.floor(release_s).astype(np.int64)
    legs = route.shape[1] - 1
    step = rng.normal(0.0, raid.sigma_hae_m / 3.0, (n, legs))
    flyers = Flyers(
        born_s=born.astype(np.float64),
        across_m=across_m,
        speed_mps=np.maximum(rng.normal(raid.speed_mps, raid.sigma_speed_mps, n), 0.5 * raid.speed_mps),
        hae_m=height,
        turn_radps=np.full(n, raid.turn_radps),
        climb_mps=np.full(n, raid.climb_mps),
        rcs_m2=np.full(n, raid.rcs_m2),
        ways=[],
    )
    route_hae = np.maximum(height[:, None] + step, floor_m)
    habits = rng.spawn(1)[0] if has_habits(raid) and n else None
    if habits is not None:
        lat0, lon0 = raid.waypoints[len(raid.waypoints) // 2]
        frame = AreaFrame(math.radians(lat0), math.radians(lon0))
        flyers.ways = _ways(frame, route, route_hae)
        apply_habits(raid, flyers, floor_m, habits)
        route, route_hae = _route(frame, flyers.ways)
    dies = np.minimum(born + np.minimum(life_s, 1e9).astype(np.int64), _FOREVER_S)
    movers = _movers(raid, flyers, born, dies, route, route_hae, ground_m)
    if habits is not None:
        movers = draw_jams(raid, flyers, movers, habits)
    return Members(movers, flyers.rcs_m2)


def _movers(
    raid: Raid, flyers: Flyers, born_s: I64, dies_s: I64, route: F64, route_hae: F64, ground_m: float
) -> Movers:
    """The members ready to fly their routes (N, W, 2)."""
    n = len(born_s)
    east, north = east_north_m(route[:, 0, 0], route[:, 0, 1], route[:, 1, 0], route[:, 1, 1])
    return Movers(
        born_s=born_s,
        dies_s=dies_s,
        lat_deg=route[:, 0, 0].copy(),
        lon_deg=route[:, 0, 1].copy(),
        hae_m=flyers.hae_m,
        course_rad=np.arctan2(east, north),
        speed_mps=flyers.speed_mps,
        route_deg=route[:, 1:, :].copy(),
        route_hae_m=route_hae,
        turn_radps=flyers.turn_radps,
        climb_mps=flyers.climb_mps,
        wander_rad=np.full(n, raid.wander_rad),
        wander_s=np.full(n, raid.wander_s),
        sigma_hae_m=np.full(n, 0.2 * raid.sigma_hae_m),
        floor_m=np.full(n, ground_m + 50.0),
        ceiling_m=np.full(n, 1e5),
    )


def _ways(frame: AreaFrame, route: F64, route_hae: F64) -> list[F64]:
    """Each member's way in metres of a plane (ways.py)."""
    east, north = frame.to_plane(*(np.radians(route[..., k]).ravel() for k in (0, 1)))
    high = np.concatenate([route_hae[:, :1], route_hae], axis=1)
    return list(np.stack([east.reshape(high.shape), north.reshape(high.shape), high], axis=2))


def _route(frame: AreaFrame, ways: list[F64]) -> tuple[F64, F64]:
    """(N, W, 2) and the heights (N, W - 1) of ways in metres; NaN past each one's last point."""
    wide = np.full((len(ways), max(len(w) for w in ways), 3), np.nan)
    for i, way in enumerate(ways):
        lat, lon = frame.to_geodetic(way[:, 0].copy(), way[:, 1].copy())
        # one way never jumps from 180 to -180 degrees
        lon = frame.lon0_rad + (lon - frame.lon0_rad + math.pi) % (2.0 * math.pi) - math.pi
        wide[i, : len(way)] = np.column_stack([np.degrees(lat), np.degrees(lon), way[:, 2]])
    return wide[:, :, :2].copy(), wide[:, 1:, 2].copy()


def _releases(raid: Raid, rng: np.random.Generator) -> tuple[F64, F64]:
    """When each member starts (sorted) and how far right of the declared way it flies, metres."""
    n = raid.n
    if raid.pattern == "stream":
        # the mean gap shrinks evenly from interval_s to interval_s / quicken
        mean = raid.interval_s * np.linspace(1.0, 1.0 / raid.quicken, n)
        when = raid.start_s + np.cumsum(rng.exponential(1.0, n) * mean)
        return when, rng.normal(0.0, raid.spread_m, n)
    if raid.pattern == "wave":
        when = np.concatenate([rng.uniform(w.at_s, w.at_s + raid.wave_s, w.n) for w in raid.waves])
        return np.sort(when + raid.start_s), rng.normal(0.0, raid.spread_m, n)
    row, place = np.divmod(np.arange(n), raid.line)
    when = raid.start_s + row * raid.interval_s + rng.uniform(0.0, 0.2 * raid.interval_s, n)
    across = (place - (raid.line - 1) / 2.0 + rng.normal(0.0, 0.15, n)) * raid.spread_m
    order = np.argsort(when, kind="stable")
    return when[order], across[order]


def _routes(raid: Raid, across_m: F64, rng: np.random.Generator) -> F64:
    """(N, W, 2): the declared way, moved sideways for each member, loosened, with detours drawn into its legs."""
    way = np.array(raid.waypoints, dtype=np.float64)
    way[:, 1] = np.unwrap(way[:, 1], period=360.0)
    east, north = east_north_m(way[:-1, 0], way[:-1, 1], way[1:, 0], way[1:, 1])
    course = np.arctan2(east, north)
    # at a bend the side step follows the mean course of both legs, so that lines do not fold
    unit = np.stack([np.sin(course), np.cos(course)])
    at = np.concatenate([unit[:, :1], unit[:, :-1] + unit[:, 1:], unit[:, -1:]], axis=1)
    at /= np.hypot(at[0], at[1])
    n, w = len(across_m), len(way)
    loose = rng.normal(0.0, raid.waypoint_sigma_m, (2, n, w))
    lat, lon = offset_deg(
        np.broadcast_to(way[:, 0], (n, w)),
        np.broadcast_to(way[:, 1], (n, w)),
        across_m[:, None] * at[1] + loose[0],
        -across_m[:, None] * at[0] + loose[1],
    )
    route = np.stack([lat, lon], axis=2)
    return _with_detours(route, raid, rng) if raid.detour_frac > 0 else route


def _with_detours(route: F64, raid: Raid, rng: np.random.Generator) -> F64:
    """A point in the middle of each leg; on a drawn share of legs it lies detour_m aside, else on the leg."""
    n, w, _ = route.shape
    middle = (route[:, :-1] + route[:, 1:]) / 2.0
    aside = np.where(rng.random((n, w - 1)) < raid.detour_frac, rng.normal(0.0, raid.detour_m, (n, w - 1)), 0.0)
    turn = rng.uniform(0.0, 2.0 * math.pi, (n, w - 1))
    lat, lon = offset_deg(middle[..., 0], middle[..., 1], aside * np.sin(turn), aside * np.cos(turn))
    out = np.empty((n, 2 * w - 1, 2))
    out[:, ::2], out[:, 1::2] = route, np.stack([lat, lon], axis=2)
    return out
