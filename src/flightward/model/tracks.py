"""The air picture: what the system believes is in the air at one time."""

from __future__ import annotations

import dataclasses

from flightward.model.batch import F64, I8, I64, Batch, column
from flightward.model.codes import N_KINDS
from flightward.model.learnt import CoverageGrid, LearntTables


@dataclasses.dataclass(frozen=True)
class TrackBatch(Batch):
    """N tracks at t_s (all predicted to that time). Only tracks that are shown: confirmed or coasting.

    The picture of one second. Positions and velocities are the plane's; `cov` is in the order e, n, u, ve, vn, vu.
    """

    t_s: float
    track: I64 = column("i8", "id", "track number, never used again")
    e_m: F64 = column("f8", "m", "plane east")
    n_m: F64 = column("f8", "m", "plane north")
    u_m: F64 = column("f8", "m", "height above the ellipsoid")
    ve_mps: F64 = column("f8", "m/s", "plane velocity east")
    vn_mps: F64 = column("f8", "m/s", "plane velocity north")
    vu_mps: F64 = column("f8", "m/s", "climb")
    cov: F64 = column("f8", "m2, m2/s, m2/s2", "covariance of e, n, u, ve, vn, vu", tail=(6, 6))
    p_exists: F64 = column("f8", "", "probability that there is such an object")
    p_class: F64 = column("f8", "", "probability of each Kind", tail=(N_KINDS,))
    p_hostile: F64 = column("f8", "", "probability that it is hostile; never 0 for a drone of unknown intent")
    hostile: I8 = column("i1", "bool", "declared hostile 1, declared not 0, NONE not declared")
    hostile_source: I8 = column("i1", "HostileSource", "where p_hostile comes from")
    identity: I64 = column("i8", "name", "cooperative identity, number in Names, or NONE")
    status: I8 = column("i1", "TrackStatus", "confirmed or coasting")
    age_s: F64 = column("f8", "s", "since its newest position report")
    since_s: F64 = column("f8", "s", "time of its first report, POSIX UTC")
    n_reports: I64 = column("i8", "", "reports used")
    sensor_mask: I64 = column("i8", "bits", "bit s set: sensor s (s < 62) reported it in the last 30 s")
    integrity: I8 = column("i1", "Integrity", "may the position be believed")
    integrity_reason: I8 = column("i1", "IntegrityReason", "why")


@dataclasses.dataclass(frozen=True)
class Coverage(Batch):
    """What each of the S sensors is doing now; with the sensor table it says where the picture sees.

    `learnt` and `grid` are not recorded (a replay learns the same); None: nothing is known beyond the sensor table.
    """

    t_s: float
    is_live: I8 = column("i1", "bool", "1: heard within its own limit")
    age_s: F64 = column("f8", "s", "since its newest report; NaN never heard")
    n_reports: I64 = column("i8", "", "reports so far")
    learnt: LearntTables | None = dataclasses.field(default=None, metadata={"unrecorded": True}, compare=False)
    grid: CoverageGrid | None = dataclasses.field(default=None, metadata={"unrecorded": True}, compare=False)
