"""How much the count speaks for "raised" against "as ever", for several beliefs of how much a raise would be."""

from __future__ import annotations

import math
from collections.abc import Mapping
from types import MappingProxyType

import numpy as np
from scipy import stats

from flightward.review.chance.presence import F64
from flightward.review.chance.share import Base, likelihood

NODES = 24
_Q = (np.arange(NODES) + 0.5) / NODES


def _half_normal(scale: float) -> F64:
    return np.exp(np.asarray(stats.halfnorm.ppf(_Q, scale=scale), np.float64))


PRIORS: Mapping[str, F64] = MappingProxyType({
    "about_double": _half_normal(math.log(2.0)),
    "about_fourfold": _half_normal(math.log(4.0)),
    "one_to_ten": np.exp(_Q * math.log(10.0)),
    "threefold": np.array([3.0]),
})  # fmt: skip
"""Equally likely ratios of each prior: log ratio half-normal of scale ln 2, of scale ln 4; evenly spread from 1 to 10
in the logarithm; exactly 3. They are stated, not fitted: the reader picks the one he would have named beforehand."""


def bayes_factors(b: Base, y: int, n: int) -> dict[str, float]:
    """For each prior: the chance of y of n were it raised / were it not; 1 says nothing, NaN if nothing flew.

    Lumps (phi) and the base share are averaged over alike on both sides.
    """
    if n == 0:
        return {name: math.nan for name in PRIORS}
    none = float(likelihood(b, y, n, np.ones(1))[0])
    return {name: float(likelihood(b, y, n, ratios).mean()) / none for name, ratios in PRIORS.items()}
