"""Time per pair of alert levels, of all that evaluate_pairs gives, and of mitigation, against a plain Python twin.

And the time of all four manoeuvre bands of one flight with 100 intruders, of which none, a tenth or half are bound to
pass near: the last kind needs recovery in every manoeuvre.

    nice python bench/encounters.py

Three mixes of 100,000 pairs each: *traffic*, intruders anywhere within 40 km and 1,500 m of own height (few conflict);
*busy*, a third of them bound to pass within 1.5 km and 300 m; *all*, every one bound so. The share that is in the
corrective volume within 180 s is printed beside the times. One core: the process pins itself.
"""

from __future__ import annotations

import math
import os
import time
from collections.abc import Callable

import numpy as np
import pyarrow as pa

from flightward.encounters import (
    STANDARDS,
    ErrorBatch,
    PairBatch,
    alert_levels,
    bands,
    evaluate_pairs,
    judge,
    miss_distances,
)
from flightward.encounters.standards import Standard
from flightward.model.batch import F64, columns

N, REPEATS, NAIVE_N = 100_000, 15, 2_000


def traffic(rng: np.random.Generator, n: int, bound_frac: float) -> PairBatch:
    """n pairs; a share of them is bound to pass within 1.5 km and 300 m in the next 180 s."""
    own = np.stack([
        rng.uniform(-3e3, 3e3, n), rng.uniform(-3e3, 3e3, n), rng.uniform(500, 4_000, n), rng.normal(0, 80, n),
        rng.normal(0, 80, n), rng.normal(0, 4, n),
    ])  # fmt: skip
    angle, far_m = rng.uniform(0, 2 * math.pi, n), 40e3 * np.sqrt(rng.uniform(0, 1, n))
    other = np.stack([
        own[0] + far_m * np.cos(angle), own[1] + far_m * np.sin(angle), own[2] + rng.uniform(-1.5e3, 1.5e3, n),
        rng.normal(0, 60, n), rng.normal(0, 60, n), rng.normal(0, 3, n),
    ])  # fmt: skip
    bound = np.flatnonzero(rng.uniform(0, 1, n) < bound_frac)
    t, angle, miss_m = (rng.uniform(0, top, len(bound)) for top in (180.0, 2 * math.pi, 1.5e3))
    miss = np.stack([miss_m * np.cos(angle), miss_m * np.sin(angle), rng.uniform(-300, 300, len(bound))])
    other[:3, bound] = own[:3, bound] + miss + t * (own[3:, bound] - other[3:, bound])
    return PairBatch(*own, *other)


def naive(row: F64, rules: Standard) -> tuple[int, float]:
    """Alert level and time to violation of one pair as one writes it first, in plain Python."""
    s, v = row[:3] - row[6:9], row[3:6] - row[9:]
    level, soon = 0, math.inf
    for k, one in enumerate(rules.alerter(1).levels):
        t = naive_entry(*(float(x) for x in (*s, *v)), one.volume.d_m, one.volume.z_m, one.volume.tau_s)
        if t == 0.0 or t < one.alert_s:
            level = k + 1
        if k + 1 == rules.corrective:
            soon = t
    return level, soon


def naive_entry(
    sx: float, sy: float, sz: float, vx: float, vy: float, vz: float, d: float, z: float, tau: float
) -> float:
    """First time within 180 s in a modified-tau volume; inf if never."""
    low, high = 0.0, 180.0
    if vz == 0.0:
        if abs(sz) > z:
            return math.inf
    else:
        first, last = sorted(((-z - sz) / vz, (z - sz) / vz))
        low, high = max(low, first), min(high, last)
    if low >= high:
        return math.inf
    x, y = sx + low * vx, sy + low * vy
    a, b, c = vx * vx + vy * vy, x * vx + y * vy, x * x + y * y - d * d
    if c <= 0.0:
        return low
    if b >= 0.0 or b * b < a * c:
        return math.inf
    half = b + tau * a / 2
    t = low + max(0.0, (-half - math.sqrt(half * half - a * (c + tau * b))) / a)
    return t if t < high else math.inf


def best(call: Callable[[], object], repeats: int = REPEATS) -> float:
    """The least seconds of several calls."""
    call()
    times = []
    for _ in range(repeats):
        begin = time.perf_counter()
        call()
        times.append(time.perf_counter() - begin)
    return min(times)


def errors(rng: np.random.Generator, n: int) -> ErrorBatch:
    """Deviations of a good radar or of a self-report."""
    return ErrorBatch(*(
        rng.uniform(-20 if "_sen" in f.name or "_ven" in f.name else 0, 3 if "mps" in f.name else 40, n)
        for f in columns(ErrorBatch)
    ))  # fmt: skip


def band_frame(rng: np.random.Generator, n: int, bound_frac: float) -> dict[str, object]:
    """One flight among n others, a share of them bound to pass near it."""
    own, rows = [0.0, 0.0, 2_000.0, 90.0, 20.0, 0.0], []
    for _ in range(n):
        v = [*rng.normal(0, 50, 2).tolist(), 0.0]
        place = [*rng.uniform(-20e3, 20e3, 2).tolist(), rng.uniform(300, 4_000)]
        if rng.uniform() < bound_frac:
            t = rng.uniform(20, 170)
            place = [t * (own[3 + k] - v[k]) + rng.normal(0, 1_500) for k in (0, 1)] + [2_000 + rng.normal(0, 150)]
        rows.append([int(rng.integers(1, 4)), *(float(x) for x in (*place, *v))])
    return {"config": "DO_365B_no_SUM", "own": own, "traffic": rows}


def time_bands() -> None:
    """Print milliseconds per frame."""
    for share in (0.0, 0.1, 0.5):
        frame = band_frame(np.random.default_rng(1), 100, share)
        spent = best(lambda frame=frame: bands(frame))  # type: ignore[misc]
        found = bands(frame)
        recovering = sum(bool(found[kind]["recovery"][0]) for kind in ("hdir_deg", "hs_mps", "vs_mps", "alt_m"))
        print(f"bands, 100 intruders, {share:.0%} bound to pass near: {spent * 1e3:.1f} ms, {recovering} with recovery")


def main() -> None:
    """Print nanoseconds per pair and milliseconds per frame of bands."""
    os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    rules = STANDARDS["DO_365B_no_SUM"]
    print(f"DO_365B_no_SUM, alerter 1 (3 levels), {N} pairs, best of {REPEATS}, ns per pair")
    for name, share in (("traffic", 0.0), ("busy", 1 / 3), ("all", 1.0)):
        rng = np.random.default_rng(5)
        pairs = traffic(rng, N, share)
        found = alert_levels(pairs, rules)
        in_frac = float(np.isfinite(found.t_in_s).mean())
        table = pa.table({f.name: getattr(pairs, f.name) for f in columns(PairBatch)})
        rows = np.stack([getattr(pairs, f.name) for f in columns(PairBatch)], axis=1)[:NAIVE_N]
        slow = best(lambda rows=rows: [naive(row, rules) for row in rows], 3) / NAIVE_N  # type: ignore[misc]
        assert all(naive(row, rules)[0] == level for row, level in zip(rows, found.level[:NAIVE_N], strict=True))
        quick = best(lambda pairs=pairs: alert_levels(pairs, rules)) / N  # type: ignore[misc]
        dev = errors(rng, N)
        others = {
            "judge": best(lambda pairs=pairs: judge(pairs, rules)),  # type: ignore[misc]
            "misses": best(lambda pairs=pairs: miss_distances(pairs)),  # type: ignore[misc]
            "with errors": best(lambda pairs=pairs, dev=dev: judge(pairs, "DO_365B_SUM", 1, dev), 3),  # type: ignore[misc]
            "table": best(lambda table=table: evaluate_pairs(table, rules)),  # type: ignore[misc]
            "table, level and time": best(
                lambda table=table: evaluate_pairs(table, rules, columns=["alert_level", "corr_t_in_s"])),  # type: ignore[misc]
        }  # fmt: skip
        print(f"{name:8s} conflicts {in_frac:5.1%}  level and time {quick * 1e9:6.1f}  naive twin {slow * 1e9:8.0f}"
              f"  ratio {slow / quick:6.0f}  " + "  ".join(f"{k} {v / N * 1e9:.1f}" for k, v in others.items()))
    time_bands()


if __name__ == "__main__":
    main()
