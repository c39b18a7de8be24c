"""Protocol Buffers on the wire, by tables: bytes -> dicts and back, bounded, without generated code.

message     fields one after another; field: key, value. key: varint, number << 3 | wire type
wire type   0 varint (7 bits a byte, least first, high bit: more); 1 eight bytes; 2 length (varint), bytes;
            5 four bytes; 3 and 4 begin and end a group (old; skipped)
value       int32, int64, uint32, uint64, bool, enum: 0; double: 1; float: 5; string, bytes, message, packed numbers: 2

Source: protobuf.dev, "Encoding" and "Language Guide (proto 3)". As there: an unknown field is skipped, and so is a
known one of another wire type; the last value of a plain field counts, messages of one field are merged, and of a oneof
only the last set stands. Text that is not UTF-8 is read with U+FFFD, where others refuse the message.
"""

from __future__ import annotations

import dataclasses
import struct
from collections.abc import Mapping
from typing import Any

from flightward.errors import BadMessage

DEPTH_MAX = 32
"""Messages inside messages: the deepest of the formats read here has eight."""
FIELDS_MAX = 200_000
"""Fields in one message, nested ones included; a message within its bound of bytes has far fewer."""
_VARINT, _FIXED64, _BYTES, _GROUP, _END, _FIXED32 = range(6)
_WIRE = {
    "double": _FIXED64, "float": _FIXED32, "string": _BYTES, "bytes": _BYTES, "message": _BYTES,
    "int32": _VARINT, "int64": _VARINT, "uint32": _VARINT, "uint64": _VARINT, "bool": _VARINT, "enum": _VARINT,
}  # fmt: skip
_PACKED = {"double", "float", "int32", "int64", "uint32", "uint64", "bool", "enum"}
_U64 = (1 << 64) - 1


@dataclasses.dataclass(frozen=True)
class Field:
    """One field: `kind` is a key of the table of wire types; `of` names its message or enum."""

    number: int
    name: str
    kind: str
    of: str = ""
    is_repeated: bool = False
    oneof: str = ""


@dataclasses.dataclass(frozen=True)
class Schema:
    """Messages and enums by name."""

    messages: Mapping[str, Mapping[int, Field]]
    enums: Mapping[str, Mapping[int, str]]


def schema(text: str) -> Schema:
    """Read the tables of a schema.

    A line "message NAME" begins a message, "enum NAME PREFIX" an enum; under it "number name type" each. A type that
    is not plain is a message, with "enum:" an enum; "*" behind it: repeated; "|x": in the oneof x.
    """
    messages: dict[str, dict[int, Field]] = {}
    enums: dict[str, dict[int, str]] = {}
    fields: dict[int, Field] = {}
    words: dict[int, str] = {}
    prefix = ""
    for line in text.splitlines():
        parts = line.split()
        if not parts:
            continue
        if parts[0] == "message":
            fields = messages.setdefault(parts[1], {})
        elif parts[0] == "enum":
            words, prefix = enums.setdefault(parts[1], {}), parts[2]
        elif len(parts) == 2:
            words[int(parts[0])] = prefix + parts[1]
        else:
            fields[int(parts[0])] = _field(parts)
    return Schema(messages, enums)


def _field(parts: list[str]) -> Field:
    number, name, kind = int(parts[0]), parts[1], parts[2]
    oneof = parts[3].removeprefix("|") if len(parts) > 3 else ""
    repeated, kind = kind.endswith("*"), kind.removesuffix("*")
    if kind.startswith("enum:"):
        return Field(number, name, "enum", kind.removeprefix("enum:"), repeated, oneof)
    if kind in _WIRE:
        return Field(number, name, kind, "", repeated, oneof)
    return Field(number, name, "message", kind, repeated, oneof)


def varint(data: bytes, at: int) -> tuple[int, int]:
    """The varint at `at` and where it ends. Errors: BadMessage (protobuf) if it is cut off or longer than ten bytes."""
    value = shift = 0
    while at < len(data):
        byte = data[at]
        at += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return value & _U64, at
        shift += 7
        if shift > 63:
            break
    raise BadMessage("protobuf", data[:64], "a varint has no end")


def put_varint(value: int) -> bytes:
    """A whole number as a varint; negative ones take ten bytes."""
    value &= _U64
    out = bytearray()
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)


def decode(data: bytes, table: Schema, message: str) -> dict[str, Any]:
    """The fields of a message by name; absent ones are not there. Enums are numbers, messages dicts, repeated lists.

    Errors   BadMessage (protobuf: damaged; depth, fields: beyond what a real message has).
    """
    out: dict[str, Any] = {}
    _Reader(table).read(bytes(data), 0, len(data), message, out, 1)
    return out


class _Reader:
    def __init__(self, table: Schema) -> None:
        self._table = table
        self._left = FIELDS_MAX

    def read(self, data: bytes, at: int, end: int, message: str, out: dict[str, Any], depth: int) -> None:
        if depth > DEPTH_MAX:
            raise BadMessage("depth", detail=f"messages nested deeper than {DEPTH_MAX}")
        fields = self._table.messages[message]
        while at < end:
            self._left -= 1
            if self._left < 0:
                raise BadMessage("fields", detail=f"more than {FIELDS_MAX} fields")
            key, at = varint(data, at)
            number, wire = key >> 3, key & 7
            field = fields.get(number)
            if number == 0:
                raise BadMessage("protobuf", data[:64], "field 0")
            begin, stop = _extent(data, at, end, wire, depth)
            at = stop
            if field is not None:
                self._take(data, begin, stop, wire, field, fields, out, depth)

    def _take(
        self, data: bytes, at: int, end: int, wire: int, field: Field, fields: Mapping[int, Field],
        out: dict[str, Any], depth: int,
    ) -> None:  # fmt: skip
        if wire == _BYTES and field.is_repeated and field.kind in _PACKED:
            out.setdefault(field.name, []).extend(self._packed(data, at, end, field.kind))
            return
        if wire != _WIRE[field.kind]:
            return
        if field.oneof:
            for other in fields.values():
                if other.oneof == field.oneof and other.name != field.name:
                    out.pop(other.name, None)
        if field.kind == "message":
            into = {} if field.is_repeated else out.get(field.name, {})
            self.read(data, at, end, field.of, into, depth + 1)
            value: Any = into
        else:
            value = _value(data, at, end, field.kind)
        if field.is_repeated:
            out.setdefault(field.name, []).append(value)
        else:
            out[field.name] = value

    def _packed(self, data: bytes, at: int, end: int, kind: str) -> list[Any]:
        values: list[Any] = []
        wire = _WIRE[kind]
        while at < end:
            self._left -= 1
            if self._left < 0:
                raise BadMessage("fields", detail=f"more than {FIELDS_MAX} fields")
            begin, at = _extent(data, at, end, wire, 0)
            values.append(_value(data, begin, at, kind))
        return values


def _extent(data: bytes, at: int, end: int, wire: int, depth: int) -> tuple[int, int]:
    """Where the value of a field begins and ends."""
    if wire == _VARINT:
        begin, (_, stop) = at, varint(data, at)
    elif wire == _FIXED64:
        begin, stop = at, at + 8
    elif wire == _FIXED32:
        begin, stop = at, at + 4
    elif wire == _BYTES:
        size, begin = varint(data, at)
        stop = begin + size
    elif wire == _GROUP:
        begin, stop = at, _group(data, at, end, depth + 1)
    else:
        raise BadMessage("protobuf", data[:64], f"wire type {wire}")
    if stop > end:
        raise BadMessage("protobuf", data[:64], "a field runs over the end")
    return begin, stop


def _group(data: bytes, at: int, end: int, depth: int) -> int:
    """Where a group ends that began before `at`."""
    if depth > DEPTH_MAX:
        raise BadMessage("depth", detail=f"groups nested deeper than {DEPTH_MAX}")
    while at < end:
        key, at = varint(data, at)
        if key & 7 == _END:
            return at
        at = _extent(data, at, end, key & 7, depth)[1]
    raise BadMessage("protobuf", data[:64], "a group has no end")


def _value(data: bytes, at: int, end: int, kind: str) -> Any:
    if kind == "double":
        return struct.unpack_from("<d", data, at)[0]
    if kind == "float":
        return struct.unpack_from("<f", data, at)[0]
    if kind == "string":
        return data[at:end].decode("utf-8", "replace")
    if kind == "bytes":
        return data[at:end]
    raw = varint(data, at)[0]
    if kind == "bool":
        return raw != 0
    if kind in ("int32", "enum"):
        low = raw & 0xFFFFFFFF
        return low - (1 << 32) if low >> 31 else low
    if kind == "uint32":
        return raw & 0xFFFFFFFF
    return raw - (1 << 64) if kind == "int64" and raw >> 63 else raw


def encode(value: Mapping[str, Any], table: Schema, message: str) -> bytes:
    """The bytes of a message, fields in order of their numbers. A key that is no field raises KeyError."""
    fields = {f.name: f for f in table.messages[message].values()}
    out = bytearray()
    for field in sorted((fields[name] for name in value), key=lambda f: f.number):
        content = value[field.name]
        for one in content if field.is_repeated else (content,):
            out += _put(one, field, table)
    return bytes(out)


def _put(value: Any, field: Field, table: Schema) -> bytes:
    key = put_varint(field.number << 3 | _WIRE[field.kind])
    if field.kind == "double":
        return key + struct.pack("<d", value)
    if field.kind == "float":
        return key + struct.pack("<f", value)
    if field.kind in ("string", "bytes", "message"):
        body = (
            encode(value, table, field.of) if field.kind == "message"
            else value.encode("utf-8") if field.kind == "string" else bytes(value)
        )  # fmt: skip
        return key + put_varint(len(body)) + body
    return key + put_varint(int(value))
