"""Sunrise and sunset, for schedules that name them.

Low-precision solar coordinates (Meeus, Astronomical Algorithms, 2nd ed., chapter 25, to 0.01 degree) and the standard
altitude of -0.833 degrees (refraction 34', radius 16'): within a minute or two below 65 degrees of latitude. Users
widen by SLACK_S.
"""

from __future__ import annotations

import math

ALTITUDE_RAD = math.radians(-0.833)
SLACK_S = 600.0
"""An aerodrome's own tables, its hills and the size of the area move it by minutes."""
DAY_S = 86_400.0
_J2000_S = 946_728_000.0


def sun_times(midnight_s: float, lat_deg: float, lon_deg: float) -> tuple[float, float] | None:
    """POSIX times of sunrise and sunset of the day that begins at `midnight_s` UTC; None where the sun does neither.

    The sunset is the one after the sunrise; far from Greenwich either may fall on the date before or after.
    """
    noon_s = midnight_s + DAY_S / 2.0 - lon_deg / 360.0 * DAY_S
    rise = set_ = noon_s
    for _ in range(3):
        found = [_event(t, noon_s, lat_deg, lon_deg, sign) for t, sign in ((rise, -1.0), (set_, 1.0))]
        if found[0] is None or found[1] is None:
            return None
        rise, set_ = found[0], found[1]
    return rise, set_


def _event(t_s: float, noon_s: float, lat_deg: float, lon_deg: float, sign: float) -> float | None:
    declination, equation_s = _sun(t_s)
    lat = math.radians(lat_deg)
    below = math.cos(lat) * math.cos(declination)
    if below <= 1e-12:
        return None
    cos_hour = (math.sin(ALTITUDE_RAD) - math.sin(lat) * math.sin(declination)) / below
    if not -1.0 <= cos_hour <= 1.0:
        return None
    return noon_s - equation_s + sign * math.acos(cos_hour) / (2.0 * math.pi) * DAY_S


def _sun(t_s: float) -> tuple[float, float]:
    """Declination in radians, and the equation of time in seconds (apparent minus mean)."""
    d = (t_s - _J2000_S) / DAY_S
    anomaly = math.radians((357.529 + 0.98560028 * d) % 360.0)
    mean_longitude = (280.459 + 0.98564736 * d) % 360.0
    longitude = math.radians(mean_longitude + 1.915 * math.sin(anomaly) + 0.020 * math.sin(2.0 * anomaly))
    tilt = math.radians(23.439 - 0.00000036 * d)
    ascension = math.degrees(math.atan2(math.cos(tilt) * math.sin(longitude), math.cos(longitude)))
    apart_deg = (mean_longitude - ascension + 180.0) % 360.0 - 180.0
    return math.asin(math.sin(tilt) * math.sin(longitude)), apart_deg * DAY_S / 360.0
