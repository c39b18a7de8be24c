"""CoT as TAK protobuf (protocol version 1): bytes of a TakMessage -> CotEvent, and back.

mesh     bf 01 bf, then a TakMessage to the end of the datagram
stream   bf, size (varint), a TakMessage

A TakMessage holds the event's own values in fields, six elements of the detail (contact, __group, precisionlocation,
status, takv, track) in messages, and the rest of the detail as XML text in xmlDetail. Times are ms since 1970; unknown
heights and errors are 999999; a double that is not there is 0.0. Source: "TAK Protocol" version 1 (protocol.txt of
ATAK-CIV) for the frames; names and numbers of fields as in takproto 3.0 (MIT), which tests/feeds/test_cot.py is checked
against.
"""

from __future__ import annotations

import math
from typing import Any

from flightward.errors import BadMessage
from flightward.feeds import protowire
from flightward.feeds.cot.event import UNKNOWN_FROM_M, CotEvent, Element, known, number
from flightward.feeds.cot.xmltext import element_of, text_of

MESH = b"\xbf\x01\xbf"
STREAM = 0xBF
TABLES = protowire.schema("""
message TakMessage
  1 takControl TakControl
  2 cotEvent CotEvent
message TakControl
  1 minProtoVersion uint32
  2 maxProtoVersion uint32
  3 contactUid string
message CotEvent
  1 type string
  2 access string
  3 qos string
  4 opex string
  5 uid string
  6 sendTime uint64
  7 startTime uint64
  8 staleTime uint64
  9 how string
  10 lat double
  11 lon double
  12 hae double
  13 ce double
  14 le double
  15 detail Detail
message Detail
  1 xmlDetail string
  2 contact Contact
  3 group Group
  4 precisionLocation PrecisionLocation
  5 status Status
  6 takv Takv
  7 track Track
message Contact
  1 endpoint string
  2 callsign string
message Group
  1 name string
  2 role string
message PrecisionLocation
  1 geopointsrc string
  2 altsrc string
message Status
  1 battery uint32
message Takv
  1 device string
  2 platform string
  3 os string
  4 version string
message Track
  1 speed double
  2 course double
""")
_TYPED = {
    "contact": ("contact", "Contact"), "__group": ("group", "Group"),
    "precisionlocation": ("precisionLocation", "PrecisionLocation"), "status": ("status", "Status"),
    "takv": ("takv", "Takv"), "track": ("track", "Track"),
}  # fmt: skip
"""Element of the detail -> field, message."""
_TIME_MAX_MS = 1e14


def event_of(data: bytes) -> CotEvent | None:
    """The event of a TakMessage; None if it is for control only.

    Errors   BadMessage: protobuf, depth, fields; xml, xml_size, doctype (its xmlDetail); event (none, or one without
    uid or type).
    """
    message = protowire.decode(data, TABLES, "TakMessage")
    value = message.get("cotEvent")
    if value is None and "takControl" in message:
        return None
    if value is None or not value.get("uid") or not value.get("type"):
        raise BadMessage("event", data[:100], "no event with a uid and a type")
    return CotEvent(
        uid=value["uid"], type=value["type"], time_s=_time_s(value, "sendTime"), start_s=_time_s(value, "startTime"),
        stale_s=_time_s(value, "staleTime"), how=value.get("how", ""), lat_deg=value.get("lat", 0.0),
        lon_deg=value.get("lon", 0.0), hae_m=known(value.get("hae", 0.0)), ce_m=known(value.get("ce", 0.0)),
        le_m=known(value.get("le", 0.0)), detail=_detail(value.get("detail", {})),
        access=value.get("access", ""), qos=value.get("qos", ""), opex=value.get("opex", ""),
    )  # fmt: skip


def _time_s(value: dict[str, Any], name: str) -> float:
    milli = value.get(name, 0)
    return milli / 1e3 if 0 < milli < _TIME_MAX_MS else math.nan


def _detail(value: dict[str, Any]) -> Element:
    """The detail: what xmlDetail holds, then the typed parts it does not hold itself (it has precedence)."""
    text = value.get("xmlDetail", "")
    children: tuple[Element, ...] = ()
    if text.strip():
        children = element_of(b"<detail>" + text.encode("utf-8", "replace") + b"</detail>").children
        if len(children) == 1 and children[0].name == "detail":
            children = children[0].children
    named = {c.name for c in children}
    for name, (field, message) in _TYPED.items():
        if field in value and name not in named:
            # proto3 does not send a double of 0.0: a track without a course goes due north
            values = dict.fromkeys(_doubles(message), 0.0) | value[field]
            children += (Element(name, {k: str(v) for k, v in values.items()}),)
    return Element("detail", {}, children)


def _doubles(message: str) -> list[str]:
    return [f.name for f in TABLES.messages[message].values() if f.kind == "double"]


def message_of(event: CotEvent) -> bytes:
    """The TakMessage of an event."""
    detail: dict[str, Any] = {}
    rest = ""
    names = [child.name for child in event.detail.children]
    for child in event.detail.children:
        # xmlDetail has precedence over the typed parts: an element that stands twice must stand there as a whole
        typed = _typed(child) if names.count(child.name) == 1 else None
        if typed is not None:
            detail[typed[0]] = typed[1]
        else:
            rest += text_of(child)
    if rest:
        detail["xmlDetail"] = rest
    plain = (("type", event.type), ("access", event.access), ("qos", event.qos), ("opex", event.opex),
             ("uid", event.uid), ("how", event.how))  # fmt: skip
    value: dict[str, Any] = {name: text for name, text in plain if text}
    for name, t_s in (("sendTime", event.time_s), ("startTime", event.start_s), ("staleTime", event.stale_s)):
        value[name] = 0 if math.isnan(t_s) else round(t_s * 1e3)
    value |= {"lat": 0.0 if math.isnan(event.lat_deg) else event.lat_deg}
    value |= {"lon": 0.0 if math.isnan(event.lon_deg) else event.lon_deg}
    for name, metres in (("hae", event.hae_m), ("ce", event.ce_m), ("le", event.le_m)):
        value[name] = UNKNOWN_FROM_M if math.isnan(metres) else metres
    value["detail"] = detail
    return protowire.encode({"cotEvent": value}, TABLES, "TakMessage")


def _typed(child: Element) -> tuple[str, dict[str, Any]] | None:
    """(field, values) of an element that has a message of its own; None if that cannot hold all it says."""
    if child.name not in _TYPED or child.children or child.text:
        return None
    field, message = _TYPED[child.name]
    kinds = {f.name: f.kind for f in TABLES.messages[message].values()}
    if not set(_doubles(message)) <= set(child.attributes) <= set(kinds):
        return None
    out: dict[str, Any] = {}
    for name, text in child.attributes.items():
        value = number(text) if kinds[name] != "string" else 0.0
        if math.isnan(value) or (kinds[name] == "uint32" and (value != int(value) or not 0 <= value < 1 << 32)):
            return None
        out[name] = text if kinds[name] == "string" else int(value) if kinds[name] == "uint32" else value
    return field, out


def datagram_of(event: CotEvent) -> bytes:
    """An event as a datagram of the mesh."""
    return MESH + message_of(event)


def frame_of(event: CotEvent) -> bytes:
    """An event as a frame of a stream."""
    body = message_of(event)
    return bytes([STREAM]) + protowire.put_varint(len(body)) + body
