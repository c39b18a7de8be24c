"""Read a case folder (docs/case-format.md): case.toml, flights.json, the feeds; one Inbox per whole second."""

from __future__ import annotations

import dataclasses
import gzip
import hashlib
import json
import math
import tomllib
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from flightward.config import Config
from flightward.errors import BadInput, BadMessage
from flightward.feeds.case import agreed, sources, tables
from flightward.feeds.case.arrivals import Arrivals
from flightward.feeds.case.fields import Fields, Notes, unique
from flightward.feeds.declared import Unreadable
from flightward.feeds.declared.levels import Datum
from flightward.feeds.formats import FORMATS
from flightward.feeds.plans import Unfinished
from flightward.feeds.rows import FeedContext, FeedRows
from flightward.model import AreaFrame, Inbox, Names, Setup
from flightward.units import DEG_RAD

UNPACKED_MAX_BYTES = 4_000_000_000
"""A packed feed file that unpacks to more is refused: it is a fault or an attack."""


DAY_MAX_S = 14 * 86_400.0
"""A case is one day, or a few: a longer one has a time that is not in seconds since 1970, and would fill the memory."""
RADIUS_MIN_M = 1_000.0
BOM = "\ufeff"
"""Windows' Notepad writes it before a text."""


@dataclasses.dataclass(frozen=True)
class Feed:
    """One [[feed]] of a case."""

    name: str
    format: str
    path: Path
    options: dict[str, Any]


class Case:
    """A case, opened: `setup` and `config` at once, the feeds when first asked for."""

    def __init__(self, path: Path, setup: Setup, config: Config, feeds: list[Feed], texts: dict[str, str]) -> None:
        self.path = path
        self.setup = setup
        self.config = config
        self.feeds = feeds
        self.texts = texts
        self.truth_path: Path | None = path / "truth.parquet" if (path / "truth.parquet").exists() else None
        self._notes = Notes()
        self._hashes = {name: hashlib.sha256(text.encode()).hexdigest() for name, text in texts.items()}
        self._rows: list[FeedRows] | None = None
        self._names_of: list[range] = []
        self._salt = hashlib.sha256(b"flightward salt")
        self._arrivals: Arrivals | None = None
        self._named = sources.Sources()
        self.unreadable: list[Unreadable] = []
        """Declared areas of the files that [[zone]] names that could not be understood: nobody watches them."""
        self.unfinished: list[Unfinished] = []
        """Flights of the files that [[plan]] names whose plan lacks something: nobody watches them."""

    @property
    def notes(self) -> list[str]:
        """What is worth telling about the case: unknown keys, rows kept aside, rows outside the day."""
        return self._notes.lines()

    @property
    def hashes(self) -> dict[str, str]:
        """SHA-256 of each input file, by its path within the case."""
        self._load()
        return dict(self._hashes)

    @property
    def rejected(self) -> dict[str, int]:
        """Rows kept aside, by "feed: reason"."""
        return dict(self._named.rejected) | {
            f"{feed.name}: {reason}": n
            for feed, rows in zip(self.feeds, self._load(), strict=True)
            for reason, n in rows.rejects.counts.items()
        }

    @property
    def names_of(self) -> list[range]:
        """The numbers of the names that each feed brought, in the order of `feeds`."""
        self._load()
        return list(self._names_of)

    @property
    def salt(self) -> bytes:
        """A key that whoever lacks one byte of the feeds' files cannot know; the same case gives the same."""
        self._load()
        return self._salt.digest()

    def rows(self) -> list[FeedRows]:
        """The rows of each feed, in the order of `feeds`."""
        return self._load()

    def inboxes(self, progress: Callable[[int, int], None] | None = None) -> Iterator[Inbox]:
        """One Inbox per whole second from ceil(start_s) to floor(end_s), by t_rx_s; `progress(done, all)` each."""
        if self._arrivals is None:
            self._arrivals = Arrivals.merged(self._load(), self.setup.start_s, self.setup.end_s)
            if self._arrivals.n_late:
                self._notes.add("rows received after the end of the case are not used", self._arrivals.n_late)
        n = self._arrivals.n_seconds
        for k, inbox in enumerate(self._arrivals.inboxes()):
            yield inbox
            if progress is not None:
                progress(k + 1, n)

    def _load(self) -> list[FeedRows]:
        if self._rows is None:
            self._rows = [self._read(feed) for feed in self.feeds]
        return self._rows

    def _read(self, feed: Feed) -> FeedRows:
        data = _bytes_of(feed.path, self.path)
        self._hashes[feed.path.relative_to(self.path).as_posix()] = hashlib.sha256(data).hexdigest()
        self._salt.update(data)
        names = self.setup.names
        n_names = len(names)
        ctx = FeedContext(
            feed=feed.name, names=names, frame=self.setup.frame, options=feed.options,
            sensor_rows={str(names.text(int(s))): k for k, s in enumerate(self.setup.sensors.name)},
            radius_m=self.setup.radius_m, start_s=self.setup.start_s, end_s=self.setup.end_s,
            geoid_m=self.setup.geoid_m, sensors=self.setup.sensors,
        )  # fmt: skip
        try:
            rows = FORMATS[feed.format](unpacked(data), ctx)
        except BadMessage as error:
            raise BadInput(f"cannot be read as {feed.format}: {error}", where=str(feed.path)) from error
        self._names_of.append(range(n_names, len(names)))
        for reason, n in rows.rejects.counts.items():
            self._notes.add(f"feed {feed.name}: rows kept aside, {reason}", n)
        for what, n in rows.rejects.repairs.items():
            self._notes.add(f"feed {feed.name}: put right, {what}", n)
        for what, n in rows.others.items():
            self._notes.add(f"feed {feed.name}: understood, gives no row, {what}", n)
        return rows


def read_case(path: Path) -> Case:
    """Open a case folder.

    Errors   BadInput, with file, key and value, where something needed is missing or a value is impossible.
    """
    path = Path(path)
    if not path.is_dir():
        raise BadInput("is not a folder; give the folder that holds case.toml", where=str(path))
    path = path.resolve()
    case_text = _text_of(path / "case.toml")
    flights_text = _text_of(path / "flights.json")
    try:
        values = tomllib.loads(case_text.removeprefix(BOM))
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise BadInput(f"is not TOML: {error}", where=str(path / "case.toml")) from error
    try:
        plans = json.loads(flights_text.removeprefix(BOM))
    except (ValueError, RecursionError) as error:
        raise BadInput(f"is not JSON: {error}", where=str(path / "flights.json")) from error
    notes = Notes()
    named = named_files(values, plans, path, notes)
    top = Fields(values, "case.toml", "case", notes)
    setup = setup_from(top, plans, notes)
    if setup.end_s - setup.start_s > DAY_MAX_S:
        raise top.error(
            f"must be within {DAY_MAX_S / 86_400.0:.0f} days after start_s; both are seconds since 1970, UTC", "end_s"
        )
    feeds = _feeds(top, path)
    config = Config().changed(setup.thresholds, where="case.toml: thresholds")
    top.done()
    case = Case(path, setup, config, feeds, {"case.toml": case_text, "flights.json": flights_text})
    case._notes = notes
    case.unreadable, case.unfinished = named.unreadable, named.unfinished
    case._named = named
    case._hashes |= named.hashes
    return case


def named_files(values: dict[str, Any], plans: object, path: Path, notes: Notes) -> sources.Sources:
    """Read the files that [[zone]] and [[plan]] name, and put what they hold into `values` and `plans`."""
    out = sources.Sources()
    tables = values.get("zone")
    area = sources.area_of(values)

    def read(file: Path) -> bytes:
        return unpacked(_bytes_of(file, path))

    if isinstance(tables, list) and area is not None:
        named = [Fields(t, f"case.toml: zone {k + 1}", "zone", notes) for k, t in enumerate(tables)
                 if sources.is_named(t)]  # fmt: skip
        sources.read_zones(named, area, path, read, notes, out)
        values["zone"] = [t for t in tables if not sources.is_named(t)] + out.zones
    plan_tables = values.pop("plan", None)
    if isinstance(plan_tables, list) and isinstance(plans, list) and area is not None:
        named = [Fields(t, f"case.toml: plan {k + 1}", "plan", notes) for k, t in enumerate(plan_tables)]
        sources.read_plans(named, values.get("site"), area, path, read, notes, out)
        plans += out.plans
    return out


def setup_of(case_text: str, flights_text: str) -> Setup:
    """The Setup of the two texts alone, without feeds: what a recording keeps of a case."""
    notes = Notes()
    values, plans = tomllib.loads(case_text.removeprefix(BOM)), json.loads(flights_text.removeprefix(BOM))
    return setup_from(Fields(values, "case.toml", "case", notes), plans, notes)


def setup_from(top: Fields, plans: object, notes: Notes) -> Setup:
    area = top.table("area")
    lat, lon = area.number("lat_deg", low=-90.0, high=90.0), area.number("lon_deg", low=-180.0, high=180.0)
    radius_m = area.number("radius_m", low=0.0, high=2e6)
    if radius_m < RADIUS_MIN_M:
        raise area.error(f"must be {RADIUS_MIN_M:.0f} or more: is it in metres?", "radius_m")
    qnh_hpa = area.number("qnh_hpa", math.nan, low=800.0, high=1100.0)
    geoid_m = area.number("geoid_m", 0.0, low=-200.0, high=200.0)
    area.done()
    start_s, end_s = top.number("start_s", low=0.0, high=1e11), top.number("end_s", low=0.0, high=1e11)
    if end_s <= start_s:
        raise top.error("must be after start_s", "end_s")
    frame = AreaFrame(lat * DEG_RAD, lon * DEG_RAD)
    names = Names()
    sensors = tables.sensors(top.tables("sensor", "sensor"), frame, names, geoid_m)
    sites = tables.sites(top.tables("site", "site"), frame, names, geoid_m)
    zones = tables.zones(top.tables("zone", "zone"), frame, names)
    site_rows = {str(names.text(int(s))): k for k, s in enumerate(sites.name)}
    flights = tables.flights(plans, site_rows, frame, names, notes)
    windows = agreed.agreed(top.tables("window", "window"), zones, flights, names)
    datum = Datum(geoid_m if area.has("geoid_m") else math.nan, qnh_hpa)
    minima = agreed.minima(top.tables("minimum", "minimum"), frame, names, datum)
    thresholds = dict(top.table("thresholds").values) if top.has("thresholds") else {}
    return Setup(
        title=top.text("name"), real=top.text("real", ""), simulated=top.text("simulated", ""),
        source=top.text("source", ""), licence=top.text("licence", ""), frame=frame, radius_m=radius_m,
        qnh_hpa=qnh_hpa, geoid_m=geoid_m, start_s=start_s, end_s=end_s, names=names, sensors=sensors, sites=sites,
        zones=zones, flights=flights, thresholds=thresholds, agreed=windows, minima=minima,
    )  # fmt: skip


def _feeds(top: Fields, path: Path) -> list[Feed]:
    feeds = []
    for table in top.tables("feed", "feed"):
        name, kind = table.text("name"), table.text("format")
        if kind not in FORMATS:
            raise table.error("must be one of " + ", ".join(FORMATS), "format")
        file = (path / table.text("file")).resolve()
        if not file.is_relative_to(path):
            raise table.error("must lie inside the case", "file")
        if not file.is_file():
            raise table.error("is not there", "file")
        feeds.append(Feed(name, kind, file, dict(table.values)))
    unique([f.name for f in feeds], "feed", "case.toml")
    return feeds


def _text_of(path: Path) -> str:
    try:
        return path.read_bytes().decode("utf-8")
    except FileNotFoundError:
        raise BadInput("is missing; a case needs it", where=str(path)) from None
    except (OSError, UnicodeDecodeError) as error:
        raise BadInput(f"cannot be read: {error}", where=str(path)) from error


def _bytes_of(path: Path, case: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise BadInput(f"cannot be read: {error}", where=path.relative_to(case).as_posix()) from error


def unpacked(data: bytes) -> bytes:
    """The bytes of a gzip file, unpacked; others as they are."""
    if data[:2] != b"\x1f\x8b":
        return data
    try:
        out = gzip.decompress(data)
    except (OSError, EOFError, zlib.error) as error:
        raise BadMessage("gzip", data[:64], str(error)) from error
    if len(out) > UNPACKED_MAX_BYTES:
        raise BadMessage("too_large", detail=f"{len(out)} bytes unpacked")
    return out
