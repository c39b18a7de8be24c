"""Capture files: packets, byte orders, times; damage is counted."""

from __future__ import annotations

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flightward.feeds.pcap import Capture, Packet
from flightward.feeds.rows import Rejects


def read(data: bytes, cuts: list[int] | None = None) -> tuple[list[Packet], Rejects]:
    capture = Capture(Rejects())
    at = 0
    for cut in [*sorted(c % (len(data) + 1) for c in cuts or []), len(data)]:
        capture.receive(data[at:cut])
        at = cut
    capture.finish()
    return capture.packets(), capture.rejects


def classic(order: str, magic: int, fraction: int) -> bytes:
    head = struct.pack(order + "IHHIIII", magic, 2, 4, 0, 0, 65535, 127)
    return head + struct.pack(order + "IIII", 1000, fraction, 3, 9) + b"abc"


def block(kind: int, body: bytes, order: str = "<") -> bytes:
    size = 12 + len(body)
    return struct.pack(order + "II", kind, size) + body + struct.pack(order + "I", size)


def section(order: str = "<") -> bytes:
    return block(0x0A0D0D0A, struct.pack(order + "IHHq", 0x1A2B3C4D, 1, 0, -1), order)


def interface(options: bytes = b"", order: str = "<") -> bytes:
    return block(1, struct.pack(order + "HHI", 105, 0, 0) + options, order)


def enhanced(number: int, ticks: int, data: bytes, order: str = "<") -> bytes:
    head = struct.pack(order + "IIIII", number, ticks >> 32, ticks & 0xFFFFFFFF, len(data), len(data))
    return block(6, head + data + bytes(-len(data) % 4), order)


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize(("magic", "fraction"), [(0xA1B2C3D4, 500_000), (0xA1B23C4D, 500_000_000)])
def test_a_classic_file_of_either_order_and_resolution(order: str, magic: int, fraction: int) -> None:
    packets, rejects = read(classic(order, magic, fraction))
    assert packets == [Packet(0, 1000.5, 127, b"abc")]
    assert rejects.counts == {}


@pytest.mark.parametrize("order", ["<", ">"])
def test_blocks_with_their_own_resolution(order: str) -> None:
    nano = struct.pack(order + "HHB3x", 9, 1, 9) + struct.pack(order + "HH", 0, 0)
    half = struct.pack(order + "HHB3x", 9, 1, 0x81)
    data = section(order) + interface(b"", order) + interface(nano, order) + interface(half, order)
    data += enhanced(0, 5_000_000, b"a", order) + enhanced(1, 7_000_000_000, b"bb", order) + enhanced(2, 6, b"c", order)
    packets, rejects = read(data)
    assert [(p.t_s, p.link, p.data) for p in packets] == [(5.0, 105, b"a"), (7.0, 105, b"bb"), (3.0, 105, b"c")]
    assert rejects.counts == {}


def test_the_link_type_is_told_from_what_stands_above_it() -> None:
    # a frame check sequence of four octets (bits 28 to 31, and that they count)
    data = bytearray(classic("<", 0xA1B2C3D4, 0))
    data[20:24] = struct.pack("<I", 0x24000001)
    assert read(bytes(data))[0][0].link == 1


@pytest.mark.parametrize("order", ["<", ">"])
def test_times_with_an_offset_and_packets_of_the_obsolete_kind(order: str) -> None:
    offset = struct.pack(order + "HHqHH", 14, 8, 1_000_000, 0, 0)
    data = section(order) + interface(b"", order) + interface(offset, order) + enhanced(1, 5_000_000, b"a", order)
    old = struct.pack(order + "HHIIII", 1, 7, 0, 6_000_000, 2, 2) + b"bb\0\0"
    packets, rejects = read(data + block(2, old, order))
    assert [(p.t_s, p.data) for p in packets] == [(1_000_005.0, b"a"), (1_000_006.0, b"bb")]
    assert rejects.counts == {}


def test_what_cannot_be_followed_is_counted() -> None:
    assert read(b"nonsense of some length")[1].counts == {"magic": 1}
    assert read(section() + enhanced(0, 1, b"a"))[1].counts == {"interface": 1}
    assert read(section() + interface() + block(3, b"\x01\0\0\0a\0\0\0"))[1].counts == {"no_time": 1}
    assert read(section() + struct.pack("<II", 6, 13) + bytes(20))[1].counts == {"block": 1}
    assert read(classic("<", 0xA1B2C3D4, 0)[:-1])[1].counts == {"cut": 1}


def test_a_packet_of_impossible_length_ends_the_reading() -> None:
    data = classic("<", 0xA1B2C3D4, 0) + struct.pack("<IIII", 1, 0, 1 << 30, 1 << 30)
    packets, rejects = read(data)
    assert len(packets) == 1
    assert rejects.counts == {"block": 1}


@given(st.binary(max_size=300), st.lists(st.integers(0, 300), max_size=6), st.booleans())
def test_any_bytes_give_packets_or_counts_however_they_are_cut(tail: bytes, cuts: list[int], is_ng: bool) -> None:
    start = section() + interface() + enhanced(0, 9, b"abcd") if is_ng else classic("<", 0xA1B2C3D4, 1)
    whole, rejects = read(start + tail)
    pieces, same = read(start + tail, cuts)
    assert whole == pieces
    assert rejects.counts == same.counts
