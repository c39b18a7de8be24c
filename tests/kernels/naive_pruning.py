"""Slow twins of the pruning kernels: exact fractions and a search for the least of a convex function."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

F64 = NDArray[np.float64]


def meets(
    one: list[float], two: list[float], radius: float, half: float, until: float
) -> tuple[Fraction, Fraction] | None:
    """How far inside the open cylinder (m2) a pair comes, and how long it is within the height; None if never.

    In exact arithmetic of what the floats say. While both are within the height, the horizontal distance is least
    where its square, a parabola, is.
    """
    s = [Fraction(a) - Fraction(b) for a, b in zip(one[:3], two[:3], strict=True)]
    v = [Fraction(a) - Fraction(b) for a, b in zip(one[3:], two[3:], strict=True)]
    r, h, low, high = Fraction(radius), Fraction(half), Fraction(0), Fraction(until)
    if v[2] == 0:
        if abs(s[2]) >= h:
            return None
    else:
        ends = sorted([(-h - s[2]) / v[2], (h - s[2]) / v[2]])
        low, high = max(low, ends[0]), min(high, ends[1])
    if low >= high:
        return None
    v2 = v[0] ** 2 + v[1] ** 2
    t = low if v2 == 0 else min(max(-(s[0] * v[0] + s[1] * v[1]) / v2, low), high)
    depth = r**2 - (s[0] + t * v[0]) ** 2 - (s[1] + t * v[1]) ** 2
    return (depth, high - low) if depth > 0 else None


def excess(state: F64, t: float, radius: float, half: float, growth_h: float, growth_v: float) -> float:
    """By how much a relative path is outside a growing cylinder at t (<= 0 inside); convex in t."""
    place = state[:3] + t * state[3:]
    return max(float(np.hypot(place[0], place[1])) - radius - growth_h * t, abs(place[2]) - half - growth_v * t)


def least(of: Callable[[float], float], low: float, high: float) -> tuple[float, float]:
    """Where a convex function is least, and how much it is there: by thirds."""
    for _ in range(120):
        third = (high - low) / 3.0
        if of(low + third) <= of(high - third):
            high -= third
        else:
            low += third
    at = min((low, high, 0.5 * (low + high)), key=of)
    return at, of(at)


def near_matrix(states: F64, radius: float, half: float, until: float) -> F64:
    """(N, N) least horizontal distance while within the height and the lookahead; inf if never within the height."""
    s = states[:, None, :] - states[None, :, :]
    with np.errstate(divide="ignore", invalid="ignore"):
        ends = np.stack([(-half - s[..., 2]) / s[..., 5], (half - s[..., 2]) / s[..., 5]])
        level = s[..., 5] == 0.0
        never = level & ~(np.abs(s[..., 2]) < half)
        low = np.where(level, 0.0, np.maximum(ends.min(axis=0), 0.0))
        high = np.where(level, until, np.minimum(ends.max(axis=0), until))
        v2 = s[..., 3] ** 2 + s[..., 4] ** 2
        t = np.where(v2 > 0.0, -(s[..., 0] * s[..., 3] + s[..., 1] * s[..., 4]) / v2, 0.0)
    t = np.minimum(np.maximum(t, low), high)
    away = np.hypot(s[..., 0] + t * s[..., 3], s[..., 1] + t * s[..., 4])
    return np.where(never | ~(low < high), np.inf, away)
