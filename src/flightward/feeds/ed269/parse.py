"""ED-269 geographical zones -> declared zones of kind geo.

    {"features" | "UASZoneList" | "uas_zones": [{
        "identifier", "country", "name", "type", "restriction", "restrictionConditions", "reason", "message",
        "applicability": [{"permanent": "YES"|"NO", "startDateTime", "endDateTime",
                           "schedule" | "dailyPeriod": [{"day": ["MON".. | "ANY"], "startTime", "endTime"}]}],
        "geometry": [{"uomDimensions": "M"|"FT", "lowerLimit", "lowerVerticalReference": "AGL"|"AMSL", "upperLimit",
                      "upperVerticalReference", "horizontalProjection": {"type": "Polygon", "coordinates"} |
                      {"type": "Circle", "center": [lon, lat], "radius"}}]}]}

A radius is in metres. A zone of several geometries gives one zone each. Without an applicability it is always active;
so is a permanent one, whatever dates stand beside it, on the days of its schedule. The zones rule drones: they
tell where drones may be and where they may not. All are kept, also NO_RESTRICTION.

Source: EUROCAE ED-269, chapter 8 (data model), and the three JSON forms in use of it.
"""

from __future__ import annotations

import math
from typing import Any

from flightward.errors import BadMessage
from flightward.feeds.declared import Declared, DeclaredZone, Window, ZoneContext
from flightward.feeds.declared.levels import AGL, EITHER, HAE, MSL, SFC, UNL, Limit, ceiling_m, floor_m, limit_of_level
from flightward.feeds.declared.shapes import BadShape
from flightward.feeds.declared.weekly import DAYS, PERIODS_MAX, Period, weekly, within_day
from flightward.feeds.declared.zone import datum_of
from flightward.feeds.geojson.geometry import rings_of
from flightward.feeds.isotime import clock_s, iso_s
from flightward.feeds.jsontree import decoded, items, number, table, words
from flightward.model import ZoneKind
from flightward.units import FT_M

_LISTS = ("features", "UASZoneList", "uas_zones", "uasZones", "UASZones")
_REFERENCES = {"AGL": AGL, "AMSL": MSL, "MSL": MSL, "WGS84": HAE, "HAE": HAE}
ALL_WEEK = frozenset(range(7))


def ed269(data: bytes, ctx: ZoneContext) -> Declared:
    """The zones of a file. Errors: BadMessage (json, ed269)."""
    value = decoded(data)
    top = table(value)
    key = next((k for k in _LISTS if isinstance(top.get(k), list)), None)
    if key is None and not isinstance(value, list):
        raise BadMessage("ed269", data[:64], "there is no list of zones (features, UASZoneList or uas_zones)")
    zones = value if key is None else top[key]
    heard_s = iso_s(words(top.get("createdAt"))) if math.isnan(ctx.heard_s) else ctx.heard_s
    out = Declared()
    for row, zone in enumerate(zones):
        _zone(row, table(zone), heard_s, ctx, out)
    return out


def _zone(row: int, z: dict[str, Any], heard_s: float, ctx: ZoneContext, out: Declared) -> None:
    name = words(z.get("identifier")) or words(z.get("name")) or f"{ctx.feed or 'zone'}-{row + 1}"
    country = words(z.get("country"))
    name = f"{name} {country}" if country else name
    geometries = items(z.get("geometry"))
    if not geometries:
        out.cannot_read(name, "shape", repr(z), row)
        return
    notes: set[str] = set()
    windows = applicability(items(z.get("applicability")), heard_s, ctx, notes)
    if not windows:
        out.rejects.repaired("not_in_force")
        return
    text = " ".join(w for w in (words(z.get("restriction")), words(z.get("name")), words(z.get("message"))) if w)
    for geometry in geometries:
        g = table(geometry)
        try:
            rings, more = rings_of(g.get("horizontalProjection"))
        except BadShape as error:
            out.cannot_read(name, error.reason, repr(geometry), row)
            continue
        floor, ceiling, odd = heights(g.get("lowerLimit"), g.get("lowerVerticalReference"), g.get("upperLimit"),
                                      g.get("upperVerticalReference"), g.get("uomDimensions"), ctx)  # fmt: skip
        marks = tuple(sorted(notes | more | odd))
        for ring in rings:
            out.add(DeclaredZone(name, ZoneKind.GEO, ring, floor, ceiling, windows, (), "ED-269", text, marks))


def heights(
    lower: Any, lower_reference: Any, upper: Any, upper_reference: Any, unit: Any, ctx: ZoneContext
) -> tuple[float, float, set[str]]:
    """Floor and ceiling above the ellipsoid, and notes (limit_unread, limits_crossed)."""
    notes: set[str] = set()
    scale = FT_M if words(unit).upper().startswith("FT") else 1.0
    datum = datum_of(ctx)
    bounds = []
    for value, reference, none in ((lower, lower_reference, SFC), (upper, upper_reference, UNL)):
        height = number(value)
        if value not in (None, "") and math.isnan(height):
            notes.add("limit_unread")
        above = _REFERENCES.get(words(reference).upper(), EITHER)
        is_ground = none == SFC and height == 0.0 and above == AGL
        bounds.append(Limit(none) if math.isnan(height) or is_ground else Limit(above, height * scale))
    if words(unit).upper() == "FL":
        bounds = [b if b.reference in (SFC, UNL) else limit_of_level(b.value_m) for b in bounds]
    floor, ceiling = floor_m(bounds[0], datum), ceiling_m(bounds[1], datum)
    if floor < ceiling:
        return floor, ceiling, notes
    return -math.inf, math.inf, {*notes, "limits_crossed"}


def applicability(entries: list[Any], heard_s: float, ctx: ZoneContext, notes: set[str]) -> tuple[Window, ...]:
    """The windows of all entries; none at all: always."""
    if not entries:
        return (Window(-math.inf, math.nan, heard_s),)
    out: list[Window] = []
    for entry in entries:
        a = table(entry)
        is_permanent = words(a.get("permanent")).upper() == "YES"
        begin, end = (_moment(a.get(k), notes) for k in ("startDateTime", "endDateTime"))
        begin = -math.inf if is_permanent or math.isnan(begin) else begin
        end = math.nan if is_permanent else end
        if end < begin:
            notes.add("end_before_start")
            end = math.nan
        periods = _periods(items(a.get("schedule", a.get("dailyPeriod"))), notes)
        if periods is None:
            spans: list[tuple[float, float]] = [(begin, end)]
        else:
            spans, more = within_day(begin, end, ctx, lambda first, last, p=periods: weekly(p, first, last))  # type: ignore[misc]
            notes |= more
        out += [Window(a_s, b_s, heard_s) for a_s, b_s in spans]
    return tuple(out)


def _moment(value: Any, notes: set[str]) -> float:
    moment = iso_s(words(value))
    if value not in (None, "") and math.isnan(moment):
        notes.add("time_unread")
    return moment


def _periods(entries: list[Any], notes: set[str]) -> list[Period] | None:
    """The weekly times; None where there is none, or one cannot be read: always."""
    out = []
    if len(entries) > PERIODS_MAX:
        notes.add("schedule_unread")
        return None
    for entry in entries:
        e = table(entry)
        days = [words(d).upper()[:3] for d in items(e.get("day"))]
        texts = [words(e.get(k)) for k in ("startTime", "endTime")]
        events = [words(e.get(k)) for k in ("startEvent", "endEvent")]
        if any(events) or any(d not in (*DAYS, "ANY") for d in days):
            notes.add("schedule_unread")
            return None
        weekdays = ALL_WEEK if not days or "ANY" in days else frozenset(DAYS.index(d) for d in days)
        if not any(texts) and weekdays == ALL_WEEK:
            return None
        begin = clock_s(texts[0]) if texts[0] else 0.0
        end = clock_s(texts[1]) if texts[1] else 86_400.0
        if math.isnan(begin) or math.isnan(end):
            notes.add("schedule_unread")
            return None
        out.append(Period(weekdays, begin, end))
    return out or None
