"""UDP datagrams in captured frames: Ethernet, Linux cooked captures, PPP, raw IP; IPv4 and IPv6, fragments too.

Ethernet    destination (6), source (6), type (2): 0800 IPv4, 86dd IPv6, 8100, 88a8 and 9100 a tag of two octets before
            another type, 8864 PPPoE, 8847 and 8848 MPLS; below 0600 it is a length: LLC
LLC         service access points (2), control (1): aa aa 03 00 00 00 and a type (SNAP), else the payload itself, which
            some radar lines use
IPv4        length of the header in words (low four bits of octet 0), whole length (2-3), identification (4-5), fragment
            (6-7: 2000 more follow, the rest its place in eights), protocol 9, source and destination (12-19)
IPv6        length behind the header (4-5), next header 6, source and destination (8-39); then headers before others;
            44 fragment: next header, reserved, place in octets and 1 more follow (2-3), identification (4-7)
UDP         ports (0-3), length with its own eight octets (4-5): what stands after it is the frame's padding

Sources: RFC 768, RFC 791, RFC 1661, RFC 2516, RFC 3032, RFC 4302, RFC 8200; IEEE 802.3, 3.2.6; draft-ietf-opsawg-pcap
(link types).
"""

from __future__ import annotations

import dataclasses
from typing import NamedTuple

NULL, ETHERNET, PPP, RAW_OLD, RAW, COOKED, LOOP, IPV4, IPV6, COOKED_2 = 0, 1, 9, 12, 101, 113, 108, 228, 229, 276
LINKS = (NULL, ETHERNET, PPP, RAW_OLD, RAW, COOKED, LOOP, IPV4, IPV6, COOKED_2)
_VLAN = (0x8100, 0x88A8, 0x9100)
_TYPE_4, _TYPE_6, _PPPOE, _MPLS = 0x0800, 0x86DD, 0x8864, (0x8847, 0x8848)
_LENGTH_MAX = 0x0600
_COOKED_LLC = 4
_SNAP = b"\xaa\xaa\x03\0\0\0"
_OTHERS_SAPS = (0x42, 0xAA, 0xE0, 0xF0)
"""Spanning tree, SNAP of other organisations, NetWare, NetBIOS."""
_UDP, _FRAGMENT, _AH = 17, 44, 51
_BEFORE = (0, 43, 60, _AH, 135, 139, 140)
"""Headers that may stand before what is carried, each with its length."""
PACKET_MAX = 65_535
WAIT_S = 30.0
"""How long the rest of a packet is waited for (RFC 791: 15 s at least, RFC 8200: 60 s at most)."""
OPEN_MAX = 64
"""Packets that are put together at once; a sender has one or two under way."""
FRAGMENTS_MAX = PACKET_MAX // 8 + 1
"""Fragments of one packet, each eight octets at least: more are repetitions."""


class Datagram(NamedTuple):
    """The payload of one packet; is_cut: the capture did not keep all of it; ports -1 where there are none."""

    data: bytes
    is_cut: bool
    from_port: int
    to_port: int


class Fragment(NamedTuple):
    """A part of an IP packet: `key` names the packet, kind what it carries, `at` where the part belongs."""

    key: bytes
    kind: int
    at: int
    is_last: bool
    data: bytes


@dataclasses.dataclass
class _Open:
    """A packet of which not all is there: since when, its parts by place, their size, where it ends (-1 not known)."""

    t_s: float
    parts: dict[int, bytes] = dataclasses.field(default_factory=dict)
    size: int = 0
    end: int = -1
    rows: list[tuple[int, float]] = dataclasses.field(default_factory=list)

    def take(self, part: Fragment) -> bool:
        """Take a part (once); False if it and the others cannot be of one packet."""
        end = part.at + len(part.data)
        if part.at not in self.parts:
            self.parts[part.at] = part.data
            self.size += len(part.data)
        elif self.parts[part.at] != part.data:
            return False
        if part.is_last and self.end not in (-1, end):
            return False
        self.end = end if part.is_last else self.end
        if self.end >= 0 and self.size >= self.end:
            at = 0
            for place in sorted(self.parts):
                if place != at:
                    return False
                at += len(self.parts[place])
            return at == self.end
        # what overlaps may add up to more than a packet
        return end <= PACKET_MAX and self.size <= PACKET_MAX and len(self.rows) <= FRAGMENTS_MAX


class Fragments:
    """IP packets put together from their fragments, in whatever order these come.

    One that is not whole after WAIT_S, whose fragments contradict each other, or that is pushed out by OPEN_MAX later
    ones, is given up: `lost` has the (row, t_s) of its fragments.
    """

    def __init__(self) -> None:
        self.lost: list[tuple[int, float]] = []
        self._open: dict[bytes, _Open] = {}

    def add(self, part: Fragment, row: int, t_s: float) -> Datagram | str | None:
        """Take a fragment; what its packet carries, as `datagram` tells it, once it is whole; "" before."""
        for key in [key for key, one in self._open.items() if t_s - one.t_s > WAIT_S]:
            self._give_up(key)
        one = self._open.setdefault(part.key, _Open(t_s))
        one.rows.append((row, t_s))
        if not one.take(part):
            self._give_up(part.key)
        elif one.size == one.end:
            del self._open[part.key]
            return _carried(part.kind, b"".join(one.parts[at] for at in sorted(one.parts)))
        if len(self._open) > OPEN_MAX:
            self._give_up(next(iter(self._open)))
        return ""

    def finish(self) -> None:
        """No more comes."""
        for key in list(self._open):
            self._give_up(key)

    def _give_up(self, key: bytes) -> None:
        self.lost += self._open.pop(key).rows


def datagram(link: int, frame: bytes) -> Datagram | Fragment | str | None:
    """The UDP payload of a frame, or a part of it (for Fragments); None if it carries none; a word (fragment, frame)
    if it cannot be followed."""
    if link == ETHERNET:
        return _typed(_u16(frame, 12), frame[14:]) if len(frame) >= 14 else "frame"
    if link in (RAW_OLD, RAW, IPV4, IPV6):
        return _ip(frame)
    if link in (NULL, LOOP):
        return _ip(frame[4:])
    if link == PPP:
        return _ppp(frame)
    if link == COOKED:
        kind, body = _u16(frame, 14), frame[16:]
        if kind == _COOKED_LLC:
            return _llc(body, is_cut=False)
        return _typed(kind, body) if kind >= _LENGTH_MAX else None
    if link == COOKED_2:
        return _typed(_u16(frame, 0), frame[20:])
    return None


def _u16(data: bytes, at: int) -> int:
    return int.from_bytes(data[at : at + 2], "big")


def _typed(kind: int, body: bytes) -> Datagram | Fragment | str | None:
    while kind in _VLAN and len(body) >= 4:
        kind, body = _u16(body, 2), body[4:]
    if kind < _LENGTH_MAX:
        return _llc(body[:kind], is_cut=len(body) < kind)
    if kind == _PPPOE:
        return _ppp(body[6:])
    if kind in _MPLS:
        while len(body) >= 4 and not body[2] & 1:
            body = body[4:]
        body = body[4:]
    return _ip(body) if kind in (_TYPE_4, _TYPE_6, *_MPLS) else None


def _llc(data: bytes, *, is_cut: bool) -> Datagram | Fragment | str | None:
    if data.startswith(_SNAP):
        return _typed(_u16(data, 6), data[8:]) if _u16(data, 6) >= _LENGTH_MAX else None
    # an unnumbered information frame: a bare payload; the rest is bridges talking
    is_bare = len(data) > 3 and data[2] == 0x03 and data[0] not in _OTHERS_SAPS
    return Datagram(data[3:], is_cut, -1, -1) if is_bare else None


def _ppp(data: bytes) -> Datagram | Fragment | str | None:
    data = data.removeprefix(b"\xff\x03")
    size = 1 if data and data[0] & 1 else 2
    return _ip(data[size:]) if data[:size].lstrip(b"\0") in (b"\x21", b"\x57") else None


def _ip(packet: bytes) -> Datagram | Fragment | str | None:
    version = packet[0] >> 4 if packet else 0
    if version == 4 and len(packet) >= 20:
        kind, body, place = packet[9], packet[4 * (packet[0] & 15) :], _u16(packet, 6)
        if not place & 0x3FFF:
            return _carried(kind, body)
        key = packet[12:20] + packet[4:6] + packet[9:10]
        over = _u16(packet, 2) - len(packet)
        return _fragment(key, kind, 8 * (place & 0x1FFF), not place & 0x2000, body, over)
    if version == 6 and len(packet) >= 40:
        kind, body = _behind(packet[6], packet[40:])
        if kind != _FRAGMENT:
            return _carried(kind, body)
        if len(body) < 8:
            return "frame"
        kind, place, key = body[0], _u16(body, 2), packet[8:40] + body[4:8]
        if not place & 0xFFF9:
            return _carried(kind, body[8:])  # an atomic fragment (RFC 6946) is a whole packet
        over = 40 + _u16(packet, 4) - len(packet)
        return _fragment(key, kind, place & 0xFFF8, not place & 1, body[8:], over)
    return "frame"


def _fragment(key: bytes, kind: int, at: int, is_last: bool, body: bytes, over: int) -> Fragment | str | None:
    """A part of a packet; over: how many octets the packet has beyond the frame, negative where the frame is padded."""
    if kind != _UDP and kind not in _BEFORE:
        return None
    data = body[:over] if over < 0 else body
    if over > 0 or not data or (len(data) % 8 and not is_last):
        return "fragment"
    return Fragment(key, kind, at, is_last, data)


def _behind(kind: int, data: bytes) -> tuple[int, bytes]:
    """What stands behind the headers before it."""
    while kind in _BEFORE and len(data) >= 2:
        size = 4 * (data[1] + 2) if kind == _AH else 8 * (data[1] + 1)
        kind, data = data[0], data[size:]
    return kind, data


def _carried(kind: int, data: bytes) -> Datagram | str | None:
    kind, data = _behind(kind, data)
    return _udp(data) if kind == _UDP else None


def _udp(segment: bytes) -> Datagram | str:
    size = _u16(segment, 4)
    if len(segment) < 8 or size < 8:
        return "frame"
    data = segment[8:size]
    return Datagram(data, len(data) < size - 8, _u16(segment, 0), _u16(segment, 2))
