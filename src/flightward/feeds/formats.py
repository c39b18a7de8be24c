"""The formats that a case's [[feed]] may name, each with what turns its file's bytes into rows."""

from __future__ import annotations

from collections.abc import Callable

from flightward.feeds.rows import FeedContext, FeedRows
from flightward.feeds.tabular.parse import CsvReports, parquet_reports


def _csv_reports(data: bytes, ctx: FeedContext) -> FeedRows:
    parser = CsvReports(ctx)
    parser.receive(data)
    parser.finish()
    return parser.rows()


FORMATS: dict[str, Callable[[bytes, FeedContext], FeedRows]] = {
    "reports-parquet": parquet_reports,
    "reports-csv": _csv_reports,
}
"""Name of a feed format -> bytes of a file (unpacked) -> its rows."""
