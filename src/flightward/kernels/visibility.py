"""Where sensors see: the chance that one look of a sensor detects an object at a place.

Range, elevation limits and, for radio, the horizon of an Earth of 4/3 radius. Elevation is geometric: height over
distance less the drop of the Earth. Near an edge the chance is smooth over the object's own height uncertainty,
so an object that may be under the beam is not held missing.

Source: ITU-R P.834 (effective Earth radius factor 4/3).
"""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from flightward.kernels._jit import inlined, inner, kernel

EARTH_M = 6_371_000.0
RADIO_EARTH_M = EARTH_M * 4.0 / 3.0
CELLS = 64
"""Columns of the learnt table along east and along north, over twice the sensor's range."""
BAND_TOPS_M = (100.0, 250.0, 450.0, 700.0, 1000.0, 1400.0, 2000.0, 3000.0, 5000.0, 8000.0)
"""Height bands of the learnt table: tops above the sensor's own height; the last band is open."""
BANDS = len(BAND_TOPS_M) + 1


def _none(dtype: str, *shape: int) -> NDArray[Any]:
    """A read-only array of nothing: readers compile once, whether or not anything has been learnt."""
    out = np.zeros(shape, dtype=dtype)
    out.setflags(write=False)
    return out


class SensorArrays(NamedTuple):
    """What kernels know of S sensors; every array (S,) float64, flags int8."""

    e_m: NDArray[np.float64]
    n_m: NDArray[np.float64]
    u_m: NDArray[np.float64]
    min_range_m: NDArray[np.float64]
    max_range_m: NDArray[np.float64]
    min_elevation_rad: NDArray[np.float64]
    max_elevation_rad: NDArray[np.float64]
    scan_s: NDArray[np.float64]
    p_detect: NDArray[np.float64]
    clutter: NDArray[np.float64]  # false reports per m range, rad azimuth and rad elevation (or per rad azimuth)
    is_radio: NDArray[np.int8]  # 1: bound by the radio horizon
    is_search: NDArray[np.int8]  # 1: looks everywhere each scan, so that silence says something
    # what has been learnt, read-only; empty: nothing, and p_detect holds everywhere
    p_row: NDArray[np.int64] = _none("i8", 0)  # (S,) row of each sensor in the tables, -1 none
    p_table: NDArray[np.float64] = _none("f8", 0, BANDS, CELLS, CELLS)  # (R, band, north, east) chance per look
    p_cell_m: NDArray[np.float64] = _none("f8", 0)  # (R,) side of a cell


@inlined
def phi(x: float) -> float:
    """The normal distribution function."""
    return 0.5 * math.erfc(-x / math.sqrt(2.0))


@inner
def band_of(above_m: float) -> int:
    """The height band of a height above the sensor."""
    z = 0
    while z < BANDS - 1 and above_m >= BAND_TOPS_M[z]:
        z += 1
    return z


@inlined
def p_at(s: SensorArrays, k: int, e_m: float, n_m: float, u_m: float) -> float:
    """Chance that one look of sensor k detects an object that is in its view at a place: learnt, or the case's."""
    if k >= s.p_row.shape[0] or s.p_row[k] < 0 or not math.isfinite(e_m + n_m + u_m):
        return float(s.p_detect[k])
    r = s.p_row[k]
    x = math.floor((e_m - s.e_m[k]) / s.p_cell_m[r]) + CELLS // 2
    y = math.floor((n_m - s.n_m[k]) / s.p_cell_m[r]) + CELLS // 2
    if x < 0 or y < 0 or x >= CELLS or y >= CELLS:
        return float(s.p_detect[k])
    return float(s.p_table[r, band_of(u_m - s.u_m[k]), y, x])


@inlined
def in_view(s: SensorArrays, k: int, e_m: float, n_m: float, u_m: float, sigma_u_m: float, flat: int) -> float:
    """Chance that a place lies in the coverage of sensor k. flat 1: a flat Earth without a horizon."""
    de, dn = e_m - s.e_m[k], n_m - s.n_m[k]
    d_m = math.hypot(de, dn)
    dh = u_m - s.u_m[k]
    drop = 0.0 if flat == 1 else d_m * d_m / (2.0 * EARTH_M)
    slant_m = math.hypot(d_m, dh - drop)
    if not slant_m <= s.max_range_m[k] or slant_m < s.min_range_m[k]:
        return 0.0
    elevation = math.atan2(dh - drop, d_m)
    width = max(sigma_u_m / max(slant_m, 1.0), 1e-6)
    p = phi((elevation - s.min_elevation_rad[k]) / width) * phi((s.max_elevation_rad[k] - elevation) / width)
    if s.is_radio[k] == 1 and flat == 0:
        # height over the line that grazes the Earth beyond the sensor's own horizon
        own_m = math.sqrt(2.0 * RADIO_EARTH_M * max(s.u_m[k], 0.0))
        beyond_m = max(d_m - own_m, 0.0)
        p *= phi((u_m - beyond_m * beyond_m / (2.0 * RADIO_EARTH_M)) / max(sigma_u_m, 1.0))
    return p


@kernel
def p_seen(
    s: SensorArrays, use: NDArray[np.int8], e_m: NDArray[np.float64], n_m: NDArray[np.float64],
    u_m: NDArray[np.float64], sigma_u_m: float, flat: int, p_out: NDArray[np.float64],
) -> None:
    """Chance per look that at least one of the sensors with use[k] = 1 detects an object at each of N places.

    e_m, n_m, u_m (N,) metres; p_out (N,), NaN where the place is not finite.
    """
    for i in range(e_m.shape[0]):
        if not (math.isfinite(e_m[i]) and math.isfinite(n_m[i]) and math.isfinite(u_m[i])):
            p_out[i] = np.nan
            continue
        miss = 1.0
        for k in range(s.e_m.shape[0]):
            if use[k] == 1:
                seen = in_view(s, k, e_m[i], n_m[i], u_m[i], sigma_u_m, flat)
                if seen > 0.0:
                    miss *= 1.0 - p_at(s, k, e_m[i], n_m[i], u_m[i]) * seen
        p_out[i] = 1.0 - miss
