"""Which sensors work: heard of within their own limit."""

from __future__ import annotations

import numpy as np

from flightward.model import F64, I8, I64, Coverage, ReportBatch, SensorBatch, SensorKind
from flightward.model.batch import f64

# A radar always says something, clutter at least. Others speak only when something is there: their silence is
# held against them later.
RADAR_SCANS, RADAR_LEAST_S = 3.0, 15.0
LIMIT_S = {
    SensorKind.ACOUSTIC: 600.0, SensorKind.RF: 600.0, SensorKind.CAMERA: 600.0, SensorKind.REMOTE_ID: 600.0,
    SensorKind.ADSB: 120.0,
}  # fmt: skip


class CoverageKeeper:
    """Counts and last times of every sensor."""

    def __init__(self, sensors: SensorBatch) -> None:
        self.heard_s = np.full(len(sensors), np.nan)
        self.spoke_s = np.full(len(sensors), np.nan)
        self.n_reports = np.zeros(len(sensors), dtype=np.int64)
        limit = np.array([LIMIT_S.get(SensorKind(int(k)), 600.0) for k in sensors.kind])
        radar = np.maximum(RADAR_SCANS * np.nan_to_num(sensors.scan_s, nan=4.0), RADAR_LEAST_S)
        self.limit_s: F64 = f64(np.where(sensors.kind == SensorKind.RADAR, radar, limit))
        self.is_live: I8 = np.zeros(len(sensors), dtype=np.int8)

    def hear(self, reports: ReportBatch) -> None:
        """Note who spoke; by time of reception, as a late report also shows a working sensor."""
        known = reports.sensor >= 0
        sensor: I64 = reports.sensor[known]
        if not len(sensor):
            return
        self.n_reports += np.bincount(sensor, minlength=len(self.n_reports))
        latest = self.heard_s.copy()
        np.fmax.at(latest, sensor, reports.t_rx_s[known])
        self.heard_s = latest
        np.fmax.at(self.spoke_s, sensor, reports.t_s[known])

    def at(self, now_s: float) -> Coverage:
        """The state of all sensors."""
        age = np.maximum(now_s - self.heard_s, 0.0)
        self.is_live = (age <= self.limit_s).astype(np.int8)  # NaN: never heard, not live
        return Coverage(t_s=now_s, is_live=self.is_live.copy(), age_s=age, n_reports=self.n_reports.copy())
