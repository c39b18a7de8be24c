"""MQTT: warnings and the air picture to a broker. Needs the extra `mqtt` (paho-mqtt).

PREFIX/warnings/W5   JSON as of the webhook, QoS 1, kept by the broker until the warning is cleared, then emptied
PREFIX/picture       GeoJSON, QoS 0, every period
PREFIX/status        "online", or "offline" (the last will, kept)

What stands at the end is emptied too, for nobody would clear it. A run that died could not: its warnings stay, with the
status offline, until the next run has looked for LEFT_S (what they are of may still be so, and is found again in that
time), and what it has not raised itself is emptied then. So a PREFIX is of one Flightward only. A second connection
looks, for a broker may let us publish and not listen.

Source: MQTT 3.1.1 (OASIS), 3.3 (PUBLISH, retain), 3.1.2.5 (will).
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable

from flightward.feeds.net import Broker
from flightward.model import Inbox, StepResult
from flightward.sinks.formats.geojson import geojson
from flightward.sinks.scene import Observer
from flightward.sinks.webhook import message_of

LEFT_S = 60.0
"""So long a raid may take until it is found again."""
_NO_LEVEL = re.compile(r"[/#+\x00-\x1f]")


class MqttSink:
    """A sink of steps. `broker_of` makes a Broker of what is given by name: a will and a hello, or topics to hear."""

    def __init__(
        self, observer: Observer, broker_of: Callable[..., Broker], *, prefix: str = "flightward",
        period_s: float = 5.0,
    ) -> None:  # fmt: skip
        self._observer = observer
        self._prefix, self._period_s = prefix.rstrip("/"), period_s
        self._next_s = -math.inf
        self._standing: set[str] = set()
        self._left: set[str] = set()
        self._sweep_s = math.inf
        self._is_begun = False
        topic = f"{self._prefix}/status"
        self._bye = (topic, b"offline")
        self.broker = broker_of(will=self._bye, hello=(topic, b"online"))
        self._looker: Broker | None = broker_of(topics=(f"{self._prefix}/warnings/+",), on_message=self._found)
        self.broker.start()
        self._looker.start()

    def write(self, inbox: Inbox, result: StepResult) -> None:
        """Take one step."""
        scene = self._observer.scene(result)
        self._is_begun = True
        for w in scene.warnings:
            if not w.is_new:
                continue
            topic = f"{self._prefix}/warnings/{_NO_LEVEL.sub('_', w.id)}"
            self.broker.publish(topic, message_of(w, scene).body, qos=1, retain=not w.is_cleared)
            if w.is_cleared:
                self._standing.discard(topic)
                self._empty({topic})
            else:
                self._standing.add(topic)
        self._sweep(scene.t_s)
        if scene.t_s >= self._next_s:
            self._next_s = scene.t_s + self._period_s
            self.broker.publish(f"{self._prefix}/picture", geojson(scene))

    def close(self) -> None:
        """No more steps will come: nothing stands any more. Without any step it is not known what did."""
        self._stop_looking()
        if self._is_begun:
            self._empty(self._standing | self._left)
        self.broker.stop(bye=self._bye)

    def _found(self, topic: str, payload: bytes, is_retained: bool) -> None:
        """A warning that the broker has kept, or (not retained) one that is told just now: nobody has left that."""
        if is_retained:
            self._left.add(topic)
        else:
            self._left.discard(topic)

    def _sweep(self, t_s: float) -> None:
        """Empty what a run before has left, once, LEFT_S after it could be looked for."""
        if self._looker is None or not self._looker.is_up.is_set():
            return
        self._sweep_s = min(self._sweep_s, t_s + LEFT_S)
        if t_s >= self._sweep_s:
            self._stop_looking()
            self._empty(self._left - self._standing)
            self._left.clear()

    def _stop_looking(self) -> None:
        if self._looker is not None:
            self._looker.stop()
            self._looker = None

    def _empty(self, topics: set[str]) -> None:
        for topic in sorted(topics):
            self.broker.publish(topic, b"", qos=1, retain=True)
