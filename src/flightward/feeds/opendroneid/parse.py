"""Captured Remote ID -> reports: `DroneIdPcap`, one row per Location message.

Who a Location is of: the Basic ID in the same pack or the one of the same transmitter (single messages take turns),
whichever is of the better kind: a drone that says its serial number and its registration in turn is called by its
serial number (`Named`). A transmitter that has not said who it is waits for
WAIT_S, then is called by its address (`rid-84cca8604324`): a drone without a name is still a drone. Its time is the
message's own (tenths of a second since the full hour), in the hour next to the capture's time; where the two are over
10 s apart the drone's clock is wrong, and the time of capture stands. The operator's position is kept in `operators`
and is nobody's report.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Generic, NamedTuple, TypeVar

import numpy as np

from flightward.errors import BadMessage
from flightward.feeds.opendroneid import frames, messages
from flightward.feeds.opendroneid.messages import BasicId, Location, Message, System
from flightward.feeds.pcap import Capture, Packet
from flightward.feeds.reports import AHEAD_MAX_S, Coded, report_rows
from flightward.feeds.rows import FeedContext, FeedRows, Rejects
from flightward.model import F64

RADIUS_95 = 2.448  # 95 % radius of a circular normal distribution, in sigmas
HALF_95 = 1.96
ADDRESSES_MAX = 10_000
P_DRONE = 0.999
"""What speaks Remote ID is a drone, however much it flies like a bird."""
WAIT_S = 5.0
"""The standard wants a Basic ID at least every 3 s."""
NAMED_S = 60.0
"""A name heard of a transmitter stands for so long."""
PREFERRED = {messages.SERIAL: 0, messages.REGISTRATION: 1, messages.UTM_ID: 2, messages.SESSION_ID: 3}
"""Rank of a kind of id: the lower, the better."""
NAMELESS = len(PREFERRED)
K = TypeVar("K", bytes, str)


class Row(NamedTuple):
    """One Location: number in the file, when we heard it, whose it is, the receiver's id and its own time of reception.

    t_heard_s: NaN where the receiver is this machine; then t_rx_s is meant.
    """

    row: int
    t_rx_s: float
    identity: str
    location: Location
    sensor: str = ""
    t_heard_s: float = math.nan


class Named(Generic[K]):
    """What transmitters call themselves: by address the best kind of id that was heard in the last NAMED_S."""

    def __init__(self) -> None:
        self._kept: dict[K, tuple[str, float, int]] = {}

    def who(self, address: K, t_s: float, said: Iterable[Message]) -> str:
        """The id of a transmission, "" unknown. A worse kind of id does not replace a better one that is fresh."""
        ids = [m for m in said if isinstance(m, BasicId) and m.id_kind in PREFERRED and m.text]
        known, at_s, rank = self._kept.get(address, ("", math.nan, NAMELESS))
        is_fresh = abs(t_s - at_s) <= NAMED_S
        best = min(ids, key=lambda m: PREFERRED[m.id_kind], default=None)
        if best is None or (is_fresh and rank < PREFERRED[best.id_kind]):
            return known if is_fresh else ""
        self.keep(address, best.text, t_s, PREFERRED[best.id_kind])
        return best.text

    def keep(self, address: K, who: str, t_s: float, rank: int) -> None:
        """Call a transmitter `who` from now on; one without an address cannot be known again."""
        if address and math.isfinite(t_s):
            self._kept.pop(address, None)
            self._kept[address] = (who, t_s, rank)
            if len(self._kept) > ADDRESSES_MAX:
                del self._kept[next(iter(self._kept))]


class DroneIdPcap:
    """Reports from the bytes of a capture: `receive(bytes)`, then `rows()`; at the end `finish()` and `rows()`."""

    def __init__(self, ctx: FeedContext) -> None:
        self._ctx = ctx
        self.rejects = Rejects()
        self.operators: dict[str, System] = {}
        self._capture = Capture(self.rejects)
        self._named = Named[bytes]()
        self._waiting: dict[bytes, list[Row]] = {}
        self._is_over = False

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
        found: list[Row] = []
        for packet in self._capture.packets():
            found += self._packet(packet)
        if self._is_over:
            for address in list(self._waiting):
                found += self._released(address, nameless(address))
        return reports_of(found, self._ctx, self.rejects)

    def _packet(self, packet: Packet) -> list[Row]:
        late = self._overdue(packet.t_s)
        if packet.link not in frames.LINKS:
            self.rejects.add_one("link_type", packet.row, t_rx_s=packet.t_s)
            return late
        heard = frames.remote_id(packet.link, packet.data)
        if heard is None:
            return late
        try:
            said = messages.messages(heard.data)
        except BadMessage as error:
            self.rejects.add_one(error.reason, packet.row, heard.data.hex(), packet.t_s)
            return late
        who = self._named.who(heard.address, packet.t_s, said)
        for m in said:
            if who and isinstance(m, System):
                self.operators[who] = m
        rows = [Row(packet.row, packet.t_s, who, m) for m in said if isinstance(m, Location)]
        if who:
            return late + self._released(heard.address, who) + rows
        if rows:
            self._waiting.setdefault(heard.address, []).extend(rows)
        return late

    def _overdue(self, t_s: float) -> list[Row]:
        """The rows of transmitters that have not said who they are for WAIT_S: they are called by their address."""
        out: list[Row] = []
        while self._waiting:
            address, rows = next(iter(self._waiting.items()))
            if t_s - rows[0].t_rx_s <= WAIT_S and len(self._waiting) <= ADDRESSES_MAX:
                break
            self._named.keep(address, nameless(address), t_s, NAMELESS)
            out += self._released(address, nameless(address))
        return out

    def _released(self, address: bytes, who: str) -> list[Row]:
        return [row._replace(identity=who) for row in self._waiting.pop(address, [])]


def nameless(address: bytes) -> str:
    """What a transmitter is called that does not say who it is."""
    return f"rid-{address.hex()}" if address else "rid-unknown"


def true_time_s(t_rx_s: float, hour_s: float) -> float:
    """POSIX time of `hour_s` after a full hour, next to the time of reception; NaN if unknown."""
    if not math.isfinite(t_rx_s):
        return math.nan
    hour = 3600.0 * math.floor(t_rx_s / 3600.0)
    return min((hour + hour_s + 3600.0 * k for k in (-1, 0, 1)), key=lambda t: abs(t - t_rx_s))


def reports_of(found: list[Row], ctx: FeedContext, rejects: Rejects) -> FeedRows:
    """The reports of Locations; `clock` counts those whose own time is not the one at which they were heard."""
    t_rx_s = np.array([r.t_rx_s for r in found], dtype=np.float64)
    heard_s = np.array([r.t_rx_s if math.isnan(r.t_heard_s) else r.t_heard_s for r in found], dtype=np.float64)
    own_s = np.array(
        [true_time_s(t, r.location.hour_s) for t, r in zip(heard_s.tolist(), found, strict=True)], dtype=np.float64
    )
    wrong = np.isfinite(own_s) & (np.abs(own_s - heard_s) > AHEAD_MAX_S)
    rejects.repaired("clock", int(np.count_nonzero(wrong)))

    def of(name: str) -> F64:
        return np.array([getattr(r.location, name) for r in found], dtype=np.float64)

    course, speed = of("course_rad"), of("speed_mps")
    course = np.where(speed == 0.0, np.nan_to_num(course), course)
    numbers = {
        "t_s": np.where(wrong | np.isnan(own_s), heard_s, own_s), "t_rx_s": t_rx_s,
        "lat_deg": of("lat_deg"), "lon_deg": of("lon_deg"), "hae_m": of("hae_m"), "baro_m": of("baro_m"),
        "sigma_h_m": of("sigma95_h_m") / RADIUS_95, "sigma_v_m": of("sigma95_v_m") / HALF_95,
        "ve_mps": speed * np.sin(course), "vn_mps": speed * np.cos(course), "vu_mps": of("vu_mps"),
        "p_kind": np.full(len(found), P_DRONE),
    }  # fmt: skip
    words = {"identity": Coded.of([r.identity for r in found]), "kind": Coded.of(["drone"] * len(found))}
    sensor = str(ctx.options.get("sensor") or "")
    if sensor or any(r.sensor for r in found):
        words["sensor_id"] = Coded.of([r.sensor or sensor for r in found])
    rows = np.array([r.row for r in found], dtype=np.int64)
    return report_rows(numbers, words, None, ctx, rejects, rows)
