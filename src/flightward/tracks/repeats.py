"""Exact repeats of reports, recognised by sensor, time and values, within bounded memory."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from flightward.model import I64, ReportBatch

_MIX = np.uint64(0x9E3779B97F4A7C15)


def digest(reports: ReportBatch, rows: I64) -> NDArray[np.uint64]:
    """A 64-bit number (M,) that equal reports share; different ones differ but for one chance in 2^40 or so."""
    out = np.zeros(len(rows), dtype=np.uint64)
    for column in (
        reports.sensor, reports.t_s, reports.range_m, reports.azimuth_rad, reports.lat_rad, reports.lon_rad,
        reports.identity, reports.source_track,
    ):
        word = np.ascontiguousarray(column[rows]).view(np.uint64)
        out = (out ^ word) * _MIX
        out ^= out >> np.uint64(29)
    return out


class Repeats:
    """Remembers what was seen as long as a repeat would still be in time to be used."""

    def __init__(self, keep_s: float) -> None:
        self.keep_s = keep_s
        self._seen: set[int] = set()
        self._ages: list[tuple[float, list[int]]] = []

    def mask(self, reports: ReportBatch, rows: I64, now_s: float) -> NDArray[np.bool_]:
        """(M,) true where a row repeats an earlier one."""
        keys = digest(reports, rows).tolist()
        seen = self._seen
        out = np.zeros(len(keys), dtype=np.bool_)
        for i, key in enumerate(keys):
            if key in seen:
                out[i] = True
            else:
                seen.add(key)
        self._ages.append((now_s, keys))
        while self._ages and self._ages[0][0] < now_s - self.keep_s - 2.0:
            seen.difference_update(self._ages.pop(0)[1])
        return out
