"""Files of declared areas, alerts and plans: what one is, by looking, and what it holds, as plain values."""

from __future__ import annotations

import math
import re
from typing import Any

from flightward.feeds.alerts import Polls
from flightward.feeds.declared import Declared, ZoneContext
from flightward.feeds.formats import PLAN_FORMATS, ZONE_FORMATS
from flightward.feeds.plans import PlanContext, Plans

LOOK = 1 << 16
_XML = (
    ("notam-pib-xml", rb"<(?:\w+:)?Pib[\s/>]"), ("aixm", rb"<(?:\w+:)?(?:AIXMBasicMessage|AirspaceTimeSlice)[\s/>]"),
    ("gpx", rb"<(?:\w+:)?gpx[\s/>]"), ("kml", rb"<(?:\w+:)?(?:kml|Placemark)[\s/>]"),
)  # fmt: skip
_JSON = (
    ("alerts-in-ua-polls", rb'^\s*\{\s*"t_rx_s".*"(?:alert_type|alerts)"'),
    ("ukrainealarm-polls", rb'^\s*\{\s*"t_rx_s"'),
    ("ed269-json", rb'"(?:UASZoneList|uas_zones|horizontalProjection)"\s*:'),
    ("ed318-json", rb'"(?:upperReference|limitedApplicability)"\s*:'),
    ("zones-geojson", rb'"(?:FeatureCollection|Feature)"'),
    ("ukrainealarm-json", rb'"(?:activeAlerts|regionId)"\s*:'),
    ("opensky-states-json", rb'"states"\s*:'),
)  # fmt: skip
_TEXT = (
    ("notam", rb"NOTAM[NRC]\b|^\s*Q\)\s*[A-Z]{4}\s*/\s*Q[A-Z]{4}"), ("icao-fpl", rb"\((?:FPL|DLA|DEP|CNL|CHG)-"),
    ("openair", rb"^AC\s+\S"), ("plan-csv", rb"^[^\n]*\bflight_id\b"),
)  # fmt: skip
"""Patterns, the most particular first; the first that is found says what it is."""


def area_format_of(data: bytes) -> str:
    """The name in FORMATS, ZONE_FORMATS or PLAN_FORMATS of a file's (unpacked) bytes; "" if it looks like none."""
    head = data[:LOOK].removeprefix(b"\xef\xbb\xbf")
    first = head.lstrip()[:1]
    patterns = _XML if first == b"<" else _JSON if first in (b"{", b"[") else _TEXT
    return next((name for name, pattern in patterns if re.search(pattern, head, re.MULTILINE)), "")


def facts_of_areas(data: bytes, name: str) -> dict[str, Any]:
    """What a file of a format in ZONE_FORMATS or PLAN_FORMATS holds, as plain values. Errors: BadMessage, KeyError."""
    if name in ZONE_FORMATS:
        return zone_facts(ZONE_FORMATS[name](data, ZoneContext()))
    return plan_facts(PLAN_FORMATS[name](data, PlanContext()))


def zone_facts(declared: Declared) -> dict[str, Any]:
    """Zones one by one, those that cannot be understood, and the counts."""
    zones = [
        {
            "id": z.zone_id, "kind": z.kind.word, "floor_m": _known(z.floor_m), "ceiling_m": _known(z.ceiling_m),
            "lat_deg": [float(z.ring.lat_deg.min()), float(z.ring.lat_deg.max())],
            "lon_deg": [float(z.ring.lon_deg.min()), float(z.ring.lon_deg.max())], "corners": len(z.ring.lat_deg),
            "active": [[_known(w.from_s), _known(w.to_s)] for w in z.windows], "exempt": [c.word for c in z.exempt],
            "notes": list(z.notes), "text": z.text,
        }
        for z in declared.zones
    ]  # fmt: skip
    lost = [{"id": u.zone_id, "reason": u.reason, "raw": u.raw} for u in declared.unreadable]
    return {"zones": zones, "unreadable": lost, "kept aside": declared.rejects.counts,
            "put right": declared.rejects.repairs}  # fmt: skip


def plan_facts(plans: Plans) -> dict[str, Any]:
    """Plans one by one, flights whose plan lacks something, and the counts."""
    flights = [
        {
            "id": p.flight_id, "callsign": p.callsign, "icao24": p.icao24, "type": p.aircraft_type,
            "category": p.category, "waypoints": [list(w) for w in p.waypoints],
        }
        for p in plans.plans
    ]  # fmt: skip
    lost = [{"id": u.flight_id, "missing": list(u.missing)} for u in plans.unfinished]
    return {"flights": flights, "unfinished": lost, "kept aside": plans.rejects.counts,
            "put right": plans.rejects.repairs}  # fmt: skip


def delay_facts(polls: Polls) -> dict[str, Any]:
    """How late a polled service is: its own newest time, and how long after their begin alerts were heard."""
    delays = sorted(polls.live.delays_s)
    return {
        "source_s": _known(polls.live.source_s), "n_delays": len(delays),
        "delay_median_s": delays[len(delays) // 2] if delays else None,
        "delay_longest_s": delays[-1] if delays else None,
    }  # fmt: skip


def _known(value: float) -> float | None:
    return value if math.isfinite(value) else None
