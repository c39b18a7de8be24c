"""Checks of declared areas by other means than the code's: geographiclib for geodesics, shapely for containment."""

from __future__ import annotations

import math
from collections.abc import Iterable

import numpy as np
import shapely
from geographiclib.geodesic import Geodesic

from flightward.feeds.declared.shapes import Ring
from flightward.model import AreaFrame

NMI_M = 1852.0


def from_place(lat_deg: float, lon_deg: float, bearing_deg: float, far_m: float) -> tuple[float, float]:
    """(lat, lon) of a place so far away on the ellipsoid."""
    found = Geodesic.WGS84.Direct(lat_deg, lon_deg, bearing_deg, far_m)
    return found["lat2"], found["lon2"]


def on_plane(rings: Iterable[Ring], frame: AreaFrame) -> shapely.Geometry:
    """The area of rings, as the stages see it: straight edges on the plane of a case."""
    parts = []
    for ring in rings:
        e_m, n_m = frame.to_plane(np.radians(ring.lat_deg), np.radians(ring.lon_deg))
        parts.append(shapely.Polygon(np.column_stack([e_m, n_m])))
    return shapely.union_all(parts)


def holds(rings: Iterable[Ring], places: Iterable[tuple[float, float]], frame: AreaFrame) -> bool:
    """Are all (lat, lon) places within the rings."""
    area = on_plane(rings, frame)
    lat, lon = np.radians(np.array(list(places), dtype=np.float64)).T
    e_m, n_m = frame.to_plane(np.ascontiguousarray(lat), np.ascontiguousarray(lon))
    return bool(shapely.contains_xy(area, e_m, n_m).all())


def frame_at(lat_deg: float, lon_deg: float) -> AreaFrame:
    """The plane of a case centred there."""
    return AreaFrame(math.radians(lat_deg), math.radians(lon_deg))
