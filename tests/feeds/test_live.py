"""Live sources with real sockets here: feeds that die and return, half-open, slow, endless and wrong ones."""

from __future__ import annotations

import math
import socket
import struct
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from feedkit import context
from sockets import QUICK, Relay, until
from test_links import Kept, free_port

from flightward.errors import BadInput
from flightward.feeds.clocks import Clock, Clocks
from flightward.feeds.live import Gather, Source, open_source, read_area
from flightward.feeds.net import DatagramSender
from flightward.model import Inbox

PLOT = bytes.fromhex("fdf70219c9356d4da0c5aff1e0020005283c660c10c236d4182001c0780031bc0000400deb07b9582e410020f5")
EVEN, ODD = "8D40621D58C382D690C8AC2863A7", "8D40621D58C386435CC412692AD6"
AVR = f"*{EVEN};\n*{ODD};\n".encode()


def plot_at(t_s: float) -> bytes:
    """A block of one radar plot whose radar says that it is t_s."""
    tod = round((t_s % 86_400.0) * 128.0) % (86_400 * 128)
    # FSPEC of three octets, SAC/SIC of two, then the time of day of three
    body = PLOT[:5] + tod.to_bytes(3, "big") + PLOT[8:]
    return bytes([48]) + struct.pack(">H", 3 + len(body)) + body


def beast(ticks: int = 0) -> bytes:
    """The same two positions in the Beast format."""
    parts = [b"\x1a3" + ((ticks + k).to_bytes(6, "big") + b"\x40" + bytes.fromhex(text)).replace(b"\x1a", b"\x1a\x1a")
             for k, text in enumerate((EVEN, ODD))]  # fmt: skip
    return b"".join(parts)


def sbs(t_s: float) -> bytes:
    stamp = time.strftime("%Y/%m/%d,%H:%M:%S", time.gmtime(t_s)) + f".{int(t_s % 1 * 1000):03d}"
    return f"MSG,3,1,1,40621D,1,{stamp},{stamp},,38000,,,52.2572,3.9194,,,0,0,0,0\n".encode()


class Server:
    """Sends `data` to whoever connects, then what `say` is given; can be closed and opened again on its port."""

    def __init__(self, data: bytes = b"", port: int = 0) -> None:
        self.kept = Kept(port, opened=lambda peer: peer.send(data) if data else None)
        self.port = self.kept.port

    def say(self, data: bytes) -> None:
        assert self.kept.listener.send_all(data) >= 1

    def stop(self) -> None:
        self.kept.listener.stop()


def heard(source: Source, n: int = 1, within_s: float = 20.0) -> bool:
    """Read until there are n reports."""
    found: list[int] = []
    return until(lambda: found.append(sum(len(r.reports) for r in source.rows())) or sum(found) >= n, within_s)


@pytest.mark.parametrize(
    ("scheme", "made", "least"),
    [("beast+tcp", beast, 1), ("avr+tcp", lambda: AVR, 1), ("sbs+tcp", lambda: sbs(time.time()), 1)],
)
def test_a_receiver_is_read_killed_and_read_again(scheme: str, made: Callable[[], bytes], least: int) -> None:
    data = made()
    first = Server(data)
    source = open_source(f"{scheme}://127.0.0.1:{first.port}", "roof", context(), backoff=QUICK)
    source.start()
    began_s = time.time()
    found: list[Any] = []
    assert until(lambda: found.extend(r.reports for r in source.rows() if len(r.reports)) or found)
    reports = found[0]
    assert math.degrees(float(reports.lat_rad[-1])) == pytest.approx(52.2572, abs=0.02)
    assert began_s - 5.0 < float(reports.t_s[-1]) <= time.time() + 1.0
    state = source.state()
    assert state.is_up and not state.is_stale and state.n_reports >= least and state.n_bytes == len(data)
    first.stop()
    assert until(lambda: not source.state().is_up)
    assert source.state().error != ""
    second = Server(data, first.port)
    assert heard(source, least)
    assert source.state().is_up and source.state().n_connects == 2 and source.state().error == ""
    source.stop()
    second.stop()


def test_what_a_broken_connection_cut_off_is_not_continued_by_the_next() -> None:
    whole = sbs(time.time())
    first = Server(whole + whole[:60])
    source = open_source(f"sbs+tcp://127.0.0.1:{first.port}", "roof", context(), backoff=QUICK)
    source.start()
    assert heard(source, 1)
    first.stop()
    second = Server(whole, first.port)
    assert heard(source, 1)
    assert source.state().kept_aside == {"line": 1} and source.state().n_reports == 2
    source.stop()
    second.stop()


@pytest.mark.parametrize("is_deaf", [True, False])
def test_a_half_open_connection_is_given_up_and_made_anew(is_deaf: bool) -> None:
    server = Server(AVR)
    relay = Relay(server.port)
    relay.is_deaf = is_deaf
    source = open_source(f"avr+tcp://127.0.0.1:{relay.port}", "roof", context(), backoff=QUICK, stale_s=0.4)
    source.start()
    if not is_deaf:
        assert heard(source, 1)
        relay.is_deaf = True  # the line dies; nobody closes anything
    assert until(lambda: source.rows() and source.state().is_stale)
    assert until(lambda: source.rows() and "nothing" in source.state().error)
    relay.is_deaf = False
    assert heard(source, 1)
    assert not source.state().is_stale
    source.stop()
    relay.stop()
    server.stop()


def test_a_peer_that_drips_is_no_source_and_is_given_up() -> None:
    stop = threading.Event()
    server = Server()

    def drip() -> None:
        while not stop.wait(0.05):
            server.kept.listener.send_all(b"M")

    thread = threading.Thread(target=drip)
    thread.start()
    source = open_source(f"sbs+tcp://127.0.0.1:{server.port}", "roof", context(), backoff=QUICK, stale_s=0.5)
    source.start()
    assert until(lambda: source.rows() and source.state().n_connects >= 2)
    assert source.state().is_stale and source.state().n_messages == 0 and source.state().n_bytes > 0
    stop.set()
    thread.join()
    source.stop()
    server.stop()


@pytest.mark.parametrize("scheme", ["beast+tcp", "avr+tcp", "sbs+tcp", "cot+tcp"])
def test_a_line_of_100_mb_is_bounded_counted_and_passed(scheme: str) -> None:
    import resource

    good = {"beast+tcp": beast(), "avr+tcp": AVR, "sbs+tcp": sbs(time.time()), "cot+tcp": cot_event()}[scheme]
    server = Server()
    source = open_source(f"{scheme}://127.0.0.1:{server.port}", "roof", context(), backoff=QUICK)
    source.start()
    assert until(lambda: source.state().is_up and server.kept.listener.peers)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    piece = b"A" * 1_000_000
    reader = threading.Thread(target=lambda: [server.say(piece) for _ in range(100)])
    reader.start()
    while reader.is_alive():
        source.rows()
        time.sleep(0.01)
    server.say(b";\n" + good + good)
    assert heard(source, 1)
    grown_mb = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024
    assert grown_mb < 100.0
    assert sum(source.state().kept_aside.values()) >= 1
    source.stop()
    server.stop()


def test_a_flood_that_nobody_reads_is_bounded_and_counted() -> None:
    server = Server()
    source = open_source(f"sbs+tcp://127.0.0.1:{server.port}", "roof", context(), backoff=QUICK)
    source._most = 100_000  # type: ignore[attr-defined]
    source.start()
    assert until(lambda: source.state().is_up and server.kept.listener.peers)
    lines = sbs(time.time()) * 1_000
    for _ in range(20):
        server.say(lines)
    assert until(lambda: source.state().n_bytes == 20 * len(lines))
    got = source.rows()[0]
    assert 0 < len(got.reports) <= 100_000 / len(lines) * 1_000
    assert source.rows() and source.state().repairs["overrun"] >= 1
    server.say(sbs(time.time()))
    assert heard(source, 1)
    source.stop()
    server.stop()


@pytest.mark.parametrize("group", [False, True])
def test_asterix_by_datagrams_to_one_and_to_a_group(group: bool) -> None:
    host = "239.255.48.1" if group else "127.0.0.1"
    ctx = context(options={"sensor": "r1"})
    try:
        source = open_source(f"asterix+udp://{host}:0?interface=127.0.0.1", "radar", ctx)
    except BadInput as error:
        pytest.skip(f"no multicast on loopback here: {error}")
    source.start()
    port = source.port  # type: ignore[attr-defined]
    sender = DatagramSender(host, port, interface="127.0.0.1")
    now = time.time()
    for _ in range(3):
        sender.send(plot_at(now - 0.25))
    sender.send(b"\xff" * 500)
    sender.send(b"")
    assert heard(source, 3)
    state = source.state()
    assert state.kept_aside == {"not_asterix": 1}
    assert list(state.clocks) == ["25/201"]
    assert -2.0 < state.clocks["25/201"].ahead_s < 0.0 and state.clocks["25/201"].n == 3
    source.stop()
    # killed and started again, on the same port: it is heard again
    again = open_source(f"asterix+udp://{host}:{port}?interface=127.0.0.1", "radar", ctx)
    again.start()
    sender.send(plot_at(time.time()))
    assert heard(again, 1)
    again.stop()
    sender.stop()


def test_a_clock_that_is_ahead_is_told_by_source_and_not_believed() -> None:
    ctx = context(options={"sensors": {"25/201": "r1"}})
    source = open_source("asterix+udp://127.0.0.1:0", "radar", ctx)
    source.start()
    sender = DatagramSender("127.0.0.1", source.port)  # type: ignore[attr-defined]
    for _ in range(5):
        sender.send(plot_at(time.time() + 3_600.0))
    assert heard(source, 5)
    offset = source.state().clocks["25/201"]
    assert offset.word == "ahead" and offset.ahead_s == pytest.approx(3_600.0, abs=2.0)
    assert source.state().repairs["clock"] == 5 and source.state().newest_s < time.time() + 1.0
    source.stop()
    sender.stop()


def test_a_receiver_in_another_time_zone_is_told_and_its_lines_are_used() -> None:
    server = Server(sbs(time.time() + 7_200.0))
    source = open_source(f"sbs+tcp://127.0.0.1:{server.port}", "roof", context(), backoff=QUICK)
    source.start()
    assert heard(source, 1)
    (offset,) = source.state().clocks.values()
    assert offset.ahead_s == pytest.approx(7_200.0, abs=2.0) and source.state().repairs["clock"] == 1
    source.stop()
    server.stop()


def test_the_offset_of_a_clock_is_that_of_the_quickest_messages() -> None:
    rng = np.random.default_rng(8)
    clock = Clock()
    assert clock.offset() is None
    t_rx_s = 1e9 + np.arange(2_000.0)
    clock.take(rng.exponential(0.3, 2_000) + 0.02 - 1.5, t_rx_s)  # ahead by 1.5 s, the line takes 20 ms and more
    offset = clock.offset()
    assert offset is not None and offset.ahead_s == pytest.approx(1.48, abs=0.03) and offset.word == "ahead"
    assert offset.n == 301 and 0.5 < offset.spread_s < 1.5
    # the clock is set: five minutes later nothing of the old is left
    clock.take(np.full(400, 0.03), 1e9 + 2_301.0 + np.arange(400.0))
    later = clock.offset()
    assert later is not None and later.ahead_s == pytest.approx(-0.03) and later.word == "right"
    many = Clocks()
    for k in range(1_000):
        many.take(str(k), np.array([9.0, math.nan]), np.array([1e9, 1e9]))
    assert len(many.offsets()) == 256 and many.offsets()["0"].word == "late" and many.offsets()["0"].n == 1


def cot_event() -> bytes:
    from test_cot import event

    from flightward.feeds.cot import xmltext

    now = time.time()
    return xmltext.xml_of(event(time_s=now, start_s=now, stale_s=now + 600.0))


AREA = """
name = "test area"
[area]
lat_deg = 52.0
lon_deg = 4.0
radius_m = 200000.0
[[sensor]]
id = "adsb-1"
kind = "adsb"
lat_deg = 52.0
lon_deg = 4.0
hae_m = 10.0
[[feed]]
name = "roof"
url = "avr+tcp://127.0.0.1:PORT"
sensor = "adsb-1"
[[feed]]
name = "radars"
url = "asterix+udp://127.0.0.1:0"
sensors = {"25/201" = "adsb-1"}
"""


def test_an_area_and_its_sources_give_an_inbox_a_second(tmp_path: Path) -> None:
    server = Server(AVR)
    (tmp_path / "AREA.toml").write_text(AREA.replace("PORT", str(server.port)))
    area = read_area(tmp_path / "AREA.toml", {}, time.time, QUICK)
    assert area.notes == [] and area.setup.end_s == area.setup.start_s + 86_400.0
    gather = Gather(area.sources)
    gather.start()
    sender = DatagramSender("127.0.0.1", area.sources[1].port)  # type: ignore[attr-defined]
    inboxes: list[Inbox] = []

    def step() -> bool:
        sender.send(plot_at(time.time()))
        inboxes.append(gather.inbox(time.time()))
        return len({s for box in inboxes for s in box.reports.source_track.tolist()}) >= 1 and all(
            any(len(b.reports.take(np.isfinite(getattr(b.reports, name)))) for b in inboxes)
            for name in ("lat_rad", "range_m")
        )

    assert until(step)
    gather.stop()
    for sock in (sender, server):
        sock.stop()
    seq = np.concatenate([box.reports.seq for box in inboxes])
    t_rx_s = np.concatenate([box.reports.t_rx_s for box in inboxes])
    assert np.array_equal(seq, np.arange(len(seq))) and np.all(np.diff(t_rx_s) >= 0.0)
    assert all(np.all(box.reports.t_rx_s <= box.t_s) for box in inboxes)
    assert [s.name for s in gather.states()] == ["roof", "radars"]


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("avr+tcp", "ftp", "must begin with one of beast"),
        ("avr+tcp://127.0.0.1", "avr+tcp://me:word@127.0.0.1", "must not hold a name or password"),
        ("avr+tcp://127.0.0.1:PORT", "avr+tcp://", "needs a host"),
        ("PORT", "99999", "is no address"),
        ('"adsb-1"\n[[feed]]', '"adsb-2"\n[[feed]]', "must be the id of a"),
        ('name = "roof"', 'name = "radars"', "stands twice"),
        ("asterix+udp://127.0.0.1:0", "asterix+udp://192.0.2.1:0", "cannot be listened to"),
        ("asterix+udp://127.0.0.1:0", "sapient+listen+tls://127.0.0.1:0", "needs .cert= and &key="),
        ("radius_m", "radius", "is missing"),
    ],
)
def test_a_wrong_source_stops_the_start_and_no_secret_is_repeated(
    tmp_path: Path, old: str, new: str, message: str
) -> None:
    (tmp_path / "AREA.toml").write_text(AREA.replace(old, new).replace("PORT", str(free_port())))
    with pytest.raises(BadInput, match=message) as caught:
        read_area(tmp_path / "AREA.toml", {}, time.time)
    assert "word@" not in str(caught.value)


def test_threads_and_sockets_end() -> None:
    before = threading.active_count()
    with socket.create_server(("127.0.0.1", 0)) as server:
        for url in (f"beast+tcp://127.0.0.1:{server.getsockname()[1]}", "asterix+udp://127.0.0.1:0",
                    "sapient+listen://127.0.0.1:0"):  # fmt: skip
            source = open_source(url, "x", context(), backoff=QUICK)
            source.start()
            source.rows()
            source.stop()
    assert until(lambda: threading.active_count() <= before)
