"""Areas in which satellite positions fail, found from those who report them."""

from __future__ import annotations

import dataclasses

from flightward.model.batch import F64, I64, Batch, column, starts


@dataclasses.dataclass(frozen=True)
class GnssAreaBatch(Batch):
    """Areas of GNSS interference at t_s: those that are on, and for one batch those that have just ended."""

    t_s: float
    area: I64 = column("i8", "id", "area number, never used again")
    start_s: F64 = column("f8", "s", "first failure in it, POSIX UTC")
    seen_s: F64 = column("f8", "s", "newest failure in it")
    end_s: F64 = column("f8", "s", "when it ended; NaN still on")
    n_aircraft: I64 = column("i8", "", "identities whose positions failed in it")
    n_false: I64 = column("i8", "", "of these: with false positions")
    start: I64 = starts("rows of the outline")
    e_m: F64 = column("f8", "m", "plane east of the outline's corners, counter-clockwise", flat="start")
    n_m: F64 = column("f8", "m", "plane north", flat="start")
