"""The reports of a case, read again by the scorer: when each sensor spoke, and where its plots lie.

Tables it reads with its own code. Feeds of other formats (ASTERIX and so on) are read by the feeds' readers: a second
decoder of each would be no more to be trusted, and without them every catch would count as blind.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pacsv
import pyarrow.parquet as pq
from numpy.typing import NDArray

from flightward.errors import BadInput, BadMessage
from flightward.feeds.case.read import read_case, unpacked
from flightward.score.coverage import SEEING_KINDS, Spoken
from flightward.score.day import F64, Day

NUMBERS = ("t_s", "t_rx_s", "range_m", "azimuth_rad", "elevation_rad")
COLUMNS = (*NUMBERS, "sensor_id")
TABULAR = ("reports-parquet", "reports-csv")
A_NUMBER = r"^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$|^[+-]?(?i:nan|inf|infinity)$"
NO_NUMBER = r"^(?i:null|none|na|\\n)?$"  # as docs/feeds.md has it


@dataclass(frozen=True)
class Plots:
    """Radar plots on the plane: (P,) arrays, in order of t_s."""

    t_s: F64
    e_m: F64
    n_m: F64
    sigma_m: F64
    sensor_id: NDArray[np.str_]


def read_reports(day: Day) -> pa.Table:
    """All reports of the day, only the columns that scoring needs; empty when the case has none.

    Errors   BadInput where a feed is missing or cannot be read: sensors that are not read would look silent.
    """
    parts = [_table(fmt, file) for fmt, file in day.feeds if fmt in TABULAR]
    if len(parts) < len(day.feeds) and any(s.kind in SEEING_KINDS for s in day.sensors):
        parts += _by_readers(day)
    return pa.concat_tables([_cleaned({c: pa.nulls(0) for c in COLUMNS}), *parts])


def _table(fmt: str, file: Path) -> pa.Table:
    """One tabular feed, maybe gzip; columns but t_s may be missing, as a case may have it."""
    try:
        data = unpacked(file.read_bytes())
        if fmt == "reports-csv":
            return _cleaned(_csv(data))
        held = pq.ParquetFile(pa.BufferReader(data))
        table = held.read(columns=[c for c in COLUMNS if c in held.schema_arrow.names])
        columns = {c: table[c] if c in table.column_names else pa.nulls(len(table)) for c in COLUMNS}
        return _cleaned(columns)
    except (pa.ArrowException, OSError, ValueError, BadMessage) as error:
        raise BadInput(f"cannot be read as {fmt}: {str(error)[:200]}", where=str(file)) from error


def _csv(data: bytes) -> dict[str, pa.ChunkedArray]:
    """The columns of CSV, null where missing; rows of another length, or with no number for a number, are left out."""
    if not data.strip():
        return {c: pa.nulls(0) for c in COLUMNS}
    convert = pacsv.ConvertOptions(
        include_columns=list(COLUMNS), include_missing_columns=True, column_types=dict.fromkeys(COLUMNS, pa.string()),
        strings_can_be_null=True, null_values=[""],
    )  # fmt: skip
    parse = pacsv.ParseOptions(invalid_row_handler=lambda row: "skip")
    table = pacsv.read_csv(pa.BufferReader(data), parse_options=parse, convert_options=convert)
    texts = {c: pc.utf8_trim_whitespace(table[c]) for c in COLUMNS}
    good = np.ones(len(table), bool)
    columns = {"sensor_id": texts["sensor_id"]}
    for c in NUMBERS:
        is_number = pc.match_substring_regex(texts[c], A_NUMBER)
        good &= pc.or_(is_number, pc.match_substring_regex(texts[c], NO_NUMBER)).fill_null(True).to_numpy()
        columns[c] = pc.cast(pc.if_else(is_number, texts[c], pa.scalar(None, pa.string())), pa.float64())
    return {c: column.filter(pa.array(good)) for c, column in columns.items()}


def _by_readers(day: Day) -> list[pa.Table]:
    """The feeds of other formats than tables, as the feeds' readers give them."""
    case = read_case(day.case)
    ids = pa.array([case.setup.names.text(int(s)) for s in case.setup.sensors.name] + [None], pa.string())
    parts = []
    for feed, rows in zip(case.feeds, case.rows(), strict=True):
        if feed.format not in TABULAR and len(rows.reports):
            r = rows.reports
            of = np.where(r.sensor < 0, len(ids) - 1, r.sensor)  # NONE: a source that is no sensor
            parts.append(_cleaned({**{c: pa.array(getattr(r, c)) for c in NUMBERS}, "sensor_id": ids.take(of)}))
    return parts


def _cleaned(columns: dict[str, pa.Array | pa.ChunkedArray]) -> pa.Table:
    """Reports with a time; not heard at a time of its own: when it was true."""
    n = {c: np.asarray(pc.cast(columns[c], pa.float64()).to_numpy(zero_copy_only=False)) for c in NUMBERS}
    n["t_rx_s"] = np.where(np.isnan(n["t_rx_s"]), n["t_s"], n["t_rx_s"])
    keep = np.isfinite(n["t_s"]) & np.isfinite(n["t_rx_s"])
    if len(keep) and np.isnan(n["t_s"]).all():
        raise ValueError("the column t_s is missing or empty")
    ids = pc.cast(columns["sensor_id"], pa.string()).filter(pa.array(keep))
    return pa.table({**{c: pa.array(v[keep], from_pandas=True) for c, v in n.items()}, "sensor_id": ids})


def notes(day: Day, spoken: Spoken) -> list[str]:
    """What must be known of who is called blind."""
    seeing = [s.sensor_id for s in day.sensors if s.kind in SEEING_KINDS]
    if not seeing or any(len(spoken.t_rx_s.get(s, ())) for s in seeing):
        return []
    return ["no radar, acoustic sensor, RF sensor or camera of the case ever spoke: every catch counts as blind"]


def spoken(reports: pa.Table) -> Spoken:
    """When each sensor spoke, by time of receipt."""
    coded = reports["sensor_id"].combine_chunks().dictionary_encode()
    index = coded.indices.fill_null(-1).to_numpy(zero_copy_only=False)
    t = reports["t_rx_s"].to_numpy()
    return Spoken({str(s): np.sort(t[index == i]) for i, s in enumerate(coded.dictionary.to_pylist())})


def radar_plots(day: Day, reports: pa.Table) -> Plots:
    """The radars' plots with range and azimuth, on the plane. sigma_m is the larger of the two axes' noise."""
    radars = {s.sensor_id: s for s in day.sensors if s.kind == "radar"}
    keep = pc.and_(pc.is_in(reports["sensor_id"], pa.array(list(radars), pa.string())), pc.is_valid(reports["range_m"]))
    table = reports.filter(pc.and_(keep, pc.is_valid(reports["azimuth_rad"]))).sort_by("t_s")
    ids = np.asarray(table["sensor_id"].to_pylist(), str)
    t, rng, azi = (table[c].to_numpy() for c in ("t_s", "range_m", "azimuth_rad"))
    ele = np.nan_to_num(table["elevation_rad"].to_numpy())
    e, n, sigma = (np.full(len(t), np.nan) for _ in range(3))
    for sensor_id, s in radars.items():
        m = ids == sensor_id
        se, sn = (float(x[0]) for x in day.frame.to_plane(np.array([s.lat_deg]), np.array([s.lon_deg])))
        up_deg = -0.01 if s.lat_deg > 89.9 else 0.01  # north of the pole there is nothing: there from the south
        up_e, up_n = day.frame.to_plane(np.array([s.lat_deg + up_deg]), np.array([s.lon_deg]))
        way = np.sign(up_deg)
        # true north at the sensor, seen on the plane
        grid_rad = np.arctan2(way * (float(up_e[0]) - se), way * (float(up_n[0]) - sn))
        ground_m = rng[m] * np.cos(ele[m]) * float(day.frame.scale(np.array([se]), np.array([sn]))[0])
        e[m] = se + ground_m * np.sin(azi[m] + grid_rad)
        n[m] = sn + ground_m * np.cos(azi[m] + grid_rad)
        sigma[m] = np.fmax(s.sigma_range_m, rng[m] * s.sigma_azimuth_rad)
    return Plots(t, e, n, sigma, ids)
