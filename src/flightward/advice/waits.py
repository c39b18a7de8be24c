"""Where and when routes wait in the air, and whether the waits of several flights would meet beyond a capacity."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

import numpy as np

from flightward.advice.routes import Points

WAIT_S = 60.0
"""A shorter stay in one place is no hold."""


class Wait(NamedTuple):
    """A hold: its place, from when to when (POSIX s), between which heights, and how far its laps reach."""

    e_m: float
    n_m: float
    from_s: float
    to_s: float
    low_m: float
    high_m: float
    reach_m: float


class Room(NamedTuple):
    """How many flights may wait at once within `apart_m` of each other and less than `above_m` above each other."""

    flights: int
    apart_m: float
    above_m: float


def waits(route: Points) -> list[Wait]:
    """All times of WAIT_S and more between two passages of exactly the same place, the longest from each begin."""
    out: list[Wait] = []
    k = 0
    while k < len(route) - 1:
        same = np.flatnonzero((route[k + 1 :, 1:3] == route[k, 1:3]).all(axis=1))
        last = k + 1 + int(same[-1]) if len(same) else k
        if route[last, 0] - route[k, 0] < WAIT_S:
            k += 1
            continue
        part = route[k : last + 1]
        reach = float(np.hypot(part[:, 1] - part[0, 1], part[:, 2] - part[0, 2]).max())
        out.append(Wait(
            float(part[0, 1]), float(part[0, 2]), float(part[0, 0]), float(part[-1, 0]), float(part[:, 3].min()),
            float(part[:, 3].max()), reach,
        ))  # fmt: skip
        k = last
    return out


def meet(a: Wait, b: Wait, room: Room) -> bool:
    """Two waits are at one time and too near each other."""
    apart = float(np.hypot(a.e_m - b.e_m, a.n_m - b.n_m)) - a.reach_m - b.reach_m
    above = max(a.low_m, b.low_m) - min(a.high_m, b.high_m)
    return a.from_s < b.to_s and b.from_s < a.to_s and apart < room.apart_m and above < room.above_m


def is_full(route: Points, others: Sequence[Iterable[Points]], room: Room) -> bool:
    """A wait of this route meets waits of `room.flights` other flights or more; `others`: the routes of each."""
    mine = waits(route)
    if not mine:
        return False
    theirs = [[w for r in routes for w in waits(r)] for routes in others]
    return any(sum(any(meet(w, v, room) for v in held) for held in theirs) >= room.flights for w in mine)
