"""OpenAir text -> declared zones.

    AC class   AY type   AN name   AI id   AL floor   AH ceiling   AA begin/end (ISO 8601, either may be NONE) or NONE
    * a comment, on a line of its own or at the end of one (but of those that hold free text: AN, AI)
    V X=lat lon (centre)   V D=+|- (direction of arcs)   V W=width of an airway in NM
    DP lat lon (corner)    DC radius in NM (circle)      DY lat lon (point of an airway)
    DA radius,from,to (arc by true bearings)             DB lat lon, lat lon (arc by end points)

An AC line begins an area. D+ (clockwise) holds at the begin of each. Each AA line is one window; where one cannot be
read, or is NONE, the area is taken as always active. Restricted, prohibited, danger and temporarily
reserved areas are closed; airspace classes, control and radio zones, glider sectors are not areas to keep out of
(not_an_area); a class that is not known is warned of. Which lines are not understood is counted (line_unread), and an
area whose shape has one is unreadable: what it would add cannot be known.

Source: OpenAir format, winpilot.com (1998), with the extension of seeyou (2.1: AY, AI, AA, AF, AG; a day may end at
T24:00Z).
"""

from __future__ import annotations

import dataclasses
import math
import re

from flightward.feeds.declared import Declared, DeclaredZone, Window, ZoneContext
from flightward.feeds.declared.levels import UNKNOWN, Limit, ceiling_m, floor_m, limit_of_text
from flightward.feeds.declared.shapes import GEOD, Arc, BadShape, Leg, Line, Ring, circle, outline, tube
from flightward.feeds.declared.sun import DAY_S
from flightward.feeds.declared.zone import datum_of
from flightward.feeds.isotime import iso_s
from flightward.model import ZoneKind
from flightward.units import NMI_M

CLOSED = {"R", "P", "Q", "D", "RESTRICTED", "PROHIBITED", "DANGER", "TRA", "TSA", "TFR", "ADIZ", "ED-R", "RP"}
OPEN = {
    "A", "B", "C", "D", "E", "F", "G", "CTR", "CTA", "TMA", "TMZ", "RMZ", "TMZ/RMZ", "ATZ", "MATZ", "MTMA", "TIA",
    "TIZ", "FIR", "UIR", "AWY", "W", "GP", "GSEC", "HPZ", "VFRSEC", "ASR", "CUSTOM", "ACC_SECTOR",
    "FIS", "VVZ", "AER_REC",
    "UNC", "OTH", "TRZ", "MTR", "LTA", "UTA",
}  # fmt: skip
_DMS = r"(\d{1,3}(?:\.\d+)?)(?::(\d{1,2}(?:\.\d+)?))?(?::(\d{1,2}(?:\.\d+)?))?\s*"
_PLACE = re.compile(rf"^\s*{_DMS}([NS])[\s,]*{_DMS}([EW])\s*(?:\*.*)?$", re.IGNORECASE)
_NUMBER = r"([-+]?\d+(?:\.\d+)?)"
_DAY_END = re.compile(r"^(\d{4}-\d\d-\d\d)T24:00(?::00)?(?=\D|$)")
_COMMENTED = ("AC", "AY", "AA", "AL", "AH")
"""Lines of codes and numbers: a `*` begins a comment there; in a name it may be a letter of it."""
LINES_MAX = 2_000_000
SHAPE_LINES_MAX = 20_000
LINE_MAX = 500
"""A longer line is cut and then not understood."""


@dataclasses.dataclass
class _Area:
    """What the lines of one area said so far."""

    row: int
    words: dict[str, str]
    lines: list[str]
    times: list[str] = dataclasses.field(default_factory=list)
    legs: list[Leg] = dataclasses.field(default_factory=list)
    rings: list[Ring] = dataclasses.field(default_factory=list)
    airway: list[Leg] = dataclasses.field(default_factory=list)
    centre: tuple[float, float] | None = None
    is_clockwise: bool = True
    width_nmi: float = math.nan
    bad: str = ""


def openair(data: bytes, ctx: ZoneContext) -> Declared:
    """The areas of a file (UTF-8 or Latin-1). Any bytes give areas, unreadable ones and counts."""
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = data.decode("latin-1")
    out = Declared()
    area: _Area | None = None
    for row, line in enumerate(text.splitlines()[:LINES_MAX]):
        if len(line) > LINE_MAX:
            line = line[:LINE_MAX] + " too long"
        line = line.strip()
        if not line or line.startswith("*"):
            continue
        key, *more = line.split(None, 1)
        key, rest = key.upper(), "".join(more)
        if key in _COMMENTED:
            rest = rest.partition("*")[0].strip()
        if key == "AC":
            _finish(area, ctx, out)
            area = _Area(row, {"AC": rest.upper()}, [line])
        elif area is None:
            out.rejects.add_one("line_unread", row, line)
        else:
            area.lines.append(line)
            _line(area, key, rest, row, line, out)
    _finish(area, ctx, out)
    return out


def _line(area: _Area, key: str, rest: str, row: int, line: str, out: Declared) -> None:
    try:
        if len(area.lines) > SHAPE_LINES_MAX:
            raise BadShape("corners")
        if key == "AA":
            area.times.append(rest)
        elif key in ("AN", "AY", "AI", "AL", "AH"):
            area.words[key] = rest
        elif key == "V":
            _variable(area, rest)
        elif key == "DP":
            area.legs.append(Line(*_place(rest)))
        elif key == "DY":
            area.airway.append(Line(*_place(rest)))
        elif key == "DC":
            area.rings.append(circle(*_centre(area), _numbers(rest, 1)[0] * NMI_M))
        elif key in ("DA", "DB"):
            _arc(area, key, rest)
        elif key not in ("AF", "AG", "AT", "AX", "TO", "TC", "SP", "SB", "HT"):
            out.rejects.add_one("line_unread", row, line)
            # A drawing line that is not known would have added something.
            area.bad = area.bad or ("line" if key.startswith("D") else "")
    except BadShape as error:
        area.bad = area.bad or error.reason


def _variable(area: _Area, rest: str) -> None:
    name, _, value = rest.partition("=")
    name, value = name.strip().upper(), value.strip()
    if name == "X":
        area.centre = _place(value)
    elif name == "D" and value[:1] in "+-" and value:
        area.is_clockwise = value[0] == "+"
    elif name == "W":
        area.width_nmi = _numbers(value, 1)[0]
    elif name != "Z":
        raise BadShape("line")


def _arc(area: _Area, key: str, rest: str) -> None:
    lat, lon = _centre(area)
    if key == "DB":
        ends = rest.split(",")
        if len(ends) != 2:
            raise BadShape("line")
        begin, end = _place(ends[0]), _place(ends[1])
    else:
        radius, *bearings = _numbers(rest, 3)
        points = [GEOD.fwd(lon, lat, b, radius * NMI_M) for b in bearings]
        begin, end = ((p[1], p[0]) for p in points)
    area.legs += [Line(*begin), Arc(lat, lon, area.is_clockwise, *end)]


def _centre(area: _Area) -> tuple[float, float]:
    if area.centre is None:
        raise BadShape("centre")
    return area.centre


def _finish(area: _Area | None, ctx: ZoneContext, out: Declared) -> None:
    if area is None:
        return
    name = area.words.get("AI") or area.words.get("AN") or f"{ctx.feed or 'area'}-{area.row + 1}"
    kind = _kind(area)
    if kind is None:
        out.rejects.repaired("not_an_area")
        return
    notes: set[str] = set() if kind is ZoneKind.CLOSED else {"kind_unknown"}
    try:
        if area.bad:
            raise BadShape(area.bad)
        rings = _rings(area, notes)
    except BadShape as error:
        out.cannot_read(name, error.reason, "\n".join(area.lines), area.row)
        return
    datum = datum_of(ctx)
    limits = [limit_of_text(area.words[k]) if k in area.words else Limit(UNKNOWN) for k in ("AL", "AH")]
    if any(limit.reference == UNKNOWN for limit in limits):
        notes.add("limit_unread")
    floor, ceiling = floor_m(limits[0], datum), ceiling_m(limits[1], datum)
    if not floor < ceiling:
        notes.add("limits_crossed")
        floor, ceiling = -math.inf, math.inf
    windows = _windows(area.times, ctx, notes)
    for ring in rings:
        out.add(DeclaredZone(name, kind, ring, floor, ceiling, windows, (), ctx.feed or "OpenAir",
                             area.words.get("AN", ""), tuple(sorted(notes))))  # fmt: skip


def _kind(area: _Area) -> ZoneKind | None:
    kind, kind_too = area.words["AC"], area.words.get("AY", "").upper()
    # In OpenAir 1 class D is airspace of class D, in version 2 (which has AY) too: danger areas are Q.
    if kind_too in CLOSED - {"D"} or (kind in CLOSED - {"D"}):
        return ZoneKind.CLOSED
    if kind in OPEN and kind_too in ("", "UNC", *OPEN):
        return None
    return ZoneKind.ALERT


def _rings(area: _Area, notes: set[str]) -> list[Ring]:
    rings = list(area.rings)
    if area.legs:
        found, more = outline(area.legs)
        rings += found
        notes |= more
    if area.airway:
        rings += tube(area.airway, 0.5 * area.width_nmi * NMI_M)
    if not rings:
        raise BadShape("shape")
    return rings


def _windows(texts: list[str], ctx: ZoneContext, notes: set[str]) -> tuple[Window, ...]:
    spans = [_span(text, notes) for text in texts]
    # A time that is not said, or cannot be read, may be any.
    known = [span for span in spans if span is not None]
    if not known or len(known) < len(spans):
        known = [(-math.inf, math.nan)]
    return tuple(Window(begin, end, ctx.heard_s) for begin, end in known)


def _span(text: str, notes: set[str]) -> tuple[float, float] | None:
    """Begin and end of an AA line, -inf and NaN where it says NONE; None if it is NONE or cannot be read."""
    if text.upper() in ("", "NONE"):
        return None
    begin, _, end = (part.strip() for part in text.partition("/"))
    from_s = -math.inf if begin.upper() == "NONE" else _time_s(begin)
    to_s = math.nan if end.upper() == "NONE" else _time_s(end)
    if math.isnan(from_s) or (math.isnan(to_s) and end.upper() != "NONE"):
        notes.add("time_unread")
        return None
    if to_s < from_s:
        notes.add("end_before_start")
        to_s = math.nan
    return from_s, to_s


def _time_s(text: str) -> float:
    """POSIX seconds of an ISO 8601 time, of which T24:00 is the end of the day; NaN if it is none."""
    begin_of_day, n = _DAY_END.subn(r"\1T00:00", text)
    return iso_s(begin_of_day) + n * DAY_S


def _place(text: str) -> tuple[float, float]:
    found = _PLACE.match(text)
    if not found:
        raise BadShape("position")
    lat, lon = (_degrees(*found.groups()[k : k + 3]) for k in (0, 4))
    if lat > 90.0 or lon > 180.0:
        raise BadShape("position")
    south, west = found.group(4).upper() == "S", found.group(8).upper() == "W"
    return -lat if south else lat, -lon if west else lon


def _degrees(degrees: str, minutes: str | None, seconds: str | None) -> float:
    m, s = float(minutes or 0.0), float(seconds or 0.0)
    return 999.0 if m >= 60.0 or s >= 60.0 else float(degrees) + m / 60.0 + s / 3600.0


def _numbers(text: str, n: int) -> list[float]:
    found = re.fullmatch(r"\s*[,\s]\s*".join([_NUMBER] * n), text.partition("*")[0].strip())
    if not found:
        raise BadShape("line")
    return [float(v) for v in found.groups()]
