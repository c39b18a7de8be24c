"""The chance that a place that wanders comes within a distance: multilevel splitting over Brownian paths.

As in rare.py, with paths for points: a path that has reached a level is continued many times from there. Levels come
from a pilot, so each run is unbiased; the bridge between steps is drawn (kernels/diffusion.py), so that no step is too
long: exact in one dimension, and in three without drift.
"""

from __future__ import annotations

import dataclasses
import math

import numpy as np

from flightward.encounters.rare import RareChance, RareSettings, RareStatus, of_runs
from flightward.errors import BadInput
from flightward.kernels import diffusion as kernels
from flightward.kernels.nested import draw_kept
from flightward.model.batch import F64


@dataclasses.dataclass(frozen=True)
class Diffusion:
    """Brownian motion in 1, 2 or 3 dimensions, and the distance from the origin that it may come within."""

    start_m: tuple[float, ...]
    radius_m: float
    """The body's; in one dimension the number that the place may fall to."""
    spread_m_per_root_s: float
    until_s: float
    drift_mps: tuple[float, ...] = ()

    def __post_init__(self) -> None:
        """Refuse what makes no sense."""
        d = len(self.start_m)
        given = (*self.start_m, self.radius_m, self.spread_m_per_root_s, self.until_s, *self.drift_mps)
        if d not in (1, 2, 3) or (self.drift_mps and len(self.drift_mps) != d):
            raise BadInput("must have 1 to 3 numbers, the drift as many", key="start_m", value=self.start_m)
        if not np.isfinite(given).all() or self.spread_m_per_root_s <= 0.0 or self.until_s < 0.0:
            raise BadInput("must be finite, the spread above 0", key="diffusion", value=given)
        if d > 1 and self.radius_m <= 0.0:
            raise BadInput("must be above 0", key="radius_m", value=self.radius_m)

    @property
    def distance_m(self) -> float:
        """From the origin at the start."""
        return self.start_m[0] if len(self.start_m) == 1 else math.sqrt(sum(x * x for x in self.start_m))


def diffusion_chance(asked: Diffusion, *, seed: int, settings: RareSettings | None = None) -> RareChance:
    """Chance that the place has come within radius_m by until_s, however small."""
    cfg = settings or RareSettings()
    if seed < 0:
        raise BadInput("must be at least 0", key="seed", value=seed)
    if asked.distance_m <= asked.radius_m:
        return RareChance(1.0, 0.0, RareStatus.GOOD, 0)
    paths = _Paths(asked, seed)
    levels, passed, status = _pilot(paths, cfg)
    if status is not None:
        p = 0.0 if status == RareStatus.BELOW else math.nan
        return RareChance(p, 0.0 if p == 0.0 else math.nan, status, paths.n, below=passed)
    each, last = (1.0 - cfg.share) / cfg.share, passed / cfg.share ** (len(levels) - 1)
    square = 1.5 * each * (len(levels) - 1) + (1.0 - min(last, 0.95)) / max(last, 1e-3)
    n = int(max(cfg.least, min(square / (cfg.runs * cfg.rel_error**2), cfg.most_calls / (cfg.runs * len(levels)))))
    products, kept, share = np.ones(cfg.runs), np.empty(cfg.runs * n, np.int64), np.empty(cfg.runs)
    state = paths.start(cfg.runs * n)
    for number, level in enumerate(levels):
        paths.wander(state, level, levels[number - 1] if number else paths.first, 4 * number + 8)
        draw_kept(state[2], level, cfg.runs, seed, 0, 4 * number + 9, kept, share)
        products *= share
        state = _take(state, kept)
    return of_runs([float(x) for x in products], paths.n, tuple(levels))


_State = tuple[F64, F64, F64, F64]
"""Places (N, D), times (N,), scores (N,), lowest scores so far (N,)."""


def _take(state: _State, kept: np.ndarray) -> _State:
    place, t, score, lowest = (np.ascontiguousarray(x[np.maximum(kept, 0)]) for x in state)
    score[kept < 0] = t[kept < 0] = np.inf  # a run that has died out stands still
    return place, t, score, lowest


class _Paths:
    """What wanders, with the count of paths begun."""

    def __init__(self, asked: Diffusion, seed: int) -> None:
        drift = np.array(asked.drift_mps or (0.0,) * len(asked.start_m))
        self.w = kernels.Wander(drift, float(asked.spread_m_per_root_s), float(asked.radius_m), float(asked.until_s))
        self.asked, self.seed, self.n = asked, seed, 0
        self.first = float(kernels.score_of(np.array(asked.start_m), self.w.until_s, self.w))

    def start(self, n: int) -> _State:
        place = np.tile(np.array(self.asked.start_m), (n, 1))
        return place, np.zeros(n), np.full(n, self.first), np.full(n, self.first)

    def wander(self, state: _State, level: float, begin: float, what: int) -> None:
        """Continue all paths from one level to another."""
        self.n += len(state[1])
        kernels.wander_to(*state, float(level), begin, self.w, self.seed, 0, what)


def _pilot(paths: _Paths, cfg: RareSettings) -> tuple[list[float], float, RareStatus | None]:
    """Levels, the chance so far, and why it ended."""
    n, passed, what = cfg.pilot, 1.0, 1 << 40
    levels: list[float] = []
    state = paths.start(n)
    kept, share = np.empty(n, np.int64), np.empty(1)
    while True:
        what += 4
        begin = levels[-1] if levels else paths.first
        ended = (state[0].copy(), state[1].copy(), state[2].copy(), state[2].copy())
        paths.wander(ended, kernels.HIT, begin, what)
        level = float(np.partition(ended[3], k := math.ceil(cfg.share * n) - 1)[k])
        if level <= kernels.HIT:
            levels.append(kernels.HIT)
            return levels, passed * float((ended[3] <= kernels.HIT).mean()), None
        if level >= begin:
            return levels, passed, RareStatus.STUCK
        levels.append(level)
        paths.wander(state, level, begin, what + 1)
        draw_kept(state[2], level, 1, paths.seed, 0, what + 2, kept, share)
        passed *= float(share[0])
        if passed < cfg.smallest or share[0] == 0.0:
            return levels, passed, RareStatus.BELOW if share[0] else RareStatus.STUCK
        state = _take(state, kept)
