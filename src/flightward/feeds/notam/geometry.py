"""The shapes that item E describes -> rings, if every position in it is accounted for.

Understood: circles (WI 5NM RADIUS OF p; CIRCLE RADIUS 2KM CENTRE p; p RADIUS 500M), polygons (p - p - p - p, also with
TO, THEN, commas), arcs in them (CLOCKWISE BY THE ARC OF A CIRCLE RADIUS 2NM CENTRED ON c TO p; ARC PASSING THROUGH m TO
p), corridors (0.25NM EITHER SIDE OF LINE p - p). Anything else (along a border or a coast, a position whose part is not
plain) is refused, and the Q-line's circle stands for the area, which holds it by OPADD's rule.
"""

from __future__ import annotations

import re

from flightward.feeds.declared.shapes import Arc, BadShape, Leg, Line, Ring, Through, circle, joined, outline, tube
from flightward.feeds.notam.positions import Position, distances_m, positions

_WORD_AFTER = re.compile(r"^\W*(?:IN\s+)?(?:RADIUS|RAD|RDS|CIRCLE)(?![A-Z])")
_WORD_BEFORE = re.compile(r"\b(?:RADIUS|RAD|RDS|R|CIRCLE)\W*(?:OF|IS)?\W*$")
_WITHIN = re.compile(r"\b(?:WI|W/I|WITHIN)\s*$")
_NAME_RADIUS = re.compile(r"^[^.\d]*\b(?:RADIUS|RAD|RDS)\W*(?:OF|IS)?\W*$")
_NAME_WITHIN = re.compile(r"^[^.\d]*\b(?:WI|W/I|WITHIN)\s+(?:A\s+)?$")
_LOCATED = re.compile(r"\b(?:LOCATED|SITUATED|REF(?:ERENCE)?)\s*(?:AT|IN|BETWEEN|BTN|NEAR|POINT|PSN|POSITION|:|\s)*$")
_OF = re.compile(r"^\s*(?:RADIUS|RAD|RDS)?\s*(?:OF|FROM|AROUND|FM)\b")
_SIDES = re.compile(r"\b(?:EITHER|EACH|BOTH)\s+SIDES?\b")
_WIDE = re.compile(r"\b(?:WIDTH|WIDE)\b")
_ARC = re.compile(r"\bARC\b")
_CENTRE = re.compile(r"\bCENT(?:RE|ER|RED|ERED)\b")
_THROUGH = re.compile(r"\bPASSING\s+(?:THROUGH|THRU|OVER)\b")
_CW = re.compile(r"\b(?:CLOCKWISE|CW)\b")
_CCW = re.compile(r"\b(?:ANTI|COUNTER)[ -]?CLOCKWISE\b|\b(?:CCW|ACW)\b")
_JOINS = re.compile(
    r"^[\s,;:./–—-]*(?:(?:TO|THEN|THENCE|AND|BACK|POINT|PSN|POSITION|DIRECT|LINE|STRAIGHT LINES?|JOINING|A|"
    r"(?:\d{1,2}|[A-Z])[.)]|\([A-Z0-9 /'.,&-]{1,60}\))[\s,;:./–—-]*)*$"
)
_AREA = re.compile(
    r"\b(?:AREA|BOUND\w*|BDRY|POLYGON|JOINING|WI|W/I|WITHIN|LINES?|CONTAINED|LATERAL|COORD\w*|LIMITS?|BTN|BETWEEN|SECTOR)\b"
)
_LEAD_MAX = 160
"""Characters before a position in which its radius may stand."""


def shapes(text: str) -> tuple[list[Ring], set[str]]:
    """The rings of item E (empty if it has no positions), and notes.

    Errors   BadShape: position (none on Earth), unplain (not every position is accounted for), and those of a shape.
    """
    text = text.upper()
    found, is_all = positions(text)
    if not is_all or any(not p.is_good for p in found):
        raise BadShape("position")
    return _Reader(text, found).read() if found else ([], set())


class _Reader:
    def __init__(self, text: str, found: list[Position]) -> None:
        self._at = found
        edges = [0, *[p.end for p in found]]
        begins = [*[p.begin for p in found], len(text)]
        self._gap = [text[a:b] for a, b in zip(edges, begins, strict=True)]
        self._rings: list[Ring] = []
        self._notes: set[str] = set()

    def read(self) -> tuple[list[Ring], set[str]]:
        k = 0
        while k < len(self._at):
            k = self._shape(k)
        if not self._rings:
            raise BadShape("unplain")
        return self._rings, self._notes

    def _shape(self, k: int) -> int:
        """Read the shape that begins at position k; the number of the first position after it."""
        lead = self._gap[k][-_LEAD_MAX:]
        if _SIDES.search(lead) or (_WIDE.search(lead) and distances_m(lead)):
            return self._corridor(k, lead)
        radius_m = _radius_before(lead)
        if radius_m is None and not self._goes_on(k + 1):
            radius_m = _radius_after(self._gap[k + 1])
        if radius_m is not None:
            return self._circle(k, radius_m)
        legs, after = self._path(k)
        if len(legs) < 3 and _LOCATED.search(lead):
            return after  # where a jammer or a crane stands; what it reaches is told elsewhere
        is_closed = len(legs) > 2 and _is_same(legs[0], legs[-1])
        is_round = any(not isinstance(leg, Line) for leg in legs)
        if (len(legs) < 3 and not is_round) or not (is_closed or is_round or _AREA.search(lead)):
            raise BadShape("unplain")
        rings, notes = outline(legs)
        self._rings += rings
        self._notes |= notes
        return after

    def _circle(self, k: int, radius_m: float) -> int:
        after = k + 1
        while self._goes_on(after):
            after += 1
        points = [Line(p.lat_deg, p.lon_deg) for p in self._at[k:after]]
        if len(points) == 1:
            self._rings.append(circle(points[0].lat_deg, points[0].lon_deg, radius_m))
            return after
        # One distance and several places: around each, along the line, or around the area. All of it.
        around = tube(points, radius_m)
        if len(points) > 2:
            inner, notes = outline(points)
            self._notes |= notes
            around = joined([*around, *inner])
        self._rings += around
        return after

    def _corridor(self, k: int, lead: str) -> int:
        spans = distances_m(lead)
        if not spans:
            raise BadShape("corridor")
        reach = max(m for _, _, m in spans)
        half_m = reach if _SIDES.search(lead) else reach / 2.0
        legs, after = self._path(k)
        self._rings += tube(legs, half_m)
        return after

    def _path(self, k: int) -> tuple[list[Leg], int]:
        """Lines and arcs from position k as far as the text joins them, or to where it comes back to its begin."""
        legs: list[Leg] = [Line(self._at[k].lat_deg, self._at[k].lon_deg)]
        k += 1
        while k < len(self._at):
            gap = self._gap[k]
            here = self._at[k]
            if _ARC.search(gap):
                leg, k = self._arc(k, gap)
                legs.append(leg)
            elif _JOINS.match(gap):
                legs.append(Line(here.lat_deg, here.lon_deg))
                k += 1
            else:
                break
            if len(legs) > 2 and _is_same(legs[0], legs[-1]):
                break
        return legs, k

    def _arc(self, k: int, gap: str) -> tuple[Leg, int]:
        if k + 1 >= len(self._at):
            raise BadShape("arc")
        first, second = self._at[k], self._at[k + 1]
        between = self._gap[k + 1]
        if _THROUGH.search(gap):
            if not _JOINS.match(between):
                raise BadShape("arc")
            return Through(first.lat_deg, first.lon_deg, second.lat_deg, second.lon_deg), k + 2
        is_back = bool(_CCW.search(gap))
        if not is_back and not _CW.search(gap):
            both = bool(_CCW.search(between)), bool(_CW.search(between))
            if not any(both):
                raise BadShape("arc")
            is_back = both[0]
        if _CENTRE.search(gap):
            centre, end = first, second
        elif _CENTRE.search(between):
            centre, end = second, first
        else:
            raise BadShape("arc")
        return Arc(centre.lat_deg, centre.lon_deg, not is_back, end.lat_deg, end.lon_deg), k + 2

    def _goes_on(self, k: int) -> bool:
        """Is there a position k that the text simply joins to the one before."""
        return k < len(self._at) and bool(_JOINS.match(self._gap[k]))


def _radius_before(lead: str) -> float | None:
    """The radius that a text before a position gives, next to its word; the largest if there are several."""
    if _ARC.search(lead):
        return None
    found = []
    for begin, end, metres in distances_m(lead):
        before, after = lead[:begin], lead[end:]
        has_word = _WORD_AFTER.match(after) or _WORD_BEFORE.search(before)
        if has_word or (_WITHIN.search(before) and _OF.match(after)):
            found.append(metres)
    return max(found) if found else None


def _radius_after(text: str) -> float | None:
    """The radius that a text after a position gives, next to it or after the place's name."""
    if _ARC.search(text[:_LEAD_MAX]):
        return None
    for begin, end, radius_m in distances_m(text[:_LEAD_MAX])[:1]:
        before, after = text[:begin], text[end:]
        if _NAME_RADIUS.match(before) or (_NAME_WITHIN.match(before) and re.match(r"^\s*RAD", after)):
            return radius_m
    return None


def _is_same(a: Leg, b: Leg) -> bool:
    return abs(a.lat_deg - b.lat_deg) < 1e-9 and abs(a.lon_deg - b.lon_deg) < 1e-9
