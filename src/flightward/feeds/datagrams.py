"""UDP datagrams in captured frames: Ethernet (VLAN tags too), Linux cooked captures, raw IP; IPv4 and IPv6.

Ethernet    destination (6), source (6), type (2): 0800 IPv4, 86dd IPv6, 8100 and 88a8 a tag of four octets before the
            type; below 0600 it is a length: three octets of LLC, then the payload, which some radar lines use bare
IPv4        length of the header in words (low four bits of octet 0), whole length (2-3), fragment (6-7), protocol 9
UDP         ports (0-3), length with its own eight octets (4-5): what stands after it is the frame's padding

Sources: RFC 768, RFC 791, RFC 8200; IEEE 802.3, 3.2.6; draft-ietf-opsawg-pcap (link types).
"""

from __future__ import annotations

from typing import NamedTuple

NULL, ETHERNET, RAW_OLD, RAW, COOKED, LOOP, IPV4, IPV6, COOKED_2 = 0, 1, 12, 101, 113, 108, 228, 229, 276
LINKS = (NULL, ETHERNET, RAW_OLD, RAW, COOKED, LOOP, IPV4, IPV6, COOKED_2)
_VLAN = (0x8100, 0x88A8, 0x9100)
_TYPE_4, _TYPE_6, _UDP = 0x0800, 0x86DD, 17
_EXTENSIONS = (0, 43, 60)


class Datagram(NamedTuple):
    """The payload of one packet; is_cut: the capture did not keep all of it; ports -1 where there are none."""

    data: bytes
    is_cut: bool
    from_port: int
    to_port: int


def datagram(link: int, frame: bytes) -> Datagram | str | None:
    """The UDP payload of a frame, None if it carries none; a word (fragment, frame) if it cannot be followed."""
    if link == ETHERNET:
        return _ethernet(frame)
    if link in (RAW_OLD, RAW, IPV4, IPV6):
        return _ip(frame)
    if link in (NULL, LOOP):
        return _ip(frame[4:])
    if link == COOKED:
        return _typed(_u16(frame, 14), frame[16:])
    if link == COOKED_2:
        return _typed(_u16(frame, 0), frame[20:])
    return None


def _u16(data: bytes, at: int) -> int:
    return int.from_bytes(data[at : at + 2], "big")


def _ethernet(frame: bytes) -> Datagram | str | None:
    if len(frame) < 14:
        return "frame"
    at = 12
    while _u16(frame, at) in _VLAN and at + 6 <= len(frame):
        at += 4
    kind = _u16(frame, at)
    if kind < 0x0600:
        data = frame[at + 2 : at + 2 + kind]
        # an unnumbered information frame: a bare payload; the rest is bridges talking
        return Datagram(data[3:], len(data) < kind, -1, -1) if len(data) > 3 and data[2] == 0x03 else None
    return _typed(kind, frame[at + 2 :])


def _typed(kind: int, body: bytes) -> Datagram | str | None:
    return _ip(body) if kind in (_TYPE_4, _TYPE_6) else None


def _ip(packet: bytes) -> Datagram | str | None:
    version = packet[0] >> 4 if packet else 0
    if version == 4 and len(packet) >= 20:
        if packet[9] != _UDP:
            return None
        if _u16(packet, 6) & 0x3FFF:
            return "fragment"
        return _udp(packet[4 * (packet[0] & 15) :])
    if version == 6 and len(packet) >= 40:
        kind, at = packet[6], 40
        while kind in _EXTENSIONS and at + 2 <= len(packet):
            kind, at = packet[at], at + 8 * (packet[at + 1] + 1)
        if kind == 44:
            return "fragment"
        return _udp(packet[at:]) if kind == _UDP else None
    return "frame"


def _udp(segment: bytes) -> Datagram | str:
    size = _u16(segment, 4)
    if len(segment) < 8 or size < 8:
        return "frame"
    data = segment[8:size]
    return Datagram(data, len(data) < size - 8, _u16(segment, 0), _u16(segment, 2))
