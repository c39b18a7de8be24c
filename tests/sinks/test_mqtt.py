"""MQTT against a real Mosquitto on this machine; skipped, with the reason, where it or paho-mqtt is absent."""

from __future__ import annotations

import functools
import json
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import scenes
from feedkit import context
from sockets import Relay, until
from test_links import free_port
from test_ridjson import HOUR_S, receiver, structure

from flightward.errors import Missing
from flightward.feeds.net import Broker, broker
from flightward.feeds.ridjson.source import RemoteIdMqtt
from flightward.sinks.formats.geojson import geojson
from flightward.sinks.mqtt import MqttSink
from flightward.sinks.scene import WarningMark
from flightward.sinks.webhook import message_of

MOSQUITTO = shutil.which("mosquitto", path="/usr/local/sbin:/usr/sbin:/usr/local/bin:/usr/bin")
needs_paho = pytest.mark.skipif(broker.paho is None, reason="needs paho-mqtt: pip install 'flightward[mqtt]'")
needs_broker = pytest.mark.skipif(MOSQUITTO is None, reason="needs mosquitto: apt-get install mosquitto")


class Mosquitto:
    """A broker on a port of this machine that can be stopped and started."""

    def __init__(self, folder: Path) -> None:
        self.port = free_port()
        self._file = folder / "mosquitto.conf"
        self._file.write_text(f"listener {self.port} 127.0.0.1\nallow_anonymous true\npersistence false\n")
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        assert MOSQUITTO is not None
        quiet = subprocess.DEVNULL
        self._process = subprocess.Popen([MOSQUITTO, "-c", str(self._file)], stdout=quiet, stderr=quiet)

    def stop(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.wait(10.0)
            self._process = None


@pytest.fixture
def mosquitto(tmp_path: Path) -> Iterator[Mosquitto]:
    one = Mosquitto(tmp_path)
    one.start()
    yield one
    one.stop()


def listening(port: int, heard: list[tuple[str, bytes, bool]], *topics: str) -> Broker:
    one = Broker("127.0.0.1", port, topics=topics, on_message=lambda *m: heard.append(m))
    one.start()
    assert one.is_up.wait(20.0)
    return one


@needs_paho
@needs_broker
def test_warnings_are_kept_by_the_broker_until_they_are_cleared(mosquitto: Mosquitto) -> None:
    whole = scenes.scene()
    sink = Broker("127.0.0.1", mosquitto.port, will=("fw/status", b"offline"), hello=("fw/status", b"online"))
    sink.start()
    assert sink.is_up.wait(20.0)
    body = message_of(whole.warnings[0], whole).body
    assert sink.publish("fw/warnings/W5", body, qos=1, retain=True, within_s=20.0)
    sink.publish("fw/picture", geojson(whole))
    late: list[tuple[str, bytes, bool]] = []
    first = listening(mosquitto.port, late, "fw/#")
    assert until(lambda: {m[0] for m in late} >= {"fw/warnings/W5", "fw/status"})
    assert ("fw/warnings/W5", body, True) in late and ("fw/status", b"online", True) in late
    sink.publish("fw/warnings/W5", b"", qos=1, retain=True)
    assert until(lambda: ("fw/warnings/W5", b"", False) in late)
    later: list[tuple[str, bytes, bool]] = []
    second = listening(mosquitto.port, later, "fw/#")
    sink.stop(bye=("fw/status", b"offline"))
    # retained, if it subscribes after that
    assert until(lambda: ("fw/status", b"offline") in [m[:2] for m in later])
    assert not any(m[0].startswith("fw/warnings") for m in later)
    first.stop()
    second.stop()


def sink_of(port: int) -> MqttSink:
    """A sink of scenes in place of steps, that is connected and has looked."""
    observer: Any = SimpleNamespace(scene=lambda scene: scene)
    sink = MqttSink(observer, functools.partial(Broker, "127.0.0.1", port), prefix="fw")
    assert sink._looker is not None
    assert sink.broker.is_up.wait(20.0) and sink._looker.is_up.wait(20.0)
    return sink


def tell(sink: MqttSink, dt_s: float, *warnings: WarningMark) -> None:
    scene: Any = scenes.scene(t_s=scenes.T_S + dt_s, warnings=warnings)
    sink.write(scene, scene)


def kept(port: int) -> dict[str, bytes]:
    """What the broker keeps; it sends that to whoever subscribes, before what is said then."""
    heard: list[tuple[str, bytes, bool]] = []
    one = listening(port, heard, "fw/#", "end")
    assert one.publish("end", b"", qos=1, within_s=20.0) and until(lambda: ("end", b"", False) in heard)
    one.stop()
    return {topic.removeprefix("fw/"): payload for topic, payload, is_retained in heard if is_retained}


@needs_paho
@needs_broker
def test_what_stands_at_the_end_is_emptied(mosquitto: Mosquitto) -> None:
    sink = sink_of(mosquitto.port)
    tell(sink, 0.0, scenes.warning(5), scenes.warning(7))
    tell(sink, 1.0, scenes.warning(7, is_cleared=True))
    assert until(lambda: kept(mosquitto.port).keys() == {"status", "warnings/W5"})
    sink.close()
    assert kept(mosquitto.port) == {"status": b"offline"}


@needs_paho
@needs_broker
def test_what_a_run_that_died_has_left_is_emptied_once_it_is_plain_that_it_does_not_stand(
    mosquitto: Mosquitto,
) -> None:
    dead = listening(mosquitto.port, [])
    for number in (5, 7, 9):
        assert dead.publish(f"fw/warnings/W{number}", b"old", qos=1, retain=True, within_s=20.0)
    early = sink_of(mosquitto.port)
    early.close()  # it has seen no step: it does not know what stands
    sink = sink_of(mosquitto.port)
    assert until(lambda: len(sink._left) == 3)
    tell(sink, 0.0)
    tell(sink, 59.0, scenes.warning(5))
    assert dead.publish("fw/warnings/W7", b"after all alive", qos=1, retain=True, within_s=20.0)
    assert until(lambda: sink._left == {"fw/warnings/W9"})
    assert kept(mosquitto.port).keys() == {"status", "warnings/W5", "warnings/W7", "warnings/W9"}
    tell(sink, 60.0)
    assert until(lambda: kept(mosquitto.port).keys() == {"status", "warnings/W5", "warnings/W7"})
    assert b"old" not in kept(mosquitto.port).values()
    sink.close()
    assert kept(mosquitto.port).keys() == {"status", "warnings/W7"}
    dead.stop()


@needs_paho
@needs_broker
def test_remote_id_from_a_broker_that_dies_and_comes_back(mosquitto: Mosquitto) -> None:
    source = RemoteIdMqtt(context(), now=lambda: HOUR_S + 11.5)
    one = Broker("127.0.0.1", mosquitto.port, topics=("rid/#",), on_message=source.on_message, pause_s=(1, 1))
    sender = Broker("127.0.0.1", mosquitto.port, pause_s=(1, 1))
    for link in (one, sender):
        link.start()
        assert link.is_up.wait(20.0)
    payload = json.dumps(receiver(structure())).encode()
    # acknowledged before the broker dies: what is not is rightly sent again when it is back, and comes twice
    assert sender.publish("rid/ds-1", payload, qos=1, within_s=20.0)
    found: list[float] = []
    assert until(lambda: found.extend(source.rows().reports.t_rx_s.tolist()) or found == [HOUR_S + 11.5])
    mosquitto.stop()
    assert until(lambda: not one.is_up.is_set() and not sender.is_up.is_set())
    assert not sender.publish("rid/ds-1", payload, qos=0)
    assert sender.n_dropped == 1
    mosquitto.start()
    assert one.is_up.wait(30.0) and sender.is_up.wait(30.0)
    assert (one.n_connects, sender.n_connects) == (2, 2)
    assert sender.publish("rid/ds-1", b"not JSON", qos=1, within_s=20.0)
    assert sender.publish("rid/ds-1", payload, qos=1, within_s=20.0)
    assert until(lambda: found.extend(source.rows().reports.t_rx_s.tolist()) or len(found) == 2)
    assert source.feed.rejects.counts == {"junk": 1}
    one.stop()
    sender.stop()


@needs_paho
@needs_broker
def test_a_subscriber_is_not_up_before_the_broker_has_its_subscription(mosquitto: Mosquitto) -> None:
    relay = Relay(mosquitto.port)
    relay.hold_after = 1  # its CONNECT goes through, its SUBSCRIBE does not
    heard: list[tuple[str, bytes, bool]] = []
    one = Broker("127.0.0.1", relay.port, topics=("rid/#",), on_message=lambda *m: heard.append(m))
    one.start()
    assert until(lambda: one.n_connects == 1 and relay.n_held >= 1)
    sender = listening(mosquitto.port, [])
    assert not one.is_up.is_set()
    assert sender.publish("rid/ds-1", b"nobody hears this", qos=1, within_s=20.0)
    relay.let_go()
    assert one.is_up.wait(20.0)
    assert sender.publish("rid/ds-1", b"this is heard", qos=1, within_s=20.0)
    assert until(lambda: heard == [("rid/ds-1", b"this is heard", False)])
    for link in (one, sender):
        link.stop()
    relay.stop()


def test_without_the_extra_it_is_said_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(broker, "paho", None)
    with pytest.raises(Missing, match=r"flightward\[mqtt\]"):
        Broker("127.0.0.1")
