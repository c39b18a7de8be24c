"""How far N draws of drones' paths are from catching, or meeting, one flight.

Drone i has rows start[i] .. start[i + 1], one per second at which it may matter: where it is seen from the flight,
and how the draw's normal numbers move it (metres per number). So a draw's relative place in row k is
at[k] + moved[k] z.

Gaps are distances over limits, less 1: at 0 or below the draw is within. Both look at few seconds first, and at the
rest only where what nobody can outfly (`fast_mps`) leaves room for a smaller answer.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from flightward.kernels._jit import inner, kernel

F64 = NDArray[np.float64]
I64 = NDArray[np.int64]

SPARSE = 8
"""Seconds between those that are looked at first."""


class Approaches(NamedTuple):
    """D drones, K rows, L numbers a drone."""

    start: I64  # (D + 1,)
    second: I64  # (K,) since the first second of the flight's rows
    at_m: F64  # (K, 3) east, north, up of the drone, less the flight's
    moved_m: F64  # (K, 3, L)
    sway_m: F64  # (K,) no draw moves the place further than this times the length of its numbers
    fast_mps: F64  # (D, 2) more than the relative speed ever is, level and upright


class Guard(NamedTuple):
    """What "caught" means."""

    caught_n: int
    raid_radius_m: float
    raid_height_m: float
    lone_radius_m: float
    lone_height_m: float
    zone_radius_m: float


@inner
def where(a: Approaches, k: int, z: F64, first: int) -> tuple[float, float, float]:
    """Relative place in row k when the drone's numbers stand in z from `first` on."""
    e, n, u = a.at_m[k, 0], a.at_m[k, 1], a.at_m[k, 2]
    if a.sway_m[k] == 0.0:
        return e, n, u
    for j in range(a.moved_m.shape[2]):
        x = z[first + j]
        e += a.moved_m[k, 0, j] * x
        n += a.moved_m[k, 1, j] * x
        u += a.moved_m[k, 2, j] * x
    return e, n, u


@inner
def between(p0: tuple[float, float, float], p1: tuple[float, float, float], radius_m: float, half_m: float) -> float:
    """Least max(level distance / radius, height / half) on the straight way between two places.

    Both are convex along the way, so is their greater one: thirds close in on its least.
    """
    e, n, u = p1[0] - p0[0], p1[1] - p0[1], p1[2] - p0[2]
    low, high = 0.0, 1.0
    best = math.inf
    for _ in range(40):
        s = low + (high - low) * 0.381966011250105
        t = low + (high - low) * 0.618033988749895
        a = max(math.hypot(p0[0] + s * e, p0[1] + s * n) / radius_m, abs(p0[2] + s * u) / half_m)
        b = max(math.hypot(p0[0] + t * e, p0[1] + t * n) / radius_m, abs(p0[2] + t * u) / half_m)
        best = min(best, a, b)
        if a < b:
            high = t
        else:
            low = s
    return best


@kernel
def meeting(a: Approaches, drone: int, z: F64, radius_m: float, half_m: float, gap_out: F64) -> None:
    """Gap of N draws of one drone from a cylinder about the flight, between seconds too: gap_out (N,).

    z (N, L). Where the drone has a row alone (the flight or the drone was not there the second after) its own place
    counts.
    """
    lo, hi = a.start[drone], a.start[drone + 1]
    for i in range(z.shape[0]):
        best = math.inf
        for turn in range(2):
            for k in range(lo, hi, SPARSE):
                end = min(k + SPARSE, hi)
                mid = (k + end - 1) // 2
                e, n, u = where(a, mid, z[i], 0)
                if turn == 0:
                    best = min(best, max(math.hypot(e, n) / radius_m, abs(u) / half_m))
                    continue
                span = float(max(a.second[min(end, hi - 1)] - a.second[mid], a.second[mid] - a.second[k]))
                level = (math.hypot(e, n) - a.fast_mps[drone, 0] * span) / radius_m
                if max(level, (abs(u) - a.fast_mps[drone, 1] * span) / half_m) >= best:
                    continue
                here = where(a, k, z[i], 0)
                best = min(best, max(math.hypot(here[0], here[1]) / radius_m, abs(here[2]) / half_m))
                for m in range(k + 1, min(end + 1, hi)):
                    then = where(a, m, z[i], 0)
                    best = min(best, max(math.hypot(then[0], then[1]) / radius_m, abs(then[2]) / half_m))
                    if a.second[m] == a.second[m - 1] + 1:
                        # no point between the two is nearer than half of the way from the nearer one
                        far = math.hypot(then[0] - here[0], then[1] - here[1])
                        level = 0.5 * (math.hypot(here[0], here[1]) + math.hypot(then[0], then[1]) - far) / radius_m
                        height = 0.5 * (abs(here[2]) + abs(then[2]) - abs(then[2] - here[2])) / half_m
                        if max(level, height) < best:
                            best = min(best, between(here, then, radius_m, half_m))
                    here = then
        gap_out[i] = best - 1.0


@inner
def worst_second(
    a: Approaches, z: F64, size: F64, there: NDArray[np.bool_], second: int, cursor: I64, in_zone: bool, g: Guard,
    best: float,
) -> float:
    """Least of the causes' gaps + 1 at one second, exact where it is below `best`.

    size (D,) length of each drone's numbers; cursor (D,) rows, moved on to the second.
    """
    widest = g.zone_radius_m if in_zone else max(g.raid_radius_m, g.lone_radius_m)
    near = np.empty(g.caught_n)
    near[:] = math.inf
    lone = zone = math.inf
    for d in range(a.start.shape[0] - 1):
        if not there[d]:
            continue
        k, hi = cursor[d], a.start[d + 1]
        while k < hi and a.second[k] < second:
            k += 1
        cursor[d] = k
        if k == hi or a.second[k] != second:
            continue
        if math.hypot(a.at_m[k, 0], a.at_m[k, 1]) - a.sway_m[k] * size[d] >= best * widest:
            continue
        e, n, u = where(a, k, z, d * a.moved_m.shape[2])
        h, v = math.hypot(e, n), abs(u)
        x = max(h / g.raid_radius_m, v / g.raid_height_m)
        for c in range(g.caught_n):
            if x < near[c]:
                near[c], x = x, near[c]
        lone = min(lone, max(h / g.lone_radius_m, v / g.lone_height_m))
        if in_zone:
            zone = min(zone, h / g.zone_radius_m)
    return float(min(near[g.caught_n - 1], lone, zone))


@kernel
def caught(
    a: Approaches, z: F64, there: NDArray[np.bool_], in_zone: NDArray[np.bool_], g: Guard, gap_out: F64,
) -> None:
    """Gap of N draws from the flight being caught at a whole second: gap_out (N,).

    z (N, D L); there (N, D) which drones fly; in_zone (T,) whether the flight is in an active defended zone.
    """
    n_d, n_t = a.start.shape[0] - 1, in_zone.shape[0]
    cursor, size, width = np.empty(n_d, np.int64), np.empty(n_d), a.moved_m.shape[2]
    fastest = 0.0
    steepest = 0.0
    for d in range(n_d):
        if a.start[d + 1] - a.start[d] < SPARSE:
            fastest = math.inf
        fastest = max(fastest, a.fast_mps[d, 0])
        steepest = max(steepest, a.fast_mps[d, 1])
    room = 1.0 + SPARSE * max(
        fastest / min(g.raid_radius_m, g.lone_radius_m, g.zone_radius_m),
        steepest / min(g.raid_height_m, g.lone_height_m),
    )
    n_b = (n_t + SPARSE - 1) // SPARSE
    first, changes = np.empty(n_b + 1), np.zeros(n_b, np.bool_)
    for s in range(1, n_t):
        if in_zone[s] != in_zone[s - 1]:  # the zone may open and close between those seconds
            changes[s // SPARSE] = changes[(s - 1) // SPARSE] = True
    for i in range(z.shape[0]):
        best = math.inf
        for d in range(n_d):
            size[d] = 0.0
            for j in range(d * width, (d + 1) * width):
                size[d] += z[i, j] * z[i, j]
            size[d] = math.sqrt(size[d])
        cursor[:] = a.start[:-1]
        first[n_b] = math.inf
        for b in range(n_b):
            s = b * SPARSE
            first[b] = worst_second(a, z[i], size, there[i], s, cursor, in_zone[s], g, max(best, room))
            best = min(best, first[b])
            if best <= 1.0:
                break
        if best > 1.0:
            cursor[:] = a.start[:-1]
            for b in range(n_b):
                if min(first[b], first[b + 1]) > room and not changes[b]:
                    continue
                for s in range(b * SPARSE + 1, min(b * SPARSE + SPARSE, n_t)):
                    best = min(best, worst_second(a, z[i], size, there[i], s, cursor, in_zone[s], g, best))
                if best <= 1.0:
                    break
        gap_out[i] = best - 1.0
