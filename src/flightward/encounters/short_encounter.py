"""Known forms of the chance of coming near: short encounters, straight strips, and traffic that knows nothing of you.

They hold in their own cases only (fast and straight; errors that do not grow; chance meetings). `p_within_cylinder`
and `p_within_sphere` hold in all; these are quick checks of them, and what other tools print.
"""

from __future__ import annotations

import dataclasses

import numpy as np
from scipy.special import ellipe, ndtr

from flightward.errors import BadInput
from flightward.kernels import disc_chance as kernels
from flightward.model.batch import F64, I8, Batch, column, f64

HOUR_S = 3_600.0


@dataclasses.dataclass(frozen=True)
class ShortChance(Batch):
    """One row per encounter."""

    p: F64 = column("f8", "", "chance; NaN unknown")
    p_err: F64 = column("f8", "", "error of the sum")
    status: I8 = column("i1", "", "0 good, 1 a value is not finite, 2 a sigma or radius is not above 0, 4 rough")


@dataclasses.dataclass(frozen=True)
class EncounterPlane(Batch):
    """The plane through the own aircraft across the relative velocity; axes along the errors, the smaller first."""

    x_m: F64 = column("f8", "m", "mean offset along the first axis; NaN: no relative velocity")
    y_m: F64 = column("f8", "m", "along the second")
    sigma_x_m: F64 = column("f8", "m", "1 sigma along the first axis")
    sigma_y_m: F64 = column("f8", "m", "along the second")


def p_short_encounter(x_m: F64, y_m: F64, sigma_x_m: F64, sigma_y_m: F64, radius_m: F64) -> ShortChance:
    """Chance that a point with the mean (x, y) and independent normal errors is within radius_m of the origin.

    All (N,), or one number for all; any unit of length, the same in all. To about 1e-12 of itself, however small it is.
    """
    given = np.broadcast_arrays(*(np.atleast_1d(f64(v)) for v in (x_m, y_m, sigma_x_m, sigma_y_m, radius_m)))
    if given[0].ndim != 1:
        raise BadInput("must be (N,)", key="x_m", value=given[0].shape)
    x, y, sx, sy, radius = (_frozen(v) for v in given)
    n = len(x)
    p, p_err, status = np.empty(n), np.empty(n), np.zeros(n, np.int8)
    kernels.short_encounter(x, y, sx, sy, radius, p, p_err, status)
    return ShortChance(p, p_err, status)


def encounter_plane(relative: F64, cov: F64) -> EncounterPlane:
    """Project straight pairs on the plane across their relative velocity, where a short encounter is decided.

    relative (N, 6): place and velocity of the other against the own; cov (N, 3, 3): of the place, the sum of both.
    """
    states, covs = np.atleast_2d(f64(relative)), f64(cov).reshape(-1, 3, 3)
    place, velocity = states[:, :3], states[:, 3:]
    speed = np.linalg.norm(velocity, axis=1)
    with np.errstate(invalid="ignore", divide="ignore"):
        along = velocity / speed[:, None]
    bad = ~(np.isfinite(along).all(axis=1) & np.isfinite(covs).all(axis=(1, 2)) & np.isfinite(place).all(axis=1))
    along[bad] = (1.0, 0.0, 0.0)
    # the axis least along the velocity, made square to it, and the third
    first = np.eye(3)[np.abs(along).argmin(axis=1)]
    first = first - (first * along).sum(axis=1)[:, None] * along
    first /= np.linalg.norm(first, axis=1)[:, None]
    base = np.stack([first, np.cross(along, first)], axis=1)
    flat = base @ np.where(bad[:, None, None], np.eye(3), covs) @ np.swapaxes(base, 1, 2)
    variance, axes = np.linalg.eigh(flat)
    mean = np.einsum("nji,njk,nk->ni", axes, base, np.where(bad[:, None], 0.0, place))
    sigma = np.sqrt(np.maximum(variance, 0.0))
    for values in (mean, sigma):
        values[bad] = np.nan
    return EncounterPlane(*(np.ascontiguousarray(v) for v in (mean[:, 0], mean[:, 1], sigma[:, 0], sigma[:, 1])))


def p_strip(miss_m: F64, sigma_m: F64, radius_m: F64) -> F64:
    """Chance of passing within radius_m: straight, no end, errors that do not grow. Sigma is across the velocity; of 0:
    who only touches the strip is not within it.

    Source: R. A. Paielli, H. Erzberger, Conflict probability estimation for free flight, JGCD 20 (1997) 588-596.
    """
    miss, sigma, radius = np.abs(f64(miss_m)), f64(sigma_m), f64(radius_m)
    with np.errstate(divide="ignore", invalid="ignore"):
        # both arguments in the lower tail: no difference of numbers near 1
        p = ndtr((radius - miss) / sigma) - ndtr((-radius - miss) / sigma)
    return np.asarray(np.where((sigma == 0.0) & (miss == radius), 0.0, p), dtype=np.float64)


def mean_relative_speed(own_mps: F64, other_mps: F64) -> F64:
    """Mean speed of one against the other when all courses are equally likely.

    Source: S. Endoh, Aircraft collision models, MIT FTL R82-2 (1982).
    """
    one, two = f64(own_mps), f64(other_mps)
    total = one + two
    with np.errstate(invalid="ignore"):
        m = np.where(total > 0.0, 4.0 * one * two / np.where(total > 0.0, total, 1.0) ** 2, 0.0)
    return np.asarray(2.0 / np.pi * total * ellipe(m), dtype=np.float64)


def entries_per_hour(density_per_m3: F64, radius_m: F64, half_height_m: F64, own_mps: F64, other_mps: F64) -> F64:
    """Expected entries into a cylinder per hour of flight through traffic that flies anywhere, in any direction."""
    swept = 4.0 * f64(radius_m) * f64(half_height_m) * mean_relative_speed(own_mps, other_mps)
    return np.asarray(f64(density_per_m3) * swept * HOUR_S, dtype=np.float64)


def _frozen(values: F64) -> F64:
    out = np.array(values, dtype=np.float64)
    out.flags.writeable = False
    return out
