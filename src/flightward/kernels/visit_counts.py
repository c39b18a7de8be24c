"""The chance of at least one visit of a turning pair, from drawn paths whose visits are counted.

For likely encounters with many returns. The expected number of visits is known without draws (the flux of entries), so
the count serves as a control: where a path comes at most once the two agree and the error of drawing vanishes.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from flightward.kernels._jit import inner
from flightward.kernels.relative_path import TURNING
from flightward.kernels.turn import arc

F64 = NDArray[np.float64]

_STEP = 0.02
"""Radii: visits shorter than this are grazes of less than 1e-4 of the radius and may be missed."""
_MOST_STEPS = 20_000


@inner
def visits(y: F64, turn: F64, until_s: float, radius_m: float, half_m: float, is_round: bool) -> int:
    """How often the path y is within the body in [0, until_s]: stretches, not moments."""
    from_s, to_s, climb = 0.0, until_s, abs(y[3])
    if not is_round and math.isfinite(half_m):
        if climb > 1e-9:
            one, two = (-half_m - y[2]) / y[3], (half_m - y[2]) / y[3]
            from_s, to_s = max(0.0, min(one, two)), min(until_s, max(one, two))
        elif abs(y[2]) > half_m:
            return 0
    speed = math.hypot(y[4], y[5]) + math.hypot(y[6], y[7])
    if is_round:
        speed = math.hypot(speed, climb)
    least = _STEP * radius_m / max(speed, 1e-6)
    t, count, was_in = from_s, 0, False
    for _ in range(_MOST_STEPS):
        if t > to_s:
            break
        _, _, along, across, _, _ = arc(turn[0], t)
        e, n = y[0] - along * y[4] - across * y[5], y[1] - along * y[5] + across * y[4]
        _, _, along, across, _, _ = arc(turn[1], t)
        e, n = e + along * y[6] + across * y[7], n + along * y[7] - across * y[6]
        away2 = e * e + n * n
        if is_round:
            away2 += (y[2] + t * y[3]) ** 2
        gap = math.sqrt(away2) - radius_m
        if gap <= 0.0 and not was_in:
            count += 1
        was_in = gap <= 0.0
        t += max(abs(gap) / max(speed, 1e-6), least)
    return count


@inner
def counted_chance(
    mean: F64, lower: F64, turn: F64, until_s: float, radius_m: float, half_m: float, is_round: bool, expected: float,
    draws: F64,
) -> tuple[float, float]:
    """The chance of a visit and its standard error. expected: visits expected; draws (R, K, 9): normal numbers."""
    rows, size = draws.shape[0], draws.shape[1]
    any_of, number_of = np.zeros(rows), np.zeros(rows)
    y, squares, tied = np.empty(TURNING), 0.0, 0.0
    for r in range(rows):
        for j in range(size):
            for a in range(TURNING):
                y[a] = mean[a]
                for b in range(a + 1):
                    y[a] += lower[a, b] * draws[r, j, b]
            count = visits(y, turn, until_s, radius_m, half_m, is_round)
            number_of[r] += count
            squares += count * count
            if count > 0:
                any_of[r] += 1.0
                tied += count
    total = float(rows * size)
    mean_any, mean_number = any_of.sum() / total, number_of.sum() / total
    var = squares / total - mean_number * mean_number
    slope = (tied / total - mean_any * mean_number) / var if var > 0.0 else 0.0
    chance = mean_any - slope * (mean_number - expected)
    spread = 0.0
    for r in range(rows):
        spread += ((any_of[r] - slope * number_of[r]) / size - (mean_any - slope * mean_number)) ** 2
    error = math.sqrt(spread / (rows * (rows - 1.0))) if rows > 1 else 1.0
    return min(max(chance, 0.0), 1.0), max(error, 0.1 / total)
