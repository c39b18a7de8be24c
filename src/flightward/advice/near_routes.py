"""How a near instruction is flown: what the type can do in the next minutes, and the route of a turn or a climb."""

from __future__ import annotations

import dataclasses
import itertools
import math

import numpy as np

from flightward.advice.routes import Points, after, at, joined, shifted
from flightward.advice.situation import FlightFacts, Situation
from flightward.encounters import STANDARDS, Guidance
from flightward.model import F64, Instruction

G_MPS2 = 9.80665
STANDARD_TURN_RADPS = math.radians(3.0)
BANK_RAD = math.radians(25.0)
"""A turn of 3 degrees a second, or with this bank if that is slower (ICAO Doc 8168)."""
FEET_100_M = 30.48
NEAR_PLAN_M = 10_000.0
LEVEL_MPS = 0.5
TURN_POINTS_RAD = math.radians(10.0)
BACK_S = 180.0


def limits_of(facts: FlightFacts, own: F64) -> Guidance:
    """What the type can do from here: turns, climbs, and between which heights it may be sent.

    Down only to where its own plan flies level near here: what is under it elsewhere is not known.
    """
    p = facts.performance
    speed = max(float(np.hypot(own[3], own[4])), 1.0)
    floor = FEET_100_M * math.floor(min(_lowest_level(facts.plan, own), float(own[2])) / FEET_100_M)
    return dataclasses.replace(
        STANDARDS["DRONE_LONE"].guidance,
        turn_radps=min(STANDARD_TURN_RADPS, G_MPS2 * math.tan(BANK_RAD) / speed),
        height_rate_mps=min(p.climb_mps, p.descent_mps), height_step_m=FEET_100_M,
        height_min_m=floor, height_max_m=max(p.ceiling_m, float(own[2])),
    )  # fmt: skip


def _lowest_level(plan: Points, own: F64) -> float:
    """The lowest height at which the plan flies level within NEAR_PLAN_M of here; own height if it does not."""
    out = float(own[2])
    for a, b in itertools.pairwise(plan):
        dt, way = float(b[0] - a[0]), b[1:3] - a[1:3]
        far2 = float(way @ way)
        if dt <= 0.0 or far2 < (15.0 * dt) ** 2 or abs(b[3] - a[3]) > LEVEL_MPS * dt:
            continue
        share = min(1.0, max(0.0, float((own[:2] - a[1:3]) @ way) / far2))
        if float(np.hypot(*(a[1:3] + share * way - own[:2]))) <= NEAR_PLAN_M:
            out = min(out, float(max(a[3], b[3])))
    return out


def still_to_turn_rad(what: int, here_rad: float, course_rad: float) -> float:
    """How far to turn from one course to the other, the way it is said."""
    right = (course_rad - here_rad) % (2.0 * math.pi)
    return right if what == Instruction.TURN_RIGHT else 2.0 * math.pi - right


def after_it(out: Points, s: Situation) -> Situation:
    """The flight at the end of a manoeuvre: what is known is that of now, and its plan the way back to the plan."""
    speed, step = ground_speed_mps(s), out[-1] - out[-2]
    course = math.atan2(step[1], step[2])
    on = out[-1] + [1.0, speed * math.sin(course), speed * math.cos(course), 0.0]  # what it turns from is its course
    back = _back(out, s, speed)
    rest = np.vstack([out[-1:], on[None], back[back[:, 0] > on[0] + 1.0]])
    return dataclasses.replace(s, now_s=float(out[-1, 0]), rest=rest, before=out)


def ground_speed_mps(s: Situation) -> float:
    """The speed at which it is expected to fly now; its cruise where it waits."""
    here, ahead = s.here, at(s.rest, s.now_s + 5.0)
    speed = math.hypot(ahead[1] - here[1], ahead[2] - here[2]) / max(float(ahead[0] - here[0]), 1e-3)
    return speed if speed >= 1.0 else s.facts.cruise_mps


def manoeuvre(what: int, course_rad: float, level_m: float, s: Situation, for_s: float) -> Points:
    """Turn and fly straight, or fly straight on and change height, for so long."""
    here = s.here
    ahead = at(s.rest, s.now_s + 5.0)
    dt = max(float(ahead[0] - here[0]), 1e-3)
    v = (ahead[1:] - here[1:]) / dt
    speed = float(np.hypot(v[0], v[1]))
    if speed < 1.0:
        speed = s.facts.cruise_mps
    own = np.array([*here[1:], *v])
    limits = limits_of(s.facts, own)
    heading = math.atan2(v[0], v[1])
    if math.isnan(level_m):
        out = turned(here, heading, what, course_rad, speed, limits.turn_radps, for_s)
    else:
        out = levelled(here, heading, level_m, speed, limits.height_rate_mps, for_s)
    return joined(out)


def levelled(here: F64, heading: float, level_m: float, speed: float, rate_mps: float, for_s: float) -> Points:
    """Straight on, towards a height at a rate."""
    change_s = min(abs(level_m - float(here[3])) / rate_mps, for_s)
    u = float(here[3]) + math.copysign(rate_mps * change_s, level_m - float(here[3]))
    out: Points = np.vstack([here, *(
        [here[0] + t, here[1] + speed * t * math.sin(heading), here[2] + speed * t * math.cos(heading), height]
        for t, height in [(change_s, u), (for_s, u)]
    )])  # fmt: skip
    return out


def turned(
    here: F64, heading: float, what: int, course_rad: float, speed: float, turn_radps: float, for_s: float
) -> Points:
    """An arc in chords, then straight on, all at one height."""
    angle = still_to_turn_rad(what, heading % (2.0 * math.pi), course_rad)
    if angle > 1.5 * math.pi:  # its way has turned past that course already
        angle, heading = 0.0, course_rad
    sign, radius = (1.0 if what == Instruction.TURN_RIGHT else -1.0), speed / turn_radps
    n = math.ceil(angle / TURN_POINTS_RAD)
    part = np.linspace(0.0, angle, n + 1)
    to = heading + sign * part
    e = here[1] + sign * radius * (math.cos(heading) - np.cos(to))
    north = here[2] + sign * radius * (np.sin(to) - math.sin(heading))
    arc = np.column_stack([here[0] + part / turn_radps, e, north, np.full(n + 1, here[3])])
    left = max(0.0, for_s - angle / turn_radps)
    end = arc[-1] + [left, speed * left * math.sin(course_rad), speed * left * math.cos(course_rad), 0.0]
    out: Points = np.vstack([arc, end])
    return out


def _back(out: Points, s: Situation, speed: float) -> Points:
    """From its end straight to where the plan is a while later, and on as planned."""
    end, rejoin = out[-1], min(float(out[-1, 0]) + BACK_S, float(s.rest[-1, 0]))
    back = at(s.rest, rejoin)
    take_s = math.hypot(back[1] - end[1], back[2] - end[2]) / speed
    take_s = max(take_s, abs(float(back[3] - end[3])) / s.facts.performance.descent_mps, 1.0)
    return joined(out, shifted(after(s.rest, rejoin), float(end[0]) + take_s - rejoin))
