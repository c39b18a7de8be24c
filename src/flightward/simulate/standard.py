"""Draw a standard day: 90 minutes, up to 100 drones, 10 flights, 3 radars at 4 s, 8 acoustic sensors, anywhere.

Every number is drawn from the ranges written here, each part from a stream of its own; raids know nothing of flights,
sites, zones or sensors, and these nothing of raids. So 200 such days say how often the system is right, not how well
it fits one day.
"""

from __future__ import annotations

import math

import numpy as np

from flightward.simulate.geodesy import east_north_m, offset_deg
from flightward.simulate.scenario import (
    Area,
    Birds,
    Flight,
    Point,
    Raid,
    Scenario,
    Sensor,
    Site,
    Span,
    Traffic,
    Wave,
    Waypoint,
    Zone,
)

_MINUTES = 90
_Rng = np.random.Generator


def standard_day(seed: int) -> Scenario:
    """The scenario of one standard day; the same seed gives the same day."""
    streams = np.random.SeedSequence([seed, 0x57D]).spawn(6)
    where, sense, raid, zone, fly, rest = (np.random.default_rng(s) for s in streams)
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
        raids=_raids(area, raid),
        flights=_flights(area, sites, fly),
        traffic=Traffic(n=int(rest.integers(6, 13)), silent_frac=0.15),
        birds=Birds(n=int(rest.integers(15, 45)), flock=int(rest.integers(1, 6)), radius_m=110000.0),
    )


def _point(area: Area, distance_m: float, bearing_rad: float) -> Point:
    lat, lon = offset_deg(
        np.array(area.lat_deg),
        np.array(area.lon_deg),
        np.array(distance_m * math.sin(bearing_rad)),
        np.array(distance_m * math.cos(bearing_rad)),
    )
    return round(float(lat), 6), round((float(lon) + 180.0) % 360.0 - 180.0, 6)


def _spot(area: Area, least_m: float, most_m: float, rng: _Rng) -> Point:
    """A place at a drawn distance and bearing from the centre, even over the ring."""
    return _point(area, math.sqrt(rng.uniform(least_m**2, most_m**2)), rng.uniform(0.0, 2.0 * math.pi))


def _radars(area: Area, rng: _Rng) -> list[Sensor]:
    out = []
    for i in range(3):
        lat, lon = _spot(area, 15000.0, 85000.0, rng)
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


def _acoustics(area: Area, rng: _Rng) -> list[Sensor]:
    out = []
    for i in range(8):
        lat, lon = _spot(area, 5000.0, 110000.0, rng)
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


def _receivers(area: Area, rng: _Rng) -> list[Sensor]:
    out = []
    for i in range(int(rng.integers(2, 5))):
        lat, lon = _spot(area, 10000.0, 110000.0, rng)
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


def _sites(area: Area, rng: _Rng) -> tuple[Site, ...]:
    out = []
    for i in range(9):
        lat, lon = _spot(area, 5000.0, 125000.0, rng)
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


def _zones(area: Area, rng: _Rng) -> tuple[Zone, ...]:
    out = []
    for i in range(int(rng.integers(1, 4))):
        lat, lon = _spot(area, 0.0, 110000.0, rng)
        middle = Area(lat_deg=lat, lon_deg=lon, radius_m=1.0)
        bearings = np.sort(rng.uniform(0.0, 2.0 * math.pi, int(rng.integers(6, 11))))
        reach = rng.uniform(8000.0, 20000.0)
        corners = tuple(_point(middle, reach * rng.uniform(0.75, 1.0), float(b)) for b in bearings)
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


def _raids(area: Area, rng: _Rng) -> tuple[Raid, ...]:
    if rng.random() < 0.03:
        return ()
    total = int(rng.integers(25, 101))
    count = int(rng.integers(2, 6)) if rng.random() < 0.85 else 1
    share = rng.dirichlet(np.full(count, 2.0))
    sizes = [max(int(n), 3) for n in np.round(share * total)]
    out = []
    came_from = rng.uniform(0.0, 2.0 * math.pi)
    while sum(sizes) > 98:
        sizes[int(np.argmax(sizes))] -= 1
    if rng.random() < 0.3:
        sizes.append(int(rng.integers(1, 3)))
    for i, n in enumerate(sizes):
        way = _way(area, came_from + rng.normal(0.0, 0.6), rng)
        out.append(_raid(f"R{i + 1}", n, way, area, rng))
    return tuple(out)


def _way(area: Area, bearing: float, rng: _Rng) -> tuple[Point, ...]:
    """From one side past a drawn spot to the other side, with up to four bends of a drawn size."""
    middle_lat, middle_lon = _spot(area, 0.0, 80000.0, rng)
    middle = Area(lat_deg=middle_lat, lon_deg=middle_lon, radius_m=1.0)
    along = np.linspace(-rng.uniform(70000.0, 190000.0), rng.uniform(60000.0, 190000.0), int(rng.integers(2, 7)))
    aside = rng.normal(0.0, rng.uniform(0.0, 16000.0), len(along))
    return tuple(
        _point(middle, float(np.hypot(a, c)), bearing + math.pi + float(np.arctan2(c, a)))
        for a, c in zip(along, aside, strict=True)
    )


def _raid(raid_id: str, n: int, way: tuple[Point, ...], area: Area, rng: _Rng) -> Raid:
    """One raid with habits of its own."""
    pattern = ("stream", "wave", "formation")[int(rng.choice(3, p=[0.55, 0.25, 0.2]))]
    waves: tuple[Wave, ...] = ()
    if pattern == "wave":
        k = min(int(rng.integers(1, 4)), n)
        parts = np.full(k, n // k) + (np.arange(k) < n % k)
        after = np.cumsum(rng.uniform(300.0, 1200.0, k)) - 300.0
        waves = tuple(Wave(at_s=round(float(t)), n=int(p)) for t, p in zip(after, parts, strict=True))
    tight = pattern == "formation"
    high = rng.random() < 0.25
    return Raid(
        id=raid_id,
        n=n,
        waypoints=way,
        pattern=pattern,  # type: ignore[arg-type]
        start_s=round(rng.uniform(-2700.0, 2400.0)),
        interval_s=round(rng.uniform(30.0, 120.0) if tight else min(rng.uniform(20.0, 150.0), 4500.0 / n), 1),
        quicken=round(rng.uniform(1.0, 3.0), 2) if rng.random() < 0.4 else 1.0,
        waves=waves,
        wave_s=round(rng.uniform(30.0, 240.0)),
        line=int(rng.integers(3, 8)),
        spread_m=round(rng.uniform(300.0, 1800.0) if tight else rng.uniform(800.0, 9000.0)),
        waypoint_sigma_m=round(rng.uniform(200.0, 2500.0)),
        hae_m=round(area.ground_m + (rng.uniform(1500.0, 3000.0) if high else rng.gamma(3.0, 170.0) + 80.0)),
        sigma_hae_m=round(rng.uniform(60.0, 300.0)),
        speed_mps=round(rng.uniform(40.0, 56.0), 1),
        sigma_speed_mps=round(rng.uniform(0.5, 3.0), 2),
        turn_radps=round(rng.uniform(0.015, 0.06), 4),
        wander_rad=round(rng.uniform(0.02, 0.14), 3),
        wander_s=round(rng.uniform(60.0, 300.0)),
        detour_frac=round(rng.uniform(0.0, 0.5), 2) if rng.random() < 0.5 else 0.0,
        detour_m=round(rng.uniform(2000.0, 9000.0)),
        loss_per_hour=round(rng.uniform(0.0, 0.5), 2),
        rcs_m2=round(rng.uniform(0.03, 0.08), 3),
    )


_TYPES = (
    # aircraft type, kind, speed range m/s, height range m, endurance s, fuel kg
    ("EC35", "helicopter", (55.0, 68.0), (150.0, 1200.0), 6600.0, 700.0),
    ("A139", "helicopter", (60.0, 75.0), (200.0, 1500.0), 8000.0, 900.0),
    ("MI8", "helicopter", (50.0, 62.0), (100.0, 900.0), 9000.0, 1900.0),
    ("B350", "aircraft", (105.0, 140.0), (600.0, 3500.0), 12000.0, 1600.0),
    ("AN26", "aircraft", (90.0, 115.0), (600.0, 3000.0), 12000.0, 4000.0),
)
_CATEGORIES = ("medical", "humanitarian", "state")


def _flights(area: Area, sites: tuple[Site, ...], rng: _Rng) -> tuple[Flight, ...]:
    out: list[Flight] = []
    codes: set[str] = set()
    for i in range(10):
        code = f"{int(rng.integers(0x010000, 0xF00000)):06x}"
        while code in codes:
            code = f"{int(rng.integers(0x010000, 0xF00000)):06x}"
        codes.add(code)
        make = _overflight if rng.random() < 0.18 else _hop
        out.append(make(f"F{i + 1:02d}", code, area, sites, rng))
    return tuple(out)


def _hop(flight_id: str, code: str, area: Area, sites: tuple[Site, ...], rng: _Rng) -> Flight:
    """From one site to another by one bend, low."""
    kind_of = _TYPES[int(rng.integers(0, len(_TYPES)))]
    a, b = (sites[int(k)] for k in rng.choice(len(sites), 2, replace=False))
    if kind_of[1] == "aircraft":
        a, b = (sites[int(k)] for k in rng.choice(4, 2, replace=False))
    middle = offset_deg(
        np.array((a.lat_deg + b.lat_deg) / 2.0),
        np.array((a.lon_deg + b.lon_deg) / 2.0),
        *(np.array(v) for v in rng.normal(0.0, 28000.0, 2)),
    )
    way = [(a.lat_deg, a.lon_deg), (float(middle[0]), float(middle[1])), (b.lat_deg, b.lon_deg)]
    speed = rng.uniform(*kind_of[2])
    cruise_m = area.ground_m + round(rng.uniform(*kind_of[3]), 1)
    depart_s = round(rng.uniform(-900.0, 3600.0))
    others = [s.id for s in sites if s.id not in (a.id, b.id)]
    return Flight(
        id=flight_id,
        callsign=f"{('MED', 'HUM', 'STA')[int(rng.integers(0, 3))]}{int(rng.integers(100, 1000))}",
        icao24=code,
        aircraft_type=kind_of[0],
        kind="helicopter" if kind_of[1] == "helicopter" else "aircraft",
        category=_CATEGORIES[int(rng.integers(0, 3))],  # type: ignore[arg-type]
        endurance_s=round(kind_of[4] * rng.uniform(0.7, 1.1)),
        fuel_kg=round(kind_of[5] * rng.uniform(0.6, 1.0)),
        alternates=tuple(others[int(k)] for k in rng.choice(len(others), 3, replace=False)),
        waypoints=_timed(way, speed, cruise_m, area.ground_m, depart_s),
        sigma_across_m=round(rng.uniform(20.0, 120.0)),
        sigma_along_m=round(rng.uniform(50.0, 500.0)),
    )


def _overflight(flight_id: str, code: str, area: Area, sites: tuple[Site, ...], rng: _Rng) -> Flight:
    """An airliner that crosses the area high up."""
    bearing = rng.uniform(0.0, 2.0 * math.pi)
    way = [_point(area, 240000.0, bearing), _point(area, 240000.0, bearing + math.pi + rng.normal(0.0, 0.4))]
    height = rng.uniform(7500.0, 11500.0)
    return Flight(
        id=flight_id,
        callsign=f"AIR{int(rng.integers(100, 1000))}",
        icao24=code,
        aircraft_type="A320",
        kind="aircraft",
        category="airline",
        endurance_s=14400.0,
        fuel_kg=9000.0,
        alternates=tuple(s.id for s in sites[:2]),
        waypoints=_timed(way, rng.uniform(195.0, 240.0), height, None, round(rng.uniform(-900.0, 4200.0))),
        from_ground=False,
        to_ground=False,
    )


def _timed(
    way: list[Point], speed_mps: float, cruise_m: float, ground_m: float | None, depart_s: float
) -> tuple[Waypoint, ...]:
    """A plan with a point each 25 km; climbs over the first 8 km (or a fifth of the way), descends over the last."""
    lat, lon = (np.array(v) for v in zip(*way, strict=True))
    east, north = east_north_m(lat[:-1], lon[:-1], lat[1:], lon[1:])
    along = np.concatenate([[0.0], np.cumsum(np.hypot(east, north))])
    slope_m = min(8000.0, along[-1] / 5.0) if ground_m is not None else 0.0
    marks = {float(a) for a in along} | {slope_m, float(along[-1]) - slope_m}
    marks |= {float(a) for a in np.arange(25000.0, along[-1], 25000.0) if np.abs(along - a).min() > 2000.0}
    out: list[Waypoint] = []
    for mark in sorted(marks):
        t_s = float(round(depart_s + mark / speed_mps))
        if out and t_s <= out[-1].t_s:
            continue
        edge = ground_m is not None and (mark <= 0.0 or mark >= along[-1])
        out.append(
            Waypoint(
                t_s=t_s,
                lat_deg=round(float(np.interp(mark, along, lat)), 6),
                lon_deg=round(float(np.interp(mark, along, lon)), 6),
                hae_m=round(ground_m if edge and ground_m is not None else cruise_m, 1),
            )
        )
    return tuple(out)
