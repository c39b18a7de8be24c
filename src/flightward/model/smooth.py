"""Smoothed tracks: where each was at each second, as known after the day with all its reports."""

from __future__ import annotations

import dataclasses

from flightward.model.batch import F64, I64, Batch, column


@dataclasses.dataclass(frozen=True)
class SmoothedBatch(Batch):
    """N rows in order of track, then time: whole seconds between each track's first and last report.

    Positions and velocities are the plane's; `cov` is in the order e, n, u, ve, vn, vu.
    """

    t_s: F64 = column("f8", "s", "POSIX UTC")
    track: I64 = column("i8", "id", "track number, as in the air picture")
    e_m: F64 = column("f8", "m", "plane east")
    n_m: F64 = column("f8", "m", "plane north")
    u_m: F64 = column("f8", "m", "height above the ellipsoid")
    ve_mps: F64 = column("f8", "m/s", "plane velocity east")
    vn_mps: F64 = column("f8", "m/s", "plane velocity north")
    vu_mps: F64 = column("f8", "m/s", "climb")
    cov: F64 = column("f8", "m2, m2/s, m2/s2", "covariance of e, n, u, ve, vn, vu", tail=(6, 6))
    p_turn: F64 = column("f8", "", "probability that it turned (the model of turns, not of straight flight)")
    turn_radps: F64 = column("f8", "rad/s", "turn rate of the course, clockwise; 0 in straight flight")
    gap_s: F64 = column("f8", "s", "between the reports before and after; 0 at one")
    n_reports: I64 = column("i8", "", "reports of the whole track that were used")
