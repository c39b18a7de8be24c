"""Files that others fetch again and again: now.geojson, now.kml, now.czml, and link.kml; each put in place whole."""

from __future__ import annotations

import math
import os
import urllib.parse
from pathlib import Path

from flightward.errors import BadInput
from flightward.model import Inbox, StepResult
from flightward.sinks.formats.czml import czml
from flightward.sinks.formats.geojson import geojson
from flightward.sinks.formats.kml import kml, network_link
from flightward.sinks.scene import Observer


class FileSink:
    """A sink of steps: writes the picture into `folder` every period_s of the day's time."""

    def __init__(
        self, observer: Observer, folder: Path, *, period_s: float = 5.0, base_url: str = "",
    ) -> None:  # fmt: skip
        self._observer = observer
        self._geoid_m = observer.setup.geoid_m
        self._folder, self._period_s = Path(folder), period_s
        self._next_s = -math.inf
        self._folder.mkdir(parents=True, exist_ok=True)
        title = observer.mark.text(observer.setup.title)
        place_whole(self._folder / "link.kml", network_link(_within(base_url, "now.kml"), period_s, title))

    def write(self, inbox: Inbox, result: StepResult) -> None:
        """Take one step."""
        scene = self._observer.scene(result)
        if scene.t_s < self._next_s:
            return
        self._next_s = scene.t_s + self._period_s
        place_whole(self._folder / "now.geojson", geojson(scene))
        place_whole(self._folder / "now.kml", kml(scene, self._geoid_m))
        place_whole(self._folder / "now.czml", czml([scene], self._period_s))

    def close(self) -> None:
        """No more steps will come; what is there stays, with its time in it."""


def _within(base_url: str, name: str) -> str:
    """The address of a file in the folder that is served as base_url; "" is the folder of the link itself."""
    try:
        parts = urllib.parse.urlsplit(base_url)
    except ValueError as error:
        raise BadInput(f"is no address: {error}", key="url") from error
    path = f"{parts.path.rstrip('/')}/{name}" if base_url else name
    return parts._replace(path=path).geturl()


def place_whole(path: Path, data: bytes) -> None:
    """Write aside, then rename: who reads meanwhile gets the old file or the new one, never a part."""
    part = path.with_name(path.name + ".part")
    part.write_bytes(data)
    os.replace(part, path)
