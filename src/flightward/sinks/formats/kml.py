"""A Scene -> KML 2.2 (OGC 07-147r2), and the network link by which Google Earth and others fetch it again and again.

Heights are above the ellipsoid here and above the geoid in KML (altitudeMode absolute): `geoid_m` is taken off.
"""

from __future__ import annotations

import math

from flightward.feeds.cot.event import Element
from flightward.feeds.cot.xmltext import iso, text_of
from flightward.sinks.formats.cot import affiliation
from flightward.sinks.formats.geojson import ring_of
from flightward.sinks.scene import (
    RaidMark,
    RouteMark,
    Scene,
    TrackMark,
    WarningMark,
    age_words,
    kind_word,
    level_word,
    motion_words,
)
from flightward.wording import quantities as q

NAMESPACE = "http://www.opengis.net/kml/2.2"
_HEAD = '<?xml version="1.0" encoding="UTF-8"?>'
_COLOURS = {"h": "ff0000ff", "s": "ff0080ff", "u": "ff00ffff", "n": "ff00ff00", "f": "ffffaa00"}
"""aabbggrr, as KML has it, by the affiliation letter of CoT."""


def kml(scene: Scene, geoid_m: float = 0.0) -> bytes:
    """The bytes of one document: folders of warnings, routes, raids and tracks."""
    folders = [
        _folder("Warnings", [_warning(w, scene, geoid_m) for w in scene.warnings if not w.is_cleared]),
        _folder("Routes", [_route(r, geoid_m) for r in scene.routes if len(r.t_s) > 1]),
        _folder("Raids", [_raid(r, scene) for r in scene.raids if ring_of(r)]),
        _folder("Tracks", [_track(t, scene, geoid_m) for t in scene.tracks]),
    ]  # fmt: skip
    name = scene.mark.text(f"{scene.title}, {iso(scene.t_s)}")
    styles = [
        Element("Style", {"id": letter}, (
            Element("IconStyle", {}, (_text("color", colour),)), Element("LineStyle", {}, (_text("color", colour),)),
            Element("PolyStyle", {}, (_text("color", "40" + colour[2:]),)),
        )) for letter, colour in _COLOURS.items()
    ]  # fmt: skip
    return _document(Element("Document", {}, (_text("name", name), *styles, *folders)))


def network_link(href: str, refresh_s: float, name: str = "Flightward") -> bytes:
    """A small document that makes a viewer fetch `href` every refresh_s seconds."""
    link = Element("Link", {}, (
        _text("href", href), _text("refreshMode", "onInterval"), _text("refreshInterval", f"{refresh_s:g}"),
    ))  # fmt: skip
    return _document(Element("NetworkLink", {}, (_text("name", name), link)))


def _document(inner: Element) -> bytes:
    return (_HEAD + text_of(Element("kml", {"xmlns": NAMESPACE}, (inner,)))).encode("utf-8")


def _text(name: str, text: str) -> Element:
    return Element(name, {}, (), text)


def _folder(name: str, places: list[Element]) -> Element:
    return Element("Folder", {}, (_text("name", name), *places))


def _placemark(name: str, text: str, style: str, t_s: float, geometry: Element | None) -> Element:
    parts = [_text("name", name), _text("description", text)]
    if math.isfinite(t_s):
        parts.append(Element("TimeStamp", {}, (_text("when", iso(t_s)),)))
    parts.append(_text("styleUrl", f"#{style}"))
    return Element("Placemark", {}, (*parts, *([geometry] if geometry is not None else [])))


def _at(lat_deg: float, lon_deg: float, hae_m: float, geoid_m: float) -> Element | None:
    if not (math.isfinite(lat_deg) and math.isfinite(lon_deg)):
        return None
    is_high = math.isfinite(hae_m)
    where = f"{lon_deg:.7f},{lat_deg:.7f}" + (f",{hae_m - geoid_m:.1f}" if is_high else "")
    mode = _text("altitudeMode", "absolute" if is_high else "clampToGround")
    return Element("Point", {}, (mode, _text("coordinates", where)))


def _track(t: TrackMark, scene: Scene, geoid_m: float) -> Element:
    speed, course = math.hypot(t.ve_mps, t.vn_mps), math.atan2(t.ve_mps, t.vn_mps)
    text = (
        f"{kind_word(t.kind)} {q.chance(t.p_kind)}, hostile {q.chance(t.p_hostile)}, {motion_words(course, speed)}, "
        f"{q.height(t.hae_m)}, {age_words(t)}, position {t.integrity}"
    )
    geometry = _at(t.lat_deg, t.lon_deg, t.hae_m, geoid_m)
    return _placemark(t.identity or t.id, scene.mark.text(text), affiliation(t), scene.t_s, geometry)


def _raid(r: RaidMark, scene: Scene) -> Element:
    ring = " ".join(f"{lon:.7f},{lat:.7f}" for lon, lat in ring_of(r))
    outer = Element("outerBoundaryIs", {}, (Element("LinearRing", {}, (_text("coordinates", ring),)),))
    text = f"{q.drones(round(r.n_expected))}, {motion_words(r.course_rad, r.speed_mps)}"
    return _placemark(f"Raid {r.id}", scene.mark.text(text), "h", scene.t_s, Element("Polygon", {}, (outer,)))


def _warning(w: WarningMark, scene: Scene, geoid_m: float) -> Element:
    geometry = _at(w.lat_deg, w.lon_deg, w.hae_m, geoid_m)
    return _placemark(f"{level_word(w.level)} {w.id} {w.name}", w.text, "s", scene.t_s, geometry)


def _route(r: RouteMark, geoid_m: float) -> Element:
    line = " ".join(
        f"{lon:.7f},{lat:.7f},{hae - geoid_m:.1f}" for lon, lat, hae in zip(r.lon_deg, r.lat_deg, r.hae_m, strict=True)
    )
    geometry = Element("LineString", {}, (_text("altitudeMode", "absolute"), _text("coordinates", line)))
    return _placemark(f"{r.name}: {r.option}", r.text, "f", math.nan, geometry)
