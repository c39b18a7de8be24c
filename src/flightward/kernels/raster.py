"""Cells on a raster of the plane: fill it with polygons, and count in which cells an ensemble's drones are."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from flightward.kernels._jit import inner, kernel
from flightward.kernels.counter_random import shuffle_ranks
from flightward.kernels.futures import (
    OF_RAID,
    OWN,
    TURNS,
    Drones,
    MotionRule,
    draw_ways,
    exponentials,
    fadings,
    fly,
    is_there,
)

NO_CELL = -1


class Raster(NamedTuple):
    """Square pixels from the south-west corner (e_m, n_m) on, and the cells that are counted.

    cell  (NY, NX) int64, the cell of each pixel's centre, NO_CELL outside
    row   (all cells,) int64, in which of the C counted rows a cell stands, NO_CELL where it is not counted
    """

    e_m: float
    n_m: float
    pixel_m: float
    cell: NDArray[np.int64]
    row: NDArray[np.int64]


@kernel
def fill_cells(
    start: NDArray[np.int64], e_m: NDArray[np.float64], n_m: NDArray[np.float64],
    west_m: float, south_m: float, pixel_m: float, cell_out: NDArray[np.int64],
) -> None:
    """Write c into every pixel whose centre lies in the convex polygon c, corners start[c] .. start[c + 1].

    cell_out (NY, NX), to be filled with NO_CELL before; pixel (row, col) has its centre half a pixel in from its
    south-west corner at (west_m + col * pixel_m, south_m + row * pixel_m).
    """
    ny, nx = cell_out.shape
    for c in range(start.shape[0] - 1):
        a, b = start[c], start[c + 1]
        low, high = np.inf, -np.inf
        for i in range(a, b):
            low, high = min(low, n_m[i]), max(high, n_m[i])
        first = max(0, int(np.ceil((low - south_m) / pixel_m - 0.5)))
        last = min(ny - 1, int(np.floor((high - south_m) / pixel_m - 0.5)))
        for row in range(first, last + 1):
            y = south_m + (row + 0.5) * pixel_m
            left, right = np.inf, -np.inf
            for i in range(a, b):
                j = i + 1 if i + 1 < b else a
                if (n_m[i] <= y) != (n_m[j] <= y):
                    x = e_m[i] + (y - n_m[i]) / (n_m[j] - n_m[i]) * (e_m[j] - e_m[i])
                    left, right = min(left, x), max(right, x)
            if left > right:
                continue
            for col in range(
                max(0, int(np.ceil((left - west_m) / pixel_m - 0.5))),
                min(nx - 1, int(np.floor((right - west_m) / pixel_m - 0.5))) + 1,
            ):
                cell_out[row, col] = c


@kernel
def row_at(raster: Raster, e_m: float, n_m: float) -> int:
    """Row of the counted cell at a place on the plane, or NO_CELL."""
    x, y = (e_m - raster.e_m) / raster.pixel_m, (n_m - raster.n_m) / raster.pixel_m
    # also false for NaN
    if not (x >= 0.0 and y >= 0.0 and x < raster.cell.shape[1] and y < raster.cell.shape[0]):
        return NO_CELL
    c = raster.cell[int(y), int(x)]
    return int(raster.row[c]) if c >= 0 else NO_CELL


@kernel
def count_cells(
    seed: int, d: Drones, rule: MotionRule, normal: NDArray[np.float64], ahead_s: NDArray[np.float64],
    raster: Raster, bits: NDArray[np.uint64], p_any_out: NDArray[np.float64], n_expected_out: NDArray[np.float64],
) -> None:
    """Chance that at least one of M drones is in each of C cells at H times ahead, over K joint draws.

    bits   (H, C, ceil(K / 64)) uint64 zeros: bit k set when some drone is in the cell in draw k
    p_any_out, n_expected_out  (H, C), n_expected_out zeros before
    """
    k_count = normal.shape[0]
    h_count = ahead_s.shape[0]
    ranks = np.empty((max(OWN, OF_RAID), k_count), np.int64)
    way = np.zeros((k_count, TURNS + 2, 6))
    e_m, n_m = np.empty(h_count), np.empty(h_count)
    fade, loss = np.empty((h_count, 4)), np.empty(k_count)
    fadings(ahead_s, rule, fade)
    exponentials(rule.loss_s, loss)
    one = np.uint64(1)
    for m in range(d.track.shape[0]):
        if m == 0 or d.raid[m] != d.raid[m - 1]:
            draw_ways(seed, d, m, rule, normal, ranks, way)
        for q in range(OWN):
            shuffle_ranks(seed, 2 * d.track[m], q, ranks[q])
        for k in range(k_count):
            if not is_there(d, m, k, rule, ranks, way):
                continue
            ends_s = fly(d, m, k, rule, normal, ranks, way, ahead_s, fade, e_m, n_m)
            is_present = ranks[0, k] + 0.5 < d.p[m] * k_count
            lost_s = min(d.born_s[m] + loss[ranks[9, k]], ends_s)
            word, bit = k >> 6, one << np.uint64(k & 63)
            for h in range(h_count):
                if ahead_s[h] < d.born_s[m] and ranks[12, k] + 0.5 >= d.p_before[m] * k_count:
                    continue
                if ahead_s[h] >= lost_s:
                    break
                c = row_at(raster, e_m[h], n_m[h])
                if c >= 0:
                    n_expected_out[h, c] += d.p[m] / k_count
                    if is_present:
                        bits[h, c, word] |= bit
    _count_bits(bits, k_count, n_expected_out, p_any_out)


@inner
def _count_bits(
    bits: NDArray[np.uint64], k_count: int, n_expected: NDArray[np.float64], p_any_out: NDArray[np.float64]
) -> None:
    one = np.uint64(1)
    for h in range(bits.shape[0]):
        for c in range(bits.shape[1]):
            p_any_out[h, c] = 0.0
            if n_expected[h, c] > 0.0:
                count = 0
                for w in range(bits.shape[2]):
                    rest = bits[h, c, w]
                    while rest:
                        rest &= rest - one
                        count += 1
                # a chance is never above the expected number; where drones are few that is the smoother figure
                p_any_out[h, c] = min(count / k_count, n_expected[h, c])
