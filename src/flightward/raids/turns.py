"""How fast each track turns, from its courses over the last half minute."""

from __future__ import annotations

import numpy as np

from flightward.model import F64, I64, f64, i64

MARK_S = 10.0
MARKS = 3
"""A course is compared with that of 20 to 30 s before: shorter spans would show the noise of velocities."""
SLOW_MPS = 5.0


class Turns:
    """Remembers courses at marks; `step` each second with rising times."""

    def __init__(self) -> None:
        self._marks: list[tuple[float, I64, F64]] = []

    def step(self, t_s: float, track: I64, ve_mps: F64, vn_mps: F64) -> F64:
        """(N,) rate of turn, clockwise; NaN for tracks that are new or slow. track (N,) numbers that differ."""
        course = np.where(np.hypot(ve_mps, vn_mps) > SLOW_MPS, np.arctan2(ve_mps, vn_mps), np.nan)
        rate = np.full(len(track), np.nan)
        if len(self._marks) == MARKS:
            at_s, known, was = self._marks[0]
            at = np.minimum(np.searchsorted(known, track), max(len(known) - 1, 0))
            if len(known) and t_s > at_s:
                turned = (course - was[at] + np.pi) % (2.0 * np.pi) - np.pi
                rate = np.where(known[at] == track, turned / (t_s - at_s), np.nan)
        if not self._marks or t_s - self._marks[-1][0] >= MARK_S:
            order = np.argsort(track, kind="stable")
            self._marks = [*self._marks[1 - MARKS :], (t_s, i64(track[order]), f64(course[order]))]
        return f64(rate)
