"""Threats, warnings and advice: what is said to people."""

from __future__ import annotations

import dataclasses

from flightward.model.batch import F64, I8, I64, Batch, column, starts
from flightward.model.flights import Path4D


@dataclasses.dataclass(frozen=True)
class ThreatBatch(Batch):
    """Threats of one second: one row per flight (or site) and hazard, worst first within a flight.

    Every flight has at least one row; a flight without any hazard has one of Hazard.NONE at Level.CLEAR.
    """

    t_s: float
    flight: I64 = column("i8", "row", "row in the flight table, or NONE for a site")
    site: I64 = column("i8", "row", "row in the site table, or NONE for a flight")
    hazard: I8 = column("i1", "Hazard", "hazard_kind")
    hazard_id: I64 = column("i8", "id", "raid or track number, zone row, alert area name; NONE")
    level: I8 = column("i1", "Level", "CLEAR, ADVISORY, BLIND, CAUTION, WARNING")
    p: F64 = column("f8", "", "probability of being caught by it; NaN unknown")
    t_to_s: F64 = column("f8", "s", "time to it (median of first time caught, given caught); NaN unknown")
    miss_h_m: F64 = column("f8", "m", "expected horizontal miss distance at the closest approach")
    miss_v_m: F64 = column("f8", "m", "expected vertical distance there")
    reason: I8 = column("i1", "Reason", "why; wording makes the sentence")
    n: I64 = column("i8", "", "drones in the hazard; NONE not applicable")
    evidence_age_s: F64 = column("f8", "s", "age of the newest evidence behind it")
    sensor_mask: I64 = column("i8", "bits", "sensors that see the hazard")
    p_alert: F64 = column(
        "f8", "", "area alerts: chance that the area is under alert at t_s + t_to_s; NaN other rows", optional=True
    )
    waypoint: I64 = column(
        "i8", "", "point of the flight's plan nearest to where it is at t_s + t_to_s, from 0; NONE", optional=True
    )
    waypoint_m: F64 = column("f8", "m", "way along the plan from that point on; negative: before it", optional=True)


@dataclasses.dataclass(frozen=True)
class FlightChances(Batch):
    """The chances of one second, one row per flight of the flight table, whatever their level."""

    t_s: float
    p: F64 = column("f8", "", "probability of being caught by any cause, to the end of the forecast; NaN unknown")
    p_raid: F64 = column("f8", "", "by a raid")
    p_lone: F64 = column("f8", "", "by one close drone")
    p_zone: F64 = column("f8", "", "in an active defended zone")
    t_raid_s: F64 = column("f8", "s", "time to it, median given that it happens; NaN where p is 0")
    t_lone_s: F64 = column("f8", "s", "the same of one close drone")
    t_zone_s: F64 = column("f8", "s", "the same of a zone")
    t_over_s: F64 = column("f8", "s", "POSIX UTC, when it is expected to be over; NaN unknown")


@dataclasses.dataclass(frozen=True)
class WarningBatch(Batch):
    """Warnings that changed this second. A warning is one object from raise to clear.

    `change`: 1 raised, 2 level or probability changed, 3 cleared.
    """

    t_s: float
    warning: I64 = column("i8", "id", "warning number, never used again")
    change: I8 = column("i1", "", "1 raised, 2 changed, 3 cleared")
    flight: I64 = column("i8", "row", "row in the flight table, or NONE for a site")
    site: I64 = column("i8", "row", "row in the site table, or NONE")
    hazard: I8 = column("i1", "Hazard", "hazard_kind")
    hazard_id: I64 = column("i8", "id", "as in ThreatBatch")
    level: I8 = column("i1", "Level", "highest level so far")
    raised_s: F64 = column("f8", "s", "when it was raised")
    first_caution_s: F64 = column("f8", "s", "when it first reached CAUTION; NaN not yet")
    cleared_s: F64 = column("f8", "s", "when it was cleared; NaN still on")
    predicted_caught_s: F64 = column("f8", "s", "when it said the flight would be caught, fixed when the run began")
    p: F64 = column("f8", "", "highest probability so far")
    reason: I8 = column("i1", "Reason", "why")
    n: I64 = column("i8", "", "drones in the hazard; NONE")
    clear_again_s: F64 = column("f8", "s", "when it is expected to be over; NaN unknown")
    clear_again_lo_s: F64 = column("f8", "s", "10 % quantile of that", optional=True)
    clear_again_hi_s: F64 = column("f8", "s", "90 % quantile of that", optional=True)
    decide_by_s: F64 = column("f8", "s", "latest moment for the best way out; NaN none needed or found", optional=True)
    t_to_s: F64 = column("f8", "s", "time to it when its reason was given; NaN unknown", optional=True)
    evidence_age_s: F64 = column("f8", "s", "age of the newest evidence then", optional=True)
    sensor_mask: I64 = column("i8", "bits", "sensors that saw the hazard then; NONE unknown", optional=True)
    waypoint: I64 = column("i8", "", "as in ThreatBatch, then", optional=True)
    waypoint_m: F64 = column("f8", "m", "as in ThreatBatch, then", optional=True)


@dataclasses.dataclass(frozen=True)
class WarningHistory(Batch):
    """How warnings went: a row when one is raised, changes or is cleared, and one a minute while it is on.

    The level is that of the second, so it falls too; CLEAR with p unknown: nothing is said of the hazard any more.
    """

    t_s: float
    warning: I64 = column("i8", "id", "warning number")
    at_s: F64 = column("f8", "s", "POSIX UTC")
    p: F64 = column("f8", "", "probability of being caught by it; NaN unknown")
    level: I8 = column("i1", "Level", "its level then")
    reason: I8 = column("i1", "Reason", "why")
    n: I64 = column("i8", "", "drones in the hazard; NONE not applicable")


@dataclasses.dataclass(frozen=True)
class AdviceBatch(Batch):
    """Options for threatened flights, best first within a flight; `continue` is always among them."""

    t_s: float
    flight: I64 = column("i8", "row", "row in the flight table")
    option: I8 = column("i1", "Option", "what to do")
    rank: I64 = column("i8", "", "0 best, within the flight")
    p_caught: F64 = column("f8", "", "probability of being caught that remains")
    delay_s: F64 = column("f8", "s", "later at the destination (or at the place named) than planned")
    extra_m: F64 = column("f8", "m", "longer way than planned")
    decide_by_s: F64 = column("f8", "s", "latest moment at which it still works, POSIX UTC; NaN none found")
    site: I64 = column("i8", "row", "the place it goes to, row in the site table; NONE")
    course_rad: F64 = column("f8", "rad", "true course to turn to now; NaN none")
    start: I64 = starts("rows of the route")
    route_t_s: F64 = column("f8", "s", "POSIX UTC", flat="start")
    route_e_m: F64 = column("f8", "m", "plane east", flat="start")
    route_n_m: F64 = column("f8", "m", "plane north", flat="start")
    route_u_m: F64 = column("f8", "m", "height above the ellipsoid", flat="start")
    instruction: I8 = column(
        "i1", "Instruction", "what to do this minute, from the manoeuvre bands; NONE other options", optional=True
    )
    course_to_rad: F64 = column(
        "f8", "rad", "of a turn: the true course up to which all is open beyond course_rad; NaN none", optional=True
    )
    level_m: F64 = column("f8", "m", "of a climb or descent: height above the ellipsoid; NaN none", optional=True)
    clear_m: F64 = column(
        "f8", "m", "it keeps this far from every drone, or above or below it; NaN: only the quickest way out of it",
        optional=True,
    )
    agreed: I64 = column(
        "i8", "row", "the window agreed with a zone's authority that it uses, row in the agreed table; NONE",
        optional=True,
    )
    minimum: I8 = column(
        "i1", "Minimum", "declared minimum heights: kept, under (only the plan itself), none known on part of the way; "
        "NONE: the case declares none", optional=True,
    )
    then: I8 = column(
        "i1", "Option", "of an instruction: the option that its way joins after it; NONE: back to the plan",
        optional=True,
    )
    change: I8 = column(
        "i1", "Change", "why this is the best option now and no longer the one before; NONE: it has not changed",
        optional=True,
    )
    before: I8 = column("i1", "Option", "of a change: the option that was the best one before; NONE", optional=True)
    before_site: I64 = column("i8", "row", "of a change: the place that it went to; NONE", optional=True)
    before_p: F64 = column(
        "f8", "", "of a change: probability of being caught that remains by it now; NaN unknown", optional=True
    )

    def route(self, row: int) -> Path4D:
        """The path of one option."""
        r = slice(int(self.start[row]), int(self.start[row + 1]))
        return Path4D(self.route_t_s[r], self.route_e_m[r], self.route_n_m[r], self.route_u_m[r])
