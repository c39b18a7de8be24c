"""A small made-up area with one or two flights, its tracks and futures, for threats tests."""

from __future__ import annotations

import dataclasses

import numpy as np

from flightward.model import (
    NONE,
    AreaAlertBatch,
    AreaFrame,
    Coverage,
    FlightBatch,
    Futures,
    Names,
    RaidBatch,
    RaidPicture,
    SensorBatch,
    Setup,
    SiteBatch,
    TrackBatch,
    ZoneBatch,
    f64,
    i8,
    i64,
)

T0 = 1_700_000_000.0
NO_ALERTS = AreaAlertBatch.empty()


def setup(plans, *, zones=None, radar_range_m=100_000.0, category=0):
    """plans: one list of (t, e, n, u) per flight; one radar in the middle; identity numbers are 0, 1, ..."""
    n = len(plans)
    wp = np.array([row for plan in plans for row in plan], dtype=float).reshape(-1, 4)
    flights = FlightBatch(
        name=i64(np.arange(n)), callsign=i64(np.full(n, NONE)), identity=i64(np.arange(n)),
        aircraft_type=i64(np.full(n, NONE)), category=i8(np.full(n, category)), endurance_s=np.full(n, np.nan),
        fuel_kg=np.full(n, np.nan), start=i64(np.concatenate([[0], np.cumsum([len(p) for p in plans])])),
        wp_t_s=T0 + wp[:, 0], wp_e_m=f64(wp[:, 1]), wp_n_m=f64(wp[:, 2]), wp_u_m=f64(wp[:, 3]),
        alternate_start=np.zeros(n + 1, np.int64), alternate=np.zeros(0, np.int64),
    )
    one = np.ones(1)
    sensors = SensorBatch(
        name=i64([0]), kind=i8([0]), lat_rad=one * 0.8, lon_rad=one * 0.5, hae_m=one * 100, e_m=one * 0, n_m=one * 0,
        min_range_m=one * 0, max_range_m=one * radar_range_m, min_elevation_rad=one * -0.05,
        max_elevation_rad=one * 1.5708, scan_s=one * 4, sigma_range_m=one * 50, sigma_azimuth_rad=one * 0.003,
        sigma_elevation_rad=one * 0.005, sigma_range_rate_mps=one * np.nan, p_detect=one * 0.9,
        clutter_per_scan=one * 10,
    )
    sites = dataclasses.replace(SiteBatch.empty())
    return Setup(
        title="test", real="nothing", simulated="everything", source="", licence="", frame=AreaFrame(0.8, 0.5),
        radius_m=250e3, qnh_hpa=np.nan, geoid_m=0.0, start_s=T0, end_s=T0 + 3600, names=Names(["a", "b"]),
        sensors=sensors, sites=sites, zones=ZoneBatch.empty() if zones is None else zones, flights=flights,
    )


def tracks(t_s, flights=(), drones=()):
    """flights: (identity, e, n, u, ve, vn, age_s, integrity); drones: (track number, e, n, u, ve, vn)."""
    rows = [(1000 + f[0], *f[1:6], 0.0, f[0], 0.0, f[6], f[7]) for f in flights]
    rows += [(d[0], *d[1:6], 0.0, NONE, 0.95, 1.0, 0) for d in drones]
    n = len(rows)
    a = np.array(rows, dtype=float).reshape(n, 11)
    cov = np.zeros((n, 6, 6))
    cov[:, np.arange(6), np.arange(6)] = [400, 400, 100, 4, 4, 1]
    p_class = np.zeros((n, 5))
    p_class[:, 0], p_class[:, 1] = a[:, 8] > 0, a[:, 8] == 0
    return TrackBatch(
        t_s=t_s, track=i64(a[:, 0]), e_m=f64(a[:, 1]), n_m=f64(a[:, 2]), u_m=f64(a[:, 3]), ve_mps=f64(a[:, 4]),
        vn_mps=f64(a[:, 5]), vu_mps=f64(a[:, 6]), cov=cov, p_exists=np.ones(n), p_class=p_class,
        p_hostile=f64(a[:, 8]), hostile=i8(np.full(n, NONE)), hostile_source=i8(np.full(n, 2)),
        identity=i64(a[:, 7]), status=i8(np.ones(n)), age_s=f64(a[:, 9]), since_s=np.full(n, T0),
        n_reports=i64(np.full(n, 10)), sensor_mask=i64(np.ones(n)), integrity=i8(a[:, 10]),
        integrity_reason=i8(np.zeros(n)),
    )


def coverage(t_s, live=True):
    return Coverage(t_s, i8([int(live)]), f64([1.0]), i64([9]))


def picture(t_s, drones, *, p_present=1.0, draws=64, is_new=True):
    """One raid (number 5) of the drones, each flying straight on in every draw, present in a share of the draws."""
    n = len(drones)
    if n == 0:
        return RaidPicture(RaidBatch.empty(t_s=t_s), None, is_new)
    d = np.array([row[1:6] for row in drones], dtype=float)
    knots = np.array([0.0, 600, 1800, 3600])
    shape = (draws, n, len(knots))
    present = np.broadcast_to((np.arange(draws) < round(p_present * draws))[:, None], (draws, n))
    futures = Futures(
        t_s, t_s + knots, i64([row[0] for row in drones]), i64(np.full(n, 5)),
        f64(np.broadcast_to(d[:, 0, None] + d[:, 3, None] * knots, shape)),
        f64(np.broadcast_to(d[:, 1, None] + d[:, 4, None] * knots, shape)),
        f64(np.broadcast_to(d[:, 2, None], shape)), i8(present), np.full((draws, n), np.inf),
    )
    one = np.ones(1)
    raids = RaidBatch(
        t_s=t_s, raid=i64([5]), n_expected=one * n, e_m=one * d[:, 0].mean(), n_m=one * d[:, 1].mean(),
        u_m=one * d[:, 2].mean(), ve_mps=one * d[:, 3].mean(), vn_mps=one * d[:, 4].mean(), speed_mps=one * 50,
        course_spread_rad=one * 0.1, speed_spread_mps=one * 2, arrivals_per_min=one, since_s=one * T0,
        start=i64([0, n]), member=i64([row[0] for row in drones]), extent_start=i64([0, 0]),
        extent_e_m=np.zeros(0), extent_n_m=np.zeros(0),
    )
    return RaidPicture(raids, futures, is_new)
