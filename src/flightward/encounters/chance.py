"""The chance that pairs come near each other, from what is known of both tracks and how well.

Straight pairs: exact (the flux of entries, summed over time). Turning pairs: the flux times the share of first entries,
which is drawn. Loss of well clear: drawn. Method, figures and limits: docs/design/near-probability.md.
"""

from __future__ import annotations

import dataclasses
import enum
import functools

import numpy as np
from scipy.special import ndtri

from flightward.encounters.uncertain import UncertainPairs
from flightward.errors import BadInput
from flightward.kernels import clear_chance as clear_kernels
from flightward.kernels import near_bound as bound_kernels
from flightward.kernels import near_chance as kernels
from flightward.kernels.counter_random import key64
from flightward.model.batch import F64, I8, I64, Batch, column, f64

NMAC_RADIUS_M, NMAC_HALF_HEIGHT_M = 152.4, 30.48
"""Near mid-air collision: 500 ft and 100 ft (RTCA DO-365)."""
TOLERANCE = 1e-4
"""Relative error asked of a chance unless said otherwise."""
_SEED = 365
_FEW, _MANY = (8, 512), (16, 4096)
"""Rows of even points, each row shifted on its own, and points per row."""
_DIMENSIONS = 9


class ChanceStatus(enum.IntEnum):
    """Why a chance is as it is. Without an answer (1 to 3) it is NaN: unknown is never 0."""

    GOOD = 0
    NO_STATE = 1
    """A state, size or lookahead is not finite or not positive."""
    NO_COVARIANCE = 2
    """The covariance is not known (not finite)."""
    NOT_A_COVARIANCE = 3
    """It has a negative eigenvalue."""
    ROUGH = 4
    """The error is above the tolerance; `p_err` says how large it is."""
    SKIPPED = 5
    """Not computed: below `p_err`, which is below the `skip_below` asked; p is 0."""


@dataclasses.dataclass(frozen=True)
class NearChance(Batch):
    """One row per pair."""

    p: F64 = column("f8", "", "chance of being within the volume at some time of the lookahead; NaN unknown")
    p_now: F64 = column("f8", "", "chance of being within it at its begin")
    p_err: F64 = column("f8", "", "error of p: of the sum, or 1 sigma where draws were needed; a bound if skipped")
    status: I8 = column("i1", "ChanceStatus", "why")


def p_within_cylinder(
    pairs: UncertainPairs, radius_m: F64 | float, half_height_m: F64 | float, lookahead_s: F64 | float, *,
    tolerance: float = TOLERANCE, skip_below: float = 0.0,
) -> NearChance:
    """Chance that the other is within radius_m and +-half_height_m of the own at some time from now to lookahead_s.

    half_height_m may be infinite: then only the horizontal distance counts.
    tolerance   relative error at which the sum may stop (turning pairs: or a fifth of the error of 1e6 trials).
    skip_below  pairs whose cheap bound (`p_bound`) is below it are not looked at: status SKIPPED.
    """
    return _near(pairs, radius_m, half_height_m, lookahead_s, False, tolerance, skip_below)


def p_within_sphere(
    pairs: UncertainPairs, radius_m: F64 | float, lookahead_s: F64 | float, *, tolerance: float = TOLERANCE,
    skip_below: float = 0.0,
) -> NearChance:
    """The same for a distance in space: a sphere of radius_m."""
    return _near(pairs, radius_m, radius_m, lookahead_s, True, tolerance, skip_below)


def p_nmac(
    pairs: UncertainPairs, lookahead_s: F64 | float = 180.0, *, tolerance: float = TOLERANCE, skip_below: float = 0.0
) -> NearChance:
    """Chance of a near mid-air collision: within 500 ft and 100 ft."""
    return p_within_cylinder(
        pairs, NMAC_RADIUS_M, NMAC_HALF_HEIGHT_M, lookahead_s, tolerance=tolerance, skip_below=skip_below
    )


def p_well_clear_lost(
    pairs: UncertainPairs, distance_m: F64 | float, height_m: F64 | float, tau_s: F64 | float = 0.0,
    coaltitude_s: F64 | float = 0.0, lookahead_s: F64 | float = 180.0, *, tolerance: float = TOLERANCE,
    skip_below: float = 0.0,
) -> NearChance:
    """Chance that well clear is lost: the modified-tau volume of DO-365 (distance, height, tau, time to co-altitude).

    Rows without tau and time to co-altitude are closed cylinders and exact; the others are drawn.
    """
    n = len(pairs)
    tau, coaltitude = _column(tau_s, n, "tau_s"), _column(coaltitude_s, n, "coaltitude_s")
    volume = np.stack([_column(distance_m, n, "distance_m"), _column(height_m, n, "height_m"), tau, coaltitude], axis=1)
    until = _column(lookahead_s, n, "lookahead_s")
    out = _blank(n)
    plain = (tau == 0.0) & (coaltitude == 0.0)
    known = out[3]
    if skip_below > 0.0:
        # whoever loses well clear is within the disc at most tau later, or at the same height within the other time
        wide = _bound(pairs, volume[:, 0], np.full(n, np.inf), until + tau, skip_below)
        high = _bound(pairs, np.full(n, np.inf), volume[:, 1], until + coaltitude, skip_below)
        most = np.fmin(wide, high)
        skipped = most < skip_below
        out[0][skipped], out[1][skipped], out[2][skipped] = 0.0, 0.0, most[skipped]
        known[skipped] = ChanceStatus.SKIPPED
    rows = np.flatnonzero(~plain & (known != ChanceStatus.SKIPPED))
    if len(rows):
        part, some = _blank(len(rows)), pairs.take(rows)
        clear_kernels.clear_chance(
            some.mean, some.cov, some.turn_radps, _frozen(volume[rows]), _frozen(until[rows]), float(tolerance),
            _draws(*_MANY), *part,
        )  # fmt: skip
        _put(out, rows, part)
    rows = np.flatnonzero(plain & (known != ChanceStatus.SKIPPED))
    if len(rows):
        exact = p_within_cylinder(
            pairs.take(rows), volume[rows, 0], volume[rows, 1], until[rows], tolerance=tolerance
        )
        _put(out, rows, (exact.p, exact.p_now, exact.p_err, exact.status))
    return NearChance(*out)


def p_bound(
    pairs: UncertainPairs, radius_m: F64 | float, half_height_m: F64 | float, lookahead_s: F64 | float, *,
    enough: float = 1e-6,
) -> F64:
    """(N,) what p_within_cylinder cannot exceed, in a fraction of its time; NaN where it would be unknown.

    enough  a straight pair whose first, quickest bound is below this is not bounded more closely.
    """
    n = len(pairs)
    return _bound(
        pairs, _column(radius_m, n, "radius_m"), _column(half_height_m, n, "half_height_m"),
        _column(lookahead_s, n, "lookahead_s"), enough,
    )  # fmt: skip


def _bound(pairs: UncertainPairs, radius_m: F64, half_m: F64, until_s: F64, enough: float) -> F64:
    out = np.empty(len(pairs))
    bound_kernels.near_bound(
        pairs.mean, pairs.cov, pairs.turn_radps, _frozen(radius_m), _frozen(half_m), _frozen(until_s), float(enough),
        out,
    )  # fmt: skip
    return out


def _near(
    pairs: UncertainPairs, radius_m: F64 | float, half_m: F64 | float, until_s: F64 | float, is_round: bool,
    tolerance: float, skip_below: float,
) -> NearChance:
    n = len(pairs)
    if not tolerance > 0.0:
        raise BadInput("must be above 0", key="tolerance", value=tolerance)
    out = _blank(n)
    kernels.near_chance(
        pairs.mean, pairs.cov, pairs.turn_radps, _column(radius_m, n, "radius_m"), _column(half_m, n, "half_height_m"),
        _column(until_s, n, "lookahead_s"), is_round, float(tolerance), float(skip_below), _draws(*_FEW),
        _draws(*_MANY), *out,
    )  # fmt: skip
    return NearChance(*out)


def _blank(n: int) -> tuple[F64, F64, F64, I8]:
    return np.full(n, np.nan), np.full(n, np.nan), np.full(n, np.nan), np.zeros(n, np.int8)


def _put(out: tuple[F64, F64, F64, I8], rows: I64, part: tuple[F64, F64, F64, I8]) -> None:
    out[0][rows], out[1][rows], out[2][rows], out[3][rows] = part


def _frozen(values: F64) -> F64:
    out = np.ascontiguousarray(values, dtype=np.float64)
    out = out.view()
    out.flags.writeable = False
    return out


def _column(values: F64 | float, n: int, name: str) -> F64:
    """(N,) from one number or N."""
    out = f64(np.atleast_1d(np.asarray(values, dtype=np.float64)))
    if out.ndim != 1 or len(out) not in (1, n):
        raise BadInput(f"must be one number or {n}", key=name, value=out.shape)
    return _frozen(np.broadcast_to(out, (n,)))


@functools.cache
def _draws(rows: int, size: int) -> F64:
    """(rows, size, 9) normal numbers: even points of a lattice, each row shifted by numbers of its own.

    The steps are powers of the root of x^10 = x + 1, the least rational numbers of their kind, so that the points are
    even in all nine directions together; a row's shift is hashed from its number, the same on every machine.
    """
    root = 1.0
    for _ in range(64):
        root = (1.0 + root) ** (1.0 / (_DIMENSIONS + 1))
    step = root ** -np.arange(1.0, _DIMENSIONS + 1)
    shift = np.array([[float(key64(_SEED, r, d)) / 2.0**64 for d in range(_DIMENSIONS)] for r in range(rows)])
    points = np.mod((np.arange(size) + 0.5)[None, :, None] * step + shift[:, None, :], 1.0)
    return _frozen(ndtri(np.clip(points, 1e-15, 1.0 - 1e-15)))
