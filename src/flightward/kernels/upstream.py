"""Tracks of another system: linked to our own by the source's number and by fit, joined by covariance intersection.

What another tracker says was made from sensors that may be ours too, and each of its reports shares its errors with the
one before: it is never a new measurement. So states are intersected, not multiplied, and existence grows only to a
limit. A source may use a number again or swap two of them: the fit of each link is judged anew with every report, all
reports of one source together, exactly (kernels.assign).
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from flightward.kernels._jit import inner, kernel
from flightward.kernels.assign import assign
from flightward.kernels.doubts import is_believed, is_false
from flightward.kernels.imm import combine, predict, predict_one
from flightward.kernels.integrity import TRUSTED
from flightward.kernels.intersect import intersect, invert_spd, renew, weight
from flightward.kernels.scan import _cell, grid
from flightward.kernels.tracklife import N_DOUBTED, N_HITS, N_LATE, LifeOptions, no_turn, take_slot
from flightward.kernels.trackstate import CONFIRMED, FREE, NEVER_S, TrackArrays
from flightward.kernels.visibility import SensorArrays

USED, DOUBTED, LATE, NO_ROOM = 0, 1, 2, 3
GATE_D2 = 25.0  # chi-square of 6 at 0.9997
NEW_COST = 20.0
LINK_BONUS = 6.0
ALONE_COST = 8.0
"""What a link costs whose track lives by this source alone: a track that others see too, and that fits, takes it."""
OWN_S = 15.0
BIRTH_ODDS, HIT_ODDS, ODDS_MAX, ODDS_LEAST = 0.0, 1.5, 3.0, 1.0
MISS_ODDS = 1.0
MISSES_MAX = 8
WAIT = 1.5
"""A report is missed when the source has spoken for longer than its usual interval times this."""
DROP_ODDS = -50.0
CELLS_MAX = 512
CELL_M = 1_000.0


class Links(NamedTuple):
    """L source tracks, in order of key."""

    key: NDArray[np.int64]  # (L,) source and its track number in one
    source: NDArray[np.int64]  # (L,) sensor row, or -1
    slot: NDArray[np.int64]  # (L,) ours, or -1
    serial: NDArray[np.int64]  # (L,) the serial that the slot had
    t_s: NDArray[np.float64]  # (L,) newest report used
    interval_s: NDArray[np.float64]  # (L,) usual time between reports
    missed: NDArray[np.int64]  # (L,) since then
    kind: NDArray[np.int8]  # (L,) what the source last called it, or -1
    said: NDArray[np.float64]  # (L, 4) an earlier position e, n, u and its time


@inner
def is_linked(s: TrackArrays, links: Links, a: int) -> bool:
    """Whether link a still points to the track that it was made for."""
    i = links.slot[a]
    return bool(i >= 0 and s.state[i] != FREE and s.serial[i] == links.serial[a])


@inner
def lives_alone(s: TrackArrays, i: int, source: int, t_s: float) -> bool:
    """Whether nothing but this source has reported slot i of late."""
    if s.ident[i] >= 0:
        return False
    for k in range(s.hit_s.shape[1]):
        if t_s - s.hit_s[i, k] <= OWN_S and (k != source or s.bits[i, k] != 0):
            return False
    return True


@inner
def meet(
    s: TrackArrays, i: int, t_s: float, x: NDArray[np.float64], b: NDArray[np.float64], xa: NDArray[np.float64],
    pa: NDArray[np.float64],
) -> None:
    """Bring slot i's mixture (into xa, pa) and an estimate x, b of t_s (in place) to the later of their times."""
    xa[:] = s.xm[i]
    pa[:, :] = s.pm[i]
    q = np.empty(2)
    for c in range(2):
        q[c] = s.mu[i, 0] * s.q[i, 0, c] + s.mu[i, 1] * s.q[i, 1, c]
    dt = t_s - s.t_s[i]
    if dt > 0.0:
        predict_one(xa, pa, q, dt)
    elif dt < 0.0:
        predict_one(x, b, q, -dt)


@inner
def fit(
    s: TrackArrays, i: int, t_s: float, x: NDArray[np.float64], var: NDArray[np.float64], work: NDArray[np.float64],
    inv: NDArray[np.float64],
) -> tuple[float, float]:
    """(distance squared in sigmas, ln of how much wider than twice the estimate the sum of both is) of slot i."""
    xa, xb = np.empty(6), x.copy()
    b = np.zeros((6, 6))
    for a in range(6):
        b[a, a] = var[a]
    meet(s, i, t_s, xb, b, xa, work)
    wide = 0.0
    for a in range(6):
        for c in range(6):
            work[a, c] += b[a, c]
        wide -= math.log(2.0 * max(b[a, a], 1e-9))
    log_det = invert_spd(work, inv)
    if not math.isfinite(log_det):
        return np.inf, 0.0
    d2 = 0.0
    for a in range(6):
        for c in range(6):
            d2 += (xb[a] - xa[a]) * inv[a, c] * (xb[c] - xa[c])
    return d2, max(log_det + wide, 0.0)


@inner
def join(
    s: TrackArrays, i: int, t_s: float, x: NDArray[np.float64], var: NDArray[np.float64], o: LifeOptions
) -> float:
    """Intersect slot i, model by model, with an estimate x (6,) of variances var (6,) at t_s; the share w it kept.

    NaN: nothing was changed, as one of them has no inverse.
    """
    dt = t_s - s.t_s[i]
    if dt > 0.0:
        predict(s.x[i], s.p[i], s.mu[i], s.q[i], dt, o.stay_s)
        s.t_s[i] = t_s
        combine(s.x[i], s.p[i], s.mu[i], s.xm[i], s.pm[i])
    xa, pa, xb, b = np.empty(6), np.empty((6, 6)), x.copy(), np.zeros((6, 6))
    for a in range(6):
        b[a, a] = var[a]
    meet(s, i, t_s, xb, b, xa, pa)
    info_a, info_b = np.empty((6, 6)), np.empty((6, 6))
    if not (math.isfinite(invert_spd(pa, info_a)) and math.isfinite(invert_spd(b, info_b))):
        return np.nan
    w = weight(info_a, info_b)
    if math.isfinite(w):
        for m in range(2):
            xa[:], pa[:, :] = s.x[i, m, :6], s.p[i, m, :6, :6]
            if intersect(xa, pa, xb, info_b, w):
                renew(s.x[i, m], s.p[i, m], xa, pa)
        combine(s.x[i], s.p[i], s.mu[i], s.xm[i], s.pm[i])
    return w


@inner
def begin(
    s: TrackArrays, i: int, t_s: float, x: NDArray[np.float64], var: NDArray[np.float64], o: LifeOptions
) -> None:
    """Set the state of slot i to an estimate x (6,) of variances var (6,)."""
    s.t_s[i] = t_s
    for m in range(2):
        s.mu[i, m] = o.birth_mu[m]
        for a in range(6):
            s.x[i, m, a] = x[a]
            for c in range(6):
                s.p[i, m, a, c] = var[a] if a == c else 0.0
    no_turn(s, i, o)
    combine(s.x[i], s.p[i], s.mu[i], s.xm[i], s.pm[i])


@inner
def may_link(
    s: TrackArrays, i: int, j: int, owner: int, links: Links, row_of_link: NDArray[np.int64], t_s: float, ident: int,
    slot_of: NDArray[np.int64],
) -> bool:
    """Whether slot i is open to row j: not another identity's, not held by a live number that is not in this batch."""
    if ident >= 0:
        if s.ident[i] >= 0 and s.ident[i] != ident:
            return False
        if slot_of[ident] >= 0 and slot_of[ident] != i:
            return False
    if owner >= 0 and row_of_link[owner] < 0:
        return bool(t_s - links.t_s[owner] > 2.5 * links.interval_s[owner])
    return True


@inner
def upstream_edges(
    s: TrackArrays, slots: NDArray[np.int64], links: Links, row_link: NDArray[np.int64], t_s: NDArray[np.float64],
    x: NDArray[np.float64], var: NDArray[np.float64], ident: NDArray[np.int64], source: int,
    slot_of: NDArray[np.int64], o: LifeOptions, start: NDArray[np.int64],
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Edges of N slots to M rows of one source: fills start (N + 1,); gives rows and costs (E,)."""
    m = t_s.shape[0]
    owner = np.full(s.state.shape[0], -1, np.int64)
    row_of_link = np.full(links.key.shape[0], -1, np.int64)
    for j in range(m):
        row_of_link[row_link[j]] = j
    for a in range(links.key.shape[0]):
        if links.source[a] == source and is_linked(s, links, a):
            owner[links.slot[a]] = a
    box = np.empty(5)
    box[0], box[1] = np.min(x[:, 0]), np.min(x[:, 1])
    reach = max(np.max(x[:, 0]) - box[0], np.max(x[:, 1]) - box[1])
    box[2] = max(CELL_M, reach / CELLS_MAX)
    box[3], box[4] = math.floor(reach / box[2]) + 1.0, math.floor(reach / box[2]) + 1.0
    cells, row = np.zeros(int(box[3] * box[4]) + 1, np.int64), np.empty(m, np.int64)
    grid(x, cells, row, box)
    t0, t1, b_e = np.min(t_s), np.max(t_s), np.max(var[:, 0])
    col, cost = np.empty(4 * m + 64, np.int64), np.empty(4 * m + 64)
    work, inv = np.empty((6, 6)), np.empty((6, 6))
    nx, n_edges = int(box[3]), 0
    for a in range(slots.shape[0]):
        i = slots[a]
        start[a] = n_edges
        far = max(abs(t0 - s.t_s[i]), abs(t1 - s.t_s[i]))
        p_e = s.pm[i, 0, 0] + s.pm[i, 1, 1] + far * far * (s.pm[i, 3, 3] + s.pm[i, 4, 4]) + s.q[i, 1, 0] * far**3
        if not (p_e < o.sigma_max_m**2 or owner[i] >= 0):
            continue
        width = math.sqrt(GATE_D2 * (min(p_e, o.sigma_max_m**2) + b_e)) + far * math.hypot(s.xm[i, 3], s.xm[i, 4])
        c0 = _cell(s.xm[i, 0] - width, s.xm[i, 1] - width, box)
        c1 = _cell(s.xm[i, 0] + width, s.xm[i, 1] + width, box)
        for cy in range(c0 // nx, c1 // nx + 1):
            for cx in range(c0 % nx, c1 % nx + 1):
                for b in range(cells[cy * nx + cx], cells[cy * nx + cx + 1]):
                    j = row[b]
                    if not may_link(s, i, j, owner[i], links, row_of_link, t_s[j], ident[j], slot_of):
                        continue
                    d2, wide = fit(s, i, t_s[j], x[j], var[j], work, inv)
                    if not d2 <= GATE_D2:
                        continue
                    c = 0.5 * (d2 + wide) - NEW_COST
                    if lives_alone(s, i, source, t_s[j]):
                        c += ALONE_COST
                    elif owner[i] == row_link[j]:
                        c -= LINK_BONUS
                    if n_edges == col.shape[0]:
                        col = np.concatenate((col, np.empty(n_edges, np.int64)))
                        cost = np.concatenate((cost, np.empty(n_edges)))
                    col[n_edges], cost[n_edges] = j, c
                    n_edges += 1
    start[slots.shape[0]] = n_edges
    return col[:n_edges], cost[:n_edges]


@inner
def note_upstream(
    s: TrackArrays, i: int, sensors: SensorArrays, source: int, t_s: float, o: LifeOptions
) -> None:
    """Existence and history of slot i after a report of its upstream track."""
    if s.log_odds[i] < ODDS_MAX:
        floor = ODDS_LEAST if s.state[i] == CONFIRMED else -np.inf
        s.log_odds[i] = max(min(s.log_odds[i] + HIT_ODDS, ODDS_MAX), floor)
    s.n_reports[i] += 1
    s.heard_s[i] = max(s.heard_s[i], t_s)
    s.up_s[i] = max(s.up_s[i], t_s)
    if source < 0:
        return
    if sensors.is_search[source] == 1 and t_s > s.look_s[i, source]:
        # this sensor did find it; its plots keep their own places in the scans' bits
        s.look_s[i, source], s.lost[i, source], s.missed[i, source] = t_s, 0.0, 0
    if t_s > s.hit_s[i, source]:
        if s.hit_s[i, source] == NEVER_S:
            s.bits[i, source] = 0
            s.hit_s[i, source] = t_s
        else:
            k = round((t_s - s.hit_s[i, source]) / sensors.scan_s[source])
            if k > 0:
                s.bits[i, source] = (s.bits[i, source] << np.int64(k)) if k < 62 else 0
                s.hit_s[i, source] = t_s


@kernel
def link(s: TrackArrays, links: Links, a: int, i: int, source: int, t_s: float) -> int:
    """Let link a point to slot i from its report of t_s on; gives the slot that it leaves and alone fed, or -1."""
    old = links.slot[a]
    left = old if is_linked(s, links, a) and old != i and lives_alone(s, old, source, t_s) else -1
    links.slot[a], links.serial[a] = i, s.serial[i]
    if links.t_s[a] > NEVER_S:
        links.interval_s[a] += 0.3 * (min(max(t_s - links.t_s[a], 1.0), 30.0) - links.interval_s[a])
    links.t_s[a], links.missed[a] = t_s, 0
    return left


@inner
def leave(s: TrackArrays, links: Links, left: NDArray[np.int64]) -> None:
    """End the slots of `left` (-1 none) that no link points to any more: each was another track's object all along."""
    for j in range(left.shape[0]):
        if left[j] < 0:
            continue
        is_held = False
        for a in range(links.key.shape[0]):
            is_held = is_held or (links.slot[a] == left[j] and is_linked(s, links, a))
        if not is_held:
            s.log_odds[left[j]] = DROP_ODDS


@inner
def take_in(
    s: TrackArrays, i: int, t_s: float, x: NDArray[np.float64], var: NDArray[np.float64], ident: int, is_direct: int,
    o: LifeOptions,
) -> bool:
    """Move slot i by an upstream estimate; False where it is not believed.

    With an identity it holds what the object says of itself and is judged as such, unless we hear the object itself
    (is_direct 1): then nothing is learnt about its truth, and a doubted identity is not moved.
    """
    if ident >= 0:
        d2, _ = fit(s, i, t_s, x, var, np.empty((6, 6)), np.empty((6, 6)))
        if is_direct == 1:
            if s.integ[i] > TRUSTED or is_false(s, i) or not d2 <= GATE_D2:
                return False
        else:
            if t_s <= s.said[i, 3] or not is_believed(s, i, t_s, x[:3], x[3:], math.sqrt(var[0])):
                return False
            s.true[i, :3], s.true[i, 3], s.true[i, 4:] = x[:3], t_s, x[3:]
            if not d2 <= GATE_D2 and t_s >= s.t_s[i]:
                begin(s, i, t_s, x, var, o)  # believed: what was known before only misleads
                return True
    join(s, i, t_s, x, var, o)
    return True


@kernel
def upstream(
    s: TrackArrays, sensors: SensorArrays, links: Links, source: int, row_link: NDArray[np.int64],
    t_s: NDArray[np.float64], x: NDArray[np.float64], var: NDArray[np.float64], ident: NDArray[np.int64],
    is_direct: NDArray[np.int8], o: LifeOptions, free: NDArray[np.int64], counts: NDArray[np.int64],
    slot_of: NDArray[np.int64], status_out: NDArray[np.int8], slot_out: NDArray[np.int64],
) -> None:
    """M tracks of one source (sensor row or -1), each of another number; row_link (M,): their links.

    t_s (M,); x (M, 6) plane e, n, hae m and velocity m/s; var (M, 6) their variances; ident (M,) or -1; is_direct (M,)
    1: that identity is heard by our own receivers; slot_of (I,): slot of each identity or -1, written in place.
    status_out (M,): USED, DOUBTED, LATE or NO_ROOM; slot_out (M,): the slot that took it, -1 none.
    """
    m = t_s.shape[0]
    slots = np.empty(s.state.shape[0], np.int64)
    n = 0
    for i in range(s.state.shape[0]):
        if s.state[i] != FREE:
            slots[n] = i
            n += 1
    start = np.zeros(n + 1, np.int64)
    col, cost = upstream_edges(
        s, slots[:n], links, row_link, t_s, x, var, ident, source, slot_of, o, start
    )
    col_of, row_of = np.empty(n, np.int64), np.empty(m, np.int64)
    assign(start, col, cost, m, col_of, row_of)
    left = np.full(m, -1, np.int64)
    for j in range(m):
        a = row_link[j]
        slot_out[j] = -1
        if t_s[j] <= links.t_s[a]:
            status_out[j] = LATE
            counts[N_LATE] += 1
            continue
        i = slots[row_of[j]] if row_of[j] >= 0 else -1
        is_new = False
        if ident[j] >= 0 and slot_of[ident[j]] >= 0:
            i = slot_of[ident[j]]  # one identity is one track, whatever the numbers say
        elif i < 0:
            i = take_slot(s, free, counts, t_s[j], o)
            if i < 0:
                status_out[j] = NO_ROOM
                continue
            is_new = True
            begin(s, i, t_s[j], x[j], var[j], o)
            s.log_odds[i] = BIRTH_ODDS - HIT_ODDS
        if ident[j] >= 0 and s.ident[i] < 0:
            s.ident[i] = ident[j]
            slot_of[ident[j]] = i
        left[j] = link(s, links, a, i, source, t_s[j])
        if (ident[j] >= 0 or not is_new) and not take_in(s, i, t_s[j], x[j], var[j], ident[j], is_direct[j], o):
            status_out[j] = DOUBTED
            counts[N_DOUBTED] += 1
            continue
        note_upstream(s, i, sensors, source, t_s[j], o)
        counts[N_HITS] += 1
        status_out[j], slot_out[j] = USED, i
    leave(s, links, left)


@kernel
def fade_upstream(
    s: TrackArrays, links: Links, spoke_s: NDArray[np.float64], now_s: float, slot_of: NDArray[np.int64]
) -> None:
    """Hold against a track that its source no longer reports it, though the source speaks.

    spoke_s (S + 1,): time of each source's newest upstream report, last that of the sources that are no sensor.
    """
    for a in range(links.key.shape[0]):
        if not is_linked(s, links, a):
            links.slot[a] = -1
            continue
        i = links.slot[a]
        silent_s = spoke_s[links.source[a]] - links.t_s[a]
        while silent_s > (links.missed[a] + WAIT) * links.interval_s[a] and links.missed[a] < MISSES_MAX:
            links.missed[a] += 1
            # who names himself is kept, as stale, when he falls silent
            if s.heard_s[i] <= links.t_s[a] and s.ident[i] < 0:
                s.log_odds[i] -= MISS_ODDS
        if links.missed[a] >= MISSES_MAX:
            links.slot[a] = -1
