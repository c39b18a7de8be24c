"""The truth of one case, laid out for scoring: who was where at each second, which zones were active, which sensors
stood where.

The scorer reads the case with its own few lines, not with the feeds' code, so that a fault there cannot hide itself
here.
"""

from __future__ import annotations

import dataclasses
import json
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq
from numpy.typing import NDArray
from pyproj import Proj

from flightward.config import CaughtConfig, Config
from flightward.errors import BadInput

F64 = NDArray[np.float64]
BOOL = NDArray[np.bool_]

EARTH_RADIUS_M = 6_371_000.0  # mean radius; only for the small scale correction of the plane


RUN_GAP_S = 30.0  # a CAUTION that pauses no longer than this is one run
LEAD_CAP_S = 1_800.0
MISS_S = 60.0
FALSE_AFTER_S = 900.0


@dataclass(frozen=True)
class Zone:
    """A defended zone: a polygon in longitude and latitude, heights above the ellipsoid, and when it is active."""

    zone_id: str
    lon_deg: F64
    lat_deg: F64
    floor_m: float
    ceiling_m: float
    active_s: tuple[tuple[float, float], ...]


@dataclass(frozen=True)
class Sensor:
    """Where a sensor stands, what it can see, and how often it speaks."""

    sensor_id: str
    kind: str
    lat_deg: float
    lon_deg: float
    hae_m: float
    min_range_m: float
    max_range_m: float
    min_elevation_rad: float
    max_elevation_rad: float
    scan_s: float
    sigma_range_m: float
    sigma_azimuth_rad: float
    clutter_per_scan: float


@dataclass(frozen=True)
class Frame:
    """An ellipsoidal stereographic plane about one point. Distances between near points are corrected for its scale."""

    lat_deg: float
    lon_deg: float

    def to_plane(self, lat_deg: F64, lon_deg: F64) -> tuple[F64, F64]:
        """East and north in metres on the plane; NaN stays NaN."""
        proj = Proj(proj="stere", lat_0=self.lat_deg, lon_0=self.lon_deg, ellps="WGS84")
        lon, lat = np.asarray(lon_deg, float), np.asarray(lat_deg, float)
        bad = ~(np.isfinite(lon) & np.isfinite(lat))
        e, n = proj(np.where(bad, self.lon_deg, lon), np.where(bad, self.lat_deg, lat))
        return np.where(bad, np.nan, e), np.where(bad, np.nan, n)

    @staticmethod
    def scale(e_m: F64, n_m: F64) -> F64:
        """Plane metres per metre on the ground (1 at the centre, 1.0015 at 500 km)."""
        return 1.0 + (e_m**2 + n_m**2) / (4.0 * EARTH_RADIUS_M**2)


@dataclass(frozen=True)
class Truth:
    """The truth as a grid of T seconds by O objects: NaN where an object is not there."""

    t_s: F64  # (T,)
    object_id: tuple[str, ...]
    kind: tuple[str, ...]
    hostile: BOOL  # (O,)
    raid_id: tuple[str | None, ...]
    e_m: F64  # (T, O)
    n_m: F64
    hae_m: F64
    lat_deg: F64
    lon_deg: F64
    on_ground: BOOL

    def drones(self) -> NDArray[np.int64]:
        """Columns that hold hostile drones."""
        return np.flatnonzero(self.hostile & (np.array(self.kind) == "drone"))

    def column(self, object_id: str) -> int | None:
        """The column of an object, or None when the truth does not know it."""
        return self.object_id.index(object_id) if object_id in self.object_id else None

    def airborne(self, column: int) -> BOOL:
        """(T,) whether the object is there and off the ground."""
        return np.isfinite(self.e_m[:, column]) & ~self.on_ground[:, column]


@dataclass(frozen=True)
class Day:
    """One case: its settings, flights (as in flights.json) and truth."""

    case: Path
    name: str
    start_s: float
    end_s: float
    radius_m: float
    frame: Frame
    limits: CaughtConfig
    zones: tuple[Zone, ...]
    sensors: tuple[Sensor, ...]
    sites: dict[str, tuple[float, float, float]]
    flights: tuple[dict[str, Any], ...]
    truth: Truth
    feeds: tuple[tuple[str, Path], ...]


def read_day(case: Path) -> Day:
    """Read case.toml, flights.json and truth.parquet of a case folder. Errors: BadInput when one is missing."""
    toml_path = case / "case.toml"
    if not toml_path.is_file():
        raise BadInput(f"{toml_path}: a case folder needs case.toml")
    if not (case / "truth.parquet").is_file():
        raise BadInput(f"{case / 'truth.parquet'}: without the truth a day cannot be scored")
    doc = tomllib.loads(toml_path.read_text(encoding="utf-8"))
    area = doc["area"]
    frame = Frame(float(area["lat_deg"]), float(area["lon_deg"]))
    truth = _read_truth(case / "truth.parquet", frame)
    flights = json.loads((case / "flights.json").read_text(encoding="utf-8"))
    return Day(
        case=case,
        name=str(doc.get("name", case.name)),
        start_s=float(doc.get("start_s", truth.t_s[0])),
        end_s=float(doc.get("end_s", truth.t_s[-1])),
        radius_m=float(area.get("radius_m", 250_000.0)),
        frame=frame,
        limits=_limits(doc.get("thresholds", {})),
        zones=tuple(_zone(z) for z in doc.get("zone", []) if z.get("kind") == "defended"),
        sensors=tuple(_sensor(s) for s in doc.get("sensor", [])),
        sites={
            str(s["id"]): (float(s["lat_deg"]), float(s["lon_deg"]), float(s["hae_m"])) for s in doc.get("site", [])
        },
        flights=tuple(flights),
        truth=truth,
        feeds=tuple((str(f["format"]), case / str(f["file"])) for f in doc.get("feed", [])),
    )


def _limits(table: dict[str, Any]) -> CaughtConfig:
    """Defaults, with what the case's [thresholds] says about being caught; its other keys are not the scorer's."""
    names = {f.name for f in dataclasses.fields(CaughtConfig)}
    nested = table.get("caught", {})
    mine = {k.removeprefix("caught."): v for k, v in {**table, **nested}.items() if k.removeprefix("caught.") in names}
    return Config().changed({"caught": mine}).caught


def _zone(z: dict[str, Any]) -> Zone:
    ring = np.asarray(z["polygon"], float)
    spans = tuple((float(a["from_s"]), float(a.get("to_s", np.inf))) for a in z.get("active", []))
    floor, ceiling = float(z.get("floor_m", -np.inf)), float(z.get("ceiling_m", np.inf))
    return Zone(str(z["id"]), ring[:, 0], ring[:, 1], floor, ceiling, spans)


def _sensor(s: dict[str, Any]) -> Sensor:
    return Sensor(
        sensor_id=str(s["id"]),
        kind=str(s["kind"]),
        lat_deg=float(s["lat_deg"]),
        lon_deg=float(s["lon_deg"]),
        hae_m=float(s["hae_m"]),
        min_range_m=float(s.get("min_range_m", 0.0)),
        max_range_m=float(s.get("max_range_m", np.inf)),
        min_elevation_rad=float(s.get("min_elevation_rad", -np.pi / 2)),
        max_elevation_rad=float(s.get("max_elevation_rad", np.pi / 2)),
        scan_s=float(s.get("scan_s", 1.0)),
        sigma_range_m=float(s.get("sigma_range_m", np.nan)),
        sigma_azimuth_rad=float(s.get("sigma_azimuth_rad", np.nan)),
        clutter_per_scan=float(s.get("clutter_per_scan", 0.0)),
    )


def _read_truth(path: Path, frame: Frame) -> Truth:
    """Rows to a grid: one row per whole second, one column per object, in order of first appearance."""
    table = pq.read_table(path)
    t = table["t_s"].to_numpy()
    t0 = float(np.floor(t.min()))
    row = np.rint(t - t0).astype(np.int64)
    coded = table["object_id"].combine_chunks().dictionary_encode()
    ids = tuple(coded.dictionary.to_pylist())
    col = coded.indices.to_numpy(zero_copy_only=False).astype(np.int64)
    shape = (int(row.max()) + 1, len(ids))
    first = np.zeros(len(ids), np.int64)
    first[col[::-1]] = np.arange(len(col))[::-1]
    lat, lon = table["lat_deg"].to_numpy(), table["lon_deg"].to_numpy()
    e, n = frame.to_plane(lat, lon)

    def grid(values: F64) -> F64:
        out = np.full(shape, np.nan)
        out[row, col] = values
        return out

    ground = np.zeros(shape, bool)
    ground[row, col] = _bools(table["on_ground"])
    raid = table["raid_id"].take(first).to_pylist() if "raid_id" in table.column_names else [None] * len(ids)
    return Truth(
        t_s=t0 + np.arange(shape[0], dtype=float),
        object_id=ids,
        kind=tuple(table["kind"].take(first).to_pylist()),
        hostile=_bools(table["hostile"])[first],
        raid_id=tuple(raid),
        e_m=grid(e),
        n_m=grid(n),
        hae_m=grid(table["hae_m"].to_numpy()),
        lat_deg=grid(lat),
        lon_deg=grid(lon),
        on_ground=ground,
    )


def _bools(column: Any) -> BOOL:
    """A bool column with null read as False: only what the truth calls hostile or landed counts as that."""
    return np.asarray(column.fill_null(False).to_numpy(zero_copy_only=False), bool)
