"""Conflicts among all aircraft of a picture: who comes within a cylinder of whom, and from when to when."""

from __future__ import annotations

import dataclasses

import numpy as np

from flightward.errors import BadInput
from flightward.kernels import boxes as box_kernels
from flightward.kernels import conflicts as kernels
from flightward.model.batch import F64, I8, I64, Batch, column, f64

RADIUS_M, HALF_HEIGHT_M = 9_260.0, 304.8
"""5 NM and 1,000 ft: what en-route control keeps apart."""
LOOKAHEAD_S = 300.0
STATE = 6


@dataclasses.dataclass(frozen=True)
class Conflicts(Batch):
    """One row per pair in conflict, by first and then second aircraft; and the status of all N aircraft."""

    status: I8
    """(N,) 0 good, 1 a value of the aircraft is not finite: nothing is known of its conflicts."""
    first: I64 = column("i8", "row", "the aircraft with the smaller row")
    second: I64 = column("i8", "row", "the other")
    t_in_s: F64 = column("f8", "s", "from now to the entry; 0 inside now")
    t_out_s: F64 = column("f8", "s", "to the exit; cut at the lookahead")


def conflict_pairs(
    states: F64, lookahead_s: float = LOOKAHEAD_S, radius_m: float = RADIUS_M, half_height_m: float = HALF_HEIGHT_M
) -> Conflicts:
    """All pairs that come within radius_m and half_height_m of each other within the lookahead, flying straight on.

    states   (N, 6) float64: e, n, u in metres and their rates in m/s, in one plane.
    Both distances must be undercut: who only touches is in no conflict, who enters and leaves at one instant neither.
    Equal to trying all pairs, bit for bit; method and timing in docs/design/pruning.md.
    Errors   BadInput: another shape, or a size or lookahead that is not positive and finite.
    """
    rows = state_rows(states, "states")
    for key, value in (("lookahead_s", lookahead_s), ("radius_m", radius_m), ("half_height_m", half_height_m)):
        if not (np.isfinite(value) and value > 0.0):
            raise BadInput("must be above 0 and finite", key=key, value=value)
    n = len(rows)
    box, status = np.empty((n, 6)), np.empty(n, np.int8)
    box_kernels.boxes(
        rows, np.zeros((n, 4)), 0.5 * radius_m, 0.5 * half_height_m, float(lookahead_s), box, status
    )  # fmt: skip
    order = west_order(box, status)
    room = 4 * n + 64
    while True:
        first, second = np.empty(room, np.int64), np.empty(room, np.int64)
        t_in_s, t_out_s = np.empty(room), np.empty(room)
        found = kernels.conflicts(
            rows, box, order, float(radius_m), float(half_height_m), float(lookahead_s), first, second, t_in_s, t_out_s
        )
        if found <= room:
            break
        room = found
    by = np.empty(found, np.int64)
    box_kernels.pair_order(first[:found], second[:found], n, n, by)
    return Conflicts(status, first[by], second[by], t_in_s[by], t_out_s[by])


def west_order(box: F64, status: I8) -> I64:
    """The good rows, by their box's west side."""
    order = np.argsort(box[:, box_kernels.WEST])
    return order[: len(order) - int(np.count_nonzero(status))]


def state_rows(values: F64, name: str) -> F64:
    """(N, 6) float64, read-only. Errors: BadInput for another shape."""
    out = frozen(values)
    if out.ndim != 2 or out.shape[1] != STATE:
        raise BadInput(f"must have the shape (N, {STATE})", key=name, value=out.shape)
    return out


def frozen(values: F64) -> F64:
    """A read-only view as float64: kernels compile once for every kind of array, so they get one kind."""
    out = f64(values).view()
    out.flags.writeable = False
    return out
