"""The three forecasts that a forecast must beat, each with its best numbers for each horizon, found on other days.

straight_line    every known drone flies straight on; a normal spread of sigma_m about where that ends
growing_circle   it is somewhere within factor times the way it can fly, evenly
persistence      the cells that hold a drone now hold one then

Each drone is still there with chance p. The numbers stand in baselines.json, with the days they were fitted on
(tools/fit_baselines.py): never the days that are scored.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from flightward.score.day import F64

I64 = NDArray[np.int64]
BASELINES = ("straight_line", "growing_circle", "persistence")
CIRCLE_MIN_M = 3_000.0
REACH_SIGMAS = 3.5
P_MOST = 0.999


@dataclass(frozen=True)
class Cells:
    """The cells of the area: ids sorted (C,), centres on the plane, area of each in square metres."""

    h3: NDArray[np.uint64]
    e_m: F64
    n_m: F64
    area_m2: F64
    tree: cKDTree

    def rows(self, ids: NDArray[np.uint64]) -> I64:
        """Row of each id, -1 for cells outside the area."""
        if not len(self.h3):
            return np.full(len(ids), -1, np.int64)
        at = np.minimum(np.searchsorted(self.h3, ids), len(self.h3) - 1)
        return np.where(self.h3[at] == ids, at, -1).astype(np.int64)


@dataclass(frozen=True)
class Known:
    """Hostile drones as the run's tracks had them at one issue time, (K,) each; cell = row of the cell, -1 outside."""

    e_m: F64
    n_m: F64
    ve_mps: F64
    vn_mps: F64
    cell: I64


@dataclass(frozen=True)
class Fit:
    """The numbers of one baseline at one horizon: width is sigma_m, a factor, or nothing; p that it is still there."""

    width: float
    p: float


@cache
def fitted() -> dict[str, Any]:
    """What baselines.json says."""
    text = files("flightward.score").joinpath("baselines.json").read_text(encoding="utf-8")
    return dict(json.loads(text))


def fit_of(name: str, horizon_s: float) -> Fit:
    """The fitted numbers; between two horizons those of the nearer one."""
    table = fitted()["horizons_s"]
    nearest = min(table, key=lambda h: abs(float(h) - horizon_s))
    return Fit(**table[nearest][name])


def p_cells(name: str, known: Known, cells: Cells, horizon_s: float, fit: Fit) -> F64:
    """(C,) chance of at least one drone in each cell, by one of the baselines."""
    _, at, mass = shares(name, known, cells, horizon_s, fit.width)
    log_none = np.zeros(len(cells.h3))
    np.add.at(log_none, at, np.log1p(-np.minimum(fit.p * mass, P_MOST)))
    return -np.expm1(log_none)


def shares(name: str, known: Known, cells: Cells, horizon_s: float, width: float) -> tuple[I64, I64, F64]:
    """Where each drone may be, were it sure to be anywhere: row of the drone, row of the cell, chance, (X,) each."""
    if name == "persistence":
        who = np.flatnonzero(known.cell >= 0)
        return who, known.cell[who], np.ones(len(who))
    e, n = known.e_m, known.n_m
    if name == "straight_line":
        e, n = e + known.ve_mps * horizon_s, n + known.vn_mps * horizon_s
        reach = np.full(len(e), REACH_SIGMAS * width)
    else:
        reach = np.hypot(CIRCLE_MIN_M, width * np.hypot(known.ve_mps, known.vn_mps) * horizon_s)
    near = cells.tree.query_ball_point(np.column_stack([e, n]), reach) if len(e) else []
    who = np.repeat(np.arange(len(e)), [len(x) for x in near])
    at = np.concatenate([np.asarray(x, np.int64) for x in near]) if len(who) else np.zeros(0, np.int64)
    if name == "straight_line":
        d2 = (cells.e_m[at] - e[who]) ** 2 + (cells.n_m[at] - n[who]) ** 2
        return who, at, cells.area_m2[at] / (2.0 * np.pi * width**2) * np.exp(-0.5 * d2 / width**2)
    return who, at, cells.area_m2[at] / (np.pi * reach[who] ** 2)
