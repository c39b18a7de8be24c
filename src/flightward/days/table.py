"""The table of built-in days: a new day is a module with a `DAY` and its place here."""

from __future__ import annotations

from pathlib import Path

from flightward.days.border_raid import DAY as BORDER_RAID
from flightward.days.day import Day
from flightward.days.lviv import DAY as LVIV
from flightward.errors import BadInput

_DAYS = (BORDER_RAID, LVIV)


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
