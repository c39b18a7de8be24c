"""Remote ID bytes for tests: messages made by hand, and copies of captured frames with another place written over."""

from __future__ import annotations

import struct

from flightward.feeds.pcap import Capture, Packet
from flightward.feeds.rows import Rejects

VENDOR = b"\xfa\x0b\xbc\x0d"


def packets_of(data: bytes) -> list[Packet]:
    """The packets of a capture file."""
    capture = Capture(Rejects())
    capture.receive(data)
    capture.finish()
    return capture.packets()


def pcap_of(packets: list[Packet]) -> bytes:
    """A classic capture file of packets in order of time, all of one link type."""
    packets = sorted(packets, key=lambda p: p.t_s)
    head = struct.pack("<IHHIIII", 0xA1B2C3D4, 2, 4, 0, 0, 262_144, packets[0].link if packets else 127)
    body = []
    for p in packets:
        micros = round(p.t_s * 1e6)
        body.append(struct.pack("<IIII", micros // 1_000_000, micros % 1_000_000, len(p.data), len(p.data)) + p.data)
    return head + b"".join(body)


def location_at(frame: bytes) -> int:
    """Where the Location message of a captured beacon begins; -1 if it has none."""
    at = frame.find(VENDOR)
    if at < 0:
        return -1
    pack = at + 5
    for k in range(frame[pack + 2]):
        message = pack + 3 + 25 * k
        if frame[message] >> 4 == 1:
            return message
    return -1


def place_of(frame: bytes) -> tuple[int, int]:
    """Latitude and longitude in 1e-7 deg of a captured beacon's Location."""
    lat, lon = struct.unpack_from("<ii", frame, location_at(frame) + 5)
    return lat, lon


def moved(packet: Packet, dlat: int, dlon: int, later_s: float) -> Packet:
    """The same frame heard later, with another place written over the eight bytes of its Location."""
    at = location_at(packet.data) + 5
    lat, lon = struct.unpack_from("<ii", packet.data, at)
    data = packet.data[:at] + struct.pack("<ii", lat + dlat, lon + dlon) + packet.data[at + 8 :]
    return Packet(packet.row, packet.t_s + later_s, packet.link, data)
