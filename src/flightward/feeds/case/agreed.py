"""[[window]] and [[minimum]] of case.toml -> windows agreed with a zone's authority, and minimum heights.

    [[window]]    id, zone (id of a [[zone]]), from_s, to_s, published_s, flights [flight_id], categories, source
    [[minimum]]   id, polygon [[lon_deg, lat_deg] ...], minimum_m (above the ellipsoid) or minimum ("2300FT AMSL"),
                  source

Both are declared and never inferred: who published or agreed it must stand there.
"""

from __future__ import annotations

import math

import numpy as np

from flightward.feeds.case.fields import Fields, unique
from flightward.feeds.case.tables import flat_i64, polygon, starts
from flightward.feeds.declared.levels import AGL, FL, HAE, MSL, Datum, limit_of_text
from flightward.model import (
    AgreedBatch,
    AreaFrame,
    Category,
    FlightBatch,
    MinimumBatch,
    Names,
    ZoneBatch,
    ZoneKind,
    f64,
    i64,
)
from flightward.units import DEG_RAD

OPENED = (ZoneKind.CLOSED, ZoneKind.GEO, ZoneKind.DEFENDED)
"""Kinds of zones through which an authority can let a flight pass; an alert is no airspace."""
HIGHEST_M = 20_000.0


def agreed(tables: list[Fields], zones: ZoneBatch, flights: FlightBatch, names: Names) -> AgreedBatch:
    """The windows. Errors: BadInput for a zone or flight that the case does not have, or if it is for nobody."""
    zone_rows = {str(names.text(int(z))): k for k, z in enumerate(zones.name)}
    flight_rows = {str(names.text(int(f))): k for k, f in enumerate(flights.name)}
    ids, rows, sources, spans, whose = [], [], [], [], []
    for table in tables:
        ids.append(table.text("id"))
        rows.append(_zone(table, zone_rows, zones))
        sources.append(table.text("source"))
        begin, end = table.finite("from_s"), table.finite("to_s")
        if end <= begin:
            raise table.error("must be after from_s", "to_s")
        published = table.finite("published_s", math.nan)
        if published >= end:
            raise table.error("must be before to_s: nobody can use it else", "published_s")
        spans.append((begin, end, published))
        whose.append(_whose(table, flight_rows, flights))
        table.done()
    unique(ids, "window", "case.toml")
    flat = np.array(spans, dtype=np.float64).reshape(-1, 3)
    return AgreedBatch(
        i64([names.intern(t) for t in ids]), i64(rows), f64(flat[:, 0]), f64(flat[:, 1]), f64(flat[:, 2]),
        i64([names.intern(t) for t in sources]), starts(whose), flat_i64(whose),
    )  # fmt: skip


def _zone(table: Fields, rows: dict[str, int], zones: ZoneBatch) -> int:
    word = table.text("zone")
    if word not in rows:
        raise table.error("is not a zone of case.toml", "zone")
    if int(zones.kind[rows[word]]) not in OPENED:
        kinds = ", ".join(kind.word for kind in OPENED)
        raise table.error(f"is a zone through which nobody can be let; must be one that is {kinds}", "zone")
    return rows[word]


def _whose(table: Fields, rows: dict[str, int], flights: FlightBatch) -> list[int]:
    """Rows of the flights that the window is for, in order."""
    named, words = table.texts("flights"), table.texts("categories")
    if not named and not words:
        raise table.error("is missing; say for whom the window is: flights, or categories", "flights")
    out = set()
    for flight in named:
        if flight not in rows:
            raise table.error(f"names {flight!r}, which is not a protected flight of the case", "flights")
        out.add(rows[flight])
    for word in words:
        try:
            out |= set(np.flatnonzero(flights.category == int(Category.of(word))).tolist())
        except KeyError:
            # Not knowing who is meant, nobody more is: the zone stays closed to the others.
            table.notes.add(f"window: category {word!r} is unknown and lets nobody through")
    if not out:
        table.notes.add("window: is for no flight of this case and is not used")
    return sorted(out)


def minima(tables: list[Fields], frame: AreaFrame, names: Names, datum: Datum) -> MinimumBatch:
    """The areas and their minimum heights. Errors: BadInput where a height is missing or cannot be read."""
    ids, sources, heights, corners = [], [], [], []
    for table in tables:
        ids.append(table.text("id"))
        sources.append(table.text("source"))
        heights.append(_minimum(table, datum))
        corners.append(polygon(table))
        table.done()
    unique(ids, "minimum", "case.toml")
    flat = np.array([c for ring in corners for c in ring], dtype=np.float64).reshape(-1, 2)
    e_m, n_m = frame.to_plane(flat[:, 1] * DEG_RAD, flat[:, 0] * DEG_RAD)
    return MinimumBatch(
        i64([names.intern(t) for t in ids]), f64(heights), i64([names.intern(t) for t in sources]), starts(corners),
        e_m, n_m,
    )  # fmt: skip


def _minimum(table: Fields, datum: Datum) -> float:
    """The minimum, at its highest where what it is measured from is not known to the metre."""
    if table.has("minimum") == table.has("minimum_m"):
        raise table.error("is needed, or minimum_m (metres above the ellipsoid); one of the two", "minimum")
    if table.has("minimum_m"):
        return table.number("minimum_m", low=-500.0, high=HIGHEST_M)
    limit = limit_of_text(table.text("minimum"))
    if limit.reference not in (FL, MSL, AGL, HAE):
        raise table.error('must be a height and what it is above, as "2300FT AMSL", "FL070" or "700M AMSL"', "minimum")
    return datum.highest(limit)
