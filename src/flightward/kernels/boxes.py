"""Which straight movers may meet at all: swept boxes, sorted along east, in columns of north and height.

A box holds all places that a mover can have within the lookahead. The air is cut into columns that run from west to
east, twice as wide (north) and high as a mean box, and every box stands in all columns that it touches. Along a
column boxes are sorted by their west side, so that each is held against those alone that begin before it ends.
Columns are numbered round and round (a power of two of them), so one object far away costs nothing: two boxes of
different columns of one number are told apart by the boxes themselves. Two boxes share several columns; they count
in the one that holds the south and low corner of what they have in common.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from flightward.kernels._jit import inner, kernel

F64 = NDArray[np.float64]
I8 = NDArray[np.int8]
I64 = NDArray[np.int64]

GOOD, NOT_FINITE = 0, 1
WEST, EAST, SOUTH, NORTH, LOW, HIGH = 0, 1, 2, 3, 4, 5
"""Columns of a box."""
ROUNDING = 1e-12
"""A box is wider by so much of its largest number: all arithmetic on it errs by less."""
_FARTHEST = 2.0**52
_UP = 16
"""Layers of columns in height: airliners fill about as many of a mean box's height."""
_LEAST, _MOST = 16, 4096


class Columns(NamedTuple):
    """Size of a column, and how many there are before the numbers begin again (powers of two)."""

    cell_n_m: float
    cell_u_m: float
    m_n: int
    m_u: int


@inner
def _swept(at_m: float, rate_mps: float, reach_m: float, reach_mps: float, until_s: float) -> tuple[float, float]:
    """Lowest and highest value within [0, until_s]: linear, so at its ends."""
    end_m, wide_m = at_m + rate_mps * until_s, reach_m + reach_mps * until_s
    pad_m = ROUNDING * (abs(at_m) + abs(rate_mps) * until_s + wide_m)
    return min(at_m - reach_m, end_m - wide_m) - pad_m, max(at_m + reach_m, end_m + wide_m) + pad_m


@kernel
def boxes(
    states: F64, reach: F64, more_h_m: float, more_v_m: float, until_s: float, box_out: F64, status_out: I8
) -> None:
    """The boxes of N movers within [0, until_s].

    states (N, 6) e, n, u and their rates. reach (N, 4) how far from there a mover may be: horizontal and vertical now,
    and how much more of each a second; the vertical ones may be infinite. more_h_m, more_v_m are added to all.
    box_out (N, 6): west, east, south, north, low, high; a bad row's west is infinite. status_out (N,): 0 good, 1 bad.
    """
    for i in range(states.shape[0]):
        wide_m, high_m = reach[i, 0] + more_h_m, reach[i, 1] + more_v_m
        for k in range(2):
            lo, hi = _swept(states[i, k], states[i, 3 + k], wide_m, reach[i, 2], until_s)
            box_out[i, 2 * k], box_out[i, 2 * k + 1] = lo, hi
        lo, hi = -math.inf, math.inf
        if high_m < math.inf and reach[i, 3] < math.inf:
            lo, hi = _swept(states[i, 2], states[i, 5], high_m, reach[i, 3], until_s)
        box_out[i, LOW], box_out[i, HIGH] = lo, hi
        known = wide_m >= 0.0 and high_m >= 0.0 and reach[i, 2] >= 0.0 and reach[i, 3] >= 0.0
        for k in range(4):
            known = known and math.isfinite(box_out[i, k])
        known = known and math.isfinite(states[i, 2] + until_s * states[i, 5]) and not math.isnan(lo)
        status_out[i] = GOOD if known else NOT_FINITE
        if not known:
            box_out[i, WEST] = math.inf


@inner
def mean_width(box: F64, side: int) -> float:
    """Mean of the finite widths; 0 if there are none."""
    total, n = 0.0, 0
    for i in range(box.shape[0]):
        width = box[i, side + 1] - box[i, side]
        if width < math.inf:
            total += width
            n += 1
    return total / n if n > 0 else 0.0


@inner
def columns_for(n_rows: int, width_n_m: float, width_u_m: float) -> Columns:
    """Columns twice as wide as a mean box, as many as rows ask for."""
    m_n = _LEAST
    while m_n * 64 < n_rows and m_n < _MOST:
        m_n *= 2
    return Columns(
        2.0 * width_n_m if width_n_m > 0.0 else 1.0, 2.0 * width_u_m if width_u_m > 0.0 else 1.0, m_n,
        _UP if width_u_m > 0.0 else 1,
    )  # fmt: skip


@inner
def _cell(at_m: float, size_m: float) -> int:
    return math.floor(min(max(at_m / size_m, -_FARTHEST), _FARTHEST))


@inner
def corner(box: F64, grid: Columns) -> I64:
    """(N, 2) the first column of each box, north and up, counted without an end."""
    out = np.empty((box.shape[0], 2), np.int64)
    for i in range(box.shape[0]):
        out[i, 0] = _cell(box[i, SOUTH], grid.cell_n_m)
        out[i, 1] = _cell(box[i, LOW], grid.cell_u_m)
    return out


@inner
def _span(box: F64, first: I64, i: int, grid: Columns) -> tuple[int, int]:
    """How many columns a box touches, north and up; each number once."""
    return (
        min(_cell(box[i, NORTH], grid.cell_n_m) - first[i, 0] + 1, grid.m_n),
        min(_cell(box[i, HIGH], grid.cell_u_m) - first[i, 1] + 1, grid.m_u),
    )  # fmt: skip


@inner
def fill(box: F64, first: I64, grid: Columns) -> tuple[I64, I64]:
    """Rows of each column: start (m_n m_u + 1,) and the rows, in the order in which they stand in `box`."""
    size = grid.m_n * grid.m_u
    start = np.zeros(size + 1, np.int64)
    for i in range(box.shape[0]):
        n_n, n_u = _span(box, first, i, grid)
        for a in range(n_n):
            row = ((first[i, 0] + a) & (grid.m_n - 1)) * grid.m_u
            for b in range(n_u):
                start[row + ((first[i, 1] + b) & (grid.m_u - 1)) + 1] += 1
    for c in range(size):
        start[c + 1] += start[c]
    at, entry = start[:size].copy(), np.empty(start[size], np.int64)
    for i in range(box.shape[0]):
        n_n, n_u = _span(box, first, i, grid)
        for a in range(n_n):
            row = ((first[i, 0] + a) & (grid.m_n - 1)) * grid.m_u
            for b in range(n_u):
                c = row + ((first[i, 1] + b) & (grid.m_u - 1))
                entry[at[c]] = i
                at[c] += 1
    return start, entry


@inner
def picked(rows: F64, order: I64) -> F64:
    """Rows in another order."""
    out = np.empty((order.shape[0], rows.shape[1]))
    for k in range(order.shape[0]):
        for c in range(rows.shape[1]):
            out[k, c] = rows[order[k], c]
    return out


@kernel
def pair_order(first: I64, second: I64, n_first: int, n_second: int, order_out: I64) -> None:
    """The order of P pairs by first, then second row: two stable passes of counting, the second row's first."""
    once = np.empty(first.shape[0], np.int64)
    at = np.zeros(n_second + 1, np.int64)
    for p in range(second.shape[0]):
        at[second[p] + 1] += 1
    for k in range(n_second):
        at[k + 1] += at[k]
    for p in range(second.shape[0]):
        once[at[second[p]]] = p
        at[second[p]] += 1
    at = np.zeros(n_first + 1, np.int64)
    for p in range(first.shape[0]):
        at[first[p] + 1] += 1
    for k in range(n_first):
        at[k + 1] += at[k]
    for k in range(first.shape[0]):
        p = once[k]
        order_out[at[first[p]]] = p
        at[first[p]] += 1


@inner
def longest(start: I64) -> int:
    """How many entries the fullest of the columns has; start (C + 1,)."""
    most = 0
    for c in range(start.shape[0] - 1):
        most = max(most, start[c + 1] - start[c])
    return most
