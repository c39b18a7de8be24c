"""The tables of a recording as DuckDB views: written once, aside, and asked as often as one likes."""

from __future__ import annotations

import shutil
import tempfile
import weakref
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from flightward.errors import Missing
from flightward.model import NONE, Inbox, ReportBatch, columns
from flightward.record.table_writer import GROUP_STEPS, TableWriter, marked
from flightward.units import DEG_RAD

if TYPE_CHECKING:
    import duckdb

    from flightward.record.reader import Recording

_WORDS = ("identity", "source_track")


class Views:
    """A connection in memory with one view a table; `sql` asks it. The tables go when this goes."""

    def __init__(self, recording: Recording) -> None:
        try:
            import duckdb
        except ImportError as error:
            raise Missing("DuckDB", "Install it: pip install 'flightward[sql]'") from error
        folder = Path(tempfile.mkdtemp(prefix="flightward-sql-"))
        weakref.finalize(self, shutil.rmtree, folder, ignore_errors=True)
        write_tables(recording, folder)
        self._connection = duckdb.connect(":memory:")
        self._connection.execute("SET autoinstall_known_extensions = false")
        for path in sorted(folder.glob("*.parquet")):
            self._connection.read_parquet(str(path)).create_view(path.stem)

    def sql(self, query: str) -> duckdb.DuckDBPyRelation:
        """The answer to a query; the connection lives as long as this."""
        return self._connection.sql(query)


def write_tables(recording: Recording, folder: Path) -> list[Path]:
    """All tables of a recording, as the run wrote them, and reports.parquet: what came in; the files."""
    writer = TableWriter(folder, recording.setup, lambda: recording.acts)
    reports = _Reports(folder / "reports.parquet", recording)
    try:
        for inbox, result in recording.both():
            writer.write(inbox, result)
            reports.write(inbox)
    finally:
        writer.close()
        reports.close()
    return [*(folder / f"{name}.parquet" for name in writer.names), folder / "reports.parquet"]


class _Reports:
    """reports.parquet: every report that came in, in degrees, with the names of its sensor and its feed."""

    def __init__(self, path: Path, recording: Recording) -> None:
        self._recording = recording
        self._waiting: list[Inbox] = []
        self._path = path
        self._file: pq.ParquetWriter | None = None

    def write(self, inbox: Inbox) -> None:
        """Take one step's inbox."""
        self._waiting.append(inbox)
        if len(self._waiting) >= GROUP_STEPS:
            self._flush()

    def close(self) -> None:
        """Write the rest."""
        self._flush()
        if self._file is not None:
            self._file.close()

    def _flush(self) -> None:
        waiting, self._waiting = self._waiting, []
        table = _reports_table(waiting, self._recording)
        if self._file is None:
            schema = marked(table.schema, self._recording.setup)
            self._file = pq.ParquetWriter(self._path, schema, compression="zstd", compression_level=1)
        self._file.write_table(table)


def _reports_table(inboxes: list[Inbox], recording: Recording) -> pa.Table:
    names = recording.setup.names
    sensors = [names.text(int(s)) for s in recording.setup.sensors.name]
    out: dict[str, Any] = {}
    batches = [i.reports for i in inboxes] or [ReportBatch.empty()]
    for field in columns(ReportBatch):
        values = np.concatenate([getattr(b, field.name) for b in batches])
        if field.name in ("lat_rad", "lon_rad"):
            out[field.name.replace("_rad", "_deg")] = pa.array(values / DEG_RAD, from_pandas=True)
        elif field.name in _WORDS:
            out[field.name] = _words(values, names.text)
        elif field.name == "sensor":
            out["sensor_id"] = _words(values, sensors.__getitem__)
        elif values.dtype == np.float64:
            out[field.name] = pa.array(values, from_pandas=True)
        else:
            out[field.name] = pa.array(values, mask=values == NONE)
    feed = np.concatenate([_feeds(i) for i in inboxes] or [np.zeros(0, np.int64)])
    feeds = recording.feeds
    out["feed"] = _words(feed, lambda k: feeds[k] if k < len(feeds) else str(k))
    return pa.table(out)


def _feeds(inbox: Inbox) -> Any:
    return np.full(len(inbox.reports), NONE) if inbox.report_feed is None else inbox.report_feed


def _words(numbers: Any, text: Any) -> pa.Array:
    distinct, row = np.unique(numbers, return_inverse=True)
    return pa.array([None if k == NONE else text(int(k)) for k in distinct], pa.string()).take(pa.array(row))
