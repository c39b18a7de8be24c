"""On a cluster: the workers of a dask.distributed scheduler that somebody has started (docs/engines.md).

The scheduler gives what a dead worker held to another one. Each worker must hold the same version of Flightward, and
see the same files under the same paths where the work reads or writes files.
"""

from __future__ import annotations

import itertools
import threading
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import CancelledError
from typing import Any, TypeVar

import flightward
from flightward.engine.base import MOST_LOSSES, Engine, blame
from flightward.errors import BadInput, Missing

T = TypeVar("T")
R = TypeVar("R")

ANSWER_S = 10.0
"""A scheduler that does not answer within this is not there."""
LOOK_S, LOOKS = 2.0, 30
"""A cluster without a worker is looked at this often before the work is given up."""
AHEAD, AHEAD_LEAST = 4, 64

_ONE = threading.Lock()
_numbers = itertools.count()


def call(version: str, function: Callable[[T], R], item: T) -> R:
    """What a worker does: function(item), one item at a time in each process, if it is of the same version."""
    if version != flightward.__version__:
        raise BadInput(
            f"a worker has Flightward {flightward.__version__}, the work comes from {version}: install the same",
            key="engine",
        )
    with _ONE:  # a worker may have several threads; nothing here was made for that
        return function(item)


class ClusterEngine(Engine):
    """The workers of the scheduler at `address`."""

    def __init__(self, address: str) -> None:
        try:
            import distributed
        except ImportError as error:
            raise Missing("dask.distributed", "Install it: pip install 'flightward[cluster]'.") from error
        self.address = address
        how = {"scheduler_file": address} if address.endswith(".json") else {"address": address}
        try:
            self._client = distributed.Client(**how, timeout=ANSWER_S, set_as_default=False, name="flightward")
        except (OSError, TimeoutError, ValueError) as error:
            text = f"Start one (dask scheduler) or mend the address: {error}"
            raise Missing(f"a dask scheduler at {address}", text) from error
        self._killed: type[Exception] = distributed.KilledWorker

    def stream(self, function: Callable[[T], R], items: Sequence[T]) -> Iterator[R]:
        """As Engine.stream."""
        name = f"flightward-{next(_numbers)}"
        waiting: deque[Any] = deque()
        try:
            for k in range(len(items)):
                ahead = max(AHEAD_LEAST, AHEAD * self.n_threads())
                while len(waiting) < ahead and k + len(waiting) < len(items):
                    waiting.append(self._submit(function, items[k + len(waiting)], f"{name}-{k + len(waiting)}"))
                try:
                    result = self._wait(waiting[0])
                except self._killed as error:
                    raise Missing("a worker that lives", f"Item {k + 1} ended several workers: {error}") from error
                except (CancelledError, OSError) as error:
                    if not self._is_up():
                        raise Missing(f"the dask scheduler at {self.address}", "It went away.") from error
                    blame(error, k, len(items))
                    raise
                except Exception as error:
                    blame(error, k, len(items))
                    raise
                waiting.popleft()
                yield result
        finally:
            if waiting and self._is_up():
                self._client.cancel(list(waiting))

    def close(self) -> None:
        """Leave the cluster; its scheduler and workers stay."""
        self._client.close()

    def n_threads(self) -> int:
        """How many threads all workers have together."""
        return sum(w["nthreads"] for w in self._workers().values())

    def _submit(self, function: Callable[[T], R], item: T, key: str) -> Any:
        """One item as a task. pure: never taken for another with the same arguments (the function may write files)."""
        return self._client.submit(
            call, flightward.__version__, function, item, pure=False, key=f"{key}-{self._client.id}"
        )

    def _workers(self) -> dict[str, Any]:
        info = self._client.scheduler_info(n_workers=-1)
        return dict(info.get("workers", {}))

    def _is_up(self) -> bool:
        return bool(self._client.status == "running")

    def _wait(self, future: Any) -> Any:
        """The result of one item, as long as there is a worker that can give it."""
        empty = 0
        while True:
            try:
                return future.result(timeout=LOOK_S)
            except TimeoutError:
                if future.done():  # the work's own, or done just now
                    return future.result()
                empty = 0 if self._workers() else empty + 1
                if empty >= LOOKS:
                    text = f"None was there for {LOOK_S * LOOKS:.0f} s. Start some: dask worker {self.address}"
                    raise Missing("a worker of the cluster", text) from None


__all__ = ["MOST_LOSSES", "ClusterEngine"]
