"""AREA.toml: an area to watch now: what case.toml holds (docs/case-format.md), its [[feed]] with a url, not a file.

    [[feed]]
    name = "adsb-roof"
    url = "beast+tcp://127.0.0.1:30005"
    sensor = "adsb-1"                     any option of the format's [[feed]] (docs/feeds.md)
    stale_s = 15                          after so long without a message it is stale

start_s is now, end_s a day later, unless the file says otherwise. flights.json beside it is read if it is there.
"""

from __future__ import annotations

import dataclasses
import json
import math
import tomllib
from collections.abc import Callable, Mapping
from pathlib import Path

from flightward.config import Config
from flightward.errors import BadInput
from flightward.feeds.case.fields import Fields, Notes, unique
from flightward.feeds.case.read import named_files, setup_from
from flightward.feeds.live.addresses import open_source
from flightward.feeds.live.source import Source
from flightward.feeds.net import BACKOFF, Backoff
from flightward.feeds.rows import FeedContext
from flightward.model import Setup

DAY_S = 86_400.0


@dataclasses.dataclass(frozen=True)
class LiveArea:
    """An area that is watched: its setup, its settings, its sources (not yet started), the texts it is made of."""

    setup: Setup
    config: Config
    sources: list[Source]
    notes: list[str]
    texts: dict[str, str]

    def close(self) -> None:
        """Let go of the sources' ports, where they are not to be started."""
        for source in self.sources:
            source.stop()


def read_area(
    path: Path, environment: Mapping[str, str], now: Callable[[], float], backoff: Backoff = BACKOFF
) -> LiveArea:
    """Read AREA.toml, and open its sources.

    Errors   BadInput, with file, key and value, where something needed is missing or a value is impossible.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
        values = tomllib.loads(text)
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError, RecursionError) as error:
        raise BadInput(f"cannot be read: {error}", where=str(path)) from error
    start_s = values.setdefault("start_s", math.floor(now()))
    values.setdefault("end_s", start_s + DAY_S if isinstance(start_s, int | float) else start_s)
    beside = path.parent / "flights.json"
    try:
        flights_text = beside.read_text(encoding="utf-8-sig") if beside.exists() else "[]"
        plans = json.loads(flights_text)
    except (OSError, ValueError, RecursionError) as error:
        raise BadInput(f"cannot be read: {error}", where=str(beside)) from error
    notes = Notes()
    named_files(values, plans, path.resolve().parent, notes)
    top = Fields(values, path.name, "area", notes)
    setup = setup_from(top, plans, notes)
    tables = top.tables("feed", "feed")
    config = Config().changed(setup.thresholds, where=f"{path.name}: thresholds")
    top.done()
    unique([table.text("name") for table in tables], "feed", path.name)
    sources: list[Source] = []
    try:
        for table in tables:
            sources.append(_source(table, setup, environment, now, backoff))
    except BaseException:
        for source in sources:
            source.stop()
        raise
    return LiveArea(setup, config, sources, notes.lines(), {path.name: text, "flights.json": flights_text})


def _source(
    table: Fields, setup: Setup, environment: Mapping[str, str], now: Callable[[], float], backoff: Backoff
) -> Source:
    name, url = table.text("name"), table.text("url")
    stale_s = table.number("stale_s", math.nan, low=0.1, high=86_400.0)
    names = setup.names
    rows = {str(names.text(int(s))): k for k, s in enumerate(setup.sensors.name)}
    sensor = table.text("sensor", "")
    if sensor and sensor not in rows:
        raise table.error("must be the id of a [[sensor]]", "sensor")
    ctx = FeedContext(
        feed=name, names=names, frame=setup.frame, options=dict(table.values), sensor_rows=rows,
        radius_m=setup.radius_m, start_s=setup.start_s, end_s=setup.end_s, geoid_m=setup.geoid_m,
        sensors=setup.sensors,
    )  # fmt: skip
    stale = None if math.isnan(stale_s) else stale_s
    return open_source(url, name, ctx, stale_s=stale, environment=environment, now=now, backoff=backoff)
