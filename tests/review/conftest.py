"""A half hour made by hand: a helicopter, three drones, and whatever a test adds."""

from __future__ import annotations

import json
import struct
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from pyproj import Proj

START_S = 1_760_000_040.0
PLANE = Proj(proj="stere", lat_0=50.0, lon_0=20.0, ellps="WGS84")
D, S, B = pa.float64(), pa.string(), pa.binary()
SCHEMAS = {
    "tracks": {
        "t_s": D, "track_id": S, "lat_deg": D, "lon_deg": D, "hae_m": D, "sigma_h_m": D, "p_exists": D, "kind": S,
        "hostile": pa.bool_(), "identity": S, "raid_id": S, "age_s": D, "integrity": S, "p_hostile": D,
    },
    "raids": {
        "t_s": D, "raid_id": S, "n": pa.int32(), "lat_deg": D, "lon_deg": D, "course_rad": D, "speed_mps": D,
        "arrivals_per_min": D, "extent_wkb": B,
    },
    "threats": {
        "t_s": D, "flight_id": S, "hazard_kind": S, "hazard_id": S, "level": S, "p": D, "t_to_s": D, "reason": S,
    },
    "warnings": {
        "warning_id": S, "flight_id": S, "hazard_kind": S, "level": S, "raised_s": D, "first_caution_s": D,
        "cleared_s": D, "predicted_caught_s": D, "p": D, "reason": S,
    },
    "advice": {
        "t_s": D, "flight_id": S, "option": S, "p_caught": D, "delay_s": D, "extra_m": D, "decide_by_s": D,
        "route_wkb": B, "text": S,
    },
}  # fmt: skip
TOML = f"""name = "tiny day"
real = "nothing"
simulated = "everything"
source = "by hand"
start_s = {START_S}
end_s = {START_S + 1800}
[area]
lat_deg = 50.0
lon_deg = 20.0
radius_m = 60000.0
[[sensor]]
id = "radar-1"
kind = "radar"
lat_deg = 50.0
lon_deg = 20.0
hae_m = 100.0
max_range_m = 50000.0
[[site]]
id = "site-1"
name = "Hospital"
lat_deg = 50.05
lon_deg = 20.05
hae_m = 100.0
kind = "hospital"
[[zone]]
id = "z1"
kind = "defended"
polygon = [[20.2, 50.2], [20.3, 50.2], [20.3, 50.3]]
active = [{{from_s = {START_S + 10}, to_s = {START_S + 60}}}]
"""


def lon_lat(e_m: float, n_m: float) -> tuple[float, float]:
    lon, lat = PLANE(e_m, n_m, inverse=True)
    return float(lon), float(lat)


class Day:
    """Half an hour: a helicopter flies east at 50 m/s; three drones come at it from the east, 30 m/s, 200 m higher."""

    def __init__(self, folder: Path) -> None:
        self.case, self.out = folder / "case", folder / "out"
        self.rows: dict[str, list[dict[str, Any]]] = {name: [] for name in SCHEMAS}
        self.truth: list[dict[str, Any]] = []
        for s in range(1801):
            self.own(s)
            for k in range(3):
                self.drone(s, f"d{k}", 90_000.0 - 30.0 * s, 200.0 * k)

    def own(self, s: int) -> None:
        lon, lat = lon_lat(-20_000.0 + 50.0 * s, 0.0)
        place = {"t_s": START_S + s, "lat_deg": lat, "lon_deg": lon, "hae_m": 500.0}
        self.truth.append({**place, "object_id": "F1", "kind": "helicopter", "hostile": False, "on_ground": s < 60})
        track = {"track_id": "T9", "sigma_h_m": 20.0, "p_exists": 1.0, "kind": "helicopter", "hostile": False}
        more = {"identity": "abc123", "age_s": 1.0, "integrity": "trusted", "p_hostile": 0.0}
        self.rows["tracks"].append({**place, **track, **more})

    def drone(self, s: int, name: str, e_m: float, n_m: float) -> None:
        lon, lat = lon_lat(e_m, n_m)
        place = {"t_s": START_S + s, "lat_deg": lat, "lon_deg": lon, "hae_m": 700.0}
        self.truth.append({**place, "object_id": name, "kind": "drone", "hostile": True, "on_ground": False})
        if s >= 300:
            track = {"track_id": f"T{name}", "sigma_h_m": 90.0, "p_exists": 0.99, "kind": "drone", "hostile": True}
            more = {"identity": None, "age_s": 2.0, "integrity": "trusted", "p_hostile": 0.95, "raid_id": "R1"}
            self.rows["tracks"].append({**place, **track, **more})

    def alarm(self, first: int, last: int, level: str = "CAUTION", kind: str = "raid", reason: str = "because") -> None:
        for s in range(first, last + 1):
            row = {"t_s": START_S + s, "flight_id": "F1", "hazard_kind": kind, "hazard_id": "R1", "level": level}
            self.rows["threats"].append({**row, "p": 0.6, "t_to_s": 100.0, "reason": reason})

    def warn(self, first: float, predicted: float) -> None:
        row = {"warning_id": "W1", "flight_id": "F1", "hazard_kind": "raid", "level": "WARNING", "p": 0.7}
        times = {"raised_s": START_S + first - 30, "first_caution_s": START_S + first, "cleared_s": None}
        row |= {**times, "predicted_caught_s": START_S + predicted, "reason": "3 drones <b>on</b> the route"}
        self.rows["warnings"].append(row)

    def advise(self, s: float, option: str, points: list[tuple[float, float, float, float]] | None) -> None:
        wkb = None
        if points is not None:
            body = b"".join(struct.pack("<4d", *lon_lat(e, n), h, START_S + at) for at, e, n, h in points)
            wkb = struct.pack("<BII", 1, 3002, len(points)) + body
        row = {
            "t_s": START_S + s,
            "flight_id": "F1",
            "option": option,
            "p_caught": 0.05,
            "delay_s": 300.0,
            "extra_m": 9e3,
        }
        self.rows["advice"].append({**row, "decide_by_s": START_S + 900, "route_wkb": wkb, "text": f"{option} now"})

    def write(self, *, truth: bool = True) -> Day:
        self.case.mkdir(exist_ok=True)
        self.out.mkdir(exist_ok=True)
        (self.case / "case.toml").write_text(TOML, encoding="utf-8")
        way = [(*lon_lat(-20_000.0, 0.0), 0.0), (*lon_lat(70_000.0, 0.0), 1800.0)]
        points = [{"lon_deg": o, "lat_deg": a, "hae_m": 500.0, "t_s": START_S + t} for o, a, t in way]
        who = {
            "flight_id": "F1",
            "callsign": "RESCUE 1",
            "icao24": "ABC123",
            "aircraft_type": "EC35",
            "category": "medical",
        }
        (self.case / "flights.json").write_text(json.dumps([{**who, "waypoints": points}]), encoding="utf-8")
        if truth:
            pq.write_table(pa.Table.from_pylist(self.truth), self.case / "truth.parquet")
        for name, schema in SCHEMAS.items():
            rows = sorted(self.rows[name], key=lambda r: r.get("t_s", 0.0))
            pq.write_table(pa.Table.from_pylist(rows, schema=pa.schema(schema)), self.out / f"{name}.parquet")
        return self

    def full(self) -> Day:
        """Alarm, warning, blindness, advice and a raid in it, and written."""
        self.alarm(600, 1400)
        self.alarm(1200, 1300, "WARNING", "raid")
        self.alarm(400, 420, "BLIND", "blind", "no sensor sees here")
        self.warn(600, 1240)
        self.advise(601, "turn_back", [(601, 10_000.0, 0.0, 500.0), (1800, -50_000.0, 0.0, 500.0)])
        ring = [(20.6, 50.0), (20.7, 50.05), (20.7, 49.95), (20.6, 50.0)]
        wkb = struct.pack("<BIII", 1, 3, 1, len(ring)) + b"".join(struct.pack("<2d", *p) for p in ring)
        for s in range(300, 1801, 10):
            row = {"t_s": START_S + s, "raid_id": "R1", "n": 3, "lat_deg": 50.0, "lon_deg": 20.65, "course_rad": 4.71}
            self.rows["raids"].append({**row, "speed_mps": 30.0, "arrivals_per_min": 1.0, "extent_wkb": wkb})
        return self.write()


@pytest.fixture
def day(tmp_path: Path) -> Day:
    return Day(tmp_path)
