"""The headline: a region's share in the window against its share at other times, with the scatter that shares have.

Quasi-Poisson difference in differences of region x window counts. Given how many came in a window in all (which
carries what waves and nights do to every region), a region's part of them is binomial if drones came one by one. They
come in lumps: the variance is phi times that. Counts of lumps with variance phi times their mean are negative
binomials of one scale, and one of two such, given their sum, is beta-binomial: that is the reference, exact for small
counts. phi and the base share are estimated from the placebo windows, and what is not known of them is averaged over.
"""

from __future__ import annotations

import dataclasses
import math
from functools import lru_cache

import numpy as np
from scipy import optimize, special, stats

from flightward.kernels.share_pmf import share_pmf
from flightward.review.chance.presence import F64, I64

PHI_NODES, SHARE_NODES = 9, 5
"""Gauss-Legendre nodes over the quantiles of phi and of the base share: twice as many move no p by 0.001."""
LEAST_WINDOWS = 8
SURE = 0.9
_LEAST_PHI, _MOST_PHI = 1.0 + 1e-6, 1e4
_MOST_LOG_RATIO = math.log(1e4)


@dataclasses.dataclass(frozen=True)
class Base:
    """What the placebo windows say of one region.

    n_region, n_all   drones in the region and in all regions, over all placebo windows.
    n_windows         placebo windows in which any drone was anywhere.
    phi_own, phi_all  variance of a region's part, as a multiple of what single drones would give, 1 or more: from this
                      region alone, and from all regions.
    phi               that of all regions; where this region is lumpier for sure (the 90 % lower bound of its own), that
                      bound: one region's windows alone are too few, and may by luck have seen no large lump.
    phi_df            degrees of freedom behind phi.
    share, phis       (K,) values of the base share and of phi, the grid of both; weight (K,) how likely each is.
    """

    n_region: int
    n_all: int
    n_windows: int
    phi_own: float
    phi_all: float
    phi: float
    phi_df: float
    share: F64
    phis: F64
    weight: F64

    @property
    def mean_share(self) -> float:
        """The region's share of all that were present."""
        return self.n_region / self.n_all


def base(counts: I64, region: int) -> Base | None:
    """The base of a region from counts (R, W) of R regions in W placebo windows.

    None when there are fewer than LEAST_WINDOWS windows in which anything flew, or never any in this region, or never
    any elsewhere: then there is nothing to hold the window against.
    """
    some = counts[:, counts.sum(axis=0) > 0].astype(np.float64)
    n_windows, here, total = some.shape[1], float(some[region].sum()), float(some.sum())
    if n_windows < LEAST_WINDOWS or here in (0.0, total):
        return None
    own, pooled = _scatter(some, [region]), _scatter(some, np.flatnonzero(some.sum(axis=1) > 0).tolist())
    phi, df = max(pooled, (own[0] * own[1] / stats.chi2.ppf(SURE, own[1]), own[1]))
    q, phi_weight = _nodes(PHI_NODES)
    phis = np.maximum(phi * df / stats.chi2.ppf(q, df), _LEAST_PHI)
    q, share_weight = _nodes(SHARE_NODES)
    shares = np.clip(stats.beta.ppf(q, (here + 0.5) / phi, (total - here + 0.5) / phi), 1e-9, 1.0 - 1e-9)
    return Base(
        int(here), int(total), n_windows, own[0], pooled[0], phi, df, np.repeat(shares, PHI_NODES),
        np.tile(phis, SHARE_NODES), np.outer(share_weight, phi_weight).ravel(),
    )  # fmt: skip


def _scatter(counts: F64, regions: list[int]) -> tuple[float, float]:
    """phi, and its degrees of freedom, from how the parts of these regions scatter about their shares.

    The squared deviations, summed over windows and regions, are set equal to what lumps of phi would give for these
    totals: n v phi / (n + phi - 1), v the variance of single drones; a sum, so that busy windows weigh most, as they
    do in what is asked. The degrees come from how the windows' own sums scatter about that (Satterthwaite): lumps make
    a few windows carry most of phi, and W - 1 degrees would be far too sure of it.
    """
    n, n_windows = counts.sum(axis=0), counts.shape[1]
    parts = counts[regions].sum(axis=1) / n.sum()
    square = ((counts[regions] - parts[:, None] * n) ** 2).sum(axis=0) * n_windows / (n_windows - 1)
    single = n * float((parts * (1.0 - parts)).sum())

    def short(log_phi: float) -> float:
        phi = math.exp(log_phi)
        return float((single * n * phi / (n + phi - 1.0) - square).sum())

    if short(0.0) >= 0.0:
        phi = 1.0
    else:
        phi = (
            _MOST_PHI
            if short(math.log(_MOST_PHI)) <= 0.0
            else math.exp(optimize.brentq(short, 0.0, math.log(_MOST_PHI)))
        )
    rest = square - single * n * phi / (n + phi - 1.0)
    slope = float((single * n * (n - 1.0) / (n + phi - 1.0) ** 2).sum())
    spread = float(rest @ rest) * n_windows / (n_windows - 1)
    most = len(regions) * (n_windows - 1.0)
    df = 2.0 * (phi * slope) ** 2 / spread if spread > 0.0 else most
    return phi, float(np.clip(df, 2.0, most))


@lru_cache
def _nodes(n: int) -> tuple[F64, F64]:
    """Quantiles and weights, so that a weighted sum over them is the mean over what is not known."""
    x, weight = np.polynomial.legendre.leggauss(n)
    return 0.5 * (x + 1.0), 0.5 * weight


def count_pmf(b: Base, n: int, ratio: float = 1.0) -> F64:
    """(n + 1,) the probability that 0 .. n of n are in the region, were it `ratio` times as thick there."""
    out, scratch = np.empty(n + 1), np.empty(n + 1)
    share_pmf(n, *_shapes(b, n, ratio), b.weight, scratch, out)
    return out


def likelihood(b: Base, y: int, n: int, ratios: F64) -> F64:
    """(K,) the probability of y of n in the region for each of K ratios: one row of count_pmf at a time is dearer."""
    out = []
    for ratio in ratios:
        shape_a, shape_b = _shapes(b, n, float(ratio))
        log_p = special.betaln(y + shape_a, n - y + shape_b) - special.betaln(shape_a, shape_b)
        log_p -= math.log(n + 1.0) + special.betaln(n - y + 1.0, y + 1.0)
        out.append(float(b.weight @ np.exp(log_p)))
    return np.array(out)


def _shapes(b: Base, n: int, ratio: float) -> tuple[F64, F64]:
    """The shapes of the Beta of the region's part of n, at each node."""
    odds = ratio * b.share / (1.0 - b.share)
    size = max(n, 1) / (b.phis - 1.0)
    return np.maximum(odds / (1.0 + odds) * size, 1e-12), np.maximum(size / (1.0 + odds), 1e-12)


def upper_p(b: Base, y: int, n: int, ratio: float = 1.0) -> float:
    """Chance of as many as y of n or more in the region, half of "exactly y" counted (mid-p)."""
    pmf = count_pmf(b, n, ratio)
    return float(min(1.0, pmf[y + 1 :].sum() + 0.5 * pmf[y]))


def ratio_of(b: Base, y: int, n: int) -> float:
    """The estimate: how many times its share the region held; inf if nothing flew elsewhere, NaN if n = 0."""
    if n == 0:
        return math.nan
    odds = b.mean_share / (1.0 - b.mean_share)
    return math.inf if y == n else y / (n - y) / odds


def interval(b: Base, y: int, n: int, alpha: float) -> tuple[float, float]:
    """The ratios that neither one-sided test at alpha would reject: a 1 - 2 alpha interval; 0 and inf where open."""
    if n == 0:
        return 0.0, math.inf

    def beyond(log_ratio: float, level: float) -> float:
        return upper_p(b, y, n, math.exp(log_ratio)) - level

    ends = []
    for level, open_end in ((alpha, 0.0), (1.0 - alpha, math.inf)):
        low, high = beyond(-_MOST_LOG_RATIO, level), beyond(_MOST_LOG_RATIO, level)
        if low >= 0.0 or high <= 0.0:
            ends.append(open_end)
        else:
            root = optimize.brentq(beyond, -_MOST_LOG_RATIO, _MOST_LOG_RATIO, args=(level,), xtol=1e-3)
            ends.append(math.exp(root))
    return ends[0], ends[1]


def least_shown(b: Base, n_elsewhere: int, alpha: float) -> int:
    """The least number in the region that would be shown as raised, with so many elsewhere; found by halving."""
    low, high = 0, 4
    while upper_p(b, high, high + n_elsewhere) > alpha:
        low, high = high, 2 * high
        if high > 100_000:
            return high
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if upper_p(b, middle, middle + n_elsewhere) <= alpha else (middle, high)
    return high


def expected(b: Base, n_elsewhere: int) -> float:
    """How many are expected in the region with so many elsewhere (half a drone where there are none)."""
    return b.mean_share / (1.0 - b.mean_share) * max(float(n_elsewhere), 0.5)


def power(b: Base, n_elsewhere: int, ratio: float, least: int) -> float:
    """The chance of `least` or more in the region, were it `ratio` times as thick there, with so many elsewhere."""
    mean = ratio * b.share / (1.0 - b.share) * max(float(n_elsewhere), 0.5)
    return float(b.weight @ stats.nbinom.sf(least - 1, mean / (b.phis - 1.0), 1.0 / b.phis))


def shown_ratio(b: Base, n_elsewhere: int, least: int, p: float) -> float:
    """The ratio that such a window would show with chance p; inf above a thousandfold."""

    def short(log_ratio: float) -> float:
        return power(b, n_elsewhere, math.exp(log_ratio), least) - p

    top = math.log(1e3)
    if short(top) < 0.0:
        return math.inf
    return 1.0 if short(0.0) >= 0.0 else math.exp(optimize.brentq(short, 0.0, top, xtol=1e-3))
