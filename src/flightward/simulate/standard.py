"""Draw a standard day: 90 minutes, up to 100 drones, 10 flights, 3 radars at 4 s, 8 acoustic sensors, anywhere.

Every number is drawn from the ranges written here, each part from a stream of its own; raids know nothing of flights,
sites, zones or sensors, and these nothing of raids. So 200 such days say how often the system is right, not how well
it fits one day.
"""

from __future__ import annotations

import math
from collections.abc import Iterable

import numpy as np

from flightward.errors import BadInput
from flightward.simulate.places import Rng, point, spot
from flightward.simulate.scenario import Area, Birds, Scenario, Sensor, Site, Span, Traffic, Zone
from flightward.simulate.standard_flights import draw_flights
from flightward.simulate.standard_habits import HABITS, with_habits
from flightward.simulate.standard_raids import draw_raids

_MINUTES = 90


def standard_day(seed: int, habits: Iterable[str] = HABITS) -> Scenario:
    """The scenario of one standard day; the same seed and habits give the same day.

    habits   the families from which each raid's habits are drawn (HABITS; docs/scenarios.md); all by default. Sensors,
             flights, sites and zones of a seed are the same whatever the habits.
    Errors   BadInput if a family is unknown or none is given.
    """
    families = tuple(sorted(set(habits)))
    for name in families or ("",):
        if name not in HABITS:
            raise BadInput(f"no such family of habits; there are {', '.join(HABITS)}", key="habits", value=name)
    streams = np.random.SeedSequence([seed, 0x57D]).spawn(7)
    where, sense, raid, zone, fly, rest, habit = (np.random.default_rng(s) for s in streams)
    area = Area(
        lat_deg=round(math.degrees(math.asin(where.uniform(-0.75, 0.92))), 3),
        lon_deg=round(where.uniform(-170.0, 170.0), 3),
        radius_m=250000.0,
        qnh_hpa=round(where.normal(1013.0, 9.0), 1),
        ground_m=round(where.uniform(0.0, 350.0), 1),
    )
    sites = _sites(area, where)
    return Scenario(
        name=f"standard day {seed}",
        start_s=float(1704067200 + 600 * int(where.integers(0, 100000))),
        duration_s=_MINUTES * 60,
        area=area,
        sensors=(*_radars(area, sense), *_acoustics(area, sense), *_receivers(area, sense)),
        sites=sites,
        zones=_zones(area, zone),
        raids=with_habits(draw_raids(area, raid), families, area, habit),
        flights=draw_flights(area, sites, fly),
        traffic=Traffic(n=int(rest.integers(6, 13)), silent_frac=0.15),
        birds=Birds(n=int(rest.integers(15, 45)), flock=int(rest.integers(1, 6)), radius_m=110000.0),
    )


def _radars(area: Area, rng: Rng) -> list[Sensor]:
    out = []
    for i in range(3):
        lat, lon = spot(area, 15000.0, 85000.0, rng)
        outages: tuple[Span, ...] = ()
        if rng.random() < 0.35:
            begin = rng.uniform(300.0, 4800.0)
            outages = (Span(from_s=round(begin), to_s=round(begin + rng.uniform(60.0, 700.0))),)
        out.append(
            Sensor(
                id=f"radar-{i + 1}",
                kind="radar",
                lat_deg=lat,
                lon_deg=lon,
                hae_m=round(area.ground_m + rng.uniform(15.0, 250.0), 1),
                min_range_m=round(rng.uniform(300.0, 1500.0)),
                max_range_m=round(rng.uniform(80000.0, 130000.0)),
                min_elevation_rad=round(rng.uniform(-0.012, -0.004), 5),
                max_elevation_rad=round(rng.uniform(0.6, 1.0), 3),
                scan_s=4.0,
                sigma_range_m=round(rng.uniform(30.0, 90.0), 1),
                sigma_azimuth_rad=round(rng.uniform(0.0018, 0.0045), 5),
                sigma_elevation_rad=round(rng.uniform(0.003, 0.008), 5),
                sigma_range_rate_mps=round(rng.uniform(0.8, 2.5), 2) if rng.random() < 0.5 else None,
                p_detect=round(rng.uniform(0.82, 0.95), 2),
                clutter_per_scan=round(rng.uniform(2.0, 22.0), 1),
                outages=outages,
                latency_s=0.2,
                jitter_s=round(rng.uniform(0.2, 0.6), 2),
                late_frac=round(rng.uniform(0.0, 0.02), 3),
                duplicate_frac=round(rng.uniform(0.0, 0.008), 4),
                rcs_half_m2=0.001,
            )
        )
    return out


def _acoustics(area: Area, rng: Rng) -> list[Sensor]:
    out = []
    for i in range(8):
        lat, lon = spot(area, 5000.0, 110000.0, rng)
        out.append(
            Sensor(
                id=f"acoustic-{i + 1}",
                kind="acoustic",
                lat_deg=lat,
                lon_deg=lon,
                hae_m=round(area.ground_m + 5.0, 1),
                max_range_m=round(rng.uniform(4000.0, 8000.0)),
                min_elevation_rad=0.0,
                scan_s=2.0,
                sigma_azimuth_rad=round(rng.uniform(0.035, 0.08), 3),
                p_detect=0.7,
                clutter_per_scan=0.02,
                late_frac=0.005,
                late_max_s=30.0,
                duplicate_frac=0.001,
            )
        )
    return out


def _receivers(area: Area, rng: Rng) -> list[Sensor]:
    out = []
    for i in range(int(rng.integers(2, 5))):
        lat, lon = spot(area, 10000.0, 110000.0, rng)
        out.append(
            Sensor(
                id=f"adsb-{i + 1}",
                kind="adsb",
                lat_deg=lat,
                lon_deg=lon,
                hae_m=round(area.ground_m + rng.uniform(20.0, 300.0), 1),
                max_range_m=280000.0,
                scan_s=2.0,
                p_detect=0.9,
                latency_s=0.1,
                jitter_s=0.3,
                gap_s=round(rng.uniform(20.0, 150.0)),
            )
        )
    return out


def _sites(area: Area, rng: Rng) -> tuple[Site, ...]:
    out = []
    for i in range(9):
        lat, lon = spot(area, 5000.0, 125000.0, rng)
        airport = i < 4
        services = ("fuel", "medical") if rng.random() < 0.3 else ("fuel",) if airport else ("medical",)
        out.append(
            Site(
                id=f"site-{i + 1}",
                name=f"{'Airport' if airport else 'Hospital'} {i + 1}",
                lat_deg=lat,
                lon_deg=lon,
                hae_m=area.ground_m,
                kind="airport" if airport else "hospital",
                services=services,
                capacity=int(rng.integers(1, 8)),
            )
        )
    return tuple(out)


def _zones(area: Area, rng: Rng) -> tuple[Zone, ...]:
    out = []
    for i in range(int(rng.integers(1, 4))):
        lat, lon = spot(area, 0.0, 110000.0, rng)
        middle = Area(lat_deg=lat, lon_deg=lon, radius_m=1.0)
        bearings = np.sort(rng.uniform(0.0, 2.0 * math.pi, int(rng.integers(6, 11))))
        reach = rng.uniform(8000.0, 20000.0)
        corners = tuple(point(middle, reach * rng.uniform(0.75, 1.0), float(b)) for b in bearings)
        near = rng.random() < 0.7
        begin = rng.uniform(300.0, 3600.0)
        out.append(
            Zone(
                id=f"defended-{i + 1}",
                kind="defended",
                polygon=corners,
                ceiling_m=round(rng.uniform(3000.0, 8000.0)),
                near_m=round(rng.uniform(15000.0, 35000.0)) if near else 0.0,
                delay_s=round(rng.uniform(20.0, 240.0)),
                hold_s=round(rng.uniform(120.0, 900.0)),
                active=() if near else (Span(from_s=round(begin), to_s=round(begin + rng.uniform(900.0, 3000.0))),),
            )
        )
    return tuple(out)
