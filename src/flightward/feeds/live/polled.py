"""Services that are asked again and again (alerts, state vectors), as sources: an answer is all that is so then.

Nothing is cleared by an answer that does not come, or that cannot be read: the source is down, later stale, and what
was on stays on. An answer of which anything was not taken is asked for again in full, and "the same as before" after it
is no news.
"""

from __future__ import annotations

import dataclasses
import threading
import time
from collections.abc import Callable, Sequence
from typing import Protocol

import numpy as np

from flightward.feeds.live.source import PENDING_MAX, Parsed, SourceState
from flightward.feeds.polling import Answer, PolledUrl
from flightward.feeds.polling.source import GOOD, SAME
from flightward.feeds.rows import FeedContext, FeedRows, Rejects
from flightward.feeds.statevectors import OpenSkyStates

JOIN_S = 2.0


class Answers(Protocol):
    """A parser of answers of a service, each whole."""

    rejects: Rejects

    def answer(self, body: bytes, t_rx_s: float) -> None: ...
    def rows(self) -> FeedRows: ...


class OpenSkyAnswers:
    """Answers of OpenSky's live interface: a state is heard when its answer came, not when the network had it."""

    def __init__(self, ctx: FeedContext) -> None:
        self._parser = OpenSkyStates(ctx)
        self.rejects = self._parser.rejects
        self._t_rx_s = 0.0

    def answer(self, body: bytes, t_rx_s: float) -> None:
        """Take one answer."""
        self._t_rx_s = t_rx_s
        self._parser.receive(body)
        self._parser.finish()

    def rows(self) -> FeedRows:
        """The reports since the last call."""
        rows = self._parser.rows()
        heard = np.full(len(rows.reports), self._t_rx_s)
        return dataclasses.replace(rows, reports=dataclasses.replace(rows.reports, t_rx_s=heard))


class PolledSource(Parsed):
    """`url`, asked again and again, into a parser of its answers; `before` is asked too until it has answered once."""

    def __init__(
        self, name: str, address: str, parser: Answers, ctx: FeedContext, url: PolledUrl, *, stale_s: float,
        before: Sequence[PolledUrl] = (), now: Callable[[], float] = time.time, most: int = PENDING_MAX,
    ) -> None:  # fmt: skip
        super().__init__(name, address, parser, ctx, stale_s=stale_s, now=now, most=most)
        self._url, self._before = url, list(before)
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name=f"poll {name}", daemon=True)
        self._is_up, self._n_ups, self._error = False, 0, ""
        self._is_taken = False

    def start(self) -> None:
        """Begin to ask."""
        self._thread.start()

    def stop(self) -> None:
        """Ask no more; an answer that is under way is not waited for."""
        self._stop.set()
        if self._thread.ident is not None:
            self._thread.join(JOIN_S)

    def state(self) -> SourceState:
        """How it does: up while the last asking was answered."""
        with self._lock:
            up, n, error = self._is_up, self._n_ups, self._error
        return self.heard.state(is_up=up, n_connects=n, error=error, parser=self.parser)

    def _run(self) -> None:
        wait_s = 0.0
        while not self._stop.wait(wait_s):
            self._before = [url for url in self._before if not self._asked(url)]
            answer = self._url.ask()
            self._take(answer)
            wait_s = answer.wait_s

    def _asked(self, url: PolledUrl) -> bool:
        answer = url.ask()
        return answer.outcome == GOOD and self._take(answer, url)

    def _take(self, answer: Answer, url: PolledUrl | None = None) -> bool:
        """Take an answer of `url` (none: the one that is asked for ever); was all of it taken."""
        is_good = answer.outcome in (GOOD, SAME)
        with self._lock:
            self._n_ups += is_good and not self._is_up
            self._is_up, self._error = is_good, "" if is_good else answer.reason
            n_aside = self.parser.rejects.total
            is_taken = self._is_taken
            if answer.outcome == GOOD:
                is_taken = self._has_room(answer.body, answer.t_rx_s)
                if is_taken:
                    self.parser.answer(answer.body, answer.t_rx_s)
                    is_taken = self.parser.rejects.total == n_aside
                if not is_taken:
                    (url or self._url).forget()
            if url is None and is_good:
                self._is_taken = is_taken
            if is_good and is_taken:
                # nothing new is an answer too; one that cannot be read, or not all of it, is none
                self.heard.heard_s = answer.t_rx_s
            return is_taken
