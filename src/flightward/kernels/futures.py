"""Joint draws of where drones will be: each raid turns as one, each member strays a little on its own.

A draw of a raid is a way: straight legs, turned at exponential times by normal angles, and an end. A member flies the
way of its raid, `lag_s` behind the raid's front, so that it turns at the place where the front turned, and not when;
where those ahead have left a trail, it follows the trail to its end first. On top of that come its own start (from its
track's covariance), course, speed, place beside the way, height and loss. A drone that nobody has seen yet appears
after `born_s`, in the draws in which more of its raid are to come; before that it flies straight towards where it
appears. One that circles does so for a while before it flies on.
All random numbers are ranks of `counter_random`, keyed by raid or track number: the same drone keeps its numbers from
one refresh to the next, and probabilities change only where the picture does.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from flightward.kernels._jit import inner, kernel
from flightward.kernels.counter_random import shuffle_ranks

TURNS = 4
"""Turns of one way; later ones are left out (with 20 minutes between turns, 4 % of ways have more in an hour)."""

OWN = 13
"""Random quantities of one drone: present, e, n, ve, vn, course, speed, sideways, height, loss, follows, how long it
still circles, and how fast."""

OF_RAID = 2 * TURNS + 7
"""Those of one raid: times and angles of turns, course, speed, end, end of the trail, more to come, how bendy, habits
kept."""


class MotionRule(NamedTuple):
    """How raids and their members stray from what is expected; fitted in docs/design/forecast.md."""

    bendy: float
    p_break: float
    end_s: float
    more_s: float
    hold_s: float
    lap_frac: float
    shared_speed_mps: float
    course_rad: float
    speed_mps: float
    sway_s: float
    wander_m: float
    wander_s: float
    height_m: float
    height_s: float
    climb_s: float
    loss_s: float


class Drones(NamedTuple):
    """M drones that may be hostile, members of one raid side by side. All (M,) but where said.

    raid       key of the way that it flies                  p  that it is there and hostile
    chol       (M, 4, 4) lower Cholesky factor of the covariance of e, n, ve, vn
    sway_e_mps, sway_n_mps   velocity now less that of its leg; it fades with sway_s
    speed_mps, unit_e, unit_n   along its leg; sigma_course_rad is shared by the leg's drones, sigma_speed_mps its own
    turn_s, turn_rad   mean time between turns of its raid's way, and 1 sigma of them
    lag_s      how far behind its raid's front, or behind the end of the trail that it follows
    born_s     when it appears, 0: it is there.   p_more   chance that its raid has more to come at all
    p_before   chance that it already flies, unseen, before it appears
    p_follow   chance that it follows the trail at all
    p_end      chance that the trail which it follows ends where the way ends
    hold_e_m, hold_n_m, hold_rps   where it circles about, from where it is, and how fast (0: it does not circle)
    is_guided  1: it follows a trail. way (M, H, 4) then is its displacement and direction (e, n, e, n) at the H times
               ahead, end (M, 4) the same at the trail's end with the direction in which it flies on
    """

    track: NDArray[np.int64]
    raid: NDArray[np.int64]
    p: NDArray[np.float64]
    e_m: NDArray[np.float64]
    n_m: NDArray[np.float64]
    u_m: NDArray[np.float64]
    vu_mps: NDArray[np.float64]
    chol: NDArray[np.float64]
    sigma_u_m: NDArray[np.float64]
    sway_e_mps: NDArray[np.float64]
    sway_n_mps: NDArray[np.float64]
    speed_mps: NDArray[np.float64]
    unit_e: NDArray[np.float64]
    unit_n: NDArray[np.float64]
    sigma_course_rad: NDArray[np.float64]
    sigma_speed_mps: NDArray[np.float64]
    turn_s: NDArray[np.float64]
    turn_rad: NDArray[np.float64]
    lag_s: NDArray[np.float64]
    born_s: NDArray[np.float64]
    p_more: NDArray[np.float64]
    p_before: NDArray[np.float64]
    p_follow: NDArray[np.float64]
    p_end: NDArray[np.float64]
    hold_e_m: NDArray[np.float64]
    hold_n_m: NDArray[np.float64]
    hold_rps: NDArray[np.float64]
    is_guided: NDArray[np.int8]
    way: NDArray[np.float64]
    end: NDArray[np.float64]


@kernel
def cholesky4(cov: NDArray[np.float64], chol_out: NDArray[np.float64]) -> None:
    """Lower Cholesky factors of M covariances (M, 6, 6), rows e, n, ve, vn only; what is not positive becomes 0."""
    pick = np.array([0, 1, 3, 4])
    for m in range(cov.shape[0]):
        for i in range(4):
            for j in range(4):
                chol_out[m, i, j] = 0.0
        for i in range(4):
            for j in range(i + 1):
                s = cov[m, pick[i], pick[j]]
                for k in range(j):
                    s -= chol_out[m, i, k] * chol_out[m, j, k]
                if i == j:
                    chol_out[m, i, i] = np.sqrt(s) if s > 0.0 else 0.0
                elif chol_out[m, j, j] > 0.0:
                    chol_out[m, i, j] = s / chol_out[m, j, j]


@inner
def draw_ways(
    seed: int, d: Drones, m: int, rule: MotionRule, normal: NDArray[np.float64], ranks: NDArray[np.int64],
    way_out: NDArray[np.float64],
) -> None:
    """The K ways of the raid of drone m: way_out (K, TURNS + 2, 6), per leg: start time, unit way at its
    start (2), direction (2).

    A unit way is flown at 1 m/s towards +x; row TURNS + 1 stands for no leg. [k, TURNS + 1, :] holds the draw's shared
    deviations: course in sigmas, speed in m/s, time at which the way ends, ranks of the trail's end, of more to come
    and of habits kept, in 0 .. 1. turn_s and turn_rad are those of drone m, times a factor that is the draw's own.
    """
    k_count = normal.shape[0]
    for q in range(OF_RAID):
        shuffle_ranks(seed, 2 * d.raid[m] + 1, q, ranks[q])
    for k in range(k_count):
        t = x = y = heading = 0.0
        c, s = 1.0, 0.0
        mean_s = d.turn_s[m] * np.exp(rule.bendy * normal[ranks[2 * TURNS + 5, k]])
        for j in range(TURNS + 1):
            way_out[k, j, 0] = t
            way_out[k, j, 1] = x
            way_out[k, j, 2] = y
            way_out[k, j, 3] = c
            way_out[k, j, 4] = s
            if j < TURNS:
                dt = -mean_s * np.log(1.0 - (ranks[j, k] + 0.5) / k_count)
                t += dt
                x += dt * c
                y += dt * s
                heading += d.turn_rad[m] * normal[ranks[TURNS + j, k]]
                c, s = np.cos(heading), np.sin(heading)
        way_out[k, TURNS + 1, 0] = normal[ranks[2 * TURNS, k]]
        way_out[k, TURNS + 1, 1] = rule.shared_speed_mps * normal[ranks[2 * TURNS + 1, k]]
        way_out[k, TURNS + 1, 2] = -rule.end_s * np.log(1.0 - (ranks[2 * TURNS + 2, k] + 0.5) / k_count)
        way_out[k, TURNS + 1, 3] = (ranks[2 * TURNS + 3, k] + 0.5) / k_count
        way_out[k, TURNS + 1, 4] = (ranks[2 * TURNS + 4, k] + 0.5) / k_count
        way_out[k, TURNS + 1, 5] = (ranks[2 * TURNS + 6, k] + 0.5) / k_count


@inner
def fadings(ahead_s: NDArray[np.float64], rule: MotionRule, fade_out: NDArray[np.float64]) -> None:
    """What grows with time at H times ahead: fade_out (H, 4).

    Seconds by which a sway that fades has moved a drone, share of wander_m reached, variance of height gained (m2),
    seconds by which a climb that fades has raised it.
    """
    for h in range(ahead_s.shape[0]):
        t = ahead_s[h]
        fade_out[h, 0] = rule.sway_s * (1.0 - np.exp(-t / rule.sway_s))
        fade_out[h, 1] = np.sqrt(t / (t + rule.wander_s))
        fade_out[h, 2] = rule.height_m**2 * (1.0 - np.exp(-2.0 * t / rule.height_s))
        fade_out[h, 3] = rule.climb_s * (1.0 - np.exp(-t / rule.climb_s))


@inner
def exponentials(mean_s: float, out: NDArray[np.float64]) -> None:
    """(K,) quantiles of the exponential distribution at (r + 1/2) / K."""
    for r in range(out.shape[0]):
        out[r] = -mean_s * np.log(1.0 - (r + 0.5) / out.shape[0])


@inner
def is_there(
    d: Drones, m: int, k: int, rule: MotionRule, ranks: NDArray[np.int64], way: NDArray[np.float64]
) -> bool:
    """Does drone m come in draw k at all: one that is not seen yet only while more of its raid come."""
    if d.born_s[m] > 0.0:
        u = way[k, TURNS + 1, 4]
        if u >= d.p_more[m] or -rule.more_s * np.log(u / d.p_more[m]) < d.born_s[m]:
            return False
    return True


@inner
def fly(
    d: Drones, m: int, k: int, rule: MotionRule, normal: NDArray[np.float64], ranks: NDArray[np.int64],
    way: NDArray[np.float64], ahead_s: NDArray[np.float64], fade: NDArray[np.float64],
    e_m_out: NDArray[np.float64], n_m_out: NDArray[np.float64],
) -> float:
    """Positions of drone m in draw k at H times ahead; `fade` as from `fadings`. Gives when its way ends, s ahead."""
    z0, z1, z2, z3 = normal[ranks[1, k]], normal[ranks[2, k]], normal[ranks[3, k]], normal[ranks[4, k]]
    chol = d.chol[m]
    e0 = d.e_m[m] + chol[0, 0] * z0
    n0 = d.n_m[m] + chol[1, 0] * z0 + chol[1, 1] * z1
    sway_e = d.sway_e_mps[m] + chol[2, 0] * z0 + chol[2, 1] * z1 + chol[2, 2] * z2
    sway_n = d.sway_n_mps[m] + chol[3, 0] * z0 + chol[3, 1] * z1 + chol[3, 2] * z2 + chol[3, 3] * z3
    turn = way[k, TURNS + 1, 0] * d.sigma_course_rad[m] + rule.course_rad * normal[ranks[5, k]]
    c, s = np.cos(turn), np.sin(turn)
    faster = way[k, TURNS + 1, 1] + np.hypot(rule.speed_mps, d.sigma_speed_mps[m]) * normal[ranks[6, k]]
    speed = max(0.0, d.speed_mps[m] + faster)
    side_m = normal[ranks[7, k]] * rule.wander_m
    follows = d.is_guided[m] == 1 and way[k, TURNS + 1, 5] >= rule.p_break
    follows = follows and ranks[10, k] + 0.5 < d.p_follow[m] * normal.shape[0]
    lag = 0.0 if d.is_guided[m] == 1 and not follows else d.lag_s[m]
    if follows:
        lag *= d.speed_mps[m] / max(speed, 0.5 * d.speed_mps[m], 1.0)
        ue, un = d.end[m, 2] * c - d.end[m, 3] * s, d.end[m, 2] * s + d.end[m, 3] * c
    else:
        ue, un = d.unit_e[m] * c - d.unit_n[m] * s, d.unit_e[m] * s + d.unit_n[m] * c
    start = d.born_s[m]
    if d.hold_rps[m] != 0.0:
        start = -rule.hold_s * np.log(1.0 - (ranks[11, k] + 0.5) / normal.shape[0])
        sway_e = sway_n = 0.0
    leg = 0
    for h in range(ahead_s.shape[0]):
        flown = ahead_s[h] - start
        if flown < 0.0 and d.hold_rps[m] != 0.0:
            angle = d.hold_rps[m] * ahead_s[h] * (1.0 + rule.lap_frac * normal[ranks[12, k]])
            ca, sa = np.cos(angle), np.sin(angle)
            e_m_out[h] = e0 + d.hold_e_m[m] * (1.0 - ca) - d.hold_n_m[m] * sa
            n_m_out[h] = n0 + d.hold_n_m[m] * (1.0 - ca) + d.hold_e_m[m] * sa
            continue
        t = flown - lag
        if t <= 0.0 and follows:
            de, dn = d.way[m, h, 2], d.way[m, h, 3]
            e = e0 + d.way[m, h, 0] + (speed - d.speed_mps[m]) * flown * de
            n = n0 + d.way[m, h, 1] + (speed - d.speed_mps[m]) * flown * dn
        else:
            x, y, dx, dy = flown, 0.0, 1.0, 0.0
            if t > 0.0:
                while leg < TURNS and way[k, leg + 1, 0] <= t:
                    leg += 1
                dx, dy = way[k, leg, 3], way[k, leg, 4]
                x = lag + way[k, leg, 1] + (t - way[k, leg, 0]) * dx
                y = way[k, leg, 2] + (t - way[k, leg, 0]) * dy
            de, dn = ue * dx - un * dy, un * dx + ue * dy
            e, n = e0, n0
            if follows:
                x -= lag
                e, n = e + d.end[m, 0], n + d.end[m, 1]
            e += speed * (x * ue - y * un)
            n += speed * (x * un + y * ue)
        e_m_out[h] = e + sway_e * fade[h, 0] - side_m * fade[h, 1] * dn
        n_m_out[h] = n + sway_n * fade[h, 0] + side_m * fade[h, 1] * de
    if follows and way[k, TURNS + 1, 3] < d.p_end[m]:
        return float(start + lag)
    return float(start + lag + way[k, TURNS + 1, 2])


@kernel
def draw_futures(
    seed: int, d: Drones, rule: MotionRule, normal: NDArray[np.float64], ahead_s: NDArray[np.float64],
    e_m_out: NDArray[np.float64], n_m_out: NDArray[np.float64], u_m_out: NDArray[np.float64],
    present_out: NDArray[np.int8], lost_ahead_s_out: NDArray[np.float64],
) -> None:
    """K joint draws of M drones at H times ahead.

    normal   (K,) quantiles of the unit normal at (r + 1/2) / K.   ahead_s  (H,) rising
    e_m_out, n_m_out, u_m_out  (K, M, H); present_out (K, M); lost_ahead_s_out (K, M), seconds from now
    """
    k_count = normal.shape[0]
    ranks = np.empty((max(OWN, OF_RAID), k_count), np.int64)
    way = np.zeros((k_count, TURNS + 2, 6))
    fade, loss = np.empty((ahead_s.shape[0], 4)), np.empty(k_count)
    mean_u, spread_u = np.empty(ahead_s.shape[0]), np.empty(ahead_s.shape[0])
    fadings(ahead_s, rule, fade)
    exponentials(rule.loss_s, loss)
    for m in range(d.track.shape[0]):
        if m == 0 or d.raid[m] != d.raid[m - 1]:
            draw_ways(seed, d, m, rule, normal, ranks, way)
        for q in range(OWN):
            shuffle_ranks(seed, 2 * d.track[m], q, ranks[q])
        for h in range(ahead_s.shape[0]):
            mean_u[h] = d.u_m[m] + d.vu_mps[m] * fade[h, 3]
            spread_u[h] = np.sqrt(d.sigma_u_m[m] ** 2 + fade[h, 2])
        for k in range(k_count):
            ends_s = fly(d, m, k, rule, normal, ranks, way, ahead_s, fade, e_m_out[k, m], n_m_out[k, m])
            comes = is_there(d, m, k, rule, ranks, way)
            present_out[k, m] = 1 if comes and ranks[0, k] + 0.5 < d.p[m] * k_count else 0
            lost_ahead_s_out[k, m] = min(d.born_s[m] + loss[ranks[9, k]], ends_s)
            zu = normal[ranks[8, k]]
            for h in range(ahead_s.shape[0]):
                u_m_out[k, m, h] = mean_u[h] + zu * spread_u[h]
