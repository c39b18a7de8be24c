"""What aircraft can do: a small table by ICAO type designator, and a flight's own cruise from its plan.

Rounded from figures that manufacturers and type certificate data sheets publish; advice needs them to a tenth, no
better. The full list with what it rests on: docs/design/performance.md. Speeds are true.
"""

from __future__ import annotations

import dataclasses
import math

import numpy as np

from flightward.model import Path4D

GRAVITY_MPS2 = 9.80665
BANK_RAD = math.radians(25.0)
TURN_RADPS = math.radians(3.0)
"""Turns are planned with 25 degrees of bank or 3 degrees a second, whichever asks for less bank (ICAO Doc 8168)."""
HOLD_MPS = 137.0
"""Nobody holds faster: 265 knots (ICAO Doc 8168, holding at and above 14,000 ft)."""
HOVER_BURN = 1.2
"""A helicopter that waits on a spot burns this much of what cruise burns: power out of ground effect."""


@dataclasses.dataclass(frozen=True)
class Performance:
    """Limits of one type. `is_rotor`: it can hover and land on a helipad. `fuel_kgps` in cruise."""

    is_rotor: bool
    max_speed_mps: float
    climb_mps: float
    descent_mps: float
    ceiling_m: float
    min_speed_mps: float
    fuel_kgps: float

    def turn_radius_m(self, speed_mps: float) -> float:
        """Radius of a turn as it is planned."""
        return max(speed_mps**2 / (GRAVITY_MPS2 * math.tan(BANK_RAD)), speed_mps / TURN_RADPS)

    def hold_mps(self, speed_mps: float) -> float:
        """The speed at which it flies laps."""
        return min(speed_mps, HOLD_MPS)

    def lap_least_s(self, speed_mps: float) -> float:
        """The shortest lap, a hexagon whose corners can be flown."""
        return 12.0 * math.tan(math.pi / 6.0) * self.turn_radius_m(speed_mps) / speed_mps


def _rotor(max_speed_mps: float, fuel_kgph: float, climb_mps: float = 6.0) -> Performance:
    # 3,000 m: above it crews and patients need oxygen, whatever the type could climb to.
    return Performance(True, max_speed_mps, climb_mps, 5.0, 3_000.0, 0.0, fuel_kgph / 3_600.0)


def _wing(
    max_speed_mps: float, climb_mps: float, ceiling_m: float, descent_mps: float, min_speed_mps: float,
    fuel_kgph: float,
) -> Performance:
    return Performance(
        False, max_speed_mps, climb_mps, descent_mps, ceiling_m, min_speed_mps, fuel_kgph / 3_600.0
    )


ROTOR_DEFAULT = _rotor(65.0, 400.0)
WING_DEFAULT = _wing(130.0, 6.0, 7_500.0, 8.0, 55.0, 1_000.0)

TYPES: dict[str, Performance] = {
    "EC35": _rotor(70.0, 210.0), "EC45": _rotor(68.0, 240.0), "H145": _rotor(68.0, 240.0),
    "BK17": _rotor(65.0, 230.0), "EC30": _rotor(65.0, 155.0), "AS50": _rotor(64.0, 145.0),
    "AS55": _rotor(64.0, 190.0), "AS65": _rotor(78.0, 300.0), "EC55": _rotor(78.0, 310.0),
    "EC75": _rotor(78.0, 430.0), "AS32": _rotor(72.0, 530.0), "EC25": _rotor(76.0, 600.0),
    "A109": _rotor(78.0, 220.0), "A139": _rotor(82.0, 400.0), "A169": _rotor(75.0, 330.0),
    "A189": _rotor(80.0, 430.0), "B06": _rotor(57.0, 90.0), "B407": _rotor(68.0, 140.0), "B412": _rotor(63.0, 330.0),
    "B429": _rotor(77.0, 220.0), "S76": _rotor(78.0, 310.0), "S92": _rotor(78.0, 620.0), "H60": _rotor(80.0, 500.0),
    "MI8": _rotor(62.0, 640.0), "MI17": _rotor(64.0, 680.0), "EXPL": _rotor(66.0, 210.0), "G2CA": _rotor(48.0, 32.0),
    "R44": _rotor(55.0, 42.0), "R66": _rotor(56.0, 70.0), "NH90": _rotor(78.0, 600.0),
    "C172": _wing(63.0, 3.0, 4_000.0, 3.0, 30.0, 26.0), "C208": _wing(95.0, 4.5, 7_000.0, 5.0, 42.0, 160.0),
    "PC12": _wing(145.0, 7.0, 9_000.0, 8.0, 48.0, 200.0), "TBM9": _wing(165.0, 8.0, 9_400.0, 8.0, 48.0, 190.0),
    "BE20": _wing(150.0, 9.0, 10_600.0, 8.0, 53.0, 280.0), "B350": _wing(160.0, 9.0, 10_600.0, 8.0, 55.0, 330.0),
    "AT72": _wing(142.0, 6.0, 7_600.0, 8.0, 62.0, 700.0), "DH8D": _wing(185.0, 8.0, 8_200.0, 8.0, 66.0, 1_050.0),
    "AN26": _wing(122.0, 6.0, 7_300.0, 8.0, 60.0, 1_000.0), "C130": _wing(165.0, 8.0, 8_500.0, 8.0, 65.0, 2_200.0),
    "PC24": _wing(225.0, 14.0, 13_700.0, 10.0, 58.0, 500.0), "C56X": _wing(225.0, 14.0, 13_700.0, 10.0, 60.0, 550.0),
    "LJ35": _wing(230.0, 15.0, 13_700.0, 10.0, 66.0, 550.0),
    "E190": _wing(240.0, 10.0, 12_000.0, 10.0, 76.0, 1_850.0),
    "CRJ9": _wing(235.0, 10.0, 12_500.0, 10.0, 78.0, 1_550.0),
    "A319": _wing(240.0, 10.0, 11_900.0, 10.0, 76.0, 2_300.0),
    "A320": _wing(240.0, 10.0, 11_900.0, 10.0, 78.0, 2_400.0),
    "A20N": _wing(240.0, 10.0, 12_000.0, 10.0, 78.0, 2_100.0),
    "A321": _wing(240.0, 10.0, 11_900.0, 10.0, 80.0, 2_700.0),
    "A21N": _wing(240.0, 10.0, 12_000.0, 10.0, 80.0, 2_300.0),
    "B737": _wing(240.0, 10.0, 12_500.0, 10.0, 76.0, 2_300.0),
    "B738": _wing(240.0, 10.0, 12_500.0, 10.0, 78.0, 2_450.0),
    "B38M": _wing(240.0, 10.0, 12_500.0, 10.0, 78.0, 2_150.0),
    "A333": _wing(250.0, 9.0, 12_500.0, 10.0, 80.0, 5_700.0),
    "B77W": _wing(255.0, 9.0, 13_100.0, 10.0, 84.0, 7_500.0),
    "B789": _wing(255.0, 9.0, 13_100.0, 10.0, 82.0, 4_900.0),
    "IL76": _wing(230.0, 8.0, 12_000.0, 10.0, 80.0, 8_000.0),
}

SLOW_MPS = 85.0
LOW_M = 3_500.0
MOVING_MPS = 15.0
FALLBACK_MPS = 60.0


def performance_of(aircraft_type: str | None, plan: Path4D, touches_helipad: bool) -> Performance:
    """The table's row; for a type that it does not know, a helicopter if the plan can only be one's."""
    known = TYPES.get((aircraft_type or "").upper())
    if known is not None:
        return known
    slow = cruise_mps(plan) < SLOW_MPS and bool(np.nanmax(plan.u_m, initial=0.0) < LOW_M)
    return ROTOR_DEFAULT if touches_helipad and slow else WING_DEFAULT


def cruise_mps(plan: Path4D) -> float:
    """The plan's own cruise: the ground speed at which half of its way is flown; 60 m/s if it has no moving leg."""
    way = np.hypot(np.diff(plan.e_m), np.diff(plan.n_m))
    dt = np.diff(plan.t_s)
    good = (dt > 0.0) & (way > MOVING_MPS * dt)
    if not good.any():
        return FALLBACK_MPS
    speed, way = way[good] / dt[good], way[good]
    order = np.argsort(speed, kind="stable")
    half = np.searchsorted(np.cumsum(way[order]), way.sum() / 2.0)
    return float(speed[order][min(int(half), len(order) - 1)])
