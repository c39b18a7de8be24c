"""Fit the last map of the forecast, said to was, per horizon, and write it where the raids stage reads it.

    python bench/fit_calibration.py LEVELS.npz [LEVELS.npz ...] --of "which days" [--write]

LEVELS are what bench/forecast_skill.py --out wrote beside its figures, made with a map that changes nothing. The map is
monotone and straight between KNOTS, least squares over all cells, held to "no change" by PRIOR cells a knot.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

import numpy as np
from scipy.optimize import lsq_linear

KNOTS = np.array([0.0, 0.02, 0.05, 0.1, 0.2, 0.35, 0.5, 0.7, 0.9, 1.0])
PRIOR = 300.0
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


def main() -> None:
    """Fit, print, and write if asked."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("levels", nargs="+", type=Path)
    parser.add_argument("--of", required=True)
    parser.add_argument("--write", action="store_true")
    args = parser.parse_args()
    files = [np.load(f) for f in args.levels]
    table = {}
    for horizon in sorted(files[0].files, key=float):
        values = fit(sum(f[horizon].sum(axis=0) for f in files))
        table[horizon] = [round(float(v), 4) for v in values]
        print(horizon, " ".join(f"{k:g}:{v:.3f}" for k, v in zip(KNOTS, values, strict=True)))
    if args.write:
        held = {"fitted_on": args.of, "said": KNOTS.tolist(), "was_at_s": table}
        TARGET.write_text(json.dumps(held, indent=1) + "\n")


if __name__ == "__main__":
    main()
