"""ED-318 geographical zones -> declared zones of kind geo.

    GeoJSON FeatureCollection with "metadata": {"issued", "validFrom", "validTo"}; each feature
        "geometry": Polygon | MultiPolygon | Point with "extent": {"subType": "Circle", "radius"} |
                    GeometryCollection of these, each with "layer": {"lower", "lowerReference", "upper",
                    "upperReference", "uom": m|ft|FL}
        "properties": {"identifier", "country", "name": [{"text", "lang"}], "type", "variant", "restrictionConditions",
                    "limitedApplicability": [{"startDateTime", "endDateTime", "schedule": [{"day": [], "startTime",
                    "startEvent", "endTime", "endEvent"}]}]}

No limitedApplicability: always. A schedule by events of the sun counts as all day. Positions are longitude, latitude.
Source: EUROCAE ED-318 (2.0), data model and JSON encoding; layers of 3.3.
"""

from __future__ import annotations

import math
from typing import Any

from flightward.errors import BadMessage
from flightward.feeds.declared import Declared, DeclaredZone, ZoneContext
from flightward.feeds.declared.shapes import BadShape
from flightward.feeds.ed269.parse import applicability, heights
from flightward.feeds.geojson.geometry import rings_of
from flightward.feeds.isotime import iso_s
from flightward.feeds.jsontree import decoded, items, table, words
from flightward.model import ZoneKind


def ed318(data: bytes, ctx: ZoneContext) -> Declared:
    """The zones of a file. Errors: BadMessage (json, ed318)."""
    top = table(decoded(data))
    if top.get("type") != "FeatureCollection" or not isinstance(top.get("features"), list):
        raise BadMessage("ed318", data[:64], "there is no FeatureCollection")
    issued_s = iso_s(words(table(top.get("metadata")).get("issued")))
    heard_s = issued_s if math.isnan(ctx.heard_s) else ctx.heard_s
    out = Declared()
    for row, feature in enumerate(top["features"]):
        _feature(row, table(feature), heard_s, ctx, out)
    return out


def _feature(row: int, f: dict[str, Any], heard_s: float, ctx: ZoneContext, out: Declared) -> None:
    p = table(f.get("properties"))
    name = words(p.get("identifier")) or words(p.get("name")) or f"{ctx.feed or 'zone'}-{row + 1}"
    name = f"{name} {words(p.get('country'))}".strip()
    g = table(f.get("geometry"))
    parts = items(g.get("geometries")) if g.get("type") == "GeometryCollection" else [g]
    if not parts:
        out.cannot_read(name, "shape", repr(f), row)
        return
    notes: set[str] = set()
    windows = applicability(items(p.get("limitedApplicability")), heard_s, ctx, notes)
    if not windows:
        out.rejects.repaired("not_in_force")
        return
    text = " ".join(w for w in (words(p.get("type")), words(p.get("name")), words(p.get("restrictionConditions"))) if w)
    for part in parts:
        layer = table(table(part).get("layer")) or table(g.get("layer"))
        try:
            rings, more = rings_of(part)
        except BadShape as error:
            out.cannot_read(name, error.reason, repr(part), row)
            continue
        floor, ceiling, odd = heights(layer.get("lower"), layer.get("lowerReference"), layer.get("upper"),
                                      layer.get("upperReference"), layer.get("uom"), ctx)  # fmt: skip
        marks = tuple(sorted(notes | more | odd))
        for ring in rings:
            out.add(DeclaredZone(name, ZoneKind.GEO, ring, floor, ceiling, windows, (), "ED-318", text, marks))
