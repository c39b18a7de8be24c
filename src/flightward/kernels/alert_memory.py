"""Alert levels over time: what was told of a pair before decides with how soon it will be in violation.

A rise needs M of the last N raw levels, a fall the same and some time since the rise; the level that was told fires at
its early alert time; silence longer than the hysteresis time starts anew. RTCA DO-365; docs/design/encounters.md.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from flightward.kernels._jit import inner, kernel
from flightward.kernels.alerting import ALERT, EARLY, fires

F64 = NDArray[np.float64]
I8 = NDArray[np.int8]
I64 = NDArray[np.int64]

N_MAX = 16
"""The longest queue."""


class Memory(NamedTuple):
    """What is remembered per slot (one pair each), and per watch (one own aircraft each)."""

    queue: I8  # (S, N_MAX) the last raw levels, newest last; -1 before the first
    raised_s: F64  # (S,) when the level last rose, NaN never
    last_s: F64  # (S,) when last judged, NaN never
    level: I8  # (S,) the level told, -1 none yet
    watch_s: F64  # (W,) own aircraft's last time, NaN none
    own_id: I64  # (W,) who that was


class Rows(NamedTuple):
    """N reports in order, each of one pair (or of own aircraft alone)."""

    t_s: F64
    visible: I8  # 0: only own aircraft is new, the pair has no answer
    watch: I64  # which own aircraft's watch
    own_id: I64  # who that is now
    slot: I64  # row of memory of the pair


class Habits(NamedTuple):
    """How a level rises and falls: M of the last N, kept for persistence_s, fresh after hysteresis_s of silence."""

    m: int
    n: int
    hysteresis_s: float
    persistence_s: float


@kernel
def remember(
    rows: Rows, start: I64, t_in: F64, levels: F64, habits: Habits, memory: Memory, raw_out: I8, level_out: I8,
) -> None:
    """Alert levels of N rows in order, each a report of one pair, with what was told of that pair before.

    Watch w owns the slots from start[w] to before start[w + 1] (start (W + 1,)). t_in (K, N) seconds to violation per
    level; levels (K, 8) as in alerting.
    Changes memory. raw_out (N,) int8 level without memory, level_out (N,) int8 with it; -1 no answer.
    """
    for i in range(rows.t_s.shape[0]):
        raw_out[i] = level_out[i] = -1
        w, t, own = rows.watch[i], rows.t_s[i], rows.own_id[i]
        if not math.isfinite(t):
            continue
        if _new_watch(memory, w, t, own, habits.hysteresis_s):
            for j in range(start[w], start[w + 1]):
                forget(memory, j)
        memory.watch_s[w], memory.own_id[w] = t, own
        if rows.visible[i] == 0 or math.isnan(t_in[0, i]):
            continue
        raw_out[i] = _raw(t_in, i, levels, -1)
        level_out[i] = _update(memory, rows.slot[i], t, t_in, i, levels, habits)


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
