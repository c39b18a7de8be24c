"""A TCP or TLS connection that is kept up: reads, sends, and connects again with growing pauses.

A thread of its own connects, reads and sends. What is to be sent waits in a queue of bounded length; when that is full
the oldest goes and is counted, for the newest state of the air is worth more than an old one. Half-open connections are
found by TCP keep-alive, by a send that makes no way for `stall_s`, and, where the peer speaks at least every idle_s, by
its silence.
"""

from __future__ import annotations

import contextlib
import dataclasses
import random
import select
import socket
import ssl
import threading
import time
from collections import deque
from collections.abc import Callable

READ = 1 << 16
_SPREAD = random.Random()
"""Of our own: a thread that draws from the shared one would change what a seeded run beside it draws."""


@dataclasses.dataclass(frozen=True)
class Backoff:
    """Pauses before connecting again: first_s, doubled each time up to most_s, spread by a quarter up and down."""

    first_s: float = 1.0
    most_s: float = 60.0
    spread: float = 0.25

    def pause_s(self, n_failed: int) -> float:
        """The pause after so many failures in a row; spread, so that a thousand clients do not come at once."""
        pause = min(self.first_s * 2.0 ** min(n_failed - 1, 30), self.most_s)
        return pause * _SPREAD.uniform(1.0 - self.spread, 1.0 + self.spread)


BACKOFF = Backoff()


@dataclasses.dataclass
class LinkStatus:
    """How a connection does. Times by the `now` given, NaN never."""

    is_up: bool = False
    n_connects: int = 0
    n_failed: int = 0
    n_sent: int = 0
    n_dropped: int = 0
    heard_s: float = float("nan")
    error: str = ""


class Link:
    """One connection to (host, port). on_bytes(data, t_rx_s), hello() and opened(), which tells of each new connection
    before its first bytes, are called on the link's own thread. settle_s: pause between hello and what is queued, for
    servers that take all that comes at once for the hello."""

    def __init__(
        self, host: str, port: int, on_bytes: Callable[[bytes, float], None] | None = None, *,
        hello: Callable[[], list[bytes]] | None = None, opened: Callable[[], None] | None = None,
        settle_s: float = 0.0, tls: ssl.SSLContext | None = None, name: str = "",
        backoff: Backoff = BACKOFF, queue: int = 1_000, connect_s: float = 10.0, stall_s: float = 10.0,
        idle_s: float | None = None, now: Callable[[], float] = time.time,
    ) -> None:  # fmt: skip
        self._address = (host, port)
        self._on_bytes = on_bytes
        self._hello, self._opened, self._settle_s = hello, opened, settle_s
        self._drop = ""
        self._tls = tls
        self._name = name or host
        self._backoff = backoff
        self._connect_s, self._stall_s, self._idle_s = connect_s, stall_s, idle_s
        self._now = now
        self._queue: deque[bytes] = deque()
        self._most = queue
        self._lock = threading.Lock()
        self._stop = threading.Event()
        self._wake_r, self._wake_w = socket.socketpair()
        self._wake_r.setblocking(False)
        self._wake_w.setblocking(False)
        self._thread = threading.Thread(target=self._run, name=f"link-{self._name}", daemon=True)
        self.status = LinkStatus()

    def start(self) -> None:
        """Begin to connect."""
        self._thread.start()

    def send(self, data: bytes) -> None:
        """Queue bytes; they are sent when the connection is up. Safe from any thread."""
        with self._lock:
            if len(self._queue) >= self._most:
                self._queue.popleft()
                self.status.n_dropped += 1
            self._queue.append(data)
        self._wake()

    def drop(self, reason: str) -> None:
        """Give this connection up and connect again: it is open, and of no use."""
        self._drop = reason
        self._wake()

    def stop(self, flush_s: float = 0.0) -> None:
        """Close the connection and end the thread, after at most flush_s in which the queue may empty."""
        end_s = time.monotonic() + flush_s
        while self._queue and self.status.is_up and time.monotonic() < end_s:
            time.sleep(0.01)
        self._stop.set()
        self._wake()
        if self._thread.is_alive():
            self._thread.join(self._connect_s + self._stall_s + 5.0)
        self._wake_r.close()
        self._wake_w.close()

    def _wake(self) -> None:
        with contextlib.suppress(OSError):  # full: it is awake already; closed: it has stopped
            self._wake_w.send(b"x")

    def _run(self) -> None:
        failed = 0
        while not self._stop.is_set():
            try:
                with self._connected() as sock:
                    failed = 0
                    self._serve(sock)
            except OSError as error:  # also ssl.SSLError and timeouts
                self.status.error = f"{type(error).__name__}: {error}"
            if self.status.is_up:
                self.status.is_up = False
            failed += 1
            self.status.n_failed = failed
            self._stop.wait(self._backoff.pause_s(failed))

    def _connected(self) -> socket.socket:
        sock = socket.create_connection(self._address, timeout=self._connect_s)
        try:
            keep_alive(sock)
            if self._tls is not None:
                sock = self._tls.wrap_socket(sock, server_hostname=self._address[0])
            sock.settimeout(self._stall_s)
            for data in self._hello() if self._hello is not None else []:
                sock.sendall(data)
            self._stop.wait(self._settle_s)
        except BaseException:
            sock.close()
            raise
        self._drop = ""
        if self._opened is not None:
            self._opened()
        self.status.is_up = True
        self.status.n_connects += 1
        self.status.error = ""
        return sock

    def _serve(self, sock: socket.socket) -> None:
        heard = time.monotonic()
        while not self._stop.is_set():
            if self._drop:
                raise ConnectionAbortedError(self._drop)
            self._flush(sock)
            pending = isinstance(sock, ssl.SSLSocket) and sock.pending() > 0
            ready, _, _ = select.select([sock, self._wake_r], [], [], 0.0 if pending else 0.5)
            if self._wake_r in ready:
                with contextlib.suppress(BlockingIOError):
                    self._wake_r.recv(4096)
            if sock in ready or pending:
                data = sock.recv(READ)
                if not data:
                    raise ConnectionResetError("the peer closed the connection")
                self.status.heard_s = self._now()
                if self._on_bytes is not None:
                    self._on_bytes(data, self.status.heard_s)
                heard = time.monotonic()  # what the handler took is not the peer's silence
            elif self._idle_s is not None and time.monotonic() - heard > self._idle_s:
                raise TimeoutError(f"nothing was heard for {self._idle_s:g} s")

    def _flush(self, sock: socket.socket) -> None:
        while self._queue and not self._stop.is_set():
            with self._lock:
                data = self._queue[0] if self._queue else b""
            sock.sendall(data)
            with self._lock:
                # a full queue may have dropped it meanwhile
                if self._queue and self._queue[0] is data:
                    self._queue.popleft()
            self.status.n_sent += 1


def keep_alive(sock: socket.socket) -> None:
    """Ask the system to find dead peers within half a minute."""
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    for option, value in (("TCP_KEEPIDLE", 15), ("TCP_KEEPINTVL", 5), ("TCP_KEEPCNT", 3)):
        if hasattr(socket, option):
            sock.setsockopt(socket.IPPROTO_TCP, getattr(socket, option), value)
