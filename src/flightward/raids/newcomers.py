"""Drones that nobody has seen yet: where each raid's members have appeared so far, more of them are to be expected.

A raid's members appear as a Poisson process whose rate is that of the last quarter of an hour, shrunk towards one
that holds for all raids. It goes on for an exponential time; the longer none has come, the likelier it is over.
"""

from __future__ import annotations

import dataclasses

import numpy as np
from numpy.typing import NDArray

from flightward.model import F64, I64, f64, i64

RATE_S = 900.0
"""Members that appeared longer ago count less towards the rate."""
PRIOR_N, PRIOR_S = 0.25, 250.0
"""What holds for all raids: one more member in 1,000 s, as sure as 250 s of watching."""
MORE_S = 1_500.0
"""Mean time for which a raid goes on to bring more."""
SETTLE_S = 240.0
"""What is first seen this soon after the start was there before."""
PLACES = 4
"""The places of the newest members at which the next ones may appear."""
SLOT_N, SLOT_S, SLOTS, AHEAD_S = 0.6, (20.0, 240.0), 12, 2_700.0
"""Newcomers expected in one slot of time, the least and longest slot, slots of one raid, how far ahead they reach."""
NEAR_M = 600.0
"""1 sigma of where they appear about such a place."""
LOST_S, LOST_M, LOST_MPS = 240.0, 3_000.0, 30.0
"""A new track this soon after a loss, this near to where the lost one would be by now, is the same drone."""
FORGET_S = 3_600.0
GHOST_S = 1_200.0
"""So long a lost member may still fly where nobody sees it."""
IMAGINED = 1 << 41
"""Added to a raid's number times SLOTS and the slot's number it is the key of a newcomer's random numbers."""


@dataclasses.dataclass(frozen=True)
class Newcomers:
    """X drones that are not seen yet: each appears at born_s from now, at a place, with a velocity and chance p."""

    raid: I64
    slot: I64
    born_s: F64
    p: F64
    p_more: F64
    e_m: F64
    n_m: F64
    u_m: F64
    ve_mps: F64
    vn_mps: F64
    along_m: F64
    """1 sigma of place along the way: when in its slot it appears is not known."""


@dataclasses.dataclass(frozen=True)
class Lost:
    """Y members of raids that are in no track any more: where each was last, and how long ago."""

    track: I64
    raid: I64
    e_m: F64
    n_m: F64
    u_m: F64
    ve_mps: F64
    vn_mps: F64
    ago_s: F64


class Arrivals:
    """Remembers where and when the members of raids appeared; `step` at each refresh, with rising times."""

    def __init__(self, start_s: float) -> None:
        self._start_s = start_s
        self._track = np.zeros(0, dtype=np.int64)
        self._raid = np.zeros(0, dtype=np.int64)
        self._is_new = np.zeros(0, dtype=np.bool_)
        self._again = np.zeros(0, dtype=np.bool_)  # lost, but flies on under another number
        self._born = np.zeros((0, 6))  # time, e, n, u, ve, vn when it appeared
        self._last = np.zeros((0, 5))  # time, e, n, ve, vn when last seen

    def step(self, t_s: float, track: I64, raid: I64, state: F64) -> None:
        """Take in the members of raids at one time; state (N, 5): e, n, u, ve, vn."""
        keep = self._last[:, 0] >= t_s - FORGET_S
        self._track, self._raid, self._is_new = self._track[keep], self._raid[keep], self._is_new[keep]
        self._again = self._again[keep]
        self._born, self._last = self._born[keep], self._last[keep]
        new = ~np.isin(track, self._track)
        if new.any():
            self._add(t_s, track[new], raid[new], state[new], ~np.isin(self._track, track))
        order = np.argsort(self._track)
        at = order[np.searchsorted(self._track, track, sorter=order)]
        self._raid[at] = raid
        self._last[at] = np.column_stack([np.full(len(track), t_s), state[:, [0, 1, 3, 4]]])

    def _add(self, t_s: float, track: I64, raid: I64, state: F64, is_lost: NDArray[np.bool_]) -> None:
        ago_s = t_s - self._last[:, 0]
        row = np.flatnonzero(is_lost & (ago_s <= LOST_S) & ~self._again)
        lost = self._last[row]
        dt_s = t_s - lost[:, 0]
        where_e, where_n = lost[:, 1] + dt_s * lost[:, 3], lost[:, 2] + dt_s * lost[:, 4]
        d_m = np.hypot(state[:, None, 0] - where_e, state[:, None, 1] - where_n)
        same = d_m <= LOST_M + LOST_MPS * dt_s
        again = same.any(axis=1)
        self._again[row[same.any(axis=0)]] = True
        self._again = np.append(self._again, np.zeros(len(track), dtype=np.bool_))
        is_new = ~again & (t_s > self._start_s + SETTLE_S)
        born = np.column_stack([np.full(len(track), t_s), state])
        self._track, self._raid = np.append(self._track, track), np.append(self._raid, raid)
        self._is_new = np.append(self._is_new, is_new)
        self._born = np.concatenate([self._born, born])
        self._last = np.concatenate([self._last, np.full((len(track), 5), t_s)])

    def expected(self, t_s: float, raids: I64) -> Newcomers:
        """The newcomers of the raids named."""
        parts = [self._of(t_s, int(r)) for r in np.unique(raids)]
        rows = np.concatenate([p for p in parts if p is not None] or [np.zeros((0, 11))])
        columns = [f64(c) for c in rows.T]
        return Newcomers(i64(columns[0].astype(np.int64)), i64(columns[1].astype(np.int64)), *columns[2:])

    def lost(self, t_s: float) -> Lost:
        """Those lost within GHOST_S."""
        ago_s = t_s - self._last[:, 0]
        at = np.flatnonzero((ago_s > 0.0) & (ago_s <= GHOST_S) & ~self._again)
        last = self._last[at]
        columns = [f64(c) for c in (last[:, 1], last[:, 2], self._born[at, 3], last[:, 3], last[:, 4], ago_s[at])]
        return Lost(self._track[at], self._raid[at], *columns)

    def _of(self, t_s: float, raid: int) -> F64 | None:
        """Rows of one raid, in the order of Newcomers' columns."""
        mine = self._raid == raid
        born = self._born[mine & self._is_new]
        if not len(born):
            return None
        born = born[np.argsort(born[:, 0], kind="stable")]
        since_s = max(float(self._born[mine, 0].min()), self._start_s + SETTLE_S)
        # the first one makes the raid: it says nothing of how fast others follow
        later = born[born[:, 0] > since_s, 0]
        rate, p_more = more(t_s, since_s, later)
        slot_s = float(np.clip(SLOT_N / rate, *SLOT_S))
        count = min(SLOTS, int(np.ceil(AHEAD_S / slot_s)))
        p = 1.0 - np.exp(-rate * slot_s)
        if p * p_more < 0.01:
            return None
        k = np.arange(count)
        place = born[::-1][:PLACES][k % min(PLACES, len(born))]
        along = np.hypot(place[:, 4], place[:, 5]) * slot_s / np.sqrt(12.0)
        one = np.ones(count)
        return np.column_stack([
            raid * one, k, (k + 0.5) * slot_s, p * one, p_more * one, place[:, 1:6], along,
        ])  # fmt: skip


def more(t_s: float, since_s: float, born_s: F64) -> tuple[float, float]:
    """Rate at which a raid brings more, per second, and the chance that it has not ended."""
    weight = float(np.exp(-(t_s - born_s) / RATE_S).sum())
    watched_s = RATE_S * (1.0 - np.exp(-(t_s - since_s) / RATE_S))
    rate = (weight + PRIOR_N) / (watched_s + PRIOR_S)
    gap_s = t_s - (float(born_s.max()) if len(born_s) else since_s)
    none_yet = np.exp(-(rate + 1.0 / MORE_S) * gap_s)
    ended = (1.0 - none_yet) / (1.0 + rate * MORE_S)
    return rate, float(none_yet / (none_yet + ended))
