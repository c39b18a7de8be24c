"""How well bearings alone keep drones in streams: completeness, false tracks and honesty, scene by scene.

    python bench/bearings.py [--seeds 20 21 ...] [--seconds 600] [--from-s 300] [--cutoff-m 1000]

Scenes of tests/tracks/acoustic.py: 12 acoustic sensors, 30 drones in streams, geometry drawn from the seed; each flown
straight and with bends. Seeds 2 to 13 were used to choose the numbers of the tracker; 20 and up were held back. Printed
as a table in Markdown, and the sums over all scenes of each kind.
"""

from __future__ import annotations

import argparse
import dataclasses
import sys
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "tests" / "tracks"))

from acoustic import Draw, Figures, follow, scene, varied

COLUMNS = (
    "scene", "apart, range km", "sigma, pD", "streams, gap km", "complete, of the heard; of all", "false",
    "inside 50, 90, 95 %", "error m",
)  # fmt: skip
HEAD = "| " + " | ".join(COLUMNS) + " |\n" + "|---" * len(COLUMNS) + "|"


def shares(inside: list[float]) -> str:
    """Shares of squared distances inside the ellipses of 50, 90 and 95 %."""
    d2 = np.array(inside)
    return ", ".join(f"{np.mean(d2 < -2.0 * np.log(1.0 - p)):.{n}f}" for p, n in ((0.5, 2), (0.9, 2), (0.95, 3)))


def row(name: str, d: Draw | None, f: Figures) -> str:
    """One line of the table."""
    what = "| | | " if d is None else (
        f"| {d.spacing_m / 1e3:.1f}, {d.reach_m / 1e3:.1f} | {d.sigma_deg:.1f}, {d.p_detect:.2f} "
        f"| {d.n_streams}, {d.gap_m / 1e3:.1f} "
    )  # fmt: skip
    return (
        f"| {name} {what}| {f.found_heard / max(f.n_heard, 1):.2f}; {f.found_all / max(f.n_all, 1):.2f} "
        f"| {f.n_false / max(f.n_tracks, 1):.2f} | {shares(f.inside) if f.inside else 'none'} "
        f"| {np.median(f.error_m) if f.error_m else np.nan:.0f} |"
    )


def add(to: Figures, f: Figures) -> None:
    """Sum the counts and lists of one scene into another."""
    for name in ("n_all", "n_heard", "found_all", "found_heard", "n_tracks", "n_false", "inside", "error_m"):
        setattr(to, name, getattr(to, name) + getattr(f, name))


def main() -> None:
    """Run the scenes and print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", type=int, nargs="+", default=list(range(20, 28)))
    parser.add_argument("--seconds", type=int, default=600)
    parser.add_argument("--from-s", type=int, default=300)
    parser.add_argument("--cutoff-m", type=float, default=1000.0)
    args = parser.parse_args()
    print(HEAD)
    total = {"straight": Figures(), "bent": Figures()}
    for seed in args.seeds:
        for kind, whole in total.items():
            d = dataclasses.replace(varied(seed, args.seconds), bends=kind == "bent")
            f = follow(scene(seed, d), from_s=args.from_s, cutoff_m=args.cutoff_m)
            add(whole, f)
            print(row(f"{seed} {d.layout}, {kind}", d, f), flush=True)
    for kind, whole in total.items():
        print(row(f"all {kind}", None, whole))


if __name__ == "__main__":
    main()
