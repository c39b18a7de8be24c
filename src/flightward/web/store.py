"""The frames of a day that has been played, compressed, in bounded memory.

When the bound is reached the past, except the newest minutes, is kept at twice the spacing: it is shown coarser, and
stays whole. A forecast is kept once, however many frames refer to it.
"""

from __future__ import annotations

import bisect
import zlib

from flightward.web.frames import Frame

KEEP_FINE_S = 120.0
"""The newest frames that are never thinned."""
_FAST = 1


class FrameStore:
    """Frames in order of time; the newest at or before any time is found at once."""

    def __init__(self, max_bytes: int) -> None:
        self._max_bytes = max_bytes
        self._times: list[float] = []
        self._bodies: list[bytes] = []
        self._issued: list[float] = []
        self._forecasts: dict[float, bytes] = {}
        self._n_bytes = 0
        self._spacing_s = 2.0

    def __len__(self) -> int:
        return len(self._times)

    @property
    def n_bytes(self) -> int:
        """Bytes held, compressed."""
        return self._n_bytes

    def add(self, frame: Frame) -> None:
        """Keep a frame; one that is not newer than the last is refused."""
        if self._times and frame.t_s <= self._times[-1]:
            raise ValueError(f"frame at {frame.t_s} is not newer than {self._times[-1]}")
        body = zlib.compress(frame.body, _FAST)
        self._times.append(frame.t_s)
        self._bodies.append(body)
        self._issued.append(frame.issued_s)
        self._n_bytes += len(body)
        if frame.forecast is not None and frame.issued_s not in self._forecasts:
            self._forecasts[frame.issued_s] = zlib.compress(frame.forecast, _FAST)
            self._n_bytes += len(self._forecasts[frame.issued_s])
        if self._n_bytes > self._max_bytes:
            self._thin()

    def at(self, t_s: float) -> Frame | None:
        """The newest frame at or before t_s; the first if there is none before; None if there are no frames."""
        if not self._times:
            return None
        row = max(bisect.bisect_right(self._times, t_s) - 1, 0)
        return Frame(self._times[row], zlib.decompress(self._bodies[row]), self._issued[row])

    def forecast(self, issued_s: float) -> bytes | None:
        """The forecast message of that issue."""
        packed = self._forecasts.get(issued_s)
        return None if packed is None else zlib.decompress(packed)

    def _thin(self) -> None:
        """Widen the spacing of the past, evenly, until a quarter of the room is free."""
        while True:
            fine = bisect.bisect_left(self._times, self._times[-1] - KEEP_FINE_S)
            self._keep(self._spaced(fine))
            if self._n_bytes <= 0.75 * self._max_bytes or fine < 2:
                return
            self._spacing_s *= 2.0

    def _spaced(self, fine: int) -> list[int]:
        keep, last_s = [], float("-inf")
        for row, t_s in enumerate(self._times):
            if row >= fine or t_s - last_s >= self._spacing_s:
                keep.append(row)
                last_s = t_s
        return keep

    def _keep(self, rows: list[int]) -> None:
        self._times = [self._times[row] for row in rows]
        self._bodies = [self._bodies[row] for row in rows]
        self._issued = [self._issued[row] for row in rows]
        used = set(self._issued)
        self._forecasts = {issued: body for issued, body in self._forecasts.items() if issued in used}
        self._n_bytes = sum(map(len, self._bodies)) + sum(map(len, self._forecasts.values()))
