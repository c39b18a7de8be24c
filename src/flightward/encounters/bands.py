"""Manoeuvre bands: which headings, speeds, vertical speeds and heights keep own aircraft clear of all traffic.

Per region (NEAR, MID) the steps of a manoeuvre that are clear of each aircraft that counts; what is clear of all is open,
the rest is painted in the region's colour. Where nothing is open, recovery: the soonest return to well clear that keeps
out of a cylinder on the way. What counts and why: docs/design/encounters.md.
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from flightward.encounters import standards
from flightward.encounters.pairs import PairBatch, judge
from flightward.encounters.standards import NMAC, Guidance, Standard
from flightward.errors import BadInput
from flightward.kernels import manoeuvre as kernels
from flightward.kernels.alerting import fires
from flightward.kernels.wellclear import Volume
from flightward.model.batch import F64, I8

NONE, FAR, MID, NEAR, RECOVERY = range(5)
NAMES = ("NONE", "FAR", "MID", "NEAR", "RECOVERY")
KINDS = {"hdir_deg": kernels.HEADING, "hs_mps": kernels.SPEED, "vs_mps": kernels.CLIMB, "alt_m": kernels.HEIGHT}
SHRINK_FRAC = 0.9
BISECT_S = 0.5


@dataclasses.dataclass(frozen=True)
class Traffic:
    """One other aircraft: its state, and per level the volume, the alert time and when it is violated."""

    state: F64
    levels: tuple[standards.Level, ...]
    t_in_s: tuple[float, ...]


@dataclasses.dataclass(frozen=True)
class Counted:
    """An aircraft that counts in a region, with its volume and how far ahead it does."""

    traffic: Traffic
    volume: Volume
    horizon_s: float


def bands(frame: dict[str, Any]) -> dict[str, Any]:
    """Bands of one frame: own [x, y, z, vx, vy, vz] (m, m/s), traffic [[alerter, x, y, z, vx, vy, vz] ...], config.

    Returns  the frame with alert (level per aircraft), t2corr (s to violation, "+inf" none) and per manoeuvre hdir_deg,
             hs_mps, vs_mps, alt_m: bands [[low, up, NONE | FAR | MID | NEAR | RECOVERY] ...], res_up, res_low,
             pref_up, recovery [computed, saturated, s, m, m, n]; as docs/encounters.md describes them.
    Errors   BadInput for an unknown config or alerter, or what is not finite.
    """
    rules = standards.standard(frame["config"])
    own = _state(frame["own"], "own")
    traffic, alerts = _traffic(rules, own, frame["traffic"])
    out = {**frame, "alert": alerts, "t2corr": [_told(t.t_in_s[rules.corrective - 1]) for t in traffic]}
    for name, kind in KINDS.items():
        out[name] = _manoeuvre(rules, kind, own, traffic)
    return out


def _state(values: Sequence[float], key: str) -> F64:
    out = np.array(values, np.float64)
    if out.shape != (6,) or not np.isfinite(out).all():
        raise BadInput("must be six finite numbers", key=key, value=values)
    out.flags.writeable = False
    return out


def _traffic(rules: Standard, own: F64, rows: Sequence[Sequence[float]]) -> tuple[list[Traffic], list[int]]:
    found, alerts = [], []
    for row in rows:
        alerter, other = int(row[0]), _state(row[1:], "traffic")
        pair = PairBatch(*(np.array([value]) for value in (*own, *other)))
        judged = judge(pair, rules, alerter)
        found.append(Traffic(other, rules.alerter(alerter).levels, tuple(float(t[0]) for t in judged.t_in_s)))
        alerts.append(int(judged.level[0]))
    return found, alerts


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


def _greens(grid: kernels.Grid, own: F64, one: Counted, rules: Standard, recover: tuple[float, float, float]) -> I8:
    """Which steps are clear of one aircraft; recover: until when only the cylinder counts, and its sizes."""
    green = np.ones(grid.down + grid.up + 1, np.int8)
    clear = kernels.Clear(
        one.volume, recover[0], recover[1], recover[2], one.horizon_s, rules.lookahead_s, one.horizon_s >= recover[0]
    )
    kernels.sweep(grid, own, one.traffic.state, clear, green)
    return green


NO_RECOVERY = (0.0, 0.0, 0.0)


def _open(
    grid: kernels.Grid, own: F64, counted: Sequence[Counted], rules: Standard,
    recover: tuple[float, float, float] = NO_RECOVERY,
) -> I8:
    """Which steps between neighbours are clear of all; (points - 1,)."""
    out = np.ones(grid.down + grid.up, np.int8)
    for one in counted:
        green = _greens(grid, own, one, rules, recover)
        out &= green[:-1] & green[1:]
        if not out.any():
            break
    return out


def _counted(rules: Standard, grid: kernels.Grid, own: F64, traffic: Sequence[Traffic], region: str) -> list[Counted]:
    """The aircraft that count in a region, with their horizons."""
    found = []
    for one in traffic:
        for k, level in enumerate(one.levels):
            if level.region != region:
                continue
            volume = level.volume.kernel()
            if fires(one.t_in_s[k], level.alert_s):
                found.append(Counted(one, volume, rules.lookahead_s))
                continue
            near = Counted(one, volume, min(rules.lookahead_s, level.alert_s))
            if not _looked_at(grid, own, _greens(grid, own, near, rules, NO_RECOVERY)).all():
                found.append(near)
    return found


def _looked_at(grid: kernels.Grid, own: F64, green: I8) -> I8:
    """The steps that make an aircraft count; for heights those from the present one on either side."""
    if grid.kind != kernels.HEIGHT:
        return green
    room = own[2] - grid.low
    up, down = int(math.ceil(room) / grid.step), math.floor(room / grid.step)
    return np.concatenate([green[: down + 1], green[up:]])


def _recovery(
    rules: Standard, grid: kernels.Grid, own: F64, counted: Sequence[Counted]
) -> tuple[I8 | None, list[Any]]:
    """The open steps of the soonest recovery, and [computed, saturated, s, m, m, n]."""
    last, limits = rules.lookahead_s, rules.guidance
    if not _open(grid, own, counted, rules, (last, NMAC.d_m, NMAC.z_m)).any():
        return None, [True, True, None, None, None, -1]
    d_m, z_m, n = limits.recovery_d_m, limits.recovery_z_m, 0
    while True:
        if _open(grid, own, counted, rules, (last, d_m, z_m)).any():
            low, high = 0.0, last
            while high - low > BISECT_S:
                t = 0.5 * (low + high)
                if _open(grid, own, counted, rules, (t, d_m, z_m)).any():
                    high = t
                else:
                    low = t
            t = min(last, high + limits.recovery_stable_s)
            found = _open(grid, own, counted, rules, (t, d_m, z_m))
            if found.any():
                return found, [True, False, t, d_m, z_m, n]
        if d_m <= NMAC.d_m and z_m <= NMAC.z_m:
            return None, [True, True, None, None, None, -1]
        d_m, z_m, n = max(NMAC.d_m, d_m * SHRINK_FRAC), max(NMAC.z_m, z_m * SHRINK_FRAC), n + 1


def _manoeuvre(rules: Standard, kind: int, own: F64, traffic: Sequence[Traffic]) -> dict[str, Any]:
    """Bands of one manoeuvre with resolutions and recovery."""
    none: dict[str, Any] = {
        "bands": [], "res_up": None, "res_low": None, "pref_up": False, "recovery": [False, False, None, None, None, -1],
    }  # fmt: skip
    grid = grid_of(rules.guidance, kind, own)
    if grid is None:
        return none
    colour = np.zeros(grid.down + grid.up, np.int8)
    near, mid = (_counted(rules, grid, own, traffic, region) for region in ("near", "mid"))
    open_near, open_mid = _open(grid, own, near, rules), _open(grid, own, mid, rules)
    colour[open_mid == 0] = MID
    colour[open_near == 0] = NEAR
    recovery = none["recovery"]
    if not (open_near.any() and open_mid.any()):
        found, recovery = _recovery(rules, grid, own, mid or near)
        if found is not None:
            colour[found != 0] = RECOVERY
    return {"bands": _listed(rules.guidance, grid, own, colour), **_resolutions(rules.guidance, grid, own, colour),
            "recovery": recovery}  # fmt: skip


def _points(limits: Guidance, grid: kernels.Grid, own: F64) -> F64:
    """The value of each step, in the unit of the answer; headings not yet wrapped."""
    k = np.arange(-grid.down, grid.up + 1)
    if grid.kind == kernels.HEADING:
        return np.asarray(math.degrees(math.atan2(own[3], own[4])) % 360.0 + k * math.degrees(grid.step))
    if grid.kind == kernels.SPEED:
        return np.clip(math.hypot(own[3], own[4]) + k * grid.step, limits.speed_min_mps, limits.speed_max_mps)
    if grid.kind == kernels.CLIMB:
        return np.clip(own[5] + k * grid.step, -limits.climb_max_mps, limits.climb_max_mps)
    return np.clip(grid.low + k * grid.step, limits.height_min_m, limits.height_max_m)


def _listed(limits: Guidance, grid: kernels.Grid, own: F64, colour: I8) -> list[list[Any]]:
    """Bands from low to high, [low, up, region]."""
    points = _points(limits, grid, own)
    pieces = [[float(a), float(b), int(c)] for a, b, c in zip(points[:-1], points[1:], colour, strict=True)]
    if grid.kind == kernels.HEADING:
        pieces = [part for piece in pieces for part in _wrapped(*piece)]
    out: list[list[Any]] = []
    for low, up, region in sorted(pieces):
        if up <= low:
            continue
        if out and out[-1][2] == NAMES[region]:
            out[-1][1] = up
        else:
            out.append([low, up, NAMES[region]])
    return out


def _wrapped(low: float, up: float, region: int) -> list[list[Any]]:
    """One piece of heading within [0, 360], cut in two if it crosses north."""
    turns = math.floor(low / 360.0)
    low, up = low - 360.0 * turns, up - 360.0 * turns
    return [[low, up, region]] if up <= 360.0 else [[low, 360.0, region], [0.0, up - 360.0, region]]


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
