"""Convex hulls of groups of points, widened by a margin: always a valid polygon, also around one point."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from flightward.kernels._jit import inner, kernel

CORNERS = 16
"""Corners of the regular polygon that stands for a circle; it contains the circle."""

STRAIGHT_M2 = 1e-3
"""Twice the area of a triangle below which its middle corner is left out: rounding makes no slivers."""


@inner
def turn(x: NDArray[np.float64], y: NDArray[np.float64], a: int, b: int, c: int) -> float:
    """Twice the signed area of the triangle of rows a, b, c; positive if it turns left."""
    return float((x[b] - x[a]) * (y[c] - y[a]) - (y[b] - y[a]) * (x[c] - x[a]))


@inner
def chain(
    x: NDArray[np.float64], y: NDArray[np.float64], order: NDArray[np.int64], hull_out: NDArray[np.int64]
) -> int:
    """Monotone chain (Andrew 1979): rows of the strictly convex hull, counter-clockwise; returns their number."""
    n = order.shape[0]
    k = 0
    for i in range(n):
        p = order[i]
        while k >= 2 and turn(x, y, hull_out[k - 2], hull_out[k - 1], p) <= STRAIGHT_M2:
            k -= 1
        hull_out[k] = p
        k += 1
    low = k + 1
    for i in range(n - 2, -1, -1):
        p = order[i]
        while k >= low and turn(x, y, hull_out[k - 2], hull_out[k - 1], p) <= STRAIGHT_M2:
            k -= 1
        hull_out[k] = p
        k += 1
    return k - 1 if k > 1 else k


@inner
def order_xy(x: NDArray[np.float64], y: NDArray[np.float64]) -> NDArray[np.int64]:
    """Rows by x, then y."""
    order = np.argsort(x, kind="mergesort")
    n = order.shape[0]
    for i in range(1, n):
        p = order[i]
        j = i - 1
        while j >= 0 and x[order[j]] == x[p] and y[order[j]] > y[p]:
            order[j + 1] = order[j]
            j -= 1
        order[j + 1] = p
    return order


@kernel
def wide_hulls(
    start: NDArray[np.int64], e_m: NDArray[np.float64], n_m: NDArray[np.float64], margin_m: float,
    e_m_out: NDArray[np.float64], n_m_out: NDArray[np.float64], start_out: NDArray[np.int64],
) -> None:
    """Polygon around each of G groups that holds every point within margin_m of the group's convex hull.

    start      (G + 1,) rows of each group's members (at least one) in e_m, n_m (N,)
    e_m_out, n_m_out  (N * CORNERS,), corners counter-clockwise, not closed; start_out (G + 1,) their rows
    """
    radius_m = margin_m / np.cos(np.pi / CORNERS)
    used = 0
    start_out[0] = 0
    for g in range(start.shape[0] - 1):
        a, b = start[g], start[g + 1]
        hull = np.empty(2 * (b - a) + 2, np.int64)
        x, y = e_m[a:b], n_m[a:b]
        k = chain(x, y, order_xy(x, y), hull)
        # hull of (hull corners + circle corners) = Minkowski sum of the two convex shapes
        wx, wy = np.empty(k * CORNERS), np.empty(k * CORNERS)
        for i in range(k):
            for c in range(CORNERS):
                angle = 2.0 * np.pi * c / CORNERS
                wx[i * CORNERS + c] = x[hull[i]] + radius_m * np.cos(angle)
                wy[i * CORNERS + c] = y[hull[i]] + radius_m * np.sin(angle)
        wide = np.empty(2 * k * CORNERS + 2, np.int64)
        w = chain(wx, wy, order_xy(wx, wy), wide)
        for i in range(w):
            e_m_out[used + i] = wx[wide[i]]
            n_m_out[used + i] = wy[wide[i]]
        used += w
        start_out[g + 1] = used
