"""Mode S messages with their time and strength, from Beast bytes and AVR lines.

Beast    kernels/modes_frames.py. The time is that of a counter of 12 MHz, or (Radarcape, option clock = "gps") seconds
         of the day in 18 bits and nanoseconds in 30; the strength is the amplitude, 255 the receiver's full scale
AVR      hexadecimal digits that end in ";" or with the line: "*" or ":" a message; "@" or "%" six octets of time and a
         message; "<" six octets of time, one of strength and a message

A time of 0 is none, nor are readsb's FF 00 4D 4C 41 .., "MLA" in letters (T: worked out by MLAT; U: heard over UAT).

Sources: the formats as dump1090 and the Mode-S Beast write them (wiki.jetvision.de, Mode-S Beast:Data Output Formats);
dump1090, decodeHexMessage; readsb.h.
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

MLAT = 0xFF004D4C4154
"""The time that MLAT servers put on positions that they worked out: "MLAT" in letters."""
LINE_MAX = 256
_SIZES = (4, 14, 28)
_HEADS = {b"*": 0, b":": 0, b"@": 12, b"%": 12, b"<": 14}
"""What begins a line -> how many digits stand before the message."""
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
        *lines, rest = (self._rest + data).replace(b"\n", b";").split(b";")
        for line in lines:
            if (len(line) > LINE_MAX or line.strip()) and not self._is_taken(line):
                self.rejects.add_one("line", self._row, line[:LINE_MAX].decode("latin-1"))
                self._row += 1
        # what never ends is no line: it is dropped once, and its end with it
        self._rest = rest if len(rest) <= LINE_MAX else rest[: LINE_MAX + 1]

    @property
    def n_seen(self) -> int:
        """How many lines there were so far."""
        return self._row

    def finish(self) -> None:
        """The bytes ended: what is left is a line if it is whole."""
        if self._rest.strip() and not self._is_taken(self._rest):
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

    def _is_taken(self, line: bytes) -> bool:
        """Keep the message of a line; False if it holds none."""
        text = line.strip()
        head, body = _HEADS.get(text[:1]), text[1:]
        if len(line) > LINE_MAX or head is None or len(body) - head not in _SIZES or not _HEX.issuperset(body):
            return False
        octets = bytes.fromhex(body.decode("ascii"))
        ticks = int.from_bytes(octets[:6], "big") if head else -1
        strength = octets[6] if head == 14 else 0
        self._found.append((octets[head // 2 :], ticks, strength, self._row))
        self._row += 1
        return True


def joined(parts: list[Frames]) -> Frames:
    """One batch of several."""
    parts = parts or [
        Frames(np.zeros((0, modes_frames.LONGEST), dtype=np.uint8), *(np.zeros(0, dtype=np.int64) for _ in range(4)))
    ]
    return Frames(*(np.concatenate([getattr(p, f.name) for p in parts]) for f in dataclasses.fields(Frames)))


def is_stamped(ticks: I64) -> NDArray[np.bool_]:
    """(N,) which messages have a time of their receiver."""
    return np.asarray((ticks > 0) & (ticks >> 8 != MLAT >> 8))


class Ticks:
    """Counter readings -> POSIX times: from `start_s` at the first, each as far on as its counter went.

    Whose counters they are, and what is a silence, is told in kernels/modes_frames.py. A counter that is new (another
    receiver, a restart) goes on from the time that it was, and is counted. Where no time is given it is the last one.
    """

    def __init__(self, start_s: float, *, is_gps: bool) -> None:
        self._start_s = start_s
        self._is_gps = is_gps
        self._days = np.array([start_s, -1.0, math.nan])
        self._last_s = math.nan
        self._clocks = np.zeros((modes_frames.N_CLOCKS, 2), dtype=np.int64)
        self._state = np.zeros(3, dtype=np.int64)

    def times(self, ticks: I64, rejects: Rejects, *, is_ended: bool) -> F64:
        """(M,) times of the first M of N readings; the others are to be given again, with those that follow, or at the
        end. NaN where there is none yet, or one that cannot be."""
        read = np.where(is_stamped(ticks), ticks, -1)
        if self._is_gps:
            return self._of_day(read)
        elapsed_s, n_before = np.empty(len(read)), int(self._state[2])
        n = modes_frames.follow_clocks(read, int(is_ended), self._clocks, self._state, elapsed_s)
        rejects.repaired("clock_jump", int(self._state[2]) - n_before)
        return np.asarray(self._start_s + elapsed_s[:n])

    def _of_day(self, read: I64) -> F64:
        tod_s = (read >> 30) + (read & 0x3FFFFFFF) * 1e-9
        tod_s = np.where((read >= 0) & (tod_s < 86_400.0), tod_s, np.nan)
        out = np.empty(len(read))
        on_days(tod_s, self._days, out)
        given = np.flatnonzero(np.isfinite(out))
        with_last = np.append(self._last_s, out[given])
        self._last_s = float(with_last[-1])
        return np.where(read < 0, with_last[np.searchsorted(given, np.arange(len(read)), side="right")], out)
