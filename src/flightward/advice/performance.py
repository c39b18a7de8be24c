"""What aircraft can do: a small table by ICAO type designator, and a flight's own cruise from its plan.

Rounded from the manufacturers' published figures (EASA type certificate data sheets and flight manuals' summaries);
advice needs them to a tenth, no better. The full list with its sources: docs/design/advice.md. Speeds are true.
"""

from __future__ import annotations

import dataclasses

import numpy as np

from flightward.model import Path4D


@dataclasses.dataclass(frozen=True)
class Performance:
    """Limits of one type. `is_rotor`: it can hover and land on a helipad."""

    is_rotor: bool
    max_speed_mps: float
    climb_mps: float
    descent_mps: float
    ceiling_m: float


def _rotor(max_speed_mps: float, climb_mps: float = 6.0, ceiling_m: float = 3_000.0) -> Performance:
    # 3,000 m: above it crews and patients need oxygen, whatever the type could climb to.
    return Performance(True, max_speed_mps, climb_mps, 5.0, ceiling_m)


def _wing(max_speed_mps: float, climb_mps: float, ceiling_m: float, descent_mps: float = 8.0) -> Performance:
    return Performance(False, max_speed_mps, climb_mps, descent_mps, ceiling_m)


ROTOR_DEFAULT = _rotor(65.0)
WING_DEFAULT = _wing(130.0, 6.0, 7_500.0)

TYPES: dict[str, Performance] = {
    "EC35": _rotor(70.0), "EC45": _rotor(68.0), "H145": _rotor(68.0), "BK17": _rotor(65.0), "EC30": _rotor(65.0),
    "AS50": _rotor(64.0), "AS55": _rotor(64.0), "AS65": _rotor(78.0), "EC55": _rotor(78.0), "EC75": _rotor(78.0),
    "AS32": _rotor(72.0), "EC25": _rotor(76.0), "A109": _rotor(78.0), "A139": _rotor(82.0), "A169": _rotor(75.0),
    "A189": _rotor(80.0), "B06": _rotor(57.0), "B407": _rotor(68.0), "B412": _rotor(63.0), "B429": _rotor(77.0),
    "S76": _rotor(78.0), "S92": _rotor(78.0), "H60": _rotor(80.0), "MI8": _rotor(62.0), "MI17": _rotor(64.0),
    "EXPL": _rotor(66.0), "G2CA": _rotor(48.0), "R44": _rotor(55.0), "R66": _rotor(56.0), "NH90": _rotor(78.0),
    "C172": _wing(63.0, 3.0, 4_000.0, 3.0), "C208": _wing(95.0, 4.5, 7_000.0, 5.0), "PC12": _wing(145.0, 7.0, 9_000.0),
    "TBM9": _wing(165.0, 8.0, 9_400.0), "BE20": _wing(150.0, 9.0, 10_600.0), "B350": _wing(160.0, 9.0, 10_600.0),
    "AT72": _wing(142.0, 6.0, 7_600.0), "DH8D": _wing(185.0, 8.0, 8_200.0), "AN26": _wing(122.0, 6.0, 7_300.0),
    "C130": _wing(165.0, 8.0, 8_500.0), "PC24": _wing(225.0, 14.0, 13_700.0, 10.0),
    "C56X": _wing(225.0, 14.0, 13_700.0, 10.0), "LJ35": _wing(230.0, 15.0, 13_700.0, 10.0),
    "E190": _wing(240.0, 10.0, 12_000.0, 10.0), "CRJ9": _wing(235.0, 10.0, 12_500.0, 10.0),
    "A319": _wing(240.0, 10.0, 11_900.0, 10.0), "A320": _wing(240.0, 10.0, 11_900.0, 10.0),
    "A20N": _wing(240.0, 10.0, 12_000.0, 10.0), "A321": _wing(240.0, 10.0, 11_900.0, 10.0),
    "A21N": _wing(240.0, 10.0, 12_000.0, 10.0), "B737": _wing(240.0, 10.0, 12_500.0, 10.0),
    "B738": _wing(240.0, 10.0, 12_500.0, 10.0), "B38M": _wing(240.0, 10.0, 12_500.0, 10.0),
    "A333": _wing(250.0, 9.0, 12_500.0, 10.0), "B77W": _wing(255.0, 9.0, 13_100.0, 10.0),
    "B789": _wing(255.0, 9.0, 13_100.0, 10.0), "IL76": _wing(230.0, 8.0, 12_000.0, 10.0),
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
