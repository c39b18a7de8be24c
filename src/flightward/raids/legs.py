"""What is remembered of each drone's flight: the leg it is on, and the trail it left for others to follow."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from flightward.kernels.circles import find_circles
from flightward.kernels.guides import NO_GUIDE, GuideRule, Trails, find_guides, lay_guides
from flightward.kernels.legs import LegRule, share_courses, smooth_legs
from flightward.model import F64, I64, f64, i64

LEG = LegRule(fast_s=20.0, slow_s=180.0, turn_rad=0.2, fresh_s=5.0)
GUIDE = GuideRule(near_m=6_000.0, course_rad=0.25, least_s=60.0, far_s=0.06)

SAMPLE_S = 15.0
SAMPLES = 160
"""A trail reaches back 40 minutes: the length of the longest streams."""

ALIKE_BINS = 4
"""Members within about 0.2 rad of a drone's course share its leg."""

P_FOLLOW, FOLLOW_M = 0.75, 20_000.0
"""Chance to follow a trail: on it, and how that falls with the distance to it."""

SWAY_M = 2_000.0
"""A trail that leads this far off the drone's own leg is followed half the way there."""

TURN_S, TURN_N, ALIKE = 1_000.0, 5.0, 0.7
"""Mean time between turns of all raids, and how many turns of one raid it takes to weigh as much as that; how alike the
members of one raid are (0: each speaks for itself, 1: all speak as one)."""

GONE_SAMPLES = 3
"""A trail without so many newest samples has stopped."""
P_END, END_M = 0.7, 6_000.0
"""Chance that one such trail says that the way ends there; others that stopped within END_M say so on their own."""

WANDER_RAD, WANDER_S = 0.05, 150.0
"""How far courses sway about the leg, and for how long: measured, docs/design/forecast.md."""


@dataclasses.dataclass(frozen=True)
class Ahead:
    """What is expected of N drones, before any randomness; see `kernels.futures.Drones`."""

    speed_mps: F64
    unit_e: F64
    unit_n: F64
    sigma_course_rad: F64
    sigma_speed_mps: F64
    guide: I64
    age: F64
    p_follow: F64
    turn_s: F64
    hold: F64
    """(N, 5), see `kernels.circles.find_circles`."""


class Legs:
    """Remembers every track that may be hostile; times must not fall."""

    def __init__(self) -> None:
        self._track = np.zeros(0, dtype=np.int64)
        self._slot = np.zeros(0, dtype=np.int64)
        self._seen_s = np.zeros(0)
        self._age_s = np.zeros(0)
        self._fast = np.zeros((0, 2))
        self._slow = np.zeros((0, 2))
        self._flown = np.zeros((0, 2))
        self._e_m = np.zeros((0, SAMPLES))
        self._n_m = np.zeros((0, SAMPLES))
        self._newest = np.zeros(0, dtype=np.int64)  # sample number, not age
        self._oldest = np.zeros(0, dtype=np.int64)
        self._last = -1
        self._now_s = 0.0

    def step(
        self, t_s: float, track: I64, e_m: F64, n_m: F64, ve_mps: F64, vn_mps: F64, leads: NDArray[np.bool_]
    ) -> I64:
        """Take in one second; returns (N,) the row of each track in this memory, good until the next step.

        leads   (N,) whose trail others may follow: members of raids; no drone follows what is likely an aircraft.
        """
        self._now_s = t_s
        slot = self._slots(track)
        dt_s = np.maximum(t_s - self._seen_s[slot], 0.0)
        smooth_legs(slot, f64(dt_s), ve_mps, vn_mps, LEG, self._fast, self._slow, self._age_s, self._flown)
        self._seen_s[slot] = t_s
        sample = int(t_s // SAMPLE_S)
        if sample > self._last:
            self._sample(sample, slot[leads], e_m[leads], n_m[leads])
        return slot

    def ahead(self, slot: I64, start: I64, e_m: F64, n_m: F64, sigma_mps: F64, born: F64) -> Ahead:
        """What is expected of N drones whose raids stand in rows start[g] .. start[g + 1].

        slot   NONE for one that is not seen yet; born (N, 2) is then its velocity where it appears, else not used.
        """
        unseen = slot < 0
        slow = np.where(unseen[:, None], born, self._slow[slot] if len(self._slow) else born)
        age_s = np.where(unseen, LEG.fresh_s, self._age_s[slot] if len(self._age_s) else 0.0)
        speed = np.hypot(slow[:, 0], slow[:, 1])
        looks = np.where(unseen, 1e-3, 1.0 + np.minimum(age_s, LEG.slow_s) / WANDER_S)
        unit_e, unit_n, total = np.empty(len(slot)), np.empty(len(slot)), np.empty(len(slot))
        share_courses(start, f64(slow[:, 0]), f64(slow[:, 1]), looks, ALIKE_BINS, unit_e, unit_n, total)
        noise_rad = sigma_mps / np.maximum(speed, 5.0)
        sigma_course = np.sqrt((WANDER_RAD**2 + noise_rad**2) / np.maximum(total, 1.0))
        sigma_speed = sigma_mps / np.sqrt(1.0 + np.minimum(age_s, LEG.slow_s) / 20.0)
        guide, age, off_m = np.empty(len(slot), dtype=np.int64), np.empty(len(slot)), np.empty(len(slot))
        find_guides(slot, e_m, n_m, unit_e, unit_n, self._trails(), GUIDE, guide, age, off_m)
        hold = np.empty((len(slot), 5))
        find_circles(slot, e_m, n_m, self._trails(), hold)
        circles = hold[:, 2] != 0.0
        guide[circles] = NO_GUIDE
        unit_e[circles], unit_n[circles] = hold[circles, 3], hold[circles, 4]
        p_follow = P_FOLLOW * np.exp(-off_m / FOLLOW_M)
        turn_s = self._turn_s(slot, start)
        return Ahead(speed, unit_e, unit_n, sigma_course, sigma_speed, guide, age, p_follow, turn_s, hold)

    def _turn_s(self, slot: I64, start: I64) -> F64:
        """(N,) mean time between turns of each drone's raid: what its members did so far, and what raids do."""
        flown = np.where((slot < 0)[:, None], 0.0, self._flown[slot] if len(self._flown) else 0.0)
        if not len(slot):
            return np.zeros(0)
        of_raid = np.add.reduceat(flown, start[:-1], axis=0)
        members = np.maximum(np.add.reduceat(f64(slot >= 0), start[:-1]), 1.0)
        # members that follow one another turn at the same place: many say hardly more than one
        weight = members**-ALIKE
        mean = (TURN_S * TURN_N + weight * of_raid[:, 0]) / (TURN_N + weight * of_raid[:, 1])
        return f64(np.repeat(mean, np.diff(start)))

    def lay(self, ahead: Ahead, ahead_s: F64, born_s: F64, lag_s: F64, way: F64, end: F64) -> None:
        """Write the ways of guided drones; arguments as in `kernels.guides.lay_guides`."""
        size = np.maximum(np.hypot(self._slow[:, 0], self._slow[:, 1]), 1e-9)
        unit = self._slow / size[:, None]
        lay_guides(
            ahead_s, ahead.guide, ahead.age, ahead.speed_mps, ahead.unit_e, ahead.unit_n, born_s, SWAY_M,
            self._trails(), f64(unit[:, 0]), f64(unit[:, 1]), lag_s, way, end,
        )  # fmt: skip

    def ends(self, ahead: Ahead, p_seen: Callable[[F64, F64], F64]) -> F64:
        """(N,) chance that the trail which each drone follows stops because the way ends there.

        p_seen   chance that a drone at (e, n) would be in the picture: what stops where nobody looks says nothing.
        """
        p = np.zeros(len(ahead.guide))
        gone = self._last - self._newest > GONE_SAMPLES
        gone &= (self._newest >= 0) & (self._last - self._newest < SAMPLES)
        where = np.flatnonzero(gone)
        led = np.flatnonzero(ahead.guide >= 0)
        led = led[gone[ahead.guide[led]]]
        if not len(led):
            return p
        column = self._newest[where] % SAMPLES
        e, n = self._e_m[where, column], self._n_m[where, column]
        tree = cKDTree(np.column_stack([e, n]))
        count = tree.query_ball_point(np.column_stack([e, n]), END_M, return_length=True)
        at = np.searchsorted(where, ahead.guide[led])
        p[led] = p_seen(f64(e), f64(n))[at] * (1.0 - (1.0 - P_END) ** count[at])
        return p

    def leg_velocity(self, slot: I64) -> F64:
        """(N, 2) mean velocity of each drone since its last turn."""
        return np.where((slot < 0)[:, None], 0.0, self._slow[slot] if len(self._slow) else 0.0)

    def _trails(self) -> Trails:
        oldest = np.where(self._newest >= 0, self._last - self._oldest, -1)
        newest = np.where(self._newest >= 0, self._last - self._newest, 0)
        return Trails(self._e_m, self._n_m, SAMPLE_S, self._last, np.minimum(oldest, SAMPLES - 1), newest)

    def _sample(self, sample: int, slot: I64, e_m: F64, n_m: F64) -> None:
        column = sample % SAMPLES
        follows = self._newest[slot] == sample - 1
        self._oldest[slot[~follows]] = sample
        self._newest[slot] = sample
        self._e_m[slot, column], self._n_m[slot, column] = e_m, n_m
        self._last = sample

    def _slots(self, track: I64) -> I64:
        found = self._find(track)
        if (found < 0).any():
            self._add(track[found < 0])
            found = self._find(track)
        return i64(self._slot[found])

    def _find(self, track: I64) -> I64:
        """(N,) place of each track in the sorted list, or -1."""
        if not len(self._track):
            return np.full(len(track), -1, dtype=np.int64)
        at = np.minimum(np.searchsorted(self._track, track), len(self._track) - 1)
        return np.where(self._track[at] == track, at, -1)

    def _add(self, new: I64) -> None:
        """Rows for new tracks: first those whose trail has run out, then more of them."""
        is_over = self._now_s // SAMPLE_S - self._newest[self._slot] >= SAMPLES
        is_over &= self._seen_s[self._slot] < self._now_s - SAMPLES * SAMPLE_S
        rows = self._slot[is_over]
        have = len(self._age_s)
        rows = np.concatenate([rows, np.arange(have, have + max(0, len(new) - len(rows)))])
        self._grow(int(rows.max()) + 1 - have)
        used, rest = rows[: len(new)], rows[len(new) :]
        keep = ~is_over | np.isin(self._slot, rest)
        track, slot = np.concatenate([self._track[keep], new]), np.concatenate([self._slot[keep], used])
        order = np.argsort(track, kind="stable")
        self._track, self._slot = track[order], slot[order]
        self._age_s[used], self._newest[used], self._oldest[used], self._seen_s[used] = np.nan, -1, -1, self._now_s

    def _grow(self, more: int) -> None:
        if more <= 0:
            return

        def longer(column: Any) -> Any:
            return np.concatenate([column, np.zeros((more, *column.shape[1:]), dtype=column.dtype)])

        self._seen_s, self._age_s = longer(self._seen_s), longer(self._age_s)
        self._fast, self._slow = longer(self._fast), longer(self._slow)
        self._flown = longer(self._flown)
        self._e_m, self._n_m = longer(self._e_m), longer(self._n_m)
        self._newest, self._oldest = longer(self._newest), longer(self._oldest)
