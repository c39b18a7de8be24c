"""A small world: a helicopter and an aeroplane fly 60 km east; places to land; a raid that can be put anywhere."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Callable

import numpy as np
import pytest

from flightward.config import Config
from flightward.model import (
    NONE,
    AreaFrame,
    Coverage,
    FlightBatch,
    FlightStates,
    Futures,
    Hazard,
    Names,
    Path4D,
    RaidBatch,
    RaidPicture,
    SensorBatch,
    Setup,
    SiteBatch,
    ThreatBatch,
    ZoneBatch,
    f64,
    i8,
    i64,
)

T0_S = 1_760_000_000.0
SITES = {  # id: kind, east, north
    "base": ("hospital", 0.0, 0.0),
    "town": ("hospital", 60_000.0, 0.0),
    "pad": ("helipad", 10_000.0, -8_000.0),
    "field": ("airport", 5_000.0, -30_000.0),
    "far": ("airport", 90_000.0, 70_000.0),
}
KNOT_S = np.arange(0.0, 3601.0, 60.0)


@dataclasses.dataclass
class World:
    """The setup, and makers of what the stage is given each second."""

    setup: Setup
    cfg: Config

    def states(self, t_s: float, airborne: tuple[int, ...] = (1, 1), late_s: float = 0.0) -> FlightStates:
        """Both flights on their plans, `late_s` late."""
        paths = []
        for f, up in enumerate(airborne):
            plan = self.setup.flights.plan(f).shifted(late_s)
            paths.append(plan.after(t_s) if up else plan)
        n = len(paths)
        here = np.array([p.at(t_s) for p in paths])
        nan = f64(np.full(n, np.nan))
        flat = {k: np.concatenate([getattr(p, k) for p in paths]) for k in ("t_s", "e_m", "n_m", "u_m")}
        return FlightStates(
            t_s=t_s,
            track=i64(range(n)),
            plan_state=i8([2 if up else 1 for up in airborne]),
            is_airborne=i8(airborne),
            e_m=f64(here[:, 0]),
            n_m=f64(here[:, 1]),
            u_m=f64(here[:, 2]),
            ve_mps=nan,
            vn_mps=nan,
            vu_mps=nan,
            sigma_h_m=f64(np.full(n, 50.0)),
            sigma_growth_mps=f64(np.full(n, 1.0)),
            age_s=f64(np.zeros(n)),
            integrity=i8(np.zeros(n)),
            integrity_reason=i8(np.zeros(n)),
            start=i64(np.concatenate([[0], np.cumsum([len(p) for p in paths])])),
            path_t_s=flat["t_s"],
            path_e_m=flat["e_m"],
            path_n_m=flat["n_m"],
            path_u_m=flat["u_m"],
        )

    def threats(self, t_s: float, levels: tuple[int, ...] = (3, 0), hazard: Hazard = Hazard.RAID) -> ThreatBatch:
        """One row per flight at the level given."""
        n = len(levels)
        nan = f64(np.full(n, np.nan))
        return ThreatBatch(
            t_s=t_s,
            flight=i64(range(n)),
            site=i64([NONE] * n),
            hazard=i8([hazard if v else 0 for v in levels]),
            hazard_id=i64([1] * n),
            level=i8(levels),
            p=nan,
            t_to_s=nan,
            miss_h_m=nan,
            miss_v_m=nan,
            reason=i8([1 if v else 0 for v in levels]),
            n=i64([20] * n),
            evidence_age_s=nan,
            sensor_mask=i64([1] * n),
        )

    def coverage(self, t_s: float) -> Coverage:
        """No sensors: advice does not ask."""
        return Coverage.empty(t_s=t_s)


def raid(
    now_s: float,
    e_m: float,
    n_m: float,
    ve_mps: float,
    vn_mps: float,
    count: int = 20,
    draws: int = 32,
    u_m: float = 500.0,
    turn_rad: float = 0.02,
    radius_m: float = 3_000.0,
) -> RaidPicture:
    """A raid of `count` around a point, flying straight; courses differ by draw by up to a few `turn_rad`."""
    spread = turn_rad * np.linspace(-2.0, 2.0, draws)
    c, s = np.cos(spread), np.sin(spread)
    ve, vn = c * ve_mps - s * vn_mps, s * ve_mps + c * vn_mps
    ring = np.linspace(0.0, 2.0 * math.pi, count, endpoint=False)
    e0, n0 = e_m + radius_m * np.sin(ring), n_m + radius_m * np.cos(ring)
    shape = (draws, count, len(KNOT_S))
    futures = Futures(
        issued_s=now_s,
        knot_s=now_s + KNOT_S,
        track=i64(range(count)),
        raid=i64([1] * count),
        e_m=np.broadcast_to(e0[None, :, None] + ve[:, None, None] * KNOT_S, shape).copy(),
        n_m=np.broadcast_to(n0[None, :, None] + vn[:, None, None] * KNOT_S, shape).copy(),
        u_m=np.full(shape, u_m),
        present=np.ones(shape[:2], np.int8),
        lost_s=np.full(shape[:2], np.inf),
    )
    return RaidPicture(RaidBatch.empty(t_s=now_s), futures, True)


def make_world(zones: ZoneBatch | None = None, endurance_s: float = 7_200.0, wing: bool = False) -> World:
    """Flight 0 the helicopter (60 m/s, 500 m), flight 1 the aeroplane (120 m/s, 3,000 m); both base to town."""
    names = Names()
    frame = AreaFrame(math.radians(50.0), math.radians(24.0))
    e, n = f64([v[1] for v in SITES.values()]), f64([v[2] for v in SITES.values()])
    lat, lon = frame.to_geodetic(e, n)
    k = len(SITES)
    sites = SiteBatch(
        name=i64([names.intern(s) for s in SITES]),
        title=i64([names.intern(s.title()) for s in SITES]),
        lat_rad=lat,
        lon_rad=lon,
        hae_m=f64(np.full(k, 100.0)),
        e_m=e,
        n_m=n,
        kind=i64([names.intern(v[0]) for v in SITES.values()]),
        capacity=i64([1] * k),
        service_start=i64([0] * (k + 1)),
        service=i64([]),
    )
    t = [0.0, 100.0, 950.0, 1_020.0, 0.0, 400.0, 450.0, 610.0]
    east = [0.0, 6_000.0, 57_000.0, 60_000.0, 0.0, 40_000.0, 45_000.0, 60_000.0]
    up = [100.0, 500.0, 500.0, 100.0, 100.0, 3_000.0, 3_000.0, 100.0]
    flights = FlightBatch(
        name=i64([names.intern("H1"), names.intern("A1")]),
        callsign=i64([names.intern("MED1"), names.intern("MED2")]),
        identity=i64([names.intern("000001"), names.intern("000002")]),
        aircraft_type=i64([names.intern("EC35"), names.intern("B350")]),
        category=i8([0, 0]),
        endurance_s=f64([endurance_s, endurance_s]),
        fuel_kg=f64([np.nan, np.nan]),
        start=i64([0, 4, 8]),
        wp_t_s=f64(np.array(t) + T0_S),
        wp_e_m=f64(east),
        wp_n_m=f64(np.zeros(8)),
        wp_u_m=f64(up),
        alternate_start=i64([0, 1, 2]),
        alternate=i64([3, 3]),
    )
    setup = Setup(
        title="small",
        real="nothing",
        simulated="everything",
        source="test",
        licence="CC0-1.0",
        frame=frame,
        radius_m=150_000.0,
        qnh_hpa=math.nan,
        geoid_m=math.nan,
        start_s=T0_S,
        end_s=T0_S + 5_400.0,
        names=names,
        sensors=SensorBatch.empty(),
        sites=sites,
        zones=ZoneBatch.empty() if zones is None else zones,
        flights=flights,
    )
    return World(setup, Config())


def closed_zone(e: tuple[float, float], n: tuple[float, float], exempt_mask: int = 0) -> ZoneBatch:
    """One closed box of airspace, from the ground up, active all day."""
    return ZoneBatch(
        name=i64([0]),
        kind=i8([1]),
        floor_m=f64([-np.inf]),
        ceiling_m=f64([np.inf]),
        source=i64([NONE]),
        exempt_mask=i64([exempt_mask]),
        start=i64([0, 4]),
        e_m=f64([e[0], e[1], e[1], e[0]]),
        n_m=f64([n[0], n[0], n[1], n[1]]),
        window_start=i64([0, 1]),
        from_s=f64([T0_S - 1e4]),
        to_s=f64([T0_S + 1e5]),
        published_s=f64([np.nan]),
    )


@pytest.fixture
def world() -> World:
    """The world without zones."""
    return make_world()


@pytest.fixture
def make() -> Callable[..., World]:
    """Maker of other worlds."""
    return make_world


@pytest.fixture
def place_raid() -> Callable[..., RaidPicture]:
    """Maker of raids."""
    return raid


@pytest.fixture
def zone() -> Callable[..., ZoneBatch]:
    """Maker of closed airspace."""
    return closed_zone


@pytest.fixture
def path_of() -> Callable[[World, int], Path4D]:
    """The plan of a flight."""
    return lambda world, flight: world.setup.flights.plan(flight)
