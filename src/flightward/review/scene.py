"""What stood around a flight before it began: the area, its zones, sites and sensors, and the flight's plan.

Built from a recording's Setup, or from a case folder where there is no recording.
"""

from __future__ import annotations

import dataclasses
import json
import math
import tomllib
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from flightward.errors import BadInput
from flightward.model import AreaFrame, Category, SensorKind, Setup, ZoneKind

F64 = NDArray[np.float64]
I64 = NDArray[np.int64]


@dataclasses.dataclass(frozen=True)
class Zone:
    """A declared zone: corners on the plane, heights, and when it was active (to_s inf: open)."""

    zone_id: str
    kind: str
    e_m: F64
    n_m: F64
    floor_m: float
    ceiling_m: float
    active_s: tuple[tuple[float, float], ...]
    source: str


@dataclasses.dataclass(frozen=True)
class Place:
    """A site or a sensor on the plane; reach_m is 0 for a site."""

    place_id: str
    title: str
    kind: str
    e_m: float
    n_m: float
    reach_m: float


@dataclasses.dataclass(frozen=True)
class Sensor(Place):
    """A sensor with the figures that say whose report a report can be; NaN where the case does not give them."""

    row: int = -1
    convergence_rad: float = 0.0
    """Plane azimuth = true azimuth - this."""
    hae_m: float = math.nan
    scan_s: float = math.nan
    sigma_range_m: float = math.nan
    sigma_azimuth_rad: float = math.nan

    @property
    def sees(self) -> bool:
        """True if it sees what does not report itself."""
        return self.kind in ("radar", "acoustic", "rf", "camera")


@dataclasses.dataclass(frozen=True)
class Flight:
    """Who flew, and the plan on the plane."""

    flight_id: str
    callsign: str
    icao24: str
    aircraft_type: str
    category: str
    t_s: F64
    e_m: F64
    n_m: F64
    hae_m: F64


@dataclasses.dataclass(frozen=True)
class Scene:
    """All that does not change."""

    title: str
    real: str
    simulated: str
    source: str
    start_s: float
    end_s: float
    frame: AreaFrame
    zones: tuple[Zone, ...]
    sites: tuple[Place, ...]
    sensors: tuple[Sensor, ...]
    flight: Flight

    @property
    def is_simulated(self) -> bool:
        """True if any part of the day is simulated."""
        return self.simulated.strip().lower() not in ("", "nothing", "none")

    def to_plane(self, lat_deg: F64, lon_deg: F64) -> tuple[F64, F64]:
        """Plane metres of degrees; NaN stays NaN."""
        return self.frame.to_plane(np.radians(np.asarray(lat_deg, float)), np.radians(np.asarray(lon_deg, float)))


def scene_of_setup(setup: Setup, flight_id: str) -> Scene:
    """The scene as a recording knows it. Errors: BadInput when it has no such flight."""
    names = setup.names
    ids = [names.text(int(n)) for n in setup.flights.name]
    if flight_id not in ids:
        raise BadInput(
            f"no such flight; the recording has {', '.join(str(i) for i in ids)}", key="flight", value=flight_id
        )
    row = ids.index(flight_id)
    f, z, p = setup.flights, setup.zones, setup.sites
    plan = f.plan(row)

    def word(number: int) -> str:
        return names.text(number) or ""

    zones = []
    for i in range(len(z)):
        ring = slice(int(z.start[i]), int(z.start[i + 1]))
        spans = range(int(z.window_start[i]), int(z.window_start[i + 1]))
        active = tuple((float(z.from_s[w]), _open(float(z.to_s[w]))) for w in spans)
        kind, source = ZoneKind(int(z.kind[i])).word, word(int(z.source[i]))
        low, high = float(z.floor_m[i]), float(z.ceiling_m[i])
        zones.append(Zone(word(int(z.name[i])), kind, z.e_m[ring], z.n_m[ring], low, high, active, source))
    flight = Flight(
        flight_id,
        word(int(f.callsign[row])),
        word(int(f.identity[row])),
        word(int(f.aircraft_type[row])),
        Category(int(f.category[row])).word,
        *(plan.t_s, plan.e_m, plan.n_m, plan.u_m),
    )
    return Scene(
        *(setup.title, setup.real, setup.simulated, setup.source, setup.start_s, setup.end_s, setup.frame),
        zones=tuple(zones),
        sites=tuple(
            Place(
                word(int(p.name[i])), word(int(p.title[i])), word(int(p.kind[i])), float(p.e_m[i]), float(p.n_m[i]), 0.0
            )
            for i in range(len(p))
        ),
        sensors=_sensors(setup),
        flight=flight,
    )


def _sensors(setup: Setup) -> tuple[Sensor, ...]:
    s = setup.sensors
    _, turn = setup.frame.scale_convergence(s.lat_rad, s.lon_rad) if len(s) else (None, np.zeros(0))
    out = []
    for i in range(len(s)):
        name = setup.names.text(int(s.name[i])) or ""
        at = (float(s.e_m[i]), float(s.n_m[i]), float(s.max_range_m[i]))
        more = (s.hae_m, s.scan_s, s.sigma_range_m, s.sigma_azimuth_rad)
        kind = SensorKind(int(s.kind[i])).word
        out.append(Sensor(name, name, kind, *at, i, float(turn[i]), *(float(x[i]) for x in more)))
    return tuple(out)


def scene_of_case(case: Path, flight_id: str) -> Scene:
    """The scene as a case folder tells it. Errors: BadInput when the case has no such flight."""
    doc = tomllib.loads((case / "case.toml").read_text(encoding="utf-8-sig"))
    flights = {str(f["flight_id"]): f for f in json.loads((case / "flights.json").read_text(encoding="utf-8-sig"))}
    if flight_id not in flights:
        raise BadInput(f"no such flight; the case has {', '.join(flights)}", key="flight", value=flight_id)
    frame = AreaFrame(math.radians(float(doc["area"]["lat_deg"])), math.radians(float(doc["area"]["lon_deg"])))

    def plane(lat: Any, lon: Any) -> tuple[F64, F64]:
        return frame.to_plane(
            np.radians(np.atleast_1d(np.asarray(lat, float))), np.radians(np.atleast_1d(np.asarray(lon, float)))
        )

    def place(s: dict[str, Any]) -> Place:
        e, n = plane(s["lat_deg"], s["lon_deg"])
        return Place(str(s["id"]), str(s.get("name", s["id"])), str(s["kind"]), float(e[0]), float(n[0]), 0.0)

    def sensor(s: dict[str, Any], row: int) -> Sensor:
        e, n = plane(s["lat_deg"], s["lon_deg"])
        at = (float(e[0]), float(n[0]), float(s.get("max_range_m", math.nan)))
        return Sensor(str(s["id"]), str(s["id"]), str(s["kind"]), *at, row)

    zones = []
    for z in doc.get("zone", []):
        ring = np.asarray(z["polygon"], float)
        e, n = plane(ring[:, 1], ring[:, 0])
        active = tuple((float(a["from_s"]), float(a.get("to_s", math.inf))) for a in z.get("active", []))
        low, high = float(z.get("floor_m", -math.inf)), float(z.get("ceiling_m", math.inf))
        zones.append(Zone(str(z["id"]), str(z["kind"]), e, n, low, high, active, str(z.get("source", ""))))
    f = flights[flight_id]
    points = f["waypoints"]
    e, n = plane([w["lat_deg"] for w in points], [w["lon_deg"] for w in points])
    t, h = (np.array([float(w[k]) for w in points]) for k in ("t_s", "hae_m"))
    who = [str(f.get(k, "")) for k in ("callsign", "icao24", "aircraft_type", "category")]
    return Scene(
        title=str(doc.get("name", case.name)),
        real=str(doc.get("real", "")),
        simulated=str(doc.get("simulated", "")),
        source=str(doc.get("source", "")),
        start_s=float(doc["start_s"]),
        end_s=float(doc["end_s"]),
        frame=frame,
        zones=tuple(zones),
        sites=tuple(place(s) for s in doc.get("site", [])),
        sensors=tuple(sensor(s, i) for i, s in enumerate(doc.get("sensor", []))),
        flight=Flight(flight_id, who[0], who[1].lower(), who[2], who[3], t, e, n, h),
    )


def _open(to_s: float) -> float:
    return math.inf if math.isnan(to_s) else to_s
