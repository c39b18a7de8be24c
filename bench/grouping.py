"""Time of grouping tracks into raids: 10,000 tracks a second, with new, lost and turning ones.

    python bench/grouping.py [--tracks 10000] [--seconds 120]

Tracks fly in raids of 100 over an area of 500 km; each second a few are lost and others found. Printed: CPU
milliseconds of one second's grouping (median, 95 %, most), then of grouping and describing 100 drones.
"""

from __future__ import annotations

import argparse
import time

import numpy as np

from flightward.config import RaidsConfig
from flightward.model import CoverageGrid
from flightward.raids.describe import describe_raids
from flightward.raids.group import Groups
from flightward.raids.intensity import RaidIntensity
from flightward.raids.members import Members
from flightward.raids.turns import Turns

RAID = 100
SKIP = 5
"""First seconds, in which kernels are loaded and all tracks are new."""


class Sky:
    """Raids of RAID drones: streams over 60 km, some of them in a turn, that go on for ever."""

    def __init__(self, n: int, seed: int) -> None:
        rng = np.random.default_rng(seed)
        count = max(n // RAID, 1)
        raid = np.arange(n) % count
        self._course = rng.uniform(0, 2 * np.pi, count)[raid]
        self._rate = np.where(rng.random(count) < 0.2, 0.002, 0.0)[raid]
        self._middle = rng.uniform(-250e3, 250e3, (2, count))[:, raid]
        self._lag_s = rng.uniform(0, 1200, n)
        self._aside = rng.normal(0, 2500, n)
        self._wobble = rng.normal(0, 1.0, (2, n))
        self._track = np.arange(n)
        self._next = n
        self._rng = rng

    def at(self, t: float) -> tuple[np.ndarray, ...]:
        """track, e, n, ve, vn at second t; one in 2,000 is another track than before."""
        other = self._rng.random(len(self._track)) < 1 / 2000
        self._track[other] = self._next + np.arange(other.sum())
        self._next += int(other.sum())
        s = t - self._lag_s
        course = self._course + self._rate * s
        turned = np.where(self._rate > 0, self._rate, 1.0)
        along = np.where(self._rate > 0, 50.0 / turned, 0.0)
        e = np.where(self._rate > 0, along * (np.cos(self._course) - np.cos(course)), 50.0 * s * np.sin(course))
        n = np.where(self._rate > 0, along * (np.sin(course) - np.sin(self._course)), 50.0 * s * np.cos(course))
        e, n = e + self._aside * np.cos(course), n - self._aside * np.sin(course)
        v = 50.0 * np.stack([np.sin(course), np.cos(course)]) + self._wobble
        order = np.argsort(self._track)
        return self._track[order], *(x[order] for x in (self._middle[0] + e, self._middle[1] + n, v[0], v[1]))


def grouping(n: int, seconds: int) -> tuple[np.ndarray, int]:
    """(seconds,) CPU milliseconds of each second, and how many raids there were at last."""
    sky, groups, took = Sky(n, 1), Groups(RaidsConfig()), []
    raids = 0
    for k in range(seconds + SKIP):
        now = sky.at(float(k))
        begin = time.process_time()
        found = groups.step(float(k), *now)
        took.append((time.process_time() - begin) * 1e3)
        raids = len(np.unique(found))
    return np.array(took[SKIP:]), raids


def describing(n: int, seconds: int) -> np.ndarray:
    """(seconds,) CPU milliseconds of grouping and describing n drones."""
    sky, cfg = Sky(n, 2), RaidsConfig()
    groups, turns, intensity, since, took = Groups(cfg), Turns(), RaidIntensity(cfg), {}, []
    side = np.arange(40.0) * 12_500.0 - 243_750.0
    p = np.full((1, 40, 40), 0.8)
    grid = CoverageGrid(0.0, 12_500.0, side, side, np.array([600.0]), p, p, np.zeros((40, 40)))
    for k in range(seconds + SKIP):
        track, e, north, ve, vn = sky.at(float(k))
        begin = time.process_time()
        raid = groups.step(float(k), track, e, north, ve, vn)
        o = np.lexsort((track, raid))
        m = Members(track[o], raid[o], np.ones(n), e[o], north[o], np.full(n, 500.0), ve[o], vn[o],
                    turns.step(float(k), track[o], ve[o], vn[o]), groups.wave[o])  # fmt: skip
        describe_raids(float(k), m, since, intensity, grid, 250e3)
        took.append((time.process_time() - begin) * 1e3)
    return np.array(took[SKIP:])


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tracks", type=int, default=10_000)
    parser.add_argument("--seconds", type=int, default=120)
    args = parser.parse_args()
    for n in sorted({100, 1_000, args.tracks}):
        took, raids = grouping(n, args.seconds)
        print(f"grouping {n:6d} tracks, {raids:4d} raids: {_figures(took)}", flush=True)
    print(f"grouping and describing 100 drones: {_figures(describing(100, args.seconds))}")


def _figures(took: np.ndarray) -> str:
    median, most_of, most = np.median(took), np.percentile(took, 95), took.max()
    return f"median {median:.2f} ms, 95 % {most_of:.2f} ms, most {most:.2f} ms"


if __name__ == "__main__":
    main()
