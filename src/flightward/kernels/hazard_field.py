"""How dangerous the air is, per cell and minute: in which draws of an ensemble somebody there would be caught.

The draws of one cell are the bits of one word, so that "at least n drones at once" is a saturating count of words and a
disc is a few runs of cells per row. What is kept is -log(survival) of one step in the cell: it adds up along a path.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from flightward.kernels._jit import inner, kernel

F32 = NDArray[np.float32]
F64 = NDArray[np.float64]
I32 = NDArray[np.int32]
I64 = NDArray[np.int64]
U64 = NDArray[np.uint64]
I8 = NDArray[np.int8]

FINE = 2
"""Each cell is kept as FINE x FINE parts."""
WIDE = 4
"""The wide circle about a zone's drones is drawn on a grid of WIDE parts."""


class Cells(NamedTuple):
    """Rows of cells along north, columns along east; steps of time."""

    e0_m: float
    n0_m: float
    cell_m: float
    t0_s: float
    step_s: float
    rows: int
    columns: int
    steps: int


class Swarm(NamedTuple):
    """knot_s (H,), e_m, n_m, u_m (K, M, H), present, lost_s (K, M); row_of (B,) draws used, B <= 64; off_m (B, 2)
    by how much each draw is moved: the flight's own looseness; bit (64,) single bits."""

    knot_s: F64
    e_m: F64
    n_m: F64
    u_m: F64
    present: I8
    lost_s: F64
    row_of: I64
    off_m: F64
    bit: U64


class Reach(NamedTuple):
    """What caught means in one band of heights: how many at once, radius, half heights widened by the band."""

    caught_n: int
    raid_m: float
    raid_up_m: float
    lone_m: float
    lone_up_m: float
    zone_m: float
    middle_m: float


class Held(NamedTuple):
    """Parts of cells inside defended zones: part (C,) by zone start (Z + 1,); windows by draw (B, W), unseen (B, W)."""

    start: I64
    part: I64
    window_zone: I64
    from_s: F64
    to_s: F64
    unseen: I8


@inner
def _bits(word: np.uint64) -> int:
    """How many bits are set: sums of pairs, of fours, of bytes, and of those."""
    pair, four, byte = np.uint64(0x5555555555555555), np.uint64(0x3333333333333333), np.uint64(0x0F0F0F0F0F0F0F0F)
    word = word - ((word >> np.uint64(1)) & pair)
    word = (word & four) + ((word >> np.uint64(2)) & four)
    word = (word + (word >> np.uint64(4))) & byte
    word = word + (word >> np.uint64(8))
    word = word + (word >> np.uint64(16))
    return int((word + (word >> np.uint64(32))) & np.uint64(0x7F))


@inner
def _disc(x: float, y: float, radius: float, grid: U64, bit: np.uint64, box: I64) -> None:
    """Set the bit in all parts whose middle is within the radius of (x, y); in sides of a part, middles at whole
    numbers."""
    first = max(0, math.ceil(y - radius))
    last = min(grid.shape[0] - 1, math.floor(y + radius))
    radius2, most = radius * radius, grid.shape[1] - 1
    if first > last or x + radius < 0.0 or x - radius > most:
        return
    low, high = most + 1, -1
    for r in range(first, last + 1):
        half = math.sqrt(max(radius2 - (r - y) * (r - y), 0.0))
        a, b = max(0, math.ceil(x - half)), min(most, math.floor(x + half))
        row = grid[r]
        for c in range(a, b + 1):
            row[c] |= bit
        if a <= b:
            low, high = min(low, a), max(high, b)
    if high >= 0:
        box[0], box[1] = min(box[0], first), max(box[1], last)
        box[2], box[3] = min(box[2], low), max(box[3], high)


@inner
def _swept(
    e0: float, n0: float, e1: float, n1: float, radius: float, side: float, grid: U64, bit: np.uint64, box: I64
) -> None:
    """The same for all parts whose middle is within the radius of the line from (e0, n0) to (e1, n1)."""
    first = max(0, math.ceil((min(n0, n1) - radius) / side - 0.5))
    last = min(grid.shape[0] - 1, math.floor((max(n0, n1) + radius) / side - 0.5))
    a = max(0, math.ceil((min(e0, e1) - radius) / side - 0.5))
    b = min(grid.shape[1] - 1, math.floor((max(e0, e1) + radius) / side - 0.5))
    de, dn = e1 - e0, n1 - n0
    length2 = de * de + dn * dn
    for r in range(first, last + 1):
        for c in range(a, b + 1):
            pe, pn = (c + 0.5) * side - e0, (r + 0.5) * side - n0
            share = 0.0
            if length2 > 0.0:
                share = min(1.0, max(0.0, (pe * de + pn * dn) / length2))
            xe, xn = pe - share * de, pn - share * dn
            if xe * xe + xn * xn <= radius * radius:
                grid[r, c] |= bit
                box[0], box[1] = min(box[0], r), max(box[1], r)
                box[2], box[3] = min(box[2], c), max(box[3], c)


@inner
def _forget(box: I64) -> None:
    box[0], box[1], box[2], box[3] = 1 << 40, -1, 1 << 40, -1


@inner
def _wider(box: I64, other: I64) -> None:
    box[0], box[1] = min(box[0], other[0]), max(box[1], other[1])
    box[2], box[3] = min(box[2], other[2]), max(box[3], other[3])


@inner
def _empty(words: U64, box: I64) -> None:
    for r in range(box[0], box[1] + 1):
        for c in range(box[2], box[3] + 1):
            words[r, c] = np.uint64(0)


@inner
def _count(own: U64, box: I64, counts: U64) -> None:
    """One more drone in the draws of `own`: counts (n, rows, columns) word j: more than j of them; own is emptied."""
    a, b = box[2], box[3] + 1
    for r in range(box[0], box[1] + 1):
        mine = own[r, a:b]
        for j in range(counts.shape[0] - 1, 0, -1):
            more, fewer = counts[j, r, a:b], counts[j - 1, r, a:b]
            for c in range(b - a):
                more[c] |= fewer[c] & mine[c]
        one = counts[0, r, a:b]
        for c in range(b - a):
            one[c] |= mine[c]
        for c in range(b - a):
            mine[c] = np.uint64(0)


@inner
def _drones_of(
    step: int, cells: Cells, swarm: Swarm, reach: Reach, side: float, wants_zone: bool,
    own: U64, counts: U64, hit: U64, wide: U64, box: I64, touched: I64, spare: I64,
) -> None:
    """All drones of one step: raid discs counted, lone ones straight into `hit`, wide ones into `wide`."""
    knots = swarm.knot_s
    t = cells.t0_s + (step + 0.5) * cells.step_s
    h = 0
    while h < knots.shape[0] - 2 and knots[h + 1] <= t:
        h += 1
    span = knots[h + 1] - knots[h]
    share, half = (t - knots[h]) / span, 0.5 * cells.step_s / span
    if share < 0.0 or share > 1.0:
        return
    lone_m = max(reach.lone_m, 0.71 * side)
    for m in range(swarm.present.shape[1]):
        _forget(box)
        for b in range(swarm.row_of.shape[0]):
            k = swarm.row_of[b]
            if swarm.present[k, m] != 1 or swarm.lost_s[k, m] <= t:
                continue
            u = swarm.u_m[k, m, h] + share * (swarm.u_m[k, m, h + 1] - swarm.u_m[k, m, h])
            du = abs(u - reach.middle_m)
            if du > reach.raid_up_m and du > reach.lone_up_m and not wants_zone:
                continue
            ve = swarm.e_m[k, m, h + 1] - swarm.e_m[k, m, h]
            vn = swarm.n_m[k, m, h + 1] - swarm.n_m[k, m, h]
            e = swarm.e_m[k, m, h] + share * ve + swarm.off_m[b, 0] - cells.e0_m
            n = swarm.n_m[k, m, h] + share * vn + swarm.off_m[b, 1] - cells.n0_m
            if du <= reach.raid_up_m:
                _disc(e / side - 0.5, n / side - 0.5, reach.raid_m / side, own, swarm.bit[b], box)
            if du <= reach.lone_up_m:
                _swept(
                    e - half * ve, n - half * vn, e + half * ve, n + half * vn, lone_m, side, hit, swarm.bit[b],
                    touched,
                )
            if wants_zone:
                x, y = e / (WIDE * side) - 0.5, n / (WIDE * side) - 0.5
                _disc(x, y, reach.zone_m / (WIDE * side), wide, swarm.bit[b], spare)
        if box[1] >= 0:
            _count(own, box, counts)
            _wider(touched, box)


@inner
def _zones_of(t: float, held: Held, swarm: Swarm, side_columns: int, wide: U64, hit: U64, touched: I64) -> None:
    """Parts inside zones: caught in the draws in which the zone is active and a drone near, seen or not."""
    for w in range(held.window_zone.shape[0]):
        active, unseen = np.uint64(0), np.uint64(0)
        for b in range(swarm.row_of.shape[0]):
            if held.from_s[b, w] <= t < held.to_s[b, w]:
                active |= swarm.bit[b]
                if held.unseen[b, w] == 1:
                    unseen |= swarm.bit[b]
        if active == np.uint64(0):
            continue
        z = held.window_zone[w]
        for i in range(held.start[z], held.start[z + 1]):
            r, c = held.part[i] // side_columns, held.part[i] % side_columns
            word = (active & wide[r // WIDE, c // WIDE]) | unseen
            if word != np.uint64(0):
                hit[r, c] |= word
                touched[0], touched[1] = min(touched[0], r), max(touched[1], r)
                touched[2], touched[3] = min(touched[2], c), max(touched[3], c)


@kernel
def hazard_field(
    cells: Cells, swarm: Swarm, reach: Reach, held: Held, loss: F64, index_out: I32, block_out: F32
) -> int:
    """-log(survival) of one step for each part of each cell, in one band of heights.

    loss (65,) float64 by number of draws caught; index_out (T, rows, columns) int32: 0 no draw is caught there, else
    1 + row of block_out (C, FINE * FINE) float32 (row-major, north after east). Returns the blocks used; minus the
    blocks used if they did not suffice (then the cells that found no room count as free).
    """
    index_out[:] = 0
    side = cells.cell_m / FINE
    rows, columns = cells.rows * FINE, cells.columns * FINE
    own = np.zeros((rows, columns), np.uint64)
    hit = np.zeros((rows, columns), np.uint64)
    counts = np.zeros((reach.caught_n, rows, columns), np.uint64)
    wide = np.zeros((rows // WIDE + 1, columns // WIDE + 1), np.uint64)
    wants_zone = held.window_zone.shape[0] > 0
    box, touched, spare = np.zeros(4, np.int64), np.zeros(4, np.int64), np.zeros(4, np.int64)
    used, is_short = 0, False
    for step in range(cells.steps):
        _forget(touched)
        _drones_of(step, cells, swarm, reach, side, wants_zone, own, counts, hit, wide, box, touched, spare)
        if wants_zone:
            t = cells.t0_s + (step + 0.5) * cells.step_s
            _zones_of(t, held, swarm, columns, wide, hit, touched)
            wide[:] = np.uint64(0)
        if touched[1] < 0:
            continue
        last = counts[reach.caught_n - 1]
        for r in range(touched[0] // FINE, touched[1] // FINE + 1):
            for c in range(touched[2] // FINE, touched[3] // FINE + 1):
                most = np.uint64(0)
                for x in range(FINE * FINE):
                    i, j = r * FINE + x // FINE, c * FINE + x % FINE
                    most |= hit[i, j] | last[i, j]
                if most == np.uint64(0):
                    continue
                if used == block_out.shape[0]:
                    is_short = True
                    continue
                for x in range(FINE * FINE):
                    i, j = r * FINE + x // FINE, c * FINE + x % FINE
                    block_out[used, x] = loss[_bits(hit[i, j] | last[i, j])]
                used += 1
                index_out[step, r, c] = used
        _empty(hit, touched)
        for x in range(counts.shape[0]):
            _empty(counts[x], touched)
    return -used - 1 if is_short else used
