"""SAPIENT messages: bytes or JSON -> dicts by the tables of messages.txt, and back; the frames of a TCP stream.

frame     size u32 little-endian, then one SapientMessage as Protocol Buffers
JSON      the proto3 mapping: names in lowerCamelCase or as in the tables, enums by name or number, Timestamp as RFC
          3339, bytes as base64; 64-bit numbers as text or number

Sources: BSI Flex 335 v2.0:2024, clause 6 and annex A with its .proto files (Apache-2.0, github.com/dstl); JSON:
protobuf.dev, "ProtoJSON Format". messages.txt lists every message and enum of them.
"""

from __future__ import annotations

import base64
import binascii
import datetime
import functools
import importlib.resources
import math
import re
import struct
from typing import Any

from flightward.errors import BadMessage
from flightward.feeds import protowire
from flightward.feeds.protowire import Field, Schema
from flightward.feeds.rows import Rejects

FRAME_MAX = 1 << 20
"""A registration with every mode is some 20 KB; a longer frame is a damaged size or an attack."""
TOP = "SapientMessage"
CONTENTS = (
    "registration", "registration_ack", "status_report", "detection_report", "task", "task_ack", "alert", "alert_ack",
    "error",
)  # fmt: skip
_WHOLE = ("int32", "int64", "uint32", "uint64", "enum")
TIME_MAX_S = 1e11
NOT_KNOWN = -1
"""A unit of speed by a word that is not known: it is not the one that nobody named."""
_MEANING = ("LocationCoordinateSystem", "LocationDatum", "RangeBearingCoordinateSystem", "RangeBearingDatum")
"""Enums that say what the numbers beside them mean: without them there is no place."""
_RFC3339 = re.compile(r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(\.\d+)?(Z|[+-]\d\d:\d\d)")


@functools.cache
def tables() -> Schema:
    """The messages and enums of BSI Flex 335 v2.0."""
    text = importlib.resources.files("flightward.feeds.sapient").joinpath("messages.txt").read_text("utf-8")
    return protowire.schema(text)


@functools.cache
def code(enum: str, word: str) -> int:
    """The number of an enum's value by its name without the prefix: code("Alert.AlertType", "WARNING")."""
    values = tables().enums[enum]
    return next(number for number, name in values.items() if name.endswith("_" + word))


def decode(data: bytes) -> dict[str, Any]:
    """One SapientMessage. Errors: BadMessage (protobuf, depth, fields)."""
    return protowire.decode(data, tables(), TOP)


def encode(message: dict[str, Any]) -> bytes:
    """The bytes of a SapientMessage, without its frame."""
    return protowire.encode(message, tables(), TOP)


def framed(message: dict[str, Any]) -> bytes:
    """A SapientMessage as it goes over TCP."""
    return on_wire(encode(message))


def on_wire(body: bytes) -> bytes:
    """An encoded message as it goes over TCP: its length before it."""
    return struct.pack("<I", len(body)) + body


def content_of(message: dict[str, Any]) -> str:
    """What a message is: one of CONTENTS, "" if it holds none."""
    return next((name for name in CONTENTS if name in message), "")


def time_of(stamp: dict[str, Any] | None) -> float:
    """POSIX seconds of a Timestamp; NaN if there is none, or one that no clock shows."""
    t_s = math.nan if not stamp else stamp.get("seconds", 0) + stamp.get("nanos", 0) * 1e-9
    return t_s if 0.0 < t_s < TIME_MAX_S else math.nan


def stamp_of(t_s: float) -> dict[str, int]:
    """The Timestamp of POSIX seconds."""
    seconds = math.floor(t_s)
    nanos = round((t_s - seconds) * 1e9)
    return {"seconds": seconds + nanos // 1_000_000_000, "nanos": nanos % 1_000_000_000}


class Frames:
    """Messages of a stream of bytes, cut anywhere: `receive(bytes)`, then `bodies()`.

    A size beyond FRAME_MAX cannot be followed, for nothing marks where the next frame begins: it is counted (`size`),
    reading ends there, and `is_lost` tells the owner of a connection to close it.
    """

    def __init__(self, rejects: Rejects) -> None:
        self.rejects = rejects
        self.n_frames = 0
        self.is_lost = False
        self._buffer = bytearray()
        self._done: list[tuple[int, bytes]] = []

    def receive(self, data: bytes) -> None:
        """Take bytes."""
        if self.is_lost:
            return
        self._buffer += data
        at = 0
        while len(self._buffer) - at >= 4:
            size = struct.unpack_from("<I", self._buffer, at)[0]
            if size > FRAME_MAX:
                self.rejects.add_one("size", self.n_frames, bytes(self._buffer[at : at + 16]).hex())
                self.is_lost = True
                break
            if len(self._buffer) - at - 4 < size:
                break
            self._done.append((self.n_frames, bytes(self._buffer[at + 4 : at + 4 + size])))
            self.n_frames += 1
            at += 4 + size
        if self.is_lost:
            self._buffer.clear()
        else:
            del self._buffer[:at]

    def finish(self) -> None:
        """The stream ended."""
        if self._buffer:
            self.rejects.add_one("cut", self.n_frames, bytes(self._buffer[:32]).hex())
            self._buffer.clear()

    def bodies(self) -> list[tuple[int, bytes]]:
        """(number, bytes) of each whole frame since the last call."""
        done, self._done = self._done, []
        return done


def from_json(value: Any, rejects: Rejects, name: str = TOP, depth: int = 1) -> dict[str, Any]:
    """A message from its JSON value.

    Counted in rejects.repairs: unknown_key, enum_word (a word that its enum does not have; neither is used),
    one_or_list (a list where one belongs, or the other way round, as version 1 of the standard had it).
    Errors: BadMessage (json_value, also for a word that names no coordinate system or datum; depth).
    """
    if not isinstance(value, dict):
        raise BadMessage("json_value", repr(value)[:64].encode(), f"{name} is not an object")
    if depth > protowire.DEPTH_MAX:
        raise BadMessage("depth", detail=f"messages nested deeper than {protowire.DEPTH_MAX}")
    fields = _by_key(name)
    out: dict[str, Any] = {}
    for key, given in value.items():
        field = fields.get(key)
        if field is None:
            rejects.repaired("unknown_key")
            continue
        if given is None:
            continue
        if isinstance(given, list) != field.is_repeated:
            rejects.repaired("one_or_list")
            given = [given] if field.is_repeated else given[-1] if given else None
            if given is None:
                continue
        values = [_json_value(one, field, rejects, depth) for one in (given if field.is_repeated else [given])]
        values = [v for v in values if v is not None]
        if field.is_repeated:
            out[field.name] = values
        elif values:
            out[field.name] = values[0]
    return out


@functools.cache
def _by_key(name: str) -> dict[str, Field]:
    """The fields of a message by both of their JSON names."""
    out = {}
    for field in tables().messages[name].values():
        head, *rest = field.name.split("_")
        out[head + "".join(part[:1].upper() + part[1:] for part in rest)] = field
        out[field.name] = field
    return out


def _json_value(value: Any, field: Field, rejects: Rejects, depth: int) -> Any:
    """The value of a field; None for a word that its enum does not have."""
    if field.of == "Timestamp" and isinstance(value, str):
        return _rfc3339(value)
    if field.kind == "message":
        return from_json(value, rejects, field.of, depth + 1)
    try:
        if field.kind == "string" and isinstance(value, str):
            return value
        if field.kind == "bool" and isinstance(value, bool):
            return value
        if field.kind == "bytes" and isinstance(value, str):
            return base64.b64decode(value, validate=False)
        if field.kind == "enum" and isinstance(value, str):
            return _enum(value, field.of, rejects)
        if field.kind in ("double", "float") and isinstance(value, str | int | float) and not isinstance(value, bool):
            return float(value)
        if field.kind in _WHOLE and isinstance(value, str | int | float) and not isinstance(value, bool):
            number = int(value)
            if float(value) == number and -(1 << 63) <= number < 1 << 64:
                return number
    except (ValueError, OverflowError, binascii.Error):
        pass
    raise BadMessage("json_value", repr(value)[:64].encode(), f"{field.name} is not {field.of or field.kind}")


def _enum(word: str, enum: str, rejects: Rejects) -> int | None:
    """The number of a word. Errors: ValueError, if without it numbers mean nothing."""
    number = next((n for n, name in tables().enums[enum].items() if name == word), None)
    if number is None:
        if enum in _MEANING:
            raise ValueError(word)
        rejects.repaired("enum_word")
    return NOT_KNOWN if number is None and enum == "SpeedUnits" else number


def _rfc3339(text: str) -> dict[str, int]:
    match = _RFC3339.fullmatch(text)
    if match is None:
        raise BadMessage("json_value", text[:64].encode(), "timestamp is not RFC 3339")
    try:
        moment = datetime.datetime.fromisoformat(match[1] + match[3].replace("Z", "+00:00"))
        nanos = int((match[2] or ".0")[1:10].ljust(9, "0"))
        return {"seconds": int(moment.timestamp()), "nanos": nanos}
    except (ValueError, OverflowError) as error:
        raise BadMessage("json_value", text[:64].encode(), str(error)) from error
