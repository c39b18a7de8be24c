"""The headline asked of windows and regions of which the answer is known: nobody flew there."""

from __future__ import annotations

import dataclasses

import numpy as np
from scipy import stats

from flightward.review.chance.presence import F64, I64
from flightward.review.chance.share import Base, base, upper_p


@dataclasses.dataclass(frozen=True)
class PlaceboCheck:
    """The window's rank among windows like it, and how often the headline cries wolf on this very raid.

    p               mid-p of the rank: the share of windows whose headline p is as small or smaller.
    n_windows       placebo windows in which anything flew.      n_flagged   those whose headline p is alpha or less.
    n_regions       control regions with a base of their own.    n_regions_flagged   those flagged in the window itself.
    is_unsound      so many windows flagged that the headline does not fit this raid (chance of it under 1 in 100).
    """

    p: float
    n_windows: int
    n_flagged: int
    n_regions: int
    n_regions_flagged: int
    is_unsound: bool


def placebo_check(b: Base, counts: I64, in_window: I64, region: int, alpha: float, p: float) -> PlaceboCheck:
    """From counts (R, W) in placebo windows and (R,) in the window; p is the headline's."""
    n = counts.sum(axis=0)
    some = np.flatnonzero(n > 0)
    each = _each_p(b, counts[region, some], n[some])
    less, same = np.sum(each < p - 1e-9), np.sum(np.abs(each - p) <= 1e-9)
    flagged = int(np.sum(each <= alpha))
    others = [k for k in range(len(counts)) if k != region]
    bases = {k: base(counts, k) for k in others}
    held = [(k, own) for k, own in bases.items() if own is not None]
    total = int(in_window.sum())
    regions = [upper_p(own, int(in_window[k]), total) <= alpha for k, own in held]
    unsound = bool(stats.binom.sf(flagged - 1, len(some), alpha) < 0.01)
    rank = float((less + 0.5 * same + 0.5) / (len(some) + 1))
    return PlaceboCheck(rank, len(some), flagged, len(held), int(sum(regions)), unsound)


def _each_p(b: Base, region: I64, everywhere: I64) -> F64:
    """The headline's p of each placebo window, by the same base: each window is a small part of it."""
    known: dict[tuple[int, int], float] = {}
    out = np.empty(len(region))
    for i, (y, n) in enumerate(zip(region.tolist(), everywhere.tolist(), strict=True)):
        if (y, n) not in known:
            known[y, n] = upper_p(b, y, n)
        out[i] = known[y, n]
    return out
