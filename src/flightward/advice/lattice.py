"""The lattice on which ways are searched: along the direct way, moves in sixteen headings, closed areas as bits."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from flightward.advice.performance import Performance
from flightward.encounters.agreed import Barrier
from flightward.encounters.zones import frozen
from flightward.kernels import areas as kernels
from flightward.kernels.path_search import Closed, Lattice
from flightward.model import F64, I64, ZoneBatch

SPACING_M = 5_000.0
AXIS_Q = 7
"""Quanta of a move along an axis; 10 of a diagonal (9.90), 16 of a knight's (15.65): never faster than the flight, and
slower by 2.2 % at most."""
ACROSS_MAX, ALONG_MAX = 61, 121
PART_M = 2_500.0
BITS = 60

_OCTANT = ((1, 0), (2, 1), (1, 1), (1, 2))
MOVES = np.array(
    [
        (a * c - b * s, a * s + b * c)
        for c, s in ((1, 0), (0, 1), (-1, 0), (0, -1))
        for a, b in _OCTANT
    ]
)
"""(16, 2) cells along and to the right, in order of angle."""
MOVE_Q = np.array([AXIS_Q, 16, 10, 16] * 4)


def spacing_m(p: Performance, speed_mps: float) -> float:
    """Wide enough for turns of 45 degrees from one move into the next."""
    return max(SPACING_M, 2.0 * p.turn_radius_m(speed_mps) * math.tan(math.radians(22.5)))


def turn_steps(p: Performance, speed_mps: float, cell_m: float) -> int:
    """Headings by which two moves in a row may differ: the turn begins and ends within half of each."""
    steps = 2
    while steps < 5 and p.turn_radius_m(speed_mps) * math.tan((steps + 1) * math.pi / 16.0) <= 0.5 * cell_m:
        steps += 1
    return steps


def lattice_between(here: F64, there: F64, spare_m: float, cell_m: float) -> tuple[Lattice, int, int]:
    """A lattice with a cell at each end, and the cells of both. `spare_m`: how much longer than direct ways may be.

    here, there  (2,) plane metres; they are alike: the lattice lies around them.
    """
    far = math.hypot(there[0] - here[0], there[1] - here[1])
    apart = round(far / cell_m)
    ahead = (there - here) / far if far > 1.0 else np.array([0.0, 1.0])
    side_m = far / apart if apart else cell_m
    across_m = 0.5 * math.sqrt(max((far + spare_m) ** 2 - far**2, 0.0))
    beside = min(math.ceil(across_m / side_m), ACROSS_MAX // 2)
    behind = min(math.ceil(0.5 * spare_m / side_m), max(2, (ALONG_MAX - apart) // 2))
    right = np.array([ahead[1], -ahead[0]])
    origin = here - behind * side_m * ahead - beside * side_m * right
    rows, columns = apart + 2 * behind + 1, 2 * beside + 1
    lattice = lattice_of(origin, side_m * ahead, side_m * right, rows, columns)
    return lattice, behind * columns + beside, (behind + apart) * columns + beside


def lattice_of(origin: F64, along: F64, across: F64, rows: int, columns: int) -> Lattice:
    """Cells at origin + i * along + j * across."""
    length = np.hypot(*(MOVES[:, :1] * along + MOVES[:, 1:] * across).T)
    return Lattice(
        float(origin[0]), float(origin[1]), float(along[0]), float(along[1]), float(across[0]), float(across[1]),
        rows, columns, frozen(MOVES[:, 0].astype(np.int64)), frozen(MOVES[:, 1].astype(np.int64)),
        frozen(MOVE_Q.astype(np.int64)), frozen(np.maximum(1, np.ceil(length / PART_M)).astype(np.int64)),
    )


def place(lattice: Lattice, cell: int) -> F64:
    """(2,) plane metres of a cell."""
    i, j = divmod(int(cell), lattice.columns)
    return np.array([
        lattice.e0_m + i * lattice.ie_m + j * lattice.je_m, lattice.n0_m + i * lattice.in_m + j * lattice.jn_m
    ])


def cell_at(lattice: Lattice, e_m: float, n_m: float) -> int:
    """The nearest cell, or -1 outside."""
    size2 = lattice.ie_m**2 + lattice.in_m**2
    de, dn = e_m - lattice.e0_m, n_m - lattice.n0_m
    i = round((de * lattice.ie_m + dn * lattice.in_m) / size2)
    j = round((de * lattice.je_m + dn * lattice.jn_m) / size2)
    return i * lattice.columns + j if 0 <= i < lattice.rows and 0 <= j < lattice.columns else -1


def heading_of(lattice: Lattice, course_e: float, course_n: float) -> int:
    """The move whose direction is nearest to a direction on the plane."""
    along = course_e * lattice.ie_m + course_n * lattice.in_m
    across = course_e * lattice.je_m + course_n * lattice.jn_m
    angle = math.atan2(across, along)
    move: F64 = np.arctan2(MOVES[:, 1], MOVES[:, 0])
    return int(np.argmin(np.abs(np.angle(np.exp(1j * (move - angle))))))


def closed_moves(
    lattice: Lattice, zones: ZoneBatch, windows: Sequence[Barrier], heights_m: Sequence[float],
    origin_s: float, start_cell: int,
) -> Closed:
    """Closed areas as bits. windows: POSIX; a zone's windows count as one from first to last, but for
    what agreed windows cut apart.

    Areas in which the start lies are left out: leaving them is judged on the route.
    """
    by_part: dict[tuple[int, int], tuple[float, float]] = {}
    for z, begin, end, part in windows:
        a, b = by_part.get((z, part), (math.inf, -math.inf))
        by_part[z, part] = (min(a, begin), max(b, end))
    parts = [key for key in sorted(by_part) if zones.start[key[0] + 1] - zones.start[key[0]] >= 3]
    rows = [z for z, _ in parts]
    bit = np.left_shift(1, np.minimum(np.arange(len(rows)), BITS - 1)).astype(np.int64)
    corners = [np.arange(zones.start[z], zones.start[z + 1]) for z in rows]
    flat = np.concatenate(corners).astype(np.int64) if corners else np.zeros(0, np.int64)
    start: I64 = np.concatenate([[0], np.cumsum([len(c) for c in corners], dtype=np.int64)]).astype(np.int64)
    cells = lattice.rows * lattice.columns
    arc, cell = np.zeros((cells, len(MOVES)), np.int64), np.zeros(cells, np.int64)
    kernels.moves_across(
        lattice, frozen(start), frozen(zones.e_m[flat]), frozen(zones.n_m[flat]), frozen(bit), arc, cell
    )
    keep = ~int(cell[start_cell])
    level = np.zeros(len(heights_m), np.int64)
    from_s, to_s = np.full(BITS, np.inf), np.full(BITS, -np.inf)
    for k, (z, part) in enumerate(parts):
        w, (begin, end) = min(k, BITS - 1), by_part[z, part]
        from_s[w], to_s[w] = min(from_s[w], begin - origin_s), max(to_s[w], end - origin_s)
        for x, height in enumerate(heights_m):
            if zones.floor_m[z] <= height <= zones.ceiling_m[z]:
                level[x] |= int(bit[k])
    return Closed(frozen(arc & keep), frozen(cell & keep), frozen(level), frozen(from_s), frozen(to_s))
