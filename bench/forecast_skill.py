"""How good the raids' forecast is, by horizon: Brier score, skill against straight lines, reliability.

    python bench/forecast_skill.py CASE [CASE ...] [--every 120] [--sigma-mps 2] [--feeds]

Reads the truth of each case, makes tracks of it (truth with noise; every drone tracked, so that the forecast alone is
judged) and steps the raids stage each 10 s. With --feeds the tracks are those that the tracks stage makes of the
case's feeds, each second: drones that no sensor sees then count against both forecasters. The baseline flies each
drone straight on at its track's velocity, with an independent normal spread `a + b t`, whose b is fitted per horizon
to the lowest Brier score on these same days: a baseline with hindsight. Cells stand for what happened in them over
the area; the first ten minutes are left out.
"""

from __future__ import annotations

import argparse
import tomllib
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq

from flightward.config import RaidsConfig
from flightward.feeds.case import read_case
from flightward.model import (
    F64,
    AreaFrame,
    CellForecast,
    Coverage,
    FlightBatch,
    Names,
    SensorBatch,
    Setup,
    SiteBatch,
    TrackBatch,
    ZoneBatch,
    f64,
    i8,
    i64,
)
from flightward.model.codes import N_KINDS
from flightward.raids import Raids
from flightward.raids.cells import PIXEL_M, CellMap
from flightward.tracks import Tracker

HORIZONS_S = (300.0, 600.0, 1200.0, 1800.0)
GROWTH_MPS = (2.0, 3.0, 4.5, 7.0, 10.0, 15.0)
BINS = np.array([0.0, 0.02, 0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0])


Issue = tuple[int, TrackBatch, CellForecast]
"""Tens of seconds since the start, the tracks then, the forecast made then."""


class Day:
    """The hostile drones of one case, every tenth second: (T, D) columns, NaN where a drone is not in the air."""

    def __init__(self, case: Path) -> None:
        head = tomllib.loads((case / "case.toml").read_text())
        area = head["area"]
        frame = AreaFrame(np.radians(area["lat_deg"]), np.radians(area["lon_deg"]))
        self.setup = Setup(
            head["name"], "", "everything", "", "", frame, area["radius_m"], np.nan, 0.0, head["start_s"],
            head["end_s"], Names(), SensorBatch.empty(), SiteBatch.empty(), ZoneBatch.empty(), FlightBatch.empty(),
        )  # fmt: skip
        names = ["t_s", "object_id", "hostile", "kind", "lat_deg", "lon_deg", "hae_m", "ve_mps", "vn_mps", "vu_mps"]
        truth = pq.read_table(case / "truth.parquet", columns=names).to_pandas()
        w = truth.t_s - head["start_s"]
        truth = truth[(truth.hostile == True) & (truth.kind == "drone") & (w % 10 == 0)]  # noqa: E712
        drone = truth.object_id.astype("category").cat.codes.to_numpy()
        second = ((truth.t_s - head["start_s"]) / 10).astype(int).to_numpy()
        lat, lon = f64(np.radians(truth.lat_deg)), f64(np.radians(truth.lon_deg))
        e_m, n_m = frame.to_plane(lat, lon)
        ve, vn = frame.plane_velocity(lat, lon, f64(truth.ve_mps), f64(truth.vn_mps))
        columns = (e_m, n_m, f64(truth.hae_m), ve, vn, f64(truth.vu_mps))
        size = (int((head["end_s"] - head["start_s"]) / 10) + 1, int(drone.max()) + 1)
        self.columns = []
        for values in columns:
            grid = np.full(size, np.nan)
            grid[second, drone] = values
            self.columns.append(grid)

    def tracks(self, step: int, rng: np.random.Generator, sigma_mps: float) -> TrackBatch:
        """The air picture of a perfect sensor with noise."""
        here = np.flatnonzero(np.isfinite(self.columns[0][step]))
        m = len(here)
        sigma = np.array([60.0, 60.0, 150.0, sigma_mps, sigma_mps, 0.7])
        state = [f64(c[step, here] + rng.normal(0.0, s, m)) for c, s in zip(self.columns, sigma, strict=True)]
        cov = np.zeros((m, 6, 6))
        cov[:, range(6), range(6)] = sigma**2
        p_class = np.zeros((m, N_KINDS))
        p_class[:, 0] = 1.0
        code, none, one = np.zeros(m, np.int8), np.full(m, -1, np.int64), np.ones(m)
        return TrackBatch(
            self.setup.start_s + 10.0 * step, i64(here), *state, cov, one, p_class, one, code + i8(1), code + i8(1),
            none, code + i8(1), 0 * one, one, none, none, code, code,
        )  # fmt: skip


class Score:
    """Sums of squared errors and reliability counts of one forecaster at one horizon."""

    def __init__(self) -> None:
        self.se = 0.0
        self.n = self.said = self.was = np.zeros(len(BINS) - 1)
        self.spread = 0.0

    def add(self, p: F64, hit: F64) -> None:
        """Take in p_any and what happened, one value per cell."""
        self.se += float(np.sum((p - hit) ** 2))
        at = np.clip(np.digitize(p[p >= 0.001], BINS) - 1, 0, len(BINS) - 2)
        size = len(BINS) - 1
        self.n = self.n + np.bincount(at, minlength=size)
        self.said = self.said + np.bincount(at, p[p >= 0.001], size)
        self.was = self.was + np.bincount(at, hit[p >= 0.001], size)


def pictures(day: Day, case: Path, every_s: int, sigma_mps: float, feeds: bool) -> Iterator[Issue]:
    """Every forecast of one day, with the tracks that it was made of."""
    cfg = RaidsConfig(horizons_s=HORIZONS_S, issue_s=every_s)
    raids = Raids(day.setup, cfg, 1)
    if feeds:
        opened = read_case(case)
        tracker = Tracker(opened.setup, opened.config.tracks)
        for second, inbox in enumerate(opened.inboxes()):
            tracks, coverage = tracker.step(inbox.t_s, inbox.reports)
            forecast = raids.step(inbox.t_s, tracks, coverage).cells
            if forecast is not None:
                yield second // 10, tracks, forecast
        return
    rng = np.random.default_rng(20260520)
    nothing = Coverage(t_s=0.0, is_live=i8([]), age_s=f64([]), n_reports=i64([]))
    for step in range(day.columns[0].shape[0]):
        tracks = day.tracks(step, rng, sigma_mps)
        forecast = raids.step(tracks.t_s, tracks, nothing).cells
        if forecast is not None:
            yield step, tracks, forecast


def run(case: Path, every_s: int, sigma_mps: float, scores: dict[tuple[str, float], Score], feeds: bool) -> None:
    """Add one day to the scores."""
    day = Day(case)
    rng = np.random.default_rng(7)
    cells = CellMap(day.setup.frame, day.setup.radius_m, 6, PIXEL_M)
    row_of = {int(c): i for i, c in enumerate(cells.h3)}
    for step, tracks, forecast in pictures(day, case, every_s, sigma_mps, feeds):
        sure = tracks.take(tracks.p_exists * tracks.p_hostile > 0.5)
        for horizon_s in HORIZONS_S:
            later = step + int(horizon_s) // 10
            if step * 10 < 600 or later >= day.columns[0].shape[0]:
                continue
            hit = _hit(cells, day.columns[0][later], day.columns[1][later])
            p = np.zeros(len(cells.h3))
            at = forecast.horizon_s == horizon_s
            p[[row_of[int(c)] for c in forecast.h3[at]]] = forecast.p_any[at]
            scores.setdefault(("flightward", horizon_s), Score()).add(p, hit)
            for growth in GROWTH_MPS:
                p = _straight(cells, sure, horizon_s, growth, rng)
                scores.setdefault((f"straight {growth:g} m/s", horizon_s), Score()).add(p, hit)


def _cell(cells: CellMap, e_m: F64, n_m: F64) -> F64:
    """Row of the cell of each position; -1 outside."""
    r = cells.raster
    good = np.isfinite(e_m) & np.isfinite(n_m)
    col = np.where(good, (np.where(good, e_m, 0.0) - r.e_m) / r.pixel_m, -1).astype(int)
    row = np.where(good, (np.where(good, n_m, 0.0) - r.n_m) / r.pixel_m, -1).astype(int)
    inside = (col >= 0) & (row >= 0) & (col < r.cell.shape[1]) & (row < r.cell.shape[0])
    return np.where(inside, r.cell[np.where(inside, row, 0), np.where(inside, col, 0)], -1)


def _hit(cells: CellMap, e_m: F64, n_m: F64) -> F64:
    hit = np.zeros(len(cells.h3))
    at = _cell(cells, e_m, n_m)
    hit[at[at >= 0]] = 1.0
    return hit


def _straight(cells: CellMap, tracks: TrackBatch, ahead_s: float, growth: float, rng: np.random.Generator) -> F64:
    """p_any of independent straight lines with a normal spread of 100 m + growth * t, from 200 draws a drone."""
    sigma_m = 100.0 + growth * ahead_s
    miss = np.zeros(len(cells.h3))
    e = (tracks.e_m + tracks.ve_mps * ahead_s)[:, None] + rng.normal(0.0, sigma_m, (len(tracks), 200))
    n = (tracks.n_m + tracks.vn_mps * ahead_s)[:, None] + rng.normal(0.0, sigma_m, (len(tracks), 200))
    for at in _cell(cells, e, n):
        share = np.bincount(at[at >= 0], minlength=len(miss)) / 200.0
        miss += np.log1p(-np.minimum(share, 0.999))
    return 1.0 - np.exp(miss)


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("cases", nargs="+", type=Path)
    parser.add_argument("--every", type=int, default=120)
    parser.add_argument("--sigma-mps", type=float, default=2.0)
    parser.add_argument("--feeds", action="store_true")
    args = parser.parse_args()
    scores: dict[tuple[str, float], Score] = {}
    for case in args.cases:
        run(case, args.every, args.sigma_mps, scores, args.feeds)
    print("| horizon s | Brier sum | best straight line | its Brier sum | skill |\n|---|---|---|---|---|")
    for h in HORIZONS_S:
        ours = scores["flightward", h]
        best, name = min((s.se, n) for (n, at), s in scores.items() if at == h and n != "flightward")
        print(f"| {h:.0f} | {ours.se:.1f} | {name} | {best:.1f} | {1 - ours.se / best:+.3f} |")
    print("\nreliability, said / was (cells)")
    for i in range(len(BINS) - 1):
        row = [f"{BINS[i]:.2f}-{BINS[i + 1]:.2f}"]
        for h in HORIZONS_S:
            s = scores["flightward", h]
            n = max(s.n[i], 1)
            row.append(f"{s.said[i] / n:.3f} / {s.was[i] / n:.3f} ({int(s.n[i])})")
        print("| " + " | ".join(row) + " |")


if __name__ == "__main__":
    main()
