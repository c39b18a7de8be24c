"""Where flights stand on their plans, and the paths that follow from it; all flights in one call."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from flightward.kernels._jit import kernel

F64 = NDArray[np.float64]
I64 = NDArray[np.int64]
I8 = NDArray[np.int8]

STILL_MPS = 1.0
"""A plan slower than this stands still there (a stop, a hover): its time is not told by the place."""
COURSE_MPS = 15.0
"""Above this speed a track's course says which way along its plan it flies."""
COST_M, COST_S = 1_000.0, 120.0
"""A kilometre off the plan weighs as much as two more minutes of change in delay."""

MODE_WAIT, MODE_PLAN, MODE_STRAIGHT, MODE_OVER = 0, 1, 2, 3


@kernel
def match(
    start: I64, wp_t_s: F64, wp_e_m: F64, wp_n_m: F64, state: F64, use: I8, now_s: float, shift_s: F64, off_m: float,
    shift_s_out: F64, off_m_out: F64, status_out: I8,
) -> None:
    """Match F flights to their plans by place, nearest in delay to the present one.

    start (F + 1,) and wp_* the plans; state (F, 4) e, n in metres, ve, vn in m/s; use (F,) 1: match this one;
    shift_s (F,) present delay. shift_s_out (F,) new delay (later is positive), off_m_out (F,) distance off the plan,
    status_out (F,): 0 matched, 1 not within off_m in its own direction (off_m_out: to the nearest piece), 2 not asked.
    """
    for f in range(start.shape[0] - 1):
        shift_s_out[f], off_m_out[f], status_out[f] = shift_s[f], np.nan, 2
        if use[f] != 1:
            continue
        status_out[f] = 1
        best = nearest = np.inf
        e, n, ve, vn = state[f, 0], state[f, 1], state[f, 2], state[f, 3]
        for i in range(start[f], start[f + 1] - 1):
            dt = wp_t_s[i + 1] - wp_t_s[i]
            de, dn = wp_e_m[i + 1] - wp_e_m[i], wp_n_m[i + 1] - wp_n_m[i]
            long2 = de * de + dn * dn
            if dt <= 0.0:
                continue
            if long2 < (STILL_MPS * dt) ** 2:
                share = min(max((now_s - shift_s[f] - wp_t_s[i]) / dt, 0.0), 1.0)
            else:
                share = min(max(((e - wp_e_m[i]) * de + (n - wp_n_m[i]) * dn) / long2, 0.0), 1.0)
                if ve * ve + vn * vn > COURSE_MPS * COURSE_MPS and ve * de + vn * dn < 0.0:
                    continue
            off = math.hypot(e - wp_e_m[i] - share * de, n - wp_n_m[i] - share * dn)
            nearest = min(nearest, off)
            if off > off_m:
                continue
            late = now_s - wp_t_s[i] - share * dt
            cost = (off / COST_M) ** 2 + ((late - shift_s[f]) / COST_S) ** 2
            if cost < best:
                best = cost
                shift_s_out[f], off_m_out[f], status_out[f] = late, off, 0
        if status_out[f] == 1:
            off_m_out[f] = nearest


@kernel
def plan_at(
    start: I64, wp_t_s: F64, wp_e_m: F64, wp_n_m: F64, wp_u_m: F64, shift_s: F64, now_s: float, state_out: F64
) -> None:
    """Place and velocity by plan, delayed; held before the start and after the end.

    state_out (F, 6) e, n, u, ve, vn, vu; NaN for a flight without waypoints.
    """
    for f in range(start.shape[0] - 1):
        first, last = start[f], start[f + 1] - 1
        state_out[f, :] = np.nan
        if last < first:
            continue
        t = now_s - shift_s[f]
        i = first
        while i < last - 1 and wp_t_s[i + 1] <= t:
            i += 1
        state_out[f, 3:] = 0.0
        if last == first or t <= wp_t_s[first]:
            state_out[f, 0], state_out[f, 1], state_out[f, 2] = wp_e_m[first], wp_n_m[first], wp_u_m[first]
        elif t >= wp_t_s[last]:
            state_out[f, 0], state_out[f, 1], state_out[f, 2] = wp_e_m[last], wp_n_m[last], wp_u_m[last]
        else:
            dt = wp_t_s[i + 1] - wp_t_s[i]
            x = (t - wp_t_s[i]) / dt
            state_out[f, 3] = (wp_e_m[i + 1] - wp_e_m[i]) / dt
            state_out[f, 4] = (wp_n_m[i + 1] - wp_n_m[i]) / dt
            state_out[f, 5] = (wp_u_m[i + 1] - wp_u_m[i]) / dt
            state_out[f, 0] = wp_e_m[i] + x * (wp_e_m[i + 1] - wp_e_m[i])
            state_out[f, 1] = wp_n_m[i] + x * (wp_n_m[i + 1] - wp_n_m[i])
            state_out[f, 2] = wp_u_m[i] + x * (wp_u_m[i + 1] - wp_u_m[i])


@kernel
def expected(
    start: I64, wp_t_s: F64, wp_e_m: F64, wp_n_m: F64, wp_u_m: F64, mode: I8, shift_s: F64, state: F64, now_s: float,
    straight_s: float, start_out: I64, t_s_out: F64, e_m_out: F64, n_m_out: F64, u_m_out: F64,
) -> None:
    """Expected paths from now on.

    mode (F,): MODE_WAIT the whole plan, delayed; MODE_PLAN from its place now to the rest of its plan; MODE_STRAIGHT
    straight on for straight_s; MODE_OVER one point, its place now. state (F, 6). The flat outputs need room for all
    waypoints and two points more per flight; start_out (F + 1,) says what is filled.
    """
    k = 0
    for f in range(start.shape[0] - 1):
        start_out[f] = k
        if mode[f] != MODE_WAIT:
            t_s_out[k], e_m_out[k], n_m_out[k], u_m_out[k] = now_s, state[f, 0], state[f, 1], state[f, 2]
            k += 1
        if mode[f] == MODE_STRAIGHT:
            t_s_out[k] = now_s + straight_s
            e_m_out[k], n_m_out[k] = state[f, 0] + straight_s * state[f, 3], state[f, 1] + straight_s * state[f, 4]
            # nobody climbs or dives on for long: level is the better guess
            u_m_out[k] = state[f, 2]
            k += 1
        if mode[f] == MODE_WAIT or mode[f] == MODE_PLAN:
            for i in range(start[f], start[f + 1]):
                t = wp_t_s[i] + shift_s[f]
                if mode[f] == MODE_WAIT or t > now_s:
                    t_s_out[k], e_m_out[k], n_m_out[k], u_m_out[k] = t, wp_e_m[i], wp_n_m[i], wp_u_m[i]
                    k += 1
    start_out[start.shape[0] - 1] = k
