"""SAPIENT, BSI Flex 335 v2.0: what sensors and fusion nodes say to each other (docs/feeds.md)."""

from __future__ import annotations

from flightward.feeds.sapient.parse import SapientFeed, SapientJson

__all__ = ["SapientFeed", "SapientJson"]
