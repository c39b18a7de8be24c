"""Slow twins of the lump kernels: an urn walked draw by draw in fractions, a Hawkes likelihood added up on a grid."""

from __future__ import annotations

import math
from fractions import Fraction

import numpy as np


def urn(n: int, a: Fraction, b: Fraction) -> list[Fraction]:
    """P(k of n draws are red): a red and b blue in an urn, each drawn ball put back with one more of its colour."""
    at = {0: Fraction(1)}
    for drawn in range(n):
        then: dict[int, Fraction] = {}
        for red, p in at.items():
            chance = (a + red) / (a + b + drawn)
            then[red + 1] = then.get(red + 1, Fraction(0)) + p * chance
            then[red] = then.get(red, Fraction(0)) + p * (1 - chance)
        at = then
    return [at.get(k, Fraction(0)) for k in range(n + 1)]


def loglik(t_s, base, m, a, decay, end_s, out_from_s, out_to_s, step_s=0.05):
    """The log likelihood from every pair of arrivals and the rate summed on a fine grid; base is a function."""

    def rate(at: float) -> float:
        return m * base(at) + sum(a * decay * math.exp(-decay * (at - tj)) for tj in t_s if tj < at)

    total = sum(math.log(rate(t)) for t in t_s if not out_from_s <= t < out_to_s)
    grid = np.arange(0.5 * step_s, end_s, step_s)
    grid = grid[(grid < out_from_s) | (grid >= out_to_s)]
    excited = np.zeros(len(grid))
    for tj in t_s:
        later = grid > tj
        excited[later] += a * decay * np.exp(-decay * (grid[later] - tj))
    return total - float(np.sum(m * np.array([base(g) for g in grid]) + excited)) * step_s
