"""One whole look of one sensor at all tracks: what it did not find is held against them at once.

For scans that arrive whole, with one time: no waiting for late reports, no scan time to be known.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from flightward.kernels._jit import kernel
from flightward.kernels.tracklife import LifeOptions
from flightward.kernels.trackstate import CONFIRMED, FREE, TrackArrays
from flightward.kernels.visibility import SensorArrays, in_view


@kernel
def count_look(
    s: TrackArrays, sensors: SensorArrays, k: int, t_s: float, o: LifeOptions, tally_out: NDArray[np.int64]
) -> None:
    """Count the look of sensor k at t_s, after its reports were used; existence of the missed falls, of all ages.

    tally_out (2,): confirmed tracks in its view (added to), those of them that it hit (added to).
    """
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
        u_var = s.pm[i, 2, 2] + dt * (2.0 * s.pm[i, 2, 5] + dt * s.pm[i, 5, 5])
        seen = in_view(
            sensors, k, s.xm[i, 0] + dt * s.xm[i, 3], s.xm[i, 1] + dt * s.xm[i, 4], s.xm[i, 2] + dt * s.xm[i, 5],
            math.sqrt(max(u_var, 1.0)), o.flat,
        )
        if s.state[i] == CONFIRMED and seen > 0.9 and s.log_odds[i] > 3.0:
            tally_out[0] += 1
            if is_hit:
                tally_out[1] += 1
        s.look_s[i, k] = t_s
        if not is_hit:
            s.log_odds[i] += math.log(1.0 - min(sensors.p_detect[k], 0.98) * seen)
