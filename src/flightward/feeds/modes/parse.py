"""Beast bytes and AVR lines -> reports: a row per position, and velocities alone where no position comes.

`receive(bytes)` (with the time of reading if it is live), then `rows()`; at the end `finish()` and `rows()`. Options of
a [[feed]]:

    sensor       the id of the receiver; its place and range help to decode    begins_s   POSIX s of the first message
    reference    [lat_deg, lon_deg] near by, where there is no such sensor     clock      "12mhz" or "gps" (Beast)
"""

from __future__ import annotations

import math
from collections import Counter
from typing import Any

import numpy as np

from flightward.errors import BadInput
from flightward.feeds.emitters import NACP_OF_NUCP, NIC_OF_NUCP
from flightward.feeds.modes import messages
from flightward.feeds.modes.frames import MLAT, AvrFrames, BeastFrames, Frames, Ticks, is_stamped, joined
from flightward.feeds.modes.voices import Voices
from flightward.feeds.reports import Coded, report_rows
from flightward.feeds.rows import FeedContext, FeedRows, Rejects
from flightward.kernels import adsb_follow
from flightward.kernels.modes_frames import remainders
from flightward.model import F64, I64, NONE

P_EMITTER = 0.95
AIRCRAFT_MAX = 50_000
RANGE_FACTOR, RANGE_LEAST_M = 3.0, 500_000.0
"""Only a slip of the position code lies farther from its receiver than this: a lie mostly does not."""
_KEPT_ASIDE = {
    adsb_follow.ALONE: "cpr_alone", adsb_follow.ZONE: "cpr_zone", adsb_follow.WAITS: "cpr_held",
    adsb_follow.NO_REFERENCE: "cpr_no_reference",
}  # fmt: skip


class ModeS:
    """Messages -> reports: what Beast and AVR share."""

    def __init__(self, ctx: FeedContext, frames: BeastFrames | AvrFrames, rejects: Rejects) -> None:
        self._ctx = ctx
        self.rejects = rejects
        self.counts: Counter[str] = Counter()
        self._frames = frames
        self._held = joined([])
        self._is_ended = False
        self._heard: list[tuple[int, float]] = []
        self._heard_s = math.nan
        self._ticks = Ticks(_begins_s(ctx), is_gps=_is_gps(ctx))
        self._ref = reference(ctx)
        self._slots: dict[int, int] = {}
        self._state = np.full((64, adsb_follow.WIDTH), np.nan)
        self._voices = Voices()

    def receive(self, data: bytes, t_rx_s: float = math.nan) -> None:
        """Take bytes, cut anywhere, read at t_rx_s (live); NaN: the messages' own times count."""
        self._frames.receive(data)
        self._note(t_rx_s)

    def finish(self) -> None:
        """The feed ended."""
        self._frames.finish()
        self._note(self._heard_s)
        self._is_ended = True

    def rows(self) -> FeedRows:
        """The rows of all whole messages since the last call whose time is settled."""
        is_live = bool(self._heard)
        frames, t_s = self._timed()
        keep = self._squitters(frames, t_s)
        frames, t_s = frames.take(keep), t_s[keep]
        if not is_live:
            self.rejects.repaired("no_time", int(np.count_nonzero(~is_stamped(frames.ticks))))
        out = self._reports(frames, t_s, messages.me(frames.octets))
        return FeedRows(out.reports, out.alerts, out.rejects, counts=dict(self.counts))

    def _note(self, t_rx_s: float) -> None:
        """What there is so far was read at t_rx_s, if it is live."""
        self._heard_s = t_rx_s
        if not math.isnan(t_rx_s):
            self._heard.append((self._frames.n_seen, t_rx_s))

    def _timed(self) -> tuple[Frames, F64]:
        """The messages and their times; in a file those are held back whose time the next ones tell."""
        frames = joined([self._held, self._frames.take()])
        heard, self._heard = self._heard, []
        if heard:
            t_s = np.full(len(frames.row), np.nan)
            for first, (end, t_rx_s) in zip([0, *[n for n, _ in heard]], heard, strict=False):
                t_s[(frames.row >= first) & (frames.row < end)] = t_rx_s
        else:
            t_s = self._ticks.times(frames.ticks, self.rejects, is_ended=self._is_ended)
        self._is_ended = False
        n = len(t_s)
        self._held = frames.take(np.arange(n, len(frames.row)))
        return (frames.take(np.arange(n)) if len(self._held.row) else frames), t_s

    def _squitters(self, frames: Frames, t_s: F64) -> I64:
        """Which messages are extended squitters of aircraft that are whole, and heard at a known time."""
        df = frames.octets[:, 0] >> 3
        n = len(df)
        names = np.where(frames.length == 0, "status", np.where(frames.length == 2, "Mode A/C", "DF"))
        for name in ("status", "Mode A/C"):
            self._count(name, int(np.count_nonzero(names == name)))
        for kind, number in zip(*np.unique(df[names == "DF"], return_counts=True), strict=True):
            self._count(f"DF {kind}", int(number))
        long = (frames.length == 14) & ((df == 17) | (df == 18))
        rest = np.zeros(n, dtype=np.int64)
        at = np.flatnonzero(long)
        crc = np.empty(len(at), dtype=np.int64)
        remainders(frames.octets[at], frames.length[at], crc)
        rest[at] = crc
        checks = [
            ("parity", long & (rest != 0)),
            ("mlat", long & (frames.ticks == MLAT)),
            ("time", long & np.isnan(t_s)),
            ("tisb", long & (messages.origin(frames.octets, messages.me(frames.octets)) == messages.TISB)),
        ]
        for reason, mask in checks:
            fresh = np.flatnonzero(long & mask)
            raw = [bytes(frames.octets[k]).hex() for k in fresh[:20].tolist()]
            self.rejects.add(reason, frames.row[fresh], t_s[fresh], raw)
            long &= ~mask
        return np.flatnonzero(long)

    def _count(self, name: str, number: int) -> None:
        if number:
            self.counts[name] += number

    def _reports(self, frames: Frames, t_s: F64, body: I64) -> FeedRows:
        who = messages.address(frames.octets)
        who |= (messages.origin(frames.octets, body) == messages.ADDRESS_OTHER).astype(np.int64) << 24
        body = messages.without_imf(frames.octets, body)
        slot = self._slots_of(who)
        n = len(t_s)
        code, height = body >> 51, messages.altitude_m(body)
        baro = np.where(code < 19, height, np.nan)
        what, values = np.empty(n, dtype=np.int8), np.empty((n, 8))
        tables = (np.array(NIC_OF_NUCP), np.array(NACP_OF_NUCP))
        adsb_follow.follow(t_s, slot, body, baro, self._ref, *tables, self._state, what, values)
        for status, reason in _KEPT_ASIDE.items():
            bad = what == status
            self.rejects.add(reason, frames.row[bad], t_s[bad])
        is_position = what == adsb_follow.POSITION
        keep, speed = self._voices.follow(t_s, slot, is_position, messages.velocity(body, values[:, 7] == 1.0))
        rows = np.flatnonzero(keep)
        is_position = is_position[rows]
        numbers = {
            "t_s": t_s[rows], "lat_deg": np.degrees(values[rows, 0]), "lon_deg": np.degrees(values[rows, 1]),
            "hae_m": np.where(code >= 20, height, values[:, 6])[rows], "baro_m": baro[rows], "nic": values[rows, 2],
            "nac_p": values[rows, 3], "sil": values[rows, 4], "signal_db": frames.signal_db()[rows],
            "ve_mps": speed[rows, 0], "vn_mps": speed[rows, 1], "vu_mps": speed[rows, 2],
        }  # fmt: skip
        for name in ("hae_m", "baro_m"):
            numbers[name] = np.where(is_position, numbers[name], np.nan)
        kinds = emitters(values[rows, 5])
        numbers["p_kind"] = np.where(kinds.code == NONE, np.nan, P_EMITTER)
        words = {"identity": addresses(who[rows]), "kind": kinds, **sensor_of(self._ctx, len(rows))}
        return report_rows(
            numbers, words, None, self._ctx, self.rejects, frames.row[rows], (~is_position).astype(np.int8)
        )

    def _slots_of(self, who: I64) -> I64:
        """The row of each message's aircraft; the oldest are forgotten beyond AIRCRAFT_MAX."""
        distinct, index = np.unique(who, return_inverse=True)
        if len(self._slots) + len(distinct) > AIRCRAFT_MAX:
            self._slots, self._state, self._voices = {}, np.full((64, adsb_follow.WIDTH), np.nan), Voices()
            self.rejects.repaired("aircraft_forgotten")
        slots = np.array([self._slots.setdefault(w, len(self._slots)) for w in distinct.tolist()], dtype=np.int64)
        if len(self._slots) > len(self._state):
            more = np.full((2 * len(self._slots) - len(self._state), adsb_follow.WIDTH), np.nan)
            self._state = np.concatenate([self._state, more])
        return slots[index]


class Beast(ModeS):
    """Reports from Beast bytes."""

    def __init__(self, ctx: FeedContext) -> None:
        rejects = Rejects()
        super().__init__(ctx, BeastFrames(rejects), rejects)


class Avr(ModeS):
    """Reports from AVR lines."""

    def __init__(self, ctx: FeedContext) -> None:
        rejects = Rejects()
        super().__init__(ctx, AvrFrames(rejects), rejects)


def addresses(who: I64) -> Coded:
    """Six digits each; after a "~" if it is no address that ICAO gave out."""
    distinct, index = np.unique(who, return_inverse=True)
    texts = [f"~{w & 0xFFFFFF:06x}" if w >> 24 else f"{w:06x}" for w in distinct.tolist()]
    return Coded(index.astype(np.int64), texts)


def emitters(code: F64) -> Coded:
    """Kinds of emitter codes; NaN and those that say nothing are null."""
    distinct, index = np.unique(np.nan_to_num(code, nan=0.0).astype(np.int64), return_inverse=True)
    texts = [messages.KIND_OF_EMITTER.get(k, "") for k in distinct.tolist()]
    place = np.array([k if text else NONE for k, text in enumerate(texts)], dtype=np.int64)
    return Coded(place[index], texts)


def sensor_of(ctx: FeedContext, n: int) -> dict[str, Coded]:
    """The column of the feed's one sensor, if it has one."""
    sensor = ctx.options.get("sensor")
    return {} if sensor is None else {"sensor_id": Coded(np.zeros(n, dtype=np.int64), [str(sensor)])}


def reference(ctx: FeedContext) -> F64:
    """(3,) a place near by, in turns, and how far positions may lie from it; NaN unknown.

    The feed's sensor if the case has it, else the feed's `reference`, else the middle of the area (places only).
    """
    row = ctx.sensor_rows.get(str(ctx.options.get("sensor")))
    if row is not None and ctx.sensors is not None:
        far_m = max(RANGE_FACTOR * float(np.nan_to_num(ctx.sensors.max_range_m[row])), RANGE_LEAST_M)
        return np.array([ctx.sensors.lat_rad[row] / messages.TURN, ctx.sensors.lon_rad[row] / messages.TURN, far_m])
    given: Any = ctx.options.get("reference")
    if given is not None:
        try:
            lat_deg, lon_deg = (float(v) for v in given)
        except (TypeError, ValueError):
            where = f"feed {ctx.feed}"
            raise BadInput("must be [lat_deg, lon_deg]", key="reference", value=given, where=where) from None
        return np.array([lat_deg / 360.0, lon_deg / 360.0, RANGE_LEAST_M])
    if math.isfinite(ctx.radius_m):
        return np.array([ctx.frame.lat0_rad / messages.TURN, ctx.frame.lon0_rad / messages.TURN, math.nan])
    return np.full(3, np.nan)


def _begins_s(ctx: FeedContext) -> float:
    value = ctx.options.get("begins_s")
    if value is None:
        return ctx.start_s if math.isfinite(ctx.start_s) else 0.0
    if not isinstance(value, (int, float)) or isinstance(value, bool) or not math.isfinite(value):
        raise BadInput("must be a POSIX time", key="begins_s", value=value, where=f"feed {ctx.feed}")
    return float(value)


def _is_gps(ctx: FeedContext) -> bool:
    value = ctx.options.get("clock", "12mhz")
    if value not in ("12mhz", "gps"):
        raise BadInput('must be "12mhz" or "gps"', key="clock", value=value, where=f"feed {ctx.feed}")
    return bool(value == "gps")
