"""The forecast on H3 cells: counted on a raster of the plane that knows the cell of each pixel."""

from __future__ import annotations

import math

import h3.api.basic_int as h3
import numpy as np

from flightward.kernels.raster import NO_CELL, Raster, count_cells, fill_cells
from flightward.model import F64, I64, AreaFrame, CellForecast, f64, i64
from flightward.raids.calibration import calibrated
from flightward.raids.forecast import MOTION, Expected, quantiles

PIXEL_M = 500.0
"""Pixels of the raster: the share of positions that it puts into a wrong cell is in docs/design/forecast.md."""

NEAR_PIXEL_M = 250.0
"""The same for the finer cells near flights."""

MARGIN_M = 5_000.0
"""Cells are kept whose centre is inside the area's radius and this: a cell at the rim lies partly inside."""

DRAWS = 256
"""Draws behind p_any. Counting adds p (1 - p) / 256 at most to its Brier score: 0.4 % of what chance itself does."""


CALIBRATED_RESOLUTION = 6
"""The size of cells for which the last map was fitted; finer cells are left as they are counted."""


class CellMap:
    """The H3 cells of one resolution around the area's centre, and the raster that finds them."""

    def __init__(self, frame: AreaFrame, radius_m: float, resolution: int, pixel_m: float) -> None:
        self.resolution = resolution
        edge_m = h3.average_hexagon_edge_length(resolution, unit="m")
        centre = h3.latlng_to_cell(math.degrees(frame.lat0_rad), math.degrees(frame.lon0_rad), resolution)
        # cells shrink to 0.75 of the average width in places; one ring is sqrt(3) edges wide
        rings = int((radius_m + MARGIN_M) / (0.75 * math.sqrt(3.0) * edge_m)) + 2
        cells = np.array(sorted(h3.grid_disk(centre, rings)), dtype=np.uint64)
        e_m, n_m = _plane(frame, [h3.cell_to_latlng(c) for c in cells.tolist()])
        inside = np.hypot(e_m, n_m) <= radius_m + MARGIN_M
        cells = cells[inside]
        corners = [h3.cell_to_boundary(c) for c in cells.tolist()]
        start = i64(np.concatenate([[0], np.cumsum([len(c) for c in corners])]))
        corner_e, corner_n = _plane(frame, [p for c in corners for p in c])
        reach_m = radius_m + MARGIN_M + 2.0 * edge_m
        side = math.ceil(2.0 * reach_m / pixel_m)
        cell = np.full((side, side), NO_CELL, dtype=np.int64)
        fill_cells(start, corner_e, corner_n, -reach_m, -reach_m, pixel_m, cell)
        self.h3 = cells
        self.e_m, self.n_m = e_m[inside], n_m[inside]
        self.raster = Raster(-reach_m, -reach_m, pixel_m, cell, np.arange(len(cells)))

    def near(self, e_m: F64, n_m: F64, radius_m: float) -> I64:
        """Rows of the cells whose centre is within radius_m of any of the (F,) places; NaN is nowhere."""
        d_m = np.hypot(self.e_m[:, None] - e_m, self.n_m[:, None] - n_m)
        return np.flatnonzero((d_m <= radius_m).any(axis=1))

    def forecast(
        self,
        issued_s: float,
        seed: int,
        expected: Expected,
        horizons_s: tuple[float, ...],
        p_any_min: float,
        only: I64 | None = None,
    ) -> CellForecast:
        """Chance of at least one drone, and the expected number, in each cell where the chance is p_any_min or more.

        only   rows of the cells that are wanted; None: all.
        """
        ahead_s = f64(horizons_s)
        rows = np.arange(len(self.h3)) if only is None else only
        row = np.full(len(self.h3), NO_CELL, dtype=np.int64)
        row[rows] = np.arange(len(rows))
        raster = self.raster._replace(row=row)
        shape = (len(ahead_s), len(rows))
        bits = np.zeros((*shape, (DRAWS + 63) // 64), dtype=np.uint64)
        p_any, n_expected = np.empty(shape), np.zeros(shape)
        drones = expected.drones(ahead_s)
        count_cells(seed, drones, MOTION, quantiles(DRAWS), ahead_s, raster, bits, p_any, n_expected)
        if self.resolution == CALIBRATED_RESOLUTION:
            p_any = calibrated(p_any, n_expected, ahead_s)
        h, c = np.nonzero(p_any >= max(p_any_min, 1e-12))
        return CellForecast(
            issued_s=issued_s, resolution=self.resolution, horizon_s=ahead_s[h], h3=self.h3[rows[c]],
            p_any=p_any[h, c], n_expected=n_expected[h, c],
        )  # fmt: skip


def _plane(frame: AreaFrame, lat_lng: list[tuple[float, float]]) -> tuple[F64, F64]:
    """Plane east and north of H3's (latitude, longitude) pairs, which are in degrees."""
    points = np.radians(np.array(lat_lng, dtype=np.float64).reshape(-1, 2))
    return frame.to_plane(f64(points[:, 0]), f64(points[:, 1]))
