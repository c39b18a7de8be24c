"""A result in sentences."""

from __future__ import annotations

import math

from flightward.review.chance.assess import Result
from flightward.review.chance.windows import SCHEDULE
from flightward.wording import RaisedFacts, raised_text
from flightward.wording.language import Language


def sentences(r: Result, lang: Language = "en") -> list[str]:
    """The result in words, most important first: count, answer with its power, checks, Bayes factors, caveats."""
    bayes = [v for v in r.bayes.values() if math.isfinite(v)] or [math.nan]
    placebo = r.placebo
    return raised_text(
        RaisedFacts(
            answer=r.answer.value, from_s=r.window.from_s, to_s=r.window.to_s, by_schedule=r.window.origin == SCHEDULE,
            alpha=r.alpha, n_region=r.n_region, expected=r.expected, ratio=r.ratio, low=r.low, high=r.high, p=r.p,
            power_2=r.power_2, power_3=r.power_3, n_shown=r.n_shown or 0,
            p_hawkes=math.nan if r.hawkes is None else r.hawkes.p,
            p_launches=math.nan if r.launches is None else r.launches.p,
            launches_inferred=r.launches is not None and r.launches.inferred,
            p_placebo=math.nan if placebo is None else placebo.p,
            n_placebo=0 if placebo is None else placebo.n_windows,
            n_flagged=0 if placebo is None else placebo.n_flagged,
            is_unsound=placebo is not None and placebo.is_unsound,
            bayes_low=min(bayes), bayes_high=max(bayes),
        ),
        lang,
    )  # fmt: skip
