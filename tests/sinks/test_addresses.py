"""What `--send` takes: every kind of address, what is missing is said, and no secret is repeated."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
from sockets import Recorder, until
from test_links import Kept

import days
from flightward.errors import BadInput, Missing
from flightward.feeds.net import broker
from flightward.model import Setup
from flightward.sinks import Mark, Observer
from flightward.sinks.addresses import Address, Sink, open_sink


@pytest.fixture(scope="module")
def setup(tmp_path_factory: pytest.TempPathFactory) -> Setup:
    return days.made_setup(tmp_path_factory.mktemp("addresses") / "case")


def opened(text: str, setup: Setup, **environment: str) -> Sink:
    return open_sink(text, Observer(setup, Mark("EXERCISE")), environment, time.time)


def test_every_kind_of_address_opens_a_sink(setup: Setup, tmp_path: Path) -> None:
    server, web = Kept(), Recorder()
    texts = [
        "cot+udp://127.0.0.1:45999?form=tak", f"cot+tcp://127.0.0.1:{server.port}?prefix=north",
        f"sapient://127.0.0.1:{server.port}", f"http://127.0.0.1:{web.port}/x",
        f"file:{tmp_path}/out",
    ]
    if broker.paho is not None:
        texts.append("mqtt://127.0.0.1:1/flights")
    for text in texts:
        opened(text, setup, FLIGHTWARD_WEBHOOK_SECRET="s").close()
    assert until(lambda: b'uid="north.ping" type="t-x-c-t"' in server.all)  # the ping of the CoT link
    assert until(lambda: b"BSI Flex 335 v2.0" in server.all)  # the registration of the SAPIENT client
    assert (tmp_path / "out/link.kml").exists()
    server.listener.stop()
    web.stop()


@pytest.mark.parametrize("text", [
    "cot+udp://", "cot+tcp://:5", "cot+smoke://h:1", "sapient://host", "gopher://h", "file:", "notify:", "cot+udp://h:x",
    "asterix+udp://h:1", "asterix+udp://h:1?sac=256&sic=1",
    "asterix+udp://h:1?sac=1&sic=x", "asterix+udp://?sac=1&sic=2", "asterix+udp://nowhere.invalid:1?sac=1&sic=2",
    "https://example.org/hook", "mqtt://user:secret@h/x", "cot+tls://h:1?ca=/nowhere.pem",
])
def test_what_is_missing_is_said_and_no_secret_repeated(text: str, setup: Setup) -> None:
    with pytest.raises((BadInput, Missing)) as caught:
        opened(text, setup)
    assert "secret@" not in str(caught.value)


def test_paths_and_options() -> None:
    address = Address("cot+tls://tak.example.org:8089/a%20b?ca=/x/ca.pem&form=tak")
    assert (address.place(), address.path, address.options) == (
        ("tak.example.org", 8089), "/a b", {"ca": "/x/ca.pem", "form": "tak"})
    assert Address("file:/tmp/out").path == "/tmp/out"
