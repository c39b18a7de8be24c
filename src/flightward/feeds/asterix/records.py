"""Records of one category in a buffer, and their items as columns: numbers with NaN, bits with NONE where absent."""

from __future__ import annotations

import dataclasses

import numpy as np
from numpy.typing import NDArray

from flightward.feeds.asterix.layouts import Layout
from flightward.kernels import asterix_walk
from flightward.model import F64, I8, I64, NONE

REASONS = {
    asterix_walk.CUT: "record_cut", asterix_walk.SPARE_ITEM: "spare_item", asterix_walk.EMPTY_ITEM: "empty_item",
    asterix_walk.MISSING_ITEM: "missing_item",
}  # fmt: skip
PAD = 16
"""Octets of 0 that the buffer has after its last block, so that no gather reaches beyond it."""
_CODE_6 = np.frombuffer(
    b"\0ABCDEFGHIJKLMNOPQRSTUVWXYZ" + bytes(5) + b" " + bytes(15) + b"0123456789" + bytes(6), dtype=np.uint8
)


@dataclasses.dataclass(frozen=True)
class Records:
    """R records: block (R,) that each stands in; offsets (R, S) int32 where its items stand in `data`, -1 absent."""

    layout: Layout
    data: NDArray[np.uint8]
    block: I64
    offsets: NDArray[np.int32]

    def __len__(self) -> int:
        return len(self.block)

    def has(self, item: str) -> NDArray[np.bool_]:
        """(R,) is the item there; never, if the edition does not know it."""
        slot = self.layout.slots.get(item)
        if slot is None:
            return np.zeros(len(self), dtype=np.bool_)
        return np.asarray(self.offsets[:, slot] >= 0)

    def whole(self, item: str, size: int, at: int = 0) -> I64:
        """(R,) `size` octets of the item from octet `at` as a whole number; 0 where it is absent."""
        slot = self.layout.slots[item]
        place = np.maximum(self.offsets[:, slot].astype(np.int64), 0) + at
        out = self.data[place].astype(np.int64)
        for k in range(1, size):
            out = (out << 8) | self.data[place + k]
        return np.where(self.offsets[:, slot] >= 0, out, 0)

    def number(
        self, item: str, size: int, lsb: float, at: int = 0, *, signed: bool = False, bits: int = 0, drop: int = 0
    ) -> F64:
        """(R,) the octets as a number of `lsb`, NaN where absent; `bits` of them after dropping the lowest `drop`."""
        width = bits or 8 * size
        raw = (self.whole(item, size, at) >> drop) & ((1 << width) - 1)
        if signed:
            raw = np.where(raw >> (width - 1), raw - (1 << width), raw)
        return np.where(self.has(item), raw * lsb, np.nan)

    def bits(self, item: str, octet: int, low: int, width: int = 1, *, chained: bool = False) -> I64:
        """(R,) `width` bits of an octet above bit `low` (0 the lowest), NONE where absent.

        chained: the item's octets stand only if the lowest bit of the one before says so.
        """
        there = self.has(item)
        if chained:
            for k in range(octet):
                there = there & (self.whole(item, 1, k) & 1 == 1)
        return np.where(there, (self.whole(item, 1, octet) >> low) & ((1 << width) - 1), NONE)

    def text(self, item: str, size: int, at: int = 0) -> list[str]:
        """The octets as ASCII, one text per record; "" where absent; what cannot be printed becomes "?"."""
        slot = self.layout.slots.get(item)
        if slot is None:
            return [""] * len(self)
        out = []
        for place in self.offsets[:, slot].tolist():
            raw = bytes(self.data[place + at : place + at + size]) if place >= 0 else b""
            out.append("".join(chr(b) if 32 <= b < 127 else "?" for b in raw.rstrip(b"\0")).strip())
        return out


def find(
    data: NDArray[np.uint8], start: I64, end: I64, is_cut: I8, layouts: tuple[Layout, ...]
) -> tuple[list[Records], I8]:
    """The records of B blocks of one category, by edition, and (B,) the status of each block.

    data: with PAD octets after the last block. A block that does not fit the first edition is tried with the next.
    """
    status = np.full(len(start), asterix_walk.OK, dtype=np.int8)
    todo = np.arange(len(start), dtype=np.int64)
    found: list[Records] = []
    for layout in layouts:
        if not len(todo):
            break
        # blocks cut short fit any edition as far as they go: the first one's it is
        mine = _walk(data, start[todo], end[todo], is_cut[todo] if not found else np.zeros(len(todo), np.int8), layout)
        got, block_status = mine
        if not found:
            status[todo] = block_status
        else:
            status[todo[block_status == asterix_walk.OK]] = asterix_walk.OK
        found.append(dataclasses.replace(got, block=todo[got.block]))
        todo = todo[(block_status != asterix_walk.OK) & (is_cut[todo] == 0)]
    return found, status


def _walk(data: NDArray[np.uint8], start: I64, end: I64, is_cut: I8, layout: Layout) -> tuple[Records, I8]:
    status = np.empty(len(start), dtype=np.int8)
    args = (data, np.ascontiguousarray(start), np.ascontiguousarray(end), np.ascontiguousarray(is_cut))
    room, n = 2 * len(start) + 8, -1
    while n > room or n < 0:
        room = max(room, n)
        offsets = np.empty((room, len(layout.slots)), dtype=np.int32)
        block = np.empty(room, dtype=np.int64)
        n = int(asterix_walk.walk(*args, layout.nodes, layout.needed, offsets, block, status))
    return Records(layout, data, block[:n], offsets[:n]), status


def callsigns(six: I64) -> list[str]:
    """Texts of (N,) 48-bit numbers of eight characters of six bits (ICAO Annex 10 vol. IV, table 3-9); "" if odd."""
    codes = np.stack([(six >> shift) & 63 for shift in range(42, -1, -6)], axis=1)
    letters = _CODE_6[codes].astype(np.uint8)
    texts = [row.tobytes().decode("ascii") for row in letters]
    return ["" if "\0" in text.rstrip("\0 ") else text.rstrip("\0 ") for text in texts]
