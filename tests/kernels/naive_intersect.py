"""Covariance intersection tried at a thousand weights, with numpy's own inverses."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

F64 = NDArray[np.float64]


def best_weight(a: F64, b: F64, steps: int = 1000) -> float:
    """The weight of A with the least volume among `steps` + 1 even ones."""
    volumes = [np.linalg.slogdet(joint(a, b, k / steps))[1] for k in range(steps + 1)]
    return int(np.argmin(volumes)) / steps


def joint(a: F64, b: F64, w: float) -> F64:
    """The joint covariance at a weight; one of the two alone at the ends."""
    if w in (0.0, 1.0):
        return a if w == 1.0 else b
    return np.asarray(np.linalg.inv(w * np.linalg.inv(a) + (1.0 - w) * np.linalg.inv(b)))


def true_error(a: F64, b: F64, cross: F64, w: float) -> F64:
    """The covariance that the joined state's error has when the two errors' cross-covariance is `cross`."""
    p = joint(a, b, w)
    ka, kb = w * p @ np.linalg.inv(a), (1.0 - w) * p @ np.linalg.inv(b)
    return np.asarray(ka @ a @ ka.T + kb @ b @ kb.T + ka @ cross @ kb.T + kb @ cross.T @ ka.T)
