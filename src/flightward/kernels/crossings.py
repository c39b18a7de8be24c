"""Tracks from crossing bearings: starting them, weighing crossings against each other, confirming, tidying up.

Two bearings of different sensors that no track explains, near in time and apart in angle, cross at one place. N targets
heard by two sensors make up to N^2 crossings, N of them true. Each crossing is weighed by the density of new targets
over the area that the two lines share (r1 r2 / sin angle), by the density of false and unknown bearings, and by what
every other sensor within hearing says about the place; crossings of one bearing share its probability. What starts is
tentative and takes part in the sharing of all later scans, where false crossings starve. It is confirmed only when
sensors on lines apart have each heard it again and again.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from flightward.kernels._jit import inner, kernel
from flightward.kernels.bearing import is_fed
from flightward.kernels.earshot import FADE, SILENCE, USED, Ears, log_density, ones, p_heard
from flightward.kernels.imm import LOG_2PI
from flightward.kernels.tracklife import N_CONFIRMED, N_DROPPED, N_FREE, NEXT_TRACK, LifeOptions, place, take_slot
from flightward.kernels.trackstate import BIRD, CONFIRMED, FREE, TENTATIVE, TrackArrays
from flightward.kernels.visibility import SensorArrays

LEFT_MIN = 0.3
"""A bearing that tracks explain better than this starts nothing."""
SIN_MIN = 0.25
NEW_PER_M2 = 3e-8
"""Things not yet known per square metre: three in 100 km2."""
SPEED_MPS = 50.0
HEIGHT_M, HEIGHT_SIGMA_M = 800.0, 600.0
"""Height above the sensor before any elevation is measured."""
CROSSINGS_MAX = 512
TENTATIVE_MAX = 400
START_MIN, START_MAX = 0.02, 0.3
WIDEN = 1.2
HEARD_EACH, HEARD_ALL, HEARD_BY_TWO = 2, 7, 14
"""Times heard before a track is confirmed: by each of two sensors, by all; by all where only two have heard it."""
MAJOR_MAX_M, SPEED_MAX_MPS = 1_200.0, 130.0
LOST_M = 2_000.0
SAME_M, SAME_D2, SAME_V2 = 500.0, 2.0, 4.0
NO_BIRD = -3.0


@kernel
def crossing(
    a: NDArray[np.float64], b: NDArray[np.float64], z_out: NDArray[np.float64], cov_out: NDArray[np.float64]
) -> float:
    """Where two plane lines cross and how well that is known; gives r1 r2 / sin(angle) in m2, or -1: nowhere.

    a, b (5,): sensor e, n; azimuth; its sigma; uncertainty of the target across the line, metres, from motion.
    z_out (4,): e, n, and the distances along both lines; cov_out (2, 2).
    """
    sa, ca, sb, cb = math.sin(a[2]), math.cos(a[2]), math.sin(b[2]), math.cos(b[2])
    det = sa * cb - ca * sb
    if abs(det) < SIN_MIN:
        return -1.0
    de, dn = b[0] - a[0], b[1] - a[1]
    ra = (de * cb - dn * sb) / det
    rb = (de * ca - dn * sa) / det
    if ra <= 0.0 or rb <= 0.0:
        return -1.0
    z_out[0], z_out[1], z_out[2], z_out[3] = a[0] + ra * sa, a[1] + ra * ca, ra, rb
    va, vb = (ra * a[3]) ** 2 + a[4] ** 2, (rb * b[3]) ** 2 + b[4] ** 2
    # cross-line offsets ca e - sa n and cb e - sb n, solved for e and n
    d2 = det * det
    cov_out[0, 0] = (sb * sb * va + sa * sa * vb) / d2
    cov_out[1, 1] = (cb * cb * va + ca * ca * vb) / d2
    cov_out[0, 1] = (sb * cb * va + sa * ca * vb) / d2
    cov_out[1, 0] = cov_out[0, 1]
    return float(ra * rb / abs(det))


@inner
def third_voices(
    sensors: SensorArrays, ears: Ears, z: NDArray[np.float64], cov: NDArray[np.float64], t_s: float,
    near_js: NDArray[np.int64],
    k1: int, k2: int,
) -> float:
    """What all other sensors within hearing say about a place z at t_s: ln of a likelihood ratio.

    near_js: rows of `ears` near in time, sorted by sensor.
    """
    total, c = 0.0, 0
    for k in range(sensors.e_m.shape[0]):
        first = c
        while c < near_js.shape[0] and ears.sensor[near_js[c]] == k:
            c += 1
        if ears.is_ear[k] == 0 or k in (k1, k2) or ears.spoke_s[k] < t_s - 60.0:
            continue
        de, dn = z[0] - sensors.e_m[k], z[1] - sensors.n_m[k]
        d2 = max(de * de + dn * dn, 1.0)
        d = math.sqrt(d2)
        p = p_heard(sensors, k, d, 0.05 * sensors.max_range_m[k], FADE)
        if p < 0.02:
            continue
        v = ears.sigma_rad[k] ** 2 + (
            dn * dn * cov[0, 0] - 2.0 * de * dn * cov[0, 1] + de * de * cov[1, 1]
        ) / (d2 * d2)
        ratio, bearing = 1.0 - SILENCE * p, math.atan2(de, dn)
        for b in range(first, c):
            j = near_js[b]
            y = ears.azimuth_rad[j] - bearing
            y = math.atan2(math.sin(y), math.cos(y))
            if y * y < 9.0 * v:
                ratio += p * ears.left[j] * math.exp(
                    -0.5 * (y * y / v + math.log(v) + LOG_2PI) - log_density(ears, k)
                )
        total += math.log(ratio)
    return total


@inner
def find_crossings(
    sensors: SensorArrays, ears: Ears, k: int, js: NDArray[np.int64], near_js: NDArray[np.int64],
    pair_out: NDArray[np.int64], value_out: NDArray[np.float64],
) -> int:
    """Crossings of sensor k's unexplained bearings js with those of others: their count.

    pair_out (C, 2): rows in `ears`; value_out (C, 8): weight, e, n, cov ee, en, nn, distances along the lines.
    """
    a, b, z, cov = np.empty(5), np.empty(5), np.empty(4), np.empty((2, 2))
    n = 0
    for c in range(js.shape[0]):
        j = js[c]
        if ears.left[j] < LEFT_MIN:
            continue
        a[0], a[1], a[2], a[3], a[4] = sensors.e_m[k], sensors.n_m[k], ears.azimuth_rad[j], ears.sigma_rad[k], 0.0
        for d in range(near_js.shape[0]):
            q = near_js[d]
            k2 = ears.sensor[q]
            if k2 == k or ears.state[q] != USED or ears.left[q] < LEFT_MIN:
                continue
            b[0], b[1], b[2], b[3] = sensors.e_m[k2], sensors.n_m[k2], ears.azimuth_rad[q], ears.sigma_rad[k2]
            b[4] = SPEED_MPS * abs(ears.t_s[j] - ears.t_s[q])
            area = crossing(a, b, z, cov)
            if area <= 0.0 or z[2] > 1.1 * sensors.max_range_m[k] or z[3] > 1.1 * sensors.max_range_m[k2]:
                continue
            if n == pair_out.shape[0]:
                return n
            p = p_heard(sensors, k, z[2], 0.1 * z[2], FADE) * p_heard(sensors, k2, z[3], 0.1 * z[3], FADE)
            w = math.log(max(p * area * NEW_PER_M2 * ears.left[j] * ears.left[q], 1e-12))
            w += third_voices(sensors, ears, z, cov, ears.t_s[j], near_js, k, k2)
            w -= log_density(ears, k) + log_density(ears, k2)
            pair_out[n, 0], pair_out[n, 1] = j, q
            value_out[n, 0] = math.exp(min(w, 12.0))
            value_out[n, 1], value_out[n, 2] = z[0], z[1]
            value_out[n, 3], value_out[n, 4], value_out[n, 5] = cov[0, 0], cov[0, 1], cov[1, 1]
            value_out[n, 6], value_out[n, 7] = z[2], z[3]
            n += 1
    return n


@inner
def start_from(
    s: TrackArrays, i: int, sensors: SensorArrays, ears: Ears, j: int, q: int, v: NDArray[np.float64], p: float,
    o: LifeOptions,
) -> None:
    """Make the cleared slot i a tentative track at a crossing of bearings j and q with probability p."""
    k, k2 = ears.sensor[j], ears.sensor[q]
    z, r = np.empty(3), np.zeros((3, 3))
    z[0], z[1], z[2] = v[1], v[2], sensors.u_m[k] + HEIGHT_M
    r[0, 0], r[1, 1], r[0, 1], r[1, 0] = WIDEN * v[3], WIDEN * v[5], WIDEN * v[4], WIDEN * v[4]
    r[2, 2] = HEIGHT_SIGMA_M**2
    for c in range(2):
        el = ears.elevation_rad[j if c == 0 else q]
        if el == el:
            # a measured elevation against what is known so far
            d, kk = v[6 + c], k if c == 0 else k2
            u = sensors.u_m[kk] + d * math.tan(min(max(el, -0.1), 1.2))
            var = (d * ears.sigma_elevation_rad[kk] / math.cos(min(abs(el), 1.2)) ** 2) ** 2 + 100.0
            gain = r[2, 2] / (r[2, 2] + var)
            z[2] += gain * (u - z[2])
            r[2, 2] *= 1.0 - gain
    place(s, i, ears.t_s[j], z, r, o)
    s.log_odds[i] = math.log(p / (1.0 - p))
    s.wait_s[i] = max(ears.wait_s[k], ears.wait_s[k2], 1.0)
    s.bits[i, k], s.bits[i, k2] = 1, 1
    s.hit_s[i, k], s.hit_s[i, k2] = ears.t_s[j], ears.t_s[q]
    s.label[i, BIRD] = NO_BIRD


@kernel
def births(
    s: TrackArrays, sensors: SensorArrays, ears: Ears, k: int, js: NDArray[np.int64], near_js: NDArray[np.int64],
    o: LifeOptions, free: NDArray[np.int64], counts: NDArray[np.int64],
) -> None:
    """Start tentative tracks from the bearings js of sensor k that nothing explains."""
    pair, value = np.empty((CROSSINGS_MAX, 2), np.int64), np.empty((CROSSINGS_MAX, 8))
    n = find_crossings(sensors, ears, k, js, near_js, pair, value)
    if n == 0:
        return
    total = np.zeros(ears.t_s.shape[0])
    for c in range(n):
        total[pair[c, 0]] += value[c, 0]
        total[pair[c, 1]] += value[c, 0]
    room = TENTATIVE_MAX
    for i in range(s.state.shape[0]):
        if s.state[i] == TENTATIVE and s.wait_s[i] > 0.0:
            room -= 1
    order = np.argsort(-value[:n, 0])
    for a in range(n):
        c = order[a]
        j, q, w = pair[c, 0], pair[c, 1], value[c, 0]
        # one target makes one bearing: its crossings share it
        odds = w / (1.0 + total[j] + total[q] - 2.0 * w)
        p = odds / (1.0 + odds)
        if p < START_MIN or room <= 0:
            continue
        i = take_slot(s, free, counts, ears.t_s[j], o)
        if i < 0:
            return
        room -= 1
        start_from(s, i, sensors, ears, j, q, value[c], min(p, START_MAX), o)


@inner
def give_up(s: TrackArrays, i: int, free: NDArray[np.int64], counts: NDArray[np.int64]) -> None:
    """Free slot i, which names nobody."""
    if s.state[i] == CONFIRMED:
        counts[N_DROPPED] += 1
    s.state[i] = FREE
    free[counts[N_FREE]] = i
    counts[N_FREE] += 1


@inner
def is_crossed(s: TrackArrays, i: int, sensors: SensorArrays, ears: Ears) -> bool:
    """Whether sensors on lines apart have each heard slot i often enough: one line is never enough."""
    n_all, n_sensors, is_apart = 0, 0, False
    for k in range(sensors.e_m.shape[0]):
        if ears.is_ear[k] == 0 or s.hit_s[i, k] < s.since_s[i] - 5.0:
            continue
        n_k = ones(s.bits[i, k])
        n_all += n_k
        if n_k < HEARD_EACH:
            continue
        n_sensors += 1
        ae, an = s.xm[i, 0] - sensors.e_m[k], s.xm[i, 1] - sensors.n_m[k]
        for b in range(k):
            if ears.is_ear[b] == 1 and s.hit_s[i, b] >= s.since_s[i] - 5.0 and ones(s.bits[i, b]) >= HEARD_EACH:
                be, bn = s.xm[i, 0] - sensors.e_m[b], s.xm[i, 1] - sensors.n_m[b]
                if abs(ae * bn - an * be) > SIN_MIN * math.hypot(ae, an) * math.hypot(be, bn):
                    is_apart = True
    return is_apart and n_all >= (HEARD_ALL if n_sensors > 2 else HEARD_BY_TWO)


@inner
def major_m(s: TrackArrays, i: int) -> float:
    """Longest sigma of slot i's horizontal position."""
    mean = 0.5 * (s.pm[i, 0, 0] + s.pm[i, 1, 1])
    half = 0.5 * (s.pm[i, 0, 0] - s.pm[i, 1, 1])
    return math.sqrt(mean + math.sqrt(half * half + s.pm[i, 0, 1] ** 2))


@inner
def confirm_heard(
    s: TrackArrays, sensors: SensorArrays, ears: Ears, now_s: float, o: LifeOptions, free: NDArray[np.int64],
    counts: NDArray[np.int64],
) -> None:
    """Confirm what crossing lines keep supporting; give up what only bearings knew and nobody can place any more."""
    for i in range(s.state.shape[0]):
        if s.state[i] == FREE or s.wait_s[i] <= 0.0 or s.ident[i] >= 0:
            continue
        wide = major_m(s, i)
        speed = math.hypot(s.xm[i, 3], s.xm[i, 4])
        if s.state[i] == CONFIRMED:
            # how far it may have strayed by now
            stray = math.sqrt(s.pm[i, 3, 3] + s.pm[i, 4, 4]) * max(now_s - s.t_s[i] - s.wait_s[i], 0.0)
            if not is_fed(s, i, sensors, now_s) and (math.hypot(wide, stray) > LOST_M or speed > SPEED_MAX_MPS):
                give_up(s, i, free, counts)
            continue
        if s.log_odds[i] < o.log_odds_drop:
            give_up(s, i, free, counts)
            continue
        if s.log_odds[i] < o.log_odds_confirm or wide > MAJOR_MAX_M or speed > SPEED_MAX_MPS:
            continue
        if is_crossed(s, i, sensors, ears):
            s.state[i] = CONFIRMED
            s.n_reports[i] = max(s.n_reports[i], o.confirm_n)
            s.track[i] = counts[NEXT_TRACK]
            counts[NEXT_TRACK] += 1
            counts[N_CONFIRMED] += 1


@inner
def is_same(s: TrackArrays, a: int, b: int) -> bool:
    """Whether slots a and b, at one time, can be one thing."""
    dt = s.t_s[b] - s.t_s[a]
    e = s.xm[b, 0] - s.xm[a, 0] - dt * s.xm[a, 3]
    n = s.xm[b, 1] - s.xm[a, 1] - dt * s.xm[a, 4]
    if e * e + n * n > SAME_M**2:
        return False
    d2 = np.empty(2)
    for c in range(2):
        f = 3 * c
        x, y = (e, n) if c == 0 else (s.xm[b, 3] - s.xm[a, 3], s.xm[b, 4] - s.xm[a, 4])
        v00 = s.pm[a, f, f] + s.pm[b, f, f]
        v11 = s.pm[a, f + 1, f + 1] + s.pm[b, f + 1, f + 1]
        v01 = s.pm[a, f, f + 1] + s.pm[b, f, f + 1]
        d2[c] = (v11 * x * x - 2.0 * v01 * x * y + v00 * y * y) / max(v00 * v11 - v01 * v01, 1e-9)
    return bool(d2[0] < SAME_D2 and d2[1] < SAME_V2)


@inner
def merge_same(s: TrackArrays, free: NDArray[np.int64], counts: NDArray[np.int64]) -> None:
    """One of any two tracks that can be one thing and that bearings started: the better known stays."""
    slots = np.empty(s.state.shape[0], np.int64)
    east = np.empty(s.state.shape[0])
    n = 0
    for i in range(s.state.shape[0]):
        if s.state[i] == CONFIRMED or (s.state[i] == TENTATIVE and s.wait_s[i] > 0.0):
            slots[n], east[n] = i, s.xm[i, 0]
            n += 1
    order = np.argsort(east[:n])
    for x in range(n):
        a = slots[order[x]]
        for y in range(x + 1, n):
            b = slots[order[y]]
            if s.xm[b, 0] - s.xm[a, 0] > 4.0 * SAME_M or s.state[a] == FREE:
                break
            if s.state[b] == FREE or (s.wait_s[a] <= 0.0 and s.wait_s[b] <= 0.0) or not is_same(s, a, b):
                continue
            a_first = s.state[a] > s.state[b] or (s.state[a] == s.state[b] and s.log_odds[a] >= s.log_odds[b])
            if s.wait_s[a] <= 0.0 or s.wait_s[b] <= 0.0:
                a_first = s.wait_s[a] <= 0.0
            kept, gone = (a, b) if a_first else (b, a)
            if s.ident[gone] < 0:
                s.log_odds[kept] = max(s.log_odds[kept], s.log_odds[gone])
                give_up(s, gone, free, counts)
