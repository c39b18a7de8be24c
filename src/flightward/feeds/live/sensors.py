"""Sensors that connect to us (SAPIENT), as a source."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from flightward.feeds.live.source import Heard, SourceState, drained
from flightward.feeds.rows import FeedContext, FeedRows
from flightward.feeds.sapient.source import SapientServer


class SapientSource:
    """A SAPIENT server whose nodes are the source."""

    def __init__(
        self, name: str, address: str, ctx: FeedContext, host: str, port: int, own_id: str, *, stale_s: float,
        tls: Any = None, now: Callable[[], float] = time.time,
    ) -> None:  # fmt: skip
        self.name = name
        self.heard = Heard(name, address, ctx, stale_s, now)
        self.server = SapientServer(ctx, own_id, host, port, tls=tls, idle_s=max(stale_s, 1.0), now=now,
                                    tap=self.heard.bytes)  # fmt: skip

    def start(self) -> None:
        """Begin to take nodes."""
        self.server.start()

    def stop(self) -> None:
        """Close all connections."""
        self.server.stop()

    def rows(self) -> list[FeedRows]:
        """What came since the last call, of every node."""
        return [drained(self.heard.take(id(rows.rejects), rows)) for rows in self.server.rows()]

    def state(self) -> SourceState:
        """How it does: up while it listens; the nodes that are registered are its peers."""
        return self.heard.state(is_up=True, n_connects=1, error="", peers=tuple(self.server.names))
