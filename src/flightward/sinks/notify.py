"""Short messages to people: through the services that apprise knows (e-mail, Matrix, Signal, Telegram, Slack, ...).

Needs the extra `notify` (apprise). A message is sent when a warning is raised, when its level rises, and when it is
cleared; not when its numbers change. The addresses hold secrets: they stand in no message, log or error.
"""

from __future__ import annotations

import contextlib
import io
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from flightward.errors import BadInput, Missing
from flightward.feeds.extras import optional
from flightward.feeds.net import BACKOFF, Backoff
from flightward.model import Inbox, Level, StepResult
from flightward.sinks.outbox import Counts, Outbox, TryAgain
from flightward.sinks.scene import Observer, Scene, WarningMark

apprise: Any = optional("apprise")


class Note(NamedTuple):
    """One message: title, text, and how urgent ("warning", "failure", "success")."""

    title: str
    text: str
    urgency: str


def note_of(w: WarningMark, scene: Scene) -> Note:
    """The message about a warning, with the best advice where there is some."""
    word = "CLEARED" if w.is_cleared else Level(w.level).word
    lines = [w.text]
    if not w.is_cleared:
        lines += [r.text for r in scene.routes if r.flight_id == w.flight_id and w.flight_id]
    urgency = "success" if w.is_cleared else "failure" if w.level == Level.WARNING else "warning"
    return Note(scene.mark.text(f"{word} {w.name}"), "\n".join(lines), urgency)


def apprise_sender(addresses: Sequence[str]) -> Callable[[Note], bool]:
    """What sends a Note to all addresses. Errors: Missing without apprise; BadInput for an address it cannot use."""
    if apprise is None:
        raise Missing("apprise", "Install it: pip install 'flightward[notify]'")
    services: Any = apprise.Apprise()
    for row, address in enumerate(addresses):
        with contextlib.redirect_stderr(io.StringIO()):
            added = services.add(address)
        if not added:
            raise BadInput(f"address {row + 1} is none that apprise knows", key="notify")
    kinds = {"warning": apprise.NotifyType.WARNING, "failure": apprise.NotifyType.FAILURE,
             "success": apprise.NotifyType.SUCCESS}  # fmt: skip

    def send(note: Note) -> bool:
        return bool(services.notify(title=note.title, body=note.text, notify_type=kinds[note.urgency]))

    return send


class NotifySink:
    """A sink of steps; `send` gives False when it could not be delivered: it is then tried again."""

    def __init__(
        self, observer: Observer, send: Callable[[Note], bool], *, least: Level = Level.CAUTION,
        expires_s: float = 300.0, backoff: Backoff = BACKOFF,
    ) -> None:  # fmt: skip
        self._observer = observer
        self._send, self._least = send, int(least)
        self._told: dict[str, int] = {}
        self._outbox: Outbox[Note] = Outbox(self._deliver, "notify", expires_s=expires_s, backoff=backoff)

    @property
    def counts(self) -> Counts:
        """What became of the messages."""
        return self._outbox.counts

    def write(self, inbox: Inbox, result: StepResult) -> None:
        """Take one step."""
        scene = self._observer.scene(result)
        for w in scene.warnings:
            if w.is_cleared:
                if self._told.pop(w.id, None) is not None:
                    self._outbox.put(note_of(w, scene))
            elif w.level >= self._least and w.level > self._told.get(w.id, -1):
                self._told[w.id] = w.level
                self._outbox.put(note_of(w, scene))

    def close(self) -> None:
        """No more steps will come."""
        self._outbox.close()

    def _deliver(self, note: Note) -> None:
        if not self._send(note):
            raise TryAgain("a notification service did not take it")
