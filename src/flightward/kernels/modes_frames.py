"""Mode S messages in bytes: the frames of the Beast format, and the remainder of the parity.

Beast     1a, kind ('1' Mode A/C, '2' 7 octets, '3' 14 octets, '4' status of the receiver), six octets of time, one of
          signal strength, the message; an octet 1a within a frame stands twice
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
    """Octets of the message of a kind of frame; 0 if there is no such kind."""
    if kind == 0x31:
        return 2
    if kind == 0x32:
        return 7
    return 14 if kind == 0x33 or kind == 0x34 else 0


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
        while got < HEAD + size and to < end:
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
        if got < HEAD + size:
            break
        kind_out[n], ticks_out[n], signal_out[n] = data[at + 1], ticks, signal
        n, at, lost = n + 1, to, 0
    state_out[0], state_out[1], state_out[2] = at, n_bad, lost
    return n
