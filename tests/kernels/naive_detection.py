"""Shares of detection and the factor of a cell, the slow way: fractions and sums over looks, no logarithms."""

from __future__ import annotations

from fractions import Fraction


def factor_posterior(hits: int, misses: int, p: float, p_mask: float, factors, prior) -> list[float]:
    """Bayes over a handful of factors, look by look."""
    q = Fraction(p)
    masked = sum(Fraction(w) for f, w in zip(factors, prior, strict=True) if f < 0.5)
    belief = [
        Fraction(w) * (Fraction(p_mask) / masked if f < 0.5 else (1 - Fraction(p_mask)) / (1 - masked))
        for f, w in zip(factors, prior, strict=True)
    ]
    for is_hit in [True] * hits + [False] * misses:
        likely = [Fraction(f) * q if is_hit else 1 - Fraction(f) * q for f in factors]
        belief = [b * one for b, one in zip(belief, likely, strict=True)]
        total = sum(belief)
        belief = [b / total for b in belief]
    return [float(b) for b in belief]


def pulled(outcomes: list[bool], parent: float, weight: float) -> float:
    """A share with `weight` looks of the parent's share put before it."""
    return (sum(outcomes) + weight * parent) / (len(outcomes) + weight)
