"""Distances from one flight to every hostile drone, with their uncertainty, and how long it was inside the raid."""

from __future__ import annotations

import dataclasses

import numpy as np
import shapely
from numpy.typing import NDArray

from flightward.encounters import PairBatch, judge
from flightward.review.closeness import EARTH_RADIUS_M, Path4D, _in_defended
from flightward.review.evidence import Evidence
from flightward.review.scene import F64, Scene
from flightward.review.spread import DronePath

WELL_CLEAR, ALERTER = "DO_365B_no_SUM", 3
"""Drones tell nobody where they are: the volume for non-cooperative traffic (2,200 ft, 450 ft, no tau)."""
WATCH_M = 20_000.0


@dataclasses.dataclass(frozen=True)
class DroneDistance:
    """How near one drone came while both were in the air. Sigmas are one standard deviation; NaN never together.

    `closest` weighs 10 km beside and 1,500 m above alike, as elsewhere in the review; slant and level are the least of
    their own kind, each at its own time. Between whole seconds both fly straight.
    """

    drone_id: str
    t_s: float
    horizontal_m: float
    vertical_m: float
    slant_m: float
    sigma_horizontal_m: float
    sigma_vertical_m: float
    sigma_slant_m: float
    least_horizontal_m: float
    least_horizontal_t_s: float
    least_slant_m: float
    least_slant_t_s: float
    sigma_t_s: float
    """Of the time of the least slant distance: the error along the relative velocity over its size."""
    lost_clear_s: float
    """Seconds not well clear (DO-365 non-cooperative)."""
    first_lost_clear_s: float


@dataclasses.dataclass(frozen=True)
class Inside:
    """Seconds in the air near or within the raid."""

    one_near_s: float
    """With at least one hostile drone within 10 km and 1,500 m (the raid's limits)."""
    raid_s: float
    """With caught_n of them at once: inside the raid."""
    extent_s: float
    """Inside the outline of a raid as the air picture drew it, whatever the heights."""
    most_near: int
    not_clear_s: float
    """Not well clear of at least one."""
    first_raid_s: float
    last_raid_s: float


def own_sigma(evidence: Evidence) -> tuple[float, float]:
    """1 sigma of the flight's own place, level and up, as its track had it; 0 where it is not told."""
    own = evidence.own
    found = []
    for name in ("sigma_h_m", "sigma_v_m"):
        values = own[name][np.isfinite(own[name])] if name in own else np.zeros(0)
        found.append(float(np.median(values)) if len(values) else 0.0)
    return found[0], found[1]


def in_active_zone(scene: Scene, path: Path4D) -> NDArray[np.bool_]:
    """(T,) seconds within a defended zone while it is active."""
    return _in_defended(scene, path)


def blind_seconds(evidence: Evidence, path: Path4D) -> float:
    """Seconds in the air at which the flight was shown BLIND."""
    t = evidence.threats
    blind = np.unique(t["t_s"][t["hazard_kind"] == "blind"])
    return float(np.isin(path.t_s[path.airborne], np.rint(blind)).sum())


def relative(path: Path4D, d: DronePath) -> tuple[NDArray[np.int64], NDArray[np.int64], F64]:
    """Rows of flight and drone where both are in the air, and the drone's place from the flight, (K, 3)."""
    k = np.rint(d.t_s - path.t_s[0]).astype(np.int64) if len(path.t_s) else np.zeros(0, np.int64)
    ok = (k >= 0) & (k < len(path.t_s))
    ok[ok] &= path.airborne[k[ok]] & np.isfinite(path.e_m[k[ok]]) & np.isfinite(path.hae_m[k[ok]])
    row, k = np.flatnonzero(ok), k[ok]
    scale = 1.0 + (path.e_m[k] ** 2 + path.n_m[k] ** 2) / (4.0 * EARTH_RADIUS_M**2)
    e, n = (d.e_m[row] - path.e_m[k]) / scale, (d.n_m[row] - path.n_m[k]) / scale
    return k, row, np.column_stack([e, n, d.hae_m[row] - path.hae_m[k]])


def to_every_drone(
    path: Path4D, drones: list[DronePath], own_sigma_m: tuple[float, float]
) -> tuple[DroneDistance, ...]:
    """One row per drone, nearest first; those never in the air together with the flight last."""
    out = [_distance(path, d, own_sigma_m) for d in drones]
    return tuple(sorted(out, key=lambda x: (not np.isfinite(x.slant_m), x.least_slant_m, x.drone_id)))


def _distance(path: Path4D, d: DronePath, own_sigma_m: tuple[float, float]) -> DroneDistance:
    k, row, place = relative(path, d)
    if not len(k):
        return DroneDistance(d.drone_id, *(np.nan,) * 12, lost_clear_s=0.0, first_lost_clear_s=np.nan)
    t = path.t_s[k]
    level_m, level_t, _ = _least(t, place * (1.0, 1.0, 0.0))
    slant_m, slant_t, at = _least(t, place)
    _, near_t, _ = _least(t, place / (10_000.0, 10_000.0, 1_500.0))
    here = np.array([np.interp(near_t, t, place[:, j]) for j in range(3)])
    h, v = float(np.hypot(here[0], here[1])), float(here[2])
    i = int(np.argmin(np.abs(t - near_t)))
    sigma_h = float(np.hypot(d.sigma_h_m[row[i]], own_sigma_m[0]))
    sigma_v = float(np.hypot(d.sigma_v_m[row[i]], own_sigma_m[1]))
    s = float(np.hypot(h, v))
    sigma_s = float(np.hypot(h * sigma_h, v * sigma_v)) / s if s > 0.0 else max(sigma_h, sigma_v)
    speed = float(np.linalg.norm(place[min(at + 1, len(k) - 1)] - place[max(at - 1, 0)])) / max(
        float(t[min(at + 1, len(k) - 1)] - t[max(at - 1, 0)]), 1.0
    )
    clear = t[_not_clear(path, d, k, row, place)]
    return DroneDistance(
        d.drone_id, near_t, h, v, s, sigma_h, sigma_v, sigma_s, level_m, level_t, slant_m, slant_t,
        sigma_h / speed if speed > 0.0 else np.nan, float(len(clear)), float(clear[0]) if len(clear) else np.nan,
    )  # fmt: skip


def _least(t_s: F64, place: F64) -> tuple[float, float, int]:
    """Least length of a place that moves straight between its rows, when, and the row before."""
    size = np.linalg.norm(place, axis=1)
    i = int(np.argmin(size))
    best = (float(size[i]), float(t_s[i]), i)
    if len(t_s) < 2:
        return best
    step = np.diff(place, axis=0)
    square = (step**2).sum(axis=1)
    s = np.clip(-(place[:-1] * step).sum(axis=1) / np.where(square > 0.0, square, 1.0), 0.0, 1.0)
    s[np.diff(t_s) != 1.0] = 0.0
    inner = np.linalg.norm(place[:-1] + s[:, None] * step, axis=1)
    j = int(np.argmin(inner))
    return (float(inner[j]), float(t_s[j] + s[j]), j) if inner[j] < best[0] else best


def _not_clear(
    path: Path4D, d: DronePath, k: NDArray[np.int64], row: NDArray[np.int64], place: F64
) -> NDArray[np.bool_]:
    """(K,) whether well clear is lost at each second."""
    out = np.zeros(len(k), bool)
    near = np.flatnonzero(np.hypot(place[:, 0], place[:, 1]) < WATCH_M)
    if not len(near):
        return out
    own = [_rate(x, path.t_s)[k[near]] for x in (path.e_m, path.n_m, path.hae_m)]
    other = [_rate(x, d.t_s)[row[near]] for x in (d.e_m, d.n_m, d.hae_m)]
    zero = np.zeros(len(near))
    columns = [zero, zero, zero, *own, *(place[near, j] for j in range(3)), *other]
    out[near] = judge(PairBatch(*(np.ascontiguousarray(x) for x in columns)), WELL_CLEAR, ALERTER).now == 1
    return out


def _rate(x: F64, t_s: F64) -> F64:
    """(T,) rate of change; 0 of a single row."""
    return np.asarray(np.gradient(x, t_s), dtype=np.float64) if len(t_s) > 1 else np.zeros(len(t_s))


def inside_raid(evidence: Evidence, path: Path4D, drones: list[DronePath]) -> Inside:
    """How long the flight was near drones, inside the raid, and not well clear."""
    cfg = evidence.caught
    near, lost = np.zeros(len(path.t_s), np.int64), np.zeros(len(path.t_s), bool)
    for d in drones:
        k, row, place = relative(path, d)
        within = (np.hypot(place[:, 0], place[:, 1]) <= cfg.raid_radius_m) & (np.abs(place[:, 2]) <= cfg.raid_height_m)
        near[k[within]] += 1
        lost[k[_not_clear(path, d, k, row, place)]] = True
    raid = np.flatnonzero(near >= cfg.caught_n)
    return Inside(
        float((near > 0).sum()), float(len(raid)), _in_extent(evidence, path), int(near.max(initial=0)),
        float(lost.sum()), float(path.t_s[raid[0]]) if len(raid) else np.nan,
        float(path.t_s[raid[-1]]) if len(raid) else np.nan,
    )  # fmt: skip


def _in_extent(evidence: Evidence, path: Path4D) -> float:
    """Seconds in the air inside the outline of any raid as it was drawn then."""
    raids = evidence.raids
    if not len(path.t_s) or not len(raids["t_s"]):
        return 0.0
    k = np.rint(raids["t_s"] - path.t_s[0]).astype(np.int64)
    ok = (k >= 0) & (k < len(path.t_s)) & np.array([x is not None for x in raids["extent_wkb"]], bool)
    ok[ok] &= path.airborne[k[ok]] & np.isfinite(path.e_m[k[ok]])
    if not ok.any():
        return 0.0
    lat, lon = evidence.scene.frame.to_geodetic(path.e_m[k[ok]], path.n_m[k[ok]])
    shape = shapely.from_wkb(raids["extent_wkb"][ok])
    within = shapely.intersects_xy(shape, np.degrees(lon), np.degrees(lat))
    return float(len(np.unique(k[ok][within])))
