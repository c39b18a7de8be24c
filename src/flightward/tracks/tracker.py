"""The tracks stage: one second's reports in, the air picture and the coverage out."""

from __future__ import annotations

import dataclasses
import functools

import numpy as np

from flightward.config import TracksConfig
from flightward.kernels.selfreport import USED
from flightward.kernels.tracklife import N_BIRTHS, N_CONFIRMED, N_DOUBTED, N_DROPPED, N_DUPLICATE, N_HITS, N_LATE
from flightward.model import F64, I8, I64, NONE, BiasBatch, Coverage, ReportBatch, Setup, TrackBatch, snapshot
from flightward.model.gnss import GnssAreaBatch
from flightward.model.visibility import sensor_arrays
from flightward.tracks import measure
from flightward.tracks.bearings import Listener
from flightward.tracks.bias import BiasKeeper
from flightward.tracks.coverage import CoverageKeeper
from flightward.tracks.detection import DetectionKeeper
from flightward.tracks.engine import Engine
from flightward.tracks.gnss import GnssKeeper
from flightward.tracks.heard import Heard
from flightward.tracks.repeats import Repeats
from flightward.tracks.undetected import GridKeeper
from flightward.tracks.upstream import Upstream, estimates, is_upstream

LOOK = 0.75
"""Plots of one sensor within this share of a scan are one look: no object is in it twice."""
HEIGHT_KNOWN_M2 = 200.0**2
HEIGHT_UNTOLD_M2 = 1e8
"""Pressure heights share one error (the weather), so they say nothing of a radar's elevation."""


class Tracker:
    """Keeps the air picture of one area, second by second."""

    def __init__(self, setup: Setup, cfg: TracksConfig, *, heard: Heard | None = None) -> None:
        """heard: where given, what each track takes is kept there too (heard.py)."""
        self.setup = setup
        self.cfg = cfg
        self.heard = heard
        self.sensors = sensor_arrays(setup.sensors)
        self.engine = Engine(self.sensors, cfg)
        self.coverage = CoverageKeeper(setup.sensors)
        self.listener = Listener(setup.sensors)
        self.gnss = GnssAreaBatch.empty(t_s=setup.start_s)
        self._gnss = GnssKeeper()
        self.detection = DetectionKeeper(self.sensors)
        self.engine.sensors = self.detection.arrays(self.sensors)
        self.grid = GridKeeper(setup)
        self.repeats = Repeats(cfg.late_max_s)
        self.upstream = Upstream(len(setup.sensors))
        self.n_unusable = 0
        self.bias = BiasKeeper(
            self.sensors, setup.sensors.kind, measure.sigmas(setup.sensors),
            functools.partial(measure.slopes, setup.sensors, setup.frame), cfg,
        )
        self._corrections()
        self.n_upstream = 0
        _, self._convergence = setup.frame.scale_convergence(setup.sensors.lat_rad, setup.sensors.lon_rad)

    def step(self, t_s: float, reports: ReportBatch) -> tuple[TrackBatch, Coverage]:
        """The picture at t_s after all reports received by then."""
        before_s = self.coverage.spoke_s.copy()
        self.coverage.hear(reports)
        coverage = self.coverage.at(t_s)
        if len(reports):
            self._use(t_s, reports, before_s)
        if self.bias.step(t_s, self.engine.arrays, coverage.is_live):
            self._corrections()
        self.listener.use(self.engine, t_s, self.heard)
        self.upstream.fade(self.engine, t_s)
        if self.heard is not None:
            self.heard.settled(self.engine.arrays)  # before those that end free their places
        self.engine.settle(t_s, coverage.is_live, self.coverage.spoke_s)
        if self.heard is not None:
            self.heard.settled(self.engine.arrays)
        self.gnss = self._gnss.step(t_s, self.engine.arrays, self.cfg.stale_s)
        self._learn(t_s, coverage)
        picture = self.engine.picture(t_s, self.listener.ahead(self.engine, t_s))
        coverage = dataclasses.replace(coverage, learnt=self.detection.tables)
        return picture, dataclasses.replace(coverage, grid=self.grid.step(t_s, picture, coverage))

    def _learn(self, t_s: float, coverage: Coverage) -> None:
        o = self.engine.options
        spoke_s = self.coverage.spoke_s
        self.detection.watch(self.engine.arrays, coverage.is_live, spoke_s, t_s, o.death_s, o.flat)
        self.engine.sensors = self.detection.arrays(self.sensors)

    def snapshot(self) -> bytes:
        """All that the tracker remembers, for `restore`; about as large as its tracks (docs/design/snapshot.md)."""
        self.engine.tidy()
        return snapshot.pack(self, self._fixed(), self.setup.names)

    def restore(self, data: bytes) -> None:
        """Go on from a snapshot: the pictures from here on are those of the tracker that made it, bit for bit.

        Raises BadRecord if it is damaged or of another version, BadInput if it is of another setup or settings.
        """
        snapshot.unpack(self, data, self._fixed(), self.setup.names)

    def _fixed(self) -> dict[str, object]:
        return {"setup": self.setup, "settings": self.cfg}

    def biases(self) -> BiasBatch:
        """The sensors' constant errors as they are thought to be now."""
        return self.bias.report()

    def counters(self) -> dict[str, int]:
        """What became of the reports and tracks so far, by name."""
        c = self.engine.counts
        return {
            "hits": int(c[N_HITS]), "births": int(c[N_BIRTHS]), "confirmed": int(c[N_CONFIRMED]),
            "dropped": int(c[N_DROPPED]), "duplicates": int(c[N_DUPLICATE]), "too_late": int(c[N_LATE]),
            "not_believed": int(c[N_DOUBTED]), "unusable": self.n_unusable,
            "overflow": self.engine.n_overflow + int(self.listener.ears.n[1]),
            "upstream": self.n_upstream,
        }  # fmt: skip

    def _use(self, t_s: float, reports: ReportBatch, before_s: F64) -> None:
        counts = self.engine.counts
        good = np.isfinite(reports.t_s) & (reports.t_s <= t_s + 5.0)
        late = good & (reports.t_s < t_s - self.cfg.late_max_s)
        counts[N_LATE] += int(late.sum())
        fresh = np.flatnonzero(good & ~late)
        repeated = self.repeats.mask(reports, fresh, t_s)
        counts[N_DUPLICATE] += int(repeated.sum())
        rows = fresh[~repeated]
        above = is_upstream(reports, rows, self.setup)
        named = (reports.identity[rows] != NONE) & np.isnan(reports.range_m[rows]) & ~above
        has_azimuth = ~named & ~above & np.isfinite(reports.azimuth_rad[rows]) & (reports.sensor[rows] >= 0)
        polar = has_azimuth & (reports.range_m[rows] > 0.0)
        self._self_reports(t_s, reports, rows[named])
        self._plots(reports, rows[polar], before_s)
        self._bearings(reports, rows[has_azimuth & ~polar])
        self._upstream(reports, rows[above])
        self.n_unusable += int((~good).sum()) + int((~(named | has_azimuth | above)).sum())

    def _self_reports(self, t_s: float, reports: ReportBatch, rows: I64) -> None:
        if len(rows):
            m = measure.self_reports(reports, rows, self.setup)
            self.upstream.hear(m.ident, m.t_s)
            status = self.engine.self_reports(
                m.sensor, m.t_s, m.ident, m.z, m.var, m.v, m.var_v, m.kind, m.p_kind, m.hostile, m.flaw, t_s,
            )
            self._references(m, status)
            if self.heard is not None:
                self.heard.own(self.engine.arrays, self.engine.slot_of, m, status)

    def _references(self, m: measure.SelfReports, status: I8) -> None:
        """Positions that aircraft report themselves show what the radars' are worth."""
        slots = np.where(status == USED, self.engine.slot_of[m.ident], NONE)
        for k in np.unique(m.sensor[(m.sensor >= 0) & (slots >= 0)]):
            take = np.flatnonzero((m.sensor == k) & (slots >= 0))
            r = np.zeros((len(take), 3, 3))
            r[:, 0, 0] = r[:, 1, 1] = m.var[take, 0]
            r[:, 2, 2] = m.var[take, 1] + np.where(m.has_hae[take], 0.0, HEIGHT_UNTOLD_M2)
            self.bias.collect(
                self.engine.arrays, int(k), slots[take], m.t_s[take], m.z[take], r, np.zeros((len(take), 3, 3))
            )

    def _compare(self, k: int, m: measure.Plots, take: I64, slots: I64) -> None:
        """Let plots of sensor k that tracks took stand against those of others; without elevation at their heights."""
        flat = np.flatnonzero(~m.has_elevation[take] & (slots >= 0))
        if len(flat):
            s = self.engine.arrays
            u, var = s.xm[slots[flat], 2], s.pm[slots[flat], 2, 2]
            m = measure.at_heights(m, take[flat], u, var, self.setup.sensors, self.setup.frame)
            slots = slots.copy()
            slots[flat[var > HEIGHT_KNOWN_M2]] = NONE
        self.bias.collect(
            self.engine.arrays, k, slots, m.t_s[take], m.z[take], m.r[take][:, :3, :3].copy(), m.slope[take]
        )

    def _corrections(self) -> None:
        """What is taken off the reports from now on."""
        n = len(self.setup.sensors)
        self._bias: F64 = np.array([self.bias.correction(k) for k in range(n)]).reshape(n, 4)
        self._spare_var: F64 = np.array([self.bias.spare_var(k) for k in range(n)]).reshape(n, 3)

    def _upstream(self, reports: ReportBatch, rows: I64) -> None:
        """Last of all: what another system made of the same plots may not come before them."""
        if len(rows):
            self.n_upstream += len(rows)
            m = estimates(reports, rows, self.setup)
            slots = self.upstream.use(self.engine, m, reports)
            if self.heard is not None:
                self.heard.above(self.engine.arrays, slots, m.t_s, m.x, m.var)

    def _bearings(self, reports: ReportBatch, rows: I64) -> None:
        for k in np.unique(reports.sensor[rows]):
            take = rows[reports.sensor[rows] == k]
            azimuth = reports.azimuth_rad[take] - self._convergence[k]
            self.listener.hear(
                self.engine, int(k), reports.t_s[take], azimuth, reports.elevation_rad[take], reports.kind[take],
                reports.p_kind[take], self.heard,
            )

    def _plots(self, reports: ReportBatch, rows: I64, before_s: F64) -> None:
        """Plots, look by look of each sensor; before_s (S,): the newest time that each had spoken of before."""
        if not len(rows):
            return
        m = measure.plots(
            reports, rows, self.setup.sensors, self.setup.frame, self.sensors.clutter, self._bias, self._spare_var
        )
        self.n_unusable += len(rows) - len(m.row)
        density = m.log_density - np.log(1.0 - self.cfg.p_birth)
        scan_s = self.sensors.scan_s[m.sensor]
        # a report overtaken by most of a scan meets tracks that have moved on: it may help one, not start one. A feed
        # that is late as a whole overtakes nothing.
        is_late = m.t_s < before_s[m.sensor] - self.engine.options.late_s - 0.5 * scan_s
        may_start = np.where(is_late, 0, 1).astype(np.int8)
        for k in np.unique(m.sensor):
            mine = np.flatnonzero(m.sensor == k)
            for look in _looks(m.t_s[mine], LOOK * float(self.sensors.scan_s[k])):
                take = mine[look]
                slots = self.engine.scan(
                    int(k), m.t_s[take], m.z[take], m.r[take], m.rate_mps[take], m.rcs_m2[take], density[take],
                    may_start[take],
                )
                self.engine.labels(slots, m.kind[take], m.p_kind[take], m.hostile[take])
                self._compare(int(k), m, take, slots)
                if self.heard is not None:
                    self.heard.plots(self.engine.arrays, self.sensors, int(k), m, take, slots, self._bias[k])


def _looks(t_s: F64, span_s: float) -> list[I64]:
    """Rows of each look, earliest first: a batch after a stall of the line holds several looks of one sensor."""
    if float(t_s.max() - t_s.min()) <= span_s:
        return [np.arange(len(t_s))]
    order = np.argsort(t_s, kind="stable")
    looks, first = [], 0
    for i in range(1, len(order) + 1):
        if i == len(order) or t_s[order[i]] - t_s[order[first]] > span_s:
            looks.append(order[first:i])
            first = i
    return looks
