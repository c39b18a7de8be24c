"""What waits to be delivered: a queue of bounded length and a thread that delivers, again and again where need be.

An item is tried until it is delivered, refused for good, or older than `expires_s`; the pauses between grow. While one
item is tried again the others wait, so that order holds; when the queue is full the oldest goes and is counted. What
goes wrong otherwise is counted as refused, with its text: the next items are delivered all the same.
"""

from __future__ import annotations

import dataclasses
import threading
import time
from collections import deque
from collections.abc import Callable
from typing import Generic, TypeVar

from flightward.feeds.net import BACKOFF, Backoff

T = TypeVar("T")


class TryAgain(Exception):
    """The delivery may work later; `after_s` is how long the receiver asks to wait (None: as we do)."""

    def __init__(self, reason: str, after_s: float | None = None) -> None:
        super().__init__(reason)
        self.after_s = after_s


class Refused(Exception):
    """The receiver will not take it, now or later."""


@dataclasses.dataclass
class Counts:
    """What became of the items."""

    delivered: int = 0
    tried_again: int = 0
    refused: int = 0
    expired: int = 0
    dropped: int = 0
    error: str = ""


class Outbox(Generic[T]):
    """deliver(item) is called on the outbox's own thread; it returns, or raises TryAgain or Refused (or anything)."""

    def __init__(
        self, deliver: Callable[[T], None], name: str, *, most: int = 1_000, expires_s: float = 900.0,
        backoff: Backoff = BACKOFF,
    ) -> None:  # fmt: skip
        self._deliver = deliver
        self._most, self._expires_s, self._backoff = most, expires_s, backoff
        self._items: deque[tuple[float, T]] = deque()
        self._change = threading.Condition()
        self._is_over = False
        self._busy = False
        self.counts = Counts()
        self._thread = threading.Thread(target=self._run, name=f"outbox-{name}", daemon=True)
        self._thread.start()

    def put(self, item: T) -> None:
        """Queue an item."""
        with self._change:
            if len(self._items) >= self._most:
                self._items.popleft()
                self.counts.dropped += 1
            self._items.append((time.monotonic(), item))
            self._change.notify_all()

    def flush(self, within_s: float) -> bool:
        """Wait until all is delivered or given up; False if that took too long."""
        with self._change:
            return self._change.wait_for(lambda: not self._items and not self._busy, within_s)

    def close(self, within_s: float = 5.0) -> None:
        """Deliver what can be within that time, and end; what is left is counted as dropped."""
        self.flush(within_s)
        self.end()
        self._thread.join(within_s + 30.0)

    def end(self) -> None:
        """Begin to end, without waiting: what is left is counted as dropped."""
        with self._change:
            self._is_over = True
            self.counts.dropped += len(self._items)
            self._items.clear()
            self._change.notify_all()

    def _run(self) -> None:
        while True:
            with self._change:
                self._change.wait_for(lambda: self._is_over or bool(self._items))
                if self._is_over:
                    return
                since, item = self._items.popleft()
                self._busy = True
            self._one(since, item)
            with self._change:
                self._busy = False
                self._change.notify_all()

    def _one(self, since: float, item: T) -> None:
        failed = 0
        while True:
            try:
                self._deliver(item)
            except TryAgain as again:
                failed += 1
                self.counts.error = str(again)
                pause = self._backoff.pause_s(failed) if again.after_s is None else again.after_s
                if time.monotonic() + pause - since > self._expires_s:
                    self.counts.expired += 1
                    return
                with self._change:
                    if self._change.wait_for(lambda: self._is_over, pause):
                        self.counts.dropped += 1
                        return
                self.counts.tried_again += 1
            except Exception as error:  # noqa: BLE001 - a warning that fails must not hold the next ones
                self.counts.refused += 1
                self.counts.error = str(error) if isinstance(error, Refused) else f"{type(error).__name__}: {error}"
                return
            else:
                self.counts.delivered += 1
                return
