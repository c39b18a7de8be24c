"""The truth of one case, laid out for scoring: who was where at each second, which zones were active, which sensors
stood where.

The scorer reads the case with its own few lines, not with the feeds' code, so that a fault there cannot hide itself
here. Only files of other formats that [[zone]] and [[plan]] name are read by the feeds' readers.
"""

from __future__ import annotations

import dataclasses
import json
import math
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from numpy.typing import NDArray
from pyproj import Proj

from flightward.config import CaughtConfig, Config
from flightward.errors import BadInput
from flightward.feeds.case.fields import Notes
from flightward.feeds.case.read import named_files

F64 = NDArray[np.float64]
BOOL = NDArray[np.bool_]

EARTH_RADIUS_M = 6_371_000.0  # mean radius; only for the small scale correction of the plane


RUN_GAP_S = 30.0  # a CAUTION that pauses no longer than this is one run
LEAD_CAP_S = 1_800.0
MISS_S = 60.0
FALSE_AFTER_S = 900.0

TRUTH_MAX_S = 8 * 86_400.0
TRUTH_MAX_CELLS = 200_000_000
"""The truth is held as a grid of seconds by objects: one wrong time must not ask for terabytes."""
TRUTH_COLUMNS = ("t_s", "object_id", "kind", "hostile", "on_ground", "lat_deg", "lon_deg", "hae_m")


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
    issue_s: float = 60.0  # the forecast is issued this often
    notes: tuple[str, ...] = ()  # what of the case could not be read, and so is not scored


def read_day(case: Path) -> Day:
    """Read case.toml, flights.json and truth.parquet of a case folder.

    Errors   BadInput where one is missing or cannot be read, or where a file that [[zone]] or [[plan]] names cannot.
    """
    toml_path, truth_path = case / "case.toml", case / "truth.parquet"
    if not toml_path.is_file():
        raise BadInput(f"{toml_path}: a case folder needs case.toml")
    if not truth_path.is_file():
        raise BadInput(f"{truth_path}: without the truth a day cannot be scored")
    try:
        doc = tomllib.loads(toml_path.read_text(encoding="utf-8-sig"))
        flights = json.loads((case / "flights.json").read_text(encoding="utf-8-sig"))
    except (OSError, ValueError, RecursionError) as error:
        raise BadInput(f"case.toml and flights.json cannot be read: {error}", where=str(case)) from error
    try:
        return _day(case, doc, flights, _with_named_files(doc, flights, case))
    except (KeyError, TypeError, ValueError, AttributeError, IndexError) as error:
        raise BadInput(f"is no case that can be scored: {error!r}", where=str(toml_path)) from error


def _with_named_files(doc: dict[str, Any], flights: Any, case: Path) -> tuple[str, ...]:
    """Put the zones and plans of the files that the case names among its own; returns what could not be read."""
    zones = doc.get("zone", [])
    if "plan" not in doc and not any("format" in z for z in zones):
        return ()
    notes = Notes()
    named_files(doc, flights, case.resolve(), notes)
    return tuple(notes.lines())


def _day(case: Path, doc: dict[str, Any], flights: Any, notes: tuple[str, ...]) -> Day:
    area = doc["area"]
    frame = Frame(float(area["lat_deg"]), float(area["lon_deg"]))
    start_s, end_s = _number(doc, "start_s", math.nan), _number(doc, "end_s", math.nan)
    sea_m = _number(area, "geoid_m", 0.0)
    truth = _read_truth(case / "truth.parquet", frame, start_s, end_s)
    return Day(
        case=case,
        name=str(doc.get("name", case.name)),
        start_s=float(truth.t_s[0]) if math.isnan(start_s) else start_s,
        end_s=float(truth.t_s[-1]) if math.isnan(end_s) else end_s,
        radius_m=_number(area, "radius_m", 250_000.0),
        frame=frame,
        limits=_changed(doc, "caught").caught,
        zones=tuple(_zone(z) for z in doc.get("zone", []) if z.get("kind") == "defended"),
        sensors=tuple(_sensor(s, sea_m) for s in doc.get("sensor", [])),
        sites={
            str(s["id"]): (float(s["lat_deg"]), float(s["lon_deg"]), _number(s, "hae_m", sea_m))
            for s in doc.get("site", [])
        },
        flights=tuple(flights),
        truth=truth,
        feeds=tuple((str(f["format"]), case / str(f["file"])) for f in doc.get("feed", [])),
        issue_s=_changed(doc, "raids", ("issue_s",)).raids.issue_s,
        notes=notes,
    )


def _number(table: dict[str, Any], key: str, default: float) -> float:
    """A number of a table; the default where it is not given, or NaN."""
    value = table.get(key)
    return default if value is None or math.isnan(value) else float(value)


def _changed(doc: dict[str, Any], stage: str, names: tuple[str, ...] = ()) -> Config:
    """Defaults, with what the case's [thresholds] says of these settings of a stage (none named: all of it); its other
    keys are not the scorer's."""
    table = doc.get("thresholds", {})
    held = set(names) or {f.name for f in dataclasses.fields(getattr(Config(), stage))}
    said = {**table, **table.get(stage, {})}
    return Config().changed({stage: {k.removeprefix(f"{stage}."): v for k, v in said.items()
                                     if k.removeprefix(f"{stage}.") in held}})  # fmt: skip


def _zone(z: dict[str, Any]) -> Zone:
    ring = np.asarray(z["polygon"], float)
    always = [{"from_s": -np.inf}]  # no `active` at all; an empty list is never
    spans = tuple(
        (float(a["from_s"]), _number(a, "to_s", np.inf)) for a in (always if z.get("active") is None else z["active"])
    )
    floor, ceiling = _number(z, "floor_m", -np.inf), _number(z, "ceiling_m", np.inf)
    return Zone(str(z["id"]), ring[:, 0], ring[:, 1], floor, ceiling, spans)


def _sensor(s: dict[str, Any], sea_m: float) -> Sensor:
    return Sensor(
        sensor_id=str(s["id"]),
        kind=str(s["kind"]),
        lat_deg=float(s["lat_deg"]),
        lon_deg=float(s["lon_deg"]),
        hae_m=_number(s, "hae_m", sea_m),
        min_range_m=_number(s, "min_range_m", 0.0),
        max_range_m=_number(s, "max_range_m", np.inf),
        min_elevation_rad=_number(s, "min_elevation_rad", -np.pi / 2),
        max_elevation_rad=_number(s, "max_elevation_rad", np.pi / 2),
        scan_s=_number(s, "scan_s", 1.0),
        sigma_range_m=_number(s, "sigma_range_m", np.nan),
        sigma_azimuth_rad=_number(s, "sigma_azimuth_rad", np.nan),
        clutter_per_scan=_number(s, "clutter_per_scan", 0.0),
    )


def _read_truth(path: Path, frame: Frame, start_s: float, end_s: float) -> Truth:
    """Rows to a grid: one row per whole second, one column per object, in order of first appearance.

    A truth without rows is a day on which nothing was there: its seconds are those of the case.
    """
    table = _truth_table(path)
    t = table["t_s"].to_numpy()
    if not len(t):
        t = np.array([start_s, end_s])
    if not np.isfinite(t).all():
        raise BadInput("t_s: holds a time that is null or not finite", where=str(path))
    t0, coded = float(np.floor(t.min())), table["object_id"].combine_chunks().dictionary_encode()
    ids = tuple(coded.dictionary.to_pylist())
    span_s = float(t.max()) - t0
    if span_s > TRUTH_MAX_S or (span_s + 1.0) * len(ids) > TRUTH_MAX_CELLS:
        raise BadInput(
            f"t_s: goes from {t.min():.0f} to {t.max():.0f} for {len(ids)} objects, more than can be scored; "
            "is each one POSIX seconds?", where=str(path),
        )  # fmt: skip
    row = np.rint(t - t0).astype(np.int64)
    shape = (int(row.max()) + 1, len(ids))
    row = row[: len(table)]
    col = coded.indices.to_numpy(zero_copy_only=False).astype(np.int64)
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


def _truth_table(path: Path) -> pa.Table:
    """truth.parquet with the columns that scoring needs, in their types. Errors: BadInput."""
    words, flags = ("object_id", "kind", "raid_id"), ("hostile", "on_ground")
    try:
        table = pq.ParquetFile(path).read()
        lacking = [c for c in TRUTH_COLUMNS if c not in table.column_names]
        if lacking:
            raise BadInput(f"columns missing: {', '.join(lacking)}", where=str(path))
        kept = [c for c in (*TRUTH_COLUMNS, "raid_id") if c in table.column_names]
        kinds = {c: pa.string() if c in words else pa.bool_() if c in flags else pa.float64() for c in kept}
        table = pa.table({c: pc.cast(table[c], kind) for c, kind in kinds.items()})
    except (pa.ArrowException, OSError, ValueError) as error:
        raise BadInput(f"cannot be read as the truth: {str(error)[:200]}", where=str(path)) from error
    if table["object_id"].null_count:
        raise BadInput("object_id: holds a null; every row must say what it is of", where=str(path))
    return table


def _bools(column: Any) -> BOOL:
    """A bool column with null read as False: only what the truth calls hostile or landed counts as that."""
    return np.asarray(column.fill_null(False).to_numpy(zero_copy_only=False), bool)
