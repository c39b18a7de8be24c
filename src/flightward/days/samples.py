"""The real flights inside the PyPI package `traffic` (MIT): its files are read where they lie; it is never imported.

A row there is what the network held at `timestamp`, in ft, kt and ft/min; positions are filled forward. A row is a
position report only when `last_position` (else the position) changes, and its time is then `last_position`.
"""

from __future__ import annotations

import dataclasses
import gzip
import importlib.metadata
import json
from pathlib import Path
from typing import Any

import numpy as np

from flightward.errors import Missing
from flightward.model.batch import F64, f64
from flightward.units import FT_M

LICENCE = "MIT (package traffic of Xavier Olive; positions received by the OpenSky Network)"


@dataclasses.dataclass(frozen=True)
class Fixes:
    """Position reports of one aircraft, in order of time; columns (N,)."""

    t_s: F64
    lat_deg: F64
    lon_deg: F64
    baro_m: F64


def sample_path(relative: str) -> Path:
    """Where a sample of the `traffic` package lies, as "ambulances/rega_sg.json.gz".

    Errors   Missing if the package, or the file in it, is not there.
    """
    remedy = "Install the samples without what they pull in: pip install --no-deps traffic"
    try:
        found = importlib.metadata.distribution("traffic").locate_file(f"traffic/data/samples/{relative}")
    except importlib.metadata.PackageNotFoundError as error:
        raise Missing("the package traffic, which holds the real flights,", remedy) from error
    path = Path(str(found))
    if not path.exists():
        raise Missing(f"the sample {relative} of the package traffic", remedy)
    return path


def read_fixes(path: Path) -> Fixes:
    """The position reports of a sample of one aircraft (JSON as pandas writes it, by rows or by columns)."""
    rows = _rows(json.loads(gzip.decompress(path.read_bytes())))
    out: list[tuple[float, float, float, float]] = []
    before: tuple[object, ...] | None = None
    for row in sorted(rows, key=lambda r: float(r["timestamp"])):
        lat, lon, high, when = (row.get(k) for k in ("latitude", "longitude", "altitude", "last_position"))
        if lat is None or lon is None or high is None:
            continue
        # some rows lack last_position: then the position itself tells
        now = (when,) if when is not None else (lat, lon)
        if now != before:
            at_s = float(when if when is not None else row["timestamp"]) / 1000.0
            out.append((at_s, float(lat), float(lon), float(high) * FT_M))
        before = now
    table = np.array(out, dtype=np.float64).reshape(-1, 4)
    table = table[np.argsort(table[:, 0], kind="stable")]
    table = table[np.concatenate([[True], np.diff(table[:, 0]) > 0.0])] if len(table) else table
    return Fixes(*(f64(table[:, i]) for i in range(4)))


def _rows(value: Any) -> list[dict[str, Any]]:
    if isinstance(value, list):
        return value
    # {column: {row: value}}
    names = list(value)
    return [{n: value[n][i] for n in names} for i in value[names[0]]]
