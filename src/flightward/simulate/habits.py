"""Draw what a raid's habits do to its members: other makes, laps, changes of course, splits, jamming. Drawn only."""

from __future__ import annotations

import dataclasses
import math

import numpy as np

from flightward.model.batch import F64, I64
from flightward.simulate.motion import Jams, Movers
from flightward.simulate.raid_parts import Event, Loiter, Make, Raid, Split, Turn
from flightward.simulate.ways import cut, laps, length_m, parted, turned, with_laps

_Rng = np.random.Generator
_WIDER = 1.4
"""Least radius of a lap, in distances at which a waypoint counts as reached: nearer points would be skipped."""


@dataclasses.dataclass
class Flyers:
    """N members of a raid before they fly; habits change them."""

    born_s: F64
    across_m: F64
    """(N,) how far right of the declared way each flies."""
    speed_mps: F64
    hae_m: F64
    turn_radps: F64
    climb_mps: F64
    rcs_m2: F64
    ways: list[F64]
    """Each (K, 3), see ways.py."""

    def capture_m(self, i: int) -> float:
        """How near a waypoint counts as reached by member i (motion.py)."""
        return float(self.speed_mps[i] / self.turn_radps[i] + self.speed_mps[i])


def has_habits(raid: Raid) -> bool:
    """Does the raid declare anything of this module."""
    return bool(raid.makes or raid.loiters or raid.turns or raid.splits or raid.jam)


def apply_habits(raid: Raid, flyers: Flyers, floor_m: float, rng: _Rng) -> None:
    """Change the members by all habits but jamming: makes, then events by place (the farthest first), then by time."""
    _apply_makes(raid.makes, flyers, floor_m, rng)
    whole_m = [length_m(way) for way in flyers.ways]
    events: list[Event] = [*raid.loiters, *raid.turns, *raid.splits]
    for event in sorted((e for e in events if e.at_frac is not None), key=lambda e: -(e.at_frac or 0.0)):
        _apply(event, flyers, [(event.at_frac or 0.0) * m for m in whole_m], rng)
    for event in sorted((e for e in events if e.at_s is not None), key=lambda e: e.at_s or 0.0):
        flown = flyers.speed_mps * ((event.at_s or 0.0) - flyers.born_s)
        # a bend is begun before its corner; one that has not set out yet leaves on the new course
        lead = [0.0 if m < 0.0 or isinstance(event, Loiter) else flyers.capture_m(i) for i, m in enumerate(flown)]
        _apply(event, flyers, [float(m) + c for m, c in zip(flown, lead, strict=True)], rng)


def _apply_makes(makes: tuple[Make, ...], flyers: Flyers, floor_m: float, rng: _Rng) -> None:
    n = len(flyers.ways)
    which, edge = rng.random(n), 0.0
    for make in makes:
        mine = (which >= edge) & (which < edge + make.frac)
        edge += make.frac
        k = int(mine.sum())
        if make.speed_mps is not None:
            speed = rng.normal(make.speed_mps, make.sigma_speed_mps or 0.0, k)
            flyers.speed_mps[mine] = np.maximum(speed, 0.5 * make.speed_mps)
        for name in ("turn_radps", "climb_mps", "rcs_m2"):
            if (value := getattr(make, name)) is not None:
                getattr(flyers, name)[mine] = value
        if make.hae_m is not None:
            height = np.maximum(rng.normal(make.hae_m, make.sigma_hae_m or 0.0, k), floor_m)
            for i, h in zip(np.flatnonzero(mine), height, strict=True):
                flyers.ways[i][:, 2] = np.maximum(flyers.ways[i][:, 2] + h - flyers.hae_m[i], floor_m)
            flyers.hae_m[mine] = height


def _apply(event: Event, flyers: Flyers, along_m: list[float], rng: _Rng) -> None:
    """One event: who takes part is drawn, then what each does."""
    part = np.flatnonzero(rng.random(len(flyers.ways)) < event.frac)
    if isinstance(event, Loiter):
        _loiter(event, flyers, part, along_m, rng)
    elif isinstance(event, Turn):
        for i, extra in zip(part, rng.normal(0.0, event.sigma_turn_rad, len(part)), strict=True):
            flyers.ways[i] = turned(flyers.ways[i], along_m[i], event.turn_rad + float(extra))
    elif isinstance(event, Split):
        rank = np.argsort(np.argsort(flyers.across_m[part] if event.by == "side" else flyers.born_s[part]))
        place = rank * event.parts // max(len(part), 1)
        for i, p in zip(part, place, strict=True):
            turn = event.turn_rad * (2.0 * int(p) / (event.parts - 1) - 1.0)
            way = flyers.ways[i]
            back = event.back_frac
            flyers.ways[i] = turned(way, along_m[i], turn) if back is None else parted(way, along_m[i], turn, back)


def _loiter(event: Loiter, flyers: Flyers, part: I64, along_m: list[float], rng: _Rng) -> None:
    """Laps of one axis and sense for the raid, entered along the way; how long, each member's own."""
    axis, side = rng.uniform(0.0, 2.0 * math.pi), 1 if rng.random() < 0.5 else -1
    lasts = np.maximum(rng.normal(event.lasts_s, event.sigma_lasts_s, len(flyers.ways)), 0.0)
    places = np.array([cut(w, a)[1][:2] for w, a in zip(flyers.ways, along_m, strict=True)])
    before = np.array([cut(w, a - 500.0)[1][:2] for w, a in zip(flyers.ways, along_m, strict=True)])
    after = np.array([cut(w, a + 500.0)[1][:2] for w, a in zip(flyers.ways, along_m, strict=True)])
    ahead = after - before
    if event.gather and event.at_frac is not None:
        places[:], ahead[:] = places.mean(axis=0), ahead.mean(axis=0)
    for i in part:
        radius = max(event.radius_m, _WIDER * flyers.capture_m(i))
        course = math.atan2(ahead[i, 0], ahead[i, 1])
        # the way touches the lap: its middle lies a radius to the side to which the laps turn
        right = side * np.array([math.cos(course), -math.sin(course)])
        first = math.atan2(-right[0], -right[1])
        far = float(flyers.speed_mps[i] * lasts[i])
        ring = laps(far, radius, event.length_m, axis, first, side, flyers.capture_m(i))
        flyers.ways[i] = with_laps(flyers.ways[i], along_m[i], ring + places[i] + radius * right)


def draw_jams(raid: Raid, flyers: Flyers, movers: Movers, rng: _Rng) -> Movers:
    """The members with their jamming drawn; the lost ones die at its end."""
    jam, n = raid.jam, len(flyers.ways)
    if jam is None:
        return movers
    wind_rad = rng.uniform(0.0, 2.0 * math.pi)
    speed = jam.drift_mps * np.maximum(rng.normal(1.0, 0.15, n), 0.0)
    hit, where = rng.random(n) < jam.frac, rng.random(n)
    if jam.at_frac is not None:
        where = np.clip(rng.normal(jam.at_frac, 0.03, n), 0.0, 1.0)
    whole_s = np.array([length_m(w) for w in flyers.ways]) / flyers.speed_mps
    begin = np.floor(flyers.born_s + where * whole_s)
    end = begin + np.ceil(np.maximum(rng.exponential(jam.lasts_s, n), 30.0))
    lost = hit & (rng.random(n) < jam.lost_frac)
    jams = Jams(
        from_s=np.where(hit, begin, np.inf),
        to_s=np.where(hit, end, np.inf),
        drift_e_mps=speed * math.sin(wind_rad),
        drift_n_mps=speed * math.cos(wind_rad),
        turn_radps=rng.normal(0.0, jam.sigma_turn_radps, n),
        sag_mps=np.full(n, jam.sag_mps),
    )
    dies = np.where(lost, np.minimum(movers.dies_s, np.where(hit, end, 0.0).astype(np.int64)), movers.dies_s)
    return dataclasses.replace(movers, dies_s=dies, jams=jams)
