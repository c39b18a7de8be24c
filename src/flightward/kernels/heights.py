"""Going to heights (accelerate to the climb rate, hold it, capture), and whether that keeps clear of straight traffic.

RTCA DO-365 guidance; docs/design/bands.md.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from flightward.kernels._jit import inner
from flightward.kernels.keep_clear import MARGIN, MARGIN_M, Clear, Grid, State, is_in, unclear

F64 = NDArray[np.float64]


@inner
def profile(grid: Grid, own: F64, target_m: float, out: F64) -> None:
    """How own aircraft goes to a height: accelerate to the rate, hold it, capture."""
    z0, v0, accel = own[2], own[5], grid.rate
    out[6] = target_m
    if accel == 0.0:
        out[0] = out[1] = out[2] = out[3] = out[4] = 0.0
        out[5] = 1.0
        return
    stop_m = z0 + 0.5 * v0 * abs(v0) / accel
    sign = 1.0 if target_m >= stop_m else -1.0
    # a vertical speed the wrong way is nulled first, and then no longer sets the rate
    peak = sign * max(grid.speed_mps, sign * v0)
    # from v0 to the peak rate, and from there to rest, both with this acceleration
    first_m, last_m = sign * (peak * peak - v0 * v0) / (2.0 * accel), sign * peak * peak / (2.0 * accel)
    hold_m = target_m - z0 - first_m - last_m
    if hold_m * sign < 0.0:
        peak = sign * math.sqrt(max(0.0, sign * accel * (target_m - z0) + 0.5 * v0 * v0))
        first_m, hold_m = sign * (peak * peak - v0 * v0) / (2.0 * accel), 0.0
    t1 = sign * (peak - v0) / accel
    t2 = t1 + (hold_m / peak if hold_m != 0.0 else 0.0)
    out[0], out[1], out[2], out[3], out[4], out[5] = t1, t2, t2 + abs(peak) / accel, peak, first_m, sign


@inner
def _climbed(own: F64, t: float, z: float, vz: float) -> State:
    return State(t, own[0] + t * own[3], own[1] + t * own[4], z, own[3], own[4], vz)


@inner
def _z_at(own: F64, way: F64, accel: float, t: float) -> float:
    """Own height while going to a height."""
    if t >= way[2]:
        return float(way[6])
    if t > way[1]:
        return float(way[6] - 0.5 * way[5] * accel * (way[2] - t) ** 2)
    if t > way[0]:
        return float(own[2] + way[4] + way[3] * (t - way[0]))
    return float(own[2] + own[5] * t + 0.5 * way[5] * accel * t * t)


@inner
def above_or_below(grid: Grid, own: F64, way: F64, other: F64, clear: Clear, from_s: float, to_s: float) -> bool:
    """Going to this height own aircraft stays above or below the volume and the cylinder during [from_s, to_s].

    False if it is not seen at a glance.
    """
    if grid.rate == 0.0 or own[5] * way[5] < 0.0:
        return False
    a, b = _z_at(own, way, grid.rate, from_s), _z_at(own, way, grid.rate, to_s)
    c, d = other[2] + other[5] * from_s, other[2] + other[5] * to_s
    z_m = max(clear.volume.z_m, (max(abs(own[5]), abs(way[3])) + abs(other[5])) * clear.volume.tcoa_s)
    z_m = max(z_m, clear.cylinder_z_m) * MARGIN + MARGIN_M
    return bool(min(a, b) - max(c, d) > z_m or min(c, d) - max(a, b) > z_m)


@inner
def height_clear(grid: Grid, own: F64, way: F64, other: F64, clear: Clear) -> bool:
    """Own aircraft can go to this height and stay there."""
    last, target_m = clear.lookahead_s, way[6]
    if grid.rate == 0.0:
        s = State(0.0, own[0], own[1], target_m, own[3], own[4], 0.0)
        return not unclear(clear, s, other, min(last, clear.horizon_s))
    z0, v0, accel = own[2], own[5], grid.rate
    t1, t2, t3, peak, sign = way[0], way[1], way[2], way[3], way[5]
    for t in range(math.floor(t1) + 1):
        if t > last:
            break
        if is_in(clear, _climbed(own, t, z0 + v0 * t + 0.5 * sign * accel * t * t, v0 + sign * accel * t), other):
            return False
    s = _climbed(own, t1, z0 + way[4], peak)
    if unclear(clear, s, other, min(last, t2, clear.horizon_s + t1)):
        return False
    for t in range(math.ceil(t2), math.floor(t3 + 1.0) + 1):
        rest = max(0.0, t3 - t)
        z, vz = target_m - 0.5 * sign * accel * rest * rest, sign * accel * rest
        if t <= last and is_in(clear, _climbed(own, t, z, vz), other):
            return False
    s = _climbed(own, t3 + 1.0, target_m, 0.0)
    return not unclear(clear, s, other, min(last, clear.horizon_s + t3 + 1.0))


@inner
def telling(grid: Grid, own: F64, lookahead_s: float) -> tuple[int, int]:
    """The heights from first to last tell of all: those beyond are not reached in time, so they are like the next."""
    if grid.rate == 0.0:
        return 0, grid.up
    climb, sink = max(grid.speed_mps, own[5]), max(grid.speed_mps, -own[5])
    high_m = own[2] + climb * lookahead_s + climb * climb / grid.rate
    low_m = own[2] - sink * lookahead_s - sink * sink / grid.rate
    first, last = math.floor((low_m - grid.low) / grid.step) - 1, math.ceil((high_m - grid.low) / grid.step) + 1
    return min(max(first, 0), grid.up), max(min(last, grid.up), 0)
