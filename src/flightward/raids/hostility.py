"""How likely a drone of unknown intent is hostile, by what the raids stage knows beyond the track itself.

The track's rule gives p(drone) times the chance that a drone like it is hostile. That chance, as odds, is raised by
company (it flies with others that are hostile: one companion, or two and more) and by an alert for the area that it is
in. What a source declared is never touched, nor is the class. The factors are stated, not fitted: docs/design/raids.md.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from flightward.kernels.polygon import inside
from flightward.model import (
    F64,
    I8,
    I64,
    NONE,
    AlertState,
    AreaAlertBatch,
    HostileSource,
    Kind,
    TrackBatch,
    f64,
    i8,
    i64,
)

COMPANY = f64([1.0, 5.0, 10.0])
"""Factors of the odds with no, one, and two or more hostile companions; for drones without identity only."""
ALERT = 2.0
"""Factor of the odds in an area under alert."""
P_MOST = 0.99
"""As sure as a declaration, and no surer."""


class Hostility:
    """Hears area alerts; refines probabilities of hostility."""

    def __init__(self) -> None:
        self._on: dict[tuple[int, int], tuple[F64, F64]] = {}

    def hear(self, alerts: AreaAlertBatch) -> None:
        """The changes of areas' states of one second."""
        for i in range(len(alerts)):
            key = (int(alerts.area[i]), int(alerts.alert[i]))
            rows = slice(int(alerts.start[i]), int(alerts.start[i + 1]))
            if alerts.state[i] == AlertState.ACTIVE:
                self._on[key] = (alerts.e_m[rows], alerts.n_m[rows])
            else:
                self._on.pop(key, None)

    def refined(self, tracks: TrackBatch, rows: I64, p: F64, raid: I64) -> F64:
        """(N,) chance that each of `rows` exists and is hostile, from p (N,) by the track alone and its raid (N,)."""
        p_drone = tracks.p_class[rows, Kind.DRONE]
        by_rule = (tracks.hostile_source[rows] == HostileSource.RULE) & (tracks.p_hostile[rows] <= p_drone)
        by_rule &= p_drone > 0.0
        intent = tracks.p_hostile[rows] / np.where(by_rule, p_drone, 1.0)
        factor = np.where(tracks.identity[rows] == NONE, COMPANY[self._companions(raid)], 1.0)
        factor = factor * np.where(self._alerted(tracks, rows) == 1, ALERT, 1.0)
        with np.errstate(divide="ignore", invalid="ignore"):
            odds = factor * intent / (1.0 - intent)
            surer = np.where(intent < 1.0, odds / (1.0 + odds), intent)
        surer = np.clip(surer, intent, np.maximum(P_MOST, intent))
        return f64(np.where(by_rule, p * surer / np.where(by_rule, intent, 1.0), p))

    @staticmethod
    def _companions(raid: I64) -> I64:
        """(N,) how many others are in the raid of each, 2 at most; 0 outside raids."""
        _, at, n = np.unique(raid, return_inverse=True, return_counts=True)
        return i64(np.where(raid >= 0, np.minimum(n[at] - 1, 2), 0))

    def _alerted(self, tracks: TrackBatch, rows: I64) -> I8 | NDArray[np.int64]:
        """(N,) 1 where an alert is on."""
        if not self._on or not len(rows):
            return np.zeros(len(rows), dtype=np.int8)
        rings = list(self._on.values())
        start = i64(np.concatenate([[0], np.cumsum([len(e) for e, _ in rings])]))
        found = np.empty((len(rows), len(rings)), dtype=np.int8)
        corners = [f64(np.concatenate([ring[k] for ring in rings])) for k in (0, 1)]
        inside(f64(tracks.e_m[rows]), f64(tracks.n_m[rows]), start, corners[0], corners[1], found)
        return i8(found.max(axis=1))
