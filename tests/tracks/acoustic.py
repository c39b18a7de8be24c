"""Scenes of acoustic sensors and drones in streams without any radar, drawn at random, and how well they are kept."""

from __future__ import annotations

import dataclasses
import time
from typing import Any

import numpy as np
from caseload import inboxes, report_batch, setup_of
from scipy.optimize import linear_sum_assignment

from flightward.config import TracksConfig
from flightward.kernels.polar import plane_to_polar
from flightward.model import NONE, ReportBatch, Setup, f64
from flightward.tracks import Tracker

T0 = 1_760_000_000.0
SOUND_MPS = 340.0


@dataclasses.dataclass(frozen=True)
class Scene:
    """A scene: sensors, reports in order of reception, truth each second (T, N, 3), NaN where a drone is not there."""

    setup: Setup
    reports: ReportBatch
    truth: np.ndarray
    reach_m: np.ndarray


@dataclasses.dataclass(frozen=True)
class Draw:
    """What a scene is drawn from; angles in degrees as people say them."""

    layout: str = "belt"
    n_sensors: int = 12
    spacing_m: float = 5000.0
    reach_m: float = 7000.0
    sigma_deg: float = 2.0
    p_detect: float = 0.8
    clutter: float = 0.3
    scan_s: float = 2.0
    has_elevation: bool = False
    fades: bool = True
    n_drones: int = 30
    n_streams: int = 3
    gap_m: float = 1500.0
    bends: bool = True
    duration_s: int = 900


def varied(seed: int, duration_s: int = 900) -> Draw:
    """One of many geometries."""
    rng = np.random.default_rng(1000 + seed)
    return Draw(
        layout=["belt", "ring", "grid", "two rows"][seed % 4], spacing_m=rng.uniform(3e3, 7e3),
        reach_m=rng.uniform(5e3, 8e3), sigma_deg=rng.uniform(1.0, 4.0), p_detect=rng.uniform(0.6, 0.9),
        clutter=rng.uniform(0.1, 1.0), scan_s=float(rng.choice([1.0, 2.0])), has_elevation=bool(rng.random() < 0.25),
        fades=bool(rng.random() < 0.5), n_streams=int(rng.integers(1, 5)), gap_m=rng.uniform(500.0, 3000.0),
        bends=bool(rng.random() < 0.7), duration_s=duration_s,
    )  # fmt: skip


def _places(d: Draw, rng: np.random.Generator) -> np.ndarray:
    """(S, 2) plane places of the sensors; streams come from the south and fly north through the middle."""
    k = np.arange(d.n_sensors)
    if d.layout == "belt":
        e, n = (k - (d.n_sensors - 1) / 2) * d.spacing_m * 0.8, 0.6 * d.spacing_m * (k % 2)
    elif d.layout == "ring":
        r = d.n_sensors * d.spacing_m / (2 * np.pi)
        e, n = r * np.cos(2 * np.pi * k / d.n_sensors), r * np.sin(2 * np.pi * k / d.n_sensors)
    elif d.layout == "grid":
        e, n = (k % 3 - 1.0) * d.spacing_m, (k // 3 - 1.5) * d.spacing_m
    else:
        e, n = (k % 2 - 0.5) * d.spacing_m, (k // 2 - (d.n_sensors / 2 - 1) / 2) * d.spacing_m
    return np.stack([e, n], axis=1) + rng.normal(0.0, 0.12 * d.spacing_m, (d.n_sensors, 2))


def _fly(d: Draw, place: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """(T, N, 3): streams along lines through the field, one drone after another, with wander and some bends."""
    t_n, n = d.duration_s + 1, d.n_drones
    out = np.full((t_n, n, 3), np.nan)
    long = float(np.ptp(place, axis=0).max()) / 2 + d.reach_m
    for s in range(d.n_streams):
        course = rng.uniform(-0.7, 0.7) + (np.pi / 2 if d.layout == "belt" and s % 2 else 0.0)
        mid = place[rng.integers(len(place))] + rng.normal(0.0, 2500.0, 2)
        unit = np.array([np.sin(course), np.cos(course)])
        who = np.arange(s, n, d.n_streams)
        speed = rng.uniform(45.0, 55.0)
        bend = rng.uniform(-0.7, 0.7) if d.bends else 0.0
        for rank, i in enumerate(who):
            v = speed + rng.normal(0.0, 1.0)
            at = mid - unit * long + np.array([unit[1], -unit[0]]) * rng.normal(0.0, 400.0)
            start = int(rank * d.gap_m / speed + rng.uniform(0.0, 5.0))
            height = max(rng.normal(500.0, 200.0), 100.0)
            heading, turned, p = course, 0.0, at.copy()
            for t in range(start, t_n):
                out[t, i] = p[0], p[1], height
                if (p - mid) @ unit > 0.0 and abs(turned) < abs(bend):
                    turn = np.sign(bend) * 0.03
                    heading, turned = heading + turn, turned + turn
                heading += rng.normal(0.0, 0.002)
                p = p + v * np.array([np.sin(heading), np.cos(heading)])
                if np.hypot(*(p - mid)) > 1.6 * long:
                    break
    return out


def _hear(d: Draw, setup: Setup, k: int, truth: np.ndarray, rng: np.random.Generator) -> list[np.ndarray]:
    """Rows (t_s, t_rx_s, azimuth, elevation) that sensor k reports."""
    s, frame, rows = setup.sensors, setup.frame, []
    t_n = len(truth)
    for scan in np.arange(rng.uniform(0.0, d.scan_s), t_n - 1.5, d.scan_s):
        t = scan + rng.uniform(0.0, 0.1, truth.shape[1])
        low = np.floor(t).astype(int)
        mix = (t - low)[:, None]
        at = (1 - mix) * truth[low, np.arange(len(t))] + mix * truth[low + 1, np.arange(len(t))]
        e, n, u = (f64(at[:, c].copy()) for c in range(3))
        r, az, el = np.empty(len(t)), np.empty(len(t)), np.empty(len(t))
        plane_to_polar(
            e, n, u, s.lat_rad[k], s.lon_rad[k], s.hae_m[k], frame.lat0_rad, frame.lon0_rad, r, az, el
        )
        fade = 1.0 - 0.6 * (r / d.reach_m) ** 3 if d.fades else 1.0
        hit = (r < d.reach_m) & (rng.random(len(t)) < d.p_detect * fade)
        m = int(hit.sum())
        rx = t[hit] + r[hit] / SOUND_MPS + 0.2 + rng.exponential(0.4, m)
        sigma = np.radians(d.sigma_deg)
        rows.append(np.stack([t[hit], rx, az[hit] + rng.normal(0, sigma, m), el[hit] + rng.normal(0, sigma, m)], 1))
        c = rng.poisson(d.clutter)
        false_t = scan + rng.uniform(0.0, d.scan_s, c)
        rows.append(np.stack([
            false_t, false_t + 0.2 + rng.exponential(0.4, c), rng.uniform(0, 2 * np.pi, c), rng.uniform(0, 1.0, c)
        ], 1))  # fmt: skip
    return rows


def scene(seed: int, d: Draw) -> Scene:
    """The scene of one seed."""
    rng = np.random.default_rng(seed)
    place = _places(d, rng)
    flat = setup_of(50.0, 30.0, [])
    lat, lon = flat.frame.to_geodetic(f64(place[:, 0].copy()), f64(place[:, 1].copy()))
    sensors: list[dict[str, Any]] = [
        {
            "id": f"ear-{k}", "kind": "acoustic", "lat_deg": np.degrees(lat[k]), "lon_deg": np.degrees(lon[k]),
            "hae_m": 20.0, "min_range_m": 0.0, "max_range_m": d.reach_m, "min_elevation_rad": 0.0,
            "max_elevation_rad": 1.571, "scan_s": d.scan_s, "sigma_azimuth_rad": np.radians(d.sigma_deg),
            "sigma_elevation_rad": np.radians(d.sigma_deg) if d.has_elevation else np.nan,
            "p_detect": d.p_detect, "clutter_per_scan": d.clutter,
        }
        for k in range(len(place))
    ]  # fmt: skip
    setup = setup_of(50.0, 30.0, sensors)
    truth = _fly(d, place, rng)
    parts, who = [], []
    for k in range(len(place)):
        rows = np.concatenate(_hear(d, setup, k, truth, rng))
        parts.append(rows)
        who.append(np.full(len(rows), k))
    rows, sensor = np.concatenate(parts), np.concatenate(who)
    order = np.argsort(rows[:, 1], kind="stable")
    rows, sensor = rows[order], sensor[order]
    reports = report_batch(
        len(rows), t_s=T0 + rows[:, 0], t_rx_s=T0 + rows[:, 1], sensor=sensor, azimuth_rad=rows[:, 2] % (2 * np.pi),
        elevation_rad=rows[:, 3] if d.has_elevation else np.full(len(rows), np.nan), identity=np.full(len(rows), NONE),
    )  # fmt: skip
    return Scene(setup, reports, truth, np.full(len(place), d.reach_m))


@dataclasses.dataclass
class Figures:
    """Sums over the judged instants."""

    n_all: int = 0
    n_heard: int = 0  # by two sensors or more
    found_all: int = 0
    found_heard: int = 0
    n_tracks: int = 0
    n_false: int = 0
    inside: list[float] = dataclasses.field(default_factory=list)
    error_m: list[float] = dataclasses.field(default_factory=list)
    major_m: list[float] = dataclasses.field(default_factory=list)
    step_ms: list[float] = dataclasses.field(default_factory=list)
    pairs: dict[int, list[int]] = dataclasses.field(default_factory=dict)

    def line(self) -> str:
        """All in one line."""
        d2 = np.array(self.inside)
        share = [float(np.mean(d2 < -2 * np.log(1 - p))) if len(d2) else np.nan for p in (0.5, 0.9, 0.95)]
        switch = sum(int((np.diff(v) != 0).sum()) for v in self.pairs.values())
        return (
            f"heard {self.found_heard / max(self.n_heard, 1):.3f} all {self.found_all / max(self.n_all, 1):.3f} "
            f"false {self.n_false / max(self.n_tracks, 1):.3f} in50/90/95 {share[0]:.2f} {share[1]:.2f} {share[2]:.3f} "
            f"nees/2 {np.mean(d2) / 2 if len(d2) else np.nan:.2f} err {np.median(self.error_m or [np.nan]):.0f} m "
            f"major {np.median(self.major_m or [np.nan]):.0f} m switches {switch} "
            f"ms {1e3 * np.median(self.step_ms):.2f} p99 {1e3 * np.quantile(self.step_ms, 0.99):.2f} n {self.n_tracks}"
        )


def follow(s: Scene, from_s: int = 300, cutoff_m: float = 1000.0, tracker: Tracker | None = None) -> Figures:
    """Run the tracks stage over a scene and compare each 10 s after from_s."""
    out = Figures()
    tracker = tracker or Tracker(s.setup, TracksConfig())
    ears = np.stack([s.setup.sensors.e_m, s.setup.sensors.n_m], axis=1)
    for t, box in inboxes(s.reports, T0, T0 + len(s.truth) - 1):
        began = time.process_time()
        picture, _ = tracker.step(t, box)
        out.step_ms.append(time.process_time() - began)
        k = round(t - T0)
        if k < from_s or k % 10:
            continue
        who = np.flatnonzero(np.isfinite(s.truth[k, :, 0]))
        now = s.truth[k, who]
        far = np.hypot(now[:, None, 0] - ears[:, 0], now[:, None, 1] - ears[:, 1])
        heard = (np.hypot(far, now[:, None, 2]) < s.reach_m).sum(axis=1) >= 2
        d = np.hypot(now[:, None, 0] - picture.e_m, now[:, None, 1] - picture.n_m)
        row, col = linear_sum_assignment(np.minimum(d, 2 * cutoff_m))
        row, col = row[d[row, col] < cutoff_m], col[d[row, col] < cutoff_m]
        out.n_all += len(who)
        out.n_heard += int(heard.sum())
        out.found_all += len(row)
        out.found_heard += int(heard[row].sum())
        out.n_tracks += len(picture)
        out.n_false += len(picture) - len(row)
        for i, j in zip(row, col, strict=True):
            y = now[i, :2] - [picture.e_m[j], picture.n_m[j]]
            cov = picture.cov[j, :2, :2]
            out.inside.append(float(y @ np.linalg.solve(cov, y)))
            out.error_m.append(float(np.hypot(*y)))
            out.major_m.append(float(np.sqrt(np.linalg.eigvalsh(cov)[-1])))
            out.pairs.setdefault(int(who[i]), []).append(int(picture.track[j]))
    return out
