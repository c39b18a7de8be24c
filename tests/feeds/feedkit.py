"""A small case folder, and a context to read feeds in."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

from flightward.feeds.rows import FeedContext
from flightward.model import AreaFrame, Names

CASE = """
name = "small"
real = "nothing"
simulated = "everything"
start_s = 1000.5
end_s = 1010.5

[area]
lat_deg = 50
lon_deg = 24.0
radius_m = 200000

[[sensor]]
id = "radar-1"
kind = "radar"
lat_deg = 50.0
lon_deg = 24.0
hae_m = 300
max_range_m = 90000.0

[[site]]
id = "site-1"
name = "Hospital"
lat_deg = 50.1
lon_deg = 24.1
hae_m = 250.0
kind = "hospital"
services = ["medical", "fuel"]
capacity = 2

[[zone]]
id = "zone-1"
kind = "defended"
polygon = [[24.0, 50.0], [24.1, 50.0], [24.1, 50.1], [24.0, 50.0]]
active = [{from_s = 900, to_s = 2000.0}, {from_s = 3000}]
exempt = ["medical", "state"]

[[feed]]
name = "reports"
format = "reports-csv"
file = "feeds/reports.csv"
"""
FLIGHT: dict[str, Any] = {
    "flight_id": "F1", "callsign": "MEDIC1", "icao24": "ABC123", "aircraft_type": "EC35", "category": "medical",
    "endurance_s": 5400, "fuel_kg": None, "alternates": ["site-1"],
    "waypoints": [
        {"t_s": 1000, "lat_deg": 50, "lon_deg": 24, "hae_m": 300},
        {"t_s": 1600.0, "lat_deg": 50.2, "lon_deg": 24.1, "hae_m": 900.0},
    ],
}  # fmt: skip
REPORTS = """t_s,t_rx_s,sensor_id,lat_deg,lon_deg,identity
999.0,1000.0,,50.0,24.0,ABC123
1000.9,1001.0,,50.0,24.1,abc123
1001.2,1001.5,,50.0,24.2,def456
1009.0,1010.0,,50.0,24.3,def456
1010.0,1010.2,,50.0,24.4,def456
1003.0,1002.5,,95.0,24.4,def456
"""


ANOTHER: dict[str, Any] = {"own": "another", "exercises": True}
"""Options of a CoT feed that reads what our sink sends, as another Flightward does, exercises too."""


def write_case(folder: Path, case: str = CASE, flights: Any = None, reports: str = REPORTS) -> Path:
    """A case folder with the texts given."""
    (folder / "feeds").mkdir(parents=True)
    (folder / "case.toml").write_text(case, encoding="utf-8")
    text = flights if isinstance(flights, str) else json.dumps([FLIGHT] if flights is None else flights)
    (folder / "flights.json").write_text(text, encoding="utf-8")
    (folder / "feeds/reports.csv").write_text(reports, encoding="utf-8")
    return folder


def context(**changes: Any) -> FeedContext:
    """The same, with other settings."""
    frame = AreaFrame(math.radians(50.0), math.radians(24.0))
    given = {"feed": "test", "names": Names(), "frame": frame, "sensor_rows": {"r1": 0, "r2": 1}}
    return FeedContext(**{**given, **changes})
