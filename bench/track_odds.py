"""How often tracks that rules call hostile with some chance are hostile drones: p_exists * p_hostile against the truth.

    python bench/track_odds.py --days 5000:5020 --cache DIR

A track is right when a hostile drone of the truth is within 1.5 km of it, or three of its own sigmas. The forecast
takes the odds to the power SURER (raids/expect.py), which is what this shows to be called for.
"""

from __future__ import annotations

import argparse
import itertools
import sys
from pathlib import Path

import numpy as np
from scipy.spatial import cKDTree

sys.path.insert(0, str(Path(__file__).resolve().parent))

import forecast_days
from forecast_skill import seeds_of

EDGES = np.array([0.0, 0.1, 0.2, 0.3, 0.5, 0.7, 0.8, 0.9, 0.95, 1.0001])
STEPS = 12


def main() -> None:
    """Print said against was."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--days", required=True)
    parser.add_argument("--cache", type=Path, required=True)
    args = parser.parse_args()
    said, right = [np.zeros(0)], [np.zeros(0)]
    for sky in forecast_days.skies(seeds_of(args.days), [], feeds=True, cache=args.cache):
        tr, cols = sky.day.truth, sky.day.truth.drones()
        for tracks, _ in sky.pictures[60::STEPS]:
            row = int(tracks.t_s - tr.t_s[0])
            e, n = tr.e_m[row, cols], tr.n_m[row, cols]
            there = np.isfinite(e)
            d_m = np.full(len(tracks), np.inf)
            if there.any():
                tree = cKDTree(np.column_stack([e[there], n[there]]))
                d_m, _ = tree.query(np.column_stack([tracks.e_m, tracks.n_m]))
            sigma_m = np.sqrt(tracks.cov[:, 0, 0] + tracks.cov[:, 1, 1])
            said.append(tracks.p_exists * tracks.p_hostile)
            right.append(d_m <= np.maximum(1_500.0, 3.0 * sigma_m))
    p, ok = np.concatenate(said), np.concatenate(right)
    print("| said | was | tracks |\n|---|---|---|")
    for low, high in itertools.pairwise(EDGES):
        mine = (p >= low) & (p < high)
        if mine.any():
            print(f"| {p[mine].mean():.3f} | {ok[mine].mean():.3f} | {int(mine.sum())} |")


if __name__ == "__main__":
    main()
