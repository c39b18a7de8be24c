"""Many flights at once: which of them stand out after allowing for their number, and what they say together."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Callable, Mapping, Sequence

import numpy as np
from scipy import optimize, stats

from flightward.errors import BadInput
from flightward.review.chance.assess import Result
from flightward.review.chance.presence import F64
from flightward.review.chance.share import likelihood

_MOST_LOG_RATIO = math.log(100.0)


@dataclasses.dataclass(frozen=True)
class Pooled:
    """What many flights say.

    flights     those that could be tested, in the order given.     left_out   those without a base.
    q           Benjamini-Hochberg's adjusted p of each of `flights`.
    raised      those with q of at most alpha: of these at most the share alpha is expected to be false.
    p           one-sided, of all together (Stouffer, weighed by the root of what was expected); NaN if any overlap.
    ratio, low, high   one ratio for all, of the greatest likelihood, with its 1 - 2 alpha interval; NaN if any overlap.
    overlap     pairs of flights whose windows overlap in time: the same drones may stand in both.
    """

    flights: tuple[str, ...]
    left_out: tuple[str, ...]
    q: F64
    raised: tuple[str, ...]
    p: float
    ratio: float
    low: float
    high: float
    overlap: tuple[tuple[str, str], ...]


def pool(results: Mapping[str, Result], alpha: float = 0.05) -> Pooled:
    """Pool the results of several flights, each under its name.

    Benjamini and Hochberg 1995 holds for independent tests and for those that lean the same way (Benjamini and
    Yekutieli 2001), so overlapping windows are allowed there; the joint ratio and p are then not given.
    Errors  BadInput when none could be tested, or alpha is outside (0, 0.5).
    """
    if not 0.0 < alpha < 0.5:
        raise BadInput("lies between 0 and 0.5", key="alpha", value=alpha)
    held = {name: r for name, r in results.items() if math.isfinite(r.p) and r.base is not None}
    if not held:
        raise BadInput("none of the flights has a base to be held against", key="results", value=len(results))
    names = tuple(held)
    q = stats.false_discovery_control(np.clip([r.p for r in held.values()], 1e-12, 1.0), method="bh")
    overlap = _overlaps(held)
    p, ratio, low, high = _together(list(held.values()), alpha) if not overlap else (math.nan,) * 4
    return Pooled(
        names, tuple(n for n in results if n not in held), q,
        tuple(n for n, x in zip(names, q, strict=True) if x <= alpha), p, ratio, low, high, overlap,
    )  # fmt: skip


def together(p: Sequence[float], expected: Sequence[float]) -> float:
    """One p of several independent ones (Stouffer), each weighed by the root of what was expected there."""
    weight = np.sqrt(np.maximum(np.asarray(expected, np.float64), 0.0))
    z = stats.norm.isf(np.clip(np.asarray(p, np.float64), 1e-12, 1.0 - 1e-12))
    return float(stats.norm.sf((weight @ z) / math.sqrt(float(weight @ weight))))


def _overlaps(held: Mapping[str, Result]) -> tuple[tuple[str, str], ...]:
    order = sorted(held, key=lambda n: held[n].window.from_s)
    out = []
    for i, a in enumerate(order):
        for b in order[i + 1 :]:
            if held[b].window.from_s >= held[a].window.to_s:
                break
            out.append((a, b))
    return tuple(out)


def _together(held: list[Result], alpha: float) -> tuple[float, float, float, float]:
    """p of all, one ratio for all and its interval."""
    p = together([r.p for r in held], [r.expected for r in held])
    found = optimize.minimize_scalar(
        lambda x: -_log_likelihood(held, x), bounds=(-_MOST_LOG_RATIO, _MOST_LOG_RATIO), method="bounded"
    )
    best, top = float(found.x), -float(found.fun)
    drop = 0.5 * float(stats.chi2.isf(2.0 * alpha, 1))
    low, high = (
        _end(lambda x: _log_likelihood(held, x) - top + drop, best, edge)
        for edge in (-_MOST_LOG_RATIO, _MOST_LOG_RATIO)
    )
    return p, math.exp(best), low, high


def _log_likelihood(held: list[Result], log_ratio: float) -> float:
    """Of one ratio for all flights."""
    total = 0.0
    for r in held:
        if r.base is not None:
            p = likelihood(r.base, r.n_region, r.n_region + r.n_elsewhere, np.exp([log_ratio]))
            total += math.log(max(float(p[0]), 1e-300))
    return total


def _end(short: Callable[[float], float], best: float, edge: float) -> float:
    """Where the likelihood has dropped far enough; 0 or inf if it never does."""
    if short(edge) >= 0.0:
        return 0.0 if edge < best else math.inf
    return math.exp(optimize.brentq(short, min(best, edge), max(best, edge), xtol=1e-4))
