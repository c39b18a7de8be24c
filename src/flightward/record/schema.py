"""How a batch stands in a message: msgpack of its plain attributes and of its columns as raw little-endian bytes.

    {"t_s": 1760248800.0, "columns": {"e_m": <8 N bytes>, ...}}

The shape of a column follows from the channel's schema (`tail`), its rows from the length. Square matrices that are
symmetric to the bit stand as their upper triangles, row by row, and are named in "upper". Columns of numbers that are
unknown in every one of "n" rows are left out and named in "unknown". Written down in
docs/recording.md; the order of codes and columns is part of the format, so VERSION rises when either changes.
"""

from __future__ import annotations

import dataclasses
import json
import sys
from typing import Any, TypeVar

import msgspec
import numpy as np
from numpy.typing import NDArray

from flightward.errors import BadRecord
from flightward.model import (
    F64,
    NONE,
    AdviceBatch,
    AreaAlertBatch,
    Batch,
    CellForecast,
    Coverage,
    FlightStates,
    RaidBatch,
    RaidEventBatch,
    ReportBatch,
    ThreatBatch,
    TrackBatch,
    WarningBatch,
    WarningHistory,
    columns,
)
from flightward.model.gnss import GnssAreaBatch

VERSION = 2
READABLE = (1, 2)
"""Versions of the format that can be read; 1 had no chain, and one message of each kind a step."""
PROFILE = "flightward"
SCHEMA_ENCODING = "flightward-columns"
MESSAGE_ENCODING = "msgpack"

B = TypeVar("B", bound=Batch)

_NAN_BITS = int(np.array([np.nan]).view(np.int64)[0])

STEP_TOPIC = "/step"
"""First message of each step: what is not a column."""

ACT_NAME = "act-"
"""An act is an attachment, act-000001 and on, written at once between two steps: it is nobody's second, it holds words,
and it must be on its way to the disk before whoever did it is told that it is noted."""

BATCHES: dict[str, type[Batch]] = {
    "/in/reports": ReportBatch,
    "/in/alerts": AreaAlertBatch,
    "/out/tracks": TrackBatch,
    "/out/coverage": Coverage,
    "/out/raids": RaidBatch,
    "/out/cells": CellForecast,
    "/out/near_cells": CellForecast,
    "/out/states": FlightStates,
    "/out/threats": ThreatBatch,
    "/out/warnings": WarningBatch,
    "/out/advice": AdviceBatch,
    "/out/gnss": GnssAreaBatch,
    "/out/raid_events": RaidEventBatch,
    "/out/warning_history": WarningHistory,
}
"""Topic -> what its messages hold. A batch without rows has no message, except advice, where none is not empty."""

RAW_TOPIC, NAMES_TOPIC, GAP_TOPIC = "/in/raw", "/in/names", "/gap"
STATE_NAME, INPUT_NAME, NAMES_NAME = "state-", "input-", "names-"
"""Attachments: the memory of all stages after a second; a whole input file; names that a feed brought."""

OTHER_SCHEMAS: dict[str, dict[str, Any]] = {
    RAW_TOPIC: {
        "batch": "Raw",
        "fields": [
            {"name": "feed", "doc": "number of the feed (metadata `feeds`)"},
            {"name": "salt", "doc": "16 bytes, so that what is withheld cannot be guessed from its hash"},
            {"name": "t_rx_s", "dtype": "<f8", "unit": "s", "doc": "when each message was received, POSIX UTC"},
            {"name": "start", "dtype": "<i8", "doc": "message i is bytes start[i]:start[i + 1] of data"},
            {"name": "data", "doc": "the messages' bytes as received, one after the other"},
        ],
    },
    NAMES_TOPIC: {
        "batch": "Names",
        "fields": [
            {"name": "feed", "doc": "number of the feed that brought them"},
            {"name": "salt", "doc": "16 bytes"},
            {"name": "number", "doc": "numbers in the table of names"},
            {"name": "text", "doc": "the strings"},
        ],
    },
    GAP_TOPIC: {
        "batch": "Gap",
        "fields": [
            {"name": "from_s", "doc": "the first second that is not recorded, POSIX UTC"},
            {"name": "to_s", "doc": "the last one"},
            {"name": "n_steps", "doc": "how many seconds were stepped meanwhile"},
            {"name": "n_raw", "doc": "how many raw messages were dropped"},
            {"name": "why", "doc": "what the operating system said"},
        ],
    },
}
"""Topics whose messages are no batches."""

STEP_SCHEMA = {
    "batch": "Step",
    "fields": [
        {"name": "t_s", "doc": "the whole second, POSIX UTC"},
        {"name": "n_rejected", "doc": "rows kept aside that came in it"},
        {"name": "names", "doc": "strings added to the table of names since the step before; null: in /in/names"},
        {"name": "track_raid", "dtype": "<i8", "doc": "raid number of each row of /out/tracks, or -1"},
        {"name": "is_new_futures", "doc": "futures were drawn anew (they are not recorded: replay draws the same)"},
        {"name": "cells", "doc": "0 no forecast, 1 a new one follows, 2 the one before still stands"},
        {"name": "near_cells", "doc": "the same for the forecast near flights"},
        {"name": "times", "doc": "t_s of batches without rows, where it is not the step's, by topic"},
        {"name": "inbox_t_s", "doc": "the second up to which the inbox reaches"},
        {"name": "n_names", "doc": "size of the table of names after this step"},
    ],
}

_encoder = msgspec.msgpack.Encoder()
_decoder = msgspec.msgpack.Decoder()


def schema_text(kind: type[Batch]) -> bytes:
    """The JSON that describes a batch type: columns with dtype, unit, meaning and shape; plain attributes."""
    rows = []
    for field in columns(kind):
        meta = field.metadata
        row: dict[str, Any] = {"name": field.name, "dtype": np.dtype(meta["dtype"]).newbyteorder("<").str}
        row |= {"unit": meta["unit"], "doc": meta["doc"]}
        if meta["tail"]:
            row["tail"] = list(meta["tail"])
        if meta["flat"]:
            row["flat"] = meta["flat"]
        if meta.get("start"):
            row["start"] = True
        rows.append(row)
    text = {"batch": kind.__name__, "version": VERSION, "scalars": scalars(kind), "columns": rows}
    return json.dumps(text, indent=1).encode()


def scalars(kind: type[Batch]) -> list[str]:
    """The plain attributes of a batch type that are recorded."""
    return [f.name for f in dataclasses.fields(kind) if "dtype" not in f.metadata and "unrecorded" not in f.metadata]


class Packer:
    """Packs batches of one type; the field list is made once, for this runs for every batch of every second."""

    def __init__(self, kind: type[Batch]) -> None:
        self._kind = kind
        self._scalars = scalars(kind)
        self._columns = [f.name for f in columns(kind) if not _is_square(f.metadata["tail"])]
        self._plain = {
            f.name
            for f in columns(kind)
            if not (f.metadata["tail"] or f.metadata["flat"] or f.metadata.get("start")) and f.metadata["dtype"] != "u8"
        }
        self._squares = [f.name for f in columns(kind) if _is_square(f.metadata["tail"])]
        self._optional = {f.name for f in columns(kind) if "optional" in f.metadata}
        self._shapes = [(f.name, np.dtype(f.metadata["dtype"]), f.metadata["tail"]) for f in columns(kind)]

    def pack(self, batch: Batch) -> bytes:
        """The message of a batch."""
        return _encoder.encode(self.values(batch))

    def values(self, batch: Batch) -> dict[str, Any]:
        """The message before encoding."""
        values = batch.__dict__
        out = {name: values[name] for name in self._scalars}
        n = len(batch)
        unknown = [name for name in self._columns if name in self._plain and _is_unknown(values[name])] if n else []
        out["columns"] = {name: values[name].tobytes() for name in self._columns if name not in unknown}
        if unknown:
            out |= {"n": n, "unknown": unknown}
        for name in self._squares:
            upper = _upper(values[name])
            out["columns"][name] = (values[name] if upper is None else upper).tobytes()
            if upper is not None:
                out.setdefault("upper", []).append(name)
        return out

    def unpack(self, data: bytes) -> Batch:
        """The batch of a message, with the same bits. Errors: BadRecord."""
        return self.batch(decode(data))

    def batch(self, values: Any) -> Batch:
        """The batch of a decoded message. Errors: BadRecord."""
        try:
            raw, upper, unknown = values["columns"], values.get("upper", ()), values.get("unknown", ())
            found: dict[str, Any] = {name: values[name] for name in self._scalars}
            for name, dtype, tail in self._shapes:
                if name in unknown:
                    found[name] = np.full(values["n"], np.nan if dtype.kind == "f" else NONE, dtype)
                    continue
                if name in self._optional and name not in raw:
                    continue  # recorded before there was such a column
                flat = np.frombuffer(raw[name], dtype=dtype)
                if name in upper:
                    flat = _square(flat, tail[0])
                found[name] = flat.reshape(-1, *tail) if tail else flat
            return self._kind(**found)
        except (KeyError, TypeError, ValueError) as error:
            raise BadRecord(f"a {self._kind.__name__} cannot be read: {error}") from error


def _is_unknown(column: NDArray[Any]) -> bool:
    """Whether every row is unknown, to the bit: NaN as numpy writes it, or NONE."""
    if column.dtype == np.float64:
        bits = column.view(np.int64)
        return bool(bits[0] == _NAN_BITS and (bits == _NAN_BITS).all())
    return bool(column[0] == NONE and (column == NONE).all())


def _is_square(tail: tuple[int | None, ...]) -> bool:
    return len(tail) == 2 and tail[0] == tail[1] and tail[0] is not None


def _upper(square: F64) -> F64 | None:
    """The upper triangles (N, k (k + 1) / 2) of N symmetric matrices; None if one is not symmetric to the bit."""
    bits = square.view(np.int64)
    if not np.array_equal(bits, bits.transpose(0, 2, 1)):
        return None
    row, column = np.triu_indices(square.shape[1])
    return np.ascontiguousarray(square[:, row, column])


def _square(upper: F64, k: int) -> F64:
    """The inverse of `_upper`."""
    row, column = np.triu_indices(k)
    flat = upper.reshape(-1, len(row))
    out = np.empty((len(flat), k, k))
    out[:, row, column] = flat
    out[:, column, row] = flat
    return out


PACKERS = {kind: Packer(kind) for kind in set(BATCHES.values())}


def encode(values: Any) -> bytes:
    """msgpack of plain values."""
    return _encoder.encode(values)


def decode(data: bytes) -> Any:
    """Plain values of msgpack. Errors: BadRecord."""
    try:
        return _decoder.decode(data)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise BadRecord(f"a message is not msgpack: {error}") from error


if sys.byteorder != "little":  # pragma: no cover
    raise ImportError("recordings hold little-endian columns; this machine is big-endian")
