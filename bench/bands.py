"""Time of all four manoeuvre bands of one flight with 100 intruders: the worst of a seeded set, for every standard.

    nice python bench/bands.py [--frames 200] [--seed 6] [--standard DO_365B_no_SUM ...]

A frame's intruders are, by turns: none bound to pass near own aircraft, a tenth, a third, half, all; or a crowd that
flies along with it, within 6 km. Own aircraft flies anywhere from 20 to 250 m/s, level or not. CPU time of the process,
each frame once (the first call of all is left out: it loads the kernels); one core: the process pins itself. Memory:
the most that Python and NumPy held beyond what they held before, in the slowest frame.
"""

from __future__ import annotations

import argparse
import math
import os
import time
import tracemalloc

import numpy as np

from flightward.encounters import STANDARDS, bands

KINDS = ("hdir_deg", "hs_mps", "vs_mps", "alt_m")
CROWD = math.inf
SHARES = (0.0, 0.1, 1.0 / 3.0, 0.5, 1.0, CROWD)
N = 100


def frame_of(rng: np.random.Generator, name: str, bound_frac: float, n: int = N) -> dict[str, object]:
    """One flight among n others within 20 km, a share of them bound to pass near it within the next 3 min."""
    speed, course = rng.uniform(20.0, 250.0), rng.uniform(0.0, 2.0 * math.pi)
    climb = 0.0 if rng.uniform() < 0.5 else rng.normal(0.0, 4.0)
    own = [0.0, 0.0, rng.uniform(300.0, 6_000.0), speed * math.sin(course), speed * math.cos(course), climb]
    rows = []
    for _ in range(n):
        v = [*rng.normal(0.0, 50.0, 2).tolist(), 0.0 if rng.uniform() < 0.5 else rng.normal(0.0, 2.0)]
        place = [*rng.uniform(-20e3, 20e3, 2).tolist(), rng.uniform(300.0, 6_000.0)]
        if bound_frac == CROWD:
            v = [own[3 + k] + rng.normal(0.0, 15.0) for k in (0, 1)] + [own[5] + rng.normal(0.0, 1.0)]
            place = [own[k] + rng.uniform(-6e3, 6e3) for k in (0, 1)] + [own[2] + rng.normal(0.0, 200.0)]
        elif rng.uniform() < bound_frac:
            t = rng.uniform(5.0, 170.0)
            miss = [*rng.normal(0.0, 1_500.0, 2).tolist(), rng.normal(0.0, 150.0)]
            place = [own[k] + t * (own[3 + k] - v[k]) + miss[k] for k in range(3)]
        rows.append([int(rng.integers(1, 4)), *(float(x) for x in (*place, *v))])
    alerters = len(STANDARDS[name].alerters)
    rows = [[1 + (row[0] - 1) % alerters, *row[1:]] for row in rows]
    return {"config": name, "own": own, "traffic": rows}


def frames(name: str, count: int, seed: int) -> list[dict[str, object]]:
    """The set of one standard."""
    rng = np.random.default_rng(seed)
    return [frame_of(rng, name, SHARES[k % len(SHARES)]) for k in range(count)]


def timed(name: str, count: int, seed: int) -> str:
    """One line of the answer."""
    given = frames(name, count, seed)
    bands(given[-1])
    spent, recovering = [], 0
    for one in given:
        begin = time.process_time()
        found = bands(one)
        spent.append((time.process_time() - begin) * 1e3)
        recovering += sum(bool(found[kind]["recovery"][0]) for kind in KINDS)
    worst = int(np.argmax(spent))
    share = SHARES[worst % len(SHARES)]
    kind = "crowd" if share == CROWD else f"{share:.0%} bound"
    tracemalloc.start()
    bands(given[worst])
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return (f"{name:28s} min {min(spent):6.2f}  median {np.median(spent):6.2f}  max {max(spent):6.2f} ms"
            f" (frame {worst}, {kind})  with recovery {recovering / count:.2f} of 4"
            f"  peak {peak / 1e6:.1f} MB")  # fmt: skip


def main() -> None:
    """Print a line per standard."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--frames", type=int, default=200)
    parser.add_argument("--seed", type=int, default=6)
    parser.add_argument("--standard", nargs="*", default=list(STANDARDS))
    args = parser.parse_args()
    os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    print(f"all four bands, {N} intruders, {args.frames} frames a standard, seed {args.seed}, CPU ms a frame")
    for name in args.standard:
        print(timed(name, args.frames, args.seed))


if __name__ == "__main__":
    main()
