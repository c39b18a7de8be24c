"""Declared zones and area alerts: states of named areas, and what may be known of them at a time."""

from __future__ import annotations

import dataclasses

import numpy as np

from flightward.model.batch import F64, I8, I64, Batch, column, f64, starts


@dataclasses.dataclass(frozen=True)
class ZoneBatch(Batch):
    """Z zones with their polygons (closed implicitly) and their activity windows.

    A window is known from its `from_s`, or from `published_s` where that is given; its end is known when it comes,
    or from `published_s`. `active_at` keeps to that: nothing reads ahead.
    """

    name: I64 = column("i8", "name", "zone id, number in Names")
    kind: I8 = column("i1", "ZoneKind", "what it is")
    floor_m: F64 = column("f8", "m", "floor above the ellipsoid; -inf: from the ground")
    ceiling_m: F64 = column("f8", "m", "ceiling above the ellipsoid; +inf: unlimited")
    source: I64 = column("i8", "name", "who declared it, number in Names")
    exempt_mask: I64 = column("i8", "bits", "bit c set: flights of Category c are exempt")
    start: I64 = starts("rows of the polygon")
    e_m: F64 = column("f8", "m", "plane east of a corner", flat="start")
    n_m: F64 = column("f8", "m", "plane north of a corner", flat="start")
    window_start: I64 = starts("rows of the windows")
    from_s: F64 = column("f8", "s", "active from", flat="window_start")
    to_s: F64 = column("f8", "s", "active to; NaN open", flat="window_start")
    published_s: F64 = column("f8", "s", "known from; NaN: from_s, the end when it comes", flat="window_start")

    def active_at(self, now_s: float, at_s: float) -> I8:
        """(Z,) int8: 1 if, by what is known at `now_s`, the zone is or will be active at `at_s` >= now_s."""
        out = np.zeros(len(self), dtype=np.int8)
        for z in range(len(self)):
            for w in range(int(self.window_start[z]), int(self.window_start[z + 1])):
                published = not np.isnan(self.published_s[w]) and self.published_s[w] <= now_s
                if self.from_s[w] > now_s and not published:
                    continue
                end_known = published or self.to_s[w] <= now_s
                if self.from_s[w] <= at_s and not (end_known and self.to_s[w] <= at_s):
                    out[z] = 1
        return out

    def active_since(self, now_s: float) -> F64:
        """(Z,) start of the window that is active at `now_s`; NaN where none is."""
        out = np.full(len(self), np.nan)
        for z in range(len(self)):
            for w in range(int(self.window_start[z]), int(self.window_start[z + 1])):
                if self.from_s[w] <= now_s and not self.to_s[w] <= now_s:
                    out[z] = self.from_s[w]
        return out


@dataclasses.dataclass(frozen=True)
class AreaAlertBatch(Batch):
    """A changes of declared area states, in order of (t_rx_s, seq)."""

    t_s: F64 = column("f8", "s", "when the state began or ended by its source")
    t_rx_s: F64 = column("f8", "s", "when we heard")
    seq: I64 = column("i8", "", "order of arrival over all feeds")
    area: I64 = column("i8", "name", "area name, number in Names")
    alert: I64 = column("i8", "name", "what is alerted (air_raid, ...), number in Names")
    state: I8 = column("i1", "AlertState", "ended 0, active 1")
    is_coarse: I8 = column("i1", "bool", "1: no shape known at this level; the region above stands for it")
    source: I64 = column("i8", "name", "who says so, number in Names")
    start: I64 = starts("rows of the polygon; no rows: shape unknown")
    e_m: F64 = column("f8", "m", "plane east of a corner", flat="start")
    n_m: F64 = column("f8", "m", "plane north of a corner", flat="start")


@dataclasses.dataclass(frozen=True)
class AreaOutlook(Batch):
    """A named areas, and how likely each will be under alert at H times ahead, from area alerts alone.

    What is forecast is the area's declared state, not that drones are in it: the history holds alerts only.
    """

    issued_s: float
    horizon_s: F64
    area: I64 = column("i8", "name", "area name, number in Names")
    is_on: I8 = column("i1", "bool", "1: under alert now")
    since_s: F64 = column("f8", "s", "when its present state began, POSIX UTC; NaN not heard")
    p_alert: F64 = column("f8", "", "chance that it is under alert at issued_s + horizon_s[h]", tail=(None,))
    starts_per_h: F64 = column("f8", "1/h", "base rate of alerts that start in it, at this hour and season")
    start: I64 = starts("rows of the polygon")
    e_m: F64 = column("f8", "m", "plane east of a corner", flat="start")
    n_m: F64 = column("f8", "m", "plane north of a corner", flat="start")

    def p_at(self, row: int, ahead_s: F64) -> F64:
        """Chance that the area of `row` is under alert `ahead_s` after the issue: on the line between horizons."""
        at_s = np.concatenate([[0.0], self.horizon_s])
        return f64(np.interp(ahead_s, at_s, np.concatenate([[float(self.is_on[row])], self.p_alert[row]])))
