"""UDP datagrams over IPv4 and IPv6, to one or to a group: a receiver with a thread of its own, and a sender."""

from __future__ import annotations

import ipaddress
import socket
import struct
import threading
import time
from collections.abc import Callable
from typing import Any

DATAGRAM_MAX = 65_535
ANY = ("", "0.0.0.0", "::")


def is_group(host: str) -> bool:
    """Is it an address of multicast."""
    try:
        return ipaddress.ip_address(host).is_multicast
    except ValueError:
        return False


def _resolved(host: str, port: int, interface: str) -> tuple[socket.AddressFamily, tuple[Any, ...]]:
    """The family and address of a name; of a name with both kinds the one of IPv4, which peers more often mean.

    The last of a group's address of IPv6 is the number of the interface: of that given by name or number, else of what
    stands behind a % in the address, else 0, any.
    """
    found = socket.getaddrinfo(host or None, port, type=socket.SOCK_DGRAM, flags=socket.AI_PASSIVE)
    family, _, _, _, first = min(found, key=lambda one: one[0] != socket.AF_INET)
    address: tuple[Any, ...] = first
    if family == socket.AF_INET6 and is_group(host) and interface not in ANY:
        number = int(interface) if interface.isdigit() else socket.if_nametoindex(interface)
        address = (address[0], port, 0, number)
    return family, address


class DatagramReceiver:
    """Datagrams that come to (host, port), or to the group `host` on the interface given; port 0 takes a free one.

    interface: our address on it; for a group of IPv6 its name or number.
    """

    def __init__(
        self, on_datagram: Callable[[bytes, float], None], host: str = "127.0.0.1", port: int = 0, *,
        interface: str = "0.0.0.0", now: Callable[[], float] = time.time,
    ) -> None:  # fmt: skip
        self._on_datagram = on_datagram
        self._now = now
        family, address = _resolved(host, port, interface)
        self._sock = socket.socket(family, socket.SOCK_DGRAM)
        try:
            self._sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            # bound to the group itself, so that other traffic to the port is not heard
            self._sock.bind(address)
            if is_group(host) and family == socket.AF_INET6:
                group = socket.inet_pton(family, address[0].partition("%")[0]) + struct.pack("@I", address[3])
                self._sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_JOIN_GROUP, group)
            elif is_group(host):
                group = socket.inet_aton(host) + socket.inet_aton(interface)
                self._sock.setsockopt(socket.IPPROTO_IP, socket.IP_ADD_MEMBERSHIP, group)
            self._sock.settimeout(0.2)
        except BaseException:
            self._sock.close()
            raise
        self.port = int(self._sock.getsockname()[1])
        self.n_received = 0
        self.error = ""
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name=f"datagrams-{self.port}", daemon=True)

    def start(self) -> None:
        """Begin to listen."""
        self._thread.start()

    def stop(self) -> None:
        """End."""
        self._stop.set()
        if self._thread.is_alive():
            self._thread.join(5.0)
        self._sock.close()

    def _run(self) -> None:
        while not self._stop.is_set():
            try:
                data = self._sock.recv(DATAGRAM_MAX)
            except TimeoutError:
                continue
            except OSError as error:
                if self._stop.is_set():
                    return
                self.error = str(error)
                time.sleep(0.1)  # an interface went away: it comes again
                continue
            self.error = ""
            self.n_received += 1
            self._on_datagram(data, self._now())


class DatagramSender:
    """Sends datagrams to (host, port); to a group with the hops and from the interface given (as DatagramReceiver).

    Errors: OSError, if the host cannot be found.
    """

    def __init__(self, host: str, port: int, *, hops: int = 1, interface: str = "") -> None:
        family, self._address = _resolved(host, port, interface)
        self._sock = socket.socket(family, socket.SOCK_DGRAM)
        self._sock.setblocking(False)
        try:
            if is_group(host) and family == socket.AF_INET6:
                self._sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_MULTICAST_HOPS, hops)
                self._sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_MULTICAST_IF, self._address[3])
            elif is_group(host):
                self._sock.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_TTL, struct.pack("b", hops))
                if interface:
                    self._sock.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_IF, socket.inet_aton(interface))
        except BaseException:
            self._sock.close()
            raise
        self.n_sent = 0
        self.n_dropped = 0
        self.error = ""

    def send(self, data: bytes) -> None:
        """Send now; what is too long or cannot be sent is counted, never waited for."""
        try:
            self._sock.sendto(data, self._address)
            self.n_sent += 1
        except OSError as error:
            self.n_dropped += 1
            self.error = str(error)

    def stop(self, flush_s: float = 0.0) -> None:
        """End."""
        self._sock.close()
