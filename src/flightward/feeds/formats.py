"""The formats that a case's [[feed]] may name, each with what turns its file's bytes into rows."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from flightward.feeds.alerts.parse import HistoryCsv, alerts_json
from flightward.feeds.opendroneid.parse import DroneIdPcap
from flightward.feeds.rows import FeedContext, FeedRows
from flightward.feeds.statevectors.parse import OpenSkyCsv, traffic_json, traffic_parquet
from flightward.feeds.tabular.parse import CsvReports, parquet_reports


class Parser(Protocol):
    """What turns a stream of bytes into rows."""

    def receive(self, data: bytes) -> None: ...
    def finish(self) -> None: ...
    def rows(self) -> FeedRows: ...


def _whole(parser: Callable[[FeedContext], Parser]) -> Callable[[bytes, FeedContext], FeedRows]:
    """All rows of a file, by a parser of streams."""

    def read(data: bytes, ctx: FeedContext) -> FeedRows:
        one = parser(ctx)
        one.receive(data)
        one.finish()
        return one.rows()

    return read


FORMATS: dict[str, Callable[[bytes, FeedContext], FeedRows]] = {
    "reports-parquet": parquet_reports,
    "reports-csv": _whole(CsvReports),
    "traffic-json": traffic_json,
    "traffic-parquet": traffic_parquet,
    "opensky-csv": _whole(OpenSkyCsv),
    "opendroneid-pcap": _whole(DroneIdPcap),
    "alerts-ua-csv": _whole(HistoryCsv),
    "alerts-in-ua-json": alerts_json,
}
"""Name of a feed format -> bytes of a file (unpacked) -> its rows."""
