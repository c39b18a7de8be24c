"""Own manoeuvres against straight traffic: which headings, speeds, vertical speeds and heights stay well clear.

A sweep steps own aircraft through a manoeuvre (turn, speed up, climb) and asks at each step whether flying straight on
from there stays clear; it is over at the first step whose own short leg is in violation: what lies behind that cannot
be reached in safety. Heights are flown to: accelerate to the climb rate, hold, capture. RTCA DO-365 guidance; Munoz et
al., "DAIDALUS: Detect and Avoid Alerting Logic for Unmanned Systems"; docs/design/encounters.md.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from flightward.kernels._jit import inner, kernel
from flightward.kernels.wellclear import (
    CYLINDER,
    TEP,
    Volume,
    closed_interval,
    horizontal,
    near_equal,
    open_cylinder,
    vertical,
)

F64 = NDArray[np.float64]
I8 = NDArray[np.int8]
I64 = NDArray[np.int64]

HEADING, SPEED, CLIMB, HEIGHT = 0, 1, 2, 3
MARGIN, MARGIN_M = 1.0 + 1e-9, 1e-6


class Grid(NamedTuple):
    """The steps of one manoeuvre: `down` below and `up` above the present value, or heights from `low` on."""

    kind: int
    step: float
    down: int
    up: int
    step_s: float  # time per step, 0 at once
    rate: float  # turn rate, or acceleration
    low: float  # heights: the lowest
    speed_mps: float  # turns: the speed that gives the radius; heights: the climb rate


class Clear(NamedTuple):
    """What to keep clear of: the volume from recover_s on, a cylinder until then (recover_s 0: none)."""

    volume: Volume
    recover_s: float
    cylinder_d_m: float
    cylinder_z_m: float
    horizon_s: float
    lookahead_s: float
    use_volume: bool  # False: the horizon ends before recover_s, and only the cylinder counts, to the horizon


class Recover(NamedTuple):
    """Until when only a cylinder counts, and its sizes; 0 s: no recovery."""

    until_s: float
    d_m: float
    z_m: float


class State(NamedTuple):
    """Own place and velocity at a time."""

    t_s: float
    x_m: float
    y_m: float
    z_m: float
    vx_mps: float
    vy_mps: float
    vz_mps: float


@inner
def _meets(volume: Volume, s: State, other: F64, from_s: float, to_s: float) -> bool:
    """Own aircraft, straight on from s, is in the volume for some time in [from_s, to_s]."""
    sx, sy = s.x_m - (other[0] + s.t_s * other[3]), s.y_m - (other[1] + s.t_s * other[4])
    sz = s.z_m - (other[2] + s.t_s * other[5])
    vx, vy, vz = s.vx_mps - other[3], s.vy_mps - other[4], s.vz_mps - other[5]
    begin, end = from_s - s.t_s, to_s - s.t_s
    if not begin < end:
        return False
    if volume.shape != CYLINDER:
        t_in, t_out = closed_interval(volume, sx, sy, sz, vx, vy, vz, begin, end)
    else:
        same_h = near_equal(s.vx_mps, other[3]) and near_equal(s.vy_mps, other[4])
        t_in, t_out = open_cylinder(
            volume.d_m, volume.z_m, sx, sy, sz, vx, vy, vz, same_h, near_equal(s.vz_mps, other[5]), begin, end
        )
    return t_in < t_out


@inner
def _unclear(clear: Clear, s: State, other: F64, to_s: float) -> bool:
    """Straight on from s own aircraft is not clear at some time until to_s."""
    if clear.use_volume and _meets(clear.volume, s, other, max(s.t_s, clear.recover_s), to_s):
        return True
    cylinder = Volume(CYLINDER, clear.cylinder_d_m, clear.cylinder_z_m, 0.0, 0.0)
    end = min(to_s, clear.recover_s) if clear.use_volume else to_s
    return clear.recover_s > s.t_s and _meets(cylinder, s, other, s.t_s, end)


@inner
def _leg_unclear(clear: Clear, s: State, other: F64, to_s: float) -> bool:
    """The short leg of one step is not clear: judged by what counts at its begin, over all of it."""
    if clear.use_volume and s.t_s >= clear.recover_s and _meets(clear.volume, s, other, s.t_s, to_s):
        return True
    cylinder = Volume(CYLINDER, clear.cylinder_d_m, clear.cylinder_z_m, 0.0, 0.0)
    return clear.recover_s > 0.0 and s.t_s <= clear.recover_s and _meets(cylinder, s, other, s.t_s, to_s)


@inner
def _after(grid: Grid, own: F64, sign: float, k: int) -> State:
    """Own aircraft after k steps to the one side."""
    t = k * grid.step_s
    speed = math.sqrt(own[3] * own[3] + own[4] * own[4])
    change = sign * k * grid.step
    x, y, z, vx, vy, vz = own[0], own[1], own[2], own[3], own[4], own[5]
    if grid.kind == HEADING:
        now = math.atan2(vx, vy)
        if grid.step_s > 0.0:
            radius = grid.speed_mps / grid.rate
            change = sign * speed / radius * t
            x += sign * radius * (math.cos(now) - math.cos(now + change))
            y += sign * radius * (math.sin(now + change) - math.sin(now))
        vx, vy, z = speed * math.sin(now + change), speed * math.cos(now + change), z + vz * t
    elif grid.kind == SPEED:
        fx, fy = (vx / speed, vy / speed) if speed > 0.0 else (0.0, 1.0)
        way = speed * t + 0.5 * change * t
        x, y, z = x + fx * way, y + fy * way, z + vz * t
        vx, vy = fx * (speed + change), fy * (speed + change)
    else:
        x, y, z, vz = x + vx * t, y + vy * t, z + vz * t + 0.5 * change * t, vz + change
    return State(t, x, y, z, vx, vy, vz)


@kernel
def legs(grid: Grid, own: F64, state_out: F64) -> None:
    """Own state after each step of a manoeuvre other than heights.

    state_out (down + up + 1, 7) float64: t, x, y, z, vx, vy, vz; the present one at [down].
    """
    for at in range(state_out.shape[0]):
        k = at - grid.down
        s = _after(grid, own, 1.0 if k >= 0 else -1.0, abs(k))
        state_out[at, 0], state_out[at, 1], state_out[at, 2], state_out[at, 3] = s.t_s, s.x_m, s.y_m, s.z_m
        state_out[at, 4], state_out[at, 5], state_out[at, 6] = s.vx_mps, s.vy_mps, s.vz_mps


@inner
def _side(grid: Grid, leg: F64, other: F64, clear: Clear, sign: float, n: int, green_out: I8) -> None:
    """AND into green_out (down + up + 1,), present value at [down], what is green on one side."""
    way = int(sign)
    while n >= 0 and green_out[grid.down + way * n] == 0:  # what is red already needs no look
        n -= 1
    for k in range(n + 1):
        at = grid.down + way * k
        s = State(leg[at, 0], leg[at, 1], leg[at, 2], leg[at, 3], leg[at, 4], leg[at, 5], leg[at, 6])
        red = green_out[at] == 0
        if not red and _unclear(clear, s, other, min(clear.lookahead_s, clear.horizon_s + s.t_s)):
            green_out[at], red = 0, True
        # else the leg is part of what was just found clear, unless the recovery time is on it
        looks = red or s.t_s <= clear.recover_s < s.t_s + grid.step_s
        looks = looks and grid.step_s > 0.0 and s.t_s < clear.lookahead_s
        if looks and _leg_unclear(clear, s, other, s.t_s + grid.step_s):
            for j in range(k, n + 1):
                green_out[grid.down + way * j] = 0
            return


@inner
def _is_in(clear: Clear, s: State, other: F64) -> bool:
    """Own aircraft is in the volume (before recover_s: in the cylinder) at this very moment."""
    sx, sy = s.x_m - (other[0] + s.t_s * other[3]), s.y_m - (other[1] + s.t_s * other[4])
    sz = s.z_m - (other[2] + s.t_s * other[5])
    vx, vy, vz = s.vx_mps - other[3], s.vy_mps - other[4], s.vz_mps - other[5]
    s2, a, b = sx * sx + sy * sy, vx * vx + vy * vy, sx * vx + sy * vy
    if s.t_s <= clear.recover_s and s2 < clear.cylinder_d_m**2 and abs(sz) < clear.cylinder_z_m:
        return True
    v = clear.volume
    if not clear.use_volume or s.t_s < clear.recover_s:
        return False
    if v.shape == CYLINDER:
        return bool(s2 < v.d_m * v.d_m and abs(sz) < v.z_m)
    if not (abs(sz) <= v.z_m or (sz * vz < 0.0 and -sz / vz <= v.tcoa_s)):
        return False
    if s2 <= v.d_m * v.d_m:
        return True
    cross = sx * vy - sy * vx
    return bool(b < 0.0 and cross * cross <= v.d_m * v.d_m * a and (v.d_m * v.d_m - s2) / b <= v.tau_s)


@inner
def _climbed(own: F64, t: float, z: float, vz: float) -> State:
    return State(t, own[0] + t * own[3], own[1] + t * own[4], z, own[3], own[4], vz)


@inner
def _height_clear(grid: Grid, own: F64, other: F64, clear: Clear, target_m: float) -> bool:
    """Own aircraft can go to this height and stay there."""
    last = clear.lookahead_s
    if grid.rate == 0.0:
        s = State(0.0, own[0], own[1], target_m, own[3], own[4], 0.0)
        return not _unclear(clear, s, other, min(last, clear.horizon_s))
    z0, v0, accel = own[2], own[5], grid.rate
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
    t3 = t2 + abs(peak) / accel
    for t in range(math.floor(t1) + 1):
        if t > last:
            break
        if _is_in(clear, _climbed(own, t, z0 + v0 * t + 0.5 * sign * accel * t * t, v0 + sign * accel * t), other):
            return False
    s = _climbed(own, t1, z0 + first_m, peak)
    if _unclear(clear, s, other, min(last, t2, clear.horizon_s + t1)):
        return False
    for t in range(math.ceil(t2), math.floor(t3 + 1.0) + 1):
        rest = max(0.0, t3 - t)
        z, vz = target_m - 0.5 * sign * accel * rest * rest, sign * accel * rest
        if t <= last and _is_in(clear, _climbed(own, t, z, vz), other):
            return False
    s = _climbed(own, t3 + 1.0, target_m, 0.0)
    return not _unclear(clear, s, other, min(last, clear.horizon_s + t3 + 1.0))


@inner
def _never(grid: Grid, own: F64, other: F64, clear: Clear) -> bool:
    """No step of this manoeuvre can matter: it leaves one of the two dimensions as it is, and that one stays clear."""
    d_m, z_m = clear.volume.d_m * MARGIN + MARGIN_M, clear.volume.z_m * MARGIN + MARGIN_M
    if clear.recover_s > 0.0:
        d_m, z_m = max(d_m, clear.cylinder_d_m * MARGIN), max(z_m, clear.cylinder_z_m * MARGIN)
    if grid.kind == HEADING or grid.kind == SPEED:
        low, high = vertical(own[2] - other[2], own[5] - other[5], z_m, clear.volume.tcoa_s, 0.0, clear.lookahead_s)
        return low > high
    start, end = horizontal(
        TEP, d_m, clear.volume.tau_s, own[0] - other[0], own[1] - other[1], own[3] - other[3], own[4] - other[4],
        clear.lookahead_s,
    )  # fmt: skip
    return start > end


@inner
def _sweep(grid: Grid, own: F64, leg: F64, other: F64, clear: Clear, green_out: I8) -> None:
    """AND into green_out which steps keep own aircraft clear of one other."""
    if _never(grid, own, other, clear):
        return
    if grid.kind != HEIGHT:
        _side(grid, leg, other, clear, -1.0, grid.down, green_out)
        _side(grid, leg, other, clear, 1.0, grid.up, green_out)
        return
    first, last = _telling(grid, own, clear.lookahead_s)
    for k in range(first, last + 1):
        if green_out[k] != 0 and not _height_clear(grid, own, other, clear, grid.low + k * grid.step):
            green_out[k] = 0
    green_out[:first] &= green_out[first]
    green_out[last + 1 :] &= green_out[last]


@inner
def _telling(grid: Grid, own: F64, lookahead_s: float) -> tuple[int, int]:
    """The heights from first to last tell of all: those beyond are not reached in time, so they are like the next."""
    if grid.rate == 0.0:
        return 0, grid.up
    climb, sink = max(grid.speed_mps, own[5]), max(grid.speed_mps, -own[5])
    high_m = own[2] + climb * lookahead_s + climb * climb / grid.rate
    low_m = own[2] - sink * lookahead_s - sink * sink / grid.rate
    first, last = math.floor((low_m - grid.low) / grid.step) - 1, math.ceil((high_m - grid.low) / grid.step) + 1
    return min(max(first, 0), grid.up), max(min(last, grid.up), 0)


@inner
def _clear_of(volumes: F64, i: int, horizon_s: float, recover: Recover, lookahead_s: float) -> Clear:
    volume = Volume(int(volumes[i, 0]), volumes[i, 1], volumes[i, 2], volumes[i, 3], volumes[i, 4])
    return Clear(
        volume, recover.until_s, recover.d_m, recover.z_m, horizon_s, lookahead_s, horizon_s >= recover.until_s
    )


@kernel
def open_steps(
    grid: Grid, own: F64, leg: F64, others: F64, volumes: F64, horizon_s: F64, recover: Recover, lookahead_s: float,
    order: I64, green_out: I8,
) -> bool:
    """Which steps keep own aircraft clear of all others; whether any two neighbours do.

    own (6,) and others (M, 6) x, y, z, vx, vy, vz; leg as `legs` gives it (heights: not looked at); volumes (M, 5)
    shape, D, Z, tau, time to co-altitude; horizon_s (M,) how far ahead each counts; order (M,) int64 in which they are
    looked at: the one that shuts the last way comes to the front of it, since it often is the one the next time.
    green_out (down + up + 1,) int8, the present value at [down]; heights: low + k * step.
    """
    green_out[:] = 1
    for j in range(others.shape[0]):
        i = order[j]
        _sweep(grid, own, leg, others[i], _clear_of(volumes, i, horizon_s[i], recover, lookahead_s), green_out)
        found = False
        for k in range(green_out.shape[0] - 1):
            found = found or (green_out[k] != 0 and green_out[k + 1] != 0)
        if not found:
            for back in range(j, 0, -1):
                order[back] = order[back - 1]
            order[0] = i
            return False
    return True


@kernel
def matters(
    grid: Grid, own: F64, leg: F64, others: F64, volumes: F64, horizon_s: F64, lookahead_s: float, red_out: I8
) -> None:
    """red_out (M,) int8: 1 if some step is not clear of that aircraft; arguments as open_steps."""
    n = grid.down + grid.up + 1
    green = np.empty(n, np.int8)
    for i in range(others.shape[0]):
        red_out[i] = 0
        clear = _clear_of(volumes, i, horizon_s[i], Recover(0.0, 0.0, 0.0), lookahead_s)
        if grid.kind == HEIGHT and _never(grid, own, others[i], clear):
            continue
        green[:] = 1
        if grid.kind == HEIGHT:
            low, high = _telling(grid, own, lookahead_s)
            for k in range(low, high + 1):
                if not _height_clear(grid, own, others[i], clear, grid.low + k * grid.step):
                    red_out[i] = 1
                    break
            continue
        _sweep(grid, own, leg, others[i], clear, green)
        for k in range(n):
            if green[k] == 0:
                red_out[i] = 1
