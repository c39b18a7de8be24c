"""Constant errors of the sensors of a table of plane positions, for `track_table`: their places are found ones."""

from __future__ import annotations

import numpy as np

from flightward.config import TracksConfig
from flightward.kernels.bias import flat_slopes
from flightward.model import F64, I64, SensorKind, i8
from flightward.tracks.bias import BiasKeeper
from flightward.tracks.engine import Engine

SAMPLE = 60
# so many rounds of scans are listened to, the next left out; once ENOUGH groups of every sensor have shown nothing, all
# but one turn in SELDOM are left out; where something was found, none is
ROUNDS, AT_FIRST, SELDOM, ENOUGH = 4, 2, 10, 300


class TableBias:
    """Learns with a first run over the first scans, goes on from there with the second; each scan counts once.

    z (N, 3), cov (N, 3, 3), sensor (N,): all reports; place of each sensor (3,), NaN unknown. Times are never
    corrected here: a row of the result bears its scan's.
    """

    def __init__(self, z: F64, cov: F64, sensor: I64, place: list[F64], cfg: TracksConfig) -> None:
        self._place = [np.ascontiguousarray(p) for p in place]
        self._cfg = cfg
        self._keeper: BiasKeeper | None = None
        self._is_active = len(place) > 1 and bool(np.isfinite(np.array(place)).all())
        self._sigma = np.array([self._sigmas(z[sensor == k], cov[sensor == k], p) for k, p in enumerate(place)])
        self._live = i8(np.ones(len(place)))
        self._heard = -1
        self._bias = np.zeros((len(place), 3))
        self._is_biased, self._every = False, AT_FIRST

    def _sigmas(self, z: F64, cov: F64, place: F64) -> F64:
        """(3,) 1 sigma of range, azimuth and elevation as the covariances have them."""
        if not self._is_active or not len(z):
            return np.full(3, np.nan)
        take = np.linspace(0, len(z) - 1, min(len(z), SAMPLE)).astype(np.int64)
        back = np.linalg.inv(self._slopes_at(place, z[take]))
        var = np.einsum("mij,mjk,mik->mi", back, cov[take], back)
        return np.asarray(np.sqrt(np.median(np.maximum(var, 0.0), axis=0)))

    @staticmethod
    def _slopes_at(place: F64, z: F64) -> F64:
        out = np.empty((len(z), 3, 3))
        flat_slopes(place, np.ascontiguousarray(z), out)
        return out

    def _slopes(self, k: int, e_m: F64, n_m: F64, u_m: F64) -> F64:
        return self._slopes_at(self._place[k], np.stack([e_m, n_m, u_m], axis=1))

    def corrected(self, k: int, z: F64) -> F64:
        """Positions z (M, 3) of sensor k without its errors."""
        if not self._is_biased or not len(z):
            return z
        by = self._bias[k]
        d = z - self._place[k]
        level = np.hypot(d[:, 0], d[:, 1])
        r, azimuth = np.hypot(level, d[:, 2]) - by[0], np.arctan2(d[:, 0], d[:, 1]) - by[1]
        elevation = np.arctan2(d[:, 2], level) - by[2]
        flat = r * np.cos(elevation)
        local = np.stack([flat * np.sin(azimuth), flat * np.cos(azimuth), r * np.sin(elevation)], axis=1)
        return np.ascontiguousarray(self._place[k] + local)

    @property
    def is_biased(self) -> bool:
        """Whether positions are corrected at all."""
        return self._is_biased

    def listens(self, scan: int) -> bool:
        """Whether scan number `scan` is to be taken in."""
        is_due = self._is_active and scan > self._heard and not (scan // (ROUNDS * len(self._place))) % self._every
        return bool(is_due)

    def listen(self, engine: Engine, scan: int, k: int, t_s: float, slots: I64, z: F64, cov: F64) -> None:
        """Take in one scan of sensor k, number `scan` of the table, of which tracks took slots (M,)."""
        if not self.listens(scan):
            return
        if self._keeper is None:
            kind = np.full(len(self._place), int(SensorKind.RADAR), dtype=np.int8)
            self._keeper = BiasKeeper(engine.sensors, kind, self._sigma, self._slopes, self._cfg, is_flat=True)
        self._heard = scan
        keeper = self._keeper
        keeper.collect(engine.arrays, k, slots, np.full(len(z), t_s), z, cov, self._slopes_at(self._place[k], z))
        if t_s < keeper.due_s:
            return
        changed = keeper.step(t_s, engine.arrays, self._live)
        is_quiet = not keeper.chosen.any() and (keeper.arrays.n_used > ENOUGH).all()
        self._every = SELDOM if is_quiet else 1 if keeper.chosen.any() else AT_FIRST
        if changed:
            self._bias = np.array([keeper.correction(j)[:3] for j in range(len(self._place))])
            self._is_biased = bool(self._bias.any())

    def again(self) -> None:
        """The same scans come once more from the first on: what waits is of tracks that are no more."""
        if self._keeper is not None:
            self._keeper.forget_tracks()
