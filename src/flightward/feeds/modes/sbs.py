"""SBS-1 ("BaseStation") lines -> reports: comma-separated text of 22 fields, a line a message.

0 MSG (MLAT for positions that others worked out), 1 kind of message (2 surface, 3 position, 4 velocity), 4 address,
6 7 date and time of the message, 8 9 of the line, 11 altitude ft (with H: geometric), 12 speed kt, 13 track deg,
14 15 latitude and longitude deg, 16 climb ft/min, 21 on the ground (-1 or 1)

Times are those of the receiver's own clock and zone: `utc_offset_s` of the [[feed]] is what its clock is ahead of UTC.
Live, a clock that is off by more than AHEAD_MAX_S (or in another zone) is not believed: the time of reading is taken.
Source: woodair.net, "SBS TCP/IP messages"; what readsb and dump1090 write.
"""

from __future__ import annotations

import datetime
import math
from collections import Counter
from typing import NamedTuple

import numpy as np

from flightward.errors import BadInput
from flightward.feeds.clocks import Clocks
from flightward.feeds.modes.parse import AIRCRAFT_MAX, addresses, sensor_of
from flightward.feeds.modes.voices import Voices
from flightward.feeds.reports import AHEAD_MAX_S, report_rows
from flightward.feeds.rows import FeedContext, FeedRows, Rejects
from flightward.model import F64
from flightward.units import DEG_RAD, FPM_MPS, FT_M, KT_MPS

FIELDS = 22
LINE_MAX = 1_000
KINDS = ("1", "2", "3", "4", "5", "6", "7", "8")
OTHERS = ("SEL", "ID", "AIR", "STA", "CLK")
_EPOCH = datetime.date(1970, 1, 1).toordinal()


class _Line(NamedTuple):
    row: int
    t_s: float
    t_rx_s: float
    who: int
    lat: float
    lon: float
    height: float
    is_geometric: bool
    speed: float
    track: float
    climb: float


class Sbs:
    """`receive(bytes)`, then `rows()`; at the end `finish()` and `rows()`."""

    def __init__(self, ctx: FeedContext) -> None:
        self._ctx = ctx
        self.rejects = Rejects()
        self.counts: Counter[str] = Counter()
        self._rest = b""
        self._row = 0
        self._lines: list[_Line] = []
        self._slots: dict[int, int] = {}
        self._voices = Voices()
        self._days: dict[str, float] = {}
        self._heard_s = math.nan
        self._ages: list[tuple[float, float]] = []
        self.clocks = Clocks()
        offset = ctx.options.get("utc_offset_s", 0.0)
        if not isinstance(offset, (int, float)) or isinstance(offset, bool) or not abs(offset) <= 86_400.0:
            raise BadInput("must be seconds", key="utc_offset_s", value=offset, where=f"feed {ctx.feed}")
        self._offset_s = float(offset)

    def receive(self, data: bytes, t_rx_s: float = math.nan) -> None:
        """Take bytes, cut anywhere, read at t_rx_s (live); NaN: the lines' own times count."""
        self._heard_s = t_rx_s
        *lines, rest = (self._rest + data).split(b"\n")
        for line in lines:
            self._line(line)
        # what never ends is no line: it is dropped once, and its end with it
        self._rest = rest if len(rest) <= LINE_MAX else rest[: LINE_MAX + 1]

    def finish(self) -> None:
        """The feed ended: what is left is the last line."""
        if self._rest:
            self._line(self._rest)
        self._rest = b""

    def rows(self) -> FeedRows:
        """The rows of all whole lines since the last call."""
        lines, self._lines = self._lines, []
        ages, self._ages = np.array(self._ages, dtype=np.float64).reshape(-1, 2), []
        self.clocks.take("", ages[:, 0], ages[:, 1])
        table = np.array(lines, dtype=np.float64).reshape(len(lines), len(_Line._fields))
        num = {name: np.ascontiguousarray(table[:, k]) for k, name in enumerate(_Line._fields)}
        who = num["who"].astype(np.int64)
        if len(self._slots) + len(lines) > AIRCRAFT_MAX:
            self._slots, self._voices = {}, Voices()
        slot = np.array([self._slots.setdefault(w, len(self._slots)) for w in who.tolist()], dtype=np.int64)
        speed = num["speed"] * KT_MPS
        course = np.where((speed == 0.0) & np.isnan(num["track"]), 0.0, num["track"] * DEG_RAD)
        own = np.stack([speed * np.sin(course), speed * np.cos(course), num["climb"] * FPM_MPS], axis=1)
        is_position = np.isfinite(num["lat"]) & np.isfinite(num["lon"])
        keep, v = self._voices.follow(num["t_s"], slot, is_position, own)
        # a line with half a position is kept, so that it is counted
        rows = np.flatnonzero((keep > 0) | (np.isfinite(num["lat"]) != np.isfinite(num["lon"])))
        geometric = num["is_geometric"] == 1.0
        placed = keep == 1

        def of(values: F64, mask: np.ndarray[tuple[int], np.dtype[np.bool_]]) -> F64:
            return np.where(mask, values, np.nan)[rows]

        numbers = {
            "t_s": num["t_s"][rows], "t_rx_s": num["t_rx_s"][rows], "lat_deg": num["lat"][rows],
            "lon_deg": num["lon"][rows], "baro_m": of(num["height"] * FT_M, placed & ~geometric),
            "hae_m": of(num["height"] * FT_M, placed & geometric),
            "ve_mps": v[rows, 0], "vn_mps": v[rows, 1], "vu_mps": v[rows, 2],
        }  # fmt: skip
        words = {"identity": addresses(who[rows]), **sensor_of(self._ctx, len(rows))}
        numbers_of_rows = num["row"].astype(np.int64)[rows]
        out = report_rows(
            numbers, words, None, self._ctx, self.rejects, numbers_of_rows, (keep[rows] == 2).astype(np.int8)
        )
        return FeedRows(out.reports, out.alerts, out.rejects, counts=dict(self.counts))

    def _line(self, raw: bytes) -> None:
        row, self._row = self._row, self._row + 1
        text = raw.decode("ascii", "replace").strip()
        if not text:
            return
        part = text.split(",")
        if part[0] in OTHERS:
            self.counts[part[0]] += 1
            return
        if part[0] not in ("MSG", "MLAT") or len(part) < FIELDS - 1 or len(text) > LINE_MAX:
            self.rejects.add_one("line", row, text)
            return
        self.counts[f"{part[0]} {part[1]}" if part[1] in KINDS else part[0]] += 1
        t_s, t_rx_s = self._time(part[6], part[7]), self._time(part[8], part[9])
        t_s, t_rx_s = (t_rx_s if math.isnan(t_s) else t_s), (t_s if math.isnan(t_rx_s) else t_rx_s)
        if not math.isnan(self._heard_s):
            t_s, t_rx_s = self._live(t_s), self._heard_s
        reason = "mlat" if part[0] == "MLAT" else "time" if math.isnan(t_s) else ""
        who = _address(part[4])
        reason = reason or ("identity" if who < 0 else "")
        geometric = part[11].endswith("H")
        texts = (part[14], part[15], part[11].removesuffix("H"), part[12], part[13], part[16])
        lat, lon, height, speed, track, climb = (_number(p) for p in texts)
        if not reason and any(math.isinf(v) for v in (lat, lon, height, speed, track, climb)):
            reason = "not_a_number"
        if reason:
            self.rejects.add_one(reason, row, text, t_rx_s)
            return
        heard_s = t_rx_s if t_rx_s >= t_s else t_s
        self._lines.append(_Line(row, t_s, heard_s, who, lat, lon, height, geometric, speed, track, climb))

    def _live(self, t_s: float) -> float:
        """The time of a line that was just read: its own, where that can be."""
        age_s = self._heard_s - t_s
        self._ages.append((age_s, self._heard_s))
        if abs(age_s) <= AHEAD_MAX_S:
            return t_s
        self.rejects.repaired("no_time" if math.isnan(t_s) else "clock")
        return self._heard_s

    def _time(self, day: str, clock: str) -> float:
        """POSIX time of "2024/01/31" and "12:34:56.789", NaN if they are none."""
        try:
            hours, minutes, seconds = clock.split(":")
            of_day = 3600.0 * int(hours) + 60.0 * int(minutes) + float(seconds)
            if day not in self._days:
                y, m, d = day.replace("-", "/").split("/")
                if len(self._days) > 1_000:
                    self._days.clear()
                self._days[day] = 86_400.0 * (datetime.date(int(y), int(m), int(d)).toordinal() - _EPOCH)
        except (ValueError, OverflowError):  # numbers of hundreds of digits
            return math.nan
        return self._days[day] + of_day - self._offset_s if 0.0 <= of_day < 86_401.0 else math.nan


def _address(text: str) -> int:
    """The number of six digits, with bit 24 after a "~"; -1 if it is none."""
    digits = text.strip().removeprefix("~")
    try:
        return int(digits, 16) | (1 << 24 if "~" in text else 0) if len(digits) == 6 else -1
    except ValueError:
        return -1


def _number(text: str) -> float:
    """A number; NaN if empty, infinite if it is none."""
    if not text.strip():
        return math.nan
    try:
        value = float(text)
    except ValueError:
        return math.inf
    return value if math.isfinite(value) else math.inf
