"""Where on its plan a flight meets something: the nearest point of the plan, and how far before or after it."""

from __future__ import annotations

import numpy as np

from flightward.model import F64, I64, NONE, FlightBatch, FlightStates, PlanState

_OFF_PLAN = (int(PlanState.BROKEN), int(PlanState.ENDED))


class Waypoints:
    """The plans of all flights as one row of keys, so that many questions are one search."""

    def __init__(self, plans: FlightBatch) -> None:
        self._start = plans.start
        size = np.diff(plans.start)
        owner = np.repeat(np.arange(len(plans), dtype=np.int64), size)
        self._t0_s = float(plans.wp_t_s.min()) if len(owner) else 0.0
        self._t_s = plans.wp_t_s - self._t0_s
        # Each flight's times stand above those of the flight before.
        self._span_s = float(self._t_s.max()) + 1.0 if len(owner) else 1.0
        self._key = owner * self._span_s + self._t_s
        leg_m = np.hypot(np.diff(plans.wp_e_m, prepend=0.0), np.diff(plans.wp_n_m, prepend=0.0))
        leg_m[plans.start[:-1][size > 0]] = 0.0
        self._along_m = np.cumsum(leg_m)

    def near(self, t_s: float, states: FlightStates, flight: I64, t_to_s: F64) -> tuple[I64, F64]:
        """(K,) number of the plan's point, from 0, and metres along the plan from it to there (negative: before it).

        flight (K,) rows in the flight table or NONE; t_to_s (K,) seconds from t_s. NONE and NaN where it is not
        known: no flight, no time, a flight off its plan.
        """
        point, offset_m = np.full(len(flight), NONE, dtype=np.int64), np.full(len(flight), np.nan)
        asked = (flight != NONE) & np.isfinite(t_to_s)
        asked[asked] = ~np.isin(states.plan_state[flight[asked]], _OFF_PLAN)
        k = np.flatnonzero(asked)
        if not len(k):
            return point, offset_m
        f = flight[k]
        first, last = self._start[f], self._start[f + 1] - 1
        # The expected path ends where the plan ends, later or earlier by the flight's delay.
        ends_s = states.path_t_s[states.start[f + 1] - 1] - self._t0_s
        at_s = t_s - self._t0_s + t_to_s[k] - (ends_s - self._t_s[last])
        at_s = np.clip(at_s, self._t_s[first], self._t_s[last])
        a = np.searchsorted(self._key, f * self._span_s + at_s, side="right") - 1
        a = np.clip(a, first, last)
        b = np.minimum(a + 1, last)
        leg_s = self._t_s[b] - self._t_s[a]
        share = np.where(leg_s > 0.0, (at_s - self._t_s[a]) / np.where(leg_s > 0.0, leg_s, 1.0), 0.0)
        here_m = self._along_m[a] + share * (self._along_m[b] - self._along_m[a])
        nearest = np.where(here_m - self._along_m[a] <= self._along_m[b] - here_m, a, b)
        point[k], offset_m[k] = nearest - first, here_m - self._along_m[nearest]
        return point, offset_m
