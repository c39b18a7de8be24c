"""Well-clear by its meaning: is the pair in the volume at this instant, asked at many instants.

Nothing is solved for: intervals come from dense sampling and bisection on the predicate; memory is lists and dicts.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

Vec = Sequence[float]


def at(s: Vec, v: Vec, t: float) -> list[float]:
    return [s[j] + t * v[j] for j in range(3)]


def inside(shape: str, d: float, z: float, tau: float, tcoa: float, s: Vec, v: Vec) -> bool:
    """The definition, now."""
    return is_near_v(z, tcoa, s, v) and is_near_h(shape, d, tau, s, v)


def is_near_v(z: float, tcoa: float, s: Vec, v: Vec) -> bool:
    if abs(s[2]) <= z:
        return True
    return v[2] * s[2] < 0 and abs(s[2]) / abs(v[2]) <= tcoa


def is_near_h(shape: str, d: float, tau: float, s: Vec, v: Vec) -> bool:
    if math.hypot(s[0], s[1]) <= d:
        return True
    closing = s[0] * v[0] + s[1] * v[1] < 0
    if not closing or tau == 0:
        return False
    tcpa = closest_time(s, v)
    if math.hypot(*at(s, v, tcpa)[:2]) > d:
        return False
    if shape == "tcpa":
        return tcpa <= tau
    if shape == "tep":
        return entry_time(d, s, v, tcpa) <= tau
    rate = (s[0] * v[0] + s[1] * v[1]) / math.hypot(s[0], s[1])  # m/s at which the range shrinks
    return -(math.hypot(s[0], s[1]) - d * d / math.hypot(s[0], s[1])) / rate <= tau


def closest_time(s: Vec, v: Vec) -> float:
    """Where the horizontal distance stops shrinking, by bisection on its slope."""
    low, high = 0.0, 1.0
    while slope(s, v, high) < 0 and high < 1e9:
        high *= 2
    for _ in range(80):
        mid = (low + high) / 2
        low, high = (mid, high) if slope(s, v, mid) < 0 else (low, mid)
    return high


def slope(s: Vec, v: Vec, t: float) -> float:
    x, y, _ = at(s, v, t)
    return x * v[0] + y * v[1]


def entry_time(d: float, s: Vec, v: Vec, tcpa: float) -> float:
    low, high = 0.0, tcpa
    for _ in range(80):
        mid = (low + high) / 2
        low, high = (low, mid) if math.hypot(*at(s, v, mid)[:2]) <= d else (mid, high)
    return high


def interval(
    is_in: Callable[[float], bool], lookahead: float = 180.0, step: float = 0.25
) -> tuple[float, float] | None:
    """First and last time at which it is in, at least `step` apart or so; None if no sample is in."""
    n = int(lookahead / step)
    hits = [k for k in range(n + 1) if is_in(k * step)]
    if not hits:
        return None
    first, last = hits[0] * step, hits[-1] * step
    if hits[0] > 0:
        first = edge(is_in, first, first - step)
    if hits[-1] < n:
        last = edge(is_in, last, last + step)
    return first, last


def edge(is_in: Callable[[float], bool], yes: float, no: float) -> float:
    for _ in range(60):
        mid = (yes + no) / 2
        yes, no = (mid, no) if is_in(mid) else (yes, mid)
    return yes


class Memory:
    """M of N with hysteresis and persistence, in the words of the standard, for one pair."""

    def __init__(self, m: int, n: int, hysteresis: float, persistence: float) -> None:
        self.m, self.n, self.hysteresis, self.persistence = m, n, hysteresis, persistence
        self.clear()

    def clear(self) -> None:
        self.past: list[int] = []
        self.rose: float | None = None
        self.last: float | None = None
        self.told = -1

    def level(self, t: float, raw_of: Callable[[int], int]) -> int:
        """raw_of(k): the raw level if level k has its early alert time."""
        if self.last is not None and t == self.last:
            return self.told
        raw = raw_of(self.told if self.last is not None else -1)
        if self.last is None or t - self.last > self.hysteresis:
            self.past, self.rose, self.told = [-1] * (self.n - self.m) + [raw] * self.m, None, -1
        self.past = [*self.past, raw][-self.n :] if self.n else []
        agreed = sorted(self.past, reverse=True)[self.m - 1] if self.n else raw
        kept = self.told > 0 and agreed < self.told and self.rose is not None and t - self.rose < self.persistence
        if not kept:
            if agreed > 0 and agreed > self.told:
                self.rose = t
            self.told = max(0, agreed)
        self.last = t
        return self.told
