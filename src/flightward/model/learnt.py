"""What has been learnt of the sensors' chance of detection."""

from __future__ import annotations

import dataclasses

from flightward.model.batch import F64, I64, Batch, column, starts


@dataclasses.dataclass(frozen=True)
class LearntBatch(Batch):
    """R sensors that search, and their ranges. Masked places do not count; a range without looks is NaN."""

    sensor: I64 = column("i8", "row", "row of the sensor table")
    p_claimed: F64 = column("f8", "", "the case's own figure")
    p_detect: F64 = column("f8", "", "learnt chance that a look detects what is in view")
    sigma: F64 = column("f8", "", "1 sigma of it")
    n_looks: F64 = column("f8", "", "looks behind it")
    start: I64 = starts("rows of the ranges")
    to_m: F64 = column("f8", "m", "far end of the range", flat="start")
    range_p: F64 = column("f8", "", "share of looks that detected", flat="start")
    range_sigma: F64 = column("f8", "", "1 sigma of it", flat="start")
    range_n: F64 = column("f8", "", "looks", flat="start")


@dataclasses.dataclass(frozen=True, eq=False)
class LearntTables:
    """Chance that a look detects a drone in view, per sensor that searches (R), height band, cell north, cell east.

    Cells are `cell_m` wide and centred on the sensor; bands and their number stand in kernels/visibility.py. Arrays
    are read-only. p_mean is the mean; p_high the most that can be believed, for saying that nothing sees a place.
    """

    row: I64
    """(S,) row R of each sensor, NONE: nothing is learnt of it."""
    cell_m: F64
    p_mean: F64
    p_high: F64
    figures: LearntBatch


@dataclasses.dataclass(frozen=True, eq=False)
class CoverageGrid:
    """Where the picture sees, how high and how well, on a level grid; and what it does not see there.

    Cell (i, j) is cell_m wide with its middle at e_m[j], n_m[i]. Read-only arrays.
    """

    t_s: float
    cell_m: float
    e_m: F64
    """(X,) plane east of the columns' middles."""
    n_m: F64
    """(Y,) plane north of the rows' middles."""
    hae_m: F64
    """(H,) heights above the ellipsoid."""
    p_look: F64
    """(H, Y, X) chance that one look of any live sensor detects a drone there."""
    p_high: F64
    """(H, Y, X) the most of it that can be believed: BLIND where this is below `threats.blind_p`."""
    unseen_per_km2: F64
    """(Y, X) expected number of hostile drones that fly there and are in no track."""
