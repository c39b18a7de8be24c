"""The Q-line: FIR/code/traffic/purpose/scope/lower/upper/centre and radius.

    UKBV/QRTCA/IV/BO/W/000/660/5030N03030E025
    FIR   Qxxyy: xx subject, yy condition (Doc 8126, NOTAM code)   flight levels   minutes of arc   nautical miles

Source: ICAO PANS-AIM (Doc 10066) appendix 3, item Q; OPADD part 2, "Qualifiers". The centre is rounded to a minute,
so the circle is drawn wider by half a minute each way.
"""

from __future__ import annotations

import math
import re
from typing import NamedTuple

from flightward.units import NMI_M

ROUNDING_M = 0.71 * NMI_M
"""Half a minute of latitude and of longitude at the equator, together."""
_PLACE = re.compile(r"^(\d{2})(\d{2})([NS])(\d{3})(\d{2})([EW])(\d{3})?$")


class QLine(NamedTuple):
    """The qualifiers; levels in hundreds of feet, NaN unknown; position in degrees, NaN unknown."""

    fir: str
    subject: str
    condition: str
    traffic: str
    scope: str
    lower_fl: float
    upper_fl: float
    lat_deg: float
    lon_deg: float
    radius_m: float

    @property
    def has_circle(self) -> bool:
        """Is there a place and a radius."""
        return not math.isnan(self.lat_deg + self.radius_m) and self.radius_m > 0.0


def q_line(text: str) -> QLine | None:
    """The qualifiers of item Q; None if there is no code in it. What cannot be read of the rest is unknown."""
    parts = ["".join(p.split()).upper() for p in text.split("/")]
    if len(parts) < 2 or not re.fullmatch(r"Q[A-Z]{4}", parts[1]):
        return None
    parts += [""] * (8 - len(parts))
    lat, lon, radius_m = place(parts[7])
    fir, code, traffic, _, scope, lower, upper, _ = parts[:8]
    return QLine(fir, code[1:3], code[3:5], traffic, scope, _level(lower), _level(upper), lat, lon, radius_m)


def place(text: str) -> tuple[float, float, float]:
    """Latitude and longitude in degrees and radius in metres, NaN if they cannot be read."""
    found = _PLACE.match(text)
    if not found:
        return math.nan, math.nan, math.nan
    lat = int(found.group(1)) + int(found.group(2)) / 60.0
    lon = int(found.group(4)) + int(found.group(5)) / 60.0
    if lat > 90.0 or lon > 180.0 or int(found.group(2)) > 59 or int(found.group(5)) > 59:
        return math.nan, math.nan, math.nan
    radius_m = int(found.group(7)) * NMI_M if found.group(7) else math.nan
    return lat * (-1 if found.group(3) == "S" else 1), lon * (-1 if found.group(6) == "W" else 1), radius_m


def _level(text: str) -> float:
    return float(text) if re.fullmatch(r"\d{1,3}", text) else math.nan
