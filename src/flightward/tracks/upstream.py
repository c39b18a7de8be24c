"""Tracks of other systems among the reports: which rows they are, as estimates on the plane, and their numbers."""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np
from numpy.typing import NDArray

from flightward.kernels.trackstate import NEVER_S
from flightward.kernels.upstream import Links, fade_upstream
from flightward.model import F64, I64, NONE, ReportBatch, SensorKind, Setup, f64, i64
from flightward.tracks import measure
from flightward.tracks.engine import Engine

SIGMA_LEAST_M, SIGMA_UNKNOWN_M = 10.0, 200.0
SPREAD = 1.2
"""Variances are taken this much larger: a source's error is not round, and shares something with its velocity's."""
SETTLE_S, LEAST_MPS, MOST_MPS = 6.0, 3.0, 25.0
"""A tracker's velocity is about as good as its position over this time; the source does not say."""
CLIMB_SETTLE_S, CLIMB_LEAST_MPS, CLIMB_MOST_MPS = 10.0, 1.5, 10.0
UNKNOWN_MPS, UNKNOWN_CLIMB_MPS = 100.0, 5.0
SPAN_S = (4.0, 20.0)
"""Without a reported velocity: that between two positions at least and at most this far apart."""
DIRECT_S = 30.0
FORGET_S = 300.0
INTERVAL_S = 5.0
NAMED_BITS = 40


@dataclasses.dataclass(frozen=True)
class Estimates:
    """M upstream tracks on the plane, in order of time; x, var (M, 6), the rest (M,)."""

    row: I64
    source: I64
    number: I64
    t_s: F64
    x: F64
    var: F64
    ident: I64


def is_upstream(reports: ReportBatch, rows: I64, setup: Setup) -> NDArray[np.bool_]:
    """(M,) which rows are another system's tracks: a place, a track number, and not the object's own voice.

    Receivers of ADS-B and Remote ID number what they hear too, but those positions are the objects' own.
    """
    hears = np.append(np.isin(setup.sensors.kind, (SensorKind.ADSB, SensorKind.REMOTE_ID)), False)
    placed = np.isfinite(reports.lat_rad[rows]) & np.isfinite(reports.lon_rad[rows])
    measured = np.isfinite(reports.azimuth_rad[rows])
    return np.asarray(
        (reports.source_track[rows] != NONE) & placed & ~measured & ~hears[reports.sensor[rows]]
        & (reports.is_velocity_only[rows] != 1)
    )


def estimates(reports: ReportBatch, rows: I64, setup: Setup) -> Estimates:
    """Upstream tracks as states with variances; what the source does not say is broad, never zero."""
    rows = rows[np.argsort(reports.t_s[rows], kind="stable")]
    lat, lon = reports.lat_rad[rows], reports.lon_rad[rows]
    e, n = setup.frame.to_plane(lat, lon)
    height, sigma_v = measure.heights(reports, rows, setup)
    sigma_h = reports.sigma_h_m[rows]
    sigma_h = np.where(np.isnan(sigma_h), SIGMA_UNKNOWN_M, np.maximum(sigma_h, SIGMA_LEAST_M))
    ve, vn = setup.frame.plane_velocity(lat, lon, reports.ve_mps[rows], reports.vn_mps[rows])
    vu = reports.vu_mps[rows]
    sigma_vh = np.where(np.isnan(ve + vn), np.nan, np.clip(sigma_h / SETTLE_S, LEAST_MPS, MOST_MPS))
    sigma_vv = np.clip(sigma_v / CLIMB_SETTLE_S, CLIMB_LEAST_MPS, CLIMB_MOST_MPS)
    sigma_vv = np.where(np.isnan(vu), UNKNOWN_CLIMB_MPS, sigma_vv)
    x = np.stack([e, n, height, ve, vn, np.nan_to_num(vu, nan=0.0)], axis=1)
    sigma = np.stack([sigma_h, sigma_h, sigma_v, sigma_vh, sigma_vh, sigma_vv], axis=1)
    return Estimates(
        row=i64(rows), source=i64(reports.sensor[rows]), number=i64(reports.source_track[rows]),
        t_s=f64(reports.t_s[rows]), x=f64(x), var=f64(SPREAD * sigma**2), ident=i64(reports.identity[rows]),
    )


class Upstream:
    """Which source track is which of ours, and when each source last spoke."""

    def __init__(self, n_sensors: int) -> None:
        self.links = _links(0)
        self.spoke_s = np.full(n_sensors + 1, NEVER_S)
        self.direct_s = np.full(64, NEVER_S)
        self.tidied_s = NEVER_S

    def hear(self, ident: I64, t_s: F64) -> None:
        """Note identities (M,) that our own receivers heard directly at t_s (M,)."""
        self._room(ident)
        np.maximum.at(self.direct_s, ident, t_s)

    def use(self, engine: Engine, m: Estimates, reports: ReportBatch) -> I64:
        """Fuse M upstream tracks into the engine; the slot that took each (M,), or NONE."""
        slots = np.full(len(m.t_s), NONE, dtype=np.int64)
        self._room(m.ident)
        np.maximum.at(self.spoke_s, m.source, m.t_s)
        at = self._find(m.source, m.number)
        self._velocity(m, at)
        for k in np.unique(m.source):
            mine = np.flatnonzero(m.source == k)
            # a number that stands twice in one batch is two rounds, in order of time
            while len(mine):
                _, first = np.unique(at[mine], return_index=True)
                take = mine[np.sort(first)]
                slots[take] = self._round(engine, int(k), m, at, take)
                mine = np.setdiff1d(mine, take)
        self._labels(engine, slots, at, m, reports)
        return slots

    def fade(self, engine: Engine, now_s: float) -> None:
        """Hold the silence of sources that speak of others against their tracks; forget numbers long unused."""
        if not len(self.links.key):
            return
        fade_upstream(engine.arrays, self.links, self.spoke_s, now_s, engine.slot_of)
        if now_s - self.tidied_s > 60.0:
            self.tidied_s = now_s
            keep = np.flatnonzero(now_s - self.links.t_s < FORGET_S)
            self.links = _rows(self.links, i64(keep))

    def _room(self, ident: I64) -> None:
        top = int(ident.max(initial=-1)) + 1
        if top > len(self.direct_s):
            self.direct_s = np.concatenate([self.direct_s, np.full(2 * top - len(self.direct_s), NEVER_S)])

    def _find(self, source: I64, number: I64) -> I64:
        """The link of each row (M,), new ones made."""
        key = ((source + 1) << NAMED_BITS) + number
        new = np.setdiff1d(key, self.links.key)
        if len(new):
            fresh = _links(len(new))
            fresh.key[:] = new
            fresh.source[:] = (new >> NAMED_BITS) - 1
            both: list[Any] = [np.concatenate([a, b]) for a, b in zip(self.links, fresh, strict=True)]
            self.links = _rows(Links(*both), i64(np.argsort(both[0], kind="stable")))
        return i64(np.searchsorted(self.links.key, key))

    def _round(self, engine: Engine, source: int, m: Estimates, at: I64, take: I64) -> I64:
        """Rows of one source, each of another number."""
        ident, t_s = m.ident[take], m.t_s[take]
        direct = (ident >= 0) & (t_s - self.direct_s[np.maximum(ident, 0)] <= DIRECT_S)
        return engine.upstream(
            self.links, source, at[take], t_s, m.x[take], m.var[take], ident, direct.astype(np.int8)
        )

    def _velocity(self, m: Estimates, at: I64) -> None:
        """Where a source gives no velocity, take it from its own positions; keep positions for the next time."""
        said = self.links.said[at]
        dt = m.t_s - said[:, 3]
        silent = np.isnan(m.x[:, 3] + m.x[:, 4])
        known = silent & (dt >= SPAN_S[0]) & (dt <= 2.0 * SPAN_S[1])
        m.x[silent, 3:5], m.var[silent, 3:5] = 0.0, UNKNOWN_MPS**2
        span = dt[known, None]
        m.x[known, 3:5] = (m.x[known, :2] - said[known, :2]) / span
        m.var[known, 3:5] = 2.0 * m.var[known, :2] / span**2 + LEAST_MPS**2
        old = silent & ~(dt < SPAN_S[1])
        self.links.said[at[old]] = np.column_stack([m.x[old, :3], m.t_s[old]])

    def _labels(self, engine: Engine, slots: I64, at: I64, m: Estimates, reports: ReportBatch) -> None:
        """What a source calls its track weighs once, not with every report."""
        kind, hostile = reports.kind[m.row].copy(), reports.hostile[m.row]
        new = (kind != NONE) & (kind != self.links.kind[at]) & (slots >= 0)
        self.links.kind[at[new]] = kind[new]
        kind[~new] = NONE
        engine.labels(slots, kind, reports.p_kind[m.row], hostile)


def _rows(links: Links, rows: I64) -> Links:
    picked: list[Any] = [column[rows].copy() for column in links]
    return Links(*picked)


def _links(n: int) -> Links:
    none = np.full(n, NONE, dtype=np.int64)
    return Links(
        key=none.copy(), source=none.copy(), slot=none.copy(), serial=none.copy(), t_s=np.full(n, NEVER_S),
        interval_s=np.full(n, INTERVAL_S), missed=np.zeros(n, dtype=np.int64), kind=np.full(n, NONE, dtype=np.int8),
        said=np.full((n, 4), NEVER_S),
    )


__all__ = ["Estimates", "Upstream", "estimates", "is_upstream"]
