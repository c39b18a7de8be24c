"""ADS-B and Mode S as receivers hand them on: Beast, AVR and SBS-1 (docs/feeds.md)."""

from __future__ import annotations

from flightward.feeds.modes.parse import Avr, Beast
from flightward.feeds.modes.sbs import Sbs

__all__ = ["Avr", "Beast", "Sbs"]
