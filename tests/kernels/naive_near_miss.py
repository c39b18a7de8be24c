"""Slow twins of near_miss.py and of the moves of nested.py: every second and a fine grid between, sorted distances."""

from __future__ import annotations

import numpy as np


def places(a, drone, z):
    """{second: (3,)} of one draw, by matrix products over dictionaries of rows."""
    rows = range(int(a.start[drone]), int(a.start[drone + 1]))
    return {int(a.second[k]): a.at_m[k] + a.moved_m[k] @ z for k in rows}


def meeting(a, drone, z, radius_m, half_m, pieces=400):
    """Gap of one draw from a cylinder: seconds that follow each other are joined by straight lines of many points."""
    where = places(a, drone, z)
    share = np.linspace(0.0, 1.0, pieces + 1)[:, None]
    best = np.inf
    for second, here in where.items():
        line = here[None]
        if second + 1 in where:
            line = here + share * (where[second + 1] - here)
        level = np.sqrt(line[:, 0] ** 2 + line[:, 1] ** 2) / radius_m
        best = min(best, np.maximum(level, np.abs(line[:, 2]) / half_m).min())
    return best - 1.0


def is_caught(a, z, there, in_zone, g):
    """Whether one draw catches the flight at any second: the three causes, each as the design states it."""
    n = len(a.start) - 1
    width = a.moved_m.shape[2]
    where = [places(a, d, z[d * width : (d + 1) * width]) if there[d] else {} for d in range(n)]
    for second in range(len(in_zone)):
        now = [w[second] for w in where if second in w]
        level = [float(np.hypot(p[0], p[1])) for p in now]
        up = [abs(float(p[2])) for p in now]
        near = sum(h <= g.raid_radius_m and v <= g.raid_height_m for h, v in zip(level, up, strict=True))
        lone = any(h <= g.lone_radius_m and v <= g.lone_height_m for h, v in zip(level, up, strict=True))
        zone = in_zone[second] and any(h <= g.zone_radius_m for h in level)
        if near >= g.caught_n or lone or zone:
            return True
    return False
