"""Flight plans at the edge. A flight whose plan lacks something is an `Unfinished`: listed with what is missing."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Mapping
from typing import Any, NamedTuple

from flightward.feeds.rows import Rejects

RAW_MAX = 400


class Waypoint(NamedTuple):
    """Where and when: POSIX s, degrees, metres above the ellipsoid."""

    t_s: float
    lat_deg: float
    lon_deg: float
    hae_m: float


class Point(NamedTuple):
    """A named place; hae_m NaN unknown."""

    lat_deg: float
    lon_deg: float
    hae_m: float = math.nan


@dataclasses.dataclass(frozen=True)
class Plan:
    """One flight's plan; waypoints in order of time. Texts are "" and numbers NaN where not said."""

    flight_id: str
    waypoints: tuple[Waypoint, ...]
    callsign: str = ""
    icao24: str = ""
    aircraft_type: str = ""
    category: str = ""
    endurance_s: float = math.nan
    alternates: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


@dataclasses.dataclass(frozen=True)
class Unfinished:
    """A flight that was told of, but cannot be put into space and time: what is missing, and its words."""

    flight_id: str
    missing: tuple[str, ...]
    raw: str


@dataclasses.dataclass(frozen=True)
class PlanContext:
    """What a format needs to know to read plans: the day, heights, the named places, and the [[plan]]'s own keys."""

    feed: str = ""
    start_s: float = -math.inf
    end_s: float = math.inf
    geoid_m: float = math.nan
    qnh_hpa: float = math.nan
    points: Mapping[str, Point] = dataclasses.field(default_factory=dict)
    options: Mapping[str, Any] = dataclasses.field(default_factory=dict)

    def option(self, key: str) -> float:
        """A number of the [[plan]]; NaN if it is not there."""
        value = self.options.get(key)
        is_number = isinstance(value, (int, float)) and not isinstance(value, bool)
        return float(value) if value is not None and is_number else math.nan

    @property
    def geoid_or_zero_m(self) -> float:
        """The geoid's height; 0 where the case does not say, as everywhere in a case."""
        return 0.0 if math.isnan(self.geoid_m) else self.geoid_m

    def hae_of_level_m(self, pressure_m: float) -> float:
        """Height above the ellipsoid of a pressure altitude: by the QNH where it is known, else standard pressure."""
        qnh = 1013.25 if math.isnan(self.qnh_hpa) else self.qnh_hpa
        return pressure_m + (qnh - 1013.25) * 8.3 + self.geoid_or_zero_m


@dataclasses.dataclass
class Plans:
    """All flights of one file."""

    plans: list[Plan] = dataclasses.field(default_factory=list)
    unfinished: list[Unfinished] = dataclasses.field(default_factory=list)
    rejects: Rejects = dataclasses.field(default_factory=Rejects)

    def cannot_use(self, flight_id: str, missing: list[str], raw: str) -> None:
        """List a flight whose plan lacks something."""
        self.unfinished.append(Unfinished(flight_id, tuple(dict.fromkeys(missing)), raw[:RAW_MAX]))
        self.rejects.add_one("unfinished", len(self.unfinished) - 1, raw)
