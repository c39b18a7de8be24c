"""Watching: live feeds through the whole flow, recorded, sent on, and replayed to the same."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from flightward.errors import BadInput
from flightward.feeds.live import LiveDay, SourceState, read_area
from flightward.feeds.net import Listener, Peer
from flightward.model import Inbox, StepResult
from flightward.record import open_recording
from flightward.record.verify import verify
from flightward.run import finish, replay, start

AREA = """
name = "test area"
[area]
lat_deg = 52.0
lon_deg = 4.0
radius_m = 200000.0
qnh_hpa = 1013.0
[[sensor]]
id = "adsb-1"
kind = "adsb"
lat_deg = 52.0
lon_deg = 4.0
hae_m = 10.0
max_range_m = 300000.0
[[feed]]
name = "roof"
url = "avr+tcp://127.0.0.1:PORT"
sensor = "adsb-1"
"""
AVR = b"*8D40621D58C382D690C8AC2863A7;\n*8D40621D58C386435CC412692AD6;\n"


class Keeps:
    """A sink that keeps what it is told."""

    def __init__(self) -> None:
        self.told: list[tuple[Inbox, StepResult]] = []
        self.is_closed = False

    def write(self, inbox: Inbox, result: StepResult) -> None:
        self.told.append((inbox, result))

    def close(self) -> None:
        self.is_closed = True


@pytest.fixture
def area(tmp_path: Path) -> Iterator[Path]:
    """AREA.toml with one receiver that speaks five times a second."""

    def serve(peer: Peer, data: bytes, t_rx_s: float) -> bool:
        return True

    server, stop = Listener(serve), threading.Event()
    server.start()

    def say() -> None:
        while not stop.wait(0.2):
            server.send_all(AVR)

    thread = threading.Thread(target=say)
    thread.start()
    file = tmp_path / "AREA.toml"
    file.write_text(AREA.replace("PORT", str(server.port)))
    yield file
    stop.set()
    thread.join()
    server.stop()


def test_live_feeds_go_through_the_flow_second_by_second_and_are_replayed(area: Path, tmp_path: Path) -> None:
    read = read_area(area, {}, time.time)
    states: list[SourceState] = []
    day = LiveDay(area, read, time.time, lambda t_s, found: states.extend(found))
    keeps = Keeps()
    run = start(day, tmp_path / "out", tables=False, more=[keeps])
    n_reports = 0
    for inbox, result in run.steps:
        assert inbox.t_s == result.t_s <= time.time()
        n_reports += len(inbox.reports)
        if len(result.tracks) and n_reports >= 5:
            break
        assert inbox.t_s < read.setup.start_s + 240.0, "nothing was heard"
    day.stop()
    figures = finish(run)
    assert keeps.is_closed and len(keeps.told) >= 3
    times = [inbox.t_s for inbox, _ in keeps.told]
    assert times == [times[0] + k for k in range(len(times))]
    # the sources are told after their second is taken: of the last one nothing was told yet
    assert states[-1].n_reports >= n_reports - len(inbox.reports) and states[-1].name == "roof"
    assert not threading.active_count() > 20 and figures["rejected"] == day.rejected
    recording = open_recording(tmp_path / "out/recording.mcap")
    raw = list(recording.raw())
    assert {feed for _, feed, _ in raw} == {"roof"} and [t for t, _, _ in raw] == sorted(t for t, _, _ in raw)
    received = b"".join(data for _, _, data in raw)
    assert len(received) >= 5 * len(AVR) and received.strip(b"\n").split(b"\n") == (AVR * 999)[: len(received)].split()
    recorded = list(recording.inboxes())
    # a second in which nothing was heard has no rows to name a feed of
    assert all(box.report_feed is not None and not box.report_feed.any() for box in recorded if len(box.reports))
    assert verify(tmp_path / "out/recording.mcap").is_whole
    assert [box.t_s for box in recorded] == times
    assert [len(box.reports) for box in recorded] == [len(inbox.reports) for inbox, _ in keeps.told]
    again = Keeps()
    replay(tmp_path / "out/recording.mcap", sinks_of=lambda setup: [again])
    assert [len(r.tracks) for _, r in again.told] == [len(r.tracks) for _, r in keeps.told]


def test_what_is_wrong_is_told_before_the_long_wait(tmp_path: Path) -> None:
    (tmp_path / "AREA.toml").write_text(AREA.replace("avr+tcp", "avr+udp").replace("PORT", "30002"))
    with pytest.raises(BadInput, match="must begin with one of"):
        read_area(tmp_path / "AREA.toml", {}, time.time)


def state_of(url: str) -> dict[str, Any]:
    """What the console shows."""
    with urllib.request.urlopen(f"{url}api/state") as answer:
        return dict(json.loads(answer.read()))


@pytest.mark.slow
@pytest.mark.parametrize("more", [["--headless"], ["--port", "0"]])
def test_the_command_watches_until_it_is_interrupted(area: Path, tmp_path: Path, more: list[str]) -> None:
    command = [sys.executable, "-u", "-m", "flightward.cli", "watch", str(area), "--out", str(tmp_path / "out"),
               "--send", f"file:{tmp_path / 'now'}", *more]  # fmt: skip
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    assert process.stdout is not None
    lines: list[str] = []
    for line in process.stdout:
        lines.append(line)
        if "HEARD" in line:
            break
    time.sleep(3.0)
    if more != ["--headless"]:
        (url,) = [word for line in lines for word in line.split() if word.startswith("http://127.0.0.1:")]
        states = [state_of(url)]
        while states[-1]["frame"]["n_tracks"] < 1 and time.time() < states[0]["t_s"] + 60.0:
            time.sleep(0.5)
            states.append(state_of(url))
        assert states[-1]["frame"]["n_tracks"] >= 1
        assert all(s["is_playing"] and s["t_s"] == s["head_s"] for s in states)
        assert states[0]["t_s"] < states[-1]["t_s"] and states[-1]["t_s"] > time.time() - 5.0
    process.send_signal(signal.SIGINT)
    rest, _ = process.communicate(timeout=400.0)
    text = "".join(lines) + rest
    assert process.returncode == 0, text
    assert "Watching test area: 1 feeds" in text and "roof" in text
    assert (tmp_path / "out/summary.json").exists() and (tmp_path / "now/now.geojson").exists()
