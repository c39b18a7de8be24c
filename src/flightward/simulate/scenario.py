"""A scenario: what a simulated day is drawn from. Every time in it is in seconds after the scenario's start.

It declares a raid by where it comes from, passes and ends, how many, how fast, how high, how loose. It has no word
for a target, a flight, a sensor or a defence as something that a raid could react to: a raid here is weather.
"""

from __future__ import annotations

import itertools
import tomllib
from pathlib import Path
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta

from flightward.errors import BadInput
from flightward.feeds.case.write import toml_text
from flightward.simulate.part import Chance, Count, LatDeg, LonDeg, NotNegative, Part, Point, Positive
from flightward.simulate.raid_parts import Event, Jam, Loiter, Make, Raid, Split, Turn, Wave

__all__ = [
    "Area",
    "Birds",
    "Event",
    "Flight",
    "Jam",
    "Loiter",
    "Make",
    "Mask",
    "Point",
    "Raid",
    "Scenario",
    "Sensor",
    "Site",
    "Span",
    "Split",
    "Traffic",
    "Turn",
    "Wave",
    "Waypoint",
    "Zone",
    "load_scenario",
    "parse_scenario",
    "scenario_text",
]


class Area(Part, frozen=True, kw_only=True):
    """Where: centre, radius, sea-level pressure if known, and the height of the (flat) ground above the ellipsoid."""

    lat_deg: LatDeg
    lon_deg: LonDeg
    radius_m: Positive
    qnh_hpa: Annotated[float, Meta(ge=850, le=1100)] | None = None
    ground_m: float = 0.0


class Span(Part, frozen=True, kw_only=True):
    """From one time to another."""

    from_s: float
    to_s: float


class Sensor(Part, frozen=True, kw_only=True):
    """A sensor as the case declares it, and what the case does not say about it: faults, delays, its bias."""

    id: str
    kind: Literal["radar", "acoustic", "adsb"]
    lat_deg: LatDeg
    lon_deg: LonDeg
    hae_m: float
    max_range_m: Positive
    min_range_m: NotNegative = 0.0
    min_elevation_rad: float = -0.05
    max_elevation_rad: float = 1.5708
    scan_s: Positive = 4.0
    sigma_range_m: NotNegative | None = None
    sigma_azimuth_rad: NotNegative | None = None
    sigma_elevation_rad: NotNegative | None = None
    sigma_range_rate_mps: NotNegative | None = None
    p_detect: Chance = 0.9
    clutter_per_scan: NotNegative = 0.0
    outages: tuple[Span, ...] = ()
    latency_s: NotNegative = 0.2
    jitter_s: NotNegative = 0.4
    late_frac: Chance = 0.01
    late_max_s: NotNegative = 45.0
    duplicate_frac: Chance = 0.004
    rcs_half_m2: NotNegative = 0.002
    """RCS that is detected half as often as `p_detect` at max_range_m; smaller objects fade earlier."""
    bias_range_m: float = 0.0
    bias_azimuth_rad: float = 0.0
    bias_elevation_rad: float = 0.0
    bias_clock_s: float = 0.0
    label_frac: Chance = 0.0
    """Share of reports that name the kind of object, as acoustic sensors may; 1 in 10 of those names is wrong."""
    gap_every_s: Positive = 1800.0
    gap_s: NotNegative = 0.0
    """ADS-B: each aircraft falls silent about every gap_every_s, for gap_s on average; 0 = never."""
    p_true: tuple[tuple[NotNegative, Chance], ...] = ()
    """What the chance of detection truly is, as (range in metres, chance), straight in between; none: `p_detect`."""


class Mask(Part, frozen=True, kw_only=True):
    """A valley: inside the polygon and below the ceiling the named sensors (none named: all radars) see nothing."""

    id: str
    polygon: tuple[Point, ...]
    ceiling_m: float
    sensors: tuple[str, ...] = ()


class Site(Part, frozen=True, kw_only=True):
    """A place to guard or to land at."""

    id: str
    name: str
    lat_deg: LatDeg
    lon_deg: LonDeg
    hae_m: float
    kind: str = "hospital"
    services: tuple[str, ...] = ()
    capacity: int = 2


class Zone(Part, frozen=True, kw_only=True):
    """A declared zone. Active by `active`, or (near_m > 0) while a hostile drone is within near_m of its edge."""

    id: str
    kind: Literal["defended", "closed", "alert", "geo"]
    polygon: tuple[Point, ...]
    floor_m: float = 0.0
    ceiling_m: float = 6000.0
    active: tuple[Span, ...] = ()
    near_m: NotNegative = 0.0
    delay_s: NotNegative = 60.0
    hold_s: NotNegative = 600.0
    exempt: tuple[str, ...] = ()


class Waypoint(Part, frozen=True, kw_only=True):
    """A place and when to be there."""

    t_s: float
    lat_deg: LatDeg
    lon_deg: LonDeg
    hae_m: float


class Flight(Part, frozen=True, kw_only=True):
    """A protected flight: its plan, and either deviations from it or (`flown`) the path that it really took."""

    id: str
    callsign: str
    icao24: str
    aircraft_type: str
    waypoints: Annotated[tuple[Waypoint, ...], Meta(min_length=2)]
    kind: Literal["aircraft", "helicopter"] = "helicopter"
    category: Literal["medical", "humanitarian", "state", "airline"] = "medical"
    endurance_s: Positive = 7200.0
    fuel_kg: Positive = 500.0
    alternates: tuple[str, ...] = ()
    from_ground: bool = True
    to_ground: bool = True
    sigma_across_m: NotNegative = 40.0
    sigma_along_m: NotNegative = 150.0
    sigma_hae_m: NotNegative = 12.0
    flown: tuple[Waypoint, ...] = ()


class Traffic(Part, frozen=True, kw_only=True):
    """Other aircraft that cross the area; some broadcast nothing."""

    n: Count = 0
    silent_frac: Chance = 0.0
    low_frac: Chance = 0.3


class Birds(Part, frozen=True, kw_only=True):
    """Birds, in flocks that drift."""

    n: Count = 0
    flock: Annotated[int, Meta(ge=1)] = 1
    radius_m: Positive = 60000.0


class Scenario(Part, frozen=True, kw_only=True):
    """Everything that a simulated day is drawn from."""

    name: str
    start_s: float
    duration_s: Annotated[int, Meta(gt=0, le=86400)]
    area: Area
    real: str = "nothing"
    simulated: str = "everything"
    source: str = "drawn by the simulator of Flightward"
    licence: str = "CC0-1.0"
    sensors: tuple[Sensor, ...] = msgspec.field(default=(), name="sensor")
    masks: tuple[Mask, ...] = msgspec.field(default=(), name="mask")
    sites: tuple[Site, ...] = msgspec.field(default=(), name="site")
    zones: tuple[Zone, ...] = msgspec.field(default=(), name="zone")
    raids: tuple[Raid, ...] = msgspec.field(default=(), name="raid")
    flights: tuple[Flight, ...] = msgspec.field(default=(), name="flight")
    traffic: Traffic = Traffic()
    birds: Birds = Birds()


def load_scenario(path: Path) -> Scenario:
    """The scenario in a TOML file.

    Errors   BadInput naming the file, the key and the value.
    """
    try:
        raw = tomllib.loads(Path(path).read_text(encoding="utf-8-sig"))
    except FileNotFoundError as error:
        raise BadInput("no such scenario", where=str(path)) from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise BadInput(f"not readable as TOML: {error}", where=str(path)) from error
    return parse_scenario(raw, where=str(path))


def scenario_text(scenario: Scenario) -> str:
    """The TOML of a scenario; `load_scenario` reads it back to the same scenario."""
    return toml_text(msgspec.to_builtins(scenario))


def parse_scenario(raw: dict[str, Any], where: str = "scenario") -> Scenario:
    """A scenario from a mapping with the keys of the TOML file; `start` may be a date-time instead of start_s."""
    raw = dict(raw)
    start = raw.pop("start", None)
    if start is not None:
        if not hasattr(start, "timestamp") or start.tzinfo is None:
            text = "give a date-time with its zone, as 2026-05-20T14:00:00Z"
            raise BadInput(text, key="start", value=start, where=where)
        raw["start_s"] = float(start.timestamp())
    try:
        scenario = msgspec.convert(raw, Scenario)
    except msgspec.ValidationError as error:
        text, _, path = str(error).partition(" - at `$")
        key = path.rstrip("`").lstrip(".")
        raise BadInput(text, key=key, value=_look_up(raw, key), where=where) from error
    _check(scenario, where)
    return scenario


def _check(scenario: Scenario, where: str) -> None:
    """What the types cannot say: ids once only, times in order, alternates that exist."""
    for name, parts in (
        ("sensor", scenario.sensors),
        ("mask", scenario.masks),
        ("site", scenario.sites),
        ("zone", scenario.zones),
        ("raid", scenario.raids),
        ("flight", scenario.flights),
    ):
        seen: set[str] = set()
        for part in parts:
            if part.id in seen:
                raise BadInput("stands twice", key=f"{name}.id", value=part.id, where=where)
            seen.add(part.id)
    sites = {s.id for s in scenario.sites}
    for flight in scenario.flights:
        for key, points in (("waypoints", flight.waypoints), ("flown", flight.flown)):
            times = [w.t_s for w in points]
            if any(b <= a for a, b in itertools.pairwise(times)):
                raise BadInput("times must rise", key=f"flight.{key}.t_s", value=flight.id, where=where)
        for alternate in flight.alternates:
            if alternate not in sites:
                raise BadInput("no such site", key="flight.alternates", value=alternate, where=where)
    for key, shapes in (("zone", scenario.zones), ("mask", scenario.masks)):
        for shape in shapes:
            if len(shape.polygon) < 3:
                raise BadInput("needs three points", key=f"{key}.polygon", value=shape.id, where=where)
    known = {s.id for s in scenario.sensors}
    for mask in scenario.masks:
        for name in mask.sensors:
            if name not in known:
                raise BadInput("no such sensor", key="mask.sensors", value=name, where=where)
    for sensor in scenario.sensors:
        if any(b[0] <= a[0] for a, b in itertools.pairwise(sensor.p_true)):
            raise BadInput("ranges must rise", key="sensor.p_true", value=sensor.id, where=where)
    for raid in scenario.raids:
        if raid.pattern == "wave" and sum(w.n for w in raid.waves) != raid.n:
            raise BadInput("must be the sum of its waves", key="raid.n", value=raid.n, where=where)
        _check_habits(raid, where)


def _check_habits(raid: Raid, where: str) -> None:
    """Every event has its place or its time; the shares of all makes fit into one raid."""
    for key, events in (("loiters", raid.loiters), ("turns", raid.turns), ("splits", raid.splits)):
        for event in events:
            if (event.at_frac is None) == (event.at_s is None):
                raise BadInput("give at_frac or at_s, one of them", key=f"raid.{key}", value=raid.id, where=where)
    if sum(make.frac for make in raid.makes) > 1.0 + 1e-9:
        raise BadInput("shares of makes add up to more than 1", key="raid.makes", value=raid.id, where=where)


def _look_up(raw: Any, key: str) -> object:
    """The value at a path such as `raid[0].speed_mps`, or None when the path ends before it."""
    found: Any = raw
    for step in key.replace("[", ".[").split("."):
        if not step:
            continue
        try:
            found = found[int(step[1:-1])] if step.startswith("[") else found[step]
        except (KeyError, IndexError, TypeError, ValueError):
            return None
    return None if isinstance(found, dict | list) else found
