"""Manoeuvres flown in small steps of time, and the definition of the volume asked along the way.

No closed form of a path, no interval: only rates that are added up, and samples.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

from naive_wellclear import inside

Vec = Sequence[float]
DT = 0.002
SAMPLE = 0.05


def flown(kind: str, own: Vec, sign: float, rate: float, seconds: float, radius_speed: float = 0.0) -> list[float]:
    """State after manoeuvring for a while: turn (rad/s), speed or climb (m/s^2)."""
    x, y, z, vx, vy, vz = own
    n = max(1, round(seconds / DT))
    dt = seconds / n
    speed = math.hypot(vx, vy)
    for _ in range(n):
        mx, my, mz = vx, vy, vz
        if kind == "heading":
            turn = sign * rate * speed / radius_speed * dt
            vx, vy = vx * math.cos(turn) + vy * math.sin(turn), vy * math.cos(turn) - vx * math.sin(turn)
        elif kind == "speed":
            faster = math.hypot(vx, vy) + sign * rate * dt
            vx, vy = own[3] / speed * faster, own[4] / speed * faster
        else:
            vz += sign * rate * dt
        x, y, z = x + (mx + vx) / 2 * dt, y + (my + vy) / 2 * dt, z + (mz + vz) / 2 * dt
    return [x, y, z, vx, vy, vz]


def meets(volume: tuple, own: Vec, other: Vec, t: float, begin: float, end: float) -> bool:
    """Straight on from own's state at t: in the volume at some sample of [begin, end]."""
    n = math.ceil((end - begin) / SAMPLE)
    v = [own[3 + j] - other[3 + j] for j in range(3)]
    for i in range(n + 1):
        at = begin + (end - begin) * i / max(n, 1)
        s = [own[j] + (at - t) * own[3 + j] - other[j] - at * other[3 + j] for j in range(3)]
        if inside(*volume, s, v):
            return True
    return False


def greens(
    volume: tuple, n: int, step_s: float, state_at: Callable[[int], list[float]], other: Vec, horizon: float
) -> list[int]:
    """One side of a sweep: 1 where straight on is clear and no leg before was in violation."""
    out = []
    for k in range(n + 1):
        t, own = k * step_s, state_at(k)
        if t < 180 and meets(volume, own, other, t, t, t + step_s):
            break
        out.append(0 if meets(volume, own, other, t, t, min(180.0, horizon + t)) else 1)
    return out + [0] * (n + 1 - len(out))


def climb(own: Vec, target: float, accel: float, rate: float) -> list[tuple[float, float, float]]:
    """(t, z, vz) each DT while flying to a height: towards it at most at `rate`, ending at rest there."""
    z, vz, t = own[2], own[5], 0.0
    stop = z + vz * abs(vz) / (2 * accel)
    sign = 1.0 if target >= stop else -1.0
    top = max(rate, sign * vz)
    out = [(t, z, vz)]
    while True:
        left = sign * (target - z)
        if sign * vz > 0 and left <= vz * vz / (2 * accel):
            change = -sign * accel
        else:
            change = sign * accel if sign * vz < top else 0.0
        new = vz + change * DT
        new = sign * top if sign * new > top else new
        done = change == -sign * accel and sign * new <= 0
        z, vz, t = z + (vz + new) / 2 * DT, new, t + DT
        if done:
            out.append((t, target, 0.0))
            return out
        out.append((t, z, vz))


def height_clear(
    volume: tuple, own: Vec, other: Vec, target: float, accel: float, rate: float, horizon: float
) -> bool:
    """Going to a height and staying there is clear: whole seconds while the rate changes, the line between, the end."""
    path = climb(own, target, accel, rate)
    top = max(abs(vz) for _, _, vz in path[1:])
    steady = [t for t, _, vz in path if abs(abs(vz) - top) < 1e-9]
    t1, t2, t3 = steady[0], steady[-1], path[-1][0]

    def at(t: float) -> list[float]:
        _, z, vz = path[min(round(t / DT), len(path) - 1)]
        return [own[0] + t * own[3], own[1] + t * own[4], z, own[3], own[4], vz]

    def is_in(t: float) -> bool:
        now = at(t)
        v = [now[3 + j] - other[3 + j] for j in range(3)]
        return inside(*volume, [now[j] - other[j] - t * other[3 + j] for j in range(3)], v)

    whole = [*range(math.floor(t1) + 1), *range(math.ceil(t2), math.floor(t3 + 1) + 1)]
    if any(is_in(t) for t in whole if t <= 180):
        return False
    if t1 < t2 and meets(volume, at(t1), other, t1, t1, min(180.0, t2, horizon + t1)):
        return False
    end = t3 + 1
    return end >= 180 or not meets(volume, at(end), other, end, end, min(180.0, horizon + end))
