"""Protocol Buffers: the published worked examples, limits, any bytes; the same as Google's own decoder."""

from __future__ import annotations

import math
import struct
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flightward.errors import BadMessage
from flightward.feeds import protowire
from flightward.feeds.cot import tak
from flightward.feeds.sapient import messages

TABLE = protowire.schema("""
message Test1
  1 a int32
message Test2
  2 b string
message Test3
  3 c Test1
message Test5
  4 f int32*
  5 e double
  6 one string |x
  7 two Test1 |x
  8 self Test5
""")


def test_the_worked_examples_of_the_encoding_page() -> None:
    # protobuf.dev, "Encoding": a = 150; "testing"; a message in a message; packed numbers 3, 270, 86942
    assert protowire.decode(bytes.fromhex("089601"), TABLE, "Test1") == {"a": 150}
    assert protowire.decode(bytes.fromhex("120774657374696e67"), TABLE, "Test2") == {"b": "testing"}
    assert protowire.decode(bytes.fromhex("1a03089601"), TABLE, "Test3") == {"c": {"a": 150}}
    assert protowire.decode(bytes.fromhex("2206038e029ea705"), TABLE, "Test5") == {"f": [3, 270, 86942]}
    assert protowire.encode({"c": {"a": 150}}, TABLE, "Test3") == bytes.fromhex("1a03089601")


def test_negative_numbers_take_ten_bytes() -> None:
    data = protowire.encode({"a": -2}, TABLE, "Test1")
    assert data == bytes.fromhex("08feffffffffffffffff01")
    assert protowire.decode(data, TABLE, "Test1") == {"a": -2}


def test_the_last_of_a_oneof_stands_and_messages_are_merged() -> None:
    one, two = bytes.fromhex("320161"), bytes.fromhex("3a020801")
    assert protowire.decode(one + two, TABLE, "Test5") == {"two": {"a": 1}}
    assert protowire.decode(two + one, TABLE, "Test5") == {"one": "a"}
    inner = [protowire.encode({"self": v}, TABLE, "Test5") for v in ({"e": 1.0}, {"f": [1]}, {"e": 2.0})]
    assert protowire.decode(b"".join(inner), TABLE, "Test5") == {"self": {"e": 2.0, "f": [1]}}


def test_unknown_fields_groups_and_other_wire_types_are_skipped() -> None:
    group = bytes.fromhex("7b0801 7b7c 7c".replace(" ", ""))
    assert protowire.decode(group + bytes.fromhex("0801"), TABLE, "Test1") == {"a": 1}
    assert protowire.decode(bytes.fromhex("0d01000000"), TABLE, "Test1") == {}  # field 1 as four bytes


@pytest.mark.parametrize("data", ["08", "0880", "1205aa", "09aabb", "0c", "00", "7b0801", "ffffffffffffffffffffff01"])
def test_damage_is_refused(data: str) -> None:
    with pytest.raises(BadMessage, match="protobuf"):
        protowire.decode(bytes.fromhex(data), TABLE, "Test1")


def test_depth_and_number_of_fields_are_bounded() -> None:
    deep = b""
    for _ in range(200):
        deep = protowire.put_varint(8 << 3 | 2) + protowire.put_varint(len(deep)) + deep
    with pytest.raises(BadMessage, match="depth"):
        protowire.decode(deep, TABLE, "Test5")
    with pytest.raises(BadMessage, match="depth"):
        protowire.decode(b"\x7b" * 100_000, TABLE, "Test5")
    with pytest.raises(BadMessage, match="fields"):
        protowire.decode(b"\x08\x01" * (protowire.FIELDS_MAX + 1), TABLE, "Test1")
    many = protowire.FIELDS_MAX + 1
    packed = protowire.put_varint(4 << 3 | 2) + protowire.put_varint(many) + b"\x01" * many
    with pytest.raises(BadMessage, match="fields"):
        protowire.decode(packed, TABLE, "Test5")


def _values(table: protowire.Schema, message: str, depth: int) -> st.SearchStrategy[dict[str, Any]]:
    """Any value of a message, at most one field of each oneof."""
    plain = {
        "double": st.floats(allow_nan=False), "float": st.floats(width=32, allow_nan=False),
        "int32": st.integers(-(1 << 31), (1 << 31) - 1), "int64": st.integers(-(1 << 63), (1 << 63) - 1),
        "uint32": st.integers(0, (1 << 32) - 1), "uint64": st.integers(0, (1 << 64) - 1), "bool": st.booleans(),
        "enum": st.integers(0, 30), "string": st.text(max_size=12), "bytes": st.binary(max_size=12),
    }
    fields: dict[str, st.SearchStrategy[Any]] = {}
    taken = set()
    for field in table.messages[message].values():
        if field.oneof in taken or (field.kind == "message" and depth == 0):
            continue
        taken |= {field.oneof} - {""}
        one = _values(table, field.of, depth - 1) if field.kind == "message" else plain[field.kind]
        fields[field.name] = st.lists(one, min_size=1, max_size=3) if field.is_repeated else one
    return st.fixed_dictionaries({}, optional=fields)


@given(_values(messages.tables(), messages.TOP, 3))
def test_what_is_written_is_read_again(value: dict[str, Any]) -> None:
    assert messages.decode(messages.encode(value)) == value


@given(st.binary(max_size=300))
def test_any_bytes_are_a_message_or_refused(data: bytes) -> None:
    for table, name in ((messages.tables(), messages.TOP), (tak.TABLES, "TakMessage")):
        try:
            value = protowire.decode(data, table, name)
        except BadMessage as error:
            assert error.reason in ("protobuf", "depth", "fields")
        else:
            assert set(value) <= {f.name for f in table.messages[name].values()}


def _plain(message: Any) -> dict[str, Any]:
    """A Google message as protowire gives it."""
    out: dict[str, Any] = {}
    for field, value in message.ListFields():
        many = field.is_repeated
        inner = [_plain(v) if field.message_type else v for v in (value if many else [value])]
        out[field.name] = inner if many else inner[0]
    return out


@given(_values(messages.tables(), messages.TOP, 3), st.integers(0, 400), st.integers(0, 255))
def test_the_same_as_googles_decoder_on_whole_and_damaged_messages(value: dict[str, Any], at: int, byte: int) -> None:
    pytest.importorskip("google.protobuf", reason="needs protobuf (extra dev)")
    pb = pytest.importorskip("sapient_msg.bsi_flex_335_v2_0.sapient_message_pb2", reason="needs sapient-proto")
    data = bytearray(messages.encode(value))
    theirs = pb.SapientMessage()
    theirs.ParseFromString(bytes(data))
    assert _comparable(messages.decode(theirs.SerializeToString())) == _comparable(messages.decode(bytes(data)))
    if not data:
        return
    data[at % len(data)] = byte
    try:
        theirs = pb.SapientMessage()
        theirs.ParseFromString(bytes(data))
    except Exception:  # noqa: BLE001  Google's DecodeError, and what it raises for text that is not UTF-8
        return
    try:
        ours = messages.decode(bytes(data))
    except BadMessage:
        raise AssertionError("refused what Google's decoder reads") from None
    # absent and default differ for fields without presence: compare what Google says is set, as it writes it
    assert _comparable(messages.decode(theirs.SerializeToString())) == _comparable(ours)


def _comparable(value: Any) -> Any:
    """Without values that proto 3 does not write (0 and "" of fields without presence), NaN made equal."""
    if isinstance(value, dict):
        inner = {k: _comparable(v) for k, v in value.items()}
        return {k: v for k, v in inner.items() if v not in (0, 0.0, "", b"", False) or isinstance(v, dict | list)}
    if isinstance(value, list):
        return [_comparable(v) for v in value]
    return "nan" if isinstance(value, float) and math.isnan(value) else value


def test_little_endian_floats() -> None:
    assert protowire.decode(b"\x29" + struct.pack("<d", 0.1), TABLE, "Test5") == {"e": 0.1}
