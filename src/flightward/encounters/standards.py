"""Named standards: which volumes, how soon an alert, how it rises and falls. Plain data, and yours as TOML.

Sources: RTCA DO-365, DO-365A, DO-365B (Phase I, terminal area, non-cooperative; sensor-uncertainty mitigation) as the
reference configurations of the same names have them, ASTM F3442 for small unmanned aircraft. The DRONE ones are ours:
the sizes that "caught" means (docs/settings.md). Tables and choices: docs/encounters.md.
"""

from __future__ import annotations

import dataclasses
import math
import tomllib
from typing import Any

import numpy as np

from flightward.errors import BadInput
from flightward.kernels import alert_memory, alerting, mitigation, wellclear
from flightward.model.batch import F64

FOOT_M, MILE_M = 0.3048, 1852.0
SHAPES = {
    "tau_mod": wellclear.TAU_MOD, "tcpa": wellclear.TCPA, "tep": wellclear.TEP, "cylinder": wellclear.CYLINDER,
}  # fmt: skip
REGIONS = ("none", "far", "mid", "near")
CENTRES = ("intruder", "own")


@dataclasses.dataclass(frozen=True)
class Volume:
    """One well-clear volume; "cylinder" is open and has no times, the others are closed (with tau 0 cylinders too)."""

    shape: str
    d_m: float
    z_m: float
    tau_s: float = 0.0
    tcoa_s: float = 0.0

    def __post_init__(self) -> None:
        if self.shape not in SHAPES:
            raise BadInput(f"must be one of {', '.join(SHAPES)}", key="shape", value=self.shape)
        for key in ("d_m", "z_m", "tau_s", "tcoa_s"):
            value = getattr(self, key)
            if not (isinstance(value, (int, float)) and math.isfinite(value) and value >= 0.0):
                raise BadInput("must be a number, 0 or more", key=key, value=value)
        if self.shape == "cylinder" and (self.tau_s or self.tcoa_s):
            raise BadInput("a cylinder has no tau_s and no tcoa_s", key="shape", value=self.shape)

    def kernel(self) -> wellclear.Volume:
        """The same as kernels take it."""
        return wellclear.Volume(
            SHAPES[self.shape], float(self.d_m), float(self.z_m), float(self.tau_s), float(self.tcoa_s)
        )


@dataclasses.dataclass(frozen=True)
class Level:
    """One alert level: it fires when its volume is entered within alert_s (early_s once this level is on)."""

    volume: Volume
    alert_s: float
    early_s: float
    region: str = "none"

    def __post_init__(self) -> None:
        if self.region not in REGIONS:
            raise BadInput(f"must be one of {', '.join(REGIONS)}", key="region", value=self.region)


@dataclasses.dataclass(frozen=True)
class Alerter:
    """A set of levels from 1 (the least), for one kind of intruder or airspace."""

    name: str
    levels: tuple[Level, ...]


@dataclasses.dataclass(frozen=True)
class Memory:
    """M of the last N, kept for persistence_s after a rise, forgotten after hysteresis_s of silence; 0 of 0: none."""

    m: int = 2
    n: int = 4
    hysteresis_s: float = 5.0
    persistence_s: float = 4.0

    def __post_init__(self) -> None:
        if not 0 <= self.m <= self.n <= alert_memory.N_MAX:
            raise BadInput(f"must be m of n, n at most {alert_memory.N_MAX}", key="memory", value=(self.m, self.n))

    def kernel(self) -> alert_memory.Habits:
        """The same as kernels take it."""
        return alert_memory.Habits(int(self.m), int(self.n), float(self.hysteresis_s), float(self.persistence_s))


@dataclasses.dataclass(frozen=True)
class Mitigation:
    """Sensor-uncertainty mitigation: how many standard deviations of each kind the volumes allow for."""

    position_h: float = 1.5
    position_v: float = 0.75
    speed_v: float = 1.5
    speed_h_near: float = 1.0
    speed_h_far: float = 0.5
    far_m: float = 5.0 * MILE_M

    def kernel(self) -> mitigation.Weights:
        """The same as kernels take it."""
        return mitigation.Weights(
            float(self.position_h), float(self.position_v), float(self.speed_v), float(self.speed_h_near),
            float(self.speed_h_far), float(self.far_m),
        )  # fmt: skip


KNOT_MPS, FPM_MPS, G_MPS2 = MILE_M / 3600.0, FOOT_M / 60.0, 9.80665


@dataclasses.dataclass(frozen=True)
class Guidance:
    """What own aircraft can fly, and in which steps bands are worked out. at_once: changes take no time.

    keep_...: within this of the new one, the way out that was told before stays (BandMemory).
    """

    turn_radps: float = math.radians(3.0)
    heading_step_rad: float = math.radians(1.0)
    speed_min_mps: float = 10.0 * KNOT_MPS
    speed_max_mps: float = 700.0 * KNOT_MPS
    speed_step_mps: float = 5.0 * KNOT_MPS
    accel_mps2: float = 2.0
    climb_max_mps: float = 6000.0 * FPM_MPS
    climb_step_mps: float = 100.0 * FPM_MPS
    climb_accel_mps2: float = 0.25 * G_MPS2
    height_min_m: float = 100.0 * FOOT_M
    height_max_m: float = 50_000.0 * FOOT_M
    height_step_m: float = 100.0 * FOOT_M
    height_rate_mps: float = 500.0 * FPM_MPS
    recovery_d_m: float = 0.66 * MILE_M
    recovery_z_m: float = 450.0 * FOOT_M
    recovery_stable_s: float = 3.0
    at_once: bool = False
    keep_heading_rad: float = math.radians(15.0)
    keep_speed_mps: float = 100.0 * KNOT_MPS
    keep_climb_mps: float = 250.0 * FPM_MPS
    keep_height_m: float = 250.0 * FOOT_M


@dataclasses.dataclass(frozen=True)
class Standard:
    """All of one standard. centre "intruder": each pair has its alerter; "own": all pairs have the first."""

    name: str
    alerters: tuple[Alerter, ...]
    corrective: int = 2
    centre: str = "intruder"
    memory: Memory = Memory()
    mitigation: Mitigation | None = None
    lookahead_s: float = 180.0
    guidance: Guidance = Guidance()

    def __post_init__(self) -> None:
        if self.centre not in CENTRES:
            raise BadInput(f"must be one of {', '.join(CENTRES)}", key="centre", value=self.centre, where=self.name)
        if not self.alerters or any(len(a.levels) < self.corrective for a in self.alerters):
            raise BadInput("each alerter must have the corrective level", key="corrective", value=self.corrective,
                           where=self.name)  # fmt: skip
        if any(len(a.levels) > alerting.LEVELS_MAX for a in self.alerters):
            raise BadInput(f"has more than {alerting.LEVELS_MAX} levels", key="alerter", where=self.name)
        if not self.lookahead_s > 0.0:
            raise BadInput("must be more than 0", key="lookahead_s", value=self.lookahead_s, where=self.name)

    def alerter(self, index: int) -> Alerter:
        """The alerter of that index, from 1. Errors: BadInput if there is none."""
        index = whole(index)
        if self.centre == "own":
            return self.alerters[0]
        if not 1 <= index <= len(self.alerters):
            raise BadInput(f"{self.name} has alerters 1 to {len(self.alerters)}", key="alerter", value=index)
        return self.alerters[index - 1]

    def levels(self, index: int) -> F64:
        """The levels of one alerter as kernels take them, (K, 8)."""
        rows: list[list[float]] = []
        for level in self.alerter(index).levels:
            volume = level.volume.kernel()
            repeats = bool(rows) and rows[-1][:5] == [float(v) for v in volume]
            rows.append([*(float(v) for v in volume), float(level.alert_s), float(level.early_s), float(repeats)])
        out = np.array(rows)
        out.flags.writeable = False
        return out

    def reach(self, index: int) -> alerting.Reach:
        """The largest of each parameter of one alerter."""
        volumes = [level.volume for level in self.alerter(index).levels]
        return alerting.Reach(
            float(max(v.d_m for v in volumes)), float(max(v.z_m for v in volumes)),
            float(max(v.tau_s for v in volumes)), float(max(v.tcoa_s for v in volumes)), float(self.lookahead_s),
        )  # fmt: skip


def _levels(volumes: list[Volume], alert_s: list[float], early_s: list[float], regions: list[str]) -> tuple[Level, ...]:
    return tuple(Level(*row) for row in zip(volumes, alert_s, early_s, regions, strict=True))


_THREE = ["none", "mid", "near"]


def _do365(phase1_s: list[float], terminal_s: list[float], other_s: list[float]) -> tuple[Alerter, Alerter, Alerter]:
    d_m, z_m = 0.66 * MILE_M, 450.0 * FOOT_M
    one = [Volume("tau_mod", d_m, z, 35.0) for z in (700.0 * FOOT_M, z_m, z_m)]
    two = [Volume("tau_mod", 1500.0 * FOOT_M, z_m)] * 3
    three = [Volume("tau_mod", 2200.0 * FOOT_M, z_m)] * 3
    return (
        Alerter("en route", _levels(one, phase1_s, [75.0, 75.0, 55.0], _THREE)),
        Alerter("terminal area", _levels(two, terminal_s, [75.0] * 3, _THREE)),
        Alerter("non-cooperative", _levels(three, other_s, [110.0, 110.0, 90.0], _THREE)),
    )


_PLAIN = _do365([55.0, 55.0, 25.0], [45.0] * 3, [55.0, 55.0, 25.0])
_MITIGATED = _do365([50.0, 50.0, 25.0], [40.0] * 3, [50.0, 50.0, 20.0])
_WIDE = (
    Alerter("buffered en route", _levels(
        [Volume("tau_mod", MILE_M, z * FOOT_M, 35.0, 20.0) for z in (750.0, 450.0, 450.0)],
        [60.0, 60.0, 30.0], [75.0, 75.0, 55.0], _THREE,
    )),
)  # fmt: skip
_CD3D = (Alerter("CD3D", (Level(Volume("cylinder", 5.0 * MILE_M, 1000.0 * FOOT_M), 180.0, 180.0, "near"),)),)
_NO_MEMORY = Memory(0, 0, 0.0, 0.0)


def _three(name: str, d_m: float, z_m: float, alert_s: list[float], early_s: list[float]) -> tuple[Alerter]:
    return (Alerter(name, _levels([Volume("tau_mod", d_m, z_m)] * 3, alert_s, early_s, _THREE)),)


NMAC = Volume("cylinder", 500.0 * FOOT_M, 100.0 * FOOT_M)
"""Near mid-air collision."""

STANDARDS: dict[str, Standard] = {
    s.name: s
    for s in (
        Standard("DO_365_no_SUM", _PLAIN[:1]),
        Standard("DO_365A_no_SUM", _PLAIN[:2]),
        Standard("DO_365A_SUM", _MITIGATED[:2], mitigation=Mitigation()),
        Standard("DO_365B_no_SUM", _PLAIN),
        Standard("DO_365B_SUM", _MITIGATED, mitigation=Mitigation()),
        Standard("Buffered_DWC_SC_228_nom_a", _WIDE, centre="own", memory=_NO_MEMORY,
                 guidance=Guidance(turn_radps=math.radians(1.5), recovery_d_m=MILE_M)),
        Standard("Buffered_DWC_SC_228_nom_b", _WIDE, centre="own", memory=_NO_MEMORY,
                 guidance=Guidance(recovery_d_m=MILE_M)),
        Standard("CD3D", _CD3D, corrective=1, centre="own", memory=_NO_MEMORY, guidance=Guidance(at_once=True)),
        Standard("ASTM_F3442", _three(
            "small unmanned", 2000.0 * FOOT_M, 250.0 * FOOT_M, [55.0, 55.0, 25.0], [75.0, 75.0, 55.0])),
        Standard("DRONE_LONE", _three(
            "one drone", 2_000.0, 300.0, [180.0, 120.0, 60.0], [240.0, 180.0, 90.0]), lookahead_s=600.0),
        Standard("DRONE_RAID", _three(
            "drones of a raid", 10_000.0, 1_500.0, [600.0, 300.0, 120.0], [720.0, 420.0, 180.0]), lookahead_s=1800.0),
    )
}  # fmt: skip
"""The standards by name."""


def whole(index: Any) -> int:
    """The index of an alerter; 1.0 is one too. Errors: BadInput."""
    try:
        number = int(index)
    except (TypeError, ValueError, OverflowError):
        number = 0
    if isinstance(index, (str, bytes)) or number != index:
        raise BadInput("must be a whole number", key="alerter", value=index)
    return number


def standard(which: str | Standard) -> Standard:
    """The standard of that name (or the one given). Errors: BadInput with the names there are."""
    if isinstance(which, Standard):
        return which
    if not isinstance(which, str) or which not in STANDARDS:
        raise BadInput(f"must be one of {', '.join(STANDARDS)}, or a Standard", key="standard", value=which)
    return STANDARDS[which]


def read_standards(text: str) -> dict[str, Standard]:
    """Your own standards from TOML, by name; the form stands in docs/encounters.md.

    Errors   BadInput for what is not TOML, an unknown or missing key, or a value that cannot be.
    """
    try:
        tables = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise BadInput(f"is not TOML: {error}", key="standards") from error
    return {name: _read(name, table) for name, table in tables.items()}


def _read(name: str, table: Any) -> Standard:
    if not isinstance(table, dict):
        raise BadInput("must be a table", key=name, value=table)
    rest = dict(table)
    alerters = rest.pop("alerter", [])
    parts: dict[str, Any] = {"name": name}
    try:
        if "memory" in rest:
            parts["memory"] = Memory(**rest.pop("memory"))
        if "mitigation" in rest:
            parts["mitigation"] = Mitigation(**rest.pop("mitigation"))
        if "guidance" in rest:
            parts["guidance"] = Guidance(**rest.pop("guidance"))
        parts["alerters"] = tuple(
            Alerter(str(a.get("name", name)), tuple(_read_level(level) for level in a["level"])) for a in alerters
        )
        return Standard(**parts, **rest)
    except (TypeError, KeyError, AttributeError) as error:
        raise BadInput(f"cannot be read: {error}; see docs/encounters.md", key=name) from error


def _read_level(table: dict[str, Any]) -> Level:
    rest = dict(table)
    shape, d_m, z_m = rest.pop("shape", "tau_mod"), rest.pop("d_m"), rest.pop("z_m")
    volume = Volume(shape, d_m, z_m, rest.pop("tau_s", 0.0), rest.pop("tcoa_s", 0.0))
    return Level(volume, rest.pop("alert_s"), rest.pop("early_s", table["alert_s"]), **rest)
