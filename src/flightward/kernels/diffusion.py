"""A place that wanders (Brownian motion with drift) until it first comes within a distance of the origin.

Between two steps the path is a Brownian bridge: how near it came is drawn from the law of the bridge's smallest
distance, so that what happens between steps is not missed. In one dimension,

    P(min <= m | a, b) = exp(-2 (a - m)(b - m) / v),     v = s^2 dt,

whatever the drift. In three the distance from the origin without drift is a Bessel process whose bridge is the same
one, kept above 0: P(min > m) = (1 - exp(-2 (a - m)(b - m) / v)) / (1 - exp(-2 a b / v)). Both are exact for any step.
In two dimensions Girsanov's factor of the same bridge is exp(int s^2 dt / (8 r^2)), so that steps with v <= 8 e r^2
near the border leave a relative error below e.

Levels are scores: about minus the log of the chance to come within in the time that is left, so that one who is near
but late counts no more than one who is far but early. The score is looked at between steps; coming within is not.

Source: P. Glasserman, Monte Carlo Methods in Financial Engineering (2004), 6.4 (the bridge); D. Revuz, M. Yor,
Continuous Martingales and Brownian Motion (1999), ch. XI (Bessel processes and their laws against each other).
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from flightward.kernels._jit import inner, kernel
from flightward.kernels.counter_random import key64
from flightward.kernels.normal_draws import next_state, pair_of, uniform_of

F64 = NDArray[np.float64]

CAREFUL = 0.1
"""Where the step is not free, its variance is this times the square of the distance left ..."""
FLAT = 0.02
"""... and at least this times the square of the radius: Girsanov's factor is then within 1 +- 0.0025 in a step."""
FINE = 0.5
"""A step changes the score by about this (more where the path has fallen behind by more than 1), so that
levels are not leapt over ..."""
COARSE = 0.03
"""... but takes at least this part of the time left, and all of it at the end (LAST of the whole)."""
LAST = 1e-4
HIT = -1.0
"""Score of what has come within."""


class Wander(NamedTuple):
    """What wanders: drift (D,) m/s, spread in m per root second, radius that it may come within, until when."""

    drift_mps: F64
    spread: float
    radius_m: float
    until_s: float


@kernel
def length(x: F64) -> float:
    """Distance from the origin; in one dimension the number itself."""
    if x.shape[0] == 1:
        return float(x[0])
    total = 0.0
    for j in range(x.shape[0]):
        total += x[j] * x[j]
    return math.sqrt(total)


@kernel
def mean_nearest(x: F64, left_s: float, w: Wander) -> float:
    """How near the drift alone would bring it in the time left; 0 within the radius."""
    along, square = 0.0, 0.0
    for j in range(x.shape[0]):
        along += x[j] * w.drift_mps[j]
        square += w.drift_mps[j] * w.drift_mps[j]
    if (along >= 0.0 and x.shape[0] > 1) or square == 0.0:
        return max(length(x) - w.radius_m, 0.0)
    if x.shape[0] == 1:
        return float(max(min(x[0], x[0] + w.drift_mps[0] * left_s) - w.radius_m, 0.0))
    t = min(left_s, -along / square)
    total = 0.0
    for j in range(x.shape[0]):
        total += (x[j] + t * w.drift_mps[j]) ** 2
    return max(math.sqrt(total) - w.radius_m, 0.0)


@kernel
def score_of(x: F64, left_s: float, w: Wander) -> float:
    """About minus the log of the chance to come within yet: what levels are made of. It need not be right."""
    left = max(left_s, 1e-12 * w.until_s)
    h = mean_nearest(x, left, w) / (w.spread * math.sqrt(left))
    # -log(2 Phi(-h)), by a form that is near enough for all h >= 0
    score = 0.5 * h * h + math.log1p(0.8 * h)
    if x.shape[0] > 1:
        score += 0.5 * (x.shape[0] - 1) * math.log(max(length(x) / w.radius_m, 1.0))
    return score


@inner
def step_s(x: F64, left_s: float, above: float, w: Wander) -> float:
    """How long the next step is; `above`: how far the score is above where the path began."""
    if left_s <= LAST * w.until_s:
        return left_s
    d, away = x.shape[0], length(x) - w.radius_m
    steep = mean_nearest(x, left_s, w) / (w.spread * w.spread * left_s) + 0.5 * (d - 1) / max(length(x), w.radius_m)
    if d == 1:
        steep = max(steep, 1.0 / (w.spread * math.sqrt(left_s)))
    dt = max((FINE * max(1.0, above) / steep / w.spread) ** 2, COARSE * left_s)
    drift = 0.0
    for j in range(d):
        drift += w.drift_mps[j] * w.drift_mps[j]
    if d == 2 or (d > 1 and drift > 0.0):
        dt = min(dt, max(CAREFUL * away * away, FLAT * w.radius_m * w.radius_m) / (w.spread * w.spread))
    if d > 1 and drift > 0.0:  # it must not be carried around the body in one step
        dt = min(dt, max(0.25 * away, 0.05 * w.radius_m) / math.sqrt(drift))
    return float(min(dt, left_s))


@kernel
def nearest(a: float, b: float, variance: float, d: int, even: float) -> float:
    """Smallest distance of the bridge from a to b, drawn by one even number."""
    if d > 1:
        even = 1.0 - (1.0 - even) * -math.expm1(-2.0 * a * b / variance)
    q = -0.5 * variance * math.log(even)
    return 0.5 * (a + b - math.sqrt((a - b) * (a - b) + 4.0 * q))


@kernel
def wander_to(
    place: F64, t_s: F64, score: F64, lowest: F64, level: float, begin: float, w: Wander, seed: int, first: int,
    what: int,
) -> int:
    """Let N places wander until the score of each is at most `level` or the time is over; how many came so far.

    place (N, D), t_s (N,), score (N,) finite, lowest (N,) least score so far (HIT once within): all change in place.
    One that is there already stays.     level  HIT: until they have come within.     begin  the level before, or the
    first score.
    Key of place i: (seed, first + i, what).
    """
    d, there = place.shape[1], 0
    z = np.empty(4)
    for i in range(place.shape[0]):
        state = key64(seed, first + i, what)
        while score[i] > level and t_s[i] < w.until_s:
            a = length(place[i])
            left = w.until_s - t_s[i]
            dt = step_s(place[i], left, score[i] - begin, w)
            root = w.spread * math.sqrt(dt)
            for j in range(0, d, 2):
                one = next_state(state)
                state = next_state(one)
                z[j], z[j + 1] = pair_of(uniform_of(one), uniform_of(state))
            state = next_state(state)
            for j in range(d):
                place[i, j] += w.drift_mps[j] * dt + root * z[j]
            b = length(place[i])
            t_s[i] = w.until_s if dt == left else t_s[i] + dt
            if min(a, b, nearest(a, b, root * root, d, uniform_of(state))) <= w.radius_m:
                score[i] = HIT
            else:
                score[i] = score_of(place[i], w.until_s - t_s[i], w)
            lowest[i] = min(lowest[i], score[i])
        if score[i] <= level:
            there += 1
    return there
