"""Remote ID as receivers publish it: JSON over MQTT (docs/feeds.md)."""

from __future__ import annotations

from flightward.feeds.ridjson.parse import RemoteIdJson

__all__ = ["RemoteIdJson"]
