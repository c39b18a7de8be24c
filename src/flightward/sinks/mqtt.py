"""MQTT: warnings and the air picture to a broker. Needs the extra `mqtt` (paho-mqtt).

PREFIX/warnings/W5   JSON as of the webhook, QoS 1, kept by the broker until the warning is cleared, then emptied
PREFIX/picture       GeoJSON, QoS 0, every period
PREFIX/status        "online", or "offline" (the last will, kept)

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

_NO_LEVEL = re.compile(r"[/#+\x00-\x1f]")


class MqttSink:
    """A sink of steps. `broker_of(will, hello)` makes the Broker: the sink knows what its will is."""

    def __init__(
        self, observer: Observer, broker_of: Callable[[tuple[str, bytes], tuple[str, bytes]], Broker], *,
        prefix: str = "flightward", period_s: float = 5.0,
    ) -> None:  # fmt: skip
        self._observer = observer
        self._prefix, self._period_s = prefix.rstrip("/"), period_s
        self._next_s = -math.inf
        topic = f"{self._prefix}/status"
        self._bye = (topic, b"offline")
        self.broker = broker_of(self._bye, (topic, b"online"))
        self.broker.start()

    def write(self, inbox: Inbox, result: StepResult) -> None:
        """Take one step."""
        scene = self._observer.scene(result)
        for w in scene.warnings:
            if not w.is_new:
                continue
            topic = f"{self._prefix}/warnings/{_NO_LEVEL.sub('_', w.id)}"
            self.broker.publish(topic, message_of(w, scene).body, qos=1, retain=not w.is_cleared)
            if w.is_cleared:
                self.broker.publish(topic, b"", qos=1, retain=True)
        if scene.t_s >= self._next_s:
            self._next_s = scene.t_s + self._period_s
            self.broker.publish(f"{self._prefix}/picture", geojson(scene))

    def close(self) -> None:
        """No more steps will come."""
        self.broker.stop(bye=self._bye)
