"""Bands as rows: from the colours of a grid to low, up and region, the nearest ways out, and a batch of all flights."""

from __future__ import annotations

import dataclasses
import itertools
import math
from collections.abc import Sequence

import numpy as np

from flightward.encounters.ways import MID, NEAR, NONE, Colours
from flightward.kernels.keep_clear import HEADING
from flightward.model.batch import F64, I8, I64, Batch, column, f64, i8, i64, starts

SLIVER_FRAC, SLIVER = 2.0**40 * 2.0**-52, 1e-5
ROUND = 360.0
"""A whole turn: headings are cut and compared in degrees, as the reference does."""


@dataclasses.dataclass(frozen=True)
class BandBatch(Batch):
    """One row per flight and manoeuvre. Headings in radians clockwise from y (north), else m/s and m.

    Bands of a row go from low to high and leave no gap; none at all if the present value is out of its range.
    """

    flight: I64 = column("i8", "row", "row of the flight")
    kind: I8 = column("i1", "", "0 heading, 1 ground speed, 2 vertical speed, 3 height")
    value: F64 = column("f8", "rad, m/s, m", "the present one")
    conflict: I8 = column("i1", "", "region of the present value: 0 none, 1 far, 2 mid, 3 near")
    res_up: F64 = column("f8", "rad, m/s, m", "nearest open value upwards (right); inf none, NaN no conflict")
    res_low: F64 = column("f8", "rad, m/s, m", "the same downwards (left); -inf none")
    prefers_up: I8 = column("i1", "bool", "up (right) is nearer; NONE no conflict")
    recovery: I8 = column("i1", "", "0 not asked, 1 found, 2 saturated: not even the least cylinder is avoided")
    recovery_s: F64 = column("f8", "s", "time to well clear; NaN none")
    recovery_d_m: F64 = column("f8", "m", "cylinder that is kept out of until then")
    recovery_z_m: F64 = column("f8", "m", "its half height")
    recovery_n: I64 = column("i8", "", "how often it was shrunk; -1 none")
    start: I64 = starts("rows of the bands")
    low: F64 = column("f8", "rad, m/s, m", "a band's lower end", flat="start")
    up: F64 = column("f8", "rad, m/s, m", "its upper end", flat="start")
    region: I8 = column("i1", "", "0 none, 1 far, 2 mid, 3 near, 4 recovery", flat="start")

    def bands(self, row: int) -> tuple[F64, F64, I8]:
        """Low, up and region of one row."""
        at = slice(int(self.start[row]), int(self.start[row + 1]))
        return self.low[at], self.up[at], self.region[at]


@dataclasses.dataclass
class Row:
    """One row of a BandBatch in the making."""

    flight: int
    kind: int
    value: float
    conflict: int
    up: float
    low: float
    prefers_up: int
    recovery: tuple[int, float, float, float, int]
    bands: Sequence[tuple[float, float, int]]


def gathered(rows: Sequence[Row]) -> BandBatch:
    """Rows as one batch."""
    flat = [piece for row in rows for piece in row.bands]
    back = [row.recovery for row in rows]
    return BandBatch(
        flight=i64([r.flight for r in rows]), kind=i8([r.kind for r in rows]), value=f64([r.value for r in rows]),
        conflict=i8([r.conflict for r in rows]), res_up=f64([r.up for r in rows]), res_low=f64([r.low for r in rows]),
        prefers_up=i8([r.prefers_up for r in rows]), recovery=i8([b[0] for b in back]),
        recovery_s=f64([b[1] for b in back]), recovery_d_m=f64([b[2] for b in back]),
        recovery_z_m=f64([b[3] for b in back]), recovery_n=i64([b[4] for b in back]),
        start=i64(np.cumsum([0, *(len(r.bands) for r in rows)])), low=f64([b[0] for b in flat]),
        up=f64([b[1] for b in flat]), region=i8([b[2] for b in flat]),
    )  # fmt: skip


def row_of(flight: int, c: Colours) -> Row:
    """The row of one flight's manoeuvre."""
    up, low, prefers = resolutions(c)
    turn = math.radians if c.kind == HEADING else float
    pieces = [(turn(a), turn(b), region) for a, b, region in listed(c)]
    prefers_up = -1 if math.isnan(up) else int(prefers)
    return Row(flight, c.kind, c.value, conflict_of(c), turn(up), turn(low), prefers_up, c.recovery, pieces)


def listed(c: Colours) -> list[tuple[float, float, int]]:
    """Bands from low to high, (low, up, region); headings in degrees from 0 to 360."""
    if not len(c.points):
        return []
    points = c.points
    cuts = np.concatenate([[0], np.flatnonzero(np.diff(c.colour)) + 1, [len(c.colour)]])
    pieces = [(float(points[a]), float(points[b]), int(c.colour[a])) for a, b in itertools.pairwise(cuts)]
    if c.kind == HEADING:
        pieces = [part for low, up, region in pieces for part in _wrapped(low, up, region)]
    out: list[tuple[float, float, int]] = []
    for low, up, region in sorted(pieces):
        if out and (_is_sliver(low, up) or out[-1][2] == region):
            out[-1] = (out[-1][0], up, out[-1][2])
        elif out and _is_sliver(out[-1][0], out[-1][1]):
            out[-1] = (out[-1][0], up, region)
        elif up > low:
            out.append((low, up, region))
    return out


def _is_sliver(low: float, up: float) -> bool:
    """So narrow that it is nothing: a step cut short at the end of the range, or at north."""
    return up - low <= max(SLIVER, SLIVER_FRAC * max(abs(low), abs(up)))


def _wrapped(low: float, up: float, region: int) -> list[tuple[float, float, int]]:
    """One piece of heading within [0, 360], cut in two if it crosses north."""
    turns = math.floor(low / ROUND)
    low, up = low - ROUND * turns, up - ROUND * turns
    return [(low, up, region)] if up <= ROUND else [(low, ROUND, region), (0.0, up - ROUND, region)]


def _present(c: Colours) -> float:
    """The present value as the points are."""
    return float(c.points[len(c.colour) // 2]) if c.kind == HEADING else c.value


def _beside(c: Colours) -> I64:
    """The pieces that the present value lies in or touches."""
    points, value = c.points, _present(c)
    return np.flatnonzero((points[:-1] <= value) & (points[1:] >= value) & (points[1:] > points[:-1]))


def conflict_of(c: Colours) -> int:
    """The region that the present value is in: the least of those it touches; recovery is no conflict."""
    if not len(c.points):
        return NONE
    colour = c.colour[_beside(c)]
    return int(np.where(colour <= NEAR, colour, NONE).min(initial=NEAR)) if len(colour) else NONE


def resolutions(c: Colours) -> tuple[float, float, bool]:
    """The nearest way out up and down (inf, -inf none) and whether up is nearer; NaN where there is no conflict.

    Headings in degrees.
    """
    none = (math.nan, math.nan, False)
    if not len(c.points):
        return none
    points, value, shut = c.points, _present(c), (c.colour == MID) | (c.colour == NEAR)
    at = _beside(c)
    if not shut[at].all():
        return none
    ups, downs = np.flatnonzero(~shut[at[-1]:]), np.flatnonzero(~shut[: at[0] + 1])
    up = float(points[at[-1] + ups[0]]) if len(ups) else math.inf
    low = float(points[downs[-1] + 1]) if len(downs) else -math.inf
    prefer_up = up - value <= value - low and math.isfinite(up)
    if c.kind == HEADING:
        up, low = (x % ROUND if math.isfinite(x) else x for x in (up, low))
    return up, low, bool(prefer_up)
