"""Rate of a Poisson process and when it changed, online: Bayesian change-point detection over run lengths.

Between changes the rate is constant; changes come by chance, once in `mean_run_s` on average, and the rate after one
is drawn afresh from the stream's own Gamma prior. What is kept per stream is the posterior over when the present run
began: for each candidate a weight and the Gamma posterior of its rate (the conjugate of Poisson counts). Memory is
bounded: candidates below `drop_w` are forgotten, and the least likely one when there is no room.

Source: R. P. Adams and D. J. C. MacKay, Bayesian Online Changepoint Detection (arXiv:0710.3742, 2007), sections 2
and 3; the incomplete gamma function by its series and its continued fraction, DLMF 8.7.1 and 8.9.2.

A run is a row of six numbers: LOG_W log of its weight, COUNT and TIME_S the Gamma posterior (shape, and rate in s),
SINCE_S when it began, OLD_COUNT and OLD_TIME_S the posterior of the run that was likeliest just before (NaN: none).
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from flightward.kernels._jit import inner, kernel

LOG_W, COUNT, TIME_S, SINCE_S, OLD_COUNT, OLD_TIME_S = range(6)
RUN_FIGURES = 6
RATE, LOW, HIGH, P_CHANGE, CHANGE_S, RATIO, P_MODE = range(7)
FIGURES = 7

DONE, BAD_ROW = 0, 1

_EPS = 1e-12
_BAND_W = 1e-4
"""Runs below this weight are left out of the band's edges: they move them by no more than that share."""


class ChangeRule(NamedTuple):
    """How often rates change, and below which weight a candidate is forgotten."""

    mean_run_s: float
    drop_w: float


@kernel
def advance(
    row: NDArray[np.int64], from_s: NDArray[np.float64], dt_s: NDArray[np.float64], count: NDArray[np.float64],
    prior: NDArray[np.float64], rule: ChangeRule, runs: NDArray[np.float64], n_runs: NDArray[np.int64],
    status_out: NDArray[np.int8],
) -> None:
    """Take K observations in order: `count` arrivals of stream `row` in the dt_s seconds from from_s on.

    row, from_s, dt_s, count  (K,); count >= 0, whole or expected; dt_s >= 0 (0: more arrivals at the same instant)
    prior   (S, 2) Gamma prior of each stream's rate: arrivals, seconds; both > 0
    runs    (S, R, 6) and n_runs (S,): the state, changed; zeros in n_runs before the first observation
    status_out  (K,) DONE, or BAD_ROW where a number is not finite or negative (the stream is then as it was)
    """
    for k in range(row.shape[0]):
        status_out[k] = _take(row[k], from_s[k], dt_s[k], count[k], prior, rule, runs, n_runs)


@kernel
def run_events(
    start: NDArray[np.int64], time_s: NDArray[np.float64], weight: NDArray[np.float64], end_s: NDArray[np.float64],
    bin_s: float, prior: NDArray[np.float64], rule: ChangeRule, runs: NDArray[np.float64],
    n_runs: NDArray[np.int64],
) -> None:
    """Run G streams afresh over their arrivals: stream g began with its first arrival and lasts until end_s[g].

    start   (G + 1,) rows of time_s (N,), rising within a stream, and weight (N,), arrivals that each counts for
    bin_s   silences are cut into pieces of this length at most: a change is put at the start of a piece
    prior, runs, n_runs  as in `advance`, with G streams; n_runs is set to 0 first

    The first arrival opens the stream and is not counted in its rate: a stream is looked at because it came.
    """
    for g in range(start.shape[0] - 1):
        n_runs[g] = 0
        if start[g + 1] == start[g]:
            continue
        now_s = time_s[start[g]]
        for i in range(start[g] + 1, start[g + 1] + 1):
            is_end = i == start[g + 1]
            next_s = max(end_s[g], now_s) if is_end else time_s[i]
            arrivals = 0.0 if is_end else weight[i]
            while next_s - now_s > bin_s:
                _take(g, now_s, bin_s, 0.0, prior, rule, runs, n_runs)
                now_s += bin_s
            _take(g, now_s, next_s - now_s, arrivals, prior, rule, runs, n_runs)
            now_s = next_s


@kernel
def summarise(
    since_s: NDArray[np.float64], p_low: float, p_high: float, runs: NDArray[np.float64],
    n_runs: NDArray[np.int64], figures_out: NDArray[np.float64],
) -> None:
    """What is known of S streams now.

    since_s  (S,) changes after this instant are asked for; NaN: after the stream's begin
    p_low, p_high  quantiles of the credible band; p_low NaN: no band (it is the dear part)
    figures_out (S, 7) RATE mean per second, LOW, HIGH its band, P_CHANGE chance of a change after since_s,
        CHANGE_S the likeliest time of the last change (given that there was one), RATIO the rate since then to the rate
        before, P_MODE weight of that one candidate. NaN where there is no answer.
    """
    for s in range(n_runs.shape[0]):
        figures_out[s] = np.nan
        n = n_runs[s]
        if n == 0:
            continue
        rate = 0.0
        p_change = 0.0
        best = -1
        for r in range(n):
            w = math.exp(runs[s, r, LOG_W])
            rate += w * runs[s, r, COUNT] / runs[s, r, TIME_S]
            is_change = not np.isnan(runs[s, r, OLD_COUNT])
            if is_change and (np.isnan(since_s[s]) or runs[s, r, SINCE_S] >= since_s[s]):
                p_change += w
                if best < 0 or runs[s, r, LOG_W] > runs[s, best, LOG_W]:
                    best = r
        figures_out[s, RATE] = rate
        figures_out[s, P_CHANGE] = min(p_change, 1.0)
        if best >= 0:
            old = runs[s, best, OLD_COUNT] / runs[s, best, OLD_TIME_S]
            figures_out[s, CHANGE_S] = runs[s, best, SINCE_S]
            figures_out[s, RATIO] = runs[s, best, COUNT] / runs[s, best, TIME_S] / old
            figures_out[s, P_MODE] = math.exp(runs[s, best, LOG_W])
        if not np.isnan(p_low):
            figures_out[s, LOW] = _mixture_quantile(p_low, runs[s], n, rate)
            figures_out[s, HIGH] = _mixture_quantile(p_high, runs[s], n, rate)


@kernel
def gamma_quantiles(
    p: NDArray[np.float64], shape: NDArray[np.float64], time_s: NDArray[np.float64],
    rate_out: NDArray[np.float64],
) -> None:
    """rate_out (N, P): the quantiles p (P,) of N Gamma distributions with `shape` (N,) > 0 and rate time_s (N,) > 0."""
    run = np.empty((1, RUN_FIGURES))
    for i in range(shape.shape[0]):
        run[0, LOG_W] = 0.0
        run[0, COUNT] = shape[i]
        run[0, TIME_S] = time_s[i]
        for k in range(p.shape[0]):
            good = shape[i] > 0.0 and time_s[i] > 0.0 and np.isfinite(shape[i]) and np.isfinite(time_s[i])
            rate_out[i, k] = _mixture_quantile(p[k], run, 1, shape[i] / time_s[i]) if good else np.nan


@inner
def _take(
    s: int, from_s: float, dt_s: float, count: float, prior: NDArray[np.float64], rule: ChangeRule,
    runs: NDArray[np.float64], n_runs: NDArray[np.int64],
) -> int:
    if not (np.isfinite(from_s) and np.isfinite(dt_s) and np.isfinite(count)) or dt_s < 0.0 or count < 0.0:
        return BAD_ROW
    _may_change(s, from_s, dt_s, prior, rule, runs, n_runs)
    n = n_runs[s]
    top = -np.inf
    for r in range(n):
        a, b = runs[s, r, COUNT], runs[s, r, TIME_S]
        # negative binomial without what all runs share: dt^n / n!
        gain = a * math.log(b) - (a + count) * math.log(b + dt_s)
        if count > 0.0:
            gain += math.lgamma(a + count) - math.lgamma(a)
        runs[s, r, LOG_W] += gain
        runs[s, r, COUNT] = a + count
        runs[s, r, TIME_S] = b + dt_s
        top = max(top, runs[s, r, LOG_W])
    total = 0.0
    for r in range(n):
        total += math.exp(runs[s, r, LOG_W] - top)
    total = top + math.log(total)
    kept = 0
    least = math.log(rule.drop_w)
    for r in range(n):
        runs[s, r, LOG_W] -= total
        if runs[s, r, LOG_W] >= least:
            if kept != r:
                runs[s, kept] = runs[s, r]
            kept += 1
    n_runs[s] = kept
    return DONE


@inner
def _may_change(
    s: int, from_s: float, dt_s: float, prior: NDArray[np.float64], rule: ChangeRule, runs: NDArray[np.float64],
    n_runs: NDArray[np.int64],
) -> None:
    """Each run goes on, or a new one begins at from_s; the oldest candidates are the rows first in `runs`."""
    n = n_runs[s]
    if n == 0:
        runs[s, 0, LOG_W] = 0.0
        runs[s, 0, OLD_COUNT] = np.nan
        runs[s, 0, OLD_TIME_S] = np.nan
    else:
        p_change = -math.expm1(-dt_s / rule.mean_run_s)
        if p_change <= 0.0:
            return
        least = 0
        most = 0
        for r in range(n):
            if runs[s, r, LOG_W] < runs[s, least, LOG_W]:
                least = r
            if runs[s, r, LOG_W] > runs[s, most, LOG_W]:
                most = r
        for r in range(n):
            runs[s, r, LOG_W] += math.log1p(-p_change)
        old_count, old_time_s = runs[s, most, COUNT], runs[s, most, TIME_S]
        if n == runs.shape[1]:
            for r in range(least, n - 1):
                runs[s, r] = runs[s, r + 1]
            n -= 1
        runs[s, n, LOG_W] = math.log(p_change)
        runs[s, n, OLD_COUNT] = old_count
        runs[s, n, OLD_TIME_S] = old_time_s
    runs[s, n, COUNT] = prior[s, 0]
    runs[s, n, TIME_S] = prior[s, 1]
    runs[s, n, SINCE_S] = from_s
    n_runs[s] = n + 1


@inner
def _mixture_quantile(p: float, run: NDArray[np.float64], n: int, rate: float) -> float:
    """The rate below which the weighted Gammas hold p of their mass, by halving, to a relative 1e-7."""
    total = 0.0
    for r in range(n):
        if run[r, LOG_W] >= math.log(_BAND_W):
            total += math.exp(run[r, LOG_W])
    low = 0.0
    high = 2.0 * rate
    for _ in range(200):
        if _mixture_below(high, run, n) >= p * total:
            break
        low = high
        high *= 2.0
    for _ in range(60):
        if high - low <= 1e-7 * high:
            break
        middle = 0.5 * (low + high)
        if _mixture_below(middle, run, n) < p * total:
            low = middle
        else:
            high = middle
    return 0.5 * (low + high)


@inner
def _mixture_below(rate: float, run: NDArray[np.float64], n: int) -> float:
    below = 0.0
    for r in range(n):
        if run[r, LOG_W] >= math.log(_BAND_W):
            below += math.exp(run[r, LOG_W]) * _gamma_below(run[r, COUNT], run[r, TIME_S] * rate)
    return below


@inner
def _gamma_below(a: float, x: float) -> float:
    """The regularised lower incomplete gamma function P(a, x), a > 0, x >= 0."""
    if x <= 0.0:
        return 0.0
    scale = math.exp(a * math.log(x) - x - math.lgamma(a))
    if x < a + 1.0:
        term = 1.0 / a
        total = term
        k = a
        for _ in range(10_000):
            k += 1.0
            term *= x / k
            total += term
            if term < total * _EPS:
                break
        return min(scale * total, 1.0)
    # continued fraction of Q(a, x), evaluated from the front (Lentz)
    b = x + 1.0 - a
    c = 1e300
    d = 1.0 / b
    fraction = d
    for i in range(1, 10_000):
        step = -i * (i - a)
        b += 2.0
        d = step * d + b
        d = 1.0 / (d if abs(d) > 1e-300 else 1e-300)
        c = b + step / c
        c = c if abs(c) > 1e-300 else 1e-300
        fraction *= d * c
        if abs(d * c - 1.0) < _EPS:
            break
    return max(0.0, 1.0 - scale * fraction)
