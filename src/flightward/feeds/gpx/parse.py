"""GPX -> plans (routes and tracks) or reports (tracks).

    <gpx> <rte> <name/> <rtept lat lon> <ele/> <time/> </rtept> </rte>
          <trk> <name/> <trkseg> <trkpt lat lon> <ele/> <time/> </trkpt> </trkseg> </trk> <wpt lat lon/>

Source: GPX 1.1 schema, topografix.com; GPX 1.0 has the same names. ele is metres above the sea. Kept aside: position.
"""

from __future__ import annotations

import math
from xml.etree.ElementTree import Element

from flightward.errors import BadMessage
from flightward.feeds.isotime import iso_s
from flightward.feeds.jsontree import number
from flightward.feeds.plans.paths import Path, plans_of, reports_of
from flightward.feeds.plans.plan import PlanContext, Plans
from flightward.feeds.rows import FeedContext, FeedRows, Rejects
from flightward.feeds.xmlsafe import descendants, local, text_of, tree


def gpx_plans(data: bytes, ctx: PlanContext) -> Plans:
    """A plan of every route and every track. Errors: BadMessage (xml, doctype, gpx)."""
    rejects = Rejects()
    return plans_of(_paths(data, rejects), ctx, rejects)


def gpx_reports(data: bytes, ctx: FeedContext) -> FeedRows:
    """A report of every point of a track that has a time. Errors: BadMessage (xml, doctype, gpx)."""
    rejects = Rejects()
    return reports_of([p for p in _paths(data, rejects) if p.is_flown], ctx, rejects)


def _paths(data: bytes, rejects: Rejects) -> list[Path]:
    root = tree(data)
    if local(root) != "gpx":
        raise BadMessage("gpx", data[:64], f"a GPX file begins with gpx, not {local(root)}")
    row = 0
    out = []
    for line in descendants(root, "rte", "trk"):
        path = Path(text_of(line, "name"), is_flown=local(line) == "trk")
        for point in descendants(line, "rtept", "trkpt"):
            _point(path, point, row, rejects)
            row += 1
        out.append(path)
    return out


def _point(path: Path, point: Element, row: int, rejects: Rejects) -> None:
    lat, lon = number(point.get("lat")), number(point.get("lon"))
    height = number(text_of(point, "ele")) if text_of(point, "ele") else math.nan
    if not path.add(row, iso_s(text_of(point, "time")), lat, lon, height):
        rejects.add_one("position", row, f"{point.get('lat')} {point.get('lon')}")
