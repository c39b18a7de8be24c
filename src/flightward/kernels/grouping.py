"""Groups of things that are near each other and move alike, and their figures."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from flightward.kernels._jit import inlined, inner, kernel


class LinkRule(NamedTuple):
    """When two things are of one group. `keep_` holds for two that were of one group before: it stops flicker."""

    link_m: float
    link_mps: float
    keep_m: float
    keep_mps: float


@inner
def root(parent: NDArray[np.int64], i: int) -> int:
    """The root of i; the way there becomes shorter."""
    while parent[i] != i:
        parent[i] = parent[parent[i]]
        i = parent[i]
    return i


@inlined
def _link(
    i: int, j: int, e_m: NDArray[np.float64], n_m: NDArray[np.float64], ve_mps: NDArray[np.float64],
    vn_mps: NDArray[np.float64], before: NDArray[np.int64], rule: LinkRule, parent: NDArray[np.int64],
) -> None:
    """Join the groups of i and j if they link."""
    if parent[i] == parent[j]:
        return
    de, dn = e_m[j] - e_m[i], n_m[j] - n_m[i]
    same = before[i] >= 0 and before[i] == before[j]
    far = rule.keep_m if same else rule.link_m
    if de * de + dn * dn > far * far:
        return
    fast = rule.keep_mps if same else rule.link_mps
    dve, dvn = ve_mps[j] - ve_mps[i], vn_mps[j] - vn_mps[i]
    if dve * dve + dvn * dvn > fast * fast:
        return
    ri, rj = root(parent, i), root(parent, j)
    # the smaller row is the root, so that numbers follow rows and not the order of links
    if ri < rj:
        parent[rj] = ri
    elif rj < ri:
        parent[ri] = rj


@kernel
def link_groups(
    order: NDArray[np.int64], strip: NDArray[np.int64], e_m: NDArray[np.float64], n_m: NDArray[np.float64],
    ve_mps: NDArray[np.float64], vn_mps: NDArray[np.float64], before: NDArray[np.int64],
    rule: LinkRule, group_out: NDArray[np.int64],
) -> int:
    """Number the connected groups of N things; returns how many there are.

    order      (N,) int64, rows in order of rising strip, then of rising e_m (no NaN)
    strip      (N,) int64, of each row: floor of n_m over a width that is link_m and keep_m at least
    before     (N,) int64, the group that each belonged to, -1 if none
    group_out  (N,) int64, 0 .. G-1 in the order of each group's first row
    Two things link if nearer than link_m with velocities closer than link_mps, or, having belonged to one group
    before, than keep_m and keep_mps. A group is all that chains of links connect.
    """
    n = order.shape[0]
    parent = np.arange(n)
    reach_m = max(rule.link_m, rule.keep_m)
    above, above_strip = 0, np.int64(-(1 << 62))
    for a in range(n):
        i = order[a]
        b = a + 1
        while b < n and strip[order[b]] == strip[i] and e_m[order[b]] - e_m[i] <= reach_m:
            _link(i, order[b], e_m, n_m, ve_mps, vn_mps, before, rule, parent)
            b += 1
        # first row of the strip above that is not too far west; it only moves on while i's strip is the same
        if above_strip != strip[i]:
            above, above_strip = a + 1, strip[i]
        while above < n and (
            strip[order[above]] <= strip[i]
            or (strip[order[above]] == strip[i] + 1 and e_m[order[above]] < e_m[i] - reach_m)
        ):
            above += 1
        b = above
        while b < n and strip[order[b]] == strip[i] + 1 and e_m[order[b]] - e_m[i] <= reach_m:
            _link(i, order[b], e_m, n_m, ve_mps, vn_mps, before, rule, parent)
            b += 1
    count = 0
    for i in range(n):
        r = root(parent, i)
        if r == i:
            group_out[i] = count
            count += 1
        else:
            group_out[i] = group_out[r]
    return count


@kernel
def describe_groups(
    start: NDArray[np.int64], e_m: NDArray[np.float64], n_m: NDArray[np.float64], u_m: NDArray[np.float64],
    ve_mps: NDArray[np.float64], vn_mps: NDArray[np.float64], weight: NDArray[np.float64], window_s: float,
    figures_out: NDArray[np.float64], lag_s_out: NDArray[np.float64],
) -> None:
    """Weighted figures of G groups whose members stand together, group g in rows start[g] .. start[g + 1].

    figures_out  (G, 10): sum of weights, mean e, n, u, ve, vn, mean speed, 1 sigma of course (rad), 1 sigma of
                 speed, members per minute that cross the line through the foremost one within window_s
    lag_s_out    (N,) how long each member flies at its group's speed to where its group's front is now
    """
    for g in range(start.shape[0] - 1):
        a, b = start[g], start[g + 1]
        w = 0.0
        sums = np.zeros(6)
        for i in range(a, b):
            w += weight[i]
            sums[0] += weight[i] * e_m[i]
            sums[1] += weight[i] * n_m[i]
            sums[2] += weight[i] * u_m[i]
            sums[3] += weight[i] * ve_mps[i]
            sums[4] += weight[i] * vn_mps[i]
            sums[5] += weight[i] * np.hypot(ve_mps[i], vn_mps[i])
        mean = sums / w
        axis_mps = np.hypot(mean[3], mean[4])
        ax = mean[3] / axis_mps if axis_mps > 0.0 else 0.0
        ay = mean[4] / axis_mps if axis_mps > 0.0 else 1.0
        front = -np.inf
        var_course = 0.0
        var_speed = 0.0
        for i in range(a, b):
            along = e_m[i] * ax + n_m[i] * ay
            front = max(front, along)
            # angle between the member's velocity and the axis, in (-pi, pi]
            turn = np.arctan2(ve_mps[i] * ay - vn_mps[i] * ax, ve_mps[i] * ax + vn_mps[i] * ay)
            var_course += weight[i] * turn * turn
            var_speed += weight[i] * (np.hypot(ve_mps[i], vn_mps[i]) - mean[5]) ** 2
        soon = 0.0
        for i in range(a, b):
            lag_m = front - (e_m[i] * ax + n_m[i] * ay)
            lag_s_out[i] = lag_m / axis_mps if axis_mps > 1.0 else 0.0
            if lag_s_out[i] <= window_s:
                soon += weight[i]
        figures_out[g, 0] = w
        figures_out[g, 1:7] = mean
        figures_out[g, 7] = np.sqrt(var_course / w)
        figures_out[g, 8] = np.sqrt(var_speed / w)
        figures_out[g, 9] = soon * 60.0 / window_s
