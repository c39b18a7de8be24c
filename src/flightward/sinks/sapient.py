"""Warnings as SAPIENT alerts to a fusion node: registers, reports its status, keeps what cannot be sent yet."""

from __future__ import annotations

import math
import ssl
import threading
import time
from collections import deque
from collections.abc import Callable
from typing import Any

from flightward.errors import BadMessage
from flightward.feeds.net import BACKOFF, Backoff, Link
from flightward.feeds.rows import Rejects
from flightward.feeds.sapient import messages as m
from flightward.feeds.sapient.session import ClientSession, node_id
from flightward.model import Inbox, StepResult
from flightward.sinks.formats.sapient import alerts_of, registration, status
from flightward.sinks.scene import Observer

WAITING_MAX = 1_000
STATUS_S = 5.0


class SapientClient:
    """A connection to a fusion node, kept up. Alerts wait until the node has accepted our registration."""

    def __init__(
        self, host: str, port: int, name: str, title: str, *, tls: ssl.SSLContext | None = None,
        backoff: Backoff = BACKOFF, status_s: float = STATUS_S, now: Callable[[], float] = time.time,
    ) -> None:  # fmt: skip
        self.node = node_id(name)
        self.session = ClientSession(self.node)
        self.rejects = Rejects()
        self._title, self._now, self._status_s = title, now, status_s
        self._frames = m.Frames(self.rejects)
        self._waiting: deque[dict[str, Any]] = deque()
        self._lock = threading.Lock()
        self._stop = threading.Event()
        self.n_dropped = 0
        self.link = Link(host, port, self._heard, hello=self._hello, tls=tls, name="sapient", backoff=backoff, now=now)
        self._beat = threading.Thread(target=self._report, name="sapient-status", daemon=True)

    def start(self) -> None:
        """Begin to connect."""
        self.link.start()
        self._beat.start()

    def send(self, message: dict[str, Any]) -> None:
        """Send when the node has accepted us; beyond WAITING_MAX the oldest goes, and is counted."""
        with self._lock:
            if len(self._waiting) >= WAITING_MAX:
                self._waiting.popleft()
                self.n_dropped += 1
            self._waiting.append(message)
        self._flush()

    def stop(self, flush_s: float = 2.0) -> None:
        """Say goodbye and close."""
        self._stop.set()
        self._beat.join(5.0)
        if self.session.is_accepted and self.link.status.is_up:
            self.link.send(m.framed(status(self._now(), self.node, is_new=True, goodbye=True)))
        self.link.stop(flush_s)

    def _hello(self) -> list[bytes]:
        self._frames = m.Frames(self.rejects)
        self.session.began()
        return [m.framed(registration(self._now(), self.node, self._title))]

    def _heard(self, data: bytes, t_rx_s: float) -> None:
        self._frames.receive(data)
        if self._frames.is_lost:
            raise ConnectionError("the fusion node sent a frame that cannot be followed")
        for row, body in self._frames.bodies():
            try:
                message = m.decode(body)
            except BadMessage as error:
                self.rejects.add_one(error.reason, row, body[:100].hex(), t_rx_s)
                continue
            for answer in self.session.answers(message, self._now()):
                self.link.send(m.framed(answer))
            if m.content_of(message) == "registration_ack" and self.session.is_accepted:
                self.link.send(m.framed(status(self._now(), self.node, is_new=True)))
        self._flush()

    def _flush(self) -> None:
        with self._lock:
            while self._waiting and self.session.is_accepted and self.link.status.is_up:
                self.link.send(m.framed(self._waiting.popleft()))

    def _report(self) -> None:
        while not self._stop.wait(self._status_s):
            if self.session.is_accepted and self.link.status.is_up:
                self.link.send(m.framed(status(self._now(), self.node, is_new=False)))


class SapientSink:
    """A sink of steps: every change of a warning as an alert, and what stands again every `again_s`."""

    def __init__(self, observer: Observer, client: SapientClient, *, again_s: float = 60.0) -> None:
        self._observer = observer
        self._client = client
        self._again_s = again_s
        self._next_s = -math.inf

    def write(self, inbox: Inbox, result: StepResult) -> None:
        """Take one step."""
        scene = self._observer.scene(result)
        is_due = scene.t_s >= self._next_s
        if is_due:
            self._next_s = scene.t_s + self._again_s
        for message in alerts_of(scene, self._client.node, only_new=not is_due):
            self._client.send(message)

    def close(self) -> None:
        """No more steps will come."""
        self._client.stop()
