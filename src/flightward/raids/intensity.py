"""How thick raids come in: arrivals over lines and into areas as Poisson rates that may change, with their bands.

A raid's own line stands where its rearmost member was when the raid was first seen, across its course. Each member
crosses it once: seen to, or, when it was first seen beyond, at the time that its distance and the raid's speed give.
Those times go through Bayesian change-point detection (kernels/changepoint.py), so that "threefold since 14:05" is a
statement with a probability. docs/design/intensity.md says why, and what was measured.
"""

from __future__ import annotations

import dataclasses

import numpy as np
from numpy.typing import NDArray
from scipy.special import gammaincinv

from flightward.config import RaidsConfig
from flightward.kernels import changepoint
from flightward.model import F64, I64, f64, i64
from flightward.raids.members import FRONT_S, Members

BAND = (0.05, 0.95)
"""The credible band shown."""
_EDGES = np.array(BAND)[:, None]
BIN_S = 20.0
"""Silences are cut into pieces of this length: a raid's crossings are not known better."""
ROOM = 64
"""Candidates kept per stream."""
DROP_W = 1e-5
PRIOR_ARRIVALS = 2.0
"""Weight of the prior after a change, in arrivals; for a raid its mean is the raid's own mean rate so far."""
PRIOR_FACTOR = 1.5
"""... and at a gate this many times the usual rate: rises are found sooner than falls, for they matter more."""
RECENT_S = 2_400.0
"""A raid's change is told for this long after it."""
MIN_ARRIVALS = 6
"""A raid of fewer has no change: nothing could be told from it."""
MAX_ARRIVALS = 512
"""The newest crossings of a raid that are looked at."""
LATE_OF = 10
"""How late crossings become known is taken from so many of the newest."""
FORGET_S = 7_200.0
"""Crossings older than this are forgotten."""
MIN_RATIO = 1.25
"""A smaller change, up or down, is none that anybody would act on."""


def poisson_band(arrivals: F64, time_s: float | F64) -> tuple[F64, F64]:
    """(N,) edges of the 90 % credible band of a rate per second, after `arrivals` in time_s (Jeffreys' prior)."""
    edge = gammaincinv(np.maximum(arrivals, 0.0) + 0.5, _EDGES) / time_s
    return edge[0], edge[1]


@dataclasses.dataclass(frozen=True)
class Rate:
    """What is known of one rate now: per second; NaN where nothing is known."""

    mean_hz: float
    low_hz: float
    high_hz: float
    p_change: float
    change_s: float
    ratio: float


class Stream:
    """Arrivals at one gate, counted as they come; its rate and when it changed.

    expected_hz   a rate that would be usual there, the mean of the prior; mean_run_s: how long rates hold.
    """

    def __init__(self, expected_hz: float, mean_run_s: float, prior_arrivals: float = PRIOR_ARRIVALS) -> None:
        self._prior = f64([[prior_arrivals, prior_arrivals / (PRIOR_FACTOR * expected_hz)]])
        self._rule = changepoint.ChangeRule(mean_run_s, DROP_W)
        self._runs = np.zeros((1, ROOM, changepoint.RUN_FIGURES))
        self._n = np.zeros(1, dtype=np.int64)
        self._until_s = np.nan

    def step(self, from_s: float, to_s: float, arrivals: float) -> bool:
        """Take the arrivals in (from_s, to_s]; False, and nothing taken, if a number is bad or time runs back."""
        if not from_s >= (self._until_s if np.isfinite(self._until_s) else from_s):
            return False
        status = np.empty(1, dtype=np.int8)
        changepoint.advance(
            np.zeros(1, np.int64), f64([from_s]), f64([to_s - from_s]), f64([arrivals]), self._prior, self._rule,
            self._runs, self._n, status,
        )
        if status[0] == changepoint.DONE:
            self._until_s = to_s
        return bool(status[0] == changepoint.DONE)

    def rate(self, since_s: float = np.nan) -> Rate:
        """The rate now, and the chance that it changed after since_s (NaN: ever)."""
        out = np.empty((1, changepoint.FIGURES))
        changepoint.summarise(f64([since_s]), *BAND, self._runs, self._n, out)
        return Rate(*out[0, : changepoint.P_MODE].tolist())


class _Gate:
    """Tracks' last places, and the rate of what passes; `step` with rising times."""

    def __init__(self, expected_hz: float, mean_run_s: float) -> None:
        self._stream = Stream(expected_hz, mean_run_s)
        self._track = np.zeros(0, np.int64)
        self._e_m, self._n_m = np.zeros(0), np.zeros(0)
        self._t_s = np.nan

    def step(self, t_s: float, track: I64, e_m: F64, n_m: F64, weight: F64 | None = None) -> float:
        """Expected arrivals since the step before. track (N,) distinct numbers; weight: chance that each is meant."""
        order = np.argsort(track, kind="stable")
        track, e_m, n_m = track[order], e_m[order], n_m[order]
        w = np.ones(len(track)) if weight is None else weight[order]
        at = np.minimum(np.searchsorted(self._track, track), max(len(self._track) - 1, 0))
        known = self._track[at] == track if len(self._track) else np.zeros(len(track), dtype=np.bool_)
        old_e, old_n = np.full(len(track), np.nan), np.full(len(track), np.nan)
        old_e[known], old_n[known] = self._e_m[at[known]], self._n_m[at[known]]
        good = np.isfinite(e_m) & np.isfinite(n_m) & np.isfinite(w)
        arrivals = float(w[good & self._passes(old_e, old_n, e_m, n_m)].sum())
        if np.isfinite(self._t_s):
            self._stream.step(self._t_s, t_s, arrivals)
        self._track, self._e_m, self._n_m, self._t_s = track[good], e_m[good], n_m[good], t_s
        return arrivals

    def rate(self, since_s: float = np.nan) -> Rate:
        """The rate of arrivals now, with its band and its changes."""
        return self._stream.rate(since_s)

    def _passes(self, e0_m: F64, n0_m: F64, e1_m: F64, n1_m: F64) -> NDArray[np.bool_]:
        raise NotImplementedError


class LineGate(_Gate):
    """Arrivals over the line from (e1, n1) to (e2, n2), plane metres, from its left side to its right or both ways."""

    def __init__(
        self, line: tuple[float, float, float, float], expected_hz: float, mean_run_s: float, *, both_ways: bool = False
    ) -> None:
        super().__init__(expected_hz, mean_run_s)
        self._line = line
        self._both_ways = both_ways

    def _passes(self, e0_m: F64, n0_m: F64, e1_m: F64, n1_m: F64) -> NDArray[np.bool_]:
        a_e, a_n, b_e, b_n = self._line
        before = (b_e - a_e) * (n0_m - a_n) - (b_n - a_n) * (e0_m - a_e)
        after = (b_e - a_e) * (n1_m - a_n) - (b_n - a_n) * (e1_m - a_e)
        crosses = (before > 0.0) & (after <= 0.0)
        if self._both_ways:
            crosses |= (before <= 0.0) & (after > 0.0)
        # and within the line's two ends, seen from the way flown
        de, dn = e1_m - e0_m, n1_m - n0_m
        first = de * (a_n - n0_m) - dn * (a_e - e0_m)
        second = de * (b_n - n0_m) - dn * (b_e - e0_m)
        return crosses & (first * second <= 0.0)


class AreaGate(_Gate):
    """Arrivals into a polygon (corners e_m, n_m, closed implicitly): tracks that were outside and are inside now.

    A track that is first seen inside is an arrival only with `count_new`: it may have been there for long.
    """

    def __init__(
        self, e_m: F64, n_m: F64, expected_hz: float, mean_run_s: float, *, count_new: bool = False
    ) -> None:
        super().__init__(expected_hz, mean_run_s)
        self._corner_e, self._corner_n = f64(e_m), f64(n_m)
        self._count_new = count_new

    def _passes(self, e0_m: F64, n0_m: F64, e1_m: F64, n1_m: F64) -> NDArray[np.bool_]:
        is_new = np.isnan(e0_m)
        was_in = self._inside(e0_m, n0_m)
        return self._inside(e1_m, n1_m) & np.where(is_new, self._count_new, ~was_in)

    def _inside(self, e_m: F64, n_m: F64) -> NDArray[np.bool_]:
        e1, n1 = np.roll(self._corner_e, -1), np.roll(self._corner_n, -1)
        is_between = (self._corner_n[:, None] > n_m) != (n1[:, None] > n_m)
        rise = np.where(n1 == self._corner_n, 1.0, n1 - self._corner_n)
        at_e = self._corner_e[:, None] + (n_m - self._corner_n[:, None]) * ((e1 - self._corner_e) / rise)[:, None]
        odd: NDArray[np.bool_] = np.count_nonzero(is_between & (e_m < at_e), axis=0) % 2 == 1
        return odd


class RaidIntensity:
    """Remembers when the members of each raid crossed the raid's own line, and tells bands and changes."""

    def __init__(self, cfg: RaidsConfig) -> None:
        self._cfg = cfg
        self._line: dict[int, tuple[float, float, float, float]] = {}  # e, n, unit course e and n
        self._track = np.zeros(0, np.int64)
        self._raid = np.zeros(0, np.int64)
        self._cross_s = np.zeros(0)  # +inf: not yet
        self._weight = np.zeros(0)
        self._delay_s = np.zeros(0)  # from crossing to being known; 0 for those who were there when the line was drawn
        self._change: dict[int, tuple[float, float]] = {}
        self._done_s = -np.inf

    def step(
        self, t_s: float, m: Members, raid: I64, start: I64, ve_mps: F64, vn_mps: F64, arrivals_per_min: F64
    ) -> dict[str, F64]:
        """The last four columns of RaidBatch: bands of this second, changes as of the newest refresh.

        raid, ve_mps, vn_mps, arrivals_per_min  (R,) of the raids at t_s; start (R + 1,) their rows in `m`
        """
        low, high = poisson_band(arrivals_per_min * (FRONT_S / 60.0), FRONT_S / 60.0)
        if t_s - self._done_s >= self._cfg.refresh_s:
            self._done_s = t_s
            self._refresh(t_s, m, raid, start, np.stack([ve_mps, vn_mps]))
        since_s, ratio = np.full(len(raid), np.nan), np.full(len(raid), np.nan)
        if self._change:
            for r, number in enumerate(raid.tolist()):
                since_s[r], ratio[r] = self._change.get(number, (np.nan, np.nan))
        return {"arrivals_lo": low, "arrivals_hi": high, "change_since_s": since_s, "change_ratio": ratio}

    def _refresh(self, t_s: float, m: Members, raid: I64, start: I64, velocity: F64) -> None:
        row = np.repeat(np.arange(len(raid)), np.diff(start))
        speed = np.maximum(np.hypot(*velocity), 1.0)
        is_new = f64([number not in self._line for number in raid.tolist()])
        self._draw_lines(m, raid, start, velocity / speed)
        line = f64([self._line[number] for number in raid.tolist()]).reshape(-1, 4)[row]
        beyond_m = (m.e_m - line[:, 0]) * line[:, 2] + (m.n_m - line[:, 1]) * line[:, 3]
        passed_s = t_s - beyond_m / speed[row]
        at = np.minimum(np.searchsorted(self._track, m.track), max(len(self._track) - 1, 0))
        order = np.argsort(m.track, kind="stable")
        known = np.zeros(len(m.track), dtype=np.bool_)
        if len(self._track):
            known = (self._track[at] == m.track) & (self._raid[at] == m.raid) & (self._cross_s[at] <= t_s)
        cross_s = np.where(beyond_m >= 0.0, passed_s, np.inf)
        if len(self._track):
            cross_s = np.where(known, self._cross_s[at], cross_s)
        delay_s = np.where(np.isfinite(cross_s) & (is_new[row] == 0.0), t_s - cross_s, 0.0)
        if len(self._track):
            delay_s = np.where(known, self._delay_s[at], delay_s)
        # those that are not shown now stay as they were: what has crossed has crossed, shot down or not
        gone = ~np.isin(self._track, m.track) & (self._cross_s <= t_s) & (self._cross_s > t_s - FORGET_S)
        gone &= np.isin(self._raid, raid)
        track = np.concatenate([self._track[gone], m.track[order]])
        keep = np.argsort(track, kind="stable")
        self._track = track[keep]
        self._raid = np.concatenate([self._raid[gone], m.raid[order]])[keep]
        self._cross_s = np.concatenate([self._cross_s[gone], cross_s[order]])[keep]
        self._weight = np.concatenate([self._weight[gone], m.weight[order]])[keep]
        self._delay_s = np.concatenate([self._delay_s[gone], delay_s[order]])[keep]
        self._find_changes(t_s)

    def _draw_lines(self, m: Members, raid: I64, start: I64, course: F64) -> None:
        """A line for each new raid, across its course through its rearmost member; raids that are gone lose theirs."""
        numbers = raid.tolist()
        present = set(numbers)
        for number in [n for n in self._line if n not in present]:
            del self._line[number]
        for r, number in enumerate(numbers):
            if number not in self._line:
                rows = slice(int(start[r]), int(start[r + 1]))
                last = int(np.argmin(m.e_m[rows] * course[0, r] + m.n_m[rows] * course[1, r])) + rows.start
                self._line[number] = (
                    float(m.e_m[last]), float(m.n_m[last]), float(course[0, r]), float(course[1, r])
                )

    def _find_changes(self, t_s: float) -> None:
        """Run every raid's crossings through the filter afresh: raids split, merge and gain members with hindsight."""
        self._change = {}
        has = np.flatnonzero(np.isfinite(self._cross_s))
        order = has[np.lexsort((self._cross_s[has], self._raid[has]))]
        if not len(order):
            return
        raid, n = np.unique(self._raid[order], return_counts=True)
        ends = np.cumsum(n)
        enough = np.flatnonzero(n >= MIN_ARRIVALS)
        if not len(enough):
            return
        picks = [np.arange(max(ends[k] - n[k], ends[k] - MAX_ARRIVALS), ends[k]) for k in enough]
        start = i64(np.concatenate([[0], np.cumsum([len(p) for p in picks])]))
        rows = order[np.concatenate(picks)]
        time_s = self._cross_s[rows]
        # what crossed in the last moments may not have been seen yet: silence counts from before then only
        latest = [self._delay_s[p[-LATE_OF:]].max() for p in (order[q] for q in picks)]
        end_s = np.maximum(t_s - f64(latest), time_s[start[1:] - 1])
        mean_gap_s = np.maximum((end_s - time_s[start[:-1]]) / np.diff(start), 1.0)
        prior = f64(np.column_stack([np.full(len(enough), PRIOR_ARRIVALS), PRIOR_ARRIVALS * mean_gap_s]))
        runs = np.empty((len(enough), ROOM, changepoint.RUN_FIGURES))
        n_runs = np.zeros(len(enough), dtype=np.int64)
        rule = changepoint.ChangeRule(self._cfg.change_run_s, DROP_W)
        changepoint.run_events(
            start, time_s, self._weight[rows], end_s, BIN_S, prior, rule, runs, n_runs
        )
        out = np.empty((len(enough), changepoint.FIGURES))
        changepoint.summarise(np.full(len(enough), t_s - RECENT_S), np.nan, np.nan, runs, n_runs, out)
        ratio = out[:, changepoint.RATIO]
        told = (out[:, changepoint.P_CHANGE] >= self._cfg.change_p) & ((ratio >= MIN_RATIO) | (ratio <= 1 / MIN_RATIO))
        for k in np.flatnonzero(told):
            self._change[int(raid[enough[k]])] = (float(out[k, changepoint.CHANGE_S]), float(ratio[k]))

