"""Bytes of alert files -> changes of areas' states.

alerts-ua-csv      oblast, raion, hromada, level, started_at, finished_at, source: the history of Ukraine's alerts
                   (data set Vadimkin/ukrainian-air-raid-sirens-dataset, MIT); times ISO 8601 with their zone
alerts-in-ua-json  what alerts.in.ua serves, active or history; ukrainealarm-json: what ukrainealarm serves, or
                   {"regions": its tree of regions, "alerts": its answer}; both in entries.py

An end that is not there means that the alert is on. When a change was heard is taken as when it happened: the files
do not say. Kept aside: fields, area (no such region), time (unreadable start), entry (not a table), alert (no type).
Put right: levels_swapped, end_unreadable (taken as not ended), and those of spans.py.
"""

from __future__ import annotations

import math

from flightward.feeds.alerts.areas import area_row
from flightward.feeds.alerts.entries import Regions, of_alerts_in_ua, of_ukrainealarm
from flightward.feeds.alerts.spans import Span, alert_rows
from flightward.feeds.csvlines import CsvLines
from flightward.feeds.isotime import iso_s
from flightward.feeds.jsontree import decoded
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
        begin, end = iso_s(line["started_at"]), iso_s(line["finished_at"])
        if math.isnan(begin):
            self.rejects.add_one("time", row, ",".join(line.values()))
            return None
        if math.isnan(end) and line["finished_at"]:
            self.rejects.repaired("end_unreadable")
        is_coarse = bool(places[1] or places[2])
        return Span(row, area, is_coarse, " / ".join(places), "air_raid", begin, end, source)


def alerts_json(data: bytes, ctx: FeedContext) -> FeedRows:
    """The changes of state of one answer of alerts.in.ua. Errors: BadMessage (json)."""
    rejects = Rejects()
    return alert_rows(of_alerts_in_ua(decoded(data), rejects).spans, ctx, rejects)


def ukrainealarm_json(data: bytes, ctx: FeedContext) -> FeedRows:
    """The changes of state of one answer of ukrainealarm, or of a list of answers after its regions.

    Errors   BadMessage (json).
    """
    rejects, regions = Rejects(), Regions()
    value = decoded(data)
    is_both = isinstance(value, dict) and "regions" in value and "alerts" in value
    parts = [value["regions"], value["alerts"]] if is_both else [value]
    spans = [s for part in parts if (d := of_ukrainealarm(part, regions, rejects)) is not None for s in d.spans]
    return alert_rows(spans, ctx, rejects)
