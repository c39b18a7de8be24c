"""Sinks: what Flightward says, in the formats and over the links that others use (docs/sinks.md).

`scene.py` turns a step into one plain picture; `formats/` writes it (pure functions); the other modules send it.
"""

from __future__ import annotations

from flightward.sinks.marking import Mark, mark_of
from flightward.sinks.scene import Observer, Scene

__all__ = ["Mark", "Observer", "Scene", "mark_of"]
