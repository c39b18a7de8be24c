"""Alert levels of N pairs: which volumes they will be in, how soon, and what was told before.

Level k fires if its volume is entered within its alert time; the highest that fires is the level. The levels are one
array (K, 8) float64, a row per level from 1: shape, D, Z, tau, time to co-altitude, alert time, early alert time,
1 if the volume is that of the level before. RTCA DO-365 (alert times, M of N); docs/design/encounters.md.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from flightward.kernels._jit import inner, kernel
from flightward.kernels.wellclear import GOOD, NOT_FINITE, Pairs, Volume, interval, near_equal, usable

F64 = NDArray[np.float64]
I8 = NDArray[np.int8]
I64 = NDArray[np.int64]

SHAPE, D, Z, TAU, TCOA, ALERT, EARLY, REPEATS = range(8)
LEVELS_MAX = 8
LEVELS_MAX = 4
NOW_S = 1.0
"""Violated now: in violation from now on within this window."""
MARGIN_FRAC, MARGIN = 1e-6, 1e-6
"""What the tests without roots leave to the exact ones (share of the limit; metres)."""


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


@inner
def fires(t_in_s: float, alert_s: float) -> bool:
    """A violation that begins at t_in_s (inf: none) is near enough to tell."""
    return t_in_s == 0.0 or (t_in_s < alert_s and not near_equal(t_in_s, alert_s))


@inner
def _stays_out(reach: Reach, p: Pairs, i: int) -> bool:
    """No volume can be entered within the lookahead: by products alone, never wrong when it says so."""
    sz, vz = p.oz_m[i] - p.iz_m[i], p.ovz_mps[i] - p.ivz_mps[i]
    apart = abs(sz)
    if sz * vz < 0.0:
        fall = abs(vz)
        if apart - fall * reach.lookahead_s > max(reach.z_m, fall * reach.tcoa_s) * (1.0 + MARGIN_FRAC) + MARGIN:
            return True
    elif apart > reach.z_m + MARGIN:
        return True
    sx, sy = p.ox_m[i] - p.ix_m[i], p.oy_m[i] - p.iy_m[i]
    vx, vy = p.ovx_mps[i] - p.ivx_mps[i], p.ovy_mps[i] - p.ivy_mps[i]
    d2 = reach.d_m * reach.d_m * (1.0 + MARGIN_FRAC)
    s2 = sx * sx + sy * sy
    if s2 <= d2:
        return False
    b = sx * vx + sy * vy
    if b > 0.0:
        return True
    a = vx * vx + vy * vy
    cross = sx * vy - sy * vx
    if cross * cross > d2 * a:
        return True
    # each shape begins at most tau before the disc: still outside and closing then
    t = reach.lookahead_s + reach.tau_s
    return b + a * t < 0.0 and s2 + t * (2.0 * b + t * a) > d2


@kernel
def alert(
    p: Pairs, levels: F64, corrective: int, reach: Reach, level_out: I8, t_in_out: F64, status_out: I8
) -> None:
    """Alert level and time to violation of N pairs, without memory.

    corrective: the row of `levels` whose volume the time is of.
    level_out (N,) int8, 0 none, -1 no answer; t_in_out (N,) seconds to violation, 0 now, inf none, NaN no answer;
    status_out (N,) int8: 0 good, 1 not finite.
    """
    for i in range(p.ox_m.shape[0]):
        if not usable(p, i):
            status_out[i] = NOT_FINITE
            level_out[i], t_in_out[i] = -1, np.nan
            continue
        status_out[i] = GOOD
        level_out[i], t_in_out[i] = 0, math.inf
        if _stays_out(reach, p, i):
            continue
        level, t_in = 0, math.inf
        for k in range(levels.shape[0]):
            if levels[k, REPEATS] == 0.0:
                t_in, _ = interval(volume_of(levels, k), p, i, 0.0, reach.lookahead_s)
            if fires(t_in, levels[k, ALERT]):
                level = k + 1
            if k == corrective:
                t_in_out[i] = t_in
        level_out[i] = level


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
    for i in range(p.ox_m.shape[0]):
        if not usable(p, i):
            status_out[i], now_out[i], level_out[i] = NOT_FINITE, -1, -1
            t_in_out[:, i] = np.nan
            t_out_out[:, i] = np.nan
            continue
        status_out[i], now_out[i], level_out[i] = GOOD, 0, 0
        out = _stays_out(reach, p, i)
        t_in, t_out = math.inf, -math.inf
        for k in range(levels.shape[0]):
            if not out and levels[k, REPEATS] == 0.0:
                t_in, t_out = interval(volume_of(levels, k), p, i, 0.0, reach.lookahead_s)
            t_in_out[k, i], t_out_out[k, i] = t_in, t_out
            if fires(t_in, levels[k, ALERT]):
                level_out[i] = k + 1
            if k == corrective and near_equal(t_in, 0.0):
                soon, _ = interval(volume_of(levels, k), p, i, 0.0, NOW_S)
                now_out[i] = near_equal(soon, 0.0)


class Memory(NamedTuple):
    """What is remembered per slot (one pair each), and per watch (one own aircraft each)."""

    queue: I8  # (S, N_MAX) the last raw levels, newest last; -1 before the first
    raised_s: F64  # (S,) when the level last rose, NaN never
    last_s: F64  # (S,) when last judged, NaN never
    level: I8  # (S,) the level told, -1 none yet
    watch_s: F64  # (W,) own aircraft's last time, NaN none
    own_id: I64  # (W,) who that was


class Habits(NamedTuple):
    """How a level rises and falls: M of the last N, kept for persistence_s, fresh after hysteresis_s of silence."""

    m: int
    n: int
    hysteresis_s: float
    persistence_s: float


N_MAX = 16
"""The longest queue."""


@kernel
def remember(
    t_s: F64, visible: I8, watch: I64, own_id: I64, slot: I64, start: I64, t_in: F64, levels: F64,
    habits: Habits, memory: Memory, raw_out: I8, level_out: I8,
) -> None:
    """Alert levels of N rows in order, each a report of one pair, with what was told of that pair before.

    t_s (N,) time; visible (N,) 0: only own aircraft is new, the pair has no answer; watch (N,) which own aircraft,
    own_id (N,) its identity now; slot (N,) row of memory of the pair; watch w owns the slots from start[w] to
    before start[w + 1]. t_in (K, N) seconds to violation per level; levels (K, 8).
    Changes memory. raw_out (N,) int8 level without memory, level_out (N,) int8 with it; -1 no answer.
    """
    for i in range(t_s.shape[0]):
        raw_out[i] = level_out[i] = -1
        w, t = watch[i], t_s[i]
        if not math.isfinite(t):
            continue
        if _new_watch(memory, w, t, own_id[i], habits.hysteresis_s):
            for j in range(start[w], start[w + 1]):
                forget(memory, j)
        memory.watch_s[w], memory.own_id[w] = t, own_id[i]
        if not visible[i] or math.isnan(t_in[0, i]):
            continue
        raw_out[i] = _raw(t_in, i, levels, -1)
        level_out[i] = _update(memory, slot[i], t, t_in, i, levels, habits)


@inner
def _new_watch(memory: Memory, w: int, t: float, own: int, hysteresis_s: float) -> bool:
    """Own aircraft is another one, or its time ran back or stood out too long: all is forgotten."""
    last = memory.watch_s[w]
    return math.isnan(last) or t < last or t - last > hysteresis_s or memory.own_id[w] != own


@inner
def forget(memory: Memory, slot: int) -> None:
    """Empty one slot."""
    memory.queue[slot, :] = -1
    memory.raised_s[slot] = memory.last_s[slot] = np.nan
    memory.level[slot] = -1


@inner
def _raw(t_in: F64, i: int, levels: F64, told: int) -> int:
    """The highest level that fires; the one told last has its early alert time."""
    raw = 0
    for k in range(levels.shape[0]):
        if fires(t_in[k, i], levels[k, EARLY if k + 1 == told else ALERT]):
            raw = k + 1
    return raw


@inner
def _update(memory: Memory, slot: int, t: float, t_in: F64, i: int, levels: F64, habits: Habits) -> int:
    last, told = memory.last_s[slot], memory.level[slot]
    if t == last:
        return int(told)  # one update per time
    raw = _raw(t_in, i, levels, told if last < t else -1)
    queue = memory.queue[slot]
    if not t > last or t - last > habits.hysteresis_s:
        for j in range(habits.n):
            queue[j] = raw if j >= habits.n - habits.m else -1
        memory.raised_s[slot], told = np.nan, -1
    voted = raw if habits.n == 0 else -1
    for j in range(habits.n - 1):
        queue[j] = queue[j + 1]
    if habits.n > 0:
        queue[habits.n - 1] = raw
        for level in range(levels.shape[0] + 1):
            count = 0
            for j in range(habits.n):
                count += queue[j] >= level
            if count >= habits.m:
                voted = level
    since = t - memory.raised_s[slot]
    if not (told > 0 and voted < told and since >= 0.0 and since < habits.persistence_s):
        if voted > 0 and voted > told:
            memory.raised_s[slot] = t
        told = max(0, voted)
    memory.last_s[slot], memory.level[slot] = t, told
    return int(told)
