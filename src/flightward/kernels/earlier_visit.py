"""Which share of a turning pair's entries is the first one.

A straight path enters a convex body once; a path that turns may leave it and come back, and the flux of entries then
counts it twice. The share of first entries is a mean over entries: they are drawn in proportion to their flux, each
with a path that is drawn given the place of entry and flown backwards, exactly, to see whether it was within the body
before. The chance is (inside at 0) + (flux) x (share). Where nothing comes back the share is 1 in every draw, whatever
the chance: rare events need no more draws than common ones.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from flightward.kernels._jit import inner
from flightward.kernels.entry_flux import CAP, N_NODE, ROUND, SIDE, caps, lift, lift_height, side
from flightward.kernels.normal import below, mean_positive, quantile
from flightward.kernels.relative_path import CROSS, PLACE, SPEED, TURNING, VAR, VAR_V
from flightward.kernels.sphere_flux import N_WORK, sphere
from flightward.kernels.time_sum import K_NODE, K_WEIGHT, at_time, rate
from flightward.kernels.turn import arc

F64 = NDArray[np.float64]

_MOST_ENTRIES = 6000
_FIRST_ROUND = 4
_CLEAR = 0.02
"""Radii that a path has to move before it can be back."""
_ENOUGH = 2e-4
"""An error of this times the root of p (1 - p) is a fifth of that of 1e6 trials."""
_MOST_STEPS = 20_000


@inner
def inverse3(mom: F64, floor_h: float, floor_v: float, out: F64) -> None:
    """Inverse of the place's covariance, with the floors on its diagonal."""
    a, b, c = mom[VAR] + floor_h, mom[VAR + 1], mom[VAR + 2]
    d, e, f = mom[VAR + 4] + floor_h, mom[VAR + 5], mom[VAR + 8] + floor_v
    out[0, 0], out[0, 1], out[0, 2] = d * f - e * e, c * e - b * f, b * e - c * d
    out[1, 1], out[1, 2], out[2, 2] = a * f - c * c, b * c - a * e, a * d - b * b
    det = a * out[0, 0] + b * out[0, 1] + c * out[0, 2]
    for i in range(3):
        for j in range(i, 3):
            out[i, j] /= det
            out[j, i] = out[i, j]


@inner
def visited(y: F64, turn: F64, t_s: float, radius_m: float, half_m: float, is_round: bool) -> bool:
    """Was the path y, which enters at t_s, within the body before? Looked at backwards, in steps no longer than the
    distance left divided by the greatest closing speed."""
    from_s = 0.0
    climb = abs(y[3])
    if not is_round and climb > 1e-9 and math.isfinite(half_m):
        one, two = (-half_m - y[2]) / y[3], (half_m - y[2]) / y[3]
        from_s = max(0.0, min(one, two))
    speed = math.hypot(y[4], y[5]) + math.hypot(y[6], y[7])
    if is_round:
        speed = math.hypot(speed, climb)
    least = _CLEAR * radius_m / max(speed, 1e-6)
    t = t_s - least
    for _ in range(_MOST_STEPS):
        if t < from_s:
            return False
        _, _, along, across, _, _ = arc(turn[0], t)
        e, n = y[0] - along * y[4] - across * y[5], y[1] - along * y[5] + across * y[4]
        _, _, along, across, _, _ = arc(turn[1], t)
        e, n = e + along * y[6] + across * y[7], n + along * y[7] - across * y[6]
        away2 = e * e + n * n
        if is_round:
            u = y[2] + t * y[3]
            away2 += u * u
        gap = math.sqrt(away2) - radius_m
        if gap < 0.0:
            return True
        t -= max(gap / max(speed, 1e-6), least)
    return False


@inner
def _cut_normal(mean: float, sigma: float, low: float, high: float, uniform: float) -> float:
    """The place of the quantile `uniform` of a normal number that is known to be in [low, high]."""
    a, b = below((low - mean) / sigma), below((high - mean) / sigma)
    if b - a < 1e-14:
        return min(max(mean, low), high)
    return min(max(mean + sigma * quantile(a + uniform * (b - a)), low), high)


@inner
def _entry(
    node: F64, mom: F64, radius_m: float, half_m: float, uniform: float, x: F64, normal: F64
) -> None:
    """The place x (3,) of a kept entry, with its height drawn, and the outward normal there."""
    if node[0] == ROUND:
        normal[0], normal[1], normal[2] = node[2], node[4], node[5]
        for i in range(3):
            x[i] = radius_m * normal[i]
        return
    normal[0], normal[1], normal[2] = math.cos(node[2]), math.sin(node[2]), 0.0
    x[0], x[1] = radius_m * normal[0], radius_m * normal[1]
    floor = lift(mom[VAR], mom[VAR + 1], mom[VAR + 4], radius_m)
    xx, xy, yy = mom[VAR] + floor, mom[VAR + 1], mom[VAR + 4] + floor
    det = xx * yy - xy * xy
    z0, z1 = mom[VAR + 2], mom[VAR + 5]
    ex, ey = (yy * z0 - xy * z1) / det, (xx * z1 - xy * z0) / det
    var = max(mom[VAR + 8] - z0 * ex - z1 * ey, 0.0)
    sigma = math.sqrt(var + lift_height(var, half_m))
    mz = mom[PLACE + 2] + ex * (x[0] - mom[PLACE]) + ey * (x[1] - mom[PLACE + 1])
    x[2] = _cut_normal(mz, sigma, -half_m, half_m, uniform)


@inner
def _inward(mom: F64, inverse: F64, x: F64, normal: F64) -> float:
    """E[max(-n.v, 0)] given the place x."""
    mean, var = 0.0, 0.0
    for j in range(3):
        pull, tied = mom[SPEED + j], 0.0
        for i in range(3):
            row = 0.0
            for m in range(3):
                row += inverse[i, m] * (x[m] - mom[PLACE + m])
            pull += mom[CROSS + 3 * i + j] * row
        mean += normal[j] * pull
        for i in range(3):
            tied += normal[i] * mom[VAR_V + 3 * i + j]
        var += normal[j] * tied
    for i in range(3):
        for m in range(3):
            one, two = 0.0, 0.0
            for j in range(3):
                one += mom[CROSS + 3 * i + j] * normal[j]
                two += mom[CROSS + 3 * m + j] * normal[j]
            var -= one * inverse[i, m] * two
    return mean_positive(-mean, math.sqrt(max(var, 0.0)))


@inner
def _draw(mean: F64, lower: F64, z: F64, b: F64, bc: F64, inverse: F64, x: F64, y: F64) -> None:
    """y (8,) drawn by the normal numbers z given that the place is x: a free draw, moved by what is missing."""
    for i in range(TURNING):
        y[i] = mean[i]
        for j in range(i + 1):
            y[i] += lower[i, j] * z[j]
    miss = np.empty(3)
    for i in range(3):
        miss[i] = x[i]
        for j in range(TURNING):
            miss[i] -= b[i, j] * y[j]
    for i in range(3):
        pull = inverse[i, 0] * miss[0] + inverse[i, 1] * miss[1] + inverse[i, 2] * miss[2]
        for j in range(TURNING):
            y[j] += bc[i, j] * pull


@inner
def _times(
    mean: F64, cov: F64, turn: F64, radius_m: float, half_m: float, is_round: bool, piece: F64, n: int, mom: F64,
    bd: F64, when: F64, sum_to: F64,
) -> None:
    """The times of the sum over pieces (15 n,), and the flux up to and with each of them."""
    work, ae = np.empty(N_WORK), np.empty((2, 3, 3))
    none, none2 = np.empty((0, 6)), np.empty((0, 2))
    total = 0.0
    order = np.argsort(piece[:n, 0])
    for i in range(n):
        row = order[i]
        mid, half = 0.5 * (piece[row, 0] + piece[row, 1]), 0.5 * (piece[row, 1] - piece[row, 0])
        for j in range(15):
            m = abs(j - 7)
            t = mid + (half * K_NODE[m] if j > 7 else -half * K_NODE[m])
            total += half * K_WEIGHT[m] * rate(
                TURNING, mean, cov, turn, t, radius_m, half_m, is_round, mom, bd, work, none, none2, ae
            )
            when[15 * i + j], sum_to[15 * i + j] = t, total


@inner
def _round(
    mean: F64, cov: F64, lower: F64, turn: F64, radius_m: float, half_m: float, is_round: bool, when: F64, sum_to: F64,
    draws: F64, begin: int, end: int, mom: F64, bd: F64, keep: F64, weight: F64, first: F64,
) -> None:
    """Add the draws of rows [begin, end) to weight (R,) and first (R,): sums over entries, and over first ones."""
    size, last = draws.shape[1], sum_to.shape[0] - 1
    inverse, x, normal, y = np.empty((3, 3)), np.empty(3), np.empty(3), np.empty(TURNING)
    work, ae, chord = np.empty(N_WORK), np.empty((2, 3, 3)), np.empty((2000, 2))
    next_of = np.zeros(end - begin, np.int64)
    before = 0.0
    for i in range(last + 1):
        made, here, to = False, 0, sum_to[i]
        for r in range(begin, end):
            shift = (0.5 + 0.6180339887498949 * r) % 1.0
            while next_of[r - begin] < size:
                at = (next_of[r - begin] + shift) / size * sum_to[last]
                if at >= to and i < last:
                    break
                if not made:
                    at_time(TURNING, mean, cov, turn, when[i], mom, bd)
                    floor_h = lift(mom[VAR], mom[VAR + 1], mom[VAR + 4], radius_m)
                    inverse3(mom, floor_h, lift_height(mom[VAR + 8], half_m), inverse)
                    here = 0
                    if is_round:
                        _, here = sphere(mom, radius_m, when[i], ae[0], ae[1], work, keep, 0)
                    else:
                        _, here = side(mom, radius_m, half_m, when[i], work, keep, 0)
                        _, here = caps(mom, radius_m, half_m, when[i], chord, keep, here)
                    for j in range(1, here):
                        keep[j, 3] += keep[j - 1, 3]
                    made = True
                z = draws[r, next_of[r - begin]]
                next_of[r - begin] += 1
                if here == 0 or to <= before:
                    continue
                part = min(max((at - before) / (to - before), 0.0), 1.0) * keep[here - 1, 3]
                row = min(int(np.searchsorted(keep[:here, 3], part)), here - 1)
                if keep[row, 0] == CAP or keep[row, 0] == -CAP:
                    weight[r] += 1.0  # height is straight: who comes through an end was beyond it all the time before
                    first[r] += 1.0
                    continue
                _entry(keep[row], mom, radius_m, half_m, below(z[TURNING]), x, normal)
                _draw(mean, lower, z, bd[0], bd[2], inverse, x, y)
                speed = 0.0
                for a in range(3):
                    for j in range(TURNING):
                        speed -= normal[a] * bd[1, a, j] * y[j]
                expected = keep[row, 4] if keep[row, 0] == SIDE else _inward(mom, inverse, x, normal)
                if speed <= 0.0 or expected <= 0.0:
                    continue
                weight[r] += speed / expected
                if not visited(y, turn, when[i], radius_m, half_m, is_round):
                    first[r] += speed / expected
        before = to


@inner
def first_share(
    mean: F64, cov: F64, lower: F64, turn: F64, radius_m: float, half_m: float, is_round: bool, p: float, enter: float,
    piece: F64, n: int, draws: F64, mom: F64, bd: F64,
) -> tuple[float, float]:
    """The share of first entries of a turning pair, and its standard error.

    lower (8, 8): factor of cov; piece (., 4), n: as entries() left them; draws (R, K, 9): normal numbers, R rows that
    are independent of each other. More rows are used until the error is small beside that of the chance p.
    """
    when, sum_to = np.empty(15 * n), np.empty(15 * n)
    _times(mean, cov, turn, radius_m, half_m, is_round, piece, n, mom, bd, when, sum_to)
    rows = draws.shape[0]
    weight, first, keep = np.zeros(rows), np.zeros(rows), np.empty((_MOST_ENTRIES, N_NODE))
    begin, end = 0, min(_FIRST_ROUND, rows)
    share, unsure = 1.0, 1.0
    while True:
        _round(
            mean, cov, lower, turn, radius_m, half_m, is_round, when, sum_to, draws, begin, end, mom, bd, keep, weight,
            first,
        )  # fmt: skip
        whole, hits = 0.0, 0.0
        for r in range(end):
            whole += weight[r]
            hits += first[r]
        share = hits / whole if whole > 0.0 else 1.0
        var = 0.0
        for r in range(end):
            var += (first[r] - share * weight[r]) ** 2
        # none found in K draws: the chance of one is about 1 / K at most
        unsure = max(math.sqrt(var) / max(whole, 1e-300), 0.5 / (end * draws.shape[1]))
        if end >= rows or enter * unsure <= _ENOUGH * math.sqrt(max(p * (1.0 - p), 1e-3 * p)):
            return share, unsure
        begin, end = end, min(2 * end, rows)
