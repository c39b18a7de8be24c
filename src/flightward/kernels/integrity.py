"""May a position that an object reports about itself be believed.

Each report is judged against what is physically possible for its level, against the identity's own reports before
it, and against where the trusted track must be by now. What fails is not used: the track flies on as it was last
believed. Trust comes back only after several reports that agree with each other and with the last trusted place.

Reasons are the codes of model.codes.IntegrityReason; verdicts 0 trusted, 1 doubtful, 2 false.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from flightward.kernels._jit import inner, kernel
from flightward.kernels.trackstate import DRONE, NEVER_S, TrackArrays

TRUSTED, DOUBTFUL, FALSE = 0, 1, 2
NONE, STALE, FROZEN, JUMP, IMPOSSIBLE_SPEED, CONTRADICTED, LOW_QUALITY, DUPLICATE_IDENTITY = 0, 1, 2, 3, 4, 5, 6, 7
VELOCITY_MISMATCH, CROWDED, IDENTITY_SWAPPED = 8, 9, 10

# No aeroplane stays up slower than this over ground at these heights, the strongest jet streams included.
HIGH_M, HIGH_MIN_MPS = 9_000.0, 75.0
UPPER_M, UPPER_MIN_MPS = 6_000.0, 35.0
MAX_MPS = 360.0  # airliners in jet streams reach 340 m/s over ground
MAX_LOW_MPS, LOW_M = 200.0, 2_000.0
DRONE_MAX_MPS, SURE_P = 100.0, 0.8  # drones that name themselves fly 20 m/s, racing ones 100
TURN_MPS2 = 10.0
FROZEN_S = 15.0
FROZEN_MPS = 25.0
CLOCK_S = 12.0  # receiver networks stamp times by up to this much wrong (842 aircraft over Switzerland, 1 % above 6 s)
BACK_S = 1_800.0  # within half an hour nobody at cruise lands, turns round and is at cruise again
CHAIN_S = 30.0  # two reports farther apart in time do not check each other's velocity
GOOD_N = 3
DOUBT_S, FALSE_S, ASTRAY_S = 3.0, 8.0, 300.0
DOUBT_N, BAD_N, BAD_S = 2, 3, 2.0
VELOCITY_OFF_MPS = 15.0
OWN_VELOCITY_MPS = 20.0  # 1 sigma of a velocity taken from two positions


@inner
def fastest(u_m: float) -> float:
    """The greatest ground speed at a height, m/s."""
    w = min(max((u_m - LOW_M) / 4_000.0, 0.0), 1.0)
    return MAX_LOW_MPS + w * (MAX_MPS - MAX_LOW_MPS)


@kernel
def impossible(u_m: float, ve: float, vn: float) -> bool:
    """Whether a reported ground speed cannot be flown at a height; an unknown speed can."""
    v = math.hypot(ve, vn)
    if u_m > HIGH_M and v < HIGH_MIN_MPS:
        return True
    if u_m > UPPER_M and v < UPPER_MIN_MPS:
        return True
    return v > MAX_MPS


@inner
def off_way(de: float, dn: float, ve: float, vn: float) -> float:
    """How far an offset lies beside a way flown at ve, vn, whatever clock error within CLOCK_S the stamps have."""
    v = math.hypot(ve, vn)
    if v < 1.0:
        return math.hypot(de, dn)
    along = abs(de * ve + dn * vn) / v
    return math.hypot(max(along - CLOCK_S * v, 0.0), (de * vn - dn * ve) / v)


@inner
def own_velocity(
    s: TrackArrays, i: int, t_s: float, z: NDArray[np.float64], v: NDArray[np.float64], sigma: float
) -> bool:
    """Whether a reported velocity can be the one that was flown from the last trusted position to this one.

    Its mean with the velocity reported there must not point aside of the way. Rows that a network filled by
    interpolation turn their course without turning, and clocks do not explain an error across.
    """
    dt = t_s - s.true[i, 3]
    if s.true[i, 3] == NEVER_S or dt < 2.0 or dt > CHAIN_S or not math.isfinite(v[0] + v[1]):
        return True
    me, mn = 0.5 * (v[0] + s.true[i, 4]), 0.5 * (v[1] + s.true[i, 5])
    speed = math.hypot(me, mn)
    if speed < 1.0:
        return True
    across = abs((z[0] - s.true[i, 0]) * mn - (z[1] - s.true[i, 1]) * me) / speed
    return bool(across <= (VELOCITY_OFF_MPS + 0.03 * speed) * dt + 4.0 * sigma)


@inner
def against_own(
    s: TrackArrays, i: int, t_s: float, z: NDArray[np.float64], v: NDArray[np.float64], sigma: float
) -> int:
    """What the identity's newest reported position says of a new one: FROZEN, VELOCITY_MISMATCH or NONE."""
    dt = t_s - s.said[i, 3]
    if s.said[i, 3] == NEVER_S or dt <= 0.0 or not math.isfinite(v[0] + v[1]):
        return NONE
    de, dn = z[0] - s.said[i, 0], z[1] - s.said[i, 1]
    if math.hypot(de, dn) < 1.0 and math.hypot(v[0], v[1]) > FROZEN_MPS:
        return FROZEN if t_s - s.still_s[i] > FROZEN_S else NONE
    if dt > CHAIN_S:
        return NONE
    off = off_way(de - v[0] * dt, dn - v[1] * dt, v[0], v[1])
    return VELOCITY_MISMATCH if off > 200.0 + 6.0 * sigma + 30.0 * dt + 0.5 * TURN_MPS2 * min(dt, 10.0) ** 2 else NONE


@inner
def against_trusted(s: TrackArrays, i: int, t_s: float, z: NDArray[np.float64], sigma: float) -> tuple[int, bool]:
    """(reason, is_astray): out of reach of the last trusted position; far from where the track must be."""
    dt = t_s - s.true[i, 3]
    if s.true[i, 3] == NEVER_S or dt < 0.0:
        return NONE, False
    far = math.hypot(z[0] - s.true[i, 0], z[1] - s.true[i, 1])
    top = fastest(max(z[2], s.true[i, 2]))
    if s.p_class[i, DRONE] > SURE_P:
        top = min(top, DRONE_MAX_MPS)
    if far > top * dt + CLOCK_S * math.hypot(s.true[i, 4], s.true[i, 5]) + 300.0 + 6.0 * sigma:
        return JUMP, True
    if abs(z[2] - s.true[i, 2]) > 80.0 * dt + 500.0:
        return JUMP, True
    lag = t_s - s.t_s[i]
    off = off_way(
        z[0] - s.xm[i, 0] - lag * s.xm[i, 3], z[1] - s.xm[i, 1] - lag * s.xm[i, 4], s.xm[i, 3], s.xm[i, 4]
    )
    v = math.hypot(s.true[i, 4], s.true[i, 5])
    if s.agree[i, 3] > s.true[i, 3] and t_s - s.agree[i, 3] <= CHAIN_S:
        # a radar has seen it since: it is known better than by dead reckoning
        since = t_s - s.agree[i, 3]
        return NONE, off > 1_500.0 + 6.0 * sigma + min(0.5 * TURN_MPS2 * since * since, (v + top) * since)
    # by the track's velocity or by its own: one slip of either is no lie
    off = min(off, off_way(
        z[0] - s.true[i, 0] - dt * s.true[i, 4], z[1] - s.true[i, 1] - dt * s.true[i, 5], s.true[i, 4], s.true[i, 5]
    ))
    if dt <= 60.0:
        return NONE, off > 300.0 + 6.0 * sigma + min(0.5 * TURN_MPS2 * dt * dt, (v + top) * dt)
    # low down anything may turn, stop or land in a gap; an airliner at cruise flies on, until it may have come back
    if min(z[2], s.true[i, 2]) > UPPER_M and dt <= BACK_S:
        return NONE, off > 20_000.0 + 0.5 * v * dt
    return NONE, False


@inner
def _fault(
    s: TrackArrays, i: int, t_s: float, z: NDArray[np.float64], v: NDArray[np.float64], sigma_m: float, unheard: bool
) -> tuple[int, bool, bool]:
    """(reason, is_astray, is_impossible) of one report against all that was known before it."""
    level = impossible(z[2], v[0], v[1]) if math.isfinite(v[0] + v[1]) else False
    own = against_own(s, i, t_s, z, v, sigma_m)
    reach, is_astray = against_trusted(s, i, t_s, z, sigma_m)
    is_near = t_s - s.true[i, 3] <= 60.0 and reach == NONE and not is_astray
    if level:
        return IMPOSSIBLE_SPEED, is_astray, True
    if unheard:
        return CONTRADICTED, is_astray, False
    if reach != NONE:
        return reach, is_astray, False
    if own == FROZEN or (own != NONE and not is_near):
        return own, is_astray, False
    return NONE, is_astray, False


@kernel
def judge(
    s: TrackArrays, i: int, t_s: float, z: NDArray[np.float64], v: NDArray[np.float64], sigma_m: float, unheard: bool
) -> tuple[bool, bool]:
    """(is_believed, is_elsewhere) of slot i's identity when it reports z (3,) m and v (3,) m/s (NaN unknown) at t_s.

    unheard: its receiver cannot hear anything from there. Updates the verdict, its reason and what the identity
    said; the caller moves the track. is_elsewhere: not where the trusted track is.
    """
    reason, is_astray, level = _fault(s, i, t_s, z, v, sigma_m, unheard)
    elsewhere = is_astray or reason == JUMP
    if not (math.hypot(z[0] - s.said[i, 0], z[1] - s.said[i, 1]) < 1.0):
        s.still_s[i] = t_s
    s.said[i, 0], s.said[i, 1], s.said[i, 2], s.said[i, 3] = z[0], z[1], z[2], t_s
    was_good = s.integ[i] <= TRUSTED or (s.integ[i] == DOUBTFUL and s.reason[i] in (STALE, FROZEN))
    if reason == FROZEN and was_good:
        # the same place again is no new position: doubted, but nobody lies
        s.integ[i] = DOUBTFUL
        s.reason[i] = STALE if s.reason[i] == STALE else FROZEN
        return False, False
    if reason == NONE and was_good and not is_astray:
        s.integ[i], s.reason[i], s.bad_n[i] = TRUSTED, NONE, 0
        return True, False
    if was_good:
        _first_faults(s, i, t_s, JUMP if reason == NONE else reason, level and is_astray)
        return False, elsewhere
    if reason != NONE:
        s.bad_n[i] += 1
        s.good_n[i] = 0
        s.reason[i] = reason
        # a velocity that does not fit alone may be the velocity's fault, or the clock's
        if s.bad_n[i] >= BAD_N and t_s - s.bad_s[i] >= BAD_S and reason != VELOCITY_MISMATCH:
            s.integ[i] = FALSE
        return False, elsewhere
    s.good_n[i] += 1
    if s.good_n[i] == 1:
        s.good_s[i] = t_s
    wait_s = ASTRAY_S if is_astray else (FALSE_S if s.integ[i] == FALSE else DOUBT_S)
    if s.good_n[i] >= GOOD_N and t_s - s.good_s[i] >= wait_s:
        s.integ[i], s.reason[i], s.bad_n[i] = TRUSTED, NONE, 0
        return True, False
    if is_astray and t_s - s.bad_s[i] >= BAD_S and s.reason[i] != VELOCITY_MISMATCH:
        s.integ[i] = FALSE
    return False, elsewhere


@inner
def _first_faults(s: TrackArrays, i: int, t_s: float, reason: int, at_once: bool) -> None:
    """A believed identity said something that cannot be: one report may be a slip, two are not."""
    s.bad_n[i] += 1
    s.good_n[i] = 0
    if s.bad_n[i] == 1:
        s.bad_s[i] = t_s
    if at_once:
        s.integ[i], s.reason[i] = FALSE, reason  # two contradictions that share nothing need no third
    elif s.bad_n[i] >= DOUBT_N or s.integ[i] == DOUBTFUL or s.true[i, 3] == NEVER_S:
        s.integ[i], s.reason[i] = DOUBTFUL, reason
