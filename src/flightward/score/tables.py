"""The output tables of a run (design, section 6), as the scorer reads them: only the columns it needs."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from numpy.typing import NDArray

from flightward.errors import BadInput

Columns = dict[str, NDArray[Any]]


def read(out: Path, name: str, columns: list[str], where: pc.Expression | None = None) -> Columns:
    """Columns of DIR/name.parquet as arrays: float64 with NaN for null; text and bytes as object with None.

    Errors  BadInput when the table or a column is missing: an absent table cannot be scored as an empty one.
    """
    path = out / f"{name}.parquet"
    if not path.is_file():
        raise BadInput(f"{path}: this table is needed for the score; run `flightward run` with tables")
    held = pq.read_schema(path).names
    lacking = [c for c in columns if c not in held]
    if lacking:
        raise BadInput(f"{path}: columns missing: {', '.join(lacking)}")
    table = pq.read_table(path, columns=columns, filters=where)
    return {c: _array(table[c]) for c in columns}


def _array(column: pa.ChunkedArray) -> NDArray[Any]:
    kind = column.type
    if pa.types.is_boolean(kind) or pa.types.is_integer(kind):
        if kind == pa.uint64():
            return np.asarray(column.to_numpy(), np.uint64)
        return np.asarray(pc.cast(column, pa.float64()).to_numpy(), np.float64)
    if pa.types.is_floating(kind):
        return np.asarray(column.to_numpy(), np.float64)
    out = np.empty(len(column), object)
    out[:] = column.to_pylist()
    return out


def select(columns: Columns, mask: NDArray[Any]) -> Columns:
    """The rows of a mask or an index."""
    return {k: v[mask] for k, v in columns.items()}


def group_rows(keys: NDArray[Any]) -> dict[Any, NDArray[np.int64]]:
    """Row numbers of each key, in order of row."""
    if not len(keys):
        return {}
    values, inverse = np.unique(keys, return_inverse=True)
    order = np.argsort(inverse, kind="stable")
    starts = np.searchsorted(inverse[order], np.arange(len(values) + 1))
    return {v: order[starts[i] : starts[i + 1]] for i, v in enumerate(values.tolist())}
