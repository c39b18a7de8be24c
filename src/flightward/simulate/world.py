"""Everything that flies in a scenario, second by second, as it truly was; and the truth table of a case."""

from __future__ import annotations

import dataclasses

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from flightward.feeds.case.write import TRUTH_SCHEMA
from flightward.model.batch import F64, I8, I64, NONE
from flightward.model.codes import Kind
from flightward.simulate.flights import fly_flight
from flightward.simulate.geodesy import geocentric_m, turned_deg
from flightward.simulate.motion import Movers, Paths, fly, join
from flightward.simulate.others import draw_birds, draw_traffic
from flightward.simulate.raids import draw_raid
from flightward.simulate.scenario import Scenario

_RCS_M2 = {Kind.AIRCRAFT: 10.0, Kind.HELICOPTER: 7.0, Kind.BIRD: 0.009}
_RCS_LN_SIGMA = {Kind.DRONE: 0.25, Kind.AIRCRAFT: 0.4, Kind.HELICOPTER: 0.3, Kind.BIRD: 0.35}


@dataclasses.dataclass(frozen=True)
class World:
    """N objects over T + 1 seconds."""

    object_id: list[str]
    icao24: list[str]
    """What each broadcasts as its identity; empty = nothing."""
    raid_id: list[str]
    kind: I8
    hostile: NDArray[np.bool_]
    raid: I64
    """(N,) index into raid_id, or NONE."""
    rcs_m2: F64
    """(N,) mean radar cross section."""
    paths: Paths
    on_ground: NDArray[np.bool_]
    """(T + 1, N)"""
    xyz_m: tuple[F64, F64, F64]
    """Geocentric coordinates, each (T + 1, N)."""

    @property
    def duration_s(self) -> int:
        """Seconds from start to end."""
        return len(self.on_ground) - 1


@dataclasses.dataclass(frozen=True)
class _Cast:
    """Objects of one part of the scenario, before they fly."""

    movers: Movers
    ids: list[str]
    kind: Kind
    rcs_m2: F64
    icao24: list[str]
    raid: int
    rng: np.random.Generator


def draw_world(scenario: Scenario, seeds: np.random.SeedSequence) -> World:
    """Fly the whole scenario once.

    Raids, flights, traffic and birds draw from streams of their own: to change one part leaves the others as they were.
    """
    streams = seeds.spawn(4 + len(scenario.raids) + len(scenario.flights))
    rngs = [np.random.default_rng(s) for s in streams]
    casts = [*_raid_casts(scenario, rngs[4:]), _traffic_cast(scenario, rngs[0]), _bird_cast(scenario, rngs[1])]
    duration_s = scenario.duration_s
    paths = [fly([c.movers for c in casts], duration_s, [c.rng for c in casts])]
    ground = [np.zeros(paths[0].lat_deg.shape, np.bool_)]
    kinds = [k for c in casts for k in [c.kind] * len(c.ids)]
    rcs = [c.rcs_m2 for c in casts]
    for flight, rng in zip(scenario.flights, rngs[4 + len(scenario.raids) :], strict=True):
        path, on_ground = fly_flight(flight, duration_s, rng)
        paths.append(path)
        ground.append(on_ground[:, None])
        kinds.append(Kind.AIRCRAFT if flight.kind == "aircraft" else Kind.HELICOPTER)
        rcs.append(_rcs(kinds[-1], 1, rng))
    every = join(paths)
    n_flights = len(scenario.flights)
    raid = np.array([r for c in casts for r in [c.raid] * len(c.ids)] + [NONE] * n_flights, dtype=np.int64)
    return World(
        object_id=[i for c in casts for i in c.ids] + [f.id for f in scenario.flights],
        icao24=[i for c in casts for i in c.icao24] + [f.icao24 for f in scenario.flights],
        raid_id=[r.id for r in scenario.raids],
        kind=np.array([k.value for k in kinds], dtype=np.int8),
        hostile=raid != NONE,
        raid=raid,
        rcs_m2=np.concatenate(rcs),
        paths=every,
        on_ground=np.concatenate(ground, axis=1),
        xyz_m=geocentric_m(every.lat_deg, every.lon_deg, every.hae_m),
    )


def _raid_casts(scenario: Scenario, rngs: list[np.random.Generator]) -> list[_Cast]:
    out: list[_Cast] = []
    count = 0
    for i, (raid, rng) in enumerate(zip(scenario.raids, rngs, strict=False)):
        members = draw_raid(raid, scenario.area.ground_m, rng)
        keep = _within_day(members.movers, scenario.duration_s)
        movers = members.movers.only(keep)
        n = len(movers)
        rcs = members.rcs_m2[keep] * np.exp(rng.normal(0.0, _RCS_LN_SIGMA[Kind.DRONE], n))
        ids = [f"d{count + k + 1:03d}" for k in range(n)]
        out.append(_Cast(movers, ids, Kind.DRONE, rcs, [""] * n, i, rng))
        count += n
    return out


def _traffic_cast(scenario: Scenario, rng: np.random.Generator) -> _Cast:
    movers = draw_traffic(scenario.traffic, scenario.area, scenario.duration_s, rng)
    n = len(movers)
    silent = rng.random(n) < scenario.traffic.silent_frac
    taken = {f.icao24.lower() for f in scenario.flights}
    codes = ["" if s else c for s, c in zip(silent, _icao24(n, taken, rng), strict=True)]
    ids = [f"a{k + 1:03d}" for k in range(n)]
    return _Cast(movers, ids, Kind.AIRCRAFT, _rcs(Kind.AIRCRAFT, n, rng), codes, NONE, rng)


def _bird_cast(scenario: Scenario, rng: np.random.Generator) -> _Cast:
    movers = draw_birds(scenario.birds, scenario.area, rng)
    n = len(movers)
    ids = [f"b{k + 1:03d}" for k in range(n)]
    return _Cast(movers, ids, Kind.BIRD, _rcs(Kind.BIRD, n, rng), [""] * n, NONE, rng)


def truth_table(world: World, start_s: float) -> pa.Table:
    """Truth in the case format, by time and then by object."""
    p = world.paths
    second, who = np.nonzero(~np.isnan(p.lat_deg))
    kinds = pa.array([Kind(k).word for k in world.kind], pa.string())
    raids = pa.array([world.raid_id[r] if r != NONE else None for r in world.raid], pa.string())
    rows = pa.array(who)
    columns = [
        start_s + second.astype(np.float64),
        pa.array(world.object_id, pa.string()).take(rows),
        kinds.take(rows),
        world.hostile[who],
        raids.take(rows),
        world.on_ground[second, who],
        *[np.round(x[second, who], 8) for x in (p.lat_deg, turned_deg(p.lon_deg))],
        *[np.round(x[second, who], 3) for x in (p.hae_m, p.ve_mps, p.vn_mps, p.vu_mps)],
    ]
    return pa.table([pa.array(c) if isinstance(c, np.ndarray) else c for c in columns], schema=TRUTH_SCHEMA)


def _within_day(movers: Movers, duration_s: int) -> NDArray[np.bool_]:
    """Those that live at some second of the day."""
    return np.asarray((movers.born_s <= duration_s) & (movers.dies_s >= 0))


def _rcs(kind: Kind, n: int, rng: np.random.Generator) -> F64:
    return np.asarray(_RCS_M2[kind] * np.exp(rng.normal(0.0, _RCS_LN_SIGMA[kind], n)))


def _icao24(n: int, taken: set[str], rng: np.random.Generator) -> list[str]:
    """n addresses, all different and none taken."""
    codes: list[str] = []
    used = set(taken)
    while len(codes) < n:
        code = f"{int(rng.integers(0x010000, 0xF00000)):06x}"
        if code not in used:
            used.add(code)
            codes.append(code)
    return codes
