"""Reports as the engine takes them: polar ones on the plane, heights above the ellipsoid, velocities on the plane."""

from __future__ import annotations

import dataclasses

import numpy as np
from numpy.typing import NDArray

from flightward.kernels.doubts import FLAW_GOOD, FLAW_LOW, FLAW_UNHEARD
from flightward.kernels.polar import plane_to_polar, unbiased_to_plane
from flightward.model import F64, I8, I64, NONE, AreaFrame, ReportBatch, SensorBatch, SensorKind, Setup, f64, i8, i64

PRIOR_HEIGHT_M, PRIOR_HEIGHT_SIGMA_M = 1_500.0, 1_500.0
UNKNOWN_SIGMAS = (100.0, 0.01, 0.01)  # range m, azimuth rad, elevation rad: a poor radar's
UNKNOWN_BEARING_SIGMA_RAD = 0.1
EARTH_M = 6_371_000.0
BARO_M_PER_HPA = 8.23  # ICAO standard atmosphere at sea level
SIGMA_BARO_M = 30.0
SIGMA_BARO_NO_QNH_M = 100.0
SIGMA_UNKNOWN_M = 100.0
SIGMA_VELOCITY_MPS, SIGMA_CLIMB_MPS = 2.0, 1.5
SIGMA_VECTOR_MPS = 3.0
# 95 % horizontal error of NACp 0..11 in metres (RTCA DO-260B, table 2-70); unknown below 1
NAC_P_EPU_M = (np.nan, 18520.0, 7408.0, 3704.0, 1852.0, 926.0, 555.6, 185.2, 92.6, 30.0, 10.0, 3.0)
# good: 95 % within 0.1 NM and contained within 0.5 NM; collapsed: not within 0.5 NM, or not contained within 1 NM
NAC_P_GOOD, NIC_GOOD, NAC_P_LOW, NIC_LOW = 7.0, 6.0, 4.0, 4.0
# no receiver hears anything from beyond half more than its declared range
UNHEARD_FACTOR, UNHEARD_M = 1.5, 2_000.0
RADIUS_95 = 2.448  # 95 % radius of a circular normal distribution in sigmas


@dataclasses.dataclass(frozen=True)
class Plots:
    """M polar reports on the plane, writable arrays: row in the inbox, sensor, t_s, z (M, 3), r (M, 4, 4), ..."""

    row: I64
    sensor: I64
    t_s: F64
    z: F64
    r: F64
    rate_mps: F64
    rcs_m2: F64
    log_density: F64
    kind: I8
    p_kind: F64
    hostile: I8
    slope: F64  # (M, 3, 3) metres on the plane by range, azimuth and elevation
    has_elevation: NDArray[np.bool_]
    polar: F64  # (M, 3) range, azimuth, elevation as corrected
    var: F64  # (M, 3)


@dataclasses.dataclass(frozen=True)
class SelfReports:
    """M reports with an identity, in order of time."""

    row: I64
    sensor: I64
    t_s: F64
    ident: I64
    z: F64
    var: F64
    v: F64
    var_v: F64
    kind: I8
    p_kind: F64
    hostile: I8
    flaw: I8
    has_hae: NDArray[np.bool_]  # the height is geometric, not by pressure


def sigmas(sensors: SensorBatch) -> F64:
    """(S, 3) 1 sigma of range m, azimuth and elevation rad as declared; NaN unknown."""
    return np.stack([sensors.sigma_range_m, sensors.sigma_azimuth_rad, sensors.sigma_elevation_rad], axis=1)


def plots(
    reports: ReportBatch, rows: I64, sensors: SensorBatch, frame: AreaFrame, density: F64, bias: F64, spare_var: F64
) -> Plots:
    """Polar reports on the plane. Without elevation the height is a broad prior, never zero.

    rows: which reports (all with range and azimuth and a sensor). density (S,): false reports per m and rad of
    azimuth. bias (S, 4): what is taken off range, azimuth, elevation and time; spare_var (S, 3): added to their
    variances for what remains of it. Rows that cannot be converted are left out (the caller counts them by difference).
    """
    k = reports.sensor[rows]
    polar = np.stack([reports.range_m[rows], reports.azimuth_rad[rows], reports.elevation_rad[rows]], axis=1)
    polar -= bias[k, :3]
    var = np.stack([sensors.sigma_range_m[k], sensors.sigma_azimuth_rad[k], sensors.sigma_elevation_rad[k]], axis=1)
    var = np.where(np.isnan(var), UNKNOWN_SIGMAS, var) ** 2 + spare_var[k]
    place = np.stack([sensors.lat_rad[k], sensors.lon_rad[k], sensors.hae_m[k]], axis=1)
    flat = np.isnan(polar[:, 2])
    if flat.any():
        r = polar[flat, 0]
        rise = PRIOR_HEIGHT_M - place[flat, 2] - r * r / (2.0 * EARTH_M)
        polar[flat, 2] = np.arcsin(np.clip(rise / r, -0.9, 0.9))
        var[flat, 2] = (PRIOR_HEIGHT_SIGMA_M / r) ** 2
    m = len(rows)
    z, cov, slope, status = np.empty((m, 3)), np.empty((m, 3, 3)), np.empty((m, 3, 3)), np.empty(m, dtype=np.int8)
    unbiased_to_plane(
        f64(polar), f64(var), i8(flat), f64(place), frame.lat0_rad, frame.lon0_rad, z, cov, slope, status
    )
    keep = np.flatnonzero(status == 0)
    r4 = np.zeros((len(keep), 4, 4))
    r4[:, :3, :3] = cov[keep]
    k = k[keep]
    r4[:, 3, 3] = np.nan_to_num(sensors.sigma_range_rate_mps[k], nan=2.0) ** 2
    rho, el = polar[keep, 0], polar[keep, 2]
    log_density = np.log(density[k] * _share(el, k, sensors)) - 2.0 * np.log(rho) - np.log(np.cos(el))
    return Plots(
        row=i64(rows[keep]), sensor=i64(k), t_s=f64(reports.t_s[rows][keep] - bias[k, 3]), z=f64(z[keep]), r=r4,
        rate_mps=f64(reports.range_rate_mps[rows][keep]), rcs_m2=f64(reports.rcs_m2[rows][keep]),
        log_density=f64(log_density), kind=reports.kind[rows][keep], p_kind=reports.p_kind[rows][keep],
        hostile=reports.hostile[rows][keep], slope=slope[keep], has_elevation=~flat[keep],
        polar=polar[keep], var=var[keep],
    )


def at_heights(m: Plots, rows: I64, u_m: F64, var_m2: F64, sensors: SensorBatch, frame: AreaFrame) -> Plots:
    """Plots without elevation where the heights u_m (M,), with variances, of their tracks put them; rows: which."""
    polar, var, k = m.polar[rows].copy(), m.var[rows].copy(), m.sensor[rows]
    place = np.stack([sensors.lat_rad[k], sensors.lon_rad[k], sensors.hae_m[k]], axis=1)
    r = polar[:, 0]
    rise = u_m - place[:, 2] - r * r / (2.0 * EARTH_M)
    polar[:, 2] = np.arcsin(np.clip(rise / r, -0.95, 0.95))
    var[:, 2] = var_m2 / (r * r)
    n = len(rows)
    z, cov, slope, status = np.empty((n, 3)), np.empty((n, 3, 3)), np.empty((n, 3, 3)), np.empty(n, dtype=np.int8)
    unbiased_to_plane(
        f64(polar), f64(var), i8(np.ones(n)), f64(place), frame.lat0_rad, frame.lon0_rad, z, cov, slope, status
    )
    slope[:, :, 2] = 0.0
    out = dataclasses.replace(m, z=m.z.copy(), r=m.r.copy(), slope=m.slope.copy())
    out.z[rows], out.r[rows, :3, :3], out.slope[rows] = z, cov, slope
    return out


def slopes(sensors: SensorBatch, frame: AreaFrame, k: int, e_m: F64, n_m: F64, u_m: F64) -> F64:
    """(M, 3, 3) metres on the plane by range, azimuth and elevation of sensor k at plane points (M,)."""
    m = len(e_m)
    polar, z, cov, slope = np.empty((3, m)), np.empty((m, 3)), np.empty((m, 3, 3)), np.empty((m, 3, 3))
    place = (float(sensors.lat_rad[k]), float(sensors.lon_rad[k]), float(sensors.hae_m[k]))
    plane_to_polar(e_m, n_m, u_m, *place, frame.lat0_rad, frame.lon0_rad, polar[0], polar[1], polar[2])
    unbiased_to_plane(
        f64(polar.T), f64(np.zeros((m, 3))), i8(np.zeros(m)), f64(np.tile(place, (m, 1))), frame.lat0_rad,
        frame.lon0_rad, z, cov, slope, np.empty(m, dtype=np.int8),
    )
    return np.nan_to_num(slope)


def _share(elevation_rad: F64, k: I64, sensors: SensorBatch) -> F64:
    """Density of false reports over elevation, per radian: half everywhere, half in the lowest 6 degrees.

    Cases say how many false reports a scan has, not where they are; ground returns are low.
    """
    low = np.nan_to_num(sensors.min_elevation_rad[k], nan=-0.01)
    high = np.nan_to_num(sensors.max_elevation_rad[k], nan=np.pi / 2)
    near = np.minimum(high, low + 0.105)
    return 0.5 / np.maximum(high - low, 1e-3) + np.where(elevation_rad < near + 0.02, 0.5 / (near - low + 0.02), 0.0)


def self_reports(reports: ReportBatch, rows: I64, setup: Setup) -> SelfReports:
    """Reports with an identity on the plane, in order of time."""
    rows = rows[np.argsort(reports.t_s[rows], kind="stable")]
    lat, lon = reports.lat_rad[rows], reports.lon_rad[rows]
    e, n = setup.frame.to_plane(lat, lon)
    height, sigma_v = heights(reports, rows, setup)
    sigma_h = reports.sigma_h_m[rows]
    nac = np.nan_to_num(reports.nac_p[rows], nan=0.0).clip(0, 11).astype(np.int64)
    by_nac = np.asarray(NAC_P_EPU_M)[nac] / RADIUS_95
    sigma_h = np.where(np.isnan(sigma_h), by_nac, sigma_h)
    sigma_h = np.where(np.isnan(sigma_h), SIGMA_UNKNOWN_M, np.maximum(sigma_h, 3.0))
    silent = (reports.is_velocity_only[rows] == 1) | np.isnan(e)
    z = np.stack([e, n, height], axis=1)
    z[silent] = np.nan
    ve, vn = setup.frame.plane_velocity(lat, lon, reports.ve_mps[rows], reports.vn_mps[rows])
    # the plane is that of the ellipsoid: what flies h above it moves slower there, 0.4 m/s for an airliner at cruise
    lift = 1.0 + np.where(np.isnan(height), 0.0, height) / EARTH_M
    ve, vn = ve / lift, vn / lift
    # a row without a position has no point for its true north: that of the frame's centre is a few degrees off
    ve, vn = np.where(np.isnan(ve), reports.ve_mps[rows], ve), np.where(np.isnan(vn), reports.vn_mps[rows], vn)
    vu = reports.vu_mps[rows]
    unknown_climb = np.isnan(vu)
    sigma_hv = np.where(reports.sensor[rows] == NONE, SIGMA_VECTOR_MPS, SIGMA_VELOCITY_MPS)
    var_v = np.stack([sigma_hv**2, np.where(unknown_climb, 100.0, SIGMA_CLIMB_MPS**2)], axis=1)
    return SelfReports(
        row=i64(rows), sensor=i64(reports.sensor[rows]), t_s=f64(reports.t_s[rows]), ident=i64(reports.identity[rows]),
        z=f64(z), var=f64(np.stack([sigma_h**2, sigma_v**2], axis=1)),
        v=f64(np.stack([ve, vn, np.where(unknown_climb, 0.0, vu)], axis=1)), var_v=f64(var_v),
        kind=i8(reports.kind[rows].copy()), p_kind=f64(reports.p_kind[rows]), hostile=i8(reports.hostile[rows].copy()),
        flaw=_flaws(reports, rows, e, n, setup.sensors),
        has_hae=np.isfinite(reports.hae_m[rows]),
    )


def _flaws(reports: ReportBatch, rows: I64, e_m: F64, n_m: F64, sensors: SensorBatch) -> I8:
    """(M,) bits of kernels.doubts: its own quality collapsed or good; its receiver cannot hear from there."""
    nic, nac_p = reports.nic[rows], reports.nac_p[rows]
    low = (nic <= NIC_LOW) | (nac_p <= NAC_P_LOW)
    good = (np.isfinite(nic) | np.isfinite(nac_p)) & ~(nic < NIC_GOOD) & ~(nac_p < NAC_P_GOOD)
    flaw = np.where(low, FLAW_LOW, np.where(good, FLAW_GOOD, 0))
    if len(sensors):
        k = reports.sensor[rows]
        hears = (k >= 0) & ((sensors.kind[k] == SensorKind.ADSB) | (sensors.kind[k] == SensorKind.REMOTE_ID))
        far = np.hypot(e_m - sensors.e_m[k], n_m - sensors.n_m[k])
        unheard = hears & (far > UNHEARD_FACTOR * sensors.max_range_m[k] + UNHEARD_M)
        flaw = np.where(unheard, flaw | FLAW_UNHEARD, flaw)
    return i8(flaw.astype(np.int8))


def heights(reports: ReportBatch, rows: I64, setup: Setup) -> tuple[F64, F64]:
    """Height above the ellipsoid and its sigma, from the geometric height if given, else from pressure."""
    hae, baro = reports.hae_m[rows], reports.baro_m[rows]
    known_qnh = np.isfinite(setup.qnh_hpa)
    lift = (setup.qnh_hpa - 1013.25) * BARO_M_PER_HPA if known_qnh else 0.0
    geoid = setup.geoid_m if np.isfinite(setup.geoid_m) else 0.0
    by_baro = np.isnan(hae)
    height = np.where(by_baro, baro + lift + geoid, hae)
    sigma = reports.sigma_v_m[rows]
    sigma = np.where(np.isnan(sigma), SIGMA_BARO_M, np.maximum(sigma, 5.0))
    if not known_qnh:
        sigma = np.where(by_baro, np.hypot(sigma, SIGMA_BARO_NO_QNH_M), sigma)
    # no height at all: the plane position is still good
    unknown = np.isnan(height)
    return np.where(unknown, PRIOR_HEIGHT_M, height), np.where(unknown, PRIOR_HEIGHT_SIGMA_M, sigma)
