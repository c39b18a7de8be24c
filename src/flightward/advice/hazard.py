"""The additive hazard of one forecast: per cell, minute and band of heights, made once and asked by all flights.

A cell of 5 km is kept as four parts of 2.5 km, and only where any draw has anybody caught. What a path adds up is
-log(survival) as if minutes were independent of each other; they are not, so what is found on it is judged again by the
ensemble (docs/design/path-search.md).
"""

from __future__ import annotations

import dataclasses
import math

import numpy as np

from flightward.config import CaughtConfig
from flightward.encounters import Swept, path_errors
from flightward.encounters.zones import frozen, windows
from flightward.kernels import hazard_field as kernels
from flightward.kernels import polygon
from flightward.kernels.caught_plan import Zones
from flightward.kernels.drone_intervals import Drones
from flightward.kernels.hazard_along import Field
from flightward.model import F64, I8, I64, Futures, ZoneBatch, ZoneKind

CELL_M = 5_000.0
STEP_S = 60.0
BAND_M = 600.0
"""Heights of one band are taken as its middle: half of it is added to the reach of drones, up and down."""
DRAWS = 32
"""Draws of the ensemble that are asked, at most the 64 bits of a word; half of them take half of the time, and what is
found is judged by all."""
BITS = 64
CELLS_MAX = 256
"""Rows or columns; a larger field has larger cells."""
SIGMAS = 2.5


_Band = tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]
"""Rows (1, T, rows, columns), blocks, first and last steps of one band."""


@dataclasses.dataclass
class HazardField:
    """The field of one issue of the forecast; bands are made when first asked for. Times from `made_s`."""

    made_s: float
    issued_s: float
    cells: kernels.Cells
    swarm: kernels.Swarm
    held: dict[int, kernels.Held]
    caught: CaughtConfig
    bands: dict[int, _Band]

    def asked(self, bands: tuple[int, ...]) -> Field:
        """The field of these bands, as the search takes it: row k of its `row_of` is bands[k]."""
        parts = [self._band(b) for b in bands]
        rows, block, first, last = parts[0]
        if len(parts) > 1:
            offsets = np.cumsum([0, *(len(b) for _, b, _, _ in parts[:-1])])
            rows = np.concatenate([
                np.where(r > 0, r + at, 0).astype(np.int32) for (r, _, _, _), at in zip(parts, offsets, strict=True)
            ])
            block = np.concatenate([b for _, b, _, _ in parts])
            first = np.minimum.reduce([f for _, _, f, _ in parts])
            last = np.maximum.reduce([x for _, _, _, x in parts])
        c = self.cells
        return Field(
            c.e0_m, c.n0_m, c.cell_m, c.t0_s, c.step_s, frozen(rows), frozen(block), frozen(first), frozen(last)
        )

    def _band(self, band: int) -> _Band:
        if band not in self.bands:
            self.bands[band] = self._made(band)
        return self.bands[band]

    def _made(self, band: int) -> _Band:
        c, half = self.caught, 0.5 * BAND_M
        reach = kernels.Reach(
            int(c.caught_n), float(c.raid_radius_m), float(c.raid_height_m) + half, float(c.lone_radius_m),
            float(c.lone_height_m) + half, float(c.zone_radius_m), (band + 0.5) * BAND_M,
        )
        index = np.zeros((self.cells.steps, self.cells.rows, self.cells.columns), np.int32)
        block = np.empty((index.size, kernels.FINE * kernels.FINE), np.float32)
        used = kernels.hazard_field(self.cells, self.swarm, reach, self._held(band), _loss(len(self.swarm.row_of)),
                                    index, block)
        is_any = index > 0
        some, steps = is_any.any(axis=0), self.cells.steps
        first = np.where(some, is_any.argmax(axis=0), steps).astype(np.int64)
        last = np.where(some, steps - 1 - is_any[::-1].argmax(axis=0), -1).astype(np.int64)
        kept = block[:used].copy() if used else np.zeros((1, block.shape[1]), np.float32)
        return frozen(index[None]), frozen(kept), frozen(first), frozen(last)

    def _held(self, band: int) -> kernels.Held:
        """The zones whose heights hold any of the band."""
        return self.held.get(band, self.held[_NO_BAND])


_NO_BAND = -1_000_000


def band_of(u_m: float) -> int:
    """The band of a height."""
    return math.floor(u_m / BAND_M)


def hazard_field(
    futures: Futures | None, boxes: Swept | None, zones: ZoneBatch, now_s: float, cfg: CaughtConfig, loose_m: float,
    radius_m: float, bands: range = range(-2, 40),
) -> HazardField | None:
    """The field of what is known at `now_s`, for flights that are flown `loose_m` (1 sigma) off; None: no hazard.

    futures, boxes  the forecast and `swept` of it.     radius_m  of the area: what lies further out is not looked at.
    """
    defended = [int(z) for z in np.flatnonzero(zones.kind == ZoneKind.DEFENDED)]
    if futures is None or boxes is None or (not futures.n_drones and not defended):
        return None
    swarm = _swarm(futures, now_s, loose_m)
    cells = _cells(futures, zones, defended, cfg.raid_radius_m + SIGMAS * loose_m, radius_m)
    drones = Drones(
        swarm.knot_s, futures.e_m, futures.n_m, futures.u_m, futures.present, swarm.lost_s, boxes.box_m, boxes.order,
        boxes.block_m, boxes.draw_m, boxes.raid_of,
    )
    asked = np.array(defended, dtype=np.int64)
    opened = windows(zones, asked, now_s, futures.n_draws, drones, cfg)
    held = {_NO_BAND: _held(opened, np.zeros(0, np.int64), [], zones, swarm.row_of)}
    if len(opened.window_zone):
        parts = _parts(zones, cells)
        for band in bands:
            low, high = band * BAND_M, (band + 1) * BAND_M
            meets = [z for z in defended if zones.floor_m[z] <= high and zones.ceiling_m[z] >= low]
            if meets:
                held[band] = _held(opened, np.array(meets), parts, zones, swarm.row_of)
    return HazardField(now_s, futures.issued_s, cells, swarm, held, cfg, {})


def _swarm(futures: Futures, now_s: float, loose_m: float) -> kernels.Swarm:
    k = futures.n_draws
    # neighbours are antithetic pairs: they stay together
    rows = np.arange(k) if k <= DRAWS else np.unique(
        (np.arange(DRAWS // 2) * (k // 2) // (DRAWS // 2) * 2)[:, None] + np.arange(2)
    )
    off = -loose_m * path_errors(k)[rows]
    bit: np.ndarray = np.left_shift(np.uint64(1), np.arange(BITS, dtype=np.uint64))
    return kernels.Swarm(
        frozen(futures.knot_s - now_s), futures.e_m, futures.n_m, futures.u_m, futures.present,
        frozen(futures.lost_s - now_s), frozen(rows.astype(np.int64)), frozen(off), frozen(bit),
    )


def _cells(futures: Futures, zones: ZoneBatch, defended: list[int], reach_m: float, radius_m: float) -> kernels.Cells:
    """A box around all that may be dangerous, in whole cells; at most CELLS_MAX either way."""
    corners = np.concatenate([np.arange(zones.start[z], zones.start[z + 1]) for z in defended] or [np.zeros(0)])
    most, low, high = radius_m + reach_m, [], []
    for drones, zone in ((futures.e_m, zones.e_m), (futures.n_m, zones.n_m)):
        here = zone[corners.astype(np.int64)]
        far = [drones.min() - reach_m, drones.max() + reach_m] if drones.size else []
        values = np.concatenate([far, here]) if len(here) or len(far) else np.zeros(1)
        low.append(float(np.clip(values.min(), -most, most)))
        high.append(float(np.clip(values.max(), -most, most)))
    cell = CELL_M
    while max(high[0] - low[0], high[1] - low[1]) / cell > CELLS_MAX - 2:
        cell *= 2.0
    e0, n0 = math.floor(low[0] / cell) * cell, math.floor(low[1] / cell) * cell
    columns, rows = (max(1, math.ceil((b - a) / cell)) for a, b in ((e0, high[0]), (n0, high[1])))
    steps = max(1, math.floor((futures.knot_s[-1] - futures.issued_s) / STEP_S))
    return kernels.Cells(e0, n0, cell, 0.0, STEP_S, rows, columns, steps)


def _parts(zones: ZoneBatch, cells: kernels.Cells) -> list[I64]:
    """For each zone the parts of cells whose middle is in its polygon."""
    side = cells.cell_m / kernels.FINE
    rows, columns = cells.rows * kernels.FINE, cells.columns * kernels.FINE
    out = []
    for z in range(len(zones)):
        corners = slice(int(zones.start[z]), int(zones.start[z + 1]))
        if zones.kind[z] != ZoneKind.DEFENDED or corners.stop - corners.start < 3:
            out.append(np.zeros(0, np.int64))
            continue
        a, b = _span(zones.e_m[corners], cells.e0_m, side, columns)
        c, d = _span(zones.n_m[corners], cells.n0_m, side, rows)
        row, column = (v.ravel() for v in np.meshgrid(np.arange(c, d), np.arange(a, b), indexing="ij"))
        is_in: I8 = np.zeros((len(row), 1), np.int8)
        polygon.inside(
            frozen(cells.e0_m + (column + 0.5) * side), frozen(cells.n0_m + (row + 0.5) * side),
            frozen(np.array([0, corners.stop - corners.start])), frozen(zones.e_m[corners]),
            frozen(zones.n_m[corners]), is_in,
        )
        out.append((row * columns + column)[is_in[:, 0] == 1].astype(np.int64))
    return out


def _span(corner_m: F64, origin_m: float, side_m: float, count: int) -> tuple[int, int]:
    """First part and one after the last that may hold the polygon."""
    low, high = (float(corner_m.min()) - origin_m) / side_m, (float(corner_m.max()) - origin_m) / side_m
    return int(np.clip(math.floor(low), 0, count)), int(np.clip(math.ceil(high), 0, count))


def _held(opened: Zones, meets: I64, parts: list[I64], zones: ZoneBatch, rows: I64) -> kernels.Held:
    """The windows of the zones in `meets`, in the draws asked."""
    which = np.flatnonzero(np.isin(opened.window_zone, meets))
    mine = [parts[z] if z in meets else np.zeros(0, np.int64) for z in range(len(zones))] if len(which) else []
    start = np.concatenate([[0], np.cumsum([len(p) for p in mine], dtype=np.int64)]).astype(np.int64)
    flat = np.concatenate(mine) if mine else np.zeros(0, np.int64)
    return kernels.Held(
        frozen(start), frozen(flat), frozen(opened.window_zone[which]), frozen(opened.window_from_s[rows][:, which]),
        frozen(opened.window_to_s[rows][:, which]), frozen(opened.unseen[rows][:, which]),
    )


def _loss(draws: int) -> F64:
    """-log(survival) by number of draws caught; caught in all of them counts as half a draw less."""
    caught = np.minimum(np.arange(BITS + 1) / draws, 1.0 - 0.5 / draws)
    return frozen(-np.log1p(-caught))
