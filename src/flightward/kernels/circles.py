"""Which drones fly in circles, about what, and how fast: seen on the trail that each has left."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from flightward.kernels._jit import kernel
from flightward.kernels.guides import Trails

ARC_RAD = 4.7
"""Three quarters of a lap within LAP_SAMPLES: a turn at a bend is less, a detour turns back."""
LAP_SAMPLES = 80
PATIENCE = 8
"""Samples without turning on in the same sense that end an arc: a racetrack's straights are shorter."""


@kernel
def find_circles(
    slot: NDArray[np.int64], e_m: NDArray[np.float64], n_m: NDArray[np.float64], trails: Trails,
    hold_out: NDArray[np.float64],
) -> None:
    """For each of N drones: where it circles about, from where it is, how fast, and its course before.

    slot (N,) is the drone's row in `trails`, or below 0.
    hold_out (N, 5): e, n in metres, radians a second (clockwise, 0: it does not circle), unit e, n of the course
    """
    width = trails.e_m.shape[1]
    for i in range(slot.shape[0]):
        hold_out[i, :] = 0.0
        j = slot[i]
        if j < 0 or trails.newest[j] > 0:
            continue
        size = min(trails.oldest[j], width) - 1
        total = most = e = n = 0.0
        idle = 0
        before = np.nan
        for a in range(min(size, LAP_SAMPLES)):
            c, b = (trails.last - a) % width, (trails.last - a - 1) % width
            de, dn = trails.e_m[j, c] - trails.e_m[j, b], trails.n_m[j, c] - trails.n_m[j, b]
            course = np.arctan2(de, dn)
            if not np.isnan(before):
                total += (before - course + np.pi) % (2.0 * np.pi) - np.pi
            before = course
            e += trails.e_m[j, c]
            n += trails.n_m[j, c]
            idle += 1
            if abs(total) > abs(most) + 0.05:
                most = total
                idle = 0
            if idle > PATIENCE:
                break
            if abs(total) >= ARC_RAD and (abs(total) >= 2.0 * np.pi or a + 1 == min(size, LAP_SAMPLES)):
                break
        if abs(total) >= ARC_RAD:
            count = a + 1
            hold_out[i, 0], hold_out[i, 1] = e / count - e_m[i], n / count - n_m[i]
            hold_out[i, 2] = total / (count * trails.sample_s)
            hold_out[i, 3], hold_out[i, 4] = np.sin(before), np.cos(before)
