"""Two sets of warnings of the same day, side by side: would other settings or another version have warned earlier?"""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Any, NamedTuple

from flightward.model import Hazard, Inbox, Level, Setup, StepResult, WarningBatch
from flightward.wording import flight_id, site_id, warning_id

SLACK_S = 300.0
"""Warnings of one flight and one kind of hazard that are further apart than this are not the same."""


class Said(NamedTuple):
    """One warning at its end; an instant that never came is NaN."""

    warning_id: str
    flight_id: str
    site_id: str
    hazard_kind: str
    level: str
    raised_s: float
    first_caution_s: float
    cleared_s: float
    p: float

    @property
    def key(self) -> tuple[str, str, str]:
        """Of whom, and of what kind."""
        return self.flight_id, self.site_id, self.hazard_kind


class Pair(NamedTuple):
    """A warning then and now; `earlier_s` by how much it came earlier now: at CAUTION where both reach it."""

    then: Said | None
    now: Said | None
    earlier_s: float

    @property
    def verdict(self) -> str:
        """earlier, later, same, only then, only now; same too if only its level or its end differs."""
        if self.then is None or self.now is None:
            return "only then" if self.now is None else "only now"
        if self.earlier_s == 0.0:
            return "same"
        return "earlier" if self.earlier_s > 0.0 else "later"


class WarningLog:
    """A sink that keeps the last state of every warning."""

    def __init__(self, setup: Setup) -> None:
        self._setup = setup
        self._said: dict[int, Said] = {}

    def hear(self, batch: WarningBatch) -> None:
        """Take the warnings of one second."""
        setup = self._setup
        for k, number in enumerate(batch.warning.tolist()):
            self._said[number] = Said(
                str(warning_id(number)), flight_id(setup, int(batch.flight[k])) or "",
                site_id(setup, int(batch.site[k])) or "", Hazard(int(batch.hazard[k])).word,
                Level(int(batch.level[k])).word, float(batch.raised_s[k]), float(batch.first_caution_s[k]),
                float(batch.cleared_s[k]), float(batch.p[k]),
            )  # fmt: skip

    def write(self, inbox: Inbox | None, result: StepResult) -> None:
        """Take one step."""
        self.hear(result.warnings)

    def close(self) -> None:
        """No more steps will come."""

    def said(self) -> list[Said]:
        """Every warning, in the order of their numbers."""
        return [self._said[k] for k in sorted(self._said)]


def compare(then: Iterable[Said], now: Iterable[Said]) -> list[Pair]:
    """Pair the warnings of two runs of one day: same flight or site, same kind of hazard, nearest in time first."""
    left, right = list(then), list(now)
    costs = sorted(
        (abs(a.raised_s - b.raised_s), i, j)
        for i, a in enumerate(left) for j, b in enumerate(right) if a.key == b.key and _meet(a, b)
    )  # fmt: skip
    pair_of: dict[int, int] = {}
    for _, i, j in costs:
        if i not in pair_of and j not in pair_of.values():
            pair_of[i] = j
    out = [Pair(a, right[pair_of[i]], _earlier(a, right[pair_of[i]])) for i, a in enumerate(left) if i in pair_of]
    out += [Pair(a, None, math.nan) for i, a in enumerate(left) if i not in pair_of]
    out += [Pair(None, b, math.nan) for j, b in enumerate(right) if j not in pair_of.values()]
    return sorted(out, key=_when)


def _meet(a: Said, b: Said) -> bool:
    a_end = a.cleared_s if math.isfinite(a.cleared_s) else math.inf
    b_end = b.cleared_s if math.isfinite(b.cleared_s) else math.inf
    return a.raised_s <= b_end + SLACK_S and b.raised_s <= a_end + SLACK_S


def _earlier(then: Said, now: Said) -> float:
    both = math.isfinite(then.first_caution_s) and math.isfinite(now.first_caution_s)
    return then.first_caution_s - now.first_caution_s if both else then.raised_s - now.raised_s


def as_rows(pairs: Iterable[Pair]) -> list[dict[str, Any]]:
    """The comparison for programs: unknown is null."""

    def plain(said: Said | None) -> dict[str, Any] | None:
        if said is None:
            return None
        return {k: None if v == "" or v != v else v for k, v in said._asdict().items()}

    return [
        {
            "verdict": p.verdict, "earlier_s": None if p.earlier_s != p.earlier_s else p.earlier_s,
            "then": plain(p.then), "now": plain(p.now),
        }
        for p in pairs
    ]  # fmt: skip


def _when(pair: Pair) -> float:
    return min(said.raised_s for said in (pair.then, pair.now) if said is not None)
