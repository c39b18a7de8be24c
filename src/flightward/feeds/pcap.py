"""Capture files: `receive(bytes)`, then `packets()`; classic pcap and pcapng, any byte order, no I/O.

pcap     file header (24 bytes): magic a1b2c3d4 (microseconds) or a1b23c4d (nanoseconds), version, zone, sigfigs,
         snaplen, link type; then per packet: seconds, fraction, bytes kept, bytes on the wire (u32 each), the bytes
pcapng   blocks: type (u32), length (u32), body, length again; section header 0a0d0d0a with byte order magic 1a2b3c4d;
         interface description 1 (link type, options; option 9 is the resolution of times, 14 what is added to them, s);
         enhanced packet 6 (interface, time high, time low, kept, on the wire, bytes); obsolete packet 2 (the same, but
         interface and drops u16 each); simple packet 3 has no time and is counted

Of a file header's link type only the lower 16 bits are the type: those above tell of the frame's check sequence.

Sources: draft-ietf-opsawg-pcap, draft-ietf-opsawg-pcapng. What cannot be followed is counted in `rejects`: `magic`,
`block` (a length that cannot be: reading ends there), `interface`, `no_time`, `cut` (the file ends within a packet).
"""

from __future__ import annotations

import dataclasses
import struct
from typing import NamedTuple

from flightward.feeds.rows import Rejects

PACKET_MAX = 1 << 18
BLOCK_MAX = 1 << 24
"""No frame of these networks is near this long: a longer one is a damaged length."""
_MAGIC = {
    b"\xa1\xb2\xc3\xd4": (">", 1e-6), b"\xd4\xc3\xb2\xa1": ("<", 1e-6),
    b"\xa1\xb2\x3c\x4d": (">", 1e-9), b"\x4d\x3c\xb2\xa1": ("<", 1e-9),
}  # fmt: skip
_SECTION, _INTERFACE, _OBSOLETE, _SIMPLE, _ENHANCED = 0x0A0D0D0A, 1, 2, 3, 6
_TSRESOL, _TSOFFSET = 9, 14


class Packet(NamedTuple):
    """One packet: number in the file, time of capture (POSIX s), link type, bytes."""

    row: int
    t_s: float
    link: int
    data: bytes


@dataclasses.dataclass
class _Interface:
    link: int
    tick_s: float
    offset_s: int


class Capture:
    """Packets of a stream of bytes, cut anywhere."""

    def __init__(self, rejects: Rejects) -> None:
        self.rejects = rejects
        self._rest = b""
        self._order = ""
        self._tick_s = 0.0
        self._link = 0
        self._is_ng = False
        self._is_over = False
        self._interfaces: list[_Interface] = []
        self._row = 0
        self._done: list[Packet] = []

    def receive(self, data: bytes) -> None:
        """Take bytes."""
        if self._is_over:
            return
        data = self._rest + data
        at = 0
        while not self._is_over:
            size = self._next(data, at)
            if size == 0:
                break
            at += size
        self._rest = b"" if self._is_over else data[at:]

    def finish(self) -> None:
        """The file ended."""
        if self._rest:
            self.rejects.add_one("cut", self._row)
        self._rest, self._is_over = b"", True

    @property
    def n_packets(self) -> int:
        """How many packets there were so far, those kept aside included."""
        return self._row

    @property
    def is_begun(self) -> bool:
        """It began as a capture does."""
        return bool(self._order)

    def packets(self) -> list[Packet]:
        """The whole packets since the last call."""
        done, self._done = self._done, []
        return done

    def _next(self, data: bytes, at: int) -> int:
        """Take what stands at `at`; its size, 0 if it is not all there."""
        if not self._order:
            return self._begin(data, at)
        return self._block(data, at) if self._is_ng else self._record(data, at)

    def _stop(self, reason: str) -> int:
        self.rejects.add_one(reason, self._row)
        self._is_over = True
        return 0

    def _begin(self, data: bytes, at: int) -> int:
        if len(data) < at + 4:
            return 0
        magic = data[at : at + 4]
        if magic == b"\x0a\x0d\x0d\x0a":
            self._is_ng = True
            return self._block(data, at)
        if magic not in _MAGIC:
            return self._stop("magic")
        if len(data) < at + 24:
            return 0
        self._order, self._tick_s = _MAGIC[magic]
        self._link = struct.unpack_from(self._order + "I", data, at + 20)[0] & 0xFFFF
        return 24

    def _record(self, data: bytes, at: int) -> int:
        if len(data) < at + 16:
            return 0
        seconds, fraction, kept, _ = struct.unpack_from(self._order + "IIII", data, at)
        if kept > PACKET_MAX:
            return self._stop("block")
        if len(data) < at + 16 + kept:
            return 0
        body = bytes(data[at + 16 : at + 16 + kept])
        self._take(seconds + fraction * self._tick_s, self._link, body)
        return int(16 + kept)

    def _take(self, t_s: float, link: int, body: bytes) -> None:
        self._done.append(Packet(self._row, t_s, link, body))
        self._row += 1

    def _block(self, data: bytes, at: int) -> int:
        if len(data) < at + 12:
            return 0
        is_section = data[at : at + 4] == b"\x0a\x0d\x0d\x0a"
        if is_section:
            order = {b"\x1a\x2b\x3c\x4d": ">", b"\x4d\x3c\x2b\x1a": "<"}.get(data[at + 8 : at + 12])
            if order is None:
                return self._stop("magic")
            self._order = order
        kind, size = struct.unpack_from(self._order + "II", data, at)
        if size < 12 or size % 4 or size > BLOCK_MAX:
            return self._stop("block")
        if len(data) < at + size:
            return 0
        body = bytes(data[at + 8 : at + size - 4])
        if is_section:
            self._interfaces = []
        elif kind == _INTERFACE:
            self._interface(body)
        elif kind in (_ENHANCED, _OBSOLETE):
            self._enhanced(body, kind)
        elif kind == _SIMPLE:
            self.rejects.add_one("no_time", self._row)
            self._row += 1
        return int(size)

    def _interface(self, body: bytes) -> None:
        # an interface that cannot be read still has its number
        link = struct.unpack_from(self._order + "H", body, 0)[0] if len(body) >= 8 else -1
        tick_s, offset_s, at = 1e-6, 0, 8
        while at + 4 <= len(body):
            code, size = struct.unpack_from(self._order + "HH", body, at)
            if code == 0:
                break
            if code == _TSRESOL and size >= 1 and at + 4 < len(body):
                value = body[at + 4]
                tick_s = 2.0 ** -(value & 0x7F) if value & 0x80 else 10.0**-value
            if code == _TSOFFSET and size >= 8 and at + 12 <= len(body):
                offset_s = struct.unpack_from(self._order + "q", body, at + 4)[0]
            at += 4 + (size + 3) // 4 * 4
        self._interfaces.append(_Interface(link, tick_s, offset_s))

    def _enhanced(self, body: bytes, kind: int) -> None:
        if len(body) < 20:
            self.rejects.add_one("interface", self._row)
            self._row += 1
            return
        number, high, low, kept, _ = struct.unpack_from(self._order + "IIIII", body, 0)
        if kind == _OBSOLETE:
            (number,) = struct.unpack_from(self._order + "H", body, 0)
        if number >= len(self._interfaces) or kept > len(body) - 20:
            self.rejects.add_one("interface", self._row)
            self._row += 1
            return
        interface = self._interfaces[number]
        t_s = ((high << 32) | low) * interface.tick_s + interface.offset_s
        self._take(t_s, interface.link, body[20 : 20 + kept])
