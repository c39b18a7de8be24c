"""Routes as points: every way out is drawn here, from where the flight is now.

`Points` is (W, 4) float64 with columns t_s, e_m, n_m, u_m, times rising; straight at constant speed between points.
A plain array, because a search draws a hundred routes and checks each once at the end, as a batch.
"""

from __future__ import annotations

import math

import numpy as np

from flightward.model import F64, Path4D

Points = F64

LAP_S = 240.0
"""One lap of a hold in an aeroplane: about four minutes, as published holding patterns are (ICAO Doc 8168)."""


def points(path: Path4D) -> Points:
    """A path as points, those at one and the same time merged into the last of them."""
    out: F64 = np.column_stack([path.t_s, path.e_m, path.n_m, path.u_m])
    if not len(out):
        return out
    keep = np.append(np.diff(out[:, 0]) > 1e-6, True)
    kept: Points = out[keep]
    return kept


def at(route: Points, t_s: float) -> F64:
    """(4,) the point at a time, held before the start and after the end."""
    t = route[:, 0]
    i = int(np.searchsorted(t, t_s, side="right"))
    out: F64
    if i == 0 or i == len(t):
        out = route[0 if i == 0 else -1].copy()
    else:
        share = (t_s - t[i - 1]) / (t[i] - t[i - 1])
        out = route[i - 1] + share * (route[i] - route[i - 1])
    out[0] = t_s
    return out


def after(route: Points, t_s: float) -> Points:
    """The part from `t_s` on, beginning with the point then; whole if it starts later, its last point if it is over."""
    i = int(np.searchsorted(route[:, 0], t_s, side="right"))
    if i == 0:
        return route
    if i == len(route):
        return route[-1:]
    return np.vstack([at(route, t_s), route[i:]])


def until(route: Points, t_s: float) -> Points:
    """The part up to `t_s`, ending with the point then; nothing if it starts later."""
    i = int(np.searchsorted(route[:, 0], t_s, side="left"))
    if i == 0:
        return route[:0]
    return route if i == len(route) else np.vstack([route[:i], at(route, t_s)])


def joined(*parts: Points) -> Points:
    """Parts one after the other; a part's first points that do not lie later than the part before are left out."""
    out: list[Points] = []
    last = -math.inf
    for part in parts:
        new = part[part[:, 0] > last + 1e-6]
        if len(new):
            out.append(new)
            last = float(new[-1, 0])
    return np.vstack(out) if out else np.zeros((0, 4))


def shifted(route: Points, dt_s: float) -> Points:
    """The same route later by `dt_s`."""
    out = route.copy()
    out[:, 0] += dt_s
    return out


def length_m(route: Points) -> float:
    """Ground distance along the route."""
    return float(np.hypot(np.diff(route[:, 1]), np.diff(route[:, 2])).sum())


def hold(rest: Points, from_s: float, dt_s: float, speed_mps: float, can_hover: bool) -> Points:
    """Fly on until `from_s`, wait there for `dt_s`, then fly on as planned; laps for those who cannot hover."""
    place = at(rest, from_s)
    tail = shifted(after(rest, from_s), dt_s)
    begin = place[None, :]
    if can_hover:
        return joined(until(rest, from_s), begin, tail)
    ahead = at(rest, from_s + 10.0)
    course = math.atan2(ahead[1] - place[1], ahead[2] - place[2])
    return joined(until(rest, from_s), begin, laps(place, course, dt_s, speed_mps), tail)


def laps(place: F64, course_rad: float, dt_s: float, speed_mps: float) -> Points:
    """Whole right-hand laps that begin and end at `place` and take `dt_s`: hexagons of about LAP_S each."""
    count = max(1, round(dt_s / LAP_S))
    side_s = dt_s / count / 6.0
    turn = course_rad + np.arange(6) * (math.pi / 3.0)
    de = np.cumsum(np.sin(turn)) * speed_mps * side_s
    dn = np.cumsum(np.cos(turn)) * speed_mps * side_s
    de[-1] = dn[-1] = 0.0
    out = np.empty((6 * count, 4))
    out[:, 0] = place[0] + side_s * np.arange(1, 6 * count + 1)
    out[:, 1] = place[1] + np.tile(de, count)
    out[:, 2] = place[2] + np.tile(dn, count)
    out[:, 3] = place[3]
    return out


def direct(start: F64, e_m: float, n_m: float, u_m: float, speed_mps: float, climb_mps: float, descent_mps: float,
           can_hover: bool) -> Points:
    """Straight to a place and down to its height: level first, then down as late as the descent allows.

    If the way is too short to lose (or win) the height, the rest is done over the place: hovering, or in laps.
    """
    t0, e0, n0, u0 = (float(v) for v in start)
    way = math.hypot(e_m - e0, n_m - n0)
    fly_s = way / speed_mps
    rate = descent_mps if u0 > u_m else climb_mps
    change_s = abs(u0 - u_m) / rate
    rows = [start[None, :]]
    if change_s <= fly_s:
        if u0 > u_m and fly_s - change_s > 1.0:
            share = 1.0 - change_s / fly_s
            top = [t0 + fly_s - change_s, e0 + share * (e_m - e0), n0 + share * (n_m - n0), u0]
            rows.append(np.array([top]))
        return joined(*rows, np.array([[t0 + fly_s, e_m, n_m, u_m]]))
    over = u0 + math.copysign(rate * fly_s, u_m - u0)
    route = joined(*rows, np.array([[t0 + fly_s, e_m, n_m, over]]))
    left_s = change_s - fly_s
    if can_hover or left_s < 30.0:
        return joined(route, np.array([[t0 + change_s, e_m, n_m, u_m]]))
    down = laps(route[-1], math.atan2(e_m - e0, n_m - n0), left_s, speed_mps)
    down[:, 3] = np.linspace(over, u_m, len(down) + 1)[1:]
    return joined(route, down)


def around(rest: Points, via_e_m: float, via_n_m: float, rejoin_s: float, speed_mps: float) -> Points:
    """From its first point over one point beside the route, back to where the plan is at `rejoin_s`, then on."""
    begin, back = rest[0], at(rest, rejoin_s)
    out_s = math.hypot(via_e_m - begin[1], via_n_m - begin[2]) / speed_mps
    back_s = math.hypot(back[1] - via_e_m, back[2] - via_n_m) / speed_mps
    middle = at(rest, begin[0] + (rejoin_s - begin[0]) * out_s / max(out_s + back_s, 1e-9))
    via = np.array([[begin[0] + out_s, via_e_m, via_n_m, middle[3]]])
    later = begin[0] + out_s + back_s - rejoin_s
    return joined(begin[None, :], via, shifted(after(rest, rejoin_s), later))


def at_level(rest: Points, level_m: float, climb_mps: float, descent_mps: float, lands: bool) -> Points:
    """The same way and times, higher: up to `level_m` at once, and down again in time to land (if it lands here)."""
    t0, t1, u0, u1 = rest[0, 0], rest[-1, 0], rest[0, 3], rest[-1, 3]
    top = [t0 + (level_m - u0) / climb_mps]
    if lands:
        top.append(t1 - (level_m - u1) / descent_mps)
    t = np.unique(np.concatenate([rest[:, 0], [x for x in top if t0 < x < t1]]))
    plan_u = np.interp(t, rest[:, 0], rest[:, 3])
    limit = np.minimum(level_m, u0 + climb_mps * (t - t0))
    if lands:
        limit = np.minimum(limit, u1 + descent_mps * (t1 - t))
    return np.column_stack(
        [t, np.interp(t, rest[:, 0], rest[:, 1]), np.interp(t, rest[:, 0], rest[:, 2]), np.maximum(plan_u, limit)]
    )
