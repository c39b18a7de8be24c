"""Vertical limits as published -> bounds above the ellipsoid that hold the true ones.

What a height is measured from is seldom known to the metre at the edge: the geoid (EGM2008: -107 to +86 m), the
pressure (flight levels), the ground (AGL). A floor is taken at its lowest, a ceiling at its highest. What the case
knows (geoid_m, qnh_hpa, terrain_low_m, terrain_high_m) makes the bounds tighter.
"""

from __future__ import annotations

import dataclasses
import math
import re
from typing import NamedTuple

from flightward.units import FT_M

GEOID_LOW_M, GEOID_HIGH_M = -107.0, 86.0
"""EGM2008: lowest south of India, highest off New Guinea."""
TERRAIN_LOW_M, TERRAIN_HIGH_M = -430.0, 8_849.0
"""The shore of the Dead Sea; Mount Everest."""
M_PER_HPA = 8.3
"""Height of one hectopascal near the sea in the standard atmosphere (ICAO Doc 7488)."""
QNH_SLACK_M = 300.0
"""Three sigma of a pressure nobody gave."""
ISA_SLACK_FRAC = 0.05
"""Air 15 K warmer or colder than standard moves a flight level by a twentieth of its height."""
STANDARD_HPA = 1013.25

SFC, UNL, FL, MSL, AGL, HAE, EITHER, UNKNOWN = "SFC", "UNL", "FL", "MSL", "AGL", "HAE", "EITHER", "UNKNOWN"
"""References. EITHER: above the sea or the ground, it does not say which."""


class Limit(NamedTuple):
    """One published limit."""

    reference: str
    value_m: float = 0.0


@dataclasses.dataclass(frozen=True)
class Datum:
    """What is known of the area's heights; NaN unknown."""

    geoid_m: float = math.nan
    qnh_hpa: float = math.nan
    terrain_low_m: float = math.nan
    terrain_high_m: float = math.nan

    def lowest(self, limit: Limit) -> float:
        """The lowest that the limit can be, above the ellipsoid."""
        return self._bounds(limit)[0]

    def highest(self, limit: Limit) -> float:
        """The highest that the limit can be, above the ellipsoid."""
        return self._bounds(limit)[1]

    @property
    def highest_ground_m(self) -> float:
        """The highest ground above the sea: the area's, else the Earth's."""
        return TERRAIN_HIGH_M if math.isnan(self.terrain_high_m) else self.terrain_high_m

    def _bounds(self, limit: Limit) -> tuple[float, float]:
        h = limit.value_m
        if limit.reference == HAE:
            return h, h
        if limit.reference not in (FL, MSL, AGL, EITHER):
            return -math.inf, math.inf
        known = not math.isnan(self.geoid_m)
        low, high = (self.geoid_m, self.geoid_m) if known else (GEOID_LOW_M, GEOID_HIGH_M)
        ground_low = TERRAIN_LOW_M if math.isnan(self.terrain_low_m) else self.terrain_low_m
        ground_high = self.highest_ground_m
        if limit.reference == FL:
            has_qnh = not math.isnan(self.qnh_hpa)
            shift = (self.qnh_hpa - STANDARD_HPA) * M_PER_HPA if has_qnh else 0.0
            slack = (0.0 if has_qnh else QNH_SLACK_M) + ISA_SLACK_FRAC * abs(h)
            return h + shift + low - slack, h + shift + high + slack
        if limit.reference == MSL:
            return h + low, h + high
        if limit.reference == AGL:
            return h + low + ground_low, h + high + ground_high
        return h + low + min(0.0, ground_low), h + high + max(0.0, ground_high)


def floor_m(limit: Limit, datum: Datum) -> float:
    """The floor: -inf from the ground, or if it is not known."""
    return -math.inf if limit.reference in (SFC, UNKNOWN, UNL) else datum.lowest(limit)


def ceiling_m(limit: Limit, datum: Datum) -> float:
    """The ceiling: +inf unlimited, or if it is not known; a ceiling at the ground is no ceiling."""
    return math.inf if limit.reference in (SFC, UNKNOWN, UNL) else datum.highest(limit)


_SURFACE = re.compile(r"^(?:SFC|GND|SURFACE|GROUND|AGL 0|0)$")
_UNLIMITED = re.compile(r"^(?:UNL|UNLTD|UNLIM|UNLIMITED|INFINITY)$")
_LEVEL = re.compile(r"^FL\s*(\d{1,3})$")
_HEIGHT = re.compile(r"^(?:(AMSL|MSL|ALT|AGL|ASFC|HEI|HGT)\s+)?(\d[\d ]*(?:\.\d+)?)\s*(FT|F|M|METERS|METRES|MTR|FEET)?"
                     r"\.?\s*(AMSL|MSL|ALT|STD|AGL|AAGL|ASFC|AGND|GND|SFC|HEI|HGT)?$")  # fmt: skip
_ABOVE_GROUND = {"AGL", "AAGL", "ASFC", "AGND", "GND", "SFC", "HEI", "HGT"}


def limit_of_text(text: str, unit_if_none: str = "FT") -> Limit:
    """A limit as words give it: SFC, UNL, FL095, 3900FT AMSL, 500M AGL; UNKNOWN if it cannot be read.

    A height with no reference is EITHER; one with no unit is in `unit_if_none`.
    Source: ICAO Annex 15 / PANS-AIM (Doc 10066) NOTAM format, items F and G; EUROCONTROL OPADD.
    """
    words = " ".join(text.upper().replace(",", "").split()).strip(" .")
    if _UNLIMITED.match(words):
        return Limit(UNL)
    if found := _LEVEL.match(words):
        return limit_of_level(float(found.group(1)))
    if _SURFACE.match(words):
        return Limit(SFC)
    found = _HEIGHT.match(words)
    if not found:
        return Limit(UNKNOWN)
    value = float(found.group(2).replace(" ", ""))
    unit = found.group(3) or unit_if_none
    value_m = value if unit[0] == "M" else value * FT_M
    above = found.group(4) or found.group(1)
    if above == "STD":
        return Limit(FL, value_m)
    if above is None:
        return Limit(EITHER, value_m)
    return Limit(AGL if above in _ABOVE_GROUND else MSL, value_m)


def limit_of_level(flight_level: float) -> Limit:
    """A flight level; 999 is unlimited."""
    return Limit(UNL) if flight_level >= 999.0 else Limit(FL, flight_level * 100.0 * FT_M)
