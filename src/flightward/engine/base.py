"""What all engines share: results in the order of the items, errors that name their item, seeds per item."""

from __future__ import annotations

import abc
from collections.abc import Callable, Iterable, Iterator, Sequence
from types import TracebackType
from typing import Self, TypeVar

import numpy as np

T = TypeVar("T")
R = TypeVar("R")
Progress = Callable[[int, int], None]
"""Called with (items done, items in all)."""

MOST_LOSSES = 3
"""Workers that may die with nothing finished in between, before the work itself is held to kill them."""


class Engine(abc.ABC):
    """Runs one function on many items. `map` waits for all, `stream` gives one result after the other."""

    def map(
        self, function: Callable[[T], R], items: Iterable[T], *, progress: Progress | None = None
    ) -> list[R]:
        """function(item) of every item, in their order.

        An error of the function is raised here with a note that says which item it was, and the rest is given up.
        Errors   Missing where workers die again and again, or a cluster has none.
        """
        held = list(items)
        results = []
        for result in self.stream(function, held):
            results.append(result)
            if progress is not None:
                progress(len(results), len(held))
        return results

    @abc.abstractmethod
    def stream(self, function: Callable[[T], R], items: Sequence[T]) -> Iterator[R]:
        """The same, one by one as they come due: only some are held at a time."""

    @abc.abstractmethod
    def close(self) -> None:
        """Give back what the engine holds; nothing runs any more."""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def seeds(seed: int, n: int) -> list[int]:
    """n seeds of 63 bits for n items, unrelated to each other; the first k are those of seeds(seed, k).

    Source: NumPy's SeedSequence with the item's number as spawn key (M. O'Neill's seed_seq_fe).
    """
    drawn = [np.random.SeedSequence(seed, spawn_key=(k,)).generate_state(1, np.uint64)[0] for k in range(n)]
    return [int(word) >> 1 for word in drawn]


def blame(error: BaseException, k: int, n: int) -> None:
    """Note on an error of the function which item it was."""
    error.add_note(f"in item {k + 1} of {n}")


__all__ = ["MOST_LOSSES", "Engine", "Progress", "blame", "seeds"]
