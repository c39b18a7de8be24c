"""The server: who may talk to it, what it says, what a page may ask, and how it ends."""

from __future__ import annotations

import dataclasses
import json
import threading
import time
import urllib.request
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
import websockets.sync.client as client
from websockets.exceptions import InvalidStatus

from flightward.errors import BadInput
from flightward.model import Setup, WarningBatch, f64, i64
from flightward.record import ActLog
from flightward.web import Frame, FrameEncoder, Player, serve, wire
from flightward.web.guard import content_policy
from flightward.web.server import carry_out


@pytest.fixture
def address(setup: Setup, encoder: FrameEncoder, frames: Iterator[Frame]) -> Iterator[str]:
    """A running console."""
    player = Player(frames, setup.start_s, setup.end_s, time.monotonic, speed=20.0)
    stop, ready, found = threading.Event(), threading.Event(), []

    def on_ready(url: str) -> None:
        found.append(url)
        ready.set()

    acts = ActLog()
    acts.hear(a_warning(setup))
    thread = threading.Thread(
        target=serve, args=(player, encoder.setup_message()),
        kwargs={"on_ready": on_ready, "stop": stop, "acts": acts},
    )
    thread.start()
    assert ready.wait(30.0)
    yield found[0]
    stop.set()
    thread.join(15.0)
    assert not thread.is_alive()


def a_warning(setup: Setup) -> WarningBatch:
    """Warning W1, raised at the start of the day."""
    one = WarningBatch.empty(t_s=setup.start_s)
    columns = {f.name: np.zeros(1, getattr(one, f.name).dtype) for f in dataclasses.fields(one) if f.name != "t_s"}
    columns |= {"warning": i64([1]), "raised_s": f64([setup.start_s])}
    return WarningBatch(t_s=setup.start_s, **columns)


def post(url: str, body: bytes, **headers: str) -> tuple[int, Any]:
    asked = {"Content-Type": "application/json", **{k.replace("_", "-"): v for k, v in headers.items()}}
    request = urllib.request.Request(url, data=body, headers=asked)
    try:
        with urllib.request.urlopen(request, timeout=10.0) as answer:
            return answer.status, json.loads(answer.read())
    except urllib.error.HTTPError as error:
        with error:
            text = error.read()
            return error.code, json.loads(text) if text.startswith(b"{") else text


def get(url: str, **headers: str) -> tuple[int, dict[str, str], bytes]:
    request = urllib.request.Request(url, headers={k.replace("_", "-"): v for k, v in headers.items()})
    try:
        with urllib.request.urlopen(request, timeout=10.0) as answer:
            return answer.status, dict(answer.headers), answer.read()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, dict(error.headers), error.read()


def ws_url(address: str) -> str:
    return address.replace("http://", "ws://") + "ws"


def next_of(socket: Any, kind: str) -> dict[str, Any]:
    for _ in range(200):
        message = wire.unpack(socket.recv(timeout=20.0))
        if message["kind"] == kind:
            return message
    raise AssertionError(f"no {kind} came")


def test_the_state_is_there_with_security_headers(address: str) -> None:
    status, headers, body = get(address + "api/state")
    assert status == 200
    assert json.loads(body)["start_s"] > 0.0
    assert "default-src 'none'" in headers["content-security-policy"]
    assert headers["x-content-type-options"] == "nosniff"


def test_another_host_name_is_refused(address: str) -> None:
    assert get(address + "api/state", Host="evil.example")[0] == 403
    assert get(address + "api/state", Host="127.0.0.1.evil.example")[0] == 403
    assert get(address + "api/state", Host="localhost:1")[0] == 200


def test_a_page_of_another_origin_is_refused(address: str) -> None:
    assert get(address + "api/state", Origin="http://evil.example")[0] == 403
    assert get(address + "api/state", Origin="null")[0] == 403
    with pytest.raises(InvalidStatus), client.connect(ws_url(address), origin="http://evil.example"):  # type: ignore[arg-type]
        pass


def test_a_page_gets_setup_then_frames_that_move(address: str) -> None:
    with client.connect(ws_url(address), origin=address.rstrip("/")) as socket:  # type: ignore[arg-type]
        first = wire.unpack(socket.recv(timeout=20.0))
        assert first["kind"] == "setup" and first["label"] == "SIMULATED"
        a = next_of(socket, "frame")
        b = next_of(socket, "frame")
        assert b["t_s"] > a["t_s"]
        assert (a["flights"]["lon_deg"] != b["flights"]["lon_deg"]).all()


def test_the_forecast_comes_once_before_its_frame(address: str) -> None:
    with client.connect(ws_url(address)) as socket:
        kinds = [wire.unpack(socket.recv(timeout=20.0))["kind"] for _ in range(6)]
    assert kinds[:4] == ["setup", "forecast", "frame", "player"]
    assert kinds[4:] in (["frame", "player"], ["forecast", "frame"])


def test_a_page_commands_the_player(address: str) -> None:
    with client.connect(ws_url(address)) as socket:
        next_of(socket, "frame")
        socket.send('{"do": "pause"}')
        while next_of(socket, "player")["is_playing"]:
            pass
        socket.send('{"do": "speed", "speed": 5}')
        assert next_of(socket, "player")["speed"] == 5.0
        socket.send('{"do": "fly"}')
        assert "unknown" in next_of(socket, "refused")["why"]
        socket.send("nonsense")
        assert "not a command" in next_of(socket, "refused")["why"]


def test_ten_thousand_bytes_of_command_end_that_page_only(address: str) -> None:
    with client.connect(ws_url(address)) as socket:
        next_of(socket, "frame")
        socket.send("x" * 10_000)
        with pytest.raises(Exception, match=r"1009|too big|closed"):
            while True:
                socket.recv(timeout=20.0)
    assert get(address + "api/state")[0] == 200


@pytest.mark.parametrize(
    "raw",
    ['{"do": "seek"}', '{"do": "speed", "speed": 0}', '{"do": "speed", "speed": 1e999}', "[]", "", '{"do": 1}',
     '{"do": "play", "x": 1}', '{"do": "seek", "t_s": "now"}', "{" * 5000],
)
def test_a_bad_command_is_answered_and_does_nothing(raw: str) -> None:
    player = Player(iter([]), 0.0, 1.0, time.monotonic)
    before = player.current()[1]
    assert carry_out(player, raw)
    assert player.current()[1] == before


@pytest.mark.parametrize("host", ["0.0.0.0", "192.168.1.1", "example.org", "::"])
def test_only_loopback_is_served(host: str) -> None:
    with pytest.raises(BadInput, match="this machine only"):
        serve(Player(iter([]), 0.0, 1.0, time.monotonic), b"", host=host)


def test_the_policy_allows_nothing_from_elsewhere() -> None:
    policy = content_policy("127.0.0.1:8765")
    assert "unsafe" not in policy and "http" not in policy and "*" not in policy
    assert "connect-src 'self' ws://127.0.0.1:8765;" in policy


TOLD = b'{"warning": "W1", "act": "told", "person": "Olena", "to_whom": "HUM112", "how": "VHF"}'


def test_an_act_is_noted_and_goes_to_every_page(address: str, setup: Setup) -> None:
    with client.connect(ws_url(address)) as one, client.connect(ws_url(address)) as two:
        next_of(two, "frame")
        one.send('{"do": "act", "warning": 1, "act": "seen", "person": "Olena"}')
        assert [next_of(page, "acts")["acts"]["person"] for page in (one, two)] == [["Olena"], ["Olena"]]
        status, done = post(address + "api/acts", TOLD)
        assert status == 201 and done["warning"] == "W1" and done["act"] == "told" and done["t_s"] >= setup.start_s
        table = next_of(two, "acts")["acts"]
        assert table["act"].tolist() == [0, 1] and table["to_whom"] == ["", "HUM112"]
    with client.connect(ws_url(address)) as late:
        assert next_of(late, "acts")["acts"]["warning"].tolist() == [1, 1]
    assert [a["act"] for a in json.loads(get(address + "api/acts")[2])] == ["seen", "told"]


@pytest.mark.parametrize(
    ("body", "why"),
    [
        (TOLD.replace(b"W1", b"W9"), "no warning"), (TOLD.replace(b"Olena", b""), "person"), (b"[]", "object"),
        (TOLD.replace(b"VHF", b""), "how"), (b"{", "truncated"), (TOLD.replace(b"told", b"sung"), "must be one of"),
        (TOLD[:-1] + b', "t_s": 5}', "t_s"),
    ],
)
def test_a_bad_act_is_refused_with_why(address: str, body: bytes, why: str) -> None:
    status, answer = post(address + "api/acts", body)
    assert status == 400 and why.lower() in answer["why"].lower()
    with client.connect(ws_url(address)) as socket:
        next_of(socket, "frame")
        socket.send('{"do": "act", "warning": "W9", "act": "seen", "person": "A"}')
        assert "no warning" in next_of(socket, "refused")["why"]
    assert json.loads(get(address + "api/acts")[2]) == []


def test_no_stranger_writes_an_act(address: str) -> None:
    assert post(address + "api/acts", TOLD, Origin="http://evil.example")[0] == 403
    assert post(address + "api/acts", TOLD, Host="evil.example")[0] == 403
    assert post(address + "api/acts", TOLD, Content_Type="text/plain")[0] == 415
    assert post(address + "api/acts", b" " * 5_000)[0] == 413
    assert json.loads(get(address + "api/acts")[2]) == []
