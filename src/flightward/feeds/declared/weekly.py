"""Times of activity that come back by the week: days and times of day -> windows."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import NamedTuple

from flightward.feeds.declared.sun import DAY_S
from flightward.feeds.declared.zone import ZoneContext

UNBOUNDED_S = 400 * DAY_S
"""So far is worked out where neither the day nor the source sets an end; then it counts as always on."""
THURSDAY = 3
"""The weekday of 1 January 1970, Monday 0."""
PERIODS_MAX = 200
DAYS = ("MON", "TUE", "WED", "THU", "FRI", "SAT", "SUN")

Spans = list[tuple[float, float]]


class Period(NamedTuple):
    """On these weekdays (0 Monday) from begin_s to end_s after midnight UTC; an end not later is of the next day."""

    weekdays: frozenset[int]
    begin_s: float
    end_s: float


def within_day(
    from_s: float, to_s: float, ctx: ZoneContext, work_out: Callable[[float, float], Spans]
) -> tuple[Spans, set[str]]:
    """What `work_out(first_s, last_s)` gives for the part of [from_s, to_s] that matters for the day; and notes.

    from_s may be -inf, to_s NaN (open). Without an end in sight it is worked out for UNBOUNDED_S and then counts as
    active without a break (schedule_long).
    """
    first = max(from_s, ctx.start_s - DAY_S)
    last = ctx.end_s + DAY_S if math.isnan(to_s) else min(to_s, ctx.end_s + DAY_S)
    if math.isinf(first):
        return [(from_s, to_s)], {"schedule_unread"}
    if last <= first:
        return [(from_s, to_s)], set()
    if not last - first > UNBOUNDED_S:
        return work_out(first, last), set()
    last = first + UNBOUNDED_S
    return [*work_out(first, last), (last, to_s)], {"schedule_long"}


def weekly(periods: list[Period], first_s: float, last_s: float) -> Spans:
    """(begin, end) of every period in [first_s, last_s], in order, joined where they touch."""
    day = math.floor(first_s / DAY_S) - 2
    midnight_s = day * DAY_S
    spans: Spans = []
    weekday = day + THURSDAY
    while midnight_s <= last_s + DAY_S:
        for p in periods:
            if weekday % 7 in p.weekdays:
                begin, end = midnight_s + p.begin_s, midnight_s + p.end_s
                end += DAY_S * max(0, math.floor((begin - end) / DAY_S) + 1)
                if end > first_s and begin < last_s:
                    spans.append((max(begin, first_s), min(end, last_s)))
        midnight_s += DAY_S
        weekday += 1
    return joined(spans)


def joined(spans: Spans) -> Spans:
    """The spans in order, those that touch as one."""
    out: Spans = []
    for begin, end in sorted(spans):
        if out and begin <= out[-1][1]:
            out[-1] = (out[-1][0], max(out[-1][1], end))
        else:
            out.append((begin, end))
    return out
