"""Reports: one row for one thing that one sensor or source said at one time."""

from __future__ import annotations

import dataclasses

from flightward.model.batch import F64, I8, I64, Batch, column


@dataclasses.dataclass(frozen=True)
class ReportBatch(Batch):
    """M reports in order of (t_rx_s, seq). A column that the sensor does not measure is NaN, or NONE."""

    t_s: F64 = column("f8", "s", "when it was true, POSIX UTC; for acoustic sensors when the sound was made")
    t_rx_s: F64 = column("f8", "s", "when it was received, POSIX UTC")
    seq: I64 = column("i8", "", "order of arrival over all feeds")
    sensor: I64 = column("i8", "row", "row in the sensor table, or NONE for a source that is not a sensor")
    range_m: F64 = column("f8", "m", "slant range from the sensor")
    azimuth_rad: F64 = column("f8", "rad", "clockwise from true north at the sensor")
    elevation_rad: F64 = column("f8", "rad", "above the sensor's horizontal")
    range_rate_mps: F64 = column("f8", "m/s", "positive going away")
    rcs_m2: F64 = column("f8", "m2", "radar cross-section as measured")
    lat_rad: F64 = column("f8", "rad", "WGS 84 latitude")
    lon_rad: F64 = column("f8", "rad", "WGS 84 longitude")
    hae_m: F64 = column("f8", "m", "height above the ellipsoid")
    baro_m: F64 = column("f8", "m", "pressure altitude, 1013.25 hPa")
    sigma_h_m: F64 = column("f8", "m", "1 sigma of each horizontal axis, as the source says")
    sigma_v_m: F64 = column("f8", "m", "1 sigma of the height, as the source says")
    nic: F64 = column("f8", "", "navigation integrity category")
    nac_p: F64 = column("f8", "", "navigation accuracy category, position")
    ve_mps: F64 = column("f8", "m/s", "velocity to true east at the point")
    vn_mps: F64 = column("f8", "m/s", "velocity to true north at the point")
    vu_mps: F64 = column("f8", "m/s", "climb")
    identity: I64 = column("i8", "name", "who it says it is (icao24, serial), number in Names, or NONE")
    kind: I8 = column("i1", "Kind", "what the sensor says it is, or NONE")
    p_kind: F64 = column("f8", "", "the sensor's own probability of `kind`")
    hostile: I8 = column("i1", "bool", "declared hostile 1, declared not 0, NONE unknown")
    source_track: I64 = column("i8", "name", "the source's own track id, number in Names, or NONE")
    is_velocity_only: I8 = column("i1", "bool", "1: the row holds no new position, only that it is still heard")
    sil: F64 = column("f8", "", "source integrity level", optional=True)
    signal_db: F64 = column(
        "f8", "dB", "strength of the signal, comparable within one source (dBm, or below full scale)", optional=True
    )
