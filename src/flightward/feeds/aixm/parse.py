"""AIXM 5.1 and 5.1.1 messages -> declared areas: airspace, its activation, and the NOTAM of events.

    AIXMBasicMessage / hasMember / Airspace / timeSlice / AirspaceTimeSlice
        interpretation (BASELINE, SNAPSHOT, PERMDELTA, TEMPDELTA), validTime / TimePeriod, type, designator, name
        geometryComponent / AirspaceGeometryComponent: operation (BASE, UNION, SUBTR, INTERS), theAirspaceVolume /
            AirspaceVolume: horizontalProjection / Surface | centreline / Curve and width | contributorAirspace;
            upperLimit, upperLimitReference, lowerLimit, lowerLimitReference, and maximumLimit, minimumLimit alike,
            of which the higher ceiling and the lower floor count
        activation / AirspaceActivation: status, timeInterval / Timesheet, levels
    Event / notification / NOTAM: taken only where no airspace of the message says that it is of the event

Restricted, prohibited and danger areas and those set apart are closed; alert and warning areas are warned of; FIR,
control and radio areas are not_an_area; a type that is not known is warned of (kind_unknown). What is cut out
of an area
is left in (part_not_cut). A change that has no geometry has that of the airspace's other slices in the message.

Unreadable: geometry (there is none), reference (it is in another message), border, and the reasons of gml.py and
shapes.py.
Source: AIXM 5.1.1 data model; Digital NOTAM event specification 2.0; OGC 12-028r1.
"""

from __future__ import annotations

import dataclasses
import math
from xml.etree.ElementTree import Element, tostring

from flightward.errors import BadMessage
from flightward.feeds.aixm.gml import HREF, NIL, curve, length_m, surface, systems
from flightward.feeds.declared import Declared, DeclaredZone, Window, ZoneContext
from flightward.feeds.declared.levels import (
    AGL,
    EITHER,
    FL,
    HAE,
    MSL,
    SFC,
    UNKNOWN,
    UNL,
    Limit,
    ceiling_m,
    floor_m,
    limit_of_level,
)
from flightward.feeds.declared.shapes import BadShape, Ring, tube
from flightward.feeds.declared.weekly import DAYS, PERIODS_MAX, Period, weekly, within_day
from flightward.feeds.declared.zone import datum_of
from flightward.feeds.isotime import clock_s, iso_s
from flightward.feeds.jsontree import number
from flightward.feeds.notam.messages import Notam
from flightward.feeds.notam.parse import declared_notams
from flightward.feeds.xmlsafe import child, children, descendants, local, text_of, tree
from flightward.model import ZoneKind
from flightward.units import FT_M

CLOSED = {"P", "R", "D", "TSA", "TRA", "CBA", "RCA", "D_OTHER", "PROTECT", "ADIZ"}
WARNED = {"A", "W", "MTR"}
OPEN = {
    "NAS", "NAS_P", "FIR", "FIR_P", "UIR", "UIR_P", "CTA", "CTA_P", "OCA", "OCA_P", "UTA", "UTA_P", "TMA", "TMA_P",
    "CTR", "CTR_P", "OTA", "SECTOR", "SECTOR_C", "RAS", "AWY", "NO_FIR", "PART", "CLASS", "POLITICAL", "AMA", "ASR",
    "ADV", "UADV", "ATZ", "ATZ_P", "HTZ",
}  # fmt: skip
_REFERENCES = {"SFC": AGL, "MSL": MSL, "W84": HAE, "STD": FL}
DEPTH_MAX = 5
_Limits = tuple[Limit, ...]
"""The limit of one side, and the extreme one beside it where there is one."""
_Volume = tuple[list[Ring], set[str], _Limits, _Limits]


def aixm(data: bytes, ctx: ZoneContext) -> Declared:
    """The areas of a message. Errors: BadMessage (xml, doctype, aixm)."""
    root = tree(data)
    if local(root) != "AIXMBasicMessage" and not any(descendants(root, "AirspaceTimeSlice", "EventTimeSlice")):
        raise BadMessage("aixm", data[:64], f"an AIXM message begins with AIXMBasicMessage, not {local(root)}")
    out = Declared()
    reader = _Reader(root, ctx, out)
    for row, feature in enumerate(descendants(root, "Airspace")):
        reader.airspace(row, feature)
    reader.events(root)
    return out


@dataclasses.dataclass(frozen=True)
class _Head:
    """What a slice says of itself, or its airspace's other slices in its place."""

    name: str
    kind: ZoneKind
    text: str


class _Reader:
    def __init__(self, root: Element, ctx: ZoneContext, out: Declared) -> None:
        self._ctx, self._out, self._srs = ctx, out, systems(root)
        self._by_id = {identifier: f for f in descendants(root, "Airspace") if (identifier := text_of(f, "identifier"))}
        self._told = {_uuid(e.get(HREF, "")) for f in self._by_id.values() for e in descendants(f, "theEvent")}

    def airspace(self, row: int, feature: Element) -> None:
        for time_slice in descendants(feature, "AirspaceTimeSlice"):
            head = self._head(row, feature, time_slice)
            if head is not None:
                self._slice(row, feature, time_slice, head)

    def _head(self, row: int, feature: Element, time_slice: Element) -> _Head | None:
        def said(name: str) -> str:
            slices = (time_slice, *descendants(feature, "AirspaceTimeSlice"))
            return next((t for s in slices if (t := text_of(s, name))), "")

        kind_word = said("type").upper()
        if kind_word in OPEN and child(time_slice, "activation") is None:
            self._out.rejects.repaired("not_an_area")
            return None
        kind = ZoneKind.CLOSED if kind_word in CLOSED else ZoneKind.ALERT
        name = said("designator") or said("name") or text_of(feature, "identifier") or f"airspace-{row + 1}"
        return _Head(name, kind, f"{kind_word} {said('name')} {_activities(time_slice)}".strip())

    def _slice(self, row: int, feature: Element, time_slice: Element, head: _Head) -> None:
        notes = {"kind_unknown"} if head.text.split(" ")[0] not in {*CLOSED, *WARNED, *OPEN} else set()
        windows = self._windows(time_slice, notes)
        if not windows:
            self._out.rejects.repaired("not_in_force")
            return
        try:
            volumes = self._volumes(feature, time_slice, DEPTH_MAX)
        except BadShape as error:
            self._out.cannot_read(head.name, error.reason, tostring(time_slice, encoding="unicode"), row)
            return
        datum = datum_of(self._ctx)
        for rings, more, lower, upper in volumes:
            floor, ceiling = min(floor_m(v, datum) for v in lower), max(ceiling_m(v, datum) for v in upper)
            marks = set(notes) | more
            if any(limit.reference == UNKNOWN for limit in lower + upper):
                marks.add("limit_unread")
            if not floor < ceiling:
                marks.add("limits_crossed")
                floor, ceiling = -math.inf, math.inf
            for ring in rings:
                self._out.add(DeclaredZone(head.name, head.kind, ring, floor, ceiling, windows, (), "AIXM", head.text,
                                           tuple(sorted(marks))))  # fmt: skip

    def _volumes(self, feature: Element, time_slice: Element, depth: int) -> list[_Volume]:
        """The parts of an airspace; those that are cut out of it are left in. Errors: BadShape."""
        parts = list(descendants(time_slice, "AirspaceGeometryComponent"))
        if not parts:
            slices = descendants(feature, "AirspaceTimeSlice")
            lasting = [s for s in slices if text_of(s, "interpretation") != "TEMPDELTA"]
            parts = [p for s in lasting for p in descendants(s, "AirspaceGeometryComponent")]
        out: list[_Volume] = []
        is_cut = False
        for part in parts:
            if text_of(part, "operation").upper() in ("SUBTR", "INTERS"):
                is_cut = True
                continue
            for volume in descendants(part, "AirspaceVolume"):
                out += self._volume(volume, depth)
        if not out:
            raise BadShape("geometry")
        return [(r, n | {"part_not_cut"}, a, b) for r, n, a, b in out] if is_cut else out

    def _volume(self, volume: Element, depth: int) -> list[_Volume]:
        lower, upper = _limits(volume, "lower", "minimum"), _limits(volume, "upper", "maximum")
        flat, line = child(volume, "horizontalProjection"), child(volume, "centreline")
        if flat is not None and len(flat):
            rings, notes = surface(flat[0], self._srs)
            return [(rings, notes, lower, upper)]
        if line is not None and len(line):
            width = child(volume, "width")
            if width is None:
                raise BadShape("corridor")
            return [(tube(curve(line[0], self._srs), 0.5 * length_m(width)), set(), lower, upper)]
        found: list[_Volume] = []
        for link in descendants(volume, "theAirspace"):
            other = self._by_id.get(_uuid(link.get(HREF, "")))
            if other is None or depth == 0:
                raise BadShape("reference")
            for time_slice in list(descendants(other, "AirspaceTimeSlice"))[:1]:
                # Its own limits count where this volume has none.
                found += [(r, n, _or_theirs(lower, a), _or_theirs(upper, b))
                          for r, n, a, b in self._volumes(other, time_slice, depth - 1)]  # fmt: skip
        if not found:
            raise BadShape("reference" if flat is not None else "geometry")
        return found

    def _windows(self, time_slice: Element, notes: set[str]) -> tuple[Window, ...]:
        begin, end = _period(time_slice)
        if end < begin:
            notes.add("end_before_start")
            end = math.nan
        spans: list[tuple[float, float]] = []
        activations = list(descendants(time_slice, "AirspaceActivation"))
        for activation in activations:
            status = text_of(activation, "status").upper()
            if status == "INACTIVE":
                continue
            if status == "AVBL_FOR_ACTIVATION":
                notes.add("may_be_activated")
            spans += self._active(activation, begin, end, notes)
        if not activations:
            spans = [(begin, end)]
        return tuple(Window(a, b, self._ctx.heard_s) for a, b in spans)

    def _active(self, activation: Element, begin: float, end: float, notes: set[str]) -> list[tuple[float, float]]:
        sheets = list(descendants(activation, "Timesheet"))
        if not sheets:
            return [(begin, end)]
        periods = [_sheet(sheet) for sheet in sheets]
        if any(p is None for p in periods) or len(periods) > PERIODS_MAX:
            notes.add("schedule_unread")
            return [(begin, end)]
        good = [p for p in periods if p is not None]
        spans, more = within_day(begin, end, self._ctx, lambda first, last: weekly(good, first, last))
        notes |= more
        return spans

    def events(self, root: Element) -> None:
        """The NOTAM of events that no airspace of the message is of."""
        found: list[Notam] = []
        for event in descendants(root, "Event"):
            notams = list(descendants(event, "NOTAM"))
            if text_of(event, "identifier") in self._told:
                self._out.rejects.repaired("told_by_airspace", len(notams))
            else:
                found += [_notam(len(found) + k, n) for k, n in enumerate(notams)]
        if found:
            declared_notams(found, self._ctx, self._out)


def _uuid(href: str) -> str:
    return href.removeprefix("urn:uuid:").removeprefix("#uuid.").removeprefix("#")


def _activities(time_slice: Element) -> str:
    return " ".join(dict.fromkeys("".join(e.itertext()).strip() for e in descendants(time_slice, "activity")))


def _period(time_slice: Element) -> tuple[float, float]:
    """The time for which a slice is valid: -inf and NaN where it does not say."""
    time = child(time_slice, "validTime", "TimePeriod")
    begin = iso_s(text_of(time, "beginPosition") or text_of(time, "begin", "TimeInstant", "timePosition"))
    end = iso_s(text_of(time, "endPosition") or text_of(time, "end", "TimeInstant", "timePosition"))
    return -math.inf if math.isnan(begin) else begin, end


def _or_theirs(own: _Limits, theirs: _Limits) -> _Limits:
    return theirs + own[1:] if own[0].reference == UNKNOWN else own


def _limits(volume: Element, side: str, extreme: str) -> _Limits:
    """The limit of a side, and the extreme one (maximumLimit, minimumLimit) if it is there and is said to apply."""
    more = child(volume, f"{extreme}Limit")
    if more is None or (more.get(NIL) == "true" and more.get("nilReason") == "inapplicable"):
        return (_limit(volume, side),)
    return _limit(volume, side), _limit(volume, extreme)


def _limit(volume: Element, side: str) -> Limit:
    """upperLimit or another with its reference."""
    element = child(volume, f"{side}Limit")
    if element is None or element.get(NIL) == "true":
        return Limit(UNKNOWN)
    words, unit = "".join(element.itertext()).strip().upper(), element.get("uom", "").upper()
    if words in ("GND", "SFC"):
        return Limit(SFC)
    if words in ("UNL", "CEILING"):
        return Limit(UNL)
    value = number(words)
    if words == "FLOOR" or math.isnan(value) or unit not in ("FL", "FT", "M", "SM"):
        return Limit(SFC if words == "FLOOR" else UNKNOWN)
    if unit == "FL":
        return limit_of_level(value)
    if unit == "SM":
        return Limit(FL, value * 10.0)
    reference = _REFERENCES.get(text_of(volume, f"{side}LimitReference").upper(), EITHER)
    return Limit(reference, value * (FT_M if unit == "FT" else 1.0))


def _sheet(sheet: Element) -> Period | None:
    """A weekly time of a Timesheet in UTC; None if it is of another kind."""
    values = {local(e): "".join(e.itertext()).strip() for e in children(sheet) if e.get(NIL) != "true"}
    plain = {"timeReference", "day", "startTime", "endTime", "startDate", "endDate", "excluded", "dayTil",
             "daylightSavingAdjust"}  # fmt: skip
    day = values.get("day", "ANY").upper()
    texts = [values.get(k, "") for k in ("startTime", "endTime")]
    times = [clock_s(t) if t else d for t, d in zip(texts, (0.0, 86_400.0), strict=True)]
    is_odd = (
        bool(set(values) - plain) or values.get("timeReference", "UTC") != "UTC" or day not in (*DAYS, "ANY")
        or any(values.get(k) for k in ("startDate", "endDate", "dayTil")) or values.get("excluded", "NO") != "NO"
        or any(math.isnan(t) for t in times) or values.get("daylightSavingAdjust", "NO") != "NO"
    )  # fmt: skip
    if is_odd:
        return None
    return Period(frozenset(range(7)) if day == "ANY" else frozenset({DAYS.index(day)}), times[0], times[1])


def _notam(row: int, n: Element) -> Notam:
    def t(name: str) -> str:
        return text_of(n, name)

    number_text = f"{t('series')}{t('number'):>04}/{t('year')[-2:]:>02}" if t("number") else ""
    refers = f"{t('referredSeries')}{t('referredNumber'):>04}/{t('referredYear')[-2:]:>02}"
    refers = refers if t("referredNumber") else ""
    levels = [f"{t(name):>03}" for name in ("minimumFL", "maximumFL")]
    q = "/".join([t("affectedFIR"), t("selectionCode"), t("traffic"), t("purpose"), t("scope"), *levels,
                  t("coordinates") + t("radius")])  # fmt: skip
    end = "PERM" if t("permanent").upper() == "YES" else t("effectiveEnd")
    return Notam(
        row=row, number=number_text, kind=t("type")[:1] or "N", refers_to=refers, q=q, a=t("location"),
        b=t("effectiveStart"), c=end + (" EST" if t("estimatedEnd").upper() == "YES" else ""), d=t("schedule"),
        e=t("text"), f=t("lowerLimit"), g=t("upperLimit"), raw=tostring(n, encoding="unicode")[:2000],
        created=t("issued"),
    )  # fmt: skip
