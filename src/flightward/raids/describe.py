"""What each raid is: how many, where, how fast, how loose, how many per minute, and the ground it covers."""

from __future__ import annotations

import numpy as np

from flightward.kernels.grouping import describe_groups
from flightward.kernels.hull import CORNERS, wide_hulls
from flightward.model import F64, I64, RaidBatch, i64
from flightward.raids.intensity import RaidIntensity
from flightward.raids.members import FRONT_S, Members

EXTENT_M = 1_000.0
"""The extent holds every point within this distance of the members' convex hull (design, section 6)."""


def describe_raids(
    t_s: float, m: Members, since_s: dict[int, float], intensity: RaidIntensity | None = None
) -> tuple[RaidBatch, F64]:
    """The raids at t_s in order of number, and (N,) how far behind its raid's front each member flies, in seconds.

    since_s   first sight of each raid so far; gains the new ones.   intensity: what tells bands and changes
    """
    first = np.flatnonzero(m.raid[1:] != m.raid[:-1]) + 1
    start = i64(np.concatenate([[0], first, [len(m.raid)]])) if len(m.raid) else np.zeros(1, dtype=np.int64)
    raid = m.raid[start[:-1]]
    figures = np.empty((len(raid), 10))
    lag_s = np.empty(len(m.raid))
    describe_groups(start, m.e_m, m.n_m, m.u_m, m.ve_mps, m.vn_mps, m.weight, FRONT_S, figures, lag_s)
    corner_e, corner_n = np.empty(len(m.raid) * CORNERS), np.empty(len(m.raid) * CORNERS)
    corner_start = np.empty(len(raid) + 1, dtype=np.int64)
    wide_hulls(start, m.e_m, m.n_m, EXTENT_M, corner_e, corner_n, corner_start)
    used = int(corner_start[-1])
    for number in raid.tolist():
        since_s.setdefault(number, t_s)
    column = np.ascontiguousarray(figures.T)
    rates = intensity.step(t_s, m, raid, start, column[4], column[5], column[9]) if intensity is not None else {}
    batch = RaidBatch(
        t_s=t_s, raid=raid, n_expected=column[0], e_m=column[1], n_m=column[2], u_m=column[3],
        ve_mps=column[4], vn_mps=column[5], speed_mps=column[6], course_spread_rad=column[7],
        speed_spread_mps=column[8], arrivals_per_min=column[9],
        since_s=np.array([since_s[r] for r in raid.tolist()], dtype=np.float64),
        start=start, member=m.track.copy(),
        extent_start=corner_start, extent_e_m=corner_e[:used].copy(), extent_n_m=corner_n[:used].copy(), **rates,
    )  # fmt: skip
    return batch, lag_s


def raid_of_tracks(track: I64, raids: RaidBatch) -> I64:
    """(N,) raid number of each track number, NONE where it is in no raid."""
    out = np.full(len(track), -1, dtype=np.int64)
    if len(raids.member):
        order = np.argsort(raids.member, kind="stable")
        member = raids.member[order]
        raid = np.repeat(raids.raid, np.diff(raids.start))[order]
        at = np.minimum(np.searchsorted(member, track), len(member) - 1)
        found = member[at] == track
        out[found] = raid[at[found]]
    return out
