"""Alert levels of N pairs: which volumes they will be in, and how soon.

Pairs are worked off in blocks that stay in the nearest cache. In each block a test by products alone, which is never
wrong when it says "out", marks those that may reach a volume; those are gathered, and the exact formulas of
wellclear.closed_interval run over them without branches, so that the compiler puts several pairs into one instruction.
Every operation stands in the same order as there, so the results are equal bit for bit (a test holds both together).

Level k fires if its volume is entered within its alert time; the highest that fires is the level. The levels are one
array (K, 8) float64, a row per level from 1: shape, D, Z, tau, time to co-altitude, alert time, early alert time,
1 if the volume is that of the level before. RTCA DO-365 (alert times); docs/design/encounters.md.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from flightward.kernels._jit import inner, kernel
from flightward.kernels.wellclear import (
    GOOD,
    NEAR_ULPS_FRAC,
    NEAR_ZERO,
    NOT_FINITE,
    TAU_MOD,
    Pairs,
    Volume,
    interval,
    near_equal,
)

F64 = NDArray[np.float64]
I8 = NDArray[np.int8]
I64 = NDArray[np.int64]

SHAPE, D, Z, TAU, TCOA, ALERT, EARLY, REPEATS = range(8)
LEVELS_MAX = 8
LEVELS_MAX = 4
NOW_S = 1.0
"""Violated now: in violation from now on within this window."""
MARGIN_FRAC, MARGIN = 1e-6, 1e-6
"""What the test by products leaves to the exact formulas (share of the limit; metres)."""
BLOCK = 512


class Reach(NamedTuple):
    """The largest of each parameter over all levels: a pair that stays out of this is out of all."""

    d_m: float
    z_m: float
    tau_s: float
    tcoa_s: float
    lookahead_s: float


@inner
def volume_of(levels: F64, k: int) -> Volume:
    return Volume(int(levels[k, SHAPE]), levels[k, D], levels[k, Z], levels[k, TAU], levels[k, TCOA])


@kernel
def fires(t_in_s: float, alert_s: float) -> bool:
    """A violation that begins at t_in_s (inf: none) is near enough to tell."""
    return t_in_s == 0.0 or (t_in_s < alert_s and not near_equal(t_in_s, alert_s))


@inner
def _mark(p: Pairs, reach: Reach, first: int, end: int, may_out: I8, status_out: I8) -> None:
    """Status of each pair of the block; may_out (BLOCK,) 1 if it may reach a volume within the lookahead."""
    d2 = reach.d_m * reach.d_m * (1.0 + MARGIN_FRAC)
    z_m, tcoa_s, lookahead_s = reach.z_m, reach.tcoa_s, reach.lookahead_s
    until_s = reach.lookahead_s + reach.tau_s
    for i in range(first, end):
        sx, sy, sz = p.ox_m[i] - p.ix_m[i], p.oy_m[i] - p.iy_m[i], p.oz_m[i] - p.iz_m[i]
        vx, vy, vz = p.ovx_mps[i] - p.ivx_mps[i], p.ovy_mps[i] - p.ivy_mps[i], p.ovz_mps[i] - p.ivz_mps[i]
        good = ((sx + sy + sz) + (vx + vy + vz)) * 0.0 == 0.0  # NaN and inf times 0 are NaN
        fall = abs(vz)
        nears = sz * vz < 0.0
        # the vertical distance left at the end, against the limit for closing or parting pairs
        rest = abs(sz) - (fall * lookahead_s if nears else 0.0)
        wide = fall * tcoa_s if nears else 0.0
        limit = (wide if wide > z_m else z_m) * (1.0 + MARGIN_FRAC) + MARGIN
        s2, a = sx * sx + sy * sy, vx * vx + vy * vy
        b, cross = sx * vx + sy * vy, sx * vy - sy * vx
        passes = (b > 0.0) | (cross * cross > d2 * a)
        # each shape begins at most tau before the disc: still outside and closing then
        later = (b + a * until_s < 0.0) & (s2 + until_s * (2.0 * b + until_s * a) > d2)
        out = (rest > limit) | ((s2 > d2) & (passes | later))
        may_out[i - first] = good & (not out)
        status_out[i] = GOOD if good else NOT_FINITE


@inner
def _gather(p: Pairs, first: int, n_block: int, may: I8, row_out: I64, s_out: F64) -> int:
    """Rows that may reach a volume, and their relative states (6, BLOCK); how many."""
    n = 0
    for j in range(n_block):
        row_out[n] = first + j
        n += int(may[j])
    for j in range(n):
        i = row_out[j]
        s_out[0, j], s_out[1, j] = p.ox_m[i] - p.ix_m[i], p.oy_m[i] - p.iy_m[i]
        s_out[2, j], s_out[3, j] = p.oz_m[i] - p.iz_m[i], p.ovx_mps[i] - p.ivx_mps[i]
        s_out[4, j], s_out[5, j] = p.ovy_mps[i] - p.ivy_mps[i], p.ovz_mps[i] - p.ivz_mps[i]
    return n


@inner
def _entries(
    s: F64, n: int, d_m: float, z_m: float, tau_s: float, tcoa_s: float, to_s: float, t_in_out: F64, t_out_out: F64
) -> None:
    """wellclear.closed_interval of n pairs for TAU_MOD, from now to to_s, without branches; s (6, BLOCK).

    Where a formula has no answer it is fed a harmless number, and its result is not used.
    """
    d2 = d_m * d_m
    sxs, sys, szs, vxs, vys, vzs = s[0], s[1], s[2], s[3], s[4], s[5]
    for j in range(n):
        sz, vz, vx, vy = szs[j], vzs[j], vxs[j], vys[j]
        still = abs(vz) < NEAR_ZERO
        sign = 1.0 if vz >= 0.0 else -1.0
        wide = abs(vz) * tcoa_s
        wide = wide if wide > z_m else z_m
        rate = 1.0 if still else vz
        enter, leave = (-sign * wide - sz) / rate, (sign * z_m - sz) / rate
        good = (still & (abs(sz) <= z_m)) | ((not still) & (enter <= to_s) & (leave >= 0.0))
        low = 0.0 if (still | (not enter > 0.0)) else enter
        high = to_s if (still | (not leave < to_s)) else leave
        apart, size = abs(low - high), max(abs(low), abs(high))
        instant = (apart <= NEAR_ULPS_FRAC * size) | (((low == 0.0) | (high == 0.0)) & (apart < NEAR_ZERO))
        good = good & (low < high) & (not instant)
        qx, qy = sxs[j] + low * vx, sys[j] + low * vy
        window = high - low
        a, b, q2 = vx * vx + vy * vy, qx * vx + qy * vy, qx * qx + qy * qy
        per = a if a > 0.0 else 1.0
        cross = qx * vy - qy * vx
        inside = q2 <= d2
        under = b * b - a * (q2 - d2)
        leave = (-b + math.sqrt(under if under > 0.0 else 0.0)) / per
        leave = window if ((inside & (a < NEAR_ZERO)) | (not leave < window)) else leave
        linear = 2.0 * b + tau_s * a
        root = linear * linear - 4.0 * a * (q2 + tau_s * b - d2)
        t = (-linear - math.sqrt(root if root > 0.0 else 0.0)) / (2.0 * per)
        enters = (b < 0.0) & (a > 0.0) & (d2 * a - cross * cross >= 0.0) & (root >= 0.0) & (t <= window)
        start = 0.0 if (inside | (not t > 0.0)) else t
        t_in, t_out = low + start, low + leave
        apart, size = abs(t_in - t_out), max(abs(t_in), abs(t_out))
        instant = (apart <= NEAR_ULPS_FRAC * size) | (((t_in == 0.0) | (t_out == 0.0)) & (apart < NEAR_ZERO))
        good = good & (inside | enters) & (start <= leave) & (t_in < t_out) & (not instant)
        t_in_out[j] = t_in if good else math.inf
        t_out_out[j] = t_out if good else -math.inf


@inner
def _level_times(
    p: Pairs, levels: F64, k: int, lookahead_s: float, row: I64, s: F64, n: int, t_in_out: F64, t_out_out: F64
) -> None:
    """Interval of level k of the gathered pairs; what is there already if the volume repeats."""
    if levels[k, REPEATS] != 0.0:
        return
    if levels[k, SHAPE] == TAU_MOD:
        _entries(s, n, levels[k, D], levels[k, Z], levels[k, TAU], levels[k, TCOA], lookahead_s, t_in_out, t_out_out)
        return
    for j in range(n):
        t_in_out[j], t_out_out[j] = interval(volume_of(levels, k), p, row[j], 0.0, lookahead_s)


@kernel
def alert(
    p: Pairs, levels: F64, corrective: int, reach: Reach, level_out: I8, t_in_out: F64, status_out: I8
) -> None:
    """Alert level and time to violation of N pairs, without memory.

    corrective: the row of `levels` whose volume the time is of.
    level_out (N,) int8, 0 none, -1 no answer; t_in_out (N,) seconds to violation, 0 now, inf none, NaN no answer;
    status_out (N,) int8: 0 good, 1 not finite.
    """
    may, row, s = np.empty(BLOCK, np.int8), np.empty(BLOCK, np.int64), np.empty((6, BLOCK))
    t_in, t_out, level = np.empty(BLOCK), np.empty(BLOCK), np.empty(BLOCK, np.int8)
    for first in range(0, p.ox_m.shape[0], BLOCK):
        end = min(first + BLOCK, p.ox_m.shape[0])
        _mark(p, reach, first, end, may, status_out)
        for i in range(first, end):
            level_out[i] = 0 if status_out[i] == GOOD else -1
            t_in_out[i] = math.inf if status_out[i] == GOOD else np.nan
        n = _gather(p, first, end - first, may, row, s)
        level[:n] = 0
        for k in range(levels.shape[0]):
            _level_times(p, levels, k, reach.lookahead_s, row, s, n, t_in, t_out)
            for j in range(n):
                level[j] = k + 1 if fires(t_in[j], levels[k, ALERT]) else level[j]
            if k == corrective:
                for j in range(n):
                    t_in_out[row[j]] = t_in[j]
        for j in range(n):
            level_out[row[j]] = level[j]


@kernel
def judge(
    p: Pairs, levels: F64, corrective: int, reach: Reach,
    t_in_out: F64, t_out_out: F64, now_out: I8, level_out: I8, status_out: I8,
) -> None:
    """All that the volumes say of N pairs.

    t_in_out, t_out_out (K, N) interval per level, inf and -inf none, NaN no answer; now_out (N,) int8 in the
    corrective volume now; level_out (N,) int8 alert level without memory; status_out (N,) int8: 0 good,
    1 not finite (NaN, -1).
    """
    may, row, s = np.empty(BLOCK, np.int8), np.empty(BLOCK, np.int64), np.empty((6, BLOCK))
    t_in, t_out = np.empty(BLOCK), np.empty(BLOCK)
    for first in range(0, p.ox_m.shape[0], BLOCK):
        end = min(first + BLOCK, p.ox_m.shape[0])
        _mark(p, reach, first, end, may, status_out)
        n = _gather(p, first, end - first, may, row, s)
        for i in range(first, end):
            now_out[i] = level_out[i] = 0 if status_out[i] == GOOD else -1
        for k in range(levels.shape[0]):
            _level_times(p, levels, k, reach.lookahead_s, row, s, n, t_in, t_out)
            for i in range(first, end):
                t_in_out[k, i] = math.inf if status_out[i] == GOOD else np.nan
                t_out_out[k, i] = -math.inf if status_out[i] == GOOD else np.nan
            for j in range(n):
                i = row[j]
                t_in_out[k, i], t_out_out[k, i] = t_in[j], t_out[j]
                level_out[i] = k + 1 if fires(t_in[j], levels[k, ALERT]) else level_out[i]
                if k == corrective and near_equal(t_in[j], 0.0):
                    soon, _ = interval(volume_of(levels, k), p, i, 0.0, NOW_S)
                    now_out[i] = near_equal(soon, 0.0)
