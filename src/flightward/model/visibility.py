"""Where the live sensors see: shared by the tracks and the threats stages."""

from __future__ import annotations

import numpy as np

from flightward.kernels import visibility
from flightward.kernels.visibility import SensorArrays
from flightward.model.batch import F64, I8, f64, i8
from flightward.model.codes import SensorKind
from flightward.model.frame import AreaFrame
from flightward.model.sensors import SensorBatch
from flightward.model.tracks import Coverage

NON_COOPERATIVE = (SensorKind.RADAR, SensorKind.ACOUSTIC, SensorKind.RF, SensorKind.CAMERA)
ROUGH_HEIGHT_M = 50.0
"""Edges of coverage are soft by this height: terrain, refraction and antenna heights are not known better."""


def sensor_arrays(sensors: SensorBatch) -> SensorArrays:
    """The sensor table as kernels take it; unknown figures become the least that the sensor can be trusted with.

    Without a range a sensor sees nothing; without a chance of detection it has 0.5; without a scan time 4 s.
    """
    radar = sensors.kind == SensorKind.RADAR
    lowest = np.nan_to_num(sensors.min_elevation_rad, nan=-0.01)
    highest = np.nan_to_num(sensors.max_elevation_rad, nan=np.pi / 2)
    # vertical and above is the same sky: a limit at the zenith is none
    highest = np.where(highest >= 1.57, 4.0, highest)
    far = np.nan_to_num(sensors.max_range_m, nan=0.0)
    near = np.nan_to_num(sensors.min_range_m, nan=0.0)
    span = np.maximum(far - near, 1.0) * 2.0 * np.pi
    clutter = np.maximum(np.nan_to_num(sensors.clutter_per_scan, nan=10.0), 1e-3)
    return SensorArrays(
        e_m=f64(sensors.e_m), n_m=f64(sensors.n_m), u_m=f64(sensors.hae_m), min_range_m=f64(near),
        max_range_m=f64(far), min_elevation_rad=f64(lowest), max_elevation_rad=f64(highest),
        scan_s=f64(np.where(sensors.scan_s > 0.0, sensors.scan_s, 4.0)),
        p_detect=f64(np.clip(np.nan_to_num(sensors.p_detect, nan=0.5), 0.01, 0.99)),
        clutter=f64(clutter / span),
        is_radio=np.isin(sensors.kind, (SensorKind.RADAR, SensorKind.ADSB, SensorKind.REMOTE_ID)).astype(np.int8),
        is_search=radar.astype(np.int8),
    )  # fmt: skip


def with_learnt(arrays: SensorArrays, coverage: Coverage, *, high: bool = False) -> SensorArrays:
    """The sensors with what the tracker has learnt of them; high: the most that can be believed, not the mean."""
    t = coverage.learnt
    if t is None:
        return arrays
    return arrays._replace(p_row=t.row, p_table=t.p_high if high else t.p_mean, p_cell_m=t.cell_m)


def seeing(sensors: SensorBatch, coverage: Coverage) -> I8:
    """(S,) 1 for each live sensor that sees what does not report itself."""
    return i8(np.isin(sensors.kind, NON_COOPERATIVE) & (coverage.is_live == 1))


def p_seen(frame: AreaFrame, sensors: SensorBatch, coverage: Coverage, e_m: F64, n_m: F64, u_m: F64) -> F64:
    """Chance per look that a live sensor sees something that does not report itself, at each of N places (N,).

    e_m, n_m, u_m (N,): plane metres and height above the ellipsoid; NaN gives NaN. Geometric coverage (range,
    elevation, radio horizon) times the sensor's chance of detection, learnt where it is; `frame` is where the
    plane lies.
    """
    del frame  # the plane's scale error (0.15 % at 500 km) is far below what coverage figures are good for
    out = np.empty(len(e_m))
    arrays = with_learnt(sensor_arrays(sensors), coverage)
    visibility.p_seen(
        arrays, seeing(sensors, coverage), f64(e_m), f64(n_m), f64(u_m), ROUGH_HEIGHT_M, 0, out
    )
    return out
