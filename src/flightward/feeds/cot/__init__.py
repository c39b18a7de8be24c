"""Cursor on Target: events as XML and as TAK protobuf, read and written (docs/feeds.md)."""

from __future__ import annotations

from flightward.feeds.cot.event import CotEvent, Element
from flightward.feeds.cot.parse import CotFeed

__all__ = ["CotEvent", "CotFeed", "Element"]
