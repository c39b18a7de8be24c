"""ICAO flight plan messages -> 4D plans, or what is missing for one.

FPL makes a flight; CHG changes its fields; DLA moves its off-block time, never back: what would be earlier is of the
next day; DEP gives its take-off; CNL ends it; ARR leaves it as it is. A CHG to another destination without a time makes
a flight by its speed (time_by_speed). DLE/ adds to the stay at a point of the route; of any other it is not taken
(delay_not_taken). A message belongs to the flight of the same identification, departure and destination; of
several, to that
whose off-block time is nearest. Points and aerodromes come from the case: its sites, and `points` of the [[plan]]; with
them their heights. `hae_m` of the [[plan]] is the height of a flight whose level is VFR, `climb_mps` its climb and
descent (5 m/s), `taxi_s` from off-block to take-off (0).

Kept aside: cut_short, no_flight (a change of a flight that is not there), field (7, 13 or 16 cannot be read, or a CHG
changes nothing), unfinished.
Counted: other_kind, cancelled, delayed, departed, changed, eet_unlike_speed (the filed time and speed differ twofold),
and the two above.
Source: ICAO Doc 4444, appendices 2 and 3.
"""

from __future__ import annotations

import dataclasses
import datetime
import math
import re

from flightward.feeds.declared.shapes import GEOD
from flightward.feeds.fpl.messages import AtsMessage, other_information, split
from flightward.feeds.fpl.route import Route, level_m, position, read_route
from flightward.feeds.fpl.timeline import Stop, timeline
from flightward.feeds.plans.plan import Plan, PlanContext, Plans

CLIMB_MPS = 5.0
DAY_S = 86_400.0
_ACID = re.compile(r"^([A-Z0-9]{2,7})(?:/[A-Z]\d{4})?$")
_FROM = re.compile(r"^([A-Z]{4})(\d{4})?$")
_TO = re.compile(r"^([A-Z]{4})(\d{4})?((?:\s+[A-Z]{4})*)$")
_TYPE = re.compile(r"^(?:\d{1,2})?([A-Z0-9]{2,4})(?:/[LMHJ])?$")
_ELAPSED = re.compile(r"([A-Z]{2,5}|\d{2,4}[NS]\d{3,5}[EW])(\d{4})(?![A-Z0-9])")
_DELAY = re.compile(rf"^{_ELAPSED.pattern}$")
_STATUS = {"MEDEVAC": "medical", "HOSP": "medical", "HUM": "humanitarian", "STATE": "state", "HEAD": "state"}
_NO_TIME = "total elapsed time (field 16)"
_TYPE_OF_FLIGHT = {"S": "airline", "N": "airline", "M": "state"}


@dataclasses.dataclass
class _Flight:
    """One flight as its messages so far tell it."""

    fields: dict[str, str]
    raw: str
    is_cancelled: bool = False
    is_by_speed: bool = False
    take_off: str = ""


def icao_fpl(data: bytes, ctx: PlanContext) -> Plans:
    """The flights of a text of messages. Any bytes give plans, unfinished ones and counts."""
    messages, bad, n_others = split(data.decode("utf-8", "replace"))
    out = Plans()
    out.rejects.repaired("other_kind", n_others)
    for row, raw in bad:
        out.rejects.add_one("cut_short", row, raw)
    flights: list[_Flight] = []
    for m in messages:
        _take(m, flights, ctx, out)
    n_named: dict[str, int] = {}
    for flight in flights:
        if flight.is_cancelled:
            continue
        acid = _acid(flight.fields)
        n_named[acid] = n_named.get(acid, 0) + 1
        _plan(flight, acid if n_named[acid] == 1 else f"{acid}#{n_named[acid]}", ctx, out)
    return out


def _take(m: AtsMessage, flights: list[_Flight], ctx: PlanContext, out: Plans) -> None:
    key = _key(m.fields)
    if key is None:
        out.rejects.add_one("field", m.row, m.raw)
        return
    if m.kind == "FPL":
        flights.append(_Flight(dict(m.fields), m.raw))
        return
    same = [f for f in flights if _key(f.fields) == key or (m.kind == "ARR" and _key(f.fields, 2) == _key(m.fields, 2))]
    same = [f for f in same if not f.is_cancelled]
    if not same:
        out.rejects.add_one("no_flight", m.row, m.raw)
        return
    at_s = _off_block_s(m.fields, ctx)
    apart = [abs(_off_block_s(f.fields, ctx) - at_s) for f in same]
    flight = same[min(range(len(same)), key=lambda k: apart[k] if apart[k] == apart[k] else math.inf)]
    _change(m, flight, ctx, out)


def _change(m: AtsMessage, flight: _Flight, ctx: PlanContext, out: Plans) -> None:
    if m.kind == "CNL":
        flight.is_cancelled = True
        out.rejects.repaired("cancelled")
    elif m.kind == "DLA":
        _delay(m, flight, ctx)
        out.rejects.repaired("delayed")
    elif m.kind == "DEP":
        flight.take_off = m.fields["13"][4:8]
        _later_date(m, flight)
        out.rejects.repaired("departed")
    elif m.kind == "CHG" and not m.amended:
        out.rejects.add_one("field", m.row, m.raw)
    elif m.kind == "CHG":
        _amend(m.amended, flight)
        out.rejects.repaired("changed")


def _delay(m: AtsMessage, flight: _Flight, ctx: PlanContext) -> None:
    before_s = _off_block_s(flight.fields, ctx)
    flight.fields["13"] = m.fields["13"]
    _later_date(m, flight)
    after_s = _off_block_s(flight.fields, ctx)
    if after_s < before_s and _date(m.fields) in ("", _date_of(before_s)):
        _set_date(_date_of(after_s + DAY_S), flight)


def _amend(amended: dict[str, str], flight: _Flight) -> None:
    before, after = (_TO.match(fields.get("16", "")) for fields in (flight.fields, amended))
    flight.fields |= amended
    if after:
        is_bare = not after.group(2)
        if is_bare and before and before.group(1) == after.group(1):
            flight.fields["16"] = f"{after.group(1)}{before.group(2) or ''}{after.group(3)}"
        else:
            flight.is_by_speed = is_bare


def _later_date(m: AtsMessage, flight: _Flight) -> None:
    """The date of flight that a message gives stands for the flight's own."""
    if date := _date(m.fields):
        _set_date(date, flight)


def _date(fields: dict[str, str]) -> str:
    """The date of flight as six digits; "" if it is not said."""
    date = other_information(fields.get("18", "")).get("DOF", "")
    return date if re.fullmatch(r"\d{6}", date) else ""


def _date_of(t_s: float) -> str:
    return f"{datetime.datetime.fromtimestamp(t_s, datetime.UTC):%y%m%d}"


def _set_date(date: str, flight: _Flight) -> None:
    rest = re.sub(r"\bDOF/\d*", "", flight.fields.get("18", ""))
    flight.fields["18"] = f"{rest} DOF/{date}".strip()


def _key(fields: dict[str, str], n: int = 3) -> tuple[str, ...] | None:
    """Identification, departure, destination; None if one of them cannot be read."""
    found = _ACID.match(fields.get("7", "")), _FROM.match(fields.get("13", "")), _TO.match(fields.get("16", ""))
    if found[0] is None or found[1] is None or (n > 2 and found[2] is None):
        return None
    texts = (found[0].group(1), found[1].group(1), found[2].group(1) if found[2] else "")
    return texts[:n]


def _acid(fields: dict[str, str]) -> str:
    found = _ACID.match(fields.get("7", ""))
    return found.group(1) if found else "?"


def _plan(flight: _Flight, name: str, ctx: PlanContext, out: Plans) -> None:
    fields = flight.fields
    info = other_information(fields.get("18", ""))
    missing: list[str] = []
    begin_s = _begin_s(flight, ctx, missing)
    to = _TO.match(fields.get("16", ""))
    total_s = _filed_s(fields)
    if math.isnan(total_s) and not flight.is_by_speed:
        missing.append(_NO_TIME)
    route = read_route(fields.get("15", ""), ctx.points)
    missing += route.missing
    ends, ground = _ends(fields, info, ctx, missing)
    notes: list[str] = []
    stops = _stops(route, ends, info, ctx, missing, notes) if not missing else []
    by_speed_s = math.nan if missing else _by_speed_s(stops)
    if flight.is_by_speed:
        total_s = by_speed_s
        notes.append("time_by_speed")
    elif not 0.5 <= by_speed_s / total_s <= 2.0:
        notes.append("eet_unlike_speed")
    if not missing and not total_s > 0.0:
        missing.append(_NO_TIME)
    if missing:
        out.cannot_use(name, missing, flight.raw)
        return
    for note in notes:
        out.rejects.repaired(note)
    rate = ctx.option("climb_mps")
    points = timeline(stops, begin_s, total_s, ground, rate if rate > 0.0 else CLIMB_MPS)
    kind = _TYPE.match(fields.get("9", ""))
    code = info.get("CODE", "").split(" ")[0]
    endurance = other_information(fields.get("19", "").replace("E/", "EE/")).get("EE", "")[:4]
    out.plans.append(Plan(
        name, tuple(points), callsign=_acid(fields),
        icao24=code.lower() if re.fullmatch(r"[0-9A-F]{6}", code) else "",
        aircraft_type=info.get("TYP", "") if kind and kind.group(1) == "ZZZZ" else kind.group(1) if kind else "",
        category=_category(fields.get("8", ""), info), endurance_s=_hhmm_s(endurance),
        alternates=tuple(to.group(3).split()) if to else (), notes=tuple(notes),
    ))  # fmt: skip


def _filed_s(fields: dict[str, str]) -> float:
    """The filed time of the whole way; NaN if there is none."""
    to = _TO.match(fields.get("16", ""))
    filed_s = _hhmm_s(to.group(2)) if to and to.group(2) else math.nan
    return filed_s if filed_s > 0.0 else math.nan


def _begin_s(flight: _Flight, ctx: PlanContext, missing: list[str]) -> float:
    off_block_s = _off_block_s(flight.fields, ctx)
    if math.isnan(off_block_s):
        missing.append("date and off-block time (field 13, DOF)")
    taxi_s = ctx.option("taxi_s")
    begin_s = off_block_s + (0.0 if math.isnan(taxi_s) else taxi_s)
    taken_off = _hhmm_s(flight.take_off)
    if math.isnan(taken_off) or math.isnan(begin_s):
        return begin_s
    midnight_s = math.floor(off_block_s / DAY_S) * DAY_S
    # A take-off is next to its off-block time, on whichever side of midnight.
    return min((midnight_s + taken_off + k * DAY_S for k in (-1, 0, 1)), key=lambda t: abs(t - off_block_s))


def _off_block_s(fields: dict[str, str], ctx: PlanContext) -> float:
    found = _FROM.match(fields.get("13", ""))
    clock_s = _hhmm_s(found.group(2)) if found and found.group(2) else math.nan
    date = other_information(fields.get("18", "")).get("DOF", "")[:6]
    try:
        day = datetime.datetime.strptime(date, "%y%m%d").replace(tzinfo=datetime.UTC).timestamp()
        return day + clock_s
    except ValueError:
        if math.isinf(ctx.start_s) or math.isnan(clock_s):
            return math.nan
    # Without a date it is the time next to the middle of the case's day, or to its begin if there is no end.
    middle_s = 0.5 * (ctx.start_s + ctx.end_s) if math.isfinite(ctx.end_s) else ctx.start_s
    midnight_s = math.floor(middle_s / DAY_S) * DAY_S
    return min((midnight_s + clock_s + k * DAY_S for k in (-1, 0, 1)), key=lambda t: abs(t - middle_s))


def _ends(
    fields: dict[str, str], info: dict[str, str], ctx: PlanContext, missing: list[str]
) -> tuple[list[tuple[float, float]], tuple[float, float]]:
    """(lat, lon) of departure and destination, and the ground's height there."""
    places, ground = [], []
    for number, key in (("13", "DEP"), ("16", "DEST")):
        name = fields.get(number, "")[:4]
        said = info.get(key, "").split(" ")
        at = next((p for word in said if (p := position(word, ctx.points)) is not None), None) if name == "ZZZZ" \
            else position(name, ctx.points)  # fmt: skip
        if at is None:
            missing.append(f"place of {name}" + (f" ({key}/)" if name == "ZZZZ" else ""))
            at = (math.nan, math.nan)
        names = said if name == "ZZZZ" else [name]
        height = next((ctx.points[n].hae_m for n in names if n in ctx.points), ctx.option("ground_hae_m"))
        if math.isnan(height):
            missing.append(f"height of the ground at {name}")
        places.append(at)
        ground.append(height)
    return places, (ground[0], ground[1])


def _stops(
    route: Route, ends: list[tuple[float, float]], info: dict[str, str], ctx: PlanContext, missing: list[str],
    notes: list[str],
) -> list[Stop]:  # fmt: skip
    elapsed = {m.group(1): _hhmm_s(m.group(2)) for m in _ELAPSED.finditer(info.get("EET", ""))}
    if not _stay_longer(route, info.get("DLE", "")):
        notes.append("delay_not_taken")
    speed, height = route.speed_mps, _hae_m(route.level, ctx)
    stops = [Stop(*ends[0], speed, height, 0.0, math.nan)]
    for p in route.points:
        speed = p.speed_mps if p.speed_mps > 0.0 else speed
        height = _hae_m(p.level, ctx) if p.level else height
        stops.append(Stop(p.lat_deg, p.lon_deg, speed, height, p.stay_s, elapsed.get(p.name, math.nan)))
    stops.append(Stop(*ends[1], speed, height, 0.0, math.nan))
    if any(math.isnan(s.hae_m) for s in stops):
        missing.append("level (VFR): give hae_m")
    if any(not s.speed_mps > 0.0 for s in stops):
        missing.append("speed (field 15)")
    return stops


def _stay_longer(route: Route, delays: str) -> bool:
    """Add the delays en route (DLE/) to the stay at their points; False if one is of none, or cannot be read."""
    is_whole = True
    for word in delays.split():
        found = _DELAY.match(word)
        at = next((p for p in route.points if found and p.name == found.group(1)), None)
        delay_s = _hhmm_s(found.group(2)) if found else math.nan
        if at is None or math.isnan(delay_s):
            is_whole = False
        else:
            at.stay_s += delay_s
    return is_whole


def _hae_m(level: str, ctx: PlanContext) -> float:
    height, is_pressure = level_m(level)
    if math.isnan(height):
        return ctx.option("hae_m")
    return ctx.hae_of_level_m(height) if is_pressure else height + ctx.geoid_or_zero_m


def _by_speed_s(stops: list[Stop]) -> float:
    """How long the way takes at its filed speeds, with its stays."""
    lat, lon = [s.lat_deg for s in stops], [s.lon_deg for s in stops]
    _, _, length_m = GEOD.inv(lon[:-1], lat[:-1], lon[1:], lat[1:])
    legs = zip(length_m, stops[:-1], strict=True)
    return sum(float(length) / s.speed_mps + s.stay_s for length, s in legs)


def _category(field_8: str, info: dict[str, str]) -> str:
    for word in info.get("STS", "").split():
        if word in _STATUS:
            return _STATUS[word]
    return _TYPE_OF_FLIGHT.get(field_8[1:2], "")


def _hhmm_s(text: str) -> float:
    if not re.fullmatch(r"\d{4}", text) or int(text[2:]) > 59:
        return math.nan
    return 3600.0 * int(text[:2]) + 60.0 * int(text[2:])
