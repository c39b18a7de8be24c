"""A small reader of cases in the columns form, so that the tracks stage can be tried alone."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq

from flightward.model import (
    NONE,
    AreaFrame,
    FlightBatch,
    Kind,
    Names,
    ReportBatch,
    SensorBatch,
    SensorKind,
    Setup,
    SiteBatch,
    ZoneBatch,
    columns,
    f64,
    i8,
    i64,
)

SENSOR_FIGURES = (
    "min_range_m", "max_range_m", "min_elevation_rad", "max_elevation_rad", "scan_s", "sigma_range_m",
    "sigma_azimuth_rad", "sigma_elevation_rad", "sigma_range_rate_mps", "p_detect", "clutter_per_scan",
)  # fmt: skip


def setup_of(lat_deg: float, lon_deg: float, sensors: list[dict[str, Any]], qnh_hpa: float = np.nan) -> Setup:
    """A setup of nothing but sensors."""
    names = Names()
    frame = AreaFrame(np.radians(lat_deg), np.radians(lon_deg))
    lat = f64(np.radians([s["lat_deg"] for s in sensors]))
    lon = f64(np.radians([s["lon_deg"] for s in sensors]))
    e, n = frame.to_plane(lat, lon) if len(sensors) else (lat.copy(), lon.copy())
    table = SensorBatch(
        name=i64([names.intern(s["id"]) for s in sensors]), kind=i8([SensorKind.of(s["kind"]) for s in sensors]),
        lat_rad=lat, lon_rad=lon, hae_m=f64([s["hae_m"] for s in sensors]), e_m=e, n_m=n,
        **{c: f64([s.get(c, np.nan) for s in sensors]) for c in SENSOR_FIGURES},
    )  # fmt: skip
    return Setup(
        title="test", real="nothing", simulated="everything", source="", licence="", frame=frame, radius_m=250e3,
        qnh_hpa=qnh_hpa, geoid_m=0.0, start_s=0.0, end_s=1.0, names=names, sensors=table, sites=SiteBatch.empty(),
        zones=ZoneBatch.empty(), flights=FlightBatch.empty(),
    )  # fmt: skip


def report_batch(n: int, **given: Any) -> ReportBatch:
    """A batch of n reports with only the given columns known."""
    values: dict[str, Any] = {}
    for field in columns(ReportBatch):
        dtype = field.metadata["dtype"]
        if field.name in given:
            values[field.name] = np.array(given[field.name], dtype=dtype)
        elif dtype == "f8":
            values[field.name] = np.full(n, np.nan)
        else:
            empty = 0 if field.name in ("is_velocity_only",) else NONE
            values[field.name] = np.full(n, empty, dtype=dtype)
    if "seq" not in given:
        values["seq"] = np.arange(n, dtype=np.int64)
    return ReportBatch(**values)


def read_columns(folder: Path) -> tuple[Setup, ReportBatch, float, float]:
    """Setup, all reports in order of reception, start and end of a case."""
    case = tomllib.loads((folder / "case.toml").read_text())
    area = case["area"]
    setup = setup_of(area["lat_deg"], area["lon_deg"], case["sensor"], area.get("qnh_hpa", np.nan))
    table = pq.read_table(folder / "feeds" / "reports.parquet").to_pandas()
    table = table.sort_values("t_rx_s", kind="stable")
    sensor_of = {s["id"]: i for i, s in enumerate(case["sensor"])}
    given: dict[str, Any] = {
        "sensor": [sensor_of.get(s, NONE) for s in table.sensor_id],
        "lat_rad": np.radians(table.lat_deg), "lon_rad": np.radians(table.lon_deg),
        "identity": [setup.names.intern(s if isinstance(s, str) else None) for s in table.identity],
        "kind": [Kind.of(k) if isinstance(k, str) else NONE for k in table.kind],
    }  # fmt: skip
    for field in columns(ReportBatch):
        if field.name in table.columns and field.metadata["dtype"] == "f8" and field.name not in given:
            given[field.name] = table[field.name].to_numpy(dtype=np.float64)
    return setup, report_batch(len(table), **given), case["start_s"], case["end_s"]


def inboxes(reports: ReportBatch, start_s: float, end_s: float) -> Iterator[tuple[float, ReportBatch]]:
    """The reports of each whole second, by time of reception."""
    seconds = np.arange(np.floor(start_s), np.ceil(end_s) + 1.0)
    cut = np.searchsorted(reports.t_rx_s, seconds, side="right")
    before = 0
    for t, after in zip(seconds, cut, strict=True):
        yield float(t), reports.take(np.arange(before, after))
        before = after
