"""Protected flights: who they are and their 4D plans."""

from __future__ import annotations

import dataclasses

import numpy as np

from flightward.model.batch import F64, I8, I64, Batch, column, starts


@dataclasses.dataclass(frozen=True)
class FlightBatch(Batch):
    """F protected flights with their plans; waypoints stand in order of time."""

    name: I64 = column("i8", "name", "flight_id, number in Names")
    callsign: I64 = column("i8", "name", "callsign, number in Names")
    identity: I64 = column("i8", "name", "icao24 in lower case, number in Names (the same number as in reports)")
    aircraft_type: I64 = column("i8", "name", "ICAO type designator, number in Names")
    category: I8 = column("i1", "Category", "whose flight it is")
    endurance_s: F64 = column("f8", "s", "time it can stay up from take-off; NaN unknown")
    fuel_kg: F64 = column("f8", "kg", "fuel at take-off; NaN unknown")
    start: I64 = starts("rows of the waypoints")
    wp_t_s: F64 = column("f8", "s", "planned time at the waypoint, POSIX UTC", flat="start")
    wp_e_m: F64 = column("f8", "m", "plane east", flat="start")
    wp_n_m: F64 = column("f8", "m", "plane north", flat="start")
    wp_u_m: F64 = column("f8", "m", "height above the ellipsoid", flat="start")
    alternate_start: I64 = starts("rows of `alternate`")
    alternate: I64 = column("i8", "row", "row in the site table", flat="alternate_start")

    def plan(self, flight: int) -> Path4D:
        """The plan of one flight."""
        rows = slice(int(self.start[flight]), int(self.start[flight + 1]))
        return Path4D(self.wp_t_s[rows], self.wp_e_m[rows], self.wp_n_m[rows], self.wp_u_m[rows])


@dataclasses.dataclass(frozen=True)
class Path4D(Batch):
    """Where something will be: straight lines at constant speed between W points; times never fall.

    Before the first point and after the last one it is on the ground there (or unknown, where the user says so).
    """

    t_s: F64 = column("f8", "s", "POSIX UTC")
    e_m: F64 = column("f8", "m", "plane east")
    n_m: F64 = column("f8", "m", "plane north")
    u_m: F64 = column("f8", "m", "height above the ellipsoid")

    def at(self, t_s: float) -> tuple[float, float, float]:
        """Plane position in metres at a time, held before the start and after the end."""
        return (
            float(np.interp(t_s, self.t_s, self.e_m)),
            float(np.interp(t_s, self.t_s, self.n_m)),
            float(np.interp(t_s, self.t_s, self.u_m)),
        )

    def shifted(self, dt_s: float) -> Path4D:
        """The same path, later by `dt_s`."""
        return dataclasses.replace(self, t_s=self.t_s + dt_s)

    def after(self, t_s: float) -> Path4D:
        """The part from `t_s` on, beginning with the position at `t_s`; only its last point if it is over."""
        keep = self.t_s > t_s
        if not keep.any():
            return self.take(np.array([len(self) - 1]))
        e, n, u = self.at(t_s)
        start = max(t_s, float(self.t_s[0]))
        if start > t_s:
            return self
        return Path4D(
            np.concatenate([[start], self.t_s[keep]]),
            np.concatenate([[e], self.e_m[keep]]),
            np.concatenate([[n], self.n_m[keep]]),
            np.concatenate([[u], self.u_m[keep]]),
        )

    @property
    def length_m(self) -> float:
        """Ground distance along the path on the plane."""
        return float(np.hypot(np.diff(self.e_m), np.diff(self.n_m)).sum())


@dataclasses.dataclass(frozen=True)
class FlightStates(Batch):
    """What is known of each protected flight now: F rows, in the order of the FlightBatch."""

    t_s: float
    track: I64 = column("i8", "id", "the track that carries its identity, or NONE")
    plan_state: I8 = column("i1", "PlanState", "how it stands to its plan")
    is_airborne: I8 = column("i1", "bool", "1 in the air, 0 on the ground, NONE unknown")
    e_m: F64 = column("f8", "m", "plane east, estimated or by plan; NaN unknown")
    n_m: F64 = column("f8", "m", "plane north")
    u_m: F64 = column("f8", "m", "height above the ellipsoid")
    ve_mps: F64 = column("f8", "m/s", "plane velocity east")
    vn_mps: F64 = column("f8", "m/s", "plane velocity north")
    vu_mps: F64 = column("f8", "m/s", "climb")
    sigma_h_m: F64 = column("f8", "m", "1 sigma of the horizontal position now")
    sigma_growth_mps: F64 = column("f8", "m/s", "how fast that grows along the expected path")
    age_s: F64 = column("f8", "s", "since its last believed position; NaN never")
    integrity: I8 = column("i1", "Integrity", "may its reported position be believed; NONE no report")
    integrity_reason: I8 = column("i1", "IntegrityReason", "why")
    start: I64 = starts("rows of the expected path")
    path_t_s: F64 = column("f8", "s", "expected path from now on, POSIX UTC", flat="start")
    path_e_m: F64 = column("f8", "m", "plane east", flat="start")
    path_n_m: F64 = column("f8", "m", "plane north", flat="start")
    path_u_m: F64 = column("f8", "m", "height above the ellipsoid", flat="start")

    def path(self, flight: int) -> Path4D:
        """Where the flight is expected from now on."""
        rows = slice(int(self.start[flight]), int(self.start[flight + 1]))
        return Path4D(self.path_t_s[rows], self.path_e_m[rows], self.path_n_m[rows], self.path_u_m[rows])
