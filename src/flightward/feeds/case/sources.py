"""[[zone]] and [[plan]] that name a file -> plain zones and plans, as if they stood in case.toml and flights.json.

    [[zone]] format, file; kind (for all of the file), published_s (when the file was received), terrain_low_m,
             terrain_high_m (ground above the sea within the area)
    [[plan]] format, file; and what the format's page says (docs/feeds.md)

Zones that stay farther than NEIGHBOUR_M from the area are counted and left out. Zones that cannot be understood are
noted one by one: nobody may think that they are not there.
"""

from __future__ import annotations

import dataclasses
import hashlib
import math
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from flightward.errors import BadInput, BadMessage
from flightward.feeds.alerts.spans import NEIGHBOUR_M
from flightward.feeds.case.fields import Fields, Notes
from flightward.feeds.declared import Declared, DeclaredZone, Unreadable, ZoneContext
from flightward.feeds.formats import PLAN_FORMATS, ZONE_FORMATS
from flightward.feeds.plans import Plan, PlanContext, Point, Unfinished
from flightward.feeds.reach import reaches
from flightward.feeds.rows import Rejects
from flightward.model import AreaFrame, ZoneKind
from flightward.units import DEG_RAD

ReadFile = Callable[[Path], bytes]
"""Bytes of a file of the case, unpacked."""


@dataclasses.dataclass
class Sources:
    """What the named files held: plain tables, what could not be read, and the hash of each file."""

    zones: list[dict[str, Any]] = dataclasses.field(default_factory=list)
    plans: list[dict[str, Any]] = dataclasses.field(default_factory=list)
    unreadable: list[Unreadable] = dataclasses.field(default_factory=list)
    unfinished: list[Unfinished] = dataclasses.field(default_factory=list)
    rejected: dict[str, int] = dataclasses.field(default_factory=dict)
    hashes: dict[str, str] = dataclasses.field(default_factory=dict)


@dataclasses.dataclass(frozen=True)
class Area:
    """The case's area and day, as far as they are needed here."""

    frame: AreaFrame
    radius_m: float
    qnh_hpa: float
    geoid_m: float
    start_s: float
    end_s: float


def is_named(table: Any) -> bool:
    """Does a [[zone]] name a file."""
    return isinstance(table, Mapping) and "format" in table


def area_of(values: Mapping[str, Any]) -> Area | None:
    """The area and day of case.toml; None where they are wrong, which is told when they are read."""
    try:
        a = values["area"]
        return Area(
            AreaFrame(float(a["lat_deg"]) * DEG_RAD, float(a["lon_deg"]) * DEG_RAD), float(a["radius_m"]),
            float(a.get("qnh_hpa", math.nan)), float(a.get("geoid_m", math.nan)), float(values["start_s"]),
            float(values["end_s"]),
        )  # fmt: skip
    except (KeyError, TypeError, ValueError, AttributeError, OverflowError):
        return None


def read_zones(tables: list[Fields], area: Area, path: Path, read: ReadFile, notes: Notes, out: Sources) -> None:
    """Read the files that these [[zone]] name."""
    for table in tables:
        kind = table.text("format")
        if kind not in ZONE_FORMATS:
            raise table.error("must be one of " + ", ".join(ZONE_FORMATS), "format")
        file, data = file_of(table, path, read, out)
        ctx = ZoneContext(
            feed=table.text("id", table.text("name", file.stem)), start_s=area.start_s, end_s=area.end_s,
            heard_s=table.finite("published_s", math.nan), geoid_m=area.geoid_m, qnh_hpa=area.qnh_hpa,
            terrain_low_m=table.finite("terrain_low_m", math.nan),
            terrain_high_m=table.finite("terrain_high_m", math.nan), options=table.values,
        )  # fmt: skip
        forced = _kind(table)
        table.done()
        try:
            declared = ZONE_FORMATS[kind](data, ctx)
        except BadMessage as error:
            raise BadInput(f"cannot be read as {kind}: {error}", where=str(file)) from error
        _take(declared, ctx.feed, forced, area, notes, out)


def read_plans(
    tables: list[Fields], sites: Any, area: Area, path: Path, read: ReadFile, notes: Notes, out: Sources
) -> None:
    """Read the files that these [[plan]] name; the case's sites are points by their id."""
    places = _points(sites, notes)
    for table in tables:
        kind = table.text("format")
        if kind not in PLAN_FORMATS:
            raise table.error("must be one of " + ", ".join(PLAN_FORMATS), "format")
        file, data = file_of(table, path, read, out)
        points = places | _points(table.values.get("points"), notes)
        ctx = PlanContext(
            feed=table.text("name", file.stem), start_s=area.start_s, end_s=area.end_s, geoid_m=area.geoid_m,
            qnh_hpa=area.qnh_hpa, points=points, options=table.values,
        )  # fmt: skip
        try:
            plans = PLAN_FORMATS[kind](data, ctx)
        except BadMessage as error:
            raise BadInput(f"cannot be read as {kind}: {error}", where=str(file)) from error
        count(f"plans {ctx.feed}", plans.rejects, notes, out)
        out.unfinished += plans.unfinished
        for u in plans.unfinished:
            notes.add(f"plans {ctx.feed}: {u.flight_id} is NOT watched, its plan lacks {'; '.join(u.missing)}")
        out.plans += [plan_table(plan, table.values, places, notes) for plan in plans.plans]


def _points(values: Any, notes: Notes) -> dict[str, Point]:
    """Named places of a list of tables with id, lat_deg, lon_deg and maybe hae_m."""
    out = {}
    for value in values if isinstance(values, list) else []:
        table = Fields(value, "case.toml: point", "point", notes)
        place = (table.number("lat_deg", low=-90.0, high=90.0), table.number("lon_deg", low=-180.0, high=180.0))
        out[table.text("id")] = Point(*place, table.finite("hae_m", math.nan))
    return out


def plan_table(plan: Plan, options: Mapping[str, Any], sites: Mapping[str, Point], notes: Notes) -> dict[str, Any]:
    """A plan as an entry of flights.json; what the plan does not say is taken from the [[plan]]."""
    table: dict[str, Any] = {"flight_id": plan.flight_id, "waypoints": [w._asdict() for w in plan.waypoints]}
    for key in ("callsign", "icao24", "aircraft_type", "category"):
        table[key] = getattr(plan, key) or str(options.get(key, ""))
    endurance_s = options.get("endurance_s", plan.endurance_s)
    table["endurance_s"] = endurance_s
    table["alternates"] = [a for a in (*plan.alternates, *options.get("alternates", ())) if a in sites]
    lost = [a for a in plan.alternates if a not in sites]
    notes.add("plan: an alternate is not a site of case.toml and is not used", len(lost))
    return table


def file_of(table: Fields, path: Path, read: ReadFile, out: Sources) -> tuple[Path, bytes]:
    """The file that a table names, and its bytes."""
    file = (path / table.text("file")).resolve()
    if not file.is_relative_to(path.resolve()):
        raise table.error("must lie inside the case", "file")
    if not file.is_file():
        raise table.error("is not there", "file")
    try:
        out.hashes[file.relative_to(path.resolve()).as_posix()] = hashlib.sha256(file.read_bytes()).hexdigest()
        return file, read(file)
    except BadMessage as error:
        raise BadInput(f"cannot be unpacked: {error}", where=str(file)) from error


def count(what: str, rejects: Rejects, notes: Notes, out: Sources) -> None:
    """Note what a file's rows were kept aside for, and what was put right."""
    for reason, n in rejects.counts.items():
        out.rejected[f"{what}: {reason}"] = out.rejected.get(f"{what}: {reason}", 0) + n
        notes.add(f"{what}: kept aside, {reason}", n)
    for repair, n in rejects.repairs.items():
        notes.add(f"{what}: {repair}", n)


def _kind(table: Fields) -> ZoneKind | None:
    word = table.text("kind", "")
    try:
        return ZoneKind.of(word) if word else None  # type: ignore[return-value]
    except KeyError:
        raise table.error("must be one of " + ", ".join(k.word for k in ZoneKind), "kind") from None


def _take(
    declared: Declared, feed: str, kind: ZoneKind | None, area: Area, notes: Notes, out: Sources
) -> None:
    count(f"zones {feed}", declared.rejects, notes, out)
    out.unreadable += declared.unreadable
    for u in declared.unreadable:
        notes.add(f"zones {feed}: {u.zone_id} cannot be understood and is NOT watched ({u.reason}); read it yourself")
    for zone in declared.zones:
        e_m, n_m = area.frame.to_plane(zone.ring.lat_deg * DEG_RAD, zone.ring.lon_deg * DEG_RAD)
        if reaches(e_m, n_m, area.radius_m + NEIGHBOUR_M):
            out.zones.append(zone_table(zone, feed, kind))
        else:
            notes.add(f"zones {feed}: out_of_area")


def zone_table(zone: DeclaredZone, feed: str, kind: ZoneKind | None = None) -> dict[str, Any]:
    """A declared zone as a [[zone]] of case.toml."""
    table: dict[str, Any] = {
        "id": f"{feed}: {zone.zone_id}", "kind": (zone.kind if kind is None else kind).word,
        "polygon": [[float(a), float(b)] for a, b in zip(zone.ring.lon_deg, zone.ring.lat_deg, strict=True)],
        "exempt": [c.word for c in zone.exempt], "source": zone.source,
    }  # fmt: skip
    if math.isfinite(zone.floor_m):
        table["floor_m"] = zone.floor_m
    if math.isfinite(zone.ceiling_m):
        table["ceiling_m"] = zone.ceiling_m
    if not any(math.isinf(w.from_s) and math.isnan(w.to_s) for w in zone.windows):
        # What was over before 1970 is no time here.
        table["active"] = [
            {k: v for k, v in (("from_s", max(w.from_s, 0.0)), ("to_s", w.to_s), ("published_s", w.published_s))
             if not math.isnan(v)}
            for w in zone.windows
            if not w.to_s <= max(w.from_s, 0.0)
        ]  # fmt: skip
    return table
