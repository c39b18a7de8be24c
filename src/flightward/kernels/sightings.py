"""Looks of searching sensors at confirmed tracks, each counted once: hit, missed, or not to be judged.

A look is taken down when its report has had time to come, and counted

    as a hit    at once;
    as a miss   when the track is heard of again later, by any sensor or by itself: it was there;
    by chance   when the track ends instead: by the probability that it was still there at that look, over the
                whole run of misses (it may have ended before any of them).

What decides whether a look is judged is known before the look (who is alone, known long enough, moving, believed), so
that the share of hits is the chance of detection; waiting for tracks to be heard again would alone favour hits, and
counting every miss of a track that has ended would favour misses. A late report turns its miss into a hit. The last
WINDOW looks of each track and sensor are kept; an older look without news counts for nothing.

Each track also carries the odds that it flies behind a mask now, so that a valley that nobody has flown in before is
known after a few looks and not cell by cell: a cumulative sum of the looks' evidence with a floor (E. S. Page,
Continuous inspection schemes, Biometrika 41 (1954) 100-115); for one that is not masked it needs on average more
than exp(SHADE_BELIEVED - SHADE_FLOOR) looks to be wrong once.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from flightward.kernels._jit import inner, kernel
from flightward.kernels.detection import FACTORS, LARGE, N_ELEVATIONS, SMALL, Evidence, add_look, code_of
from flightward.kernels.trackstate import BIRD, CONFIRMED, DRONE, FREE, NEVER_S, TrackArrays
from flightward.kernels.visibility import BANDS, CELLS, SensorArrays, in_view, p_at

WINDOW = 16
ALL_BITS = (1 << WINDOW) - 1
WAIT_S = 3.0
"""A look is taken down this long after it was due: reports take a second or so."""
ALONE_M, ALONE_RAD = 1_500.0, 0.02
"""Another track nearer than this, or than this angle of the range, may have taken the report."""
SETTLED_S = 20.0
SLOW_MPS = 15.0
"""Radars that look for what moves do not see what hovers or stands on the ground."""
SILENT_LOOKS = 12
"""After so many misses without any news a track's place is too uncertain for its looks to mean anything."""
SIGMA_U_MAX_M = 500.0
BIRD_MAX = 0.3
IN_VIEW_MIN = 0.95
TRUSTED = 0
SHADE_FLOOR, SHADE_BELIEVED, SHADE_MAX = -7.0, 1.4, 5.0
SHADE_AHEAD_S = 15.0
MASKED_P = FACTORS[len(FACTORS) - 1]
LN_MASKED = math.log(MASKED_P)


class Sightings(NamedTuple):
    """What is pending for C slots and R sensors."""

    owner: NDArray[np.int64]  # (C,) track number, -1 none
    look_s: NDArray[np.float64]  # (C, R) time of the newest look taken down
    code: NDArray[np.int32]  # (C, R, WINDOW) cell and class of each look, newest first; -1 not judged
    n: NDArray[np.int64]  # (C, R) looks kept
    hit: NDArray[np.int64]  # (C, R) bit j: look j, counted back from the newest, hit
    done: NDArray[np.int64]  # (C, R) bit j: it is counted
    shade: NDArray[np.float64]  # (C, R) ln of the odds that it flies behind a mask


def make(capacity: int, n_sensors: int) -> Sightings:
    """Nothing seen yet."""
    shape = (capacity, n_sensors)
    return Sightings(
        owner=np.full(capacity, -1, dtype=np.int64), look_s=np.full(shape, NEVER_S),
        code=np.full((*shape, WINDOW), -1, dtype=np.int32), n=np.zeros(shape, dtype=np.int64),
        hit=np.zeros(shape, dtype=np.int64), done=np.zeros(shape, dtype=np.int64), shade=np.full(shape, SHADE_FLOOR),
    )


def grown(old: Sightings, capacity: int) -> Sightings:
    """The same with room for `capacity` slots."""
    new = make(capacity, old.look_s.shape[1])
    for name in Sightings._fields:
        getattr(new, name)[: len(old.owner)] = getattr(old, name)
    return new


@kernel
def alone(s: TrackArrays, now_s: float, near_m: NDArray[np.float64], is_alone_out: NDArray[np.int8]) -> None:
    """Which slots have no other within near_m (C,) on the plane, tentative ones included; is_alone_out (C,)."""
    n = 0
    rows = np.empty(s.state.shape[0], np.int64)
    for i in range(s.state.shape[0]):
        is_alone_out[i] = 0
        if s.state[i] != FREE:
            rows[n] = i
            n += 1
    e, north = np.empty(n), np.empty(n)
    for a in range(n):
        i = rows[a]
        dt = now_s - s.t_s[i]
        e[a] = s.xm[i, 0] + dt * s.xm[i, 3]
        north[a] = s.xm[i, 1] + dt * s.xm[i, 4]
        is_alone_out[i] = 1
    order = np.argsort(e)
    for a in range(n):
        i = order[a]
        for b in range(a + 1, n):
            j = order[b]
            reach = max(near_m[rows[i]], near_m[rows[j]])
            if e[j] - e[i] > reach and e[j] - e[i] > 8_000.0:
                break
            if math.hypot(e[j] - e[i], north[j] - north[i]) <= reach:
                is_alone_out[rows[i]], is_alone_out[rows[j]] = 0, 0


@inner
def _judged(
    s: TrackArrays, i: int, sensors: SensorArrays, v: Evidence, r: int, t_s: float, flat: int
) -> int:
    """The code of a look at slot i at t_s, or -1 if it must not be judged."""
    if t_s - s.since_s[i] < SETTLED_S or s.p_class[i, BIRD] > BIRD_MAX:
        return -1
    if s.ident[i] >= 0 and s.integ[i] > TRUSTED:
        return -1
    if math.hypot(s.xm[i, 3], s.xm[i, 4]) < SLOW_MPS or not s.pm[i, 2, 2] < SIGMA_U_MAX_M**2:
        return -1
    k = v.sensor[r]
    dt = t_s - s.t_s[i]
    e, n, u = s.xm[i, 0] + dt * s.xm[i, 3], s.xm[i, 1] + dt * s.xm[i, 4], s.xm[i, 2] + dt * s.xm[i, 5]
    if in_view(sensors, k, e, n, u, max(math.sqrt(s.pm[i, 2, 2]), 50.0), flat) < IN_VIEW_MIN:
        return -1
    c = SMALL if s.p_class[i, DRONE] >= 0.5 and s.ident[i] < 0 else LARGE
    return int(code_of(sensors, v, r, c, e, n, u))


@inner
def bin_p(v: Evidence, code: int) -> float:
    """Chance of detection at the cell and class that the code names, were there no mask."""
    x = code // 2 % CELLS
    y = code // (2 * CELLS) % CELLS
    z = code // (2 * CELLS * CELLS) % BANDS
    r = code // (2 * CELLS * CELLS * BANDS)
    b = v.bin[r, z, y, x]
    return float(v.p_bin[r, code % 2, b // N_ELEVATIONS, b % N_ELEVATIONS])


@kernel
def shade(
    s: TrackArrays, sensors: SensorArrays, v: Evidence, w: Sightings, now_s: float, p_mean_out: NDArray[np.float64],
    p_high_out: NDArray[np.float64],
) -> None:
    """Darken the tables (R, band, north, east) where tracks fly behind masks now, and where they soon will."""
    for i in range(w.owner.shape[0]):
        if w.owner[i] < 0 or s.state[i] != CONFIRMED or s.track[i] != w.owner[i]:
            continue
        for r in range(v.sensor.shape[0]):
            if w.shade[i, r] <= 0.0 or now_s - w.look_s[i, r] > 60.0:
                continue
            masked = 1.0 / (1.0 + math.exp(-w.shade[i, r]))
            for step in range(2):
                dt = now_s - s.t_s[i] + step * SHADE_AHEAD_S
                e, n = s.xm[i, 0] + dt * s.xm[i, 3], s.xm[i, 1] + dt * s.xm[i, 4]
                code = code_of(sensors, v, r, SMALL, e, n, s.xm[i, 2])
                if code < 0:
                    continue
                x = code // 2 % CELLS
                y = code // (2 * CELLS) % CELLS
                z = code // (2 * CELLS * CELLS) % BANDS
                p = bin_p(v, code)
                v.mask[r, z, y, x] = max(v.mask[r, z, y, x], masked)
                p_mean_out[r, z, y, x] = min(p_mean_out[r, z, y, x], p * (1.0 - masked * (1.0 - MASKED_P)))
                if w.shade[i, r] > SHADE_BELIEVED:
                    p_high_out[r, z, y, x] = min(p_high_out[r, z, y, x], p * MASKED_P)


@inner
def _has_hit(hit_s: float, bits: int, t_s: float, scan_s: float) -> bool:
    """Whether a track with its newest report of a sensor at hit_s, `bits` before it, has one in the look at t_s."""
    if hit_s == NEVER_S:
        return False
    j = round((hit_s - t_s) / scan_s)
    return bool(0 <= j <= 62 and (bits >> np.int64(j)) & 1 == 1)


@inner
def _count(
    hit_s: float, bits: int, heard_s: float, i: int, w: Sightings, r: int, scan_s: float, v: Evidence,
    counts: NDArray[np.int64],
) -> None:
    """Count what can be counted of slot i's looks by sensor number r; late hits included.

    Scalars of the track instead of all its arrays: an argument of many arrays costs more than the look.
    """
    everything = np.int64((1 << w.n[i, r]) - 1)
    if w.done[i, r] & everything == everything and w.hit[i, r] & everything == everything:
        return
    for j in range(w.n[i, r]):
        bit = np.int64(1) << np.int64(j)
        t_s = w.look_s[i, r] - j * scan_s
        code = w.code[i, r, j]
        if w.hit[i, r] & bit == 0 and _has_hit(hit_s, bits, t_s, scan_s):
            w.hit[i, r] |= bit
            if w.done[i, r] & bit != 0 and code >= 0:
                add_look(v, code, 0, -1.0)
                w.shade[i, r] = max(w.shade[i, r] + LN_MASKED, SHADE_FLOOR)
                w.done[i, r] &= ~bit
        if w.done[i, r] & bit != 0:
            continue
        if w.hit[i, r] & bit != 0:
            if code >= 0:
                add_look(v, code, 1, 1.0)
                counts[0] += 1
            w.done[i, r] |= bit
        elif heard_s > t_s + 0.5 * scan_s:
            if code >= 0:
                add_look(v, code, 0, 1.0)
                counts[1] += 1
            w.done[i, r] |= bit


@inner
def _end(
    w: Sightings, i: int, sensors: SensorArrays, v: Evidence, live: NDArray[np.int8], x: NDArray[np.float64],
    death_s: float, flat: int,
) -> None:
    """Slot i's track has ended at x (6,): count its pending misses by the chance that it was there.

    With q the chance that all live sensors miss it in one scan and d that it ends in one: of n misses it was there at
    miss j with weight sum_{m >= j} d q^m + q^n, over all the same from m = 0.
    """
    for r in range(v.sensor.shape[0]):
        scan_s = sensors.scan_s[v.sensor[r]]
        n = 0
        for j in range(w.n[i, r]):
            if (w.done[i, r] >> np.int64(j)) & 1 == 0 and (w.hit[i, r] >> np.int64(j)) & 1 == 0:
                n += 1
        if n > 0:
            ln_q = 0.0
            for b in range(v.sensor.shape[0]):
                k = v.sensor[b]
                if live[k] == 1:
                    p = p_at(sensors, k, x[0], x[1], x[2]) * in_view(sensors, k, x[0], x[1], x[2], 100.0, flat)
                    ln_q += scan_s / sensors.scan_s[k] * math.log(1.0 - min(p, 0.99))
            q, d = math.exp(ln_q), min(scan_s / death_s, 0.5)
            total = q**n
            for m in range(n):
                total += d * q**m
            there = q**n  # the newest pending look first
            m = n
            for j in range(w.n[i, r]):
                if (w.done[i, r] >> np.int64(j)) & 1 == 0 and (w.hit[i, r] >> np.int64(j)) & 1 == 0:
                    if w.code[i, r, j] >= 0:
                        add_look(v, w.code[i, r, j], 0, there / total)
                    m -= 1
                    there += d * q**m
        w.n[i, r], w.look_s[i, r], w.hit[i, r], w.done[i, r] = 0, NEVER_S, 0, 0
        w.shade[i, r] = SHADE_FLOOR
    w.owner[i] = -1


@kernel
def watch_looks(
    s: TrackArrays, sensors: SensorArrays, v: Evidence, w: Sightings, live: NDArray[np.int8],
    spoke_s: NDArray[np.float64], now_s: float, death_s: float, flat: int, counts: NDArray[np.int64],
) -> None:
    """Take down and count the looks that have passed by now_s; call once a second or so, after the reports were used.

    live (S,) 1: works; spoke_s (S,) newest time each sensor has reported of, NaN none. counts (2,): hits and misses
    counted (added to).
    """
    c = s.state.shape[0]
    near, single = np.full(c, ALONE_M), np.empty(c, np.int8)
    for i in range(c):
        if s.state[i] == FREE:
            continue
        for r in range(v.sensor.shape[0]):
            k = v.sensor[r]
            far = math.hypot(s.xm[i, 0] - sensors.e_m[k], s.xm[i, 1] - sensors.n_m[k])
            if live[k] == 1 and far < sensors.max_range_m[k]:
                near[i] = min(max(near[i], ALONE_RAD * far), 8_000.0)
    alone(s, now_s, near, single)
    for i in range(c):
        if w.owner[i] >= 0 and (s.state[i] != CONFIRMED or s.track[i] != w.owner[i]):
            # the slot may be somebody else's by now: what it holds is near enough only while it was not reused
            _end(w, i, sensors, v, live, s.xm[i], death_s, flat)
        if s.state[i] != CONFIRMED:
            continue
        w.owner[i] = s.track[i]
        for r in range(v.sensor.shape[0]):
            _take_down(s, i, sensors, v, w, r, live, spoke_s, now_s, flat, single[i])
            k = v.sensor[r]
            _count(s.hit_s[i, k], s.bits[i, k], s.heard_s[i], i, w, r, sensors.scan_s[k], v, counts)


@inner
def _take_down(
    s: TrackArrays, i: int, sensors: SensorArrays, v: Evidence, w: Sightings, r: int, live: NDArray[np.int8],
    spoke_s: NDArray[np.float64], now_s: float, flat: int, is_alone: int,
) -> None:
    """Note slot i's looks by sensor number r that are due."""
    k = v.sensor[r]
    scan_s = sensors.scan_s[k]
    if live[k] == 0 or not spoke_s[k] > 0.0:
        w.n[i, r], w.look_s[i, r], w.hit[i, r], w.done[i, r] = 0, NEVER_S, 0, 0
        return
    if w.look_s[i, r] == NEVER_S:
        # begins after what is known already: the report that confirmed the track is no look of chance
        w.look_s[i, r] = s.hit_s[i, k] if s.hit_s[i, k] > now_s - scan_s else now_s
        return
    while True:
        due_s = w.look_s[i, r] + scan_s
        ahead = 0
        if s.hit_s[i, k] != NEVER_S:
            ahead = round((s.hit_s[i, k] - w.look_s[i, r]) / scan_s)
            if ahead >= 1:
                due_s = s.hit_s[i, k] - (ahead - 1) * scan_s
            elif ahead == 0:
                w.look_s[i, r] = s.hit_s[i, k]  # the beam's own time, where it was guessed
                due_s = w.look_s[i, r] + scan_s
        if due_s > now_s - WAIT_S or not spoke_s[k] >= due_s + 0.1 * scan_s:
            return
        if now_s - due_s > 3.0 * scan_s + WAIT_S and ahead < 1:
            w.n[i, r], w.look_s[i, r] = 0, NEVER_S  # it spoke again after a pause: what it did meanwhile is not known
            return
        code = -1
        recent = np.int64((1 << SILENT_LOOKS) - 1)
        if is_alone == 1 and not (w.n[i, r] >= SILENT_LOOKS and w.done[i, r] & recent == 0):
            code = _judged(s, i, sensors, v, r, due_s, flat)
        for j in range(WINDOW - 1, 0, -1):
            w.code[i, r, j] = w.code[i, r, j - 1]
        w.code[i, r, 0] = code
        w.n[i, r] = min(w.n[i, r] + 1, WINDOW)
        w.hit[i, r] = (w.hit[i, r] << 1) & ALL_BITS
        w.done[i, r] = (w.done[i, r] << 1) & ALL_BITS
        w.look_s[i, r] = due_s
        if code >= 0:
            p = bin_p(v, code)
            is_hit = _has_hit(s.hit_s[i, k], s.bits[i, k], due_s, scan_s)
            gain = LN_MASKED if is_hit else math.log((1.0 - MASKED_P * p) / (1.0 - p))
            w.shade[i, r] = min(max(w.shade[i, r] + gain, SHADE_FLOOR), SHADE_MAX)
