"""Pairs from latitude, longitude, track and speed."""

from __future__ import annotations

import dataclasses

import numpy as np

from flightward.encounters.pairs import PairBatch
from flightward.errors import BadInput
from flightward.kernels import tangent as kernels
from flightward.model.batch import F64, I8, Batch, column, columns


@dataclasses.dataclass(frozen=True)
class GeoBatch(Batch):
    """N aircraft on the globe. Heights of both of a pair are of the same kind."""

    lat_rad: F64 = column("f8", "rad", "latitude")
    lon_rad: F64 = column("f8", "rad", "longitude")
    h_m: F64 = column("f8", "m", "height")
    track_rad: F64 = column("f8", "rad", "course over ground, clockwise from true north")
    gs_mps: F64 = column("f8", "m/s", "ground speed")
    vu_mps: F64 = column("f8", "m/s", "vertical speed")
    t_s: F64 = column("f8", "s", "when that was")


def pairs_from_geodetic(
    own: GeoBatch, other: GeoBatch, wind_mps: tuple[float, float, float] = (0.0, 0.0, 0.0)
) -> tuple[PairBatch, I8]:
    """Each pair in the plane that touches the globe at its own aircraft, as DO-365 systems do it.

    own, other   N rows; an `other` older than its `own` is moved along its great circle to own's time.
    wind_mps     east, north, up: taken off both velocities.
    Returns      the pairs, and status (N,): 0 good, 1 a value is not finite, 2 too far apart for a plane (rows NaN).
    Errors       BadInput if the lengths differ or the wind is not three finite numbers.
    """
    if len(own) != len(other):
        raise BadInput(f"has {len(other)} rows, own has {len(own)}", key="other")
    wind = np.array(wind_mps, np.float64)
    if wind.shape != (3,) or not np.isfinite(wind).all():
        raise BadInput("must be three finite numbers", key="wind_mps", value=wind_mps)
    # times against own's, never absolute ones
    rows = [np.stack([getattr(b, f.name) for f in columns(GeoBatch)], axis=1) for b in (own, other)]
    rows[1][:, 6] -= rows[0][:, 6]
    rows[0][:, 6] -= rows[0][:, 6]
    for array in (*rows, wind):
        array.flags.writeable = False
    pairs, status = np.empty((len(own), 12)), np.empty(len(own), np.int8)
    kernels.to_plane(rows[0], rows[1], wind, pairs, status)
    return PairBatch(*np.ascontiguousarray(pairs.T)), status
