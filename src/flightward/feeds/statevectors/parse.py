"""Bytes of state vector files -> report rows.

traffic-json      JSON as pandas writes it: a list of records, or {column: {row: value}} or {column: [value]};
                  columns of the `traffic` library: timestamp (ms UTC, or ISO 8601), icao24, latitude, longitude (deg),
                  groundspeed (kt), track (deg), vertical_rate (ft/min), altitude (ft, pressure), geoaltitude (ft),
                  last_position (ms or s UTC)
traffic-parquet   the same columns; timestamp as Arrow timestamps or numbers
opensky-csv       SI units: time, icao24, lat, lon, velocity, heading (deg), vertrate, baroaltitude, geoaltitude,
                  lastposupdate, lastcontact (s UTC); https://openskynetwork.github.io/opensky-api/rest.html
opensky-states-json  what the network's /states/all serves, one answer or a line each: {"time", "states": [[icao24,
                  callsign, country, time_position, last_contact, longitude, latitude, baro_altitude, on_ground,
                  velocity, true_track, vertical_rate, sensors, geo_altitude, squawk, spi, position_source, category]]}

All bytes may be gzip; the source unpacks. A value that is no number keeps its row aside (not_a_number).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from flightward.errors import BadMessage
from flightward.feeds.csvlines import CsvLines, floats, says_nothing
from flightward.feeds.isotime import iso_s
from flightward.feeds.reports import Coded
from flightward.feeds.rows import FeedContext, FeedRows, Rejects
from flightward.feeds.statevectors.states import Heard, StateColumns, aside, state_rows
from flightward.model import F64, I64
from flightward.units import DEG_RAD, FPM_MPS, FT_M, KT_MPS

TIME_UNITS = ((1e17, 1e9), (1e14, 1e6), (1e11, 1e3))
"""A time above this (ns, us, ms; 1e11 s is the year 5138) is so many to the second."""
TIME_MAX_S = 7_258_118_400.0
"""The year 2200: what is beyond it, or before 1970, is no time of a flight."""
TRAFFIC_NUMBERS = ("latitude", "longitude", "groundspeed", "track", "vertical_rate", "altitude", "geoaltitude")
TRAFFIC_TIMES = ("timestamp", "last_position")
ANSWERS_MAX = 1_000_000_000
"""Bytes of recorded answers; what comes after is left out, and counted."""
OPENSKY_NUMBERS = (
    "time", "lat", "lon", "velocity", "heading", "vertrate", "baroaltitude", "geoaltitude", "lastposupdate",
    "lastcontact",
)  # fmt: skip


def traffic_json(data: bytes, ctx: FeedContext) -> FeedRows:
    """Reports of a JSON file of state vectors. Errors: BadMessage (json, column)."""
    try:
        value = msgspec.json.decode(data)
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError) as error:
        raise BadMessage("json", data[:64], str(error)) from error
    return _traffic_rows(_json_columns(value), ctx)


def traffic_parquet(data: bytes, ctx: FeedContext) -> FeedRows:
    """Reports of a Parquet file of state vectors. Errors: BadMessage (parquet, column)."""
    wanted = {*TRAFFIC_NUMBERS, *TRAFFIC_TIMES, "icao24"}
    try:
        table = pq.ParquetFile(pa.BufferReader(data)).read()
        table = table.select([name for name in table.column_names if name in wanted])
        columns = {}
        for name in table.column_names:
            column = table.column(name)
            if pa.types.is_timestamp(column.type):
                columns[name] = column.cast(pa.timestamp("ms"), safe=False).cast(pa.int64()).to_pylist()
            else:
                columns[name] = column.to_pylist()
    except (pa.ArrowException, OSError, ValueError, KeyError) as error:
        raise BadMessage("parquet", data[:64], str(error)[:200]) from error
    return _traffic_rows(columns, ctx)


def _json_columns(value: Any) -> dict[str, Sequence[Any]]:
    if isinstance(value, list):
        if not all(isinstance(row, dict) for row in value):
            raise BadMessage("json", detail="a list of records is wanted")
        names = {name: None for row in value for name in row}
        return {name: [row.get(name) for row in value] for name in names}
    if isinstance(value, dict) and value and all(isinstance(v, (dict, list)) for v in value.values()):
        columns = {name: list(v.values()) if isinstance(v, dict) else v for name, v in value.items()}
        if len({len(v) for v in columns.values()}) == 1:
            return columns
    raise BadMessage("json", detail="neither a list of records nor columns of one length")


def _traffic_rows(columns: Mapping[str, Sequence[Any]], ctx: FeedContext) -> FeedRows:
    for name in ("timestamp", "icao24"):
        if name not in columns:
            raise BadMessage("column", detail=f"there is no column {name}")
    n = len(columns["timestamp"])
    rejects = Rejects()
    bad = np.zeros(n, dtype=np.bool_)
    nothing: Sequence[Any] = [None] * n
    num = {name: _numbers(columns.get(name, nothing), bad) for name in TRAFFIC_NUMBERS}
    times = {name: _seconds(_numbers(columns.get(name, nothing), bad, is_time=True)) for name in TRAFFIC_TIMES}
    for values in times.values():
        times["timestamp"] = np.where((values < 0.0) | (values > TIME_MAX_S), np.nan, times["timestamp"])
    states = StateColumns(
        row=np.arange(n, dtype=np.int64), t_s=times["timestamp"], icao24=_identities(columns["icao24"]),
        lat_deg=num["latitude"], lon_deg=num["longitude"], speed_mps=num["groundspeed"] * KT_MPS,
        course_rad=num["track"] * DEG_RAD, vu_mps=num["vertical_rate"] * FPM_MPS, baro_m=num["altitude"] * FT_M,
        hae_m=num["geoaltitude"] * FT_M, last_position_s=times["last_position"], last_contact_s=np.full(n, np.nan),
        emitter=np.full(n, np.nan),
    )  # fmt: skip
    aside(rejects, "not_a_number", states, bad)
    order = np.flatnonzero(~bad)
    # Files of many aircraft may stand aircraft by aircraft; a change is a change in time.
    order = order[np.argsort(states.t_s[order], kind="stable")]
    return state_rows(_taken(states, order), Heard(), ctx, rejects)


class OpenSkyCsv:
    """Reports from OpenSky CSV bytes: `receive(bytes)`, then `rows()`; at the end `finish()` and `rows()`."""

    def __init__(self, ctx: FeedContext) -> None:
        self._ctx = ctx
        self._heard = Heard()
        self.rejects = Rejects()
        self._lines = CsvLines(("time", "icao24", "lat", "lon"), self.rejects)

    def receive(self, data: bytes) -> None:
        """Take bytes, cut anywhere."""
        self._lines.receive(data)

    def finish(self) -> None:
        """The feed ended: what is left is the last line."""
        self._lines.finish()

    def rows(self) -> FeedRows:
        """The rows of all whole lines since the last call. Errors: BadMessage (column)."""
        texts, rows = self._lines.take()
        bad = np.zeros(len(rows), dtype=np.bool_)
        nothing = ("",) * len(rows)
        num = {c: floats(texts.get(c, nothing), bad) for c in OPENSKY_NUMBERS}
        states = StateColumns(
            row=rows, t_s=num["time"], icao24=_identities(texts["icao24"]), lat_deg=num["lat"], lon_deg=num["lon"],
            speed_mps=num["velocity"], course_rad=num["heading"] * DEG_RAD, vu_mps=num["vertrate"],
            baro_m=num["baroaltitude"], hae_m=num["geoaltitude"], last_position_s=num["lastposupdate"],
            last_contact_s=num["lastcontact"], emitter=np.full(len(rows), np.nan),
        )  # fmt: skip
        aside(self.rejects, "not_a_number", states, bad)
        return state_rows(_taken(states, np.flatnonzero(~bad)), self._heard, self._ctx, self.rejects)


class OpenSkyStates:
    """Reports from answers of OpenSky's live interface: `receive(bytes)`; at the end `finish()`, then `rows()`.

    An answer stands on one line, as the service sends it and as recordings keep it; a file that is one answer over
    several lines is read at `finish()`.
    """

    def __init__(self, ctx: FeedContext) -> None:
        self._ctx = ctx
        self._heard = Heard()
        self.rejects = Rejects()
        self._buffer = bytearray()
        self._row = 0
        self._rows: list[tuple[int, float, list[Any]]] = []

    def receive(self, data: bytes) -> None:
        """Take bytes, cut anywhere."""
        self._buffer += data[: max(0, ANSWERS_MAX - len(self._buffer))]

    def finish(self) -> None:
        """The feed ended: what is left is the last answer."""
        data = bytes(self._buffer)
        self._buffer.clear()
        if len(data) >= ANSWERS_MAX:
            self.rejects.add_one("too_large", self._row)
        try:
            answers = [msgspec.json.decode(data)]
        except (msgspec.DecodeError, RecursionError, UnicodeDecodeError):
            answers = [a for line in data.split(b"\n") if line.strip() and (a := self._answer(line)) is not None]
        for answer in answers:
            self._take(answer)

    def rows(self) -> FeedRows:
        """The rows of all whole answers since the last call."""
        found, self._rows = self._rows, []
        bad = np.zeros(len(found), dtype=np.bool_)
        columns = {n: _numbers([_item(v, k) for _, _, v in found], bad) for n, k in _STATE_COLUMNS.items()}
        # a kind that does not read is no reason to lose where it is
        category = _numbers([_item(v, CATEGORY) for _, _, v in found], np.zeros_like(bad))
        states = StateColumns(
            row=np.array([r for r, _, _ in found], dtype=np.int64), t_s=np.array([t for _, t, _ in found]),
            icao24=_identities([_item(v, 0) for _, _, v in found]), lat_deg=columns["lat"], lon_deg=columns["lon"],
            speed_mps=columns["velocity"], course_rad=columns["track"] * DEG_RAD, vu_mps=columns["vertrate"],
            baro_m=columns["baro"], hae_m=columns["geo"], last_position_s=columns["position"],
            last_contact_s=columns["contact"], emitter=_emitters(category),
        )  # fmt: skip
        aside(self.rejects, "not_a_number", states, bad)
        source = columns["source"]
        by_mlat = ~bad & (source == MLAT)
        by_others = ~bad & np.isfinite(source) & ~by_mlat & ~np.isin(source, OWN_SOURCES)
        aside(self.rejects, "mlat", states, by_mlat)
        aside(self.rejects, "not_own", states, by_others)
        own = np.flatnonzero(~bad & ~by_mlat & ~by_others)
        return state_rows(_taken(states, own), self._heard, self._ctx, self.rejects)

    def _answer(self, line: bytes) -> Any:
        try:
            return msgspec.json.decode(line)
        except (msgspec.DecodeError, RecursionError, UnicodeDecodeError):
            self.rejects.add_one("json", self._row, line[:200].decode("utf-8", "replace"))
            self._row += 1
            return None

    def _take(self, answer: Any) -> None:
        time_s = answer.get("time") if isinstance(answer, dict) else None
        states = answer.get("states") if isinstance(answer, dict) else None
        if not isinstance(time_s, (int, float)) or isinstance(time_s, bool) or not isinstance(states, list | None):
            self.rejects.add_one("answer", self._row, repr(answer))
            self._row += 1
            return
        for state in states or []:
            if isinstance(state, list):
                self._rows.append((self._row, float(time_s), state))
            else:
                self.rejects.add_one("entry", self._row, repr(state), float(time_s))
            self._row += 1


_STATE_COLUMNS = {"position": 3, "contact": 4, "lon": 5, "lat": 6, "baro": 7, "velocity": 9, "track": 10,
                  "vertrate": 11, "geo": 13, "source": 16}  # fmt: skip
CATEGORY = 17
OWN_SOURCES, MLAT = (0, 3), 2
"""position_source: 0 (ADS-B) and 3 (FLARM) are the aircraft's own word, as an answer without one is taken to be; 1
(ASTERIX: a radar's) and what is not known are not."""


def _emitters(category: F64) -> F64:
    """(N,) the interface's categories as Mode S has them (modes.messages.KIND_OF_EMITTER); NaN not given.

    2 to 8 are A1 to A7, 9 to 15 are B1 to B7, 16 to 20 are C1 to C5.
    """
    whole = category == np.floor(category)
    sets = [whole & (category >= low) & (category <= high) for low, high in ((2, 8), (9, 15), (16, 20))]
    return np.select(sets, [8 * 4 + category - 1, 8 * 3 + category - 8, 8 * 2 + category - 15], np.nan)


def _item(values: list[Any], k: int) -> Any:
    return values[k] if k < len(values) else None


def _taken(states: StateColumns, rows: I64) -> StateColumns:
    values = {name: value[rows] for name, value in vars(states).items() if isinstance(value, np.ndarray)}
    return StateColumns(icao24=Coded(states.icao24.code[rows], states.icao24.texts), **values)


def _identities(values: Sequence[Any]) -> Coded:
    return Coded.of([v.strip().lower() if isinstance(v, str) and not says_nothing(v) else None for v in values])


def _numbers(
    values: Sequence[Any], bad: np.ndarray[tuple[int], np.dtype[np.bool_]], *, is_time: bool = False
) -> F64:
    """(N,) numbers; None is NaN, and anything else marks its row."""
    out = np.full(len(values), np.nan)
    for k, value in enumerate(values):
        if isinstance(value, (int, float)) and not isinstance(value, bool):
            try:
                out[k] = value
            except OverflowError:
                bad[k] = True
        elif is_time and isinstance(value, str):
            out[k] = iso_s(value)
            bad[k] |= bool(np.isnan(out[k]))
        elif value is not None:
            bad[k] = True
    return out


def _seconds(times: F64) -> F64:
    return np.select([times > above for above, _ in TIME_UNITS], [times / each for _, each in TIME_UNITS], times)
