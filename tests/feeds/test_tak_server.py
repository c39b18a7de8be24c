"""Cursor on Target through a real TAK server, FreeTAKServer: `make tak-server` installs it apart.

It keeps its data in /opt/fts and takes the ports 8080, 8443 and 19023 beside that of CoT, wherever it is told to.
"""

from __future__ import annotations

import dataclasses
import os
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import scenes
from feedkit import ANOTHER, context
from sockets import QUICK, until
from test_links import free_port

from flightward.feeds.cot import xmltext
from flightward.feeds.cot.event import CotEvent, ping
from flightward.feeds.live import Source, open_source
from flightward.feeds.net import Link
from flightward.feeds.rows import FeedContext
from flightward.model import NONE, ReportBatch
from flightward.sinks.formats.cot import events_of

HOME = Path(__file__).parents[2] / ".venv-tak"
PYTHON = Path(os.environ.get("FLIGHTWARD_TAK_PYTHON", HOME / "bin/python"))
START_S = 240.0
SETTLE_S = 6.0
"""It makes a client of a connection some seconds after it took it, sends to clients only, and takes all that came by
then for one message."""
DATA = Path("/opt/fts")
pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not PYTHON.exists(), reason="needs FreeTAKServer: make tak-server"),
    pytest.mark.skipif(not os.access(DATA if DATA.exists() else DATA.parent, os.W_OK), reason=f"needs to write {DATA}"),
]


@pytest.fixture(scope="module")
def port(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    """The port of CoT of a server that runs."""
    port, folder = free_port(), tmp_path_factory.mktemp("tak")
    command = [str(PYTHON), "-m", "FreeTAKServer.controllers.services.FTS", "-AutoStart", "True",
               "-CoTPort", str(port), "-CoTIP", "127.0.0.1"]  # fmt: skip
    changes = {"FTS_FIRST_START": "false", "FTS_COT_PORT": str(port), "FTS_API_ADDRESS": "127.0.0.1"}
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(
            command, cwd=folder, stdin=subprocess.DEVNULL, stdout=log, stderr=log, env=os.environ | changes,
            start_new_session=True,
        )  # fmt: skip
    try:
        if not until(lambda: process.poll() is not None or answers(port), START_S) or process.poll() is not None:
            pytest.skip(f"FreeTAKServer did not start:\n{(folder / 'log').read_text(errors='replace')[-3_000:]}")
        yield port
    finally:
        os.killpg(process.pid, signal.SIGKILL)  # its own session, of this fixture: it has children
        process.wait(20.0)


def answers(port: int) -> bool:
    time.sleep(0.5)
    try:
        socket.create_connection(("127.0.0.1", port), timeout=1.0).close()
    except OSError:
        return False
    return True


def watcher(port: int, ctx: FeedContext) -> Source:
    source = open_source(f"cot+tcp://127.0.0.1:{port}", "tak", ctx, backoff=QUICK)
    source.start()
    assert until(lambda: source.state().is_up, 60.0)
    return source


def sender(port: int, name: str) -> Link:
    """A peer that says who it is each time that it is connected, then waits until the server takes it for a client."""
    hello = [xmltext.xml_of(ping(time.time(), name))]
    link = Link("127.0.0.1", port, hello=lambda: hello, backoff=QUICK, settle_s=SETTLE_S)
    link.start()
    return link


def heard(source: Source, link: Link, ctx: FeedContext, events: list[CotEvent]) -> list[ReportBatch]:
    """What `source` got of `events`, sent again and again until each was heard or 90 s are over."""
    now_s, got = time.time(), list[ReportBatch]()
    shift_s = now_s - scenes.T_S

    def said() -> bool:
        for e in events:
            times = {"time_s": e.time_s + shift_s, "start_s": e.start_s + shift_s, "stale_s": now_s + 600.0}
            link.send(xmltext.xml_of(dataclasses.replace(e, opex="", **times)))
            time.sleep(2.0)
        got.extend(rows.reports for rows in source.rows() if len(rows.reports))
        return {ctx.names.text(int(k)) for r in got for k in r.source_track} == {e.uid for e in events}

    assert until(said, 90.0), source.state()
    return got


def tracks() -> list[CotEvent]:
    found = [e for e in events_of(scenes.scene(tracks=(scenes.track(), scenes.BARE))) if e.type.startswith("a-")]
    assert len(found) == 2
    return found


def test_what_one_flightward_sends_another_reads_through_the_server(port: int) -> None:
    ctx = context(options=ANOTHER)
    source = watcher(port, ctx)
    time.sleep(SETTLE_S)
    link, sent = sender(port, "other"), tracks()
    got = heard(source, link, ctx, sent)
    by_uid = {e.uid: e for e in sent}
    for r in got:
        for k in range(len(r)):
            e = by_uid[str(ctx.names.text(int(r.source_track[k])))]
            place = [float(np.degrees(r.lat_rad[k])), float(np.degrees(r.lon_rad[k])), float(r.sigma_h_m[k])]
            assert place == pytest.approx([e.lat_deg, e.lon_deg, e.ce_m], nan_ok=True)
    # hostile is believed of anyone; friend and neutral of those who are trusted only
    assert {int(h) for r in got for h in r.hostile} == {1 if e.type.startswith("a-h") else NONE for e in sent}
    assert not source.state().kept_aside
    assert source.state().clocks == {} or all(abs(o.ahead_s) < 60.0 for o in source.state().clocks.values())
    link.stop()
    source.stop()


def test_who_listens_hears_on_after_broken_xml_came_to_the_server(port: int) -> None:
    """The server may drop its clients when one of them breaks off: who listens comes back by itself and hears on."""
    ctx = context(options=ANOTHER)
    source = watcher(port, ctx)
    time.sleep(SETTLE_S)
    with socket.create_connection(("127.0.0.1", port)) as vandal:
        vandal.sendall(xmltext.xml_of(ping(time.time(), "vandal")))
        time.sleep(2.0)
        vandal.sendall(b"<event version='2.0' uid='x' type='a-h-A'><detail>" + b"A" * 200_000)
    link = sender(port, "honest")
    got = heard(source, link, ctx, tracks())
    assert {int(h) for r in got for h in r.hostile} == {1, NONE}
    assert not source.state().kept_aside
    link.stop()
    source.stop()
