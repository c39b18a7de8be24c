"""When only totals are known: how far the answer moves with what has to be assumed. Never an answer by itself."""

from __future__ import annotations

import dataclasses
import math

from scipy import stats

from flightward.errors import BadInput


@dataclasses.dataclass(frozen=True)
class Totals:
    """What totals say under one set of assumptions.

    expected   present in the region in the time that the count covers.     ratio   counted / expected.
    p          one-sided mid-p with the scatter assumed.
    bayes      Bayes factor of "three times as thick" against "as ever", with the same scatter.
    """

    expected: float
    ratio: float
    p: float
    bayes: float


def totals(
    n_all: int, all_s: float, n_region: int, *, share: float, counted_s: float, stay_s: float, phi: float,
    busyness: float = 1.0,
) -> Totals:  # fmt: skip
    """Hold a count against totals, under stated assumptions.

    n_all, all_s   drones in all regions, and in how long.     n_region, counted_s   drones counted in the region, and
                   over how long that count runs: a flight's window, or a whole night.
    share          the region's usual share of all.
    stay_s         mean stay, added to counted_s: who came before is there.
    phi            variance as a multiple of single drones' (lumps), above 1: there is no answer without it.
    busyness       how many times as thick as on average all regions together were in that time.
    Counts of lumps with a constant phi are negative binomials; phi 1 would be Poisson, which is refused.
    Errors         BadInput for numbers outside their range.
    """
    for key, value in (("n_all", n_all), ("all_s", all_s), ("counted_s", counted_s), ("busyness", busyness)):
        if not (math.isfinite(value) and value > 0):
            raise BadInput("must be above 0", key=key, value=value)
    if not 0.0 < share < 1.0:
        raise BadInput("lies between 0 and 1", key="share", value=share)
    if not phi > 1.0:
        raise BadInput("must be above 1: drones do not come one by one", key="phi", value=phi)
    if n_region < 0 or stay_s < 0.0:
        raise BadInput("must be 0 or more", key="n_region, stay_s", value=(n_region, stay_s))
    mean = n_all * share * busyness * (counted_s + stay_s) / all_s
    none, threefold = (stats.nbinom(k * mean / (phi - 1.0), 1.0 / phi) for k in (1.0, 3.0))
    p = float(none.sf(n_region) + 0.5 * none.pmf(n_region))
    return Totals(mean, n_region / mean, p, math.exp(float(threefold.logpmf(n_region) - none.logpmf(n_region))))
