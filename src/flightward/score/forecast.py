"""The forecast against the truth: Brier score and reliability of p_any per H3 cell and horizon, and skill against three
baselines.

A cell is occupied when at least one hostile airborne drone of the truth, seen or not, is in it at issued_s +
horizon_s. All cells whose centre lies in the area count; a cell that the forecast does not name has p = 0. The
baselines start from the drones that tracks.parquet held at issue time (no hidden knowledge) and have fixed
parameters: straight line with a Gaussian that widens, a circle that grows at the drone's speed, and persistence that
fades.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import h3
import numpy as np
import pyarrow.compute as pc
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from flightward.score import tables
from flightward.score.day import F64, Day

HORIZONS_S = (300.0, 600.0, 1200.0, 1800.0)
RESOLUTION = 6
RELIABILITY_EDGES = np.array([0.0, 0.02, 0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0000001])
LINE_SIGMA_MPS = 8.0  # the straight line's Gaussian widens so fast; its floor is about half a cell
LINE_SIGMA_MIN_M = 1_800.0
CIRCLE_MIN_M = 3_000.0
PERSISTENCE_TAU_S = 200.0
BASELINES = ("straight_line", "growing_circle", "persistence")


@dataclass(frozen=True)
class Cells:
    """The cells of the area: ids sorted (C,), centres on the plane, area of each in square metres."""

    h3: NDArray[np.uint64]
    e_m: F64
    n_m: F64
    area_m2: F64
    tree: cKDTree

    def rows(self, ids: NDArray[np.uint64]) -> NDArray[np.int64]:
        """Row of each id, -1 for cells outside the area."""
        at = np.minimum(np.searchsorted(self.h3, ids), len(self.h3) - 1)
        return np.where(self.h3[at] == ids, at, -1).astype(np.int64)


@dataclass(frozen=True)
class Known:
    """Hostile drones as tracks.parquet had them at issue times: (K,) columns, and rows by issue."""

    e_m: F64
    n_m: F64
    ve_mps: F64
    vn_mps: F64
    h3: NDArray[np.uint64]
    p: F64
    rows: dict[float, NDArray[np.int64]]


def cells_of(day: Day) -> Cells:
    """The H3 cells whose centres lie in the area."""
    ring = np.linspace(0.0, 2.0 * np.pi, 73)
    lat0, lon0 = day.frame.lat_deg, day.frame.lon_deg
    reach_deg = np.degrees(day.radius_m * 1.02 / 6_371_000.0)
    outline = [(lat0 + reach_deg * np.cos(a), lon0 + reach_deg * np.sin(a) / np.cos(np.radians(lat0))) for a in ring]
    ids = np.array(sorted(h3.str_to_int(c) for c in h3.h3shape_to_cells(h3.LatLngPoly(outline), RESOLUTION)), np.uint64)
    names = [h3.int_to_str(int(i)) for i in ids]
    centre = np.array([h3.cell_to_latlng(c) for c in names])
    e, n = day.frame.to_plane(centre[:, 0], centre[:, 1])
    inside = np.hypot(e, n) / day.frame.scale(e, n) <= day.radius_m
    area = np.array([h3.cell_area(c, unit="m^2") for c, i in zip(names, inside, strict=True) if i])
    return Cells(ids[inside], e[inside], n[inside], area, cKDTree(np.column_stack([e[inside], n[inside]])))


def occupied(day: Day, cells: Cells, t_s: float) -> NDArray[np.int64]:
    """Rows of cells that hold a hostile airborne drone of the truth at an instant."""
    tr = day.truth
    row = int(np.rint(t_s - tr.t_s[0]))
    cols = tr.drones()
    cols = cols[np.isfinite(tr.lat_deg[row, cols]) & ~tr.on_ground[row, cols]]
    found = np.unique(cells.rows(_cell_ids(tr.lat_deg[row, cols], tr.lon_deg[row, cols])))
    return found[found >= 0]


def _cell_ids(lat_deg: F64, lon_deg: F64) -> NDArray[np.uint64]:
    places = zip(lat_deg.tolist(), lon_deg.tolist(), strict=True)
    return np.array([h3.str_to_int(h3.latlng_to_cell(a, o, RESOLUTION)) for a, o in places], np.uint64)


def known_drones(day: Day, out: Path, issues: NDArray[np.float64]) -> Known:
    """Hostile drones of tracks.parquet at the issue times: p_hostile (else hostile) and p_exists at least one half."""
    columns = ["t_s", "lat_deg", "lon_deg", "ve_mps", "vn_mps", "p_exists", "hostile", "p_hostile"]
    got = tables.read(out, "tracks", columns, pc.field("t_s").isin(issues.tolist()))
    p_hostile = np.where(np.isnan(got["p_hostile"]), got["hostile"], got["p_hostile"])
    exists = np.where(np.isnan(got["p_exists"]), 1.0, got["p_exists"])
    keep = (p_hostile >= 0.5) & (exists >= 0.5) & np.isfinite(got["lat_deg"]) & np.isfinite(got["ve_mps"])
    got = tables.select(got, keep)
    e, n = day.frame.to_plane(got["lat_deg"], got["lon_deg"])
    ids = _cell_ids(got["lat_deg"], got["lon_deg"])
    return Known(e, n, got["ve_mps"], got["vn_mps"], ids, exists[keep], tables.group_rows(got["t_s"]))


def baseline(name: str, known: Known, rows: NDArray[np.int64], cells: Cells, horizon_s: float) -> F64:
    """(C,) p_any by one of the baselines."""
    log_none = np.zeros(len(cells.h3))
    if not len(rows):
        return log_none
    if name == "persistence":
        at = cells.rows(known.h3[rows])
        np.add.at(log_none, at[at >= 0], np.log1p(-0.95 * np.exp(-horizon_s / PERSISTENCE_TAU_S)))
        return -np.expm1(log_none)
    e, n = known.e_m[rows], known.n_m[rows]
    if name == "straight_line":
        e, n = e + known.ve_mps[rows] * horizon_s, n + known.vn_mps[rows] * horizon_s
        sigma = np.full(len(rows), np.hypot(LINE_SIGMA_MIN_M, LINE_SIGMA_MPS * horizon_s))
        reach = 3.5 * sigma
    else:
        reach = np.hypot(CIRCLE_MIN_M, np.hypot(known.ve_mps[rows], known.vn_mps[rows]) * horizon_s)
        sigma = reach
    near = cells.tree.query_ball_point(np.column_stack([e, n]), reach)
    who = np.repeat(np.arange(len(rows)), [len(x) for x in near])
    at = np.concatenate([np.asarray(x, np.int64) for x in near]) if len(who) else np.zeros(0, np.int64)
    if name == "straight_line":
        d2 = (cells.e_m[at] - e[who]) ** 2 + (cells.n_m[at] - n[who]) ** 2
        mass = cells.area_m2[at] / (2.0 * np.pi * sigma[who] ** 2) * np.exp(-0.5 * d2 / sigma[who] ** 2)
    else:
        mass = cells.area_m2[at] / (np.pi * reach[who] ** 2)
    np.add.at(log_none, at, np.log1p(-np.minimum(mass, 0.999)))
    return -np.expm1(log_none)


def score_forecast(day: Day, out: Path) -> dict[str, Any]:
    """Per horizon: Brier score, reliability table, baselines' Brier scores and skill."""
    columns = ["issued_s", "horizon_s", "h3", "p_any"]
    rows = tables.read(out, "forecast", columns, pc.field("horizon_s").isin(list(HORIZONS_S)))
    cells = cells_of(day)
    issues = np.unique(rows["issued_s"])
    known = known_drones(day, out, issues)
    where = cells.rows(rows["h3"])
    rows = tables.select({**rows, "cell": where}, where >= 0)
    outside = int((where < 0).sum())
    result: dict[str, Any] = {"cells": len(cells.h3), "rows_outside_area": outside, "horizons": {}}
    for horizon in HORIZONS_S:
        at_horizon = tables.select(rows, rows["horizon_s"] == horizon)
        result["horizons"][f"{horizon / 60:.0f}"] = _one_horizon(day, cells, known, at_horizon, issues, horizon)
    return result


def _one_horizon(
    day: Day, cells: Cells, known: Known, rows: tables.Columns, issues: F64, horizon_s: float
) -> dict[str, Any]:
    by_issue = tables.group_rows(rows["issued_s"])
    end_s = float(day.truth.t_s[-1])
    sums = {"forecast": 0.0, **dict.fromkeys(BASELINES, 0.0)}
    n_pairs, n_occupied = 0, 0
    bins = np.zeros((3, len(RELIABILITY_EDGES) - 1))
    nothing = np.zeros(0, np.int64)
    for issued in issues.tolist():
        if issued + horizon_s > end_s:
            continue
        truth = np.zeros(len(cells.h3))
        truth[occupied(day, cells, issued + horizon_s)] = 1.0
        p = np.zeros(len(cells.h3))
        mine = by_issue.get(issued, nothing)
        p[rows["cell"][mine]] = rows["p_any"][mine]
        sums["forecast"] += float(((p - truth) ** 2).sum())
        for name in BASELINES:
            q = baseline(name, known, known.rows.get(issued, nothing), cells, horizon_s)
            sums[name] += float(((q - truth) ** 2).sum())
        which = np.digitize(p, RELIABILITY_EDGES) - 1
        for i, values in enumerate((np.ones_like(p), p, truth)):
            bins[i] += np.bincount(which, values, len(bins[i]))
        n_pairs += len(p)
        n_occupied += int(truth.sum())
    return _figures(sums, bins, n_pairs, n_occupied)


def _figures(sums: dict[str, float], bins: F64, n_pairs: int, n_occupied: int) -> dict[str, Any]:
    if not n_pairs:
        return {"pairs": 0, "occupied": 0, "brier_sum": None, "baseline_brier_sum": {}, "reliability": []}
    reliability = [
        {
            "from": float(lo),
            "to": float(min(hi, 1.0)),
            "pairs": int(n),
            "p_mean": float(p / n),
            "occupied_frac": float(o / n),
        }
        for lo, hi, n, p, o in zip(RELIABILITY_EDGES[:-1], RELIABILITY_EDGES[1:], *bins, strict=True)
        if n
    ]
    return {
        "pairs": n_pairs,
        "occupied": n_occupied,
        "brier_sum": sums["forecast"],
        "brier": sums["forecast"] / n_pairs,
        "baseline_brier_sum": {b: sums[b] for b in BASELINES},
        "skill": {b: (1.0 - sums["forecast"] / sums[b]) if sums[b] > 0 else None for b in BASELINES},
        "reliability": reliability,
        "reliability_error": sum(r["pairs"] * abs(r["p_mean"] - r["occupied_frac"]) for r in reliability[1:])
        / max(sum(r["pairs"] for r in reliability[1:]), 1),
    }
