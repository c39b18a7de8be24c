"""What a forecast costs: futures and cells of so many drones, as the stage makes them, on one core.

    python bench/forecast_speed.py [--drones 100 1000] [--repeat 5]

Streams of twenty that enter one after another for 20 minutes (so that there are trails and newcomers); then the time of
what is done each 10 s (futures) and each 60 s (cells of resolution 6, 15 horizons), the least of the repeats.
"""

from __future__ import annotations

import argparse
import resource
import sys
import time
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parent))

from flightward.config import RaidsConfig
from flightward.model import Coverage, f64, i8, i64
from flightward.raids import Raids
from forecast_days import _everywhere, _setup, _tracks

IN_STREAM, GAP_S, UNTIL_S = 20, 60.0, 1_260


def pictures(drones: int) -> list[tuple[float, np.ndarray, list[np.ndarray]]]:
    """Seconds, numbers and states of all drones that are in the air, each 10 s."""
    rng = np.random.default_rng(1)
    stream = np.arange(drones) // IN_STREAM
    born_s = (np.arange(drones) % IN_STREAM) * GAP_S
    angle = rng.uniform(0.0, 2.0 * np.pi, stream.max() + 1)[stream]
    place = rng.uniform(-1.5e5, 1.5e5, (2, stream.max() + 1))[:, stream]
    out = []
    for t in range(0, UNTIL_S, 10):
        here = np.flatnonzero(born_s <= t)
        flown, one = 50.0 * (t - born_s[here]), np.ones(len(here))
        ve, vn = 50.0 * np.sin(angle[here]), 50.0 * np.cos(angle[here])
        e, n = place[0, here] + flown * np.sin(angle[here]), place[1, here] + flown * np.cos(angle[here])
        out.append((float(t), here, [e, n, 500.0 * one, ve, vn, 0.0 * one]))
    return out


def main() -> None:
    """Print one row for each number of drones."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--drones", type=int, nargs="+", default=[100, 1000])
    parser.add_argument("--repeat", type=int, default=5)
    args = parser.parse_args()
    setup = _setup(("speed", 50.0, 30.0, 250_000.0, 0.0, 3600.0))
    sees = Coverage(0.0, i8([]), f64([]), i64([]), grid=_everywhere(setup.radius_m))
    rng = np.random.default_rng(2)
    print("| drones | futures s | cells s | in the ensemble | memory MB |\n|---|---|---|---|---|")
    for drones in args.drones:
        raids = Raids(setup, RaidsConfig(issue_s=1e9), 1)
        for t, here, state in pictures(drones):
            tracks = _tracks(t, here, state, rng)
            picture = raids.step(t, tracks, sees)
        steps = []
        for cfg in (RaidsConfig(issue_s=1e9), RaidsConfig(issue_s=10.0)):
            raids._cfg = cfg
            best = np.inf
            for k in range(args.repeat + 1):
                begun = time.process_time()
                picture = raids.step(t + 10.0 * (k + 1), tracks, sees)
                best = min(best, time.process_time() - begun) if k else best
            steps.append(best)
        memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024.0
        size = picture.futures.n_drones if picture.futures is not None else 0
        print(f"| {drones} | {steps[0]:.3f} | {steps[1] - steps[0]:.3f} | {size} | {memory:.0f} |", flush=True)


if __name__ == "__main__":
    main()
