"""The tabular reports of a case, read again by the scorer: when each sensor spoke, and where its plots lie."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pacsv
import pyarrow.parquet as pq
from numpy.typing import NDArray

from flightward.score.coverage import Spoken
from flightward.score.day import F64, Day

COLUMNS = ("t_s", "t_rx_s", "sensor_id", "range_m", "azimuth_rad", "elevation_rad")


@dataclass(frozen=True)
class Plots:
    """Radar plots on the plane: (P,) arrays, in order of t_s."""

    t_s: F64
    e_m: F64
    n_m: F64
    sigma_m: F64
    sensor_id: NDArray[np.str_]


def read_reports(day: Day) -> pa.Table:
    """All tabular reports of the day, only the columns that scoring needs; empty when the case has none."""
    parts = [t for t in (_read(fmt, file) for fmt, file in day.feeds) if t is not None]
    if not parts:
        schema = pa.schema([(c, pa.string() if c == "sensor_id" else pa.float64()) for c in COLUMNS])
        return schema.empty_table()
    return pa.concat_tables(parts)


def _read(fmt: str, file: Path) -> pa.Table | None:
    if fmt == "reports-parquet":
        table = pq.read_table(file, columns=list(COLUMNS))
    elif fmt == "reports-csv":
        table = pacsv.read_csv(file).select(list(COLUMNS))
    else:
        return None
    return pa.table({c: pc.cast(table[c], pa.string() if c == "sensor_id" else pa.float64()) for c in COLUMNS})


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
        up_e, up_n = day.frame.to_plane(np.array([s.lat_deg + 0.01]), np.array([s.lon_deg]))
        grid_rad = np.arctan2(float(up_e[0]) - se, float(up_n[0]) - sn)  # true north at the sensor, seen on the plane
        ground_m = rng[m] * np.cos(ele[m]) * float(day.frame.scale(np.array([se]), np.array([sn]))[0])
        e[m] = se + ground_m * np.sin(azi[m] + grid_rad)
        n[m] = sn + ground_m * np.cos(azi[m] + grid_rad)
        sigma[m] = np.fmax(s.sigma_range_m, rng[m] * s.sigma_azimuth_rad)
    return Plots(t, e, n, sigma, ids)
