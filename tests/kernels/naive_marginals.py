"""Association probabilities by counting every joint event, for small graphs."""

from __future__ import annotations

import itertools

import numpy as np


def marginals(weight: np.ndarray) -> np.ndarray:
    """(N, M + 1) probability of each report of each track, none last; weight (N, M) against staying alone."""
    n, m = weight.shape
    out = np.zeros((n, m + 1))
    for choice in itertools.product(range(m + 1), repeat=n):
        taken = [c for c in choice if c < m]
        if len(set(taken)) < len(taken):
            continue
        w = np.prod([weight[i, c] for i, c in enumerate(choice) if c < m])
        for i, c in enumerate(choice):
            out[i, c] += w
    return out / out.sum(axis=1, keepdims=True)
