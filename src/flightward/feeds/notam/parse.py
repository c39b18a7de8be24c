"""NOTAM -> declared areas.

    notam          text: one or more messages, with or without what surrounds them
    notam-pib-xml  a pre-flight bulletin of the European AIS Database (pib.py)

Which messages are areas is in subjects.py; the others (lights, cranes, runways) are counted as not_an_area. Where an
area's own shape cannot be read, the Q-line's circle stands for it (shape_from_qline); where that is not there either,
the message is listed as unreadable. An area is active from B to C; with EST or PERM until something ends it: a
NOTAMC or NOTAMR of the same country that names it, from its own item B. One that cannot be read ends nothing.

Kept aside: not_notam, no_qline, no_place, run_together (a message within another). Taken at their larger reading, and
noted: shape_from_qline (with the reason in `text`), shape_apart (the shape of item E does not meet the Q-line's circle:
both count), shape_part (item E names more than was read: both count),
crossed, schedule_unread, schedule_long, schedule_holidays, start_unread, end_unread, end_before_start, estimated_end,
exempt_depends, exempt_part, end_not_taken. Counted: not_an_area, not_in_force, repeated, replaced, cancelled,
target_unknown.
"""

from __future__ import annotations

import dataclasses
import math

from flightward.feeds.declared import Declared, DeclaredZone, Window, ZoneContext
from flightward.feeds.declared.levels import (
    AGL,
    EITHER,
    SFC,
    UNKNOWN,
    UNL,
    Datum,
    Limit,
    ceiling_m,
    floor_m,
    limit_of_level,
    limit_of_text,
)
from flightward.feeds.declared.shapes import BadShape, Ring, circle, reach_of
from flightward.feeds.declared.zone import datum_of
from flightward.feeds.notam.exempt import exemptions
from flightward.feeds.notam.geometry import shapes
from flightward.feeds.notam.messages import Notam, split
from flightward.feeds.notam.pib import bulletin
from flightward.feeds.notam.qline import ROUNDING_M, QLine, q_line
from flightward.feeds.notam.subjects import area_kind, closed_by_text
from flightward.feeds.notam.validity import Validity, active, created_s, moment_s, validity
from flightward.model import ZoneKind
from flightward.units import NMI_M

APART_M = 2.0 * NMI_M
WHOLE_M = 999.0 * NMI_M
CLOSES = {"LC", "LP", "LI", "LV", "LN", "CA"}
"""Closed, prohibited, closed to IFR, to VFR, by night; activated."""
NO_Q = QLine("", "XX", "XX", "", "", math.nan, math.nan, math.nan, math.nan, math.nan)


def notam_text(data: bytes, ctx: ZoneContext) -> Declared:
    """The areas of NOTAM text (UTF-8 or Latin-1). Any bytes give areas, unreadable ones and counts."""
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = data.decode("latin-1")
    messages, others = split(text)
    out = Declared()
    for row, raw in others:
        out.rejects.add_one("not_notam", row, raw)
    return declared_notams(messages, ctx, out)


def notam_pib(data: bytes, ctx: ZoneContext) -> Declared:
    """The areas of a bulletin. Errors: BadMessage (xml, doctype, pib)."""
    return declared_notams(bulletin(data), ctx, Declared())


@dataclasses.dataclass(frozen=True)
class _Known:
    """A message that was taken, what of it is an area, and when it is in force."""

    notam: Notam
    q: QLine
    kind: ZoneKind
    rings: list[Ring]
    notes: set[str]
    why: str
    validity: Validity


def declared_notams(messages: list[Notam], ctx: ZoneContext, out: Declared) -> Declared:
    """The areas of messages, added to `out`."""
    messages = _once(messages, out)
    known = [k for m in messages if (k := _known(m, ctx, out)) is not None]
    ends = _ends(messages, known, ctx, out)
    for k in known:
        _add(k, ends.get((k.notam.number, k.notam.country)), ctx, out)
    for m in messages:
        if m.rest:
            out.cannot_read(f"after {_name(m)}", "run_together", m.rest, m.row)
    return out


def _once(messages: list[Notam], out: Declared) -> list[Notam]:
    """Without those that stand a second time, word for word."""
    seen: set[tuple[str, ...]] = set()
    kept = []
    for m in messages:
        key = (m.number, m.kind, m.q, m.a, m.b, m.c, m.d, m.e, m.f, m.g)
        if key in seen:
            out.rejects.repaired("repeated")
        else:
            kept.append(m)
            seen.add(key)
    return kept


def _known(m: Notam, ctx: ZoneContext, out: Declared) -> _Known | None:
    """What a new or replacing message declares; None for what is no area, or listed as unreadable."""
    if m.kind == "C":
        return None
    q = q_line(m.q)
    rings, notes, why = _rings(m.e)
    if q is None:
        if not rings:
            out.cannot_read(_name(m), "no_qline", m.raw, m.row)
            return None
        # Without its code an area may be anything: it is warned of.
        return _Known(m, NO_Q, ZoneKind.ALERT, rings, {*notes, "no_code"}, why, validity(m, ctx))
    kind = area_kind(q, m.e, bool(rings))
    if kind is None:
        out.rejects.repaired("not_an_area")
        return None
    place = [circle(q.lat_deg, q.lon_deg, q.radius_m + ROUNDING_M)] if q.has_circle else []
    if not rings:
        if not place:
            out.cannot_read(_name(m), "no_place", m.raw, m.row)
            return None
        rings, notes = place, {*notes, "shape_from_qline"}
        if q.radius_m >= WHOLE_M and q.condition not in CLOSES and closed_by_text(m.e) is not ZoneKind.CLOSED:
            # 999 NM say no more than "somewhere", often abroad: all of it is warned of, not closed.
            kind = ZoneKind.ALERT
            notes.add("somewhere")
    elif place and _is_apart(rings, q):
        rings, notes = [*rings, *place], {*notes, "shape_apart"}
    elif place and q.radius_m < WHOLE_M and "shape_part" in notes:
        rings = [*rings, *place]
    elif "shape_part" in notes:
        out.cannot_read(f"part of {_name(m)}", "no_place", m.raw, m.row)
    return _Known(m, q, kind, rings, notes, why, validity(m, ctx))


def _name(m: Notam) -> str:
    return m.number or f"NOTAM {m.row + 1}"


def _rings(text: str) -> tuple[list[Ring], set[str], str]:
    """The shapes of item E, notes, and why there are none."""
    try:
        rings, notes = shapes(text)
    except BadShape as error:
        return [], set(), error.reason
    return rings, notes, "" if rings else "no position in the text"


def _is_apart(rings: list[Ring], q: QLine) -> bool:
    """Does what item E describes lie wholly outside the Q-line's circle: one of the two is a slip of the pen."""
    nearest = min(_nearest_m(ring, q.lat_deg, q.lon_deg) for ring in rings)
    return nearest > q.radius_m + APART_M


def _nearest_m(ring: Ring, lat_deg: float, lon_deg: float) -> float:
    """A lower bound of the distance from a place to a ring: to its middle corner, less its reach from there."""
    lat, lon = float(ring.lat_deg[0]), float(ring.lon_deg[0])
    return reach_of([Ring(ring.lon_deg[:1], ring.lat_deg[:1])], lat_deg, lon_deg) - reach_of([ring], lat, lon)


def _ends(
    messages: list[Notam], known: list[_Known], ctx: ZoneContext, out: Declared
) -> dict[tuple[str, str], tuple[float, float]]:
    """Which numbers of which country are ended, from when, and when that was heard, by the file's NOTAMC and NOTAMR."""
    ends: dict[tuple[str, str], tuple[float, float]] = {}
    numbers = {(k.notam.number, k.notam.country) for k in known}
    rows = {k.notam.row for k in known}
    for m in messages:
        if m.kind == "N" or not m.refers_to:
            continue
        at_s = moment_s(m.b)
        target = (m.refers_to, m.country)
        if math.isnan(at_s) or not (m.kind == "C" or m.row in rows):
            # What replaces it could not be read, or says no time: the old one stays.
            if target in numbers:
                out.rejects.repaired("end_not_taken")
            continue
        if target not in numbers:
            out.rejects.repaired("target_unknown")
            continue
        out.rejects.repaired("cancelled" if m.kind == "C" else "replaced")
        before = ends.get(target, (math.inf, math.nan))
        ends[target] = min(before, (at_s, created_s(m, ctx)))
    return ends


def _add(k: _Known, end: tuple[float, float] | None, ctx: ZoneContext, out: Declared) -> None:
    m, q = k.notam, k.q
    place = (q.lat_deg, q.lon_deg) if not math.isnan(q.lat_deg) else _middle(k.rings)
    spans, notes = active(k.validity, m.d, place, ctx)
    windows = tuple(_cut(Window(a, b, k.validity.published_s), end) for a, b in spans)
    windows = tuple(w for w in windows if not w.to_s <= w.from_s)
    if not windows:
        out.rejects.repaired("not_in_force")
        return
    free, exempt_notes = exemptions(m.e)
    floor, ceiling = _limits(m, q, datum_of(ctx))
    all_notes = tuple(sorted({*k.notes, *notes, *k.validity.notes, *exempt_notes}))
    name = f"{_name(m)} {q.fir}".strip()
    why = f"[{k.why}] " if k.why else ""
    for ring in k.rings:
        out.add(DeclaredZone(name, k.kind, ring, floor, ceiling, windows, free, f"NOTAM {q.fir}".strip(),
                             why + m.e, all_notes))  # fmt: skip


def _cut(window: Window, end: tuple[float, float] | None) -> Window:
    """A window that another message ends. It is known beforehand only if that message came no later than this one."""
    if end is None or window.to_s <= end[0]:
        return window
    is_known = end[1] <= window.published_s
    return Window(window.from_s, end[0], window.published_s if is_known else math.nan)


def _middle(rings: list[Ring]) -> tuple[float, float]:
    return float(rings[0].lat_deg[0]), float(rings[0].lon_deg[0])


def _is_clear(q_ceiling: Limit, g: Limit, datum: Datum) -> bool:
    """Is the Q-line's level above what G may mean over the highest ground: offices often leave the ground out of it."""
    return g.reference in (AGL, EITHER) and q_ceiling.value_m >= datum.highest_ground_m + g.value_m


def _limits(m: Notam, q: QLine, datum: Datum) -> tuple[float, float]:
    """Floor and ceiling: items F and G, and the Q-line's levels where those are missing or hang on the ground."""
    q_floor = Limit(SFC) if not q.lower_fl > 0.0 else limit_of_level(q.lower_fl)
    q_ceiling = Limit(UNL) if math.isnan(q.upper_fl) else limit_of_level(q.upper_fl)
    f, g = (limit_of_text(text) if text else Limit(UNKNOWN) for text in (m.f, m.g))
    floor = floor_m(q_floor if f.reference == UNKNOWN else f, datum)
    ceiling = ceiling_m(q_ceiling if g.reference == UNKNOWN else g, datum)
    if g.reference not in (UNKNOWN, UNL, AGL, EITHER) or _is_clear(q_ceiling, g, datum):
        ceiling = min(ceiling, ceiling_m(q_ceiling, datum))
    return (floor, ceiling) if floor < ceiling else (-math.inf, math.inf)

