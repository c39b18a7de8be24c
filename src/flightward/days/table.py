"""The table of built-in days: a new day is a module with a `DAY` and its place here."""

from __future__ import annotations

import tempfile
from pathlib import Path

from flightward.days.border_raid import DAY as BORDER_RAID
from flightward.days.day import Day
from flightward.days.lviv import DAY as LVIV
from flightward.errors import BadInput
from flightward.feeds.case.write import replace_case

_DAYS = (BORDER_RAID, LVIV)


def list_days() -> tuple[Day, ...]:
    """The built-in days, in the order in which they are shown."""
    return _DAYS


def build_day(name: str, out: Path, seed: int | None = None, *, again: bool = False) -> Path:
    """Make the day `name` as a case folder at `out`; gives its path. `seed` None is the demo's own, 0.

    again    an earlier case of this very day at `out` is replaced; anything else that is there is left alone.
    Errors   BadInput if there is no such day, or `out` is taken; Missing if the package that holds its flights is not
             installed.
    """
    out, seed = Path(out), 0 if seed is None else seed
    for day in _DAYS:
        if day.name == name and not again:
            return day.build(out, seed)
        if day.name == name:
            out.parent.mkdir(parents=True, exist_ok=True)
            with tempfile.TemporaryDirectory(prefix=".flightward-", dir=out.parent) as scratch:
                return replace_case(day.build(Path(scratch) / out.name, seed), out)
    raise BadInput("no such day; there are " + ", ".join(d.name for d in _DAYS), key="day", value=name)
