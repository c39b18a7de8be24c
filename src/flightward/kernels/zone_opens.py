"""When drones first come near places, draw by draw: what may bring a declared zone to open."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from flightward.kernels._jit import kernel
from flightward.kernels.drone_intervals import Drones
from flightward.kernels.intervals import disc

F64 = NDArray[np.float64]


@kernel
def first_near(e_m: F64, n_m: F64, reach_m: F64, drones: Drones, first_s_out: F64) -> None:
    """First time from now on that a drone is within reach of each of Z places, in each of K draws.

    e_m, n_m (Z,) float64; reach_m (K, Z); first_s_out (K, Z): seconds from now, +inf never. Heights do not count.
    """
    first_s_out[:] = np.inf
    knot_s = drones.knot_s
    for z in range(e_m.shape[0]):
        furthest = reach_m[:, z].max()
        for m in range(drones.box_m.shape[0]):
            for h in range(knot_s.shape[0] - 1):
                box = drones.box_m[m, h]
                de = max(max(box[0] - e_m[z], e_m[z] - box[3]), 0.0)
                dn = max(max(box[1] - n_m[z], n_m[z] - box[4]), 0.0)
                if knot_s[h + 1] < 0.0 or de * de + dn * dn > furthest * furthest:
                    continue
                per_s = 1.0 / (knot_s[h + 1] - knot_s[h])
                for k in range(first_s_out.shape[0]):
                    a, b = max(knot_s[h], 0.0), min(knot_s[h + 1], drones.lost_s[k, m])
                    if drones.present[k, m] != 1 or a > b or first_s_out[k, z] <= a:
                        continue
                    e0, n0 = drones.e_m[k, m, h], drones.n_m[k, m, h]
                    ve, vn = (drones.e_m[k, m, h + 1] - e0) * per_s, (drones.n_m[k, m, h + 1] - n0) * per_s
                    x = a - knot_s[h]
                    lo, hi = disc(e0 + x * ve - e_m[z], n0 + x * vn - n_m[z], ve, vn, reach_m[k, z], b - a)
                    if lo <= hi:
                        first_s_out[k, z] = min(first_s_out[k, z], a + lo)
