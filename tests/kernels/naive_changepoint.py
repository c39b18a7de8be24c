"""The posterior of when the present run began, by trying every segmentation and integrating over each one's rate."""

from __future__ import annotations

import itertools
import math

import numpy as np


def by_every_segmentation(
    counts: list[int], dt_s: float, shape: float, time_s: float, mean_run_s: float
) -> list[float]:
    """Probability that the last run began at each bin; rates by quadrature, no conjugacy used."""
    rate = np.linspace(1e-7, 1.5, 60_001)
    log_prior = shape * math.log(time_s) + (shape - 1) * np.log(rate) - time_s * rate - math.lgamma(shape)
    p_change = 1.0 - math.exp(-dt_s / mean_run_s)
    n = len(counts)
    evidence: dict[tuple[int, int], float] = {}
    for a, b in itertools.combinations(range(n + 1), 2):
        log_like = sum(counts[a:b]) * np.log(rate * dt_s) - (b - a) * rate * dt_s
        log_like = log_like - sum(math.lgamma(c + 1) for c in counts[a:b])
        evidence[a, b] = float(np.trapezoid(np.exp(log_prior + log_like), rate))
    total = [0.0] * n
    for cuts in itertools.product((False, True), repeat=n - 1):
        edges = [0, *[k + 1 for k, cut in enumerate(cuts) if cut], n]
        p = math.prod(p_change if cut else 1.0 - p_change for cut in cuts)
        total[edges[-2]] += p * math.prod(evidence[a, b] for a, b in itertools.pairwise(edges))
    return [t / sum(total) for t in total]
