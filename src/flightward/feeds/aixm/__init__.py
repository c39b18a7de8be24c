"""AIXM 5.1 airspace and events: `aixm` (docs/feeds.md)."""

from __future__ import annotations

from flightward.feeds.aixm.parse import aixm

__all__ = ["aixm"]
