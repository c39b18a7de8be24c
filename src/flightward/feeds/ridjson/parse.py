"""Remote ID as JSON -> reports: `RemoteIdJson`, one row per position.

A file or stream holds the messages as they were published, or in the envelope of `mosquitto_sub -F %j` or `%J` (tst,
topic, payload), whose time is when they were received. Payloads that a receiver packs with LZMA are unpacked where they
come as bytes (`message`). Which receiver: the feed's option `receivers` (its "sensor ID" or "seen_by" -> id in
case.toml), else the option `sensor`. The operator's place is kept in `operators` and is nobody's report.

Kept aside: json, junk, too_long, uas_data (not base64, or no structure and no messages), pack, short, message_kind,
packed (LZMA that cannot be unpacked, or unpacks to too much), simulated (a network says so of a flight), and those of
reports.py (no_position). Counted as others:
status, receiver_position, aircraft, signal, no_location, other.
"""

from __future__ import annotations

import base64
import binascii
import dataclasses
import lzma
import math
from collections.abc import Sequence
from typing import Any

from flightward.errors import BadMessage
from flightward.feeds.jsontexts import JsonTexts
from flightward.feeds.opendroneid import messages as odid
from flightward.feeds.opendroneid.messages import BasicId, Location, Message, System
from flightward.feeds.opendroneid.parse import ADDRESSES_MAX, Named, Row, nameless, reports_of
from flightward.feeds.ridjson import shapes
from flightward.feeds.rows import FeedContext, FeedRows, Rejects

PAYLOAD_MAX = 1 << 20
_XZ = b"\xfd7zXZ\x00"


class RemoteIdJson:
    """Reports from the bytes of a file or stream: `receive(bytes)`, then `rows()`; at the end `finish()`."""

    def __init__(self, ctx: FeedContext) -> None:
        self._ctx = ctx
        self.rejects = Rejects()
        self.operators: dict[str, System] = {}
        self.others: dict[str, int] = {}
        self._texts = JsonTexts(self.rejects)
        self._named = Named[str]()
        self._rows: list[Row] = []
        receivers = ctx.options.get("receivers")
        self._sensors = {str(k): str(v) for k, v in receivers.items()} if isinstance(receivers, dict) else {}

    def receive(self, data: bytes, t_rx_s: float = math.nan) -> None:
        """Take bytes, cut anywhere, received at t_rx_s."""
        self._texts.receive(data)
        self._take(t_rx_s)

    def message(self, payload: bytes, t_rx_s: float) -> None:
        """Take one whole payload of MQTT, received at t_rx_s; it may be packed (xz or LZMA)."""
        try:
            data = unpacked(payload)
        except BadMessage as error:
            self.rejects.add_one(error.reason, self._texts.n_texts, payload[:50].hex(), t_rx_s)
            return
        self._texts.receive(data)
        self._texts.finish()
        self._take(t_rx_s)

    def finish(self) -> None:
        """The text ended."""
        self._texts.finish()
        self._take(math.nan)

    def rows(self) -> FeedRows:
        """The rows of all whole messages since the last call."""
        found, self._rows = self._rows, []
        return dataclasses.replace(reports_of(found, self._ctx, self.rejects), others=dict(self.others))

    def _take(self, t_rx_s: float) -> None:
        for row, value in self._texts.take():
            self._one(value, row, t_rx_s, is_inner=False)

    def _one(self, value: dict[str, Any], row: int, t_rx_s: float, *, is_inner: bool) -> None:
        if not is_inner and "payload" in value and "topic" in value:
            self._envelope(value, row, t_rx_s)
            return
        try:
            if isinstance(value.get("data"), dict):
                self._receiver(value["data"], row, t_rx_s)
            elif isinstance(value.get("flights"), list):
                self._network(value["flights"], row, t_rx_s)
            elif "current_state" in value:
                self._network([value], row, t_rx_s)
            else:
                self._flat(value, row, t_rx_s)
        except BadMessage as error:
            self.rejects.add_one(error.reason, row, str(error), t_rx_s)

    def _envelope(self, value: dict[str, Any], row: int, t_rx_s: float) -> None:
        """What mosquitto_sub writes: the payload as text or as JSON, and when it came."""
        came_s = shapes.iso_s(value.get("tst"))
        t_rx_s = t_rx_s if math.isnan(came_s) else came_s
        payload = value["payload"]
        if isinstance(payload, str):
            inner = JsonTexts(Rejects())
            inner.receive(payload.encode("utf-8", "replace"))
            inner.finish()
            for reason, n in inner.rejects.counts.items():
                for _ in range(n):
                    self.rejects.add_one(reason, row, payload[:100], t_rx_s)
            for _, one in inner.take():
                self._one(one, row, t_rx_s, is_inner=True)
            return
        for one in payload if isinstance(payload, list) else [payload]:
            if isinstance(one, dict):
                self._one(one, row, t_rx_s, is_inner=True)
            else:
                self._count("other")

    def _receiver(self, data: dict[str, Any], row: int, t_rx_s: float) -> None:
        """A message of a receiver that passes on what it heard."""
        heard_s = shapes.moment_s(data.get("timestamp"))
        said = _uas_data(data.get("UASdata"))
        mac = shapes.text(data.get("MAC address")).lower()
        who = self._who(mac, heard_s if math.isnan(t_rx_s) else t_rx_s, said)
        for m in said:
            if isinstance(m, System):
                self.operators[who] = m
            elif isinstance(m, Location):
                self._add(m, row, t_rx_s, heard_s, who, shapes.text(data.get("sensor ID")))
        if not any(isinstance(m, Location) for m in said):
            self._count("no_location")

    def _flat(self, value: dict[str, Any], row: int, t_rx_s: float) -> None:
        """A message whose values stand side by side."""
        kind = _flat_kind(value)
        if kind != "drone":
            self._count(kind)
            return
        location = shapes.of_flat(value, self._ctx.geoid_m)
        heard_s = shapes.moment_s(value.get("observed_at") or value.get("timestamp"))
        mac = shapes.text(value.get("mac")).lower()
        who = self._who(mac, heard_s, shapes.ids_of_flat(value))
        self._operator(value, who)
        self._add(location, row, t_rx_s, heard_s, who, shapes.text(value.get("seen_by")))

    def _operator(self, value: dict[str, Any], who: str) -> None:
        lat, lon = shapes.number(value.get("pilot_lat")), shapes.number(value.get("pilot_lon", value.get("pilot_long")))
        if math.isfinite(lat) and math.isfinite(lon) and (lat, lon) != (0.0, 0.0):
            self.operators[who] = System(1, lat, lon, math.nan, 1, 0.0, math.nan)

    def _network(self, flights: list[Any], row: int, t_rx_s: float) -> None:
        """Flights of network Remote ID; each is of its own operator, and a bad one does not spoil the others."""
        for flight in flights:
            state = flight.get("current_state") if isinstance(flight, dict) else None
            if not isinstance(state, dict):
                self._count("no_location")
                continue
            if flight.get("simulated") is True:
                self.rejects.add_one("simulated", row, shapes.text(flight.get("id")), t_rx_s)
                continue
            location, t_s = shapes.of_network(state)
            serial = flight.get("aircraft_serial") or flight.get("id")
            who = self._who("", t_s, [BasicId(odid.SERIAL, 0, shapes.text(serial))] if shapes.text(serial) else [])
            self._add(location, row, t_rx_s, t_s, who, "")

    def _add(self, location: Location, row: int, t_rx_s: float, heard_s: float, who: str, receiver: str) -> None:
        rx_s = heard_s if math.isnan(t_rx_s) else t_rx_s
        self._rows.append(Row(row, rx_s, who, location, self._sensors.get(receiver, ""), heard_s))
        while len(self.operators) > ADDRESSES_MAX:
            del self.operators[next(iter(self.operators))]

    def _who(self, mac: str, t_s: float, said: Sequence[Message]) -> str:
        """The id of a message: its own, or what the same transmitter was called in the last minute."""
        address = bytes(int(part, 16) for part in mac.split(":") if len(part) == 2 and part.isalnum() and _is_hex(part))
        return self._named.who(mac, t_s, said) or nameless(address)

    def _count(self, what: str) -> None:
        self.others[what] = self.others.get(what, 0) + 1


def _is_hex(part: str) -> bool:
    return all(c in "0123456789abcdef" for c in part)


def _flat_kind(value: dict[str, Any]) -> str:
    """What a flat message is: "drone", or what it is counted as."""
    if "status" in value and isinstance(value["status"], dict):
        return "status"
    if "location" in value and isinstance(value["location"], dict):
        return "receiver_position"
    if value.get("track_type") == "aircraft" or "icao" in value:
        return "aircraft"
    if "signal_type" in value:
        return "signal"
    places = ("lat", "latitude", "drone_lat")
    named = ("id", "basic_id", "mac", "caa_id")
    is_drone = any(k in value for k in places) and any(k in value for k in named) and "cpu_usage" not in value
    return "drone" if is_drone else "other"


def _uas_data(value: Any) -> list[Message]:
    if not isinstance(value, str):
        raise BadMessage("uas_data", detail="there is no UASdata")
    try:
        data = base64.b64decode(value, validate=True)
    except (binascii.Error, ValueError) as error:
        raise BadMessage("uas_data", value[:32].encode("utf-8", "replace"), str(error)) from error
    if len(data) >= shapes.UAS_DATA_SIZE:
        return shapes.of_structure(data)
    return odid.messages(data)


def unpacked(payload: bytes) -> bytes:
    """A payload, unpacked where it is xz or LZMA. Errors: BadMessage (packed), also beyond PAYLOAD_MAX bytes."""
    if not payload.startswith((_XZ, b"\x5d\x00\x00")):
        return payload
    try:
        machine = lzma.LZMADecompressor(memlimit=64 << 20)
        data = machine.decompress(payload, max_length=PAYLOAD_MAX + 1)
    except (lzma.LZMAError, EOFError) as error:
        raise BadMessage("packed", payload[:32], str(error)) from error
    if len(data) > PAYLOAD_MAX:
        raise BadMessage("packed", payload[:32], f"unpacks to more than {PAYLOAD_MAX} bytes")
    return data
