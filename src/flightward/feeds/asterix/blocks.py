"""Data blocks in datagrams and in streams: category (one octet), length with these three octets (two), records.

A datagram is whole blocks, and may end in zeros. In a stream (a file of blocks) a head that cannot be (category 0, a
length below LEAST) is passed octet by octet until the head of a known category stands there.

Source: EUROCONTROL-SPEC-0149, ASTERIX part 1, edition 3.1, section 5.2.1.
"""

from __future__ import annotations

import dataclasses

import numpy as np
from numpy.typing import NDArray

from flightward.feeds.asterix.layouts import UAPS
from flightward.feeds.asterix.records import PAD
from flightward.feeds.rows import Rejects
from flightward.model import F64, I8, I64

HEAD = 3
LEAST = 5
"""A block holds at least one record of an FSPEC and an item of one octet."""


@dataclasses.dataclass(frozen=True)
class Batch:
    """B blocks: their bodies are data[start:end]; row is the packet's (or block's) number, t_rx_s NaN unknown."""

    data: NDArray[np.uint8]
    category: I64
    start: I64
    end: I64
    is_cut: I8
    row: I64
    t_rx_s: F64


class Blocks:
    """Blocks as they are found, until `take`."""

    def __init__(self, rejects: Rejects) -> None:
        self.rejects = rejects
        self._pieces: list[bytes] = []
        self._size = 0
        self._found: list[tuple[int, int, int, int, int, float]] = []

    def datagram(self, payload: bytes, row: int, t_rx_s: float, *, is_cut: bool = False) -> None:
        """Take a datagram; is_cut: the capture did not keep all of it."""
        at, end = 0, len(payload)
        base = self._keep(payload)
        while at < end:
            size = int.from_bytes(payload[at + 1 : at + HEAD], "big") if at + HEAD <= end else 0
            if size >= LEAST and at + size <= end and payload[at]:
                self._found.append((payload[at], base + at + HEAD, base + at + size, 0, row, t_rx_s))
                at += size
            elif not any(payload[at:]):
                self.rejects.repaired("padding")
                return
            elif size > end - at and (at > 0 or is_cut) and payload[at] in UAPS:
                self.rejects.add_one("block_cut", row, payload[at:].hex(), t_rx_s)
                self._found.append((payload[at], base + at + HEAD, base + end, 1, row, t_rx_s))
                return
            else:
                self.rejects.add_one("block_length" if at else "not_asterix", row, payload[at:].hex(), t_rx_s)
                return

    def block(self, raw: bytes, row: int, *, is_cut: bool = False) -> None:
        """Take one block of a stream, its head included."""
        base = self._keep(raw)
        self._found.append((raw[0], base + HEAD, base + len(raw), int(is_cut), row, np.nan))

    def take(self) -> Batch:
        """The blocks since the last call."""
        data = np.frombuffer(b"".join([*self._pieces, bytes(PAD)]), dtype=np.uint8)
        columns = list(zip(*self._found, strict=True)) if self._found else [()] * 6
        whole = [np.array(c, dtype=np.int64) for c in columns[:5]]
        self._pieces, self._size, self._found = [], 0, []
        return Batch(
            data=data, category=whole[0], start=whole[1], end=whole[2], is_cut=whole[3].astype(np.int8), row=whole[4],
            t_rx_s=np.array(columns[5], dtype=np.float64),
        )  # fmt: skip

    def _keep(self, raw: bytes) -> int:
        base = self._size
        self._pieces.append(raw)
        self._size += len(raw)
        return base


class Stream:
    """Blocks one after the other in bytes that are cut anywhere."""

    def __init__(self, blocks: Blocks) -> None:
        self._blocks = blocks
        self._rest = b""
        self._row = 0
        self._lost = False

    def receive(self, data: bytes) -> None:
        """Take bytes."""
        data = self._rest + data
        at, end = 0, len(data)
        while at + HEAD <= end:
            size = data[at + 1] << 8 | data[at + 2]
            if size < LEAST or not data[at] or (self._lost and data[at] not in UAPS):
                self._skip(data[at])
                at += 1
                continue
            if at + size > end:
                break
            self._lost = False
            self._blocks.block(data[at : at + size], self._row)
            self._row += 1
            at += size
        self._rest = data[at:]

    def finish(self) -> None:
        """The stream ended: what is left is no whole block."""
        if len(self._rest) > HEAD and self._rest[0] in UAPS:
            self._blocks.rejects.add_one("block_cut", self._row, self._rest.hex())
            self._blocks.block(self._rest, self._row, is_cut=True)
        elif any(self._rest):
            self._blocks.rejects.add_one("block_length", self._row, self._rest.hex())
        elif self._rest and not self._lost:
            self._blocks.rejects.repaired("padding")
        self._rest = b""

    def _skip(self, octet: int) -> None:
        """Pass an octet that begins nothing; a run of them counts once: as padding if it began with a zero."""
        if not self._lost:
            if octet:
                self._blocks.rejects.add_one("block_length", self._row)
            else:
                self._blocks.rejects.repaired("padding")
        self._lost = True
