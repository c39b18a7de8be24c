"""The protected flights of a standard day: drawn between sites, or across the area; they know nothing of raids."""

from __future__ import annotations

import math

import numpy as np

from flightward.simulate.geodesy import east_north_m, offset_deg
from flightward.simulate.places import Rng, point
from flightward.simulate.scenario import Area, Flight, Point, Site, Waypoint

_TYPES = (
    # aircraft type, kind, speed range m/s, height range m, endurance s, fuel kg
    ("EC35", "helicopter", (55.0, 68.0), (150.0, 1200.0), 6600.0, 700.0),
    ("A139", "helicopter", (60.0, 75.0), (200.0, 1500.0), 8000.0, 900.0),
    ("MI8", "helicopter", (50.0, 62.0), (100.0, 900.0), 9000.0, 1900.0),
    ("B350", "aircraft", (105.0, 140.0), (600.0, 3500.0), 12000.0, 1600.0),
    ("AN26", "aircraft", (90.0, 115.0), (600.0, 3000.0), 12000.0, 4000.0),
)
_CATEGORIES = ("medical", "humanitarian", "state")


def draw_flights(area: Area, sites: tuple[Site, ...], rng: Rng) -> tuple[Flight, ...]:
    """Ten flights: most from site to site, some that cross high up."""
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


def _hop(flight_id: str, code: str, area: Area, sites: tuple[Site, ...], rng: Rng) -> Flight:
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


def _overflight(flight_id: str, code: str, area: Area, sites: tuple[Site, ...], rng: Rng) -> Flight:
    """An airliner that crosses the area high up."""
    bearing = rng.uniform(0.0, 2.0 * math.pi)
    way = [point(area, 240000.0, bearing), point(area, 240000.0, bearing + math.pi + rng.normal(0.0, 0.4))]
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
