"""How far N pairs of straight movers pass each other: at closest approach, and within a lookahead."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from flightward.kernels._jit import inner, kernel
from flightward.kernels.wellclear import GOOD, NOT_FINITE, Pairs, usable

F64 = NDArray[np.float64]
I8 = NDArray[np.int8]


@inner
def _least_vertical(sz_m: float, vz_mps: float, lookahead_s: float) -> float:
    """The smallest vertical distance within the lookahead."""
    if sz_m * vz_mps >= 0.0:
        return abs(sz_m)
    return 0.0 if -sz_m / vz_mps <= lookahead_s else abs(sz_m + lookahead_s * vz_mps)


@kernel
def misses(
    p: Pairs, lookahead_s: float, d_m: float,
    tcpa_s_out: F64, dcpa_h_m_out: F64, vsep_m_out: F64, hmd_m_out: F64, vmd_m_out: F64, tcoa_s_out: F64,
    taumod_s_out: F64, status_out: I8,
) -> None:
    """Miss distances of N pairs; every output (N,).

    tcpa_s_out      time of the closest horizontal approach, not before now; NaN if the horizontal velocities are equal
    dcpa_h_m_out    horizontal distance then, NaN likewise      vsep_m_out   vertical distance then (now, if NaN)
    hmd_m_out       smallest horizontal distance within [0, lookahead_s], vmd_m_out the smallest vertical one
    tcoa_s_out      time of equal height, before now if diverging; NaN if the vertical velocities are equal
    taumod_s_out    modified tau for distance d_m, -1 within it or not closing
    status_out      int8: 0 good, 1 not finite (row NaN)
    """
    for i in range(p.ox_m.shape[0]):
        if not usable(p, i):
            status_out[i] = NOT_FINITE
            tcpa_s_out[i] = dcpa_h_m_out[i] = vsep_m_out[i] = hmd_m_out[i] = np.nan
            vmd_m_out[i] = tcoa_s_out[i] = taumod_s_out[i] = np.nan
            continue
        status_out[i] = GOOD
        sx, sy, sz = p.ox_m[i] - p.ix_m[i], p.oy_m[i] - p.iy_m[i], p.oz_m[i] - p.iz_m[i]
        vx, vy, vz = p.ovx_mps[i] - p.ivx_mps[i], p.ovy_mps[i] - p.ivy_mps[i], p.ovz_mps[i] - p.ivz_mps[i]
        a, b, s2 = vx * vx + vy * vy, sx * vx + sy * vy, sx * sx + sy * sy
        moving = vx != 0.0 or vy != 0.0
        tcpa = max(0.0, -b / a) if moving and a > 0.0 else 0.0
        tcpa_s_out[i] = tcpa if moving else np.nan
        dcpa = math.sqrt(s2)
        if tcpa > 0.0:
            x, y = sx + tcpa * vx, sy + tcpa * vy
            dcpa = math.sqrt(x * x + y * y)
        dcpa_h_m_out[i] = dcpa if moving else np.nan
        vsep_m_out[i] = abs(sz + tcpa * vz)
        t = min(tcpa, lookahead_s)
        x, y = sx + t * vx, sy + t * vy
        hmd_m_out[i] = math.sqrt(x * x + y * y)
        vmd_m_out[i] = _least_vertical(sz, vz, lookahead_s)
        tcoa_s_out[i] = np.nan if vz == 0.0 else 0.0 if sz == 0.0 else -sz / vz
        taumod_s_out[i] = (d_m * d_m - s2) / b if b < 0.0 and s2 > d_m * d_m else -1.0
