"""Which tracks fly together, second after second, under raid numbers that last; what parts and what joins."""

from __future__ import annotations

import dataclasses

import numpy as np
from numpy.typing import NDArray

from flightward.config import RaidsConfig
from flightward.kernels.grouping import LinkRule, link_groups
from flightward.model import F64, I64, NONE, RaidEvent, f64, i64
from flightward.raids.trails import Trails

KEEP_LINK = 1.25
"""Members of one raid stay linked to this multiple of link_m: a gap at the limit must not make ids flicker."""

KEEP_MPS = np.inf
"""... whatever their courses: what really parts is parted by the gap, and who loiters flies all courses in turn."""

KEEP_WAY_MPS = 20.0
"""... but on another's way only with a course like its own then: else a fork would hold what has parted for minutes."""

HOLD_S = 60.0
"""A raid that has parted is two after this time, two that have met are one after it: what lasts shorter is none."""

MEMORY_S = 180.0
"""How long a raid number waits for members that are not shown."""

REBORN_M = 2_000.0
REBORN_MPS = 15.0
"""A new track this near to where a lost member would be now, and this close in velocity, carries its raid on;
REBORN_MPS also widens the distance with the time since it was lost."""


@dataclasses.dataclass(frozen=True)
class Change:
    """A split or merge: rows of those who keep the number `raid`, and of those who have left it or come to it."""

    event: RaidEvent
    raid: int
    other: int
    stay: I64
    go: I64


@dataclasses.dataclass(frozen=True)
class _Memory:
    """Last sight of every track that was in a raid in the last MEMORY_S, in order of track numbers."""

    track: I64
    raid: I64
    t_s: F64
    state: F64  # (N, 4) e, n, ve, vn
    apart_s: F64  # since when it is not with its raid's main part; NaN: it is

    def rows_of(self, track: I64) -> I64:
        """(M,) row of each track here, or NONE."""
        if not len(self.track):
            return np.full(len(track), NONE, dtype=np.int64)
        at = np.minimum(np.searchsorted(self.track, track), len(self.track) - 1)
        return np.where(self.track[at] == track, at, NONE)


class Groups:
    """Gives each hostile track its raid number; numbers rise from 1 and are never used again.

    After each step: `changes` of this second; `wave` (N,) the chain of near links that each track stands in.
    """

    def __init__(self, cfg: RaidsConfig) -> None:
        self.changes: list[Change] = []
        self.wave: I64 = i64([])
        self._rule = LinkRule(cfg.link_m, cfg.link_mps, KEEP_LINK * cfg.link_m, max(KEEP_MPS, cfg.link_mps))
        self._trails = Trails(0.5 * cfg.link_m, cfg.link_mps, cfg.follow_s, max(KEEP_WAY_MPS, cfg.link_mps))
        none, zero = np.zeros(0, np.int64), np.zeros(0)
        self._memory = _Memory(none, none, zero, np.zeros((0, 4)), zero)
        self._met_s: dict[tuple[int, int], float] = {}
        self._born_s: dict[int, float] = {}
        self._next = 1

    def step(self, t_s: float, track: I64, e_m: F64, n_m: F64, ve_mps: F64, vn_mps: F64) -> I64:
        """(N,) raid number of each track; times must not fall, track numbers must differ and rise."""
        before, apart_s = self._before(t_s, track, e_m, n_m, ve_mps, vn_mps)
        near = np.empty(len(track), dtype=np.int64)
        strip = i64(np.floor(n_m / max(self._rule.link_m, self._rule.keep_m)))
        order = np.lexsort((e_m, strip))
        count = int(link_groups(order, strip, e_m, n_m, ve_mps, vn_mps, before, self._rule, near))
        self.wave = near
        state = np.stack([e_m, n_m, ve_mps, vn_mps], axis=1)
        group, count = self._trails.join(t_s, track, state, near, count, before)
        self.changes = []
        if _is_unchanged(group, count, before):
            raid, apart_s = before, np.full(len(track), np.nan)
            self._met_s.clear()
        else:
            raid = self._number(t_s, group, before, apart_s)
        self._remember(t_s, track, raid, state, apart_s)
        return raid

    def _before(
        self, t_s: float, track: I64, e_m: F64, n_m: F64, ve_mps: F64, vn_mps: F64
    ) -> tuple[I64, F64]:
        """(N,) the raid that each track was in, or that of the lost member whose place it takes; since when apart."""
        memory = self._memory
        rows = memory.rows_of(track)
        before, apart_s = np.full(len(track), NONE, dtype=np.int64), np.full(len(track), np.nan)
        seen = rows >= 0
        before[seen], apart_s[seen] = memory.raid[rows[seen]], memory.apart_s[rows[seen]]
        new = np.flatnonzero(~seen)
        is_lost = np.ones(len(memory.track), dtype=np.bool_)
        is_lost[rows[seen]] = False
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
        return i64(before), apart_s

    def _number(self, t_s: float, group: I64, before: I64, apart_s: F64) -> I64:
        """(N,) raid numbers. A raid's main part keeps the number; apart_s is written in place.

        The largest raid of a group is its own; another whose main part is in it joins it after HOLD_S, and a part
        without its main part leaves it after HOLD_S: to the raid of its group, or to a number of its own.
        """
        main, own, meets = _main_parts(group, before)
        raid = np.where(before >= 0, before, own[group])
        self._merge(t_s, group, before, own, meets, raid)
        is_apart = (before >= 0) & (main != group)
        apart_s[~is_apart] = np.nan
        for g in np.unique(group[is_apart]).tolist():
            self._part(t_s, np.flatnonzero(group == g), is_apart, before, int(own[g]), apart_s, raid)
        for g in np.unique(group[raid < 0]).tolist():
            raid[(group == g) & (raid < 0)] = self._new(t_s)
        return i64(raid)

    def _merge(
        self, t_s: float, group: I64, before: I64, own: I64, meets: list[tuple[int, int]], raid: I64
    ) -> None:
        """Raids that have met; one that is younger than HOLD_S was never known as another, and joins in silence."""
        met: dict[tuple[int, int], float] = {}
        for g, other in meets:
            mine = int(own[g])
            key = (min(mine, other), max(mine, other))
            since_s = self._met_s.get(key, t_s)
            is_young = t_s - self._born_s.get(other, -np.inf) < HOLD_S
            if t_s - since_s < HOLD_S and not is_young:
                met[key] = since_s
                continue
            go = np.flatnonzero((group == g) & (before == other))
            raid[go] = mine
            if not is_young:
                stay = np.flatnonzero((group == g) & (before == mine))
                self.changes.append(Change(RaidEvent.MERGE, mine, other, stay, go))
        self._met_s = met

    def _part(
        self, t_s: float, rows: I64, is_apart: NDArray[np.bool_], before: I64, own: int, apart_s: F64, raid: I64
    ) -> None:
        """One group that holds members of raids whose main part is elsewhere; `own`: its raid, or NONE."""
        apart = rows[is_apart[rows]]
        since_s = t_s if np.isnan(apart_s[apart]).all() else float(np.nanmin(apart_s[apart]))
        numbers, votes = np.unique(before[apart], return_counts=True)
        most = int(numbers[np.argmax(votes)])
        if t_s - since_s < HOLD_S:
            apart_s[apart] = since_s
            if own < 0:
                fresh = rows[raid[rows] < 0]
                raid[fresh], apart_s[fresh] = most, since_s
            return
        apart_s[apart] = np.nan
        if own >= 0:
            raid[apart] = own
            return
        raid[rows] = self._new(t_s)
        for number in numbers.tolist():
            stay = np.flatnonzero((before == number) & ~is_apart)
            if len(stay):
                go = apart[before[apart] == number]
                self.changes.append(Change(RaidEvent.SPLIT, number, int(raid[rows[0]]), stay, go))

    def _new(self, t_s: float) -> int:
        self._born_s[self._next] = t_s
        self._next += 1
        return self._next - 1

    def _remember(self, t_s: float, track: I64, raid: I64, state: F64, apart_s: F64) -> None:
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
            f64(np.concatenate([old.apart_s[keep], apart_s])[order]),
        )
        if any(t_s - born_s > HOLD_S for born_s in self._born_s.values()):
            self._born_s = {k: born_s for k, born_s in self._born_s.items() if t_s - born_s <= HOLD_S}


def _main_parts(group: I64, before: I64) -> tuple[I64, I64, list[tuple[int, int]]]:
    """Where each raid's main part is, and whose group each is.

    Returns  main (N,) the group of the main part of each row's raid, NONE without one; own (G,) the raid of each
             group: of those whose main part it is the largest, then the oldest, or NONE; the others as (group, raid).
    """
    known = before >= 0
    numbers, at = np.unique(before[known], return_inverse=True)
    own = np.full(int(group.max()) + 1, NONE, dtype=np.int64)
    main = np.full(len(group), NONE, dtype=np.int64)
    pair, votes = np.unique(group[known] * max(len(numbers), 1) + at, return_counts=True)
    g, b = pair // max(len(numbers), 1), pair % max(len(numbers), 1)
    main_of = np.full(len(numbers), NONE, dtype=np.int64)
    meets: list[tuple[int, int]] = []
    # most members first, then the older raid, then the group with the lowest track number
    for k in np.lexsort((g, b, -votes)).tolist():
        if main_of[b[k]] >= 0:
            continue
        main_of[b[k]] = g[k]
        if own[g[k]] < 0:
            own[g[k]] = numbers[b[k]]
        else:
            meets.append((int(g[k]), int(numbers[b[k]])))
    main[known] = main_of[at]
    return main, own, meets


def _is_unchanged(group: I64, count: int, before: I64) -> bool:
    """True if the groups are the earlier raids, member for member, and none is new: the usual second."""
    if not count:
        return True
    if before.min() < 0:
        return False
    old_of = np.empty(count, dtype=np.int64)
    old_of[group] = before
    old = np.sort(old_of)
    return bool((old_of[group] == before).all() and (old[1:] != old[:-1]).all())
