"""Settings: frozen dataclasses, one per stage, with every default in one place; read from TOML tables.

A case's [thresholds] table may change any of them by name (`caught_n = 2`) or by stage and name
(`threats.caution_p = 0.3`). An unknown key stops the start, with its name.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any, TypeVar

from flightward.errors import BadInput

T = TypeVar("T")


@dataclasses.dataclass(frozen=True)
class CaughtConfig:
    """What "caught" means (design, section 3)."""

    caught_n: int = 3
    raid_radius_m: float = 10_000.0
    raid_height_m: float = 1_500.0
    lone_radius_m: float = 2_000.0
    lone_height_m: float = 300.0
    zone_radius_m: float = 40_000.0
    site_radius_m: float = 10_000.0
    on_ground_mps: float = 15.0
    on_ground_agl_m: float = 30.0


@dataclasses.dataclass(frozen=True)
class TracksConfig:
    """The air picture."""

    p_confirm: float = 0.9
    p_show: float = 0.5
    p_drop: float = 0.02
    p_birth: float = 0.1
    gate_p: float = 0.9997
    coast_max_s: float = 60.0
    stale_s: float = 60.0
    aircraft_accel_mps2: float = 3.0
    drone_accel_mps2: float = 0.7
    late_max_s: float = 30.0


@dataclasses.dataclass(frozen=True)
class RaidsConfig:
    """Raids and their forecast."""

    link_m: float = 12_000.0
    link_mps: float = 15.0
    p_hostile_min: float = 0.3
    issue_s: float = 60.0
    refresh_s: float = 10.0
    draws: int = 64
    horizons_s: tuple[float, ...] = (
        60, 120, 180, 240, 300, 360, 420, 480, 540, 600, 900, 1200, 1800, 2700, 3600,
    )
    p_any_min: float = 0.001
    cell_resolution: int = 6
    near_resolution: int = 7
    near_m: float = 30_000.0


@dataclasses.dataclass(frozen=True)
class ThreatsConfig:
    """Levels: probability and time to it, with hysteresis; argued in docs/design/threats.md."""

    horizon_s: float = 3600.0
    refresh_s: float = 10.0
    warning_p: float = 0.5
    warning_s: float = 300.0
    caution_p: float = 0.4
    caution_s: float = 1500.0
    advisory_p: float = 0.1
    advisory_s: float = 2400.0
    clear_factor: float = 0.6
    hold_s: float = 60.0
    plan_off_m: float = 3_000.0
    plan_off_s: float = 120.0
    stale_s: float = 60.0
    blind_p: float = 0.5


@dataclasses.dataclass(frozen=True)
class AdviceConfig:
    """Advice."""

    repeat_s: float = 10.0
    search_s: float = 30.0
    accept_p: float = 0.05
    keep: int = 4
    decide_max_s: float = 1500.0
    delays_s: tuple[float, ...] = (300.0, 600.0, 900.0, 1200.0, 1800.0, 2700.0)
    holds_s: tuple[float, ...] = (300.0, 600.0, 900.0, 1200.0, 1800.0)


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
        return dataclasses.replace(config, seed=_typed(0, value, key, where))
    stage, _, name = key.rpartition(".")
    owners = [s for s in stages if hasattr(getattr(config, s), name) and stage in ("", s)]
    if len(owners) != 1:
        problem = "is not a setting" if not owners else f"stands in several stages ({', '.join(owners)})"
        raise BadInput(f"{problem}; see docs/settings.md", key=key, value=value, where=where)
    group = getattr(config, owners[0])
    changed = dataclasses.replace(group, **{name: _typed(getattr(group, name), value, key, where)})
    return dataclasses.replace(config, **{owners[0]: changed})


def _typed(default: T, value: Any, key: str, where: str) -> T:
    if isinstance(default, tuple):
        if isinstance(value, (list, tuple)) and all(isinstance(v, (int, float)) for v in value):
            return tuple(float(v) for v in value)  # type: ignore[return-value]
        raise BadInput("must be a list of numbers", key=key, value=value, where=where)
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise BadInput("must be a number", key=key, value=value, where=where)
    if isinstance(default, int) and float(value) != int(value):
        raise BadInput("must be a whole number", key=key, value=value, where=where)
    return type(default)(value)  # type: ignore[call-arg]
