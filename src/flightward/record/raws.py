"""Raw messages on their way into a recording: bytes as received, by feed, until their step or their limit comes."""

from __future__ import annotations

import itertools
import threading

import numpy as np

from flightward.model import F64
from flightward.record.schema import encode

Waiting = dict[int, tuple[list[float], list[bytes]]]
"""Raw messages by feed: when each was received, and its bytes."""


class RawInbox:
    """Raw messages that wait. Safe between threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._waiting: Waiting = {}
        self.n_bytes = 0

    def add(self, feed: int, t_rx_s: float, data: bytes) -> int:
        """Take one message; the bytes that wait now."""
        with self._lock:
            waiting = self._waiting.get(feed)
            if waiting is None:
                waiting = self._waiting[feed] = ([], [])
            waiting[0].append(t_rx_s)
            waiting[1].append(data)
            self.n_bytes += len(data)
            return self.n_bytes

    def take(self) -> Waiting:
        """All that wait, by feed; they wait no longer."""
        with self._lock:
            out, self._waiting, self.n_bytes = self._waiting, {}, 0
            return out


def pack(feed: int, salt: bytes, t_rx_s: list[float], messages: list[bytes]) -> bytes:
    """The message of raw messages."""
    start = np.fromiter(itertools.accumulate(map(len, messages), initial=0), dtype="<i8", count=len(messages) + 1)
    columns = {"t_rx_s": np.array(t_rx_s, dtype="<f8").tobytes(), "start": start.tobytes(), "data": b"".join(messages)}
    return encode({"feed": feed, "salt": salt, "columns": columns})


def unpack(values: dict[str, dict[str, bytes]]) -> tuple[F64, list[bytes]]:
    """(when received (N,), the messages) of a decoded message. Errors: KeyError, ValueError."""
    columns = values["columns"]
    start = np.frombuffer(columns["start"], dtype="<i8").tolist()
    data = columns["data"]
    return np.frombuffer(columns["t_rx_s"], dtype="<f8"), [data[a:b] for a, b in itertools.pairwise(start)]
