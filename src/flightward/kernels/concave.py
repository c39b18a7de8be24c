"""Concave hulls: convex ones, dug in where their edges span empty ground."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from flightward.kernels._jit import inner, kernel
from flightward.kernels.hull import STRAIGHT_M2, chain, order_xy, turn

TRIES = 8
"""An edge that none of the so many likeliest points can bend stays."""


@inner
def _is_hollow(x: NDArray[np.float64], y: NDArray[np.float64], a: int, b: int, reach_m: float) -> bool:
    """Whether the middle or a quarter of the edge from a to b is farther than reach_m from every point."""
    for quarter in range(1, 4):
        mx, my = x[a] + 0.25 * quarter * (x[b] - x[a]), y[a] + 0.25 * quarter * (y[b] - y[a])
        least = np.inf
        for i in range(x.shape[0]):
            least = min(least, (x[i] - mx) ** 2 + (y[i] - my) ** 2)
        if least > reach_m * reach_m:
            return True
    return False


@inner
def _is_empty(
    x: NDArray[np.float64], y: NDArray[np.float64], is_corner: NDArray[np.int8], a: int, b: int, p: int
) -> bool:
    """Whether no inner point but p is in the triangle a, b, p (its edge from a to b included)."""
    for q in range(x.shape[0]):
        if q == p or is_corner[q] == 1:
            continue
        is_left = turn(x, y, a, b, q) >= -STRAIGHT_M2 and turn(x, y, b, p, q) > STRAIGHT_M2
        if is_left and turn(x, y, p, a, q) > STRAIGHT_M2:
            return False
    return True


@inner
def _is_on(x: NDArray[np.float64], y: NDArray[np.float64], a: int, b: int, p: int) -> bool:
    """Whether p lies on the straight line from a to b, ends included."""
    if abs(turn(x, y, a, b, p)) > STRAIGHT_M2:
        return False
    return bool((x[p] - x[a]) * (x[p] - x[b]) + (y[p] - y[a]) * (y[p] - y[b]) <= 0.0)


@inner
def _crosses(x: NDArray[np.float64], y: NDArray[np.float64], ring: NDArray[np.int64], k: int, a: int, p: int) -> bool:
    """Whether the way from a to p meets an edge of the ring that does not end in a."""
    for i in range(k):
        u, v = ring[i], ring[(i + 1) % k]
        if a in (u, v):
            continue
        one, two = turn(x, y, u, v, a), turn(x, y, u, v, p)
        three, four = turn(x, y, a, p, u), turn(x, y, a, p, v)
        if one * two < 0.0 and three * four < 0.0:
            return True
        if _is_on(x, y, u, v, p) or _is_on(x, y, a, p, u) or _is_on(x, y, a, p, v):
            return True
    return False


@inner
def _apex(
    x: NDArray[np.float64], y: NDArray[np.float64], is_corner: NDArray[np.int8], ring: NDArray[np.int64], k: int,
    a: int, b: int,
) -> int:
    """The inner point to which the edge from a to b may be bent, with the shortest way over it; -1 if there is none.

    It is nearer to both than they to each other, nobody is left outside, and the ring stays simple.
    """
    across = np.hypot(x[a] - x[b], y[a] - y[b])
    least = 0.0
    for _ in range(TRIES):
        best, found = np.inf, -1
        for p in range(x.shape[0]):
            if is_corner[p] == 1 or turn(x, y, a, b, p) < -STRAIGHT_M2:
                continue
            to_a, to_b = np.hypot(x[p] - x[a], y[p] - y[a]), np.hypot(x[p] - x[b], y[p] - y[b])
            if max(to_a, to_b) < across and least < to_a + to_b < best:
                best, found = to_a + to_b, p
        if found < 0:
            return -1
        blocked = _crosses(x, y, ring, k, a, found) or _crosses(x, y, ring, k, b, found)
        if not blocked and _is_empty(x, y, is_corner, a, b, found):
            return found
        least = best
    return -1


@kernel
def dug_hulls(
    start: NDArray[np.int64], e_m: NDArray[np.float64], n_m: NDArray[np.float64], reach_m: float,
    row_out: NDArray[np.int64], start_out: NDArray[np.int64], is_dug_out: NDArray[np.int8],
) -> None:
    """Rings around G groups of points: simple polygons with all points of the group in them or on them.

    start       (G + 1,) rows of each group's points (at least one) in e_m, n_m (N,)
    row_out     (N,) rows of the corners, counter-clockwise; start_out (G + 1,); is_dug_out (G,) 1: it is not convex
    From the convex hull the longest edge that spans empty ground (its middle or a quarter of it is farther than reach_m
    from every point) is bent in to an inner
    point, again and again (after Duckham et al., Pattern Recognition 41 (2008) 3224-3236, without the triangulation).
    """
    used = 0
    start_out[0] = 0
    for g in range(start.shape[0] - 1):
        a0, b0 = start[g], start[g + 1]
        n = b0 - a0
        x, y = e_m[a0:b0], n_m[a0:b0]
        ring = np.empty(2 * n + 2, np.int64)
        k = chain(x, y, order_xy(x, y), ring)
        is_corner = np.zeros(n, np.int8)
        is_done = np.zeros(2 * n + 2, np.int8)
        for i in range(k):
            is_corner[ring[i]] = 1
        is_dug_out[g] = 0
        while k >= 3 and k < n:
            at, longest = -1, 2.0 * reach_m
            for i in range(k):
                a, b = ring[i], ring[(i + 1) % k]
                length = np.hypot(x[a] - x[b], y[a] - y[b])
                if is_done[i] == 0 and length > longest:
                    at, longest = i, length
            if at < 0:
                break
            a, b = ring[at], ring[(at + 1) % k]
            p = _apex(x, y, is_corner, ring, k, a, b) if _is_hollow(x, y, a, b, reach_m) else -1
            if p < 0:
                is_done[at] = 1
                continue
            for i in range(k, at + 1, -1):
                ring[i], is_done[i] = ring[i - 1], is_done[i - 1]
            ring[at + 1] = p
            is_done[at] = is_done[at + 1] = 0
            is_corner[p] = 1
            if turn(x, y, a, b, p) > STRAIGHT_M2:
                is_dug_out[g] = 1
            k += 1
        for i in range(k):
            row_out[used + i] = a0 + ring[i]
        used += k
        start_out[g + 1] = used
