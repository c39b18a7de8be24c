"""The shapes that item E describes -> rings, if every position in it is accounted for.

Understood: circles (WI 5NM RADIUS OF p; CIRCLE RADIUS 2KM CENTRE p; p RADIUS 500M), polygons (p - p - p - p, also with
TO, THEN, commas), arcs in them (CLOCKWISE BY THE ARC OF A CIRCLE RADIUS 2NM CENTRED ON c TO p; ARC PASSING THROUGH m TO
p), corridors (0.25NM EITHER SIDE OF LINE p - p; ALONG LINE p - p, WIDTH 10KM). Anything else (along a border or a
coast, a position whose part is not plain) is refused, and the Q-line's circle stands for the area, which holds it by
OPADD's rule. Where the text names more than was read (a second area without positions) the note is shape_part.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from flightward.feeds.declared.shapes import Arc, BadShape, Leg, Line, Ring, Through, circle, joined, outline, tube
from flightward.feeds.notam.positions import Position, distances_m, positions

_WORD_AFTER = re.compile(r"^\W*(?:IN\s+)?(?:RADIUS|RAD|RDS|CIRCLE)(?![A-Z])")
_WORD_BEFORE = re.compile(r"\b(?:RADIUS|RAD|RDS|R|CIRCLE)\W*(?:OF|IS)?\W*$")
_WITHIN = re.compile(r"\b(?:WI|W/I|WITHIN)\s*$")
_NAME_RADIUS = re.compile(r"^[^.\d]*\b(?:RADIUS|RAD|RDS)\W*(?:OF|IS)?\W*$")
_NAME_WITHIN = re.compile(r"^[^.\d]*\b(?:WI|W/I|WITHIN)\s+(?:A\s+)?$")
_LOCATED = re.compile(r"\b(?:LOCATED|SITUATED|REF(?:ERENCE)?)\s*(?:AT|IN|BETWEEN|BTN|NEAR|POINT|PSN|POSITION|:|\s)*$")
_OF = re.compile(r"^\s*(?:RADIUS|RAD|RDS)?\s*(?:OF|FROM|AROUND|FM)\b")
_SIDES = re.compile(r"\b(?:(?:EITHER|EACH|BOTH)\s+SIDES?|LEFT\s+AND\s+RIGHT)\b")
_WIDE = re.compile(r"\b(?:WIDTH|WIDE)\b")
_LINE = re.compile(r"\b(?:LINE|TRACK|ROUTE|AXIS|CORRIDOR|ALONG)\b")
_LINE_FROM = r"(?:\s+(?:JOINING|FM|FROM|BTN|BETWEEN))?\W*$"
_OF_NEXT = re.compile(rf"^\s*(?:OF\s+)?(?:(?:THE|A)\s+)?(?:CORRIDOR|LINE|TRACK|ROUTE)?{_LINE_FROM}")
_BORDER = re.compile(
    r"\b(?:BORDER\w*|BDRY|BDR|BOUNDAR\w*|COAST(?:LINE|AL)?|SHORE(?:LINE)?|RIVER\w*)\b|"
    r"\bALONG\b(?!\s+(?:(?:THE|AN?)\s+)?(?:ARC|CIRCLE)\b)"
    rf"(?!\s+(?:(?:THE|A)\s+)?(?:(?:STRAIGHT\s+)?LINES?|TRACK|ROUTE|AXIS){_LINE_FROM})"
)
_ON_TO = re.compile(r"^\W*THEN(?:CE)?\b|\b(?:TO|THEN|THENCE)\W*$")
_ASIDE = re.compile(r"\([^()]{0,200}\)")
_NAMED = r"\b(?:[A-Z]{2}[ -]?[PRD][ -]?\d{1,4}[A-Z]?|(?:TSA|TRA|CBA)[ -]?\d{1,4}[A-Z]{0,2})\b"
_NAMED_AND = re.compile(
    rf"{_NAMED}.{{0,100}}?\bAND\s+(?:(?:AN?|THE|IN)\s+)?(?:AREA|WI|W/I|WITHIN|CIRCLE|RADIUS)\b", re.DOTALL
)
_FURTHER = re.compile(
    r"\bAREA\s*(?:N[OR]\.?\s*)?(?:[2-9]|[B-H])\b|"
    rf"\bAND\s+(?:(?:AN?|THE|IN|WI|WITHIN|ALSO)\s+){{0,2}}(?:AREAS?\b|{_NAMED})"
)
_NEXT_ONE = re.compile(r"\bAND\b(?!\s+(?:(?:THE|ITS|A)\s+)?CENT)|(?<![\d.])[2-9][.)](?!\d)|\bAREA\s*(?:[2-9]|[B-H])\b")
_APART = re.compile(r"\b(?:OF|FROM|FM|AROUND|CENT\w*)\b")
_BUFFER = re.compile(r"\bBUFFER\b")
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
_BESIDE = 40
_NEAR = 30
"""Characters between a width and its word."""


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
        if any(_BORDER.search(_ASIDE.sub(" ", gap)) for gap in self._gap[1:-1]):
            raise BadShape("border")
        k = 0
        while k < len(self._at):
            k = self._shape(k)
        if not self._rings:
            raise BadShape("unplain")
        if self._is_part():
            self._notes.add("shape_part")
        return self._rings, self._notes

    def _shape(self, k: int) -> int:
        """Read the shape that begins at position k; the number of the first position after it."""
        lead = self._gap[k][-_LEAD_MAX:]
        if k and _ON_TO.search(lead):
            raise BadShape("unplain")  # the shape before went on in a way that was not read
        if _SIDES.search(lead) or (_WIDE.search(lead) and distances_m(lead)):
            return self._corridor(k, lead)
        radius_m = _radius_before(lead)
        if radius_m is not None:
            return self._circle(k, radius_m)
        radius_m = None if self._goes_on(k + 1) else self._radius_after(k + 1)
        if radius_m is not None:
            self._rings.append(circle(self._at[k].lat_deg, self._at[k].lon_deg, radius_m))
            return k + 1
        legs, after = self._path(k)
        half_m = self._half_width_after(after)
        if half_m is not None:
            self._around(legs, half_m, is_filled=not _LINE.search(lead))
            return after
        if len(legs) < 3 and _LOCATED.search(lead):
            return after  # where a jammer or a crane stands; what it reaches is told elsewhere
        is_closed = len(legs) > 2 and _is_same(legs[0], legs[-1])
        if not is_closed and after == len(self._at) and _BORDER.search(_sentence(self._gap[after])):
            raise BadShape("border")
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
        self._around(points, radius_m, is_filled=True)
        return after

    def _around(self, legs: Sequence[Leg], reach_m: float, *, is_filled: bool) -> None:
        around = tube(legs, reach_m)
        if is_filled and len(legs) > 2:
            inner, notes = outline(legs)
            self._notes |= notes
            around = joined([*around, *inner])
        self._rings += around

    def _corridor(self, k: int, lead: str) -> int:
        spans = distances_m(lead)
        if not spans:
            raise BadShape("corridor")
        reach = max(m for _, _, m in spans)
        half_m = reach if _SIDES.search(lead) else reach / 2.0
        legs, after = self._path(k)
        self._around(legs, max(half_m, self._half_width_after(after) or 0.0), is_filled=False)
        return after

    def _half_width_after(self, k: int) -> float | None:
        """Half the width that the text after a line, before position k, gives it; None if it gives none.

        What is taken is cut out, so that it is not taken for the next shape's too.
        """
        text = self._gap[k][:_LEAD_MAX]
        for words, share in ((_SIDES, 1.0), (_WIDE, 0.5)):
            for word in words.finditer(text):
                near = [d for d in distances_m(text) if _is_near(d, word)]
                end = max([word.end(), *(d[1] for d in near)])
                rest = self._gap[k][end:]
                if not near or (k < len(self._at) and len(rest) <= _LEAD_MAX and _OF_NEXT.match(rest)):
                    continue
                self._gap[k] = rest
                return share * max(d[2] for d in near)
        return None

    def _radius_after(self, k: int) -> float | None:
        """The radius that the text before position k gives the place before it; what is taken is cut out."""
        found = _radius_after(self._gap[k])
        if found is None:
            return None
        self._gap[k] = self._gap[k][found[0] :]
        return found[1]

    def _is_part(self) -> bool:
        """Does the text name more than was read: a distance around a place without a position, a further area."""
        first, *between, tail = (_ASIDE.sub(" ", gap) for gap in self._gap)
        if _NAMED_AND.search(first) or _FURTHER.search(tail) or _rounds(tail) or _BUFFER.search(tail):
            return True
        for gap in (first, *between):
            rounds = _rounds(gap)
            if len(rounds) > 1 or (rounds and _NEXT_ONE.search(gap[rounds[-1][1] :])):
                return True
        return False

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
    return max((m for _, _, m in _radii(lead)), default=None)


def _radii(text: str) -> list[tuple[int, int, float]]:
    """(begin, end, metres) of the distances of a text that are radii, by the words beside them."""
    found = []
    for begin, end, metres in distances_m(text):
        before, after = text[max(0, begin - _BESIDE) : begin], text[end : end + _BESIDE]
        has_word = _WORD_AFTER.match(after) or _WORD_BEFORE.search(before)
        if has_word or (_WITHIN.search(before) and _OF.match(after)):
            found.append((begin, end, metres))
    return found


def _rounds(text: str) -> list[tuple[int, int]]:
    """(begin, end) of each "so far around a place": the same radius in two units is one."""
    out: list[tuple[int, int]] = []
    for begin, end, _ in _radii(text):
        if out and not _APART.search(text, out[-1][1], begin):
            out[-1] = (out[-1][0], end)
        else:
            out.append((begin, end))
    return out


def _is_near(distance: tuple[int, int, float], word: re.Match[str]) -> bool:
    return -_NEAR <= distance[0] - word.end() <= _NEAR and -_NEAR <= word.start() - distance[1] <= _NEAR


def _sentence(text: str) -> str:
    """The rest of the sentence in which a text begins, without what stands in brackets."""
    return re.split(r"[.;]|\n\s*\n", _ASIDE.sub(" ", text[:_LEAD_MAX]), maxsplit=1)[0]


def _radius_after(text: str) -> tuple[int, float] | None:
    """Where the radius ends that a text after a position gives, next to it or after the place's name; and it."""
    if _ARC.search(text[:_LEAD_MAX]):
        return None
    for begin, end, radius_m in distances_m(text[:_LEAD_MAX])[:1]:
        before, after = text[:begin], text[end:]
        if _NAME_RADIUS.match(before) or (_NAME_WITHIN.match(before) and re.match(r"^\s*RAD", after)):
            return end, radius_m
    return None


def _is_same(a: Leg, b: Leg) -> bool:
    return abs(a.lat_deg - b.lat_deg) < 1e-9 and abs(a.lon_deg - b.lon_deg) < 1e-9
