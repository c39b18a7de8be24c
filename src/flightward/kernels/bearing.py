"""A bearing (and an elevation, where one is measured) as a measurement of a track, and its use the moment it comes.

A bearing turns a state across the line of sight and says nothing along it. Where the state is wide against its
distance the angle is not linear in it: the second-order terms of the prediction are added, a shift and a variance.
A bearing that can mean one track only, and that one kept by a radar or by its own messages, is used at once; all
others wait for the rest of their scan (earshot.py).

Source: Bar-Shalom, Li, Kirubarajan, Estimation with Applications to Tracking and Navigation (2001), 10.3 (second-order
filter); probabilistic data association for one linear measurement, 6.4 in Bar-Shalom, Li (1995).
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from flightward.kernels._jit import inner, kernel
from flightward.kernels.imm import combine, predict, reweigh, update1_one
from flightward.kernels.tracklife import LifeOptions, was_hit
from flightward.kernels.trackstate import CONFIRMED, FREE, TrackArrays
from flightward.kernels.visibility import EARTH_M, SensorArrays

GATE_D2 = 9.0
CLEAR_D2 = 6.0
HIT_ODDS = 0.7
REACH = 1.2  # sensors are heard a little beyond their stated range
FED_S = 15.0
"""A track that a radar or its own messages fed within this is not turned by shared bearings; it only explains them."""
RIVAL_LOG_ODDS = -1.5
"""A tentative track that exists with at least this makes a bearing ambiguous."""
SHARP = 4.0
"""A bearing is used at once only on a track whose own bearing is known to this many of its sigmas."""


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
def bend(x: NDArray[np.float64], p: NDArray[np.float64], lag_s: float, e_m: float, n_m: float) -> tuple[float, float]:
    """Second-order shift (rad, to be added to the innovation) and variance (rad2) of a predicted bearing."""
    de = x[0] - lag_s * x[3] - e_m
    dn = x[1] - lag_s * x[4] - n_m
    d2 = max(de * de + dn * dn, 1.0)
    p00 = p[0, 0] - 2.0 * lag_s * p[0, 3] + lag_s * lag_s * p[3, 3]
    p11 = p[1, 1] - 2.0 * lag_s * p[1, 4] + lag_s * lag_s * p[4, 4]
    p01 = p[0, 1] - lag_s * (p[0, 4] + p[1, 3]) + lag_s * lag_s * p[3, 4]
    along = (de * de * p00 + 2.0 * de * dn * p01 + dn * dn * p11) / d2
    across = (dn * dn * p00 - 2.0 * de * dn * p01 + de * de * p11) / d2
    both = (de * dn * (p00 - p11) + (dn * dn - de * de) * p01) / d2
    return both / d2, (along * across + both * both) / (d2 * d2)


@kernel
def rise(
    x: NDArray[np.float64], lag_s: float, elevation_rad: float, e_m: float, n_m: float, u_m: float, flat: int,
    h: NDArray[np.float64],
) -> float:
    """Innovation in radians of an elevation to a state lag_s ago; gradient into h (6,)."""
    de = x[0] - lag_s * x[3] - e_m
    dn = x[1] - lag_s * x[4] - n_m
    d = max(math.hypot(de, dn), 1.0)
    du = x[2] - lag_s * x[5] - u_m - (0.0 if flat == 1 else d * d / (2.0 * EARTH_M))
    s2 = d * d + du * du
    h[0], h[1], h[2] = -du * de / (d * s2), -du * dn / (d * s2), d / s2
    h[3], h[4], h[5] = -lag_s * h[0], -lag_s * h[1], -lag_s * h[2]
    return elevation_rad - math.atan2(du, d)


@kernel
def level_variance(p: NDArray[np.float64], lag_s: float, h_e: float, h_n: float) -> float:
    """h P h' of a gradient by the level position lag_s ago alone."""
    p00 = p[0, 0] - 2.0 * lag_s * p[0, 3] + lag_s * lag_s * p[3, 3]
    p11 = p[1, 1] - 2.0 * lag_s * p[1, 4] + lag_s * lag_s * p[4, 4]
    p01 = p[0, 1] - lag_s * (p[0, 4] + p[1, 3]) + lag_s * lag_s * p[3, 4]
    return float(h_e * h_e * p00 + 2.0 * h_e * h_n * p01 + h_n * h_n * p11)


@kernel
def variance(p: NDArray[np.float64], h: NDArray[np.float64]) -> float:
    """h P h' over the six of position and velocity."""
    v = 0.0
    for a in range(6):
        for b in range(6):
            v += h[a] * h[b] * p[a, b]
    return v


@kernel
def weighed_angle(
    x: NDArray[np.float64], p: NDArray[np.float64], h: NDArray[np.float64], var: float, share: float, mean: float,
    square: float,
) -> None:
    """One model by several candidates of one angle, in place.

    share: their probabilities' sum; mean and square: sums of probability times innovation, and times its square.
    """
    n = x.shape[0]
    ph = np.empty(n)
    v = var
    for a in range(n):
        ph[a] = 0.0
        for b in range(6):
            ph[a] += p[a, b] * h[b]
        v += ph[a] * h[a] if a < 6 else 0.0
    less = share / v - max(square - mean * mean, 0.0) / (v * v)
    for a in range(n):
        x[a] += ph[a] / v * mean
        for b in range(a, n):
            p[a, b] -= less * ph[a] * ph[b]
            p[b, a] = p[a, b]


@inner
def note_heard(s: TrackArrays, i: int, k: int, t_s: float, scan_s: float) -> None:
    """Remember that sensor k heard slot i at t_s; a tentative track gathers no reports by that."""
    if s.hit_s[i, k] < -1e17:
        s.bits[i, k], s.hit_s[i, k] = 1, t_s
    else:
        back = round((t_s - s.hit_s[i, k]) / scan_s)
        if back > 0:
            s.bits[i, k] = ((s.bits[i, k] << np.int64(back)) | 1) if back < 62 else 1
            s.hit_s[i, k] = t_s
        elif back > -62:
            s.bits[i, k] |= np.int64(1) << np.int64(-back)
    s.heard_s[i] = max(s.heard_s[i], t_s)
    if s.state[i] == CONFIRMED:
        s.n_reports[i] += 1


@inner
def update_bearing(
    s: TrackArrays, i: int, sensors: SensorArrays, k: int, azimuth_rad: float, var_rad2: float, elevation_rad: float,
    var_elevation_rad2: float, t_s: float, o: LifeOptions,
) -> None:
    """Both models of slot i by one plane bearing of sensor k, and by its elevation unless that is NaN."""
    h = np.empty(6)
    if t_s > s.t_s[i]:
        predict(s.x[i], s.p[i], s.mu[i], s.q[i], t_s - s.t_s[i], o.stay_s)
        s.t_s[i] = t_s
    lag = s.t_s[i] - t_s
    ll = np.full(2, -np.inf)
    for m in range(2 if s.mu[i, 1] > 0.0 else 1):
        shift, extra = bend(s.x[i, m], s.p[i, m], lag, sensors.e_m[k], sensors.n_m[k])
        y, d_m = line(s.x[i, m], lag, azimuth_rad, sensors.e_m[k], sensors.n_m[k], h)
        noise = var_rad2 + extra + s.q[i, m, 0] * lag**3 / 3.0 / (d_m * d_m)
        ll[m] = update1_one(s.x[i, m], s.p[i, m], y + shift, noise, h)
        if elevation_rad == elevation_rad:
            y = rise(s.x[i, m], lag, elevation_rad, sensors.e_m[k], sensors.n_m[k], sensors.u_m[k], o.flat, h)
            ll[m] += update1_one(s.x[i, m], s.p[i, m], y, var_elevation_rad2, h)
    reweigh(s.mu[i], ll[0], ll[1])
    combine(s.x[i], s.p[i], s.mu[i], s.xm[i], s.pm[i])


@inner
def is_fed(s: TrackArrays, i: int, sensors: SensorArrays, t_s: float) -> bool:
    """Whether slot i is kept by a radar, or names itself."""
    if s.ident[i] >= 0:
        return True
    newest = -np.inf
    for k in range(sensors.e_m.shape[0]):
        if sensors.is_search[k] == 1:
            newest = max(newest, s.hit_s[i, k])
    return bool(newest > t_s - FED_S)


@kernel
def bearings(
    s: TrackArrays, sensors: SensorArrays, k: int, azimuth_rad: NDArray[np.float64], var_rad2: float,
    elevation_rad: NDArray[np.float64], var_elevation_rad2: float, t_s: NDArray[np.float64], o: LifeOptions,
    slot_out: NDArray[np.int64],
) -> None:
    """M bearings of sensor k, each used if it can mean one confirmed track alone that a radar or its own messages keep.

    azimuth_rad (M,) clockwise from plane north; elevation_rad (M,) or NaN; t_s (M,); slot_out (M,) slot, or -1: not
    used.
    """
    h = np.empty(6)
    for j in range(t_s.shape[0]):
        best, best_d2, next_d2, sharp = -1, np.inf, np.inf, False
        for i in range(s.state.shape[0]):
            if s.state[i] == FREE or (s.state[i] != CONFIRMED and s.wait_s[i] <= 0.0):
                continue
            if t_s[j] - s.t_s[i] > 60.0 or (s.state[i] != CONFIRMED and s.log_odds[i] < RIVAL_LOG_ODDS):
                continue
            lag = s.t_s[i] - t_s[j]
            y, d_m = line(s.xm[i], lag, azimuth_rad[j], sensors.e_m[k], sensors.n_m[k], h)
            if d_m > REACH * sensors.max_range_m[k] + 500.0:
                continue
            _, extra = bend(s.xm[i], s.pm[i], lag, sensors.e_m[k], sensors.n_m[k])
            own = variance(s.pm[i], h) + extra
            d2 = y * y / (var_rad2 + own)
            if d2 < best_d2:
                next_d2 = best_d2
                best, best_d2 = i, d2
                sharp = own < SHARP * SHARP * var_rad2
            elif d2 < next_d2:
                next_d2 = d2
        slot_out[j] = -1
        if best < 0 or best_d2 > GATE_D2 or next_d2 < best_d2 + CLEAR_D2 or s.state[best] != CONFIRMED or not sharp:
            continue
        if not is_fed(s, best, sensors, t_s[j]) or was_hit(s, best, k, t_s[j], sensors.scan_s[k]):
            continue
        slot_out[j] = best
        update_bearing(
            s, best, sensors, k, azimuth_rad[j], var_rad2, elevation_rad[j], var_elevation_rad2, t_s[j], o
        )
        note_heard(s, best, k, t_s[j], sensors.scan_s[k])
        s.log_odds[best] = min(s.log_odds[best] + HIT_ODDS, o.log_odds_max)
