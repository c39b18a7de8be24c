"""UAS geographical zones by ED-318: `ed318-json` (docs/feeds.md)."""

from __future__ import annotations

from flightward.feeds.ed318.parse import ed318

__all__ = ["ed318"]
