"""CSV plans: one line a waypoint.

    flight_id, t_s (POSIX) or time (ISO 8601), lat_deg, lon_deg, hae_m; callsign, icao24, aircraft_type, category

The texts are those of the flight's first line. Kept aside: fields, flight (no id), time, position, height; a flight
that has lost a line is unfinished, for its path would be another one.
"""

from __future__ import annotations

import math

from flightward.errors import BadMessage
from flightward.feeds.csvlines import CsvLines
from flightward.feeds.isotime import iso_s
from flightward.feeds.jsontree import number
from flightward.feeds.plans.plan import Plan, PlanContext, Plans, Waypoint

_TEXTS = ("callsign", "icao24", "aircraft_type", "category")


def csv_plans(data: bytes, ctx: PlanContext) -> Plans:
    """The plans of a file. Errors: BadMessage (column)."""
    out = Plans()
    lines = CsvLines(("flight_id", "lat_deg", "lon_deg"), out.rejects)
    lines.receive(data)
    lines.finish()
    columns, rows = lines.take()
    if lines.columns is not None and "t_s" not in columns and "time" not in columns:
        raise BadMessage("column", detail="there is no column t_s, nor time")
    flights: dict[str, list[Waypoint]] = {}
    texts: dict[str, dict[str, str]] = {}
    lost: dict[str, list[str]] = {}
    for k, row in enumerate(rows.tolist()):
        line = {name: values[k].strip() for name, values in columns.items()}
        point, reason = _waypoint(line, ctx)
        name = line["flight_id"]
        if not name or reason:
            out.rejects.add_one(reason or "flight", row, ",".join(line.values()))
            lost.setdefault(name, []).append(f"{reason} of a waypoint")
            continue
        flights.setdefault(name, []).append(point)
        texts.setdefault(name, {key: line.get(key, "") for key in _TEXTS})
    for name in [n for n in lost if n]:
        out.cannot_use(name, lost[name], f"{len(flights.pop(name, []))} waypoints can be read")
    for name, points in flights.items():
        ordered = tuple(sorted(points, key=lambda p: p.t_s))
        if list(ordered) != points:
            out.rejects.repaired("reordered")
        out.plans.append(Plan(name, ordered, **texts[name]))  # type: ignore[arg-type]
    return out


def _waypoint(line: dict[str, str], ctx: PlanContext) -> tuple[Waypoint, str]:
    t_s = number(line["t_s"]) if line.get("t_s") else iso_s(line.get("time", ""))
    lat, lon = number(line["lat_deg"]), number(line["lon_deg"])
    hae_m = number(line["hae_m"]) if line.get("hae_m") else ctx.option("hae_m")
    reason = ""
    if math.isnan(t_s):
        reason = "time"
    elif not (abs(lat) <= 90.0 and abs(lon) <= 180.0):
        reason = "position"
    elif math.isnan(hae_m):
        reason = "height"
    return Waypoint(t_s, lat, lon, hae_m), reason
