"""What was known of a hazard that no sensor sees any more: nothing is cleared by data going missing."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from flightward.encounters import CaughtChance
from flightward.kernels import visibility
from flightward.model import F64, NONE, Coverage, RaidPicture, Setup
from flightward.model.visibility import ROUGH_HEIGHT_M, seeing, sensor_arrays, with_learnt
from flightward.threats.blind import SEEN_P_MIN

BOOL = NDArray[np.bool_]
REMEMBER_P = 0.1
"""A chance below this is not worth remembering."""


class LostHazards:
    """Remembers, per flight, the chances that its raid gave while the raid was seen."""

    def __init__(self, setup: Setup, kinds: int) -> None:
        n = len(setup.flights)
        self._setup = setup
        self._arrays = sensor_arrays(setup.sensors)
        self._raid = np.full(n, NONE, dtype=np.int64)
        self._seen_s = np.full(n, np.nan)
        self._centre = np.full((n, 5), np.nan)
        self._p = np.zeros((n, kinds))
        self._at_s = np.full((n, kinds), np.nan)
        self._over_s = np.full(n, np.nan)

    def fill(
        self, t_s: float, p: F64, t_to_s: F64, far: CaughtChance, picture: RaidPicture, coverage: Coverage
    ) -> BOOL:
        """Put remembered chances into p and t_to_s (F, H) where the raid is gone from dark air; (F,) where that was.

        A raid that is gone from air that a live sensor sees is gone indeed.
        """
        self._remember(t_s, p, t_to_s, far, picture)
        gone: BOOL = (self._raid != NONE) & ~np.isin(self._raid, picture.raids.raid) & (t_s <= self._over_s)
        if not gone.any():
            return gone
        dt = t_s - self._seen_s
        e, n = self._centre[:, 0] + dt * self._centre[:, 3], self._centre[:, 1] + dt * self._centre[:, 4]
        p_seen = np.empty(len(e))
        visibility.p_seen(
            with_learnt(self._arrays, coverage), seeing(self._setup.sensors, coverage), e, n,
            self._centre[:, 2].copy(), ROUGH_HEIGHT_M, 0, p_seen,
        )
        dark = gone & ~(p_seen >= SEEN_P_MIN)
        self._raid[gone & ~dark] = NONE
        rises = dark[:, None] & (self._p > p)
        np.copyto(p, self._p, where=rises)
        np.copyto(t_to_s, np.maximum(self._at_s - t_s, 0.0), where=rises)
        return np.asarray(rises.any(axis=1), dtype=np.bool_)

    def _remember(self, t_s: float, p: F64, t_to_s: F64, far: CaughtChance, picture: RaidPicture) -> None:
        raids = picture.raids
        if not len(raids):
            return
        hit = far.hazard_raid[:, None] == raids.raid[None, :]
        here = hit.any(axis=1) & (far.p >= REMEMBER_P)
        if not here.any():
            return
        row = hit.argmax(axis=1)
        centre = np.column_stack([
            raids.e_m[row], raids.n_m[row], raids.u_m[row], raids.ve_mps[row], raids.vn_mps[row],
        ])  # fmt: skip
        self._raid = np.where(here, far.hazard_raid, self._raid)
        self._seen_s = np.where(here, t_s, self._seen_s)
        self._over_s = np.where(here, far.t_over_s, self._over_s)
        self._centre = np.where(here[:, None], centre, self._centre)
        self._p = np.where(here[:, None], p, self._p)
        self._at_s = np.where(here[:, None], t_s + t_to_s, self._at_s)
