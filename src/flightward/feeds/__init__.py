"""Feeds: bytes, messages and rows -> reports and area alerts. One folder per format; parsers do no I/O."""

from __future__ import annotations

from flightward.feeds.case.read import Case, read_case, setup_of

__all__ = ["Case", "read_case", "setup_of"]
