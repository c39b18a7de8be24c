"""ASTERIX categories 021, 034, 048, 062, 065 and 129 in, 062 out (docs/feeds.md)."""

from __future__ import annotations

from flightward.feeds.asterix.parse import AsterixPcap, AsterixRaw, AsterixUdp
from flightward.feeds.asterix.write import Cat062

__all__ = ["AsterixPcap", "AsterixRaw", "AsterixUdp", "Cat062"]
