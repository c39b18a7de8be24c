"""Routes as points: every way out is drawn here, from where the flight is now.

`Points` is (W, 4) float64 with columns t_s, e_m, n_m, u_m, times rising; straight at constant speed between points.
A plain array, because a search draws a hundred routes and checks each once at the end, as a batch.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from flightward.model import F64, Path4D

Points = F64

LAP_S = 240.0
"""One lap of a hold in an aeroplane: about four minutes, as published holding patterns are (ICAO Doc 8168)."""
ARC_RAD = math.radians(20.0)
"""Arcs are drawn as corners of at most this."""
STRAIGHT_RAD = math.radians(3.0)
"""A smaller change of course needs no arc."""
FIT_M = 20.0
MOVING_MPS = 1.0


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


def hold(
    rest: Points, from_s: float, dt_s: float, speed_mps: float, can_hover: bool, lap_least_s: float = 0.0
) -> Points:
    """Fly on until `from_s`, wait there for `dt_s`, then fly on as planned; laps for those who cannot hover."""
    place = at(rest, from_s)
    tail = shifted(after(rest, from_s), dt_s)
    begin = place[None, :]
    if can_hover:
        return joined(until(rest, from_s), begin, tail)
    ahead = at(rest, from_s + 10.0)
    course = math.atan2(ahead[1] - place[1], ahead[2] - place[2])
    return joined(until(rest, from_s), begin, laps(place, course, dt_s, speed_mps, lap_least_s), tail)


def laps(place: F64, course_rad: float, dt_s: float, speed_mps: float, least_s: float = 0.0) -> Points:
    """Whole right-hand laps that begin and end at `place` and take `dt_s`: hexagons of about LAP_S each, none shorter
    than `least_s` (if one fits). Where the course is not known (NaN) they begin northwards."""
    course_rad = 0.0 if math.isnan(course_rad) else course_rad
    count = max(1, min(round(dt_s / LAP_S), math.floor(dt_s / max(least_s, 1.0))))
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


def turned(start: F64, course_rad: float, e_m: float, n_m: float, speed_mps: float, radius_m: float) -> Points:
    """From `start` on `course_rad` (from plane north) by an arc until a place lies straight ahead; the shorter side.

    Corners lie outside the arc, so that flying by each of them is flying the arc. Without an arc: `start` alone, where
    the course is not known (NaN), the place ahead already, or the place as good as here.
    """
    de, dn = e_m - start[1], n_m - start[2]
    off = math.remainder(math.atan2(de, dn) - course_rad, 2.0 * math.pi) if not math.isnan(course_rad) else 0.0
    if radius_m <= 0.0 or math.hypot(de, dn) < 1.0 or abs(off) < STRAIGHT_RAD:
        return start[None, :]
    found = [arc for arc in (_arc(de, dn, course_rad, side, radius_m) for side in (1.0, -1.0)) if arc is not None]
    _, side, angle = min(found)
    count = max(1, math.ceil(angle / ARC_RAD))
    step = angle / count
    middle_e = radius_m * math.cos(course_rad) * side
    middle_n = -radius_m * math.sin(course_rad) * side
    bearing = course_rad - side * math.pi / 2.0 + side * step * (np.arange(count) + 0.5)
    far = radius_m / math.cos(step / 2.0)
    out = np.empty((count + 1, 4))
    out[0] = start
    out[1:, 1] = start[1] + middle_e + far * np.sin(bearing)
    out[1:, 2] = start[2] + middle_n + far * np.cos(bearing)
    out[1:, 3] = start[3]
    out[1:, 0] = start[0] + np.cumsum(np.hypot(np.diff(out[:, 1]), np.diff(out[:, 2]))) / speed_mps
    return out


def _arc(de: float, dn: float, course_rad: float, side: float, radius_m: float) -> tuple[float, float, float] | None:
    """(way, side, angle) of a turn to the right (1) or left (-1) and the straight way after it; None: too near."""
    me, mn = radius_m * math.cos(course_rad) * side, -radius_m * math.sin(course_rad) * side
    far2 = (de - me) ** 2 + (dn - mn) ** 2 - radius_m**2
    if far2 < 0.0:
        return None
    straight = math.sqrt(far2)
    leave = math.atan2(de - me, dn - mn) - side * math.atan2(straight, radius_m)
    angle = side * (leave - course_rad) + math.pi / 2.0
    angle %= 2.0 * math.pi
    return radius_m * angle + straight, side, angle


def is_flyable(route: Points, radius_m: float, can_hover: bool) -> bool:
    """Each corner's turn begins and ends within half of the legs beside it (the whole of the first and the last)."""
    step = np.diff(route, axis=0)
    way = np.hypot(step[:, 1], step[:, 2])
    moves = way > MOVING_MPS * step[:, 0]
    if len(step) < 2:
        return True
    turn = np.abs(np.diff(np.unwrap(np.arctan2(step[:, 1], step[:, 2]))))
    turn = np.minimum(turn, 2.0 * math.pi - turn)
    room = np.where(np.arange(len(way)) % (len(way) - 1) == 0, way, 0.5 * way)
    both = moves[:-1] & moves[1:]
    if not can_hover and not moves.all():
        return False
    need = radius_m * np.tan(np.minimum(turn, math.pi - 1e-6) / 2.0)
    return bool((~both | (need <= np.minimum(room[:-1], room[1:]) + FIT_M)).all())


def first_course(route: Points, radius_m: float) -> float:
    """Course on the plane of the first leg that is not part of an arc of that radius; NaN if it does not move."""
    step = np.diff(route, axis=0)
    way = np.hypot(step[:, 1], step[:, 2])
    longer = np.flatnonzero(way > max(1.0, 2.0 * radius_m * math.tan(ARC_RAD / 2.0) + 1.0))
    if not len(longer):
        longer = np.flatnonzero(way > 1.0)
    return math.atan2(step[longer[0], 1], step[longer[0], 2]) if len(longer) else math.nan


def direct(start: F64, e_m: float, n_m: float, u_m: float, speed_mps: float, climb_mps: float, descent_mps: float,
           can_hover: bool, course_rad: float = math.nan, radius_m: float = 0.0, lap_least_s: float = 0.0,
           lap_mps: float = math.inf) -> Points:
    """To a place and down to its height: by an arc if need be, level first, then down as late as the descent allows.

    If the way is too short to lose (or win) the height, the rest is done over the place: hovering, or in laps.
    """
    path = turned(start, course_rad, e_m, n_m, speed_mps, radius_m)
    last_s = math.hypot(e_m - path[-1, 1], n_m - path[-1, 2]) / speed_mps
    path = joined(path, np.array([[path[-1, 0] + last_s, e_m, n_m, path[-1, 3]]]))
    u0, fly_s = float(start[3]), float(path[-1, 0] - start[0])
    rate = descent_mps if u0 > u_m else climb_mps
    change_s = abs(u0 - u_m) / rate
    if change_s <= fly_s:
        top_s = float(path[-1, 0]) - change_s if u0 > u_m else float(start[0])
        return profiled(path, top_s, rate if u_m >= u0 else -rate, u_m)
    path = profiled(path, float(start[0]), rate if u_m >= u0 else -rate, u_m)
    left_s, over = change_s - fly_s, path[-1].copy()
    if can_hover:
        return joined(path, np.array([[over[0] + left_s, e_m, n_m, u_m]]))
    left_s = max(left_s, lap_least_s)
    down = laps(over, math.atan2(e_m - start[1], n_m - start[2]), left_s, min(speed_mps, lap_mps), lap_least_s)
    down[:, 3] = np.linspace(over[3], u_m, len(down) + 1)[1:]
    return joined(path, down)


def profiled(path: Points, from_s: float, rate_mps: float, to_m: float) -> Points:
    """The same way and times, with its height changed from `from_s` on at a rate until `to_m` is reached."""
    reach_s = from_s + abs(to_m - float(path[0, 3])) / max(abs(rate_mps), 1e-9)
    extra = [x for x in (from_s, reach_s) if path[0, 0] + 1.0 < x < path[-1, 0] - 1.0]
    t = np.unique(np.concatenate([path[:, 0], extra]))
    out = np.column_stack([t, *(np.interp(t, path[:, 0], path[:, k]) for k in (1, 2, 3))])
    moved = out[:, 3] + rate_mps * np.maximum(t - from_s, 0.0)
    out[:, 3] = np.minimum(moved, to_m) if rate_mps > 0.0 else np.maximum(moved, to_m)
    if abs(out[-1, 3] - to_m) < 1e-6:
        out[-1, 3] = to_m
    return out


class Craft(NamedTuple):
    """How a flight is flown: its speed, rates, turns and laps. Units in the names."""

    speed_mps: float
    climb_mps: float
    descent_mps: float
    radius_m: float
    hold_mps: float
    lap_least_s: float
    can_hover: bool


Via = tuple[float, float, float, float]
"""A place to fly over: east, north, height to be at from now on, and until when to wait there (POSIX s; 0 not)."""


def through(start: F64, course_rad: float, vias: Sequence[Via], e_m: float, n_m: float, u_m: float, c: Craft) -> Points:
    """Over places, waiting where they say so, to a last one and to its height; heights change as fast as they may."""
    path, course = start[None, :], course_rad
    for e, n, u, until_s in vias:
        leg = _leg(path[-1], course, e, n, u, c)
        path = joined(path, leg)
        course = math.atan2(e - leg[-2, 1], n - leg[-2, 2]) if len(leg) > 1 else course
        if until_s > path[-1, 0] + 1.0:
            path = joined(path, _waited(path[-1], course, until_s, c))
            course = math.nan if c.can_hover else course
        else:
            course = math.nan  # the corner is flown by; whether it can be is asked of the whole
    last = direct(
        path[-1], e_m, n_m, u_m, c.speed_mps, c.climb_mps, c.descent_mps, c.can_hover,
        course, c.radius_m, c.lap_least_s, c.hold_mps,
    )
    return joined(path, last)


def _leg(start: F64, course_rad: float, e_m: float, n_m: float, u_m: float, c: Craft) -> Points:
    """To one place, towards its height."""
    path = turned(start, course_rad, e_m, n_m, c.speed_mps, c.radius_m)
    last_s = math.hypot(e_m - path[-1, 1], n_m - path[-1, 2]) / c.speed_mps
    path = joined(path, np.array([[path[-1, 0] + last_s, e_m, n_m, start[3]]]))
    if abs(u_m - start[3]) < 1.0 or len(path) < 2:
        return path
    return profiled(path, float(start[0]), c.climb_mps if u_m > start[3] else -c.descent_mps, u_m)


def _waited(place: F64, course_rad: float, until_s: float, c: Craft) -> Points:
    """On a spot, or in whole laps that end then or a little later."""
    left_s = until_s - float(place[0])
    if c.can_hover:
        return np.array([[until_s, *place[1:]]])
    return laps(place, course_rad, max(left_s, c.lap_least_s), c.hold_mps, c.lap_least_s)


def around(
    rest: Points, via_e_m: float, via_n_m: float, rejoin_s: float, course_rad: float, c: Craft
) -> Points | None:
    """From its first point over one point beside the route, back to where the plan is at `rejoin_s`, then on; None if
    its turns cannot be flown."""
    begin, back = rest[0], at(rest, rejoin_s)
    out_s = math.hypot(via_e_m - begin[1], via_n_m - begin[2]) / c.speed_mps
    back_s = math.hypot(back[1] - via_e_m, back[2] - via_n_m) / c.speed_mps
    middle = at(rest, begin[0] + (rejoin_s - begin[0]) * out_s / max(out_s + back_s, 1e-9))
    out = _leg(begin, course_rad, via_e_m, via_n_m, float(middle[3]), c)
    out = joined(out, _leg(out[-1], math.nan, float(back[1]), float(back[2]), float(back[3]), c))
    tail = shifted(after(rest, rejoin_s), float(out[-1, 0]) - rejoin_s)
    if not is_flyable(joined(out, tail[:2]), c.radius_m, c.can_hover):
        return None
    short_m = float(back[3] - out[-1, 3])
    if abs(short_m) > 1.0:  # the height of the plan is reached later than the plan: it is caught up on the way
        tail = _caught_up(tail, float(out[-1, 3]), c)
    return joined(out, tail) if abs(tail[-1, 3] - rest[-1, 3]) <= 1.0 else None


def _caught_up(tail: Points, from_m: float, c: Craft) -> Points:
    """The same way and times, from another height towards the plan's as fast as may be; down again in time."""
    t = np.unique(np.concatenate([tail[:, 0], np.arange(tail[0, 0], tail[-1, 0], 60.0)]))
    out = np.column_stack([t, *(np.interp(t, tail[:, 0], tail[:, k]) for k in (1, 2, 3))])
    u, plan_u = from_m, float(tail[0, 3])
    for i in range(len(out)):
        dt, wanted = out[i, 0] - out[max(i - 1, 0), 0], float(out[i, 3])
        if abs(u - plan_u) > 1.0:  # once on the plan it flies as planned
            wanted = min(max(wanted, u - c.descent_mps * dt), u + c.climb_mps * dt)
        u, plan_u, out[i, 3] = wanted, float(out[i, 3]), wanted
    return out


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
