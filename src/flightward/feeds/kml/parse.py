"""KML -> plans (lines and tracks) or reports (tracks).

    <Placemark> <name/> <LineString> <altitudeMode/> <coordinates> lon,lat[,alt] ... </coordinates>
    <Placemark> <gx:Track> <altitudeMode/> <when/> ... <gx:coord> lon lat alt </gx:coord> ...
    <Placemark> <gx:MultiTrack> <altitudeMode/> (of those of its tracks that have none) <gx:Track> ...
    <Placemark> <TimeStamp> <when/> <Point> <coordinates/>: those of one folder are one track

altitudeMode absolute: metres above the sea; clampToGround (the default) and relativeToGround: the height above the sea
is not said. Source: OGC KML 2.2 (07-147r2), 10.3 and 10.7; gx: 2.3 (12-007r2), 10.14. Kept aside: position, pairs (a
track with unequal numbers of times and places). A line or track that has lost a point or all is an unfinished plan.
"""

from __future__ import annotations

import math
from xml.etree.ElementTree import Element

from flightward.errors import BadMessage
from flightward.feeds.isotime import iso_s
from flightward.feeds.jsontree import number
from flightward.feeds.plans.paths import Path, plans_of, reports_of
from flightward.feeds.plans.plan import PlanContext, Plans
from flightward.feeds.rows import FeedContext, FeedRows, Rejects
from flightward.feeds.xmlsafe import child, children, descendants, local, text_of, tree


def kml_plans(data: bytes, ctx: PlanContext) -> Plans:
    """A plan of every line and track. Errors: BadMessage (xml, doctype, kml)."""
    rejects = Rejects()
    return plans_of(_Reader(rejects).paths(data), ctx, rejects)


def kml_reports(data: bytes, ctx: FeedContext) -> FeedRows:
    """A report of every point of a track. Errors: BadMessage (xml, doctype, kml)."""
    rejects = Rejects()
    return reports_of([p for p in _Reader(rejects).paths(data) if p.is_flown], ctx, rejects)


class _Reader:
    def __init__(self, rejects: Rejects) -> None:
        self._rejects = rejects
        self._row = 0

    def paths(self, data: bytes) -> list[Path]:
        root = tree(data)
        if local(root) != "kml" and not any(descendants(root, "Placemark")):
            raise BadMessage("kml", data[:64], f"a KML file begins with kml, not {local(root)}")
        out: list[Path] = []
        for holder in root.iter():
            stamped = Path(text_of(holder, "name"), is_flown=True)
            for mark in children(holder, "Placemark"):
                out += self._mark(mark, stamped)
            if stamped.t_s or stamped.lost:
                out.append(stamped)
        return out

    def _mark(self, mark: Element, stamped: Path) -> list[Path]:
        name = text_of(mark, "name")
        modes = {t: _mode(m) for m in descendants(mark, "MultiTrack") for t in children(m, "Track")}
        out = [self._track(name, track, modes.get(track, "")) for track in descendants(mark, "Track")]
        out += [self._line(name, line) for line in descendants(mark, "LineString")]
        point, when = child(mark, "Point"), text_of(mark, "TimeStamp", "when")
        if point is not None and when:
            place = "".join(text_of(point, "coordinates").split()[:1])
            self._add(stamped, iso_s(when), place.split(","), _mode(point))
        return out

    def _line(self, name: str, line: Element) -> Path:
        path, mode = Path(name), _mode(line)
        for place in text_of(line, "coordinates").split():
            self._add(path, math.nan, place.split(","), mode)
        return path

    def _track(self, name: str, track: Element, outer_mode: str) -> Path:
        path, mode = Path(name, is_flown=True), _mode(track) or outer_mode
        whens = [text_of(e) for e in children(track, "when")]
        places = [text_of(e).split() for e in children(track, "coord")]
        if len(whens) != len(places):
            # Which time belongs to which place cannot be known.
            self._rejects.add_one("pairs", self._row, f"{len(whens)} times, {len(places)} places")
            path.lost.append("which time is whose place")
            return path
        for when, place in zip(whens, places, strict=True):
            self._add(path, iso_s(when), place, mode)
        return path

    def _add(self, path: Path, t_s: float, place: list[str], mode: str) -> None:
        row, self._row = self._row, self._row + 1
        parts = [number(v) for v in place]
        lon, lat = (parts[0], parts[1]) if len(parts) >= 2 else (math.nan, math.nan)
        height = parts[2] if len(parts) > 2 and mode == "absolute" else math.nan
        if not path.add(row, t_s, lat, lon, height):
            self._rejects.add_one("position", row, ",".join(place))


def _mode(element: Element) -> str:
    return text_of(element, "altitudeMode")
