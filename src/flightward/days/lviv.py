"""lviv-2024-09-17: a real airliner past Lviv while the oblast was under an air-raid alert.

New positions stopped at 09:04:51 UTC while velocities went on; from 09:24:25 to 09:47:45 the positions were false
(near 49.66 N 23.85 E, 52 kt at FL380); true ones return at 09:58:11. Nothing in this day is simulated, and nobody in it
sees drones: the one source is the aircraft's own broadcast.
"""

from __future__ import annotations

import itertools
from pathlib import Path
from typing import Any

import numpy as np

from flightward.days.day import Day
from flightward.days.samples import LICENCE, Fixes, read_fixes, sample_path
from flightward.feeds.case.write import CaseContent, FeedFile, write_case
from flightward.simulate.flights import interpolate
from flightward.simulate.scenario import Waypoint

REAL = (
    "State vectors of THY9BP (icao24 4baac6) as the OpenSky Network received them on 2024-09-17, faults and all; "
    "the air-raid alert of Lviv oblast from 09:01:05 to 09:57:56 UTC. Reconstructed, not known: the plan, which is the "
    "path through the true positions before 09:04:51 and after 09:58:11 UTC, straight between them; its heights are "
    "pressure altitudes, as no QNH is known"
)
SIMULATED = "nothing"
_SOURCE = (
    "flight: sample noisy_spoofing of the PyPI package traffic; "
    "alert: volunteer data set Vadimkin/ukrainian-air-raid-sirens-dataset"
)
_DAY_S = 1726531200.0
"""2024-09-17T00:00:00Z"""
_START_S, _END_S = _DAY_S + 8.5 * 3600.0, _DAY_S + 10.25 * 3600.0
_LAST_TRUE_S = _DAY_S + 9 * 3600 + 4 * 60 + 52.0
_TRUE_AGAIN_S = _DAY_S + 9 * 3600 + 58 * 60 + 10.0

_ALERTS_CSV = (
    "oblast,raion,hromada,level,started_at,finished_at,source\n"
    "Lvivska oblast,,,oblast,2024-09-17 09:01:05+00:00,2024-09-17 09:57:56+00:00,volunteer\n"
)

_AIRPORTS = (
    # ICAO code, name, latitude, longitude, height above the ellipsoid (published elevation and 40 m of geoid, rounded)
    ("LRCL", "Cluj-Napoca", 46.7852, 23.6862, 355.0),
    ("LZKZ", "Kosice", 48.6631, 21.2411, 270.0),
    ("EPRZ", "Rzeszow-Jasionka", 50.1100, 22.0190, 250.0),
    ("EPKK", "Krakow-Balice", 50.0777, 19.7848, 280.0),
    ("EPWA", "Warsaw Chopin", 52.1657, 20.9671, 145.0),
    ("EPGD", "Gdansk", 54.3776, 18.4662, 180.0),
)


def build(out: Path) -> Path:
    """Write the day as a case folder at `out`. Errors: Missing if the `traffic` package is not installed."""
    path = sample_path("noisy/noisy_spoofing.json.gz")
    return write_case(
        CaseContent(
            name="THY9BP past Lviv, 2024-09-17",
            real=REAL,
            simulated=SIMULATED,
            source=_SOURCE,
            licence=f"flight: {LICENCE}; alert: MIT",
            start_s=_START_S,
            end_s=_END_S,
            area={"lat_deg": 49.8397, "lon_deg": 24.0297, "radius_m": 800000.0},
            sensors=[_network()],
            sites=[
                {
                    "id": code,
                    "name": name,
                    "lat_deg": lat,
                    "lon_deg": lon,
                    "hae_m": hae,
                    "kind": "airport",
                    "services": ["fuel"],
                    "capacity": 10,
                }
                for code, name, lat, lon, hae in _AIRPORTS
            ],
            feeds=[
                FeedFile(
                    "opensky", "traffic-json", "feeds/noisy_spoofing.json.gz", path.read_bytes(), {"sensor": "opensky"}
                ),
                FeedFile("alerts", "alerts-ua-csv", "feeds/alerts.csv", _ALERTS_CSV.encode()),
            ],
            flights=[_flight(read_fixes(path))],
        ),
        out,
    )


def _network() -> dict[str, Any]:
    """The receivers of a volunteer network as one sensor: it hears what aircraft say, and sees no drones at all."""
    return {
        "id": "opensky",
        "kind": "adsb",
        "lat_deg": 49.8397,
        "lon_deg": 24.0297,
        "hae_m": 330.0,
        "min_range_m": 0.0,
        "max_range_m": 900000.0,
        "min_elevation_rad": -1.57,
        "max_elevation_rad": 1.57,
        "scan_s": 5.0,
        "p_detect": 0.8,
        "clutter_per_scan": 0.0,
    }


def _flight(fixes: Fixes) -> dict[str, Any]:
    """The plan: a true position each minute, and the straight way over the hour without any."""
    true = (fixes.t_s < _LAST_TRUE_S) | (fixes.t_s > _TRUE_AGAIN_S)
    t, lat, lon, hae = (v[true] for v in (fixes.t_s, fixes.lat_deg, fixes.lon_deg, fixes.baro_m))
    keep = [0]
    for i in range(1, len(t)):
        # the last before the hour without and the first after it count as they are
        if t[i] - t[keep[-1]] >= 60.0 or i == len(t) - 1 or t[i + 1] - t[i] > 600.0:
            keep.append(i)
    way = tuple(
        Waypoint(t_s=float(t[i]), lat_deg=float(lat[i]), lon_deg=float(lon[i]), hae_m=float(hae[i])) for i in keep
    )
    gaps = [np.arange(a.t_s + 120.0, b.t_s - 60.0, 120.0) for a, b in itertools.pairwise(way)]
    at = np.sort(np.concatenate([np.array([w.t_s for w in way]), *gaps]))
    columns = (at, *interpolate(way, at))
    return {
        "flight_id": "THY9BP",
        "callsign": "THY9BP",
        "icao24": "4baac6",
        "aircraft_type": "",
        "category": "airline",
        "endurance_s": None,
        "fuel_kg": None,
        "alternates": ["EPRZ", "EPWA", "LZKZ", "LRCL"],
        "waypoints": [
            {
                "t_s": round(float(s), 3),
                "lat_deg": round(float(la), 6),
                "lon_deg": round(float(lo), 6),
                "hae_m": round(float(h), 1),
            }
            for s, la, lo, h in zip(*columns, strict=True)
        ],
    }


DAY = Day(
    name="lviv-2024-09-17",
    title="An airliner whose positions stop and turn false past Lviv under an air-raid alert (REAL)",
    real=REAL,
    simulated=SIMULATED,
    is_drawn=False,
    build=lambda out, seed: build(out),
)
