"""Data blocks in datagrams and in streams: category (one octet), length with these three octets (two), records.

A datagram is whole blocks, and may end in zeros. Where a length is wrong, a block does not fit its records, or other
octets stand between blocks (once a run: `block_length`), the next head is looked for octet by octet, to the end of the
datagram or of the stream: one is believed whose records fit it exactly and behind which another begins, or the end
(kernels/asterix_walk.py). A block of a category that is not read is passed over only if it leads to such a head.

Source: EUROCONTROL-SPEC-0149, ASTERIX part 1, edition 3.1, section 5.2.1.
"""

from __future__ import annotations

import dataclasses

import numpy as np
from numpy.typing import NDArray

from flightward.feeds.asterix.layouts import uaps
from flightward.feeds.asterix.records import PAD
from flightward.feeds.rows import Rejects
from flightward.kernels import asterix_walk as walk
from flightward.model import F64, I8, I64

HEAD = walk.HEAD
SHOWN = 100
"""Octets of what was kept aside that are shown."""


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


class Datagrams:
    """The blocks of datagrams: `datagram` for each, then `take`."""

    def __init__(self, rejects: Rejects) -> None:
        self._rejects = rejects
        self._pieces: list[bytes] = []
        self._size = 0
        self._parts: list[tuple[int, int, bool, int, float]] = []

    def datagram(self, payload: bytes, row: int, t_rx_s: float, *, is_cut: bool = False) -> None:
        """Take a datagram; is_cut: the capture did not keep all of it."""
        self._parts.append((self._size, self._size + len(payload), is_cut, row, t_rx_s))
        self._pieces.append(payload)
        self._size += len(payload)

    def take(self) -> Batch:
        """The blocks since the last call."""
        data = _padded(self._pieces)
        columns = list(zip(*self._parts, strict=True)) if self._parts else [()] * 5
        start, end, is_cut, row = (np.array(c, dtype=np.int64) for c in columns[:4])
        t_rx_s, state = np.array(columns[4], dtype=np.float64), np.zeros(5, dtype=np.int64)
        self._pieces, self._size, self._parts = [], 0, []
        found, told = _search(data, start, end, is_cut.astype(np.int8), state, is_stream=False, is_over=True)
        full = set(found[:, 3].tolist())
        for code, part, at, _ in told.tolist():
            # one with no block in it is none of ASTERIX
            reason = "block_cut" if code == walk.CUT_SHORT else "block_length" if part in full else "not_asterix"
            shown = bytes(data[at : min(end[part], at + SHOWN)]).hex()
            _tell(self._rejects, code, reason, int(row[part]), shown, float(t_rx_s[part]))
        return _batch(data, found, row[found[:, 3]], t_rx_s[found[:, 3]])


class Stream:
    """The blocks of bytes that are cut anywhere: `receive`, then `take`; at the end `finish`."""

    def __init__(self, rejects: Rejects) -> None:
        self._rejects = rejects
        self._rest = bytearray()
        self._need = 1
        self._row = 0
        self._state = np.array([walk.IN_STEP, -1, walk.CREDIT, 0, 0], dtype=np.int64)
        self._pieces: list[bytes] = []
        self._size = 0
        self._found: list[I64] = []

    def receive(self, data: bytes) -> None:
        """Take bytes."""
        self._rest += data
        if len(self._rest) >= self._need:
            self._go_on(is_over=False)

    def finish(self) -> None:
        """The stream ended."""
        self._go_on(is_over=True)

    def take(self) -> Batch:
        """The blocks since the last call."""
        found = np.concatenate([np.zeros((0, 4), dtype=np.int64), *self._found])
        data = _padded(self._pieces)
        self._pieces, self._size, self._found = [], 0, []
        row = self._row - len(found) + np.arange(len(found), dtype=np.int64)
        return _batch(data, found, row, np.full(len(found), np.nan))

    def _go_on(self, *, is_over: bool) -> None:
        """Find the blocks in what there is, and keep what may begin another."""
        raw = bytes(self._rest)
        data, whole = np.frombuffer(raw, dtype=np.uint8), np.array([len(raw)], dtype=np.int64)
        none, state = np.zeros(1, dtype=np.int64), self._state
        found, told = _search(data, none, whole, none.astype(np.int8), state, is_stream=True, is_over=is_over)
        for code, _, at, before in told.tolist():
            reason = "block_cut" if code == walk.CUT_SHORT else "block_length"
            _tell(self._rejects, code, reason, self._row + before, raw[at : at + SHOWN].hex())
        if len(found):
            # a block whose records do not fit it may end behind where the search goes on
            kept = raw[: int(found[:, 1].max())]
            self._pieces.append(kept)
            self._found.append(found + np.array([self._size, self._size, 0, 0]))
            self._size += len(kept)
            self._row += len(found)
        at, need = state[3:].tolist()
        state[1] = state[1] - at if state[1] >= at else -1
        del self._rest[:at]
        self._need = need - at


def _search(
    data: NDArray[np.uint8], start: I64, end: I64, is_cut: I8, state: I64, *, is_stream: bool, is_over: bool
) -> tuple[I64, I64]:
    """What kernels.asterix_walk.blocks finds and tells."""
    n, n_told, room, room_told, before = -1, -1, 2 * len(start) + 64, len(start) + 64, state.copy()
    while n < 0 or n > room or n_told > room_told:
        room, room_told = max(room, n), max(room_told, n_told)
        found, told = np.empty((room, 4), dtype=np.int64), np.empty((room_told, 4), dtype=np.int64)
        state[:] = before
        n, n_told = walk.blocks(data, start, end, is_cut, is_stream, is_over, uaps(), state, found, told)
    return found[:n], told[:n_told]


def _tell(rejects: Rejects, code: int, reason: str, row: int, shown: str, t_rx_s: float = np.nan) -> None:
    if code == walk.PADDING:
        rejects.repaired("padding")
    else:
        rejects.add_one(reason, row, shown, t_rx_s)


def _padded(pieces: list[bytes]) -> NDArray[np.uint8]:
    return np.frombuffer(b"".join([*pieces, bytes(PAD)]), dtype=np.uint8)


def _batch(data: NDArray[np.uint8], found: I64, row: I64, t_rx_s: F64) -> Batch:
    start, end, is_cut, _ = found.T
    return Batch(data, data[start - HEAD].astype(np.int64), start, end, is_cut.astype(np.int8), row, t_rx_s)
