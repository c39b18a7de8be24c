"""Places that a standard day is drawn about: so far and in such a direction from the centre."""

from __future__ import annotations

import math

import numpy as np

from flightward.simulate.geodesy import offset_deg
from flightward.simulate.scenario import Area, Point

Rng = np.random.Generator


def point(area: Area, distance_m: float, bearing_rad: float) -> Point:
    """The place at a distance and bearing from the centre of an area."""
    lat, lon = offset_deg(
        np.array(area.lat_deg),
        np.array(area.lon_deg),
        np.array(distance_m * math.sin(bearing_rad)),
        np.array(distance_m * math.cos(bearing_rad)),
    )
    return round(float(lat), 6), round((float(lon) + 180.0) % 360.0 - 180.0, 6)


def spot(area: Area, least_m: float, most_m: float, rng: Rng) -> Point:
    """A place at a drawn distance and bearing from the centre, even over the ring."""
    return point(area, math.sqrt(rng.uniform(least_m**2, most_m**2)), rng.uniform(0.0, 2.0 * math.pi))
