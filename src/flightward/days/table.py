"""The table of built-in days: a new day is a module with a `build` function and a row here."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from pathlib import Path

from flightward.days import border_raid, lviv
from flightward.errors import BadInput


@dataclasses.dataclass(frozen=True)
class Day:
    """A built-in day."""

    name: str
    title: str
    real: str
    simulated: str
    is_drawn: bool
    """True if another seed gives another draw; a real day is what it was, whatever the seed."""
    build: Callable[[Path, int], Path]


_DAYS = (
    Day(
        "border-raid",
        "An air-ambulance helicopter and a simulated raid of the size reported for 20 May 2025 (SIMULATED)",
        border_raid.REAL,
        border_raid.SIMULATED,
        True,
        border_raid.build,
    ),
    Day(
        "lviv-2024-09-17",
        "An airliner whose positions stop and turn false past Lviv under an air-raid alert (REAL)",
        lviv.REAL,
        lviv.SIMULATED,
        False,
        lambda out, seed: lviv.build(out),
    ),
)


def list_days() -> tuple[Day, ...]:
    """The built-in days, in the order in which they are shown."""
    return _DAYS


def build_day(name: str, out: Path, seed: int | None = None) -> Path:
    """Make the day `name` as a case folder at `out`; gives its path. `seed` None is the demo's own, 0.

    Errors   BadInput if there is no such day; Missing if the package that holds its flights is not installed.
    """
    for day in _DAYS:
        if day.name == name:
            return day.build(Path(out), 0 if seed is None else seed)
    raise BadInput("no such day; there are " + ", ".join(d.name for d in _DAYS), key="day", value=name)
