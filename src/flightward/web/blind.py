"""Where no live sensor looks: the part of the area outside every live sensor's range, as rings to draw.

Only sensors that can see a drone which does not report itself count: an ADS-B receiver makes nothing visible.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from flightward.model import SensorKind, Setup

_SEEING = (SensorKind.RADAR, SensorKind.ACOUSTIC, SensorKind.RF, SensorKind.CAMERA)
_QUARTER_SEGMENTS = 24
"""Segments of a quarter circle: within 0.1 % of the radius, less than a pixel on the map."""


class BlindArea:
    """Keeps the rings of the last set of live sensors; they change only when a sensor dies or comes back."""

    def __init__(self, setup: Setup) -> None:
        self._frame = setup.frame
        sensors = setup.sensors
        self._area = shapely.Point(0.0, 0.0).buffer(setup.radius_m, _QUARTER_SEGMENTS)
        self._is_seeing = np.isin(sensors.kind, _SEEING) & ~np.isnan(sensors.max_range_m)
        radius_m = np.where(self._is_seeing, sensors.max_range_m, 0.0)
        self._discs = shapely.buffer(shapely.points(sensors.e_m, sensors.n_m), radius_m, quad_segs=_QUARTER_SEGMENTS)
        self._key: bytes | None = None
        self._table: dict[str, Any] = {}

    def table(self, is_live: NDArray[np.int8]) -> dict[str, Any]:
        """The `blind` table of a frame: rings, each outer one followed by its holes."""
        key = is_live.tobytes()
        if key != self._key:
            self._key = key
            self._table = self._rings((is_live == 1) & self._is_seeing)
        return self._table

    def _rings(self, is_on: NDArray[np.bool_]) -> dict[str, Any]:
        blind = shapely.difference(self._area, shapely.union_all(self._discs[is_on]))
        parts = [shapely.get_rings(part) for part in shapely.get_parts(blind)]
        rings = [shapely.get_coordinates(ring) for part in parts for ring in part]
        is_hole = [int(k > 0) for part in parts for k in range(len(part))]
        start = np.concatenate([[0], np.cumsum([len(r) for r in rings])])
        points = np.concatenate([np.zeros((0, 2)), *rings])
        lat, lon = self._frame.to_geodetic(points[:, 0], points[:, 1])
        lon_deg, lat_deg = np.degrees(lon), np.degrees(lat)
        return {"is_hole": is_hole, "ring_start": start, "ring_lon_deg": lon_deg, "ring_lat_deg": lat_deg}
