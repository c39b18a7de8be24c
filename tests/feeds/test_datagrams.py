"""UDP in captured frames: what stands before it, fragments in any order, anything else is told."""

from __future__ import annotations

import random
import struct

import pytest
from asterixkit import fragments, udp_frame
from hypothesis import given
from hypothesis import strategies as st

from flightward.feeds.datagrams import (
    FRAGMENTS_MAX,
    LINKS,
    OPEN_MAX,
    PACKET_MAX,
    WAIT_S,
    Datagram,
    Fragment,
    Fragments,
    datagram,
)

PLAIN = udp_frame(b"payload that is long enough to need no padding at all")
IP = PLAIN[14:]
WANT = Datagram(b"payload that is long enough to need no padding at all", False, 50_000, 8_600)


def ethernet(kind: int, body: bytes) -> bytes:
    return bytes(12) + kind.to_bytes(2, "big") + body


def ip6(before: bytes, kind: int, body: bytes = IP[20:]) -> bytes:
    """An IPv6 packet with a header before UDP."""
    return b"\x60\0\0\0" + struct.pack(">HBB", len(before) + len(body), kind, 64) + bytes(32) + before + body


@pytest.mark.parametrize(("link", "frame"), [
    (1, PLAIN), (101, IP), (0, b"\2\0\0\0" + IP),
    (1, udp_frame(WANT.data, tag=b"\x81\x00\x00\x05")), (1, udp_frame(WANT.data, tag=b"\x88\xa8\0\5\x81\0\0\5")),
    (113, bytes(14) + b"\x08\x00" + IP), (276, b"\x08\x00" + bytes(18) + IP),
    (113, bytes(14) + b"\x81\x00\x00\x05\x08\x00" + IP),
    (1, ethernet(8 + len(IP), b"\xaa\xaa\x03\0\0\0\x08\x00" + IP)),  # SNAP
    (1, ethernet(0x8864, b"\x11\0\0\1" + (2 + len(IP)).to_bytes(2, "big") + b"\0\x21" + IP)),  # PPPoE
    (1, ethernet(0x8847, b"\0\0\x10\x40\0\0\x21\x40" + IP)),  # MPLS, two labels
    (9, b"\xff\x03\0\x21" + IP), (9, b"\x21" + IP), (9, b"\0\x57" + ip6(b"", 17)),
    (101, ip6(b"", 17)), (101, ip6(b"\x11\0" + bytes(6), 0)),
    (101, ip6(b"\x11\x04" + bytes(22), 51)),  # AH counts in words
    (101, ip6(b"\x33\0" + bytes(6) + b"\x11\x04" + bytes(22), 0)),
    (101, ip6(b"\x11\0\0\0\0\0\0\1", 44)),  # an atomic fragment
    (101, IP[:9] + b"\x33" + IP[10:20] + b"\x11\x04" + bytes(22) + IP[20:]),
])  # fmt: skip
def test_a_datagram_is_found_behind_what_stands_before_it(link: int, frame: bytes) -> None:
    assert datagram(link, frame) == WANT


def test_a_bare_payload_over_llc_and_what_bridges_say() -> None:
    bare = ethernet(3 + 4, b"\xfe\xfe\x03" + b"\x30\0\4x" + bytes(40))
    assert datagram(1, bare) == Datagram(b"\x30\0\4x", False, -1, -1)
    assert datagram(113, bytes(14) + b"\0\4" + b"\xfe\xfe\x03" + b"\x30\0\4x") == Datagram(b"\x30\0\4x", False, -1, -1)
    for other in (b"\x42\x42\x03\0\0\0\0", b"\xaa\xaa\x03\0\0\x0c\x20\0", b"\xe0\xe0\x03\xff\xff", b"\xf0\xf0\x03\x2c"):
        assert datagram(1, ethernet(len(other), other + bytes(40))) is None
    assert datagram(1, ethernet(0x0806, bytes(40))) is None


def parts(payload: bytes, size: int = 24, ident: int = 7) -> list[Fragment]:
    out = [datagram(1, frame) for frame in fragments(payload, size, ident)]
    assert all(isinstance(one, Fragment) for one in out)
    return out  # type: ignore[return-value]


def test_fragments_are_put_together_in_any_order_and_twice_heard_ones_once() -> None:
    payload = bytes(range(200))
    mine, other = parts(payload), parts(payload[::-1], ident=8)
    for seed in range(20):
        mixed = [*mine, *mine[:-1:3], *other]
        random.Random(seed).shuffle(mixed)
        whole = Fragments()
        got = [whole.add(one, k, 0.01 * k) for k, one in enumerate(mixed)]
        found = [g.data for g in got if isinstance(g, Datagram)]
        assert sorted(found) == sorted([payload, payload[::-1]])


def test_fragments_over_ipv6() -> None:
    udp, got = IP[20:], []
    whole = Fragments()
    for at in (24, 0, 48):
        more = at + 24 < len(udp)
        head = b"\x11\0" + (at | more).to_bytes(2, "big") + b"\0\0\0\7"
        one = datagram(101, ip6(head, 44, udp[at : at + 24]) + b"padding")
        assert isinstance(one, Fragment)
        got.append(whole.add(one, at, 0.0))
    assert got == ["", "", WANT]


def test_what_never_becomes_whole_is_told() -> None:
    first, *rest = parts(bytes(100))
    whole = Fragments()
    assert whole.add(first, 0, 0.0) == ""
    assert [whole.add(one, 1, WAIT_S + 1.0) for one in rest] == [""] * len(rest)  # too late for the first
    assert whole.lost == [(0, 0.0)]
    whole.finish()
    assert len(whole.lost) == 1 + len(rest)
    # two that contradict each other, one beyond what a packet can hold, and more packets than are kept
    whole = Fragments()
    for one in (first, first._replace(data=b"x" * 24), first._replace(at=65_528, key=b"far")):
        assert whole.add(one, 2, 0.0) == ""
    assert whole.lost == [(2, 0.0)] * 3
    for k in range(OPEN_MAX + 1):
        whole.add(first._replace(key=bytes([k])), 3 + k, 0.0)
    assert whole.lost[3:] == [(3, 0.0)]


@pytest.mark.parametrize("step", [0, 8])
def test_repeated_and_overlapping_fragments_are_held_within_bounds(step: int) -> None:
    fragments = Fragments()
    for k in range(20_000):
        place = step * k % 60_000
        assert fragments.add(Fragment(b"key", 17, place, False, bytes(1_024)), k, 0.0) == ""
        held = list(fragments._open.values())
        assert all(one.size <= PACKET_MAX + 1_024 and len(one.rows) <= FRAGMENTS_MAX + 1 for one in held)
    fragments.finish()
    assert [row for row, _ in fragments.lost] == list(range(20_000)), "each is told"


def test_a_fragment_that_the_capture_cut_is_told() -> None:
    frame = fragments(bytes(300), 200)[0]
    assert datagram(1, frame[:-4]) == "fragment"
    assert isinstance(datagram(1, frame + b"more"), Fragment)


@given(st.binary(max_size=90), st.sampled_from(LINKS))
def test_any_frame_gives_a_datagram_or_a_word(frame: bytes, link: int) -> None:
    got = datagram(link, frame)
    assert got is None or got in ("frame", "fragment") or isinstance(got, Datagram | Fragment)
