"""On the cores of this machine: the standard library's process pool, with work done again when a worker dies.

Processes are spawned, not forked: a fork after compiled kernels have run can hang or abort.
"""

from __future__ import annotations

import os
import signal
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from multiprocessing import get_context
from typing import TypeVar

from flightward.engine.base import MOST_LOSSES, Engine, blame
from flightward.errors import Missing

T = TypeVar("T")
R = TypeVar("R")

AHEAD = 4
"""Items handed out beyond the one that is waited for, per worker: a slow item does not let the others idle."""


def _start() -> None:
    """A worker leaves Ctrl-C to the process that holds it."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)


class ProcessEngine(Engine):
    """n processes (default: one for each core that this process may use)."""

    def __init__(self, n: int | None = None) -> None:
        self.n = n or _cores()
        self._pool: ProcessPoolExecutor | None = None

    def stream(self, function: Callable[[T], R], items: Sequence[T]) -> Iterator[R]:
        """As Engine.stream. What a dead worker held is done again; after MOST_LOSSES in a row Missing is raised."""
        waiting: deque[Future[R]] = deque()
        losses = 0
        try:
            for k in range(len(items)):
                while True:
                    try:
                        while len(waiting) < AHEAD * self.n and k + len(waiting) < len(items):
                            waiting.append(self._submit(function, items[k + len(waiting)]))
                        result = waiting[0].result()
                        break
                    except BrokenProcessPool as error:
                        losses += 1
                        if losses >= MOST_LOSSES:
                            raise Missing("a worker that lives", _REMEDY) from error
                        self._renew()
                        waiting = deque(
                            f if _is_good(f) else self._submit(function, items[k + j]) for j, f in enumerate(waiting)
                        )
                    except Exception as error:
                        blame(error, k, len(items))
                        raise
                waiting.popleft()
                losses = 0
                yield result
        finally:
            for future in waiting:
                future.cancel()

    def close(self) -> None:
        """End the processes; what runs is finished, what waits is not begun."""
        if self._pool is not None:
            self._pool.shutdown(cancel_futures=True)
            self._pool = None

    def _submit(self, function: Callable[[T], R], item: T) -> Future[R]:
        if self._pool is None:
            self._pool = ProcessPoolExecutor(self.n, mp_context=get_context("spawn"), initializer=_start)
        return self._pool.submit(function, item)

    def _renew(self) -> None:
        self.close()


_REMEDY = (
    f"{MOST_LOSSES} workers ended in the middle of their work with nothing finished in between. Mostly memory is "
    "short: use fewer (process:N). A script that uses processes needs `if __name__ == '__main__':` around what it "
    "does."
)


def _is_good(future: Future[R]) -> bool:
    """Whether a future of a pool that broke holds its item's own answer, be it an error of the function."""
    return future.done() and not future.cancelled() and not isinstance(future.exception(), BrokenProcessPool)


def _cores() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
