"""What is near a flight, and which courses and heights of its bands are open to it."""

from __future__ import annotations

import math

import numpy as np

from flightward.advice.near_routes import FEET_100_M
from flightward.config import CaughtConfig
from flightward.encounters import BandBatch, Guidance
from flightward.model import F64, NONE, FlightStates, Hazard, Instruction, Level, ThreatBatch, TrackBatch

NEAR_S = 180.0
NEAR_HAZARDS = (int(Hazard.DRONE), int(Hazard.RAID))
P_HOSTILE_MIN = 0.05
"""A track counts from this chance of being a hostile drone, as for near threats."""
UNKNOWN_U_M, UNKNOWN_SIGMA_M = 1_000.0, 1_000.0
TURN_STEP_RAD = math.radians(5.0)
"""Courses that are said are multiples of this, clockwise from true north."""
PAD_RAD = math.radians(1.0)
WAY_OPEN, WAY_BACK = 0, 4
"""Regions of bands that may be flown to: open, and recovery."""


def near_hazards(threats: ThreatBatch) -> dict[int, int]:
    """Flights that a drone or a raid threatens within NEAR_S: RAID if a raid does, else DRONE."""
    is_near = np.isin(threats.hazard, NEAR_HAZARDS) & (threats.level >= Level.ADVISORY) & (threats.level != Level.BLIND)
    out: dict[int, int] = {}
    for row in np.flatnonzero(is_near & (threats.t_to_s <= NEAR_S) & (threats.flight != NONE)):
        flight = int(threats.flight[row])
        out[flight] = max(out.get(flight, 0), int(threats.hazard[row]))
    return out


def asked(caught: CaughtConfig, hazard: int) -> list[tuple[int, float, float]]:
    """(RAID or DRONE, radius, half height) of the cylinders to keep out of, the widest first."""
    lone = int(Hazard.DRONE), caught.lone_radius_m, caught.lone_height_m
    raid = int(Hazard.RAID), caught.raid_radius_m, caught.raid_height_m
    return [raid, lone] if hazard == Hazard.RAID else [lone]


def own_state(states: FlightStates, flight: int) -> F64 | None:
    """(6,) place and velocity; the velocity by its path where it is not known; None without either."""
    out = np.array([getattr(states, k)[flight] for k in ("e_m", "n_m", "u_m", "ve_mps", "vn_mps", "vu_mps")])
    path = states.path(flight)
    if not np.isfinite(out[3:5]).all() and len(path) > 1 and path.t_s[1] > path.t_s[0]:
        dt = float(path.t_s[1] - path.t_s[0])
        out[3:] = [float(x[1] - x[0]) / dt for x in (path.e_m, path.n_m, path.u_m)]
    out[5] = np.nan_to_num(out[5])
    return out if np.isfinite(out).all() else None


def drones_of(tracks: TrackBatch, own_track: int) -> tuple[F64, F64]:
    """(M, 6) tracks that may be hostile drones, straight on, and (M, 2) deviations of their place and height."""
    weight = np.clip(tracks.p_exists * tracks.p_hostile, 0.0, 1.0)
    is_placed = np.isfinite(tracks.e_m + tracks.n_m + tracks.ve_mps + tracks.vn_mps)
    rows = np.flatnonzero((weight >= P_HOSTILE_MIN) & is_placed & (tracks.track != own_track))
    out = np.column_stack(
        [getattr(tracks, k)[rows] for k in ("e_m", "n_m", "u_m", "ve_mps", "vn_mps", "vu_mps")]
    ).reshape(-1, 6)
    cov = tracks.cov[rows]
    with np.errstate(invalid="ignore"):
        sigma = np.sqrt(np.maximum(np.column_stack([0.5 * (cov[:, 0, 0] + cov[:, 1, 1]), cov[:, 2, 2]]), 0.0))
    unknown = ~np.isfinite(out[:, 2])
    out[unknown, 2], sigma[unknown, 1] = UNKNOWN_U_M, UNKNOWN_SIGMA_M
    out[:, 5] = np.nan_to_num(out[:, 5])
    return out, np.where(np.isfinite(sigma), sigma, UNKNOWN_SIGMA_M)


def is_open(ways: BandBatch, row: int, value: float) -> bool:
    """The value lies in, or touches, what is open."""
    low, up, region = ways.bands(row)
    return bool((region[(low <= value) & (value <= up)] == WAY_OPEN).any())


def is_shut(ways: BandBatch, row: int, value: float) -> bool:
    """All that the value lies in or touches is shut; what is not known is not."""
    low, up, region = ways.bands(row)
    touched = region[(low <= value) & (value <= up)]
    return bool(len(touched) and not np.isin(touched, (WAY_OPEN, WAY_BACK)).any())


def open_courses(ways: BandBatch, convergence_rad: float) -> list[tuple[int, int, float]]:
    """(WAY_OPEN or WAY_BACK, TURN_LEFT or TURN_RIGHT, course of the plane) of all round courses that are open."""
    low, up, region = ways.bands(0)
    here = float(ways.value[0])
    out = []
    for k in range(round(2.0 * math.pi / TURN_STEP_RAD)):
        course = (k * TURN_STEP_RAD - convergence_rad) % (2.0 * math.pi)
        near = [course, (course - PAD_RAD) % (2.0 * math.pi), (course + PAD_RAD) % (2.0 * math.pi)]
        found = {int(r) for c in near for r in region[(low <= c) & (c <= up)]}
        if found <= {WAY_OPEN} or found <= {WAY_BACK}:
            what = Instruction.TURN_RIGHT if (course - here) % (2.0 * math.pi) < math.pi else Instruction.TURN_LEFT
            out.append((min(found), int(what), course))
    return out


def open_levels(ways: BandBatch, limits: Guidance, least_m: float = -math.inf) -> list[tuple[int, int, float]]:
    """(WAY_OPEN or WAY_BACK, CLIMB or DESCEND, height) of the nearest round height of all that is open from least_m on.

    Also where the present height is open itself: who climbs or sinks through it may level off.
    """
    low, up, region = ways.bands(1)
    here = float(ways.value[1])
    out = []
    for a, b, r in zip(low.tolist(), up.tolist(), region.tolist(), strict=True):
        least, most = math.ceil(max(a, least_m) / FEET_100_M - 1e-6), math.floor(b / FEET_100_M + 1e-6)
        if r not in (WAY_OPEN, WAY_BACK) or least > most:
            continue
        level = FEET_100_M * min(max(round(here / FEET_100_M), least), most)
        if level <= limits.height_max_m:
            out.append((int(r), int(Instruction.CLIMB if level > here else Instruction.DESCEND), level))
    return out
