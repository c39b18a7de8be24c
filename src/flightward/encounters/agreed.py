"""When a zone bars a flight, by what is known now: its windows, less those in which its authority lets the flight
pass. What threats and advice both ask."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from flightward.model.agreed import AgreedBatch
from flightward.model.zones import ZoneBatch

Span = tuple[float, float]


class Barrier(NamedTuple):
    """A zone's row and when it bars (POSIX s, +inf: no end known). `part` counts what agreed windows cut apart."""

    zone: int
    from_s: float
    to_s: float
    part: int = 0


def known_windows(zones: ZoneBatch, zone: int, now_s: float) -> list[Span]:
    """(from, to) of a zone's windows that are known at `now_s` and not over; +inf: the end is not known.

    The rule is that of ZoneBatch.active_at: nothing reads ahead.
    """
    out = []
    for w in range(int(zones.window_start[zone]), int(zones.window_start[zone + 1])):
        published = bool(zones.published_s[w] <= now_s)
        if (zones.from_s[w] > now_s and not published) or zones.to_s[w] <= now_s:
            continue
        end = float(zones.to_s[w]) if published and not np.isnan(zones.to_s[w]) else np.inf
        out.append((float(zones.from_s[w]), end))
    return out


def open_spans(agreed: AgreedBatch, flight: int, zone: int, now_s: float) -> list[tuple[float, float, int]]:
    """(from, to, row) of the windows in which a flight may be in a zone, as known at `now_s`, in order of time."""
    rows = agreed.rows_of(flight, zone, now_s) if len(agreed) else []
    return sorted((float(agreed.from_s[w]), float(agreed.to_s[w]), w) for w in rows)


def less(span: Span, opened: list[tuple[float, float, int]]) -> list[Span]:
    """What is left of a span without those that are open, which stand in order of their begin."""
    out, (begin, end) = [], span
    for a, b, _ in opened:
        if begin < min(a, end):
            out.append((begin, min(a, end)))
        begin = max(begin, b)
    return [*out, (begin, end)] if begin < end else out


def barriers_of(zones: ZoneBatch, agreed: AgreedBatch, zone: int, flight: int, now_s: float) -> list[Barrier]:
    """When one zone bars one flight."""
    opened = open_spans(agreed, flight, zone, now_s)
    if not opened:
        return [Barrier(zone, *span) for span in known_windows(zones, zone, now_s)]
    parts = [part for span in known_windows(zones, zone, now_s) for part in less(span, opened)]
    return [Barrier(zone, *part, k) for k, part in enumerate(parts)]
