"""Real tracks put somewhere else: moved in place, height and time, with legs added. Distances of border-raid in km."""

from __future__ import annotations

import dataclasses

import numpy as np

from flightward.days.samples import Fixes, read_fixes, sample_path
from flightward.simulate.geodesy import east_north_m, offset_deg
from flightward.simulate.scenario import Area, Flight, Waypoint

AREA = Area(lat_deg=51.7, lon_deg=36.2, radius_m=150000.0, qnh_hpa=1014.0, ground_m=200.0)
_PLAN_EVERY_S = 60.0
_EDGE_S = 60.0
"""A minute of simulated climb from the ground to the first real fix, and of descent at the end."""


@dataclasses.dataclass(frozen=True)
class Leg:
    """A simulated leg on to a place, km east and north of the area's centre; hae None = land there."""

    east_km: float
    north_km: float
    speed_mps: float
    hae_m: float | None


def at(east_km: float, north_km: float) -> tuple[float, float]:
    """Latitude and longitude of a place by its distance from the area's centre."""
    centre = np.array(AREA.lat_deg), np.array(AREA.lon_deg)
    lat, lon = offset_deg(*centre, np.array(1000.0 * east_km), np.array(1000.0 * north_km))
    return round(float(lat), 6), round(float(lon), 6)


def flight(
    flight_id: str,
    callsign: str,
    icao24: str,
    sample: str,
    from_s: float,
    place_km: tuple[float, float],
    up_m: float,
    real_s: float,
    legs: tuple[Leg, ...],
    alternates: tuple[str, ...],
) -> Flight:
    """A flight on a moved track: takes off at from_s at a place, flies real_s of the real one, then the legs."""
    fixes = read_fixes(sample_path(f"ambulances/{sample}.json.gz"))
    flown = _flown(fixes, from_s, place_km, up_m, real_s, legs)
    return Flight(
        id=flight_id,
        callsign=callsign,
        icao24=icao24,
        aircraft_type="A109" if sample.startswith("rega") else "EC35",
        category="medical",
        endurance_s=6300.0,
        fuel_kg=420.0,
        alternates=alternates,
        waypoints=_thinned(flown),
        flown=flown,
    )


def _flown(
    fixes: Fixes, from_s: float, place_km: tuple[float, float], up_m: float, real_s: float, legs: tuple[Leg, ...]
) -> tuple[Waypoint, ...]:
    """Take-off, the real positions relative to the first one, the legs, the landing."""
    keep = fixes.t_s <= fixes.t_s[0] + real_s
    t, lat, lon, baro = (v[keep] for v in (fixes.t_s, fixes.lat_deg, fixes.lon_deg, fixes.baro_m))
    east, north = east_north_m(np.full(len(t), lat[0]), np.full(len(t), lon[0]), lat, lon)
    out = [_point(from_s, *place_km, AREA.ground_m)]
    for s, e, n, h in zip(t - t[0] + from_s + _EDGE_S, east / 1000.0, north / 1000.0, baro + up_m, strict=True):
        out.append(_point(float(s), place_km[0] + float(e), place_km[1] + float(n), float(h)))
    for leg in legs:
        out += _leg(out[-1], leg)
    return tuple(out)


def _leg(start: Waypoint, leg: Leg) -> list[Waypoint]:
    """Points of one leg: climb or descend to its height over a minute, or over the last two kilometres to land."""
    lat, lon = at(leg.east_km, leg.north_km)
    east, north = east_north_m(*(np.array(v) for v in (start.lat_deg, start.lon_deg, lat, lon)))
    whole_s = float(np.hypot(east, north)) / leg.speed_mps
    mark_s = min(_EDGE_S, whole_s / 3.0)
    hae = AREA.ground_m if leg.hae_m is None else leg.hae_m
    turn_s = mark_s if leg.hae_m is not None else whole_s - mark_s
    share = turn_s / whole_s
    middle = Waypoint(
        t_s=round(start.t_s + turn_s, 1),
        lat_deg=round(start.lat_deg + share * (lat - start.lat_deg), 6),
        lon_deg=round(start.lon_deg + share * (lon - start.lon_deg), 6),
        hae_m=hae if leg.hae_m is not None else start.hae_m,
    )
    # a landing slows down over its last minute: twice the time for the last stretch
    end_s = start.t_s + whole_s + (mark_s if leg.hae_m is None else 0.0)
    return [middle, Waypoint(t_s=round(end_s, 1), lat_deg=lat, lon_deg=lon, hae_m=hae)]


def _point(t_s: float, east_km: float, north_km: float, hae_m: float) -> Waypoint:
    lat, lon = at(east_km, north_km)
    return Waypoint(t_s=round(t_s, 1), lat_deg=lat, lon_deg=lon, hae_m=round(hae_m, 1))


def _thinned(flown: tuple[Waypoint, ...]) -> tuple[Waypoint, ...]:
    """The plan: a point of the flown path each minute, and its ends."""
    keep = [flown[0], flown[1]]
    for point, after in zip(flown[2:], (*flown[3:], None), strict=True):
        apart = after is not None and after.t_s - point.t_s > 30.0
        if point.t_s - keep[-1].t_s >= _PLAN_EVERY_S or after is None or apart:
            keep.append(point)
    return tuple(keep)
