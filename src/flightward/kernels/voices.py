"""Which velocities go with which positions, where an object sends them apart."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from flightward.kernels._jit import kernel

POSITION_S, VELOCITY_S, TOLD_S, VE, VN, CLIMB_S, VU, WIDTH = 0, 1, 2, 3, 4, 5, 6, 7
NEWEST_S, EVERY_S = 2.5, 1.0


@kernel
def voices(
    t_s: NDArray[np.float64], slot: NDArray[np.int64], is_position: NDArray[np.int8], velocity: NDArray[np.float64],
    state: NDArray[np.float64], keep_out: NDArray[np.int8], velocity_out: NDArray[np.float64],
) -> None:
    """Give N messages in order of time the newest velocity of their object, and keep what is worth a row.

    velocity (N, 3) east, north, up, NaN not given; state (A, WIDTH) in and out, NaN where nothing was heard. A
    position takes a velocity up to NEWEST_S old, and likewise a climb, which may come without the rest (with an
    airspeed). A velocity stands alone (keep 2) where no position came for
    NEWEST_S, at most every EVERY_S; else it is kept for the positions (keep 0).
    out: keep_out (N,); velocity_out (N, 3).
    """
    for k in range(len(t_s)):
        s = state[slot[k]]
        if not math.isnan(velocity[k, 0] + velocity[k, 1]):
            s[VELOCITY_S] = t_s[k]
            s[VE], s[VN] = velocity[k, 0], velocity[k, 1]
        if not math.isnan(velocity[k, 2]):
            s[CLIMB_S], s[VU] = t_s[k], velocity[k, 2]
        velocity_out[k] = np.nan
        keep_out[k] = 0
        if t_s[k] - s[VELOCITY_S] <= NEWEST_S:
            velocity_out[k, 0], velocity_out[k, 1] = s[VE], s[VN]
        if t_s[k] - s[CLIMB_S] <= NEWEST_S:
            velocity_out[k, 2] = s[VU]
        if is_position[k]:
            s[POSITION_S] = t_s[k]
            keep_out[k] = 1
        elif s[VELOCITY_S] == t_s[k] and not t_s[k] - s[POSITION_S] <= NEWEST_S and not t_s[k] - s[TOLD_S] < EVERY_S:
            s[TOLD_S] = t_s[k]
            keep_out[k] = 2
