"""One whole look of one sensor at all tracks: what it did not find is held against them at once.

For scans that arrive whole, with one time: no waiting for late reports, no scan time to be known.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from flightward.kernels._jit import inner
from flightward.kernels.tracklife import LifeOptions
from flightward.kernels.trackstate import CONFIRMED, FREE, TrackArrays
from flightward.kernels.visibility import SensorArrays, in_view

CLEAR_SIGMAS = 6.0
HALF_TURN = math.pi / 2.0


@inner
def count_look(
    s: TrackArrays, sensors: SensorArrays, k: int, t_s: float, o: LifeOptions, tally_out: NDArray[np.int64]
) -> None:
    """Count the look of sensor k at t_s, after its reports were used; existence of the missed falls, of all ages.

    tally_out (2,): confirmed tracks in its view (added to), those of them that it hit (added to).
    """
    e0, n0, u0 = sensors.e_m[k], sensors.n_m[k], sensors.u_m[k]
    near2, far2 = sensors.min_range_m[k] ** 2, sensors.max_range_m[k] ** 2
    low, high = sensors.min_elevation_rad[k], sensors.max_elevation_rad[k]
    sin_low, cos_low, sin_high, cos_high = math.sin(low), math.cos(low), math.sin(high), math.cos(high)
    p_d = min(sensors.p_detect[k], 0.98)
    for i in range(s.state.shape[0]):
        if s.state[i] == FREE:
            continue
        if t_s > s.odds_s[i]:
            q = 1.0 / (1.0 + math.exp(s.log_odds[i]))
            q = q + (1.0 - q) * (1.0 - math.exp(-(t_s - s.odds_s[i]) / o.death_s))
            s.log_odds[i] = math.log((1.0 - q) / q)
            s.odds_s[i] = t_s
        is_hit = s.hit_s[i, k] >= t_s
        dt = max(t_s - s.t_s[i], 0.0)
        sigma = math.sqrt(max(s.pm[i, 2, 2] + dt * (2.0 * s.pm[i, 2, 5] + dt * s.pm[i, 5, 5]), 1.0))
        e, n, u = s.xm[i, 0] + dt * s.xm[i, 3], s.xm[i, 1] + dt * s.xm[i, 4], s.xm[i, 2] + dt * s.xm[i, 5]
        d2, dh = (e - e0) ** 2 + (n - n0) ** 2, u - u0
        slant2 = d2 + dh * dh
        # most are clear of both elevation limits by many sigmas: seen without asking how far in angle
        d = math.sqrt(d2)
        over, under = dh * cos_low - d * sin_low, d * sin_high - dh * cos_high
        is_clear = over > CLEAR_SIGMAS * sigma and low > -HALF_TURN and (
            high >= HALF_TURN or under > CLEAR_SIGMAS * sigma
        )
        if o.flat == 1 and (is_clear or low <= -math.pi) and near2 <= slant2 <= far2:
            seen = 1.0
        else:
            seen = in_view(sensors, k, e, n, u, sigma, o.flat)
        if s.state[i] == CONFIRMED and seen > 0.9 and s.log_odds[i] > 3.0:
            tally_out[0] += 1
            if is_hit:
                tally_out[1] += 1
        s.look_s[i, k] = t_s
        if not is_hit:
            s.log_odds[i] += math.log(1.0 - p_d * seen)
