"""Sends Cursor on Target: to one host or a group as datagrams, or to a TAK server over TCP or TLS."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Protocol

from flightward.feeds.cot import tak, xmltext
from flightward.feeds.cot.event import CotEvent
from flightward.model import Inbox, StepResult
from flightward.sinks.formats.cot import SETTINGS, CotSettings, events_of
from flightward.sinks.scene import Observer

WRITERS: dict[str, Callable[[CotEvent], bytes]] = {
    "xml": xmltext.xml_of, "tak-stream": tak.frame_of, "tak-mesh": tak.datagram_of,
}  # fmt: skip
"""How events are written: XML anywhere, TAK frames over TCP, TAK datagrams over UDP."""


class Sender(Protocol):
    """What takes bytes: a Link or a DatagramSender."""

    def send(self, data: bytes) -> None: ...
    def stop(self, flush_s: float = 0.0) -> None: ...


class CotSink:
    """A sink of steps. Changed warnings go at once; everything that stands goes every `period_s` of the day's time."""

    def __init__(
        self, observer: Observer, sender: Sender, *, form: str = "xml", period_s: float = 5.0,
        settings: CotSettings = SETTINGS,
    ) -> None:  # fmt: skip
        self._observer = observer
        self._sender = sender
        self._write = WRITERS[form]
        self._period_s = period_s
        self._settings = settings
        self._next_s = -math.inf

    def write(self, inbox: Inbox, result: StepResult) -> None:
        """Take one step."""
        scene = self._observer.scene(result)
        is_due = scene.t_s >= self._next_s
        if is_due:
            self._next_s = scene.t_s + self._period_s
        elif any(w.is_new for w in scene.warnings):
            scene = type(scene)(scene.t_s, scene.title, scene.mark, (), (),
            tuple(w for w in scene.warnings if w.is_new))
        else:
            return
        for event in events_of(scene, self._settings):
            self._sender.send(self._write(event))

    def close(self) -> None:
        """No more steps will come."""
        self._sender.stop(2.0)
