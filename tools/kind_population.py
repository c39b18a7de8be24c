"""Flying things of every kind, drawn over wide habits, as a tracker would know them: to fit and judge the classes.

The habits are flat ranges, not the bell shapes that the classifier assumes, on ground up to 600 m high; two in five
have no cross-section, one in four a label (right eight times in ten, the same however often repeated).
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from flightward.kernels import trackstate
from flightward.kernels.classify import KindOptions, classify
from flightward.model import Kind

LABEL_KEPT = 0.6
F64 = NDArray[np.float64]
Range = tuple[float, float]


class Habit(NamedTuple):
    """A share of a kind: ranges of speed, height above ground and cross-section, and the spread of its climb."""

    kind: Kind
    share: float
    speed_mps: Range
    height_m: Range
    climb_mps: float
    rcs_m2: Range


HABITS = (
    Habit(Kind.DRONE, 0.60, (25.0, 70.0), (50.0, 3_000.0), 1.0, (0.01, 0.5)),
    Habit(Kind.DRONE, 0.20, (80.0, 200.0), (100.0, 4_000.0), 2.0, (0.05, 1.0)),
    Habit(Kind.DRONE, 0.20, (3.0, 25.0), (20.0, 600.0), 1.5, (0.003, 0.1)),
    Habit(Kind.AIRCRAFT, 0.45, (200.0, 260.0), (8_500.0, 12_500.0), 1.5, (5.0, 100.0)),
    Habit(Kind.AIRCRAFT, 0.25, (90.0, 220.0), (800.0, 8_500.0), 6.0, (2.0, 60.0)),
    Habit(Kind.AIRCRAFT, 0.25, (25.0, 90.0), (100.0, 3_000.0), 2.5, (0.5, 8.0)),
    Habit(Kind.AIRCRAFT, 0.05, (0.0, 25.0), (0.0, 300.0), 0.5, (0.5, 60.0)),
    Habit(Kind.HELICOPTER, 0.85, (35.0, 80.0), (50.0, 1_500.0), 2.5, (1.0, 20.0)),
    Habit(Kind.HELICOPTER, 0.15, (0.0, 35.0), (10.0, 600.0), 2.0, (1.0, 20.0)),
    Habit(Kind.BIRD, 0.90, (7.0, 22.0), (30.0, 1_000.0), 0.7, (0.0005, 0.05)),
    Habit(Kind.BIRD, 0.10, (8.0, 24.0), (500.0, 3_000.0), 0.7, (0.0005, 0.05)),
    Habit(Kind.UNKNOWN, 1.00, (0.0, 120.0), (0.0, 15_000.0), 4.0, (0.001, 100.0)),
)
PRIOR = {Kind.DRONE: 0.40, Kind.AIRCRAFT: 0.20, Kind.HELICOPTER: 0.10, Kind.BIRD: 0.25, Kind.UNKNOWN: 0.05}


class Population(NamedTuple):
    """N things as a tracker knows them: the true kind, and the columns that the classifier reads."""

    kind: NDArray[np.int64]
    xm: F64  # (N, 6)
    var: F64  # (N, 6)
    rcs: F64  # (N, 3)
    label: F64  # (N, 5)


def population(rng: np.random.Generator, n: int) -> Population:
    """N things drawn by the prior."""
    share = np.array([h.share * PRIOR[h.kind] for h in HABITS])
    which = rng.choice(len(HABITS), n, p=share / share.sum())
    kind = np.array([h.kind for h in HABITS], np.int64)[which]

    def flat(name: str) -> F64:
        low, high = np.array([getattr(h, name) for h in HABITS]).T
        return rng.uniform(low[which], high[which])

    speed, height = flat("speed_mps"), flat("height_m") + rng.uniform(0.0, 600.0, n)
    climb = rng.normal(size=n) * np.array([h.climb_mps for h in HABITS])[which]
    low, high = np.log(np.array([h.rcs_m2 for h in HABITS])).T
    ln_rcs = rng.uniform(low[which], high[which])
    course = rng.uniform(0.0, 2.0 * np.pi, n)
    true = np.column_stack([0 * speed, 0 * speed, height, speed * np.sin(course), speed * np.cos(course), climb])
    s_v, s_h, s_c = (np.exp(rng.uniform(*np.log(r), n)) for r in ((0.7, 10.0), (10.0, 300.0), (0.3, 3.0)))
    sigma = np.column_stack([s_h, s_h, s_h, s_v, s_v, s_c])
    count = np.where(rng.random(n) < 0.4, 0.0, np.floor(np.exp(rng.uniform(0.0, np.log(200.0), n))))
    mean = ln_rcs + rng.normal(0.0, 0.5, n) + rng.normal(size=n) * 1.15 / np.sqrt(np.maximum(count, 1.0))
    said = np.where(rng.random(n) < 0.8, kind, rng.integers(0, 4, n))
    times = np.where(rng.random(n) < 0.25, rng.integers(1, 11, n), 0)
    label = np.full((n, 5), np.log(0.2 / 4.0))
    label[np.arange(n), said] = np.log(0.8)
    label *= ((1.0 - LABEL_KEPT**times) / (1.0 - LABEL_KEPT))[:, None]
    rcs = np.column_stack([count, mean * count, mean**2 * count])
    return Population(kind, true + rng.normal(size=(n, 6)) * sigma, sigma**2, rcs, label)


def classes(o: Population, options: KindOptions) -> F64:
    """(N, 5) what the classifier makes of them."""
    n = len(o.kind)
    s = trackstate.make(n, 1)
    s.state[:] = trackstate.CONFIRMED
    s.xm[:], s.rcs[:], s.label[:] = o.xm, o.rcs, o.label
    s.pm[:, np.arange(6), np.arange(6)] = o.var
    classify(s, options, np.ones((5, 2)), np.ones((2, 2)))
    return s.p_class


def log_loss(p: F64, kind: NDArray[np.int64]) -> float:
    """Mean negative ln of what was given to the truth."""
    return float(-np.log(np.maximum(p[np.arange(len(kind)), kind], 1e-12)).mean())
