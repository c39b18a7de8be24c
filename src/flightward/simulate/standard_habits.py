"""The habits of a standard day's raids: which families each raid draws from, and how large each habit is.

Ranges are wide on purpose and each raid draws its own, so that what was learnt from one raid or one family does not fit
the next. Days of families that were held back (`standard_day(seed, habits=...)`) say how a model takes the unknown.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import msgspec
import numpy as np

from flightward.simulate.geodesy import east_north_m
from flightward.simulate.places import Rng, point
from flightward.simulate.scenario import Area, Jam, Loiter, Make, Point, Raid, Split, Turn

_Change = Callable[[Raid, Area, Rng], Raid]


def with_habits(raids: tuple[Raid, ...], families: tuple[str, ...], area: Area, rng: Rng) -> tuple[Raid, ...]:
    """The raids, each with one to three of the families drawn for it; `plain` stays as it is."""
    out = [_with_drawn(raid, families, area, rng) for raid in raids]
    others = len(families) > 1
    if "meet" in families:
        for i in range(0, len(out) - 1, 2):
            if rng.random() < (0.4 if others else 1.0):
                out[i + 1] = _meeting(out[i], out[i + 1], rng)
    return tuple(out)


def _with_drawn(raid: Raid, families: tuple[str, ...], area: Area, rng: Rng) -> Raid:
    mine = [f for f in families if f in _ONE_RAID or f == "plain"]
    if not mine:
        return raid
    first = mine[int(rng.integers(0, len(mine)))]
    more = [f for f in mine if f not in ("plain", first)]
    count = min(int(rng.choice(3, p=[0.5, 0.35, 0.15])), len(more))
    if first == "plain":
        return raid
    for name in (first, *(more[int(k)] for k in rng.choice(len(more), count, replace=False) if more)):
        raid = _ONE_RAID[name](raid, area, rng)
    return raid


def _where(raid: Raid, rng: Rng) -> dict[str, float]:
    """At a place of the way or at a time of the day, drawn."""
    if rng.random() < 0.6:
        return {"at_frac": round(rng.uniform(0.15, 0.8), 3)}
    return {"at_s": round(max(raid.start_s, 0.0) + rng.uniform(600.0, 3600.0))}


def _decoys(raid: Raid, area: Area, rng: Rng) -> Raid:
    """Some of the drones are decoys: slower, mostly higher, some with a large radar cross section."""
    high = rng.random() < 0.7
    make = Make(
        frac=round(rng.uniform(0.1, 0.6), 2),
        speed_mps=round(raid.speed_mps * rng.uniform(0.55, 0.95), 1),
        sigma_speed_mps=round(rng.uniform(0.5, 3.0), 2),
        hae_m=round(area.ground_m + (rng.uniform(1200.0, 4500.0) if high else rng.uniform(150.0, 900.0))),
        sigma_hae_m=round(rng.uniform(60.0, 500.0)),
        rcs_m2=round(math.exp(rng.uniform(math.log(0.01), math.log(1.0))), 3),
    )
    return _with_make(raid, make)


def _speeds(raid: Raid, area: Area, rng: Rng) -> Raid:
    """Slow piston drones, fast ones, jets: the whole raid, some of it, or both."""
    if rng.random() < 0.6:
        engine = _engine(area, rng)
        raid = msgspec.structs.replace(raid, **{k: v for k, v in engine.items() if v is not None})
    if rng.random() < 0.6:
        raid = _with_make(raid, Make(frac=round(rng.uniform(0.1, 0.5), 2), **_engine(area, rng)))
    return raid


def _engine(area: Area, rng: Rng) -> dict[str, float | None]:
    jet = rng.random() < 0.4
    speed = rng.uniform(85.0, 170.0) if jet else rng.uniform(32.0, 62.0)
    return {
        "speed_mps": round(speed, 1),
        "sigma_speed_mps": round(speed * rng.uniform(0.005, 0.06), 2),
        "turn_radps": round(rng.uniform(0.02, 0.04) if jet else rng.uniform(0.015, 0.06), 4),
        "climb_mps": round(rng.uniform(5.0, 15.0) if jet else rng.uniform(1.5, 4.0), 1),
        "hae_m": round(area.ground_m + rng.uniform(300.0, 4000.0)) if jet else None,
        "sigma_hae_m": round(rng.uniform(50.0, 400.0)) if jet else None,
        "rcs_m2": round(rng.uniform(0.05, 0.4) if jet else rng.uniform(0.02, 0.1), 3),
    }


def _with_make(raid: Raid, make: Make) -> Raid:
    """One make more; where the shares would pass the whole, they shrink evenly."""
    makes = (*raid.makes, make)
    whole = sum(m.frac for m in makes)
    if whole > 0.9:
        makes = tuple(msgspec.structs.replace(m, frac=round(0.9 * m.frac / whole, 3)) for m in makes)
    return msgspec.structs.replace(raid, makes=makes)


def _detour(raid: Raid, area: Area, rng: Rng) -> Raid:
    """Wide detours of single members, on many legs."""
    return msgspec.structs.replace(
        raid, detour_frac=round(rng.uniform(0.2, 0.9), 2), detour_m=round(rng.uniform(4000.0, 16000.0))
    )


def _loiter(raid: Raid, area: Area, rng: Rng) -> Raid:
    """One or two places or times where all or some fly circles or racetracks for 3 to 35 minutes."""
    loiters = [
        Loiter(
            **_where(raid, rng),
            frac=1.0 if rng.random() < 0.6 else round(rng.uniform(0.1, 0.8), 2),
            lasts_s=round(rng.uniform(180.0, 2100.0)),
            sigma_lasts_s=round(rng.uniform(10.0, 400.0)),
            radius_m=round(rng.uniform(1500.0, 9000.0)),
            length_m=round(rng.uniform(4000.0, 20000.0)) if rng.random() < 0.5 else 0.0,
            gather=bool(rng.random() < 0.6),
        )
        for _ in range(1 + int(rng.random() < 0.25))
    ]
    return msgspec.structs.replace(raid, loiters=tuple(loiters))


def _turn(raid: Raid, area: Area, rng: Rng) -> Raid:
    """One to three late changes of course, of the whole raid or of single members."""
    turns = []
    for _ in range(int(rng.integers(1, 4))):
        whole = rng.random() < 0.6
        size = rng.uniform(0.2, 1.8) * (1.0 if rng.random() < 0.5 else -1.0)
        turns.append(
            Turn(
                **_where(raid, rng),
                frac=1.0 if whole else round(rng.uniform(0.05, 0.5), 2),
                turn_rad=round(size, 3) if whole else 0.0,
                sigma_turn_rad=round(rng.uniform(0.0, 0.15) if whole else rng.uniform(0.3, 1.2), 3),
            )
        )
    return msgspec.structs.replace(raid, turns=tuple(turns))


def _split(raid: Raid, area: Area, rng: Rng) -> Raid:
    """Two to four parts that part for good or are together again later."""
    split = Split(
        **_where(raid, rng),
        parts=int(rng.integers(2, 5)),
        turn_rad=round(rng.uniform(0.15, 1.1), 3),
        by="side" if rng.random() < 0.7 else "order",
        back_frac=round(rng.uniform(0.3, 0.9), 2) if rng.random() < 0.4 else None,
    )
    return msgspec.structs.replace(raid, splits=(split,))


def _jam(raid: Raid, area: Area, rng: Rng) -> Raid:
    """Some lose their navigation, all near one place or anywhere."""
    return msgspec.structs.replace(
        raid,
        jam=Jam(
            frac=round(rng.uniform(0.1, 0.8), 2),
            at_frac=round(rng.uniform(0.2, 0.8), 3) if rng.random() < 0.5 else None,
            lasts_s=round(rng.uniform(90.0, 900.0)),
            drift_mps=round(rng.uniform(1.0, 14.0), 1),
            sigma_turn_radps=round(rng.uniform(0.0005, 0.006), 4),
            sag_mps=round(rng.uniform(0.0, 1.5), 2),
            lost_frac=round(rng.uniform(0.0, 0.9), 2),
        ),
    )


def _meeting(first: Raid, second: Raid, rng: Rng) -> Raid:
    """The second raid on a way that meets the first one's: the same tail, the head turned about the place of meeting.

    Both heads are as long, so raids that set out at about the same time meet at about the same time; others one behind
    the other.
    """
    way = first.waypoints
    k = int(rng.integers(1, len(way)))
    turn = rng.uniform(0.3, 1.3) * (1.0 if rng.random() < 0.5 else -1.0)
    lat, lon = way[k]
    middle = Area(lat_deg=lat, lon_deg=lon, radius_m=1.0)
    head: list[Point] = []
    for p in way[:k]:
        east, north = east_north_m(*(np.array(v) for v in (lat, lon, *p)))
        head.append(point(middle, float(np.hypot(east, north)), float(np.arctan2(east, north)) + turn))
    return msgspec.structs.replace(
        second,
        waypoints=(*head, *way[k:]),
        start_s=round(first.start_s + rng.normal(0.0, 300.0)),
        speed_mps=round(first.speed_mps * rng.uniform(0.92, 1.08), 1),
        turn_radps=first.turn_radps,
    )


_ONE_RAID: dict[str, _Change] = {
    "decoys": _decoys,
    "detour": _detour,
    "jam": _jam,
    "loiter": _loiter,
    "speeds": _speeds,
    "split": _split,
    "turn": _turn,
}
HABITS = ("plain", *_ONE_RAID, "meet")
"""Families of habits; `plain`: streams, waves and formations that keep their way."""
