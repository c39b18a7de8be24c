"""Own manoeuvres against straight traffic: which headings, speeds, vertical speeds and heights stay well clear.

A sweep steps own aircraft through a manoeuvre (turn, speed up, climb) and asks at each step whether flying straight on
from there stays clear; it is over at the first step whose own short leg is in violation: what lies behind that cannot
be reached in safety. Heights are flown to: accelerate to the climb rate, hold, capture. RTCA DO-365 guidance; Munoz et
al., "DAIDALUS: Detect and Avoid Alerting Logic for Unmanned Systems"; docs/design/encounters.md.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from flightward.kernels._jit import inner, kernel
from flightward.kernels.heights import above_or_below, height_clear, profile, telling
from flightward.kernels.keep_clear import (
    HEADING,
    HEIGHT,
    MARGIN,
    MARGIN_M,
    SPEED,
    Clear,
    Grid,
    Recover,
    State,
    leg_unclear,
    unclear,
)
from flightward.kernels.wellclear import TEP, Volume, horizontal, vertical

F64 = NDArray[np.float64]
I8 = NDArray[np.int8]
I64 = NDArray[np.int64]


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
    """Own state after each step of a manoeuvre; of heights, how each is flown to.

    state_out (down + up + 1, 7) float64: t, x, y, z, vx, vy, vz; the present one at [down]. Heights: until when the
    rate changes, is held and changes back, the rate, what is climbed in the first part, 1 up or -1 down, the height.
    """
    for at in range(state_out.shape[0]):
        if grid.kind == HEIGHT:
            profile(grid, own, grid.low + at * grid.step, state_out[at])
            continue
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
        if not red and unclear(clear, s, other, min(clear.lookahead_s, clear.horizon_s + s.t_s)):
            green_out[at], red = 0, True
        # else the leg is part of what was just found clear, unless the recovery time is on it
        looks = red or s.t_s <= clear.recover_s < s.t_s + grid.step_s
        looks = looks and grid.step_s > 0.0 and s.t_s < clear.lookahead_s
        if looks and leg_unclear(clear, s, other, s.t_s + grid.step_s):
            for j in range(k, n + 1):
                green_out[grid.down + way * j] = 0
            return


@inner
def _turns_clear(own: F64, other: F64, d_m: float, until_s: float) -> bool:
    """However own aircraft turns, at its speed it is not within d_m of the other until then."""
    x, y, vx, vy = own[0] - other[0], own[1] - other[1], other[3], other[4]
    speed2 = own[3] * own[3] + own[4] * own[4]
    # distance to where own aircraft is now, against d_m and what it can have flown: a quadratic in time
    a = vx * vx + vy * vy - speed2
    b = -(x * vx + y * vy) - d_m * math.sqrt(speed2)
    c = x * x + y * y - d_m * d_m
    least = c
    if a > 0.0 and 0.0 < -b < a * until_s:
        least = c - b * b / a
    return bool(min(least, c + until_s * (2.0 * b + until_s * a)) > 1e-6 * (x * x + y * y))


@inner
def _window(grid: Grid, own: F64, other: F64, d_m: float, z_m: float, tau_s: float, tcoa_s: float, end_s: float,
            ) -> tuple[float, float]:
    """When the dimension that the manoeuvre leaves as it is lies within these sizes; (1, 0) never."""
    if grid.kind == HEADING or grid.kind == SPEED:
        return vertical(own[2] - other[2], own[5] - other[5], z_m * MARGIN + MARGIN_M, tcoa_s, 0.0, end_s)
    return horizontal(
        TEP, d_m * MARGIN + MARGIN_M, tau_s, own[0] - other[0], own[1] - other[1], own[3] - other[3],
        own[4] - other[4], end_s,
    )  # fmt: skip


@inner
def _narrowed(grid: Grid, own: F64, other: F64, clear: Clear) -> tuple[Clear, float, float]:
    """What of `clear` can matter at all, and when: the manoeuvre leaves one of the two dimensions as it is."""
    end_s = clear.lookahead_s + grid.step_s  # the last short leg may end behind the lookahead
    volume, from_s, to_s = clear.volume, 1.0, 0.0
    asks_volume = asks_cylinder = False
    if clear.use_volume:
        low, high = _window(grid, own, other, volume.d_m, volume.z_m, volume.tau_s, volume.tcoa_s, end_s)
        asks_volume = low <= high and high >= clear.recover_s - MARGIN_M
        from_s, to_s = low, high
    if clear.recover_s > 0.0:
        until_s = min(end_s, clear.recover_s + grid.step_s) if clear.use_volume else end_s
        low, high = _window(grid, own, other, clear.cylinder_d_m, clear.cylinder_z_m, 0.0, 0.0, until_s)
        asks_cylinder = low <= high
        if asks_cylinder:
            from_s, to_s = (min(from_s, low), max(to_s, high)) if asks_volume else (low, high)
    if grid.kind == HEADING and (asks_volume or asks_cylinder):
        d_m = max(volume.d_m, clear.cylinder_d_m) * MARGIN + MARGIN_M
        if _turns_clear(own, other, d_m, end_s + volume.tau_s):
            asks_volume = asks_cylinder = False
    narrowed = Clear(
        volume, clear.recover_s, clear.cylinder_d_m, clear.cylinder_z_m, clear.horizon_s, clear.lookahead_s,
        clear.use_volume, asks_volume, asks_cylinder,
    )  # fmt: skip
    return narrowed, from_s, to_s


@inner
def _sweep(grid: Grid, own: F64, leg: F64, other: F64, whole: Clear, green_out: I8) -> None:
    """AND into green_out which steps keep own aircraft clear of one other."""
    clear, from_s, to_s = _narrowed(grid, own, other, whole)
    if not (clear.asks_volume or clear.asks_cylinder):
        return
    if grid.kind != HEIGHT:
        _side(grid, leg, other, clear, -1.0, grid.down, green_out)
        _side(grid, leg, other, clear, 1.0, grid.up, green_out)
        return
    first, last = telling(grid, own, clear.lookahead_s)
    for k in range(first, last + 1):
        if green_out[k] == 0 or above_or_below(grid, own, leg[k], other, clear, from_s, to_s):
            continue
        if not height_clear(grid, own, leg[k], other, clear):
            green_out[k] = 0
    green_out[:first] &= green_out[first]
    green_out[last + 1 :] &= green_out[last]


@inner
def _any_red(grid: Grid, own: F64, leg: F64, other: F64, whole: Clear) -> bool:
    """Some step is not clear of one other."""
    clear, from_s, to_s = _narrowed(grid, own, other, whole)
    if not (clear.asks_volume or clear.asks_cylinder):
        return False
    if grid.kind == HEIGHT:
        low, high = telling(grid, own, clear.lookahead_s)
        for k in range(low, high + 1):
            if not (
                above_or_below(grid, own, leg[k], other, clear, from_s, to_s)
                or height_clear(grid, own, leg[k], other, clear)
            ):
                return True
        return False
    for k in range(leg.shape[0]):
        # the present one first, then to both sides
        at = grid.down + ((k + 1) // 2 if k % 2 else -(k // 2)) if k <= 2 * min(grid.down, grid.up) else (
            k if grid.up > grid.down else leg.shape[0] - 1 - k
        )
        s = State(leg[at, 0], leg[at, 1], leg[at, 2], leg[at, 3], leg[at, 4], leg[at, 5], leg[at, 6])
        if unclear(clear, s, other, min(clear.lookahead_s, clear.horizon_s + s.t_s)):
            return True
    return False


@inner
def _clear_of(volumes: F64, i: int, horizon_s: float, recover: Recover, lookahead_s: float) -> Clear:
    volume = Volume(int(volumes[i, 0]), volumes[i, 1], volumes[i, 2], volumes[i, 3], volumes[i, 4])
    return Clear(
        volume, recover.until_s, recover.d_m, recover.z_m, horizon_s, lookahead_s, horizon_s >= recover.until_s,
        True, True,
    )  # fmt: skip


@kernel
def open_steps(
    grid: Grid, own: F64, leg: F64, others: F64, volumes: F64, horizon_s: F64, recover: Recover, lookahead_s: float,
    order: I64, green_out: I8,
) -> bool:
    """Which steps keep own aircraft clear of all others; whether any two neighbours do.

    own (6,) and others (M, 6) x, y, z, vx, vy, vz; leg as `legs` gives it; volumes (M, 5)
    shape, D, Z, tau, time to co-altitude; horizon_s (M,) how far ahead each counts; order (M,) int64 in which they are
    looked at: the one that shuts the last way comes to the front of it, since it often is the one the next time.
    green_out (down + up + 1,) int8, the present value at [down], heights low + k * step: 1 before where it is asked.
    A step's answer hangs on those between it and the present value too: they must be asked with it. Heights out of
    reach are as the nearest one within reach.
    """
    for j in range(others.shape[0]):
        i = order[j]
        _sweep(grid, own, leg, others[i], _clear_of(volumes, i, horizon_s[i], recover, lookahead_s), green_out)
        if not _any_pair(green_out):
            for back in range(j, 0, -1):
                order[back] = order[back - 1]
            order[0] = i
            return False
    return _any_pair(green_out)


@inner
def _any_pair(green: I8) -> bool:
    """Two neighbouring steps are open."""
    found = False
    for k in range(green.shape[0] - 1):
        found = found or (green[k] != 0 and green[k + 1] != 0)
    return found


@kernel
def matters(
    grid: Grid, own: F64, leg: F64, others: F64, volumes: F64, horizon_s: F64, lookahead_s: float, red_out: I8
) -> None:
    """red_out (M,) int8: 1 if some step is not clear of that aircraft; what is 1 before is not asked.

    Arguments as open_steps.
    """
    for i in range(others.shape[0]):
        if red_out[i] == 0:
            clear = _clear_of(volumes, i, horizon_s[i], Recover(0.0, 0.0, 0.0), lookahead_s)
            red_out[i] = _any_red(grid, own, leg, others[i], clear)
