"""How many of n fall to one share when they come in lumps: the beta-binomial, averaged over what is not known of it."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from flightward.kernels._jit import kernel

F64 = NDArray[np.float64]


@kernel
def share_pmf(n: int, a: F64, b: F64, weight: F64, scratch: F64, pmf_out: F64) -> None:
    """The mixed probability of 0 .. n: sum over k of weight[k] * BetaBinomial(n, a[k], b[k]).

    n         int64 >= 0.     a, b (K,) float64 > 0, shapes of the Beta.     weight (K,) float64, adds up to 1.
    scratch   (n + 1,) float64, overwritten.     pmf_out   (n + 1,) float64.
    Source    the conditional law of one of two negative binomials of one scale given their sum (negative
              hypergeometric). The ratio of neighbours, (n-k)(a+k) / ((k+1)(b+n-k-1)), is followed from the mean
              outwards, where nothing overflows, and the whole is scaled to 1.
    """
    for k in range(n + 1):
        pmf_out[k] = 0.0
    for i in range(a.shape[0]):
        ai, bi = a[i], b[i]
        middle = int(n * ai / (ai + bi))
        scratch[middle] = 1.0
        total = 1.0
        for k in range(middle, n):
            scratch[k + 1] = scratch[k] * ((n - k) * (ai + k) / ((k + 1.0) * (bi + n - k - 1.0)))
            total += scratch[k + 1]
        for k in range(middle, 0, -1):
            scratch[k - 1] = scratch[k] * (k * (bi + n - k) / ((n - k + 1.0) * (ai + k - 1.0)))
            total += scratch[k - 1]
        for k in range(n + 1):
            pmf_out[k] += weight[i] * scratch[k] / total
