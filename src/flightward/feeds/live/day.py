"""An area that is watched, second by second, as the run of a case sees its day."""

from __future__ import annotations

import functools
import hashlib
import math
import secrets
import threading
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from flightward.config import Config
from flightward.feeds.live.area import LiveArea
from flightward.feeds.live.gather import Gather
from flightward.feeds.live.source import SourceState
from flightward.model import Inbox, Setup

SETTLE_S = 0.2
"""A second is taken so long after it ended, so that what its last messages need on the way is in it."""


class LiveDay:
    """Inboxes of whole seconds as they pass, from the first after the start until `stop` or end_s.

    now    gives POSIX s.     each   is told how the sources do, every second.
    A step that takes longer than a second makes the next ones come at once: no second is left out.
    """

    def __init__(
        self, path: Path, area: LiveArea, now: Callable[[], float],
        each: Callable[[float, list[SourceState]], None] | None = None,
    ) -> None:  # fmt: skip
        self.path, self.setup, self.config, self.texts = path, area.setup, area.config, area.texts
        self.notes = area.notes
        self.hashes: Mapping[str, str] = {n: hashlib.sha256(t.encode()).hexdigest() for n, t in area.texts.items()}
        self.gather = Gather(area.sources)
        self.salt = secrets.token_bytes(32)
        self._now, self._each = now, each
        self._stop = threading.Event()

    def tap(self, raw: Callable[[int, float, bytes], None]) -> None:
        """Hand all that is received to `raw` too, before it starts: number of the feed, when, bytes as received."""
        for feed, source in enumerate(self.gather.sources):
            source.heard.tap = functools.partial(raw, feed)

    setup: Setup
    config: Config

    @property
    def rejected(self) -> dict[str, int]:
        """Rows kept aside so far, by "feed: reason"."""
        return {f"{s.name}: {reason}": n for s in self.gather.states() for reason, n in s.kept_aside.items()}

    def stop(self) -> None:
        """No more inboxes; safe from any thread and from signal handlers."""
        self._stop.set()

    def inboxes(self) -> Iterator[Inbox]:
        """One Inbox per whole second; the sources are started before the first and stopped after the last."""
        self.gather.start()
        try:
            t_s = float(math.ceil(max(self.setup.start_s, self._now())))
            while t_s <= self.setup.end_s and not self._stop.wait(max(t_s + SETTLE_S - self._now(), 0.0)):
                yield self.gather.inbox(t_s)
                if self._each is not None:
                    self._each(t_s, self.gather.states())
                t_s += 1.0
        finally:
            self.gather.stop()
