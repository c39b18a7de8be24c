"""The decide-by of a warning: threats come before advice, so it is put on once the second's advice is there.

Advice moves a deadline long after a warning was raised; a warning whose deadline has moved is told again as changed, so
that the table, the recording and the console all have the same one without asking advice.
"""

from __future__ import annotations

import dataclasses
import math

import numpy as np

from flightward.model import F64, AdviceBatch, Option, WarningBatch

MOVES_S = 10.0
"""A deadline that moves less is the same one: options are drawn again each ten seconds from where the flight is."""
OLD_S = 60.0
_CHANGED, _CLEARED = 2, 3


class Deadlines:
    """The deadline of each flight, by its best way out, and the warnings that are on."""

    def __init__(self) -> None:
        self._by_s: dict[int, float] = {}
        self._told_s: dict[int, float] = {}
        self._open: dict[int, WarningBatch] = {}

    def step(self, warnings: WarningBatch, advice: AdviceBatch | None) -> WarningBatch:
        """The warnings of one second with `decide_by_s`, and those that are on and whose deadline has moved.

        It is that of the best option; NaN if the best is to continue, if none was found, or for a site. A warning that
        is over keeps its last one.
        """
        if advice is not None:
            self._hear(advice)
        if not len(warnings) and advice is None:
            return warnings
        decide_by_s = np.array([self._of(warnings, k) for k in range(len(warnings))], dtype=np.float64)
        told = dataclasses.replace(warnings, decide_by_s=decide_by_s)
        moved = self._moved(warnings.t_s, set(warnings.warning.tolist()))
        for k, number in enumerate(told.warning.tolist()):
            if told.change[k] == _CLEARED:
                self._open.pop(number, None)
            else:
                self._open[number] = told.take(np.array([k]))
        self._forget(warnings.t_s)
        return joined([told, *moved]) if moved else told

    def _hear(self, advice: AdviceBatch) -> None:
        for k in np.flatnonzero(advice.rank == 0).tolist():
            goes_on = int(advice.option[k]) == Option.CONTINUE
            self._by_s[int(advice.flight[k])] = math.nan if goes_on else float(advice.decide_by_s[k])
            self._told_s[int(advice.flight[k])] = advice.t_s

    def _of(self, warnings: WarningBatch, k: int) -> float:
        number = int(warnings.warning[k])
        if warnings.change[k] == _CLEARED:
            return float(self._open[number].decide_by_s[0]) if number in self._open else math.nan
        return self._by_s.get(int(warnings.flight[k]), math.nan)

    def _moved(self, t_s: float, told: set[int]) -> list[WarningBatch]:
        out = []
        for number, row in self._open.items():
            now_s, was_s = self._by_s.get(int(row.flight[0]), math.nan), float(row.decide_by_s[0])
            if number in told or not _differs(now_s, was_s):
                continue
            by: F64 = np.array([now_s])
            row = dataclasses.replace(row, t_s=t_s, change=np.array([_CHANGED], dtype=np.int8), decide_by_s=by)
            self._open[number] = row
            out.append(row)
        return out

    def _forget(self, t_s: float) -> None:
        """A flight without a warning, of which nothing was heard for OLD_S, has no deadline any more."""
        warned = {int(row.flight[0]) for row in self._open.values()}
        for flight in [f for f, told_s in self._told_s.items() if t_s - told_s > OLD_S and f not in warned]:
            del self._by_s[flight], self._told_s[flight]


def _differs(a: float, b: float) -> bool:
    if math.isnan(a) or math.isnan(b):
        return math.isnan(a) != math.isnan(b)
    return abs(a - b) >= MOVES_S


def joined(parts: list[WarningBatch]) -> WarningBatch:
    """Batches of one second as one."""
    names = [f.name for f in dataclasses.fields(WarningBatch) if f.name != "t_s"]
    return WarningBatch(t_s=parts[0].t_s, **{n: np.concatenate([getattr(b, n) for b in parts]) for n in names})
