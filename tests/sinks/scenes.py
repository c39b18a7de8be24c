"""A scene with one of each, made by hand."""

from __future__ import annotations

import math
from typing import Any

from flightward.model import NONE, Kind, Level, f64
from flightward.sinks import Mark, Scene
from flightward.sinks.scene import RaidMark, RouteMark, TrackMark, WarningMark

T_S = 1_735_113_600.0
EXERCISE = Mark("EXERCISE SIMULATED")


def track(number: int = 12, **changes: Any) -> TrackMark:
    one = TrackMark(
        f"T{number}", 50.1, 24.2, 800.0, 30.0, -40.0, 2.0, 25.0, 40.0, int(Kind.DRONE), 0.93, 0.99, 0.8, 1, "", "",
        "R3",
        4.0, "trusted",
    )  # fmt: skip
    return one._replace(**changes)


def raid(**changes: Any) -> RaidMark:
    ring = f64([50.0, 50.2, 50.2, 50.0]), f64([24.0, 24.0, 24.3, 24.3])  # clockwise
    return RaidMark("R3", 50.1, 24.2, 900.0, 41.2, math.pi, 50.0, 2.5, T_S - 600.0, *ring)._replace(**changes)


def warning(number: int = 5, **changes: Any) -> WarningMark:
    one = WarningMark(
        f"W{number}", "F1", "", "MEDIC1", 50.3, 24.1, 1_200.0, int(Level.WARNING), "raid", "R3", T_S - 60.0,
        T_S + 700.0,
        math.nan, 0.62, "EXERCISE SIMULATED: MEDIC1: raid R3, 41 drones <ahead> & near", False, True,
    )  # fmt: skip
    return one._replace(**changes)


def route(**changes: Any) -> RouteMark:
    one = RouteMark(
        "F1", "MEDIC1", "divert", "EXERCISE SIMULATED: Divert to Kovel", T_S + 240.0, f64([T_S, T_S + 600.0]),
        f64([50.3, 50.6]), f64([24.1, 24.5]), f64([1_200.0, 400.0]),
    )  # fmt: skip
    return one._replace(**changes)


def scene(**changes: Any) -> Scene:
    whole: dict[str, Any] = {
        "t_s": T_S, "title": "Small day", "mark": EXERCISE, "tracks": (track(),), "raids": (raid(),),
        "warnings": (warning(),), "routes": (route(),),
    }  # fmt: skip
    return Scene(**{**whole, **changes})


BARE = track(13, hae_m=math.nan, age_s=math.nan, hostile=NONE, kind=int(Kind.UNKNOWN), raid_id="")
