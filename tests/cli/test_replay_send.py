"""`flightward replay --send`: a recorded day goes out over real connections, marked in every message."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner

from flightward.cli.app import app
from flightward.errors import BadInput
from flightward.feeds.cot.stream import Events
from flightward.feeds.live import open_source
from flightward.feeds.net import Listener, Peer
from flightward.feeds.rows import FeedContext, Rejects
from flightward.sinks.webhook import verify

sys.path.insert(0, str(Path(__file__).parents[1] / "sinks"))
sys.path.insert(0, str(Path(__file__).parents[1] / "feeds"))
from feedkit import ANOTHER, context
from sockets import Recorder, until

SECRET = "a secret of this test"


@pytest.fixture
def recording(small_run: tuple[Path, Path]) -> Path:
    """The recording of the small day."""
    return small_run[1] / "recording.mcap"


class TakServer:
    """Takes all that is sent to it."""

    def __init__(self) -> None:
        self.heard: list[bytes] = []
        self.listener = Listener(self._serve)
        self.listener.start()

    def _serve(self, peer: Peer, data: bytes, t_rx_s: float) -> bool:
        self.heard.append(data)
        return True


@pytest.fixture
def tak() -> Iterator[TakServer]:
    server = TakServer()
    yield server
    server.listener.stop()


def test_without_exercise_nothing_is_sent(recording: Path, tak: TakServer) -> None:
    done = CliRunner().invoke(app, ["replay", str(recording), "--send", f"cot+tcp://127.0.0.1:{tak.listener.port}"])
    assert done.exit_code != 0 and "--exercise" in str(done.exception)
    assert tak.heard == []


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (("--until", "-5"), "--until: must be a number, 0 or more"),
        (("--from", "nan"), "--from: must be a number"),
        (("--from", "25:00"), "--from: is neither"),
        (("--from", "1e6"), "leave nothing of the recording"),
        (("--from", "200", "--until", "100"), "leave nothing of the recording"),
        (("--speed", "nan"), "--speed: must be a number"),
        (("--set", "threats.caution_p=7"), "threats.caution_p: must be from 0 to 1"),
        (("--exercise", "--send", "http://[/x"), "is no address"),
        (("--exercise", "--send", "https://example.com/x"), "FLIGHTWARD_WEBHOOK_SECRET"),
        (("--exercise", "--send", f"file:{__file__}"), "--send: cannot be opened"),
    ],
)
def test_senseless_options_are_refused_by_name(
    recording: Path, options: tuple[str, ...], words: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    if "example" not in options[-1]:
        monkeypatch.setenv("FLIGHTWARD_WEBHOOK_SECRET", SECRET)
    done = CliRunner().invoke(app, ["replay", str(recording), *options])
    assert isinstance(done.exception, BadInput) and words in str(done.exception)


@pytest.mark.slow
def test_a_day_is_sent_to_all_who_listen_and_marked_in_every_message(
    recording: Path, tak: TakServer, tmp_path: Path
) -> None:
    hook = Recorder()
    ctx: FeedContext = context(options={"trusted": True, **ANOTHER})
    group = open_source("cot+udp://127.0.0.1:0", "team", ctx)
    group.start()
    addresses = [
        f"cot+tcp://127.0.0.1:{tak.listener.port}", f"cot+udp://127.0.0.1:{group.port}?form=tak",  # type: ignore[attr-defined]
        f"http://127.0.0.1:{hook.port}/hook", f"file:{tmp_path / 'now'}",
    ]  # fmt: skip
    sends = [text for address in addresses for text in ("--send", address)]
    began_s = time.time()
    done = CliRunner().invoke(
        app, ["replay", str(recording), "--exercise", "--speed", "100", *sends],
        env={"FLIGHTWARD_WEBHOOK_SECRET": SECRET},
    )  # fmt: skip
    assert done.exit_code == 0, done.output
    events = Events(Rejects())
    events.receive(b"".join(tak.heard))
    got = [event for _, event in events.events()]
    assert {e.type[:2] for e in got} >= {"a-", "t-"} and len(got) > 50
    day = [e for e in got if not e.type.startswith("t-")]
    assert all(e.opex.startswith("s-") for e in day)
    assert min(e.time_s for e in day) >= began_s - 1.0  # as if it were now
    tracks = {e.uid for e in day if e.type.startswith("a-")}
    heard: list[int] = []
    assert until(lambda: heard.append(sum(len(r.reports) for r in group.rows())) or heard[-1] == 0)
    # a hundred times faster than the clock, the times run ahead: most are from the future to who receives them
    aside = group.state().kept_aside
    assert sum(heard) >= 1 and sum(heard) + aside.get("from_the_future", 0) >= len(tracks) > 0
    assert "junk" not in aside
    posts = [(p, json.loads(p.body)) for p in hook.requests]
    assert posts and all(body["exercise"] and body["mark"] for _, body in posts)
    assert all(verify(SECRET.encode(), p.body, p.headers["Flightward-Signature"], time.time()) for p, _ in posts)
    assert posts[0][1]["event"] == "warning.raised"
    now = json.loads((tmp_path / "now/now.geojson").read_text())
    assert now["features"] and (tmp_path / "now/link.kml").exists() and (tmp_path / "now/now.czml").exists()
    group.stop()
    hook.stop()
