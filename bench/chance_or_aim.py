"""Chance or aim: how often each test says "raised" on clustered raids in which nothing was, a doubling, a tripling was.

    python bench/chance_or_aim.py [--raids 400] [--worlds standard] [--draws 99] [--jobs 2] [--seed 2025] [--quick]

--worlds all tries every kind of raid of docs/design/chance-or-aim.md; --quick leaves out the Hawkes check, which takes
two thirds of the time. Each raid has its own seed and its flight window at a time drawn before the raid is.
"""

from __future__ import annotations

import argparse
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context

import numpy as np

from flightward.review.chance import Window, chance_or_aim
from flightward.review.chance.clustered import HOUR_S, World, draw
from flightward.review.chance.pool import together

WORLDS = {
    "standard": World(),
    "regional": World(wave_share_n=20.0),
    "very regional": World(wave_share_n=6.0),
    "big groups": World(group_n=6.0),
    "reached late": World(lag_s=tuple(800.0 * k for k in range(10))),
    "in transit": World(transit_p=0.5),
    "sparse": World(n_drones=250.0),
    "few waves": World(n_waves=8.0),
    "sixteen hours": World(span_s=16.0 * HOUR_S, n_drones=260.0, n_waves=6.0),
    "three regions": World(share=(0.3, 0.4, 0.3)),
    "long stays": World(stay_s=5400.0),
}
FACTORS = (1.0, 2.0, 3.0)
WINDOW_S = 2.0 * HOUR_S
TESTS = ("headline", "hawkes", "launches", "placebo")
ALPHA = 0.05


def one(world: World, seed: int, raid: int, factor: float, n_draws: int) -> dict[str, float]:
    """One raid: the p of each test (NaN: could not be made), and what the result said of itself."""
    start = np.random.default_rng([seed, raid]).uniform(0.1 * world.span_s, 0.9 * world.span_s - WINDOW_S)
    window = Window(start, start + WINDOW_S, "schedule")
    table = draw(world, 1_000_000 * seed + raid, window_s=(window.from_s, window.to_s), factor=factor)
    r = chance_or_aim(table, "R0", window, alpha=ALPHA, n_draws=n_draws, seed=raid)
    made = {"hawkes": r.hawkes, "launches": r.launches, "placebo": r.placebo}
    out = {"headline": r.p, **{k: np.nan if c is None else c.p for k, c in made.items()}}
    out |= {f"bf_{k}": v for k, v in r.bayes.items()}
    out |= {"power_2": r.power_2, "power_3": r.power_3, "covers": float(r.low <= factor <= r.high)}
    out["expected"] = r.expected
    out["poisson"] = _poisson(r.n_region, r.expected_by_time)
    return out


def _poisson(n: int, expected: float) -> float:
    """What a plain Poisson test would have said: only to show here why it is nowhere else."""
    from scipy import stats

    return float(stats.poisson.sf(n, expected) + 0.5 * stats.poisson.pmf(n, expected))


def measure(world: World, seed: int, raids: int, factor: float, n_draws: int, jobs: int) -> dict[str, np.ndarray]:
    """All raids of one kind and factor, as columns."""
    with ProcessPoolExecutor(jobs, mp_context=get_context("spawn")) as pool:
        each = [pool.submit(one, world, seed, k, factor, n_draws) for k in range(raids)]
        rows = [f.result() for f in each]
    names = dict.fromkeys(k for row in rows for k in row)
    return {k: np.array([row.get(k, np.nan) for row in rows]) for k in names}


def show(name: str, factor: float, got: dict[str, np.ndarray]) -> None:
    """One line: share of all raids that each test rejects; a test that could not be made does not reject."""
    rates = "  ".join(f"{k} {100 * np.mean(got[k] <= ALPHA):.1f} %" for k in (*TESTS, "poisson"))
    tested = np.mean(np.isfinite(got["headline"]))
    said = f"said beforehand: x2 {np.nanmean(got['power_2']):.2f} x3 {np.nanmean(got['power_3']):.2f}"
    factors = np.array([got[k] for k in got if k.startswith("bf_")])
    strong = "/".join(f"{100 * np.nanmean(f > 10):.1f}" for f in factors)
    ten = f"ten together {100 * _ten_together(got['headline'], got['expected']):.0f} %"
    print(f"{name:14s} x{factor:.0f}  {rates}  tested {tested:.3f}  covers {np.mean(got['covers']):.3f}  {said}  "
          f"BF>10 {strong} %  {ten}", flush=True)  # fmt: skip


def _ten_together(p: np.ndarray, expected: np.ndarray) -> float:
    """Share of tens of raids, one after the other, whose joint p is at most ALPHA."""
    known = np.flatnonzero(np.isfinite(p))
    tens = [known[k : k + 10] for k in range(0, len(known) - 9, 10)]
    return float(np.mean([together(p[t], expected[t]) <= ALPHA for t in tens])) if tens else float("nan")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--raids", type=int, default=400)
    parser.add_argument("--worlds", default="standard", help="names by commas, or all")
    parser.add_argument("--draws", type=int, default=99)
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--seed", type=int, default=2025)
    parser.add_argument("--factors", default="1,2,3")
    parser.add_argument("--quick", action="store_true")
    args = parser.parse_args()
    names = list(WORLDS) if args.worlds == "all" else args.worlds.split(",")
    for name in names:
        for factor in map(float, args.factors.split(",")):
            n_draws = 0 if args.quick else args.draws
            show(name, factor, measure(WORLDS[name], args.seed, args.raids, factor, n_draws, args.jobs))


if __name__ == "__main__":
    main()
