"""Chance or aim: was it thicker near the flight, in its window, than the region's own base rate explains?"""

from __future__ import annotations

import dataclasses
import math
from enum import StrEnum

import numpy as np

from flightward.errors import BadInput
from flightward.review.chance import share
from flightward.review.chance.bayes import bayes_factors
from flightward.review.chance.hawkes import HawkesCheck, hawkes_check
from flightward.review.chance.launches import LaunchCheck, group_by_gaps, launch_check
from flightward.review.chance.placebo import PlaceboCheck, placebo_check
from flightward.review.chance.presence import F64, NO_GROUP, Presence
from flightward.review.chance.share import Base
from flightward.review.chance.windows import Window, placebo_windows

ALPHA = 0.05
ENOUGH_POWER = 0.8
N_DRAWS = 999


class Answer(StrEnum):
    """What may be said."""

    RAISED = "raised"
    """Thicker than the base rate explains, at the level stated."""
    NOT_SHOWN = "not_shown"
    """Not shown, and a tripling would most likely have been."""
    TOO_FEW = "too_few"
    """Not shown, but a tripling might well not have been either."""
    NO_BASE = "no_base"
    """Too little was watched outside the window, or nothing flew: there is nothing to hold it against."""


@dataclasses.dataclass(frozen=True)
class Result:
    """What the count of one window says. Unknown is NaN or None.

    n_region, n_elsewhere   drones present in the window in the region, and in all others.
    expected                in the region by its usual share of what was present in the window.
    exposure_s              the window and a mean stay: how long arrivals count as present.
    expected_by_time        in the region by its own arrivals per second outside the window, times exposure_s.
    ratio, low, high        thickness against the usual share; the interval is 1 - 2 alpha wide.
    p                       one-sided mid-p of the headline; a Poisson p is never given, it cries wolf.
    power_2, power_3        chance that this window would have shown a doubling, a tripling.
    shown_ratio             what it would have shown with chance 0.8.
    n_shown                 the least number in the region that would have been shown.
    bayes                   Bayes factor by prior: raised against not.
    """

    answer: Answer
    region: str
    window: Window
    alpha: float
    n_region: int
    n_elsewhere: int
    expected: float
    exposure_s: float
    expected_by_time: float
    ratio: float
    low: float
    high: float
    p: float
    power_2: float
    power_3: float
    shown_ratio: float
    n_shown: int | None
    base: Base | None
    hawkes: HawkesCheck | None
    launches: LaunchCheck | None
    placebo: PlaceboCheck | None
    bayes: dict[str, float]

    @property
    def n_checks(self) -> tuple[int, int]:
        """How many checks also say raised at alpha, and how many could be made."""
        made = [c for c in (self.hawkes, self.launches, self.placebo) if c is not None]
        return sum(c.p <= self.alpha for c in made), len(made)


def chance_or_aim(
    table: Presence, region: str, window: Window, *, alpha: float = ALPHA, n_draws: int = N_DRAWS, seed: int = 0,
    group_gap_s: float | None = None,
) -> Result:  # fmt: skip
    """Ask the question of one region and one window.

    region       the treated one; all others of the table are controls.
    window       within a watched span, best from the schedule (Window.origin).
    n_draws      days drawn for the Hawkes check, 0: leave it out.     seed   of those draws.
    group_gap_s  make launch groups of arrivals this close where the table knows none; None: then no launch check.
    Errors       BadInput: unknown region, no control region, window not watched, alpha outside (0, 0.5).
    Source       docs/design/chance-or-aim.md.
    """
    at = table.number(region)
    _check(table, alpha, n_draws)
    placebo = placebo_windows(window, table.watched_s, table.mean_stay_s(at))
    counts = table.counts(placebo) if len(placebo) else np.zeros((len(table.regions), 0), np.int64)
    now = table.counts(np.array([[window.from_s, window.to_s]]))[:, 0]
    y, n = int(now[at]), int(now.sum())
    b = share.base(counts, at)
    empty = _empty(table, at, window, alpha, y, n - y)
    if b is None or n == 0:
        return dataclasses.replace(empty, base=b)
    p = share.upper_p(b, y, n)
    low, high = share.interval(b, y, n, alpha)
    least = share.least_shown(b, n - y, alpha)
    power = {k: share.power(b, n - y, k, least) for k in (2.0, 3.0)}
    inferred = group_gap_s is not None and bool((table.group == NO_GROUP).all())
    grouped = group_by_gaps(table, group_gap_s) if inferred and group_gap_s is not None else table
    return dataclasses.replace(
        empty,
        answer=_answer(p, alpha, power[3.0]), expected=share.expected(b, n - y), ratio=share.ratio_of(b, y, n),
        low=low, high=high, p=p, power_2=power[2.0], power_3=power[3.0],
        shown_ratio=share.shown_ratio(b, n - y, least, ENOUGH_POWER), n_shown=least,
        base=b, hawkes=hawkes_check(table, at, window, n_draws=n_draws, seed=seed) if n_draws else None,
        launches=launch_check(grouped, at, window, inferred=inferred),
        placebo=placebo_check(b, counts, now, at, alpha, p), bayes=bayes_factors(b, y, n),
    )  # fmt: skip


def _check(table: Presence, alpha: float, n_draws: int) -> None:
    if len(table.regions) < 2:
        raise BadInput("needs a region beside the one asked about", key="regions", value=list(table.regions))
    if not 0.0 < alpha < 0.5:
        raise BadInput("lies between 0 and 0.5", key="alpha", value=alpha)
    if n_draws < 0:
        raise BadInput("is 0 or more", key="n_draws", value=n_draws)


def _answer(p: float, alpha: float, power_3: float) -> Answer:
    if p <= alpha:
        return Answer.RAISED
    return Answer.NOT_SHOWN if power_3 >= ENOUGH_POWER else Answer.TOO_FEW


def _empty(table: Presence, at: int, window: Window, alpha: float, y: int, elsewhere: int) -> Result:
    """The result before anything is asked: counts, exposure, and what the region's own rate would bring."""
    stay_s = table.mean_stay_s(at)
    nan = math.nan
    return Result(
        answer=Answer.NO_BASE, region=table.regions[at], window=window, alpha=alpha, n_region=y, n_elsewhere=elsewhere,
        expected=nan, exposure_s=window.length_s + stay_s, expected_by_time=_by_time(table, at, window, stay_s),
        ratio=nan, low=0.0, high=math.inf, p=nan, power_2=nan, power_3=nan, shown_ratio=nan, n_shown=None, base=None,
        hawkes=None, launches=None, placebo=None, bayes={},
    )  # fmt: skip


def _by_time(table: Presence, at: int, window: Window, stay_s: float) -> float:
    """Arrivals per second of the region outside window and stay before it, times both; NaN if no time is left."""
    from_s, to_s = window.from_s - stay_s, window.to_s
    spans: F64 = table.watched_s
    cut = np.clip(np.minimum(spans[:, 1], to_s) - np.maximum(spans[:, 0], from_s), 0.0, None)
    outside_s = float((spans[:, 1] - spans[:, 0] - cut).sum())
    mine = table.first_s[table.region == at]
    arrivals = int(np.sum((mine < from_s) | (mine >= to_s)))
    return arrivals / outside_s * (window.length_s + stay_s) if outside_s > 0.0 else math.nan
