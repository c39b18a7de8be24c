"""The tracks stage: one second's reports in, the air picture and the coverage out."""

from __future__ import annotations

import numpy as np

from flightward.config import TracksConfig
from flightward.kernels.tracklife import N_BIRTHS, N_CONFIRMED, N_DOUBTED, N_DROPPED, N_DUPLICATE, N_HITS, N_LATE
from flightward.model import I64, NONE, Coverage, ReportBatch, Setup, TrackBatch
from flightward.model.visibility import sensor_arrays
from flightward.tracks import measure
from flightward.tracks.bearings import Listener
from flightward.tracks.coverage import CoverageKeeper
from flightward.tracks.engine import Engine
from flightward.tracks.repeats import Repeats
from flightward.tracks.upstream import Upstream, estimates, is_upstream


class Tracker:
    """Keeps the air picture of one area, second by second."""

    def __init__(self, setup: Setup, cfg: TracksConfig) -> None:
        self.setup = setup
        self.cfg = cfg
        self.sensors = sensor_arrays(setup.sensors)
        self.engine = Engine(self.sensors, cfg)
        self.coverage = CoverageKeeper(setup.sensors)
        self.listener = Listener(setup.sensors)
        self.repeats = Repeats(cfg.late_max_s)
        self.upstream = Upstream(len(setup.sensors))
        self.n_unusable = 0
        self.n_upstream = 0
        _, self._convergence = setup.frame.scale_convergence(setup.sensors.lat_rad, setup.sensors.lon_rad)

    def step(self, t_s: float, reports: ReportBatch) -> tuple[TrackBatch, Coverage]:
        """The picture at t_s after all reports received by then."""
        self.coverage.hear(reports)
        coverage = self.coverage.at(t_s)
        if len(reports):
            self._use(t_s, reports)
        self.listener.use(self.engine, t_s)
        self.upstream.fade(self.engine, t_s)
        self.engine.settle(t_s, coverage.is_live, self.coverage.spoke_s)
        return self.engine.picture(t_s, self.listener.ahead(self.engine, t_s)), coverage

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

    def _use(self, t_s: float, reports: ReportBatch) -> None:
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
        self._plots(t_s, reports, rows[polar])
        self._bearings(reports, rows[has_azimuth & ~polar])
        self._upstream(reports, rows[above])
        self.n_unusable += int((~good).sum()) + int((~(named | has_azimuth | above)).sum())

    def _self_reports(self, t_s: float, reports: ReportBatch, rows: I64) -> None:
        if len(rows):
            m = measure.self_reports(reports, rows, self.setup)
            self.upstream.hear(m.ident, m.t_s)
            self.engine.self_reports(
                m.sensor, m.t_s, m.ident, m.z, m.var, m.v, m.var_v, m.kind, m.p_kind, m.hostile, t_s
            )

    def _upstream(self, reports: ReportBatch, rows: I64) -> None:
        """Last of all: what another system made of the same plots may not come before them."""
        if len(rows):
            self.n_upstream += len(rows)
            self.upstream.use(self.engine, estimates(reports, rows, self.setup), reports)

    def _bearings(self, reports: ReportBatch, rows: I64) -> None:
        for k in np.unique(reports.sensor[rows]):
            take = rows[reports.sensor[rows] == k]
            azimuth = reports.azimuth_rad[take] - self._convergence[k]
            self.listener.hear(
                self.engine, int(k), reports.t_s[take], azimuth, reports.elevation_rad[take], reports.kind[take],
                reports.p_kind[take],
            )

    def _plots(self, t_s: float, reports: ReportBatch, rows: I64) -> None:
        if not len(rows):
            return
        m = measure.plots(reports, rows, self.setup.sensors, self.setup.frame, self.sensors.clutter)
        self.n_unusable += len(rows) - len(m.row)
        density = m.log_density - np.log(1.0 - self.cfg.p_birth)
        scan_s = self.sensors.scan_s[m.sensor]
        # a report that is late by most of a scan meets tracks that have moved on: it may help one, not start one
        is_late = m.t_s < t_s - self.engine.options.late_s - 0.5 * scan_s
        for k in np.unique(m.sensor):
            for when in (False, True):
                take = np.flatnonzero((m.sensor == k) & (is_late == when))
                if len(take):
                    may_start = np.full(len(take), 0 if when else 1, dtype=np.int8)
                    slots = self.engine.scan(
                        int(k), m.t_s[take], m.z[take], m.r[take], m.rate_mps[take], m.rcs_m2[take], density[take],
                        may_start,
                    )
                    self.engine.labels(slots, m.kind[take], m.p_kind[take], m.hostile[take])
