"""The order in which waiting bearings are used: one look of one sensor after another, by when it was true.

A look is all bearings of one sensor within part of a scan; it is due once nothing of it can still be on its way. A
sensor that is awake and said nothing had an empty look. Stragglers are shared among tracks without any weight on
silence.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from flightward.kernels._jit import inner, kernel
from flightward.kernels.bearing import REACH, is_fed
from flightward.kernels.crossings import births, confirm_heard, merge_same
from flightward.kernels.earshot import AWAKE_S, SPAN, USED, WAITING, Ears, far, look
from flightward.kernels.tracklife import LifeOptions
from flightward.kernels.trackstate import CONFIRMED, NEVER_S, TrackArrays
from flightward.kernels.visibility import SensorArrays

KEPT_S = 8.0
"""Used bearings are kept this long for others to cross with."""
SILENT_TRUST = 0.5
STRAGGLER = 0.4
"""A look that starts within this share of a scan after the last one is a straggler of it."""


@inner
def next_look(sensors: SensorArrays, ears: Ears, now_s: float, first: NDArray[np.float64]) -> tuple[int, float, int]:
    """The sensor and time of the earliest look that is due, and 1 if it has bearings; sensor -1: none."""
    for k in range(first.shape[0]):
        first[k] = np.inf
    for j in range(ears.n[0]):
        if ears.state[j] == WAITING and ears.t_s[j] < first[ears.sensor[j]]:
            first[ears.sensor[j]] = ears.t_s[j]
    best, best_s, full = -1, np.inf, 0
    for k in range(first.shape[0]):
        if ears.is_ear[k] == 0:
            continue
        scan_s = sensors.scan_s[k]
        until = now_s - ears.wait_s[k] - SPAN * scan_s
        if ears.look_s[k] > NEVER_S:
            due = ears.look_s[k] + scan_s
            if due <= until and ears.spoke_s[k] <= due - AWAKE_S:
                ears.look_s[k] = NEVER_S  # deaf, or nothing there: not known
            elif due <= until and due + 0.5 * scan_s < first[k]:
                if due < best_s:
                    best, best_s, full = k, due, 0
                continue
        if first[k] <= until and first[k] < best_s:
            best, best_s, full = k, first[k], 1
    return best, best_s, full


@inner
def gather(
    ears: Ears, sensors: SensorArrays, k: int, t_s: float, mine_out: NDArray[np.int64], near_out: NDArray[np.int64]
) -> tuple[int, int]:
    """Rows of sensor k's look at t_s; rows of all sensors near that time, sorted by sensor: both counts."""
    n, m, longest = 0, 0, 0.0
    for b in range(sensors.e_m.shape[0]):
        if ears.is_ear[b] == 1:
            longest = max(longest, sensors.scan_s[b])
    for j in range(ears.n[0]):
        dt = ears.t_s[j] - t_s
        if ears.sensor[j] == k and ears.state[j] == WAITING and 0.0 <= dt < SPAN * sensors.scan_s[k]:
            mine_out[n] = j
            n += 1
        own = 0.5 * max(sensors.scan_s[k], sensors.scan_s[ears.sensor[j]]) + 0.15
        if abs(dt) <= own:
            near_out[m] = j
            m += 1
    near_out[:m] = near_out[:m][np.argsort(ears.sensor[near_out[:m]], kind="mergesort")]
    return n, m


@kernel
def forget(ears: Ears, now_s: float) -> None:
    """Close up the places of used bearings that no crossing needs any more."""
    n = 0
    for j in range(ears.n[0]):
        k = ears.sensor[j]
        if ears.state[j] == USED and ears.t_s[j] < now_s - ears.wait_s[k] - KEPT_S:
            continue
        if n < j:
            ears.t_s[n], ears.azimuth_rad[n] = ears.t_s[j], ears.azimuth_rad[j]
            ears.elevation_rad[n] = ears.elevation_rad[j]
            ears.sensor[n], ears.state[n], ears.left[n] = k, ears.state[j], ears.left[j]
            ears.slot[n], ears.kind[n], ears.p_kind[n] = ears.slot[j], ears.kind[j], ears.p_kind[j]
        n += 1
    ears.n[0] = n


@kernel
def listen(
    s: TrackArrays, sensors: SensorArrays, ears: Ears, now_s: float, o: LifeOptions, free: NDArray[np.int64],
    counts: NDArray[np.int64],
) -> int:
    """Use every look that is complete at now_s; gives how many there were."""
    first = np.empty(sensors.e_m.shape[0])
    mine, near = np.empty(ears.t_s.shape[0], np.int64), np.empty(ears.t_s.shape[0], np.int64)
    n_looks = 0
    while True:
        k, t_s, full = next_look(sensors, ears, now_s, first)
        if k < 0:
            break
        n_looks += 1
        n, m = gather(ears, sensors, k, t_s, mine, near)
        late = t_s < ears.look_s[k] + STRAGGLER * sensors.scan_s[k]
        trust = 0.0 if late else (1.0 if full == 1 else SILENT_TRUST)
        look(s, sensors, ears, k, mine[:n], t_s, trust, o)
        if n > 0 and not late:
            births(s, sensors, ears, k, mine[:n], near[:m], o, free, counts)
        if not late:
            ears.look_s[k] = t_s
    if n_looks > 0:
        merge_same(s, free, counts)
        confirm_heard(s, sensors, ears, now_s, o, free, counts)
    return n_looks


@kernel
def any_ahead(s: TrackArrays, sensors: SensorArrays, ears: Ears, now_s: float) -> bool:
    """Whether something waits that may turn a confirmed track."""
    speaks = np.zeros(sensors.e_m.shape[0], np.int8)
    for j in range(ears.n[0]):
        if ears.state[j] == WAITING:
            speaks[ears.sensor[j]] = 1
    for k in range(speaks.shape[0]):
        if speaks[k] == 0:
            continue
        reach = REACH * sensors.max_range_m[k] + 500.0
        for i in range(s.state.shape[0]):
            if s.state[i] == CONFIRMED:
                d, _ = far(s, i, s.t_s[i] - now_s + 0.5 * ears.wait_s[k], sensors.e_m[k], sensors.n_m[k])
                # what flies 90 m/s for half the wait may have come from outside
                if d < reach + 45.0 * ears.wait_s[k] and not is_fed(s, i, sensors, now_s):
                    return True
    return False


@kernel
def hear_ahead(s: TrackArrays, sensors: SensorArrays, ears: Ears, o: LifeOptions) -> None:
    """Use all that waits, complete or not, in order of time: on a copy of tracks and places, for the picture only."""
    n = ears.n[0]
    order = np.argsort(ears.t_s[:n], kind="mergesort")
    mine = np.empty(n, np.int64)
    for a in range(n):
        if ears.state[order[a]] != WAITING:
            continue
        k, t_s = ears.sensor[order[a]], ears.t_s[order[a]]
        m = 0
        for b in range(a, n):
            j = order[b]
            if ears.t_s[j] >= t_s + SPAN * sensors.scan_s[k]:
                break
            if ears.sensor[j] == k and ears.state[j] == WAITING:
                mine[m] = j
                m += 1
        look(s, sensors, ears, k, mine[:m], t_s, 0.0, o)
