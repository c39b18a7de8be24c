"""Bytes of tabular reports -> report rows.

Parquet   one file, a column each; null where not measured.
CSV       first line the column names, then a row a line; UTF-8, comma, fields may be quoted, empty = null; numbers
          with a point; hostile true/false/1/0. A quoted field may not hold a line break.

Columns: t_s (needed), t_rx_s (absent: t_s), sensor_id, and the rest of NUMBERS and WORDS in feeds/reports.py; any may
be missing, unknown ones are counted.
"""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from flightward.errors import BadMessage
from flightward.feeds.csvlines import CsvLines, floats
from flightward.feeds.reports import NUMBERS, WORDS, Coded, report_rows
from flightward.feeds.rows import FeedContext, FeedRows, Rejects
from flightward.model import F64, I8, NONE

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
    """Reports from CSV bytes as they come: `receive(bytes)`, then `rows()`; at the end `finish()` and `rows()`."""

    def __init__(self, ctx: FeedContext) -> None:
        self._ctx = ctx
        self.rejects = Rejects()
        self._lines = CsvLines(("t_s",), self.rejects)
        self._is_new = True

    def receive(self, data: bytes) -> None:
        """Take bytes, cut anywhere."""
        self._lines.receive(data)

    def finish(self) -> None:
        """The feed ended: what is left is the last line."""
        self._lines.finish()

    def rows(self) -> FeedRows:
        """The rows of all whole lines since the last call; rejects are those of the whole feed so far.

        Errors   BadMessage (column) if the first line does not name t_s.
        """
        texts, rows = self._lines.take()
        if self._is_new and self._lines.columns is not None:
            self._is_new = False
            self.rejects.repaired("unknown_column", len(set(texts) - {*NUMBERS, *WORDS, "hostile"}))
        bad = np.zeros(len(rows), dtype=np.bool_)
        numbers = {c: floats(texts[c], bad) for c in NUMBERS if c in texts}
        hostile = _flags(texts["hostile"], bad) if "hostile" in texts else None
        words = {c: Coded.of([v.strip() or None for v in texts[c]]) for c in WORDS if c in texts}
        if bad.any():
            raw = [",".join(column[k] for column in texts.values())[:200] for k in np.flatnonzero(bad)[:20]]
            self.rejects.add("not_a_number", rows[bad], np.full(int(bad.sum()), np.nan), raw)
            numbers = {c: v[~bad] for c, v in numbers.items()}
            words = {c: Coded(v.code[~bad], v.texts) for c, v in words.items()}
            hostile = None if hostile is None else hostile[~bad]
            rows = rows[~bad]
        return report_rows(numbers, words, hostile, self._ctx, self.rejects, rows)


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
