"""A grid of where the picture sees, how high and how well, and how many hostile drones fly where it does not.

The density of undetected drones follows one equation per cell, u drones per km2:

    du/dt = b - d u - u / life + spread

b: as many appear per km2 and second where nobody looks as appear where somebody does (the rate at which hostile tracks
have begun, over the area that is seen); d: three looks that detect make a track; life: an hour; spread: courses
unknown. A hostile track that is lost where little is seen adds what is left of its probability; see
docs/design/coverage.md.
"""

from __future__ import annotations

import math

import numpy as np

from flightward.kernels import visibility
from flightward.model import F64, I8, NONE, Coverage, CoverageGrid, Setup, TrackBatch, f64
from flightward.model.visibility import ROUGH_HEIGHT_M, seeing, sensor_arrays, with_learnt

CELLS = 40
LEVELS_M = (100.0, 300.0, 600.0, 1000.0, 2000.0, 4000.0, 9000.0)
"""Heights of the grid above the lowest sensor."""
DRONE_LEVELS = slice(1, 4)
REFRESH_S, LIVE_S = 60.0, 10.0
"""Made anew this often, and this soon after a sensor fell silent or came back."""
LOOKS_TO_TRACK = 3.0
LIFE_S = 3_600.0
DRIFT_M2_PER_S = 45.0**2 * 300.0 / 2.0
"""Spread of drones whose courses are unknown: 45 m/s, kept for 5 min."""
PRIOR_N, PRIOR_S = 0.5, 21_600.0
"""Before anything is seen: half a hostile drone in six hours."""
RATE_S = 3_600.0
P_HOSTILE = 0.5


class GridKeeper:
    """Keeps the grid; `step` once a second, with rising times."""

    def __init__(self, setup: Setup) -> None:
        self._setup = setup
        self._arrays = sensor_arrays(setup.sensors)
        self._cell_m = 2.0 * setup.radius_m / CELLS
        self._side = f64((np.arange(CELLS) - CELLS / 2 + 0.5) * self._cell_m)
        hae = setup.sensors.hae_m[np.isfinite(setup.sensors.hae_m)]
        self._hae_m = f64(np.array(LEVELS_M) + (float(hae.min()) if len(hae) else 0.0))
        self._u = np.zeros((CELLS, CELLS))
        self._live: I8 = np.zeros(0, dtype=np.int8)
        self._made_s = -np.inf
        self._begun: set[int] = set()
        self._last: tuple[F64, F64, F64] = (np.zeros(0), np.zeros(0), np.zeros(0))
        self._last_track = np.zeros(0, dtype=np.int64)
        self._rate_n, self._rate_s = PRIOR_N, PRIOR_S
        self._grid: CoverageGrid | None = None

    def step(self, t_s: float, tracks: TrackBatch, coverage: Coverage) -> CoverageGrid:
        """The grid at t_s; the same object until it is made anew."""
        self._hear(tracks)
        live = seeing(self._setup.sensors, coverage)
        wait_s = REFRESH_S if np.array_equal(live, self._live) else LIVE_S
        if self._grid is None or t_s - self._made_s >= wait_s:
            dt_s = 0.0 if self._grid is None else t_s - self._made_s
            self._live, self._made_s = live, t_s
            self._grid = self._make(t_s, dt_s, live, coverage)
        return self._grid

    def _hear(self, tracks: TrackBatch) -> None:
        """Hostile tracks that have begun, and those that were lost."""
        bad = (tracks.p_hostile >= P_HOSTILE) & (tracks.identity == NONE)
        now = set(tracks.track[bad].tolist())
        self._rate_n += len(now - self._begun)
        self._begun = (self._begun & set(tracks.track.tolist())) | now
        gone = ~np.isin(self._last_track, tracks.track)
        if gone.any() and self._grid is not None:
            e, n, weight = (a[gone] for a in self._last)
            row, col = self._cell(n), self._cell(e)
            inside = (row >= 0) & (row < CELLS) & (col >= 0) & (col < CELLS)
            row, col, weight = row[inside], col[inside], weight[inside]
            dark = 1.0 - self._grid.p_look[DRONE_LEVELS, row, col].mean(axis=0)
            np.add.at(self._u, (row, col), weight * dark / (self._cell_m / 1e3) ** 2)
        self._last_track = tracks.track[bad]
        self._last = (tracks.e_m[bad], tracks.n_m[bad], tracks.p_hostile[bad] * tracks.p_exists[bad])

    def _cell(self, at_m: F64) -> np.ndarray:
        return np.floor(at_m / self._cell_m + CELLS / 2).astype(np.int64)

    def _make(self, t_s: float, dt_s: float, live: I8, coverage: Coverage) -> CoverageGrid:
        shape = (len(LEVELS_M), CELLS, CELLS)
        u, n, e = (f64(a.ravel()) for a in np.meshgrid(self._hae_m, self._side, self._side, indexing="ij"))
        p, high = np.empty(len(e)), np.empty(len(e))
        visibility.p_seen(with_learnt(self._arrays, coverage), live, e, n, u, ROUGH_HEIGHT_M, 0, p)
        visibility.p_seen(with_learnt(self._arrays, coverage, high=True), live, e, n, u, ROUGH_HEIGHT_M, 0, high)
        p, high = p.reshape(shape), high.reshape(shape)
        self._fly(dt_s, p[DRONE_LEVELS].mean(axis=0))
        unseen = self._u.copy()
        for a in (p, high, unseen):
            a.setflags(write=False)
        return CoverageGrid(
            t_s=t_s, cell_m=self._cell_m, e_m=self._side, n_m=self._side, hae_m=self._hae_m, p_look=p, p_high=high,
            unseen_per_km2=unseen,
        )

    def _fly(self, dt_s: float, p: F64) -> None:
        """Move the undetected on by dt_s: new ones, found ones, spread."""
        if dt_s <= 0.0:
            return
        keep = math.exp(-dt_s / RATE_S)
        self._rate_n, self._rate_s = PRIOR_N + keep * (self._rate_n - PRIOR_N), PRIOR_S + keep * (
            self._rate_s - PRIOR_S + dt_s
        )
        cell_km2 = (self._cell_m / 1e3) ** 2
        seen_km2 = max(float(p.sum()) * cell_km2, cell_km2)
        born = self._rate_n / self._rate_s / seen_km2
        search = self._arrays.is_search == 1
        scan_s = float(np.median(self._arrays.scan_s[search])) if search.any() else 4.0
        die = p / (LOOKS_TO_TRACK * scan_s) + 1.0 / LIFE_S
        share = np.exp(-die * dt_s)
        self._u = self._u * share + born * (1.0 - share) / die
        # spread over the whole grid is spread: more turns change nothing, and small areas would take for ever
        ease = min(DRIFT_M2_PER_S * dt_s / self._cell_m**2, float(CELLS**2))
        turns = max(math.ceil(ease / 0.2), 1)
        for _ in range(turns):
            w = np.pad(self._u, 1, mode="edge")
            around = w[2:, 1:-1] + w[:-2, 1:-1] + w[1:-1, 2:] + w[1:-1, :-2] - 4.0 * self._u
            self._u = self._u + ease / turns * around
