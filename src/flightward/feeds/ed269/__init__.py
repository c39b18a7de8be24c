"""UAS geographical zones by ED-269: `ed269-json` (docs/feeds.md)."""

from __future__ import annotations

from flightward.feeds.ed269.parse import ed269

__all__ = ["ed269"]
