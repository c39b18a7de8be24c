"""Connections on this machine with real sockets: reconnecting, half-open and slow peers, certificates, datagrams."""

from __future__ import annotations

import shutil
import socket
import threading
import time
from pathlib import Path

import pytest
import scenes
from feedkit import ANOTHER, context
from sockets import QUICK, certificate, until
from test_cot import event

from flightward.feeds.cot import tak, xmltext
from flightward.feeds.cot.source import MULTICAST, CotReceiver
from flightward.feeds.net import DatagramReceiver, DatagramSender, Link, Listener, Peer, client_context, server_context
from flightward.sinks.formats.cot import events_of


class Kept:
    """A server that keeps what it hears."""

    def __init__(self, port: int = 0, **settings: object) -> None:
        self.heard: list[bytes] = []
        self.listener = Listener(self._serve, port=port, **settings)  # type: ignore[arg-type]
        self.listener.start()
        self.port = self.listener.port

    def _serve(self, peer: Peer, data: bytes, t_rx_s: float) -> bool:
        self.heard.append(data)
        return True

    @property
    def all(self) -> bytes:
        return b"".join(self.heard)


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as s:
        return int(s.getsockname()[1])


def test_a_link_comes_back_when_its_peer_does_and_nothing_queued_is_lost() -> None:
    port = free_port()
    link = Link("127.0.0.1", port, backoff=QUICK, hello=lambda: [b"hello;"])
    link.start()
    link.send(b"one;")
    assert until(lambda: link.status.n_failed >= 2)  # nobody is there yet
    first = Kept(port)
    assert until(lambda: first.all == b"hello;one;")
    first.listener.stop()
    assert until(lambda: not link.status.is_up)
    link.send(b"two;")
    second = Kept(port)
    assert until(lambda: second.all == b"hello;two;")
    link.stop()
    second.listener.stop()
    assert (link.status.n_connects, link.status.n_dropped) == (2, 0)


def test_the_queue_of_a_link_is_bounded_and_the_oldest_goes() -> None:
    port = free_port()
    link = Link("127.0.0.1", port, queue=3, backoff=QUICK)
    for k in range(10):
        link.send(f"{k};".encode())
    assert link.status.n_dropped == 7
    server = Kept(port)
    link.start()
    assert until(lambda: server.all == b"7;8;9;")
    link.stop()
    server.listener.stop()


def test_a_peer_that_is_silent_or_takes_nothing_is_given_up() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:  # it accepts in its queue, and never reads or speaks
        port = int(server.getsockname()[1])
        silent = Link("127.0.0.1", port, idle_s=0.2, backoff=QUICK)
        silent.start()
        assert until(lambda: silent.status.n_connects >= 2)
        silent.stop()
        stalled = Link("127.0.0.1", port, stall_s=0.3, backoff=QUICK)
        stalled.start()
        for _ in range(200):
            stalled.send(b"x" * 1_000_000)
        assert until(lambda: stalled.status.n_connects >= 2)
        stalled.stop()


def test_slow_peers_are_closed_and_too_many_are_turned_away() -> None:
    server = Kept(idle_s=0.3, most=2)
    slow = [socket.create_connection(("127.0.0.1", server.port)) for _ in range(3)]
    assert until(lambda: server.listener.n_turned_away == 1)
    for s in slow:
        s.settimeout(10.0)
        assert s.recv(1) == b""  # closed by the server
        s.close()
    assert until(lambda: not server.listener.peers)
    server.listener.stop()


@pytest.mark.skipif(shutil.which("openssl") is None, reason="needs openssl to make certificates")
def test_tls_with_certificates_on_both_sides_and_wrong_ones_refused(tmp_path: Path) -> None:
    ca, stranger = certificate(tmp_path, "ca"), certificate(tmp_path, "stranger")
    own = certificate(tmp_path, "server", ca)
    mine, wrong = certificate(tmp_path, "client", ca), certificate(tmp_path, "wrong", stranger)

    def path(stem: Path, suffix: str = "pem") -> Path:
        return stem.with_suffix(f".{suffix}")

    server = Kept(tls=server_context(path(own), path(own, "key"), path(ca)), stall_s=2.0)
    good = Link("127.0.0.1", server.port, tls=client_context(path(ca), path(mine), path(mine, "key")), backoff=QUICK)
    good.start()
    good.send(b"known")
    assert until(lambda: server.all == b"known")
    # our certificate is of another authority: the server ends the connection (TLS 1.3: at the first read)
    bad = Link("127.0.0.1", server.port, tls=client_context(path(ca), path(wrong), path(wrong, "key")), backoff=QUICK)
    bad.start()
    bad.send(b"unknown")
    assert until(lambda: bad.status.n_failed >= 1 and bad.status.error != "")
    # the server's certificate is of another authority: we do not speak to it
    fooled = Link("127.0.0.1", server.port, tls=client_context(path(stranger)), backoff=QUICK)
    fooled.start()
    assert until(lambda: "CERTIFICATE_VERIFY_FAILED" in fooled.status.error)
    assert fooled.status.n_connects == 0
    for link in (good, bad, fooled):
        link.stop()
    server.listener.stop()
    assert b"unknown" not in server.all


def test_cot_over_tcp_survives_a_break_in_the_middle_of_an_event() -> None:
    port = free_port()
    sent = xmltext.xml_of(event(stale_s=time.time() + 600.0, time_s=time.time(), start_s=time.time()))

    def serve_once(data: bytes) -> None:
        with socket.create_server(("127.0.0.1", port)) as server:
            peer, _ = server.accept()
            peer.sendall(data)
            time.sleep(0.2)
            peer.close()

    receiver = CotReceiver(context())
    receiver.connect("127.0.0.1", port, backoff=QUICK)
    serve_once(sent + sent[:200])
    serve_once(sent)
    found: list[int] = []
    assert until(lambda: found.append(len(receiver.rows().reports)) or sum(found) == 2)
    receiver.stop()
    assert receiver.feed.rejects.counts == {"cut": 1}


@pytest.mark.parametrize("group", [False, True])
def test_cot_by_datagrams_to_one_and_to_a_group(group: bool) -> None:
    receiver = CotReceiver(context(options=ANOTHER), now=lambda: scenes.T_S + 1.0)
    host = MULTICAST[0] if group else "127.0.0.1"
    try:
        port = receiver.listen(host, 0, "127.0.0.1")
    except OSError as error:
        pytest.skip(f"no multicast on loopback here: {error}")
    sender = DatagramSender(host, port, interface="127.0.0.1")
    for one in events_of(scenes.scene()):
        sender.send(xmltext.xml_of(one))
        sender.send(tak.datagram_of(one))
    sender.send(b"\xff" * 100)
    sender.send(b"x" * 100_000)  # longer than a datagram can be
    assert (sender.n_sent, sender.n_dropped) == (9, 1)
    receiver_got = receiver._datagrams
    assert receiver_got is not None
    assert until(lambda: receiver_got.n_received == 9)
    time.sleep(0.05)
    got = receiver.rows()
    assert (len(got.reports), got.reports.t_rx_s.tolist()) == (2, [scenes.T_S + 1.0] * 2)
    assert got.rejects.counts == {"junk": 1}
    receiver.stop()
    sender.stop()


@pytest.mark.parametrize("host", ["::1", "ff12::4665"])
def test_datagrams_over_ipv6_to_one_and_to_a_group(host: str) -> None:
    interfaces = [name for _, name in socket.if_nameindex()] if host.startswith("ff") else [""]
    heard: list[bytes] = []
    for interface in interfaces:  # loopback has seldom a way to groups; another hears what it sends itself
        try:
            receiver = DatagramReceiver(lambda data, t_rx_s: heard.append(data), host, interface=interface)
        except OSError:
            continue
        receiver.start()
        sender = DatagramSender(host, receiver.port, interface=interface)
        sender.send(b"six")
        if not sender.error:
            assert until(lambda: b"six" in heard)
        receiver.stop()
        sender.stop()
    if not heard:
        pytest.skip("no IPv6 here")


def test_a_host_that_cannot_be_found_is_told() -> None:
    with pytest.raises(OSError):
        DatagramSender("nowhere.invalid", 1)
    with pytest.raises(OSError):
        DatagramReceiver(lambda data, t_rx_s: None, "ff12::4665", interface="no such interface")


def test_threads_end() -> None:
    before = threading.active_count()
    server = Kept()
    link = Link("127.0.0.1", server.port, backoff=QUICK)
    link.start()
    assert until(lambda: len(server.listener.peers) == 1)
    link.stop()
    server.listener.stop()
    assert until(lambda: threading.active_count() <= before)
