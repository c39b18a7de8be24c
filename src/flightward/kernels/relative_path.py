"""Mean and covariance of the relative place and velocity of two aircraft at a time, each straight or in a steady turn.

The uncertain numbers of a pair are one normal vector y. Straight: y = (place e, n, u, velocity e, n, u), all of the
other against the own (6). Turning: y = (place e, n, u, climb, own velocity e, n, other velocity e, n), of which the
first four are relative (8): each velocity turns at its own rate. Place and velocity at time t are then linear in y,
B(t) y and D(t) y, so that they are jointly normal at every time, whatever the covariance of y.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from flightward.kernels._jit import inner
from flightward.kernels.turn import arc

F64 = NDArray[np.float64]

STRAIGHT, TURNING = 6, 8
"""Length of y."""
N_MOMENTS = 33
PLACE, SPEED, VAR, CROSS, VAR_V = 0, 3, 6, 15, 24
"""Where stand: mean place (3), mean velocity (3), covariance of the place (3, 3), of place and velocity (3, 3; rows
are the place), of the velocity (3, 3)."""


@inner
def maps(k: int, t_s: float, own_radps: float, other_radps: float, b: F64, d: F64) -> None:
    """Fill B and D, the first k columns of b and d (3, 8)."""
    b[:, :] = 0.0
    d[:, :] = 0.0
    for i in range(3):
        b[i, i] = 1.0
    if k == STRAIGHT:
        for i in range(3):
            b[i, 3 + i] = t_s
            d[i, 3 + i] = 1.0
        return
    b[2, 3], d[2, 3] = t_s, 1.0
    for who in range(2):
        sin, cos, along, across, _, _ = arc(own_radps if who == 0 else other_radps, t_s)
        sign = -1.0 if who == 0 else 1.0
        col = 4 + 2 * who
        b[0, col], b[0, col + 1] = sign * along, sign * across
        b[1, col], b[1, col + 1] = -sign * across, sign * along
        d[0, col], d[0, col + 1] = sign * cos, sign * sin
        d[1, col], d[1, col + 1] = -sign * sin, sign * cos


@inner
def moments(
    k: int, mean: F64, cov: F64, b: F64, d: F64, bc: F64, dc: F64, out: F64
) -> None:
    """Fill out (N_MOMENTS,) from y's mean (8,) and covariance (8, 8); bc and dc (3, 8) become B C and D C."""
    for i in range(3):
        place, speed = 0.0, 0.0
        for j in range(k):
            place += b[i, j] * mean[j]
            speed += d[i, j] * mean[j]
            one, two = 0.0, 0.0
            for m in range(k):
                one += b[i, m] * cov[m, j]
                two += d[i, m] * cov[m, j]
            bc[i, j], dc[i, j] = one, two
        out[PLACE + i], out[SPEED + i] = place, speed
    for i in range(3):
        for j in range(3):
            var, cross, var_v = 0.0, 0.0, 0.0
            for m in range(k):
                var += bc[i, m] * b[j, m]
                cross += bc[i, m] * d[j, m]
                var_v += dc[i, m] * d[j, m]
            out[VAR + 3 * i + j], out[CROSS + 3 * i + j], out[VAR_V + 3 * i + j] = var, cross, var_v


@inner
def factor(cov: F64, k: int, tolerance: float, lower_out: F64) -> bool:
    """Cholesky factor of cov (k, k), which may be singular; False if it is no covariance.

    A pivot within `tolerance` times its variance of 0 counts as 0: what is left of its column is then dropped.
    """
    lower_out[:, :] = 0.0
    for j in range(k):
        pivot = cov[j, j]
        for m in range(j):
            pivot -= lower_out[j, m] * lower_out[j, m]
        if pivot < -tolerance * abs(cov[j, j]) or cov[j, j] < 0.0:
            return False
        if pivot <= tolerance * cov[j, j]:
            continue
        root = math.sqrt(pivot)
        lower_out[j, j] = root
        for i in range(j + 1, k):
            rest = cov[i, j]
            for m in range(j):
                rest -= lower_out[i, m] * lower_out[j, m]
            lower_out[i, j] = rest / root
    return True
