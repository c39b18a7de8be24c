"""A route, when it begins and how long it takes -> points in space and time.

Times: along each leg by its speed, then stretched so that the whole takes the filed time (field 16), and each point
whose elapsed time is filed (EET/ in field 18) is met then. Heights: climb and descent at a steady rate to and
from the filed levels. Legs are geodesics, with a point every PIECE_M.
"""

from __future__ import annotations

import itertools
import math
from typing import NamedTuple

import numpy as np

from flightward.feeds.declared.shapes import GEOD
from flightward.feeds.plans.plan import Waypoint
from flightward.model import F64, f64

PIECE_M = 50_000.0


class Stop(NamedTuple):
    """A point of the flight: from here on at this speed and height (hae_m); stay_s there; eet_s filed or NaN."""

    lat_deg: float
    lon_deg: float
    speed_mps: float
    hae_m: float
    stay_s: float
    eet_s: float


def timeline(
    stops: list[Stop], begin_s: float, total_s: float, ground_m: tuple[float, float], climb_mps: float
) -> list[Waypoint]:
    """The waypoints of a flight through stops, the first its departure, the last its destination."""
    t = _times(stops, total_s)
    cruise_t, cruise_h = _cruise(stops, t, climb_mps)
    keys = sorted({*t.ravel().tolist(), *_profile_keys(cruise_t, cruise_h, total_s, ground_m, climb_mps),
                   *_between(stops, t)})  # fmt: skip
    return [_at(k, stops, t, cruise_t, cruise_h, begin_s, total_s, ground_m, climb_mps) for k in keys]


def _times(stops: list[Stop], total_s: float) -> F64:
    """(S, 2) seconds after the begin at which each stop is reached and left."""
    n = len(stops)
    lat, lon = f64([s.lat_deg for s in stops]), f64([s.lon_deg for s in stops])
    _, _, length_m = GEOD.inv(lon[:-1], lat[:-1], lon[1:], lat[1:])
    legs = f64(length_m) / f64([s.speed_mps for s in stops[:-1]])
    stay = f64([s.stay_s for s in stops])
    pins = {0: 0.0, n - 1: total_s}
    for k, stop in enumerate(stops[1:-1], 1):
        if 0.0 < stop.eet_s < total_s and stop.eet_s > max(v for i, v in pins.items() if i < k):
            pins[k] = stop.eet_s
    out = np.zeros((n, 2))
    at = sorted(pins)
    for a, b in itertools.pairwise(at):
        own = float(legs[a:b].sum())
        still = float(stay[a:b].sum())
        room = pins[b] - pins[a]
        # A stay longer than the filed time leaves for the way is shortened with it.
        share = room / (own + still) if still >= room else (room - still) / own if own > 0.0 else 0.0
        still_share = share if still >= room else 1.0
        now = pins[a]
        for k in range(a, b):
            out[k] = now, now + stay[k] * still_share
            now = out[k, 1] + legs[k] * share
    out[n - 1] = total_s
    return np.minimum(np.maximum.accumulate(out.ravel()), total_s).reshape(n, 2)


def _cruise(stops: list[Stop], t: F64, climb_mps: float) -> tuple[F64, F64]:
    """The filed heights as a line over time: a change begins at its point and takes as long as it needs."""
    times, heights = [0.0], [stops[0].hae_m]
    for k, stop in enumerate(stops[1:-1], 1):
        if stop.hae_m != stops[k - 1].hae_m:
            begin = max(float(t[k, 0]), times[-1])
            times += [begin, begin + abs(stop.hae_m - heights[-1]) / climb_mps]
            heights += [heights[-1], stop.hae_m]
    return f64(times), f64(heights)


def _height(
    s: float, cruise_t: F64, cruise_h: F64, total_s: float, ground_m: tuple[float, float], rate: float
) -> float:
    cruise = float(np.interp(s, cruise_t, cruise_h))
    return min(max(cruise, *ground_m), ground_m[0] + rate * s, ground_m[1] + rate * (total_s - s))


def _profile_keys(
    cruise_t: F64, cruise_h: F64, total_s: float, ground_m: tuple[float, float], rate: float
) -> list[float]:
    """Times at which climb, cruise and descent meet or bend."""
    line = sorted({0.0, total_s, *[v for v in cruise_t.tolist() if v < total_s]})
    flats = [max(float(np.interp(v, cruise_t, cruise_h)), *ground_m) for v in line]
    keys = list(line)
    for begin, slope in ((ground_m[0], rate), (ground_m[1] + rate * total_s, -rate)):
        for (a, ha), (b, hb) in itertools.pairwise(zip(line, flats, strict=True)):
            own = (hb - ha) / (b - a)
            if own != slope:
                keys.append((ha - own * a - begin) / (slope - own))
    keys.append((ground_m[1] - ground_m[0] + rate * total_s) / (2.0 * rate))
    return [k for k in keys if 0.0 <= k <= total_s]


def _between(stops: list[Stop], t: F64) -> list[float]:
    """Times of further points on long legs."""
    out: list[float] = []
    for k, (a, b) in enumerate(itertools.pairwise(stops)):
        _, _, length_m = GEOD.inv(a.lon_deg, a.lat_deg, b.lon_deg, b.lat_deg)
        n = math.ceil(length_m / PIECE_M)
        out += np.linspace(t[k, 1], t[k + 1, 0], n + 1)[1:-1].tolist() if n > 1 else []
    return out


def _at(
    s: float, stops: list[Stop], t: F64, cruise_t: F64, cruise_h: F64, begin_s: float, total_s: float,
    ground_m: tuple[float, float], rate: float,
) -> Waypoint:  # fmt: skip
    k = min(max(int(np.searchsorted(t[:, 0], s, side="right")) - 1, 0), len(stops) - 2)
    a, b = stops[k], stops[k + 1]
    span = float(t[k + 1, 0] - t[k, 1])
    share = min(max((s - float(t[k, 1])) / span, 0.0), 1.0) if span > 0.0 else float(s > t[k, 1])
    lat, lon = a.lat_deg, a.lon_deg
    if share >= 1.0:
        lat, lon = b.lat_deg, b.lon_deg
    elif share > 0.0:
        az, _, length_m = GEOD.inv(a.lon_deg, a.lat_deg, b.lon_deg, b.lat_deg)
        lon, lat, _ = GEOD.fwd(a.lon_deg, a.lat_deg, az, share * length_m)
    return Waypoint(begin_s + s, float(lat), float(lon), _height(s, cruise_t, cruise_h, total_s, ground_m, rate))
