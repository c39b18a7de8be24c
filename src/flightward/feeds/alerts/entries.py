"""Alert documents of both services -> their alerts, one row a place.

alerts.in.ua    {"alerts": [{"id", "location_title", "location_type": oblast | raion | hromada | city, "location_uid",
                "location_oblast", "location_oblast_uid", "location_raion", "alert_type", "started_at", "finished_at",
                "updated_at"}], "meta": {"last_updated_at"}}            https://devs.alerts.in.ua
ukrainealarm    [{"regionId", "regionType": State | District | Community, "regionName", "lastUpdate",
                "activeAlerts": [{"regionId", "regionType", "type": AIR ..., "lastUpdate"}]}]
                or {"states": [{"regionId", "regionName", "regionChildIds": [...]}]}, which says what lies in what
                or [{"regionId", "regionName", "alarms": [{"startDate", "endDate", "alertType", "isContinue"}]}]
                                                                        https://api.ukrainealarm.com (v3)

A raion or hromada counts for its oblast, and is marked coarse. Kept aside: entry, area, time, alert. Counted:
test_region (ukrainealarm's region "0", in which nothing happens).
"""

from __future__ import annotations

import math
from collections import Counter
from typing import Any, NamedTuple

from flightward.errors import BadMessage
from flightward.feeds.alerts.areas import AREAS, area_row_of_uid
from flightward.feeds.alerts.raions import region_row
from flightward.feeds.alerts.spans import Span
from flightward.feeds.isotime import iso_s
from flightward.feeds.jsontree import items, table, words
from flightward.feeds.rows import Rejects

KINDS = {
    "AIR": "air_raid", "ARTILLERY": "artillery_shelling", "URBAN_FIGHTS": "urban_fights", "CHEMICAL": "chemical",
    "NUCLEAR": "nuclear",
}  # fmt: skip
"""The kinds of ukrainealarm in the words of alerts.in.ua; INFO and UNKNOWN keep their own."""
CRIMEA_ID, CRIMEA = "9999", "UA-43"
TEST_ID = "0"
REGIONS_MAX = 50_000


class Document(NamedTuple):
    """What one document said: its alerts (to_s NaN: on), when the source last changed (NaN unknown).

    unread   how many of its entries could not be read, by region id and kind of alert; "" where it says no region id
    """

    spans: list[Span]
    source_s: float
    unread: Counter[str]


def of_alerts_in_ua(value: Any, rejects: Rejects) -> Document:
    """The alerts of a document of alerts.in.ua. Errors: BadMessage (json)."""
    alerts = value.get("alerts") if isinstance(value, dict) else value
    if not isinstance(alerts, list):
        raise BadMessage("json", detail="there is no list of alerts")
    spans: list[Span] = []
    unread: Counter[str] = Counter()
    for row, entry in enumerate(alerts):
        span = _entry(row, entry, rejects)
        if span is None:
            e = table(entry)
            unread[_unread_id(words(e.get("location_uid")), words(e.get("alert_type")))] += 1
        else:
            spans.append(span)
    return Document(spans, iso_s(words(table(table(value).get("meta")).get("last_updated_at"))), unread)


def _unread_id(region: str, *more: str) -> str:
    return "/".join([region, *more]) if region else ""


def _entry(row: int, entry: Any, rejects: Rejects) -> Span | None:
    if not isinstance(entry, dict):
        rejects.add_one("entry", row, repr(entry))
        return None
    title, oblast, raion, kind = (
        words(entry.get(k)) for k in ("location_title", "location_oblast", "location_raion", "alert_type")
    )
    area = region_row(oblast, title, raion)
    for key in ("location_oblast_uid", "location_uid"):
        uid = words(entry.get(key))
        if area is None and uid.isdecimal():
            area = area_row_of_uid(int(uid[:9]))
    begin, end = iso_s(words(entry.get("started_at"))), iso_s(words(entry.get("finished_at")))
    if area is None or math.isnan(begin) or not kind:
        rejects.add_one("area" if area is None else "time" if math.isnan(begin) else "alert", row, repr(entry))
        return None
    if math.isnan(end) and entry.get("finished_at"):
        rejects.repaired("end_unreadable")
    is_coarse = title not in (AREAS[area].name, AREAS[area].name_uk)
    return Span(row, area, is_coarse, f"{oblast} / {title}", kind, begin, end, "alerts.in.ua")


class Regions:
    """What lies in what, as ukrainealarm says: region id -> row in AREAS."""

    def __init__(self) -> None:
        self._row: dict[str, int] = {}

    def hear(self, value: Any) -> None:
        """Take a tree of regions."""
        for state in items(table(value).get("states")):
            area = self.state_row(table(state))
            if area is None:
                continue
            waiting = [state]
            while waiting and len(self._row) < REGIONS_MAX:
                region = table(waiting.pop())
                self._row[words(region.get("regionId"))] = area
                waiting += items(region.get("regionChildIds"))

    def state_row(self, region: dict[str, Any]) -> int | None:
        """The row in AREAS of a state, by its name, else by its id."""
        row = region_row(words(region.get("regionName")), words(region.get("regionEngName")))
        number = words(region.get("regionId"))
        if row is None and number == CRIMEA_ID:
            return next(k for k, a in enumerate(AREAS) if a.code == CRIMEA)
        return area_row_of_uid(int(number[:9])) if row is None and number.isdecimal() else row

    def row(self, region: dict[str, Any], kind: str) -> int | None:
        """The row in AREAS of any region; None if it cannot be told."""
        found = self._row.get(words(region.get("regionId")))
        if found is not None:
            return found
        if kind == "State":
            return self.state_row(region)
        return region_row(words(region.get("regionName")), words(region.get("regionEngName")))


def of_ukrainealarm(value: Any, regions: Regions, rejects: Rejects) -> Document | None:
    """The alerts of a document of ukrainealarm; None for a tree of regions. Errors: BadMessage (json)."""
    if isinstance(value, dict) and "states" in value:
        regions.hear(value)
        return None
    listed = value if isinstance(value, list) else [value] if isinstance(value, dict) and "regionId" in value else None
    if listed is None:
        raise BadMessage("json", detail="there is no list of regions")
    spans: list[Span] = []
    unread: Counter[str] = Counter()
    newest = math.nan
    for row, region in enumerate(listed):
        if not isinstance(region, dict):
            rejects.add_one("entry", row, repr(region))
            unread[""] += 1
            continue
        number = words(region.get("regionId"))
        if number == TEST_ID:
            rejects.repaired("test_region")
            continue
        newest = max(newest, iso_s(words(region.get("lastUpdate"))), key=lambda t: -math.inf if math.isnan(t) else t)
        for alert in _alerts_of(region):
            span = _alert(row, region, alert, regions, rejects)
            if span is None:
                unread[_unread_id(number, words(alert.get("regionId")), words(alert.get("type")))] += 1
            else:
                spans.append(span)
    return Document(spans, newest, unread)


def _alerts_of(region: dict[str, Any]) -> list[dict[str, Any]]:
    """The alerts of a region in the form of activeAlerts, those of a history too."""
    past = [table(alarm) for alarm in items(region.get("alarms"))]
    return [
        *(table(alert) for alert in items(region.get("activeAlerts"))),
        *({**a, "type": a.get("alertType"), "lastUpdate": a.get("startDate")} for a in past),
    ]


def _alert(
    row: int, region: dict[str, Any], alert: dict[str, Any], regions: Regions, rejects: Rejects
) -> Span | None:
    own = words(alert.get("regionId"))
    is_other = own not in ("", words(region.get("regionId")))
    # An alert that came down from the region above carries that region's id and type.
    kind = words(alert.get("regionType")) or words(region.get("regionType"))
    area = regions.row({"regionId": own}, kind) if is_other else None
    if area is None:
        area = regions.row(region, words(region.get("regionType")))
    begin, end = iso_s(words(alert.get("lastUpdate"))), iso_s(words(alert.get("endDate")))
    alert_type = words(alert.get("type"))
    if area is None or math.isnan(begin) or not alert_type:
        reason = "area" if area is None else "time" if math.isnan(begin) else "alert"
        rejects.add_one(reason, row, repr({"region": region.get("regionName"), **alert}))
        return None
    if alert.get("isContinue") is True:
        end = math.nan
    name = words(region.get("regionName")) or words(region.get("regionId"))
    is_coarse = kind != "State" if kind else name not in (AREAS[area].name, AREAS[area].name_uk)
    place = f"{AREAS[area].name_uk} / {own if is_other else name}"
    return Span(row, area, is_coarse, place, KINDS.get(alert_type, alert_type.lower()), begin, end, "ukrainealarm")
