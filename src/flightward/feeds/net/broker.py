"""A connection to an MQTT broker that is kept up, for feeds and sinks. Needs the extra `mqtt` (paho-mqtt).

It is up once the broker has acknowledged every subscription, not when it took the connection: what others publish
between the two is sent to nobody, and no broker keeps it.

Source: MQTT 3.1.1 (OASIS), 3.9 (SUBACK), 3.1.2.5 (will), 4.3.2 (QoS 1: at least once, so the same may come twice).
"""

from __future__ import annotations

import ssl
import threading
from collections.abc import Callable
from typing import Any

from flightward.errors import Missing
from flightward.feeds.extras import optional

paho: Any = optional("paho.mqtt.client")

QUEUE_MAX = 1_000
PAUSE_S = (1, 60)


class Broker:
    """One connection. `is_up`: connected, and subscribed to all `topics`. Errors: Missing without paho-mqtt."""

    def __init__(
        self, host: str, port: int = 1883, *, tls: ssl.SSLContext | None = None, user: str = "", password: str = "",
        client_id: str = "", will: tuple[str, bytes] | None = None, hello: tuple[str, bytes] | None = None,
        topics: tuple[str, ...] = (), on_message: Callable[[str, bytes, bool], None] | None = None,
        keep_alive_s: int = 15, pause_s: tuple[int, int] = PAUSE_S,
    ) -> None:  # fmt: skip
        if paho is None:
            raise Missing("paho-mqtt", "Install it: pip install 'flightward[mqtt]'")
        self._hello, self._topics, self._on_message = hello, topics, on_message
        self._address = (host, port, keep_alive_s)
        self._asked: set[int] = set()
        self.is_up = threading.Event()
        self.n_connects = 0
        self.n_dropped = 0
        self.error = ""
        self._client: Any = paho.Client(paho.CallbackAPIVersion.VERSION2, client_id=client_id)
        self._client.max_queued_messages_set(QUEUE_MAX)
        self._client.reconnect_delay_set(*pause_s)
        if user:
            self._client.username_pw_set(user, password)
        if tls is not None:
            self._client.tls_set_context(tls)
        if will is not None:
            self._client.will_set(will[0], will[1], qos=1, retain=True)
        self._client.on_connect, self._client.on_disconnect = self._connected, self._disconnected
        self._client.on_connect_fail = self._failed
        self._client.on_subscribe, self._client.on_message = self._subscribed, self._heard

    def start(self) -> None:
        """Begin to connect; it goes on in the background, again and again."""
        self._client.connect_async(*self._address)
        self._client.loop_start()

    def publish(self, topic: str, payload: bytes, *, qos: int = 0, retain: bool = False, within_s: float = 0.0) -> bool:
        """Publish; QoS 1 waits for a connection, QoS 0 without one is dropped and counted.

        within_s   wait so long for it to be sent (QoS 1: acknowledged by the broker); False if it was not.
        """
        if qos == 0 and not self.is_up.is_set():
            self.n_dropped += 1
            return False
        info = self._client.publish(topic, payload, qos=qos, retain=retain)
        if info.rc == paho.MQTT_ERR_QUEUE_SIZE:
            self.n_dropped += 1
            return False
        if within_s > 0.0:
            info.wait_for_publish(within_s)
        return bool(info.is_published())

    def stop(self, flush_s: float = 2.0, bye: tuple[str, bytes] | None = None) -> None:
        """Disconnect, after what is on its way."""
        if bye is not None and self.is_up.is_set():
            self.publish(bye[0], bye[1], qos=1, retain=True, within_s=flush_s)
        self._client.disconnect()
        self._client.loop_stop()
        # without these its sockets wait for the collector of cycles, which may close them in the wrong order
        for name in ("connect", "disconnect", "connect_fail", "subscribe", "message"):
            setattr(self._client, f"on_{name}", None)

    def _connected(self, client: Any, data: Any, flags: Any, reason: Any, properties: Any) -> None:
        if reason.is_failure:
            self.error = str(reason)
            return
        self.n_connects += 1
        self.error = ""
        self._asked = set()
        for topic in self._topics:
            _, mid = client.subscribe(topic, qos=1)
            self._asked.add(mid)
        if self._hello is not None:
            client.publish(self._hello[0], self._hello[1], qos=1, retain=True)
        if not self._asked:
            self.is_up.set()

    def _subscribed(self, client: Any, data: Any, mid: int, reasons: Any, properties: Any) -> None:
        refused = [str(reason) for reason in reasons if reason.is_failure]
        if refused:
            # it stays as it is: a broker that forbids a topic forbids it again, and the rest may still be heard
            self.error = f"the broker refused a subscription: {refused[0]}"
            return
        self._asked.discard(mid)
        if not self._asked:
            self.is_up.set()

    def _disconnected(self, client: Any, data: Any, flags: Any, reason: Any, properties: Any) -> None:
        self.is_up.clear()
        if reason.is_failure:
            self.error = str(reason)

    def _failed(self, client: Any, data: Any) -> None:
        self.error = "no connection"

    def _heard(self, client: Any, data: Any, message: Any) -> None:
        if self._on_message is not None:
            self._on_message(message.topic, bytes(message.payload), bool(message.retain))
