"""The forecast against the truth: Brier and log score, reliability and sharpness of p_any per H3 cell and horizon, and
skill against three baselines.

A cell is occupied when at least one hostile airborne drone of the truth, seen or not, is in it at issued_s +
horizon_s. All cells whose centre lies in the area count; a cell that the forecast does not name has p = 0, and an
issue of which it names no cell has p = 0 everywhere. The baselines start from the drones that tracks.parquet held at
issue time (no hidden knowledge); see `score.baselines`. What is given per day are sums, so that many days can be added
and drawn again.
"""

from __future__ import annotations

import contextlib
from pathlib import Path
from typing import Any

import h3
import numpy as np
import pyarrow.compute as pc
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from flightward.errors import FlightwardError
from flightward.record import open_recording
from flightward.score import tables
from flightward.score.baselines import BASELINES, Cells, Known, fit_of, fitted, p_cells
from flightward.score.day import F64, Day

HORIZONS_S = (300.0, 600.0, 1200.0, 1800.0)
RESOLUTION = 6
RELIABILITY_EDGES = np.array([0.0, 0.02, 0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0000001])
LOG_P_MIN = 5e-4
"""The log score takes no chance as nearer to 0 or 1 than this: half of what a forecast may leave out as 0."""


class Tally:
    """Sums over cells of one horizon: of the forecast, and of each baseline's squared errors."""

    def __init__(self) -> None:
        self.pairs = self.occupied = 0
        self.log_sum = 0.0
        self.brier = dict.fromkeys(("forecast", *BASELINES), 0.0)
        self.bins = np.zeros((3, len(RELIABILITY_EDGES) - 1))
        self.p_sum = self.p2_sum = 0.0

    def add(self, p: F64, hit: F64, others: dict[str, F64]) -> None:
        """Take in one issue: chance said and what was, (C,) each, and the baselines' chances."""
        self.pairs += len(p)
        self.occupied += int(hit.sum())
        self.brier["forecast"] += float(((p - hit) ** 2).sum())
        for name, q in others.items():
            self.brier[name] += float(((q - hit) ** 2).sum())
        q = np.clip(p, LOG_P_MIN, 1.0 - LOG_P_MIN)
        self.log_sum -= float(np.where(hit > 0.0, np.log(q), np.log1p(-q)).sum())
        self.p_sum += float(p.sum())
        self.p2_sum += float((p * p).sum())
        which = np.digitize(p, RELIABILITY_EDGES) - 1
        for i, values in enumerate((np.ones_like(p), p, hit)):
            self.bins[i] += np.bincount(which, values, self.bins.shape[1])

    def figures(self) -> dict[str, Any]:
        """The sums, and what follows from them; see docs/scoring.md."""
        if not self.pairs:
            return {"pairs": 0, "occupied": 0, "brier_sum": None, "baseline_brier_sum": {}, "reliability": []}
        ours, n = self.brier["forecast"], self.pairs
        table = reliability(self.bins)
        told = [r for r in table if r["from"] > 0.0]
        off = sum(r["pairs"] * abs(r["p_mean"] - r["occupied_frac"]) for r in told)
        return {
            "pairs": n,
            "occupied": self.occupied,
            "brier_sum": ours,
            "brier": ours / n,
            "log_sum": self.log_sum,
            "log_score": self.log_sum / n,
            "sharpness": self.p2_sum / self.p_sum if self.p_sum > 0.0 else None,
            "baseline_brier_sum": {b: self.brier[b] for b in BASELINES},
            "skill": {b: (1.0 - ours / self.brier[b]) if self.brier[b] > 0 else None for b in BASELINES},
            "bins": [[float(x) for x in row] for row in self.bins],
            "reliability": table,
            "reliability_error": off / max(sum(r["pairs"] for r in told), 1),
        }


def reliability(bins: F64) -> list[dict[str, float | int]]:
    """Said against was, per bin that holds anything; bins (3, B): cells, sum of chances, cells occupied."""
    edges = zip(RELIABILITY_EDGES[:-1], RELIABILITY_EDGES[1:], *bins, strict=True)
    return [
        {"from": float(lo), "to": float(min(hi, 1.0)), "pairs": int(n), "p_mean": p / n, "occupied_frac": o / n}
        for lo, hi, n, p, o in edges
        if n
    ]


def cells_of(day: Day) -> Cells:
    """The H3 cells whose centres lie in the area."""
    middle = h3.latlng_to_cell(day.frame.lat_deg, day.frame.lon_deg, RESOLUTION)
    # rings of cells about the middle know neither the 180th meridian nor a pole; a ring is sqrt(3) edges wide on
    # average and never as little as one
    rings = int(day.radius_m / h3.average_hexagon_edge_length(RESOLUTION, unit="m")) + 2
    ids = np.array(sorted(h3.str_to_int(c) for c in h3.grid_disk(middle, rings)), np.uint64)
    names = [h3.int_to_str(int(i)) for i in ids]
    centre = np.array([h3.cell_to_latlng(c) for c in names])
    e, n = day.frame.to_plane(centre[:, 0], centre[:, 1])
    inside = np.hypot(e, n) / day.frame.scale(e, n) <= day.radius_m
    area = np.array([h3.cell_area(c, unit="m^2") for c, i in zip(names, inside, strict=True) if i])
    return Cells(ids[inside], e[inside], n[inside], area, cKDTree(np.column_stack([e[inside], n[inside]])))


class Occupied:
    """Which cells hold a hostile airborne drone of the truth, by instant; each instant is looked up once."""

    def __init__(self, day: Day, cells: Cells) -> None:
        self._day, self._cells, self._known = day, cells, dict[float, NDArray[np.int64]]()

    def at(self, t_s: float) -> F64:
        """(C,) 1 where a cell is occupied, else 0."""
        if t_s not in self._known:
            self._known[t_s] = self._rows(t_s)
        hit = np.zeros(len(self._cells.h3))
        hit[self._known[t_s]] = 1.0
        return hit

    def _rows(self, t_s: float) -> NDArray[np.int64]:
        tr = self._day.truth
        row = int(np.rint(t_s - tr.t_s[0]))
        cols = tr.drones()
        cols = cols[np.isfinite(tr.lat_deg[row, cols]) & ~tr.on_ground[row, cols]]
        found = np.unique(self._cells.rows(cell_ids(tr.lat_deg[row, cols], tr.lon_deg[row, cols])))
        return found[found >= 0]


def cell_ids(lat_deg: F64, lon_deg: F64) -> NDArray[np.uint64]:
    """The H3 cell of each place; one call of the library each, which has no other way."""
    places = zip(lat_deg.tolist(), lon_deg.tolist(), strict=True)
    return np.array([h3.str_to_int(h3.latlng_to_cell(a, o, RESOLUTION)) for a, o in places], np.uint64)


def known_drones(day: Day, cells: Cells, out: Path, issues: F64) -> dict[float, Known]:
    """Hostile drones of tracks.parquet per issue time: p_hostile (else hostile) and p_exists at least one half."""
    columns = ["t_s", "lat_deg", "lon_deg", "ve_mps", "vn_mps", "p_exists", "hostile", "p_hostile"]
    got = tables.read(out, "tracks", columns, pc.field("t_s").isin(issues.tolist()))
    p_hostile = np.where(np.isnan(got["p_hostile"]), got["hostile"], got["p_hostile"])
    exists = np.where(np.isnan(got["p_exists"]), 1.0, got["p_exists"])
    keep = (p_hostile >= 0.5) & (exists >= 0.5) & np.isfinite(got["lat_deg"]) & np.isfinite(got["ve_mps"])
    got = tables.select(got, keep)
    e, n = day.frame.to_plane(got["lat_deg"], got["lon_deg"])
    cell = cells.rows(cell_ids(got["lat_deg"], got["lon_deg"]))
    known = Known(e, n, got["ve_mps"], got["vn_mps"], cell)
    rows = tables.group_rows(got["t_s"])
    nothing = np.zeros(0, np.int64)
    return {t: Known(*[c[rows.get(t, nothing)] for c in vars(known).values()]) for t in issues.tolist()}


def issue_times(day: Day, out: Path, named_s: F64) -> F64:
    """(I,) when the run issued its forecast, also where it named no cell; named_s: issues of which it named some.

    A run steps on the whole seconds of the case; its recording knows the cadence it had, else the case says it.
    """
    every_s = day.issue_s
    with contextlib.suppress(FlightwardError):  # no recording, or none of ours: the case's cadence
        every_s = open_recording(out / "recording.mcap").config.raids.issue_s
    first_s = max(np.ceil(day.start_s), day.truth.t_s[0] - max(HORIZONS_S))
    t = np.arange(first_s, min(np.floor(day.end_s), day.truth.t_s[-1]) + 1.0)
    due = np.rint(t - day.start_s) % max(1, round(every_s)) == 0
    return np.union1d(t[due], named_s)


def score_forecast(day: Day, out: Path) -> dict[str, Any]:
    """Per horizon: sums, Brier and log score, reliability table, baselines' Brier scores and skill."""
    columns = ["issued_s", "horizon_s", "h3", "p_any"]
    rows = tables.read(out, "forecast", columns, pc.field("horizon_s").isin(list(HORIZONS_S)))
    cells = cells_of(day)
    issues = issue_times(day, out, rows["issued_s"])
    known = known_drones(day, cells, out, issues)
    where = cells.rows(rows["h3"])
    rows = tables.select({**rows, "cell": where}, where >= 0)
    truth = Occupied(day, cells)
    start_s, end_s = float(day.truth.t_s[0]), float(day.truth.t_s[-1])
    result: dict[str, Any] = {
        "cells": len(cells.h3), "rows_outside_area": int((where < 0).sum()),
        "baselines_fitted_on": fitted()["fitted_on"], "horizons": {},
    }  # fmt: skip
    for horizon_s in HORIZONS_S:
        tally = Tally()
        mine = tables.select(rows, rows["horizon_s"] == horizon_s)
        by_issue = tables.group_rows(mine["issued_s"])
        known_then = (issues + horizon_s >= start_s) & (issues + horizon_s <= end_s)
        for issued in issues[known_then].tolist():
            p = np.zeros(len(cells.h3))
            at = by_issue.get(issued, np.zeros(0, np.int64))
            p[mine["cell"][at]] = mine["p_any"][at]
            tally.add(p, truth.at(issued + horizon_s), baselines(known[issued], cells, horizon_s))
        result["horizons"][f"{horizon_s / 60:.0f}"] = tally.figures()
    return result


def baselines(known: Known, cells: Cells, horizon_s: float) -> dict[str, F64]:
    """(C,) chances by each baseline."""
    return {name: p_cells(name, known, cells, horizon_s, fit_of(name, horizon_s)) for name in BASELINES}
