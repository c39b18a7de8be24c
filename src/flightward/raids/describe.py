"""What each raid is: how many, where, how fast, how loose, how it turns, in what shape, and the ground it covers."""

from __future__ import annotations

from typing import Any

import numpy as np

from flightward.kernels import shape
from flightward.kernels.grouping import describe_groups
from flightward.model import F64, I64, CoverageGrid, RaidBatch, i64
from flightward.raids.count import counts
from flightward.raids.extent import extents
from flightward.raids.intensity import RaidIntensity
from flightward.raids.members import FRONT_S, Members

REACH_M = 12_000.0
"""An edge of the extent whose middle or a quarter is farther than this from every member spans empty ground, and is
bent in."""


def describe_raids(
    t_s: float, m: Members, since_s: dict[int, float], intensity: RaidIntensity | None = None,
    grid: CoverageGrid | None = None, radius_m: float = np.inf,
) -> tuple[RaidBatch, F64]:
    """The raids at t_s in order of number, and (N,) how far behind its raid's front each member flies, in seconds.

    since_s   first sight of each raid so far; gains the new ones.   intensity: what tells bands and changes
    grid      what is seen where in the area of radius_m: what undetected members are reckoned from
    """
    first = np.flatnonzero(m.raid[1:] != m.raid[:-1]) + 1
    start = i64(np.concatenate([[0], first, [len(m.raid)]])) if len(m.raid) else np.zeros(1, dtype=np.int64)
    raid = m.raid[start[:-1]]
    figures = np.empty((len(raid), 10))
    lag_s = np.empty(len(m.raid))
    describe_groups(start, m.e_m, m.n_m, m.u_m, m.ve_mps, m.vn_mps, m.weight, FRONT_S, figures, lag_s)
    extent_start, extent_e, extent_n = extents(start, m.e_m, m.n_m, REACH_M)
    for number in raid.tolist():
        since_s.setdefault(number, t_s)
    column = np.ascontiguousarray(figures.T)
    more: dict[str, Any] = {}
    if intensity is not None:
        more |= intensity.step(t_s, m, raid, start, column[4], column[5], column[9])
    form, end = _shape(m, start, lag_s)
    more |= form
    more |= counts(m, start, lag_s, np.hypot(column[4], column[5]), end[:, 1].copy(), grid, radius_m)
    batch = RaidBatch(
        t_s=t_s, raid=raid, n_expected=column[0], e_m=column[1], n_m=column[2], u_m=column[3],
        ve_mps=column[4], vn_mps=column[5], speed_mps=column[6], course_spread_rad=column[7],
        speed_spread_mps=column[8], arrivals_per_min=column[9],
        since_s=np.array([since_s[r] for r in raid.tolist()], dtype=np.float64),
        start=start, member=m.track.copy(),
        extent_start=extent_start, extent_e_m=extent_e, extent_n_m=extent_n, **more,
    )  # fmt: skip
    return batch, lag_s


def _shape(m: Members, start: I64, lag_s: F64) -> tuple[dict[str, F64 | I64], I64]:
    """The columns of the shape: front, tail, axis, length, width, heights, turning, waves; rows of front and tail."""
    count = len(start) - 1
    figures, end = np.empty((count, shape.N_FIGURES)), np.empty((count, 2), dtype=np.int64)
    shape.shape_groups(start, m.e_m, m.n_m, m.u_m, m.ve_mps, m.vn_mps, m.turn_radps, m.weight, figures, end)
    wave, n_waves = np.empty(len(m.raid), dtype=np.int64), np.empty(count, dtype=np.int64)
    shape.count_waves(start, m.chain, -lag_s, wave, n_waves)
    f = np.ascontiguousarray(figures.T)
    front, tail = end[:, 0], end[:, 1]
    return {
        "front_e_m": m.e_m[front], "front_n_m": m.n_m[front], "tail_e_m": m.e_m[tail], "tail_n_m": m.n_m[tail],
        "axis_rad": f[shape.AXIS], "length_m": f[shape.LENGTH], "width_m": f[shape.WIDTH],
        "u_lo_m": f[shape.LOW], "u_hi_m": f[shape.HIGH],
        "turn_radps": f[shape.TURN], "turning_frac": f[shape.TURNING], "n_waves": n_waves, "wave": wave,
    }, end  # fmt: skip


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
