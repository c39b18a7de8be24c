"""Items B, C and D -> when a NOTAM is in force, and when that was known."""

from __future__ import annotations

import datetime
import math
import re
from typing import NamedTuple

from flightward.feeds.declared import ZoneContext
from flightward.feeds.declared.weekly import within_day
from flightward.feeds.isotime import iso_s
from flightward.feeds.notam import schedule
from flightward.feeds.notam.messages import Notam

_TEN = re.compile(r"^(\d{2})(\d{2})(\d{2})(\d{2})(\d{2})(?!\d)")


class Validity(NamedTuple):
    """From and to in POSIX s (-inf: always was; NaN: open), when it was published (NaN unknown), and notes."""

    from_s: float
    to_s: float
    published_s: float
    notes: frozenset[str]


def moment_s(text: str) -> float:
    """POSIX s of YYMMDDHHMM in UTC; 2400 is the end of the day; NaN if it is none. The century is 2000."""
    found = _TEN.match("".join(text.split()))
    if not found:
        return math.nan
    year, month, day, hour, minute = (int(v) for v in found.groups())
    try:
        date = datetime.datetime(2000 + year, month, day, tzinfo=datetime.UTC)
    except ValueError:
        return math.nan
    if hour > 24 or minute > 59 or (hour == 24 and minute):
        return math.nan
    # The last minute of a day is how its end is written.
    return date.timestamp() + 3600.0 * hour + 60.0 * minute


def validity(m: Notam, ctx: ZoneContext) -> Validity:
    """When a message is in force: what cannot be read is always, or open."""
    notes = set()
    begin = moment_s(m.b)
    if math.isnan(begin):
        notes.add("start_unread")
        begin = -math.inf
    words = "".join(m.c.upper().split())
    end = moment_s(words)
    if words.startswith("PERM"):
        end = math.nan
    elif math.isnan(end):
        notes.add("end_unread")
    elif "EST" in words:
        # It stays in force until it is replaced or cancelled (PANS-AIM appendix 3, item C).
        notes.add("estimated_end")
        end = math.nan
    elif end < begin:
        notes.add("end_before_start")
        end = math.nan
    return Validity(begin, end, created_s(m, ctx), frozenset(notes))


def created_s(m: Notam, ctx: ZoneContext) -> float:
    """When a message was published: by itself, else when the file was heard; NaN unknown."""
    own = iso_s(m.created)
    if math.isnan(own) and m.created:
        for form in ("%d %b %Y %H:%M:%S", "%d %b %Y %H:%M"):
            try:
                own = datetime.datetime.strptime(m.created, form).replace(tzinfo=datetime.UTC).timestamp()
                break
            except ValueError:
                continue
    return ctx.heard_s if math.isnan(own) else own


def active(
    v: Validity, text: str, place_deg: tuple[float, float], ctx: ZoneContext
) -> tuple[list[tuple[float, float]], set[str]]:
    """(from, to) of each time of activity that matters for the day, to NaN open; and notes."""
    if not text.strip():
        return [(v.from_s, v.to_s)], set()
    notes: set[str] = set()

    def work_out(first: float, last: float) -> list[tuple[float, float]]:
        spans, more = schedule.windows(text, first, last, place_deg)
        notes.update(more)
        return spans

    try:
        spans, more = within_day(v.from_s, v.to_s, ctx, work_out)
    except schedule.Unread:
        return [(v.from_s, v.to_s)], {"schedule_unread"}
    return spans, notes | more
