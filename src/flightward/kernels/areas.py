"""How long routes are inside areas while these are active, and which moves of a lattice cross them: exact, no steps."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from flightward.kernels._jit import inner, kernel
from flightward.kernels.intervals import slab
from flightward.kernels.path_search import Lattice
from flightward.kernels.polygon import crossings, inside_one

F64 = NDArray[np.float64]
I64 = NDArray[np.int64]


@inner
def _leg(
    t: F64, e: F64, n: F64, u: F64, s: int, from_s: float, to_s: float, floor_m: float, ceiling_m: float,
    area_e_m: F64, area_n_m: F64, first: int, last: int, share: F64, span_out: F64,
) -> int:
    """Times of leg s inside one area and window, in order: span_out (corners + 1, 2); how many."""
    dt, count = t[s + 1] - t[s], 0
    lo, hi = slab(u[s], (u[s + 1] - u[s]) / dt, floor_m, ceiling_m, dt)
    lo, hi = max(t[s] + lo, from_s), min(t[s] + hi, to_s)
    if lo >= hi:
        return 0
    de, dn = e[s + 1] - e[s], n[s + 1] - n[s]
    found = crossings(e[s], n[s], de, dn, area_e_m, area_n_m, first, last, share)
    for c in range(found + 1):
        x0 = 0.0 if c == 0 else share[c - 1]
        x1 = 1.0 if c == found else share[c]
        mid = 0.5 * (x0 + x1)
        a, b = max(lo, t[s] + x0 * dt), min(hi, t[s] + x1 * dt)
        if a < b and inside_one(e[s] + mid * de, n[s] + mid * dn, area_e_m, area_n_m, first, last):
            span_out[count, 0], span_out[count, 1] = a, b
            count += 1
    return count


@kernel
def time_inside(
    route_start: I64, t_s: F64, e_m: F64, n_m: F64, u_m: F64, area: I64, from_s: F64, to_s: F64, floor_m: F64,
    ceiling_m: F64, start: I64, area_e_m: F64, area_n_m: F64, first_out: F64, later_out: F64,
) -> None:
    """R routes against W windows of areas.

    route_start (R + 1,); t_s .. u_m flat, t_s rising; area (W,) row of the polygon, from_s, to_s (W,); floor_m,
    ceiling_m by area; start (Z + 1,) corners. first_out (R, W): seconds inside without a break from the route's
    start; later_out (R, W): seconds inside after that.
    """
    first_out[:] = 0.0
    later_out[:] = 0.0
    share = np.empty(area_e_m.shape[0] + 1)
    span = np.empty((area_e_m.shape[0] + 2, 2))
    for r in range(route_start.shape[0] - 1):
        rows = slice(route_start[r], route_start[r + 1])
        t, e, n, u = t_s[rows], e_m[rows], n_m[rows], u_m[rows]
        if t.shape[0] < 2:
            continue
        for w in range(area.shape[0]):
            z, still = area[w], t[0]
            for s in range(t.shape[0] - 1):
                if t[s + 1] <= t[s]:
                    continue
                count = _leg(
                    t, e, n, u, s, from_s[w], to_s[w], floor_m[z], ceiling_m[z], area_e_m, area_n_m, start[z],
                    start[z + 1], share, span,
                )
                for c in range(count):
                    if span[c, 0] <= still + 1e-6:
                        first_out[r, w] += span[c, 1] - span[c, 0]
                        still = span[c, 1]
                    else:
                        later_out[r, w] += span[c, 1] - span[c, 0]


@kernel
def moves_across(
    lattice: Lattice, start: I64, area_e_m: F64, area_n_m: F64, bit: I64, arc_out: I64, cell_out: I64
) -> None:
    """Which moves and cells of a lattice touch each of Z areas: the area's bit (Z,) is set in arc_out (cells, D) and
    cell_out (cells,)."""
    arc_out[:] = 0
    cell_out[:] = 0
    share = np.empty(area_e_m.shape[0] + 1)
    longest_e = longest_n = 0.0
    for d in range(lattice.move_i.shape[0]):
        longest_e = max(longest_e, abs(lattice.move_i[d] * lattice.ie_m + lattice.move_j[d] * lattice.je_m))
        longest_n = max(longest_n, abs(lattice.move_i[d] * lattice.in_m + lattice.move_j[d] * lattice.jn_m))
    for z in range(start.shape[0] - 1):
        first, last = start[z], start[z + 1]
        if last - first < 3:
            continue
        low_e, high_e = area_e_m[first:last].min() - longest_e, area_e_m[first:last].max() + longest_e
        low_n, high_n = area_n_m[first:last].min() - longest_n, area_n_m[first:last].max() + longest_n
        for i in range(lattice.rows):
            for j in range(lattice.columns):
                e = lattice.e0_m + i * lattice.ie_m + j * lattice.je_m
                n = lattice.n0_m + i * lattice.in_m + j * lattice.jn_m
                if e < low_e or e > high_e or n < low_n or n > high_n:
                    continue
                cell = i * lattice.columns + j
                is_in = inside_one(e, n, area_e_m, area_n_m, first, last)
                if is_in:
                    cell_out[cell] |= bit[z]
                for d in range(lattice.move_i.shape[0]):
                    de = lattice.move_i[d] * lattice.ie_m + lattice.move_j[d] * lattice.je_m
                    dn = lattice.move_i[d] * lattice.in_m + lattice.move_j[d] * lattice.jn_m
                    if is_in or crossings(e, n, de, dn, area_e_m, area_n_m, first, last, share) > 0:
                        arc_out[cell, d] |= bit[z]
