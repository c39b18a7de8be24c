"""Settings: frozen dataclasses, one per stage, with every default in one place; read from TOML tables.

A case's [thresholds] table may change any of them by name (`caught_n = 2`) or by stage and name
(`threats.caution_p = 0.3`). An unknown key, or a value out of its bounds, stops the start, with its name.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any, TypeVar

from flightward.errors import BadInput

T = TypeVar("T")


MOST = 1e9
"""The upper bound of what needs none: so many metres or seconds are for ever."""


def setting(default: T, words: str, *, low: float = 0.0, high: float = MOST) -> T:
    """A setting: its default, what it means and its bounds, both allowed (docs/settings.md is made from these)."""
    declared: Any = dataclasses.field(default=default, metadata={"help": words, "low": low, "high": high})
    return declared  # type: ignore[no-any-return]


def chance(default: float, words: str, *, low: float = 0.0, high: float = 1.0) -> float:
    """A setting that is a probability or a share."""
    return setting(default, words, low=low, high=high)


@dataclasses.dataclass(frozen=True)
class CaughtConfig:
    """What "caught" means (design, section 3)."""

    caught_n: int = setting(3, "hostile drones that must be near at once", low=1, high=64)
    raid_radius_m: float = setting(10_000.0, "caught by a raid: horizontal distance", low=1.0, high=1e6)
    raid_height_m: float = setting(1_500.0, "caught by a raid: vertical distance", low=1.0, high=1e5)
    lone_radius_m: float = setting(2_000.0, "caught by a lone drone: horizontal distance", low=1.0, high=1e6)
    lone_height_m: float = setting(300.0, "caught by a lone drone: vertical distance", low=1.0, high=1e5)
    zone_radius_m: float = setting(
        40_000.0, "a defended zone is dangerous with a hostile drone this near", low=1.0, high=1e6
    )
    zone_unseen_p: float = chance(0.5, "chance that drones are near an active defended zone though none is seen")
    zone_opens_p: float = chance(0.7, "chance that a declared defended zone opens when hostile drones come near it")
    zone_opens_m: float = setting(
        30_000.0, "... at about this distance from its edge (half as much to half more)", high=1e6
    )
    zone_opens_s: float = setting(120.0, "... after this time on average")
    site_radius_m: float = setting(
        10_000.0, "a place is threatened by a hostile or unidentified drone this near", low=1.0, high=1e6
    )
    on_ground_mps: float = setting(15.0, "slower than this a flight may be on the ground", high=1000.0)
    on_ground_agl_m: float = setting(
        30.0, "lower than this above its place a flight may be on the ground", high=10_000.0
    )


@dataclasses.dataclass(frozen=True)
class TracksConfig:
    """The air picture."""

    p_confirm: float = chance(0.9, "a track is confirmed at this probability of existence", low=1e-6, high=0.999999)
    p_show: float = chance(0.5, "a track is shown from this probability on")
    p_drop: float = chance(0.02, "a track is dropped below this probability", low=1e-6, high=0.999999)
    p_birth: float = chance(0.1, "probability of existence that a first report gives", low=1e-6, high=0.999999)
    gate_p: float = chance(0.9997, "share of true reports that the gate lets in", low=0.5, high=0.999999999)
    coast_max_s: float = setting(60.0, "a drone's track without reports is kept this long where sensors look", low=1.0)
    stale_s: float = setting(60.0, "a position older than this is stale")
    aircraft_accel_mps2: float = setting(2.0, "process noise of aircraft", low=0.001, high=100.0)
    drone_accel_mps2: float = setting(0.7, "process noise of drones", low=0.001, high=100.0)
    motion_models: int = setting(2, "2: straight flight and turn; 1: straight flight alone (to compare)", low=1, high=2)
    late_max_s: float = setting(30.0, "a report later than this is counted and kept aside")
    bias_range_m: float = setting(
        100.0, "how far off a radar's ranges may be (1 sigma, before anything is known)", low=1e-3, high=1e5
    )
    bias_angle_rad: float = setting(
        0.00524, "the same of its azimuths and elevations (0.3 degrees)", low=1e-7, high=0.5
    )
    bias_clock_s: float = setting(0.5, "the same of its clock", low=1e-6, high=600.0)
    bias_p: float = chance(
        0.1, "chance that one of these errors is there at all; 0: none is taken off reports", high=0.999999
    )
    bias_memory_s: float = setting(1800.0, "how long what was learnt of such errors is kept (they may drift)", low=1.0)


@dataclasses.dataclass(frozen=True)
class RaidsConfig:
    """Raids and their forecast."""

    link_m: float = setting(12_000.0, "members of a raid are linked within this distance", low=1.0, high=1e6)
    link_mps: float = setting(15.0, "... and within this difference of velocity", low=0.1, high=1000.0)
    follow_s: float = setting(
        600.0, "... or if one flies where the other flew this long before, as it flew", high=7200.0
    )
    p_hostile_min: float = chance(0.3, "tracks count as hostile from this probability on")
    issue_s: float = setting(60.0, "the forecast map is issued this often")
    refresh_s: float = setting(10.0, "redone this often")
    draws: int = setting(64, "joint futures in the ensemble", low=1, high=1024)
    horizons_s: tuple[float, ...] = setting(
        (60, 120, 180, 240, 300, 360, 420, 480, 540, 600, 900, 1200, 1800, 2700, 3600),
        "horizons of the forecast map", low=1.0, high=86_400.0,
    )
    p_any_min: float = chance(0.001, "cells below this probability are left out")
    cell_resolution: int = setting(6, "H3 resolution of the map", low=2, high=9)
    near_resolution: int = setting(7, "H3 resolution near flights", low=2, high=9)
    near_m: float = setting(30_000.0, "how near that is", high=1e6)
    change_run_s: float = setting(3_600.0, "a raid's intensity changes once in this time on average", low=1.0)
    change_p: float = chance(0.95, "a change of intensity is told from this probability on")
    outlook_s: float = setting(60.0, "the forecast of area alerts is issued this often")


@dataclasses.dataclass(frozen=True)
class ThreatsConfig:
    """Levels: probability and time to it, with hysteresis; argued in docs/design/threats.md."""

    horizon_s: float = setting(3600.0, "how far ahead a flight's path is judged", low=60.0, high=86_400.0)
    refresh_s: float = setting(10.0, "redone this often")
    warning_p: float = chance(0.5, "WARNING from this probability on ...")
    warning_s: float = setting(300.0, "... if it is this near in time")
    caution_p: float = chance(0.7, "CAUTION from this probability on ...")
    caution_s: float = setting(1320.0, "... if it is this near in time")
    zone_caution_p: float = chance(0.35, "CAUTION of a defended zone already from this probability on ...")
    zone_caution_s: float = setting(420.0, "... if it is this near in time")
    near_caution_p: float = chance(0.5, "CAUTION already from this probability on ...")
    near_caution_s: float = setting(450.0, "... if it is this near in time")
    soon_caution_p: float = chance(0.35, "CAUTION of a raid or lone drone already from this probability on ...")
    soon_caution_s: float = setting(150.0, "... if it is this near in time")
    advisory_p: float = chance(0.2, "ADVISORY from this probability on ...")
    advisory_s: float = setting(2400.0, "... if it is this near in time")
    clear_factor: float = chance(0.15, "a level falls below this share of its threshold")
    hold_s: float = setting(90.0, "... and after this long there")
    plan_off_m: float = setting(
        3_000.0, "a flight further off its plan is matched in time, or its plan is broken", low=1.0
    )
    plan_off_s: float = setting(120.0, "the same in time", low=1.0)
    stale_s: float = setting(60.0, "a position older than this is stale")
    alert_p: float = chance(0.3, "an area that will be under alert with this probability has a row of its own")
    is_calibrated: int = setting(1, "1: chances as they turn out on many days; 0: the ensemble's own shares", high=1)
    blind_p: float = chance(0.5, "BLIND below this chance to see a drone at one look", low=0.05)


@dataclasses.dataclass(frozen=True)
class AdviceConfig:
    """Advice."""

    repeat_s: float = setting(10.0, "advice is repeated this often while a flight is threatened")
    search_s: float = setting(30.0, "options are judged afresh this often")
    accept_p: float = chance(0.05, "an option is good up to this chance of being caught")
    keep: int = setting(4, "options shown at most", low=1, high=64)
    decide_max_s: float = setting(1500.0, "decide-by is looked for this far ahead")
    delays_s: tuple[float, ...] = setting(
        (300.0, 600.0, 900.0, 1200.0, 1800.0, 2700.0, 3600.0), "delays of take-off that are tried", high=86_400.0
    )
    hold_capacity: int = setting(
        0, "flights that advice may tell to wait at one time in one place and level; 0: not limited", high=1e6
    )
    hold_apart_m: float = setting(10_000.0, "holds are one place within this of each other")
    hold_above_m: float = setting(300.0, "holds are one level within this of each other")
    holds_s: tuple[float, ...] = setting((300.0, 600.0, 900.0, 1200.0, 1800.0), "holds that are tried", high=86_400.0)


@dataclasses.dataclass(frozen=True)
class Config:
    """All settings of one run."""

    seed: int = 20260520
    caught: CaughtConfig = CaughtConfig()
    tracks: TracksConfig = TracksConfig()
    raids: RaidsConfig = RaidsConfig()
    threats: ThreatsConfig = ThreatsConfig()
    advice: AdviceConfig = AdviceConfig()

    def changed(self, settings: Mapping[str, Any], where: str = "") -> Config:
        """This configuration with `settings` applied: `stage.name`, a table per stage, or an unambiguous name."""
        out = self
        for key, value in settings.items():
            if isinstance(value, Mapping):
                for name, inner in value.items():
                    out = _set(out, f"{key}.{name}", inner, where)
            else:
                out = _set(out, key, value, where)
        return out


def _set(config: Config, key: str, value: Any, where: str) -> Config:
    stages = [f.name for f in dataclasses.fields(Config) if f.name != "seed"]
    if key == "seed":
        return dataclasses.replace(config, seed=_typed(0, value, (0, 2**62), key, where))
    stage, _, name = key.rpartition(".")
    owners = [s for s in stages if hasattr(getattr(config, s), name) and stage in ("", s)]
    if len(owners) != 1:
        problem = "is not a setting" if not owners else f"stands in several stages ({', '.join(owners)})"
        raise BadInput(f"{problem}; see docs/settings.md", key=key, value=value, where=where)
    group = getattr(config, owners[0])
    about = type(group).__dataclass_fields__[name].metadata
    new = _typed(getattr(group, name), value, (about["low"], about["high"]), key, where)
    changed = dataclasses.replace(group, **{name: new})
    return dataclasses.replace(config, **{owners[0]: changed})


def _typed(default: T, value: Any, bounds: tuple[float, float], key: str, where: str) -> T:
    if isinstance(default, tuple):
        if isinstance(value, (list, tuple)) and all(_is_number(v) for v in value):
            if key.endswith("horizons_s") and not value:
                raise BadInput("must hold a number at least", key=key, value=value, where=where)
            return tuple(_within(float, v, value, bounds, key, where) for v in value)  # type: ignore[return-value]
        raise BadInput("must be a list of numbers", key=key, value=value, where=where)
    if not _is_number(value):
        raise BadInput("must be a number", key=key, value=value, where=where)
    return _within(type(default), value, value, bounds, key, where)


def _is_number(value: object) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def _within(kind: type[T], number: float, value: Any, bounds: tuple[float, float], key: str, where: str) -> T:
    """`number`, one of `value`, as `kind`. NaN is within no bounds. Errors: BadInput."""
    low, high = bounds
    if not low <= number <= high:
        raise BadInput(f"must be from {low:.12g} to {high:.12g}", key=key, value=value, where=where)
    if kind is int and number != int(number):
        raise BadInput("must be a whole number", key=key, value=value, where=where)
    return kind(number)  # type: ignore[call-arg]
