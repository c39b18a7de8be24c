"""The shown tracks, predicted to one time, as columns."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from flightward.kernels._jit import inner, kernel
from flightward.kernels.doubts import verdict
from flightward.kernels.imm import combine, predict
from flightward.kernels.trackstate import CONFIRMED, DRONE, N_KINDS, TrackArrays

STATUS_CONFIRMED, STATUS_COASTING = 1, 2
SOURCE_NONE, SOURCE_DECLARED, SOURCE_RULE = 0, 1, 2

SILENT_S = 2.0
DESCENDS_MPS, LANDS_FROM_M = 1.0, 100.0


@kernel
def shown(s: TrackArrays, log_odds_show: float, slot_out: NDArray[np.int64]) -> int:
    """Slots of the confirmed tracks that exist with at least that log-odds or name themselves; their count.

    In order of track number. An identity that fell silent stays in the picture, with the little chance it has.
    """
    n = 0
    for i in range(s.state.shape[0]):
        if s.state[i] == CONFIRMED and (s.log_odds[i] >= log_odds_show or s.ident[i] >= 0):
            slot_out[n] = i
            n += 1
    order = np.argsort(s.track[slot_out[:n]])
    slot_out[:n] = slot_out[:n][order]
    return n


@inner
def hostility(s: TrackArrays, i: int) -> tuple[float, int]:
    """(p_hostile, source) of slot i by the rule of docs/design/tracks.md."""
    if s.hostile[i] == 1:
        return 0.99, SOURCE_DECLARED
    if s.hostile[i] == 0:
        return 0.01, SOURCE_DECLARED
    p = s.p_class[i, DRONE]
    if s.ident[i] >= 0 or s.alias[i] >= 0:
        return max(0.3 * p, 0.001), SOURCE_RULE
    return max(0.95 * p, 0.001), SOURCE_RULE


@inner
def bound_growth(cov: NDArray[np.float64], before: NDArray[np.float64], speed_mps: float, dt: float) -> None:
    """Keep a long prediction's covariance (6, 6) within what can be flown, in place.

    White acceleration lets speed wander without limit; here velocity never becomes less certain than a third of
    the speed, and position no less than that over dt. Rows and columns are scaled together, so it stays positive.
    """
    top = (speed_mps / 3.0 + 10.0) ** 2
    scale = np.ones(6)
    for a in range(3):
        v = max(before[3 + a, 3 + a], top if a < 2 else 25.0)
        if cov[3 + a, 3 + a] > v:
            scale[3 + a] = math.sqrt(v / cov[3 + a, 3 + a])
        reach = before[a, a] + v * dt * dt
        if cov[a, a] > reach:
            scale[a] = math.sqrt(reach / cov[a, a])
    for a in range(6):
        for b in range(6):
            cov[a, b] *= scale[a] * scale[b]


@kernel
def may_have_stopped(cov: NDArray[np.float64], x: NDArray[np.float64], dt: float) -> None:
    """Add to a prediction's covariance (6, 6) what a landing would do that began at any moment of dt seconds, in place.

    Who descends at c from a height h (at most: the ground is not known) lands after h / c seconds on average. One that
    stopped tau seconds before is tau v behind and v slower: the second moments of that, v v' times them, are added.
    """
    if x[5] >= -DESCENDS_MPS:
        return
    rate = -x[5] / max(x[2], LANDS_FROM_M)
    stopped = 1.0 - math.exp(-rate * dt)
    tau = dt - stopped / rate  # of 0 for one that did not stop, on average; and its square
    tau2 = dt * dt - 2.0 * tau / rate
    for a in range(3):
        for b in range(3):
            vv = x[3 + a] * x[3 + b]
            cov[a, b] += tau2 * vv
            cov[a, 3 + b] += tau * vv
            cov[3 + b, a] += tau * vv
            cov[3 + a, 3 + b] += stopped * vv


@kernel
def picture(
    s: TrackArrays, slots: NDArray[np.int64], now_s: float, coast_s: float, stay_s: NDArray[np.float64],
    mean_out: NDArray[np.float64], cov_out: NDArray[np.float64], p_out: NDArray[np.float64],
    class_out: NDArray[np.float64], code_out: NDArray[np.int8], id_out: NDArray[np.int64],
) -> None:
    """Columns of N slots at now_s.

    A track without a report for coast_s seconds coasts (30 s if it names itself). mean_out (N, 6); cov_out
    (N, 6, 6); p_out (N, 4) p_exists, p_hostile, age_s, since_s; class_out (N, 5); code_out (N, 5) hostile, source,
    status, integrity, reason; id_out (N, 4) track, identity, reports, sensor mask.
    """
    x, p, mu = np.empty(s.x.shape[1:]), np.empty(s.p.shape[1:]), np.empty(2)
    for a in range(slots.shape[0]):
        i = slots[a]
        dt = now_s - s.t_s[i]
        if dt > 0.0:
            x[:] = s.x[i]
            p[:] = s.p[i]
            mu[:] = s.mu[i]
            predict(x, p, mu, s.q[i], dt, stay_s)
            combine(x, p, mu, mean_out[a], cov_out[a])
            if dt > 5.0:
                bound_growth(cov_out[a], s.pm[i], math.hypot(s.xm[i, 3], s.xm[i, 4]), dt)
            if dt > SILENT_S and s.ident[i] >= 0:
                may_have_stopped(cov_out[a], s.xm[i], dt)
        else:
            for b in range(6):
                mean_out[a, b] = s.xm[i, b] + (dt * s.xm[i, 3 + b] if b < 3 else 0.0)
            cov_out[a] = s.pm[i]
        p_out[a, 0] = 1.0 / (1.0 + math.exp(-s.log_odds[i]))
        p_out[a, 1], source = hostility(s, i)
        p_out[a, 2] = max(now_s - s.heard_s[i], 0.0)
        p_out[a, 3] = s.since_s[i]
        for k in range(N_KINDS):
            class_out[a, k] = s.p_class[i, k]
        mask = np.int64(0)
        for k in range(s.hit_s.shape[1]):
            if now_s - s.hit_s[i, k] <= 30.0 and k < 62:
                mask |= np.int64(1) << np.int64(k)
        code_out[a, 0], code_out[a, 1] = s.hostile[i], source
        code_out[a, 2] = STATUS_CONFIRMED if p_out[a, 2] <= (30.0 if s.ident[i] >= 0 else coast_s) else STATUS_COASTING
        code_out[a, 3], code_out[a, 4] = verdict(s, i)
        id_out[a, 0], id_out[a, 1], id_out[a, 2], id_out[a, 3] = s.track[i], s.ident[i], s.n_reports[i], mask
