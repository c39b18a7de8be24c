"""Find the best numbers of the scorer's three baselines, per horizon, and write them where the scorer reads them.

    python bench/fit_baselines.py --days 5000:5040 [--feeds --cache DIR] [--write]

Best is the lowest Brier score over all cells and issues of these days, which must not be the days that are scored.
Each baseline has a width (the straight line's sigma, the circle's share of the way that can be flown) and a chance that
a drone is still there: a grid of widths, and for each the chance in steps of 0.05.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import Any

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parent))

import forecast_days
from flightward.score.baselines import BASELINES, P_MOST, Cells, Known, shares
from flightward.score.forecast import HORIZONS_S, Occupied, cells_of
from forecast_skill import LEAD_IN_S, known_of, seeds_of

WIDTHS = {
    "straight_line": (1000.0, 1400.0, 2000.0, 2800.0, 4000.0, 5600.0, 8000.0, 11300.0, 16000.0, 22600.0, 32000.0),
    "growing_circle": (0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0, 1.1),
    "persistence": (0.0,),
}
CHANCES = np.arange(0.05, 1.01, 0.05)
TARGET = Path(__file__).resolve().parent.parent / "src" / "flightward" / "score" / "baselines.json"


def squared(name: str, known: Known, cells: Cells, horizon_s: float, width: float, hit: Any) -> Any:
    """(CHANCES,) sum of squared errors over all cells."""
    _, at, mass = shares(name, known, cells, horizon_s, width)
    rows, where = np.unique(at, return_inverse=True)
    out = np.full(len(CHANCES), float(hit.sum()))
    for i, p in enumerate(CHANCES):
        none = np.bincount(where, np.log1p(-np.minimum(p * mass, P_MOST)), len(rows)) if len(rows) else np.zeros(0)
        q = -np.expm1(none)
        out[i] += float((q * q - 2.0 * q * hit[rows]).sum())
    return out


def add_day(sky: forecast_days.Sky, every_s: int, sums: dict[tuple[str, float, float], Any]) -> None:
    """Add one day's sums."""
    cells = cells_of(sky.day)
    truth = Occupied(sky.day, cells)
    for tracks, _ in sky.pictures:
        ago_s = tracks.t_s - sky.setup.start_s
        if ago_s < LEAD_IN_S or round(ago_s) % every_s:
            continue
        known = known_of(sky, cells, tracks)
        for horizon_s in HORIZONS_S:
            if tracks.t_s + horizon_s > sky.day.end_s:
                continue
            hit = truth.at(tracks.t_s + horizon_s)
            for name in BASELINES:
                for width in WIDTHS[name]:
                    key = (name, horizon_s, width)
                    sums[key] = sums.get(key, 0.0) + squared(name, known, cells, horizon_s, width, hit)


def main() -> None:
    """Fit, print, and write if asked."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("cases", nargs="*", type=Path)
    parser.add_argument("--days", help="seeds of standard days, FROM:TO")
    parser.add_argument("--every", type=int, default=600)
    parser.add_argument("--feeds", action="store_true")
    parser.add_argument("--cache", type=Path)
    parser.add_argument("--write", action="store_true")
    args = parser.parse_args()
    sums: dict[tuple[str, float, float], Any] = {}
    for sky in forecast_days.skies(seeds_of(args.days), args.cases, feeds=args.feeds, cache=args.cache):
        add_day(sky, args.every, sums)
    table: dict[str, Any] = {}
    for horizon_s in HORIZONS_S:
        for name in BASELINES:
            best = min(((float(sums[name, horizon_s, w].min()), w) for w in WIDTHS[name]), key=lambda x: x[0])
            p = float(CHANCES[int(np.argmin(sums[name, horizon_s, best[1]]))])
            table.setdefault(f"{horizon_s:.0f}", {})[name] = {"width": best[1], "p": round(p, 2)}
            print(f"{horizon_s:.0f} s {name}: width {best[1]:g}, p {p:.2f}, Brier sum {best[0]:.1f}")
    of = f"standard days {args.days}, {'through feeds and tracks' if args.feeds else 'every drone tracked'}"
    if args.write:
        TARGET.write_text(json.dumps({"fitted_on": of, "horizons_s": table}, indent=1) + "\n")


if __name__ == "__main__":
    main()
