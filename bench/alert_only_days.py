"""Days without a single track: what threats say from area alerts alone, against what then came.

    python bench/alert_only_days.py official_alerts_ukraine_2022-03-15_2024-04-23.csv.gz [--days 6] [--plot FILE]

The outlook is fitted to the history until 2023-10-31 (not what ships). For days drawn with a stated seed from
2023-11-01 to 2024-04-21 the whole pipeline runs once a minute with no sensors; 12 flights cross the country from
region to region for eight hours. Each row of threats with a p_alert is a statement about its area at t_s + t_to_s;
asked is whether the area was under alert then. Rows about where a flight is now (t_to_s = 0) are left out: they are
no forecast. Baselines: the region's share of time under alert, and its share by hour, until 2023-10-31.
"""

from __future__ import annotations

import argparse
import dataclasses
import gzip
import sys
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "tools"))
import alert_history as ah
from alert_skill import SPLIT, reliability
from flightward.config import Config
from flightward.feeds.alerts import HistoryCsv
from flightward.feeds.rows import FeedContext
from flightward.model import (
    AreaAlertBatch,
    AreaFrame,
    FlightBatch,
    Inbox,
    Names,
    ReportBatch,
    SensorBatch,
    Setup,
    SiteBatch,
    ZoneBatch,
    f64,
    i8,
    i64,
)
from flightward.pipeline import Pipeline
from flightward.raids import alert_rates as rates
from flightward.raids.alerts_forecast import AlertsForecast

SEED, N_FLIGHTS, BEFORE_S, LONG_S, SPEED_MPS = 20260520, 12, 3_600.0, 8 * 3_600.0, 70.0
FRAME = AreaFrame(np.radians(48.9), np.radians(31.2))


def flights(model: rates.AlertModel, begin_s: float, rng: np.random.Generator) -> FlightBatch:
    """Flights that go from region to region, straight, for LONG_S."""
    rings = [FRAME.to_plane(f64(r[:, 1]), f64(r[:, 0])) for r in model.ring]
    middle = np.array([[e.mean(), n.mean()] for e, n in rings])
    points, sizes = [], []
    for _ in range(N_FLIGHTS):
        t, at = begin_s, int(rng.integers(len(middle)))
        path = [(t, *middle[at])]
        while t < begin_s + LONG_S:
            to = int(rng.integers(len(middle)))
            t += float(np.hypot(*(middle[to] - middle[at]))) / SPEED_MPS
            at = to
            path.append((t, *middle[at]))
        points += path
        sizes.append(len(path))
    n, p = N_FLIGHTS, np.array(points)
    none, nan = i64(np.full(n, -1)), np.full(n, np.nan)
    return FlightBatch(
        name=i64(np.arange(n)), callsign=none, identity=i64(np.arange(n)), aircraft_type=none, category=i8(np.zeros(n)),
        endurance_s=nan, fuel_kg=nan, start=i64(np.concatenate([[0], np.cumsum(sizes)])), wp_t_s=f64(p[:, 0]),
        wp_e_m=f64(p[:, 1]), wp_n_m=f64(p[:, 2]), wp_u_m=np.full(len(p), 1_000.0), alternate_start=i64(np.zeros(n + 1)),
        alternate=i64([]),
    )


def day(
    h: ah.History, model: rates.AlertModel, names: Names, alerts: AreaAlertBatch, begin_s: float,
    rng: np.random.Generator,
) -> np.ndarray:
    """(N, 5) of a day's statements: p_alert, was, the region's share, its share at that hour, seconds ahead."""
    end_s = begin_s + LONG_S
    alerts = alerts.take(np.flatnonzero((alerts.t_rx_s >= begin_s - ah.DAY_S) & (alerts.t_rx_s <= end_s)))
    setup = Setup(
        "alerts only", "alerts", "flights", ah.SOURCE, "MIT", FRAME, 8e5, float("nan"), 0.0, begin_s - BEFORE_S,
        end_s, names, SensorBatch.empty(), SiteBatch.empty(), ZoneBatch.empty(), flights(model, begin_s, rng),
    )
    config = Config()
    pipeline = Pipeline(setup, config, with_cells=False)
    pipeline._raids._alerts = AlertsForecast(setup, config.raids, model)
    rows, at = [], 0
    region = {names.intern(name): r for r, name in enumerate(model.name)}
    for t in np.arange(begin_s - BEFORE_S, end_s, 60.0):
        upto = int(np.searchsorted(alerts.t_rx_s, t, side="right"))
        got = pipeline.step(Inbox(float(t), ReportBatch.empty(), alerts.take(np.arange(at, upto)))).threats
        at = upto
        for k in np.flatnonzero(np.isfinite(got.p_alert) & (got.t_to_s > 0.0)):
            then = f64([t + got.t_to_s[k]])
            r = region[int(got.hazard_id[k])]
            was = ah.grid_at(dataclasses.replace(h, on=[h.on[r]]), then)[0, 0]
            rows.append((got.p_alert[k], was, r, int(rates.hour_of(then)[0]), got.t_to_s[k]))
    return np.array(rows, dtype=float).reshape(-1, 5)


def draw_one(rows: list, path: Path) -> None:
    """Said against was, one panel."""
    import matplotlib

    matplotlib.use("Agg")
    import matplotlib.pyplot as plt

    said, was, n, _, _ = np.array(rows).T
    fig, ax = plt.subplots(figsize=(3.6, 3.3))
    ax.plot([0, 1], [0, 1], color="#c9d3d9", lw=1)
    ax.plot(said, was, "o-", ms=4, lw=1, color="#0b5c8a")
    for s, w, k in zip(said, was, n, strict=True):
        ax.annotate(f"{k:.0f}", (s, w), fontsize=6, xytext=(4, -8), textcoords="offset points")
    ax.set_xlabel("p_alert said")
    ax.set_ylabel("was under alert then")
    ax.grid(alpha=0.3)
    fig.tight_layout()
    fig.savefig(path, dpi=80)


def main() -> None:
    ask = argparse.ArgumentParser(description=__doc__)
    ask.add_argument("history", type=Path)
    ask.add_argument("--days", type=int, default=6)
    ask.add_argument("--plot", type=Path)
    given = ask.parse_args()
    h = ah.read(given.history)
    model = rates.AlertModel.of(ah.fit(h, SPLIT))
    g = ah.grid(h, h.first_s, SPLIT)
    hour = rates.hour_of(g.t_s)
    usual = g.on.mean(axis=0)
    by_hour = np.stack([g.on[hour == k].mean(axis=0) for k in range(24)])
    rng = np.random.default_rng(SEED)
    n_days = round((h.last_s - SPLIT) / ah.DAY_S) - 1
    begins = SPLIT + ah.DAY_S * np.sort(rng.choice(n_days, given.days, replace=False))
    begins += 3_600.0 * rng.integers(1, 16, given.days)
    names = Names([f"F{k}" for k in range(N_FLIGHTS)])
    feed = HistoryCsv(FeedContext("history", names, FRAME, {}, radius_m=8e5, start_s=SPLIT, end_s=h.last_s))
    feed.receive(gzip.decompress(given.history.read_bytes()))
    feed.finish()
    alerts = feed.rows().alerts
    found = [day(h, model, names, alerts, float(b), rng) for b in begins]
    every = np.concatenate(found)
    p, was, r, k, ahead = every.T
    base = usual[r.astype(int)], by_hour[k.astype(int), r.astype(int)]
    print(f"{given.days} days, {len(every)} statements, {len(every) / given.days / N_FLIGHTS / 8:.1f} per flight hour")
    for name, at in (("all", ahead > 0), ("to 15 min", ahead <= 900), ("15 to 40 min", ahead > 900)):
        scores = [((q - was)[at] ** 2).mean() for q in (p, *base)]
        told = f"Brier {scores[0]:.4f}; region's share {scores[1]:.4f}; by hour {scores[2]:.4f}"
        print(f"  {name}: {told} ({np.count_nonzero(at)})")
    shares = [usual[d[:, 2].astype(int)] for d in found]
    pairs = [(d[:, 0] - d[:, 1], u - d[:, 1]) for d, u in zip(found, shares, strict=True) if len(d)]
    better = [(ours**2).mean() < (theirs**2).mean() for ours, theirs in pairs]
    print(f"  better on {sum(better)} of {len(better)} days with statements")
    if given.plot:
        draw_one(reliability(p[:, None], was[:, None]), given.plot)
    rows = reliability(p[:, None], was[:, None])
    print("  said/was (n): " + ", ".join(f"{s:.2f}/{w:.2f} ({n})" for s, w, n, _, _ in rows))


if __name__ == "__main__":
    main()
