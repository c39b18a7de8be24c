"""Short messages to people: through the services that apprise knows (e-mail, Matrix, Signal, Telegram, Slack, ...).

Needs the extra `notify` (apprise). A message is sent when a warning is raised, when its level rises, and when it is
cleared; not when its numbers change. Every address has its own queue: one that is dead holds nothing back from the
others, and none gets twice what it took. The addresses hold secrets: they stand in no message, log or error.
"""

from __future__ import annotations

import contextlib
import functools
import io
import time
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from flightward.errors import BadInput, Missing
from flightward.feeds.extras import optional
from flightward.feeds.net import BACKOFF, Backoff
from flightward.model import Inbox, Level, StepResult
from flightward.sinks.outbox import Counts, Outbox, Refused, TryAgain
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


def apprise_senders(addresses: Sequence[str]) -> list[Callable[[Note], bool]]:
    """What sends a Note, for each address. Errors: Missing without apprise; BadInput for an address it cannot use."""
    if apprise is None:
        raise Missing("apprise", "Install it: pip install 'flightward[notify]'")
    kinds = {"warning": apprise.NotifyType.WARNING, "failure": apprise.NotifyType.FAILURE,
             "success": apprise.NotifyType.SUCCESS}  # fmt: skip

    def send(service: Any, note: Note) -> bool:
        return bool(service.notify(title=note.title, body=note.text, notify_type=kinds[note.urgency]))

    senders: list[Callable[[Note], bool]] = []
    for row, address in enumerate(addresses):
        service: Any = apprise.Apprise()
        with contextlib.redirect_stderr(io.StringIO()):
            added = service.add(address)
        if not added:
            raise BadInput(f"address {row + 1} is none that apprise knows", key="notify")
        senders.append(functools.partial(send, service))
    return senders


class NotifySink:
    """A sink of steps; each of `senders` gives False when it could not deliver: it is then tried again."""

    def __init__(
        self, observer: Observer, senders: Sequence[Callable[[Note], bool]], *, least: Level = Level.CAUTION,
        expires_s: float = 300.0, backoff: Backoff = BACKOFF,
    ) -> None:  # fmt: skip
        self._observer = observer
        self._least = int(least)
        self._told: dict[str, int] = {}
        self._outboxes: list[Outbox[Note]] = [
            Outbox(functools.partial(_deliver, send), f"notify-{k + 1}", expires_s=expires_s, backoff=backoff)
            for k, send in enumerate(senders)
        ]

    @property
    def counts(self) -> list[Counts]:
        """What became of the messages, for each address."""
        return [outbox.counts for outbox in self._outboxes]

    def write(self, inbox: Inbox, result: StepResult) -> None:
        """Take one step."""
        scene = self._observer.scene(result)
        for w in scene.warnings:
            if w.is_cleared:
                if self._told.pop(w.id, None) is not None:
                    self._put(note_of(w, scene))
            elif w.level >= self._least and w.level > self._told.get(w.id, -1):
                self._told[w.id] = w.level
                self._put(note_of(w, scene))

    def flush(self, within_s: float) -> bool:
        """Wait until all is delivered or given up."""
        end_s = time.monotonic() + within_s
        return all(outbox.flush(max(0.0, end_s - time.monotonic())) for outbox in self._outboxes)

    def close(self, within_s: float = 5.0) -> None:
        """No more steps will come: end, after what can be delivered within that time."""
        self.flush(within_s)
        for outbox in self._outboxes:
            outbox.end()
        for outbox in self._outboxes:
            outbox.close(0.0)

    def _put(self, note: Note) -> None:
        for outbox in self._outboxes:
            outbox.put(note)


def _deliver(send: Callable[[Note], bool], note: Note) -> None:
    try:
        is_taken = send(note)
    except Exception as error:  # noqa: BLE001 - its text may hold an address, so only its kind is told
        raise Refused(type(error).__name__) from None
    if not is_taken:
        raise TryAgain("a notification service did not take it")
