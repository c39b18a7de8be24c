"""The forecast on H3 cells: counted on a raster of the plane that knows the cell of each pixel."""

from __future__ import annotations

import math

import h3.api.basic_int as h3
import numpy as np

from flightward.kernels.raster import NO_CELL, Raster, count_cells, fill_cells
from flightward.model import F64, AreaFrame, CellForecast, f64, i64
from flightward.raids.forecast import MOTION, Expected, quantiles

PIXEL_M = 500.0
"""Pixels of the raster for resolution 6; 1/4 of that for the finer one near flights."""

MARGIN_M = 5_000.0
"""Cells are kept whose centre is inside the area's radius and this: a cell at the rim lies partly inside."""

DRAWS = 512
"""Draws behind p_any: its steps are 1/512 = 0.002."""


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
        cells = cells[np.hypot(e_m, n_m) <= radius_m + MARGIN_M]
        corners = [h3.cell_to_boundary(c) for c in cells.tolist()]
        start = i64(np.concatenate([[0], np.cumsum([len(c) for c in corners])]))
        corner_e, corner_n = _plane(frame, [p for c in corners for p in c])
        reach_m = radius_m + MARGIN_M + 2.0 * edge_m
        side = math.ceil(2.0 * reach_m / pixel_m)
        cell = np.full((side, side), NO_CELL, dtype=np.int64)
        fill_cells(start, corner_e, corner_n, -reach_m, -reach_m, pixel_m, cell)
        self.h3 = cells
        self.raster = Raster(-reach_m, -reach_m, pixel_m, cell)

    def forecast(
        self, issued_s: float, seed: int, expected: Expected, horizons_s: tuple[float, ...], p_any_min: float
    ) -> CellForecast:
        """Chance of at least one drone, and the expected number, in each cell where the chance is p_any_min or more."""
        ahead_s = f64(horizons_s)
        shape = (len(ahead_s), len(self.h3))
        bits = np.zeros((*shape, (DRAWS + 63) // 64), dtype=np.uint64)
        p_any, n_expected = np.empty(shape), np.zeros(shape)
        drones = expected.drones(ahead_s)
        count_cells(seed, drones, MOTION, quantiles(DRAWS), ahead_s, self.raster, bits, p_any, n_expected)
        h, c = np.nonzero(p_any >= max(p_any_min, 1e-12))
        return CellForecast(
            issued_s=issued_s, resolution=self.resolution, horizon_s=ahead_s[h], h3=self.h3[c],
            p_any=p_any[h, c], n_expected=n_expected[h, c],
        )  # fmt: skip


def _plane(frame: AreaFrame, lat_lng: list[tuple[float, float]]) -> tuple[F64, F64]:
    """Plane east and north of H3's (latitude, longitude) pairs, which are in degrees."""
    points = np.radians(np.array(lat_lng, dtype=np.float64).reshape(-1, 2))
    return frame.to_plane(f64(points[:, 0]), f64(points[:, 1]))
