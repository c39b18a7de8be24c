"""Numbers as a page carries them: whole steps, each as the difference to the one before, so that they are short."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

STEP_M = 10.0
"""Positions on the page's map are to this; the files beside it are exact."""


def packed(values: NDArray[Any], step: float = STEP_M) -> list[int | None]:
    """Differences of whole steps; None where a value is unknown (the next known one is whole again)."""
    out: list[int | None] = []
    last: int | None = None
    for v in np.asarray(values, np.float64).tolist():
        if v != v or v in (float("inf"), float("-inf")):
            out.append(None)
            last = None
            continue
        now = round(v / step)
        out.append(now if last is None else now - last)
        last = now
    return out


def unpacked(values: list[int | None], step: float = STEP_M) -> NDArray[np.float64]:
    """What the page makes of them: NaN for None."""
    out, last = [], None
    for v in values:
        last = None if v is None else v if last is None else last + v
        out.append(float("nan") if last is None else last * step)
    return np.array(out)


def flat(e_m: NDArray[Any], n_m: NDArray[Any]) -> list[int]:
    """A line or ring as e, n, e, n, ... in whole steps, each as the difference to the point before."""
    ok = np.isfinite(e_m) & np.isfinite(n_m)
    points = np.rint(np.column_stack([e_m[ok], n_m[ok]]) / STEP_M).astype(np.int64)
    if not len(points):
        return []
    points[1:] = np.diff(points, axis=0)
    return [int(x) for x in points.ravel()]
