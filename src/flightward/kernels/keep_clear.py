"""What own aircraft keeps clear of while it manoeuvres: a volume, or on the way back to it a cylinder first.

RTCA DO-365 guidance; docs/design/bands.md.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from flightward.kernels._jit import inner
from flightward.kernels.wellclear import CYLINDER, Volume, closed_interval, near_equal, open_cylinder

F64 = NDArray[np.float64]

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
    asks_volume: bool  # False: no step can be in the volume when it counts
    asks_cylinder: bool  # False: no step can be in the cylinder when it counts


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
def meets(volume: Volume, s: State, other: F64, from_s: float, to_s: float) -> bool:
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
def unclear(clear: Clear, s: State, other: F64, to_s: float) -> bool:
    """Straight on from s own aircraft is not clear at some time until to_s."""
    if clear.asks_volume and meets(clear.volume, s, other, max(s.t_s, clear.recover_s), to_s):
        return True
    if not clear.asks_cylinder:
        return False
    cylinder = Volume(CYLINDER, clear.cylinder_d_m, clear.cylinder_z_m, 0.0, 0.0)
    end = min(to_s, clear.recover_s) if clear.use_volume else to_s
    return clear.recover_s > s.t_s and meets(cylinder, s, other, s.t_s, end)


@inner
def leg_unclear(clear: Clear, s: State, other: F64, to_s: float) -> bool:
    """The short leg of one step is not clear: judged by what counts at its begin, over all of it."""
    if clear.asks_volume and s.t_s >= clear.recover_s and meets(clear.volume, s, other, s.t_s, to_s):
        return True
    if not clear.asks_cylinder:
        return False
    cylinder = Volume(CYLINDER, clear.cylinder_d_m, clear.cylinder_z_m, 0.0, 0.0)
    return s.t_s <= clear.recover_s and meets(cylinder, s, other, s.t_s, to_s)


@inner
def is_in(clear: Clear, s: State, other: F64) -> bool:
    """Own aircraft is in the volume (before recover_s: in the cylinder) at this very moment."""
    sx, sy = s.x_m - (other[0] + s.t_s * other[3]), s.y_m - (other[1] + s.t_s * other[4])
    sz = s.z_m - (other[2] + s.t_s * other[5])
    vx, vy, vz = s.vx_mps - other[3], s.vy_mps - other[4], s.vz_mps - other[5]
    s2, a, b = sx * sx + sy * sy, vx * vx + vy * vy, sx * vx + sy * vy
    in_cylinder = s2 < clear.cylinder_d_m**2 and abs(sz) < clear.cylinder_z_m
    if clear.asks_cylinder and s.t_s <= clear.recover_s and in_cylinder:
        return True
    v = clear.volume
    if not clear.asks_volume or s.t_s < clear.recover_s:
        return False
    if v.shape == CYLINDER:
        return bool(s2 < v.d_m * v.d_m and abs(sz) < v.z_m)
    if not (abs(sz) <= v.z_m or (sz * vz < 0.0 and -sz / vz <= v.tcoa_s)):
        return False
    if s2 <= v.d_m * v.d_m:
        return True
    cross = sx * vy - sy * vx
    return bool(b < 0.0 and cross * cross <= v.d_m * v.d_m * a and (v.d_m * v.d_m - s2) / b <= v.tau_s)
