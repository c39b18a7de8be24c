"""The record: an append-only recording of all that came in and went out, and the tables."""

from __future__ import annotations

from flightward.record.reader import Recording, open_recording
from flightward.record.writer import RecordingWriter

__all__ = ["Recording", "RecordingWriter", "open_recording"]
