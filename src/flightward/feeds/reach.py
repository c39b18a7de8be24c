"""Does an outline on the plane come within a radius of the area's centre."""

from __future__ import annotations

import math

import numpy as np

from flightward.model import F64


def reaches(e_m: F64, n_m: F64, radius_m: float) -> bool:
    """Does a ring come within radius_m of the centre: an edge does, or the centre is inside."""
    if math.isinf(radius_m):
        return True
    e1, n1 = np.roll(e_m, -1), np.roll(n_m, -1)
    de, dn = e1 - e_m, n1 - n_m
    along = np.clip(-(e_m * de + n_m * dn) / np.maximum(de * de + dn * dn, 1e-9), 0.0, 1.0)
    if float(np.hypot(e_m + along * de, n_m + along * dn).min()) <= radius_m:
        return True
    crosses = (n_m > 0.0) != (n1 > 0.0)
    at_e = e_m[crosses] - n_m[crosses] * de[crosses] / dn[crosses]
    return bool(np.count_nonzero(at_e > 0.0) % 2)
