"""The memory of the tracker and the kernels that work on it; knows planes and sensors, not reports.

Slots live in arrays that grow by doubling up to a limit; what finds no slot is counted as overflow, never lost
in silence. Track numbers are given at confirmation, in order, and never used again.
"""

from __future__ import annotations

import numpy as np

from flightward.config import TracksConfig
from flightward.kernels import trackstate
from flightward.kernels.classify import classify
from flightward.kernels.contradict import ask_radars
from flightward.kernels.doubts import mark_crowds, mark_swaps
from flightward.kernels.picture import picture, shown
from flightward.kernels.places import settle_places
from flightward.kernels.scan import scan
from flightward.kernels.selfreport import mark_stale, self_reports
from flightward.kernels.sweep import N_COLUMNS, Looks, sweep
from flightward.kernels.tracklife import N_COUNTS, N_FREE, count_misses, settle
from flightward.kernels.upstream import Links, upstream
from flightward.kernels.visibility import SensorArrays
from flightward.model import F64, I8, I64, NONE, TrackBatch
from flightward.tracks.kinds import kind_options
from flightward.tracks.tuning import life_options, log_odds

SLOTS_MAX = 131_072
LABEL_KEPT = 0.6


class Rows:
    """Shown tracks as columns (14, R), as in kernels.sweep, and their numbers (R,), in blocks.

    The first n rows of the newest block are filled. Blocks are joined once at the end: copying all rows when room runs
    short made one scan in fifty the slowest by far.
    """

    def __init__(self, capacity: int) -> None:
        self.n = 0
        self.columns = np.empty((N_COLUMNS, capacity))
        self.track = np.empty(capacity, dtype=np.int64)
        self._full: list[tuple[F64, I64]] = []

    @property
    def capacity(self) -> int:
        """How many rows there is room for in the newest block."""
        return len(self.track)

    def make_room(self, n: int) -> None:
        """Room for n more rows."""
        if self.capacity - self.n >= n:
            return
        self._full.append((self.columns[:, : self.n], self.track[: self.n]))
        size = max(n, self.capacity)
        self.columns, self.track, self.n = np.empty((N_COLUMNS, size)), np.empty(size, dtype=np.int64), 0

    def joined(self) -> tuple[F64, I64]:
        """All rows: columns (14, R) and numbers (R,)."""
        blocks = [*self._full, (self.columns[:, : self.n], self.track[: self.n])]
        if len(blocks) == 1:
            return blocks[0]
        return np.concatenate([c for c, _ in blocks], axis=1), np.concatenate([t for _, t in blocks])


class Engine:
    """Tracks of one area: feed it scans and self-reports in any order near in time, then ask for the picture."""

    def __init__(self, sensors: SensorArrays, cfg: TracksConfig, *, is_flat: bool = False) -> None:
        self.sensors = sensors
        self.options = life_options(cfg, is_flat=is_flat)
        self.kinds = kind_options()
        self.arrays = trackstate.make(512, max(len(sensors.e_m), 1))
        self.counts = np.zeros(N_COUNTS, dtype=np.int64)
        self.free = np.arange(511, -1, -1, dtype=np.int64)
        self.counts[N_FREE] = 512
        self.slot_of = np.full(64, NONE, dtype=np.int64)
        self.n_overflow = 0
        self.tally = np.zeros((max(len(sensors.e_m), 1), 2), dtype=np.int64)
        self._show = log_odds(cfg.p_show)
        longest = sensors.scan_s[sensors.is_search == 1]
        self.coast_s = max(10.0, 2.5 * float(longest.max())) if len(longest) else 10.0

    def tidy(self) -> None:
        """Blank the free slots, so that a snapshot of them is small; whoever takes one sets all of it."""
        trackstate.blank(self.arrays)

    def make_room(self, n: int) -> None:
        """Have n free slots, if the limit allows."""
        self._make_room(n)

    def _make_room(self, n: int) -> None:
        size = len(self.arrays.state)
        while self.counts[N_FREE] < n and size < SLOTS_MAX:
            self.arrays = trackstate.grown(self.arrays, 2 * size)
            free = np.empty(2 * size, dtype=np.int64)
            have = int(self.counts[N_FREE])
            # old free slots stay on top, so that slots fill from the bottom
            free[:size] = np.arange(2 * size - 1, size - 1, -1)
            free[size : size + have] = self.free[:have]
            self.free = free
            self.counts[N_FREE] = have + size
            size *= 2
        if self.counts[N_FREE] < n:
            self.n_overflow += n - int(self.counts[N_FREE])

    def scan(
        self, sensor: int, t_s: F64, z: F64, r: F64, rate_mps: F64, rcs_m2: F64, log_density: F64, may_start: I8
    ) -> I64:
        """Reports of one sensor, at most one per track; gives the slot that took each (M,), or NONE.

        t_s (M,); z (M, 3) plane e, n, hae m; r (M, 4, 4) covariance with range rate last; rate_mps, rcs_m2 (M,) NaN
        unknown; log_density (M,) ln of false reports per m3; may_start (M,) 1: unused ones start tracks.
        """
        slots = np.empty(len(t_s), dtype=np.int64)
        if len(t_s):
            self._make_room(len(t_s))
            scan(
                self.arrays, self.sensors, sensor, z, r, t_s, rate_mps, rcs_m2, log_density, may_start, self.options,
                self.free, self.counts, slots,
            )
        return slots

    def sweep(self, looks: Looks, first: int, last: int, slots: I64, rows: Rows | None = None) -> None:
        """Complete scans first..last - 1, each of one sensor at one time, with all that follows from them.

        slots (M,): the slot that took each report of `looks`, or NONE, written in place. rows: the shown tracks after
        each time are added. `tally` (S, 2) adds up looks at and hits of confirmed tracks.
        """
        rows = Rows(0) if rows is None else rows
        while first < last:
            m = int(looks.at[first + 1] - looks.at[first])
            self._make_room(m)
            if rows.capacity:
                rows.make_room(len(self.arrays.state) + m)
            first, rows.n = sweep(
                self.arrays, self.sensors, looks, first, last, self.options, self.kinds, self.free, self.counts,
                self.slot_of, self.tally, self._show, rows.n, slots, rows.columns, rows.track,
            )

    def labels(self, slots: I64, kind: I8, p_kind: F64, hostile: I8) -> None:
        """Let what the sensor calls its objects weigh on their class: kind (M,) or NONE, p_kind (M,), hostile (M,).

        Labels of one sensor repeat its errors, so old ones fade and their sum never outweighs two and a half.
        """
        named = (slots >= 0) & (kind >= 0)
        if named.any():
            row, what = slots[named], kind[named]
            p = np.clip(np.nan_to_num(p_kind[named], nan=0.6), 0.2, 0.99)
            said = np.repeat(np.log((1.0 - p) / 4.0)[:, None], 5, axis=1)
            said[np.arange(len(row)), what] = np.log(p)
            self.arrays.label[row] = LABEL_KEPT * self.arrays.label[row] + said
        declared = (slots >= 0) & (hostile >= 0)
        self.arrays.hostile[slots[declared]] = hostile[declared]

    def self_reports(
        self, sensor: I64, t_s: F64, ident: I64, z: F64, var: F64, v: F64, var_v: F64, kind: I8, p_kind: F64,
        hostile: I8, flaw: I8, now_s: float,
    ) -> I8:
        """Reports with an identity, in order of time; columns as in kernels.selfreport; status (M,)."""
        status = np.empty(len(t_s), dtype=np.int8)
        if not len(t_s):
            return status
        self._know(ident)
        # a report may start a track of its own and one at another place
        self._make_room(2 * len(t_s))
        self_reports(
            self.arrays, sensor, t_s, ident, z, var, v, var_v, kind, p_kind, hostile, flaw, now_s, self.options,
            self.free, self.counts, self.slot_of, status,
        )
        return status

    def upstream(
        self, links: Links, source: int, row_link: I64, t_s: F64, x: F64, var: F64, ident: I64, is_direct: I8
    ) -> I64:
        """Tracks of one other system, each of another number; columns as in kernels.upstream; slots (M,) or NONE."""
        status, slots = np.empty(len(t_s), dtype=np.int8), np.empty(len(t_s), dtype=np.int64)
        if len(t_s):
            self._know(ident)
            self._make_room(len(t_s))
            upstream(
                self.arrays, self.sensors, links, source, row_link, t_s, x, var, ident, is_direct, self.options,
                self.free, self.counts, self.slot_of, status, slots,
            )
        return slots

    def _know(self, ident: I64) -> None:
        """Room in slot_of for all identities of ident (M,)."""
        top = int(ident.max()) + 1
        if top > len(self.slot_of):
            grown = np.full(2 * top, NONE, dtype=np.int64)
            grown[: len(self.slot_of)] = self.slot_of
            self.slot_of = grown

    def settle(self, now_s: float, live: I8, spoke_s: F64) -> None:
        """Count missed looks, confirm, drop, classify, mark the stale, all as of now_s.

        live (S,) 1: the sensor works; spoke_s (S,) the newest time that each has reported of, NaN none.
        """
        count_misses(self.arrays, self.sensors, live, spoke_s, now_s, self.options)
        settle(self.arrays, self.sensors, live, now_s, self.options, self.free, self.counts, self.slot_of)
        classify(self.arrays, self.kinds, self.options.q_kind, self.options.q_model)
        self._doubt(now_s, live, spoke_s)

    def _doubt(self, now_s: float, live: I8, spoke_s: F64) -> None:
        """Verdicts that need more than one report: age, radar, other places, other identities."""
        if not (self.slot_of != NONE).any():
            return
        mark_stale(self.arrays, now_s, self.options.stale_s)
        settle_places(self.arrays, now_s, self.slot_of)
        ask_radars(self.arrays, self.sensors, live, spoke_s, now_s, self.options, self.free, self.counts)
        mark_crowds(self.arrays, now_s)
        mark_swaps(self.arrays, now_s)

    def picture(self, now_s: float, arrays: trackstate.TrackArrays | None = None) -> TrackBatch:
        """The shown tracks, predicted to now_s; of other arrays than the engine's own if given."""
        s = self.arrays if arrays is None else arrays
        rows = np.empty(len(s.state), dtype=np.int64)
        n = shown(s, self._show, rows)
        mean, cov, p = np.empty((n, 6)), np.empty((n, 6, 6)), np.empty((n, 4))
        p_class, code, ids = np.empty((n, 5)), np.empty((n, 5), dtype=np.int8), np.empty((n, 4), dtype=np.int64)
        picture(s, rows[:n], now_s, self.coast_s, self.options.stay_s, mean, cov, p, p_class, code, ids)
        m, q, c, k = mean.T.copy(), p.T.copy(), code.T.copy(), ids.T.copy()
        return TrackBatch(
            t_s=now_s, track=k[0], e_m=m[0], n_m=m[1], u_m=m[2], ve_mps=m[3], vn_mps=m[4], vu_mps=m[5], cov=cov,
            p_exists=q[0], p_class=p_class, p_hostile=q[1], hostile=c[0], hostile_source=c[1], identity=k[1],
            status=c[2], age_s=q[2], since_s=q[3], n_reports=k[2], sensor_mask=k[3], integrity=c[3],
            integrity_reason=c[4],
        )

