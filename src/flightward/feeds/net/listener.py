"""A TCP or TLS server with bounds: so many peers, each of which must speak, and shake hands in time.

A thread a peer: counter-drone sensors and their like are few. A peer that says nothing for idle_s, makes no way
when sent
to, or is refused by its handler (`serve` returns False) is closed; a peer beyond `most` is turned away at once.
"""

from __future__ import annotations

import contextlib
import socket
import ssl
import threading
import time
from collections.abc import Callable

from flightward.feeds.net.link import READ, keep_alive


class Peer:
    """One connection of a server."""

    def __init__(self, sock: socket.socket, address: str) -> None:
        self._sock = sock
        self._lock = threading.Lock()
        self.address = address
        self.n_bytes = 0
        self.error = ""

    def send(self, data: bytes) -> bool:
        """Send now; False if that failed (the connection is then closed)."""
        try:
            with self._lock:
                self._sock.sendall(data)
        except OSError as error:
            self.error = self.error or str(error)
            self.close()
            return False
        return True

    def close(self) -> None:
        """End the connection."""
        with contextlib.suppress(OSError):
            self._sock.shutdown(socket.SHUT_RDWR)


class Listener:
    """A server on (host, port); port 0 takes a free one (see `port`). Loopback unless told otherwise.

    serve(peer, data, t_rx_s) is called on the peer's thread for all that it sends: False closes it. opened,
    closed(peer)
    tell of comings and goings.
    """

    def __init__(
        self, serve: Callable[[Peer, bytes, float], bool], host: str = "127.0.0.1", port: int = 0, *,
        opened: Callable[[Peer], None] | None = None, closed: Callable[[Peer], None] | None = None,
        tls: ssl.SSLContext | None = None, most: int = 100, idle_s: float = 60.0, stall_s: float = 10.0,
        now: Callable[[], float] = time.time,
    ) -> None:  # fmt: skip
        self._serve, self._opened, self._closed = serve, opened, closed
        self._tls, self._most, self._idle_s, self._stall_s = tls, most, idle_s, stall_s
        self._now = now
        self._server = socket.create_server((host, port))
        self._server.settimeout(0.2)
        self.port = int(self._server.getsockname()[1])
        self._peers: dict[Peer, threading.Thread] = {}
        self._lock = threading.Lock()
        self._stop = threading.Event()
        self.n_turned_away = 0
        self._thread = threading.Thread(target=self._accept, name=f"listener-{self.port}", daemon=True)

    def start(self) -> None:
        """Begin to take peers."""
        self._thread.start()

    @property
    def peers(self) -> list[Peer]:
        """Those connected now."""
        with self._lock:
            return list(self._peers)

    def send_all(self, data: bytes) -> int:
        """Send to every peer; how many took it."""
        return sum(peer.send(data) for peer in self.peers)

    def stop(self) -> None:
        """Close all connections and end."""
        self._stop.set()
        if self._thread.is_alive():
            self._thread.join(5.0)
        self._server.close()
        with self._lock:
            open_now = list(self._peers.items())
        for peer, _ in open_now:
            peer.close()
        for _, thread in open_now:
            thread.join(self._stall_s + 5.0)

    def _accept(self) -> None:
        while not self._stop.is_set():
            try:
                sock, address = self._server.accept()
            except TimeoutError:
                continue
            except OSError:
                if self._stop.is_set():
                    return
                time.sleep(0.1)  # out of descriptors: it passes
                continue
            if len(self.peers) >= self._most:
                self.n_turned_away += 1
                sock.close()
                continue
            peer = Peer(sock, f"{address[0]}:{address[1]}")
            thread = threading.Thread(target=self._run, args=(peer, sock), name=f"peer-{peer.address}", daemon=True)
            with self._lock:
                self._peers[peer] = thread
            thread.start()

    def _run(self, peer: Peer, sock: socket.socket) -> None:
        is_open = False
        try:
            sock.settimeout(self._stall_s)
            keep_alive(sock)
            if self._tls is not None:
                sock = peer._sock = self._tls.wrap_socket(sock, server_side=True)
            is_open = True
            if self._opened is not None:
                self._opened(peer)
            self._read(peer, sock)
        except OSError as error:  # also ssl.SSLError: a peer without a good certificate
            peer.error = peer.error or f"{type(error).__name__}: {error}"
        finally:
            sock.close()
            with self._lock:
                self._peers.pop(peer, None)
            if is_open and self._closed is not None:
                self._closed(peer)

    def _read(self, peer: Peer, sock: socket.socket) -> None:
        sock.settimeout(self._idle_s)
        while not self._stop.is_set():
            data = sock.recv(READ)
            if not data:
                return
            peer.n_bytes += len(data)
            if not self._serve(peer, data, self._now()):
                peer.error = peer.error or "refused"
                return
