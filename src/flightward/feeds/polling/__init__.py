"""Asking a web service again and again, politely (docs/feeds.md)."""

from __future__ import annotations

from flightward.feeds.polling.schedule import Pace
from flightward.feeds.polling.source import Answer, PolledUrl

__all__ = ["Answer", "Pace", "PolledUrl"]
