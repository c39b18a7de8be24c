"""The normal distribution as the chances of near encounters need it: right in the tails, without cancellation."""

from __future__ import annotations

import math

from flightward.kernels._jit import inner

_ROOT_HALF = math.sqrt(0.5)
_DENSITY = 1.0 / math.sqrt(2.0 * math.pi)
_NARROW = 1e-3


@inner
def density(x: float) -> float:
    """Of the standard normal distribution at x."""
    return _DENSITY * math.exp(-0.5 * x * x)


@inner
def below(x: float) -> float:
    """P(Z <= x), with full relative precision in the lower tail."""
    return 0.5 * math.erfc(-x * _ROOT_HALF)


@inner
def between(low: float, high: float) -> float:
    """P(low <= Z <= high), 0 if low > high; relative precision also far out and for narrow intervals."""
    if not low < high:
        return 0.0
    width = high - low
    if width < _NARROW:  # the difference of two nearly equal numbers would lose digits
        mid = 0.5 * (low + high)
        return density(mid) * width * (1.0 + (mid * mid - 1.0) * width * width / 24.0)
    if low >= 0.0:
        return 0.5 * (math.erfc(low * _ROOT_HALF) - math.erfc(high * _ROOT_HALF))
    if high <= 0.0:
        return 0.5 * (math.erfc(-high * _ROOT_HALF) - math.erfc(-low * _ROOT_HALF))
    return 0.5 * (math.erf(high * _ROOT_HALF) - math.erf(low * _ROOT_HALF))


@inner
def mean_positive(mean: float, sigma: float) -> float:
    """E max(X, 0) of a normal X; sigma may be 0."""
    if sigma <= 0.0:
        return max(mean, 0.0)
    x = mean / sigma
    if x < -6.0:
        # sigma * (density(x) + x below(x)) cancels out here: the asymptotic series instead
        y = 1.0 / (x * x)
        return sigma * density(x) * y * (1.0 - y * (3.0 - y * (15.0 - y * (105.0 - y * 945.0))))
    return sigma * density(x) + mean * below(x)


@inner
def quantile(p: float) -> float:
    """x with P(Z <= x) = p for 0 < p < 1, to about 1e-9 (Acklam's rational approximation and one step of Halley)."""
    if p <= 1e-300:
        return -37.0
    if p >= 1.0 - 1e-16:
        return 8.2
    if p < 0.02425:
        q = math.sqrt(-2.0 * math.log(p))
        x = _tail(q)
    elif p > 1.0 - 0.02425:
        q = math.sqrt(-2.0 * math.log(1.0 - p))
        x = -_tail(q)
    else:
        q = p - 0.5
        r = q * q
        top = ((((-39.69683028665376 * r + 220.9460984245205) * r - 275.9285104469687) * r + 138.3577518672690) * r
               - 30.66479806614716) * r + 2.506628277459239  # fmt: skip
        low = ((((-54.47609879822406 * r + 161.5858368580409) * r - 155.6989798598866) * r + 66.80131188771972) * r
               - 13.28068155288572) * r + 1.0  # fmt: skip
        x = q * top / low
    error = below(x) - p
    step = error / max(density(x), 1e-300)
    return x - step / (1.0 + 0.5 * x * step)


@inner
def _tail(q: float) -> float:
    top = ((((-0.007784894002430293 * q - 0.3223964580411365) * q - 2.400758277161838) * q - 2.549732539343734) * q
           + 4.374664141464968) * q + 2.938163982698783  # fmt: skip
    low = (((0.007784695709041462 * q + 0.3224671290700398) * q + 2.445134137142996) * q + 3.754408661907416) * q + 1.0
    return top / low
