"""Sensors that speak SAPIENT connect here: a server whose `rows()` are what they report."""

from __future__ import annotations

import dataclasses
import ssl
import threading
import time
from collections.abc import Callable

from flightward.errors import BadMessage
from flightward.feeds.net import Listener, Peer
from flightward.feeds.rows import FeedContext, FeedRows
from flightward.feeds.sapient import messages as m
from flightward.feeds.sapient.parse import SapientFeed
from flightward.feeds.sapient.session import ServerSession

ERRORS_MAX = 20
"""A node that sends so much that cannot be read is closed."""


@dataclasses.dataclass
class _Node:
    feed: SapientFeed
    session: ServerSession


class SapientServer:
    """A server for sensor nodes. Loopback unless `host` says otherwise; then give `tls`.

    tap is told each whole message of any node as it stood on the wire, length and all, and when it came.
    """

    def __init__(
        self, ctx: FeedContext, own_id: str, host: str = "127.0.0.1", port: int = 0, *,
        tls: ssl.SSLContext | None = None, tap: Callable[[bytes, float], None] | None = None,
        idle_s: float = 60.0, most: int = 50, now: Callable[[], float] = time.time,
    ) -> None:  # fmt: skip
        self._ctx, self._own_id, self._now, self._tap = ctx, own_id, now, tap
        self._nodes: dict[Peer, _Node] = {}
        self._lock = threading.Lock()
        self._done: list[SapientFeed] = []
        self.listener = Listener(
            self._serve, host, port, opened=self._opened, closed=self._closed, tls=tls, most=most, idle_s=idle_s,
            now=now
        )
        self.port = self.listener.port

    def start(self) -> None:
        """Begin to take nodes."""
        self.listener.start()

    def stop(self) -> None:
        """Close all connections."""
        self.listener.stop()

    @property
    def names(self) -> list[str]:
        """The nodes that are registered now."""
        with self._lock:
            return [n.session.name for n in self._nodes.values() if n.session.is_registered]

    def rows(self) -> list[FeedRows]:
        """What came since the last call: one FeedRows for each node that is or was connected."""
        with self._lock:
            done, self._done = self._done, []
            return [feed.rows() for feed in (*done, *(node.feed for node in self._nodes.values()))]

    def _opened(self, peer: Peer) -> None:
        with self._lock:
            self._nodes[peer] = _Node(SapientFeed(self._ctx), ServerSession(self._own_id))

    def _closed(self, peer: Peer) -> None:
        with self._lock:
            node = self._nodes.pop(peer)
            node.feed.finish()
            self._done.append(node.feed)  # read by `rows`, on the one thread that makes rows

    def _serve(self, peer: Peer, data: bytes, t_rx_s: float) -> bool:
        """Answer what a node sent; False closes it."""
        with self._lock:
            node = self._nodes[peer]
            before = node.feed.rejects.total
            answers = []
            for row, body in node.feed.bodies(data):
                if self._tap is not None:
                    self._tap(m.on_wire(body), t_rx_s)
                try:
                    message = m.decode(body)
                except BadMessage as error:
                    node.feed.reject(error, row, body, t_rx_s)
                    answers.append(node.session.error(body, str(error), self._now()))
                    continue
                answers += node.session.answers(message, self._now())
                if node.session.is_registered:
                    node.feed.meaning.take(message, row, t_rx_s)
                else:
                    kind = m.content_of(message)
                    reason = "registration" if kind == "registration" else "not_registered"
                    node.feed.rejects.add_one(reason, row, kind, t_rx_s)
            is_bad = node.feed.frames.is_lost or node.feed.rejects.total - before > ERRORS_MAX
        sent = all([peer.send(m.framed(answer)) for answer in answers])
        return sent and not is_bad
