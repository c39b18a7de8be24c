"""Whether a live sensor is over a place: its limits hold the place, and it has spoken lately.

A radar that is switched on speaks on every scan (if only clutter), so three scans of silence mean it is off. A
passive sensor speaks only when it hears something: its silence proves less, so it is given five times its mean wait
between false reports, between 15 s and 10 min.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from pyproj import Transformer

from flightward.score.caught import Path4D
from flightward.score.day import BOOL, F64, Day, Sensor

SEEING_KINDS = ("radar", "acoustic", "rf", "camera")
MIN_SILENCE_S = 15.0
MAX_PASSIVE_SILENCE_S = 600.0
_TO_ECEF = Transformer.from_crs("EPSG:4979", "EPSG:4978", always_xy=True)


@dataclass(frozen=True)
class Spoken:
    """When each sensor spoke: sensor id -> sorted times of receipt."""

    t_rx_s: dict[str, F64]


def silence_limit_s(sensor: Sensor) -> float:
    """How long a sensor may say nothing and still count as live."""
    limit = max(3.0 * sensor.scan_s, MIN_SILENCE_S)
    if sensor.kind == "radar":
        return limit
    wait_s = sensor.scan_s / sensor.clutter_per_scan if sensor.clutter_per_scan > 0 else np.inf
    return float(max(limit, min(5.0 * wait_s, MAX_PASSIVE_SILENCE_S)))


def live(sensor: Sensor, spoken: Spoken, t_s: F64) -> BOOL:
    """(T,) whether the sensor has sent anything lately enough."""
    said = spoken.t_rx_s.get(sensor.sensor_id)
    if said is None or not len(said):
        return np.zeros(len(t_s), bool)
    last = np.searchsorted(said, t_s, side="right") - 1
    age = np.where(last >= 0, t_s - said[np.maximum(last, 0)], np.inf)
    return np.asarray(age <= silence_limit_s(sensor))


def in_limits(sensor: Sensor, lat_deg: F64, lon_deg: F64, hae_m: F64) -> BOOL:
    """(T,) whether each place is within the sensor's limits, in straight lines; False where unknown."""
    ok = np.isfinite(lat_deg) & np.isfinite(lon_deg) & np.isfinite(hae_m)
    out = np.zeros(len(ok), bool)
    if not ok.any():
        return out
    x, y, z = _TO_ECEF.transform(lon_deg[ok], lat_deg[ok], hae_m[ok])
    sx, sy, sz = _TO_ECEF.transform(sensor.lon_deg, sensor.lat_deg, sensor.hae_m)
    lat, lon = np.radians(sensor.lat_deg), np.radians(sensor.lon_deg)
    dx, dy, dz = x - sx, y - sy, z - sz
    up_m = np.cos(lat) * (np.cos(lon) * dx + np.sin(lon) * dy) + np.sin(lat) * dz
    range_m = np.sqrt(dx**2 + dy**2 + dz**2)
    elevation_rad = np.arcsin(np.clip(up_m / np.maximum(range_m, 1e-9), -1.0, 1.0))
    out[ok] = (
        (range_m >= sensor.min_range_m)
        & (range_m <= sensor.max_range_m)
        & (elevation_rad >= sensor.min_elevation_rad)
        & (elevation_rad <= sensor.max_elevation_rad)
    )
    return out


def covered(day: Day, path: Path4D, spoken: Spoken) -> BOOL:
    """(T,) whether at least one live radar, acoustic, RF sensor or camera is over the path."""
    out = np.zeros(len(path.e_m), bool)
    for s in day.sensors:
        if s.kind in SEEING_KINDS:
            out |= in_limits(s, path.lat_deg, path.lon_deg, path.hae_m) & live(s, spoken, day.truth.t_s)
    return out
