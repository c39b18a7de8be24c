"""Whose report is whose: sensors' reports carry no name, so each is given to the nearest drone within its own error.

A plot is a drone's when it lies within three sigma (300 m at least) of where the drone was when it was measured, along
and across the line of sight; a bearing when it points within three sigma of it and the drone is within the sensor's
range. A report that fits two drones is the nearer one's.
"""

from __future__ import annotations

import dataclasses

import numpy as np

from flightward.review.heard import Plots
from flightward.review.knew.grid import Grid
from flightward.review.scene import F64, I64, Sensor

GATE_SIGMAS = 3.0
LEAST_GATE_M = 300.0
LEAST_GATE_RAD = 0.01
BLOCK = 20_000
_DEFAULT_RANGE_M, _DEFAULT_AZIMUTH_RAD = 100.0, 0.02
"""Sigmas of a sensor whose case does not give them."""


@dataclasses.dataclass(frozen=True)
class Owned:
    """(N,) the reports that are some drone's, by time of receipt; `drone` is a column of the grid."""

    t_s: F64
    t_rx_s: F64
    sensor: I64
    drone: I64

    def of(self, drone: int) -> Owned:
        """Those of one drone."""
        keep = self.drone == drone
        return Owned(self.t_s[keep], self.t_rx_s[keep], self.sensor[keep], self.drone[keep])


def owners(plots: Plots, sensors: tuple[Sensor, ...], grid: Grid) -> Owned:
    """Give each report to a drone, or to none."""
    who = np.full(len(plots), -1, np.int64)
    if len(grid.ids) and len(plots):
        for s in sensors:
            if not s.sees:
                continue
            rows = np.flatnonzero(plots.sensor == s.row)
            for some in np.array_split(rows, max(1, len(rows) // BLOCK)):
                who[some] = _nearest(plots, some, s, grid)
    mine = np.flatnonzero(who >= 0)
    order = mine[np.argsort(plots.t_rx_s[mine], kind="stable")]
    return Owned(plots.t_s[order], plots.t_rx_s[order], plots.sensor[order], who[order])


def _nearest(plots: Plots, rows: I64, s: Sensor, grid: Grid) -> I64:
    """(R,) the drone whose place fits each report best, -1 none within the gate."""
    at = grid.row(plots.t_s[rows])
    de, dn = grid.e_m[at] - s.e_m, grid.n_m[at] - s.n_m
    place = np.isfinite(plots.e_m[rows])
    off = np.where(place[:, None], _of_places(plots, rows, grid, at), _of_looks(plots, rows, s, grid, at, de, dn))
    off[np.isnan(off)] = np.inf
    best = np.argmin(off, axis=1)
    return np.where(off[np.arange(len(rows)), best] <= 1.0, best, -1)


def _of_looks(plots: Plots, rows: I64, s: Sensor, grid: Grid, at: I64, de: F64, dn: F64) -> F64:
    """(R, D) how far each drone is from each plot or bearing, in gates."""
    turn = (np.arctan2(de, dn) - (plots.azimuth_rad[rows] - s.convergence_rad)[:, None] + np.pi) % (2 * np.pi) - np.pi
    flat = np.hypot(de, dn)
    far = np.hypot(flat, grid.u_m[at] - s.hae_m) if np.isfinite(s.hae_m) else flat
    sigma = s.sigma_azimuth_rad if np.isfinite(s.sigma_azimuth_rad) else _DEFAULT_AZIMUTH_RAD
    measured = plots.range_m[rows][:, None]
    sigma_r = s.sigma_range_m if np.isfinite(s.sigma_range_m) else _DEFAULT_RANGE_M
    along = (far - measured) / max(GATE_SIGMAS * sigma_r, LEAST_GATE_M)
    across = turn * flat / np.maximum(GATE_SIGMAS * sigma * flat, LEAST_GATE_M)
    bearing = np.where(far <= s.reach_m, np.abs(turn) / max(GATE_SIGMAS * sigma, LEAST_GATE_RAD), np.inf)
    # a bearing fits all on its line: of those it is the nearest one's, so the range decides within the gate
    bearing = np.where(bearing <= 1.0, 0.5 * bearing + 0.5 * far / s.reach_m, np.inf)
    return np.where(np.isfinite(measured), np.hypot(along, across), bearing)


def _of_places(plots: Plots, rows: I64, grid: Grid, at: I64) -> F64:
    """(R, D) the same for reports that give a place."""
    off = np.hypot(grid.e_m[at] - plots.e_m[rows][:, None], grid.n_m[at] - plots.n_m[rows][:, None])
    gate = np.maximum(GATE_SIGMAS * np.nan_to_num(plots.sigma_h_m[rows], nan=0.0), LEAST_GATE_M)
    return np.asarray(off / gate[:, None])
