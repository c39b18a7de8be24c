"""What a built-in day is."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from pathlib import Path


@dataclasses.dataclass(frozen=True)
class Day:
    """A built-in day."""

    name: str
    title: str
    real: str
    simulated: str
    is_drawn: bool
    """True if another seed gives another draw; a real day is what it was, whatever the seed."""
    build: Callable[[Path, int], Path]
    """Writes the case folder for a seed and gives its path."""
