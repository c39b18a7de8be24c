"""The hazard field looked up: at a point and time, and added up along a route."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from flightward.kernels._jit import inner, kernel
from flightward.kernels.hazard_field import FINE

F32 = NDArray[np.float32]
F64 = NDArray[np.float64]
I32 = NDArray[np.int32]
I64 = NDArray[np.int64]


class Field(NamedTuple):
    """The hazard as `hazard_field` leaves it, one row of `row_of` (B, T, rows, columns) per band of heights.

    first, last (rows, columns): steps between which a cell has any hazard in any band. block (C, 4)."""

    e0_m: float
    n0_m: float
    cell_m: float
    t0_s: float
    step_s: float
    row_of: I32
    block: F32
    first: I64
    last: I64


@inner
def at_point(field: Field, band: int, e_m: float, n_m: float, t_s: float) -> float:
    """The hazard of one step at a place and time; 0 outside the field."""
    x, y, z = (e_m - field.e0_m) / field.cell_m, (n_m - field.n0_m) / field.cell_m, (t_s - field.t0_s) / field.step_s
    if x < 0.0 or y < 0.0 or z < 0.0:
        return 0.0
    c, r, step = int(x), int(y), int(z)
    if r >= field.first.shape[0] or c >= field.first.shape[1] or step < field.first[r, c] or step > field.last[r, c]:
        return 0.0
    row = field.row_of[band, step, r, c]
    if row == 0:
        return 0.0
    return float(field.block[row - 1, int((y - r) * FINE) * FINE + int((x - c) * FINE)])


@kernel
def along(
    field: Field, t_s: F64, e_m: F64, n_m: F64, band: I64, every_m: float, every_s: float
) -> float:
    """The hazard that adds up along a route of W points, band (W - 1,) rows of the field by leg: middles of equal
    pieces no longer than every_m and every_s."""
    total = 0.0
    for i in range(t_s.shape[0] - 1):
        dt, de, dn = t_s[i + 1] - t_s[i], e_m[i + 1] - e_m[i], n_m[i + 1] - n_m[i]
        parts = max(1, math.ceil(max(math.hypot(de, dn) / every_m, dt / every_s)))
        here = 0.0
        for x in range(parts):
            share = (x + 0.5) / parts
            here += at_point(field, band[i], e_m[i] + share * de, n_m[i] + share * dn, t_s[i] + share * dt)
        total += here * dt / (parts * field.step_s)
    return total
