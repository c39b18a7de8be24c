"""A made-up day in model batches, without any stage: two raids, six flights, sensors, zones, an alert. No random."""

from __future__ import annotations

import functools
import math
from collections.abc import Iterator
from typing import Any

import h3
import numpy as np

from flightward.model import (
    NONE,
    AdviceBatch,
    AreaAlertBatch,
    AreaFrame,
    CellForecast,
    Coverage,
    FlightBatch,
    FlightStates,
    Hazard,
    Kind,
    Level,
    Names,
    Option,
    RaidBatch,
    RaidPicture,
    Reason,
    SensorBatch,
    Setup,
    SiteBatch,
    StepResult,
    ThreatBatch,
    TrackBatch,
    WarningBatch,
    ZoneBatch,
    f64,
    i8,
    i64,
)

T0_S = 1_747_742_400.0
"""2025-05-20 12:00:00 UTC."""
LENGTH_S = 3600.0
N_DRONES = 46
_FLIGHTS = (
    ("rega_sg", "RGA12", "EC45", 0, (-105e3, -40e3), (70e3, 35e3), 700.0),
    ("heli_02", "MED07", "A139", 0, (-60e3, 60e3), (-20e3, 110e3), 600.0),
    ("hum_03", "UNO41", "B190", 1, (-140e3, 90e3), (60e3, -120e3), 4200.0),
    ("gov_04", "STA01", "MI8", 2, (90e3, 95e3), (120e3, 10e3), 500.0),
    ("air_05", "AUI235", "B738", 3, (-170e3, -110e3), (-20e3, -160e3), 10600.0),
    ("med_06", "MED11", "EC35", 0, (30e3, -90e3), (75e3, -60e3), 450.0),
)


def _names_of(names: Names, words: list[str]) -> Any:
    return i64([names.intern(w) for w in words])


def _circle(e_m: float, n_m: float, r_m: float, count: int = 24) -> tuple[Any, Any]:
    a = np.linspace(0.0, 2.0 * math.pi, count, endpoint=False)
    return e_m + r_m * np.sin(a), n_m + r_m * np.cos(a)


def make_setup() -> Setup:
    """The unchanging part."""
    names = Names()
    frame = AreaFrame(math.radians(51.2), math.radians(35.4))
    return Setup(
        title="synthetic day", real="nothing", simulated="everything", source="tests", licence="Apache-2.0",
        frame=frame, radius_m=200e3, qnh_hpa=math.nan, geoid_m=0.0, start_s=T0_S, end_s=T0_S + LENGTH_S, names=names,
        sensors=_sensors(names, frame), sites=_sites(names, frame), zones=_zones(names), flights=_flights(names),
    )


def _sensors(names: Names, frame: AreaFrame) -> SensorBatch:
    rows = [
        ("radar-1", 0, 20e3, -10e3, 110e3), ("radar-2", 0, -80e3, 55e3, 100e3), ("radar-3", 0, 105e3, 60e3, 90e3),
        *[(f"mic-{i}", 1, 60e3 - 18e3 * i, 75e3 - 26e3 * i, 8e3) for i in range(6)],
        ("adsb-1", 4, -20e3, -30e3, 250e3),
    ]
    e, n = f64([r[2] for r in rows]), f64([r[3] for r in rows])
    lat, lon = frame.to_geodetic(e, n)
    nan = f64(np.full(len(rows), math.nan))
    return SensorBatch(
        _names_of(names, [r[0] for r in rows]), i8([r[1] for r in rows]), lat, lon, f64(np.full(len(rows), 220.0)),
        e, n, nan, f64([r[4] for r in rows]), *[nan] * 9,
    )


def _sites(names: Names, frame: AreaFrame) -> SiteBatch:
    rows = [
        ("hosp-n", "Northfield hospital", "hospital", 62e3, 28e3),
        ("pad-w", "Westmere helipad", "helipad", -55e3, -15e3),
        ("apt-s", "Southam", "airport", -18e3, -60e3), ("hosp-c", "Central hospital", "hospital", 10e3, 52e3),
    ]
    e, n = f64([r[3] for r in rows]), f64([r[4] for r in rows])
    lat, lon = frame.to_geodetic(e, n)
    k = len(rows)
    return SiteBatch(
        _names_of(names, [r[0] for r in rows]), _names_of(names, [r[1] for r in rows]), lat, lon,
        f64(np.full(k, 200.0)), e, n, _names_of(names, [r[2] for r in rows]), i64([NONE] * k),
        i64(np.zeros(k + 1)), i64([]),
    )


def _zones(names: Names) -> ZoneBatch:
    a = _circle(35e3, 20e3, 22e3, 8)
    b = _circle(-120e3, 10e3, 18e3, 5)
    return ZoneBatch(
        _names_of(names, ["AD-7", "ED-R 12"]), i8([0, 1]), f64([-math.inf, -math.inf]), f64([6000.0, 3000.0]),
        _names_of(names, ["case", "NOTAM A1234/25"]), i64([0, 0]), i64([0, 8, 13]),
        f64(np.concatenate([a[0], b[0]])), f64(np.concatenate([a[1], b[1]])),
        i64([0, 1, 2]), f64([T0_S + 300.0, T0_S]), f64([math.nan, T0_S + LENGTH_S]), f64([math.nan, math.nan]),
    )


def _flights(names: Names) -> FlightBatch:
    k = len(_FLIGHTS)
    wp = [(T0_S + t, *xy, h) for f in _FLIGHTS for t, xy, h in ((0.0, f[4], f[6]), (LENGTH_S, f[5], f[6]))]
    return FlightBatch(
        _names_of(names, [f[0] for f in _FLIGHTS]), _names_of(names, [f[1] for f in _FLIGHTS]),
        _names_of(names, [f"4b{i:04x}" for i in range(k)]), _names_of(names, [f[2] for f in _FLIGHTS]),
        i8([f[3] for f in _FLIGHTS]), f64(np.full(k, 7200.0)), f64(np.full(k, 300.0)), i64(np.arange(0, 2 * k + 1, 2)),
        f64([w[0] for w in wp]), f64([w[1] for w in wp]), f64([w[2] for w in wp]), f64([w[3] for w in wp]),
        i64(np.zeros(k + 1)), i64([]),
    )


def make_alerts(setup: Setup) -> AreaAlertBatch:
    """One area alert that begins with the day."""
    e, n = _circle(60e3, 70e3, 55e3, 9)
    names = setup.names
    return AreaAlertBatch(
        f64([T0_S - 120.0]), f64([T0_S]), i64([0]), _names_of(names, ["North-east district"]),
        _names_of(names, ["air_raid"]), i8([1]), i8([0]), _names_of(names, ["tests"]), i64([0, 9]), f64(e), f64(n),
    )


def _drones(t: float) -> tuple[Any, Any, Any, Any]:
    """Plane positions and velocities of all drones at t seconds of the day."""
    i = np.arange(N_DRONES)
    group = (i >= 28).astype(float)
    course = np.where(group == 0, math.radians(232.0), math.radians(262.0)) + 0.02 * np.sin(i * 2.1)
    ve, vn = 50.0 * np.sin(course), 50.0 * np.cos(course)
    e0 = np.where(group == 0, 150e3, 175e3) + 6e3 * np.sin(i * 1.7) + 900.0 * i
    n0 = np.where(group == 0, 128e3, 20e3) + 6e3 * np.cos(i * 2.3)
    return e0 + ve * t, n0 + vn * t, ve, vn


def make_steps(setup: Setup, n_steps: int = int(LENGTH_S)) -> Iterator[StepResult]:
    """One result per second."""
    for k in range(n_steps):
        yield _step(setup, float(k))


def _step(setup: Setup, t: float) -> StepResult:
    tracks = _tracks(setup, t)
    states = _states(setup, t, tracks)
    raids = _raids(t)
    cells = _cells(setup.frame, 60.0 * (t // 60.0))
    level, p = _danger(t)
    n_sensors = len(setup.sensors)
    live = np.ones(n_sensors, np.int8)
    live[2 : 3 if t > 900.0 else 2] = 0
    coverage = Coverage(
        T0_S + t, i8(live), f64(np.where(live == 1, t % 4.0, t - 900.0)), i64(np.full(n_sensors, int(t)))
    )
    track_raid = i64([NONE] * 6 + [1] * 28 + [2] * (N_DRONES - 28))
    return StepResult(
        t_s=T0_S + t, tracks=tracks, coverage=coverage, picture=RaidPicture(raids, None, False, cells, None),
        states=states, threats=_threats(t, level, p), warnings=_warnings(t, p), advice=_advice(setup, t, states),
        track_raid=track_raid,
    )


def _danger(t: float) -> tuple[Level, float]:
    p = min(0.95, max(0.0, (t - 200.0) / 900.0))
    return (Level.WARNING if p > 0.5 else Level.CAUTION if p > 0.2 else Level.ADVISORY if p > 0.05 else Level.CLEAR), p


def _tracks(setup: Setup, t: float) -> TrackBatch:
    de, dn, dve, dvn = _drones(t)
    plans = [setup.flights.plan(f) for f in range(len(setup.flights))]
    here = np.array([p.at(T0_S + t) for p in plans])
    ahead = np.array([p.at(T0_S + t + 1.0) for p in plans])
    n = len(plans) + N_DRONES
    is_flight = np.arange(n) < len(plans)
    p_class = np.zeros((n, 5))
    p_class[is_flight, Kind.HELICOPTER], p_class[~is_flight, Kind.DRONE] = 0.97, 0.9
    p_class[is_flight, Kind.AIRCRAFT], p_class[~is_flight, Kind.UNKNOWN] = 0.03, 0.1
    p_class[4] = [0, 1, 0, 0, 0]
    cov = np.tile(np.eye(6) * 60.0**2, (n, 1, 1))
    v = (ahead - here) * (t < LENGTH_S)
    status = np.where(np.arange(n) % 11 == 10, 2, 1)
    return TrackBatch(
        T0_S + t, i64(np.arange(1, n + 1)), f64([*here[:, 0], *de]), f64([*here[:, 1], *dn]),
        f64([*here[:, 2], *np.full(N_DRONES, 400.0)]), f64([*v[:, 0], *dve]), f64([*v[:, 1], *dvn]), f64(np.zeros(n)),
        f64(cov), f64(np.full(n, 0.98)), f64(p_class), f64(np.where(is_flight, 0.0, 0.9)),
        i8(np.where(is_flight, 0, NONE)), i8(np.where(is_flight, 1, 2)),
        i64([*setup.flights.identity, *([NONE] * N_DRONES)]), i8(status), f64(np.where(status == 2, 14.0, 1.0)),
        f64(np.full(n, T0_S)), i64(np.full(n, int(t) + 1)), i64(np.full(n, 1)), i8(np.zeros(n)), i8(np.zeros(n)),
    )


def _states(setup: Setup, t: float, tracks: TrackBatch) -> FlightStates:
    k = len(setup.flights)
    paths = [setup.flights.plan(f).after(T0_S + t) for f in range(k)]
    start = i64(np.concatenate([[0], np.cumsum([len(p) for p in paths])]))
    stale = np.zeros(k)
    stale[2] = max(0.0, t - 1200.0)
    return FlightStates(
        T0_S + t, i64(np.arange(1, k + 1)), i8(np.full(k, 2)), i8(np.ones(k)), tracks.e_m[:k], tracks.n_m[:k],
        tracks.u_m[:k], tracks.ve_mps[:k], tracks.vn_mps[:k], tracks.vu_mps[:k], f64(60.0 + 8.0 * stale),
        f64(np.full(k, 1.0)), f64(1.0 + stale), i8(stale > 0.0), i8(stale > 0.0), start,
        *[f64(np.concatenate([getattr(p, c) for p in paths])) for c in ("t_s", "e_m", "n_m", "u_m")],
    )


def _raids(t: float) -> RaidBatch:
    e, n, ve, vn = _drones(t)
    groups = [slice(0, 28), slice(28, N_DRONES)]
    rings = []
    for g in groups:
        reach = 4e3 + float(np.hypot(e[g] - e[g].mean(), n[g] - n[g].mean()).max())
        rings.append(_circle(float(e[g].mean()), float(n[g].mean()), reach))

    def mean(values: Any) -> Any:
        return f64([values[g].mean() for g in groups])

    return RaidBatch(
        T0_S + t, i64([1, 2]), f64([26.4, 16.9]), mean(e), mean(n), f64([400.0, 420.0]), mean(ve), mean(vn),
        f64([50.0, 50.0]), f64([0.05, 0.07]), f64([1.0, 1.2]), f64([3.0 + t / 600.0, 1.4]), f64([T0_S, T0_S + 60.0]),
        i64([0, 28, N_DRONES]), i64(np.arange(7, 7 + N_DRONES)), i64([0, 24, 48]),
        f64(np.concatenate([r[0] for r in rings])), f64(np.concatenate([r[1] for r in rings])),
    )


@functools.lru_cache(maxsize=100)
def _cells(frame: AreaFrame, issued: float) -> CellForecast:
    rows: dict[tuple[float, int], float] = {}
    horizons = (60.0, 300.0, 600.0, 1200.0, 1800.0, 3600.0)
    for horizon in horizons:
        e, n, _, _ = _drones(issued + horizon)
        lat, lon = frame.to_geodetic(f64(e), f64(n))
        for a, b in zip(np.degrees(lat), np.degrees(lon), strict=True):
            centre = h3.latlng_to_cell(float(a), float(b), 6)
            for ring in range(1 + int(horizon // 600.0)):
                share = 0.25 / (1.0 + 2.0 * ring) / (1.0 + horizon / 900.0)
                for cell in h3.grid_ring(centre, ring):
                    key = (horizon, h3.str_to_int(cell))
                    rows[key] = 1.0 - (1.0 - rows.get(key, 0.0)) * (1.0 - share)
    keys = sorted(rows)
    p = f64([rows[k] for k in keys])
    return CellForecast(
        T0_S + issued, 6, f64([k[0] for k in keys]), np.array([k[1] for k in keys], np.uint64), p, f64(p),
    )


def _threats(t: float, level: Level, p: float) -> ThreatBatch:
    stale = t > 1200.0
    flights = [0, 1, 2, 3, 4, 5]
    levels = [level, Level.CLEAR, Level.BLIND if stale else Level.CLEAR, Level.ADVISORY, Level.CLEAR, Level.CLEAR]
    hazards = [2, 0, Hazard.BLIND if stale else 0, Hazard.RAID, 0, 0]
    reasons = [Reason.RAID_ON_ROUTE, 0, Reason.POSITION_STALE if stale else 0, Reason.RAID_ON_ROUTE, 0, 0]
    return ThreatBatch(
        T0_S + t, i64(flights), i64([NONE] * 6), i8(hazards), i64([1, NONE, NONE, 2, NONE, NONE]),
        i8([int(x) for x in levels]), f64([p, 0, math.nan, 0.06, 0, 0]), f64([1500.0 - t, *[math.nan] * 5]),
        f64([1200.0, *[math.nan] * 5]), f64([300.0, *[math.nan] * 5]), i8([int(r) for r in reasons]),
        i64([26, NONE, NONE, 17, NONE, NONE]), f64(np.full(6, 2.0)), i64(np.ones(6)),
    )


def _warnings(t: float, p: float) -> WarningBatch:
    change = {380.0: 1, 650.0: 2, 1700.0: 3}.get(t)
    if change is None:
        return WarningBatch.empty(t_s=T0_S + t)
    level = Level.CAUTION if change == 1 else Level.WARNING
    return WarningBatch(
        T0_S + t, i64([1]), i8([change]), i64([0]), i64([NONE]), i8([Hazard.RAID]), i64([1]), i8([level]),
        f64([T0_S + 380.0]), f64([T0_S + 380.0]), f64([T0_S + t if change == 3 else math.nan]), f64([T0_S + 1500.0]),
        f64([p]), i8([Reason.RAID_ON_ROUTE]), i64([26]), f64([T0_S + 2400.0]),
    )


def _advice(setup: Setup, t: float, states: FlightStates) -> AdviceBatch | None:
    if t < 380.0 or t % 10.0 != 0.0 or t > 1700.0:
        return None
    e, n, u = (float(c[0]) for c in (states.e_m, states.n_m, states.u_m))
    west = (float(setup.sites.e_m[1]), float(setup.sites.n_m[1]))
    plan = setup.flights.plan(0).at(T0_S + LENGTH_S)
    routes = [[(e, n), west], [(e, n), (e - 8e3, n + 3e3), (e, n)], [(e, n), plan[:2]]]
    start = i64(np.concatenate([[0], np.cumsum([len(r) for r in routes])]))
    points = np.array([xy for r in routes for xy in r])
    return AdviceBatch(
        T0_S + t, i64([0, 0, 0]), i8([Option.DIVERT, Option.HOLD, Option.CONTINUE]), i64([0, 1, 2]),
        f64([0.004, 0.11, 0.83]), f64([420.0, 900.0, 0.0]), f64([9e3, 26e3, 0.0]),
        f64([T0_S + 1180.0, T0_S + 980.0, math.nan]), i64([1, NONE, NONE]), f64([4.7, math.nan, math.nan]), start,
        f64(np.full(len(points), T0_S + t)), f64(points[:, 0]), f64(points[:, 1]), f64(np.full(len(points), u)),
    )

