"""Doubts about an identity that its own way of flying does not raise: verdicts beside that of `integrity.judge`.

Each kind of doubt has its own verdict (TRUSTED, DOUBTFUL, FALSE) in `doubts[i, kind]`; what is shown is the worst of
all. A false one stops the reports from moving the track.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from flightward.kernels._jit import inner, kernel
from flightward.kernels.integrity import (
    CONTRADICTED,
    CROWDED,
    DOUBTFUL,
    DUPLICATE_IDENTITY,
    FALSE,
    IDENTITY_SWAPPED,
    LOW_QUALITY,
    TRUSTED,
    VELOCITY_MISMATCH,
    judge,
)
from flightward.kernels.trackstate import CONFIRMED, N_DOUBTS, NEVER_S, TrackArrays

# kinds of doubt; of equal verdicts the earlier one is told
CROWD, SWAP, TWICE, AGAINST, LOW = 0, 1, 2, 3, 4
# what is wrong with one report, bits
FLAW_LOW, FLAW_GOOD, FLAW_UNHEARD = 1, 2, 4

LOW_N = 3
LOW_SIGMA_M = 2_000.0

CROWD_S = 90.0
CROWD_M = 10_000.0
CROWD_N = 3
STACK_S, STACK_M, STACK_U_M, STACK_MPS, STACK_N = 15.0, 100.0, 60.0, 30.0, 4

SWAP_S = 15.0
SWAP_M = 500.0
SWAP_MPS = 40.0


@inner
def is_false(s: TrackArrays, i: int) -> bool:
    """Whether any doubt says that slot i's identity reports what is not so."""
    worst = 0
    for k in range(N_DOUBTS):
        worst = max(worst, s.doubts[i, k])
    return bool(worst >= FALSE)


@inner
def is_believed(
    s: TrackArrays, i: int, t_s: float, z: NDArray[np.float64], v: NDArray[np.float64], sigma_m: float
) -> bool:
    """Whether slot i's identity is believed at z (3,), v (3,): by its own reports, and by all else known of it."""
    s.talk_s[i] = max(s.talk_s[i], t_s)
    fits, _ = judge(s, i, t_s, z, v, sigma_m, False)
    return bool(fits and not is_false(s, i))


@inner
def verdict(s: TrackArrays, i: int) -> tuple[int, int]:
    """(verdict, reason) of slot i as shown: the worst of all, doubts before kinematics, low quality last."""
    worst, reason = max(s.integ[i], TRUSTED), s.reason[i]
    for k in range(N_DOUBTS):
        d = s.doubts[i, k]
        if d > worst or (d == worst and d > TRUSTED and k != LOW and not _told(reason)):
            worst = d
            if k == CROWD:
                reason = CROWDED
            elif k == SWAP:
                reason = IDENTITY_SWAPPED
            elif k == TWICE:
                reason = DUPLICATE_IDENTITY
            elif k == AGAINST:
                reason = CONTRADICTED
            else:
                reason = LOW_QUALITY
    return worst, reason


@inner
def _told(reason: int) -> bool:
    """Whether a reason is a doubt's own: of two doubts the first one stands."""
    return reason in (CROWDED, IDENTITY_SWAPPED, DUPLICATE_IDENTITY, CONTRADICTED)


@inner
def note_quality(s: TrackArrays, i: int, flaw: int) -> None:
    """Count good and collapsed qualities: doubtful after three collapsed ones in a row, until three good ones.

    What never was good is only inaccurate: old transponders know no category.
    """
    if flaw & FLAW_GOOD:
        s.had_good[i] = 1
        s.low_n[i] = min(s.low_n[i], 0) - 1
        if s.low_n[i] <= -LOW_N:
            s.doubts[i, LOW] = TRUSTED
    elif flaw & FLAW_LOW and s.had_good[i] == 1:
        s.low_n[i] = max(s.low_n[i], 0) + 1
        if s.low_n[i] >= LOW_N:
            s.doubts[i, LOW] = DOUBTFUL


@kernel
def mark_crowds(s: TrackArrays, now_s: float) -> None:
    """Many identities at one point are false.

    Either three that came there by jumps (their own tracks are elsewhere), within CROWD_M; or four that fly within
    100 m of each other at the speed of aircraft (three: doubtful). Those that stand or fly slowly close together, as
    at an airport or in a show of drones, are no crowd.
    """
    n = s.state.shape[0]
    slots = np.empty(n, np.int64)
    m = 0
    for i in range(n):
        s.doubts[i, CROWD] = TRUSTED
        if s.state[i] == CONFIRMED and s.ident[i] >= 0 and now_s - s.said[i, 3] <= CROWD_S:
            slots[m] = i
            m += 1
    slots = slots[:m]
    slots = slots[np.argsort(s.said[slots, 0])]
    near = np.zeros((m, 2), np.int64)
    for a in range(m):
        i = slots[a]
        jumped = _jumped(s, i)
        flies = _flies(s, i, now_s)
        for b in range(a + 1, m):
            k = slots[b]
            de = s.said[k, 0] - s.said[i, 0]
            if de > CROWD_M:
                break
            d = math.hypot(de, s.said[k, 1] - s.said[i, 1])
            if jumped and d <= CROWD_M and _jumped(s, k):
                near[a, 0] += 1
                near[b, 0] += 1
            if flies and d <= STACK_M and abs(s.said[k, 2] - s.said[i, 2]) <= STACK_U_M and _flies(s, k, now_s):
                near[a, 1] += 1
                near[b, 1] += 1
    for a in range(m):
        if near[a, 0] >= CROWD_N - 1 or near[a, 1] >= STACK_N - 1:
            s.doubts[slots[a], CROWD] = FALSE
        elif near[a, 1] >= STACK_N - 2:
            s.doubts[slots[a], CROWD] = DOUBTFUL


@inner
def _jumped(s: TrackArrays, i: int) -> bool:
    """Whether what slot i says is refused for lying elsewhere than it can be."""
    if s.integ[i] <= TRUSTED or s.reason[i] <= 1 or s.reason[i] == VELOCITY_MISMATCH:
        return False
    far = math.hypot(s.said[i, 0] - s.true[i, 0], s.said[i, 1] - s.true[i, 1])
    return s.true[i, 3] != NEVER_S and far > CROWD_M


@inner
def _flies(s: TrackArrays, i: int, now_s: float) -> bool:
    """Whether slot i was heard just now, at the speed of an aircraft."""
    return now_s - s.said[i, 3] <= STACK_S and math.hypot(s.true[i, 4], s.true[i, 5]) > STACK_MPS


@kernel
def mark_swaps(s: TrackArrays, now_s: float) -> None:
    """An identity whose refused reports lie on another identity's track; both ways, the two have changed places."""
    n = s.state.shape[0]
    for i in range(n):
        s.doubts[i, SWAP] = TRUSTED
    for i in range(n):
        if s.state[i] != CONFIRMED or s.ident[i] < 0 or s.integ[i] <= TRUSTED or now_s - s.said[i, 3] > SWAP_S:
            continue
        if s.reason[i] <= 1:
            continue
        for k in range(n):
            if k == i or s.state[k] != CONFIRMED or s.ident[k] < 0 or not _on_track(s, i, k):
                continue
            back = s.integ[k] > TRUSTED and now_s - s.said[k, 3] <= SWAP_S and _on_track(s, k, i)
            # neither is where it says; whose name is whose, nobody knows
            s.doubts[i, SWAP] = FALSE
            if back:
                s.doubts[k, SWAP] = FALSE


@inner
def _on_track(s: TrackArrays, i: int, k: int) -> bool:
    """Whether what slot i said last lies on slot k's track."""
    dt = s.said[i, 3] - s.t_s[k]
    sigma = math.sqrt(s.pm[k, 0, 0] + s.pm[k, 1, 1])
    d = math.hypot(s.said[i, 0] - s.xm[k, 0] - dt * s.xm[k, 3], s.said[i, 1] - s.xm[k, 1] - dt * s.xm[k, 4])
    return d <= SWAP_M + min(3.0 * sigma, 2.0 * SWAP_M) and abs(s.said[i, 2] - s.xm[k, 2]) <= SWAP_M
