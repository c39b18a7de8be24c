"""A small sky under two radars, seen by one tracker and by another that also hears the first: the feed of CAT 062."""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np
from caseload import report_batch, setup_of

from flightward.config import TracksConfig
from flightward.kernels.polar import plane_to_polar
from flightward.model import ReportBatch, Setup, TrackBatch, columns, f64
from flightward.tracks import Tracker

RADAR: dict[str, Any] = {
    "kind": "radar", "hae_m": 100.0, "min_range_m": 500.0, "max_range_m": 100e3, "min_elevation_rad": -0.02,
    "max_elevation_rad": 0.8, "scan_s": 4.0, "sigma_range_m": 60.0, "sigma_azimuth_rad": 0.003,
    "sigma_elevation_rad": 0.005, "p_detect": 0.9, "clutter_per_scan": 5.0,
}  # fmt: skip
SENSORS = [
    {**RADAR, "id": "one", "lat_deg": 50.0, "lon_deg": 20.0}, {**RADAR, "id": "two", "lat_deg": 50.4, "lon_deg": 20.5},
    {"id": "adsb", "kind": "adsb", "lat_deg": 50.2, "lon_deg": 20.2, "hae_m": 100.0, "max_range_m": 250e3,
     "scan_s": 2.0, "p_detect": 0.9},
]  # fmt: skip
T0 = 1_700_000_000.0


def make_setup() -> Setup:
    """Two radars and a receiver."""
    return setup_of(50.2, 20.2, SENSORS)


def together(parts: list[ReportBatch]) -> ReportBatch:
    """Several batches as one."""
    if not parts:
        return report_batch(0)
    return ReportBatch(**{f.name: np.concatenate([getattr(p, f.name) for p in parts]) for f in columns(ReportBatch)})


def plots(setup: Setup, rng: np.random.Generator, t_s: float, radar: int, x: np.ndarray) -> ReportBatch:
    """One look of a radar at objects x (N, 3): noise, misses, false reports."""
    s, frame, n = setup.sensors, setup.frame, len(x)
    e, n_, u = (f64(c) for c in x.T)
    r, a, el = np.empty(n), np.empty(n), np.empty(n)
    plane_to_polar(
        e, n_, u, s.lat_rad[radar], s.lon_rad[radar], s.hae_m[radar], frame.lat0_rad, frame.lon0_rad, r, a, el
    )
    seen = rng.random(n) < 0.9
    false = rng.poisson(5.0)
    m = int(seen.sum()) + false
    noise = rng.normal(size=(3, n))
    return report_batch(
        m, t_s=np.full(m, t_s), t_rx_s=np.full(m, t_s + 0.3), sensor=np.full(m, radar),
        range_m=np.append((r + 60.0 * noise[0])[seen], rng.uniform(500.0, 99e3, false)),
        azimuth_rad=np.append((a + 0.003 * noise[1])[seen], rng.uniform(0.0, 6.28, false)),
        elevation_rad=np.append((el + 0.005 * noise[2])[seen], rng.uniform(0.0, 0.1, false)),
    )  # fmt: skip


def told(setup: Setup, t_s: float, number: Any, x: Any, v: Any, **given: Any) -> ReportBatch:
    """Rows of another system's tracks: numbers (N,), plane places x (N, 3) and velocities v (N, 3)."""
    x, v = np.atleast_2d(f64(x)), np.atleast_2d(f64(v))
    n = len(x)
    lat, lon = setup.frame.to_geodetic(f64(x[:, 0]), f64(x[:, 1]))
    ve, vn = setup.frame.true_velocity(lat, lon, f64(v[:, 0]), f64(v[:, 1]))
    row: dict[str, Any] = {
        "t_s": np.full(n, t_s), "t_rx_s": np.full(n, t_s + 0.2), "lat_rad": lat, "lon_rad": lon, "hae_m": x[:, 2],
        "ve_mps": ve, "vn_mps": vn, "vu_mps": v[:, 2], "sigma_h_m": np.full(n, 60.0), "sigma_v_m": np.full(n, 60.0),
        "source_track": np.atleast_1d(number),
    }  # fmt: skip
    row.update({k: np.broadcast_to(np.asarray(value), (n,)) for k, value in given.items()})
    return report_batch(n, **row)


def retold(setup: Setup, picture: TrackBatch) -> ReportBatch:
    """A tracker's picture as it would send it on."""
    p = picture
    return told(
        setup, p.t_s, 1_000 + p.track, np.column_stack([p.e_m, p.n_m, p.u_m]),
        np.column_stack([p.ve_mps, p.vn_mps, p.vu_mps]),
        sigma_h_m=np.sqrt(0.5 * (p.cov[:, 0, 0] + p.cov[:, 1, 1])), sigma_v_m=np.sqrt(p.cov[:, 2, 2]),
    )


@dataclasses.dataclass
class Seen:
    """What a tracker showed of the truth: squared errors in sigmas, per axis, distances, number of tracks."""

    nees: list[float] = dataclasses.field(default_factory=list)
    error_m: list[float] = dataclasses.field(default_factory=list)
    shown: list[int] = dataclasses.field(default_factory=list)

    def add(self, picture: TrackBatch, x: np.ndarray) -> None:
        """Compare with objects x (N, 3), each with the track nearest to it."""
        self.shown.append(len(picture))
        for place in x:
            if not len(picture):
                continue
            d = np.column_stack([picture.e_m, picture.n_m, picture.u_m]) - place
            i = int(np.hypot(d[:, 0], d[:, 1]).argmin())
            if np.hypot(d[i, 0], d[i, 1]) < 800.0:
                self.error_m.append(float(np.hypot(d[i, 0], d[i, 1])))
                self.nees.append(float(d[i] @ np.linalg.solve(picture.cov[i, :3, :3], d[i]) / 3.0))

    @property
    def mean(self) -> float:
        """Mean NEES per axis: 1 if the covariance is honest, more if it is too sure."""
        return float(np.mean(self.nees))

    @property
    def rms_m(self) -> float:
        """Horizontal."""
        return float(np.sqrt(np.mean(np.square(self.error_m))))


def both_systems(seconds: int, every_s: int, ours: tuple[int, ...] = (0, 1)) -> tuple[Seen, Seen]:
    """Twelve drones under two radars: (what the first tracker shows, what the one that hears it shows).

    The second has the plots of the radars `ours`, the same ones, and the first one's tracks each every_s seconds.
    """
    rng, setup = np.random.default_rng(3), make_setup()
    first, second = Tracker(setup, TracksConfig()), Tracker(setup, TracksConfig())
    n = 12
    x = np.column_stack([rng.uniform(-20e3, 30e3, n), rng.uniform(-15e3, 35e3, n), rng.uniform(500.0, 1500.0, n)])
    course = rng.uniform(0.0, 2.0 * np.pi, n)
    seen = Seen(), Seen()
    for k in range(seconds):
        course += rng.normal(0.0, 0.01, n)
        v = 50.0 * np.column_stack([np.sin(course), np.cos(course), np.zeros(n)])
        x = x + v
        looks = [(radar, plots(setup, rng, T0 + k, radar, x)) for radar in (0, 1) if k % 4 == 2 * radar]
        picture, _ = first.step(T0 + k + 0.5, together([b for _, b in looks]))
        mine = [b for radar, b in looks if radar in ours]
        if k % every_s == 0:
            mine.append(retold(setup, picture))
        other, _ = second.step(T0 + k + 0.5, together(mine))
        if k > 60 and k % 5 == 0:
            seen[0].add(picture, x + 0.5 * v)
            seen[1].add(other, x + 0.5 * v)
    return seen
