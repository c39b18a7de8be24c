"""Which blocks of drones can come near a path at all, in which knot interval, and in which draws.

A block (16 neighbours of one raid) has a swept box per knot interval over all draws, and a box at each knot in each
draw. Its drones are straight between knots, so in one draw they stay in the box that lies between its boxes at both
knots: the closest approach of that to the path is in closed form. Draws stand side by side in memory and are tried
together. Who is turned away here has no interval (kernels/drone_intervals.py); docs/design/pruning.md.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from flightward.kernels._jit import bare, inlined, inner
from flightward.kernels.drone_intervals import PAD_M, Drones
from flightward.kernels.intervals import closest

F64 = NDArray[np.float64]
I64 = NDArray[np.int64]

INTERVAL_BITS = 20


@inlined
def block_of(row: int) -> int:
    """The block that a row is of."""
    return row >> INTERVAL_BITS


@inlined
def interval_of(row: int) -> int:
    """The knot interval that a row is of."""
    return row & ((1 << INTERVAL_BITS) - 1)


class Ahead(NamedTuple):
    """A path however it is moved: box (H - 1, 6) in each knot interval, and its straight pieces there by rows.

    start (H,) rows of piece (.., 6): when it begins and ends, where (e, n at both). drift (2,) how far it is moved per
    unit of a draw's normal numbers: metres, and metres per second.
    """

    box_m: F64
    start: I64
    piece: F64
    drift: F64


@bare
def _grow(box: F64, e_m: float, n_m: float, u_m: float) -> None:
    box[0], box[1], box[2] = min(box[0], e_m), min(box[1], n_m), min(box[2], u_m)
    box[3], box[4], box[5] = max(box[3], e_m), max(box[4], n_m), max(box[5], u_m)


@bare
def _at(t: F64, x: F64, row: int, t_s: float) -> float:
    """Value at t_s on the piece row..row + 1."""
    return float(x[row] + (x[row + 1] - x[row]) * ((t_s - t[row]) / (t[row + 1] - t[row])))


@inner
def look_ahead(
    t: F64, e: F64, n: F64, u: F64, t_lo: float, t_hi: float, normal: F64, knot_s: F64, row: I64, out: Ahead
) -> None:
    """Fill `out` from its drift. normal (2, K); row as by `segment_rows`; an empty box where it is not flown."""
    low_e, high_e = min(normal[0].min(), 0.0), max(normal[0].max(), 0.0)
    low_n, high_n = min(normal[1].min(), 0.0), max(normal[1].max(), 0.0)
    out.box_m[:, :3], out.box_m[:, 3:] = np.inf, -np.inf
    count = 0
    for h in range(knot_s.shape[0] - 1):
        out.start[h] = count
        a, b = max(knot_s[h], t_lo), min(knot_s[h + 1], t_hi)
        most, box, s = out.drift[0] + out.drift[1] * b, out.box_m[h], row[h]
        while b >= a and s < t.shape[0] - 1 and t[s] <= b:
            if t[s + 1] > t[s]:
                x, y = max(a, t[s]), min(b, t[s + 1])
                piece = out.piece[count]
                piece[0], piece[1] = x, y
                piece[2], piece[3] = _at(t, e, s, x), _at(t, n, s, x)
                piece[4], piece[5] = _at(t, e, s, y), _at(t, n, s, y)
                for j in range(2):
                    pe, pn, pu = piece[2 + 2 * j], piece[3 + 2 * j], _at(t, u, s, piece[j])
                    _grow(box, pe + low_e * most - PAD_M, pn + low_n * most - PAD_M, pu - PAD_M)
                    _grow(box, pe + high_e * most + PAD_M, pn + high_n * most + PAD_M, pu + PAD_M)
                count += y >= x
            s += 1
    out.start[knot_s.shape[0] - 1] = count


@inlined
def _meet(box: F64, mine: F64, reach_m: float, height_m: float) -> bool:
    """Whether two boxes (lowest e, n, u, highest) are within reach of each other, corner to corner."""
    de = max(max(box[0] - mine[3], mine[0] - box[3]), 0.0)
    dn = max(max(box[1] - mine[4], mine[1] - box[4]), 0.0)
    du = max(max(box[2] - mine[5], mine[2] - box[5]), 0.0)
    return bool(de * de + dn * dn <= reach_m * reach_m and du <= height_m)


@inlined
def _passes(
    one: F64, two: F64, k0: float, k1: float, ahead: Ahead, h: int, normal: F64, reach_m: float, gap_out: F64
) -> None:
    """How much nearer than its reach a block may come to the path in each draw: gap_out (K,), metres squared, above 0
    never; one, two (4, K) its boxes at both knots. An empty box gives NaN on the way, which is never below."""
    gap_out[:] = np.inf
    per_s = 1.0 / (k1 - k0)
    for i in range(ahead.start[h], ahead.start[h + 1]):
        a, b = ahead.piece[i, 0], ahead.piece[i, 1]
        pe0, pn0, pe1, pn1 = ahead.piece[i, 2], ahead.piece[i, 3], ahead.piece[i, 4], ahead.piece[i, 5]
        off_a, off_b = ahead.drift[0] + ahead.drift[1] * a, ahead.drift[0] + ahead.drift[1] * b
        for k in range(gap_out.shape[0]):
            wide_e = max(one[2, k] - one[0, k], two[2, k] - two[0, k])
            wide_n = max(one[3, k] - one[1, k], two[3, k] - two[1, k])
            e0, n0 = 0.5 * (one[0, k] + one[2, k]), 0.5 * (one[1, k] + one[3, k])
            ve, vn = (0.5 * (two[0, k] + two[2, k]) - e0) * per_s, (0.5 * (two[1, k] + two[3, k]) - n0) * per_s
            limit = reach_m + 0.5 * math.sqrt(wide_e * wide_e + wide_n * wide_n) + PAD_M
            xa = e0 + (a - k0) * ve - pe0 - normal[0, k] * off_a
            ya = n0 + (a - k0) * vn - pn0 - normal[1, k] * off_a
            dx = e0 + (b - k0) * ve - pe1 - normal[0, k] * off_b - xa
            dy = n0 + (b - k0) * vn - pn1 - normal[1, k] * off_b - ya
            _, d2 = closest(xa, ya, dx, dy, 1.0)
            gap = d2 - limit * limit
            gap_out[k] = gap if gap < gap_out[k] else gap_out[k]


@bare
def near_rows(
    ahead: Ahead, normal: F64, reach_m: float, height_m: float, drones: Drones, gap: F64, row_out: I64, count_out: I64
) -> None:
    """Blocks that can come near the path in each draw, by block and interval.

    normal (2, K); gap (K,) work space; row_out (K, R + 1) rows (`block_of`, `interval_of`), count_out (K,) how many.
    """
    draws = gap.shape[0]
    count_out[:] = 0
    for b in range(drones.block_m.shape[0]):
        for h in range(drones.block_m.shape[1]):
            if not _meet(drones.block_m[b, h], ahead.box_m[h], reach_m, height_m):
                continue
            k0, k1 = drones.knot_s[h], drones.knot_s[h + 1]
            _passes(drones.draw_m[b, h], drones.draw_m[b, h + 1], k0, k1, ahead, h, normal, reach_m, gap)
            row = (b << INTERVAL_BITS) | h
            for k in range(draws):
                # written in any case, kept if near: most branches would be guessed wrong
                row_out[k, count_out[k]] = row
                count_out[k] += gap[k] <= 0.0
