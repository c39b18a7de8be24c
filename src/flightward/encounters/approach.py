"""Closest approach of pairs that fly straight."""

from __future__ import annotations

import dataclasses

import numpy as np

from flightward.kernels import approach as kernels
from flightward.model.batch import F64, I8, Batch, column, f64


@dataclasses.dataclass(frozen=True)
class Approach(Batch):
    """Closest horizontal approach of N pairs within the horizon asked."""

    t_s: F64 = column("f8", "s", "from now; NaN not finite")
    miss_h_m: F64 = column("f8", "m", "horizontal distance then")
    miss_v_m: F64 = column("f8", "m", "vertical distance then")
    status: I8 = column("i1", "", "0 good, 1 a value is not finite")


def closest_approach(relative: F64, horizon_s: float) -> Approach:
    """When and how close N pairs pass, both straight at constant velocity, within `horizon_s` from now.

    relative (N, 6): e, n, u in metres and their rates in m/s, of the one against the other.
    """
    rows = f64(relative).reshape(-1, 6)
    rows = rows.view()
    rows.flags.writeable = False
    n = len(rows)
    t_s, miss_h_m, miss_v_m, status = np.empty(n), np.empty(n), np.empty(n), np.zeros(n, np.int8)
    kernels.approach(rows, float(horizon_s), t_s, miss_h_m, miss_v_m, status)
    return Approach(t_s, miss_h_m, miss_v_m, status)
