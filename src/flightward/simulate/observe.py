"""What the sensors report of the world: radar plots, acoustic bearings, ADS-B positions, clutter.

Measured values are straight-line geometry on WGS 84 plus noise; whether something can be seen at all goes by smooth
ground and a 4/3 Earth, by the sensor's range and elevation limits, and by chance.
"""

from __future__ import annotations

import dataclasses
import math

import numpy as np
import shapely
from numpy.typing import NDArray

from flightward.model.batch import F64, I64, NONE
from flightward.model.codes import Kind
from flightward.simulate.geodesy import (
    SPEED_OF_SOUND_MPS,
    geocentric_m,
    horizon_m,
    local_axes,
    offset_deg,
    turned_deg,
)
from flightward.simulate.scenario import Mask, Sensor
from flightward.simulate.world import World

_RCS_FLICKER_LN = 1.15
"""Standard deviation of ln RCS from scan to scan, as a fluctuating target shows."""
_SIGMA_H_M, _SIGMA_V_M, _SIGMA_V_MPS = 10.0, 15.0, 0.5


@dataclasses.dataclass(frozen=True)
class Raw:
    """Reports of one sensor as made: times after the start; columns of the report table, NaN = not measured."""

    t_s: F64
    heard_s: F64
    """When the signal reached the sensor; the message leaves after that."""
    values: dict[str, F64]
    who: I64
    """Index of the object that is named in the report (ADS-B), or NONE."""
    kind: I64
    """Kind that the sensor itself names, or NONE."""
    p_kind: F64

    def take(self, rows: I64 | NDArray[np.bool_]) -> Raw:
        """Only some of the reports."""
        return Raw(
            self.t_s[rows],
            self.heard_s[rows],
            {k: v[rows] for k, v in self.values.items()},
            self.who[rows],
            self.kind[rows],
            self.p_kind[rows],
        )


@dataclasses.dataclass(frozen=True)
class _Site:
    """Where a sensor stands, and how high above the ground."""

    xyz_m: tuple[float, float, float]
    axes: F64
    horizon_m: float
    ground_m: float

    @classmethod
    def of(cls, sensor: Sensor, ground_m: float) -> _Site:
        lat, lon, hae = (np.array([v]) for v in (sensor.lat_deg, sensor.lon_deg, sensor.hae_m))
        at = geocentric_m(lat, lon, hae)
        # an antenna stands at least 2 m above its ground, whatever the case says
        high = horizon_m(np.array([max(sensor.hae_m - ground_m, 2.0)]))
        x, y, z = (float(v[0]) for v in at)
        return cls((x, y, z), local_axes(sensor.lat_deg, sensor.lon_deg), float(high[0]), ground_m)


@dataclasses.dataclass(frozen=True)
class _Look:
    """Objects as seen from a sensor, arrays of one shape."""

    range_m: F64
    azimuth_rad: F64
    elevation_rad: F64
    is_seen: NDArray[np.bool_]
    hae_m: F64
    unit: tuple[F64, F64, F64]
    """Line of sight in geocentric axes."""


def observe(
    sensor: Sensor, world: World, ground_m: float, rng: np.random.Generator, masks: tuple[Mask, ...] = ()
) -> Raw:
    """All reports of one sensor over the day, in no order yet; outages are already cut out."""
    site = _Site.of(sensor, ground_m)
    make = {"radar": _radar, "acoustic": _acoustic, "adsb": _adsb}[sensor.kind]
    mine = [m for m in masks if sensor.id in m.sensors or (not m.sensors and sensor.kind == "radar")]
    raw = make(sensor, site, _Masked.of(world, mine) if mine else world, rng)
    up = np.ones(len(raw.t_s), dtype=np.bool_)
    for span in sensor.outages:
        up &= ~((span.from_s <= raw.heard_s) & (raw.heard_s < span.to_s))
    up &= (raw.t_s >= 0.0) & (raw.t_s <= world.duration_s)
    raw = raw.take(up)
    # the case stamps reports with the sensor's own clock; they arrive when they arrive
    return dataclasses.replace(raw, t_s=raw.t_s + sensor.bias_clock_s) if sensor.bias_clock_s else raw


@dataclasses.dataclass(frozen=True)
class _Masked(World):
    """The world as one sensor may see it: `is_hidden` (T + 1, N) where a valley hides the object."""

    is_hidden: NDArray[np.bool_]

    @classmethod
    def of(cls, world: World, masks: list[Mask]) -> _Masked:
        hidden = np.zeros(world.on_ground.shape, dtype=np.bool_)
        p = world.paths
        for mask in masks:
            shape = shapely.Polygon([(lon, lat) for lat, lon in mask.polygon])
            low = p.hae_m < mask.ceiling_m
            hidden[low] |= shapely.contains_xy(shape, turned_deg(p.lon_deg[low]), p.lat_deg[low])
        values = {f.name: getattr(world, f.name) for f in dataclasses.fields(World)}
        return cls(**values, is_hidden=hidden)


def _hidden(world: World, t_s: F64, who: I64) -> NDArray[np.bool_]:
    """Whether a valley hides objects at times, by the whole second before."""
    if not isinstance(world, _Masked):
        return np.zeros(t_s.shape, dtype=np.bool_)
    return np.asarray(world.is_hidden[np.clip(t_s.astype(np.int64), 0, world.duration_s), who])


def _p_detect(sensor: Sensor, range_m: F64) -> F64:
    """What the chance of detection truly is at a range, fading apart."""
    if not sensor.p_true:
        return np.full(range_m.shape, sensor.p_detect)
    far, p = zip(*sensor.p_true, strict=True)
    return np.asarray(np.interp(range_m, far, p))


def _at(world: World, t_s: F64, who: I64) -> tuple[F64, F64, F64, F64]:
    """Geocentric position and height of objects at times between whole seconds (straight within a second)."""
    low = np.clip(np.floor(t_s).astype(np.int64), 0, world.duration_s - 1)
    mix = t_s - low
    x, y, z, h = ((1.0 - mix) * a[low, who] + mix * a[low + 1, who] for a in (*world.xyz_m, world.paths.hae_m))
    return x, y, z, h


def _look(sensor: Sensor, site: _Site, at: tuple[F64, F64, F64, F64]) -> _Look:
    """Range, azimuth, elevation, and whether the object is within limits and above the horizon; unknown is unseen."""
    x, y, z = (at[i] - site.xyz_m[i] for i in range(3))
    east, north, up = (r[0] * x + r[1] * y + r[2] * z for r in site.axes)
    flat = np.hypot(east, north)
    far = np.hypot(flat, up)
    elevation = np.arctan2(up, flat)
    with np.errstate(invalid="ignore"):
        seen = (
            (far >= sensor.min_range_m)
            & (far <= sensor.max_range_m)
            & (elevation >= sensor.min_elevation_rad)
            & (elevation <= sensor.max_elevation_rad)
            & (flat <= site.horizon_m + horizon_m(at[3] - site.ground_m))
        )
    azimuth = np.arctan2(east, north) % (2.0 * math.pi)
    far_ = np.maximum(far, 1.0)
    return _Look(far, azimuth, elevation, seen, at[3], (x / far_, y / far_, z / far_))


def _radar(sensor: Sensor, site: _Site, world: World, rng: np.random.Generator) -> Raw:
    """Plots of a rotating radar: each object is met when the beam points at it, so each plot has its own time."""
    phase_s = float(rng.uniform(0.0, sensor.scan_s))
    turn_s = np.arange(-sensor.scan_s + phase_s, world.duration_s - 1.0, sensor.scan_s)
    who = np.arange(len(world.kind))
    t = np.repeat(turn_s[:, None], len(who), axis=1)
    whos = np.broadcast_to(who, t.shape)
    rough = _look(sensor, site, _at(world, np.clip(t, 0.0, None), whos))
    t = t + rough.azimuth_rad / (2.0 * math.pi) * sensor.scan_s
    with np.errstate(invalid="ignore"):
        close = (rough.range_m < sensor.max_range_m + 2000.0) & (t >= 0.0) & (t <= world.duration_s)
    t, whos = t[close], np.ascontiguousarray(whos[close])
    look = _look(sensor, site, _at(world, t, whos))
    # a moving-target radar sees nothing of what stands on the ground
    ground = world.on_ground[np.minimum(t.astype(np.int64), world.duration_s), whos]
    mean_rcs = world.rcs_m2[whos]
    fade = np.exp(-math.log(2.0) * (look.range_m / sensor.max_range_m) ** 4 * sensor.rcs_half_m2 / mean_rcs)
    hit = look.is_seen & ~ground & (rng.random(len(t)) < _p_detect(sensor, look.range_m) * fade)
    hit &= ~_hidden(world, t, whos)
    t, whos = t[hit], whos[hit]
    rcs = mean_rcs[hit] * np.exp(rng.normal(0.0, _RCS_FLICKER_LN, len(t)))
    values = {
        "range_m": look.range_m[hit],
        "azimuth_rad": look.azimuth_rad[hit],
        "elevation_rad": look.elevation_rad[hit],
        "range_rate_mps": _range_rate(world, t, whos, tuple(u[hit] for u in look.unit)),
        "rcs_m2": rcs,
    }
    clutter_t, clutter = _clutter(sensor, turn_s, rng)
    values = {k: np.concatenate([v, clutter[k]]) for k, v in values.items()}
    t = np.concatenate([t, clutter_t])
    return _unnamed(t, t, _with_noise(sensor, values, len(whos), rng))


def _range_rate(world: World, t_s: F64, who: I64, unit: tuple[F64, ...]) -> F64:
    """Speed away from the sensor: the change of position over the second, along the line of sight."""
    low = np.clip(np.floor(t_s).astype(np.int64), 0, world.duration_s - 1)
    speed = sum(u * (a[low + 1, who] - a[low, who]) for u, a in zip(unit, world.xyz_m, strict=True))
    return np.asarray(speed, dtype=np.float64)


def _clutter(sensor: Sensor, turn_s: F64, rng: np.random.Generator) -> tuple[F64, dict[str, F64]]:
    """False plots: Poisson in each turn, even over the disc, low, slow and of any small size."""
    count = rng.poisson(sensor.clutter_per_scan, len(turn_s))
    n = int(count.sum())
    azimuth = rng.uniform(0.0, 2.0 * math.pi, n)
    t = np.repeat(turn_s, count) + azimuth / (2.0 * math.pi) * sensor.scan_s
    near2, far2 = sensor.min_range_m**2, sensor.max_range_m**2
    low = max(sensor.min_elevation_rad, -0.01)
    return t, {
        "range_m": np.sqrt(rng.uniform(near2, far2, n)),
        "azimuth_rad": azimuth,
        "elevation_rad": np.minimum(low + rng.exponential(0.02, n), sensor.max_elevation_rad),
        "range_rate_mps": rng.normal(0.0, 8.0, n),
        "rcs_m2": np.exp(rng.normal(math.log(0.015), 1.3, n)),
    }


def _with_noise(sensor: Sensor, values: dict[str, F64], n_real: int, rng: np.random.Generator) -> dict[str, F64]:
    """Measurement noise and bias on every column; a column that the sensor does not measure is left out."""
    n = len(values["azimuth_rad"])
    out = dict(values)
    for key, sigma, bias in (
        ("range_m", sensor.sigma_range_m, sensor.bias_range_m),
        ("azimuth_rad", sensor.sigma_azimuth_rad, sensor.bias_azimuth_rad),
        ("elevation_rad", sensor.sigma_elevation_rad, sensor.bias_elevation_rad),
        ("range_rate_mps", sensor.sigma_range_rate_mps, 0.0),
    ):
        if key not in out:
            continue
        if sigma is None:
            del out[key]
            continue
        noise = rng.normal(0.0, sigma, n)
        noise[n_real:] = 0.0
        out[key] = out[key] + noise + bias
    if "azimuth_rad" in out:
        out["azimuth_rad"] = out["azimuth_rad"] % (2.0 * math.pi)
    if "range_m" in out:
        out["range_m"] = np.maximum(out["range_m"], 0.0)
    return out


def _acoustic(sensor: Sensor, site: _Site, world: World, rng: np.random.Generator) -> Raw:
    """Bearings to what makes a noise near by: t_s is when the sound was made, it is heard a distance later."""
    loud = (world.kind == Kind.DRONE) | (world.kind == Kind.HELICOPTER)
    who = _passing(sensor, site, world, np.flatnonzero(loud)) if loud.any() else np.zeros(0, dtype=np.int64)
    made = np.arange(float(rng.uniform(0.0, sensor.scan_s)), world.duration_s - 1.0, sensor.scan_s)
    t = (made[:, None] + rng.uniform(0.0, 0.1, len(who))).ravel()
    whos = np.tile(who, len(made))
    look = _look(sensor, site, _at(world, t, whos))
    ground = world.on_ground[t.astype(np.int64), whos]
    fade = 1.0 - 0.6 * (look.range_m / sensor.max_range_m) ** 3
    hit = look.is_seen & ~ground & (rng.random(len(t)) < _p_detect(sensor, look.range_m) * np.nan_to_num(fade))
    hit &= ~_hidden(world, t, whos)
    count = int(rng.poisson(sensor.clutter_per_scan * len(made)))
    false_t = rng.uniform(0.0, world.duration_s, count)
    heard = np.concatenate([t[hit] + look.range_m[hit] / SPEED_OF_SOUND_MPS, false_t])
    values = {"azimuth_rad": np.concatenate([look.azimuth_rad[hit], rng.uniform(0.0, 2.0 * math.pi, count)])}
    raw = _unnamed(np.concatenate([t[hit], false_t]), heard, _with_noise(sensor, values, int(hit.sum()), rng))
    return _labelled(sensor, raw, world.kind[whos[hit]], rng)


def _passing(sensor: Sensor, site: _Site, world: World, who: I64) -> I64:
    """Those that come near enough to matter at any time, judged each half minute."""
    x, y, z = (a[::30, who] - s for a, s in zip(world.xyz_m, site.xyz_m, strict=True))
    least = np.nanmin(np.where(np.isnan(x), np.inf, x * x + y * y + z * z), axis=0)
    near: I64 = who[np.sqrt(least) < sensor.max_range_m + 30.0 * 100.0]
    return near


def _labelled(sensor: Sensor, raw: Raw, true_kind: NDArray[np.int8], rng: np.random.Generator) -> Raw:
    """The kind that the sensor names on a share of its reports; 1 in 10 names is another."""
    n = len(raw.t_s)
    names = np.concatenate([true_kind, np.full(n - len(true_kind), Kind.UNKNOWN, np.int8)]).astype(np.int64)
    wrong = rng.random(n) < 0.1
    other = np.array([Kind.DRONE, Kind.AIRCRAFT, Kind.HELICOPTER])[rng.integers(0, 3, n)]
    names = np.where(wrong, other, names)
    said = (rng.random(n) < sensor.label_frac) & (names != Kind.UNKNOWN)
    return dataclasses.replace(raw, kind=np.where(said, names, NONE), p_kind=np.where(said, 0.8, np.nan))


def _adsb(sensor: Sensor, site: _Site, world: World, rng: np.random.Generator) -> Raw:
    """Positions that aircraft broadcast about themselves, with gaps, as one receiver hears them."""
    who = np.array([i for i, code in enumerate(world.icao24) if code], dtype=np.int64)
    n_turns = int(world.duration_s // sensor.scan_s)
    t = np.arange(n_turns)[:, None] * sensor.scan_s + rng.uniform(0.0, sensor.scan_s, len(who))
    t = (t + rng.uniform(0.0, 0.1 * sensor.scan_s, t.shape)).ravel()
    t = np.minimum(t, world.duration_s - 1e-3)
    whos = np.tile(who, n_turns)
    at = _at(world, t, whos)
    look = _look(sensor, site, at)
    hit = look.is_seen & (rng.random(len(t)) < _p_detect(sensor, look.range_m))
    hit &= ~_silent(sensor, t, whos, who, world, rng) & ~_hidden(world, t, whos)
    t, whos = t[hit], whos[hit]
    low = np.floor(t).astype(np.int64)
    mix, paths, n = t - low, world.paths, len(t)

    def between(a: F64) -> F64:
        return np.asarray((1.0 - mix) * a[low, whos] + mix * a[low + 1, whos])

    lat, lon = offset_deg(
        between(paths.lat_deg), between(paths.lon_deg), *rng.normal(0.0, _SIGMA_H_M, (2, n))
    )
    values = {
        "lat_deg": np.round(lat, 7),
        "lon_deg": np.round(turned_deg(lon), 7),
        "hae_m": between(paths.hae_m) + rng.normal(0.0, _SIGMA_V_M, n),
        "sigma_h_m": np.full(n, _SIGMA_H_M),
        "sigma_v_m": np.full(n, _SIGMA_V_M),
        "nic": np.full(n, 8.0),
        "nac_p": np.full(n, 9.0),
        "ve_mps": between(paths.ve_mps) + rng.normal(0.0, _SIGMA_V_MPS, n),
        "vn_mps": between(paths.vn_mps) + rng.normal(0.0, _SIGMA_V_MPS, n),
        "vu_mps": between(paths.vu_mps) + rng.normal(0.0, _SIGMA_V_MPS, n),
    }
    return Raw(t, t, values, whos, world.kind[whos].astype(np.int64), np.full(n, 0.99))


def _silent(
    sensor: Sensor, t_s: F64, whos: I64, who: I64, world: World, rng: np.random.Generator
) -> NDArray[np.bool_]:
    """Is the aircraft in one of its gaps, as this receiver sees it."""
    silent = np.zeros(len(t_s), dtype=np.bool_)
    if sensor.gap_s <= 0.0:
        return silent
    for i in who:
        count = int(rng.poisson(world.duration_s / sensor.gap_every_s))
        begin = rng.uniform(0.0, world.duration_s, count)
        long = rng.exponential(sensor.gap_s, count)
        mine = np.flatnonzero(whos == i)
        for a, b in zip(begin, begin + long, strict=True):
            silent[mine[(t_s[mine] >= a) & (t_s[mine] < b)]] = True
    return silent


def _unnamed(t_s: F64, heard_s: F64, values: dict[str, F64]) -> Raw:
    n = len(t_s)
    none = np.full(n, NONE, dtype=np.int64)
    return Raw(t_s, heard_s, values, none, none, np.full(n, np.nan))
