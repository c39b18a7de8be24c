"""The record: an append-only recording of all that came in and went out, the tables, and the day in numbers."""

from __future__ import annotations

from flightward.record.acts import ActLog
from flightward.record.limits import Limits
from flightward.record.reader import Recording, open_recording
from flightward.record.summary import Summary
from flightward.record.table_writer import TableWriter
from flightward.record.writer import RecordingWriter, Source

__all__ = [
    "ActLog",
    "Limits",
    "Recording",
    "RecordingWriter",
    "Source",
    "Summary",
    "TableWriter",
    "open_recording",
]
