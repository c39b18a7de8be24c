"""Raids, and the ensemble of their futures."""

from __future__ import annotations

import dataclasses

import numpy as np
from numpy.typing import NDArray

from flightward.model.batch import F64, I8, I64, Batch, column, starts
from flightward.model.zones import AreaOutlook


@dataclasses.dataclass(frozen=True)
class RaidBatch(Batch):
    """R raids at t_s. A lone hostile drone is a raid of one."""

    t_s: float
    raid: I64 = column("i8", "id", "raid number, never used again")
    n_expected: F64 = column("f8", "", "expected number of hostile drones: sum of p_exists * p_hostile")
    e_m: F64 = column("f8", "m", "plane east of the centre")
    n_m: F64 = column("f8", "m", "plane north of the centre")
    u_m: F64 = column("f8", "m", "mean height above the ellipsoid")
    ve_mps: F64 = column("f8", "m/s", "mean plane velocity east")
    vn_mps: F64 = column("f8", "m/s", "mean plane velocity north")
    speed_mps: F64 = column("f8", "m/s", "mean speed of members")
    course_spread_rad: F64 = column("f8", "rad", "1 sigma of members' courses")
    speed_spread_mps: F64 = column("f8", "m/s", "1 sigma of members' speeds")
    arrivals_per_min: F64 = column("f8", "1/min", "members that cross the raid's front line per minute")
    since_s: F64 = column("f8", "s", "when the raid was first seen, POSIX UTC")
    start: I64 = starts("rows of `member`")
    member: I64 = column("i8", "id", "track number of a member", flat="start")
    extent_start: I64 = starts("rows of the extent polygon")
    extent_e_m: F64 = column("f8", "m", "plane east of a corner", flat="extent_start")
    extent_n_m: F64 = column("f8", "m", "plane north of a corner", flat="extent_start")
    arrivals_lo: F64 = column("f8", "1/min", "lower edge of the 90 % band of arrivals_per_min", optional=True)
    arrivals_hi: F64 = column("f8", "1/min", "its upper edge", optional=True)
    change_since_s: F64 = column(
        "f8", "s", "since when the raid comes in thicker or thinner, POSIX UTC; NaN no change", optional=True
    )
    change_ratio: F64 = column("f8", "", "rate of coming in since then to the rate before; NaN none", optional=True)


@dataclasses.dataclass(frozen=True)
class Futures:
    """An ensemble of futures of every drone that may be hostile: K joint draws of M drones at H knots.

    Between knots each drone flies straight at constant speed. Members of a raid turn together within a draw, so
    that what is asked of the ensemble keeps their correlation. A drone that is absent in a draw (it does not
    exist, is not hostile, or is lost on the way) has present = 0 there, or a finite `lost_s`.

    issued_s  POSIX s; knot_s (H,) POSIX s, rising, knot_s[0] = issued_s
    track (M,) track numbers (NONE: undetected, imagined); raid (M,) raid numbers
    e_m, n_m, u_m (K, M, H) plane metres; present (K, M) int8; lost_s (K, M) POSIX s, +inf never
    """

    issued_s: float
    knot_s: F64
    track: I64
    raid: I64
    e_m: F64
    n_m: F64
    u_m: F64
    present: I8
    lost_s: F64

    def __post_init__(self) -> None:
        k, m, h = self.e_m.shape
        want = {
            "knot_s": (h,), "track": (m,), "raid": (m,), "n_m": (k, m, h), "u_m": (k, m, h),
            "present": (k, m), "lost_s": (k, m),
        }
        for name, shape in want.items():
            if getattr(self, name).shape != shape:
                raise ValueError(f"Futures.{name} has shape {getattr(self, name).shape}, wanted {shape}")
        for name in ("e_m", *want):
            value = np.ascontiguousarray(getattr(self, name))
            value.flags.writeable = False
            object.__setattr__(self, name, value)

    @property
    def n_draws(self) -> int:
        """K."""
        return int(self.e_m.shape[0])

    @property
    def n_drones(self) -> int:
        """M."""
        return int(self.e_m.shape[1])


@dataclasses.dataclass(frozen=True)
class CellForecast(Batch):
    """C cells: probability that at least one hostile drone, seen or not, is in the cell at issued_s + horizon_s."""

    issued_s: float
    resolution: int
    horizon_s: F64 = column("f8", "s", "after issued_s")
    h3: NDArray[np.uint64] = column("u8", "h3", "H3 cell")
    p_any: F64 = column("f8", "", "probability of at least one")
    n_expected: F64 = column("f8", "", "expected number")


@dataclasses.dataclass(frozen=True)
class RaidPicture:
    """What the raids stage says of one second; `futures`, `cells` and `outlook` are the newest issued."""

    raids: RaidBatch
    futures: Futures | None
    is_new_futures: bool
    cells: CellForecast | None = None
    near_cells: CellForecast | None = None
    outlook: AreaOutlook | None = None
