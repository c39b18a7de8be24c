"""The chance of what is too rare for trials: subset simulation over standard normal numbers.

A question is a `gap`: how far a draw of the uncertain numbers is from the event, 0 or less where it happens. The
event is reached by way of levels, each of which about a fifth of the points of the level before reaches; the chance
is the product of the shares. A pilot finds the levels and how to move the points; then independent runs with all of
that fixed are made. Each run's product is an unbiased estimate, whatever the levels and moves are worth, so the mean of
the runs is, and their spread is its standard error. Method, figures and limits: docs/design/how-close.md.
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Callable
from enum import IntEnum
from typing import NamedTuple

import numpy as np

from flightward.errors import BadInput
from flightward.kernels import nested as kernels
from flightward.kernels.normal_draws import normals
from flightward.model.batch import F64

Gap = Callable[[F64], F64]
"""(N, D) independent standard normal numbers to (N,) gaps: the event is where it is <= 0; never NaN, no state."""

MOST_FITTED = 24
"""Up to so many dimensions it is looked for directions that the set binds; beyond it, what a pilot sees is noise."""
MOST_ANEW = 8
"""In at most so many directions points are offered fresh places: in more those are hardly ever taken."""
MIXED = 1.2
"""Moves follow until a point has moved about this often by its own length."""
BIG = 20_000_000
"""Numbers held at once; runs are made in groups of this size, which does not change them."""


class RareStatus(IntEnum):
    """What stands behind a chance."""

    GOOD = 0
    ROUGH = 1
    """The relative standard error is above a fifth."""
    BELOW = 2
    """It is below the smallest chance asked for: p is 0, `below` the bound."""
    STUCK = 3
    """No way towards the event was found: p is NaN, `below` what the levels passed so far bound it by."""


@dataclasses.dataclass(frozen=True)
class RareSettings:
    """How hard to try. The same settings and seed give the same bits."""

    rel_error: float = 0.04
    """Relative standard error to aim at; what was reached is in the answer."""
    runs: int = 64
    share: float = 0.2
    pilot: int = 2000
    """Points of the pilot."""
    least: int = 500
    """Points of a run, at least."""
    most_calls: int = 40_000_000
    """Gaps worked out in all, about; the error aimed at is given up first."""
    most_numbers: int = 400_000_000
    """Normal numbers drawn for them in all, about: what bounds the time in a thousand dimensions."""
    smallest: float = 1e-60
    """Chances below it are not pursued."""

    def __post_init__(self) -> None:
        """Refuse what makes no sense."""
        for key, ok in (
            ("rel_error", self.rel_error > 0.0),
            ("runs", self.runs >= 8),
            ("share", 0.02 <= self.share <= 0.5),
            ("pilot", self.pilot >= 100),
            ("least", self.least >= 50),
            ("most_calls", self.most_calls >= 10_000),
            ("most_numbers", self.most_numbers >= 1_000_000),
            ("smallest", 0.0 < self.smallest < 1.0),
        ):
            if not ok:
                raise BadInput("is out of range", key=key, value=getattr(self, key))


@dataclasses.dataclass(frozen=True)
class RareChance:
    """A chance with its standard error."""

    p: float
    se: float
    status: RareStatus
    n_calls: int
    """Gaps (or steps' ends) worked out."""
    levels: tuple[float, ...] = ()
    of_runs: tuple[float, ...] = ()
    """Each run's own estimate: independent of each other, each unbiased."""
    below: float = math.nan
    """Where p is 0 or NaN: what it is below of."""

    @property
    def rel_error(self) -> float:
        """Standard error over p; NaN where p is 0."""
        return self.se / self.p if self.p > 0.0 else math.nan

    @property
    def n_effective(self) -> float:
        """Independent hits that would leave the same relative error."""
        return (self.p / self.se) ** 2 if self.se > 0.0 else math.nan

    @property
    def n_trials(self) -> float:
        """Plain trials that would leave the same error."""
        return self.p * (1.0 - self.p) / self.se**2 if self.se > 0.0 else math.nan

    def apart(self, other: RareChance) -> float:
        """Difference to another independent answer, in standard errors of it."""
        error = math.hypot(self.se, other.se)
        return (self.p - other.p) / error if error > 0.0 else (0.0 if self.p == other.p else math.inf)


class _Fit(NamedTuple):
    """Directions (D, K); mean, Cholesky factor of the spread, and its inverse, in those."""

    basis: F64
    mean: F64
    lower: F64
    inverse: F64


_NO_FIT = _Fit(np.zeros((1, 1)), np.zeros(1), np.zeros((1, 1)), np.zeros((1, 1)))
_WALK = 2.4
"""Of the spread over the root of the dimension: the best step of a random walk (Roberts, Gelman, Gilks 1997)."""


@dataclasses.dataclass(frozen=True)
class _Rung:
    """One level with the moves that follow it."""

    level: float
    step: float
    moves: int
    fit: _Fit | None = None
    wide: float = 1.0
    """Step in the directions that are not fitted, when the others are drawn anew."""


def rare_chance(gap: Gap, dim: int, *, seed: int, settings: RareSettings | None = None) -> RareChance:
    """Chance that `gap` of `dim` independent standard normal numbers is 0 or less, however small.

    gap  batches: (N, dim) to (N,).     seed  an integer >= 0.
    Errors  BadInput when the gap is NaN or of another shape, or dim or seed makes no sense.
    """
    cfg = settings or RareSettings()
    if dim < 1 or seed < 0:
        raise BadInput("must be at least 1, seed at least 0", key="dim", value=(dim, seed))
    asked = _Asked(gap, dim, seed)
    rungs, passed, status = _pilot(asked, cfg)
    if status is not None:
        p = 0.0 if status == RareStatus.BELOW else math.nan
        return RareChance(p, 0.0 if p == 0.0 else math.nan, status, asked.n, below=passed)
    points = _points(rungs, passed, dim, cfg)
    group = max(1, BIG // (points * dim))
    runs: list[float] = []
    for first in range(0, cfg.runs, group):
        runs += _climb(asked, rungs, points, first, min(group, cfg.runs - first))
    return of_runs(runs, asked.n, tuple(r.level for r in rungs))


def plain_chance(gap: Gap, dim: int, n: int, *, seed: int) -> RareChance:
    """The same by n plain trials: what `rare_chance` is checked against where that is feasible."""
    if n < 1 or dim < 1 or seed < 0:
        raise BadInput("must be at least 1, seed at least 0", key="n", value=(n, dim, seed))
    asked, hits = _Asked(gap, dim, seed), 0
    chunk = max(1, min(n, BIG // (4 * dim)))
    for first in range(0, n, chunk):
        hits += int((asked(asked.draw(first, min(chunk, n - first), _WHAT_PLAIN)) <= 0.0).sum())
    p = hits / n
    if hits == 0:
        return RareChance(0.0, 0.0, RareStatus.BELOW, n, below=3.0 / n)
    se = math.sqrt(p * (1.0 - p) / n)
    return RareChance(p, se, RareStatus.GOOD if se <= 0.2 * p else RareStatus.ROUGH, n)


@dataclasses.dataclass(frozen=True)
class RiskRatio:
    """What a change makes of a chance, from the same draws with and without it."""

    before: float
    after: float
    ratio: float
    """after / before; NaN where nothing happened before."""
    se: float
    unresolved: float
    """Share of what happens before that happens after as well."""
    induced: float
    """What happens after only, over what happens before."""


def risk_ratio(before: Gap, after: Gap, dim: int, n: int, *, seed: int) -> RiskRatio:
    """Both chances by n common trials, and how much of the first is left and how much is new.

    Source: the risk ratio and its unresolved and induced parts, as airborne collision avoidance is judged by
    (M. J. Kochenderfer et al., JGCD 33 (2010) 487-499).
    """
    one, two = _Asked(before, dim, seed), _Asked(after, dim, seed)
    both = first = last = 0
    chunk = max(1, min(n, BIG // (4 * dim)))
    for at in range(0, n, chunk):
        u = one.draw(at, min(chunk, n - at), _WHAT_PLAIN)
        a, b = one(u) <= 0.0, two(u) <= 0.0
        first, last, both = first + int(a.sum()), last + int(b.sum()), both + int((a & b).sum())
    if first == 0:
        return RiskRatio(0.0, last / n, math.nan, math.nan, math.nan, math.nan)
    ratio, new = last / first, (last - both) / first
    # by the delta method: the numbers of the three kinds are multinomial
    variance = ratio * ratio / first + last / first**2 - 2.0 * ratio * both / first**2
    return RiskRatio(first / n, last / n, ratio, math.sqrt(max(variance, 0.0)), both / first, new)


def of_runs(runs: list[float], n_calls: int, levels: tuple[float, ...]) -> RareChance:
    """The answer of independent runs: their mean and its standard error."""
    p = float(np.mean(runs))
    se = float(np.std(runs, ddof=1)) / math.sqrt(len(runs))
    if p <= 0.0:
        return RareChance(math.nan, math.nan, RareStatus.STUCK, n_calls, levels, tuple(runs))
    status = RareStatus.GOOD if se <= 0.2 * p else RareStatus.ROUGH
    return RareChance(p, se, status, n_calls, levels, tuple(runs))


_WHAT_START, _WHAT_PLAIN, _WHAT_PILOT = 1, 2, 1 << 40


def _what(level: int, move: int, purpose: int, pilot: bool = False) -> int:
    """Key of one use of random numbers: no two are alike."""
    return ((level + 1) * 1024 + move) * 8 + purpose + (_WHAT_PILOT if pilot else 0)


class _Asked:
    """A gap, checked, with its count of calls."""

    def __init__(self, gap: Gap, dim: int, seed: int) -> None:
        self.gap, self.dim, self.seed, self.n = gap, dim, seed, 0

    def __call__(self, u: F64) -> F64:
        self.n += len(u)
        out = np.ascontiguousarray(self.gap(u), dtype=np.float64)
        if out.shape != (len(u),):
            raise BadInput(f"must give ({len(u)},) gaps, gave {out.shape}", key="gap")
        if np.isnan(out).any():
            raise BadInput("is NaN for some draws: unknown is not far", key="gap")
        return out

    def draw(self, first: int, n: int, what: int) -> F64:
        out = np.empty((n, self.dim))
        normals(self.seed, first, what, out)
        return out


def _pilot(asked: _Asked, cfg: RareSettings) -> tuple[list[_Rung], float, RareStatus | None]:
    """Levels, and how to move at each; the chance so far; and why it ended, None where the event was reached."""
    n, passed, rungs = max(200, min(cfg.pilot, cfg.most_numbers // (1000 * asked.dim))), 1.0, []
    u = asked.draw(0, n, _WHAT_START + _WHAT_PILOT)
    g = asked(u)
    step, last = 0.5, math.inf
    while True:
        level = float(np.partition(g, k := math.ceil(cfg.share * n) - 1)[k])
        if level <= 0.0:
            share = float((g <= 0.0).mean())
            rungs.append(_Rung(0.0, 0.0, 0))
            return rungs, passed * share, None
        share = float((g <= level).mean())
        if level >= last or share >= 1.0:  # many gaps are alike: whatever is below them
            lower = g[g < min(level, last)]
            if not len(lower):
                return rungs, passed, RareStatus.STUCK
            level = float(lower.max())
            share = float((g <= level).mean())
        passed, last = passed * share, level
        if passed < cfg.smallest:
            return rungs, passed, RareStatus.BELOW
        kept, took = np.empty(n, np.int64), np.empty(1)
        kernels.draw_kept(g, level, 1, asked.seed, 0, _what(len(rungs), 0, 3, True), kept, took)
        fit = _fit(u[g <= level])
        u, g = np.ascontiguousarray(u[kept]), np.ascontiguousarray(g[kept])
        step = 1.0 if _is_whole(fit, asked.dim) else min(1.0, 1.5 * step)
        rungs.append(_tune(asked, u, g, _Rung(level, step, 0, fit), len(rungs)))


def _tune(asked: _Asked, u: F64, g: F64, rung: _Rung, number: int) -> _Rung:
    """The rung with its steps and number of moves; the points are moved by it."""
    walks, fresh = [], []
    most = 2.0 if _is_whole(rung.fit, asked.dim) else 1.0
    for move in range(12):
        rate = _move(asked, u, g, rung, 0, _what(number, move, 4, True), move)
        factor = math.exp(1.5 * (rate - 0.35))
        if _is_anew(rung, move):
            fresh.append(rate)
            rung = dataclasses.replace(rung, wide=min(1.0, max(1e-4, rung.wide * factor)))
        else:
            walks.append(rate)
            rung = dataclasses.replace(rung, step=min(most, max(1e-4, rung.step * factor)))
    walk, new = max(float(np.mean(walks[-3:])), 0.02), float(np.mean(fresh[-3:])) if fresh else 0.0
    per_move = 0.25 * walk + 0.5 * new if new else 0.5 * walk
    return dataclasses.replace(rung, moves=min(max(math.ceil(MIXED / per_move), 2), 16))


def _is_anew(rung: _Rung, move: int) -> bool:
    """Every second move offers points fresh places, where it is known about where."""
    return rung.fit is not None and move % 2 == 1


def _is_whole(fit: _Fit | None, dim: int) -> bool:
    """Whether all directions are fitted."""
    return fit is not None and fit.basis.shape[1] == dim


def _fit(u: F64) -> _Fit | None:
    """The directions in which points are bound, their mean and spread there; None where they tell nothing."""
    u = np.unique(u, axis=0)
    d = u.shape[1]
    if len(u) < 10 * d + 20 or d > MOST_FITTED:
        return None
    basis = np.eye(d) if d <= MOST_ANEW else _bound(u)
    at = u @ basis
    cov = np.atleast_2d(np.cov(at.T))
    try:
        lower = np.linalg.cholesky(cov + 1e-12 * np.trace(cov) / len(cov) * np.eye(len(cov)))
    except np.linalg.LinAlgError:
        return None
    return _Fit(*(np.ascontiguousarray(x) for x in (basis, at.mean(axis=0), lower, np.linalg.inv(lower))))


def _bound(u: F64) -> F64:
    """(D, K) orthonormal directions in which points are unlike free ones: their mean, and where they lie closer
    together or further apart than by chance."""
    variance, axes = np.linalg.eigh(np.cov(u.T))
    odd = np.argsort(-np.abs(np.log(np.maximum(variance, 1e-12))))[: MOST_ANEW - 1]
    odd = odd[np.abs(np.log(np.maximum(variance[odd], 1e-12))) > 0.6]
    basis, _ = np.linalg.qr(np.column_stack([u.mean(axis=0), axes[:, odd]]))
    return np.asarray(basis, dtype=np.float64)


def _move(asked: _Asked, u: F64, g: F64, rung: _Rung, first: int, what: int, move: int) -> float:
    """Offer every point a new place within the level; u and g change in place. The share that took it."""
    offered, log_p = np.empty_like(u), np.empty(len(u))
    way, step = kernels.ALL_WAYS, rung.step
    if _is_anew(rung, move):
        way, step = kernels.ANEW, rung.wide
    elif _is_whole(rung.fit, asked.dim):
        way, step = kernels.ALONG, rung.step * _WALK / math.sqrt(asked.dim)
    kernels.offer(u, *(rung.fit or _NO_FIT), way, step, asked.seed, first, what, offered, log_p)
    new = asked(offered)
    return kernels.take(u, g, offered, new, log_p, rung.level, asked.seed, first, what + 1) / len(u)


def _points(rungs: list[_Rung], p: float, dim: int, cfg: RareSettings) -> int:
    """Points of a run that should leave the error aimed at: each level adds (1 - share) / share / points to the square
    of the relative error, about a third more as the points of a level are not independent."""
    last = p / cfg.share ** (len(rungs) - 1)
    each = (1.0 - cfg.share) / cfg.share
    square = 1.3 * each * (len(rungs) - 1) + max(1.0 - last, 0.05) / max(last, 1e-3)
    points = square / (cfg.runs * cfg.rel_error**2)
    calls = cfg.runs * sum(1 + r.moves for r in rungs)
    return int(max(cfg.least, min(points, cfg.most_calls / calls, cfg.most_numbers / (dim * calls))))


def _climb(asked: _Asked, rungs: list[_Rung], n: int, first: int, runs: int) -> list[float]:
    """Each run's product of shares."""
    u = asked.draw(first * n, runs * n, _WHAT_START)
    g = asked(u)
    p, kept, share = np.ones(runs), np.empty(runs * n, np.int64), np.empty(runs)
    for number, rung in enumerate(rungs):
        kernels.draw_kept(g, rung.level, runs, asked.seed, first, _what(number, 0, 3), kept, share)
        p *= share
        if rung.moves == 0:
            break
        live = np.maximum(kept, 0)
        u, g = np.ascontiguousarray(u[live]), np.ascontiguousarray(g[live])
        g[kept < 0] = np.inf
        for move in range(rung.moves):
            _move(asked, u, g, rung, first * n, _what(number, move, 4), move)
    return [float(x) for x in p]
