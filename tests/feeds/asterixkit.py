"""ASTERIX bytes for tests: blocks, and captures of UDP datagrams with Ethernet padding."""

from __future__ import annotations

import struct

from flightward.feeds.pcap import Packet

ETHERNET = 1
LEAST_FRAME = 60


def block(category: int, *records: bytes) -> bytes:
    """One data block."""
    body = b"".join(records)
    return bytes([category]) + struct.pack(">H", 3 + len(body)) + body


def fspec(*frns: int) -> bytes:
    """The octets that name these items, for a UAP or a compound item."""
    octets = []
    for first in range(1, max(frns) + 1, 7):
        octets.append(sum(0x80 >> (k - first) for k in range(first, first + 7) if k in frns) | 1)
    octets[-1] &= 0xFE
    return bytes(octets)


def angle(deg: float, power: int, size: int) -> bytes:
    """Degrees in steps of 180/2^power."""
    return round(deg * 2**power / 180.0).to_bytes(size, "big", signed=True)


def tod(seconds: float) -> bytes:
    """A time of day in 1/128 s."""
    return round(seconds * 128.0).to_bytes(3, "big")


def plot(
    tod_s: float = 43_200.0, *, target: bytes = b"\xa0", rho: int = 256 * 50, theta: int = 0x4000, level: int = 400
) -> bytes:
    """CAT 048 with I048/010, 140, 020, 040, 090 and 220."""
    level_octets = (level & 0x3FFF).to_bytes(2, "big")
    head = fspec(1, 2, 3, 4, 6, 8) + bytes([25, 201]) + tod(tod_s) + target
    return head + rho.to_bytes(2, "big") + theta.to_bytes(2, "big") + level_octets + bytes.fromhex("4ca7a8")


def udp_frame(payload: bytes, port: int = 8600, tag: bytes = b"") -> bytes:
    """An Ethernet frame of a UDP datagram, padded to its least length with rubbish as some cards do."""
    udp = struct.pack(">HHHH", 50_000, port, 8 + len(payload), 0) + payload
    ip = struct.pack(">BBHHHBBHII", 0x45, 0, 20 + len(udp), 0, 0, 64, 17, 0, 0x0A000001, 0xEF000001) + udp
    frame = bytes(12) + tag + b"\x08\x00" + ip
    return frame + b"\x30\x00\x06\xc0"[: max(0, LEAST_FRAME - len(frame))] if len(frame) < LEAST_FRAME else frame


def fragments(payload: bytes, size: int, ident: int = 7) -> list[bytes]:
    """Ethernet frames of the fragments of one UDP datagram over IPv4, of `size` octets each."""
    udp = udp_frame(payload)[34 : 42 + len(payload)]
    out = []
    for at in range(0, len(udp), size):
        part, more = udp[at : at + size], 0x2000 if at + size < len(udp) else 0
        head = struct.pack(">BBHHHBBHII", 0x45, 0, 20 + len(part), ident, more | at // 8, 64, 17, 0, 0x0A000001, 1)
        out.append((bytes(12) + b"\x08\x00" + head + part).ljust(LEAST_FRAME, b"\0"))
    return out


def packets(*sent: tuple[float, bytes]) -> list[Packet]:
    """Captured frames of datagrams (time, payload)."""
    return [Packet(k, t_s, ETHERNET, udp_frame(payload)) for k, (t_s, payload) in enumerate(sent)]
