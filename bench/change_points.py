"""How fast a step in a Poisson rate is found, and how often one is found where there is none.

    python bench/change_points.py [--plot docs/img/change-roc.png]

Streams of arrivals, drawn with a stated seed, in bins of 20 s: 400 that step to 2 or 3 times (or a half, a third of)
their rate after 45 min, and 400 that never do, 3 h each. An alarm is the first bin in which the chance of a change
within the last 40 min reaches the threshold; a stream that alarms before its step is left out of the delays (such
alarms are counted on the streams that never step). The bound is Page's CUSUM, which knows both rates and needs only
to find the time.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np

from flightward.kernels import changepoint as cp
from flightward.model import F64

SEED = 20260520
BIN_S, BEFORE_S, AFTER_S, QUIET_S, BURN_S, WINDOW_S = 20.0, 2_700.0, 2_700.0, 10_800.0, 600.0, 2_400.0
N = 400
SHAPE, FACTOR = 2.0, 1.5
"""The prior of a rate after a change: Gamma of this shape, its mean this many times the usual rate."""
THRESHOLDS = (0.5, 0.7, 0.8, 0.85, 0.9, 0.95, 0.98, 0.99, 0.995)


def bayes(counts: F64, rate_hz: float, mean_run_s: float = 3_600.0) -> F64:
    """(S, B) chance of a change within the last WINDOW_S, after each bin."""
    s, bins = counts.shape
    runs, n_runs = np.zeros((s, 64, cp.RUN_FIGURES)), np.zeros(s, np.int64)
    prior = np.tile([SHAPE, SHAPE / (FACTOR * rate_hz)], (s, 1))
    row, status, out = np.arange(s), np.empty(s, np.int8), np.empty((s, cp.FIGURES))
    found = np.empty((s, bins))
    for b in range(bins):
        t = b * BIN_S
        cp.advance(
            row, np.full(s, t), np.full(s, BIN_S), counts[:, b].copy(), prior, cp.ChangeRule(mean_run_s, 1e-5), runs,
            n_runs, status,
        )
        cp.summarise(np.full(s, t + BIN_S - WINDOW_S), np.nan, np.nan, runs, n_runs, out)
        found[:, b] = out[:, cp.P_CHANGE]
    return found


def cusum(counts: F64, rate_hz: float, times: float) -> F64:
    """(S, B) Page's statistic for a step to `times` the rate."""
    out = np.empty(counts.shape)
    s = np.zeros(len(counts))
    for b in range(counts.shape[1]):
        s = np.maximum(0.0, s + counts[:, b] * np.log(times) - rate_hz * BIN_S * (times - 1.0))
        out[:, b] = s
    return out


def first_s(statistic: F64, threshold: float, from_s: float) -> F64:
    """(S,) end of the first bin after from_s that reaches the threshold; NaN never."""
    hit = statistic >= threshold
    hit[:, : round(from_s / BIN_S)] = False
    at = np.argmax(hit, axis=1)
    return np.where(hit.any(axis=1), (at + 1) * BIN_S, np.nan)


def false_per_h(quiet: F64, threshold: float) -> float:
    """Alarms per hour that begin on streams without a step (an alarm lasts until it falls below half the threshold)."""
    n, hours = 0, len(quiet) * (QUIET_S - BURN_S) / 3600.0
    for row in quiet[:, round(BURN_S / BIN_S):]:
        up = row >= threshold
        down = row < 0.5 * threshold
        is_on = False
        for u, d in zip(up, down, strict=True):
            if u and not is_on:
                n += 1
            is_on = (is_on or u) and not d
    return n / hours


def delays(step: F64, threshold: float) -> tuple[float, float, float]:
    """Median and 90 % of the delay after the step, s (never: +inf), and the share found within 15 min."""
    early = ~np.isnan(first_s(step[:, : round(BEFORE_S / BIN_S)].copy(), threshold, BURN_S))
    d = first_s(step.copy(), threshold, BEFORE_S)[~early] - BEFORE_S
    d = np.where(np.isnan(d), np.inf, d)
    if not len(d):
        return np.nan, np.nan, np.nan
    half, most = (float(np.quantile(d, q, method="higher")) for q in (0.5, 0.9))
    return half, most, float((d <= 900).mean())


def main() -> None:
    ask = argparse.ArgumentParser(description=__doc__)
    ask.add_argument("--plot", type=Path)
    plot = ask.parse_args().plot
    rng = np.random.default_rng(SEED)
    curves = {}
    for per_min in (0.5, 1.0, 3.0):
        hz = per_min / 60.0
        still = rng.poisson(hz * BIN_S, (N, round(QUIET_S / BIN_S))).astype(float)
        p_still = bayes(still, hz)
        for times in (2.0, 3.0, 1 / 2.0, 1 / 3.0):
            shape = (N, round(BEFORE_S / BIN_S)), (N, round(AFTER_S / BIN_S))
            parts = [rng.poisson(hz * BIN_S, shape[0]), rng.poisson(hz * times * BIN_S, shape[1])]
            moved = np.concatenate(parts, axis=1)
            p = bayes(moved.astype(float), hz)
            rows = [(q, false_per_h(p_still, q), *delays(p, q)) for q in THRESHOLDS]
            best, known = cusum(moved.astype(float), hz, times), cusum(still, hz, times)
            bound = [(q, false_per_h(known, q), *delays(best, q)) for q in (0.5, 1, 1.5, 2, 2.5, 3, 4, 5, 6, 8)]
            curves[per_min, times] = rows, bound
            print(f"\n{per_min:g} per min, x {times:.2f}")
            print("  threshold, false alarms per h, delay in min: median / 90 %, share found in 15 min")
            for q, f, m, t, share in rows:
                print(f"  {q:5.3f}  {f:6.3f}  {m / 60:5.1f} / {t / 60:5.1f}  {share:.2f}")
            print("  CUSUM:", "; ".join(f"{f:.3f}/h {m / 60:.1f} min {share:.2f}" for _, f, m, _, share in bound))
    if plot:
        draw(curves, plot)


def draw(curves: dict, path: Path) -> None:
    import matplotlib

    matplotlib.use("Agg")
    import matplotlib.pyplot as plt

    fig, axes = plt.subplots(1, 2, figsize=(9, 3.6), sharey=True)
    for ax, times in zip(axes, (2.0, 3.0), strict=True):
        for per_min, colour in ((0.5, "#7b5ea7"), (1.0, "#0b5c8a"), (3.0, "#e08214")):
            rows, bound = curves[per_min, times]
            for line, style, name in ((rows, "o-", "this"), (bound, "--", "CUSUM, both rates known")):
                x = [max(r[1], 2e-3) for r in line]
                label = f"{per_min:g} a minute, {name}"
                ax.plot(x, [r[4] for r in line], style, color=colour, ms=3.5, lw=1.2, label=label)
        ax.set_xscale("log")
        ax.set_xlabel("false alarms per hour and stream")
        ax.set_title(f"rate steps to {times:g} times", fontsize=10)
        ax.grid(alpha=0.3)
    axes[0].set_ylabel("found within 15 min")
    axes[1].legend(fontsize=7, loc="lower right")
    fig.tight_layout()
    fig.savefig(path, dpi=80)


if __name__ == "__main__":
    main()
