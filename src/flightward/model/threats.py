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

    def route(self, row: int) -> Path4D:
        """The path of one option."""
        r = slice(int(self.start[row]), int(self.start[row + 1]))
        return Path4D(self.route_t_s[r], self.route_e_m[r], self.route_n_m[r], self.route_u_m[r])
