"""Base rates and the outlook of area alerts on months that nothing was fitted to; change points of one region.

    python bench/alert_skill.py official_alerts_ukraine_2022-03-15_2024-04-23.csv.gz [--plots docs/img]

Fitted to 2022-03-16 .. 2023-10-31, asked about 2023-11-01 .. 2024-04-22. *Fixed*: everything as it stood at the end of
October. *Rolling*: all base rates are fitted afresh each day to what was heard until the day before (*rolling levels*:
hours and season stay as fitted, as in a running system); the weights of the outlook always stay as fitted. Log score:
mean over region-hours of the log probability of the number of starts, Poisson, nats. Intervals: bootstrap over weeks,
2,000 draws, stated seed.
"""

from __future__ import annotations

import argparse
import dataclasses
import sys
from itertools import pairwise
from pathlib import Path

import numpy as np
from scipy.special import gammaln

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "tools"))
import alert_history as ah
from flightward.kernels import changepoint as cp
from flightward.model import F64
from flightward.raids import alert_rates as rates

SPLIT = float(np.datetime64("2023-11-01", "s").astype(np.int64))
SEED = 20260520
BINS = (0.0, 0.01, 0.02, 0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0001)


def log_score(n: F64, mean: F64) -> F64:
    """Log probability of n under Poisson."""
    return n * np.log(mean) - mean - gammaln(n + 1.0)


def interval(by_day: F64) -> tuple[float, float]:
    """95 % interval of the mean, by weeks drawn with replacement."""
    rng = np.random.default_rng(SEED)
    weeks = [by_day[k: k + 7] for k in range(0, len(by_day) - 6, 7)]
    draws = rng.integers(0, len(weeks), (2000, len(weeks)))
    means = np.array([w.mean() for w in weeks])[draws].mean(axis=1)
    return float(np.quantile(means, 0.025)), float(np.quantile(means, 0.975))


def base_rates(h: ah.History, model: rates.AlertModel) -> None:
    counts = h.starts
    split, days = round((SPLIT - h.first_s) / ah.DAY_S), h.n_days
    test = counts[:, split:]
    total = np.concatenate([np.zeros((len(h.area), 1, 24)), counts.cumsum(axis=1)], axis=1)

    def last90(day: int, extra: float) -> F64:
        usual = counts[:, :day].mean()
        return (total[:, day] - total[:, day - 90] + extra) / (90.0 + extra / usual)

    # the baseline's own smoothing: none that a log score can bear is literal, so it gets the best of both worlds
    found = {}
    for extra in (0.01, 0.1, 0.5, 1.0, 2.0, 4.0):
        found[f"90 days, fixed, {extra:g} added"] = np.broadcast_to(last90(split, extra)[:, None], test.shape)
        found[f"90 days, rolling, {extra:g} added"] = np.stack([last90(d, extra) for d in range(split, days)], axis=1)
    noon = h.first_s + ah.DAY_S * np.arange(split, days)[:, None] + 3600.0 * np.arange(24)
    shares = np.moveaxis(model.hour_shares(noon.ravel()).reshape(days - split, 24, -1), 2, 0)
    found["this, fixed"] = slow_levels(counts[:, :split], model)[:, None, None] * shares
    levels = rates.Levels(model.share, counts[:, :30].sum(axis=(1, 2)) / 30, model.on_share)
    per_day, nobody = np.empty((len(h.area), days)), np.zeros(len(h.area))
    for day in range(days):
        per_day[:, day] = levels.per_day
        levels.advance(ah.DAY_S / 2, nobody > 0, counts[:, day].sum(axis=1))  # as if all began at noon
        levels.advance(ah.DAY_S / 2, nobody > 0, nobody)
    found["this, rolling levels"] = per_day[:, split:, None] * shares
    refit = np.empty_like(shares)
    for day in range(split, days):
        now = dataclasses.replace(model, **{k: np.asarray(v) for k, v in ah.day_model(h, day).items()})
        refit[:, day - split] = now.hour_shares(noon[day - split]).T
    found["this, rolling"] = per_day[:, split:, None] * refit
    print(f"\nbase rates: {len(h.area)} regions x {days - split} days x 24 h, {int(test.sum())} starts")
    for kind in ("fixed", "rolling levels", "rolling"):
        ours = log_score(test, found[f"this, {kind}"])
        print(f"this, {kind}: {ours.mean():.5f} nats per region-hour; starts said {found[f'this, {kind}'].sum():.0f}")
        for name in [n for n in found if f"days, {kind.split()[0]}" in n]:
            theirs = log_score(test, found[name])
            gain = (ours - theirs).mean(axis=(0, 2))
            low, high = interval(gain)
            better = np.count_nonzero((ours - theirs).mean(axis=(1, 2)) > 0)
            told = f"{theirs.mean():.5f}  gain {gain.mean():+.5f} [{low:+.5f}, {high:+.5f}]"
            print(f"  {name:32} {told}, {better} regions better")
        asked = [split] * (days - split) if kind == "fixed" else range(split, days)
        literal = np.stack([last90(d, 0.0) for d in asked], axis=1)
        never = np.count_nonzero((literal == 0) & (test > 0))
        print(f"  90 days as it stands: {never} region-hours with a start where it says never: -inf")


def slow_levels(counts: F64, model: rates.AlertModel, half_days: float = 60.0, shrink_days: float = 20.0) -> F64:
    """(R,) starts per day for months ahead: a longer memory than for tomorrow, and closer to the usual share."""
    weight = 0.5 ** ((counts.shape[1] - 1 - np.arange(counts.shape[1])) / half_days)
    n = (weight * counts.sum(axis=2)).sum(axis=1)
    usual = model.share / model.share.mean() * n.mean() / weight.sum()
    return (n + shrink_days * usual) / (weight.sum() + shrink_days)


def outlook(h: ah.History, model: rates.AlertModel, plots: Path | None) -> None:
    g = ah.grid(h, h.first_s, h.last_s - 2 * 3600.0)
    per_day, on_share = ah.follow(h, g, model.share)
    rows = np.flatnonzero(g.t_s >= SPLIT)
    train = np.flatnonzero(g.t_s < SPLIT)
    hour = rates.hour_of(g.t_s)
    usual = g.on[train].mean(axis=0)
    usual_hour = np.stack([g.on[train[hour[train] == k]].mean(axis=0) for k in range(24)])
    curves = {}
    print(f"\noutlook: {len(rows)} instants x {len(h.area)} regions; Brier score")
    for k, ahead_s in enumerate(ah.HORIZONS_S):
        later = ah.grid_at(h, g.t_s[rows] + ahead_s).astype(float)
        before = ah.grid_at(h, g.t_s[train] + ahead_s)
        quiet, alert = ah.inputs(model, g, rows, ahead_s, per_day, on_share)
        on = g.on[rows]
        p = 1.0 / (1.0 + np.exp(-np.where(on, alert @ model.alert[k], quiet @ model.quiet[k])))
        stay = np.array([before[g.on[train][:, r], r].mean() for r in range(len(h.area))])
        begin = np.array([before[~g.on[train][:, r], r].mean() for r in range(len(h.area))])
        others = {
            "region's share": np.broadcast_to(usual, on.shape),
            "region and hour": usual_hour[rates.hour_of(g.t_s[rows] + ahead_s)],
            "last 30 days": on_share[rows], "as now": on.astype(float), "as now, by region": np.where(on, stay, begin),
        }
        loss = (p - later) ** 2
        line = f"{ahead_s / 60:3.0f} min: this {loss.mean():.4f}"
        for name, q in others.items():
            theirs = (q - later) ** 2
            gain = (theirs - loss).mean(axis=1)
            low, _ = interval(gain[: len(gain) // 144 * 144].reshape(-1, 144).mean(axis=1))
            sure = "" if low > 0 else ", not sure"
            line += f"; {name} {theirs.mean():.4f} (skill {1 - loss.mean() / theirs.mean():+.3f}{sure})"
        quiet_loss = [((q - later) ** 2)[~on].mean() for q in (p, np.broadcast_to(begin, on.shape))]
        line += f"; quiet only: this {quiet_loss[0]:.4f}, as now by region {quiet_loss[1]:.4f}"
        print(line)
        curves[ahead_s] = reliability(p, later)
    for ahead_s in (300.0, 900.0, 1800.0, 3600.0):
        told = ", ".join(f"{s:.3f}/{w:.3f} ({n})" for s, w, n, _, _ in curves[ahead_s])
        print(f"  {ahead_s / 60:.0f} min said/was (n): {told}")
    if plots:
        draw_reliability(curves, plots / "alert-reliability.png")


def reliability(p: F64, later: F64) -> list[tuple[float, float, int, float, float]]:
    """Per bin: mean said, share that was, how many, and the 95 % interval of the share (bootstrap over weeks)."""
    rng = np.random.default_rng(SEED)
    week = np.repeat(np.arange(len(p)) // 1008, p.shape[1])
    said, was = p.ravel(), later.ravel()
    out = []
    for low, high in pairwise(BINS):
        at = (said >= low) & (said < high)
        if np.count_nonzero(at) < 200:
            continue
        n = np.bincount(week[at], minlength=week[-1] + 1)
        hit = np.bincount(week[at], weights=was[at], minlength=week[-1] + 1)
        draws = rng.integers(0, len(n), (1000, len(n)))
        shares = hit[draws].sum(axis=1) / np.maximum(n[draws].sum(axis=1), 1)
        out.append((said[at].mean(), was[at].mean(), int(at.sum()), *np.quantile(shares, [0.025, 0.975]).tolist()))
    return out


def change_points(h: ah.History, region: str, plots: Path | None) -> None:
    """Daily starts of a region: the rate and its band day by day, and, looking back, when each run began."""
    r = [ah.AREAS[a].name for a in h.area].index(region)
    n = h.starts[r].sum(axis=1)
    # alerts cluster: counts vary more than Poisson counts would; both sides of the rate are divided by how much more
    weeks = n[: len(n) // 7 * 7].reshape(-1, 7)
    spread = max(1.0, float(np.median(weeks.var(axis=1, ddof=1) / np.maximum(weeks.mean(axis=1), 0.2))))
    figures, alarms = online(n / spread, spread)
    cuts = segments(n / spread, spread)
    day0 = np.datetime64(int(h.first_s), "s").astype("datetime64[D]")
    print(f"\nchange points of {region}: variance of a week's days over their mean {spread:.2f}")
    edges = [0, *cuts, len(n)]
    for a, b in pairwise(edges):
        found = next((str(day0 + d) for d, since in alarms if abs(since - a) <= 10 and a <= d < b), "never")
        print(f"  {day0 + a} .. {day0 + b - 1}: {n[a:b].mean():.2f} starts a day; known {found}")
    if plots:
        draw_changes(n, figures, edges, day0, region, plots / "alert-changes.png")


PRIOR_SHAPE, RUN_DAYS = 2.0, 60.0


def online(n: F64, spread: float) -> tuple[F64, list[tuple[int, int]]]:
    """(D, 3) mean and band per day as known at its end, and the days of alarm with the day that they tell of."""
    runs, n_runs = np.zeros((1, 64, cp.RUN_FIGURES)), np.zeros(1, np.int64)
    prior = np.array([[PRIOR_SHAPE, PRIOR_SHAPE / (n[:30].mean())]])
    out, status, figures, alarms, last = np.empty((1, cp.FIGURES)), np.empty(1, np.int8), np.empty((len(n), 3)), [], -1
    for d in range(len(n)):
        cp.advance(
            np.zeros(1, np.int64), np.array([float(d)]), np.ones(1), n[d: d + 1].copy(), prior,
            cp.ChangeRule(RUN_DAYS, 1e-6), runs, n_runs, status,
        )
        cp.summarise(np.array([d - 45.0]), 0.05, 0.95, runs, n_runs, out)
        figures[d] = out[0, :3] * spread
        if out[0, cp.P_CHANGE] >= 0.95 and out[0, cp.CHANGE_S] - last > 10:
            last = int(out[0, cp.CHANGE_S])
            alarms.append((d, last))
    return figures, alarms


def segments(n: F64, spread: float) -> list[int]:
    """Days on which a new run begins: the likeliest run of the whole, then of what is before it, and so on."""
    cuts: list[int] = []
    end = len(n)
    while end > 1:
        runs, n_runs = np.zeros((1, 800, cp.RUN_FIGURES)), np.zeros(1, np.int64)
        prior = np.array([[PRIOR_SHAPE, PRIOR_SHAPE / n.mean()]])
        cp.advance(
            np.zeros(end, np.int64), np.arange(float(end)), np.ones(end), n[:end].copy(), prior,
            cp.ChangeRule(RUN_DAYS, 1e-12), runs, n_runs, np.empty(end, np.int8),
        )
        best = int(np.argmax(runs[0, : n_runs[0], cp.LOG_W]))
        end = int(runs[0, best, cp.SINCE_S])
        if end > 0:
            cuts.insert(0, end)
    return cuts


def draw_reliability(curves: dict, path: Path) -> None:
    import matplotlib

    matplotlib.use("Agg")
    import matplotlib.pyplot as plt

    fig, axes = plt.subplots(1, 4, figsize=(11, 3.1), sharey=True)
    for ax, ahead_s in zip(axes, (300.0, 900.0, 1800.0, 3600.0), strict=True):
        said, was, _, low, high = np.array(curves[ahead_s]).T
        ax.plot([0, 1], [0, 1], color="#c9d3d9", lw=1)
        arms = [np.maximum(was - low, 0), np.maximum(high - was, 0)]
        ax.errorbar(said, was, arms, fmt="o", ms=3, lw=1, color="#0b5c8a")
        ax.set_title(f"{ahead_s / 60:.0f} min ahead", fontsize=10)
        ax.set_xlabel("said")
        ax.grid(alpha=0.3)
    axes[0].set_ylabel("was under alert")
    fig.tight_layout()
    fig.savefig(path, dpi=75)


def draw_changes(n: F64, figures: F64, edges: list[int], day0: np.datetime64, region: str, path: Path) -> None:
    import matplotlib

    matplotlib.use("Agg")
    import matplotlib.pyplot as plt

    days = day0 + np.arange(len(n))
    fig, ax = plt.subplots(figsize=(11, 3.4))
    ax.bar(days, n, width=1.0, color="#c9d3d9", label="alerts that start, a day")
    band = {"color": "#0b5c8a", "alpha": 0.25, "lw": 0, "label": "rate as known that day, 90 %"}
    ax.fill_between(days, figures[:, 1], figures[:, 2], **band)
    for a, b in pairwise(edges):
        ax.hlines(n[a:b].mean(), days[a], days[b - 1], color="#b2182b", lw=1.6)
        if a:
            ax.axvline(days[a], color="#b2182b", lw=0.7, ls=":")
    ax.set_title(f"{region}: when the rate of alerts changed", fontsize=10)
    ax.legend(fontsize=8, loc="upper left")
    fig.tight_layout()
    fig.savefig(path, dpi=75)


def main() -> None:
    ask = argparse.ArgumentParser(description=__doc__)
    ask.add_argument("history", type=Path)
    ask.add_argument("--plots", type=Path)
    ask.add_argument("--region", default="Kyivska oblast")
    given = ask.parse_args()
    h = ah.read(given.history)
    print({k: h.counts[k] for k in sorted(h.counts)})
    model = rates.AlertModel.of(ah.fit(h, SPLIT) | {})
    base_rates(h, model)
    outlook(h, model, given.plots)
    change_points(h, given.region, given.plots)


if __name__ == "__main__":
    main()
