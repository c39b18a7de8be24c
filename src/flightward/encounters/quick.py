"""The chance of coming near by a hundred draws: what thousands of pairs are asked every second."""

from __future__ import annotations

import dataclasses
import functools

import numpy as np
from scipy.special import ndtri

from flightward.encounters.conflicts import frozen
from flightward.errors import BadInput
from flightward.kernels import ends_bound as bound_kernels
from flightward.kernels import quick_chance as kernels
from flightward.model.batch import F64, I8, Batch, column

ROWS, POINTS = 8, 16
"""Rows of even points, each row shifted on its own, and points per row."""
_DIMENSIONS = 5
_PRIMES = np.array([2.0, 3.0, 5.0, 7.0, 11.0])


@dataclasses.dataclass(frozen=True)
class QuickChance(Batch):
    """One row per pair."""

    p: F64 = column("f8", "", "chance of being within the cylinder at some time of the lookahead; NaN unknown")
    p_err: F64 = column("f8", "", "1 sigma of its error, by what the rows of draws differ; the bound if skipped")
    status: I8 = column("i1", "ChanceStatus", "why")


def p_quick(
    mean: F64, cov: F64, radius_m: float, half_height_m: float, lookahead_s: float, *, skip_below: float = 0.0
) -> QuickChance:
    """Chance that straight pairs come within radius_m and +-half_height_m of each other within the lookahead.

    mean (N, 6), cov (N, 6, 6): e, n, u and their rates of one against the other. About ten microseconds a pair; errors
    and time against the exact sum (`p_within_cylinder`) in docs/design/pruning.md.
    skip_below  pairs whose bound is below it are not drawn: status SKIPPED.
    Errors      BadInput: another shape, or a size or lookahead that is not positive.
    """
    n = len(mean)
    if mean.shape != (n, 6) or cov.shape != (n, 6, 6):
        raise BadInput("must have the shapes (N, 6) and (N, 6, 6)", key="mean, cov", value=(mean.shape, cov.shape))
    if not (radius_m > 0.0 and half_height_m > 0.0 and lookahead_s > 0.0 and np.isfinite(radius_m + lookahead_s)):
        raise BadInput("must be above 0", key="sizes", value=(radius_m, half_height_m, lookahead_s))
    p, err, status = np.empty(n), np.empty(n), np.empty(n, np.int8)
    kernels.quick_chance(
        frozen(mean), frozen(cov), float(radius_m),
        float(half_height_m), float(lookahead_s), float(skip_below), _draws(), p, err, status,
    )  # fmt: skip
    return QuickChance(p, err, status)


def p_bound(mean: F64, cov: F64, radius_m: float, half_height_m: float, lookahead_s: float) -> F64:
    """(N,) what the chance of `p_quick` cannot exceed, in a tenth of a microsecond; NaN where not finite.

    Who comes within R has d.place <= R then, for any direction d; d.place is linear in time, so it is so at the begin
    or at the end: the sum of both chances. The height bounds it too, and both multiply where their errors are apart.
    """
    bound = np.empty(len(mean))
    bound_kernels.ends_bound(
        frozen(mean), frozen(cov), float(radius_m), float(half_height_m), float(lookahead_s), bound
    )
    return bound


@functools.cache
def _draws() -> F64:
    """(ROWS, POINTS, 6) four normal numbers, one in (0, 1) and its normal number: even points of a lattice."""
    root = 1.0
    for _ in range(64):
        root = (1.0 + root) ** (1.0 / (_DIMENSIONS + 1))
    step = root ** -np.arange(1.0, _DIMENSIONS + 1)
    shift = np.arange(1.0, ROWS + 1)[:, None] * np.sqrt(_PRIMES)  # roots of primes: no two rows are alike
    points = np.mod((np.arange(POINTS) + 0.5)[None, :, None] * step + shift[:, None, :], 1.0)
    points = np.clip(points, 1e-15, 1.0 - 1e-15)
    normal = ndtri(points)
    return np.concatenate([normal[:, :, :-1], points[:, :, -1:], normal[:, :, -1:]], axis=2)
