"""Flights against the hostile drones of this second: inside the cylinders now, and the next minutes straight on."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from flightward.kernels._jit import inner, kernel
from flightward.kernels.intervals import closest, cylinder

F64 = NDArray[np.float64]
I64 = NDArray[np.int64]


class NearLimits(NamedTuple):
    """The cylinders, the lookahead, and how fast the error of straight flight grows."""

    caught_n: int
    raid_radius_m: float
    raid_height_m: float
    lone_radius_m: float
    lone_height_m: float
    lookahead_s: float
    growth_mps: float


@kernel
def at_least(count_p: F64, n_rows: int, least: int) -> float:
    """Probability that at least `least` of the first n_rows independent events happen (each with count_p[i])."""
    if least <= 0:
        return 1.0
    # fewer[j]: probability of exactly j so far, j < least
    fewer = np.zeros(least)
    fewer[0] = 1.0
    for i in range(n_rows):
        p = count_p[i]
        for j in range(least - 1, 0, -1):
            fewer[j] = fewer[j] * (1.0 - p) + fewer[j - 1] * p
        fewer[0] *= 1.0 - p
    return float(max(0.0, 1.0 - fewer.sum()))


@inner
def _within(distance_m: float, limit_m: float, sigma_m: float) -> float:
    """Chance that a distance with this error is below the limit."""
    return 0.5 * math.erfc((distance_m - limit_m) / (max(sigma_m, 1.0) * math.sqrt(2.0)))


@kernel
def near(
    flight: F64, drone: F64, weight: F64, sigma: F64, lim: NearLimits,
    now_out: F64, soon_out: F64, drone_out: I64,
) -> None:
    """F flights against M drones.

    flight (F, 6), drone (M, 6) e, n, u, ve, vn, vu; weight (M,) chance that it is there and hostile; sigma (M, 2)
    1 sigma horizontal and vertical, metres.
    now_out (F, 3): chance of caught_n in the raid cylinder now, expected number in it, chance of one in the lone one.
    soon_out (F, 4): chance that one comes into the lone cylinder within the lookahead, seconds to that, horizontal
    and vertical miss of the nearest. drone_out (F,): row of that drone, -1 none. A flight without a place has NaN.
    """
    inside = np.empty(drone.shape[0])
    for f in range(flight.shape[0]):
        now_out[f, :] = np.nan
        soon_out[f, :] = np.nan
        drone_out[f] = -1
        if not (math.isfinite(flight[f, 0]) and math.isfinite(flight[f, 1]) and math.isfinite(flight[f, 2])):
            continue
        count, expected, none_lone, best, nearest = 0, 0.0, 1.0, 0.0, np.inf
        t_best = np.nan
        for m in range(drone.shape[0]):
            e, n = drone[m, 0] - flight[f, 0], drone[m, 1] - flight[f, 1]
            ve, vn = drone[m, 3] - flight[f, 3], drone[m, 4] - flight[f, 4]
            t, d2 = closest(e, n, ve, vn, lim.lookahead_s)
            if d2 > (2.0 * lim.raid_radius_m) ** 2:
                continue
            u, vu = drone[m, 2] - flight[f, 2], drone[m, 5] - flight[f, 5]
            now2 = e * e + n * n
            if now2 <= lim.raid_radius_m**2:
                p = weight[m] * _within(abs(u), lim.raid_height_m, sigma[m, 1])
                inside[count] = p
                expected += p
                count += 1
            if now2 <= lim.lone_radius_m**2:
                none_lone *= 1.0 - weight[m] * _within(abs(u), lim.lone_height_m, sigma[m, 1])
            d, v = math.sqrt(d2), abs(u + t * vu)
            if d < nearest:
                nearest = d
                soon_out[f, 2], soon_out[f, 3] = d, v
                if best == 0.0:
                    drone_out[f] = m
            spread = lim.growth_mps * t
            p = weight[m] * _within(d, lim.lone_radius_m, math.hypot(sigma[m, 0], spread))
            p *= _within(v, lim.lone_height_m, math.hypot(sigma[m, 1], 0.3 * spread))
            if p > max(best, 0.01):
                lo, hi = cylinder(e, n, u, ve, vn, vu, lim.lone_radius_m, lim.lone_height_m, lim.lookahead_s)
                best, t_best = p, lo if lo <= hi else t
                drone_out[f] = m
        now_out[f, 0] = at_least(inside, count, lim.caught_n)
        now_out[f, 1], now_out[f, 2] = expected, 1.0 - none_lone
        soon_out[f, 0], soon_out[f, 1] = best, t_best
