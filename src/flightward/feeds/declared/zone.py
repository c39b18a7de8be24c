"""Declared areas at the edge: what was published, where, from which height to which, when, and who is exempt.

A zone that cannot be understood is an `Unreadable`: it is listed with its reason, never dropped. What is only half
understood is taken at its larger reading (the whole circle, the whole day, the ground to no limit), and says so.
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Mapping
from typing import Any, NamedTuple

from flightward.feeds.declared.levels import Datum
from flightward.feeds.declared.shapes import Ring
from flightward.feeds.rows import Rejects
from flightward.model import Category, ZoneKind

RAW_MAX = 400
"""Characters of an unreadable zone that are kept."""


class Window(NamedTuple):
    """One time of activity, POSIX s: from -inf is always, to NaN is open; published_s NaN: known when it begins."""

    from_s: float
    to_s: float
    published_s: float


@dataclasses.dataclass(frozen=True)
class DeclaredZone:
    """One area: `ring` is its outline (lon, lat in degrees, open); heights above the ellipsoid.

    `notes` are codes of what was taken at its larger reading; `exempt` the categories that may fly in it.
    """

    zone_id: str
    kind: ZoneKind
    ring: Ring
    floor_m: float
    ceiling_m: float
    windows: tuple[Window, ...]
    exempt: tuple[Category, ...] = ()
    source: str = ""
    text: str = ""
    notes: tuple[str, ...] = ()


@dataclasses.dataclass(frozen=True)
class Unreadable:
    """A declared area that could not be understood: which, why, and its words."""

    zone_id: str
    reason: str
    raw: str
    row: int


@dataclasses.dataclass(frozen=True)
class ZoneContext:
    """What a format needs to know to read declared areas.

    start_s, end_s     the day; schedules are worked out for it and a day either side (infinite: as far as they go)
    heard_s            when the file was received, where the file does not say so itself; NaN unknown
    geoid_m            of the area; NaN unknown: the Earth's lowest and highest stand for it
    qnh_hpa            NaN unknown
    terrain_low_m, terrain_high_m   lowest and highest ground above the sea; NaN unknown: the Earth's
    """

    feed: str = ""
    start_s: float = -math.inf
    end_s: float = math.inf
    heard_s: float = math.nan
    geoid_m: float = math.nan
    qnh_hpa: float = math.nan
    terrain_low_m: float = math.nan
    terrain_high_m: float = math.nan
    options: Mapping[str, Any] = dataclasses.field(default_factory=dict)


@dataclasses.dataclass
class Declared:
    """All that one file declares; `rejects` counts what was kept aside or taken at its larger reading."""

    zones: list[DeclaredZone] = dataclasses.field(default_factory=list)
    unreadable: list[Unreadable] = dataclasses.field(default_factory=list)
    rejects: Rejects = dataclasses.field(default_factory=Rejects)
    _ids: dict[str, int] = dataclasses.field(default_factory=dict)

    def add(self, zone: DeclaredZone) -> None:
        """Take a zone; its notes are counted. An id that stands already gets a number."""
        zone_id = zone.zone_id
        while zone_id in self._ids:
            self._ids[zone.zone_id] += 1
            zone_id = f"{zone.zone_id}#{self._ids[zone.zone_id]}"
        self._ids[zone_id] = 1
        self.zones.append(zone if zone_id == zone.zone_id else dataclasses.replace(zone, zone_id=zone_id))
        for note in zone.notes:
            self.rejects.repaired(note)

    def cannot_read(self, zone_id: str, reason: str, raw: str, row: int) -> None:
        """List a zone that cannot be understood."""
        self.unreadable.append(Unreadable(zone_id, reason, raw[:RAW_MAX], row))
        self.rejects.add_one(reason, row, raw)


def datum_of(ctx: ZoneContext) -> Datum:
    """What the context knows of heights."""
    return Datum(ctx.geoid_m, ctx.qnh_hpa, ctx.terrain_low_m, ctx.terrain_high_m)
