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
    n_lo: F64 = column("f8", "", "lower edge of the 90 % band of the number, undetected members too", optional=True)
    n_hi: F64 = column("f8", "", "its upper edge", optional=True)
    n_unseen: F64 = column("f8", "", "expected number of members that are in no track", optional=True)
    front_e_m: F64 = column("f8", "m", "plane east of the foremost member", optional=True)
    front_n_m: F64 = column("f8", "m", "plane north of it", optional=True)
    tail_e_m: F64 = column("f8", "m", "plane east of the rearmost member", optional=True)
    tail_n_m: F64 = column("f8", "m", "plane north of it", optional=True)
    axis_rad: F64 = column(
        "f8", "rad", "direction of its long axis towards its front, clockwise from plane north", optional=True
    )
    length_m: F64 = column("f8", "m", "members' extent along the axis", optional=True)
    width_m: F64 = column("f8", "m", "members' extent across the axis", optional=True)
    u_lo_m: F64 = column("f8", "m", "height above the ellipsoid that 95 % of members are above", optional=True)
    u_hi_m: F64 = column("f8", "m", "... that 95 % are below", optional=True)
    turn_radps: F64 = column("f8", "rad/s", "mean rate at which members' courses turn, clockwise", optional=True)
    turning_frac: F64 = column("f8", "", "share of members that turn faster than 0.01 rad/s", optional=True)
    n_waves: I64 = column("i8", "", "waves: parts with more than `link_m` between them", optional=True)
    wave: I64 = column("i8", "", "the member's wave, from 1 at the front", flat="start", optional=True)


@dataclasses.dataclass(frozen=True)
class RaidEventBatch(Batch):
    """E raids that have parted or joined, as known at t_s: a minute after it was first seen (docs/design/raids.md)."""

    t_s: float
    event: I8 = column("i1", "RaidEvent", "split or merge")
    raid: I64 = column("i8", "id", "the raid that keeps its number")
    other: I64 = column("i8", "id", "split: the new raid; merge: the raid that is now part of `raid`")
    n_members: I64 = column("i8", "", "tracks that have stayed in `raid`")
    n_other: I64 = column("i8", "", "tracks that have left it or come to it")
    e_m: F64 = column("f8", "m", "plane east of the middle of those who left or came")
    n_m: F64 = column("f8", "m", "plane north of it")


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
    events: RaidEventBatch | None = None
