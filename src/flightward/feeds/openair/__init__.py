"""OpenAir airspace files: `openair` (docs/feeds.md)."""

from __future__ import annotations

from flightward.feeds.openair.parse import openair

__all__ = ["openair"]
