"""ISO 8601 texts -> POSIX seconds."""

from __future__ import annotations

import datetime
import math


def iso_s(text: str) -> float:
    """POSIX seconds of an ISO 8601 time, UTC if it names no zone; NaN if there is none or it cannot be read."""
    text = text.strip()
    if not text:
        return math.nan
    try:
        moment = datetime.datetime.fromisoformat(text)
        if moment.tzinfo is None:
            moment = moment.replace(tzinfo=datetime.UTC)
        return moment.timestamp()
    except (ValueError, OverflowError):
        return math.nan


def clock_s(text: str) -> float:
    """Seconds after midnight UTC of a time of day, as 12:00:00+02:00; may be below 0 or above a day; NaN if none."""
    text = text.strip().removeprefix("T")
    if text.startswith("24:00"):
        begin = clock_s("00:00" + text[5:])
        return begin + 86_400.0
    try:
        moment = datetime.time.fromisoformat(text)
    except ValueError:
        return math.nan
    offset = moment.utcoffset()
    own = moment.hour * 3600.0 + moment.minute * 60.0 + moment.second + moment.microsecond * 1e-6
    return own - (offset.total_seconds() if offset is not None else 0.0)
