"""Chances at one moment: within a cylinder, and of at least so many of several at once."""

from __future__ import annotations

import numpy as np
from scipy.special import ndtr

from flightward.kernels import outcomes as kernels
from flightward.model.batch import F64, I64

_NODE, _WEIGHT = np.polynomial.legendre.leggauss(32)
_SURE = 6.0
"""Sigmas from the rim beyond which a chance is 0 or 1 (1e-8)."""
_LEAST_SIGMA_M = 1.0
_NEGLIGIBLE = 1e-9


def p_in_cylinder(offset_m: F64, cov_m2: F64, radius_m: float, half_height_m: float) -> F64:
    """(P,) chance that the offset (P, 3) e, n, u with covariance (P, 3, 3) is within radius and +-half height.

    The disc by chords along the wider axis of the error, 32 of Gauss's points. Errors of height and plane are taken as
    apart; sigmas below 1 m count as 1 m.
    """
    out = _p_in_disc(offset_m[:, :2], cov_m2[:, :2, :2], radius_m)
    some = np.flatnonzero(out)
    up, sigma = offset_m[some, 2], np.maximum(np.sqrt(np.maximum(cov_m2[some, 2, 2], 0.0)), _LEAST_SIGMA_M)
    out[some] *= ndtr((half_height_m - up) / sigma) - ndtr((-half_height_m - up) / sigma)
    return out


def _p_in_disc(offset_m: F64, cov_m2: F64, radius_m: float) -> F64:
    away = np.hypot(offset_m[:, 0], offset_m[:, 1])
    ee, nn, en = cov_m2[:, 0, 0], cov_m2[:, 1, 1], cov_m2[:, 0, 1]
    widest = np.sqrt(np.maximum(0.5 * (ee + nn) + np.hypot(0.5 * (ee - nn), en), _LEAST_SIGMA_M**2))
    out = np.where(away + _SURE * widest <= radius_m, 1.0, 0.0)
    rim = np.flatnonzero((np.abs(away - radius_m) < _SURE * widest) & (out == 0.0))
    if not len(rim) or radius_m <= 0.0:
        return out
    # chords along the wider axis, across the other one: on that scale all is smooth
    turn = 0.5 * np.arctan2(2.0 * en[rim], ee[rim] - nn[rim])
    mid, half = 0.5 * (ee[rim] + nn[rim]), np.hypot(0.5 * (ee[rim] - nn[rim]), en[rim])
    wide = np.sqrt(np.maximum(mid + half, _LEAST_SIGMA_M**2))
    slim = np.sqrt(np.maximum(mid - half, _LEAST_SIGMA_M**2))
    x = np.cos(turn) * offset_m[rim, 0] + np.sin(turn) * offset_m[rim, 1]
    y = np.cos(turn) * offset_m[rim, 1] - np.sin(turn) * offset_m[rim, 0]
    # t = R sin(angle): the square root at the rim is gone
    low = np.arcsin(np.clip((y - _SURE * slim) / radius_m, -1.0, 1.0))
    high = np.arcsin(np.clip((y + _SURE * slim) / radius_m, -1.0, 1.0))
    angle = 0.5 * (low + high)[:, None] + 0.5 * (high - low)[:, None] * _NODE
    t, chord = radius_m * np.sin(angle), radius_m * np.cos(angle)
    part = ndtr((chord - x[:, None]) / wide[:, None]) - ndtr((-chord - x[:, None]) / wide[:, None])
    part *= np.exp(-0.5 * ((t - y[:, None]) / slim[:, None]) ** 2) / (np.sqrt(2.0 * np.pi) * slim)[:, None] * chord
    out[rim] = np.clip((part @ _WEIGHT) * 0.5 * (high - low), 0.0, 1.0)
    return out


def at_least(group: I64, p: F64, n_groups: int, least: int) -> F64:
    """(G,) chance that at least `least` of a group's independent events happen; group (P,) rising, p (P,)."""
    if least <= 0:
        return np.ones(n_groups)
    fewer = np.zeros((n_groups, least))
    fewer[:, 0] = 1.0
    kernels.fewer(np.ascontiguousarray(group), np.ascontiguousarray(p), _NEGLIGIBLE, fewer)
    return np.asarray(np.clip(1.0 - fewer.sum(axis=1), 0.0, 1.0), dtype=np.float64)
