"""A source over the network: its bytes go through the parser of its format, and `rows()` gives what came.

One thread reads; `rows()` is called from another, once a second. What is bounded: bytes taken between two calls
(PENDING_MAX, the rest is dropped and counted as `overrun`), the parser's own remainders, and the row numbers of what
was kept aside. A source whose bytes make no message for stale_s is stale; its connection is then given up and made
anew, be it half-open, slow on purpose, or of another format than was said.
"""

from __future__ import annotations

import dataclasses
import math
import re
import threading
import time
from collections.abc import Callable, Mapping
from typing import Any, Protocol

import numpy as np

from flightward.feeds.clocks import ClockOffset, Clocks
from flightward.feeds.net import BACKOFF, Backoff, Broker, DatagramReceiver, Link
from flightward.feeds.rows import FeedContext, FeedRows, Rejects

PENDING_MAX = 32_000_000
"""Bytes between two calls of `rows`; a radar's second is a few kilobytes, a busy ADS-B receiver's a few hundred."""
SAMPLE_MAX = 4_096
PRESENCE_S = 20.0
_SAID_TWICE = re.compile(r"\bof |passed over")
"""Counts that count some messages again (by edition, by sensor), or such as are not read."""


Tap = Callable[[float, bytes], None]
"""Is told each message or piece of a stream, and when it was received: what the parser is given, and in that order."""


@dataclasses.dataclass(frozen=True)
class SourceState:
    """How a source does. Times POSIX s, NaN never; newest_s is the newest time that a report claims."""

    name: str
    address: str
    is_up: bool
    is_stale: bool
    n_connects: int
    n_bytes: int
    n_messages: int
    n_reports: int
    heard_s: float
    newest_s: float
    error: str
    kept_aside: Mapping[str, int]
    repairs: Mapping[str, int]
    clocks: Mapping[str, ClockOffset]
    sample: bytes
    peers: tuple[str, ...] = ()


class Source(Protocol):
    """What a configuration names as a source."""

    name: str
    heard: Heard

    def start(self) -> None: ...
    def stop(self) -> None: ...
    def rows(self) -> list[FeedRows]: ...
    def state(self) -> SourceState: ...


class Heard:
    """What a source has given so far: counts, ages, samples. Shared by all kinds of sources."""

    def __init__(self, name: str, address: str, ctx: FeedContext, stale_s: float, now: Callable[[], float]) -> None:
        self.name, self.address, self.stale_s = name, address, stale_s
        self._ctx, self._now = ctx, now
        self._began_s = now()
        self.n_bytes = self.n_messages = self.n_reports = 0
        self.heard_s = self.newest_s = math.nan
        self.sample = b""
        self._clocks = Clocks()
        self._kept_aside: dict[str, int] = {}
        self._repairs: dict[str, int] = {}
        self._told: dict[int, int] = {}
        self.tap: Tap | None = None

    def bytes(self, data: bytes, t_rx_s: float) -> None:
        """Count bytes, hand them on to who keeps them; keep the first of them, for a look at what they are."""
        self.n_bytes += len(data)
        if self.tap is not None:
            self.tap(t_rx_s, data)
        if len(self.sample) < SAMPLE_MAX:
            self.sample += data[: SAMPLE_MAX - len(self.sample)]

    def take(self, key: int, rows: FeedRows) -> FeedRows:
        """Note the rows of one parser (`key` tells parsers apart), and let go of what would grow for ever."""
        told = sum(v for k, v in rows.counts.items() if not _SAID_TWICE.search(k)) + sum(rows.others.values())
        n_new = max(told - self._told.get(key, 0), len(rows.reports) + len(rows.alerts))
        self._told[key] = told
        if n_new > 0:
            self.heard_s = self._now()
            self.n_messages += n_new
        self.n_reports += len(rows.reports)
        if len(rows.reports):
            self.newest_s = float(np.fmax(self.newest_s, rows.reports.t_s.max()))
            self._note_clocks(rows)
        self._kept_aside, self._repairs = rows.rejects.counts, rows.rejects.repairs
        return rows

    def _note_clocks(self, rows: FeedRows) -> None:
        r = rows.reports
        own = r.t_s != r.t_rx_s
        sensors = list(self._ctx.sensor_rows)
        for sensor in np.unique(r.sensor[own]).tolist():
            mine = own & (r.sensor == sensor)
            name = sensors[sensor] if 0 <= sensor < len(sensors) else ""
            self._clocks.take(name, r.t_rx_s[mine] - r.t_s[mine], r.t_rx_s[mine])

    @property
    def is_stale(self) -> bool:
        """Has no message come for stale_s, or since the start."""
        since_s = self._began_s if math.isnan(self.heard_s) else self.heard_s
        return self._now() - since_s > self.stale_s

    def state(self, *, is_up: bool, n_connects: int, error: str, parser: Any = None, peers: tuple[str, ...] = ()
              ) -> SourceState:  # fmt: skip
        """All of it."""
        own = getattr(parser, "clocks", None)
        clocks = own.offsets() if isinstance(own, Clocks) else {}
        return SourceState(
            name=self.name, address=self.address, is_up=is_up, is_stale=self.is_stale, n_connects=n_connects,
            n_bytes=self.n_bytes, n_messages=self.n_messages, n_reports=self.n_reports, heard_s=self.heard_s,
            newest_s=self.newest_s, error=error, kept_aside=dict(self._kept_aside), repairs=dict(self._repairs),
            clocks=clocks or self._clocks.offsets(), sample=self.sample, peers=peers,
        )  # fmt: skip


def drained(rows: FeedRows) -> FeedRows:
    """The same with only what was kept aside since the last call: a parser's own counts go on for ever."""
    kept = Rejects()
    kept.add("rejected", rows.rejects.rows, rows.rejects.t_rx_s)
    rows.rejects.forget()
    return dataclasses.replace(rows, rejects=kept)


class Parsed:
    """A parser with a lock around it and a bound before it."""

    def __init__(
        self, name: str, address: str, parser: Any, ctx: FeedContext, *, stale_s: float,
        now: Callable[[], float] = time.time, most: int = PENDING_MAX,
    ) -> None:  # fmt: skip
        self.name = name
        self.parser = parser
        self.heard = Heard(name, address, ctx, stale_s, now)
        self._now = now
        self._lock = threading.Lock()
        self._pending = 0
        self._most = most

    def rows(self) -> list[FeedRows]:
        """What came since the last call."""
        with self._lock:
            self._pending = 0
            if hasattr(self.parser, "pass_time"):
                self.parser.pass_time(self._now())
            return [drained(self.heard.take(0, self.parser.rows()))]

    def _has_room(self, data: bytes, t_rx_s: float) -> bool:
        """Count bytes, and say whether they may be taken. Called with the lock held."""
        self._pending += len(data)
        if self._pending > self._most:
            self.heard.n_bytes += len(data)
            self.parser.rejects.repaired("overrun")
            return False
        self.heard.bytes(data, t_rx_s)
        return True


class StreamSource(Parsed):
    """A TCP or TLS connection that is kept up, into a parser of streams with receive(data, t_rx_s).

    useless_s   a connection that gives no message for so long is given up (default: stale_s).
    presence    what is said at the beginning and every PRESENCE_S, to peers that want to know who listens.
    """

    def __init__(
        self, name: str, address: str, parser: Any, ctx: FeedContext, host: str, port: int, *, stale_s: float,
        useless_s: float | None = None, tls: Any = None, presence: Callable[[], bytes] | None = None,
        backoff: Backoff = BACKOFF, now: Callable[[], float] = time.time, most: int = PENDING_MAX,
    ) -> None:  # fmt: skip
        super().__init__(name, address, parser, ctx, stale_s=stale_s, now=now, most=most)
        self._useless_s = stale_s if useless_s is None else useless_s
        self._presence = presence
        self.link = Link(
            host, port, self._bytes, opened=self._opened, tls=tls, name=name, backoff=backoff, now=now,
            hello=None if presence is None else lambda: [presence()], idle_s=self._useless_s,
        )  # fmt: skip
        self._useless = (0, now())
        self._said_s = now()

    def start(self) -> None:
        """Begin to connect."""
        self.link.start()

    def stop(self) -> None:
        """Close the connection."""
        self.link.stop()

    def rows(self) -> list[FeedRows]:
        """What came since the last call; a connection that gave no message for useless_s is given up."""
        out = super().rows()
        status, now_s = self.link.status, self._now()
        if self._presence is not None and status.is_up and now_s - self._said_s > PRESENCE_S:
            self._said_s = now_s
            self.link.send(self._presence())
        n, since_s = self._useless
        if (self.heard.n_messages, status.is_up) != (n, True) or self._is_new:
            self._is_new = False
            self._useless = (self.heard.n_messages, now_s)
        elif now_s - since_s > self._useless_s:
            self._useless = (n, now_s)
            self.link.drop(f"nothing that can be read came for {self._useless_s:g} s")
        return out

    def state(self) -> SourceState:
        """How it does."""
        s = self.link.status
        return self.heard.state(is_up=s.is_up, n_connects=s.n_connects, error=s.error, parser=self.parser)

    _is_new = False

    def _opened(self) -> None:
        with self._lock:
            self._is_new = True
            self.heard.sample = b""
            self._end()

    def _end(self) -> None:
        """What was cut off when bytes were lost is not continued by those that follow."""
        if hasattr(self.parser, "events"):
            self.parser.events.finish()
        else:
            self.parser.finish()

    def _bytes(self, data: bytes, t_rx_s: float) -> None:
        with self._lock:
            was_full = self._pending > self._most
            if self._has_room(data, t_rx_s):
                self.parser.receive(data, t_rx_s)
            elif not was_full:
                self._end()


class DatagramSource(Parsed):
    """Datagrams to a port, or of a group, into a parser with datagram(payload, t_rx_s)."""

    def __init__(
        self, name: str, address: str, parser: Any, ctx: FeedContext, host: str, port: int, *, stale_s: float,
        interface: str = "0.0.0.0", now: Callable[[], float] = time.time, most: int = PENDING_MAX,
    ) -> None:  # fmt: skip
        super().__init__(name, address, parser, ctx, stale_s=stale_s, now=now, most=most)
        self._receiver = DatagramReceiver(self._datagram, host, port, interface=interface, now=now)
        self.port = self._receiver.port

    def start(self) -> None:
        """Begin to listen."""
        self._receiver.start()

    def stop(self) -> None:
        """End."""
        self._receiver.stop()

    def state(self) -> SourceState:
        """How it does: a port that is open is up, whether or not anyone speaks."""
        return self.heard.state(is_up=True, n_connects=1, error=self._receiver.error, parser=self.parser)

    def _datagram(self, data: bytes, t_rx_s: float) -> None:
        with self._lock:
            if self._has_room(data, t_rx_s):
                self.parser.datagram(data, t_rx_s)


class MqttSource(Parsed):
    """Messages of an MQTT broker, into a parser with message(payload, t_rx_s)."""

    def __init__(
        self, name: str, address: str, parser: Any, ctx: FeedContext, broker_of: Callable[..., Broker], *,
        stale_s: float, now: Callable[[], float] = time.time, most: int = PENDING_MAX,
    ) -> None:  # fmt: skip
        super().__init__(name, address, parser, ctx, stale_s=stale_s, now=now, most=most)
        self.broker = broker_of(self._message)

    def start(self) -> None:
        """Begin to connect."""
        self.broker.start()

    def stop(self) -> None:
        """Disconnect."""
        self.broker.stop()

    def state(self) -> SourceState:
        """How it does."""
        b = self.broker
        return self.heard.state(is_up=b.is_up.is_set(), n_connects=b.n_connects, error=b.error, parser=self.parser)

    def _message(self, topic: str, payload: bytes, is_retained: bool) -> None:
        with self._lock:
            t_rx_s = self._now()
            if self._has_room(payload, t_rx_s):
                self.parser.message(payload, t_rx_s)
