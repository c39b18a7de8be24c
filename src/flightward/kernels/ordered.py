"""Numbers in rising order, for some hundred times that are spread over an hour: no comparison sort is as quick."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from flightward.kernels._jit import bare, kernel

F64 = NDArray[np.float64]
I64 = NDArray[np.int64]

BUCKETS = 256
GAPS = (1750, 701, 301, 132, 57, 23, 10, 4)
"""Steps of Shell's sort (Ciura, FUN 2001) before the last, for numbers that are many to a bucket."""
MANY = 4 * BUCKETS


@kernel
def in_order(values: F64, tally: I64, out: F64) -> None:
    """values (N,) in rising order into out (N,); tally (BUCKETS + 1,) work space. Not for what is not a number.

    Each is put into its bucket by size, then all are set right by insertion: few have far to go. No array is made.
    """
    n = values.shape[0]
    low, high = math.inf, -math.inf
    for i in range(n):
        low, high = min(low, values[i]), max(high, values[i])
    size = min(n, BUCKETS)
    scale = (size - 0.5) / (high - low) if high > low else 0.0
    if not scale < math.inf:
        scale = 0.0
    for i in range(size + 1):
        tally[i] = 0
    for i in range(n):
        tally[int((values[i] - low) * scale) + 1] += 1
    for i in range(size):
        tally[i + 1] += tally[i]
    for i in range(n):
        bucket = int((values[i] - low) * scale)
        out[tally[bucket]] = values[i]
        tally[bucket] += 1
    if n > MANY:
        for gap in GAPS:
            _insert(out, gap)
    _insert(out, 1)


@bare
def _insert(out: F64, gap: int) -> None:
    """Every gap-th of out (N,) in rising order, by insertion."""
    for i in range(gap, out.shape[0]):
        x, j = out[i], i
        while j >= gap and out[j - gap] > x:
            out[j] = out[j - gap]
            j -= gap
        out[j] = x
