"""ASTERIX -> reports: `AsterixRaw` (blocks in a file or a stream), `AsterixPcap` (captures of UDP), `AsterixUdp`.

`receive(bytes)`, then `rows()`; at the end `finish()` and `rows()`. Categories 021, 048, 062 and 129 give reports, 034
and 065 what sources say of themselves (`services`); others are passed over and counted. Options of a [[feed]]:

    sensor     the id of the one sensor that all reports are of        sensors   {"25/201" = "radar-1"}: by SAC/SIC
    edition    {"021" = "0.26"}: the edition that is tried first       date      of the first record of a file of blocks
    doppler    "away" or "towards": what the radar counts as positive  port      take datagrams to this port only
    plane      [lat_deg, lon_deg] of the centre of the plane on which CAT 062 gives positions, for tracks without others
"""

from __future__ import annotations

import datetime
import math
from collections import Counter

import numpy as np

from flightward.errors import BadInput, BadMessage
from flightward.feeds.asterix import said
from flightward.feeds.asterix.blocks import Batch, Datagrams, Stream
from flightward.feeds.asterix.columns import Columns, joined, radar_heights, report_columns
from flightward.feeds.asterix.layouts import SINCE, UAPS, Layout, layouts
from flightward.feeds.asterix.records import REASONS, Records, find
from flightward.feeds.asterix.services import Service, listen, name
from flightward.feeds.clocks import SOURCES_MAX, Clocks
from flightward.feeds.datagrams import LINKS, Fragment, Fragments, datagram
from flightward.feeds.pcap import Capture, Packet
from flightward.feeds.reports import AHEAD_MAX_S, Coded, report_rows
from flightward.feeds.rows import SAMPLES_KEPT, FeedContext, FeedRows, Rejects
from flightward.kernels.asterix_walk import on_days
from flightward.model import F64, I64

SERVICES = (34, 65)
SERVICES_MAX = 10_000
LATE_MAX_S = 300.0
"""A record may have been under way for so long (a queue, a slow link); an older one has a wrong clock."""
_DOPPLER = {"away": 1.0, "towards": -1.0}


class Asterix:
    """Blocks -> reports: what the parsers of files and of datagrams share."""

    _blocks: Datagrams | Stream

    def __init__(self, ctx: FeedContext) -> None:
        self._ctx = ctx
        self.rejects = Rejects()
        self.counts: Counter[str] = Counter()
        self.services: dict[str, Service] = {}
        self.clocks = Clocks()
        self._layouts = {category: _ordered(category, ctx) for category in UAPS}
        self._doppler = _doppler(ctx)
        start_s = _start_s(ctx)
        self._days = {category: np.array([start_s, -1.0, math.nan]) for category in UAPS}

    def finish(self) -> None:
        """The feed ended."""

    def rows(self) -> FeedRows:
        """The rows of all whole blocks since the last call."""
        batch = self._blocks.take()
        parts: list[Columns] = []
        for category in sorted(set(batch.category.tolist())):
            mine = np.flatnonzero(batch.category == category)
            if category not in UAPS:
                self.counts[f"CAT {category:03d} blocks passed over"] += len(mine)
                self.rejects.add("category", batch.row[mine], batch.t_rx_s[mine])
                continue
            for records in self._records(category, batch, mine):
                part = self._part(records, batch, mine)
                parts += [] if part is None else [part]
        numbers, words, hostile, rows = joined(parts)
        out = report_rows(numbers, words, hostile, self._ctx, self.rejects, rows)
        return FeedRows(out.reports, out.alerts, out.rejects, counts=dict(self.counts))

    def _records(self, category: int, batch: Batch, mine: I64) -> list[Records]:
        found, status = find(
            batch.data, batch.start[mine], batch.end[mine], batch.is_cut[mine], self._layouts[category]
        )
        for code, reason in REASONS.items():
            bad = mine[(status == code) & (batch.is_cut[mine] == 0)]
            raw = [bytes(batch.data[batch.start[k] : batch.end[k]]).hex() for k in bad[:SAMPLES_KEPT].tolist()]
            self.rejects.add(reason, batch.row[bad], batch.t_rx_s[bad], [f"CAT {category:03d} {r}"[:200] for r in raw])
        for k, records in enumerate(found):
            self.counts[f"CAT {category:03d}"] += len(records)
            if k and len(records):
                self.counts[f"CAT {category:03d} of edition {records.layout.edition}"] += len(records)
                self.rejects.repaired("edition", len(records))
        return [records for records in found if len(records)]

    def _part(self, r: Records, batch: Batch, mine: I64) -> Columns | None:
        """The columns of the records of one edition; None for those that are no reports."""
        category = r.layout.category
        row, t_rx_s = batch.row[mine[r.block]], batch.t_rx_s[mine[r.block]]
        if category in SERVICES:
            tod_s = said.tod_s(r, "030")
            self._note_clocks(r, tod_s, t_rx_s)
            t_s, _ = self._times(category, tod_s, t_rx_s)
            if len(self.services) < SERVICES_MAX:
                listen(r, t_s, self.services)
            return None
        if category == 48:
            what = said.plots(r, self._doppler, radar_heights(r.whole("010", 2), self._ctx))
            if math.isnan(self._doppler):
                self.rejects.repaired("doppler_unused", int(np.count_nonzero(r.has("120/CAL"))))
        else:
            what = {21: said.adsb, 62: said.system_tracks, 129: said.drones}[category](r)
        self._note_clocks(r, what.tod_s, t_rx_s)
        t_s, t_rx_s = self._times(category, what.tod_s, t_rx_s)
        aside = np.zeros(len(r), dtype=np.bool_)
        for reason, mask in what.aside:
            fresh = mask & ~aside
            self.rejects.add(reason, row[fresh], t_rx_s[fresh])
            aside |= mask
        part = report_columns(category, what, t_s, t_rx_s, row, mine[r.block], self._ctx).take(np.flatnonzero(~aside))
        self._unknown_sensors(part.words["sensor_id"])
        return part

    def _unknown_sensors(self, sensors: Coded) -> None:
        """Count what will be kept aside for want of a sensor, by the name that `sensors` of the feed must give one."""
        for code, text in enumerate(sensors.texts):
            if text not in self._ctx.sensor_rows:
                n = int(np.count_nonzero(sensors.code == code))
                if n:
                    self.counts[f"of {text}, which is no sensor of the case"] += n

    def _note_clocks(self, r: Records, tod_s: F64, t_rx_s: F64) -> None:
        """How old records were when they came, by SAC/SIC; times of day half a day apart cannot be told apart."""
        if not np.isfinite(t_rx_s).any():
            return
        age_s = np.mod(t_rx_s - tod_s + 43_200.0, 86_400.0) - 43_200.0
        source = r.whole("010", 2)
        for one in np.unique(source)[:SOURCES_MAX].tolist():
            mine = source == one
            self.clocks.take(name(one), age_s[mine], t_rx_s[mine])

    def _times(self, category: int, tod_s: F64, t_rx_s: F64) -> tuple[F64, F64]:
        """POSIX times of times of day: next to when they were heard, else each next to the one before."""
        own_s = np.empty(len(tod_s))
        on_days(np.ascontiguousarray(tod_s), self._days[category], own_s)
        heard = np.isfinite(t_rx_s)
        if not heard.any():
            return own_s, own_s
        near_s = tod_s + 86_400.0 * np.round((t_rx_s - tod_s) / 86_400.0)
        missing = heard & np.isnan(near_s)
        wrong = heard & ((near_s - t_rx_s > AHEAD_MAX_S) | (t_rx_s - near_s > LATE_MAX_S))
        self.rejects.repaired("no_time_of_day", int(np.count_nonzero(missing)))
        self.rejects.repaired("clock", int(np.count_nonzero(wrong)))
        t_s = np.where(missing | wrong, t_rx_s, near_s)
        return np.where(heard, t_s, own_s), np.where(heard, t_rx_s, own_s)


class AsterixRaw(Asterix):
    """Reports from blocks that follow each other in bytes."""

    def __init__(self, ctx: FeedContext) -> None:
        super().__init__(ctx)
        self._blocks = self._stream = Stream(self.rejects)

    def receive(self, data: bytes) -> None:
        """Take bytes, cut anywhere."""
        self._stream.receive(data)

    def finish(self) -> None:
        """The file ended."""
        self._stream.finish()


class AsterixUdp(Asterix):
    """Reports from datagrams as a socket gives them."""

    def __init__(self, ctx: FeedContext) -> None:
        super().__init__(ctx)
        self._blocks = self._datagrams = Datagrams(self.rejects)
        self._row = 0

    def datagram(self, payload: bytes, t_rx_s: float) -> None:
        """Take the payload of one datagram, heard at t_rx_s."""
        self._datagrams.datagram(payload, self._row, t_rx_s)
        self._row += 1


class AsterixPcap(Asterix):
    """Reports from the bytes of a capture (pcap or pcapng) of ASTERIX over UDP."""

    def __init__(self, ctx: FeedContext) -> None:
        super().__init__(ctx)
        self._blocks = self._datagrams = Datagrams(self.rejects)
        self._capture = Capture(self.rejects)
        self._fragments = Fragments()
        self._is_over = False
        self._port = ctx.options.get("port")

    def receive(self, data: bytes) -> None:
        """Take bytes, cut anywhere."""
        self._capture.receive(data)

    def finish(self) -> None:
        """The capture ended."""
        self._capture.finish()
        self._is_over = True

    def rows(self) -> FeedRows:
        """The rows of all whole packets since the last call. Errors: BadMessage (magic), if it is no capture."""
        if "magic" in self.rejects.counts and self._capture.n_packets == 0:
            raise BadMessage("magic", detail="neither pcap nor pcapng")
        for packet in self._capture.packets():
            self._packet(packet)
        if self._is_over:
            self._fragments.finish()
        for row, t_s in self._fragments.lost:
            self.rejects.add_one("fragment", row, t_rx_s=t_s)
        self._fragments.lost.clear()
        return super().rows()

    def _packet(self, packet: Packet) -> None:
        if packet.link not in LINKS:
            self.rejects.add_one("link_type", packet.row, t_rx_s=packet.t_s)
            return
        got = datagram(packet.link, packet.data)
        if isinstance(got, Fragment):
            got = self._fragments.add(got, packet.row, packet.t_s)
        if got == "":
            return
        if got is None:
            self.rejects.repaired("not_udp")
        elif isinstance(got, str):
            self.rejects.add_one(got, packet.row, packet.data.hex(), packet.t_s)
        elif self._port is None or got.to_port == self._port:
            self._datagrams.datagram(got.data, packet.row, packet.t_s, is_cut=got.is_cut)


def _ordered(category: int, ctx: FeedContext) -> tuple[Layout, ...]:
    """The editions of a category; the one that the feed names first."""
    wanted = _table(ctx, "edition").get(f"{category:03d}")
    known = layouts(category)
    if wanted is None:
        return known
    since = [SINCE.get((category, layout.edition), layout.edition) for layout in known]
    number = _edition(str(wanted))
    fits = [k for k, name in enumerate(since) if _edition(name) <= number]
    if not fits:
        raise BadInput(f"is not known; CAT {category:03d} is read from edition {min(since, key=_edition)}",
                       key="edition", value=wanted, where=f"feed {ctx.feed}")  # fmt: skip
    first = max(fits, key=lambda k: _edition(since[k]))
    return (known[first], *[layout for k, layout in enumerate(known) if k != first])


def _edition(name: str) -> tuple[int, ...]:
    digits = name.split(" ")[0].split(".")
    return tuple(int(d) for d in digits if d.isdigit())


def _table(ctx: FeedContext, key: str) -> dict[str, object]:
    value = ctx.options.get(key, {})
    if not isinstance(value, dict):
        raise BadInput("must be a table", key=key, value=value, where=f"feed {ctx.feed}")
    return value


def _doppler(ctx: FeedContext) -> float:
    value = ctx.options.get("doppler")
    if value is None:
        return math.nan
    if value not in _DOPPLER:
        raise BadInput('must be "away" or "towards"', key="doppler", value=value, where=f"feed {ctx.feed}")
    return _DOPPLER[str(value)]


def _start_s(ctx: FeedContext) -> float:
    """A time on the day of the first record: the feed's date, else the case's start, else the first day of POSIX."""
    value = ctx.options.get("date")
    if value is not None:
        try:
            day = datetime.date.fromisoformat(str(value))
        except ValueError:
            raise BadInput("must be a date as 2026-11-30", key="date", value=value, where=f"feed {ctx.feed}") from None
        return 86_400.0 * (day - datetime.date(1970, 1, 1)).days + 43_200.0
    return ctx.start_s if math.isfinite(ctx.start_s) else 43_200.0


__all__ = ["Asterix", "AsterixPcap", "AsterixRaw", "AsterixUdp"]
