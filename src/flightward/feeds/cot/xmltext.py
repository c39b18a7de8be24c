"""CoT as XML: bytes of one event -> CotEvent, and back. No document type, no entities of its own, bounded.

Source of the form: CoT Event-PUBLIC.xsd; times are xs:dateTime (ISO 8601), UTC where they have no zone.
"""

from __future__ import annotations

import datetime
import math
import re
from typing import Any
from xml.parsers import expat
from xml.sax.saxutils import escape

import numpy as np

from flightward.errors import BadMessage
from flightward.feeds.cot.event import UNKNOWN_M, CotEvent, Element, known, number

DEPTH_MAX = 64
ELEMENTS_MAX = 20_000
"""Elements of one event; a route of 1,000 points has some 1,010."""
_FRACTION = re.compile(r"(\.\d{6})\d+")
_DECLARED = re.compile(rb"<\?xml\b[^>]*?\sencoding\s*=\s*[\"']([A-Za-z][A-Za-z0-9._-]{0,40})[\"']")
_NOT_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")


class _Tree:
    """Builds elements from the calls of expat."""

    def __init__(self) -> None:
        self.root: Element | None = None
        self._open: list[tuple[str, dict[str, str], list[Element], list[str]]] = []
        self._n = 0

    def start(self, name: str, attributes: dict[str, str]) -> None:
        self._n += 1
        if len(self._open) >= DEPTH_MAX or self._n > ELEMENTS_MAX:
            raise BadMessage("xml_size", detail=f"deeper than {DEPTH_MAX} or more than {ELEMENTS_MAX} elements")
        self._open.append((name, attributes, [], []))

    def end(self, _name: str) -> None:
        name, attributes, children, text = self._open.pop()
        done = Element(name, attributes, tuple(children), "".join(text).strip())
        if self._open:
            self._open[-1][2].append(done)
        else:
            self.root = done

    def text(self, data: str) -> None:
        if self._open:
            self._open[-1][3].append(data)

    def refuse(self, *_: Any) -> None:
        raise BadMessage("doctype", detail="a document type or an entity: refused")


def element_of(data: bytes, encoding: str | None = None) -> Element:
    """The tree of one XML document. encoding: as `declared` gives it. Errors: BadMessage (xml, xml_size, doctype)."""
    tree = _Tree()
    parser = expat.ParserCreate(encoding=encoding)
    parser.buffer_text = True
    parser.StartElementHandler = tree.start
    parser.EndElementHandler = tree.end
    parser.CharacterDataHandler = tree.text
    parser.StartDoctypeDeclHandler = tree.refuse
    parser.EntityDeclHandler = tree.refuse
    try:
        parser.Parse(data, True)
    except expat.ExpatError as error:
        raise BadMessage("xml", data[:100], str(error)) from error
    if tree.root is None:
        raise BadMessage("xml", data[:100], "no element")
    return tree.root


def time_s(text: str) -> float:
    """POSIX seconds of an xs:dateTime; NaN if it cannot be read."""
    try:
        moment = datetime.datetime.fromisoformat(_FRACTION.sub(r"\1", text.strip()))
        if moment.tzinfo is None:
            moment = moment.replace(tzinfo=datetime.UTC)
        return moment.timestamp()
    except (ValueError, OverflowError):
        return math.nan


def event_of(data: bytes, encoding: str | None = None) -> CotEvent:
    """One event. Errors: BadMessage (xml, xml_size, doctype; event: not an event, or without uid or type)."""
    root = element_of(data, encoding)
    if root.name != "event" or not root.get("uid") or not root.get("type"):
        raise BadMessage("event", data[:100], "no event with a uid and a type")
    point = root.child("point") or Element("point")
    return CotEvent(
        uid=root.get("uid"), type=root.get("type"), time_s=time_s(root.get("time")), start_s=time_s(root.get("start")),
        stale_s=time_s(root.get("stale")), how=root.get("how"), lat_deg=number(point.get("lat")),
        lon_deg=number(point.get("lon")), hae_m=known(number(point.get("hae"))),
        ce_m=known(number(point.get("ce"))), le_m=known(number(point.get("le"))),
        detail=root.child("detail") or Element("detail"), access=root.get("access"), qos=root.get("qos"),
        opex=root.get("opex"), version=root.get("version"),
    )  # fmt: skip


def declared(prolog: bytes) -> str | None:
    """The encoding of one byte a character that the last XML declaration of a prolog names; None: UTF-8."""
    at = max(prolog.rfind(b"<?xml"), 0)
    found = _DECLARED.match(prolog, at, at + 200)
    name = found[1].decode("ascii") if found else ""
    try:
        table = bytes(range(256)).decode(name, "replace") if name else ""
    except (LookupError, ValueError):
        return None
    return name if len(table) == 256 and table[:128].isascii() else None


def iso(t_s: float) -> str:
    """ "2024-12-25T08:00:00.000Z", to the millisecond, as TAK writes times."""
    milli = round(t_s * 1e3)
    moment = datetime.datetime.fromtimestamp(milli // 1000, datetime.UTC)
    return f"{moment:%Y-%m-%dT%H:%M:%S}.{milli % 1000:03d}Z"


def xml_of(event: CotEvent) -> bytes:
    """One event as a document of one line."""
    head = {
        "version": event.version or "2.0", "uid": event.uid, "type": event.type, "time": iso(event.time_s),
        "start": iso(event.start_s), "stale": iso(event.stale_s), "how": event.how,
    }  # fmt: skip
    head |= {k: v for k, v in (("access", event.access), ("qos", event.qos), ("opex", event.opex)) if v}
    point = Element("point", {
        "lat": _figure(event.lat_deg), "lon": _figure(event.lon_deg), "hae": _metres(event.hae_m),
        "ce": _metres(event.ce_m), "le": _metres(event.le_m),
    })  # fmt: skip
    root = Element("event", head, (point, event.detail))
    return ('<?xml version="1.0" encoding="UTF-8" standalone="yes"?>' + text_of(root)).encode("utf-8")


def text_of(element: Element) -> str:
    """An element as XML."""
    attributes = "".join(f' {k}="{_quoted(v)}"' for k, v in element.attributes.items())
    inner = escape(_clean(element.text)) + "".join(text_of(c) for c in element.children)
    return f"<{element.name}{attributes}>{inner}</{element.name}>" if inner else f"<{element.name}{attributes}/>"


def _clean(text: str) -> str:
    """Without the characters that XML cannot hold."""
    return _NOT_XML.sub("\ufffd", text)


def _quoted(text: str) -> str:
    return escape(_clean(text), {'"': "&quot;", "\n": "&#10;", "\r": "&#13;", "\t": "&#9;"})


def _figure(value: float) -> str:
    """A number in full, never in powers of ten; 0.0 for NaN."""
    return "0.0" if math.isnan(value) else np.format_float_positional(value, trim="0")


def _metres(value: float) -> str:
    return _figure(UNKNOWN_M if math.isnan(value) else value)
