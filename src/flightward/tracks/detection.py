"""What the sensors' looks at known tracks teach: the chance of detection, place by place, as the day goes on.

docs/design/coverage.md says how; the arithmetic is in kernels/detection.py and kernels/sightings.py.
"""

from __future__ import annotations

import numpy as np

from flightward.kernels import detection, sightings
from flightward.kernels.detection import RANGES, Evidence
from flightward.kernels.sightings import Sightings
from flightward.kernels.trackstate import TrackArrays
from flightward.kernels.visibility import BANDS, CELLS, SensorArrays
from flightward.model import F64, I8, LearntBatch, LearntTables

REFRESH_S = 10.0


class DetectionKeeper:
    """Counts looks every second and gives the tables anew every REFRESH_S; bounded memory per sensor and slot."""

    def __init__(self, sensors: SensorArrays) -> None:
        self._plain = sensors
        self.evidence: Evidence = detection.make(sensors)
        self.sightings: Sightings = sightings.make(1, len(self.evidence.sensor))
        self.counts = np.zeros(2, dtype=np.int64)
        self._row = np.full(len(sensors.e_m), -1, dtype=np.int64)
        self._row[self.evidence.sensor] = np.arange(len(self.evidence.sensor))
        self._refreshed_s = -np.inf
        self._counted = 0
        self.tables = self._learn()

    def watch(self, tracks: TrackArrays, live: I8, spoke_s: F64, t_s: float, death_s: float, flat: int) -> None:
        """Count the looks that have passed by t_s; call after the second's reports were used."""
        if not len(self.evidence.sensor):
            return
        if len(tracks.state) > len(self.sightings.owner):
            self.sightings = sightings.grown(self.sightings, len(tracks.state))
        sightings.watch_looks(
            tracks, self.arrays(self._plain), self.evidence, self.sightings, live, spoke_s, t_s, death_s, flat,
            self.counts,
        )
        if t_s - self._refreshed_s >= REFRESH_S:
            self._refreshed_s = t_s
            if int(self.counts.sum()) != self._counted:
                self._counted = int(self.counts.sum())
                self.tables = self._learn(tracks, t_s)

    def arrays(self, sensors: SensorArrays) -> SensorArrays:
        """The sensors with what is learnt so far."""
        t = self.tables
        p = sensors.p_detect.copy()
        p[self.evidence.sensor] = t.figures.p_detect
        return sensors._replace(p_detect=p, p_row=t.row, p_table=t.p_mean, p_cell_m=t.cell_m)

    def _learn(self, tracks: TrackArrays | None = None, t_s: float = 0.0) -> LearntTables:
        r = len(self.evidence.sensor)
        shape = (r, BANDS, CELLS, CELLS)
        p_mean, p_high = np.empty(shape), np.empty(shape)
        detection.learn(self._plain, self.evidence, p_mean, p_high)
        v = self.evidence
        if tracks is not None:
            sightings.shade(tracks, self._plain, v, self.sightings, t_s, p_mean, p_high)
        for a in (p_mean, p_high):
            a.setflags(write=False)
        row, cell_m = self._row.copy(), v.cell_m.copy()
        row.setflags(write=False)
        cell_m.setflags(write=False)
        return LearntTables(row=row, cell_m=cell_m, p_mean=p_mean, p_high=p_high, figures=self._figures())

    def _figures(self) -> LearntBatch:
        """Per sensor that searches: overall and by range."""
        v = self.evidence
        r = len(v.sensor)
        hits, looks = v.bins[..., 0].sum(axis=(1, 3)), v.bins.sum(axis=(1, 3, 4))
        far = self._plain.max_range_m[v.sensor]
        p = np.where(looks > 0, hits / np.maximum(looks, 1e-9), np.nan)
        sigma = np.sqrt(np.maximum((hits + 0.5) * (looks - hits + 0.5), 0.0) / (looks + 1.0) ** 2 / (looks + 2.0))
        return LearntBatch(
            sensor=v.sensor.copy(), p_claimed=self._plain.p_detect[v.sensor].copy(), p_detect=v.p_sensor[:, 0].copy(),
            sigma=v.p_sensor[:, 1].copy(), n_looks=v.p_sensor[:, 2].copy(),
            start=np.arange(r + 1, dtype=np.int64) * RANGES,
            to_m=(far[:, None] / RANGES * np.arange(1, RANGES + 1)).ravel(), range_p=p.ravel(),
            range_sigma=np.where(looks > 0, sigma, np.nan).ravel(), range_n=looks.ravel(),
        )
