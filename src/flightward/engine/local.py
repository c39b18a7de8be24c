"""In this process, one after the other: the default, and what the other engines are compared with."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import TypeVar

from flightward.engine.base import Engine, blame

T = TypeVar("T")
R = TypeVar("R")


class LocalEngine(Engine):
    """No other process."""

    def stream(self, function: Callable[[T], R], items: Sequence[T]) -> Iterator[R]:
        """As Engine.stream."""
        for k, item in enumerate(items):
            try:
                result = function(item)
            except Exception as error:
                blame(error, k, len(items))
                raise
            yield result

    def close(self) -> None:
        """Nothing is held."""
