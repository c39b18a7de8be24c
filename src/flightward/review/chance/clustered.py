"""Clustered raids, drawn: waves shared by regions, launch groups within waves, stays that last. For checking the tests.

It knows nothing of routes, defences or targets, has no objective, and its one effect is a factor on how many come:
what it is for is to measure how often a test says "raised" where nothing was raised, and where something was.
"""

from __future__ import annotations

import dataclasses

import numpy as np

from flightward.errors import BadInput
from flightward.review.chance.presence import F64, I64, Presence

HOUR_S = 3600.0


@dataclasses.dataclass(frozen=True)
class World:
    """How raids of one kind come.

    span_s          what is watched.     n_drones   expected number of drones in it, all regions.
    share           (R,) usual share of each region, adds up to 1.
    n_waves         expected number of waves, shared by all regions.     wave_s   1 sigma of a wave about its middle.
    night_frac      share of the waves that fall into the 8 h of each night.
    wave_share_n    how true a wave keeps to the usual shares (Dirichlet); inf: exactly.
    lone_frac       share of the groups that belong to no wave.
    group_n         mean size of a launch group (1 + geometric).     group_gap_s   mean gap between its members.
    stay_s          mean stay (Gamma of shape 4).     lag_s   (R,) how much later than the wave each region is reached.
    transit_p       chance that a group is first present in the region before its own.
    """

    span_s: float = 72.0 * HOUR_S
    n_drones: float = 1170.0
    share: tuple[float, ...] = (0.16, 0.20, 0.15, 0.12, 0.10, 0.08, 0.07, 0.06, 0.04, 0.02)
    n_waves: float = 24.0
    wave_s: float = 0.8 * HOUR_S
    night_frac: float = 0.7
    wave_share_n: float = np.inf
    lone_frac: float = 0.15
    group_n: float = 2.5
    group_gap_s: float = 180.0
    stay_s: float = 1500.0
    lag_s: tuple[float, ...] = ()
    transit_p: float = 0.0


def draw(world: World, seed: int, *, region: int = 0, window_s: tuple[float, float] = (0.0, 0.0),
         factor: float = 1.0) -> Presence:  # fmt: skip
    """One raid from t = 0 to span_s; `factor` times as many are present in `region` during `window_s`.

    What is added is drawn as the rest is: further launch groups of the same waves, of which those are kept that are
    present in the region in the window. Regions are "R0", "R1", ...; every drone has its launch group.
    Errors  BadInput for a factor under 1.
    """
    if factor < 1.0:
        raise BadInput("must be 1 or more", key="factor", value=factor)
    rng, more = (np.random.default_rng(s) for s in np.random.SeedSequence([seed, 0xA1A]).spawn(2))
    waves = _waves(world, rng)
    parts = [_groups(world, waves, 1.0, rng)]
    if factor > 1.0:
        extra = _groups(world, waves, factor - 1.0, more)
        there = (extra.region == region) & (extra.first_s < window_s[1]) & (extra.last_s >= window_s[0])
        parts.append(extra.only(np.isin(extra.group, extra.group[there])))
    return _table(world, parts)


@dataclasses.dataclass(frozen=True)
class _Waves:
    middle_s: F64
    share: F64  # (W, R)
    weight: F64  # (W,) share of the raid's groups


@dataclasses.dataclass(frozen=True)
class _Stays:
    drone: I64
    group: I64
    region: I64
    first_s: F64
    last_s: F64

    def only(self, keep: np.ndarray) -> _Stays:
        return _Stays(*(getattr(self, f.name)[keep] for f in dataclasses.fields(self)))


def _waves(world: World, rng: np.random.Generator) -> _Waves:
    """When waves come and how each is shared among regions."""
    n = max(1, int(rng.poisson(world.n_waves)))
    at = rng.uniform(0.0, world.span_s, n)
    days = max(1, round(world.span_s / (24.0 * HOUR_S)))
    night = (rng.integers(0, days, n) * 24.0 + 18.0 + rng.uniform(0.0, 8.0, n)) * HOUR_S
    at = np.where((rng.random(n) < world.night_frac) & (night < world.span_s), night, at)
    share = np.array(world.share)
    tilt = np.tile(share, (n, 1)) if np.isinf(world.wave_share_n) else rng.dirichlet(world.wave_share_n * share, n)
    weight = rng.gamma(2.0, 0.5, n)
    return _Waves(at, tilt, weight / weight.sum())


def _groups(world: World, waves: _Waves, factor: float, rng: np.random.Generator) -> _Stays:
    """Launch groups: `factor` times as many as the world has on average."""
    n_groups = factor * world.n_drones / world.group_n
    r, span = len(world.share), world.span_s
    per_wave = rng.poisson(n_groups * (1.0 - world.lone_frac) * waves.weight)
    wave = np.repeat(np.arange(len(per_wave)), per_wave)
    n_lone = int(rng.poisson(n_groups * world.lone_frac))
    start = np.concatenate([waves.middle_s[wave] + world.wave_s * rng.normal(size=len(wave)),
                            rng.uniform(0.0, span, n_lone)])  # fmt: skip
    edges = np.cumsum(np.concatenate([waves.share[wave], np.tile(np.array(world.share), (n_lone, 1))]), axis=1)
    own = np.minimum((edges < rng.random(len(start))[:, None]).sum(axis=1), r - 1)
    lag = np.array(world.lag_s) if world.lag_s else np.zeros(r)
    return _members(world, start + lag[own], own, rng)


def _members(world: World, start_s: F64, region: I64, rng: np.random.Generator) -> _Stays:
    size = rng.geometric(1.0 / world.group_n, len(start_s))
    group = np.repeat(np.arange(len(start_s)), size)
    begins = np.cumsum(size) - size
    gap = rng.exponential(world.group_gap_s, len(group))
    since = np.cumsum(gap)
    first = start_s[group] + since - since[begins[group]] if len(group) else np.zeros(0)
    stay = rng.gamma(4.0, world.stay_s / 4.0, len(group))
    own = _Stays(np.arange(len(group)), group, region[group], first, first + stay)
    passing = (rng.random(len(start_s)) < world.transit_p)[group]
    if not passing.any():
        return own
    before = (own.region[passing] + 1) % len(world.share)
    way = rng.gamma(4.0, world.stay_s / 4.0, len(before))
    return _joined([own, _Stays(own.drone[passing], group[passing], before, first[passing] - way, first[passing])])


def _joined(parts: list[_Stays]) -> _Stays:
    return _Stays(*(np.concatenate([getattr(p, f.name) for p in parts]) for f in dataclasses.fields(_Stays)))


def _table(world: World, parts: list[_Stays]) -> Presence:
    """The stays of all parts within the span, drones and groups numbered anew."""
    drone, group, shift, crew = [], [], 0, 0
    for p in parts:
        drone.append(p.drone + shift)
        group.append(p.group + crew)
        shift += int(p.drone.max()) + 1 if len(p.drone) else 0
        crew += int(p.group.max()) + 1 if len(p.group) else 0
    s = dataclasses.replace(_joined(parts), drone=np.concatenate(drone), group=np.concatenate(group))
    s = s.only((s.first_s < world.span_s) & (s.last_s >= 0.0))
    order = np.argsort(s.first_s, kind="stable")
    s = s.only(order)
    names = [tuple(f"{letter}{k}" for k in range(n)) for letter, n in (("D", shift), ("G", crew))]
    return Presence(
        s.drone, s.region, s.group, np.maximum(s.first_s, 0.0), np.minimum(s.last_s, world.span_s),
        names[0], tuple(f"R{k}" for k in range(len(world.share))), names[1], np.array([[0.0, world.span_s]]),
    )  # fmt: skip
