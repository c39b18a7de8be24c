"""What every format of declared areas hands over: zones, and what could not be understood (docs/feeds.md)."""

from __future__ import annotations

from flightward.feeds.declared.zone import Declared, DeclaredZone, Unreadable, Window, ZoneContext

__all__ = ["Declared", "DeclaredZone", "Unreadable", "Window", "ZoneContext"]
