"""One identity in several places: each place is a track of its own, and none moves another.

The place that was there first, or that sensors see, bears the identity (`ident`); the others name it in `alias`. A
report goes to the place that it continues; `still_s` of another place is when it came up, `good_s` when the first place
was heard again. Heard at both by turns, both are doubted: nobody can say by the reports
alone who is who. A place that came up while the first had long been believed is false.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from flightward.kernels._jit import inner, kernel
from flightward.kernels.doubts import AGAINST, TWICE
from flightward.kernels.integrity import CLOCK_S, DOUBTFUL, DUPLICATE_IDENTITY, FALSE, NONE, TRUSTED, TURN_MPS2
from flightward.kernels.trackstate import FREE, NEVER_S, TrackArrays

TWICE_S = 30.0
"""Both places count as spoken from for so long."""
PLACE_S = 120.0
"""A place is remembered for so long."""
TWICE_N = 3
APART_M = 500.0
TAKES_OVER = 99
"""Mark in `bad_n` of another place: the identity is believed there."""
ESTABLISHED_S = 60.0
HANDOVER_S = 300.0
PLACE_ODDS = 4.0


@inner
def off_place(s: TrackArrays, k: int, t_s: float, z: NDArray[np.float64]) -> float:
    """Distance of a position from where slot k's newest believed one leads."""
    dt = t_s - s.true[k, 3]
    return math.hypot(z[0] - s.true[k, 0] - dt * s.true[k, 4], z[1] - s.true[k, 1] - dt * s.true[k, 5])


@inner
def apart_m(s: TrackArrays, i: int, sigma_m: float) -> float:
    """How far from its own way a position must lie to be another place, and no error of clocks or accuracy."""
    return APART_M + 6.0 * sigma_m + CLOCK_S * math.hypot(s.true[i, 4], s.true[i, 5])


@inner
def place_of(s: TrackArrays, i: int, ident: int, t_s: float, z: NDArray[np.float64], sigma_m: float) -> int:
    """The other place of slot i's identity that a position continues better than i's own, or -1."""
    best, best_off = -1, off_place(s, i, t_s, z)
    if best_off <= apart_m(s, i, sigma_m):
        return -1
    for k in range(s.state.shape[0]):
        if s.state[k] == FREE or s.alias[k] != ident or s.true[k, 3] == NEVER_S:
            continue
        dt = abs(t_s - s.true[k, 3])
        off = off_place(s, k, t_s, z)
        tolerance = 300.0 + 6.0 * sigma_m + 30.0 * dt + 0.5 * TURN_MPS2 * min(dt, 10.0) ** 2
        if dt <= PLACE_S and off <= tolerance and off < best_off:
            best, best_off = k, off
    return best


@kernel
def settle_places(s: TrackArrays, now_s: float, slot_of: NDArray[np.int64]) -> None:
    """Count the places of each identity, judge them, and let the identity go where it is still heard."""
    for i in range(s.state.shape[0]):
        s.n_alias[i] = 0
        s.doubts[i, TWICE] = TRUSTED
    for k in range(s.state.shape[0]):
        if s.state[k] == FREE or s.alias[k] < 0:
            continue
        i = slot_of[s.alias[k]]
        heard = now_s - s.true[k, 3] <= TWICE_S
        if i < 0 or (heard and _hands_over(s, i, k, now_s)):
            _hand_over(s, i, k, slot_of)
            continue
        s.n_alias[i] += 1
        if s.good_s[k] == NEVER_S and s.true[i, 3] > s.still_s[k]:
            s.good_s[k] = s.true[i, 3]
        # a jump and back is no second place: it must be heard again after the first was
        if s.n_reports[k] >= TWICE_N and heard and s.good_s[k] != NEVER_S and s.true[k, 3] > s.good_s[k]:
            s.log_odds[k] = max(s.log_odds[k], PLACE_ODDS)
            old = s.still_s[k] - s.since_s[i] >= ESTABLISHED_S
            s.integ[k] = FALSE if old else DOUBTFUL
            if now_s - s.true[i, 3] <= TWICE_S:
                s.doubts[i, TWICE] = DOUBTFUL


@inner
def _hands_over(s: TrackArrays, i: int, k: int, now_s: float) -> bool:
    """Whether slot k bears the identity of slot i better: i is long silent, or refuted while sensors see k."""
    if s.bad_n[k] == TAKES_OVER:
        return True
    if s.true[i, 3] <= s.still_s[k]:
        return False  # never heard at both: a jump, that `judge` decides
    if now_s - s.true[i, 3] > HANDOVER_S and s.n_reports[k] >= TWICE_N:
        return True
    return bool(s.doubts[i, AGAINST] == FALSE and s.agree[k, 3] != NEVER_S and now_s - s.agree[k, 3] < TWICE_S)


@inner
def _hand_over(s: TrackArrays, i: int, k: int, slot_of: NDArray[np.int64]) -> None:
    ident = s.alias[k]
    if i >= 0:
        s.ident[i], s.alias[i], s.still_s[i] = -1, ident, s.true[k, 3]
        s.integ[i], s.reason[i] = FALSE, DUPLICATE_IDENTITY
    s.ident[k], s.alias[k] = ident, -1
    s.log_odds[k] = max(s.log_odds[k], PLACE_ODDS)
    s.good_n[k], s.good_s[k] = 0, NEVER_S
    s.integ[k], s.reason[k] = TRUSTED, NONE
    s.bad_n[k], s.talk_s[k] = 0, s.true[k, 3]
    slot_of[ident] = k
