"""Time of p_caught per path: paths through the middle of all drones, and drones that are far away."""

from __future__ import annotations

import time

import numpy as np

from flightward.config import CaughtConfig
from flightward.encounters import PathBatch, p_caught, swept
from flightward.model import Futures, Path4D, ZoneBatch

KNOTS_S = np.array([0, 60, 120, 180, 240, 300, 360, 420, 480, 540, 600, 900, 1200, 1800, 2700, 3600], dtype=np.float64)
REPEATS = 20


def futures(away_m: float, draws: int = 64, drones: int = 100) -> Futures:
    """Ten raids of ten that fly south from 80-140 km north, 50 m/s, courses spread by 0.1 rad."""
    rng = np.random.default_rng(1)
    e, n = rng.uniform(-60e3, 60e3, drones), rng.uniform(80e3, 140e3, drones) + away_m
    course, speed = np.pi + rng.normal(0, 0.1, (draws, drones)), 50 + rng.normal(0, 3, (draws, drones))
    return Futures(
        0.0, KNOTS_S, np.arange(drones), np.arange(drones) // 10,
        e[:, None] + (speed * np.sin(course))[:, :, None] * KNOTS_S,
        n[:, None] + (speed * np.cos(course))[:, :, None] * KNOTS_S,
        800.0 + rng.normal(0, 200, (draws, drones, 1)) + 0.0 * KNOTS_S,
        np.ones((draws, drones), np.int8), np.full((draws, drones), np.inf),
    )


def main() -> None:
    """Print milliseconds per path."""
    rng = np.random.default_rng(2)
    t = np.linspace(0.0, 3000.0, 12)
    paths = PathBatch.of([
        Path4D(t, np.linspace(-50e3, 50e3, 12) + rng.normal(0, 2e3, 12),
               np.linspace(-40e3, 60e3, 12) + rng.normal(0, 2e3, 12), np.full(12, 700.0))
        for _ in range(10)
    ], 150.0, 1.5)  # fmt: skip
    for name, away_m in (("through the middle", 0.0), ("far away", 500e3)):
        drones = futures(away_m)
        boxes = swept(drones)
        p_caught(paths, drones, ZoneBatch.empty(), 0.0, CaughtConfig(), boxes)
        begin = time.process_time()
        for _ in range(REPEATS):
            p_caught(paths, drones, ZoneBatch.empty(), 0.0, CaughtConfig(), boxes)
        print(f"{name}: {(time.process_time() - begin) / REPEATS / len(paths) * 1e3:.3f} ms per path")


if __name__ == "__main__":
    main()
