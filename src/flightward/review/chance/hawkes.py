"""A check of its own kind: arrivals that bring arrivals, fitted outside the window, drawn many times.

The region's arrivals follow a baseline taken from the control regions' arrivals (smoothed, so that waves and nights
are in it) and excite each other (launch groups). Fitted with the window left out, the model draws whole days without
any effect; each is fitted again as the real one was. The p is the rank of the window's excess among theirs.
"""

from __future__ import annotations

import dataclasses
import math

import numpy as np

from flightward.kernels.hawkes import hawkes_fit, hawkes_loglik
from flightward.review.chance.presence import F64, I64, Presence
from flightward.review.chance.windows import Window

STEP_S = 120.0
FLOOR = 0.1
"""Share of the baseline that is spread evenly: drones come to a region also when none come elsewhere."""
WIDTHS_S = (900.0, 1_800.0, 3_600.0, 7_200.0)
SLOWEST_S, FASTEST_S = 7_200.0, 20.0
FIRST_STEPS, NEXT_STEPS = 200, 25
LEAST_ARRIVALS = 20
START = (0.5, 1.0 / 300.0)  # offspring per arrival and decay, where the fit begins


@dataclasses.dataclass(frozen=True)
class HawkesCheck:
    """p: mid-p of the rank, one-sided.   ratio: present / expected.   offspring, decay_s, width_s: the fit."""

    p: float
    ratio: float
    n_drawn: int
    offspring: float
    decay_s: float
    width_s: float


@dataclasses.dataclass(frozen=True)
class _Days:
    """Time watched, spans joined end to end, from 0 to end_s; the window and the stretch left out of the fit on it."""

    end_s: float
    from_s: float
    to_s: float
    out_from_s: float
    starts_s: F64
    shift_s: F64

    def place(self, t_s: F64) -> F64:
        """Joined time of POSIX times within the watched spans."""
        span = np.clip(np.searchsorted(self.starts_s, t_s, side="right") - 1, 0, len(self.starts_s) - 1)
        return np.clip(t_s - self.shift_s[span], 0.0, self.end_s)


def hawkes_check(table: Presence, region: int, window: Window, *, n_draws: int, seed: int) -> HawkesCheck | None:
    """The check, or None with too few arrivals outside the window (LEAST_ARRIVALS in the region, one elsewhere)."""
    stays = table.last_s - table.first_s
    mine = table.region == region
    outside = mine & ((table.last_s < window.from_s) | (table.first_s >= window.to_s))
    if outside.sum() < LEAST_ARRIVALS or mine.all():
        return None
    stay_s = stays[outside]
    days = _joined(table.watched_s, window, float(np.quantile(stay_s, 0.9)))
    t_s, others_s = days.place(table.first_s[mine]), days.place(table.first_s[~mine])
    fits = [_fit(_baseline(others_s, days.end_s, width), days, t_s) for width in WIDTHS_S]
    best = int(np.argmax([f[3] for f in fits]))
    grid, (m, a, decay, _) = _baseline(others_s, days.end_s, WIDTHS_S[best]), fits[best]
    present = _present(t_s, stays[mine], days)
    seen = _visible(grid, days, stay_s)
    z, ratio = _excess(present, np.array([m]), np.array([a]), seen)
    rng = np.random.default_rng(np.random.SeedSequence([seed, 0x4A3]))
    z_drawn = _drawn(grid, days, (m, a, decay), stay_s, seen, n_draws, rng)
    p = (np.sum(z_drawn > z[0] + 1e-9) + 0.5 * np.sum(np.abs(z_drawn - z[0]) <= 1e-9) + 0.5) / (n_draws + 1)
    return HawkesCheck(float(p), float(ratio[0]), n_draws, float(a), 1.0 / float(decay), WIDTHS_S[best])


def _joined(watched_s: F64, window: Window, before_s: float) -> _Days:
    """Time without the gaps; what arrived up to before_s ahead of the window may be in it, so it is left out too."""
    lengths = watched_s[:, 1] - watched_s[:, 0]
    shift = watched_s[:, 0] - np.concatenate([[0.0], np.cumsum(lengths)[:-1]])
    span = int(np.searchsorted(watched_s[:, 0], window.from_s, side="right")) - 1
    from_s, to_s = window.from_s - shift[span], window.to_s - shift[span]
    return _Days(float(lengths.sum()), from_s, to_s, max(0.0, from_s - before_s), watched_s[:, 0], shift)


def _baseline(others_s: F64, end_s: float, width_s: float) -> F64:
    """The control regions' arrivals on steps of STEP_S, smoothed by a Gaussian of sigma width_s; it sums to 1."""
    n = max(1, math.ceil(end_s / STEP_S))
    counts = np.bincount(np.minimum((others_s / STEP_S).astype(int), n - 1), minlength=n).astype(float)
    reach = math.ceil(4.0 * width_s / STEP_S)
    bell = np.exp(-0.5 * (np.arange(-reach, reach + 1) * STEP_S / width_s) ** 2)
    padded = (
        np.concatenate([counts[:reach][::-1], counts, counts[-reach:][::-1]]) if n > reach else np.pad(counts, reach)
    )
    smooth = np.convolve(padded, bell / bell.sum(), mode="valid")
    mean = smooth.mean()
    shape = (1.0 - FLOOR) * smooth / mean + FLOOR if mean > 0.0 else np.ones(n)
    return shape / (n * STEP_S)


def _fit(grid: F64, days: _Days, t_s: F64) -> tuple[float, float, float, float]:
    """m, offspring, decay and the log likelihood of the real arrivals."""
    start = np.array([0, len(t_s)], np.int64)
    m, a, decay = np.array([0.5 * len(t_s)]), np.array([START[0]]), np.array([START[1]])
    _fit_all(grid, days, t_s, start, FIRST_STEPS, m, a, decay)
    out, at = np.empty(1), grid[_step_of(t_s, grid)]
    hawkes_loglik(t_s, at, _total(grid, days), m[0], a[0], decay[0], days.end_s, days.out_from_s, days.to_s, out)
    return float(m[0]), float(a[0]), float(decay[0]), float(out[0])


def _fit_all(grid: F64, days: _Days, t_s: F64, start: I64, n_steps: int, m: F64, a: F64, decay: F64) -> None:
    hawkes_fit(
        t_s, grid[_step_of(t_s, grid)], start, _total(grid, days), days.end_s, days.out_from_s, days.to_s,
        1.0 / SLOWEST_S, 1.0 / FASTEST_S, n_steps, m, a, decay,
    )  # fmt: skip


def _step_of(t_s: F64, grid: F64) -> I64:
    return np.minimum((t_s / STEP_S).astype(np.int64), len(grid) - 1)


def _total(grid: F64, days: _Days) -> float:
    """The integral of the baseline over what is fitted."""
    return float(grid.sum() * STEP_S - _between(grid, days.out_from_s, days.to_s))


def _between(grid: F64, from_s: float, to_s: float) -> float:
    edge = np.arange(len(grid) + 1) * STEP_S
    total = np.concatenate([[0.0], np.cumsum(grid) * STEP_S])
    return float(np.interp(to_s, edge, total) - np.interp(from_s, edge, total))


def _present(first_s: F64, stay_s: F64, days: _Days) -> I64:
    return np.array([np.sum((first_s < days.to_s) & (first_s + stay_s >= days.from_s))])


def _visible(grid: F64, days: _Days, stay_s: F64) -> float:
    """The baseline's arrivals that are present in the window at some time, per unit of m."""
    at = (np.arange(len(grid)) + 0.5) * STEP_S
    longer = 1.0 - np.searchsorted(np.sort(stay_s), days.from_s - at) / len(stay_s)
    before = float(np.sum(grid * np.where(at < days.from_s, longer, 0.0)) * STEP_S)
    return before + _between(grid, days.from_s, days.to_s)


def _excess(present: I64, m: F64, a: F64, seen: float) -> tuple[F64, F64]:
    """How far the number present is above what the fit expects, in the fit's own standard errors; and the ratio."""
    mean = m * seen / (1.0 - a)
    return (present - mean) * (1.0 - a) / np.sqrt(mean + 0.5), present / np.maximum(mean, 1e-9)


def _drawn(grid: F64, days: _Days, fit: tuple[float, float, float], stay_s: F64, seen: float, n_draws: int,
           rng: np.random.Generator) -> F64:  # fmt: skip
    """The excess of n_draws days drawn from the fit, each fitted again."""
    t_s, day = _cascade(grid, fit, n_draws, days.end_s, rng)
    order = np.lexsort((t_s, day))
    t_s, day = t_s[order], day[order]
    start = np.searchsorted(day, np.arange(n_draws + 1)).astype(np.int64)
    m, a, decay = (np.full(n_draws, v) for v in fit)
    _fit_all(grid, days, t_s, start, NEXT_STEPS, m, a, decay)
    stay = rng.choice(stay_s, len(t_s))
    there = (t_s < days.to_s) & (t_s + stay >= days.from_s)
    return _excess(np.bincount(day[there], minlength=n_draws), m, a, seen)[0]


def _cascade(
    grid: F64, fit: tuple[float, float, float], n_draws: int, end_s: float, rng: np.random.Generator
) -> tuple[F64, I64]:
    """Arrivals of n_draws days: those of the baseline, what they bring, what that brings, and so on."""
    m, a, decay = fit
    total = np.concatenate([[0.0], np.cumsum(grid) * STEP_S])
    day = np.repeat(np.arange(n_draws), rng.poisson(m * total[-1], n_draws))
    t_s = np.interp(rng.random(len(day)) * total[-1], total, np.arange(len(total)) * STEP_S)
    times, which = [t_s], [day]
    while len(t_s):
        parent = np.repeat(np.arange(len(t_s)), rng.poisson(a, len(t_s)))
        t_s = t_s[parent] + rng.exponential(1.0 / decay, len(parent))
        day = day[parent]
        t_s, day = t_s[t_s < end_s], day[t_s < end_s]
        times.append(t_s)
        which.append(day)
    t_all, day_all = np.concatenate(times), np.concatenate(which)
    keep = t_all < end_s
    return t_all[keep], day_all[keep]
