"""Mode S messages in bytes: the frames of the Beast format, the remainder of the parity, and the receivers' counters.

Beast     1a, kind ('1' Mode A/C, '2' 7 octets, '3' 14 octets, '4' status of the receiver), six octets of time, one of
          signal strength, the message; an octet 1a within a frame stands twice. Kind e3 (readsb) is no message: eight
          octets name the receiver of what follows
Parity    24 bits; the remainder by the generator 1FFF409 is 0 where the address is not laid over it (DF 17, 18)

Sources: the format as dump1090 writes it; ICAO Annex 10 vol. IV, 3.1.2.3.3.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from flightward.kernels._jit import inner, kernel

ESCAPE = 0x1A
HEAD = 7
LONGEST = 14
RECEIVER = 0xE3
GENERATOR = 0xFFF409


def _table() -> NDArray[np.int64]:
    """(256,) what each octet that leaves the register adds to the remainder."""
    out = np.arange(256, dtype=np.int64) << 16
    for _ in range(8):
        out = np.where(out & 0x800000, (out << 1) ^ GENERATOR, out << 1) & 0xFFFFFF
    return out


TABLE = _table()


@kernel
def remainders(messages: NDArray[np.uint8], length: NDArray[np.int64], out: NDArray[np.int64]) -> None:
    """The remainder of N messages (N, 14) of `length` octets each."""
    for k in range(len(length)):
        crc = 0
        n = length[k]
        for i in range(n - 3):
            crc = ((crc << 8) & 0xFFFFFF) ^ TABLE[((crc >> 16) ^ messages[k, i]) & 255]
        for i in range(3):
            crc ^= int(messages[k, n - 3 + i]) << (16 - 8 * i)
        out[k] = crc


@inner
def _size(kind: int) -> int:
    """Octets that follow the kind of a frame; 0 if there is no such kind."""
    if kind == 0x31:
        return HEAD + 2
    if kind == 0x32:
        return HEAD + 7
    if kind == RECEIVER:
        return 8
    return HEAD + 14 if kind == 0x33 or kind == 0x34 else 0


@kernel
def frames(
    data: NDArray[np.uint8], is_lost: int, kind_out: NDArray[np.int64], ticks_out: NDArray[np.int64],
    signal_out: NDArray[np.int64], message_out: NDArray[np.uint8], state_out: NDArray[np.int64],
) -> int:
    """The whole frames in `data`; how many. Room for len(data) // 9 + 1 rows is always enough.

    is_lost: 1 if what stood before `data` was already no frame. out: kind_out, ticks_out, signal_out (N,),
    message_out (N, 14) with zeros after shorter ones; state_out (3,): octets used up, runs of octets that are no
    frame (each counts once), and whether the last of them goes on.
    """
    n, at, end, n_bad, lost = 0, 0, len(data), 0, is_lost
    while at < end:
        if data[at] == ESCAPE and at + 1 >= end:
            break
        size = _size(int(data[at + 1])) if data[at] == ESCAPE else 0
        if size == 0:
            n_bad += 1 - lost
            lost = 1
            # an escaped 1a is passed whole: its second half begins nothing
            at += 2 if data[at] == ESCAPE and data[at + 1] == ESCAPE else 1
            continue
        message_out[n] = 0
        ticks, signal, got, to = 0, 0, 0, at + 2
        broken = False
        while got < size and to < end:
            octet = int(data[to])
            if octet == ESCAPE:
                if to + 1 >= end:
                    break
                if data[to + 1] != ESCAPE:
                    broken = True
                    break
                to += 1
            to += 1
            if got < 6:
                ticks = ticks << 8 | octet
            elif got == 6:
                signal = octet
            else:
                message_out[n, got - HEAD] = octet
            got += 1
        if broken:
            n_bad += 1 - lost
            lost = 1
            at = to
            continue
        if got < size:
            break
        if data[at + 1] != RECEIVER:
            kind_out[n], ticks_out[n], signal_out[n] = data[at + 1], ticks, signal
            n += 1
        at, lost = to, 0
    state_out[0], state_out[1], state_out[2] = at, n_bad, lost
    return n


WRAP = 1 << 48
TICK_HZ = 12_000_000
EARLY, SMALL, GAP = TICK_HZ, 30 * TICK_HZ, 3_600 * TICK_HZ
"""How far a counter may go back, or on, from one message to the next; and what a silence may last."""
RUN_SPAN, RUN_READINGS, HELD_MAX = 2 * TICK_HZ, 10, 10_000
"""What confirms a silence: so long, and so many readings, by the new count alone; or so many messages."""
N_CLOCKS = 256


@inner
def _step(last: int, read: int) -> int:
    """Ticks from one reading to another, across the end of the counter."""
    return (read - last + WRAP // 2) % WRAP - WRAP // 2


@inner
def _clock_of(read: int, clocks: NDArray[np.int64], n: int, now: int) -> tuple[int, int]:
    """Which of n counters a reading goes on from, and when it was; -1 if from none."""
    best, best_at = -1, now
    for i in range(n):
        at = clocks[i, 1] + _step(clocks[i, 0], read)
        if -EARLY <= at - now <= SMALL and (best < 0 or abs(at - now) < abs(best_at - now)):
            best, best_at = i, at
    return best, best_at


@inner
def _is_silence(
    read: NDArray[np.int64], k: int, is_ended: int, clocks: NDArray[np.int64], n: int, now: int
) -> int:
    """Is the reading k, far on from the others, the first after a silence: 1, 0, or -1 if what follows must tell.

    It is if those that follow go on from it; if one goes on from before, another receiver began to speak.
    """
    last, span, n_run = read[k], 0, 1
    for j in range(k + 1, min(len(read), k + HELD_MAX)):
        if read[j] < 0:
            continue
        step = _step(last, read[j])
        if _clock_of(read[j], clocks, n, now)[0] >= 0 or not -EARLY <= step <= GAP:
            return 0
        last, span, n_run = read[j], span + step, n_run + 1
        if n_run >= RUN_READINGS and span >= RUN_SPAN:
            return 1
    if is_ended or len(read) - k >= HELD_MAX:
        return int(n_run > 1)
    return -1


@kernel
def follow_clocks(
    read: NDArray[np.int64], is_ended: int, clocks: NDArray[np.int64], state: NDArray[np.int64],
    t_out: NDArray[np.float64],
) -> int:
    """Times of N readings of counters, -1 not given, in order of arrival; of how many they are settled.

    Several receivers may speak by turns, each with its own count: a reading belongs to the counter by which it is
    nearest to the time now. One that goes on from none (back by over EARLY, on by over GAP, or on by over SMALL and
    not confirmed by those that follow) is a new counter, whose first reading is now. Where those that follow are
    wanted and is_ended is 0, the readings from there on are not settled: they are to be given again, with more.

    clocks (N_CLOCKS, 2) the last reading of each and when it was, and state (3,) how many there are, the row of the
    last that spoke, and how many followed the first, in and out.
    out: t_out (N,) seconds since the first reading; where not given, that of the reading before, NaN before the first.
    """
    n, newest, n_new = state[0], state[1], state[2]
    k = 0
    while k < len(read):
        if read[k] >= 0:
            now = clocks[newest, 1] if n else 0
            row, at = _clock_of(read[k], clocks, n, now)
            if row < 0 and n:
                step = _step(clocks[newest, 0], read[k])
                silent = _is_silence(read, k, is_ended, clocks, n, now) if SMALL < step <= GAP else 0
                if silent < 0:
                    break
                if silent:
                    row, at = newest, now + step
            if row < 0:
                row, n_new = n, n_new + (n > 0)
                if n < len(clocks):
                    n += 1
                else:
                    row = int(np.argmin(clocks[:, 1]))
            clocks[row, 0], clocks[row, 1] = read[k], at
            newest = row
        t_out[k] = clocks[newest, 1] / TICK_HZ if n else np.nan
        k += 1
    state[0], state[1], state[2] = n, newest, n_new
    return k
