"""case.toml and flights.json, parsed -> the tables of a Setup."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from flightward.errors import BadInput
from flightward.feeds.case.fields import Fields, Notes, unique
from flightward.model import (
    I64,
    NONE,
    AreaFrame,
    Category,
    FlightBatch,
    Names,
    SensorBatch,
    SensorKind,
    SiteBatch,
    ZoneBatch,
    ZoneKind,
    f64,
    i8,
    i64,
)
from flightward.model.codes import Code
from flightward.units import DEG_RAD

_SENSOR_FIGURES = (
    "min_range_m", "max_range_m", "min_elevation_rad", "max_elevation_rad", "scan_s", "sigma_range_m",
    "sigma_azimuth_rad", "sigma_elevation_rad", "sigma_range_rate_mps", "p_detect", "clutter_per_scan",
)  # fmt: skip
_LAT = {"low": -90.0, "high": 90.0}
_LON = {"low": -180.0, "high": 180.0}


def sensors(tables: list[Fields], frame: AreaFrame, names: Names, geoid_m: float) -> SensorBatch:
    """The sensor table; figures that are not given are NaN."""
    ids, kinds, places, figures = [], [], [], []
    for table in tables:
        ids.append(table.text("id"))
        kinds.append(_code(table, "kind", SensorKind))
        places.append(_place(table, geoid_m))
        figures.append([table.number(key, np.nan, **_limits(key)) for key in _SENSOR_FIGURES])
        table.done()
    unique(ids, "sensor", "case.toml")
    lat, lon, hae, e_m, n_m = _columns(places, frame)
    columns = np.array(figures, dtype=np.float64).reshape(len(ids), len(_SENSOR_FIGURES))
    return SensorBatch(
        i64([names.intern(t) for t in ids]), i8(kinds), lat, lon, hae, e_m, n_m,
        **{key: f64(columns[:, k]) for k, key in enumerate(_SENSOR_FIGURES)},
    )  # fmt: skip


def _limits(key: str) -> dict[str, float]:
    if key == "p_detect":
        return {"low": 0.0, "high": 1.0}
    if key.endswith("elevation_rad") and not key.startswith("sigma"):
        return {"low": -math.pi, "high": math.pi}
    return {"low": 0.0, "high": 1e9}


def sites(tables: list[Fields], frame: AreaFrame, names: Names, geoid_m: float) -> SiteBatch:
    """The table of places."""
    ids, titles, kinds, places, capacity, services = [], [], [], [], [], []
    for table in tables:
        ids.append(table.text("id"))
        titles.append(table.text("name", ids[-1]))
        kinds.append(table.text("kind", ""))
        places.append(_place(table, geoid_m))
        capacity.append(int(table.number("capacity", NONE, low=-1, high=1e6)))
        services.append([names.intern(t) for t in table.texts("services")])
        table.done()
    unique(ids, "site", "case.toml")
    lat, lon, hae, e_m, n_m = _columns(places, frame)
    return SiteBatch(
        i64([names.intern(t) for t in ids]), i64([names.intern(t) for t in titles]), lat, lon, hae, e_m, n_m,
        i64([names.intern(t) for t in kinds]), i64(capacity), starts(services), flat_i64(services),
    )  # fmt: skip


def zones(tables: list[Fields], frame: AreaFrame, names: Names) -> ZoneBatch:
    """Declared zones. No `active` key: always active; an empty list: never. `to_s` absent: open."""
    ids, kinds, sources, floors, ceilings, exempt = [], [], [], [], [], []
    corners: list[list[tuple[float, float]]] = []
    windows: list[list[tuple[float, float, float]]] = []
    for table in tables:
        ids.append(table.text("id"))
        kinds.append(_code(table, "kind", ZoneKind))
        sources.append(table.text("source", ""))
        floors.append(table.number("floor_m", -math.inf))
        ceilings.append(table.number("ceiling_m", math.inf))
        exempt.append(_exempt(table))
        corners.append(polygon(table))
        windows.append(_windows(table))
        table.done()
    unique(ids, "zone", "case.toml")
    flat = np.array([c for ring in corners for c in ring], dtype=np.float64).reshape(-1, 2)
    e_m, n_m = frame.to_plane(flat[:, 1] * DEG_RAD, flat[:, 0] * DEG_RAD)
    spans = np.array([w for rows in windows for w in rows], dtype=np.float64).reshape(-1, 3)
    return ZoneBatch(
        i64([names.intern(t) for t in ids]), i8(kinds), f64(floors), f64(ceilings),
        i64([names.intern(t) for t in sources]), i64(exempt), starts(corners), e_m, n_m,
        starts(windows), f64(spans[:, 0]), f64(spans[:, 1]), f64(spans[:, 2]),
    )  # fmt: skip


def _exempt(table: Fields) -> int:
    mask = 0
    for word in table.texts("exempt"):
        try:
            mask |= 1 << int(Category.of(word))
        except KeyError:
            # Not knowing who is exempt, nobody more is: the zone stays closed to the others.
            table.notes.add(f"zone: exempt category {word!r} is unknown and exempts nobody")
    return mask


def polygon(table: Fields) -> list[tuple[float, float]]:
    """The corners of its `polygon`, (lon, lat) in degrees, not closed. Errors: BadInput."""
    ring: list[tuple[float, float]] = []
    for corner in table.items("polygon"):
        if not (isinstance(corner, list) and len(corner) >= 2 and all(_is_number(v) for v in corner[:2])):
            raise BadInput("must be [lon_deg, lat_deg]", key="polygon", value=corner, where=table.where)
        lon, lat = float(corner[0]), float(corner[1])
        if not (abs(lon) <= 180.0 and abs(lat) <= 90.0):
            raise BadInput("is not a longitude and latitude", key="polygon", value=corner, where=table.where)
        ring.append((lon, lat))
    if len(ring) > 1 and ring[0] == ring[-1]:
        ring.pop()
    if len(ring) < 3:
        raise table.error("must have three corners or more", "polygon")
    return ring


def _windows(table: Fields) -> list[tuple[float, float, float]]:
    if not table.has("active"):
        return [(-math.inf, math.nan, math.nan)]
    rows = []
    for window in table.tables("active", "active"):
        begin, end = window.finite("from_s"), window.finite("to_s", math.nan)
        if end < begin:
            raise window.error("must not be before from_s", "to_s")
        rows.append((begin, end, window.finite("published_s", math.nan)))
        window.done()
    return rows


def flights(values: object, site_rows: dict[str, int], frame: AreaFrame, names: Names, notes: Notes) -> FlightBatch:
    """The protected flights and their plans; alternates are rows of the site table."""
    if not isinstance(values, list):
        raise BadInput("must be a list of flights", where="flights.json")
    ids, callsigns, identities, types, categories, limits = [], [], [], [], [], []
    points: list[list[tuple[float, float, float, float]]] = []
    alternates: list[list[int]] = []
    for k, value in enumerate(values):
        table = Fields(value, f"flights.json: flight {k + 1}", "flight", notes)
        ids.append(table.text("flight_id"))
        callsigns.append(table.text("callsign", ""))
        identities.append(table.text("icao24", "").strip().lower())
        types.append(table.text("aircraft_type", ""))
        categories.append(_category(table))
        limits.append([table.number(key, np.nan, low=0, high=1e9) for key in ("endurance_s", "fuel_kg")])
        alternates.append(_alternates(table, site_rows))
        points.append(_waypoints(table))
        table.done()
    unique(ids, "flight", "flights.json")
    _one_aircraft_each(ids, identities, points)
    flat = np.array([p for rows in points for p in rows], dtype=np.float64).reshape(-1, 4)
    e_m, n_m = frame.to_plane(flat[:, 1] * DEG_RAD, flat[:, 2] * DEG_RAD)
    words = [i64([names.intern(t) for t in texts]) for texts in (ids, callsigns, identities, types)]
    figures = np.array(limits, dtype=np.float64).reshape(-1, 2)
    return FlightBatch(
        words[0], words[1], words[2], words[3], i8(categories), f64(figures[:, 0]), f64(figures[:, 1]),
        starts(points), f64(flat[:, 0]), e_m, n_m, f64(flat[:, 3]), starts(alternates), flat_i64(alternates),
    )  # fmt: skip


def _one_aircraft_each(ids: list[str], identities: list[str], points: Sequence[Sequence[tuple[float, ...]]]) -> None:
    """Two flights of one icao24 at one time would each be shown where the other is; legs one after the other may be.

    Errors   BadInput.
    """
    legs: dict[str, list[tuple[float, float, str]]] = {}
    for flight, identity, rows in zip(ids, identities, points, strict=True):
        first, last = rows[0][0], rows[-1][0]
        for other_first, other_last, other in legs.get(identity, ()) if identity else ():
            if first <= other_last and other_first <= last:
                raise BadInput(
                    f"stands in the flights {other} and {flight} of the same time, whose positions could not be told "
                    "apart; make them one plan, or leave it out of one",
                    key="icao24", value=identity, where="flights.json",
                )  # fmt: skip
        legs.setdefault(identity, []).append((first, last, flight))


def _category(table: Fields) -> int:
    word = table.text("category", "other")
    try:
        return int(Category.of(word))
    except KeyError:
        table.notes.add(f"flight: category {word!r} is unknown and taken as other")
        return int(Category.OTHER)


def _alternates(table: Fields, site_rows: dict[str, int]) -> list[int]:
    rows = []
    for site in table.texts("alternates"):
        if site not in site_rows:
            raise BadInput("is not a site of case.toml", key="alternates", value=site, where=table.where)
        rows.append(site_rows[site])
    return rows


def _waypoints(table: Fields) -> list[tuple[float, float, float, float]]:
    rows: list[tuple[float, float, float, float]] = []
    for point in table.tables("waypoints", "waypoint"):
        lat, lon = point.number("lat_deg", **_LAT), point.number("lon_deg", **_LON)
        row = (point.finite("t_s"), lat, lon, point.finite("hae_m"))
        if rows and row[0] < rows[-1][0]:
            raise point.error("must not be before the waypoint above", "t_s")
        rows.append(row)
        point.done()
    if not rows:
        raise table.error("must have a waypoint at least", "waypoints")
    return rows


def _place(table: Fields, geoid_m: float) -> tuple[float, float, float]:
    lat, lon = table.number("lat_deg", **_LAT), table.number("lon_deg", **_LON)
    if not table.has("hae_m"):
        table.notes.add(f"{table.what}: hae_m is not given and taken as sea level")
    return lat, lon, table.finite("hae_m", geoid_m)


def _columns(places: list[tuple[float, float, float]], frame: AreaFrame) -> tuple[Any, ...]:
    flat = np.array(places, dtype=np.float64).reshape(-1, 3)
    lat, lon = f64(flat[:, 0] * DEG_RAD), f64(flat[:, 1] * DEG_RAD)
    return lat, lon, f64(flat[:, 2]), *frame.to_plane(lat, lon)


def _code(table: Fields, key: str, codes: type[Code]) -> int:
    word = table.text(key)
    try:
        return int(codes.of(word))
    except KeyError:
        raise table.error("must be one of " + ", ".join(c.word for c in codes), key) from None


def starts(rows: list[Any]) -> I64:
    """(N + 1,) where each row of a ragged column begins."""
    return np.concatenate([np.zeros(1, np.int64), np.cumsum([len(r) for r in rows], dtype=np.int64)])


def flat_i64(rows: list[list[int]]) -> I64:
    """All rows of a ragged column in one."""
    return i64([v for row in rows for v in row])


def _is_number(value: object) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)
