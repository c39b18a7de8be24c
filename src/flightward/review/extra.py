"""Plain tables for the two parts of the page that rest on longer calculations; either may be absent (None).

They hold numbers and codes alone: whoever computes them (how close, chance or aim) fills them in, and the page words
them in its language.
"""

from __future__ import annotations

import dataclasses
import math


@dataclasses.dataclass(frozen=True)
class LossRow:
    """The chance that the flight would have been caught in one case.

    case       "as_flown", "leak" (which: a drone's id), "leaks" (n: how many more), "luck", "advice" (which: an
               option's word, such as "turn_back"), or any other word, shown as `which`.
    p          the chance of being caught; p_lo, p_hi its 95 % band, NaN unknown.
    n_effective  effective samples behind it, NaN unknown.
    p_struck   the chance that a drone strikes it, struck_lo, struck_hi its 95 % band, NaN unknown.
    is_known   nothing of it is uncertain: p is 0 or 1 because it was so.
    """

    case: str
    p: float
    p_lo: float = math.nan
    p_hi: float = math.nan
    n_effective: float = math.nan
    which: str = ""
    n: int = 0
    p_struck: float = math.nan
    struck_lo: float = math.nan
    struck_hi: float = math.nan
    is_known: bool = False


@dataclasses.dataclass(frozen=True)
class LossTable:
    """Chances of loss; `notes` are sentences in the page's language on method and limits, shown as they stand."""

    rows: tuple[LossRow, ...]
    notes: tuple[str, ...] = ()

    def p(self, case: str, which: str = "") -> float:
        """The chance of the first row of a case; NaN where there is none."""
        return next((r.p for r in self.rows if r.case == case and which in ("", r.which)), math.nan)


@dataclasses.dataclass(frozen=True)
class TestRow:
    """One test of chance or aim: name, result in words, p (NaN: it has none), power at twice and three times."""

    __test__ = False  # pytest would take it for a test

    name: str
    result: str
    p: float = math.nan
    power_2: float = math.nan
    power_3: float = math.nan
    note: str = ""


@dataclasses.dataclass(frozen=True)
class ChanceTable:
    """Tests of chance or aim. `verdict` is one sentence for the top; it and all text are in the page's language."""

    verdict: str
    rows: tuple[TestRow, ...]
    notes: tuple[str, ...] = ()
