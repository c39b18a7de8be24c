"""Live feeds against a program that people run: dump1090-mutability (Debian). Skipped, and said so, where absent."""

from __future__ import annotations

import math
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from feedkit import context
from sockets import QUICK, until
from test_links import free_port

from flightward.feeds.live import Source, open_source
from flightward.feeds.modes import Beast
from flightward.feeds.rows import FeedContext

PROGRAM = shutil.which("dump1090-mutability")
EVEN, ODD = "8D40621D58C382D690C8AC2863A7", "8D40621D58C386435CC412692AD6"
SCHEMES = ("beast+tcp", "avr+tcp", "sbs+tcp")
pytestmark = pytest.mark.skipif(PROGRAM is None, reason="needs dump1090: apt-get install dump1090-mutability")


class Dump1090:
    """The program without a radio, on ports of this machine."""

    def __init__(self) -> None:
        self.port = {name: free_port() for name in ("ri", "ro", "sbs", "bi", "bo")}
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        assert PROGRAM is not None
        ports = [text for name, port in self.port.items() for text in (f"--net-{name}-port", str(port))]
        command = [PROGRAM, "--net-only", "--net-bind-address", "127.0.0.1", "--net-ro-interval", "0", "--quiet"]
        quiet = subprocess.DEVNULL
        self._process = subprocess.Popen([*command, *ports], stdout=quiet, stderr=quiet)

    def stop(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.wait(10.0)
            self._process = None

    def into(self, name: str) -> socket.socket:
        """A connection to one of its inputs, as soon as it takes one."""
        found: list[socket.socket] = []

        def connect() -> bool:
            try:
                found.append(socket.create_connection(("127.0.0.1", self.port[name])))
            except OSError:
                return False
            return True

        assert until(connect)
        return found[0]

    def source(self, scheme: str, ctx: FeedContext | None = None) -> Source:
        port = self.port[{"beast+tcp": "bo", "avr+tcp": "ro", "sbs+tcp": "sbs"}[scheme]]
        source = open_source(f"{scheme}://127.0.0.1:{port}", scheme, ctx or context(), backoff=QUICK)
        source.start()
        return source


@pytest.fixture
def program() -> Iterator[Dump1090]:
    one = Dump1090()
    one.start()
    yield one
    one.stop()


@pytest.mark.parametrize("scheme", SCHEMES)
def test_each_output_is_read_also_after_it_was_killed(program: Dump1090, scheme: str) -> None:
    source = program.source(scheme)
    for n_connects in (1, 2):
        assert until(lambda n=n_connects: source.state().n_connects >= n and source.state().is_up)
        places: list[tuple[float, float]] = []
        with program.into("ri") as radio:

            def said(radio: socket.socket = radio, places: list[tuple[float, float]] = places) -> bool:
                radio.sendall(f"*{EVEN};\n*{ODD};\n".encode())
                time.sleep(0.05)
                for rows in source.rows():
                    lat, lon = rows.reports.lat_rad, rows.reports.lon_rad
                    places.extend(zip(lat.tolist(), lon.tolist(), strict=True))
                return any(math.isfinite(lat) for lat, _ in places)

            assert until(said)
        lat, lon = next((math.degrees(a), math.degrees(b)) for a, b in places if math.isfinite(a))
        # the textbook pair: 52.2572 N 3.91937 E by its even half, 52.26578 N 3.93891 E by its odd one
        assert 52.2571 < lat < 52.2659 and 3.9192 < lon < 3.9391
        if n_connects == 1:
            program.stop()
            assert until(lambda: not source.state().is_up)
            program.start()
    source.stop()


def test_a_recording_that_went_through_it_gives_the_aircraft_that_it_gives_by_itself(
    program: Dump1090, shared_data: Path
) -> None:
    data = (shared_data / "flights/sample_dump1090.bin").read_bytes()
    ctx = context(options={"begins_s": 1.7e9})
    direct = Beast(ctx)
    direct.receive(data)
    direct.finish()
    alone = {ctx.names.text(int(i)) for i in direct.rows().reports.identity}
    ctxs = {scheme: context() for scheme in SCHEMES}
    sources = {scheme: program.source(scheme, ctxs[scheme]) for scheme in SCHEMES}
    assert until(lambda: all(s.state().is_up for s in sources.values()))
    seen: dict[str, set[str | None]] = {scheme: set() for scheme in SCHEMES}
    with program.into("bi") as receiver:
        receiver.sendall(data)

        def taken() -> bool:
            for scheme, source in sources.items():
                for rows in source.rows():
                    seen[scheme] |= {ctxs[scheme].names.text(int(i)) for i in rows.reports.identity}
            return seen["beast+tcp"] == alone == seen["avr+tcp"] and seen["sbs+tcp"] >= alone

        assert until(taken)
    assert alone == {"48520a"}
    beast = sources["beast+tcp"]
    assert until(lambda: beast.rows() and beast.state().n_messages > 100)
    assert not beast.state().kept_aside.get("parity")
    for source in sources.values():
        source.stop()
