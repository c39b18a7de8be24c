"""border-raid: real air-ambulance tracks, moved, and a simulated raid of the size reported for 20 May 2025.

The helicopter tracks are real in shape and speed; place, height, time and identity are changed, and legs are added to
them. The raid, the sensors, the sites and the zone are invented. The raid is declared as a corridor by its own axis,
spread and rate, and each drone is drawn around it; what flies where is in no way adjusted to the flights.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

from flightward.days.day import Day
from flightward.days.moved import AREA, Leg, at, flight
from flightward.days.samples import LICENCE
from flightward.simulate.case import simulate
from flightward.simulate.scenario import Birds, Flight, Raid, Scenario, Sensor, Site, Traffic, Zone

REAL = (
    "The shapes, speeds and climbs of three air-ambulance helicopter flights (samples rega_sg, rega_zh and samu31 of "
    "the package traffic), each moved in place, height and time and under an invented address"
)
SIMULATED = (
    "Everything else: the raid (of the size reported for the Kursk region on 20 May 2025: 46 drones, rising while the "
    "flight is up), the onward legs of the flights (rega_sg from 17 min 30 s after its first position on), sensors and "
    "their reports, sites, zone, other traffic, birds"
)
_START_S = 1747749600.0
"""2025-05-20T14:00:00Z"""
_GROUND_M = AREA.ground_m
_Rng = np.random.Generator


def build(out: Path, seed: int) -> Path:
    """Write the day as a case folder at `out`. Errors: Missing if the `traffic` package is not installed."""
    return simulate(scenario(seed), seed, out)


def scenario(seed: int) -> Scenario:
    """The day's scenario: `seed` varies the raid's start, axis, count and turns, and the sensors' noise."""
    raid, sense = (np.random.default_rng(s) for s in np.random.SeedSequence([seed, 0xB0D]).spawn(2))
    return Scenario(
        name="Border raid (SIMULATED)",
        real=REAL,
        simulated=SIMULATED,
        source="tracks: samples of the PyPI package traffic; the rest drawn by the simulator of Flightward",
        licence=f"tracks: {LICENCE}; the rest CC0-1.0",
        start_s=_START_S,
        duration_s=3600,
        area=AREA,
        sensors=(*_radars(sense), *_acoustics(sense), *_receivers()),
        sites=_SITES,
        zones=(_zone(),),
        raids=_raids(seed, raid),
        flights=_flights(),
        traffic=Traffic(n=5, low_frac=0.0),
        birds=Birds(n=24, flock=3, radius_m=70000.0),
    )


def _raids(seed: int, rng: _Rng) -> tuple[Raid, ...]:
    """Two streams in one corridor from the south-south-west, the second denser; together 46 in the demo."""
    n = 46 if seed == 0 else int(rng.integers(40, 53))
    axis = np.radians(20.0 + rng.uniform(-12.0, 12.0))
    aside_km, start_s = rng.uniform(-2.0, 2.0), rng.uniform(-280.0, 120.0)
    late_s = rng.uniform(600.0, 1000.0)
    first = round(0.62 * n)
    turned, moved_km = rng.normal(0.0, 0.03), rng.normal(0.0, 2.5)
    return (
        _stream("R1", first, axis, aside_km, start_s, 52.0, 1.6, rng),
        _stream("R2", n - first, axis + turned, aside_km + moved_km, start_s + late_s, 48.0, 2.0, rng),
    )


def _stream(
    raid_id: str, n: int, axis_rad: float, aside_km: float, start_s: float, interval_s: float, quicken: float, rng: _Rng
) -> Raid:
    """One stream along the axis: 78 km before the middle of the area to 85 km past it, with drawn bends."""
    along = np.array([-78.0, -50.0, -20.0, 18.0, 50.0, 85.0])
    bend = aside_km + np.array([0.0, *rng.normal(0.0, 2.5, 4), 0.0])
    east = along * np.sin(axis_rad) + bend * np.cos(axis_rad)
    north = along * np.cos(axis_rad) - bend * np.sin(axis_rad)
    return Raid(
        id=raid_id,
        n=n,
        waypoints=tuple(at(float(e), float(k)) for e, k in zip(east, north, strict=True)),
        pattern="stream",
        start_s=round(start_s),
        interval_s=interval_s,
        quicken=quicken,
        spread_m=4500.0,
        waypoint_sigma_m=600.0,
        hae_m=_GROUND_M + 550.0,
        sigma_hae_m=120.0,
        speed_mps=50.0,
        sigma_speed_mps=1.5,
        turn_radps=0.03,
        wander_rad=0.05,
        wander_s=150.0,
        detour_frac=0.15,
        detour_m=2500.0,
        loss_per_hour=0.12,
        rcs_m2=0.05,
    )


def _radars(rng: _Rng) -> list[Sensor]:
    out = []
    for i, (east_km, north_km, mast_m) in enumerate(((24.0, -14.0, 70.0), (-32.0, -4.0, 55.0), (6.0, 44.0, 85.0))):
        lat, lon = at(east_km, north_km)
        out.append(
            Sensor(
                id=f"radar-{i + 1}",
                kind="radar",
                lat_deg=lat,
                lon_deg=lon,
                hae_m=_GROUND_M + mast_m,
                min_range_m=800.0,
                max_range_m=110000.0,
                min_elevation_rad=-0.008,
                max_elevation_rad=0.8,
                scan_s=4.0,
                sigma_range_m=round(55.0 * rng.uniform(0.75, 1.3), 1),
                sigma_azimuth_rad=round(0.003 * rng.uniform(0.75, 1.3), 5),
                sigma_elevation_rad=round(0.005 * rng.uniform(0.75, 1.3), 5),
                sigma_range_rate_mps=round(1.5 * rng.uniform(0.75, 1.3), 2) if i == 0 else None,
                p_detect=round(rng.uniform(0.87, 0.94), 2),
                clutter_per_scan=round(rng.uniform(4.0, 12.0), 1),
                rcs_half_m2=0.001,
            )
        )
    return out


def _acoustics(rng: _Rng) -> list[Sensor]:
    """A line of microphones along the border, across the corridor, and two near the towns."""
    places = [(-34.0 + 11.0 * i, -46.0 + 1.5 * i) for i in range(6)] + [(-8.0, -4.0), (9.0, 6.0)]
    out = []
    for i, (east_km, north_km) in enumerate(places):
        lat, lon = at(east_km, north_km)
        out.append(
            Sensor(
                id=f"acoustic-{i + 1}",
                kind="acoustic",
                lat_deg=lat,
                lon_deg=lon,
                hae_m=_GROUND_M + 5.0,
                max_range_m=6500.0,
                min_elevation_rad=0.0,
                scan_s=2.0,
                sigma_azimuth_rad=round(0.05 * rng.uniform(0.8, 1.25), 3),
                p_detect=0.75,
                clutter_per_scan=0.02,
                late_frac=0.005,
                label_frac=0.6,
            )
        )
    return out


def _receivers() -> list[Sensor]:
    """Near the hospitals, so that a flight is still heard when it has landed."""
    out = []
    for i, (east_km, north_km) in enumerate(((70.0, 36.0), (66.0, -30.0), (-58.0, -4.0), (40.0, 4.0))):
        lat, lon = at(east_km, north_km)
        out.append(
            Sensor(
                id=f"adsb-{i + 1}",
                kind="adsb",
                lat_deg=lat,
                lon_deg=lon,
                hae_m=_GROUND_M + 60.0,
                max_range_m=250000.0,
                scan_s=2.0,
                p_detect=0.85,
                latency_s=0.1,
                jitter_s=0.3,
                gap_s=25.0,
            )
        )
    return out


def _site(site_id: str, name: str, east_km: float, north_km: float, kind: str, capacity: int, *services: str) -> Site:
    lat, lon = at(east_km, north_km)
    return Site(
        id=site_id,
        name=name,
        lat_deg=lat,
        lon_deg=lon,
        hae_m=_GROUND_M,
        kind=kind,
        services=services,
        capacity=capacity,
    )


_SITES = (
    _site("east-hospital", "East hospital", 84.0, 8.0, "hospital", 2, "medical"),
    _site("river-airfield", "River airfield", 57.0, 2.0, "airport", 6, "fuel", "medical"),
    _site("mill-helipad", "Mill helipad", 38.0, 9.0, "helipad", 2, "medical"),
    _site("forest-helipad", "Forest helipad", 28.0, -2.0, "helipad", 1),
    _site("central-hospital", "Central hospital", -33.0, -5.0, "hospital", 3, "medical"),
    _site("west-hospital", "West hospital", -58.0, 18.0, "hospital", 2, "medical"),
    _site("south-west-clinic", "South-west clinic", -64.0, -24.0, "hospital", 1, "medical"),
    _site("north-east-hospital", "North-east hospital", 72.0, 40.0, "hospital", 2, "medical"),
    _site("meadow-helipad", "Meadow helipad", 56.0, -26.0, "helipad", 1),
    _site("quarry-helipad", "Quarry helipad", 122.0, -28.0, "helipad", 1),
    _site("lake-helipad", "Lake helipad", -32.0, 33.0, "helipad", 1),
    _site("south-east-clinic", "South-east clinic", 66.0, -34.0, "hospital", 2, "medical"),
)


def _zone() -> Zone:
    corners = tuple(
        at(22.0 + 9.0 * float(np.sin(a)), 62.0 + 9.0 * float(np.cos(a))) for a in np.linspace(0.0, 2.0 * np.pi, 9)[:-1]
    )
    return Zone(
        id="defended-north",
        kind="defended",
        polygon=corners,
        ceiling_m=5000.0,
        near_m=25000.0,
        delay_s=60.0,
        hold_s=600.0,
    )


def _flights() -> tuple[Flight, ...]:
    """rega_sg flies on through the corridor; five more stay aside of it, or cross it early."""
    return (
        # 1,050 s of the real flight, then 60 km on to the central hospital at the speed that it had
        flight(
            "rega_sg", "MEDIC1", "f00001", "rega_sg", 300.0, (84.0, 8.0), -215.0, 1050.0,
            (Leg(-12.0, -1.5, 62.0, 640.0), Leg(-33.0, -5.0, 62.0, None)),
            ("river-airfield", "mill-helipad", "forest-helipad", "north-east-hospital"),
        ),
        flight(
            "rega_zh", "MEDIC2", "f00002", "rega_zh", 900.0, (56.0, -26.0), -230.0, 270.0,
            (Leg(80.0, -12.0, 55.0, 600.0), Leg(84.0, 8.0, 55.0, None)),
            ("south-east-clinic", "river-airfield"),
        ),
        flight(
            "samu31", "MEDIC3", "f00003", "samu31", 700.0, (-58.0, 18.0), 90.0, 300.0,
            (Leg(-72.0, 0.0, 58.0, 480.0), Leg(-64.0, -24.0, 58.0, None)),
            ("west-hospital", "south-west-clinic"),
        ),
        # crosses the corridor 35 km up the way, landed before the raid is near
        flight(
            "rega_zh-early", "MEDIC4", "f00004", "rega_zh", 5.0, (-32.0, 33.0), -230.0, 215.0,
            (Leg(30.0, 37.0, 66.0, 560.0), Leg(72.0, 40.0, 66.0, None)),
            ("north-east-hospital", "west-hospital"),
        ),
        flight(
            "samu31-late", "MEDIC5", "f00005", "samu31", 1900.0, (-64.0, -24.0), 90.0, 300.0,
            (Leg(-78.0, -10.0, 58.0, 480.0), Leg(-58.0, 18.0, 58.0, None)),
            ("west-hospital", "south-west-clinic"),
        ),
        flight(
            "rega_sg-east", "MEDIC6", "f00006", "rega_sg", 1500.0, (122.0, -28.0), -215.0, 900.0,
            (Leg(66.0, -34.0, 58.0, None),),
            ("south-east-clinic", "river-airfield"),
        ),
    )  # fmt: skip


DAY = Day(
    name="border-raid",
    title="An air-ambulance helicopter and a raid of the size reported for 20 May 2025 (SIMULATED, on real tracks)",
    real=REAL,
    simulated=SIMULATED,
    is_drawn=True,
    build=build,
)
