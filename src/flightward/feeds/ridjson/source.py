"""Remote ID as it comes from an MQTT broker."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

from flightward.feeds.ridjson.parse import RemoteIdJson
from flightward.feeds.rows import FeedContext, FeedRows


class RemoteIdMqtt:
    """`on_message` for a Broker, `rows()` what came since the last call."""

    def __init__(self, ctx: FeedContext, now: Callable[[], float] = time.time) -> None:
        self.feed = RemoteIdJson(ctx)
        self._now = now
        self._lock = threading.Lock()

    def on_message(self, topic: str, payload: bytes, is_retained: bool) -> None:
        """One message of a subscription."""
        with self._lock:
            self.feed.message(payload, self._now())

    def rows(self) -> FeedRows:
        """What came since the last call."""
        with self._lock:
            return self.feed.rows()
