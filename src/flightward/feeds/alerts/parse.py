"""Bytes of alert files -> changes of areas' states.

alerts-ua-csv      oblast, raion, hromada, level, started_at, finished_at, source: the history of Ukraine's alerts
                   (data set Vadimkin/ukrainian-air-raid-sirens-dataset, MIT); times ISO 8601 with their zone
alerts-in-ua-json  {"alerts": [{location_title, location_type, location_oblast, location_oblast_uid, alert_type,
                   started_at, finished_at}]}: what alerts.in.ua serves, active or history

An end that is not there means that the alert is on. When a change was heard is taken as when it happened: the files
do not say. Kept aside: fields, area (no such region), time (unreadable start), entry (not a table), alert (no type).
Put right: levels_swapped, end_unreadable (taken as not ended), and those of spans.py.
"""

from __future__ import annotations

import datetime
import math
from typing import Any

import msgspec

from flightward.errors import BadMessage
from flightward.feeds.alerts.areas import AREAS, area_row, area_row_of_uid
from flightward.feeds.alerts.spans import Span, alert_rows
from flightward.feeds.csvlines import CsvLines
from flightward.feeds.rows import FeedContext, FeedRows, Rejects

_COLUMNS = ("oblast", "raion", "hromada", "level", "started_at", "finished_at")


class HistoryCsv:
    """Alerts from history CSV bytes: `receive(bytes)`; at the end `finish()`, then `rows()`.

    A region's state depends on all alerts in it, so `rows()` gives the changes by all lines so far.
    """

    def __init__(self, ctx: FeedContext) -> None:
        self._ctx = ctx
        self.rejects = Rejects()
        self._lines = CsvLines(_COLUMNS, self.rejects)
        self.spans: list[Span] = []

    def receive(self, data: bytes) -> None:
        """Take bytes, cut anywhere."""
        self._lines.receive(data)

    def finish(self) -> None:
        """The feed ended: what is left is the last line."""
        self._lines.finish()

    def rows(self) -> FeedRows:
        """The changes of state. Errors: BadMessage (column)."""
        texts, rows = self._lines.take()
        source = texts.get("source") or ("",) * len(rows)
        for k, row in enumerate(rows.tolist()):
            span = self._span(row, {name: texts[name][k].strip() for name in _COLUMNS}, source[k].strip())
            if span is not None:
                self.spans.append(span)
        return alert_rows(self.spans, self._ctx, self.rejects)

    def _span(self, row: int, line: dict[str, str], source: str) -> Span | None:
        places = [line["oblast"], line["raion"], line["hromada"]]
        found = [(k, area) for k, text in enumerate(places) if (area := area_row(text)) is not None]
        if not found:
            self.rejects.add_one("area", row, ",".join(line.values()))
            return None
        level, area = found[0]
        if level > 0:
            # Some rows carry the names a level off: the oblast is the one that bears an oblast's name.
            places[0], places[level] = places[level], places[0]
            self.rejects.repaired("levels_swapped")
        begin, end = _iso_s(line["started_at"]), _iso_s(line["finished_at"])
        if math.isnan(begin):
            self.rejects.add_one("time", row, ",".join(line.values()))
            return None
        if math.isnan(end) and line["finished_at"]:
            self.rejects.repaired("end_unreadable")
        is_coarse = bool(places[1] or places[2])
        return Span(row, area, is_coarse, " / ".join(places), "air_raid", begin, end, source)


def alerts_json(data: bytes, ctx: FeedContext) -> FeedRows:
    """The changes of state of one answer of alerts.in.ua. Errors: BadMessage (json)."""
    try:
        value = msgspec.json.decode(data)
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError) as error:
        raise BadMessage("json", data[:64], str(error)) from error
    entries = value.get("alerts") if isinstance(value, dict) else value
    if not isinstance(entries, list):
        raise BadMessage("json", data[:64], "there is no list of alerts")
    rejects = Rejects()
    spans = [span for row, entry in enumerate(entries) if (span := _entry(row, entry, rejects)) is not None]
    return alert_rows(spans, ctx, rejects)


def _entry(row: int, entry: Any, rejects: Rejects) -> Span | None:
    if not isinstance(entry, dict):
        rejects.add_one("entry", row, repr(entry))
        return None
    title, oblast, kind = (_text(entry.get(k)) for k in ("location_title", "location_oblast", "alert_type"))
    uid = entry.get("location_oblast_uid")
    area = area_row(oblast)
    if area is None:
        area = area_row(title)
    if area is None and isinstance(uid, int):
        area = area_row_of_uid(uid)
    begin, end = _iso_s(_text(entry.get("started_at"))), _iso_s(_text(entry.get("finished_at")))
    if area is None or math.isnan(begin) or not kind:
        reason = "area" if area is None else ("time" if math.isnan(begin) else "alert")
        rejects.add_one(reason, row, repr(entry))
        return None
    if math.isnan(end) and entry.get("finished_at"):
        rejects.repaired("end_unreadable")
    is_coarse = title not in (AREAS[area].name, AREAS[area].name_uk)
    return Span(row, area, is_coarse, f"{oblast} / {title}", kind, begin, end, "alerts.in.ua")


def _text(value: Any) -> str:
    return value.strip() if isinstance(value, str) else ""


def _iso_s(text: str) -> float:
    """POSIX seconds of an ISO 8601 time, UTC if it has no zone; NaN if there is none or it cannot be read."""
    if not text:
        return math.nan
    try:
        moment = datetime.datetime.fromisoformat(text)
        if moment.tzinfo is None:
            moment = moment.replace(tzinfo=datetime.UTC)
        return moment.timestamp()
    except (ValueError, OverflowError):
        return math.nan
