"""What own aircraft can fly and who counts: the steps of a manoeuvre, which are clear of whom, and ways back.

Per region (NEAR, MID) the steps of a manoeuvre that are clear of each aircraft that counts; what is clear of all is
open, the rest is painted in the region's colour. Where nothing is open, recovery: the soonest return to well clear that
keeps out of a cylinder on the way. What counts and why: docs/design/encounters.md.
"""

from __future__ import annotations

import dataclasses
import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from flightward.encounters import standards
from flightward.encounters.standards import NMAC, Guidance
from flightward.kernels import manoeuvre as kernels
from flightward.kernels.keep_clear import CLIMB, HEADING, HEIGHT, SPEED, Grid, Recover
from flightward.model.batch import F64, I8, I64

NONE, FAR, MID, NEAR, RECOVERY = range(5)
NAMES = ("NONE", "FAR", "MID", "NEAR", "RECOVERY")
KINDS = {"hdir_deg": HEADING, "hs_mps": SPEED, "vs_mps": CLIMB, "alt_m": HEIGHT}
NO_RECOVERY = Recover(0.0, 0.0, 0.0)
NOT_ASKED, FOUND, SATURATED = range(3)
SHRINK_FRAC = 0.9
BISECT_S = 0.5


class Recovery(NamedTuple):
    """The way back to well clear: by when, the cylinder that is kept out of until then, how often it was shrunk."""

    state: int = NOT_ASKED
    s: float = math.nan
    d_m: float = math.nan
    z_m: float = math.nan
    n: int = -1


@dataclasses.dataclass(frozen=True)
class Way:
    """One manoeuvre of own aircraft: its steps, and where each leads."""

    grid: Grid
    own: F64
    leg: F64

    @classmethod
    def of(cls, grid: Grid, own: F64) -> Way:
        leg = np.empty((grid.down + grid.up + 1, 7))
        kernels.legs(grid, own, leg)
        return cls(grid, own, leg)


@dataclasses.dataclass(frozen=True)
class Region:
    """What a region (NEAR, MID) says of M aircraft: each one's volume, alert time and whether it is in conflict."""

    others: F64
    volumes: F64
    alert_s: F64
    is_conflict: NDArray[np.bool_]
    lookahead_s: float
    order: I64
    """In which they are looked at; the kernel brings the strictest to the front."""

    @classmethod
    def of(cls, others: F64, volumes: F64, alert_s: F64, is_conflict: NDArray[np.bool_], lookahead_s: float) -> Region:
        """Looked at in the order given at first."""
        return cls(others, volumes, alert_s, is_conflict, lookahead_s, np.arange(len(others), dtype=np.int64))

    def counted(self, way: Way) -> Region:
        """The aircraft that count for one manoeuvre: in conflict, or met by it within their alert time."""
        red, horizon_s = self.is_conflict.astype(np.int8), np.minimum(self.alert_s, self.lookahead_s)
        kernels.matters(way.grid, way.own, way.leg, self.others, self.volumes, horizon_s, self.lookahead_s, red)
        rows = np.flatnonzero(red)
        return Region.of(
            self.others[rows], self.volumes[rows], self.alert_s[rows], self.is_conflict[rows], self.lookahead_s
        )

    def open(self, way: Way, recover: Recover = NO_RECOVERY, asked: I8 | None = None) -> I8:
        """Which pieces between neighbouring steps are clear of all (points - 1,); of the steps asked (points,)."""
        green = np.ones(way.grid.down + way.grid.up + 1, np.int8) if asked is None else asked.copy()
        horizon_s = np.where(self.is_conflict, self.lookahead_s, np.minimum(self.alert_s, self.lookahead_s))
        kernels.open_steps(
            way.grid, way.own, way.leg, self.others, self.volumes, horizon_s, recover, self.lookahead_s, self.order,
            green,
        )  # fmt: skip
        return green[:-1] & green[1:]


def grid_of(limits: Guidance, kind: int, own: F64) -> Grid | None:
    """The steps of a manoeuvre from own present state; None if that is out of its range."""
    speed = math.hypot(own[3], own[4])
    if kind == HEADING:
        n = round(math.pi / limits.heading_step_rad)
        step_s = 0.0 if limits.at_once else limits.heading_step_rad / limits.turn_radps
        radius_mps = max(speed, 5.0 * standards.KNOT_MPS, limits.speed_min_mps)
        return Grid(kind, limits.heading_step_rad, n, n, step_s, limits.turn_radps, 0.0, radius_mps)
    value, low, high, step, rate = {
        SPEED: (speed, limits.speed_min_mps, limits.speed_max_mps, limits.speed_step_mps, limits.accel_mps2),
        CLIMB: (own[5], -limits.climb_max_mps, limits.climb_max_mps, limits.climb_step_mps,
                        limits.climb_accel_mps2),
        HEIGHT: (own[2], limits.height_min_m, limits.height_max_m, limits.height_step_m,
                         limits.climb_accel_mps2),
    }[kind]  # fmt: skip
    if not low <= value <= high:
        return None
    if kind == HEIGHT:
        n = math.ceil((high - low) / step - 1e-9)
        return Grid(kind, step, 0, n, 0.0, 0.0 if limits.at_once else rate, low,
                            limits.height_rate_mps)
    down, up = math.ceil((value - low) / step), math.ceil((high - value) / step)
    return Grid(kind, step, down, up, 0.0 if limits.at_once else step / rate, rate, 0.0, 0.0)


class _Recovering:
    """Asks for ways back: first among the steps that led to one the last time, then among all."""

    def __init__(self, way: Way, region: Region) -> None:
        self._way, self._region = way, region
        self._asked: I8 | None = None

    def found(self, until_s: float, d_m: float, z_m: float) -> bool:
        """There is a way that keeps out of the cylinder until then, and well clear after it."""
        recover = Recover(until_s, d_m, z_m)
        if self._asked is not None and self._region.open(self._way, recover, self._asked).any():
            return True
        whole = self._region.open(self._way, recover)
        if whole.any():
            self._asked = _first_open(self._way.grid, whole)
        return bool(whole.any())


def _first_open(grid: Grid, pieces: I8) -> I8:
    """The steps of the open piece nearest to the present value, and all that their answer hangs on."""
    at = np.flatnonzero(pieces)
    k = int(at[np.argmin(np.abs(2 * at + 1 - 2 * grid.down))])
    out = np.zeros(grid.down + grid.up + 1, np.int8)
    if grid.kind == HEIGHT:
        out[k : k + 2] = 1
    else:
        out[min(k, grid.down) : max(k + 1, grid.down) + 1] = 1
    return out


def recovery(limits: Guidance, way: Way, region: Region) -> tuple[I8 | None, Recovery]:
    """The open pieces of the soonest way back to well clear, None if there is none, and what it is."""
    last, ways = region.lookahead_s, _Recovering(way, region)
    if not ways.found(last, NMAC.d_m, NMAC.z_m):
        return None, Recovery(SATURATED)
    d_m, z_m, n = limits.recovery_d_m, limits.recovery_z_m, 0
    while True:
        if ways.found(last, d_m, z_m):
            low, high = 0.0, last
            while high - low > BISECT_S:
                t = 0.5 * (low + high)
                low, high = (low, t) if ways.found(t, d_m, z_m) else (t, high)
            t = min(last, high + limits.recovery_stable_s)
            pieces = region.open(way, Recover(t, d_m, z_m))
            if pieces.any():
                return pieces, Recovery(FOUND, t, d_m, z_m, n)
        if d_m <= NMAC.d_m and z_m <= NMAC.z_m:
            return None, Recovery(SATURATED)
        d_m, z_m, n = max(NMAC.d_m, d_m * SHRINK_FRAC), max(NMAC.z_m, z_m * SHRINK_FRAC), n + 1


def last_time(limits: Guidance, kind: int, own: F64, region: Region, t_in_s: float) -> float:
    """The last time, straight on until then, at which this manoeuvre still avoids the violation at t_in_s.

    inf: no violation; -inf: not even now.
    """
    def works(t: float) -> bool:
        later, others = own.copy(), region.others.copy()
        later[:3] += t * later[3:]
        others[:, :3] += t * others[:, 3:]
        later.flags.writeable = False
        grid = grid_of(limits, kind, later)
        conflict = dataclasses.replace(region, others=others, is_conflict=np.ones(1, bool))
        return grid is not None and bool(conflict.open(Way.of(grid, later)).any())

    if not math.isfinite(t_in_s):
        return math.inf
    if not works(0.0):
        return -math.inf
    low, high = 0.0, t_in_s
    while high - low > BISECT_S:
        t = 0.5 * (low + high)
        low, high = (t, high) if works(t) else (low, t)
    return low


@dataclasses.dataclass(frozen=True)
class Colours:
    """One manoeuvre in colours: the piece between points k and k + 1 is colour[k].

    `points` and `value` (the present one) in m/s and m. Of headings value is in radians, points are in degrees, not
    wrapped: they are cut and compared as the reference does.
    """

    kind: int
    value: float
    points: F64
    colour: I8
    recovery: Recovery


def coloured(limits: Guidance, kind: int, own: F64, near: Region, mid: Region, recovers_by_mid: bool) -> Colours:
    """Own manoeuvre of that kind against what both regions say; no points if the present value is out of range."""
    value = value_of(kind, own)
    grid = grid_of(limits, kind, own)
    if grid is None:
        return Colours(kind, value, np.zeros(0), np.zeros(0, np.int8), Recovery())
    way = Way.of(grid, own)
    colour = np.zeros(grid.down + grid.up, np.int8)
    told = Recovery()
    if len(near.others) or len(mid.others):
        near, mid = near.counted(way), mid.counted(way)
        open_near, open_mid = near.open(way), mid.open(way)
        colour[open_mid == 0] = MID
        colour[open_near == 0] = NEAR
        if not (open_near.any() and open_mid.any()):
            found, told = recovery(limits, way, mid if recovers_by_mid else near)
            if found is not None:
                colour[found != 0] = RECOVERY
    return Colours(kind, value, points_of(limits, grid, value), colour, told)


def value_of(kind: int, own: F64) -> float:
    """The present heading (clockwise from y, 0 to 2 pi), speed, vertical speed or height."""
    if kind == HEADING:
        return math.atan2(own[3], own[4]) % (2.0 * math.pi)
    speed = math.hypot(own[3], own[4])
    return {SPEED: speed, CLIMB: float(own[5]), HEIGHT: float(own[2])}[kind]


def points_of(limits: Guidance, grid: Grid, value: float) -> F64:
    """The value of each step; headings in degrees, not yet wrapped."""
    k = np.arange(-grid.down, grid.up + 1)
    if grid.kind == HEADING:
        return np.asarray(math.degrees(value) + k * math.degrees(grid.step))
    start, low, high = {
        SPEED: (value, limits.speed_min_mps, limits.speed_max_mps),
        CLIMB: (value, -limits.climb_max_mps, limits.climb_max_mps),
        HEIGHT: (grid.low, limits.height_min_m, limits.height_max_m),
    }[grid.kind]
    return np.asarray(np.clip(start + k * grid.step, low, high))
