"""The chain from the first look of a sensor to the crew's read-back: when each link was done, and how long it took."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Sequence

import numpy as np

from flightward.model.acts import Act, ActKind
from flightward.review.evidence import Columns
from flightward.review.scene import F64

STAGES = (
    "detected", "reported", "tracked", "raid", "advisory", "caution", "warning", "seen", "told", "read_back", "caught",
)  # fmt: skip
"""In the order in which they should come; "caught" (or "closest") is what they race against."""


@dataclasses.dataclass(frozen=True)
class Link:
    """One link: `t_s` NaN where it is not known or never came; `after_s` since the latest link before it.

    `of` says how many drones of how many had to be there.     who  of an act: who did it, to whom and how.
    """

    stage: str
    t_s: float
    after_s: float
    before_s: float
    of: tuple[int, int] = (0, 0)
    who: str = ""


def nth(values: F64, n: int) -> float:
    """The n-th smallest (n from 1), NaN where there are fewer finite ones."""
    ok = np.sort(values[np.isfinite(values)])
    return float(ok[n - 1]) if 0 < n <= len(ok) else math.nan


def chain(times: Sequence[tuple[str, float, tuple[int, int], str]], end_s: float) -> tuple[Link, ...]:
    """Links in their order with their delays. A link that came before the one before it has a negative delay."""
    out, last = [], math.nan
    for stage, t_s, of, who in times:
        out.append(Link(stage, t_s, t_s - last, end_s - t_s, of, who))
        last = t_s if math.isfinite(t_s) else last
    return tuple(out)


def run_warnings(warnings: Columns, start_s: float, end_s: float) -> list[int]:
    """Rows of the warnings (blindness and interference apart) that stood at any time of a run of alarm."""
    out = []
    for k in range(len(warnings["raised_s"])):
        if str(warnings["hazard_kind"][k]) in ("blind", "gnss"):
            continue
        cleared = float(warnings["cleared_s"][k])
        if warnings["raised_s"][k] <= end_s and not cleared < start_s:
            out.append(k)
    return out


def first_act(acts: Sequence[Act], warnings: set[str], kind: ActKind) -> tuple[float, str]:
    """When somebody first did it with one of the warnings ("W5"), and who, to whom, how; NaN and "" never."""
    done = [a for a in acts if a.act is kind and f"W{a.warning}" in warnings]
    if not done:
        return math.nan, ""
    a = min(done, key=lambda x: x.t_s)
    return a.t_s, " · ".join(x for x in (a.person, a.to_whom, a.how) if x)
