"""Which tracks fly together, second after second, under raid numbers that last."""

from __future__ import annotations

import dataclasses

import numpy as np

from flightward.config import RaidsConfig
from flightward.kernels.grouping import LinkRule, link_groups, match_groups
from flightward.model import F64, I64, NONE, f64, i64

KEEP_LINK = 1.25
"""Members of one raid stay linked to this multiple of link_m: a gap at the limit must not make ids flicker."""

KEEP_MPS = 60.0
"""... and to this difference of velocities: a stream that turns at a place flies two courses for minutes, and two
drones at 50 m/s differ by 60 m/s only beyond a turn of 74 degrees."""

MEMORY_S = 180.0
"""How long a raid number waits for members that are not shown."""

REBORN_M = 2_000.0
REBORN_MPS = 15.0
"""A new track this near to where a lost member would be now, and this close in velocity, carries its raid on;
REBORN_MPS also widens the distance with the time since it was lost."""


@dataclasses.dataclass(frozen=True)
class _Memory:
    """Last sight of every track that was in a raid in the last MEMORY_S, in order of track numbers."""

    track: I64
    raid: I64
    t_s: F64
    state: F64  # (N, 4) e, n, ve, vn

    def rows_of(self, track: I64) -> I64:
        """(M,) row of each track here, or NONE."""
        if not len(self.track):
            return np.full(len(track), NONE, dtype=np.int64)
        at = np.minimum(np.searchsorted(self.track, track), len(self.track) - 1)
        return np.where(self.track[at] == track, at, NONE)


class Groups:
    """Gives each hostile track its raid number; numbers rise from 1 and are never used again."""

    def __init__(self, cfg: RaidsConfig) -> None:
        self._rule = LinkRule(cfg.link_m, cfg.link_mps, KEEP_LINK * cfg.link_m, max(KEEP_MPS, cfg.link_mps))
        self._memory = _Memory(np.zeros(0, np.int64), np.zeros(0, np.int64), np.zeros(0), np.zeros((0, 4)))
        self._next = 1

    def step(self, t_s: float, track: I64, e_m: F64, n_m: F64, ve_mps: F64, vn_mps: F64) -> I64:
        """(N,) raid number of each track; times must not fall, track numbers must differ and rise."""
        before = self._before(t_s, track, e_m, n_m, ve_mps, vn_mps)
        group = np.empty(len(track), dtype=np.int64)
        order = np.argsort(e_m, kind="stable")
        count = link_groups(order, e_m, n_m, ve_mps, vn_mps, before, self._rule, group)
        raid = self._number(group, int(count), before)
        self._remember(t_s, track, raid, np.stack([e_m, n_m, ve_mps, vn_mps], axis=1))
        return raid

    def _before(self, t_s: float, track: I64, e_m: F64, n_m: F64, ve_mps: F64, vn_mps: F64) -> I64:
        """(N,) the raid that each track was in, or that of the lost member whose place it takes."""
        memory = self._memory
        rows = memory.rows_of(track)
        before = np.where(rows >= 0, memory.raid[rows] if len(memory.raid) else NONE, NONE)
        new = np.flatnonzero(rows < 0)
        is_lost = np.ones(len(memory.track), dtype=np.bool_)
        is_lost[rows[rows >= 0]] = False
        lost = np.flatnonzero(is_lost)
        if len(new) and len(lost):
            dt_s = t_s - memory.t_s[lost]
            e, n, ve, vn = memory.state[lost].T
            d_m = np.hypot(e_m[new, None] - (e + ve * dt_s), n_m[new, None] - (n + vn * dt_s))
            d_mps = np.hypot(ve_mps[new, None] - ve, vn_mps[new, None] - vn)
            d_m[(d_m > REBORN_M + REBORN_MPS * dt_s) | (d_mps > REBORN_MPS)] = np.inf
            best = np.argmin(d_m, axis=1)
            found = np.isfinite(d_m[np.arange(len(new)), best])
            before[new[found]] = memory.raid[lost[best[found]]]
        return i64(before)

    def _number(self, group: I64, count: int, before: I64) -> I64:
        """(N,) raid numbers: each group takes the earlier raid with which it shares most members, else a new one."""
        if self._unchanged(group, count, before):
            return before
        old, at = np.unique(before, return_inverse=True)
        known = before >= 0
        pair, votes = np.unique(group[known] * len(old) + at[known], return_counts=True)
        g, b = pair // max(len(old), 1), pair % max(len(old), 1)
        # most shared members first, then the older raid, then the group with the lowest track number
        best = np.lexsort((g, b, -votes))
        match = np.empty(count, dtype=np.int64)
        taken = np.zeros(len(old), dtype=np.int8)
        match_groups(i64(g[best]), i64(b[best]), i64(votes[best]), taken, match)
        number = np.where(match >= 0, old[match] if len(old) else NONE, NONE)
        fresh = np.flatnonzero(match < 0)
        number[fresh] = self._next + np.arange(len(fresh))
        self._next += len(fresh)
        return i64(number[group])

    @staticmethod
    def _unchanged(group: I64, count: int, before: I64) -> bool:
        """True if the groups are the earlier raids, member for member, and none is new: the usual second."""
        if not count or before.min() < 0:
            return False
        old_of = np.empty(count, dtype=np.int64)
        old_of[group] = before
        old = np.sort(old_of)
        return bool((old_of[group] == before).all() and (old[1:] != old[:-1]).all())

    def _remember(self, t_s: float, track: I64, raid: I64, state: F64) -> None:
        old = self._memory
        seen = old.rows_of(track)
        keep = t_s - old.t_s <= MEMORY_S
        keep[seen[seen >= 0]] = False
        everyone = np.concatenate([old.track[keep], track])
        order = np.argsort(everyone, kind="stable")
        self._memory = _Memory(
            everyone[order],
            np.concatenate([old.raid[keep], raid])[order],
            f64(np.concatenate([old.t_s[keep], np.full(len(track), t_s)])[order]),
            np.concatenate([old.state[keep], state])[order],
        )
