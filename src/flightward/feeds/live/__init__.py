"""Sources over the network as a configuration names them: opened by address, read once a second (docs/live.md)."""

from __future__ import annotations

from flightward.feeds.live.addresses import SCHEMES, open_source
from flightward.feeds.live.area import LiveArea, read_area
from flightward.feeds.live.day import LiveDay
from flightward.feeds.live.gather import Gather
from flightward.feeds.live.source import Source, SourceState

__all__ = ["SCHEMES", "Gather", "LiveArea", "LiveDay", "Source", "SourceState", "open_source", "read_area"]
