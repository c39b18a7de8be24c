"""Fly many objects second by second: each steers to its next waypoint, wanders a little, climbs to its height.

The step is exact on the ellipsoid: true east and north speeds become changes of longitude and latitude by the radii
of curvature at the place, so the truth's positions and velocities agree.
"""

from __future__ import annotations

import dataclasses
import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from flightward.model.batch import F64, I64
from flightward.simulate.geodesy import radii_m, turned_deg

_BLOCK = 256
"""Seconds of noise drawn at once."""
_SETTLE_S = 20.0
"""An object climbs so as to be at its height after this time, limits aside."""
_GUST_S = 30.0
"""Over this time the wind takes hold of an object that lost its navigation, and lets go again: no speed jumps."""


@dataclasses.dataclass(frozen=True)
class Jams:
    """When N objects are without navigation, and what that does to them; every array (N,)."""

    from_s: F64
    """inf: never"""
    to_s: F64
    drift_e_mps: F64
    drift_n_mps: F64
    turn_radps: F64
    sag_mps: F64

    @staticmethod
    def none(n: int) -> Jams:
        """N objects that are never jammed."""
        never, zero = np.full(n, np.inf), np.zeros(n)
        return Jams(never, never, zero, zero, zero, zero)


@dataclasses.dataclass(frozen=True)
class Movers:
    """N objects to fly; times are whole seconds after the scenario's start and may be negative."""

    born_s: I64
    """(N,) first second of life."""
    dies_s: I64
    """(N,) last second of life, where the way does not end earlier."""
    lat_deg: F64
    lon_deg: F64
    hae_m: F64
    course_rad: F64
    """(N,) first course, and the course held where there is no waypoint."""
    speed_mps: F64
    route_deg: F64
    """(N, W, 2) latitude and longitude of the waypoints; NaN past an object's last."""
    route_hae_m: F64
    """(N, W) height to be at on the way to each waypoint."""
    turn_radps: F64
    climb_mps: F64
    wander_rad: F64
    """(N,) standard deviation of the course about the way, slowly changing."""
    wander_s: F64
    sigma_hae_m: F64
    floor_m: F64
    ceiling_m: F64
    jams: Jams | None = None

    def __len__(self) -> int:
        return len(self.born_s)

    def only(self, keep: NDArray[np.bool_]) -> Movers:
        """The objects where `keep` is true."""
        jams = (
            None if self.jams is None else Jams(*[getattr(self.jams, f.name)[keep] for f in dataclasses.fields(Jams)])
        )
        return Movers(*[*[getattr(self, name)[keep] for name in _COLUMNS], jams])


_COLUMNS = tuple(f.name for f in dataclasses.fields(Movers) if f.name != "jams")


@dataclasses.dataclass(frozen=True)
class Paths:
    """Where N objects are at each whole second 0..T: every array (T + 1, N), NaN while an object does not exist."""

    lat_deg: F64
    lon_deg: F64
    hae_m: F64
    ve_mps: F64
    vn_mps: F64
    vu_mps: F64


def join(parts: list[Paths]) -> Paths:
    """The same seconds, all objects side by side, in the order given."""
    names = [f.name for f in dataclasses.fields(Paths)]
    return Paths(*[np.concatenate([getattr(p, n) for p in parts], axis=1) for n in names])


def fly(groups: list[Movers], duration_s: int, rngs: list[np.random.Generator]) -> Paths:
    """Fly groups of objects, each with its own stream, from the first birth to the end; seconds 0..duration_s are kept.

    An object that reaches its last waypoint is gone from the next second on; one without waypoints holds its course.
    """
    movers = side_by_side(groups)
    n = len(movers)
    lat, lon, hae, ve, vn, vu = (np.full((duration_s + 1, n), np.nan) for _ in range(6))
    now = _State(movers)
    first = min(0, int(movers.born_s.min())) if n else 0
    for t in range(first, duration_s + 1 if n else 0):
        if (t - first) % _BLOCK == 0:
            noise = np.concatenate(
                [r.standard_normal((_BLOCK, 2, len(g))) for r, g in zip(rngs, groups, strict=True)], axis=2
            )
        if (t - first) % 30 == 0:
            now.meridian_m, now.prime_m = radii_m(np.radians(now.lat))
        alive = (movers.born_s <= t) & (t <= movers.dies_s) & ~now.done
        east, north, up = now.steer(t, alive, noise[(t - first) % _BLOCK])
        if t >= 0:
            for out, value in ((lat, now.lat), (lon, now.lon), (hae, now.hae), (ve, east), (vn, north), (vu, up)):
                np.copyto(out[t], value, where=alive)
        now.move(alive, east, north, up)
    return Paths(lat, lon, hae, ve, vn, vu)


def side_by_side(groups: list[Movers]) -> Movers:
    """All objects of several groups as one; ways are padded to the longest."""
    width = max((g.route_hae_m.shape[1] for g in groups), default=0)

    def wide(a: F64) -> F64:
        pad = [(0, 0), (0, width - a.shape[1])] + [(0, 0)] * (a.ndim - 2)
        return np.pad(a, pad, constant_values=np.nan)

    columns: list[Any] = []
    for name in _COLUMNS:
        parts = [getattr(g, name) for g in groups]
        columns.append(np.concatenate([wide(p) if name.startswith("route") else p for p in parts]))
    jams = None
    if any(g.jams is not None for g in groups):
        every = [g.jams or Jams.none(len(g)) for g in groups]
        jams = Jams(*[np.concatenate([getattr(j, f.name) for j in every]) for f in dataclasses.fields(Jams)])
    return Movers(*[*columns, jams])


class _State:
    """Where every object is in its flight."""

    def __init__(self, movers: Movers) -> None:
        self.m = movers
        self.lat, self.lon, self.hae = movers.lat_deg.copy(), movers.lon_deg.copy(), movers.hae_m.copy()
        self.course = movers.course_rad.copy()
        n, w = movers.route_hae_m.shape
        self.rows = np.arange(n)
        self.leg = np.zeros(n, dtype=np.int64)
        self.last = np.sum(~np.isnan(movers.route_deg[:, :, 0]), axis=1) - 1 if w else np.full(n, -1)
        self.steers = self.last >= 0
        self.done = np.zeros(n, dtype=np.bool_)
        self.wander = np.zeros(n)
        self.ripple = np.zeros(n)
        self.swept = np.zeros(n)
        self.capture_m = movers.speed_mps / movers.turn_radps + movers.speed_mps
        # an Ornstein-Uhlenbeck step of one second: keep, and the kick that holds the standard deviation
        self.keep = np.exp(-1.0 / movers.wander_s)
        self.kick = np.sqrt(1.0 - self.keep**2)
        self.meridian_m, self.prime_m = radii_m(np.radians(self.lat))

    def steer(self, t_s: int, alive: NDArray[np.bool_], noise: F64) -> tuple[F64, F64, F64]:
        """Turn towards the waypoint (no faster than the object can) and give the velocity of the coming second."""
        m = self.m
        self.wander = self.keep * self.wander + self.kick * m.wander_rad * noise[0]
        self.ripple = self.keep * self.ripple + self.kick * m.sigma_hae_m * noise[1]
        want, height = m.course_rad, m.hae_m
        if self.steers.any():
            leg = np.minimum(self.leg, np.maximum(self.last, 0))
            north = np.radians(m.route_deg[self.rows, leg, 0] - self.lat) * self.meridian_m
            away_deg = turned_deg(m.route_deg[self.rows, leg, 1] - self.lon)
            east = np.radians(away_deg) * self.prime_m * np.cos(np.radians(self.lat))
            there = alive & self.steers & (np.hypot(east, north) < self.capture_m)
            self.leg += there
            self.done |= self.steers & (self.leg > self.last)
            want = np.where(self.steers, np.arctan2(east, north), want)
            height = np.where(self.steers, m.route_hae_m[self.rows, leg], height)
        off = (want + self.wander - self.course + math.pi) % (2.0 * math.pi) - math.pi
        goal = np.clip(height + self.ripple, m.floor_m, m.ceiling_m)
        drift_e = drift_n = np.zeros(1)
        if m.jams is not None:
            jammed = (m.jams.from_s <= t_s) & (t_s < m.jams.to_s)
            off = np.where(jammed, m.jams.turn_radps, off)
            goal = np.where(jammed, np.maximum(self.hae - _SETTLE_S * m.jams.sag_mps, m.floor_m), goal)
            self.swept = np.clip(self.swept + np.where(jammed, 1.0, -1.0) / _GUST_S, 0.0, 1.0)
            drift_e, drift_n = self.swept * m.jams.drift_e_mps, self.swept * m.jams.drift_n_mps
        self.course = np.where(alive, self.course + np.clip(off, -m.turn_radps, m.turn_radps), self.course)
        climb = np.clip((goal - self.hae) / _SETTLE_S, -m.climb_mps, m.climb_mps)
        return m.speed_mps * np.sin(self.course) + drift_e, m.speed_mps * np.cos(self.course) + drift_n, climb

    def move(self, alive: NDArray[np.bool_], ve: F64, vn: F64, vu: F64) -> None:
        """One second on."""
        self.lat = np.where(alive, self.lat + np.degrees(vn / (self.meridian_m + self.hae)), self.lat)
        across = (self.prime_m + self.hae) * np.cos(np.radians(self.lat))
        self.lon = np.where(alive, self.lon + np.degrees(ve / across), self.lon)
        self.hae = np.where(alive, self.hae + vu, self.hae)
