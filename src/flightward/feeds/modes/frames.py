"""Mode S messages with their time and strength, from Beast bytes and AVR lines.

Beast    kernels/modes_frames.py. The time is that of a counter of 12 MHz, or (Radarcape, option clock = "gps") seconds
         of the day in 18 bits and nanoseconds in 30; the strength is the amplitude, 255 the receiver's full scale
AVR      lines of hexadecimal digits that end in ";": "*" a message; "@" six octets of time and a message; "<" six
         octets of time, one of strength and a message

Sources: the formats as dump1090 and the Mode-S Beast write them (wiki.jetvision.de, Mode-S Beast:Data Output Formats).
"""

from __future__ import annotations

import dataclasses
import math

import numpy as np
from numpy.typing import NDArray

from flightward.feeds.rows import Rejects
from flightward.kernels import modes_frames
from flightward.kernels.asterix_walk import on_days
from flightward.model import F64, I64

TICK_HZ = 12e6
WRAP = 1 << 48
GAP_S = 3_600.0
EARLY_S = 1.0
MLAT = 0xFF004D4C4154
"""The time that MLAT servers put on positions that they worked out: "MLAT" in letters."""
LINE_MAX = 256
_SIZES = {14: 7, 28: 14, 4: 2}
_HEX = frozenset(b"0123456789abcdefABCDEF")


@dataclasses.dataclass(frozen=True)
class Frames:
    """N messages: octets (N, 14), length (N,), ticks (N,) -1 not given, strength (N,) to 255, 0 not given, row (N,)."""

    octets: NDArray[np.uint8]
    length: I64
    ticks: I64
    strength: I64
    row: I64

    def take(self, rows: I64) -> Frames:
        """The same with only `rows`."""
        return Frames(self.octets[rows], self.length[rows], self.ticks[rows], self.strength[rows], self.row[rows])

    def signal_db(self) -> F64:
        """(N,) strength below full scale, NaN where not given."""
        with np.errstate(divide="ignore"):
            return np.where(self.strength > 0, 20.0 * np.log10(self.strength / 255.0), np.nan)


class BeastFrames:
    """`receive(bytes)`, then `take()`."""

    def __init__(self, rejects: Rejects) -> None:
        self.rejects = rejects
        self._rest = b""
        self._is_lost = 0
        self._row = 0
        self._found: list[Frames] = []

    def receive(self, data: bytes) -> None:
        """Take bytes, cut anywhere."""
        octets = np.frombuffer(self._rest + data, dtype=np.uint8)
        room = len(octets) // 9 + 1
        kind, ticks, strength = (np.empty(room, dtype=np.int64) for _ in range(3))
        message, state = np.empty((room, modes_frames.LONGEST), dtype=np.uint8), np.empty(3, dtype=np.int64)
        n = int(modes_frames.frames(octets, self._is_lost, kind, ticks, strength, message, state))
        self._rest, self._is_lost = octets[state[0] :].tobytes(), int(state[2])
        for _ in range(int(state[1])):
            self.rejects.add_one("frame", self._row)
        length = np.select([kind[:n] == 0x31, kind[:n] == 0x32, kind[:n] == 0x33], [2, 7, 14], 0)
        row = np.arange(self._row, self._row + n, dtype=np.int64)
        self._found.append(Frames(message[:n], length.astype(np.int64), ticks[:n], strength[:n], row))
        self._row += n

    @property
    def n_seen(self) -> int:
        """How many messages there were so far."""
        return self._row

    def finish(self) -> None:
        """The bytes ended: what is left is no whole frame."""
        if self._rest:
            self.rejects.add_one("cut", self._row, self._rest.hex())
        self._rest = b""

    def take(self) -> Frames:
        """The messages since the last call."""
        found, self._found = self._found, []
        return joined(found)


class AvrFrames:
    """`receive(bytes)`, then `take()`."""

    def __init__(self, rejects: Rejects) -> None:
        self.rejects = rejects
        self._rest = b""
        self._row = 0
        self._found: list[tuple[bytes, int, int, int]] = []

    def receive(self, data: bytes) -> None:
        """Take bytes, cut anywhere."""
        *lines, rest = (self._rest + data).split(b";")
        for line in lines:
            self._line(line.strip())
        # what never ends is no line: it is dropped once, and its end with it
        self._rest = rest if len(rest) <= LINE_MAX else rest[: LINE_MAX + 1]

    @property
    def n_seen(self) -> int:
        """How many lines there were so far."""
        return self._row

    def finish(self) -> None:
        """The bytes ended: what is left is no whole line."""
        if self._rest.strip():
            self.rejects.add_one("cut", self._row, self._rest.decode("latin-1"))
        self._rest = b""

    def take(self) -> Frames:
        """The messages since the last call."""
        found, self._found = self._found, []
        octets = np.frombuffer(b"".join(m.ljust(modes_frames.LONGEST, b"\0") for m, *_ in found), dtype=np.uint8)
        rest = np.array([(len(m), ticks, strength, row) for m, ticks, strength, row in found], dtype=np.int64)
        rest = rest.reshape(len(found), 4)
        columns = [np.ascontiguousarray(rest[:, k]) for k in range(4)]
        return Frames(octets.reshape(len(found), modes_frames.LONGEST), *columns)

    def _line(self, line: bytes) -> None:
        row, self._row = self._row, self._row + 1
        head = {b"*": 0, b"@": 12, b"<": 14}.get(line[:1])
        body = line[1:]
        if head is None or len(body) - head not in _SIZES or not _HEX.issuperset(body):
            self.rejects.add_one("line", row, line[:LINE_MAX].decode("latin-1"))
            return
        octets = bytes.fromhex(body.decode("ascii"))
        ticks = int.from_bytes(octets[:6], "big") if head else -1
        strength = octets[6] if head == 14 else 0
        self._found.append((octets[head // 2 :], ticks, strength, row))


def joined(parts: list[Frames]) -> Frames:
    """One batch of several."""
    parts = parts or [
        Frames(np.zeros((0, modes_frames.LONGEST), dtype=np.uint8), *(np.zeros(0, dtype=np.int64) for _ in range(4)))
    ]
    return Frames(*(np.concatenate([getattr(p, f.name) for p in parts]) for f in dataclasses.fields(Frames)))


class Ticks:
    """Counter readings -> POSIX times: from `start_s` at the first, each as far on as the counter went.

    A counter that jumps (back by more than EARLY_S, on by more than GAP_S: another receiver, a restart) goes on from
    where it was, and is counted.
    """

    def __init__(self, start_s: float, *, is_gps: bool) -> None:
        self._now_s = start_s
        self._last = -1
        self._is_gps = is_gps
        self._days = np.array([start_s, -1.0, math.nan])

    def times(self, ticks: I64, rejects: Rejects) -> F64:
        """(N,) times; NaN where there is no reading."""
        out = np.full(len(ticks), np.nan)
        given = np.flatnonzero(ticks >= 0)
        if not len(given):
            return out
        if self._is_gps:
            tod_s = (ticks >> 30) + (ticks & 0x3FFFFFFF) * 1e-9
            tod_s = np.where((ticks >= 0) & (tod_s < 86_400.0), tod_s, np.nan)
            on_days(tod_s, self._days, out)
            return out
        read = ticks[given]
        step = np.diff(read, prepend=read[0] if self._last < 0 else self._last)
        step = np.where(step < -(WRAP // 2), step + WRAP, step)
        jumped = (step < -EARLY_S * TICK_HZ) | (step > GAP_S * TICK_HZ)
        rejects.repaired("clock_jump", int(np.count_nonzero(jumped)))
        total = np.cumsum(np.where(jumped, 0, step))
        out[given] = self._now_s + total / TICK_HZ
        self._now_s, self._last = float(out[given[-1]]), int(read[-1])
        return out
