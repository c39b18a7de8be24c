"""CoT as it comes: from datagrams (one host or a group) and from a TAK server over TCP or TLS, into one parser."""

from __future__ import annotations

import ssl
import threading
import time
from collections.abc import Callable

from flightward.feeds.cot.parse import CotFeed
from flightward.feeds.net import BACKOFF, Backoff, DatagramReceiver, Link
from flightward.feeds.rows import FeedContext, FeedRows

MULTICAST = ("239.2.3.1", 6969)
"""Where TAK clients tell each other of themselves (SA multicast)."""


class CotReceiver:
    """Rows of CoT from a network: `rows()` gives what came since the last call. `link` is the TAK server, if any."""

    def __init__(self, ctx: FeedContext, now: Callable[[], float] = time.time) -> None:
        self.feed = CotFeed(ctx)
        self._ctx = ctx
        self._now = now
        self._lock = threading.Lock()
        self._datagrams: DatagramReceiver | None = None
        self.link: Link | None = None

    def listen(self, host: str, port: int, interface: str = "0.0.0.0") -> int:
        """Hear datagrams on (host, port), or of the group `host`; the port."""
        self._datagrams = DatagramReceiver(self._datagram, host, port, interface=interface, now=self._now)
        self._datagrams.start()
        return self._datagrams.port

    def connect(
        self, host: str, port: int, *, tls: ssl.SSLContext | None = None, hello: Callable[[],
        list[bytes]] | None = None,
        backoff: Backoff = BACKOFF, idle_s: float | None = None,
    ) -> Link:  # fmt: skip
        """Keep up a connection to a TAK server; it can send too. idle_s: silence that counts as broken."""
        self.link = Link(
            host, port, self._stream, hello=hello, tls=tls, name="cot", backoff=backoff, idle_s=idle_s, now=self._now
        )
        self.link.start()
        return self.link

    def rows(self) -> FeedRows:
        """What came since the last call; areas whose time is over end."""
        with self._lock:
            self.feed.pass_time(self._now())
            return self.feed.rows()

    def stop(self) -> None:
        """Close everything."""
        if self._datagrams is not None:
            self._datagrams.stop()
        if self.link is not None:
            self.link.stop()

    def _datagram(self, data: bytes, t_rx_s: float) -> None:
        with self._lock:
            self.feed.datagram(data, t_rx_s)

    def _stream(self, data: bytes, t_rx_s: float) -> None:
        with self._lock:
            if self.link is not None and self.link.status.n_connects != self._n_connects:
                # what was cut off when the last connection broke is not continued by this one
                self._n_connects = self.link.status.n_connects
                self.feed.events.finish()
            self.feed.receive(data, t_rx_s)

    _n_connects = 1
