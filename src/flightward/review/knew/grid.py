"""The drones of the day on whole seconds, and which of them were the ones that mattered."""

from __future__ import annotations

import dataclasses

import numpy as np
from numpy.typing import NDArray

from flightward.config import CaughtConfig
from flightward.review.closeness import Closeness, Path4D
from flightward.review.evidence import Columns
from flightward.review.scene import F64, I64

VELOCITY_OVER_S = 10
"""A drone's course and speed are means over this many seconds before."""


@dataclasses.dataclass(frozen=True)
class Grid:
    """D hostile drones at T whole seconds: plane metres and height, (T, D); NaN: not there, or on the ground."""

    t_s: F64
    ids: tuple[str, ...]
    e_m: F64
    n_m: F64
    u_m: F64

    def row(self, t_s: F64 | float) -> I64:
        """The whole second nearest to times, held to the day."""
        row: I64 = np.clip(np.rint(np.asarray(t_s) - self.t_s[0]).astype(np.int64), 0, len(self.t_s) - 1)
        return row

    def velocity(self, row: int) -> tuple[F64, F64]:
        """(D,) plane velocities by then; NaN where a drone has not been there that long."""
        ago = max(row - VELOCITY_OVER_S, 0)
        dt = max(row - ago, 1)
        return (self.e_m[row] - self.e_m[ago]) / dt, (self.n_m[row] - self.n_m[ago]) / dt


def grid_of(drones: Columns, t_s: F64) -> Grid:
    """Rows t_s, track_id, e_m, n_m, hae_m as a grid over the whole seconds `t_s`."""
    ids, which = np.unique(drones["track_id"].astype(str), return_inverse=True)
    out = [np.full((len(t_s), len(ids)), np.nan) for _ in range(3)]
    row = np.rint(drones["t_s"] - t_s[0]).astype(np.int64) if len(t_s) else np.zeros(0, np.int64)
    keep = (row >= 0) & (row < len(t_s))
    if "on_ground" in drones:
        keep &= drones["on_ground"] != 1.0
    for axis, name in zip(out, ("e_m", "n_m", "hae_m"), strict=True):
        axis[row[keep], which[keep]] = drones[name][keep]
    return Grid(t_s, tuple(str(x) for x in ids), *out)


def those_that_mattered(
    grid: Grid, path: Path4D, best: Closeness, cfg: CaughtConfig
) -> tuple[NDArray[np.int64], int, int | None, str]:
    """Columns of the drones that caught the flight, how many of them it took, the second, and the cause.

    Where it was not caught: the drone that came nearest, 1, the second of that, "". No drones: none, 0, None, "".
    """
    row, cause = best.first_caught(), ""
    if row is not None:
        cause = str(best.caught_by[row])
    else:
        row = best.closest()
    if row is None:
        return np.zeros(0, np.int64), 0, None, ""
    h = np.hypot(grid.e_m[row] - path.e_m[row], grid.n_m[row] - path.n_m[row])
    v = np.abs(grid.u_m[row] - path.hae_m[row])
    if cause == "raid":
        near = np.flatnonzero((h <= cfg.raid_radius_m) & (v <= cfg.raid_height_m))
    elif cause == "lone":
        near = np.flatnonzero((h <= cfg.lone_radius_m) & (v <= cfg.lone_height_m))
    else:
        near = np.array([], np.int64)
    if not len(near):
        near = np.array([int(np.nanargmin(h))]) if np.isfinite(h).any() else np.zeros(0, np.int64)
    needed = min(cfg.caught_n if cause == "raid" else 1, len(near))
    return near[np.argsort(h[near])], needed, row, cause
