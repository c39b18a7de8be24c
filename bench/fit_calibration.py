"""Fit the last map of the forecast, said to was, per horizon, and write it where the raids stage reads it.

    python bench/fit_calibration.py LEVELS.npz [LEVELS.npz ...] --of "which days" [--write] [--folds 5]

LEVELS are what bench/forecast_skill.py --unmapped --out wrote beside its figures, or bench/forecast_levels.py. The map
is monotone and straight between KNOTS, least squares over all cells, held to "no change" by PRIOR cells a knot.
--folds: of the days of the last file a fold at a time is held back, the map is fitted on all others, and what it says
on the fold's days is counted; printed is the reliability of all folds together, 95 % intervals by drawing whole days.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

import numpy as np
from scipy.optimize import lsq_linear

from flightward.score.forecast import RELIABILITY_EDGES

KNOTS = np.array([0.0, 0.02, 0.05, 0.1, 0.2, 0.35, 0.5, 0.7, 0.9, 1.0])
PRIOR = 300.0
DRAWS, SEED = 1000, 20260520
TARGET = Path(__file__).resolve().parent.parent / "src" / "flightward" / "raids" / "calibration.json"


def fit(levels: Any) -> Any:
    """(KNOTS,) values of the map; levels (3, L): cells, sum of what was said, cells occupied."""
    n, said, was = levels
    some = n > 0
    p, rate, weight = said[some] / n[some], was[some] / n[some], n[some]
    hats = np.array([np.interp(p, KNOTS, row) for row in np.eye(len(KNOTS))]).T
    # unknowns are the rises from knot to knot, so that the map never falls
    rises = np.tril(np.ones((len(KNOTS), len(KNOTS))))[:, 1:]
    held = np.sqrt(PRIOR) * rises
    a = np.concatenate([np.sqrt(weight)[:, None] * (hats @ rises), held])
    b = np.concatenate([np.sqrt(weight) * rate, np.sqrt(PRIOR) * KNOTS])
    solved = lsq_linear(a, b, bounds=(1e-6, 1.0)).x
    return np.minimum(rises @ solved, 1.0)


def held_back(others: Any, days: Any, folds: int) -> Any:
    """(D, 3, BINS) cells, said and was of each of the days (D, 3, L) by the map of all days outside its fold."""
    out = np.zeros((len(days), 3, len(RELIABILITY_EDGES) - 1))
    for k in range(folds):
        mine = np.arange(len(days)) % folds == k
        values = fit(others + days[~mine].sum(axis=0))
        for i in np.flatnonzero(mine):
            n, said, was = days[i]
            p = np.interp(np.where(n > 0, said / np.maximum(n, 1), 0.0), KNOTS, values)
            at = np.digitize(p, RELIABILITY_EDGES) - 1
            for row, column in enumerate((n, n * p, was)):
                out[i, row] = np.bincount(at, column, out.shape[2])
    return out


def tell(horizon: str, bins: Any) -> None:
    """Print said / was of each bin."""
    rng = np.random.default_rng(SEED)
    drawn = bins[rng.integers(0, len(bins), (DRAWS, len(bins)))].sum(axis=1)
    off = (drawn[:, 1] - drawn[:, 2]) / np.maximum(drawn[:, 0], 1.0)
    for b in range(bins.shape[2]):
        n, said, was = bins[:, :, b].sum(axis=0)
        if n:
            low, high = np.percentile(off[:, b], [2.5, 97.5])
            days = int((bins[:, 0, b] > 0).sum())
            print(f"{horizon} s from {RELIABILITY_EDGES[b]:.2f}: {said / n:.3f} / {was / n:.3f} "
                  f"({n:,.0f}, {days}; {low:+.3f} .. {high:+.3f})")  # fmt: skip


def main() -> None:
    """Fit, print, and write if asked."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("levels", nargs="+", type=Path)
    parser.add_argument("--of", required=True)
    parser.add_argument("--write", action="store_true")
    parser.add_argument("--folds", type=int, default=0)
    args = parser.parse_args()
    files = [np.load(f) for f in args.levels]
    table = {}
    for horizon in sorted(files[0].files, key=float):
        values = fit(sum(f[horizon].sum(axis=0) for f in files))
        table[horizon] = [round(float(v), 4) for v in values]
        print(horizon, " ".join(f"{k:g}:{v:.3f}" for k, v in zip(KNOTS, values, strict=True)))
        if args.folds:
            others = sum((f[horizon].sum(axis=0) for f in files[:-1]), np.zeros(files[-1][horizon].shape[1:]))
            tell(horizon, held_back(others, files[-1][horizon], args.folds))
    if args.write:
        held = {"fitted_on": args.of, "said": KNOTS.tolist(), "was_at_s": table}
        TARGET.write_text(json.dumps(held, indent=1) + "\n")


if __name__ == "__main__":
    main()
