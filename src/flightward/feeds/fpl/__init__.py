"""ICAO flight plan messages: `icao-fpl` (docs/feeds.md)."""

from __future__ import annotations

from flightward.feeds.fpl.parse import icao_fpl

__all__ = ["icao_fpl"]
