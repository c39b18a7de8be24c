"""Bytes of tabular reports -> report rows.

Parquet   one file, a column each; null where not measured.
CSV       first line the column names, then a row a line; UTF-8, comma, fields may be quoted, empty = null; numbers
          with a point; hostile true/false/1/0. A quoted field may not hold a line break.

Columns: t_s (needed), t_rx_s (absent: t_s), sensor_id, and the rest of NUMBERS and WORDS in feeds/reports.py; any may
be missing, unknown ones are counted.
"""

from __future__ import annotations

import csv

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from flightward.errors import BadMessage
from flightward.feeds.reports import NUMBERS, WORDS, Coded, report_rows
from flightward.feeds.rows import FeedContext, FeedRows, Rejects
from flightward.model import F64, I8, I64, NONE, AreaAlertBatch, ReportBatch

TRUE = {"true", "t", "yes", "1"}
FALSE = {"false", "f", "no", "0"}


def parquet_reports(data: bytes, ctx: FeedContext) -> FeedRows:
    """All rows of a Parquet file.

    Errors   BadMessage: parquet (not such a file), column (t_s missing, or a column of another type).
    """
    try:
        table = pq.ParquetFile(pa.BufferReader(data)).read()
    except (pa.ArrowException, OSError, ValueError) as error:
        raise BadMessage("parquet", data[:64], str(error)[:200]) from error
    present = set(table.column_names)
    _need(present)
    rejects = Rejects()
    rejects.repaired("unknown_column", len(present - {*NUMBERS, *WORDS, "hostile"}))
    numbers = {name: _float_column(table, name) for name in NUMBERS if name in present}
    words = {name: _text_column(table, name) for name in WORDS if name in present}
    hostile = _flag_column(table) if "hostile" in present else None
    return report_rows(numbers, words, hostile, ctx, rejects)


def _need(present: set[str]) -> None:
    if "t_s" not in present:
        raise BadMessage("column", detail="there is no column t_s")


def _float_column(table: pa.Table, name: str) -> F64:
    column = table.column(name)
    if pa.types.is_boolean(column.type) or pa.types.is_timestamp(column.type):
        raise BadMessage("column", detail=f"column {name} holds {column.type}, wanted float64")
    try:
        values = column.cast(pa.float64()).to_numpy()
    except (pa.ArrowException, ValueError) as error:
        raise BadMessage("column", detail=f"column {name} holds {column.type}, wanted float64") from error
    return np.ascontiguousarray(values, dtype=np.float64)


def _text_column(table: pa.Table, name: str) -> Coded:
    try:
        column = table.column(name).cast(pa.string()).combine_chunks().dictionary_encode()
        if isinstance(column, pa.ChunkedArray):
            column = column.unify_dictionaries().combine_chunks()
        codes = column.indices.fill_null(NONE).to_numpy(zero_copy_only=False).astype(np.int64)
        texts = column.dictionary.to_pylist()
    except (pa.ArrowException, ValueError) as error:
        raise BadMessage("column", detail=f"column {name} does not hold text: {error}"[:200]) from error
    empty = [k for k, text in enumerate(texts) if not text.strip()]
    if empty:
        codes[np.isin(codes, empty)] = NONE
    return Coded(codes, texts)


def _flag_column(table: pa.Table) -> I8:
    try:
        values = table.column("hostile").cast(pa.bool_()).cast(pa.int8()).fill_null(NONE).to_numpy()
    except (pa.ArrowException, ValueError) as error:
        raise BadMessage("column", detail="column hostile does not hold true, false or null") from error
    return np.ascontiguousarray(values, dtype=np.int8)


class CsvReports:
    """Reports from CSV bytes as they come: `receive(bytes)`, then `rows()`; at the end `finish()` and `rows()`.

    Errors   `rows()` raises BadMessage (column) if the first line does not name t_s.
    """

    def __init__(self, ctx: FeedContext) -> None:
        self._ctx = ctx
        self._buffer = bytearray()
        self._lines: list[str] = []
        self._columns: list[str] | None = None
        self._n_seen = 0
        self.rejects = Rejects()

    def receive(self, data: bytes) -> None:
        """Take bytes, cut anywhere."""
        self._buffer += data
        end = self._buffer.rfind(b"\n")
        if end >= 0:
            whole = bytes(self._buffer[:end])
            del self._buffer[: end + 1]
            self._take(whole)

    def finish(self) -> None:
        """The feed ended: what is left is the last line."""
        if self._buffer:
            self._take(bytes(self._buffer))
            self._buffer.clear()

    def rows(self) -> FeedRows:
        """The rows of all whole lines since the last call; rejects are those of the whole feed so far."""
        lines, self._lines = self._lines, []
        if self._columns is None:
            if not lines:
                return FeedRows(ReportBatch.empty(), AreaAlertBatch.empty(), self.rejects)
            head, lines = lines[0], lines[1:]
            columns = [name.strip() for name in _split(head.removeprefix("\ufeff"))]
            _need(set(columns))
            self._columns = columns
            self.rejects.repaired("unknown_column", len(set(columns) - {*NUMBERS, *WORDS, "hostile"}))
        return self._parse(lines, self._columns)

    def _take(self, whole: bytes) -> None:
        self._lines += [line.removesuffix("\r") for line in whole.decode("utf-8", "replace").split("\n")]

    def _parse(self, lines: list[str], columns: list[str]) -> FeedRows:
        fields: list[list[str]] = []
        numbers_of_rows: list[int] = []
        for line in lines:
            row, self._n_seen = self._n_seen, self._n_seen + 1
            if not line.strip():
                continue
            parts = _split(line)
            if len(parts) != len(columns):
                self.rejects.add_one("fields", row, line)
                continue
            fields.append(parts)
            numbers_of_rows.append(row)
        by_name = dict(zip(columns, zip(*fields, strict=True), strict=True)) if fields else {c: () for c in columns}
        rows = np.array(numbers_of_rows, dtype=np.int64)
        bad = np.zeros(len(rows), dtype=np.bool_)
        numbers = {c: _floats(by_name[c], bad) for c in NUMBERS if c in by_name}
        hostile = _flags(by_name["hostile"], bad) if "hostile" in by_name else None
        words = {c: Coded.of([v.strip() or None for v in by_name[c]]) for c in WORDS if c in by_name}
        if bad.any():
            self._keep_aside(rows, bad, fields)
            good = ~bad
            numbers = {c: v[good] for c, v in numbers.items()}
            words = {c: Coded(v.code[good], v.texts) for c, v in words.items()}
            hostile = None if hostile is None else hostile[good]
            rows = rows[good]
        return report_rows(numbers, words, hostile, self._ctx, self.rejects, rows)

    def _keep_aside(self, rows: I64, bad: np.ndarray[tuple[int], np.dtype[np.bool_]], fields: list[list[str]]) -> None:
        raw = [",".join(fields[k])[:200] for k in np.flatnonzero(bad)[:20]]
        self.rejects.add("not_a_number", rows[bad], np.full(int(bad.sum()), np.nan), raw)


def _split(line: str) -> list[str]:
    """The fields of one line; the line stands alone, so a stray quote cannot swallow the next one."""
    if '"' not in line:
        return line.split(",")
    try:
        return next(csv.reader([line]), [])
    except csv.Error:
        return []


def _floats(texts: tuple[str, ...], bad: np.ndarray[tuple[int], np.dtype[np.bool_]]) -> F64:
    out = np.full(len(texts), np.nan)
    for k, text in enumerate(texts):
        if text:
            try:
                out[k] = float(text)
            except ValueError:
                bad[k] |= bool(text.strip())
    return out


def _flags(texts: tuple[str, ...], bad: np.ndarray[tuple[int], np.dtype[np.bool_]]) -> I8:
    out = np.full(len(texts), NONE, dtype=np.int8)
    for k, text in enumerate(texts):
        word = text.strip().lower()
        if word in TRUE:
            out[k] = 1
        elif word in FALSE:
            out[k] = 0
        elif word:
            bad[k] = True
    return out
