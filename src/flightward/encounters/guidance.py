"""Manoeuvre bands: which headings, speeds, vertical speeds and heights keep own aircraft clear of all traffic.

Per region (NEAR, MID) the steps of a manoeuvre that are clear of each aircraft that counts; what is clear of all is
open, the rest is painted in the region's colour. Where nothing is open, recovery: the soonest return to well clear that
keeps out of a cylinder on the way. What counts and why: docs/design/encounters.md.
"""

from __future__ import annotations

import dataclasses
import itertools
import math
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from flightward.encounters import standards
from flightward.encounters.pairs import PairBatch, judge
from flightward.encounters.standards import NMAC, Guidance, Standard
from flightward.errors import BadInput
from flightward.kernels import manoeuvre as kernels
from flightward.kernels.alerting import LEVELS_MAX, fires
from flightward.model.batch import F64, I8, I64

NONE, FAR, MID, NEAR, RECOVERY = range(5)
NAMES = ("NONE", "FAR", "MID", "NEAR", "RECOVERY")
KINDS = {"hdir_deg": kernels.HEADING, "hs_mps": kernels.SPEED, "vs_mps": kernels.CLIMB, "alt_m": kernels.HEIGHT}
NO_RECOVERY = kernels.Recover(0.0, 0.0, 0.0)
SHRINK_FRAC = 0.9
SLIVER_FRAC, SLIVER = 2.0**40 * 2.0**-52, 1e-5
BISECT_S = 0.5


@dataclasses.dataclass(frozen=True)
class Way:
    """One manoeuvre of own aircraft: its steps, and where each leads."""

    grid: kernels.Grid
    own: F64
    leg: F64

    @classmethod
    def of(cls, grid: kernels.Grid, own: F64) -> Way:
        leg = np.zeros((grid.down + grid.up + 1 if grid.kind != kernels.HEIGHT else 1, 7))
        if grid.kind != kernels.HEIGHT:
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

    def counted(self, way: Way) -> Region:
        """The aircraft that count for one manoeuvre: in conflict, or met by it within their alert time."""
        red, horizon_s = np.zeros(len(self.others), np.int8), np.minimum(self.alert_s, self.lookahead_s)
        kernels.matters(way.grid, way.own, way.leg, self.others, self.volumes, horizon_s, self.lookahead_s, red)
        rows = np.flatnonzero(self.is_conflict | (red != 0))
        return Region(self.others[rows], self.volumes[rows], self.alert_s[rows], self.is_conflict[rows],
                      self.lookahead_s, np.arange(len(rows), dtype=np.int64))  # fmt: skip

    def open(self, way: Way, recover: kernels.Recover = NO_RECOVERY) -> I8:
        """Which pieces between neighbouring steps are clear of all (points - 1,)."""
        green = np.empty(way.grid.down + way.grid.up + 1, np.int8)
        horizon_s = np.where(self.is_conflict, self.lookahead_s, np.minimum(self.alert_s, self.lookahead_s))
        kernels.open_steps(
            way.grid, way.own, way.leg, self.others, self.volumes, horizon_s, recover, self.lookahead_s, self.order,
            green,
        )  # fmt: skip
        return green[:-1] & green[1:]


def bands(frame: dict[str, Any]) -> dict[str, Any]:
    """Bands of one frame: own [x, y, z, vx, vy, vz] (m, m/s), traffic [[alerter, x, y, z, vx, vy, vz] ...], config.

    Returns  the frame with alert (level per aircraft), t2corr (s to violation, "+inf" none) and per manoeuvre hdir_deg,
             hs_mps, vs_mps, alt_m: bands [[low, up, NONE | FAR | MID | NEAR | RECOVERY] ...], res_up, res_low,
             pref_up, recovery [computed, saturated, s, m, m, n]; as docs/encounters.md describes them.
    Errors   BadInput for an unknown config or alerter, or what is not finite.
    """
    for key in ("config", "own", "traffic"):
        if key not in frame:
            raise BadInput("is missing from the frame", key=key)
    rules = standards.standard(frame["config"])
    own = _state(frame["own"], "own")
    others = np.array([_state(row[1:], "traffic") for row in frame["traffic"]]).reshape(-1, 6)
    alerter = [int(row[0]) for row in frame["traffic"]]
    t_in_s, alerts = _judged(rules, own, others, alerter)
    out = {**frame, "alert": alerts, "t2corr": [_told(t) for t in t_in_s[rules.corrective - 1].tolist()]}
    regions = {name: _region(rules, name, others, alerter, t_in_s) for name in ("near", "mid")}
    for name, kind in KINDS.items():
        out[name] = _manoeuvre(rules, kind, own, regions)
    if len(others) == 1:
        corrective = regions["mid"] if len(regions["mid"].others) else regions["near"]
        t_s = float(t_in_s[rules.corrective - 1, 0])
        out["last_time_to_manoeuvre_s"] = [
            _told(_last_time(rules, kind, own, corrective, t_s)) for kind in KINDS.values()
        ]
    return out


def _state(values: Sequence[float], key: str) -> F64:
    out = np.array(values, np.float64)
    if out.shape != (6,) or not np.isfinite(out).all():
        raise BadInput("must be six finite numbers", key=key, value=values)
    out.flags.writeable = False
    return out


def _judged(rules: Standard, own: F64, others: F64, alerter: Sequence[int]) -> tuple[F64, list[int]]:
    """Times to violation (levels, M) and the alert level of each aircraft."""
    t_in_s, level = np.full((LEVELS_MAX, len(others)), np.inf), np.zeros(len(others), np.int64)
    for index in sorted(set(alerter)):
        rows = np.flatnonzero(np.array(alerter) == index)
        pairs = PairBatch(*(np.full(len(rows), value) for value in own), *(others[rows, k].copy() for k in range(6)))
        found = judge(pairs, rules, index)
        t_in_s[: len(found.t_in_s), rows], level[rows] = np.stack(found.t_in_s), found.level
    return t_in_s, level.tolist()


def _region(rules: Standard, name: str, others: F64, alerter: Sequence[int], t_in_s: F64) -> Region:
    """The first level of that region of each aircraft's alerter; aircraft without one are left out."""
    rows, volumes, alert_s, conflict = [], [], [], []
    for i, index in enumerate(alerter):
        for k, level in enumerate(rules.alerter(index).levels):
            if level.region == name:
                rows.append(i)
                volumes.append([float(v) for v in level.volume.kernel()])
                alert_s.append(float(level.alert_s))
                conflict.append(bool(fires(float(t_in_s[k, i]), float(level.alert_s))))
                break
    return Region(others[rows], np.array(volumes).reshape(-1, 5), np.array(alert_s), np.array(conflict, bool),
                  rules.lookahead_s, np.arange(len(rows), dtype=np.int64))  # fmt: skip


def _told(value: float) -> Any:
    return value if math.isfinite(value) else "+inf" if value > 0 else "-inf"


def grid_of(limits: Guidance, kind: int, own: F64) -> kernels.Grid | None:
    """The steps of a manoeuvre from own present state; None if that is out of its range."""
    speed = math.hypot(own[3], own[4])
    if kind == kernels.HEADING:
        n = round(math.pi / limits.heading_step_rad)
        step_s = 0.0 if limits.at_once else limits.heading_step_rad / limits.turn_radps
        radius_mps = max(speed, 5.0 * standards.KNOT_MPS, limits.speed_min_mps)
        return kernels.Grid(kind, limits.heading_step_rad, n, n, step_s, limits.turn_radps, 0.0, radius_mps)
    value, low, high, step, rate = {
        kernels.SPEED: (speed, limits.speed_min_mps, limits.speed_max_mps, limits.speed_step_mps, limits.accel_mps2),
        kernels.CLIMB: (own[5], -limits.climb_max_mps, limits.climb_max_mps, limits.climb_step_mps,
                        limits.climb_accel_mps2),
        kernels.HEIGHT: (own[2], limits.height_min_m, limits.height_max_m, limits.height_step_m,
                         limits.climb_accel_mps2),
    }[kind]  # fmt: skip
    if not low <= value <= high:
        return None
    if kind == kernels.HEIGHT:
        n = math.ceil((high - low) / step - 1e-9)
        return kernels.Grid(kind, step, 0, n, 0.0, 0.0 if limits.at_once else rate, low,
                            limits.height_rate_mps)
    down, up = math.ceil((value - low) / step), math.ceil((high - value) / step)
    return kernels.Grid(kind, step, down, up, 0.0 if limits.at_once else step / rate, rate, 0.0, 0.0)


def _recovery(
    rules: Standard, way: Way, region: Region
) -> tuple[I8 | None, list[Any]]:
    """The open pieces of the soonest recovery, and [computed, saturated, s, m, m, n]."""
    last, limits = rules.lookahead_s, rules.guidance
    none = [True, True, None, None, None, -1]
    if not region.open(way, kernels.Recover(last, NMAC.d_m, NMAC.z_m)).any():
        return None, none
    d_m, z_m, n = limits.recovery_d_m, limits.recovery_z_m, 0
    while True:
        if region.open(way, kernels.Recover(last, d_m, z_m)).any():
            low, high = 0.0, last
            while high - low > BISECT_S:
                t = 0.5 * (low + high)
                if region.open(way, kernels.Recover(t, d_m, z_m)).any():
                    high = t
                else:
                    low = t
            t = min(last, high + limits.recovery_stable_s)
            found = region.open(way, kernels.Recover(t, d_m, z_m))
            if found.any():
                return found, [True, False, t, d_m, z_m, n]
        if d_m <= NMAC.d_m and z_m <= NMAC.z_m:
            return None, none
        d_m, z_m, n = max(NMAC.d_m, d_m * SHRINK_FRAC), max(NMAC.z_m, z_m * SHRINK_FRAC), n + 1


def _last_time(rules: Standard, kind: int, own: F64, region: Region, t_in_s: float) -> float:
    """The last time, straight on until then, at which this manoeuvre still avoids the violation at t_in_s.

    inf: no violation; -inf: not even now.
    """
    def works(t: float) -> bool:
        later, others = own.copy(), region.others.copy()
        later[:3] += t * later[3:]
        others[:, :3] += t * others[:, 3:]
        later.flags.writeable = False
        grid = grid_of(rules.guidance, kind, later)
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


def _manoeuvre(rules: Standard, kind: int, own: F64, regions: dict[str, Region]) -> dict[str, Any]:
    """Bands of one manoeuvre with resolutions and recovery."""
    none: dict[str, Any] = {
        "bands": [], "res_up": None, "res_low": None, "pref_up": False,
        "recovery": [False, False, None, None, None, -1],
    }  # fmt: skip
    grid = grid_of(rules.guidance, kind, own)
    if grid is None:
        return none
    colour = np.zeros(grid.down + grid.up, np.int8)
    way = Way.of(grid, own)
    near, mid = regions["near"].counted(way), regions["mid"].counted(way)
    open_near, open_mid = near.open(way), mid.open(way)
    colour[open_mid == 0] = MID
    colour[open_near == 0] = NEAR
    recovery = none["recovery"]
    if not (open_near.any() and open_mid.any()):
        found, recovery = _recovery(rules, way, mid if len(regions["mid"].others) else near)
        if found is not None:
            colour[found != 0] = RECOVERY
    return {"bands": _listed(rules.guidance, grid, own, colour), **_resolutions(rules.guidance, grid, own, colour),
            "recovery": recovery}  # fmt: skip


def _points(limits: Guidance, grid: kernels.Grid, own: F64) -> F64:
    """The value of each step, in the unit of the answer; headings not yet wrapped."""
    k = np.arange(-grid.down, grid.up + 1)
    if grid.kind == kernels.HEADING:
        return np.asarray(math.degrees(math.atan2(own[3], own[4])) % 360.0 + k * math.degrees(grid.step))
    value, low, high = {
        kernels.SPEED: (math.hypot(own[3], own[4]), limits.speed_min_mps, limits.speed_max_mps),
        kernels.CLIMB: (own[5], -limits.climb_max_mps, limits.climb_max_mps),
        kernels.HEIGHT: (grid.low, limits.height_min_m, limits.height_max_m),
    }[grid.kind]
    return np.asarray(np.clip(value + k * grid.step, low, high))


def _listed(limits: Guidance, grid: kernels.Grid, own: F64, colour: I8) -> list[list[Any]]:
    """Bands from low to high, [low, up, region]."""
    points = _points(limits, grid, own)
    cuts = np.concatenate([[0], np.flatnonzero(np.diff(colour)) + 1, [len(colour)]])
    pieces = [(float(points[a]), float(points[b]), int(colour[a])) for a, b in itertools.pairwise(cuts)]
    if grid.kind == kernels.HEADING:
        pieces = [part for low, up, region in pieces for part in _wrapped(low, up, region)]
    out: list[list[Any]] = []
    for low, up, region in sorted(pieces):
        if out and (_is_sliver(low, up) or out[-1][2] == NAMES[region]):
            out[-1][1] = up
        elif out and _is_sliver(out[-1][0], out[-1][1]):
            out[-1][1:] = [up, NAMES[region]]
        elif up > low:
            out.append([low, up, NAMES[region]])
    return out


def _is_sliver(low: float, up: float) -> bool:
    """So narrow that it is nothing: a step cut short at the end of the range, or at north."""
    return up - low <= max(SLIVER, SLIVER_FRAC * max(abs(low), abs(up)))


def _wrapped(low: float, up: float, region: int) -> list[tuple[float, float, int]]:
    """One piece of heading within [0, 360], cut in two if it crosses north."""
    turns = math.floor(low / 360.0)
    low, up = low - 360.0 * turns, up - 360.0 * turns
    return [(low, up, region)] if up <= 360.0 else [(low, 360.0, region), (0.0, up - 360.0, region)]


def _resolutions(limits: Guidance, grid: kernels.Grid, own: F64, colour: I8) -> dict[str, Any]:
    """The nearest way out on each side and the nearer of both; null where the present value is no conflict."""
    points, shut = _points(limits, grid, own), (colour == MID) | (colour == NEAR)
    value = {kernels.HEADING: points[grid.down], kernels.SPEED: points[grid.down], kernels.CLIMB: points[grid.down],
             kernels.HEIGHT: own[2]}[grid.kind]  # fmt: skip
    beside = (points[:-1] <= value) & (points[1:] >= value) & (points[1:] > points[:-1])
    if not shut[beside].all():
        return {"res_up": None, "res_low": None, "pref_up": False}
    at = np.flatnonzero(beside)
    ups, downs = np.flatnonzero(~shut[at[-1]:]), np.flatnonzero(~shut[: at[0] + 1])
    up = float(points[at[-1] + ups[0]]) if len(ups) else math.inf
    low = float(points[downs[-1] + 1]) if len(downs) else -math.inf
    prefer_up = up - value <= value - low and math.isfinite(up)
    if grid.kind == kernels.HEADING:
        up, low = (x % 360.0 if math.isfinite(x) else x for x in (up, low))
    return {"res_up": _told(up), "res_low": _told(low), "pref_up": bool(prefer_up)}
