"""Do raids fly towards the places that a case names? Courses and ends of true drones against the sites.

    python bench/bound_for.py CASE [CASE ...] [--turns 400]

Pointing: of all hostile drones, each 5 min, the share whose course points at a site up to 150 km ahead within 3 deg.
Ending: of those whose way ends before the day does, the share that ends within 5 km of a site. Both against the same
sites turned about the area's centre by random angles: what chance gives. 95 % of the turns lie in the brackets.
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

import numpy as np

from flightward.feeds.case import read_case
from flightward.score.day import read_day

EVERY_S = 300
AHEAD_M, ASIDE_RAD = 150e3, np.radians(3.0)
END_M = 5_000.0


def of_case(folder: Path) -> tuple[Any, Any, Any, Any]:
    """Places (K, 2) and courses (K,) of drones each EVERY_S, ends of ways (E, 2), sites (S, 2); plane metres."""
    day, setup = read_day(folder), read_case(folder).setup
    tr, cols = day.truth, day.truth.drones()
    e, n = tr.e_m[:, cols], tr.n_m[:, cols]
    place, course, ends = [], [], []
    for row in range(60, len(tr.t_s) - 60, EVERY_S):
        de, dn = e[row + 30] - e[row - 30], n[row + 30] - n[row - 30]
        here = np.flatnonzero(np.isfinite(de + dn))
        place.append(np.column_stack([e[row, here], n[row, here]]))
        course.append(np.arctan2(de[here], dn[here]))
    for k in range(len(cols)):
        known = np.flatnonzero(np.isfinite(e[:, k]))
        if len(known) and known[-1] < len(tr.t_s) - 1:
            ends.append((e[known[-1], k], n[known[-1], k]))
    sites = np.column_stack([setup.sites.e_m, setup.sites.n_m])
    return np.concatenate(place), np.concatenate(course), np.array(ends).reshape(-1, 2), sites


def hits(place: Any, course: Any, ends: Any, sites: Any) -> tuple[int, int]:
    """How many courses point at a site, and how many ways end at one."""
    off = sites[None] - place[:, None]
    angle = np.angle(np.exp(1j * (np.arctan2(off[..., 0], off[..., 1]) - course[:, None])))
    pointing = (np.abs(angle) <= ASIDE_RAD) & (np.hypot(off[..., 0], off[..., 1]) <= AHEAD_M)
    apart = np.hypot(ends[:, None, 0] - sites[:, 0], ends[:, None, 1] - sites[:, 1])
    return int(pointing.any(axis=1).sum()), int((apart <= END_M).any(axis=1).sum())


def main() -> None:
    """Print both shares and what chance gives."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("cases", nargs="+", type=Path)
    parser.add_argument("--turns", type=int, default=400)
    args = parser.parse_args()
    rng = np.random.default_rng(20261130)
    found, chance, of = np.zeros(2), np.zeros((args.turns, 2)), np.zeros(2)
    for folder in args.cases:
        place, course, ends, sites = of_case(folder)
        if not len(sites) or not len(place):
            continue
        of += len(place), len(ends)
        found += hits(place, course, ends, sites)
        for k, a in enumerate(rng.uniform(0.0, 2.0 * np.pi, args.turns)):
            turned = sites @ np.array([[np.cos(a), -np.sin(a)], [np.sin(a), np.cos(a)]])
            chance[k] += hits(place, course, ends, turned)
    for name, n, x, c in zip(("pointing", "ending"), of, found, chance.T, strict=True):
        low, high = np.percentile(c, [2.5, 97.5]) / max(n, 1)
        print(f"{name}: {x / max(n, 1):.3f} of {int(n)}; by chance {c.mean() / max(n, 1):.3f} [{low:.3f}, {high:.3f}]")


if __name__ == "__main__":
    main()
