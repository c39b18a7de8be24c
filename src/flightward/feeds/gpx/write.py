"""Plans -> GPX routes, which `gpx_plans` reads back to the same plans."""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from xml.etree.ElementTree import Element, SubElement, tostring

from flightward.feeds.plans.plan import Plan

NAMESPACE = "http://www.topografix.com/GPX/1/1"


def plans_to_gpx(plans: Sequence[Plan], geoid_m: float = 0.0) -> bytes:
    """A GPX 1.1 document, a route a plan; geoid_m turns heights above the ellipsoid into heights above the sea."""
    root = Element("gpx", {"xmlns": NAMESPACE, "version": "1.1", "creator": "Flightward"})
    for plan in plans:
        route = SubElement(root, "rte")
        SubElement(route, "name").text = plan.flight_id
        for point in plan.waypoints:
            at = SubElement(route, "rtept", {"lat": repr(point.lat_deg), "lon": repr(point.lon_deg)})
            SubElement(at, "ele").text = repr(point.hae_m - geoid_m)
            moment = datetime.datetime.fromtimestamp(point.t_s, datetime.UTC)
            SubElement(at, "time").text = moment.isoformat(timespec="microseconds").replace("+00:00", "Z")
    document: bytes = tostring(root, encoding="utf-8", xml_declaration=True)
    return document
