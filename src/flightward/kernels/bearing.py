"""Bearings without range (acoustic, radio, camera) to tracks that exist already; they never start one.

A bearing is used only where it can mean one track alone: the next best must fit clearly worse. It turns the state
across the line of sight and says nothing along it.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from flightward.kernels._jit import kernel
from flightward.kernels.imm import combine, predict, reweigh, update1_one
from flightward.kernels.tracklife import LifeOptions
from flightward.kernels.trackstate import CONFIRMED, TrackArrays
from flightward.kernels.visibility import SensorArrays

GATE_D2 = 9.0
CLEAR_D2 = 6.0
HIT_ODDS = 0.7
REACH = 1.2  # sensors are heard a little beyond their stated range


@kernel
def line(
    x: NDArray[np.float64], lag_s: float, azimuth_rad: float, e_m: float, n_m: float, h: NDArray[np.float64]
) -> tuple[float, float]:
    """Innovation in radians and distance in metres of a plane bearing to a state lag_s ago; gradient into h (6,)."""
    de = x[0] - lag_s * x[3] - e_m
    dn = x[1] - lag_s * x[4] - n_m
    d2 = max(de * de + dn * dn, 1.0)
    h[:] = 0.0
    h[0], h[1] = dn / d2, -de / d2
    h[3], h[4] = -lag_s * h[0], -lag_s * h[1]
    y = azimuth_rad - math.atan2(de, dn)
    return math.atan2(math.sin(y), math.cos(y)), math.sqrt(d2)


@kernel
def bearings(
    s: TrackArrays, sensors: SensorArrays, k: int, azimuth_rad: NDArray[np.float64], var_rad2: float,
    t_s: NDArray[np.float64], o: LifeOptions, slot_out: NDArray[np.int64],
) -> None:
    """M bearings of sensor k. azimuth_rad (M,) clockwise from plane north; t_s (M,); slot_out (M,) slot or -1."""
    h = np.empty(6)
    for j in range(t_s.shape[0]):
        best, best_d2, next_d2 = -1, np.inf, np.inf
        for i in range(s.state.shape[0]):
            if s.state[i] != CONFIRMED or t_s[j] - s.t_s[i] > 60.0:
                continue
            y, d_m = line(s.xm[i], s.t_s[i] - t_s[j], azimuth_rad[j], sensors.e_m[k], sensors.n_m[k], h)
            if d_m > REACH * sensors.max_range_m[k] + 500.0:
                continue
            v = var_rad2
            for a in range(6):
                for b in range(6):
                    v += h[a] * h[b] * s.pm[i, a, b]
            d2 = y * y / v
            if d2 < best_d2:
                best, best_d2, next_d2 = i, d2, best_d2
            elif d2 < next_d2:
                next_d2 = d2
        slot_out[j] = -1
        if best < 0 or best_d2 > GATE_D2 or next_d2 < best_d2 + CLEAR_D2:
            continue
        i = best
        slot_out[j] = i
        if t_s[j] > s.t_s[i]:
            predict(s.x[i], s.p[i], s.mu[i], s.q[i], t_s[j] - s.t_s[i], o.stay_s)
            s.t_s[i] = t_s[j]
        lag = s.t_s[i] - t_s[j]
        ll = np.empty(2)
        for m in range(2):
            y, d_m = line(s.x[i, m], lag, azimuth_rad[j], sensors.e_m[k], sensors.n_m[k], h)
            noise = var_rad2 + s.q[i, m, 0] * lag**3 / 3.0 / (d_m * d_m)
            ll[m] = update1_one(s.x[i, m], s.p[i, m], y, noise, h)
        reweigh(s.mu[i], ll[0], ll[1])
        combine(s.x[i], s.p[i], s.mu[i], s.xm[i], s.pm[i])
        s.hit_s[i, k] = max(s.hit_s[i, k], t_s[j])
        s.log_odds[i] = min(s.log_odds[i] + HIT_ODDS, o.log_odds_max)
