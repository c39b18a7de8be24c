"""What every batch is: a frozen dataclass of equal-length columns, checked once and then read-only.

A column is declared with `column(dtype, unit, doc)`. Three shapes exist: `(N,)`; `(N, ...)` with a fixed tail;
and ragged, where `start` is `(N + 1,)` and the flat column holds row i in `start[i]:start[i + 1]`.
Unknown float: NaN. Unknown link, id or code: NONE.
"""

from __future__ import annotations

import dataclasses
from typing import Any, Self, TypeVar

import numpy as np
from numpy.typing import NDArray

NONE = -1
"""The unknown link, id or code."""

F64 = NDArray[np.float64]
I64 = NDArray[np.int64]
I8 = NDArray[np.int8]


def column(
    dtype: str, unit: str, doc: str, *, tail: tuple[int | None, ...] = (), flat: str = "", optional: bool = False
) -> Any:
    """Declare a column: dtype "f8", "i8" (int64) or "i1" (int8); `flat` names the start column of a ragged one.

    An `optional` column (plain or flat, after all others) may be left out: it is then unknown in every row, as it
    is in a recording that was made before there was such a column.
    """
    meta = {"dtype": dtype, "unit": unit, "doc": doc, "tail": tail, "flat": flat}
    if optional:
        return dataclasses.field(default=None, metadata={**meta, "optional": True})
    return dataclasses.field(metadata=meta)


def starts(dtype_doc: str) -> Any:
    """Declare the `(N + 1,)` start column of one or more ragged columns."""
    return dataclasses.field(
        metadata={"dtype": "i8", "unit": "row", "doc": dtype_doc, "tail": (), "flat": "", "start": True}
    )


@dataclasses.dataclass(frozen=True)
class Batch:
    """N rows of columns. Subclasses declare the columns; scalars without metadata are plain attributes."""

    def __post_init__(self) -> None:
        n = self._rows()
        values = self.__dict__
        for field, name, dtype, role, start in _specs(type(self)):
            value = values[name]
            if value is None and "optional" in field.metadata:
                size = n if role == _PLAIN else int(values[start][-1])
                value = np.full(size, np.nan if dtype.kind == "f" else NONE, dtype=dtype)
                object.__setattr__(self, name, value)
            if type(value) is np.ndarray and value.ndim == 1 and value.dtype == dtype and role != _TAILED:
                want = n if role == _PLAIN else n + 1 if role == _START else int(values[start][-1])
                if len(value) == want and value.flags.c_contiguous:
                    value.setflags(write=False)
                    continue
            self._check(field, n)

    def _rows(self) -> int:
        for _, name, _, role, start in _specs(type(self)):
            if role == _START:
                return len(getattr(self, name)) - 1
            if not start:
                return len(getattr(self, name))
        return 0

    def _check(self, field: dataclasses.Field[Any], n: int) -> None:
        meta = field.metadata
        value = getattr(self, field.name)
        name = f"{type(self).__name__}.{field.name}"
        if not isinstance(value, np.ndarray) or value.dtype != np.dtype(meta["dtype"]):
            raise TypeError(f"{name} must be a numpy array of {np.dtype(meta['dtype'])}, not {_kind(value)}")
        if meta.get("start"):
            want = n + 1
        elif meta["flat"]:
            start = getattr(self, meta["flat"])
            want = int(start[-1]) if len(start) else 0
        else:
            want = n
        tail = meta["tail"]
        if value.ndim != 1 + len(tail) or value.shape[0] != want:
            raise ValueError(f"{name} has shape {value.shape}, wanted ({want}, *{tail})")
        if any(t is not None and t != s for t, s in zip(tail, value.shape[1:], strict=True)):
            raise ValueError(f"{name} has shape {value.shape}, wanted ({want}, *{tail})")
        if not value.flags.c_contiguous:
            value = np.ascontiguousarray(value)
            object.__setattr__(self, field.name, value)
        value.flags.writeable = False

    def __len__(self) -> int:
        return self._rows()

    def take(self, rows: I64 | NDArray[np.bool_]) -> Self:
        """The same batch with only `rows` (indices or mask), ragged columns included."""
        index = np.flatnonzero(rows) if rows.dtype == np.bool_ else np.asarray(rows, dtype=np.int64)
        changes: dict[str, Any] = {}
        picks: dict[str, I64] = {}
        for field in columns(type(self)):
            value = getattr(self, field.name)
            if field.metadata.get("start"):
                size = (value[1:] - value[:-1])[index]
                changes[field.name] = np.concatenate([np.zeros(1, np.int64), np.cumsum(size)])
                spans = [np.arange(value[i], value[i + 1]) for i in index]
                picks[field.name] = np.concatenate(spans) if spans else np.zeros(0, np.int64)
            elif field.metadata["flat"]:
                changes[field.name] = value[picks[field.metadata["flat"]]]
            else:
                changes[field.name] = value[index]
        return dataclasses.replace(self, **changes)

    @classmethod
    def empty(cls, **scalars: Any) -> Self:
        """A batch of no rows; plain attributes are given by name."""
        values: dict[str, Any] = dict(scalars)
        for field in columns(cls):
            meta = field.metadata
            shape = (1,) if meta.get("start") else (0, *[t or 0 for t in meta["tail"]])
            values[field.name] = np.zeros(shape, dtype=meta["dtype"])
        return cls(**values)


B = TypeVar("B", bound=Batch)

_columns_of: dict[type, list[dataclasses.Field[Any]]] = {}
"""Asked for at every batch of every second, and the types do not change."""


def columns(cls: type[Batch]) -> list[dataclasses.Field[Any]]:
    """The declared columns of a batch type, in order (start columns stand before their flat ones)."""
    found = _columns_of.get(cls)
    if found is None:
        found = _columns_of[cls] = [f for f in dataclasses.fields(cls) if "dtype" in f.metadata]
    return found


_PLAIN, _START, _FLAT, _TAILED = range(4)
_Spec = tuple[dataclasses.Field[Any], str, np.dtype[Any], int, str]
_specs_of: dict[type, list[_Spec]] = {}
"""The same for the check that every batch passes: field, name, dtype, role, start column."""


def _specs(cls: type[Batch]) -> list[_Spec]:
    found = _specs_of.get(cls)
    if found is None:
        found = _specs_of[cls] = []
        for f in columns(cls):
            meta = f.metadata
            role = _START if meta.get("start") else _TAILED if meta["tail"] else _FLAT if meta["flat"] else _PLAIN
            found.append((f, f.name, np.dtype(meta["dtype"]), role, meta["flat"]))
    return found


def _kind(value: object) -> str:
    return str(value.dtype) if isinstance(value, np.ndarray) else type(value).__name__


def f64(values: Any) -> F64:
    """A contiguous float64 column from anything array-like."""
    return np.ascontiguousarray(values, dtype=np.float64)


def i64(values: Any) -> I64:
    """A contiguous int64 column from anything array-like."""
    return np.ascontiguousarray(values, dtype=np.int64)


def i8(values: Any) -> I8:
    """A contiguous int8 column from anything array-like."""
    return np.ascontiguousarray(values, dtype=np.int8)


def concatenated(batches: list[B]) -> B:
    """One batch of the rows of several (at least one), ragged columns included."""
    values: dict[str, Any] = {}
    for field in columns(type(batches[0])):
        parts = [getattr(b, field.name) for b in batches]
        if field.metadata.get("start"):
            ends = np.cumsum([0, *[int(p[-1]) for p in parts[:-1]]])
            parts = [parts[0][:1], *[p[1:] + end for p, end in zip(parts, ends, strict=True)]]
        values[field.name] = np.concatenate(parts)
    return dataclasses.replace(batches[0], **values)
