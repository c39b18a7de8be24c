"""What sensors that see one object at nearly one time say of each other's constant errors.

Reports of one track, at most one per sensor and close in time, form a group. The place of the object is not known and
drops out: what remains are the differences to the group's first report, each carried to its time by the track's
velocity. They are linear in the errors b of range, azimuth, elevation and clock of the sensors in the group:

    z_a - z_0 - v (t_a - t_0) = (J_a b_a - v c_a) - (J_0 b_0 - v c_0) + noise

J metres on the plane by range, azimuth, elevation; c the clock error (stamped minus true time). Every report is used in
one group only, so groups share no measurement noise. Their information H' V^-1 H and H' V^-1 d is added up.

Source: differences of reports of common targets as in X. Lin, Y. Bar-Shalom, T. Kirubarajan, IEEE Trans. AES 40 (2004)
571-588; written in information form, here with a shared first report and a clock.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from flightward.kernels._jit import inner, kernel
from flightward.kernels.trackstate import CONFIRMED, FREE, TrackArrays
from flightward.kernels.visibility import SensorArrays, in_view

ROOM, GROUP = 2048, 5
"""Tracks that are listened to, and reports in a group, at most."""
_F = NDArray[np.float64]
_I = NDArray[np.int64]


class Waiting(NamedTuple):
    """Reports of C tracks that wait for another sensor's."""

    since_s: _F  # (C,) the track's own since_s: another track in the slot begins anew
    n: _I  # (C,)
    sensor: _I  # (C, G)
    t_s: _F  # (C, G)
    z: _F  # (C, G, 3)
    r: _F  # (C, G, 3, 3)
    slope: _F  # (C, G, 3, 3)


class BiasArrays(NamedTuple):
    """What is known of D errors of S sensors; information without prior, added up in place."""

    base: _I  # (S,) first error of a sensor
    width: _I  # (S,) 4: range, azimuth, elevation, clock; 1: clock; 0: nothing is asked of it
    mean: _F  # (D,) present estimate, for the gate
    cov: _F  # (D, D)
    applied: _F  # (D,) what has been taken off the reports already
    info: _F  # (D, D)
    eta: _F  # (D,)
    n_used: _I  # (S,) groups that a sensor stood in
    n_refused: _I  # (S,) groups that fitted nothing


def make(base: _I, width: _I, prior_var: _F) -> tuple[Waiting, BiasArrays]:
    """Nothing waiting, nothing known. base, width (S,) as above; prior_var (D,)."""
    c, g, d, s = ROOM, GROUP, len(prior_var), len(base)
    waiting = Waiting(
        np.zeros(c), np.zeros(c, np.int64), np.zeros((c, g), np.int64), np.zeros((c, g)), np.zeros((c, g, 3)),
        np.zeros((c, g, 3, 3)), np.zeros((c, g, 3, 3)),
    )
    return waiting, BiasArrays(
        base, width, np.zeros(d), np.diag(prior_var), np.zeros(d), np.zeros((d, d)), np.zeros(d),
        np.zeros(s, np.int64), np.zeros(s, np.int64),
    )


@kernel
def flat_slopes(place: _F, z: _F, out: _F) -> None:
    """out (M, 3, 3): metres by range, azimuth and elevation at points z (M, 3) of a level plane, from place (3,)."""
    for i in range(z.shape[0]):
        e, n, u = z[i, 0] - place[0], z[i, 1] - place[1], z[i, 2] - place[2]
        level = max(math.hypot(e, n), 1.0)
        r = max(math.hypot(level, u), 1.0)
        out[i, 0, 0], out[i, 1, 0], out[i, 2, 0] = e / r, n / r, u / r
        out[i, 0, 1], out[i, 1, 1], out[i, 2, 1] = n, -e, 0.0
        out[i, 0, 2], out[i, 1, 2], out[i, 2, 2] = -u * e / level, -u * n / level, level


@inner
def cholesky(a: _F, n: int) -> bool:
    """Lower factor of the symmetric positive a[:n, :n], in place (upper part left); False: not positive."""
    for i in range(n):
        for j in range(i + 1):
            x = a[i, j]
            for k in range(j):
                x -= a[i, k] * a[j, k]
            if i == j:
                if not x > 0.0:
                    return False
                a[i, i] = math.sqrt(x)
            else:
                a[i, j] = x / a[j, j]
    return True


@inner
def forward_solve(low: _F, n: int, b: _F) -> None:
    """Solve low x = b for a lower factor, b[:n] in place."""
    for i in range(n):
        x = b[i]
        for k in range(i):
            x -= low[i, k] * b[k]
        b[i] = x / low[i, i]


@kernel
def use_group(w: Waiting, i: int, v: _F, pv: _F, q: _F, b: BiasArrays) -> int:
    """Add what the reports waiting at i say: 1 used, 0 too few, -1 refused.

    v (3,) velocity of the object, pv (3, 3) its covariance, q (3,) spectral density of its acceleration by axis.
    """
    m = w.n[i]
    if m < 2:
        return 0
    n = 3 * (m - 1)
    index = np.empty(4 * GROUP, np.int64)
    h = np.zeros((3 * (GROUP - 1), 4 * GROUP))
    cov = np.empty((n, n))
    d = np.empty(n)
    cols = 0
    for a in range(m):
        k = w.sensor[i, a]
        first, last = (0, m - 1) if a == 0 else (a - 1, a)
        sign = -1.0 if a == 0 else 1.0
        for c in range(b.width[k]):
            index[cols] = b.base[k] + c
            for row in range(first, last):
                for x in range(3):
                    clock = c == b.width[k] - 1
                    h[3 * row + x, cols] = sign * (-v[x] if clock else w.slope[i, a, x, c])
            cols += 1
    for a in range(1, m):
        da = w.t_s[i, a] - w.t_s[i, 0]
        for x in range(3):
            row = 3 * (a - 1) + x
            d[row] = w.z[i, a, x] - w.z[i, 0, x] - v[x] * da
            for c in range(cols):
                d[row] += h[row, c] * b.applied[index[c]]
        for a2 in range(1, m):
            db = w.t_s[i, a2] - w.t_s[i, 0]
            for x in range(3):
                for y in range(3):
                    e = w.r[i, 0, x, y] + da * db * pv[x, y]
                    if a == a2:
                        e += w.r[i, a, x, y]
                        if x == y:
                            e += q[x] * abs(da) ** 3 / 3.0
                    cov[3 * (a - 1) + x, 3 * (a2 - 1) + y] = e
    weight = _fit(h, d, cov, n, cols, index, b)
    for a in range(m):
        if weight > 0.0:
            b.n_used[w.sensor[i, a]] += 1
        else:
            b.n_refused[w.sensor[i, a]] += 1
    if weight <= 0.0 or not cholesky(cov, n):
        return -1
    forward_solve(cov, n, d)
    column = np.empty(n)
    for c in range(cols):
        column[:] = h[:n, c]
        forward_solve(cov, n, column)
        h[:n, c] = column
    for c in range(cols):
        for row in range(n):
            b.eta[index[c]] += weight * h[row, c] * d[row]
        for c2 in range(cols):
            for row in range(n):
                b.info[index[c], index[c2]] += weight * h[row, c] * h[row, c2]
    return 1


@inner
def _fit(h: _F, d: _F, cov: _F, n: int, cols: int, index: _I, b: BiasArrays) -> float:
    """Weight of a group by how well it fits the present estimate: 1, less in the tail, 0 refused."""
    s, y = cov.copy(), d.copy()
    hp = np.zeros((n, cols))
    for r in range(n):
        for c in range(cols):
            y[r] -= h[r, c] * b.mean[index[c]]
            for c2 in range(cols):
                hp[r, c] += h[r, c2] * b.cov[index[c2], index[c]]
    for r in range(n):
        for r2 in range(n):
            for c in range(cols):
                s[r, r2] += hp[r, c] * h[r2, c]
    if not cholesky(s, n):
        return 0.0
    forward_solve(s, n, y)
    d2 = 0.0
    for r in range(n):
        d2 += y[r] * y[r]
    spread = math.sqrt(2.0 * n)
    if not d2 < n + 4.0 * spread + 6.0:
        return 0.0
    return min(1.0, math.sqrt((n + 2.0 * spread) / max(d2, 1e-9)))


@kernel
def collect(
    s: TrackArrays, w: Waiting, b: BiasArrays, k: int, slots: _I, t_s: _F, z: _F, r: _F, slope: _F, partner: _I,
    window_s: float, is_reference: int, stride: int,
) -> None:
    """Let M reports of sensor k that tracks have taken wait for those of others, and use groups that are complete.

    slots (M,) slot that took each, or -1; t_s (M,); z (M, 3); r (M, 3, 3); slope (M, 3, 3); partner (ROOM,): the slot
    of the same object, for a track that one sensor alone feeds, or -1. A group ends when a sensor comes again or
    after window_s. is_reference 1: a self-report, of which the newest replaces the one before. stride: only tracks in
    one slot in so many are listened to.
    """
    for j in range(slots.shape[0]):
        i = slots[j]
        if i < 0 or i >= ROOM or s.state[i] != CONFIRMED:
            continue
        if partner[i] >= 0:
            i = partner[i]
        if i % stride != 0:
            continue
        if w.since_s[i] != s.since_s[i]:
            w.since_s[i] = s.since_s[i]
            w.n[i] = 0
        at = w.n[i]
        for a in range(w.n[i]):
            if w.sensor[i, a] == k or (is_reference == 1 and b.width[w.sensor[i, a]] == 1):
                at = a  # one self-report is as good as another of the same object
        full = at == GROUP or (w.n[i] > 0 and abs(t_s[j] - w.t_s[i, 0]) > window_s)
        if full or (at < w.n[i] and is_reference == 0):
            close(s, w, b, i)
            at = 0
        w.n[i] = max(w.n[i], at + 1)
        w.sensor[i, at] = k
        w.t_s[i, at] = t_s[j]
        for x in range(3):
            w.z[i, at, x] = z[j, x]
            for y in range(3):
                w.r[i, at, x, y] = r[j, x, y]
                w.slope[i, at, x, y] = slope[j, x, y]


@inner
def close(s: TrackArrays, w: Waiting, b: BiasArrays, i: int) -> None:
    """Use the group waiting at slot i, and begin a new one."""
    if w.n[i] > 1:
        q = np.empty(3)
        for x in range(3):
            c = 1 if x == 2 else 0
            q[x] = s.mu[i, 0] * s.q[i, 0, c] + s.mu[i, 1] * s.q[i, 1, c]
        use_group(w, i, s.xm[i, 3:6], s.pm[i, 3:6, 3:6], q, b)
    w.n[i] = 0


@inner
def recent(s: TrackArrays, i: int, k: int, now_s: float, sensors: SensorArrays) -> bool:
    """Whether sensor k has reported slot i in its last scans."""
    return bool(now_s - s.hit_s[i, k] < 2.5 * sensors.scan_s[k] + 4.0)


@kernel
def partners(
    s: TrackArrays, sensors: SensorArrays, live: NDArray[np.int8], var: _F, now_s: float, flat: int, partner_out: _I
) -> int:
    """Pairs of tracks that look like one object which a sensor reports in another place; gives their number.

    A track that radar k alone feeds where others look too, and one that k should see and does not report: as far
    apart as the errors may still put them, moving alike, and neither with a second candidate. live (S,); var (S, 3)
    what remains unknown of range m2, angle rad2 and clock s2 of each; partner_out (ROOM,) slot or -1.
    """
    partner_out[:] = -1
    top = min(s.state.shape[0], ROOM)
    rows = np.empty(top, np.int64)
    key = np.empty(top)
    n = 0
    for i in range(top):
        if s.state[i] == CONFIRMED and now_s - s.heard_s[i] < 15.0:
            rows[n], key[n] = i, s.xm[i, 0] + (now_s - s.t_s[i]) * s.xm[i, 3]
            n += 1
    order = np.argsort(key[:n])
    rows, key = rows[:n][order], key[:n][order]
    found = 0
    suitors = np.zeros(top, np.int64)
    for a in range(n):
        i = rows[a]
        k = lone_sensor(s, i, sensors, now_s)
        if k < 0 or not _others_look(s, i, sensors, live, k, flat):
            continue
        dist = math.hypot(s.xm[i, 0] - sensors.e_m[k], s.xm[i, 1] - sensors.n_m[k])
        speed = math.hypot(s.xm[i, 3], s.xm[i, 4])
        reach2 = 2.0 * (var[k, 0] + var[k, 1] * dist * dist + var[k, 2] * speed * speed)
        best, n_near = -1, 0
        for step in (-1, 1):
            c = a + step
            while 0 <= c < n:
                if abs(key[c] - key[a]) > 3.0 * math.sqrt(reach2 + 2.0 * s.pm[i, 0, 0]) + 200.0:
                    break
                if _alike(s, i, rows[c], now_s, reach2, var[k, 1]):
                    n_near += 1
                    best = rows[c]
                c += step
        if n_near == 1 and not recent(s, best, k, now_s, sensors) and _in_view(s, best, sensors, k, flat):
            partner_out[i] = best
            suitors[best] += 1
            found += 1
    for i in range(top):
        if partner_out[i] >= 0 and (suitors[partner_out[i]] > 1 or partner_out[partner_out[i]] >= 0):
            partner_out[i] = -2
    for i in range(top):
        if partner_out[i] == -2:
            partner_out[i] = -1
            found -= 1
    return found


@inner
def lone_sensor(s: TrackArrays, i: int, sensors: SensorArrays, now_s: float) -> int:
    """The one radar that feeds an unnamed slot i, or -1."""
    if s.ident[i] >= 0:
        return -1
    only = -1
    for k in range(sensors.e_m.shape[0]):
        if sensors.is_search[k] == 1 and recent(s, i, k, now_s, sensors):
            if only >= 0:
                return -1
            only = k
    return only


@inner
def _in_view(s: TrackArrays, i: int, sensors: SensorArrays, k: int, flat: int) -> bool:
    return in_view(sensors, k, s.xm[i, 0], s.xm[i, 1], s.xm[i, 2], 100.0, flat) > 0.5


@inner
def _others_look(
    s: TrackArrays, i: int, sensors: SensorArrays, live: NDArray[np.int8], k: int, flat: int
) -> bool:
    for j in range(sensors.e_m.shape[0]):
        if j != k and sensors.is_search[j] == 1 and live[j] == 1 and _in_view(s, i, sensors, j, flat):
            return True
    return False


@inner
def _alike(s: TrackArrays, i: int, j: int, now_s: float, reach2: float, var_a: float) -> bool:
    """Whether two tracks may be one object: near enough in place and velocity."""
    d2, v2, p2, pv2 = 0.0, 0.0, 0.0, 0.0
    for x in range(2):
        dt_i, dt_j = now_s - s.t_s[i], now_s - s.t_s[j]
        d2 += (s.xm[i, x] + dt_i * s.xm[i, 3 + x] - s.xm[j, x] - dt_j * s.xm[j, 3 + x]) ** 2
        v2 += (s.xm[i, 3 + x] - s.xm[j, 3 + x]) ** 2
        p2 += s.pm[i, x, x] + s.pm[j, x, x]
        pv2 += s.pm[i, 3 + x, 3 + x] + s.pm[j, 3 + x, 3 + x]
    speed2 = s.xm[i, 3] ** 2 + s.xm[i, 4] ** 2
    climb2 = (s.xm[i, 2] - s.xm[j, 2]) ** 2
    return bool(
        d2 < 9.0 * (p2 + reach2) and v2 < 6.0 * (pv2 + 2.0 * var_a * speed2) + 4.0
        and climb2 < 9.0 * (s.pm[i, 2, 2] + s.pm[j, 2, 2] + reach2)
    )


@kernel
def shares(s: TrackArrays, sensors: SensorArrays, k: int, now_s: float, share_out: _F) -> None:
    """share_out (C,): what part of each track's place comes from sensor k, by the sensors that fed it last."""
    for i in range(s.state.shape[0]):
        share_out[i] = 0.0
        if s.state[i] == FREE or s.ident[i] >= 0 or not recent(s, i, k, now_s, sensors):
            continue
        n = 0
        for j in range(sensors.e_m.shape[0]):
            if sensors.is_search[j] == 1 and recent(s, i, j, now_s, sensors):
                n += 1
        share_out[i] = 1.0 / n
