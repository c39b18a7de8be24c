"""ASTERIX categories 021, 034, 048, 062, 065 and 129 in (docs/feeds.md)."""

from __future__ import annotations

from flightward.feeds.asterix.parse import AsterixPcap, AsterixRaw, AsterixUdp

__all__ = ["AsterixPcap", "AsterixRaw", "AsterixUdp"]
