"""State vectors -> reports: which rows hold a new position, and which only say that the aircraft is still heard.

A row is what the network held at `timestamp`: it fills positions forward. So a row is a position report only when
`last_position` changes (where it is not given: when the position changes), and its time is then `last_position`.
Any other row with a velocity is kept as is_velocity_only at the row's own time; where the source says when it last
heard the aircraft (`last_contact`), rows that were not heard anew are left out and counted.
"""

from __future__ import annotations

import dataclasses
import math

import numpy as np

from flightward.feeds.modes.parse import P_EMITTER, emitters, sensor_of
from flightward.feeds.reports import Coded, report_rows
from flightward.feeds.rows import FeedContext, FeedRows, Rejects
from flightward.model import F64, I64, NONE


@dataclasses.dataclass(frozen=True)
class StateColumns:
    """N state vectors in SI units, columns (N,), NaN unknown; `row` is the row in the file, `emitter` a code as Mode S
    has it (8 * type code + category)."""

    row: I64
    t_s: F64
    icao24: Coded
    lat_deg: F64
    lon_deg: F64
    speed_mps: F64
    course_rad: F64
    vu_mps: F64
    baro_m: F64
    hae_m: F64
    last_position_s: F64
    last_contact_s: F64
    emitter: F64


class Heard:
    """What was last heard of each aircraft; kept between the pieces of one feed."""

    def __init__(self) -> None:
        self._position: dict[str, tuple[float, float, float]] = {}
        self._contact: dict[str, float] = {}

    def is_new_position(self, who: str, last_position_s: float, lat_deg: float, lon_deg: float) -> bool:
        """True if this row's position was not seen before."""
        if math.isnan(lat_deg) or math.isnan(lon_deg):
            return False
        before = self._position.get(who)
        now = (last_position_s, lat_deg, lon_deg)
        self._position[who] = now
        if before is None:
            return True
        if not math.isnan(last_position_s) and not math.isnan(before[0]):
            return last_position_s != before[0]
        return (lat_deg, lon_deg) != before[1:]

    def is_new_contact(self, who: str, last_contact_s: float) -> bool:
        """True if it was heard since the row before, or if the source does not say."""
        if math.isnan(last_contact_s):
            return True
        before = self._contact.get(who)
        self._contact[who] = last_contact_s
        return before is None or last_contact_s != before


def state_rows(states: StateColumns, heard: Heard, ctx: FeedContext, rejects: Rejects) -> FeedRows:
    """Reports of N state vectors that stand in order of time for each aircraft.

    Rows without an icao24 or a time are kept aside (identity, time); the sensor is the feed's `sensor` if it has one.
    """
    no_identity = states.icao24.code == NONE
    aside(rejects, "identity", states, no_identity)
    no_time = ~np.isfinite(states.t_s) & ~no_identity
    aside(rejects, "time", states, no_time)
    n = len(states.t_s)
    is_position = np.zeros(n, dtype=np.bool_)
    is_heard = np.zeros(n, dtype=np.bool_)
    texts = states.icao24.texts
    for k in np.flatnonzero(~no_identity & ~no_time).tolist():
        who = texts[states.icao24.code[k]]
        is_position[k] = heard.is_new_position(
            who, float(states.last_position_s[k]), float(states.lat_deg[k]), float(states.lon_deg[k])
        )
        is_heard[k] = heard.is_new_contact(who, float(states.last_contact_s[k]))
    has_velocity = np.isfinite(states.speed_mps) & (np.isfinite(states.course_rad) | (states.speed_mps == 0.0))
    is_velocity = is_heard & has_velocity & ~is_position
    usable = ~no_identity & ~no_time
    rejects.repaired("not_heard_anew", int(np.count_nonzero(usable & ~is_position & ~is_heard)))
    aside(rejects, "no_position", states, usable & is_heard & ~is_position & ~has_velocity)
    keep = is_position | is_velocity
    return report_rows(*_columns(states, is_position, keep, ctx), None, ctx, rejects, states.row[keep],
                       is_velocity[keep].astype(np.int8))  # fmt: skip


def _columns(
    states: StateColumns,
    is_position: np.ndarray[tuple[int], np.dtype[np.bool_]],
    keep: np.ndarray[tuple[int], np.dtype[np.bool_]],
    ctx: FeedContext,
) -> tuple[dict[str, F64], dict[str, Coded]]:
    fixed_s = np.where(np.isfinite(states.last_position_s), states.last_position_s, states.t_s)
    heard_s = np.where(np.isfinite(states.last_contact_s), states.last_contact_s, states.t_s)
    t_s = np.where(is_position, fixed_s, heard_s)
    # what stands goes nowhere, in whatever direction
    no_course = np.where(states.speed_mps == 0.0, 0.0, np.nan)
    course_rad = np.where(np.isfinite(states.course_rad), states.course_rad, no_course)
    kinds = emitters(states.emitter[keep])
    numbers = {
        "t_s": t_s,
        # The network's own clock may lag the aircraft's by a fraction: nothing is heard before it is true.
        "t_rx_s": np.where((t_s > states.t_s) & (t_s < states.t_s + 1.0), t_s, states.t_s),
        "lat_deg": np.where(is_position, states.lat_deg, np.nan),
        "lon_deg": np.where(is_position, states.lon_deg, np.nan),
        "ve_mps": states.speed_mps * np.sin(course_rad),
        "vn_mps": states.speed_mps * np.cos(course_rad),
        "vu_mps": states.vu_mps,
        "baro_m": states.baro_m,
        "hae_m": states.hae_m,
    }
    numbers = {name: values[keep] for name, values in numbers.items()}
    numbers["p_kind"] = np.where(kinds.code == NONE, np.nan, P_EMITTER)
    identity = Coded(states.icao24.code[keep], states.icao24.texts)
    return numbers, {"identity": identity, "kind": kinds, **sensor_of(ctx, len(kinds.code))}


def aside(
    rejects: Rejects, reason: str, states: StateColumns, mask: np.ndarray[tuple[int], np.dtype[np.bool_]]
) -> None:
    """Keep the states of a mask (N,) aside."""
    rejects.add(reason, states.row[mask], np.where(np.isfinite(states.t_s[mask]), states.t_s[mask], np.nan))
