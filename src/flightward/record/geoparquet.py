"""The tables that have a place, as GeoParquet: one geometry a row, longitude and latitude, heights above the ellipsoid.

Source   GeoParquet 1.1.0 (https://geoparquet.org/releases/v1.1.0/): WKB, the file's metadata `geo`, coordinates x, y, z
         with x the longitude whatever the reference system says. No measures: a route's times stand beside it.
"""

from __future__ import annotations

import json
import struct
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pyproj

_POINT_Z, _LINE_Z, _POLYGON = 1001, 1002, 3
_HEAD = struct.Struct("<BII")
SHAPES = {
    "raids": ("extent_wkb", "Polygon"),
    "gnss": ("outline_wkb", "Polygon"),
    "advice": ("route_wkb", "LineString Z"),
}
"""Tables that hold a shape already: its column, and what it is."""


def write_geoparquet(tables: Path, out: Path) -> list[Path]:
    """NAME.geo.parquet in `out` of each table in `tables` that has a place; the files that were written."""
    files = []
    for name in ("tracks", *SHAPES):
        table = pq.read_table(tables / f"{name}.parquet")
        if name == "tracks":
            geometry, kind = _points(table), "Point Z"
        else:
            column, kind = SHAPES[name]
            shapes = table[column].to_pylist()
            table = table.drop_columns([column])
            if name == "advice":
                lines = [_line(wkb) for wkb in shapes]
                shapes = [shape for shape, _ in lines]
                table = table.append_column("route_t_s", pa.array([t for _, t in lines], pa.list_(pa.float64())))
            geometry = pa.array(shapes, pa.binary())
        path = out / f"{name}.geo.parquet"
        table = table.append_column("geometry", geometry)
        about = {**(table.schema.metadata or {}), b"geo": _about(kind)}
        pq.write_table(table.replace_schema_metadata(about), path, compression="zstd")
        files.append(path)
    return files


def _points(table: pa.Table) -> pa.Array:
    """Points with height; a point whose height is unknown has NaN there, as WKB says unknown."""
    rows = np.zeros(len(table), dtype=[("order", "u1"), ("kind", "<u4"), ("x", "<f8"), ("y", "<f8"), ("z", "<f8")])
    rows["order"], rows["kind"] = 1, _POINT_Z
    for field, column in (("x", "lon_deg"), ("y", "lat_deg"), ("z", "hae_m")):
        rows[field] = table[column].to_numpy()
    size = rows.dtype.itemsize
    raw = rows.tobytes()
    return pa.array([raw[k : k + size] for k in range(0, len(raw), size)], pa.binary())


def _line(wkb: bytes | None) -> tuple[bytes | None, list[float] | None]:
    """A LINESTRING ZM as LINESTRING Z, and its measures."""
    if wkb is None:
        return None, None
    _, _, n = _HEAD.unpack_from(wkb)
    points = np.frombuffer(wkb, dtype="<f8", offset=_HEAD.size).reshape(n, 4)
    return _HEAD.pack(1, _LINE_Z, n) + np.ascontiguousarray(points[:, :3]).tobytes(), points[:, 3].tolist()


def _about(kind: str) -> bytes:
    code = 4979 if kind.endswith("Z") else 4326
    column: dict[str, Any] = {
        "encoding": "WKB", "geometry_types": [kind], "crs": pyproj.CRS.from_epsg(code).to_json_dict(),
    }  # fmt: skip
    about = {"version": "1.1.0", "primary_column": "geometry", "columns": {"geometry": column}}
    return json.dumps(about).encode()
