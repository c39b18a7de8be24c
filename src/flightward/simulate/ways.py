"""Edit one member's way: cut it, turn what is left of it, add laps, part from it and come back.

A way is (K, 3): east and north metres of a plane about the raid, and the height to be at on the way to the point.
Lengths along it are metres from its first point. Only the plan is edited here; flying it keeps every limit of speed,
turn and climb.
"""

from __future__ import annotations

import math

import numpy as np

from flightward.model.batch import F64

_CORNERS = 6
"""Points of a circle: neighbours are a radius apart."""


def length_m(way: F64) -> float:
    """Length along the way."""
    return float(np.hypot(*np.diff(way[:, :2], axis=0).T).sum())


def cut(way: F64, along_m: float) -> tuple[F64, F64, F64]:
    """The way up to `along_m`, the point (3,) there, and the points after it; ends are held."""
    marks = np.concatenate([[0.0], np.cumsum(np.hypot(*np.diff(way[:, :2], axis=0).T))])
    along_m = min(max(along_m, 0.0), float(marks[-1]))
    i = int(np.clip(np.searchsorted(marks, along_m, side="right"), 1, len(way) - 1))
    leg_m = marks[i] - marks[i - 1]
    share = (along_m - marks[i - 1]) / leg_m if leg_m > 0.0 else 0.0
    point = way[i - 1] + share * (way[i] - way[i - 1])
    point[2] = way[i, 2]
    return way[:i], point, way[i:]


def turned(way: F64, along_m: float, turn_rad: float) -> F64:
    """All that lies past `along_m` turned clockwise about the point there; nothing if the way ends before."""
    if along_m >= length_m(way):
        return way
    head, point, tail = cut(way, along_m)
    return _joined(head, point, _about(point, tail, turn_rad))


def parted(way: F64, along_m: float, turn_rad: float, back_frac: float) -> F64:
    """Off the way at `along_m`, and on it again after `back_frac` of what is left."""
    rest_m = length_m(way) - along_m
    if rest_m <= 0.0:
        return way
    head, point, _ = cut(way, along_m)
    back_m = max(along_m, 0.0) + back_frac * rest_m
    middle = cut(way, (max(along_m, 0.0) + back_m) / 2.0)[1]
    _, back, tail = cut(way, back_m)
    return _joined(head, point, np.concatenate([_about(point, middle[None], turn_rad), back[None], tail]))


def with_laps(way: F64, along_m: float, flown: F64) -> F64:
    """Laps (K, 2) flown from `along_m` on, at the height there; nothing if the way ends before or begins after."""
    if not 0.0 <= along_m < length_m(way):
        return way
    head, point, tail = cut(way, along_m)
    return _joined(head, point, np.concatenate([np.column_stack([flown, np.full(len(flown), point[2])]), tail]))


def laps(
    far_m: float, radius_m: float, straight_m: float, axis_rad: float, first_rad: float, side: int, capture_m: float
) -> F64:
    """(K, 2) points about the origin: circles, or racetracks along an axis, until `far_m` is flown.

    side       1: clockwise, -1: the other way.      first_rad   the bearing at which the first lap begins.
    capture_m  how near a point counts as reached: corners are cut, so a lap is flown sooner than it is long.
    """
    bearing = np.arange(_CORNERS) * 2.0 * math.pi / _CORNERS
    circle = radius_m * np.column_stack([np.sin(bearing), np.cos(bearing)])
    once = (_racetrack(radius_m, straight_m) if straight_m > 0.0 else circle) * np.array([side, 1.0])
    sin, cos = math.sin(axis_rad), math.cos(axis_rad)
    once = once @ np.array([[cos, -sin], [sin, cos]])
    away = np.abs((np.arctan2(once[:, 0], once[:, 1]) - first_rad + math.pi) % (2.0 * math.pi) - math.pi)
    count = max(round(far_m / float(np.mean(_flown_m(once, capture_m)))), 1)
    return np.asarray(once[(int(np.argmin(away)) + np.arange(count)) % len(once)])


def _flown_m(once: F64, capture_m: float) -> F64:
    """Metres flown for each leg of a lap when each corner counts as reached `capture_m` before it."""
    leg = np.roll(once, -1, axis=0) - once
    before = np.roll(leg, 1, axis=0)
    long_m, before_m = np.hypot(*leg.T), np.hypot(*before.T)
    bend_cos = np.sum(leg * before, axis=1) / (long_m * before_m)
    return np.asarray(np.sqrt(capture_m**2 + long_m**2 + 2.0 * capture_m * long_m * bend_cos) - capture_m)


def _racetrack(radius_m: float, straight_m: float) -> F64:
    """Six points of a racetrack along north, clockwise: two straights, and a point at the head of each turn."""
    r, a = radius_m, straight_m / 2.0
    return np.array([[r, -a], [0.0, -a - r], [-r, -a], [-r, a], [0.0, a + r], [r, a]])


def _about(point: F64, way: F64, turn_rad: float) -> F64:
    """Points turned clockwise about a point; heights stay."""
    sin, cos = math.sin(turn_rad), math.cos(turn_rad)
    out = way.copy()
    out[:, :2] = point[:2] + (way[:, :2] - point[:2]) @ np.array([[cos, -sin], [sin, cos]])
    return out


def _joined(head: F64, point: F64, tail: F64) -> F64:
    """One way again; no place is said twice in a row (a course needs two)."""
    way = np.concatenate([head, point[None], tail])
    return np.asarray(way[np.concatenate([[True], np.hypot(*np.diff(way[:, :2], axis=0).T) >= 1.0])])
