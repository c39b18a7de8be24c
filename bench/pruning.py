"""Speed of the search for pairs: conflicts of all with all, flights against drones, and a whole second of a watch.

    python bench/pruning.py conflicts [--peer PYTHON]    PYTHON: an interpreter that has bluesky-simulator
    python bench/pruning.py candidates
    python bench/pruning.py quick                        the quick chance against the exact sum
    python bench/pruning.py seconds

One core, CPU time, best of the repeats (seconds: of all steps). Every result is held against trying all pairs.
"""

from __future__ import annotations

import functools
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable

import numba
import numpy as np
from numpy.typing import NDArray

from flightward.config import Config
from flightward.encounters import Movers, NearPairs, NearWatch, Tracked, conflict_pairs, near_candidates, p_quick
from flightward.encounters.chance import p_within_cylinder
from flightward.encounters.uncertain import UncertainPairs
from flightward.kernels.candidates import within_disc, within_height
from flightward.kernels.conflicts import conflict
from flightward.threats.levels import Levels

F64 = NDArray[np.float64]
REPEATS = 15
SIZES = (300.0, 9_260.0, 304.8)
SCENES = ((1_000, 3_000e3), (5_000, 3_000e3), (10_000, 3_000e3), (10_000, 1_500e3), (10_000, 1_000e3))
MOVE = np.eye(6) + np.eye(6, k=3)
"""A second of straight flight."""
PEER = """
import importlib.util, json, pathlib, sys, time, types
import numpy as np
found = importlib.util.find_spec("bluesky")
folder = pathlib.Path(found.submodule_search_locations[0]) / "traffic" / "asas"
spec = importlib.util.spec_from_file_location("cstatebased", next(folder.glob("cstatebased*.so")))
module = importlib.util.module_from_spec(spec)
spec.loader.exec_module(module)
for name in sys.argv[1:]:
    s = np.load(name)
    n = len(s)
    earth = 6371000.0
    t = types.SimpleNamespace(
        lat=np.degrees(s[:, 1] / earth), lon=np.degrees(s[:, 0] / earth), trk=np.degrees(np.arctan2(s[:, 3], s[:, 4])),
        gs=np.hypot(s[:, 3], s[:, 4]), alt=s[:, 2].copy(), vs=s[:, 5].copy(), id=[str(i) for i in range(n)], ntraf=n)
    begin = time.process_time()
    out = module.detect(t, t, np.full(n, 9260.0), np.full(n, 304.8), np.full(n, 300.0))
    print(json.dumps([time.process_time() - begin, len(out[0]) / 2]))
"""


def best(call: Callable[[], object], repeats: int = REPEATS) -> float:
    """Least CPU seconds."""
    call()
    spent = []
    for _ in range(repeats):
        begin = time.process_time()
        call()
        spent.append(time.process_time() - begin)
    return min(spent)


def traffic(rng: np.random.Generator, n: int, side_m: float) -> F64:
    """Evenly over a square: three in five cruise at FL290-410 and 210-260 m/s, the others climb and descend."""
    cruise = rng.random(n) < 0.6
    u_m = np.where(cruise, (29_000 + 1_000 * rng.integers(0, 13, n)) * 0.3048, rng.uniform(1_000, 12_000, n))
    speed = np.where(cruise, rng.uniform(210, 260, n), rng.uniform(120, 220, n))
    course = rng.uniform(0, 2 * np.pi, n)
    vu = np.where(cruise, 0.0, rng.uniform(-12, 12, n))
    place = rng.uniform(-side_m / 2, side_m / 2, (2, n))
    return np.stack([*place, u_m, speed * np.sin(course), speed * np.cos(course), vu], axis=1)


@numba.njit(error_model="numpy")  # type: ignore[untyped-decorator]
def all_conflicts(s: F64, until: float, radius: float, half: float) -> list[tuple[int, int, float, float]]:
    """Every pair tried."""
    out = [(0, 0, 0.0, 0.0) for _ in range(0)]
    for i in range(len(s)):
        for j in range(i + 1, len(s)):
            a, b = conflict(
                s[i, 0] - s[j, 0], s[i, 1] - s[j, 1], s[i, 2] - s[j, 2], s[i, 3] - s[j, 3], s[i, 4] - s[j, 4],
                s[i, 5] - s[j, 5], radius, half, until,
            )  # fmt: skip
            if a < b:
                out.append((i, j, a, b))
    return out


@numba.njit(error_model="numpy")  # type: ignore[untyped-decorator]
def all_candidates(f: F64, h: F64, radius: float, half: float, until: float) -> list[tuple[int, int, float, float]]:
    """Every flight against every hazard."""
    out = [(0, 0, 0.0, 0.0) for _ in range(0)]
    for i in range(len(f)):
        for j in range(len(h)):
            in_h, out_h = within_disc(
                h[j, 0] - f[i, 0], h[j, 1] - f[i, 1], h[j, 3] - f[i, 3], h[j, 4] - f[i, 4],
                radius + (f[i, 6] + h[j, 6]), f[i, 8] + h[j, 8],
            )  # fmt: skip
            in_v, out_v = within_height(
                h[j, 2] - f[i, 2], h[j, 5] - f[i, 5], half + (f[i, 7] + h[j, 7]), f[i, 9] + h[j, 9]
            )
            a, b = max(in_h, in_v), min(min(out_h, out_v), until)
            if a <= b:
                out.append((i, j, a, b))
    return out


def conflicts(peer: str | None) -> None:
    """Print milliseconds of conflict_pairs, of trying all, and of the peer in the same run."""
    for n, side_m in SCENES:
        states = traffic(np.random.default_rng(1), n, side_m)
        out = conflict_pairs(states, *SIZES)
        found = list(zip(*(c.tolist() for c in (out.first, out.second, out.t_in_s, out.t_out_s)), strict=True))
        same = found == list(all_conflicts(states, *SIZES))
        spent = best(lambda s=states: conflict_pairs(s, *SIZES))  # type: ignore[misc]
        slow = best(lambda s=states: all_conflicts(s, *SIZES), 2)  # type: ignore[misc]
        line = f"{n} aircraft in {side_m / 1e3:.0f} km square: {len(out)} pairs, equal to trying all: {same}; "
        line += f"{1e3 * spent:.2f} ms; all tried {1e3 * slow:.1f} ms ({slow / spent:.0f} times)"
        if peer is not None:
            with tempfile.TemporaryDirectory() as folder:
                scene = os.path.join(folder, "scene.npy")
                np.save(scene, states)
                done = subprocess.run([peer, "-c", PEER, scene], capture_output=True, text=True, check=True)
            theirs, pairs = json.loads(done.stdout)
            line += f"; BlueSky compiled {1e3 * theirs:.0f} ms ({theirs / spent:.0f} times), {pairs:.0f} pairs"
        print(line)


def flying(rng: np.random.Generator, n: int, side_m: float, low_mps: float, high_mps: float) -> F64:
    """Evenly over a square, 300 to 3,000 m high."""
    speed, course = rng.uniform(low_mps, high_mps, n), rng.uniform(0, 2 * np.pi, n)
    place = rng.uniform(-side_m / 2, side_m / 2, (2, n))
    rates = speed * np.sin(course), speed * np.cos(course), rng.normal(0, 1, n)
    return np.stack([*place, rng.uniform(300, 3_000, n), *rates], axis=1)


def candidates() -> None:
    """Print milliseconds of near_candidates, 1,000 flights and 10,000 drones, and of trying all."""
    for side_m in (2_000e3, 800e3, 400e3):
        rng = np.random.default_rng(4)
        cov = np.broadcast_to(np.diag([60.0, 60, 40, 3, 3, 1]) ** 2, (10_000, 6, 6))
        flights = Movers.of(flying(rng, 1_000, side_m, 60, 200), cov[:1_000])
        hazards = Movers.of(flying(rng, 10_000, side_m, 30, 60), cov)
        for radius, half in ((2_000.0, 300.0), (10_000.0, 1_500.0)):
            out = near_candidates(flights, hazards, radius, half)
            found = list(zip(*(c.tolist() for c in (out.flight, out.hazard, out.t_in_s, out.t_out_s)), strict=True))
            f, h = flights.kernel(), hazards.kernel()
            same = found == list(all_candidates(f, h, radius, half, 180.0))
            spent = best(lambda f=flights, h=hazards, r=radius, z=half: near_candidates(f, h, r, z))  # type: ignore[misc]
            slow = best(lambda f=f, h=h, r=radius, z=half: all_candidates(f, h, r, z, 180.0), 3)  # type: ignore[misc]
            print(
                f"1,000 x 10,000 in {side_m / 1e3:.0f} km square, {radius / 1e3:.0f} km: {len(out)} pairs, "
                f"equal to trying all: {same}; {1e3 * spent:.1f} ms; all tried {1e3 * slow:.1f} ms"
            )


def quick() -> None:
    """Print error and microseconds of p_quick on encounters bound to pass near, a third of them slow."""
    rng, n = np.random.default_rng(3), 400
    sigma = np.array([60.0, 60, 40, 3, 3, 1]) * rng.uniform(0.2, 3.0, (n, 1))
    v = np.stack([*(rng.normal(0, 60, (2, n)) * rng.choice([1.0, 1.0, 0.05], n)), rng.normal(0, 2, n)], axis=1)
    for radius, half in ((2_000.0, 300.0), (152.4, 30.48)):
        place = np.stack([*rng.normal(0, 1.5 * radius, (2, n)), rng.normal(0, 1.3 * half, n)], axis=1)
        at = place - rng.uniform(-20, 200, (n, 1)) * v * np.array([1, 1, 0.3])
        mean = np.concatenate([at, v], axis=1)
        for name, tied in (("errors apart", 0.0), ("all errors tied", 0.5)):
            root = rng.normal(size=(n, 6, 6)) * tied + 2 * np.eye(6)
            cov = root @ np.swapaxes(root, 1, 2)
            scale = sigma / np.sqrt(np.einsum("nii->ni", cov))
            cov *= scale[:, :, None] * scale[:, None, :]
            pairs = UncertainPairs.of_relative(mean, cov)
            want = p_within_cylinder(pairs, radius, half, 180.0).p
            got = p_quick(mean, cov, radius, half, 180.0)
            off = got.p - want
            spent = best(lambda m=mean, c=cov, r=radius, h=half: p_quick(m, c, r, h, 180.0), 5)  # type: ignore[misc]
            exact = functools.partial(p_within_cylinder, pairs, radius, half, 180.0, tolerance=1e-2)
            slow = best(exact, 1)
            likely = want >= 0.01
            print(
                f"{radius:.0f} m, {name}: {int(likely.sum())} of {n} above 0.01: rms error {off[likely].std():.4f}, "
                f"mean {off[likely].mean():+.4f}, largest {np.abs(off).max():.3f}, rms of error / p_err "
                f"{np.sqrt(np.mean((off / got.p_err) ** 2)):.2f}; {1e6 * spent / n:.1f} us a pair, exact sum to 1e-2 "
                f"{1e6 * slow / n:.0f} us"
            )


class Tracker:
    """Plain filters of straight flight, one per object and axis, whose scans come in turn."""

    def __init__(self, rng: np.random.Generator, truth: F64, scan_s: int, sigma_m: float, accel_mps2: float) -> None:
        self._rng, self._truth, self._scan_s, self._sigma_m, self._accel = rng, truth, scan_s, sigma_m, accel_mps2
        n = len(truth)
        self._phase = np.arange(n) % scan_s
        self._at = truth.reshape(n, 2, 3) + rng.normal(size=(n, 2, 3)) * np.array([[sigma_m], [5.0]])
        self._p = np.tile(np.diag([sigma_m**2, 25.0]), (n, 1, 1))
        self._first = int(rng.integers(0, 1_000)) * 100_000

    def step(self, t_s: int) -> Tracked:
        """A second of true flight with small accelerations, prediction, and the looks of this second."""
        n, move = len(self._truth), np.array([[1.0, 1.0], [0.0, 1.0]])
        shake = self._rng.normal(size=(n, 3)) * self._accel * np.array([1.0, 1.0, 0.2])
        self._truth[:, :3] += self._truth[:, 3:] + 0.5 * shake
        self._truth[:, 3:] += shake
        noise = self._accel**2 * np.array([[0.25, 0.5], [0.5, 1.0]])
        self._at = np.einsum("ij,njk->nik", move, self._at)
        self._p = move @ self._p @ move.T + noise
        seen = np.flatnonzero(self._phase == t_s % self._scan_s)
        gain = self._p[seen, :, 0] / (self._p[seen, 0, 0] + self._sigma_m**2)[:, None]
        look = self._truth[seen, :3] + self._rng.normal(size=(len(seen), 3)) * self._sigma_m
        self._at[seen] += gain[:, :, None] * (look - self._at[seen, 0])[:, None, :]
        self._p[seen] -= gain[:, :, None] * self._p[seen, 0][:, None, :]
        cov = np.zeros((n, 6, 6))
        for k in range(3):
            cov[:, k :: 3, k :: 3][:, :2, :2] = self._p
        return Tracked(self._first + np.arange(n), self._at.reshape(n, 6).copy(), cov)


def worst(pairs: NearPairs, n: int) -> tuple[F64, F64]:
    """Each flight's largest chance (N, 1) and the time to it; pairs stand by flight."""
    p, t = np.zeros((n, 1)), np.full((n, 1), np.inf)
    order = np.lexsort((pairs.p, pairs.flight))
    last = order[np.flatnonzero(np.diff(pairs.flight[order], append=-1))]
    p[pairs.flight[last], 0], t[pairs.flight[last], 0] = pairs.p[last], pairs.t_to_s[last]
    return p, t


def seconds() -> None:
    """Print milliseconds of each second of 1,000 flights and 10,000 drones: search, chances, levels."""
    for side_m in (800e3, 400e3):
        rng = np.random.default_rng(6)
        flights = Tracker(rng, flying(rng, 1_000, side_m, 60, 200), 1, 20.0, 0.3)
        drones = Tracker(rng, flying(rng, 10_000, side_m, 30, 60), 4, 60.0, 0.3)
        for t in range(40):
            flights.step(t), drones.step(t)
        watch, levels = NearWatch(), Levels(1_000, 1, Config().threats)
        watch.step(-1e9, *(Tracked(np.arange(3), np.zeros((3, 6)), np.tile(np.eye(6), (3, 1, 1))) for _ in range(2)))
        spent, asked, kept = [], [], []
        for t in range(40, 61):
            a, b = flights.step(t), drones.step(t)
            begin = time.process_time()
            out = watch.step(float(t), a, b)
            levels.step(float(t), *worst(out, 1_000))
            spent.append(time.process_time() - begin)
            asked.append(out.n_asked)
            kept.append(len(out))
        still = [Tracked(x.object_id, x.state @ MOVE.T, MOVE @ x.cov @ MOVE.T) for x in (a, b)]
        begin = time.process_time()
        unchanged = watch.step(61.0, *still)
        nothing = 1e3 * (time.process_time() - begin)
        again = p_within_cylinder(
            UncertainPairs.of(a.state[out.flight], a.cov[out.flight], b.state[out.hazard], b.cov[out.hazard]),
            watch.limits.radius_m, watch.limits.half_height_m, watch.limits.lookahead_s,
        )  # fmt: skip
        less = again.p - out.p - np.where(out.status == 5, out.p_err, 0.0)
        short = int(np.sum(less > 0.05))
        ms = 1e3 * np.array(spent)
        print(
            f"{side_m / 1e3:.0f} km square: {np.mean(kept):.0f} pairs, {int(np.sum(out.p >= 1e-3))} above 1e-3; "
            f"first second {ms[0]:.0f} ms ({asked[0]} asked), then median {np.median(ms[1:]):.0f}, "
            f"worst {ms[1:].max():.0f} ms ({np.mean(asked[1:]):.0f} asked), one without news {nothing:.0f} ms "
            f"({unchanged.n_asked} asked); kept answers against fresh ones: "
            f"largest shortfall {less.max():.3f}, {short} of {len(out)} above 0.05"
        )


def main() -> None:
    """Run the part that is named, or all."""
    os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})
    what = sys.argv[1:2] or ["conflicts", "candidates", "quick", "seconds"]
    peer = sys.argv[sys.argv.index("--peer") + 1] if "--peer" in sys.argv else None
    for part in what:
        if part == "conflicts":
            conflicts(peer)
        else:
            {"candidates": candidates, "quick": quick, "seconds": seconds}[part]()


if __name__ == "__main__":
    main()
