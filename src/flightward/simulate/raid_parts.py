"""The tables of a raid: how its drones are released, and the habits that they may have on their way.

A habit is drawn as the rest of a raid is: a share of members, a place or a time, a size with its spread. None of them
knows of anything but the raid's own way and the clock.
"""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import Meta

from flightward.simulate.part import AngleRad, Chance, Count, NotNegative, Part, Point, Positive


class Wave(Part, frozen=True, kw_only=True):
    """Part of a raid released together."""

    at_s: float
    n: Count


class Make(Part, frozen=True, kw_only=True):
    """Members of another make than the rest: a decoy, a jet, a slow piston drone. What is absent is as in the raid."""

    frac: Chance
    speed_mps: Positive | None = None
    sigma_speed_mps: NotNegative | None = None
    hae_m: float | None = None
    sigma_hae_m: NotNegative | None = None
    turn_radps: Positive | None = None
    climb_mps: Positive | None = None
    rcs_m2: Positive | None = None


class Event(Part, frozen=True, kw_only=True):
    """Something that happens on the way: at a share of its length (`at_frac`), or at a time (`at_s`); one of them."""

    frac: Chance = 1.0
    """Chance of each member to take part; 1: the whole raid."""
    at_frac: Chance | None = None
    at_s: float | None = None


class Loiter(Event, frozen=True, kw_only=True):
    """Circles or (`length_m` > 0) racetracks for a while: all about one place (`gather`), or each about its own."""

    lasts_s: Positive = 900.0
    sigma_lasts_s: NotNegative = 60.0
    radius_m: Positive = 4000.0
    length_m: NotNegative = 0.0
    gather: bool = True


class Turn(Event, frozen=True, kw_only=True):
    """A late change of course: all that is left of the way is turned about the place where the member then is."""

    turn_rad: AngleRad = 0.0
    """The same for all members that take part."""
    sigma_turn_rad: NotNegative = 0.0
    """Spread of each member's own."""


class Split(Event, frozen=True, kw_only=True):
    """The raid parts, on courses fanned evenly from -turn_rad to +turn_rad, for good or until it is together again."""

    parts: Annotated[int, Meta(ge=2, le=6)] = 2
    turn_rad: AngleRad = 0.5
    by: Literal["side", "order"] = "side"
    """Who goes together: neighbours across the way, or those released one after another."""
    back_frac: Chance | None = None
    """Share of the rest of the way after which all are back on it; absent: they part for good."""


class Jam(Part, frozen=True, kw_only=True):
    """Members that lose their navigation for a while: they hold a slowly turning course, drift with the wind, sink."""

    frac: Chance
    at_frac: Chance | None = None
    """Share of the way where it begins; absent: anywhere."""
    lasts_s: Positive = 300.0
    """Mean; each member's own is drawn from an exponential."""
    drift_mps: NotNegative = 6.0
    """Wind: one direction for the raid, this speed."""
    sigma_turn_radps: NotNegative = 0.002
    sag_mps: NotNegative = 0.5
    lost_frac: Chance = 0.3
    """Share of the jammed that are lost at the end of it."""


class Raid(Part, frozen=True, kw_only=True):
    """Hostile drones along one way. How each one flies is drawn; nothing chooses.

    stream     one after another, `interval_s` apart on average, from start_s; `quicken` > 1: later ones closer together
    wave       each of `waves` within `wave_s`
    formation  loose lines abreast of `line` members, spread_m apart, lines interval_s apart
    """

    id: str
    n: Count
    waypoints: Annotated[tuple[Point, ...], Meta(min_length=2)]
    pattern: Literal["stream", "wave", "formation"] = "stream"
    start_s: float = 0.0
    interval_s: Positive = 60.0
    quicken: Positive = 1.0
    waves: tuple[Wave, ...] = ()
    wave_s: Positive = 90.0
    line: Annotated[int, Meta(ge=1)] = 4
    spread_m: NotNegative = 3000.0
    waypoint_sigma_m: NotNegative = 500.0
    hae_m: float = 500.0
    sigma_hae_m: NotNegative = 150.0
    speed_mps: Positive = 48.0
    sigma_speed_mps: NotNegative = 1.5
    turn_radps: Positive = 0.03
    climb_mps: Positive = 3.0
    wander_rad: NotNegative = 0.05
    wander_s: Positive = 120.0
    detour_frac: Chance = 0.0
    detour_m: NotNegative = 3000.0
    loss_per_hour: NotNegative = 0.0
    rcs_m2: Positive = 0.05
    makes: tuple[Make, ...] = ()
    loiters: tuple[Loiter, ...] = ()
    turns: tuple[Turn, ...] = ()
    splits: tuple[Split, ...] = ()
    jam: Jam | None = None
