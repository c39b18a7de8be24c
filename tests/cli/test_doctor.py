"""`flightward doctor`: what it says of feeds that are good, silent, absent, mistaken, and whose clocks are wrong."""

from __future__ import annotations

import dataclasses
import json
import math
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

import pytest

from flightward.feeds.clocks import ClockOffset
from flightward.feeds.live.findings import CODES, Finding, findings, own_clock
from flightward.feeds.live.source import SourceState
from flightward.feeds.net import Listener, Peer
from flightward.wording import LANGUAGES
from flightward.wording.sources import TO_DO, to_do

AVR = b"*8D40621D58C382D690C8AC2863A7;\n*8D40621D58C386435CC412692AD6;\n"
GOOD = SourceState(
    name="roof", address="avr+tcp://127.0.0.1:30002", is_up=True, is_stale=False, n_connects=1, n_bytes=100,
    n_messages=4, n_reports=2, heard_s=1e9, newest_s=1e9, error="", kept_aside={}, repairs={}, clocks={}, sample=AVR,
)  # fmt: skip
NEVER = {"n_bytes": 0, "n_messages": 0, "n_reports": 0, "heard_s": math.nan, "newest_s": math.nan, "sample": b""}


def state(**changes: Any) -> SourceState:
    return dataclasses.replace(GOOD, **changes)


@pytest.mark.parametrize(
    ("changes", "codes"),
    [
        ({}, ["good"]),
        ({**NEVER}, ["silent"]),
        ({**NEVER, "address": "asterix+udp://127.0.0.1:8600"}, ["silent_port"]),
        ({**NEVER, "address": "sapient+listen://127.0.0.1:5020"}, ["no_sensor_yet"]),
        ({**NEVER, "is_up": False, "error": "ConnectionRefusedError: [Errno 111] refused"}, ["refused"]),
        ({**NEVER, "is_up": False, "error": "gaierror: no such name"}, ["no_host"]),
        ({**NEVER, "is_up": False, "error": "TimeoutError: timed out"}, ["unreachable"]),
        ({**NEVER, "is_up": False, "error": "SSLCertVerificationError: CERTIFICATE_VERIFY_FAILED"}, ["certificate"]),
        ({**NEVER, "is_up": False, "error": "Not authorized"}, ["login"]),
        ({**NEVER, "is_up": False, "error": "ConnectionResetError: the peer closed the connection"}, ["closed"]),
        ({**NEVER, "is_up": False, "error": ""}, ["no_connection"]),
        ({"n_messages": 0, "n_reports": 0, "address": "sbs+tcp://127.0.0.1:30002"}, ["other_format"]),
        ({"n_messages": 0, "n_reports": 0, "sample": b"\0" * 50}, ["unreadable"]),
        ({"n_reports": 0, "kept_aside": {"cpr_alone": 9, "parity": 1}}, ["needs_reference"]),
        ({"n_reports": 0, "kept_aside": {"sensor": 9}, "clocks": {"25/201": ClockOffset(0, 0, 9)}}, ["no_such_sensor"]),
        ({"n_reports": 0, "kept_aside": {"parity": 9}}, ["no_reports"]),
        ({"clocks": {"": ClockOffset(0.4, 0.1, 9), "25/201": ClockOffset(3.0, 0.1, 9)}}, ["clock_ahead"]),
        ({"clocks": {"": ClockOffset(-7.0, 0.1, 9)}, "repairs": {"overrun": 1}}, ["late", "overrun"]),
        ({"address": "sbs+tcp://h:1", "clocks": {"": ClockOffset(7_200.2, 0.1, 9)}}, ["clock_zone"]),
        ({"address": "sbs+tcp://h:1", "clocks": {"": ClockOffset(-3_599.0, 0.1, 9)}}, ["clock_zone"]),
    ],
)
def test_what_is_found_of_a_source(changes: dict[str, Any], codes: list[str]) -> None:
    found = findings(state(**changes))
    assert [f.code for f in found] == codes
    for one in found:
        for language in LANGUAGES:
            text = to_do(one.code, one.values, language)
            assert text and "{" not in text.replace("{...}", "")


def test_what_the_sentences_say() -> None:
    (other,) = findings(state(n_messages=0, address="sbs+tcp://127.0.0.1:30002"))
    assert to_do(other.code, other.values).endswith("they look like avr: say avr+tcp://.")
    (zone,) = findings(state(address="sbs+tcp://h:1", clocks={"": ClockOffset(7_200.2, 0.1, 9)}))
    assert to_do(zone.code, zone.values).endswith("give the feed utc_offset_s = 7200.")
    assert set(TO_DO) == set(CODES) and all(set(texts) == set(LANGUAGES) for texts in TO_DO.values())


def test_clocks_that_are_all_ahead_by_the_same_blame_this_machine() -> None:
    ahead = [state(clocks={"a": ClockOffset(5.0, 0.1, 9)}), state(clocks={"b": ClockOffset(5.4, 0.1, 9)})]
    assert own_clock(ahead) == Finding("own_clock", {"seconds": 5.0, "n": 2})
    assert own_clock(ahead[:1]) is None
    assert own_clock([*ahead, state(clocks={"c": ClockOffset(0.0, 0.1, 9)})]) is None
    assert own_clock([*ahead, state(clocks={"c": ClockOffset(9.0, 0.1, 9)})]) is None


AREA = """
name = "test area"
[area]
lat_deg = 52.0
lon_deg = 4.0
radius_m = 200000.0
[[feed]]
name = "roof"
url = "avr+tcp://127.0.0.1:GOOD"
reference = [52.0, 4.0]
[[feed]]
name = "mistaken"
url = "sbs+tcp://127.0.0.1:GOOD"
[[feed]]
name = "absent"
url = "beast+tcp://127.0.0.1:1"
[[feed]]
name = "radars"
url = "asterix+udp://127.0.0.1:0"
"""


def test_the_command_says_of_each_connection_what_to_do(tmp_path: Path) -> None:
    def serve(peer: Peer, data: bytes, t_rx_s: float) -> bool:
        return True

    server = Listener(serve)
    server.start()
    stop = threading.Event()

    def say() -> None:
        while not stop.wait(0.2):
            server.send_all(AVR)

    thread = threading.Thread(target=say)
    thread.start()
    (tmp_path / "AREA.toml").write_text(AREA.replace("GOOD", str(server.port)))
    command = [sys.executable, "-m", "flightward.cli", "doctor", str(tmp_path / "AREA.toml"), "--listen", "6", "--json"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=280.0, check=False)
    stop.set()
    thread.join()
    server.stop()
    assert done.returncode == 1, done.stderr
    told = json.loads(done.stdout)
    assert {feed["name"]: feed["codes"] for feed in told["feeds"]} == {
        "roof": ["good"], "mistaken": ["other_format"], "absent": ["refused"], "radars": ["silent_port"],
    }  # fmt: skip
    roof = told["feeds"][0]
    assert roof["is_up"] and roof["n_reports"] >= 1 and roof["newest_age_s"] < 30.0
    assert told["installed"]["flightward"] and told["own_clock"] is None


def test_without_an_area_it_says_what_is_installed() -> None:
    began = time.monotonic()
    done = subprocess.run(
        [sys.executable, "-m", "flightward.cli", "doctor"], capture_output=True, text=True, timeout=60.0, check=True
    )
    assert "extra mqtt:" in done.stdout and "program chromium:" in done.stdout
    assert time.monotonic() - began < 60.0
