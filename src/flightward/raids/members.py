"""The drones that are in raids, as the parts of the stage hand them on."""

from __future__ import annotations

import dataclasses

from flightward.model import F64, I64

FRONT_S = 300.0
"""Intensity counts the members that reach the front's line within this time, per minute: long enough that a stream
with a drone a minute gives a steady figure, short enough that a formation is not spread thin."""


@dataclasses.dataclass(frozen=True)
class Members:
    """The N drones that are in raids, in order of (raid, track)."""

    track: I64
    raid: I64
    weight: F64
    e_m: F64
    n_m: F64
    u_m: F64
    ve_mps: F64
    vn_mps: F64
    turn_radps: F64
    """NaN: not known yet."""
    chain: I64
    """Members of one chain of near links have one number."""
